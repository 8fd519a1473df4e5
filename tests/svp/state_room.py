# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tests of a state directory have in common: a folder for it, a console on it, and what a refusal looks like."""

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest

LPARSIM = os.path.realpath(sys.argv[1])
PATENT = os.path.join(os.path.realpath(sys.argv[2]), "patent.ini")
DATABASES = ("machine.db", "operations.db")


class StateTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="lparsim-state-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.state = os.path.join(self.folder, "state")

    def run_console(self, commands, *arguments, limit=None, state=True):
        """The objects that were printed, what was said, and the exit status."""
        where = ["--state", self.state] if state else []

        def limit_files():
            if limit:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        done = subprocess.run(
            [LPARSIM, "console", *arguments, *where, "--json", "--keep-going"], input="\n".join(commands) + "\n",
            capture_output=True, text=True, timeout=120, preexec_fn=limit_files)
        return [json.loads(line) for line in done.stdout.splitlines()], done.stderr, done.returncode

    def machine(self, statement):
        """The first value of what SQL says of machine.db; nobody has it open."""
        database = sqlite3.connect(os.path.join(self.state, "machine.db"))
        with database:
            row = database.execute(statement).fetchone()
        database.close()
        return row and row[0]

    def digest(self):
        results, said, _ = self.run_console(["DISPLAY TRACE 1"])
        self.assertTrue(results, said)
        return results[0]["result"]["digest"], results[0]["at_s"]

    def refused(self, number, *arguments, says=""):
        results, said, status = self.run_console(["DISPLAY MS"], *arguments)
        self.assertEqual(results, [])
        self.assertEqual(status, 2)
        self.assertIn(f"LPS{number}E", said)
        self.assertIn(says, said)
