/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_RESMGR_RANDOM_DEFINITION_H
#define LPARSIM_TESTS_RESMGR_RANDOM_DEFINITION_H

#include "hv/rng.h"
#include "resmgr/definition.h"

/*
 * A usable definition of 2 .. max_lpars LPARs with MS and ES, holes, shares and weights, caps, paths of every mode
 * with candidates and access, and devices. The same stream gives the same definition.
 */
ResmgrDefinition *random_definition_new(HvRng *rng, unsigned max_lpars);

#endif
