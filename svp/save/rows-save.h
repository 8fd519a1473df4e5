/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_ROWS_SAVE_H
#define LPARSIM_SVP_SAVE_ROWS_SAVE_H

#include "svp/command-table.h"

/* What SAVE saves; ends with a name of NULL. */
extern const SvpCommandRow svp_save_rows[];
/* What VERIFY verifies; the same. */
extern const SvpCommandRow svp_verify_rows[];

#endif
