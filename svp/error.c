/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The error domain of the SVP.
 *
 * Codes are message numbers, listed in svp/error.h; what each means is said to operators in svp/message.c.
 */
#include "svp/error.h"

G_DEFINE_QUARK(svp - error - quark, svp_error)
