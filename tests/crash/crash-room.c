/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Rooms for crashes.
 *
 * What a process tells goes through a pipe, line by line, so that it is known up to its end, whenever that comes. The processes are forks: they
 * need no other program, and are quick. Whoever forks them does nothing of it himself: his threads would not be theirs.
 */
#include "tests/crash/crash-room.h"

#include "resmgr/check.h"
#include "svp/machine-file.h"
#include "svp/operations/journal-file.h"
#include "svp/save/archive.h"
#include "svp/state.h"

#include <glib/gstdio.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOMS "CRASH_ROOMS"

static const char machine_text[] =
    "[machine]\nname = CRASH\nips = 3\nms = 32M\nchannels = 00-05\nms-copy-rate = 1G\n"
    "[lpar ONE]\nnumber = 1\nms = 8M\nms-origin = 0\nms-reserved = 8M\nip-shares = 1:100;2:50\n"
    "channels = 00;01\nworkload = busy; write 64K/s 16K\n"
    "[lpar TWO]\nnumber = 2\nms = 4M\nms-origin = 24M\nip-shares = 2:50;3:50\nchannels = 02;03\n"
    "workload = busy; write 64K/s 12K\n"
    "[lpar THREE]\nnumber = 3\nms = 8M\nms-origin = 8M\nip-shares = 3:50\nchannels = 04\n";

/* --- Folders ---------------------------------------------------------------------------------------------- */

static void remove_all_in(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        if (g_unlink(path) == 0)
            continue;
        remove_all_in(path);
        g_rmdir(path);
    }
}

char *crash_rooms_begin(void)
{
    const char *parent = g_file_test("/dev/shm", G_FILE_TEST_IS_DIR) ? "/dev/shm" : g_get_tmp_dir();
    char *folder = g_build_filename(parent, "lparsim-crash-XXXXXX", NULL);

    g_assert(g_mkdtemp(folder));
    g_assert(g_setenv(ROOMS, folder, TRUE));
    return folder;
}

void crash_rooms_end(char *folder)
{
    remove_all_in(folder);
    g_rmdir(folder);
    g_free(folder);
}

CrashRoom *crash_room_new(void)
{
    CrashRoom *room = g_new0(CrashRoom, 1);

    room->folder = g_build_filename(g_getenv(ROOMS), "XXXXXX", NULL);
    g_assert(g_mkdtemp(room->folder));
    crash_room_clear(room);
    return room;
}

void crash_room_free(CrashRoom *room)
{
    remove_all_in(room->folder);
    g_rmdir(room->folder);
    g_free(room->folder);
    g_free(room);
}

void crash_room_clear(const CrashRoom *room)
{
    static const char *const volumes[] = {"vol", "one", "two"};

    remove_all_in(room->folder);
    for (unsigned i = 0; i < G_N_ELEMENTS(volumes); i++) {
        g_autofree char *path = g_build_filename(room->folder, volumes[i], NULL);

        g_assert(g_mkdir(path, 0700) == 0);
    }
}

static void copy_all_in(const char *from, const char *to)
{
    g_autoptr(GDir) dir = g_dir_open(from, 0, NULL);
    const char *name;

    g_mkdir(to, 0700);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *source = g_build_filename(from, name, NULL),
                        *target = g_build_filename(to, name, NULL);
        g_autofree char *bytes = NULL;
        gsize length;

        if (!g_file_get_contents(source, &bytes, &length, NULL)) {
            copy_all_in(source, target);
            continue;
        }
        FILE *file = fopen(target, "w");

        g_assert(fwrite(bytes, 1, length, file) == length && fclose(file) == 0);
    }
}

void crash_room_copy(const CrashRoom *from, const CrashRoom *to)
{
    remove_all_in(to->folder);
    copy_all_in(from->folder, to->folder);
}

/* '@' is the folder. */
static char *expand(const CrashRoom *room, const char *line)
{
    g_auto(GStrv) pieces = g_strsplit(line, "@", -1);

    return g_strjoinv(room->folder, pieces);
}

/* --- Sessions --------------------------------------------------------------------------------------------- */

