# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests on real guests share: a console that is spoken to in JSON, libvirt's own view, and the totals.

A test is a function; run(tests) calls them in order, each with a folder of its own for its disks, and prints the line that
Check prints. What a test leaves behind (domains, files, a console) is cleared away after it.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import xml.etree.ElementTree

LPARSIM = os.path.abspath(sys.argv[1])
SOURCE = os.path.abspath(sys.argv[2])
URI = "qemu:///system"
IMAGES = "/var/lib/libvirt/images/lparsim"
CMDLINE = {"x86_64": "console=ttyS0 quiet memhp_default_state=offline", "s390x": "console=ttysclp0 quiet"}
MIB = 1024 * 1024


def skip(why):
    print("SKIPPED: " + why)
    sys.exit(77)


def virsh(*arguments, fails=False):
    """Output of virsh, libvirt's own client."""
    done = subprocess.run(["virsh", "-q", "-c", URI, *arguments], capture_output=True, text=True, timeout=60)
    if done.returncode != 0 and not fails:
        raise AssertionError("virsh %s: %s" % (" ".join(arguments), done.stderr.strip()))
    return done.stdout.strip()


def domains():
    return set(virsh("list", "--name").split())


def domain(name):
    """The domain's XML."""
    return xml.etree.ElementTree.fromstring(virsh("dumpxml", name))


def disks(name):
    return sorted(source.get("file") for source in domain(name).findall("devices/disk/source"))


def qemu_pid(name):
    with open("/run/libvirt/qemu/%s.pid" % name, encoding="ascii") as file:
        return int(file.read())


def wait_until(condition, what, limit_s=60):
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("not within %d s: %s" % (limit_s, what))


def need(architecture, agent=False):
    """The host can run guests of it, and there is one to run; else the whole test is skipped."""
    if os.geteuid() != 0:
        skip("only root can put disks where QEMU reads them")
    if not shutil.which("virsh") or not shutil.which("qemu-system-" + architecture):
        skip("virsh or qemu-system-%s is not installed" % architecture)
    if subprocess.run(["virsh", "-q", "-c", URI, "uri"], capture_output=True).returncode != 0:
        skip("no libvirt daemon answers at " + URI)
    init = os.path.getmtime(SOURCE + "/scripts/guest/init")
    for folder, options in ((architecture, []), ("agent", ["--agent"])):
        image = "%s/%s" % (IMAGES, folder)
        if folder == "agent" and not agent:
            continue
        if not os.path.exists(image + "/initrd") or os.path.getmtime(image + "/initrd") < init:
            subprocess.run([SOURCE + "/scripts/guest-image", architecture, *options, image], check=True,
                           stdout=subprocess.DEVNULL)


class Folder:
    """Where a test has its disks and its machine file; QEMU's user can read it."""

    def __init__(self):
        os.makedirs(IMAGES, exist_ok=True)
        self.path = tempfile.mkdtemp(prefix="test-", dir=IMAGES)
        os.chmod(self.path, 0o755)

    def disk(self, name, size_mib=16):
        path = "%s/%s.img" % (self.path, name)
        with open(path, "wb") as file:
            file.truncate(size_mib * MIB)
        os.chmod(path, 0o666)
        return path

    def machine(self, lpars, name="proof", ips=3, ms="4G", architecture="x86_64", image=None):
        """A machine file. `lpars`: of each LPAR its keys besides those of the image; `more` for its command line."""
        image = "%s/%s" % (IMAGES, image or architecture)
        text = "[machine]\nname = %s\nips = %d\nms = %s\nchannels = 00-0F\nbackend = libvirt\nuri = %s\n" % (
            name, ips, ms, URI)
        for lpar, given in lpars.items():
            text += "[lpar %s]\n" % lpar
            if "guest" not in given and "domain" not in given:
                given = dict(given, guest="libvirt", virt="qemu", arch=architecture, kernel=image + "/kernel",
                             initrd=image + "/initrd", cmdline=CMDLINE[architecture] + " " + given.pop("more", ""))
            text += "".join("%s = %s\n" % item for item in given.items()) + "\n"
        path = self.path + "/machine.ini"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


