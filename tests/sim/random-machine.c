/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Machines for the random simulation, small so that areas meet, wrap and get in each other's way.
 *
 * Sizes are a few increments, so a handful of LPARs fragments the storage; shares are multiples of 5 % drawn
 * until an IP is full; some machines pool a part of their IPs. What is drawn is usable by construction,
 * except for storage that is left to first fit, which is drawn again until it fits.
 */
#include "tests/sim/random-machine.h"

#define INCREMENT (64 * HV_KIB)

typedef struct {
    HvRng *rng;
    ResmgrDefinition *definition;
    unsigned n_pool_ips; /* the last ones */
    uint32_t free_bp[HV_MAX_IPS];
    unsigned next_chp;
} Draw;

static bool chance(HvRng *rng, unsigned percent)
{
    return hv_rng_below(rng, 100) < percent;
}

static unsigned between(HvRng *rng, unsigned low, unsigned high)
{
    return low + (unsigned)hv_rng_below(rng, high - low + 1);
}

static void draw_inventory(Draw *draw)
{
    HvMachineDef *machine = draw->definition->machine;
    static const uint64_t rates[] = {HV_MIB, 16 * HV_MIB, 2 * HV_GIB};

    machine->name = g_strdup("RANDOM");
    machine->n_ips = between(draw->rng, 1, 5);
    machine->increment_bytes = INCREMENT;
    machine->es_bytes = chance(draw->rng, 40) ? between(draw->rng, 8, 24) * INCREMENT : 0;
    machine->ms_copy_rate = rates[hv_rng_below(draw->rng, G_N_ELEMENTS(rates))];
    machine->dispatch_cost_ns = chance(draw->rng, 30) ? 20 * HV_NS_PER_US : 0;
    machine->slice_ns = chance(draw->rng, 30) ? between(draw->rng, 1, 100) * HV_NS_PER_MS : 0;
    machine->wait_completion = chance(draw->rng, 20);
    for (unsigned chp = 0; chp < 16; chp++)
        machine->chps[chp].installed = true;
    draw->n_pool_ips = chance(draw->rng, 50) ? between(draw->rng, 0, machine->n_ips) : 0;
    for (unsigned ip = 0; ip < machine->n_ips; ip++)
        draw->free_bp[ip] = HV_SHARE_WHOLE_BP;
}

static void draw_workload(HvRng *rng, HvWorkload *workload)
{
    workload->cpu = (HvWorkloadCpu)hv_rng_below(rng, 3);
    if (workload->cpu == HV_WORKLOAD_CPU_DEMAND) {
        workload->demand_bp = between(rng, 1, HV_SHARE_WHOLE_BP);
        workload->period_ns = between(rng, 1, 200) * HV_NS_PER_MS;
    }
    if (chance(rng, 40))
        workload->write_rate = between(rng, 1, 64) * 256 * HV_KIB;
    if (chance(rng, 40))
        workload->io_rate_milli = between(rng, 1, 200) * 1000;
}

static void draw_processors(Draw *draw, ResmgrLparDef *lpar)
{
    unsigned n_share_ips = draw->definition->machine->n_ips - draw->n_pool_ips;

    for (unsigned ip = 1; ip <= n_share_ips; ip++) {
        uint32_t free_steps = draw->free_bp[ip - 1] / 500;
        const ResmgrIpShare share = {
            .ip = (uint16_t)ip, .share_bp = (uint16_t)(500 * between(draw->rng, 1, MAX(free_steps, 1)))};

        if (free_steps == 0 || chance(draw->rng, 50))
            continue;
        draw->free_bp[ip - 1] -= share.share_bp;
        g_array_append_val(lpar->ip_shares, share);
    }
    if (lpar->ip_shares->len == 0 && draw->n_pool_ips > 0) {
        lpar->weight = between(draw->rng, 1, 999);
        lpar->n_lips = between(draw->rng, 1, draw->n_pool_ips);
        lpar->ip_type = HV_IP_CP;
    }
    static const ResmgrCapKind caps[] = {
        RESMGR_CAP_NONE, RESMGR_CAP_NONE, RESMGR_CAP_HARD, RESMGR_CAP_ABSOLUTE};

    lpar->cap.kind = caps[hv_rng_below(draw->rng, G_N_ELEMENTS(caps))];
    lpar->cap.ips_hundredths = lpar->cap.kind == RESMGR_CAP_ABSOLUTE ? between(draw->rng, 1, 300) : 0;
}

