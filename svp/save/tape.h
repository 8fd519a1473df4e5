/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_TAPE_H
#define LPARSIM_SVP_SAVE_TAPE_H

#include "svp/save/archive.h"
#include "svp/store.h"

/* The tape units TAP01 .. TAP99, and the volumes that are mounted on them: paths of folders or files. */
typedef struct SvpTapes SvpTapes;

#define SVP_TAPE_RATE_BYTES (400 * HV_MIB) /* per second of simulated time, unless said otherwise */

typedef struct {
    char *unit;          /* "TAP01" */
    char **paths;        /* absolute; the volumes of a set, in any order, then blank ones */
    uint64_t rate_bytes; /* per second */
} SvpTape;

/* What is mounted is kept in the store (collection "tape"), which outlives it. */
SvpTapes *svp_tapes_new(SvpStore *store);
void svp_tapes_free(SvpTapes *tapes);
/* What this process knows of its saves. */
SvpArchiveMemory *svp_tapes_memory(SvpTapes *tapes);

/* "path" or "path;path"; volumes need not be initialized. `rate_bytes` 0: as before. SVP_ERROR_TAPE_UNIT, _IO. */
bool svp_tapes_mount(
    SvpTapes *tapes, const char *unit, const char *paths, uint64_t rate_bytes, GError **error);
bool svp_tapes_demount(SvpTapes *tapes, const char *unit, GError **error);
/* SVP_ERROR_TAPE_UNIT: there is no such unit, or nothing is mounted on it. */
const SvpTape *svp_tapes_find(const SvpTapes *tapes, const char *unit, GError **error);
GPtrArray *svp_tapes_list(const SvpTapes *tapes); /* const SvpTape *, by unit; g_ptr_array_unref() */

/* The set of all volumes on the units, "TAP01" or "TAP01 TAP02". `volume` is the name that its first volume must have; NULL: any. */
SvpVolumeSet *svp_tapes_open(const SvpTapes *tapes, const char *units, const char *volume, GError **error);
/*
 * Removes what a crash has left on the unit's volumes, if all of them are there and nobody writes; a writer does it by itself.
 * SVP_ERROR_TAPE_IO: it is there, and cannot be removed; the saves on them can be read all the same.
 */
bool svp_tape_clean(const SvpTape *tape, GError **error);

/*
 * INZTAP: the volume on the unit, of several the first one without a label (else the last), begins anew with that name. SVP_ERROR_TAPE_ACTIVE: there
 * are saves on it, unless `check` is false.
 */
bool svp_tapes_initialize(
    SvpTapes *tapes, const char *unit, const char *volume, uint64_t size_bytes, bool check, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpTapes, svp_tapes_free)

#endif
