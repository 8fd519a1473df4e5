/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_SVP_RANDOM_RUN_H
#define LPARSIM_TESTS_SVP_RANDOM_RUN_H

#include "hv/rng.h"
#include "svp/protect/protect.h"
#include "tests/svp/protect-world.h"
#include "tests/svp/unlucky-medium.h"

static const char *const lpars[WORLD_LPARS] = {"A", "B", "C"};
static const char *const groups[WORLD_GROUPS] = {"PROD", "TEST"};
static const char *const policies[WORLD_LABELS] = {"NIGHTS", "HOURS", NULL};
static const char *const labels[WORLD_LABELS] = {"DAILY", "HOURLY", "ON-DEMAND"};
static const SvpPlace places[WORLD_PLACES] = {SVP_PLACE_PRIMARY, SVP_PLACE_MIRROR, SVP_PLACE_VAULT};

/* One run: the real thing and the model. */
typedef struct {
    uint64_t seed;
    unsigned step, n_taken, n_clone, n_refused, n_unlucky;
    HvRng rng;
    ResmgrDefinition *definition;
    MonitorSystem *system;
    SvpStore *store;
    SvpCopyMedium real;    /* where copies really are: in memory, or */
    char *folder;          /* NULL: in memory */
    UnluckyMedium unlucky; /* in front of them */
    SvpProtect *protect;
    World *world;
    GHashTable *damaged; /* char *: "place name" */
    GPtrArray *clones;   /* char *: "clone snapshot" */
} Run;

uint64_t random_below(Run *run, uint64_t bound);
char *random_spot(unsigned place, const char *name); /* free with g_free() */
/* As in World: the same answer for whoever asks about the same attempt at the same step. */
bool random_luck(WorldAttempt attempt, unsigned group, unsigned place, const char *name, void *data);
char *random_folder(const Run *run, unsigned group, unsigned place); /* NULL: the medium needs none */

/* random-step.c: one thing is done to both; not compared yet. */
void random_step(Run *run);
void random_sample(Run *run); /* what is there restores to what was taken */

#endif
