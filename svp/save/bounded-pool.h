/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_BOUNDED_POOL_H
#define LPARSIM_SVP_SAVE_BOUNDED_POOL_H

#include <glib.h>

/*
 * Threads that handle items while the next ones are being read, and a bound to how many wait, so that the memory is bounded too. One thread
 * handles them in the order in which they were pushed.
 */
typedef struct SvpBoundedPool SvpBoundedPool;

/* `handle` is called with an item, which it owns, and `data`. Of `threads` 0: as many as there are processors. */
SvpBoundedPool *svp_bounded_pool_new(GFunc handle, gpointer data, unsigned threads, unsigned items_max);
/* Waits while `items_max` are under way. */
void svp_bounded_pool_push(SvpBoundedPool *pool, gpointer item);
/* Until all have been handled; what they have written can be read then. */
void svp_bounded_pool_wait(SvpBoundedPool *pool);
void svp_bounded_pool_free(SvpBoundedPool *pool); /* waits, too; NULL is allowed */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpBoundedPool, svp_bounded_pool_free)

#endif
