/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PROTECT_RELATION_H
#define LPARSIM_SVP_PROTECT_RELATION_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/* Where copies of a snapshot are. */
typedef enum {
    SVP_PLACE_PRIMARY,
    SVP_PLACE_MIRROR, /* a copy of the whole set: what the primary drops, it drops */
    SVP_PLACE_VAULT,  /* for the long term: its own retention and label */
    SVP_PLACES,
} SvpPlace;

const char *svp_place_name(SvpPlace place); /* "mirror" */
/* In any case, abbreviated; false: it is none. */
bool svp_place_parse(const char *text, SvpPlace *ret_place);

/* A group's mirror or vault: copies go from the primary to a folder. A group has one of each at most. */
typedef struct {
    char *group;
    SvpPlace place;
    char *path;       /* absolute, without links as far as it is there */
    char *policy;     /* of a vault: its retention and label; NULL: what is there stays */
    char *only;       /* only snapshots of this label; NULL: all */
    bool initialized; /* nothing is copied before */
} SvpRelation;

void svp_relation_free(SvpRelation *relation); /* NULL is allowed */
/* Absolute, with the links of what is there resolved; free with g_free(). */
char *svp_relation_resolve(const char *path);

/*
 * Whether a group may have a mirror or vault at `path` (resolved). `relations`: SvpRelation *, all that there are. `primary`: folder of the
 * primary, resolved; NULL: it is in memory. `source`: where it is to be copied from, as the operator says: NULL or "PRIMARY", or MIRROR, VAULT or a
 * folder, which is a cascade or a cycle. SVP_ERROR_RELATION.
 */
bool svp_relation_check(
    const GPtrArray *relations, const char *group, SvpPlace place, const char *path, const char *primary,
    const char *source, GError **error);

json_t *svp_relation_to_json(const SvpRelation *relation);
SvpRelation *svp_relation_from_json(const json_t *record, GError **error); /* SVP_ERROR_CATALOG */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpRelation, svp_relation_free)

#endif
