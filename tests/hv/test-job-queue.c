/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Jobs: their order, the threads they run in, and that each is freed exactly once whatever becomes of it.
 *
 * A job is an entry of a table that counts what has happened to it; freeing it only counts, so a second time is seen.
 * What a job finds wrong in the queue's thread is noted there and asserted in the test's own, which is the engine's.
 */
#include "hv/job-queue.h"

#include "hv/error.h"

#include <check.h>
#include <stdlib.h>

#define JOBS       50
#define LIMIT_US   (10 * G_USEC_PER_SEC)
#define PATIENT_MS 10000

typedef struct Shared Shared;

typedef struct {
    Shared *shared;
    unsigned number;
    bool fails, blocks; /* until `release` is 1 */
    unsigned takes_ms;
    gint began, worked, heard, freed; /* how often */
} Work;

struct Shared {
    GThread *engine_thread;
    HvEngine *engine;
    HvJobQueue *queue;
    Work works[JOBS];
    unsigned pushed;
    unsigned heard; /* jobs */
    unsigned last;  /* the engine runs until it has heard of so many */
    bool go_on;
    unsigned next;                    /* to be worked; the queue's thread only */
    void (*on_heard)(Shared *shared); /* may be NULL */
    gint release, wrong;
};

/* --- Jobs ----------------------------------------------------------------------------------------------- */

static void note(Shared *shared, bool as_it_must_be)
{
    if (!as_it_must_be)
        g_atomic_int_inc(&shared->wrong);
}

static bool work(void *data, GError **error)
{
    Work *one = data;
    Shared *shared = one->shared;

    note(shared, g_thread_self() != shared->engine_thread);
    note(shared, one->number == shared->next++);
    g_atomic_int_inc(&one->began);
    while (one->blocks && !g_atomic_int_get(&shared->release))
        g_usleep(1000);
    g_usleep(one->takes_ms * 1000UL);
    if (one->fails)
        g_set_error(error, HV_ERROR, HV_ERROR_DOMAIN, "job %u fails", one->number);
    g_atomic_int_inc(&one->worked);
    return !one->fails;
}

static void done(void *data, const GError *error)
{
    Work *one = data;
    Shared *shared = one->shared;
    g_autofree char *message = g_strdup_printf("job %u fails", one->number);

    ck_assert_ptr_eq(g_thread_self(), shared->engine_thread);
    ck_assert_uint_eq(one->number, shared->heard);
    ck_assert_int_eq(g_atomic_int_get(&one->worked), 1);
    ck_assert_int_eq(g_atomic_int_get(&one->freed), 0);
    ck_assert_int_eq(error != NULL, one->fails);
    if (error) {
        ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_DOMAIN));
        ck_assert_str_eq(error->message, message);
    }
    one->heard++;
    shared->heard++;
    ck_assert_uint_eq(hv_job_queue_pending(shared->queue), shared->pushed - shared->heard);
    shared->go_on = shared->heard < shared->last;
    if (shared->on_heard)
        shared->on_heard(shared);
}

static void free_work(void *data)
{
    g_atomic_int_inc(&((Work *)data)->freed);
}

static const HvJobOps ops = {work, done, free_work};

static void push(Shared *shared, Work given)
{
    Work *one = &shared->works[shared->pushed];

    *one = given;
    one->shared = shared;
    one->number = shared->pushed++;
    hv_job_queue_push(shared->queue, &ops, one);
}

/* --- Tests ---------------------------------------------------------------------------------------------- */

static void begin(Shared *shared)
{
    *shared = (Shared){.engine_thread = g_thread_self(), .engine = hv_engine_new(), .go_on = true};
    hv_engine_follow_wall_clock(shared->engine);
    shared->queue = hv_job_queue_new(shared->engine);
}

static void free_queue(Shared *shared, unsigned patience_ms)
{
    hv_job_queue_free(g_steal_pointer(&shared->queue), patience_ms);
}

static void wait_for_1(gint *counter)
{
    gint64 until_us = g_get_monotonic_time() + LIMIT_US;

    while (g_atomic_int_get(counter) < 1 && g_get_monotonic_time() < until_us)
        g_usleep(1000);
    ck_assert_int_eq(g_atomic_int_get(counter), 1);
}

/* The queue and the engine are freed: every job is so too, once, and `worked` of them were begun and ended. */
static void check_all_freed(Shared *shared, unsigned worked)
{
    unsigned n = 0;

    for (unsigned i = 0; i < shared->pushed; i++)
        wait_for_1(&shared->works[i].freed);
    g_usleep(20000); /* for whoever would free a job again */
    for (unsigned i = 0; i < shared->pushed; i++) {
        const Work *one = &shared->works[i];

        ck_assert_msg(one->freed == 1, "job %u was freed %d times", i, one->freed);
        ck_assert_int_eq(one->began, one->worked);
        ck_assert_int_le(one->worked, 1);
        n += one->worked == 1;
    }
    ck_assert_uint_eq(n, worked);
    ck_assert_int_eq(shared->wrong, 0);
}

START_TEST(jobs_are_done_in_order_and_heard_of_in_the_engines_thread)
{
    Shared shared;

    begin(&shared);
    ck_assert_uint_eq(hv_job_queue_pending(shared.queue), 0);
    for (unsigned i = 0; i < JOBS; i++)
        push(&shared, (Work){.fails = i % 7 == 3});
    ck_assert_uint_eq(hv_job_queue_pending(shared.queue), JOBS);
    shared.last = JOBS;
    ck_assert(hv_engine_run_while(shared.engine, &shared.go_on));
    ck_assert_uint_eq(shared.heard, JOBS);
    free_queue(&shared, PATIENT_MS);
    hv_engine_free(shared.engine);
    check_all_freed(&shared, JOBS);
}
END_TEST

