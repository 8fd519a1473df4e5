/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Carrying out a command in steps: runs its table forward, waits where a step waits, and turns back where one fails.
 *
 *     forward: step i DONE -> i + 1            behind the last: ended, done
 *              step i WAIT -> engine runs      until monitor_flow_resume()
 *              step i FAILED, not committed -> backward from i
 *              step i FAILED, committed     -> step i once more: after the commit point there is only forward
 *     backward: undo of step i DONE -> i - 1   before the first: ended, everything as before
 *
 * What a step asks of real guests is waited for before the flow goes on. What fails there fails the step; behind the commit point
 * it is left pending instead, since asking once more at once would not help.
 *
 * Before a step acts, control passes to its component, by way of the monitor when the LPAR changes, as arrows do in the patent's
 * figure 1; when the flow ends the SVP has it again. The invariants are asserted after every step, and, when the flow has turned
 * back, that the assignment equals the one before, field by field. Each step is told to whoever keeps a journal.
 */
#include "monitor/flow.h"

#include "monitor/check.h"
#include "monitor/error.h"

#include <string.h>

static HvTime now_of(const MonitorFlow *flow)
{
    return hv_engine_now(flow->system->engine);
}

/* The present step's number for the trace; 0 for the check. */
static uint64_t step_number(const MonitorFlow *flow)
{
    return g_ascii_strtoull(flow->ops->place(flow).number, NULL, 10);
}

/* --- What goes into the report -------------------------------------------------------------------------- */

static void entry_free(void *data)
{
    MonitorIntegStep *entry = data;

    g_free(entry->step);
    g_free(entry->text);
    g_free(entry);
}

GPtrArray *monitor_flow_entries_new(void)
{
    return g_ptr_array_new_with_free_func(entry_free);
}

void monitor_flow_enter(MonitorFlow *flow, unsigned lpar, char *text)
{
    MonitorFlowPlace place = flow->ops->place(flow);
    MonitorIntegStep *entry = g_new0(MonitorIntegStep, 1);

    *entry = (MonitorIntegStep){
        .step = g_strdup(place.number),
        .component = place.component,
        .lpar = lpar,
        .at_ns = flow->planned ? 0 : now_of(flow),
        .text = text,
    };
    g_ptr_array_add(flow->entries, entry);
    if (flow->tell)
        flow->tell(entry, flow->tell_data);
}

/* What guests have done goes in under the present step. */
static void enter_did(MonitorFlow *flow)
{
    g_auto(GStrv) lines = g_strsplit(flow->did->str, "\n", -1);

    for (unsigned i = 0; lines[i]; i++)
        monitor_flow_enter(flow, flow->ops->place(flow).lpar, g_strdup(lines[i]));
    g_string_truncate(flow->did, 0);
}

/* --- Failing -------------------------------------------------------------------------------------------- */

bool monitor_flow_fault(MonitorFlow *flow, const char *point)
{
    if (g_strcmp0(flow->system->fault, point) != 0)
        return false;
    g_clear_pointer(&flow->system->fault, g_free);
    if (!flow->committed)
        flow->failed_step = g_strdup(point);
    flow->did_nothing = strchr(point, '.') == NULL;
    return true;
}

MonitorStepResult monitor_flow_fail(MonitorFlow *flow, const char *point, const GError *error)
{
    g_assert(!flow->committed && !flow->failed_step);
    flow->failed_step = g_strdup(point);
    flow->reason = g_strndup(error->message, strcspn(error->message, "\n"));
    return MONITOR_STEP_FAILED;
}

bool monitor_flow_commit(MonitorFlow *flow, const char *point, const ResmgrState *after)
{
    g_autoptr(GError) error = NULL;

    if (monitor_journal_commit(flow->system, after, &error)) {
        flow->committed = true;
        return true;
    }
    monitor_flow_fail(flow, point, error);
    return false;
}

static void note_failure(MonitorFlow *flow)
{
    hv_trace_emit(flow->system->trace, now_of(flow), flow->ops->failed, step_number(flow));
    monitor_flow_enter(
        flow, 0,
        g_strdup_printf(
            "%s%s%s", flow->reason ? flow->reason : "", flow->reason ? ": " : "",
            flow->committed ? "failed behind the commit point: done once more"
                            : "failed before the commit point: everything is taken back"));
    flow->undoing = !flow->committed;
}

/* --- Forward -------------------------------------------------------------------------------------------- */

static void end_flow(MonitorFlow *flow)
{
    flow->active = false;
    flow->system->integ_active = false;
    g_clear_pointer(&flow->system->fault, g_free);
    monitor_return_control(&flow->system->control, now_of(flow));
}

static void pass_control(MonitorFlow *flow)
{
    MonitorFlowPlace place = flow->ops->place(flow);

    monitor_pass_control(&flow->system->control, now_of(flow), place.component, place.lpar);
}

