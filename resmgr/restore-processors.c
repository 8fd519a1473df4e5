/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The processors of an LPAR that comes back: the merge of claim 3 backwards.
 *
 * Each LIP wants its share of its IP again. The LPAR that got it gives it up first: its LIP on that IP gets smaller by
 * it, or goes altogether if it consisted of nothing else, which its guest must allow. What is still wanted may come from
 * what nobody has, of this IP or of another of its type. So no IP's sum passes 100 %, and where nothing else has happened everybody
 * has what he had before.
 *
 * In a pool it is weight that comes back, with as many LIPs as the giver got by it: the giver keeps those that are its own
 * and those of others that it stands for. Weight is not a share of anything, so the LPAR has it in full in any case.
 */
#include "resmgr/restore-private.h"
#include "resmgr/share-table.h"

/* --- LIPs of the giver ---------------------------------------------------------------------------------- */

static bool guest_keeps(const ResmgrRestoring *restoring, unsigned lip)
{
    const ResmgrGiver *needs = restoring->giver_runs ? restoring->wish->giver : NULL;

    return needs && needs->keeps_lip[lip];
}

static ResmgrLip *lip_on_ip(GArray *lips, unsigned ip)
{
    for (unsigned i = 0; i < lips->len; i++)
        if (g_array_index(lips, ResmgrLip, i).ip == ip)
            return &g_array_index(lips, ResmgrLip, i);
    return NULL;
}

static void remove_lip(GArray *lips, unsigned number)
{
    for (unsigned i = 0; i < lips->len; i++)
        if (g_array_index(lips, ResmgrLip, i).number == number) {
            g_array_remove_index(lips, i);
            return;
        }
    g_assert_not_reached();
}

/* --- Shares ---------------------------------------------------------------------------------------------- */

/* Of the giver and those that it stands for from then on. */
static uint32_t defined_share(const ResmgrRestoring *restoring, unsigned ip)
{
    const ResmgrDefinition *definition = restoring->state->definition;
    unsigned owners[HV_MAX_IPS];
    uint32_t sum_bp = 0;

    resmgr_definition_dedicate(definition, NULL, owners);
    if (owners[ip - 1] != 0 && restoring->heirs[owners[ip - 1]] == restoring->giver->number)
        return HV_SHARE_WHOLE_BP;
    for (unsigned i = 0; i < definition->lpars->len; i++) {
        const ResmgrLparDef *def = g_ptr_array_index(definition->lpars, i);

        for (unsigned s = 0; s < def->ip_shares->len; s++) {
            const ResmgrIpShare *share = &g_array_index(def->ip_shares, ResmgrIpShare, s);

            if (restoring->heirs[def->number] == restoring->giver->number && share->ip == ip)
                sum_bp += share->share_bp;
        }
    }
    return sum_bp;
}

/* What the giver had of the IP before, or it and those that it stands for from then on by their definitions. */
static uint32_t own_share(const ResmgrRestoring *restoring, unsigned ip)
{
    const ResmgrLpar *own = restoring->wish->giver ? restoring->wish->giver->own : NULL;
    const ResmgrLip *lip = own ? resmgr_share_table_on_ip(own->lips, ip) : NULL;
    uint32_t defined_bp = defined_share(restoring, ip);

    return own ? MIN(defined_bp, lip ? lip->share_bp : 0) : defined_bp;
}

/* Takes up to the wanted share from the giver's LIP on the IP; *ret_reason says why it is less. */
static uint32_t take_share(ResmgrRestoring *restoring, const ResmgrLip *wanted, char **ret_reason)
{
    GArray *lips = restoring->plan->giver_lips;
    ResmgrLip *lip = restoring->giver ? lip_on_ip(lips, wanted->ip) : NULL;

    if (!lip)
        return 0;
    uint32_t own_bp = MIN(own_share(restoring, wanted->ip), lip->share_bp);
    uint32_t taken_bp = MIN(lip->share_bp - own_bp, wanted->share_bp);

    if (lip->share_bp > taken_bp) {
        lip->share_bp -= taken_bp;
        return taken_bp;
    }
    if (guest_keeps(restoring, lip->number)) {
        *ret_reason =
            g_strdup_printf("the guest of %s keeps its LIP %u online", restoring->giver->name, lip->number);
        return 0;
    }
    remove_lip(lips, lip->number);
    return taken_bp;
}

