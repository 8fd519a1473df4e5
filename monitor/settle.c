/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Settling: what the frame, or the seats, gave since the last time is added to the accounts, and the owners of the work
 * are told.
 *
 * It depends on nothing but the layout and the time, so it may be done at any moment by anybody who wants to look. A
 * frame is settled as a whole, for all who take part in it. Where everybody has a seat, LPARs do not concern each other,
 * and the LIPs of one can be settled without the others. LIPs that wait concern nobody. So each LIP's account is good up
 * to its own settled_ns.
 *
 * What must hold, and is asserted: nobody has got more than the time that has passed, nobody who is held has got
 * anything, and each IP's account adds up to the time since power on whenever all of the domain is settled.
 */
#include "monitor/dispatch-private.h"

#include <limits.h>

/* --- Accounts ------------------------------------------------------------------------------------------- */

static void account_run(MonitorDomain *domain, MonitorTcb *tcb, unsigned ip_in_domain, const MonitorRan *got)
{
    MonitorDispatch *dispatch = domain->dispatch;
    unsigned ip = g_array_index(domain->ips, unsigned, ip_in_domain) - 1;
    MonitorIpAccount *account = &dispatch->ip_accounts[ip];

    account->busy_ns += got->busy_ns;
    account->management_ns += got->management_ns;
    account->dispatches += got->dispatches;
    dispatch->matrix_ns[tcb->lpar * dispatch->config.n_ips + ip] += got->busy_ns + got->management_ns;
    tcb->got_ns += got->busy_ns;
    tcb->account.running_ns += got->busy_ns;
    tcb->account.management_ns += got->management_ns;
    tcb->account.dispatches += got->dispatches;
}

/* The time since the LIP was settled, what it ran of it being in got_ns. */
static void account_time(MonitorTcb *tcb, HvTime now_ns)
{
    MonitorLipAccount *account = &tcb->account;
    HvTime passed_ns = now_ns - tcb->settled_ns;

    g_assert(tcb->got_ns <= passed_ns && !(tcb->held && tcb->got_ns > 0));
    account->online_ns += passed_ns;
    if (tcb->held || !tcb->has_work || tcb->parked)
        account->waiting_ns += passed_ns - tcb->got_ns;
    else
        account->ready_ns += passed_ns - tcb->got_ns;
    account->held_ns += tcb->held ? passed_ns : 0;
    account->parked_ns += tcb->parked ? passed_ns : 0;
    tcb->settled_ns = now_ns;
}

static void check_ips(const MonitorDomain *domain, HvTime now_ns)
{
    for (unsigned i = 0; i < domain->ips->len; i++) {
        const MonitorIpAccount *account =
            &domain->dispatch->ip_accounts[g_array_index(domain->ips, unsigned, i) - 1];

        g_assert(account->busy_ns + account->idle_ns + account->management_ns == now_ns - domain->made_ns);
    }
}

/* --- The frame ------------------------------------------------------------------------------------------ */

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

/* The time between two settlings that lie in the same frame passes most pieces by. */
static bool passes_by(const MonitorPiece *piece, HvTime length_ns, HvTime from_ns, HvTime to_ns)
{
    HvTime begin_ns = from_ns < length_ns ? from_ns : from_ns % length_ns;

    return piece->end_ns <= begin_ns ? begin_ns + (to_ns - from_ns) <= length_ns
                                     : begin_ns + (to_ns - from_ns) <= piece->start_ns;
}

