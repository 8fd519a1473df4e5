/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_QUANTITY_H
#define LPARSIM_HV_QUANTITY_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Simulated time: nanoseconds since the machine was powered on. */
typedef uint64_t HvTime;

#define HV_TIME_NEVER UINT64_MAX
#define HV_NS_PER_US  UINT64_C(1000)
#define HV_NS_PER_MS  UINT64_C(1000000)
#define HV_NS_PER_S   UINT64_C(1000000000)

#define HV_KIB (UINT64_C(1) << 10)
#define HV_MIB (UINT64_C(1) << 20)
#define HV_GIB (UINT64_C(1) << 30)
#define HV_TIB (UINT64_C(1) << 40)

/* A share of one IP in basis points (1/100 %): 10000 is the whole IP. */
#define HV_SHARE_WHOLE_BP 10000u

/*
 * Each parser takes the whole string (blanks around it are ignored), writes *ret only on success, and on failure sets
 * HV_ERROR_QUANTITY with a sentence that quotes the text and, after a newline, what would be accepted.
 */

/* "640M", "64T", "4096", "0": bytes; K, M, G, T are binary; no sign, no fraction; 0 .. 2^63 - 1. */
bool hv_quantity_parse_size(const char *text, uint64_t *ret_bytes, GError **error);
/* "250ms", "10s", "20us", "1.5s", "90m", "4h", "500ns": ns; the unit may be missing only for 0; 0 .. 2^63 - 1. */
bool hv_quantity_parse_duration(const char *text, HvTime *ret_ns, GError **error);
/* "50", "33.33", "50%": basis points, at most two decimals; 0 .. 100 %. */
bool hv_quantity_parse_percent(const char *text, uint32_t *ret_bp, GError **error);
/* "2G", "2G/s": bytes per second, more than 0. */
bool hv_quantity_parse_rate(const char *text, uint64_t *ret_bytes_per_s, GError **error);
/* "1.50": hundredths, at most two decimals; 0.00 .. 10^7. */
bool hv_quantity_parse_decimal(const char *text, uint32_t *ret_hundredths, GError **error);
/* "0.000001", "40": millionths, at most six decimals; 0 .. max, of which the message says nothing. */
bool hv_quantity_parse_millionths(const char *text, uint64_t max, uint64_t *ret_millionths, GError **error);
/* "300": decimal digits only; min .. max. */
bool hv_quantity_parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret, GError **error);
/* "0A": exactly `digits` hexadecimal digits. */
bool hv_quantity_parse_hex(const char *text, unsigned digits, uint32_t *ret, GError **error);
/* Which of the words it is, in any case; false if it is none: the caller knows what to say. */
bool hv_quantity_parse_word(
    const char *text, const char *const *words, unsigned n_words, unsigned *ret_index);

/* The shortest exact text that its parser reads back as the same value; free with g_free(). */
char *hv_quantity_format_size(uint64_t bytes);
char *hv_quantity_format_duration(HvTime ns);
/* For people: three significant digits and the unit that fits, as in "31.3 ms", "5.72 us", "0 s". */
char *hv_quantity_describe_duration(HvTime ns);
char *hv_quantity_format_percent(uint32_t bp);         /* "33.33", no sign */
char *hv_quantity_format_decimal(uint32_t hundredths); /* "1.50" -> "1.5", "2" */
char *hv_quantity_format_millionths(uint64_t millionths);

/* a * b / c without overflow of the product, rounded down. c > 0, and the result must fit (asserted). */
static inline uint64_t hv_muldiv(uint64_t a, uint64_t b, uint64_t c)
{
    __extension__ typedef unsigned __int128 Wide;

    g_assert(c > 0);
    Wide product = (Wide)a * b;

    /* Most products fit, and dividing those takes a fraction of the time. */
    if (product <= UINT64_MAX)
        return (uint64_t)product / c;
    Wide q = product / c;

    g_assert(q <= UINT64_MAX);
    return (uint64_t)q;
}

#endif
