/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads with a bound to what waits for them: GLib's pool, which has a queue without one, and a count beside it.
 *
 * Owns the pool. An item is under way from the push until its handler has returned.
 */
#include "svp/save/bounded-pool.h"

struct SvpBoundedPool {
    GThreadPool *threads;
    GFunc handle;
    gpointer data;
    GMutex mutex;
    GCond fewer; /* items are under way */
    unsigned items, items_max;
};

static void handle_item(gpointer item, gpointer data)
{
    SvpBoundedPool *pool = data;

    pool->handle(item, pool->data);
    g_mutex_lock(&pool->mutex);
    pool->items--;
    g_cond_signal(&pool->fewer);
    g_mutex_unlock(&pool->mutex);
}

SvpBoundedPool *svp_bounded_pool_new(GFunc handle, gpointer data, unsigned threads, unsigned items_max)
{
    SvpBoundedPool *pool = g_new0(SvpBoundedPool, 1);

    g_assert(items_max > 0);
    pool->handle = handle;
    pool->data = data;
    pool->items_max = items_max;
    g_mutex_init(&pool->mutex);
    g_cond_init(&pool->fewer);
    pool->threads = g_thread_pool_new(
        handle_item, pool, (gint)(threads > 0 ? threads : g_get_num_processors()), /* exclusive= */ FALSE,
        NULL);
    return pool;
}

static void wait_for_at_most(SvpBoundedPool *pool, unsigned items)
{
    while (pool->items > items)
        g_cond_wait(&pool->fewer, &pool->mutex);
}

void svp_bounded_pool_push(SvpBoundedPool *pool, gpointer item)
{
    g_mutex_lock(&pool->mutex);
    wait_for_at_most(pool, pool->items_max - 1);
    pool->items++;
    g_mutex_unlock(&pool->mutex);
    g_thread_pool_push(pool->threads, item, NULL);
}

void svp_bounded_pool_wait(SvpBoundedPool *pool)
{
    g_mutex_lock(&pool->mutex);
    wait_for_at_most(pool, 0);
    g_mutex_unlock(&pool->mutex);
}

void svp_bounded_pool_free(SvpBoundedPool *pool)
{
    if (!pool)
        return;
    g_thread_pool_free(pool->threads, /* immediate= */ FALSE, /* wait_= */ TRUE);
    g_mutex_clear(&pool->mutex);
    g_cond_clear(&pool->fewer);
    g_free(pool);
}
