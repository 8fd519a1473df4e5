/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_OPERATIONS_JOB_FRAMES_H
#define LPARSIM_SVP_OPERATIONS_JOB_FRAMES_H

#include "svp/operations/jobs.h"
#include "svp/page.h"

/* Which jobs are to be shown. */
typedef struct {
    SvpJobs *jobs;
    const HvCalendar *calendar;
    HvTime now_ns;
    bool unended_only;
    unsigned number;    /* 0: any */
    const char *name;   /* NULL: any */
    const char *user;   /* the same */
    unsigned ended_max; /* of those that have ended, the last so many; 0: all */
} SvpJobSelection;

/* The moment as the machine's clock shows it, if it has one, else as simulated time; free with g_free(). */
char *svp_text_moment(const HvCalendar *calendar, HvTime at_ns);
/* The records that are selected, by number: array, json_decref(). */
json_t *svp_jobs_selected(const SvpJobSelection *selection);
/* A record as it is shown to programs: times in seconds, progress as of now. */
json_t *svp_job_json(const SvpJobSelection *selection, json_t *record);
void svp_jobs_frame(SvpPage *page, const SvpJobSelection *selection);
void svp_job_frame(SvpPage *page, const SvpJobSelection *selection, json_t *record);
json_t *svp_job_log_json(const SvpJobSelection *selection);
void svp_job_log_frame(SvpPage *page, const SvpJobSelection *selection);

/* A message of any job, by its number: {"job":record,"message":..}; NULL: there is none. json_decref(). */
json_t *svp_job_message(SvpJobs *jobs, unsigned number);
json_t *svp_job_message_json(const SvpJobSelection *selection, json_t *found);
void svp_job_message_frame(SvpPage *page, const SvpJobSelection *selection, json_t *found);

#endif
