/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Limits of groups, and soft limits by the 4-hour rolling average.
 *
 * Every 5 minutes the processor time that each LPAR has used since is added to its average and to its group's. While
 * an average has reached its limit, the limit is in force: the LPAR, or the group, is held at it, never below, as if it
 * were an absolute cap of limit / msu-per-ip IPs. So there is no pattern of full speed and standstill. 5 minutes is the
 * length of one value of the average; within it the average does not change, so looking more often would tell nothing.
 *
 * In a frame, a group's limit is divided among its members by weighted max-min filling over what each could have by its
 * other limits, and what falls to a member is one more limit of it (monitor_capacity_limit()). For LPARs of one pool
 * this is exact: with x_i = min(l_i, w_i * level) for all and a sum for the group, the level of the group's members
 * stops where their sum reaches the limit, which is the first filling, and nobody else is concerned by it.
 */
#include "monitor/capacity.h"

#include "monitor/dispatch-private.h"

#define NANO_IPS UINT64_C(1000000000)

/* --- Setting up ----------------------------------------------------------------------------------------- */

static void capacity_event(HvEvent *event, void *data);

static MonitorCapacity *capacity_of(MonitorDispatch *dispatch)
{
    if (dispatch->capacity)
        return dispatch->capacity;
    MonitorCapacity *capacity = g_new0(MonitorCapacity, 1);

    capacity->lpars = g_new0(MonitorLparCapacity, dispatch->config.max_lpar + 1);
    capacity->groups = g_array_new(FALSE, TRUE, sizeof(MonitorGroup));
    hv_event_init(&capacity->event, HV_PRIORITY_DISPATCH, capacity_event, dispatch);
    dispatch->capacity = capacity;
    return capacity;
}

void monitor_capacity_free(MonitorDispatch *dispatch)
{
    if (!dispatch->capacity)
        return;
    hv_engine_cancel(dispatch->engine, &dispatch->capacity->event);
    g_array_unref(dispatch->capacity->groups);
    g_free(dispatch->capacity->lpars);
    g_free(dispatch->capacity);
}

/* The next moment that is a multiple of 5 minutes. */
static void queue_event(MonitorDispatch *dispatch)
{
    HvTime now_ns = hv_engine_now(dispatch->engine);

    hv_engine_after(
        dispatch->engine, &dispatch->capacity->event,
        MONITOR_ROLLING_INTERVAL_NS - now_ns % MONITOR_ROLLING_INTERVAL_NS);
}

void monitor_dispatch_set_msu(MonitorDispatch *dispatch, uint32_t msu_per_ip_hundredths)
{
    if (msu_per_ip_hundredths == 0)
        return;
    capacity_of(dispatch)->msu_per_ip_hundredths = msu_per_ip_hundredths;
    queue_event(dispatch);
}

unsigned monitor_dispatch_add_group(MonitorDispatch *dispatch, const MonitorGroupTerms *terms)
{
    MonitorCapacity *capacity = capacity_of(dispatch);
    const MonitorGroup group = {
        .cap_ips_hundredths = terms->cap_ips_hundredths, .limit_msu_hundredths = terms->limit_msu_hundredths};

    g_assert(terms->limit_msu_hundredths == 0 || capacity->msu_per_ip_hundredths > 0);
    g_array_append_val(capacity->groups, group);
    for (unsigned i = 0; i < terms->n_members; i++) {
        g_assert(terms->members[i] <= dispatch->config.max_lpar);
        g_assert(capacity->lpars[terms->members[i]].group == 0);
        capacity->lpars[terms->members[i]].group = capacity->groups->len;
    }
    dispatch->has_caps = true;
    return capacity->groups->len;
}

void monitor_dispatch_set_defined_capacity(MonitorDispatch *dispatch, unsigned lpar, uint32_t msu_hundredths)
{
    if (msu_hundredths == 0)
        return;
    MonitorCapacity *capacity = capacity_of(dispatch);

    g_assert(capacity->msu_per_ip_hundredths > 0 && lpar <= dispatch->config.max_lpar);
    capacity->lpars[lpar].defined_msu_hundredths = msu_hundredths;
    dispatch->has_caps = true;
}

