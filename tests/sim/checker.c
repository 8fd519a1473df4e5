/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Independent checkers for the random simulation.
 *
 * They use the simplest method that can be seen to be right (a map with one entry per increment, a sum over
 * all cells), never a function of the code that keeps the thing checked, and look at the system only through
 * what an operator could see.
 */
#include "tests/sim/checker.h"

static bool owns_storage(const ResmgrLpar *lpar)
{
    return lpar->assignment == RESMGR_ASSIGNED;
}

static char *storage_of_kind(const MonitorSystem *system, ResmgrStorageKind kind)
{
    const ResmgrState *state = monitor_system_state(system);
    const HvMachineDef *machine = monitor_system_definition(system)->machine;
    uint64_t total = (kind == RESMGR_MS ? machine->ms_bytes : machine->es_bytes) / machine->increment_bytes;
    g_autofree unsigned *owner = g_new0(unsigned, total + 1);

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = g_ptr_array_index(state->lpars, i);
        const ResmgrArea *area = &lpar->areas[kind];

        if (!owns_storage(lpar))
            continue;
        if (area->origin_bytes % machine->increment_bytes || area->size_bytes % machine->increment_bytes)
            return g_strdup_printf("%s: area off the increment", lpar->name);
        for (uint64_t n = 0; n < area->size_bytes / machine->increment_bytes; n++) {
            uint64_t at = area->origin_bytes / machine->increment_bytes + n;

            if (at >= total)
                return g_strdup_printf("%s: area passes the end of the storage", lpar->name);
            if (owner[at])
                return g_strdup_printf(
                    "%s and LPAR %u share increment %" G_GUINT64_FORMAT, lpar->name, owner[at], at);
            owner[at] = lpar->number;
        }
    }
    return NULL;
}

char *checker_storage(const MonitorSystem *system)
{
    char *wrong = storage_of_kind(system, RESMGR_MS);

    return wrong ? wrong : storage_of_kind(system, RESMGR_ES);
}

char *checker_shares(const MonitorSystem *system)
{
    const ResmgrState *state = monitor_system_state(system);
    g_autofree uint32_t *sums = g_new0(uint32_t, HV_MAX_IPS + 1);

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = g_ptr_array_index(state->lpars, i);
        bool seen[HV_MAX_LIPS + 1] = {false};

        for (unsigned l = 0; owns_storage(lpar) && l < lpar->lips->len; l++) {
            const ResmgrLip *lip = &g_array_index(lpar->lips, ResmgrLip, l);

            if (seen[lip->number])
                return g_strdup_printf("%s has LIP %u twice", lpar->name, lip->number);
            seen[lip->number] = true;
            sums[lip->ip] += lip->share_bp;
        }
    }
    for (unsigned ip = 1; ip <= HV_MAX_IPS; ip++)
        if (sums[ip] > HV_SHARE_WHOLE_BP)
            return g_strdup_printf("IP %u is given away to %u/100 %%", ip, sums[ip]);
    return NULL;
}

char *checker_channels(const MonitorSystem *system)
{
    const ResmgrState *state = monitor_system_state(system);
    const HvMachineDef *machine = monitor_system_definition(system)->machine;

    for (unsigned c = 0; c < HV_MAX_CHPS; c++) {
        const ResmgrChp *chp = &state->chps[c];

        if (chp->installed != machine->chps[c].installed)
            return g_strdup_printf("CHP %02X was lost", c);
        if (chp->owner == 0)
            continue;
        const ResmgrLpar *owner = resmgr_state_lpar(state, chp->owner);

        if (!owner || !owns_storage(owner))
            return g_strdup_printf("CHP %02X belongs to LPAR %u, which has no resources", c, chp->owner);
    }
    return NULL;
}

char *checker_guests(MonitorSystem *system)
{
    const ResmgrState *state = monitor_system_state(system);

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = g_ptr_array_index(state->lpars, i);
        LparControl *control = monitor_system_lpar(system, lpar->number);
        g_autoptr(GError) error = NULL;

        if (!lpar_guest(control))
            continue;
        if (!hv_guest_verify(lpar_guest(control), &error))
            return g_strdup_printf("%s: %s", lpar->name, error->message);
        HvGuestStatus status = hv_guest_status(lpar_guest(control));

        if (status.ms_online_bytes > lpar->areas[RESMGR_MS].size_bytes)
            return g_strdup_printf("%s uses more storage than it has", lpar->name);
        if (status.cpus_online > lpar->lips->len)
            return g_strdup_printf("%s uses more CPUs than it has LIPs", lpar->name);
    }
    return NULL;
}

char *checker_time(MonitorSystem *system)
{
    const MonitorDispatch *dispatch = monitor_system_dispatch(system);
    g_autoptr(GPtrArray) tasks = monitor_dispatch_tasks(dispatch);
    const GPtrArray *lpars = monitor_system_definition(system)->lpars;
    HvTime now = monitor_system_now(system);

    for (unsigned ip = 1; ip <= monitor_system_definition(system)->machine->n_ips; ip++) {
        MonitorIpAccount account = monitor_dispatch_ip_account(dispatch, ip);
        HvTime matrix_ns = 0;

        for (unsigned i = 0; i < lpars->len; i++)
            matrix_ns += monitor_dispatch_matrix_ns(
                dispatch, ((const ResmgrLparDef *)g_ptr_array_index(lpars, i))->number, ip);
        if (account.busy_ns + account.idle_ns + account.management_ns != now)
            return g_strdup_printf("IP %u: busy + idle + management is not the time that passed", ip);
        if (matrix_ns != account.busy_ns + account.management_ns)
            return g_strdup_printf("IP %u: the matrix does not add up to its busy time", ip);
    }
    for (unsigned i = 0; i < tasks->len; i++) {
        MonitorLipAccount account = monitor_tcb_account(g_ptr_array_index(tasks, i));

        if (account.running_ns + account.ready_ns + account.waiting_ns != account.online_ns)
            return g_strdup("a LIP's running + ready + waiting is not its online time");
    }
    return NULL;
}

char *checker_all(MonitorSystem *system)
{
    char *wrong = checker_storage(system);

    wrong = wrong ? wrong : checker_shares(system);
    wrong = wrong ? wrong : checker_channels(system);
    wrong = wrong ? wrong : checker_guests(system);
    return wrong ? wrong : checker_time(system);
}
