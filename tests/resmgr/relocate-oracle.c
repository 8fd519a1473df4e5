/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The optima and the referee of the relocation tests.
 *
 * The first optimum is the definition itself: all origins of all areas. The second goes along the line from cell 0: at each
 * cell either nothing begins, or one of the areas not yet passed begins there; what matters of the past is only which
 * areas have been passed, so the least cost of (cell, set) is kept. The referee has a line of cells with the owner of each, and carries
 * out the moves one group after the other.
 */
#include "relocate-oracle.h"

#define MAX_AREAS 16

/* The areas with the survivor as the last one: its size is the new one. */
typedef struct {
    unsigned n;
    uint64_t origins[MAX_AREAS], sizes[MAX_AREAS], content[MAX_AREAS]; /* content: what a move costs */
    bool may_move[MAX_AREAS];
    uint64_t total;
} Areas;

static Areas areas_of(const ResmgrRelocateProblem *problem)
{
    Areas areas = {.n = problem->n_bystanders + 1, .total = problem->total};
    unsigned last = problem->n_bystanders;

    g_assert(areas.n <= MAX_AREAS);
    for (unsigned i = 0; i < last; i++) {
        areas.origins[i] = problem->bystanders[i].origin;
        areas.sizes[i] = areas.content[i] = problem->bystanders[i].size;
        areas.may_move[i] = problem->bystanders[i].movable;
    }
    areas.origins[last] = problem->survivor_origin;
    areas.sizes[last] = problem->survivor_new_size;
    areas.content[last] = problem->survivor_size;
    areas.may_move[last] = problem->survivor_movable || problem->survivor_size == 0;
    return areas;
}

static OracleCost worse_by(OracleCost cost, const Areas *areas, unsigned i, uint64_t origin)
{
    if (areas->content[i] > 0 && origin != areas->origins[i]) {
        cost.bytes += areas->content[i];
        cost.areas++;
    }
    return cost;
}

static void keep_better(OracleCost *best, OracleCost cost)
{
    if (!cost.possible)
        return;
    if (!best->possible || cost.bytes < best->bytes ||
        (cost.bytes == best->bytes && cost.areas < best->areas))
        *best = cost;
}

/* --- By enumeration -------------------------------------------------------------------------------------- */

static void enumerate(const Areas *areas, unsigned i, uint64_t taken, OracleCost cost, OracleCost *best)
{
    if (i == areas->n) {
        keep_better(best, cost);
        return;
    }
    for (uint64_t origin = 0; origin + areas->sizes[i] <= areas->total; origin++) {
        uint64_t cells = ((UINT64_C(1) << areas->sizes[i]) - 1) << origin;

        if ((taken & cells) || (origin != areas->origins[i] && !areas->may_move[i]))
            continue;
        enumerate(areas, i + 1, taken | cells, worse_by(cost, areas, i, origin), best);
    }
}

OracleCost oracle_by_enumeration(const ResmgrRelocateProblem *problem)
{
    Areas areas = areas_of(problem);
    OracleCost best = {0};

    g_assert(areas.total < 64);
    enumerate(&areas, 0, 0, (OracleCost){.possible = true}, &best);
    return best;
}

/* --- By a sweep along the line --------------------------------------------------------------------------- */

/* From one cell with one set passed: what can begin there. */
static void sweep_on(const Areas *areas, uint64_t cell, unsigned passed, OracleCost *table)
{
    unsigned sets = 1u << areas->n;
    OracleCost cost = table[cell * sets + passed];

    if (!cost.possible)
        return;
    if (cell < areas->total)
        keep_better(&table[(cell + 1) * sets + passed], cost);
    for (unsigned i = 0; i < areas->n; i++) {
        if ((passed & (1u << i)) || cell + areas->sizes[i] > areas->total ||
            (cell != areas->origins[i] && !areas->may_move[i]))
            continue;
        keep_better(
            &table[(cell + areas->sizes[i]) * sets + (passed | (1u << i))], worse_by(cost, areas, i, cell));
    }
}

OracleCost oracle_by_sweep(const ResmgrRelocateProblem *problem)
{
    Areas areas = areas_of(problem);
    unsigned sets = 1u << areas.n;
    g_autofree OracleCost *table = g_new0(OracleCost, (areas.total + 1) * sets);

    table[0].possible = true;
    for (uint64_t cell = 0; cell <= areas.total; cell++)
        for (unsigned passed = 0; passed < sets; passed++)
            sweep_on(&areas, cell, passed, table);
    return table[areas.total * sets + sets - 1];
}

