/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which areas move, and where to: least bytes, then least areas, then not the survivor.
 *
 * Whoever stays cuts the line into gaps; whoever moves is packed into them. So a layout is decided by the set that moves and by
 * where the survivor's new area begins. It suffices to let it begin where it begins now, at 0, or right behind a bystander that
 * stays: inside a gap the order is free, so it can be the first there. Each such origin forces out the bystanders that it
 * covers; more may have to move to make room for those.
 *
 * The search takes (origin, moved set) in the order of their cost, from a heap. For one origin the sets come in that order by the
 * usual construction: with the other bystanders sorted by size, from a set whose largest member is the k-th come the set with the
 * (k+1)-th added and the set with the (k+1)-th instead of the k-th. Each costs at least as much as the one it came from,
 * so the first set that can be packed is the best there is, and the cost at the top of the heap is always a proved lower bound.
 *
 * A layout that keeps the order (relocate-shift.c) is known from the start; the search ends when nothing cheaper is left.
 * When it is ended by its limit, the better of what is known is taken and the bound says how far it can be from the best. Only when
 * nothing is known, which takes areas that must stay, everything that may move is packed anew, without limit.
 */
#include "resmgr/relocate-private.h"

#include <stdlib.h>
#include <string.h>

/* Up to so many bystanders the search is never ended by a limit. */
#define EXACT_BYSTANDERS   13
#define DEFAULT_NODE_LIMIT 2500
#define PACK_STEP_LIMIT    2000

/* A moved set of one origin, in the heap. */
typedef struct {
    RelocateCost cost;
    uint64_t origin;
    uint64_t sequence;
    unsigned last; /* position in the sorted extras of the last one added; G_MAXUINT: none */
    bool *moved;   /* [n_bystanders] */
} Node;

typedef struct {
    const ResmgrRelocateProblem *problem;
    unsigned *by_size; /* movable bystanders, smallest first */
    unsigned n_by_size;
    GPtrArray *heap; /* Node * */
    uint64_t next_sequence;
    RelocateLayout best, scratch;
    bool found;
    RelocateCost unproved; /* least cost that was given up undecided */
    bool has_unproved;
} Search;

/* --- A layout from a moved set --------------------------------------------------------------------------- */

RelocateCost resmgr_relocate_cost(const ResmgrRelocateProblem *problem, const RelocateLayout *layout)
{
    RelocateCost cost = {0};

    for (unsigned i = 0; i < problem->n_bystanders; i++)
        if (layout->origins[i] != problem->bystanders[i].origin) {
            cost.bytes += problem->bystanders[i].size;
            cost.areas++;
        }
    if (problem->survivor_size > 0 && layout->survivor_origin != problem->survivor_origin) {
        cost.bytes += problem->survivor_size;
        cost.areas++;
        cost.survivor = true;
    }
    return cost;
}

static int compare_origins(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return x[0] < y[0] ? -1 : x[0] > y[0];
}

/* The gaps that the staying ones leave: pairs of origin and size. False if the staying ones overlap. */
static bool find_gaps(
    const ResmgrRelocateProblem *problem, uint64_t survivor_origin, const bool *moved, uint64_t (*gaps)[2],
    unsigned *ret_n_gaps)
{
    unsigned n = 0, n_gaps = 0;
    uint64_t at = 0;
    g_autofree uint64_t(*stays)[2] = g_malloc_n(problem->n_bystanders + 2, sizeof(*stays));

    for (unsigned i = 0; i < problem->n_bystanders; i++)
        if (!moved[i])
            memcpy(stays[n++], (uint64_t[2]){problem->bystanders[i].origin, problem->bystanders[i].size}, 16);
    memcpy(stays[n++], (uint64_t[2]){survivor_origin, problem->survivor_new_size}, 16);
    qsort(stays, n, sizeof(*stays), compare_origins);
    memcpy(stays[n++], (uint64_t[2]){problem->total, 0}, 16);
    for (unsigned i = 0; i < n; i++) {
        if (stays[i][0] < at)
            return false;
        if (stays[i][0] > at)
            memcpy(gaps[n_gaps++], (uint64_t[2]){at, stays[i][0] - at}, 16);
        at = stays[i][0] + stays[i][1];
    }
    *ret_n_gaps = n_gaps;
    return true;
}

