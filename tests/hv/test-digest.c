/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SHA-256 against GLib's, over pieces of all lengths; and a computation that is written down in the middle and goes on elsewhere.
 */
#include "hv/digest.h"

#include <check.h>
#include <stdlib.h>

static char *by_glib(const uint8_t *bytes, size_t length)
{
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, length);
}

START_TEST(it_is_sha_256)
{
    uint8_t bytes[300];

    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7 + 1);
    for (size_t length = 0; length <= sizeof(bytes); length++) {
        g_autofree char *expected = by_glib(bytes, length), *got = hv_digest_of(bytes, length);

        ck_assert_str_eq(got, expected);
    }
}
END_TEST

START_TEST(it_goes_on_where_it_was_written_down)
{
    uint8_t bytes[200] = {1, 2, 3};
    g_autofree char *expected = by_glib(bytes, sizeof(bytes));

    for (size_t half = 0; half <= sizeof(bytes); half++) {
        g_autoptr(HvEngine) engine = hv_engine_new();
        g_autoptr(HvCodec) writer = hv_codec_writer(engine, /* whole= */ true);
        g_autoptr(GBytes) image = NULL;
        HvDigest first, second;

        hv_digest_init(&first);
        hv_digest_update(&first, bytes, half);
        hv_digest_codec(&first, writer);
        ck_assert(hv_codec_finish(writer, &image, NULL));
        g_autoptr(HvCodec) reader = hv_codec_reader(engine, /* whole= */ true, image);

        hv_digest_codec(&second, reader);
        ck_assert(hv_codec_finish(reader, NULL, NULL));
        hv_digest_update(&second, bytes + half, sizeof(bytes) - half);
        g_autofree char *got = hv_digest_hex(&second);

        ck_assert_str_eq(got, expected);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hv/digest");
    TCase *tcase = tcase_create("digest");

    tcase_add_test(tcase, it_is_sha_256);
    tcase_add_test(tcase, it_goes_on_where_it_was_written_down);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
