/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A captured LPAR put into one that has no resources: it gets what it asks for, as ACTIVATE would give it, then the content, then the state.
 *
 *     RELEASED --resmgr_state_assign--> ASSIGNED --content--> --lpar_install--> held --lpar_release--> as it was captured
 *
 * Nobody else gives anything up for it and nobody is moved; finding room where there is none is a restore's. What does not fit is refused, and
 * all is as before.
 */
#include "monitor/capacity.h"
#include "monitor/capture.h"
#include "monitor/error.h"
#include "monitor/system-private.h"

static bool refuse(const LparControl *lpar, const MonitorCapture *capture, const char *why, GError **error)
{
    g_set_error(
        error, MONITOR_ERROR, MONITOR_ERROR_CAPTURE,
        "%s cannot be put into %s: %s\nRESTORE can find room for it", capture->name, lpar_name(lpar), why);
    return false;
}

static bool content_fits(const MonitorCapture *capture, const ResmgrLpar *books)
{
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        if (capture->content[k] &&
            hv_storage_snapshot_length(capture->content[k]) > books->areas[k].size_bytes)
            return false;
    return true;
}

static bool can_install(
    const LparControl *lpar, const MonitorCapture *capture, const ResmgrLpar *books,
    ResmgrAssignment expected, GError **error)
{
    if (!lpar_can_activate(lpar, error))
        return false;
    if (!capture->image || lpar_is_real(lpar))
        return refuse(lpar, capture, "no simulated guest was loaded", error);
    if (books->assignment != expected)
        return refuse(
            lpar, capture, expected == RESMGR_RELEASED ? "that has resources" : "that has no resources",
            error);
    if (!content_fits(capture, books))
        return refuse(lpar, capture, "it had more storage", error);
    return true;
}

static void put_content(MonitorSystem *system, const MonitorCapture *capture, const ResmgrLpar *books)
{
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        const ResmgrArea *area = &books->areas[k];

        if (area->size_bytes > 0)
            hv_storage_clear(system->storage[k], area->origin_bytes, area->size_bytes);
        if (capture->content[k])
            hv_storage_snapshot_apply(capture->content[k], system->storage[k], area->origin_bytes);
    }
}

static void clear_content(MonitorSystem *system, const ResmgrLpar *books)
{
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        if (books->areas[k].size_bytes > 0)
            hv_storage_clear(system->storage[k], books->areas[k].origin_bytes, books->areas[k].size_bytes);
}

/* Into its areas. False: there is nothing in them. */
static bool install(
    MonitorSystem *system, LparControl *lpar, const MonitorCapture *capture, const ResmgrLpar *books,
    GError **error)
{
    put_content(system, capture, books);
    if (!lpar_install(lpar, capture->image, error)) {
        clear_content(system, books);
        return false;
    }
    monitor_system_reschedule(system, books->number);
    monitor_dispatch_forget_rolling(system->dispatch, books->number);
    lpar_release(lpar);
    monitor_system_check(system);
    return true;
}

bool monitor_system_install(
    MonitorSystem *system, unsigned number, const MonitorCapture *capture, GError **error)
{
    LparControl *lpar = monitor_system_lpar(system, number);
    const ResmgrLpar *books = resmgr_state_lpar(system->state, number);

    g_assert(lpar && books);
    if (!can_install(lpar, capture, books, RESMGR_RELEASED, error) ||
        !resmgr_state_assign(system->state, number, error))
        return false;
    if (install(system, lpar, capture, books, error))
        return true;
    resmgr_state_release(system->state, number);
    return false;
}

bool monitor_system_reinstall(
    MonitorSystem *system, unsigned number, const MonitorCapture *capture, GError **error)
{
    LparControl *lpar = monitor_system_lpar(system, number);
    const ResmgrLpar *books = resmgr_state_lpar(system->state, number);

    g_assert(lpar && books);
    return can_install(lpar, capture, books, RESMGR_ASSIGNED, error) &&
           install(system, lpar, capture, books, error);
}
