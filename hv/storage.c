/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The content of MS or ES: a radix of tables over pages of real bytes.
 *
 * Only what was written takes memory, so the storage of a 64 TiB machine costs its top table (half a
 * megabyte) until somebody writes. Cost of everything else follows the tables that exist: a range is walked
 * by the largest empty piece, not by the page.
 *
 * Dirty marks lie beside the page pointers and are set by every write, whether or not anybody tracks: that is
 * cheaper than asking. Tracking is then only a matter of clearing and counting marks. Moves are in
 * storage-move.c.
 */
#include "hv/digest.h"
#include "hv/storage-table.h"

#include <string.h>

HvStorage *hv_storage_new(uint64_t size_bytes)
{
    HvStorage *storage = g_new0(HvStorage, 1);

    storage->size_bytes = size_bytes;
    storage->n_middles = (size_bytes + HV_MIDDLE_SPAN - 1) / HV_MIDDLE_SPAN;
    storage->top = g_new0(HvMiddle *, storage->n_middles);
    return storage;
}

void hv_storage_free(HvStorage *storage)
{
    if (!storage)
        return;
    hv_storage_clear(storage, 0, storage->n_middles * HV_MIDDLE_SPAN);
    g_free(storage->top);
    g_free(storage);
}

uint64_t hv_storage_size(const HvStorage *storage)
{
    return storage->size_bytes;
}

void hv_storage_assert_range(const HvStorage *storage, uint64_t addr, uint64_t length)
{
    uint64_t end = storage->n_middles * HV_MIDDLE_SPAN;

    g_assert(addr % HV_PAGE_SIZE == 0 && length % HV_PAGE_SIZE == 0);
    g_assert(addr <= end && length <= end - addr);
}

/* --- Bytes ---------------------------------------------------------------------------------------------- */

void hv_page_table_unref(HvPageTable *table)
{
    if (--table->references > 0)
        return;
    for (unsigned i = 0; i < HV_TABLE_ENTRIES; i++)
        hv_page_unref(table->pages[i]);
    g_free(table);
}

/* Where the pointer to the leaf behind an address stands; the middle table is made if there is none. */
static HvLeaf **leaf_slot(HvStorage *storage, uint64_t addr, HvMiddle **ret_middle)
{
    HvMiddle **middle = &storage->top[addr / HV_MIDDLE_SPAN];

    if (!*middle)
        *middle = g_new0(HvMiddle, 1);
    *ret_middle = *middle;
    return &(*middle)->leaves[hv_leaf_index(addr)];
}

HvLeaf *hv_storage_put_table(HvStorage *storage, uint64_t addr, HvPageTable *table, unsigned used)
{
    HvMiddle *middle;
    HvLeaf **leaf = leaf_slot(storage, addr, &middle);

    g_assert(!*leaf);
    *leaf = g_new0(HvLeaf, 1);
    (*leaf)->table = table;
    (*leaf)->used = used;
    table->references++;
    middle->used++;
    return *leaf;
}

static HvPageTable *table_copy(const HvPageTable *table)
{
    HvPageTable *copy = g_new0(HvPageTable, 1);

    copy->references = 1;
    for (unsigned i = 0; i < HV_TABLE_ENTRIES; i++)
        if (table->pages[i])
            copy->pages[i] = hv_page_ref(table->pages[i]);
    return copy;
}

/* Of a table that a snapshot has as well, the leaf gets a copy of its own. */
static void own_table(HvLeaf *leaf)
{
    if (leaf->table->references == 1)
        return;
    HvPageTable *shared = leaf->table;

    leaf->table = table_copy(shared);
    hv_page_table_unref(shared);
}

HvLeaf *hv_storage_leaf_to_write(HvStorage *storage, uint64_t addr)
{
    HvMiddle *middle;
    HvLeaf **leaf = leaf_slot(storage, addr, &middle);

    if (!*leaf)
        return hv_storage_put_table(storage, addr, g_new0(HvPageTable, 1), 0);
    own_table(*leaf);
    return *leaf;
}

void hv_storage_drop_if_empty(HvStorage *storage, uint64_t addr)
{
    HvMiddle **middle = &storage->top[addr / HV_MIDDLE_SPAN];

    g_assert(*middle);
    HvLeaf **leaf = &(*middle)->leaves[hv_leaf_index(addr)];

    if (*leaf && (*leaf)->used == 0) {
        hv_page_table_unref((*leaf)->table);
        g_clear_pointer(leaf, g_free);
        (*middle)->used--;
    }
    if ((*middle)->used == 0)
        g_clear_pointer(middle, g_free);
}

