/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Retention: which copies are dropped. A pure function of the copies and the rules.
 *
 * Verdicts are found in three passes, each of which only turns a drop into a keep:
 *
 *   1. the rule of the copy's label, by days or by copies;
 *   2. what a clone, a mirror or a vault needs stays;
 *   3. an LPAR that would have no good copy left keeps its newest good one. Who lacks one is found first, for all LPARs, so the order
 *      in which they are looked at does not matter.
 *
 * What must hold afterwards: every LPAR that had a good copy has one. That copies share content does not matter here: the medium sees to it
 * that what stays can be read (svp/protect/copy-archive.c).
 */
#include "svp/protect/retention.h"

#include <string.h>

#define DAY_NS (UINT64_C(86400) * HV_NS_PER_S)

typedef struct {
    const SvpRetentionCopy *copies;
    unsigned n;
    unsigned *newest_first; /* indices of copies */
    SvpVerdict *verdicts;
} Plan;

static gint newer_first(gconstpointer a, gconstpointer b, gpointer data)
{
    const SvpRetentionCopy *copies = data, *x = &copies[*(const unsigned *)a],
                           *y = &copies[*(const unsigned *)b];

    if (x->at_ns != y->at_ns)
        return x->at_ns > y->at_ns ? -1 : 1;
    return x->sequence > y->sequence ? -1 : x->sequence < y->sequence;
}

static unsigned *sort_newest_first(const SvpRetentionCopy *copies, unsigned n)
{
    unsigned *order = g_new(unsigned, n);

    for (unsigned i = 0; i < n; i++)
        order[i] = i;
    g_qsort_with_data(order, (gint)n, sizeof *order, newer_first, (gpointer)(uintptr_t)copies);
    return order;
}

static void keep(const Plan *plan, unsigned index, SvpVerdictKind kind)
{
    if (plan->verdicts[index].kind == SVP_VERDICT_DROP)
        plan->verdicts[index].kind = kind;
}

/* --- 1. Rules --------------------------------------------------------------------------------------------- */

static bool within(const SvpKeep *rule, const SvpRetentionCopy *copy, unsigned newer_of_label, HvTime now_ns)
{
    switch (rule->kind) {
    case SVP_KEEP_DAYS:
        return copy->at_ns >= now_ns || now_ns - copy->at_ns <= rule->count * DAY_NS;
    case SVP_KEEP_COPIES:
        return newer_of_label < rule->count;
    case SVP_KEEP_ALL:
        break;
    }
    return true;
}

static void apply_rules(const Plan *plan, const SvpRetentionRule *rules, unsigned n_rules, HvTime now_ns)
{
    g_autofree unsigned *n_seen = g_new0(unsigned, n_rules + 1); /* good copies of each label */

    for (unsigned i = 0; i < plan->n; i++) {
        unsigned index = plan->newest_first[i], r = 0;
        const SvpRetentionCopy *copy = &plan->copies[index];

        while (r < n_rules && g_ascii_strcasecmp(rules[r].label, copy->label) != 0)
            r++;
        if (copy->good && (r == n_rules || within(&rules[r].keep, copy, n_seen[r], now_ns)))
            keep(plan, index, SVP_VERDICT_WITHIN);
        n_seen[r] += copy->good;
    }
}

/* --- 2. and 3. What stays all the same ---------------------------------------------------------------------- */

static void keep_needed(const Plan *plan)
{
    for (unsigned i = 0; i < plan->n; i++) {
        plan->verdicts[i].needs = plan->copies[i].needs;
        if (plan->copies[i].needs)
            keep(plan, i, SVP_VERDICT_NEEDED);
    }
}

/* Names of LPARs that have a good copy which stays. */
static GHashTable *lpars_provided(const Plan *plan)
{
    GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);

    for (unsigned i = 0; i < plan->n; i++)
        for (const char *const *name = plan->copies[i].lpars; *name; name++)
            if (plan->copies[i].good && plan->verdicts[i].kind != SVP_VERDICT_DROP)
                g_hash_table_add(names, (gpointer)(uintptr_t)*name);
    return names;
}

static void keep_last_good(const Plan *plan)
{
    g_autoptr(GHashTable) provided = lpars_provided(plan);

    for (unsigned i = 0; i < plan->n; i++) {
        unsigned index = plan->newest_first[i];

        for (const char *const *name = plan->copies[index].lpars; *name; name++)
            if (plan->copies[index].good && g_hash_table_add(provided, (gpointer)(uintptr_t)*name))
                keep(plan, index, SVP_VERDICT_LAST_GOOD);
    }
}

void svp_retention_plan(
    const SvpRetentionCopy *copies, unsigned n_copies, const SvpRetentionRule *rules, unsigned n_rules,
    HvTime now_ns, SvpVerdict *ret_verdicts)
{
    g_autofree unsigned *newest_first = sort_newest_first(copies, n_copies);
    const Plan plan = {
        .copies = copies, .n = n_copies, .newest_first = newest_first, .verdicts = ret_verdicts};

    for (unsigned i = 0; i < n_copies; i++)
        ret_verdicts[i] = (SvpVerdict){SVP_VERDICT_DROP, 0};
    apply_rules(&plan, rules, n_rules, now_ns);
    keep_needed(&plan);
    keep_last_good(&plan);
}

/* --- Text ------------------------------------------------------------------------------------------------- */

const char *svp_verdict_name(SvpVerdictKind kind)
{
    static const char *const names[] = {"drop", "within", "needed", "last good"};

    g_assert(kind < G_N_ELEMENTS(names));
    return names[kind];
}

char *svp_needs_format(unsigned needs)
{
    static const char *const names[] = {"clone", "mirror", "vault"};
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        if (needs & 1u << i)
            g_string_append_printf(text, "%s%s", text->len ? ", " : "", names[i]);
    return g_string_free(text, FALSE);
}
