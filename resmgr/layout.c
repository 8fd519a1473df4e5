/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The layout of storage at power on, as a pure function of the definition. The check of a definition and the
 * first state both need it and must agree, so it stands alone.
 *
 * The idea: a list of taken ranges, sorted by origin. Areas with a given origin go in first, so that an area
 * without one never takes what the file promised to another; then each of the rest takes the lowest hole that
 * holds it.
 */
#include "resmgr/layout.h"

typedef struct {
    uint64_t origin_bytes, size_bytes;
} Range;

const ResmgrStorageDef *resmgr_layout_storage_def(const ResmgrLparDef *lpar, ResmgrStorageKind kind)
{
    return kind == RESMGR_MS ? &lpar->ms : &lpar->es;
}

uint64_t resmgr_layout_total(const ResmgrDefinition *definition, ResmgrStorageKind kind)
{
    return kind == RESMGR_MS ? definition->machine->ms_bytes : definition->machine->es_bytes;
}

bool resmgr_layout_inside(uint64_t origin_bytes, uint64_t size_bytes, uint64_t total_bytes)
{
    return size_bytes <= total_bytes && origin_bytes <= total_bytes - size_bytes;
}

static void take(GArray *ranges, uint64_t origin_bytes, uint64_t size_bytes)
{
    Range range = {origin_bytes, size_bytes};
    unsigned at = 0;

    while (at < ranges->len && g_array_index(ranges, Range, at).origin_bytes <= origin_bytes)
        at++;
    g_array_insert_val(ranges, at, range);
}

/* Finds the lowest hole of at least `size_bytes` and, on the way, the largest one. */
static bool find_hole(
    const GArray *ranges, uint64_t total_bytes, uint64_t size_bytes, uint64_t *ret_origin_bytes,
    uint64_t *ret_largest)
{
    uint64_t end = 0, largest = 0;
    bool found = false;

    for (unsigned i = 0; i <= ranges->len; i++) {
        const Range *range = i < ranges->len ? &g_array_index(ranges, Range, i) : NULL;
        uint64_t next = range != NULL ? range->origin_bytes : total_bytes;
        uint64_t hole = next > end ? next - end : 0;
        if (!found && hole >= size_bytes) {
            *ret_origin_bytes = end;
            found = true;
        }
        largest = MAX(largest, hole);
        if (range != NULL)
            end = MAX(end, range->origin_bytes + range->size_bytes);
    }
    *ret_largest = largest;
    return found;
}

static void place_given(const ResmgrStorageDef *def, uint64_t total_bytes, GArray *ranges, ResmgrPlace *place)
{
    if (def->size_bytes == 0 || !resmgr_layout_inside(def->origin_bytes, def->size_bytes, total_bytes))
        return;
    place->origin_bytes = def->origin_bytes;
    place->placed = true;
    take(ranges, def->origin_bytes, def->size_bytes);
}

static void
place_first_fit(const ResmgrStorageDef *def, uint64_t total_bytes, GArray *ranges, ResmgrPlace *place)
{
    if (def->size_bytes == 0)
        return;
    place->placed =
        find_hole(ranges, total_bytes, def->size_bytes, &place->origin_bytes, &place->largest_hole_bytes);
    if (place->placed)
        take(ranges, place->origin_bytes, def->size_bytes);
}

ResmgrPlace *resmgr_layout_new(const ResmgrDefinition *definition, ResmgrStorageKind kind)
{
    uint64_t total_bytes = resmgr_layout_total(definition, kind);
    ResmgrPlace *places = g_new0(ResmgrPlace, definition->lpars->len);
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Range));

    for (unsigned i = 0; i < definition->lpars->len; i++) {
        const ResmgrStorageDef *def = resmgr_layout_storage_def(definition->lpars->pdata[i], kind);
        if (def->origin_bytes != RESMGR_ORIGIN_FIRST_FIT)
            place_given(def, total_bytes, ranges, &places[i]);
    }
    for (unsigned i = 0; i < definition->lpars->len; i++) {
        const ResmgrStorageDef *def = resmgr_layout_storage_def(definition->lpars->pdata[i], kind);
        if (def->origin_bytes == RESMGR_ORIGIN_FIRST_FIT)
            place_first_fit(def, total_bytes, ranges, &places[i]);
    }
    return places;
}
