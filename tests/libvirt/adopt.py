# SPDX-License-Identifier: LGPL-2.1-or-later
"""Domains of somebody else: adopted as they run, and left as they were found."""
import os

import harness
from harness import IMAGES, domains, run, virsh

XML = """
<domain type='qemu'><name>%(name)s</name>
<maxMemory slots='4' unit='MiB'>512</maxMemory><memory unit='MiB'>%(mib)d</memory><vcpu current='1'>3</vcpu>
<cpu><numa><cell id='0' cpus='0-2' memory='%(mib)d' unit='MiB'/></numa></cpu>
<os><type arch='x86_64' machine='q35'>hvm</type><kernel>%(images)s/kernel</kernel><initrd>%(images)s/initrd</initrd>
<cmdline>console=ttyS0 quiet memhp_default_state=offline</cmdline></os><features><acpi/></features><devices>
<controller type='pci' model='pcie-root'/>%(ports)s
<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='%(disk)s'/><target dev='vda' bus='virtio'/>
</disk><interface type='user'><model type='virtio'/></interface><console type='pty'/><memballoon model='virtio'/>
</devices></domain>
"""


def define(folder, name, mib, ports=8):
    """The path of a domain's XML."""
    path = "%s/%s.xml" % (folder.path, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(XML % {"name": name, "mib": mib, "images": IMAGES + "/x86_64", "disk": folder.disk(name),
                          "ports": "<controller type='pci' model='pcie-root-port'/>" * ports})
    return path


def nics(name):
    return len(harness.domain(name).findall("devices/interface"))


def running_domains_become_a_machine(folder, console):
    virsh("define", define(folder, "adopt-web", 256))
    try:
        virsh("start", "adopt-web")
        virsh("schedinfo", "adopt-web", "--live", "cpu_shares=512")
        virsh("vcpupin", "adopt-web", "0", "0", "--live")
        virsh("create", define(folder, "adopt-db", 256))
        adopt_and_integrate(folder, console)
    finally:
        virsh("destroy", "adopt-web", fails=True)
        virsh("undefine", "adopt-web", fails=True)


def adopt_and_integrate(folder, console):
    path = folder.path + "/machine.ini"
    operator = console("--adopt", "adopt-web,adopt-db", "--write-machine", path)
    lpars = operator.do("DISPLAY LPAR")["lpars"]
    assert [(lpar["name"], lpar["ms"]["size_mib"], len(lpar["lips"])) for lpar in lpars] == [
        ("adopt-web", 256, 1), ("adopt-db", 256, 1)], lpars
    operator.wait_for_beats("adopt-web", "adopt-db")
    boot_id = operator.real("adopt-web")["heartbeat"]["boot_id"]
    assert operator.real("adopt-web")["adopted"]
    assert operator.quit() == 0
    # Released: both run on, as they were.
    assert domains() >= {"adopt-web", "adopt-db"}
    assert virsh("domstate", "adopt-web") == "running"
    assert "512" in virsh("schedinfo", "adopt-web").split("cpu_shares")[1].split("\n")[0]
    assert virsh("vcpupin", "adopt-web", "--vcpu", "0").split()[-1] == "0"
    assert harness.disks("adopt-web") == [folder.path + "/adopt-web.img"] and nics("adopt-web") == 1

    # The file that was written is the same machine; INTEG moves disk and network interface.
    operator = console(path)
    operator.wait_for_beats("adopt-web", "adopt-db")
    assert operator.do("INTEG adopt-db,adopt-web")["pending"] == []
    operator.do("RUN 1s")
    assert "adopt-db" not in domains()
    assert harness.disks("adopt-web") == [folder.path + "/adopt-db.img", folder.path + "/adopt-web.img"]
    assert nics("adopt-web") == 2 and harness.domain("adopt-web").find("memory").text == str(512 * 1024)
    seen = operator.real("adopt-web")["heartbeat"]
    assert seen["boot_id"] == boot_id and seen["cpus_online"] == 2 and seen["nics"] == 2, seen
    assert operator.quit() == 0
    assert "adopt-web" in domains()


def a_domain_that_is_shut_off_is_started_and_shut_down_again(folder, console):
    virsh("define", define(folder, "adopt-off", 256))
    try:
        path = folder.path + "/machine.ini"
        with open(path, "w", encoding="utf-8") as file:
            file.write("[machine]\nips = 1\nms = 1G\nbackend = libvirt\nuri = %s\n[lpar A]\nms = 256M\n"
                       "ip-shares = 1:100\nguest = libvirt\ndomain = adopt-off\n" % harness.URI)
        operator = console(path)
        operator.do("ACTIVATE A")
        operator.do("LOAD A")
        operator.wait_for_beats("A")
        assert virsh("domstate", "adopt-off") == "running"
        assert operator.quit() == 0
        assert virsh("domstate", "adopt-off") == "shut off"
    finally:
        virsh("destroy", "adopt-off", fails=True)
        virsh("undefine", "adopt-off", fails=True)


def too_few_ports_are_found_before_anything_is_done(folder, console):
    """A disk, a network interface and the balloon take three of four; a USB controller and virtio-serial none."""
    virsh("create", define(folder, "adopt-few", 256, ports=4))
    virsh("create", define(folder, "adopt-more", 256))
    operator = console("--adopt", "adopt-few,adopt-more")
    operator.wait_for_beats("adopt-few", "adopt-more")
    error = operator.refused("INTEG adopt-more,adopt-few")
    assert "free PCI port" in error["reason"] and "2 new devices" in error["reason"], error
    assert virsh("domstate", "adopt-more") == "running"
    assert harness.disks("adopt-few") == [folder.path + "/adopt-few.img"]
    operator.quit()


def a_disk_that_another_domain_has_is_not_taken(folder, console):
    virsh("create", define(folder, "adopt-owner", 256))
    operator = console(folder.machine(
        {"A": {"ms": "128M", "ip-shares": "1:100", "channels": "00", "disks": folder.path + "/adopt-owner.img"}}, ips=1))
    operator.do("ACTIVATE A")
    error = operator.refused("LOAD A")
    assert "adopt-owner has it" in error["reason"], error
    assert "proof-A" not in domains()
    assert operator.quit() == 1


def a_suspended_domain_is_suspended_again(folder, console):
    virsh("create", define(folder, "adopt-paused", 256))
    virsh("suspend", "adopt-paused")
    operator = console("--adopt", "adopt-paused")
    operator.wait_for_beats("adopt-paused")
    assert virsh("domstate", "adopt-paused") == "running"
    operator.do("STOP adopt-paused")
    operator.do("START adopt-paused")
    assert operator.quit() == 0
    assert virsh("domstate", "adopt-paused") == "paused"


def what_does_not_fit_is_refused_and_left_alone(folder, console):
    virsh("create", define(folder, "adopt-one", 256))
    path = folder.path + "/machine.ini"
    text = "[machine]\nips = 1\nms = 1G\nbackend = libvirt\nuri = %s\n[lpar A]\nms = 128M\nip-shares = 1:100\n" \
           "guest = libvirt\ndomain = %s\n"
    for name, says in (("adopt-one", "has 256M"), ("adopt-none", "adopt-none")):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text % (harness.URI, name))
        operator = console(path)
        operator.do("ACTIVATE A")
        error = operator.refused("LOAD A")
        assert says in error["reason"], error
        operator.quit()
    assert virsh("domstate", "adopt-one") == "running"
    # A file that is there is not written over.
    operator = console("--adopt", "adopt-one", "--write-machine", path)
    assert operator.process.wait(timeout=20) == 2 and "cannot be opened" in operator.errors(), operator.errors()
    assert os.path.getsize(path) < 300


harness.need("x86_64")
run([running_domains_become_a_machine, a_domain_that_is_shut_off_is_started_and_shut_down_again,
     a_suspended_domain_is_suspended_again, too_few_ports_are_found_before_anything_is_done,
     a_disk_that_another_domain_has_is_not_taken,
     what_does_not_fit_is_refused_and_left_alone])
