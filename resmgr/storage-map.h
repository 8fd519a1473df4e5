/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_STORAGE_MAP_H
#define LPARSIM_RESMGR_STORAGE_MAP_H

#include "resmgr/state.h"

/*
 * MS or ES as a line of pieces from address 0 to its end: areas of LPARs and holes between them. A view, computed from
 * the state; areas of OFFLINE, RELEASED and RETIRED LPARs are free.
 */
typedef struct {
    uint64_t origin_bytes, size_bytes;
    unsigned lpar; /* 0: free */
} ResmgrPiece;

/* All pieces by origin, free ones too, without gap: GArray of ResmgrPiece; free with g_array_unref(). */
GArray *resmgr_storage_map(const ResmgrState *state, ResmgrStorageKind kind);
uint64_t resmgr_storage_map_free(const GArray *pieces);         /* sum of the free pieces */
uint64_t resmgr_storage_map_largest_hole(const GArray *pieces); /* 0: none */
/* Lowest origin where `size_bytes` are free; false if there is none. */
bool resmgr_storage_map_first_fit(const GArray *pieces, uint64_t size_bytes, uint64_t *ret_origin_bytes);
bool resmgr_storage_map_is_free(const GArray *pieces, uint64_t origin_bytes, uint64_t size_bytes);

#endif
