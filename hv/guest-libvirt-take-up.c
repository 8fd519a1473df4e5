/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Taking up a domain that an earlier console has left running: on purpose, or because it was killed.
 *
 * The domain goes on as it runs, is not booted, and belongs to this console from now on. It must be the LPAR's: it may lack things that the
 * LPAR has by the books (an INTEG was interrupted; whoever takes it up adds them then), but never have more. One that was suspended in the middle of
 * something goes on; disks that an interrupted save has left divided become whole.
 */
#include "hv/error.h"
#include "hv/guest-libvirt-private.h"
#include "hv/libvirt-merge.h"

#include <string.h>

static bool refuse(const HvGuestJob *job, const char *why, const char *remedy, GError **error)
{
    g_set_error(
        error, HV_ERROR, HV_ERROR_DOMAIN, "Domain %s cannot be taken up: %s\n%s",
        hv_libvirt_domain_name(job->domain), why, remedy);
    return false;
}

/* Only what nobody else has in hand, and what is lparsim's. */
static bool may_be_taken(const HvGuestJob *job, GError **error)
{
    g_autofree char *owner = job->origin->adopted ? NULL : hv_libvirt_domain_owner(job->domain);

    if (job->origin->adopted)
        return true;
    if (!owner)
        return refuse(
            job, "it is not lparsim's", "Rename the machine or the LPAR, or remove the domain", error);
    if (!hv_guest_job_owner_lives(owner, job->origin->owner))
        return true;
    g_autofree char *why = g_strdup_printf("it belongs to another lparsim console, process %s", owner);

    return refuse(job, why, "End that console first", error);
}

static bool has_device(const HvGuestJob *job, const char *source)
{
    for (unsigned i = 0; i < job->want->devices->len; i++) {
        g_autofree char *file = hv_guest_job_file(job, g_ptr_array_index(job->want->devices, i));

        if (g_strcmp0(file, source) == 0)
            return true;
    }
    return false;
}

/* What is more than the LPAR has belongs to another one. */
static bool is_within_books(const HvGuestJob *job, GError **error)
{
    static const char remedy[] = "End it (virsh destroy) and LOAD its LPAR";
    const HvDomainView *view = job->view;

    if (view->current_bytes > job->want->ms_bytes) {
        g_autofree char *has = hv_quantity_format_size(view->current_bytes);
        g_autofree char *says = hv_quantity_format_size(job->want->ms_bytes);
        g_autofree char *why = g_strdup_printf("it has %s of storage, and its LPAR has %s", has, says);

        return refuse(job, why, remedy, error);
    }
    if (view->vcpus > job->want->n_cpus)
        return refuse(job, "it has more vCPUs than its LPAR has LIPs", remedy, error);
    for (unsigned i = 0; !job->origin->adopted && i < view->devices->len; i++) {
        const HvDomainViewDevice *device = g_ptr_array_index(view->devices, i);

        if (!device->is_disk || has_device(job, device->source))
            continue;
        g_autofree char *why = g_strdup_printf("its disk %s is not its LPAR's", device->source);

        return refuse(job, why, remedy, error);
    }
    return true;
}

/* What an interrupted save has left is mended before anybody looks at the disks. */
static bool mend_disks(HvGuestJob *job, GError **error)
{
    unsigned merged = 0;

    if (!hv_libvirt_domain_merge(job->domain, &merged, error))
        return false;
    if (merged > 0)
        hv_guest_job_say(
            job, 0, "%u disk%s that a save had left divided: merged", merged, merged == 1 ? "" : "s");
    return true;
}

/* How an adopted one is to be left, and begun again, as far as that can still be known. */
static void learn_adopted(HvGuestJob *job)
{
    if (!job->origin->adopted)
        return;
    job->found = HV_DOMAIN_RUNNING;
    job->tuning = hv_libvirt_domain_tuning(job->domain);
    job->origin->saved_xml = hv_libvirt_domain_save_xml(job->domain, NULL);
}

static bool require_running(HvGuestJob *job, HvDomainRun *ret_run, GError **error)
{
    if (!hv_libvirt_domain_run(job->domain, ret_run, error))
        return false;
    if (*ret_run != HV_DOMAIN_OFF)
        return true;
    g_set_error(
        error, HV_ERROR, HV_ERROR_GONE, "Domain %s does not run any more\nLOAD its LPAR",
        hv_libvirt_domain_name(job->domain));
    return false;
}

static bool take_up(HvGuestJob *job, GError **error)
{
    HvDomainRun run;

    if (!require_running(job, &run, error) || !may_be_taken(job, error) || !mend_disks(job, error) ||
        !hv_guest_job_view(job, error) || !is_within_books(job, error))
        return false;
    if (!job->origin->adopted && !hv_libvirt_domain_set_owner(job->domain, job->origin->owner, error))
        return false;
    learn_adopted(job);
    hv_guest_job_open_console(job);
    hv_guest_job_tune(job);
    hv_guest_job_say(
        job, 0, "domain %s taken up as it %s", hv_libvirt_domain_name(job->domain),
        run == HV_DOMAIN_PAUSED ? "stood; it goes on" : "runs");
    return run != HV_DOMAIN_PAUSED || hv_libvirt_domain_resume(job->domain, error);
}

bool hv_guest_work_take_up(void *job, GError **error)
{
    return hv_guest_persist(job, take_up, error);
}

const HvJobOps hv_guest_libvirt_take_up_ops = {
    hv_guest_work_take_up, hv_guest_libvirt_boot_done, hv_guest_job_free};
