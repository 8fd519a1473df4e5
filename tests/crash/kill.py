#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A scripted day of a machine with a state directory, during which the program is killed at random moments, again and again.

    kill.py LPARSIM [KILLS]

An operator (this program) gives the commands of a day one by one, reads each result, and is interrupted by kill -9 of the console. It starts it
again, looks where the machine is, and goes on: with what is left of a RUN, with a command that was rolled back, with the next one. After each
start: no resource has two owners or none, the books in the database say the same, everything whose result was read is in the log, every save
and every copy that is said to be there is read. At the end of the day the digest of all that has happened is that of a console that was left
in peace. If the day is over before all kills are, another begins. LPARSIM_SEED=N repeats a run; the seed is printed, and at the end what was
interrupted how often.
"""

import collections
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

LPARSIM = os.path.realpath(sys.argv[1])
KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 200
SEED = int(os.environ.get("LPARSIM_SEED", random.SystemRandom().randrange(1 << 32)))

MACHINE = """[machine]
name = KILLED
ips = 3
ms = 64M
channels = 00-07
ms-copy-rate = 64M
[lpar ONE]
number = 1
ms = 16M
ms-origin = 0
ms-reserved = 24M
ip-shares = 1:100;2:50
channels = 00;01
workload = busy; write 4M/s 8M; io 50/s
[lpar TWO]
number = 2
ms = 8M
ms-origin = 40M
ip-shares = 2:50;3:50
channels = 02;03
workload = busy
[lpar THREE]
number = 3
ms = 16M
ms-origin = 16M
ms-reserved = 16M
ip-shares = 3:25
channels = 04
workload = busy; write 1M/s 4M
[lpar FOUR]
number = 4
ms = 8M
ip-shares = 3:25
channels = 05
[device 0190]
channels = 00;01
service-time = 5ms
"""

# A number of seconds: RUN until the clock stands there. A "!" in front: refused, and meant to be. "@" is the day's folder.
# TAP01 is so quick that a save has ended when it has begun; a save to TAP02 is interrupted with the RUN in which it would have ended.
DAY = [
    "SET INTERVAL 2s", 0.5, "AT 1s STOP THREE", "AT 2s INTEG TWO,ONE", "AT 3s START THREE", "AT 2.2s DISPLAY MS", 2.5, "SET USAGE RESET", 4,
    "GUEST ONE,CF CPU(2),OFFLINE", 5, "GUEST ONE,CF CPU(2),ONLINE", "SET RESERVED FOUR,4M", "SET EVERYSLICE ON", 60,
    "SET EVERYSLICE OFF", "SET RESERVED ONE,32M", "LOAD ONE", 65, "SET FAULT 203.1", "!INTEG THREE,ONE", 70, "!STOP TWO", "DEACTIVATE FOUR", 75, "ACTIVATE FOUR",
    "LOAD FOUR", 80, "SET TAPE TAP01,@/vol1 RATE(1000000T)", "INZTAP DEV(TAP01) NEWVOL(VOL1)", "SAVE LPAR FOUR DEV(TAP01)", 81,
    "SAVE CHANGES DEV(TAP01)", "DEACTIVATE FOUR", "RESTORE FOUR DEV(TAP01)", 82, "SET TAPE TAP02,@/vol2.tar RATE(8M)",
    "INZTAP DEV(TAP02) NEWVOL(VOL2)", "SAVE SYSTEM DEV(TAP02)", 84, "DEACTIVATE THREE", "CLONE FOUR TO(FIVE) PARTIAL", 84.2, "DEACTIVATE FIVE",
    "DELETE LPAR FIVE", "RESTORE FOUR DEV(TAP01) TO(SIX) PARTIAL", 84.4, "DEACTIVATE SIX", "DELETE LPAR SIX", "ACTIVATE THREE", "LOAD THREE", 85,
    "DEFINE GROUP P LPARS(THREE,FOUR)", "DEFINE MIRROR P,@/mirror", "UPDATE P INITIALIZE", "SNAPSHOT P NAME(S1)", 86, "SNAPSHOT P NAME(S2)",
    "SET PRESNAP ON", "INTEG FOUR,ONE", 87, "RESTORE FOUR PRESNAP", 88, "AT 90s INTEG FOUR,THREE", "AT 95s STOP ONE", 100, "START ONE", "SAVE STATE", 300, "STOP THREE", 310,
    "START THREE", "INTEG THREE,ONE", 400, "SET EVERYSLICE ON", 500,
]


WRITES = ("SAVE", "RESTORE", "CLONE", "INTEG", "SNAPSHOT", "INZTAP", "UPDATE")  # those with the most moments to be killed at
ALREADY = ("LPS561E", "LPS563E")  # there is one of that name; the folder is in use, or initialized


def ns(seconds):
    return round(seconds * 1e9)


class Killed(Exception):
    pass


class Console:
    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [LPARSIM, "console", "--json", "--keep-going", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.said = []
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stderr:
            self.said.append(line.rstrip())

    def give(self, command):
        """The result of the command, and those of queued ones that came due meanwhile."""
        queued = []
        try:
            self.process.stdin.write(command + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Killed from None
        while True:
            line = self.process.stdout.readline()
            if not line.endswith("\n"):
                raise Killed
            result = json.loads(line)
            if "due_s" not in result:
                return result, queued
            queued.append(result)

    def ask(self, command):
        result, _ = self.give(command)
        assert result["ok"] and result["command"] == command, (result, self.said)
        return result["result"]

    def end(self):
        self.process.stdin.close()
        assert self.process.wait() in (0, 1)


def check_books(console, directory):
    """Said by the console; the sums are ours."""
    storage, ips = console.ask("DISPLAY MS")["ms"], console.ask("DISPLAY IP")["ips"]
    channels, lpars = console.ask("DISPLAY CHP")["channels"], console.ask("DISPLAY LPAR")["lpars"]
    end = 0
    for piece in sorted(storage["areas"] + storage["free"], key=lambda piece: piece["origin_mib"]):
        assert piece["origin_mib"] == end, storage
        end += piece["size_mib"]
    assert end == storage["size_mib"] == 64, storage
    names = [area["lpar"] for area in storage["areas"]]
    assert len(names) == len(set(names)), storage
    assert [channel["chpid"] for channel in channels] == [f"{i:02X}" for i in range(8)], channels
    for channel in channels:
        assert channel["owner"] is None or channel["owner"] in names, (channel, names)
    given_back = [lpar["name"] for lpar in lpars if lpar["name"] not in names and lpar["state"] != "retired"]
    sums = [sum(share["share_percent"] for share in ip["shares"] if share["lpar"] in names) for ip in ips]
    assert sums[0] == sums[1] == 100 and (sums[2] == 100 or (given_back and sums[2] >= 50)), (sums, ips, given_back)
    with sqlite3.connect(os.path.join(directory, "machine.db")) as database:
        rows = database.execute(
            "SELECT name, origin_bytes, size_bytes FROM area JOIN lpar ON number = lpar"
            " WHERE kind = 'MS' AND size_bytes > 0 AND assignment = 'assigned' ORDER BY origin_bytes").fetchall()
        shown = [(area["lpar"], area["origin_mib"] << 20, area["size_mib"] << 20) for area in storage["areas"]]
        assert not rows or rows == shown, (rows, shown)
        retired = {name for (name,) in database.execute("SELECT name FROM lpar WHERE assignment = 'retired'")}
        # The last record of each says whether it was brought back since (survivor 0).
        commits = {name for name, survivor in dict(database.execute(
            "SELECT name, survivor FROM commit_record JOIN lpar ON number = retired ORDER BY sequence")).items() if survivor}
        assert retired == commits, (retired, commits)


def furnish(folder):
    """The machine file, and an empty volume."""
    machine = os.path.join(folder, "killed.ini")
    with open(machine, "w") as file:
        file.write(MACHINE)
    os.mkdir(os.path.join(folder, "vol1"))
    return machine


def expand(step, folder):
    return step.lstrip("!").replace("@", folder)


def undisturbed():
    """The digest of a day without a state directory and without interruptions."""
    with tempfile.TemporaryDirectory(prefix="lparsim-kill-") as folder:
        console = Console(furnish(folder))
        now = 0
        for step in DAY:
            if step == "SAVE STATE":
                continue
            command = f"RUN {ns(step) - now}ns" if not isinstance(step, str) else expand(step, folder)
            result, queued = console.give(command)
            assert result["ok"] == (not isinstance(step, str) or step[0] != "!"), result
            assert all(one["ok"] for one in queued), queued
            now = ns(result["at_s"])
        digest = console.ask("DISPLAY TRACE 1")["digest"]
        console.end()
        return digest


class Day:
    def __init__(self, rng):
        self.rng = rng
        self.directory = tempfile.mkdtemp(prefix="lparsim-kill-")
        self.machine = furnish(self.directory)
        self.state = os.path.join(self.directory, "state")
        self.next = 0       # of DAY
        self.done = []      # commands whose result was read: (command, ok)
        self.opened = False # the directory has its machine
        self.given = []     # those of them that were not queued
        self.owed = []      # queued commands that were rolled back
        self.kills = 0
        self.saves = collections.Counter()  # by unit: those that have ended
        self.under_way = "start"            # what is interrupted now
        self.killed = collections.Counter() # what was
        self.completed = self.rolled_back = 0

    def entries(self, console):
        """Of the log: what changes something. RUN is seen by the clock."""
        return [entry for entry in console.ask("DISPLAY LOG")["log"]
                if not entry["command"].startswith(("DISPLAY", "RUN", "SAVE STATE", "VERIFY", "UPDATE P VERIFY")) and entry.get("id") != "LPS011W"]

    def check_copies(self, console):
        """No more is said to be there than there is, and no less than was said to be done."""
        for tape in console.ask("DISPLAY TAPE")["tapes"]:
            saves = len(tape.get("saves", []))
            assert saves >= self.saves[tape["unit"]], (tape, self.saves)
            if saves:
                console.ask(f"VERIFY DEV({tape['unit']})")
        if any(command == "UPDATE P INITIALIZE" for command, _ in self.done):
            copies = console.ask("UPDATE P VERIFY")
            assert copies["damaged"] == 0 and not copies["warnings"], copies

    def resume(self, console):
        """Where the machine is, after a start."""
        check_books(console, self.state)
        self.check_copies(console)
        log = self.entries(console)
        entries = [(entry["command"], entry["ok"]) for entry in log]
        for entry in self.done:
            assert entry in entries, (entry, entries, console.said)
        self.completed += any("LPS012I" in line for line in console.said)
        rolled_back = [entry for entry in console.ask("DISPLAY LOG")["log"] if entry.get("id") == "LPS011W"]
        for entry in rolled_back[self.rolled_back:]:
            if entry["source"].endswith("(AT)") and entry["command"] != "DISPLAY MS":
                self.owed.append(entry["command"])
        self.rolled_back = len(rolled_back)
        self.owed = [command for command in self.owed if (command, True) not in entries]
        return [(entry["command"], entry["ok"]) for entry in log if not entry["source"].endswith("(AT)")]

    def give(self, console, command, wanted, again=False):
        self.under_way = command.split()[0] if command.startswith("RUN") else " ".join(command.split()[:2])
        result, queued = console.give(command)
        self.saves.update("TAP02" for job in result.get("jobs_ended", []) if job["code"] == 0 and "/SAVE" in job["job"])
        self.saves.update(["TAP01"] if command.startswith("SAVE") and "TAP01" in command else [])
        for one in queued:
            assert one["ok"], one
            if not one["command"].startswith("DISPLAY"):
                self.done.append((one["command"], True))
        had_been_done = again and not result["ok"] and result["error"]["id"] in ALREADY
        assert result["ok"] == wanted or had_been_done, (command, result.get("error"), console.said)
        if not command.startswith(("RUN", "SAVE STATE")):
            self.done.append((result["command"], result["ok"]))
            self.given.append((result["command"], result["ok"]))
        return ns(result["at_s"])

    def session(self, kill):
        """Until it is killed or the day is over; then the digest. Killed some time after the start, or after a command was given."""
        kill_after, steps_left = (self.rng.uniform(0, 0.4), 0) if self.rng.random() < 0.3 else (
            self.rng.uniform(0, 0.03), self.rng.randrange(1, 5))
        again = self.kills > 0 # the command that was killed may have been done, and not be in the log
        given = [] if self.opened and self.rng.random() < 0.5 else [self.machine]
        self.under_way = "start"
        console = Console(*given, "--state", self.state)
        timer = threading.Timer(kill_after, console.process.kill)
        if kill and not steps_left:
            timer.start()
        try:
            entries = self.resume(console)
            self.opened = True
            now = ns(console.give("DISPLAY MS")[0]["at_s"])
            # A queued command that was rolled back is not repeated by the program: it is given now, at its time.
            while self.owed:
                now = self.give(console, self.owed[0], True)
                self.owed.pop(0)
            while self.next < len(DAY):
                step = DAY[self.next]
                step = step.replace("@", self.directory) if isinstance(step, str) else step
                steps_left -= 1
                writes = isinstance(step, str) and step.startswith(WRITES) and self.rng.random() < 0.5
                if kill and not timer.ident and (steps_left <= 0 or writes):
                    timer.start()
                if not isinstance(step, str):
                    now = self.give(console, f"RUN {ns(step) - now}ns", True) if ns(step) > now else now
                elif not self.was_done(step, entries):
                    now = self.give(console, step.lstrip("!"), step[0] != "!", again)
                    again = False
                else:
                    self.given.append((step.lstrip("!"), step[0] != "!"))
                self.next += 1
                entries = []
            digest = console.ask("DISPLAY TRACE 1")["digest"]
            timer.cancel()
            console.end()
            return digest
        except Killed:
            timer.cancel()
            self.kills += 1
            self.killed[self.under_way] += 1
            status = console.process.wait()
            assert status == -9, (status, console.said)
            return None

    def was_done(self, step, entries):
        """The last entries may have one whose result was not read."""
        command = (step.lstrip("!"), step[0] != "!")
        return entries.count(command) > self.given.count(command)


def main():
    rng = random.Random(SEED)
    print(f"seed {SEED}", flush=True)
    wanted = undisturbed()
    kills = days = completed = rolled_back = 0
    killed = collections.Counter()
    while kills < KILLS:
        day, digest = Day(rng), None
        while digest is None:
            digest = day.session(kills + day.kills < KILLS)
        assert digest == wanted, (digest, wanted, day.directory)
        kills += day.kills
        days += 1
        killed += day.killed
        completed += day.completed
        rolled_back += day.rolled_back
        shutil.rmtree(day.directory)
    print(f"{kills} kills in {days} days: {rolled_back} commands rolled back, {completed} completed; digest {wanted}")
    print("killed during:", ", ".join(f"{what} {n}" for what, n in killed.most_common()))


main()
