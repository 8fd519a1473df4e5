/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The life of a job.
 *
 *     arrives --> ready/running --burst over--> in I/O --concluded--> ready/running ... --last burst over--> done
 *
 * A job with n I/O requests (its own and those of page faults) has n + 1 bursts of processor time, as equal as whole nanoseconds
 * allow. Times are those of the engine: a response includes what the guest was held or stopped. An I/O that the machine has ended
 * (a fence) is started anew when the guest goes on.
 *
 * The end of a burst is told while LIP time is being settled; then nothing may be added to the run queue (run-queue.h), so whatever
 * has to begin at that moment begins by an event of the same time.
 *
 * Owns the jobs, in chunks that are never given back before the next load, so that memory follows the number of jobs in the system.
 */
#include "hv/jobs-private.h"

static HvTime now_of(const HvJobs *jobs)
{
    return hv_engine_now(jobs->config.engine);
}

/* --- Jobs ------------------------------------------------------------------------------------------------ */

static void next_phase(HvEvent *event, void *data);

void hv_jobs_add_chunk(HvJobs *jobs, HvJob **ret_jobs)
{
    HvJob *chunk = g_new0(HvJob, HV_JOBS_CHUNK);

    chunk->next = jobs->all;
    jobs->all = chunk;
    for (unsigned i = HV_JOBS_CHUNK - 1; i > 0; i--) {
        chunk[i].next = jobs->free;
        jobs->free = &chunk[i];
    }
    *ret_jobs = &chunk[1];
}

void hv_job_init(HvJob *job, HvJobClass *cls)
{
    *job = (HvJob){.cls = cls};
    hv_event_init(&job->event, HV_PRIORITY_GUEST, next_phase, job);
}

HvJob *hv_job_new(HvJobClass *cls)
{
    HvJobs *jobs = cls->jobs;
    HvJob *job = jobs->free;

    if (!job)
        hv_jobs_add_chunk(jobs, &job);
    jobs->free = job->next;
    hv_job_init(job, cls);
    return job;
}

void hv_job_free(HvJob *job)
{
    HvJobs *jobs = job->cls->jobs;

    job->next = jobs->free;
    jobs->free = job;
}

static void forget_all(HvJobs *jobs)
{
    while (jobs->all) {
        HvJob *chunk = jobs->all;

        for (unsigned i = 1; i < HV_JOBS_CHUNK; i++)
            if (chunk[i].cls)
                hv_engine_cancel(jobs->config.engine, &chunk[i].event);
        jobs->all = chunk->next;
        g_free(chunk);
    }
    jobs->free = NULL;
}

void hv_job_class_count(HvJobClass *cls)
{
    HvTime now = now_of(cls->jobs);

    cls->stats.in_system_ns += cls->in_system * (now - cls->counted_ns);
    cls->counted_ns = now;
}

/* --- Phases ---------------------------------------------------------------------------------------------- */

static void charge_paging(HvJob *job)
{
    HvJobs *jobs = job->cls->jobs;
    const HvJobsOps *ops = jobs->config.ops;
    const HvPagingDef *paging = &jobs->config.def->paging;

    if (paging->working_set_bytes == 0)
        return;
    HvPagingCost cost = hv_paging_charge(
        &jobs->paging, paging, job->service_ns, ops->storage_bytes(jobs->config.data, /* es= */ false),
        ops->storage_bytes(jobs->config.data, /* es= */ true));

    job->ios += cost.ios;
    job->service_ns += cost.extra_ns;
    job->cls->stats.faults += cost.ios + cost.es;
    job->cls->stats.es_faults += cost.es;
}

void hv_job_class_add(HvJobClass *cls, uint64_t n)
{
    hv_job_class_count(cls);
    cls->in_system += n;
    cls->stats.arrived += n;
}

void hv_job_draw(HvJob *job, HvTime arrived_ns)
{
    HvJobClass *cls = job->cls;

    job->arrived_ns = arrived_ns;
    job->service_ns = hv_distribution_draw(cls->def->service, &cls->service_rng);
    job->ios = cls->def->ios;
}

/* The next burst; the last one takes what is left. */
static void run_burst(HvJob *job)
{
    job->burst_ns = job->service_ns / (job->ios + 1);
    job->service_ns -= job->burst_ns;
    job->phase_ns = now_of(job->cls->jobs);
    hv_run_queue_add(job->cls->jobs->queue, &job->item, job->cls->def->priority, job->burst_ns);
}

void hv_job_begin(HvJob *job)
{
    charge_paging(job);
    job->service_ns = MAX(job->service_ns, job->ios + 1); /* each burst has a nanosecond */
    run_burst(job);
}

