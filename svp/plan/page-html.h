/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_PAGE_HTML_H
#define LPARSIM_SVP_PLAN_PAGE_HTML_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/*
 * The result of a study as one HTML page that needs nothing else: docs/study-report.md says what is on it. The same result gives the
 * same bytes. Written as a whole or not at all; SVP_ERROR_FILE.
 */
bool svp_study_page_write(const json_t *result, const char *path, GError **error);
/* The page itself; free with g_free(). */
char *svp_study_page_text(const json_t *result);

#endif