/* Of a page that a snapshot has as well, the storage gets a copy of its own. Of one that is to be overwritten the bytes do not matter. */
static HvPage *page_of_its_own(HvPage *page, bool overwritten)
{
    if (page && page->references == 1)
        return page;
    HvPage *copy = g_new(HvPage, 1);

    copy->references = 1;
    if (page && !overwritten)
        memcpy(copy->bytes, page->bytes, HV_PAGE_SIZE);
    else if (!overwritten)
        memset(copy->bytes, 0, HV_PAGE_SIZE);
    hv_page_unref(page);
    return copy;
}

static bool is_shared(const HvLeaf *leaf, unsigned index)
{
    const HvPage *page = leaf->table->pages[index];

    return page && (page->references > 1 || leaf->table->references > 1);
}

static void count_shared(HvLeaf *leaf, uint64_t leaf_addr, unsigned first, unsigned last, void *data)
{
    uint64_t *n_shared = data;

    (void)leaf_addr;
    for (unsigned i = first; i <= last; i++)
        *n_shared += is_shared(leaf, i);
}

uint64_t hv_storage_count_shared(const HvStorage *storage, uint64_t addr, uint64_t length)
{
    uint64_t n_shared = 0;

    hv_storage_assert_range(storage, addr, length);
    hv_storage_foreach_leaf(storage, addr, length, count_shared, &n_shared);
    return n_shared;
}

static void split_pages(HvLeaf *leaf, uint64_t leaf_addr, unsigned first, unsigned last, void *data)
{
    uint64_t *n_copied = data;

    (void)leaf_addr;
    for (unsigned i = first; i <= last; i++) {
        if (!is_shared(leaf, i))
            continue;
        own_table(leaf);
        leaf->table->pages[i] = page_of_its_own(leaf->table->pages[i], /* overwritten= */ false);
        (*n_copied)++;
    }
}

uint64_t hv_storage_split(HvStorage *storage, uint64_t addr, uint64_t length)
{
    uint64_t n_copied = 0;

    hv_storage_assert_range(storage, addr, length);
    hv_storage_foreach_leaf(storage, addr, length, split_pages, &n_copied);
    return n_copied;
}

static uint8_t *page_to_write(HvStorage *storage, uint64_t addr, bool overwritten)
{
    HvLeaf *leaf = hv_storage_leaf_to_write(storage, addr);
    unsigned index = hv_page_index(addr);

    HvPage **page = &leaf->table->pages[index];

    leaf->used += *page == NULL;
    *page = page_of_its_own(*page, overwritten);
    leaf->dirty[index / 64] |= UINT64_C(1) << (index % 64);
    return (*page)->bytes;
}

void hv_storage_write(HvStorage *storage, uint64_t addr, const void *buffer, size_t length)
{
    const uint8_t *bytes = buffer;

    g_assert(addr <= storage->size_bytes && length <= storage->size_bytes - addr);
    while (length > 0) {
        uint64_t offset = addr % HV_PAGE_SIZE;
        size_t piece = MIN(length, HV_PAGE_SIZE - offset);

        memcpy(page_to_write(storage, addr, piece == HV_PAGE_SIZE) + offset, bytes, piece);
        addr += piece;
        bytes += piece;
        length -= piece;
    }
}

void hv_storage_read(const HvStorage *storage, uint64_t addr, void *buffer, size_t length)
{
    uint8_t *bytes = buffer;

    g_assert(addr <= storage->size_bytes && length <= storage->size_bytes - addr);
    while (length > 0) {
        uint64_t offset = addr % HV_PAGE_SIZE;
        size_t piece = MIN(length, HV_PAGE_SIZE - offset);
        const HvLeaf *leaf = hv_storage_leaf(storage, addr);
        const HvPage *page = leaf ? leaf->table->pages[hv_page_index(addr)] : NULL;

        if (page)
            memcpy(bytes, page->bytes + offset, piece);
        else
            memset(bytes, 0, piece);
        addr += piece;
        bytes += piece;
        length -= piece;
    }
}

/* --- Walking the tables --------------------------------------------------------------------------------- */

