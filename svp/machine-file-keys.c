/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of groups and keys. Everything about machine files follows from its rows: what is read into which field,
 * what is written and when, what an unknown key is compared with, and the reference for people.
 *
 * A new key is one row here, and perhaps a type.
 */
#include "svp/machine-file-keys.h"

#include "hv/nearest.h"

#define MACHINE(field) offsetof(HvMachineDef, field)
#define LPAR(field)    offsetof(ResmgrLparDef, field)
#define CLUSTER(field) offsetof(ResmgrClusterDef, field)
#define GROUP(field)   offsetof(ResmgrGroupDef, field)
#define CHANNEL(field) offsetof(HvChpDef, field)
#define DEVICE(field)  offsetof(HvDeviceDef, field)
#define CLASS(field)   offsetof(HvClassDef, field)

#define MS_KEYS    "ms ms-origin ms-reserved"
#define ES_KEYS    "es es-origin es-reserved"
#define IP_KEYS    "ip-shares weight lips ip-type dedicated pool lips-min"
#define REAL_KEYS  "domain arch virt ms-grow kernel initrd cmdline console-log agent disks"
#define FILE_NAME  "file name"
#define CHPID_LIST "CHPIDs with `;` between them, ranges with `-`"
#define SIZE       "size"
#define YES_NO     "`yes`, `no`"
#define DISTRIBUTION                                                                                         \
    "duration, or `exponential MEAN`, `hyperexponential MEAN CS2`, `lognormal MEAN CS2`, `pareto ALPHA LOW " \
    "HIGH`, `empirical ...`"

/* clang-format off: one paragraph per row, read like a list */
static const SvpFileKey machine_keys[] = {
    {"name", &svp_file_type_text, MACHINE(name), .values = "1 to 64 characters", .otherwise = "`MACHINE`",
     .meaning = "what the machine is called", .example = "JP06103092"},
    {"ips", &svp_file_type_ips, 0, .required = true, .affects = IP_KEYS " host-cpus",
     .values = "a number of CPs, or all IPs from 1 with their type: `CP`, `IFL`, `ZIIP`, `ICF`",
     .meaning = "the physical instruction processors, at most 1024", .example = "1-3:CP;4:IFL"},
    {"ms", &svp_file_type_size, MACHINE(ms_bytes), .required = true, .affects = MS_KEYS, .values = SIZE,
     .meaning = "main storage", .example = "640M"},
    {"es", &svp_file_type_size, MACHINE(es_bytes), .affects = ES_KEYS, .values = SIZE, .otherwise = "`0`",
     .meaning = "expanded storage", .example = "2G"},
    {"increment", &svp_file_type_size, MACHINE(increment_bytes), .affects = MS_KEYS " " ES_KEYS,
     .values = SIZE ", a multiple of 4K", .otherwise = "`1M`",
     .meaning = "the granule of storage: every size and origin is a multiple of it", .example = "16M"},
    {"channels", &svp_file_type_installed, 0, .affects = "channels mode candidates access service-time",
     .values = CHPID_LIST, .otherwise = "none", .meaning = "the channel paths that are installed",
     .example = "00-0F;20;22"},
    {"ms-copy-rate", &svp_file_type_rate, MACHINE(ms_copy_rate), .values = "rate", .otherwise = "`2G`",
     .meaning = "bytes a second that a relocation copies, MS and ES", .example = "4G/s"},
    {"dispatch-cost", &svp_file_type_duration, MACHINE(dispatch_cost_ns), .values = "duration",
     .otherwise = "`0`", .meaning = "management time that one dispatch costs", .example = "20us"},
    {"time-slice", &svp_file_type_duration, MACHINE(slice_ns), .values = "`1ms` to `100ms`, or `0`",
     .otherwise = "`0`", .meaning = "the time slice; `0`: by the slice rule, 12.5 to 25 ms",
     .example = "12500us"},
    {"clock", &svp_file_type_clock, MACHINE(calendar), .values = "`YYYY-MM-DD HH:MM`, seconds may follow",
     .otherwise = "`0001-01-01 00:00`, a Monday",
     .meaning = "what the clock on the wall shows at power on: for starts of batch classes and `AT 18:00`",
     .example = "2026-11-20 18:00"},
    {"wait-completion", &svp_file_type_yes_no, MACHINE(wait_completion), .values = YES_NO,
     .otherwise = "`no`", .meaning = "a LIP keeps its IP while its guest waits, until its slice ends",
     .example = "yes"},
    {"polarization", &svp_file_type_polarization, MACHINE(vertical), .values = "`horizontal`, `vertical`",
     .otherwise = "`horizontal`",
     .meaning = "how what an LPAR has of a pool is put on its LIPs: equally, or on as few as possible",
     .example = "vertical"},
    {"msu-per-ip", &svp_file_type_decimal, MACHINE(msu_per_ip_hundredths),
     .affects = "defined-capacity limit", .values = "0.01 to 10000000", .otherwise = "no limits in MSU",
     .meaning = "MSU (millions of service units) that one IP gives in an hour", .example = "100"},
    {"backend", &svp_file_type_backend, MACHINE(libvirt), .affects = "guest uri host-cpus disk nic",
     .values = "`model`, `libvirt`", .otherwise = "`model`",
     .meaning = "`libvirt`: LPARs may have real guests, and time is that of the clock", .example = "libvirt"},
    {"uri", &svp_file_type_uri, MACHINE(uri), .values = "a URI of libvirt",
     .otherwise = "`" HV_LIBVIRT_URI "`", .meaning = "the host of the real guests",
     .example = "qemu+ssh://root@host/system"},
    {"host-cpus", &svp_file_type_host_cpus, MACHINE(host_cpus),
     .values = "`IP:CPUS` with `;` between them; CPUS: numbers and ranges with `,` between them, up to 4095",
     .otherwise = "chosen", .meaning = "the CPUs of the host that serve as an IP for real guests",
     .example = "1:0;2:1;3:0-1,3"},
};

