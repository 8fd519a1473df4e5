/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Jobs at the console: submitted, held, released and ended by commands while the clock runs; what RUN does at their ends; their logs; and
 * which of them the next console with the same store still has.
 */
#include "svp/error.h"
#include "svp/message.h"
#include "svp/operations/jobs.h"
#include "tests/svp/console-room.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define PATENT "examples/patent.ini"

/* --- A program that takes its time ------------------------------------------------------------------------ */

static bool begin_copy(SvpJob *job, void *data, HvTime *ret_duration_ns, GError **error)
{
    (void)error;
    svp_job_count(job, 100, 100, 0);
    *ret_duration_ns = *(const HvTime *)data;
    return true;
}

static const SvpJobOps copy_ops = {.program = "COPY", .begin = begin_copy, .free = g_free};

static SvpJob *submit_copy(ConsoleRoom *room, const char *resource, HvTime duration_ns, GError **error)
{
    const char *const resources[] = {resource, NULL};
    const SvpJobRequest request = {.resources = resources, .command = "COPY", .batch = true};

    return svp_jobs_submit(
        svp_console_jobs(room->console), &request, &copy_ops, g_memdup2(&duration_ns, sizeof duration_ns),
        error);
}

static void assert_is(ConsoleRoom *room, const char *line, const char *path, const char *json)
{
    json_t *object = console_room_json(room, line), *found = console_room_at(object, path);
    char *text = found ? json_dumps(found, JSON_ENCODE_ANY) : g_strdup("nothing");

    ck_assert_msg(strcmp(text, json) == 0, "%s: %s is %s, not %s", line, path, text, json);
    free(text);
    json_decref(object);
}

/* --- Time ------------------------------------------------------------------------------------------------- */

START_TEST(a_submitted_command_waits_for_what_it_needs)
{
    ConsoleRoom *room = console_room_new(PATENT, NULL);

    ck_assert_ptr_nonnull(submit_copy(room, "LPAR LPAR2", 10 * HV_NS_PER_S, NULL));
    g_autofree char *refused = console_room_refusal(room, "INTEG LPAR2,LPAR1");

    ck_assert_str_eq(refused, "LPS571E");
    assert_is(room, "SBMJOB INTEG LPAR2,LPAR1 JOB(NIGHT)", "result.state", "\"QUEUED\"");
    assert_is(room, "DISPLAY JOB 2", "result.jobs.0.job", "\"000002/OPERATOR/NIGHT\"");
    /* Half of the time is half of the objects. */
    assert_is(room, "RUN 5s", "result.jobs_failed", "0");
    assert_is(room, "DISPLAY JOB 1", "result.jobs.0.processed", "50");
    assert_is(room, "DISPLAY JOB ACTIVE", "result.jobs.0.percent", "50.0");
    assert_is(room, "DISPLAY JOB ACTIVE USER(operator)", "result.jobs.0.number", "1");
    assert_is(room, "DISPLAY JOB USER(NOBODY)", "result.jobs", "[]");
    assert_is(room, "DISPLAY JOBLOG USER(NOBODY)", "result.joblog", "[]");
    assert_is(room, "DISPLAY JOBLOG USER(OPERATOR)", "result.joblog.1.job", "\"000002/OPERATOR/NIGHT\"");
    assert_is(room, "DISPLAY LPAR LPAR2", "result.lpars.0.state", "\"operating\"");
    /* The copy ends at 10 s; the integration begins there, and takes what it takes. */
    assert_is(room, "RUN 20s", "jobs_ended.0.job", "\"000001/OPERATOR/COPY\"");
    assert_is(room, "DISPLAY LPAR LPAR2", "result.lpars.0.state", "\"retired\"");
    assert_is(room, "DISPLAY JOB 1", "result.jobs.0.ended_s", "10.0");
    assert_is(room, "DISPLAY JOB 1", "result.jobs.0.processor_s", "0.65000000000000002");
    assert_is(room, "DISPLAY JOB 2", "result.jobs.0.begun_s", "10.0");
    assert_is(room, "DISPLAY JOB 2", "result.jobs.0.code", "0");
    assert_is(room, "DISPLAY JOBLOG JOB(night)", "result.joblog.0.messages.1.id", "\"LPS055I\"");
    assert_is(room, "DISPLAY JOBLOG JOB(2)", "result.joblog.0.messages.3.id", "\"LPS053I\"");
    assert_is(room, "DISPLAY JOBLOG JOB(COPY)", "result.joblog.0.messages.2.id", "\"LPS052I\"");
    assert_is(room, "DISPLAY JOB ACTIVE", "result.jobs", "[]");
    console_room_free(room);
}
END_TEST

