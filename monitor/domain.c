/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A dispatching domain: its frame, when it must change, and what it has given so far.
 *
 *     settled --time passes--> unsettled --monitor_domain_settle--> settled
 *     settled --somebody begins or ends to be runnable--> stale --event, same time--> laid out anew
 *
 * The event of a domain is queued for the earliest of: now, if it is stale; the end of the frame, if the frame makes credits
 * good; the end of the first burst. A domain in which all are busy for ever, or nobody is, has none.
 *
 * Credits: between two settlings a LIP is entitled to its part of each frame in proportion to the time; what it got is what the
 * frame gave. The difference is its credit. When a new frame is laid out, the credits of those who can run are first made
 * to sum up to nothing (what all lack together, nobody owes them), then each gets its entitlement and its credit, and after that
 * one frame everybody is quits. Whoever lacks most is laid out first.
 */
#include "monitor/dispatch-private.h"

/* Credits below this are carried on rather than made good by a frame of their own. */
#define DOMAIN_SMALL_CREDIT_NS 1000

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
    g_array_unref(domain->ips);
    g_ptr_array_unref(domain->tcbs);
    g_free(domain);
}

static MonitorTcb *tcb_at(const MonitorDomain *domain, unsigned i)
{
    return g_ptr_array_index(domain->tcbs, i);
}

static bool takes_part(const MonitorDomain *domain, const MonitorTcb *tcb)
{
    return !tcb->held && (tcb->has_work || domain->dispatch->config.wait_completion);
}

/* --- Settling ------------------------------------------------------------------------------------------- */

static void account_ip(MonitorDomain *domain, const MonitorPiece *piece, const MonitorRan *got)
{
    MonitorDispatch *dispatch = domain->dispatch;
    unsigned ip = g_array_index(domain->ips, unsigned, piece->ip) - 1;
    MonitorIpAccount *account = &dispatch->ip_accounts[ip];

    account->busy_ns += got->busy_ns;
    account->management_ns += got->management_ns;
    account->dispatches += got->dispatches;
    dispatch->matrix_ns[domain->frame_tcbs[piece->lip]->lpar * dispatch->config.n_ips + ip] +=
        got->busy_ns + got->management_ns;
}

/* What the piece gave since the last settling: in closed form, or dispatch by dispatch. */
static MonitorRan piece_got(const MonitorDomain *domain, unsigned p, HvTime elapsed_ns)
{
    if (domain->dispatch->config.every_slice)
        return monitor_frame_piece_walk(&domain->frame, p, domain->settled_ns, elapsed_ns);
    MonitorRan before = monitor_frame_piece_ran(&domain->frame, p, domain->settled_ns);
    MonitorRan got = monitor_frame_piece_ran(&domain->frame, p, elapsed_ns);

    got.busy_ns -= before.busy_ns;
    got.management_ns -= before.management_ns;
    got.dispatches -= before.dispatches;
    return got;
}

static void account_piece(MonitorDomain *domain, unsigned p, HvTime elapsed_ns)
{
    const MonitorPiece *piece = &domain->frame.pieces[p];
    MonitorTcb *tcb = domain->frame_tcbs[piece->lip];
    MonitorRan got = piece_got(domain, p, elapsed_ns);

    account_ip(domain, piece, &got);
    tcb->unsold_ns += got.busy_ns;
    tcb->credit_ns -= (int64_t)(got.busy_ns + got.management_ns);
    tcb->account.running_ns += got.busy_ns;
    tcb->account.management_ns += got.management_ns;
    tcb->account.dispatches += got.dispatches;
}

static void account_tcb(MonitorDomain *domain, MonitorTcb *tcb, HvTime elapsed_ns, HvTime passed_ns)
{
    MonitorLipAccount *account = &tcb->account;
    HvTime length_ns = MAX(domain->frame.length_ns, 1);
    HvTime entitled_ns = hv_muldiv(tcb->entitled_ns, elapsed_ns, length_ns) -
                         hv_muldiv(tcb->entitled_ns, domain->settled_ns, length_ns);

    account->online_ns += passed_ns;
    if (tcb->held || !tcb->has_work)
        account->waiting_ns += passed_ns - tcb->unsold_ns;
    else
        account->ready_ns += passed_ns - tcb->unsold_ns;
    account->held_ns += tcb->held ? passed_ns : 0;
    tcb->credit_ns = CLAMP(tcb->credit_ns + (int64_t)entitled_ns, -(int64_t)length_ns, (int64_t)length_ns);
}

/* Tells whoever has the work what was received. He may change anything, this domain included. */
static void tell_owners(MonitorDomain *domain)
{
    g_autoptr(GPtrArray) tcbs = g_ptr_array_copy(domain->tcbs, NULL, NULL);

    for (unsigned i = 0; i < tcbs->len; i++) {
        MonitorTcb *tcb = g_ptr_array_index(tcbs, i);
        HvTime ran_ns = tcb->unsold_ns;

        tcb->unsold_ns = 0;
        if (ran_ns > 0 && tcb->has_work)
            tcb->ops->ran(tcb->work, tcb->lip, ran_ns);
    }
}

