/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The assignment written down and read back: states with something random in every field that can change, into a new state of the same
 * definition. Equal is what resmgr_state_equal() says is equal, which knows every field.
 *
 * The number of the loop, printed with a failure, is the seed.
 */
#include "hv/error.h"
#include "machine-builder.h"
#include "resmgr/state-codec.h"

#include <check.h>
#include <stdlib.h>

static ResmgrDefinition *build(void)
{
    ResmgrDefinition *definition = build_machine(/* n_ips= */ 4, /* ms_mib= */ 64, /* es_mib= */ 16, 8);

    for (unsigned i = 1; i <= 3; i++) {
        ResmgrLparDef *lpar = build_lpar(definition, 60 * i, BUILD_FIRST_FIT, 8, 0);

        build_share(lpar, i, 50);
        build_chp(lpar, (uint8_t)i);
    }
    return definition;
}

static void draw_map(HvRng *rng, uint64_t map[4])
{
    for (unsigned i = 0; i < 4; i++)
        map[i] = hv_rng_u64(rng);
}

static bool flip(HvRng *rng)
{
    return hv_rng_below(rng, 2) != 0;
}

static void draw_area(HvRng *rng, ResmgrArea *area)
{
    *area = (ResmgrArea){
        .origin_bytes = hv_rng_u64(rng),
        .size_bytes = hv_rng_u64(rng),
        .reserved_bytes = hv_rng_u64(rng),
        .reserved_limits = flip(rng),
        .reserved_next_bytes = hv_rng_u64(rng),
        .reserved_next_given = flip(rng),
    };
}

static void draw_lpar(HvRng *rng, ResmgrLpar *lpar)
{
    lpar->assignment = (ResmgrAssignment)hv_rng_below(rng, RESMGR_RETIRED + 1);
    draw_area(rng, &lpar->areas[RESMGR_MS]);
    draw_area(rng, &lpar->areas[RESMGR_ES]);
    g_array_set_size(lpar->lips, 0);
    for (uint16_t lip = 1; lip <= HV_MAX_LIPS; lip++) {
        const ResmgrLip one = {
            lip, (uint16_t)hv_rng_below(rng, HV_MAX_IPS), (uint32_t)hv_rng_below(rng, 10001),
            (HvIpType)hv_rng_below(rng, HV_IP_TYPES)};

        if (hv_rng_below(rng, 20) == 0)
            g_array_append_val(lpar->lips, one);
    }
    for (unsigned type = 0; type < HV_IP_TYPES; type++)
        lpar->weights[type] = (uint32_t)hv_rng_below(rng, 1000);
    lpar->cap.kind = (ResmgrCapKind)hv_rng_below(rng, RESMGR_CAP_ABSOLUTE + 1);
    lpar->cap.ips_hundredths = (uint32_t)hv_rng_below(rng, 25501);
    lpar->relocatable = flip(rng);
    lpar->cross_partition_authority = flip(rng);
    lpar->isolated = flip(rng);
}

static void draw_state(HvRng *rng, ResmgrState *state)
{
    for (unsigned i = 0; i < state->lpars->len; i++)
        draw_lpar(rng, g_ptr_array_index(state->lpars, i));
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        ResmgrChp *chp = &state->chps[chpid];

        chp->installed = flip(rng);
        chp->mode = (HvChpMode)hv_rng_below(rng, HV_CHP_SHARED + 1);
        chp->owner = (uint8_t)hv_rng_below(rng, 256);
        chp->online = flip(rng);
        chp->reserved_for = (uint8_t)hv_rng_below(rng, 256);
        chp->candidates_limited = flip(rng);
        draw_map(rng, chp->candidates);
        draw_map(rng, chp->users);
        draw_map(rng, state->chp_claims[chpid]);
    }
    for (uint64_t n = hv_rng_below(rng, 20); n > 0; n--) {
        const ResmgrCommit commit = {
            hv_rng_below(rng, UINT64_C(1) << 62), 1 + (unsigned)hv_rng_below(rng, 255),
            (unsigned)hv_rng_below(rng, 256)};

        g_array_append_val(state->commits, commit);
    }
    state->channel_changes = hv_rng_u64(rng);
}

