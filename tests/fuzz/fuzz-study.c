/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fuzzer of the study file reader. Whatever the bytes are, there is either a study or at least one problem, and each problem can be
 * shown in one line. A study that was read keeps what its keys promise each other, each of its commands reads back, and its
 * settings can be tried on a machine: the result is one that the reader of machine files takes or refuses.
 */
#include "svp/plan/setting.h"
#include "svp/plan/study-file.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static const char machine[] = "[machine]\nips = 2\nms = 64M\n[lpar A]\nms = 16M\nweight = 1\nlips = 1\n";

static void check_problems(const GPtrArray *problems)
{
    g_assert(problems && problems->len > 0);
    for (unsigned i = 0; i < problems->len; i++) {
        g_autofree char *text = svp_machine_file_problem_text("FILE", g_ptr_array_index(problems, i));

        g_assert(g_str_has_prefix(text, "FILE:") && !strchr(text, '\n') && g_utf8_validate(text, -1, NULL));
    }
}

static void check_study(const SvpStudy *study)
{
    g_assert(study->name && study->title && study->machine);
    g_assert(study->warm_up_ns < study->length_ns);
    g_assert(study->interval_ns > 0 && study->interval_ns <= study->length_ns);
    g_assert(study->replications > 0 && study->replications <= study->replications_max);
    g_assert((study->precision_percent > 0.0) == (study->precision_of != NULL));
    g_assert(!study->search.key || (study->search.from < study->search.to && study->search.step > 0));
}

static void check_commands(const SvpStudy *study)
{
    for (unsigned i = 0; i < study->commands->len; i++) {
        const SvpStudyCommand *command = g_ptr_array_index(study->commands, i);
        g_autoptr(SvpStudyCommand) again = svp_study_command_parse(command->key, command->text, NULL);

        g_assert(again && *command->command && strcmp(again->command, command->command) == 0);
        g_assert(again->after_ns == command->after_ns && again->second == command->second);
    }
}

static void try_setting(const char *key, const char *value)
{
    g_autofree char *text = svp_setting_apply(machine, key, value, NULL);
    GPtrArray *problems = NULL;

    if (!text)
        return;
    g_autoptr(ResmgrDefinition) definition = svp_machine_file_parse(text, strlen(text), &problems);

    g_assert(!definition == (problems != NULL));
    if (problems)
        g_ptr_array_unref(problems);
}

static void check_settings(const SvpStudy *study)
{
    for (unsigned i = 0; i < study->vary->len && i < 8; i++) {
        const SvpStudyVary *row = g_ptr_array_index(study->vary, i);

        g_assert(row->values->len > 0);
        if (strchr(row->key, '.'))
            try_setting(row->key, g_ptr_array_index(row->values, 0));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GPtrArray *problems = NULL;
    g_autoptr(SvpStudy) study = svp_study_parse((const char *)data, size, &problems);

    if (!study) {
        check_problems(problems);
        g_ptr_array_unref(problems);
        return 0;
    }
    g_assert(!problems);
    check_study(study);
    check_commands(study);
    check_settings(study);
    return 0;
}
