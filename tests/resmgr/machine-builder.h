/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_RESMGR_MACHINE_BUILDER_H
#define LPARSIM_TESTS_RESMGR_MACHINE_BUILDER_H

#include "resmgr/state.h"

/* Definitions made by hand, in MiB and percent, for tests; and what every test of a refusal asks. */
#define BUILD_FIRST_FIT UINT32_MAX

/* A machine of CP IPs, an increment of 1 MiB, and the paths 00 .. n_chps - 1 installed. */
ResmgrDefinition *build_machine(unsigned n_ips, unsigned ms_mib, unsigned es_mib, unsigned n_chps);
/* "LPAR<number>", which the definition owns; its processors and paths are still to come. */
ResmgrLparDef *build_lpar(
    ResmgrDefinition *definition, unsigned number, unsigned origin_mib, unsigned size_mib,
    unsigned reserved_mib);
void build_es(ResmgrLparDef *lpar, unsigned origin_mib, unsigned size_mib);
void build_share(ResmgrLparDef *lpar, unsigned ip, unsigned percent);
void build_weight(ResmgrLparDef *lpar, HvIpType type, unsigned weight, unsigned n_lips);
void build_chp(ResmgrLparDef *lpar, uint8_t chpid);
void build_candidate(ResmgrDefinition *definition, uint8_t chpid, const char *lpar);
void build_access(ResmgrDefinition *definition, uint8_t chpid, const char *lpar);
HvDeviceDef *build_device(ResmgrDefinition *definition, const char *name, uint16_t number, uint8_t chpid);

/* The LPAR's record, to be corrupted. */
ResmgrLpar *build_corrupt(ResmgrState *state, unsigned number);
/* Fails the test unless *error is that refusal and its message contains `text`; clears it. */
void build_expect_error(GError **error, int code, const char *text);

#endif
