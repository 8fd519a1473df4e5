/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_SAVED_H
#define LPARSIM_SVP_SAVE_SAVED_H

#include "hv/quantity.h"
#include "svp/save/volume-set.h"
#include "svp/store.h"

/* What has been saved to tape from here, as far as nothing that is known has destroyed it. What the tapes say themselves is DISPLAY TAPE. */

bool svp_saved_note(
    SvpStore *store, const SvpVolumeSet *set, const SvpSaveRecord *record, HvTime duration_ns,
    GError **error);
/* A volume of the set has been initialized: its saves are gone. */
bool svp_saved_forget(SvpStore *store, const char *set, GError **error);

/* The saves that an LPAR is in. */
typedef struct {
    unsigned n;
    HvTime at_ns; /* checkpoint of the newest */
    char *newest; /* "VOL001:3", volume and sequence number, to be freed; NULL: there is none */
} SvpSaved;

void svp_saved_find(SvpStore *store, const char *lpar, SvpSaved *ret_saved);

#endif
