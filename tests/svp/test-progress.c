/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What works says so, but not before two seconds have passed, and nothing of it is left on the line afterwards.
 */
#include "svp/progress.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* All that was written while something worked for so long. Free with free(). */
static char *written_in(gulong work_us)
{
    char *text = NULL;
    size_t length = 0;
    FILE *terminal = open_memstream(&text, &length);
    SvpProgress *progress = svp_progress_begin_work(terminal, "SAVE");

    g_usleep(work_us);
    svp_progress_end(progress);
    fclose(terminal);
    return text;
}

START_TEST(long_work_is_shown_and_wiped)
{
    char *text = written_in(3200 * 1000);

    ck_assert_msg(g_str_has_prefix(text, "\rSAVE: working, 2 s "), "%s", text);
    ck_assert_msg(g_str_has_suffix(text, "   \r"), "%s", text);
    free(text);
}
END_TEST

START_TEST(short_work_is_not)
{
    char *text = written_in(700 * 1000);

    ck_assert_str_eq(text, "");
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/progress");
    TCase *cases = tcase_create("progress");

    tcase_set_timeout(cases, 30);
    tcase_add_test(cases, long_work_is_shown_and_wiped);
    tcase_add_test(cases, short_work_is_not);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
