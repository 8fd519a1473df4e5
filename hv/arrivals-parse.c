/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Open sources of jobs as text: the first word says the kind, and a row of a table which function reads the rest.
 *
 * A rate is kept as an integer, millionths of a job per hour, which each of its units divides: so "3/min" and "0.05/s" are equal,
 * and what is written reads back the same. It is written in the first of /s, /min, /h in which it needs no more than six decimals.
 *
 * What must hold: a source that was read goes on in bounded time. So the rates of a modulated process must not all be 0, and not so
 * small that an arrival would come only after very many changes of the state.
 */
#include "hv/arrivals-private.h"
#include "hv/error.h"
#include "hv/line-reader.h"

#include <string.h>

#define RATE_MAX     (UINT64_C(1000000) * 1000000 * 3600) /* a million a second, in millionths per hour */
#define ONE_PER_NS   3.6e18                               /* millionths per hour */
#define ROUNDS_MAX   10000                                /* for one arrival, on average */
#define POISSON_FORM "Use poisson RATE, as in \"poisson 40/s\", with /s, /min or /h and at most six decimals"
#define EVERY_FORM   "Use every DURATION, as in \"every 250ms\""
#define FILE_FORM    "Use file FILE, as in \"file arrivals.txt\""
#define MMPP_FORM    "Use mmpp RATE DURATION, RATE DURATION with 2 to 8 states, as in \"mmpp 100/s 10s, 5/s 1m\""

static const struct {
    const char *suffix;
    uint64_t per_h;
} rate_units[] = {{"/s", 3600}, {"/min", 60}, {"/h", 1}};

/* `why` goes on after the quoted part. */
static bool refuse(const char *part, const char *why, const char *remedy, GError **error)
{
    g_autofree char *quoted = g_strescape(part, NULL);

    g_set_error(error, HV_ERROR, HV_ERROR_WORKLOAD, "\"%.80s\" %s\n%s", quoted, why, remedy);
    return false;
}

/* --- Rates ------------------------------------------------------------------------------------------------------ */

static bool read_rate(const char *text, uint64_t *ret_millionths_per_h)
{
    const char *slash = strchr(text, '/');
    g_autofree char *number = slash ? g_strndup(text, (size_t)(slash - text)) : NULL;
    uint64_t millionths;

    for (unsigned i = 0; slash && i < G_N_ELEMENTS(rate_units); i++) {
        if (g_ascii_strcasecmp(slash, rate_units[i].suffix) != 0)
            continue;
        if (!hv_quantity_parse_millionths(number, RATE_MAX / rate_units[i].per_h, &millionths, NULL))
            return false;
        *ret_millionths_per_h = millionths * rate_units[i].per_h;
        return true;
    }
    return false;
}

static char *format_rate(uint64_t millionths_per_h)
{
    unsigned unit = 0;

    while (millionths_per_h % rate_units[unit].per_h != 0)
        unit++;
    g_autofree char *number = hv_quantity_format_millionths(millionths_per_h / rate_units[unit].per_h);

    return g_strconcat(number, rate_units[unit].suffix, NULL);
}

static void add_state(HvArrivalsDef *def, uint64_t millionths_per_h, HvTime mean_ns)
{
    def->states[def->n_states++] = (HvArrivalsState){
        .millionths_per_h = millionths_per_h,
        .mean_ns = mean_ns,
        .gap_ns = millionths_per_h > 0 ? ONE_PER_NS / (double)millionths_per_h : 0,
    };
}

/* --- Reading; `operands` has no blanks around it ---------------------------------------------------------------- */

static bool read_poisson(HvArrivalsDef *def, const char *operands, GError **error)
{
    uint64_t rate;

    if (!read_rate(operands, &rate) || rate == 0)
        return refuse(operands, "is no rate above 0 and up to 1000000/s", POISSON_FORM, error);
    add_state(def, rate, 0);
    return true;
}

static bool read_every(HvArrivalsDef *def, const char *operands, GError **error)
{
    if (!hv_quantity_parse_duration(operands, &def->every_ns, NULL) || def->every_ns == 0)
        return refuse(operands, "is no duration above 0", EVERY_FORM, error);
    return true;
}

/* "100/s 10s" */
static bool read_state(HvArrivalsDef *def, char *part, GError **error)
{
    g_strstrip(part);
    size_t rate_length = strcspn(part, " \t");
    g_autofree char *rate_text = g_strndup(part, rate_length);
    uint64_t rate;
    HvTime mean_ns;

    if (!read_rate(rate_text, &rate))
        return refuse(part, "does not begin with a rate from 0/s to 1000000/s", MMPP_FORM, error);
    if (!hv_quantity_parse_duration(part + rate_length, &mean_ns, NULL) || mean_ns == 0)
        return refuse(part, "has no duration above 0 behind the rate", MMPP_FORM, error);
    add_state(def, rate, mean_ns);
    return true;
}

static double arrivals_per_round(const HvArrivalsDef *def)
{
    double sum = 0;

    for (unsigned i = 0; i < def->n_states; i++)
        sum += (double)def->states[i].millionths_per_h * ((double)def->states[i].mean_ns / ONE_PER_NS);
    return sum;
}

