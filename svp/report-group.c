/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * REPORT GROUP: what groups of LPARs may use together, and what they used.
 *
 * This machine has no groups.
 */
#include "svp/report.h"

static void fill(SvpReportRows *rows, const SvpReportScope *scope)
{
    (void)rows;
    (void)scope;
}

static const SvpReportColumn columns[] = {
    SVP_REPORT_LEFT("group", "group", 0),
};

const SvpReport svp_report_group = {
    .name = "group",
    .title = "Groups",
    .nothing = "No group of LPARs is defined.",
    .columns = columns,
    .n_columns = G_N_ELEMENTS(columns),
    .fill = fill,
};
