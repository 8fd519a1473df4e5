#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A tape from a stranger: label, manifest and archive agree with each other, every SHA-256 is right, and what they say is made to do harm.
Each is refused with a message; nothing is written outside of the volume, and the program neither dies nor takes all memory.

    test-tape-stranger.py LPARSIM EXAMPLES
"""
import hashlib
import io
import json
import os
import resource
import subprocess
import sys
import tarfile
import tempfile

MEMORY_BYTES = 3 << 30


def limit_memory():
    """A sanitizer maps more than any machine has."""
    if "ASAN_OPTIONS" not in os.environ:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def console(lparsim, machine, lines):
    return subprocess.run([lparsim, "console", machine, "--keep-going"], input="\n".join(lines) + "\n",
                          capture_output=True, text=True, check=False, timeout=60, preexec_fn=limit_memory)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Tape:
    """A save as its parts, to be changed and written again. An archive need not be compressed to be read."""

    def __init__(self, volume):
        self.volume = volume
        self.label = json.load(open(os.path.join(volume, "VOLUME.json")))
        self.record = self.label["saves"][0]
        done = subprocess.run(["tar", "--zstd", "-xOf", os.path.join(volume, self.record["file"]), "manifest.json"],
                              capture_output=True, check=True)
        self.manifest = json.loads(done.stdout)
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["tar", "--zstd", "-xf", os.path.join(volume, self.record["file"]), "-C", folder], check=True)
            self.members = [(entry["name"], open(os.path.join(folder, entry["name"]), "rb").read())
                            for entry in self.manifest["objects"]]
        self.sizes = {}   # of members that claim to be longer than they are
        self.manifest_text = None

    def replace(self, old, new, data=None):
        """A member under another name, with other content; the manifest says the same."""
        self.members = [(new, data if data is not None else was) if name == old else (name, was)
                        for name, was in self.members]
        for entry in self.manifest["objects"]:
            if entry["name"] == old:
                entry["name"] = new
                if data is not None:
                    entry.update(bytes=len(data), sha256=sha256(data))

    def write(self):
        text = self.manifest_text or json.dumps(self.manifest, separators=(",", ":")).encode()
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for name, data in [("manifest.json", text)] + self.members:
                info = tarfile.TarInfo(name)
                info.size = self.sizes.get(name, len(data))
                if name in self.sizes:
                    archive.write(info.tobuf(tarfile.GNU_FORMAT))
                    continue
                tar.addfile(info, io.BytesIO(data))
        data = archive.getvalue()
        self.record.update(manifest_sha256=sha256(text), file_bytes=len(data), file_sha256=sha256(data))
        self.label.pop("sha256", None)
        self.label["sha256"] = sha256(json.dumps(self.label, separators=(",", ":")).encode())
        if "/" not in self.record["file"]:
            open(os.path.join(self.volume, self.record["file"]), "wb").write(data)
        json.dump(self.label, open(os.path.join(self.volume, "VOLUME.json"), "w"))


def unchanged(tape):
    del tape


def huge_object(tape):
    name = tape.members[-1][0]
    tape.manifest["objects"][-1]["bytes"] = tape.sizes[name] = 1 << 40


def endless_content(tape):
    tape.manifest["lpars"][0]["ms"]["bytes"] = 1 << 62


def segment_behind_the_end(tape):
    ms = tape.manifest["lpars"][0]["ms"]
    ms["segments"][-1][0] = ms["bytes"] >> 20


def segment_below_zero(tape):
    tape.manifest["lpars"][0]["ms"]["segments"][0][0] = -1


def name_leads_out(tape):
    tape.replace(tape.members[-1][0], "../../escaped")


def absolute_name(tape):
    tape.replace(tape.members[-1][0], os.path.join(tape.volume, "..", "escaped"))


def later_save_needed(tape):
    tape.manifest["sequence"] = tape.record["sequence"] = 2000000000
    tape.manifest["lpars"][0]["ms"]["segments"][0][2:] = [1999999999]
    tape.record["needs"] = [1999999999]


def other_sequence(tape):
    tape.manifest["sequence"] = 7


def deep_manifest(tape):
    tape.manifest_text = b"[" * 1000000 + b"]" * 1000000


def garbage_as_state(tape):
    tape.replace("LPAR1/state", "LPAR1/state", bytes(range(256)) * 40)


def bit_maps_lie(tape):
    tape.replace(tape.members[-1][0], tape.members[-1][0], b"\xff" * 64)


def file_leads_out(tape):
    tape.record["file"] = "../escaped"


def no_lpar(tape):
    tape.manifest["lpars"] = []


def other_lpar(tape):
    tape.record["lpars"] = ["LPAR9"]


HARM = [huge_object, endless_content, segment_behind_the_end, segment_below_zero, name_leads_out, absolute_name,
        later_save_needed, other_sequence, deep_manifest, garbage_as_state, bit_maps_lie, file_leads_out, no_lpar,
        other_lpar]


def make(lparsim, machine, volume):
    os.mkdir(volume)
    done = console(lparsim, machine, ["SET TAPE TAP01," + volume, "INZTAP DEV(TAP01) NEWVOL(VOL001)", "RUN 1s",
                                      "SAVE LPAR LPAR1 DEV(TAP01)", "RUN 1s"])
    assert done.returncode == 0, done.stderr
    return Tape(volume)


def restore(lparsim, machine, volume):
    return console(lparsim, machine, ["SET TAPE TAP01," + volume, "DISPLAY TAPE", "VERIFY DEV(TAP01)", "RUN 1s",
                                      "DEACTIVATE LPAR1", "RESTORE LPAR1 DEV(TAP01)", "ACTIVATE LPAR1", "LOAD LPAR1",
                                      "RUN 1s"])


def test_harm(lparsim, machine, top):
    for n, harm in enumerate([unchanged] + HARM):
        inside = os.path.join(top, "harm%d" % n)
        os.mkdir(inside)
        tape = make(lparsim, machine, os.path.join(inside, "volume"))
        harm(tape)
        tape.write()
        done = restore(lparsim, machine, tape.volume)
        assert os.listdir(inside) == ["volume"], (harm.__name__, os.listdir(inside))
        if harm is unchanged:
            # ACTIVATE alone is refused: the LPAR is there already.
            assert "LPAR1 is restored" in done.stdout, (done.stdout, done.stderr)
            continue
        assert done.returncode == 1 and "LPAR1 is restored" not in done.stdout, (harm.__name__, done)
        # Nothing was half done: the LPAR can be loaded as if there had been no tape.
        assert "Ran for 1.000 s" in done.stdout.split("LOAD LPAR1")[-1], (harm.__name__, done.stdout, done.stderr)
        for message in done.stderr.splitlines():
            assert message.startswith("LPS"), (harm.__name__, message)
        print("%-24s %s" % (harm.__name__, [line for line in done.stderr.splitlines()][-1]))


def test_links(lparsim, machine, top):
    """What is written does not go through a link that waits in the folder."""
    volume, victim = os.path.join(top, "links"), os.path.join(top, "victim")
    os.mkdir(volume)
    for name in ("save.tmp", "VOLUME.tmp", "reserve.tmp"):
        open(victim, "w").write("mine")
        os.symlink(victim, os.path.join(volume, name))
        console(lparsim, machine, ["SET TAPE TAP01," + volume, "INZTAP DEV(TAP01) NEWVOL(VOL001) CHECK(*NO)", "RUN 1s",
                                   "SAVE SYSTEM DEV(TAP01)", "RUN 5s"])
        assert open(victim).read() == "mine", name


def main():
    lparsim, examples = sys.argv[1:3]
    machine = os.path.join(examples, "patent.ini")
    with tempfile.TemporaryDirectory(prefix="lparsim-stranger-") as top:
        test_harm(lparsim, machine, top)
        test_links(lparsim, machine, top)


main()