/* --- The average ---------------------------------------------------------------------------------------- */

/* Time on CPs since power on: MSU are theirs. */
static HvTime used_by(const MonitorDispatch *dispatch, unsigned lpar)
{
    HvTime used_ns = 0;

    for (unsigned ip = 1; ip <= dispatch->config.n_ips; ip++)
        used_ns += dispatch->config.ip_types[ip - 1] == HV_IP_CP
                       ? monitor_dispatch_matrix_ns(dispatch, lpar, ip)
                       : 0;
    return used_ns;
}

static MonitorGroup *group_of(const MonitorDispatch *dispatch, unsigned lpar)
{
    const MonitorCapacity *capacity = dispatch->capacity;
    unsigned group = capacity ? capacity->lpars[lpar].group : 0;

    return group ? &g_array_index(capacity->groups, MonitorGroup, group - 1) : NULL;
}

static bool
has_reached(const MonitorDispatch *dispatch, const MonitorRolling *rolling, uint32_t limit_hundredths)
{
    return limit_hundredths > 0 &&
           monitor_rolling_msu(rolling, dispatch->capacity->msu_per_ip_hundredths) >= limit_hundredths;
}

static void add_interval(MonitorDispatch *dispatch)
{
    MonitorCapacity *capacity = dispatch->capacity;

    for (unsigned lpar = 0; lpar <= dispatch->config.max_lpar; lpar++) {
        MonitorLparCapacity *own = &capacity->lpars[lpar];
        MonitorGroup *group = group_of(dispatch, lpar);
        HvTime before_ns = own->used_ns, used_ns = own->used_ns = used_by(dispatch, lpar);

        monitor_rolling_add(&own->rolling, used_ns - before_ns);
        if (group)
            group->interval_ns += used_ns - before_ns;
    }
    for (unsigned g = 0; g < capacity->groups->len; g++) {
        MonitorGroup *group = &g_array_index(capacity->groups, MonitorGroup, g);

        monitor_rolling_add(&group->rolling, group->interval_ns);
        group->interval_ns = 0;
    }
}

/* Which limits are in force; LPARs that are concerned by a change are laid out anew. */
static void evaluate(MonitorDispatch *dispatch)
{
    MonitorCapacity *capacity = dispatch->capacity;

    for (unsigned g = 0; g < capacity->groups->len; g++) {
        MonitorGroup *group = &g_array_index(capacity->groups, MonitorGroup, g);
        bool was_held = group->held;

        group->held = has_reached(dispatch, &group->rolling, group->limit_msu_hundredths);
        group->changes = group->held != was_held;
    }
    for (unsigned lpar = 0; lpar <= dispatch->config.max_lpar; lpar++) {
        MonitorLparCapacity *own = &capacity->lpars[lpar];
        const MonitorGroup *group = group_of(dispatch, lpar);
        bool was_held = own->held;

        own->held = has_reached(dispatch, &own->rolling, own->defined_msu_hundredths);
        if (own->held != was_held || (group && group->changes))
            monitor_dispatch_lpar_changed(dispatch, lpar);
    }
}

static void capacity_event(HvEvent *event, void *data)
{
    MonitorDispatch *dispatch = data;

    (void)event;
    monitor_dispatch_settle(dispatch);
    add_interval(dispatch);
    evaluate(dispatch);
    queue_event(dispatch);
}

void monitor_dispatch_forget_rolling(MonitorDispatch *dispatch, unsigned lpar)
{
    if (!dispatch->capacity)
        return;
    MonitorLparCapacity *own = &dispatch->capacity->lpars[lpar];

    own->rolling = (MonitorRolling){0};
    if (own->held) {
        own->held = false;
        monitor_dispatch_lpar_changed(dispatch, lpar);
    }
}

