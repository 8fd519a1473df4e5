/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_NEAREST_H
#define LPARSIM_HV_NEAREST_H

/* The candidate nearest to `text` by edit distance, if it is near enough to be what was meant; else NULL. */
const char *hv_nearest(const char *text, const char *const *candidates, unsigned n);

#endif
