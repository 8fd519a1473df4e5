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
#include "resmgr/check.h"

#include <string.h>

/* How often I/O is looked for that must end, and how long. */
#define RESTORE_IO_LOOK_NS  HV_NS_PER_MS
#define RESTORE_IO_LIMIT_NS (10 * HV_NS_PER_S)

static LparControl *lpar_of(const MonitorRestoreFlow *flow)
{
    return flow->system->lpars[flow->report->plan->lpar];
}

/* NULL: there is none. */
static LparControl *giver_of(const MonitorRestoreFlow *flow)
{
    unsigned giver = flow->report->plan->giver;

    return giver != 0 ? flow->system->lpars[giver] : NULL;
}

static MonitorStepResult step_check(MonitorRestoreFlow *flow)
{
    resmgr_check_assert(flow->system->state);
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_nothing_to_undo(MonitorRestoreFlow *flow)
{
    g_assert(!flow->committed);
    return MONITOR_STEP_DONE;
}

/* --- 301 ------------------------------------------------------------------------------------------------ */

static char *first_line(const GError *error)
{
    return g_strndup(error->message, strcspn(error->message, "\n"));
}

static MonitorStepResult take_lips_offline(MonitorRestoreFlow *flow)
{
    const GArray *lips = flow->report->offline_lips;
    g_autoptr(GError) error = NULL;

    for (; flow->n_offline_lips < lips->len; flow->n_offline_lips++)
        if (!lpar_guest_config_cpu(
                giver_of(flow), g_array_index(lips, unsigned, flow->n_offline_lips), /* online= */ false,
                &error))
            return monitor_restore_fail(flow, "301", first_line(error));
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
        return monitor_restore_fail(flow, "301", first_line(error));
    flow->storage_offline = true;
    return MONITOR_STEP_DONE;
}

/* No new I/O is started on them; what is under way is waited for. */
static MonitorStepResult take_paths_offline(MonitorRestoreFlow *flow)
{
    MonitorSystem *system = flow->system;
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
    if (now >= flow->io_until_ns)
        return monitor_restore_fail(
            flow, "301",
            g_strdup_printf(
                "%u I/O request%s of %s on the channel paths do not end", pending, pending == 1 ? "" : "s",
                lpar_name(giver_of(flow))));
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
        resmgr_restore_channels_back(flow->system->state, flow->report->plan);
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

    resmgr_restore_shrink(flow->system->state, flow->report->plan);
    if (giver && lpar_is_activated(giver))
        lpar_shrink_storage(giver);
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_grow(MonitorRestoreFlow *flow)
{
    LparControl *giver = giver_of(flow);

    resmgr_restore_grow(flow->system->state, flow->report->plan);
    if (giver && lpar_is_activated(giver))
        lpar_read_storage(giver);
    return MONITOR_STEP_DONE;
}

/* --- 303 ------------------------------------------------------------------------------------------------ */

static const ResmgrMove *plan_move(const MonitorRestoreFlow *flow, unsigned i)
{
    return &g_array_index(flow->report->plan->moves, ResmgrMove, i);
}

static void go_on(void *data)
{
    monitor_restore_resume(data);
}

/* Begins the relocation of the group of moves that begins with `first`, there or back. */
static MonitorStepResult begin_group(MonitorRestoreFlow *flow, unsigned first, bool back)
{
    flow->group_first = first;
    flow->group_count = resmgr_moves_group_size(flow->report->plan->moves, first);
    flow->relocation =
        monitor_system_relocate(flow->system, plan_move(flow, first), flow->group_count, back, go_on, flow);
    return MONITOR_STEP_WAIT;
}

/* The relocation that was waited for has arrived: it goes into the books and the report. False: a fault. */
static bool end_group(MonitorRestoreFlow *flow)
{
    for (unsigned i = 0; i < flow->group_count; i++) {
        unsigned index = flow->group_first + i;

        g_array_index(flow->report->costs, LparRelocationCost, index) =
            lpar_relocation_cost(flow->relocation, i);
        monitor_restore_enter(
            flow->system, flow->report, flow->options, &monitor_restore_steps[flow->step],
            hv_engine_now(flow->system->engine), plan_move(flow, index)->lpar,
            monitor_restore_text_move(flow->report, index));
    }
    g_clear_pointer(&flow->relocation, lpar_relocation_free);
    resmgr_restore_move(flow->system->state, flow->report->plan, flow->group_first, flow->group_count);
    flow->moves_done += flow->group_count;
    for (unsigned i = flow->group_first + 1; i <= flow->moves_done; i++) {
        g_autofree char *point = g_strdup_printf("303.%u", i);

        if (monitor_restore_fault(flow, point))
            return false;
    }
    return true;
}

/* The durable record comes first; without it everything is taken back. */
static MonitorStepResult record_commit(MonitorRestoreFlow *flow)
{
    MonitorSystem *system = flow->system;
    g_autoptr(GError) error = NULL;

    if (!monitor_journal_is_kept(system))
        return MONITOR_STEP_DONE;
    g_autoptr(ResmgrState) after = resmgr_state_copy(system->state);

    resmgr_restore_commit(after, flow->report->plan, hv_engine_now(system->engine));
    if (monitor_journal_commit(system, after, &error))
        return MONITOR_STEP_DONE;
    return monitor_restore_fail(flow, "303.commit", first_line(error));
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
    MonitorSystem *system = flow->system;
    const ResmgrRestorePlan *plan = flow->report->plan;

    if (monitor_restore_fault(flow, "303.commit") || record_commit(flow) == MONITOR_STEP_FAILED)
        return MONITOR_STEP_FAILED;
    resmgr_restore_commit(system->state, plan, hv_engine_now(system->engine));
    flow->committed = true;
    if (lpar_run_state(lpar_of(flow)) == LPAR_RETIRED)
        lpar_come_back(lpar_of(flow));
    reschedule_giver(system, giver_of(flow), plan->giver_lips);
    if (plan->parent_lips)
        reschedule_giver(system, system->lpars[plan->parent], plan->parent_lips);
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_reassign(MonitorRestoreFlow *flow)
{
    if (flow->relocation && !end_group(flow))
        return MONITOR_STEP_FAILED;
    if (flow->moves_done < flow->report->plan->moves->len)
        return begin_group(flow, flow->moves_done, /* back= */ false);
    return step_commit(flow);
}

/* The first move of the group that ends before move `end`. */
static unsigned group_before(const ResmgrRestorePlan *plan, unsigned end)
{
    unsigned first = 0;

    while (first + resmgr_moves_group_size(plan->moves, first) < end)
        first += resmgr_moves_group_size(plan->moves, first);
    return first;
}

static MonitorStepResult step_move_back(MonitorRestoreFlow *flow)
{
    if (flow->relocation) {
        g_clear_pointer(&flow->relocation, lpar_relocation_free);
        resmgr_restore_move_back(
            flow->system->state, flow->report->plan, flow->group_first, flow->group_count);
        flow->moves_done -= flow->group_count;
    }
    if (flow->moves_done == 0)
        return MONITOR_STEP_DONE;
    return begin_group(flow, group_before(flow->report->plan, flow->moves_done), /* back= */ true);
}

/* --- 304 to 308 ----------------------------------------------------------------------------------------- */

static bool has_guest(const MonitorRestoreFlow *flow)
{
    return flow->capture->image != NULL;
}

/* It takes the time that copying takes; then it is there at once, since nobody looks before. */
static MonitorStepResult step_content(MonitorRestoreFlow *flow)
{
    MonitorSystem *system = flow->system;
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
    resmgr_restore_channels_online(flow->system->state, flow->report->plan);
    return MONITOR_STEP_DONE;
}

static MonitorStepResult step_guest(MonitorRestoreFlow *flow)
{
    MonitorSystem *system = flow->system;
    LparControl *lpar = lpar_of(flow);
    g_autoptr(GError) error = NULL;

    if (flow->capture->state == LPAR_NOT_ACTIVATED)
        return MONITOR_STEP_DONE;
    if (has_guest(flow))
        flow->held = lpar_install(lpar, flow->capture->image, &error);
    if (error)
        flow->report->guest_problem = first_line(error);
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
    g_assert(flow->committed);
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
