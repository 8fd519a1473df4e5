/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Snapshots before INTEG.
 *
 * Taking one costs a look at the LPAR's tables, not its bytes, and takes no simulated time; so it may be taken before each INTEG. It is
 * kept only if the INTEG is carried out. With the LPAR the assignment is remembered: what the survivor had of its own is not asked back.
 */
#include "svp/save/presnap.h"

#include "svp/error.h"

#define COLLECTION "restore"
#define KEY        "presnap"

struct SvpPresnaps {
    SvpStore *store;
    bool on;
    SvpPresnap *of[RESMGR_MAX_LPARS + 1]; /* [LPAR number]; NULL: none */
};

void svp_presnap_free(SvpPresnap *presnap)
{
    if (!presnap)
        return;
    monitor_capture_free(presnap->capture);
    resmgr_state_free(presnap->before);
    g_free(presnap);
}

SvpPresnaps *svp_presnaps_new(SvpStore *store)
{
    SvpPresnaps *presnaps = g_new0(SvpPresnaps, 1);
    json_t *record = svp_store_get(store, COLLECTION, KEY);

    presnaps->store = store;
    presnaps->on = json_is_true(json_object_get(record, "on"));
    json_decref(record);
    return presnaps;
}

void svp_presnaps_free(SvpPresnaps *presnaps)
{
    if (!presnaps)
        return;
    for (unsigned lpar = 0; lpar <= RESMGR_MAX_LPARS; lpar++)
        svp_presnap_free(presnaps->of[lpar]);
    g_free(presnaps);
}

bool svp_presnaps_are_on(const SvpPresnaps *presnaps)
{
    return presnaps->on;
}

bool svp_presnaps_set(SvpPresnaps *presnaps, bool on, GError **error)
{
    json_t *record = json_pack("{s:b}", "on", on);
    bool put = svp_store_put(presnaps->store, COLLECTION, KEY, record, error);

    json_decref(record);
    if (put)
        presnaps->on = on;
    return put;
}

SvpPresnap *svp_presnap_new(MonitorSystem *system, unsigned retiring, unsigned survivor, GError **error)
{
    MonitorCapture *capture = monitor_system_capture(system, retiring, error);

    if (!capture)
        return NULL;
    SvpPresnap *presnap = g_new0(SvpPresnap, 1);

    presnap->capture = capture;
    presnap->before = resmgr_state_copy(monitor_system_state(system));
    presnap->survivor = survivor;
    return presnap;
}

void svp_presnaps_keep(SvpPresnaps *presnaps, SvpPresnap *presnap)
{
    SvpPresnap **kept = &presnaps->of[presnap->capture->number];

    svp_presnap_free(*kept);
    *kept = presnap;
}

const SvpPresnap *svp_presnaps_find(const SvpPresnaps *presnaps, const ResmgrLpar *lpar, GError **error)
{
    const SvpPresnap *presnap = presnaps->of[lpar->number];

    /* A number may have been given to another LPAR meanwhile. */
    if (presnap && g_ascii_strcasecmp(presnap->capture->name, lpar->name) == 0)
        return presnap;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_PRESNAP,
        "There is no snapshot of %s from before an INTEG: PRESNAP was off then, or the program has ended "
        "since\nRestore a save or a snapshot of it instead: DEV(unit) or SNAPSHOT(name)",
        lpar->name);
    return NULL;
}

GPtrArray *svp_presnaps_list(const SvpPresnaps *presnaps)
{
    GPtrArray *list = g_ptr_array_new();

    for (unsigned lpar = 1; lpar <= RESMGR_MAX_LPARS; lpar++)
        if (presnaps->of[lpar])
            g_ptr_array_add(list, presnaps->of[lpar]);
    return list;
}
