#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The whole program with two state directories: what was done in one is applied to the other from its saved journals, and both are then the
same machine, to the digest of all that has happened. What has a gap, was changed, or is of another machine, is refused before anything is
done."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

LPARSIM, EXAMPLES = sys.argv[1:3]


def run(state, lines, machine=None, seed=None):
    """Gives the lines to a console on the directory; the JSON objects that it prints."""
    command = [LPARSIM, "console", "--json", "--keep-going", "--state", state]
    command += [machine] if machine else []
    command += ["--seed", str(seed)] if seed else []
    done = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, 1), done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def refusal(state, line):
    return run(state, [line])[-1].get("error", {}).get("id", "")


def digest(state):
    return run(state, ["DISPLAY TRACE 1"])[-1]["result"]["digest"]


def position(state, other):
    return run(state, [f"DISPLAY JOURNAL TO({other})"])[-1]["result"]["contingency"]


def from_tape(folder, patent):
    """Receivers by way of a tape, between saves of LPARs: those that are ONLINE are one save, and all of them are applied. A clone has been made
    meanwhile: the machine is the same one all the same, and so is the contingency's, with its clone."""
    a, b, tape = (os.path.join(folder, name) for name in ("tape-production", "tape-contingency", "tape"))
    os.mkdir(tape)
    run(a, ["SET JOURNAL SIZE 2", f"SET TAPE TAP01,{tape}", "INZTAP DEV(TAP01) NEWVOL(VOL1)", "STOP LPAR3", "RUN 1s",
            "START LPAR3", "DEACTIVATE LPAR3", "CLONE LPAR2 TO(COPY) SHARES(10)", "SPLIT COPY", "STOP LPAR1", "CHANGE JOURNAL"],
        machine=patent, seed=7)
    assert refusal(a, "SAVE JOURNAL ALL") == "LPS502E"
    assert refusal(a, f"SAVE JOURNAL ALL {tape} DEV(TAP01)") == "LPS502E"
    assert refusal(a, f"APPLY JOURNAL DEV(TAP01) TO({b})") == "LPS546E"  # there is none yet
    saved = run(a, ["SAVE JOURNAL ALL DEV(TAP01)"])[-1]["result"]
    assert refusal(a, "SAVE CHANGES DEV(TAP01)") == "LPS546E"  # no LPAR is on it yet
    assert len(saved["saved"]) >= 2 and saved["in"] == "VOL1, sequence number 1", saved
    assert refusal(a, "SAVE JOURNAL ALL DEV(TAP01)") == "LPS573E"  # none is ONLINE any more
    run(a, ["SAVE LPAR LPAR2 DEV(TAP01)", "RUN 5s", "START LPAR1", "CHANGE JOURNAL", "SAVE JOURNAL ALL DEV(TAP01)"])
    tape_now = run(a, ["DISPLAY TAPE TAP01"])[-1]["result"]["tapes"][0]
    assert [save["kind"] for save in tape_now["saves"]] == ["JOURNAL", "LPAR", "JOURNAL"], tape_now
    receivers = run(a, ["DISPLAY JOURNAL"])[-1]["result"]["receivers"]
    assert receivers[0]["path"] == "VOL1, sequence number 1" and receivers[0]["state"] == "SAVED", receivers
    assert run(a, ["VERIFY DEV(TAP01)"])[-1]["result"]["verified"]["saves"] == 3

    assert refusal(a, f"APPLY JOURNAL DEV(TAP01) SEQNBR(2) TO({b})") == "LPS546E"  # it is of an LPAR
    assert refusal(a, f"APPLY JOURNAL DEV(TAP01) SEQNBR(3) TO({b})") == "LPS575E"  # entries before it are missing
    assert run(a, [f"APPLY JOURNAL DEV(TAP01) SEQNBR(1) TO({b})"])[-1]["result"]["contingency"]["in_step"] is False
    assert run(a, [f"APPLY JOURNAL DEV(TAP01) TO({b})"])[-1]["result"]["contingency"]["in_step"]
    assert digest(a) == digest(b)
    assert refusal(a, f"DELETE JOURNAL JRN00001 TO({b})") == ""


