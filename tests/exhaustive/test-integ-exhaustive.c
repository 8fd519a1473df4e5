/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every small INTEG. 2 to 4 LPARs (one retires, one survives, the others stand by) on 8 increments of storage: every
 * way to place their areas, everybody movable or not; and on 3 IPs: every way to give out shares of 0, 50 and 100 %.
 *
 * Each is planned, then carried out step by step with all checkers after each step, while a line of cells moves the
 * content as the plan says and fails when a target is not free. What comes out is compared with optima and sums that are
 * computed here, by trying every layout and by adding up columns.
 *
 * Placements and shares are not multiplied: 106,968 x 3,375 would take an hour. Each placement meets one
 * distribution, and the numbers of the two run against one another, so that each distribution meets some thirty
 * placements. What is expected of storage is computed without the shares and the other way round, so a plan in which
 * one depended on the other would fail here.
 *
 * ES gets a placement of its own, from the other end of the list: so each is seen as MS and as ES, and together.
 */
#include "resmgr/check.h"
#include "resmgr/integ.h"
#include "tests/resmgr/machine-builder.h"

#include <check.h>
#include <string.h>

#define CELLS     8
#define IPS       3
#define MAX_LPARS 4
#define RETIRING  1
#define SURVIVOR  2 /* and 3 and 4 stand by */
#define SLICES    8

/* One area per LPAR: [number - 1]. */
typedef struct {
    uint8_t origin[MAX_LPARS], size[MAX_LPARS];
} Placement;

/* Percent of each IP: [number - 1][ip - 1]. */
typedef struct {
    uint8_t percent[MAX_LPARS][IPS];
} Shares;

typedef struct {
    unsigned n_lpars;
    GArray *placements; /* Placement */
    GArray *shares;     /* Shares */
} World;

/* --- All placements, all distributions -------------------------------------------------------------------------- */

static void place_rest(World *world, Placement *placement, unsigned lpar, unsigned taken)
{
    if (lpar == world->n_lpars) {
        g_array_append_val(world->placements, *placement);
        return;
    }
    for (unsigned origin = 0; origin < CELLS; origin++) {
        for (unsigned size = 1; origin + size <= CELLS; size++) {
            unsigned cells = ((1u << size) - 1) << origin;

            if ((cells & taken) != 0)
                break;
            placement->origin[lpar] = (uint8_t)origin;
            placement->size[lpar] = (uint8_t)size;
            place_rest(world, placement, lpar + 1, taken | cells);
        }
    }
}

static bool everybody_has_some(const Shares *shares, unsigned n_lpars)
{
    for (unsigned lpar = 0; lpar < n_lpars; lpar++) {
        unsigned sum = 0;

        for (unsigned ip = 0; ip < IPS; ip++)
            sum += shares->percent[lpar][ip];
        if (sum == 0)
            return false;
    }
    return true;
}

/* Cell after cell of the matrix, with what is left of its IP. */
static void share_rest(World *world, Shares *shares, unsigned cell, unsigned left)
{
    unsigned lpar = cell % world->n_lpars, ip = cell / world->n_lpars;

    if (ip == IPS) {
        if (everybody_has_some(shares, world->n_lpars))
            g_array_append_val(world->shares, *shares);
        return;
    }
    for (unsigned percent = 0; percent <= left; percent += 50) {
        shares->percent[lpar][ip] = (uint8_t)percent;
        share_rest(world, shares, cell + 1, lpar + 1 == world->n_lpars ? 100 : left - percent);
    }
}

static void world_init(World *world, unsigned n_lpars)
{
    Placement placement = {0};
    Shares shares = {0};

    world->n_lpars = n_lpars;
    world->placements = g_array_new(FALSE, FALSE, sizeof(Placement));
    world->shares = g_array_new(FALSE, FALSE, sizeof(Shares));
    place_rest(world, &placement, 0, 0);
    share_rest(world, &shares, 0, 100);
}

static void world_clear(World *world)
{
    g_array_unref(world->placements);
    g_array_unref(world->shares);
}

/* --- One configuration ------------------------------------------------------------------------------------------ */

typedef struct {
    unsigned n_lpars, fixed; /* bit `number` of fixed: relocatable = no */
    Placement places[RESMGR_STORAGE_KINDS];
    Shares shares;
} Config;