static const SvpFileKey lpar_keys[] = {
    {"number", &svp_file_type_lpar_number, LPAR(number), .always = true, .values = "1 to 255",
     .otherwise = "the lowest that is free, in the order of the file", .meaning = "the LPAR's number",
     .example = "1"},
    {"ms", &svp_file_type_size, LPAR(ms.size_bytes), .required = true, .affects = MS_KEYS, .values = SIZE,
     .meaning = "its main storage", .example = "256M"},
    {"ms-origin", &svp_file_type_origin, LPAR(ms.origin_bytes), .affects = "ms", .values = SIZE,
     .otherwise = "the lowest hole that holds it", .meaning = "where its main storage begins",
     .example = "0"},
    {"ms-reserved", &svp_file_type_reserved, LPAR(ms), .values = SIZE, .otherwise = "`0`",
     .meaning = "how much its guest lets main storage grow by an INTEG", .example = "256M"},
    {"es", &svp_file_type_size, LPAR(es.size_bytes), .affects = ES_KEYS, .values = SIZE, .otherwise = "`0`",
     .meaning = "its expanded storage", .example = "128M"},
    {"es-origin", &svp_file_type_origin, LPAR(es.origin_bytes), .affects = "es", .values = SIZE,
     .otherwise = "the lowest hole that holds it", .meaning = "where its expanded storage begins",
     .example = "512M"},
    {"es-reserved", &svp_file_type_reserved, LPAR(es), .values = SIZE, .otherwise = "no limit",
     .meaning = "how much its guest lets expanded storage grow by an INTEG", .example = "128M"},
    {"ip-shares", &svp_file_type_shares, LPAR(ip_shares), .affects = "ip-type",
     .values = "`IP:PERCENT` with `;` between them, at most two decimals",
     .otherwise = "give `weight` and `lips` instead",
     .meaning = "one LIP each, numbered from 1 in this order: its share of that IP", .example = "1:100;2:50"},
    {"weight", &svp_file_type_weight, LPAR(weight), .affects = IP_KEYS " members weight-min weight-max",
     .values = "1 to 999", .otherwise = "give `ip-shares` instead",
     .meaning = "its part of the pool of the IPs that no `ip-shares` names, beside the other weights",
     .example = "300"},
    {"weight-min", &svp_file_type_weight_limit, LPAR(weight_min), .values = "1 to 999", .otherwise = "`1`",
     .meaning = "in a cluster: its weight does not fall below", .example = "50"},
    {"weight-max", &svp_file_type_weight_limit, LPAR(weight_max), .affects = "weight-min",
     .values = "1 to 999", .otherwise = "no limit", .meaning = "in a cluster: its weight does not rise above",
     .example = "600"},
    {"lips", &svp_file_type_lips, LPAR(n_lips), .affects = IP_KEYS,
     .values = "1 to 256, at most the IPs of the pool", .otherwise = "none",
     .meaning = "with `weight`: how many LIPs share the pool; with `dedicated`: how many IPs",
     .example = "2"},
    {"lips-min", &svp_file_type_lips_min, LPAR(lips_min), .values = "1 to 256",
     .otherwise = "all stay online",
     .meaning = "its guest takes LIPs above so many offline while it does not need them", .example = "1"},
    {"ip-type", &svp_file_type_ip_type, LPAR(ip_type), .affects = IP_KEYS " members defined-capacity limit",
     .values = "`CP`, `IFL`, `ZIIP`, `ICF`", .otherwise = "`CP`",
     .meaning = "with `weight`: which pool; with `dedicated`: which IPs", .example = "IFL"},
    {"dedicated", &svp_file_type_yes_no, LPAR(dedicated), .affects = IP_KEYS " cap defined-capacity",
     .values = YES_NO, .otherwise = "`no`",
     .meaning = "its `lips` LIPs have an IP each, outside the pool: the first ones of `ip-type` that no "
                "`ip-shares` name, in the order of the file",
     .example = "yes"},
    {"pool", &svp_file_type_pools, LPAR(pools), .values = "`TYPE:WEIGHT:LIPS` with `;` between them",
     .otherwise = "none",
     .meaning = "parts of pools of other types; their LIPs are numbered behind the others, in this order",
     .example = "ZIIP:100:2;IFL:50:1"},
    {"cap", &svp_file_type_cap, LPAR(cap), .values = "`none`, `hard`, or 0.01 to 255 IPs",
     .otherwise = "`none`",
     .meaning = "`none`: may use time that others leave; `hard`: never above its share or weight; "
                "a number: never above so many IPs, all its LIPs together",
     .example = "1.50"},
    {"defined-capacity", &svp_file_type_decimal, LPAR(defined_msu_hundredths), .values = "0.01 to 10000000",
     .otherwise = "none",
     .meaning = "MSU at which it is held while its average over the last 4 hours has reached them",
     .example = "50"},
    {"lends-to", &svp_file_type_lends, 0, .values = "LPARs with `;` between them, or nothing",
     .otherwise = "every LPAR",
     .meaning = "who gets what it leaves of its share or weight; nothing: nobody does",
     .example = "LPAR1;LPAR3"},
    {"channels", &svp_file_type_chpids, LPAR(channels), .affects = "domain disks", .values = CHPID_LIST,
     .otherwise = "none", .meaning = "its channel paths", .example = "00;01"},
    {"guest", &svp_file_type_text, LPAR(guest), .affects = REAL_KEYS " workload es es-reserved",
     .values = "`model`, `trace`, `libvirt`", .otherwise = "`model`",
     .meaning = "its guest: simulated, simulated with measured `demand`, or a domain of libvirt",
     .example = "libvirt"},
    {"workload", &svp_file_type_workload, LPAR(workload),
     .values =
         "`busy`, `idle` or `cpu PERCENT[/PERIOD]`; `write RATE [SET]`; `io RATE`; with `;` between them",
     .otherwise = "`idle`",
     .meaning = "what its guest does: demand of each LIP; bytes written a second, round and round in a "
                "working set; I/O requests a second",
     .example = "cpu 30%; write 16M/s 64M; io 50/s"},
    {"dispatching", &svp_file_type_dispatching, LPAR(jobs.dispatching), .values = "`sharing`, `fcfs`",
     .otherwise = "`sharing`",
     .meaning = "how its guest gives its LIPs to jobs of one priority: equally, or in order of arrival",
     .example = "fcfs"},
    {"demand", &svp_file_type_demand, LPAR(jobs.demand),
     .values = "`FILE [column NAME] [of NUMBER] [interval DURATION] [key VALUE] [repeat]`",
     .otherwise = "none",
     .meaning = "measured utilization as processor demand of all its LIPs together, see Demand files",
     .example = "prod.csv column cpu_percent of 4"},
    {"demand-period", &svp_file_type_duration, LPAR(jobs.demand_period_ns), .values = "duration",
     .otherwise = "`0`",
     .meaning = "the work of an interval arrives in portions, one each period; `0`: at its beginning",
     .example = "1s"},
    {"working-set", &svp_file_type_size, LPAR(jobs.paging.working_set_bytes), .values = SIZE,
     .otherwise = "`0`: its jobs do not page", .meaning = "storage with which its jobs meet no page faults",
     .example = "2G"},
    {"page-faults", &svp_file_type_faults, LPAR(jobs.paging.faults_milli), .values = "rate",
     .otherwise = "`100/s`",
     .meaning = "faults per processor second with half of the working set in main storage",
     .example = "50/s"},
    {"es-page-time", &svp_file_type_duration, LPAR(jobs.paging.es_page_ns), .values = "duration",
     .otherwise = "`75us`", .meaning = "processor time of a fault whose page is in expanded storage",
     .example = "50us"},
    {"relocatable", &svp_file_type_yes_no, LPAR(relocatable), .values = YES_NO, .otherwise = "`yes`",
     .meaning = "may be moved in storage while it runs, for the INTEG of others", .example = "no"},
    {"cross-partition-authority", &svp_file_type_yes_no, LPAR(cross_partition_authority), .values = YES_NO,
     .otherwise = "`yes`", .meaning = "may take over another LPAR's resources by INTEG", .example = "no"},
    {"isolated", &svp_file_type_yes_no, LPAR(isolated), .values = YES_NO, .otherwise = "`no`",
     .meaning = "its reconfigurable paths stay reserved for it while it is not activated", .example = "yes"},
    {"domain", &svp_file_type_domain, LPAR(domain.domain), .affects = "kernel initrd cmdline",
     .values = "1 to 255 characters", .otherwise = "a domain is made from the keys below",
     .meaning = "real guest: a domain that exists and is taken over as it is", .example = "web1"},
    {"arch", &svp_file_type_arch, LPAR(domain.arch), .affects = "ms-grow", .values = "`x86_64`, `s390x`",
     .otherwise = "`x86_64`", .meaning = "real guest: the architecture of its domain", .example = "s390x"},
    {"virt", &svp_file_type_virt, LPAR(domain.virt), .values = "`auto`, `kvm`, `qemu`", .otherwise = "`auto`",
     .meaning = "real guest: what executes it; `auto`: `kvm` where the host has it, else `qemu`, emulation",
     .example = "kvm"},
    {"ms-grow", &svp_file_type_grow, LPAR(domain.grow),
     .values = "`dimm`, `virtio-mem`, `balloon`, `default`",
     .otherwise = "`default`: `dimm` on `x86_64`, `balloon` on `s390x`, what the domain allows with `domain`",
     .meaning = "real guest: how main storage comes in a running guest; `dimm` in multiples of 128M with "
                "Linux; `dimm` and `virtio-mem` on `x86_64` only",
     .example = "virtio-mem"},
    {"kernel", &svp_file_type_file, LPAR(domain.kernel), .affects = "domain initrd cmdline",
     .values = FILE_NAME, .otherwise = "it boots from its first disk", .meaning = "real guest: its kernel",
     .example = "vmlinuz"},
    {"initrd", &svp_file_type_file, LPAR(domain.initrd), .values = FILE_NAME, .otherwise = "none",
     .meaning = "with `kernel`: its initial RAM disk", .example = "initrd.img"},
    {"cmdline", &svp_file_type_cmdline, LPAR(domain.cmdline), .values = "1 to 2048 characters",
     .otherwise = "none", .meaning = "with `kernel`: its command line",
     .example = "console=ttyS0 memhp_default_state=online"},
    {"console-log", &svp_file_type_file, LPAR(domain.console_log), .values = FILE_NAME, .otherwise = "none",
     .meaning = "real guest: the file that gets what it prints", .example = "web1.log"},
    {"agent", &svp_file_type_yes_no, LPAR(domain.agent), .values = YES_NO, .otherwise = "`no`",
     .meaning = "real guest: its domain gets the channel of a guest agent", .example = "yes"},
    {"disks", &svp_file_type_disks, LPAR(disks), .affects = "domain",
     .values = "1 to 16 files with `;` between them", .otherwise = "none",
     .meaning =
         "real guest: short for groups `[device NAME.DISK1]`, `[device NAME.DISK2]` and so on, each with "
         "`disk`, behind the first path of the LPAR, the second, and the last for all that follow; "
         "a name that ends in `.qcow2` is of that format",
     .example = "root.img;data.qcow2"},
};

