/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The storage of one LPAR in a definition: sizes on the increment, the area inside the storage and clear of
 * the others', growth that the storage could ever hold, and a hole for an area without an origin.
 *
 * The same rules serve MS and ES; they differ only in the names of the keys, and in that ES may be missing.
 * Numbers reach 2^63, so sums are never formed: each comparison subtracts what is known to be the smaller.
 */
#include "resmgr/definition-check.h"

typedef struct {
    const char *size, *origin, *reserved;
} Keys;

static const Keys keys_of[RESMGR_STORAGE_KINDS] = {
    [RESMGR_MS] = {"ms", "ms-origin", "ms-reserved"},
    [RESMGR_ES] = {"es", "es-origin", "es-reserved"},
};

static void check_inside(ResmgrDefinitionCheck *check, const ResmgrStorageDef *def, ResmgrStorageKind kind)
{
    uint64_t total_bytes = resmgr_layout_total(check->definition, kind);

    if (resmgr_layout_inside(def->origin_bytes, def->size_bytes, total_bytes))
        return;
    g_autofree char *origin = hv_quantity_format_size(def->origin_bytes);
    g_autofree char *size = hv_quantity_format_size(def->size_bytes);
    g_autofree char *total = hv_quantity_format_size(total_bytes);
    resmgr_definition_check_problem(
        check, keys_of[kind].origin, origin, "leave the origin out for the first hole that fits",
        "%s at %s reaches past the end of %s, %s", size, origin, resmgr_storage_kind_name(kind), total);
}

static void
check_overlap(ResmgrDefinitionCheck *check, unsigned index, unsigned other_index, ResmgrStorageKind kind)
{
    const ResmgrLparDef *lpar = check->definition->lpars->pdata[index];
    const ResmgrLparDef *other = check->definition->lpars->pdata[other_index];
    const ResmgrStorageDef *mine = resmgr_layout_storage_def(lpar, kind);
    const ResmgrStorageDef *its = resmgr_layout_storage_def(other, kind);

    if (its->origin_bytes == RESMGR_ORIGIN_FIRST_FIT || !check->places[kind][other_index].placed)
        return;
    if (mine->origin_bytes >= its->origin_bytes + its->size_bytes ||
        its->origin_bytes >= mine->origin_bytes + mine->size_bytes)
        return;
    g_autofree char *origin = hv_quantity_format_size(mine->origin_bytes);
    g_autofree char *size = hv_quantity_format_size(mine->size_bytes);
    g_autofree char *its_origin = hv_quantity_format_size(its->origin_bytes);
    g_autofree char *its_size = hv_quantity_format_size(its->size_bytes);
    resmgr_definition_check_problem(
        check, keys_of[kind].origin, origin, "leave the origin out for the first hole that fits",
        "the %s of %s (%s at %s) overlaps that of %s (%s at %s)", resmgr_storage_kind_name(kind), lpar->name,
        size, origin, other->name, its_size, its_origin);
}

static void check_given_origin(ResmgrDefinitionCheck *check, unsigned index, ResmgrStorageKind kind)
{
    const ResmgrStorageDef *def = resmgr_layout_storage_def(check->definition->lpars->pdata[index], kind);

    resmgr_definition_check_multiple(check, keys_of[kind].origin, def->origin_bytes);
    check_inside(check, def, kind);
    if (!check->places[kind][index].placed)
        return;
    for (unsigned i = 0; i < index; i++)
        check_overlap(check, index, i, kind);
}

static void check_first_fit(ResmgrDefinitionCheck *check, unsigned index, ResmgrStorageKind kind)
{
    const ResmgrLparDef *lpar = check->definition->lpars->pdata[index];
    const ResmgrPlace *place = &check->places[kind][index];

    if (place->placed)
        return;
    g_autofree char *size = hv_quantity_format_size(resmgr_layout_storage_def(lpar, kind)->size_bytes);
    g_autofree char *hole = hv_quantity_format_size(place->largest_hole_bytes);
    resmgr_definition_check_problem(
        check, keys_of[kind].size, size, "make areas smaller, or give origins that leave a larger hole",
        "%s does not fit anywhere in %s: the largest hole is %s", size, resmgr_storage_kind_name(kind), hole);
}

static void check_reserved(ResmgrDefinitionCheck *check, const ResmgrStorageDef *def, ResmgrStorageKind kind)
{
    uint64_t total_bytes = resmgr_layout_total(check->definition, kind);

    resmgr_definition_check_multiple(check, keys_of[kind].reserved, def->reserved_bytes);
    if (def->reserved_bytes == 0 || def->size_bytes > total_bytes ||
        def->reserved_bytes <= total_bytes - def->size_bytes)
        return;
    g_autofree char *reserved = hv_quantity_format_size(def->reserved_bytes);
    g_autofree char *size = hv_quantity_format_size(def->size_bytes);
    g_autofree char *total = hv_quantity_format_size(total_bytes);
    g_autofree char *most = hv_quantity_format_size(total_bytes - def->size_bytes);
    g_autofree char *remedy = g_strdup_printf("at most %s can be reserved", most);
    resmgr_definition_check_problem(
        check, keys_of[kind].reserved, reserved, remedy,
        "%s and %s reserved are more than the machine's %s, %s", size, reserved,
        resmgr_storage_kind_name(kind), total);
}

/* An LPAR without the area: right for ES, never for MS, and then an origin means nothing. */
static void check_absent(ResmgrDefinitionCheck *check, const ResmgrStorageDef *def, ResmgrStorageKind kind)
{
    if (kind == RESMGR_MS)
        resmgr_definition_check_problem(check, "ms", "0", NULL, "an LPAR needs MS");
    if (def->origin_bytes == RESMGR_ORIGIN_FIRST_FIT)
        return;
    g_autofree char *origin = hv_quantity_format_size(def->origin_bytes);
    resmgr_definition_check_problem(
        check, keys_of[kind].origin, origin, NULL, "there is an origin but no %s",
        resmgr_storage_kind_name(kind));
}

void resmgr_definition_check_storage(ResmgrDefinitionCheck *check, unsigned index, ResmgrStorageKind kind)
{
    const ResmgrStorageDef *def = resmgr_layout_storage_def(check->definition->lpars->pdata[index], kind);

    resmgr_definition_check_multiple(check, keys_of[kind].size, def->size_bytes);
    if (def->size_bytes == 0)
        check_absent(check, def, kind);
    else if (def->origin_bytes == RESMGR_ORIGIN_FIRST_FIT)
        check_first_fit(check, index, kind);
    else
        check_given_origin(check, index, kind);
    check_reserved(check, def, kind);
}
