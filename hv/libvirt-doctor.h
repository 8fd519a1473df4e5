/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_LIBVIRT_DOCTOR_H
#define LPARSIM_HV_LIBVIRT_DOCTOR_H

#include <glib.h>

/* Whether a host can run real guests, and let them grow while they run. */
typedef enum {
    HV_DOCTOR_OK,
    HV_DOCTOR_LIMITED, /* works, but slower or less than it could */
    HV_DOCTOR_MISSING, /* does not work */
} HvDoctorStatus;

typedef struct {
    const char *name; /* static: "connection", "x86_64", ... */
    HvDoctorStatus status;
    char *found;  /* a sentence without its full stop */
    char *remedy; /* NULL: none is needed, or there is none */
} HvDoctorCheck;

/* "ok", "limited", "missing" */
const char *hv_doctor_status_name(HvDoctorStatus status);

/*
 * Looks at the host of a libvirt URI, and, where the URI is of this host, at its files too; changes nothing. Returns
 * HvDoctorCheck *, the connection first; without a connection there is nothing else in it. Free with
 * g_ptr_array_unref().
 */
GPtrArray *hv_libvirt_doctor(const char *uri);

#endif
