/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_ARRIVALS_H
#define LPARSIM_HV_ARRIVALS_H

#include "hv/quantity.h"
#include "hv/rng.h"

/*
 * An open source of jobs. RATE is a number of jobs a second, minute or hour ("40/s", "0.5/s", "3/min", "900/h") with at most six
 * decimals, up to 1000000/s.
 *
 *   poisson RATE                         exponential times between arrivals
 *   every DURATION                       one each DURATION, the first after one
 *   mmpp RATE DURATION, RATE DURATION…   Markov-modulated Poisson process: state i has arrivals at its RATE and lasts for an
 *                                        exponential time of mean DURATION, then the next one begins, round and round; a RATE of
 *                                        0/s is a pause; 2 to 8 states; one arrival or more in 10000 rounds
 *   file FILE                            one arrival a line: seconds since the guest was loaded, a decimal with up to nine digits
 *                                        behind the point, ascending; '#' begins a comment. Read as it goes, whatever its size.
 */
typedef enum {
    HV_ARRIVALS_POISSON,
    HV_ARRIVALS_EVERY,
    HV_ARRIVALS_MMPP,
    HV_ARRIVALS_FILE,
} HvArrivalsKind;

typedef struct HvArrivalsDef HvArrivalsDef; /* immutable, counted references */

/* NULL with HV_ERROR_WORKLOAD. A file must exist; its lines are checked as they are read. */
HvArrivalsDef *hv_arrivals_parse(const char *text, const char *directory, GError **error);
HvArrivalsDef *hv_arrivals_def_ref(HvArrivalsDef *def);
void hv_arrivals_def_unref(HvArrivalsDef *def);
char *hv_arrivals_format(const HvArrivalsDef *def);
bool hv_arrivals_def_equal(const HvArrivalsDef *a, const HvArrivalsDef *b);
HvArrivalsKind hv_arrivals_kind(const HvArrivalsDef *def);
double
hv_arrivals_rate(const HvArrivalsDef *def); /* jobs per second in the long run; 0: of a file, not known */

/* The source at work. */
typedef struct HvArrivals HvArrivals;
typedef struct HvCodec HvCodec;                                          /* hv/codec.h */
HvArrivals *hv_arrivals_new(const HvArrivalsDef *def, const HvRng *rng); /* the stream is copied */
void hv_arrivals_free(HvArrivals *arrivals);
/*
 * The time of the next arrival, since the source began; never before the last one. HV_TIME_NEVER: there is none any more; of a file
 * that cannot be read on, hv_arrivals_problem() then says why ("FILE:LINE: ...", and behind a newline the remedy), else it is NULL.
 */
HvTime hv_arrivals_next(HvArrivals *arrivals);
const char *hv_arrivals_problem(const HvArrivals *arrivals);
/* A reader's is new, of the same definition. A file that has changed does not fit. */
void hv_arrivals_codec(HvArrivals *arrivals, HvCodec *codec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvArrivalsDef, hv_arrivals_def_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvArrivals, hv_arrivals_free)

#endif
