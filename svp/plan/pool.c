/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs in threads.
 *
 * The threads take tasks from one queue and put results into another; they share nothing else but the flag that says stop. Only the thread
 * that made the pool calls its functions. A task owns its specification as text: JSON values count their references, and two
 * threads that share one would have to agree about that.
 */
#include "svp/plan/pool.h"

#include "svp/plan/run.h"

typedef struct {
    unsigned ticket;
    char *spec_text, *run_text; /* spec_text NULL: the thread ends; run_text NULL: it was cancelled */
} Task;

typedef struct {
    SvpPool pool;
    GAsyncQueue *tasks, *results; /* Task * */
    GThread **threads;
    gint stop; /* atomic */
} ThreadPool;

char *svp_pool_run(const json_t *spec, bool (*cancelled)(void *data), void *data)
{
    json_t *run = svp_run(spec, cancelled, data);

    if (!run)
        return NULL;
    char *dumped = json_dumps(run, JSON_COMPACT | JSON_REAL_PRECISION(17));
    char *text = g_strdup(dumped);

    free(dumped);
    json_decref(run);
    return text;
}

static bool is_stopped(void *data)
{
    ThreadPool *threads = data;

    return g_atomic_int_get(&threads->stop) != 0;
}

static void *work(void *data)
{
    ThreadPool *threads = data;

    for (;;) {
        Task *task = g_async_queue_pop(threads->tasks);

        if (!task->spec_text) {
            g_free(task);
            return NULL;
        }
        json_t *spec = json_loads(task->spec_text, 0, NULL);

        task->run_text = svp_pool_run(spec, is_stopped, threads);
        json_decref(spec);
        g_async_queue_push(threads->results, task);
    }
}

static void submit(SvpPool *pool, unsigned ticket, const json_t *spec)
{
    ThreadPool *threads = (ThreadPool *)pool;
    char *dumped = json_dumps(spec, JSON_COMPACT);
    Task *task = g_new0(Task, 1);

    task->ticket = ticket;
    task->spec_text = g_strdup(dumped);
    free(dumped);
    g_async_queue_push(threads->tasks, task);
}

static void task_free(void *data)
{
    Task *task = data;

    g_free(task->spec_text);
    g_free(task->run_text);
    g_free(task);
}

static bool wait_result(SvpPool *pool, gint64 timeout_us, SvpPoolResult *ret_result)
{
    ThreadPool *threads = (ThreadPool *)pool;
    Task *task = g_async_queue_timeout_pop(threads->results, (guint64)timeout_us);

    if (!task)
        return false;
    g_assert(task->run_text); /* only the end cancels */
    ret_result->ticket = task->ticket;
    ret_result->run_text = g_steal_pointer(&task->run_text);
    task_free(task);
    return true;
}

static void free_threads(SvpPool *pool)
{
    ThreadPool *threads = (ThreadPool *)pool;

    g_atomic_int_set(&threads->stop, 1);
    for (unsigned i = 0; i < pool->capacity; i++)
        g_async_queue_push_front(threads->tasks, g_new0(Task, 1));
    for (unsigned i = 0; i < pool->capacity; i++)
        g_thread_join(threads->threads[i]);
    g_async_queue_unref(threads->tasks);
    g_async_queue_unref(threads->results);
    g_free(threads->threads);
    g_free(threads);
}

static const SvpPoolOps thread_ops = {.submit = submit, .wait = wait_result, .free = free_threads};

SvpPool *svp_pool_new_threads(unsigned n)
{
    ThreadPool *threads = g_new0(ThreadPool, 1);

    g_assert(n > 0);
    json_object_seed(0); /* jansson would do it at its first object, in whichever threads those are */
    threads->pool = (SvpPool){.ops = &thread_ops, .capacity = n};
    threads->tasks = g_async_queue_new_full(task_free);
    threads->results = g_async_queue_new_full(task_free);
    threads->threads = g_new(GThread *, n);
    for (unsigned i = 0; i < n; i++)
        threads->threads[i] = g_thread_new("run", work, threads);
    return &threads->pool;
}

/* --- Any pool ------------------------------------------------------------------------------------------- */

void svp_pool_submit(SvpPool *pool, unsigned ticket, const json_t *spec)
{
    g_assert(pool->under_way < pool->capacity);
    pool->under_way++;
    pool->ops->submit(pool, ticket, spec);
}

bool svp_pool_wait(SvpPool *pool, gint64 timeout_us, SvpPoolResult *ret_result)
{
    g_assert(pool->under_way > 0);
    if (!pool->ops->wait(pool, timeout_us, ret_result))
        return false;
    pool->under_way--;
    return true;
}

void svp_pool_free(SvpPool *pool)
{
    if (pool)
        pool->ops->free(pool);
}
