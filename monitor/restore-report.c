/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The report of a restore: the plan, the assignment before and after, what each move cost, what the giver's guest gave up,
 * and the steps as they went.
 *
 * It is plain data that outlives the flow that filled it in, of one shape whether it was done or only planned.
 */
#include "monitor/restore.h"

void monitor_restore_report_free(MonitorRestoreReport *report)
{
    if (!report)
        return;
    resmgr_restore_plan_free(report->plan);
    resmgr_state_free(report->before);
    resmgr_state_free(report->after);
    g_clear_pointer(&report->costs, g_array_unref);
    g_clear_pointer(&report->steps, g_ptr_array_unref);
    g_clear_pointer(&report->offline_lips, g_array_unref);
    g_clear_pointer(&report->lost_lips, g_array_unref);
    g_free(report->guest_problem);
    g_free(report);
}