static const SvpFileKey group_keys[] = {
    {"members", &svp_file_type_names, GROUP(members), .required = true,
     .values = "LPARs with `;` between them, all with a weight in the same pool",
     .meaning = "who is in the group; an LPAR is in one group at most", .example = "LPAR1;LPAR2"},
    {"cap", &svp_file_type_decimal, GROUP(cap_ips_hundredths), .affects = "limit",
     .values = "0.01 to 255 IPs", .otherwise = "none",
     .meaning = "the members together never above so many IPs, divided by weight among those that want them",
     .example = "2.50"},
    {"limit", &svp_file_type_decimal, GROUP(limit_msu_hundredths), .affects = "cap",
     .values = "0.01 to 10000000", .otherwise = "none",
     .meaning = "MSU at which the members together are held while their average over the last 4 hours has "
                "reached them, divided by weight",
     .example = "50"},
};

static const SvpFileKey cluster_keys[] = {
    {"members", &svp_file_type_names, CLUSTER(members), .required = true, .affects = "weight-min weight-max",
     .values = "two or more LPARs with `;` between them, all with a weight in the same pool and in no other",
     .meaning = "among whom weight moves; an LPAR is in one cluster at most", .example = "LPAR1;LPAR2"},
    {"period", &svp_file_type_duration, CLUSTER(period_ns), .values = "duration, at least 100ms",
     .otherwise = "`10s`", .meaning = "how often some may move", .example = "5s"},
};