/* "LPAR1 60 %, LPAR3 40 %" */
static char *holders_of_ip(const ResmgrRestoring *restoring, unsigned ip)
{
    GString *text = g_string_new("it belongs to ");
    bool any = false;

    for (unsigned i = 0; i < restoring->state->lpars->len; i++) {
        const ResmgrLpar *lpar = g_ptr_array_index(restoring->state->lpars, i);
        const ResmgrLip *lip = resmgr_share_table_on_ip(lpar->lips, ip);

        if (lpar->assignment != RESMGR_ASSIGNED || !lip)
            continue;
        g_autofree char *share = hv_quantity_format_percent(lip->share_bp);

        g_string_append_printf(text, "%s%s with %s %%", any ? ", " : "", lpar->name, share);
        any = true;
    }
    return g_string_free(text, FALSE);
}

/* Takes both texts. */
static void lack_share(
    ResmgrRestoring *restoring, const ResmgrLip *wanted, uint32_t lacking_bp, bool missed, char *reason)
{
    g_autofree char *share = hv_quantity_format_percent(lacking_bp);

    resmgr_restore_lack(
        restoring, RESMGR_LACK_SHARE, missed && !restoring->wish->copy,
        g_strdup_printf("%s %% of IP %u", share, wanted->ip),
        reason ? reason : holders_of_ip(restoring, wanted->ip));
}

/* A LIP that has no place at all: its guest, if it had it online, goes on with the others. */
static void lack_lip(ResmgrRestoring *restoring, const ResmgrLip *wanted, char *reason)
{
    g_autofree char *share = hv_quantity_format_percent(wanted->share_bp);

    resmgr_restore_lack(
        restoring, RESMGR_LACK_LIP, /* missed= */ !restoring->wish->copy,
        g_strdup_printf("LIP %u with %s %% of IP %u", wanted->number, share, wanted->ip),
        reason ? reason : holders_of_ip(restoring, wanted->ip));
}

/* What the LPAR can have of the IP when it takes so much from the giver. */
static uint32_t share_to_be_had(const ResmgrRestoring *restoring, unsigned ip, uint32_t taken_bp)
{
    const ResmgrState *state = restoring->state;
    uint32_t sum_bp = resmgr_share_table_sum_bp(state, ip, /* with_offline= */ true);
    uint32_t free_bp = HV_SHARE_WHOLE_BP - sum_bp + (restoring->giver_runs ? taken_bp : 0);

    return state->ip_dedicated[ip - 1] && free_bp < HV_SHARE_WHOLE_BP ? 0 : free_bp;
}

/* The giver's LIPs are asked for by the other LIPs that are wished; the rest of the machine is free for any. */
static bool is_spoken_for(const ResmgrRestoring *restoring, unsigned ip)
{
    return resmgr_share_table_on_ip(restoring->wish->lips, ip) ||
           resmgr_share_table_on_ip(restoring->plan->lips, ip);
}

/* The IP of that type of which most is free, more than `least_bp`; 0: there is none. */
static unsigned find_other_ip(const ResmgrRestoring *restoring, HvIpType type, uint32_t least_bp)
{
    const ResmgrState *state = restoring->state;
    const HvMachineDef *machine = state->definition->machine;
    unsigned best = 0;

    for (unsigned ip = 1; ip <= machine->n_ips; ip++) {
        uint32_t free_bp = share_to_be_had(restoring, ip, 0);

        if (machine->ip_types[ip - 1] != type || state->ip_in_pool[ip - 1] || state->ip_dedicated[ip - 1] ||
            is_spoken_for(restoring, ip) || free_bp <= least_bp)
            continue;
        best = ip;
        least_bp = free_bp;
    }
    return best;
}

/* On its own IP if all of it is to be had there, else where most is. */
static ResmgrLip place_share(ResmgrRestoring *restoring, const ResmgrLip *wanted, char **ret_reason)
{
    uint32_t taken_bp = take_share(restoring, wanted, ret_reason);
    uint32_t had_bp = share_to_be_had(restoring, wanted->ip, taken_bp);
    unsigned other = had_bp < wanted->share_bp && taken_bp == 0
                         ? find_other_ip(restoring, wanted->type, had_bp)
                         : 0;
    ResmgrLip lip = *wanted;

    if (other != 0) {
        lip.ip = (uint16_t)other;
        had_bp = share_to_be_had(restoring, other, 0);
    }
    lip.share_bp = MIN(wanted->share_bp, had_bp);
    return lip;
}

static void plan_share(ResmgrRestoring *restoring, const ResmgrLip *wanted)
{
    char *reason = NULL;
    ResmgrLip lip = place_share(restoring, wanted, &reason);

    if (lip.share_bp == 0) {
        lack_lip(restoring, wanted, reason);
        return;
    }
    g_array_append_val(restoring->plan->lips, lip);
    if (lip.share_bp < wanted->share_bp)
        lack_share(restoring, wanted, wanted->share_bp - lip.share_bp, /* missed= */ true, reason);
    else if (reason || lip.ip != wanted->ip)
        lack_share(restoring, wanted, wanted->share_bp, /* missed= */ false, reason);
}

