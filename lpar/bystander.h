/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_LPAR_BYSTANDER_H
#define LPARSIM_LPAR_BYSTANDER_H

#include "lpar/lpar.h"

/*
 * Relocation of running LPARs: one move of a plan, or one group of moves that goes together.
 *
 *     round 1 copies the whole area while the guest runs; each further round copies the pages it has written
 *     meanwhile, as long as they become fewer; then the guest is held, the rest is copied, the origin is
 * switched, and the guest is released.
 *
 * A guest that writes as fast as the machine copies never gets few enough dirty pages for one short hold.
 * Then the area is switched piece by piece, each small enough to be copied within one time slice, and the
 * guest runs between the pieces. So no single hold is longer than `hold_limit_ns`, however large the area is
 * and however much is written.
 *
 * Time: bytes / copy_rate per round. LPARs that are held when the relocation begins (the survivor) stay held.
 */
typedef struct {
    LparControl *lpar;
    ResmgrStorageKind kind;
    uint64_t from_bytes, to_bytes, size_bytes;
} LparRelocationMove;

/* Per move: how the LPAR fared. */
typedef struct {
    HvTime hold_ns; /* the longest single hold; 0 if it was held by somebody else all the time or never */
    HvTime hold_total_ns; /* sum of the holds */
    unsigned holds, rounds;
    uint64_t copied_bytes; /* all rounds */
} LparRelocationCost;

typedef struct LparRelocation LparRelocation;

/*
 * Begins at once and calls `done` (from an event) when the content and the windows of all moves have arrived.
 * The moves are copied. Free it after `done`, or before to give it up: then nothing has moved and nobody is
 * held.
 */
LparRelocation *lpar_relocation_begin(
    HvEngine *engine, HvTrace *trace, uint64_t copy_rate, HvTime hold_limit_ns,
    const LparRelocationMove *moves, unsigned n_moves, void (*done)(void *data), void *data);
void lpar_relocation_free(LparRelocation *relocation); /* NULL is allowed */
LparRelocationCost lpar_relocation_cost(const LparRelocation *relocation, unsigned move);

#endif
