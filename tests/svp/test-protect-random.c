/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Protection against a model of it (protect-world.h): 10,000 snapshots under retention, with clones, mirrors, vaults, deletions, and copies that fail, in
 * random order. After each step the catalog, the store and the media have what the model has, to the page; what is sampled restores to the digest
 * that the storage had when it was taken.
 *
 *     LPARSIM_PROTECT_SEED=n    only that seed          LPARSIM_PROTECT_SNAPSHOTS=n    so many snapshots (10,000 over all seeds)
 */
#include "hv/rng.h"
#include "svp/error.h"
#include "svp/machine-file.h"
#include "svp/protect/protect.h"
#include "tests/svp/protect-world.h"
#include "tests/svp/unlucky-medium.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS        4u
#define SNAPSHOTS    10000u
#define STEP_NS_MAX  (UINT64_C(9) * 3600 * HV_NS_PER_S)
#define SAMPLE_EVERY 8u
#define REOPEN_EVERY 40u
#define UNLUCKY_IN   12u
#define CLONES_MAX   6u

static const char machine_text[] =
    "[machine]\nname = WORLD\nips = 2\nms = 8M\nclock = 2024-02-27 12:00\n"
    "[lpar A]\nnumber = 1\nms = 2M\nip-shares = 1:50\nworkload = write 4096/s 64K\n"
    "[lpar B]\nnumber = 2\nms = 2M\nip-shares = 1:50\nworkload = write 4096/s 96K\n"
    "[lpar C]\nnumber = 3\nms = 1M\nip-shares = 2:50\nworkload = idle\n";
static const char *const lpars[WORLD_LPARS] = {"A", "B", "C"};
static const char *const groups[WORLD_GROUPS] = {"PROD", "TEST"};
static const char *const policies[WORLD_LABELS] = {"NIGHTS", "HOURS", NULL};
static const char *const labels[WORLD_LABELS] = {"DAILY", "HOURLY", "ON-DEMAND"};
static const SvpPlace places[WORLD_PLACES] = {SVP_PLACE_PRIMARY, SVP_PLACE_MIRROR, SVP_PLACE_VAULT};

/* One run: the real thing and the model. */
typedef struct {
    uint64_t seed;
    unsigned step, n_taken, n_clone, n_refused, n_unlucky;
    HvRng rng;
    ResmgrDefinition *definition;
    MonitorSystem *system;
    SvpStore *store;
    SvpCopyMedium memory;  /* where copies really are */
    UnluckyMedium unlucky; /* in front of them */
    SvpProtect *protect;
    World *world;
    GHashTable *damaged; /* char *: "place name" */
    GPtrArray *clones;   /* char *: "clone snapshot" */
} Run;

static uint64_t below(Run *run, uint64_t bound)
{
    return hv_rng_below(&run->rng, bound);
}

static char *spot(unsigned place, const char *name)
{
    return g_strdup_printf("%u %s", place, name);
}

/* --- Luck: the same answer for whoever asks about the same attempt at the same step ---------------------------- */

static bool has_luck(WorldAttempt attempt, unsigned group, unsigned place, const char *name, void *data)
{
    Run *run = data;
    g_autofree char *where = spot(place, name);
    g_autofree char *what = g_strdup_printf("%u %u %u %s", run->step, (unsigned)attempt, group, where);

    if (attempt == WORLD_READ)
        return !g_hash_table_contains(run->damaged, where);
    bool lucky = hv_rng_mix(run->seed ^ g_str_hash(what)) % UNLUCKY_IN != 0;

    if (lucky)
        g_hash_table_remove(run->damaged, where);
    run->n_unlucky += !lucky;
    return lucky;
}

/* --- Comparing -------------------------------------------------------------------------------------------- */