/* Pieces lie one behind the other on each IP; what they leave of the time is idle. */
static void account_frame(MonitorDomain *domain, HvTime elapsed_ns)
{
    const MonitorFrame *frame = &domain->frame;
    unsigned p = 0;

    for (unsigned i = 0; i < domain->ips->len; i++) {
        MonitorIpAccount *account =
            &domain->dispatch->ip_accounts[g_array_index(domain->ips, unsigned, i) - 1];
        HvTime left_ns = elapsed_ns - domain->settled_ns;

        for (; p < frame->n_pieces && frame->pieces[p].ip == i; p++) {
            if (passes_by(&frame->pieces[p], frame->length_ns, domain->settled_ns, elapsed_ns))
                continue;
            MonitorTcb *tcb = domain->frame_tcbs[frame->pieces[p].lip];
            MonitorRan got = piece_got(domain, p, elapsed_ns);

            g_assert(got.busy_ns + got.management_ns <= left_ns);
            left_ns -= got.busy_ns + got.management_ns;
            account_run(domain, tcb, i, &got);
            tcb->credit_ns -= (int64_t)(got.busy_ns + got.management_ns);
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

static void settle_frame(MonitorDomain *domain, HvTime now_ns)
{
    HvTime elapsed_ns = now_ns - domain->since_ns;
    monitor_watch_frame(domain, elapsed_ns);

    account_frame(domain, elapsed_ns);
    for (unsigned i = 0; i < domain->n_takers; i++) {
        account_time(domain->takers[i], now_ns);
        credit_tcb(domain, domain->takers[i], elapsed_ns);
    }
}

/* --- Seats ---------------------------------------------------------------------------------------------- */

static void settle_seat(MonitorDomain *domain, MonitorTcb *tcb, HvTime now_ns)
{
    if (tcb->seat > 0) {
        MonitorRan got = monitor_seat_take_ran(domain, tcb, now_ns);

        g_assert(got.busy_ns + got.management_ns == now_ns - tcb->settled_ns);
        account_run(domain, tcb, tcb->seat - 1, &got);
        monitor_watch_seat(domain, tcb, &got, now_ns);
    }
    account_time(tcb, now_ns);
}

/* -------------------------------------------------------------------------------------------------------- */

static void tell_owner(MonitorTcb *tcb)
{
    HvTime got_ns = tcb->got_ns;

    tcb->got_ns = 0;
    if (got_ns > 0 && tcb->has_work)
        tcb->ops->ran(tcb->work, tcb->lip, got_ns);
}

/*
 * Tells whoever has the work what was received, from the nth LIP to the last one of an LPAR. He may change anything:
 * tasks of this domain may come and go meanwhile, himself included.
 */
static void tell_owners(MonitorDomain *domain, unsigned i, unsigned last_lpar)
{
    while (i < domain->tcbs->len && monitor_domain_tcb(domain, i)->lpar <= last_lpar) {
        MonitorTcb *tcb = monitor_domain_tcb(domain, i);
        unsigned lpar = tcb->lpar, lip = tcb->lip, comings_and_goings = domain->comings_and_goings;

        tell_owner(tcb);
        i = comings_and_goings == domain->comings_and_goings ? i + 1
                                                             : monitor_domain_position(domain, lpar, lip + 1);
    }
}

/* The same for all who take part in the frame, as long as nobody comes or goes. */
static void tell_takers(MonitorDomain *domain)
{
    unsigned comings_and_goings = domain->comings_and_goings;

    for (unsigned i = 0; i < domain->n_takers; i++) {
        unsigned lpar = domain->takers[i]->lpar, lip = domain->takers[i]->lip;

        tell_owner(domain->takers[i]);
        if (comings_and_goings == domain->comings_and_goings)
            continue;
        tell_owners(domain, monitor_domain_position(domain, lpar, lip + 1), UINT_MAX);
        return;
    }
}

static void settle_lips(MonitorDomain *domain, unsigned first, unsigned end, HvTime now_ns)
{
    for (unsigned i = first; i < end; i++)
        if (monitor_domain_tcb(domain, i)->settled_ns < now_ns)
            settle_seat(domain, monitor_domain_tcb(domain, i), now_ns);
}

/* LIPs [first, end), and all who take part. */
static void settle(MonitorDomain *domain, unsigned first, unsigned end)
{
    HvTime now_ns = hv_engine_now(domain->dispatch->engine);
    bool passed = now_ns != domain->since_ns + domain->settled_ns;

    g_assert(!(passed && domain->stale));
    if (passed && domain->seats.in_force) {
        monitor_seats_account_idle(domain);
        settle_lips(domain, 0, domain->tcbs->len, now_ns);
    } else if (passed) {
        settle_frame(domain, now_ns);
    }
    settle_lips(domain, first, end, now_ns);
    if (!passed)
        return;
    check_ips(domain, now_ns);
    domain->settled_ns = now_ns - domain->since_ns;
    if (domain->seats.in_force)
        tell_owners(domain, 0, UINT_MAX);
    else
        tell_takers(domain);
}

void monitor_domain_settle(MonitorDomain *domain)
{
    settle(domain, 0, domain->tcbs->len);
}

void monitor_domain_settle_takers(MonitorDomain *domain)
{
    settle(domain, 0, 0);
}

void monitor_domain_settle_lpar(MonitorDomain *domain, const MonitorTcb *tcb)
{
    HvTime now_ns = hv_engine_now(domain->dispatch->engine);
    unsigned first = tcb->index, end = tcb->index + 1;

    if (tcb->settled_ns == now_ns)
        return;
    while (first > 0 && monitor_domain_tcb(domain, first - 1)->lpar == tcb->lpar)
        first--;
    while (end < domain->tcbs->len && monitor_domain_tcb(domain, end)->lpar == tcb->lpar)
        end++;
    if (!domain->seats.in_force) {
        settle(domain, first, end);
        return;
    }
    g_assert(!domain->stale);
    settle_lips(domain, first, end, now_ns);
    tell_owners(domain, first, tcb->lpar);
}
