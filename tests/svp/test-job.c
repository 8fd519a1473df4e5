/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Jobs against a model of them that was written apart: random jobs that need random things are submitted, held, released and ended while
 * time passes, and after every step each is in the state in which the model has it. The model looks at sets of letters, steps from second to second, and knows
 * nothing of queues of structures. Besides: what is recorded, and what becomes of it when the program ends.
 */
#include "hv/rng.h"
#include "svp/error.h"
#include "svp/message.h"
#include "svp/operations/jobs.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* --- A room with a clock -------------------------------------------------------------------------------- */

typedef struct {
    SvpStore *store;
    SvpJobs *jobs;
    HvTime now_ns;
    HvCalendar calendar;
    GString *ended; /* "3:0 " for job 3 with code 0 */
} Room;

static HvTime now_of(void *data)
{
    return ((const Room *)data)->now_ns;
}

static void note_ended(const SvpJob *job, void *data)
{
    g_string_append_printf(((Room *)data)->ended, "%u:%d ", svp_job_number(job), svp_job_code(job));
}

static void open_jobs(Room *room)
{
    const SvpJobsConfig config = {
        .store = room->store,
        .calendar = &room->calendar,
        .user = "operator",
        .now_func = now_of,
        .ended_func = note_ended,
        .data = room,
    };

    room->jobs = svp_jobs_new(&config);
}

static Room *room_new(void)
{
    Room *room = g_new0(Room, 1);

    room->store = svp_store_open(NULL, NULL);
    room->ended = g_string_new(NULL);
    open_jobs(room);
    return room;
}

static void room_free(Room *room)
{
    svp_jobs_free(room->jobs);
    svp_store_free(room->store);
    g_string_free(room->ended, TRUE);
    g_free(room);
}

/* --- A program that does what it is told ------------------------------------------------------------------ */

typedef struct {
    HvTime duration_ns;
    bool fails_to_begin, fails_to_end;
    uint64_t processed, total, failed;
    const SvpJobRequest *inner; /* submitted by begin(), at once */
    SvpJobs *jobs;
    unsigned *freed, *cancelled;
} Work;

static const SvpJobOps work_ops;

static bool work_begin(SvpJob *job, void *data, HvTime *ret_duration_ns, GError **error)
{
    const Work *work = data;

    svp_job_count(job, work->processed, work->total, work->failed);
    if (work->fails_to_begin) {
        g_set_error_literal(error, SVP_ERROR, SVP_ERROR_FILE, "The tape is torn\nMend it");
        return false;
    }
    if (work->inner && !svp_jobs_submit(work->jobs, work->inner, &work_ops, g_new0(Work, 1), error))
        return false;
    *ret_duration_ns = work->duration_ns;
    return true;
}

static bool work_end(SvpJob *job, void *data, GError **error)
{
    (void)job;
    if (((const Work *)data)->fails_to_end)
        g_set_error_literal(error, SVP_ERROR, SVP_ERROR_FILE, "The tape is full");
    return !((const Work *)data)->fails_to_end;
}

static void work_cancel(SvpJob *job, void *data)
{
    (void)job;
    if (((Work *)data)->cancelled)
        ++*((Work *)data)->cancelled;
}

static void work_free(void *data)
{
    if (((Work *)data)->freed)
        ++*((Work *)data)->freed;
    g_free(data);
}

static const SvpJobOps work_ops = {
    .program = "WORK", .begin = work_begin, .end = work_end, .cancel = work_cancel, .free = work_free};

static Work *work_new(unsigned seconds)
{
    Work *work = g_new0(Work, 1);

    work->duration_ns = seconds * HV_NS_PER_S;
    return work;
}

/* --- The model -------------------------------------------------------------------------------------------- */

#define THINGS     4u
#define MODEL_JOBS 60u
#define RUNS       60
#define STEPS      120u

typedef struct {
    unsigned needs; /* a bit for each thing */
    unsigned seconds, left;
    unsigned turn; /* when it became queued: lower is earlier */
    char state;    /* 'H', 'Q', 'A', 'E' */
    int code;
} ModelJob;

typedef struct {
    ModelJob jobs[MODEL_JOBS + 1]; /* by number */
    unsigned n, turns;
} Model;

