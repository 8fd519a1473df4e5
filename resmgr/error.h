/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_ERROR_H
#define LPARSIM_RESMGR_ERROR_H

#include <glib.h>

/* Refusals of the resource manager; nothing has changed when one is raised. The code is the message number (hv/error.h). */
#define RESMGR_ERROR (resmgr_error_quark())
GQuark resmgr_error_quark(void);

typedef enum {
    RESMGR_ERROR_UNKNOWN_LPAR = 201,   /* no LPAR with that name or number */
    RESMGR_ERROR_SAME_LPAR = 202,      /* retiring and surviving LPAR are one */
    RESMGR_ERROR_NOT_ASSIGNED = 203,   /* the LPAR holds no resources (deactivated or retired) */
    RESMGR_ERROR_RESERVED = 204,       /* storage would grow beyond size + reserved that the guest declared */
    RESMGR_ERROR_CANDIDATE = 205,      /* a channel path may not go to the survivor */
    RESMGR_ERROR_DEVICE_NUMBER = 206,  /* two devices of one number would be in one LPAR */
    RESMGR_ERROR_AUTHORITY = 207,      /* the survivor may not take another LPAR's resources */
    RESMGR_ERROR_NO_ROOM = 208,        /* no legal layout of storage, or no hole for an activation */
    RESMGR_ERROR_CHANNEL_OWNED = 209,  /* a channel path of an activation has another owner */
    RESMGR_ERROR_SHARES = 210,         /* shares of an IP would pass 100 % */
    RESMGR_ERROR_CHANNEL = 211,        /* no such channel path, or not in a state for this */
    RESMGR_ERROR_LIPS = 212,           /* the survivor would have more LIPs than an LPAR can have */
    RESMGR_ERROR_INCREMENT = 213,      /* an amount of storage that is not a multiple of the increment */
    RESMGR_ERROR_NOT_GIVEN_BACK = 214, /* a restore would go without something that the LPAR had */
    RESMGR_ERROR_ASSIGNED = 215,       /* a restore over an LPAR that has resources */
    RESMGR_ERROR_LOCKED = 230,         /* another program has the state directory */
    RESMGR_ERROR_DIRECTORY = 231,      /* the state directory cannot be made or used */
    RESMGR_ERROR_RECORD = 232,         /* the recorded assignment cannot be: of another machine, or damaged */
    RESMGR_ERROR_REDO = 233,           /* what was done, done again, comes out differently */
} ResmgrErrorCode;

#endif
