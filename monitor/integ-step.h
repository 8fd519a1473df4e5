/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_INTEG_STEP_H
#define LPARSIM_MONITOR_INTEG_STEP_H

#include "monitor/system-private.h"

/* An INTEG under way, and the table of its steps. integ-flow.c runs the table, integ-step.c is what the steps
 * do. */
typedef enum {
    MONITOR_STEP_DONE,
    MONITOR_STEP_WAIT,   /* monitor_integ_resume() will be called; then the step is run again */
    MONITOR_STEP_SETTLE, /* real guests have been asked for something; then the step is run again */
    MONITOR_STEP_FAILED,
} MonitorStepResult;

typedef struct {
    MonitorSystem *system;
    MonitorIntegReport *report; /* plan and states; filled in on the way */
    const MonitorIntegOptions *options;
    unsigned step; /* index in monitor_integ_steps */
    bool undoing;
    bool committed;    /* the commit point is behind us */
    bool active;       /* false: the flow has ended */
    char *failed_step; /* the step that failed before the commit point, "203.2"; NULL: none */
    bool did_nothing;  /* it failed before it had done anything: it has nothing to undo */
    /* Real guests: what they were asked for in a step, and what has become of it. */
    unsigned settling; /* how many are waited for; + 1 while they are being asked */
    bool run_again;    /* then: the step is run again */
    bool powered_off;  /* 203: the retiring guest has been ended */
    GString *did;      /* sentences, one a line */
    GError *problem;   /* the first */
    char *reason; /* of failed_step, or what went wrong when it was taken back; NULL: a fault of SET FAULT */
    /* 203 and 205: the relocation under way and the moves that are through. */
    LparRelocation *relocation;
    unsigned group_first, group_count;
    unsigned moves_done;
    HvTime hold_begun_ns;
    GArray *new_lips; /* unsigned */
} MonitorIntegFlow;

/* Whose component acts in a step. */
typedef enum {
    MONITOR_SIDE_NONE,
    MONITOR_SIDE_RETIRING,
    MONITOR_SIDE_SURVIVING,
} MonitorSide;

typedef struct {
    const char *number;
    MonitorComponent component;
    MonitorSide side;
    /* Does the step, or goes on with it after WAIT. */
    MonitorStepResult (*run)(MonitorIntegFlow *flow);
    /* Takes it back; NULL behind the commit point, where steps are only repeated. Never fails. */
    MonitorStepResult (*undo)(MonitorIntegFlow *flow);
    /* What it has done, or will do, in one sentence; free with g_free(). */
    char *(*describe)(const MonitorIntegReport *report);
    /* Relocating steps: how many of the plan's moves are through when the step is; NULL: it moves nothing. */
    unsigned (*moves_until)(const ResmgrPlan *plan);
} MonitorIntegStepRow;

#define MONITOR_INTEG_STEPS 10
extern const MonitorIntegStepRow monitor_integ_steps[MONITOR_INTEG_STEPS];

/* integ-text.c: the sentences of the table. */
char *monitor_integ_text_check(const MonitorIntegReport *report);
char *monitor_integ_text_fence(const MonitorIntegReport *report);
char *monitor_integ_text_offline(const MonitorIntegReport *report);
char *monitor_integ_text_reassign(const MonitorIntegReport *report);
char *monitor_integ_text_hold(const MonitorIntegReport *report);
char *monitor_integ_text_storage(const MonitorIntegReport *report);
char *monitor_integ_text_channels(const MonitorIntegReport *report);
char *monitor_integ_text_processors(const MonitorIntegReport *report);
char *monitor_integ_text_release(const MonitorIntegReport *report);
char *monitor_integ_text_report(const MonitorIntegReport *report);
char *monitor_integ_text_move(const MonitorIntegReport *report, unsigned move);

/* integ-guest.c: waits until the guests of both sides have done what they were asked for; false: it waits, and
 * monitor_integ_settled() will be called. */
bool monitor_integ_settle(MonitorIntegFlow *flow);
/* What they have done goes into the report, under the present step. */
void monitor_integ_enter_did(MonitorIntegFlow *flow);
/* Where the survivor's domain stands when all is over. */
GPtrArray *monitor_integ_pending(const MonitorIntegFlow *flow);
/* integ-flow.c: goes on after that. */
void monitor_integ_settled(MonitorIntegFlow *flow);
/* integ-flow.c: the assignment as the plan makes it; free with resmgr_state_free(). */
ResmgrState *monitor_integ_state_after(const MonitorSystem *system, const ResmgrPlan *plan);
/* integ-flow.c: a step that waited can go on. */
void monitor_integ_resume(MonitorIntegFlow *flow);
/* Whether the armed fault is this point ("201", "203.2", "203.commit"); it is disarmed then. */
bool monitor_integ_fault(MonitorIntegFlow *flow, const char *point);
/* Enters a step in the report and tells the observer. Takes the text. */
void monitor_integ_enter(
    MonitorIntegReport *report, const MonitorIntegOptions *options, const MonitorIntegStepRow *row,
    HvTime now, unsigned lpar, char *text);
unsigned monitor_integ_side_lpar(const MonitorIntegReport *report, MonitorSide side);

#endif
