/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_FLOAT_H
#define LPARSIM_HV_FLOAT_H

/*
 * Logarithm and exponential that give the same bits on every machine: made of +, -, * and / alone, which IEEE 754 fixes to the last
 * bit. The C library's may differ by one unit between versions and processors, and a random variate made with them would make
 * digests differ. Error below 2 units in the last place; of a power below 2 + |y log x| units, as y log x is rounded.
 */
double hv_float_log(double x);           /* x > 0, finite (asserted) */
double hv_float_exp(double x);           /* 0 below -745; x <= 709 (asserted) */
double hv_float_pow(double x, double y); /* exp(y log x), x > 0; y log x <= 709 (asserted) */

#endif