static void advance_step(MonitorFlow *flow)
{
    MonitorFlowPlace place = flow->ops->place(flow);
    char *text = flow->ops->describe(flow);

    hv_trace_emit(flow->system->trace, now_of(flow), flow->ops->step, step_number(flow), place.lpar);
    monitor_journal_step(flow->system, place.number, now_of(flow), place.lpar, text);
    monitor_flow_enter(flow, place.lpar, text);
    monitor_system_check(flow->system);
    if (flow->committed)
        flow->ops->check_committed(flow);
    if (++flow->step == flow->ops->n_steps)
        end_flow(flow);
}

/* The guests of the step have done what they could: what comes next. */
static void after_settling(MonitorFlow *flow)
{
    g_autoptr(GError) problem = g_steal_pointer(&flow->problem);

    if (problem && !flow->committed) {
        monitor_flow_fail(flow, flow->ops->place(flow).number, problem);
        note_failure(flow);
        return;
    }
    enter_did(flow);
    if (problem)
        monitor_flow_enter(
            flow, flow->ops->place(flow).lpar, g_strdup_printf("not done yet: %s", problem->message));
    if (!flow->run_again)
        advance_step(flow);
}

/* What lies outside can stand in a step's way before it has done anything. */
static bool is_obstructed(MonitorFlow *flow)
{
    char *obstacle = flow->committed || !flow->ops->obstacle ? NULL : flow->ops->obstacle(flow);

    if (!obstacle)
        return false;
    flow->failed_step = g_strdup(flow->ops->place(flow).number);
    flow->reason = obstacle;
    flow->did_nothing = true;
    note_failure(flow);
    return true;
}

static bool has_settled(MonitorFlow *flow)
{
    return !flow->ops->settle || flow->ops->settle(flow);
}

/* Does, or goes on with, the step; false if it waits. */
static bool go_forward(MonitorFlow *flow)
{
    MonitorStepResult result = MONITOR_STEP_FAILED;

    if (is_obstructed(flow))
        return true;
    pass_control(flow);
    if (!monitor_flow_fault(flow, flow->ops->place(flow).number))
        result = flow->ops->run(flow);
    if (result == MONITOR_STEP_WAIT)
        return false;
    if (result == MONITOR_STEP_FAILED) {
        note_failure(flow);
        return true;
    }
    flow->run_again = result == MONITOR_STEP_SETTLE;
    if (!has_settled(flow))
        return false;
    after_settling(flow);
    return true;
}

/* --- Backward ------------------------------------------------------------------------------------------- */

/* A step is taken back: its guests are what they were, or what is wrong with them has been noted. */
static void after_undo(MonitorFlow *flow)
{
    enter_did(flow);
    if (flow->problem) {
        g_autofree char *before = flow->reason;

        flow->reason = g_strdup_printf(
            "%s%s%s", before ? before : "", before ? "; and then: " : "", flow->problem->message);
        g_clear_error(&flow->problem);
    }
    hv_trace_emit(flow->system->trace, now_of(flow), flow->ops->undone, step_number(flow));
    monitor_system_check(flow->system);
    if (flow->step-- == 0) {
        g_assert(resmgr_state_equal(flow->before, flow->system->state));
        end_flow(flow);
    }
}

/* The step that failed has done nothing, or part of its work: its undo knows. */
static bool go_back(MonitorFlow *flow)
{
    pass_control(flow);
    if (!flow->did_nothing && flow->ops->undo(flow) == MONITOR_STEP_WAIT)
        return false;
    flow->did_nothing = false;
    if (!has_settled(flow))
        return false;
    after_undo(flow);
    return true;
}

void monitor_flow_settled(MonitorFlow *flow)
{
    if (flow->undoing)
        after_undo(flow);
    else
        after_settling(flow);
    monitor_flow_resume(flow);
}

void monitor_flow_resume(MonitorFlow *flow)
{
    bool goes_on = true;

    while (flow->active && goes_on)
        goes_on = flow->undoing ? go_back(flow) : go_forward(flow);
}

/* --- As a whole ----------------------------------------------------------------------------------------- */

static void set_error(const MonitorFlow *flow, const char *operands, GError **error)
{
    const char *reason = flow->reason;

    g_set_error(
        error, MONITOR_ERROR, MONITOR_ERROR_STEP_FAILED,
        "%s %s failed at %s, before the commit point; everything is as before%s%s\nGive the command again%s",
        flow->ops->command, operands, flow->failed_step, reason ? ": " : "", reason ? reason : "",
        reason ? " when that is mended" : "");
}

bool monitor_flow_carry_out(MonitorFlow *flow, const char *operands, GError **error)
{
    MonitorSystem *system = flow->system;

    flow->did = g_string_new(NULL);
    flow->active = true;
    system->integ_active = true;
    monitor_flow_resume(flow);
    bool ended = hv_engine_run_while(system->engine, &flow->active);

    g_assert(ended); /* whoever waits has an event queued */
    monitor_system_check(system);
    bool failed = flow->failed_step != NULL;

    if (failed)
        set_error(flow, operands, error);
    g_clear_pointer(&flow->failed_step, g_free);
    g_clear_pointer(&flow->reason, g_free);
    g_string_free(g_steal_pointer(&flow->did), TRUE);
    return !failed;
}
