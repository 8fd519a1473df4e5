/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Protection as a whole: it is put together, and knows where the copies of a group are.
 *
 * A machine with real guests lives by the clock on the wall, and its simulated clock begins anew with each session: so what must hold from session to session
 * (when a schedule is due, how old a copy is) is told by the clock on the wall. Others go by the simulated clock, so the same commands give the
 * same snapshots; but a schedule of theirs may go by the clock on the wall if the operator says so.
 */
#include "svp/message.h"
#include "svp/protect/name.h"
#include "svp/protect/protect-private.h"

#include <string.h>

static HvTime computer_clock(void *data)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();

    (void)data;
    return (HvTime)(g_date_time_to_unix(now) * G_USEC_PER_SEC + g_date_time_get_utc_offset(now)) *
               HV_NS_PER_US +
           (HvTime)g_date_time_get_microsecond(now) * HV_NS_PER_US;
}

HvCalendar svp_protect_wall_calendar(void)
{
    HvCalendar calendar;
    bool parsed = hv_calendar_parse("1970-01-01 00:00", &calendar, NULL);

    g_assert(parsed);
    return calendar;
}

SvpProtect *svp_protect_new(const SvpProtectConfig *config, GError **error)
{
    g_autoptr(SvpProtect) protect = g_new0(SvpProtect, 1);

    protect->system = config->system;
    protect->primary = config->primary ? svp_relation_resolve(config->primary) : NULL;
    protect->primary_medium = config->primary_medium;
    protect->folder_medium = config->folder_medium;
    protect->wall_func = config->wall_func ? config->wall_func : computer_clock;
    protect->wall_data = config->wall_data;
    protect->calendar = monitor_system_definition(config->system)->machine->calendar;
    protect->by_wall = !protect->calendar.given && monitor_system_host_cpus(config->system) > 0;
    if (protect->by_wall)
        protect->calendar = svp_protect_wall_calendar();
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

HvTime svp_protect_wall_now(const SvpProtect *protect)
{
    return protect->wall_func(protect->wall_data);
}

HvTime svp_protect_now(const SvpProtect *protect)
{
    return protect->by_wall ? svp_protect_wall_now(protect) : monitor_system_now(protect->system);
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
