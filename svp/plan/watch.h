/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_WATCH_H
#define LPARSIM_SVP_PLAN_WATCH_H

#include <glib.h>
#include <stdbool.h>

/* The operator while a study goes on: sees how far it is, and can end it. */
typedef struct SvpWatch SvpWatch;

/* From now on SIGINT and SIGTERM are taken note of instead of ending the process, in threads made afterwards too. */
SvpWatch *svp_watch_new(bool progress);
void svp_watch_free(SvpWatch *watch); /* wipes the line; NULL is allowed */
/* A signal has come. From then on the next one ends the process at once. */
bool svp_watch_interrupted(SvpWatch *watch);
/* Whether it is time to show something. */
bool svp_watch_is_due(const SvpWatch *watch);
/* `n_found` of the `n_done` runs were there at the beginning; `n_all` may still change. */
void svp_watch_show(SvpWatch *watch, unsigned n_done, unsigned n_found, unsigned n_all);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpWatch, svp_watch_free)

#endif
