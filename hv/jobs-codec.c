/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The jobs of a guest, written down and read back.
 *
 * A roster numbers all places that jobs have in memory, in the order in which they were allocated, the free ones too. By these numbers the
 * run queue, the list of those whose I/O was concluded and the list of free ones are written. A reader fills the same places, so that what is
 * written later has its jobs in the same order as if nothing had happened.
 *
 * Each job is in exactly one situation (Situation), and a reader sees to it that it is named there once. How many are in the system follows
 * from that. What is read must be such that jobs.c can go on with it: a job has a nanosecond for each burst that is left, and a class has
 * as many jobs as its definition says, or its batch run.
 */
#include "hv/codec.h"
#include "hv/jobs-private.h"

#define PER_CHUNK   (HV_JOBS_CHUNK - 1)
#define JOBS_MAX    (UINT64_C(1) << 31)
#define SERVICE_MAX (UINT64_C(1) << 57) /* ns: more than a distribution gives */
#define PASSED_MAX  (UINT64_C(1) << 62) /* ns since something has begun */

typedef enum {
    JOB_IS_FREE,
    JOB_THINKS,    /* a user, until its event */
    JOB_RUNS,      /* in the run queue */
    JOB_IN_IO,     /* a request is under way */
    JOB_CONCLUDED, /* it was, and the guest has not taken note of it */
    JOB_GOES_ON,   /* there was no device for it: it goes on by its event */
    JOB_SITUATIONS,
} Situation;

typedef struct {
    HvJobs *jobs;
    GPtrArray *places;      /* HvJob *, by number */
    GByteArray *situations; /* by number: Situation */
    GByteArray *named;      /* reader: by number, whether a list had it */
    GHashTable *numbers;    /* writer: HvJob * -> number + 1 */
} Roster;

static void roster_clear(Roster *roster)
{
    g_ptr_array_unref(roster->places);
    g_byte_array_unref(roster->situations);
    g_byte_array_unref(roster->named);
    g_hash_table_unref(roster->numbers);
}

static void roster_init(Roster *roster, HvJobs *jobs)
{
    *roster = (Roster){
        .jobs = jobs,
        .places = g_ptr_array_new(),
        .situations = g_byte_array_new(),
        .named = g_byte_array_new(),
        .numbers = g_hash_table_new(NULL, NULL),
    };
}

static HvJob *job_at(const Roster *roster, uint64_t number)
{
    return g_ptr_array_index(roster->places, number);
}

static Situation situation_at(const Roster *roster, uint64_t number)
{
    return (Situation)roster->situations->data[number];
}

static uint64_t number_of(const Roster *roster, const HvJob *job)
{
    unsigned found = GPOINTER_TO_UINT(g_hash_table_lookup(roster->numbers, job));

    g_assert(found > 0);
    return found - 1;
}

/* --- Writer: who is where ------------------------------------------------------------------------------- */

/* The newest chunk is the first in the list. */
static void number_places(Roster *roster)
{
    g_autoptr(GPtrArray) chunks = g_ptr_array_new();

    for (HvJob *chunk = roster->jobs->all; chunk; chunk = chunk->next)
        g_ptr_array_add(chunks, chunk);
    for (unsigned c = chunks->len; c-- > 0;)
        for (unsigned i = 1; i <= PER_CHUNK; i++) {
            HvJob *job = (HvJob *)g_ptr_array_index(chunks, c) + i;

            g_ptr_array_add(roster->places, job);
            g_hash_table_insert(roster->numbers, job, GUINT_TO_POINTER(roster->places->len));
        }
}

static Situation situation_of(const HvJob *job)
{
    if (hv_job_source_is_user(job))
        return JOB_THINKS;
    if (job->in_io)
        return JOB_IN_IO;
    return hv_event_is_queued(&job->event) ? JOB_GOES_ON : JOB_RUNS;
}

static void note_list(Roster *roster, const HvJob *first, Situation situation)
{
    for (const HvJob *job = first; job; job = job->next)
        roster->situations->data[number_of(roster, job)] = (uint8_t)situation;
}

static void take_roster(Roster *roster)
{
    number_places(roster);
    g_byte_array_set_size(roster->situations, roster->places->len);
    for (unsigned i = 0; i < roster->places->len; i++)
        roster->situations->data[i] = (uint8_t)situation_of(job_at(roster, i));
    note_list(roster, roster->jobs->free, JOB_IS_FREE);
    note_list(roster, roster->jobs->concluded, JOB_CONCLUDED);
}

/* --- Reader: each is named once ------------------------------------------------------------------------- */

