/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A heap of events with four children to a node, ordered by (time, priority, sequence).
 *
 * The heap holds what it orders by, and pointers to events that live inside their owners; each event knows its
 * place in the heap, so taking one out of the middle costs as little as taking the first. The sequence number
 * makes the order total: no two events compare equal, so the order in which they fire depends on nothing but
 * what was queued when.
 *
 * Most events, when they fire, queue their successor. So the first place, once taken, stays open until it is
 * known whether somebody comes to take it: then one way down the heap is enough for both.
 *
 * Owns the array of entries and the sequence counter; never an event.
 */
#include "hv/event-queue.h"

#define QUEUE_ARITY         4 /* first_child() is made for it */
#define QUEUE_FIRST_ROOM    16
#define QUEUE_SEQUENCE_BITS 56

typedef struct {
    HvTime time_ns;
    uint64_t rank; /* priority, then sequence */
    HvEvent *event;
} Entry;

struct HvEventQueue {
    Entry *heap; /* children of i are 4i + 1 .. 4i + 4 */
    uint32_t length, room;
    bool open; /* nobody is in the first place of the heap, although it counts in the length */
    uint64_t next_sequence;
};

HvEventQueue *hv_event_queue_new(void)
{
    HvEventQueue *queue = g_new0(HvEventQueue, 1);

    queue->room = QUEUE_FIRST_ROOM;
    queue->heap = g_new(Entry, queue->room);
    return queue;
}

void hv_event_queue_free(HvEventQueue *queue)
{
    if (!queue)
        return;
    for (uint32_t i = queue->open; i < queue->length; i++)
        queue->heap[i].event->heap_index = 0;
    g_free(queue->heap);
    g_free(queue);
}

void hv_event_init(HvEvent *event, HvPriority priority, HvEventFunc func, void *data)
{
    *event = (HvEvent){.priority = priority, .func = func, .data = data};
}

/* Both numbers as one, so that comparing them takes no branch, which nobody could foresee. */
static bool goes_before(const Entry *a, const Entry *b)
{
    __extension__ typedef unsigned __int128 Key;

    return ((Key)a->time_ns << 64 | a->rank) < ((Key)b->time_ns << 64 | b->rank);
}

static void place(HvEventQueue *queue, uint32_t i, Entry entry)
{
    queue->heap[i] = entry;
    entry.event->heap_index = i + 1;
}

static void sift_up(HvEventQueue *queue, uint32_t i, Entry entry)
{
    while (i > 0) {
        uint32_t parent = (i - 1) / QUEUE_ARITY;

        if (!goes_before(&entry, &queue->heap[parent]))
            break;
        place(queue, i, queue->heap[parent]);
        i = parent;
    }
    place(queue, i, entry);
}

/* The child of i that goes first; there is one at least. */
static uint32_t first_child(const HvEventQueue *queue, uint32_t i)
{
    const Entry *heap = queue->heap;
    uint32_t child = QUEUE_ARITY * i + 1, first = child;

    if (child + QUEUE_ARITY <= queue->length) {
        uint32_t second = child + 2 + goes_before(&heap[child + 3], &heap[child + 2]);

        first += goes_before(&heap[child + 1], &heap[child]);
        return first ^ ((first ^ second) & (0u - goes_before(&heap[second], &heap[first])));
    }
    for (child++; child < queue->length; child++)
        first = goes_before(&heap[child], &heap[first]) ? child : first;
    return first;
}

static void sift_down(HvEventQueue *queue, uint32_t i, Entry entry)
{
    while (QUEUE_ARITY * i + 1 < queue->length) {
        uint32_t child = first_child(queue, i);

        if (goes_before(&entry, &queue->heap[child]))
            break;
        place(queue, i, queue->heap[child]);
        i = child;
    }
    place(queue, i, entry);
}

/* The entry goes to place i, from where another one has gone. */
static void sift(HvEventQueue *queue, uint32_t i, Entry entry)
{
    if (i > 0 && goes_before(&entry, &queue->heap[(i - 1) / QUEUE_ARITY]))
        sift_up(queue, i, entry);
    else
        sift_down(queue, i, entry);
}

static void close_first(HvEventQueue *queue)
{
    if (!queue->open)
        return;
    queue->open = false;
    Entry last = queue->heap[--queue->length];

    if (queue->length > 0)
        sift_down(queue, 0, last);
}

static void append(HvEventQueue *queue, Entry entry)
{
    if (queue->length == queue->room) {
        queue->room *= 2;
        queue->heap = g_renew(Entry, queue->heap, queue->room);
    }
    sift_up(queue, queue->length++, entry);
}

void hv_event_queue_put(HvEventQueue *queue, HvEvent *event, HvTime time_ns)
{
    g_assert(event->func && time_ns != HV_TIME_NEVER);
    event->time_ns = time_ns;
    event->sequence = queue->next_sequence++;
    const Entry entry = {
        .time_ns = time_ns,
        .rank = (uint64_t)event->priority << QUEUE_SEQUENCE_BITS | event->sequence,
        .event = event,
    };

    if (queue->open && !hv_event_is_queued(event)) {
        queue->open = false;
        sift_down(queue, 0, entry);
        return;
    }
    close_first(queue);
    if (hv_event_is_queued(event))
        sift(queue, event->heap_index - 1, entry);
    else
        append(queue, entry);
}

void hv_event_queue_remove(HvEventQueue *queue, HvEvent *event)
{
    if (!hv_event_is_queued(event))
        return;
    close_first(queue);
    uint32_t i = event->heap_index - 1;

    g_assert(i < queue->length && queue->heap[i].event == event);
    Entry last = queue->heap[--queue->length];

    event->heap_index = 0;
    if (last.event != event)
        sift(queue, i, last);
}

HvEvent *hv_event_queue_peek(HvEventQueue *queue)
{
    close_first(queue);
    return queue->length > 0 ? queue->heap[0].event : NULL;
}

HvEvent *hv_event_queue_take(HvEventQueue *queue)
{
    HvEvent *first = hv_event_queue_peek(queue);

    if (first) {
        first->heap_index = 0;
        queue->open = true;
    }
    return first;
}

size_t hv_event_queue_length(const HvEventQueue *queue)
{
    return queue->length - queue->open;
}