static bool read_mmpp(HvArrivalsDef *def, const char *operands, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(operands, ",", -1);
    unsigned n_parts = g_strv_length(parts);

    if (n_parts < 2 || n_parts > HV_ARRIVALS_STATES_MAX)
        return refuse(operands, "has not 2 to 8 states with ',' between them", MMPP_FORM, error);
    for (char **part = parts; *part; part++)
        if (!read_state(def, *part, error))
            return false;
    return arrivals_per_round(def) * ROUNDS_MAX >= 1 ||
           refuse(operands, "has less than one arrival in 10000 rounds through its states", MMPP_FORM, error);
}

static bool read_file(HvArrivalsDef *def, const char *operands, GError **error)
{
    if (!*operands)
        return refuse("file", "needs the name of a file", FILE_FORM, error);
    g_autoptr(HvLineReader) reader = hv_line_reader_open(operands, def->directory, error);

    def->file = g_strdup(operands);
    return reader != NULL;
}

static const struct {
    const char *name;
    bool (*read)(HvArrivalsDef *def, const char *operands, GError **error);
} kinds[] = {
    [HV_ARRIVALS_POISSON] = {"poisson", read_poisson},
    [HV_ARRIVALS_EVERY] = {"every", read_every},
    [HV_ARRIVALS_MMPP] = {"mmpp", read_mmpp},
    [HV_ARRIVALS_FILE] = {"file", read_file},
};

static HvArrivalsDef *def_new(HvArrivalsKind kind, const char *directory)
{
    HvArrivalsDef *def = g_new0(HvArrivalsDef, 1);

    def->references = 1;
    def->kind = kind;
    def->directory = kind == HV_ARRIVALS_FILE ? g_strdup(directory) : NULL;
    return def;
}

HvArrivalsDef *hv_arrivals_parse(const char *text, const char *directory, GError **error)
{
    g_autofree char *stripped = g_strstrip(g_strdup(text));
    size_t length = strcspn(stripped, " \t");

    for (unsigned kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
        if (strlen(kinds[kind].name) != length ||
            g_ascii_strncasecmp(kinds[kind].name, stripped, length) != 0)
            continue;
        g_autoptr(HvArrivalsDef) def = def_new(kind, directory);
        return kinds[kind].read(def, g_strchug(stripped + length), error) ? g_steal_pointer(&def) : NULL;
    }
    refuse(
        stripped, "does not say how jobs arrive",
        "Use poisson RATE, every DURATION, mmpp RATE DURATION, RATE DURATION ... or file FILE", error);
    return NULL;
}

/* --- The definition --------------------------------------------------------------------------------------------- */

HvArrivalsDef *hv_arrivals_def_ref(HvArrivalsDef *def)
{
    g_atomic_int_inc(&def->references);
    return def;
}

void hv_arrivals_def_unref(HvArrivalsDef *def)
{
    if (!def || !g_atomic_int_dec_and_test(&def->references))
        return;
    g_free(def->file);
    g_free(def->directory);
    g_free(def);
}

char *hv_arrivals_format(const HvArrivalsDef *def)
{
    g_autofree char *every = hv_quantity_format_duration(def->every_ns);
    GString *text = g_string_new(kinds[def->kind].name);

    for (unsigned i = 0; i < def->n_states; i++) {
        g_autofree char *rate = format_rate(def->states[i].millionths_per_h);
        g_autofree char *mean = hv_quantity_format_duration(def->states[i].mean_ns);
        g_string_append_printf(text, "%s %s", i > 0 ? "," : "", rate);
        if (def->kind == HV_ARRIVALS_MMPP)
            g_string_append_printf(text, " %s", mean);
    }
    if (def->kind == HV_ARRIVALS_EVERY)
        g_string_append_printf(text, " %s", every);
    if (def->kind == HV_ARRIVALS_FILE)
        g_string_append_printf(text, " %s", def->file);
    return g_string_free(text, /* free_segment= */ FALSE);
}

bool hv_arrivals_def_equal(const HvArrivalsDef *a, const HvArrivalsDef *b)
{
    if (a->kind != b->kind || a->every_ns != b->every_ns || a->n_states != b->n_states ||
        g_strcmp0(a->file, b->file) != 0 || g_strcmp0(a->directory, b->directory) != 0)
        return false;
    for (unsigned i = 0; i < a->n_states; i++)
        if (a->states[i].millionths_per_h != b->states[i].millionths_per_h ||
            a->states[i].mean_ns != b->states[i].mean_ns)
            return false;
    return true;
}

HvArrivalsKind hv_arrivals_kind(const HvArrivalsDef *def)
{
    return def->kind;
}

double hv_arrivals_rate(const HvArrivalsDef *def)
{
    double round_ns = 0;

    if (def->kind == HV_ARRIVALS_EVERY)
        return (double)HV_NS_PER_S / (double)def->every_ns;
    if (def->kind == HV_ARRIVALS_FILE)
        return 0;
    if (def->kind == HV_ARRIVALS_POISSON)
        return (double)def->states[0].millionths_per_h / 3.6e9;
    for (unsigned i = 0; i < def->n_states; i++)
        round_ns += (double)def->states[i].mean_ns;
    return arrivals_per_round(def) / round_ns * (double)HV_NS_PER_S;
}
