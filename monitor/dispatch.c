/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The dispatcher: which domains there are, which tasks are in them, and the accounts.
 *
 * Everything about time is a domain's (domain.c); here tasks come and go and change, and every change is the
 * same three steps: settle the domain, so that what was holds up to now; change; let the domain lay out anew.
 *
 * Owns the TCBs, the accounts per IP, the LPAR x IP matrix, and the sums of tasks that have ended.
 */
#include "monitor/dispatch-private.h"

#include <string.h>

/* --- Making and ending ---------------------------------------------------------------------------------- */

static void domain_free(void *domain)
{
    monitor_domain_free(domain);
}

static MonitorDomain *add_domain(MonitorDispatch *dispatch, const MonitorPolicyOps *policy, HvIpType type)
{
    MonitorDomain *domain = monitor_domain_new(dispatch, policy, type);

    g_ptr_array_add(dispatch->domains, domain);
    return domain;
}

static void make_domains(MonitorDispatch *dispatch)
{
    for (unsigned ip = 1; ip <= dispatch->config.n_ips; ip++) {
        HvIpType type = dispatch->config.ip_types[ip - 1];
        bool pooled = dispatch->config.ip_in_pool[ip - 1];

        if (pooled && !dispatch->pools[type])
            dispatch->pools[type] = add_domain(
                dispatch, dispatch->config.vertical ? &monitor_policy_vertical : &monitor_policy_weight,
                type);
        MonitorDomain *domain = pooled ? dispatch->pools[type]
                                       : add_domain(dispatch, &monitor_policy_share, type);

        g_array_append_val(domain->ips, ip);
        dispatch->domain_of_ip[ip - 1] = domain;
    }
}

MonitorDispatch *monitor_dispatch_new(HvEngine *engine, HvTrace *trace, const MonitorDispatchConfig *config)
{
    MonitorDispatch *dispatch = g_new0(MonitorDispatch, 1);

    dispatch->engine = engine;
    dispatch->trace = trace;
    dispatch->config = *config;
    dispatch->config.ip_types = g_memdup2(config->ip_types, config->n_ips * sizeof(*config->ip_types));
    dispatch->config.ip_in_pool = g_memdup2(config->ip_in_pool, config->n_ips * sizeof(*config->ip_in_pool));
    dispatch->domains = g_ptr_array_new_with_free_func(domain_free);
    dispatch->domain_of_ip = g_new0(MonitorDomain *, config->n_ips);
    dispatch->tcbs = g_ptr_array_new_with_free_func(g_free);
    dispatch->first_tasks = g_new0(unsigned, config->max_lpar + 2);
    dispatch->ip_accounts = g_new0(MonitorIpAccount, config->n_ips);
    dispatch->matrix_ns = g_new0(HvTime, (config->max_lpar + 1) * (size_t)config->n_ips);
    dispatch->terms = g_new0(MonitorLparTerms, config->max_lpar + 1);
    dispatch->ended = g_array_new(FALSE, FALSE, sizeof(MonitorEndedTask));
    make_domains(dispatch);
    return dispatch;
}

void monitor_dispatch_free(MonitorDispatch *dispatch)
{
    if (!dispatch)
        return;
    monitor_capacity_free(dispatch);
    g_free(dispatch->lending);
    g_ptr_array_unref(dispatch->domains);
    g_ptr_array_unref(dispatch->tcbs);
    g_free(dispatch->first_tasks);
    g_array_unref(dispatch->ended);
    g_free(dispatch->domain_of_ip);
    g_free(dispatch->ip_accounts);
    g_free(dispatch->matrix_ns);
    g_free(dispatch->terms);
    g_free((void *)(uintptr_t)dispatch->config.ip_types);
    g_free((void *)(uintptr_t)dispatch->config.ip_in_pool);
    g_free(dispatch);
}

static void *grow_array(void *array, size_t size, size_t had, size_t has)
{
    char *grown = g_realloc_n(array, has, size);

    memset(grown + had * size, 0, (has - had) * size);
    return grown;
}

void monitor_dispatch_grow(MonitorDispatch *dispatch, unsigned max_lpar)
{
    size_t had = dispatch->config.max_lpar + 1, has = max_lpar + 1;
    size_t n_ips = dispatch->config.n_ips;

    if (has <= had)
        return;
    dispatch->first_tasks = g_renew(unsigned, dispatch->first_tasks, has + 1);
    for (size_t lpar = had + 1; lpar <= has; lpar++)
        dispatch->first_tasks[lpar] = dispatch->tcbs->len;
    dispatch->matrix_ns = grow_array(dispatch->matrix_ns, sizeof(HvTime), had * n_ips, has * n_ips);
    dispatch->terms = grow_array(dispatch->terms, sizeof(MonitorLparTerms), had, has);
    monitor_capacity_grow(dispatch, max_lpar);
    dispatch->config.max_lpar = max_lpar;
}