void monitor_domain_settle(MonitorDomain *domain)
{
    MonitorDispatch *dispatch = domain->dispatch;
    HvTime elapsed_ns = hv_engine_now(dispatch->engine) - domain->since_ns;
    HvTime passed_ns = elapsed_ns - domain->settled_ns;

    if (passed_ns == 0)
        return;
    g_assert(!domain->stale);
    for (unsigned p = 0; p < domain->frame.n_pieces; p++)
        account_piece(domain, p, elapsed_ns);
    for (unsigned i = 0; i < domain->tcbs->len; i++)
        account_tcb(domain, tcb_at(domain, i), elapsed_ns, passed_ns);
    for (unsigned i = 0; i < domain->ips->len; i++) {
        MonitorIpAccount *account = &dispatch->ip_accounts[g_array_index(domain->ips, unsigned, i) - 1];

        account->idle_ns = hv_engine_now(dispatch->engine) - account->busy_ns - account->management_ns;
    }
    domain->settled_ns = elapsed_ns;
    tell_owners(domain);
}

/* --- Dividing ------------------------------------------------------------------------------------------- */

HvTime monitor_domain_slice(const MonitorDomain *domain)
{
    HvTime slice_ns = domain->dispatch->config.slice_ns;

    return slice_ns ? slice_ns : domain->policy->slice(domain->tcbs->len, domain->ips->len);
}

/* One IP, n LIPs: n slices. A pool: as many slices as LIPs come on each IP, at least one. */
static HvTime frame_length(const MonitorDomain *domain)
{
    unsigned n_lips = domain->tcbs->len, n_ips = domain->ips->len;
    HvTime slice_ns = monitor_domain_slice(domain);

    return n_lips > n_ips ? hv_muldiv(slice_ns, n_lips, n_ips) : slice_ns;
}

uint32_t monitor_domain_total_weight(const MonitorDomain *domain)
{
    const MonitorDispatch *dispatch = domain->dispatch;
    uint32_t sum = 0;

    if (domain->policy == &monitor_policy_share)
        return HV_SHARE_WHOLE_BP;
    for (unsigned lpar = 0; lpar <= dispatch->config.max_lpar; lpar++)
        sum += dispatch->terms[lpar].weights[domain->type];
    return sum;
}

/* Of the LPAR's absolute cap, what is for this LIP's domain: all of it in a pool, else by its part of the LPAR's shares. */
static uint32_t cap_in_domain(const MonitorDomain *domain, const MonitorTcb *tcb, const ResmgrCap *cap)
{
    const GPtrArray *tcbs = domain->dispatch->tcbs;
    uint64_t sum_bp = 0;

    if (cap->kind != RESMGR_CAP_ABSOLUTE)
        return 0;
    if (tcb->binding.ip == 0)
        return cap->ips_hundredths;
    for (unsigned i = 0; i < tcbs->len; i++) {
        const MonitorTcb *other = g_ptr_array_index(tcbs, i);

        sum_bp += other->lpar == tcb->lpar ? other->binding.share_bp : 0;
    }
    return MAX(1, (uint32_t)hv_muldiv(cap->ips_hundredths, tcb->binding.share_bp, sum_bp));
}

static MonitorClaim
claim_of(const MonitorDomain *domain, const MonitorTcb *tcb, bool everybody, uint32_t total)
{
    const MonitorLparTerms *terms = &domain->dispatch->terms[tcb->lpar];

    return (MonitorClaim){
        .lpar = tcb->lpar,
        .weight = tcb->binding.ip ? tcb->binding.share_bp : terms->weights[domain->type],
        .total_weight = total,
        .runnable = everybody || takes_part(domain, tcb),
        .hard_cap = terms->cap.kind == RESMGR_CAP_HARD,
        .cap_hundredths = cap_in_domain(domain, tcb, &terms->cap),
    };
}

HvTime monitor_domain_divide(const MonitorDomain *domain, bool everybody, HvTime *ret_allotments_ns)
{
    unsigned n = domain->tcbs->len;
    g_autofree MonitorClaim *claims = g_new(MonitorClaim, n);
    HvTime length_ns = frame_length(domain);
    uint32_t total = monitor_domain_total_weight(domain);

    for (unsigned i = 0; i < n; i++)
        claims[i] = claim_of(domain, tcb_at(domain, i), everybody, total);
    domain->policy->divide(claims, n, domain->ips->len, length_ns, ret_allotments_ns);
    return length_ns;
}

/* --- Credits -------------------------------------------------------------------------------------------- */