/* Something that it needs is used, or wanted by one whose turn is earlier. */
static bool model_must_wait(const Model *model, unsigned needs, unsigned turn)
{
    for (unsigned i = 1; i <= model->n; i++) {
        const ModelJob *other = &model->jobs[i];
        bool before = other->state == 'A' || (other->state == 'Q' && other->turn < turn);

        if (before && (other->needs & needs))
            return true;
    }
    return false;
}

static void model_begin_all(Model *model)
{
    for (bool more = true; more;) {
        more = false;
        for (unsigned i = 1; i <= model->n; i++) {
            ModelJob *job = &model->jobs[i];

            if (job->state != 'Q' || model_must_wait(model, job->needs, job->turn))
                continue;
            job->state = job->seconds == 0 ? 'E' : 'A';
            job->left = job->seconds;
            more = true;
        }
    }
}

static void model_second(Model *model)
{
    for (unsigned i = 1; i <= model->n; i++)
        if (model->jobs[i].state == 'A' && --model->jobs[i].left == 0)
            model->jobs[i].state = 'E';
    model_begin_all(model);
}

static void model_submit(Model *model, unsigned needs, unsigned seconds, bool hold)
{
    model->jobs[++model->n] =
        (ModelJob){.needs = needs, .seconds = seconds, .turn = ++model->turns, .state = hold ? 'H' : 'Q'};
    model_begin_all(model);
}

static void model_end(Model *model, unsigned number)
{
    ModelJob *job = &model->jobs[number];

    job->code = job->state == 'A' ? 50 : 40;
    job->state = 'E';
    model_begin_all(model);
}

/* --- Both ------------------------------------------------------------------------------------------------- */

static void submit(Room *room, Model *model, unsigned needs, unsigned seconds, bool hold, bool batch)
{
    static const char *const names[THINGS] = {"TAP01", "TAP02", "LPAR LPAR1", "LPAR LPAR2"};
    const char *resources[THINGS + 1] = {NULL};
    g_autoptr(GError) error = NULL;
    unsigned n = 0;

    for (unsigned i = 0; i < THINGS; i++)
        if (needs & 1u << i)
            resources[n++] = names[i];
    const SvpJobRequest request = {.resources = resources, .hold = hold, .batch = batch};
    bool refused = !batch && !hold && model_must_wait(model, needs, G_MAXUINT);
    const SvpJob *job = svp_jobs_submit(room->jobs, &request, &work_ops, work_new(seconds), &error);

    ck_assert(refused == !job);
    if (refused)
        ck_assert(g_error_matches(error, SVP_ERROR, SVP_ERROR_JOB_BUSY));
    else
        model_submit(model, needs, seconds, hold);
}

static bool act(Room *room, Model *model, unsigned number, unsigned choice)
{
    static bool (*const acts[])(SvpJobs * jobs, unsigned number, GError **error) = {
        svp_jobs_hold, svp_jobs_release, svp_jobs_end};
    static const char *const allowed[] = {"Q", "H", "HQA"};
    bool expected = number <= model->n && strchr(allowed[choice], model->jobs[number].state);
    ModelJob *job = &model->jobs[number];

    ck_assert_msg(
        acts[choice](room->jobs, number, NULL) == expected, "act %u of job %u in state %c", choice, number,
        job->state);
    if (!expected)
        return false;
    if (choice == 2)
        model_end(model, number);
    else
        job->state = choice == 0 ? 'H' : 'Q';
    job->turn = choice == 1 ? ++model->turns : job->turn;
    model_begin_all(model);
    return true;
}

static void compare(Room *room, const Model *model, unsigned seed)
{
    for (unsigned i = 1; i <= model->n; i++) {
        json_t *record = svp_jobs_record(room->jobs, i);
        const char *state = json_string_value(json_object_get(record, "state"));

        ck_assert_msg(
            state && *state == model->jobs[i].state, "seed %u: job %u is %s, not %c", seed, i, state,
            model->jobs[i].state);
        if (*state == 'E')
            ck_assert_int_eq(json_integer_value(json_object_get(record, "code")), model->jobs[i].code);
        json_decref(record);
    }
}

/* Time passes as RUN lets it pass: from one end to the next. */
static void pass(Room *room, Model *model, unsigned seconds)
{
    HvTime end_ns = room->now_ns + seconds * HV_NS_PER_S;

    while (svp_jobs_next_due(room->jobs) <= end_ns) {
        ck_assert(svp_jobs_next_due(room->jobs) > room->now_ns);
        room->now_ns = svp_jobs_next_due(room->jobs);
        svp_jobs_advance(room->jobs);
    }
    room->now_ns = end_ns;
    svp_jobs_advance(room->jobs);
    for (unsigned i = 0; i < seconds; i++)
        model_second(model);
}

