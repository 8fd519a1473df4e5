/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Three ways to save a domain.
 *
 *     LIVE   libvirt writes the storage into a file while the guest runs, and again what it has changed meanwhile; for the last of it the guest
 *            stands, and in that moment each disk gets an overlay that takes all later writes. Then the guest goes on, the disks, which nobody
 *            writes to any more, are copied, and the overlays are merged into them again (commit and pivot).
 *     DISKS  QEMU copies each disk as it is at one moment (backup, push mode): a block that the guest is about to change is copied first.
 *     STOP   libvirt writes the storage into a file and ends the domain; then the disks are copied.
 *
 * An overlay lies beside its disk and is named after it, so one that is left behind by a program that died is found again, by whoever has the
 * domain next: as long as its overlay is there, the domain needs it, and merging brings everything back to where it was.
 */
#include "hv/libvirt-save.h"

#include "hv/error.h"
#include "hv/libvirt-hold.h"
#include "hv/libvirt-merge.h"
#include "hv/staging.h"

#include <glib/gstdio.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Memory as a file system. */
#define STAGING "/dev/shm"
#define POLL_US (20 * 1000)

/* --- Before anything is done ---------------------------------------------------------------------------- */

static bool refuse(const HvLibvirtDomain *domain, const char *why, const char *remedy, GError **error)
{
    g_set_error(
        error, HV_ERROR, HV_ERROR_DOMAIN, "Domain %s cannot be saved: %s\n%s", hv_libvirt_domain_name(domain),
        why, remedy);
    return false;
}

static bool
add_disks(const HvLibvirtDomain *domain, const HvDomainView *view, HvGuestSaved *saved, GError **error)
{
    for (unsigned i = 0; i < view->devices->len; i++) {
        const HvDomainViewDevice *device = g_ptr_array_index(view->devices, i);

        if (!device->is_disk)
            continue;
        if (!device->source || !device->target)
            return refuse(
                domain, "one of its disks is neither a file nor a block device",
                "Its disks must be files or block devices of this host", error);
        g_autofree char *name = g_strdup_printf("%s.%s", device->target, device->qcow2 ? "qcow2" : "raw");
        const HvSavedFile file = {
            .name = name,
            .target = device->target,
            .alias = device->alias,
            .source = device->source,
            .qcow2 = device->qcow2};

        hv_guest_saved_add(saved, &file);
    }
    return true;
}

/* What is to be saved; NULL with *error: it cannot be. */
static HvGuestSaved *begin(HvLibvirtDomain *domain, const char *folder, HvSaveKind kind, GError **error)
{
    char memory_name[] = HV_SAVE_MEMORY_FILE;
    const HvSavedFile memory = {.name = memory_name};
    g_autoptr(HvGuestSaved) saved = hv_guest_saved_new(folder, kind);
    HvDomainRun run;

    if (!hv_libvirt_host_is_local(hv_libvirt_domain_host(domain))) {
        refuse(domain, "its disks are on another host", "Run lparsim on the host of the domain", error);
        return NULL;
    }
    if (!hv_libvirt_domain_merge(domain, NULL, error) || !hv_libvirt_domain_run(domain, &run, error))
        return NULL;
    if (run == HV_DOMAIN_OFF) {
        refuse(domain, "it does not run", "LOAD its LPAR first", error);
        return NULL;
    }
    g_autoptr(HvDomainView) view = hv_libvirt_domain_view(domain, /* inactive= */ false, error);

    saved->was_running = run == HV_DOMAIN_RUNNING;
    if (kind != HV_SAVE_DISKS)
        hv_guest_saved_add(saved, &memory);
    if (!view || !add_disks(domain, view, saved, error))
        return NULL;
    saved->domain = g_strdup(view->name);
    saved->uuid = g_strdup(view->uuid);
    saved->memory_bytes = view->memory_bytes;
    saved->xml = hv_libvirt_domain_migratable_xml(domain, error);
    return saved->xml ? g_steal_pointer(&saved) : NULL;
}

static char *memory_path(const HvGuestSaved *saved)
{
    return g_build_filename(saved->folder, HV_SAVE_MEMORY_FILE, NULL);
}

/* --- Files ---------------------------------------------------------------------------------------------- */

/* Digests of what libvirt or QEMU have written; disks too if `disks`. */
static bool read_contents(const HvGuestSaved *saved, bool disks, GError **error)
{
    for (unsigned i = 0; i < saved->files->len; i++) {
        HvSavedFile *file = g_ptr_array_index(saved->files, i);
        g_autofree char *path = hv_guest_saved_path(saved, file);

        if ((!file->target || disks) &&
            (!hv_file_sync(path, error) || !hv_file_content(path, &file->content, error)))
            return false;
    }
    return true;
}

