#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Studies from outside: the same bytes whatever the number of threads and processes, and whenever the program is killed.

    test-plan.py LPARSIM MPI

MPI is "yes" if the program was built with it. A failing random test prints its seed; LPARSIM_SEED=N in the environment repeats it.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

LPARSIM, MPI = os.path.realpath(sys.argv[1]), sys.argv[2] == "yes"
FILES = {"result.csv", "result.json", "runs.jsonl", "summary.txt"}

MACHINE = """[machine]
name = SMALL
ips = 2
ms = 64M

[lpar PROD]   # stays
ms = 32M
ms-reserved = 16M
weight = 10
lips = 2
workload = cpu 30%

[lpar TEST]
ms = 16M
weight = 20
lips = 1
workload = busy
"""

STUDY = """[study]
name = small
machine = small.ini
length = 40m
warm-up = 2m
replications = {replications}

[commands]
at-1 = 20m INTEG TEST,PROD

[vary]
machine.ips = 1 | 2 | 4
lpar PROD.weight = 10 | 50
"""


class Room(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.write("small.ini", MACHINE)
        # what the libraries of charts and of MPI do not free at the end is no concern of ours
        self.write("others", "leak:libfontconfig\nleak:libpango\n")
        self.environment = {**os.environ, "LSAN_OPTIONS": "print_suppressions=0:suppressions=" + self.path("others")}
        self.write("small.study", STUDY.format(replications=3))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def plan(self, *arguments, status=0, before=()):
        environment = {**self.environment, **({"ASAN_OPTIONS": "detect_leaks=0"} if before else {})}
        done = subprocess.run([*before, LPARSIM, "plan", *arguments], cwd=self.folder, capture_output=True, text=True,
                              timeout=300, check=False, env=environment)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def result(self, name):
        with open(self.path(name + "/result.json"), encoding="utf-8") as file:
            return json.load(file)

    def files(self, name):
        """What is in a folder and in its folders: path -> bytes."""
        found = {}
        for folder, _, names in os.walk(self.path(name)):
            for file_name in names:
                path = os.path.join(folder, file_name)
                with open(path, "rb") as file:
                    found[os.path.relpath(path, self.path(name))] = file.read()
        return found

    def assert_same(self, a, b):
        one, other = self.files(a), self.files(b)
        self.assertLessEqual(FILES, set(one))
        self.assertEqual(set(one), set(other))
        for name, content in one.items():
            self.assertTrue(content == other[name], f"{a}/{name} is not {b}/{name}")


class Refusals(Room):
    def refuse(self, study, *words):
        self.write("wrong.study", study)
        done = self.plan("wrong.study", "-o", "out", status=2)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertFalse(os.path.exists(self.path("out/result.json")))

    def test_usage(self):
        for arguments in ([], ["small.study"], ["a", "b", "-o", "c"], ["--compare", "a"], ["x", "-o", "y", "--at", "3h"],
                          ["x", "-o", "y", "--jobs", "0"], ["x", "-o", "y", "--bogus"]):
            self.assertIn("LPS507E", self.plan(*arguments, status=2).stderr)

    def test_all_mistakes_at_once(self):
        self.refuse("[study]\nmachin = a\nlength = 5\nwarm-up = 1h\n[comands]\n", "machine?", "length = 5", "[commands]?",
                    "LPS520E")

    def test_impossible(self):
        head = "[study]\nmachine = small.ini\nlength = 1h\n"
        self.refuse("[study]\nmachine = none.ini\nlength = 1h\n", "LPS520E", "none.ini")
        self.refuse(head + "[vary]\nmachine.ips = 0 | 1\n", "No alternative", "ips=0")
        self.refuse(head + "[vary]\nlpar PRD.weight = 1 | 2\n", "Did you mean [lpar prod]?")
        self.refuse(head + "[commands]\nat-1 = 2h INTEG TEST,PROD\n", "the run ends after")
        self.refuse(head + "[commands]\nat-1 = 2m INTEG TEST,PRD\n", "at-1", "PRD")
        self.refuse(head + "[vary]\ncommand.2 = none | 5m DISPLAY MS\n", "at-2")
        self.refuse(head + "[compare]\na = x\nb = y\n", "[compare] names x")
        self.refuse(head + "[search]\nkey = machine.ips\nfrom = 2\nto = 8\ncondition = PROD.busi_ips < 1\n",
                    "PROD.busy_ips?")

    def test_directory_is_taken(self):
        os.mkdir(self.path("out"))
        with open(self.path("out/runs.jsonl"), "w", encoding="utf-8") as file:
            import fcntl
            fcntl.flock(file, fcntl.LOCK_EX)
            self.assertIn("under way", self.plan("small.study", "-o", "out", status=2).stderr)


class Results(Room):
    def test_figures(self):
        self.plan("small.study", "-o", "out")
        result = self.result("out")
        self.assertEqual([a["name"] for a in result["alternatives"]],
                         [f"ips={i}, weight={w}" for i in (1, 2, 4) for w in (10, 50)])
        for alternative in result["alternatives"]:
            if "ips=1," in alternative["name"]:
                self.assertIn("LIPs", alternative["failed"])
                continue
            self.assertEqual(alternative["commands"][0]["ok"], True)
            self.assertEqual(alternative["commands"][0]["at_s"], 1200.0)
            metrics = {m["name"]: m for m in alternative["metrics"]}
            self.assertEqual(metrics["PROD.busy_ips"]["n"], 3)
            areas = alternative["after"]["ms"]["ms"]["areas"]
            self.assertEqual([(a["lpar"], a["size_mib"]) for a in areas], [("PROD", 48)])
            if "ips=4" in alternative["name"]:
                # TEST is busy on one IP from minute 2 to 20 of the 38 that count
                self.assertAlmostEqual(metrics["TEST.busy_ips"]["mean"], 18 / 38, places=6)
                # PROD: .6 until minute 20, then .9 with the third LIP, but for the time of the INTEG itself
                self.assertAlmostEqual(metrics["PROD.busy_ips"]["mean"], (18 * .6 + 20 * .9) / 38, delta=.001)
        curve = result["alternatives"][-1]["series"]
        self.assertEqual(len(curve["t_s"]), 96)
        self.assertAlmostEqual(curve["lpars"][0]["busy_ips"][-1], .9, places=6)

    def test_search(self):
        self.write("search.study", "[study]\nmachine = small.ini\nlength = 10m\nreplications = 2\n[search]\n"
                   "key = machine.ips\nfrom = 2\nto = 20\ncondition = machine.busy_percent < 20%\n")
        self.plan("search.study", "-o", "out")
        search = self.result("out")["search"]
        # 1.6 IPs are busy once there are enough of them: 1.6 / 8 is not below 20 %, 1.6 / 9 is
        self.assertEqual(search["answer"], "9")
        self.assertLessEqual(len(search["steps"]), 2 + 5)

    def test_precision_stops(self):
        self.write("narrow.study", "[study]\nmachine = small.ini\nlength = 5m\nreplications = 2-50 until 5%\n"
                   "precision-of = PROD.busy_ips\n")
        self.plan("narrow.study", "-o", "out", "--jobs", "4")
        self.plan("narrow.study", "-o", "one", "--jobs", "1")
        self.assertEqual(self.result("out")["alternatives"][0]["replications"], 2)
        self.assert_same("out", "one")

    def test_advice(self):
        self.plan("small.ini", "--advise", "--at", "3h", "-o", "out")
        advice = self.result("out")["advice"]
        self.assertEqual([(a["retiring"], a["surviving"], a["feasible"]) for a in advice],
                         [("TEST", "PROD", True), ("PROD", "TEST", False)])
        self.assertIn("reserved", advice[1]["reason"])

    def test_advice_leaves_out_what_it_is_asked(self):
        self.plan("small.study", "--advise", "--at", "30m", "-o", "out")
        result = self.result("out")
        self.assertEqual([[c["command"] for c in a["commands"]] for a in result["alternatives"]],
                         [[], ["INTEG TEST,PROD"]])

    def test_compare(self):
        self.plan("small.study", "-o", "out")
        done = self.plan("--compare", "ips=2, weight=10", "ips=4, weight=10", "-o", "out", "--json")
        rows = {r["metric"]: r for r in json.loads(done.stdout)["comparisons"]}
        self.assertTrue(rows["machine.busy_percent"]["significant"])
        self.assertFalse(rows["TEST.busy_ips"]["significant"])
        self.assertIn("ips=4", self.plan("--compare", "out", "out").stdout)
        self.assertIn("LPS520E", self.plan("--compare", "out", "none", status=2).stderr)


JOBS = """[machine]
name = JOBS
clock = 2026-11-20 00:00
ips = 2
ms = 64M

[lpar A]
ms = 16M
ms-reserved = 16M
weight = 10
lips = 1

[lpar B]
ms = 16M
weight = 10
lips = 1

[class TICK]
lpar = A
arrivals = {arrivals}
service = 20ms
goal = p95 < 30ms

[class TOCK]
lpar = B
arrivals = every 100ms
service = 20ms
goal = mean < 10ms

[class NIGHT]
lpar = A
start = 00:10
service = 100s
priority = 2
goal = end < 00:15
"""


class Jobs(Room):
    """One job each 100 ms of 20 ms: nobody ever waits, so each figure is known."""

    def setUp(self):
        super().setUp()
        self.write("jobs.ini", JOBS.format(arrivals="every 100ms"))
        self.write("jobs.study", "[study]\nmachine = jobs.ini\nlength = 20m\nwarm-up = 1m\nreplications = 2\n")

    def test_goals(self):
        self.plan("jobs.study", "-o", "out")
        result = self.result("out")
        self.assertEqual(result["clock"], "2026-11-20 00:00:00")
        alternative = result["alternatives"][0]
        metrics = {m["name"]: m["mean"] for m in alternative["metrics"]}
        self.assertAlmostEqual(metrics["A.TICK.mean"], .02, places=9)
        self.assertAlmostEqual(metrics["A.TICK.p99.9"], .02, delta=.02 / 100)  # of a histogram
        self.assertAlmostEqual(metrics["A.TICK.throughput"], 10, delta=.01)
        self.assertAlmostEqual(metrics["A.TICK.velocity"], 100, places=6)
        # 100 s at 80 % of the LIP, which TICK leaves: 125 s from 00:10 on, and a tick more or less
        self.assertAlmostEqual(metrics["A.NIGHT.end"], 600 + 125, delta=.1)
        self.assertEqual([(g["class"], g["verdict"]) for g in alternative["goals"]],
                         [("TICK", "met"), ("NIGHT", "met"), ("TOCK", "missed")])
        self.assertEqual([p["percent"] for p in alternative["percentiles"][0]["points"]], [50, 75, 90, 95, 99, 99.9])

    def test_one_run_has_batches(self):
        self.write("one.study", "[study]\nmachine = jobs.ini\nlength = 1000s\nwarm-up = 100s\nreplications = 1\n"
                   "interval = 10s\n[commands]\nat-1 = 550s STOP B\n")
        self.plan("one.study", "-o", "out")
        metrics = {m["name"]: m for m in self.result("out")["alternatives"][0]["metrics"]}
        # ten batches of 90 s, from 100 s on: B is busy .2 IPs in five of them, and then no more;
        # variance 10/9 * .1^2, error sqrt(variance / 10) = .1 / 3, t(.975, 9) = 2.262157
        self.assertEqual(metrics["B.busy_ips"]["n"], 10)
        self.assertAlmostEqual(metrics["B.busy_ips"]["mean"], .1, delta=.0005)
        self.assertAlmostEqual(metrics["B.busy_ips"]["half_width"], 2.262157 * .1 / 3, delta=.0005)

    def test_advice_keeps_goals(self):
        self.plan("jobs.study", "--advise", "--at", "00:05,600s", "-o", "out")
        advice = self.result("out")["advice"]
        self.assertEqual([(a["retiring"], a["at"]) for a in advice if a["feasible"]], [("B", "00:05"), ("B", "600s")])
        self.assertEqual([e["class"] for e in advice[0]["effects"]], ["TICK", "NIGHT"])  # TOCK goes with B
        self.assertIn("No goal is lost and 2 of 2 are met", advice[0]["reason"])
        self.assertIn("1 goal ends with B", advice[0]["reason"])

    def test_files_that_change_are_noticed(self):
        self.write("jobs.ini", JOBS.format(arrivals="file times.txt"))
        self.write("times.txt", "".join(f"{n / 10:.1f}\n" for n in range(12000)))
        self.plan("jobs.study", "-o", "out")
        self.write("times.txt", "".join(f"{n / 5:.1f}\n" for n in range(6000)))
        self.plan("jobs.study", "-o", "out")
        metrics = {m["name"]: m["mean"] for m in self.result("out")["alternatives"][0]["metrics"]}
        self.assertAlmostEqual(metrics["A.TICK.throughput"], 5, delta=.01)


class SameBytes(Room):
    def test_threads(self):
        self.plan("small.study", "-o", "one", "--jobs", "1")
        self.plan("small.study", "-o", "four", "--jobs", "4")
        self.assert_same("one", "four")
        self.plan("small.study", "-o", "four")
        self.assert_same("one", "four")

    def start(self, directory, *before):
        return subprocess.Popen([*before, LPARSIM, "plan", "small.study", "-o", directory, "--jobs", "2"],
                                cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                start_new_session=True)

    def n_lines(self, directory):
        try:
            with open(self.path(directory + "/runs.jsonl"), "rb") as file:
                return file.read().count(b"\n")
        except FileNotFoundError:
            return 0

    def wait_for_lines(self, process, directory, n):
        while self.n_lines(directory) < n and process.poll() is None:
            time.sleep(0.005)

    def test_killed_and_resumed(self):
        seed = int(os.environ.get("LPARSIM_SEED", random.SystemRandom().randrange(1 << 32)))
        rng = random.Random(seed)
        self.write("small.study", STUDY.format(replications=8))
        self.plan("small.study", "-o", "whole")
        with self.subTest(seed=seed):
            for _ in range(4):
                process = self.start("cut")
                self.wait_for_lines(process, "cut", self.n_lines("cut") + rng.randrange(1, 8))
                time.sleep(rng.random() * 0.05)
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                if rng.random() < 0.7:  # a crash of the machine can tear the last line
                    size = os.path.getsize(self.path("cut/runs.jsonl"))
                    os.truncate(self.path("cut/runs.jsonl"), rng.randrange(size // 2, size + 1))
            self.plan("small.study", "-o", "cut")
            self.assert_same("whole", "cut")

    def test_interrupted(self):
        self.write("small.study", STUDY.format(replications=200))
        process = self.start("cut")
        self.wait_for_lines(process, "cut", 2)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1, said)
        self.assertIn("LPS521E", said)
        self.assertIn("Give the same command again", said)
        self.assertNotIn("\r", said)

    def mpirun(self, n):
        return ("mpirun", "--allow-run-as-root", "--oversubscribe", "-n", str(n))

    @unittest.skipUnless(MPI and shutil.which("mpirun"), "SKIPPED: built without MPI, or there is no mpirun")
    def test_processes(self):
        self.plan("small.study", "-o", "one", "--jobs", "1")
        self.plan("small.study", "-o", "many", before=self.mpirun(4))
        self.assert_same("one", "many")
        self.assertIn("LPS507E", self.plan("small.study", status=2, before=self.mpirun(2)).stderr)

    @unittest.skipUnless(MPI and shutil.which("mpirun"), "SKIPPED: built without MPI, or there is no mpirun")
    def test_rank_dies(self):
        self.write("small.study", STUDY.format(replications=20))
        process = self.start("many", *self.mpirun(3))
        self.wait_for_lines(process, "many", 2)
        ranks = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True).stdout.split()
        os.kill(int(ranks[-1]), signal.SIGKILL)
        process.communicate(timeout=60)
        self.assertNotEqual(process.returncode, 0)
        self.write("small.study", STUDY.format(replications=3))
        self.plan("small.study", "-o", "many", before=self.mpirun(3))
        self.plan("small.study", "-o", "one")
        self.assert_same("one", "many")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
