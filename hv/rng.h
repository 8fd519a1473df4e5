/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_RNG_H
#define LPARSIM_HV_RNG_H

#include <glib.h>
#include <stdint.h>

/*
 * A named stream of random numbers. Its state follows from (seed, name) alone, so a stream that is added or
 * drawn from more often changes no other. Generator: xoshiro256** of Blackman and Vigna, seeded by SplitMix64
 * from the seed and a SHA-256 of the name. Plain data: copying it forks the stream.
 */
typedef struct {
    uint64_t state[4];
} HvRng;

void hv_rng_init(HvRng *rng, uint64_t seed, const char *name);
uint64_t hv_rng_u64(HvRng *rng);
/* Uniform in 0 .. bound-1 without bias (rejection). bound > 0 (asserted). */
uint64_t hv_rng_below(HvRng *rng, uint64_t bound);
/* Uniform in [0, 1) with 53 bits; for reports and distributions, never for assignment. */
double hv_rng_unit(HvRng *rng);

/* One step of SplitMix64: a cheap, well mixed 64-bit function of x. Also used to fill storage. */
static inline uint64_t hv_rng_mix(uint64_t x)
{
    x += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

#endif
