/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dispatcher, written down and read back: who has tasks, all accounts, terms, and each domain.
 *
 * A reader's dispatcher is new, of the same configuration, and has no tasks. They are made from what is read, without any of the
 * consequences that making one has: nothing is settled and nothing laid out anew, for each domain brings its layout along.
 *
 * What a task's work is (ops, work) is not state: the caller says who works for an LPAR.
 */
#include "monitor/account.h"
#include "monitor/dispatch-private.h"

/* --- Accounts ------------------------------------------------------------------------------------------- */

void monitor_lip_account_codec(MonitorLipAccount *account, HvCodec *codec)
{
    hv_codec_u64(codec, &account->running_ns);
    hv_codec_u64(codec, &account->ready_ns);
    hv_codec_u64(codec, &account->waiting_ns);
    hv_codec_u64(codec, &account->online_ns);
    hv_codec_u64(codec, &account->management_ns);
    hv_codec_u64(codec, &account->held_ns);
    hv_codec_u64(codec, &account->parked_ns);
    hv_codec_u64(codec, &account->dispatches);
}

void monitor_ip_account_codec(MonitorIpAccount *account, HvCodec *codec)
{
    hv_codec_u64(codec, &account->busy_ns);
    hv_codec_u64(codec, &account->idle_ns);
    hv_codec_u64(codec, &account->management_ns);
    hv_codec_u64(codec, &account->dispatches);
}

static void ended_codec(GArray *all, HvCodec *codec)
{
    size_t count = all->len;

    hv_codec_count(codec, &count, (RESMGR_MAX_LPARS + 1) * (size_t)HV_MAX_LIPS);
    if (hv_codec_reads(codec))
        g_array_set_size(all, (guint)count);
    for (unsigned i = 0; i < count; i++) {
        MonitorEndedTask *ended = &g_array_index(all, MonitorEndedTask, i);

        hv_codec_uint(codec, &ended->lpar);
        hv_codec_uint(codec, &ended->lip);
        if (ended->lpar > RESMGR_MAX_LPARS || ended->lip > HV_MAX_LIPS)
            hv_codec_fail(codec, "LIP %u of LPAR %u is not possible", ended->lip, ended->lpar);
        hv_codec_u16(codec, &ended->ip);
        HV_CODEC_ENUM(codec, ended->type, HV_IP_TYPES);
        monitor_lip_account_codec(&ended->account, codec);
    }
}

static void accounts_codec(MonitorDispatch *dispatch, HvCodec *codec)
{
    unsigned n_ips = dispatch->config.n_ips;
    size_t n_cells = (dispatch->config.max_lpar + 1) * (size_t)n_ips;

    for (unsigned i = 0; i < n_ips; i++)
        monitor_ip_account_codec(&dispatch->ip_accounts[i], codec);
    for (size_t i = 0; i < n_cells; i++)
        hv_codec_u64(codec, &dispatch->matrix_ns[i]);
    ended_codec(dispatch->ended, codec);
}

/* --- Terms ---------------------------------------------------------------------------------------------- */

static void terms_codec(MonitorLparTerms *terms, HvCodec *codec)
{
    for (unsigned type = 0; type < HV_IP_TYPES; type++)
        hv_codec_u32(codec, &terms->weights[type]);
    HV_CODEC_ENUM(codec, terms->cap.kind, RESMGR_CAP_ABSOLUTE + 1);
    hv_codec_u32(codec, &terms->cap.ips_hundredths);
    for (unsigned bound = 0; bound < MONITOR_BOUNDS; bound++) {
        hv_codec_u64(codec, &terms->bounds[bound].sum_ns);
        hv_codec_moment(codec, &terms->bounds[bound].since_ns);
        hv_codec_uint(codec, &terms->bounds[bound].n_tasks);
    }
}

static void all_terms_codec(MonitorDispatch *dispatch, HvCodec *codec)
{
    for (unsigned lpar = 0; lpar <= dispatch->config.max_lpar; lpar++)
        terms_codec(&dispatch->terms[lpar], codec);
    for (unsigned type = 0; type < HV_IP_TYPES; type++)
        hv_codec_u32(codec, &dispatch->weight_sums[type]);
    hv_codec_bool(codec, &dispatch->has_caps);
    hv_codec_bool(codec, &dispatch->config.every_slice);
}

/* --- Tasks ---------------------------------------------------------------------------------------------- */

static void binding_codec(MonitorBinding *binding, HvCodec *codec)
{
    hv_codec_u16(codec, &binding->ip);
    hv_codec_u32(codec, &binding->share_bp);
    HV_CODEC_ENUM(codec, binding->type, HV_IP_TYPES);
}

