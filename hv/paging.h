/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_PAGING_H
#define LPARSIM_HV_PAGING_H

#include "hv/class-def.h"

/* What paging adds to a job, see HvPagingDef. Fractions of a fault are kept for the next job, so the long run is exact. */
typedef struct {
    uint64_t faults_frac; /* in 1/HV_PAGING_UNIT of a fault */
    uint64_t es_frac;
} HvPaging;
#define HV_PAGING_UNIT UINT64_C(1000000000)

typedef struct {
    uint64_t ios;    /* faults that are served by an I/O */
    uint64_t es;     /* faults that are served from ES */
    HvTime extra_ns; /* processor time for the latter */
} HvPagingCost;

/* Faults per 10^9 s of processor time, with so much storage for the working set. */
uint64_t hv_paging_rate_nano(const HvPagingDef *def, uint64_t ms_bytes);
/* Part of the faults whose page is in ES, in HV_PAGING_UNIT: what of the rest of the working set fits there. */
uint64_t hv_paging_es_part(const HvPagingDef *def, uint64_t ms_bytes, uint64_t es_bytes);
/* Of a job with so much processor time. */
HvPagingCost hv_paging_charge(
    HvPaging *paging, const HvPagingDef *def, HvTime service_ns, uint64_t ms_bytes, uint64_t es_bytes);

#endif
