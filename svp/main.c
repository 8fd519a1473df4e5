/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The program: `lparsim SUBCOMMAND ...`.
 *
 * One row of a table for each subcommand. Wrong usage is exit status 2, with what is wrong and where help is. Nothing is decided
 * here about machines or commands; this file reads options and calls.
 */
#include "svp/command-table.h"
#include "svp/doctor.h"
#include "svp/error.h"
#include "svp/machine-file.h"
#include "svp/message.h"
#include "svp/plan/plan.h"
#include "svp/session.h"

#include <locale.h>
#include <string.h>

typedef struct {
    const char *name, *operands, *help;
    SvpExit (*run)(int argc, char **argv); /* argv[0] is the subcommand */
} Subcommand;

static SvpExit usage(const char *format, ...) G_GNUC_PRINTF(1, 2);

static SvpExit usage(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *why = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autofree char *text = svp_message_note(SVP_ERROR_USAGE, "%s", why);

    fprintf(stderr, "%s See lparsim --help.\n", text);
    return SVP_EXIT_USAGE;
}

/* --- console -------------------------------------------------------------------------------------------- */

/* Options as GOption gives them. */
typedef struct {
    char *script, *trace, *trace_format, *seed, *color, *adopt, *uri, *write_machine, *user, *state;
    gboolean json, keep_going, ascii, no_power_on, every_slice, echo, no_echo;
    char **operands;
} ConsoleOptions;

static void console_options_clear(ConsoleOptions *given)
{
    g_free(given->script);
    g_free(given->trace);
    g_free(given->trace_format);
    g_free(given->seed);
    g_free(given->color);
    g_free(given->adopt);
    g_free(given->uri);
    g_free(given->write_machine);
    g_free(given->user);
    g_free(given->state);
    g_strfreev(given->operands);
}

