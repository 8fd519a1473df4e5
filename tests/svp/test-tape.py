#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Saves as other programs see them: bsdtar and tar list and unpack them, sha256sum agrees with manifest and label, and content that is
put together here, by the description in docs/tape-format.md alone, has the digest that lparsim shows for the guest's storage.

What a crash leaves (the program is killed at any moment) is all of a save or nothing, and so it is when the disk is full.

    test-tape.py LPARSIM EXAMPLES [SEED]
"""
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

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


def saves_of(lparsim, machine, tape):
    """All of them, having been verified."""
    shown = run(lparsim, machine, ["SET TAPE TAP01," + tape, "VERIFY DEV(TAP01)", "DISPLAY TAPE"])
    saves = shown[2]["result"]["tapes"][0]["saves"]
    assert shown[1]["result"]["verified"]["saves"] == len(saves)
    return [save["sequence"] for save in saves]


def test_crashes(lparsim, machine, top, seed):
    """The program is killed while it saves; how long that takes is measured first, so that the moments lie all over it."""
    chance = random.Random(seed)
    print("crashes with seed", seed)
    for name, volumes in (("c1", ["c1"]), ("c2", ["c2.tar"]), ("c3", ["c3a", "c3b"])):
        paths = [os.path.join(top, volume) for volume in volumes]
        for path in paths:
            if not path.endswith(".tar"):
                os.mkdir(path)
        tape = ";".join(paths)
        run(lparsim, machine, ["SET TAPE TAP01," + tape] +
            ["INZTAP DEV(TAP01) NEWVOL(%s)%s" % (volume.split(".")[0], " SIZE(90M)" if volume == "c3a" else "")
             for i, volume in enumerate(volumes)])
        begun = time.monotonic()
        run(lparsim, machine, ["SET TAPE TAP01," + tape, "RUN 1s", "SAVE SYSTEM DEV(TAP01)", "RUN 5s"])
        takes = time.monotonic() - begun
        there = saves_of(lparsim, machine, tape)
        assert there == [1]
        for n in range(5):
            child = subprocess.Popen([lparsim, "console", machine], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL, text=True)
            child.stdin.write("SET TAPE TAP01,%s\nRUN %dms\nSAVE SYSTEM DEV(TAP01)\nRUN 5s\n" % (tape, 1000 + n))
            child.stdin.close()
            time.sleep(chance.uniform(0.1, 1.2) * takes)
            child.kill()
            child.wait()
            now = saves_of(lparsim, machine, tape)
            assert now in (there, there + [len(there) + 1]), (name, there, now)
            there = now
        run(lparsim, machine, ["SET TAPE TAP01," + tape, "RUN 2s", "SAVE SYSTEM DEV(TAP01)", "RUN 5s"])
        assert saves_of(lparsim, machine, tape) == there + [len(there) + 1]
        for path in paths:
            assert not [left for left in os.listdir(path) if left.endswith(".tmp")] if os.path.isdir(path) else True


def expect_full(lparsim, machine, tape, before, prepare=None):
    lines = ["SET TAPE TAP01," + tape, "RUN 1s", "SAVE SYSTEM DEV(TAP01)", "RUN 5s", "DISPLAY JOBLOG"]
    done = subprocess.run([lparsim, "console", machine, "--keep-going"], input="\n".join(lines) + "\n",
                          capture_output=True, text=True, check=False, preexec_fn=prepare)
    assert done.returncode == 1 and "LPS543E" in done.stdout, (done.stdout, done.stderr)
    assert saves_of(lparsim, machine, tape) == before


def limit_files():
    """No file can be longer than 3 MiB, which is said by an error and not by a signal."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, 3 << 20))


