/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sealed bytes: what they are, a digest, and they themselves.
 *
 *     magic (8 letters)   SHA-256 of the rest (32 bytes)   the rest
 *
 * Whatever becomes of a state that was written down (a bit that flips, a file that ends early), it is seen before the first value is read;
 * so those who read values need only be robust against states of other machines.
 *
 * Owns nothing.
 */
#include "monitor/seal.h"

#include "hv/error.h"

#include <stdbool.h>
#include <string.h>

#define MAGIC_LENGTH  8
#define DIGEST_LENGTH 32
#define HEAD_LENGTH   (MAGIC_LENGTH + DIGEST_LENGTH)

static void digest_of(const guint8 *data, gsize length, guint8 ret_digest[DIGEST_LENGTH])
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize digest_length = DIGEST_LENGTH;

    g_checksum_update(checksum, data, (gssize)length);
    g_checksum_get_digest(checksum, ret_digest, &digest_length);
}

GBytes *monitor_seal(const char *magic, GBytes *bytes)
{
    gsize length;
    const guint8 *data = g_bytes_get_data(bytes, &length);
    guint8 *sealed = g_malloc(HEAD_LENGTH + length);

    g_assert(strlen(magic) == MAGIC_LENGTH && length > 0);
    memcpy(sealed, magic, MAGIC_LENGTH);
    digest_of(data, length, sealed + MAGIC_LENGTH);
    memcpy(sealed + HEAD_LENGTH, data, length);
    return g_bytes_new_take(sealed, HEAD_LENGTH + length);
}

static bool is_whole(const char *magic, const guint8 *data, gsize length, const char **ret_why)
{
    guint8 digest[DIGEST_LENGTH];

    *ret_why = "it does not begin as one";
    if (length <= HEAD_LENGTH || memcmp(data, magic, MAGIC_LENGTH) != 0)
        return false;
    digest_of(data + HEAD_LENGTH, length - HEAD_LENGTH, digest);
    *ret_why = "its SHA-256 is another";
    return memcmp(data + MAGIC_LENGTH, digest, DIGEST_LENGTH) == 0;
}

GBytes *monitor_unseal(const char *magic, GBytes *sealed, GError **error)
{
    gsize length;
    const guint8 *data = g_bytes_get_data(sealed, &length);
    const char *why;

    if (is_whole(magic, data, length, &why))
        return g_bytes_new_from_bytes(sealed, HEAD_LENGTH, length - HEAD_LENGTH);
    g_set_error(
        error, HV_ERROR, HV_ERROR_IMAGE,
        "The saved state is damaged, or is none: %s (%" G_GSIZE_FORMAT " bytes)\nTake another copy of it",
        why, length);
    return NULL;
}
