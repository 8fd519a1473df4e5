/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A machine put together: inventory, time, storage, channels, books, LPAR controls and dispatcher, and what
 * passes between them.
 *
 * LPAR control asks for tasks through LparMonitorOps; the dispatcher asks for work through MonitorWorkOps.
 * Both tables are here, and nothing else connects the two: so neither knows of the other. The system owns
 * every part, and its memory is the only memory: two systems in one process share nothing.
 */
#include "monitor/capacity.h"
#include "monitor/check.h"
#include "monitor/cluster.h"
#include "monitor/error.h"
#include "monitor/lending.h"
#include "monitor/system-private.h"
#include "monitor/vary.h"
#include "resmgr/check.h"
#include "resmgr/define.h"

/* Without a task, nothing of an LPAR runs that could notice; any bound serves. */
#define SYSTEM_DEFAULT_HOLD_LIMIT_NS (12500 * HV_NS_PER_US)
/* How long a host or a guest may take for one thing. */
#define SYSTEM_DEFAULT_PATIENCE_NS (60 * HV_NS_PER_S)

/* --- What the dispatcher asks of the guests ------------------------------------------------------------- */

static HvTime work_burst(void *work, unsigned lip)
{
    return hv_guest_lip_burst(lpar_guest(work), lip);
}

static void work_ran(void *work, unsigned lip, HvTime ran_ns)
{
    hv_guest_lip_ran(lpar_guest(work), lip, ran_ns);
}

static const MonitorWorkOps system_work_ops = {.burst = work_burst, .ran = work_ran};

const MonitorWorkOps *monitor_system_work_ops(void)
{
    return &system_work_ops;
}

/* --- What LPAR control asks of the monitor -------------------------------------------------------------- */

static void system_task_make(void *monitor, unsigned lpar, unsigned lip)
{
    MonitorSystem *system = monitor;
    const ResmgrLip *assigned = resmgr_lpar_lip(resmgr_state_lpar(system->state, lpar), lip);

    g_assert(assigned);
    const MonitorBinding binding = {
        .ip = assigned->ip, .share_bp = assigned->share_bp, .type = assigned->type};

    monitor_dispatch_make_task(system->dispatch, lpar, lip, &binding, &system_work_ops, system->lpars[lpar]);
}

static void system_task_end(void *monitor, unsigned lpar, unsigned lip)
{
    MonitorSystem *system = monitor;

    MonitorTcb *tcb = monitor_dispatch_find(system->dispatch, lpar, lip);

    /* A LIP that a guest brings along, and that its LPAR has not got any more, never had one. */
    if (tcb)
        monitor_dispatch_end_task(system->dispatch, tcb);
}

static void system_task_ready(void *monitor, unsigned lpar, unsigned lip, bool has_work)
{
    MonitorSystem *system = monitor;
    MonitorTcb *tcb = monitor_dispatch_find(system->dispatch, lpar, lip);

    g_assert(tcb);
    monitor_dispatch_set_ready(system->dispatch, tcb, has_work);
}

static void system_task_catch_up(void *monitor, unsigned lpar, unsigned lip)
{
    MonitorSystem *system = monitor;

    monitor_dispatch_settle_task(system->dispatch, monitor_dispatch_find(system->dispatch, lpar, lip));
}

static void system_task_burst_changed(void *monitor, unsigned lpar, unsigned lip)
{
    MonitorSystem *system = monitor;

    monitor_dispatch_burst_changed(system->dispatch, monitor_dispatch_find(system->dispatch, lpar, lip));
}

static void system_tasks_hold(void *monitor, unsigned lpar, bool held)
{
    MonitorSystem *system = monitor;
    g_autoptr(GPtrArray) tasks = monitor_dispatch_tasks(system->dispatch);

    for (unsigned i = 0; i < tasks->len; i++) {
        MonitorTcb *tcb = g_ptr_array_index(tasks, i);

        if (monitor_tcb_lpar(tcb) == lpar)
            monitor_dispatch_set_held(system->dispatch, tcb, held);
    }
}

