/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PROTECT_REPORT_PROTECTION_H
#define LPARSIM_SVP_PROTECT_REPORT_PROTECTION_H

#include "svp/page.h"
#include "svp/protect/protect.h"

/* How well each LPAR is protected. */
typedef struct {
    const char *label; /* the catalog's */
    unsigned n[SVP_PLACES];
} SvpProtectionCount;

typedef struct {
    char *lpar;
    char *newest;   /* its newest good copy: a snapshot, or a save on tape as "VOL001:3"; NULL: it has none */
    HvTime age_ns;  /* of it */
    HvTime rpo_ns;  /* the strictest of its groups' policies; HV_TIME_NEVER: none has one */
    GArray *counts; /* SvpProtectionCount: good copies by label, in order of labels */
    unsigned n_tape; /* saves on tape that are not known to be gone */
    SvpMeasured last[SVP_MEASURES];
    GPtrArray *findings; /* char *: what is out of policy; none: all is well */
} SvpProtection;

/* SvpProtection * of every LPAR by number, or (not 0) of one; free with g_ptr_array_unref(). */
GPtrArray *svp_protection_of(
    const SvpProtect *protect, SvpStore *store, const ResmgrState *state, HvTime now_ns, unsigned lpar);
json_t *svp_protection_json(const GPtrArray *protections);
void svp_protection_frame(SvpPage *page, const GPtrArray *protections);
GString *svp_protection_csv(const GPtrArray *protections);

#endif
