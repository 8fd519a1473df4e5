/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_VOLUME_H
#define LPARSIM_SVP_SAVE_VOLUME_H

#include "svp/save/label.h"

/*
 * A volume: what a tape is. Either a folder, in which each save is a file, or a single file (a tar archive of the same files). What
 * is on it changes by whole steps only: after a crash at any moment a save is on the volume and in its label, or neither.
 */
typedef struct SvpVolume SvpVolume;
typedef struct SvpVolumePart SvpVolumePart; /* a file that is being written */

/*
 * What is at the path: a folder, a regular file, or nothing yet where the name ends with ".tar". SVP_ERROR_TAPE_IO, _DAMAGED. With
 * `ignore_label`, what is there counts as not initialized.
 */
SvpVolume *svp_volume_open(const char *path, bool ignore_label, GError **error);
void svp_volume_free(SvpVolume *volume); /* NULL is allowed */
const char *svp_volume_path(const SvpVolume *volume);
const SvpLabel *svp_volume_label(const SvpVolume *volume); /* NULL: not initialized */

/* All that is on it is gone; it has the label then, a copy of which is kept. */
bool svp_volume_initialize(SvpVolume *volume, const SvpLabel *label, GError **error);
/* The volume has another label from now on, a copy. */
bool svp_volume_put_label(SvpVolume *volume, const SvpLabel *label, GError **error);
/* The same, and the file is removed. Of a volume that is a single file: refused, its space cannot be used again. */
bool svp_volume_remove(SvpVolume *volume, const char *file, const SvpLabel *label, GError **error);

/* Keeps other writers away until it is closed. -1: somebody writes (SVP_ERROR_TAPE_IO), or there is nothing yet. */
int svp_volume_lock(const SvpVolume *volume, GError **error);
/* Removes what a crash has left behind; the caller has the lock. Writes nothing if there is nothing. */
bool svp_volume_clean(SvpVolume *volume, GError **error);

/* One part at a time (SVP_ERROR_TAPE_IO if somebody else writes). Files that a crash has left behind are removed first. */
SvpVolumePart *svp_volume_begin(SvpVolume *volume, GError **error);
/* *ret_written < length: the volume is full, by its size or the disk's. */
bool svp_volume_write(
    SvpVolumePart *part, const void *bytes, size_t length, size_t *ret_written, GError **error);
uint64_t svp_volume_part_bytes(const SvpVolumePart *part);
/* What was written is on the disk, under no name yet. */
bool svp_volume_sync(SvpVolumePart *part, GError **error);
/* It has a name and is in the label, durably, and the volume has a copy of the label; or, on failure, neither. */
bool svp_volume_commit(SvpVolumePart *part, const char *file, const SvpLabel *label, GError **error);
void svp_volume_part_free(SvpVolumePart *part); /* gives up what was not committed; NULL is allowed */

/* The file, open at its begin; -1 if it is not there, or not so long. */
int svp_volume_open_file(SvpVolume *volume, const char *file, uint64_t length, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpVolume, svp_volume_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpVolumePart, svp_volume_part_free)

#endif
