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
 * Each LIP has a backlog of processor time it still wants. Demand that is not met in its period stays in it.
 * A LIP is ready exactly while its backlog is not empty, or always if the workload is busy.
 *
 * Owns its timers and its record of what it wrote; its storage and its LIPs' tasks are its LPAR control's.
 */
#include "hv/guest-model.h"

#include "hv/error.h"
#include "hv/guest-content.h"

#include <inttypes.h>

/* What a guest's I/O supervisor keeps under way at most; a request beyond that is skipped and counted. */
#define MODEL_IO_UNDER_WAY_MAX 64

static const HvTraceEvent hv_ev_boot = {"guest.boot", {"lpar", "boot"}};
static const HvTraceEvent hv_ev_storage = {"guest.storage-online", {"lpar", "ms_bytes", "es_bytes"}};
static const HvTraceEvent hv_ev_cpu = {"guest.cpu", {"lpar", "lip", "online"}};
static const HvTraceEvent hv_ev_interruption = {"guest.interruption", {"lpar", "lips"}};

typedef struct {
    HvGuest base;
    HvGuestConfig config;
    HvWorkload workload;
    HvGuestContent content;
    bool loaded, held, halted;
    HvTime clock_ns;       /* the guest's clock when it last stood or began to go */
    HvTime clock_since_ns; /* engine time of that */
    HvTime booted_at_ns;
    unsigned boots, notified;
    uint64_t online_bytes[2]; /* MS, ES */
    uint64_t ms_max_bytes;    /* as declared at load: initial + reserved */
    bool lip_online[HV_MAX_LIPS + 1];
    HvTime backlog_ns[HV_MAX_LIPS + 1];
    HvEvent work_timer, io_timer;
    HvTime work_due_ns, io_due_ns; /* by the guest's clock */
    uint64_t io_requests;          /* by the timer, skipped ones too */
    uint64_t io_started, io_done, io_ended, io_skipped;
    uint64_t io_done_unseen; /* complete, but the guest stood: it takes note when it goes on */
} GuestModel;

static GuestModel *model_of(HvGuest *guest)
{
    g_assert(guest->ops == &hv_guest_model_ops);
    return (GuestModel *)guest;
}

static HvTime engine_now(const GuestModel *model)
{
    return hv_engine_now(model->config.engine);
}

/* --- The clock ------------------------------------------------------------------------------------------ */

static bool model_runs(const GuestModel *model)
{
    return model->loaded && !model->held && !model->halted;
}

static HvTime model_clock(const GuestModel *model)
{
    return model->clock_ns + (model_runs(model) ? engine_now(model) - model->clock_since_ns : 0);
}

static void arm(GuestModel *model, HvEvent *timer, HvTime due_ns)
{
    HvTime clock_ns = model_clock(model);

    hv_engine_after(model->config.engine, timer, due_ns > clock_ns ? due_ns - clock_ns : 0);
}

static void model_arm_timers(GuestModel *model)
{
    if (model->workload.cpu == HV_WORKLOAD_CPU_DEMAND)
        arm(model, &model->work_timer, model->work_due_ns);
    if (model->workload.io_rate_milli > 0)
        arm(model, &model->io_timer, model->io_due_ns);
}

/* Pages the workload has written by now, since the load. */
static uint64_t pages_due(const GuestModel *model)
{
    if (model->workload.write_rate == 0 || model->content.set_pages == 0)
        return model->content.pages_written;
    return hv_muldiv(model->workload.write_rate, model_clock(model), HV_NS_PER_S * HV_PAGE_SIZE);
}

static void model_catch_up(HvGuest *guest)
{
    GuestModel *model = model_of(guest);

    if (model->loaded)
        hv_guest_content_write_to(&model->content, pages_due(model));
}

/* Sets held and halted; the clock goes or stands from now on. */
static void model_set(GuestModel *model, bool held, bool halted)
{
    model_catch_up(&model->base);
    model->clock_ns = model_clock(model);
    model->clock_since_ns = engine_now(model);
    model->held = held;
    model->halted = halted;
    hv_engine_cancel(model->config.engine, &model->work_timer);
    hv_engine_cancel(model->config.engine, &model->io_timer);
    if (!model_runs(model))
        return;
    model->io_done += model->io_done_unseen;
    model->io_done_unseen = 0;
    model_arm_timers(model);
}

static void model_halt(HvGuest *guest)
{
    model_set(model_of(guest), model_of(guest)->held, /* halted= */ true);
}

static void model_resume(HvGuest *guest)
{
    model_set(model_of(guest), model_of(guest)->held, /* halted= */ false);
}

