/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_SEAL_H
#define LPARSIM_MONITOR_SEAL_H

#include <glib.h>

/* Bytes with a word of 8 letters in front, that says what they are, and their SHA-256. */
GBytes *monitor_seal(const char *magic, GBytes *bytes);
/* What was sealed; NULL with HV_ERROR_IMAGE if it is something else, or not as it was. */
GBytes *monitor_unseal(const char *magic, GBytes *sealed, GError **error);

#endif
