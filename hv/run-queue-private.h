/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_RUN_QUEUE_PRIVATE_H
#define LPARSIM_HV_RUN_QUEUE_PRIVATE_H

#include "hv/run-queue.h"

/* What the files of the run queue share; nobody else includes this. */
#define HV_RUN_QUEUE_LIPS 256

typedef struct {
    HvRunItem **heap; /* by (tag, order) */
    unsigned n, room;
    uint64_t given, carry;
} HvRunLevel;

typedef struct {
    HvRunLevel levels[HV_CLASS_PRIORITIES + 1];
    unsigned n_items;
    bool online;
} HvRunLip;

typedef struct {
    HvRunItem *head, *tail;
} HvRunLine;

struct HvRunQueue {
    HvDispatching dispatching;
    const HvRunQueueOps *ops;
    void *data;
    HvRunLip *lips[HV_RUN_QUEUE_LIPS + 1]; /* NULL: never online */
    unsigned highest_lip, n_online;
    HvRunLine lines[HV_CLASS_PRIORITIES + 1]; /* who waits for a LIP */
    unsigned n_waiting, n_on_lips;
    unsigned n_of[HV_CLASS_PRIORITIES + 1]; /* items of a priority, on LIPs or waiting */
    uint64_t next_order;
};

static inline bool hv_run_item_goes_before(const HvRunItem *a, const HvRunItem *b)
{
    return a->tag != b->tag ? a->tag < b->tag : a->order < b->order;
}

#endif