RelocatePacking resmgr_relocate_place(
    const ResmgrRelocateProblem *problem, uint64_t survivor_origin, const bool *moved, uint64_t step_limit,
    RelocateLayout *layout)
{
    unsigned n = problem->n_bystanders, n_gaps = 0, n_items = 0;
    g_autofree uint64_t(*gaps)[2] = g_malloc_n(n + 3, sizeof(*gaps));
    g_autofree uint64_t *rooms = g_new(uint64_t, n + 3);
    g_autofree uint64_t *sizes = g_new(uint64_t, n + 1);
    g_autofree unsigned *bin_of = g_new(unsigned, n + 1);

    if (!find_gaps(problem, survivor_origin, moved, gaps, &n_gaps))
        return RELOCATE_NO_PACKING;
    for (unsigned g = 0; g < n_gaps; g++)
        rooms[g] = gaps[g][1];
    for (unsigned i = 0; i < n; i++)
        if (moved[i])
            sizes[n_items++] = problem->bystanders[i].size;
    RelocatePacking result = resmgr_relocate_pack(sizes, n_items, rooms, n_gaps, step_limit, bin_of);

    if (result != RELOCATE_PACKED)
        return result;
    layout->survivor_origin = survivor_origin;
    for (unsigned i = 0, item = 0; i < n; i++) {
        layout->origins[i] = problem->bystanders[i].origin;
        if (!moved[i])
            continue;
        uint64_t *gap = gaps[bin_of[item++]];

        layout->origins[i] = gap[0];
        gap[0] += problem->bystanders[i].size;
    }
    layout->cost = resmgr_relocate_cost(problem, layout);
    return RELOCATE_PACKED;
}

/* --- The heap of moved sets ------------------------------------------------------------------------------ */

static bool node_before(const Node *a, const Node *b)
{
    if (relocate_cost_less(a->cost, b->cost) || relocate_cost_less(b->cost, a->cost))
        return relocate_cost_less(a->cost, b->cost);
    return a->sequence < b->sequence;
}

static void heap_put(Search *search, Node *node)
{
    void **heap;
    unsigned i = search->heap->len;

    node->sequence = search->next_sequence++;
    g_ptr_array_add(search->heap, node);
    heap = search->heap->pdata;
    for (; i > 0 && node_before(node, heap[(i - 1) / 2]); i = (i - 1) / 2)
        heap[i] = heap[(i - 1) / 2];
    heap[i] = node;
}

static Node *heap_take(Search *search)
{
    void **heap = search->heap->pdata;
    Node *first = heap[0], *last = heap[search->heap->len - 1];
    unsigned i = 0;

    g_ptr_array_set_size(search->heap, (int)search->heap->len - 1);
    for (unsigned child = 1; child < search->heap->len; child = 2 * i + 1) {
        if (child + 1 < search->heap->len && node_before(heap[child + 1], heap[child]))
            child++;
        if (!node_before(heap[child], last))
            break;
        heap[i] = heap[child];
        i = child;
    }
    if (search->heap->len > 0)
        heap[i] = last;
    return first;
}

static void node_free(Node *node)
{
    g_free(node->moved);
    g_free(node);
}

/* --- The search ------------------------------------------------------------------------------------------ */

/* The cheapest set of an origin: whoever is covered moves. Nothing if that cannot be. */
static void seed_origin(Search *search, uint64_t origin)
{
    const ResmgrRelocateProblem *problem = search->problem;
    bool moves = problem->survivor_size > 0 && origin != problem->survivor_origin;
    Node *node;

    if (origin > problem->total || problem->survivor_new_size > problem->total - origin ||
        (moves && !problem->survivor_movable))
        return;
    node = g_new0(Node, 1);
    node->origin = origin;
    node->last = G_MAXUINT;
    node->moved = g_new0(bool, problem->n_bystanders + 1);
    node->cost = moves ? (RelocateCost){problem->survivor_size, 1, true} : (RelocateCost){0};
    for (unsigned i = 0; i < problem->n_bystanders; i++) {
        const ResmgrRelocateArea *area = &problem->bystanders[i];

        if (area->origin >= origin + problem->survivor_new_size || area->origin + area->size <= origin)
            continue;
        if (!area->movable) {
            node_free(node);
            return;
        }
        node->moved[i] = true;
        node->cost.bytes += area->size;
        node->cost.areas++;
    }
    heap_put(search, node);
}

static void seed_origins(Search *search)
{
    const ResmgrRelocateProblem *problem = search->problem;
    g_autofree uint64_t *origins = g_new(uint64_t, problem->n_bystanders + 2);
    unsigned n = 0;

    origins[n++] = 0;
    if (problem->survivor_size > 0)
        origins[n++] = problem->survivor_origin;
    for (unsigned i = 0; i < problem->n_bystanders; i++)
        origins[n++] = problem->bystanders[i].origin + problem->bystanders[i].size;
    qsort(origins, n, sizeof(*origins), compare_origins);
    for (unsigned i = 0; i < n; i++)
        if (i == 0 || origins[i] != origins[i - 1])
            seed_origin(search, origins[i]);
}