static const SvpFileKey channel_keys[] = {
    {"mode", &svp_file_type_chp_mode, CHANNEL(mode), .affects = "channels access",
     .values = "`dedicated`, `reconfigurable`, `shared`", .otherwise = "`reconfigurable`",
     .meaning = "one owner for good; one owner at a time; several LPARs at once", .example = "shared"},
    {"candidates", &svp_file_type_candidates, 0, .affects = "channels access",
     .values = "LPARs with `;` between them", .otherwise = "every LPAR", .meaning = "who may get the path",
     .example = "LPAR1;LPAR3"},
    {"access", &svp_file_type_names, CHANNEL(access), .values = "LPARs with `;` between them",
     .otherwise = "nobody",
     .meaning = "shared: who has it at power on, besides those whose `channels` name it",
     .example = "LPAR1;LPAR2"},
    {"service-time", &svp_file_type_duration, CHANNEL(service_ns), .values = "duration", .otherwise = "`0`",
     .meaning = "time that one I/O keeps the path busy, besides the device's", .example = "100us"},
};

static const SvpFileKey device_keys[] = {
    {"number", &svp_file_type_device_number, DEVICE(number), .always = true, .values = "4 hexadecimal digits",
     .otherwise = "NAME, if that is such a number",
     .meaning = "the device number by which guests know it; no LPAR may reach two of one number",
     .example = "0190"},
    {"channels", &svp_file_type_device_chps, DEVICE(chps), .required = true, .affects = "domain",
     .values = CHPID_LIST, .meaning = "the channel paths that reach it", .example = "0A;0B"},
    {"service-time", &svp_file_type_service, 0, .values = "duration or distribution", .otherwise = "`0`",
     .meaning = "time that one I/O keeps the device busy", .example = "exponential 5ms"},
    {"disk", &svp_file_type_file, DEVICE(disk), .affects = "domain nic format", .values = FILE_NAME,
     .otherwise = "the device is simulated",
     .meaning = "a disk of real guests: an image file or a block device; no path to it is shared",
     .example = "data.img"},
    {"nic", &svp_file_type_nic, DEVICE(nic), .affects = "disk",
     .values = "`user`, `network:NAME`, `bridge:NAME`", .otherwise = "the device is simulated",
     .meaning = "a network interface of real guests, and what it is connected with; no path to it is shared",
     .example = "network:default"},
    {"format", &svp_file_type_image_format, DEVICE(qcow2), .values = "`raw`, `qcow2`", .otherwise = "`raw`",
     .meaning = "with `disk`: the format of the image", .example = "qcow2"},
};

