/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The report of an INTEG: the plan, the assignment before and after, what each move cost, and the steps as
 * they went.
 *
 * It is plain data that outlives the flow that filled it in. A report of a plan has the same shape with
 * estimates in it, so that whoever prints one prints the other.
 */
#include "monitor/integ-report.h"

void monitor_integ_report_free(MonitorIntegReport *report)
{
    if (!report)
        return;
    resmgr_plan_free(report->plan);
    resmgr_state_free(report->before);
    resmgr_state_free(report->after);
    g_clear_pointer(&report->costs, g_array_unref);
    g_clear_pointer(&report->steps, g_ptr_array_unref);
    g_clear_pointer(&report->pending, g_ptr_array_unref);
    g_free(report);
}
