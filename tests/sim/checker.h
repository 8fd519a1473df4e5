/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_SIM_CHECKER_H
#define LPARSIM_TESTS_SIM_CHECKER_H

#include "monitor/system.h"

/*
 * Checkers written apart from the code they check: they count increments in a map, add up shares cell by
 * cell, and ask every guest for its bytes. Each returns NULL, or a sentence to be freed.
 */
char *checker_storage(const MonitorSystem *system);
char *checker_shares(const MonitorSystem *system);
char *checker_channels(const MonitorSystem *system);
char *checker_guests(MonitorSystem *system);
char *checker_time(MonitorSystem *system);
/* All of them. */
char *checker_all(MonitorSystem *system);

#endif