static const LparMonitorOps system_lpar_ops = {
    .task_make = system_task_make,
    .task_end = system_task_end,
    .task_ready = system_task_ready,
    .task_catch_up = system_task_catch_up,
    .task_burst_changed = system_task_burst_changed,
    .tasks_hold = system_tasks_hold,
};

/* --- Making and ending ---------------------------------------------------------------------------------- */

/* The matrix of the accounts has a row for each number up to it. */
static unsigned highest_number(const ResmgrDefinition *definition)
{
    unsigned highest = 0;

    for (unsigned i = 0; i < definition->lpars->len; i++)
        highest = MAX(highest, ((const ResmgrLparDef *)g_ptr_array_index(definition->lpars, i))->number);
    return highest;
}

static MonitorDispatch *make_dispatch(MonitorSystem *system)
{
    const HvMachineDef *machine = system->definition->machine;
    const MonitorDispatchConfig config = {
        .n_ips = machine->n_ips,
        .ip_types = machine->ip_types,
        .ip_in_pool = system->state->ip_in_pool,
        .max_lpar = highest_number(system->definition),
        .slice_ns = machine->slice_ns,
        .dispatch_cost_ns = machine->dispatch_cost_ns,
        .wait_completion = machine->wait_completion,
        .vertical = machine->vertical,
    };

    return monitor_dispatch_new(system->engine, system->trace, &config);
}

static void add_group(MonitorSystem *system, const ResmgrGroupDef *def)
{
    g_autofree unsigned *members = g_new(unsigned, def->members->len);

    for (unsigned i = 0; i < def->members->len; i++)
        members[i] = resmgr_definition_find(system->definition, def->members->pdata[i])->number;
    monitor_dispatch_add_group(
        system->dispatch, &(MonitorGroupTerms){
                              .cap_ips_hundredths = def->cap_ips_hundredths,
                              .limit_msu_hundredths = def->limit_msu_hundredths,
                              .members = members,
                              .n_members = def->members->len,
                          });
}

/* Limits of groups. The books know nothing of them: they concern time only. */
static void set_groups(MonitorSystem *system)
{
    const ResmgrDefinition *definition = system->definition;

    monitor_dispatch_set_msu(system->dispatch, definition->machine->msu_per_ip_hundredths);
    for (unsigned i = 0; i < definition->groups->len; i++)
        add_group(system, g_ptr_array_index(definition->groups, i));
}

static void set_lending(MonitorSystem *system, const ResmgrLparDef *lpar)
{
    uint64_t to[4] = {0};

    for (unsigned k = 0; k < lpar->lends_to->len; k++) {
        unsigned number = resmgr_definition_find(system->definition, lpar->lends_to->pdata[k])->number;

        to[number / 64] |= UINT64_C(1) << (number % 64);
    }
    if (lpar->lends_given)
        monitor_dispatch_set_lending(system->dispatch, lpar->number, to);
}

void monitor_system_add_lpar(MonitorSystem *system, const ResmgrLparDef *def)
{
    const LparConfig config = {
        .number = def->number,
        .def = def,
        .state = system->state,
        .engine = system->engine,
        .trace = system->trace,
        .storage = {system->storage[RESMGR_MS], system->storage[RESMGR_ES]},
        .channels = system->channels,
        .monitor_ops = &system_lpar_ops,
        .monitor = system,
        .seed = system->seed,
        .host = system->host,
    };

    monitor_dispatch_set_defined_capacity(system->dispatch, def->number, def->defined_msu_hundredths);
    set_lending(system, def);
    system->lpars[def->number] = lpar_control_new(&config);
}

/* The host of the machine's real guests, if it may have any. */
static bool reach_host(MonitorSystem *system, GError **error)
{
    const HvMachineDef *machine = system->definition->machine;

    if (!machine->libvirt)
        return true;
    hv_engine_follow_wall_clock(system->engine);
    system->host = hv_libvirt_host_new(machine->uri ? machine->uri : HV_LIBVIRT_URI, system->engine, error);
    return system->host != NULL;
}

static void def_free(void *def)
{
    resmgr_lpar_def_free(def);
}

MonitorSystem *monitor_system_new(const ResmgrDefinition *definition, uint64_t seed)
{
    g_assert(!definition->machine->libvirt);
    return monitor_system_open(definition, seed, NULL);
}