static ResmgrDefinition *definition_of(const Config *config)
{
    ResmgrDefinition *definition = build_machine(IPS, CELLS, CELLS, 0);

    for (unsigned i = 0; i < config->n_lpars; i++) {
        const Placement *ms = &config->places[RESMGR_MS], *es = &config->places[RESMGR_ES];
        unsigned reserved = i + 1 == SURVIVOR ? (unsigned)(CELLS - ms->size[i]) : 0;
        ResmgrLparDef *lpar = build_lpar(definition, i + 1, ms->origin[i], ms->size[i], reserved);

        build_es(lpar, es->origin[i], es->size[i]);
        lpar->relocatable = (config->fixed & (1u << (i + 1))) == 0;
        for (unsigned ip = 0; ip < IPS; ip++) {
            if (config->shares.percent[i][ip] > 0)
                build_share(lpar, ip + 1, config->shares.percent[i][ip]);
        }
    }
    return definition;
}

static char *config_text(const Config *config)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < config->n_lpars; i++)
        g_string_append_printf(
            text, "LPAR%u ms %u+%u es %u+%u%s shares %u/%u/%u; ", i + 1, config->places[0].origin[i],
            config->places[0].size[i], config->places[1].origin[i], config->places[1].size[i],
            config->fixed & (1u << (i + 1)) ? " stays" : "", config->shares.percent[i][0],
            config->shares.percent[i][1], config->shares.percent[i][2]);
    return g_string_free(text, FALSE);
}

/* --- The optimum: every layout is tried -------------------------------------------------------------------------- */

typedef struct {
    unsigned bytes, areas; /* in increments */
} Cost;

static const Cost impossible = {UINT_MAX, UINT_MAX};

static bool is_less(Cost a, Cost b)
{
    return a.bytes != b.bytes ? a.bytes < b.bytes : a.areas < b.areas;
}

/* LPARs from `lpar` on, in every place that is not taken; the survivor with its new size. */
static Cost
try_rest(const Config *config, const Placement *from, unsigned lpar, unsigned taken, Cost cost, Cost best)
{
    if (lpar == config->n_lpars)
        return is_less(cost, best) ? cost : best;
    unsigned size = from->size[lpar] + (lpar + 1 == SURVIVOR ? from->size[RETIRING - 1] : 0u);

    for (unsigned origin = 0; origin + size <= CELLS; origin++) {
        unsigned cells = ((1u << size) - 1) << origin;
        bool moves = origin != from->origin[lpar];
        Cost sum = {cost.bytes + (moves ? from->size[lpar] : 0u), cost.areas + moves};

        if ((cells & taken) == 0 && !(moves && (config->fixed & (1u << (lpar + 1)))))
            best = try_rest(config, from, lpar + 1, taken | cells, sum, best);
    }
    return best;
}

static Cost optimum(const Config *config, ResmgrStorageKind kind)
{
    return try_rest(config, &config->places[kind], RETIRING, 0, (Cost){0, 0}, impossible);
}

/* --- The content, cell by cell ----------------------------------------------------------------------------------- */

/* What each cell holds: 16 x LPAR + position in its area; 0: nothing that counts. */
typedef struct {
    uint8_t cells[RESMGR_STORAGE_KINDS][CELLS];
} Content;

static void content_init(Content *content, const Config *config)
{
    memset(content, 0, sizeof *content);
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++) {
        for (unsigned i = RETIRING; i < config->n_lpars; i++) { /* the retiring LPAR's content is given up */
            for (unsigned c = 0; c < config->places[kind].size[i]; c++)
                content->cells[kind][config->places[kind].origin[i] + c] = (uint8_t)(16 * (i + 1) + c);
        }
    }
}

/* A group: everybody in it is taken out first, then put in; whatever else is at a target must not be lost. */
static void move_content(Content *content, const ResmgrPlan *plan, unsigned first, unsigned count)
{
    const ResmgrMove *moves = (const ResmgrMove *)(const void *)plan->moves->data + first;
    uint8_t taken_out[MAX_LPARS][CELLS];

    for (unsigned i = 0; i < count; i++) {
        uint8_t *from = content->cells[moves[i].kind] + moves[i].from_bytes / HV_MIB;

        memcpy(taken_out[i], from, moves[i].size_bytes / HV_MIB);
        memset(from, 0, moves[i].size_bytes / HV_MIB);
    }
    for (unsigned i = 0; i < count; i++) {
        uint8_t *to = content->cells[moves[i].kind] + moves[i].to_bytes / HV_MIB;

        for (unsigned c = 0; c < moves[i].size_bytes / HV_MIB; c++) {
            ck_assert_msg(to[c] == 0, "the target of LPAR %u is not free", moves[i].lpar);
            to[c] = taken_out[i][c];
        }
    }
}

