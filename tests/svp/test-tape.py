#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Saves as other programs see them: bsdtar and tar list and unpack them, sha256sum agrees with manifest and label, and content that is
put together here, by the description in docs/tape-format.md alone, has the digest that lparsim shows for the guest's storage.

    test-tape.py LPARSIM EXAMPLES
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

PAGE, SEGMENT = 4096, 1 << 20


def run(lparsim, machine, lines):
    done = subprocess.run([lparsim, "console", machine, "--json"], input="\n".join(lines) + "\n", capture_output=True,
                          text=True, check=False)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    for result in results:
        assert result["ok"], result
    assert done.returncode == 0, done.stderr
    return results


def unpack(volumes, save, folder):
    """With one program, having seen that the other lists the same."""
    parts = sorted(os.path.join(volume, name) for volume in volumes for name in os.listdir(volume)
                   if name.startswith(save))
    archive = os.path.join(folder, "archive.tar.zst")
    subprocess.run(["cat"] + parts, stdout=open(archive, "wb"), check=True)
    listed = subprocess.run(["bsdtar", "-tf", archive], capture_output=True, text=True, check=True).stdout
    other = subprocess.run(["tar", "--zstd", "-tf", archive], capture_output=True, text=True, check=True).stdout
    assert listed == other, (listed, other)
    assert listed.startswith("manifest.json\nmachine.ini\nLPAR1/state\n"), listed
    subprocess.run(["tar", "--zstd", "-xf", archive, "-C", folder], check=True)
    return listed.split()


def check_objects(folder, listed):
    manifest = json.load(open(os.path.join(folder, "manifest.json")))
    assert [entry["name"] for entry in manifest["objects"]] == listed[1:]
    sums = subprocess.run(["sha256sum"] + listed[1:], cwd=folder, capture_output=True, text=True, check=True).stdout
    for entry, line in zip(manifest["objects"], sums.splitlines()):
        assert line.split() == [entry["sha256"], entry["name"]], (entry, line)
        assert os.path.getsize(os.path.join(folder, entry["name"])) == entry["bytes"]
    return manifest


def assemble(segments, lpar, folder_of):
    """Address -> page, from the objects of all saves."""
    pages = {}
    for number, _, *layers in segments:
        for layer in layers:
            data = open(os.path.join(folder_of[layer], lpar, "ms", "%08x" % number), "rb").read()
            at = 64
            for n in range(SEGMENT // PAGE):
                address = number * SEGMENT + n * PAGE
                if data[n // 8] >> n % 8 & 1:
                    pages[address] = data[at:at + PAGE]
                    at += PAGE
                elif data[32 + n // 8] >> n % 8 & 1:
                    pages.pop(address, None)
            assert at == len(data)
    return pages


def digest_of(pages):
    """As hv_storage_digest(): every page that is not all zeros, with its offset before it."""
    digest = hashlib.sha256()
    for address in sorted(pages):
        if any(pages[address]):
            digest.update(address.to_bytes(8, "little"))
            digest.update(pages[address])
    return digest.hexdigest()


def check_label(volume):
    label = json.load(open(os.path.join(volume, "VOLUME.json")))
    own = label.pop("sha256")
    assert hashlib.sha256(json.dumps(label, separators=(",", ":")).encode()).hexdigest() == own
    for save in label["saves"]:
        data = open(os.path.join(volume, save["file"]), "rb").read()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (save["file_bytes"], save["file_sha256"])
    return label


def test_folders(lparsim, machine, top):
    volumes = [os.path.join(top, name) for name in ("vol1", "vol2")]
    for volume in volumes:
        os.mkdir(volume)
    results = run(lparsim, machine, [
        "SET TAPE TAP01," + ";".join(volumes), "INZTAP DEV(TAP01) NEWVOL(VOL001) SIZE(2M)",
        "INZTAP DEV(TAP01) NEWVOL(VOL002)", "RUN 1s", "SAVE LPAR LPAR1 DEV(TAP01)", "RUN 100ms", "DISPLAY LPAR LPAR1",
        "SAVE LPAR LPAR1 DEV(TAP01)", "RUN 5s", "VERIFY DEV(TAP01)"])
    shown = results[6]["result"]["lpars"][0]["guest"]["digest"]
    assert results[-1]["result"]["verified"]["saves"] == 2
    labels = [check_label(volume) for volume in volumes]
    assert [label["index"] for label in labels] == [1, 2] and labels[0]["next_volume"] == "VOL002"
    assert [save["part"] for label in labels for save in label["saves"]] == [1, 2, 1]
    folders, manifest = {}, None
    for sequence in (1, 2):
        folders[sequence] = os.path.join(top, "unpacked%d" % sequence)
        os.mkdir(folders[sequence])
        listed = unpack(volumes, "%06d-LPAR1" % sequence, folders[sequence])
        manifest = check_objects(folders[sequence], listed)
    pages = assemble(manifest["lpars"][0]["ms"]["segments"], "LPAR1", folders)
    # The guest's digest is of the digests of its MS and its ES; it has none.
    found = hashlib.sha256((digest_of(pages) + digest_of({})).encode()).hexdigest()
    assert found == shown, (len(pages), found, shown)


def test_file(lparsim, machine, top):
    """A volume that is one file is a tar archive of what a folder would have; a later program goes on with it."""
    volume, folder = os.path.join(top, "vol3.tar"), os.path.join(top, "vol3")
    run(lparsim, machine, ["SET TAPE TAP01," + volume, "INZTAP DEV(TAP01) NEWVOL(VOL003)", "RUN 1s",
                           "SAVE SYSTEM DEV(TAP01)", "RUN 5s"])
    last = run(lparsim, machine, ["SET TAPE TAP01," + volume, "RUN 1s", "SAVE CHANGES DEV(TAP01)", "RUN 5s",
                                  "VERIFY DEV(TAP01)", "DISPLAY TAPE"])
    saves = last[-1]["result"]["tapes"][0]["saves"]
    assert [save["kind"] for save in saves] == ["SYSTEM", "CHANGES"]
    # The same machine at the same moment: nothing is written twice, but what it is.
    assert saves[1]["shared"] == saves[1]["objects"] - 4, saves
    names = subprocess.run(["tar", "-tf", volume], capture_output=True, text=True, check=True).stdout.split()
    assert names == ["VOLUME.json", "000001-SYSTEM.tar.zst", "VOLUME.json", "000002-CHANGES.tar.zst", "VOLUME.json"]
    os.mkdir(folder)
    subprocess.run(["tar", "-xf", volume, "-C", folder], check=True)
    assert len(check_label(folder)["saves"]) == 2
    # What was unpacked is a volume.
    again = run(lparsim, machine, ["SET TAPE TAP02," + folder, "VERIFY DEV(TAP02)"])
    assert again[-1]["result"]["verified"]["saves"] == 2


def main():
    lparsim, examples = sys.argv[1:3]
    for tool in ("bsdtar", "tar", "zstd", "sha256sum"):
        if not shutil.which(tool):
            print("%s is not there" % tool)
            sys.exit(77)
    machine = os.path.join(examples, "patent.ini")
    with tempfile.TemporaryDirectory(prefix="lparsim-tape-") as top:
        test_folders(lparsim, machine, top)
        test_file(lparsim, machine, top)


main()