MonitorSystem *monitor_system_open(const ResmgrDefinition *definition, uint64_t seed, GError **error)
{
    MonitorSystem *system = g_new0(MonitorSystem, 1);

    system->made_of = definition;
    system->definition = resmgr_definition_view(definition);
    system->defined = g_ptr_array_new_with_free_func(def_free);
    system->seed = seed;
    system->engine = hv_engine_new();
    system->patience_ns = SYSTEM_DEFAULT_PATIENCE_NS;
    if (!reach_host(system, error)) {
        monitor_system_free(system);
        return NULL;
    }
    system->trace = hv_trace_new();
    system->storage[RESMGR_MS] = hv_storage_new(definition->machine->ms_bytes);
    system->storage[RESMGR_ES] = hv_storage_new(definition->machine->es_bytes);
    system->channels = hv_channels_new(system->engine, system->trace, definition->machine, seed);
    system->state = resmgr_state_new(system->definition);
    system->dispatch = make_dispatch(system);
    set_groups(system);
    monitor_control_init(&system->control, system->trace);
    for (unsigned i = 0; i < definition->lpars->len; i++)
        monitor_system_add_lpar(system, g_ptr_array_index(definition->lpars, i));
    monitor_clusters_init(system);
    monitor_vary_init(system);
    return system;
}

void monitor_system_free(MonitorSystem *system)
{
    if (!system)
        return;
    monitor_clusters_clear(system);
    monitor_vary_clear(system);
    monitor_history_free(system->history);
    for (unsigned i = 0; i <= RESMGR_MAX_LPARS; i++)
        lpar_control_free(system->lpars[i]);
    monitor_dispatch_free(system->dispatch);
    hv_channels_free(system->channels);
    resmgr_state_free(system->state);
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        hv_storage_free(system->storage[k]);
    hv_trace_free(system->trace);
    hv_libvirt_host_free(system->host);
    hv_engine_free(system->engine);
    monitor_usage_free(system->usage_baseline);
    g_free(system->fault);
    resmgr_definition_view_free(system->definition);
    g_ptr_array_unref(system->defined);
    g_free(system);
}

/* --- What others may read ------------------------------------------------------------------------------- */

const ResmgrDefinition *monitor_system_made_of(const MonitorSystem *system)
{
    return system->made_of;
}

const ResmgrDefinition *monitor_system_definition(const MonitorSystem *system)
{
    return system->definition;
}

HvTime monitor_system_now(const MonitorSystem *system)
{
    return hv_engine_now(system->engine);
}

HvTrace *monitor_system_trace(MonitorSystem *system)
{
    return system->trace;
}

const ResmgrState *monitor_system_state(const MonitorSystem *system)
{
    return system->state;
}

const HvChannels *monitor_system_channels(const MonitorSystem *system)
{
    return system->channels;
}

const HvStorage *monitor_system_storage(const MonitorSystem *system, ResmgrStorageKind kind)
{
    return system->storage[kind];
}

const MonitorControl *monitor_system_control(const MonitorSystem *system)
{
    return &system->control;
}

const MonitorDispatch *monitor_system_dispatch(MonitorSystem *system)
{
    monitor_dispatch_settle(system->dispatch);
    return system->dispatch;
}

LparControl *monitor_system_lpar(MonitorSystem *system, unsigned lpar)
{
    return lpar <= RESMGR_MAX_LPARS ? system->lpars[lpar] : NULL;
}

const char *monitor_system_fault(const MonitorSystem *system)
{
    return system->fault;
}

/* --- Scheduling ----------------------------------------------------------------------------------------- */

void monitor_system_reschedule(MonitorSystem *system, unsigned lpar)
{
    static const uint32_t none[HV_IP_TYPES];
    const ResmgrLpar *assigned = resmgr_state_lpar(system->state, lpar);
    bool takes_part = lpar_is_activated(system->lpars[lpar]);

    monitor_dispatch_set_lpar(system->dispatch, lpar, takes_part ? assigned->weights : none, assigned->cap);
}

