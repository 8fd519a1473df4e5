/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where jobs come from.
 *
 *   closed   each user is a job that thinks, arrives, is done, and thinks again
 *   open     the arrivals' own process; the next one is drawn when one has come
 *   batch    a run is a number of jobs that arrive together, at a time of the clock or when another class's run is through;
 *            at most `initiators` of them are begun at a time. A run that is due while one goes on begins when that one is through.
 *
 * Each class has random streams of its own for arrivals, service and thinking, named after the class, so that two alternatives of
 * a machine see the same jobs (common random numbers).
 */
#include "hv/jobs-private.h"

static HvEngine *engine_of(const HvJobClass *cls)
{
    return cls->jobs->config.engine;
}

static HvTime now_of(const HvJobClass *cls)
{
    return hv_engine_now(engine_of(cls));
}

static void init_rng(const HvJobClass *cls, HvRng *rng, const char *purpose)
{
    g_autofree char *name = g_strdup_printf("class %s %s", cls->def->name, purpose);

    hv_rng_init(rng, cls->jobs->config.seed, name);
}

/* --- Closed ---------------------------------------------------------------------------------------------- */

static void user_sends(G_GNUC_UNUSED HvEvent *event, void *data)
{
    HvJob *job = data;

    hv_job_init(job, job->cls); /* its event is that of a job that has arrived now */
    hv_job_class_add(job->cls, 1);
    hv_job_draw(job, now_of(job->cls));
    hv_job_begin(job);
}

void hv_job_source_make_user(HvJob *job, HvJobClass *cls)
{
    *job = (HvJob){.cls = cls};
    hv_event_init(&job->event, HV_PRIORITY_GUEST, user_sends, job);
}

bool hv_job_source_is_user(const HvJob *job)
{
    return job->event.func == user_sends && hv_event_is_queued(&job->event);
}

static void think(HvJob *user)
{
    HvJobClass *cls = user->cls;
    HvTime think_ns = cls->def->think ? hv_distribution_draw(cls->def->think, &cls->think_rng) : 0;

    hv_job_source_make_user(user, cls);
    hv_engine_after(engine_of(cls), &user->event, think_ns);
}

/* --- Open ------------------------------------------------------------------------------------------------ */

/* By the time that has passed since the load, which may have been on a machine whose clock was further on. */
static void await_next(HvJobClass *cls)
{
    HvTime now = now_of(cls), passed_ns = now - cls->jobs->booted_ns;
    HvTime due_ns = hv_arrivals_next(cls->arrivals);

    if (due_ns == HV_TIME_NEVER || due_ns - passed_ns >= HV_TIME_NEVER - now) {
        const char *problem = hv_arrivals_problem(cls->arrivals);

        if (problem && !cls->jobs->problem)
            cls->jobs->problem = g_strdup(problem);
        return;
    }
    hv_engine_after(engine_of(cls), &cls->source, due_ns - passed_ns);
}

static void one_arrives(HvJobClass *cls)
{
    HvJob *job = hv_job_new(cls);

    hv_job_class_add(cls, 1);
    hv_job_draw(job, now_of(cls));
    await_next(cls);
    hv_job_begin(job);
}

/* --- Batch ----------------------------------------------------------------------------------------------- */

static void await_clock(HvJobClass *cls, HvTime from_ns)
{
    const HvClassDef *def = cls->def;

    if (def->at_start)
        hv_engine_at(
            engine_of(cls), &cls->source,
            hv_calendar_next(cls->jobs->config.calendar, from_ns, def->start_second, def->days));
}

void hv_job_source_await_clock(HvJobClass *cls)
{
    await_clock(cls, now_of(cls));
}

/* Begins as many jobs of the run as may be under way. */
static void start_jobs(HvJobClass *cls)
{
    uint64_t under_way = cls->left_in_run - cls->left_to_start;
    uint64_t allowed = cls->def->initiators > 0 ? cls->def->initiators : cls->def->jobs;

    for (; cls->left_to_start > 0 && under_way < allowed; under_way++) {
        HvJob *job = hv_job_new(cls);

        cls->left_to_start--;
        hv_job_draw(job, cls->run_began_ns);
        hv_job_begin(job);
    }
}

