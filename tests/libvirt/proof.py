# SPDX-License-Identifier: LGPL-2.1-or-later
"""INTEG on running Linux guests: what the survivor gets, that it goes on, and that the third one notices nothing."""
import harness
from harness import MIB, run, virsh, wait_until

WORD = "written-by-the-retired-guest"


def three(folder, architecture, survivor_reserved, size):
    return folder.machine({
        "LPAR1": {"ms": "256M", "ms-reserved": survivor_reserved, "ip-shares": "1:50", "channels": "00",
                  "disks": folder.disk("one")},
        "LPAR2": {"ms": size, "ip-shares": "2:50", "channels": "01", "disks": folder.disk("two", 32)},
        "LPAR3": {"ms": size, "ip-shares": "1:50;2:50", "channels": "02", "disks": folder.disk("three")},
    }, name="proof-" + architecture.replace("_", "-"), architecture=architecture)


def integ(folder, console, architecture, reserved, size_mib):
    """The INTEG and all that is checked of it; returns the heartbeats of the survivor before and after."""
    machine = three(folder, architecture, reserved, "%dM" % size_mib)
    name = "proof-" + architecture.replace("_", "-")
    operator = console(machine)
    operator.do("ACTIVATE ALL")
    operator.do("LOAD ALL")
    operator.wait_for_beats("LPAR1", "LPAR2", "LPAR3")
    answer = operator.do("GUEST LPAR2,TELL echo %s | dd of=/dev/vda conv=fsync 2>&1" % WORD)
    assert "copied" in answer["answer"] or "records out" in answer["answer"], answer
    if architecture == "s390x":
        wait_until(lambda: operator.real("LPAR1")["memory_mib"] == 256, "the balloon holds the reserved part")
        operator.do("RUN 500ms")
    before, third = operator.real("LPAR1"), operator.real("LPAR3")
    assert before["heartbeat"]["cpus_online"] == 1 and before["memory_mib"] == 256

    report = operator.do("INTEG LPAR2,LPAR1")
    assert report["pending"] == [], report["pending"]
    assert report["survivor_hold_s"] == 0
    operator.do("RUN 1s")
    after, third_after = operator.real("LPAR1"), operator.real("LPAR3")

    # libvirt's own view.
    assert harness.domains() >= {name + "-LPAR1", name + "-LPAR3"}
    assert name + "-LPAR2" not in harness.domains()
    assert harness.disks(name + "-LPAR1") == [folder.path + "/one.img", folder.path + "/two.img"]
    assert harness.disks(name + "-LPAR3") == [folder.path + "/three.img"]
    assert virsh("vcpucount", name + "-LPAR1", "--live", "--active") == "2"
    # The guest's view.
    seen_before, seen = before["heartbeat"], after["heartbeat"]
    assert seen["boot_id"] == seen_before["boot_id"], "it was booted again"
    assert seen["beats"] > seen_before["beats"] and seen["uptime_s"] > seen_before["uptime_s"]
    assert seen["cpus_online"] == 2
    grown = seen["mem_mib"] - seen_before["mem_mib"]
    assert grown == size_mib, "MemTotal grew by %s MiB" % grown
    assert seen["disks"] == seen_before["disks"] + ",vdb:%d" % (32 * 1024)
    assert WORD in operator.do("GUEST LPAR1,TELL head -n 1 /dev/vdb")["answer"]
    # The third one: no gap that is longer than what the host's load explains, before and after alike.
    assert third_after["heartbeat"]["boot_id"] == third["heartbeat"]["boot_id"]
    assert third_after["heartbeat"]["beats"] > third["heartbeat"]["beats"]
    assert third_after["heartbeat"]["longest_gap_s"] < 2, third_after["heartbeat"]
    print("survivor's longest heartbeat gap: %.3f s, the bystander's: %.3f s" % (
        seen["longest_gap_s"], third_after["heartbeat"]["longest_gap_s"]))
    usage = operator.do("DISPLAY USAGE LPAR1")
    assert all(lip["busy_s"] > 0 for lip in usage["lips"]), usage["lips"]
    assert usage["real"][0]["memory_mib"] == 256 + size_mib
    assert operator.quit() == 0
    assert not [one for one in harness.domains() if one.startswith(name)], "domains are left"
    return seen_before, seen


def x86_guests_grow_by_a_dimm_a_vcpu_and_a_disk(folder, console):
    integ(folder, console, "x86_64", "128M", 128)


def ibm_z_guests_grow_by_the_balloon_a_vcpu_and_a_ccw_disk(folder, console):
    before, after = integ(folder, console, "s390x", "256M", 256)
    assert after["css_devices"] == before["css_devices"] + 1


