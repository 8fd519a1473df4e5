/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Named random streams.
 *
 * xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021) with the state
 * filled by SplitMix64, as its authors advise. The name enters by way of a SHA-256, so that "guest 1" and
 * "guest 2" have nothing in common, and no stream's numbers depend on how many others exist or how often they
 * are drawn from.
 */
#include "hv/rng.h"

#include <string.h>

static uint64_t rotate_left(uint64_t x, unsigned bits)
{
    return (x << bits) | (x >> (64 - bits));
}

/* The first eight bytes of the name's SHA-256, little-endian. */
static uint64_t hash_name(const char *name)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 digest[32];
    gsize length = sizeof(digest);
    uint64_t word = 0;

    g_checksum_update(checksum, (const guchar *)name, (gssize)strlen(name));
    g_checksum_get_digest(checksum, digest, &length);
    for (unsigned i = 0; i < 8; i++)
        word |= (uint64_t)digest[i] << (8 * i);
    return word;
}

void hv_rng_init(HvRng *rng, uint64_t seed, const char *name)
{
    uint64_t x = seed ^ hash_name(name);

    for (unsigned i = 0; i < G_N_ELEMENTS(rng->state); i++) {
        rng->state[i] = hv_rng_mix(x);
        x += UINT64_C(0x9E3779B97F4A7C15); /* SplitMix64's own step; hv_rng_mix() adds it before mixing */
    }
}

uint64_t hv_rng_u64(HvRng *rng)
{
    uint64_t *s = rng->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t hv_rng_below(HvRng *rng, uint64_t bound)
{
    g_assert(bound > 0);
    uint64_t rejected = -bound %
                        bound; /* 2^64 mod bound: the values that would make some results more likely */
    uint64_t drawn;

    do
        drawn = hv_rng_u64(rng);
    while (drawn < rejected);
    return drawn % bound;
}

double hv_rng_unit(HvRng *rng)
{
    return (double)(hv_rng_u64(rng) >> 11) * 0x1.0p-53;
}
