/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The error domain of LPAR control.
 *
 * Codes are message numbers, listed in lpar/error.h; the texts are made where a refusal is raised, because
 * only there the values are known that an operator wants to read.
 */
#include "lpar/error.h"

G_DEFINE_QUARK(lpar - error - quark, lpar_error)