def virtio_mem_and_nonotify(folder, console):
    """The guest is not told; its operator brings everything online."""
    operator = console(folder.machine({
        "A": {"ms": "256M", "ms-reserved": "128M", "ms-grow": "virtio-mem", "ip-shares": "1:100", "channels": "00"},
        "B": {"ms": "128M", "ip-shares": "2:100", "channels": "01", "disks": folder.disk("b")},
    }, ips=2))
    operator.do("ACTIVATE ALL")
    operator.do("LOAD ALL")
    operator.wait_for_beats("A", "B")
    before = operator.real("A")["heartbeat"]
    report = operator.do("INTEG B,A NONOTIFY SHUTDOWN=20s")
    assert report["pending"] == [], report["pending"]
    assert any("has shut down" in step["text"] for step in report["steps"])
    operator.do("RUN 500ms")
    assert operator.real("A")["heartbeat"]["cpus_online"] == 1
    lips = operator.do("DISPLAY LPAR A")["lpars"][0]["lips"]
    assert [lip["state"] for lip in lips] == ["online", "offline"]
    assert operator.do("GUEST A,CF CPU(2),ONLINE")["cpus_online"] == 2
    operator.do("GUEST A,CF STOR(ALL),ONLINE")
    operator.do("RUN 1s")
    after = operator.real("A")["heartbeat"]
    assert after["cpus_online"] == 2 and after["boot_id"] == before["boot_id"]
    assert after["mem_mib"] >= before["mem_mib"] + 120, (before["mem_mib"], after["mem_mib"])
    assert operator.quit() == 0


def real_and_simulated_guests_in_one_machine(folder, console):
    operator = console(folder.machine({
        "REAL": {"ms": "256M", "ms-reserved": "256M", "ip-shares": "1:100", "channels": "00"},
        "MODEL": {"guest": "model", "ms": "256M", "ip-shares": "2:60", "channels": "01", "workload": "busy; write 1M/s"},
        "OTHER": {"guest": "model", "ms": "64M", "ip-shares": "2:40", "channels": "02", "workload": "busy"},
    }, ips=2))
    operator.do("ACTIVATE ALL")
    operator.do("LOAD ALL")
    operator.wait_for_beats("REAL")
    operator.do("RUN 500ms")
    usage = operator.do("DISPLAY USAGE MODEL")
    assert usage["lips"][0]["busy_percent"] > 50, usage["lips"]
    operator.do("GUEST MODEL,VERIFY")
    assert operator.do("INTEG MODEL,REAL")["pending"] == []
    assert virsh("vcpucount", "proof-REAL", "--live", "--active") == "2"
    operator.do("RUN 500ms")
    assert operator.real("REAL")["heartbeat"]["cpus_online"] == 2, operator.real("REAL")
    assert harness.domain("proof-REAL").find("memory").text == str(512 * 1024)
    operator.do("GUEST OTHER,VERIFY")
    assert operator.quit() == 0


def a_guest_that_knows_only_the_agent(folder, console):
    """No heartbeat, so nothing is typed on its console; everything goes by the guest agent."""
    quiet = {"agent": "yes", "more": "lparsim.quiet=1"}
    operator = console(folder.machine({
        "A": dict(quiet, **{"ms": "256M", "ms-reserved": "256M", "ip-shares": "1:100", "channels": "00"}),
        "B": dict(quiet, **{"ms": "256M", "ip-shares": "2:100", "channels": "01", "disks": folder.disk("b")}),
    }, ips=2, image="agent"))
    operator.do("ACTIVATE ALL")
    operator.do("LOAD ALL")
    for lpar in ("A", "B"):
        wait_until(lambda name=lpar: operator.real(name)["agent"] == "answers" or operator.do("RUN 200ms") is None,
                   "the agent of %s answers" % lpar)
    operator.do("RUN 1s")
    assert operator.real("A")["heartbeat"] is None
    before = operator.do("GUEST A,DISPLAY")["guest"]
    report = operator.do("INTEG B,A SHUTDOWN=20s")
    assert report["pending"] == [], report["pending"]
    assert any("has shut down" in step["text"] for step in report["steps"])
    operator.do("RUN 2s")
    after = operator.do("GUEST A,DISPLAY")["guest"]
    assert (before["cpus_online"], after["cpus_online"]) == (1, 2)
    assert after["storage_online_mib"] - before["storage_online_mib"] == 256
    assert operator.do("GUEST A,CF CPU(2),OFFLINE")["cpus_online"] == 1
    assert operator.do("GUEST A,CF CPU(2),ONLINE")["cpus_online"] == 2
    assert "console" in operator.refused("GUEST A,TELL ls")["reason"]
    assert operator.quit() == 1  # a command was refused


def stop_and_start_and_deactivate(folder, console):
    operator = console(folder.machine({"A": {"ms": "128M", "ip-shares": "1:100", "channels": "00"}}, ips=1))
    operator.do("ACTIVATE A")
    operator.do("LOAD A")
    assert virsh("domstate", "proof-A") == "running"
    operator.do("STOP A")
    assert virsh("domstate", "proof-A") == "paused"
    operator.do("START A")
    assert virsh("domstate", "proof-A") == "running"
    operator.wait_for_beats("A")
    first = operator.real("A")["heartbeat"]["boot_id"]
    operator.do("LOAD A")
    operator.wait_for_beats("A")
    assert operator.real("A")["heartbeat"]["boot_id"] != first
    operator.do("DEACTIVATE A")
    wait_until(lambda: "proof-A" not in harness.domains(), "the domain has ended", 5)
    assert operator.quit() == 0


harness.need("x86_64", agent=True)
harness.need("s390x")
run([x86_guests_grow_by_a_dimm_a_vcpu_and_a_disk, ibm_z_guests_grow_by_the_balloon_a_vcpu_and_a_ccw_disk,
     virtio_mem_and_nonotify, a_guest_that_knows_only_the_agent, real_and_simulated_guests_in_one_machine, stop_and_start_and_deactivate])
