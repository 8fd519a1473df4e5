/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Measured utilization as a workload: the file, its format, and its samples one after the other.
 *
 * Each format is a row of a table of operations, with a file of its own; the first that recognizes the first line has it. A format reads
 * rows and gives samples whose times begin with the file; here they are put behind those of the repetitions before. What more than one
 * format needs is here too: values in their units, and intervals on a clock.
 *
 * What must hold: samples ascend and do not overlap; a repetition without a sample is the last one, so that no reading goes on forever.
 * Times of samples stay below 2^63; there the demand ends as simulated time does.
 */
#include "hv/codec.h"
#include "hv/demand-private.h"
#include "hv/demand-value.h"
#include "hv/error.h"
#include "hv/file-mark.h"
#include "hv/nearest.h"

#include <string.h>

#define IP_UNITS UINT64_C(100000000) /* 1 IP in 10^-8 IPs; 100 % in 10^-6 percent */

/* CSV takes every text, so it is asked last. */
static const HvDemandFormat *const formats[] = {
    &hv_demand_sadf, &hv_demand_smf70, &hv_demand_numbers, &hv_demand_csv};

static bool refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static bool refuse(GError **error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, HV_ERROR, HV_ERROR_WORKLOAD, message);
    return false;
}

/* --- Values and intervals ------------------------------------------------------------------------------- */

/* By HvDemandUnit. */
static const struct {
    const char *refusal;
    unsigned decimals;
} units[] = {{"is no percentage", 6}, {"is no number of IPs", 8}, {"is no number of seconds", 9}};

/* The most that `value` may be, as far as that does not depend on the interval. */
static uint64_t most(const HvDemand *demand, HvDemandUnit unit)
{
    if (unit == HV_DEMAND_MICRO_PERCENT)
        return HV_DEMAND_MAX_IPS * IP_UNITS * 100 / demand->def->of_hundredths;
    if (unit == HV_DEMAND_IPS)
        return HV_DEMAND_MAX_IPS * IP_UNITS;
    return HV_DEMAND_MAX_IPS * HV_DEMAND_MAX_INTERVAL_NS;
}

bool hv_demand_fail_text(HvDemand *demand, HvDemandText text, const char *why)
{
    g_autofree char *quoted = hv_demand_value_quote(text);

    return hv_demand_lines_fail(&demand->lines, "%s %s", quoted, why);
}

bool hv_demand_read_value(HvDemand *demand, HvDemandText text, HvDemandUnit unit, uint64_t *ret_value)
{
    if (!hv_demand_value_decimal(text, units[unit].decimals, ret_value))
        return hv_demand_fail_text(demand, text, units[unit].refusal);
    return *ret_value <= most(demand, unit) ||
           hv_demand_fail_text(demand, text, "is more than " G_STRINGIFY(HV_DEMAND_MAX_IPS) " IPs");
}

bool hv_demand_read_time(HvDemand *demand, HvDemandText text, int64_t *ret_ns)
{
    return hv_demand_value_time(text, ret_ns) || hv_demand_fail_text(demand, text, "is no time");
}

bool hv_demand_read_length(HvDemand *demand, HvDemandText text, HvTime *ret_ns)
{
    if (!hv_demand_value_decimal(text, 9, ret_ns))
        return hv_demand_fail_text(demand, text, "is no number of seconds");
    return *ret_ns <= HV_DEMAND_MAX_INTERVAL_NS || hv_demand_fail_text(demand, text, "is more than 366 days");
}

bool hv_demand_work(
    HvDemand *demand, HvDemandUnit unit, uint64_t value, HvTime length_ns, uint64_t *ret_work_ns)
{
    g_assert(length_ns > 0 && length_ns <= HV_DEMAND_MAX_INTERVAL_NS);
    if (unit == HV_DEMAND_MICRO_PERCENT) {
        *ret_work_ns = hv_muldiv(length_ns, value * demand->def->of_hundredths, IP_UNITS * 100);
    } else if (unit == HV_DEMAND_IPS) {
        *ret_work_ns = hv_muldiv(length_ns, value, IP_UNITS);
    } else {
        if (value > HV_DEMAND_MAX_IPS * length_ns)
            return hv_demand_lines_fail(
                &demand->lines, "the processor time is more than that of %d IPs in the interval",
                HV_DEMAND_MAX_IPS);
        *ret_work_ns = value;
    }
    return true;
}