class Console:
    """lparsim console --json; one object for each command."""

    def __init__(self, *arguments):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([LPARSIM, "console", "--json", "--keep-going", *arguments], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)

    def give(self, command):
        """Gives a command and does not wait for it."""
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def result(self):
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("the console has ended: " + self.errors())
        return json.loads(line)

    def refused(self, command):
        """The error of a command that must be refused."""
        self.give(command)
        result = self.result()
        assert not result["ok"], "%s was carried out" % command
        return result["error"]

    def do(self, command):
        """The result of a command that must not be refused."""
        self.give(command)
        result = self.result()
        assert result["ok"], "%s: %s" % (command, result["error"])
        return result["result"]

    def real(self, lpar):
        return self.do("GUEST %s,DISPLAY" % lpar)["guest"]["real"]

    def wait_for_beats(self, *lpars, limit_s=90):
        """Until each has booted and says so."""
        for lpar in lpars:
            until = time.monotonic() + limit_s
            while not self.real(lpar)["heartbeat"]:
                assert time.monotonic() < until, lpar + " does not come up"
                self.do("RUN 200ms")

    def errors(self):
        self.log.seek(0)
        return self.log.read()

    def quit(self):
        """Ends it as an operator does; what it leaves must be nothing."""
        self.process.stdin.close()
        status = self.process.wait(timeout=120)
        errors = self.errors()
        assert "Sanitizer" not in errors, errors
        return status

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


OURS = ("proof", "fail-", "adopt-", "bench-")


def daemon_pid():
    return int(subprocess.run(["pidof", "libvirtd"], capture_output=True, text=True, check=True).stdout.split()[0])


def restart_daemon():
    """Kills libvirtd and starts it again as it was started."""
    pid = daemon_pid()
    if os.path.isdir("/run/systemd/system"):
        subprocess.run(["systemctl", "restart", "libvirtd"], check=True)
        return
    with open("/proc/%d/stat" % pid, encoding="ascii") as file:
        parent = int(file.read().rsplit(")", 1)[1].split()[1])
    with open("/proc/%d/comm" % parent, encoding="ascii") as file:
        under_tini = file.read().strip() == "tini"
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not os.path.exists("/proc/%d" % pid), "the daemon has ended")
    time.sleep(1)
    command = ["tini", "-s", "--", "libvirtd"] if under_tini else ["libvirtd"]
    subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL)


def may_restart_daemon():
    """Nobody else has domains here, whose console would lose its connection."""
    if not [name for name in domains() if not name.startswith(OURS)]:
        return True
    print("SKIPPED: other domains run here, and their daemon is not to be restarted")
    return False


def clear_domains(before):
    """Ends what a test has left; others may start domains of their own meanwhile."""
    for name in domains() - before:
        if not name.startswith(OURS):
            continue
        try:
            os.kill(qemu_pid(name), signal.SIGCONT)
        except (OSError, ValueError):
            pass
        virsh("destroy", name, fails=True)


def run_one(test):
    folder, before = Folder(), domains()
    consoles = []

    def console(*arguments):
        consoles.append(Console(*arguments))
        return consoles[-1]

    begun = time.monotonic()
    try:
        test(folder, console)
        print("%s: ok, %.1f s" % (test.__name__, time.monotonic() - begun), flush=True)
        return True
    except Exception:  # whatever it is, the next test is run
        traceback.print_exc(file=sys.stdout)
        for one in consoles:
            print(one.errors())
        print("%s: FAILED" % test.__name__, flush=True)
        return False
    finally:
        for one in consoles:
            one.kill()
        clear_domains(before)
        shutil.rmtree(folder.path)


def run(tests):
    only = sys.argv[3:]
    results = [run_one(test) for test in tests if not only or test.__name__ in only]
    failed = results.count(False)
    print("%d%%: Checks: %d, Failures: %d, Errors: 0" % (
        100 * (len(results) - failed) // max(len(results), 1), len(results), failed))
    sys.exit(1 if failed else 0)
