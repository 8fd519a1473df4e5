/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The trace for Perfetto, as JSON in the Chrome trace event format ("Trace Event Format", Google, 2016).
 *
 * Two sources: the dispatcher, which is watched (monitor/watch.h), and the records of the trace (hv/trace.h), of which those that
 * tell of INTEG, holds and relocations are taken. Each IP has a track with at most one event that is open: a LIP that goes on where it
 * stopped makes it longer, anything else ends it and it is written. Times are microseconds with three decimals, so nanoseconds.
 *
 *     IP's track:   nothing --ran--> one LIP --shared, or too many events--> several LIPs --> written
 *
 * What is written is in the order of time on each IP, not over all; readers sort.
 */
#include "svp/chrome-trace.h"

#include "monitor/watch.h"
#include "svp/busy-counter.h"

#include <inttypes.h>
#include <string.h>

/* Process ids; those of pools follow PID_POOLS by type. */
enum {
    PID_MACHINE = 1,
    PID_INTEG,
    PID_HOLDS,
    PID_RELOCATIONS, /* of MS; those of ES follow */
    PID_RELOCATIONS_ES,
    PID_SHARES,
    PID_POOLS,
};

/* What has not been written yet of an IP. */
typedef struct {
    bool open, shared;
    HvTime from_ns, to_ns;
    GArray *parts; /* MonitorWatchPart; one unless shared */
} Track;

struct SvpChromeTrace {
    MonitorSystem *system;
    FILE *stream;
    unsigned n_events, max_events; /* of IPs */
    unsigned n_ips;
    Track *tracks; /* [ip - 1] */
    SvpBusyCounter busy;
    HvTime step_ns; /* end of the step of INTEG before */
    HvTime hold_ns[RESMGR_MAX_LPARS + 1], relocation_ns[RESMGR_STORAGE_KINDS][RESMGR_MAX_LPARS + 1];
    bool any; /* something was written: a comma is due */
};

/* --- Writing -------------------------------------------------------------------------------------------- */

static const char *lpar_name_of(const SvpChromeTrace *trace, unsigned lpar)
{
    return resmgr_state_lpar(monitor_system_state(trace->system), lpar)->name;
}

static unsigned pid_of_ip(const SvpChromeTrace *trace, unsigned ip)
{
    const ResmgrState *state = monitor_system_state(trace->system);

    return state->ip_in_pool[ip - 1] ? PID_POOLS + (unsigned)state->definition->machine->ip_types[ip - 1]
                                     : PID_SHARES;
}

static void begin_event(SvpChromeTrace *trace, const char *phase, unsigned pid, unsigned tid)
{
    fprintf(
        trace->stream, "%s{\"ph\":\"%s\",\"pid\":%u,\"tid\":%u", trace->any ? ",\n" : "\n", phase, pid, tid);
    trace->any = true;
}

static void write_us(const SvpChromeTrace *trace, const char *name, HvTime ns)
{
    fprintf(trace->stream, ",\"%s\":%" PRIu64 ".%03u", name, ns / 1000, (unsigned)(ns % 1000));
}

/* The name of a process, or (tid not 0) of a thread. */
static void write_name(SvpChromeTrace *trace, unsigned pid, unsigned tid, const char *name)
{
    begin_event(trace, "M", pid, tid);
    fprintf(
        trace->stream, ",\"name\":\"%s\",\"args\":{\"name\":\"%s\"}}", tid ? "thread_name" : "process_name",
        name);
}

/* An event from one time to another, with what comes before its arguments; the caller ends it. */
static void write_span(
    SvpChromeTrace *trace, unsigned pid, unsigned tid, HvTime from_ns, HvTime to_ns, const char *category)
{
    begin_event(trace, "X", pid, tid);
    write_us(trace, "ts", from_ns);
    write_us(trace, "dur", to_ns - from_ns);
    fprintf(trace->stream, ",\"cat\":\"%s\"", category);
}

/* --- IPs ------------------------------------------------------------------------------------------------ */

static void write_ran(const SvpChromeTrace *trace, const MonitorRan *ran)
{
    fprintf(
        trace->stream, "{\"busy_ns\":%" PRIu64 ",\"management_ns\":%" PRIu64 ",\"dispatches\":%" PRIu64 "}",
        ran->busy_ns, ran->management_ns, ran->dispatches);
}

static void write_one(SvpChromeTrace *trace, const MonitorWatchPart *part)
{
    fprintf(trace->stream, ",\"name\":\"%s.%u\",\"args\":", lpar_name_of(trace, part->lpar), part->lip);
    write_ran(trace, &part->ran);
}

static void write_several(SvpChromeTrace *trace, const Track *track)
{
    fputs(",\"name\":\"shared\",\"args\":{\"lips\":{", trace->stream);
    for (unsigned i = 0; i < track->parts->len; i++) {
        const MonitorWatchPart *part = &g_array_index(track->parts, MonitorWatchPart, i);

        fprintf(trace->stream, "%s\"%s.%u\":", i ? "," : "", lpar_name_of(trace, part->lpar), part->lip);
        write_ran(trace, &part->ran);
    }
    fputs("}}", trace->stream);
}

