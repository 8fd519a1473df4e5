/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where an LPAR that comes back finds its storage.
 *
 * First the LPAR that it was integrated into gives up the end of its area: as much as it got, as far as its guest has
 * not got it online for good. Then the area goes where it was wanted; if that is taken, into the lowest hole; if there is
 * none, others are moved, as few bytes as possible, by the planner that serves INTEG. So what the giver keeps does no harm as
 * long as there is as much elsewhere.
 *
 * Storage is all or nothing: content that was saved needs all the addresses that it had.
 */
#include "resmgr/layout.h"
#include "resmgr/relocate.h"
#include "resmgr/restore-private.h"
#include "resmgr/storage-map.h"

/* --- What the giver gives up ---------------------------------------------------------------------------- */

static uint64_t round_up(uint64_t bytes, uint64_t granule)
{
    return (bytes + granule - 1) / granule * granule;
}

/* What the giver had before, or it and those that it stands for from then on by their definitions. */
static uint64_t own_bytes(const ResmgrRestoring *restoring, ResmgrStorageKind kind)
{
    const GPtrArray *defs = restoring->state->definition->lpars;
    const ResmgrLpar *own = restoring->wish->giver ? restoring->wish->giver->own : NULL;
    uint64_t sum_bytes = 0;

    for (unsigned i = 0; i < defs->len; i++) {
        const ResmgrLparDef *def = g_ptr_array_index(defs, i);

        if (restoring->heirs[def->number] == restoring->giver->number)
            sum_bytes += resmgr_layout_storage_def(def, kind)->size_bytes;
    }
    return own ? MIN(sum_bytes, own->areas[kind].size_bytes) : sum_bytes;
}

/* The least that the giver's area can be. */
static uint64_t least_of(const ResmgrRestoring *restoring, ResmgrStorageKind kind)
{
    const ResmgrGiver *needs = restoring->giver_runs ? restoring->wish->giver : NULL;
    uint64_t increment = restoring->state->definition->machine->increment_bytes;
    uint64_t least_bytes = needs ? round_up(needs->least_bytes[kind], increment) : 0;

    return MAX(least_bytes, own_bytes(restoring, kind));
}

/* How far its guest can grow again: what it was told when it was loaded, as far as that is known. */
static uint64_t
reserved_after(const ResmgrRestoring *restoring, ResmgrStorageKind kind, uint64_t size_bytes, uint64_t given)
{
    const ResmgrGiver *needs = restoring->giver_runs ? restoring->wish->giver : NULL;
    const ResmgrArea *area = &restoring->giver->areas[kind];

    if (given == 0 || !area->reserved_limits)
        return area->reserved_bytes;
    if (needs && needs->most_bytes[kind] > size_bytes)
        return needs->most_bytes[kind] - size_bytes;
    return area->reserved_bytes + given;
}

static void take_back(ResmgrRestoring *restoring, ResmgrStorageKind kind)
{
    const ResmgrArea *area = &restoring->giver->areas[kind];
    ResmgrArea *after = &restoring->plan->giver_areas[kind];
    uint64_t wanted_bytes = MIN(restoring->wish->areas[kind].size_bytes, area->size_bytes);
    uint64_t least_bytes = least_of(restoring, kind);
    uint64_t free_bytes = area->size_bytes > least_bytes ? area->size_bytes - least_bytes : 0;
    uint64_t given_bytes = MIN(wanted_bytes, free_bytes);

    *after = restoring->plan->giver_areas_before[kind] = *area;
    after->size_bytes -= given_bytes;
    after->reserved_bytes = reserved_after(restoring, kind, after->size_bytes, given_bytes);
    if (after->size_bytes == 0)
        after->origin_bytes = 0;
    if (given_bytes == wanted_bytes)
        return;
    g_autofree char *kept = hv_quantity_format_size(wanted_bytes - given_bytes);

    resmgr_restore_lack(
        restoring, RESMGR_LACK_STORAGE, /* missed= */ false,
        g_strdup_printf("%s %s", resmgr_storage_kind_name(kind), kept),
        least_bytes > own_bytes(restoring, kind)
            ? g_strdup_printf("the guest of %s cannot give it up while it runs", restoring->giver->name)
            : g_strdup_printf("%s has no more than its own", restoring->giver->name));
}

/* --- Where the LPAR goes --------------------------------------------------------------------------------- */

typedef struct {
    ResmgrRelocateArea *areas;
    unsigned *lpars;
    unsigned n;
} Others;

static Others collect_others(const ResmgrState *state, ResmgrStorageKind kind)
{
    Others others = {
        .areas = g_new0(ResmgrRelocateArea, state->lpars->len), .lpars = g_new0(unsigned, state->lpars->len)};

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = g_ptr_array_index(state->lpars, i);
        const ResmgrArea *area = &lpar->areas[kind];

        if (lpar->assignment != RESMGR_ASSIGNED || area->size_bytes == 0)
            continue;
        others.areas[others.n] =
            (ResmgrRelocateArea){area->origin_bytes, area->size_bytes, lpar->relocatable};
        others.lpars[others.n++] = lpar->number;
    }
    return others;
}

static void others_clear(Others *others)
{
    g_free(others->areas);
    g_free(others->lpars);
}

