/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A thread and what it has still to do.
 *
 * A call to a host can hang for as long as the host likes, so nothing here waits without a limit. What the thread
 * uses after the queue's owner has gone is counted: the thread holds a reference to the queue, a job to the queue
 * and to its data, and `engine` is NULL, under the lock, once nobody is to be told any more.
 */
#include "hv/job-queue.h"

typedef struct {
    HvJobQueue *queue;   /* a reference */
    const HvJobOps *ops; /* NULL: the thread ends */
    void *data;
    GError *error;
} Job;

struct HvJobQueue {
    GAsyncQueue *jobs; /* of Job * */
    GMutex mutex;
    GCond idle;
    HvEngine *engine; /* NULL: freed by its owner */
    bool working;     /* the thread is in a job */
    unsigned pending; /* the engine's thread only */
};

static void queue_clear(void *data)
{
    HvJobQueue *queue = data;

    g_async_queue_unref(queue->jobs);
    g_mutex_clear(&queue->mutex);
    g_cond_clear(&queue->idle);
}

static void queue_unref(HvJobQueue *queue)
{
    g_atomic_rc_box_release_full(queue, queue_clear);
}

static void job_free(void *data)
{
    Job *job = data;

    if (job->ops)
        job->ops->free_func(job->data);
    g_clear_error(&job->error);
    queue_unref(job->queue);
    g_free(job);
}

/* In the engine's thread. */
static void job_done(void *data)
{
    Job *job = data;

    if (!job->queue->engine)
        return; /* only this thread makes it NULL */
    job->queue->pending--;
    job->ops->done(job->data, job->error);
}

static void tell(Job *job)
{
    HvJobQueue *queue = job->queue;

    g_mutex_lock(&queue->mutex);
    queue->working = false;
    g_cond_signal(&queue->idle);
    bool told = queue->engine != NULL;

    if (told)
        hv_engine_post(queue->engine, job_done, job, job_free);
    g_mutex_unlock(&queue->mutex);
    if (!told)
        job_free(job);
}

/* False: the owner has gone, and the job is not begun. */
static bool begin(HvJobQueue *queue)
{
    g_mutex_lock(&queue->mutex);
    queue->working = queue->engine != NULL;
    bool begun = queue->working;

    g_mutex_unlock(&queue->mutex);
    return begun;
}

static void *queue_thread(void *data)
{
    HvJobQueue *queue = data;
    bool goes_on = true;

    while (goes_on) {
        Job *job = g_async_queue_pop(queue->jobs);

        goes_on = job->ops != NULL;
        if (!goes_on || !begin(queue)) {
            job_free(job);
            continue;
        }
        bool ok = job->ops->work(job->data, &job->error);

        g_assert(ok == (job->error == NULL));
        tell(job);
    }
    queue_unref(queue);
    return NULL;
}

static void push(HvJobQueue *queue, const HvJobOps *ops, void *data)
{
    Job *job = g_new0(Job, 1);

    *job = (Job){.queue = g_atomic_rc_box_acquire(queue), .ops = ops, .data = data};
    g_async_queue_push(queue->jobs, job);
}

HvJobQueue *hv_job_queue_new(HvEngine *engine)
{
    HvJobQueue *queue = g_atomic_rc_box_new0(HvJobQueue);

    g_assert(hv_engine_follows_wall_clock(engine));
    queue->jobs = g_async_queue_new();
    queue->engine = engine;
    g_mutex_init(&queue->mutex);
    g_cond_init(&queue->idle);
    g_thread_unref(g_thread_new("jobs", queue_thread, g_atomic_rc_box_acquire(queue)));
    return queue;
}

void hv_job_queue_free(HvJobQueue *queue, unsigned patience_ms)
{
    gint64 until_us = g_get_monotonic_time() + (gint64)patience_ms * 1000;
    bool waits = true;

    if (!queue)
        return;
    g_mutex_lock(&queue->mutex);
    queue->engine = NULL;
    while (queue->working && waits)
        waits = g_cond_wait_until(&queue->idle, &queue->mutex, until_us);
    g_mutex_unlock(&queue->mutex);
    push(queue, /* ops= */ NULL, NULL);
    queue_unref(queue);
}

void hv_job_queue_push(HvJobQueue *queue, const HvJobOps *ops, void *data)
{
    g_assert(ops->work && ops->done && ops->free_func);
    queue->pending++;
    push(queue, ops, data);
}

unsigned hv_job_queue_pending(const HvJobQueue *queue)
{
    return queue->pending;
}
