/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a run can be carried out: asked once for each alternative, before anything is simulated.
 *
 * The machine must be readable and consist of model guests, and each command must be one that the console understands, due before the
 * end. What a command will meet when its time comes is not known yet: that it is refused then is a result.
 */
#include "svp/plan/run.h"

#include "resmgr/state.h"
#include "svp/command-parse.h"
#include "svp/error.h"
#include "svp/message.h"

#include <string.h>

/* The first problem of a machine file, as one sentence. */
static void refuse_machine(const GPtrArray *problems, GError **error)
{
    const SvpFileProblem *problem = g_ptr_array_index(problems, 0);
    g_autoptr(GString) place = g_string_new(NULL);

    if (problem->group)
        g_string_append_printf(place, "[%s] ", problem->group);
    if (problem->key)
        g_string_append_printf(
            place, "%s%s%s: ", problem->key, problem->value ? " = " : "",
            problem->value ? problem->value : "");
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_STUDY, "%s%s%s%s", place->str, problem->reason,
        problem->remedy ? "\n" : "", problem->remedy ? problem->remedy : "");
}

static bool check_due(const SvpStudyCommand *command, HvTime due_ns, HvTime length_ns, GError **error)
{
    g_autofree char *due = hv_quantity_describe_duration(due_ns);
    g_autofree char *length = hv_quantity_describe_duration(length_ns);

    if (due_ns < length_ns)
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_STUDY,
        "The command %s = %s is due %s after power on, and the run ends after %s\n"
        "Give a greater length, or another time",
        command->key, command->text, due, length);
    return false;
}

static bool
check_words(const SvpStudyCommand *command, HvTime due_ns, const ResmgrState *state, GError **error)
{
    g_autofree char *due = hv_quantity_format_duration(due_ns);
    g_autofree char *line = g_strdup_printf("AT %s %s", due, command->command), *remedy = NULL;
    g_autofree char *reason = NULL;
    g_autoptr(GError) why = NULL;
    g_autoptr(SvpCall) call = svp_command_parse(state, line, NULL, &why);

    if (call)
        return true;
    svp_message_split(why, &reason, &remedy);
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_STUDY, "The command %s = %s is not understood: %s\n%s", command->key,
        command->text, reason, remedy ? remedy : "Write it as at the console");
    return false;
}

static bool check_commands(const SvpRunConfig *config, const ResmgrDefinition *definition, GError **error)
{
    ResmgrState *state = resmgr_state_new(definition);
    bool ok = true;

    for (unsigned i = 0; ok && i < config->commands->len; i++) {
        const SvpStudyCommand *command = g_ptr_array_index(config->commands, i);
        HvTime due_ns = svp_run_due(command, &definition->machine->calendar);

        ok = check_due(command, due_ns, config->length_ns, error) &&
             check_words(command, due_ns, state, error);
    }
    resmgr_state_free(state);
    return ok;
}

bool svp_run_check(const SvpRunConfig *config, ResmgrDefinition **ret_definition, GError **error)
{
    g_autoptr(GPtrArray) problems = NULL;
    g_autoptr(ResmgrDefinition) definition = svp_machine_file_parse_in(
        config->directory, config->machine_text, strlen(config->machine_text), &problems);

    if (!definition) {
        refuse_machine(problems, error);
        return false;
    }
    if (definition->machine->libvirt) {
        g_set_error_literal(
            error, SVP_ERROR, SVP_ERROR_STUDY,
            "The machine may have real guests, which nothing makes faster than the wall clock\n"
            "Leave out backend = libvirt, and give its LPARs model guests");
        return false;
    }
    if (!check_commands(config, definition, error))
        return false;
    if (ret_definition)
        *ret_definition = g_steal_pointer(&definition);
    return true;
}
