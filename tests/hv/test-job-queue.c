/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Jobs: their order, the threads they run in, and that each is freed exactly once whatever becomes of it.
 */
#include "hv/job-queue.h"

#include "hv/error.h"

#include <check.h>
#include <stdlib.h>

/* What the jobs of a test have in common; counted by several threads. */
typedef struct {
    GThread *engine_thread;
    gint worked, done, freed, failed;
    unsigned expected; /* the number of the job that must come next */
    bool go_on;
    gint release; /* jobs that block go on when it is 1 */
} Shared;

typedef struct {
    Shared *shared;
    unsigned number;
    bool fails, blocks, last;
} Work;

static bool work(void *data, GError **error)
{
    Work *one = data;

    ck_assert_ptr_ne(g_thread_self(), one->shared->engine_thread);
    while (one->blocks && !g_atomic_int_get(&one->shared->release))
        g_usleep(1000);
    g_atomic_int_inc(&one->shared->worked);
    if (one->fails)
        g_set_error(error, HV_ERROR, HV_ERROR_DOMAIN, "job %u fails", one->number);
    return !one->fails;
}

static void done(void *data, const GError *error)
{
    Work *one = data;

    ck_assert_ptr_eq(g_thread_self(), one->shared->engine_thread);
    ck_assert_int_eq(error != NULL, one->fails);
    ck_assert_uint_eq(one->number, one->shared->expected);
    one->shared->expected++;
    g_atomic_int_inc(&one->shared->done);
    one->shared->go_on = !one->last;
}

static void free_work(void *data)
{
    Work *one = data;

    g_atomic_int_inc(&one->shared->freed);
    g_free(one);
}

static const HvJobOps ops = {work, done, free_work};

static void push(HvJobQueue *queue, Shared *shared, Work given)
{
    Work *one = g_new(Work, 1);

    *one = given;
    one->shared = shared;
    hv_job_queue_push(queue, &ops, one);
}

static HvEngine *engine_new(void)
{
    HvEngine *engine = hv_engine_new();

    hv_engine_follow_wall_clock(engine);
    return engine;
}

static void wait_for(gint *counter, gint value)
{
    gint64 until_us = g_get_monotonic_time() + 10 * G_USEC_PER_SEC;

    while (g_atomic_int_get(counter) < value && g_get_monotonic_time() < until_us)
        g_usleep(1000);
    ck_assert_int_eq(g_atomic_int_get(counter), value);
}

START_TEST(jobs_are_done_in_order_and_heard_of_in_the_engines_thread)
{
    HvEngine *engine = engine_new();
    Shared shared = {.engine_thread = g_thread_self(), .go_on = true};
    HvJobQueue *queue = hv_job_queue_new(engine);

    for (unsigned i = 0; i < 50; i++)
        push(queue, &shared, (Work){.number = i, .fails = i % 7 == 3, .last = i == 49});
    ck_assert_uint_eq(hv_job_queue_pending(queue), 50);
    hv_engine_run_while(engine, &shared.go_on);
    ck_assert_uint_eq(hv_job_queue_pending(queue), 0);
    ck_assert_int_eq(shared.done, 50);
    hv_job_queue_free(queue, 1000);
    wait_for(&shared.freed, 50);
    hv_engine_free(engine);
}
END_TEST

START_TEST(freeing_waits_for_the_job_under_way_and_drops_the_others)
{
    HvEngine *engine = engine_new();
    Shared shared = {.engine_thread = g_thread_self()};
    HvJobQueue *queue = hv_job_queue_new(engine);

    for (unsigned i = 0; i < 5; i++)
        push(queue, &shared, (Work){.number = i, .blocks = i == 0});
    g_usleep(20000); /* the first has begun */
    g_atomic_int_set(&shared.release, 1);
    hv_job_queue_free(queue, 5000);
    wait_for(&shared.freed, 5);
    ck_assert_int_ge(shared.worked, 1);
    ck_assert_int_eq(shared.done, 0); /* the engine did not run */
    hv_engine_free(engine);
}
END_TEST

START_TEST(a_job_that_hangs_is_left_to_itself)
{
    HvEngine *engine = engine_new();
    Shared shared = {.engine_thread = g_thread_self()};
    HvJobQueue *queue = hv_job_queue_new(engine);
    gint64 begun_us = g_get_monotonic_time();

    push(queue, &shared, (Work){.blocks = true});
    push(queue, &shared, (Work){.number = 1});
    g_usleep(20000);
    hv_job_queue_free(queue, 50);
    ck_assert_int_lt(g_get_monotonic_time() - begun_us, 5 * G_USEC_PER_SEC);
    hv_engine_free(engine);
    ck_assert_int_eq(g_atomic_int_get(&shared.freed), 0);
    /* It comes back when nobody is there any more. */
    g_atomic_int_set(&shared.release, 1);
    wait_for(&shared.freed, 2);
    ck_assert_int_eq(shared.worked, 1);
    ck_assert_int_eq(shared.done, 0);
}
END_TEST

/* Heard of by the engine, but not admitted before the queue was freed. */
START_TEST(a_job_that_was_not_admitted_is_not_told)
{
    HvEngine *engine = engine_new();
    Shared shared = {.engine_thread = g_thread_self()};
    HvJobQueue *queue = hv_job_queue_new(engine);

    push(queue, &shared, (Work){.number = 0});
    wait_for(&shared.worked, 1);
    g_usleep(20000); /* it is posted */
    hv_job_queue_free(queue, 1000);
    hv_engine_run_until(engine, hv_engine_now(engine) + HV_NS_PER_MS);
    ck_assert_int_eq(shared.done, 0);
    wait_for(&shared.freed, 1);
    hv_engine_free(engine);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("job-queue");
    TCase *tcase = tcase_create("jobs");

    tcase_add_test(tcase, jobs_are_done_in_order_and_heard_of_in_the_engines_thread);
    tcase_add_test(tcase, freeing_waits_for_the_job_under_way_and_drops_the_others);
    tcase_add_test(tcase, a_job_that_hangs_is_left_to_itself);
    tcase_add_test(tcase, a_job_that_was_not_admitted_is_not_told);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