def test_full(lparsim, machine, top):
    tape = os.path.join(top, "full")
    os.mkdir(tape)
    run(lparsim, machine, ["SET TAPE TAP01," + tape, "INZTAP DEV(TAP01) NEWVOL(FULL)"])
    expect_full(lparsim, machine, tape, [], limit_files)
    small = os.path.join(top, "small")
    os.mkdir(small)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", small], capture_output=True,
                      check=False).returncode != 0:
        print("no small disk can be made here")
        return
    try:
        run(lparsim, machine, ["SET TAPE TAP01," + small, "INZTAP DEV(TAP01) NEWVOL(SMALL)"])
        expect_full(lparsim, machine, small, [])
        # With a next volume the disk's end is the volume's end.
        both = small + ";" + os.path.join(top, "next")
        os.mkdir(os.path.join(top, "next"))
        run(lparsim, machine, ["SET TAPE TAP01," + both, "INZTAP DEV(TAP01) NEWVOL(NEXT)", "RUN 1s",
                               "SAVE SYSTEM DEV(TAP01)", "RUN 5s"])
        assert saves_of(lparsim, machine, both) == [1]
        # So it is with a volume that is a file: it keeps room for its label.
        file, after = os.path.join(small, "file.tar"), os.path.join(top, "after")
        for name in os.listdir(small):
            os.unlink(os.path.join(small, name))
        run(lparsim, machine, ["SET TAPE TAP01," + file, "INZTAP DEV(TAP01) NEWVOL(FILE)"])
        length = os.path.getsize(file)
        expect_full(lparsim, machine, file, [])
        assert os.path.getsize(file) == length
        os.mkdir(after)
        run(lparsim, machine, ["SET TAPE TAP01,%s;%s" % (file, after), "INZTAP DEV(TAP01) NEWVOL(AFTER)", "RUN 1s",
                               "SAVE SYSTEM DEV(TAP01)", "RUN 5s"])
        assert saves_of(lparsim, machine, file + ";" + after) == [1]
        assert os.path.getsize(file) > 2 << 20
        subprocess.run(["tar", "-tf", file], check=True, capture_output=True)
    finally:
        subprocess.run(["umount", small], check=True)


def test_leftovers(lparsim, machine, top):
    """What a crash has left goes when a unit is mounted and when the console starts; if it cannot go, that is said."""
    folder, file, state = os.path.join(top, "left"), os.path.join(top, "left.tar"), os.path.join(top, "left-state")
    os.mkdir(folder)
    first = ["SET TAPE TAP01," + folder, "INZTAP DEV(TAP01) NEWVOL(ONE)", "SET TAPE TAP02," + file,
             "INZTAP DEV(TAP02) NEWVOL(TWO)"]
    remount = ["SET TAPE TAP01," + folder, "SET TAPE TAP02," + file]
    command = [lparsim, "console", machine, "--state", state]
    subprocess.run(command, input="\n".join(first) + "\n", capture_output=True, text=True, check=True)
    length = os.path.getsize(file)
    for lines in remount, ["DISPLAY TAPE"]:
        for name in "save.tmp", "reserve.tmp", "000007-LPAR1.tar.zst":
            with open(os.path.join(folder, name), "w", encoding="ascii") as left:
                left.write("left")
        with open(os.path.join(folder, "mine.txt"), "w", encoding="ascii") as mine:
            mine.write("mine")
        with open(file, "r+b") as grown:
            grown.truncate(length + 5000)
        done = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
        assert "LPS036W" not in done.stderr, done.stderr
        assert sorted(os.listdir(folder)) == ["VOLUME.json", "mine.txt"], os.listdir(folder)
        assert os.path.getsize(file) == length
    os.mkdir(os.path.join(folder, "save.tmp"))
    done = subprocess.run(command, input="DISPLAY TAPE\n", capture_output=True, text=True, check=True)
    assert "LPS036W" in done.stderr, done.stderr


def main():
    lparsim, examples = sys.argv[1:3]
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    for tool in ("bsdtar", "tar", "zstd", "sha256sum"):
        if not shutil.which(tool):
            print("%s is not there" % tool)
            sys.exit(77)
    machine = os.path.join(examples, "patent.ini")
    with tempfile.TemporaryDirectory(prefix="lparsim-tape-") as top:
        test_folders(lparsim, machine, top)
        test_file(lparsim, machine, top)
        test_full(lparsim, machine, top)
        test_leftovers(lparsim, machine, top)
        test_crashes(lparsim, machine, top, seed)


main()
