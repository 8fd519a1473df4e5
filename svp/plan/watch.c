/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Progress on a terminal, and ^C.
 *
 * Signals are blocked and read from a file descriptor, so nothing is ever done inside a handler and there is no variable that one would
 * have to write. Progress is one line that is written over itself; into a file or a pipe nothing is written. The time left is
 * that of the runs so far: fair when they are alike, and better than nothing when they are not.
 */
#include "svp/plan/watch.h"

#include "hv/quantity.h"

#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define SHOW_EVERY_US (200 * 1000)
#define LINE_WIDTH    76

struct SvpWatch {
    bool progress, shown, interrupted;
    gint64 begun_us, shown_us;
    int signals;
    sigset_t before, blocked;
};

SvpWatch *svp_watch_new(bool progress)
{
    SvpWatch *watch = g_new0(SvpWatch, 1);

    watch->progress = progress;
    watch->begun_us = g_get_monotonic_time();
    sigemptyset(&watch->blocked);
    sigaddset(&watch->blocked, SIGINT);
    sigaddset(&watch->blocked, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &watch->blocked, &watch->before);
    watch->signals = signalfd(-1, &watch->blocked, SFD_CLOEXEC | SFD_NONBLOCK);
    return watch;
}

static void wipe(SvpWatch *watch)
{
    if (watch->shown)
        fprintf(stderr, "\r%*s\r", LINE_WIDTH, "");
    watch->shown = false;
}

void svp_watch_free(SvpWatch *watch)
{
    if (!watch)
        return;
    wipe(watch);
    if (watch->signals >= 0)
        close(watch->signals);
    pthread_sigmask(SIG_SETMASK, &watch->before, NULL);
    g_free(watch);
}

bool svp_watch_interrupted(SvpWatch *watch)
{
    struct signalfd_siginfo signal;

    if (!watch->interrupted && watch->signals >= 0 &&
        read(watch->signals, &signal, sizeof signal) == (ssize_t)sizeof signal) {
        watch->interrupted = true;
        pthread_sigmask(SIG_UNBLOCK, &watch->blocked, NULL);
    }
    return watch->interrupted;
}

/* "2 min 10 s". */
static char *describe(double seconds)
{
    unsigned whole = (unsigned)MIN(seconds + 0.5, 360000.0);

    if (whole >= 3600)
        return g_strdup_printf("%u h %u min", whole / 3600, whole % 3600 / 60);
    if (whole >= 60)
        return g_strdup_printf("%u min %u s", whole / 60, whole % 60);
    return g_strdup_printf("%u s", whole);
}

bool svp_watch_is_due(const SvpWatch *watch)
{
    return watch->progress && g_get_monotonic_time() - watch->shown_us >= SHOW_EVERY_US;
}

void svp_watch_show(SvpWatch *watch, unsigned n_done, unsigned n_found, unsigned n_all)
{
    gint64 now_us = g_get_monotonic_time();

    double passed_s = (double)(now_us - watch->begun_us) / G_USEC_PER_SEC;
    g_autofree char *left = n_done > n_found ? describe(passed_s * (n_all - n_done) / (n_done - n_found))
                                             : NULL;
    g_autofree char *line = g_strdup_printf(
        "%u of %u runs, %u %%%s%s%s", n_done, n_all, n_all ? (unsigned)(100.0 * n_done / n_all) : 0,
        left ? ", " : "", left ? left : "", left ? " left" : "");

    fprintf(stderr, "\r%-*s", LINE_WIDTH, line);
    fflush(stderr);
    watch->shown = true;
    watch->shown_us = now_us;
}
