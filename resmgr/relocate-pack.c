/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Packing areas into holes: exact, by depth-first search with the cuts that make it quick in practice.
 *
 * Items are tried largest first, in the fullest bin first. Cuts: an item that is as large as its predecessor goes into no
 * earlier bin than that (equal items are interchangeable); of bins with equal room only one is tried; and a branch is given up
 * when what is left to pack is more than the room that is left in bins that can take the smallest item at all. Room
 * that no item fits in is lost for good, and is not counted.
 */
#include "resmgr/relocate-private.h"

#include <stdlib.h>

typedef struct {
    uint64_t size;
    unsigned index;
} PackItem;

typedef struct {
    const PackItem *items; /* by size, largest first */
    unsigned n;
    uint64_t *room; /* per bin */
    unsigned n_bins;
    unsigned *bin_of; /* by position in items */
    uint64_t steps_left;
} Packer;

static int compare_items(const void *a, const void *b)
{
    const PackItem *x = a, *y = b;

    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

static bool room_suffices(const Packer *packer, unsigned from)
{
    uint64_t smallest = packer->items[packer->n - 1].size, room = 0, needed = 0;

    for (unsigned i = from; i < packer->n; i++)
        needed += packer->items[i].size;
    for (unsigned b = 0; b < packer->n_bins; b++)
        room += packer->room[b] >= smallest ? packer->room[b] : 0;
    return room >= needed;
}

static bool tried_equal_bin(const Packer *packer, unsigned bin, unsigned first)
{
    for (unsigned b = first; b < bin; b++)
        if (packer->room[b] == packer->room[bin])
            return true;
    return false;
}

static RelocatePacking pack_from(Packer *packer, unsigned i)
{
    if (i == packer->n)
        return RELOCATE_PACKED;
    if (packer->steps_left == 0)
        return RELOCATE_PACK_GAVE_UP;
    packer->steps_left--;
    if (!room_suffices(packer, i))
        return RELOCATE_NO_PACKING;
    bool as_before = i > 0 && packer->items[i].size == packer->items[i - 1].size;
    unsigned first = as_before ? packer->bin_of[i - 1] : 0;

    for (unsigned b = first; b < packer->n_bins; b++) {
        if (packer->room[b] < packer->items[i].size || tried_equal_bin(packer, b, first))
            continue;
        packer->room[b] -= packer->items[i].size;
        packer->bin_of[i] = b;
        RelocatePacking result = pack_from(packer, i + 1);

        packer->room[b] += packer->items[i].size;
        if (result != RELOCATE_NO_PACKING)
            return result;
    }
    return RELOCATE_NO_PACKING;
}

RelocatePacking resmgr_relocate_pack(
    const uint64_t *sizes, unsigned n, const uint64_t *bins, unsigned n_bins, uint64_t step_limit,
    unsigned *ret_bin_of)
{
    g_autofree PackItem *items = g_new(PackItem, n + 1);
    g_autofree uint64_t *room = g_new(uint64_t, n_bins + 1);
    g_autofree unsigned *bin_of = g_new(unsigned, n + 1);

    if (n == 0)
        return RELOCATE_PACKED;
    for (unsigned i = 0; i < n; i++)
        items[i] = (PackItem){sizes[i], i};
    qsort(items, n, sizeof(*items), compare_items);
    for (unsigned b = 0; b < n_bins; b++)
        room[b] = bins[b];
    Packer packer = {
        .items = items, .n = n, .room = room, .n_bins = n_bins, .bin_of = bin_of, .steps_left = step_limit};
    RelocatePacking result = pack_from(&packer, 0);

    for (unsigned i = 0; result == RELOCATE_PACKED && i < n; i++)
        ret_bin_of[items[i].index] = bin_of[i];
    return result;
}
