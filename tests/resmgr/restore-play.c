/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Carrying out INTEGs and restores on the books; and what it means that one takes the other back. */
#include "tests/resmgr/restore-play.h"

#include "resmgr/channel-table.h"
#include "resmgr/check.h"
#include "resmgr/integ.h"
#include "tests/resmgr/machine-builder.h"

#include <check.h>
#include <string.h>

void play_integ(ResmgrState *state, const ResmgrPlan *plan, HvTime now)
{
    resmgr_integ_offline(state, plan);
    resmgr_integ_move(state, plan, 0, plan->n_moves_running);
    resmgr_integ_commit(state, plan, now);
    resmgr_integ_channels_online(state, plan);
    resmgr_check_assert(state);
}

ResmgrRestoreWish play_wish(const ResmgrState *from, unsigned number)
{
    const ResmgrLpar *lpar = resmgr_state_lpar(from, number);
    g_autoptr(GArray) chps = resmgr_channel_table_of(from, number);
    ResmgrRestoreWish wish = {.lpar = number, .lips = lpar->lips, .cap = lpar->cap};

    memcpy(wish.areas, lpar->areas, sizeof wish.areas);
    memcpy(wish.weights, lpar->weights, sizeof wish.weights);
    for (unsigned i = 0; i < chps->len; i++)
        hv_chp_map_set(wish.chps, g_array_index(chps, uint8_t, i), true);
    return wish;
}

ResmgrGiver play_giver(const ResmgrState *from, unsigned number)
{
    const ResmgrLpar *lpar = resmgr_state_lpar(from, number);
    ResmgrGiver giver = {.own = lpar};

    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++) {
        giver.least_bytes[kind] = lpar->areas[kind].size_bytes;
        giver.most_bytes[kind] = lpar->areas[kind].size_bytes + lpar->areas[kind].reserved_bytes;
    }
    return giver;
}

/* The giver shrinks and the first `n_groups` groups of moves are made; returns how many there were to make. */
static unsigned go_forward(ResmgrState *state, const ResmgrRestorePlan *plan, unsigned n_groups)
{
    unsigned first = 0, group = 0;

    resmgr_restore_shrink(state, plan);
    resmgr_check_assert(state);
    for (; first < plan->moves->len && group < n_groups; group++) {
        unsigned count = resmgr_moves_group_size(plan->moves, first);

        resmgr_restore_move(state, plan, first, count);
        resmgr_check_assert(state);
        first += count;
    }
    return group;
}

static void go_back(ResmgrState *state, const ResmgrRestorePlan *plan, unsigned n_groups)
{
    g_autofree unsigned *firsts = g_new0(unsigned, n_groups + 1);

    for (unsigned group = 0; group < n_groups; group++)
        firsts[group + 1] = firsts[group] + resmgr_moves_group_size(plan->moves, firsts[group]);
    for (unsigned group = n_groups; group-- > 0;) {
        resmgr_restore_move_back(state, plan, firsts[group], firsts[group + 1] - firsts[group]);
        resmgr_check_assert(state);
    }
    resmgr_restore_grow(state, plan);
    resmgr_check_assert(state);
}

void play_restore(ResmgrState *state, const ResmgrRestorePlan *plan, HvTime now)
{
    g_autoptr(ResmgrState) before = resmgr_state_copy(state);
    unsigned made = 0;

    for (unsigned n_groups = 0; made == n_groups; n_groups++) {
        made = go_forward(state, plan, n_groups);
        go_back(state, plan, made);
        ck_assert_msg(resmgr_state_equal(state, before), "something is left after %u groups", made);
    }
    go_forward(state, plan, UINT_MAX);
    resmgr_restore_commit(state, plan, now);
    resmgr_check_assert(state);
    resmgr_restore_channels_online(state, plan);
    resmgr_check_assert(state);
    g_autofree char *wrong = resmgr_check_6_restored(before, state, plan->lpar, plan->giver);

    ck_assert_msg(!wrong, "%s", wrong);
}

/* Everything of an LPAR, in one line. */
static char *lpar_line(const ResmgrState *state, unsigned number)
{
    const ResmgrLpar *lpar = resmgr_state_lpar(state, number);
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "%s %u", lpar->name, lpar->assignment);
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
        g_string_append_printf(
            text, ", %s %u at %u reserved %u (%u) next %u (%u)", resmgr_storage_kind_name(kind),
            (unsigned)(lpar->areas[kind].size_bytes / HV_MIB),
            (unsigned)(lpar->areas[kind].origin_bytes / HV_MIB),
            (unsigned)(lpar->areas[kind].reserved_bytes / HV_MIB), lpar->areas[kind].reserved_limits,
            (unsigned)(lpar->areas[kind].reserved_next_bytes / HV_MIB),
            lpar->areas[kind].reserved_next_given);
    for (unsigned i = 0; i < lpar->lips->len; i++) {
        const ResmgrLip *lip = &g_array_index(lpar->lips, ResmgrLip, i);

        g_string_append_printf(text, ", LIP %u %u:%u", lip->number, lip->ip, lip->share_bp);
    }
    g_string_append_printf(
        text, ", weights %u %u, cap %u %u, paths", lpar->weights[0], lpar->weights[1], lpar->cap.kind,
        lpar->cap.ips_hundredths);
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++)
        if (resmgr_channel_table_has(state, number, (uint8_t)chpid) ||
            resmgr_lpar_map_has(state->chp_claims[chpid], number))
            g_string_append_printf(
                text, " %02X%s%s%s", chpid,
                resmgr_channel_table_has(state, number, (uint8_t)chpid) ? "" : "-",
                resmgr_lpar_map_has(state->chp_claims[chpid], number) ? "!" : "",
                state->chps[chpid].online ? "" : " offline");
    return g_string_free(text, FALSE);
}

static void
expect_lpar_same(const ResmgrState *before, const ResmgrState *after, unsigned number, const char *what)
{
    g_autofree char *was = lpar_line(before, number), *is = lpar_line(after, number);

    ck_assert_msg(strcmp(was, is) == 0, "%s:\n%s\n%s", what, was, is);
}

void play_expect_same(const ResmgrState *before, const ResmgrState *after, bool origins, const char *what)
{
    g_autoptr(ResmgrState) was = resmgr_state_copy(before), is = resmgr_state_copy(after);

    g_array_set_size(was->commits, 0);
    g_array_set_size(is->commits, 0);
    for (unsigned i = 0; i < was->lpars->len; i++) {
        unsigned number = ((const ResmgrLpar *)was->lpars->pdata[i])->number;

        for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS && !origins; kind++)
            build_corrupt(was, number)->areas[kind].origin_bytes =
                build_corrupt(is, number)->areas[kind].origin_bytes = 0;
        expect_lpar_same(was, is, number, what);
    }
    ck_assert_msg(resmgr_state_equal(was, is), "not as before: %s", what);
}
