/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The content of a model guest's storage: written by formula, so that it can be checked by formula.
 *
 * A page's bytes follow from (seed, load, window, address, generation). Stamped pages have generation 0: the
 * boot block at the bottom of MS, the first page of each further part, the last page; so even an idle guest
 * has content all over its storage, and a relocation that loses, doubles or misplaces anything is seen. The
 * n-th page write of the working set goes to page n mod size with generation n / size + 1. A page that was
 * overwritten since it was stamped follows the working set.
 *
 * Parts are 16 MiB, or a 1024th of the storage if that is more, so a huge LPAR costs a bounded number of
 * pages.
 */
#include "hv/guest-content.h"

#include "hv/error.h"
#include "hv/rng.h"

#include <inttypes.h>
#include <string.h>

#define CONTENT_PART_BYTES (16 * HV_MIB)
#define CONTENT_PARTS_MAX  1024
#define WORDS_PER_PAGE     (HV_PAGE_SIZE / sizeof(uint64_t))

void hv_guest_content_init(
    HvGuestContent *content, uint64_t seed, const HvStorageWindow *ms, const HvStorageWindow *es)
{
    *content = (HvGuestContent){.seed = seed, .windows = {ms, es}};
    content->stamps = g_array_new(FALSE, FALSE, sizeof(HvContentStamp));
}

void hv_guest_content_clear(HvGuestContent *content)
{
    g_clear_pointer(&content->stamps, g_array_unref);
}

/* --- One page -------------------------------------------------------------------------------------------- */

static void fill_page(
    const HvGuestContent *content, unsigned window, uint64_t addr, uint64_t generation, uint64_t *ret_words)
{
    uint64_t key = hv_rng_mix(content->seed ^ hv_rng_mix(content->boot));

    key = hv_rng_mix(key ^ addr);
    key = hv_rng_mix(key ^ (generation << 1 | window));
    for (unsigned i = 0; i < WORDS_PER_PAGE; i++)
        ret_words[i] = GUINT64_TO_LE(hv_rng_mix(key + i));
}

static void write_page(HvGuestContent *content, unsigned window, uint64_t addr, uint64_t generation)
{
    uint64_t words[WORDS_PER_PAGE];

    fill_page(content, window, addr, generation, words);
    bool written = hv_storage_window_write(content->windows[window], addr, words, sizeof(words), NULL);

    g_assert(written);
}

/* The first byte that is not what it must be; `window` G_MAXUINT: none so far. */
typedef struct {
    unsigned window;
    uint64_t addr;
    uint8_t found, expected;
} Difference;

/* Compares one page; *difference becomes its first wrong byte if that comes before the one known. */
static void compare_page(
    const HvGuestContent *content, unsigned window, uint64_t addr, uint64_t generation,
    Difference *difference)
{
    uint64_t words[WORDS_PER_PAGE], bytes_read[WORDS_PER_PAGE];
    const uint8_t *expected = (const uint8_t *)words, *found = (const uint8_t *)bytes_read;
    size_t byte = 0;

    fill_page(content, window, addr, generation, words);
    bool inside =
        hv_storage_window_read(content->windows[window], addr, bytes_read, sizeof(bytes_read), NULL);

    g_assert(inside);
    if (memcmp(expected, found, HV_PAGE_SIZE) == 0)
        return;
    while (expected[byte] == found[byte])
        byte++;
    if (window < difference->window || (window == difference->window && addr + byte < difference->addr))
        *difference = (Difference){window, addr + byte, found[byte], expected[byte]};
}

/* --- The image ------------------------------------------------------------------------------------------- */

static void stamp(HvGuestContent *content, unsigned window, uint64_t addr)
{
    const HvContentStamp one = {.window = window, .addr = addr};

    g_array_append_val(content->stamps, one);
    write_page(content, window, addr, 0);
}

void hv_guest_content_extend(HvGuestContent *content, unsigned window, uint64_t from, uint64_t to)
{
    uint64_t part = MAX(CONTENT_PART_BYTES, (to - from) / CONTENT_PARTS_MAX / HV_PAGE_SIZE * HV_PAGE_SIZE);

    if (from >= to)
        return;
    for (uint64_t addr = from; addr < to; addr += part)
        stamp(content, window, addr);
    if ((to - HV_PAGE_SIZE - from) % part != 0)
        stamp(content, window, to - HV_PAGE_SIZE);
}

void hv_guest_content_shrink(HvGuestContent *content, unsigned window, uint64_t from, uint64_t to)
{
    const HvStorageWindow *shown = content->windows[window];

    g_assert(to <= from && from <= shown->size_bytes);
    g_assert(window != 0 || content->set_addr + content->set_pages * HV_PAGE_SIZE <= to);
    for (unsigned i = content->stamps->len; i-- > 0;) {
        const HvContentStamp *one = &g_array_index(content->stamps, HvContentStamp, i);

        if (one->window == window && one->addr >= to)
            g_array_remove_index(content->stamps, i);
    }
    if (from > to)
        hv_storage_clear(shown->storage, shown->origin_bytes + to, from - to);
}

