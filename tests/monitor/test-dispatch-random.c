/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dispatcher on random machines whose LIPs begin and end to work at random, against a fluid ideal.
 *
 * The ideal knows no slices and no frames: at every instant each LIP that has work receives at the rate of
 * its entitlement, a level found by bisection in floating point. What a LIP really received must stay within
 * one frame of it, at every moment looked at, however often the others change. The number of the loop,
 * printed with a failure, is the seed.
 */
#include "dispatch-room.h"
#include "hv/rng.h"
#include "monitor/capacity.h"

#include <check.h>
#include <math.h>
#include <string.h>

#define MS        HV_NS_PER_MS
#define MAX_LPARS 8

/* --- Machines ------------------------------------------------------------------------------------------- */

typedef struct {
    unsigned lpar, lip;
    uint16_t ip;
    uint32_t share_bp;
    bool busy, held;
    double fluid_ns; /* what the ideal has given it */
    double limit_ns; /* what its limit alone, IPs and caps, would have let it have */
} Lip;

typedef struct {
    RoomPlan plan;
    unsigned n_lpars, n_lips;
    unsigned n_members;        /* LPARs 1 .. n_members are a group */
    uint32_t group_hundredths; /* its absolute cap; 0: there is no group */
    uint32_t soft_hundredths;  /* defined capacity of LPAR 1, of 100 MSU an IP; 0: none */
    struct {
        uint32_t weight;
        ResmgrCap cap;
    } lpars[MAX_LPARS + 1]; /* [number] */
    Lip lips[ROOM_MAX_WORKERS];
} Machine;

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
static void draw_shares(Machine *machine, HvRng *rng)
{
    unsigned next_lip[MAX_LPARS + 1] = {0};

    for (uint16_t ip = 1; ip <= machine->plan.n_ips; ip++) {
        uint32_t left_bp = HV_SHARE_WHOLE_BP;

        for (unsigned lpar = 1; lpar <= machine->n_lpars && left_bp > 100; lpar++) {
            uint32_t share_bp = 1 + (uint32_t)hv_rng_below(rng, MIN(left_bp, 5000));

            if (hv_rng_below(rng, 4) == 0)
                continue;
            machine->lips[machine->n_lips++] =
                (Lip){.lpar = lpar, .lip = ++next_lip[lpar], .ip = ip, .share_bp = share_bp};
            left_bp -= share_bp;
        }
    }
}

static void draw_pool(Machine *machine, HvRng *rng)
{
    for (unsigned lpar = 1; lpar <= machine->n_lpars; lpar++) {
        unsigned n_lips = 1 + (unsigned)hv_rng_below(rng, machine->plan.n_ips);

        machine->lpars[lpar].weight = 1 + (uint32_t)hv_rng_below(rng, 999);
        for (unsigned lip = 1; lip <= n_lips; lip++)
            machine->lips[machine->n_lips++] = (Lip){.lpar = lpar, .lip = lip};
    }
}

static Machine draw_machine(HvRng *rng)
{
    Machine machine = {
        .plan = {.n_ips = 1 + (unsigned)hv_rng_below(rng, 6), .pooled = hv_rng_below(rng, 3) > 0}};

    machine.plan.slice_ns = hv_rng_below(rng, 2) ? (1 + hv_rng_below(rng, 30)) * MS : 0;
    machine.n_lpars = 1 + (unsigned)hv_rng_below(rng, MAX_LPARS);
    for (unsigned lpar = 1; lpar <= machine.n_lpars; lpar++)
        machine.lpars[lpar].cap = draw_cap(rng, machine.plan.pooled);
    (machine.plan.pooled ? draw_pool : draw_shares)(&machine, rng);
    if (machine.plan.pooled && hv_rng_below(rng, 3) == 0) {
        machine.n_members = 1 + (unsigned)hv_rng_below(rng, machine.n_lpars);
        machine.group_hundredths = 10 + (uint32_t)hv_rng_below(rng, 300);
    }
    return machine;
}

static Room *build(const Machine *machine)
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

static bool runs(const Lip *lip)
{
    return lip->busy && !lip->held;
}

