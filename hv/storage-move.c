/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Moving content within a storage and between storages: pointers change place, bytes stay where they are.
 *
 * A range is moved piece by piece, each as large as the alignment of both addresses and the rest of the range
 * allow: a middle table (1 GiB), a leaf (2 MiB), or a page. Where the source has no table, the target is
 * cleared up to the end of that table instead. Overlapping ranges are moved from the side that is overwritten
 * first, as memmove() does it, so a piece is gone from its source before something else arrives there.
 *
 * What was set aside is a storage of its own, as long as the range that was taken out.
 */
#include "hv/storage-table.h"

#include <string.h>

struct HvStorageExtract {
    HvStorage *content; /* addresses from 0 */
    uint64_t length;
};

/* --- One piece ------------------------------------------------------------------------------------------ */

static HvMiddle *middle_to_write(HvStorage *storage, uint64_t addr)
{
    HvMiddle **middle = &storage->top[addr / HV_MIDDLE_SPAN];

    if (!*middle)
        *middle = g_new0(HvMiddle, 1);
    return *middle;
}

static void move_middle(HvStorage *from, uint64_t from_addr, HvStorage *to, uint64_t to_addr)
{
    hv_storage_clear(to, to_addr, HV_MIDDLE_SPAN);
    to->top[to_addr / HV_MIDDLE_SPAN] = g_steal_pointer(&from->top[from_addr / HV_MIDDLE_SPAN]);
}

static void move_leaf(HvStorage *from, uint64_t from_addr, HvStorage *to, uint64_t to_addr)
{
    HvMiddle *source = from->top[from_addr / HV_MIDDLE_SPAN];

    hv_storage_clear(to, to_addr, HV_LEAF_SPAN);
    HvMiddle *target = middle_to_write(to, to_addr);

    target->leaves[hv_leaf_index(to_addr)] = g_steal_pointer(&source->leaves[hv_leaf_index(from_addr)]);
    target->used++;
    source->used--;
    hv_storage_drop_if_empty(from, from_addr);
}

/* A run of pages within one leaf on either side, upwards or downwards. */
static void
move_pages(HvStorage *from, uint64_t from_addr, HvStorage *to, uint64_t to_addr, unsigned n, bool downwards)
{
    HvLeaf *source = hv_storage_leaf_to_write(from, from_addr);
    HvLeaf *target = hv_storage_leaf_to_write(to, to_addr);
    unsigned s = hv_page_index(from_addr), t = hv_page_index(to_addr);

    for (unsigned k = 0; k < n; k++) {
        unsigned i = s + (downwards ? n - 1 - k : k), j = t + (downwards ? n - 1 - k : k);
        uint64_t was_dirty = source->dirty[i / 64] >> (i % 64) & 1;
        HvPage *page = g_steal_pointer(&source->table->pages[i]);

        source->dirty[i / 64] &= ~(UINT64_C(1) << (i % 64));
        source->used -= page != NULL;
        target->used += (page != NULL) - (unsigned)(target->table->pages[j] != NULL);
        hv_page_unref(target->table->pages[j]);
        target->table->pages[j] = page;
        target->dirty[j / 64] &= ~(UINT64_C(1) << (j % 64));
        target->dirty[j / 64] |= was_dirty << (j % 64);
    }
    if (source->used == 0)
        hv_storage_drop_if_empty(from, from_addr);
    if (hv_storage_leaf(to, to_addr) && target->used == 0)
        hv_storage_drop_if_empty(to, to_addr);
}

/* Moves a piece that lies in one table of the given span on either side, or is all of it. */
static void move_piece(
    HvStorage *from, uint64_t from_addr, HvStorage *to, uint64_t to_addr, uint64_t length, bool downwards)
{
    if (!hv_storage_leaf(from, from_addr) && length <= HV_LEAF_SPAN)
        hv_storage_clear(to, to_addr, length);
    else if (length == HV_MIDDLE_SPAN)
        move_middle(from, from_addr, to, to_addr);
    else if (length == HV_LEAF_SPAN)
        move_leaf(from, from_addr, to, to_addr);
    else
        move_pages(from, from_addr, to, to_addr, (unsigned)(length / HV_PAGE_SIZE), downwards);
}

