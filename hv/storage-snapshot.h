/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_STORAGE_SNAPSHOT_H
#define LPARSIM_HV_STORAGE_SNAPSHOT_H

#include "hv/storage.h"

/*
 * The content of a range of storage at one moment. Pages are shared between a storage and its snapshots until the storage is written to
 * (copy on write), in tables of 2 MiB, so taking one costs a pointer for each 2 MiB in which something was ever written; and so does putting
 * one back at an address of the same remainder to 2 MiB, else a pointer for each page. The first write to each 2 MiB afterwards copies its
 * table. Offsets count from the begin of the range, so a snapshot knows nothing of origins.
 */
typedef struct HvStorageSnapshot
    HvStorageSnapshot; /* immutable once it is shared; counted references, of one thread */

/* Page-aligned (asserted). */
HvStorageSnapshot *hv_storage_snapshot(HvStorage *storage, uint64_t addr, uint64_t length);
/* An empty one to be filled by hv_storage_snapshot_put(), which copies HV_PAGE_SIZE bytes; a page of zeros becomes a hole. */
HvStorageSnapshot *hv_storage_snapshot_new(uint64_t length);
void hv_storage_snapshot_put(HvStorageSnapshot *snapshot, uint64_t offset, const uint8_t *page);
HvStorageSnapshot *hv_storage_snapshot_ref(HvStorageSnapshot *snapshot);
void hv_storage_snapshot_unref(HvStorageSnapshot *snapshot); /* NULL is allowed */

uint64_t hv_storage_snapshot_length(const HvStorageSnapshot *snapshot);
uint64_t
hv_storage_snapshot_pages(const HvStorageSnapshot *snapshot); /* that take memory; others read as zeros */

/*
 * Calls `visit` for each page of [from, from + length) that takes memory, by offset, until it returns false; then returns false. The bytes may
 * be read by other threads as long as the snapshot is referenced.
 */
typedef bool (*HvSnapshotFunc)(uint64_t offset, const uint8_t *page, void *data);
bool hv_storage_snapshot_foreach(
    const HvStorageSnapshot *snapshot, uint64_t from, uint64_t length, HvSnapshotFunc visit, void *data);
/*
 * The same for pages that read differently than in `older`. `page` is NULL for one that takes no memory now. Both have the same length
 * (asserted). Pages that are the same memory are not looked at, nor tables that are the same one.
 */
bool hv_storage_snapshot_foreach_changed(
    const HvStorageSnapshot *snapshot, const HvStorageSnapshot *older, uint64_t from, uint64_t length,
    HvSnapshotFunc visit, void *data);

/* The range of the snapshot's length reads as the snapshot now; what was there is lost. */
void hv_storage_snapshot_apply(const HvStorageSnapshot *snapshot, HvStorage *storage, uint64_t addr);
/* As hv_storage_digest() of that range: 64 hexadecimal digits; free with g_free(). */
char *hv_storage_snapshot_digest(const HvStorageSnapshot *snapshot);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvStorageSnapshot, hv_storage_snapshot_unref)

#endif
