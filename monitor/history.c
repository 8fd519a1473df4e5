/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The history of a system: a sample at the beginning, and one at the end of each interval since.
 *
 *     base        grid      grid + i     grid + 2i    ...      now
 *      |-----------|-----------|-----------|-----------|--------|
 *                        samples[0]   samples[1]  samples[2]
 *
 * The base is where the measurement begins. It is the grid too, until the interval is changed: then the grid begins anew, and what
 * lies between the two is one interval of its own.
 *
 * An event of the engine takes the samples, the last of its moment. Taking one settles the accounts, which anybody may do at any
 * nanosecond, and nothing else; so INTEG and RUN are interrupted nowhere and nobody notices. When the array is full, the samples
 * with even numbers (from 1) stay, which are those of an interval twice as long.
 *
 * Owns its samples and its event.
 */
#include "monitor/history.h"

#include "monitor/error.h"
#include "monitor/system-private.h"

struct MonitorHistory {
    MonitorSystem *system;
    MonitorSample *base, *grid; /* one and the same if the times are */
    HvTime interval_ns;
    GPtrArray *samples; /* MonitorSample *, the nth (from 0) of the end of interval n + 1 of the grid */
    size_t bytes;       /* of their histograms, which are most of them */
    HvEvent event;
};

static void sample_free(void *data)
{
    monitor_sample_free(data);
}

static HvTime end_of_next(const MonitorHistory *history)
{
    return history->grid->at_ns + (history->samples->len + 1) * history->interval_ns;
}

/* The clock stops before the sum could overflow. */
static void queue_next(MonitorHistory *history)
{
    HvTime last_ns = history->grid->at_ns + history->samples->len * history->interval_ns;

    if (history->interval_ns < (HvTime)G_MAXINT64 - MIN(last_ns, (HvTime)G_MAXINT64))
        hv_engine_at(history->system->engine, &history->event, end_of_next(history));
    else
        hv_engine_cancel(history->system->engine, &history->event);
}

static size_t sample_bytes(const MonitorSample *sample)
{
    size_t bytes = 0;

    for (unsigned i = 0; i < sample->classes->len; i++)
        bytes += hv_histogram_bytes(g_array_index(sample->classes, MonitorClassSample, i).responses);
    return bytes;
}

static bool is_full(const MonitorHistory *history)
{
    return history->samples->len == MONITOR_HISTORY_SAMPLES ||
           (history->bytes > MONITOR_HISTORY_BYTES &&
            history->samples->len >= MONITOR_HISTORY_SAMPLES_LEAST && history->samples->len % 2 == 0);
}

static void thin_out(MonitorHistory *history)
{
    for (unsigned i = history->samples->len; i > 0; i--)
        if (i % 2 == 1) {
            history->bytes -= sample_bytes(g_ptr_array_index(history->samples, i - 1));
            g_ptr_array_remove_index(history->samples, i - 1);
        }
    history->interval_ns *= 2;
}

static void interval_ended(HvEvent *event, void *data)
{
    MonitorHistory *history = data;

    (void)event;
    MonitorSample *sample = monitor_sample_take(history->system);

    g_ptr_array_add(history->samples, sample);
    history->bytes += sample_bytes(sample);
    if (is_full(history))
        thin_out(history);
    queue_next(history);
}

static void forget_samples(MonitorHistory *history)
{
    g_ptr_array_set_size(history->samples, 0);
    history->bytes = 0;
    if (history->grid != history->base)
        monitor_sample_free(history->grid);
    history->grid = NULL;
}

static void begin_grid(MonitorHistory *history, MonitorSample *now)
{
    forget_samples(history);
    history->grid = now;
    queue_next(history);
}

static void begin(MonitorHistory *history)
{
    forget_samples(history);
    monitor_sample_free(history->base);
    history->base = monitor_sample_take(history->system);
    begin_grid(history, history->base);
}

/* With another interval. A measurement that has just begun has nothing behind it. */
static void change_interval(MonitorHistory *history, HvTime interval_ns)
{
    history->interval_ns = interval_ns;
    if (monitor_system_now(history->system) == history->base->at_ns)
        begin(history);
    else
        begin_grid(history, monitor_sample_take(history->system));
}

static MonitorHistory *history_new(MonitorSystem *system, HvTime interval_ns)
{
    MonitorHistory *history = g_new0(MonitorHistory, 1);

    history->system = system;
    history->interval_ns = interval_ns;
    history->samples = g_ptr_array_new_with_free_func(sample_free);
    hv_event_init(&history->event, HV_PRIORITY_SVP, interval_ended, history);
    return history;
}

void monitor_system_record(MonitorSystem *system, HvTime interval_ns)
{
    MonitorHistory *history = system->history;

    g_assert(interval_ns > 0);
    if (history) {
        change_interval(history, interval_ns);
        return;
    }
    system->history = history_new(system, interval_ns);
    begin(system->history);
}

void monitor_history_restart(MonitorHistory *history)
{
    begin(history);
}

void monitor_history_forget(MonitorHistory *history, unsigned lpar)
{
    monitor_sample_forget(history->base, lpar);
    if (history->grid != history->base)
        monitor_sample_forget(history->grid, lpar);
    history->bytes = 0;
    for (unsigned i = 0; i < history->samples->len; i++) {
        monitor_sample_forget(g_ptr_array_index(history->samples, i), lpar);
        history->bytes += sample_bytes(g_ptr_array_index(history->samples, i));
    }
}

