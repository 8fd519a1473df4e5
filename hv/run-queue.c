/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest's dispatcher.
 *
 * Time comes to a LIP in portions, told afterwards. Among the n items of the LIP's most important priority it is divided
 * equally: `given` is what each of them has got since there was one, an item that needs x more gets the tag given + x, and the one
 * with the least tag is through first, after (tag - given) x n of the LIP's time. What does not divide by n is kept as `carry` and
 * counts for the next portion, so at the moment when an item is through nothing is left over. With fcfs n is 1.
 *
 * Tags only grow, an item's tag never changes while it stays on its LIP, so each priority of a LIP is a binary heap by tag. A LIP
 * that is empty takes from others (balance): that needs their time told first, so it is not done while a LIP is told of its own.
 *
 * Owns the heaps; items are embedded in what their owners have.
 */
#include "hv/run-queue-private.h"

#include <string.h>

HvRunQueue *hv_run_queue_new(HvDispatching dispatching, const HvRunQueueOps *ops, void *data)
{
    HvRunQueue *queue = g_new0(HvRunQueue, 1);

    queue->dispatching = dispatching;
    queue->ops = ops;
    queue->data = data;
    return queue;
}

void hv_run_queue_clear(HvRunQueue *queue)
{
    for (unsigned lip = 1; lip <= queue->highest_lip; lip++) {
        for (unsigned p = 1; queue->lips[lip] && p <= HV_CLASS_PRIORITIES; p++)
            g_free(queue->lips[lip]->levels[p].heap);
        g_clear_pointer(&queue->lips[lip], g_free);
    }
    memset(queue->lines, 0, sizeof(queue->lines));
    memset(queue->n_of, 0, sizeof(queue->n_of));
    queue->n_waiting = queue->n_on_lips = queue->highest_lip = queue->n_online = 0;
}

void hv_run_queue_free(HvRunQueue *queue)
{
    if (!queue)
        return;
    hv_run_queue_clear(queue);
    g_free(queue);
}

unsigned hv_run_queue_length(const HvRunQueue *queue)
{
    return queue->n_waiting + queue->n_on_lips;
}

static bool is_online(const HvRunQueue *queue, unsigned lip)
{
    return queue->lips[lip] && queue->lips[lip]->online;
}

bool hv_run_queue_lip_is_online(const HvRunQueue *queue, unsigned lip)
{
    return is_online(queue, lip);
}

/* --- Heaps ---------------------------------------------------------------------------------------------- */

static void set_place(HvRunLevel *level, unsigned place, HvRunItem *item)
{
    level->heap[place] = item;
    item->place = place;
}

