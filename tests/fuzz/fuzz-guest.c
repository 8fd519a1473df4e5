/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Any bytes as what comes from outside about a real guest: what it prints on its console, and the XML of its domain.
 *
 * Whatever a guest prints, it becomes text that a terminal and JSON can take; a heartbeat has everything or is none; an
 * answer's text lies in its line. Whatever claims to be a domain is read or refused with our error.
 */
#include "hv/domain-view.h"
#include "hv/error.h"
#include "hv/heartbeat.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check_line(HvHeartbeat *beat, const char *bytes, size_t length)
{
    g_autofree char *line = hv_heartbeat_clean(bytes, length);
    HvGuestAnswer answer = {0};
    uint64_t beats = beat->beats;
    HvLineKind kind = hv_heartbeat_read(beat, line, 1, &answer);

    g_assert(g_utf8_validate(line, -1, NULL));
    for (const char *at = line; *at; at++)
        g_assert((unsigned char)*at >= ' ' && *at != 0x7f);
    g_assert(beat->beats == beats + (kind == HV_LINE_BEAT));
    g_assert(beat->beats == 0 || (beat->boot_id && beat->disks));
    if (kind == HV_LINE_ANSWER)
        g_assert(answer.text >= line && answer.text <= line + strlen(line));
}

static void check_lines(const char *bytes, size_t length)
{
    HvHeartbeat beat = {0};
    size_t begin = 0;

    for (size_t i = 0; i <= length; i++)
        if (i == length || bytes[i] == '\n') {
            check_line(&beat, bytes + begin, i - begin);
            begin = i + 1;
        }
    hv_heartbeat_clear(&beat);
}

static void check_domain(const char *xml)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HvDomainView) view = hv_domain_view_parse(xml, &error);

    g_assert((view == NULL) == g_error_matches(error, HV_ERROR, HV_ERROR_DOMAIN));
    if (view)
        hv_domain_view_limit_bytes(view, hv_domain_view_grow(view));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);

    check_lines((const char *)data, size);
    check_domain(text);
    return 0;
}
