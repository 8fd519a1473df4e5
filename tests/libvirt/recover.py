# SPDX-License-Identifier: LGPL-2.1-or-later
"""Consoles that are left, or killed in the middle of an INTEG, and the next one, which takes up what runs."""
import os
import signal
import time

import harness
from harness import disks, domains, qemu_pid, run, virsh, wait_until


def machine(folder, **more):
    """A can grow; each has a disk that is named after it."""
    given = {}
    for number, (lpar, keys) in enumerate({"A": {"ms": "256M", "ms-reserved": "256M"}, "B": {"ms": "128M"}}.items()):
        given[lpar] = dict(keys, **{"ip-shares": "%d:100" % (number + 1), "channels": "%02X" % number,
                                    "disks": folder.disk(lpar.lower())}, **more.get(lpar, {}))
    return folder.machine(given, name="save", ips=2)


def up(operator, *lpars):
    for lpar in lpars:
        operator.do("ACTIVATE " + lpar)
        operator.do("LOAD " + lpar)
    operator.wait_for_beats(*lpars)


def beat(operator, lpar):
    operator.wait_for_beats(lpar)
    return operator.real(lpar)["heartbeat"]


def a_console_that_is_left_or_killed_is_followed_by_another(folder, console):
    path = machine(folder)
    first = console(path)
    up(first, "A", "B")
    boot_ids = [beat(first, lpar)["boot_id"] for lpar in "AB"]
    first.do("QUIT KEEP")
    first.quit()
    assert domains() >= {"save-A", "save-B"}
    second = console(path)
    assert len(second.do("TAKEUP ALL")["lpars"]) == 2
    assert [beat(second, lpar)["boot_id"] for lpar in "AB"] == boot_ids
    error = console(path).refused("TAKEUP A")
    assert "another lparsim console" in error["reason"], error
    second.kill()
    virsh("suspend", "save-A")  # as in the middle of an INTEG
    virsh("destroy", "save-B")
    third = console(path)
    assert third.do("TAKEUP A")["lpars"] == [{"name": "A", "how": "taken up"}]
    assert third.refused("TAKEUP B")["id"] == "LPS107E"
    assert third.do("TAKEUP B LOAD")["lpars"] == [{"name": "B", "how": "loaded"}]
    assert beat(third, "A")["boot_id"] == boot_ids[0] and beat(third, "B")["boot_id"] != boot_ids[1]
    assert third.do("INTEG B,A")["pending"] == []
    third.quit()
    assert domains().isdisjoint({"save-A", "save-B"})


def pair(folder, console):
    """Two LPARs on a machine with a state directory; B does not shut down when it is asked to."""
    path = machine(folder, B={"more": "lparsim.deaf=1"})
    operator = console(path, "--state", folder.path + "/state")
    up(operator, "A", "B")
    return path, operator


def killed_before_the_commit_point_of_an_integ(folder, console):
    path, first = pair(folder, console)
    boot_ids = [beat(first, lpar)["boot_id"] for lpar in "AB"]
    for ended in (False, True):  # whether the retiring domain had been ended already
        first.give("INTEG B,A SHUTDOWN=20s")
        time.sleep(2)
        first.kill()
        if ended:
            virsh("destroy", "save-B")
        first = console(path, "--state", folder.path + "/state")
        seen = [beat(first, lpar)["boot_id"] for lpar in "AB"]
        assert seen[0] == boot_ids[0] and (seen[1] == boot_ids[1]) is not ended, (seen, boot_ids)
        assert "rolled back" in first.errors(), first.errors()
        assert disks("save-A") == [folder.path + "/a.img"] and disks("save-B") == [folder.path + "/b.img"]
    assert first.do("INTEG B,A")["pending"] == []
    first.quit()


