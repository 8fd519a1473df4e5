/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_LIBVIRT_CONSOLE_H
#define LPARSIM_HV_LIBVIRT_CONSOLE_H

#include "hv/heartbeat.h"
#include "hv/libvirt-domain.h"

/*
 * A domain's console: what the guest prints, and what is typed for it. Belongs to the engine's thread, except for
 * hv_libvirt_console_connect(), which blocks.
 */
typedef struct HvLibvirtConsole HvLibvirtConsole;
struct _virStream;

typedef void (*HvConsoleAnswerFunc)(const HvGuestAnswer *answer, void *data);

HvLibvirtConsole *hv_libvirt_console_new(HvEngine *engine, HvConsoleAnswerFunc func, void *data);
void hv_libvirt_console_free(HvLibvirtConsole *console);

/* In a job: opens the domain's console, unless somebody else has it. Give the result to attach(). */
struct _virStream *hv_libvirt_console_connect(HvLibvirtDomain *domain, GError **error);
/* Takes the stream, or NULL: nothing is heard from now on. What was connected before is closed. */
void hv_libvirt_console_attach(HvLibvirtConsole *console, struct _virStream *stream);
void hv_libvirt_console_discard(struct _virStream *stream); /* NULL is allowed */

bool hv_libvirt_console_is_connected(const HvLibvirtConsole *console);
/* A heartbeat was heard since the console was attached: it obeys commands. */
bool hv_libvirt_console_obeys(const HvLibvirtConsole *console);
/* Types "@ID COMMAND"; the answer comes by the function. False: it cannot be typed. */
bool hv_libvirt_console_command(HvLibvirtConsole *console, unsigned id, const char *command);
HvHeartbeat *hv_libvirt_console_heartbeat(HvLibvirtConsole *console);

#endif
