/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The error domain of the monitor.
 *
 * Codes are message numbers, listed in monitor/error.h; texts are made where an error is raised.
 */
#include "monitor/error.h"

G_DEFINE_QUARK(monitor - error - quark, monitor_error)