static void sift_up(HvRunLevel *level, unsigned place, HvRunItem *item)
{
    while (place > 0 && hv_run_item_goes_before(item, level->heap[(place - 1) / 2])) {
        set_place(level, place, level->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    set_place(level, place, item);
}

static void sift_down(HvRunLevel *level, unsigned place, HvRunItem *item)
{
    for (unsigned child = 2 * place + 1; child < level->n; child = 2 * place + 1) {
        if (child + 1 < level->n && hv_run_item_goes_before(level->heap[child + 1], level->heap[child]))
            child++;
        if (!hv_run_item_goes_before(level->heap[child], item))
            break;
        set_place(level, place, level->heap[child]);
        place = child;
    }
    set_place(level, place, item);
}

static void heap_add(HvRunLevel *level, HvRunItem *item)
{
    if (level->n == level->room) {
        level->room = MAX(4, 2 * level->room);
        level->heap = g_renew(HvRunItem *, level->heap, level->room);
    }
    level->n++;
    sift_up(level, level->n - 1, item);
}

static void heap_remove(HvRunLevel *level, HvRunItem *item)
{
    unsigned place = item->place;
    HvRunItem *last = level->heap[--level->n];

    g_assert(place <= level->n);
    if (last == item)
        return;
    if (place > 0 && hv_run_item_goes_before(last, level->heap[(place - 1) / 2]))
        sift_up(level, place, last);
    else
        sift_down(level, place, last);
}

/* --- Items on a LIP ------------------------------------------------------------------------------------- */

/* The most important priority that has items; 0: none has. */
static unsigned top_priority(const HvRunLip *lip)
{
    for (unsigned p = 1; lip->n_items > 0 && p <= HV_CLASS_PRIORITIES; p++)
        if (lip->levels[p].n > 0)
            return p;
    return 0;
}

/* Items that go before one of that priority, and those of its own. */
static unsigned count_up_to(const HvRunLip *lip, unsigned priority)
{
    unsigned count = 0;

    for (unsigned p = 1; p <= priority; p++)
        count += lip->levels[p].n;
    return count;
}

static void put_on(HvRunQueue *queue, unsigned lip_number, HvRunItem *item)
{
    HvRunLip *lip = queue->lips[lip_number];
    HvRunLevel *level = &lip->levels[item->priority];

    item->lip = (uint16_t)lip_number;
    item->order = queue->next_order++;
    item->tag = level->given + item->need_ns;
    heap_add(level, item);
    lip->n_items++;
    queue->n_on_lips++;
    queue->ops->lip_changed(queue->data, lip_number, true);
}

/* The other way round; the LIP's time is told up to now. Does not say that the LIP has changed. */
static void take_off(HvRunQueue *queue, HvRunItem *item)
{
    HvRunLip *lip = queue->lips[item->lip];
    HvRunLevel *level = &lip->levels[item->priority];

    item->need_ns = item->tag - level->given;
    heap_remove(level, item);
    if (level->carry >= MAX(level->n, 1)) {
        /* What was about to be divided among one more is its own, as far as that does not end it. */
        level->carry--;
        item->need_ns -= item->need_ns > 1;
    }
    if (level->n == 0)
        level->carry = 0;
    item->lip = 0;
    lip->n_items--;
    queue->n_on_lips--;
}

/* --- Waiting for a LIP ---------------------------------------------------------------------------------- */

static void wait_for_lip(HvRunQueue *queue, HvRunItem *item)
{
    HvRunLine *line = &queue->lines[item->priority];

    item->next = NULL;
    if (line->tail)
        line->tail->next = item;
    else
        line->head = item;
    line->tail = item;
    queue->n_waiting++;
}

static HvRunItem *take_first(HvRunQueue *queue, unsigned priority)
{
    HvRunLine *line = &queue->lines[priority];
    HvRunItem *item = line->head;

    line->head = item->next;
    if (!line->head)
        line->tail = NULL;
    queue->n_waiting--;
    return item;
}

/* The most important priority below which the LIP has nothing, and which has somebody waiting; 0: none. */
static unsigned waiting_for(const HvRunQueue *queue, const HvRunLip *lip)
{
    unsigned top = top_priority(lip);

    for (unsigned p = 1; queue->n_waiting > 0 && p <= HV_CLASS_PRIORITIES && (top == 0 || p < top); p++)
        if (queue->lines[p].head)
            return p;
    return 0;
}

/*
 * Where an item of that priority goes: to the LIP with the fewest items that go before or beside it, of those to the one with the
 * fewest at all, of those to the lowest. With fcfs only to one where it runs at once. 0: it has to wait.
 */
static unsigned choose_lip(const HvRunQueue *queue, unsigned priority)
{
    unsigned best = 0, best_ahead = 0;

    for (unsigned l = 1; l <= queue->highest_lip; l++) {
        if (!is_online(queue, l))
            continue;
        unsigned ahead = count_up_to(queue->lips[l], priority);

        if (queue->dispatching == HV_DISPATCHING_FCFS && ahead > 0)
            continue;
        if (best == 0 || ahead < best_ahead ||
            (ahead == best_ahead && queue->lips[l]->n_items < queue->lips[best]->n_items)) {
            best = l;
            best_ahead = ahead;
        }
    }
    return best;
}

static void place(HvRunQueue *queue, HvRunItem *item)
{
    unsigned lip = choose_lip(queue, item->priority);

    if (lip == 0) {
        wait_for_lip(queue, item);
        return;
    }
    queue->ops->catch_up(queue->data, lip);
    put_on(queue, lip, item);
}

void hv_run_queue_add(HvRunQueue *queue, HvRunItem *item, unsigned priority, HvTime need_ns)
{
    g_assert(need_ns > 0 && priority >= 1 && priority <= HV_CLASS_PRIORITIES && item->lip == 0);
    item->priority = (uint8_t)priority;
    item->need_ns = need_ns;
    queue->n_of[priority]++;
    place(queue, item);
}

/* --- Running -------------------------------------------------------------------------------------------- */

bool hv_run_queue_has_work(const HvRunQueue *queue, unsigned lip)
{
    return is_online(queue, lip) && queue->lips[lip]->n_items > 0;
}

HvTime hv_run_queue_burst(const HvRunQueue *queue, unsigned lip)
{
    if (!hv_run_queue_has_work(queue, lip))
        return 0;
    const HvRunLevel *level = &queue->lips[lip]->levels[top_priority(queue->lips[lip])];

    return (level->heap[0]->tag - level->given) * level->n - level->carry;
}

/* Those that have got all they needed, and no others. */
static void conclude(HvRunQueue *queue, HvRunLevel *level)
{
    while (level->n > 0 && level->heap[0]->tag <= level->given) {
        HvRunItem *item = level->heap[0];

        g_assert(item->tag == level->given);
        take_off(queue, item);
        queue->n_of[item->priority]--;
        queue->ops->through(queue->data, item);
    }
}

void hv_run_queue_ran(HvRunQueue *queue, unsigned lip_number, HvTime ran_ns)
{
    HvRunLip *lip = queue->lips[lip_number];
    unsigned priority = top_priority(lip), next;

    g_assert(priority > 0 && ran_ns <= hv_run_queue_burst(queue, lip_number));
    HvRunLevel *level = &lip->levels[priority];

    level->carry += ran_ns;
    level->given += level->carry / level->n;
    level->carry %= level->n;
    conclude(queue, level);
    if ((next = waiting_for(queue, lip)))
        put_on(queue, lip_number, take_first(queue, next));
    if (lip->n_items == 0)
        queue->ops->lip_changed(queue->data, lip_number, false);
}

/* --- Balance -------------------------------------------------------------------------------------------- */

typedef struct {
    unsigned from, to, priority; /* from 0: one that waits */
} Move;

/* Sharing: from the LIP with the most items up to that priority to the one with the fewest, if that betters something. */
static bool find_shift(const HvRunQueue *queue, unsigned priority, Move *ret_move)
{
    unsigned from = 0, to = 0, most = 0, fewest = UINT_MAX;

    for (unsigned l = 1; l <= queue->highest_lip; l++) {
        if (!is_online(queue, l))
            continue;
        unsigned count = count_up_to(queue->lips[l], priority);

        if (count > most && queue->lips[l]->levels[priority].n > 0) {
            from = l;
            most = count;
        }
        if (count < fewest) {
            to = l;
            fewest = count;
        }
    }
    if (to > 0 && queue->lines[priority].head) {
        *ret_move = (Move){0, to, priority}; /* it came while no LIP was online */
        return true;
    }
    *ret_move = (Move){from, to, priority};
    return from > 0 && most >= fewest + 2;
}

/* Fcfs: one that was put aside for another, or waits, to a LIP where it would run at once. */
static bool find_idle(const HvRunQueue *queue, unsigned priority, Move *ret_move)
{
    unsigned to = choose_lip(queue, priority);

    for (unsigned l = 1; to > 0 && l <= queue->highest_lip; l++)
        if (is_online(queue, l) && queue->lips[l]->levels[priority].n > 0 &&
            top_priority(queue->lips[l]) < priority) {
            *ret_move = (Move){l, to, priority};
            return true;
        }
    *ret_move = (Move){0, to, priority};
    return to > 0 && queue->lines[priority].head;
}

static bool find_move(const HvRunQueue *queue, Move *ret_move)
{
    for (unsigned p = 1; p <= HV_CLASS_PRIORITIES; p++)
        if (queue->n_of[p] > 0 &&
            (queue->dispatching == HV_DISPATCHING_FCFS ? find_idle(queue, p, ret_move)
                                                       : find_shift(queue, p, ret_move)))
            return true;
    return false;
}

bool hv_run_queue_is_unbalanced(const HvRunQueue *queue)
{
    Move move;

    /* A single LIP takes those that wait by itself. */
    return queue->n_online > 1 && hv_run_queue_length(queue) > 0 && find_move(queue, &move);
}

/* A leaf of the heap goes: among those through last, and the cheapest to take. */
static void carry_out(HvRunQueue *queue, const Move *move)
{
    HvRunItem *item;

    if (move->from > 0) {
        HvRunLevel *level = &queue->lips[move->from]->levels[move->priority];

        item = level->heap[level->n - 1];
        take_off(queue, item);
        queue->ops->lip_changed(queue->data, move->from, queue->lips[move->from]->n_items > 0);
    } else {
        item = take_first(queue, move->priority);
    }
    put_on(queue, move->to, item);
}

static void catch_up_all(HvRunQueue *queue)
{
    for (unsigned l = 1; l <= queue->highest_lip; l++)
        if (is_online(queue, l))
            queue->ops->catch_up(queue->data, l);
}

void hv_run_queue_balance(HvRunQueue *queue)
{
    Move move;

    catch_up_all(queue);
    while (find_move(queue, &move))
        carry_out(queue, &move);
}

/* --- LIPs that come and go ------------------------------------------------------------------------------ */

void hv_run_queue_lip_online(HvRunQueue *queue, unsigned lip)
{
    g_assert(lip >= 1 && lip <= HV_RUN_QUEUE_LIPS && !is_online(queue, lip));
    if (!queue->lips[lip])
        queue->lips[lip] = g_new0(HvRunLip, 1);
    for (unsigned p = 1; p <= HV_CLASS_PRIORITIES; p++)
        queue->lips[lip]->levels[p].given = 0; /* of no meaning where nobody is, and a state has none of it */
    queue->lips[lip]->online = true;
    queue->n_online++;
    queue->highest_lip = MAX(queue->highest_lip, lip);
}

void hv_run_queue_lip_offline(HvRunQueue *queue, unsigned lip)
{
    HvRunLip *leaving = queue->lips[lip];

    queue->ops->catch_up(queue->data, lip);
    leaving->online = false;
    queue->n_online--;
    for (unsigned p = 1; p <= HV_CLASS_PRIORITIES; p++)
        while (leaving->levels[p].n > 0) {
            HvRunItem *item = leaving->levels[p].heap[0];

            take_off(queue, item);
            place(queue, item);
        }
    queue->ops->lip_changed(queue->data, lip, false);
}
