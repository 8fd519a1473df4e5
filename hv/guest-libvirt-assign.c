/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Giving a running domain what belongs to its LPAR.
 *
 * What is wanted is compared with what libvirt says is there, and the difference is attached. So the same job
 * serves an INTEG, the completion of one that could not be finished, and a repetition after a lost connection:
 * nothing is ever attached twice. What cannot be attached is left, with the reason, and the rest is gone on with.
 *
 *     storage   DIMM of the difference | virtio-mem asked for the difference | balloon let go
 *     devices   each by its alias, or a disk by its file; a disk that another domain has is not attached
 *     vCPUs     as many as there are LIPs, then pins and weights
 */
#include "hv/guest-libvirt-job.h"

#include "hv/domain-xml.h"
#include "hv/error.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Linux brings storage that is plugged in online in blocks of this size on x86_64. */
#define DIMM_BLOCK_BYTES       (128 * HV_MIB)
#define VIRTIO_MEM_BLOCK_BYTES (2 * HV_MIB)
/* How long a driver in the guest has, and how exact the balloon is. */
#define DRIVER_LIMIT_US     (5 * G_USEC_PER_SEC)
#define DRIVER_POLL_US      (20 * 1000)
#define BALLOON_SLACK_BYTES (4 * HV_MIB)

