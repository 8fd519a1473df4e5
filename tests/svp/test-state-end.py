#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How a session with a state directory ends: by signals, with nobody who reads, by kill -9; and what the next start says of it.

    test-state-end.py LPARSIM EXAMPLES
"""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
import unittest

from state_room import LPARSIM, PATENT, StateTest

ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
# A test that runs in the background, or under nohup, has some of them ignored, and a console would inherit that.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
ENTRIES = "SELECT count(*) FROM entry WHERE id > (SELECT coalesce(max(entry), 0) FROM checkpoint)"  # behind the checkpoint


class StateEndTest(StateTest):
    def begin(self, *commands, state=True):
        """A console that has carried out the commands and waits for the next."""
        where = ["--state", self.state] if state else []
        process = subprocess.Popen(
            [LPARSIM, "console", PATENT, *where, "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        for command in commands:
            process.stdin.write(command + "\n")
            process.stdin.flush()
            self.assertTrue(json.loads(process.stdout.readline())["ok"], command)
        return process

    def test_a_signal_while_it_waits(self):
        """Half a line is no command; the checkpoint has everything."""
        for at, name in enumerate(ENDING):
            process = self.begin("RUN 1s")
            process.stdin.write("STOP LPAR1")
            process.stdin.flush()
            time.sleep(0.2)
            process.send_signal(name)
            results, said = process.communicate(timeout=30)
            self.assertEqual((results, process.returncode), ("", -name))
            self.assertIn(f"LPS014I {name.name} ends the session at {at + 1}.000 s", said)
            self.assertEqual(self.machine(ENTRIES), 0)
        results, said, _ = self.run_console(["DISPLAY LPAR LPAR1"])
        self.assertEqual(results[0]["result"]["lpars"][0]["state"], "operating")
        self.assertIn("LPS010I", said)
        self.assertIn("ended in order, and the machine goes on at 3.000 s", said)

    def test_a_signal_during_run(self):
        for name in ENDING:
            process = self.begin("RUN 1s")
            process.stdin.write("RUN 90000000s\n")
            process.stdin.flush()
            time.sleep(0.5)
            process.send_signal(name)
            results, said = process.communicate(timeout=30)
            self.assertEqual(process.returncode, -name)
            interrupted = json.loads(results)
            self.assertFalse(interrupted["ok"])
            self.assertIn("LPS014I", said)
            results, said, _ = self.run_console(["DISPLAY MACHINE"])
            self.assertEqual(results[0]["at_s"], interrupted["at_s"])

    def test_a_signal_that_nohup_ignores(self):
        process = subprocess.Popen(
            ["nohup", LPARSIM, "console", PATENT, "--state", self.state, "--json"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        process.stdin.write("RUN 1s\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        results, _ = process.communicate("RUN 1s\n", timeout=30)
        self.assertEqual((json.loads(results)["at_s"], process.returncode), (2, 0))

    def test_a_signal_ends_a_script_of_commands_that_wait(self):
        script = os.path.join(self.folder, "script")
        with open(script, "w") as file:
            file.write("RUN 1s\nRUN 90000000s\nSTOP LPAR1\n")
        process = subprocess.Popen(
            [LPARSIM, "console", PATENT, "--state", self.state, "--json", "--keep-going", "-f", script],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(1)
        process.terminate()
        results, said = process.communicate(timeout=30)
        self.assertEqual((len(results.splitlines()), process.returncode), (2, -signal.SIGTERM), said)

    def test_a_signal_at_a_terminal(self):
        master, terminal = pty.openpty()
        process = subprocess.Popen(
            [LPARSIM, "console", PATENT, "--state", self.state], stdin=terminal, stdout=terminal,
            stderr=subprocess.PIPE, text=True, env=dict(os.environ, TERM="dumb", HOME=self.folder))
        os.close(terminal)
        shown = b""
        os.write(master, b"RUN 2s\n")
        while b"Ran for" not in shown and select.select([master], [], [], 20)[0]:
            shown += os.read(master, 4096)
        process.terminate()
        _, said = process.communicate(timeout=30)
        os.close(master)
        self.assertEqual(process.returncode, -signal.SIGTERM)
        self.assertIn("LPS014I SIGTERM ends the session at 2.000 s", said)
        self.assertEqual(self.digest()[1], 2)

    def test_nobody_reads_the_results(self):
        process = self.begin("RUN 1s")
        process.stdout.close()
        process.stdin.write("STOP LPAR3\nSTOP LPAR1\n")
        process.stdin.close()
        self.assertEqual(process.wait(30), 0)
        said = [line for line in process.stderr.read().splitlines() if not line.startswith("LPS071I")]  # the audit's head
        self.assertEqual(said, [])
        process.stderr.close()
        self.assertEqual(self.machine(ENTRIES), 0)
        results, _, _ = self.run_console(["DISPLAY LPAR", "DISPLAY LOG"])
        done = [entry["command"] for entry in results[1]["result"]["log"] if entry["command"].startswith("STOP")]
        stopped = [lpar["name"] for lpar in results[0]["result"]["lpars"] if lpar["state"] == "stopped"]
        self.assertEqual([f"STOP {name}" for name in reversed(stopped)], done)
        self.assertGreater(len(stopped), 0)

    def test_without_a_state_directory_a_signal_ends_it_as_well(self):
        process = self.begin("RUN 1s", state=False)
        process.terminate()
        _, said = process.communicate(timeout=30)
        self.assertEqual(process.returncode, -signal.SIGTERM)
        self.assertIn("LPS014I SIGTERM ends the session at 1.000 s.", said)

    def test_what_is_said_after_a_crash(self):
        process = self.begin("RUN 1s", "STOP LPAR3", "AT 9s START LPAR3", "RUN 2s")
        process.kill()
        process.communicate()
        _, said, _ = self.run_console(["DISPLAY LPAR"])
        self.assertIn("ended without a checkpoint, as in a crash; what it had done since 0.000 s (3 commands)", said)
        self.assertIn("the machine goes on at 3.000 s", said)
        self.assertIn("1 command that AT has queued is still to come, the first at 9.000 s", said)

    def test_what_was_committed_is_completed(self):
        """The log as it stands when the program has died behind the commit point of INTEG."""
        process = self.begin("RUN 1s", "INTEG LPAR2,LPAR1")
        process.kill()
        process.communicate()
        self.machine("UPDATE entry SET status = 1 WHERE text LIKE 'INTEG%'")
        self.machine("UPDATE meta SET value = '-1' WHERE key = 'assignment_entry'")  # the one at the commit point is not there any more
        results, said, _ = self.run_console(["DISPLAY LPAR LPAR2"])
        self.assertIn("LPS012I INTEG LPAR2,LPAR1 was under way at 1.000 s", said)
        self.assertIn("it is completed, and nothing has to be done", said)
        self.assertEqual(results[0]["result"]["lpars"][0]["state"], "retired")

    def test_what_was_not_committed_is_rolled_back(self):
        process = self.begin("RUN 1s")
        process.kill()
        process.communicate()
        self.machine("INSERT INTO entry SELECT max(id) + 1, 2, 0, 1000000000, 0, -1, 'INTEG LPAR2,LPAR1', 'x', NULL, 0, 99 FROM entry")
        self.machine("INSERT INTO integ_step SELECT 1, max(id), '202', 1000000000, 2, 'x' FROM entry")
        results, said, _ = self.run_console(["DISPLAY LPAR LPAR2"])
        self.assertIn("LPS011W INTEG LPAR2,LPAR1 was under way at 1.000 s, behind step 202", said)
        self.assertIn("it is rolled back, and everything is as before; give it again if it is still wanted", said)
        self.assertEqual(results[0]["result"]["lpars"][0]["state"], "operating")


unittest.main(argv=sys.argv[:1], verbosity=1)
