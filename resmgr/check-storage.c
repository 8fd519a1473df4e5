/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checkers of the invariants about storage: 1 and 2.
 *
 * They look at the fields themselves and add up for themselves, so that an error in the code that keeps them cannot
 * hide here. Invariant 1 weighs two accounts against each other: the areas as the records have them, and the holes as
 * the storage map shows them to everybody.
 *
 * An area counts only while its LPAR is ASSIGNED: what is OFFLINE is on its way to the survivor, and others may be
 * moved into its room already; a RELEASED LPAR only remembers where it was. But each of them must be a proper area.
 */
#include "resmgr/check.h"
#include "resmgr/storage-map.h"

#include <stdlib.h>

typedef struct {
    uint64_t origin, size;
    const ResmgrLpar *lpar;
} Occupied;

static int compare_occupied(const void *a, const void *b)
{
    const Occupied *x = a, *y = b;

    return (x->origin > y->origin) - (x->origin < y->origin);
}

static uint64_t total_of(const ResmgrState *state, ResmgrStorageKind kind)
{
    return kind == RESMGR_MS ? state->definition->machine->ms_bytes : state->definition->machine->es_bytes;
}

static const char *name_of(ResmgrStorageKind kind)
{
    return kind == RESMGR_MS ? "MS" : "ES";
}

/* Areas of one kind by origin; free with g_free(). */
static Occupied *occupied_areas(const ResmgrState *state, ResmgrStorageKind kind, unsigned *ret_n)
{
    Occupied *occupied = g_new0(Occupied, state->lpars->len + 1);
    unsigned n = 0;

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = state->lpars->pdata[i];
        const ResmgrArea *area = &lpar->areas[kind];

        if (lpar->assignment == RESMGR_ASSIGNED && area->size_bytes > 0)
            occupied[n++] = (Occupied){area->origin_bytes, area->size_bytes, lpar};
    }
    qsort(occupied, n, sizeof *occupied, compare_occupied);
    *ret_n = n;
    return occupied;
}

static char *check_1_of(const ResmgrState *state, ResmgrStorageKind kind)
{
    g_autoptr(GArray) pieces = resmgr_storage_map(state, kind);
    uint64_t total = total_of(state, kind), areas = 0, holes = 0;

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = state->lpars->pdata[i];

        areas += lpar->assignment == RESMGR_ASSIGNED ? lpar->areas[kind].size_bytes : 0;
    }
    for (unsigned i = 0; i < pieces->len; i++) {
        const ResmgrPiece *piece = &g_array_index(pieces, ResmgrPiece, i);

        holes += piece->lpar == 0 ? piece->size_bytes : 0;
    }
    if (areas + holes == total)
        return NULL;
    return g_strdup_printf(
        "invariant 1: %s areas of %" G_GUINT64_FORMAT " bytes and holes of %" G_GUINT64_FORMAT
        " bytes do not make its %" G_GUINT64_FORMAT,
        name_of(kind), areas, holes, total);
}

char *resmgr_check_1(const ResmgrState *state)
{
    char *wrong = check_1_of(state, RESMGR_MS);

    return wrong != NULL ? wrong : check_1_of(state, RESMGR_ES);
}

static char *check_area(const ResmgrState *state, const ResmgrLpar *lpar, ResmgrStorageKind kind)
{
    const ResmgrArea *area = &lpar->areas[kind];
    uint64_t increment = state->definition->machine->increment_bytes, total = total_of(state, kind);
    bool wanted = kind == RESMGR_MS && lpar->assignment != RESMGR_RETIRED;

    if (lpar->assignment == RESMGR_RETIRED && (area->size_bytes != 0 || area->reserved_bytes != 0))
        return g_strdup_printf("invariant 2: %s is retired but has %s", lpar->name, name_of(kind));
    if (wanted && area->size_bytes == 0)
        return g_strdup_printf("invariant 2: %s has no MS", lpar->name);
    if (area->size_bytes == 0 && area->origin_bytes != 0)
        return g_strdup_printf("invariant 2: %s has an origin but no %s", lpar->name, name_of(kind));
    if (area->origin_bytes % increment != 0 || area->size_bytes % increment != 0 ||
        area->reserved_bytes % increment != 0)
        return g_strdup_printf("invariant 2: the %s of %s is off the increment", name_of(kind), lpar->name);
    if (area->origin_bytes > total || area->size_bytes > total - area->origin_bytes)
        return g_strdup_printf("invariant 2: the %s of %s passes the end", name_of(kind), lpar->name);
    return NULL;
}

static char *check_disjoint(const ResmgrState *state, ResmgrStorageKind kind)
{
    unsigned n;
    g_autofree Occupied *occupied = occupied_areas(state, kind, &n);

    for (unsigned i = 1; i < n; i++) {
        if (occupied[i].origin - occupied[i - 1].origin < occupied[i - 1].size)
            return g_strdup_printf(
                "invariant 2: the %s of %s and %s overlap", name_of(kind), occupied[i - 1].lpar->name,
                occupied[i].lpar->name);
    }
    return NULL;
}

char *resmgr_check_2(const ResmgrState *state)
{
    for (ResmgrStorageKind kind = 0; kind < RESMGR_STORAGE_KINDS; kind++) {
        char *wrong = NULL;

        for (unsigned i = 0; i < state->lpars->len && wrong == NULL; i++)
            wrong = check_area(state, state->lpars->pdata[i], kind);
        if (wrong == NULL)
            wrong = check_disjoint(state, kind);
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}
