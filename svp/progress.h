/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PROGRESS_H
#define LPARSIM_SVP_PROGRESS_H

#include <glib.h>
#include <stdio.h>

/*
 * A line on a terminal that says for how long a command has been waiting, from the third second on. It is written while the
 * main context runs, so only for machines with real guests, and is wiped before anything else is printed.
 */
typedef struct SvpProgress SvpProgress;

/* `what` is copied. */
SvpProgress *svp_progress_begin(FILE *err, const char *what);
void svp_progress_wipe(SvpProgress *progress); /* NULL is allowed, as below */
void svp_progress_end(SvpProgress *progress);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpProgress, svp_progress_end)

#endif