/* Each LIP's rate and its limit. */
static void ip_rates(const Machine *machine, unsigned ip, double *rates, double *ret_limits)
{
    double weights[ROOM_MAX_WORKERS] = {0}, limits[ROOM_MAX_WORKERS] = {0}, found[ROOM_MAX_WORKERS];

    for (unsigned i = 0; i < machine->n_lips; i++) {
        const Lip *lip = &machine->lips[i];

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

static void pool_rates(const Machine *machine, double *rates, double *ret_limits)
{
    double weights[MAX_LPARS + 1] = {0}, limits[MAX_LPARS + 1] = {0}, found[MAX_LPARS + 1];
    double total_weight = 0, n_ips = machine->plan.n_ips;
    unsigned running[MAX_LPARS + 1] = {0};

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
        const Lip *lip = &machine->lips[i];

        rates[i] = runs(lip) ? found[lip->lpar] / running[lip->lpar] : 0;
        ret_limits[i] = runs(lip) ? limits[lip->lpar] / running[lip->lpar] : 0;
    }
}

static void flow(Machine *machine, HvTime passed_ns)
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
static double frame_of(const Machine *machine, const Room *room, unsigned lip)
{
    unsigned n = 0, n_ips = machine->plan.pooled ? machine->plan.n_ips : 1;

    for (unsigned i = 0; i < machine->n_lips; i++)
        n += machine->plan.pooled || machine->lips[i].ip == machine->lips[lip].ip;
    return (double)monitor_dispatch_slice_ns(room->dispatch, room->workers[lip].tcb) * MAX(n, n_ips) / n_ips;
}

static bool has_caps(const Machine *machine)
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
static double worst_lag(const Machine *machine, const Room *room)
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

/* --- Random changes ------------------------------------------------------------------------------------- */

static void change(Machine *machine, Room *room, HvRng *rng)
{
    unsigned i = (unsigned)hv_rng_below(rng, machine->n_lips);
    Lip *lip = &machine->lips[i];

    if (hv_rng_below(rng, 10) == 0) {
        lip->held = !lip->held;
        monitor_dispatch_set_held(room->dispatch, room->workers[i].tcb, lip->held);
        return;
    }
    lip->busy = !lip->busy;
    room_set_busy(&room->workers[i], lip->busy);
}

/* Lengths of all orders: several changes at once, in a slice, in a frame, now and then many frames. */
static HvTime draw_pause(HvRng *rng)
{
    static const HvTime scales_ns[] = {1, MS, 10 * MS, 40 * MS, 300 * MS};

    return hv_rng_below(rng, scales_ns[hv_rng_below(rng, G_N_ELEMENTS(scales_ns))]);
}

START_TEST(lag_is_within_a_frame)
{
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-dispatch lag");
    Machine machine = draw_machine(&rng);
    g_autoptr(Room) room = build(&machine);

    if (machine.n_lips == 0)
        return;
    for (unsigned step = 0; step < 1000; step++) {
        HvTime pause_ns = draw_pause(&rng);

        change(&machine, room, &rng);
        room_run(room, pause_ns);
        flow(&machine, pause_ns);
        ck_assert_msg(
            worst_lag(&machine, room) <= 1.0001, "after %u changes somebody is %.3f frames from the ideal",
            step, worst_lag(&machine, room));
    }
    room_check(room);
}
END_TEST

/* --- Slice by slice ------------------------------------------------------------------------------------- */

/* The same changes, demands and looks, from the same seed. */
static void live(Machine *machine, Room *room, uint64_t seed)
{
    HvRng rng;

    hv_rng_init(&rng, seed, "test-dispatch live");
    for (unsigned i = 0; i < machine->n_lips; i++)
        if (hv_rng_below(&rng, 3) == 0)
            room_demand(&room->workers[i], 1 + hv_rng_below(&rng, 60 * MS), 1 + hv_rng_below(&rng, 100 * MS));
    for (unsigned step = 0; step < 400 && machine->n_lips > 0; step++) {
        unsigned i = (unsigned)hv_rng_below(&rng, machine->n_lips);
        Lip *lip = &machine->lips[i];

        if (room->workers[i].period_ns == 0 || hv_rng_below(&rng, 2)) {
            lip->held = !lip->held && hv_rng_below(&rng, 3) == 0;
            monitor_dispatch_set_held(room->dispatch, room->workers[i].tcb, lip->held);
        }
        if (room->workers[i].period_ns == 0) {
            lip->busy = !lip->busy;
            room_set_busy(&room->workers[i], lip->busy);
        }
        if (lip->ip > 0 && hv_rng_below(&rng, 20) == 0)
            monitor_dispatch_set_share(
                room->dispatch, room->workers[i].tcb, 1 + (uint32_t)hv_rng_below(&rng, lip->share_bp));
        /* Once for so long that what is averaged over 5 minutes counts. */
        HvTime pause_ns = step == 200 && machine->soft_hundredths > 0 ? 301 * HV_NS_PER_S : draw_pause(&rng);

        hv_engine_run_until(room->engine, hv_engine_now(room->engine) + pause_ns);
        if (hv_rng_below(&rng, 4) == 0)
            room_check(room);
    }
    room_check(room);
}

static void ck_same_accounts(const Room *a, const Room *b)
{
    for (unsigned ip = 1; ip <= a->n_ips; ip++) {
        MonitorIpAccount x = monitor_dispatch_ip_account(a->dispatch, ip);
        MonitorIpAccount y = monitor_dispatch_ip_account(b->dispatch, ip);

        ck_assert_mem_eq(&x, &y, sizeof(x));
        for (unsigned lpar = 1; lpar <= MAX_LPARS; lpar++)
            ck_assert_uint_eq(
                monitor_dispatch_matrix_ns(a->dispatch, lpar, ip),
                monitor_dispatch_matrix_ns(b->dispatch, lpar, ip));
    }
    for (unsigned lpar = 1; lpar <= MAX_LPARS; lpar++)
        for (MonitorBound bound = 0; bound < MONITOR_BOUNDS; bound++)
            ck_assert_uint_eq(
                monitor_dispatch_bound_ns(a->dispatch, lpar, bound),
                monitor_dispatch_bound_ns(b->dispatch, lpar, bound));
    for (unsigned i = 0; i < a->n_workers; i++) {
        MonitorLipAccount x = monitor_tcb_account(a->workers[i].tcb);
        MonitorLipAccount y = monitor_tcb_account(b->workers[i].tcb);

        ck_assert_mem_eq(&x, &y, sizeof(x));
        ck_assert_uint_eq(a->workers[i].ran_ns, b->workers[i].ran_ns);
    }
}

START_TEST(slice_by_slice_gives_the_same_integers)
{
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-dispatch slices");
    Machine machine = draw_machine(&rng);

    machine.plan.cost_ns = hv_rng_below(&rng, 2) ? hv_rng_below(&rng, MS / 2) : 0;
    machine.plan.wait_completion = hv_rng_below(&rng, 3) == 0;
    machine.soft_hundredths = hv_rng_below(&rng, 2) ? 1 + (uint32_t)hv_rng_below(&rng, 200) : 0;
    Machine other = machine;

    other.plan.every_slice = true;
    g_autoptr(Room) closed = build(&machine);
    g_autoptr(Room) slices = build(&other);

    live(&machine, closed, (uint64_t)_i);
    live(&other, slices, (uint64_t)_i);
    ck_same_accounts(closed, slices);
}
END_TEST

/* --- Seats ---------------------------------------------------------------------------------------------- */

/* What LIPs got and waited for; on which IP and in how many dispatches it was may differ. */
static void ck_same_times(const Room *a, const Room *b)
{
    HvTime busy_ns[2] = {0};

    for (unsigned ip = 1; ip <= a->n_ips; ip++) {
        busy_ns[0] += monitor_dispatch_ip_account(a->dispatch, ip).busy_ns;
        busy_ns[1] += monitor_dispatch_ip_account(b->dispatch, ip).busy_ns;
    }
    ck_assert_uint_eq(busy_ns[0], busy_ns[1]);
    for (unsigned i = 0; i < a->n_workers; i++) {
        MonitorLipAccount x = monitor_tcb_account(a->workers[i].tcb);
        MonitorLipAccount y = monitor_tcb_account(b->workers[i].tcb);

        x.dispatches = y.dispatches = 0;
        ck_assert_mem_eq(&x, &y, sizeof(x));
        ck_assert_uint_eq(a->workers[i].ran_ns, b->workers[i].ran_ns);
    }
}

/* As long as a dispatch costs nothing, frames give the same where there is an IP for everybody. */
START_TEST(seats_give_the_same_as_frames)
{
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-dispatch seats");
    Machine machine = draw_machine(&rng);

    machine.plan.wait_completion = hv_rng_below(&rng, 3) == 0;
    Machine other = machine;

    other.plan.frames_only = true;
    g_autoptr(Room) seats = build(&machine);
    g_autoptr(Room) frames = build(&other);

    live(&machine, seats, (uint64_t)_i);
    live(&other, frames, (uint64_t)_i);
    ck_same_times(seats, frames);
}
END_TEST

/* Looking changes nothing: the same machine, settled at many more moments. */
START_TEST(looking_changes_nothing)
{
    HvRng rng;

    hv_rng_init(&rng, (uint64_t)_i, "test-dispatch looks");
    Machine machine = draw_machine(&rng);
    g_autoptr(Room) seldom = build(&machine);
    g_autoptr(Room) often = build(&machine);

    for (unsigned i = 0; i < machine.n_lips; i++) {
        HvTime work_ns = 1 + hv_rng_below(&rng, 60 * MS);

        room_demand(&seldom->workers[i], work_ns, 100 * MS);
        room_demand(&often->workers[i], work_ns, 100 * MS);
    }
    room_run(seldom, 3 * HV_NS_PER_S);
    for (HvTime at_ns = 0; at_ns < 3 * HV_NS_PER_S;) {
        HvTime drawn_ns = 1 + draw_pause(&rng), pause_ns = MIN(drawn_ns, 3 * HV_NS_PER_S - at_ns);

        room_run(often, pause_ns);
        at_ns += pause_ns;
    }
    room_check(often);
    ck_same_accounts(seldom, often);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor/dispatch-random");
    TCase *tcase = tcase_create("random");

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, lag_is_within_a_frame, 0, 100);
    tcase_add_loop_test(tcase, slice_by_slice_gives_the_same_integers, 0, 60);
    tcase_add_loop_test(tcase, seats_give_the_same_as_frames, 0, 100);
    tcase_add_loop_test(tcase, looking_changes_nothing, 0, 50);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
