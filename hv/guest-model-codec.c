/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A model guest, written down and read back.
 *
 * The bytes of its storage are not written here: they are in its windows already when it is read, up to what it had written when it was written
 * down. Times by the guest's clock need no translation; it goes on with what it stood at.
 *
 * Of a whole machine everything goes on as if nothing had happened: the timers are queued where they were, requests under way come back from
 * the channels. Of a part, which another machine may read at another time, the guest is held. Its timers follow from its clock when it is
 * released; its requests under way are started anew then; and since the host has new LIPs for it, it says which of them have work.
 *
 * What is read must fit the windows and the workload: nothing in hv/guest-model.c asks again.
 */
#include "hv/guest-model-private.h"

#define CLOCK_MAX (UINT64_C(1) << 62)

/* --- Processors and storage ----------------------------------------------------------------------------- */

static void lips_codec(HvGuestModel *model, HvCodec *codec)
{
    size_t highest = HV_MAX_LIPS;

    while (highest > 0 && !model->lip_online[highest])
        highest--;
    hv_codec_count(codec, &highest, HV_MAX_LIPS);
    for (unsigned lip = 1; lip <= highest; lip++) {
        hv_codec_bool(codec, &model->lip_online[lip]);
        if (model->lip_online[lip])
            hv_codec_u64(codec, &model->backlog_ns[lip]);
        if (hv_codec_reads(codec) && model->backlog_ns[lip] > CLOCK_MAX)
            hv_codec_fail(codec, "LIP %u has too much work", lip);
    }
    if (hv_codec_reads(codec) && hv_guest_model_cpus_online(model) == 0)
        hv_codec_fail(codec, "no CPU is online");
}

static void check_storage(const HvGuestModel *model, HvCodec *codec)
{
    const HvStorageWindow *windows[2] = {model->config.ms, model->config.es};

    for (unsigned k = 0; k < 2; k++)
        if (model->online_bytes[k] > windows[k]->size_bytes || model->online_bytes[k] % HV_PAGE_SIZE != 0)
            hv_codec_fail(
                codec, "the guest uses %" G_GUINT64_FORMAT " bytes of a storage of %" G_GUINT64_FORMAT,
                model->online_bytes[k], windows[k]->size_bytes);
    if (model->ms_max_bytes < model->online_bytes[0])
        hv_codec_fail(codec, "the guest uses more storage than was declared");
    for (unsigned k = 0; k < 2; k++)
        if (model->boot_bytes[k] > model->online_bytes[k])
            hv_codec_fail(codec, "the guest uses less storage than it was loaded with");
}

static void storage_codec(HvGuestModel *model, HvCodec *codec)
{
    hv_codec_u64(codec, &model->ms_max_bytes);
    for (unsigned k = 0; k < 2; k++)
        hv_codec_u64(codec, &model->online_bytes[k]);
    for (unsigned k = 0; k < 2; k++)
        hv_codec_u64(codec, &model->boot_bytes[k]);
    if (hv_codec_reads(codec))
        check_storage(model, codec);
    hv_guest_content_codec(&model->content, model->online_bytes, codec);
}

/* --- The workload --------------------------------------------------------------------------------------- */

static uint64_t io_under_way(const HvGuestModel *model)
{
    return model->io_started - model->io_done - model->io_done_unseen - model->io_ended;
}

static void check_io(HvGuestModel *model, HvCodec *codec)
{
    uint64_t rate_milli = model->workload.io_rate_milli;
    uint64_t concluded = 0;

    if (__builtin_add_overflow(model->io_done, model->io_done_unseen, &concluded) ||
        __builtin_add_overflow(model->io_ended, concluded, &concluded) || concluded > model->io_started ||
        model->io_to_restart > model->io_started - concluded || model->io_started > model->io_requests)
        hv_codec_fail(codec, "more requests have ended than were started");
    else if (io_under_way(model) > HV_GUEST_MODEL_IO_MAX)
        hv_codec_fail(codec, "%" G_GUINT64_FORMAT " requests are under way", io_under_way(model));
    else if (
        rate_milli > 0 && model->io_requests > hv_muldiv(model->clock_ns, rate_milli, 1000 * HV_NS_PER_S) + 2)
        hv_codec_fail(codec, "there were more requests than there was time for");
    else if (rate_milli > 0 && model->io_due_ns < model->clock_ns)
        hv_codec_fail(codec, "a request was not started when it was due");
}

