/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The commands that AT has queued on a machine with real guests.
 *
 * Nothing of such a machine is done again at the next start, AT neither; so the queue is a record of its own in the journal, written when it has
 * changed. The machine's clock is the host's, begun anew at each start: the record says at which moment it began, and a command keeps
 * its moment. One whose moment has passed while nobody was there is not carried out late: it is said, for the operator to decide.
 *
 * When a command leaves the queue its entry is written first, then the queue; of a crash between the two the entry tells.
 */
#include "svp/console-private.h"
#include "svp/state-private.h"

#include "svp/message.h"

#include <string.h>

#define KEY_QUEUE "queue" /* of the journal's meta table */

json_t *svp_state_queue_json(const SvpState *state)
{
    json_t *queued = json_array();

    for (unsigned i = 0; i < state->console->queued->len; i++) {
        const SvpQueued *one = g_ptr_array_index(state->console->queued, i);

        json_array_append_new(
            queued, json_pack(
                        "{s:I,s:s,s:s}", "due_ns", (json_int_t)one->due_ns, "command", one->call->text,
                        "source", one->source));
    }
    return queued;
}

bool svp_state_queue_add(SvpState *state, const json_t *one, HvTime due_ns)
{
    const char *text = json_string_value(json_object_get(one, "command"));
    const char *source = json_string_value(json_object_get(one, "source"));
    SvpCall *call = text ? svp_command_parse(svp_console_state(state->console), text, NULL, NULL) : NULL;

    if (call)
        svp_console_queue(state->console, due_ns, call, source ? source : "");
    return call != NULL;
}

/* The host's time at which the machine's clock stood at 0. */
static gint64 clock_begin_us(const SvpState *state)
{
    return g_get_real_time() - (gint64)(monitor_system_now(state->system) / 1000);
}

bool svp_state_write_queue(SvpState *state, GError **error)
{
    json_t *queued = svp_state_queue_json(state);
    char *now = json_dumps(queued, JSON_COMPACT);
    bool same = g_strcmp0(now, state->queue ? state->queue : "[]") == 0;
    json_t *record =
        json_pack("{s:I,s:o}", "clock_begin_us", (json_int_t)clock_begin_us(state), "queued", queued);
    char *text = json_dumps(record, JSON_COMPACT);
    bool written = same || resmgr_journal_set(state->journal, KEY_QUEUE, text, error);

    if (written && !same) {
        g_free(state->queue);
        state->queue = g_strdup(now);
    }
    free(text);
    json_decref(record);
    free(now);
    return written;
}

/* It was being carried out when the program ended: its entry says what became of it. */
static bool was_taken(const json_t *one, const ResmgrEntry *last)
{
    return last && last->text && last->due_ns == (HvTime)json_integer_value(json_object_get(one, "due_ns")) &&
           g_strcmp0(last->text, json_string_value(json_object_get(one, "command"))) == 0;
}

static void take_one(SvpState *state, const json_t *one, gint64 begun_us, GPtrArray *notes)
{
    gint64 due_us = begun_us + json_integer_value(json_object_get(one, "due_ns")) / 1000;
    gint64 from_now_us = due_us - clock_begin_us(state);
    const char *command = json_string_value(json_object_get(one, "command"));

    if (from_now_us > 0 && svp_state_queue_add(state, one, (HvTime)from_now_us * 1000))
        return;
    g_autoptr(GDateTime) due = g_date_time_new_from_unix_local(due_us / G_USEC_PER_SEC);
    g_autofree char *shown = g_date_time_format(due, "%Y-%m-%d %H:%M:%S");

    svp_state_note(
        notes, SVP_MESSAGE_QUEUED,
        "Not carried out: %s, which AT had queued for %s, when no console was there; give it again if it is "
        "still "
        "wanted",
        command ? command : "a command", shown);
}

void svp_state_read_queue(SvpState *state, const ResmgrEntry *last, GPtrArray *notes)
{
    g_autofree char *text = resmgr_journal_get(state->journal, KEY_QUEUE);
    json_t *record = text ? json_loads(text, 0, NULL) : NULL;
    const json_t *queued = json_object_get(record, "queued");
    gint64 begun_us = json_integer_value(json_object_get(record, "clock_begin_us"));

    for (size_t i = 0; i < json_array_size(queued); i++)
        if (!was_taken(json_array_get(queued, i), last))
            take_one(state, json_array_get(queued, i), begun_us, notes);
    state->queue = g_strdup(record ? "" : NULL); /* unlike any: the clock has begun anew */
    json_decref(record);
}