void hv_storage_foreach_leaf(
    const HvStorage *storage, uint64_t addr, uint64_t length, HvLeafFunc visit, void *data)
{
    uint64_t end = addr + length;

    hv_storage_assert_range(storage, addr, length);
    while (addr < end) {
        bool empty = !storage->top[addr / HV_MIDDLE_SPAN];
        uint64_t span = empty ? HV_MIDDLE_SPAN : HV_LEAF_SPAN;
        uint64_t next = MIN(end, (addr / span + 1) * span);
        HvLeaf *leaf = empty ? NULL : hv_storage_leaf(storage, addr);

        if (leaf)
            visit(
                leaf, addr / HV_LEAF_SPAN * HV_LEAF_SPAN, hv_page_index(addr), hv_page_index(next - 1), data);
        addr = next;
    }
}

static void clear_some_pages(HvLeaf *leaf, unsigned first, unsigned last)
{
    own_table(leaf);
    for (unsigned i = first; i <= last; i++) {
        leaf->used -= leaf->table->pages[i] != NULL;
        g_clear_pointer(&leaf->table->pages[i], hv_page_unref);
        leaf->dirty[i / 64] &= ~(UINT64_C(1) << (i % 64));
    }
}

static void clear_pages(HvLeaf *leaf, uint64_t leaf_addr, unsigned first, unsigned last, void *data)
{
    if (first == 0 && last == HV_TABLE_ENTRIES - 1)
        leaf->used = 0; /* it goes with its table, whoever else has that */
    else
        clear_some_pages(leaf, first, last);
    hv_storage_drop_if_empty(data, leaf_addr);
}

void hv_storage_clear(HvStorage *storage, uint64_t addr, uint64_t length)
{
    hv_storage_foreach_leaf(storage, addr, length, clear_pages, storage);
}

/* --- Dirty pages ---------------------------------------------------------------------------------------- */

static void collect_dirty(HvLeaf *leaf, uint64_t leaf_addr, unsigned first, unsigned last, void *data)
{
    uint64_t *count = data;

    (void)leaf_addr;
    for (unsigned word = first / 64; word <= last / 64; word++) {
        uint64_t mask = UINT64_MAX;

        if (word == first / 64)
            mask &= UINT64_MAX << (first % 64);
        if (word == last / 64)
            mask &= UINT64_MAX >> (63 - last % 64);
        *count += (uint64_t)__builtin_popcountll(leaf->dirty[word] & mask);
        leaf->dirty[word] &= ~mask;
    }
}

uint64_t hv_storage_collect_dirty(HvStorage *storage, uint64_t addr, uint64_t length)
{
    uint64_t count = 0;

    hv_storage_foreach_leaf(storage, addr, length, collect_dirty, &count);
    return count;
}

void hv_storage_track(HvStorage *storage, uint64_t addr, uint64_t length)
{
    hv_storage_collect_dirty(storage, addr, length);
}

void hv_storage_untrack(HvStorage *storage, uint64_t addr, uint64_t length)
{
    hv_storage_collect_dirty(storage, addr, length);
}

/* --- Digest and footprint ------------------------------------------------------------------------------- */

typedef struct {
    HvDigest digest;
    uint64_t addr;
} Walk;

bool hv_page_is_zero(const uint8_t *bytes)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, HV_PAGE_SIZE - 1) == 0;
}

static void digest_pages(HvLeaf *leaf, uint64_t leaf_addr, unsigned first, unsigned last, void *data)
{
    Walk *walk = data;

    for (unsigned i = first; i <= last; i++) {
        const HvPage *page = leaf->table->pages[i];

        if (!page || hv_page_is_zero(page->bytes))
            continue;
        uint64_t offset = GUINT64_TO_LE(leaf_addr + i * HV_PAGE_SIZE - walk->addr);

        hv_digest_update(&walk->digest, &offset, sizeof(offset));
        hv_digest_update(&walk->digest, page->bytes, HV_PAGE_SIZE);
    }
}

char *hv_storage_digest(const HvStorage *storage, uint64_t addr, uint64_t length)
{
    Walk walk = {.addr = addr};

    hv_digest_init(&walk.digest);
    hv_storage_foreach_leaf(storage, addr, length, digest_pages, &walk);
    return hv_digest_hex(&walk.digest);
}

uint64_t hv_storage_footprint(const HvStorage *storage)
{
    uint64_t bytes = sizeof(*storage) + storage->n_middles * sizeof(*storage->top);

    for (uint64_t m = 0; m < storage->n_middles; m++) {
        const HvMiddle *middle = storage->top[m];

        for (unsigned l = 0; middle && l < HV_TABLE_ENTRIES; l++)
            if (middle->leaves[l])
                bytes += sizeof(HvLeaf) + sizeof(HvPageTable) + middle->leaves[l]->used * sizeof(HvPage);
        bytes += middle ? sizeof(*middle) : 0;
    }
    return bytes;
}
