/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a file is the one it was.
 *
 * By its content and not by its time: a copy in another place is as good, and a state that was saved is read back where only copies are.
 * The whole of the file is read for it, in a buffer of bounded size, once for each state that is written or read.
 */
#include "hv/file-mark.h"

#include <stdio.h>

#define BUFFER_SIZE 65536u

/* NULL: it cannot be read. Free with g_free(). */
static char *digest_of(const char *path)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_autofree uint8_t *buffer = g_malloc(BUFFER_SIZE);
    FILE *file = g_file_test(path, G_FILE_TEST_IS_REGULAR) ? fopen(path, "rbe") : NULL;

    if (!file)
        return NULL;
    for (size_t got; (got = fread(buffer, 1, BUFFER_SIZE, file)) > 0;)
        g_checksum_update(checksum, buffer, (gssize)got);
    bool good = !ferror(file);

    fclose(file);
    return good ? g_strdup(g_checksum_get_string(checksum)) : NULL;
}

bool hv_file_mark_codec(const char *path, const char *name, HvCodec *codec)
{
    g_autofree char *now = digest_of(path);
    g_autofree char *then = g_strdup(now);

    hv_codec_string(codec, &then);
    if (!hv_codec_reads(codec))
        return true;
    if (then && !now)
        hv_codec_fail(codec, "the file \"%s\" cannot be read any more", name);
    else if (then && g_strcmp0(then, now) != 0)
        hv_codec_fail(codec, "the file \"%s\" has changed since", name);
    return then && !hv_codec_failed(codec);
}