/* --- Ranges --------------------------------------------------------------------------------------------- */

/* Distance from `addr` to the next (or, downwards, the last) multiple of `span`; a whole span if it is one.
 */
static uint64_t to_boundary(uint64_t addr, uint64_t span, bool downwards)
{
    uint64_t inside = addr % span;

    return downwards ? (inside ? inside : span) : span - inside;
}

/* Length of the next piece at both cursors; downwards, the cursors are the ends of what is left. */
static uint64_t piece_length(
    const HvStorage *from, uint64_t from_addr, uint64_t to_addr, uint64_t left, bool downwards,
    bool *ret_empty)
{
    uint64_t source = downwards ? from_addr - HV_PAGE_SIZE : from_addr;
    bool no_middle = !from->top[source / HV_MIDDLE_SPAN];

    *ret_empty = no_middle || !hv_storage_leaf(from, source);
    if (*ret_empty)
        return MIN(left, to_boundary(from_addr, no_middle ? HV_MIDDLE_SPAN : HV_LEAF_SPAN, downwards));
    if (from_addr % HV_MIDDLE_SPAN == 0 && to_addr % HV_MIDDLE_SPAN == 0 && left >= HV_MIDDLE_SPAN)
        return HV_MIDDLE_SPAN;
    uint64_t in_source = to_boundary(from_addr, HV_LEAF_SPAN, downwards);
    uint64_t in_target = to_boundary(to_addr, HV_LEAF_SPAN, downwards);

    return MIN(left, MIN(in_source, in_target));
}

static void move_range(
    HvStorage *from, uint64_t from_addr, HvStorage *to, uint64_t to_addr, uint64_t length, bool downwards)
{
    uint64_t moved = 0;

    while (moved < length) {
        uint64_t left = length - moved;
        uint64_t from_cursor = downwards ? from_addr + left : from_addr + moved;
        uint64_t to_cursor = downwards ? to_addr + left : to_addr + moved;
        bool empty;
        uint64_t piece = piece_length(from, from_cursor, to_cursor, left, downwards, &empty);
        uint64_t from_piece = downwards ? from_cursor - piece : from_cursor;
        uint64_t to_piece = downwards ? to_cursor - piece : to_cursor;

        if (empty)
            hv_storage_clear(to, to_piece, piece);
        else
            move_piece(from, from_piece, to, to_piece, piece, downwards);
        moved += piece;
    }
}

void hv_storage_move(HvStorage *storage, uint64_t from, uint64_t to, uint64_t length)
{
    hv_storage_assert_range(storage, from, length);
    hv_storage_assert_range(storage, to, length);
    if (from != to)
        move_range(storage, from, storage, to, length, /* downwards= */ to > from);
}

HvStorageExtract *hv_storage_extract(HvStorage *storage, uint64_t addr, uint64_t length)
{
    HvStorageExtract *extract = g_new0(HvStorageExtract, 1);

    hv_storage_assert_range(storage, addr, length);
    extract->content = hv_storage_new(length);
    extract->length = length;
    move_range(storage, addr, extract->content, 0, length, /* downwards= */ false);
    return extract;
}

void hv_storage_insert(HvStorage *storage, uint64_t addr, HvStorageExtract *extract)
{
    hv_storage_assert_range(storage, addr, extract->length);
    move_range(extract->content, 0, storage, addr, extract->length, /* downwards= */ false);
    hv_storage_extract_free(extract);
}

void hv_storage_extract_free(HvStorageExtract *extract)
{
    if (!extract)
        return;
    hv_storage_free(extract->content);
    g_free(extract);
}
