/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LIP control's table: declared and online are two things, and every refusal names the LIP.
 */
#include "lpar/error.h"
#include "lpar/lip.h"

#include <check.h>
#include <stdlib.h>

static GArray *assigned(const unsigned *numbers, unsigned n)
{
    GArray *lips = g_array_new(FALSE, TRUE, sizeof(ResmgrLip));

    for (unsigned i = 0; i < n; i++) {
        const ResmgrLip lip = {.number = (uint16_t)numbers[i], .ip = 1, .share_bp = 100};

        g_array_append_val(lips, lip);
    }
    return lips;
}

START_TEST(declares_only_what_is_new)
{
    LparLips lips = {0};
    g_autoptr(GArray) first = assigned((const unsigned[]){1, 2}, 2);
    g_autoptr(GArray) second = assigned((const unsigned[]){1, 2, 3, 7}, 4);
    g_autoptr(GArray) new_first = lpar_lips_declare(&lips, first);
    g_autoptr(GArray) new_second = lpar_lips_declare(&lips, second);

    ck_assert_uint_eq(new_first->len, 2);
    ck_assert_uint_eq(new_second->len, 2);
    ck_assert_uint_eq(g_array_index(new_second, unsigned, 0), 3);
    ck_assert_uint_eq(g_array_index(new_second, unsigned, 1), 7);
    ck_assert_uint_eq(lpar_lips_online(&lips), 0);
}
END_TEST

START_TEST(starts_and_stops_what_is_declared)
{
    LparLips lips = {0};
    g_autoptr(GArray) some = assigned((const unsigned[]){1, HV_MAX_LIPS}, 2);
    g_autoptr(GArray) declared = lpar_lips_declare(&lips, some);
    static const struct {
        bool start;
        unsigned lip;
        bool succeeds;
        unsigned online_after;
    } steps[] = {
        {true, 2, false, 0}, {true, 0, false, 0},           {true, HV_MAX_LIPS + 1, false, 0},
        {true, 1, true, 1},  {true, 1, false, 1},           {true, HV_MAX_LIPS, true, 2},
        {false, 1, true, 1}, {false, 1, false, 1},          {false, 2, false, 1},
        {true, 1, true, 2},  {false, HV_MAX_LIPS, true, 1}, {false, 1, true, 0},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autoptr(GError) error = NULL;
        bool done = steps[i].start ? lpar_lips_start(&lips, "LPAR1", steps[i].lip, &error)
                                   : lpar_lips_stop(&lips, "LPAR1", steps[i].lip, &error);

        ck_assert_msg(done == steps[i].succeeds, "step %u", i);
        ck_assert_uint_eq(lpar_lips_online(&lips), steps[i].online_after);
        ck_assert(
            done || (g_error_matches(error, LPAR_ERROR, LPAR_ERROR_LIP) && strstr(error->message, "LPAR1")));
    }
    ck_assert_uint_eq(declared->len, 2);
    lpar_lips_forget(&lips);
    ck_assert(!lpar_lips_start(&lips, "LPAR1", 1, NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lip");
    TCase *tcase = tcase_create("table");

    tcase_add_test(tcase, declares_only_what_is_new);
    tcase_add_test(tcase, starts_and_stops_what_is_declared);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