static const SvpFileKey class_keys[] = {
    {"lpar", &svp_file_type_class_name, CLASS(lpar), .required = true, .values = "name or number",
     .meaning = "the LPAR whose guest runs its jobs", .example = "PROD"},
    {"users", &svp_file_type_users, CLASS(users), .affects = "arrivals start after think",
     .values = "1 to 1000000", .otherwise = "give `arrivals`, `start` or `after` instead",
     .meaning = "closed: so many users think, send a job, wait for its end, and think again",
     .example = "50"},
    {"think", &svp_file_type_distribution, CLASS(think), .affects = "users", .values = DISTRIBUTION,
     .otherwise = "`0`", .meaning = "with `users`: how long a user thinks", .example = "exponential 9s"},
    {"arrivals", &svp_file_type_arrivals, CLASS(arrivals), .affects = "users start after",
     .values = "`poisson RATE`, `every DURATION`, `mmpp RATE DURATION, RATE DURATION`, `file FILE`",
     .otherwise = "give `users`, `start` or `after` instead", .meaning = "open: how jobs arrive",
     .example = "poisson 40/s"},
    {"start", &svp_file_type_start, 0, .affects = "users arrivals after",
     .values = "`HH:MM [daily|weekdays|weekend|mon,tue]`",
     .otherwise = "give `users`, `arrivals` or `after` instead",
     .meaning = "batch: when a run begins, by the machine's clock", .example = "03:25 weekdays"},
    {"after", &svp_file_type_class_name, CLASS(after), .affects = "users arrivals start",
     .values = "name of a batch class", .otherwise = "give `users`, `arrivals` or `start` instead",
     .meaning = "batch: a run begins when one of that class, of the same LPAR, is through",
     .example = "SAVE"},
    {"jobs", &svp_file_type_jobs, CLASS(jobs), .values = "1 to 1000000", .otherwise = "`1`",
     .meaning = "batch: jobs of a run", .example = "12"},
    {"initiators", &svp_file_type_ios, CLASS(initiators), .values = "0 to 1000000", .otherwise = "`0`: all",
     .meaning = "batch: how many jobs of a run are under way at a time", .example = "2"},
    {"service", &svp_file_type_distribution, CLASS(service), .required = true, .values = DISTRIBUTION,
     .meaning = "processor time of a job", .example = "exponential 5ms"},
    {"ios", &svp_file_type_ios, CLASS(ios), .values = "0 to 1000000", .otherwise = "`0`",
     .meaning = "I/O requests of a job, spread evenly over its processor time", .example = "4"},
    {"devices", &svp_file_type_devices, CLASS(devices), .values = "device numbers with `;` between them",
     .otherwise = "all that the LPAR reaches", .meaning = "where its I/O requests go, at random",
     .example = "0190;0191"},
    {"priority", &svp_file_type_priority, CLASS(priority), .values = "1 (first) to 9", .otherwise = "`1`",
     .meaning = "jobs of a lower number go before, and take a LIP away at once", .example = "2"},
    {"goal", &svp_file_type_goal, CLASS(goal),
     .values = "`pPERCENT < DURATION`, `mean < DURATION`, `velocity > PERCENT%`, `end < HH:MM`",
     .otherwise = "none",
     .meaning = "what is to be reached: of its response times, of its velocity, or when a run ends",
     .example = "p95 < 200ms"},
};
/* clang-format on */

