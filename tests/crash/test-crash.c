/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The disk fails, or the program dies, at every single write and sync of an INTEG and of what stands around it.
 *
 * A state directory is prepared: LPARs brought up, a second gone by. Then, for each kind of failure and each n, a child process opens a copy
 * of it with a disk that fails at its n-th operation, and carries out the script: INTEG with a relocation, STOP, RUN. It tells by a pipe what has
 * been done or refused, and the digest of the machine after it. Another child opens what is left with a sound disk and tells the digest
 * that it goes on from. What must hold:
 *
 *     all or nothing      the digest is that after one of the commands, or before the first
 *     nothing is missing  it is not that before a command which was said to be done
 *     the books balance   asserted by the program itself: opening compares the recorded assignment with the one that was made again
 *
 * The digests of whole commands come from a run without a state directory. A failed command may leave the clock later than it was, so what
 * the child says after a refusal counts as well. A second failure, during the recovery from a first one, is tried at every n too.
 */
#include "svp/machine-file.h"
#include "svp/state.h"
#include "tests/crash/fault-vfs.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char machine_text[] =
    "[machine]\nname = CRASH\nips = 3\nms = 32M\nchannels = 00-05\nms-copy-rate = 1G\n"
    "[lpar ONE]\nnumber = 1\nms = 8M\nms-origin = 0\nms-reserved = 8M\nip-shares = 1:100;2:50\nchannels = "
    "00;01\n"
    "[lpar TWO]\nnumber = 2\nms = 4M\nms-origin = 24M\nip-shares = 2:50;3:50\nchannels = 02;03\n"
    "[lpar THREE]\nnumber = 3\nms = 8M\nms-origin = 8M\nip-shares = 3:50\nchannels = 04\n";

static const char *const setup[] = {"ACTIVATE ALL", "LOAD ALL", "RUN 1s", NULL};
static const char *const script[] = {"INTEG TWO,ONE", "STOP THREE", "RUN 1s", NULL};
#define N_SCRIPT    3u
#define POWER_SEEDS 3u

/* --- Sessions ------------------------------------------------------------------------------------------- */

typedef struct {
    SvpState *state; /* NULL: none */
    ResmgrDefinition *definition;
    MonitorSystem *system;
    SvpConsole *console;
} Session;

static FILE *nowhere(void)
{
    return fopen("/dev/null", "w");
}

static void session_make(Session *session)
{
    g_autoptr(GPtrArray) problems = NULL;
    const SvpConsoleConfig config = {
        .out = nowhere(),
        .err = nowhere(),
        .json = true,
        .no_power_on = true,
        .operator_name = "operator",
        .store = session->state ? svp_state_store(session->state) : NULL,
    };

    session->definition = svp_machine_file_parse(machine_text, strlen(machine_text), &problems);
    g_assert(session->definition);
    session->system = monitor_system_new(session->definition, 1);
    session->console = svp_console_new(session->system, &config);
}

/* NULL: it goes on from the directory; else why not. */
static char *session_open(Session *session, const char *directory)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) notes = NULL;

    session->state = svp_state_open(directory, &error);
    if (!session->state)
        return g_strdup(error->message);
    session_make(session);
    if (svp_state_is_new(session->state) &&
        !svp_state_put_machine(session->state, session->definition, 1, &error))
        return g_strdup(error->message);
    return svp_state_resume(session->state, session->console, &notes, &error) ? NULL
                                                                              : g_strdup(error->message);
}

static char *session_digest(const Session *session)
{
    return hv_trace_digest(monitor_system_trace(session->system));
}

/* --- Children ------------------------------------------------------------------------------------------- */

/* What a child told: lines "WORD DIGEST". */
typedef struct {
    char *told;
    int status;
} Child;

static void tell(int fd, const char *word, const char *what)
{
    g_autofree char *line = g_strdup_printf("%s %s\n", word, what);
    ssize_t written = write(fd, line, strlen(line));

    g_assert(written == (ssize_t)strlen(line));
}

static void carry_out(const Session *session, const char *const *lines, int fd)
{
    for (unsigned i = 0; lines[i]; i++) {
        bool ok = svp_console_line(session->console, lines[i], "script");
        g_autofree char *digest = session_digest(session);

        tell(fd, ok ? "done" : "refused", digest);
    }
}

