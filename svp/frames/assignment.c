/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The assignment as a whole: storage, processors and channel paths, before and after a command that changes it.
 *
 * Of any state, so that what a plan leads to can be shown beside what there is. On a large machine only the IPs of the LPARs
 * concerned are drawn, with everybody there; JSON has all of it.
 */
#include "svp/frames/frames.h"

/* Of more LPARs than these nobody wants to see a column each. */
#define LPARS_SHOWN_MAX 12

json_t *svp_assignment_json(MonitorSystem *system, const ResmgrState *state)
{
    json_t *assignment = json_object();

    json_object_set_new(assignment, "ms", svp_storage_json(state, RESMGR_MS, 0));
    json_object_set_new(assignment, "es", svp_storage_json(state, RESMGR_ES, 0));
    json_object_set_new(assignment, "ips", svp_ips_json(system, state, 0));
    json_object_set_new(assignment, "channels", svp_channels_json(state, 0));
    return assignment;
}

static void draw_shares(
    SvpPage *page, MonitorSystem *system, const ResmgrState *state, const unsigned lpars[2],
    const char *title)
{
    const SvpMatrixSelection concerned = {.lpars = {lpars[0], lpars[1]}, .neighbours = true};

    svp_share_matrix_frame(
        page, system, state, state->lpars->len > LPARS_SHOWN_MAX ? &concerned : NULL, title);
}

void svp_assignment_frame(
    SvpPage *page, MonitorSystem *system, const ResmgrState *state, const unsigned lpars[2], const char *when)
{
    g_autofree char *ms = g_strdup_printf("Main storage %s", when);
    g_autofree char *es = g_strdup_printf("Expanded storage %s", when);
    g_autofree char *shares = g_strdup_printf("Shares of the IPs %s, in percent", when);

    svp_storage_bar(page, state, RESMGR_MS, ms);
    if (resmgr_storage_total(state, RESMGR_ES) > 0)
        svp_storage_bar(page, state, RESMGR_ES, es);
    draw_shares(page, system, state, lpars, shares);
}