void monitor_dispatch_forget(MonitorDispatch *dispatch, unsigned lpar)
{
    static const uint32_t none[HV_IP_TYPES];
    unsigned n_ips = dispatch->config.n_ips;

    g_assert(dispatch->first_tasks[lpar] == dispatch->first_tasks[lpar + 1]);
    monitor_dispatch_settle(dispatch);
    for (unsigned ip = 0; ip < n_ips; ip++) {
        dispatch->matrix_ns[ip] += dispatch->matrix_ns[lpar * n_ips + ip];
        dispatch->matrix_ns[lpar * n_ips + ip] = 0;
    }
    for (unsigned i = dispatch->ended->len; i-- > 0;)
        if (g_array_index(dispatch->ended, MonitorEndedTask, i).lpar == lpar)
            g_array_remove_index(dispatch->ended, i);
    monitor_dispatch_set_lpar(dispatch, lpar, none, (ResmgrCap){RESMGR_CAP_NONE, 0});
    dispatch->terms[lpar] = (MonitorLparTerms){0};
    monitor_lending_forget(dispatch, lpar);
    if (dispatch->capacity)
        dispatch->capacity->lpars[lpar] = (MonitorLparCapacity){0};
}

/* --- Tasks ---------------------------------------------------------------------------------------------- */

