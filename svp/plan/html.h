/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_HTML_H
#define LPARSIM_SVP_PLAN_HTML_H

#include <glib.h>
#include <jansson.h>

/* Appends HTML; what %s stands for is text and is escaped. The format itself has no character reference with a number. */
void svp_html_add(GString *html, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Fields of an object of the result: "" and 0 where there is none. */
const char *svp_html_text_of(const json_t *object, const char *name);
double svp_html_number_of(const json_t *object, const char *name);

#endif
