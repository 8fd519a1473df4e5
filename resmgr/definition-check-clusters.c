/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Clusters of LPARs in a definition: among their members weight is moved.
 *
 * The members share one pool and are in no other, so that what an LPAR uses of processors tells what weight it needs.
 * An LPAR is in one cluster at most, and its weight lies between its least and its greatest from the first.
 */
#include "resmgr/definition-check.h"

#define PERIOD_MIN_NS (100 * HV_NS_PER_MS)
#define WEIGHT_MAX    999

/* The cluster before `index` that has the LPAR too; NULL: none. */
static const ResmgrClusterDef *
earlier_cluster(const ResmgrDefinition *definition, unsigned index, const ResmgrLparDef *lpar)
{
    for (unsigned i = 0; i < index; i++) {
        const ResmgrClusterDef *cluster = definition->clusters->pdata[i];
        if (resmgr_definition_names(definition, cluster->members, lpar))
            return cluster;
    }
    return NULL;
}

static bool named_before(
    const ResmgrDefinition *definition, const GPtrArray *names, unsigned position, const ResmgrLparDef *lpar)
{
    for (unsigned i = 0; i < position; i++) {
        if (resmgr_definition_find(definition, names->pdata[i]) == lpar)
            return true;
    }
    return false;
}

static void
check_member(ResmgrDefinitionCheck *check, unsigned index, unsigned position, const ResmgrLparDef **first)
{
    const ResmgrClusterDef *cluster = check->definition->clusters->pdata[index];
    const char *name = cluster->members->pdata[position];
    const ResmgrLparDef *lpar = resmgr_definition_find(check->definition, name);
    const ResmgrClusterDef *earlier = lpar ? earlier_cluster(check->definition, index, lpar) : NULL;

    if (lpar == NULL)
        resmgr_definition_check_problem(check, "members", name, NULL, "there is no LPAR \"%s\"", name);
    else if (earlier != NULL)
        resmgr_definition_check_problem(
            check, "members", name, "an LPAR is in one cluster at most", "%s is in cluster %s already",
            lpar->name, earlier->name);
    else if (lpar->weight == 0 || lpar->pools->len > 0)
        resmgr_definition_check_problem(
            check, "members", name, "give it weight and lips, and no pool",
            "%s is not in one pool and no other by a weight", lpar->name);
    else if (named_before(check->definition, cluster->members, position, lpar))
        resmgr_definition_check_problem(check, "members", name, NULL, "%s is named twice", name);
    else if (*first == NULL)
        *first = lpar;
    else if (lpar->ip_type != (*first)->ip_type)
        resmgr_definition_check_problem(
            check, "members", name, "a cluster is of one pool",
            "%s is in the pool of type %s, %s in that of %s", lpar->name, hv_ip_type_name(lpar->ip_type),
            (*first)->name, hv_ip_type_name((*first)->ip_type));
}

void resmgr_definition_check_cluster(ResmgrDefinitionCheck *check, unsigned index)
{
    const ResmgrClusterDef *cluster = check->definition->clusters->pdata[index];
    const ResmgrLparDef *first = NULL;
    g_autofree char *period = hv_quantity_format_duration(cluster->period_ns);

    if (!resmgr_definition_check_name_is_valid(cluster->name))
        resmgr_definition_check_problem(
            check, NULL, cluster->name, NULL, "\"%s\" is not a name of 1 to 16 letters, digits, _ - $ # @",
            cluster->name);
    if (cluster->members->len < 2)
        resmgr_definition_check_problem(
            check, "members", NULL, "give names of LPARs with `;` between them",
            "a cluster has two members at least");
    for (unsigned i = 0; i < cluster->members->len; i++)
        check_member(check, index, i, &first);
    if (cluster->period_ns < PERIOD_MIN_NS)
        resmgr_definition_check_problem(
            check, "period", period, "the default is 10s", "%s is shorter than 100ms", period);
}

void resmgr_definition_check_weight_range(ResmgrDefinitionCheck *check, unsigned index)
{
    const ResmgrLparDef *lpar = check->definition->lpars->pdata[index];
    const char *key = lpar->weight_min > 0 ? "weight-min" : "weight-max";
    bool in_cluster = earlier_cluster(check->definition, check->definition->clusters->len, lpar) != NULL;

    if (lpar->weight_min == 0 && lpar->weight_max == 0)
        return;
    if (!in_cluster)
        resmgr_definition_check_problem(
            check, key, NULL, "name it in members of a [cluster NAME]",
            "%s is in no cluster, so its weight does not move", lpar->name);
    else if (
        MAX(lpar->weight_min, lpar->weight_max) > WEIGHT_MAX || lpar->weight < lpar->weight_min ||
        (lpar->weight_max > 0 && lpar->weight > lpar->weight_max))
        resmgr_definition_check_problem(
            check, key, NULL, "weight lies between weight-min and weight-max",
            "the weight %u of %s is not within %u to %u", lpar->weight, lpar->name, MAX(lpar->weight_min, 1),
            lpar->weight_max > 0 ? lpar->weight_max : WEIGHT_MAX);
}