static void model_hold(HvGuest *guest)
{
    model_set(model_of(guest), /* held= */ true, model_of(guest)->halted);
}

static void model_release(HvGuest *guest)
{
    model_set(model_of(guest), /* held= */ false, model_of(guest)->halted);
}

/* --- Processor work ------------------------------------------------------------------------------------- */

static void lip_ready(GuestModel *model, unsigned lip, bool has_work)
{
    model->config.host_ops->lip_ready(model->config.host, lip, has_work);
}

static void work_arrives(HvEvent *event, void *data)
{
    GuestModel *model = data;
    HvTime work_ns = hv_muldiv(model->workload.period_ns, model->workload.demand_bp, HV_SHARE_WHOLE_BP);

    (void)event;
    model->work_due_ns += model->workload.period_ns;
    arm(model, &model->work_timer, model->work_due_ns);
    for (unsigned lip = 1; lip <= HV_MAX_LIPS; lip++) {
        if (!model->lip_online[lip])
            continue;
        bool had_work = model->backlog_ns[lip] > 0;

        model->backlog_ns[lip] += work_ns;
        if (!had_work)
            lip_ready(model, lip, true);
    }
}

static HvTime model_lip_burst(HvGuest *guest, unsigned lip)
{
    const GuestModel *model = model_of(guest);

    if (!model->lip_online[lip])
        return 0;
    return model->workload.cpu == HV_WORKLOAD_CPU_BUSY ? HV_TIME_NEVER : model->backlog_ns[lip];
}

static void model_lip_ran(HvGuest *guest, unsigned lip, HvTime ran_ns)
{
    GuestModel *model = model_of(guest);

    if (model->workload.cpu == HV_WORKLOAD_CPU_BUSY)
        return;
    g_assert(ran_ns <= model->backlog_ns[lip]);
    model->backlog_ns[lip] -= ran_ns;
    if (ran_ns > 0 && model->backlog_ns[lip] == 0)
        lip_ready(model, lip, false);
}

static void bring_lip_online(GuestModel *model, unsigned lip)
{
    model->lip_online[lip] = true;
    model->backlog_ns[lip] = 0;
    if (model->workload.cpu == HV_WORKLOAD_CPU_BUSY)
        lip_ready(model, lip, true);
}

/* --- I/O ------------------------------------------------------------------------------------------------ */

/* A completion is an interruption, which waits while the guest stands; that a request was ended is the
 * machine's word and counts at once. */
static void io_concluded(void *data, HvIoResult result)
{
    GuestModel *model = data;

    if (result == HV_IO_ENDED)
        model->io_ended++;
    else if (model_runs(model))
        model->io_done++;
    else
        model->io_done_unseen++;
}

static void io_is_due(HvEvent *event, void *data)
{
    GuestModel *model = data;
    const HvGuestHostOps *ops = model->config.host_ops;
    unsigned n_devices = ops->n_devices(model->config.host);
    uint64_t under_way = model->io_started - model->io_done - model->io_ended;
    uint64_t nth = model->io_requests++;

    (void)event;
    /* Request n is due at n / rate: 10^12 ns is 1000 seconds, what the rate counts in. */
    model->io_due_ns = hv_muldiv(model->io_requests, 1000 * HV_NS_PER_S, model->workload.io_rate_milli);
    arm(model, &model->io_timer, model->io_due_ns);
    if (n_devices > 0 && under_way < MODEL_IO_UNDER_WAY_MAX &&
        ops->io_start(model->config.host, (unsigned)(nth % n_devices), io_concluded, model))
        model->io_started++;
    else
        model->io_skipped++;
}

/* --- Loading -------------------------------------------------------------------------------------------- */

static HvGuest *model_create(const HvGuestConfig *config, const HvWorkload *workload)
{
    GuestModel *model = g_new0(GuestModel, 1);

    model->base.ops = &hv_guest_model_ops;
    model->config = *config;
    model->workload = *workload;
    hv_guest_content_init(&model->content, config->seed, config->ms, config->es);
    hv_event_init(&model->work_timer, HV_PRIORITY_GUEST, work_arrives, model);
    hv_event_init(&model->io_timer, HV_PRIORITY_GUEST, io_is_due, model);
    return &model->base;
}

static void model_destroy(HvGuest *guest)
{
    GuestModel *model = model_of(guest);

    hv_engine_cancel(model->config.engine, &model->work_timer);
    hv_engine_cancel(model->config.engine, &model->io_timer);
    hv_guest_content_clear(&model->content);
    g_free(model);
}

