/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_STAGING_H
#define LPARSIM_HV_STAGING_H

#include <glib.h>
#include <stdbool.h>

/*
 * A folder for a while: for files on their way from a guest to a volume, or back. It goes with its last reference; one that a program has
 * left behind that died goes when the next one is made beside it.
 */
typedef struct HvStaging HvStaging;

/* In `beside`, which is made if it is not there; in /var/tmp where nothing can be written there, or if it is NULL. HV_ERROR_FILE. */
HvStaging *hv_staging_new(const char *beside, GError **error);
HvStaging *hv_staging_ref(HvStaging *staging);
void hv_staging_unref(HvStaging *staging); /* NULL is allowed; removes the folder and the files in it */
const char *hv_staging_path(const HvStaging *staging);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvStaging, hv_staging_unref)

#endif