static void compare_snapshot(Run *run, const WorldSnapshot *expected, const SvpSnapshot *found)
{
    static const char letters[SVP_COPY_STATES] = {
        [SVP_COPY_NONE] = WORLD_NEVER,
        [SVP_COPY_GOOD] = WORLD_GOOD,
        [SVP_COPY_BAD] = WORLD_BAD,
        [SVP_COPY_DROPPED] = WORLD_GONE,
    };
    char states[WORLD_PLACES + 1] = {0};

    for (unsigned p = 0; p < WORLD_PLACES; p++)
        states[p] = letters[found->copies[places[p]]];
    /* Checks that succeed are written down too, which takes its time. */
    if (strcmp(found->name, expected->name) == 0 && memcmp(states, expected->at, WORLD_PLACES) == 0 &&
        strcmp(found->label, labels[expected->label]) == 0 && found->at_ns == expected->at_ns)
        return;
    ck_abort_msg(
        "LPARSIM_PROTECT_SEED=%" G_GUINT64_FORMAT ", step %u: %s has %s, not %s %.3s", run->seed, run->step,
        found->name, states, expected->name, expected->at);
}

/* Copies in the media, and their pages. */
static void compare_media(Run *run)
{
    unsigned n_copies = 0;
    uint64_t pages = 0, found_pages = 0;
    bool count_pages = run->step % SAMPLE_EVERY == 0;

    for (unsigned i = 0; i < run->world->snapshots->len; i++) {
        const WorldSnapshot *snapshot = run->world->snapshots->pdata[i];

        for (unsigned p = 0; p < WORLD_PLACES; p++) {
            bool is_there = snapshot->at[p] == WORLD_GOOD || snapshot->at[p] == WORLD_BAD;

            n_copies += is_there;
            pages += is_there ? snapshot->pages : 0;
        }
    }
    ck_assert_uint_eq(svp_copy_memory_count(&run->memory, count_pages ? &found_pages : NULL), n_copies);
    if (count_pages)
        ck_assert_uint_eq(found_pages, pages);
}

static void compare(Run *run)
{
    const GPtrArray *found = svp_catalog_all(svp_protect_catalog(run->protect), SVP_CATALOG_SNAPSHOT);

    for (unsigned i = 0; i < MIN(found->len, run->world->snapshots->len); i++)
        compare_snapshot(run, run->world->snapshots->pdata[i], found->pdata[i]);
    ck_assert_uint_eq(found->len, run->world->snapshots->len);
    ck_assert_uint_eq(svp_store_count(run->store, "snapshot"), run->world->snapshots->len);
    ck_assert_uint_eq(svp_store_count(run->store, "clone"), run->clones->len);
    compare_media(run);
}

/* --- Steps ------------------------------------------------------------------------------------------------ */

static char *storage_digest(const Run *run, unsigned lpar, uint64_t *ret_pages)
{
    const ResmgrLpar *books = resmgr_state_lpar(monitor_system_state(run->system), lpar);
    g_autoptr(MonitorCapture) capture = monitor_system_capture(run->system, lpar, NULL);

    *ret_pages = hv_storage_snapshot_pages(capture->content[RESMGR_MS]);
    return hv_storage_digest(
        monitor_system_storage(run->system, RESMGR_MS), books->areas[RESMGR_MS].origin_bytes,
        books->areas[RESMGR_MS].size_bytes);
}

