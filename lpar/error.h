/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_LPAR_ERROR_H
#define LPARSIM_LPAR_ERROR_H

#include <glib.h>

/* Refusals of LPAR control and LIP control. The code is the message number (hv/error.h). */
#define LPAR_ERROR (lpar_error_quark())
GQuark lpar_error_quark(void);

typedef enum {
    LPAR_ERROR_NOT_ACTIVATED = 301, /* LOAD, START, ... of an LPAR that is not activated */
    LPAR_ERROR_RUNNING = 302,       /* ACTIVATE of an LPAR that is activated already */
    LPAR_ERROR_NOT_LOADED = 303,    /* START, STOP, GUEST of an LPAR without a loaded guest */
    LPAR_ERROR_NOT_STOPPED = 304,   /* START of a guest that is operating */
    LPAR_ERROR_NOT_OPERATING = 305, /* STOP, GUEST, INTEG: the guest is not operating */
    LPAR_ERROR_RETIRED = 306,       /* the LPAR was integrated into another */
    LPAR_ERROR_LIP = 307,           /* no such LIP, or it is online (offline) already */
} LparErrorCode;

#endif
