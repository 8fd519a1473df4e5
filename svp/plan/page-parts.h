/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_PAGE_PARTS_H
#define LPARSIM_SVP_PLAN_PAGE_PARTS_H

#include "svp/plan/html.h"

#include <stdbool.h>

/* What the parts of a page share. Each part appends what is between the headings; nothing if there is nothing to show. */
typedef struct {
    const json_t *result;
    GPtrArray *lpars;  /* of char *, borrowed from the result: an LPAR has the colour of its place */
    json_t *shown;     /* alternatives in detail: all, or some of very many */
    const char *first; /* the name of the alternative that is shown first */
} SvpStudyPage;

void svp_study_page_summary(const SvpStudyPage *page, GString *html);
void svp_study_page_goals(const SvpStudyPage *page, GString *html);
void svp_study_page_search(const SvpStudyPage *page, GString *html);
void svp_study_page_advice(const SvpStudyPage *page, GString *html);
void svp_study_page_comparisons(const SvpStudyPage *page, GString *html);
void svp_study_page_percentiles(const SvpStudyPage *page, GString *html);
void svp_study_page_alternatives(const SvpStudyPage *page, GString *html);
void svp_study_page_about(const SvpStudyPage *page, GString *html);

/* Of one alternative. */
void svp_study_page_commands(const json_t *alternative, GString *html);
void svp_study_page_metrics(const SvpStudyPage *page, const json_t *alternative, GString *html);
/* Storage map and share matrix, before and after. */
void svp_study_page_machine(const SvpStudyPage *page, const json_t *alternative, GString *html);

/* "24 GiB", "768 MiB"; free with g_free(). */
char *svp_study_page_size(double mib);
/* "met", "missed" and so on with its sign, as an element. */
void svp_study_page_verdict(GString *html, const char *verdict);
bool svp_study_page_meets_all(const json_t *alternative);

#endif
