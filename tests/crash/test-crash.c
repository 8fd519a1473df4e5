/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The disk fails, or the program dies, at every single write and sync of a script: an INTEG, saves, restores, snapshots, checkpoints.
 *
 * A room is prepared: LPARs brought up, tapes initialized. Then, for each kind of failure and each n, a process starts on a copy of it with
 * a disk that fails at its n-th operation, and carries the script out. It tells by a pipe what has been done or refused, and the digest of the
 * machine after it. Another one starts on what is left, with a sound disk. What must hold:
 *
 *     all or nothing      the digest is that after one of the commands, or before the first
 *     nothing is missing  it is not that before a command which was said to be done; saves, copies and receivers that were there then are there
 *     the books balance   opening compares the recorded assignment with the one that was made again; no resource has two owners or none
 *     nothing is half     every save and copy that is said to be there is read, byte by byte
 *     the log is whole    what the machine has done is in it
 *     it goes on          what the script was about can be done again
 *
 * The digests of whole commands come from a run without a state directory. A failed command may leave the clock later than it was, so what
 * the process says after a refusal counts as well. A second failure, during the recovery from a first one, is tried at every n too.
 *
 *     test-crash [SCRIPT]
 */
#include "tests/crash/crash-room.h"
#include "tests/crash/crash-script.h"
#include "tests/sanitized.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Under sanitizers each start costs many times as much. */
#define ONE_OF (TESTS_SANITIZED ? 16u : 1u)

static const CrashScript *script_named(const char *name)
{
    for (const CrashScript *script = crash_scripts; script->name; script++)
        if (g_str_equal(script->name, name))
            return script;
    g_error("there is no script %s", name);
}

/* --- What must hold --------------------------------------------------------------------------------------- */

typedef struct {
    const CrashScript *script;
    FaultKind kind;
    unsigned at;
    CrashRoom *prepared, *room;
    CrashChild whole;        /* the script without a state directory, from before its first line */
    const CrashChild *first; /* a crash before; NULL: none */
} Trial;

static bool is_word(const CrashTold *told, const char *word)
{
    return g_str_equal(told->word, word);
}

static char *describe(const Trial *trial, const CrashChild *child)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(
        text, "%s, %s at %u:", trial->script->name, fault_kind_name(trial->kind), trial->at);
    for (unsigned i = 0; i < child->told->len; i++) {
        const CrashTold *told = child->told->pdata[i];

        g_string_append_printf(
            text, "\n  %s %s %u %u %u %u %u", told->word, told->digest, told->held.saves, told->held.copies,
            told->held.presnaps, told->held.receivers, told->held.logged);
    }
    return g_string_free(text, FALSE);
}

/* Of what was told, the last that counts; NULL: nothing. */
static const CrashTold *last_done(const GPtrArray *told, unsigned *ret_n_done, unsigned *ret_at)
{
    const CrashTold *last = NULL;

    *ret_n_done = *ret_at = 0;
    for (unsigned i = 0; i < told->len; i++) {
        if (!is_word(told->pdata[i], "done") && !is_word(told->pdata[i], "open"))
            continue;
        *ret_n_done += is_word(told->pdata[i], "done");
        *ret_at = i;
        last = told->pdata[i];
    }
    return last;
}

static unsigned count(const char *const *lines)
{
    unsigned n = 0;

    while (lines[n])
        n++;
    return n;
}

/* That of a machine that has carried out so many lines of the script. */
static bool is_digest_after(const Trial *trial, unsigned n_lines, const char *digest)
{
    unsigned at = count(trial->script->setup) + n_lines;
    const CrashTold *whole = at > 0 && at <= trial->whole.told->len ? trial->whole.told->pdata[at - 1] : NULL;

    return whole ? g_str_equal(digest, whole->digest) : at == 0;
}

/*
 * The digests that are allowed after what was told: that of the last thing done, what was told behind it, and that of the command after it,
 * unless a command was refused and its record is certainly not there.
 */
