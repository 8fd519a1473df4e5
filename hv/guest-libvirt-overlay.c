/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Disks whose domain has died in the middle of a save.
 *
 * While a save copies a disk, what the guest writes goes into an overlay beside it (hv/libvirt-save.h). If QEMU dies then, the disk lacks those
 * writes, so the domain must not be booted from it alone. It is begun with the overlays as its disks, suspended, and they are merged before it
 * runs: afterwards everything is where it was. An overlay that nobody has written to merges as well as any other.
 */
#include "hv/domain-edit.h"
#include "hv/guest-libvirt-job.h"
#include "hv/libvirt-merge.h"

static char *overlay_of(const HvGuestJob *job, const HvDeviceDef *device)
{
    g_autofree char *file = hv_guest_job_file(job, device);
    g_autofree char *overlay = file ? g_strconcat(file, HV_SAVE_OVERLAY_SUFFIX, NULL) : NULL;

    return overlay && g_file_test(overlay, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer(&overlay) : NULL;
}

char *hv_guest_job_with_overlays(const HvGuestJob *job, const char *xml, bool *ret_any, GError **error)
{
    g_autofree char *text = g_strdup(xml);
    unsigned slot = 0;

    *ret_any = false;
    for (unsigned i = 0; text && i < job->want->devices->len; i++) {
        const HvDeviceDef *device = g_ptr_array_index(job->want->devices, i);
        g_autofree char *overlay = overlay_of(job, device);

        if (overlay) {
            g_autofree char *target = g_strdup_printf("vd%c", (int)('a' + slot));
            const HvDomainEditDisk disk = {.target = target, .file = overlay, .as_qcow2 = true};
            const HvDomainEdit edit = {.disks = &disk, .n_disks = 1};
            char *edited = hv_domain_edit(text, &edit, error);

            g_free(text);
            text = edited;
            *ret_any = true;
        }
        slot += device->disk != NULL;
    }
    return g_steal_pointer(&text);
}

bool hv_guest_job_merge_overlays(HvGuestJob *job, GError **error)
{
    unsigned merged = 0;

    if (!hv_libvirt_domain_merge(job->domain, &merged, error))
        return false;
    hv_guest_job_say(
        job, 0, "%u disk%s that a save had left divided: merged", merged, merged == 1 ? "" : "s");
    return true;
}
