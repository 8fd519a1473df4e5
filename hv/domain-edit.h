/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_DOMAIN_EDIT_H
#define LPARSIM_HV_DOMAIN_EDIT_H

#include <glib.h>
#include <stdbool.h>

/* A disk of the domain gets another file behind it. */
typedef struct {
    const char *target; /* "vda" */
    const char *file;   /* absolute */
    bool as_qcow2;      /* it is qcow2, whatever the one before was */
} HvDomainEditDisk;

/* What becomes of a domain's XML when it is restored; NULL leaves things as they are. */
typedef struct {
    const char *name, *uuid;
    const char *owner; /* as hv_domain_xml() writes it; only where there is one */
    const char *console_log;
    const HvDomainEditDisk *disks; /* [n_disks] */
    unsigned n_disks;
} HvDomainEdit;

/* HV_ERROR_DOMAIN if that is no domain's XML or lacks one of the disks. Free with g_free(). */
char *hv_domain_edit(const char *xml, const HvDomainEdit *edit, GError **error);

#endif
