/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A session: files are opened, the machine is made, the commands come from a terminal, a script or standard input.
 *
 * Everything that can be wrong before the first command (machine file, script, trace file) is found before the machine is made. At a
 * terminal the session is interactive: it asks before an LPAR is taken away, shows progress, and can be interrupted. Results
 * that nobody reads any more (a closed pipe) end it quietly.
 */
#include "svp/session.h"

#include "svp/adopt.h"
#include "svp/chrome-trace.h"
#include "svp/error.h"
#include "svp/input.h"
#include "svp/machine-file.h"
#include "svp/message.h"
#include "svp/output.h"
#include "svp/progress.h"
#include "svp/script.h"
#include "svp/state.h"
#include "svp/terminal.h"

#include <errno.h>
#include <langinfo.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a session holds; freed in one place. */
typedef struct {
    const SvpSessionOptions *options;
    ResmgrDefinition *definition;
    FILE *script, *trace;
    SvpState *state;        /* NULL: no state directory */
    SvpChromeTrace *chrome; /* NULL: the trace has another format */
    MonitorSystem *system;
    SvpConsole *console;
    SvpInput *input;
    SvpTerminal *terminal;
} Session;

/* --- Before the first command --------------------------------------------------------------------------- */

static ResmgrDefinition *report_problems(const char *name, GPtrArray *problems, ResmgrDefinition *definition)
{
    for (unsigned i = 0; !definition && i < problems->len; i++) {
        g_autofree char *text = svp_machine_file_problem_text(name, g_ptr_array_index(problems, i));
        g_autofree char *message = svp_message_note(SVP_ERROR_MACHINE, "%s", text);

        fprintf(stderr, "%s\n", message);
    }
    return definition;
}

ResmgrDefinition *svp_session_read_machine(const char *path)
{
    g_autoptr(GPtrArray) problems = NULL;
    ResmgrDefinition *definition = svp_machine_file_read(path, &problems);

    return report_problems(path, problems, definition);
}

static FILE *open_file(const char *path, const char *mode)
{
    FILE *file = fopen(path, mode);

    if (!file) {
        g_autofree char *text =
            svp_message_note(SVP_ERROR_FILE, "%s cannot be opened: %s", path, g_strerror(errno));

        fprintf(stderr, "%s\n", text);
    }
    return file;
}

/* The machine's name in messages about it. */
static const char *machine_name(const SvpSessionOptions *options)
{
    return options->machine_path ? options->machine_path : "The adopted machine";
}

static void say(const GError *error)
{
    g_autofree char *text = svp_message_text(error);

    fprintf(stderr, "%s\n", text);
}

static ResmgrDefinition *adopt(const SvpSessionOptions *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) problems = NULL;
    g_autofree char *text = svp_adopt(options->uri, options->adopt, &error);

    if (!text) {
        say(error);
        return NULL;
    }
    ResmgrDefinition *definition = svp_machine_file_parse(text, strlen(text), &problems);

    return report_problems(machine_name(options), problems, definition);
}

/* A file that is there is somebody's. */
static bool write_machine(const SvpSessionOptions *options, const ResmgrDefinition *definition)
{
    g_autofree char *text = svp_machine_file_format(definition);
    FILE *file = open_file(options->write_path, "wx");

    if (!file)
        return false;
    bool written = fputs(text, file) >= 0;

    if (fclose(file) == 0 && written)
        return true;
    g_autofree char *message =
        svp_message_note(SVP_ERROR_FILE, "%s cannot be written: %s", options->write_path, g_strerror(errno));

    fprintf(stderr, "%s\n", message);
    return false;
}

/* The machine that is given; NULL with *ret_ok false: it has problems. */
static ResmgrDefinition *read_given(const SvpSessionOptions *options, bool *ret_ok)
{
    ResmgrDefinition *given = NULL;

    if (options->adopt)
        given = adopt(options);
    else if (options->machine_path)
        given = svp_session_read_machine(options->machine_path);
    *ret_ok = given || (!options->adopt && !options->machine_path);
    return given;
}

/* A state directory has its machine already, or is given one now. */
static bool
settle_machine(SvpState *state, const SvpSessionOptions *options, ResmgrDefinition *given, GError **error)
{
    if (svp_state_is_new(state) && !given) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_STATE,
            "The state directory %s has no machine yet\nName a machine file to begin with",
            options->state_path);
        return false;
    }
    if (svp_state_is_new(state))
        return svp_state_put_machine(state, given, options->seed, error);
    return (!given || svp_state_check_machine(state, given, machine_name(options), error)) &&
           (!options->seed_given || svp_state_check_seed(state, options->seed, error));
}

/* The directory's machine instead of the one that was given, which is the same: its files are found from wherever it is started. */
static ResmgrDefinition *open_state(Session *session, ResmgrDefinition *given)
{
    const SvpSessionOptions *options = session->options;
    g_autoptr(ResmgrDefinition) definition = given;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) problems = NULL;

    session->state = svp_state_open(options->state_path, &error);
    if (!session->state || !settle_machine(session->state, options, definition, &error)) {
        say(error);
        return NULL;
    }
    ResmgrDefinition *kept = svp_state_definition(session->state, &problems);

    return report_problems(options->state_path, problems, kept);
}

