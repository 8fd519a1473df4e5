/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_BENCH_PEAK_H
#define LPARSIM_BENCH_PEAK_H

#include <stdio.h>

/* The most memory this process has had in use, in KiB; 0 if the kernel does not say. (What wait4() says would count the
 * program that started it, too.) */
static inline unsigned long bench_peak_kib(void)
{
    FILE *status = fopen("/proc/self/status", "r");
    unsigned long peak_kib = 0;
    char line[256];

    while (status && fgets(line, sizeof(line), status))
        if (sscanf(line, "VmHWM: %lu", &peak_kib) == 1)
            break;
    if (status)
        fclose(status);
    return peak_kib;
}

#endif
