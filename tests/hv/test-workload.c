/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Workloads as text: what is read, what is refused and with which words, and that the canonical text of any
 * workload reads back as the same workload, whatever bytes it was read from.
 */
#include "hv/error.h"
#include "hv/rng.h"
#include "hv/workload.h"

#include <check.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define IDLE HV_WORKLOAD_CPU_IDLE
#define BUSY HV_WORKLOAD_CPU_BUSY
#define CPU  HV_WORKLOAD_CPU_DEMAND
#define MS   HV_NS_PER_MS

static const struct {
    const char *text, *canonical;
    HvWorkload workload;
} readable[] = {
    {"idle", "idle", {.cpu = IDLE}},
    {"busy", "busy", {.cpu = BUSY}},
    {" BuSy ;", "busy", {.cpu = BUSY}},
    {"cpu 30%", "cpu 30%", {.cpu = CPU, .demand_bp = 3000, .period_ns = 100 * MS}},
    {"cpu:30", "cpu 30%", {.cpu = CPU, .demand_bp = 3000, .period_ns = 100 * MS}},
    {"cpu 33.33%/50ms", "cpu 33.33%/50ms", {.cpu = CPU, .demand_bp = 3333, .period_ns = 50 * MS}},
    {"CPU : 0.01 / 1ms", "cpu 0.01%/1ms", {.cpu = CPU, .demand_bp = 1, .period_ns = MS}},
    {"cpu 100%/1h", "cpu 100%/1h", {.cpu = CPU, .demand_bp = 10000, .period_ns = 3600 * HV_NS_PER_S}},
    {"cpu 50/100ms", "cpu 50%", {.cpu = CPU, .demand_bp = 5000, .period_ns = 100 * MS}},
    {"write 16M/s", "write 16M/s", {.write_rate = 16 * HV_MIB}},
    {"write:10M", "write 10M/s", {.write_rate = 10 * HV_MIB}},
    {"write 1", "write 1/s", {.write_rate = 1}},
    {"write 1T/s", "write 1T/s", {.write_rate = HV_TIB}},
    {"write 16M/s \t 64M", "write 16M/s 64M", {.write_rate = 16 * HV_MIB, .write_set_bytes = 64 * HV_MIB}},
    {"write 5K 4096", "write 5K/s 4K", {.write_rate = 5 * HV_KIB, .write_set_bytes = 4096}},
    {"io 50/s", "io 50/s", {.io_rate_milli = 50000}},
    {"io:0.01", "io 0.01/s", {.io_rate_milli = 10}},
    {"io 1000000/s", "io 1000000/s", {.io_rate_milli = UINT64_C(1000000000)}},
    {"io 2.5 ; write 4K; busy",
     "busy; write 4K/s; io 2.5/s",
     {.cpu = BUSY, .write_rate = 4096, .io_rate_milli = 2500}},
    {"idle;write 4K", "write 4K/s", {.write_rate = 4096}},
};

/* Each with the words that name what is wrong. */
static const struct {
    const char *text, *words;
} refused[] = {
    {"", "names no workload"},
    {" ; ;", "names no workload"},
    {"lazy", "\"lazy\" is no workload"},
    {"cpu30", "\"cpu30\" is no workload"},
    {"busybody", "\"busybody\" is no workload"},
    {"busy 5", "\"busy 5\" is too much: busy has no operand"},
    {"idle: x", "\"idle: x\" is too much: idle has no operand"},
    {"busy; idle", "\"idle\" comes second"},
    {"idle; busy", "\"busy\" comes second"},
    {"busy; cpu 3%", "\"cpu 3%\" comes second"},
    {"cpu 3%; cpu 4%", "\"cpu 4%\" comes second"},
    {"cpu", "\"cpu\" is no demand"},
    {"cpu ::3", "\"cpu ::3\" is no demand"},
    {"cpu 0%", "is no demand"},
    {"cpu 100.01%", "is no demand"},
    {"cpu 1.001%", "is no demand"},
    {"cpu -1%", "is no demand"},
    {"cpu 30%/", "has no good period"},
    {"cpu 30%/999us", "has no good period"},
    {"cpu 30%/3601s", "has no good period"},
    {"cpu 30%/50", "has no good period"},
    {"cpu 30%/50ms/2", "has no good period"},
    {"write", "\"write\" is no rate of writing"},
    {"write 0", "is no rate of writing"},
    {"write 1.5M", "is no rate of writing"},
    {"write 2T/s", "is no rate of writing"},
    {"write 1M/m", "is no rate of writing"},
    {"write 1M 0", "has no good working set"},
    {"write 1M 5000", "has no good working set"},
    {"write 1M 8K 8K", "has no good working set"},
    {"write 1M; write 1M", "\"write 1M\" comes second"},
    {"io", "\"io\" is no rate of requests"},
    {"io 0/s", "is no rate of requests"},
    {"io 0.001", "is no rate of requests"},
    {"io 1000000.01", "is no rate of requests"},
    {"io 5/m", "is no rate of requests"},
    {"io 5; io 5", "\"io 5\" comes second"},
    {"busy; \x01\xff", "\"\\001\\377\" is no workload"},
};

static bool equal(const HvWorkload *a, const HvWorkload *b)
{
    return a->cpu == b->cpu && a->demand_bp == b->demand_bp && a->period_ns == b->period_ns &&
           a->write_rate == b->write_rate && a->write_set_bytes == b->write_set_bytes &&
           a->io_rate_milli == b->io_rate_milli;
}

