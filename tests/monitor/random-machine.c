/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Random machines, and the fluid ideal of each: it knows no slices and no frames; at every instant each LIP that has
 * work receives at the rate of its entitlement, a level found by bisection in floating point.
 */
#include "random-machine.h"

#include "monitor/capacity.h"
#include "monitor/lending.h"

#define MS HV_NS_PER_MS

/* --- Machines ------------------------------------------------------------------------------------------- */

static ResmgrCap draw_cap(HvRng *rng, bool pooled)
{
    switch (hv_rng_below(rng, 5)) {
    case 0:
        return (ResmgrCap){.kind = RESMGR_CAP_HARD};
    case 1: /* in a pool only: how shares split it is rounded, which is looked at elsewhere */
        if (pooled)
            return (ResmgrCap){RESMGR_CAP_ABSOLUTE, 10 + (uint32_t)hv_rng_below(rng, 250)};
        return (ResmgrCap){0};
    default:
        return (ResmgrCap){0};
    }
}

/* Each LPAR has a LIP on some IPs, with shares that sum up to at most 100 %. */
static void draw_shares(RandomMachine *machine, HvRng *rng)
{
    unsigned next_lip[RANDOM_MACHINE_LPARS + 1] = {0};

    for (uint16_t ip = 1; ip <= machine->plan.n_ips; ip++) {
        uint32_t left_bp = HV_SHARE_WHOLE_BP;

        for (unsigned lpar = 1; lpar <= machine->n_lpars && left_bp > 100; lpar++) {
            uint32_t share_bp = 1 + (uint32_t)hv_rng_below(rng, MIN(left_bp, 5000));

            if (hv_rng_below(rng, 4) == 0)
                continue;
            machine->lips[machine->n_lips++] =
                (RandomLip){.lpar = lpar, .lip = ++next_lip[lpar], .ip = ip, .share_bp = share_bp};
            left_bp -= share_bp;
        }
    }
}

static void draw_pool(RandomMachine *machine, HvRng *rng)
{
    for (unsigned lpar = 1; lpar <= machine->n_lpars; lpar++) {
        unsigned n_lips = 1 + (unsigned)hv_rng_below(rng, machine->plan.n_ips);

        machine->lpars[lpar].weight = 1 + (uint32_t)hv_rng_below(rng, 999);
        for (unsigned lip = 1; lip <= n_lips; lip++)
            machine->lips[machine->n_lips++] = (RandomLip){.lpar = lpar, .lip = lip};
    }
}

RandomMachine random_machine_draw(HvRng *rng)
{
    RandomMachine machine = {
        .plan = {.n_ips = 1 + (unsigned)hv_rng_below(rng, 6), .pooled = hv_rng_below(rng, 3) > 0}};

    machine.plan.vertical = machine.plan.pooled && hv_rng_below(rng, 3) == 0;
    machine.plan.slice_ns = hv_rng_below(rng, 2) ? (1 + hv_rng_below(rng, 30)) * MS : 0;
    machine.n_lpars = 1 + (unsigned)hv_rng_below(rng, RANDOM_MACHINE_LPARS);
    for (unsigned lpar = 1; lpar <= machine.n_lpars; lpar++)
        machine.lpars[lpar].cap = draw_cap(rng, machine.plan.pooled);
    (machine.plan.pooled ? draw_pool : draw_shares)(&machine, rng);
    if (machine.plan.pooled && hv_rng_below(rng, 3) == 0) {
        machine.n_members = 1 + (unsigned)hv_rng_below(rng, machine.n_lpars);
        machine.group_hundredths = 10 + (uint32_t)hv_rng_below(rng, 300);
    }
    return machine;
}

