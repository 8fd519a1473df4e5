/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_CLASS_DEF_H
#define LPARSIM_HV_CLASS_DEF_H

#include "hv/arrivals.h"
#include "hv/calendar.h"
#include "hv/demand.h"
#include "hv/distribution.h"
#include "hv/histogram.h"

/*
 * Service classes: what comes to a model guest as jobs, and how it fares. A job wants processor time, in between makes I/O
 * requests, and is done; its response time is from its arrival to its end. Definitions are plain data, immutable once checked.
 */
#define HV_MAX_CLASSES      64 /* of one LPAR */
#define HV_CLASS_PRIORITIES 9  /* 1 is first */

typedef enum {
    HV_CLASS_CLOSED, /* users who think, and send a job, and wait for its end */
    HV_CLASS_OPEN,   /* jobs arrive whether or not others have ended */
    HV_CLASS_BATCH,  /* a number of jobs, all there at a time of the clock or when another class is through */
} HvClassKind;

typedef enum {
    HV_GOAL_NONE,
    HV_GOAL_PERCENTILE, /* "p95 < 200ms": so many percent of all responses are not longer */
    HV_GOAL_MEAN,       /* "mean < 100ms" */
    HV_GOAL_VELOCITY, /* "velocity > 50%": using / (using + waiting for a LIP, for the IP under it, or for a device) */
    HV_GOAL_END, /* "end < 04:30": batch: every run is through by then, on the day it began or the next */
} HvGoalKind;

typedef struct {
    HvGoalKind kind;
    uint32_t percent_bp; /* HV_GOAL_PERCENTILE: 9500 for p95; HV_GOAL_VELOCITY: the least */
    HvTime limit_ns;     /* HV_GOAL_PERCENTILE, HV_GOAL_MEAN */
    unsigned end_second; /* HV_GOAL_END: second of the day */
} HvGoal;

typedef struct {
    char *name;              /* as an LPAR's; unique in the machine */
    char *lpar;              /* name or number, as in the file */
    unsigned users;          /* closed: 1 .. 10^6 */
    HvDistribution *think;   /* closed */
    HvArrivalsDef *arrivals; /* open */
    uint64_t jobs;           /* batch: 1 .. 10^6 in each run */
    bool at_start;           /* batch: at `start_second` on `days`; else after the class `after` */
    unsigned start_second, days;
    char *after;             /* batch: name of a batch class; NULL with at_start */
    HvDistribution *service; /* processor time of a job */
    unsigned ios;            /* I/O requests of a job, spread evenly over its processor time */
    GArray *devices;         /* uint16_t device numbers that they go to, at random; empty: all of the LPAR */
    unsigned initiators;     /* batch: jobs of a run that are under way at a time; 0: all */
    unsigned priority;       /* 1 .. HV_CLASS_PRIORITIES */
    HvGoal goal;
} HvClassDef;

/* How a guest's operating system gives its LIPs to jobs of one priority; of a higher priority they always go first, and take a LIP
 * away at once. */
typedef enum {
    HV_DISPATCHING_SHARING, /* all in turn, in slices too small to matter: processor sharing, per LIP, LIPs kept in balance */
    HV_DISPATCHING_FCFS, /* in order of arrival, each to its end or its next I/O */
} HvDispatching;

/*
 * Paging: with m bytes of storage for a working set of W, a job meets F ((W/m)^2 - 1) / 3 page faults per processor second while
 * m < W, and none otherwise; hv/paging.c says where that is from. A page that is in ES costs `es_page_ns` of processor time, one that
 * is not costs an I/O.
 */
typedef struct {
    uint64_t working_set_bytes; /* 0: no paging */
    uint64_t faults_milli; /* F: faults per 1000 processor seconds with half of the working set in storage */
    HvTime es_page_ns;     /* one page from ES; default 75 us */
} HvPagingDef;

/* What a model guest does besides its HvWorkload; all of it is part of the LPAR's definition. */
typedef struct {
    HvDispatching dispatching;
    HvPagingDef paging;
    HvDemandDef *demand; /* NULL: none */
    HvTime
        demand_period_ns; /* work of an interval arrives in portions, one each period; 0: once, at its beginning */
    GPtrArray *classes; /* HvClassDef *, in the order of the file; NULL: none */
} HvJobsDef;

HvClassDef *hv_class_def_new(const char *name);
void hv_class_def_free(HvClassDef *def);
bool hv_class_def_equal(const HvClassDef *a, const HvClassDef *b);
HvClassKind hv_class_def_kind(const HvClassDef *def);
const char *hv_class_kind_name(HvClassKind kind); /* "closed", "open", "batch" */
bool hv_goal_parse(const char *text, HvGoal *ret_goal, GError **error);
char *hv_goal_format(const HvGoal *goal);

/* How a class has fared since its guest was loaded; every figure only grows. Times are summed over jobs, up to 584 years. */
typedef struct {
    const HvClassDef *def;
    uint64_t arrived, done,
        ended;                /* ended: with the guest, before they were through; the rest is in the system */
    uint64_t runs, runs_done; /* batch */
    HvTime in_system_ns; /* jobs x time, those in the system too: / time is the mean number in the system */
    HvTime cpu_ns;       /* processor time that its jobs got */
    HvTime cpu_wait_ns;  /* ready, but on no LIP, or on one that was on no IP */
    HvTime io_ns, io_wait_ns; /* I/O under way: being served, and waiting for the device */
    uint64_t ios, faults, es_faults;
    HvTime run_began_ns,
        run_ended_ns; /* engine time, of the newest batch run that has ended; HV_TIME_NEVER: none has */
    HvTime running_since_ns; /* engine time at which the batch run under way began; HV_TIME_NEVER: none is */
    uint64_t goal_missed;    /* batch runs that ended after the goal, and one under way that is past it */
    const HvHistogram *responses; /* of jobs that are done; the guest's */
} HvClassStats;

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvClassDef, hv_class_def_free)

#endif
