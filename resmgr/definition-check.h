/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_DEFINITION_CHECK_H
#define LPARSIM_RESMGR_DEFINITION_CHECK_H

#include "resmgr/layout.h"

/*
 * One run of resmgr_definition_check(), shared by the definition-check-*.c files and by nobody else: what is
 * looked at, what was computed once for all, and where problems go.
 */
typedef struct {
    const ResmgrDefinition *definition;
    ResmgrProblemFunc report;
    void *data;
    unsigned n_problems;
    char *group;                               /* as the machine file spells it, of what is being looked at */
    ResmgrPlace *places[RESMGR_STORAGE_KINDS]; /* by position in definition->lpars */
    bool in_pool[HV_MAX_IPS];
    unsigned pool_size[HV_IP_TYPES];
    uint64_t users[HV_MAX_CHPS][4]; /* who has each path: bit maps of LPAR numbers */
    GHashTable *disks;              /* absolute name of a file -> the device whose disk it is */
} ResmgrDefinitionCheck;

/* Reports one problem of the current group. `value` and `remedy` may be NULL. */
void resmgr_definition_check_problem(
    ResmgrDefinitionCheck *check, const char *key, const char *value, const char *remedy, const char *format,
    ...) G_GNUC_PRINTF(5, 6);
/* Letters, digits and _ - $ # @; 1 .. 16; not digits only. */
bool resmgr_definition_check_name_is_valid(const char *name);
/* Reports a size that is not a multiple of the increment, with the nearest two that are. True if it is one.
 */
bool resmgr_definition_check_multiple(ResmgrDefinitionCheck *check, const char *key, uint64_t bytes);

/* Each looks at one thing of definition->lpars[index], or of the machine. */
void resmgr_definition_check_storage(ResmgrDefinitionCheck *check, unsigned index, ResmgrStorageKind kind);
void resmgr_definition_check_processors(ResmgrDefinitionCheck *check, unsigned index);
/* Groups of LPARs, and what is said in MSU. */
void resmgr_definition_check_defined_capacity(ResmgrDefinitionCheck *check, unsigned index);
void resmgr_definition_check_lending(ResmgrDefinitionCheck *check, unsigned index);
void resmgr_definition_check_cluster(ResmgrDefinitionCheck *check, unsigned index);
void resmgr_definition_check_weight_range(ResmgrDefinitionCheck *check, unsigned index);
void resmgr_definition_check_group(ResmgrDefinitionCheck *check, unsigned index);
void resmgr_definition_check_lpar_channels(ResmgrDefinitionCheck *check, unsigned index);
void resmgr_definition_check_channel(ResmgrDefinitionCheck *check, uint8_t chpid);
void resmgr_definition_check_device(ResmgrDefinitionCheck *check, unsigned index);
/* Real guests: of the machine, of an LPAR, and what of a device is attached to them. */
void resmgr_definition_check_machine_guests(ResmgrDefinitionCheck *check);
void resmgr_definition_check_guest(ResmgrDefinitionCheck *check, unsigned index);
void resmgr_definition_check_attached(ResmgrDefinitionCheck *check, unsigned index);
/* Service classes, and an LPAR's demand. */
void resmgr_definition_check_class(ResmgrDefinitionCheck *check, unsigned index);
void resmgr_definition_check_jobs(ResmgrDefinitionCheck *check, unsigned index);

#endif