/* The job that is in that situation, if it was not asked for before. */
static HvJob *find(Roster *roster, uint64_t number, Situation situation)
{
    if (number >= roster->places->len || situation_at(roster, number) != situation ||
        roster->named->data[number])
        return NULL;
    roster->named->data[number] = true;
    return job_at(roster, number);
}

static void add_place(Roster *roster, Situation situation)
{
    const uint8_t byte = (uint8_t)situation, unnamed = false;
    HvJob *jobs;

    if (roster->situations->len == roster->places->len) {
        hv_jobs_add_chunk(roster->jobs, &jobs);
        for (unsigned i = 0; i < PER_CHUNK; i++)
            g_ptr_array_add(roster->places, &jobs[i]);
    }
    g_byte_array_append(roster->situations, &byte, 1);
    g_byte_array_append(roster->named, &unnamed, 1);
}

/* --- Jobs ----------------------------------------------------------------------------------------------- */

static bool can_go_on(const HvJob *job, Situation situation, HvTime now_ns)
{
    return job->burst_ns > 0 && job->burst_ns <= SERVICE_MAX && job->service_ns <= SERVICE_MAX &&
           job->service_ns >= job->ios && (situation == JOB_RUNS || job->ios > 0) &&
           now_ns - job->phase_ns <= PASSED_MAX && now_ns - job->arrived_ns <= PASSED_MAX;
}

static void phases_codec(HvJob *job, Situation situation, HvCodec *codec)
{
    hv_codec_since(codec, &job->arrived_ns);
    hv_codec_since(codec, &job->phase_ns);
    hv_codec_u64(codec, &job->service_ns);
    hv_codec_u64(codec, &job->burst_ns);
    hv_codec_u64(codec, &job->ios);
    hv_codec_u64(codec, &job->served_ns);
    HV_CODEC_ENUM(codec, job->io_result, HV_IO_ENDED + 1);
    if (hv_codec_reads(codec) && !can_go_on(job, situation, hv_codec_now(codec)))
        hv_codec_fail(codec, "a job has times with which it cannot go on");
}

static void job_codec(Roster *roster, HvJob *job, Situation situation, HvCodec *codec)
{
    HvJobs *jobs = roster->jobs;
    unsigned nth = hv_codec_reads(codec) ? 0 : (unsigned)(job->cls - jobs->classes);

    nth = hv_codec_choice(codec, nth, jobs->n_classes);
    if (hv_codec_reads(codec))
        (situation == JOB_THINKS ? hv_job_source_make_user : hv_job_init)(job, &jobs->classes[nth]);
    if (situation == JOB_THINKS || situation == JOB_GOES_ON)
        hv_codec_event(codec, &job->event);
    if (situation != JOB_THINKS)
        phases_codec(job, situation, codec);
    if (situation == JOB_CONCLUDED || situation == JOB_GOES_ON)
        job->io_concluded = true;
    if (situation == JOB_IN_IO && hv_codec_is_whole(codec))
        hv_codec_declare_io(codec, hv_job_io_concluded, job, 1);
}

static void places_codec(Roster *roster, HvCodec *codec)
{
    size_t n = roster->places->len;

    hv_codec_count(codec, &n, JOBS_MAX);
    if (n % PER_CHUNK != 0)
        hv_codec_fail(codec, "%zu is no number of places for jobs", n);
    for (size_t i = 0; i < n && !hv_codec_failed(codec); i++) {
        Situation situation = hv_codec_reads(codec) ? JOB_IS_FREE : situation_at(roster, i);

        HV_CODEC_ENUM(codec, situation, JOB_SITUATIONS);
        if (hv_codec_reads(codec))
            add_place(roster, situation);
        if (situation != JOB_IS_FREE)
            job_codec(roster, job_at(roster, i), situation, codec);
    }
}

/* A list of jobs that are all there are in that situation; `*end` is where a reader's next one goes. */
static void list_codec(Roster *roster, HvJob *first, HvJob ***end, Situation situation, HvCodec *codec)
{
    uint64_t number;
    size_t n = 0;

    for (unsigned i = 0; i < roster->situations->len; i++)
        n += situation_at(roster, i) == situation;
    for (const HvJob *job = first; n > 0 && !hv_codec_failed(codec); n--) {
        number = hv_codec_reads(codec) ? 0 : number_of(roster, job);
        hv_codec_u64(codec, &number);
        if (!hv_codec_reads(codec)) {
            job = job->next;
            continue;
        }
        HvJob *found = find(roster, number, situation);

        if (!found) {
            hv_codec_fail(
                codec, "there is no job %" G_GUINT64_FORMAT " for a list, or it is twice in it", number);
            return;
        }
        found->next = NULL;
        **end = found;
        *end = &found->next;
    }
}

/* --- The run queue's items ------------------------------------------------------------------------------ */