static bool copy_disks(const HvGuestSaved *saved, GError **error)
{
    for (unsigned i = 0; i < saved->files->len; i++) {
        HvSavedFile *file = g_ptr_array_index(saved->files, i);
        g_autofree char *path = hv_guest_saved_path(saved, file);

        if (file->target && !hv_file_copy(file->source, path, /* like= */ NULL, &file->content, error))
            return false;
    }
    return true;
}

/* --- Overlays ------------------------------------------------------------------------------------------- */

/* Beside a file; a block device has no room beside it. */
static char *overlay_of(const HvGuestSaved *saved, const HvSavedFile *file)
{
    if (!g_str_has_prefix(file->source, "/dev/"))
        return g_strconcat(file->source, HV_SAVE_OVERLAY_SUFFIX, NULL);
    return g_strdup_printf("%s/%s%s", saved->folder, file->target, HV_SAVE_OVERLAY_SUFFIX);
}

/* --- Where libvirt writes ------------------------------------------------------------------------------- */

static uint64_t available_bytes(void)
{
    g_autofree char *text = NULL;

    if (!g_file_get_contents("/proc/meminfo", &text, NULL, NULL))
        return 0;
    const char *line = strstr(text, "MemAvailable:");

    return line ? g_ascii_strtoull(line + strlen("MemAvailable:"), NULL, 10) * 1024 : 0;
}

/*
 * libvirt lets the guest go on only when the file of its storage is on the disk, so on a slow disk it would stand for seconds. Where there is
 * plenty of memory the file is written there first (NULL: there is not), and copied while the guest runs; the digest needs that pass anyway.
 */
static HvStaging *staging_for(uint64_t memory_bytes)
{
    struct statvfs room;
    bool fits = statvfs(STAGING, &room) == 0 && (uint64_t)room.f_bavail * room.f_frsize / 2 > memory_bytes &&
                access(STAGING, W_OK) == 0;

    return fits && available_bytes() / 3 >= memory_bytes ? hv_staging_new(STAGING, NULL) : NULL;
}

/* --- Live ----------------------------------------------------------------------------------------------- */

static char *snapshot_xml(const HvGuestSaved *saved, const char *memory)
{
    GString *xml = g_string_new("<domainsnapshot><name>lparsim</name>");
    g_autofree char *first =
        g_markup_printf_escaped("<memory snapshot='external' file='%s'/><disks>", memory);

    g_string_append(xml, first);
    for (unsigned i = 0; i < saved->files->len; i++) {
        const HvSavedFile *file = g_ptr_array_index(saved->files, i);

        if (!file->target)
            continue;
        g_autofree char *overlay = overlay_of(saved, file);
        g_autofree char *text = g_markup_printf_escaped(
            "<disk name='%s' snapshot='external' type='file'><driver type='qcow2'/><source "
            "file='%s'/></disk>",
            file->target, overlay);

        g_string_append(xml, text);
    }
    g_string_append(xml, "</disks></domainsnapshot>");
    return g_string_free(xml, FALSE);
}

/* Nothing has come of them: libvirt has left the disks as they were. */
static void remove_overlays(const HvGuestSaved *saved)
{
    for (unsigned i = 0; i < saved->files->len; i++) {
        const HvSavedFile *file = g_ptr_array_index(saved->files, i);
        g_autofree char *overlay = file->target ? overlay_of(saved, file) : NULL;

        if (overlay)
            g_unlink(overlay);
    }
}

/* The storage is in the file then, and what the disks were at that moment is under their overlays. */
static bool divide(
    HvLibvirtDomain *domain, virDomainPtr found, const HvGuestSaved *saved, const char *memory, bool runs,
    GError **error)
{
    g_autofree char *xml = snapshot_xml(saved, memory);
    unsigned flags = VIR_DOMAIN_SNAPSHOT_CREATE_NO_METADATA | VIR_DOMAIN_SNAPSHOT_CREATE_ATOMIC |
                     (runs ? VIR_DOMAIN_SNAPSHOT_CREATE_LIVE : 0);

    remove_overlays(saved); /* of a save that was interrupted before they were used */
    virDomainSnapshotPtr made = virDomainSnapshotCreateXML(found, xml, flags);

    if (!made)
        hv_libvirt_set_error(error, "Saving %s", hv_libvirt_domain_name(domain));
    else
        virDomainSnapshotFree(made);
    return made != NULL;
}