static void push_another(Shared *shared)
{
    if (shared->pushed < 5)
        push(shared, (Work){.fails = false});
}

START_TEST(a_job_can_be_pushed_when_another_is_heard_of)
{
    Shared shared;

    begin(&shared);
    shared.on_heard = push_another;
    shared.last = 5;
    push(&shared, (Work){.fails = true});
    hv_engine_run_while(shared.engine, &shared.go_on);
    ck_assert_uint_eq(hv_job_queue_pending(shared.queue), 0);
    free_queue(&shared, PATIENT_MS);
    hv_engine_free(shared.engine);
    check_all_freed(&shared, 5);
}
END_TEST

START_TEST(freeing_waits_for_the_job_under_way_and_drops_the_others)
{
    Shared shared;

    begin(&shared);
    push(&shared, (Work){.takes_ms = 200, .fails = _i == 1});
    for (unsigned i = 1; i < 5; i++)
        push(&shared, (Work){.fails = false});
    wait_for_1(&shared.works[0].began);
    gint64 begun_us = g_get_monotonic_time();

    free_queue(&shared, PATIENT_MS);
    ck_assert_int_eq(g_atomic_int_get(&shared.works[0].worked), 1);
    /* Not longer than the job takes. */
    ck_assert_int_lt(g_get_monotonic_time() - begun_us, PATIENT_MS / 2 * 1000);
    hv_engine_free(shared.engine);
    check_all_freed(&shared, 1);
    ck_assert_uint_eq(shared.heard, 0); /* the engine did not run */
}
END_TEST

START_TEST(a_queue_without_jobs_is_freed_at_once)
{
    Shared shared;
    gint64 begun_us = g_get_monotonic_time();

    begin(&shared);
    free_queue(&shared, PATIENT_MS);
    hv_job_queue_free(NULL, PATIENT_MS);
    ck_assert_int_lt(g_get_monotonic_time() - begun_us, PATIENT_MS / 2 * 1000);
    hv_engine_free(shared.engine);
}
END_TEST

START_TEST(a_job_that_hangs_is_left_to_itself)
{
    Shared shared;

    begin(&shared);
    push(&shared, (Work){.blocks = true, .fails = _i == 1});
    push(&shared, (Work){.fails = false});
    wait_for_1(&shared.works[0].began);
    gint64 begun_us = g_get_monotonic_time();

    free_queue(&shared, 50);
    gint64 waited_us = g_get_monotonic_time() - begun_us;

    ck_assert_int_ge(waited_us, 50 * 1000);
    ck_assert_int_lt(waited_us, PATIENT_MS / 2 * 1000);
    hv_engine_free(shared.engine);
    ck_assert_int_eq(g_atomic_int_get(&shared.works[0].freed), 0); /* it still uses it */
    /* It comes back when nobody is there any more. */
    g_atomic_int_set(&shared.release, 1);
    check_all_freed(&shared, 1);
    ck_assert_uint_eq(shared.heard, 0);
}
END_TEST

/* Two jobs have ended and wait for the engine when the queue is freed: it runs after that (0), or never (1). */
START_TEST(nobody_hears_of_jobs_once_the_queue_is_freed)
{
    Shared shared;

    begin(&shared);
    for (unsigned i = 0; i < 3; i++)
        push(&shared, (Work){.blocks = i == 2});
    wait_for_1(&shared.works[2].began);
    g_atomic_int_set(&shared.release, 1);
    free_queue(&shared, PATIENT_MS);
    if (_i == 0)
        hv_engine_run_until(shared.engine, hv_engine_now(shared.engine) + HV_NS_PER_MS);
    hv_engine_free(shared.engine);
    check_all_freed(&shared, 3);
    ck_assert_uint_eq(shared.heard, 0);
}
END_TEST

static void free_the_queue(Shared *shared)
{
    g_atomic_int_set(&shared->release, 1);
    free_queue(shared, PATIENT_MS);
}

/* The first job to be heard of makes the owner free the queue; two more have ended by then. */
START_TEST(the_queue_can_be_freed_when_a_job_is_heard_of)
{
    Shared shared;

    begin(&shared);
    for (unsigned i = 0; i < 5; i++)
        push(&shared, (Work){.blocks = i == 3});
    wait_for_1(&shared.works[3].began);
    shared.on_heard = free_the_queue;
    shared.last = 1;
    hv_engine_run_while(shared.engine, &shared.go_on);
    hv_engine_run_until(shared.engine, hv_engine_now(shared.engine) + HV_NS_PER_MS);
    ck_assert_uint_eq(shared.heard, 1);
    hv_engine_free(shared.engine);
    check_all_freed(&shared, 4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("job-queue");
    TCase *tcase = tcase_create("jobs");

    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, jobs_are_done_in_order_and_heard_of_in_the_engines_thread);
    tcase_add_test(tcase, a_job_can_be_pushed_when_another_is_heard_of);
    tcase_add_loop_test(tcase, freeing_waits_for_the_job_under_way_and_drops_the_others, 0, 2);
    tcase_add_test(tcase, a_queue_without_jobs_is_freed_at_once);
    tcase_add_loop_test(tcase, a_job_that_hangs_is_left_to_itself, 0, 2);
    tcase_add_loop_test(tcase, nobody_hears_of_jobs_once_the_queue_is_freed, 0, 2);
    tcase_add_test(tcase, the_queue_can_be_freed_when_a_job_is_heard_of);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
