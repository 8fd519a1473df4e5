/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is done in random order to protection and to its model: snapshots, time, deletions, clones, mirrors and vaults that come and go, damage.
 *
 * Each step draws what it does, does it to both, and checks what the program has answered; what has come of it is compared by whoever called. Only the
 * model says what should happen.
 */
#include "svp/error.h"
#include "tests/svp/random-run.h"

#include <check.h>
#include <string.h>

#define STEP_NS_MAX (UINT64_C(9) * 3600 * HV_NS_PER_S)
#define CLONES_MAX  6u

static char *storage_digest(const Run *run, unsigned lpar, uint64_t *ret_pages)
{
    const ResmgrLpar *books = resmgr_state_lpar(monitor_system_state(run->system), lpar);
    g_autoptr(MonitorCapture) capture = monitor_system_capture(run->system, lpar, NULL);

    *ret_pages = hv_storage_snapshot_pages(capture->content[RESMGR_MS]);
    return hv_storage_digest(
        monitor_system_storage(run->system, RESMGR_MS), books->areas[RESMGR_MS].origin_bytes,
        books->areas[RESMGR_MS].size_bytes);
}

/* The first group has none on demand, which would be good copies for ever. */
static void step_take(Run *run)
{
    unsigned group = (unsigned)random_below(run, WORLD_GROUPS),
             label = (unsigned)random_below(run, group == 1 && random_below(run, 8) == 0 ? WORLD_LABELS : 2);
    const SvpSnapshotRequest request = {.group = groups[group], .policy = policies[label]};
    g_auto(SvpProtectReport) report = {0};
    g_autoptr(GError) error = NULL;
    WorldSnapshot *expected = NULL;

    svp_protect_report_begin(&report);
    const SvpSnapshot *taken = svp_protect_snapshot(run->protect, &request, &report, &error);

    if (!taken) {
        ck_assert_int_eq(error->code, SVP_ERROR_COPY);
        return;
    }
    ck_assert_ptr_null(world_find(run->world, taken->name));
    expected = world_take(run->world, group, label, taken->name);
    for (unsigned i = 0; i < WORLD_LPARS; i++) {
        uint64_t pages;

        if (!run->world->groups[group].lpars[i])
            continue;
        expected->digests[i] = storage_digest(run, i + 1, &pages);
        expected->pages += pages;
    }
    world_copy(run->world, group);
    world_prune(run->world, group);
    run->n_taken++;
}

/* Now and then so long that no rule by days keeps anything. */
static void step_time(Run *run)
{
    HvTime days_ns = random_below(run, 24) == 0 ? 10 * 24 * 3600 * HV_NS_PER_S : 0;

    ck_assert(monitor_system_run(run->system, days_ns + random_below(run, STEP_NS_MAX), NULL));
    run->world->now_ns = monitor_system_now(run->system);
}

static WorldSnapshot *any_snapshot(Run *run)
{
    const GPtrArray *snapshots = run->world->snapshots;

    return snapshots->len > 0 ? snapshots->pdata[random_below(run, snapshots->len)] : NULL;
}

static void step_delete(Run *run)
{
    WorldSnapshot *snapshot = any_snapshot(run);
    int place = (int)random_below(run, WORLD_PLACES + 1) - 1;
    bool force = random_below(run, 3) == 0;

    if (!snapshot)
        return;
    g_autofree char *name = g_strdup(snapshot->name);
    bool may = world_may_delete(run->world, snapshot, place, force);
    bool expected = may && world_delete(run->world, snapshot, place);
    g_autoptr(GError) error = NULL;
    bool done = svp_protect_delete_snapshot(
        run->protect, name, place < 0 ? SVP_PLACES : places[place], force, &error);

    ck_assert_msg(
        done == expected, "LPARSIM_PROTECT_SEED=%" G_GUINT64_FORMAT ", step %u: %s", run->seed, run->step,
        error ? error->message : "was deleted");
    run->n_refused += !done;
}

static void step_clone(Run *run)
{
    WorldSnapshot *snapshot = any_snapshot(run);

    if (!snapshot || snapshot->at[0] != WORLD_GOOD || run->clones->len == CLONES_MAX)
        return;
    unsigned lpar = snapshot->digests[0] ? 0 : 2;
    g_autofree char *clone = g_strdup_printf("CLONE%u", run->n_clone++);

    ck_assert(!svp_protect_add_clone(run->protect, snapshot->name, "OTHER", clone, NULL));
    ck_assert(svp_protect_add_clone(run->protect, snapshot->name, lpars[lpar], clone, NULL));
    snapshot->clones++;
    g_ptr_array_add(run->clones, g_strdup_printf("%s %s", clone, snapshot->name));
}