START_TEST(random_jobs_are_as_in_the_model)
{
    unsigned seed = (unsigned)_i + 1;
    HvRng rng;
    Model model = {0};
    Room *room = room_new();

    hv_rng_init(&rng, seed, "jobs");
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned what = (unsigned)hv_rng_below(&rng, 8);

        if (what < 4 && model.n < MODEL_JOBS)
            submit(
                room, &model, (unsigned)hv_rng_below(&rng, 1u << THINGS), (unsigned)hv_rng_below(&rng, 9),
                hv_rng_below(&rng, 5) == 0, hv_rng_below(&rng, 3) > 0);
        else if (what < 6)
            act(room, &model, 1 + (unsigned)hv_rng_below(&rng, model.n + 1), (unsigned)hv_rng_below(&rng, 3));
        else
            pass(room, &model, (unsigned)hv_rng_below(&rng, 6));
        compare(room, &model, seed);
    }
    room_free(room);
}
END_TEST

/* --- What a job leaves ------------------------------------------------------------------------------------ */

static const struct {
    Work work;
    unsigned run_s;
    int code;
    const char *messages; /* the numbers of its log */
} endings[] = {
    {{.processed = 3, .total = 3}, 0, 0, "51 52 53"},
    {{0}, 0, 0, "51 53"},
    {{.duration_ns = 2 * HV_NS_PER_S, .processed = 5, .total = 5}, 2, 0, "51 52 53"},
    {{.processed = 2, .total = 3, .failed = 1}, 0, 20, "51 52 53"},
    {{.processed = 2, .total = 3}, 0, 20, "51 52 53"},
    {{.fails_to_begin = true}, 0, 30, "51 505 53"},
    {{.duration_ns = HV_NS_PER_S, .fails_to_end = true, .processed = 1, .total = 2, .failed = 1},
     1,
     30,
     "51 505 52 53"},
    {{.fails_to_end = true}, 0, 30, "51 505 53"},
};

static char *log_numbers(Room *room, unsigned number)
{
    GString *text = g_string_new(NULL);
    json_t *log = svp_jobs_log(room->jobs, number), *message;
    size_t index;

    json_array_foreach(json_object_get(log, "messages"), index, message) g_string_append_printf(
        text, "%s%d", index ? " " : "",
        atoi(json_string_value(json_object_get(message, "id")) + strlen("LPS")));
    json_decref(log);
    return g_string_free(text, FALSE);
}

START_TEST(endings_have_their_codes_and_messages)
{
    Room *room = room_new();
    const SvpJobRequest request = {.name = "bkinnprd"};
    g_autoptr(GError) error = NULL;
    unsigned freed = 0;
    Work *work = g_memdup2(&endings[_i].work, sizeof *work);

    work->freed = &freed;
    const SvpJob *job = svp_jobs_submit(room->jobs, &request, &work_ops, work, &error);
    bool fails_at_once = endings[_i].code == 30 && endings[_i].run_s == 0;

    ck_assert(fails_at_once == !job);
    ck_assert(fails_at_once == (error != NULL));
    if (job)
        ck_assert_str_eq(svp_job_name(job), "000001/OPERATOR/BKINNPRD");
    ck_assert(
        svp_jobs_next_due(room->jobs) ==
        (endings[_i].run_s ? endings[_i].run_s * HV_NS_PER_S : HV_TIME_NEVER));
    room->now_ns += endings[_i].run_s * HV_NS_PER_S;
    svp_jobs_advance(room->jobs);
    svp_jobs_advance(room->jobs);
    ck_assert_uint_eq(freed, 1);

    json_t *record = svp_jobs_record(room->jobs, 1);
    g_autofree char *numbers = log_numbers(room, 1);
    g_autofree char *ended = g_strdup_printf("1:%d ", endings[_i].code);

    ck_assert_str_eq(numbers, endings[_i].messages);
    ck_assert_str_eq(room->ended->str, ended);
    ck_assert_int_eq(json_integer_value(json_object_get(record, "code")), endings[_i].code);
    /* 6.5 % of the time for which it was active. */
    ck_assert_int_eq(
        json_integer_value(json_object_get(record, "processor_ns")), endings[_i].run_s * 65000000);
    json_decref(record);
    room_free(room);
}
END_TEST

