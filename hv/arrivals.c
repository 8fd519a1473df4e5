/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Open sources of jobs at work: the time of one arrival after the other.
 *
 * A Poisson process is a modulated one with a single state that does not end, so there is one piece of code for both: in a state the
 * time to the next arrival is exponential; if it lies behind the end of the state, time moves to that end, the next state begins,
 * and the time is drawn anew, which is right because an exponential time has no memory. Times are whole nanoseconds; the parts of a
 * nanosecond are carried on, so that rounding changes no rate. A file is read a buffer at a time.
 *
 * What must hold: no arrival lies before the one before it; once there is none any more, there is never one again. Reading the text
 * is in hv/arrivals-parse.c.
 */
#include "hv/arrivals-private.h"
#include "hv/codec.h"
#include "hv/error.h"
#include "hv/float.h"
#include "hv/line-reader.h"

#include <math.h>
#include <string.h>

#define LAST_NS (UINT64_C(1) << 63) /* later arrivals do not come: simulated time has come to its end */
#define FILE_REMEDY                                                                                          \
    "Give one arrival a line, as seconds with up to nine decimals, none before the line above, as in 12.5"

struct HvArrivals {
    HvArrivalsDef *def;
    HvRng rng;
    HvTime now_ns;
    double fraction_ns; /* of a nanosecond, carried on; 0 .. 1 */
    unsigned state;
    double left_ns; /* of the state, from now on */
    HvLineReader *reader;
    GError *problem;
    bool ended;
};

static double draw_exponential(HvRng *rng, double mean)
{
    return -hv_float_log(1 - hv_rng_unit(rng)) * mean;
}

static void enter_state(HvArrivals *arrivals, unsigned state)
{
    double mean_ns = (double)arrivals->def->states[state].mean_ns;

    arrivals->state = state;
    arrivals->left_ns = arrivals->def->n_states == 1 ? INFINITY : draw_exponential(&arrivals->rng, mean_ns);
}

HvArrivals *hv_arrivals_new(const HvArrivalsDef *def, const HvRng *rng)
{
    HvArrivals *arrivals = g_new0(HvArrivals, 1);

    arrivals->def = hv_arrivals_def_ref((HvArrivalsDef *)(uintptr_t)def);
    arrivals->rng = *rng;
    if (def->n_states > 0)
        enter_state(arrivals, 0);
    if (def->kind == HV_ARRIVALS_FILE)
        arrivals->reader = hv_line_reader_open(def->file, def->directory, &arrivals->problem);
    return arrivals;
}

void hv_arrivals_free(HvArrivals *arrivals)
{
    if (!arrivals)
        return;
    hv_line_reader_free(arrivals->reader);
    g_clear_error(&arrivals->problem);
    hv_arrivals_def_unref(arrivals->def);
    g_free(arrivals);
}

/* --- Poisson processes, modulated or not ------------------------------------------------------------------------ */

/* False: that would be after the end of time. */
static bool advance(HvArrivals *arrivals, double by_ns)
{
    double total_ns = arrivals->fraction_ns + by_ns;

    if (arrivals->now_ns >= LAST_NS || total_ns >= (double)(LAST_NS - arrivals->now_ns))
        return false;
    HvTime whole_ns = (HvTime)total_ns;

    arrivals->now_ns += whole_ns;
    arrivals->fraction_ns = total_ns - (double)whole_ns;
    return true;
}

static double draw_gap(HvArrivals *arrivals)
{
    double gap_ns = arrivals->def->states[arrivals->state].gap_ns;

    return gap_ns > 0 ? draw_exponential(&arrivals->rng, gap_ns) : INFINITY;
}

static bool next_modulated(HvArrivals *arrivals)
{
    double gap_ns = draw_gap(arrivals);

    while (gap_ns > arrivals->left_ns) {
        if (!advance(arrivals, arrivals->left_ns))
            return false;
        enter_state(arrivals, (arrivals->state + 1) % arrivals->def->n_states);
        gap_ns = draw_gap(arrivals);
    }
    arrivals->left_ns -= gap_ns;
    return advance(arrivals, gap_ns);
}

/* --- The other kinds -------------------------------------------------------------------------------------------- */

static bool next_every(HvArrivals *arrivals)
{
    if (arrivals->def->every_ns >= LAST_NS - arrivals->now_ns)
        return false;
    arrivals->now_ns += arrivals->def->every_ns;
    return true;
}

