/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_LIBVIRT_ADOPT_H
#define LPARSIM_HV_LIBVIRT_ADOPT_H

#include "hv/domain-view.h"

/*
 * What the running domains of these names are, before there is a machine: HvDomainView *, in the order of `names`
 * (NULL-terminated); g_ptr_array_unref(). Nothing is changed. HV_ERROR_HOST, or HV_ERROR_GONE with the names of those
 * that do run.
 */
GPtrArray *
hv_libvirt_read_domains(const char *uri, char *const *names, unsigned *ret_host_cpus, GError **error);

#endif