static void add_moves(
    ResmgrRestorePlan *plan, const ResmgrRelocatePlan *relocation, const Others *others,
    ResmgrStorageKind kind)
{
    for (unsigned i = 0; i < relocation->n_moves; i++) {
        const ResmgrRelocateMove *from = &relocation->moves[i];
        const ResmgrMove move = {
            .lpar = others->lpars[from->who],
            .kind = kind,
            .from_bytes = from->from,
            .to_bytes = from->to,
            .size_bytes = from->size,
            .group = from->group,
        };

        g_array_append_val(plan->moves, move);
    }
}

/* "LPAR1 (256M), LPAR3 (64M)": who has storage that could be freed. */
static char *holders_text(const ResmgrState *state, const Others *others)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < others->n; i++) {
        g_autofree char *size = hv_quantity_format_size(others->areas[i].size);

        g_string_append_printf(
            text, "%s%s (%s)", i ? ", " : "", resmgr_state_lpar(state, others->lpars[i])->name, size);
    }
    return g_string_free(text, FALSE);
}

static bool refuse_for_room(
    const ResmgrRestoring *restoring, const ResmgrState *state, ResmgrStorageKind kind, const Others *others,
    const ResmgrRelocateObstacle *obstacle, GError **error)
{
    const ResmgrArea *wished = &restoring->wish->areas[kind];
    g_autoptr(GArray) pieces = resmgr_storage_map(state, kind);
    uint64_t free_bytes = resmgr_storage_map_free(pieces);
    g_autofree char *size = hv_quantity_format_size(wished->size_bytes);
    g_autofree char *free_text = hv_quantity_format_size(free_bytes);
    g_autofree char *hole = hv_quantity_format_size(obstacle->largest_hole);
    g_autofree char *missing = hv_quantity_format_size(wished->size_bytes - obstacle->largest_hole);
    g_autofree char *holders = holders_text(state, others);

    g_set_error(
        error, RESMGR_ERROR, RESMGR_ERROR_NO_ROOM,
        "There is no room for the %s of %s, %s in one piece: %s are free, the largest hole that can be "
        "made is %s, and %s is missing\nDEACTIVATE one that has %s, or let its guest give some up: %s",
        resmgr_storage_kind_name(kind), restoring->lpar->name, size, free_text, hole, missing,
        resmgr_storage_kind_name(kind), *holders ? holders : "nobody has any");
    return false;
}

static bool
find_place(const ResmgrRestoring *restoring, const ResmgrState *state, ResmgrStorageKind kind, GError **error)
{
    ResmgrRestorePlan *plan = restoring->plan;
    ResmgrArea *area = &plan->areas[kind];
    g_autoptr(GArray) pieces = resmgr_storage_map(state, kind);
    uint64_t total_bytes = resmgr_storage_total(state, kind);
    uint64_t increment = state->definition->machine->increment_bytes;

    plan->layout_exact[kind] = true;
    if (area->size_bytes == 0)
        area->origin_bytes = 0;
    if (area->size_bytes == 0 || (area->origin_bytes % increment == 0 && area->origin_bytes < total_bytes &&
                                  area->size_bytes <= total_bytes - area->origin_bytes &&
                                  resmgr_storage_map_is_free(pieces, area->origin_bytes, area->size_bytes)))
        return true;
    Others others = collect_others(state, kind);
    const ResmgrRelocateProblem problem = {
        .total = total_bytes,
        .bystanders = others.areas,
        .n_bystanders = others.n,
        .survivor_new_size = area->size_bytes,
        .survivor_movable = true,
    };
    ResmgrRelocateObstacle obstacle = {0};
    g_autoptr(ResmgrRelocatePlan) relocation = resmgr_relocate_plan(&problem, &obstacle);

    if (relocation) {
        area->origin_bytes = relocation->survivor_origin;
        plan->layout_exact[kind] = relocation->exact;
        plan->moved_bytes += relocation->moved;
        plan->moved_bound_bytes += relocation->lower_bound;
        add_moves(plan, relocation, &others, kind);
    } else {
        refuse_for_room(restoring, state, kind, &others, &obstacle, error);
        g_free(obstacle.fixed);
    }
    others_clear(&others);
    return relocation != NULL;
}

static bool on_increment(const ResmgrRestoring *restoring, ResmgrStorageKind kind, GError **error)
{
    const ResmgrArea *area = &restoring->wish->areas[kind];
    uint64_t increment = restoring->state->definition->machine->increment_bytes;

    if (area->size_bytes % increment == 0 && area->reserved_bytes % increment == 0 &&
        (kind != RESMGR_MS || area->size_bytes > 0))
        return true;
    g_autofree char *size = hv_quantity_format_size(area->size_bytes);
    g_autofree char *granule = hv_quantity_format_size(increment);

    g_set_error(
        error, RESMGR_ERROR, RESMGR_ERROR_INCREMENT,
        "%s had %s of %s, which this machine cannot give: its increment is %s\nRestore it on the machine "
        "that "
        "it was saved on",
        restoring->lpar->name, size, resmgr_storage_kind_name(kind), granule);
    return false;
}

bool resmgr_restore_plan_storage(ResmgrRestoring *restoring, GError **error)
{
    ResmgrRestorePlan *plan = restoring->plan;

    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++) {
        if (!on_increment(restoring, kind, error))
            return false;
        plan->areas[kind] = restoring->wish->areas[kind];
        if (restoring->giver)
            take_back(restoring, kind);
    }
    g_autoptr(ResmgrState) shrunk = resmgr_state_copy(restoring->state);

    resmgr_restore_shrink(shrunk, plan);
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
        if (!find_place(restoring, shrunk, kind, error))
            return false;
    return true;
}
