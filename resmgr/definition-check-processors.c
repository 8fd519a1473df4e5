/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The processors of one LPAR in a definition: either shares of named IPs, one LIP each, or a weight and a
 * number of LIPs in the pool of an IP type, or whole IPs of its own; and perhaps parts of pools of other types. An IP
 * that any `ip-shares` names, or that is dedicated, is in no pool.
 *
 * A sum above 100 % concerns several LPARs. It is reported once per IP, at the LPAR with which, in the order
 * of the file, the sum passes 100 %, and the reason lists everybody's share.
 */
#include "resmgr/definition-check.h"

#include "hv/guest.h"

#define WEIGHT_MAX         999
#define CAP_MAX_HUNDREDTHS 25500

static char *shares_text(const GArray *shares)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < shares->len; i++) {
        const ResmgrIpShare *share = &g_array_index(shares, ResmgrIpShare, i);
        g_autofree char *percent = hv_quantity_format_percent(share->share_bp);
        g_string_append_printf(text, "%s%u:%s", i > 0 ? ";" : "", share->ip, percent);
    }
    return g_string_free(text, FALSE);
}

static uint32_t share_of(const ResmgrLparDef *lpar, unsigned ip)
{
    uint32_t sum_bp = 0;

    for (unsigned i = 0; i < lpar->ip_shares->len; i++) {
        const ResmgrIpShare *share = &g_array_index(lpar->ip_shares, ResmgrIpShare, i);
        sum_bp += share->ip == ip ? share->share_bp : 0;
    }
    return sum_bp;
}

/* "LPAR1 60, LPAR2 50" for one IP. */
static char *holders_text(const ResmgrDefinition *definition, unsigned ip)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < definition->lpars->len; i++) {
        const ResmgrLparDef *lpar = definition->lpars->pdata[i];
        uint32_t share_bp = share_of(lpar, ip);
        if (share_bp == 0)
            continue;
        g_autofree char *percent = hv_quantity_format_percent(share_bp);
        g_string_append_printf(text, "%s%s %s", text->len > 0 ? ", " : "", lpar->name, percent);
    }
    return g_string_free(text, FALSE);
}

static void check_sum(ResmgrDefinitionCheck *check, unsigned index, unsigned ip, const char *value)
{
    uint32_t before_bp = 0, sum_bp = 0;

    for (unsigned i = 0; i < check->definition->lpars->len; i++) {
        uint32_t share_bp = share_of(check->definition->lpars->pdata[i], ip);
        before_bp += i < index ? share_bp : 0;
        sum_bp += share_bp;
    }
    bool passes_here = before_bp <= HV_SHARE_WHOLE_BP &&
                       before_bp + share_of(check->definition->lpars->pdata[index], ip) > HV_SHARE_WHOLE_BP;
    if (!passes_here)
        return;
    g_autofree char *sum = hv_quantity_format_percent(sum_bp);
    g_autofree char *holders = holders_text(check->definition, ip);
    resmgr_definition_check_problem(
        check, "ip-shares", value, "lower one of the shares", "the shares of IP %u add up to %s %%: %s", ip,
        sum, holders);
}

static bool named_before(const GArray *shares, unsigned position)
{
    for (unsigned i = 0; i < position; i++) {
        if (g_array_index(shares, ResmgrIpShare, i).ip == g_array_index(shares, ResmgrIpShare, position).ip)
            return true;
    }
    return false;
}

static void check_share(ResmgrDefinitionCheck *check, unsigned index, unsigned position, const char *value)
{
    const ResmgrLparDef *lpar = check->definition->lpars->pdata[index];
    const ResmgrIpShare *share = &g_array_index(lpar->ip_shares, ResmgrIpShare, position);

    if (share->ip < 1 || share->ip > check->definition->machine->n_ips) {
        resmgr_definition_check_problem(
            check, "ip-shares", value, NULL, "there is no IP %u: the machine has IPs 1 to %u", share->ip,
            check->definition->machine->n_ips);
        return;
    }
    if (share->share_bp < 1 || share->share_bp > HV_SHARE_WHOLE_BP) {
        g_autofree char *percent = hv_quantity_format_percent(share->share_bp);
        resmgr_definition_check_problem(
            check, "ip-shares", value, NULL, "%s %% of IP %u is not between 0.01 and 100 %%", percent,
            share->ip);
    }
    if (named_before(lpar->ip_shares, position))
        resmgr_definition_check_problem(
            check, "ip-shares", value, "an LPAR has at most one LIP per IP: give one share for both",
            "IP %u is given twice", share->ip);
    else
        check_sum(check, index, share->ip, value);
}