static uint64_t number_of_item(void *data, const HvRunItem *item)
{
    return number_of(data, (const HvJob *)item);
}

static HvRunItem *item_of_number(void *data, uint64_t number)
{
    HvJob *job = find(data, number, JOB_RUNS);

    return job ? &job->item : NULL;
}

/* All that run are in the run queue, and want no more than their burst. */
static void check_runners(const Roster *roster, HvCodec *codec)
{
    for (unsigned i = 0; i < roster->situations->len && !hv_codec_failed(codec); i++) {
        const HvJob *job = job_at(roster, i);

        if (situation_at(roster, i) != JOB_RUNS)
            continue;
        if (!roster->named->data[i] || hv_run_queue_left_ns(roster->jobs->queue, &job->item) > job->burst_ns)
            hv_codec_fail(codec, "job %u does not run, or wants more than it has", i);
        else if (job->item.priority != job->cls->def->priority)
            hv_codec_fail(codec, "job %u has another priority than its class", i);
    }
}

/* --- Requests under way --------------------------------------------------------------------------------- */

/* Of numbers of jobs: who began to wait for I/O first. */
static int by_start(const void *a, const void *b, void *data)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    const Roster *roster = data;
    HvTime now = hv_engine_now(roster->jobs->config.engine);
    HvTime x_ns = now - job_at(roster, x)->phase_ns, y_ns = now - job_at(roster, y)->phase_ns;

    return x_ns != y_ns ? (x_ns < y_ns) - (x_ns > y_ns) : (x > y) - (x < y);
}

/* Of a whole machine they go on; else it is as if a fence had ended them, in their order, now that others have their place in the list. */
static void settle_io(Roster *roster, bool is_whole)
{
    g_autoptr(GArray) in_io = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    HvJobs *jobs = roster->jobs;

    for (uint32_t i = 0; i < roster->situations->len; i++)
        if (situation_at(roster, i) == JOB_IN_IO)
            g_array_append_val(in_io, i);
    g_array_sort_with_data(in_io, by_start, roster);
    for (unsigned i = 0; i < in_io->len; i++) {
        HvJob *job = job_at(roster, g_array_index(in_io, uint32_t, i));

        job->in_io = is_whole;
        jobs->io_under_way += is_whole;
        if (is_whole)
            continue;
        job->io_result = HV_IO_ENDED;
        job->io_concluded = true;
        hv_jobs_add_concluded(jobs, job);
    }
}

/* --- Classes -------------------------------------------------------------------------------------------- */

static void stats_codec(HvClassStats *stats, HvCodec *codec)
{
    uint64_t *const values[] = {
        &stats->arrived,      &stats->done,   &stats->ended,       &stats->runs,        &stats->runs_done,
        &stats->in_system_ns, &stats->cpu_ns, &stats->cpu_wait_ns, &stats->io_ns,       &stats->io_wait_ns,
        &stats->ios,          &stats->faults, &stats->es_faults,   &stats->goal_missed,
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(values); i++)
        hv_codec_u64(codec, values[i]);
    hv_codec_moment(codec, &stats->run_began_ns);
    hv_codec_moment(codec, &stats->run_ended_ns);
}

static void await_clock(void *data)
{
    hv_job_source_await_clock(data);
}

static void batch_codec(HvJobClass *cls, HvCodec *codec)
{
    hv_codec_u64(codec, &cls->runs_due);
    hv_codec_u64(codec, &cls->left_to_start);
    hv_codec_u64(codec, &cls->left_in_run);
    hv_codec_moment(codec, &cls->run_began_ns);
    hv_codec_event(codec, &cls->starter);
    if (cls->left_in_run > cls->def->jobs || cls->left_to_start > cls->left_in_run)
        hv_codec_fail(codec, "a run has more jobs left than it had");
    if (hv_codec_is_whole(codec))
        hv_codec_event(codec, &cls->source);
    else
        hv_codec_afterwards(codec, await_clock, cls);
}

static void source_codec(HvJobClass *cls, HvCodec *codec)
{
    HvClassKind kind = hv_class_def_kind(cls->def);

    if (hv_codec_choice(codec, kind, HV_CLASS_BATCH + 1) != kind)
        hv_codec_fail(codec, "class %s is of another kind", cls->def->name);
    if (kind == HV_CLASS_BATCH)
        batch_codec(cls, codec);
    if (kind != HV_CLASS_OPEN)
        return;
    if (hv_codec_reads(codec))
        cls->arrivals = hv_arrivals_new(cls->def->arrivals, &cls->service_rng);
    hv_arrivals_codec(cls->arrivals, codec);
    hv_codec_event(codec, &cls->source);
}

