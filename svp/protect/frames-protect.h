/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PROTECT_FRAMES_PROTECT_H
#define LPARSIM_SVP_PROTECT_FRAMES_PROTECT_H

#include "svp/page.h"
#include "svp/protect/protect.h"

/* Groups, policies, snapshots, mirrors and vaults, as JSON and as frames. `only`: those of that name, NULL: all. */
json_t *svp_group_json(const SvpProtect *protect, const SvpGroup *group);
json_t *svp_policy_json(const SvpPolicy *policy);
json_t *svp_snapshot_json(const SvpProtect *protect, const SvpSnapshot *snapshot);
json_t *svp_relation_json(const SvpProtect *protect, const SvpRelation *relation);

void svp_groups_frame(SvpPage *page, const SvpProtect *protect, const char *only);
void svp_policies_frame(SvpPage *page, const SvpProtect *protect, const char *only);
/* `group` NULL: of all. */
void svp_snapshots_frame(SvpPage *page, const SvpProtect *protect, const char *group);
void svp_snapshot_frame(SvpPage *page, const SvpProtect *protect, const SvpSnapshot *snapshot);
void svp_relations_frame(SvpPage *page, const SvpProtect *protect);

#endif
