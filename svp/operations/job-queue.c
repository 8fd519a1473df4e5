/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which jobs may be active side by side.
 *
 * A job names what it needs (a tape unit, an LPAR), and has it alone while it is active. Jobs that wait are served in the order in which
 * they came, but for what they do not need: a job begins as soon as nothing that it needs is in use, or is needed by a job that waits
 * before it. So nobody is overtaken by one that takes something away from him, and a job that needs nothing never waits.
 *
 * While a policy has the console for itself, batch jobs that are not its steps' wait, and no step waits behind one of them.
 *
 * A job that another job's program has submitted works for that one, and has what that one has.
 */
#include "svp/operations/jobs-private.h"

static bool is_ancestor(const SvpJob *candidate, const SvpJob *job)
{
    for (const SvpJob *parent = job->parent; parent; parent = parent->parent)
        if (parent == candidate)
            return true;
    return false;
}

static bool share_something(const SvpJob *a, const SvpJob *b)
{
    for (char **resource = a->resources; *resource; resource++)
        if (g_strv_contains((const char *const *)b->resources, *resource))
            return true;
    return false;
}

bool svp_jobs_waits_for_policy(const SvpJob *job)
{
    return job->jobs->reserved && !job->of_policy;
}

const SvpJob *svp_jobs_blocker(const SvpJobs *jobs, const SvpJob *job)
{
    for (unsigned i = 0; i < jobs->active->len; i++) {
        const SvpJob *other = g_ptr_array_index(jobs->active, i);

        if (share_something(job, other) && !is_ancestor(other, job))
            return other;
    }
    for (unsigned i = 0; i < jobs->waiting->len; i++) {
        const SvpJob *other = g_ptr_array_index(jobs->waiting, i);

        if (other == job)
            break;
        if (share_something(job, other) &&
            (svp_jobs_waits_for_policy(job) || !svp_jobs_waits_for_policy(other)))
            return other;
    }
    return NULL;
}