bool hv_demand_tick(HvDemand *demand, HvDemandSample *ret_sample)
{
    HvTime interval_ns = demand->def->interval_ns;

    if (demand->clock_ns > (HvTime)INT64_MAX - interval_ns)
        return false;
    ret_sample->begin_ns = demand->clock_ns;
    demand->clock_ns += interval_ns;
    ret_sample->end_ns = demand->clock_ns;
    return true;
}

void hv_demand_set_zero(HvDemand *demand, int64_t zero_ns)
{
    if (demand->zero_known)
        return;
    demand->zero_known = true;
    demand->zero_ns = zero_ns;
}

bool hv_demand_place(
    HvDemand *demand, int64_t end_ns, HvTime length_ns, HvTime tolerance_ns, HvDemandSample *ret_sample)
{
    g_assert(length_ns > 0 && length_ns <= HV_DEMAND_MAX_INTERVAL_NS);
    hv_demand_set_zero(demand, end_ns - (int64_t)length_ns);
    /* Two that are below 2^63 and above -2^62, so that their difference fits. */
    HvTime end = (HvTime)end_ns - (HvTime)demand->zero_ns;

    if (end_ns <= demand->zero_ns || end <= demand->clock_ns)
        return hv_demand_lines_fail(&demand->lines, "the time is not after that of the row before");
    HvTime begin = end > length_ns ? end - length_ns : 0;

    if (begin + tolerance_ns < demand->clock_ns)
        return hv_demand_lines_fail(
            &demand->lines, "the interval begins before that of the row before has ended");
    ret_sample->begin_ns = MAX(begin, demand->clock_ns);
    ret_sample->end_ns = end;
    demand->clock_ns = end;
    return true;
}

/* --- Opening -------------------------------------------------------------------------------------------- */

static bool recognize(HvDemand *demand, GError **error)
{
    HvDemandText first;

    if (!hv_demand_lines_next(&demand->lines, /* quotes= */ false, &first))
        return demand->lines.problem ? refuse(error, "%s", demand->lines.problem)
                                     : refuse(error, "\"%s\" is empty", demand->lines.name);
    for (unsigned i = 0; i < G_N_ELEMENTS(formats) && !demand->format; i++)
        if (formats[i]->recognize(demand->def, first))
            demand->format = formats[i];
    hv_demand_lines_rewind(&demand->lines);
    return demand->format || refuse(
                                 error,
                                 "\"%s\" is in no format that can be read\nGive one number a line, CSV with "
                                 "a header, the output of "
                                 "sadf -d, or the CSV of REPORT PARTITION",
                                 demand->lines.name);
}

static bool check_words(const HvDemand *demand, GError **error)
{
    static const struct {
        HvDemandWord bit;
        const char *word;
    } words[] = {
        {HV_DEMAND_COLUMN, "column"},
        {HV_DEMAND_OF, "of"},
        {HV_DEMAND_INTERVAL, "interval"},
        {HV_DEMAND_KEY, "key"},
    };
    const HvDemandDef *def = demand->def;
    unsigned given = def->words & ~(unsigned)(def->in_folder ? HV_DEMAND_KEY : 0);

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
        if (given & words[i].bit & ~demand->format->words)
            return refuse(
                error, "\"%s\" says nothing of \"%s\", which is %s\nLeave it out", words[i].word,
                demand->lines.name, demand->format->name);
    return true;
}

static bool begin(HvDemand *demand, GError **error)
{
    return !demand->format->begin || demand->format->begin(demand, error);
}

