/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_RESMGR_PATENT_DEFINITION_H
#define LPARSIM_TESTS_RESMGR_PATENT_DEFINITION_H

#include "resmgr/definition.h"

/* The machine of JP H06-103092, figures 3(a) and 4(a): 640 MiB, four IPs, three LPARs with two channel paths each. */
ResmgrDefinition *patent_definition_new(void);

#endif
