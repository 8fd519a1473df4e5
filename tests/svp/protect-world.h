/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_SVP_PROTECT_WORLD_H
#define LPARSIM_TESTS_SVP_PROTECT_WORLD_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * What protection should come to: a model of it in plain lists, written from its headers alone. It uses no function and no type of svp/protect/; it is
 * told what was done and what luck each attempt at a copy had, and says what there must be then.
 */
#define WORLD_PLACES 3u /* primary, mirror, vault */
#define WORLD_LPARS  3u
#define WORLD_GROUPS 2u
#define WORLD_LABELS 3u /* DAILY, HOURLY, and ON-DEMAND, which has no rule */

/* Where a copy can be. As letters, so that a difference can be read. */
typedef enum { WORLD_NEVER = '.', WORLD_GOOD = 'g', WORLD_BAD = 'b', WORLD_GONE = 'x' } WorldState;

typedef struct {
    char *name;
    unsigned group, label;
    uint64_t at_ns;
    unsigned clones;
    char at[WORLD_PLACES];      /* WorldState */
    char *digests[WORLD_LPARS]; /* of its group's LPARs; NULL: not in it */
    uint64_t pages;             /* of content */
} WorldSnapshot;

typedef struct {
    unsigned days, copies; /* one of them 0; both: everything is kept */
} WorldRule;

typedef struct {
    bool lpars[WORLD_LPARS];
    WorldRule rules[WORLD_LABELS];
    /* [place]; the primary is always there. */
    bool related[WORLD_PLACES], ready[WORLD_PLACES];
    WorldRule vault_rule;
    int only; /* label of which alone the vault has copies; -1: all */
} WorldGroup;

typedef enum { WORLD_WRITE, WORLD_REMOVE, WORLD_READ } WorldAttempt;

typedef struct {
    GPtrArray *snapshots; /* WorldSnapshot *, in the order in which they were taken */
    WorldGroup groups[WORLD_GROUPS];
    uint64_t now_ns;
    /* Whether an attempt succeeds. */
    bool (*luck)(WorldAttempt attempt, unsigned group, unsigned place, const char *name, void *data);
    void *data;
} World;

World *world_new(void);
void world_free(World *world);
WorldSnapshot *world_find(const World *world, const char *name); /* NULL: it is not there (any more) */
WorldSnapshot *world_take(World *world, unsigned group, unsigned label, const char *name);
void world_copy(World *world, unsigned group); /* what mirror and vault do not have yet */
void world_prune(World *world, unsigned group);
bool world_may_delete(
    const World *world, const WorldSnapshot *snapshot, int place, bool force); /* -1: all places */
/* False: it stopped on the way. The snapshot may be freed. */
bool world_delete(World *world, WorldSnapshot *snapshot, int place);
bool world_may_unrelate(const World *world, unsigned group, unsigned place);
bool world_unrelate(World *world, unsigned group, unsigned place);

#endif
