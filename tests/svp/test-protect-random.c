/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Protection against a model of it (protect-world.h): 10,000 snapshots under retention, with clones, mirrors, vaults, deletions, and copies that fail, in
 * random order. After each step the catalog, the store and the media have what the model has, to the page; what is sampled restores to the digest
 * that the storage had when it was taken. A part of the run has its copies in real folders.
 *
 *     LPARSIM_PROTECT_SEED=n    only that seed          LPARSIM_PROTECT_SNAPSHOTS=n    so many snapshots (10,000 over all seeds)
 */
#include "svp/error.h"
#include "svp/machine-file.h"
#include "tests/sanitized.h"
#include "tests/svp/copy-folder.h"
#include "tests/svp/random-run.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS        4u
#define SNAPSHOTS    10000u
#define IN_FILES     160u /* of another seed */
#define SAMPLE_EVERY 8u
#define REOPEN_EVERY 40u
#define UNLUCKY_IN   12u

static const char machine_text[] =
    "[machine]\nname = WORLD\nips = 2\nms = 8M\nclock = 2024-02-27 12:00\n"
    "[lpar A]\nnumber = 1\nms = 2M\nip-shares = 1:50\nworkload = write 512/s 64K\n"
    "[lpar B]\nnumber = 2\nms = 2M\nip-shares = 1:50\nworkload = write 1024/s 96K\n"
    "[lpar C]\nnumber = 3\nms = 1M\nip-shares = 2:50\nworkload = idle\n";
uint64_t random_below(Run *run, uint64_t bound)
{
    return hv_rng_below(&run->rng, bound);
}

char *random_spot(unsigned place, const char *name)
{
    return g_strdup_printf("%u %s", place, name);
}

/* --- Luck: the same answer for whoever asks about the same attempt at the same step ---------------------------- */

bool random_luck(WorldAttempt attempt, unsigned group, unsigned place, const char *name, void *data)
{
    Run *run = data;
    g_autofree char *where = random_spot(place, name);
    g_autofree char *what = g_strdup_printf("%u %u %u %s", run->step, (unsigned)attempt, group, where);

    if (attempt == WORLD_READ)
        return !g_hash_table_contains(run->damaged, where);
    bool lucky = hv_rng_mix(run->seed ^ g_str_hash(what)) % UNLUCKY_IN != 0;

    if (lucky)
        g_hash_table_remove(run->damaged, where);
    run->n_unlucky += !lucky;
    return lucky;
}

char *random_folder(const Run *run, unsigned group, unsigned place)
{
    static const char *const suffixes[WORLD_PLACES] = {"", "-mirror", "-vault"};
    const char *in = run->folder ? run->folder : "/nowhere";

    if (place == 0)
        return run->folder ? g_build_filename(run->folder, "primary", NULL) : NULL;
    return g_strdup_printf("%s/%s%s", in, groups[group], suffixes[place]);
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

static unsigned count_in_files(const Run *run)
{
    unsigned n = 0;

    for (unsigned g = 0; g < WORLD_GROUPS; g++)
        for (unsigned p = 0; p < WORLD_PLACES; p++) {
            g_autofree char *folder = random_folder(run, g, p);

            n += copy_folder_count(folder, groups[g]);
        }
    return n;
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
    if (run->folder) {
        ck_assert_uint_eq(count_in_files(run), n_copies);
        return;
    }
    ck_assert_uint_eq(svp_copy_memory_count(&run->real, count_pages ? &found_pages : NULL), n_copies);
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

/* --- Runs ------------------------------------------------------------------------------------------------- */

static void reopen(Run *run)
{
    const SvpCopyMedium medium = unlucky_medium(&run->unlucky);
    g_autofree char *primary = random_folder(run, 0, 0);
    const SvpProtectConfig config = {
        .system = run->system,
        .store = run->store,
        .primary = primary,
        .primary_medium = medium,
        .folder_medium = medium};

    svp_protect_free(run->protect);
    run->protect = svp_protect_new(&config, NULL);
    ck_assert_ptr_nonnull(run->protect);
}

static WorldRule define_policy(Run *run, const char *name, SvpFrequency frequency)
{
    SvpPolicy *policy = svp_policy_new(name, frequency);
    bool days = random_below(run, 2) != 0;
    unsigned count = days ? 1 + (unsigned)random_below(run, 5) : 1 + (unsigned)random_below(run, 6);

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
        ck_assert(svp_protect_follow(run->protect, groups[g], policies[0], NULL, NULL, false, NULL));
        ck_assert(svp_protect_follow(run->protect, groups[g], policies[1], NULL, NULL, false, NULL));
        expected->rules[0] = daily;
        expected->rules[1] = hourly;
        expected->vault_rule = years;
        expected->only = -1;
    }
}

static void begin(Run *run, uint64_t seed, bool in_files)
{
    g_autoptr(GPtrArray) problems = NULL;

    *run = (Run){.seed = seed};
    hv_rng_init(&run->rng, seed, "protection");
    run->definition = svp_machine_file_parse(machine_text, strlen(machine_text), &problems);
    ck_assert_ptr_nonnull(run->definition);
    run->system = monitor_system_new(run->definition, seed);
    ck_assert(monitor_system_power_on(run->system, NULL));
    run->store = svp_store_open(NULL, NULL);
    run->folder = in_files ? g_dir_make_tmp("lparsim-random-XXXXXX", NULL) : NULL;
    run->real = in_files ? svp_copy_archive(run->system, /* prepared= */ false)
                         : svp_copy_memory(run->system);
    run->unlucky = (UnluckyMedium){.real = run->real, .luck = random_luck, .data = run, .groups = groups};
    run->damaged = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    run->clones = g_ptr_array_new_with_free_func(g_free);
    run->world = world_new();
    run->world->luck = random_luck;
    run->world->data = run;
    reopen(run);
    define_groups(run);
}

static void step(Run *run)
{
    run->step++;
    random_step(run);
    compare(run);
    if (run->step % SAMPLE_EVERY == 0)
        random_sample(run);
    if (run->step % REOPEN_EVERY == 0)
        reopen(run);
}

static void end(Run *run)
{
    svp_protect_free(run->protect);
    world_free(run->world);
    g_ptr_array_unref(run->clones);
    g_hash_table_unref(run->damaged);
    run->real.ops->free(run->real.data);
    if (run->folder)
        remove_tree(run->folder);
    g_free(run->folder);
    svp_store_free(run->store);
    monitor_system_free(run->system);
    resmgr_definition_free(run->definition);
}

static void run_seed(uint64_t seed, unsigned n_snapshots, bool in_files)
{
    Run run;

    begin(&run, seed, in_files);
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
    unsigned n_snapshots = from_environment("LPARSIM_PROTECT_SNAPSHOTS", SNAPSHOTS / TESTS_ONE_OF) / SEEDS;

    if (only == 0 || only == (unsigned)_i)
        run_seed((uint64_t)_i, n_snapshots, /* in_files= */ false);
}
END_TEST

START_TEST(so_it_is_in_files)
{
    run_seed(SEEDS + 1 + (uint64_t)_i, IN_FILES, /* in_files= */ true);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/protect-random");
    TCase *cases = tcase_create("protect-random");

    tcase_set_timeout(cases, 300);
    tcase_add_loop_test(cases, protection_is_what_the_model_says, 1, 1 + (int)SEEDS);
    tcase_add_test(cases, so_it_is_in_files);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
