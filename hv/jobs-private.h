/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_JOBS_PRIVATE_H
#define LPARSIM_HV_JOBS_PRIVATE_H

#include "hv/jobs.h"
#include "hv/paging.h"
#include "hv/run-queue.h"

/* What the files of the job system share; nobody else includes this. */
typedef struct HvJob HvJob;

/* A class at work. */
typedef struct {
    HvJobs *jobs;
    const HvClassDef *def;
    HvClassStats stats; /* in_system_ns up to `counted_ns` */
    HvHistogram *responses;
    HvTime counted_ns;
    uint64_t in_system;
    HvRng service_rng, think_rng, device_rng;
    HvArrivals *arrivals; /* open */
    HvEvent source;       /* open: the next arrival; batch: the next start by the clock */
    HvEvent starter;      /* batch: jobs of a run begin */
    /* batch */
    uint64_t runs_due, left_to_start, left_in_run;
    HvTime run_began_ns;
} HvJobClass;

/* A job, or a user who thinks. */
struct HvJob {
    HvRunItem item; /* first: the run queue gives it back */
    HvJobClass *cls;
    HvEvent event; /* the end of thinking; or the next phase, when it may not begin at once */
    HvTime arrived_ns, phase_ns;
    HvTime service_ns; /* what is left of it, without the burst under way */
    HvTime burst_ns;   /* the one under way, or the last one */
    uint64_t ios;      /* that are still to come */
    HvTime served_ns;  /* of the I/O, by its device */
    HvIoResult io_result;
    bool io_concluded; /* while the guest stood */
    bool in_io;        /* a request of it is under way */
    HvJob *next;       /* in the list of free ones, or of those whose I/O was concluded */
};

struct HvJobs {
    HvJobsConfig config;
    HvRunQueue *queue;
    HvJobClass *classes;
    unsigned n_classes;
    HvPaging paging;
    HvEvent balance;
    bool stands, booted;
    HvTime booted_ns;
    uint64_t io_under_way;
    HvJob *concluded, **concluded_end; /* in order */
    HvJob *all;                        /* chunks of jobs, see jobs.c */
    HvJob *free;
    char *problem;
};

/* jobs.c */
#define HV_JOBS_CHUNK 64 /* jobs that are allocated together, of which the first holds the chunks together */
/* HV_JOBS_CHUNK - 1 jobs more, free, which *ret_jobs points to. */
void hv_jobs_add_chunk(HvJobs *jobs, HvJob **ret_jobs);
/* In order; the job waits for the guest to go on. */
void hv_jobs_add_concluded(HvJobs *jobs, HvJob *job);
/* Told of the end of a job's request. */
void hv_job_io_concluded(void *job, HvIoResult result, HvTime served_ns);
/* A zeroed job becomes one of the class. */
void hv_job_init(HvJob *job, HvJobClass *cls);
/* in_system_ns up to now. */
void hv_job_class_count(HvJobClass *cls);
HvJob *hv_job_new(HvJobClass *cls);
void hv_job_free(HvJob *job);
/* So many jobs more are in the system. */
void hv_job_class_add(HvJobClass *cls, uint64_t n);
/* What the job needs; its response counts from `arrived_ns`. */
void hv_job_draw(HvJob *job, HvTime arrived_ns);
/* Its first burst; not while a LIP is told of its time. */
void hv_job_begin(HvJob *job);

/* job-source.c */
void hv_job_source_init(HvJobClass *cls);
void hv_job_source_boot(HvJobClass *cls);
void hv_job_source_stop(HvJobClass *cls);
/* The job is a user who thinks, and sends when its event comes. */
void hv_job_source_make_user(HvJob *job, HvJobClass *cls);
bool hv_job_source_is_user(const HvJob *job);
/* The next run by the clock; a class that has none waits for another one, or is of another kind. */
void hv_job_source_await_clock(HvJobClass *cls);
/* Of the batch run under way: its begin (HV_TIME_NEVER: there is none), and whether it is past its goal. */
HvTime hv_job_source_running_since(const HvJobClass *cls);
bool hv_job_source_is_late(const HvJobClass *cls);
/* The job has ended: it thinks, is freed, or lets the next one in. Never adds to the run queue at once. */
void hv_job_source_done(HvJob *job);

#endif
