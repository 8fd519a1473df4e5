/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_FLOW_H
#define LPARSIM_MONITOR_FLOW_H

#include "monitor/system-private.h"

/*
 * A command that is carried out in steps, and taken back if one of them fails before the commit point: INTEG, a restore. Each has a table of
 * its steps; it embeds a MonitorFlow as its first member, and the flow asks it by its operations.
 */
typedef struct MonitorFlow MonitorFlow;

typedef enum {
    MONITOR_STEP_DONE,
    MONITOR_STEP_WAIT,   /* monitor_flow_resume() will be called; then the step is run again */
    MONITOR_STEP_SETTLE, /* real guests have been asked for something; then the step is run again */
    MONITOR_STEP_FAILED,
} MonitorStepResult;

/* Where the present step takes place. */
typedef struct {
    const char *number; /* "check", "201" */
    MonitorComponent component;
    unsigned lpar; /* whose component; 0: nobody's */
} MonitorFlowPlace;

typedef struct {
    const char *command; /* "INTEG" */
    unsigned n_steps;
    const HvTraceEvent *step, *failed, *undone; /* (step, lpar), (step), (step) */
    MonitorFlowPlace (*place)(const MonitorFlow *flow);
    /* NULL: the step can be done; else why not, to be freed. Asked before the commit point only. May be NULL. */
    char *(*obstacle)(const MonitorFlow *flow);
    /* Does the present step, or goes on with it after WAIT. */
    MonitorStepResult (*run)(MonitorFlow *flow);
    /* Takes it back. Never fails, and is not called behind the commit point, where steps are only repeated. */
    MonitorStepResult (*undo)(MonitorFlow *flow);
    /* What it has done, or will do, in one sentence; to be freed. */
    char *(*describe)(const MonitorFlow *flow);
    /* False: guests are waited for, and monitor_flow_settled() will be called. May be NULL. */
    bool (*settle)(MonitorFlow *flow);
    /* Asserts what must hold behind the commit point. */
    void (*check_committed)(const MonitorFlow *flow);
} MonitorFlowOps;

struct MonitorFlow {
    const MonitorFlowOps *ops;
    MonitorSystem *system;
    const ResmgrState *before;
    GPtrArray *entries;                                      /* MonitorIntegStep *: the report's */
    void (*tell)(const MonitorIntegStep *entry, void *data); /* called for each; may be NULL */
    void *tell_data;
    bool planned; /* nothing is done: entries have no time */
    unsigned step;
    bool undoing;
    bool committed;    /* the commit point is behind us */
    bool active;       /* false: the flow has ended */
    char *failed_step; /* the step that failed before the commit point, "203.2"; NULL: none */
    char *reason; /* of failed_step, or what went wrong when it was taken back; NULL: a fault of SET FAULT */
    bool did_nothing; /* it failed before it had done anything: it has nothing to undo */
    bool run_again;   /* when guests have settled */
    GString *did;     /* what they have done: sentences, one a line */
    GError *problem;  /* the first that they had */
    /* The relocation under way, and the moves of the plan that are through. */
    LparRelocation *relocation;
    unsigned group_first, group_count, moves_done;
};

/* Carries out all steps, or none: false with MONITOR_ERROR_STEP_FAILED, which names the command with its `operands`. Simulated time passes. */
bool monitor_flow_carry_out(MonitorFlow *flow, const char *operands, GError **error);
/* A step that waited can go on; guests that were waited for have settled. */
void monitor_flow_resume(MonitorFlow *flow);
void monitor_flow_settled(MonitorFlow *flow);
/* Whether the armed fault is this point ("201", "203.2", "203.commit"); it is disarmed then, and the step has to fail. */
bool monitor_flow_fault(MonitorFlow *flow, const char *point);
/* The step fails at a point before the commit point, for the reason that an error's first line gives. */
MonitorStepResult monitor_flow_fail(MonitorFlow *flow, const char *point, const GError *error);
/* A sentence under the present step: into the report, and told. Takes the text. */
void monitor_flow_enter(MonitorFlow *flow, unsigned lpar, char *text);
/* The entries of a report: an array that owns them. */
GPtrArray *monitor_flow_entries_new(void);
/* The commit point: `after` is recorded durably, if somebody keeps a journal. False: the step has failed. */
bool monitor_flow_commit(MonitorFlow *flow, const char *point, const ResmgrState *after);

/* The moves of a plan, for steps that relocate. */
const ResmgrMove *monitor_flow_move(const GArray *moves, unsigned index);
/* Begins the relocation of the next group; the flow is resumed when it has arrived. */
MonitorStepResult monitor_flow_begin_group(MonitorFlow *flow, const GArray *moves);
/* Begins to take back the last group that is through. */
MonitorStepResult monitor_flow_begin_group_back(MonitorFlow *flow, const GArray *moves);
/* The relocation that was waited for has arrived: what its moves cost goes into `costs`. */
void monitor_flow_end_group(MonitorFlow *flow, GArray *costs);
/* The same for one that was taken back. */
void monitor_flow_end_group_back(MonitorFlow *flow);
/* Whether the armed fault is behind one of the moves that have arrived just now: "203.1" is behind the first of all. */
bool monitor_flow_fault_behind_moves(MonitorFlow *flow, const char *step);

#endif
