/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The assignment, written down and read back.
 *
 * Every field that may change while the machine runs is named; what the definition fixes (which IPs are pooled)
 * follows from it. A field that is added to the state must be added here too, and to resmgr_state_equal(), by which the tests
 * of this file measure.
 *
 * What is read is as untrusted as anything that comes from outside: numbers that others use as indices are checked here; whether the
 * whole makes sense is what resmgr/check.h asks afterwards.
 */
#include "resmgr/state-codec.h"

#include <string.h>

/* No more commits than LPARs, unless some were brought back in between. */
#define COMMITS_MAX 1000000u

static void map_codec(HvCodec *codec, uint64_t map[4])
{
    for (unsigned i = 0; i < 4; i++)
        hv_codec_u64(codec, &map[i]);
}

static void area_codec(ResmgrArea *area, HvCodec *codec)
{
    hv_codec_u64(codec, &area->origin_bytes);
    hv_codec_u64(codec, &area->size_bytes);
    hv_codec_u64(codec, &area->reserved_bytes);
    hv_codec_bool(codec, &area->reserved_limits);
    hv_codec_u64(codec, &area->reserved_next_bytes);
    hv_codec_bool(codec, &area->reserved_next_given);
}

/* LIPs come by number, each once. */
static void lip_codec(ResmgrLip *lip, HvCodec *codec, unsigned before)
{
    hv_codec_u16(codec, &lip->number);
    hv_codec_u16(codec, &lip->ip);
    hv_codec_u32(codec, &lip->share_bp);
    HV_CODEC_ENUM(codec, lip->type, HV_IP_TYPES);
    if (hv_codec_reads(codec) && (lip->number <= before || lip->number > HV_MAX_LIPS || lip->ip > HV_MAX_IPS))
        hv_codec_fail(codec, "LIP %u on IP %u is not possible", lip->number, lip->ip);
}

static void lips_codec(GArray *lips, HvCodec *codec)
{
    size_t count = lips->len;

    hv_codec_count(codec, &count, HV_MAX_LIPS);
    if (hv_codec_reads(codec))
        g_array_set_size(lips, (guint)count);
    for (unsigned i = 0; i < count; i++)
        lip_codec(
            &g_array_index(lips, ResmgrLip, i), codec,
            i > 0 ? g_array_index(lips, ResmgrLip, i - 1).number : 0);
}

void resmgr_lpar_codec(ResmgrLpar *lpar, HvCodec *codec)
{
    hv_codec_begin(codec, "assignment of an LPAR", 1);
    hv_codec_uint(codec, &lpar->number);
    hv_codec_string(codec, &lpar->name);
    HV_CODEC_ENUM(codec, lpar->assignment, RESMGR_RETIRED + 1);
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
        area_codec(&lpar->areas[kind], codec);
    lips_codec(lpar->lips, codec);
    for (unsigned type = 0; type < HV_IP_TYPES; type++)
        hv_codec_u32(codec, &lpar->weights[type]);
    HV_CODEC_ENUM(codec, lpar->cap.kind, RESMGR_CAP_ABSOLUTE + 1);
    hv_codec_u32(codec, &lpar->cap.ips_hundredths);
    hv_codec_bool(codec, &lpar->relocatable);
    hv_codec_bool(codec, &lpar->cross_partition_authority);
    hv_codec_bool(codec, &lpar->isolated);
    hv_codec_end(codec);
}

static void chp_codec(ResmgrChp *chp, HvCodec *codec)
{
    hv_codec_bool(codec, &chp->installed);
    HV_CODEC_ENUM(codec, chp->mode, HV_CHP_SHARED + 1);
    hv_codec_u8(codec, &chp->owner);
    hv_codec_bool(codec, &chp->online);
    hv_codec_u8(codec, &chp->reserved_for);
    hv_codec_bool(codec, &chp->candidates_limited);
    map_codec(codec, chp->candidates);
    map_codec(codec, chp->users);
}

static void commits_codec(GArray *commits, HvCodec *codec)
{
    size_t count = commits->len;

    hv_codec_count(codec, &count, COMMITS_MAX);
    if (hv_codec_reads(codec))
        g_array_set_size(commits, (guint)count);
    for (unsigned i = 0; i < count; i++) {
        ResmgrCommit *commit = &g_array_index(commits, ResmgrCommit, i);

        hv_codec_moment(codec, &commit->at_ns);
        hv_codec_uint(codec, &commit->retired);
        hv_codec_uint(codec, &commit->survivor);
        if (commit->retired < 1 || commit->retired > RESMGR_MAX_LPARS || commit->survivor > RESMGR_MAX_LPARS)
            hv_codec_fail(codec, "LPAR %u cannot have gone into LPAR %u", commit->retired, commit->survivor);
    }
}

/* Those of the definition, of which number and name tell. */
static void defined_lpar_codec(ResmgrLpar *lpar, HvCodec *codec)
{
    unsigned number = lpar->number;
    g_autofree char *name = g_strdup(lpar->name);

    resmgr_lpar_codec(lpar, codec);
    if (lpar->number == number && g_strcmp0(lpar->name, name) == 0)
        return;
    hv_codec_fail(codec, "it is that of another machine, without LPAR %s (%u)", name, number);
    lpar->number = number;
    g_free(lpar->name);
    lpar->name = g_steal_pointer(&name);
}

void resmgr_state_codec(ResmgrState *state, HvCodec *codec)
{
    size_t n_lpars = state->lpars->len;

    hv_codec_begin(codec, "assignment", 1);
    hv_codec_count(codec, &n_lpars, RESMGR_MAX_LPARS);
    if (n_lpars != state->lpars->len)
        hv_codec_fail(
            codec, "it is that of another machine, with %zu LPARs instead of %u", n_lpars, state->lpars->len);
    for (unsigned i = 0; i < state->lpars->len; i++)
        defined_lpar_codec(g_ptr_array_index(state->lpars, i), codec);
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        chp_codec(&state->chps[chpid], codec);
        map_codec(codec, state->chp_claims[chpid]);
    }
    commits_codec(state->commits, codec);
    hv_codec_u64(codec, &state->channel_changes);
    hv_codec_end(codec);
}
