/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plan of an INTEG: everything that will change, computed from the state and changing nothing.
 *
 * First everything that could forbid it is asked, from the operands to the layout; a refusal names the values and the
 * remedy. Then the plan is put together: areas from the relocation planner, one kind of storage after the other, LIPs from
 * the share table, paths from the channel table. A bystander's move that needs room the survivor still occupies is marked `held`: it
 * comes with or after the survivor's own move, in step 205.
 */
#include "resmgr/plan.h"

#include "resmgr/channel-table.h"
#include "resmgr/error.h"
#include "resmgr/relocate.h"

#include <string.h>

/* --- What forbids it ------------------------------------------------------------------------------------ */

static const ResmgrLpar *operand(const ResmgrState *state, unsigned number, GError **error)
{
    const ResmgrLpar *lpar = resmgr_state_lpar(state, number);

    if (!lpar) {
        g_set_error(
            error, RESMGR_ERROR, RESMGR_ERROR_UNKNOWN_LPAR,
            "LPAR %u is not defined\nDISPLAY LPAR lists the LPARs", number);
        return NULL;
    }
    if (lpar->assignment != RESMGR_ASSIGNED) {
        g_set_error(
            error, RESMGR_ERROR, RESMGR_ERROR_NOT_ASSIGNED, "%s has no resources: it %s\n%s", lpar->name,
            lpar->assignment == RESMGR_RETIRED ? "was integrated into another LPAR" : "is deactivated",
            lpar->assignment == RESMGR_RETIRED ? "Name the surviving LPAR instead" : "ACTIVATE it first");
        return NULL;
    }
    return lpar;
}

static bool operands_differ(const ResmgrLpar *retiring, const ResmgrLpar *survivor, GError **error)
{
    if (retiring != survivor)
        return true;
    g_set_error(
        error, RESMGR_ERROR, RESMGR_ERROR_SAME_LPAR,
        "%s cannot be integrated into itself\nName two LPARs: INTEG retiring,surviving", survivor->name);
    return false;
}

static bool has_authority(const ResmgrLpar *survivor, GError **error)
{
    if (survivor->cross_partition_authority)
        return true;
    g_set_error(
        error, RESMGR_ERROR, RESMGR_ERROR_AUTHORITY,
        "%s may not take another LPAR's resources: cross-partition-authority = no\n"
        "Set it to yes in the machine file, or name another survivor",
        survivor->name);
    return false;
}

static bool reserved_suffices(
    const ResmgrLpar *retiring, const ResmgrLpar *survivor, ResmgrStorageKind kind, GError **error)
{
    const ResmgrArea *area = &survivor->areas[kind];
    uint64_t added_bytes = retiring->areas[kind].size_bytes;

    if (added_bytes == 0 || !area->reserved_limits || added_bytes <= area->reserved_bytes)
        return true;
    g_autofree char *has = hv_quantity_format_size(area->size_bytes);
    g_autofree char *reserved = hv_quantity_format_size(area->reserved_bytes);
    g_autofree char *added = hv_quantity_format_size(added_bytes);

    g_set_error(
        error, RESMGR_ERROR, RESMGR_ERROR_RESERVED,
        "%s has %s %s and declared %s reserved when it was loaded, but %s would add %s\n"
        "Declare more and load it again: SET RESERVED %s,%s%s and LOAD %s",
        survivor->name, resmgr_storage_kind_name(kind), has, reserved, retiring->name, added, survivor->name,
        added, kind == RESMGR_ES ? ",ES" : "", survivor->name);
    return false;
}

static bool lips_suffice(const GArray *lips_after, const ResmgrLpar *survivor, GError **error)
{
    if (lips_after->len <= HV_MAX_LIPS)
        return true;
    g_set_error(
        error, RESMGR_ERROR, RESMGR_ERROR_LIPS,
        "%s would have %u LIPs, but an LPAR can have %u\nName another survivor", survivor->name,
        lips_after->len, HV_MAX_LIPS);
    return false;
}

/* --- Storage -------------------------------------------------------------------------------------------- */

/* The bystanders with storage of that kind: their areas, and whose they are. */
typedef struct {
    ResmgrRelocateArea *areas;
    unsigned *lpars;
    unsigned n;
} Bystanders;

