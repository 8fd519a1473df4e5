/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The model guest: a simulated operating system with a workload.
 *
 * It has a clock of its own that stands while it is held or halted, and everything it does follows that
 * clock: work arrives on a timer, I/O is started on another, and its writes are a function of the time,
 * carried out when somebody looks (catch_up). So a guest that nobody looks at costs nothing, however much it
 * writes, and a hold is invisible to it.
 *
 *     runs = loaded and neither held nor halted          the clock goes, timers are queued
 *
 * Jobs of its service classes come first (jobs.h). Besides, each LIP has a backlog of processor time it still wants. Demand that is not met in its period stays in it.
 * A LIP is ready exactly while its backlog is not empty, or always if the workload is busy.
 *
 * Owns its timers and its record of what it wrote; its storage and its LIPs' tasks are its LPAR control's.
 */
#include "hv/guest-model-private.h"

static const HvTraceEvent hv_ev_boot = {"guest.boot", {"lpar", "boot"}};

static HvTime engine_now(const HvGuestModel *model)
{
    return hv_engine_now(model->config.engine);
}

/* --- The clock ------------------------------------------------------------------------------------------ */

static bool model_runs(const HvGuestModel *model)
{
    return model->loaded && !model->held && !model->halted;
}

HvTime hv_guest_model_clock(const HvGuestModel *model)
{
    return model->clock_ns + (model_runs(model) ? engine_now(model) - model->clock_since_ns : 0);
}

static void arm(HvGuestModel *model, HvEvent *timer, HvTime due_ns)
{
    HvTime clock_ns = hv_guest_model_clock(model);

    hv_engine_after(model->config.engine, timer, due_ns > clock_ns ? due_ns - clock_ns : 0);
}

static void model_arm_timers(HvGuestModel *model)
{
    if (model->workload.cpu == HV_WORKLOAD_CPU_DEMAND)
        arm(model, &model->work_timer, model->work_due_ns);
    if (model->workload.io_rate_milli > 0)
        arm(model, &model->io_timer, model->io_due_ns);
}

uint64_t hv_guest_model_pages_due(const HvGuestModel *model)
{
    if (model->workload.write_rate == 0 || model->content.set_pages == 0)
        return model->content.pages_written;
    return hv_muldiv(model->workload.write_rate, hv_guest_model_clock(model), HV_NS_PER_S * HV_PAGE_SIZE);
}

void hv_guest_model_catch_up(HvGuest *guest)
{
    HvGuestModel *model = hv_guest_model_of(guest);

    if (model->loaded)
        hv_guest_content_write_to(&model->content, hv_guest_model_pages_due(model));
}

/* One for each that was under way when the state was written down. Which device it was on is not known any more. */
static void restart_io(HvGuestModel *model)
{
    const HvGuestHostOps *ops = model->config.host_ops;
    unsigned n_devices = ops->n_devices(model->config.host);

    for (; model->io_to_restart > 0; model->io_to_restart--) {
        unsigned nth = n_devices > 0 ? (unsigned)((model->io_requests - model->io_to_restart) % n_devices)
                                     : 0;

        if (n_devices == 0 || !ops->io_start(model->config.host, nth, hv_guest_model_io_concluded, model))
            model->io_ended++;
    }
}

/* Sets held and halted; the clock goes or stands from now on. */
static void model_set(HvGuestModel *model, bool held, bool halted)
{
    hv_guest_model_catch_up(&model->base);
    model->clock_ns = hv_guest_model_clock(model);
    model->clock_since_ns = engine_now(model);
    model->held = held;
    model->halted = halted;
    if (model->jobs)
        hv_jobs_set_standing(model->jobs, !model_runs(model));
    hv_engine_cancel(model->config.engine, &model->work_timer);
    hv_engine_cancel(model->config.engine, &model->io_timer);
    if (!model_runs(model))
        return;
    model->io_done += model->io_done_unseen;
    model->io_done_unseen = 0;
    restart_io(model);
    model_arm_timers(model);
}

static void model_halt(HvGuest *guest)
{
    model_set(hv_guest_model_of(guest), hv_guest_model_of(guest)->held, /* halted= */ true);
}

