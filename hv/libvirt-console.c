/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A console as a stream of libvirt.
 *
 * The stream never blocks: libvirt's event loop, which is GLib's main context, says when there is something to
 * read. Lines are put together here and read by hv/heartbeat.h. A stream ends with its domain or its connection;
 * whoever restarts those attaches a new one.
 */
#include "hv/libvirt-console.h"

#include "hv/error.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <string.h>

/* A longer line is nothing of ours; its beginning is forgotten. */
#define LINE_MAX_BYTES 4096
/* When nobody has listened for longer, what comes then says nothing of when it was said. */
#define DEAF_NS (20 * HV_NS_PER_MS)

struct HvLibvirtConsole {
    HvEngine *engine;
    virStreamPtr stream; /* NULL: not connected */
    GString *line;
    HvHeartbeat beat;
    bool obeys;
    HvConsoleAnswerFunc func;
    void *data;
};

HvLibvirtConsole *hv_libvirt_console_new(HvEngine *engine, HvConsoleAnswerFunc func, void *data)
{
    HvLibvirtConsole *console = g_new0(HvLibvirtConsole, 1);

    console->engine = engine;
    console->line = g_string_new(NULL);
    console->func = func;
    console->data = data;
    return console;
}

void hv_libvirt_console_discard(struct _virStream *stream)
{
    if (!stream)
        return;
    virStreamAbort(stream);
    virStreamFree(stream);
}

static void disconnect(HvLibvirtConsole *console)
{
    if (!console->stream)
        return;
    virStreamEventRemoveCallback(console->stream);
    hv_libvirt_console_discard(console->stream);
    console->stream = NULL;
    console->obeys = false;
    g_string_truncate(console->line, 0);
}

void hv_libvirt_console_free(HvLibvirtConsole *console)
{
    if (!console)
        return;
    disconnect(console);
    hv_heartbeat_clear(&console->beat);
    g_string_free(console->line, TRUE);
    g_free(console);
}

struct _virStream *hv_libvirt_console_connect(HvLibvirtDomain *domain, GError **error)
{
    virDomainPtr found = hv_libvirt_domain_find(domain, error);

    if (!found)
        return NULL;
    virStreamPtr stream = virStreamNew(virDomainGetConnect(found), VIR_STREAM_NONBLOCK);

    if (!stream || virDomainOpenConsole(found, NULL, stream, 0) < 0) {
        hv_libvirt_set_error(error, "Console of %s", hv_libvirt_domain_name(domain));
        if (stream)
            virStreamFree(stream);
        stream = NULL;
    }
    virDomainFree(found);
    return stream;
}

/* --- Reading -------------------------------------------------------------------------------------------- */

static void end_line(HvLibvirtConsole *console)
{
    HvGuestAnswer answer;
    g_autofree char *line = hv_heartbeat_clean(console->line->str, console->line->len);
    HvLineKind kind = hv_heartbeat_read(&console->beat, line, g_get_monotonic_time(), &answer);

    if (kind == HV_LINE_BEAT)
        console->obeys = true;
    if (kind == HV_LINE_ANSWER)
        console->func(&answer, console->data);
}

static void take_bytes(HvLibvirtConsole *console, const char *bytes, int n)
{
    for (int i = 0; i < n; i++) {
        if (bytes[i] == '\n') {
            end_line(console);
            g_string_truncate(console->line, 0);
        } else if (bytes[i] != '\r' && bytes[i] != '\0') {
            g_string_append_c(console->line, bytes[i]);
        }
        if (console->line->len > LINE_MAX_BYTES)
            g_string_truncate(console->line, 0);
    }
}

static void readable(virStreamPtr stream, int events, void *data)
{
    HvLibvirtConsole *console = data;
    char bytes[1024];
    int n = 0;

    hv_engine_catch_up(console->engine);
    if (hv_engine_deaf_ns(console->engine) > DEAF_NS)
        hv_heartbeat_pause(&console->beat); /* the gap would be ours */
    if (events & VIR_STREAM_EVENT_READABLE)
        while (console->stream == stream && (n = virStreamRecv(stream, bytes, sizeof(bytes))) > 0)
            take_bytes(console, bytes, n);
    if (console->stream == stream && n != -2) /* -2: there is no more now, but there may be */
        disconnect(console);
}

void hv_libvirt_console_attach(HvLibvirtConsole *console, struct _virStream *stream)
{
    disconnect(console);
    console->stream = stream;
    if (stream && virStreamEventAddCallback(
                      stream, VIR_STREAM_EVENT_READABLE | VIR_STREAM_EVENT_ERROR | VIR_STREAM_EVENT_HANGUP,
                      readable, console, NULL) < 0)
        disconnect(console);
}

/* --- Use ------------------------------------------------------------------------------------------------ */

bool hv_libvirt_console_is_connected(const HvLibvirtConsole *console)
{
    return console->stream != NULL;
}

bool hv_libvirt_console_obeys(const HvLibvirtConsole *console)
{
    return console->obeys;
}

bool hv_libvirt_console_command(HvLibvirtConsole *console, unsigned id, const char *command)
{
    g_autofree char *line = g_strdup_printf("@%u %s\n", id, command);
    size_t length = strlen(line);

    return console->stream && virStreamSend(console->stream, line, length) == (int)length;
}

HvHeartbeat *hv_libvirt_console_heartbeat(HvLibvirtConsole *console)
{
    return &console->beat;
}
