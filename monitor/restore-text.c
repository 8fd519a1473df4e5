/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The sentences of a restore: what each step has done, or, planned only, will do.
 *
 * They are made from the report alone, as those of INTEG are; programs read the fields, people these.
 */
#include "monitor/restore-step.h"

static const char *name_of(const MonitorRestoreReport *report, unsigned lpar)
{
    return resmgr_state_lpar(report->before, lpar)->name;
}

static const char *lpar_text(const MonitorRestoreReport *report)
{
    return name_of(report, report->plan->lpar);
}

static const char *giver_text(const MonitorRestoreReport *report)
{
    return name_of(report, report->plan->giver);
}

static const char *plural(unsigned n)
{
    return n == 1 ? "" : "s";
}

/* "02-03, 0A", or "none". */
static char *chp_ranges(const uint64_t chps[4])
{
    GString *text = g_string_new(NULL);

    for (unsigned first = 0, next; first < HV_MAX_CHPS; first = next) {
        next = first + 1;
        if (!hv_chp_map_has(chps, (uint8_t)first))
            continue;
        while (next < HV_MAX_CHPS && hv_chp_map_has(chps, (uint8_t)next))
            next++;
        g_string_append_printf(text, "%s%02X", text->len ? ", " : "", first);
        if (next > first + 1)
            g_string_append_printf(text, "-%02X", next - 1);
    }
    return g_string_free(text->len ? text : g_string_assign(text, "none"), FALSE);
}

char *monitor_restore_text_check(const MonitorRestoreReport *report)
{
    const ResmgrRestorePlan *plan = report->plan;
    g_autofree char *moved = hv_quantity_format_size(plan->moved_bytes);
    unsigned n_missed = 0;

    for (unsigned i = 0; i < plan->lacks->len; i++)
        n_missed += ((const ResmgrLack *)g_ptr_array_index(plan->lacks, i))->missed;
    g_autofree char *missed =
        n_missed ? g_strdup_printf("; %u thing%s it had cannot be had", n_missed, plural(n_missed)) : NULL;

    return g_strdup_printf(
        "%s can be restored: %u area%s to move, %s%s", lpar_text(report), plan->moves->len,
        plural(plan->moves->len), moved, missed ? missed : "");
}

char *monitor_restore_text_give(const MonitorRestoreReport *report)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (report->plan->giver == 0)
        return g_strdup_printf("nobody has what belonged to %s", lpar_text(report));
    g_autofree char *chps = chp_ranges(report->plan->given_chps);

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        g_autofree char *size = hv_quantity_format_size(report->offline_bytes[k]);

        if (report->offline_bytes[k] > 0)
            g_string_append_printf(text, "%s %s, ", resmgr_storage_kind_name(k), size);
    }
    for (unsigned i = 0; i < report->offline_lips->len; i++)
        g_string_append_printf(text, "CPU %u, ", g_array_index(report->offline_lips, unsigned, i));
    return g_strdup_printf(
        "%s: its guest takes %sCHP %s offline and runs on", giver_text(report), text->str, chps);
}

char *monitor_restore_text_shrink(const MonitorRestoreReport *report)
{
    const ResmgrRestorePlan *plan = report->plan;
    g_autoptr(GString) text = g_string_new(NULL);

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        uint64_t before_bytes = plan->giver_areas_before[k].size_bytes,
                 after_bytes = plan->giver_areas[k].size_bytes;
        g_autofree char *before = hv_quantity_format_size(before_bytes);
        g_autofree char *after = hv_quantity_format_size(after_bytes);

        if (before_bytes != after_bytes)
            g_string_append_printf(
                text, "%s%s %s -> %s", text->len ? ", " : "", resmgr_storage_kind_name(k), before, after);
    }
    if (plan->giver == 0 || text->len == 0)
        return g_strdup("nobody's storage gets smaller");
    return g_strdup_printf("%s: %s", giver_text(report), text->str);
}

