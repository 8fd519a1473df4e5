/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_DEFINE_H
#define LPARSIM_RESMGR_DEFINE_H

#include "hv/codec.h"
#include "resmgr/state.h"

/* LPARs that come while the machine runs, and go again. */

/*
 * The same definition with a list of LPARs of its own, to which others can be added; all that was there is shared and outlives it. Whoever
 * adds an LPAR keeps it.
 */
ResmgrDefinition *resmgr_definition_view(const ResmgrDefinition *definition);
void resmgr_definition_view_free(ResmgrDefinition *view); /* NULL is allowed */

/*
 * A definition like that one under another name and number. Its classes are the same, so it is of use as long as they are; origins are left to
 * first fit. What a domain of libvirt can have only once, its name and its console's file, is left out.
 */
ResmgrLparDef *resmgr_lpar_def_copy(const ResmgrLparDef *def, const char *name, unsigned number);
/* Written down and read back; classes and demand are named by where the definition has them. The reader's is a new one. */
void resmgr_lpar_def_codec(ResmgrLparDef *def, const ResmgrDefinition *definition, HvCodec *codec);

/* Why the LPAR cannot be added, a sentence and, after a newline, the remedy (free with g_free()); NULL: it can. */
char *resmgr_define_problem(const ResmgrState *state, const ResmgrLparDef *def);
/* The lowest number that no LPAR has; 0: there is none. */
unsigned resmgr_define_number(const ResmgrState *state);
/* Adds it to the books, RELEASED; it is in the state's definition by now, and there is no problem (asserted). */
void resmgr_state_define(ResmgrState *state, const ResmgrLparDef *def);
/* Why the LPAR cannot be taken off the books; NULL: it can. */
char *resmgr_undefine_problem(const ResmgrState *state, unsigned lpar);
void resmgr_state_undefine(ResmgrState *state, unsigned lpar);

#endif