static void step_split(Run *run)
{
    if (run->clones->len == 0)
        return;
    unsigned index = (unsigned)random_below(run, run->clones->len);
    g_auto(GStrv) parts = g_strsplit(run->clones->pdata[index], " ", 2);

    ck_assert(svp_protect_split_clone(run->protect, parts[0], NULL));
    world_find(run->world, parts[1])->clones--;
    g_ptr_array_remove_index(run->clones, index);
}

static void relate(Run *run, unsigned group, unsigned place)
{
    SvpRelation *relation = g_new0(SvpRelation, 1);
    WorldGroup *expected = &run->world->groups[group];

    relation->group = g_strdup(groups[group]);
    relation->place = places[place];
    relation->path = random_folder(run, group, place);
    if (place == 2)
        expected->only = random_below(run, 2) ? 0 : -1;
    relation->policy = place == 2 ? g_strdup("YEARS") : NULL;
    relation->only = place == 2 && expected->only == 0 ? g_strdup(labels[0]) : NULL;
    ck_assert(svp_protect_define_relation(run->protect, relation, NULL, NULL));
    expected->related[place] = true;
}

static void unrelate(Run *run, unsigned group, unsigned place)
{
    bool expected = world_may_unrelate(run->world, group, place) && world_unrelate(run->world, group, place);
    g_auto(SvpProtectReport) report = {0};

    svp_protect_report_begin(&report);
    ck_assert(
        expected == svp_protect_delete_relation(run->protect, groups[group], places[place], &report, NULL));
}

static void step_relation(Run *run)
{
    unsigned group = (unsigned)random_below(run, WORLD_GROUPS), place = 1 + (unsigned)random_below(run, 2);
    WorldGroup *expected = &run->world->groups[group];
    g_autoptr(GError) error = NULL;

    if (!expected->related[place]) {
        relate(run, group, place);
    } else if (!expected->ready[place]) {
        ck_assert(svp_protect_initialize(run->protect, groups[group], &error));
        expected->ready[1] = expected->related[1];
        expected->ready[2] = expected->related[2];
    } else if (random_below(run, 8) == 0) {
        unrelate(run, group, place);
    }
}

static void step_damage(Run *run)
{
    WorldSnapshot *snapshot = any_snapshot(run);
    unsigned place = (unsigned)random_below(run, WORLD_PLACES);

    if (snapshot && snapshot->at[place] == WORLD_GOOD)
        g_hash_table_add(run->damaged, random_spot(place, snapshot->name));
}

static void step_update(Run *run)
{
    unsigned group = (unsigned)random_below(run, WORLD_GROUPS), n_bad = 0;
    const SvpGroup *own = svp_catalog_group(svp_protect_catalog(run->protect), groups[group]);
    g_auto(SvpProtectReport) report = {0};

    svp_protect_report_begin(&report);
    for (unsigned i = 0; i < run->world->snapshots->len; i++) {
        WorldSnapshot *snapshot = run->world->snapshots->pdata[i];

        for (unsigned p = 0; snapshot->group == group && p < WORLD_PLACES; p++) {
            if (snapshot->at[p] != WORLD_GOOD || random_luck(WORLD_READ, group, p, snapshot->name, run))
                continue;
            snapshot->at[p] = WORLD_BAD;
            n_bad++;
        }
    }
    ck_assert_uint_eq(svp_protect_verify(run->protect, own, &report), n_bad);
    world_copy(run->world, group);
    world_prune(run->world, group);
    svp_protect_replicate(run->protect, own, &report);
    svp_protect_prune(run->protect, own, &report);
}

void random_sample(Run *run)
{
    const WorldSnapshot *snapshot = any_snapshot(run);
    unsigned place = (unsigned)random_below(run, WORLD_PLACES),
             lpar = (unsigned)random_below(run, WORLD_LPARS);

    if (!snapshot || !snapshot->digests[lpar])
        return;
    bool expected = snapshot->at[place] == WORLD_GOOD &&
                    random_luck(WORLD_READ, snapshot->group, place, snapshot->name, run);
    g_autoptr(MonitorCapture)
        found = svp_protect_find(run->protect, snapshot->name, lpars[lpar], places[place], NULL);

    ck_assert(expected == (found != NULL));
    if (!found)
        return;
    g_autofree char *digest = hv_storage_snapshot_digest(found->content[RESMGR_MS]);

    ck_assert_str_eq(digest, snapshot->digests[lpar]);
    ck_assert_uint_eq(found->at_ns, snapshot->at_ns);
    ck_assert_str_eq(found->name, lpars[lpar]);
}

/* Snapshots are half of what is done. */
void random_step(Run *run)
{
    static void (*const steps[])(Run *) = {
        step_take, step_take, step_take,   step_take,  step_take,  step_take,     step_take,   step_time,
        step_time, step_time, step_delete, step_clone, step_split, step_relation, step_damage, step_update,
    };

    steps[random_below(run, G_N_ELEMENTS(steps))](run);
}