uint64_t oracle_largest_hole(const ResmgrRelocateProblem *problem)
{
    ResmgrRelocateProblem smaller = *problem;

    for (smaller.survivor_new_size = problem->total; smaller.survivor_new_size > 0;
         smaller.survivor_new_size--)
        if (oracle_by_sweep(&smaller).possible)
            return smaller.survivor_new_size;
    return 0;
}

/* --- The referee ----------------------------------------------------------------------------------------- */

#define NOBODY (UINT32_MAX - 1)

typedef struct {
    const ResmgrRelocateProblem *problem;
    const ResmgrRelocatePlan *plan;
    GArray *owners; /* uint32_t per cell */
} Referee;

static bool is_free_for(const Referee *referee, uint64_t origin, uint64_t size, uint32_t who)
{
    for (uint64_t cell = origin; cell < origin + size; cell++) {
        uint32_t owner = g_array_index(referee->owners, uint32_t, cell);

        if (owner != NOBODY && owner != who)
            return false;
    }
    return true;
}

static void set_owner(Referee *referee, uint64_t origin, uint64_t size, uint32_t who)
{
    for (uint64_t cell = origin; cell < origin + size; cell++)
        g_array_index(referee->owners, uint32_t, cell) = who;
}

static bool touches(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a < b + b_size && b < a + a_size;
}

static bool needs_room_of(const ResmgrRelocateMove *move, const ResmgrRelocateMove *other)
{
    return move != other && touches(move->to, move->size, other->from, other->size);
}

/* Whether everybody in moves[first .. end) needs, through others there, the room of everybody else there. */
static bool is_cycle(const ResmgrRelocateMove *moves, unsigned first, unsigned end)
{
    for (unsigned start = first; start < end; start++) {
        g_autofree bool *reached = g_new0(bool, end);
        unsigned n_reached = 0;

        reached[start] = true;
        for (unsigned round = first; round < end; round++)
            for (unsigned i = first; i < end; i++)
                for (unsigned j = first; reached[i] && j < end; j++)
                    reached[j] = reached[j] || needs_room_of(&moves[i], &moves[j]);
        for (unsigned i = first; i < end; i++)
            n_reached += reached[i];
        if (n_reached < end - first)
            return false;
    }
    return true;
}

/* Carries out moves[first .. end), one group. */
static char *play_group(Referee *referee, unsigned first, unsigned end)
{
    const ResmgrRelocateMove *moves = referee->plan->moves;

    if (!is_cycle(moves, first, end))
        return g_strdup_printf("group %u is not a cycle", moves[first].group);
    for (unsigned i = first; i < end; i++) {
        for (uint64_t cell = moves[i].from; cell < moves[i].from + moves[i].size; cell++)
            if (g_array_index(referee->owners, uint32_t, cell) != moves[i].who)
                return g_strdup_printf("move %u begins where its area is not", i);
        set_owner(referee, moves[i].from, moves[i].size, NOBODY);
    }
    for (unsigned i = first; i < end; i++) {
        if (!is_free_for(referee, moves[i].to, moves[i].size, moves[i].who))
            return g_strdup_printf("move %u goes where there is no room", i);
        set_owner(referee, moves[i].to, moves[i].size, moves[i].who);
    }
    return NULL;
}

/* Whoever comes after the survivor's group must need room of it, or of one after it. */
static char *check_survivor_is_late(const ResmgrRelocatePlan *plan)
{
    unsigned survivors = 0, begin = 0;

    while (survivors < plan->n_moves && plan->moves[survivors].who != RESMGR_RELOCATE_SURVIVOR)
        survivors++;
    if (survivors == plan->n_moves)
        return NULL;
    while (plan->moves[begin].group != plan->moves[survivors].group)
        begin++;
    for (unsigned i = begin; i < plan->n_moves; i++) {
        bool needs = plan->moves[i].group == plan->moves[survivors].group;

        for (unsigned j = 0; j < plan->n_moves; j++)
            if (plan->moves[j].group == plan->moves[i].group)
                for (unsigned k = begin; k < plan->n_moves; k++)
                    needs = needs || (plan->moves[k].group < plan->moves[i].group &&
                                      needs_room_of(&plan->moves[j], &plan->moves[k]));
        if (!needs)
            return g_strdup_printf("move %u waits for the survivor without need", i);
    }
    return NULL;
}

static char *play_moves(Referee *referee)
{
    const ResmgrRelocatePlan *plan = referee->plan;
    uint32_t group = 0;

    for (unsigned first = 0, end = 0; first < plan->n_moves; first = end, group++) {
        while (end < plan->n_moves && plan->moves[end].group == plan->moves[first].group)
            end++;
        if (plan->moves[first].group != group)
            return g_strdup_printf("group %u where %u was to come", plan->moves[first].group, group);
        char *fault = play_group(referee, first, end);

        if (fault)
            return fault;
    }
    return check_survivor_is_late(plan);
}

