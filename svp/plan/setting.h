/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_SETTING_H
#define LPARSIM_SVP_PLAN_SETTING_H

#include <glib.h>
#include <stdbool.h>

/*
 * The text of a machine file with one key set: `key` is GROUP.KEY ("machine.ips", "lpar PROD.weight"), taken apart at its last
 * dot. A key that is there is replaced, and one that is not is put behind the line of its group; all other lines stay as they are.
 * NULL with SVP_ERROR_STUDY if there is no such group. Whether the key and its value are any good is the reader's to say. Free
 * with g_free().
 */
char *svp_setting_apply(const char *machine_text, const char *key, const char *value, GError **error);

#endif
