/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Real guests: what libvirt says that the domain has, beside what the guest itself says that it has.
 *
 * The first comes from libvirt, the second by the heartbeat on its console, its balloon's driver or its agent, and
 * is left out where the guest says nothing. What belongs to the LPAR and is in neither yet is listed as pending.
 */
#include "svp/frames/frames.h"
#include "svp/output.h"

/* --- One guest ------------------------------------------------------------------------------------------ */

static json_t *says_json(const HvGuestSight *sight)
{
    json_t *says = json_object();

    if (sight->beats == 0) {
        json_decref(says);
        return json_null();
    }
    json_object_set_new(says, "beats", json_integer((json_int_t)sight->beats));
    json_object_set_new(says, "age_s", svp_json_seconds(sight->beat_age_ns));
    json_object_set_new(says, "longest_gap_s", svp_json_seconds(sight->longest_gap_ns));
    json_object_set_new(says, "boot_id", json_string(sight->boot_id));
    json_object_set_new(says, "uptime_s", json_real(sight->uptime_s));
    json_object_set_new(says, "mem_mib", svp_json_mib(sight->mem_bytes));
    json_object_set_new(says, "cpus_online", json_integer(sight->cpus_online));
    json_object_set_new(says, "cpus_present", json_integer(sight->cpus_present));
    json_object_set_new(says, "disks", json_string(sight->disks_seen));
    json_object_set_new(says, "css_devices", json_integer(sight->css_devices));
    json_object_set_new(says, "nics", json_integer(sight->nics));
    return says;
}

json_t *svp_real_json(HvGuest *guest)
{
    HvGuestSight sight = hv_guest_sight(guest);
    json_t *object = json_object();

    json_object_set_new(object, "domain", json_string(sight.domain));
    json_object_set_new(object, "uuid", sight.uuid ? json_string(sight.uuid) : json_null());
    json_object_set_new(object, "run", json_string(sight.run));
    json_object_set_new(object, "ended", sight.ended ? json_string(sight.ended) : json_null());
    json_object_set_new(object, "adopted", json_boolean(sight.adopted));
    json_object_set_new(object, "memory_mib", svp_json_mib(sight.memory_bytes));
    json_object_set_new(
        object, "usable_mib", sight.usable_bytes ? svp_json_mib(sight.usable_bytes) : json_null());
    json_object_set_new(object, "vcpus", json_integer(sight.vcpus));
    json_object_set_new(object, "devices", svp_json_strings(sight.devices));
    json_object_set_new(object, "agent", json_string(sight.agent));
    json_object_set_new(object, "heartbeat", says_json(&sight));
    json_object_set_new(object, "pending", svp_json_strings(sight.pending));
    return object;
}

static void strings_rows(SvpTable *table, const char *what, const GPtrArray *strings)
{
    for (unsigned i = 0; i < strings->len; i++) {
        svp_table_cell(table, "%s", i == 0 ? what : "");
        svp_table_cell(table, "%s", (const char *)g_ptr_array_index(strings, i));
    }
}

static void says_rows(SvpTable *table, const HvGuestSight *sight)
{
    g_autofree char *mem = hv_quantity_format_size(sight->mem_bytes);
    g_autofree char *gap = svp_text_duration(sight->longest_gap_ns),
                    *age = svp_text_duration(sight->beat_age_ns);

    svp_table_cell(table, "guest says");
    svp_table_cell(
        table, "MemTotal %s, %u of %u CPUs online, disks %s, %u NICs", mem, sight->cpus_online,
        sight->cpus_present, sight->disks_seen, sight->nics);
    if (sight->css_devices > 0) {
        svp_table_cell(table, "%s", "");
        svp_table_cell(table, "%u css devices", sight->css_devices);
    }
    svp_table_cell(table, "%s", "");
    svp_table_cell(table, "boot id %s, up for %.2f s", sight->boot_id, sight->uptime_s);
    svp_table_cell(table, "heartbeat");
    svp_table_cell(
        table, "%" G_GUINT64_FORMAT " beats, the last %s ago, longest gap %s", sight->beats, age, gap);
}