/* The same day with and without jobs in between is the same day for the machine. */
START_TEST(jobs_are_nothing_to_the_machine)
{
    ConsoleRoom *with = console_room_new(PATENT, NULL), *without = console_room_new(PATENT, NULL);

    submit_copy(with, "TAP01", 3 * HV_NS_PER_S + 1, NULL);
    submit_copy(with, "TAP01", 1, NULL);
    console_room_give(with, (const char *[]){"SBMJOB STOP LPAR3", "RUN 10s", NULL});
    console_room_give(without, (const char *[]){"STOP LPAR3", "RUN 10s", NULL});
    json_t *a = console_room_json(with, "DISPLAY TRACE"), *b = console_room_json(without, "DISPLAY TRACE");

    ck_assert(json_equal(console_room_at(a, "result.digest"), console_room_at(b, "result.digest")));
    json_decref(a);
    json_decref(b);
    console_room_free(with);
    console_room_free(without);
}
END_TEST

START_TEST(a_job_that_fails_makes_its_line_fail)
{
    ConsoleRoom *room = console_room_new(PATENT, NULL);

    console_room_give(room, (const char *[]){"SBMJOB LOAD LPAR1 HOLD", NULL});
    assert_is(room, "RELEASE JOB 1", "result.code", "30");
    ck_assert(!svp_console_line(room->console, "SBMJOB LOAD LPAR1", "test"));
    assert_is(room, "DISPLAY JOBLOG JOB(2)", "result.joblog.0.messages.2.id", "\"LPS301E\"");
    assert_is(room, "DISPLAY MESSAGE 1", "result.message.job", "\"000001/OPERATOR/LOAD\"");
    console_room_free(room);
}
END_TEST

START_TEST(an_integration_is_a_job)
{
    ConsoleRoom *room = console_room_new(PATENT, NULL);
    json_t *plan = console_room_json(room, "INTEG LPAR2,LPAR1 PLAN");

    assert_is(room, "DISPLAY JOB", "result.jobs", "[]");
    console_room_give(room, (const char *[]){"INTEG LPAR2,LPAR1", NULL});
    assert_is(room, "DISPLAY JOB", "result.jobs.0.job", "\"000001/OPERATOR/INTEG\"");
    json_t *job = console_room_json(room, "DISPLAY JOB 1");
    double took_s = json_real_value(console_room_at(job, "result.jobs.0.ended_s"));

    ck_assert_double_eq_tol(took_s, json_real_value(console_room_at(plan, "result.elapsed_s")), 0.01);
    ck_assert_double_gt(took_s, 0.0);
    json_decref(job);
    json_decref(plan);
    /* One that is refused has ended, and has not been done. */
    g_autofree char *refused = console_room_refusal(room, "INTEG LPAR3,LPAR1");

    ck_assert_str_eq(refused, "LPS204E");
    assert_is(room, "DISPLAY JOB 2", "result.jobs.0.code", "30");
    console_room_free(room);
}
END_TEST

