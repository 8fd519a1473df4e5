/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Waiting, shown.
 *
 * A timer of GLib's main context writes the line; the context runs where the engine waits for real guests, and nowhere
 * else. So nothing is written while something is being printed, and there is no thread.
 */
#include "svp/progress.h"

#include <stdbool.h>

#define TICK_MS    500
#define QUIET_US   (2 * G_USEC_PER_SEC)
#define LINE_WIDTH 60

struct SvpProgress {
    FILE *err;
    char *what;
    gint64 begun_us;
    GSource *timer;
    bool shown;
};

static gboolean tick(void *data)
{
    SvpProgress *progress = data;
    gint64 waited_us = g_get_monotonic_time() - progress->begun_us;

    if (waited_us < QUIET_US)
        return G_SOURCE_CONTINUE;
    fprintf(progress->err, "\r%s: waiting, %d s  ", progress->what, (int)(waited_us / G_USEC_PER_SEC));
    fflush(progress->err);
    progress->shown = true;
    return G_SOURCE_CONTINUE;
}

SvpProgress *svp_progress_begin(FILE *err, const char *what)
{
    SvpProgress *progress = g_new0(SvpProgress, 1);

    progress->err = err;
    progress->what = g_strdup(what);
    progress->begun_us = g_get_monotonic_time();
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
    svp_progress_wipe(progress);
    g_source_destroy(progress->timer);
    g_source_unref(progress->timer);
    g_free(progress->what);
    g_free(progress);
}
