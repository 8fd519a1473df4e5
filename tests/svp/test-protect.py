#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Protection from outside, from session to session: mirrors and vaults that are damaged, away or read-only, and policies that are cut off.

    test-protect.py LPARSIM EXAMPLES
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

LPARSIM = os.path.realpath(sys.argv[1])
NOBODY = 65534
PATENT = os.path.join(os.path.realpath(sys.argv[2]), "patent.ini")


def damage(path):
    with open(path, "r+b") as file:
        file.seek(os.path.getsize(path) // 2)
        file.write(b"damage")


class ProtectTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="lparsim-protect-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.user = None  # that of the test
        self.program, self.patent = LPARSIM, PATENT
        self.state = os.path.join(self.folder, "state")
        self.mirror = os.path.join(self.folder, "mirror")
        self.vault = os.path.join(self.folder, "vault")

    def command_line(self, *arguments):
        return [self.program, "console", *arguments, "--state", self.state, "--json", "--keep-going"]

    def give(self, *commands, machine=()):
        """A session; its results, one for each command, and what was said beside them."""
        done = subprocess.run(
            self.command_line(*machine), input="\n".join(commands) + "\n", capture_output=True, text=True, timeout=120, user=self.user)
        results = [json.loads(line) for line in done.stdout.splitlines()]
        return [result for result in results if result["command"] in commands], done.stderr

    def all_done(self, *commands, machine=()):
        results, said = self.give(*commands, machine=machine)
        for result in results:
            self.assertTrue(result["ok"], result)
        return [result["result"] for result in results], said

    def copies(self, *names):
        """Where the copies are: "good good none" of each."""
        (result,), _ = self.all_done("DISPLAY SNAPSHOT")
        found = {one["name"]: one["copies"] for one in result["snapshots"]}
        return [" ".join(found[name][place] for place in ("primary", "mirror", "vault")) for name in names]

    def files(self, folder):
        folder = os.path.join(folder, "PROD")
        return sorted(name for name in os.listdir(folder) if name.endswith(".tar.zst"))

    def begin(self):
        self.all_done(
            "DEFINE POLICY DAYS FREQUENCY(daily) KEEP(2 COPIES)", "DEFINE POLICY YEARS FREQUENCY(monthly) KEEP(255 COPIES)",
            "DEFINE GROUP PROD LPARS(LPAR1,LPAR2) POLICY(DAYS)", f"DEFINE MIRROR PROD,{self.mirror}",
            f"DEFINE VAULT PROD,{self.vault} POLICY(YEARS)", "UPDATE PROD INITIALIZE", "RUN 2s",
            "SNAPSHOT PROD POLICY(DAYS) NAME(ONE)", machine=[self.patent])
        self.all_done("RUN 1s", "SNAPSHOT PROD POLICY(DAYS) NAME(TWO)")

    def restored(self, name, place):
        """The digest of what LPAR2 is restored to."""
        results, _ = self.give("DEACTIVATE LPAR2", f"RESTORE LPAR2 SNAPSHOT({name}) FROM({place})", "DISPLAY LPAR LPAR2")
        self.assertTrue(results[1]["ok"], results[1])
        return results[2]["result"]["lpars"][0]["guest"]["digest"]

    def test_each_place_restores_by_itself(self):
        self.begin()
        # The snapshot that is due at the first moment of RUN was one of two; a third has made it go.
        digests = {self.restored("ONE", place) for place in ("MIRROR", "VAULT")}
        self.assertEqual(len(digests), 1)
        shutil.rmtree(os.path.join(self.state, "snapshots"))
        self.assertEqual(digests, {self.restored("ONE", "MIRROR")})
        shutil.rmtree(self.mirror)
        self.assertEqual(digests, {self.restored("ONE", "VAULT")})

    def test_a_damaged_mirror_is_written_again(self):
        self.begin()
        damage(os.path.join(self.mirror, "PROD", self.files(self.mirror)[0]))
        refused, _ = self.give("DEACTIVATE LPAR2", "RESTORE LPAR2 SNAPSHOT(ONE) FROM(MIRROR)", "DISPLAY IP")
        self.assertEqual(refused[1]["error"]["id"], "LPS565E")
        (result, after), _ = self.all_done("UPDATE PROD VERIFY", "UPDATE PROD VERIFY")
        self.assertGreaterEqual(result["damaged"], 2)
        self.assertEqual((after["damaged"], after["warnings"]), (0, []))
        self.assertEqual(self.copies("ONE", "TWO"), ["good good good"] * 2)
        self.assertEqual(self.restored("ONE", "MIRROR"), self.restored("ONE", "VAULT"))

    def test_a_label_that_is_damaged_is_made_anew(self):
        self.begin()
        damage(os.path.join(self.vault, "PROD", "VOLUME.json"))
        (result, after), _ = self.all_done("UPDATE PROD VERIFY", "UPDATE PROD VERIFY")
        self.assertGreaterEqual(result["damaged"], 2)
        self.assertEqual(after["damaged"], 0)
        self.assertEqual(self.copies("ONE", "TWO"), ["good good good"] * 2)

    def test_a_primary_that_is_damaged_is_given_up(self):
        self.begin()
        damage(os.path.join(self.state, "snapshots", "PROD", "VOLUME.json"))
        (_, result, _), _ = self.all_done("RUN 1s", "UPDATE PROD VERIFY", "SNAPSHOT PROD POLICY(DAYS) NAME(THREE)")
        self.assertGreaterEqual(result["damaged"], 2)
        self.assertEqual(self.copies("THREE"), ["good good good"])
        self.assertEqual(self.restored("ONE", "VAULT"), self.restored("ONE", "VAULT"))

    def test_a_primary_without_a_mirror_is_looked_at(self):
        self.all_done(
            "DEFINE GROUP PROD LPARS(LPAR1,LPAR2)", "RUN 1s", "SNAPSHOT PROD NAME(ONE)", "UPDATE PROD VERIFY", machine=[self.patent])
        damage(os.path.join(self.state, "snapshots", "PROD", self.files(os.path.join(self.state, "snapshots"))[0]))
        (result, _), _ = self.all_done("UPDATE PROD VERIFY", "SNAPSHOT PROD NAME(TWO)")
        self.assertEqual(result["damaged"], 1)
        results, _ = self.give("DISPLAY SNAPSHOT ONE", "UPDATE PROD")
        self.assertEqual([one["error"]["id"] for one in results], ["LPS562E", "LPS563E"])
        self.restored("TWO", "PRIMARY")

    def test_a_mirror_that_is_away_is_left_alone(self):
        self.begin()
        os.rename(self.mirror, self.mirror + "-away")
        (result, taken), _ = self.all_done("UPDATE PROD VERIFY", "SNAPSHOT PROD POLICY(DAYS) NAME(THREE)")
        self.assertEqual(result["damaged"], 0)
        self.assertIn("LPS568E", "".join(result["warnings"]))
        self.assertIn("LPS568E", "".join(taken["warnings"]))
        self.assertFalse(os.path.exists(self.mirror))
        refused, _ = self.give("RESTORE LPAR2 SNAPSHOT(TWO) FROM(MIRROR)", "DELETE SNAPSHOT THREE FROM(PRIMARY) FORCE")
        self.assertEqual([one["error"]["id"] for one in refused], ["LPS568E", "LPS564E"])
        (report,), _ = self.all_done("REPORT PROTECTION LPAR1")
        self.assertIn("the mirror of PROD is behind by 1", report["lpars"][0]["findings"])
        os.rename(self.mirror + "-away", self.mirror)
        (result,), _ = self.all_done("UPDATE PROD")
        self.assertEqual(result["warnings"], [])
        self.assertEqual(self.copies("TWO", "THREE"), ["good good good"] * 2)

    def test_a_vault_that_is_read_only_catches_up(self):
        if os.geteuid() == 0:  # who may write everywhere
            self.user = NOBODY
            # The source may lie where only its owner may look.
            self.program, self.patent = (shutil.copy(path, self.folder) for path in (LPARSIM, PATENT))
            os.chown(self.folder, NOBODY, NOBODY)
        self.begin()
        folder = os.path.join(self.vault, "PROD")
        os.chmod(folder, 0o500)
        (taken, _), _ = self.all_done("SNAPSHOT PROD POLICY(DAYS) NAME(THREE)", "UPDATE PROD VERIFY")
        self.assertIn("LPS565E", "".join(taken["warnings"]))
        self.assertEqual(self.copies("THREE"), ["good good none"])
        os.chmod(folder, 0o700)
        self.all_done("UPDATE PROD")
        self.assertEqual(self.copies("THREE"), ["good good good"])

    def test_nothing_that_is_needed_goes(self):
        self.begin()
        refused, _ = self.give(
            f"DEFINE MIRROR PROD,{self.folder}/other FROM(VAULT)", f"DEFINE MIRROR PROD,{self.vault}/in",
            "DEFINE POLICY MANY KEEP(256 COPIES)", "DEACTIVATE LPAR3", "RESTORE LPAR2 SNAPSHOT(ONE) TO(COPY)",
            "DELETE SNAPSHOT ONE FORCE")
        self.assertEqual([one["error"]["id"] for one in refused if not one["ok"]], ["LPS563E", "LPS563E", "LPS560E", "LPS564E"])
        # By copies: the newest two stay in the primary and the mirror, all in the vault; and ONE, which the clone shares, in the primary.
        self.all_done(*[f"SNAPSHOT PROD POLICY(DAYS) NAME(N{n})" for n in range(5)])
        self.assertEqual(self.copies("N3", "N4"), ["good good good"] * 2)
        self.assertEqual(self.copies("N0", "ONE"), ["dropped dropped good", "good dropped good"])
        # The last good copy of a place.
        refused, _ = self.give("DELETE SNAPSHOT N3 FROM(MIRROR)", "DELETE SNAPSHOT N4 FROM(MIRROR)")
        self.assertEqual([one["ok"] for one in refused], [True, False])
        self.assertEqual(refused[1]["error"]["id"], "LPS564E")

    def test_a_policy_that_was_cut_off_goes_on(self):
        tape = os.path.join(self.folder, "tape")
        os.mkdir(tape)
        process = subprocess.Popen(
            self.command_line(self.patent), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for command in (
                f"SET TAPE TAP01,{tape} RATE(1M)", "INZTAP DEV(TAP01) NEWVOL(VOL001)",
                "DEFINE POLICY FULL FREQUENCY(hourly) CONSOLEONLY", "DEFINE STEP FULL,PRE,STOP LPAR1",
                "DEFINE STEP FULL,PRE,SAVE SYSTEM DEV(TAP01)", "DEFINE STEP FULL,POST,START LPAR1",
                "DEFINE GROUP PROD LPARS(ALL) POLICY(FULL)", "RUN 0.01s"):
            process.stdin.write(command + "\n")
        process.stdin.flush()
        while json.loads(process.stdout.readline())["command"] != "RUN 0.01s":
            pass
        process.kill()
        process.communicate()
        (lpar, _, again, _, after), said = self.all_done(
            "DISPLAY LPAR LPAR1", "REPORT PROTECTION", "CONTINUE PROD,FULL", "RUN 60s", "DISPLAY LPAR LPAR1")
        self.assertIn("LPS042W Policy FULL of group PROD was cut off in step 2 of 4, SAVE SYSTEM DEV(TAP01)", said)
        self.assertEqual(lpar["lpars"][0]["state"], "stopped")
        self.assertEqual(again["state"], "under way")
        self.assertNotEqual(after["lpars"][0]["state"], "stopped")
        _, said = self.all_done("DISPLAY MACHINE")
        self.assertNotIn("LPS042W", said)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
