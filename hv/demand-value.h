/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_DEMAND_VALUE_H
#define LPARSIM_HV_DEMAND_VALUE_H

#include "hv/demand-lines.h"

/*
 * "12", "0.5", "12.345e-1", blanks around it or not: value x 10^decimals, what is finer cut off; UINT64_MAX if it is more than fits. No
 * sign. False: it is no such number.
 */
bool hv_demand_value_decimal(HvDemandText text, unsigned decimals, uint64_t *ret_value);
/*
 * Seconds, with a fraction or not, or "YYYY-MM-DD HH:MM:SS" from 1970 on: with "T" for the blank; without a time of the day, or without
 * seconds; with a fraction; with "Z", " UTC" or an offset as "+01:00" behind it. Nanoseconds since 1970 as if in UTC, below 2^63.
 */
bool hv_demand_value_time(HvDemandText text, int64_t *ret_ns);
/* For messages: between quotation marks, cut at 40 bytes, printable; free with g_free(). */
char *hv_demand_value_quote(HvDemandText text);
/* Without blanks around it. */
HvDemandText hv_demand_value_strip(HvDemandText text);

#endif
