/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How many dispatches per second the dispatcher makes, beside a minimal event loop in the same run.
 *
 * The loop is the least that stride scheduling can be: a binary heap of IPs by the end of their slices and
 * one of ready LIPs by pass; the IP on top adds the slice to its LIP and takes the LIP with the smallest
 * pass. No caps, no waits, no limit by the LIPs of an LPAR, no accounts but one sum per LIP.
 *
 * The dispatcher has weights, caps, and all its accounts:
 *
 *   each slice     every dispatch is gone through and accounted one by one
 *   looked at      in closed form, but somebody wants to see all accounts once in each slice
 *   closed form    as it is used: the same integers without going through them, seen once a second
 *   mixed          a third of the LIPs want 30 % in periods of 100 ms, so frames are cut short all the time;
 *                  here the number of changes counts, not that of dispatches
 *
 * "Each slice" takes no decision per dispatch, because a frame has taken them all; what a decision costs is
 * in "mixed". Figures are the best of several rounds. Memory is what the heap holds more than before the
 * dispatcher was made.
 *
 *     bench-dispatch            the comparison
 *     bench-dispatch slices     dispatches per second, each slice, 200 IPs and 1000 LIPs
 *     bench-dispatch day        seconds for a simulated day of the same, in closed form
 */
#include "monitor/dispatch.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ROUNDS        3
#define LIPS_PER_LPAR 4
#define SLICE_NS      (12500 * HV_NS_PER_US)

typedef struct {
    unsigned n_ips, n_lips;
} Size;

/* Processor time, so that it matters less what else the machine does. */
static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* --- The minimal loop ----------------------------------------------------------------------------------- */

typedef struct {
    uint64_t pass, stride, ran_ns;
} StrideLip;

typedef struct {
    uint64_t key; /* an IP: end of its slice; a LIP: its pass */
    StrideLip *lip;
} HeapEntry;

