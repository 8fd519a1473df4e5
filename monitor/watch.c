/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Watching the dispatcher: stretches of time on IPs, made from frames and seats when they are settled.
 *
 * Nothing is dispatched for it: accounts are kept in closed form all the same, and here, only while somebody watches, the pieces of a
 * frame are enumerated. A piece that a settling cuts is told of in two parts, which the watcher may put together again.
 *
 *     layout        settled_ns         since + FRAMES x length       elapsed
 *       |------ told ---|---- piece by piece ----|------- shared -------|
 *
 * Where the second part begins depends on the layout only, not on when it is settled, so who looks does not change what is told, but
 * for where it is cut.
 */
#include "monitor/dispatch-private.h"

void monitor_dispatch_watch(MonitorDispatch *dispatch, const MonitorWatchOps *ops, void *data)
{
    monitor_dispatch_settle(dispatch);
    dispatch->watch_ops = ops;
    dispatch->watch_data = data;
}

static unsigned ip_number(const MonitorDomain *domain, unsigned ip_in_domain)
{
    return g_array_index(domain->ips, unsigned, ip_in_domain);
}

static void
tell_ran(const MonitorDomain *domain, unsigned ip, HvTime from_ns, HvTime to_ns, const MonitorWatchPart *part)
{
    const MonitorDispatch *dispatch = domain->dispatch;

    g_assert(part->ran.busy_ns + part->ran.management_ns == to_ns - from_ns);
    dispatch->watch_ops->ran(dispatch->watch_data, ip_number(domain, ip), from_ns, to_ns, part);
}

static MonitorWatchPart part_of(const MonitorDomain *domain, unsigned p, HvTime from_ns, HvTime to_ns)
{
    const MonitorTcb *tcb = domain->frame_tcbs[domain->frame.pieces[p].lip];

    return (MonitorWatchPart){
        .lpar = tcb->lpar,
        .lip = tcb->lip,
        .ran = monitor_frame_piece_walk(&domain->frame, p, from_ns, to_ns)};
}

/* The pieces of one IP, [first, end), in the frame that begins at frame_ns, as far as they lie between two times. */
static void tell_frame(
    const MonitorDomain *domain, unsigned first, unsigned end, HvTime frame_ns, HvTime from_ns, HvTime to_ns)
{
    for (unsigned p = first; p < end; p++) {
        const MonitorPiece *piece = &domain->frame.pieces[p];
        HvTime begin_ns = MAX(frame_ns + piece->start_ns, from_ns);
        HvTime end_ns = MIN(frame_ns + piece->end_ns, to_ns);

        if (begin_ns >= end_ns)
            continue;
        const MonitorWatchPart part = part_of(domain, p, begin_ns, end_ns);

        tell_ran(domain, piece->ip, domain->since_ns + begin_ns, domain->since_ns + end_ns, &part);
    }
}

/* What the piece has given between two times, in closed form. */
static MonitorRan piece_gave(const MonitorFrame *frame, unsigned p, HvTime from_ns, HvTime to_ns)
{
    MonitorRan before = monitor_frame_piece_ran(frame, p, from_ns);
    MonitorRan ran = monitor_frame_piece_ran(frame, p, to_ns);

    ran.busy_ns -= before.busy_ns;
    ran.management_ns -= before.management_ns;
    ran.dispatches -= before.dispatches;
    return ran;
}

static void
tell_shared(const MonitorDomain *domain, unsigned first, unsigned end, HvTime from_ns, HvTime to_ns)
{
    const MonitorDispatch *dispatch = domain->dispatch;
    g_autofree MonitorWatchPart *parts = g_new(MonitorWatchPart, end - first);

    for (unsigned p = first; p < end; p++) {
        const MonitorTcb *tcb = domain->frame_tcbs[domain->frame.pieces[p].lip];

        parts[p - first] = (MonitorWatchPart){
            .lpar = tcb->lpar, .lip = tcb->lip, .ran = piece_gave(&domain->frame, p, from_ns, to_ns)};
    }
    dispatch->watch_ops->shared(
        dispatch->watch_data, ip_number(domain, domain->frame.pieces[first].ip), domain->since_ns + from_ns,
        domain->since_ns + to_ns, parts, end - first);
}

/* The pieces [first, end) are those of one IP. */
static void tell_ip(const MonitorDomain *domain, unsigned first, unsigned end, HvTime elapsed_ns)
{
    HvTime length_ns = domain->frame.length_ns, from_ns = domain->settled_ns;
    HvTime shared_ns = MONITOR_WATCH_FRAMES * length_ns, single_ns = MIN(shared_ns, elapsed_ns);

    for (HvTime frame_ns = from_ns / length_ns * length_ns; frame_ns < single_ns; frame_ns += length_ns)
        tell_frame(domain, first, end, frame_ns, from_ns, single_ns);
    if (elapsed_ns > shared_ns)
        tell_shared(domain, first, end, MAX(from_ns, shared_ns), elapsed_ns);
}

void monitor_watch_frame(const MonitorDomain *domain, HvTime elapsed_ns)
{
    const MonitorFrame *frame = &domain->frame;

    if (!domain->dispatch->watch_ops)
        return;
    for (unsigned first = 0, end; first < frame->n_pieces; first = end) {
        for (end = first; end < frame->n_pieces && frame->pieces[end].ip == frame->pieces[first].ip; end++)
            ;
        tell_ip(domain, first, end, elapsed_ns);
    }
}

void monitor_watch_seat(
    const MonitorDomain *domain, const MonitorTcb *tcb, const MonitorRan *got, HvTime now_ns)
{
    const MonitorWatchPart part = {.lpar = tcb->lpar, .lip = tcb->lip, .ran = *got};

    if (domain->dispatch->watch_ops && tcb->settled_ns < now_ns)
        tell_ran(domain, tcb->seat - 1, tcb->settled_ns, now_ns, &part);
}