static void step_take(Run *run)
{
    unsigned group = (unsigned)below(run, WORLD_GROUPS), label = (unsigned)below(run, WORLD_LABELS + 1);
    const SvpSnapshotRequest request = {
        .group = groups[group], .policy = policies[label = MIN(label, 1 + (unsigned)(below(run, 6) == 0))]};
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

static void step_time(Run *run)
{
    ck_assert(monitor_system_run(run->system, below(run, STEP_NS_MAX), NULL));
    run->world->now_ns = monitor_system_now(run->system);
}

static WorldSnapshot *any_snapshot(Run *run)
{
    const GPtrArray *snapshots = run->world->snapshots;

    return snapshots->len > 0 ? snapshots->pdata[below(run, snapshots->len)] : NULL;
}

static void step_delete(Run *run)
{
    WorldSnapshot *snapshot = any_snapshot(run);
    int place = (int)below(run, WORLD_PLACES + 1) - 1;
    bool force = below(run, 3) == 0;

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
    unsigned index = (unsigned)below(run, run->clones->len);
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
    relation->path = g_strdup_printf("/nowhere/%s-%s", groups[group], place == 1 ? "mirror" : "vault");
    expected->only = place == 2 && below(run, 2) ? 0 : -1;
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
    unsigned group = (unsigned)below(run, WORLD_GROUPS), place = 1 + (unsigned)below(run, 2);
    WorldGroup *expected = &run->world->groups[group];
    g_autoptr(GError) error = NULL;

    if (!expected->related[place]) {
        relate(run, group, place);
    } else if (!expected->ready[place]) {
        ck_assert(svp_protect_initialize(run->protect, groups[group], &error));
        expected->ready[1] = expected->related[1];
        expected->ready[2] = expected->related[2];
    } else if (below(run, 8) == 0) {
        unrelate(run, group, place);
    }
}

static void step_damage(Run *run)
{
    WorldSnapshot *snapshot = any_snapshot(run);
    unsigned place = (unsigned)below(run, WORLD_PLACES);

    if (snapshot && snapshot->at[place] == WORLD_GOOD)
        g_hash_table_add(run->damaged, spot(place, snapshot->name));
}

static void step_update(Run *run)
{
    unsigned group = (unsigned)below(run, WORLD_GROUPS), n_bad = 0;
    const SvpGroup *own = svp_catalog_group(svp_protect_catalog(run->protect), groups[group]);
    g_auto(SvpProtectReport) report = {0};

    svp_protect_report_begin(&report);
    for (unsigned i = 0; i < run->world->snapshots->len; i++) {
        WorldSnapshot *snapshot = run->world->snapshots->pdata[i];

        for (unsigned p = 0; snapshot->group == group && p < WORLD_PLACES; p++) {
            if (snapshot->at[p] != WORLD_GOOD || has_luck(WORLD_READ, group, p, snapshot->name, run))
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

/* What is there restores to what was taken. */
static void step_sample(Run *run)
{
    const WorldSnapshot *snapshot = any_snapshot(run);
    unsigned place = (unsigned)below(run, WORLD_PLACES), lpar = (unsigned)below(run, WORLD_LPARS);

    if (!snapshot || !snapshot->digests[lpar])
        return;
    bool expected = snapshot->at[place] == WORLD_GOOD &&
                    has_luck(WORLD_READ, snapshot->group, place, snapshot->name, run);
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

/* --- Runs ------------------------------------------------------------------------------------------------- */

static void reopen(Run *run)
{
    const SvpCopyMedium medium = unlucky_medium(&run->unlucky);
    const SvpProtectConfig config = {
        .system = run->system, .store = run->store, .primary_medium = medium, .folder_medium = medium};

    svp_protect_free(run->protect);
    run->protect = svp_protect_new(&config, NULL);
    ck_assert_ptr_nonnull(run->protect);
}

static WorldRule define_policy(Run *run, const char *name, SvpFrequency frequency)
{
    SvpPolicy *policy = svp_policy_new(name, frequency);
    bool days = below(run, 2) != 0;
    unsigned count = days ? 1 + (unsigned)below(run, 9) : 1 + (unsigned)below(run, 20);

    policy->keep = (SvpKeep){days ? SVP_KEEP_DAYS : SVP_KEEP_COPIES, count};
    ck_assert(svp_protect_define_policy(run->protect, policy, NULL));
    return days ? (WorldRule){.days = count} : (WorldRule){.copies = count};
}

static void define_groups(Run *run)
{
    static const bool members[WORLD_GROUPS][WORLD_LPARS] = {{true, true, false}, {false, true, true}};
    const WorldRule daily = define_policy(run, policies[0], SVP_FREQUENCY_DAILY),
                    hourly = define_policy(run, policies[1], SVP_FREQUENCY_HOURLY),
                    years = define_policy(run, "YEARS", SVP_FREQUENCY_MONTHLY);

    for (unsigned g = 0; g < WORLD_GROUPS; g++) {
        WorldGroup *expected = &run->world->groups[g];
        SvpGroup *group = svp_group_new(groups[g]);

        for (unsigned i = 0; i < WORLD_LPARS; i++)
            if ((expected->lpars[i] = members[g][i]))
                g_ptr_array_add(group->lpars, g_strdup(lpars[i]));
        ck_assert(svp_protect_define_group(run->protect, group, NULL));
        ck_assert(svp_protect_follow(run->protect, groups[g], policies[0], NULL, NULL, NULL));
        ck_assert(svp_protect_follow(run->protect, groups[g], policies[1], NULL, NULL, NULL));
        expected->rules[0] = daily;
        expected->rules[1] = hourly;
        expected->vault_rule = years;
        expected->only = -1;
    }
}

static void begin(Run *run, uint64_t seed)
{
    g_autoptr(GPtrArray) problems = NULL;

    *run = (Run){.seed = seed};
    hv_rng_init(&run->rng, seed, "protection");
    run->definition = svp_machine_file_parse(machine_text, strlen(machine_text), &problems);
    ck_assert_ptr_nonnull(run->definition);
    run->system = monitor_system_new(run->definition, seed);
    ck_assert(monitor_system_power_on(run->system, NULL));
    run->store = svp_store_open(NULL, NULL);
    run->memory = svp_copy_memory(run->system);
    run->unlucky = (UnluckyMedium){.real = run->memory, .luck = has_luck, .data = run, .groups = groups};
    run->damaged = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    run->clones = g_ptr_array_new_with_free_func(g_free);
    run->world = world_new();
    run->world->luck = has_luck;
    run->world->data = run;
    reopen(run);
    define_groups(run);
}

/* Snapshots are half of what is done. */
static void step(Run *run)
{
    static void (*const steps[])(Run *) = {
        step_take, step_take, step_take,   step_take,  step_take,  step_take,     step_take,   step_time,
        step_time, step_time, step_delete, step_clone, step_split, step_relation, step_damage, step_update,
    };

    run->step++;
    steps[below(run, G_N_ELEMENTS(steps))](run);
    compare(run);
    if (run->step % SAMPLE_EVERY == 0)
        step_sample(run);
    if (run->step % REOPEN_EVERY == 0)
        reopen(run);
}

static void end(Run *run)
{
    svp_protect_free(run->protect);
    world_free(run->world);
    g_ptr_array_unref(run->clones);
    g_hash_table_unref(run->damaged);
    run->memory.ops->free(run->memory.data);
    svp_store_free(run->store);
    monitor_system_free(run->system);
    resmgr_definition_free(run->definition);
}

static void run_seed(uint64_t seed, unsigned n_snapshots)
{
    Run run;

    begin(&run, seed);
    while (run.n_taken < n_snapshots)
        step(&run);
    ck_assert_uint_gt(run.n_refused, n_snapshots / 200);
    ck_assert_uint_gt(run.n_unlucky, n_snapshots / 20);
    printf(
        "LPARSIM_PROTECT_SEED=%" G_GUINT64_FORMAT
        ": %u steps, %u snapshots, %u kept, %u clones, %u deletions refused\n",
        seed, run.step, run.n_taken, run.world->snapshots->len, run.n_clone, run.n_refused);
    end(&run);
}

static unsigned from_environment(const char *name, unsigned otherwise)
{
    const char *text = g_getenv(name);

    return text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

START_TEST(protection_is_what_the_model_says)
{
    unsigned only = from_environment("LPARSIM_PROTECT_SEED", 0);
    unsigned n_snapshots = from_environment("LPARSIM_PROTECT_SNAPSHOTS", SNAPSHOTS) / SEEDS;

    if (only == 0 || only == (unsigned)_i)
        run_seed((uint64_t)_i, n_snapshots);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/protect-random");
    TCase *cases = tcase_create("protect-random");

    tcase_set_timeout(cases, 300);
    tcase_add_loop_test(cases, protection_is_what_the_model_says, 1, 1 + (int)SEEDS);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