HvDemand *hv_demand_open(const HvDemandDef *def, GError **error)
{
    g_autoptr(HvDemand) demand = g_new0(HvDemand, 1);

    demand->def = hv_demand_def_ref((HvDemandDef *)(uintptr_t)def);
    if (!hv_demand_lines_open(&demand->lines, def->name, def->path, def->content, error) ||
        !recognize(demand, error) || !check_words(demand, error) || !begin(demand, error))
        return NULL;
    return g_steal_pointer(&demand);
}

void hv_demand_free(HvDemand *demand)
{
    if (!demand)
        return;
    hv_demand_def_unref(demand->def);
    hv_demand_lines_close(&demand->lines);
    hv_demand_table_clear(&demand->table);
    g_free(demand);
}

const char *hv_demand_problem(const HvDemand *demand)
{
    return demand->lines.problem;
}

/* --- Reading -------------------------------------------------------------------------------------------- */

/* From the beginning again, if that is wanted and there is something. */
static bool repeat(HvDemand *demand)
{
    g_autoptr(GError) error = NULL;

    if (demand->lines.problem || !(demand->def->words & HV_DEMAND_REPEAT) || !demand->any_sample)
        return false;
    demand->repeated_ns += demand->end_ns;
    demand->clock_ns = 0;
    demand->last_length_ns = 0;
    demand->held = (HvDemandHeld){0};
    demand->any_sample = false;
    demand->end_ns = 0;
    demand->samples = 0;
    hv_demand_lines_rewind(&demand->lines);
    return begin(demand, &error) || hv_demand_lines_fail(&demand->lines, "%s", error->message);
}

/* The sample, of this repetition, is behind the others; false: simulated time has no more. */
static bool give(HvDemand *demand, const HvDemandSample *sample, HvDemandSample *ret_sample)
{
    g_assert(sample->begin_ns >= demand->end_ns && sample->begin_ns < sample->end_ns);
    if (sample->end_ns > (HvTime)INT64_MAX - demand->repeated_ns)
        return false;
    demand->any_sample = true;
    demand->samples++;
    demand->end_ns = sample->end_ns;
    *ret_sample = (HvDemandSample){
        .begin_ns = demand->repeated_ns + sample->begin_ns,
        .end_ns = demand->repeated_ns + sample->end_ns,
        .work_ns = sample->work_ns,
    };
    return true;
}

bool hv_demand_next(HvDemand *demand, HvDemandSample *ret_sample)
{
    HvDemandSample sample;

    if (demand->ended)
        return false;
    while (!demand->format->next(demand, &sample))
        if (!repeat(demand)) {
            demand->ended = true;
            return false;
        }
    demand->ended = !give(demand, &sample, ret_sample);
    return !demand->ended;
}

/* --- Written down and read back -------------------------------------------------------------------------- */

/* What was given is read again: a row that is held, the header it stands below, and the line come out as they were. */
static bool read_again(HvDemand *demand, uint64_t samples, const HvDemandSample *last)
{
    HvDemandSample sample, again = {0};

    while (demand->samples < samples)
        if (!demand->format->next(demand, &sample) || !give(demand, &sample, &again))
            return false;
    return again.begin_ns == last->begin_ns && again.end_ns == last->end_ns && again.work_ns == last->work_ns;
}

static void sample_codec(HvDemandSample *sample, HvCodec *codec)
{
    hv_codec_u64(codec, &sample->begin_ns);
    hv_codec_u64(codec, &sample->end_ns);
    hv_codec_u64(codec, &sample->work_ns);
    if (hv_codec_reads(codec) && (sample->begin_ns >= sample->end_ns || sample->end_ns > INT64_MAX))
        hv_codec_fail(codec, "that is no interval");
}

