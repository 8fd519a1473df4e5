/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_COMMAND_ROW_H
#define LPARSIM_SVP_COMMAND_ROW_H

#include "svp/command-table.h"

/* The functions of the rows, by the file that has them. All have the type SvpCommandFunc. */
#define SVP_COMMAND_FUNC(name)                                                                               \
    bool svp_command_##name(SvpConsole *console, const SvpCall *call, SvpResult *result, GError **error)

/* command-display.c */
SVP_COMMAND_FUNC(display_ms);
SVP_COMMAND_FUNC(display_es);
SVP_COMMAND_FUNC(display_ip);
SVP_COMMAND_FUNC(display_chp);
SVP_COMMAND_FUNC(display_lpar);
SVP_COMMAND_FUNC(display_task);
SVP_COMMAND_FUNC(display_usage);
SVP_COMMAND_FUNC(display_trace);
SVP_COMMAND_FUNC(display_log);
SVP_COMMAND_FUNC(display_machine);
SVP_COMMAND_FUNC(display_device);

/* command-lpar.c */
SVP_COMMAND_FUNC(activate);
SVP_COMMAND_FUNC(deactivate);
SVP_COMMAND_FUNC(load);
SVP_COMMAND_FUNC(start);
SVP_COMMAND_FUNC(stop);
SVP_COMMAND_FUNC(complete_lpar);

/* command-integ.c */
SVP_COMMAND_FUNC(integ);

/* command-guest.c */
SVP_COMMAND_FUNC(guest_storage);
SVP_COMMAND_FUNC(guest_cpu);
SVP_COMMAND_FUNC(guest_display);
SVP_COMMAND_FUNC(guest_verify);
SVP_COMMAND_FUNC(guest_tell);

/* command-real.c */
SVP_COMMAND_FUNC(guest_save);
SVP_COMMAND_FUNC(guest_restore);
SVP_COMMAND_FUNC(takeup);
SVP_COMMAND_FUNC(set_keep);

/* command-set.c */
SVP_COMMAND_FUNC(set_fault);
SVP_COMMAND_FUNC(set_reserved);
SVP_COMMAND_FUNC(set_usage);
SVP_COMMAND_FUNC(set_chp);
SVP_COMMAND_FUNC(set_patience);
SVP_COMMAND_FUNC(set_trace);
SVP_COMMAND_FUNC(set_everyslice);
SVP_COMMAND_FUNC(set_interval);

/* command-run.c */
SVP_COMMAND_FUNC(run);
SVP_COMMAND_FUNC(at);
SVP_COMMAND_FUNC(quit);

/* command-report.c */
SVP_COMMAND_FUNC(report_partition);
SVP_COMMAND_FUNC(report_lip);
SVP_COMMAND_FUNC(report_channel);
SVP_COMMAND_FUNC(report_group);
SVP_COMMAND_FUNC(report_workload);

/* operations/command-job.c */
SVP_COMMAND_FUNC(sbmjob);
SVP_COMMAND_FUNC(display_job);
SVP_COMMAND_FUNC(display_joblog);
SVP_COMMAND_FUNC(display_message);
SVP_COMMAND_FUNC(hold_job);
SVP_COMMAND_FUNC(release_job);
SVP_COMMAND_FUNC(end_job);
/* protect/command-define.c */
SVP_COMMAND_FUNC(define_policy);
SVP_COMMAND_FUNC(define_step);
SVP_COMMAND_FUNC(define_group);
SVP_COMMAND_FUNC(define_schedule);
SVP_COMMAND_FUNC(define_mirror);
SVP_COMMAND_FUNC(define_vault);

/* protect/command-change.c */
SVP_COMMAND_FUNC(change_policy);
SVP_COMMAND_FUNC(change_group);
SVP_COMMAND_FUNC(change_schedule);
SVP_COMMAND_FUNC(continue);

/* protect/command-delete.c */
SVP_COMMAND_FUNC(delete_policy);
SVP_COMMAND_FUNC(delete_group);
SVP_COMMAND_FUNC(delete_schedule);
SVP_COMMAND_FUNC(delete_mirror);
SVP_COMMAND_FUNC(delete_vault);
SVP_COMMAND_FUNC(delete_snapshot);

/* protect/command-snapshot.c */
SVP_COMMAND_FUNC(snapshot);
SVP_COMMAND_FUNC(update);

/* protect/command-display.c */
SVP_COMMAND_FUNC(display_group);
SVP_COMMAND_FUNC(display_policy);
SVP_COMMAND_FUNC(display_snapshot);
SVP_COMMAND_FUNC(display_relation);

/* protect/command-report.c */
SVP_COMMAND_FUNC(report_protection);

/* save/command-tape.c */
SVP_COMMAND_FUNC(set_tape);
SVP_COMMAND_FUNC(inztap);
SVP_COMMAND_FUNC(display_tape);
SVP_COMMAND_FUNC(verify_dev);

/* save/command-save.c */
SVP_COMMAND_FUNC(save_lpar);
SVP_COMMAND_FUNC(save_system);
SVP_COMMAND_FUNC(save_changes);

/* operations/command-journal.c */
SVP_COMMAND_FUNC(display_journal);
SVP_COMMAND_FUNC(set_journal);
SVP_COMMAND_FUNC(change_journal);
SVP_COMMAND_FUNC(save_journal);
SVP_COMMAND_FUNC(apply_journal);
SVP_COMMAND_FUNC(delete_journal);

/* operations/command-menu.c */
SVP_COMMAND_FUNC(menu);

/* operations/command-user.c */
SVP_COMMAND_FUNC(display_user);
SVP_COMMAND_FUNC(set_user);
SVP_COMMAND_FUNC(display_audit);
SVP_COMMAND_FUNC(verify_audit);

/* save/command-restore.c */
SVP_COMMAND_FUNC(restore);
SVP_COMMAND_FUNC(set_presnap);
SVP_COMMAND_FUNC(display_presnap);

/* save/command-clone.c */
SVP_COMMAND_FUNC(clone);
SVP_COMMAND_FUNC(split);
SVP_COMMAND_FUNC(display_clone);
SVP_COMMAND_FUNC(delete_lpar);
/* command-state.c */
SVP_COMMAND_FUNC(save_state);

/* command-help.c */
SVP_COMMAND_FUNC(help);

#endif