void monitor_history_free(MonitorHistory *history)
{
    if (!history)
        return;
    hv_engine_cancel(history->system->engine, &history->event);
    forget_samples(history);
    monitor_sample_free(history->base);
    g_ptr_array_unref(history->samples);
    g_free(history);
}

const MonitorHistory *monitor_system_history(const MonitorSystem *system)
{
    return system->history;
}

HvTime monitor_history_interval_ns(const MonitorHistory *history)
{
    return history->interval_ns;
}

unsigned monitor_history_length(const MonitorHistory *history)
{
    return history->samples->len;
}

HvTime monitor_history_begun_ns(const MonitorHistory *history)
{
    return history->base->at_ns;
}

/* --- Differences ---------------------------------------------------------------------------------------- */

static bool is_possible(const MonitorHistory *history, HvTime interval_ns, GError **error)
{
    g_autofree char *asked = hv_quantity_format_duration(interval_ns);
    g_autofree char *kept = hv_quantity_format_duration(history->interval_ns);

    if (interval_ns > 0 && interval_ns % history->interval_ns == 0)
        return true;
    g_set_error(
        error, MONITOR_ERROR, MONITOR_ERROR_INTERVAL,
        "There is no report for intervals of %s: figures were kept every %s\nGive %s or a multiple of it; "
        "SET INTERVAL before RUN keeps others",
        asked, kept, kept);
    return false;
}

/* The ends of the intervals, from the base on to now. */
static GPtrArray *ends(const MonitorHistory *history, HvTime interval_ns, MonitorSample *now)
{
    GPtrArray *ends = g_ptr_array_new();
    uint64_t step = interval_ns / history->interval_ns;

    g_ptr_array_add(ends, history->base);
    if (history->grid != history->base)
        g_ptr_array_add(ends, history->grid);
    for (uint64_t n = step; n <= history->samples->len; n += step)
        g_ptr_array_add(ends, g_ptr_array_index(history->samples, n - 1));
    if (((MonitorSample *)g_ptr_array_index(ends, ends->len - 1))->at_ns < now->at_ns)
        g_ptr_array_add(ends, now);
    return ends;
}

GPtrArray *monitor_system_intervals(MonitorSystem *system, HvTime interval_ns, GError **error)
{
    g_assert(system->history);
    if (!is_possible(system->history, interval_ns, error))
        return NULL;
    g_autoptr(MonitorSample) now = monitor_sample_take(system);
    g_autoptr(GPtrArray) moments = ends(system->history, interval_ns, now);
    GPtrArray *intervals = g_ptr_array_new_with_free_func(sample_free);

    for (unsigned i = 1; i < moments->len; i++)
        g_ptr_array_add(
            intervals,
            monitor_sample_since(g_ptr_array_index(moments, i - 1), g_ptr_array_index(moments, i)));
    return intervals;
}

MonitorSample *monitor_system_whole(MonitorSystem *system)
{
    g_assert(system->history);
    g_autoptr(MonitorSample) now = monitor_sample_take(system);

    return monitor_sample_since(system->history->base, now);
}

/* --- Written down and read back -------------------------------------------------------------------------- */

static MonitorSample *sample_codec(MonitorHistory *history, MonitorSample *sample, HvCodec *codec)
{
    MonitorSample *known = sample ? sample : monitor_sample_new(monitor_usage_new(history->system->dispatch));

    monitor_sample_codec(known, history->system, codec);
    return known;
}

static void samples_codec(MonitorHistory *history, HvCodec *codec)
{
    size_t count = history->samples->len;
    bool has_grid = history->grid != history->base;

    history->base = sample_codec(history, history->base, codec);
    hv_codec_bool(codec, &has_grid);
    if (hv_codec_reads(codec))
        history->grid = has_grid ? NULL : history->base;
    if (has_grid)
        history->grid = sample_codec(history, history->grid, codec);
    hv_codec_count(codec, &count, MONITOR_HISTORY_SAMPLES);
    for (unsigned i = 0; i < count; i++) {
        MonitorSample *sample = hv_codec_reads(codec) ? NULL : g_ptr_array_index(history->samples, i);

        sample = sample_codec(history, sample, codec);
        if (!hv_codec_reads(codec))
            continue;
        g_ptr_array_add(history->samples, sample);
        history->bytes += sample_bytes(sample);
    }
}

void monitor_history_codec(MonitorSystem *system, HvCodec *codec)
{
    bool records = system->history != NULL;

    g_assert(!hv_codec_reads(codec) || !records);
    hv_codec_begin(codec, "history", 1);
    hv_codec_bool(codec, &records);
    if (records && !system->history)
        system->history = history_new(system, 0);
    if (records) {
        hv_codec_u64(codec, &system->history->interval_ns);
        samples_codec(system->history, codec);
        hv_codec_event(codec, &system->history->event);
        if (system->history->interval_ns == 0)
            hv_codec_fail(codec, "an interval of 0 ns is not possible");
    }
    hv_codec_end(codec);
}