static void class_codec(HvJobClass *cls, HvCodec *codec)
{
    bool reads = hv_codec_reads(codec);

    hv_codec_begin(codec, "class", 1);
    if (reads)
        cls->responses = hv_histogram_new();
    else
        hv_job_class_count(cls);
    stats_codec(&cls->stats, codec);
    hv_histogram_codec(cls->responses, codec);
    hv_codec_rng(codec, &cls->service_rng);
    hv_codec_rng(codec, &cls->think_rng);
    hv_codec_rng(codec, &cls->device_rng);
    source_codec(cls, codec);
    if (reads) {
        cls->stats.def = cls->def;
        cls->stats.responses = cls->responses;
        cls->counted_ns = hv_codec_now(codec);
    }
    hv_codec_end(codec);
}

/* Of a class: its jobs, and those of them that think. */
static void count_jobs(const Roster *roster, const HvJobClass *cls, uint64_t *ret_n, uint64_t *ret_think)
{
    *ret_n = *ret_think = 0;
    for (unsigned i = 0; i < roster->situations->len; i++) {
        Situation situation = situation_at(roster, i);

        if (situation == JOB_IS_FREE || job_at(roster, i)->cls != cls)
            continue;
        ++*ret_n;
        *ret_think += situation == JOB_THINKS;
    }
}

static void count_in_system(const Roster *roster, HvJobClass *cls, HvCodec *codec)
{
    HvClassKind kind = hv_class_def_kind(cls->def);
    uint64_t n, n_think, expected;

    count_jobs(roster, cls, &n, &n_think);
    expected = kind == HV_CLASS_CLOSED  ? cls->def->users
               : kind == HV_CLASS_BATCH ? cls->left_in_run - cls->left_to_start
                                        : n;
    if (n != expected || (kind != HV_CLASS_CLOSED && n_think > 0))
        hv_codec_fail(
            codec, "class %s has %" G_GUINT64_FORMAT " jobs instead of %" G_GUINT64_FORMAT, cls->def->name, n,
            expected);
    cls->in_system = kind == HV_CLASS_BATCH ? cls->left_in_run : n - n_think;
}

/* --- All of it ------------------------------------------------------------------------------------------ */

static void roster_codec(Roster *roster, HvCodec *codec)
{
    const HvRunItemNames names = {number_of_item, item_of_number, roster};
    HvJobs *jobs = roster->jobs;
    HvJob **free_end = &jobs->free;
    bool reads = hv_codec_reads(codec);

    if (!reads)
        take_roster(roster);
    places_codec(roster, codec);
    if (reads)
        jobs->free = NULL;
    list_codec(roster, jobs->free, &free_end, JOB_IS_FREE, codec);
    list_codec(roster, jobs->concluded, &jobs->concluded_end, JOB_CONCLUDED, codec);
    hv_run_queue_codec(jobs->queue, &names, codec);
    if (!reads)
        return;
    check_runners(roster, codec);
    settle_io(roster, hv_codec_is_whole(codec));
    for (unsigned i = 0; i < jobs->n_classes; i++)
        count_in_system(roster, &jobs->classes[i], codec);
}

static void paging_codec(HvPaging *paging, HvCodec *codec)
{
    hv_codec_u64(codec, &paging->faults_frac);
    hv_codec_u64(codec, &paging->es_frac);
    if (paging->faults_frac >= HV_PAGING_UNIT || paging->es_frac >= HV_PAGING_UNIT)
        hv_codec_fail(codec, "a part of a fault is a whole one");
}

void hv_jobs_codec(HvJobs *jobs, HvCodec *codec)
{
    size_t n_classes = jobs->n_classes;
    Roster roster;

    g_assert(jobs->booted != hv_codec_reads(codec));
    hv_codec_begin(codec, "jobs", 1);
    jobs->booted = true;
    hv_codec_count(codec, &n_classes, UINT_MAX);
    if (n_classes != jobs->n_classes)
        hv_codec_fail(codec, "the LPAR has %u classes of jobs, not %zu", jobs->n_classes, n_classes);
    hv_codec_bool(codec, &jobs->stands);
    hv_codec_since(codec, &jobs->booted_ns);
    hv_codec_string(codec, &jobs->problem);
    paging_codec(&jobs->paging, codec);
    hv_codec_event(codec, &jobs->balance);
    for (unsigned i = 0; i < jobs->n_classes; i++)
        class_codec(&jobs->classes[i], codec);
    roster_init(&roster, jobs);
    roster_codec(&roster, codec);
    roster_clear(&roster);
    if (hv_codec_reads(codec))
        jobs->stands = jobs->stands || !hv_codec_is_whole(codec);
    hv_codec_end(codec);
}
