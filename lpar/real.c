/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Real guests: what belongs to an LPAR, put into their words, and what is asked of them.
 *
 * Shares become two figures of the host's scheduler. The weight is 1024 for the whole of an IP, as Linux counts, so
 * the weights of two guests stand to each other as their shares do. A hard cap becomes a limit of processor time in
 * 100 ms over all vCPUs together, since libvirt has no limit for each that differs from the others'.
 */
#include "lpar/lpar-private.h"

#define WEIGHT_OF_AN_IP     1024
#define WEIGHT_MIN          2
#define WEIGHT_MAX          262144
#define BP_OF_AN_IP         10000
#define QUOTA_US_PER_BP     10   /* 100 ms for a whole IP */
#define QUOTA_US_MIN        1000 /* less is refused by Linux */
#define QUOTA_US_PER_CENTIP 1000 /* a hundredth of an IP */

/* --- Shares --------------------------------------------------------------------------------------------- */

static uint32_t weights_in_pool(const ResmgrState *state, HvIpType type)
{
    uint32_t sum = 0;

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = g_ptr_array_index(state->lpars, i);

        if (lpar->assignment == RESMGR_ASSIGNED)
            sum += lpar->weights[type];
    }
    return sum;
}

static unsigned ips_in_pool(const ResmgrState *state, HvIpType type)
{
    const HvMachineDef *machine = state->definition->machine;
    unsigned n = 0;

    for (unsigned ip = 1; ip <= machine->n_ips; ip++)
        n += state->ip_in_pool[ip - 1] && machine->ip_types[ip - 1] == type;
    return n;
}

/* What the LPAR is entitled to, of all IPs together: shares, or its weight's part of the pools. */
static uint64_t entitled_bp(const ResmgrState *state, const ResmgrLpar *lpar)
{
    uint64_t sum_bp = 0;

    for (unsigned i = 0; i < lpar->lips->len; i++)
        sum_bp += g_array_index(lpar->lips, ResmgrLip, i).share_bp;
    for (HvIpType type = 0; type < HV_IP_TYPES; type++)
        if (lpar->weights[type] > 0)
            sum_bp += (uint64_t)BP_OF_AN_IP * ips_in_pool(state, type) * lpar->weights[type] /
                      MAX(weights_in_pool(state, type), 1);
    return sum_bp;
}

static uint64_t quota_us(const ResmgrLpar *lpar, uint64_t bp)
{
    switch (lpar->cap.kind) {
    case RESMGR_CAP_HARD:
        return MAX(bp * QUOTA_US_PER_BP, QUOTA_US_MIN);
    case RESMGR_CAP_ABSOLUTE:
        return MAX((uint64_t)lpar->cap.ips_hundredths * QUOTA_US_PER_CENTIP, QUOTA_US_MIN);
    case RESMGR_CAP_NONE:
        break;
    }
    return 0;
}

/* --- Resources ------------------------------------------------------------------------------------------ */

static GArray *cpus_of(const ResmgrLpar *lpar)
{
    GArray *cpus = g_array_new(FALSE, FALSE, sizeof(HvGuestCpu));

    for (unsigned i = 0; i < lpar->lips->len; i++) {
        const ResmgrLip *lip = &g_array_index(lpar->lips, ResmgrLip, i);
        const HvGuestCpu cpu = {.lip = lip->number, .ip = lip->ip};

        g_array_append_val(cpus, cpu);
    }
    return cpus;
}

static GPtrArray *devices_of(const ResmgrState *state, unsigned lpar)
{
    g_autoptr(GArray) indices = resmgr_state_devices(state, lpar);
    GPtrArray *devices = g_ptr_array_new();

    for (unsigned i = 0; i < indices->len; i++)
        g_ptr_array_add(
            devices,
            g_ptr_array_index(state->definition->machine->devices, g_array_index(indices, unsigned, i)));
    return devices;
}

LparResources *lpar_resources_new(const LparControl *lpar, const ResmgrState *state)
{
    const ResmgrLpar *assigned = resmgr_state_lpar(state, lpar->config.number);
    const ResmgrArea *ms = &assigned->areas[RESMGR_MS];
    uint64_t bp = entitled_bp(state, assigned);
    LparResources *resources = g_new0(LparResources, 1);

    resources->cpus = cpus_of(assigned);
    resources->devices = devices_of(state, lpar->config.number);
    resources->guest = (HvGuestResources){
        .ms_bytes = ms->size_bytes,
        .ms_max_bytes = ms->size_bytes + ms->reserved_bytes,
        .cpus = (const HvGuestCpu *)(void *)resources->cpus->data,
        .n_cpus = resources->cpus->len,
        .max_cpus = state->definition->machine->n_ips,
        .cpu_shares = (unsigned)CLAMP(bp * WEIGHT_OF_AN_IP / BP_OF_AN_IP, WEIGHT_MIN, WEIGHT_MAX),
        .quota_us = quota_us(assigned, bp),
        .devices = resources->devices,
    };
    return resources;
}

void lpar_resources_free(LparResources *resources)
{
    g_array_unref(resources->cpus);
    g_ptr_array_unref(resources->devices);
    g_free(resources);
}

/* --- What is asked of the guest ------------------------------------------------------------------------- */

/* There is a guest that runs, or stands. */
static bool is_there(const LparControl *lpar)
{
    return lpar->guest && lpar_is_real(lpar) &&
           (lpar->state == LPAR_OPERATING || lpar->state == LPAR_STOPPED || lpar->state == LPAR_FENCED);
}

void lpar_assign(LparControl *lpar, HvAssignParts parts)
{
    if (!is_there(lpar))
        return;
    g_autoptr(LparResources) resources = lpar_resources_new(lpar, lpar->config.state);

    hv_guest_assign(lpar->guest, &resources->guest, parts);
}

void lpar_probe(LparControl *lpar, const ResmgrState *after)
{
    if (!is_there(lpar))
        return;
    g_autoptr(LparResources) resources = after ? lpar_resources_new(lpar, after) : NULL;

    hv_guest_probe(lpar->guest, resources ? &resources->guest : NULL);
}

void lpar_shutdown(LparControl *lpar, HvTime limit_ns)
{
    if (is_there(lpar))
        hv_guest_shutdown(lpar->guest, limit_ns);
}

void lpar_power_off(LparControl *lpar)
{
    if (is_there(lpar))
        hv_guest_power_off(lpar->guest);
}

void lpar_let_go(LparControl *lpar, HvTime limit_ns, bool keep)
{
    if (is_there(lpar))
        hv_guest_let_go(lpar->guest, limit_ns, keep);
}

bool lpar_save(LparControl *lpar, const HvSaveOrder *order, GError **error)
{
    if (!lpar_require_loaded(lpar, error))
        return false;
    g_assert(lpar_is_real(lpar) && is_there(lpar));
    hv_guest_save(lpar->guest, order);
    return true;
}

void lpar_look(LparControl *lpar)
{
    if (is_there(lpar))
        hv_guest_look(lpar->guest);
}

void lpar_settle(LparControl *lpar, HvTime patience_ns, HvGuestSettled func, void *data)
{
    if (lpar->guest)
        hv_guest_settle(lpar->guest, patience_ns, func, data);
    else
        func("", NULL, data);
}

void lpar_guest_is_gone(LparControl *lpar)
{
    g_assert(lpar_is_real(lpar) && (lpar->state == LPAR_OPERATING || lpar->state == LPAR_STOPPED));
    hv_channels_end_lpar(lpar->config.channels, lpar->config.number);
    lpar_end_tasks(lpar);
    lpar_set_state(lpar, LPAR_NOT_OPERATING);
}
