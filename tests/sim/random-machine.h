/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_SIM_RANDOM_MACHINE_H
#define LPARSIM_TESTS_SIM_RANDOM_MACHINE_H

#include "hv/rng.h"
#include "resmgr/definition.h"

/* A small machine drawn from the stream: 1-5 IPs, 2-7 LPARs, holes, shares or weights, every kind of
 * workload. Always usable. */
ResmgrDefinition *random_machine(HvRng *rng);

#endif