static unsigned group_size(const ResmgrPlan *plan, unsigned first)
{
    const ResmgrMove *moves = (const ResmgrMove *)(const void *)plan->moves->data;
    unsigned count = 1;

    while (first + count < plan->moves->len && moves[first + count].group == moves[first].group &&
           moves[first + count].kind == moves[first].kind)
        count++;
    return count;
}

/* Everybody finds what was theirs, from position 0 on, where the books say; and nothing lies in the new parts. */
static void expect_content(const Content *content, const Config *config, const ResmgrState *state)
{
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++) {
        for (unsigned i = RETIRING; i < config->n_lpars; i++) {
            const ResmgrArea *area = &resmgr_state_lpar(state, i + 1)->areas[kind];
            unsigned had = config->places[kind].size[i];

            for (unsigned c = 0; c < area->size_bytes / HV_MIB; c++)
                ck_assert_uint_eq(
                    content->cells[kind][area->origin_bytes / HV_MIB + c], c < had ? 16 * (i + 1) + c : 0);
        }
    }
}

/* --- Carrying it out ---------------------------------------------------------------------------------------------- */

static void carry_out(const Config *config, ResmgrState *state, const ResmgrPlan *plan)
{
    g_autoptr(ResmgrState) before = resmgr_state_copy(state);
    Content content;
    unsigned first = 0;

    content_init(&content, config);
    resmgr_integ_offline(state, plan);
    resmgr_check_assert(state);
    for (unsigned count; first < plan->n_moves_running; first += count) {
        count = group_size(plan, first);
        resmgr_integ_move(state, plan, first, count);
        move_content(&content, plan, first, count);
        resmgr_check_assert(state);
    }
    resmgr_integ_commit(state, plan, 0);
    resmgr_check_assert_across(before, state, RETIRING, SURVIVOR);
    for (unsigned count; first < plan->moves->len; first += count) {
        count = group_size(plan, first);
        move_content(&content, plan, first, count);
    }
    resmgr_integ_channels_online(state, plan);
    resmgr_check_assert_across(before, state, RETIRING, SURVIVOR);
    expect_content(&content, config, state);
}

/* --- What must come out ------------------------------------------------------------------------------------------- */

static void expect_optimum(const Config *config, const ResmgrPlan *plan)
{
    Cost planned[RESMGR_STORAGE_KINDS] = {{0, 0}, {0, 0}};
    unsigned sum = 0;

    for (unsigned i = 0; i < plan->moves->len; i++) {
        const ResmgrMove *move = &g_array_index(plan->moves, ResmgrMove, i);

        planned[move->kind].bytes += (unsigned)(move->size_bytes / HV_MIB);
        planned[move->kind].areas++;
    }
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++) {
        Cost best = optimum(config, kind);

        ck_assert_uint_eq(planned[kind].bytes, best.bytes);
        ck_assert_uint_eq(planned[kind].areas, best.areas);
        ck_assert(plan->layout_exact[kind]);
        sum += best.bytes;
    }
    ck_assert_uint_eq(plan->moved_bytes, sum * HV_MIB);
    ck_assert_uint_eq(plan->moved_bound_bytes, sum * HV_MIB);
}

/* Numbers 1, 2, .. go to the survivor's IPs in order, then to those that only the retiring LPAR had. */
static void expect_shares(const Config *config, const ResmgrState *state)
{
    const GArray *lips = resmgr_state_lpar(state, SURVIVOR)->lips;
    const uint8_t *had = config->shares.percent[SURVIVOR - 1], *got = config->shares.percent[RETIRING - 1];
    unsigned number = 0;

    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned ip = 0; ip < IPS; ip++) {
            bool due = pass == 0 ? had[ip] > 0 : had[ip] == 0 && got[ip] > 0;

            if (!due)
                continue;
            ck_assert_uint_lt(number, lips->len);
            const ResmgrLip *lip = &g_array_index(lips, ResmgrLip, number++);

            ck_assert_uint_eq(lip->number, number);
            ck_assert_uint_eq(lip->ip, ip + 1);
            ck_assert_uint_eq(lip->share_bp, 100u * (had[ip] + got[ip]));
        }
    }
    ck_assert_uint_eq(lips->len, number);
}

