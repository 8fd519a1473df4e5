/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LIPs varied by load: a guest whose LPAR has `lips-min` takes its highest LIP offline when the others would do, and
 * brings back the lowest of those when all that are online have work nearly all the time.
 *
 * It is the guest that decides, so it works as its operator's CF CPU does, one LIP at a time. A LIP that somebody else
 * took offline stays so. A load begins with all LIPs online. While an INTEG is under way nobody varies anything.
 *
 * Owns, per LPAR, which LIPs it took offline and what the LIPs wanted up to the last period.
 */
#include "monitor/vary.h"

#include "monitor/system-private.h"

typedef struct {
    const ResmgrLparDef *def;
    bool taken[HV_MAX_LIPS + 1]; /* [lip]: offline by this file */
    HvTime wanted_ns;            /* since power on, at the end of the last period */
} Varied;

struct MonitorVary {
    MonitorSystem *system;
    GArray *lpars; /* Varied */
    HvEvent event;
};

int monitor_vary_decide(unsigned n_online, unsigned n_min, bool more, HvTime wanted_ns, HvTime period_ns)
{
    if (more && 10 * wanted_ns > 9 * n_online * period_ns)
        return 1;
    if (n_online > n_min && 10 * wanted_ns < 7 * (n_online - 1) * period_ns)
        return -1;
    return 0;
}

static HvTime wanted_by(const MonitorUsage *usage, unsigned lpar)
{
    HvTime wanted_ns = 0;

    for (unsigned i = 0; i < usage->lips->len; i++) {
        const MonitorLipUsage *lip = &g_array_index(usage->lips, MonitorLipUsage, i);

        wanted_ns += lip->lpar == lpar ? lip->account.running_ns + lip->account.ready_ns : 0;
    }
    return wanted_ns;
}

/* Numbers of the highest LIP that is online and of the lowest that was taken offline; 0: there is none. */
static unsigned
count_online(const LparControl *control, Varied *varied, unsigned *ret_highest, unsigned *ret_lowest)
{
    unsigned n = 0;

    *ret_highest = *ret_lowest = 0;
    for (unsigned lip = 1; lip <= HV_MAX_LIPS; lip++) {
        bool online = lpar_lip_is_online(control, lip);

        varied->taken[lip] = varied->taken[lip] && !online;
        n += online;
        *ret_highest = online ? lip : *ret_highest;
        if (varied->taken[lip] && *ret_lowest == 0)
            *ret_lowest = lip;
    }
    return n;
}

static void vary(MonitorSystem *system, Varied *varied, HvTime wanted_ns)
{
    LparControl *control = system->lpars[varied->def->number];
    unsigned highest, lowest;
    HvTime before_ns = varied->wanted_ns;

    varied->wanted_ns = wanted_ns;
    if (lpar_run_state(control) != LPAR_OPERATING || lpar_is_held(control) || system->integ_active)
        return;
    unsigned n = count_online(control, varied, &highest, &lowest);
    int change = monitor_vary_decide(
        n, varied->def->lips_min, lowest > 0, wanted_ns - before_ns, MONITOR_VARY_PERIOD_NS);

    if (change > 0)
        lpar_guest_config_cpu(control, lowest, /* online= */ true, NULL);
    else if (change < 0)
        varied->taken[highest] = lpar_guest_config_cpu(control, highest, /* online= */ false, NULL);
}

static void period_ends(HvEvent *event, void *data)
{
    MonitorVary *all = data;
    MonitorSystem *system = all->system;

    monitor_dispatch_settle(system->dispatch);
    g_autoptr(MonitorUsage) usage = monitor_usage_take(system->dispatch);

    for (unsigned i = 0; i < all->lpars->len; i++) {
        Varied *varied = &g_array_index(all->lpars, Varied, i);

        vary(system, varied, wanted_by(usage, varied->def->number));
    }
    hv_engine_after(system->engine, event, MONITOR_VARY_PERIOD_NS);
}

void monitor_vary_init(MonitorSystem *system)
{
    MonitorVary *all = g_new0(MonitorVary, 1);

    all->system = system;
    all->lpars = g_array_new(FALSE, TRUE, sizeof(Varied));
    hv_event_init(&all->event, HV_PRIORITY_MONITOR, period_ends, all);
    system->vary = all;
    for (unsigned i = 0; i < system->definition->lpars->len; i++)
        monitor_vary_add(system, g_ptr_array_index(system->definition->lpars, i));
}

void monitor_vary_add(MonitorSystem *system, const ResmgrLparDef *def)
{
    MonitorVary *all = system->vary;
    const Varied varied = {.def = def};

    if (def->lips_min == 0)
        return;
    g_array_append_val(all->lpars, varied);
    if (!hv_event_is_queued(&all->event))
        hv_engine_after(system->engine, &all->event, MONITOR_VARY_PERIOD_NS);
}

void monitor_vary_remove(MonitorSystem *system, unsigned lpar)
{
    MonitorVary *all = system->vary;

    for (unsigned i = all->lpars->len; i-- > 0;)
        if (g_array_index(all->lpars, Varied, i).def->number == lpar)
            g_array_remove_index(all->lpars, i);
    if (all->lpars->len == 0)
        hv_engine_cancel(system->engine, &all->event);
}

void monitor_vary_clear(MonitorSystem *system)
{
    if (!system->vary)
        return;
    hv_engine_cancel(system->engine, &system->vary->event);
    g_array_unref(system->vary->lpars);
    g_clear_pointer(&system->vary, g_free);
}

/* --- Written down and read back -------------------------------------------------------------------------- */

void monitor_vary_quiesce(MonitorSystem *system)
{
    hv_engine_cancel(system->engine, &system->vary->event);
}

void monitor_vary_codec(MonitorSystem *system, HvCodec *codec)
{
    GArray *lpars = system->vary->lpars;

    hv_codec_begin(codec, "varied LIPs", 1);
    for (unsigned i = 0; i < lpars->len; i++) {
        Varied *varied = &g_array_index(lpars, Varied, i);

        for (unsigned lip = 1; lip <= HV_MAX_LIPS; lip++)
            hv_codec_bool(codec, &varied->taken[lip]);
        hv_codec_u64(codec, &varied->wanted_ns);
    }
    hv_codec_event(codec, &system->vary->event);
    hv_codec_end(codec);
}