#define ROWS(array) .n_keys = G_N_ELEMENTS(array), .keys = array

static const SvpFileKindRow kinds[SVP_FILE_KINDS] = {
    [SVP_FILE_MACHINE] =
        {"machine", "[machine]", "The physical machine. Every file has this group, once.", .max = 1,
         ROWS(machine_keys)},
    [SVP_FILE_LPAR] =
        {"lpar", "[lpar NAME]", "One LPAR. NAME: 1 to 16 letters, digits and `_ - $ # @`, not digits only.",
         .max = RESMGR_MAX_LPARS, ROWS(lpar_keys)},
    [SVP_FILE_GROUP] =
        {"group", "[group NAME]",
         "LPARs that have a limit together. NAME: 1 to 16 letters, digits and `_ - $ # @`.",
         .max = RESMGR_MAX_LPARS, ROWS(group_keys)},
    [SVP_FILE_CLUSTER] =
        {"cluster", "[cluster NAME]",
         "LPARs among which weight moves to where it is wanted. NAME: 1 to 16 letters, digits and `_ - $ # "
         "@`.",
         .max = RESMGR_MAX_LPARS, ROWS(cluster_keys)},
    [SVP_FILE_CHANNEL] =
        {"channel", "[channel 0A]",
         "One channel path that `channels` of `[machine]` lists. Only paths that differ from the defaults "
         "need "
         "the group.",
         .max = HV_MAX_CHPS, ROWS(channel_keys)},
    [SVP_FILE_DEVICE] =
        {"device", "[device NAME]",
         "One device behind channel paths. NAME: 1 to 32 letters, digits and `_ - . $ # @`.", .max = 16384,
         ROWS(device_keys)},
    [SVP_FILE_CLASS] =
        {"class", "[class NAME]",
         "One service class: jobs of one kind that a model guest runs. NAME: 1 to 16 letters, digits and "
         "`_ - $ # @`.",
         .max = RESMGR_MAX_CLASSES, ROWS(class_keys)},
};