static void expect_refusal(const ResmgrState *state, const ResmgrState *before, GError *error)
{
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, RESMGR_ERROR_NO_ROOM);
    ck_assert(resmgr_state_equal(state, before));
    g_error_free(error);
}

static bool run(const Config *config)
{
    bool possible = optimum(config, RESMGR_MS).bytes != UINT_MAX &&
                    optimum(config, RESMGR_ES).bytes != UINT_MAX;
    g_autoptr(ResmgrDefinition) definition = definition_of(config);
    g_autoptr(ResmgrState) state = resmgr_state_new(definition);
    g_autoptr(ResmgrState) before = resmgr_state_copy(state);
    GError *error = NULL;
    g_autoptr(ResmgrPlan) plan = resmgr_plan_new(state, RETIRING, SURVIVOR, /* force= */ false, &error);

    if ((plan != NULL) != possible) {
        g_autofree char *text = config_text(config);
        ck_abort_msg("%s: %s", possible ? "refused" : "not refused", text);
    }
    if (plan == NULL) {
        expect_refusal(state, before, error);
        return false;
    }
    expect_optimum(config, plan);
    carry_out(config, state, plan);
    expect_shares(config, state);
    return true;
}

/* --- All of them ---------------------------------------------------------------------------------------------------- */

static Config config_at(const World *world, unsigned placement, unsigned fixed, unsigned serial)
{
    unsigned n = world->placements->len;
    Config config = {.n_lpars = world->n_lpars, .fixed = fixed << SURVIVOR};

    config.places[RESMGR_MS] = g_array_index(world->placements, Placement, placement);
    config.places[RESMGR_ES] = g_array_index(world->placements, Placement, n - 1 - placement);
    config.shares = g_array_index(world->shares, Shares, serial % world->shares->len);
    return config;
}

static unsigned run_slice(unsigned n_lpars, unsigned slice, unsigned *ret_refused)
{
    World world;
    unsigned n_ways_fixed = 1u << (n_lpars - 1), n_done = 0, serial = 0;

    world_init(&world, n_lpars);
    for (unsigned placement = 0; placement < world.placements->len; placement++) {
        for (unsigned fixed = 0; fixed < n_ways_fixed; fixed++, serial++) {
            if (placement % SLICES != slice)
                continue;
            Config config = config_at(&world, placement, fixed, serial);

            *ret_refused += !run(&config);
            n_done++;
        }
    }
    world_clear(&world);
    return n_done;
}

/* C(8 + k, 2k) k! ways to place k areas. 2: 420, 3: 2772, 4: 11880, times who stays: 2, 4, 8. */
START_TEST(the_lists_are_complete)
{
    static const unsigned placements[] = {420, 2772, 11880};

    for (unsigned n_lpars = 2; n_lpars <= MAX_LPARS; n_lpars++) {
        World world;

        world_init(&world, n_lpars);
        ck_assert_uint_eq(world.placements->len, placements[n_lpars - 2]);
        ck_assert_uint_gt(world.placements->len << (n_lpars - 1), world.shares->len);
        world_clear(&world);
    }
}
END_TEST

START_TEST(every_small_integ_is_the_best_there_is)
{
    unsigned refused = 0, done = 0;

    for (unsigned n_lpars = 2; n_lpars <= MAX_LPARS; n_lpars++)
        done += run_slice(n_lpars, (unsigned)_i, &refused);
    ck_assert_uint_gt(refused, done / 100); /* both happen, and often */
    ck_assert_uint_gt(done - refused, done / 10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exhaustive/integ");
    TCase *tcase = tcase_create("integ");

    tcase_set_timeout(tcase, 600);
    tcase_add_test(tcase, the_lists_are_complete);
    tcase_add_loop_test(tcase, every_small_integ_is_the_best_there_is, 0, SLICES);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
