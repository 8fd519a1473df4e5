/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How well LPARs are protected: REPORT PROTECTION.
 *
 * For each LPAR the snapshots of all its groups and its saves on tape are looked at together: restoring asks for a good copy, wherever it is. What an operator must act on are
 * the findings: no group, no policy with a schedule, no good copy, one that is older than the RPO, a mirror or vault that is behind or was never initialized.
 */
#include "svp/protect/report-protection.h"

#include "svp/output.h"
#include "svp/protect/name.h"
#include "svp/save/saved.h"

#include <string.h>

static void protection_free(gpointer data)
{
    SvpProtection *protection = data;

    g_free(protection->lpar);
    g_free(protection->newest);
    g_array_unref(protection->counts);
    g_ptr_array_unref(protection->findings);
    g_free(protection);
}

static void find(SvpProtection *protection, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void find(SvpProtection *protection, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_ptr_array_add(protection->findings, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

/* --- Copies ----------------------------------------------------------------------------------------------- */

static gint by_label(gconstpointer a, gconstpointer b)
{
    return strcmp(((const SvpProtectionCount *)a)->label, ((const SvpProtectionCount *)b)->label);
}

static SvpProtectionCount *count_of(GArray *counts, const char *label)
{
    for (unsigned i = 0; i < counts->len; i++) {
        SvpProtectionCount *count = &g_array_index(counts, SvpProtectionCount, i);

        if (svp_protect_same_name(count->label, label))
            return count;
    }
    const SvpProtectionCount fresh = {.label = label};

    g_array_append_val(counts, fresh);
    return &g_array_index(counts, SvpProtectionCount, counts->len - 1);
}

static void look_at_copies(SvpProtection *protection, const SvpCatalog *catalog, HvTime now_ns)
{
    const GPtrArray *snapshots = svp_catalog_all(catalog, SVP_CATALOG_SNAPSHOT);
    const SvpSnapshot *newest = NULL;

    for (unsigned i = 0; i < snapshots->len; i++) {
        const SvpSnapshot *snapshot = snapshots->pdata[i];

        for (unsigned place = 0; svp_snapshot_has(snapshot, protection->lpar) && place < SVP_PLACES; place++)
            if (snapshot->copies[place] == SVP_COPY_GOOD) {
                count_of(protection->counts, snapshot->label)->n[place]++;
                newest = snapshot;
            }
    }
    g_array_sort(protection->counts, by_label);
    protection->newest = newest ? g_strdup(newest->name) : NULL;
    protection->age_ns = newest ? now_ns - MIN(now_ns, newest->at_ns) : 0;
}

static void look_at_tapes(SvpProtection *protection, SvpStore *store, HvTime now_ns)
{
    SvpSaved saved;

    svp_saved_find(store, protection->lpar, &saved);
    protection->n_tape = saved.n;
    HvTime age_ns = now_ns - MIN(now_ns, saved.at_ns);

    if (saved.n > 0 && (!protection->newest || age_ns < protection->age_ns)) {
        g_free(protection->newest);
        protection->newest = g_steal_pointer(&saved.newest);
        protection->age_ns = age_ns;
    }
    g_free(saved.newest);
}

/* --- Groups ----------------------------------------------------------------------------------------------- */

static void
look_at_relation(SvpProtection *protection, const SvpProtect *protect, const SvpRelation *relation)
{
    unsigned behind = svp_protect_pending(protect, relation);

    if (!relation->initialized)
        find(protection, "the %s of %s is not initialized", svp_place_name(relation->place), relation->group);
    else if (behind > 0)
        find(
            protection, "the %s of %s is behind by %u", svp_place_name(relation->place), relation->group,
            behind);
}

static void look_at_group(SvpProtection *protection, const SvpProtect *protect, const SvpGroup *group)
{
    const SvpCatalog *catalog = svp_protect_catalog(protect);

    for (unsigned i = 0; i < group->schedules->len; i++) {
        const SvpGroupSchedule *schedule = group->schedules->pdata[i];
        HvTime rpo_ns = svp_policy_rpo_ns(svp_catalog_policy(catalog, schedule->policy));

        protection->rpo_ns = MIN(protection->rpo_ns, rpo_ns);
    }
    for (SvpPlace place = SVP_PLACE_MIRROR; place < SVP_PLACES; place++) {
        const SvpRelation *relation = svp_catalog_relation(catalog, group->name, place);

        if (relation)
            look_at_relation(protection, protect, relation);
    }
}

static void look_at_run(SvpProtection *protection, const SvpRun *run)
{
    if (!svp_run_is_through(run))
        find(
            protection, "policy %s of %s is at step %u of %u, %s", run->policy, run->group, run->done + 1,
            run->steps->len, svp_run_next(run));
}

static void judge(SvpProtection *protection, unsigned n_groups)
{
    g_autofree char *age = svp_text_age(protection->age_ns);
    g_autofree char *rpo = protection->rpo_ns == HV_TIME_NEVER
                               ? NULL
                               : hv_quantity_format_duration(protection->rpo_ns);

    if (n_groups == 0)
        find(protection, "no group");
    else if (!rpo)
        find(protection, "no policy");
    if (!protection->newest)
        find(protection, "no good copy");
    else if (rpo && protection->age_ns > protection->rpo_ns)
        find(protection, "the newest copy is %s old, the RPO is %s", age, rpo);
}

static SvpProtection *
protection_of(const SvpProtect *protect, SvpStore *store, const char *lpar, HvTime now_ns)
{
    const SvpCatalog *catalog = svp_protect_catalog(protect);
    const GPtrArray *groups = svp_catalog_all(catalog, SVP_CATALOG_GROUP),
                    *runs = svp_catalog_all(catalog, SVP_CATALOG_RUN);
    const SvpMeasure *measure = svp_catalog_measure(catalog, lpar);
    SvpProtection *protection = g_new0(SvpProtection, 1);
    unsigned n_groups = 0;

    protection->lpar = g_strdup(lpar);
    protection->rpo_ns = HV_TIME_NEVER;
    protection->counts = g_array_new(FALSE, FALSE, sizeof(SvpProtectionCount));
    protection->findings = g_ptr_array_new_with_free_func(g_free);
    if (measure)
        memcpy(protection->last, measure->last, sizeof protection->last);
    look_at_copies(protection, catalog, now_ns);
    look_at_tapes(protection, store, now_ns);
    for (unsigned i = 0; i < groups->len; i++) {
        if (!svp_group_has(groups->pdata[i], lpar))
            continue;
        n_groups++;
        look_at_group(protection, protect, groups->pdata[i]);
    }
    for (unsigned i = 0; i < runs->len; i++) {
        const SvpGroup *group = svp_catalog_group(catalog, ((const SvpRun *)runs->pdata[i])->group);

        if (group && svp_group_has(group, lpar))
            look_at_run(protection, runs->pdata[i]);
    }
    judge(protection, n_groups);
    return protection;
}

GPtrArray *svp_protection_of(
    const SvpProtect *protect, SvpStore *store, const ResmgrState *state, HvTime now_ns, unsigned lpar)
{
    GPtrArray *protections = g_ptr_array_new_with_free_func(protection_free);

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *one = state->lpars->pdata[i];

        if (lpar == 0 || one->number == lpar)
            g_ptr_array_add(protections, protection_of(protect, store, one->name, now_ns));
    }
    return protections;
}
