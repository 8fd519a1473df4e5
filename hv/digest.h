/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_DIGEST_H
#define LPARSIM_HV_DIGEST_H

#include "hv/codec.h"

/*
 * A SHA-256 under way. Plain data: copying it forks the computation, and hv_digest_codec() writes down one that has not ended, which
 * GChecksum cannot.
 */
#define HV_DIGEST_BYTES 32
#define HV_DIGEST_BLOCK 64

typedef struct {
    uint32_t state[HV_DIGEST_BYTES / 4];
    uint64_t n_blocks;
    unsigned n_pending;
    uint8_t pending[HV_DIGEST_BLOCK]; /* [n_pending] */
} HvDigest;

void hv_digest_init(HvDigest *digest);
void hv_digest_update(HvDigest *digest, const void *bytes, size_t length);
/* Of all so far; more can follow. */
void hv_digest_peek(const HvDigest *digest, uint8_t ret_bytes[HV_DIGEST_BYTES]);
char *hv_digest_hex(const HvDigest *digest); /* the same as 64 hexadecimal digits; free with g_free() */
void hv_digest_codec(HvDigest *digest, HvCodec *codec);
/* Of one piece of memory, at once; free with g_free(). */
char *hv_digest_of(const void *bytes, size_t length);

#endif
