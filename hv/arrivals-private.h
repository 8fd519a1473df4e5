/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_ARRIVALS_PRIVATE_H
#define LPARSIM_HV_ARRIVALS_PRIVATE_H

#include "hv/arrivals.h"

#define HV_ARRIVALS_STATES_MAX 8u

typedef struct {
    uint64_t millionths_per_h; /* the rate, exact for every way to write it */
    HvTime mean_ns;            /* that the state lasts; 0: for ever, the only state of a Poisson process */
    double gap_ns;             /* mean time between arrivals, from the rate; 0: there are none */
} HvArrivalsState;

/* Made by hv/arrivals-parse.c, used by hv/arrivals.c. */
struct HvArrivalsDef {
    int references; /* atomic */
    HvArrivalsKind kind;
    HvTime every_ns;
    unsigned n_states;
    HvArrivalsState states[HV_ARRIVALS_STATES_MAX];
    char *file, *directory; /* as they were given */
};

#endif
