/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_SEGMENT_H
#define LPARSIM_SVP_SAVE_SEGMENT_H

#include "hv/storage-snapshot.h"

/*
 * The unit in which content is saved: 1 MiB of a guest's addresses, as one object of an archive. An object is
 *
 *     32 bytes    bit n (of byte n / 8, the lowest first): page n of the segment follows
 *     32 bytes    the same: page n reads as zeros
 *     4096 bytes  for each page that follows, by its number
 *
 * A whole object leaves out the pages that read as zeros; a layer has only what is different from the layers below it.
 */
#define SVP_SEGMENT_BYTES        HV_MIB
#define SVP_SEGMENT_PAGES        ((unsigned)(SVP_SEGMENT_BYTES / HV_PAGE_SIZE))
#define SVP_SEGMENT_HEAD_BYTES   ((size_t)2 * SVP_SEGMENT_PAGES / 8)
#define SVP_SEGMENT_OBJECT_BYTES (SVP_SEGMENT_HEAD_BYTES + SVP_SEGMENT_BYTES) /* at most */

typedef struct {
    uint32_t number; /* of the segment: its first address / 1 MiB */
    unsigned n_pages, n_zeros;
    uint8_t head[64];
    const uint8_t **pages; /* [n_pages]: in the snapshot, which is referenced by somebody else */
} SvpSegment;

/*
 * The segments of a snapshot that have content, by number: GPtrArray of SvpSegment *, g_ptr_array_unref(). With `older`: those with
 * pages that are not the same as there, and of them only these pages; pages that are the same memory are not looked into.
 */
GPtrArray *svp_segments_of(const HvStorageSnapshot *snapshot, const HvStorageSnapshot *older);

size_t svp_segment_object_bytes(const SvpSegment *segment);
/* SHA-256 of the object, 64 hexadecimal digits; free with g_free(). May be called in any thread. */
char *svp_segment_digest(const SvpSegment *segment);

/*
 * Puts what an object says into a snapshot, from the segment's first address. False if it is no object of a segment inside the
 * snapshot: then nothing is put.
 */
bool svp_segment_put(HvStorageSnapshot *snapshot, uint32_t number, const uint8_t *object, size_t length);

#endif
