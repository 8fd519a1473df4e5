/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The table of groups and keys of study files, and what keys say together.
 *
 * A new key is one row: its name, how its value is read, and its line in the reference. An impossible study (a warm-up as long as
 * the run, values that do not pair, nothing to search between) is refused here with one sentence, before anything is simulated.
 */
#include "svp/plan/study-key.h"

#include "svp/machine-file-types.h"

#include <string.h>

#define VALUES_MAX 10000u

static bool read_into(char **place, const char *value, GError **error)
{
    if (*value == '\0' || g_utf8_strlen(value, -1) > 200)
        return svp_file_type_refuse(value, "a text", "give 1 to 200 characters", error);
    g_free(*place);
    *place = g_strdup(value);
    return true;
}

/* --- [study] -------------------------------------------------------------------------------------------- */

static bool read_name(SvpStudyReading *reading, const char *value, GError **error)
{
    return read_into(&reading->study->name, value, error);
}

static bool read_title(SvpStudyReading *reading, const char *value, GError **error)
{
    return read_into(&reading->study->title, value, error);
}

static bool read_machine(SvpStudyReading *reading, const char *value, GError **error)
{
    return read_into(&reading->study->machine, value, error);
}

static bool read_duration(const char *value, HvTime *place, GError **error)
{
    HvTime duration_ns;

    if (!hv_quantity_parse_duration(value, &duration_ns, error))
        return false;
    if (duration_ns == 0)
        return svp_file_type_refuse(value, "longer than nothing", "give a duration, as in 24h", error);
    *place = duration_ns;
    return true;
}

static bool read_length(SvpStudyReading *reading, const char *value, GError **error)
{
    return read_duration(value, &reading->study->length_ns, error);
}

static bool read_interval(SvpStudyReading *reading, const char *value, GError **error)
{
    return read_duration(value, &reading->study->interval_ns, error);
}

static bool read_warm_up(SvpStudyReading *reading, const char *value, GError **error)
{
    reading->study->warm_up_auto = g_ascii_strcasecmp(value, "auto") == 0;
    return reading->study->warm_up_auto ||
           hv_quantity_parse_duration(value, &reading->study->warm_up_ns, error);
}

static bool read_replications(SvpStudyReading *reading, const char *value, GError **error)
{
    return svp_study_replications_parse(
        value, &reading->study->replications, &reading->study->replications_max,
        &reading->study->precision_percent, error);
}

static bool read_precision_of(SvpStudyReading *reading, const char *value, GError **error)
{
    return read_into(&reading->study->precision_of, value, error);
}

static bool read_seed(SvpStudyReading *reading, const char *value, GError **error)
{
    return hv_quantity_parse_number(value, 0, G_MAXUINT64, &reading->study->seed, error);
}

static bool read_confidence(SvpStudyReading *reading, const char *value, GError **error)
{
    uint32_t bp;

    if (!hv_quantity_parse_percent(value, &bp, error))
        return false;
    if (bp < 5000 || bp > 9999)
        return svp_file_type_refuse(value, "50 to 99.99", "give the confidence in percent, as in 95", error);
    reading->study->confidence_percent = bp / 100.0;
    return true;
}

/* --- [commands], [vary] --------------------------------------------------------------------------------- */

static bool read_command(SvpStudyReading *reading, const char *key, const char *value, GError **error)
{
    uint64_t number;

    if (!g_str_has_prefix(key, "at-") || !hv_quantity_parse_number(key + 3, 1, 99999, &number, NULL))
        return svp_file_type_refuse(key, "at- and a number", "number the commands: at-1, at-2", error);
    SvpStudyCommand *command = svp_study_command_parse(key, value, error);

    if (!command)
        return false;
    g_ptr_array_add(reading->study->commands, command);
    return true;
}

/* "machine.ips", "lpar PROD.weight", "command.1", "seed". */
static bool key_can_vary(const char *key)
{
    const char *dot = strrchr(key, '.');

    return strcmp(key, "seed") == 0 || (dot && dot > key && dot[1] != '\0');
}

static bool refuse_vary_key(const char *key, GError **error)
{
    return svp_file_type_refuse(
        key, "GROUP.KEY of the machine file",
        "write machine.ips, lpar NAME.weight and so on, command.1 for at-1, or seed", error);
}

