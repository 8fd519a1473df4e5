/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_RUN_QUEUE_H
#define LPARSIM_HV_RUN_QUEUE_H

#include "hv/class-def.h"

/*
 * The dispatcher of a model guest: which of its items (bursts of jobs) run on which of its LIPs. An item of a more important
 * priority (1 is the first) always goes before others, and takes a LIP away from them at once.
 *
 *   sharing   each LIP has items of its own, and divides its time equally among those of its most important priority; the LIPs are
 *             kept in balance: no item is on a LIP that has two more of its priority and better ones than another LIP
 *   fcfs      a LIP has one item of a priority at a time and takes it to its end; the others wait in the order of their arrival
 *
 * Nothing is lost by rounding: an item is through when it has got what it needs, to the nanosecond.
 */
typedef struct HvRunItem HvRunItem;

/* Embedded in what runs; zeroed to begin with. Fields are the run queue's. */
struct HvRunItem {
    HvTime need_ns;  /* while it waits for a LIP: what it still wants */
    uint64_t tag;    /* on a LIP: it is through when each item of its priority there has got so much */
    uint64_t order;  /* of equals, the lower one first */
    HvRunItem *next; /* while it waits for a LIP */
    uint32_t place;  /* in the LIP's heap */
    uint16_t lip;    /* 0: it is on none */
    uint8_t priority;
};

typedef struct {
    /* Has hv_run_queue_ran() called with all that the LIP has received up to now, before it returns. */
    void (*catch_up)(void *data, unsigned lip);
    /* The LIP has work now or no longer, or its burst is another one. */
    void (*lip_changed)(void *data, unsigned lip, bool has_work);
    /*
     * The item is through and on no LIP any more. Called by hv_run_queue_ran(): it may not add items, but has to leave that
     * to an event.
     */
    void (*through)(void *data, HvRunItem *item);
} HvRunQueueOps;

typedef struct HvRunQueue HvRunQueue;

HvRunQueue *hv_run_queue_new(HvDispatching dispatching, const HvRunQueueOps *ops, void *data);
void hv_run_queue_free(HvRunQueue *queue);  /* what it holds is forgotten */
void hv_run_queue_clear(HvRunQueue *queue); /* the same, and no LIP is online */

/* A LIP that comes online gets work by hv_run_queue_balance(); one that goes leaves its items to others. */
void hv_run_queue_lip_online(HvRunQueue *queue, unsigned lip);
void hv_run_queue_lip_offline(HvRunQueue *queue, unsigned lip);

/* need_ns > 0 (asserted). */
void hv_run_queue_add(HvRunQueue *queue, HvRunItem *item, unsigned priority, HvTime need_ns);
/* What the LIP can run until an item is through; 0: it has none. */
HvTime hv_run_queue_burst(const HvRunQueue *queue, unsigned lip);
/* It has run for so long, at most its burst (asserted). */
void hv_run_queue_ran(HvRunQueue *queue, unsigned lip, HvTime ran_ns);
bool hv_run_queue_has_work(const HvRunQueue *queue, unsigned lip);
/* Whether an item should go to another LIP; then somebody is to call hv_run_queue_balance(), but not within through(). */
bool hv_run_queue_is_unbalanced(const HvRunQueue *queue);
void hv_run_queue_balance(HvRunQueue *queue);
/* Items on LIPs and waiting for one. */
unsigned hv_run_queue_length(const HvRunQueue *queue);

/* The queue's owner knows its items by numbers when they are written down and read back. */
typedef struct {
    uint64_t (*number_of)(void *data, const HvRunItem *item);
    /* The zeroed item with that number; NULL: there is none, or it has been asked for before. */
    HvRunItem *(*item_of)(void *data, uint64_t number);
    void *data;
} HvRunItemNames;

typedef struct HvCodec HvCodec; /* hv/codec.h */
/* A reader's queue is new: no LIP is online. LIPs that are online, and all items, come with it; nobody is told of them. */
void hv_run_queue_codec(HvRunQueue *queue, const HvRunItemNames *names, HvCodec *codec);
/* What the item, which is on a LIP or waits for one, still wants. */
HvTime hv_run_queue_left_ns(const HvRunQueue *queue, const HvRunItem *item);
bool hv_run_queue_lip_is_online(const HvRunQueue *queue, unsigned lip);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvRunQueue, hv_run_queue_free)

#endif
