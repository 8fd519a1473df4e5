/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A dispatching domain: its frame, when it must change, and what it has given so far.
 *
 *     settled --time passes--> unsettled --monitor_domain_settle--> settled
 *     settled --somebody begins or ends to be runnable--> stale --event, same time--> laid out anew
 *
 * The event of a domain is queued for the earliest of: now, if it is stale; the end of the frame, if the
 * frame makes credits good (credit.c); the end of the first burst. A domain in which all are busy for ever,
 * or nobody is, has none.
 *
 * Settling adds what the frame gave since the last time to the accounts and tells the owners of the work. It
 * depends on nothing but the frame and the time, so it may be done at any moment by anybody who wants to
 * look.
 *
 * In the frame, whoever lacks most goes first.
 */
#include "monitor/dispatch-private.h"

#include <stdlib.h>
#include <string.h>

static void domain_event(HvEvent *event, void *data);

MonitorDomain *monitor_domain_new(MonitorDispatch *dispatch, const MonitorPolicyOps *policy, HvIpType type)
{
    MonitorDomain *domain = g_new0(MonitorDomain, 1);

    domain->dispatch = dispatch;
    domain->policy = policy;
    domain->type = type;
    domain->ips = g_array_new(FALSE, FALSE, sizeof(unsigned));
    domain->tcbs = g_ptr_array_new();
    domain->since_ns = hv_engine_now(dispatch->engine);
    hv_event_init(&domain->event, HV_PRIORITY_DISPATCH, domain_event, domain);
    return domain;
}

void monitor_domain_free(MonitorDomain *domain)
{
    hv_engine_cancel(domain->dispatch->engine, &domain->event);
    monitor_frame_clear(&domain->frame);
    g_free(domain->frame_tcbs);
    g_free(domain->accounted);
    g_free(domain->order);
    g_array_unref(domain->ips);
    g_ptr_array_unref(domain->tcbs);
    g_free(domain);
}

static MonitorTcb *tcb_at(const MonitorDomain *domain, unsigned i)
{
    return g_ptr_array_index(domain->tcbs, i);
}

/* --- Settling ------------------------------------------------------------------------------------------- */

/* What the piece gave since the last settling: in closed form, or dispatch by dispatch. */
static MonitorRan piece_got(const MonitorDomain *domain, unsigned p, HvTime elapsed_ns)
{
    const MonitorRan *before = &domain->accounted[p];

    if (domain->dispatch->config.every_slice)
        return monitor_frame_piece_walk(&domain->frame, p, domain->settled_ns, elapsed_ns);
    MonitorRan got = monitor_frame_piece_ran(&domain->frame, p, elapsed_ns);

    got.busy_ns -= before->busy_ns;
    got.management_ns -= before->management_ns;
    got.dispatches -= before->dispatches;
    return got;
}

static void add_ran(MonitorRan *sum, const MonitorRan *got)
{
    sum->busy_ns += got->busy_ns;
    sum->management_ns += got->management_ns;
    sum->dispatches += got->dispatches;
}

static void account_piece(MonitorDomain *domain, const MonitorPiece *piece, const MonitorRan *got)
{
    MonitorDispatch *dispatch = domain->dispatch;
    MonitorTcb *tcb = domain->frame_tcbs[piece->lip];
    unsigned ip = g_array_index(domain->ips, unsigned, piece->ip) - 1;
    MonitorIpAccount *account = &dispatch->ip_accounts[ip];

    account->busy_ns += got->busy_ns;
    account->management_ns += got->management_ns;
    account->dispatches += got->dispatches;
    dispatch->matrix_ns[tcb->lpar * dispatch->config.n_ips + ip] += got->busy_ns + got->management_ns;
    tcb->got_ns += got->busy_ns;
    tcb->credit_ns -= (int64_t)(got->busy_ns + got->management_ns);
    tcb->account.running_ns += got->busy_ns;
    tcb->account.management_ns += got->management_ns;
    tcb->account.dispatches += got->dispatches;
}

/* The time between two settlings that lie in the same frame passes most pieces by. */
static bool passes_by(const MonitorPiece *piece, HvTime length_ns, HvTime from_ns, HvTime to_ns)
{
    HvTime begin_ns = from_ns < length_ns ? from_ns : from_ns % length_ns;

    return piece->end_ns <= begin_ns ? begin_ns + (to_ns - from_ns) <= length_ns
                                     : begin_ns + (to_ns - from_ns) <= piece->start_ns;
}