G_GNUC_PRINTF(2, 3)
static void leave(HvGuestJob *job, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_ptr_array_add(job->left, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

/* A refusal is left for later; a lost connection or a domain that is gone ends the job. Takes the error. */
static bool leave_or_fail(HvGuestJob *job, const char *what, GError *problem, GError **error)
{
    if (problem->code == HV_ERROR_DOMAIN) {
        leave(job, "%s: %s", what, problem->message);
        g_error_free(problem);
        return true;
    }
    g_propagate_error(error, problem);
    return false;
}

static HvGrow job_grow(const HvGuestJob *job)
{
    return job->origin->grow == HV_GROW_DEFAULT ? hv_domain_view_grow(job->view) : job->origin->grow;
}

/* --- Storage -------------------------------------------------------------------------------------------- */

/* What the guest has been given by now, by the way in which it grows. */
static uint64_t given_bytes(const HvGuestJob *job)
{
    const HvDomainView *view = job->view;

    switch (job_grow(job)) {
    case HV_GROW_DIMM:
        return view->memory_bytes;
    case HV_GROW_VIRTIO_MEM:
        return view->memory_bytes - view->virtio_mem_bytes + view->virtio_mem_current_bytes;
    default:
        return view->current_bytes;
    }
}

static bool plug_in_dimm(HvGuestJob *job, uint64_t bytes, GError **error)
{
    g_autofree char *xml = hv_domain_xml_dimm(bytes);

    return hv_libvirt_domain_attach(job->domain, xml, error);
}

/* The guest's driver takes it in its own time; without a driver nobody does. */
static bool ask_virtio_mem(HvGuestJob *job, uint64_t more_bytes, GError **error)
{
    gint64 until_us = g_get_monotonic_time() + DRIVER_LIMIT_US;
    uint64_t requested_bytes = job->view->virtio_mem_current_bytes + more_bytes;
    g_autofree char *xml =
        hv_domain_xml_virtio_mem(job->view->virtio_mem_bytes, requested_bytes, job->view->virtio_mem_address);

    if (!hv_libvirt_domain_update(job->domain, xml, error))
        return false;
    do {
        if (!hv_guest_job_view(job, error))
            return false;
        if (job->view->virtio_mem_current_bytes >= requested_bytes)
            return true;
        g_usleep(DRIVER_POLL_US);
    } while (g_get_monotonic_time() < until_us);
    g_autofree char *taken = hv_quantity_format_size(job->view->virtio_mem_current_bytes);

    g_set_error(
        error, HV_ERROR, HV_ERROR_DOMAIN,
        "the guest has taken %s of it: it has no virtio-mem driver, or it does not act", taken);
    return false;
}

/* The guest's driver lets go of what the balloon holds, or takes it, in its own time; without a driver never. */
static bool set_balloon(HvGuestJob *job, uint64_t bytes, GError **error)
{
    gint64 until_us = g_get_monotonic_time() + DRIVER_LIMIT_US;
    HvDomainFigures figures;

    if (!hv_libvirt_domain_set_balloon(job->domain, bytes, error))
        return false;
    do {
        if (!hv_libvirt_domain_figures(job->domain, &figures, error))
            return false;
        if (MAX(figures.balloon_bytes, bytes) - MIN(figures.balloon_bytes, bytes) <= BALLOON_SLACK_BYTES)
            return true;
        g_usleep(DRIVER_POLL_US);
    } while (g_get_monotonic_time() < until_us);
    g_autofree char *stands = hv_quantity_format_size(figures.balloon_bytes);

    g_set_error(
        error, HV_ERROR, HV_ERROR_DOMAIN,
        "the balloon stands at %s: the guest has no balloon driver, or it does not act", stands);
    return false;
}

static bool assign_storage(HvGuestJob *job, GError **error)
{
    uint64_t has_bytes = given_bytes(job), want_bytes = job->want->ms_bytes;
    uint64_t more_bytes = want_bytes > has_bytes ? want_bytes - has_bytes : 0;
    HvGrow grow = job_grow(job);
    gint64 begun_us = g_get_monotonic_time();
    g_autofree char *amount = hv_quantity_format_size(more_bytes);
    g_autofree char *what = g_strdup_printf("%s of storage by %s", amount, hv_grow_name(grow));
    bool too_much = grow == HV_GROW_BALLOON && has_bytes > want_bytes + BALLOON_SLACK_BYTES;
    GError *problem = NULL;
    bool ok;

    if (more_bytes == 0 && !too_much)
        return true;
    if (grow == HV_GROW_DIMM)
        ok = plug_in_dimm(job, more_bytes, &problem);
    else if (grow == HV_GROW_VIRTIO_MEM)
        ok = ask_virtio_mem(job, more_bytes, &problem);
    else
        ok = set_balloon(job, want_bytes, &problem);
    if (!ok)
        return leave_or_fail(job, what, problem, error);
    hv_guest_job_say(job, begun_us, "%s added", what);
    return true;
}

/* --- Devices -------------------------------------------------------------------------------------------- */

static char *device_text(const HvDeviceDef *device, const char *file)
{
    return device->disk ? g_strdup_printf("disk %s", file)
                        : g_strdup_printf("network interface %s (%s)", device->name, device->nic);
}

static bool has_target(const HvDomainView *view, const char *name)
{
    for (unsigned i = 0; i < view->devices->len; i++) {
        const HvDomainViewDevice *device = g_ptr_array_index(view->devices, i);

        if (device->is_disk && g_strcmp0(device->target, name) == 0)
            return true;
    }
    return false;
}

/* The first disk name that the domain does not have; HV_DOMAIN_DISKS if it has all of them. */
static unsigned free_slot(const HvDomainView *view)
{
    for (unsigned slot = 0; slot < HV_DOMAIN_DISKS; slot++) {
        g_autofree char *name = g_strdup_printf("vd%c", 'a' + (int)slot);

        if (!has_target(view, name))
            return slot;
    }
    return HV_DOMAIN_DISKS;
}

static bool attach_device(HvGuestJob *job, const HvDeviceDef *device, const char *file, GError **error)
{
    unsigned slot = free_slot(job->view);
    GError *problem = NULL;
    g_autofree char *user = file ? hv_libvirt_domain_other_user(job->domain, file, &problem) : NULL;

    if (problem) {
        g_propagate_error(error, problem);
        return false;
    }
    if (user || slot >= HV_DOMAIN_DISKS) {
        g_set_error(
            error, HV_ERROR, HV_ERROR_DOMAIN, user ? "domain %s has it" : "%s: it has no disk name left",
            user ? user : hv_libvirt_domain_name(job->domain));
        return false;
    }
    g_autofree char *xml = hv_domain_xml_device(device, job->view->arch, slot, job->origin->directory);

    return hv_libvirt_domain_attach(job->domain, xml, error);
}

/* What an adopted domain came with has no alias of ours. */
static bool was_found(const HvGuestJob *job, const HvDeviceDef *device)
{
    const GArray *found = job->origin->found;

    for (unsigned i = 0; i < found->len; i++)
        if (g_array_index(found, uint16_t, i) == device->number)
            return true;
    return false;
}

static bool assign_device(HvGuestJob *job, const HvDeviceDef *device, GError **error)
{
    g_autofree char *file = hv_guest_job_file(job, device), *alias = hv_domain_xml_alias(device);
    g_autofree char *what = device_text(device, file);
    gint64 begun_us = g_get_monotonic_time();
    GError *problem = NULL;

    if (was_found(job, device) || hv_domain_view_find(job->view, alias, file))
        return true;
    if (!attach_device(job, device, file, &problem))
        return leave_or_fail(job, what, problem, error);
    hv_guest_job_say(job, begun_us, "%s attached", what);
    return hv_guest_job_view(job, error);
}

/* --- Processors ----------------------------------------------------------------------------------------- */

static bool assign_processors(HvGuestJob *job, GError **error)
{
    unsigned n_cpus = job->want->n_cpus, more = n_cpus > job->view->vcpus ? n_cpus - job->view->vcpus : 0;
    g_autofree char *what = g_strdup_printf("%u vCPU%s", more, more == 1 ? "" : "s");
    gint64 begun_us = g_get_monotonic_time();
    GError *problem = NULL;

    if (more > 0 && !hv_libvirt_domain_set_vcpus(job->domain, n_cpus, &problem))
        return leave_or_fail(job, what, problem, error);
    hv_guest_job_tune(job);
    if (more > 0)
        hv_guest_job_say(job, begun_us, "%s added and pinned", what);
    return true;
}

/* --- The job -------------------------------------------------------------------------------------------- */

/* What was left becomes the job's error, so that whoever waits hears of it. */
static bool all_given(const HvGuestJob *job, GError **error)
{
    g_autoptr(GString) list = g_string_new(NULL);

    for (unsigned i = 0; i < job->left->len; i++)
        g_string_append_printf(list, "%s%s", i ? "; " : "", (const char *)g_ptr_array_index(job->left, i));
    if (job->left->len == 0)
        return true;
    g_set_error_literal(error, HV_ERROR, HV_ERROR_DOMAIN, list->str);
    return false;
}

static bool require_running(HvGuestJob *job, GError **error)
{
    HvDomainRun run;

    if (!hv_libvirt_domain_run(job->domain, &run, error))
        return false;
    if (run != HV_DOMAIN_OFF)
        return true;
    g_set_error(
        error, HV_ERROR, HV_ERROR_GONE, "Domain %s has ended\nLOAD its LPAR: it gets everything then",
        hv_libvirt_domain_name(job->domain));
    return false;
}

static bool assign(HvGuestJob *job, GError **error)
{
    g_ptr_array_set_size(job->left, 0);
    if (!require_running(job, error) || !hv_guest_job_view(job, error))
        return false;
    if ((job->parts & HV_ASSIGN_STORAGE) && !assign_storage(job, error))
        return false;
    for (unsigned i = 0; (job->parts & HV_ASSIGN_DEVICES) && i < job->want->devices->len; i++)
        if (!assign_device(job, g_ptr_array_index(job->want->devices, i), error))
            return false;
    if ((job->parts & HV_ASSIGN_PROCESSORS) && !assign_processors(job, error))
        return false;
    return hv_guest_job_view(job, error) && all_given(job, error);
}

bool hv_guest_work_assign(void *job, GError **error)
{
    return hv_guest_persist(job, assign, error);
}

/* --- Probing -------------------------------------------------------------------------------------------- */

static void probe_storage(HvGuestJob *job)
{
    const HvDomainView *view = job->view;
    uint64_t has_bytes = given_bytes(job), want_bytes = job->want->ms_bytes;
    uint64_t more_bytes = want_bytes > has_bytes ? want_bytes - has_bytes : 0;
    HvGrow grow = job_grow(job);
    uint64_t limit_bytes = hv_domain_view_limit_bytes(view, grow);
    uint64_t block_bytes = grow == HV_GROW_DIMM         ? DIMM_BLOCK_BYTES
                           : grow == HV_GROW_VIRTIO_MEM ? VIRTIO_MEM_BLOCK_BYTES
                                                        : 1;
    g_autofree char *more = hv_quantity_format_size(more_bytes),
                    *block = hv_quantity_format_size(block_bytes);
    g_autofree char *limit = hv_quantity_format_size(limit_bytes);

    if (more_bytes == 0)
        return;
    if (more_bytes % block_bytes != 0)
        leave(job, "%s cannot be added by %s, only multiples of %s", more, hv_grow_name(grow), block);
    else if (want_bytes > limit_bytes)
        leave(job, "its domain can grow to %s by %s, not by %s more", limit, hv_grow_name(grow), more);
    else if (grow == HV_GROW_DIMM && view->dimm_slots_used >= view->dimm_slots)
        leave(job, "all of its %u DIMM slots are in use", view->dimm_slots);
}

/* Files can be looked at only if the host is this one; on another one libvirt finds out. */
static void probe_devices(HvGuestJob *job)
{
    for (unsigned i = 0; i < job->want->devices->len; i++) {
        const HvDeviceDef *device = g_ptr_array_index(job->want->devices, i);
        g_autofree char *file = hv_guest_job_file(job, device), *alias = hv_domain_xml_alias(device);

        if (!file || hv_domain_view_find(job->view, alias, file) ||
            !hv_libvirt_host_is_local(hv_libvirt_domain_host(job->domain)))
            continue;
        if (access(file, R_OK | W_OK) != 0)
            leave(job, "disk %s: %s", file, g_strerror(errno));
    }
}

/* Ports of a running domain cannot be added. */
static void probe_ports(HvGuestJob *job)
{
    const HvDomainView *view = job->view;
    unsigned n_new = 0;

    for (unsigned i = 0; i < job->want->devices->len; i++) {
        const HvDeviceDef *device = g_ptr_array_index(job->want->devices, i);
        g_autofree char *file = hv_guest_job_file(job, device), *alias = hv_domain_xml_alias(device);

        n_new += !was_found(job, device) && !hv_domain_view_find(view, alias, file);
    }
    if (view->has_ports && n_new > view->free_ports)
        leave(
            job, "its domain has %u free PCI port%s for %u new devices", view->free_ports,
            view->free_ports == 1 ? "" : "s", n_new);
}

static bool probe(HvGuestJob *job, GError **error)
{
    g_ptr_array_set_size(job->left, 0);
    /* The figures come from QEMU itself, so it answers. */
    if (!require_running(job, error) || !hv_guest_job_view(job, error) ||
        !hv_libvirt_domain_figures(job->domain, &job->figures, error))
        return false;
    if (!job->want)
        return true;
    probe_storage(job);
    probe_devices(job);
    probe_ports(job);
    if (job->want->n_cpus > job->view->vcpus_max)
        leave(job, "its domain can have %u vCPUs, not %u", job->view->vcpus_max, job->want->n_cpus);
    return all_given(job, error);
}

bool hv_guest_work_probe(void *job, GError **error)
{
    return hv_guest_persist(job, probe, error);
}