static void model_resume(HvGuest *guest)
{
    model_set(hv_guest_model_of(guest), hv_guest_model_of(guest)->held, /* halted= */ false);
}

static void model_hold(HvGuest *guest)
{
    model_set(hv_guest_model_of(guest), /* held= */ true, hv_guest_model_of(guest)->halted);
}

/* --- Processor work ------------------------------------------------------------------------------------- */

static bool is_busy(const HvGuestModel *model)
{
    return model->workload.cpu == HV_WORKLOAD_CPU_BUSY;
}

/* Jobs go before what the workload wants. */
static HvTime jobs_burst(const HvGuestModel *model, unsigned lip)
{
    return model->jobs ? hv_jobs_lip_burst(model->jobs, lip) : 0;
}

void hv_guest_model_lip_changed(HvGuestModel *model, unsigned lip)
{
    const HvGuestHostOps *ops = model->config.host_ops;

    if (!model->lip_online[lip])
        return;
    HvTime burst_ns = jobs_burst(model, lip);

    ops->lip_ready(model->config.host, lip, burst_ns > 0 || is_busy(model) || model->backlog_ns[lip] > 0);
    if (burst_ns > 0)
        ops->lip_burst_changed(model->config.host, lip);
}

void hv_guest_model_add_work(HvGuestModel *model, unsigned lip, HvTime work_ns)
{
    bool had_work = model->backlog_ns[lip] > 0;

    model->backlog_ns[lip] += work_ns;
    if (!had_work && work_ns > 0)
        hv_guest_model_lip_changed(model, lip);
}

static void work_arrives(G_GNUC_UNUSED HvEvent *event, void *data)
{
    HvGuestModel *model = data;
    HvTime work_ns = hv_muldiv(model->workload.period_ns, model->workload.demand_bp, HV_SHARE_WHOLE_BP);

    model->work_due_ns += model->workload.period_ns;
    arm(model, &model->work_timer, model->work_due_ns);
    for (unsigned lip = 1; lip <= HV_MAX_LIPS; lip++)
        if (model->lip_online[lip])
            hv_guest_model_add_work(model, lip, work_ns);
}

static HvTime model_lip_burst(HvGuest *guest, unsigned lip)
{
    const HvGuestModel *model = hv_guest_model_of(guest);

    if (!model->lip_online[lip])
        return 0;
    HvTime burst_ns = jobs_burst(model, lip);

    if (burst_ns > 0)
        return burst_ns;
    return is_busy(model) ? HV_TIME_NEVER : model->backlog_ns[lip];
}

static void model_lip_ran(HvGuest *guest, unsigned lip, HvTime ran_ns)
{
    HvGuestModel *model = hv_guest_model_of(guest);

    if (jobs_burst(model, lip) > 0) {
        hv_jobs_lip_ran(model->jobs, lip, ran_ns);
        return;
    }
    if (is_busy(model))
        return;
    g_assert(ran_ns <= model->backlog_ns[lip]);
    model->backlog_ns[lip] -= ran_ns;
    if (ran_ns > 0 && model->backlog_ns[lip] == 0)
        hv_guest_model_lip_changed(model, lip);
}

void hv_guest_model_lip_online(HvGuestModel *model, unsigned lip)
{
    model->lip_online[lip] = true;
    model->backlog_ns[lip] = 0;
    if (model->jobs)
        hv_jobs_lip_online(model->jobs, lip);
    if (is_busy(model))
        hv_guest_model_lip_changed(model, lip);
}

static void announce(HvGuestModel *model)
{
    for (unsigned lip = 1; model->is_to_announce && lip <= HV_MAX_LIPS; lip++)
        hv_guest_model_lip_changed(model, lip);
    model->is_to_announce = false;
}

static void model_release(HvGuest *guest)
{
    HvGuestModel *model = hv_guest_model_of(guest);

    model_set(model, /* held= */ false, model->halted);
    announce(model);
}

/* --- I/O ------------------------------------------------------------------------------------------------ */

/* A completion is an interruption, which waits while the guest stands; that a request was ended is the
 * machine's word and counts at once. */
