/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_STORAGE_H
#define LPARSIM_HV_STORAGE_H

#include "hv/machine.h"

/*
 * The content of MS or of ES: real bytes, sparse. Host memory is used for pages that were written, never for
 * the size; a page never written reads as zeros. Absolute addresses run from 0 to the size of the storage.
 *
 * Tracking: while it is on for a range, the first write to a page of the range marks the page dirty;
 * collecting counts the marks and clears them. One range per tracker, any number of trackers.
 */
typedef struct HvStorage HvStorage;
typedef struct HvStorageExtract HvStorageExtract; /* content taken out of the storage, kept aside */

HvStorage *hv_storage_new(uint64_t size_bytes);
void hv_storage_free(HvStorage *storage);
uint64_t hv_storage_size(const HvStorage *storage);

/* [addr, addr + length) must lie inside the storage (asserted). */
void hv_storage_read(const HvStorage *storage, uint64_t addr, void *buffer, size_t length);
void hv_storage_write(HvStorage *storage, uint64_t addr, const void *buffer, size_t length);
/*
 * Pages of the range that a snapshot or another range has as well: how many there are; and copies for the range's own use, whose number is
 * returned. What it reads as stays. Page-aligned (asserted).
 */
uint64_t hv_storage_count_shared(const HvStorage *storage, uint64_t addr, uint64_t length);
uint64_t hv_storage_split(HvStorage *storage, uint64_t addr, uint64_t length);
/* Makes the range read as zeros and gives its memory back. Page-aligned (asserted). */
void hv_storage_clear(HvStorage *storage, uint64_t addr, uint64_t length);

/*
 * Moves `length` bytes of content from one range to another, which may overlap; what was at the target is
 * lost, what of the source is not also target reads as zeros afterwards. Page-aligned. Pages change place,
 * bytes are not copied: whole 2 MiB or 1 GiB tables at once where both addresses allow. Dirty marks travel
 * with their pages.
 */
void hv_storage_move(HvStorage *storage, uint64_t from, uint64_t to, uint64_t length);

/* Takes the content of a page-aligned range out (it reads as zeros then) and puts it back, there or
 * elsewhere. */
HvStorageExtract *hv_storage_extract(HvStorage *storage, uint64_t addr, uint64_t length);
/* Consumes the extract. The target range must have the extract's length; what was there is lost. */
void hv_storage_insert(HvStorage *storage, uint64_t addr, HvStorageExtract *extract);
void hv_storage_extract_free(HvStorageExtract *extract); /* NULL is allowed */

/*
 * Dirty tracking by page. Turning it on clears the marks of the range; marks are per page, so ranges that are
 * tracked at the same time must not share pages (callers track disjoint areas).
 */
void hv_storage_track(HvStorage *storage, uint64_t addr, uint64_t length);
void hv_storage_untrack(HvStorage *storage, uint64_t addr, uint64_t length);
/* Number of pages of the range written since tracking began or the last collect; clears their marks. */
uint64_t hv_storage_collect_dirty(HvStorage *storage, uint64_t addr, uint64_t length);

/*
 * SHA-256 over the content of the range: every page that is not all zeros, with its offset from `addr`. So it
 * depends on what a reader of the range sees, not on where the range lies nor on how it came to be.
 * 64 hexadecimal digits; free with g_free().
 */
char *hv_storage_digest(const HvStorage *storage, uint64_t addr, uint64_t length);
/* Host memory in use for pages and tables, in bytes. */
uint64_t hv_storage_footprint(const HvStorage *storage);

/*
 * What one guest sees: addresses from 0, the origin added below it. LPAR control owns the window and moves
 * it; the guest only reads through it. size 0: nothing.
 */
typedef struct {
    HvStorage *storage;
    uint64_t origin_bytes;
    uint64_t size_bytes;
} HvStorageWindow;

/* False, with HV_ERROR_STORAGE, if the range is not inside the window (an addressing exception). */
bool hv_storage_window_read(
    const HvStorageWindow *window, uint64_t addr, void *buffer, size_t length, GError **error);
bool hv_storage_window_write(
    const HvStorageWindow *window, uint64_t addr, const void *buffer, size_t length, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvStorage, hv_storage_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvStorageExtract, hv_storage_extract_free)

#endif