Room *random_machine_build(const RandomMachine *machine)
{
    static const unsigned members[] = {1, 2, 3, 4, 5, 6, 7, 8};
    Room *room = room_new(&machine->plan);

    if (machine->group_hundredths > 0)
        monitor_dispatch_add_group(
            room->dispatch, &(MonitorGroupTerms){
                                .cap_ips_hundredths = machine->group_hundredths,
                                .members = members,
                                .n_members = machine->n_members,
                            });
    if (machine->lends > 0)
        monitor_dispatch_set_lending(room->dispatch, 1, (const uint64_t[4]){machine->lends});
    if (machine->soft_hundredths > 0) {
        monitor_dispatch_set_msu(room->dispatch, 10000);
        monitor_dispatch_set_defined_capacity(room->dispatch, 1, machine->soft_hundredths);
    }
    for (unsigned i = 1; i <= machine->n_lpars; i++)
        room_set_lpar(
            room, i, machine->lpars[i].weight, machine->lpars[i].cap.kind,
            machine->lpars[i].cap.ips_hundredths);
    for (unsigned i = 0; i < machine->n_lips; i++)
        room_add(
            room, machine->lips[i].lpar, machine->lips[i].lip, machine->lips[i].ip,
            machine->lips[i].share_bp);
    return room;
}

/* --- The fluid ideal ------------------------------------------------------------------------------------ */

/* Rates by water filling: takers with weights and limits, in IPs. */
static void fill(const double *weights, const double *limits, unsigned n, double total, double *ret_rates)
{
    double low = 0, high = 0;

    for (unsigned i = 0; i < n; i++)
        high = MAX(high, weights[i] > 0 ? limits[i] / weights[i] : 0);
    for (unsigned step = 0; step < 100; step++) {
        double level = (low + high) / 2, sum = 0;

        for (unsigned i = 0; i < n; i++)
            sum += MIN(level * weights[i], limits[i]);
        *(sum < total ? &low : &high) = level;
    }
    for (unsigned i = 0; i < n; i++)
        ret_rates[i] = MIN(high * weights[i], limits[i]);
}

static bool runs(const RandomLip *lip)
{
    return lip->busy && !lip->held;
}

/* Each LIP's rate and its limit. */
static void ip_rates(const RandomMachine *machine, unsigned ip, double *rates, double *ret_limits)
{
    double weights[ROOM_MAX_WORKERS] = {0}, limits[ROOM_MAX_WORKERS] = {0}, found[ROOM_MAX_WORKERS];

    for (unsigned i = 0; i < machine->n_lips; i++) {
        const RandomLip *lip = &machine->lips[i];

        weights[i] = lip->ip == ip ? lip->share_bp / 10000.0 : 0;
        limits[i] = lip->ip == ip && runs(lip) ? 1 : 0;
        if (machine->lpars[lip->lpar].cap.kind == RESMGR_CAP_HARD)
            limits[i] = MIN(limits[i], weights[i]);
    }
    fill(weights, limits, machine->n_lips, 1, found);
    for (unsigned i = 0; i < machine->n_lips; i++) {
        if (machine->lips[i].ip != ip)
            continue;
        rates[i] = found[i];
        ret_limits[i] = limits[i];
    }
}

/* What each LPAR has goes to its highs first, then its mediums, then its lows. */
static void put_on_few(const RandomMachine *machine, const double *lpars, double *rates)
{
    for (unsigned lpar = 1; lpar <= machine->n_lpars; lpar++) {
        double left = lpars[lpar];

        for (MonitorPolarity tier = MONITOR_VERTICAL_HIGH; tier <= MONITOR_VERTICAL_LOW; tier++) {
            unsigned n = 0;

            for (unsigned i = 0; i < machine->n_lips; i++)
                n += machine->lips[i].lpar == lpar && runs(&machine->lips[i]) &&
                     machine->lips[i].polarity == tier;
            double each = n > 0 ? MIN(left / n, 1) : 0;

            for (unsigned i = 0; i < machine->n_lips; i++)
                if (machine->lips[i].lpar == lpar && runs(&machine->lips[i]) &&
                    machine->lips[i].polarity == tier)
                    rates[i] = each;
            left -= each * n;
        }
    }
}

