/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a domain's guest does, by libvirt's statistics and by the agent in the guest.
 *
 * Statistics come as named parameters, vCPUs and disks with their number in the name. The agent is a program in the
 * guest that answers in its own time; what it cannot do is the guest's matter and is said in its words.
 */
#include "hv/error.h"
#include "hv/libvirt-domain.h"

#include <libvirt/libvirt-qemu.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdlib.h>

#define STATISTICS      (VIR_DOMAIN_STATS_VCPU | VIR_DOMAIN_STATS_BALLOON | VIR_DOMAIN_STATS_BLOCK)
#define AGENT_TIMEOUT_S 10

/* --- Statistics ----------------------------------------------------------------------------------------- */

static uint64_t parameter(const virDomainStatsRecord *record, const char *name)
{
    unsigned long long value = 0;

    if (virTypedParamsGetULLong(record->params, record->nparams, name, &value) != 1) {
        unsigned count = 0;

        virTypedParamsGetUInt(record->params, record->nparams, name, &count);
        value = count;
    }
    return value;
}

/* "vcpu.3.time", "block.0.rd.bytes" */
static uint64_t nth(const virDomainStatsRecord *record, const char *group, unsigned number, const char *what)
{
    g_autofree char *name = g_strdup_printf("%s.%u.%s", group, number, what);

    return parameter(record, name);
}

static void read_record(const virDomainStatsRecord *record, HvDomainFigures *figures)
{
    unsigned n_disks = (unsigned)parameter(record, "block.count");

    *figures = (HvDomainFigures){
        .n_vcpus = MIN((unsigned)parameter(record, "vcpu.current"), HV_MAX_LIPS),
        .balloon_bytes = parameter(record, "balloon.current") * 1024,
        .usable_bytes = parameter(record, "balloon.available") * 1024,
        .unused_bytes = parameter(record, "balloon.unused") * 1024,
    };
    for (unsigned i = 0; i < figures->n_vcpus; i++) {
        figures->vcpu_ns[i] = nth(record, "vcpu", i, "time");
        figures->wait_ns[i] = nth(record, "vcpu", i, "delay");
    }
    for (unsigned i = 0; i < n_disks; i++) {
        figures->disk_reads += nth(record, "block", i, "rd.reqs");
        figures->disk_read_bytes += nth(record, "block", i, "rd.bytes");
        figures->disk_writes += nth(record, "block", i, "wr.reqs");
        figures->disk_written_bytes += nth(record, "block", i, "wr.bytes");
    }
}

bool hv_libvirt_domain_figures(HvLibvirtDomain *domain, HvDomainFigures *ret_figures, GError **error)
{
    virDomainPtr found = hv_libvirt_domain_find(domain, error);
    virDomainPtr list[] = {found, NULL};
    virDomainStatsRecordPtr *records = NULL;

    if (!found)
        return false;
    int n = virDomainListGetStats(list, STATISTICS, &records, 0);

    if (n == 1)
        read_record(records[0], ret_figures);
    else
        hv_libvirt_set_error(error, "Statistics of %s", hv_libvirt_domain_name(domain));
    virDomainStatsRecordListFree(records);
    virDomainFree(found);
    return n == 1;
}

/* --- The agent ------------------------------------------------------------------------------------------ */

/* "0-1,3": how many. */
static unsigned count_list(const char *list)
{
    g_auto(GStrv) ranges = g_strsplit(list, ",", -1);
    unsigned count = 0;

    for (unsigned i = 0; ranges[i] && *ranges[i]; i++) {
        char *end;
        guint64 first = g_ascii_strtoull(ranges[i], &end, 10);
        guint64 last = *end == '-' ? g_ascii_strtoull(end + 1, NULL, 10) : first;

        count += (unsigned)(last - first + 1);
    }
    return count;
}

bool hv_libvirt_domain_agent_cpus(HvLibvirtDomain *domain, unsigned *ret_online, GError **error)
{
    virDomainPtr found = hv_libvirt_domain_find(domain, error);
    virTypedParameterPtr parameters = NULL;
    unsigned n = 0;
    const char *online = NULL;

    if (!found)
        return false;
    bool ok = virDomainGetGuestVcpus(found, &parameters, &n, 0) == 0 &&
              virTypedParamsGetString(parameters, (int)n, "online", &online) == 1;

    if (ok)
        *ret_online = count_list(online);
    else
        hv_libvirt_set_error(error, "The guest agent of %s", hv_libvirt_domain_name(domain));
    virTypedParamsFree(parameters, (int)n);
    virDomainFree(found);
    return ok;
}

bool hv_libvirt_domain_agent_config_cpu(HvLibvirtDomain *domain, unsigned cpu, bool online, GError **error)
{
    g_autofree char *list = g_strdup_printf("%u", cpu);
    virDomainPtr found = hv_libvirt_domain_find(domain, error);

    if (!found)
        return false;
    bool ok = virDomainSetGuestVcpus(found, list, online, 0) == 0;

    if (!ok)
        hv_libvirt_set_error(error, "The guest agent of %s", hv_libvirt_domain_name(domain));
    virDomainFree(found);
    return ok;
}

/* The agent's answer to a command, as it came; NULL with an error. */
static char *
agent_command(const HvLibvirtDomain *domain, virDomainPtr found, const char *command, GError **error)
{
    char *answer = virDomainQemuAgentCommand(found, command, AGENT_TIMEOUT_S, 0), *copy = g_strdup(answer);

    if (!answer)
        hv_libvirt_set_error(error, "The guest agent of %s", hv_libvirt_domain_name(domain));
    free(answer);
    return copy;
}

/* The command that brings online every block that the answer says is offline; NULL: there is none. */
static char *online_command(const char *blocks)
{
    g_autoptr(GRegex) object = g_regex_new("\\{[^{}]*\"phys-index\"[^{}]*\\}", 0, 0, NULL);
    g_autoptr(GRegex) index = g_regex_new("\"phys-index\" *: *([0-9]+)", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    g_autoptr(GString) list = g_string_new(NULL);

    for (g_regex_match(object, blocks, 0, &match); g_match_info_matches(match);
         g_match_info_next(match, NULL)) {
        g_autofree char *block = g_match_info_fetch(match, 0);
        g_autoptr(GMatchInfo) number = NULL;

        if (!g_regex_match_simple("\"online\" *: *false", block, 0, 0) ||
            !g_regex_match(index, block, 0, &number))
            continue;
        g_autofree char *text = g_match_info_fetch(number, 1);

        g_string_append_printf(list, "%s{\"phys-index\": %s, \"online\": true}", list->len ? ", " : "", text);
    }
    if (list->len == 0)
        return NULL;
    return g_strdup_printf(
        "{\"execute\": \"guest-set-memory-blocks\", \"arguments\": {\"mem-blks\": [%s]}}", list->str);
}

bool hv_libvirt_domain_agent_storage_online(HvLibvirtDomain *domain, GError **error)
{
    virDomainPtr found = hv_libvirt_domain_find(domain, error);

    if (!found)
        return false;
    g_autofree char *blocks =
        agent_command(domain, found, "{\"execute\": \"guest-get-memory-blocks\"}", error);
    g_autofree char *command = blocks ? online_command(blocks) : NULL;
    g_autofree char *answer = command ? agent_command(domain, found, command, error) : NULL;

    virDomainFree(found);
    return blocks && (!command || answer);
}
