/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The trace: records, their digest, and where they are written.
 *
 * The digest is a SHA-256 over the records in order, each encoded as
 *
 *     time (8 bytes), length of the name (1 byte), name, then each number (8 bytes)       all little-endian
 *
 * so it depends on what happened and when, and neither on the host's byte order nor on how events are
 * declared in memory. Names of fields are not part of it: they only explain the numbers to a reader.
 *
 * Owns the ring of kept texts; sinks belong to their callers.
 */
#include "hv/trace.h"

#include "hv/digest.h"

#include <inttypes.h>
#include <string.h>

typedef struct {
    FILE *stream;
    HvTraceFormat format;
} TraceSink;

struct HvTrace {
    HvDigest digest;
    uint64_t count;
    GArray *sinks;        /* TraceSink */
    HvTraceFunc listener; /* NULL: none */
    void *listener_data;
    GQueue kept; /* char *, oldest first */
    unsigned keep_capacity;
};

HvTrace *hv_trace_new(void)
{
    HvTrace *trace = g_new0(HvTrace, 1);

    hv_digest_init(&trace->digest);
    trace->sinks = g_array_new(FALSE, FALSE, sizeof(TraceSink));
    g_queue_init(&trace->kept);
    return trace;
}

void hv_trace_free(HvTrace *trace)
{
    if (!trace)
        return;
    g_array_unref(trace->sinks);
    g_queue_clear_full(&trace->kept, g_free);
    g_free(trace);
}

void hv_trace_add_sink(HvTrace *trace, FILE *stream, HvTraceFormat format)
{
    const TraceSink sink = {.stream = stream, .format = format};

    g_array_append_val(trace->sinks, sink);
}

void hv_trace_remove_sink(HvTrace *trace, FILE *stream)
{
    for (unsigned i = trace->sinks->len; i > 0; i--)
        if (g_array_index(trace->sinks, TraceSink, i - 1).stream == stream)
            g_array_remove_index(trace->sinks, i - 1);
}

void hv_trace_listen(HvTrace *trace, HvTraceFunc func, void *data)
{
    trace->listener = func;
    trace->listener_data = data;
}

void hv_trace_keep(HvTrace *trace, unsigned capacity)
{
    g_assert(capacity <= HV_TRACE_KEPT_MAX);
    trace->keep_capacity = capacity;
    while (g_queue_get_length(&trace->kept) > capacity)
        g_free(g_queue_pop_head(&trace->kept));
}

void hv_trace_foreach_kept(
    const HvTrace *trace, unsigned count, void (*visit)(const char *text, void *data), void *data)
{
    unsigned kept = trace->kept.length, skip = kept > count ? kept - count : 0;

    for (const GList *link = trace->kept.head; link; link = link->next) {
        if (skip > 0)
            skip--;
        else
            visit(link->data, data);
    }
}

static unsigned count_fields(const HvTraceEvent *event)
{
    unsigned n = 0;

    while (n < HV_TRACE_FIELDS && event->fields[n])
        n++;
    return n;
}

static void encode_u64(guint8 *bytes, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (guint8)(value >> (8 * i));
}

static void digest_record(
    HvTrace *trace, HvTime now, const HvTraceEvent *event, const uint64_t *values, unsigned n_values)
{
    size_t name_length = strlen(event->name);
    guint8 bytes[8 + 1 + UINT8_MAX + 8 * HV_TRACE_FIELDS];
    gsize length = 9 + name_length;

    g_assert(name_length <= UINT8_MAX);
    encode_u64(bytes, now);
    bytes[8] = (guint8)name_length;
    memcpy(bytes + 9, event->name, name_length);
    for (unsigned i = 0; i < n_values; i++, length += 8)
        encode_u64(bytes + length, values[i]);
    hv_digest_update(&trace->digest, bytes, length);
}

static void
append_text(GString *text, HvTime now, const HvTraceEvent *event, const uint64_t *values, unsigned n_values)
{
    g_string_append_printf(
        text, "%5" PRIu64 ".%09" PRIu64 " %s", now / HV_NS_PER_S, now % HV_NS_PER_S, event->name);
    for (unsigned i = 0; i < n_values; i++)
        g_string_append_printf(text, " %s=%" PRIu64, event->fields[i], values[i]);
}

static void
append_json(GString *text, HvTime now, const HvTraceEvent *event, const uint64_t *values, unsigned n_values)
{
    g_string_append_printf(text, "{\"t_ns\":%" PRIu64 ",\"event\":\"%s\"", now, event->name);
    for (unsigned i = 0; i < n_values; i++)
        g_string_append_printf(text, ",\"%s\":%" PRIu64, event->fields[i], values[i]);
    g_string_append_c(text, '}');
}

static void keep_text(HvTrace *trace, GString *text)
{
    if (g_queue_get_length(&trace->kept) == trace->keep_capacity)
        g_free(g_queue_pop_head(&trace->kept));
    g_queue_push_tail(&trace->kept, g_strdup(text->str));
}

static void
write_sinks(HvTrace *trace, HvTime now, const HvTraceEvent *event, const uint64_t *values, unsigned n_values)
{
    for (unsigned i = 0; i < trace->sinks->len; i++) {
        const TraceSink *sink = &g_array_index(trace->sinks, TraceSink, i);
        g_autoptr(GString) text = g_string_new(NULL);

        (sink->format == HV_TRACE_JSON ? append_json : append_text)(text, now, event, values, n_values);
        g_string_append_c(text, '\n');
        fputs(text->str, sink->stream);
    }
}

void hv_trace_record(
    HvTrace *trace, HvTime now, const HvTraceEvent *event, const uint64_t *values, unsigned n_values)
{
    g_assert(n_values == count_fields(event));
    digest_record(trace, now, event, values, n_values);
    trace->count++;
    write_sinks(trace, now, event, values, n_values);
    if (trace->listener)
        trace->listener(trace->listener_data, now, event, values, n_values);
    if (trace->keep_capacity > 0) {
        g_autoptr(GString) text = g_string_new(NULL);

        append_text(text, now, event, values, n_values);
        keep_text(trace, text);
    }
}

char *hv_trace_digest(const HvTrace *trace)
{
    return hv_digest_hex(&trace->digest);
}

uint64_t hv_trace_count(const HvTrace *trace)
{
    return trace->count;
}

/* What was kept for DISPLAY TRACE goes along, so that it shows the same. */
static void kept_codec(HvTrace *trace, HvCodec *codec)
{
    size_t n = g_queue_get_length(&trace->kept);

    hv_codec_count(codec, &n, HV_TRACE_KEPT_MAX);
    if (hv_codec_reads(codec))
        g_queue_clear_full(&trace->kept, g_free);
    for (size_t i = 0; i < n; i++) {
        char *text = hv_codec_reads(codec) ? NULL : g_queue_peek_nth(&trace->kept, (guint)i);

        hv_codec_string(codec, &text);
        if (hv_codec_reads(codec))
            g_queue_push_tail(&trace->kept, text ? text : g_strdup(""));
    }
}

void hv_trace_codec(HvTrace *trace, HvCodec *codec)
{
    hv_codec_begin(codec, "trace", 1);
    hv_digest_codec(&trace->digest, codec);
    hv_codec_u64(codec, &trace->count);
    kept_codec(trace, codec);
    hv_codec_end(codec);
}