static bool is_allowed(const Trial *trial, const GPtrArray *told, const char *digest)
{
    unsigned n_done, last;
    bool refused = false;

    last_done(told, &n_done, &last);
    for (unsigned i = last; i < told->len; i++) {
        const CrashTold *one = told->pdata[i];

        refused = refused || is_word(one, "refused");
        if (g_str_equal(one->digest, digest))
            return true;
    }
    if (refused && trial->kind != FAULT_IOERR)
        return false;
    return is_digest_after(trial, n_done, digest) || is_digest_after(trial, n_done + 1, digest);
}

static bool has_no_less(const CrashHoldings *now, const CrashHoldings *then)
{
    return now->saves >= then->saves && now->copies >= then->copies && now->presnaps >= then->presnaps &&
           now->receivers >= then->receivers;
}

static unsigned count_logged(const char *const *lines, unsigned n)
{
    unsigned n_logged = 0;

    for (unsigned i = 0; i < n; i++)
        n_logged += crash_is_logged(lines[i]);
    return n_logged;
}

/* One that could not be recorded may be done all the same; the log says of it what the operator was told. */
static unsigned n_refused(const GPtrArray *told)
{
    unsigned n = 0;

    for (unsigned i = 0; i < told->len; i++)
        n += is_word(told->pdata[i], "refused");
    return n;
}

/* How many commands must be in the log of a machine of that digest, whoever has read their results. */
static unsigned logged_at_least(const Trial *trial, const char *digest)
{
    const CrashScript *script = trial->script;

    for (unsigned n = 0; n <= count(script->lines); n++)
        if (is_digest_after(trial, n, digest))
            return count_logged(script->setup, count(script->setup)) + count_logged(script->lines, n);
    return 0;
}

/* What is left is opened with a sound disk. Going on takes longer than looking: one of three does. */
static void check_left(const Trial *trial, const CrashChild *child)
{
    CrashChild left = crash_room_inspect(trial->room, trial->at % 3 == 0 ? trial->script->proof : NULL);
    g_autoptr(GPtrArray) told = g_ptr_array_new();
    g_autofree char *before = describe(trial, child), *after = describe(trial, &left);
    const CrashTold *found = left.told->pdata[0];
    unsigned n_done, last;

    for (unsigned i = 0; trial->first && i < trial->first->told->len; i++)
        g_ptr_array_add(told, trial->first->told->pdata[i]);
    for (unsigned i = 0; i < child->told->len; i++)
        g_ptr_array_add(told, child->told->pdata[i]);
    const CrashTold *done = last_done(told, &n_done, &last);

    ck_assert_msg(is_word(found, "open"), "%s\nit does not start: %s", before, found->digest);
    ck_assert_msg(is_allowed(trial, told, found->digest), "%s\nleft:\n%s", before, after);
    ck_assert_msg(
        trial->script->takes_away || !done || has_no_less(&found->held, &done->held),
        "%s\nsomething is missing:\n%s", before, after);
    ck_assert_msg(
        found->held.logged + n_refused(told) >= logged_at_least(trial, found->digest),
        "%s\nnot in the log:\n%s", before, after);
    ck_assert_msg(left.told->len == 1, "%s\nleft:\n%s", before, after);
    crash_child_clear(&left);
}

/* --- Every n ---------------------------------------------------------------------------------------------- */

/* Whether the failure came, at trial->at. */
static bool try_one(const Trial *trial, const char *const *lines, uint64_t seed)
{
    crash_room_copy(trial->prepared, trial->room);
    CrashChild child = crash_room_run(trial->room, lines, trial->kind, trial->at, seed);
    bool struck = child.count == 0 || child.count >= trial->at;

    check_left(trial, &child);
    crash_child_clear(&child);
    return struck;
}

/* At every step-th operation; returns how many were tried. */
static unsigned try_all(Trial *trial, const char *const *lines, unsigned first, unsigned step)
{
    unsigned n = 0;

    for (trial->at = 1 + first % step; try_one(trial, lines, trial->at); trial->at += step) {
        n++;
        ck_assert_uint_lt(trial->at, 5000);
    }
    return n;
}

