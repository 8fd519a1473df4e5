/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_LIST_OBJECTS_H
#define LPARSIM_SVP_SAVE_LIST_OBJECTS_H

#include "svp/save/volume-set.h"
#include "svp/table.h"

#include <jansson.h>

/* What a save restores, by name; what is shared with earlier saves, too. SVP_ERROR_TAPE_*. */
json_t *svp_objects_json(SvpVolumeSet *set, unsigned sequence, GError **error); /* NULL: refused */
bool svp_objects_page(SvpVolumeSet *set, unsigned sequence, SvpPage *page, GError **error);

#endif
