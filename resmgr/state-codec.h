/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_STATE_CODEC_H
#define LPARSIM_RESMGR_STATE_CODEC_H

#include "hv/codec.h"
#include "resmgr/state.h"

/*
 * The assignment, written down and read back (hv/codec.h). It is read into a state made from the same definition: what the definition
 * fixes is not written, and other LPARs than it names do not fit.
 */
void resmgr_state_codec(ResmgrState *state, HvCodec *codec);
/* One LPAR's record. The reader's has a name and lips already, which are replaced. */
void resmgr_lpar_codec(ResmgrLpar *lpar, HvCodec *codec);

/* A copy, and an empty one, that are nobody's but the caller's. */
ResmgrLpar *resmgr_lpar_copy(const ResmgrLpar *lpar);
ResmgrLpar *resmgr_lpar_new_empty(void);
/* One that is RELEASED, with what its definition says that it asks for. */
ResmgrLpar *resmgr_lpar_new(const ResmgrDefinition *definition, const ResmgrLparDef *def);
void resmgr_lpar_free(ResmgrLpar *lpar); /* NULL is allowed */

#endif