static Bystanders collect_bystanders(const ResmgrState *state, const ResmgrPlan *plan, ResmgrStorageKind kind)
{
    Bystanders bystanders = {
        .areas = g_new0(ResmgrRelocateArea, state->lpars->len), .lpars = g_new0(unsigned, state->lpars->len)};

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = g_ptr_array_index(state->lpars, i);
        const ResmgrArea *area = &lpar->areas[kind];

        if (lpar->number == plan->retiring || lpar->number == plan->survivor ||
            lpar->assignment != RESMGR_ASSIGNED || area->size_bytes == 0)
            continue;
        bystanders.areas[bystanders.n] =
            (ResmgrRelocateArea){area->origin_bytes, area->size_bytes, lpar->relocatable};
        bystanders.lpars[bystanders.n++] = lpar->number;
    }
    return bystanders;
}

static void bystanders_clear(Bystanders *bystanders)
{
    g_free(bystanders->areas);
    g_free(bystanders->lpars);
}

static void refuse_for_room(
    const ResmgrState *state, const ResmgrRelocateProblem *problem, const Bystanders *bystanders,
    ResmgrStorageKind kind, const ResmgrRelocateObstacle *obstacle, GError **error)
{
    g_autofree char *wanted = hv_quantity_format_size(problem->survivor_new_size);
    g_autofree char *hole = hv_quantity_format_size(obstacle->largest_hole);
    g_autoptr(GString) names = g_string_new(NULL);

    for (unsigned i = 0; i < obstacle->n_fixed; i++)
        g_string_append_printf(
            names, "%s%s", i ? ", " : "",
            resmgr_state_lpar(state, bystanders->lpars[obstacle->fixed[i]])->name);
    if (!problem->survivor_movable)
        g_string_append_printf(names, "%sthe survivor itself", names->len ? ", " : "");
    g_set_error(
        error, RESMGR_ERROR, RESMGR_ERROR_NO_ROOM,
        "There is no room for %s of %s in one piece: %s cannot be relocated, and the largest hole that can "
        "be made is %s\n"
        "Set relocatable = yes for one of them, or DEACTIVATE it",
        wanted, resmgr_storage_kind_name(kind), names->len ? names->str : "nobody", hole);
}

/* Appends the moves of one kind: those before the survivor's go to `running`, the others to `held`. */
static void sort_moves(
    const ResmgrPlan *plan, const ResmgrRelocatePlan *relocation, const Bystanders *bystanders,
    ResmgrStorageKind kind, GArray *running, GArray *held)
{
    uint32_t held_from = UINT32_MAX;

    for (unsigned i = 0; i < relocation->n_moves; i++)
        if (relocation->moves[i].who == RESMGR_RELOCATE_SURVIVOR)
            held_from = relocation->moves[i].group;
    for (unsigned i = 0; i < relocation->n_moves; i++) {
        const ResmgrRelocateMove *from = &relocation->moves[i];
        const ResmgrMove move = {
            .lpar = from->who == RESMGR_RELOCATE_SURVIVOR ? plan->survivor : bystanders->lpars[from->who],
            .kind = kind,
            .from_bytes = from->from,
            .to_bytes = from->to,
            .size_bytes = from->size,
            .group = from->group,
            .held = from->group >= held_from,
        };

        g_array_append_val(move.held ? held : running, move);
    }
}

static ResmgrArea area_after(const ResmgrArea *before, uint64_t origin_bytes, uint64_t size_bytes)
{
    return (ResmgrArea){
        .origin_bytes = origin_bytes,
        .size_bytes = size_bytes,
        .reserved_limits = before->reserved_limits,
        .reserved_next_bytes = before->reserved_next_bytes,
        .reserved_next_given = before->reserved_next_given,
    };
}

static bool plan_storage(
    const ResmgrState *state, ResmgrPlan *plan, ResmgrStorageKind kind, GArray *running, GArray *held,
    GError **error)
{
    const ResmgrLpar *survivor = resmgr_state_lpar(state, plan->survivor);
    const ResmgrArea *area = &survivor->areas[kind];
    uint64_t size_bytes = area->size_bytes + resmgr_state_lpar(state, plan->retiring)->areas[kind].size_bytes;

    plan->layout_exact[kind] = true;
    plan->areas_after[kind] = *area;
    if (size_bytes == area->size_bytes)
        return true; /* nothing is added: what was declared stays declared */
    plan->areas_after[kind] = area_after(area, area->origin_bytes, size_bytes);
    Bystanders bystanders = collect_bystanders(state, plan, kind);
    const ResmgrRelocateProblem problem = {
        .total = resmgr_storage_total(state, kind),
        .bystanders = bystanders.areas,
        .n_bystanders = bystanders.n,
        .survivor_origin = area->origin_bytes,
        .survivor_size = area->size_bytes,
        .survivor_new_size = size_bytes,
        .survivor_movable = survivor->relocatable,
    };
    ResmgrRelocateObstacle obstacle = {0};
    g_autoptr(ResmgrRelocatePlan) relocation = resmgr_relocate_plan(&problem, &obstacle);

    if (relocation) {
        plan->layout_exact[kind] = relocation->exact;
        plan->areas_after[kind].origin_bytes = relocation->survivor_origin;
        plan->moved_bytes += relocation->moved;
        plan->moved_bound_bytes += relocation->lower_bound;
        sort_moves(plan, relocation, &bystanders, kind, running, held);
    } else {
        refuse_for_room(state, &problem, &bystanders, kind, &obstacle, error);
        g_free(obstacle.fixed);
    }
    bystanders_clear(&bystanders);
    return relocation != NULL;
}

