/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A dispatching domain: how it is laid out, and when that must change.
 *
 *     settled --time passes--> unsettled --monitor_domain_settle (settle.c)--> settled
 *     settled --somebody begins or ends to be runnable--> stale --event, same time--> laid out anew
 *
 * It has seats, as long as there is an IP for everybody (seat.c), and a frame otherwise. Seats adapt to most changes;
 * a frame is stale after each.
 *
 * The event of a domain is queued for the earliest of: now, if it is stale; the end of the frame, if the
 * frame makes credits good (credit.c); the end of the first burst in the frame. A domain in which all are busy
 * for ever, or nobody is, has none.
 *
 * In the frame, whoever lacks most goes first.
 */
#include "monitor/dispatch-private.h"

#include <string.h>

static void domain_event(HvEvent *event, void *data);

MonitorDomain *monitor_domain_new(MonitorDispatch *dispatch, const MonitorPolicyOps *policy, HvIpType type)
{
    MonitorDomain *domain = g_new0(MonitorDomain, 1);

    domain->dispatch = dispatch;
    domain->policy = policy;
    domain->type = type;
    domain->resized = true;
    domain->ips = g_array_new(FALSE, FALSE, sizeof(unsigned));
    domain->tcbs = g_ptr_array_new();
    domain->since_ns = domain->made_ns = hv_engine_now(dispatch->engine);
    hv_event_init(&domain->event, HV_PRIORITY_DISPATCH, domain_event, domain);
    return domain;
}

static void scratch_clear(MonitorScratch *scratch)
{
    g_free(scratch->allotments_ns);
    g_free(scratch->ordered_ns);
    g_free(scratch->capped);
    g_free(scratch->places);
    g_free(scratch->spare_places);
    g_free(scratch->wanted_ns);
    g_free(scratch->rooms_ns);
    g_free(scratch->extra_ns);
    g_free(scratch->weights);
}

static void scratch_resize(MonitorScratch *scratch, unsigned n)
{
    scratch->allotments_ns = g_renew(HvTime, scratch->allotments_ns, n);
    scratch->ordered_ns = g_renew(HvTime, scratch->ordered_ns, n);
    scratch->capped = g_renew(bool, scratch->capped, n);
    scratch->places = g_renew(MonitorPlace, scratch->places, n);
    scratch->spare_places = g_renew(MonitorPlace, scratch->spare_places, n);
    scratch->wanted_ns = g_renew(HvTime, scratch->wanted_ns, n);
    scratch->rooms_ns = g_renew(HvTime, scratch->rooms_ns, n);
    scratch->extra_ns = g_renew(HvTime, scratch->extra_ns, n);
    scratch->weights = g_renew(uint64_t, scratch->weights, n);
}

void monitor_domain_free(MonitorDomain *domain)
{
    hv_engine_cancel(domain->dispatch->engine, &domain->event);
    for (unsigned i = 0; i < domain->tcbs->len; i++)
        hv_engine_cancel(domain->dispatch->engine, &monitor_domain_tcb(domain, i)->burst_end);
    monitor_seats_clear(&domain->seats);
    monitor_frame_clear(&domain->frame);
    scratch_clear(&domain->scratch);
    g_free(domain->frame_tcbs);
    g_free(domain->accounted);
    g_free(domain->takers);
    g_array_unref(domain->ips);
    g_ptr_array_unref(domain->tcbs);
    g_free(domain);
}

/* --- Laying out ----------------------------------------------------------------------------------------- */