START_TEST(a_program_may_submit_what_needs_the_same)
{
    Room *room = room_new();
    static const char *const needs[] = {"LPAR LPAR1", NULL};
    const SvpJobRequest inner = {.name = "inner", .resources = needs}, outer = {.resources = needs};
    Work *work = work_new(3);

    work->inner = &inner;
    work->jobs = room->jobs;
    ck_assert_ptr_nonnull(svp_jobs_submit(room->jobs, &outer, &work_ops, work, NULL));
    ck_assert_str_eq(room->ended->str, "2:0 ");
    room->now_ns = 3 * HV_NS_PER_S;
    svp_jobs_advance(room->jobs);
    ck_assert_str_eq(room->ended->str, "2:0 1:0 ");
    room_free(room);
}
END_TEST

START_TEST(ends_at_one_time_are_by_number)
{
    Room *room = room_new();
    const SvpJobRequest request = {0};

    for (unsigned i = 0; i < 3; i++)
        svp_jobs_submit(room->jobs, &request, &work_ops, work_new(3 - (i == 1)), NULL);
    room->now_ns = 3 * HV_NS_PER_S;
    svp_jobs_advance(room->jobs);
    ck_assert_str_eq(room->ended->str, "2:0 1:0 3:0 ");
    room_free(room);
}
END_TEST

START_TEST(what_was_active_is_ended_by_the_next_console)
{
    Room *room = room_new();
    const SvpJobRequest request = {0}, held = {.hold = true};
    unsigned cancelled = 0;
    Work *work = work_new(10);

    work->cancelled = &cancelled;
    svp_jobs_submit(room->jobs, &request, &work_ops, work_new(0), NULL);
    svp_jobs_submit(room->jobs, &request, &work_ops, work, NULL);
    svp_jobs_submit(room->jobs, &held, &work_ops, work_new(1), NULL);
    svp_jobs_free(room->jobs);
    open_jobs(room);
    ck_assert_uint_eq(svp_jobs_end_lost(room->jobs), 1);

    json_t *done = svp_jobs_record(room->jobs, 1), *lost = svp_jobs_record(room->jobs, 2);
    g_autofree char *log = log_numbers(room, 2);

    ck_assert_int_eq(json_integer_value(json_object_get(done, "code")), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(lost, "code")), SVP_JOB_LOST);
    ck_assert_str_eq(log, "51 57");
    json_decref(done);
    json_decref(lost);
    /* Numbers go on, of jobs and of messages. */
    const SvpJob *next = svp_jobs_submit(room->jobs, &request, &work_ops, work_new(0), NULL);
    json_t *next_log = svp_jobs_log(room->jobs, 4);
    json_t *first = json_array_get(json_object_get(next_log, "messages"), 0);

    ck_assert_str_eq(svp_job_name(next), "000004/OPERATOR/WORK");
    ck_assert_int_gt(json_integer_value(json_object_get(first, "number")), 5);
    json_decref(next_log);
    ck_assert_uint_eq(cancelled, 0);
    room_free(room);
}
END_TEST

START_TEST(names_and_numbers_are_checked)
{
    static const char *const wrong[] = {"", "A B", "ABCDEFGHIJK", "A/B", "\xc3\xa9"};
    Room *room = room_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        const SvpJobRequest request = {.name = wrong[i]};
        g_autoptr(GError) error = NULL;

        ck_assert_ptr_null(svp_jobs_submit(room->jobs, &request, &work_ops, work_new(0), &error));
        ck_assert(g_error_matches(error, SVP_ERROR, SVP_ERROR_JOB_NAME));
    }
    g_autoptr(GError) error = NULL;

    ck_assert(!svp_jobs_end(room->jobs, 7, &error));
    ck_assert(g_error_matches(error, SVP_ERROR, SVP_ERROR_JOB));
    room_free(room);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/job");
    TCase *cases = tcase_create("job");

    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, random_jobs_are_as_in_the_model, 0, RUNS);
    tcase_add_loop_test(cases, endings_have_their_codes_and_messages, 0, G_N_ELEMENTS(endings));
    tcase_add_test(cases, a_program_may_submit_what_needs_the_same);
    tcase_add_test(cases, ends_at_one_time_are_by_number);
    tcase_add_test(cases, what_was_active_is_ended_by_the_next_console);
    tcase_add_test(cases, names_and_numbers_are_checked);
    suite_add_tcase(suite, cases);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
