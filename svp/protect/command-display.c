/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * DISPLAY GROUP, POLICY, SNAPSHOT and RELATION: what protects the LPARs, and what there is to restore from.
 *
 * A name that is not there is refused; without a name all are shown.
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/protect/frames-protect.h"
#include "svp/protect/name.h"
#include "svp/protect/policy-run.h"

SVP_COMMAND_FUNC(display_group)
{
    const SvpProtect *protect = svp_console_protect(console, error);
    const char *name = svp_call_word(call, "group");

    if (!protect || (name && !svp_catalog_need_group(svp_protect_catalog(protect), name, error)))
        return false;
    const GPtrArray *groups = svp_catalog_all(svp_protect_catalog(protect), SVP_CATALOG_GROUP);
    json_t *list = json_array();

    for (unsigned i = 0; result->json && i < groups->len; i++)
        if (!name || svp_protect_same_name(((const SvpGroup *)groups->pdata[i])->name, name))
            json_array_append_new(list, svp_group_json(protect, groups->pdata[i]));
    if (result->json)
        json_object_set(result->json, "groups", list);
    else
        svp_groups_frame(result->page, protect, name);
    json_decref(list);
    return true;
}

SVP_COMMAND_FUNC(display_policy)
{
    const SvpProtect *protect = svp_console_protect(console, error);
    const char *name = svp_call_word(call, "policy");

    if (!protect || (name && !svp_catalog_need_policy(svp_protect_catalog(protect), name, error)))
        return false;
    const GPtrArray *policies = svp_catalog_all(svp_protect_catalog(protect), SVP_CATALOG_POLICY);
    json_t *list = json_array();

    for (unsigned i = 0; result->json && i < policies->len; i++)
        if (!name || svp_protect_same_name(((const SvpPolicy *)policies->pdata[i])->name, name))
            json_array_append_new(list, svp_policy_json(policies->pdata[i]));
    if (result->json)
        json_object_set(result->json, "policies", list);
    else
        svp_policies_frame(result->page, protect, name);
    json_decref(list);
    return true;
}

/* The name is that of a group, whose snapshots are meant, or of one snapshot. */
SVP_COMMAND_FUNC(display_snapshot)
{
    SvpProtect *protect = svp_console_protect(console, error);
    const char *name = svp_call_word(call, "name");
    const SvpSnapshot *one = NULL;

    if (!protect)
        return false;
    const SvpCatalog *catalog = svp_protect_catalog(protect);

    if (name && !svp_catalog_group(catalog, name) && !(one = svp_catalog_need_snapshot(catalog, name, error)))
        return false;
    if (one)
        one = svp_protect_digests(protect, one);
    const GPtrArray *snapshots = svp_catalog_all(catalog, SVP_CATALOG_SNAPSHOT);
    json_t *list = json_array();

    for (unsigned i = 0; result->json && i < snapshots->len; i++) {
        const SvpSnapshot *snapshot = snapshots->pdata[i];

        if (one ? snapshot == one : !name || svp_protect_same_name(snapshot->group, name))
            json_array_append_new(list, svp_snapshot_json(protect, snapshot));
    }
    if (result->json)
        json_object_set(result->json, "snapshots", list);
    else if (one)
        svp_snapshot_frame(result->page, protect, one);
    else
        svp_snapshots_frame(result->page, protect, name);
    json_decref(list);
    return true;
}

SVP_COMMAND_FUNC(display_relation)
{
    const SvpProtect *protect = svp_console_protect(console, error);

    (void)call;
    if (!protect)
        return false;
    const GPtrArray *relations = svp_catalog_all(svp_protect_catalog(protect), SVP_CATALOG_RELATION);
    json_t *list = json_array();

    for (unsigned i = 0; result->json && i < relations->len; i++)
        json_array_append_new(list, svp_relation_json(protect, relations->pdata[i]));
    if (result->json)
        json_object_set(result->json, "relations", list);
    else
        svp_relations_frame(result->page, protect);
    json_decref(list);
    return true;
}
