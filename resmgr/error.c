/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The error domain of the resource manager. Its codes are the message numbers 2xx that an operator sees; the
 * list with the meaning of each is the enumeration in resmgr/error.h. A refusal of this domain always means
 * that nothing has changed.
 */
#include "resmgr/error.h"

G_DEFINE_QUARK(resmgr - error - quark, resmgr_error)
