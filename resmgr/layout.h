/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_LAYOUT_H
#define LPARSIM_RESMGR_LAYOUT_H

#include "resmgr/state.h"

/* Where one area of a definition stands at power on. */
typedef struct {
    uint64_t origin_bytes; /* 0 unless placed */
    bool placed;           /* false: no area (size 0), outside the storage, or no hole is large enough */
    uint64_t largest_hole_bytes; /* when it was looked at; what there was for an area that found no room */
} ResmgrPlace;

/*
 * Given origins are placed first, then the other areas by first fit, in the order of the file. One place per
 * LPAR definition, in that order; free with g_free(). The definition may be faulty: an area outside the
 * storage takes no room, and areas that overlap take theirs together.
 */
ResmgrPlace *resmgr_layout_new(const ResmgrDefinition *definition, ResmgrStorageKind kind);

const ResmgrStorageDef *resmgr_layout_storage_def(const ResmgrLparDef *lpar, ResmgrStorageKind kind);
uint64_t resmgr_layout_total(const ResmgrDefinition *definition, ResmgrStorageKind kind);
/* True if [origin, origin + size) lies inside [0, total), whatever the numbers. */
bool resmgr_layout_inside(uint64_t origin_bytes, uint64_t size_bytes, uint64_t total_bytes);

#endif