/* "12.5": seconds as nanoseconds, up to the end of time. */
static bool read_seconds(const char *text, HvTime *ret_ns)
{
    static const uint64_t units[] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                     10000,      1000,      100,      10,      1};
    uint64_t seconds = 0, fraction = 0;
    unsigned decimals = 0;
    const char *c = text;

    for (; g_ascii_isdigit(*c) && seconds < LAST_NS / HV_NS_PER_S; c++)
        seconds = seconds * 10 + (uint64_t)(*c - '0');
    if (c == text || seconds >= LAST_NS / HV_NS_PER_S)
        return false;
    if (*c == '.') {
        for (c++; g_ascii_isdigit(*c) && decimals < 9; c++, decimals++)
            fraction = fraction * 10 + (uint64_t)(*c - '0');
        if (decimals == 0)
            return false;
    }
    *ret_ns = seconds * HV_NS_PER_S + fraction * units[decimals];
    return *c == '\0';
}

static bool refuse_line(HvArrivals *arrivals, const char *line, const char *why)
{
    g_autofree char *quoted = g_strescape(line, NULL);
    g_autofree char *what = g_strdup_printf("\"%.80s\" %s", quoted, why);

    return hv_line_reader_refuse(arrivals->reader, what, FILE_REMEDY, &arrivals->problem);
}

static bool next_in_file(HvArrivals *arrivals)
{
    const char *line = arrivals->reader ? hv_line_reader_next(arrivals->reader, &arrivals->problem) : NULL;
    HvTime at_ns;

    if (!line)
        return false;
    if (!read_seconds(line, &at_ns))
        return refuse_line(arrivals, line, "is no number of seconds");
    if (at_ns < arrivals->now_ns)
        return refuse_line(arrivals, line, "is before the arrival of the line above");
    arrivals->now_ns = at_ns;
    return true;
}

static bool (*const next_of_kind[])(HvArrivals *arrivals) = {
    [HV_ARRIVALS_POISSON] = next_modulated,
    [HV_ARRIVALS_EVERY] = next_every,
    [HV_ARRIVALS_MMPP] = next_modulated,
    [HV_ARRIVALS_FILE] = next_in_file,
};

HvTime hv_arrivals_next(HvArrivals *arrivals)
{
    if (!arrivals->ended)
        arrivals->ended = !next_of_kind[arrivals->def->kind](arrivals);
    return arrivals->ended ? HV_TIME_NEVER : arrivals->now_ns;
}

const char *hv_arrivals_problem(const HvArrivals *arrivals)
{
    return arrivals->problem ? arrivals->problem->message : NULL;
}

/* --- Written down and read back --------------------------------------------------------------------------------- */

static void problem_codec(HvArrivals *arrivals, HvCodec *codec)
{
    g_autofree char *message = g_strdup(hv_arrivals_problem(arrivals));

    hv_codec_string(codec, &message);
    if (!hv_codec_reads(codec))
        return;
    g_clear_error(&arrivals->problem);
    if (message)
        arrivals->problem = g_error_new_literal(HV_ERROR, HV_ERROR_WORKLOAD, message);
}

static void modulation_codec(HvArrivals *arrivals, HvCodec *codec)
{
    hv_codec_double(codec, &arrivals->fraction_ns);
    arrivals->state = hv_codec_choice(codec, arrivals->state, arrivals->def->n_states);
    hv_codec_double(codec, &arrivals->left_ns);
    if (hv_codec_reads(codec) && !(arrivals->fraction_ns >= 0 && arrivals->fraction_ns < 1))
        hv_codec_fail(codec, "that is no part of a nanosecond");
    if (hv_codec_reads(codec) &&
        !(arrivals->left_ns >= 0 && isinf(arrivals->left_ns) == (arrivals->def->n_states == 1)))
        hv_codec_fail(codec, "that is not what is left of a state");
}

void hv_arrivals_codec(HvArrivals *arrivals, HvCodec *codec)
{
    bool has_reader = arrivals->reader != NULL;

    hv_codec_begin(codec, "arrivals", 1);
    hv_codec_rng(codec, &arrivals->rng);
    hv_codec_u64(codec, &arrivals->now_ns);
    hv_codec_bool(codec, &arrivals->ended);
    if (arrivals->now_ns > LAST_NS)
        hv_codec_fail(codec, "an arrival is after the end of time");
    if (arrivals->def->n_states > 0)
        modulation_codec(arrivals, codec);
    problem_codec(arrivals, codec);
    hv_codec_bool(codec, &has_reader); /* not of a file that could not be opened */
    if (has_reader && !arrivals->reader)
        hv_codec_fail(codec, "the file \"%s\" cannot be read any more", arrivals->def->file);
    else if (has_reader)
        hv_line_reader_codec(arrivals->reader, codec);
    else
        g_clear_pointer(&arrivals->reader, hv_line_reader_free);
    hv_codec_end(codec);
}
