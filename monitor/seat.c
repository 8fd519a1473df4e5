/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Seats: as long as there is an IP for each LIP that takes part, and no cap holds any of them down, there is nothing to
 * divide.
 *
 *     frame --laid out anew, an IP for everybody (monitor_seats_lay_out)--> seats
 *     seats --one too many, or beyond its LPAR's cap (monitor_seats_adapt is false)--> stale --> frame
 *
 * A LIP that begins to take part gets the lowest free IP and has it to itself until it ends to; what others do
 * meanwhile does not concern it. So a change costs the same however many LIPs there are: a bit for the IP, and an event
 * in the engine's queue for the end of the burst. A frame would give each LIP the same time, from the same moment to
 * the same moment; but it would be laid out anew for all, on other IPs, with a new dispatch for each.
 *
 * Credits stay as they are: who has a whole IP gets all that he is entitled to.
 *
 * Owns the bits of the free IPs and, per free IP, since when it is idle.
 */
#include "monitor/dispatch-private.h"

#include <string.h>

#define IPS_PER_WORD 64

static void burst_ends(HvEvent *event, void *data);

static HvTime domain_now(const MonitorDomain *domain)
{
    return hv_engine_now(domain->dispatch->engine);
}

void monitor_seats_clear(MonitorSeats *seats)
{
    g_free(seats->free);
    g_free(seats->idle_since_ns);
}

void monitor_seat_init(MonitorTcb *tcb)
{
    hv_event_init(&tcb->burst_end, HV_PRIORITY_DISPATCH, burst_ends, tcb);
}

/* --- Sitting down and getting up ------------------------------------------------------------------------ */

static void account_idle(MonitorDomain *domain, unsigned i)
{
    HvTime now_ns = domain_now(domain);
    MonitorIpAccount *account = &domain->dispatch->ip_accounts[g_array_index(domain->ips, unsigned, i) - 1];

    account->idle_ns += now_ns - domain->seats.idle_since_ns[i];
    domain->seats.idle_since_ns[i] = now_ns;
}

void monitor_seats_account_idle(MonitorDomain *domain)
{
    const MonitorSeats *seats = &domain->seats;

    for (unsigned word = 0; word < seats->n_words; word++)
        for (uint64_t bits = seats->free[word]; bits > 0; bits &= bits - 1)
            account_idle(domain, word * IPS_PER_WORD + (unsigned)__builtin_ctzll(bits));
}

/* False if there is no free IP. */
static bool sit_down(MonitorDomain *domain, MonitorTcb *tcb)
{
    MonitorSeats *seats = &domain->seats;
    unsigned word = 0;

    g_assert(tcb->seat == 0);
    while (word < seats->n_words && seats->free[word] == 0)
        word++;
    if (word == seats->n_words)
        return false;
    unsigned i = word * IPS_PER_WORD + (unsigned)__builtin_ctzll(seats->free[word]);

    seats->free[word] &= seats->free[word] - 1;
    account_idle(domain, i);
    tcb->seat = i + 1;
    tcb->seated_ns = domain_now(domain);
    tcb->seat_gave = (MonitorRan){0};
    return true;
}

static void get_up(MonitorDomain *domain, MonitorTcb *tcb)
{
    MonitorSeats *seats = &domain->seats;
    unsigned i = tcb->seat - 1;

    g_assert(tcb->seat > 0 && tcb->settled_ns == domain_now(domain));
    seats->free[i / IPS_PER_WORD] |= UINT64_C(1) << i % IPS_PER_WORD;
    seats->idle_since_ns[i] = domain_now(domain);
    tcb->seat = 0;
    hv_engine_cancel(domain->dispatch->engine, &tcb->burst_end);
}

MonitorRan monitor_seat_take_ran(const MonitorDomain *domain, MonitorTcb *tcb, HvTime now_ns)
{
    const MonitorSlices slices = {domain->seats.slice_ns, domain->dispatch->config.dispatch_cost_ns};
    const MonitorRan before = tcb->seat_gave;

    tcb->seat_gave = monitor_slices_ran(&slices, now_ns - tcb->seated_ns);
    if (domain->dispatch->config.every_slice)
        return monitor_slices_walk(&slices, tcb->settled_ns - tcb->seated_ns, now_ns - tcb->seated_ns);
    return (MonitorRan){
        .busy_ns = tcb->seat_gave.busy_ns - before.busy_ns,
        .management_ns = tcb->seat_gave.management_ns - before.management_ns,
        .dispatches = tcb->seat_gave.dispatches - before.dispatches,
    };
}

/* --- The end of a burst --------------------------------------------------------------------------------- */

