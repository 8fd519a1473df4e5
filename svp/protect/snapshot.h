/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PROTECT_SNAPSHOT_H
#define LPARSIM_SVP_PROTECT_SNAPSHOT_H

#include "hv/quantity.h"
#include "svp/protect/relation.h"

typedef enum {
    SVP_COPY_NONE,    /* it never was there, or could not be written yet */
    SVP_COPY_GOOD,    /* written; whoever reads it finds out */
    SVP_COPY_BAD,     /* found damaged */
    SVP_COPY_DROPPED, /* it was there */
    SVP_COPY_STATES,
} SvpCopyState;

/* The content of several LPARs at one moment, and where copies of it are. */
typedef struct {
    char *name, *group, *label;
    char *tag;         /* the operator's words; NULL: none */
    uint64_t sequence; /* from 1, in the order in which they were taken */
    HvTime at_ns;
    GPtrArray *lpars;   /* char *, and NULL behind the last */
    GPtrArray *digests; /* char *, of each LPAR in turn; "": nothing was loaded, or it is real */
    uint64_t pages;     /* that take memory; many are shared with other snapshots */
    SvpCopyState copies[SVP_PLACES];
} SvpSnapshot;

/* A clone shares content with the snapshot that it was made from, until it is split from it. */
typedef struct {
    char *clone; /* the LPAR that it is now */
    char *snapshot, *lpar;
} SvpClone;

const char *svp_copy_state_name(SvpCopyState state);
SvpSnapshot *svp_snapshot_new(const char *name, const char *group, const char *label, const char *tag);
void svp_snapshot_free(SvpSnapshot *snapshot); /* NULL is allowed */
void svp_snapshot_add_lpar(
    SvpSnapshot *snapshot, const char *lpar, const char *digest); /* digest NULL: none */
unsigned svp_snapshot_lpars(const SvpSnapshot *snapshot);
bool svp_snapshot_has(const SvpSnapshot *snapshot, const char *lpar);

SvpSnapshot *svp_snapshot_copy(const SvpSnapshot *snapshot);
json_t *svp_snapshot_to_json(const SvpSnapshot *snapshot);
SvpSnapshot *svp_snapshot_from_json(const json_t *record, GError **error); /* SVP_ERROR_CATALOG */

void svp_clone_free(SvpClone *clone);
json_t *svp_clone_to_json(const SvpClone *clone);
SvpClone *svp_clone_from_json(const json_t *record, GError **error); /* SVP_ERROR_CATALOG */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpSnapshot, svp_snapshot_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpClone, svp_clone_free)

#endif
