/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The storage map of figure 3(c) and 3(d): MS or ES as a line of pieces, computed from the areas each time it
 * is asked for. There is no list of free storage to keep in step with the areas, so the two can never
 * disagree.
 *
 * Pieces come in the order of their origins. Areas that overlap would be a broken invariant, which
 * resmgr/check.h reports; here they simply follow one another without a hole.
 */
#include "resmgr/storage-map.h"

static int by_origin(gconstpointer a, gconstpointer b)
{
    const ResmgrPiece *x = a, *y = b;

    return (x->origin_bytes > y->origin_bytes) - (x->origin_bytes < y->origin_bytes);
}

static GArray *assigned_areas(const ResmgrState *state, ResmgrStorageKind kind)
{
    GArray *areas = g_array_new(FALSE, FALSE, sizeof(ResmgrPiece));

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = state->lpars->pdata[i];
        const ResmgrArea *area = &lpar->areas[kind];
        if (lpar->assignment != RESMGR_ASSIGNED || area->size_bytes == 0)
            continue;
        ResmgrPiece piece = {area->origin_bytes, area->size_bytes, lpar->number};
        g_array_append_val(areas, piece);
    }
    g_array_sort(areas, by_origin);
    return areas;
}

static void append_free(GArray *pieces, uint64_t from_bytes, uint64_t to_bytes)
{
    ResmgrPiece piece = {from_bytes, to_bytes - from_bytes, 0};

    if (to_bytes > from_bytes)
        g_array_append_val(pieces, piece);
}

GArray *resmgr_storage_map(const ResmgrState *state, ResmgrStorageKind kind)
{
    g_autoptr(GArray) areas = assigned_areas(state, kind);
    GArray *pieces = g_array_sized_new(FALSE, FALSE, sizeof(ResmgrPiece), 2 * areas->len + 1);
    uint64_t end = 0;

    for (unsigned i = 0; i < areas->len; i++) {
        ResmgrPiece area = g_array_index(areas, ResmgrPiece, i);
        append_free(pieces, end, area.origin_bytes);
        g_array_append_val(pieces, area);
        end = MAX(end, area.origin_bytes + area.size_bytes);
    }
    append_free(pieces, end, resmgr_storage_total(state, kind));
    return pieces;
}

uint64_t resmgr_storage_map_free(const GArray *pieces)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < pieces->len; i++) {
        const ResmgrPiece *piece = &g_array_index(pieces, ResmgrPiece, i);
        sum += piece->lpar == 0 ? piece->size_bytes : 0;
    }
    return sum;
}

uint64_t resmgr_storage_map_largest_hole(const GArray *pieces)
{
    uint64_t largest = 0;

    for (unsigned i = 0; i < pieces->len; i++) {
        const ResmgrPiece *piece = &g_array_index(pieces, ResmgrPiece, i);
        if (piece->lpar == 0)
            largest = MAX(largest, piece->size_bytes);
    }
    return largest;
}

bool resmgr_storage_map_first_fit(const GArray *pieces, uint64_t size_bytes, uint64_t *ret_origin_bytes)
{
    for (unsigned i = 0; i < pieces->len; i++) {
        const ResmgrPiece *piece = &g_array_index(pieces, ResmgrPiece, i);
        if (piece->lpar == 0 && piece->size_bytes >= size_bytes) {
            *ret_origin_bytes = piece->origin_bytes;
            return true;
        }
    }
    return false;
}

bool resmgr_storage_map_is_free(const GArray *pieces, uint64_t origin_bytes, uint64_t size_bytes)
{
    for (unsigned i = 0; i < pieces->len; i++) {
        const ResmgrPiece *piece = &g_array_index(pieces, ResmgrPiece, i);
        if (piece->lpar == 0 && piece->origin_bytes <= origin_bytes && size_bytes <= piece->size_bytes &&
            origin_bytes - piece->origin_bytes <= piece->size_bytes - size_bytes)
            return true;
    }
    return false;
}
