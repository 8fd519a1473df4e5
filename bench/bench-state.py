#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What durability costs: the time from giving a modifying command to its result, with and without a state directory; and of checkpoints.

    bench-state.py LPARSIM EXAMPLES [DIR [MIB]]

DIR: on the disk that is to be measured (default: where temporary files are). Beside it, in the same run: what the disk takes for one
write and sync, since a command with a state directory waits for three (it is begun, it has ended, the operator log). Checkpoints: of a
machine whose guest has touched MIB (default: 4096) of its storage, then with 1 % of it changed, in the same session and in the next one.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

LPARSIM, EXAMPLES = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])
WHERE = sys.argv[3] if len(sys.argv) > 3 else None
MIB = int(sys.argv[4]) if len(sys.argv) > 4 else 4096
ROUNDS = 200
BIG = """[machine]
name = BIG
ips = 1
ms = {size}M
channels = 00
[lpar LPAR1]
number = 1
ms = {size}M
ip-shares = 1:100
workload = busy; write {mib}M/s {mib}M
"""


def figures(name, seconds):
    seconds = sorted(seconds)
    print(f"{name:42} {1e3 * statistics.median(seconds):10.3f} {1e3 * seconds[int(0.95 * len(seconds))]:10.3f} {1e3 * seconds[-1]:10.3f}")
    return statistics.median(seconds)


def console(*arguments, first="RUN 1s"):
    process = subprocess.Popen([LPARSIM, "console", "--json", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)

    def give(command):
        begun = time.perf_counter()
        process.stdin.write(command + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        took = time.perf_counter() - begun
        assert json.loads(line)["ok"], line
        return took

    give(first)
    return process, give


def latency(name, *arguments):
    process, give = console(*arguments)
    seconds = [give(("STOP" if i % 2 == 0 else "START") + " LPAR3") for i in range(ROUNDS)]
    integ = give("INTEG LPAR2,LPAR1")
    process.stdin.close()
    process.wait()
    return figures(name, seconds), integ


def syncs(folder):
    seconds = []
    with open(os.path.join(folder, "synced"), "wb") as file:
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fdatasync(file.fileno())
            seconds.append(time.perf_counter() - begun)
    return seconds


def files(folder):
    """Inode -> length of each file of the checkpoint."""
    found = {}
    for path, _, names in os.walk(os.path.join(folder, "checkpoints")):
        for name in names:
            status = os.stat(os.path.join(path, name))
            found[status.st_ino, status.st_mtime_ns] = status.st_size
    return found


def checkpoint(name, give, folder, first=None):
    """What it takes, and what it writes; in percent of the first, too."""
    before = files(folder)
    seconds = give("SAVE STATE")
    written = sum(length for key, length in files(folder).items() if key not in before)
    share = f"{100 * seconds / first[0]:8.1f} % {100 * written / first[1]:8.1f} %" if first else ""
    print(f"{name:42} {seconds:10.3f} {written / (1 << 20):10.1f} {share}")
    return seconds, written


def checkpoints(folder):
    path, state = os.path.join(folder, "big.ini"), os.path.join(folder, "big")
    with open(path, "w") as file:
        file.write(BIG.format(size=MIB + 256, mib=MIB))
    print(f"\n{f'checkpoints of {MIB} MiB':42} {'s':>10} {'MiB':>10} {'of the first: time, bytes':>21}")
    process, give = console(path, "--state", state)
    first = checkpoint("the first", give, state)
    checkpoint("nothing has changed", give, state, first)
    give("RUN 10ms")
    checkpoint("1 % has changed", give, state, first)
    process.stdin.close()
    process.wait()
    process, give = console("--state", state, first="RUN 10ms")
    checkpoint("1 % has changed, in the next session", give, state, first)
    process.stdin.close()
    process.wait()


def main():
    folder = tempfile.mkdtemp(prefix="lparsim-bench-", dir=WHERE)
    patent = os.path.join(EXAMPLES, "patent.ini")
    print(f"{'in ms':42} {'median':>10} {'95 %':>10} {'worst':>10}")
    plain, integ_plain = latency("STOP and START, in memory", patent)
    durable, integ_durable = latency("STOP and START, with a state directory", patent, "--state", os.path.join(folder, "state"))
    sync = figures("one write of 4 KiB and sync, the disk", syncs(folder))
    print(f"INTEG: {1e3 * integ_plain:.1f} ms in memory, {1e3 * integ_durable:.1f} ms with a state directory (13 records)")
    print(f"a durable command costs {1e3 * (durable - plain):.3f} ms, {(durable - plain) / sync:.1f} syncs of this disk")
    checkpoints(folder)
    shutil.rmtree(folder)


main()
