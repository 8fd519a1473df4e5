/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The error domain of the lowest layer.
 *
 * What the codes mean and how messages are numbered across all layers is said in hv/error.h.
 */
#include "hv/error.h"

G_DEFINE_QUARK(hv - error - quark, hv_error)
