/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_DISTRIBUTION_PRIVATE_H
#define LPARSIM_HV_DISTRIBUTION_PRIVATE_H

#include "hv/distribution.h"

typedef struct {
    HvTime value_ns;
    uint64_t count;     /* > 0 */
    uint64_t cumulated; /* with those of all points before */
} HvEmpiricalPoint;

typedef struct {
    double long_probability, long_mean_ns, short_mean_ns;
} HvHyperexponential;

typedef struct {
    double mu, sigma; /* of the logarithm of nanoseconds */
} HvLognormal;

typedef struct {
    double alpha, covered; /* covered: 1 - (LOW/HIGH)^ALPHA */
} HvPareto;

/* Made by hv/distribution-parse.c, used by hv/distribution.c. The text says all above the line, the rest follows from it. */
struct HvDistribution {
    int references; /* atomic */
    HvDistributionKind kind;
    HvTime time_ns[2];   /* constant: the value; pareto: LOW, HIGH; else: the mean */
    uint64_t millionths; /* CS2, ALPHA */
    char *file;          /* of which the points were read; NULL: they were in the text */
    HvEmpiricalPoint *points;
    unsigned n_points; /* by value, each value once */
    /* ---- */
    double mean_ns, cs2;
    union {
        HvHyperexponential hyperexponential;
        HvLognormal lognormal;
        HvPareto pareto;
    };
};

/* All 0; the one reference is the caller's. */
HvDistribution *hv_distribution_new(HvDistributionKind kind);
/* Computes what follows from the text. */
void hv_distribution_prepare(HvDistribution *distribution);

#endif
