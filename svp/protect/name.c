/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of groups, policies and snapshots.
 *
 * A snapshot's name becomes the name of files in folders of other systems, so what a name may contain is what every file system
 * takes. Names that differ in case alone are the same name, for the same reason.
 */
#include "svp/protect/name.h"

#include "svp/error.h"
#include "svp/message.h"

#include <string.h>

#define HOST_MAX 32u

static bool is_name_character(char c)
{
    return g_ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
}

bool svp_protect_name_check(const char *name, const char *what, unsigned max, GError **error)
{
    size_t length = strlen(name);
    bool fits = length > 0 && length <= max && g_ascii_isalnum(*name);

    for (size_t i = 0; fits && i < length; i++)
        fits = is_name_character(name[i]);
    if (fits)
        return true;
    g_autofree char *quoted = svp_message_quote(name);

    g_set_error(
        error, SVP_ERROR, SVP_ERROR_PROTECT_NAME,
        "%s is no name for a %s\nGive up to %u letters, digits, '.', '_' and '-', beginning with a letter or "
        "a digit",
        quoted, what, max);
    return false;
}

char *svp_protect_key(const char *name)
{
    return g_ascii_strup(name, -1);
}

bool svp_protect_same_name(const char *a, const char *b)
{
    return g_ascii_strcasecmp(a, b) == 0;
}

static char *host_part(const char *host)
{
    char *part = g_strndup(host, HOST_MAX);

    for (char *p = part; *p; p++)
        if (!is_name_character(*p))
            *p = '-';
    return part;
}

char *svp_snapshot_name(
    const char *group, const char *host, const HvCalendar *calendar, HvTime at_ns,
    bool (*is_taken)(const char *name, void *data), void *data)
{
    HvCivilTime at = hv_calendar_civil(calendar, at_ns);
    g_autofree char *part = host_part(host);
    g_autofree char *name = g_strdup_printf(
        "%s_%s_%02u-%02u-%04u_%02u.%02u.%02u", group, part, at.month, at.day, at.year, at.hour, at.minute,
        at.second);

    if (!is_taken(name, data))
        return g_steal_pointer(&name);
    for (unsigned i = 2;; i++) {
        g_autofree char *numbered = g_strdup_printf("%s_%u", name, i);

        if (!is_taken(numbered, data))
            return g_steal_pointer(&numbered);
    }
}
