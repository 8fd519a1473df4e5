/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_TRACE_H
#define LPARSIM_HV_TRACE_H

#include "hv/quantity.h"

#include <stdio.h>

/*
 * What happened, as a sequence of declared events. Each record is (time, event, up to HV_TRACE_FIELDS
 * unsigned numbers). A running SHA-256 over all records is the digest of the run: two runs are the same if
 * and only if their digests are. Sinks get the records as text or as JSON lines; having a sink or not never
 * changes the digest.
 */
#define HV_TRACE_FIELDS   6
#define HV_TRACE_KEPT_MAX 100000u

/* A kind of event, declared once as a const object by the layer that emits it. */
typedef struct {
    const char *name;                    /* "<layer>.<what>", e.g. "monitor.transfer" */
    const char *fields[HV_TRACE_FIELDS]; /* names of its numbers, NULL after the last */
} HvTraceEvent;

typedef struct HvTrace HvTrace;
struct HvCodec;

typedef enum {
    HV_TRACE_TEXT, /* "   10.000000000 monitor.transfer from=1 to=2" */
    HV_TRACE_JSON, /* {"t_ns":10000000000,"event":"monitor.transfer","from":1,"to":2} */
} HvTraceFormat;

HvTrace *hv_trace_new(void);
void hv_trace_free(HvTrace *trace);

/*
 * Writes every later record to `stream` too, which stays the caller's and must live until hv_trace_free() or
 * hv_trace_remove_sink(). Several sinks are allowed.
 */
void hv_trace_add_sink(HvTrace *trace, FILE *stream, HvTraceFormat format);
void hv_trace_remove_sink(HvTrace *trace, FILE *stream);
/* Calls `func` with every later record; one listener at a time, NULL: none. It must not record anything itself. */
typedef void (*HvTraceFunc)(
    void *data, HvTime now, const HvTraceEvent *event, const uint64_t *values, unsigned n_values);
void hv_trace_listen(HvTrace *trace, HvTraceFunc func, void *data);
/* Keeps the last `capacity` records, at most HV_TRACE_KEPT_MAX (asserted), for DISPLAY TRACE; 0 keeps none. */
void hv_trace_keep(HvTrace *trace, unsigned capacity);
/* Calls `visit` with the text of each of the last `count` kept records (no newline), oldest first. */
void hv_trace_foreach_kept(
    const HvTrace *trace, unsigned count, void (*visit)(const char *text, void *data), void *data);

/*
 * Records an event; the number of values must be the number of fields declared (asserted). Use the macro:
 *     hv_trace_emit(trace, now, &monitor_ev_transfer, from, to);
 */
void hv_trace_record(
    HvTrace *trace, HvTime now, const HvTraceEvent *event, const uint64_t *values, unsigned n_values);
#define hv_trace_emit(trace, now, event, ...)                                                                \
    do {                                                                                                     \
        const uint64_t hv_trace_values_[] = {__VA_ARGS__};                                                   \
        hv_trace_record((trace), (now), (event), hv_trace_values_, G_N_ELEMENTS(hv_trace_values_));          \
    } while (0)

/* 64 hexadecimal digits over all records so far; free with g_free(). The trace can go on. */
char *hv_trace_digest(const HvTrace *trace);
uint64_t hv_trace_count(const HvTrace *trace);
/* The digest under way, the count and what was kept; sinks and the listener are not state. */
void hv_trace_codec(HvTrace *trace, struct HvCodec *codec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvTrace, hv_trace_free)

#endif
