/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A binary heap of events, ordered by (time, priority, sequence).
 *
 * The heap holds pointers to events that live inside their owners, and each event knows its place in the
 * heap, so taking one out of the middle costs as little as taking the first. The sequence number makes the
 * order total: no two events compare equal, so the order in which they fire depends on nothing but what was
 * queued when.
 *
 * Owns the array of pointers and the sequence counter; never an event.
 */
#include "hv/event-queue.h"

struct HvEventQueue {
    GPtrArray *heap; /* HvEvent *; children of i are 2i + 1 and 2i + 2 */
    uint64_t next_sequence;
};

HvEventQueue *hv_event_queue_new(void)
{
    HvEventQueue *queue = g_new0(HvEventQueue, 1);

    queue->heap = g_ptr_array_new();
    return queue;
}

static HvEvent *event_at(const HvEventQueue *queue, unsigned i)
{
    return g_ptr_array_index(queue->heap, i);
}

static void place(HvEventQueue *queue, unsigned i, HvEvent *event)
{
    queue->heap->pdata[i] = event;
    event->heap_index = i + 1;
}

void hv_event_queue_free(HvEventQueue *queue)
{
    if (!queue)
        return;
    for (unsigned i = 0; i < queue->heap->len; i++)
        event_at(queue, i)->heap_index = 0;
    g_ptr_array_unref(queue->heap);
    g_free(queue);
}

void hv_event_init(HvEvent *event, HvPriority priority, HvEventFunc func, void *data)
{
    *event = (HvEvent){.priority = priority, .func = func, .data = data};
}

static bool goes_before(const HvEvent *a, const HvEvent *b)
{
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns;
    if (a->priority != b->priority)
        return a->priority < b->priority;
    return a->sequence < b->sequence;
}

static void sift_up(HvEventQueue *queue, unsigned i, HvEvent *event)
{
    while (i > 0 && goes_before(event, event_at(queue, (i - 1) / 2))) {
        place(queue, i, event_at(queue, (i - 1) / 2));
        i = (i - 1) / 2;
    }
    place(queue, i, event);
}

static void sift_down(HvEventQueue *queue, unsigned i, HvEvent *event)
{
    unsigned length = queue->heap->len;

    for (unsigned child = 2 * i + 1; child < length; child = 2 * i + 1) {
        if (child + 1 < length && goes_before(event_at(queue, child + 1), event_at(queue, child)))
            child++;
        if (goes_before(event, event_at(queue, child)))
            break;
        place(queue, i, event_at(queue, child));
        i = child;
    }
    place(queue, i, event);
}

void hv_event_queue_put(HvEventQueue *queue, HvEvent *event, HvTime time_ns)
{
    g_assert(event->func && time_ns != HV_TIME_NEVER);
    hv_event_queue_remove(queue, event);
    event->time_ns = time_ns;
    event->sequence = queue->next_sequence++;
    g_ptr_array_add(queue->heap, event);
    sift_up(queue, queue->heap->len - 1, event);
}

void hv_event_queue_remove(HvEventQueue *queue, HvEvent *event)
{
    if (!hv_event_is_queued(event))
        return;
    unsigned i = event->heap_index - 1;

    g_assert(i < queue->heap->len && event_at(queue, i) == event);
    HvEvent *last = g_ptr_array_remove_index_fast(queue->heap, queue->heap->len - 1);

    event->heap_index = 0;
    if (last == event)
        return;
    if (i > 0 && goes_before(last, event_at(queue, (i - 1) / 2)))
        sift_up(queue, i, last);
    else
        sift_down(queue, i, last);
}

HvEvent *hv_event_queue_peek(const HvEventQueue *queue)
{
    return queue->heap->len > 0 ? event_at(queue, 0) : NULL;
}

HvEvent *hv_event_queue_take(HvEventQueue *queue)
{
    HvEvent *first = hv_event_queue_peek(queue);

    if (first)
        hv_event_queue_remove(queue, first);
    return first;
}

size_t hv_event_queue_length(const HvEventQueue *queue)
{
    return queue->heap->len;
}
