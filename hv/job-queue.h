/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_JOB_QUEUE_H
#define LPARSIM_HV_JOB_QUEUE_H

#include "hv/engine.h"

/*
 * Work that may take long and must not stop the engine: jobs are carried out one after another, in the order in
 * which they were pushed, by a thread that belongs to the queue. Each is heard of again in the engine's thread.
 *
 *     push (engine's thread) --> work (queue's thread) --> done (engine's thread, posted) --> free
 */
typedef struct HvJobQueue HvJobQueue;

typedef struct {
    /* May block. False with *error: it failed. */
    bool (*work)(void *data, GError **error);
    /* `error` is NULL if it succeeded. Not called once the queue is freed. */
    void (*done)(void *data, const GError *error);
    /* Always, last, and in any thread. */
    void (*free_func)(void *data);
} HvJobOps;

/* The engine follows the wall clock (asserted) and outlives the queue. */
HvJobQueue *hv_job_queue_new(HvEngine *engine);
/*
 * Jobs that have not begun are dropped; the one under way is waited for, up to `patience_ms`, and left to itself
 * after that: it must not use what its maker owns alone.
 */
void hv_job_queue_free(HvJobQueue *queue, unsigned patience_ms);
/* Takes `data`; `ops` is a constant. */
void hv_job_queue_push(HvJobQueue *queue, const HvJobOps *ops, void *data);
/* Jobs pushed and not yet heard of. */
unsigned hv_job_queue_pending(const HvJobQueue *queue);

#endif