typedef struct {
    const CrashRoom *room;
    SvpState *state; /* NULL: none */
    ResmgrDefinition *definition;
    MonitorSystem *system;
    SvpConsole *console;
    FILE *out, *nowhere;
    char *out_text;
    size_t out_length;
} Session;

static void session_make(Session *session)
{
    g_autoptr(GPtrArray) problems = NULL;

    session->out = open_memstream(&session->out_text, &session->out_length);
    session->nowhere = fopen("/dev/null", "w");
    const SvpConsoleConfig config = {
        .out = session->out,
        .err = session->nowhere,
        .json = true,
        .no_power_on = true,
        .operator_name = "operator",
        .store = session->state ? svp_state_store(session->state) : NULL,
        .directory = session->state ? svp_state_directory(session->state) : NULL,
    };

    session->definition = svp_machine_file_parse(machine_text, strlen(machine_text), &problems);
    g_assert(session->definition);
    session->system = monitor_system_new(session->definition, 1);
    session->console = svp_console_new(session->system, &config);
}

/* NULL: it goes on from the directory; else why not. */
static char *session_open(Session *session)
{
    g_autofree char *directory = g_build_filename(session->room->folder, "state", NULL);
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

static bool session_give(Session *session, const char *line)
{
    g_autofree char *command = expand(session->room, line);

    rewind(session->out);
    return svp_console_line(session->console, command, "script");
}

/* --- What is there ---------------------------------------------------------------------------------------- */

typedef struct {
    const Session *session;
    CrashHoldings held;
    GString *wrong; /* what is damaged or missing; NULL: it is only counted */
} Survey;

static void verify(SvpVolumeSet *set, const GPtrArray *saves, Survey *survey)
{
    for (unsigned i = 0; i < saves->len; i++) {
        const SvpSaveRecord *record = g_ptr_array_index(saves, i);
        g_autoptr(GError) error = NULL;
        SvpArchiveCounts counts = {0};

        if (!svp_archive_verify(set, record->sequence, &counts, &error))
            g_string_append_printf(survey->wrong, "save %u: %s; ", record->sequence, error->message);
    }
}

/* A volume that is being initialized has no saves. */
static bool survey_unit(const char *unit, json_t *record, void *data)
{
    Survey *survey = data;
    const json_t *paths = json_object_get(record, "paths");
    g_autofree const char **list = g_new0(const char *, json_array_size(paths) + 1);

    (void)unit;
    for (size_t i = 0; i < json_array_size(paths); i++)
        list[i] = json_string_value(json_array_get(paths, i));
    g_autoptr(SvpVolumeSet) set = svp_volume_set_open(list, NULL);
    g_autoptr(GPtrArray) saves = set ? svp_volume_set_saves(set) : NULL;

    survey->held.saves += saves ? saves->len : 0;
    if (saves && survey->wrong)
        verify(set, saves, survey);
    return true;
}

static bool survey_snapshot(const char *key, json_t *record, void *data)
{
    Survey *survey = data;
    const char *place;
    json_t *state;

    (void)key;
    json_object_foreach(json_object_get(record, "copies"), place, state)
        survey->held.copies += g_str_equal(json_string_value(state), "good");
    return true;
}

static bool survey_presnap(const char *key, json_t *record, void *data)
{
    Survey *survey = data;
    const char *name = json_string_value(json_object_get(json_object_get(record, "copy"), "name"));

    if (!g_str_has_prefix(key, "presnap "))
        return true;
    g_autofree char *path =
        g_build_filename(survey->session->room->folder, "state", "presnap", "PRESNAP", NULL);
    g_autoptr(SvpVolumeSet) set = svp_volume_set_open((const char *const[]){path, NULL}, NULL);
    g_autoptr(GPtrArray) saves = set ? svp_volume_set_saves(set) : g_ptr_array_new();
    bool found = false;

    for (unsigned i = 0; i < saves->len; i++)
        found = found || g_str_equal(((const SvpSaveRecord *)saves->pdata[i])->name, name);
    survey->held.presnaps++;
    if (survey->wrong && !found)
        g_string_append_printf(survey->wrong, "%s has no copy; ", key);
    else if (survey->wrong)
        verify(set, saves, survey);
    return true;
}

static bool survey_receiver(const char *name, json_t *record, void *data)
{
    Survey *survey = data;
    g_autofree char *folder = g_build_filename(survey->session->room->folder, "journals", NULL);
    g_autofree char *path = svp_journal_file_path(folder, name);
    g_autoptr(GError) error = NULL;

    if (!g_str_equal(json_string_value(json_object_get(record, "state")), "SAVED"))
        return true;
    survey->held.receivers++;
    g_autoptr(SvpJournalFile) file = svp_journal_file_read(path, &error);

    if (!file && survey->wrong)
        g_string_append_printf(survey->wrong, "%s; ", error->message);
    return true;
}

bool crash_is_logged(const char *line)
{
    return !g_str_has_prefix(line, "RUN") && !g_str_equal(line, "SAVE STATE");
}

static bool survey_log(const char *key, json_t *record, void *data)
{
    Survey *survey = data;

    (void)key;
    survey->held.logged += json_is_true(json_object_get(record, "ok")) &&
                           crash_is_logged(json_string_value(json_object_get(record, "command")));
    return true;
}

/* Looks only: nothing is written, so nothing is counted. */
static CrashHoldings survey(const Session *session, GString *wrong)
{
    Survey survey = {.session = session, .wrong = wrong};
    SvpStore *store = svp_state_store(session->state);

    svp_store_foreach(store, "tape", survey_unit, &survey);
    svp_store_foreach(store, "snapshot", survey_snapshot, &survey);
    svp_store_foreach(store, "restore", survey_presnap, &survey);
    svp_store_foreach(store, "journal-receiver", survey_receiver, &survey);
    svp_store_foreach(store, "log", survey_log, &survey);
    return survey.held;
}

/* --- Children --------------------------------------------------------------------------------------------- */

static void say(int fd, const char *word, const char *what, const CrashHoldings *held)
{
    g_autofree char *one_line = g_strdelimit(g_strdup(what), "\n\t", ' ');
    g_autofree char *line = g_strdup_printf(
        "%s\t%s\t%u\t%u\t%u\t%u\t%u\n", word, one_line, held->saves, held->copies, held->presnaps,
        held->receivers, held->logged);
    ssize_t written = write(fd, line, strlen(line));

    g_assert(written == (ssize_t)strlen(line));
}

static void say_state(int fd, const char *word, const Session *session)
{
    g_autofree char *digest = hv_trace_digest(monitor_system_trace(session->system));
    const CrashHoldings held = session->state ? survey(session, NULL) : (CrashHoldings){0};

    say(fd, word, digest, &held);
}

/* One that does not start tells why, and ends. */
static void child_open(Session *session, int fd)
{
    g_autofree char *wrong = session_open(session);

    if (wrong) {
        say(fd, "unopened", wrong, &(CrashHoldings){0});
        _exit(1);
    }
    resmgr_check_assert(monitor_system_state(session->system));
    say_state(fd, "open", session);
}

static void child_inspect(Session *session, int fd, const char *const *proof)
{
    g_autoptr(GString) wrong = g_string_new(NULL);

    survey(session, wrong);
    for (unsigned i = 0; proof && proof[i]; i++) {
        bool may_be_refused = proof[i][0] == '?';
        bool ok = session_give(session, proof[i] + may_be_refused) || may_be_refused;

        fflush(session->out);
        if (!ok ||
            (strstr(session->out_text, "\"damaged\":") && !strstr(session->out_text, "\"damaged\":0")) ||
            strstr(session->out_text, "\"warnings\":[\""))
            g_string_append_printf(
                wrong, "%s: %.*s; ", proof[i], (int)session->out_length, session->out_text);
    }
    if (wrong->len > 0)
        say(fd, "wrong", wrong->str, &(CrashHoldings){0});
}

/* The end is abrupt: nothing is closed in good order. */
static void child_run(Session *session, int fd, const char *const *lines)
{
    for (unsigned i = 0; lines && lines[i]; i++) {
        /* Without a state directory there is no checkpoint to be written. */
        bool ok = (!session->state && g_str_equal(lines[i], "SAVE STATE")) || session_give(session, lines[i]);

        say_state(fd, ok ? "done" : "refused", session);
    }
}

static void free_told(gpointer data)
{
    CrashTold *told = data;

    g_free(told->word);
    g_free(told->digest);
    g_free(told);
}

void crash_child_clear(CrashChild *child)
{
    g_ptr_array_unref(child->told);
}

static void take_line(CrashChild *child, const char *line)
{
    g_auto(GStrv) fields = g_strsplit(line, "\t", -1);

    if (g_strv_length(fields) != 7) /* it died while it told this */
        return;
    if (g_str_equal(fields[0], "count")) {
        child->count = (unsigned)g_ascii_strtoull(fields[2], NULL, 10);
        return;
    }
    CrashTold *told = g_new0(CrashTold, 1);
    unsigned *numbers[] = {
        &told->held.saves, &told->held.copies, &told->held.presnaps, &told->held.receivers,
        &told->held.logged};

    told->word = g_strdup(fields[0]);
    told->digest = g_strdup(fields[1]);
    for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++)
        *numbers[i] = (unsigned)g_ascii_strtoull(fields[2 + i], NULL, 10);
    g_ptr_array_add(child->told, told);
}