static void close_track(SvpChromeTrace *trace, unsigned ip)
{
    Track *track = &trace->tracks[ip - 1];

    if (!track->open)
        return;
    write_span(
        trace, pid_of_ip(trace, ip), ip, track->from_ns, track->to_ns, track->shared ? "shared" : "lip");
    if (track->shared)
        write_several(trace, track);
    else
        write_one(trace, &g_array_index(track->parts, MonitorWatchPart, 0));
    fputc('}', trace->stream);
    trace->n_events++;
    track->open = false;
    g_array_set_size(track->parts, 0);
}

static void add_part(Track *track, const MonitorWatchPart *part)
{
    for (unsigned i = 0; i < track->parts->len; i++) {
        MonitorWatchPart *known = &g_array_index(track->parts, MonitorWatchPart, i);

        if (known->lpar != part->lpar || known->lip != part->lip)
            continue;
        known->ran.busy_ns += part->ran.busy_ns;
        known->ran.management_ns += part->ran.management_ns;
        known->ran.dispatches += part->ran.dispatches;
        return;
    }
    g_array_append_val(track->parts, *part);
}

/* Whether the open event of the IP can go on: by the same LIP, or the same LIPs taking turns, without a break. */
static bool
goes_on(const Track *track, bool shared, HvTime from_ns, const MonitorWatchPart *parts, unsigned n)
{
    if (!track->open || track->shared != shared || track->to_ns != from_ns || track->parts->len != n)
        return false;
    for (unsigned i = 0; i < n; i++) {
        const MonitorWatchPart *known = &g_array_index(track->parts, MonitorWatchPart, i);

        if (known->lpar != parts[i].lpar || known->lip != parts[i].lip)
            return false;
    }
    return true;
}

static void extend(
    SvpChromeTrace *trace, unsigned ip, bool shared, HvTime from_ns, HvTime to_ns,
    const MonitorWatchPart *parts, unsigned n_parts)
{
    Track *track = &trace->tracks[ip - 1];
    bool is_full = trace->n_events + trace->n_ips >= trace->max_events;
    HvTime busy_ns = 0;

    /* When there are too many events, the one that is open takes in all that follows. */
    if (is_full && track->open)
        track->shared = true;
    else if (!goes_on(track, shared, from_ns, parts, n_parts))
        close_track(trace, ip);
    if (!track->open) {
        track->open = true;
        track->shared = shared || is_full;
        track->from_ns = from_ns;
    }
    track->to_ns = to_ns;
    for (unsigned i = 0; i < n_parts; i++) {
        add_part(track, &parts[i]);
        busy_ns += parts[i].ran.busy_ns + parts[i].ran.management_ns;
    }
    svp_busy_counter_add(&trace->busy, from_ns, to_ns, busy_ns);
}

static void ran(void *data, unsigned ip, HvTime from_ns, HvTime to_ns, const MonitorWatchPart *part)
{
    extend(data, ip, /* shared= */ false, from_ns, to_ns, part, 1);
}

static void
shared(void *data, unsigned ip, HvTime from_ns, HvTime to_ns, const MonitorWatchPart *parts, unsigned n_parts)
{
    extend(data, ip, /* shared= */ true, from_ns, to_ns, parts, n_parts);
}

static const MonitorWatchOps watch_ops = {.ran = ran, .shared = shared};

/* --- INTEG ---------------------------------------------------------------------------------------------- */

/* A step has ended; the check, number 0, begins an INTEG. */
static void step_ended(SvpChromeTrace *trace, HvTime now, const char *what, const uint64_t *values)
{
    if (values[0] == 0)
        trace->step_ns = now;
    write_span(trace, PID_INTEG, 1, trace->step_ns, now, "integ");
    if (values[0] == 0)
        fprintf(trace->stream, ",\"name\":\"%scheck\"}", what);
    else
        fprintf(trace->stream, ",\"name\":\"%s%" PRIu64 "\"}", what, values[0]);
    trace->step_ns = now;
}

static void write_lpar_span(
    SvpChromeTrace *trace, unsigned pid, unsigned lpar, HvTime from_ns, HvTime to_ns, const char *name)
{
    write_span(trace, pid, lpar, from_ns, to_ns, "lpar");
    fprintf(trace->stream, ",\"name\":\"%s %s\"}", lpar_name_of(trace, lpar), name);
}

