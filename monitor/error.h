/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_ERROR_H
#define LPARSIM_MONITOR_ERROR_H

#include <glib.h>

/* Errors of the monitor. The code is the message number (hv/error.h). */
#define MONITOR_ERROR (monitor_error_quark())
GQuark monitor_error_quark(void);

typedef enum {
    MONITOR_ERROR_STEP_FAILED =
        401, /* a step of INTEG failed before the commit point; everything is as before */
    MONITOR_ERROR_FAULT_POINT = 402, /* SET FAULT names no step */
    MONITOR_ERROR_TIME = 403,        /* simulated time would overflow */
    MONITOR_ERROR_INTERVAL = 410,    /* a report for intervals that were not recorded */
    MONITOR_ERROR_CAPTURE = 420,     /* the state of an LPAR cannot be written down now */
    MONITOR_ERROR_RESTORE = 422,     /* an LPAR cannot be restored from that, or there */
    MONITOR_ERROR_DEFINE = 421,      /* an LPAR cannot be defined, or not be taken away */
    MONITOR_ERROR_REAL_SAVE =
        435, /* a folder for saves of real guests is taken, or has none; not a real guest */
} MonitorErrorCode;

#endif