/* The domain that the binding names, or NULL. */
static MonitorDomain *domain_of(const MonitorDispatch *dispatch, const MonitorBinding *binding)
{
    if (binding->ip == 0)
        return dispatch->pools[binding->type];
    if (binding->ip > dispatch->config.n_ips || dispatch->config.ip_in_pool[binding->ip - 1])
        return NULL;
    return dispatch->domain_of_ip[binding->ip - 1];
}

/* Tasks come by (lpar, lip), each once. */
static bool goes_on(const MonitorDispatch *dispatch, unsigned lpar, unsigned lip)
{
    const GPtrArray *tcbs = dispatch->tcbs;
    const MonitorTcb *last = tcbs->len > 0 ? g_ptr_array_index(tcbs, tcbs->len - 1) : NULL;

    return !last || last->lpar < lpar || (last->lpar == lpar && last->lip < lip);
}

/* A task like that, or NULL if it is not possible. */
static MonitorTcb *
put_back(MonitorDispatch *dispatch, HvCodec *codec, const MonitorTcb *who, const MonitorWorkers *workers)
{
    MonitorDomain *domain = domain_of(dispatch, &who->binding);
    bool fits = domain && who->lpar <= dispatch->config.max_lpar && who->lip >= 1 &&
                who->lip <= HV_MAX_LIPS && goes_on(dispatch, who->lpar, who->lip);
    void *work = fits ? workers->work(workers->data, who->lpar, who->lip) : NULL;

    if (!work) {
        hv_codec_fail(codec, "a task for LIP %u of LPAR %u is not possible", who->lip, who->lpar);
        return NULL;
    }
    MonitorTcb *tcb = g_memdup2(who, sizeof(*who));

    tcb->ops = workers->ops;
    tcb->work = work;
    g_ptr_array_add(dispatch->tcbs, tcb);
    monitor_domain_put_back(domain, tcb);
    return tcb;
}

static void count_tasks(MonitorDispatch *dispatch)
{
    unsigned position = 0;

    for (unsigned lpar = 0; lpar <= dispatch->config.max_lpar + 1; lpar++) {
        while (position < dispatch->tcbs->len &&
               ((const MonitorTcb *)g_ptr_array_index(dispatch->tcbs, position))->lpar < lpar)
            position++;
        dispatch->first_tasks[lpar] = position;
    }
}

static void tasks_codec(MonitorDispatch *dispatch, HvCodec *codec, const MonitorWorkers *workers)
{
    size_t count = dispatch->tcbs->len;

    g_assert(!hv_codec_reads(codec) || count == 0);
    hv_codec_count(codec, &count, (RESMGR_MAX_LPARS + 1) * (size_t)HV_MAX_LIPS);
    for (unsigned i = 0; i < count; i++) {
        MonitorTcb *tcb = hv_codec_reads(codec) ? NULL : g_ptr_array_index(dispatch->tcbs, i);
        MonitorTcb who = {0};

        if (tcb)
            who = (MonitorTcb){.lpar = tcb->lpar, .lip = tcb->lip, .binding = tcb->binding};
        hv_codec_uint(codec, &who.lpar);
        hv_codec_uint(codec, &who.lip);
        binding_codec(&who.binding, codec);
        if (!tcb)
            tcb = put_back(dispatch, codec, &who, workers);
        if (!tcb)
            break;
        monitor_tcb_codec(tcb, codec);
    }
    count_tasks(dispatch);
}

/* -------------------------------------------------------------------------------------------------------- */

void monitor_dispatch_quiesce(MonitorDispatch *dispatch)
{
    g_assert(dispatch->tcbs->len == 0);
    for (unsigned i = 0; i < dispatch->domains->len; i++)
        hv_engine_cancel(
            dispatch->engine, &((MonitorDomain *)g_ptr_array_index(dispatch->domains, i))->event);
    if (dispatch->capacity)
        hv_engine_cancel(dispatch->engine, &dispatch->capacity->event);
}

void monitor_dispatch_codec(MonitorDispatch *dispatch, HvCodec *codec, const MonitorWorkers *workers)
{
    unsigned max_lpar = dispatch->config.max_lpar;

    hv_codec_begin(codec, "dispatcher", 1);
    hv_codec_uint(codec, &max_lpar);
    if (max_lpar > RESMGR_MAX_LPARS || max_lpar < dispatch->config.max_lpar)
        hv_codec_fail(codec, "LPARs up to number %u are not possible", max_lpar);
    else
        monitor_dispatch_grow(dispatch, max_lpar);
    tasks_codec(dispatch, codec, workers);
    accounts_codec(dispatch, codec);
    all_terms_codec(dispatch, codec);
    for (unsigned i = 0; i < dispatch->domains->len; i++)
        monitor_domain_codec(g_ptr_array_index(dispatch->domains, i), codec);
    monitor_capacity_codec(dispatch, codec);
    hv_codec_end(codec);
}
