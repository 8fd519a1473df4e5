/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PROTECT_POLICY_H
#define LPARSIM_SVP_PROTECT_POLICY_H

#include "svp/protect/schedule.h"

#include <jansson.h>

/*
 * A policy: how often groups of LPARs that follow it are captured, how long the snapshots are kept, and which label they carry. When exactly is
 * said by the group's schedule; the policy has the default.
 */
typedef enum {
    SVP_KEEP_ALL,    /* until they are deleted */
    SVP_KEEP_DAYS,   /* of 24 hours */
    SVP_KEEP_COPIES, /* the newest so many good ones */
} SvpKeepKind;
#define SVP_KEEP_COPIES_MAX 255u
#define SVP_KEEP_DAYS_MAX   36525u /* a hundred years */

typedef struct {
    SvpKeepKind kind;
    unsigned count; /* of days or copies, from 1; 0: SVP_KEEP_ALL */
} SvpKeep;

/* What is done around the snapshots of a policy. */
typedef enum {
    SVP_STEPS_PRE,
    SVP_STEPS_POST,
    SVP_STEPS,
} SvpStepsKind;

typedef struct {
    char *name, *label;
    SvpKeep keep;
    SvpSchedule schedule;        /* its frequency, and when if the group does not say */
    HvTime rpo_ns;               /* how old the newest copy may be; 0: nobody has said */
    bool console_only;           /* nothing else is carried out from the first step to the last */
    GPtrArray *steps[SVP_STEPS]; /* char *: commands, in order */
} SvpPolicy;

/* The label is that of the frequency; everything is kept; no steps. */
SvpPolicy *svp_policy_new(const char *name, SvpFrequency frequency);
void svp_policy_free(SvpPolicy *policy); /* NULL is allowed */
/* What was said, else the period of the frequency (a month: 31 days); HV_TIME_NEVER: on demand. */
HvTime svp_policy_rpo_ns(const SvpPolicy *policy);

/* "7 DAYS", "14 copies", "ALL"; the unit may be abbreviated; SVP_ERROR_POLICY. */
bool svp_keep_parse(const char *text, SvpKeep *ret_keep, GError **error);
char *svp_keep_format(const SvpKeep *keep); /* "7 days"; free with g_free() */

json_t *svp_policy_to_json(const SvpPolicy *policy);
SvpPolicy *svp_policy_from_json(const json_t *record, GError **error); /* SVP_ERROR_CATALOG */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpPolicy, svp_policy_free)

#endif
