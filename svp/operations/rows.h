/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_OPERATIONS_ROWS_H
#define LPARSIM_SVP_OPERATIONS_ROWS_H

#include "svp/command-table.h"

/* What stands below commands of svp/command-table.c. */
extern const SvpCommandRow svp_hold_rows[];
extern const SvpCommandRow svp_release_rows[];
extern const SvpCommandRow svp_end_rows[];
extern const SvpCommandRow svp_change_rows[]; /* svp/protect/rows-change.c */
extern const SvpCommandRow svp_apply_rows[];

#endif
