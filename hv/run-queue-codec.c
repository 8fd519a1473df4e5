/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest's dispatcher, written down and read back.
 *
 * The heaps are written as they are, place by place: which item a LIP gives away depends on its place. Of a LIP that is not online nothing
 * is left, since nothing is on it, and tags only matter among those on one LIP. All counts follow from the items.
 *
 * What is read must be such that the arithmetic of hv/run-queue.c holds: an item still wants something, its heap is one, what was carried
 * is less than would have been divided, and no product of a need and a number of items overflows.
 */
#include "hv/codec.h"
#include "hv/run-queue-private.h"

#define NEED_MAX  (UINT64_C(1) << 57) /* ns, of one item: more than a distribution gives */
#define WORK_MAX  (UINT64_C(1) << 62) /* ns, of all items of a level */
#define ITEMS_MAX (UINT64_C(1) << 31)

HvTime hv_run_queue_left_ns(const HvRunQueue *queue, const HvRunItem *item)
{
    return item->lip == 0 ? item->need_ns : item->tag - queue->lips[item->lip]->levels[item->priority].given;
}

/* Who is where, by number; NULL: there is no such item. */
static HvRunItem *item_number_codec(const HvRunItem *item, const HvRunItemNames *names, HvCodec *codec)
{
    uint64_t number = hv_codec_reads(codec) ? 0 : names->number_of(names->data, item);

    hv_codec_u64(codec, &number);
    if (!hv_codec_reads(codec) || hv_codec_failed(codec))
        return NULL;
    HvRunItem *found = names->item_of(names->data, number);

    if (!found)
        hv_codec_fail(codec, "there is no job %" G_GUINT64_FORMAT " that runs, or it does twice", number);
    return found;
}

static void order_codec(const HvRunQueue *queue, HvRunItem *item, HvCodec *codec)
{
    hv_codec_u64(codec, &item->order);
    if (hv_codec_reads(codec) && item->order >= queue->next_order)
        hv_codec_fail(codec, "a job has a place in the order that was not given yet");
}

/* --- Items on LIPs -------------------------------------------------------------------------------------- */

static bool fits(const HvRunLevel *level, const HvRunItem *item)
{
    const HvRunItem *parent = item->place > 0 ? level->heap[(item->place - 1) / 2] : NULL;
    uint64_t need_ns = item->tag - level->given;

    return item->tag > level->given && need_ns <= NEED_MAX && need_ns <= WORK_MAX / level->n &&
           !(parent && hv_run_item_goes_before(item, parent));
}

static bool read_item(
    HvRunQueue *queue, unsigned lip, unsigned priority, unsigned place, const HvRunItemNames *names,
    HvCodec *codec)
{
    HvRunLevel *level = &queue->lips[lip]->levels[priority];
    HvRunItem *item = item_number_codec(NULL, names, codec);

    if (!item)
        return false;
    if (place == level->room) {
        level->room = MAX(4, 2 * level->room);
        level->heap = g_renew(HvRunItem *, level->heap, level->room);
    }
    level->heap[place] = item;
    item->lip = (uint16_t)lip;
    item->priority = (uint8_t)priority;
    item->place = place;
    hv_codec_u64(codec, &item->tag);
    order_codec(queue, item, codec);
    if (!fits(level, item))
        hv_codec_fail(codec, "a job is in the wrong place, or wants nothing or too much");
    return !hv_codec_failed(codec);
}

static void
level_codec(HvRunQueue *queue, unsigned lip, unsigned priority, const HvRunItemNames *names, HvCodec *codec)
{
    HvRunLevel *level = &queue->lips[lip]->levels[priority];
    size_t n = level->n;

    hv_codec_count(codec, &n, ITEMS_MAX);
    hv_codec_u64(codec, &level->given);
    hv_codec_u64(codec, &level->carry);
    if (!hv_codec_reads(codec)) {
        for (unsigned i = 0; i < n; i++) {
            item_number_codec(level->heap[i], names, codec);
            hv_codec_u64(codec, &level->heap[i]->tag);
            order_codec(queue, level->heap[i], codec);
        }
        return;
    }
    if (level->given > WORK_MAX || level->carry >= MAX(n, 1))
        hv_codec_fail(codec, "what a LIP has given is not what it can have given");
    level->n = (unsigned)n;
    for (unsigned i = 0; i < n; i++)
        if (!read_item(queue, lip, priority, i, names, codec)) {
            level->n = i; /* as many as there are */
            break;
        }
    queue->lips[lip]->n_items += level->n;
    queue->n_on_lips += level->n;
    queue->n_of[priority] += level->n;
}

static void lip_codec(HvRunQueue *queue, unsigned lip, const HvRunItemNames *names, HvCodec *codec)
{
    bool online = !hv_codec_reads(codec) && hv_run_queue_lip_is_online(queue, lip);

    hv_codec_bool(codec, &online);
    if (!online)
        return;
    if (hv_codec_reads(codec))
        hv_run_queue_lip_online(queue, lip);
    for (unsigned p = 1; p <= HV_CLASS_PRIORITIES; p++)
        level_codec(queue, lip, p, names, codec);
}

/* --- Items that wait for a LIP -------------------------------------------------------------------------- */

static void write_line(HvRunQueue *queue, unsigned priority, const HvRunItemNames *names, HvCodec *codec)
{
    size_t n = 0;

    for (const HvRunItem *item = queue->lines[priority].head; item; item = item->next)
        n++;
    hv_codec_count(codec, &n, ITEMS_MAX);
    for (HvRunItem *item = queue->lines[priority].head; item; item = item->next) {
        item_number_codec(item, names, codec);
        hv_codec_u64(codec, &item->need_ns);
    }
}

static void read_line(HvRunQueue *queue, unsigned priority, const HvRunItemNames *names, HvCodec *codec)
{
    HvRunLine *line = &queue->lines[priority];
    size_t n = 0;

    hv_codec_count(codec, &n, ITEMS_MAX);
    for (size_t i = 0; i < n; i++) {
        HvRunItem *item = item_number_codec(NULL, names, codec);

        if (!item)
            return;
        item->priority = (uint8_t)priority;
        hv_codec_u64(codec, &item->need_ns);
        if (item->need_ns == 0 || item->need_ns > NEED_MAX)
            hv_codec_fail(codec, "a job wants nothing or too much");
        *(line->tail ? &line->tail->next : &line->head) = item;
        line->tail = item;
        queue->n_waiting++;
        queue->n_of[priority]++;
    }
}

void hv_run_queue_codec(HvRunQueue *queue, const HvRunItemNames *names, HvCodec *codec)
{
    bool reads = hv_codec_reads(codec);
    size_t highest_lip = queue->highest_lip;

    g_assert(!reads || (queue->n_online == 0 && hv_run_queue_length(queue) == 0));
    hv_codec_begin(codec, "run queue", 1);
    hv_codec_u64(codec, &queue->next_order);
    hv_codec_count(codec, &highest_lip, HV_RUN_QUEUE_LIPS);
    for (unsigned lip = 1; lip <= highest_lip; lip++)
        lip_codec(queue, lip, names, codec);
    for (unsigned p = 1; p <= HV_CLASS_PRIORITIES; p++)
        (reads ? read_line : write_line)(queue, p, names, codec);
    hv_codec_end(codec);
}
