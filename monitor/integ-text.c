/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sentences of INTEG: what each step has done, or, planned only, will do.
 *
 * They are made from the report alone, so a plan and its execution say the same thing about the same step,
 * with what was measured added where there is something to measure. No sentence is needed to understand a
 * field of the report: programs read the fields, people these.
 */
#include "monitor/integ-step.h"

static const char *lpar_name_of(const MonitorIntegReport *report, unsigned lpar)
{
    return resmgr_state_lpar(report->before, lpar)->name;
}

static const char *retiring_name(const MonitorIntegReport *report)
{
    return lpar_name_of(report, report->plan->retiring);
}

static const char *survivor_name(const MonitorIntegReport *report)
{
    return lpar_name_of(report, report->plan->survivor);
}

/* "02-03, 0A", or "no channel path". */
static char *chp_ranges(const GArray *chps)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < chps->len;) {
        unsigned first = g_array_index(chps, uint8_t, i), last = first;

        while (++i < chps->len && g_array_index(chps, uint8_t, i) == last + 1)
            last++;
        g_string_append_printf(text, "%s%02X", text->len ? ", " : "", first);
        if (last > first)
            g_string_append_printf(text, "-%02X", last);
    }
    return g_string_free(text, FALSE);
}

static const char *plural(unsigned n)
{
    return n == 1 ? "" : "s";
}

char *monitor_integ_text_check(const MonitorIntegReport *report)
{
    const ResmgrPlan *plan = report->plan;
    g_autofree char *moved = hv_quantity_format_size(plan->moved_bytes);
    g_autofree char *bound = hv_quantity_format_size(plan->moved_bound_bytes);
    bool exact = plan->moved_bytes == plan->moved_bound_bytes;

    return g_strdup_printf(
        "%s can be integrated into %s: %u area%s to move, %s%s%s%s", retiring_name(report),
        survivor_name(report), plan->moves->len, plural(plan->moves->len), moved,
        exact ? "" : " (any layout moves at least ", exact ? "" : bound, exact ? "" : ")");
}

char *monitor_integ_text_fence(const MonitorIntegReport *report)
{
    unsigned n_lips = resmgr_state_lpar(report->before, report->plan->retiring)->lips->len;

    if (report->planned)
        return g_strdup_printf(
            "%s: guest stopped, %u LIP%s fenced, its I/O ended", retiring_name(report), n_lips,
            plural(n_lips));
    return g_strdup_printf(
        "%s: guest stopped, %u LIP%s fenced, %u I/O request%s ended", retiring_name(report), n_lips,
        plural(n_lips), report->io_ended, plural(report->io_ended));
}

char *monitor_integ_text_offline(const MonitorIntegReport *report)
{
    const ResmgrLpar *retiring = resmgr_state_lpar(report->before, report->plan->retiring);
    g_autofree char *ms = hv_quantity_format_size(retiring->areas[RESMGR_MS].size_bytes);
    g_autofree char *es = hv_quantity_format_size(retiring->areas[RESMGR_ES].size_bytes);
    g_autofree char *chps = chp_ranges(report->plan->chps);

    return g_strdup_printf(
        "%s: MS %s, ES %s, CHP %s, %u LIP%s offline", retiring->name, ms, es, *chps ? chps : "none",
        retiring->lips->len, plural(retiring->lips->len));
}

char *monitor_integ_text_move(const MonitorIntegReport *report, unsigned move_index)
{
    const ResmgrMove *move = &g_array_index(report->plan->moves, ResmgrMove, move_index);
    const LparRelocationCost *cost = &g_array_index(report->costs, LparRelocationCost, move_index);
    g_autofree char *size = hv_quantity_format_size(move->size_bytes);
    g_autofree char *from = hv_quantity_format_size(move->from_bytes);
    g_autofree char *to = hv_quantity_format_size(move->to_bytes);
    g_autofree char *hold = hv_quantity_describe_duration(cost->hold_ns);
    const char *name = lpar_name_of(report, move->lpar);
    const char *kind = resmgr_storage_kind_name(move->kind);

    if (move->lpar == report->plan->survivor)
        return g_strdup_printf("%s: %s %s moved %s -> %s while held", name, kind, size, from, to);
    if (report->planned)
        return g_strdup_printf("%s: %s %s relocated %s -> %s while it runs", name, kind, size, from, to);
    return g_strdup_printf(
        "%s: %s %s relocated %s -> %s in %u round%s, held %s", name, kind, size, from, to, cost->rounds,
        plural(cost->rounds), hold);
}

