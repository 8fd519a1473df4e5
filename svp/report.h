/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_REPORT_H
#define LPARSIM_SVP_REPORT_H

#include "monitor/history.h"
#include "svp/page.h"

#include <jansson.h>

/*
 * Reports: a table of typed cells is filled in once for each interval, and shown in three ways: as frames, as JSON, as CSV. So the
 * three never say different things.
 */
typedef struct {
    const char *name;  /* in JSON and CSV; units last */
    const char *title; /* in frames; NULL: not there */
    unsigned
        part;   /* frames: which of several tables below one another it is in, from 0; SVP_REPORT_ALL_PARTS */
    bool right; /* frames: a number */
    bool not_in_csv;
} SvpReportColumn;
#define SVP_REPORT_ALL_PARTS UINT_MAX
#define SVP_REPORT_LEFT(name_, title_, part_)                                                                \
    {                                                                                                        \
        .name = (name_), .title = (title_), .part = (part_)                                                  \
    }
#define SVP_REPORT_RIGHT(name_, title_, part_)                                                               \
    {                                                                                                        \
        .name = (name_), .title = (title_), .part = (part_), .right = true                                   \
    }

typedef struct SvpReportRows SvpReportRows;

/* What is reported on: one interval, all LPARs or (not 0) one. */
typedef struct {
    MonitorSystem *system;
    const MonitorSample *sample;
    unsigned lpar;
} SvpReportScope;

typedef struct {
    const char *name, *title; /* "partition", "Partition report" */
    const char *nothing;      /* a sentence, if there are no rows */
    const SvpReportColumn *columns;
    unsigned n_columns;
    void (*fill)(SvpReportRows *rows, const SvpReportScope *scope);
    /* What is told of an interval besides its rows; may be NULL. */
    void (*head_json)(json_t *block, const SvpReportScope *scope);
    void (*head_frame)(SvpPage *page, const SvpReportScope *scope);
} SvpReport;

extern const SvpReport svp_report_partition, svp_report_lip, svp_report_channel, svp_report_group,
    svp_report_workload;

const ResmgrLparDef *svp_report_lpar_def(const SvpReportScope *scope, unsigned lpar);

SvpReportRows *svp_report_rows_new(const SvpReport *report);
void svp_report_rows_free(SvpReportRows *rows);

/* The next row; each of its cells follows, from left to right. A total is no row of the CSV. */
void svp_report_row(SvpReportRows *rows);
void svp_report_total(SvpReportRows *rows);
void svp_report_text(SvpReportRows *rows, const char *text); /* NULL: nothing */
void svp_report_count(SvpReportRows *rows, uint64_t count);
void svp_report_seconds(SvpReportRows *rows, HvTime ns);
/* A length of time that frames show in the unit that suits it. */
void svp_report_duration(SvpReportRows *rows, HvTime ns);
void svp_report_percent(
    SvpReportRows *rows, uint64_t part, uint64_t whole);    /* nothing if there is no whole */
void svp_report_number(SvpReportRows *rows, double number); /* three decimals */
void svp_report_nothing(SvpReportRows *rows);

/* One interval of the report, in each way. */
json_t *svp_report_json(const SvpReport *report, const SvpReportScope *scope);
void svp_report_frame(SvpPage *page, const SvpReport *report, const SvpReportScope *scope, const char *which);
void svp_report_csv_header(GString *csv, const SvpReport *report);
void svp_report_csv(GString *csv, const SvpReport *report, const SvpReportScope *scope);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpReportRows, svp_report_rows_free)

#endif