/* The node's set with by_size[position] moved as well, and without by_size[without] if that is a position. */
static void push_child(Search *search, const Node *node, unsigned position, unsigned without)
{
    const ResmgrRelocateProblem *problem = search->problem;
    Node *child = g_new0(Node, 1);

    *child = *node;
    child->moved = g_memdup2(node->moved, (problem->n_bystanders + 1) * sizeof(bool));
    child->last = position;
    child->moved[search->by_size[position]] = true;
    child->cost.bytes += problem->bystanders[search->by_size[position]].size;
    child->cost.areas++;
    if (without != G_MAXUINT) {
        child->moved[search->by_size[without]] = false;
        child->cost.bytes -= problem->bystanders[search->by_size[without]].size;
        child->cost.areas--;
    }
    if (!search->found || relocate_cost_less(child->cost, search->best.cost))
        heap_put(search, child);
    else
        node_free(child);
}

static void push_children(Search *search, const Node *node)
{
    unsigned next = node->last == G_MAXUINT ? 0 : node->last + 1;

    /* Those that the origin forces out are in every set: passed over. */
    while (next < search->n_by_size && node->moved[search->by_size[next]])
        next++;
    if (next == search->n_by_size)
        return;
    push_child(search, node, next, G_MAXUINT);
    if (node->last != G_MAXUINT)
        push_child(search, node, next, node->last);
}

static void keep_if_better(Search *search)
{
    unsigned n = search->problem->n_bystanders;

    if (search->found && !relocate_cost_less(search->scratch.cost, search->best.cost))
        return;
    memcpy(search->best.origins, search->scratch.origins, n * sizeof(uint64_t));
    search->best.survivor_origin = search->scratch.survivor_origin;
    search->best.cost = search->scratch.cost;
    search->found = true;
}

/* Looks at the cheapest set; false when nothing cheaper than what is known is left. */
static bool search_step(Search *search, uint64_t step_limit)
{
    if (search->heap->len == 0)
        return false;
    Node *node = heap_take(search);
    bool goes_on = !search->found || relocate_cost_less(node->cost, search->best.cost);

    if (goes_on) {
        RelocatePacking packing =
            resmgr_relocate_place(search->problem, node->origin, node->moved, step_limit, &search->scratch);

        if (packing == RELOCATE_PACKED)
            keep_if_better(search);
        if (packing == RELOCATE_PACK_GAVE_UP && !search->has_unproved) {
            search->unproved = node->cost;
            search->has_unproved = true;
        }
        push_children(search, node);
    }
    node_free(node);
    return goes_on;
}

static unsigned node_limit_of(const ResmgrRelocateProblem *problem)
{
    if (problem->node_limit > 0)
        return problem->node_limit;
    return problem->n_bystanders <= EXACT_BYSTANDERS ? G_MAXUINT : DEFAULT_NODE_LIMIT;
}

/* Runs the search; returns a proved lower bound on the bytes of any legal layout. */
static uint64_t run_search(Search *search)
{
    unsigned limit = node_limit_of(search->problem);
    uint64_t step_limit = limit == G_MAXUINT ? UINT64_MAX : PACK_STEP_LIMIT;
    unsigned nodes = 0;
    bool goes_on = true;

    while (goes_on && nodes++ < limit)
        goes_on = search_step(search, step_limit);
    RelocateCost bound = search->best.cost;

    if (goes_on && search->heap->len > 0)
        bound = ((const Node *)g_ptr_array_index(search->heap, 0))->cost;
    if (search->has_unproved && relocate_cost_less(search->unproved, bound))
        bound = search->unproved;
    return search->found ? MIN(bound.bytes, search->best.cost.bytes) : bound.bytes;
}

/* --- When nothing is known: everything that may move is packed anew ---------------------------------------- */

