/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_ERROR_H
#define LPARSIM_HV_ERROR_H

#include <glib.h>

/*
 * Errors of every layer are GErrors whose code IS the number of the message an operator sees: code 204 in any
 * lparsim domain is printed as LPS204E. Each layer has a domain and a range of numbers of its own:
 *
 *   0xx  svp     information (suffix I), never an error
 *   1xx  hv      quantities, machine inventory, guests
 *   2xx  resmgr  assignment and INTEG preconditions
 *   3xx  lpar    run states of LPARs and LIPs
 *   4xx  monitor INTEG flow, scheduling, simulated time
 *   5xx  svp     machine file, commands, scripts
 *
 * The message text is one sentence that quotes the values, and, where there is one, the remedy after a
 * newline: "LPAR9 is not defined\nDISPLAY LPAR lists the LPARs". The SVP takes it apart; nobody else prints.
 * Each layer lists its codes in <layer>/error.h; docs/messages.md lists them all and is checked against the
 * code.
 */
#define HV_ERROR (hv_error_quark())
GQuark hv_error_quark(void);

typedef enum {
    HV_ERROR_QUANTITY = 101,         /* a size, duration, percentage or number cannot be read */
    HV_ERROR_WORKLOAD = 102,         /* a workload is not understood */
    HV_ERROR_GUEST = 103,            /* a guest refuses or does not understand a command of its operator */
    HV_ERROR_STORAGE = 104,          /* a guest's access lies outside its storage */
    HV_ERROR_HOST = 105,             /* the libvirt host cannot be reached, or no longer */
    HV_ERROR_DOMAIN = 106,           /* libvirt refuses something about a domain, or takes too long for it */
    HV_ERROR_GONE = 107,             /* a domain has ended, or is not there */
    HV_ERROR_IMAGE = 108,            /* a saved state is damaged, or of another machine or version */
    HV_ERROR_FILE = 109,             /* a file of a guest cannot be read, written or replaced */
    HV_ERROR_DATABASE = 115,         /* a database cannot be read or written; nothing has changed */
    HV_ERROR_DATABASE_FULL = 116,    /* the same, because the disk is full */
    HV_ERROR_DATABASE_DOUBT = 117,   /* the disk has failed at a commit: nothing more may be changed */
    HV_ERROR_DATABASE_VERSION = 118, /* it was written by a newer program */
    HV_ERROR_DATABASE_DAMAGED = 119, /* it is damaged, or of something else */
} HvErrorCode;

#endif
