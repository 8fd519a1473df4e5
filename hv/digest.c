/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SHA-256, computed by nettle, which uses the processor's instructions for it where there are any.
 *
 * The computation's state is kept in a struct of ours, field by field as in FIPS 180-4: eight words, the number of whole blocks, and the
 * bytes that do not make up a block yet. Nettle's own struct has the same and is filled in for each call, so what is written down does not
 * depend on how that is laid out.
 */
#include "hv/digest.h"

#include <nettle/sha2.h>
#include <string.h>

G_STATIC_ASSERT(HV_DIGEST_BYTES == SHA256_DIGEST_SIZE && HV_DIGEST_BLOCK == SHA256_BLOCK_SIZE);

static struct sha256_ctx to_nettle(const HvDigest *digest)
{
    struct sha256_ctx context = {.count = digest->n_blocks, .index = digest->n_pending};

    memcpy(context.state, digest->state, sizeof(context.state));
    memcpy(context.block, digest->pending, digest->n_pending);
    return context;
}

static void from_nettle(HvDigest *digest, const struct sha256_ctx *context)
{
    memcpy(digest->state, context->state, sizeof(digest->state));
    digest->n_blocks = context->count;
    digest->n_pending = context->index;
    memcpy(digest->pending, context->block, digest->n_pending);
}

void hv_digest_init(HvDigest *digest)
{
    struct sha256_ctx context;

    *digest = (HvDigest){0};
    sha256_init(&context);
    from_nettle(digest, &context);
}

void hv_digest_update(HvDigest *digest, const void *bytes, size_t length)
{
    struct sha256_ctx context = to_nettle(digest);

    sha256_update(&context, length, bytes);
    from_nettle(digest, &context);
}

void hv_digest_peek(const HvDigest *digest, uint8_t ret_bytes[HV_DIGEST_BYTES])
{
    struct sha256_ctx context = to_nettle(digest);

    sha256_digest(&context, HV_DIGEST_BYTES, ret_bytes);
}

char *hv_digest_hex(const HvDigest *digest)
{
    uint8_t bytes[HV_DIGEST_BYTES];
    GString *text = g_string_sized_new(2 * HV_DIGEST_BYTES + 1);

    hv_digest_peek(digest, bytes);
    for (unsigned i = 0; i < HV_DIGEST_BYTES; i++)
        g_string_append_printf(text, "%02x", bytes[i]);
    return g_string_free(text, FALSE);
}

char *hv_digest_of(const void *bytes, size_t length)
{
    HvDigest digest;

    hv_digest_init(&digest);
    hv_digest_update(&digest, bytes, length);
    return hv_digest_hex(&digest);
}

void hv_digest_codec(HvDigest *digest, HvCodec *codec)
{
    hv_codec_begin(codec, "digest", 1);
    for (unsigned i = 0; i < G_N_ELEMENTS(digest->state); i++)
        hv_codec_u32(codec, &digest->state[i]);
    hv_codec_u64(codec, &digest->n_blocks);
    digest->n_pending = hv_codec_choice(codec, digest->n_pending, HV_DIGEST_BLOCK);
    hv_codec_bytes(codec, digest->pending, digest->n_pending);
    hv_codec_end(codec);
}