static bool pack_all_anew(Search *search)
{
    const ResmgrRelocateProblem *problem = search->problem;
    unsigned n = problem->n_bystanders;
    g_autofree bool *moved = g_new0(bool, n + 1);

    for (unsigned i = 0; i < n; i++)
        moved[i] = problem->bystanders[i].movable;
    /* The survivor's area begins where it is, at 0, or behind one that must stay. */
    for (unsigned i = 0; i < n + 2 && !search->found; i++) {
        uint64_t origin = i == n ? 0 : problem->survivor_origin;

        if (i < n)
            origin = problem->bystanders[i].origin + problem->bystanders[i].size;
        bool in_place = problem->survivor_size > 0 && origin == problem->survivor_origin;

        if ((i < n && moved[i]) || (problem->survivor_size > 0 && !in_place && !problem->survivor_movable) ||
            (i == n + 1 && problem->survivor_size == 0))
            continue;
        if (resmgr_relocate_place(problem, origin, moved, UINT64_MAX, &search->scratch) == RELOCATE_PACKED)
            keep_if_better(search);
    }
    return search->found;
}

static void search_begin(Search *search, const ResmgrRelocateProblem *problem)
{
    unsigned n = problem->n_bystanders;

    *search = (Search){.problem = problem, .heap = g_ptr_array_new()};
    search->best.origins = g_new0(uint64_t, n + 1);
    search->scratch.origins = g_new0(uint64_t, n + 1);
    search->by_size = g_new0(unsigned, n + 1);
    for (unsigned i = 0; i < n; i++) {
        unsigned at = search->n_by_size;

        if (!problem->bystanders[i].movable)
            continue;
        for (; at > 0 && problem->bystanders[search->by_size[at - 1]].size > problem->bystanders[i].size;
             at--)
            search->by_size[at] = search->by_size[at - 1];
        search->by_size[at] = i;
        search->n_by_size++;
    }
}

static void search_end(Search *search)
{
    for (unsigned i = 0; i < search->heap->len; i++)
        node_free(g_ptr_array_index(search->heap, i));
    g_ptr_array_unref(search->heap);
    g_free(search->by_size);
    g_free(search->best.origins);
    g_free(search->scratch.origins);
}

/* --- Refusal --------------------------------------------------------------------------------------------- */

/* Whether the survivor could have an area of that size: by shifting, or by packing anew everything that may move. */
static bool is_possible(const ResmgrRelocateProblem *problem, uint64_t size)
{
    ResmgrRelocateProblem asked = *problem;
    Search search;

    asked.survivor_new_size = size;
    search_begin(&search, &asked);
    bool possible = resmgr_relocate_shift(&asked, &search.best) || pack_all_anew(&search);

    search_end(&search);
    return possible;
}

/* The largest area there could be, by halving: what is possible for a size is possible for a smaller one. */
static uint64_t largest_possible(const ResmgrRelocateProblem *problem)
{
    uint64_t possible = problem->survivor_size, impossible = problem->survivor_new_size;

    while (impossible - possible > 1) {
        uint64_t middle = possible + (impossible - possible) / 2;

        if (is_possible(problem, middle))
            possible = middle;
        else
            impossible = middle;
    }
    return possible;
}

static void describe_obstacle(const ResmgrRelocateProblem *problem, ResmgrRelocateObstacle *obstacle)
{
    GArray *fixed = g_array_new(FALSE, FALSE, sizeof(unsigned));

    for (unsigned i = 0; i < problem->n_bystanders; i++)
        if (!problem->bystanders[i].movable)
            g_array_append_val(fixed, i);
    obstacle->largest_hole = largest_possible(problem);
    obstacle->n_fixed = fixed->len;
    obstacle->fixed = (unsigned *)(void *)g_array_free(fixed, FALSE);
}

/* --- The plan -------------------------------------------------------------------------------------------- */

ResmgrRelocatePlan *
resmgr_relocate_plan(const ResmgrRelocateProblem *problem, ResmgrRelocateObstacle *ret_obstacle)
{
    ResmgrRelocatePlan *plan = NULL;
    Search search;

    g_assert(problem->survivor_new_size > 0 && problem->survivor_new_size >= problem->survivor_size);
    search_begin(&search, problem);
    search.found = resmgr_relocate_shift(problem, &search.best);
    seed_origins(&search);
    uint64_t bound = run_search(&search);

    if (search.found || pack_all_anew(&search)) {
        plan = g_new0(ResmgrRelocatePlan, 1);
        plan->survivor_origin = search.best.survivor_origin;
        plan->origins = g_steal_pointer(&search.best.origins);
        resmgr_relocate_order(problem, plan);
        plan->lower_bound = bound;
        plan->exact = plan->moved == bound;
    } else if (ret_obstacle) {
        describe_obstacle(problem, ret_obstacle);
    }
    search_end(&search);
    return plan;
}

void resmgr_relocate_plan_free(ResmgrRelocatePlan *plan)
{
    if (!plan)
        return;
    g_free(plan->origins);
    g_free(plan->moves);
    g_free(plan);
}