void hv_guest_model_io_concluded(void *data, HvIoResult result, G_GNUC_UNUSED HvTime served_ns)
{
    HvGuestModel *model = data;

    if (result == HV_IO_ENDED)
        model->io_ended++;
    else if (model_runs(model))
        model->io_done++;
    else
        model->io_done_unseen++;
}

static void io_is_due(G_GNUC_UNUSED HvEvent *event, void *data)
{
    HvGuestModel *model = data;
    const HvGuestHostOps *ops = model->config.host_ops;
    unsigned n_devices = ops->n_devices(model->config.host);
    uint64_t under_way = model->io_started - model->io_done - model->io_ended;
    uint64_t nth = model->io_requests++;

    /* Request n is due at n / rate: 10^12 ns is 1000 seconds, what the rate counts in. */
    model->io_due_ns = hv_muldiv(model->io_requests, 1000 * HV_NS_PER_S, model->workload.io_rate_milli);
    arm(model, &model->io_timer, model->io_due_ns);
    if (n_devices > 0 && under_way < HV_GUEST_MODEL_IO_MAX &&
        ops->io_start(model->config.host, (unsigned)(nth % n_devices), hv_guest_model_io_concluded, model))
        model->io_started++;
    else
        model->io_skipped++;
}

/* --- Loading -------------------------------------------------------------------------------------------- */

static HvGuest *model_create(const HvGuestConfig *config, const HvWorkload *workload)
{
    HvGuestModel *model = g_new0(HvGuestModel, 1);

    model->base.ops = &hv_guest_model_ops;
    model->config = *config;
    model->workload = *workload;
    hv_guest_content_init(&model->content, config->seed, config->ms, config->es);
    if (config->jobs && config->jobs->classes && config->jobs->classes->len > 0)
        model->jobs = hv_guest_model_jobs_new(model);
    hv_guest_model_demand_init(model);
    hv_event_init(&model->work_timer, HV_PRIORITY_GUEST, work_arrives, model);
    hv_event_init(&model->io_timer, HV_PRIORITY_GUEST, io_is_due, model);
    return &model->base;
}

static void model_destroy(HvGuest *guest)
{
    HvGuestModel *model = hv_guest_model_of(guest);

    hv_engine_cancel(model->config.engine, &model->work_timer);
    hv_engine_cancel(model->config.engine, &model->io_timer);
    hv_guest_model_demand_stop(model);
    hv_jobs_free(model->jobs);
    hv_guest_content_clear(&model->content);
    g_free(model);
}

static void forget_last_load(HvGuestModel *model)
{
    memset(model->lip_online, 0, sizeof(model->lip_online));
    memset(model->backlog_ns, 0, sizeof(model->backlog_ns));
    model->loaded = model->held = model->halted = false;
    model->clock_ns = model->work_due_ns = model->io_due_ns = 0;
    model->io_requests = model->io_started = model->io_skipped = 0;
    model->io_done = model->io_done_unseen = model->io_ended = model->io_to_restart = 0;
    model->is_to_announce = false;
    model->notified = 0;
}

static void model_boot(HvGuest *guest, const HvGuestBoot *boot)
{
    HvGuestModel *model = hv_guest_model_of(guest);

    /* What was not overwritten stays as it was, whether or not somebody looked just before. */
    hv_guest_model_catch_up(guest);
    g_assert(
        model->io_started == model->io_done + model->io_done_unseen + model->io_ended + model->io_to_restart);
    forget_last_load(model);
    model->boots++;
    model->booted_at_ns = model->clock_since_ns = engine_now(model);
    model->online_bytes[0] = boot->ms_online_bytes;
    model->online_bytes[1] = boot->es_online_bytes;
    memcpy(model->boot_bytes, model->online_bytes, sizeof(model->boot_bytes));
    model->ms_max_bytes = boot->ms_online_bytes + boot->ms_reserved_bytes;
    hv_trace_emit(model->config.trace, engine_now(model), &hv_ev_boot, model->config.lpar, model->boots);
    hv_guest_content_boot(
        &model->content, boot->ms_online_bytes, boot->es_online_bytes, model->workload.write_set_bytes);
    model->loaded = true;
    if (model->jobs)
        hv_jobs_boot(model->jobs);
    for (unsigned i = 0; i < boot->n_lips_online; i++)
        hv_guest_model_lip_online(model, boot->lips_online[i]);
    model_arm_timers(model);
    hv_guest_model_demand_boot(model);
}

