/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_CSV_H
#define LPARSIM_SVP_CSV_H

#include "hv/quantity.h"

/* Comma-separated values by RFC 4180, but that lines end with "\n". */

/* The next field of the row; in quotes where it must be. */
void svp_csv_field(GString *csv, const char *text);
void svp_csv_end_row(GString *csv); /* the row has a field at least */
/* "12.345678": seconds with six decimals, rounded to the nearest; free with g_free(). */
char *svp_csv_seconds(HvTime ns);

/*
 * Writes the file as a whole or not at all: under another name first, which then becomes its own. SVP_ERROR_FILE if it cannot, or
 * if there is such a file already and `replace` is false.
 */
bool svp_csv_write(const GString *csv, const char *path, bool replace, GError **error);

#endif