HvTime monitor_system_hold_limit(const MonitorSystem *system, unsigned lpar)
{
    g_autoptr(GPtrArray) tasks = monitor_dispatch_tasks(system->dispatch);
    HvTime limit_ns = HV_TIME_NEVER;

    for (unsigned i = 0; i < tasks->len; i++) {
        const MonitorTcb *tcb = g_ptr_array_index(tasks, i);

        if (monitor_tcb_lpar(tcb) == lpar)
            limit_ns = MIN(limit_ns, monitor_dispatch_slice_ns(system->dispatch, tcb));
    }
    return limit_ns == HV_TIME_NEVER ? SYSTEM_DEFAULT_HOLD_LIMIT_NS : limit_ns;
}

void monitor_system_set_every_slice(MonitorSystem *system, bool every_slice)
{
    monitor_dispatch_set_every_slice(system->dispatch, every_slice);
}

void monitor_system_watch(MonitorSystem *system, const MonitorWatchOps *ops, void *data)
{
    monitor_dispatch_watch(system->dispatch, ops, data);
}

bool monitor_system_run(MonitorSystem *system, HvTime duration_ns, GError **error)
{
    HvTime now = hv_engine_now(system->engine);

    if (duration_ns > (HvTime)G_MAXINT64 - now) {
        g_set_error_literal(
            error, MONITOR_ERROR, MONITOR_ERROR_TIME,
            "The simulated clock cannot go beyond 292 years\nGive a shorter duration");
        return false;
    }
    hv_engine_run_until(system->engine, now + duration_ns);
    monitor_system_check(system);
    return true;
}

/* --- Usage ---------------------------------------------------------------------------------------------- */

MonitorUsage *monitor_system_usage(MonitorSystem *system)
{
    monitor_dispatch_settle(system->dispatch);
    g_autoptr(MonitorUsage) now = monitor_usage_take(system->dispatch);

    return monitor_usage_since(system->usage_baseline, now);
}

void monitor_system_usage_reset(MonitorSystem *system)
{
    monitor_dispatch_settle(system->dispatch);
    monitor_usage_free(system->usage_baseline);
    system->usage_baseline = monitor_usage_take(system->dispatch);
    if (system->history)
        monitor_history_restart(system->history);
}

/* --- Invariants ----------------------------------------------------------------------------------------- */

/* An activated LPAR's windows show what is assigned to it; between 202 and 205 content may be under way. */
static void check_windows(const MonitorSystem *system)
{
    for (unsigned i = 1; i <= RESMGR_MAX_LPARS; i++) {
        const LparControl *lpar = system->lpars[i];

        if (!lpar || !lpar_is_activated(lpar))
            continue;
        for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
            const ResmgrArea *area = &resmgr_state_lpar(system->state, i)->areas[k];
            const HvStorageWindow *window = lpar_window(lpar, k);

            g_assert(window->size_bytes == area->size_bytes);
            g_assert(area->size_bytes == 0 || window->origin_bytes == area->origin_bytes);
        }
    }
}

/* A task is held if and only if its LPAR is held, stopped or fenced: invariant 8, as far as it is a state. */
static void check_holds(const MonitorSystem *system)
{
    g_autoptr(GPtrArray) tasks = monitor_dispatch_tasks(system->dispatch);

    for (unsigned i = 0; i < tasks->len; i++) {
        const MonitorTcb *tcb = g_ptr_array_index(tasks, i);
        const LparControl *lpar = system->lpars[monitor_tcb_lpar(tcb)];
        LparRunState state = lpar_run_state(lpar);
        bool stands = lpar_is_held(lpar) || state == LPAR_STOPPED || state == LPAR_FENCED;

        g_assert(stands == (monitor_tcb_state(tcb) == MONITOR_TCB_HELD));
        g_assert(lpar_lip_is_online(lpar, monitor_tcb_lip(tcb)));
    }
}

void monitor_system_check(MonitorSystem *system)
{
    resmgr_check_assert(system->state);
    monitor_dispatch_settle(system->dispatch);
    monitor_check_assert(monitor_check_7(&system->control));
    monitor_check_assert(
        monitor_check_9(system->dispatch, system->definition->machine->n_ips, hv_engine_now(system->engine)));
    check_holds(system);
    if (!system->integ_active)
        check_windows(system);
}
