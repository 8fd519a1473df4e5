/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading the heartbeat.
 *
 * A console is shared with whatever else the guest prints: a line of ours can have something in front of it, even
 * another line of ours, and anything can be cut off. So a beat counts only if every word of it is there, with its
 * value and with nothing of ours behind it, and an answer only with its number. Numbers that are too large are the
 * largest there are.
 */
#include "hv/heartbeat.h"

#include <string.h>

#define PREFIX "LPARSIM "

/* The value of NAME=VALUE among the words; NULL if it is not there or empty, which none of ours is. */
static const char *value_of(char **words, const char *name)
{
    size_t length = strlen(name);

    for (unsigned i = 0; words[i]; i++)
        if (strncmp(words[i], name, length) == 0 && words[i][length] == '=' && words[i][length + 1])
            return words[i] + length + 1;
    return NULL;
}

static bool has_all(char **words)
{
    static const char *const names[] = {"n",       "uptime", "boot", "cpus", "cpus_present",
                                        "mem_kib", "disks",  "css",  "nics"};

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        if (!value_of(words, names[i]))
            return false;
    return true;
}

static unsigned number_of(char **words, const char *name)
{
    return (unsigned)MIN(g_ascii_strtoull(value_of(words, name), NULL, 10), G_MAXUINT);
}

static void take_gap(HvHeartbeat *beat, gint64 now_us)
{
    if (beat->at_us > 0)
        beat->longest_gap_ns = MAX(beat->longest_gap_ns, (HvTime)(now_us - beat->at_us) * HV_NS_PER_US);
    beat->at_us = now_us;
}

static HvLineKind read_beat(HvHeartbeat *beat, const char *text, gint64 now_us)
{
    if (strstr(text, PREFIX))
        return HV_LINE_OTHER; /* before the words are counted, lest a line of beginnings take long */
    g_auto(GStrv) words = g_strsplit(text, " ", -1);

    if (!has_all(words))
        return HV_LINE_OTHER;
    take_gap(beat, now_us);
    beat->beats++;
    g_free(beat->boot_id);
    g_free(beat->disks);
    beat->boot_id = g_strdup(value_of(words, "boot"));
    beat->disks = g_strdup(value_of(words, "disks"));
    beat->uptime_s = g_ascii_strtod(value_of(words, "uptime"), NULL);
    beat->cpus = number_of(words, "cpus");
    beat->cpus_present = number_of(words, "cpus_present");
    beat->css = number_of(words, "css");
    beat->nics = number_of(words, "nics");
    beat->mem_bytes = MIN(g_ascii_strtoull(value_of(words, "mem_kib"), NULL, 10), UINT64_MAX / 1024) * 1024;
    return HV_LINE_BEAT;
}

static HvLineKind read_answer(const char *text, HvGuestAnswer *ret_answer)
{
    char *end;
    guint64 id = g_ascii_strtoull(text, &end, 10);
    bool ok = g_str_has_prefix(end, " ok");

    if (!g_ascii_isdigit(*text) || id > G_MAXUINT || !(ok || g_str_has_prefix(end, " failed")))
        return HV_LINE_OTHER;
    end += ok ? strlen(" ok") : strlen(" failed");
    if (*end && *end != ' ')
        return HV_LINE_OTHER; /* a longer word */
    *ret_answer = (HvGuestAnswer){.id = (unsigned)id, .ok = ok, .text = *end == ' ' ? end + 1 : end};
    return HV_LINE_ANSWER;
}

char *hv_heartbeat_clean(const char *bytes, size_t length)
{
    g_autofree char *valid = g_utf8_make_valid(bytes, (gssize)length);
    GString *clean = g_string_new(NULL);

    for (char *at = valid; *at; at = g_utf8_next_char(at)) {
        gunichar character = g_utf8_get_char(at);

        g_string_append_unichar(clean, g_unichar_iscntrl(character) ? '?' : character);
    }
    return g_string_free(clean, FALSE);
}

HvLineKind hv_heartbeat_read(HvHeartbeat *beat, const char *line, gint64 now_us, HvGuestAnswer *ret_answer)
{
    HvLineKind kind = HV_LINE_OTHER;

    for (const char *ours = strstr(line, PREFIX); ours && kind == HV_LINE_OTHER;
         ours = strstr(ours, PREFIX)) {
        ours += strlen(PREFIX);
        kind = g_str_has_prefix(ours, "beat ") ? read_beat(beat, ours, now_us)
                                               : read_answer(ours, ret_answer);
    }
    return kind;
}

void hv_heartbeat_pause(HvHeartbeat *beat)
{
    beat->at_us = 0;
}

void hv_heartbeat_clear(HvHeartbeat *beat)
{
    g_free(beat->boot_id);
    g_free(beat->disks);
    *beat = (HvHeartbeat){0};
}
