/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How many jobs per second the dispatcher carries: N guests to which jobs of 10 ms come at random, on N/5 IPs, 200 at
 * most.
 *
 * Each guest is an LPAR with one LIP in one pool, all of the same weight, and does its jobs in order of arrival. Jobs
 * arrive as a Poisson process so that the IPs are used to 70 %; their lengths are exponential, or all the same. Slices
 * are the rule's, 12.5 ms here. All accounts are kept and checked at the end, and so is what was simulated: the use of
 * the IPs and the number of jobs must be what was asked for.
 *
 * Peers do the same work by their own means: compare-peers.py prints them beside it. Other figures are the best that
 * was measured elsewhere, on 2 cores, with one thread.
 *
 *     bench-jobs                      a table
 *     bench-jobs N JOBS KIND          jobs per second of that: KIND is exponential or constant
 *     bench-jobs N JOBS KIND memory   the most memory it had, in KiB
 */
#include "bench/peak.h"
#include "hv/rng.h"
#include "monitor/dispatch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MEAN_JOB_NS    (10 * HV_NS_PER_MS)
#define LOAD           0.7
#define GUESTS_PER_IP  5
#define MAX_IPS        200
#define ROUNDS         3
#define USE_TOLERANCE  0.05
#define JOBS_PER_ROUND 3000000

typedef struct {
    unsigned n_guests;
    uint64_t n_jobs;
    bool exponential;
} Case;

typedef struct Machine Machine;

/* One guest: the job it is at, and how many wait behind it. */
typedef struct {
    Machine *machine;
    MonitorTcb *tcb;
    HvTime left_ns;
    uint64_t waiting;
    HvRng rng;
    HvEvent arrival;
} Guest;

struct Machine {
    const Case *one;
    HvEngine *engine;
    HvTrace *trace;
    MonitorDispatch *dispatch;
    Guest *guests;
    unsigned n_ips;
    double mean_gap_ns;
    uint64_t arrived, done;
    bool goes_on;
};

/* Processor time, so that it matters less what else the machine does. */
static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static HvTime draw(HvRng *rng, double mean_ns)
{
    return 1 + (HvTime)(-log1p(-hv_rng_unit(rng)) * mean_ns);
}

static HvTime draw_job(Guest *guest)
{
    return guest->machine->one->exponential ? draw(&guest->rng, (double)MEAN_JOB_NS) : MEAN_JOB_NS;
}

static HvTime guest_burst(void *work, unsigned lip)
{
    const Guest *guest = work;

    (void)lip;
    return guest->left_ns;
}

static void guest_ran(void *work, unsigned lip, HvTime ran_ns)
{
    Guest *guest = work;
    Machine *machine = guest->machine;

    (void)lip;
    guest->left_ns -= ran_ns;
    if (guest->left_ns > 0)
        return;
    if (++machine->done == machine->one->n_jobs)
        machine->goes_on = false;
    if (guest->waiting > 0) {
        guest->waiting--;
        guest->left_ns = draw_job(guest);
    } else {
        monitor_dispatch_set_ready(machine->dispatch, guest->tcb, false);
    }
}

static const MonitorWorkOps guest_ops = {.burst = guest_burst, .ran = guest_ran};

static void job_arrives(HvEvent *event, void *data)
{
    Guest *guest = data;
    Machine *machine = guest->machine;

    machine->arrived++;
    hv_engine_after(machine->engine, event, draw(&guest->rng, machine->mean_gap_ns));
    if (guest->left_ns > 0) {
        guest->waiting++;
        return;
    }
    guest->left_ns = draw_job(guest);
    monitor_dispatch_set_ready(machine->dispatch, guest->tcb, true);
}

static void make_dispatch(Machine *machine)
{
    g_autofree HvIpType *types = g_new0(HvIpType, machine->n_ips);
    g_autofree bool *in_pool = g_new(bool, machine->n_ips);

    for (unsigned i = 0; i < machine->n_ips; i++)
        in_pool[i] = true;
    machine->dispatch = monitor_dispatch_new(
        machine->engine, machine->trace,
        &(MonitorDispatchConfig){
            .n_ips = machine->n_ips,
            .ip_types = types,
            .ip_in_pool = in_pool,
            .max_lpar = machine->one->n_guests,
        });
}