uint32_t monitor_dispatch_rolling_msu(const MonitorDispatch *dispatch, unsigned lpar)
{
    const MonitorCapacity *capacity = dispatch->capacity;

    g_assert(lpar <= dispatch->config.max_lpar);
    return capacity ? monitor_rolling_msu(&capacity->lpars[lpar].rolling, capacity->msu_per_ip_hundredths)
                    : 0;
}

uint32_t monitor_dispatch_group_rolling_msu(const MonitorDispatch *dispatch, unsigned group)
{
    const MonitorCapacity *capacity = dispatch->capacity;

    g_assert(capacity && group >= 1 && group <= capacity->groups->len);
    return monitor_rolling_msu(
        &g_array_index(capacity->groups, MonitorGroup, group - 1).rolling, capacity->msu_per_ip_hundredths);
}

/* --- Written down and read back -------------------------------------------------------------------------- */

void monitor_capacity_grow(MonitorDispatch *dispatch, unsigned max_lpar)
{
    MonitorCapacity *capacity = dispatch->capacity;
    unsigned had = dispatch->config.max_lpar + 1;

    if (!capacity)
        return;
    capacity->lpars = g_renew(MonitorLparCapacity, capacity->lpars, max_lpar + 1);
    for (unsigned lpar = had; lpar <= max_lpar; lpar++)
        capacity->lpars[lpar] = (MonitorLparCapacity){0};
}

/* The limits are the definition's; what has been used, and whether that is too much, is state. */
void monitor_capacity_codec(MonitorDispatch *dispatch, HvCodec *codec)
{
    MonitorCapacity *capacity = dispatch->capacity;
    bool has_capacity = capacity != NULL;

    hv_codec_begin(codec, "limits", 1);
    hv_codec_bool(codec, &has_capacity);
    if (has_capacity != (capacity != NULL))
        hv_codec_fail(codec, "it is that of another machine, with other limits");
    for (unsigned lpar = 0; capacity && lpar <= dispatch->config.max_lpar; lpar++) {
        hv_codec_bool(codec, &capacity->lpars[lpar].held);
        monitor_rolling_codec(&capacity->lpars[lpar].rolling, codec);
        hv_codec_u64(codec, &capacity->lpars[lpar].used_ns);
    }
    for (unsigned g = 0; capacity && g < capacity->groups->len; g++) {
        MonitorGroup *group = &g_array_index(capacity->groups, MonitorGroup, g);

        hv_codec_bool(codec, &group->held);
        hv_codec_bool(codec, &group->changes);
        monitor_rolling_codec(&group->rolling, codec);
        hv_codec_u64(codec, &group->interval_ns);
    }
    if (capacity)
        hv_codec_event(codec, &capacity->event);
    hv_codec_end(codec);
}

/* --- Limits in a frame ---------------------------------------------------------------------------------- */

/* The defined capacity is in force: its own average has reached it, or the group's has, whose share it bounds. */
static bool soft_holds(const MonitorDispatch *dispatch, unsigned lpar)
{
    const MonitorGroup *group = group_of(dispatch, lpar);

    return dispatch->capacity->lpars[lpar].defined_msu_hundredths > 0 &&
           (dispatch->capacity->lpars[lpar].held || (group && group->held));
}

bool monitor_capacity_binds(const MonitorDispatch *dispatch, unsigned lpar)
{
    const MonitorGroup *group = group_of(dispatch, lpar);

    return dispatch->capacity &&
           (soft_holds(dispatch, lpar) || (group && (group->held || group->cap_ips_hundredths > 0)));
}

uint64_t monitor_capacity_soft_limit(const MonitorDispatch *dispatch, unsigned lpar)
{
    const MonitorCapacity *capacity = dispatch->capacity;

    if (!capacity || !soft_holds(dispatch, lpar))
        return 0;
    return MAX(
        1,
        hv_muldiv(capacity->lpars[lpar].defined_msu_hundredths, NANO_IPS, capacity->msu_per_ip_hundredths));
}