static void forget_last_load(GuestModel *model)
{
    memset(model->lip_online, 0, sizeof(model->lip_online));
    memset(model->backlog_ns, 0, sizeof(model->backlog_ns));
    model->loaded = model->held = model->halted = false;
    model->clock_ns = model->work_due_ns = model->io_due_ns = 0;
    model->io_requests = model->io_started = model->io_skipped = 0;
    model->io_done = model->io_done_unseen = model->io_ended = 0;
    model->notified = 0;
}

static void model_boot(HvGuest *guest, const HvGuestBoot *boot)
{
    GuestModel *model = model_of(guest);

    /* What was not overwritten stays as it was, whether or not somebody looked just before. */
    model_catch_up(guest);
    g_assert(model->io_started == model->io_done + model->io_done_unseen + model->io_ended);
    forget_last_load(model);
    model->boots++;
    model->booted_at_ns = model->clock_since_ns = engine_now(model);
    model->online_bytes[0] = boot->ms_online_bytes;
    model->online_bytes[1] = boot->es_online_bytes;
    model->ms_max_bytes = boot->ms_online_bytes + boot->ms_reserved_bytes;
    hv_trace_emit(model->config.trace, engine_now(model), &hv_ev_boot, model->config.lpar, model->boots);
    hv_guest_content_boot(
        &model->content, boot->ms_online_bytes, boot->es_online_bytes, model->workload.write_set_bytes);
    model->loaded = true;
    for (unsigned i = 0; i < boot->n_lips_online; i++)
        bring_lip_online(model, boot->lips_online[i]);
    model_arm_timers(model);
}

/* --- Reconfiguration ------------------------------------------------------------------------------------ */

/* What can be brought online: what the windows hold, MS up to what was declared at load. */
static uint64_t storage_limit(const GuestModel *model, unsigned window)
{
    return window == 0 ? MIN(model->config.ms->size_bytes, model->ms_max_bytes)
                       : model->config.es->size_bytes;
}

static bool storage_is_waiting(const GuestModel *model, GError **error)
{
    for (unsigned k = 0; k < 2; k++) {
        g_assert(storage_limit(model, k) >= model->online_bytes[k]);
        if (storage_limit(model, k) > model->online_bytes[k])
            return true;
    }
    if (model->config.ms->size_bytes > model->ms_max_bytes) {
        g_autofree char *assigned = hv_quantity_format_size(model->config.ms->size_bytes);
        g_autofree char *declared = hv_quantity_format_size(model->ms_max_bytes);

        g_set_error(
            error, HV_ERROR, HV_ERROR_GUEST,
            "The LPAR has %s of MS, but %s at most were declared when its guest was loaded\nLOAD it anew to "
            "use the rest",
            assigned, declared);
    } else {
        g_set_error_literal(
            error, HV_ERROR, HV_ERROR_GUEST,
            "No storage is waiting to be brought online\nINTEG adds storage to an LPAR");
    }
    return false;
}

static bool model_config_storage(HvGuest *guest, bool online, uint64_t *ret_changed_bytes, GError **error)
{
    GuestModel *model = model_of(guest);
    uint64_t changed_bytes = 0;

    if (!online) {
        g_set_error_literal(
            error, HV_ERROR, HV_ERROR_GUEST,
            "The model guest gives no storage back while it runs\nLOAD it anew instead");
        return false;
    }
    if (!storage_is_waiting(model, error))
        return false;
    model_catch_up(guest);
    for (unsigned k = 0; k < 2; k++) {
        uint64_t limit = storage_limit(model, k);

        changed_bytes += limit - model->online_bytes[k];
        hv_guest_content_extend(&model->content, k, model->online_bytes[k], limit);
        model->online_bytes[k] = limit;
    }
    hv_trace_emit(
        model->config.trace, engine_now(model), &hv_ev_storage, model->config.lpar, model->online_bytes[0],
        model->online_bytes[1]);
    *ret_changed_bytes = changed_bytes;
    return true;
}

static unsigned cpus_online(const GuestModel *model)
{
    unsigned n = 0;

    for (unsigned lip = 1; lip <= HV_MAX_LIPS; lip++)
        n += model->lip_online[lip];
    return n;
}

static unsigned lowest_cpu_online(const GuestModel *model)
{
    for (unsigned lip = 1; lip <= HV_MAX_LIPS; lip++)
        if (model->lip_online[lip])
            return lip;
    g_assert_not_reached();
}

