#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Directories that are not what a console expects: of older and newer programs, of something else, lost in part, without room or permission.

    test-state-open.py LPARSIM EXAMPLES NO-LOCKS

NO-LOCKS: a library to be preloaded, with which nothing can be locked.
"""

import hashlib
import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import unittest

from state_room import DATABASES, LPARSIM, PATENT, StateTest

NO_LOCKS = os.path.realpath(sys.argv[3])
NOBODY = 65534
PAGE = 4096


class StateOpenTest(StateTest):
    def path(self, *names):
        return os.path.join(self.state, *names)

    def kill_after(self, *commands):
        """A session that is killed when it has carried them out; what is there then is the log."""
        process = subprocess.Popen(
            [LPARSIM, "console", PATENT, "--state", self.state, "--json"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        for command in commands:
            process.stdin.write(command + "\n")
            process.stdin.flush()
            process.stdout.readline()
        process.kill()
        process.communicate()

    def run_as_nobody(self):
        program = shutil.copy(LPARSIM, self.folder)  # the source may lie where only its owner may look
        return subprocess.run(
            [program, "console", "--state", self.state, "--json"], input="DISPLAY MS\n", capture_output=True, text=True,
            timeout=60, user=NOBODY, group=NOBODY, extra_groups=[])

    # --- Other versions

    def test_an_older_journal_is_upgraded(self):
        """Version 1 had no checkpoints. A copy is kept that is what it was."""
        self.kill_after("RUN 1s", "STOP LPAR3")
        wanted = self.digest()
        shutil.rmtree(self.state)
        self.kill_after("RUN 1s", "STOP LPAR3")
        database = sqlite3.connect(self.path("machine.db"))
        database.executescript("DROP TABLE checkpoint; DROP INDEX integ_step_of_entry; DELETE FROM schema_version WHERE version = 2; PRAGMA user_version = 1")
        database.close()
        self.assertEqual(self.digest(), wanted)
        with sqlite3.connect(self.path("machine.db.v1.bak")) as copy:
            self.assertEqual(copy.execute("PRAGMA user_version").fetchone(), (1,))
            self.assertEqual(copy.execute("PRAGMA integrity_check").fetchone(), ("ok",))
            self.assertIn(("STOP LPAR3",), copy.execute("SELECT text FROM entry").fetchall())
        self.assertEqual(self.digest(), wanted)

    def manifest(self, change):
        """The manifest of the checkpoint, changed, and the journal's record of it."""
        (number,) = os.listdir(self.path("checkpoints"))
        path = self.path("checkpoints", number, "manifest.json")
        with open(path) as file:
            manifest = json.load(file)
        change(manifest, self.path("checkpoints", number))
        with open(path, "w") as file:
            json.dump(manifest, file)
        with open(path, "rb") as file:
            self.machine(f"UPDATE checkpoint SET sha256 = '{hashlib.sha256(file.read()).hexdigest()}'")

    def test_an_older_checkpoint_is_read(self):
        """Format 1 had one file of each storage, with all of its pages; the next checkpoint puts a layer on it."""
        def make_old(manifest, folder):
            (layer,) = manifest.pop("content")["ms"]
            with open(os.path.join(folder, layer), "rb") as file:
                data = file.read()
            old, at = bytearray(data[:8]), 8
            while at < len(data):
                (offset,) = struct.unpack_from("<Q", data, at)
                old += struct.pack("<Q", offset & ~1) + (bytes(PAGE) if offset & 1 else data[at + 8:at + 8 + PAGE])
                at += 8 if offset & 1 else 8 + PAGE
            os.remove(os.path.join(folder, layer))
            with open(os.path.join(folder, "ms"), "wb") as file:
                file.write(old)
            del manifest["files"][layer]
            manifest["files"]["ms"] = {"bytes": len(old), "sha256": hashlib.sha256(old).hexdigest()}
            manifest["format"] = 1

        self.run_console(["RUN 3s"], PATENT)
        wanted = self.digest()
        self.manifest(make_old)
        self.assertEqual(self.digest(), wanted)
        results, said, _ = self.run_console(["RUN 10ms", "GUEST LPAR1,VERIFY"])
        self.assertTrue(results[1]["ok"], said)
        (number,) = os.listdir(self.path("checkpoints"))
        self.assertIn("ms", os.listdir(self.path("checkpoints", number)))
        self.assertEqual(self.digest()[1], 3.01)

    def test_a_newer_checkpoint(self):
        self.run_console(["RUN 1s"], PATENT)
        self.manifest(lambda manifest, folder: manifest.update(format=3))
        self.refused(531, says="manifest.json has format 3, this program knows formats 1 to 2")

    # --- Something else

    def test_databases_of_something_else(self):
        self.run_console(["RUN 1s"], PATENT)
        for name in DATABASES:
            os.rename(self.path(name), self.path("away"))
            for version in (0, 1, 2):
                if version == 2 and name != "machine.db":
                    continue
                database = sqlite3.connect(self.path(name))
                database.executescript(f"CREATE TABLE IF NOT EXISTS car (x); PRAGMA user_version = {version}")
                database.close()
                self.refused(119, says=f"{self.path(name)} is a database of something else")
            with open(self.path(name), "w") as file:
                file.write("hello")
            self.refused(119, says=f"{self.path(name)} is damaged")
            os.remove(self.path(name))
            os.mkdir(self.path(name))
            self.refused(115, says=self.path(name))
            os.rmdir(self.path(name))
            os.rename(self.path("away"), self.path(name))
        self.assertEqual(self.digest()[1], 1)

    def test_a_file_in_place_of_a_folder(self):
        with open(self.state, "w") as file:
            file.write("x")
        self.refused(231, PATENT, says=f"{self.state} cannot be made: ")
        os.remove(self.state)
        os.makedirs(self.path("lock"))
        self.refused(231, PATENT, says=f"{self.path('lock')} cannot be opened: Is a directory")

    def test_a_path_is_told_as_it_is(self):
        """A sentence begins with a capital letter, and a file's name must not."""
        os.chdir(self.folder)
        self.addCleanup(os.chdir, "/")
        self.run_console(["RUN 1s"], PATENT)
        os.remove(self.path("machine.db"))
        self.state = "state"
        self.refused(530, says=f"{self.folder}/state/machine.db has no machine")

    # --- Lost in part

    def test_an_empty_journal_beside_a_log(self):
        """With the machine, too: it would begin anew, and nobody would know."""
        self.kill_after("RUN 1s")
        for arguments in ((), (PATENT,)):
            for suffix in ("", "-wal", "-shm"):
                if os.path.exists(self.path("machine.db" + suffix)):
                    os.remove(self.path("machine.db" + suffix))
            self.refused(530, *arguments, says="has the operator log of one")
            open(self.path("machine.db"), "w").close()
            self.refused(530, *arguments, says="has the operator log of one")

    def test_an_empty_journal_beside_a_checkpoint(self):
        self.run_console(["RUN 1s"], PATENT)
        open(self.path("machine.db"), "w").close()
        self.refused(530, PATENT, says="has a checkpoint of one")

    def test_an_empty_log(self):
        self.run_console(["RUN 1s"], PATENT)
        open(self.path("operations.db"), "w").close()
        self.refused(530, says="operator log, jobs and policies of the machine are gone")
        self.refused(530, PATENT, says="is empty")
        os.remove(self.path("operations.db"))
        results, said, _ = self.run_console(["DISPLAY LOG"])
        self.assertIn("LPS015W", said)
        self.assertEqual([entry["command"] for entry in results[0]["result"]["log"]], ["DISPLAY LOG"])
        _, said, _ = self.run_console(["DISPLAY LOG"])
        self.assertNotIn("LPS015W", said)

    def test_no_checkpoint(self):
        self.run_console(["RUN 1s"], PATENT)
        shutil.rmtree(self.path("checkpoints"))
        self.refused(531, says="manifest.json is damaged: No such file or directory")

    def test_without_the_machine_file(self):
        """The directory has it; one that has changed since is told from it."""
        own = os.path.join(self.folder, "own.ini")
        shutil.copy(PATENT, own)
        self.run_console(["RUN 1s"], own)
        with open(own, "a") as file:
            file.write("\n# a comment does not count\n")
        self.assertTrue(self.run_console(["DISPLAY MS"], own)[0][0]["ok"])
        with open(own) as file:
            text = file.read()
        with open(own, "w") as file:
            file.write(text.replace("workload = busy\n", "workload = idle\n", 1))
        self.refused(530, own, says="in [lpar LPAR2] it has nothing, the directory's machine \"workload = busy\"")
        os.remove(own)
        self.assertEqual(self.digest()[1], 1)

    # --- Permission, room, locks

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_somebody_else(self):
        self.run_console(["RUN 1s"], PATENT)
        os.chmod(self.folder, 0o755)
        for mode in (0o700, 0o755):
            os.chmod(self.state, mode)
            done = self.run_as_nobody()
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(f"LPS231E {self.path('lock')} cannot be opened: Permission denied", done.stderr)
        os.chmod(self.path("lock"), 0o666)
        done = self.run_as_nobody()
        self.assertIn(f"LPS115E {self.path('machine.db')} cannot be", done.stderr)
        self.assertEqual(self.digest()[1], 1)
        self.state = os.path.join(self.folder, "new")
        self.assertIn("cannot be made: Permission denied", self.run_as_nobody().stderr)

    def test_no_room_for_a_new_one(self):
        """Wherever making it has stopped, it can be made again, and is new then."""
        refused = 0
        for limit in [0, 1, 100, *range(2000, 120_000, 12_000)]:
            shutil.rmtree(self.state, ignore_errors=True)

            def limit_files():
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

            done = subprocess.run(
                [LPARSIM, "console", PATENT, "--state", self.state, "--json"], input="DISPLAY MS\n", capture_output=True,
                text=True, timeout=60, preexec_fn=limit_files)
            if done.returncode == 0:
                continue
            refused += 1
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertRegex(done.stderr, f"^LPS[0-9]{{3}}E .*{self.state}")
            results, said, status = self.run_console(["RUN 1s"], PATENT)
            self.assertNotRegex(said, "LPS[0-9]{3}[WE]")
            self.assertEqual((status, results[0]["at_s"]), (0, 1))
        self.assertGreater(refused, 5)

    @unittest.skipUnless(os.geteuid() == 0, "only root can mount")
    def test_a_small_disk(self):
        disk = os.path.join(self.folder, "disk")
        os.mkdir(disk)
        for kib in (4, 40, 80, 120, 160, 240):
            if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", disk], capture_output=True).returncode != 0:
                self.skipTest("nothing can be mounted here")
            try:
                self.state = os.path.join(disk, "state")
                results, said, status = self.run_console(["DISPLAY MS"], PATENT)
                if status != 0:
                    self.assertRegex(said, "LPS[0-9]{3}E")
                    self.assertEqual(results, [])
                subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
                results, said, status = self.run_console(["RUN 1s"], PATENT)
                self.assertNotRegex(said, "LPS[0-9]{3}[WE]", kib)
                self.assertEqual((status, results[0]["at_s"]), (0, 1), kib)
            finally:
                subprocess.run(["umount", disk], check=True)

    def test_a_disk_without_locks(self):
        done = subprocess.run(
            [LPARSIM, "console", PATENT, "--state", self.state, "--json"], input="DISPLAY MS\n", capture_output=True,
            text=True, timeout=60,
            env=dict(os.environ, LD_PRELOAD=NO_LOCKS, ASAN_OPTIONS="verify_asan_link_order=0:detect_leaks=0"))
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn(f"LPS231E The state directory {self.state} cannot be locked: No locks available", done.stderr)
        self.assertIn("Name a folder on a disk of this host", done.stderr)

    def test_who_has_it(self):
        process = subprocess.Popen(
            [LPARSIM, "console", PATENT, "--state", self.state, "--json"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        process.stdin.write("RUN 1s\n")
        process.stdin.flush()
        process.stdout.readline()
        host = socket.gethostname()
        self.refused(230, says=f"in use by process {process.pid} on host {host}. End")
        for holder, says in ((f"999999999 {host}", f"process 999999999 on host {host}, in a container"),
                             ("17 elsewhere", "process 17 on host elsewhere. End"), ("17", "process 17. End"),
                             ("", "process (unknown). End")):
            with open(self.path("lock"), "w") as file:
                file.write(holder + "\n")
            self.refused(230, says=says)
        process.communicate("")


unittest.main(argv=sys.argv[:1], verbosity=1)