/* The part of a parent's share that its copy asks for comes out of it, so the IP has as much to give as before. */
static void plan_share_of_parent(ResmgrRestoring *restoring, const ResmgrLip *wanted)
{
    ResmgrLip *lip = lip_on_ip(restoring->plan->parent_lips, wanted->ip);

    g_assert(lip && wanted->share_bp < lip->share_bp);
    lip->share_bp -= wanted->share_bp;
    g_array_append_val(restoring->plan->lips, *wanted);
}

/* --- Pools ---------------------------------------------------------------------------------------------- */

static bool in_pool(const ResmgrLip *lip, HvIpType type)
{
    return lip->ip == 0 && lip->type == type;
}

static unsigned count_pool(const GArray *lips, HvIpType type)
{
    unsigned n = 0;

    for (unsigned i = 0; i < lips->len; i++)
        n += in_pool(&g_array_index(lips, ResmgrLip, i), type);
    return n;
}

static unsigned defined_lips(const ResmgrLparDef *def, HvIpType type)
{
    unsigned n = def->weight > 0 && def->ip_type == type ? def->n_lips : 0;

    for (unsigned i = 0; i < def->pools->len; i++) {
        const ResmgrPoolDef *pool = &g_array_index(def->pools, ResmgrPoolDef, i);

        n += pool->type == type ? pool->n_lips : 0;
    }
    return n;
}

/* LIPs that the giver had before, or it and those that it stands for from then on by their definitions. */
static unsigned own_pool_lips(const ResmgrRestoring *restoring, HvIpType type)
{
    const ResmgrLpar *own = restoring->wish->giver ? restoring->wish->giver->own : NULL;
    const GPtrArray *defs = restoring->state->definition->lpars;
    unsigned n = 0;

    for (unsigned i = 0; i < defs->len; i++) {
        const ResmgrLparDef *def = g_ptr_array_index(defs, i);

        if (restoring->heirs[def->number] == restoring->giver->number)
            n += defined_lips(def, type);
    }
    /* Nothing else has come to the pool, or gone: it has what it had. */
    if (own && own->weights[type] + restoring->wish->weights[type] == restoring->giver->weights[type])
        return count_pool(own->lips, type);
    if (own)
        n = MIN(n, count_pool(own->lips, type));
    return MIN(n, resmgr_share_table_pool_size(restoring->state, type));
}

/* From the highest: those that its guest can do without, and, unless `own_too`, that it did not have before. */
static unsigned remove_down_to(ResmgrRestoring *restoring, HvIpType type, unsigned until, bool own_too)
{
    const ResmgrLpar *own = restoring->wish->giver ? restoring->wish->giver->own : NULL;
    GArray *lips = restoring->plan->giver_lips;
    unsigned n = count_pool(lips, type);

    for (unsigned i = lips->len; i-- > 0 && n > until;) {
        const ResmgrLip *lip = &g_array_index(lips, ResmgrLip, i);

        if (!in_pool(lip, type) || guest_keeps(restoring, lip->number) ||
            (own && !own_too && resmgr_lpar_lip(own, lip->number)))
            continue;
        g_array_remove_index(lips, i);
        n--;
    }
    return n;
}

/* Returns how many are left. */
static unsigned remove_pool_lips(ResmgrRestoring *restoring, HvIpType type, unsigned until)
{
    remove_down_to(restoring, type, until, /* own_too= */ false);
    return remove_down_to(restoring, type, until, /* own_too= */ true);
}

static void lack_in_pool(ResmgrRestoring *restoring, HvIpType type, char *what)
{
    resmgr_restore_lack(
        restoring, RESMGR_LACK_POOL, /* missed= */ false, what,
        g_strdup_printf(
            "the guest of %s keeps them online in the %s pool", restoring->giver->name,
            hv_ip_type_name(type)));
}

static void take_weight(ResmgrRestoring *restoring, HvIpType type)
{
    uint32_t had = restoring->giver->weights[type], wanted = restoring->wish->weights[type];
    uint32_t left = had > wanted ? had - wanted : 0;
    unsigned before = count_pool(restoring->giver->lips, type);

    if (wanted == 0 || had == 0)
        return;
    unsigned own = left == 0 ? 0 : MAX(1, own_pool_lips(restoring, type));
    unsigned after = remove_pool_lips(restoring, type, MIN(own, before));

    restoring->plan->giver_weights[type] = left == 0 && after > 0 ? 1 : left;
    if (after > MIN(own, before))
        lack_in_pool(
            restoring, type,
            g_strdup_printf(
                "%u LIP%s of %s", after - MIN(own, before), after - MIN(own, before) == 1 ? "" : "s",
                restoring->giver->name));
}

