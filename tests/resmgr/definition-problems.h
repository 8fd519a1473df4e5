/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_RESMGR_DEFINITION_PROBLEMS_H
#define LPARSIM_TESTS_RESMGR_DEFINITION_PROBLEMS_H

#include "resmgr/definition.h"

/* One change to the patent's machine that makes exactly one thing wrong, and the report of it. */
typedef struct {
    void (*spoil)(ResmgrDefinition *definition);
    const char *group, *key, *value;
    const char *reason, *remedy; /* parts of them; remedy NULL: any, or none */
} DefinitionProblem;

/* One change that makes several things wrong: "group/key " of each, in order. */
typedef struct {
    void (*spoil)(ResmgrDefinition *definition);
    const char *places;
} DefinitionConsequence;

extern const DefinitionProblem definition_problems[];
extern const unsigned definition_n_problems;
/* Those of real guests. */
extern const DefinitionProblem definition_guest_problems[];
extern const unsigned definition_n_guest_problems;
extern const DefinitionConsequence definition_consequences[];
extern const unsigned definition_n_consequences;

#endif
