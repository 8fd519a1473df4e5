#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A state directory from outside: what is kept, what is refused, and that a refusal leaves it as it was.

    test-state.py LPARSIM EXAMPLES
"""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import unittest

from state_room import DATABASES, LPARSIM, PATENT, StateTest


class StateDirectoryTest(StateTest):
    def test_the_head_of_the_audit_is_said_at_the_end(self):
        _, said, _ = self.run_console(["RUN 1s", "STOP LPAR1"], PATENT)
        head = re.search(r"LPS071I The audit has \d+ entries; its head is ([0-9a-f]{64})", said)
        self.assertTrue(head, said)
        results, _, _ = self.run_console(["RUN 1s", f"VERIFY AUDIT HEAD({head[1]})"])
        self.assertTrue(results[1]["ok"], results)

    def test_an_integ_is_taken_back_after_a_restart(self):
        before, _, _ = self.run_console(
            ["SET PRESNAP ON", "RUN 3s", "DISPLAY LPAR LPAR2", "DISPLAY CHP", "INTEG LPAR2,LPAR1"], PATENT)
        self.assertEqual([line["ok"] for line in before], [True] * 5)
        after, said, status = self.run_console(
            ["RUN 1s", "DISPLAY PRESNAP", "RESTORE LPAR2 PRESNAP", "GUEST LPAR2,VERIFY", "DISPLAY LPAR LPAR2", "DISPLAY CHP"])
        self.assertEqual(status, 0, said)
        self.assertEqual([one["lpar"] for one in after[1]["result"]["snapshots"]], ["LPAR2"])
        was, now = (results[i]["result"]["lpars"][0] for results, i in ((before, 2), (after, 4)))
        self.assertEqual(now["guest"]["boots"], was["guest"]["boots"])
        self.assertEqual(now["guest"]["storage_online_mib"], was["guest"]["storage_online_mib"])
        self.assertEqual([lip["ip"] for lip in now["lips"]], [lip["ip"] for lip in was["lips"]])
        self.assertEqual(
            {chp["chpid"]: chp["owner"] for chp in after[5]["result"]["channels"]},
            {chp["chpid"]: chp["owner"] for chp in before[3]["result"]["channels"]})
        # A copy that is damaged is refused, and nothing has changed.
        self.run_console(["INTEG LPAR2,LPAR1"])
        copies = os.path.join(self.state, "presnap", "PRESNAP")
        (copy,) = [name for name in os.listdir(copies) if "-LPAR2-" in name]
        path = os.path.join(copies, copy)
        with open(path, "r+b") as file:
            file.seek(os.path.getsize(path) // 2)
            file.write(b"damage")
        refused, _, _ = self.run_console(["DISPLAY IP", "RESTORE LPAR2 PRESNAP", "DISPLAY IP"])
        self.assertEqual(refused[1]["error"]["id"], "LPS565E")
        self.assertEqual(refused[0]["result"], refused[2]["result"])

    def test_a_session_goes_on(self):
        whole, _, _ = self.run_console(
            ["RUN 3s", "INTEG LPAR2,LPAR1", "RUN 4s", "DISPLAY TRACE 1", "DISPLAY USAGE"], PATENT, "--seed", "9", state=False)
        _, said, status = self.run_console(["RUN 3s", "INTEG LPAR2,LPAR1"], PATENT, "--seed", "9")
        self.assertRegex(said, r"^LPS071I [^\n]*\n$")
        self.assertEqual(status, 0)
        results, said, _ = self.run_console(["RUN 4s", "DISPLAY TRACE 1", "DISPLAY USAGE", "DISPLAY LOG"])
        self.assertIn("LPS010I", said)
        self.assertEqual(results[1]["result"], whole[3]["result"])
        self.assertEqual(results[2]["result"], whole[4]["result"])
        log = [entry["command"] for entry in results[3]["result"]["log"]]
        self.assertEqual(log[:3], ["RUN 3s", "INTEG LPAR2,LPAR1", "RUN 4s"])

    def test_sqlite_reads_who_owns_what(self):
        self.run_console(["RUN 1s", "INTEG LPAR2,LPAR1"], PATENT)
        with sqlite3.connect(os.path.join(self.state, "machine.db")) as database:
            rows = database.execute("SELECT name, assignment, origin_bytes >> 20, size_bytes >> 20 FROM area"
                                    " JOIN lpar ON lpar = number WHERE kind = 'MS' ORDER BY number").fetchall()
        self.assertEqual(rows, [("LPAR1", "assigned", 0, 384), ("LPAR2", "retired", 0, 0), ("LPAR3", "assigned", 384, 256)])

    def test_killed_after_a_result_it_is_there(self):
        process = subprocess.Popen([LPARSIM, "console", PATENT, "--state", self.state, "--json"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        for command in ("RUN 2s", "AT 5s STOP LPAR3", "RUN 4s"):
            process.stdin.write(command + "\n")
            process.stdin.flush()
            result = json.loads(process.stdout.readline())
            if "due_s" in result:
                result = json.loads(process.stdout.readline())
            self.assertTrue(result["ok"])
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
        results, _, _ = self.run_console(["DISPLAY LPAR LPAR3", "DISPLAY LOG"])
        self.assertEqual(results[0]["at_s"], 6)
        self.assertEqual(results[0]["result"]["lpars"][0]["state"], "stopped")
        self.assertIn("STOP LPAR3", [entry["command"] for entry in results[1]["result"]["log"]])

    def test_a_directory_has_one_machine(self):
        self.run_console(["RUN 1s"], PATENT, "--seed", "5")
        other = os.path.join(self.folder, "other.ini")
        with open(PATENT) as source, open(other, "w") as target:
            target.write(source.read().replace("ip-shares = 2:50;3:50", "ip-shares = 2:50;3:40"))
        before = self.digest()
        self.refused(530, other, says="3:40")
        self.refused(530, "--seed", "6", says="5")
        shutil.copy(PATENT, other)
        self.run_console(["DISPLAY MS"], other, "--seed", "5")
        self.assertEqual(self.digest(), before)

    def test_a_new_directory_needs_a_machine(self):
        self.refused(530, says="no machine yet")

    def test_two_consoles_at_once(self):
        process = subprocess.Popen([LPARSIM, "console", PATENT, "--state", self.state, "--json"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        process.stdin.write("RUN 1s\n")
        process.stdin.flush()
        process.stdout.readline()
        self.refused(230, says=f"process {process.pid}")
        process.kill()
        process.communicate()
        self.assertEqual(self.digest()[1], 1)

    def test_a_folder_that_cannot_be_made(self):
        self.state = "/proc/nowhere"
        self.refused(231, PATENT, says="/proc/nowhere")

    def test_a_folder_that_cannot_be_written(self):
        self.run_console(["RUN 1s"], PATENT)
        if os.geteuid() == 0:
            if subprocess.run(["mount", "--bind", self.state, self.state], capture_output=True).returncode != 0:
                self.skipTest("nothing can be mounted here")
            self.addCleanup(subprocess.run, ["umount", self.state])
            subprocess.run(["mount", "-o", "remount,ro,bind", self.state], check=True)
        else:
            os.chmod(self.state, 0o500)
            self.addCleanup(os.chmod, self.state, 0o700)
            for name in os.listdir(self.state):
                os.chmod(os.path.join(self.state, name), 0o400)
        self.refused(231, says=self.state)

    def test_a_newer_schema(self):
        self.run_console(["RUN 1s"], PATENT)
        for name in DATABASES:
            with sqlite3.connect(os.path.join(self.state, name)) as database:
                (version,) = database.execute("PRAGMA user_version").fetchone()
                database.execute("PRAGMA user_version = 99")
            self.refused(118, says="version 99")
            with sqlite3.connect(os.path.join(self.state, name)) as database:
                database.execute(f"PRAGMA user_version = {version}")
        self.assertEqual(self.digest()[1], 1)

    def test_a_damaged_database(self):
        self.run_console(["RUN 1s"], PATENT)
        for name in DATABASES:
            path = os.path.join(self.state, name)
            with open(path, "rb") as file:
                sound = file.read()
            for at in (0, 100, 4096, len(sound) - 4096):
                with open(path, "wb") as file:
                    file.write(sound[:at] + b"\x5a" * 64 + sound[at + 64:])
                _, said, status = self.run_console(["DISPLAY MS"])
                self.assertEqual(status, 2, (name, at, said))
                self.assertIn("LPS119E", said)
            with open(path, "wb") as file:
                file.write(sound)
        self.assertEqual(self.digest()[1], 1)

    def test_books_that_do_not_balance(self):
        self.run_console(["RUN 1s"], PATENT)
        with sqlite3.connect(os.path.join(self.state, "machine.db")) as database:
            database.execute("UPDATE area SET origin_bytes = 1 << 20 WHERE lpar = 3 AND kind = 'MS'")
        self.refused(232, says="invariant 2")

    def test_a_damaged_checkpoint(self):
        self.run_console(["RUN 1s", "SAVE STATE"], PATENT)
        (number,) = os.listdir(os.path.join(self.state, "checkpoints"))
        folder = os.path.join(self.state, "checkpoints", number)
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                sound = file.read()
            for damaged in (sound[:len(sound) // 2], sound[:-1] + bytes([sound[-1] ^ 1]), sound + b"x"):
                with open(path, "wb") as file:
                    file.write(damaged)
                self.refused(531, says=name)
            os.rename(path, path + ".away")
            self.refused(531, says=name)
            os.rename(path + ".away", path)
            with open(path, "wb") as file:
                file.write(sound)
        self.assertEqual(self.digest()[1], 1)

    def test_what_comes_out_differently_is_refused(self):
        process = subprocess.Popen([LPARSIM, "console", PATENT, "--state", self.state, "--json"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        for command in ("RUN 1s", "STOP LPAR3"):
            process.stdin.write(command + "\n")
            process.stdin.flush()
            process.stdout.readline()
        process.kill()
        process.communicate()
        with sqlite3.connect(os.path.join(self.state, "machine.db")) as database:
            database.execute("UPDATE entry SET text = 'START LPAR3' WHERE text = 'STOP LPAR3'")
        self.refused(233, says="START LPAR3")

    def test_the_disk_is_full(self):
        """No file may become longer than so much: a command is done and kept, or refused and not."""
        self.run_console(["RUN 1s"], PATENT)
        sound = os.path.join(self.folder, "sound")
        shutil.copytree(self.state, sound)
        refused = 0
        for limit in range(100_000, 400_000, 20_000):
            shutil.rmtree(self.state)
            shutil.copytree(sound, self.state)
            results, said, _ = self.run_console(["STOP LPAR3", "RUN 1s", "INTEG LPAR2,LPAR1"], limit=limit)
            if not results:
                continue
            refused += sum(not result["ok"] for result in results)
            shown, said, _ = self.run_console(["DISPLAY LPAR", "DISPLAY MS"])
            states = {lpar["name"]: lpar["state"] for lpar in shown[0]["result"]["lpars"]}
            if results[0]["ok"]:
                self.assertEqual(states["LPAR3"], "stopped")
            if results[2]["ok"]:
                self.assertEqual(states["LPAR2"], "retired")
            self.assertEqual(len(shown[1]["result"]["ms"]["areas"]), 2 if states["LPAR2"] == "retired" else 3, said)
        self.assertGreater(refused, 0)

    def test_without_a_state_directory_nothing_is_kept(self):
        results, _, _ = self.run_console(["SAVE STATE"], PATENT, state=False)
        self.assertEqual(results[0]["error"]["id"], "LPS530E")
        self.assertIn("--state", results[0]["error"]["remedy"])

    def test_a_checkpoint_makes_the_log_short(self):
        self.run_console(["RUN 1s", "STOP LPAR3", "AT 9s START LPAR3", "SAVE STATE", "RUN 1s"], PATENT)
        with sqlite3.connect(os.path.join(self.state, "machine.db")) as database:
            # The entry that it was written behind stays, for the operator log.
            self.assertEqual(database.execute("SELECT count(*) FROM entry").fetchone(), (1,))
            self.assertEqual(database.execute("SELECT count(*) FROM checkpoint").fetchone(), (1,))
        results, _, _ = self.run_console(["RUN 8s", "DISPLAY LPAR LPAR3"])
        self.assertEqual(results[0]["due_s"], 9)
        self.assertEqual(results[2]["result"]["lpars"][0]["state"], "operating")
        self.assertEqual(len(os.listdir(os.path.join(self.state, "checkpoints"))), 1)


unittest.main(argv=sys.argv[:1], verbosity=1)