static bool open_all(Session *session)
{
    const SvpSessionOptions *options = session->options;
    bool ok;

    if (options->script_path && !(session->script = open_file(options->script_path, "r")))
        return false;
    session->definition = read_given(options, &ok);
    if (ok && options->state_path)
        session->definition = open_state(session, session->definition);
    if (!session->definition || (options->write_path && !write_machine(options, session->definition)))
        return false;
    return !options->trace_path || (session->trace = open_file(options->trace_path, "w"));
}

/* A signal that has come ends the program at the end. */
static void close_all(Session *session)
{
    svp_terminal_free(session->terminal);
    svp_console_free(session->console);
    svp_chrome_trace_end(session->chrome);
    monitor_system_free(session->system);
    svp_state_free(session->state);
    g_clear_pointer(&session->definition, resmgr_definition_free);
    g_clear_pointer(&session->script, fclose);
    g_clear_pointer(&session->trace, fclose);
    svp_input_free(session->input);
}

/* --- What kind of session it is -------------------------------------------------------------------------- */

static bool is_interactive(const SvpSessionOptions *options)
{
    return !options->script_path && !options->json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static bool wants_color(const SvpSessionOptions *options)
{
    const char *term = g_getenv("TERM"), *no_color = g_getenv("NO_COLOR");

    if (options->color != SVP_COLOR_AUTO)
        return options->color == SVP_COLOR_ALWAYS;
    return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0 && !(no_color && *no_color);
}

static bool wants_ascii(const SvpSessionOptions *options)
{
    return options->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
}

static char *ask(const char *prompt, void *data)
{
    return svp_terminal_read(((Session *)data)->terminal, prompt, /* remember= */ false);
}

static bool has_ended(void *data)
{
    SvpInput *input = ((Session *)data)->input; /* NULL: not yet, what was recorded is done again */

    return input && svp_input_signal(input);
}

static bool interrupted(void *data)
{
    return (((Session *)data)->terminal && svp_terminal_interrupted()) || has_ended(data);
}

static char **complete(const char *line, size_t cursor, void *data)
{
    return svp_console_complete(((Session *)data)->console, line, cursor);
}

static bool has_real_guests(const Session *session)
{
    return session->definition->machine->libvirt;
}

/* Real guests go on while a line is waited for, and talk. */
static void listen_to_input(int fd, void *data)
{
    monitor_system_listen(((Session *)data)->system, fd);
}

static ssize_t read_input(char *buffer, size_t length, void *data)
{
    return svp_input_read(((Session *)data)->input, buffer, length);
}

static SvpConsoleConfig console_config(Session *session)
{
    const SvpSessionOptions *options = session->options;
    bool interactive = is_interactive(options);

    return (SvpConsoleConfig){
        .out = stdout,
        .err = stderr,
        .json = options->json,
        .color = !options->json && wants_color(options),
        .ascii = wants_ascii(options),
        .progress = isatty(STDERR_FILENO),
        .echo = options->echo,
        .no_power_on = options->no_power_on,
        .ask = interactive,
        .ask_func = ask,
        .ask_data = session,
        .interrupted_func = interrupted,
        .interrupted_data = session,
        .width = svp_terminal_width(stdout),
        .operator_name = options->user,
        .store = session->state ? svp_state_store(session->state) : NULL,
        .directory = session->state ? svp_state_directory(session->state) : NULL,
    };
}

/* Fewer CPUs than IPs are allowed; then IPs have a CPU in common, and an operator should know. */
static void say_host_cpus(const Session *session)
{
    unsigned n_cpus = monitor_system_host_cpus(session->system), n_ips = session->definition->machine->n_ips;

    if (n_cpus == 0 || n_cpus >= n_ips)
        return;
    g_autofree char *text = svp_message_note(
        SVP_MESSAGE_HOST_CPUS, "The host has %u CPU%s for %u IPs: several IPs share one", n_cpus,
        n_cpus == 1 ? "" : "s", n_ips);

    fprintf(stderr, "%s\n", text);
}

/* Where the last session was; what was found is said. */
static bool resume(Session *session)
{
    g_autoptr(GPtrArray) notes = NULL;
    g_autoptr(GError) error = NULL;

    if (!session->state)
        return true;
    if (!svp_state_resume(session->state, session->console, &notes, &error)) {
        say(error);
        return false;
    }
    for (unsigned i = 0; i < notes->len; i++)
        fprintf(stderr, "%s\n", (const char *)g_ptr_array_index(notes, i));
    svp_console_begin(session->console);
    return true;
}

static void begin_trace(Session *session)
{
    if (session->trace && session->options->trace_chrome)
        session->chrome = svp_chrome_trace_new(session->system, session->trace);
    else if (session->trace)
        hv_trace_add_sink(
            monitor_system_trace(session->system), session->trace, session->options->trace_format);
}

static void open_input(Session *session)
{
    bool interactive = is_interactive(session->options);
    const SvpInputConfig config = {
        .fd = session->script ? fileno(session->script) : STDIN_FILENO,
        .keyboard = interactive,
        .wait = has_real_guests(session) ? listen_to_input : NULL,
        .data = session,
    };

    session->input = svp_input_new(&config);
    if (interactive)
        session->terminal = svp_terminal_new(complete, read_input, session);
}

static bool start(Session *session)
{
    const SvpConsoleConfig config = console_config(session);
    uint64_t seed = session->state ? svp_state_seed(session->state) : session->options->seed;
    g_autoptr(GError) error = NULL;

    session->system = monitor_system_open(session->definition, seed, &error);
    if (!session->system) {
        say(error);
        return false;
    }
    monitor_system_set_every_slice(session->system, session->options->every_slice);
    say_host_cpus(session);
    session->console = svp_console_new(session->system, &config);
    if (!resume(session))
        return false;
    begin_trace(session);
    open_input(session);
    return true;
}

/* So that the next start is quick. Nothing is lost without it. */
static void write_checkpoint(const Session *session)
{
    g_autoptr(GError) error = NULL;

    if (svp_state_close(session->state, &error))
        return;
    g_autofree char *reason = NULL, *remedy = NULL;

    svp_message_split(error, &reason, &remedy);
    g_autofree char *text =
        svp_message_note(SVP_MESSAGE_CHECKPOINT, "No checkpoint could be written: %s", reason);

    fprintf(stderr, "%s\n", text);
}

/* Said where the operator may still see it. Nobody has said what is to become of real guests, so they go on. */
static void say_signal(const Session *session, const char *signal)
{
    g_autofree char *now = svp_text_seconds(monitor_system_now(session->system));
    g_autofree char *text = svp_message_note(
        SVP_MESSAGE_SIGNAL, "%s ends the session at %s%s", signal, now,
        has_real_guests(session) ? "; real guests run on"
        : session->state         ? "; nothing is lost, the next start goes on there"
                                 : "");

    fprintf(stderr, "%s\n", text);
}

/* What the machine leaves on the host when it goes. */
static SvpExit let_go(Session *session, SvpExit status)
{
    g_autoptr(GError) error = NULL;
    SvpProgress *progress = isatty(STDERR_FILENO) ? svp_progress_begin(stderr, "Ending the guests") : NULL;
    bool keep = svp_console_keep(session->console) || has_ended(session);
    bool gone = monitor_system_let_go(session->system, keep, &error);

    svp_progress_end(progress);
    if (gone)
        return status;
    say(error);
    return SVP_EXIT_REFUSED;
}

/* --- The commands --------------------------------------------------------------------------------------- */

static void greet(const Session *session)
{
    const HvMachineDef *machine = session->definition->machine;

    printf(
        "lparsim %s, machine %s: %u IPs, %u LPARs. HELP lists the commands.\n", LPARSIM_VERSION,
        machine->name ? machine->name : "without a name", machine->n_ips, session->definition->lpars->len);
}

static SvpExit converse(Session *session)
{
    SvpExit status = SVP_EXIT_OK;

    greet(session);
    while (!svp_console_quit(session->console) && !ferror(stdout) && !has_ended(session)) {
        g_autofree char *prompt = svp_console_prompt(session->console);
        g_autofree char *line = svp_terminal_read(session->terminal, prompt, /* remember= */ true);

        if (!line)
            break;
        svp_console_set_width(session->console, svp_terminal_width(stdout));
        if (!svp_console_line(session->console, line, "console"))
            status = SVP_EXIT_REFUSED;
        printf("\n");
    }
    return status;
}

static SvpExit run_script(Session *session)
{
    const SvpScript script = {
        .stream = svp_input_stream(session->input),
        .name = session->script ? session->options->script_path : "standard input",
        .ended = has_ended,
        .data = session,
        .keep_going = session->options->keep_going,
    };

    return svp_script_run(session->console, &script, stdout, stderr);
}

/* Whether a reader can go away: then that is what has happened, and whoever went knows it. */
static bool has_reader(FILE *stream)
{
    struct stat status;

    return fstat(fileno(stream), &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

static SvpExit check_written(FILE *stream, const char *name, SvpExit status)
{
    if ((fflush(stream) == 0 && !ferror(stream)) || has_reader(stream))
        return status;
    g_autofree char *text = svp_message_note(SVP_ERROR_FILE, "%s cannot be written", name);

    fprintf(stderr, "%s\n", text);
    return SVP_EXIT_USAGE;
}

SvpExit svp_session_run(const SvpSessionOptions *options)
{
    Session session = {.options = options};
    SvpExit status = SVP_EXIT_USAGE;

    signal(SIGPIPE, SIG_IGN);
    if (open_all(&session) && start(&session)) {
        status = session.terminal ? converse(&session) : run_script(&session);
        svp_console_end(session.console);
        fflush(stdout);
        write_checkpoint(&session);
        if (has_ended(&session))
            say_signal(&session, svp_input_signal(session.input));
        status = let_go(&session, status);
        status = check_written(stdout, "The results", status);
        g_clear_pointer(&session.chrome, svp_chrome_trace_end);
        if (session.trace)
            status = check_written(session.trace, options->trace_path, status);
    }
    close_all(&session);
    return status;
}
