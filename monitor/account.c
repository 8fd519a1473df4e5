/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Usage over an interval: two snapshots of the dispatcher's accounts and their difference.
 *
 * The accounts themselves only grow, so nobody has to reset anything to measure from now on, and several
 * measurements can run at the same time. A LIP's figures are summed over all tasks it has had, so a LIP that
 * went offline, or whose LPAR was loaded again, keeps what it used.
 */
#include "monitor/dispatch-private.h"

#include "monitor/account.h"

#include <stdlib.h>

MonitorUsage *monitor_usage_new(const MonitorDispatch *dispatch)
{
    MonitorUsage *usage = g_new0(MonitorUsage, 1);

    usage->n_ips = dispatch->config.n_ips;
    usage->max_lpar = dispatch->config.max_lpar;
    usage->interval_ns = hv_engine_now(dispatch->engine);
    usage->ips = g_array_new(FALSE, FALSE, sizeof(MonitorIpAccount));
    usage->lips = g_array_new(FALSE, FALSE, sizeof(MonitorLipUsage));
    usage->matrix_ns = g_array_new(FALSE, FALSE, sizeof(HvTime));
    usage->bounds_ns = g_array_new(FALSE, FALSE, sizeof(HvTime));
    return usage;
}

void monitor_usage_free(MonitorUsage *usage)
{
    if (!usage)
        return;
    g_array_unref(usage->ips);
    g_array_unref(usage->lips);
    g_array_unref(usage->matrix_ns);
    g_array_unref(usage->bounds_ns);
    g_free(usage);
}

/* a += sign * b; sign is +1 or -1 in two's complement. */
static void accumulate(MonitorLipAccount *a, const MonitorLipAccount *b, uint64_t sign)
{
    a->running_ns += sign * b->running_ns;
    a->ready_ns += sign * b->ready_ns;
    a->waiting_ns += sign * b->waiting_ns;
    a->online_ns += sign * b->online_ns;
    a->management_ns += sign * b->management_ns;
    a->held_ns += sign * b->held_ns;
    a->parked_ns += sign * b->parked_ns;
    a->dispatches += sign * b->dispatches;
}

/* In LIPs that are not sorted yet. */
static MonitorLipUsage *find_lip(const MonitorUsage *usage, unsigned lpar, unsigned lip)
{
    for (unsigned i = 0; i < usage->lips->len; i++) {
        MonitorLipUsage *known = &g_array_index(usage->lips, MonitorLipUsage, i);

        if (known->lpar == lpar && known->lip == lip)
            return known;
    }
    return NULL;
}

static int compare_lips(const void *a, const void *b)
{
    const MonitorLipUsage *x = a, *y = b;

    if (x->lpar != y->lpar)
        return x->lpar < y->lpar ? -1 : 1;
    return x->lip < y->lip ? -1 : x->lip > y->lip;
}

static void take_lips(MonitorUsage *usage, const MonitorDispatch *dispatch)
{
    for (unsigned i = 0; i < dispatch->tcbs->len; i++) {
        const MonitorTcb *tcb = g_ptr_array_index(dispatch->tcbs, i);
        const MonitorLipUsage lip = {
            .lpar = tcb->lpar,
            .lip = tcb->lip,
            .ip = tcb->binding.ip,
            .type = tcb->domain->type,
            .share_bp = tcb->binding.share_bp,
            .account = tcb->account,
            .online = true,
            .polarity = tcb->polarity,
            .vertical_bp = tcb->share_bp};

        g_array_append_val(usage->lips, lip);
    }
    for (unsigned i = 0; i < dispatch->ended->len; i++) {
        const MonitorEndedTask *ended = &g_array_index(dispatch->ended, MonitorEndedTask, i);
        MonitorLipUsage *known = find_lip(usage, ended->lpar, ended->lip);
        const MonitorLipUsage lip = {
            .lpar = ended->lpar,
            .lip = ended->lip,
            .ip = ended->ip,
            .type = ended->type,
            .account = ended->account};

        if (known)
            accumulate(&known->account, &ended->account, 1);
        else
            g_array_append_val(usage->lips, lip);
    }
    g_array_sort(usage->lips, compare_lips);
}

