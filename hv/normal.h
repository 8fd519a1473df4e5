/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_NORMAL_H
#define LPARSIM_HV_NORMAL_H

/* The standard normal distribution: x of which the cumulative probability is p, 0 < p < 1 (asserted), within 10^-15 of x; the same
 * bits on every machine. */
double hv_normal_quantile(double p);

#endif
