# SPDX-License-Identifier: LGPL-2.1-or-later
"""Saving, restoring, cloning and taking up real guests. What is left is read from libvirt and from the files, not from lparsim."""
import hashlib
import json
import os
import signal
import subprocess
import time

import harness
from harness import MIB, disks, domains, qemu_pid, run, virsh, wait_until

PATTERN = b"lparsim save test %d\n"


def write(folder, name, number):
    """Puts a pattern where the guest reads it back."""
    with open("%s/%s.img" % (folder.path, name), "r+b") as file:
        file.seek(MIB)
        file.write(PATTERN % number)


def machine(folder, lpars, **more):
    """One or several LPARs of 128M, with a disk each that is named after it."""
    given = {}
    for number, lpar in enumerate(lpars):
        keys = dict({"ms": "128M", "ip-shares": "%d:100" % (number + 1), "channels": "%02X" % number}, **more.get(lpar, {}))
        if keys.get("guest") != "model":
            disk = "%s/%s.img" % (folder.path, lpar.lower())
            keys["disks"] = disk if os.path.exists(disk) else folder.disk(lpar.lower())
        given[lpar] = keys
    return folder.machine(given, name="save", ips=len(lpars))


def up(operator, *lpars):
    for lpar in lpars:
        operator.do("ACTIVATE " + lpar)
        operator.do("LOAD " + lpar)
    operator.wait_for_beats(*lpars)


def tell(operator, lpar, command):
    return operator.do("GUEST %s,TELL %s" % (lpar, command))["answer"]


def beat(operator, lpar):
    operator.wait_for_beats(lpar)
    return operator.real(lpar)["heartbeat"]


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else hashlib.sha256(
            file.read()).hexdigest()


def check_manifest(path, kind):
    """Every file is listed with the digest that another program computes."""
    with open(path + "/manifest.json", encoding="utf-8") as file:
        manifest = json.load(file)
    assert manifest["format"] == "lparsim real guest 1" and manifest["kind"] == kind, manifest
    assert sorted(os.listdir(path)) == sorted([one["file"] for one in manifest["files"]] + ["manifest.json"]), os.listdir(path)
    for one in manifest["files"]:
        file = path + "/" + one["file"]
        assert one["size_bytes"] == os.path.getsize(file), one
        assert one["sha256"] == sha256(file), one
    return manifest


def left_over(folder):
    """Files beside disks that a save or a restore should have removed."""
    return [name for name in os.listdir(folder.path) if ".img.lparsim-" in name]


def a_live_save_is_of_one_moment(folder, console):
    operator = console(machine(folder, ["A"]))
    up(operator, "A")
    boot_id = beat(operator, "A")["boot_id"]
    # A number goes to the disk and into storage again and again, the disk first: the save has at most one more there.
    tell(operator, "A", "n=0; while :; do let n=n+1; printf %08d $n | dd of=/dev/vda bs=8 conv=notrunc,fsync 2>/dev/null; "
                        "echo $n >/tmp/new; mv /tmp/new /tmp/n; done >/dev/null 2>&1 & echo begun")
    operator.do("RUN 500ms")
    saved = operator.do("GUEST A,SAVE %s/one" % folder.path)
    manifest = check_manifest(folder.path + "/one", "live")
    print("  hold %.1f ms, took %.2f s" % (1000 * saved["hold_s"], saved["took_s"]))
    assert 0 < saved["hold_s"] < 1 and manifest["hold_ns"] > 0
    assert [one["file"] for one in manifest["files"]] == ["memory", "vda.raw"]
    seen = beat(operator, "A")
    assert seen["boot_id"] == boot_id and virsh("domstate", "save-A") == "running"
    assert disks("save-A") == [folder.path + "/a.img"] and not left_over(folder)
    later = int(tell(operator, "A", "cat /tmp/n"))
    operator.do("DEACTIVATE A")
    assert "save-A" not in domains()
    operator.do("ACTIVATE A")
    write(folder, "a", 1)  # what is there now is not what comes back
    operator.do("GUEST A,RESTORE %s/one" % folder.path)
    again = beat(operator, "A")
    assert again["boot_id"] == boot_id, "it has booted"
    with open(folder.path + "/one/vda.raw", "rb") as file:
        on_disk = int(file.read(8))
    assert 0 < on_disk <= later
    now = int(tell(operator, "A", "cat /tmp/n"))
    assert now >= on_disk - 1, (now, on_disk)
    with open(folder.path + "/a.img", "rb") as file:
        file.seek(MIB)
        assert file.read(4) == bytes(4), "the disk has what was written after the save"
    assert not left_over(folder), left_over(folder)
    check_manifest(folder.path + "/one", "live")  # the save is as it was
    operator.quit()
    assert "save-A" not in domains()


