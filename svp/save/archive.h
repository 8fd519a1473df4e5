/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_ARCHIVE_H
#define LPARSIM_SVP_SAVE_ARCHIVE_H

#include "hv/storage-snapshot.h"
#include "resmgr/storage-map.h"
#include "svp/save/manifest.h"
#include "svp/save/volume-set.h"

/*
 * Saves: LPARs as they were at one moment, as an archive on a set of volumes, and back. What did not change since an earlier save of the
 * LPAR on the same set is not written again. docs/tape-format.md has the format.
 */

/* One LPAR of a save. */
typedef struct {
    char *name;
    unsigned number;
    GBytes *state;                                    /* all but the content (monitor/capture.h) */
    HvStorageSnapshot *content[RESMGR_STORAGE_KINDS]; /* NULL: none */
} SvpArchiveLpar;
void svp_archive_lpar_clear(SvpArchiveLpar *lpar); /* frees what is in it */

/*
 * What this process knows of what it has saved: the content then, page by page, so that the next save need not look at what has not been
 * written to. Costs the pages that were written to since. Without it saves are compared by digests.
 */
typedef struct SvpArchiveMemory SvpArchiveMemory;
SvpArchiveMemory *svp_archive_memory_new(void);
void svp_archive_memory_free(SvpArchiveMemory *memory); /* NULL is allowed */
/* Saves on that set are no more. */
void svp_archive_memory_forget(SvpArchiveMemory *memory, const char *set);

typedef struct {
    const char *name; /* letters and digits: part of the file's name */
    const char *kind; /* "LPAR", "SYSTEM", "CHANGES" */
    const SvpArchiveLpar *lpars;
    unsigned n_lpars;
    const char *machine, *machine_text; /* its name, and the machine file */
    HvTime at_ns;
    const char *clock; /* at_ns as the machine's clock shows it */
    bool alone;        /* shares nothing with earlier saves */
    /*
     * Else with which it shares. 0: of each LPAR with its newest save. A number: with that save, if it can be read; what this process does
     * not know of it is read back from the volume, and compared page by page.
     */
    unsigned base;
} SvpArchiveRequest;

/*
 * Writes a save. `memory` may be NULL. *ret_record describes it (free with svp_save_record_free()); may be NULL. False: nothing is on the
 * volumes that was not before.
 */
bool svp_archive_write(
    SvpVolumeSet *set, SvpArchiveMemory *memory, const SvpArchiveRequest *request, SvpSaveRecord **ret_record,
    GError **error);

/* What was looked at on the way. */
typedef struct {
    unsigned sequence;
    unsigned saves;        /* archives that were read */
    uint64_t objects;      /* in them, each compared with its SHA-256 */
    uint64_t bytes;        /* of objects */
    uint64_t lpar_objects; /* of which the LPAR is made */
} SvpArchiveCounts;

/*
 * The LPAR as it is in that save, or (0) in the newest that has it. Everything that was read has been checked: if it is not what was
 * written, SVP_ERROR_TAPE_DAMAGED names the object, and *ret_lpar is untouched. `ret_counts` may be NULL.
 */
bool svp_archive_read(
    SvpVolumeSet *set, unsigned sequence, const char *lpar, SvpArchiveLpar *ret_lpar,
    SvpArchiveCounts *ret_counts, GError **error);
/* What is in a save: its manifest alone. */
SvpManifest *svp_archive_manifest(SvpVolumeSet *set, unsigned sequence, GError **error);
/* Reads all of what a save has of its own. Adds to *counts. */
bool svp_archive_check(SvpVolumeSet *set, unsigned sequence, SvpArchiveCounts *counts, GError **error);
/* The same, and whether all is there that it shares with earlier ones. */
bool svp_archive_verify(SvpVolumeSet *set, unsigned sequence, SvpArchiveCounts *counts, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpArchiveMemory, svp_archive_memory_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SvpArchiveLpar, svp_archive_lpar_clear)

#endif
