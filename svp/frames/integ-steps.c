/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an INTEG does: its steps, what was moved, and for how long who was held.
 *
 * People get a line for each step as it happens, programs the whole report when it is over. A plan has the same shape
 * with estimates in it.
 */
#include "svp/frames/frames.h"
#include "svp/output.h"
#include "svp/table.h"

/* --- JSON ----------------------------------------------------------------------------------------------- */

static const char *name_of(const MonitorIntegReport *report, unsigned lpar)
{
    return resmgr_state_lpar(report->before, lpar)->name;
}

json_t *svp_move_json(const ResmgrState *state, const ResmgrMove *move, const LparRelocationCost *cost)
{
    json_t *object = json_object();

    json_object_set_new(object, "lpar", json_string(resmgr_state_lpar(state, move->lpar)->name));
    json_object_set_new(object, "storage", json_string(move->kind == RESMGR_MS ? "ms" : "es"));
    json_object_set_new(object, "from_mib", svp_json_mib(move->from_bytes));
    json_object_set_new(object, "to_mib", svp_json_mib(move->to_bytes));
    json_object_set_new(object, "size_mib", svp_json_mib(move->size_bytes));
    json_object_set_new(object, "hold_s", svp_json_seconds(cost->hold_ns));
    json_object_set_new(object, "hold_total_s", svp_json_seconds(cost->hold_total_ns));
    json_object_set_new(object, "rounds", json_integer(cost->rounds));
    json_object_set_new(object, "copied_mib", svp_json_mib(cost->copied_bytes));
    return object;
}

json_t *svp_step_json(const ResmgrState *state, const MonitorIntegStep *step)
{
    json_t *object = json_object();

    json_object_set_new(object, "step", json_string(step->step));
    json_object_set_new(object, "component", json_string(monitor_component_name(step->component)));
    json_object_set_new(
        object, "lpar",
        step->lpar != 0 ? json_string(resmgr_state_lpar(state, step->lpar)->name) : json_null());
    json_object_set_new(object, "at_s", svp_json_seconds(step->at_ns));
    json_object_set_new(object, "text", json_string(step->text));
    return object;
}

static json_t *move_json(const MonitorIntegReport *report, unsigned index)
{
    json_t *object = svp_move_json(
        report->before, &g_array_index(report->plan->moves, ResmgrMove, index),
        &g_array_index(report->costs, LparRelocationCost, index));

    json_object_set_new(object, "running", json_boolean(index < report->plan->n_moves_running));
    return object;
}

void svp_integ_json(json_t *result, const MonitorIntegReport *report)
{
    json_t *moves = json_array(), *steps = json_array();

    for (unsigned i = 0; i < report->plan->moves->len; i++)
        json_array_append_new(moves, move_json(report, i));
    for (unsigned i = 0; i < report->steps->len; i++)
        json_array_append_new(steps, svp_step_json(report->before, g_ptr_array_index(report->steps, i)));
    json_object_set_new(result, "retired", json_string(name_of(report, report->plan->retiring)));
    json_object_set_new(result, "survivor", json_string(name_of(report, report->plan->survivor)));
    if (report->planned)
        json_object_set_new(result, "planned", json_true());
    json_object_set_new(result, "notify", json_boolean(report->notify));
    json_object_set_new(result, "moves", moves);
    json_object_set_new(result, "moved_mib", svp_json_mib(report->plan->moved_bytes));
    json_object_set_new(result, "moved_bound_mib", svp_json_mib(report->plan->moved_bound_bytes));
    json_object_set_new(result, "survivor_hold_s", svp_json_seconds(report->survivor_hold_ns));
    json_object_set_new(result, "elapsed_s", svp_json_seconds(report->elapsed_ns));
    json_object_set_new(result, "io_ended", json_integer(report->io_ended));
    json_object_set_new(result, "steps", steps);
    if (report->pending)
        json_object_set_new(result, "pending", svp_json_strings(report->pending));
}

/* --- For people ----------------------------------------------------------------------------------------- */

void svp_integ_step_line(SvpPage *page, const MonitorIntegStep *step, bool planned)
{
    g_autofree char *at = planned ? g_strdup("") : svp_text_seconds(step->at_ns);
    g_autofree char *head = g_strdup_printf(
        "  %-5s  %-17s %s%s", step->step, monitor_component_name(step->component), at, planned ? "" : "  ");

    svp_page_add(page, SVP_STYLE_DIM, head);
    svp_page_wrap(page, SVP_STYLE_PLAIN, step->text, svp_page_columns(head), svp_page_columns(head));
}

static void draw_pending(SvpPage *page, const MonitorIntegReport *report)
{
    svp_page_printf(
        page, SVP_STYLE_NOTABLE, "Pending; COMPLETE %s completes it:\n",
        name_of(report, report->plan->survivor));
    for (unsigned i = 0; i < report->pending->len; i++)
        svp_page_wrap(page, SVP_STYLE_NOTABLE, g_ptr_array_index(report->pending, i), 2, 2);
}

void svp_integ_summary(SvpPage *page, const MonitorIntegReport *report)
{
    g_autofree char *moved = hv_quantity_format_size(report->plan->moved_bytes);
    g_autofree char *elapsed = svp_text_duration(report->elapsed_ns);
    g_autofree char *hold = svp_text_duration(report->survivor_hold_ns);
    g_autofree char *text = g_strdup_printf(
        "%s %s into %s: %u area%s, %s %s, %s %s, survivor held %s.", name_of(report, report->plan->retiring),
        report->planned ? "would be integrated" : "is integrated", name_of(report, report->plan->survivor),
        report->plan->moves->len, report->plan->moves->len == 1 ? "" : "s", moved,
        report->planned ? "to move" : "moved", report->planned ? "about" : "in", elapsed, hold);

    svp_page_add(page, SVP_STYLE_PLAIN, "\n");
    svp_page_wrap(page, SVP_STYLE_GOOD, text, 0, 0);
    if (report->pending && report->pending->len > 0)
        draw_pending(page, report);
}