def disks_alone_and_a_save_that_stops(folder, console):
    operator = console(machine(folder, ["A"]))
    up(operator, "A")
    tell(operator, "A", "echo kept | dd of=/dev/vda 2>/dev/null; sync; echo")
    saved = operator.do("GUEST A,SAVE %s/disks DISKS" % folder.path)
    assert [one["file"] for one in check_manifest(folder.path + "/disks", "disks")["files"]] == ["vda.raw"]
    assert saved["state"] == "operating" and saved["hold_s"] == 0
    tell(operator, "A", "echo lost | dd of=/dev/vda 2>/dev/null; sync; echo yes >/tmp/flag")
    boot_id = beat(operator, "A")["boot_id"]
    assert operator.do("GUEST A,SAVE %s/stop STOP" % folder.path)["state"] == "not-operating"
    assert "save-A" not in domains()
    check_manifest(folder.path + "/stop", "stop")
    operator.do("GUEST A,RESTORE %s/stop" % folder.path)
    assert beat(operator, "A")["boot_id"] == boot_id and tell(operator, "A", "cat /tmp/flag") == "yes"
    assert tell(operator, "A", "head -c 4 /dev/vda") == "lost"
    operator.do("DEACTIVATE A")
    operator.do("ACTIVATE A")
    operator.do("GUEST A,RESTORE %s/disks" % folder.path)
    assert beat(operator, "A")["boot_id"] != boot_id
    assert tell(operator, "A", "head -c 4 /dev/vda") == "kept"
    operator.quit()


def check_nothing_has_happened(operator, folder, boot_id):
    assert beat(operator, "A")["boot_id"] == boot_id
    assert virsh("domstate", "save-A") == "running"
    assert disks("save-A") == [folder.path + "/a.img"], disks("save-A")
    assert not left_over(folder), left_over(folder)


def what_cannot_be_saved_or_restored_changes_nothing(folder, console):
    operator = console(machine(folder, ["A", "C"], C={"ms": "256M"}))
    full = folder.path + "/full"  # there before QEMU begins, which looks at the mounts of then
    os.mkdir(full)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", full], check=True)
    try:
        up(operator, "A")
        boot_id = beat(operator, "A")["boot_id"]
        for kind in ("", " DISKS", " STOP"):
            error = operator.refused("GUEST A,SAVE %s/x%s" % (full, kind))
            print("  " + error["reason"].split("\n")[0])
            assert "pace" in error["reason"] or "room" in error["reason"], error
            assert os.listdir(full) == [], os.listdir(full)
            check_nothing_has_happened(operator, folder, boot_id)
    finally:
        subprocess.run(["umount", "-l", full], check=True)
    assert operator.refused("GUEST A,SAVE /proc/x")["id"] == "LPS435E"
    operator.do("GUEST A,SAVE %s/one" % folder.path)
    assert operator.refused("GUEST A,SAVE %s/one" % folder.path)["id"] == "LPS435E"  # a save is there
    assert operator.refused("GUEST A,RESTORE %s/one" % folder.path)["id"] == "LPS302E"  # a guest is loaded
    operator.do("ACTIVATE C")
    assert "128M of storage" in operator.refused("GUEST C,RESTORE %s/one" % folder.path)["reason"]
    assert operator.refused("GUEST C,RESTORE %s" % folder.path)["id"] == "LPS435E"
    before = sha256(folder.path + "/c.img")
    with open(folder.path + "/one/vda.raw", "r+b") as file:  # one bit
        file.seek(3 * MIB)
        file.write(b"\1")
    assert operator.refused("GUEST C,RESTORE %s/one" % folder.path)["id"] == "LPS108E"
    assert sha256(folder.path + "/c.img") == before
    check_nothing_has_happened(operator, folder, boot_id)
    operator.quit()