static void make_guest(Machine *machine, unsigned number)
{
    static const uint32_t weights[HV_IP_TYPES] = {[HV_IP_CP] = 100};
    const MonitorBinding binding = {.type = HV_IP_CP};
    Guest *guest = &machine->guests[number - 1];

    guest->machine = machine;
    hv_rng_init(&guest->rng, number, "bench-jobs");
    hv_event_init(&guest->arrival, HV_PRIORITY_GUEST, job_arrives, guest);
    monitor_dispatch_set_lpar(machine->dispatch, number, weights, (ResmgrCap){.kind = RESMGR_CAP_NONE});
    guest->tcb = monitor_dispatch_make_task(machine->dispatch, number, 1, &binding, &guest_ops, guest);
    hv_engine_after(machine->engine, &guest->arrival, draw(&guest->rng, machine->mean_gap_ns));
}

static void make_machine(Machine *machine, const Case *one)
{
    *machine = (Machine){.one = one, .n_ips = MIN(one->n_guests / GUESTS_PER_IP, MAX_IPS), .goes_on = true};
    machine->mean_gap_ns = (double)MEAN_JOB_NS * one->n_guests / (LOAD * machine->n_ips);
    machine->engine = hv_engine_new();
    machine->trace = hv_trace_new();
    machine->guests = g_new0(Guest, one->n_guests);
    make_dispatch(machine);
    for (unsigned number = 1; number <= one->n_guests; number++)
        make_guest(machine, number);
    hv_engine_run_until(machine->engine, 1);
}

static void clear_machine(Machine *machine)
{
    for (unsigned i = 0; i < machine->one->n_guests; i++)
        hv_engine_cancel(machine->engine, &machine->guests[i].arrival);
    monitor_dispatch_free(machine->dispatch);
    hv_trace_free(machine->trace);
    hv_engine_free(machine->engine);
    g_free(machine->guests);
}

/* Part of the IPs' time that was used, from the accounts, which must be conserved. */
static double use_of(const Machine *machine)
{
    HvTime now_ns = hv_engine_now(machine->engine), busy_ns = 0, running_ns = 0;

    monitor_dispatch_settle(machine->dispatch);
    for (unsigned ip = 1; ip <= machine->n_ips; ip++) {
        MonitorIpAccount account = monitor_dispatch_ip_account(machine->dispatch, ip);

        g_assert(account.busy_ns + account.idle_ns + account.management_ns == now_ns);
        busy_ns += account.busy_ns;
    }
    for (unsigned i = 0; i < machine->one->n_guests; i++) {
        MonitorLipAccount account = monitor_tcb_account(machine->guests[i].tcb);

        g_assert(account.running_ns + account.ready_ns + account.waiting_ns == account.online_ns);
        running_ns += account.running_ns;
    }
    g_assert(running_ns == busy_ns);
    return (double)busy_ns / (double)now_ns / machine->n_ips;
}

/* Jobs per second. */
static double measure(const Case *one)
{
    Machine machine;

    make_machine(&machine, one);
    double begin_s = now_s();

    hv_engine_run_while(machine.engine, &machine.goes_on);
    double taken_s = now_s() - begin_s, use = use_of(&machine);

    if (one->n_jobs >= 100000 && fabs(use - LOAD) > USE_TOLERANCE)
        g_error("%u guests use %.3f of the IPs, not %.3f", one->n_guests, use, LOAD);
    clear_machine(&machine);
    return (double)one->n_jobs / taken_s;
}

static void compare(unsigned n_guests, double elsewhere_per_s)
{
    for (unsigned exponential = 0; exponential < 2; exponential++) {
        const Case one = {.n_guests = n_guests, .n_jobs = JOBS_PER_ROUND, .exponential = exponential};
        double best_per_s = 0;

        for (unsigned round = 0; round < ROUNDS; round++)
            best_per_s = MAX(best_per_s, measure(&one));
        printf(
            "%6u guests, %-11s %9.0f jobs/s  %6.1f x the best elsewhere (%.0f)\n", n_guests,
            exponential ? "exponential" : "constant", best_per_s, best_per_s / elsewhere_per_s,
            elsewhere_per_s);
    }
}

int main(int argc, char **argv)
{
    if (argc >= 4) {
        const Case one = {
            .n_guests = (unsigned)atoi(argv[1]),
            .n_jobs = (uint64_t)atoll(argv[2]),
            .exponential = strcmp(argv[3], "exponential") == 0,
        };

        if (one.n_guests < GUESTS_PER_IP || one.n_jobs == 0)
            g_error("at least %d guests and one job", GUESTS_PER_IP);
        double jobs_per_s = measure(&one);

        if (argc == 5)
            printf("%lu\n", bench_peak_kib());
        else
            printf("%.0f\n", jobs_per_s);
        return 0;
    }
    compare(10, 40900);
    compare(1000, 8050);
    compare(10000, 1100);
    return 0;
}