/* Position of (lpar, lip) in the sorted array, or where it would be. */
static unsigned task_position(const MonitorDispatch *dispatch, unsigned lpar, unsigned lip)
{
    unsigned low = dispatch->first_tasks[lpar], high = dispatch->first_tasks[lpar + 1];

    while (low < high) {
        unsigned middle = (low + high) / 2;
        const MonitorTcb *tcb = g_ptr_array_index(dispatch->tcbs, middle);

        if (tcb->lip < lip)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

MonitorTcb *monitor_dispatch_find(const MonitorDispatch *dispatch, unsigned lpar, unsigned lip)
{
    if (lpar > dispatch->config.max_lpar)
        return NULL;
    unsigned position = task_position(dispatch, lpar, lip);

    if (position == dispatch->first_tasks[lpar + 1])
        return NULL;
    MonitorTcb *tcb = g_ptr_array_index(dispatch->tcbs, position);

    return tcb->lip == lip ? tcb : NULL;
}

void monitor_dispatch_lpar_changed(MonitorDispatch *dispatch, unsigned lpar)
{
    for (unsigned i = task_position(dispatch, lpar, 0); i < dispatch->tcbs->len; i++) {
        const MonitorTcb *tcb = g_ptr_array_index(dispatch->tcbs, i);

        if (tcb->lpar != lpar)
            break;
        monitor_domain_settle(tcb->domain);
        monitor_domain_change(tcb->domain);
    }
}

/* An absolute cap, or a soft one in force, is split over what the LPAR has on all its IPs. */
static void split_cap_anew(MonitorDispatch *dispatch, unsigned lpar)
{
    if (dispatch->terms[lpar].cap.kind == RESMGR_CAP_ABSOLUTE ||
        monitor_capacity_soft_limit(dispatch, lpar) > 0)
        monitor_dispatch_lpar_changed(dispatch, lpar);
}

/* A task of that LPAR has come or gone; those of higher numbers stand in another place. */
static void shift_tasks(MonitorDispatch *dispatch, unsigned lpar, int by)
{
    for (unsigned other = lpar + 1; other <= dispatch->config.max_lpar + 1; other++)
        dispatch->first_tasks[other] += (unsigned)by;
    g_assert(dispatch->first_tasks[dispatch->config.max_lpar + 1] == dispatch->tcbs->len);
}

MonitorTcb *monitor_dispatch_make_task(
    MonitorDispatch *dispatch, unsigned lpar, unsigned lip, const MonitorBinding *binding,
    const MonitorWorkOps *ops, void *work)
{
    MonitorDomain *domain = binding->ip ? dispatch->domain_of_ip[binding->ip - 1]
                                        : dispatch->pools[binding->type];
    MonitorTcb *tcb = g_new0(MonitorTcb, 1);

    g_assert(domain && lpar <= dispatch->config.max_lpar && !monitor_dispatch_find(dispatch, lpar, lip));
    tcb->lpar = lpar;
    tcb->lip = lip;
    tcb->binding = *binding;
    tcb->ops = ops;
    tcb->work = work;
    g_ptr_array_insert(dispatch->tcbs, (int)task_position(dispatch, lpar, lip), tcb);
    shift_tasks(dispatch, lpar, 1);
    monitor_domain_add(domain, tcb);
    split_cap_anew(dispatch, lpar);
    return tcb;
}

static void add_account(MonitorLipAccount *sum, const MonitorLipAccount *account)
{
    sum->running_ns += account->running_ns;
    sum->ready_ns += account->ready_ns;
    sum->waiting_ns += account->waiting_ns;
    sum->online_ns += account->online_ns;
    sum->management_ns += account->management_ns;
    sum->held_ns += account->held_ns;
    sum->parked_ns += account->parked_ns;
    sum->dispatches += account->dispatches;
}

static void remember_ended(MonitorDispatch *dispatch, const MonitorTcb *tcb)
{
    const MonitorEndedTask ended = {
        .lpar = tcb->lpar,
        .lip = tcb->lip,
        .ip = tcb->binding.ip,
        .type = tcb->domain->type,
        .account = tcb->account};

    for (unsigned i = 0; i < dispatch->ended->len; i++) {
        MonitorEndedTask *known = &g_array_index(dispatch->ended, MonitorEndedTask, i);

        if (known->lpar == tcb->lpar && known->lip == tcb->lip) {
            add_account(&known->account, &tcb->account);
            return;
        }
    }
    g_array_append_val(dispatch->ended, ended);
}

void monitor_dispatch_end_task(MonitorDispatch *dispatch, MonitorTcb *tcb)
{
    g_assert(tcb);
    unsigned lpar = tcb->lpar;

    monitor_bound_set(tcb, MONITOR_BOUND_NONE);
    monitor_domain_remove(tcb->domain, tcb);
    remember_ended(dispatch, tcb);
    g_ptr_array_remove(dispatch->tcbs, tcb);
    shift_tasks(dispatch, lpar, -1);
    split_cap_anew(dispatch, lpar);
}

GPtrArray *monitor_dispatch_tasks(const MonitorDispatch *dispatch)
{
    GPtrArray *tasks = g_ptr_array_sized_new(dispatch->tcbs->len);

    for (unsigned i = 0; i < dispatch->tcbs->len; i++)
        g_ptr_array_add(tasks, g_ptr_array_index(dispatch->tcbs, i));
    return tasks;
}

/* --- Changes -------------------------------------------------------------------------------------------- */

void monitor_dispatch_set_ready(MonitorDispatch *dispatch, MonitorTcb *tcb, bool has_work)
{
    (void)dispatch;
    if (tcb->has_work == has_work)
        return;
    monitor_domain_settle_lpar(tcb->domain, tcb);
    tcb->has_work = has_work;
    monitor_domain_adapt(tcb->domain, tcb);
}

void monitor_dispatch_settle_task(MonitorDispatch *dispatch, MonitorTcb *tcb)
{
    (void)dispatch;
    monitor_domain_settle_lpar(tcb->domain, tcb);
}

void monitor_dispatch_burst_changed(MonitorDispatch *dispatch, MonitorTcb *tcb)
{
    (void)dispatch;
    monitor_domain_ask(tcb->domain, tcb);
}

void monitor_dispatch_set_held(MonitorDispatch *dispatch, MonitorTcb *tcb, bool held)
{
    (void)dispatch;
    if (tcb->held == held)
        return;
    monitor_domain_settle_lpar(tcb->domain, tcb);
    tcb->held = held;
    monitor_domain_adapt(tcb->domain, tcb);
}

void monitor_dispatch_set_share(MonitorDispatch *dispatch, MonitorTcb *tcb, uint32_t share_bp)
{
    g_assert(tcb->binding.ip > 0 && share_bp > 0 && share_bp <= HV_SHARE_WHOLE_BP);
    if (tcb->binding.share_bp == share_bp)
        return;
    monitor_domain_settle(tcb->domain);
    tcb->binding.share_bp = share_bp;
    monitor_domain_change(tcb->domain);
    split_cap_anew(dispatch, tcb->lpar);
}

void monitor_dispatch_set_lpar(
    MonitorDispatch *dispatch, unsigned lpar, const uint32_t weights[HV_IP_TYPES], ResmgrCap cap)
{
    g_assert(lpar <= dispatch->config.max_lpar);
    MonitorLparTerms *terms = &dispatch->terms[lpar];
    bool cap_changes = terms->cap.kind != cap.kind || terms->cap.ips_hundredths != cap.ips_hundredths;

    for (unsigned type = 0; type < HV_IP_TYPES; type++) {
        MonitorDomain *pool = dispatch->pools[type];
        bool weight_changes = terms->weights[type] != weights[type];

        dispatch->weight_sums[type] += weights[type] - terms->weights[type];
        terms->weights[type] = weights[type];
        if (!pool || !weight_changes)
            continue;
        monitor_domain_settle(pool);
        pool->repolarizes = monitor_domain_is_vertical(pool);
        monitor_domain_change(pool);
    }
    terms->cap = cap;
    dispatch->has_caps = dispatch->has_caps || cap.kind != RESMGR_CAP_NONE;
    if (cap_changes)
        monitor_dispatch_lpar_changed(dispatch, lpar);
}

void monitor_dispatch_set_every_slice(MonitorDispatch *dispatch, bool every_slice)
{
    monitor_dispatch_settle(dispatch);
    dispatch->config.every_slice = every_slice;
}

/* --- What may be read ----------------------------------------------------------------------------------- */

void monitor_dispatch_settle(MonitorDispatch *dispatch)
{
    for (unsigned i = 0; i < dispatch->domains->len; i++)
        monitor_domain_settle(g_ptr_array_index(dispatch->domains, i));
}

/* Takes idle time of the LIP's IPs, the first ones first; returns how much there was. */
static HvTime charge_ips(MonitorDispatch *dispatch, const MonitorTcb *tcb, HvTime ran_ns)
{
    const GArray *ips = tcb->domain->ips;
    HvTime left_ns = ran_ns;

    for (unsigned i = 0; i < ips->len; i++) {
        unsigned ip = g_array_index(ips, unsigned, i);
        MonitorIpAccount *account = &dispatch->ip_accounts[ip - 1];
        HvTime taken_ns = tcb->binding.ip == 0 || tcb->binding.ip == ip ? MIN(left_ns, account->idle_ns) : 0;

        account->idle_ns -= taken_ns;
        account->busy_ns += taken_ns;
        dispatch->matrix_ns[tcb->lpar * dispatch->config.n_ips + ip - 1] += taken_ns;
        left_ns -= taken_ns;
    }
    return ran_ns - left_ns;
}

void monitor_dispatch_charge(MonitorDispatch *dispatch, MonitorTcb *tcb, HvTime ran_ns, HvTime ready_ns)
{
    monitor_dispatch_settle(dispatch);
    MonitorLipAccount *account = &tcb->account;
    HvTime free_ns = account->waiting_ns - account->held_ns;
    HvTime charged_ns = charge_ips(dispatch, tcb, MIN(ran_ns, free_ns));
    HvTime waited_ns = MIN(ready_ns, free_ns - charged_ns);

    account->running_ns += charged_ns;
    account->ready_ns += waited_ns;
    account->waiting_ns -= charged_ns + waited_ns;
}

MonitorIpAccount monitor_dispatch_ip_account(const MonitorDispatch *dispatch, unsigned ip)
{
    g_assert(ip >= 1 && ip <= dispatch->config.n_ips);
    return dispatch->ip_accounts[ip - 1];
}

HvTime monitor_dispatch_matrix_ns(const MonitorDispatch *dispatch, unsigned lpar, unsigned ip)
{
    g_assert(lpar <= dispatch->config.max_lpar && ip >= 1 && ip <= dispatch->config.n_ips);
    return dispatch->matrix_ns[lpar * dispatch->config.n_ips + ip - 1];
}

HvTime monitor_dispatch_slice_ns(const MonitorDispatch *dispatch, const MonitorTcb *tcb)
{
    (void)dispatch;
    if (tcb->polarity == MONITOR_VERTICAL_HIGH)
        return MONITOR_VERTICAL_HIGH_SLICE_NS;
    return monitor_domain_slice(tcb->domain);
}

MonitorPoolShare monitor_dispatch_pool_share(const MonitorDispatch *dispatch, unsigned lpar, HvIpType type)
{
    const MonitorDomain *pool = dispatch->pools[type];
    MonitorPoolShare share = {0};

    if (!pool || dispatch->terms[lpar].weights[type] == 0)
        return share;
    g_autofree HvTime *allotments_ns = g_new(HvTime, pool->tcbs->len);
    g_autofree bool *capped = g_new(bool, pool->tcbs->len);
    HvTime length_ns = monitor_domain_divide_all(pool, allotments_ns, capped), sum_ns = 0;

    for (unsigned i = 0; i < pool->tcbs->len; i++)
        sum_ns += ((const MonitorTcb *)g_ptr_array_index(pool->tcbs, i))->lpar == lpar ? allotments_ns[i] : 0;
    share.attainable_bp = hv_muldiv(sum_ns, HV_SHARE_WHOLE_BP, length_ns);
    share.nominal_bp = hv_muldiv(
        (uint64_t)pool->ips->len * HV_SHARE_WHOLE_BP, dispatch->terms[lpar].weights[type],
        monitor_domain_total_weight(pool));
    return share;
}
