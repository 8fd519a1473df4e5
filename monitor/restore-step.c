/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the steps of a restore do, and how those before the commit point are undone.
 *
 *     301 give up    <-> take back      LIP control of the giver: its guest takes LIPs and storage offline, I/O on its paths ends
 *     302 shrink     <-> grow           resource manager: the giver's areas
 *     303 reassign   <-> move back      resource manager; bystanders relocated while they run; ends with the COMMIT POINT
 *     304 content, 305 channels, 306 guest, 307 release, 308 report: only forward
 *
 * The books change with the content, as in INTEG. What the giver's guest gave up it has given up by its own commands, so it
 * is never held; and if everything is taken back, it brings online again what it had.
 *
 * A guest goes on without the LIPs that are not to be had: it takes their CPUs offline itself. One that cannot be read back behind the commit
 * point leaves its LPAR with its resources and without a guest; the report says so.
 */
#include "monitor/restore-step.h"

#include "monitor/capacity.h"
#include "monitor/error.h"
#include "resmgr/check.h"

#include <string.h>

/* How often I/O is looked for that must end, and how long. */
#define RESTORE_IO_LOOK_NS  HV_NS_PER_MS
#define RESTORE_IO_LIMIT_NS (10 * HV_NS_PER_S)

static LparControl *lpar_of(const MonitorRestoreFlow *flow)
{
    return flow->base.system->lpars[flow->report->plan->lpar];
}

/* NULL: there is none. */
static LparControl *giver_of(const MonitorRestoreFlow *flow)
{
    unsigned giver = flow->report->plan->giver;

    return giver != 0 ? flow->base.system->lpars[giver] : NULL;
}