/* In the child: opens the directory and carries the lines out. The end is abrupt: nothing is closed in good order. */
static void child_main(int fd, const char *directory, const char *const *lines)
{
    Session session = {0};
    g_autofree char *wrong = session_open(&session, directory);

    if (wrong) {
        tell(fd, "unopened", wrong);
        _exit(1);
    }
    g_autofree char *digest = session_digest(&session);

    tell(fd, "open", digest);
    carry_out(&session, lines, fd);
    g_autofree char *count = g_strdup_printf("%u", fault_vfs_count());

    tell(fd, "count", count);
    _exit(0);
}

static Child
child_run(const char *directory, const char *const *lines, FaultKind kind, unsigned at, uint64_t seed)
{
    GString *told = g_string_new(NULL);
    Child child;
    int ends[2], status;
    char piece[512];
    ssize_t n;

    g_assert(pipe(ends) == 0);
    pid_t pid = fork();

    g_assert(pid >= 0);
    if (pid == 0) {
        close(ends[0]);
        fault_vfs_install(kind, at, seed);
        child_main(ends[1], directory, lines);
    }
    close(ends[1]);
    while ((n = read(ends[0], piece, sizeof piece)) > 0)
        g_string_append_len(told, piece, n);
    close(ends[0]);
    g_assert(waitpid(pid, &status, 0) == pid);
    child.told = g_string_free(told, FALSE);
    child.status = status;
    return child;
}

/* --- Directories ---------------------------------------------------------------------------------------- */

static char *folder_new(void)
{
    const char *parent = g_file_test("/dev/shm", G_FILE_TEST_IS_DIR) ? "/dev/shm" : g_get_tmp_dir();
    char *folder = g_build_filename(parent, "lparsim-crash-XXXXXX", NULL);

    g_assert(g_mkdtemp(folder));
    return folder;
}

static void folder_clear(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_unlink(path);
    }
}

static void folder_free(char *folder)
{
    folder_clear(folder);
    g_rmdir(folder);
    g_free(folder);
}

static void folder_copy(const char *from, const char *to)
{
    g_autoptr(GDir) dir = g_dir_open(from, 0, NULL);
    const char *name;

    folder_clear(to);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *source = g_build_filename(from, name, NULL),
                        *target = g_build_filename(to, name, NULL);
        g_autofree char *bytes = NULL;
        gsize length;

        g_assert(g_file_get_contents(source, &bytes, &length, NULL));
        FILE *file = fopen(target, "w");

        g_assert(fwrite(bytes, 1, length, file) == length && fclose(file) == 0);
    }
}

/* --- What must hold ------------------------------------------------------------------------------------- */

/* Digests before the script and after each of its commands, from a machine without a state directory. */
typedef struct {
    char *digest[N_SCRIPT + 1];
} Reference;

static Reference reference_new(void)
{
    Session session = {0};
    Reference reference;

    session_make(&session);
    for (unsigned i = 0; setup[i]; i++)
        g_assert(svp_console_line(session.console, setup[i], "setup"));
    reference.digest[0] = session_digest(&session);
    for (unsigned i = 0; i < N_SCRIPT; i++) {
        g_assert(svp_console_line(session.console, script[i], "script"));
        reference.digest[i + 1] = session_digest(&session);
    }
    svp_console_free(session.console);
    monitor_system_free(session.system);
    resmgr_definition_free(session.definition);
    return reference;
}

static void reference_clear(Reference *reference)
{
    for (unsigned i = 0; i <= N_SCRIPT; i++)
        g_free(reference->digest[i]);
}

/*
 * The digests that are allowed after what was told: that of the last thing done, what was told behind it, and that of the command after it,
 * unless a command was refused and its record is certainly not there.
 */