static void take_bounds(MonitorUsage *usage, const MonitorDispatch *dispatch)
{
    for (unsigned lpar = 0; lpar <= usage->max_lpar; lpar++)
        for (MonitorBound bound = 0; bound < MONITOR_BOUNDS; bound++) {
            HvTime bound_ns = monitor_dispatch_bound_ns(dispatch, lpar, bound);

            g_array_append_val(usage->bounds_ns, bound_ns);
        }
}

MonitorUsage *monitor_usage_take(const MonitorDispatch *dispatch)
{
    MonitorUsage *usage = monitor_usage_new(dispatch);

    g_array_append_vals(usage->ips, dispatch->ip_accounts, usage->n_ips);
    g_array_append_vals(usage->matrix_ns, dispatch->matrix_ns, (usage->max_lpar + 1) * usage->n_ips);
    take_lips(usage, dispatch);
    take_bounds(usage, dispatch);
    return usage;
}

/* --- Written down and read back -------------------------------------------------------------------------- */

static void lip_usage_codec(MonitorLipUsage *lip, HvCodec *codec)
{
    hv_codec_uint(codec, &lip->lpar);
    hv_codec_uint(codec, &lip->lip);
    hv_codec_u16(codec, &lip->ip);
    HV_CODEC_ENUM(codec, lip->type, HV_IP_TYPES);
    hv_codec_u32(codec, &lip->share_bp);
    monitor_lip_account_codec(&lip->account, codec);
    hv_codec_bool(codec, &lip->online);
    HV_CODEC_ENUM(codec, lip->polarity, MONITOR_VERTICAL_LOW + 1);
    hv_codec_u32(codec, &lip->vertical_bp);
}

static void lip_usages_codec(GArray *lips, HvCodec *codec)
{
    size_t count = lips->len;

    hv_codec_count(codec, &count, (RESMGR_MAX_LPARS + 1) * (size_t)HV_MAX_LIPS);
    if (hv_codec_reads(codec))
        g_array_set_size(lips, (guint)count);
    for (unsigned i = 0; i < count; i++)
        lip_usage_codec(&g_array_index(lips, MonitorLipUsage, i), codec);
}

void monitor_usage_codec(MonitorUsage *usage, HvCodec *codec)
{
    unsigned n_ips = usage->n_ips;

    hv_codec_begin(codec, "usage", 1);
    hv_codec_u64(codec, &usage->interval_ns);
    hv_codec_uint(codec, &n_ips);
    hv_codec_uint(codec, &usage->max_lpar);
    g_array_set_size(usage->ips, usage->n_ips);
    for (unsigned i = 0; i < usage->n_ips; i++)
        monitor_ip_account_codec(&g_array_index(usage->ips, MonitorIpAccount, i), codec);
    lip_usages_codec(usage->lips, codec);
    hv_codec_numbers(codec, usage->matrix_ns, (RESMGR_MAX_LPARS + 1) * (size_t)usage->n_ips);
    hv_codec_numbers(codec, usage->bounds_ns, (RESMGR_MAX_LPARS + 1) * (size_t)MONITOR_BOUNDS);
    if (n_ips != usage->n_ips || usage->matrix_ns->len != (usage->max_lpar + 1) * usage->n_ips ||
        usage->bounds_ns->len != (usage->max_lpar + 1) * MONITOR_BOUNDS)
        hv_codec_fail(codec, "it is that of another machine, with %u IPs", n_ips);
    hv_codec_end(codec);
}

/* -------------------------------------------------------------------------------------------------------- */

const MonitorLipUsage *monitor_usage_lip(const MonitorUsage *usage, unsigned lpar, unsigned lip)
{
    const MonitorLipUsage key = {.lpar = lpar, .lip = lip};

    if (usage->lips->len == 0)
        return NULL;
    return bsearch(&key, usage->lips->data, usage->lips->len, sizeof(key), compare_lips);
}