static bool plan_all_storage(const ResmgrState *state, ResmgrPlan *plan, GError **error)
{
    g_autoptr(GArray) held = g_array_new(FALSE, FALSE, sizeof(ResmgrMove));

    plan->moves = g_array_new(FALSE, FALSE, sizeof(ResmgrMove));
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
        if (!plan_storage(state, plan, kind, plan->moves, held, error))
            return false;
    plan->n_moves_running = plan->moves->len;
    if (held->len > 0)
        g_array_append_vals(plan->moves, held->data, held->len);
    return true;
}

/* --- Processors ----------------------------------------------------------------------------------------- */

static ResmgrCap cap_after(const ResmgrLpar *retiring, const ResmgrLpar *survivor)
{
    ResmgrCap cap = survivor->cap;

    if (cap.kind == RESMGR_CAP_ABSOLUTE && retiring->cap.kind == RESMGR_CAP_ABSOLUTE)
        cap.ips_hundredths += retiring->cap.ips_hundredths;
    return cap;
}

static void plan_processors(
    const ResmgrState *state, const ResmgrLpar *retiring, const ResmgrLpar *survivor, ResmgrPlan *plan)
{
    plan->lip_merges = resmgr_share_table_merge(state, retiring, survivor);
    plan->lips_after = resmgr_share_table_merged(survivor->lips, plan->lip_merges);
    plan->cap_after = cap_after(retiring, survivor);
    for (unsigned type = 0; type < HV_IP_TYPES; type++)
        plan->weights_after[type] = survivor->weights[type] + retiring->weights[type];
}

/* --- The plan ------------------------------------------------------------------------------------------- */

ResmgrPlan *resmgr_plan_new(
    const ResmgrState *state, unsigned retiring_number, unsigned survivor_number, bool force, GError **error)
{
    const ResmgrLpar *retiring = operand(state, retiring_number, error);
    const ResmgrLpar *survivor = retiring ? operand(state, survivor_number, error) : NULL;
    g_autoptr(ResmgrPlan) plan = g_new0(ResmgrPlan, 1);

    if (!survivor || !operands_differ(retiring, survivor, error) || !has_authority(survivor, error) ||
        !reserved_suffices(retiring, survivor, RESMGR_MS, error) ||
        !reserved_suffices(retiring, survivor, RESMGR_ES, error) ||
        !resmgr_channel_table_can_merge(state, retiring_number, survivor_number, force, error))
        return NULL;
    plan->retiring = retiring_number;
    plan->survivor = survivor_number;
    plan->force = force;
    plan->chps = resmgr_channel_table_of(state, retiring_number);
    plan_processors(state, retiring, survivor, plan);
    if (!lips_suffice(plan->lips_after, survivor, error) || !plan_all_storage(state, plan, error))
        return NULL;
    return g_steal_pointer(&plan);
}

unsigned resmgr_moves_group_size(const GArray *moves, unsigned first)
{
    const ResmgrMove *head = &g_array_index(moves, ResmgrMove, first);
    unsigned count = 1;

    while (first + count < moves->len && head[count].group == head->group && head[count].kind == head->kind &&
           head[count].held == head->held)
        count++;
    return count;
}

void resmgr_plan_free(ResmgrPlan *plan)
{
    if (!plan)
        return;
    g_clear_pointer(&plan->moves, g_array_unref);
    g_clear_pointer(&plan->lip_merges, g_array_unref);
    g_clear_pointer(&plan->lips_after, g_array_unref);
    g_clear_pointer(&plan->chps, g_array_unref);
    g_free(plan);
}
