/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_STORAGE_TABLE_H
#define LPARSIM_HV_STORAGE_TABLE_H

#include "hv/storage.h"

/*
 * The tables of a storage, as its own files see them; nobody else includes this. Three levels, each of 512
 * entries but the top, which has as many as the size needs:
 *
 *     top[addr >> 30] -> middle[addr >> 21 & 511] -> leaf -> table.pages[addr >> 12 & 511] -> 4096 bytes
 *
 * A NULL anywhere means that everything behind it reads as zeros. A table without entries is freed at once. What a storage and its
 * snapshots (hv/storage-snapshot.h) share is a page, or a table of 512 pages at once: either has a count of those that refer to it, and is
 * written to only while that is one.
 */
#define HV_TABLE_ENTRIES 512
#define HV_LEAF_SPAN     (HV_TABLE_ENTRIES * HV_PAGE_SIZE) /* 2 MiB */
#define HV_MIDDLE_SPAN   (HV_TABLE_ENTRIES * HV_LEAF_SPAN) /* 1 GiB */

typedef struct {
    unsigned references;
    uint8_t bytes[HV_PAGE_SIZE];
} HvPage;

typedef struct {
    unsigned references;
    HvPage *pages[HV_TABLE_ENTRIES]; /* a reference to each */
} HvPageTable;

typedef struct {
    HvPageTable *table;
    uint64_t dirty[HV_TABLE_ENTRIES / 64]; /* one bit per page, set by every write */
    unsigned used;
} HvLeaf;

typedef struct {
    HvLeaf *leaves[HV_TABLE_ENTRIES];
    unsigned used;
} HvMiddle;

struct HvStorage {
    uint64_t size_bytes;
    uint64_t n_middles;
    HvMiddle **top; /* [n_middles] */
};

static inline unsigned hv_page_index(uint64_t addr)
{
    return (unsigned)(addr / HV_PAGE_SIZE % HV_TABLE_ENTRIES);
}

static inline unsigned hv_leaf_index(uint64_t addr)
{
    return (unsigned)(addr / HV_LEAF_SPAN % HV_TABLE_ENTRIES);
}

static inline HvPage *hv_page_ref(HvPage *page)
{
    page->references++;
    return page;
}

static inline void hv_page_unref(HvPage *page)
{
    if (page && --page->references == 0)
        g_free(page);
}

/* The leaf behind an address, or NULL. */
static inline HvLeaf *hv_storage_leaf(const HvStorage *storage, uint64_t addr)
{
    const HvMiddle *middle = storage->top[addr / HV_MIDDLE_SPAN];

    return middle ? middle->leaves[hv_leaf_index(addr)] : NULL;
}

/*
 * Calls `visit` for each leaf with content in the range, by address, with the first and last page index
 * inside the range.
 */
typedef void (*HvLeafFunc)(HvLeaf *leaf, uint64_t leaf_addr, unsigned first, unsigned last, void *data);
void hv_storage_foreach_leaf(
    const HvStorage *storage, uint64_t addr, uint64_t length, HvLeafFunc visit, void *data);

/* Drops a reference; with the last one the table goes, and its references to pages. */
void hv_page_table_unref(HvPageTable *table);
/* The leaf behind an address, made if there is none, with a table that nobody else refers to; whoever puts no page into it calls hv_storage_drop_if_empty(). */
HvLeaf *hv_storage_leaf_to_write(HvStorage *storage, uint64_t addr);
/* The leaf behind an address, where there is none yet, made with a reference to that table, in which `used` pages are. */
HvLeaf *hv_storage_put_table(HvStorage *storage, uint64_t addr, HvPageTable *table, unsigned used);
/* Frees the leaf behind an address, and the table above it, if they have no entries. There is a table above it (asserted). */
void hv_storage_drop_if_empty(HvStorage *storage, uint64_t addr);
bool hv_page_is_zero(const uint8_t *bytes);

/* Asserts that the range is page-aligned and inside the storage. */
void hv_storage_assert_range(const HvStorage *storage, uint64_t addr, uint64_t length);

#endif