static bool read_vary(SvpStudyReading *reading, const char *key, const char *value, GError **error)
{
    g_auto(GStrv) values = g_strsplit(value, "|", (gint)VALUES_MAX + 2);
    unsigned n = g_strv_length(values);
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);

    if (!key_can_vary(key))
        return refuse_vary_key(key, error);
    for (unsigned i = 0; i < n; i++) {
        g_ptr_array_add(list, g_strdup(g_strstrip(values[i])));
        if (*values[i] == '\0')
            return svp_file_type_refuse(
                value, "a list of values", "put | between values, and a value on both sides of each", error);
    }
    if (n == 0 || n > VALUES_MAX)
        return svp_file_type_refuse(
            value, "a list of 1 to 10000 values", "put | between them, as in 2 | 3 | 4", error);
    SvpStudyVary *vary = g_new0(SvpStudyVary, 1);

    vary->key = g_strdup(key);
    vary->values = g_steal_pointer(&list);
    vary->line = reading->line;
    g_ptr_array_add(reading->study->vary, vary);
    return true;
}

static bool read_design(SvpStudyReading *reading, const char *value, GError **error)
{
    SvpStudy *study = reading->study;
    uint64_t n;

    if (g_ascii_strcasecmp(value, "grid") == 0)
        study->design = SVP_STUDY_GRID;
    else if (g_ascii_strcasecmp(value, "list") == 0)
        study->design = SVP_STUDY_LIST;
    else if (
        g_ascii_strncasecmp(value, "random ", 7) == 0 &&
        hv_quantity_parse_number(value + 7, 1, SVP_STUDY_MAX_ALTERNATIVES, &n, NULL)) {
        study->design = SVP_STUDY_RANDOM;
        study->n_random = (unsigned)n;
    } else
        return svp_file_type_refuse(value, "a design", "give grid, list or random N", error);
    return true;
}

/* --- [search], [compare] -------------------------------------------------------------------------------- */

static bool read_search_key(SvpStudyReading *reading, const char *value, GError **error)
{
    if (!key_can_vary(value))
        return refuse_vary_key(value, error);
    return read_into(&reading->study->search.key, value, error);
}

static bool read_search_end(SvpStudyReading *reading, const char *value, uint64_t *place, GError **error)
{
    if (hv_quantity_parse_number(value, 0, G_MAXINT64, place, NULL))
        return true;
    if (!hv_quantity_parse_size(value, place, NULL))
        return svp_file_type_refuse(value, "a whole number or a size", "give one, as in 4 or 512M", error);
    reading->study->search.size = true;
    return true;
}

static bool read_search_from(SvpStudyReading *reading, const char *value, GError **error)
{
    return read_search_end(reading, value, &reading->study->search.from, error);
}

static bool read_search_to(SvpStudyReading *reading, const char *value, GError **error)
{
    return read_search_end(reading, value, &reading->study->search.to, error);
}

static bool read_condition(SvpStudyReading *reading, const char *value, GError **error)
{
    return svp_study_condition_parse(value, &reading->study->search.condition, error);
}

static bool read_compare_a(SvpStudyReading *reading, const char *value, GError **error)
{
    return read_into(&reading->study->compare_a, value, error);
}

static bool read_compare_b(SvpStudyReading *reading, const char *value, GError **error)
{
    return read_into(&reading->study->compare_b, value, error);
}

/* --- The table ------------------------------------------------------------------------------------------ */

/* clang-format off: one paragraph per row, read like a list */
static const SvpStudyKeyRow study_keys[] = {
    {"name", read_name, "text", "the name of the file", "what the study is called", "sizing"},
    {"title", read_title, "text", "the name", "above the page", "How many IPs does PROD need?"},
    {"machine", read_machine, "file name, relative to the study file", NULL, "the machine file",
     "machine.ini"},
    {"length", read_length, "duration", NULL, "simulated time of a run, with its warm-up", "24h"},
    {"warm-up", read_warm_up, "duration or `auto`", "`0`",
     "how much of the beginning does not count; `auto`: each run finds it by MSER-5", "30m"},
    {"replications", read_replications, "number, or `MIN-MAX until P%`", "`10`",
     "how often each alternative is run, each time with other random numbers; `until`: until the interval of "
     "`precision-of` is as narrow as P % of its mean on either side",
     "5-50 until 5%"},
    {"precision-of", read_precision_of, "metric", "none", "which metric `until` is about", "PROD.ONLINE.p95"},
    {"seed", read_seed, "number", "`1`", "of everything random; the same for all alternatives", "7"},
    {"confidence", read_confidence, "50 to 99.99", "`95`", "of the intervals, in percent", "99"},
    {"interval", read_interval, "duration", "1/96 of the length", "between two points of a curve", "15m"},
};