static MonitorStepResult step_check(MonitorRestoreFlow *flow)
{
    resmgr_check_assert(flow->base.system->state);
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_nothing_to_undo(MonitorRestoreFlow *flow)
{
    g_assert(!flow->base.committed);
    return MONITOR_STEP_DONE;
}

/* --- 301 ------------------------------------------------------------------------------------------------ */

static MonitorStepResult take_lips_offline(MonitorRestoreFlow *flow)
{
    const GArray *lips = flow->report->offline_lips;
    g_autoptr(GError) error = NULL;

    for (; flow->n_offline_lips < lips->len; flow->n_offline_lips++)
        if (!lpar_guest_config_cpu(
                giver_of(flow), g_array_index(lips, unsigned, flow->n_offline_lips), /* online= */ false,
                &error))
            return monitor_flow_fail(&flow->base, "301", error);
    return MONITOR_STEP_DONE;
}

static MonitorStepResult take_storage_offline(MonitorRestoreFlow *flow)
{
    const uint64_t *offline_bytes = flow->report->offline_bytes;
    HvGuest *guest = lpar_guest(giver_of(flow));
    uint64_t online_bytes[RESMGR_STORAGE_KINDS];
    g_autoptr(GError) error = NULL;

    if (flow->storage_offline || (offline_bytes[RESMGR_MS] == 0 && offline_bytes[RESMGR_ES] == 0))
        return MONITOR_STEP_DONE;
    HvGuestStatus status = hv_guest_status(guest);

    flow->online_before_bytes[RESMGR_MS] = status.ms_online_bytes;
    flow->online_before_bytes[RESMGR_ES] = status.es_online_bytes;
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        online_bytes[k] = flow->online_before_bytes[k] - offline_bytes[k];
    if (!hv_guest_set_storage(guest, online_bytes, &error))
        return monitor_flow_fail(&flow->base, "301", error);
    flow->storage_offline = true;
    return MONITOR_STEP_DONE;
}

/* No new I/O is started on them; what is under way is waited for. */
static MonitorStepResult take_paths_offline(MonitorRestoreFlow *flow)
{
    MonitorSystem *system = flow->base.system;
    const ResmgrRestorePlan *plan = flow->report->plan;
    HvTime now = hv_engine_now(system->engine), limit_ns = flow->options->io_limit_ns;

    if (!flow->paths_offline) {
        resmgr_restore_channels_offline(system->state, plan);
        flow->paths_offline = true;
        flow->io_until_ns = now + (limit_ns ? limit_ns : RESTORE_IO_LIMIT_NS);
    }
    unsigned pending = hv_channels_pending_on(system->channels, plan->giver, plan->given_chps);

    if (pending == 0)
        return MONITOR_STEP_DONE;
    if (now >= flow->io_until_ns) {
        g_autoptr(GError) error = g_error_new(
            MONITOR_ERROR, MONITOR_ERROR_RESTORE, "%u I/O request%s of %s on the channel paths do not end",
            pending, pending == 1 ? "" : "s", lpar_name(giver_of(flow)));

        return monitor_flow_fail(&flow->base, "301", error);
    }
    hv_engine_after(system->engine, &flow->event, RESTORE_IO_LOOK_NS);
    return MONITOR_STEP_WAIT;
}

static MonitorStepResult step_give(MonitorRestoreFlow *flow)
{
    if (!giver_of(flow))
        return MONITOR_STEP_DONE;
    if (take_lips_offline(flow) == MONITOR_STEP_FAILED || take_storage_offline(flow) == MONITOR_STEP_FAILED)
        return MONITOR_STEP_FAILED;
    return take_paths_offline(flow);
}

static MonitorStepResult step_take_back(MonitorRestoreFlow *flow)
{
    if (flow->paths_offline)
        resmgr_restore_channels_back(flow->base.system->state, flow->report->plan);
    if (flow->storage_offline) {
        bool done = hv_guest_set_storage(lpar_guest(giver_of(flow)), flow->online_before_bytes, NULL);

        g_assert(done);
    }
    while (flow->n_offline_lips > 0) {
        unsigned lip = g_array_index(flow->report->offline_lips, unsigned, --flow->n_offline_lips);
        bool done = lpar_guest_config_cpu(giver_of(flow), lip, /* online= */ true, NULL);

        g_assert(done);
    }
    return MONITOR_STEP_DONE;
}

/* --- 302 ------------------------------------------------------------------------------------------------ */

static MonitorStepResult step_shrink(MonitorRestoreFlow *flow)
{
    LparControl *giver = giver_of(flow);

    resmgr_restore_shrink(flow->base.system->state, flow->report->plan);
    if (giver && lpar_is_activated(giver))
        lpar_shrink_storage(giver);
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_grow(MonitorRestoreFlow *flow)
{
    LparControl *giver = giver_of(flow);

    resmgr_restore_grow(flow->base.system->state, flow->report->plan);
    if (giver && lpar_is_activated(giver))
        lpar_read_storage(giver);
    return MONITOR_STEP_DONE;
}

/* --- 303 ------------------------------------------------------------------------------------------------ */

/* The relocation that was waited for has arrived: it goes into the books and the report. */
static void end_group(MonitorRestoreFlow *flow)
{
    const ResmgrRestorePlan *plan = flow->report->plan;
    MonitorFlow *base = &flow->base;

    resmgr_restore_move(base->system->state, plan, base->group_first, base->group_count);
    monitor_flow_end_group(base, flow->report->costs);
    for (unsigned i = base->group_first; i < base->moves_done; i++)
        monitor_flow_enter(
            base, monitor_flow_move(plan->moves, i)->lpar, monitor_restore_text_move(flow->report, i));
}

/* What the tasks of who gives are scheduled by from now on. */
static void reschedule_giver(MonitorSystem *system, LparControl *giver, const GArray *lips)
{
    if (!giver || !lpar_is_activated(giver))
        return;
    lpar_drop_lips(giver);
    for (unsigned i = 0; i < lips->len; i++) {
        const ResmgrLip *lip = &g_array_index(lips, ResmgrLip, i);
        MonitorTcb *tcb = lip->ip ? monitor_dispatch_find(system->dispatch, lpar_number(giver), lip->number)
                                  : NULL;

        if (tcb)
            monitor_dispatch_set_share(system->dispatch, tcb, lip->share_bp);
    }
    monitor_system_reschedule(system, lpar_number(giver));
}

static MonitorStepResult step_commit(MonitorRestoreFlow *flow)
{
    MonitorSystem *system = flow->base.system;
    const ResmgrRestorePlan *plan = flow->report->plan;
    HvTime now = hv_engine_now(system->engine);

    if (monitor_flow_fault(&flow->base, "303.commit"))
        return MONITOR_STEP_FAILED;
    g_autoptr(ResmgrState) after = resmgr_state_copy(system->state);

    resmgr_restore_commit(after, plan, now);
    if (!monitor_flow_commit(&flow->base, "303.commit", after))
        return MONITOR_STEP_FAILED;
    resmgr_restore_commit(system->state, plan, now);
    if (lpar_run_state(lpar_of(flow)) == LPAR_RETIRED)
        lpar_come_back(lpar_of(flow));
    reschedule_giver(system, giver_of(flow), plan->giver_lips);
    if (plan->parent_lips)
        reschedule_giver(system, system->lpars[plan->parent], plan->parent_lips);
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_reassign(MonitorRestoreFlow *flow)
{
    const GArray *moves = flow->report->plan->moves;

    if (flow->base.relocation) {
        end_group(flow);
        if (monitor_flow_fault_behind_moves(&flow->base, "303"))
            return MONITOR_STEP_FAILED;
    }
    return flow->base.moves_done < moves->len ? monitor_flow_begin_group(&flow->base, moves)
                                              : step_commit(flow);
}

static MonitorStepResult step_move_back(MonitorRestoreFlow *flow)
{
    const ResmgrRestorePlan *plan = flow->report->plan;
    MonitorFlow *base = &flow->base;

    if (base->relocation) {
        resmgr_restore_move_back(base->system->state, plan, base->group_first, base->group_count);
        monitor_flow_end_group_back(base);
    }
    return base->moves_done == 0 ? MONITOR_STEP_DONE : monitor_flow_begin_group_back(base, plan->moves);
}

/* --- 304 to 308 ----------------------------------------------------------------------------------------- */

static bool has_guest(const MonitorRestoreFlow *flow)
{
    return flow->capture->image != NULL;
}

/* It takes the time that copying takes; then it is there at once, since nobody looks before. */
static MonitorStepResult step_content(MonitorRestoreFlow *flow)
{
    MonitorSystem *system = flow->base.system;
    HvTime copy_ns =
        hv_muldiv(flow->report->content_bytes, HV_NS_PER_S, monitor_restore_rate(system, flow->options));

    if (!flow->content_read && copy_ns > 0) {
        flow->content_read = true;
        hv_engine_after(system->engine, &flow->event, copy_ns);
        return MONITOR_STEP_WAIT;
    }
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS && has_guest(flow); k++)
        if (flow->capture->content[k])
            hv_storage_snapshot_apply(
                flow->capture->content[k], system->storage[k], flow->report->plan->areas[k].origin_bytes);
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_channels(MonitorRestoreFlow *flow)
{
    resmgr_restore_channels_online(flow->base.system->state, flow->report->plan);
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_guest(MonitorRestoreFlow *flow)
{
    MonitorSystem *system = flow->base.system;
    LparControl *lpar = lpar_of(flow);
    g_autoptr(GError) error = NULL;

    if (flow->capture->state == LPAR_NOT_ACTIVATED)
        return MONITOR_STEP_DONE;
    if (has_guest(flow))
        flow->held = lpar_install(lpar, flow->capture->image, &error);
    if (error)
        flow->report->guest_problem = g_strndup(error->message, strcspn(error->message, "\n"));
    if (!flow->held) {
        bool activated = lpar_activate(lpar, NULL);

        g_assert(activated);
        flow->report->state = LPAR_NOT_OPERATING;
    }
    monitor_dispatch_forget_rolling(system->dispatch, lpar_number(lpar));
    monitor_system_reschedule(system, lpar_number(lpar));
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_release(MonitorRestoreFlow *flow)
{
    if (flow->held)
        lpar_release(lpar_of(flow));
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_report(MonitorRestoreFlow *flow)
{
    g_assert(flow->base.committed);
    return MONITOR_STEP_DONE;
}

const MonitorRestoreStepRow monitor_restore_steps[MONITOR_RESTORE_STEPS] = {
    {"check", MONITOR_COMPONENT_RESMGR, MONITOR_RESTORE_NONE, step_check, step_nothing_to_undo,
     monitor_restore_text_check, false},
    {"301", MONITOR_COMPONENT_LIP_CONTROL, MONITOR_RESTORE_GIVER, step_give, step_take_back,
     monitor_restore_text_give, false},
    {"302", MONITOR_COMPONENT_RESMGR, MONITOR_RESTORE_GIVER, step_shrink, step_grow,
     monitor_restore_text_shrink, false},
    {"303", MONITOR_COMPONENT_RESMGR, MONITOR_RESTORE_LPAR, step_reassign, step_move_back,
     monitor_restore_text_reassign, true},
    {"304", MONITOR_COMPONENT_LPAR_CONTROL, MONITOR_RESTORE_LPAR, step_content, NULL,
     monitor_restore_text_content, false},
    {"305", MONITOR_COMPONENT_RESMGR, MONITOR_RESTORE_LPAR, step_channels, NULL,
     monitor_restore_text_channels, false},
    {"306", MONITOR_COMPONENT_LPAR_CONTROL, MONITOR_RESTORE_LPAR, step_guest, NULL,
     monitor_restore_text_guest, false},
    {"307", MONITOR_COMPONENT_LIP_CONTROL, MONITOR_RESTORE_LPAR, step_release, NULL,
     monitor_restore_text_release, false},
    {"308", MONITOR_COMPONENT_SVP, MONITOR_RESTORE_NONE, step_report, NULL, monitor_restore_text_report,
     false},
};
