/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A real guest goes on from a save, with its disks as they were.
 *
 *     verify    every file has the bytes that were saved
 *     compare   the LPAR has what the domain had: storage, vCPUs, as many disks
 *     copy      each disk beside its place; until here nothing has changed
 *     exchange  the disks of now make room, under another name
 *     begin     the domain, suspended; then its console, pins and weights; then it goes on
 *
 * What fails after the exchange puts the disks of before back. The domain gets the name of the LPAR that it is restored to; where that, or its
 * UUID, is not the saved one, a copy of the file of its storage is given another description, since the domain that was saved may run.
 */
#include "hv/domain-edit.h"
#include "hv/domain-xml.h"
#include "hv/error.h"
#include "hv/guest-libvirt-private.h"
#include "hv/save-image.h"

#include <glib/gstdio.h>
#include <string.h>

#define FRESH_SUFFIX ".lparsim-restored"
#define OLD_SUFFIX   ".lparsim-before"

/* Where a saved disk goes. */
typedef struct {
    const HvSavedFile *file;
    char *place; /* absolute */
    bool exchanged;
} Disk;

static void disk_free(void *data)
{
    Disk *disk = data;

    g_free(disk->place);
    g_free(disk);
}

/* --- Whether it fits ------------------------------------------------------------------------------------ */

static bool
refuse(const HvGuestJob *job, const char *what, const char *saved, const char *now, GError **error)
{
    g_set_error(
        error, HV_ERROR, HV_ERROR_DOMAIN,
        "Domain %s was saved with %s %s, and the LPAR has %s\nRestore it to an LPAR that has what it had",
        job->saved->domain, saved, what, now);
    return false;
}

static bool figures_fit(const HvGuestJob *job, const char *xml, GError **error)
{
    const HvGuestWant *want = job->want;
    g_autoptr(HvDomainView) view = hv_domain_view_parse(xml, error);

    if (!view)
        return false;
    g_autofree char *saved_ms = hv_quantity_format_size(view->current_bytes);
    g_autofree char *now_ms = hv_quantity_format_size(want->ms_bytes);
    g_autofree char *saved_cpus = g_strdup_printf("%u", view->vcpus);
    g_autofree char *now_cpus = g_strdup_printf("%u", want->n_cpus);

    if (view->current_bytes != want->ms_bytes)
        return refuse(job, "of storage", saved_ms, now_ms, error);
    return view->vcpus == want->n_cpus || refuse(job, "vCPUs", saved_cpus, now_cpus, error);
}

static bool has_alias(const HvDeviceDef *device, const char *alias)
{
    g_autofree char *own = hv_domain_xml_alias(device);

    return g_strcmp0(own, alias) == 0;
}

/* The LPAR's disk that has the number of the saved one; else the nth. */
static const HvDeviceDef *device_for(const HvGuestJob *job, const HvSavedFile *file, unsigned nth)
{
    const HvDeviceDef *by_order = NULL;
    unsigned n = 0;

    for (unsigned i = 0; i < job->want->devices->len; i++) {
        const HvDeviceDef *device = g_ptr_array_index(job->want->devices, i);

        if (!device->disk || device->qcow2 != file->qcow2)
            continue;
        if (file->alias && has_alias(device, file->alias))
            return device;
        if (n++ == nth)
            by_order = device;
    }
    return by_order;
}

static unsigned count_disks(const HvGuestWant *want)
{
    unsigned n = 0;

    for (unsigned i = 0; i < want->devices->len; i++)
        n += ((const HvDeviceDef *)g_ptr_array_index(want->devices, i))->disk != NULL;
    return n;
}

static bool is_taken(const GPtrArray *disks, const char *place)
{
    for (unsigned i = 0; i < disks->len; i++)
        if (g_str_equal(((const Disk *)g_ptr_array_index(disks, i))->place, place))
            return true;
    return false;
}