static const SvpStudyKeyRow vary_keys[] = {
    {"design", read_design, "`grid`, `list`, `random N`", "`grid`",
     "every combination; the first values of all rows, then the second, and so on; N of the grid at random",
     "random 20"},
};

static const SvpStudyKeyRow search_keys[] = {
    {"key", read_search_key, "as in `[vary]`", NULL, "what is searched", "machine.ips"},
    {"from", read_search_from, "number or size", NULL, "the least value", "1"},
    {"to", read_search_to, "number or size", NULL, "the greatest value", "16"},
    {"condition", read_condition, "metric, `<` or `>`, limit", NULL,
     "what shall hold; it must hold from some value on, or up to some value: the search halves what is left "
     "each time",
     "PROD.ONLINE.p95 < 200ms"},
};

static const SvpStudyKeyRow compare_keys[] = {
    {"a", read_compare_a, "name of an alternative", NULL, "what is compared", "ips=2"},
    {"b", read_compare_b, "name of an alternative", NULL, "with what", "ips=4"},
};
/* clang-format on */

#define KEYS(array) .keys = array, .n_keys = G_N_ELEMENTS(array)

static const SvpStudyGroupRow groups[] = {
    {"study", "What is simulated. Every study file has this group.", KEYS(study_keys)},
    {"commands",
     "What the operator does: `at-N = TIME COMMAND`, in any number. TIME is a time of the machine's clock, "
     "the first after power on "
     "(`18:00`, `Sat 02:00`), or a duration since power on (`90m`).",
     .read_any = read_command},
    {"vary",
     "What differs between the alternatives: `GROUP.KEY = value | value | value` with group and key of the "
     "machine file "
     "(`machine.ips`, `lpar PROD.weight`), `command.N` for `at-N` (`none`: without it), or `seed`.",
     KEYS(vary_keys), .read_any = read_vary},
    {"search", "Instead of `[vary]`: bisection, the smallest or greatest value for which a condition holds.",
     KEYS(search_keys)},
    {"compare", "Which two alternatives are compared; without it, the first with each other one.",
     KEYS(compare_keys)},
};

const SvpStudyGroupRow *svp_study_groups(unsigned *ret_n)
{
    *ret_n = G_N_ELEMENTS(groups);
    return groups;
}

/* --- What the keys say together ------------------------------------------------------------------------- */

typedef struct {
    SvpStudy *study;
    bool (*is_given)(void *data, const char *group, const char *key);
    void (*complain)(void *data, const char *group, const char *key, const char *reason, const char *remedy);
    void *data;
} Check;

static void check_required(const Check *check, const SvpStudyGroupRow *group)
{
    for (unsigned i = 0; i < group->n_keys; i++) {
        const SvpStudyKeyRow *key = &group->keys[i];
        g_autofree char *remedy = g_strdup_printf("give it, as in %s = %s", key->name, key->example);

        if (!key->otherwise && !check->is_given(check->data, group->name, key->name))
            check->complain(check->data, group->name, key->name, "the key is missing", remedy);
    }
}

static bool any_given(const Check *check, const SvpStudyGroupRow *group)
{
    for (unsigned i = 0; i < group->n_keys; i++)
        if (check->is_given(check->data, group->name, group->keys[i].name))
            return true;
    return false;
}

static void check_times(const Check *check)
{
    SvpStudy *study = check->study;
    g_autofree char *length = hv_quantity_format_duration(study->length_ns);

    if (study->length_ns == 0)
        return;
    if (study->interval_ns == 0)
        study->interval_ns = MAX(study->length_ns / 96, 1);
    if (study->warm_up_ns >= study->length_ns) {
        g_autofree char *reason =
            g_strdup_printf("the warm-up leaves nothing of the run, whose length is %s", length);

        check->complain(check->data, "study", "warm-up", reason, "give less, or a greater length");
    }
    if (study->interval_ns > study->length_ns ||
        study->length_ns / study->interval_ns >= SVP_STUDY_MAX_INTERVALS) {
        g_autofree char *reason =
            g_strdup_printf("a run of %s cannot be divided into such intervals", length);

        check->complain(
            check->data, "study", "interval", reason,
            "give at most the length, and no less than 1/100000 of it");
    }
}