void hv_guest_content_boot(HvGuestContent *content, uint64_t ms_bytes, uint64_t es_bytes, uint64_t set_bytes)
{
    uint64_t block = MIN(HV_CONTENT_BOOT_BLOCK_BYTES, ms_bytes / 2 / HV_PAGE_SIZE * HV_PAGE_SIZE);
    uint64_t above_pages = (ms_bytes - block) / HV_PAGE_SIZE;

    content->boot++;
    content->pages_written = 0;
    g_array_set_size(content->stamps, 0);
    for (uint64_t addr = 0; addr < block; addr += HV_PAGE_SIZE)
        stamp(content, 0, addr);
    hv_guest_content_extend(content, 0, block, ms_bytes);
    hv_guest_content_extend(content, 1, 0, es_bytes);
    content->set_addr = block;
    content->set_pages = set_bytes ? MIN(above_pages, set_bytes / HV_PAGE_SIZE) : above_pages;
}

/* --- The working set ------------------------------------------------------------------------------------- */

void hv_guest_content_write_to(HvGuestContent *content, uint64_t pages)
{
    g_assert(pages >= content->pages_written);
    if (content->set_pages == 0)
        return;
    uint64_t n = MAX(content->pages_written, pages > content->set_pages ? pages - content->set_pages : 0);

    for (; n < pages; n++)
        write_page(
            content, 0, content->set_addr + n % content->set_pages * HV_PAGE_SIZE,
            n / content->set_pages + 1);
    content->pages_written = pages;
}

/* Generation of the page with that index in the working set; 0: not written since the load. */
static uint64_t set_generation(const HvGuestContent *content, uint64_t index)
{
    if (index >= content->set_pages || index >= content->pages_written)
        return 0;
    return (content->pages_written - 1 - index) / content->set_pages + 1;
}

static bool was_overwritten(const HvGuestContent *content, const HvContentStamp *one)
{
    return one->window == 0 && one->addr >= content->set_addr &&
           set_generation(content, (one->addr - content->set_addr) / HV_PAGE_SIZE) > 0;
}

bool hv_guest_content_verify(const HvGuestContent *content, GError **error)
{
    uint64_t set_written = MIN(content->set_pages, content->pages_written);
    Difference difference = {.window = G_MAXUINT};

    for (unsigned i = 0; i < content->stamps->len; i++) {
        const HvContentStamp *one = &g_array_index(content->stamps, HvContentStamp, i);

        if (!was_overwritten(content, one))
            compare_page(content, one->window, one->addr, 0, &difference);
    }
    for (uint64_t i = 0; i < set_written; i++)
        compare_page(
            content, 0, content->set_addr + i * HV_PAGE_SIZE, set_generation(content, i), &difference);
    if (difference.window == G_MAXUINT)
        return true;
    g_set_error(
        error, HV_ERROR, HV_ERROR_GUEST,
        "The guest's %s differs at address %" PRIu64 ": %02X instead of %02X",
        difference.window ? "ES" : "MS", difference.addr, difference.found, difference.expected);
    return false;
}

/* --- Written down and read back -------------------------------------------------------------------------- */

static bool is_page_inside(uint64_t addr, uint64_t bytes)
{
    return addr % HV_PAGE_SIZE == 0 && addr < bytes && bytes - addr >= HV_PAGE_SIZE;
}

static void stamp_codec(HvContentStamp *one, const uint64_t online_bytes[2], HvCodec *codec)
{
    one->window = hv_codec_choice(codec, one->window, 2);
    hv_codec_u64(codec, &one->addr);
    if (hv_codec_reads(codec) && !is_page_inside(one->addr, online_bytes[one->window]))
        hv_codec_fail(codec, "a page at %" PRIu64 " lies outside the storage", one->addr);
}

static void stamps_codec(HvGuestContent *content, const uint64_t online_bytes[2], HvCodec *codec)
{
    size_t n_stamps = content->stamps->len;

    hv_codec_count(codec, &n_stamps, UINT_MAX);
    if (!hv_codec_reads(codec)) {
        for (unsigned i = 0; i < n_stamps; i++)
            stamp_codec(&g_array_index(content->stamps, HvContentStamp, i), online_bytes, codec);
        return;
    }
    g_array_set_size(content->stamps, 0);
    for (size_t i = 0; i < n_stamps && !hv_codec_failed(codec); i++) {
        HvContentStamp one = {0};

        stamp_codec(&one, online_bytes, codec);
        g_array_append_val(content->stamps, one);
    }
}

void hv_guest_content_codec(HvGuestContent *content, const uint64_t online_bytes[2], HvCodec *codec)
{
    hv_codec_begin(codec, "content", 1);
    hv_codec_u64(codec, &content->seed);
    hv_codec_u64(codec, &content->boot);
    hv_codec_u64(codec, &content->set_addr);
    hv_codec_u64(codec, &content->set_pages);
    hv_codec_u64(codec, &content->pages_written);
    stamps_codec(content, online_bytes, codec);
    if (hv_codec_reads(codec) && content->set_pages > 0 &&
        (!is_page_inside(content->set_addr, online_bytes[0]) ||
         content->set_pages > (online_bytes[0] - content->set_addr) / HV_PAGE_SIZE))
        hv_codec_fail(codec, "the working set lies outside the storage");
    hv_codec_end(codec);
}