void hv_demand_codec(HvDemand *demand, HvDemandSample *last, HvCodec *codec)
{
    uint64_t samples = demand->samples;

    g_assert(hv_codec_reads(codec) ? samples == 0 : !demand->ended && !demand->lines.problem && samples > 0);
    hv_codec_begin(codec, "demand", 1);
    hv_codec_u64(codec, &samples);
    hv_codec_u64(codec, &demand->repeated_ns);
    sample_codec(last, codec);
    bool is_same = demand->def->content || hv_file_mark_codec(demand->def->path, demand->lines.name, codec);

    if (hv_codec_reads(codec) && !hv_codec_failed(codec)) {
        if (!is_same) /* it could not be read any more: that would have been seen with the next chunk */
            hv_demand_lines_fail(&demand->lines, "the file was changed while it was read");
        else if (demand->repeated_ns > INT64_MAX || !read_again(demand, samples, last))
            hv_codec_fail(codec, "the file \"%s\" has other intervals", demand->lines.name);
    }
    hv_codec_end(codec);
}

/* --- Definitions ---------------------------------------------------------------------------------------- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool refuse_key(const HvDemandDef *def, GError **error)
{
    g_autoptr(GDir) folder = g_dir_open(def->path, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *quoted = g_strescape(def->key, NULL);

    for (const char *name; folder && (name = g_dir_read_name(folder));)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    g_autofree char *list = hv_demand_table_list(names);
    const char *nearest = hv_nearest(def->key, (const char *const *)names->pdata, names->len);
    g_autofree char *escaped = nearest ? g_strescape(nearest, NULL) : NULL;

    return refuse(
        error, "The folder \"%s\" has no file \"%s\"\n%s%s%sIt has %s", def->file, quoted,
        escaped ? "Did you mean " : "", escaped ? escaped : "", escaped ? "? " : "", list);
}

/* Of a folder, the file that `key` names. */
static bool resolve_folder(HvDemandDef *def, GError **error)
{
    if (!def->key)
        return refuse(error, "\"%s\" is a folder\nAdd key and the name of a file in it", def->file);
    g_autofree char *path = g_build_filename(def->path, def->key, NULL);

    if (strchr(def->key, G_DIR_SEPARATOR) || !g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return refuse_key(def, error);
    g_free(def->path);
    def->path = g_steal_pointer(&path);
    g_free(def->name);
    def->name = g_build_filename(def->file, def->key, NULL);
    def->in_folder = true;
    return true;
}

static bool resolve(HvDemandDef *def, const char *directory, GError **error)
{
    bool relative = directory && !g_path_is_absolute(def->file);

    def->path = relative ? g_build_filename(directory, def->file, NULL) : g_strdup(def->file);
    return !g_file_test(def->path, G_FILE_TEST_IS_DIR) || resolve_folder(def, error);
}

/* The first sample can be read, and the key names something. */
static bool check(const HvDemandDef *def, GError **error)
{
    g_autoptr(HvDemand) demand = hv_demand_open(def, error);
    HvDemandSample sample;

    if (!demand)
        return false;
    if (hv_demand_next(demand, &sample))
        return true;
    if (demand->lines.problem)
        return refuse(error, "%s", demand->lines.problem);
    g_autofree char *quoted = def->key ? g_strescape(def->key, NULL) : NULL;

    return !def->key || def->in_folder || demand->rows > 0 ||
           refuse(error, "No row of \"%s\" has the key \"%s\"", demand->lines.name, quoted);
}

HvDemandDef *hv_demand_parse(const char *text, const char *directory, GError **error)
{
    g_autoptr(HvDemandDef) def = hv_demand_def_read(text, error);

    if (!def)
        return NULL;
    def->name = g_strdup(def->file);
    return resolve(def, directory, error) && check(def, error) ? g_steal_pointer(&def) : NULL;
}

HvDemandDef *hv_demand_parse_content(const char *text, GBytes *content, GError **error)
{
    g_autoptr(HvDemandDef) def = hv_demand_def_read(text, error);

    if (!def)
        return NULL;
    def->name = g_strdup(def->file);
    def->content = g_bytes_ref(content);
    return check(def, error) ? g_steal_pointer(&def) : NULL;
}