/* Work that waits for the CPU goes to another: demand that was not met is not forgotten. */
static void hand_over_work(GuestModel *model, unsigned from)
{
    unsigned to = lowest_cpu_online(model);
    HvTime work_ns = model->backlog_ns[from];
    bool had_work = model->backlog_ns[to] > 0;

    model->backlog_ns[from] = 0;
    model->backlog_ns[to] += work_ns;
    if (work_ns > 0 && !had_work)
        lip_ready(model, to, true);
}

static bool bring_cpu_offline(GuestModel *model, unsigned lip, GError **error)
{
    if (model->lip_online[lip] && cpus_online(model) == 1) {
        g_set_error(
            error, HV_ERROR, HV_ERROR_GUEST,
            "CPU %u is the last one online\nSTOP the LPAR if nothing is to run in it", lip);
        return false;
    }
    if (!model->config.host_ops->lip_stop(model->config.host, lip, error))
        return false;
    model->lip_online[lip] = false;
    hand_over_work(model, lip);
    return true;
}

static bool model_config_cpu(HvGuest *guest, unsigned lip, bool online, GError **error)
{
    GuestModel *model = model_of(guest);

    if (lip < 1 || lip > HV_MAX_LIPS) {
        g_set_error(
            error, HV_ERROR, HV_ERROR_GUEST, "The guest knows no CPU %u\nGive 1 to %u", lip, HV_MAX_LIPS);
        return false;
    }
    if (online ? !model->config.host_ops->lip_start(model->config.host, lip, error)
               : !bring_cpu_offline(model, lip, error))
        return false;
    hv_trace_emit(model->config.trace, engine_now(model), &hv_ev_cpu, model->config.lpar, lip, online);
    if (online)
        bring_lip_online(model, lip);
    return true;
}

static void model_resources_changed(HvGuest *guest, const unsigned *lips, unsigned n_lips)
{
    GuestModel *model = model_of(guest);
    uint64_t changed_bytes;

    model->notified++;
    hv_trace_emit(model->config.trace, engine_now(model), &hv_ev_interruption, model->config.lpar, n_lips);
    model_config_storage(guest, /* online= */ true, &changed_bytes, NULL); /* nothing added: nothing to do */
    for (unsigned i = 0; i < n_lips; i++)
        model_config_cpu(guest, lips[i], /* online= */ true, NULL);
}

/* --- What others ask ------------------------------------------------------------------------------------ */

static HvGuestStatus model_status(const HvGuest *guest)
{
    const GuestModel *model = (const GuestModel *)guest;

    return (HvGuestStatus){
        .boots = model->boots,
        .uptime_ns = engine_now(model) - model->booted_at_ns,
        .ms_online_bytes = model->online_bytes[0],
        .es_online_bytes = model->online_bytes[1],
        .ms_assigned_bytes = model->config.ms->size_bytes,
        .es_assigned_bytes = model->config.es->size_bytes,
        .cpus_online = cpus_online(model),
        .written_bytes = pages_due(model) * HV_PAGE_SIZE,
        .io_started = model->io_started,
        .io_done = model->io_done,
        .io_ended = model->io_ended,
        .io_skipped = model->io_skipped,
        .notified = model->notified,
    };
}

static bool model_verify(HvGuest *guest, GError **error)
{
    model_catch_up(guest);
    return hv_guest_content_verify(&model_of(guest)->content, error);
}

/* Under a fence the content may be set aside: the digest is of what the windows show, so it is asked before
 * or after. */
static char *model_digest(HvGuest *guest)
{
    GuestModel *model = model_of(guest);
    const HvStorageWindow *windows[2] = {model->config.ms, model->config.es};
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

    model_catch_up(guest);
    for (unsigned k = 0; k < 2; k++) {
        g_autofree char *digest =
            hv_storage_digest(windows[k]->storage, windows[k]->origin_bytes, model->online_bytes[k]);

        g_checksum_update(checksum, (const guchar *)digest, -1);
    }
    return g_strdup(g_checksum_get_string(checksum));
}

static bool model_lip_is_online(const HvGuest *guest, unsigned lip)
{
    return lip >= 1 && lip <= HV_MAX_LIPS && ((const GuestModel *)guest)->lip_online[lip];
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
    .catch_up = model_catch_up,
    .lip_burst = model_lip_burst,
    .lip_ran = model_lip_ran,
    .resources_changed = model_resources_changed,
    .config_storage = model_config_storage,
    .config_cpu = model_config_cpu,
    .status = model_status,
    .verify = model_verify,
    .digest = model_digest,
    .lip_is_online = model_lip_is_online,
};