def main():
    folder = tempfile.mkdtemp(prefix="lparsim-contingency-")
    a, b, saved = (os.path.join(folder, name) for name in ("production", "contingency", "saved"))
    patent = os.path.join(EXAMPLES, "patent.ini")
    try:
        run(a, ["SET JOURNAL SIZE 2", "SET RESERVED LPAR1,128M", "RUN 1s", "STOP LPAR3", "AT 2s START LPAR3", "RUN 5s",
                "SET FAULT 203.1", "INTEG LPAR2,LPAR1", "SBMJOB INTEG LPAR2,LPAR1", "CHANGE JOURNAL",
                f"SAVE JOURNAL ALL {saved}"], machine=patent, seed=7)
        assert sorted(os.listdir(saved)) == ["JRN00001.jrn", "JRN00002.jrn", "JRN00003.jrn"]

        # Nothing of it is applied if one of the files is not as it was written, or is missing.
        second = os.path.join(saved, "JRN00002.jrn")
        with open(second, "rb") as file:
            text = file.read()
        for at in range(0, len(text), 173):
            with open(second, "wb") as file:
                file.write(text[:at] + bytes([text[at] ^ 1]) + text[at + 1:])
            assert refusal(a, f"APPLY JOURNAL {saved} TO({b})") == "LPS574E", at
        os.remove(second)
        assert refusal(a, f"APPLY JOURNAL {saved} TO({b})") == "LPS575E"
        assert refusal(a, f"DISPLAY JOURNAL TO({b})") == "LPS575E"
        with open(second, "wb") as file:
            file.write(text)

        assert run(a, [f"APPLY JOURNAL {saved} TO({b})"])[-1]["result"]["applied_now"] == 6
        assert position(a, b)["in_step"]
        assert digest(a) == digest(b)
        for line in ("DISPLAY MS", "DISPLAY IP", "DISPLAY CHP", "DISPLAY LPAR"):
            assert run(a, [line])[-1]["result"] == run(b, [line])[-1]["result"], line

        # On it goes; what is not in step is not deleted.
        run(a, ["RUN 3s", "STOP LPAR3", "RUN 1s", "START LPAR3", "STOP LPAR1", "CHANGE JOURNAL", f"SAVE JOURNAL ALL {saved}"])
        assert position(a, b) == {"directory": b, "applied": 6, "behind": 3, "in_step": False,
                                  "at_s": position(a, b)["at_s"]}
        assert refusal(a, f"DELETE JOURNAL JRN00004 TO({b})") == "LPS573E"
        assert refusal(a, f"DELETE JOURNAL JRN00001 TO({b})") == ""
        os.remove(os.path.join(saved, "JRN00001.jrn"))  # of no use any more
        assert run(a, [f"APPLY JOURNAL {saved} TO({b})"])[-1]["result"]["applied_now"] == 3
        assert run(a, [f"APPLY JOURNAL {saved} TO({b})"])[-1]["result"]["applied_now"] == 0
        assert digest(a) == digest(b)
        assert refusal(a, f"DELETE JOURNAL JRN00002 TO({b})") == ""
        assert refusal(a, f"DELETE JOURNAL JRN00006 TO({b})") == "LPS573E"  # it is CONNECTED

        from_tape(folder, patent)

        # Another machine, or another seed, or a directory in use.
        other = os.path.join(folder, "other")
        run(other, ["STOP LPAR1", "CHANGE JOURNAL", f"SAVE JOURNAL ALL {other}/saved"],
            machine=os.path.join(EXAMPLES, "window.ini"))
        assert refusal(a, f"APPLY JOURNAL {saved} TO({other})") == "LPS575E"
        assert refusal(a, f"APPLY JOURNAL {saved} TO({a})").startswith("LPS2")  # it is locked: by this console
        run(os.path.join(folder, "seed"), ["RUN 1s"], machine=patent, seed=8)
        assert refusal(a, f"APPLY JOURNAL {saved} TO({folder}/seed)") == "LPS575E"

        # Somebody has operated the contingency himself.
        run(b, ["RUN 100s"])
        run(a, ["STOP LPAR3", "CHANGE JOURNAL", f"SAVE JOURNAL ALL {saved}"])
        assert refusal(a, f"APPLY JOURNAL {saved} TO({b})") == "LPS575E"
    finally:
        shutil.rmtree(folder)
    print("contingency: all as it should be")


main()
