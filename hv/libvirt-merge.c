/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Merging: disks that a save has divided become one again, while the domain runs.
 *
 * QEMU copies what the overlay has into the disk under it (commit), goes on doing so with every new write, and at one moment takes the disk
 * for the overlay (pivot). If the program dies meanwhile the job goes on in QEMU, and is found under way by whoever merges next; so merging
 * can be begun again at any time, and a domain that has nothing to merge is left alone.
 */
#include "hv/libvirt-merge.h"

#include "hv/error.h"

#include <glib/gstdio.h>
#include <libvirt/libvirt.h>

#define POLL_US (20 * 1000)
/* A job that has made no progress for so long has failed. */
#define STALLED_US (60 * G_USEC_PER_SEC)

/* One commit under way, pivoted to as soon as it can be; the disk is whole then. */
static bool pivot(const HvLibvirtDomain *domain, virDomainPtr found, const char *target, GError **error)
{
    gint64 progress_us = g_get_monotonic_time();
    unsigned long long before = 0;

    for (;;) {
        virDomainBlockJobInfo info;
        int n = virDomainGetBlockJobInfo(found, target, &info, 0);

        if (n < 0)
            break;
        if (n == 0) {
            g_set_error(
                error, HV_ERROR, HV_ERROR_DOMAIN,
                "Disk %s of domain %s could not be merged with its overlay\nSAVE it again, which tries it "
                "again",
                target, hv_libvirt_domain_name(domain));
            return false;
        }
        if (info.cur == info.end &&
            virDomainBlockJobAbort(found, target, VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT) == 0)
            return true;
        if (info.cur != before)
            progress_us = g_get_monotonic_time();
        before = info.cur;
        if (g_get_monotonic_time() - progress_us > STALLED_US)
            break;
        g_usleep(POLL_US);
    }
    hv_libvirt_set_error(error, "Merging disk %s of %s", target, hv_libvirt_domain_name(domain));
    return false;
}

static bool
merge_one(const HvLibvirtDomain *domain, virDomainPtr found, const HvDomainViewDevice *device, GError **error)
{
    virDomainBlockJobInfo info;
    bool under_way = virDomainGetBlockJobInfo(found, device->target, &info, 0) == 1;

    if (!under_way && virDomainBlockCommit(
                          found, device->target, NULL, NULL, 0,
                          VIR_DOMAIN_BLOCK_COMMIT_ACTIVE | VIR_DOMAIN_BLOCK_COMMIT_SHALLOW) < 0) {
        hv_libvirt_set_error(error, "Merging disk %s of %s", device->target, hv_libvirt_domain_name(domain));
        return false;
    }
    if (!pivot(domain, found, device->target, error))
        return false;
    g_unlink(device->source);
    return true;
}

bool hv_libvirt_domain_merge(HvLibvirtDomain *domain, unsigned *ret_merged, GError **error)
{
    g_autoptr(HvDomainView) view = hv_libvirt_domain_view(domain, /* inactive= */ false, error);
    virDomainPtr found = view ? hv_libvirt_domain_find(domain, error) : NULL;
    unsigned merged = 0;
    bool ok = found != NULL;

    for (unsigned i = 0; ok && i < view->devices->len; i++) {
        const HvDomainViewDevice *device = g_ptr_array_index(view->devices, i);
        bool divided = device->is_disk && device->source && device->target &&
                       g_str_has_suffix(device->source, HV_SAVE_OVERLAY_SUFFIX);

        ok = !divided || merge_one(domain, found, device, error);
        merged += divided;
    }
    if (found)
        virDomainFree(found);
    if (ok && ret_merged)
        *ret_merged = merged;
    return ok;
}