def killed_behind_the_commit_point_of_an_integ(folder, console):
    path, first = pair(folder, console)
    boot_id = beat(first, "A")["boot_id"]
    first.give("INTEG B,A SHUTDOWN=2s")
    time.sleep(1)
    os.kill(qemu_pid("save-A"), signal.SIGSTOP)  # so that nothing can be added to it
    wait_until(lambda: "save-B" not in domains(), "the retiring domain has ended")
    time.sleep(1)
    first.kill()
    os.kill(qemu_pid("save-A"), signal.SIGCONT)
    second = console(path, "--state", folder.path + "/state")
    second.do("RUN 1s")
    assert beat(second, "A")["boot_id"] == boot_id
    assert "completed" in second.errors(), second.errors()
    assert disks("save-A") == [folder.path + "/a.img", folder.path + "/b.img"]
    assert virsh("vcpucount", "save-A", "--live", "--active") == "2"
    assert harness.domain("save-A").find("memory").text == str(384 * 1024)
    assert [lpar["state"] for lpar in second.do("DISPLAY LPAR")["lpars"]] == ["operating", "retired"]
    second.do("QUIT KEEP")
    second.quit()
    third = console(path, "--state", folder.path + "/state")  # and once more
    assert beat(third, "A")["boot_id"] == boot_id
    third.quit()
    assert "save-A" not in domains()


def a_signal_leaves_the_guests_running(folder, console):
    path, where = machine(folder), ("--state", folder.path + "/state")
    first = console(path, *where)
    up(first, "A")
    boot_id = beat(first, "A")["boot_id"]
    first.process.send_signal(signal.SIGTERM)
    assert first.process.wait(60) == -signal.SIGTERM
    assert "LPS014I SIGTERM ends the session" in first.errors(), first.errors()
    assert "save-A" in domains()
    second = console(path, *where)
    assert beat(second, "A")["boot_id"] == boot_id
    assert "The domain of A is taken up as it runs" in second.errors(), second.errors()
    second.quit()
    assert "save-A" not in domains()


def simulated_guests_go_on_beside_real_ones(folder, console):
    """No domain is begun: it is the simulated ones that are looked at."""
    given = {"ms": "64M", "guest": "model", "workload": "busy; write 16M/s 32M"}
    path = folder.machine({"A": {"ms": "128M", "ip-shares": "1:100"},
                           "S": dict(given, **{"ip-shares": "2:100", "ms-reserved": "64M"}),
                           "T": dict(given, **{"ip-shares": "3:100"})}, name="save")
    where = ("--state", folder.path + "/state", "--no-power-on")

    def written(operator, lpar):
        operator.do("GUEST %s,VERIFY" % lpar)
        guest = operator.do("GUEST %s,DISPLAY" % lpar)["guest"]
        assert guest["boots"] == 1, guest
        return guest["written_mib"]

    first = console(path, *where)
    for lpar in "ST":
        first.do("ACTIVATE " + lpar)
        first.do("LOAD " + lpar)
    first.do("RUN 500ms")
    first.do("AT 3000s STOP S")
    first.do("AT 2s STOP T")
    before = [written(first, lpar) for lpar in "ST"]
    first.quit()
    time.sleep(2)
    second = console(path, *where)
    after = [written(second, lpar) for lpar in "ST"]
    assert all(now >= then > 0 for now, then in zip(after, before)), (before, after)
    said = second.errors()
    assert "The simulated guest of S goes on as it was at the checkpoint of 20" in said, said
    assert "Not carried out: STOP T, which AT had queued for 20" in said, said
    assert "1 command that AT has queued is still to come" in said, said
    second.do("INTEG T,S")
    after = written(second, "S")
    second.kill()
    third = console(path, *where)  # from the checkpoint of the start; T has been retired since
    assert written(third, "S") > 0
    assert [lpar["state"] for lpar in third.do("DISPLAY LPAR")["lpars"]][1:] == ["operating", "retired"]
    assert "simulated guest of T" not in third.errors(), third.errors()
    third.kill()
    (number,) = os.listdir(folder.path + "/state/checkpoints")
    with open("%s/state/checkpoints/%s/guest-2" % (folder.path, number), "r+b") as file:
        file.write(b"x")
    fourth = console(path, *where)  # what is damaged keeps nobody from starting
    assert [lpar["state"] for lpar in fourth.do("DISPLAY LPAR")["lpars"]][1:] == ["not-activated", "retired"]
    assert "The simulated guest of S begins anew" in fourth.errors(), fourth.errors()
    fourth.do("ACTIVATE S")
    fourth.do("LOAD S")
    fourth.quit()


harness.OURS = (*harness.OURS, "save-")
harness.need("x86_64")
run([a_console_that_is_left_or_killed_is_followed_by_another, killed_before_the_commit_point_of_an_integ,
     killed_behind_the_commit_point_of_an_integ, a_signal_leaves_the_guests_running,
     simulated_guests_go_on_beside_real_ones])