static CrashChild listen_to(pid_t pid, int fd)
{
    g_autoptr(GString) text = g_string_new(NULL);
    CrashChild child = {.told = g_ptr_array_new_with_free_func(free_told)};
    char piece[4096];
    ssize_t n;
    int status;

    while ((n = read(fd, piece, sizeof piece)) > 0)
        g_string_append_len(text, piece, n);
    close(fd);
    g_assert(waitpid(pid, &status, 0) == pid);
    g_auto(GStrv) lines = g_strsplit(text->str, "\n", -1);

    for (unsigned i = 0; lines[i]; i++)
        take_line(&child, lines[i]);
    child.died = WIFEXITED(status) && WEXITSTATUS(status) == FAULT_DIED;
    if (!child.died && !(WIFEXITED(status) && WEXITSTATUS(status) <= 1))
        g_error("a process ended with status %x, after \"%s\"", (unsigned)status, text->str);
    return child;
}

typedef enum { ALONE, RUN, INSPECT } Task;

typedef struct {
    Task task;
    const char *const *lines;
    FaultKind kind;
    unsigned at;
    uint64_t seed;
} Errand;

static void child_main(const CrashRoom *room, const Errand *errand, int fd)
{
    Session session = {.room = room};

    fault_disk_install(room->folder, errand->kind, errand->at, errand->seed);
    if (errand->task == ALONE)
        session_make(&session);
    else
        child_open(&session, fd);
    if (errand->task == INSPECT)
        child_inspect(&session, fd, errand->lines);
    else
        child_run(&session, fd, errand->lines);
    say(fd, "count", "", &(CrashHoldings){.saves = fault_disk_count()});
    _exit(0);
}

static CrashChild send_out(const CrashRoom *room, const Errand *errand)
{
    int ends[2];

    g_assert(pipe(ends) == 0);
    pid_t pid = fork();

    g_assert(pid >= 0);
    if (pid == 0) {
        close(ends[0]);
        child_main(room, errand, ends[1]);
    }
    close(ends[1]);
    return listen_to(pid, ends[0]);
}

CrashChild
crash_room_run(const CrashRoom *room, const char *const *lines, FaultKind kind, unsigned at, uint64_t seed)
{
    return send_out(room, &(Errand){.task = RUN, .lines = lines, .kind = kind, .at = at, .seed = seed});
}

CrashChild crash_room_run_alone(const CrashRoom *room, const char *const *lines)
{
    return send_out(room, &(Errand){.task = ALONE, .lines = lines});
}

CrashChild crash_room_inspect(const CrashRoom *room, const char *const *proof)
{
    return send_out(room, &(Errand){.task = INSPECT, .lines = proof});
}
