/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Protection as a whole: it is put together, and knows where the copies of a group are.
 *
 * A machine with real guests lives by the clock on the wall, so its schedules do: unless its machine file sets the clock, simulated time 0 is
 * taken for the moment at which it was that time here. Others go by the simulated clock alone, so the same commands give the same snapshots.
 */
#include "svp/message.h"
#include "svp/protect/name.h"
#include "svp/protect/protect-private.h"

#include <string.h>

/* What the clock on the wall showed at simulated time 0. */
static HvCalendar wall_calendar(HvTime now_ns)
{
    HvCalendar calendar = {0};
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *text = g_date_time_format(now, "%Y-%m-%d %H:%M:%S");

    if (hv_calendar_parse(text, &calendar, NULL) && calendar.start_s >= now_ns / HV_NS_PER_S)
        calendar.start_s -= now_ns / HV_NS_PER_S;
    return calendar;
}

static HvCalendar calendar_of(MonitorSystem *system)
{
    HvCalendar calendar = monitor_system_definition(system)->machine->calendar;

    if (calendar.given || monitor_system_host_cpus(system) == 0)
        return calendar;
    return wall_calendar(monitor_system_now(system));
}

SvpProtect *svp_protect_new(const SvpProtectConfig *config, GError **error)
{
    g_autoptr(SvpProtect) protect = g_new0(SvpProtect, 1);

    protect->system = config->system;
    protect->primary = config->primary ? svp_relation_resolve(config->primary) : NULL;
    protect->primary_medium = config->primary_medium;
    protect->folder_medium = config->folder_medium;
    protect->calendar = calendar_of(config->system);
    protect->catalog = svp_catalog_open(config->store, error);
    return protect->catalog ? g_steal_pointer(&protect) : NULL;
}

void svp_protect_free(SvpProtect *protect)
{
    if (!protect)
        return;
    protect->primary_medium.ops->free(protect->primary_medium.data);
    if (protect->folder_medium.data != protect->primary_medium.data)
        protect->folder_medium.ops->free(protect->folder_medium.data);
    svp_catalog_free(protect->catalog);
    g_free(protect->primary);
    g_free(protect);
}

const SvpCatalog *svp_protect_catalog(const SvpProtect *protect)
{
    return protect->catalog;
}

const HvCalendar *svp_protect_calendar(const SvpProtect *protect)
{
    return &protect->calendar;
}

const SvpCopyMedium *
svp_protect_medium(const SvpProtect *protect, const char *group, SvpPlace place, const char **ret_folder)
{
    const SvpRelation *relation = svp_catalog_relation(protect->catalog, group, place);

    if (place == SVP_PLACE_PRIMARY) {
        *ret_folder = protect->primary;
        return &protect->primary_medium;
    }
    *ret_folder = relation ? relation->path : NULL;
    return relation ? &protect->folder_medium : NULL;
}

/* --- Reports ---------------------------------------------------------------------------------------------- */

void svp_protect_report_begin(SvpProtectReport *report)
{
    *report = (SvpProtectReport){.warnings = g_ptr_array_new_with_free_func(g_free)};
}

void svp_protect_report_clear(SvpProtectReport *report)
{
    g_clear_pointer(&report->warnings, g_ptr_array_unref);
}

void svp_protect_warn(SvpProtectReport *report, const GError *error)
{
    g_autofree char *text = svp_message_text(error);

    if (report && !g_ptr_array_find_with_equal_func(report->warnings, text, g_str_equal, NULL))
        g_ptr_array_add(report->warnings, g_steal_pointer(&text));
}