static GBytes *write_state(HvEngine *engine, ResmgrState *state)
{
    g_autoptr(HvCodec) codec = hv_codec_writer(engine, /* whole= */ true);
    GBytes *bytes;

    resmgr_state_codec(state, codec);
    hv_codec_finish(codec, &bytes, NULL);
    return bytes;
}

static bool read_state(HvEngine *engine, ResmgrState *state, GBytes *bytes, GError **error)
{
    g_autoptr(HvCodec) codec = hv_codec_reader(engine, /* whole= */ true, bytes);

    resmgr_state_codec(state, codec);
    return hv_codec_finish(codec, NULL, error);
}

START_TEST(every_field)
{
    HvRng rng;
    g_autoptr(ResmgrDefinition) definition = build();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autoptr(ResmgrState) read = resmgr_state_new(definition);
    g_autoptr(HvEngine) engine = hv_engine_new();

    hv_rng_init(&rng, (uint64_t)_i, "test-state-codec");
    hv_engine_set_clock(engine, UINT64_C(1) << 62);
    draw_state(&rng, state);
    draw_state(&rng, read);
    g_autoptr(GBytes) bytes = write_state(engine, state);

    ck_assert(!resmgr_state_equal(state, read));
    ck_assert(read_state(engine, read, bytes, NULL));
    ck_assert(resmgr_state_equal(state, read));
    ck_assert_uint_eq(state->channel_changes, read->channel_changes);
}
END_TEST

START_TEST(another_machine)
{
    g_autoptr(ResmgrDefinition) definition = build();
    g_autoptr(ResmgrDefinition) more = build();
    g_autoptr(ResmgrDefinition) other = build();
    ResmgrLparDef *renamed = g_ptr_array_index(other->lpars, 1);
    g_autoptr(HvEngine) engine = hv_engine_new();
    GError *error = NULL;

    build_share(build_lpar(more, 7, BUILD_FIRST_FIT, 8, 0), 4, 50);
    g_free(renamed->name);
    renamed->name = g_strdup("OTHER");
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autoptr(ResmgrState) with_more = resmgr_state_new(more);
    g_autoptr(ResmgrState) with_other = resmgr_state_new(other);
    g_autoptr(GBytes) bytes = write_state(engine, state);

    ck_assert(!read_state(engine, with_more, bytes, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_IMAGE));
    g_clear_error(&error);
    ck_assert(!read_state(engine, with_other, bytes, &error));
    ck_assert_msg(g_strrstr(error->message, "without LPAR OTHER") != NULL, "%s", error->message);
    g_clear_error(&error);
}
END_TEST

/* Cut anywhere: refused. A bit flipped anywhere: refused, or some state. */
START_TEST(damage)
{
    g_autoptr(ResmgrDefinition) definition = build();
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autoptr(HvEngine) engine = hv_engine_new();
    g_autoptr(GBytes) bytes = write_state(engine, state);
    gsize length;
    const guint8 *data = g_bytes_get_data(bytes, &length);

    for (gsize at = 0; at < length; at += 7) {
        g_autoptr(ResmgrState) a = resmgr_state_new(definition);
        g_autoptr(ResmgrState) b = resmgr_state_new(definition);
        g_autoptr(GBytes) cut = g_bytes_new(data, at);
        g_autofree guint8 *copy = g_memdup2(data, length);

        copy[at] ^= (guint8)(1u << at % 8);
        g_autoptr(GBytes) flipped = g_bytes_new(copy, length);

        ck_assert(!read_state(engine, a, cut, NULL));
        read_state(engine, b, flipped, NULL);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resmgr/state-codec");
    TCase *tcase = tcase_create("states");

    tcase_add_loop_test(tcase, every_field, 0, 50);
    tcase_add_test(tcase, another_machine);
    tcase_add_test(tcase, damage);
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