/* Disk *, in the order of the saved ones; NULL with *error if they do not fit. */
static GPtrArray *match_disks(const HvGuestJob *job, GError **error)
{
    g_autoptr(GPtrArray) disks = g_ptr_array_new_with_free_func(disk_free);

    for (unsigned i = 0; i < job->saved->files->len; i++) {
        const HvSavedFile *file = g_ptr_array_index(job->saved->files, i);
        const HvDeviceDef *device = file->target ? device_for(job, file, disks->len) : NULL;
        g_autofree char *place = device ? hv_guest_job_file(job, device) : NULL;

        if (!file->target || !place || is_taken(disks, place))
            continue;
        Disk *disk = g_new0(Disk, 1);

        disk->file = file;
        disk->place = g_steal_pointer(&place);
        g_ptr_array_add(disks, disk);
    }
    unsigned saved_disks = 0;

    for (unsigned i = 0; i < job->saved->files->len; i++)
        saved_disks += ((const HvSavedFile *)g_ptr_array_index(job->saved->files, i))->target != NULL;
    if (disks->len == saved_disks && saved_disks == count_disks(job->want))
        return g_steal_pointer(&disks);
    g_autofree char *saved = g_strdup_printf("%u", saved_disks);
    g_autofree char *now = g_strdup_printf("%u", count_disks(job->want));

    refuse(job, "disks (of the same format)", saved, now, error);
    return NULL;
}

/* --- Disks ---------------------------------------------------------------------------------------------- */

static bool is_device(const Disk *disk)
{
    return g_str_has_prefix(disk->place, "/dev/");
}

static char *beside(const Disk *disk, const char *suffix)
{
    return g_strconcat(disk->place, suffix, NULL);
}

static void remove_beside(const GPtrArray *disks, const char *suffix)
{
    for (unsigned i = 0; i < disks->len; i++) {
        const Disk *disk = g_ptr_array_index(disks, i);
        g_autofree char *path = is_device(disk) ? NULL : beside(disk, suffix);

        if (path)
            g_unlink(path);
    }
}

static bool copy_disks(const HvGuestJob *job, const GPtrArray *disks, GError **error)
{
    for (unsigned i = 0; i < disks->len; i++) {
        const Disk *disk = g_ptr_array_index(disks, i);
        g_autofree char *from = hv_guest_saved_path(job->saved, disk->file);
        g_autofree char *to = beside(disk, FRESH_SUFFIX);

        if (is_device(disk) || hv_file_copy(from, to, /* like= */ disk->place, NULL, error))
            continue;
        remove_beside(disks, FRESH_SUFFIX);
        return false;
    }
    return true;
}

/* A block device has no room for both: what was on it is gone. */
static bool exchange(const HvGuestJob *job, GPtrArray *disks, GError **error)
{
    for (unsigned i = 0; i < disks->len; i++) {
        Disk *disk = g_ptr_array_index(disks, i);
        g_autofree char *from = hv_guest_saved_path(job->saved, disk->file);
        g_autofree char *fresh = beside(disk, FRESH_SUFFIX), *old = beside(disk, OLD_SUFFIX);

        if (is_device(disk)) {
            if (!hv_file_copy(from, disk->place, NULL, NULL, error))
                return false;
            continue;
        }
        disk->exchanged = g_rename(disk->place, old) == 0 || !g_file_test(disk->place, G_FILE_TEST_EXISTS);
        if (disk->exchanged && g_rename(fresh, disk->place) == 0)
            continue;
        g_set_error(
            error, HV_ERROR, HV_ERROR_FILE, "%s cannot be replaced\nSee who may use the file and its folder",
            disk->place);
        return false;
    }
    return true;
}

static void exchange_back(const GPtrArray *disks)
{
    for (unsigned i = 0; i < disks->len; i++) {
        const Disk *disk = g_ptr_array_index(disks, i);
        g_autofree char *old = beside(disk, OLD_SUFFIX);

        if (!disk->exchanged)
            continue;
        if (g_rename(old, disk->place) < 0)
            g_unlink(disk->place); /* there was none before */
    }
    remove_beside(disks, FRESH_SUFFIX);
}

/* --- The domain ----------------------------------------------------------------------------------------- */

static char *
edited(const HvGuestJob *job, const GPtrArray *disks, const char *xml, const char *uuid, GError **error)
{
    g_autofree HvDomainEditDisk *edits = g_new0(HvDomainEditDisk, disks->len + 1);
    const HvDomainEdit edit = {
        .name = hv_libvirt_domain_name(job->domain),
        .uuid = uuid,
        .owner = job->origin->adopted ? NULL : job->origin->owner,
        .console_log = job->origin->console_log,
        .disks = edits,
        .n_disks = disks->len,
    };

    for (unsigned i = 0; i < disks->len; i++) {
        const Disk *disk = g_ptr_array_index(disks, i);

        edits[i] = (HvDomainEditDisk){.target = disk->file->target, .file = disk->place};
    }
    return hv_domain_edit(xml, &edit, error);
}

