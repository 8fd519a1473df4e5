/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_LABEL_H
#define LPARSIM_SVP_SAVE_LABEL_H

#include "hv/quantity.h"

/*
 * The label of a volume, VOLUME.json: which volume it is, of which set, and the catalog of the saves that are on it. Every field stands in
 * docs/tape-format.md.
 */

/* One save, or the part of one that is on this volume. Plain data; strings are the record's. */
typedef struct {
    unsigned sequence;        /* from 1, in the set */
    char *name;               /* "LPAR1", "SYSTEM": part of the file's name */
    char *kind;               /* "LPAR", "SYSTEM", "CHANGES" */
    char **lpars;             /* their names; NULL-terminated */
    HvTime at_ns;             /* the checkpoint, in simulated time */
    char *clock;              /* the same as the machine's clock shows it */
    char *saved;              /* when it was written, in wall-clock time (ISO 8601, UTC) */
    uint64_t objects;         /* that restore it: written here, and shared with earlier saves */
    uint64_t shared;          /* of them */
    uint64_t content_bytes;   /* pages that hold something, of all LPARs */
    uint64_t object_bytes;    /* of the objects written here */
    GArray *needs;            /* unsigned: earlier saves in which shared objects are, ascending */
    bool dropped;             /* it is only here because others share objects with it */
    char *manifest_sha256;    /* of manifest.json */
    unsigned part, parts;     /* from 1; a save that goes on on the next volume has several */
    char *file, *file_sha256; /* of this part */
    uint64_t file_bytes;
} SvpSaveRecord;

typedef struct {
    char *volume;        /* "VOL001" */
    char *set;           /* the same for all volumes of a set */
    unsigned index;      /* in the set, from 1 */
    char *next_volume;   /* where the set goes on; NULL: it ends here */
    uint64_t size_bytes; /* 0: as much as the disk takes */
    char *initialized;   /* in wall-clock time */
    GPtrArray *saves;    /* SvpSaveRecord *, by sequence */
} SvpLabel;

SvpLabel *svp_label_new(const char *volume, uint64_t size_bytes);
void svp_label_free(SvpLabel *label); /* NULL is allowed */
SvpLabel *svp_label_copy(const SvpLabel *label);
/* The text of VOLUME.json, with its own SHA-256 in it; free with g_free(). */
char *svp_label_format(const SvpLabel *label);
/* NULL with SVP_ERROR_TAPE_DAMAGED: `path` is for the message. */
SvpLabel *svp_label_parse(const char *path, const char *text, size_t length, GError **error);

SvpSaveRecord *svp_save_record_copy(const SvpSaveRecord *record);
void svp_save_record_free(SvpSaveRecord *record); /* NULL is allowed */
/* The record of that sequence number; NULL: not on this volume. */
SvpSaveRecord *svp_label_find(const SvpLabel *label, unsigned sequence);
void svp_label_drop(SvpLabel *label, unsigned sequence); /* if it is there */
uint64_t svp_label_used_bytes(const SvpLabel *label);    /* of the files of all saves */

/* The wall clock as "2026-11-21T15:40:00Z"; free with g_free(). */
char *svp_label_wall_clock(void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpLabel, svp_label_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpSaveRecord, svp_save_record_free)

#endif
