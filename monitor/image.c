/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state of a whole machine, written down and read back.
 *
 * Each part has its codec function; here they are called, in an order in which a reader finds what it needs: the clock first, then who
 * owns what, LPARs and their guests, the dispatcher's tasks for them, all that counts and waits, and the channels last, when everybody
 * who has I/O under way has declared himself.
 *
 * The bytes: a word that names the format, the SHA-256 of what follows, and what the codec has written. So damage is found before
 * anything is read, and what does not fit besides is of another machine or version. Accounts and assignment that were read are put
 * before the checkers of the invariants like any others, but here what they find is an error.
 *
 * A machine that is new waits for a few things already (the next interval of a measurement); it forgets them, for what it is to wait
 * for is read.
 */
#include "monitor/image.h"

#include "hv/error.h"
#include "monitor/check.h"
#include "monitor/cluster.h"
#include "monitor/seal.h"
#include "monitor/system-private.h"
#include "monitor/vary.h"
#include "resmgr/check.h"
#include "resmgr/state-codec.h"

#define IMAGE_MAGIC "LPSIMG01"

/* --- Parts ---------------------------------------------------------------------------------------------- */

/* Which machine it is, as far as it is not said by the parts. */
static void machine_codec(MonitorSystem *system, HvCodec *codec)
{
    const HvMachineDef *machine = system->definition->machine;
    const uint64_t facts[] = {
        system->seed,          machine->n_ips,          machine->ms_bytes,         machine->es_bytes,
        machine->slice_ns,     machine->ms_copy_rate,   machine->dispatch_cost_ns, machine->vertical,
        machine->devices->len, machine->wait_completion};

    hv_codec_begin(codec, "machine", 1);
    for (unsigned i = 0; i < G_N_ELEMENTS(facts); i++) {
        uint64_t fact = facts[i];

        hv_codec_u64(codec, &fact);
        if (fact != facts[i])
            hv_codec_fail(codec, "it is that of another machine, or with another seed");
    }
    hv_codec_end(codec);
}

static void quiesce(MonitorSystem *system)
{
    monitor_dispatch_quiesce(system->dispatch);
    monitor_clusters_quiesce(system);
    monitor_vary_quiesce(system);
    g_clear_pointer(&system->history, monitor_history_free);
    g_clear_pointer(&system->usage_baseline, monitor_usage_free);
}

/* A reader's clock is set, so nothing may be waited for. */
static void clock_codec(MonitorSystem *system, HvCodec *codec)
{
    uint64_t now_ns = hv_engine_now(system->engine), fired = hv_engine_fired(system->engine);

    hv_codec_begin(codec, "clock", 1);
    hv_codec_u64(codec, &now_ns);
    hv_codec_u64(codec, &fired);
    if (now_ns > (HvTime)G_MAXINT64 || now_ns < hv_engine_now(system->engine))
        hv_codec_fail(codec, "it cannot be %" G_GUINT64_FORMAT " ns", now_ns);
    else if (hv_codec_reads(codec)) {
        quiesce(system);
        hv_engine_set_clock(system->engine, now_ns);
        hv_engine_set_fired(system->engine, fired);
    }
    hv_codec_end(codec);
}

static void lpars_codec(MonitorSystem *system, HvCodec *codec)
{
    for (unsigned i = 1; i <= RESMGR_MAX_LPARS; i++)
        if (system->lpars[i])
            lpar_codec(system->lpars[i], codec);
}

/* LPAR control, if that LIP is online. */
static void *find_work(void *data, unsigned lpar, unsigned lip)
{
    MonitorSystem *system = data;
    LparControl *control = monitor_system_lpar(system, lpar);

    return control && lpar_guest(control) && lpar_lip_is_online(control, lip) ? control : NULL;
}

static void dispatch_codec(MonitorSystem *system, HvCodec *codec)
{
    const MonitorWorkers workers = {.ops = monitor_system_work_ops(), .work = find_work, .data = system};

    monitor_dispatch_codec(system->dispatch, codec, &workers);
}

static void baseline_codec(MonitorSystem *system, HvCodec *codec)
{
    bool has_baseline = system->usage_baseline != NULL;

    hv_codec_bool(codec, &has_baseline);
    if (has_baseline && !system->usage_baseline)
        system->usage_baseline = monitor_usage_new(system->dispatch);
    if (has_baseline)
        monitor_usage_codec(system->usage_baseline, codec);
}