static Trial trial_begin(const CrashScript *script)
{
    Trial trial = {.script = script, .prepared = crash_room_new(), .room = crash_room_new()};

    g_autoptr(GPtrArray) all = g_ptr_array_new();

    for (unsigned i = 0; i < count(script->setup); i++)
        g_ptr_array_add(all, (gpointer)(uintptr_t)script->setup[i]);
    for (unsigned i = 0; i <= count(script->lines); i++)
        g_ptr_array_add(all, (gpointer)(uintptr_t)script->lines[i]);
    trial.whole = crash_room_run_alone(trial.room, (const char *const *)all->pdata);
    for (unsigned i = 0; i < trial.whole.told->len; i++)
        ck_assert_msg(
            is_word(trial.whole.told->pdata[i], "done"), "%s: %s", script->name, (const char *)all->pdata[i]);
    crash_room_clear(trial.room);
    if (script->setup[0]) {
        CrashChild child = crash_room_run(trial.room, script->setup, FAULT_NONE, 0, 0);

        ck_assert_uint_gt(child.count, 0);
        crash_child_clear(&child);
    }
    crash_room_copy(trial.room, trial.prepared);
    return trial;
}

static void trial_end(Trial *trial)
{
    crash_room_free(trial->room);
    crash_room_free(trial->prepared);
    crash_child_clear(&trial->whole);
}

/* --- Tests ------------------------------------------------------------------------------------------------ */

static void all_or_nothing(const CrashScript *script, FaultKind kind)
{
    unsigned step = script->each_kind || kind == FAULT_DIE ? ONE_OF : ONE_OF * (FAULT_KINDS - FAULT_DIE - 1);
    Trial trial = trial_begin(script);

    trial.kind = kind;
    unsigned n = try_all(&trial, script->lines, kind, step);

    printf("%s, %s: %u operations tried, one of %u\n", script->name, fault_kind_name(kind), n, step);
    fflush(stdout);
    ck_assert_uint_ge(n + 1, script->n_min / step);
    trial_end(&trial);
}

START_TEST(a_script_is_all_or_nothing)
{
    const char *name = g_getenv("CRASH_SCRIPT");

    for (const CrashScript *script = crash_scripts; script->name; script++)
        if (!name || g_str_equal(name, script->name))
            all_or_nothing(script, (FaultKind)_i);
}
END_TEST

/* Rooms that a first crash has left, one for each different moment of an INTEG; the recovery from each is crashed too. */
START_TEST(recovery_is_all_or_nothing)
{
    static const char *const nothing[] = {NULL};
    Trial trial = trial_begin(script_named("integ"));
    unsigned n = 0;

    for (unsigned first = (unsigned)_i; first < 160; first += 16) {
        crash_room_copy(trial.prepared, trial.room);
        CrashChild child = crash_room_run(trial.room, trial.script->lines, FAULT_DIE, first + 1, 0);
        Trial again = trial;

        again.prepared = crash_room_new();
        crash_room_copy(trial.room, again.prepared);
        again.first = &child;
        again.kind = first % 2 ? FAULT_DIE : FAULT_POWER;
        n += try_all(&again, nothing, first, ONE_OF);
        crash_room_free(again.prepared);
        crash_child_clear(&child);
    }
    printf("recovery: %u operations tried\n", n);
    fflush(stdout);
    ck_assert_uint_gt(n, 100 / ONE_OF);
    trial_end(&trial);
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("crash");
    TCase *tcase = tcase_create("disk");
    bool recovers = argc > 1 && g_str_equal(argv[1], "recovery");

    if (argc > 1 && !recovers)
        g_setenv("CRASH_SCRIPT", script_named(argv[1])->name, TRUE);
    char *folder = crash_rooms_begin();

    tcase_set_timeout(tcase, 300);
    if (!recovers)
        tcase_add_loop_test(tcase, a_script_is_all_or_nothing, FAULT_DIE, FAULT_KINDS);
    if (argc == 1 || recovers)
        tcase_add_loop_test(tcase, recovery_is_all_or_nothing, 0, 4);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    crash_rooms_end(folder);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