char *monitor_integ_text_reassign(const MonitorIntegReport *report)
{
    return g_strdup_printf(
        "committed: all that %s had belongs to %s", retiring_name(report), survivor_name(report));
}

static bool survivor_is_real(const MonitorIntegReport *report)
{
    const ResmgrLparDef *def = resmgr_definition_find(report->before->definition, survivor_name(report));

    return def && resmgr_lpar_def_is_libvirt(def);
}

char *monitor_integ_text_hold(const MonitorIntegReport *report)
{
    if (survivor_is_real(report))
        return g_strdup_printf(
            "%s: its domain goes on running, all is added to it as it runs", survivor_name(report));
    return g_strdup_printf("%s: guest held", survivor_name(report));
}

static void append_area(GString *text, const MonitorIntegReport *report, ResmgrStorageKind kind)
{
    const ResmgrArea *area = &report->plan->areas_after[kind];
    const ResmgrArea *before = &resmgr_state_lpar(report->before, report->plan->survivor)->areas[kind];
    g_autofree char *origin = hv_quantity_format_size(area->origin_bytes);
    g_autofree char *size = hv_quantity_format_size(area->size_bytes);
    g_autofree char *was = hv_quantity_format_size(before->size_bytes);

    if (area->size_bytes == 0)
        return;
    g_string_append_printf(
        text, "%s%s %s (was %s) from origin %s", text->len ? ", " : "", resmgr_storage_kind_name(kind), size,
        was, origin);
}

char *monitor_integ_text_storage(const MonitorIntegReport *report)
{
    g_autoptr(GString) areas = g_string_new(NULL);

    append_area(areas, report, RESMGR_MS);
    append_area(areas, report, RESMGR_ES);
    return g_strdup_printf("%s: %s", survivor_name(report), areas->str);
}

char *monitor_integ_text_channels(const MonitorIntegReport *report)
{
    g_autofree char *chps = chp_ranges(report->plan->chps);

    if (!*chps)
        return g_strdup_printf("%s: no channel path to add", survivor_name(report));
    return g_strdup_printf("%s: CHP %s configured and online", survivor_name(report), chps);
}

static void append_merge(GString *text, const ResmgrLipMerge *merge)
{
    g_autofree char *before = hv_quantity_format_percent(merge->before_bp);
    g_autofree char *after = hv_quantity_format_percent(merge->after_bp);

    if (merge->dropped)
        return;
    g_string_append(text, text->len ? "; " : "");
    if (merge->ip == 0)
        g_string_append_printf(
            text, "new LIP %u in the %s pool", merge->to_lip, hv_ip_type_name(merge->type));
    else if (merge->is_new)
        g_string_append_printf(text, "new LIP %u with %s %% of IP%u", merge->to_lip, after, merge->ip);
    else
        g_string_append_printf(text, "LIP %u on IP%u %s -> %s %%", merge->to_lip, merge->ip, before, after);
}

char *monitor_integ_text_processors(const MonitorIntegReport *report)
{
    const ResmgrPlan *plan = report->plan;
    const ResmgrLpar *survivor = resmgr_state_lpar(report->before, plan->survivor);
    g_autoptr(GString) text = g_string_new(NULL);

    for (unsigned i = 0; i < plan->lip_merges->len; i++)
        append_merge(text, &g_array_index(plan->lip_merges, ResmgrLipMerge, i));
    for (unsigned type = 0; type < HV_IP_TYPES; type++)
        if (plan->weights_after[type] != survivor->weights[type])
            g_string_append_printf(
                text, "%sweight in the %s pool %u -> %u", text->len ? "; " : "", hv_ip_type_name(type),
                survivor->weights[type], plan->weights_after[type]);
    return g_strdup_printf("%s: %s", survivor->name, text->len ? text->str : "no processor time to add");
}

char *monitor_integ_text_release(const MonitorIntegReport *report)
{
    g_autofree char *hold = hv_quantity_describe_duration(report->survivor_hold_ns);

    if (survivor_is_real(report))
        return g_strdup_printf("%s: state description rewritten, guest not restarted", survivor_name(report));
    return g_strdup_printf(
        "%s: state description rewritten, guest released after %s, not restarted", survivor_name(report),
        hold);
}

char *monitor_integ_text_report(const MonitorIntegReport *report)
{
    if (report->notify)
        return g_strdup_printf(
            "%s is integrated into %s; its guest is told by an interruption", retiring_name(report),
            survivor_name(report));
    return g_strdup_printf(
        "%s is integrated into %s; GUEST %s,CF STOR(ALL),ONLINE and CF CPU(n),ONLINE bring the new resources "
        "online",
        retiring_name(report), survivor_name(report), survivor_name(report));
}