/* The next run, if it is due and the last one is through; and jobs of it. Only by an event: it adds to the run queue. */
static void start_what_waits(G_GNUC_UNUSED HvEvent *event, void *data)
{
    HvJobClass *cls = data;

    if (cls->left_in_run == 0 && cls->runs_due > 0) {
        cls->runs_due--;
        cls->stats.runs++;
        cls->run_began_ns = now_of(cls);
        cls->left_to_start = cls->left_in_run = cls->def->jobs;
        hv_job_class_add(cls, cls->def->jobs);
    }
    start_jobs(cls);
}

/* In time is by that second of the day, on the day the run began, or on the next if the second had passed then. */
static bool missed_end(const HvJobClass *cls)
{
    const HvGoal *goal = &cls->def->goal;

    return goal->kind == HV_GOAL_END && now_of(cls) > hv_calendar_next(
                                                          cls->jobs->config.calendar, cls->run_began_ns,
                                                          goal->end_second, HV_ALL_WEEKDAYS);
}

HvTime hv_job_source_running_since(const HvJobClass *cls)
{
    return cls->left_in_run > 0 ? cls->run_began_ns : HV_TIME_NEVER;
}

bool hv_job_source_is_late(const HvJobClass *cls)
{
    return cls->left_in_run > 0 && missed_end(cls);
}

static void let_followers_run(const HvJobClass *cls)
{
    const HvJobs *jobs = cls->jobs;

    for (unsigned i = 0; i < jobs->n_classes; i++) {
        HvJobClass *other = &jobs->classes[i];

        if (!other->def->after || g_ascii_strcasecmp(other->def->after, cls->def->name) != 0)
            continue;
        other->runs_due++;
        hv_engine_after(engine_of(other), &other->starter, 0);
    }
}

static void batch_job_done(HvJobClass *cls)
{
    g_assert(cls->left_in_run > 0);
    if (--cls->left_in_run == 0) {
        cls->stats.runs_done++;
        cls->stats.run_began_ns = cls->run_began_ns;
        cls->stats.run_ended_ns = now_of(cls);
        cls->stats.goal_missed += missed_end(cls);
        let_followers_run(cls);
    }
    if (cls->left_to_start > 0 || (cls->left_in_run == 0 && cls->runs_due > 0))
        hv_engine_after(engine_of(cls), &cls->starter, 0);
}

/* --- All kinds ------------------------------------------------------------------------------------------- */

static void source_is_due(HvEvent *event, void *data)
{
    HvJobClass *cls = data;

    if (hv_class_def_kind(cls->def) == HV_CLASS_OPEN) {
        one_arrives(cls);
        return;
    }
    cls->runs_due++;
    await_clock(cls, now_of(cls) + 1);
    start_what_waits(event, cls);
}

void hv_job_source_init(HvJobClass *cls)
{
    hv_event_init(&cls->source, HV_PRIORITY_GUEST, source_is_due, cls);
    hv_event_init(&cls->starter, HV_PRIORITY_GUEST, start_what_waits, cls);
}

void hv_job_source_boot(HvJobClass *cls)
{
    HvRng arrival_rng;

    init_rng(cls, &arrival_rng, "arrivals");
    init_rng(cls, &cls->service_rng, "service");
    init_rng(cls, &cls->think_rng, "think");
    init_rng(cls, &cls->device_rng, "devices");
    cls->runs_due = cls->left_to_start = cls->left_in_run = 0;
    switch (hv_class_def_kind(cls->def)) {
    case HV_CLASS_CLOSED:
        for (unsigned i = 0; i < cls->def->users; i++)
            think(hv_job_new(cls));
        break;
    case HV_CLASS_OPEN:
        cls->arrivals = hv_arrivals_new(cls->def->arrivals, &arrival_rng);
        await_next(cls);
        break;
    case HV_CLASS_BATCH:
        hv_job_source_await_clock(cls);
        break;
    }
}

void hv_job_source_stop(HvJobClass *cls)
{
    hv_engine_cancel(engine_of(cls), &cls->source);
    hv_engine_cancel(engine_of(cls), &cls->starter);
    g_clear_pointer(&cls->arrivals, hv_arrivals_free);
}

void hv_job_source_done(HvJob *job)
{
    HvJobClass *cls = job->cls;

    switch (hv_class_def_kind(cls->def)) {
    case HV_CLASS_CLOSED:
        think(job);
        break;
    case HV_CLASS_OPEN:
        hv_job_free(job);
        break;
    case HV_CLASS_BATCH:
        hv_job_free(job);
        batch_job_done(cls);
        break;
    }
}
