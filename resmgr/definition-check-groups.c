/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Groups of LPARs in a definition, limits in MSU, and to whom LPARs lend.
 *
 * The members of a group share one pool: what is divided among them by weight must be the same thing. So an LPAR with
 * shares is in no group. An LPAR is in one group at most, or two limits would pull at it. MSU mean nothing without the
 * number of them that an IP gives.
 */
#include "resmgr/definition-check.h"

#define CAP_MAX_HUNDREDTHS 25500

static void check_msu(ResmgrDefinitionCheck *check, const char *key, uint32_t msu_hundredths)
{
    g_autofree char *value = hv_quantity_format_decimal(msu_hundredths);

    if (msu_hundredths > 0 && check->definition->machine->msu_per_ip_hundredths == 0)
        resmgr_definition_check_problem(
            check, key, value, "give msu-per-ip in [machine]", "%s MSU mean nothing without what an IP gives",
            value);
}

static bool has_cps(const HvMachineDef *machine, const ResmgrLparDef *lpar)
{
    for (unsigned i = 0; i < lpar->ip_shares->len; i++) {
        unsigned ip = g_array_index(lpar->ip_shares, ResmgrIpShare, i).ip;
        if (ip < 1 || ip > machine->n_ips || machine->ip_types[ip - 1] == HV_IP_CP)
            return true;
    }
    for (unsigned i = 0; i < lpar->pools->len; i++) {
        if (g_array_index(lpar->pools, ResmgrPoolDef, i).type == HV_IP_CP)
            return true;
    }
    return lpar->ip_shares->len == 0 && lpar->ip_type == HV_IP_CP;
}

void resmgr_definition_check_defined_capacity(ResmgrDefinitionCheck *check, unsigned index)
{
    const ResmgrLparDef *lpar = check->definition->lpars->pdata[index];

    check_msu(check, "defined-capacity", lpar->defined_msu_hundredths);
    if (lpar->defined_msu_hundredths > 0 && (lpar->dedicated || !has_cps(check->definition->machine, lpar)))
        resmgr_definition_check_problem(
            check, "defined-capacity", NULL, "leave it out",
            "MSU are those of CPs that are shared, and %s has none", lpar->name);
}

void resmgr_definition_check_lending(ResmgrDefinitionCheck *check, unsigned index)
{
    const ResmgrLparDef *lpar = check->definition->lpars->pdata[index];

    if (lpar->lends_given && lpar->dedicated)
        resmgr_definition_check_problem(
            check, "lends-to", NULL, "leave it out", "what is dedicated to %s is lent to nobody", lpar->name);
    for (unsigned i = 0; i < lpar->lends_to->len; i++) {
        const char *name = lpar->lends_to->pdata[i];
        if (resmgr_definition_find(check->definition, name) == NULL)
            resmgr_definition_check_problem(check, "lends-to", name, NULL, "there is no LPAR \"%s\"", name);
    }
}

/* The group before `index` that has the LPAR too; NULL: none. */
static const ResmgrGroupDef *
earlier_group(const ResmgrDefinition *definition, unsigned index, const ResmgrLparDef *lpar)
{
    for (unsigned i = 0; i < index; i++) {
        const ResmgrGroupDef *group = definition->groups->pdata[i];
        if (resmgr_definition_names(definition, group->members, lpar))
            return group;
    }
    return NULL;
}

/* *first: the first member with a weight, NULL before. */
static void
check_member(ResmgrDefinitionCheck *check, unsigned index, const char *name, const ResmgrLparDef **first)
{
    const ResmgrDefinition *definition = check->definition;
    const ResmgrLparDef *lpar = resmgr_definition_find(definition, name);
    const ResmgrGroupDef *earlier = lpar != NULL ? earlier_group(definition, index, lpar) : NULL;

    if (lpar == NULL) {
        resmgr_definition_check_problem(check, "members", name, NULL, "there is no LPAR \"%s\"", name);
        return;
    }
    if (earlier != NULL)
        resmgr_definition_check_problem(
            check, "members", name, "an LPAR is in one group at most", "%s is in group %s already",
            lpar->name, earlier->name);
    if (lpar->weight == 0)
        resmgr_definition_check_problem(
            check, "members", name, "give it weight and lips",
            "%s has no weight by which the limit could be divided", lpar->name);
    else if (*first == NULL)
        *first = lpar;
    else if (lpar->ip_type != (*first)->ip_type)
        resmgr_definition_check_problem(
            check, "members", name, "a group is of one pool",
            "%s is in the pool of type %s, %s in that of %s", lpar->name, hv_ip_type_name(lpar->ip_type),
            (*first)->name, hv_ip_type_name((*first)->ip_type));
}

/* Returns the first member with a weight, NULL: none has one. */
static const ResmgrLparDef *check_members(ResmgrDefinitionCheck *check, unsigned index)
{
    const ResmgrGroupDef *group = check->definition->groups->pdata[index];
    const ResmgrLparDef *first = NULL;

    if (group->members->len == 0)
        resmgr_definition_check_problem(
            check, "members", NULL, "give names of LPARs with `;` between them", "the group has no members");
    for (unsigned i = 0; i < group->members->len; i++) {
        const char *name = group->members->pdata[i];
        bool twice = false;
        for (unsigned k = 0; k < i; k++)
            twice = twice || g_ascii_strcasecmp(group->members->pdata[k], name) == 0;
        if (twice)
            resmgr_definition_check_problem(check, "members", name, NULL, "%s is named twice", name);
        else
            check_member(check, index, name, &first);
    }
    return first;
}

static void check_name(ResmgrDefinitionCheck *check, unsigned index)
{
    const ResmgrGroupDef *group = check->definition->groups->pdata[index];

    if (!resmgr_definition_check_name_is_valid(group->name))
        resmgr_definition_check_problem(
            check, NULL, group->name, NULL, "\"%s\" is not a name of 1 to 16 letters, digits, _ - $ # @",
            group->name);
    for (unsigned i = 0; i < index; i++) {
        const ResmgrGroupDef *other = check->definition->groups->pdata[i];
        if (g_ascii_strcasecmp(group->name, other->name) == 0)
            resmgr_definition_check_problem(
                check, NULL, group->name, NULL, "the name %s is taken by another group", other->name);
    }
}

void resmgr_definition_check_group(ResmgrDefinitionCheck *check, unsigned index)
{
    const ResmgrGroupDef *group = check->definition->groups->pdata[index];

    check_name(check, index);
    const ResmgrLparDef *first = check_members(check, index);

    if (group->cap_ips_hundredths > CAP_MAX_HUNDREDTHS) {
        g_autofree char *value = hv_quantity_format_decimal(group->cap_ips_hundredths);
        resmgr_definition_check_problem(
            check, "cap", value, NULL, "a cap lies between 0.01 and 255.00 IPs, %s does not", value);
    }
    check_msu(check, "limit", group->limit_msu_hundredths);
    if (group->limit_msu_hundredths > 0 && first != NULL && first->ip_type != HV_IP_CP)
        resmgr_definition_check_problem(
            check, "limit", NULL, "give cap instead", "MSU are those of CPs, and the members share %ss",
            hv_ip_type_name(first->ip_type));
    if (group->cap_ips_hundredths == 0 && group->limit_msu_hundredths == 0)
        resmgr_definition_check_problem(
            check, "cap", NULL, "give cap, limit or both", "the group has neither a cap nor a limit");
}