static void rest_codec(MonitorSystem *system, HvCodec *codec)
{
    hv_codec_begin(codec, "system", 1);
    monitor_control_codec(&system->control, codec);
    monitor_clusters_codec(system, codec);
    monitor_vary_codec(system, codec);
    baseline_codec(system, codec);
    monitor_history_codec(system, codec);
    hv_codec_bool(codec, &system->was_activated);
    hv_codec_string(codec, &system->fault);
    hv_codec_u64(codec, &system->patience_ns);
    hv_codec_end(codec);
}

static void system_codec(MonitorSystem *system, HvCodec *codec)
{
    machine_codec(system, codec);
    monitor_defined_codec(system, codec);
    clock_codec(system, codec);
    resmgr_state_codec(system->state, codec);
    hv_trace_codec(system->trace, codec);
    lpars_codec(system, codec);
    dispatch_codec(system, codec);
    rest_codec(system, codec);
    hv_channels_codec(system->channels, codec);
}

/* --- Writing -------------------------------------------------------------------------------------------- */

void monitor_system_catch_up_guests(MonitorSystem *system)
{
    monitor_dispatch_settle(system->dispatch);
    for (unsigned i = 1; i <= RESMGR_MAX_LPARS; i++)
        if (system->lpars[i] && lpar_guest(system->lpars[i]) && !lpar_is_real(system->lpars[i]))
            hv_guest_catch_up(lpar_guest(system->lpars[i]));
}

GBytes *monitor_system_image(MonitorSystem *system)
{
    g_autoptr(HvCodec) codec = hv_codec_writer(system->engine, /* whole= */ true);
    g_autoptr(GBytes) bytes = NULL;

    g_assert(!system->integ_active);
    monitor_system_catch_up_guests(system);
    system_codec(system, codec);
    hv_codec_finish(codec, &bytes, NULL);
    return monitor_seal(IMAGE_MAGIC, bytes);
}

HvStorageSnapshot *monitor_system_content(MonitorSystem *system, ResmgrStorageKind kind)
{
    uint64_t length = resmgr_storage_total(system->state, kind);

    return length > 0 ? hv_storage_snapshot(system->storage[kind], 0, length) : NULL;
}

void monitor_system_put_content(
    MonitorSystem *system, ResmgrStorageKind kind, const HvStorageSnapshot *content)
{
    if (!content)
        return;
    g_assert(hv_storage_snapshot_length(content) == resmgr_storage_total(system->state, kind));
    hv_storage_snapshot_apply(content, system->storage[kind], 0);
}

/* --- Reading -------------------------------------------------------------------------------------------- */

/* What the invariants have against what was read; NULL: nothing. */
static char *check(MonitorSystem *system)
{
    char *(*const checkers[])(const ResmgrState *) = {resmgr_check_1, resmgr_check_2, resmgr_check_3,
                                                      resmgr_check_4, resmgr_check_5, resmgr_check_10};
    char *wrong = NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(checkers) && !wrong; i++)
        wrong = checkers[i](system->state);
    if (!wrong)
        wrong = monitor_check_7(&system->control);
    if (!wrong)
        wrong = monitor_check_9(
            system->dispatch, system->definition->machine->n_ips, hv_engine_now(system->engine));
    return wrong;
}

bool monitor_system_read_image(MonitorSystem *system, GBytes *image, GError **error)
{
    g_autoptr(GBytes) bytes = monitor_unseal(IMAGE_MAGIC, image, error);

    if (!bytes)
        return false;
    g_assert(hv_engine_fired(system->engine) == 0 && system->defined->len == 0);
    g_autoptr(HvCodec) codec = hv_codec_reader(system->engine, /* whole= */ true, bytes);

    system_codec(system, codec);
    if (!hv_codec_finish(codec, NULL, error))
        return false;
    g_autofree char *wrong = check(system);

    if (wrong)
        g_set_error(
            error, HV_ERROR, HV_ERROR_IMAGE,
            "The saved state contradicts itself: %s\nTake another copy of it, or begin anew", wrong);
    return !wrong;
}
