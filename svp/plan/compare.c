/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * `lparsim plan --compare A B`: two studies, or two alternatives of one, without simulating anything.
 *
 * The runs are in the directories. Alternatives of one name are compared with each other; if each study has only one, those are, whatever
 * they are called. Where both have the same seed, replication i of one and of the other met the same random numbers, and the
 * differences are taken in pairs; else the two are taken for independent.
 */
#include "svp/error.h"
#include "svp/plan/plan.h"
#include "svp/plan/result.h"

#include <math.h>
#include <string.h>

/* One alternative as it is on disk. */
typedef struct {
    char *name;
    GPtrArray *runs; /* const json_t *, by replication */
} Kept;

typedef struct {
    json_t *lines, *result;
    GPtrArray *kept; /* Kept *, in the order of the file */
} Side;

static void kept_free(void *data)
{
    Kept *kept = data;

    g_free(kept->name);
    g_ptr_array_unref(kept->runs);
    g_free(kept);
}

static void side_free(Side *side)
{
    if (!side)
        return;
    json_decref(side->lines);
    json_decref(side->result);
    g_ptr_array_unref(side->kept);
    g_free(side);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Side, side_free)

static Kept *find(const Side *side, const char *name)
{
    for (unsigned i = 0; i < side->kept->len; i++) {
        Kept *kept = g_ptr_array_index(side->kept, i);

        if (strcmp(kept->name, name) == 0)
            return kept;
    }
    return NULL;
}

static void collect(Side *side, const json_t *line)
{
    const char *name = json_string_value(json_object_get(line, "alternative"));
    Kept *kept = find(side, name);

    if (!kept) {
        kept = g_new0(Kept, 1);
        kept->name = g_strdup(name);
        kept->runs = g_ptr_array_new();
        g_ptr_array_add(side->kept, kept);
    }
    g_ptr_array_add(kept->runs, json_object_get(line, "run"));
}

static Side *read_side(const char *directory, GError **error)
{
    g_autoptr(Side) side = g_new0(Side, 1);
    g_autofree char *path = g_build_filename(directory, "result.json", NULL);
    const json_t *line;
    size_t i;

    side->kept = g_ptr_array_new_with_free_func(kept_free);
    side->result = json_load_file(path, 0, NULL);
    if (!json_is_object(side->result)) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_STUDY, "%s has no result of a study\n%s", directory,
            "Name a directory that a study has been written to, and let it be finished");
        return NULL;
    }
    side->lines = svp_run_store_read(directory, error);
    if (!side->lines)
        return NULL;
    json_array_foreach(side->lines, i, line) collect(side, line);
    return g_steal_pointer(&side);
}

/* --- Comparing ------------------------------------------------------------------------------------------ */

static double *values_of(const Kept *kept, const char *metric)
{
    double *values = g_new(double, kept->runs->len + 1);

    for (unsigned i = 0; i < kept->runs->len; i++)
        if (!svp_run_metric(g_ptr_array_index(kept->runs, i), metric, &values[i]))
            values[i] = NAN;
    return values;
}

typedef struct {
    json_t *comparisons;
    bool paired;
    double confidence_percent;
} Comparison;

static void
compare(const Comparison *comparison, const Kept *a, const char *name_a, const Kept *b, const char *name_b)
{
    json_t *metrics = json_object_get(g_ptr_array_index(a->runs, 0), "metrics");
    const char *metric;
    json_t *value;

    json_object_foreach(metrics, metric, value)
    {
        g_autofree double *of_a = values_of(a, metric), *of_b = values_of(b, metric);
        json_t *row = svp_result_comparison(
            name_a, name_b, metric, of_a, a->runs->len, of_b, b->runs->len, comparison->paired,
            comparison->confidence_percent);

        (void)value;
        if (row)
            json_array_append_new(comparison->comparisons, row);
    }
}

static void compare_sides(
    const Comparison *comparison, const Side *a, const char *name_a, const Side *b, const char *name_b)
{
    for (unsigned i = 0; i < a->kept->len; i++) {
        const Kept *of_a = g_ptr_array_index(a->kept, i), *of_b = find(b, of_a->name);

        if (!of_b && a->kept->len == 1 && b->kept->len == 1)
            of_b = g_ptr_array_index(b->kept, 0);
        if (!of_b)
            continue;
        g_autofree char *full_a = g_strdup_printf("%s: %s", name_a, of_a->name);
        g_autofree char *full_b = g_strdup_printf("%s: %s", name_b, of_b->name);

        compare(comparison, of_a, full_a, of_b, full_b);
    }
}

static double confidence_of(const Side *side)
{
    double percent = json_number_value(json_object_get(side->result, "confidence_percent"));

    return percent > 0.0 && percent < 100.0 ? percent : 95.0;
}

static json_t *finish(const Comparison *comparison, const char *a, const char *b, GError **error)
{
    json_t *whole = json_object();

    if (json_array_size(comparison->comparisons) > 0) {
        json_object_set_new(whole, "paired", json_boolean(comparison->paired));
        json_object_set_new(whole, "confidence_percent", json_real(comparison->confidence_percent));
        json_object_set_new(whole, "comparisons", comparison->comparisons);
        return whole;
    }
    json_decref(comparison->comparisons);
    json_decref(whole);
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_STUDY, "%s and %s have nothing in common that could be compared\n%s", a,
        b, "Their alternatives have the same names if they vary the same keys");
    return NULL;
}

static json_t *compare_directories(const char *a, const char *b, GError **error)
{
    g_autoptr(Side) side_a = read_side(a, error);
    g_autoptr(Side) side_b = side_a ? read_side(b, error) : NULL;

    if (!side_b)
        return NULL;
    const Comparison comparison = {
        .comparisons = json_array(),
        .paired =
            json_equal(json_object_get(side_a->result, "seed"), json_object_get(side_b->result, "seed")),
        .confidence_percent = confidence_of(side_a),
    };

    compare_sides(&comparison, side_a, a, side_b, b);
    return finish(&comparison, a, b, error);
}

static json_t *compare_alternatives(const char *a, const char *b, const char *directory, GError **error)
{
    g_autoptr(Side) side = read_side(directory, error);

    if (!side)
        return NULL;
    const Kept *of_a = find(side, a), *of_b = find(side, b);

    if (!of_a || !of_b) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_STUDY, "%s has no runs of an alternative %s\n%s", directory,
            of_a ? b : a, "summary.txt there has the names");
        return NULL;
    }
    const Comparison comparison = {
        .comparisons = json_array(), .paired = true, .confidence_percent = confidence_of(side)};

    compare(&comparison, of_a, a, of_b, b);
    return finish(&comparison, a, b, error);
}

json_t *svp_plan_compare(const char *a, const char *b, const char *directory, GError **error)
{
    return directory ? compare_alternatives(a, b, directory, error) : compare_directories(a, b, error);
}