static void place(MonitorDomain *domain, const HvTime *allotments_ns, HvTime length_ns)
{
    MonitorPlace *places = domain->scratch.places;
    HvTime *ordered_ns = domain->scratch.ordered_ns;
    unsigned n = 0, n_home = 0;

    for (unsigned i = 0; i < domain->n_takers; i++)
        if (allotments_ns[i] > 0)
            places[n++] = (MonitorPlace){domain->takers[i]->credit_ns, i};
    if (monitor_domain_is_vertical(domain))
        n_home = monitor_polarization_at_home(domain, allotments_ns, length_ns, places, n);
    monitor_places_sort(places + n_home, domain->scratch.spare_places, n - n_home, (int64_t)length_ns);
    for (unsigned i = 0; i < n; i++) {
        domain->frame_tcbs[i] = domain->takers[places[i].index];
        ordered_ns[i] = allotments_ns[places[i].index];
    }
    monitor_frame_lay_out(
        &domain->frame, ordered_ns, n, domain->ips->len, length_ns, monitor_domain_slice(domain),
        domain->dispatch->config.dispatch_cost_ns);
    monitor_frame_run_on(&domain->frame, n_home, MONITOR_VERTICAL_HIGH_SLICE_NS);
    memset(domain->accounted, 0, domain->frame.n_pieces * sizeof(*domain->accounted));
}

/* What each is entitled to; a debt or a claim of more than a frame is forgiven down to one. */
static void entitle(MonitorDomain *domain, const HvTime *allotments_ns, HvTime length_ns)
{
    for (unsigned i = 0; i < domain->n_takers; i++) {
        MonitorTcb *tcb = domain->takers[i];

        tcb->entitled_ns = allotments_ns[i];
        tcb->credited_ns = 0;
        tcb->credit_ns = CLAMP(tcb->credit_ns, -(int64_t)length_ns, (int64_t)length_ns);
    }
}

/* The policy's division among all; of those who do not take part no more is said. */
static HvTime divide(MonitorDomain *domain, HvTime *ret_allotments_ns, bool *ret_capped)
{
    HvTime length_ns = monitor_domain_divide(domain, ret_allotments_ns, ret_capped);

    for (unsigned i = 0; i < domain->n_takers; i++) {
        ret_allotments_ns[i] = ret_allotments_ns[domain->takers[i]->index];
        ret_capped[i] = ret_capped[domain->takers[i]->index];
    }
    return length_ns;
}

static void lay_out_frame(MonitorDomain *domain)
{
    HvTime *allotments_ns = domain->scratch.allotments_ns;
    bool *capped = domain->scratch.capped;
    HvTime length_ns = divide(domain, allotments_ns, capped);

    entitle(domain, allotments_ns, length_ns);
    if (monitor_domain_is_vertical(domain))
        monitor_polarization_park(domain, allotments_ns);
    domain->corrects = monitor_credit_correct(domain, length_ns, capped, allotments_ns);
    place(domain, allotments_ns, length_ns);
}

void monitor_domain_make_room(MonitorDomain *domain)
{
    unsigned n = MAX(domain->tcbs->len, 1);

    scratch_resize(&domain->scratch, n);
    domain->takers = g_renew(MonitorTcb *, domain->takers, n);
    domain->frame_tcbs = g_renew(MonitorTcb *, domain->frame_tcbs, n);
    domain->accounted = g_renew(MonitorRan, domain->accounted, n + domain->ips->len);
    domain->resized = false;
}

static void collect_takers(MonitorDomain *domain)
{
    if (domain->resized)
        monitor_domain_make_room(domain);
    domain->n_takers = 0;
    for (unsigned i = 0; i < domain->tcbs->len; i++)
        if (monitor_tcb_takes_part(monitor_domain_tcb(domain, i)))
            domain->takers[domain->n_takers++] = monitor_domain_tcb(domain, i);
}

/* A frame without anybody. */
static void empty_frame(MonitorDomain *domain)
{
    domain->frame.n_pieces = domain->frame.n_lips = domain->n_takers = 0;
    domain->corrects = false;
}

static void lay_out(MonitorDomain *domain)
{
    domain->since_ns = hv_engine_now(domain->dispatch->engine);
    domain->settled_ns = 0;
    domain->stale = false;
    if (domain->repolarizes)
        monitor_polarization_apply(domain);
    domain->repolarizes = false;
    collect_takers(domain);
    if (monitor_seats_lay_out(domain)) {
        empty_frame(domain);
        monitor_bound_clear(domain);
    } else {
        lay_out_frame(domain);
    }
}

/* --- The event ------------------------------------------------------------------------------------------ */