/* Restores a binary heap after the key of its top has grown. */
static void sift_top(HeapEntry *heap, unsigned n)
{
    HeapEntry moved = heap[0];
    unsigned i = 0;

    for (unsigned child = 1; child < n; child = 2 * i + 1) {
        child += child + 1 < n && heap[child + 1].key < heap[child].key;
        if (moved.key <= heap[child].key)
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = moved;
}

static void stride_once(HeapEntry *ips, unsigned n_ips, HeapEntry *ready, unsigned n_ready)
{
    StrideLip *lip = ips[0].lip;

    lip->ran_ns += SLICE_NS;
    lip->pass += lip->stride;
    if (ready[0].key < lip->pass) {
        ips[0].lip = ready[0].lip;
        ready[0] = (HeapEntry){.key = lip->pass, .lip = lip};
        sift_top(ready, n_ready);
    }
    ips[0].key += SLICE_NS;
    sift_top(ips, n_ips);
}

static double stride_per_s(Size size, uint64_t dispatches)
{
    unsigned n_ready = size.n_lips - size.n_ips;
    g_autofree StrideLip *lips = g_new0(StrideLip, size.n_lips);
    g_autofree HeapEntry *ips = g_new0(HeapEntry, size.n_ips);
    g_autofree HeapEntry *ready = g_new0(HeapEntry, n_ready);

    for (unsigned i = 0; i < size.n_lips; i++)
        lips[i].stride = 1000000 / (10 + (1 + i / LIPS_PER_LPAR) * 367 % 981);
    for (unsigned i = 0; i < size.n_ips; i++)
        ips[i] = (HeapEntry){.key = i, .lip = &lips[i]};
    for (unsigned i = 0; i < n_ready; i++)
        ready[i].lip = &lips[size.n_ips + i];
    double begin_s = now_s();

    for (uint64_t k = 0; k < dispatches; k++)
        stride_once(ips, size.n_ips, ready, n_ready);
    double taken_s = now_s() - begin_s;
    uint64_t sum_ns = 0;

    for (unsigned i = 0; i < size.n_lips; i++)
        sum_ns += lips[i].ran_ns;
    g_assert(sum_ns == dispatches * SLICE_NS);
    return (double)dispatches / taken_s;
}

/* --- The dispatcher ------------------------------------------------------------------------------------- */

typedef struct Machine Machine;

typedef struct {
    Machine *machine;
    MonitorTcb *tcb;
    HvTime backlog_ns; /* HV_TIME_NEVER: busy */
    HvEvent arrival;
} Work;

struct Machine {
    HvEngine *engine;
    HvTrace *trace;
    MonitorDispatch *dispatch;
    Work *works;
    unsigned n_ips, n_lips;
    size_t heap_bytes;
    uint64_t changes; /* a LIP began or ended to have work */
};

static HvTime work_burst(void *data, unsigned lip)
{
    const Work *work = data;

    (void)lip;
    return work->backlog_ns;
}

static void work_ran(void *data, unsigned lip, HvTime ran_ns)
{
    Work *work = data;

    (void)lip;
    if (work->backlog_ns == HV_TIME_NEVER)
        return;
    work->backlog_ns -= ran_ns;
    if (work->backlog_ns > 0)
        return;
    work->machine->changes++;
    monitor_dispatch_set_ready(work->machine->dispatch, work->tcb, false);
}

static const MonitorWorkOps work_ops = {.burst = work_burst, .ran = work_ran};

static void work_arrives(HvEvent *event, void *data)
{
    Work *work = data;

    work->machine->changes += work->backlog_ns == 0;
    work->backlog_ns += 30 * HV_NS_PER_MS;
    monitor_dispatch_set_ready(work->machine->dispatch, work->tcb, true);
    hv_engine_after(work->machine->engine, event, 100 * HV_NS_PER_MS);
}

static size_t heap_in_use(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static void make_lip(Machine *machine, unsigned i, bool demands)
{
    const MonitorBinding binding = {.type = HV_IP_CP};
    Work *work = &machine->works[i];

    work->machine = machine;
    work->tcb = monitor_dispatch_make_task(
        machine->dispatch, 1 + i / LIPS_PER_LPAR, 1 + i % LIPS_PER_LPAR, &binding, &work_ops, work);
    hv_event_init(&work->arrival, HV_PRIORITY_GUEST, work_arrives, work);
    if (demands) {
        hv_engine_after(machine->engine, &work->arrival, i * 7919 * HV_NS_PER_US % (100 * HV_NS_PER_MS));
        return;
    }
    work->backlog_ns = HV_TIME_NEVER;
    monitor_dispatch_set_ready(machine->dispatch, work->tcb, true);
}

/* LPARs of four LIPs, weights from 10 to 990; every fifth has a hard cap, every seventh one of 1.50 IPs. */
static void set_terms(Machine *machine)
{
    for (unsigned lpar = 1; lpar <= machine->n_lips / LIPS_PER_LPAR; lpar++) {
        const uint32_t weights[HV_IP_TYPES] = {[HV_IP_CP] = 10 + lpar * 367 % 981};
        ResmgrCap cap = {.kind = lpar % 5 == 0 ? RESMGR_CAP_HARD : RESMGR_CAP_NONE};

        if (lpar % 7 == 0)
            cap = (ResmgrCap){RESMGR_CAP_ABSOLUTE, 150};
        monitor_dispatch_set_lpar(machine->dispatch, lpar, weights, cap);
    }
}

static void make_machine(Machine *machine, Size size, bool every_slice, bool mixed)
{
    g_autofree HvIpType *types = g_new0(HvIpType, size.n_ips);
    g_autofree bool *in_pool = g_new(bool, size.n_ips);

    *machine = (Machine){.n_ips = size.n_ips, .n_lips = size.n_lips};
    for (unsigned i = 0; i < size.n_ips; i++)
        in_pool[i] = true;
    machine->engine = hv_engine_new();
    machine->trace = hv_trace_new();
    machine->works = g_new0(Work, size.n_lips);
    size_t before_bytes = heap_in_use();

    machine->dispatch = monitor_dispatch_new(
        machine->engine, machine->trace,
        &(MonitorDispatchConfig){
            .n_ips = size.n_ips,
            .ip_types = types,
            .ip_in_pool = in_pool,
            .max_lpar = RESMGR_MAX_LPARS,
            .slice_ns = SLICE_NS,
            .every_slice = every_slice,
        });
    set_terms(machine);
    for (unsigned i = 0; i < size.n_lips; i++)
        make_lip(machine, i, mixed && i % 3 == 0);
    hv_engine_run_until(machine->engine, 1);
    machine->heap_bytes = heap_in_use() - before_bytes;
}

static void clear_machine(Machine *machine)
{
    for (unsigned i = 0; i < machine->n_lips; i++)
        hv_engine_cancel(machine->engine, &machine->works[i].arrival);
    monitor_dispatch_free(machine->dispatch);
    hv_trace_free(machine->trace);
    hv_engine_free(machine->engine);
    g_free(machine->works);
}

/* --- The comparison ------------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    bool every_slice, mixed;
    HvTime look_ns;      /* all accounts are wanted this often */
    HvTime simulated_ns; /* at 16 IPs; less where there are more */
} Case;

static const Case cases[] = {
    {"each slice", true, false, HV_NS_PER_S, 1000 * HV_NS_PER_S},
    {"looked at", false, false, SLICE_NS, 400 * HV_NS_PER_S},
    {"closed form", false, false, HV_NS_PER_S, 2000 * HV_NS_PER_S},
    {"mixed, each slice", true, true, HV_NS_PER_S, 5 * HV_NS_PER_S},
    {"mixed, closed form", false, true, HV_NS_PER_S, 5 * HV_NS_PER_S},
};

typedef struct {
    double dispatches_per_s, changes_per_s, speed; /* speed: simulated time / real time */
    size_t heap_bytes;
} Result;

static Result measure(const Case *one, Size size)
{
    HvTime until_ns = MAX(HV_NS_PER_S, one->simulated_ns / size.n_ips * 16);
    uint64_t dispatches = 0;
    Machine machine;

    make_machine(&machine, size, one->every_slice, one->mixed);
    double begin_s = now_s();

    for (HvTime at_ns = 0; at_ns < until_ns;) {
        at_ns = MIN(at_ns + one->look_ns, until_ns);
        hv_engine_run_until(machine.engine, at_ns);
        monitor_dispatch_settle(machine.dispatch);
    }
    double taken_s = now_s() - begin_s;

    for (unsigned ip = 1; ip <= size.n_ips; ip++) {
        MonitorIpAccount account = monitor_dispatch_ip_account(machine.dispatch, ip);

        g_assert(account.busy_ns + account.idle_ns + account.management_ns == until_ns);
        dispatches += account.dispatches;
    }
    const Result result = {
        .dispatches_per_s = (double)dispatches / taken_s,
        .changes_per_s = (double)machine.changes / taken_s,
        .speed = (double)until_ns / (double)HV_NS_PER_S / taken_s,
        .heap_bytes = machine.heap_bytes,
    };

    clear_machine(&machine);
    return result;
}

static void compare(Size size)
{
    double bare_per_s = 0;

    for (unsigned round = 0; round < ROUNDS; round++)
        bare_per_s = MAX(bare_per_s, stride_per_s(size, 3000000));
    printf(
        "%u IPs, %u LIPs\n  %-20s %10.2f M dispatches/s\n", size.n_ips, size.n_lips, "minimal loop",
        bare_per_s * 1e-6);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        Result best = {0};

        for (unsigned round = 0; round < ROUNDS; round++) {
            Result result = measure(&cases[i], size);

            best = result.dispatches_per_s > best.dispatches_per_s ? result : best;
        }
        printf(
            "  %-20s %10.2f M dispatches/s  %9.3f of the loop  %8.1f k changes/s  %10.1f x real time  %5.2f "
            "MiB\n",
            cases[i].name, best.dispatches_per_s * 1e-6, best.dispatches_per_s / bare_per_s,
            best.changes_per_s * 1e-3, best.speed, (double)best.heap_bytes / (double)HV_MIB);
    }
}

/*
 * A day of busy LIPs in closed form, with all accounts seen every 15 minutes: seconds it takes. The minimal loop would
 * have to make n_ips dispatches for each slice of it.
 */
static double day_s(Size size)
{
    const Case day = {"a day", false, false, 900 * HV_NS_PER_S, 86400 * HV_NS_PER_S / 16 * size.n_ips};

    return 86400 / measure(&day, size).speed;
}

int main(int argc, char **argv)
{
    const Size large = {200, 1000};

    if (argc == 2 && strcmp(argv[1], "slices") == 0) {
        printf("%.0f\n", measure(&cases[0], large).dispatches_per_s);
    } else if (argc == 2 && strcmp(argv[1], "day") == 0) {
        printf("%.4f\n", day_s(large));
    } else {
        compare((Size){16, 80});
        compare(large);
        printf("  %-20s %10.4f s\n", "a day, closed form", day_s(large));
    }
    return 0;
}
