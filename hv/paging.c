/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Paging: more storage, fewer faults.
 *
 * The time between faults grows with the storage m that a program has. Chamberlin, Fuller and Liu ("An analysis of page
 * allocation strategies for multiprogramming systems with virtual memory", IBM J. R&D 17(5), 1973) give it as 2B / (1 + (C/m)^2),
 * the exponent being that of Belady and Kuehner ("Dynamic space-sharing in computer systems", CACM 12(5), 1969). Their faults never
 * end, since they count first references too; here a working set W that is in storage faults no more, so the rate is
 *
 *     f(m) = F ((W/m)^2 - 1) / 3   for m < W,   0 otherwise:   F with half of the working set in storage
 *
 * In integers: the rate is per 10^9 s, and what a job does not make a whole fault of is left for the next. A guest without any
 * storage is not possible; below a page m counts as one.
 */
#include "hv/paging.h"

#include "hv/machine.h"

/* A guest that pages more than it works is in no state worth the arithmetic: 10^6 faults per processor second at most. */
#define RATE_MAX_NANO (UINT64_C(1000000) * HV_PAGING_UNIT)
#define FAULTS_MAX    UINT32_MAX /* of one job */

__extension__ typedef unsigned __int128 Wide;

uint64_t hv_paging_rate_nano(const HvPagingDef *def, uint64_t ms_bytes)
{
    Wide wanted = def->working_set_bytes, there = MAX(ms_bytes, HV_PAGE_SIZE);

    if (there >= wanted || def->faults_milli == 0)
        return 0;
    /* faults_milli / 1000 per second is faults_milli x 10^6 per 10^9 s. Squares of sizes below 2^50 fit; W/m is kept to 2^-20. */
    Wide ratio = (wanted << 20) / there;
    Wide excess = ratio > (Wide)1 << 40 ? (Wide)1 << 40 : ((ratio * ratio) >> 20) - ((Wide)1 << 20);
    Wide rate = (Wide)def->faults_milli * 1000000 * excess / 3 >> 20;

    return rate > RATE_MAX_NANO ? RATE_MAX_NANO : (uint64_t)rate;
}

uint64_t hv_paging_es_part(const HvPagingDef *def, uint64_t ms_bytes, uint64_t es_bytes)
{
    if (ms_bytes >= def->working_set_bytes)
        return 0;
    uint64_t outside_bytes = def->working_set_bytes - ms_bytes;

    return es_bytes >= outside_bytes ? HV_PAGING_UNIT : hv_muldiv(es_bytes, HV_PAGING_UNIT, outside_bytes);
}

HvPagingCost hv_paging_charge(
    HvPaging *paging, const HvPagingDef *def, HvTime service_ns, uint64_t ms_bytes, uint64_t es_bytes)
{
    uint64_t rate_nano = hv_paging_rate_nano(def, ms_bytes);
    HvPagingCost cost = {0};

    if (rate_nano == 0)
        return cost;
    /* service ns x rate per 10^9 s = 10^-18 faults. */
    Wide due = paging->faults_frac + (Wide)service_ns * rate_nano / HV_PAGING_UNIT;
    uint64_t faults = (uint64_t)MIN(due / HV_PAGING_UNIT, FAULTS_MAX);
    uint64_t es_due = paging->es_frac + faults * hv_paging_es_part(def, ms_bytes, es_bytes);

    paging->faults_frac = (uint64_t)(due % HV_PAGING_UNIT);
    cost.es = MIN(es_due / HV_PAGING_UNIT, faults);
    paging->es_frac = es_due - cost.es * HV_PAGING_UNIT;
    cost.ios = faults - cost.es;
    cost.extra_ns = cost.es * def->es_page_ns;
    return cost;
}