START_TEST(reads_and_formats)
{
    HvWorkload workload;
    g_autoptr(GError) error = NULL;

    ck_assert_msg(hv_workload_parse(readable[_i].text, &workload, &error), "%s", error ? error->message : "");
    ck_assert_msg(equal(&workload, &readable[_i].workload), "\"%s\"", readable[_i].text);
    g_autofree char *text = hv_workload_format(&workload);

    ck_assert_str_eq(text, readable[_i].canonical);
}
END_TEST

START_TEST(refuses_and_says_why)
{
    const HvWorkload before = {.cpu = BUSY, .write_rate = 7, .io_rate_milli = 70};
    HvWorkload workload = before;
    g_autoptr(GError) error = NULL;

    ck_assert_msg(!hv_workload_parse(refused[_i].text, &workload, &error), "\"%s\"", refused[_i].text);
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_WORKLOAD));
    ck_assert_msg(strstr(error->message, refused[_i].words) != NULL, "%s", error->message);
    ck_assert_msg(strstr(error->message, "\nUse busy, idle, cpu PERCENT") != NULL, "%s", error->message);
    ck_assert(equal(&workload, &before));
}
END_TEST

/* Whatever was read has a canonical text that reads as the same and is its own canonical text. */
static void check_round_trip(const HvWorkload *workload, const char *origin)
{
    g_autofree char *text = hv_workload_format(workload);
    HvWorkload again;

    ck_assert_msg(hv_workload_parse(text, &again, NULL), "\"%s\" from %s", text, origin);
    ck_assert_msg(equal(&again, workload), "\"%s\" from %s", text, origin);
    g_autofree char *text_again = hv_workload_format(&again);

    ck_assert_str_eq(text, text_again);
}

static HvWorkload random_workload(HvRng *rng)
{
    HvWorkload workload = {.cpu = (HvWorkloadCpu)hv_rng_below(rng, 3)};

    if (workload.cpu == CPU) {
        workload.demand_bp = (uint32_t)(1 + hv_rng_below(rng, 10000));
        workload.period_ns = MS + hv_rng_below(rng, 3600 * HV_NS_PER_S - MS + 1);
    }
    if (hv_rng_below(rng, 2)) {
        workload.write_rate = 1 + (hv_rng_below(rng, HV_TIB) >> hv_rng_below(rng, 40));
        workload.write_set_bytes = 4096 * (hv_rng_below(rng, HV_TIB) >> hv_rng_below(rng, 41));
    }
    if (hv_rng_below(rng, 2))
        workload.io_rate_milli = 10 * (1 + (hv_rng_below(rng, 100000000) >> hv_rng_below(rng, 27)));
    return workload;
}

START_TEST(random_workloads_round_trip)
{
    const uint64_t seed = 20;
    HvRng rng;

    hv_rng_init(&rng, seed, "workloads");
    for (unsigned i = 0; i < 20000; i++) {
        g_autofree char *origin = g_strdup_printf("seed %" PRIu64 ", workload %u", seed, i);
        const HvWorkload workload = random_workload(&rng);

        check_round_trip(&workload, origin);
    }
}
END_TEST

/* Words that are nearly right reach deeper than bytes alone. */
static void append_random_piece(GString *text, HvRng *rng)
{
    static const char *const pieces[] = {
        "busy", "idle",
        "cpu",  "write",
        "io",   "CPU",
        ";",    ";",
        " ",    ":",
        "/",    "%",
        "/s",   "30",
        "0.5",  "50ms",
        "1h",   "16M",
        "4096", "999999",
        "T",    "\t",
        "-",    "1e9999",
        ".",    "18446744073709551616",
    };

    if (hv_rng_below(rng, 8) == 0)
        g_string_append_c(text, (char)(1 + hv_rng_below(rng, 255)));
    else
        g_string_append(text, pieces[hv_rng_below(rng, G_N_ELEMENTS(pieces))]);
}

START_TEST(survives_any_bytes)
{
    const uint64_t seed = 21;
    unsigned n_read = 0;
    HvRng rng;

    hv_rng_init(&rng, seed, "bytes");
    for (unsigned i = 0; i < 100000; i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_autoptr(GError) error = NULL;
        HvWorkload workload;

        for (uint64_t n = hv_rng_below(&rng, 12); n > 0; n--)
            append_random_piece(text, &rng);
        if (hv_workload_parse(text->str, &workload, &error)) {
            n_read++;
            check_round_trip(&workload, text->str);
            continue;
        }
        ck_assert_msg(g_error_matches(error, HV_ERROR, HV_ERROR_WORKLOAD), "seed %" PRIu64 ", %u", seed, i);
        /* One sentence and one remedy, printable whatever was quoted. */
        ck_assert(g_utf8_validate(error->message, -1, NULL));
        ck_assert_ptr_eq(strchr(error->message, '\n'), strrchr(error->message, '\n'));
    }
    ck_assert_uint_gt(n_read, 100);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hv/workload");
    TCase *tcase = tcase_create("workload");

    tcase_add_loop_test(tcase, reads_and_formats, 0, G_N_ELEMENTS(readable));
    tcase_add_loop_test(tcase, refuses_and_says_why, 0, G_N_ELEMENTS(refused));
    tcase_add_test(tcase, random_workloads_round_trip);
    tcase_add_test(tcase, survives_any_bytes);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
