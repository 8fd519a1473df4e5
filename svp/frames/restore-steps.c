/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a restore does: its steps, what was moved, what the giver gives, and what could not be given back and why.
 *
 * The names are those of INTEG's result where they fit, so that who reads one reads the other.
 */
#include "svp/frames/frames.h"
#include "svp/output.h"

static const char *name_of(const MonitorRestoreReport *report, unsigned lpar)
{
    return resmgr_state_lpar(report->before, lpar)->name;
}

/* --- JSON ----------------------------------------------------------------------------------------------- */

static const char *lack_name(ResmgrLackKind kind)
{
    static const char *const names[] = {
        [RESMGR_LACK_STORAGE] = "storage", [RESMGR_LACK_SHARE] = "share", [RESMGR_LACK_LIP] = "lip",
        [RESMGR_LACK_POOL] = "pool",       [RESMGR_LACK_CAP] = "cap",     [RESMGR_LACK_CHP] = "channel",
    };

    return names[kind];
}

static json_t *lacks_json(const ResmgrRestorePlan *plan)
{
    json_t *lacks = json_array();

    for (unsigned i = 0; i < plan->lacks->len; i++) {
        const ResmgrLack *lack = g_ptr_array_index(plan->lacks, i);

        json_array_append_new(
            lacks, json_pack(
                       "{s:s, s:s, s:s, s:b}", "kind", lack_name(lack->kind), "what", lack->what, "reason",
                       lack->reason, "missed", lack->missed));
    }
    return lacks;
}

static json_t *chps_json(const uint64_t chps[4])
{
    json_t *list = json_array();

    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++)
        if (hv_chp_map_has(chps, (uint8_t)chpid))
            json_array_append_new(list, svp_json_chpid((uint8_t)chpid));
    return list;
}

static json_t *lips_json(const GArray *lips)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < lips->len; i++)
        json_array_append_new(list, json_integer(g_array_index(lips, unsigned, i)));
    return list;
}

/* What the survivor of the INTEG gives; null: there is none. */
static json_t *gives_json(const MonitorRestoreReport *report)
{
    const ResmgrRestorePlan *plan = report->plan;
    uint64_t given_bytes[RESMGR_STORAGE_KINDS];

    if (plan->giver == 0)
        return json_null();
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        given_bytes[k] = plan->giver_areas_before[k].size_bytes - plan->giver_areas[k].size_bytes;
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "lpar", name_of(report, plan->giver), "ms_mib",
        svp_json_mib(given_bytes[RESMGR_MS]), "es_mib", svp_json_mib(given_bytes[RESMGR_ES]),
        "ms_offline_mib", svp_json_mib(report->offline_bytes[RESMGR_MS]), "es_offline_mib",
        svp_json_mib(report->offline_bytes[RESMGR_ES]), "lips_offline", lips_json(report->offline_lips),
        "channels", chps_json(plan->given_chps));
}

static json_t *moves_json(const MonitorRestoreReport *report)
{
    json_t *moves = json_array();

    for (unsigned i = 0; i < report->plan->moves->len; i++)
        json_array_append_new(
            moves, svp_move_json(
                       report->before, &g_array_index(report->plan->moves, ResmgrMove, i),
                       &g_array_index(report->costs, LparRelocationCost, i)));
    return moves;
}

void svp_restore_json(json_t *result, const MonitorRestoreReport *report)
{
    json_t *steps = json_array();

    for (unsigned i = 0; i < report->steps->len; i++)
        json_array_append_new(steps, svp_step_json(report->before, g_ptr_array_index(report->steps, i)));
    json_object_set_new(result, "restored", json_string(name_of(report, report->plan->lpar)));
    if (report->planned)
        json_object_set_new(result, "planned", json_true());
    json_object_set_new(result, "captured_s", svp_json_seconds(report->captured_ns));
    json_object_set_new(result, "content_mib", svp_json_mib(report->content_bytes));
    json_object_set_new(result, "state", json_string(lpar_run_state_name(report->state)));
    json_object_set_new(result, "gives", gives_json(report));
    json_object_set_new(result, "channels", chps_json(report->plan->chps));
    json_object_set_new(result, "not_given_back", lacks_json(report->plan));
    json_object_set_new(result, "lips_lost", lips_json(report->lost_lips));
    json_object_set_new(result, "partial", json_boolean(report->plan->partial));
    json_object_set_new(result, "moves", moves_json(report));
    json_object_set_new(result, "moved_mib", svp_json_mib(report->plan->moved_bytes));
    json_object_set_new(result, "moved_bound_mib", svp_json_mib(report->plan->moved_bound_bytes));
    json_object_set_new(result, "elapsed_s", svp_json_seconds(report->elapsed_ns));
    json_object_set_new(result, "steps", steps);
    if (report->guest_problem)
        json_object_set_new(result, "guest_problem", json_string(report->guest_problem));
}

/* --- For people ----------------------------------------------------------------------------------------- */

void svp_restore_lacks(SvpPage *page, const MonitorRestoreReport *report)
{
    const GPtrArray *lacks = report->plan->lacks;

    if (lacks->len == 0)
        return;
    svp_page_title(page, "Not given back");
    for (unsigned i = 0; i < lacks->len; i++) {
        const ResmgrLack *lack = g_ptr_array_index(lacks, i);
        g_autofree char *text = g_strdup_printf(
            "%s: %s%s", lack->what, lack->reason, lack->missed ? "; it does without" : "; nothing is missed");

        svp_page_add(page, SVP_STYLE_PLAIN, "  ");
        svp_page_wrap(page, lack->missed ? SVP_STYLE_NOTABLE : SVP_STYLE_PLAIN, text, 2, 4);
    }
}

void svp_restore_summary(SvpPage *page, const MonitorRestoreReport *report)
{
    const ResmgrRestorePlan *plan = report->plan;
    g_autofree char *moved = hv_quantity_format_size(plan->moved_bytes);
    g_autofree char *content = hv_quantity_format_size(report->content_bytes);
    g_autofree char *elapsed = svp_text_duration(report->elapsed_ns);
    g_autofree char *captured = svp_text_seconds(report->captured_ns);
    g_autofree char *text = g_strdup_printf(
        "%s %s as it was at %s: %u area%s, %s %s, %s of content, %s %s.", name_of(report, plan->lpar),
        report->planned ? "would be restored" : "is restored", captured, plan->moves->len,
        plan->moves->len == 1 ? "" : "s", moved, report->planned ? "to move" : "moved", content,
        report->planned ? "about" : "in", elapsed);

    svp_page_add(page, SVP_STYLE_PLAIN, "\n");
    svp_page_wrap(page, SVP_STYLE_GOOD, text, 0, 0);
    if (report->guest_problem) {
        g_autofree char *problem =
            g_strdup_printf("Its guest does not go on, LOAD it anew: %s.", report->guest_problem);

        svp_page_wrap(page, SVP_STYLE_NOTABLE, problem, 0, 0);
    }
}