static bool go_on(HvLibvirtDomain *domain, HvLibvirtSave *save, GError **error)
{
    if (save->suspended && !hv_libvirt_domain_resume(domain, error))
        return false;
    save->suspended = false;
    return true;
}

/* It stands with the others until the moment has passed. */
static bool stand(HvLibvirtDomain *domain, HvLibvirtSave *save, bool was_running, GError **error)
{
    if (was_running && !hv_libvirt_domain_suspend(domain, error))
        return false;
    save->suspended = was_running;
    save->stood = true;
    g_autofree char *why = NULL;

    if (hv_save_moment_stand(save->order.moment, &why))
        return true;
    g_set_error(
        error, HV_ERROR, HV_ERROR_DOMAIN, "Domain %s was not saved, since not all could be at one moment: %s",
        hv_libvirt_domain_name(domain), why);
    return false;
}

/* At its own moment, or standing, at that of several. */
static bool divide_at_moment(
    HvLibvirtDomain *domain, HvLibvirtSave *save, HvGuestSaved *saved, const char *memory, GError **error)
{
    bool together = save->order.moment != NULL;
    virDomainPtr found = hv_libvirt_domain_find(domain, error);

    if (!found)
        return false;
    saved->limit_ns = saved->was_running && !together ? save->hold_limit_ns : 0;
    HvLibvirtHold *hold = hv_libvirt_hold_begin(found, saved->limit_ns);
    gint64 begun_us = g_get_monotonic_time();
    bool ok = (!together || stand(domain, save, saved->was_running, error)) &&
              divide(domain, found, saved, memory, saved->was_running && !together, error) &&
              go_on(domain, save, error);

    gint64 ended_us = g_get_monotonic_time();

    saved->hold_ns = hv_libvirt_hold_end(hold);
    if (together && saved->hold_ns == HV_TIME_NEVER)
        saved->hold_ns = (HvTime)(ended_us - begun_us) * HV_NS_PER_US; /* and what libvirt has added to it */
    virDomainFree(found);
    return ok;
}

/* What was under the overlays, and the storage if it is not in its place yet. */
static bool copy_all(const HvGuestSaved *saved, const char *memory, GError **error)
{
    g_autofree char *place = memory_path(saved);
    HvSavedFile *file = g_ptr_array_index(saved->files, 0);

    if (!copy_disks(saved, error))
        return false;
    if (!g_str_equal(memory, place))
        return hv_file_copy(memory, place, /* like= */ NULL, &file->content, error);
    return read_contents(saved, /* disks= */ false, error);
}

static bool save_live(HvLibvirtDomain *domain, HvLibvirtSave *save, HvGuestSaved *saved, GError **error)
{
    g_autoptr(HvStaging) staging = staging_for(saved->memory_bytes);
    g_autofree char *memory = staging ? g_build_filename(hv_staging_path(staging), HV_SAVE_MEMORY_FILE, NULL)
                                      : memory_path(saved);
    g_autoptr(GError) unmerged = NULL;

    if (!divide_at_moment(domain, save, saved, memory, error)) {
        if (hv_libvirt_domain_merge(domain, NULL, NULL))
            remove_overlays(saved);
        g_unlink(memory);
        return false;
    }
    bool ok = copy_all(saved, memory, error);
    bool merged = hv_libvirt_domain_merge(domain, NULL, &unmerged);

    if (ok && !merged)
        g_propagate_error(error, g_steal_pointer(&unmerged));
    return ok && merged;
}

/* --- Disks ---------------------------------------------------------------------------------------------- */

static char *backup_xml(const HvGuestSaved *saved)
{
    GString *xml = g_string_new("<domainbackup mode='push'><disks>");

    for (unsigned i = 0; i < saved->files->len; i++) {
        const HvSavedFile *file = g_ptr_array_index(saved->files, i);
        g_autofree char *path = hv_guest_saved_path(saved, file);
        g_autofree char *text = g_markup_printf_escaped(
            "<disk name='%s' backup='yes' type='file'><driver type='%s'/><target file='%s'/></disk>",
            file->target, file->qcow2 ? "qcow2" : "raw", path);

        g_string_append(xml, text);
    }
    g_string_append(xml, "</disks></domainbackup>");
    return g_string_free(xml, FALSE);
}

static bool backup_under_way(virDomainPtr found)
{
    virDomainJobInfo info;

    return virDomainGetJobInfo(found, &info) == 0 && info.type != VIR_DOMAIN_JOB_NONE;
}

