/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest's view of storage: addresses from 0, the origin added below it.
 *
 * This is the only way by which a guest reaches storage. An address that is not inside the window is an
 * addressing exception, however the storage behind it looks, so no guest can see or change what is another's.
 */
#include "hv/error.h"
#include "hv/storage.h"

#include <inttypes.h>

static bool is_inside(const HvStorageWindow *window, uint64_t addr, size_t length, GError **error)
{
    if (addr <= window->size_bytes && length <= window->size_bytes - addr)
        return true;
    g_set_error(
        error, HV_ERROR, HV_ERROR_STORAGE,
        "Addressing exception: %zu bytes at %" PRIu64 " lie outside the guest's %" PRIu64 " bytes", length,
        addr, window->size_bytes);
    return false;
}

bool hv_storage_window_read(
    const HvStorageWindow *window, uint64_t addr, void *buffer, size_t length, GError **error)
{
    if (!is_inside(window, addr, length, error))
        return false;
    hv_storage_read(window->storage, window->origin_bytes + addr, buffer, length);
    return true;
}

bool hv_storage_window_write(
    const HvStorageWindow *window, uint64_t addr, const void *buffer, size_t length, GError **error)
{
    if (!is_inside(window, addr, length, error))
        return false;
    hv_storage_write(window->storage, window->origin_bytes + addr, buffer, length);
    return true;
}
