/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_OPERATIONS_ROLE_H
#define LPARSIM_SVP_OPERATIONS_ROLE_H

#include "svp/command-parse.h"
#include "svp/store.h"

/*
 * Users and what they may do. Names are not proven here: whoever can start the program on a state directory can give any name. Roles
 * keep operators from what is not theirs to do, and the audit says who did what; files are protected by the host's permissions.
 */
const char *svp_role_name(SvpRole role); /* "viewer" */
/* The least role that may give what the path of rows names. */
SvpRole svp_role_of_path(const SvpCommandRow *const *path, unsigned n_path);
/* The least role that may give the command, and those inside it. With PLAN it only looks. */
SvpRole svp_role_needed(const SvpCall *call);

/* As long as there are no users, everybody is an administrator. A user who is not known is `fallback`. */
SvpRole svp_role_of(SvpStore *store, const char *user, SvpRole fallback);
bool svp_role_has_users(SvpStore *store);
bool svp_role_knows(SvpStore *store, const char *user);
/* SVP_ERROR_USER: no name; the last administrator would be gone. SVP_ROLE_INHERITED: the user is removed. */
bool svp_role_set(SvpStore *store, const char *user, SvpRole role, GError **error);
/* Array of {"user":"OPEIBM09","role":"operator"}, by name; json_decref(). */
json_t *svp_role_users(SvpStore *store);

#endif