static void place_all(Referee *referee)
{
    const ResmgrRelocateProblem *problem = referee->problem;

    for (uint64_t cell = 0; cell < problem->total; cell++)
        g_array_append_val(referee->owners, ((uint32_t){NOBODY}));
    for (unsigned i = 0; i < problem->n_bystanders; i++)
        set_owner(referee, problem->bystanders[i].origin, problem->bystanders[i].size, i);
    set_owner(
        referee, problem->survivor_size ? problem->survivor_origin : 0, problem->survivor_size,
        RESMGR_RELOCATE_SURVIVOR);
}

/* After the moves: everybody is where the plan says, and the survivor's new area is free for it. */
static char *check_places(const Referee *referee)
{
    const ResmgrRelocateProblem *problem = referee->problem;
    const ResmgrRelocatePlan *plan = referee->plan;

    for (unsigned i = 0; i < problem->n_bystanders; i++)
        for (uint64_t cell = 0; cell < problem->bystanders[i].size; cell++)
            if (g_array_index(referee->owners, uint32_t, plan->origins[i] + cell) != i)
                return g_strdup_printf("bystander %u is not where the plan says", i);
    for (uint64_t cell = 0; cell < problem->survivor_size; cell++)
        if (g_array_index(referee->owners, uint32_t, plan->survivor_origin + cell) !=
            RESMGR_RELOCATE_SURVIVOR)
            return g_strdup("the survivor's content is not where the plan says");
    if (!is_free_for(referee, plan->survivor_origin, problem->survivor_new_size, RESMGR_RELOCATE_SURVIVOR))
        return g_strdup("the survivor's new area is not free");
    return NULL;
}

/* What can be said without carrying it out: ranges, permissions, sums. */
static char *check_numbers(const ResmgrRelocateProblem *problem, const ResmgrRelocatePlan *plan)
{
    uint64_t moved = 0;

    if (plan->survivor_origin > problem->total ||
        problem->survivor_new_size > problem->total - plan->survivor_origin)
        return g_strdup("the survivor leaves the line");
    if (problem->survivor_size > 0 && !problem->survivor_movable &&
        plan->survivor_origin != problem->survivor_origin)
        return g_strdup("the survivor moves and may not");
    for (unsigned i = 0; i < problem->n_bystanders; i++) {
        const ResmgrRelocateArea *area = &problem->bystanders[i];

        if (plan->origins[i] > problem->total || area->size > problem->total - plan->origins[i])
            return g_strdup_printf("bystander %u leaves the line", i);
        if (!area->movable && plan->origins[i] != area->origin)
            return g_strdup_printf("bystander %u moves and may not", i);
    }
    for (unsigned i = 0; i < plan->n_moves; i++) {
        moved += plan->moves[i].size;
        if (plan->moves[i].from == plan->moves[i].to)
            return g_strdup_printf("move %u goes nowhere", i);
    }
    if (plan->moved != moved || plan->lower_bound > moved || (plan->exact && plan->lower_bound != moved))
        return g_strdup_printf(
            "moved %" G_GUINT64_FORMAT ", in moves %" G_GUINT64_FORMAT ", bound %" G_GUINT64_FORMAT
            ", exact %d",
            plan->moved, moved, plan->lower_bound, plan->exact);
    return NULL;
}

char *oracle_find_fault(const ResmgrRelocateProblem *problem, const ResmgrRelocatePlan *plan)
{
    g_autoptr(GArray) owners = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    Referee referee = {.problem = problem, .plan = plan, .owners = owners};
    char *fault = check_numbers(problem, plan);

    if (fault)
        return fault;
    place_all(&referee);
    fault = play_moves(&referee);
    return fault ? fault : check_places(&referee);
}

char *oracle_describe(const ResmgrRelocateProblem *problem)
{
    GString *text = g_string_new(NULL);

    g_string_printf(
        text,
        "line %" G_GUINT64_FORMAT ", survivor %" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT
        " becomes %" G_GUINT64_FORMAT "%s, bystanders",
        problem->total, problem->survivor_origin, problem->survivor_size, problem->survivor_new_size,
        problem->survivor_movable ? "" : " fixed");
    for (unsigned i = 0; i < problem->n_bystanders; i++)
        g_string_append_printf(
            text, " %" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT "%s", problem->bystanders[i].origin,
            problem->bystanders[i].size, problem->bystanders[i].movable ? "" : " fixed");
    return g_string_free(text, FALSE);
}
