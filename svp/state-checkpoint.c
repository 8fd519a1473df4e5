/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checkpoints: the state of the machine as a whole, in a folder of its own.
 *
 * A checkpoint is complete and on the disk before the journal names it; from then on the journal's entries before it are not needed, nor is
 * the checkpoint before.
 */
#include "svp/state-private.h"

#include "svp/error.h"

bool svp_state_checkpoint(SvpState *state, GError **error)
{
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_CHECKPOINT, "%s: checkpoints cannot be written yet", state->directory);
    return false;
}
