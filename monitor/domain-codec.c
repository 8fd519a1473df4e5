/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A dispatching domain and its tasks, written down and read back.
 *
 * The layout in force is written as it is, and not laid out anew: where a frame stands, and what it still owes, depends on all that has
 * been since it was made. So the accounts of whoever was read go on by the same integers as those of whoever was written.
 *
 * Tasks are named by their place in the domain. What is only room for laying out is made anew. A damaged image must not make an index
 * that is out of range: those are checked here. That times fit together is not; the checkers of the accounts ask that afterwards.
 */
#include "monitor/dispatch-private.h"

#define IPS_PER_WORD 64

/* --- Tasks ---------------------------------------------------------------------------------------------- */

static void credit_codec(MonitorTcb *tcb, HvCodec *codec)
{
    hv_codec_i64(codec, &tcb->credit_ns);
    hv_codec_u64(codec, &tcb->entitled_ns);
    hv_codec_u64(codec, &tcb->credited_ns);
    hv_codec_u64(codec, &tcb->got_ns);
    hv_codec_moment(codec, &tcb->settled_ns);
}

static void seat_codec(MonitorTcb *tcb, HvCodec *codec)
{
    hv_codec_uint(codec, &tcb->seat);
    hv_codec_moment(codec, &tcb->seated_ns);
    monitor_ran_codec(&tcb->seat_gave, codec);
    hv_codec_event(codec, &tcb->burst_end);
    if (tcb->seat > tcb->domain->ips->len || tcb->home > tcb->domain->ips->len)
        hv_codec_fail(codec, "LIP %u of LPAR %u has an IP that is not there", tcb->lip, tcb->lpar);
}

void monitor_tcb_codec(MonitorTcb *tcb, HvCodec *codec)
{
    hv_codec_begin(codec, "task", 1);
    hv_codec_bool(codec, &tcb->has_work);
    hv_codec_bool(codec, &tcb->held);
    HV_CODEC_ENUM(codec, tcb->bound, MONITOR_BOUNDS);
    HV_CODEC_ENUM(codec, tcb->polarity, MONITOR_VERTICAL_LOW + 1);
    hv_codec_bool(codec, &tcb->parked);
    hv_codec_uint(codec, &tcb->home);
    hv_codec_u32(codec, &tcb->share_bp);
    credit_codec(tcb, codec);
    seat_codec(tcb, codec);
    monitor_lip_account_codec(&tcb->account, codec);
    hv_codec_end(codec);
}

void monitor_domain_put_back(MonitorDomain *domain, MonitorTcb *tcb)
{
    tcb->domain = domain;
    tcb->index = domain->tcbs->len;
    monitor_seat_init(tcb);
    g_ptr_array_add(domain->tcbs, tcb);
}

/* `n` of them, by their place. */
static void task_list_codec(MonitorDomain *domain, HvCodec *codec, MonitorTcb **tcbs, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        unsigned index = hv_codec_reads(codec) ? 0 : tcbs[i]->index;

        hv_codec_uint(codec, &index);
        if (!hv_codec_reads(codec))
            continue;
        if (index >= domain->tcbs->len)
            hv_codec_fail(codec, "task %u is not there", index);
        tcbs[i] = monitor_domain_tcb(domain, index < domain->tcbs->len ? index : 0);
    }
}

/* --- The domain ----------------------------------------------------------------------------------------- */

/* The order of the IPs, which polarization may have changed. */
static void ips_codec(MonitorDomain *domain, HvCodec *codec)
{
    const MonitorDispatch *dispatch = domain->dispatch;
    g_autofree bool *seen = g_new0(bool, dispatch->config.n_ips + 1);

    for (unsigned i = 0; i < domain->ips->len; i++) {
        unsigned fixed = g_array_index(domain->ips, unsigned, i), ip = fixed;

        hv_codec_uint(codec, &ip);
        bool fits = ip >= 1 && ip <= dispatch->config.n_ips && !seen[ip] &&
                    dispatch->domain_of_ip[ip - 1] == domain;

        if (!fits)
            hv_codec_fail(codec, "IP %u does not belong there", ip);
        else
            seen[ip] = true;
        g_array_index(domain->ips, unsigned, i) = fits ? ip : fixed;
    }
}

static void seats_codec(MonitorDomain *domain, HvCodec *codec)
{
    MonitorSeats *seats = &domain->seats;
    unsigned n = domain->ips->len;

    hv_codec_bool(codec, &seats->in_force);
    if (!seats->in_force)
        return;
    if (hv_codec_reads(codec)) {
        seats->n_words = (n + IPS_PER_WORD - 1) / IPS_PER_WORD;
        seats->free = g_renew(uint64_t, seats->free, seats->n_words);
        seats->idle_since_ns = g_renew(HvTime, seats->idle_since_ns, n);
    }
    for (unsigned word = 0; word < seats->n_words; word++)
        hv_codec_u64(codec, &seats->free[word]);
    if (n % IPS_PER_WORD > 0 && seats->free[seats->n_words - 1] >> n % IPS_PER_WORD != 0)
        hv_codec_fail(codec, "an IP that is not there is free");
    for (unsigned i = 0; i < n; i++)
        hv_codec_moment(codec, &seats->idle_since_ns[i]);
    hv_codec_u64(codec, &seats->slice_ns);
    if (seats->slice_ns == 0)
        hv_codec_fail(codec, "a slice of 0 ns is not possible");
}

static void frame_codec(MonitorDomain *domain, HvCodec *codec)
{
    size_t n_takers = domain->n_takers;

    monitor_frame_codec(&domain->frame, codec, MAX(domain->tcbs->len, 1), domain->ips->len);
    hv_codec_count(codec, &n_takers, domain->tcbs->len);
    domain->n_takers = (unsigned)n_takers;
    if (domain->frame.n_lips > domain->tcbs->len) {
        hv_codec_fail(codec, "the frame has %u LIPs", domain->frame.n_lips);
        return;
    }
    task_list_codec(domain, codec, domain->takers, domain->n_takers);
    task_list_codec(domain, codec, domain->frame_tcbs, domain->frame.n_lips);
    for (unsigned p = 0; p < domain->frame.n_pieces; p++)
        monitor_ran_codec(&domain->accounted[p], codec);
}

void monitor_domain_codec(MonitorDomain *domain, HvCodec *codec)
{
    hv_codec_begin(codec, "domain", 1);
    if (hv_codec_reads(codec))
        monitor_domain_make_room(domain);
    ips_codec(domain, codec);
    seats_codec(domain, codec);
    frame_codec(domain, codec);
    hv_codec_moment(codec, &domain->since_ns);
    hv_codec_u64(codec, &domain->settled_ns);
    hv_codec_bool(codec, &domain->stale);
    hv_codec_uint(codec, &domain->comings_and_goings);
    hv_codec_bool(codec, &domain->resized);
    hv_codec_bool(codec, &domain->repolarizes);
    hv_codec_bool(codec, &domain->corrects);
    hv_codec_event(codec, &domain->event);
    hv_codec_end(codec);
}