/* The members of one group among the LPARs of a domain: their first claims. */
typedef struct {
    unsigned n;
    unsigned *firsts; /* [n]: index of the LPAR's first claim */
    unsigned *counts; /* [n]: its claims */
    uint64_t *weights, *limits_ns, *amounts_ns;
} Members;

static Members members_new(unsigned most)
{
    return (Members){
        .firsts = g_new(unsigned, most),
        .counts = g_new(unsigned, most),
        .weights = g_new(uint64_t, most),
        .limits_ns = g_new(uint64_t, most),
        .amounts_ns = g_new(uint64_t, most),
    };
}

static void members_clear(Members *members)
{
    g_free(members->firsts);
    g_free(members->counts);
    g_free(members->weights);
    g_free(members->limits_ns);
    g_free(members->amounts_ns);
}

static void
find_members(const MonitorDomain *domain, const MonitorClaim *claims, unsigned group, Members *members)
{
    const MonitorLparCapacity *lpars = domain->dispatch->capacity->lpars;

    members->n = 0;
    for (unsigned i = 0, next; i < domain->tcbs->len; i = next) {
        for (next = i + 1; next < domain->tcbs->len && claims[next].lpar == claims[i].lpar;)
            next++;
        if (lpars[claims[i].lpar].group != group)
            continue;
        members->firsts[members->n] = i;
        members->counts[members->n] = next - i;
        members->weights[members->n++] = claims[i].weight;
    }
}

static unsigned runnable(const MonitorClaim *claims, unsigned n)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < n; i++)
        sum += claims[i].runnable;
    return sum;
}

/* Divides `total_ns` of a frame among the members; who could have more than his part has it for a limit. */
static void divide_among(
    const MonitorDomain *domain, const Members *members, HvTime length_ns, HvTime total_ns, MonitorBound kind,
    MonitorClaim *claims)
{
    for (unsigned m = 0; m < members->n; m++) {
        const MonitorClaim *claim = &claims[members->firsts[m]];

        members->limits_ns[m] = monitor_claim_limit(
            claim, runnable(claim, members->counts[m]), domain->ips->len, length_ns, NULL);
    }
    monitor_policy_fill(members->weights, members->limits_ns, members->n, total_ns, members->amounts_ns);
    for (unsigned m = 0; m < members->n; m++) {
        if (members->amounts_ns[m] >= members->limits_ns[m])
            continue;
        for (unsigned i = 0; i < members->counts[m]; i++) {
            claims[members->firsts[m] + i].limited = true;
            claims[members->firsts[m] + i].most_ns = members->amounts_ns[m];
            claims[members->firsts[m] + i].most_bound = kind;
        }
    }
}

void monitor_capacity_limit(const MonitorDomain *domain, HvTime length_ns, MonitorClaim *claims)
{
    const MonitorCapacity *capacity = domain->dispatch->capacity;

    if (!capacity || capacity->groups->len == 0 || domain->policy == &monitor_policy_share)
        return;
    Members members = members_new(domain->tcbs->len);

    for (unsigned g = 0; g < capacity->groups->len; g++) {
        const MonitorGroup *group = &g_array_index(capacity->groups, MonitorGroup, g);

        find_members(domain, claims, g + 1, &members);
        if (group->cap_ips_hundredths > 0)
            divide_among(
                domain, &members, length_ns, hv_muldiv(length_ns, group->cap_ips_hundredths, 100),
                MONITOR_BOUND_GROUP, claims);
        if (group->held && domain->type == HV_IP_CP)
            divide_among(
                domain, &members, length_ns,
                hv_muldiv(length_ns, group->limit_msu_hundredths, capacity->msu_per_ip_hundredths),
                MONITOR_BOUND_GROUP_CAPACITY, claims);
    }
    members_clear(&members);
}