static void
recorded(void *data, HvTime now, const HvTraceEvent *event, const uint64_t *values, unsigned n_values)
{
    SvpChromeTrace *trace = data;

    g_assert(n_values > 0);
    if (strcmp(event->name, "integ.step") == 0)
        step_ended(trace, now, "", values);
    else if (strcmp(event->name, "integ.failed") == 0)
        step_ended(trace, now, "failed ", values);
    else if (strcmp(event->name, "integ.undone") == 0)
        step_ended(trace, now, "undone ", values);
    else if (strcmp(event->name, "lpar.hold") == 0)
        trace->hold_ns[values[0]] = now;
    else if (strcmp(event->name, "lpar.release") == 0)
        write_lpar_span(trace, PID_HOLDS, (unsigned)values[0], trace->hold_ns[values[0]], now, "held");
    else if (strcmp(event->name, "lpar.relocation-begin") == 0)
        trace->relocation_ns[values[1]][values[0]] = now;
    else if (strcmp(event->name, "lpar.relocated") == 0)
        write_lpar_span(
            trace, PID_RELOCATIONS + (unsigned)values[1], (unsigned)values[0],
            trace->relocation_ns[values[1]][values[0]], now, "relocated");
}

/* --- Beginning and end ---------------------------------------------------------------------------------- */

static void write_pools(SvpChromeTrace *trace)
{
    for (HvIpType type = 0; type < HV_IP_TYPES; type++) {
        g_autofree char *name = g_strdup_printf("Pool of %ss", hv_ip_type_name(type));
        bool named = false;

        for (unsigned ip = 1; ip <= trace->n_ips && !named; ip++) {
            named = pid_of_ip(trace, ip) == PID_POOLS + (unsigned)type;
            if (named)
                write_name(trace, PID_POOLS + (unsigned)type, 0, name);
        }
    }
}

static void write_names(SvpChromeTrace *trace)
{
    const ResmgrState *state = monitor_system_state(trace->system);

    write_name(trace, PID_MACHINE, 0, "Machine");
    write_name(trace, PID_INTEG, 0, "INTEG");
    write_name(trace, PID_HOLDS, 0, "Holds");
    write_name(trace, PID_RELOCATIONS, 0, "Relocations in MS");
    write_name(trace, PID_RELOCATIONS_ES, 0, "Relocations in ES");
    write_name(trace, PID_SHARES, 0, "IPs divided by shares");
    write_pools(trace);
    write_name(trace, PID_INTEG, 1, "steps");
    for (unsigned ip = 1; ip <= trace->n_ips; ip++) {
        g_autofree char *name = g_strdup_printf("IP %u", ip);

        write_name(trace, pid_of_ip(trace, ip), ip, name);
    }
    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = g_ptr_array_index(state->lpars, i);

        write_name(trace, PID_HOLDS, lpar->number, lpar->name);
        write_name(trace, PID_RELOCATIONS, lpar->number, lpar->name);
        write_name(trace, PID_RELOCATIONS_ES, lpar->number, lpar->name);
    }
}

SvpChromeTrace *svp_chrome_trace_new_limited(MonitorSystem *system, FILE *stream, unsigned max_events)
{
    SvpChromeTrace *trace = g_new0(SvpChromeTrace, 1);

    trace->system = system;
    trace->stream = stream;
    trace->max_events = max_events;
    trace->n_ips = monitor_system_definition(system)->machine->n_ips;
    trace->tracks = g_new0(Track, trace->n_ips);
    for (unsigned ip = 1; ip <= trace->n_ips; ip++)
        trace->tracks[ip - 1].parts = g_array_new(FALSE, FALSE, sizeof(MonitorWatchPart));
    svp_busy_counter_init(&trace->busy);
    fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", stream);
    write_names(trace);
    monitor_system_watch(system, &watch_ops, trace);
    hv_trace_listen(monitor_system_trace(system), recorded, trace);
    return trace;
}

SvpChromeTrace *svp_chrome_trace_new(MonitorSystem *system, FILE *stream)
{
    return svp_chrome_trace_new_limited(system, stream, SVP_CHROME_EVENTS);
}

/* A value where it changes. */
static void write_counter(SvpChromeTrace *trace)
{
    HvTime now = monitor_system_now(trace->system);
    double before = -1.0;

    for (unsigned i = 0; i < trace->busy.busy_ns->len; i++) {
        double mean = svp_busy_counter_mean(&trace->busy, i, now);
        char text[G_ASCII_DTOSTR_BUF_SIZE];

        if (mean == before)
            continue;
        begin_event(trace, "C", PID_MACHINE, 1);
        write_us(trace, "ts", i * trace->busy.length_ns);
        fprintf(
            trace->stream, ",\"name\":\"busy IPs\",\"args\":{\"IPs\":%s}}",
            g_ascii_formatd(text, sizeof(text), "%.4f", mean));
        before = mean;
    }
}

void svp_chrome_trace_end(SvpChromeTrace *trace)
{
    if (!trace)
        return;
    hv_trace_listen(monitor_system_trace(trace->system), NULL, NULL);
    monitor_system_watch(trace->system, NULL, NULL);
    for (unsigned ip = 1; ip <= trace->n_ips; ip++)
        close_track(trace, ip);
    write_counter(trace);
    fputs("\n]}\n", trace->stream);
    for (unsigned ip = 1; ip <= trace->n_ips; ip++)
        g_array_unref(trace->tracks[ip - 1].parts);
    svp_busy_counter_clear(&trace->busy);
    g_free(trace->tracks);
    g_free(trace);
}