static void check_shares(ResmgrDefinitionCheck *check, unsigned index)
{
    const ResmgrLparDef *lpar = check->definition->lpars->pdata[index];
    g_autofree char *value = shares_text(lpar->ip_shares);

    for (unsigned i = 0; i < lpar->ip_shares->len; i++)
        check_share(check, index, i, value);
    if (lpar->ip_shares->len > HV_MAX_LIPS)
        resmgr_definition_check_problem(
            check, "ip-shares", value, NULL, "%u LIPs are more than an LPAR can have, %d",
            lpar->ip_shares->len, HV_MAX_LIPS);
}

static void check_lips(ResmgrDefinitionCheck *check, const ResmgrLparDef *lpar)
{
    const char *type = hv_ip_type_name(lpar->ip_type);
    unsigned most = MIN(check->pool_size[lpar->ip_type], HV_MAX_LIPS);
    g_autofree char *lips = g_strdup_printf("%u", lpar->n_lips);

    if (most == 0)
        resmgr_definition_check_problem(
            check, "ip-type", type, "leave an IP of that type out of every ip-shares",
            "the pool of IPs of type %s is empty", type);
    else if (lpar->n_lips < 1)
        resmgr_definition_check_problem(
            check, "lips", lips, NULL, "with a weight, give lips, 1 to %u here", most);
    else if (lpar->n_lips > most)
        resmgr_definition_check_problem(
            check, "lips", lips, NULL, "%s LIPs are more than the %u IPs in the pool of type %s", lips, most,
            type);
}

static void check_weight(ResmgrDefinitionCheck *check, const ResmgrLparDef *lpar)
{
    g_autofree char *value = g_strdup_printf("%u", lpar->weight);

    if (lpar->weight > WEIGHT_MAX)
        resmgr_definition_check_problem(check, "weight", value, NULL, "weights run from 1 to %d", WEIGHT_MAX);
    check_lips(check, lpar);
    if (lpar->ip_shares->len > 0)
        resmgr_definition_check_problem(
            check, "weight", value, "leave one of them out",
            "an LPAR has either ip-shares or a weight, not both");
}

static void check_no_weight(ResmgrDefinitionCheck *check, const ResmgrLparDef *lpar)
{
    if (lpar->n_lips > 0) {
        g_autofree char *value = g_strdup_printf("%u", lpar->n_lips);
        resmgr_definition_check_problem(
            check, "lips", value, "give weight too, or ip-shares instead", "lips is given without a weight");
    } else if (lpar->ip_shares->len == 0) {
        resmgr_definition_check_problem(
            check, "ip-shares", NULL, "give ip-shares, or weight and lips", "%s has no processor",
            lpar->name);
    }
}

/* Whole IPs of its own: whatever divides IPs is out of place. */
static void check_dedicated(ResmgrDefinitionCheck *check, const ResmgrLparDef *lpar)
{
    unsigned owners[HV_MAX_IPS];
    unsigned wanting = resmgr_definition_dedicate(check->definition, lpar, owners);
    g_autofree char *lips = g_strdup_printf("%u", lpar->n_lips);

    if (lpar->ip_shares->len > 0 || lpar->weight > 0)
        resmgr_definition_check_problem(
            check, "dedicated", "yes", "leave one of them out",
            "an LPAR has either dedicated IPs or %s, not both", lpar->weight > 0 ? "a weight" : "ip-shares");
    else if (lpar->n_lips == 0)
        resmgr_definition_check_problem(
            check, "dedicated", "yes", "give lips too", "it is not said how many IPs are dedicated to %s",
            lpar->name);
    else if (wanting > 0)
        resmgr_definition_check_problem(
            check, "lips", lips, "leave more IPs of that type out of every ip-shares",
            "%u of %s dedicated IPs of type %s are not there", wanting, lips, hv_ip_type_name(lpar->ip_type));
    if (lpar->cap.kind != RESMGR_CAP_NONE)
        resmgr_definition_check_problem(
            check, "cap", "", "leave it out", "what IPs are dedicated to %s cannot be capped", lpar->name);
}

