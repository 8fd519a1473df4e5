/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a guest's console says: whole lines, lines with something before them, lines that are cut off, and garbage.
 *
 * The gaps are computed by hand from the times that are given. What is cut off is tried at every length.
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
    /* Text with blanks: the first one parts it from the word, the others are its own. */
    {"LPARSIM 7 ok  two  blanks ", HV_LINE_ANSWER, 7, true, " two  blanks "},
    {"LPARSIM 7 failed", HV_LINE_ANSWER, 7, false, ""},
    {"LPARSIM 0 failed ok", HV_LINE_ANSWER, 0, false, "ok"},
    /* Longer words, and numbers that are none or too large: 2^64 - 2^32 + 7 is 7 in 32 bits, as is 7 - 2^64 in 64. */
    {"LPARSIM 7 okay", HV_LINE_OTHER, 0, false, NULL},
    {"LPARSIM 7 failed: 3", HV_LINE_OTHER, 0, false, NULL},
    {"LPARSIM 7ok", HV_LINE_OTHER, 0, false, NULL},
    {"LPARSIM 18446744069414584327 ok", HV_LINE_OTHER, 0, false, NULL},
    {"LPARSIM -18446744073709551609 ok", HV_LINE_OTHER, 0, false, NULL},
    {"LPARSIM 99999999999999999999999 ok", HV_LINE_OTHER, 0, false, NULL},
    {"LPARSIM +7 ok", HV_LINE_OTHER, 0, false, NULL},
    {"LPARSIM  ok", HV_LINE_OTHER, 0, false, NULL},
    /* The guest's kernel prints, or the guest is reset, in the middle of a line. */
    {"LPARSIM beat n=11 uptime=3.1 boot=f4LPARSIM 7 ok yes", HV_LINE_ANSWER, 7, true, "yes"},
    {"LPARSIM LPARSIM 7 ok yes", HV_LINE_ANSWER, 7, true, "yes"},
    {"LPARSIM 7 ok LPARSIM 8 ok", HV_LINE_ANSWER, 7, true, "LPARSIM 8 ok"},
    {WHOLE " [    3.2] kernel", HV_LINE_BEAT, 0, false, NULL},
    {"lparsim beat", HV_LINE_OTHER, 0, false, NULL},
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

/* Every shorter piece of the line lacks a word, or the value of one. */
START_TEST(a_beat_that_is_cut_off_is_none)
{
    HvHeartbeat beat = {0};
    HvGuestAnswer answer;

    for (size_t length = 0; length < strlen(WHOLE); length++) {
        g_autofree char *line = g_strndup(WHOLE, length);

        ck_assert_msg(hv_heartbeat_read(&beat, line, 1, &answer) == HV_LINE_OTHER, "%s", line);
    }
    ck_assert_uint_eq(beat.beats, 0);
    ck_assert_ptr_null(beat.boot_id);
}
END_TEST

/* Whatever is left of the one before, nothing of it gets into the beat. */
START_TEST(a_beat_after_one_that_was_cut_off_is_whole)
{
    static const char before[] =
        "LPARSIM beat n=11 uptime=9.99 boot=0000 cpus=9 cpus_present=9 mem_kib=9 disks=vdz:9 css=9 nics=9";

    for (size_t length = 0; length < strlen(before); length++) {
        g_autofree char *line = g_strdup_printf("%.*s" WHOLE, (int)length, before);
        HvHeartbeat beat = {0};
        HvGuestAnswer answer;

        ck_assert_int_eq(hv_heartbeat_read(&beat, line, 1, &answer), HV_LINE_BEAT);
        ck_assert_msg(strcmp(beat.boot_id, "f41f-e3") == 0, "boot %s of %s", beat.boot_id, line);
        ck_assert_str_eq(beat.disks, "vda:8192,vdb:16");
        ck_assert_double_eq(beat.uptime_s, 3.41);
        ck_assert_uint_eq(beat.cpus, 2);
        ck_assert_uint_eq(beat.nics, 1);
        ck_assert_uint_eq(beat.beats, 1);
        hv_heartbeat_clear(&beat);
    }
}
END_TEST

