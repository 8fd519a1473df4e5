/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest's console says: whole lines, lines with something before them, lines that are cut off, and garbage.
 *
 * The gaps are computed by hand from the times that are given.
 */
#include "hv/heartbeat.h"

#include "hv/rng.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHOLE                                                                                                \
    "LPARSIM beat n=12 uptime=3.41 boot=f41f-e3 cpus=2 cpus_present=3 mem_kib=1024 disks=vda:8192,vdb:16 "   \
    "css=4 nics=1"

START_TEST(a_beat_is_entered)
{
    HvHeartbeat beat = {0};
    HvGuestAnswer answer;

    ck_assert_int_eq(hv_heartbeat_read(&beat, WHOLE, 1000, &answer), HV_LINE_BEAT);
    ck_assert_uint_eq(beat.beats, 1);
    ck_assert_str_eq(beat.boot_id, "f41f-e3");
    ck_assert_str_eq(beat.disks, "vda:8192,vdb:16");
    ck_assert_double_eq(beat.uptime_s, 3.41);
    ck_assert_uint_eq(beat.cpus, 2);
    ck_assert_uint_eq(beat.cpus_present, 3);
    ck_assert_uint_eq(beat.mem_bytes, HV_MIB);
    ck_assert_uint_eq(beat.css, 4);
    ck_assert_uint_eq(beat.nics, 1);
    ck_assert_uint_eq(beat.longest_gap_ns, 0);
    /* 250 ms, then a stand that does not count, then 100 ms. */
    hv_heartbeat_read(&beat, WHOLE, 251000, &answer);
    hv_heartbeat_pause(&beat);
    hv_heartbeat_read(&beat, WHOLE, 9000000, &answer);
    hv_heartbeat_read(&beat, WHOLE, 9100000, &answer);
    ck_assert_uint_eq(beat.longest_gap_ns, 250 * HV_NS_PER_MS);
    ck_assert_uint_eq(beat.beats, 4);
    hv_heartbeat_clear(&beat);
    ck_assert_uint_eq(beat.beats, 0);
    ck_assert_ptr_null(beat.boot_id);
}
END_TEST

static const struct {
    const char *line;
    HvLineKind kind;
    unsigned id;
    bool ok;
    const char *text;
} lines[] = {
    {"[    3.2] kernel: " WHOLE, HV_LINE_BEAT, 0, false, NULL},
    {"LPARSIM beat n=12 uptime=3.41 boot=f41f-e3 cpus=2", HV_LINE_OTHER, 0, false, NULL},
    {"LPARSIM beat", HV_LINE_OTHER, 0, false, NULL},
    {"LPARSIM", HV_LINE_OTHER, 0, false, NULL},
    {"", HV_LINE_OTHER, 0, false, NULL},
    {"login: root", HV_LINE_OTHER, 0, false, NULL},
    {"LPARSIM 7 ok", HV_LINE_ANSWER, 7, true, ""},
    {"LPARSIM 7 ok 2 blocks", HV_LINE_ANSWER, 7, true, "2 blocks"},
    {"# LPARSIM 8 failed there is no CPU 9", HV_LINE_ANSWER, 8, false, "there is no CPU 9"},
    {"LPARSIM 4294967295 ok", HV_LINE_ANSWER, 4294967295U, true, ""},
    {"LPARSIM 4294967296 ok", HV_LINE_OTHER, 0, false, NULL},
    {"LPARSIM ok", HV_LINE_OTHER, 0, false, NULL},
    {"LPARSIM - ok 1", HV_LINE_OTHER, 0, false, NULL},
    {"LPARSIM 7 perhaps", HV_LINE_OTHER, 0, false, NULL},
};

START_TEST(lines_are_told_apart)
{
    HvHeartbeat beat = {0};
    HvGuestAnswer answer = {0};

    ck_assert_int_eq(hv_heartbeat_read(&beat, lines[_i].line, 1, &answer), lines[_i].kind);
    ck_assert_uint_eq(beat.beats, lines[_i].kind == HV_LINE_BEAT);
    if (lines[_i].kind == HV_LINE_ANSWER) {
        ck_assert_uint_eq(answer.id, lines[_i].id);
        ck_assert_int_eq(answer.ok, lines[_i].ok);
        ck_assert_str_eq(answer.text, lines[_i].text);
    }
    hv_heartbeat_clear(&beat);
}
END_TEST

START_TEST(what_a_guest_prints_can_be_shown)
{
    const char bytes[] = "a\x1b[2J\x07 \xc3\xa9 \xff \xc2\x9b";
    g_autofree char *clean = hv_heartbeat_clean(bytes, sizeof(bytes) - 1);

    ck_assert(g_utf8_validate(clean, -1, NULL));
    ck_assert_str_eq(clean, "a?[2J? \xc3\xa9 \xef\xbf\xbd ?");
}
END_TEST

/* A whole line with bytes changed at random, and cut anywhere. */
START_TEST(garbage_does_no_harm)
{
    uint64_t seed = (uint64_t)g_get_real_time();
    HvRng rng;
    HvHeartbeat beat = {0};
    HvGuestAnswer answer;

    hv_rng_init(&rng, seed, "garbage");
    printf("seed %" G_GUINT64_FORMAT "\n", seed);
    for (unsigned i = 0; i < 20000; i++) {
        g_autofree char *line = g_strdup(i % 2 ? WHOLE : "LPARSIM 7 ok 2 blocks");
        size_t length = strlen(line);

        for (unsigned k = 0; k < 3; k++)
            line[hv_rng_below(&rng, length)] = (char)(1 + hv_rng_below(&rng, 255));
        line[hv_rng_below(&rng, length + 1)] = '\0';
        hv_heartbeat_read(&beat, line, i, &answer);
    }
    hv_heartbeat_clear(&beat);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heartbeat");
    TCase *tcase = tcase_create("lines");

    tcase_add_test(tcase, a_beat_is_entered);
    tcase_add_loop_test(tcase, lines_are_told_apart, 0, G_N_ELEMENTS(lines));
    tcase_add_test(tcase, what_a_guest_prints_can_be_shown);
    tcase_add_test(tcase, garbage_does_no_harm);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