static void pool_rates(const RandomMachine *machine, double *rates, double *ret_limits)
{
    double weights[RANDOM_MACHINE_LPARS + 1] = {0}, limits[RANDOM_MACHINE_LPARS + 1] = {0},
                                          found[RANDOM_MACHINE_LPARS + 1];
    double total_weight = 0, n_ips = machine->plan.n_ips;
    unsigned running[RANDOM_MACHINE_LPARS + 1] = {0};

    for (unsigned i = 0; i < machine->n_lips; i++)
        running[machine->lips[i].lpar] += runs(&machine->lips[i]);
    for (unsigned i = 1; i <= machine->n_lpars; i++)
        total_weight += machine->lpars[i].weight;
    for (unsigned i = 1; i <= machine->n_lpars; i++) {
        const ResmgrCap *cap = &machine->lpars[i].cap;

        weights[i] = machine->lpars[i].weight;
        limits[i] = running[i];
        if (cap->kind == RESMGR_CAP_HARD)
            limits[i] = MIN(limits[i], n_ips * weights[i] / total_weight);
        if (cap->kind == RESMGR_CAP_ABSOLUTE)
            limits[i] = MIN(limits[i], cap->ips_hundredths / 100.0);
    }
    if (machine->group_hundredths > 0)
        fill(weights, limits, machine->n_members + 1, machine->group_hundredths / 100.0, limits);
    fill(weights, limits, machine->n_lpars + 1, n_ips, found);
    for (unsigned i = 0; i < machine->n_lips; i++) {
        const RandomLip *lip = &machine->lips[i];

        rates[i] = runs(lip) ? found[lip->lpar] / running[lip->lpar] : 0;
        ret_limits[i] = runs(lip) ? limits[lip->lpar] / running[lip->lpar] : 0;
    }
    if (machine->plan.vertical) {
        put_on_few(machine, found, rates);
        put_on_few(machine, limits, ret_limits);
    }
}

void random_machine_flow(RandomMachine *machine, HvTime passed_ns)
{
    double rates[ROOM_MAX_WORKERS] = {0}, limits[ROOM_MAX_WORKERS] = {0};

    if (machine->plan.pooled)
        pool_rates(machine, rates, limits);
    else
        for (unsigned ip = 1; ip <= machine->plan.n_ips; ip++)
            ip_rates(machine, ip, rates, limits);
    for (unsigned i = 0; i < machine->n_lips; i++) {
        machine->lips[i].fluid_ns += rates[i] * (double)passed_ns;
        machine->lips[i].limit_ns += limits[i] * (double)passed_ns;
    }
}

/* Frame of the LIP's domain: slice x max(1, LIPs / IPs). */
static double frame_of(const RandomMachine *machine, const Room *room, unsigned lip)
{
    unsigned n = 0, n_ips = machine->plan.pooled ? machine->plan.n_ips : 1;

    for (unsigned i = 0; i < machine->n_lips; i++)
        n += machine->plan.pooled || machine->lips[i].ip == machine->lips[lip].ip;
    return (double)monitor_dispatch_slice_ns(room->dispatch, room->workers[lip].tcb) * MAX(n, n_ips) / n_ips;
}

static bool has_caps(const RandomMachine *machine)
{
    if (machine->group_hundredths > 0)
        return true;
    for (unsigned i = 1; i <= machine->n_lpars; i++)
        if (machine->lpars[i].cap.kind != RESMGR_CAP_NONE)
            return true;
    return false;
}

/*
 * In frames. Where there are caps, somebody may be further ahead of the ideal, because he gets what others,
 * held down by their caps, must give back; nobody is the worse for it, and his own cap still holds.
 */
double random_machine_worst_lag(const RandomMachine *machine, const Room *room)
{
    bool caps = has_caps(machine);
    double worst = 0;

    for (unsigned i = 0; i < machine->n_lips; i++) {
        double got_ns = (double)room_running(room, i), frame_ns = frame_of(machine, room, i);
        double ahead_of_ns = caps ? machine->lips[i].limit_ns : machine->lips[i].fluid_ns;

        worst = MAX(worst, (machine->lips[i].fluid_ns - got_ns) / frame_ns);
        worst = MAX(worst, (got_ns - ahead_of_ns) / frame_ns);
    }
    return worst;
}
