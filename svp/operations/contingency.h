/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_OPERATIONS_CONTINGENCY_H
#define LPARSIM_SVP_OPERATIONS_CONTINGENCY_H

#include "svp/operations/journal-file.h"
#include "svp/state.h"

/*
 * The contingency: another state directory of the same machine, to which the journals of this one are applied. It remembers how far it has come,
 * and the hash of the receiver that it has applied last.
 */
typedef struct {
    uint64_t applied;  /* the last entry; 0: none */
    uint64_t applying; /* the entry that was under way when an application broke off; 0: none did */
    HvTime at_ns;      /* how far its clock was brought */
    char machine[65], sha256[65];
} SvpContingencyPosition;

/* "sha256" of the definition, as a file: the id of a machine; free with g_free(). */
char *svp_contingency_machine_id(const ResmgrDefinition *definition);
/* Opens the directory to look. SVP_ERROR_CONTINGENCY: it is no contingency of that machine; what svp_state_open() says. */
bool svp_contingency_position(
    const char *directory, const char *machine, SvpContingencyPosition *ret_position, GError **error);

typedef struct {
    const ResmgrDefinition *definition;
    const char *machine; /* its id */
    uint64_t seed;
    bool seed_known; /* else the directory must be there already */
} SvpContingencySource;

/*
 * Applies what the directory does not have yet of the files, in order, each entry at its time. Everything is checked before anything is done: gaps, the
 * chain, the machine. *ret_position: how far it is now, also where it fails on the way. SVP_ERROR_CONTINGENCY.
 */
bool svp_contingency_apply(
    const char *directory, const SvpContingencySource *source, const GPtrArray *files,
    SvpContingencyPosition *ret_position, uint64_t *ret_n_applied, GError **error);

#endif