# --- Tapes and snapshots ---


def mount(operator, folder, sizes):
    """Volumes on TAP01, TAP02...: folders of those sizes."""
    for number, size in enumerate(sizes, 1):
        os.makedirs("%s/vol%d" % (folder.path, number), exist_ok=True)
        operator.do("SET TAPE TAP%02d,%s/vol%d" % (number, folder.path, number))
        operator.do("INZTAP DEV(TAP%02d) NEWVOL(VOL%d)%s" % (number, number, size))


def wait_for_job(operator, name):
    while True:
        job = [one for one in operator.do("DISPLAY JOB")["jobs"] if one["job"] == name][0]
        if job["state"] == "ENDED":
            return job
        operator.do("RUN 200ms")


def save_to_tape(operator, command):
    """The result of the job when it has ended."""
    begun = operator.do(command)["save"]
    return begun, wait_for_job(operator, begun["job"])


def staged(path):
    """Folders of files on their way."""
    return [name for name in os.listdir(path) if name.startswith(".lparsim-guest-")]


def check_archive(folder, parts, lpar):
    """Standard tools unpack it, and every object has the digest that the manifest says."""
    unpacked = folder.path + "/unpacked"
    os.mkdir(unpacked)
    subprocess.run("cat %s | tar --zstd -xC %s" % (" ".join(parts), unpacked), shell=True, check=True)
    with open(unpacked + "/manifest.json", encoding="utf-8") as file:
        objects = json.load(file)["objects"]
    assert sorted(one["name"] for one in objects if "/real/" in one["name"]) == [
        "%s/real/%s" % (lpar, name) for name in ("manifest.json", "memory", "vda.raw")], objects
    for one in objects:
        path = unpacked + "/" + one["name"]
        assert os.path.getsize(path) == one["bytes"] and sha256(path) == one["sha256"], one
    check_manifest("%s/%s/real" % (unpacked, lpar), "live")


