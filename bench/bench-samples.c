/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How long a day of a data centre takes: 1052 guests, 288 five-minute samples of utilization each, 800 machines of two
 * IPs.
 *
 * Each guest is an LPAR with one LIP in the pool of its machine; 252 machines have two of them, the others one. What a
 * sample says is work that arrives at the beginning of its five minutes. The samples are drawn: most guests use little,
 * some a lot. All machines run in one simulation, and everything is measured, making and ending them too. At the end the
 * work done must be the work that came, to the nanosecond.
 *
 * The best that was measured elsewhere, on 2 cores with one thread, took 0.41 s and 35 MiB.
 *
 *     bench-samples             how long it takes and how much memory
 *     bench-samples seconds     how long, as a number
 */
#include "bench/peak.h"
#include "hv/rng.h"
#include "monitor/dispatch.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define N_GUESTS    1052
#define N_MACHINES  800
#define N_SAMPLES   288
#define IPS         2
#define INTERVAL_NS (300 * HV_NS_PER_S)
#define ROUNDS      5
#define BEST_S      0.41
#define BEST_MIB    35

typedef struct Centre Centre;

typedef struct {
    Centre *centre;
    MonitorDispatch *dispatch;
    MonitorTcb *tcb;
    HvTime left_ns, came_ns;
    unsigned nth;
    HvEvent sample;
} Guest;

struct Centre {
    HvEngine *engine;
    HvTrace *trace;
    MonitorDispatch *machines[N_MACHINES];
    Guest guests[N_GUESTS];
    const uint8_t (*percents)[N_SAMPLES]; /* [guest][sample] */
};

/* Processor time, so that it matters less what else the machine does. */
static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
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

    (void)lip;
    guest->left_ns -= ran_ns;
    if (guest->left_ns == 0)
        monitor_dispatch_set_ready(guest->dispatch, guest->tcb, false);
}

static const MonitorWorkOps guest_ops = {.burst = guest_burst, .ran = guest_ran};

static void sample_begins(HvEvent *event, void *data)
{
    Guest *guest = data;
    const Centre *centre = guest->centre;
    HvTime work_ns = centre->percents[guest - centre->guests][guest->nth++] * (INTERVAL_NS / 100);

    if (guest->nth < N_SAMPLES)
        hv_engine_after(centre->engine, event, INTERVAL_NS);
    if (work_ns == 0)
        return;
    guest->came_ns += work_ns;
    guest->left_ns += work_ns;
    monitor_dispatch_set_ready(guest->dispatch, guest->tcb, true);
}

static MonitorDispatch *make_machine(const Centre *centre)
{
    static const HvIpType types[IPS] = {HV_IP_CP, HV_IP_CP};
    static const bool in_pool[IPS] = {true, true};

    return monitor_dispatch_new(
        centre->engine, centre->trace,
        &(MonitorDispatchConfig){.n_ips = IPS, .ip_types = types, .ip_in_pool = in_pool, .max_lpar = 2});
}

static void make_guest(Centre *centre, unsigned i)
{
    static const uint32_t weights[HV_IP_TYPES] = {[HV_IP_CP] = 100};
    const MonitorBinding binding = {.type = HV_IP_CP};
    unsigned lpar = 1 + i / N_MACHINES;
    Guest *guest = &centre->guests[i];

    guest->centre = centre;
    guest->dispatch = centre->machines[i % N_MACHINES];
    monitor_dispatch_set_lpar(guest->dispatch, lpar, weights, (ResmgrCap){.kind = RESMGR_CAP_NONE});
    guest->tcb = monitor_dispatch_make_task(guest->dispatch, lpar, 1, &binding, &guest_ops, guest);
    hv_event_init(&guest->sample, HV_PRIORITY_GUEST, sample_begins, guest);
    hv_engine_after(centre->engine, &guest->sample, 0);
}

static void check(Centre *centre)
{
    for (unsigned i = 0; i < N_MACHINES; i++)
        monitor_dispatch_settle(centre->machines[i]);
    for (unsigned i = 0; i < N_GUESTS; i++) {
        const Guest *guest = &centre->guests[i];

        g_assert(monitor_tcb_account(guest->tcb).running_ns + guest->left_ns == guest->came_ns);
    }
}

static void simulate(const uint8_t (*percents)[N_SAMPLES])
{
    Centre *centre = g_new0(Centre, 1);

    centre->percents = percents;
    centre->engine = hv_engine_new();
    centre->trace = hv_trace_new();
    for (unsigned i = 0; i < N_MACHINES; i++)
        centre->machines[i] = make_machine(centre);
    for (unsigned i = 0; i < N_GUESTS; i++)
        make_guest(centre, i);
    hv_engine_run_until(centre->engine, N_SAMPLES * INTERVAL_NS);
    check(centre);
    for (unsigned i = 0; i < N_MACHINES; i++)
        monitor_dispatch_free(centre->machines[i]);
    hv_trace_free(centre->trace);
    hv_engine_free(centre->engine);
    g_free(centre);
}

/* Most guests use little, some a lot: a guest's mean is its square, and samples are spread around it. */
static void draw_percents(uint8_t (*percents)[N_SAMPLES])
{
    HvRng rng;

    hv_rng_init(&rng, 1, "bench-samples");
    for (unsigned i = 0; i < N_GUESTS; i++) {
        unsigned root = (unsigned)hv_rng_below(&rng, 8), mean = root * root;

        for (unsigned k = 0; k < N_SAMPLES; k++)
            percents[i][k] = (uint8_t)MIN(hv_rng_below(&rng, 2 * mean + 1), 100);
    }
}

int main(int argc, char **argv)
{
    bool only_the_time = argc == 2 && strcmp(argv[1], "seconds") == 0;
    g_autofree uint8_t(*percents)[N_SAMPLES] = g_malloc(sizeof(*percents) * N_GUESTS);
    double best_s = 1e9;

    draw_percents(percents);
    for (unsigned round = 0; round < ROUNDS; round++) {
        double begin_s = now_s();

        simulate(percents);
        best_s = MIN(best_s, now_s() - begin_s);
    }
    if (only_the_time) {
        printf("%.4f\n", best_s);
        return 0;
    }
    printf(
        "%d guests x %d samples, %d machines: %.4f s, %.1f MiB; the best elsewhere %.2f s, %d MiB: %.1f "
        "times as fast\n",
        N_GUESTS, N_SAMPLES, N_MACHINES, best_s, (double)bench_peak_kib() / 1024, BEST_S, BEST_MIB,
        BEST_S / best_s);
    return 0;
}