void svp_real_rows(SvpTable *table, HvGuest *guest)
{
    HvGuestSight sight = hv_guest_sight(guest);
    g_autofree char *memory = hv_quantity_format_size(sight.memory_bytes);
    g_autofree char *usable = hv_quantity_format_size(sight.usable_bytes);

    svp_table_cell(table, "domain");
    if (sight.uuid)
        svp_table_cell(
            table, "%s, %s%s: %s, %u vCPUs", sight.domain, sight.run, sight.adopted ? ", adopted" : "",
            memory, sight.vcpus);
    else
        svp_table_cell(
            table, "%s, off%s%s", sight.domain, sight.ended ? ": " : "", sight.ended ? sight.ended : "");
    if (sight.usable_bytes > 0) {
        svp_table_cell(table, "balloon");
        svp_table_cell(table, "its driver says that the kernel has %s", usable);
    }
    svp_table_cell(table, "agent");
    svp_table_cell(table, "%s", sight.agent);
    strings_rows(table, "devices", sight.devices);
    if (sight.beats > 0)
        says_rows(table, &sight);
    strings_rows(table, "pending", sight.pending);
}

/* --- Usage ---------------------------------------------------------------------------------------------- */

/* The guest if the LPAR is real, has one, and is meant; else NULL. */
static HvGuest *real_guest(MonitorSystem *system, const ResmgrLpar *lpar, unsigned only_lpar)
{
    LparControl *control = monitor_system_lpar(system, lpar->number);
    bool is_meant = only_lpar == 0 || only_lpar == lpar->number;

    return is_meant && lpar_is_real(control) ? lpar_guest(control) : NULL;
}

json_t *svp_real_usage_json(MonitorSystem *system, unsigned lpar)
{
    const ResmgrState *state = monitor_system_state(system);
    json_t *guests = json_array();

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *one = g_ptr_array_index(state->lpars, i);
        HvGuest *guest = real_guest(system, one, lpar);

        if (!guest)
            continue;
        HvGuestSight sight = hv_guest_sight(guest);
        json_t *object = json_object();

        json_object_set_new(object, "lpar", json_string(one->name));
        json_object_set_new(object, "memory_mib", svp_json_mib(sight.memory_bytes));
        json_object_set_new(
            object, "usable_mib", sight.usable_bytes ? svp_json_mib(sight.usable_bytes) : json_null());
        json_object_set_new(object, "disk_reads", json_integer((json_int_t)sight.disk_reads));
        json_object_set_new(object, "disk_read_mib", svp_json_mib(sight.disk_read_bytes));
        json_object_set_new(object, "disk_writes", json_integer((json_int_t)sight.disk_writes));
        json_object_set_new(object, "disk_written_mib", svp_json_mib(sight.disk_written_bytes));
        json_array_append_new(guests, object);
    }
    return guests;
}

static void usage_row(SvpTable *table, const char *name, const HvGuestSight *sight)
{
    g_autofree char *memory = hv_quantity_format_size(sight->memory_bytes);
    g_autofree char *usable = hv_quantity_format_size(sight->usable_bytes);
    g_autofree char *read = hv_quantity_format_size(sight->disk_read_bytes);
    g_autofree char *written = hv_quantity_format_size(sight->disk_written_bytes);

    svp_table_cell(table, "%s", name);
    svp_table_cell(table, "%s", memory);
    svp_table_cell(table, "%s", sight->usable_bytes ? usable : "");
    svp_table_cell(table, "%" G_GUINT64_FORMAT, sight->disk_reads);
    svp_table_cell(table, "%s", read);
    svp_table_cell(table, "%" G_GUINT64_FORMAT, sight->disk_writes);
    svp_table_cell(table, "%s", written);
}

void svp_real_usage_frame(SvpPage *page, MonitorSystem *system, unsigned lpar)
{
    static const SvpColumn columns[] = {{"LPAR", false},  {"storage", true}, {"kernel has", true},
                                        {"reads", true},  {"read", true},    {"writes", true},
                                        {"written", true}};
    const ResmgrState *state = monitor_system_state(system);
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *one = g_ptr_array_index(state->lpars, i);
        HvGuest *guest = real_guest(system, one, lpar);

        if (!guest)
            continue;
        HvGuestSight sight = hv_guest_sight(guest);

        usage_row(table, one->name, &sight);
    }
    if (svp_table_rows(table) == 0)
        return;
    svp_page_title(page, "Storage and disks of real guests since their start, by libvirt");
    svp_table_print(table, page);
}
