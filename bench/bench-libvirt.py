# SPDX-License-Identifier: LGPL-2.1-or-later
"""INTEG on real guests beside the same done by hand with virsh: how long the survivor stands, and how long all of it takes.

    bench-libvirt.py LPARSIM SOURCE

Each round boots two guests twice: once what has to be done is done by virsh, one call after another, and once by INTEG. The
survivor gets 128 MiB, a vCPU and a disk either way. By hand the guest is not told; the figure of INTEG without that is the
one to compare, and with it the last.
"""
import os
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.abspath(sys.argv[2]), "tests", "libvirt"))
import harness  # noqa: E402
from harness import virsh  # noqa: E402

ROUNDS = 3


def boot(folder, console):
    operator = console(folder.machine({
        "A": {"ms": "256M", "ms-reserved": "128M", "ip-shares": "1:100", "channels": "00", "disks": folder.disk("a")},
        "B": {"ms": "128M", "ip-shares": "2:100", "channels": "01", "disks": folder.disk("b")},
    }, name="bench", ips=2))
    operator.do("ACTIVATE ALL")
    operator.do("LOAD ALL")
    operator.wait_for_beats("A", "B")
    operator.do("RUN 2s")
    return operator


def by_hand(folder, console):
    """Seconds that the survivor stands, and seconds in all."""
    operator = boot(folder, console)
    dimm = folder.path + "/dimm.xml"
    with open(dimm, "w", encoding="ascii") as file:
        file.write("<memory model='dimm'><target><size unit='MiB'>128</size><node>0</node></target></memory>")
    begun = time.monotonic()
    virsh("suspend", "bench-A")
    held = time.monotonic()
    virsh("destroy", "bench-B")
    virsh("attach-device", "bench-A", dimm, "--live")
    virsh("setvcpus", "bench-A", "2", "--live")
    virsh("attach-disk", "bench-A", folder.path + "/b.img", "vdb", "--live")
    virsh("resume", "bench-A")
    ended = time.monotonic()
    operator.kill()
    harness.clear_domains(set())
    return ended - held, ended - begun


def by_integ(folder, console):
    """The same, then until the guest has acknowledged, and its longest heartbeat gap."""
    operator = boot(folder, console)
    report = operator.do("INTEG B,A")
    assert report["pending"] == [], report["pending"]
    first, last = report["steps"][0]["at_s"], {step["step"]: step["at_s"] for step in report["steps"]}
    begun = last["209"] - report["elapsed_s"]
    gap = operator.real("A")["heartbeat"]["longest_gap_s"]
    assert first >= begun
    operator.kill()
    harness.clear_domains(set())
    return report["survivor_hold_s"], last["208"] - begun, report["elapsed_s"], gap


def measure(folder, console):
    hand, integ = [], []
    for _ in range(ROUNDS):
        hand.append(by_hand(folder, console))
        integ.append(by_integ(folder, console))
    hold, total = (statistics.median(column) for column in zip(*hand))
    integ_hold, integ_total, told, gap = (statistics.median(column) for column in zip(*integ))
    print("medians of %d rounds                by hand     INTEG   INTEG / by hand" % ROUNDS)
    print("survivor stands                %8.1f ms %6.1f ms   %.2f" % (hold * 1e3, integ_hold * 1e3, integ_hold / hold))
    print("all in place                   %8.1f ms %6.1f ms   %.2f" % (total * 1e3, integ_total * 1e3, integ_total / total))
    print("the guest has acknowledged              -  %6.1f ms" % (told * 1e3))
    print("longest heartbeat gap                   -  %6.1f ms (it beats every 200 ms)" % (gap * 1e3))


if harness.domains():
    harness.skip("domains run here, and this would end them")
harness.need("x86_64")
harness.run([measure])
