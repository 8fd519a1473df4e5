/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Segments: content cut into objects.
 *
 * A segment in memory is two bit maps and pointers into the snapshot, no copy of a page: what is to be saved of a large LPAR costs a
 * 500th of its content. A page that takes memory but holds nothing but zeros is a hole here, so that the same content always gives
 * the same object, and equal digests mean equal content.
 */
#include "svp/save/segment.h"

#include "hv/digest.h"

#include <string.h>

typedef struct {
    GPtrArray *segments;
    const HvStorageSnapshot *older; /* not NULL: a layer over it, in which zeros are said, not left out */
    SvpSegment now;                 /* of the page seen last */
    const uint8_t *pages[SVP_SEGMENT_PAGES];
    bool begun;
} Gather;

static void segment_free(gpointer data)
{
    SvpSegment *segment = data;

    g_free(segment->pages);
    g_free(segment);
}

static void set_bit(uint8_t *bits, unsigned n)
{
    bits[n / 8] |= (uint8_t)(1u << n % 8);
}

static bool bit(const uint8_t *bits, unsigned n)
{
    return bits[n / 8] >> n % 8 & 1;
}

static bool reads_as_zeros(const uint8_t *page)
{
    return !page || (page[0] == 0 && memcmp(page, page + 1, HV_PAGE_SIZE - 1) == 0);
}

static void end_segment(Gather *gather)
{
    if (gather->begun && gather->now.n_pages + gather->now.n_zeros > 0) {
        SvpSegment *segment = g_memdup2(&gather->now, sizeof *segment);

        segment->pages = g_memdup2(gather->pages, segment->n_pages * sizeof gather->pages[0]);
        g_ptr_array_add(gather->segments, segment);
    }
    gather->begun = false;
}

typedef struct {
    const uint8_t *page;
    bool same;
} Comparison;

static bool compare_page(uint64_t offset, const uint8_t *page, void *data)
{
    Comparison *comparison = data;

    (void)offset;
    comparison->same = memcmp(page, comparison->page, HV_PAGE_SIZE) == 0;
    return true;
}

/* Other memory can have the same content: it was written again, or was read back from a volume. */
static bool is_as_in(const HvStorageSnapshot *older, uint64_t offset, const uint8_t *page)
{
    Comparison comparison = {.page = page};

    if (page)
        hv_storage_snapshot_foreach(older, offset, HV_PAGE_SIZE, compare_page, &comparison);
    return comparison.same;
}

static bool gather_page(uint64_t offset, const uint8_t *page, void *data)
{
    Gather *gather = data;
    SvpSegment *now = &gather->now;
    uint32_t number = (uint32_t)(offset / SVP_SEGMENT_BYTES);
    unsigned n = (unsigned)(offset % SVP_SEGMENT_BYTES / HV_PAGE_SIZE);

    if (gather->older && is_as_in(gather->older, offset, page))
        return true;
    if (!gather->begun || number != now->number) {
        end_segment(gather);
        *now = (SvpSegment){.number = number};
        gather->begun = true;
    }
    if (!reads_as_zeros(page)) {
        set_bit(now->head, n);
        gather->pages[now->n_pages++] = page;
    } else if (gather->older) {
        set_bit(now->head + SVP_SEGMENT_HEAD_BYTES / 2, n);
        now->n_zeros++;
    }
    return true;
}

GPtrArray *svp_segments_of(const HvStorageSnapshot *snapshot, const HvStorageSnapshot *older)
{
    uint64_t length = hv_storage_snapshot_length(snapshot);
    Gather gather = {.segments = g_ptr_array_new_with_free_func(segment_free), .older = older};

    G_STATIC_ASSERT(sizeof gather.now.head == SVP_SEGMENT_HEAD_BYTES);
    if (older)
        hv_storage_snapshot_foreach_changed(snapshot, older, 0, length, gather_page, &gather);
    else
        hv_storage_snapshot_foreach(snapshot, 0, length, gather_page, &gather);
    end_segment(&gather);
    return gather.segments;
}

size_t svp_segment_object_bytes(const SvpSegment *segment)
{
    return SVP_SEGMENT_HEAD_BYTES + (size_t)segment->n_pages * HV_PAGE_SIZE;
}

char *svp_segment_digest(const SvpSegment *segment)
{
    HvDigest digest;

    hv_digest_init(&digest);
    hv_digest_update(&digest, segment->head, SVP_SEGMENT_HEAD_BYTES);
    for (unsigned i = 0; i < segment->n_pages; i++)
        hv_digest_update(&digest, segment->pages[i], HV_PAGE_SIZE);
    return hv_digest_hex(&digest);
}

/* As long as its bit maps say, which do not contradict each other, and inside the snapshot. */
static bool
is_object(const HvStorageSnapshot *snapshot, uint32_t number, const uint8_t *object, size_t length)
{
    uint64_t from = number * SVP_SEGMENT_BYTES, end = hv_storage_snapshot_length(snapshot);
    const uint8_t *zeros = object + SVP_SEGMENT_HEAD_BYTES / 2;
    size_t expected = SVP_SEGMENT_HEAD_BYTES;

    if (length < SVP_SEGMENT_HEAD_BYTES)
        return false;
    for (unsigned n = 0; n < SVP_SEGMENT_PAGES; n++) {
        bool said = bit(object, n) || bit(zeros, n);

        if ((bit(object, n) && bit(zeros, n)) || (said && from + (n + 1) * HV_PAGE_SIZE > end))
            return false;
        expected += bit(object, n) ? HV_PAGE_SIZE : 0;
    }
    return length == expected;
}

bool svp_segment_put(HvStorageSnapshot *snapshot, uint32_t number, const uint8_t *object, size_t length)
{
    static const uint8_t hole[HV_PAGE_SIZE];
    const uint8_t *page = object + SVP_SEGMENT_HEAD_BYTES;

    if (!is_object(snapshot, number, object, length))
        return false;
    for (unsigned n = 0; n < SVP_SEGMENT_PAGES; n++) {
        uint64_t offset = number * SVP_SEGMENT_BYTES + n * HV_PAGE_SIZE;

        if (bit(object, n)) {
            hv_storage_snapshot_put(snapshot, offset, page);
            page += HV_PAGE_SIZE;
        } else if (bit(object + SVP_SEGMENT_HEAD_BYTES / 2, n)) {
            hv_storage_snapshot_put(snapshot, offset, hole);
        }
    }
    return true;
}