START_TEST(the_operator_ends_jobs)
{
    ConsoleRoom *room = console_room_new(PATENT, NULL);

    submit_copy(room, "TAP01", 10 * HV_NS_PER_S, NULL);
    submit_copy(room, "TAP01", 10 * HV_NS_PER_S, NULL);
    submit_copy(room, "TAP01", 10 * HV_NS_PER_S, NULL);
    console_room_give(room, (const char *[]){"RUN 1s", "END JOB 2", "HOLD JOB 3", NULL});
    assert_is(room, "DISPLAY JOB 2", "result.jobs.0.code", "40");
    assert_is(room, "DISPLAY JOBLOG JOB(2)", "result.joblog.0.messages.2.id", "\"LPS056I\"");
    assert_is(room, "END JOB 1", "result.code", "50");
    assert_is(room, "DISPLAY JOB 1", "result.jobs.0.ended_s", "1.0");
    assert_is(room, "RELEASE JOB 3", "result.state", "\"ACTIVE\"");
    /* It is active when the console ends. */
    console_room_clear(room);
    svp_console_end(room->console);
    ck_assert_ptr_nonnull(strstr(console_room_err(room), "LPS058W Job 000003 has not ended, it is ACTIVE"));
    console_room_free(room);
}
END_TEST

/* --- The next console ------------------------------------------------------------------------------------- */

START_TEST(what_waits_outlives_the_console)
{
    g_autoptr(SvpStore) store = svp_store_open(NULL, NULL);
    const SvpConsoleConfig config = {.json = true, .store = store};
    ConsoleRoom *room = console_room_new(PATENT, &config);

    submit_copy(room, "LPAR LPAR2", 10 * HV_NS_PER_S, NULL);
    console_room_give(
        room, (const char *[]){"SBMJOB STOP LPAR1 HOLD", "SBMJOB STOP LPAR2 JOB(LATER)", "RUN 1s", NULL});
    console_room_free(room);

    room = console_room_new(PATENT, &config);
    svp_console_begin(room->console);
    ck_assert_ptr_nonnull(strstr(console_room_err(room), "LPS057W 1 job was active"));
    assert_is(room, "DISPLAY JOB 1", "result.jobs.0.code", "70");
    assert_is(room, "DISPLAY JOBLOG JOB(1)", "result.joblog.0.messages.2.id", "\"LPS057W\"");
    assert_is(room, "DISPLAY JOB 2", "result.jobs.0.state", "\"HELD\"");
    /* What it waited for is gone, so it has been carried out. */
    assert_is(room, "DISPLAY JOB 3", "result.jobs.0.job", "\"000003/OPERATOR/LATER\"");
    assert_is(room, "DISPLAY JOB 3", "result.jobs.0.code", "0");
    assert_is(room, "DISPLAY LPAR LPAR2", "result.lpars.0.state", "\"stopped\"");
    assert_is(room, "RELEASE JOB 2", "result.code", "0");
    assert_is(room, "DISPLAY LPAR LPAR1", "result.lpars.0.state", "\"stopped\"");
    console_room_free(room);
}
END_TEST

START_TEST(for_people)
{
    const SvpConsoleConfig config = {.width = 80};
    ConsoleRoom *room = console_room_new("examples/window.ini", &config);

    svp_console_line(room->console, "SBMJOB DISPLAY MACHINE JOB(LOOK)", "test");
    ck_assert_ptr_nonnull(strstr(console_room_out(room), "(job 000001/OPERATOR/LOOK)"));
    console_room_clear(room);
    svp_console_line(room->console, "DISPLAY MESSAGE 3", "test");
    ck_assert_ptr_nonnull(strstr(console_room_out(room), "LPS053I"));
    ck_assert_ptr_nonnull(strstr(console_room_out(room), "Completion code     0"));
    ck_assert_ptr_nonnull(strstr(console_room_out(room), "Processor time used 0.000 s"));
    console_room_free(room);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/job-console");
    TCase *cases = tcase_create("job-console");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, a_submitted_command_waits_for_what_it_needs);
    tcase_add_test(cases, jobs_are_nothing_to_the_machine);
    tcase_add_test(cases, a_job_that_fails_makes_its_line_fail);
    tcase_add_test(cases, an_integration_is_a_job);
    tcase_add_test(cases, the_operator_ends_jobs);
    tcase_add_test(cases, what_waits_outlives_the_console);
    tcase_add_test(cases, for_people);
    suite_add_tcase(suite, cases);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
