/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_MANIFEST_H
#define LPARSIM_SVP_SAVE_MANIFEST_H

#include "resmgr/storage-map.h"

/*
 * manifest.json, the first member of an archive: which objects are in it, with the SHA-256 of each, and of what objects (of this and
 * of earlier saves) the content of each LPAR is made. Every field stands in docs/tape-format.md.
 */
#define SVP_MANIFEST_NAME   "manifest.json"
#define SVP_MANIFEST_LAYERS 64u /* of a segment, at most */

typedef struct {
    char *name; /* in the archive: "LPAR1/ms/0000012f" */
    uint64_t bytes;
    char *sha256;
} SvpManifestObject;

/* A segment: objects of that name in the saves `layers`, the later over the earlier; the first one is whole. */
typedef struct {
    uint32_t number;
    uint32_t layered_pages; /* in all layers but the first */
    unsigned n_layers;
    unsigned layers[SVP_MANIFEST_LAYERS]; /* sequence numbers, ascending */
} SvpManifestSegment;

typedef struct {
    bool there;
    uint64_t length_bytes;
    GArray *segments; /* SvpManifestSegment, by number; one that is missing reads as zeros */
} SvpManifestContent;

typedef struct {
    char *name;
    unsigned number;
    SvpManifestContent content[RESMGR_STORAGE_KINDS];
} SvpManifestLpar;

typedef struct {
    char *set;
    unsigned sequence;
    char *kind, *name, *machine, *clock, *saved; /* as in SvpSaveRecord */
    uint64_t at_ns;
    GPtrArray *objects;  /* SvpManifestObject *, in the order of the archive */
    GHashTable *by_name; /* the same */
    GPtrArray *lpars;    /* SvpManifestLpar * */
} SvpManifest;

SvpManifest *svp_manifest_new(void);
SvpManifest *svp_manifest_ref(SvpManifest *manifest);
void svp_manifest_unref(SvpManifest *manifest); /* NULL is allowed */
void svp_manifest_add_object(SvpManifest *manifest, const char *name, uint64_t bytes, const char *sha256);
const SvpManifestObject *svp_manifest_object(const SvpManifest *manifest, const char *name); /* NULL: none */
SvpManifestLpar *svp_manifest_add_lpar(SvpManifest *manifest, const char *name, unsigned number);
const SvpManifestLpar *svp_manifest_lpar(const SvpManifest *manifest, const char *name); /* NULL: none */
/* NULL: the segment reads as zeros. */
const SvpManifestSegment *svp_manifest_segment(const SvpManifestContent *content, uint32_t number);

/* "LPAR1/state", "LPAR1/ms/0000012f"; free with g_free(). */
char *svp_manifest_state_name(const char *lpar);
char *svp_manifest_segment_name(const char *lpar, ResmgrStorageKind kind, uint32_t number);

char *svp_manifest_format(const SvpManifest *manifest); /* free with g_free() */
/* NULL with SVP_ERROR_TAPE_DAMAGED. */
SvpManifest *svp_manifest_parse(const char *text, size_t length, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpManifest, svp_manifest_unref)

#endif