/* Whoever was not defined yet had used nothing, and nothing had bound it. */
static void subtract_arrays(MonitorUsage *usage, const MonitorUsage *baseline)
{
    for (unsigned i = 0; i < MIN(usage->matrix_ns->len, baseline->matrix_ns->len); i++)
        g_array_index(usage->matrix_ns, HvTime, i) -= g_array_index(baseline->matrix_ns, HvTime, i);
    for (unsigned i = 0; i < usage->bounds_ns->len; i++)
        g_array_index(usage->bounds_ns, HvTime, i) -= i < baseline->bounds_ns->len
                                                          ? g_array_index(baseline->bounds_ns, HvTime, i)
                                                      : i % MONITOR_BOUNDS == MONITOR_BOUND_NONE
                                                          ? baseline->interval_ns
                                                          : 0;
}

static void subtract(MonitorUsage *usage, const MonitorUsage *baseline)
{
    usage->interval_ns -= baseline->interval_ns;
    for (unsigned i = 0; i < usage->n_ips; i++) {
        MonitorIpAccount *account = &g_array_index(usage->ips, MonitorIpAccount, i);
        const MonitorIpAccount *before = &g_array_index(baseline->ips, MonitorIpAccount, i);

        account->busy_ns -= before->busy_ns;
        account->idle_ns -= before->idle_ns;
        account->management_ns -= before->management_ns;
        account->dispatches -= before->dispatches;
    }
    subtract_arrays(usage, baseline);
    for (unsigned i = 0; i < usage->lips->len; i++) {
        MonitorLipUsage *lip = &g_array_index(usage->lips, MonitorLipUsage, i);
        const MonitorLipUsage *before = monitor_usage_lip(baseline, lip->lpar, lip->lip);

        if (before)
            accumulate(&lip->account, &before->account, (uint64_t)-1);
    }
}

MonitorUsage *monitor_usage_since(const MonitorUsage *baseline, const MonitorUsage *now)
{
    MonitorUsage *usage = g_new0(MonitorUsage, 1);

    *usage = *now;
    usage->ips = g_array_copy(now->ips);
    usage->lips = g_array_copy(now->lips);
    usage->matrix_ns = g_array_copy(now->matrix_ns);
    usage->bounds_ns = g_array_copy(now->bounds_ns);
    if (baseline)
        subtract(usage, baseline);
    for (unsigned i = usage->lips->len; i > 0; i--) {
        const MonitorLipUsage *lip = &g_array_index(usage->lips, MonitorLipUsage, i - 1);

        if (!lip->online && lip->account.online_ns == 0)
            g_array_remove_index(usage->lips, i - 1);
    }
    return usage;
}

HvTime monitor_usage_matrix(const MonitorUsage *usage, unsigned lpar, unsigned ip)
{
    g_assert(lpar <= usage->max_lpar && ip >= 1 && ip <= usage->n_ips);
    return g_array_index(usage->matrix_ns, HvTime, lpar * usage->n_ips + ip - 1);
}

HvTime monitor_usage_bound(const MonitorUsage *usage, unsigned lpar, MonitorBound bound)
{
    g_assert(lpar <= usage->max_lpar && bound < MONITOR_BOUNDS);
    return g_array_index(usage->bounds_ns, HvTime, lpar * MONITOR_BOUNDS + bound);
}

void monitor_usage_forget(MonitorUsage *usage, unsigned lpar)
{
    for (unsigned i = usage->lips->len; i-- > 0;)
        if (g_array_index(usage->lips, MonitorLipUsage, i).lpar == lpar)
            g_array_remove_index(usage->lips, i);
    if (lpar > usage->max_lpar)
        return;
    for (unsigned ip = 0; ip < usage->n_ips; ip++) {
        HvTime *used_ns = &g_array_index(usage->matrix_ns, HvTime, lpar * usage->n_ips + ip);

        g_array_index(usage->matrix_ns, HvTime, ip) += *used_ns;
        *used_ns = 0;
    }
    for (unsigned bound = 0; bound < MONITOR_BOUNDS; bound++)
        g_array_index(usage->bounds_ns, HvTime, lpar * MONITOR_BOUNDS + bound) = bound == MONITOR_BOUND_NONE
                                                                                     ? usage->interval_ns
                                                                                     : 0;
}