G_STATIC_ASSERT(G_N_ELEMENTS(machine_keys) <= SVP_FILE_MAX_KEYS);
G_STATIC_ASSERT(G_N_ELEMENTS(class_keys) <= SVP_FILE_MAX_KEYS);
G_STATIC_ASSERT(G_N_ELEMENTS(lpar_keys) <= SVP_FILE_MAX_KEYS);

const SvpFileKindRow *svp_file_kind(SvpFileKind kind)
{
    g_assert(kind < SVP_FILE_KINDS);
    return &kinds[kind];
}

const SvpFileKey *svp_file_key(SvpFileKind kind, const char *name)
{
    const SvpFileKindRow *row = svp_file_kind(kind);

    for (unsigned i = 0; i < row->n_keys; i++) {
        if (g_str_equal(row->keys[i].name, name))
            return &row->keys[i];
    }
    return NULL;
}

bool svp_file_kind_like(const char *text, SvpFileKind *ret_kind)
{
    const char *words[SVP_FILE_KINDS];

    for (SvpFileKind kind = 0; kind < SVP_FILE_KINDS; kind++)
        words[kind] = kinds[kind].word;
    const char *nearest = hv_nearest(text, words, SVP_FILE_KINDS);

    for (SvpFileKind kind = 0; nearest && kind < SVP_FILE_KINDS; kind++) {
        if (words[kind] == nearest)
            *ret_kind = kind;
    }
    return nearest != NULL;
}

const SvpFileKey *svp_file_key_like(SvpFileKind kind, const char *text)
{
    const SvpFileKindRow *row = svp_file_kind(kind);
    const char *names[SVP_FILE_MAX_KEYS];

    for (unsigned i = 0; i < row->n_keys; i++)
        names[i] = row->keys[i].name;
    const char *nearest = hv_nearest(text, names, row->n_keys);

    return nearest ? svp_file_key(kind, nearest) : NULL;
}
