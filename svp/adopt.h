/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_ADOPT_H
#define LPARSIM_SVP_ADOPT_H

#include "resmgr/definition.h"

/*
 * The machine file of a machine made of domains that run: each is an LPAR of its size, each of its vCPUs has an IP to
 * itself, and each of its disks and network interfaces stands behind a channel path of its own. `names`: "web,db".
 * Free with g_free(). NULL: no such domains, or domains that no LPAR can be made of (HV_ERROR_*).
 */
char *svp_adopt(const char *uri, const char *names, GError **error);

#endif
