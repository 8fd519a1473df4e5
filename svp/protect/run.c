/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs of policies as plain data: which steps there are, and how far it is.
 *
 * The steps are those of the policy when it began; a policy that is changed meanwhile does not change what is under way. `done` counts what is known to
 * be done, so whoever goes on after a crash repeats a step rather than leaving one out.
 */
#include "svp/protect/run.h"

#include "svp/error.h"

SvpRun *svp_run_new(const char *group, const char *policy)
{
    SvpRun *run = g_new0(SvpRun, 1);

    run->group = g_strdup(group);
    run->policy = g_strdup(policy);
    run->steps = g_ptr_array_new_with_free_func(g_free);
    return run;
}

SvpRun *svp_run_copy(const SvpRun *run)
{
    SvpRun *copy = svp_run_new(run->group, run->policy);

    for (unsigned i = 0; i < run->steps->len; i++)
        g_ptr_array_add(copy->steps, g_strdup(run->steps->pdata[i]));
    copy->done = run->done;
    copy->under_way = run->under_way;
    copy->console_only = run->console_only;
    copy->due_ns = run->due_ns;
    return copy;
}

void svp_run_free(SvpRun *run)
{
    if (!run)
        return;
    g_free(run->group);
    g_free(run->policy);
    g_ptr_array_unref(run->steps);
    g_free(run);
}

bool svp_run_is_through(const SvpRun *run)
{
    return run->done == run->steps->len;
}

const char *svp_run_next(const SvpRun *run)
{
    g_assert(!svp_run_is_through(run));
    return run->steps->pdata[run->done];
}

/* --- Records ---------------------------------------------------------------------------------------------- */

json_t *svp_run_to_json(const SvpRun *run)
{
    json_t *steps = json_array();

    for (unsigned i = 0; i < run->steps->len; i++)
        json_array_append_new(steps, json_string(run->steps->pdata[i]));
    return json_pack(
        "{s:s,s:s,s:o,s:I,s:b,s:b,s:I}", "group", run->group, "policy", run->policy, "steps", steps, "done",
        (json_int_t)run->done, "under_way", (int)run->under_way, "console_only", (int)run->console_only,
        "due_ns", (json_int_t)run->due_ns);
}

static bool rest_from_json(const json_t *record, SvpRun *run)
{
    const json_t *steps = json_object_get(record, "steps");
    json_int_t done = json_integer_value(json_object_get(record, "done"));
    json_int_t due_ns = json_integer_value(json_object_get(record, "due_ns"));

    for (size_t i = 0; i < json_array_size(steps); i++) {
        const char *step = json_string_value(json_array_get(steps, i));

        if (!step)
            return false;
        g_ptr_array_add(run->steps, g_strdup(step));
    }
    run->done = (unsigned)done;
    run->due_ns = (HvTime)due_ns;
    run->under_way = json_is_true(json_object_get(record, "under_way"));
    run->console_only = json_is_true(json_object_get(record, "console_only"));
    return done >= 0 && done <= (json_int_t)run->steps->len && due_ns >= 0;
}

SvpRun *svp_run_from_json(const json_t *record, GError **error)
{
    const char *group = json_string_value(json_object_get(record, "group"));
    const char *policy = json_string_value(json_object_get(record, "policy"));

    if (group && policy) {
        g_autoptr(SvpRun) run = svp_run_new(group, policy);

        if (rest_from_json(record, run))
            return g_steal_pointer(&run);
    }
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_CATALOG,
        "The record of a run of policy %s is damaged\nGo back to an older state directory",
        policy ? policy : "(no name)");
    return NULL;
}
