# SPDX-License-Identifier: LGPL-2.1-or-later
"""What goes wrong in the middle of an INTEG, provoked for real. What is left is read from libvirt, not from lparsim."""
import os
import signal
import subprocess
import threading
import time

import harness
from harness import domains, qemu_pid, run, virsh, wait_until

ASKED = "INTEG B,A SHUTDOWN=3s"  # B does not react, so there are three seconds in which to do harm


def pair(folder, console, more_a="", grow="dimm", patience=None):
    """Two guests that have booted; B does not shut down when it is asked to."""
    operator = console(folder.machine({
        "A": {"ms": "256M", "ms-reserved": "256M", "ms-grow": grow, "ip-shares": "1:100", "channels": "00",
              "disks": folder.disk("a"), "more": more_a},
        "B": {"ms": "128M", "ip-shares": "2:100", "channels": "01", "disks": folder.disk("b"),
              "more": "lparsim.deaf=1"},
    }, name="fail", ips=2))
    operator.do("ACTIVATE ALL")
    operator.do("LOAD ALL")
    operator.wait_for_beats("A", "B")
    if patience:
        operator.do("SET PATIENCE " + patience)
    return operator


def in_the_middle(operator, harm):
    """INTEG, with harm done while B is waited for; its whole JSON object."""
    timer = threading.Timer(1.5, harm)
    timer.start()
    operator.give(ASKED)
    result = operator.result()
    timer.join()
    return result


def kill(name):
    os.kill(qemu_pid(name), signal.SIGKILL)


def check_as_before(folder, operator, boots_b):
    """Both domains are what they were, with their own disks, and INTEG can be given again."""
    assert domains() >= {"fail-A", "fail-B"}
    assert harness.disks("fail-A") == [folder.path + "/a.img"], harness.disks("fail-A")
    assert harness.disks("fail-B") == [folder.path + "/b.img"], harness.disks("fail-B")
    assert virsh("domstate", "fail-B") == "running"
    assert virsh("vcpucount", "fail-A", "--live", "--active") == "1"
    assert operator.do("GUEST B,DISPLAY")["guest"]["boots"] == boots_b
    operator.wait_for_beats("B")


def check_integrated(folder):
    assert "fail-B" not in domains()
    assert harness.disks("fail-A") == [folder.path + "/a.img", folder.path + "/b.img"]
    assert virsh("vcpucount", "fail-A", "--live", "--active") == "2"
    assert harness.domain("fail-A").find("memory").text == str(384 * 1024)


def the_retiring_one_is_killed_before_the_commit_point(folder, console):
    operator = pair(folder, console)
    result = in_the_middle(operator, lambda: kill("fail-B"))
    assert not result["ok"] and result["error"]["id"] == "LPS401E", result
    check_as_before(folder, operator, boots_b=2)
    assert operator.do("INTEG B,A")["pending"] == []
    check_integrated(folder)
    operator.quit()


def the_survivor_is_killed_before_the_commit_point(folder, console):
    operator = pair(folder, console)
    boot_id = operator.real("B")["heartbeat"]["boot_id"]
    result = in_the_middle(operator, lambda: kill("fail-A"))
    assert not result["ok"] and "has ended" in result["error"]["reason"], result
    assert "fail-A" not in domains() and virsh("domstate", "fail-B") == "running"
    assert operator.real("B")["heartbeat"]["boot_id"] == boot_id, "it was only suspended"
    assert operator.do("DISPLAY LPAR A")["lpars"][0]["state"] == "not-operating"
    operator.do("LOAD A")
    check_as_before(folder, operator, boots_b=1)


def the_survivor_is_killed_behind_the_commit_point(folder, console):
    operator = pair(folder, console, patience="60s")

    def stop_then_kill():
        os.kill(qemu_pid("fail-A"), signal.SIGSTOP)
        threading.Timer(6, lambda: kill("fail-A")).start()

    result = in_the_middle(operator, stop_then_kill)
    assert result["ok"], result
    assert domains().isdisjoint({"fail-A", "fail-B"})
    operator.do("LOAD A")
    check_integrated(folder)  # it has got everything
    operator.quit()


def the_survivor_stands_and_the_rest_is_pending(folder, console):
    operator = pair(folder, console, patience="2s")
    boot_id = operator.real("A")["heartbeat"]["boot_id"]
    result = in_the_middle(operator, lambda: os.kill(qemu_pid("fail-A"), signal.SIGSTOP))
    assert result["ok"], result
    assert result["result"]["pending"], "nothing is said to be pending"
    assert "fail-B" not in domains()
    assert operator.refused("COMPLETE A")["id"] == "LPS106E"
    os.kill(qemu_pid("fail-A"), signal.SIGCONT)
    time.sleep(1)
    operator.do("SET PATIENCE 30s")
    operator.do("COMPLETE A")
    check_integrated(folder)
    operator.do("RUN 1s")
    seen = operator.real("A")
    assert seen["pending"] == [] and seen["heartbeat"]["boot_id"] == boot_id
    assert seen["heartbeat"]["cpus_online"] == 2
    operator.quit()


