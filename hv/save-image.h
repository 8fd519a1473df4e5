/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_SAVE_IMAGE_H
#define LPARSIM_HV_SAVE_IMAGE_H

#include <glib.h>
#include <stdbool.h>

/*
 * The files that libvirt saves the storage of a running domain into: a header, the domain's XML, what QEMU needs besides ("cookie"), and
 * the state of the machine. Needs no libvirt. Errors: HV_ERROR_FILE; HV_ERROR_IMAGE: not such a file, not complete, or of another format.
 */
/* The domain's XML in it; free with g_free(). */
char *hv_save_image_xml(const char *path, GError **error);
/*
 * Another XML in its place: of a domain with another name, UUID, or other disks, which libvirt itself does not let be changed. HV_ERROR_IMAGE
 * also if it is too long: 64 KiB more than the one that was saved can be had. The machine's state is not touched.
 */
bool hv_save_image_set_xml(const char *path, const char *xml, GError **error);

#endif
