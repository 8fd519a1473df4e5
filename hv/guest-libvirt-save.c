/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Saving a real guest.
 *
 * The job does it (hv/libvirt-save.h) and brings the list of files back; here it is kept until whoever asked takes it. A guest that was saved
 * and stopped has ended by our own will, so LPAR control is told and nobody is surprised.
 */
#include "hv/guest-libvirt-private.h"
#include "hv/libvirt-save.h"

static bool save(HvGuestJob *job, GError **error)
{
    gint64 begun_us = g_get_monotonic_time();
    const char *name = hv_libvirt_domain_name(job->domain);

    hv_guest_saved_free(job->saved);
    job->saved = hv_libvirt_domain_save(job->domain, &job->save, error);
    if (!job->saved)
        return false;
    job->off = job->save.order.kind == HV_SAVE_STOP;
    hv_guest_job_say(job, begun_us, "domain %s saved into %s", name, job->save.order.folder);
    if (job->saved->hold_ns != HV_TIME_NEVER)
        hv_guest_job_say(job, 0, "it stood for %.1f ms", (double)job->saved->hold_ns / (double)HV_NS_PER_MS);
    return job->off || hv_guest_job_view(job, error);
}

bool hv_guest_work_save(void *job, GError **error)
{
    HvGuestJob *saving = job;
    bool saved = hv_guest_persist(job, save, error);

    if (!saved && saving->save.order.moment)
        hv_save_moment_give_up(
            saving->save.order.moment, error ? (*error)->message : ""); /* others wait for it */
    return saved;
}

static void save_done(void *data, const GError *error)
{
    HvGuestJob *job = data;
    HvGuestLibvirt *self = job->guest;

    self->off_expected = false;
    hv_heartbeat_pause(hv_libvirt_console_heartbeat(self->console));
    hv_guest_libvirt_learn(self, job);
    if (!error)
        self->saved = g_steal_pointer(&job->saved);
    if (!error && job->off)
        hv_guest_libvirt_ended(self, "it was saved");
    else
        hv_guest_libvirt_look(&self->base); /* if it has ended and was begun again, its console is another */
    hv_guest_libvirt_finish(self, job->did->str, error);
}

static const HvJobOps save_ops = {hv_guest_work_save, save_done, hv_guest_job_free};

/* The shortest time slice of the slice rule, where the machine does not say. */
#define SLICE_NS (12500 * HV_NS_PER_US)

void hv_guest_libvirt_save(HvGuest *guest, const HvSaveOrder *order)
{
    HvGuestLibvirt *self = hv_guest_libvirt(guest);
    HvGuestJob *job = hv_guest_libvirt_job(self, "saving");

    g_clear_pointer(&self->saved, hv_guest_saved_free);
    job->save.order = (HvSaveOrder){
        g_strdup(order->folder), order->kind, order->moment ? hv_save_moment_ref(order->moment) : NULL};
    job->save.hold_limit_ns = self->real.machine->slice_ns > 0 ? self->real.machine->slice_ns : SLICE_NS;
    job->limit_ns = HV_GUEST_SAVE_LIMIT_NS;
    self->off_expected = order->kind == HV_SAVE_STOP;
    hv_guest_libvirt_push(self, &save_ops, job);
}

HvGuestSaved *hv_guest_libvirt_take_saved(HvGuest *guest)
{
    return g_steal_pointer(&hv_guest_libvirt(guest)->saved);
}
