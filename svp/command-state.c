/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * SAVE STATE: a checkpoint of the whole machine in the state directory.
 *
 * Nothing is lost without it: it makes the next start quick, since what was done before it need not be done again. QUIT does the same.
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/error.h"
#include "svp/output.h"

SVP_COMMAND_FUNC(save_state)
{
    (void)call;
    if (!console->state) {
        g_set_error_literal(
            error, SVP_ERROR, SVP_ERROR_STATE,
            "There is no state directory\nStart the console with --state DIR, and what it does survives");
        return false;
    }
    if (!svp_state_checkpoint(console->state, error))
        return false;
    g_autofree char *now = svp_text_seconds(monitor_system_now(console->system));

    if (result->json)
        json_object_set_new(result->json, "directory", json_string(svp_state_directory(console->state)));
    else
        svp_page_printf(
            result->page, SVP_STYLE_GOOD, "%s has the state of the machine at %s.\n",
            svp_state_directory(console->state), now);
    return true;
}
