#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The work of our benchmarks by the means of SimPy, as small as it can be written.

    peer-simpy.py jobs N JOBS KIND      bench-jobs: a process for each guest; IPs are a resource that is taken for a
                                        slice of 12.5 ms at a time, first come first served
    peer-simpy.py slices IPS LIPS N     bench-dispatch: a process for each LIP that takes an IP for a slice of 12.5 ms,
                                        all in turn; no weights, no caps, no accounts but one sum

Prints a rate per second of processor time. Exit status 77: SimPy is not there. Reads as SimPy 3 and later do; Debian's
python3-simpy is SimPy 2, for which a few lines at the end stand in.
"""
import random
import sys
import time

SLICE_S = 0.0125
MEAN_JOB_S = 0.01
LOAD = 0.7


class Work:
    def __init__(self, wanted):
        self.wanted = wanted
        self.done = 0


def guest_with_jobs(world, number, mean_gap_s, exponential, work):
    stream = random.Random(number)
    arrives_s = stream.expovariate(1 / mean_gap_s)
    while work.done < work.wanted:
        if arrives_s > world.now():
            yield world.wait(arrives_s - world.now())
        left_s = stream.expovariate(1 / MEAN_JOB_S) if exponential else MEAN_JOB_S
        while left_s > 0:
            slice_s = min(left_s, SLICE_S)
            yield from world.use_ip(slice_s)
            left_s -= slice_s
        work.done += 1
        arrives_s += stream.expovariate(1 / mean_gap_s)


def lip_with_slices(world, sums_s, i, work):
    while work.done < work.wanted:
        yield from world.use_ip(SLICE_S)
        sums_s[i] += SLICE_S
        work.done += 1


def jobs(n_guests, n_jobs, kind):
    n_ips = min(n_guests // 5, 200)
    world = make_world(n_ips)
    work = Work(n_jobs)
    gap_s = MEAN_JOB_S * n_guests / (LOAD * n_ips)
    for number in range(1, n_guests + 1):
        world.start(guest_with_jobs(world, number, gap_s, kind == "exponential", work))
    return world, work


def slices(n_ips, n_lips, n_slices):
    world = make_world(n_ips)
    work = Work(n_slices)
    sums_s = [0.0] * n_lips
    for i in range(n_lips):
        world.start(lip_with_slices(world, sums_s, i, work))
    return world, work


class World3:
    """SimPy 3 and later."""

    def __init__(self, simpy, n_ips):
        self.environment = simpy.Environment()
        self.ips = simpy.Resource(self.environment, capacity=n_ips)

    def now(self):
        return self.environment.now

    def wait(self, delay_s):
        return self.environment.timeout(delay_s)

    def use_ip(self, duration_s):
        with self.ips.request() as request:
            yield request
            yield self.environment.timeout(duration_s)

    def start(self, generator):
        self.environment.process(generator)

    def run(self):
        self.environment.run()


class World2:
    """SimPy 2."""

    def __init__(self, package, n_ips):
        self.package = package
        self.simulation = package.Simulation()
        self.simulation.initialize()
        self.ips = package.Resource(capacity=n_ips, sim=self.simulation)
        self.process = None

    def now(self):
        return self.simulation.now()

    def wait(self, delay_s):
        return self.package.hold, None, delay_s

    def use_ip(self, duration_s):
        yield self.package.request, None, self.ips
        yield self.package.hold, None, duration_s
        yield self.package.release, None, self.ips

    def start(self, generator):
        process = self.package.Process(sim=self.simulation)
        self.simulation.activate(process, with_process(generator, process))

    def run(self):
        self.simulation.simulate(until=1e12)


def with_process(generator, process):
    """SimPy 2 wants its process in every command."""
    for command in generator:
        yield (command[0], process) + command[2:]


def make_world(n_ips):
    try:
        import simpy

        return World3(simpy, n_ips)
    except ImportError:
        pass
    try:
        from SimPy import Simulation

        return World2(Simulation, n_ips)
    except ImportError:
        sys.exit(77)


def main(words):
    if words[:1] == ["jobs"] and len(words) == 4:
        world, work = jobs(int(words[1]), int(words[2]), words[3])
    elif words[:1] == ["slices"] and len(words) == 4:
        world, work = slices(int(words[1]), int(words[2]), int(words[3]))
    else:
        sys.exit("jobs N JOBS KIND | slices IPS LIPS N")
    begin_s = time.process_time()
    world.run()
    print("%.0f" % (work.done / (time.process_time() - begin_s)))


main(sys.argv[1:])