static void finish(HvJob *job)
{
    HvJobClass *cls = job->cls;
    HvTime now = now_of(cls->jobs);

    hv_job_class_count(cls);
    cls->in_system--;
    cls->stats.done++;
    hv_histogram_add(cls->responses, now - job->arrived_ns);
    hv_job_source_done(job);
}

/* --- I/O ------------------------------------------------------------------------------------------------- */

/* One of the class's devices, or of all of the guest's, at random: in turn would be smoother than requests are. */
static bool choose_device(HvJob *job, unsigned *ret_nth)
{
    HvJobClass *cls = job->cls;
    const HvJobsConfig *config = &cls->jobs->config;
    const GArray *devices = cls->def->devices;
    unsigned n = devices->len > 0 ? devices->len : config->ops->n_devices(config->data);
    unsigned nth = n > 1 ? (unsigned)hv_rng_below(&cls->device_rng, n) : 0;

    if (devices->len > 0)
        return config->ops->find_device(config->data, g_array_index(devices, uint16_t, nth), ret_nth);
    *ret_nth = nth;
    return n > 0;
}

/* False: there is no device or path for it; the job goes on without. */
static bool start_io(HvJob *job)
{
    HvJobs *jobs = job->cls->jobs;
    unsigned nth;

    if (!choose_device(job, &nth) ||
        !jobs->config.ops->io_start(jobs->config.data, nth, hv_job_io_concluded, job))
        return false;
    jobs->io_under_way++;
    job->in_io = true;
    return true;
}

static void go_on_after_io(HvJob *job)
{
    HvJobClass *cls = job->cls;

    job->io_concluded = false;
    if (job->io_result == HV_IO_ENDED && start_io(job))
        return; /* anew; its time counts from the first start */
    job->ios--;
    cls->stats.ios++;
    cls->stats.io_ns += job->served_ns;
    cls->stats.io_wait_ns += now_of(cls->jobs) - job->phase_ns - job->served_ns;
    run_burst(job);
}

void hv_jobs_add_concluded(HvJobs *jobs, HvJob *job)
{
    job->next = NULL;
    *jobs->concluded_end = job;
    jobs->concluded_end = &job->next;
}

void hv_job_io_concluded(void *data, HvIoResult result, HvTime served_ns)
{
    HvJob *job = data;
    HvJobs *jobs = job->cls->jobs;

    g_assert(jobs->io_under_way > 0);
    jobs->io_under_way--;
    job->in_io = false;
    job->io_result = result;
    job->served_ns += served_ns;
    job->io_concluded = true;
    if (!jobs->stands && result == HV_IO_DONE) {
        go_on_after_io(job);
        return;
    }
    hv_jobs_add_concluded(jobs, job);
    if (!jobs->stands) /* ended while the guest runs: again, but not from within */
        hv_engine_after(jobs->config.engine, &jobs->balance, 0);
}

static void take_note_of_io(HvJobs *jobs)
{
    HvJob *job = jobs->concluded;

    jobs->concluded = NULL;
    jobs->concluded_end = &jobs->concluded;
    while (job) {
        HvJob *next = job->next;

        go_on_after_io(job);
        job = next;
    }
}

/* --- The run queue's side -------------------------------------------------------------------------------- */

static void next_phase(G_GNUC_UNUSED HvEvent *event, void *data)
{
    HvJob *job = data;

    if (job->io_concluded)
        go_on_after_io(job); /* there was no device for it */
    else
        hv_job_begin(job);
}

static void burst_is_over(G_GNUC_UNUSED void *data, HvRunItem *item)
{
    HvJob *job = (HvJob *)item;
    HvJobs *jobs = job->cls->jobs;
    HvTime passed_ns = now_of(jobs) - job->phase_ns;

    /* What one gets that leaves a LIP where a nanosecond is to be divided (run-queue.c) it may have got before it waited. */
    job->cls->stats.cpu_ns += job->burst_ns;
    job->cls->stats.cpu_wait_ns += passed_ns - MIN(passed_ns, job->burst_ns);
    if (job->ios == 0) {
        finish(job);
        return;
    }
    job->phase_ns = now_of(jobs);
    job->served_ns = 0;
    if (!start_io(job)) {
        job->io_concluded = true;
        job->io_result = HV_IO_DONE;
        hv_engine_after(jobs->config.engine, &job->event, 0);
    }
}

static void catch_up(void *data, unsigned lip)
{
    const HvJobsConfig *config = &((HvJobs *)data)->config;

    config->ops->catch_up(config->data, lip);
}

static void lip_changed(void *data, unsigned lip, bool has_work)
{
    const HvJobsConfig *config = &((HvJobs *)data)->config;

    config->ops->lip_changed(config->data, lip, has_work);
}

