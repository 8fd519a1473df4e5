/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PROTECT_NAME_H
#define LPARSIM_SVP_PROTECT_NAME_H

#include "hv/calendar.h"

#define SVP_PROTECT_NAME_MAX  32u  /* bytes of the name of a group or policy, and of a label */
#define SVP_SNAPSHOT_NAME_MAX 128u /* of a snapshot */
#define SVP_TAG_MAX           200u

/*
 * A name of an operator's choice: letters, digits, '.', '_', '-', the first a letter or a digit, at most `max` bytes; so it can be the
 * name of a file anywhere. SVP_ERROR_PROTECT_NAME. `what`: "group".
 */
bool svp_protect_name_check(const char *name, const char *what, unsigned max, GError **error);
/* Names are the same in any case: this is what records are kept by. Free with g_free(). */
char *svp_protect_key(const char *name);
bool svp_protect_same_name(const char *a, const char *b);

/*
 * The name of a snapshot that was given none: group_host_MM-DD-YYYY_HH.MM.SS, by the machine's clock; a second one within the second
 * has "_2" behind it, and so on. Characters of the host's name that names do not have become '-'. Free with g_free().
 */
char *svp_snapshot_name(
    const char *group, const char *host, const HvCalendar *calendar, HvTime at_ns,
    bool (*is_taken)(const char *name, void *data), void *data);

#endif
