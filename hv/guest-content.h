/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_GUEST_CONTENT_H
#define LPARSIM_HV_GUEST_CONTENT_H

#include "hv/codec.h"
#include "hv/storage.h"

/*
 * What a model guest has written, in a form that says what each byte must be: a boot image of stamped pages,
 * and a working set of pages that is written round and round. Nothing is remembered per page of the working
 * set: number of pages written so far says for each page which round wrote it last.
 */
#define HV_CONTENT_BOOT_BLOCK_BYTES (64 * HV_KIB)

typedef struct {
    uint64_t seed;
    uint64_t boot;                     /* number of the load; part of every page's content */
    const HvStorageWindow *windows[2]; /* MS, ES */
    GArray *stamps;                    /* of HvContentStamp */
    uint64_t set_addr, set_pages;      /* the working set, in MS */
    uint64_t pages_written;            /* since the load */
} HvGuestContent;

typedef struct {
    unsigned window; /* 0: MS, 1: ES */
    uint64_t addr;   /* of the page, as the guest knows it */
} HvContentStamp;

void hv_guest_content_init(
    HvGuestContent *content, uint64_t seed, const HvStorageWindow *ms, const HvStorageWindow *es);
void hv_guest_content_clear(HvGuestContent *content);
/* A new load: the image is written into [0, ms) and [0, es); the working set is `set_bytes` above the boot
 * block, or all. */
void hv_guest_content_boot(HvGuestContent *content, uint64_t ms_bytes, uint64_t es_bytes, uint64_t set_bytes);
/* Stamps storage that was added: [from, to). */
void hv_guest_content_extend(HvGuestContent *content, unsigned window, uint64_t from, uint64_t to);
/* Storage that goes, [to, from), is empty then. Nothing of the working set lies there (asserted). */
void hv_guest_content_shrink(HvGuestContent *content, unsigned window, uint64_t from, uint64_t to);
/* Writes the working set's pages up to `pages` since the load; at most one round is really written. */
void hv_guest_content_write_to(HvGuestContent *content, uint64_t pages);
/* Compares every page with what it must be; HV_ERROR_GUEST names the first address that differs. */
/*
 * What is written and how far, not the bytes: those are in the storage already. Reading, parts that lie outside `online_bytes` of the windows
 * do not fit.
 */
void hv_guest_content_codec(HvGuestContent *content, const uint64_t online_bytes[2], HvCodec *codec);
bool hv_guest_content_verify(const HvGuestContent *content, GError **error);

#endif