static void check_pool(ResmgrDefinitionCheck *check, const ResmgrLparDef *lpar, unsigned position)
{
    const ResmgrPoolDef *pool = &g_array_index(lpar->pools, ResmgrPoolDef, position);
    const char *type = hv_ip_type_name(pool->type);
    unsigned most = MIN(check->pool_size[pool->type], HV_MAX_LIPS);
    bool twice = lpar->weight > 0 && pool->type == lpar->ip_type;

    for (unsigned i = 0; i < position; i++)
        twice = twice || g_array_index(lpar->pools, ResmgrPoolDef, i).type == pool->type;
    if (twice)
        resmgr_definition_check_problem(
            check, "pool", type, "one weight for each pool", "%s is in the pool of type %s already",
            lpar->name, type);
    else if (most == 0)
        resmgr_definition_check_problem(
            check, "pool", type, "leave an IP of that type out of every ip-shares",
            "the pool of IPs of type %s is empty", type);
    else if (pool->n_lips < 1 || pool->n_lips > most)
        resmgr_definition_check_problem(
            check, "pool", type, NULL, "%u LIPs are not 1 to %u, the IPs in the pool of type %s",
            pool->n_lips, most, type);
    else if (pool->weight < 1 || pool->weight > WEIGHT_MAX)
        resmgr_definition_check_problem(check, "pool", type, NULL, "weights run from 1 to %d", WEIGHT_MAX);
}

static void check_pools(ResmgrDefinitionCheck *check, const ResmgrLparDef *lpar)
{
    unsigned sum = lpar->ip_shares->len + lpar->n_lips;

    for (unsigned i = 0; i < lpar->pools->len; i++) {
        check_pool(check, lpar, i);
        sum += g_array_index(lpar->pools, ResmgrPoolDef, i).n_lips;
    }
    if (lpar->pools->len > 0 && sum > HV_MAX_LIPS)
        resmgr_definition_check_problem(
            check, "pool", "", NULL, "%u LIPs are more than an LPAR can have, %d", sum, HV_MAX_LIPS);
}

static void check_cap(ResmgrDefinitionCheck *check, const ResmgrCap *cap)
{
    if (cap->kind != RESMGR_CAP_ABSOLUTE)
        return;
    if (cap->ips_hundredths >= 1 && cap->ips_hundredths <= CAP_MAX_HUNDREDTHS)
        return;
    g_autofree char *value = hv_quantity_format_decimal(cap->ips_hundredths);
    resmgr_definition_check_problem(
        check, "cap", value, NULL, "an absolute cap lies between 0.01 and 255.00 IPs, %s does not", value);
}

static void check_lips_min(ResmgrDefinitionCheck *check, const ResmgrLparDef *lpar)
{
    unsigned all = lpar->ip_shares->len + lpar->n_lips;
    g_autofree char *value = g_strdup_printf("%u", lpar->lips_min);

    for (unsigned i = 0; i < lpar->pools->len; i++)
        all += g_array_index(lpar->pools, ResmgrPoolDef, i).n_lips;
    if (lpar->lips_min > all)
        resmgr_definition_check_problem(
            check, "lips-min", value, NULL, "%s has %u LIPs, not %u", lpar->name, all, lpar->lips_min);
    else if (lpar->lips_min > 0 && resmgr_lpar_def_is_libvirt(lpar))
        resmgr_definition_check_problem(
            check, "lips-min", value, "leave it out", "a real guest decides by itself which CPUs are online");
}

void resmgr_definition_check_processors(ResmgrDefinitionCheck *check, unsigned index)
{
    const ResmgrLparDef *lpar = check->definition->lpars->pdata[index];

    check_shares(check, index);
    if (lpar->dedicated)
        check_dedicated(check, lpar);
    else if (lpar->weight > 0)
        check_weight(check, lpar);
    else
        check_no_weight(check, lpar);
    check_pools(check, lpar);
    check_lips_min(check, lpar);
    check_cap(check, &lpar->cap);
}