static const HvRunQueueOps run_queue_ops = {
    .catch_up = catch_up, .lip_changed = lip_changed, .through = burst_is_over};

static void balance(G_GNUC_UNUSED HvEvent *event, void *data)
{
    HvJobs *jobs = data;

    if (!jobs->stands)
        take_note_of_io(jobs);
    hv_run_queue_balance(jobs->queue);
}

HvTime hv_jobs_lip_burst(const HvJobs *jobs, unsigned lip)
{
    return hv_run_queue_burst(jobs->queue, lip);
}

void hv_jobs_lip_ran(HvJobs *jobs, unsigned lip, HvTime ran_ns)
{
    hv_run_queue_ran(jobs->queue, lip, ran_ns);
    if (hv_run_queue_is_unbalanced(jobs->queue))
        hv_engine_after(jobs->config.engine, &jobs->balance, 0);
}

/* --- The guest's side ------------------------------------------------------------------------------------ */

HvJobs *hv_jobs_new(const HvJobsConfig *config)
{
    HvJobs *jobs = g_new0(HvJobs, 1);

    jobs->config = *config;
    jobs->n_classes = config->def->classes->len;
    jobs->classes = g_new0(HvJobClass, jobs->n_classes);
    jobs->queue = hv_run_queue_new(config->def->dispatching, &run_queue_ops, jobs);
    jobs->concluded_end = &jobs->concluded;
    hv_event_init(&jobs->balance, HV_PRIORITY_GUEST, balance, jobs);
    for (unsigned i = 0; i < jobs->n_classes; i++) {
        jobs->classes[i].jobs = jobs;
        jobs->classes[i].def = g_ptr_array_index(config->def->classes, i);
        hv_job_source_init(&jobs->classes[i]);
    }
    return jobs;
}

static void stop_all(HvJobs *jobs)
{
    hv_engine_cancel(jobs->config.engine, &jobs->balance);
    for (unsigned i = 0; i < jobs->n_classes; i++) {
        hv_job_source_stop(&jobs->classes[i]);
        g_clear_pointer(&jobs->classes[i].responses, hv_histogram_free);
    }
    jobs->concluded = NULL;
    jobs->concluded_end = &jobs->concluded;
    hv_run_queue_clear(jobs->queue);
    forget_all(jobs);
}

void hv_jobs_free(HvJobs *jobs)
{
    if (!jobs)
        return;
    stop_all(jobs);
    hv_run_queue_free(jobs->queue);
    g_free(jobs->classes);
    g_free(jobs->problem);
    g_free(jobs);
}

void hv_jobs_boot(HvJobs *jobs)
{
    g_assert(jobs->io_under_way == 0);
    stop_all(jobs);
    g_clear_pointer(&jobs->problem, g_free);
    jobs->paging = (HvPaging){0};
    jobs->stands = false;
    jobs->booted = true;
    jobs->booted_ns = now_of(jobs);
    for (unsigned i = 0; i < jobs->n_classes; i++) {
        HvJobClass *cls = &jobs->classes[i];

        cls->responses = hv_histogram_new();
        cls->stats = (HvClassStats){
            .def = cls->def,
            .responses = cls->responses,
            .run_began_ns = HV_TIME_NEVER,
            .run_ended_ns = HV_TIME_NEVER};
        cls->in_system = 0;
        cls->counted_ns = jobs->booted_ns;
        hv_job_source_boot(cls);
    }
}

void hv_jobs_lip_online(HvJobs *jobs, unsigned lip)
{
    hv_run_queue_lip_online(jobs->queue, lip);
    hv_engine_after(jobs->config.engine, &jobs->balance, 0);
}

void hv_jobs_lip_offline(HvJobs *jobs, unsigned lip)
{
    hv_run_queue_lip_offline(jobs->queue, lip);
}

bool hv_jobs_lip_is_online(const HvJobs *jobs, unsigned lip)
{
    return hv_run_queue_lip_is_online(jobs->queue, lip);
}

void hv_jobs_set_standing(HvJobs *jobs, bool stands)
{
    jobs->stands = stands;
    if (!stands && jobs->concluded)
        hv_engine_after(jobs->config.engine, &jobs->balance, 0);
}

HvClassStats hv_jobs_stats(const HvJobs *jobs, unsigned nth)
{
    g_assert(nth < jobs->n_classes);
    hv_job_class_count(&jobs->classes[nth]);
    HvClassStats stats = jobs->classes[nth].stats;

    stats.running_since_ns = hv_job_source_running_since(&jobs->classes[nth]);
    stats.goal_missed += hv_job_source_is_late(&jobs->classes[nth]);
    return stats;
}

const char *hv_jobs_problem(const HvJobs *jobs)
{
    return jobs->problem;
}
