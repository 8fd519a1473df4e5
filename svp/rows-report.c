/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What REPORT reports: rows of the table of commands.
 *
 * All take the same operands: an LPAR, or all; the interval; a file for the figures instead of a page. A new report is a row here and a function
 * of its own.
 */
#include "svp/command-operands.h"
#include "svp/command-row.h"

#define REPORT_OPERANDS                                                                                      \
    {                                                                                                        \
        SVP_LPAR_OPTIONAL,                                                                                   \
            {.name = "INTERVAL",                                                                             \
             .kind = SVP_OPERAND_FLAG_DURATION,                                                              \
             .optional = true,                                                                               \
             .shown = "INTERVAL=duration"},                                                                  \
            {.name = "CSV", .kind = SVP_OPERAND_FLAG_FILE, .optional = true, .shown = "CSV(file)"},          \
            SVP_FLAG("REPLACE")                                                                              \
    }

const SvpCommandRow svp_report_rows[] = {
    {.name = "PARTITION",
     .operands = REPORT_OPERANDS,
     .run = svp_command_report_partition,
     .help =
         "The partition data report: dispatch time of each LPAR, and what it is of its LIPs and of the IPs",
     .detail =
         "Effective is without, total with the monitor's own time. Logical utilization is of the time for "
         "which the "
         "LIPs were online, physical utilization of all IPs of the type. The CSV has the columns that a "
         "demand file (smf70) "
         "is read by.",
     .example = "REPORT PARTITION INTERVAL=1h"},
    {.name = "LIP",
     .operands = REPORT_OPERANDS,
     .run = svp_command_report_lip,
     .help = "Each LIP: online, busy, ready and waiting for an IP, parked, its share and its slices",
     .example = "REPORT LIP LPAR1"},
    {.name = "CHANNEL",
     .operands = REPORT_OPERANDS,
     .run = svp_command_report_channel,
     .help = "Channel paths and devices: utilization, requests per second, service and waiting times, queues",
     .example = "REPORT CHANNEL"},
    {.name = "GROUP",
     .operands = REPORT_OPERANDS,
     .run = svp_command_report_group,
     .help = "Groups of LPARs: what they may use together, and what they used",
     .example = "REPORT GROUP"},
    {.name = "WORKLOAD",
     .operands = REPORT_OPERANDS,
     .run = svp_command_report_workload,
     .help = "Service classes: throughput, response times, velocity, where the time went, goals",
     .detail = "Percentiles are of a histogram: within 0.8 %. Velocity is using / (using + waiting).",
     .example = "REPORT WORKLOAD LPAR1 CSV(workload.csv)"},
    {.name = "PROTECTION",
     .operands =
         {SVP_LPAR_OPTIONAL,
          {.name = "CSV", .kind = SVP_OPERAND_FLAG_FILE, .optional = true, .shown = "CSV(file)"},
          SVP_FLAG("REPLACE")},
     .run = svp_command_report_protection,
     .help =
         "Each LPAR: how old its newest good copy is, how many there are where, and what is out of policy",
     .detail = "How old a copy may be is said by the policies that the LPAR's groups follow: RPO, else the "
               "time from one "
               "snapshot to the next. Saves and restores are the last that were measured.",
     .example = "REPORT PROTECTION"},
    {0},
};