/* --- What others ask ------------------------------------------------------------------------------------ */

static HvGuestStatus model_status(const HvGuest *guest)
{
    const HvGuestModel *model = hv_guest_model_peek(guest);

    return (HvGuestStatus){
        .boots = model->boots,
        .uptime_ns = engine_now(model) - model->booted_at_ns,
        .ms_online_bytes = model->online_bytes[0],
        .es_online_bytes = model->online_bytes[1],
        .ms_least_bytes = model->boot_bytes[0],
        .es_least_bytes = model->boot_bytes[1],
        .ms_most_bytes = model->ms_max_bytes,
        .ms_assigned_bytes = model->config.ms->size_bytes,
        .es_assigned_bytes = model->config.es->size_bytes,
        .cpus_online = hv_guest_model_cpus_online(model),
        .written_bytes = hv_guest_model_pages_due(model) * HV_PAGE_SIZE,
        .io_started = model->io_started,
        .io_done = model->io_done,
        .io_ended = model->io_ended,
        .io_skipped = model->io_skipped,
        .notified = model->notified,
    };
}

static bool model_verify(HvGuest *guest, GError **error)
{
    hv_guest_model_catch_up(guest);
    return hv_guest_content_verify(&hv_guest_model_of(guest)->content, error);
}

/* Under a fence the content may be set aside: the digest is of what the windows show, so it is asked before
 * or after. */
static char *model_digest(HvGuest *guest)
{
    HvGuestModel *model = hv_guest_model_of(guest);
    const HvStorageWindow *windows[2] = {model->config.ms, model->config.es};
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

    hv_guest_model_catch_up(guest);
    for (unsigned k = 0; k < 2; k++) {
        g_autofree char *digest =
            hv_storage_digest(windows[k]->storage, windows[k]->origin_bytes, model->online_bytes[k]);

        g_checksum_update(checksum, (const guchar *)digest, -1);
    }
    return g_strdup(g_checksum_get_string(checksum));
}

static bool model_lip_is_online(const HvGuest *guest, unsigned lip)
{
    return lip >= 1 && lip <= HV_MAX_LIPS && hv_guest_model_peek(guest)->lip_online[lip];
}

static const char *model_problem(const HvGuest *guest)
{
    const HvGuestModel *model = hv_guest_model_peek(guest);

    return model->demand_problem || !model->jobs ? model->demand_problem : hv_jobs_problem(model->jobs);
}

static unsigned model_n_classes(const HvGuest *guest)
{
    const HvGuestModel *model = hv_guest_model_peek(guest);

    return model->jobs && model->loaded ? model->config.jobs->classes->len : 0;
}

static HvClassStats model_class_stats(HvGuest *guest, unsigned nth)
{
    return hv_jobs_stats(hv_guest_model_of(guest)->jobs, nth);
}

const HvGuestOps hv_guest_model_ops = {
    .kind = "model",
    .create = model_create,
    .destroy = model_destroy,
    .boot = model_boot,
    .halt = model_halt,
    .resume = model_resume,
    .hold = model_hold,
    .release = model_release,
    .catch_up = hv_guest_model_catch_up,
    .lip_burst = model_lip_burst,
    .lip_ran = model_lip_ran,
    .resources_changed = hv_guest_model_resources_changed,
    .config_storage = hv_guest_model_config_storage,
    .set_storage = hv_guest_model_set_storage,
    .config_cpu = hv_guest_model_config_cpu,
    .status = model_status,
    .verify = model_verify,
    .digest = model_digest,
    .lip_is_online = model_lip_is_online,
    .problem = model_problem,
    .n_classes = model_n_classes,
    .class_stats = model_class_stats,
    .codec = hv_guest_model_codec,
};