static const HvSavedFile *memory_of(const HvGuestSaved *saved)
{
    for (unsigned i = 0; i < saved->files->len; i++) {
        const HvSavedFile *file = g_ptr_array_index(saved->files, i);

        if (!file->target)
            return file;
    }
    return NULL;
}

/* Under another name: libvirt takes only what the file itself says. */
static bool
begin_renamed(HvGuestJob *job, const GPtrArray *disks, const char *memory, const char *xml, GError **error)
{
    g_autofree char *uuid = g_uuid_string_random();
    g_autofree char *copy = g_strconcat(memory, FRESH_SUFFIX, NULL);
    g_autofree char *text = edited(job, disks, xml, uuid, error);
    bool ok = text && hv_file_copy(memory, copy, /* like= */ memory, NULL, error) &&
              hv_save_image_set_xml(copy, text, error) &&
              hv_libvirt_domain_restore(job->domain, copy, NULL, /* suspended= */ true, error);

    g_unlink(copy);
    return ok;
}

static bool begin_from_memory(
    HvGuestJob *job, const GPtrArray *disks, const char *memory, const char *xml, GError **error)
{
    const char *name = hv_libvirt_domain_name(job->domain);
    g_autofree char *user = hv_libvirt_domain_name_of(job->domain, job->saved->uuid);

    if (strcmp(name, job->saved->domain) != 0 || (user && strcmp(user, name) != 0))
        return begin_renamed(job, disks, memory, xml, error);
    g_autofree char *text = edited(job, disks, xml, NULL, error);

    return text && hv_libvirt_domain_restore(job->domain, memory, text, /* suspended= */ true, error);
}

static bool go_on(HvGuestJob *job, GError **error)
{
    hv_guest_job_open_console(job);
    hv_guest_job_tune(job);
    return (!job->saved->was_running || hv_libvirt_domain_resume(job->domain, error)) &&
           hv_guest_job_view(job, error);
}

/* Disks alone are as after a loss of power: the guest boots. */
static bool begin(HvGuestJob *job, GPtrArray *disks, const char *memory, const char *xml, GError **error)
{
    if (!exchange(job, disks, error))
        return false;
    if (!memory)
        return hv_guest_job_boot(job, error);
    if (!begin_from_memory(job, disks, memory, xml, error))
        return false;
    if (go_on(job, error))
        return true;
    hv_libvirt_domain_destroy(job->domain, NULL);
    return false;
}

/* --- All of it ------------------------------------------------------------------------------------------ */

/* Nothing of another is in the way. */
static bool is_free(HvGuestJob *job, GError **error)
{
    HvDomainRun run;

    if (!job->origin->adopted)
        return hv_guest_job_clear_name(job, error) && hv_guest_job_disks_are_free(job, error);
    if (!hv_libvirt_domain_run(job->domain, &run, error))
        return false;
    if (run == HV_DOMAIN_OFF)
        return hv_guest_job_disks_are_free(job, error);
    g_set_error(
        error, HV_ERROR, HV_ERROR_DOMAIN,
        "Domain %s runs, and is not lparsim's to end\nShut it down first: virsh shutdown %s",
        hv_libvirt_domain_name(job->domain), hv_libvirt_domain_name(job->domain));
    return false;
}

static bool restore(HvGuestJob *job, GError **error)
{
    gint64 begun_us = g_get_monotonic_time();
    const HvSavedFile *file = memory_of(job->saved);
    g_autofree char *memory = file ? hv_guest_saved_path(job->saved, file) : NULL;

    if (!hv_guest_saved_verify(job->saved, error))
        return false;
    g_autofree char *xml = memory ? hv_save_image_xml(memory, error) : g_strdup(job->saved->xml);

    if (!xml || (memory && !figures_fit(job, xml, error)))
        return false;
    g_autoptr(GPtrArray) disks = match_disks(job, error);

    if (!disks || !is_free(job, error) || !copy_disks(job, disks, error))
        return false;
    if (!begin(job, disks, memory, xml, error)) {
        exchange_back(disks);
        return false;
    }
    remove_beside(disks, OLD_SUFFIX);
    hv_guest_job_say(
        job, begun_us, "domain %s %s", hv_libvirt_domain_name(job->domain),
        memory ? "goes on from where it was saved" : "has its disks as they were saved");
    return true;
}

bool hv_guest_work_restore(void *job, GError **error)
{
    return hv_guest_persist(job, restore, error);
}

const HvJobOps hv_guest_libvirt_restore_ops = {
    hv_guest_work_restore, hv_guest_libvirt_boot_done, hv_guest_job_free};
