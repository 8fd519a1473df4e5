/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Service classes, demand and paging in machine files: what is read and written again, and what is refused with which words. */
#include "tests/svp/machine-text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MACHINE                                                                                              \
    "[machine]\nips = 2\nms = 64M\nchannels = 00\nclock = 2026-11-20 18:00\n[lpar A]\nms = 16M\n"            \
    "ip-shares = 1:100\nchannels = 00\n[lpar B]\nms = 16M\nip-shares = 2:100\n"                              \
    "[device 0190]\nchannels = 00\nservice-time = exponential 5ms\n"
#define BATCH "[class SAVE]\nlpar = A\nstart = 03:25 weekdays\nservice = 1s\n"

static const char *const files[] = {
    MACHINE
    "[class C]\nlpar = A\nusers = 50\nthink = exponential 9s\nservice = hyperexponential 5ms 4\nios = 3\n"
    "devices = 0190\npriority = 2\ngoal = p95 < 200ms\n",
    MACHINE
    "[class C]\nlpar = 1\narrivals = poisson 40/s\nservice = lognormal 5ms 2\ngoal = velocity > 40%\n",
    MACHINE "[class C]\nlpar = a\narrivals = mmpp 10/s 5s, 100/s 1s\nservice = pareto 1.5 1ms 10s\ngoal = "
            "mean < 5s\n",
    MACHINE BATCH
    "jobs = 12\ninitiators = 2\ngoal = end < 04:30\n[class THEN]\nlpar = A\nafter = SAVE\nservice = 2s\n",
};

START_TEST(a_class_is_read_and_written)
{
    g_autoptr(ResmgrDefinition) definition = machine_text_parse(files[_i]);
    const ResmgrLparDef *lpar = g_ptr_array_index(definition->lpars, 0);

    ck_assert_uint_eq(lpar->jobs.classes->len, definition->classes->len);
    ck_assert_ptr_eq(g_ptr_array_index(lpar->jobs.classes, 0), g_ptr_array_index(definition->classes, 0));
    machine_text_round_trip(definition);
}
END_TEST

static const struct {
    const char *text, *problem;
} refusals[] = {
    {"[class C]\nlpar = A\nservice = 1s\n", "[class C] users: nothing says where the jobs of C come from. "
                                            "Give one of users, arrivals, start and after."},
    {"[class C]\nlpar = A\nusers = 2\narrivals = poisson 1/s\nservice = 1s\n",
     "[class C] users = 2: jobs of C would come from 2 places."},
    {"[class C]\nlpar = A\narrivals = poisson 1/s\nthink = 1s\nservice = 1s\n", "only users think"},
    {"[class C]\nlpar = A\nusers = 1\njobs = 2\nservice = 1s\n",
     "only runs of batch classes have a number of jobs"},
    {"[class C]\nlpar = A\nusers = 1\ninitiators = 2\nservice = 1s\n", "only batch classes have initiators"},
    {"[class C]\nlpar = A\nusers = 1\nservice = 1s\ngoal = end < 04:30\n",
     "only runs of batch classes have an end"},
    {"[class C]\nlpar = A\nusers = 0\nservice = 1s\n", "\"0\" is not a number of users. Give 1 to 1000000."},
    {"[class C]\nlpar = A\nusers = 1\n", "[class C] service: the key is missing."},
    {"[class C]\nlpar = A\nusers = 1\nservice = 1\n", "\"1\" is no duration"},
    {"[class C]\nlpar = A\nusers = 1\nservice = normal 5ms\n", "\"normal 5ms\" is no distribution"},
    {"[class C]\nlpar = A\narrivals = poisson\nservice = 1s\n", "[class C] arrivals = poisson: "},
    {"[class C]\nlpar = A\narrivals = file /nonexistent\nservice = 1s\n", "/nonexistent"},
    {"[class C]\nlpar = X\nusers = 1\nservice = 1s\n", "[class C] lpar = X: there is no LPAR X."},
    {"[class C]\nlpar = A\nusers = 1\nservice = 1s\nios = 1\ndevices = 0191\n",
     "the machine has no device with the number 0191"},
    {"[class C]\nlpar = A\nusers = 1\nservice = 1s\npriority = 10\n",
     "\"10\" is not a priority. Give 1 to 9."},
    {"[class C]\nlpar = A\nusers = 1\nservice = 1s\ngoal = fast\n", "\"fast\" is no goal."},
    {"[class C]\nlpar = A\nstart = 25:00\nservice = 1s\n", "[class C] start = 25:00: "},
    {"[class C]\nlpar = A\nstart = 03:00 someday\nservice = 1s\n", "someday"},
    {"[class C]\nlpar = A\nafter = D\nservice = 1s\n", "there is no batch class D"},
    {BATCH "[class C]\nlpar = B\nafter = SAVE\nservice = 1s\n", "SAVE is a class of another LPAR, A"},
    {"[class no.name]\nlpar = A\nusers = 1\nservice = 1s\n", "a service class has a name of 1 to 16 letters"},
    {"[class C]\nlpar = A\nuser = 1\nservice = 1s\n", "there is no such key here. Did you mean users?"},
};

START_TEST(what_is_no_class_is_refused)
{
    g_autofree char *text = g_strconcat(MACHINE, refusals[_i].text, NULL);
    g_autofree char *lines = machine_text_refused(text, strlen(text));

    ck_assert_msg(strstr(lines, refusals[_i].problem), "%s", lines);
}
END_TEST

/* Two that wait for each other are each told so. */
START_TEST(nobody_waits_for_himself)
{
    g_autofree char *lines = NULL;
    static const char text[] = MACHINE "[class C]\nlpar = A\nafter = D\nservice = 1s\n"
                                       "[class D]\nlpar = A\nafter = C\nservice = 1s\n";

    lines = machine_text_refused(text, strlen(text));
    ck_assert_ptr_nonnull(strstr(lines, "[class C] after = D: C would wait for itself."));
    ck_assert_ptr_nonnull(strstr(lines, "[class D] after = C: D would wait for itself."));
}
END_TEST

START_TEST(real_guests_have_no_classes)
{
    static const char text[] =
        "[machine]\nips = 1\nms = 256M\nbackend = libvirt\n[lpar A]\nms = 128M\nip-shares = 1:100\n"
        "guest = libvirt\nkernel = k\nworking-set = 1M\n[class C]\nlpar = A\nusers = 1\nservice = 1s\n";
    g_autofree char *lines = machine_text_refused(text, strlen(text));

    ck_assert_ptr_nonnull(strstr(lines, "the guest of A is real, and does what it does"));
    ck_assert_ptr_nonnull(strstr(lines, "[lpar A] working-set = 1M: a real guest does what it does"));
}
END_TEST

START_TEST(a_trace_needs_a_file)
{
    static const char text[] = MACHINE "[lpar C]\nms = 8M\nweight = 1\nlips = 1\nguest = trace\n";
    g_autofree char *lines = machine_text_refused(text, strlen(text));

    ck_assert_ptr_nonnull(strstr(lines, "a guest of kind trace works as a file says. Give demand = FILE"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/machine-classes");
    TCase *cases = tcase_create("classes");
    SRunner *runner = srunner_create(suite);

    tcase_add_loop_test(cases, a_class_is_read_and_written, 0, G_N_ELEMENTS(files));
    tcase_add_loop_test(cases, what_is_no_class_is_refused, 0, G_N_ELEMENTS(refusals));
    tcase_add_test(cases, nobody_waits_for_himself);
    tcase_add_test(cases, real_guests_have_no_classes);
    tcase_add_test(cases, a_trace_needs_a_file);
    suite_add_tcase(suite, cases);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
