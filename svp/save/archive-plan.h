/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_ARCHIVE_PLAN_H
#define LPARSIM_SVP_SAVE_ARCHIVE_PLAN_H

#include "svp/save/archive-private.h"
#include "svp/save/segment.h"

/* What a save will write, and what it will share with earlier ones: computed before anything is written. */
typedef enum {
    SVP_SAVE_SHARE,   /* nothing has changed */
    SVP_SAVE_LAYER,   /* the pages that have changed, over what earlier saves have */
    SVP_SAVE_WHOLE,   /* the segment */
    SVP_SAVE_COMPARE, /* SHARE if the digest is that of the earlier object, else WHOLE */
} SvpSaveVerdict;

typedef struct {
    SvpSaveVerdict verdict;
    unsigned lpar; /* in the request */
    ResmgrStorageKind kind;
    const SvpSegment *segment;      /* what would be written */
    const SvpManifestSegment *base; /* in the earlier save; NULL: not there */
    SvpManifest *base_manifest;     /* the plan's */
    char *sha256;                   /* of the segment's object; NULL: SHARE */
} SvpSaveRow;

typedef struct {
    GPtrArray *rows;      /* SvpSaveRow *, in the order of LPARs, kinds and addresses */
    GPtrArray *segments;  /* owns them: of GPtrArray * */
    GPtrArray *manifests; /* owns them: earlier ones */
    SvpManifest *manifest;
    GHashTable *needs; /* sequence numbers of earlier saves */
    uint64_t objects, shared, content_bytes, object_bytes;
} SvpSavePlan;

/* `sequence` will be the save's number. SVP_ERROR_TAPE_DAMAGED, _IO: an earlier manifest cannot be read. */
SvpSavePlan *svp_save_plan_new(
    SvpVolumeSet *set, const SvpArchiveMemory *memory, const SvpArchiveRequest *request, unsigned sequence,
    GError **error);
void svp_save_plan_free(SvpSavePlan *plan); /* NULL is allowed */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpSavePlan, svp_save_plan_free)

#endif