/* Pieces lie one behind the other on each IP; what they leave of the time is idle. */
static void account_ips(MonitorDomain *domain, HvTime elapsed_ns, HvTime passed_ns)
{
    const MonitorFrame *frame = &domain->frame;
    unsigned p = 0;

    for (unsigned i = 0; i < domain->ips->len; i++) {
        MonitorIpAccount *account =
            &domain->dispatch->ip_accounts[g_array_index(domain->ips, unsigned, i) - 1];
        HvTime left_ns = passed_ns;

        for (; p < frame->n_pieces && frame->pieces[p].ip == i; p++) {
            if (passes_by(&frame->pieces[p], frame->length_ns, domain->settled_ns, elapsed_ns))
                continue;
            MonitorRan got = piece_got(domain, p, elapsed_ns);

            g_assert(got.busy_ns + got.management_ns <= left_ns);
            left_ns -= got.busy_ns + got.management_ns;
            account_piece(domain, &frame->pieces[p], &got);
            add_ran(&domain->accounted[p], &got);
        }
        account->idle_ns += left_ns;
    }
    g_assert(p == frame->n_pieces);
}

/* The credit grows by what the policy entitles the LIP to; what the frame gave has been taken off. */
static void credit_tcb(const MonitorDomain *domain, MonitorTcb *tcb, HvTime elapsed_ns)
{
    HvTime entitled_ns = hv_muldiv(tcb->entitled_ns, elapsed_ns, domain->frame.length_ns);

    tcb->credit_ns += (int64_t)(entitled_ns - tcb->credited_ns);
    tcb->credited_ns = entitled_ns;
}

static void account_tcb(MonitorDomain *domain, MonitorTcb *tcb, HvTime elapsed_ns, HvTime passed_ns)
{
    MonitorLipAccount *account = &tcb->account;

    g_assert(tcb->got_ns <= passed_ns && !(tcb->held && tcb->got_ns > 0));
    account->online_ns += passed_ns;
    if (tcb->held || !tcb->has_work)
        account->waiting_ns += passed_ns - tcb->got_ns;
    else
        account->ready_ns += passed_ns - tcb->got_ns;
    account->held_ns += tcb->held ? passed_ns : 0;
    if (tcb->entitled_ns > 0)
        credit_tcb(domain, tcb, elapsed_ns);
}

/*
 * Tells whoever has the work what was received. He may change anything: tasks of this domain may end
 * meanwhile, himself included; monitor_domain_remove() takes them off the list.
 */
static void tell_owners(MonitorDomain *domain)
{
    g_autoptr(GPtrArray) telling = g_ptr_array_sized_new(domain->tcbs->len);

    for (unsigned i = 0; i < domain->tcbs->len; i++)
        if (tcb_at(domain, i)->got_ns > 0)
            g_ptr_array_add(telling, tcb_at(domain, i));
    g_assert(!domain->telling);
    domain->telling = telling;
    for (unsigned i = 0; i < telling->len; i++) {
        MonitorTcb *tcb = g_ptr_array_index(telling, i);

        if (!tcb)
            continue;
        HvTime got_ns = tcb->got_ns;

        tcb->got_ns = 0;
        if (tcb->has_work)
            tcb->ops->ran(tcb->work, tcb->lip, got_ns);
    }
    domain->telling = NULL;
}

void monitor_domain_settle(MonitorDomain *domain)
{
    HvTime elapsed_ns = hv_engine_now(domain->dispatch->engine) - domain->since_ns;
    HvTime passed_ns = elapsed_ns - domain->settled_ns;

    if (passed_ns == 0)
        return;
    g_assert(!domain->stale);
    account_ips(domain, elapsed_ns, passed_ns);
    for (unsigned i = 0; i < domain->tcbs->len; i++)
        account_tcb(domain, tcb_at(domain, i), elapsed_ns, passed_ns);
    domain->settled_ns = elapsed_ns;
    tell_owners(domain);
}

/* --- Laying out ----------------------------------------------------------------------------------------- */

typedef struct {
    int64_t credit_ns;
    unsigned index; /* in domain->tcbs, that is by (lpar, lip) */
} Place;

