/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_OUTPUT_H
#define LPARSIM_SVP_OUTPUT_H

#include "hv/quantity.h"

#include <jansson.h>
#include <stdio.h>

/* Values of the machine-readable output, and its lines. */
json_t *svp_json_mib(uint64_t bytes);               /* an integer when whole */
json_t *svp_json_seconds(HvTime ns);                /* always with a decimal point */
json_t *svp_json_percent(double percent);           /* at most two decimals; an integer when whole */
json_t *svp_json_share(uint64_t share_bp);          /* basis points as percent */
json_t *svp_json_chpid(uint8_t chpid);              /* "0A" */
json_t *svp_json_strings(const GPtrArray *strings); /* of char * */
/* A copy of a record in which "x_ns" has become "x_s". */
json_t *svp_json_in_seconds(const json_t *record);
/* part / whole in percent; 0 if there is no whole. */
double svp_percent_of(uint64_t part, uint64_t whole);

/* Writes the object as one line, its fields in the order in which they were set. */
void svp_json_line(FILE *out, const json_t *object);
/* {"id":..,"reason":..,"remedy":..} */
json_t *svp_json_error(const GError *error);

/* Times and percentages in frames: "10.000 s", "33.33". Free with g_free(). */
char *svp_text_seconds(HvTime ns);
char *svp_text_duration(HvTime ns); /* in the unit that suits it: "5.722 us", "31.250 ms" */
char *svp_text_age(HvTime ns);      /* to be compared at a glance: "3d04h", "7h29m", "12m05s", "41 s" */
char *svp_text_percent(double percent);

#endif
