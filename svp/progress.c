/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waiting and working, shown.
 *
 * Of what waits, a timer of GLib's main context writes the line; the context runs where the engine waits for real guests, and nowhere
 * else. So nothing is written while something is being printed. What works lets no context run: there a thread writes the line, and
 * that nothing else is printed meanwhile is the caller's promise.
 */
#include "svp/progress.h"

#include <stdbool.h>

#define TICK_MS    500
#define QUIET_US   (2 * G_USEC_PER_SEC)
#define LINE_WIDTH 60

struct SvpProgress {
    FILE *err;
    char *what;
    const char *doing;
    gint64 begun_us;
    bool shown;
    GSource *timer; /* waiting */
    /* working: */
    GThread *thread;
    GMutex mutex;
    GCond over_cond;
    bool over;
};

static void show(SvpProgress *progress)
{
    gint64 waited_us = g_get_monotonic_time() - progress->begun_us;

    if (waited_us < QUIET_US)
        return;
    g_autofree char *line =
        g_strdup_printf("%s: %s, %d s", progress->what, progress->doing, (int)(waited_us / G_USEC_PER_SEC));

    fprintf(progress->err, "\r%-*s", LINE_WIDTH, line); /* over what RUN may have there */
    fflush(progress->err);
    progress->shown = true;
}

static SvpProgress *progress_new(FILE *err, const char *what, const char *doing)
{
    SvpProgress *progress = g_new0(SvpProgress, 1);

    progress->err = err;
    progress->what = g_strdup(what);
    progress->doing = doing;
    progress->begun_us = g_get_monotonic_time();
    return progress;
}

/* --- Working -------------------------------------------------------------------------------------------- */

static gpointer show_until_over(gpointer data)
{
    SvpProgress *progress = data;
    gint64 next_us = progress->begun_us;

    g_mutex_lock(&progress->mutex);
    while (!progress->over) {
        next_us += TICK_MS * G_TIME_SPAN_MILLISECOND;
        if (!g_cond_wait_until(&progress->over_cond, &progress->mutex, next_us))
            show(progress);
    }
    g_mutex_unlock(&progress->mutex);
    return NULL;
}

SvpProgress *svp_progress_begin_work(FILE *err, const char *what)
{
    SvpProgress *progress = progress_new(err, what, "working");

    g_mutex_init(&progress->mutex);
    g_cond_init(&progress->over_cond);
    progress->thread = g_thread_new("progress", show_until_over, progress);
    return progress;
}

static void end_work(SvpProgress *progress)
{
    g_mutex_lock(&progress->mutex);
    progress->over = true;
    g_cond_signal(&progress->over_cond);
    g_mutex_unlock(&progress->mutex);
    g_thread_join(progress->thread);
    g_mutex_clear(&progress->mutex);
    g_cond_clear(&progress->over_cond);
}

/* --- Waiting -------------------------------------------------------------------------------------------- */

static gboolean tick(void *data)
{
    show(data);
    return G_SOURCE_CONTINUE;
}

SvpProgress *svp_progress_begin(FILE *err, const char *what)
{
    SvpProgress *progress = progress_new(err, what, "waiting");

    progress->timer = g_timeout_source_new(TICK_MS);
    g_source_set_callback(progress->timer, tick, progress, NULL);
    g_source_attach(progress->timer, NULL);
    return progress;
}

void svp_progress_wipe(SvpProgress *progress)
{
    if (!progress || !progress->shown)
        return;
    fprintf(progress->err, "\r%*s\r", LINE_WIDTH, "");
    fflush(progress->err);
    progress->shown = false;
}

void svp_progress_end(SvpProgress *progress)
{
    if (!progress)
        return;
    if (progress->thread)
        end_work(progress);
    svp_progress_wipe(progress);
    if (progress->timer) {
        g_source_destroy(progress->timer);
        g_source_unref(progress->timer);
    }
    g_free(progress->what);
    g_free(progress);
}
