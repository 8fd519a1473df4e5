/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The content of a range of storage at one moment.
 *
 * A snapshot is a storage of its own, which refers to the same tables of 512 pages. Tables and pages count their references, and the storage
 * copies what somebody else refers to before it writes to it (hv/storage.c): first the table, then the page. So a snapshot never changes,
 * what has been written since is what is no longer the same page, and taking one costs as little as there are tables: of the table at
 * either end, of which only a part is in the range, the pages are shared one by one.
 *
 * For tables to fit, addresses in a snapshot begin at a distance from 0 (its skew) which is that of the range from the table it begins in.
 */
#include "hv/storage-snapshot.h"

#include "hv/storage-table.h"

#include <string.h>

struct HvStorageSnapshot {
    HvStorage *content; /* addresses from `skew` */
    uint64_t length, skew;
    unsigned references;
};

static HvStorageSnapshot *new_with_skew(uint64_t length, uint64_t skew)
{
    HvStorageSnapshot *snapshot = g_new0(HvStorageSnapshot, 1);

    g_assert(length % HV_PAGE_SIZE == 0);
    snapshot->content = hv_storage_new(skew + length);
    snapshot->length = length;
    snapshot->skew = skew;
    snapshot->references = 1;
    return snapshot;
}

HvStorageSnapshot *hv_storage_snapshot_new(uint64_t length)
{
    return new_with_skew(length, 0);
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

/* --- Sharing -------------------------------------------------------------------------------------- */

/* Where the pages of a range go: to its distance from the begin of the range, and from there on. */
typedef struct {
    HvStorage *to;
    uint64_t from_addr, to_addr;
    bool dirties; /* the target is in use: whoever tracks it sees the pages as written */
} Sharing;

static void share_page(const Sharing *sharing, HvPage *page, uint64_t addr)
{
    HvLeaf *target = hv_storage_leaf_to_write(sharing->to, addr);
    unsigned index = hv_page_index(addr);

    target->used += target->table->pages[index] == NULL;
    hv_page_unref(target->table->pages[index]);
    target->table->pages[index] = hv_page_ref(page);
    if (sharing->dirties)
        target->dirty[index / 64] |= UINT64_C(1) << (index % 64);
}

static void share_table(const Sharing *sharing, const HvLeaf *leaf, uint64_t addr)
{
    HvLeaf *target = hv_storage_put_table(sharing->to, addr, leaf->table, leaf->used);

    for (unsigned i = 0; sharing->dirties && i < HV_TABLE_ENTRIES; i++)
        if (leaf->table->pages[i])
            target->dirty[i / 64] |= UINT64_C(1) << (i % 64);
}

static void share(HvLeaf *leaf, uint64_t leaf_addr, unsigned first, unsigned last, void *data)
{
    const Sharing *sharing = data;
    uint64_t addr = leaf_addr - sharing->from_addr +
                    sharing->to_addr; /* wraps where the range begins behind it */

    if (first == 0 && last == HV_TABLE_ENTRIES - 1 && addr % HV_LEAF_SPAN == 0) {
        share_table(sharing, leaf, addr);
        return;
    }
    for (unsigned i = first; i <= last; i++)
        if (leaf->table->pages[i])
            share_page(sharing, leaf->table->pages[i], addr + i * HV_PAGE_SIZE);
}

HvStorageSnapshot *hv_storage_snapshot(HvStorage *storage, uint64_t addr, uint64_t length)
{
    HvStorageSnapshot *snapshot = new_with_skew(length, addr % HV_LEAF_SPAN);
    Sharing sharing = {.to = snapshot->content, .from_addr = addr, .to_addr = snapshot->skew};

    hv_storage_foreach_leaf(storage, addr, length, share, &sharing);
    return snapshot;
}

void hv_storage_snapshot_apply(const HvStorageSnapshot *snapshot, HvStorage *storage, uint64_t addr)
{
    Sharing sharing = {.to = storage, .from_addr = snapshot->skew, .to_addr = addr, .dirties = true};

    hv_storage_clear(storage, addr, snapshot->length);
    hv_storage_foreach_leaf(snapshot->content, snapshot->skew, snapshot->length, share, &sharing);
}

void hv_storage_snapshot_put(HvStorageSnapshot *snapshot, uint64_t offset, const uint8_t *page)
{
    g_assert(snapshot->references == 1 && offset % HV_PAGE_SIZE == 0 && offset < snapshot->length);
    if (hv_page_is_zero(page))
        hv_storage_clear(snapshot->content, snapshot->skew + offset, HV_PAGE_SIZE);
    else
        hv_storage_write(snapshot->content, snapshot->skew + offset, page, HV_PAGE_SIZE);
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

    return leaf ? leaf->table->pages[hv_page_index(addr)] : NULL;
}

/* How far from `addr` on there is no leaf; 0: there is one. */
static uint64_t gap_at(const HvStorage *storage, uint64_t addr)
{
    if (!storage->top[addr / HV_MIDDLE_SPAN])
        return HV_MIDDLE_SPAN - addr % HV_MIDDLE_SPAN;
    return hv_storage_leaf(storage, addr) ? 0 : HV_LEAF_SPAN - addr % HV_LEAF_SPAN;
}

/* How far from there on nothing is different, as tables tell; 0: the pages have to be looked at. */
static uint64_t skip_at(const HvStorage *now, uint64_t addr, const HvStorage *then, uint64_t then_addr)
{
    uint64_t gap = gap_at(now, addr);

    if (!then || gap > 0)
        return then ? MIN(gap, gap_at(then, then_addr)) : gap;
    const HvLeaf *leaf = hv_storage_leaf(now, addr), *other = hv_storage_leaf(then, then_addr);
    bool same = other && other->table == leaf->table && hv_page_index(addr) == hv_page_index(then_addr);

    return same ? HV_LEAF_SPAN - addr % HV_LEAF_SPAN : 0;
}

static bool reads_as(const HvPage *page, const HvPage *other)
{
    if (page && other)
        return page == other || memcmp(page->bytes, other->bytes, HV_PAGE_SIZE) == 0;
    return page == other || hv_page_is_zero(page ? page->bytes : other->bytes);
}

bool hv_storage_snapshot_foreach_changed(
    const HvStorageSnapshot *snapshot, const HvStorageSnapshot *older, uint64_t from, uint64_t length,
    HvSnapshotFunc visit, void *data)
{
    const HvStorage *now = snapshot->content, *then = older ? older->content : NULL;
    uint64_t end = from + length;

    g_assert(!older || older->length == snapshot->length);
    g_assert(from % HV_PAGE_SIZE == 0 && length % HV_PAGE_SIZE == 0 && end <= snapshot->length);
    while (from < end) {
        uint64_t addr = snapshot->skew + from, then_addr = older ? older->skew + from : 0;
        uint64_t skip = skip_at(now, addr, then, then_addr);
        const HvPage *page = skip > 0 ? NULL : page_at(now, addr);

        if (skip == 0 && (then ? !reads_as(page, page_at(then, then_addr)) : page != NULL) &&
            !visit(from, page ? page->bytes : NULL, data))
            return false;
        from += skip > 0 ? skip : HV_PAGE_SIZE;
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
    return hv_storage_digest(snapshot->content, snapshot->skew, snapshot->length);
}
