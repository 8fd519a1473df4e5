/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Logarithm, exponential and power with the same bits everywhere.
 *
 * IEEE 754 says to the last bit what +, -, * and / give, and nothing here uses more than these and the fields of a double: sign,
 * exponent, fraction. The compiler must not melt a * b + c into one rounding; the build says -ffp-contract=off.
 *
 * Both functions take the number apart so that a short series is enough, and put the parts together so that what is small is added
 * to what is large at the very end. ln 2 is used as a sum: the high part has so many zero bits at its end that its product with
 * any exponent is exact. The way of adding up the parts is known from Sun's fdlibm (Ng, 1993); the series here are the plain ones,
 * a few terms longer than fitted polynomials, so that every coefficient can be checked by hand:
 *   log:  with s = f / (2 + f),  log(1 + f) = f - f^2/2 + s (f^2/2 + R),  R = 2 s^2/3 + 2 s^4/5 + 2 s^6/7 + ...
 *   exp:  r coth(r/2) = 2 + r^2/6 - r^4/360 + ... (Bernoulli's numbers);  with C = r - (r^2/6 - r^4/360 + ...),
 *         e^r = 1 + r + r C / (2 - C)
 */
#include "hv/float.h"

#include <glib.h>
#include <stdint.h>
#include <string.h>

#define FRACTION_BITS 52u
#define FRACTION_MASK ((UINT64_C(1) << FRACTION_BITS) - 1)
#define EXPONENT_BIAS 1023

#define LN2_HIGH 0x1.62e42feep-1 /* 32 bits; the rest of them are 0 */
#define LN2_LOW  0x1.a39ef35793c76p-33
#define LN2_INV  0x1.71547652b82fep+0
#define SQRT2    0x1.6a09e667f3bcdp+0

static uint64_t bits_of(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double double_of(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 2^exponent, for the exponents of normal numbers. */
static double power_of_two(int exponent)
{
    g_assert(exponent > -EXPONENT_BIAS && exponent <= EXPONENT_BIAS);
    return double_of((uint64_t)(exponent + EXPONENT_BIAS) << FRACTION_BITS);
}

/* x = 2^*ret_exponent * (1 + f) with sqrt(1/2) <= 1 + f < sqrt(2); returns f, which is exact. */
static double take_apart(double x, int *ret_exponent)
{
    int exponent = -EXPONENT_BIAS;

    if (x < 0x1p-1022) { /* subnormal: make it normal first */
        x *= 0x1p54;
        exponent -= 54;
    }
    uint64_t bits = bits_of(x);
    double m = double_of((bits & FRACTION_MASK) | (uint64_t)EXPONENT_BIAS << FRACTION_BITS);

    exponent += (int)(bits >> FRACTION_BITS);
    if (m >= SQRT2) {
        m *= 0.5;
        exponent++;
    }
    *ret_exponent = exponent;
    return m - 1;
}

/* R of log(): |s| <= 0.1716, so that the first term left out, 2 s^24 / 25, is below 2^-64. Even and odd terms are two chains, which
 * a processor works on at the same time. */
static double log_series(double s)
{
    double z = s * s, w = z * z;
    double odd = 2.0 / 3 + w * (2.0 / 7 + w * (2.0 / 11 + w * (2.0 / 15 + w * (2.0 / 19 + w * (2.0 / 23)))));
    double even = 2.0 / 5 + w * (2.0 / 9 + w * (2.0 / 13 + w * (2.0 / 17 + w * (2.0 / 21))));

    return z * odd + w * even;
}

double hv_float_log(double x)
{
    int exponent;

    g_assert(x > 0 && x <= 0x1.fffffffffffffp1023);
    double f = take_apart(x, &exponent), k = exponent;
    double s = f / (2 + f), half_square = 0.5 * f * f;
    double correction = s * (half_square + log_series(s)) + k * LN2_LOW;

    return k * LN2_HIGH - ((half_square - correction) - f);
}

/* C of exp(): |r| <= 0.3466, so that the first term left out is below 2^-57. */
static double exp_series(double r)
{
    double t = r * r;
    double p5 = 1.0 / 23950080 - t * (691.0 / 653837184000);

    return r - t * (1.0 / 6 - t * (1.0 / 360 - t * (1.0 / 15120 - t * (1.0 / 604800 - t * p5))));
}

double hv_float_exp(double x)
{
    g_assert(x <= 709);
    if (x < -746)
        return 0;
    int k = (int)(x * LN2_INV + (x < 0 ? -0.5 : 0.5));
    double high = x - k * LN2_HIGH, low = k * LN2_LOW, r = high - low;
    double c = exp_series(r);
    double y = 1 - ((low - r * c / (2 - c)) - high);

    if (k >= -1000)
        return y * power_of_two(k);
    return y * power_of_two(k + 200) *
           0x1p-200; /* in two steps: the result can be subnormal, 2^k not a normal number */
}

double hv_float_pow(double x, double y)
{
    return hv_float_exp(y * hv_float_log(x));
}