/* Makes the credits of those with an allotment sum up to nothing: each gives up its part, in proportion to the allotment. */
static void balance_credits(MonitorDomain *domain, const HvTime *allotments_ns)
{
    unsigned n = domain->tcbs->len;
    int64_t credits_ns = 0, taken_ns = 0;
    uint64_t allotted_ns = 0, seen_ns = 0;

    for (unsigned i = 0; i < n; i++) {
        credits_ns += allotments_ns[i] ? tcb_at(domain, i)->credit_ns : 0;
        allotted_ns += allotments_ns[i];
    }
    for (unsigned i = 0; i < n; i++) {
        uint64_t size_ns = (uint64_t)(credits_ns < 0 ? -credits_ns : credits_ns);

        if (allotments_ns[i] == 0)
            continue;
        seen_ns += allotments_ns[i];
        int64_t part_ns = (int64_t)hv_muldiv(size_ns, seen_ns, allotted_ns);

        part_ns = (credits_ns < 0 ? -part_ns : part_ns) - taken_ns;
        taken_ns += part_ns;
        tcb_at(domain, i)->credit_ns -= part_ns;
    }
}

/*
 * allotments += credits, as far as a frame can: none below 0 or above the frame, and the sum not above the IPs' time. Returns
 * whether anything was changed.
 */
static bool apply_credits(MonitorDomain *domain, HvTime length_ns, HvTime *allotments_ns)
{
    unsigned n = domain->tcbs->len;
    g_autofree HvTime *wanted_ns = g_new(HvTime, n);
    HvTime sum_ns = 0;
    bool changed = false;

    for (unsigned i = 0; i < n; i++) {
        int64_t credit_ns = tcb_at(domain, i)->credit_ns;
        bool small = credit_ns > -DOMAIN_SMALL_CREDIT_NS && credit_ns < DOMAIN_SMALL_CREDIT_NS;
        int64_t wish_ns = (int64_t)allotments_ns[i] + credit_ns;

        wanted_ns[i] = allotments_ns[i];
        if (allotments_ns[i] > 0 && !small)
            wanted_ns[i] = (HvTime)CLAMP(wish_ns, 0, (int64_t)length_ns);
        changed |= wanted_ns[i] != allotments_ns[i];
        sum_ns += wanted_ns[i];
    }
    if (changed)
        monitor_policy_fill(
            wanted_ns, wanted_ns, n, MIN(sum_ns, domain->ips->len * length_ns), allotments_ns);
    return changed;
}

/* --- Laying out ----------------------------------------------------------------------------------------- */

typedef struct {
    MonitorTcb *tcb;
    HvTime allotment_ns;
} Place;

/* Who lacks most goes first; equals by (lpar, lip). */
static int compare_places(const void *a, const void *b)
{
    const MonitorTcb *x = ((const Place *)a)->tcb, *y = ((const Place *)b)->tcb;

    if (x->credit_ns != y->credit_ns)
        return x->credit_ns > y->credit_ns ? -1 : 1;
    if (x->lpar != y->lpar)
        return x->lpar < y->lpar ? -1 : 1;
    return x->lip < y->lip ? -1 : x->lip > y->lip;
}

static void place(MonitorDomain *domain, const HvTime *allotments_ns, HvTime length_ns)
{
    unsigned n = domain->tcbs->len, used = 0;
    g_autofree Place *places = g_new(Place, n);
    g_autofree HvTime *ordered_ns = g_new(HvTime, n);

    for (unsigned i = 0; i < n; i++)
        if (allotments_ns[i] > 0)
            places[used++] = (Place){tcb_at(domain, i), allotments_ns[i]};
    qsort(places, used, sizeof(*places), compare_places);
    domain->frame_tcbs = g_renew(MonitorTcb *, domain->frame_tcbs, MAX(used, 1));
    for (unsigned i = 0; i < used; i++) {
        domain->frame_tcbs[i] = places[i].tcb;
        ordered_ns[i] = places[i].allotment_ns;
    }
    monitor_frame_lay_out(
        &domain->frame, ordered_ns, used, domain->ips->len, length_ns, monitor_domain_slice(domain),
        domain->dispatch->config.dispatch_cost_ns);
}

static void lay_out(MonitorDomain *domain)
{
    unsigned n = domain->tcbs->len;
    g_autofree HvTime *allotments_ns = g_new0(HvTime, MAX(n, 1));
    HvTime length_ns = monitor_domain_divide(domain, /* everybody= */ false, allotments_ns);

    for (unsigned i = 0; i < n; i++)
        tcb_at(domain, i)->entitled_ns = allotments_ns[i];
    balance_credits(domain, allotments_ns);
    domain->corrects = apply_credits(domain, length_ns, allotments_ns);
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
            got_ns += monitor_frame_piece_ran(&domain->frame, p, domain->settled_ns).busy_ns;
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
    monitor_domain_change(domain);
}

void monitor_domain_remove(MonitorDomain *domain, MonitorTcb *tcb)
{
    monitor_domain_settle(domain);
    g_ptr_array_remove(domain->tcbs, tcb);
    empty_frame(domain);
    monitor_domain_change(domain);
}
