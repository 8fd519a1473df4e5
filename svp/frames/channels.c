/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Channel paths: owner, state, mode, and who may get them.
 *
 * People see neighbouring paths that are alike in one line, as a range; programs see each path. Who may get a path is the
 * candidate list where there is one, else everybody it is not denied to by its mode.
 */
#include "resmgr/channel-table.h"
#include "svp/frames/frames.h"
#include "svp/output.h"
#include "svp/table.h"

static bool is_shown(const ResmgrState *state, uint8_t chpid, unsigned lpar)
{
    return state->chps[chpid].installed && (lpar == 0 || resmgr_channel_table_has(state, lpar, chpid));
}

static bool is_candidate(const ResmgrState *state, const ResmgrLpar *lpar, uint8_t chpid)
{
    return lpar->assignment != RESMGR_RETIRED && resmgr_channel_table_may_have(state, lpar->number, chpid);
}

static const char *state_name(const ResmgrChp *chp)
{
    return chp->online && (chp->owner != 0 || chp->mode == HV_CHP_SHARED) ? "online" : "offline";
}

/* Names of the LPARs in the map, separated by ", ". */
static char *names_in(const ResmgrState *state, const uint64_t map[4])
{
    GString *names = g_string_new(NULL);

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = g_ptr_array_index(state->lpars, i);

        if (resmgr_lpar_map_has(map, lpar->number))
            g_string_append_printf(names, "%s%s", names->len ? ", " : "", lpar->name);
    }
    return g_string_free(names, FALSE);
}

/* --- JSON ----------------------------------------------------------------------------------------------- */

static json_t *name_or_null(const ResmgrState *state, unsigned number)
{
    return number == 0 ? json_null() : json_string(resmgr_state_lpar(state, number)->name);
}

static json_t *candidates_json(const ResmgrState *state, uint8_t chpid)
{
    json_t *candidates = json_array();

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = g_ptr_array_index(state->lpars, i);

        if (is_candidate(state, lpar, chpid))
            json_array_append_new(candidates, json_string(lpar->name));
    }
    return candidates;
}

static json_t *users_json(const ResmgrState *state, const ResmgrChp *chp)
{
    json_t *users = json_array();

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = g_ptr_array_index(state->lpars, i);

        if (resmgr_lpar_map_has(chp->users, lpar->number))
            json_array_append_new(users, json_string(lpar->name));
    }
    return users;
}

static json_t *channel_json(const ResmgrState *state, uint8_t chpid)
{
    const ResmgrChp *chp = &state->chps[chpid];
    json_t *channel = json_object();

    json_object_set_new(channel, "chpid", svp_json_chpid(chpid));
    json_object_set_new(channel, "owner", name_or_null(state, chp->owner));
    json_object_set_new(channel, "state", json_string(state_name(chp)));
    json_object_set_new(channel, "mode", json_string(hv_chp_mode_name(chp->mode)));
    json_object_set_new(channel, "candidates", candidates_json(state, chpid));
    json_object_set_new(channel, "candidates_limited", json_boolean(chp->candidates_limited));
    json_object_set_new(channel, "reserved_for", name_or_null(state, chp->reserved_for));
    if (chp->mode == HV_CHP_SHARED)
        json_object_set_new(channel, "users", users_json(state, chp));
    return channel;
}

json_t *svp_channels_json(const ResmgrState *state, unsigned lpar)
{
    json_t *channels = json_array();

    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++)
        if (is_shown(state, (uint8_t)chpid, lpar))
            json_array_append_new(channels, channel_json(state, (uint8_t)chpid));
    return channels;
}

/* --- The frame ------------------------------------------------------------------------------------------ */

static bool are_alike(const ResmgrChp *a, const ResmgrChp *b)
{
    return a->owner == b->owner && a->mode == b->mode && a->online == b->online &&
           a->reserved_for == b->reserved_for && a->candidates_limited == b->candidates_limited &&
           memcmp(a->candidates, b->candidates, sizeof a->candidates) == 0 &&
           memcmp(a->users, b->users, sizeof a->users) == 0;
}

static unsigned end_of_range(const ResmgrState *state, unsigned first, unsigned lpar)
{
    unsigned end = first + 1;

    while (end < HV_MAX_CHPS && is_shown(state, (uint8_t)end, lpar) &&
           are_alike(&state->chps[first], &state->chps[end]))
        end++;
    return end;
}

static void range_row(SvpTable *table, const ResmgrState *state, unsigned first, unsigned end)
{
    const ResmgrChp *chp = &state->chps[first];
    g_autofree char *users = names_in(state, chp->users), *candidates = names_in(state, chp->candidates);
    const ResmgrLpar *owner = resmgr_state_lpar(state, chp->owner);
    const ResmgrLpar *keeper = resmgr_state_lpar(state, chp->reserved_for);

    if (end == first + 1)
        svp_table_cell(table, "%02X", first);
    else
        svp_table_cell(table, "%02X-%02X", first, end - 1);
    svp_table_cell(table, "%u", end - first);
    svp_table_cell(table, "%s", hv_chp_mode_name(chp->mode));
    svp_table_cell(table, "%s", state_name(chp));
    svp_table_cell(table, "%s", chp->mode == HV_CHP_SHARED ? users : owner ? owner->name : "nobody");
    svp_table_cell(table, "%s", keeper ? keeper->name : "");
    svp_table_cell(table, "%s", chp->candidates_limited ? candidates : "any");
}

void svp_channels_frame(SvpPage *page, const ResmgrState *state, unsigned lpar)
{
    static const SvpColumn columns[] = {{"CHPID", false},     {"paths", true},  {"mode", false},
                                        {"state", false},     {"owner", false}, {"reserved for", false},
                                        {"candidates", false}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    for (unsigned first = 0, end; first < HV_MAX_CHPS; first = end) {
        end = first + 1;
        if (!is_shown(state, (uint8_t)first, lpar))
            continue;
        end = end_of_range(state, first, lpar);
        range_row(table, state, first, end);
    }
    svp_page_title(page, "Channel paths%s", svp_table_rows(table) == 0 ? ": none" : "");
    svp_table_print(table, page);
}
