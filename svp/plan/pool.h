/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_POOL_H
#define LPARSIM_SVP_PLAN_POOL_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/*
 * Whoever carries out runs: threads of this process, or other processes under MPI. Given are specifications (svp/plan/run.h), what
 * comes back are results as JSON text, in any order; each kind is a table of operations.
 */
typedef struct SvpPool SvpPool;

typedef struct {
    unsigned ticket; /* as it was given */
    char *run_text;  /* free with g_free() */
} SvpPoolResult;

typedef struct {
    /* Never blocks; at most `capacity` are under way (asserted). */
    void (*submit)(SvpPool *pool, unsigned ticket, const json_t *spec);
    /* The next result, within `timeout_us`; false if there is none yet. */
    bool (*wait)(SvpPool *pool, gint64 timeout_us, SvpPoolResult *ret_result);
    /* Runs under way are given up. */
    void (*free)(SvpPool *pool);
} SvpPoolOps;

struct SvpPool {
    const SvpPoolOps *ops;
    unsigned capacity, under_way;
};

SvpPool *svp_pool_new_threads(unsigned n);
void svp_pool_submit(SvpPool *pool, unsigned ticket, const json_t *spec);
bool svp_pool_wait(SvpPool *pool, gint64 timeout_us, SvpPoolResult *ret_result);
void svp_pool_free(SvpPool *pool); /* NULL is allowed */

/* One run, as text; NULL if it was cancelled. Free with g_free(). */
char *svp_pool_run(const json_t *spec, bool (*cancelled)(void *data), void *data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpPool, svp_pool_free)

#endif