def damage(path):
    with open(path, "r+b") as file:
        file.seek(os.path.getsize(path) // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))


def check_clone(operator, folder):
    """C has come from A's save, and runs beside it on a disk of its own."""
    assert domains() >= {"save-A", "save-C"}
    assert virsh("domuuid", "save-A") != virsh("domuuid", "save-C")
    assert disks("save-A") == [folder.path + "/a.img"] and disks("save-C") == [folder.path + "/c.img"]
    assert tell(operator, "C", "cat /tmp/seven") == "seven"
    tell(operator, "C", "echo other | dd of=/dev/vda seek=9 2>/dev/null; sync; echo")
    with open(folder.path + "/a.img", "rb") as file:
        file.seek(9 * 512)
        assert file.read(5) == bytes(5), "the clone writes on the disk of the saved one"


def tapes_have_real_guests_beside_simulated_ones(folder, console):
    operator = console(machine(folder, ["A", "C", "M"], M={"guest": "model"}))
    up(operator, "A")
    boot_id = beat(operator, "A")["boot_id"]
    tell(operator, "A", "echo seven >/tmp/seven; echo one | dd of=/dev/vda 2>/dev/null; sync; echo")
    mount(operator, folder, [" SIZE(16M)", ""])
    begun, job = save_to_tape(operator, "SAVE LPAR A DEV(TAP01 TAP02)")
    assert job["code"] == 0 and job["processed"] == job["total"] == 5, job
    assert begun["guests"][0]["lpar"] == "A" and 0 < begun["guests"][0]["hold_ms"] < 1000, begun
    print("  saved to tape, hold %.1f ms" % begun["guests"][0]["hold_ms"])
    assert operator.do("VERIFY DEV(TAP01 TAP02)")["verified"]["objects"] == 5
    parts = [folder.path + "/vol%d/000001-A.tar.zst.00%d" % (n, n) for n in (1, 2)]
    check_archive(folder, parts, "A")
    check_nothing_has_happened(operator, folder, boot_id)
    assert not staged(folder.path)
    assert operator.refused("RESTORE A DEV(TAP01 TAP02)")["id"] == "LPS302E"  # a guest is loaded
    assert "disks" in operator.refused("RESTORE A DEV(TAP01 TAP02) TO(NEW)")["remedy"]
    operator.do("DEACTIVATE A")
    write(folder, "a", 1)
    operator.do("RESTORE A DEV(TAP01 TAP02) SEQNBR(*SEARCH)")
    assert beat(operator, "A")["boot_id"] == boot_id and tell(operator, "A", "cat /tmp/seven") == "seven"
    operator.do("RESTORE A DEV(TAP01 TAP02) TO(C)")
    assert beat(operator, "C")["boot_id"] == boot_id and sha256(folder.path + "/c.img") == sha256(
        folder.path + "/unpacked/A/real/vda.raw")
    check_clone(operator, folder)
    operator.do("ACTIVATE M")
    operator.do("LOAD M")
    begun, job = save_to_tape(operator, "SAVE SYSTEM DEV(TAP01 TAP02)")
    assert job["code"] == 0 and [one["lpar"] for one in begun["guests"]] == ["A", "C"], (begun, job)
    assert all(one["hold_ms"] > 0 for one in begun["guests"]), begun
    print("  hold of both at one moment: %s ms" % [one["hold_ms"] for one in begun["guests"]])
    assert virsh("domstate", "save-A") == virsh("domstate", "save-C") == "running"
    snapshots(operator, folder, boot_id)
    operator.do("DEACTIVATE A")
    before = sha256(folder.path + "/a.img")
    damage(parts[1])
    assert operator.refused("RESTORE A DEV(TAP01 TAP02) SEQNBR(1)")["id"] == "LPS545E"
    assert operator.do("DISPLAY LPAR A")["lpars"][0]["state"] == "not-activated" and sha256(folder.path + "/a.img") == before
    operator.do("ACTIVATE A")
    begun, job = save_to_tape(operator, "SAVE LPAR A DEV(TAP01 TAP02)")
    assert job["code"] == 20 and job["failed"] == 1, job  # not loaded: its disks are not saved
    operator.quit()
    assert not staged(folder.path) and not left_over(folder), os.listdir(folder.path)


def snapshots(operator, folder, boot_id):
    """Of both real guests and the simulated one, at one moment; a copy in a mirror."""
    operator.do("DEFINE GROUP G LPARS(A,C,M)")
    operator.do("DEFINE MIRROR G,%s/mirror" % folder.path)
    operator.do("UPDATE G INITIALIZE")
    tell(operator, "A", "echo eight >/tmp/seven; echo")
    taken = operator.do("SNAPSHOT G NAME(MONDAY)")
    assert taken["copies_written"] == 1 and taken["warnings"] == [], taken
    tell(operator, "A", "echo nine >/tmp/seven; echo")
    operator.do("DEACTIVATE A")
    operator.do("RESTORE A SNAPSHOT(MONDAY) FROM(MIRROR)")
    assert beat(operator, "A")["boot_id"] == boot_id and tell(operator, "A", "cat /tmp/seven") == "eight"
    operator.do("DELETE SNAPSHOT MONDAY FORCE")
    archives = [name for _, _, names in os.walk(folder.path + "/mirror") for name in names if name.endswith(".zst")]
    assert archives == [], archives


# --- Harm in the middle ---


def kill_qemu(folder):
    """After the guest has written something else; soon, since on a fast machine a disk is copied in a second."""
    overlay = folder.path + "/a.img.lparsim-save"
    before = os.stat(overlay).st_mtime_ns
    wait_until(lambda: os.stat(overlay).st_mtime_ns != before, "the guest writes to the overlay", 30)
    time.sleep(0.2)
    os.kill(qemu_pid("save-A"), signal.SIGKILL)


def in_the_middle(folder, operator, harm):
    """A save of a disk that takes its time, with harm done while it is divided; its whole JSON object."""
    operator.give("SAVE LPAR A DEV(TAP01)")
    wait_until(lambda: disks("save-A") != [folder.path + "/a.img"], "the disk is divided", 30)
    harm()
    return operator.result()


def fill(folder):
    """So that copying the disk takes its time."""
    with open(folder.path + "/a.img", "r+b") as file:
        file.truncate(1536 * MIB)
        file.write(os.urandom(64) * 16384 * 64)


def the_daemon_and_the_guest_are_killed_in_the_middle_of_a_save(folder, console):
    operator = console(machine(folder, ["A"]))
    fill(folder)
    up(operator, "A")
    mount(operator, folder, [""])
    if harness.may_restart_daemon():
        boot_id = beat(operator, "A")["boot_id"]
        result = in_the_middle(folder, operator, harness.restart_daemon)
        assert result["ok"], result  # done again when the daemon was back
        check_nothing_has_happened(operator, folder, boot_id)
        wait_for_job(operator, result["result"]["save"]["job"])
        assert not staged(folder.path)
    tell(operator, "A", "n=0; while :; do let n=n+1; printf %08d $n | dd of=/dev/vda bs=1M seek=1000 conv=notrunc,fsync 2>/dev/null; "
                        "done >/dev/null 2>&1 & echo begun")
    operator.do("RUN 1s")
    result = in_the_middle(folder, operator, lambda: kill_qemu(folder))
    assert not result["ok"], result
    assert not staged(folder.path)
    operator.do("RUN 1s")
    assert operator.do("DISPLAY LPAR A")["lpars"][0]["state"] == "not-operating"
    assert left_over(folder) == ["a.img.lparsim-save"], "what it has written since then is in it"
    with open(folder.path + "/a.img", "rb") as file:
        file.seek(1000 * MIB)
        alone = int(file.read(8))  # what it had written when the save began
    operator.do("LOAD A")
    operator.wait_for_beats("A")
    assert disks("save-A") == [folder.path + "/a.img"] and not left_over(folder)
    assert int(tell(operator, "A", "dd if=/dev/vda bs=1M skip=1000 count=1 2>/dev/null | head -c 8")) > alone
    operator.quit()


def killed_in_the_middle_of_a_save(folder, console):
    """The console dies while the disks are divided: the next one makes them whole."""
    path = machine(folder, ["A"])
    fill(folder)
    first = console(path)
    up(first, "A")
    boot_id = beat(first, "A")["boot_id"]
    mount(first, folder, [""])
    first.give("SAVE LPAR A DEV(TAP01)")
    wait_until(lambda: disks("save-A") != [folder.path + "/a.img"], "the disk is divided", 30)
    first.kill()
    assert disks("save-A") == [folder.path + "/a.img.lparsim-save"]
    second = console(path)
    second.do("TAKEUP A")
    check_nothing_has_happened(second, folder, boot_id)
    assert len(staged(folder.path)) == 1
    second.do("SET TAPE TAP01,%s/vol1" % folder.path)
    assert second.do("DISPLAY TAPE TAP01")["tapes"][0]["saves"] == []
    assert save_to_tape(second, "SAVE LPAR A DEV(TAP01)")[1]["code"] == 0
    assert not staged(folder.path), "what the first console has left"
    second.quit()


harness.OURS = (*harness.OURS, "save-")
harness.need("x86_64")
run([a_live_save_is_of_one_moment, disks_alone_and_a_save_that_stops,
     what_cannot_be_saved_or_restored_changes_nothing, tapes_have_real_guests_beside_simulated_ones,
     the_daemon_and_the_guest_are_killed_in_the_middle_of_a_save,
     killed_in_the_middle_of_a_save])