char *monitor_restore_text_move(const MonitorRestoreReport *report, unsigned move_index)
{
    const ResmgrMove *move = &g_array_index(report->plan->moves, ResmgrMove, move_index);
    const LparRelocationCost *cost = &g_array_index(report->costs, LparRelocationCost, move_index);
    g_autofree char *size = hv_quantity_format_size(move->size_bytes);
    g_autofree char *from = hv_quantity_format_size(move->from_bytes);
    g_autofree char *to = hv_quantity_format_size(move->to_bytes);
    g_autofree char *hold = hv_quantity_describe_duration(cost->hold_ns);
    const char *name = name_of(report, move->lpar), *kind = resmgr_storage_kind_name(move->kind);

    if (report->planned)
        return g_strdup_printf("%s: %s %s relocated %s -> %s while it runs", name, kind, size, from, to);
    return g_strdup_printf(
        "%s: %s %s relocated %s -> %s in %u round%s, held %s", name, kind, size, from, to, cost->rounds,
        plural(cost->rounds), hold);
}

static void append_lips(GString *text, const GArray *lips)
{
    for (unsigned i = 0; i < lips->len; i++) {
        const ResmgrLip *lip = &g_array_index(lips, ResmgrLip, i);
        g_autofree char *share = hv_quantity_format_percent(lip->share_bp);

        if (lip->ip == 0)
            g_string_append_printf(text, ", LIP %u in the %s pool", lip->number, hv_ip_type_name(lip->type));
        else
            g_string_append_printf(text, ", LIP %u with %s %% of IP%u", lip->number, share, lip->ip);
    }
}

char *monitor_restore_text_reassign(const MonitorRestoreReport *report)
{
    const ResmgrRestorePlan *plan = report->plan;
    g_autoptr(GString) text = g_string_new(NULL);

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        g_autofree char *size = hv_quantity_format_size(plan->areas[k].size_bytes);
        g_autofree char *origin = hv_quantity_format_size(plan->areas[k].origin_bytes);

        if (plan->areas[k].size_bytes > 0)
            g_string_append_printf(
                text, "%s%s %s from origin %s", text->len ? ", " : "", resmgr_storage_kind_name(k), size,
                origin);
    }
    append_lips(text, plan->lips);
    if (plan->parent_lips) {
        g_string_append_printf(text, "; %s keeps the rest", name_of(report, plan->parent));
        append_lips(text, plan->parent_lips);
    }
    return g_strdup_printf("committed: %s has %s", lpar_text(report), text->str);
}

char *monitor_restore_text_content(const MonitorRestoreReport *report)
{
    g_autofree char *size = hv_quantity_format_size(report->content_bytes);

    return g_strdup_printf("%s: %s of content put into its storage", lpar_text(report), size);
}

char *monitor_restore_text_channels(const MonitorRestoreReport *report)
{
    g_autofree char *chps = chp_ranges(report->plan->chps);

    return g_strdup_printf("%s: CHP %s online", lpar_text(report), chps);
}

/* ", without CPU 2, 3": LIPs that it did not get back; "" if it has all. */
static char *lost_text(const MonitorRestoreReport *report)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < report->lost_lips->len; i++)
        g_string_append_printf(
            text, "%s%u", i == 0 ? ", without CPU " : ", ", g_array_index(report->lost_lips, unsigned, i));
    return g_string_free(text, FALSE);
}

char *monitor_restore_text_guest(const MonitorRestoreReport *report)
{
    g_autofree char *at = hv_quantity_describe_duration(report->captured_ns);

    if (report->guest_problem)
        return g_strdup_printf(
            "%s: its guest does not go on, LOAD it anew: %s", lpar_text(report), report->guest_problem);
    g_autofree char *lost = lost_text(report);

    if (report->state == LPAR_OPERATING || report->state == LPAR_STOPPED)
        return g_strdup_printf("%s: guest as it was at %s, not restarted%s", lpar_text(report), at, lost);
    return g_strdup_printf(
        "%s: %s, as it was at %s", lpar_text(report), lpar_run_state_name(report->state), at);
}

char *monitor_restore_text_release(const MonitorRestoreReport *report)
{
    if (report->guest_problem || report->state != LPAR_OPERATING)
        return g_strdup_printf("%s: no guest to be released", lpar_text(report));
    return g_strdup_printf("%s: guest released, it goes on", lpar_text(report));
}

char *monitor_restore_text_report(const MonitorRestoreReport *report)
{
    if (report->plan->giver == 0)
        return g_strdup_printf("%s is restored", lpar_text(report));
    return g_strdup_printf("%s is restored from what %s had of it", lpar_text(report), giver_text(report));
}
