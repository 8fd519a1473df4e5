/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_VOLUME_SET_H
#define LPARSIM_SVP_SAVE_VOLUME_SET_H

#include "svp/save/volume.h"

/*
 * The volumes that belong together: a save that does not fit on one goes on on the next, and later saves share what is on any of them. They
 * are numbered from 1 by their labels. Behind them may stand blank volumes, for what comes.
 */
typedef struct SvpVolumeSet SvpVolumeSet;

/*
 * The volumes at the paths (NULL-terminated), in any order. SVP_ERROR_TAPE_VOLUME: one is not initialized, belongs to another set, or is
 * missing.
 */
SvpVolumeSet *svp_volume_set_open(const char *const *paths, GError **error);
void svp_volume_set_free(SvpVolumeSet *set); /* NULL is allowed */

const char *svp_volume_set_id(const SvpVolumeSet *set);
unsigned svp_volume_set_size(const SvpVolumeSet *set); /* volumes, with blank ones */
unsigned svp_volume_set_used(const SvpVolumeSet *set); /* of them, those that belong to the set */
SvpVolume *svp_volume_set_volume(const SvpVolumeSet *set, unsigned n);

/* The saves of the set that are complete, by sequence: the records of their first parts. g_ptr_array_unref(); records are the set's. */
GPtrArray *svp_volume_set_saves(const SvpVolumeSet *set);
/* The record of the first part; NULL with SVP_ERROR_TAPE_SAVE if there is none. */
const SvpSaveRecord *svp_volume_set_find(const SvpVolumeSet *set, unsigned sequence, GError **error);
unsigned svp_volume_set_last_sequence(const SvpVolumeSet *set); /* the highest that was given; 0: none */
/* The newest save with that LPAR (NULL: any), of those up to `at_most` (0: all) that were not dropped; NULL: none. */
const SvpSaveRecord *svp_volume_set_newest(const SvpVolumeSet *set, const char *lpar, unsigned at_most);
/* The volume on which part n of a save is; NULL: on none. */
SvpVolume *svp_volume_set_part(
    const SvpVolumeSet *set, unsigned sequence, unsigned part, const SvpSaveRecord **ret_record);
/* Takes a save off all volumes. SVP_ERROR_TAPE_NEEDED: a later one shares objects with it. */
bool svp_volume_set_remove(SvpVolumeSet *set, unsigned sequence, GError **error);
/* Takes parts of saves whose first part is nowhere out of the labels: a crash has left them. Their files are nobody's then. */
bool svp_volume_set_drop_orphans(SvpVolumeSet *set, GError **error);
/*
 * The save, which is there (asserted), is not wanted any more: it goes as soon as no save that is wanted shares objects with it, and so do those that
 * were dropped before. Of a set of one volume (asserted).
 */
bool svp_volume_set_drop(SvpVolumeSet *set, unsigned sequence, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpVolumeSet, svp_volume_set_free)

#endif
