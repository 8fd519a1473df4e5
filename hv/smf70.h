/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_SMF70_H
#define LPARSIM_HV_SMF70_H

/*
 * Columns of the CSV that REPORT PARTITION writes and the demand reader (hv/demand.h) reads: the partition data report of RMF, one row
 * per interval, LPAR and IP type. `time` is the end of the interval, in seconds since power on. Percentages have two decimals, times are in seconds with six. `time` is the end of the interval.
 */
#define HV_SMF70_COLUMNS                                                                                     \
    "time,interval_s,number,name,status,type,weight,msu_defined,msu_actual,capping_defined,capped_percent,"  \
    "capped_by,lips,dispatch_effective_s,dispatch_total_s,logical_effective_percent,logical_total_percent,"  \
    "physical_management_percent,physical_effective_percent,physical_total_percent,ips"
#define HV_SMF70_PHYSICAL                                                                                    \
    "*PHYSICAL*" /* name in the last row of a type: management time that belongs to no LPAR */

#endif