static bool parse_console_options(int argc, char **argv, ConsoleOptions *given, GError **error)
{
    const GOptionEntry entries[] = {
        {"file", 'f', 0, G_OPTION_ARG_FILENAME, &given->script,
         "Commands from a script, shown as they are given", "SCRIPT"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &given->json, "One JSON object for each command, nothing else",
         NULL},
        {"trace", 0, 0, G_OPTION_ARG_FILENAME, &given->trace, "Write everything that happens to a file",
         "FILE"},
        {"trace-format", 0, 0, G_OPTION_ARG_STRING, &given->trace_format,
         "text (default), json, or chrome (default for FILE.json), which Perfetto opens", "FORMAT"},
        {"state", 0, 0, G_OPTION_ARG_FILENAME, &given->state,
         "A folder in which everything survives; made on its first use, later MACHINE may be left out",
         "DIR"},
        {"seed", 0, 0, G_OPTION_ARG_STRING, &given->seed, "Of everything random (default 1)", "N"},
        {"keep-going", 0, 0, G_OPTION_ARG_NONE, &given->keep_going, "Go on after a refused command", NULL},
        {"no-power-on", 0, 0, G_OPTION_ARG_NONE, &given->no_power_on,
         "LPARs are brought up by ACTIVATE and LOAD only; without this, the first RUN, INTEG, GUEST, STOP or "
         "DEACTIVATE "
         "brings up all of them",
         NULL},
        {"every-slice", 0, 0, G_OPTION_ARG_NONE, &given->every_slice,
         "Account each time slice by itself instead of in closed form: the same figures, slower", NULL},
        {"ascii", 0, 0, G_OPTION_ARG_NONE, &given->ascii, "Frames in ASCII", NULL},
        {"color", 0, 0, G_OPTION_ARG_STRING, &given->color, "auto (default), always or never", "WHEN"},
        {"adopt", 0, 0, G_OPTION_ARG_STRING, &given->adopt,
         "Instead of MACHINE: a machine made of running domains, adopted as they are", "NAME,NAME"},
        {"connect", 'c', 0, G_OPTION_ARG_STRING, &given->uri,
         "With --adopt: the host they run on (default " HV_LIBVIRT_URI ")", "URI"},
        {"write-machine", 0, 0, G_OPTION_ARG_FILENAME, &given->write_machine,
         "Write the machine file of the machine, to a file that is not there yet", "FILE"},
        {"echo", 0, 0, G_OPTION_ARG_NONE, &given->echo,
         "Show each command before its result (default with -f)", NULL},
        {"user", 0, 0, G_OPTION_ARG_STRING, &given->user,
         "Who is at the console, for logs and roles (default operator)", "NAME"},
        {"no-echo", 0, 0, G_OPTION_ARG_NONE, &given->no_echo, "Show results only", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &given->operands, NULL, NULL},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("MACHINE | --adopt NAME,NAME | --state DIR");

    g_set_prgname("lparsim console");
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_summary(
        context,
        "Operates a machine. At a terminal the console is interactive, else it reads commands from standard "
        "input.");
    return g_option_context_parse(context, &argc, &argv, error);
}

/* The index of the word in a NULL-terminated list, `fallback` for NULL, -1 if it is not there. */
static int choose(const char *word, const char *const *words, int fallback)
{
    if (!word)
        return fallback;
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

#define USER_LETTERS G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-"
/* Behind the formats of hv/trace.h. */
#define TRACE_CHROME (HV_TRACE_JSON + 1)

/* NULL if all is well, else what is wrong; free it. */
static char *check_console_options(const ConsoleOptions *given, SvpSessionOptions *options)
{
    static const char *const colors[] = {"auto", "always", "never", NULL};
    static const char *const formats[] = {[HV_TRACE_TEXT] = "text", [HV_TRACE_JSON] = "json", "chrome", NULL};
    bool is_json_file = given->trace && g_str_has_suffix(given->trace, ".json");
    int color = choose(given->color, colors, SVP_COLOR_AUTO);
    int format = choose(given->trace_format, formats, is_json_file ? TRACE_CHROME : HV_TRACE_TEXT);

    unsigned n_machines = given->operands ? g_strv_length(given->operands) : 0;

    unsigned n_given = n_machines + (given->adopt ? 1 : 0);

    if (n_given > 1 || (n_given == 0 && !given->state))
        return g_strdup("console takes one machine file, or --adopt, or --state with a folder that has one");
    if (given->uri && !given->adopt)
        return g_strdup("-c goes with --adopt; the machine file has the key uri");
    if (color < 0)
        return g_strdup_printf("--color is auto, always or never, not \"%s\"", given->color);
    if (format < 0)
        return g_strdup_printf("--trace-format is text, json or chrome, not \"%s\"", given->trace_format);
    if (given->user && (!*given->user || strspn(given->user, USER_LETTERS) != strlen(given->user)))
        return g_strdup_printf(
            "--user is a name of letters, digits, '.', '_' or '-', not \"%s\"", given->user);
    if (given->seed && !hv_quantity_parse_number(given->seed, 0, G_MAXUINT64, &options->seed, NULL))
        return g_strdup_printf("--seed is a whole number, not \"%s\"", given->seed);
    options->machine_path = n_machines ? given->operands[0] : NULL;
    options->seed_given = given->seed != NULL;
    options->state_path = given->state;
    options->adopt = given->adopt;
    options->uri = given->uri ? given->uri : HV_LIBVIRT_URI;
    options->write_path = given->write_machine;
    options->user = given->user ? given->user : "operator";
    options->color = (SvpColor)color;
    options->trace_chrome = format == TRACE_CHROME;
    options->trace_format = options->trace_chrome ? HV_TRACE_TEXT : (HvTraceFormat)format;
    return NULL;
}

static SvpExit run_console(int argc, char **argv)
{
    ConsoleOptions given = {0};
    SvpSessionOptions options = {.seed = 1};
    g_autoptr(GError) error = NULL;
    SvpExit status;

    if (parse_console_options(argc, argv, &given, &error)) {
        g_autofree char *wrong = check_console_options(&given, &options);

        options.script_path = given.script;
        options.trace_path = given.trace;
        options.json = given.json;
        options.ascii = given.ascii;
        options.echo = given.echo || (given.script && !given.no_echo);
        options.keep_going = given.keep_going;
        options.no_power_on = given.no_power_on;
        options.every_slice = given.every_slice;
        status = wrong ? usage("%s", wrong) : svp_session_run(&options);
    } else {
        status = usage("%s", error->message);
    }
    console_options_clear(&given);
    return status;
}

/* --- check, format, reference --------------------------------------------------------------------------- */

/* The machine file that is the only operand; NULL if there is no such, which has been said then. */
static ResmgrDefinition *read_operand(int argc, char **argv, SvpExit *ret_status)
{
    *ret_status = SVP_EXIT_USAGE;
    if (argc == 2 && argv[1][0] != '-')
        return svp_session_read_machine(argv[1]);
    usage("%s takes one machine file", argv[0]);
    return NULL;
}

static SvpExit run_check(int argc, char **argv)
{
    SvpExit status;
    g_autoptr(ResmgrDefinition) definition = read_operand(argc, argv, &status);

    if (!definition)
        return status;
    g_autofree char *ms = hv_quantity_format_size(definition->machine->ms_bytes);
    g_autofree char *es = hv_quantity_format_size(definition->machine->es_bytes);

    printf(
        "%s: usable. %u IPs, MS %s, ES %s, %u devices, %u LPARs.\n", argv[1], definition->machine->n_ips, ms,
        es, definition->machine->devices->len, definition->lpars->len);
    return SVP_EXIT_OK;
}

static SvpExit run_format(int argc, char **argv)
{
    SvpExit status;
    g_autoptr(ResmgrDefinition) definition = read_operand(argc, argv, &status);

    if (!definition)
        return status;
    g_autofree char *text = svp_machine_file_format(definition);

    fputs(text, stdout);
    return SVP_EXIT_OK;
}

static SvpExit run_reference(int argc, char **argv)
{
    static const struct {
        const char *name;
        char *(*make)(void);
    } references[] = {
        {"machine-file", svp_machine_file_reference},
        {"commands", svp_command_reference},
        {"messages", svp_message_reference},
        {"study-file", svp_study_reference},
    };

    for (unsigned i = 0; argc == 2 && i < G_N_ELEMENTS(references); i++) {
        if (strcmp(references[i].name, argv[1]) != 0)
            continue;
        g_autofree char *text = references[i].make();

        fputs(text, stdout);
        return SVP_EXIT_OK;
    }
    return usage("reference takes machine-file, commands, messages or study-file");
}

/* --- doctor --------------------------------------------------------------------------------------------- */

static SvpExit run_doctor(int argc, char **argv)
{
    g_autofree char *uri = NULL;
    gboolean json = FALSE;
    const GOptionEntry entries[] = {
        {"connect", 'c', 0, G_OPTION_ARG_STRING, &uri,
         "The host, as libvirt names it (default " HV_LIBVIRT_URI ")", "URI"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "One JSON object", NULL},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_set_prgname("lparsim doctor");
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_summary(
        context, "Says what of real guests works on a host, and what to do about the rest.");
    if (!g_option_context_parse(context, &argc, &argv, &error))
        return usage("%s", error->message);
    if (argc > 1)
        return usage("doctor takes no operands, only -c URI");
    return svp_doctor_run(uri ? uri : HV_LIBVIRT_URI, json) ? SVP_EXIT_OK : SVP_EXIT_REFUSED;
}

/* --- The program ---------------------------------------------------------------------------------------- */

static const Subcommand subcommands[] = {
    {"console", "MACHINE|--adopt NAMES [-f SCRIPT] [options]",
     "operate a machine; options: lparsim console --help", run_console},
    {"check", "MACHINE", "read a machine file and say what is wrong with it", run_check},
    {"format", "MACHINE", "write a machine file in its plain form", run_format},
    {"plan", "STUDY -o DIR [options]", "simulate what would be; options: lparsim plan --help", svp_plan_main},
    {"doctor", "[-c URI] [--json]", "say what of real guests works on a host", run_doctor},
    {"reference", "machine-file|commands|messages|study-file", "print a reference as Markdown",
     run_reference},
};

static SvpExit print_help(void)
{
    printf("lparsim, a simulator of a logically partitioned machine\n\n");
    for (unsigned i = 0; i < G_N_ELEMENTS(subcommands); i++) {
        g_autofree char *call =
            g_strdup_printf("lparsim %s %s", subcommands[i].name, subcommands[i].operands);

        printf("  %-59s %s\n", call, subcommands[i].help);
    }
    printf("  %-59s %s\n", "lparsim --version | --help", "this");
    printf("\nExit status: 0 all commands done; 1 a command was refused, or doctor finds something missing; "
           "2 usage, "
           "machine file or script could not be read.\n");
    return SVP_EXIT_OK;
}

static SvpExit run_program(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : NULL;

    if (!name)
        return usage("A subcommand is missing");
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return print_help();
    if (strcmp(name, "--version") == 0) {
        printf("lparsim %s\n", LPARSIM_VERSION);
        return SVP_EXIT_OK;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(subcommands); i++)
        if (strcmp(name, subcommands[i].name) == 0)
            return subcommands[i].run(argc - 1, argv + 1);
    if (strcmp(name, "serve") == 0)
        return usage("%s is not there yet: this version has no service", name);
    g_autofree char *quoted = svp_message_quote(name);

    return usage("%s is no subcommand", quoted);
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    return (int)run_program(argc, argv);
}
