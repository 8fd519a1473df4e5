/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The content of a range of storage at one moment.
 *
 * A snapshot is a storage of its own, as long as the range, whose tables refer to the same pages. Pages count their references, and the
 * storage copies a page before it writes to one that somebody else refers to (hv/storage.c); so a snapshot never changes, and what has been
 * written since is what is no longer the same page.
 *
 * Owns its tables and one reference to each of its pages.
 */
#include "hv/storage-snapshot.h"

#include "hv/storage-table.h"

#include <string.h>

struct HvStorageSnapshot {
    HvStorage *content; /* addresses from 0 */
    uint64_t length;
    unsigned references;
};

HvStorageSnapshot *hv_storage_snapshot_new(uint64_t length)
{
    HvStorageSnapshot *snapshot = g_new0(HvStorageSnapshot, 1);

    g_assert(length % HV_PAGE_SIZE == 0);
    snapshot->content = hv_storage_new(length);
    snapshot->length = length;
    snapshot->references = 1;
    return snapshot;
}

HvStorageSnapshot *hv_storage_snapshot_ref(HvStorageSnapshot *snapshot)
{
    snapshot->references++;
    return snapshot;
}

void hv_storage_snapshot_unref(HvStorageSnapshot *snapshot)
{
    if (!snapshot || --snapshot->references > 0)
        return;
    hv_storage_free(snapshot->content);
    g_free(snapshot);
}

uint64_t hv_storage_snapshot_length(const HvStorageSnapshot *snapshot)
{
    return snapshot->length;
}

/* The tables of any size cover whole gigabytes: the end of the last page, for walking them all. */
static uint64_t tables_end(const HvStorage *storage)
{
    return storage->n_middles * HV_MIDDLE_SPAN;
}

/* --- Sharing pages -------------------------------------------------------------------------------------- */

/* Where the pages of a range go: to its distance from the begin of the range, and from there on. */
typedef struct {
    HvStorage *to;
    uint64_t from_addr, to_addr;
    bool dirties; /* the target is in use: whoever tracks it sees the pages as written */
} Sharing;

static void share_pages(HvLeaf *leaf, uint64_t leaf_addr, unsigned first, unsigned last, void *data)
{
    const Sharing *sharing = data;

    for (unsigned i = first; i <= last; i++) {
        uint64_t addr = leaf_addr + i * HV_PAGE_SIZE - sharing->from_addr + sharing->to_addr;

        if (!leaf->pages[i])
            continue;
        HvLeaf *target = hv_storage_leaf_to_write(sharing->to, addr);
        unsigned index = hv_page_index(addr);

        target->used += target->pages[index] == NULL;
        hv_page_unref(target->pages[index]);
        target->pages[index] = hv_page_ref(leaf->pages[i]);
        if (sharing->dirties)
            target->dirty[index / 64] |= UINT64_C(1) << (index % 64);
    }
}

HvStorageSnapshot *hv_storage_snapshot(HvStorage *storage, uint64_t addr, uint64_t length)
{
    HvStorageSnapshot *snapshot = hv_storage_snapshot_new(length);
    Sharing sharing = {.to = snapshot->content, .from_addr = addr};

    hv_storage_foreach_leaf(storage, addr, length, share_pages, &sharing);
    return snapshot;
}

void hv_storage_snapshot_apply(const HvStorageSnapshot *snapshot, HvStorage *storage, uint64_t addr)
{
    Sharing sharing = {.to = storage, .to_addr = addr, .dirties = true};

    hv_storage_clear(storage, addr, snapshot->length);
    hv_storage_foreach_leaf(snapshot->content, 0, snapshot->length, share_pages, &sharing);
}

void hv_storage_snapshot_put(HvStorageSnapshot *snapshot, uint64_t offset, const uint8_t *page)
{
    g_assert(snapshot->references == 1 && offset % HV_PAGE_SIZE == 0 && offset < snapshot->length);
    if (hv_page_is_zero(page))
        hv_storage_clear(snapshot->content, offset, HV_PAGE_SIZE);
    else
        hv_storage_write(snapshot->content, offset, page, HV_PAGE_SIZE);
}

/* --- Looking at pages ----------------------------------------------------------------------------------- */

static void count_pages(HvLeaf *leaf, uint64_t leaf_addr, unsigned first, unsigned last, void *data)
{
    (void)leaf_addr, (void)first, (void)last;
    *(uint64_t *)data += leaf->used;
}

uint64_t hv_storage_snapshot_pages(const HvStorageSnapshot *snapshot)
{
    uint64_t n = 0;

    hv_storage_foreach_leaf(snapshot->content, 0, tables_end(snapshot->content), count_pages, &n);
    return n;
}

static const HvPage *page_at(const HvStorage *storage, uint64_t addr)
{
    const HvLeaf *leaf = hv_storage_leaf(storage, addr);

    return leaf ? leaf->pages[hv_page_index(addr)] : NULL;
}

/* How far from `addr` on there is no leaf; 0: there is one. */
static uint64_t gap_at(const HvStorage *storage, uint64_t addr)
{
    if (!storage->top[addr / HV_MIDDLE_SPAN])
        return HV_MIDDLE_SPAN - addr % HV_MIDDLE_SPAN;
    return hv_storage_leaf(storage, addr) ? 0 : HV_LEAF_SPAN - addr % HV_LEAF_SPAN;
}

bool hv_storage_snapshot_foreach_changed(
    const HvStorageSnapshot *snapshot, const HvStorageSnapshot *older, uint64_t from, uint64_t length,
    HvSnapshotFunc visit, void *data)
{
    const HvStorage *now = snapshot->content, *then = older ? older->content : NULL;
    uint64_t end = from + length;

    g_assert(!older || older->length == snapshot->length);
    hv_storage_assert_range(now, from, length);
    while (from < end) {
        uint64_t gap = then ? MIN(gap_at(now, from), gap_at(then, from)) : gap_at(now, from);
        const HvPage *page = gap > 0 ? NULL : page_at(now, from);

        if (gap == 0 && page != (then ? page_at(then, from) : NULL) &&
            !visit(from, page ? page->bytes : NULL, data))
            return false;
        from += gap > 0 ? gap : HV_PAGE_SIZE;
    }
    return true;
}

bool hv_storage_snapshot_foreach(
    const HvStorageSnapshot *snapshot, uint64_t from, uint64_t length, HvSnapshotFunc visit, void *data)
{
    return hv_storage_snapshot_foreach_changed(snapshot, /* older= */ NULL, from, length, visit, data);
}

char *hv_storage_snapshot_digest(const HvStorageSnapshot *snapshot)
{
    return hv_storage_digest(snapshot->content, 0, snapshot->length);
}