static void io_codec(HvGuestModel *model, HvCodec *codec)
{
    hv_codec_u64(codec, &model->io_due_ns);
    hv_codec_u64(codec, &model->io_requests);
    hv_codec_u64(codec, &model->io_started);
    hv_codec_u64(codec, &model->io_done);
    hv_codec_u64(codec, &model->io_done_unseen);
    hv_codec_u64(codec, &model->io_ended);
    hv_codec_u64(codec, &model->io_skipped);
    hv_codec_u64(codec, &model->io_to_restart);
    if (hv_codec_reads(codec))
        check_io(model, codec);
    if (hv_codec_failed(codec))
        return;
    if (!hv_codec_is_whole(codec)) {
        if (hv_codec_reads(codec))
            model->io_to_restart = io_under_way(model);
        return;
    }
    hv_codec_declare_io(
        codec, hv_guest_model_io_concluded, model, io_under_way(model) - model->io_to_restart);
    hv_codec_event(codec, &model->io_timer);
}

static void work_codec(HvGuestModel *model, HvCodec *codec)
{
    hv_codec_u64(codec, &model->work_due_ns);
    if (model->workload.cpu == HV_WORKLOAD_CPU_DEMAND && hv_codec_reads(codec) &&
        (model->work_due_ns < model->clock_ns || model->work_due_ns > CLOCK_MAX))
        hv_codec_fail(codec, "work did not arrive when it was due");
    if (hv_codec_is_whole(codec))
        hv_codec_event(codec, &model->work_timer);
}

/* --- All of it ------------------------------------------------------------------------------------------ */

static void clock_codec(HvGuestModel *model, HvCodec *codec)
{
    HvTime clock_ns = hv_guest_model_clock(model);

    hv_codec_bool(codec, &model->held);
    hv_codec_bool(codec, &model->halted);
    hv_codec_u64(codec, &clock_ns);
    hv_codec_since(codec, &model->booted_at_ns);
    if (!hv_codec_reads(codec))
        return;
    if (clock_ns > CLOCK_MAX)
        hv_codec_fail(codec, "the guest's clock is at the end of time");
    model->clock_ns = clock_ns;
    model->clock_since_ns = hv_codec_now(codec);
    model->held = model->held || !hv_codec_is_whole(codec);
}

static void jobs_codec(HvGuestModel *model, HvCodec *codec)
{
    bool has_jobs = model->jobs != NULL;

    hv_codec_bool(codec, &has_jobs);
    if (has_jobs != (model->jobs != NULL))
        hv_codec_fail(codec, "the guest had %s classes of jobs", has_jobs ? "other" : "no");
    if (!model->jobs || hv_codec_failed(codec))
        return;
    hv_jobs_codec(model->jobs, codec);
    for (unsigned lip = 1; lip <= HV_MAX_LIPS && hv_codec_reads(codec); lip++)
        if (hv_jobs_lip_is_online(model->jobs, lip) != model->lip_online[lip])
            hv_codec_fail(codec, "jobs know nothing of LIP %u, or only they do", lip);
}

static void check_writes(const HvGuestModel *model, HvCodec *codec)
{
    if (model->content.pages_written > 0 && model->content.set_pages == 0)
        hv_codec_fail(codec, "pages were written, but no page is to be written");
    else if (model->content.pages_written > hv_guest_model_pages_due(model))
        hv_codec_fail(codec, "more pages were written than there was time for");
}

static void loaded_codec(HvGuestModel *model, HvCodec *codec)
{
    clock_codec(model, codec);
    hv_codec_bool(codec, &model->is_to_announce);
    hv_codec_uint(codec, &model->notified);
    lips_codec(model, codec);
    storage_codec(model, codec);
    work_codec(model, codec);
    io_codec(model, codec);
    if (hv_codec_reads(codec))
        check_writes(model, codec);
    hv_guest_model_demand_codec(model, codec);
    jobs_codec(model, codec);
    if (hv_codec_reads(codec) && !hv_codec_is_whole(codec))
        model->is_to_announce = true;
}

void hv_guest_model_codec(HvGuest *guest, HvCodec *codec)
{
    HvGuestModel *model = hv_guest_model_of(guest);

    g_assert(!hv_codec_reads(codec) || (!model->loaded && model->boots == 0));
    hv_guest_model_catch_up(guest);
    hv_codec_begin(codec, "model guest", 1);
    hv_codec_uint(codec, &model->boots);
    hv_codec_bool(codec, &model->loaded);
    if (model->loaded)
        loaded_codec(model, codec);
    hv_codec_end(codec);
}