def the_daemon_is_restarted_in_the_middle(folder, console):
    if not harness.may_restart_daemon():
        return
    operator = pair(folder, console)
    boot_id = operator.real("A")["heartbeat"]["boot_id"]
    result = in_the_middle(operator, harness.restart_daemon)
    assert result["ok"] and result["result"]["pending"] == [], result
    check_integrated(folder)
    operator.do("RUN 2s")
    seen = operator.real("A")["heartbeat"]
    assert seen and seen["boot_id"] == boot_id and seen["cpus_online"] == 2, seen
    operator.quit()
    assert domains().isdisjoint({"fail-A", "fail-B"})


def the_disk_is_gone_before_anything_is_done(folder, console):
    operator = pair(folder, console)
    os.rename(folder.path + "/b.img", folder.path + "/away")
    error = operator.refused("INTEG B,A")
    assert error["id"] == "LPS401E" and folder.path + "/b.img" in error["reason"], error
    os.rename(folder.path + "/away", folder.path + "/b.img")
    check_as_before(folder, operator, boots_b=1)


def the_disk_goes_in_the_middle_and_comes_back(folder, console):
    operator = pair(folder, console)
    result = in_the_middle(operator, lambda: os.rename(folder.path + "/b.img", folder.path + "/away"))
    assert result["ok"], result
    assert len(result["result"]["pending"]) == 1 and "/b.img" in result["result"]["pending"][0], result["result"]["pending"]
    assert harness.disks("fail-A") == [folder.path + "/a.img"]
    assert virsh("vcpucount", "fail-A", "--live", "--active") == "2"  # the rest was done
    assert "/b.img" in operator.refused("COMPLETE A")["reason"]
    os.rename(folder.path + "/away", folder.path + "/b.img")
    operator.do("COMPLETE A")
    check_integrated(folder)
    assert operator.real("A")["pending"] == []
    operator.quit()


def a_guest_without_the_balloon_driver(folder, console):
    operator = pair(folder, console, grow="balloon", more_a="lparsim.without=virtio_balloon")
    assert any("balloon" in one for one in operator.real("A")["pending"])
    report = operator.do("INTEG B,A")
    assert any("balloon" in one for one in report["pending"]), report["pending"]
    assert harness.disks("fail-A") == [folder.path + "/a.img", folder.path + "/b.img"]
    assert virsh("vcpucount", "fail-A", "--live", "--active") == "2"
    assert "balloon" in operator.refused("COMPLETE A")["reason"]
    operator.quit()


def a_guest_that_does_not_acknowledge(folder, console):
    operator = pair(folder, console, patience="1s")
    assert operator.refused("GUEST A,TELL sleep 8")["id"] == "LPS106E"  # it hears nothing else meanwhile
    report = operator.do("INTEG B,A")
    assert report["pending"] == ["the guest has not acknowledged what was added"], report["pending"]
    lips = operator.do("DISPLAY LPAR A")["lpars"][0]["lips"]
    assert [lip["state"] for lip in lips] == ["online", "offline"]
    check_integrated(folder)
    operator.do("RUN 9s")
    operator.do("SET PATIENCE 20s")
    operator.do("COMPLETE A")
    assert operator.real("A")["pending"] == []
    lips = operator.do("DISPLAY LPAR A")["lpars"][0]["lips"]
    assert [lip["state"] for lip in lips] == ["online", "online"]
    operator.quit()


def a_fault_behind_the_end_of_the_retiring_domain(folder, console):
    """203.COMMIT: its domain has been ended already, and begins again."""
    operator = pair(folder, console)
    operator.do("SET FAULT 203.COMMIT")
    assert operator.refused("INTEG B,A")["id"] == "LPS401E"
    check_as_before(folder, operator, boots_b=2)


def a_console_that_is_killed_leaves_domains_that_the_next_one_clears(folder, console):
    first = pair(folder, console)
    first.kill()
    assert domains() >= {"fail-A", "fail-B"}
    second = console(folder.path + "/machine.ini")
    second.do("ACTIVATE A")
    second.do("LOAD A")
    second.wait_for_beats("A")
    third = console(folder.path + "/machine.ini")
    third.do("ACTIVATE A")
    error = third.refused("LOAD A")
    assert "another lparsim console" in error["reason"], error
    third.quit()
    second.quit()
    assert "fail-A" not in domains()


harness.need("x86_64")
run([the_retiring_one_is_killed_before_the_commit_point, the_survivor_is_killed_before_the_commit_point,
     the_survivor_is_killed_behind_the_commit_point, the_survivor_stands_and_the_rest_is_pending,
     the_daemon_is_restarted_in_the_middle, the_disk_is_gone_before_anything_is_done,
     the_disk_goes_in_the_middle_and_comes_back, a_guest_without_the_balloon_driver,
     a_guest_that_does_not_acknowledge, a_fault_behind_the_end_of_the_retiring_domain,
     a_console_that_is_killed_leaves_domains_that_the_next_one_clears])
