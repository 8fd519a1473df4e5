/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_PAGE_EMBEDDED_H
#define LPARSIM_SVP_PLAN_PAGE_EMBEDDED_H

/* Files that svp/plan/embed.py puts into the program, as text. */
extern const char svp_embedded_page_html[]; /* the template */
extern const char svp_embedded_page_css[];
extern const char svp_embedded_page_js[];
extern const char svp_embedded_chart_js[]; /* Chart.js, as it was installed when the program was built */
extern const char svp_embedded_chart_licence[];

#endif
