/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PROGRESS_H
#define LPARSIM_SVP_PROGRESS_H

#include <glib.h>
#include <stdio.h>

/*
 * A line on a terminal that says for how long a command has been waiting or working, from the third second on, and is wiped before anything
 * else is printed. While it waits the main context runs, so that is for machines with real guests.
 */
typedef struct SvpProgress SvpProgress;

/* `what` is copied. */
SvpProgress *svp_progress_begin(FILE *err, const char *what);
/*
 * For work during which the main context does not run: a save, the reading of a tape. Until svp_progress_end() nobody else may write on the terminal.
 */
SvpProgress *svp_progress_begin_work(FILE *err, const char *what);
void svp_progress_wipe(SvpProgress *progress); /* NULL is allowed, as below */
void svp_progress_end(SvpProgress *progress);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpProgress, svp_progress_end)

#endif
