/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_ARCHIVE_PRIVATE_H
#define LPARSIM_SVP_SAVE_ARCHIVE_PRIVATE_H

#include "svp/save/archive-tar.h"
#include "svp/save/archive.h"
#include "svp/save/manifest.h"

/* What writing and reading of archives share; for archive*.c only. */
#define SVP_ARCHIVE_MACHINE "machine.ini"

/* Opens the archive of that save and reads its manifest, which is its first member; the other members follow. */
typedef struct {
    SvpTapeReader *tape;
    SvpTarReader *tar;
    SvpManifest *manifest;
} SvpArchiveOpen;

bool svp_archive_open(SvpVolumeSet *set, unsigned sequence, SvpArchiveOpen *ret, GError **error);
void svp_archive_open_clear(SvpArchiveOpen *open);
/* Handles the bytes of a member; false: they are not what they should be, and *ret_why says why. */
typedef bool (*SvpArchiveTakeFunc)(
    const SvpManifestObject *object, const uint8_t *bytes, size_t length, const char **ret_why, void *data);
/*
 * Reads all of an archive that is open, and has its members taken, in their order, while the next ones are unpacked. What was wrong with a
 * member is said rather than what followed from it.
 */
bool svp_archive_read_members(
    SvpArchiveOpen *open, SvpArchiveTakeFunc take, void *data, SvpArchiveCounts *counts, GError **error);
/* SVP_ERROR_TAPE_DAMAGED: that object of that save ("is missing"). Returns false. */
bool svp_archive_refuse(unsigned sequence, const char *name, const char *why, GError **error);

/* What is remembered of the last save of an LPAR on a set. */
typedef struct {
    unsigned sequence;
    char *manifest_sha256;
    SvpManifest *manifest;
    HvStorageSnapshot *content[RESMGR_STORAGE_KINDS];
} SvpArchiveRemembered;

/* NULL: nothing of that very save. */
const SvpArchiveRemembered *svp_archive_remembered(
    const SvpArchiveMemory *memory, const char *set, const char *lpar, const SvpSaveRecord *record);
void svp_archive_remember(
    SvpArchiveMemory *memory, const char *set, const SvpArchiveLpar *lpar, const SvpSaveRecord *record,
    SvpManifest *manifest);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SvpArchiveOpen, svp_archive_open_clear)

#endif