/* LIPs of a pool are as many as its weight had, but no more than the pool has IPs. */
static void plan_pool_lip(ResmgrRestoring *restoring, const ResmgrLip *wanted)
{
    unsigned size = resmgr_share_table_pool_size(restoring->state, wanted->type);

    if (count_pool(restoring->plan->lips, wanted->type) < size)
        g_array_append_val(restoring->plan->lips, *wanted);
    else
        resmgr_restore_lack(
            restoring, RESMGR_LACK_POOL, /* missed= */ true, g_strdup_printf("LIP %u", wanted->number),
            g_strdup_printf("the %s pool has %u IPs", hv_ip_type_name(wanted->type), size));
}

/* --- The cap -------------------------------------------------------------------------------------------- */

/* Absolute caps were added. */
static void plan_cap(ResmgrRestoring *restoring)
{
    const ResmgrCap *wished = &restoring->wish->cap;
    ResmgrCap *cap = &restoring->plan->giver_cap;

    restoring->plan->cap = *wished;
    if (!restoring->giver || wished->kind != RESMGR_CAP_ABSOLUTE || cap->kind != RESMGR_CAP_ABSOLUTE)
        return;
    if (cap->ips_hundredths > wished->ips_hundredths)
        cap->ips_hundredths -= wished->ips_hundredths;
    else
        resmgr_restore_lack(
            restoring, RESMGR_LACK_CAP, /* missed= */ false,
            g_strdup_printf("%u.%02u IPs of cap", wished->ips_hundredths / 100, wished->ips_hundredths % 100),
            g_strdup_printf("%s has no more itself", restoring->giver->name));
}

/* --- The whole ------------------------------------------------------------------------------------------ */

/* A LIP that this machine could have given at all. */
static bool can_be(const ResmgrRestoring *restoring, const ResmgrLip *lip)
{
    const ResmgrState *state = restoring->state;
    const HvMachineDef *machine = state->definition->machine;

    if (lip->type >= HV_IP_TYPES || lip->number < 1 || lip->number > HV_MAX_LIPS)
        return false;
    if (lip->ip == 0)
        return restoring->wish->weights[lip->type] > 0;
    return lip->ip <= machine->n_ips && machine->ip_types[lip->ip - 1] == lip->type &&
           !state->ip_in_pool[lip->ip - 1] && lip->share_bp >= 1 && lip->share_bp <= HV_SHARE_WHOLE_BP;
}

static bool all_can_be(const ResmgrRestoring *restoring, GError **error)
{
    for (unsigned i = 0; i < restoring->wish->lips->len; i++) {
        const ResmgrLip *lip = &g_array_index(restoring->wish->lips, ResmgrLip, i);

        if (can_be(restoring, lip))
            continue;
        g_set_error(
            error, RESMGR_ERROR, RESMGR_ERROR_LIPS,
            "LIP %u of %s was on IP %u, which this machine does not share out\nRestore it on the machine "
            "that "
            "it was saved on",
            lip->number, restoring->lpar->name, lip->ip);
        return false;
    }
    return true;
}

static bool some_are_left(const ResmgrRestoring *restoring, GError **error)
{
    const GPtrArray *lacks = restoring->plan->lacks;

    if (restoring->plan->lips->len > 0 || restoring->wish->lips->len == 0)
        return true;
    for (unsigned i = 0; i < lacks->len; i++) {
        const ResmgrLack *lack = g_ptr_array_index(lacks, i);

        if (lack->kind != RESMGR_LACK_LIP)
            continue;
        g_set_error(
            error, RESMGR_ERROR, RESMGR_ERROR_LIPS,
            "%s would have no LIP: it needs %s, and %s\nDEACTIVATE one that has some of its IPs%s",
            restoring->lpar->name, lack->what, lack->reason,
            restoring->wish->copy ? ", or give SHARES(percent): so much of its parent's shares" : "");
        break;
    }
    return false;
}

bool resmgr_restore_plan_processors(ResmgrRestoring *restoring, GError **error)
{
    ResmgrRestorePlan *plan = restoring->plan;

    if (!all_can_be(restoring, error))
        return false;
    for (unsigned type = 0; type < HV_IP_TYPES; type++) {
        plan->weights[type] = restoring->wish->weights[type];
        if (restoring->giver)
            take_weight(restoring, type);
    }
    for (unsigned i = 0; i < restoring->wish->lips->len; i++) {
        const ResmgrLip *wanted = &g_array_index(restoring->wish->lips, ResmgrLip, i);

        if (wanted->ip == 0)
            plan_pool_lip(restoring, wanted);
        else if (restoring->plan->parent_lips)
            plan_share_of_parent(restoring, wanted);
        else
            plan_share(restoring, wanted);
    }
    plan_cap(restoring);
    return some_are_left(restoring, error);
}