/* Who lacks most goes first; equals by (lpar, lip). */
static int compare_places(const void *a, const void *b)
{
    const Place *x = a, *y = b;

    if (x->credit_ns != y->credit_ns)
        return x->credit_ns > y->credit_ns ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

/* The LIPs with an allotment, in order; returns how many. Begins with the last order, often nearly the same. */
static unsigned sort_places(MonitorDomain *domain, const HvTime *allotments_ns, Place *ret_places)
{
    unsigned n = domain->tcbs->len, used = 0, unused = n;

    for (unsigned k = 0; k < n; k++) {
        unsigned i = domain->order[k];

        ret_places[allotments_ns[i] > 0 ? used++ : --unused] = (Place){tcb_at(domain, i)->credit_ns, i};
    }
    if (used > 1)
        qsort(ret_places, used, sizeof(*ret_places), compare_places);
    for (unsigned k = 0; k < n; k++)
        domain->order[k] = ret_places[k].index;
    return used;
}

static void place(MonitorDomain *domain, const HvTime *allotments_ns, HvTime length_ns)
{
    unsigned n = domain->tcbs->len;
    g_autofree Place *places = g_new(Place, n);
    g_autofree HvTime *ordered_ns = g_new(HvTime, n);
    unsigned used = sort_places(domain, allotments_ns, places);

    domain->frame_tcbs = g_renew(MonitorTcb *, domain->frame_tcbs, MAX(used, 1));
    for (unsigned i = 0; i < used; i++) {
        domain->frame_tcbs[i] = tcb_at(domain, places[i].index);
        ordered_ns[i] = allotments_ns[places[i].index];
    }
    monitor_frame_lay_out(
        &domain->frame, ordered_ns, used, domain->ips->len, length_ns, monitor_domain_slice(domain),
        domain->dispatch->config.dispatch_cost_ns);
    domain->accounted = g_renew(MonitorRan, domain->accounted, MAX(domain->frame.n_pieces, 1));
    memset(domain->accounted, 0, domain->frame.n_pieces * sizeof(*domain->accounted));
}

/* A debt or a claim of more than a frame is forgiven down to one. */
static void bound_credits(MonitorDomain *domain, HvTime length_ns)
{
    for (unsigned i = 0; i < domain->tcbs->len; i++) {
        MonitorTcb *tcb = tcb_at(domain, i);

        tcb->credit_ns = CLAMP(tcb->credit_ns, -(int64_t)length_ns, (int64_t)length_ns);
    }
}

static void lay_out(MonitorDomain *domain)
{
    unsigned n = domain->tcbs->len;
    g_autofree HvTime *allotments_ns = g_new(HvTime, n);
    g_autofree bool *capped = g_new(bool, n);
    HvTime length_ns = monitor_domain_divide(domain, allotments_ns, capped);

    for (unsigned i = 0; i < n; i++) {
        tcb_at(domain, i)->entitled_ns = allotments_ns[i];
        tcb_at(domain, i)->credited_ns = 0;
    }
    bound_credits(domain, length_ns);
    domain->corrects = monitor_credit_correct(domain, length_ns, capped, allotments_ns);
    place(domain, allotments_ns, length_ns);
    domain->since_ns = hv_engine_now(domain->dispatch->engine);
    domain->settled_ns = 0;
    domain->stale = false;
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
    monitor_domain_settle(domain);
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

/* A frame without anybody, until the new one is laid out at this same time. */
static void empty_frame(MonitorDomain *domain)
{
    domain->frame.n_pieces = domain->frame.n_lips = 0;
    domain->since_ns = hv_engine_now(domain->dispatch->engine);
    domain->settled_ns = 0;
}

static void forget_order(MonitorDomain *domain)
{
    domain->order = g_renew(uint32_t, domain->order, MAX(domain->tcbs->len, 1));
    for (unsigned i = 0; i < domain->tcbs->len; i++)
        domain->order[i] = i;
}

static bool goes_before(const MonitorTcb *a, const MonitorTcb *b)
{
    return a->lpar != b->lpar ? a->lpar < b->lpar : a->lip < b->lip;
}

void monitor_domain_add(MonitorDomain *domain, MonitorTcb *tcb)
{
    unsigned i = 0;

    monitor_domain_settle(domain);
    while (i < domain->tcbs->len && goes_before(tcb_at(domain, i), tcb))
        i++;
    g_ptr_array_insert(domain->tcbs, (int)i, tcb);
    tcb->domain = domain;
    forget_order(domain);
    monitor_domain_change(domain);
}

void monitor_domain_remove(MonitorDomain *domain, MonitorTcb *tcb)
{
    unsigned told;

    monitor_domain_settle(domain);
    if (domain->telling && g_ptr_array_find(domain->telling, tcb, &told))
        domain->telling->pdata[told] = NULL;
    g_ptr_array_remove(domain->tcbs, tcb);
    forget_order(domain);
    empty_frame(domain);
    monitor_domain_change(domain);
}
