/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The command line of `lparsim plan`, and the processes of MPI.
 *
 * Under mpirun every process comes here. Those of a rank other than 0 read no option and no file: they carry out what rank 0 sends them.
 * So there is one process that says what is wrong, and one that writes.
 */
#include "svp/plan/plan.h"

#include "svp/error.h"
#include "svp/message.h"

#include <stdio.h>

/* Options as GOption gives them. */
typedef struct {
    char *directory, *jobs, *at;
    gboolean json, advise, compare;
    char **operands;
} Given;

static void given_clear(Given *given)
{
    g_free(given->directory);
    g_free(given->jobs);
    g_free(given->at);
    g_strfreev(given->operands);
}

static bool parse(int argc, char **argv, Given *given, GError **error)
{
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &given->directory,
         "Where the results are written; with --compare: where the two alternatives are", "DIR"},
        {"jobs", 'j', 0, G_OPTION_ARG_STRING, &given->jobs,
         "Runs at a time (default: one for each processor)", "N"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &given->json, "Print the result as one JSON object", NULL},
        {"advise", 0, 0, G_OPTION_ARG_NONE, &given->advise,
         "Which LPAR can be retired into which: STUDY may be a machine file; its own INTEG commands are left "
         "out",
         NULL},
        {"at", 0, 0, G_OPTION_ARG_STRING, &given->at,
         "With --advise: when; times of the clock or since power on (default: each three hours)",
         "TIME,TIME"},
        {"compare", 0, 0, G_OPTION_ARG_NONE, &given->compare,
         "Two directories with results, or, with -o, two alternatives in one", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &given->operands, NULL, NULL},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("STUDY -o DIR | --compare A B");

    g_set_prgname("lparsim plan");
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_summary(
        context, "Simulates a machine many times, and says what would be. Started again after an "
                 "interruption, it goes "
                 "on from what was finished.");
    return g_option_context_parse(context, &argc, &argv, error);
}

/* NULL if all is well, else what is wrong. */
static const char *check(const Given *given, SvpPlanOptions *options)
{
    unsigned n = given->operands ? g_strv_length(given->operands) : 0;
    uint64_t jobs = 0;

    if (n != (given->compare ? 2u : 1u))
        return given->compare ? "--compare takes two directories, or two alternatives and -o"
                              : "plan takes one study file";
    if (given->compare && given->advise)
        return "--compare and --advise exclude each other";
    if (!given->compare && !given->directory)
        return "plan writes its results somewhere: -o DIR is missing";
    if (given->at && !given->advise)
        return "--at goes with --advise; a study has [commands]";
    if (given->jobs && !hv_quantity_parse_number(given->jobs, 1, 1024, &jobs, NULL))
        return "--jobs is a number from 1 to 1024";
    *options = (SvpPlanOptions){
        .path = given->operands[0],
        .directory = given->directory,
        .at = given->at,
        .compare_a = given->operands[0],
        .compare_b = given->compare ? given->operands[1] : NULL,
        .jobs = (unsigned)jobs,
        .json = given->json,
        .advise = given->advise,
        .compare = given->compare,
    };
    return NULL;
}

static SvpExit refuse(const char *why)
{
    g_autofree char *text = svp_message_note(SVP_ERROR_USAGE, "%s", why);

    fprintf(stderr, "%s See lparsim plan --help.\n", text);
    return SVP_EXIT_USAGE;
}

static SvpExit plan(int argc, char **argv, SvpMpi *mpi)
{
    Given given = {0};
    SvpPlanOptions options = {0};
    g_autoptr(GError) error = NULL;
    const char *wrong = NULL;

    if (!parse(argc, argv, &given, &error))
        wrong = error->message;
    else
        wrong = check(&given, &options);
    options.mpi = mpi;
    SvpExit status = wrong ? refuse(wrong) : svp_plan(&options);

    given_clear(&given);
    return status;
}

SvpExit svp_plan_main(int argc, char **argv)
{
    SvpExit status = SVP_EXIT_OK;

    if (svp_mpi_size() <= 1)
        return plan(argc, argv, NULL);
    if (!svp_mpi_is_built())
        return refuse("mpirun has started several processes, but this lparsim was built without MPI");
    SvpMpi *mpi = svp_mpi_begin();

    if (svp_mpi_rank(mpi) == 0)
        status = plan(argc, argv, mpi);
    else
        svp_mpi_serve(mpi);
    svp_mpi_end(mpi);
    return status;
}
