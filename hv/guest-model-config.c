/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reconfiguration of a running model guest: storage and CPUs come online, by the interruption that tells of them or by its operator's
 * commands ([0034-0039] of the patent).
 *
 * What can come online was declared when the guest was loaded: MS up to its reserved size, LIPs by their number. Storage that came is
 * stamped like the boot image, so that it can be verified; it can go again, what the guest was loaded with cannot. A CPU that goes leaves its work to another one.
 */
#include "hv/error.h"
#include "hv/guest-model-private.h"

static const HvTraceEvent hv_ev_storage = {"guest.storage-online", {"lpar", "ms_bytes", "es_bytes"}};
static const HvTraceEvent hv_ev_cpu = {"guest.cpu", {"lpar", "lip", "online"}};
static const HvTraceEvent hv_ev_interruption = {"guest.interruption", {"lpar", "lips"}};

/* What can be brought online: what the windows hold, MS up to what was declared at load. */
static uint64_t storage_limit(const HvGuestModel *model, unsigned window)
{
    return window == 0 ? MIN(model->config.ms->size_bytes, model->ms_max_bytes)
                       : model->config.es->size_bytes;
}

static bool storage_is_waiting(const HvGuestModel *model, GError **error)
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

/* Storage that goes is empty then; what comes is stamped like the boot image. */
static void set_online(HvGuestModel *model, unsigned window, uint64_t online_bytes)
{
    if (online_bytes < model->online_bytes[window])
        hv_guest_content_shrink(&model->content, window, model->online_bytes[window], online_bytes);
    else
        hv_guest_content_extend(&model->content, window, model->online_bytes[window], online_bytes);
    model->online_bytes[window] = online_bytes;
}

static bool can_have(const HvGuestModel *model, const uint64_t online_bytes[2], GError **error)
{
    for (unsigned k = 0; k < 2; k++) {
        if (online_bytes[k] >= model->boot_bytes[k] && online_bytes[k] <= storage_limit(model, k))
            continue;
        g_autofree char *least = hv_quantity_format_size(model->boot_bytes[k]);
        g_autofree char *most = hv_quantity_format_size(storage_limit(model, k));

        g_set_error(
            error, HV_ERROR, HV_ERROR_GUEST,
            "The guest can have between %s and %s of %s online while it runs\nLOAD it anew for less", least,
            most, k == 0 ? "MS" : "ES");
        return false;
    }
    return true;
}

bool hv_guest_model_set_storage(HvGuest *guest, const uint64_t online_bytes[2], GError **error)
{
    HvGuestModel *model = hv_guest_model_of(guest);

    if (!can_have(model, online_bytes, error))
        return false;
    hv_guest_model_catch_up(guest);
    for (unsigned k = 0; k < 2; k++)
        set_online(model, k, online_bytes[k]);
    hv_trace_emit(
        model->config.trace, hv_engine_now(model->config.engine), &hv_ev_storage, model->config.lpar,
        model->online_bytes[0], model->online_bytes[1]);
    return true;
}

/* What was added since the load can go again. */
static bool storage_is_to_spare(const HvGuestModel *model, GError **error)
{
    if (model->online_bytes[0] > model->boot_bytes[0] || model->online_bytes[1] > model->boot_bytes[1])
        return true;
    g_set_error_literal(
        error, HV_ERROR, HV_ERROR_GUEST,
        "The model guest gives back only what was brought online since it was loaded, and that is "
        "nothing\nLOAD it "
        "anew with less instead");
    return false;
}

bool hv_guest_model_config_storage(HvGuest *guest, bool online, uint64_t *ret_changed_bytes, GError **error)
{
    HvGuestModel *model = hv_guest_model_of(guest);
    uint64_t changed_bytes = 0, target_bytes[2];

    if (!(online ? storage_is_waiting(model, error) : storage_is_to_spare(model, error)))
        return false;
    for (unsigned k = 0; k < 2; k++) {
        target_bytes[k] = online ? storage_limit(model, k) : model->boot_bytes[k];
        changed_bytes += online ? target_bytes[k] - model->online_bytes[k]
                                : model->online_bytes[k] - target_bytes[k];
    }
    bool done = hv_guest_model_set_storage(guest, target_bytes, NULL);

    g_assert(done);
    *ret_changed_bytes = changed_bytes;
    return true;
}

unsigned hv_guest_model_cpus_online(const HvGuestModel *model)
{
    unsigned n = 0;

    for (unsigned lip = 1; lip <= HV_MAX_LIPS; lip++)
        n += model->lip_online[lip];
    return n;
}

static unsigned lowest_cpu_online(const HvGuestModel *model)
{
    for (unsigned lip = 1; lip <= HV_MAX_LIPS; lip++)
        if (model->lip_online[lip])
            return lip;
    g_assert_not_reached();
}

/* Work that waits for the CPU goes to another: demand that was not met is not forgotten. */
static void hand_over_work(HvGuestModel *model, unsigned from)
{
    HvTime work_ns = model->backlog_ns[from];

    model->backlog_ns[from] = 0;
    if (model->jobs)
        hv_jobs_lip_offline(model->jobs, from);
    hv_guest_model_add_work(model, lowest_cpu_online(model), work_ns);
}

static bool bring_cpu_offline(HvGuestModel *model, unsigned lip, GError **error)
{
    if (model->lip_online[lip] && hv_guest_model_cpus_online(model) == 1) {
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

bool hv_guest_model_config_cpu(HvGuest *guest, unsigned lip, bool online, GError **error)
{
    HvGuestModel *model = hv_guest_model_of(guest);

    if (lip < 1 || lip > HV_MAX_LIPS) {
        g_set_error(
            error, HV_ERROR, HV_ERROR_GUEST, "The guest knows no CPU %u\nGive 1 to %u", lip, HV_MAX_LIPS);
        return false;
    }
    if (online ? !model->config.host_ops->lip_start(model->config.host, lip, error)
               : !bring_cpu_offline(model, lip, error))
        return false;
    hv_trace_emit(
        model->config.trace, hv_engine_now(model->config.engine), &hv_ev_cpu, model->config.lpar, lip,
        online);
    if (online)
        hv_guest_model_lip_online(model, lip);
    return true;
}

void hv_guest_model_resources_changed(HvGuest *guest, const unsigned *lips, unsigned n_lips)
{
    HvGuestModel *model = hv_guest_model_of(guest);
    uint64_t changed_bytes;

    model->notified++;
    hv_trace_emit(
        model->config.trace, hv_engine_now(model->config.engine), &hv_ev_interruption, model->config.lpar,
        n_lips);
    hv_guest_model_config_storage(
        guest, /* online= */ true, &changed_bytes, NULL); /* nothing added: nothing to do */
    for (unsigned i = 0; i < n_lips; i++)
        hv_guest_model_config_cpu(guest, lips[i], /* online= */ true, NULL);
}
