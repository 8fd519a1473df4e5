/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What was meant by a word that nobody knows: the nearest of those that are known, by Levenshtein's distance, that is how
 * many characters must be put in, left out or replaced. Capitals do not count. A third of the word may be wrong, and
 * always one letter; further away nothing is suggested, because a wrong guess is worse than none.
 */
#include "hv/nearest.h"

#include <glib.h>
#include <string.h>

#define WORD_MAX 64

/* Row by row of the usual table, of which only one row is kept. Bytes will do: the words of lparsim are ASCII. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[WORD_MAX];
    size_t length = strlen(b);

    if (strlen(a) >= WORD_MAX || length >= WORD_MAX)
        return WORD_MAX;
    for (unsigned j = 0; j <= length; j++)
        row[j] = j;
    for (unsigned i = 1; a[i - 1] != '\0'; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= length; j++) {
            unsigned replaced = diagonal + (g_ascii_tolower(a[i - 1]) != g_ascii_tolower(b[j - 1]));
            diagonal = row[j];
            row[j] = MIN(replaced, MIN(row[j], row[j - 1]) + 1);
        }
    }
    return row[length];
}

const char *hv_nearest(const char *text, const char *const *candidates, unsigned n)
{
    const char *nearest = NULL;
    unsigned least = WORD_MAX;

    for (unsigned i = 0; i < n; i++) {
        unsigned off = distance(text, candidates[i]);
        if (off >= least || off > MAX(1, strlen(candidates[i]) / 3))
            continue;
        nearest = candidates[i];
        least = off;
    }
    return nearest;
}
