/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_INTEG_STEP_H
#define LPARSIM_MONITOR_INTEG_STEP_H

#include "monitor/flow.h"

/* An INTEG under way, and the table of its steps. flow.c runs the table, integ-step.c is what the steps do. */
typedef struct {
    MonitorFlow base;
    MonitorIntegReport *report; /* plan and states; filled in on the way */
    const MonitorIntegOptions *options;
    unsigned settling; /* how many real guests are waited for; + 1 while they are being asked */
    bool powered_off;  /* 203: the retiring guest has been ended */
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

/* integ-guest.c: waits until the guests of both sides have done what they were asked for; false: it waits. */
bool monitor_integ_settle(MonitorFlow *flow);
/* Where the survivor's domain stands when all is over. */
GPtrArray *monitor_integ_pending(const MonitorIntegFlow *flow);
/* integ-flow.c: the assignment as the plan makes it; free with resmgr_state_free(). */
ResmgrState *monitor_integ_state_after(const MonitorSystem *system, const ResmgrPlan *plan);
unsigned monitor_integ_side_lpar(const MonitorIntegReport *report, MonitorSide side);

#endif
