/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PROTECT_RETENTION_H
#define LPARSIM_SVP_PROTECT_RETENTION_H

#include "svp/protect/policy.h"

/* Why a copy may not go, besides its age: bits. */
typedef enum {
    SVP_NEED_CLONE = 1,  /* a clone shares its content */
    SVP_NEED_MIRROR = 2, /* the mirror does not have it yet, or goes on from it */
    SVP_NEED_VAULT = 4,  /* the same of the vault */
} SvpNeed;

/* One copy in a place, as far as retention looks at it. */
typedef struct {
    const char *label;
    HvTime at_ns;
    uint64_t sequence;        /* tells apart those of one moment: higher is newer */
    bool good;                /* what is not good counts for nothing */
    unsigned needs;           /* SvpNeed */
    const char *const *lpars; /* names, NULL-terminated: whose content is in it */
} SvpRetentionCopy;

typedef struct {
    const char *label;
    SvpKeep keep;
} SvpRetentionRule;

typedef enum {
    SVP_VERDICT_DROP,
    SVP_VERDICT_WITHIN,    /* the rule of its label keeps it, or its label has none */
    SVP_VERDICT_NEEDED,    /* the rule would drop it */
    SVP_VERDICT_LAST_GOOD, /* the rule would drop it, and an LPAR would be without any good copy then */
} SvpVerdictKind;

typedef struct {
    SvpVerdictKind kind;
    unsigned needs; /* SvpNeed */
} SvpVerdict;

/*
 * Which copies of one group in one place are dropped: *ret_verdicts has room for n_copies. Copies come in any order, labels are the same in
 * any case, each label has one rule at most. By days: older than so many are dropped; by copies: all but the newest so many good ones of the
 * label. What is not good is dropped. Of each LPAR that has a good copy one is kept: the newest, if rules and needs keep none.
 */
void svp_retention_plan(
    const SvpRetentionCopy *copies, unsigned n_copies, const SvpRetentionRule *rules, unsigned n_rules,
    HvTime now_ns, SvpVerdict *ret_verdicts);

const char *svp_verdict_name(SvpVerdictKind kind); /* "last good" */
char *svp_needs_format(unsigned needs);            /* "clone, mirror"; free with g_free() */

#endif
