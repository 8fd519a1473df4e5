/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fuzzer of the machine file reader. Whatever the bytes are, there is either a definition or at least one problem, and
 * each problem can be shown in one line. A definition that was read is written and read again: it is equal, and is
 * written alike. And it is usable, as the reader says: a machine is made of it, unless it has real guests, which are
 * somebody's domains.
 */
#include "monitor/system.h"
#include "svp/machine-file.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check_problems(const GPtrArray *problems)
{
    g_assert(problems && problems->len > 0);
    for (unsigned i = 0; i < problems->len; i++) {
        const SvpFileProblem *problem = g_ptr_array_index(problems, i);
        g_autofree char *text = svp_machine_file_problem_text("FILE", problem);

        g_assert(problem->reason && *problem->reason);
        g_assert(g_str_has_prefix(text, "FILE:") && !strchr(text, '\n') && g_utf8_validate(text, -1, NULL));
    }
}

static void check_round_trip(const ResmgrDefinition *definition)
{
    g_autofree char *text = svp_machine_file_format(definition);
    GPtrArray *problems = NULL;
    g_autoptr(ResmgrDefinition) again = svp_machine_file_parse(text, strlen(text), &problems);

    g_assert(again && !problems);
    g_assert(resmgr_definition_equal(definition, again));
    g_autofree char *text_again = svp_machine_file_format(again);

    g_assert_cmpstr(text, ==, text_again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GPtrArray *problems = NULL;
    g_autoptr(ResmgrDefinition) definition = svp_machine_file_parse((const char *)data, size, &problems);

    if (!definition) {
        check_problems(problems);
        g_ptr_array_unref(problems);
        return 0;
    }
    g_assert(!problems);
    check_round_trip(definition);
    if (definition->machine->libvirt)
        return 0;
    g_autoptr(MonitorSystem) system = monitor_system_new(definition, /* seed= */ 1);

    monitor_system_check(system);
    return 0;
}
