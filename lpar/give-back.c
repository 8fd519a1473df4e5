/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * INTEG taken back: what LPAR control does on both sides of a restore.
 *
 *     the giver    lpar_shrink_storage   undo: lpar_read_storage
 *                  lpar_drop_lips        behind the commit point
 *     the LPAR     lpar_come_back        behind the commit point; then lpar_install() or lpar_activate()
 *
 * The giver's guest has taken the storage and the LIPs offline before, so it runs on and sees nothing of this.
 */
#include "lpar/lpar-private.h"

void lpar_shrink_storage(LparControl *lpar)
{
    const ResmgrLpar *assignment = lpar_assignment(lpar);

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        const ResmgrArea *area = &assignment->areas[k];
        const HvStorageWindow *window = &lpar->windows[k];

        g_assert(area->size_bytes <= window->size_bytes);
        if (area->size_bytes < window->size_bytes)
            hv_storage_clear(
                window->storage, window->origin_bytes + area->size_bytes,
                window->size_bytes - area->size_bytes);
        lpar_set_window(lpar, k, area->size_bytes > 0 ? window->origin_bytes : 0, area->size_bytes);
    }
}

void lpar_drop_lips(LparControl *lpar)
{
    lpar_lips_retain(&lpar->lips, lpar_assignment(lpar)->lips);
}

void lpar_come_back(LparControl *lpar)
{
    g_assert(lpar->state == LPAR_RETIRED && lpar_assignment(lpar)->assignment == RESMGR_ASSIGNED);
    lpar_set_state(lpar, LPAR_NOT_ACTIVATED);
}