void monitor_seat_ask(MonitorTcb *tcb)
{
    MonitorDomain *domain = tcb->domain;
    HvEngine *engine = domain->dispatch->engine;
    const MonitorSlices slices = {domain->seats.slice_ns, domain->dispatch->config.dispatch_cost_ns};

    if (tcb->seat == 0)
        return;
    HvTime burst_ns = tcb->has_work ? tcb->ops->burst(tcb->work, tcb->lip) : HV_TIME_NEVER;
    HvTime at_ns = HV_TIME_NEVER;

    if (burst_ns != HV_TIME_NEVER && burst_ns > 0)
        at_ns = monitor_slices_when(&slices, tcb->seat_gave.busy_ns + burst_ns);
    if (at_ns == HV_TIME_NEVER)
        hv_engine_cancel(engine, &tcb->burst_end);
    else if (!hv_event_is_queued(&tcb->burst_end) || tcb->burst_end.time_ns != tcb->seated_ns + at_ns)
        hv_engine_at(engine, &tcb->burst_end, tcb->seated_ns + at_ns);
}

/* All LIPs of the LPAR are asked, for what one has done may change what is left for another. */
static void burst_ends(HvEvent *event, void *data)
{
    MonitorTcb *tcb = data;
    MonitorDomain *domain = tcb->domain;
    unsigned lpar = tcb->lpar;

    (void)event;
    monitor_domain_settle_lpar(domain, tcb);
    if (domain->stale)
        return;
    /* Nobody has come or gone, so the task is still there. */
    unsigned i = tcb->index;

    while (i > 0 && monitor_domain_tcb(domain, i - 1)->lpar == lpar)
        i--;
    for (; i < domain->tcbs->len && monitor_domain_tcb(domain, i)->lpar == lpar; i++)
        monitor_seat_ask(monitor_domain_tcb(domain, i));
}

/* --- Seats for all -------------------------------------------------------------------------------------- */

/* Whoever no cap holds down, with as many LIPs as his LPAR has at work, has a whole IP if there is one. */
static bool may_sit(const MonitorDomain *domain, const MonitorTcb *tcb)
{
    return !monitor_domain_cap_binds(domain, tcb) && !monitor_capacity_binds(domain->dispatch, tcb->lpar) &&
           !domain->dispatch->lending;
}

bool monitor_seats_adapt(MonitorDomain *domain, MonitorTcb *tcb)
{
    bool takes_part = monitor_tcb_takes_part(tcb);

    g_assert(domain->seats.in_force && tcb->settled_ns == domain_now(domain));
    if (takes_part && tcb->seat == 0 && !(may_sit(domain, tcb) && sit_down(domain, tcb)))
        return false;
    if (!takes_part && tcb->seat > 0)
        get_up(domain, tcb);
    monitor_seat_ask(tcb);
    return true;
}

static bool suffice(const MonitorDomain *domain)
{
    if (!domain->policy->whole_ips || domain->dispatch->config.frames_only ||
        domain->n_takers > domain->ips->len)
        return false;
    for (unsigned i = 0; i < domain->n_takers; i++)
        if (!may_sit(domain, domain->takers[i]))
            return false;
    return true;
}

static void bring(MonitorDomain *domain)
{
    MonitorSeats *seats = &domain->seats;
    unsigned n = domain->ips->len;

    seats->n_words = (n + IPS_PER_WORD - 1) / IPS_PER_WORD;
    seats->free = g_renew(uint64_t, seats->free, seats->n_words);
    seats->idle_since_ns = g_renew(HvTime, seats->idle_since_ns, n);
    memset(seats->free, 0, seats->n_words * sizeof(*seats->free));
    for (unsigned i = 0; i < n; i++) {
        seats->free[i / IPS_PER_WORD] |= UINT64_C(1) << i % IPS_PER_WORD;
        seats->idle_since_ns[i] = domain_now(domain);
    }
    seats->slice_ns = monitor_domain_slice(domain);
    seats->in_force = true;
}

bool monitor_seats_lay_out(MonitorDomain *domain)
{
    if (!suffice(domain)) {
        monitor_seats_leave(domain);
        return false;
    }
    if (!domain->seats.in_force)
        bring(domain);
    else /* those who go, so that their seats can be had */
        for (unsigned i = 0; i < domain->tcbs->len; i++)
            if (!monitor_tcb_takes_part(monitor_domain_tcb(domain, i)))
                monitor_seats_adapt(domain, monitor_domain_tcb(domain, i));
    /* No cap binds who sits, nor who is not there. */
    for (unsigned i = 0; i < domain->tcbs->len && domain->dispatch->has_caps; i++)
        monitor_bound_set(monitor_domain_tcb(domain, i), MONITOR_BOUND_NONE);
    for (unsigned i = 0; i < domain->n_takers; i++) {
        bool has_seat = monitor_seats_adapt(domain, domain->takers[i]);

        g_assert(has_seat);
    }
    return true;
}

void monitor_seats_leave(MonitorDomain *domain)
{
    if (!domain->seats.in_force)
        return;
    for (unsigned i = 0; i < domain->tcbs->len; i++)
        if (monitor_domain_tcb(domain, i)->seat > 0)
            get_up(domain, monitor_domain_tcb(domain, i));
    monitor_seats_account_idle(domain);
    domain->seats.in_force = false;
}