/* 2^32 + 2 CPUs are not 2, and 2^54 KiB, which are 2^64 bytes, are not none. */
START_TEST(huge_numbers_stay_huge)
{
    HvHeartbeat beat = {0};
    HvGuestAnswer answer;

    ck_assert_int_eq(
        hv_heartbeat_read(
            &beat,
            "LPARSIM beat n=1 uptime=1e999 boot=b cpus=4294967298 cpus_present=99999999999999999999999 "
            "mem_kib=18014398509481984 disks=- css=4294967295 nics=0",
            1, &answer),
        HV_LINE_BEAT);
    ck_assert_uint_eq(beat.cpus, G_MAXUINT);
    ck_assert_uint_eq(beat.cpus_present, G_MAXUINT);
    ck_assert_uint_eq(beat.css, 4294967295U);
    ck_assert_uint_eq(beat.nics, 0);
    ck_assert_uint_ge(beat.mem_bytes, UINT64_MAX - 1023);
    hv_heartbeat_clear(&beat);
}
END_TEST

/* When beats come, in ms, and the longest gap after each; -1: the guest stands. */
static const struct {
    int at_ms[6];
    unsigned longest_ms[6];
} gaps[] = {
    {{100, 200, 500, 600, 950, 1000}, {0, 100, 300, 300, 350, 350}},
    {{100, -1, 5000, 5100, -1, 90000}, {0, 0, 0, 100, 100, 100}},
    {{-1, -1, 1, 2, 2, 3}, {0, 0, 0, 1, 1, 1}},
};

START_TEST(the_longest_gap_is_kept)
{
    HvHeartbeat beat = {0};
    HvGuestAnswer answer;

    for (unsigned i = 0; i < G_N_ELEMENTS(gaps[_i].at_ms); i++) {
        gint64 at_us = gaps[_i].at_ms[i] * 1000LL;

        if (at_us < 0) {
            hv_heartbeat_pause(&beat);
        } else {
            hv_heartbeat_read(&beat, WHOLE, at_us, &answer);
            ck_assert_int_eq(beat.at_us, at_us);
            /* Neither an answer nor anything else ends a gap. */
            hv_heartbeat_read(&beat, "LPARSIM 7 ok", at_us + 1, &answer);
            hv_heartbeat_read(&beat, "LPARSIM beat", at_us + 1, &answer);
        }
        ck_assert_uint_eq(beat.longest_gap_ns, gaps[_i].longest_ms[i] * HV_NS_PER_MS);
    }
    hv_heartbeat_clear(&beat);
    ck_assert_uint_eq(beat.longest_gap_ns, 0);
    ck_assert_ptr_null(beat.disks);
    /* As good as new. */
    hv_heartbeat_read(&beat, WHOLE, 90 * G_USEC_PER_SEC, &answer);
    ck_assert_uint_eq(beat.longest_gap_ns, 0);
    ck_assert_uint_eq(beat.beats, 1);
    hv_heartbeat_clear(&beat);
}
END_TEST

START_TEST(what_a_guest_prints_can_be_shown)
{
    const char bytes[] = "a\x1b[2J\x07 \xc3\xa9 \xff \xc2\x9b";
    g_autofree char *clean = hv_heartbeat_clean(bytes, sizeof(bytes) - 1);

    ck_assert(g_utf8_validate(clean, -1, NULL));
    ck_assert_str_eq(clean, "a?[2J? \xc3\xa9 \xef\xbf\xbd ?");
    g_autofree char *nothing = hv_heartbeat_clean("x", 0), *zero = hv_heartbeat_clean("a\0b", 3);

    ck_assert_str_eq(nothing, "");
    ck_assert_str_eq(
        zero, "a\xef\xbf\xbd"
              "b");
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
        g_autofree char *clean = hv_heartbeat_clean(line, length);
        HvLineKind kind = hv_heartbeat_read(&beat, line, i, &answer);

        ck_assert(g_utf8_validate(clean, -1, NULL));
        /* An answer's text is the end of the line, and a beat leaves none of its texts out. */
        if (kind == HV_LINE_ANSWER)
            ck_assert(answer.text >= line && answer.text + strlen(answer.text) == line + strlen(line));
        ck_assert_int_eq(beat.beats > 0, beat.boot_id && beat.disks);
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
    tcase_add_test(tcase, a_beat_that_is_cut_off_is_none);
    tcase_add_test(tcase, a_beat_after_one_that_was_cut_off_is_whole);
    tcase_add_test(tcase, huge_numbers_stay_huge);
    tcase_add_loop_test(tcase, the_longest_gap_is_kept, 0, G_N_ELEMENTS(gaps));
    tcase_add_test(tcase, what_a_guest_prints_can_be_shown);
    tcase_add_test(tcase, garbage_does_no_harm);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