static void check_precision(const Check *check)
{
    const SvpStudy *study = check->study;

    if (study->precision_percent > 0.0 && !study->precision_of)
        check->complain(
            check->data, "study", "precision-of",
            "replications run until an interval is narrow, but nothing says which",
            "give a metric, as in precision-of = PROD.ONLINE.p95");
    if (study->precision_of && study->precision_percent == 0.0)
        check->complain(
            check->data, "study", "precision-of", "the number of replications is fixed",
            "give replications = 5-50 until 5%, or leave this out");
}

static uint64_t count_grid(const SvpStudy *study)
{
    uint64_t n = 1;

    for (unsigned i = 0; i < study->vary->len; i++)
        n = MIN(n * ((const SvpStudyVary *)g_ptr_array_index(study->vary, i))->values->len, G_MAXUINT32);
    return n;
}

static void check_vary(const Check *check)
{
    const SvpStudy *study = check->study;
    uint64_t n = count_grid(study);

    if (study->vary->len == 0 && check->is_given(check->data, "vary", "design"))
        check->complain(
            check->data, "vary", "design", "nothing varies, so there is no alternative to choose",
            "give a row, as in machine.ips = 2 | 3 | 4");
    for (unsigned i = 1; study->design == SVP_STUDY_LIST && i < study->vary->len; i++) {
        const SvpStudyVary *first = g_ptr_array_index(study->vary, 0),
                           *row = g_ptr_array_index(study->vary, i);
        g_autofree char *reason = g_strdup_printf(
            "a list pairs values, and here are %u but %u in %s", row->values->len, first->values->len,
            first->key);

        if (row->values->len != first->values->len)
            check->complain(
                check->data, "vary", row->key, reason, "give as many in each row, or design = grid");
    }
    if (study->design == SVP_STUDY_GRID && n > SVP_STUDY_MAX_ALTERNATIVES)
        check->complain(
            check->data, "vary", "design", "the grid has more than 100000 alternatives",
            "give design = random N");
}

static void check_search(const Check *check)
{
    SvpStudySearch *search = &check->study->search;
    g_autofree char *from = hv_quantity_format_size(search->from), *to = hv_quantity_format_size(search->to);

    if (check->study->vary->len > 0)
        check->complain(
            check->data, "search", "key", "a study either varies or searches, and this one has [vary] too",
            "make two studies of it");
    if (search->from >= search->to && check->is_given(check->data, "search", "from") &&
        check->is_given(check->data, "search", "to")) {
        g_autofree char *reason = g_strdup_printf("there is nothing between %s and %s to search", from, to);

        check->complain(check->data, "search", "to", reason, "give a greater value than from");
    }
    search->step = 1;
    if (search->size) {
        search->step = HV_MIB;
        while (search->step > 1 && (search->from % search->step != 0 || search->to % search->step != 0))
            search->step /= 2;
    }
}

void svp_study_check(
    SvpStudy *study, bool (*is_given)(void *data, const char *group, const char *key),
    void (*complain)(void *data, const char *group, const char *key, const char *reason, const char *remedy),
    void *data)
{
    const Check check = {.study = study, .is_given = is_given, .complain = complain, .data = data};

    for (unsigned i = 0; i < G_N_ELEMENTS(groups); i++)
        if (i == 0 || any_given(&check, &groups[i]))
            check_required(&check, &groups[i]);
    check_times(&check);
    check_precision(&check);
    check_vary(&check);
    if (any_given(&check, &groups[3]))
        check_search(&check);
    if (!study->name)
        study->name = g_strdup("study");
    if (!study->title)
        study->title = g_strdup(study->name);
}

/* --- Reference ------------------------------------------------------------------------------------------ */

char *svp_study_reference(void)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(groups); i++) {
        const SvpStudyGroupRow *group = &groups[i];

        g_string_append_printf(text, "%s### `[%s]`\n\n%s\n", i > 0 ? "\n" : "", group->name, group->about);
        if (group->n_keys > 0)
            g_string_append(
                text,
                "\n| key | values | if not given | meaning | example |\n| --- | --- | --- | --- | --- |\n");
        for (unsigned k = 0; k < group->n_keys; k++)
            g_string_append_printf(
                text, "| `%s` | %s | %s | %s | `%s = %s` |\n", group->keys[k].name, group->keys[k].values,
                group->keys[k].otherwise ? group->keys[k].otherwise : "must be given", group->keys[k].meaning,
                group->keys[k].name, group->keys[k].example);
    }
    return g_string_free(text, FALSE);
}
