/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a job takes along: copies of what belongs to the guest and of how its domain is begun.
 *
 * IPs become CPUs of the host here: as the machine file maps them, else one after another, beginning anew when the
 * host has fewer. LIPs of a pool may run on any.
 */
#include "hv/guest-libvirt-job.h"

#include <string.h>

/* --- Resources ------------------------------------------------------------------------------------------ */

static char *host_cpus_of(const HvMachineDef *machine, unsigned ip, unsigned host_cpus)
{
    const char *given = ip > 0 && machine->host_cpus && ip <= machine->host_cpus->len
                            ? g_ptr_array_index(machine->host_cpus, ip - 1)
                            : NULL;

    if (ip == 0)
        return g_strdup("");
    return given ? g_strdup(given) : g_strdup_printf("%u", (ip - 1) % host_cpus);
}

static void device_free(void *data)
{
    hv_device_def_free(data);
}

static HvDeviceDef *device_copy(const HvDeviceDef *device)
{
    HvDeviceDef *copy = hv_device_def_new(device->name, device->number, device->service_ns);

    memcpy(copy->chps, device->chps, sizeof(copy->chps));
    copy->disk = g_strdup(device->disk);
    copy->nic = g_strdup(device->nic);
    copy->qcow2 = device->qcow2;
    return copy;
}

static GPtrArray *devices_copy(const GPtrArray *devices)
{
    GPtrArray *copies = g_ptr_array_new_with_free_func(device_free);

    for (unsigned i = 0; i < devices->len; i++) {
        const HvDeviceDef *device = g_ptr_array_index(devices, i);

        if (device->disk || device->nic)
            g_ptr_array_add(copies, device_copy(device));
    }
    return copies;
}

HvGuestWant *
hv_guest_want_new(const HvGuestResources *resources, const HvMachineDef *machine, unsigned host_cpus)
{
    HvGuestWant *want = g_new(HvGuestWant, 1);

    *want = (HvGuestWant){
        .ms_bytes = resources->ms_bytes,
        .ms_max_bytes = resources->ms_max_bytes,
        .n_cpus = resources->n_cpus,
        .max_cpus = MAX(resources->max_cpus, resources->n_cpus),
        .host_cpus = g_new0(char *, resources->n_cpus + 1),
        .cpu_shares = resources->cpu_shares,
        .quota_us = resources->quota_us,
        .devices = devices_copy(resources->devices),
    };
    for (unsigned i = 0; i < resources->n_cpus; i++)
        want->host_cpus[i] = host_cpus_of(machine, resources->cpus[i].ip, host_cpus);
    return want;
}

HvGuestWant *hv_guest_want_copy(const HvGuestWant *want)
{
    HvGuestWant *copy = g_memdup2(want, sizeof(*want));

    copy->host_cpus = g_strdupv(want->host_cpus);
    copy->devices = devices_copy(want->devices);
    return copy;
}

void hv_guest_want_free(HvGuestWant *want)
{
    if (!want)
        return;
    g_strfreev(want->host_cpus);
    g_ptr_array_unref(want->devices);
    g_free(want);
}

/* --- Origin --------------------------------------------------------------------------------------------- */

HvGuestOrigin *hv_guest_origin_copy(const HvGuestOrigin *origin)
{
    HvGuestOrigin *copy = g_memdup2(origin, sizeof(*origin));

    copy->owner = g_strdup(origin->owner);
    copy->xml_kvm = g_strdup(origin->xml_kvm);
    copy->xml_qemu = g_strdup(origin->xml_qemu);
    copy->saved_xml = g_strdup(origin->saved_xml);
    copy->console_log = g_strdup(origin->console_log);
    copy->directory = g_strdup(origin->directory);
    copy->found = g_array_copy(origin->found);
    return copy;
}

void hv_guest_origin_free(HvGuestOrigin *origin)
{
    if (!origin)
        return;
    g_free(origin->owner);
    g_array_unref(origin->found);
    g_free(origin->xml_kvm);
    g_free(origin->xml_qemu);
    g_free(origin->saved_xml);
    g_free(origin->console_log);
    g_free(origin->directory);
    g_free(origin);
}

/* --- Jobs ----------------------------------------------------------------------------------------------- */

HvGuestJob *
hv_guest_job_new(void *guest, const char *what, HvLibvirtDomain *domain, const HvGuestOrigin *origin)
{
    HvGuestJob *job = g_new0(HvGuestJob, 1);

    job->guest = guest;
    job->what = what;
    job->domain = hv_libvirt_domain_ref(domain);
    job->origin = hv_guest_origin_copy(origin);
    job->did = g_string_new(NULL);
    job->left = g_ptr_array_new_with_free_func(g_free);
    return job;
}

void hv_guest_job_free(void *data)
{
    HvGuestJob *job = data;

    hv_libvirt_domain_unref(job->domain);
    hv_guest_origin_free(job->origin);
    hv_guest_want_free(job->want);
    hv_libvirt_tuning_free(job->tuning);
    hv_domain_view_free(job->view);
    hv_guest_saved_free(job->saved);
    g_free(job->save.order.folder);
    hv_save_moment_unref(job->save.order.moment);
    hv_libvirt_console_discard(job->stream);
    g_string_free(job->did, TRUE);
    g_ptr_array_unref(job->left);
    g_free(job);
}

void hv_guest_job_say(HvGuestJob *job, gint64 begun_us, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (job->did->len > 0)
        g_string_append_c(job->did, '\n');
    g_string_append_vprintf(job->did, format, arguments);
    va_end(arguments);
    if (begun_us != 0)
        g_string_append_printf(
            job->did, ", in %.1f ms", (double)(g_get_monotonic_time() - begun_us) / 1000.0);
}

char *hv_guest_job_file(const HvGuestJob *job, const HvDeviceDef *device)
{
    return device->disk ? g_canonicalize_filename(device->disk, job->origin->directory) : NULL;
}