static void draw_channels(Draw *draw, ResmgrLparDef *lpar)
{
    for (unsigned n = between(draw->rng, 0, 2); n > 0 && draw->next_chp < 16; n--) {
        uint8_t chp = (uint8_t)draw->next_chp++;

        g_array_append_val(lpar->channels, chp);
        if (!chance(draw->rng, 70))
            continue;
        g_autofree char *name = g_strdup_printf("DEV%02X", chp);
        HvDeviceDef *device = hv_device_def_new(
            name, (uint16_t)(0x100 + (chance(draw->rng, 5) ? 0 : chp)),
            between(draw->rng, 1, 20) * HV_NS_PER_MS);

        hv_device_def_add_chp(device, chp);
        g_ptr_array_add(draw->definition->machine->devices, device);
    }
}

static void draw_lpar(Draw *draw, unsigned number)
{
    g_autofree char *name = g_strdup_printf("L%u", number);
    ResmgrLparDef *lpar = resmgr_lpar_def_new(name, number);

    draw_processors(draw, lpar);
    if (lpar->ip_shares->len == 0 && lpar->weight == 0) {
        resmgr_lpar_def_free(lpar);
        return;
    }
    draw_channels(draw, lpar);
    draw_workload(draw->rng, &lpar->workload);
    lpar->ms.size_bytes = between(draw->rng, 1, 6) * INCREMENT;
    lpar->ms.reserved_given = true;
    lpar->relocatable = chance(draw->rng, 85);
    lpar->cross_partition_authority = chance(draw->rng, 95);
    lpar->isolated = chance(draw->rng, 10);
    g_ptr_array_add(draw->definition->lpars, lpar);
}

/* Puts the areas on the line with holes between them, in a random order, and makes the line as long as they
 * need. */
static void draw_layout(Draw *draw)
{
    GPtrArray *lpars = draw->definition->lpars;
    HvMachineDef *machine = draw->definition->machine;
    g_autofree unsigned *order = g_new0(unsigned, lpars->len);
    uint64_t ms_bytes = 0, es_bytes = 0;

    for (unsigned i = 0; i < lpars->len; i++) {
        unsigned j = (unsigned)hv_rng_below(draw->rng, i + 1);

        order[i] = order[j];
        order[j] = i;
    }
    for (unsigned i = 0; i < lpars->len; i++) {
        ResmgrLparDef *lpar = g_ptr_array_index(lpars, order[i]);
        uint64_t es_size = between(draw->rng, 1, 4) * INCREMENT;

        ms_bytes += chance(draw->rng, 40) ? between(draw->rng, 1, 4) * INCREMENT : 0;
        lpar->ms.origin_bytes = ms_bytes;
        ms_bytes += lpar->ms.size_bytes;
        if (chance(draw->rng, 60) && es_bytes + es_size <= machine->es_bytes) {
            lpar->es.origin_bytes = es_bytes;
            lpar->es.size_bytes = es_size;
            es_bytes += es_size;
        }
    }
    machine->ms_bytes = ms_bytes + (chance(draw->rng, 50) ? between(draw->rng, 1, 8) * INCREMENT : 0);
    for (unsigned i = 0; i < lpars->len; i++) {
        ResmgrLparDef *lpar = g_ptr_array_index(lpars, i);
        uint64_t most = machine->ms_bytes - lpar->ms.size_bytes;

        lpar->ms.reserved_bytes = chance(draw->rng, 80) ? most : most / INCREMENT / 3 * INCREMENT;
    }
}

static void count_problem(
    const char *group, const char *key, const char *value, const char *reason, const char *remedy, void *data)
{
    (void)group, (void)key, (void)value, (void)reason, (void)remedy;
    ++*(unsigned *)data;
}

ResmgrDefinition *random_machine(HvRng *rng)
{
    for (;;) {
        Draw draw = {.rng = rng, .definition = resmgr_definition_new()};
        unsigned problems = 0, n_lpars = between(rng, 2, 7);

        draw_inventory(&draw);
        for (unsigned i = 1; i <= n_lpars; i++)
            draw_lpar(&draw, i);
        draw_layout(&draw);
        if (draw.definition->lpars->len >= 2 &&
            resmgr_definition_check(draw.definition, count_problem, &problems) == 0)
            return draw.definition;
        resmgr_definition_free(draw.definition);
    }
}
