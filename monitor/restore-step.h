/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_RESTORE_STEP_H
#define LPARSIM_MONITOR_RESTORE_STEP_H

#include "monitor/flow.h"
#include "monitor/restore.h"

/* A restore under way, and the table of its steps. flow.c runs the table, restore-step.c is what the steps do. */
typedef struct {
    MonitorFlow base;
    const MonitorCapture *capture;
    const MonitorRestoreOptions *options;
    MonitorRestoreReport *report; /* plan and states; filled in on the way */
    HvEvent event;                /* what a step waits for, if it is a moment */
    /* 301: what the giver's guest has taken offline. */
    unsigned n_offline_lips; /* the first so many of report->offline_lips */
    bool storage_offline, paths_offline;
    uint64_t online_before_bytes[RESMGR_STORAGE_KINDS];
    HvTime io_until_ns;
    bool content_read; /* 304: the time that it takes has passed */
    bool held;         /* 306: the guest waits for its release */
} MonitorRestoreFlow;

typedef enum {
    MONITOR_RESTORE_NONE,
    MONITOR_RESTORE_GIVER,
    MONITOR_RESTORE_LPAR,
} MonitorRestoreSide;

typedef struct {
    const char *number;
    MonitorComponent component;
    MonitorRestoreSide side;
    MonitorStepResult (*run)(MonitorRestoreFlow *flow);
    MonitorStepResult (*undo)(MonitorRestoreFlow *flow); /* NULL behind the commit point; never fails */
    char *(*describe)(const MonitorRestoreReport *report);
    bool moves; /* the plan's moves are made in it */
} MonitorRestoreStepRow;

#define MONITOR_RESTORE_STEPS 9
extern const MonitorRestoreStepRow monitor_restore_steps[MONITOR_RESTORE_STEPS];

/* restore-flow.c: bytes per second at which the content comes in. */
uint64_t monitor_restore_rate(const MonitorSystem *system, const MonitorRestoreOptions *options);

/* restore-wish.c: the plan, and what the giver's guest has to do for it; NULL with the refusal. */
MonitorRestoreReport *monitor_restore_report_new(
    MonitorSystem *system, const MonitorCapture *capture, const MonitorRestoreOptions *options, bool planned,
    GError **error);

/* restore-text.c: the sentences of the table. */
char *monitor_restore_text_check(const MonitorRestoreReport *report);
char *monitor_restore_text_give(const MonitorRestoreReport *report);
char *monitor_restore_text_shrink(const MonitorRestoreReport *report);
char *monitor_restore_text_reassign(const MonitorRestoreReport *report);
char *monitor_restore_text_content(const MonitorRestoreReport *report);
char *monitor_restore_text_channels(const MonitorRestoreReport *report);
char *monitor_restore_text_guest(const MonitorRestoreReport *report);
char *monitor_restore_text_release(const MonitorRestoreReport *report);
char *monitor_restore_text_report(const MonitorRestoreReport *report);
char *monitor_restore_text_move(const MonitorRestoreReport *report, unsigned move);

#endif