/* How the last job has ended, in QEMU's words if it has failed. */
static bool backup_has_succeeded(const HvLibvirtDomain *domain, virDomainPtr found, GError **error)
{
    virTypedParameterPtr parameters = NULL;
    const char *message = "it has not ended well";
    int n = 0, type = VIR_DOMAIN_JOB_FAILED;

    if (virDomainGetJobStats(found, &type, &parameters, &n, VIR_DOMAIN_JOB_STATS_COMPLETED) < 0) {
        hv_libvirt_set_error(error, "Saving disks of %s", hv_libvirt_domain_name(domain));
        return false;
    }
    virTypedParamsGetString(parameters, n, VIR_DOMAIN_JOB_ERRMSG, &message);
    bool ok = type == VIR_DOMAIN_JOB_COMPLETED;

    if (!ok)
        g_set_error(
            error, HV_ERROR, HV_ERROR_DOMAIN,
            "Saving disks of %s: %s\nSee whether there is room in the folder", hv_libvirt_domain_name(domain),
            message);
    virTypedParamsFree(parameters, n);
    return ok;
}

static bool back_up(HvLibvirtDomain *domain, const HvGuestSaved *saved, GError **error)
{
    g_autofree char *xml = backup_xml(saved);
    virDomainPtr found = hv_libvirt_domain_find(domain, error);

    if (!found)
        return false;
    hv_guest_saved_remove(saved); /* libvirt writes over nothing that is there */
    if (virDomainBackupBegin(found, xml, NULL, 0) < 0)
        return hv_libvirt_domain_done(domain, found, -1, "Saving disks of", error);
    while (backup_under_way(found))
        g_usleep(POLL_US);
    bool ok = backup_has_succeeded(domain, found, error);

    virDomainFree(found);
    return ok;
}

static bool save_disks(HvLibvirtDomain *domain, HvLibvirtSave *save, HvGuestSaved *saved, GError **error)
{
    (void)save;
    if (saved->files->len == 0)
        return refuse(domain, "it has no disks", "SAVE it with its storage", error);
    saved->hold_ns = 0;
    return back_up(domain, saved, error) && read_contents(saved, /* disks= */ true, error);
}

/* --- Stop ----------------------------------------------------------------------------------------------- */

/* The disks could not be copied: the domain goes on from where it was. */
static void begin_again(HvLibvirtDomain *domain, const HvGuestSaved *saved, GError **error)
{
    g_autofree char *memory = memory_path(saved);
    g_autoptr(GError) lost = NULL;

    if (hv_libvirt_domain_restore(domain, memory, NULL, /* suspended= */ false, &lost))
        return;
    g_prefix_error(error, "%s has ended and cannot go on (%s): ", saved->domain, lost->message);
}

static bool save_and_stop(HvLibvirtDomain *domain, HvLibvirtSave *save, HvGuestSaved *saved, GError **error)
{
    g_autofree char *memory = memory_path(saved);
    virDomainPtr found = hv_libvirt_domain_find(domain, error);

    (void)save;
    if (!found ||
        !hv_libvirt_domain_done(domain, found, virDomainSaveFlags(found, memory, NULL, 0), "Saving", error))
        return false;
    if (copy_disks(saved, error) && read_contents(saved, /* disks= */ false, error))
        return true;
    begin_again(domain, saved, error);
    return false;
}

/* --- All ------------------------------------------------------------------------------------------------ */

/* The first try was cut off when the guest had stood: the others are of a moment that is over. */
static bool is_too_late(HvLibvirtDomain *domain, HvLibvirtSave *save, GError **error)
{
    if (!save->stood)
        return false;
    if (hv_libvirt_domain_merge(domain, NULL, error) && go_on(domain, save, error))
        refuse(domain, "the connection was lost when it stood to be saved", "Save it again", error);
    return true;
}

HvGuestSaved *hv_libvirt_domain_save(HvLibvirtDomain *domain, HvLibvirtSave *save, GError **error)
{
    static bool (*const ways[HV_SAVE_KINDS])(
        HvLibvirtDomain *, HvLibvirtSave *, HvGuestSaved *, GError **) = {
        [HV_SAVE_LIVE] = save_live, [HV_SAVE_DISKS] = save_disks, [HV_SAVE_STOP] = save_and_stop};
    gint64 begun_us = g_get_monotonic_time();
    HvGuestSaved *saved = is_too_late(domain, save, error)
                              ? NULL
                              : begin(domain, save->order.folder, save->order.kind, error);

    if (!saved)
        return NULL;
    if (!ways[save->order.kind](domain, save, saved, error)) {
        go_on(domain, save, NULL);
        hv_guest_saved_remove(saved);
        hv_guest_saved_free(saved);
        return NULL;
    }
    saved->took_ns = (HvTime)(g_get_monotonic_time() - begun_us) * HV_NS_PER_US;
    return saved;
}
