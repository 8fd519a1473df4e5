/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_EVENT_QUEUE_H
#define LPARSIM_HV_EVENT_QUEUE_H

#include "hv/quantity.h"

/*
 * Events ordered by (time, priority, sequence). An event is embedded in the object it concerns and belongs to
 * that object: the queue allocates nothing per event and frees nothing. Sequence numbers are given at
 * insertion, so two events of one time and priority fire in the order in which they were queued.
 */
typedef struct HvEvent HvEvent;
typedef struct HvEventQueue HvEventQueue;

/* Called with the event taken out of the queue; it may queue itself again. */
typedef void (*HvEventFunc)(HvEvent *event, void *data);

/* Lower goes first at equal times: the hardware has finished before the monitor decides, and that before
 * reports. */
typedef enum {
    HV_PRIORITY_DEVICE,   /* I/O completions */
    HV_PRIORITY_GUEST,    /* timers of guests */
    HV_PRIORITY_DISPATCH, /* a LIP's burst or a frame ends */
    HV_PRIORITY_MONITOR,  /* steps of INTEG, rounds of a relocation */
    HV_PRIORITY_SVP,      /* the operator's AT commands */
} HvPriority;

struct HvEvent {
    HvTime time_ns;
    uint64_t sequence;
    HvEventFunc func;
    void *data;
    uint32_t heap_index; /* position in the heap plus one; 0: not queued */
    HvPriority priority;
};

HvEventQueue *hv_event_queue_new(void);
void hv_event_queue_free(
    HvEventQueue *queue); /* events still queued are forgotten, not freed; NULL is allowed */

/* Makes *event ready for use: not queued. */
void hv_event_init(HvEvent *event, HvPriority priority, HvEventFunc func, void *data);

/* Queues the event for `time_ns`; if it is queued already it is moved there (and gets a new sequence number).
 */
void hv_event_queue_put(HvEventQueue *queue, HvEvent *event, HvTime time_ns);
/* Takes the event out; nothing happens if it is not queued. */
void hv_event_queue_remove(HvEventQueue *queue, HvEvent *event);
/* The earliest event, still queued, or NULL. */
HvEvent *hv_event_queue_peek(HvEventQueue *queue);
/* The earliest event, taken out, or NULL. */
HvEvent *hv_event_queue_take(HvEventQueue *queue);
size_t hv_event_queue_length(const HvEventQueue *queue);

static inline bool hv_event_is_queued(const HvEvent *event)
{
    return event->heap_index != 0;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvEventQueue, hv_event_queue_free)

#endif