static bool is_allowed(const Reference *reference, FaultKind kind, const char *told, const char *digest)
{
    g_auto(GStrv) lines = g_strsplit(told, "\n", -1);
    unsigned n_done = 0, last = 0;
    bool refused = strstr(told, "refused") != NULL;

    for (unsigned i = 0; lines[i]; i++) {
        bool done = g_str_has_prefix(lines[i], "done ");

        n_done += done ? 1 : 0;
        last = done || g_str_has_prefix(lines[i], "open ") ? i : last;
    }
    for (unsigned i = last; lines[i]; i++)
        if (lines[i][0] && g_str_has_suffix(lines[i], digest))
            return true;
    if (refused && kind != FAULT_IOERR)
        return false;
    return strcmp(digest, reference->digest[n_done]) == 0 ||
           (n_done < N_SCRIPT && strcmp(digest, reference->digest[n_done + 1]) == 0);
}

/* What is left is opened with a sound disk. */
static void
check_left(const Reference *reference, const char *directory, const char *told, FaultKind kind, unsigned at)
{
    static const char *const nothing[] = {NULL};
    Child child = child_run(directory, nothing, FAULT_NONE, 0, 0);
    g_auto(GStrv) lines = g_strsplit(child.told, "\n", -1);

    ck_assert_msg(
        g_str_has_prefix(lines[0], "open "), "kind %u at %u: after \"%s\": %s", kind, at, told, child.told);
    ck_assert_msg(
        is_allowed(reference, kind, told, lines[0] + strlen("open ")), "kind %u at %u: after \"%s\": %s",
        kind, at, told, child.told);
    g_free(child.told);
}

static char *prepared_new(void)
{
    char *folder = folder_new();
    Child child = child_run(folder, setup, FAULT_NONE, 0, 0);

    ck_assert_int_eq(child.status, 0);
    g_free(child.told);
    return folder;
}

/* Every n of one kind on copies of `prepared`, of which `before` was told. Returns how often the failure struck. */
static unsigned try_all(
    const Reference *reference, const char *prepared, const char *before, FaultKind kind, uint64_t seed,
    const char *const *lines)
{
    char *folder = folder_new();
    unsigned at = 0;
    bool struck = true;

    while (struck) {
        at++;
        folder_copy(prepared, folder);
        Child child = child_run(folder, lines, kind, at, seed + at);
        const char *count = strstr(child.told, "count ");

        ck_assert_msg(
            WIFEXITED(child.status) &&
                (WEXITSTATUS(child.status) <= 1 || WEXITSTATUS(child.status) == FAULT_DIED),
            "kind %u at %u: status %x", kind, at, (unsigned)child.status);
        struck = !count || atoi(count + strlen("count ")) >= (int)at;
        g_autofree char *told = g_strconcat(before, child.told, NULL);

        check_left(reference, folder, told, kind, at);
        g_free(child.told);
        ck_assert_uint_lt(at, 2000);
    }
    folder_free(folder);
    return at - 1;
}

/* --- Tests ---------------------------------------------------------------------------------------------- */

START_TEST(an_integ_is_all_or_nothing)
{
    Reference reference = reference_new();
    char *prepared = prepared_new();
    FaultKind kind = (FaultKind)_i;
    unsigned n_seeds = kind == FAULT_POWER ? POWER_SEEDS : 1, n = 0;

    for (uint64_t seed = 0; seed < n_seeds; seed++)
        n = try_all(&reference, prepared, "", kind, seed * 1000003, script);
    ck_assert_uint_gt(n, 40); /* INTEG has ten steps, each a transaction of several writes */
    folder_free(prepared);
    reference_clear(&reference);
}
END_TEST

/* Directories that a first crash has left, one for each different moment of an INTEG; the recovery from each is crashed too. */
START_TEST(recovery_is_all_or_nothing)
{
    static const char *const nothing[] = {NULL};
    Reference reference = reference_new();
    char *prepared = prepared_new(), *crashed = folder_new();

    for (unsigned first = (unsigned)_i; first < 160; first += 16) {
        folder_copy(prepared, crashed);
        Child child = child_run(crashed, script, FAULT_DIE, first + 1, 0);

        try_all(&reference, crashed, child.told, first % 2 ? FAULT_DIE : FAULT_POWER, first, nothing);
        g_free(child.told);
    }
    folder_free(crashed);
    folder_free(prepared);
    reference_clear(&reference);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("crash");
    TCase *tcase = tcase_create("disk");

    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, an_integ_is_all_or_nothing, FAULT_DIE, FAULT_KINDS);
    tcase_add_loop_test(tcase, recovery_is_all_or_nothing, 0, 4);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
