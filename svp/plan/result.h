/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_RESULT_H
#define LPARSIM_SVP_PLAN_RESULT_H

#include "svp/plan/study-run.h"

/*
 * What a study has found, as one JSON object, and the files that are made of it: result.json, result.csv, summary.txt and charts/.
 */
typedef struct {
    SvpStudyRun *run;
    json_t *search; /* borrowed; NULL: none */
    json_t *advice; /* borrowed; NULL: none */
} SvpResultParts;

json_t *svp_result_new(const SvpResultParts *parts);
/* SVP_ERROR_FILE. */
bool svp_result_write(const json_t *result, const char *directory, GError **error);
/* One table for people; free with g_free(). */
char *svp_result_summary(const json_t *result);
/* A table of comparisons; free with g_free(), as below. */
char *svp_result_comparison_text(const json_t *comparisons);
/* "31.3 ms", "2.5 IPs", "12.3 %", "04:30:10" of a batch's end; free with g_free(), as below. */
char *svp_result_value_text(double value, const char *unit, const char *metric);
/* "31.3 ms (30.1 ms to 32.5 ms)" of a row with "low", "high" and `middle`. */
char *svp_result_interval_text(const json_t *row, const char *middle, const char *metric);
char *svp_result_csv(const json_t *result);
/* The object as it is written, with `flags` of jansson besides; free with g_free(). */
char *svp_result_text(const json_t *result, size_t flags);

/* {"mean","half_width","low","high","n"} set in `object`; half_width is null for one value. */
void svp_result_set_interval(json_t *object, const SvpInterval *interval);
/* A row of "comparisons": b - a. NULL if there is nothing to compare. */
json_t *svp_result_comparison(
    const char *a, const char *b, const char *metric, const double *values_a, unsigned n_a,
    const double *values_b, unsigned n_b, bool paired, double confidence_percent);

#endif
