#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Our benchmarks and their peers, in one run on one machine.

    compare-peers.py BENCH_DIR [PEER_SIMGRID]

All measure processor time, and ours and the peers' runs alternate, so that what else the machine does meets both; of each
the best round counts. Where a peer is not installed, what it was measured to do elsewhere is printed: 2 cores, one thread,
SimGrid 4.1. The peers do less (see their files): SimGrid shares cores without slices, and neither keeps accounts.

At the end: ten times as many jobs must need no more memory. Exit status 1 if they do.
"""
import os
import subprocess
import sys

ROUNDS = 2
MEMORY_TOLERANCE_KIB = 256  # where the loader puts things differs from run to run
NOT_THERE = 77

# what, ours, SimGrid's, SimPy's words, unit, figures elsewhere, whether less is better, the aim
CASES = [
    ("200 IPs, 1000 busy LIPs, every slice", ["bench-dispatch", "slices"], ["slices", "200", "1000", "2000000"],
     ["slices", "200", "1000", "100000"], "dispatches/s", 1000000, False, 7500000),
    ("the same, a day in closed form", ["bench-dispatch", "day"], None, None, "s", 110, True, 0.1),
    ("10 guests, Poisson arrivals", ["bench-jobs", "10", "2000000", "exponential"],
     ["jobs", "10", "200000", "exponential"], ["jobs", "10", "100000", "exponential"], "jobs/s", 40900, False, 1500000),
    ("1000 guests", ["bench-jobs", "1000", "2000000", "exponential"], ["jobs", "1000", "40000", "exponential"],
     ["jobs", "1000", "100000", "exponential"], "jobs/s", 8050, False, 1000000),
    ("10000 guests", ["bench-jobs", "10000", "2000000", "exponential"], ["jobs", "10000", "20000", "exponential"],
     ["jobs", "10000", "100000", "exponential"], "jobs/s", 1100, False, 700000),
    ("1052 guests x 288 samples, 800 machines", ["bench-samples", "seconds"], ["samples"], None, "s", 0.41, True, 0.05),
]


def figure(command):
    """What the program prints, or None if it is not there."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if done.returncode == NOT_THERE:
        return None
    done.check_returncode()
    return float(done.stdout)


def best_of(commands, less_is_better):
    figures = [[] for _ in commands]
    for _ in range(ROUNDS):
        for nth, command in enumerate(commands):
            found = figure(command) if command else None
            if found is not None:
                figures[nth].append(found)
    return [(min if less_is_better else max)(found) if found else None for found in figures]


def show(name, value, ours, unit, less_is_better):
    if value is None:
        return
    ratio = value / ours if less_is_better else ours / value
    print("    %-12s %14s %-12s  ours is %.1f times as fast" % (name, number(value), unit, ratio))


def number(value):
    return "%.4f" % value if value < 1000 else "{:,.0f}".format(value)


def compare(folder, simgrid, simpy):
    for what, ours_words, simgrid_words, simpy_words, unit, elsewhere, less_is_better, aim in CASES:
        ours, by_simgrid, by_simpy = best_of(
            [[os.path.join(folder, ours_words[0])] + ours_words[1:],
             [simgrid] + simgrid_words if simgrid and simgrid_words else None,
             simpy + simpy_words if simpy_words else None], less_is_better)
        reached = ours <= aim if less_is_better else ours >= aim
        print(what)
        print("    %-12s %14s %-12s  aim %s: %s" % (
            "ours", number(ours), unit, number(aim), "reached" if reached else "NOT REACHED"))
        show("SimGrid", by_simgrid, ours, unit, less_is_better)
        show("SimPy", by_simpy, ours, unit, less_is_better)
        show("elsewhere", elsewhere, ours, unit, less_is_better)


def memory_is_bounded(folder):
    program = os.path.join(folder, "bench-jobs")
    few, many = (figure([program, "1000", jobs, "exponential", "memory"]) for jobs in ("1000000", "10000000"))
    bounded = many <= few + MEMORY_TOLERANCE_KIB
    print("memory of 10^6 jobs %d KiB, of 10^7 %d KiB: %s" % (few, many, "bounded" if bounded else "IT GROWS"))
    return bounded


def main(words):
    if len(words) not in (1, 2):
        sys.exit(__doc__)
    peers = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")
    # Debian's packages are seen by Debian's Python.
    python = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
    compare(words[0], words[1] if len(words) == 2 else None, [python, os.path.join(peers, "peer-simpy.py")])
    sys.exit(0 if memory_is_bounded(words[0]) else 1)


main(sys.argv[1:])