/* Elapsed time at which the first burst in the frame ends. */
static HvTime first_burst_end(const MonitorDomain *domain)
{
    HvTime first_ns = HV_TIME_NEVER;

    for (uint32_t i = 0; i < domain->frame.n_lips; i++) {
        const MonitorTcb *tcb = domain->frame_tcbs[i];
        HvTime burst_ns = tcb->has_work ? tcb->ops->burst(tcb->work, tcb->lip) : HV_TIME_NEVER;

        if (burst_ns == HV_TIME_NEVER || burst_ns == 0)
            continue;
        HvTime got_ns = 0;

        for (unsigned p = domain->frame.first_piece[i]; p < domain->frame.first_piece[i + 1]; p++)
            got_ns += domain->accounted[p].busy_ns;
        /* It takes at least as long as it runs. */
        if (got_ns + burst_ns >= first_ns)
            continue;
        first_ns = MIN(first_ns, monitor_frame_when(&domain->frame, i, got_ns + burst_ns));
    }
    return first_ns;
}

static void queue_event(MonitorDomain *domain)
{
    HvEngine *engine = domain->dispatch->engine;
    HvTime at_ns = first_burst_end(domain);

    if (domain->corrects)
        at_ns = MIN(at_ns, domain->frame.length_ns);
    if (at_ns == HV_TIME_NEVER)
        hv_engine_cancel(engine, &domain->event);
    else
        hv_engine_at(engine, &domain->event, domain->since_ns + at_ns);
}

static void domain_event(HvEvent *event, void *data)
{
    MonitorDomain *domain = data;

    (void)event;
    monitor_domain_settle_takers(domain);
    if (domain->stale || (domain->corrects && domain->settled_ns >= domain->frame.length_ns))
        lay_out(domain);
    queue_event(domain);
}

void monitor_domain_change(MonitorDomain *domain)
{
    g_assert(domain->since_ns + domain->settled_ns == hv_engine_now(domain->dispatch->engine));
    domain->stale = true;
    hv_engine_after(domain->dispatch->engine, &domain->event, 0);
}

void monitor_domain_adapt(MonitorDomain *domain, MonitorTcb *tcb)
{
    if (domain->stale || (domain->seats.in_force && monitor_seats_adapt(domain, tcb)))
        return;
    monitor_domain_settle(domain);
    monitor_domain_change(domain);
}

void monitor_domain_ask(MonitorDomain *domain, MonitorTcb *tcb)
{
    if (domain->stale)
        return;
    if (domain->seats.in_force)
        monitor_seat_ask(tcb);
    else
        queue_event(domain);
}

/* --- Tasks ---------------------------------------------------------------------------------------------- */

unsigned monitor_domain_position(const MonitorDomain *domain, unsigned lpar, unsigned lip)
{
    unsigned low = 0, high = domain->tcbs->len;

    while (low < high) {
        unsigned middle = (low + high) / 2;
        const MonitorTcb *tcb = monitor_domain_tcb(domain, middle);

        if (tcb->lpar < lpar || (tcb->lpar == lpar && tcb->lip < lip))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Tasks have come or gone: slice and frame may have another length, so all begins anew. */
static void begin_anew(MonitorDomain *domain)
{
    domain->comings_and_goings++;
    domain->resized = true;
    domain->repolarizes = monitor_domain_is_vertical(domain);
    for (unsigned i = 0; i < domain->tcbs->len; i++)
        monitor_domain_tcb(domain, i)->index = i;
    empty_frame(domain);
    monitor_domain_change(domain);
}

void monitor_domain_add(MonitorDomain *domain, MonitorTcb *tcb)
{
    monitor_domain_settle(domain);
    monitor_seats_leave(domain);
    tcb->domain = domain;
    tcb->settled_ns = hv_engine_now(domain->dispatch->engine);
    monitor_seat_init(tcb);
    g_ptr_array_insert(domain->tcbs, (int)monitor_domain_position(domain, tcb->lpar, tcb->lip), tcb);
    begin_anew(domain);
}

void monitor_domain_remove(MonitorDomain *domain, MonitorTcb *tcb)
{
    monitor_domain_settle(domain);
    monitor_seats_leave(domain);
    g_ptr_array_remove(domain->tcbs, tcb);
    begin_anew(domain);
}
