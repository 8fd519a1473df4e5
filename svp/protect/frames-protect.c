/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Protection as frames and as JSON: groups, policies, snapshots, mirrors and vaults.
 *
 * Points in time are shown by the machine's clock if it has one, and as simulated seconds in JSON, where programs compare them.
 */
#include "svp/protect/frames-protect.h"

#include "svp/output.h"
#include "svp/protect/name.h"
#include "svp/table.h"

static char *text_moment(const SvpProtect *protect, HvTime at_ns)
{
    return hv_calendar_show(svp_protect_calendar(protect), at_ns);
}

static bool is_chosen(const char *name, const char *only)
{
    return !only || svp_protect_same_name(name, only);
}

static json_t *json_moment(HvTime at_ns)
{
    return at_ns == HV_TIME_NEVER ? json_null() : svp_json_seconds(at_ns);
}

static json_t *json_optional(const char *text)
{
    return text ? json_string(text) : json_null();
}

static char *join(const GPtrArray *strings)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < strings->len; i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "", (const char *)strings->pdata[i]);
    return g_string_free(text, FALSE);
}

/* --- Groups ----------------------------------------------------------------------------------------------- */

json_t *svp_group_json(const SvpProtect *protect, const SvpGroup *group)
{
    json_t *schedules = json_array();

    (void)protect;
    for (unsigned i = 0; i < group->schedules->len; i++) {
        const SvpGroupSchedule *schedule = group->schedules->pdata[i];
        g_autofree char *when = svp_group_schedule_format(schedule);

        json_array_append_new(
            schedules, json_pack(
                           "{s:s,s:s,s:s,s:o}", "policy", schedule->policy, "when", when, "clock",
                           schedule->wall ? "wall" : "machine", "next_s", json_moment(schedule->next_ns)));
    }
    return json_pack(
        "{s:s,s:o,s:o}", "name", group->name, "lpars", svp_json_strings(group->lpars), "schedules",
        schedules);
}

static void add_group(SvpTable *table, const SvpProtect *protect, const SvpGroup *group)
{
    g_autofree char *lpars = join(group->lpars);

    for (unsigned i = 0; i < MAX(group->schedules->len, 1); i++) {
        const SvpGroupSchedule *schedule = group->schedules->len > 0 ? group->schedules->pdata[i] : NULL;
        g_autofree char *when = schedule ? svp_group_schedule_format(schedule) : g_strdup("");
        g_autofree char *next = schedule ? svp_protect_show_due(protect, schedule) : g_strdup("");

        svp_table_cell(table, "%s", i == 0 ? group->name : "");
        svp_table_cell(table, "%s", schedule ? schedule->policy : "none");
        svp_table_cell(table, "%s", when);
        svp_table_cell(table, "%s", next);
        svp_table_cell(table, "%s", i == 0 ? lpars : "");
    }
}

void svp_groups_frame(SvpPage *page, const SvpProtect *protect, const char *only)
{
    static const SvpColumn columns[] = {
        {"group", false}, {"policy", false}, {"when", false}, {"next", false}, {"LPARs", false}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));
    const GPtrArray *groups = svp_catalog_all(svp_protect_catalog(protect), SVP_CATALOG_GROUP);

    for (unsigned i = 0; i < groups->len; i++)
        if (is_chosen(((const SvpGroup *)groups->pdata[i])->name, only))
            add_group(table, protect, groups->pdata[i]);
    svp_page_title(page, "Resource groups");
    if (groups->len == 0)
        svp_page_add(page, SVP_STYLE_PLAIN, "  No group is defined.\n");
    svp_table_print(table, page);
}

/* --- Policies --------------------------------------------------------------------------------------------- */

json_t *svp_policy_json(const SvpPolicy *policy)
{
    g_autofree char *when = svp_schedule_format(&policy->schedule), *keep = svp_keep_format(&policy->keep);

    return json_pack(
        "{s:s,s:s,s:s,s:s,s:s,s:o,s:b,s:o,s:o}", "name", policy->name, "frequency",
        svp_frequency_name(policy->schedule.frequency), "when", when, "keep", keep, "label", policy->label,
        "rpo_s", json_moment(svp_policy_rpo_ns(policy)), "console_only", (int)policy->console_only, "pre",
        svp_json_strings(policy->steps[SVP_STEPS_PRE]), "post",
        svp_json_strings(policy->steps[SVP_STEPS_POST]));
}

static void add_policy(SvpTable *table, const SvpPolicy *policy)
{
    g_autofree char *when = svp_schedule_format(&policy->schedule), *keep = svp_keep_format(&policy->keep);
    HvTime rpo_ns = svp_policy_rpo_ns(policy);
    g_autofree char *rpo = rpo_ns == HV_TIME_NEVER ? g_strdup("") : hv_quantity_format_duration(rpo_ns);

    svp_table_cell(table, "%s", policy->name);
    svp_table_cell(table, "%s", when);
    svp_table_cell(table, "%s", keep);
    svp_table_cell(table, "%s", policy->label);
    svp_table_cell(table, "%s", rpo);
    svp_table_cell(table, "%s", policy->console_only ? "console only" : "");
}

static void list_steps(SvpPage *page, const SvpPolicy *policy, SvpStepsKind kind)
{
    for (unsigned i = 0; i < policy->steps[kind]->len; i++)
        svp_page_printf(
            page, SVP_STYLE_PLAIN, "  %s %s %u: %s\n", policy->name,
            kind == SVP_STEPS_PRE ? "before" : "after", i + 1, (const char *)policy->steps[kind]->pdata[i]);
}

void svp_policies_frame(SvpPage *page, const SvpProtect *protect, const char *only)
{
    static const SvpColumn columns[] = {{"policy", false}, {"when", false}, {"kept", false},
                                        {"label", false},  {"RPO", false},  {"steps", false}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));
    const GPtrArray *policies = svp_catalog_all(svp_protect_catalog(protect), SVP_CATALOG_POLICY);

    for (unsigned i = 0; i < policies->len; i++)
        if (is_chosen(((const SvpPolicy *)policies->pdata[i])->name, only))
            add_policy(table, policies->pdata[i]);
    svp_page_title(page, "Policies");
    if (policies->len == 0)
        svp_page_add(page, SVP_STYLE_PLAIN, "  No policy is defined.\n");
    svp_table_print(table, page);
    for (unsigned i = 0; i < policies->len; i++)
        for (unsigned kind = 0;
             is_chosen(((const SvpPolicy *)policies->pdata[i])->name, only) && kind < SVP_STEPS; kind++)
            list_steps(page, policies->pdata[i], (SvpStepsKind)kind);
}

/* --- Snapshots -------------------------------------------------------------------------------------------- */

static json_t *clones_json(const SvpProtect *protect, const SvpSnapshot *snapshot)
{
    const GPtrArray *clones = svp_catalog_all(svp_protect_catalog(protect), SVP_CATALOG_CLONE);
    json_t *names = json_array();

    for (unsigned i = 0; i < clones->len; i++) {
        const SvpClone *clone = clones->pdata[i];

        if (svp_protect_same_name(clone->snapshot, snapshot->name))
            json_array_append_new(names, json_string(clone->clone));
    }
    return names;
}

json_t *svp_snapshot_json(const SvpProtect *protect, const SvpSnapshot *snapshot)
{
    json_t *lpars = json_array(), *copies = json_object();

    for (unsigned i = 0; i < svp_snapshot_lpars(snapshot); i++) {
        const char *digest = snapshot->digests->pdata[i];

        json_array_append_new(
            lpars, json_pack(
                       "{s:s,s:o}", "lpar", snapshot->lpars->pdata[i], "digest",
                       json_optional(*digest ? digest : NULL)));
    }
    for (unsigned i = 0; i < SVP_PLACES; i++)
        json_object_set_new(
            copies, svp_place_name((SvpPlace)i), json_string(svp_copy_state_name(snapshot->copies[i])));
    return json_pack(
        "{s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "name", snapshot->name, "group", snapshot->group, "label",
        snapshot->label, "tag", json_optional(snapshot->tag), "taken_s", svp_json_seconds(snapshot->at_ns),
        "content_mib", svp_json_mib(snapshot->pages * HV_PAGE_SIZE), "lpars", lpars, "copies", copies,
        "clones", clones_json(protect, snapshot));
}

/* Its copies as one word each: "good", "-", "bad". */
static const char *copy_word(const SvpSnapshot *snapshot, SvpPlace place)
{
    return snapshot->copies[place] == SVP_COPY_NONE ? "" : svp_copy_state_name(snapshot->copies[place]);
}

static void add_snapshot(SvpTable *table, const SvpProtect *protect, const SvpSnapshot *snapshot)
{
    g_autofree char *at = text_moment(protect, snapshot->at_ns);
    unsigned n_clones = svp_catalog_clones_of(svp_protect_catalog(protect), snapshot);

    svp_table_cell(table, "%s", snapshot->name);
    svp_table_cell(table, "%s", snapshot->label);
    svp_table_cell(table, "%s", at);
    for (unsigned i = 0; i < SVP_PLACES; i++)
        svp_table_cell(table, "%s", copy_word(snapshot, (SvpPlace)i));
    if (n_clones > 0)
        svp_table_cell(table, "%u", n_clones);
    else
        svp_table_empty(table);
}

/* Below the table: tags are as long as operators like, and few snapshots have one. */
static void show_tag(SvpPage *page, const SvpSnapshot *snapshot)
{
    if (snapshot->tag)
        svp_page_printf(page, SVP_STYLE_PLAIN, "  %s: %s\n", snapshot->name, snapshot->tag);
}

void svp_snapshots_frame(SvpPage *page, const SvpProtect *protect, const char *group)
{
    static const SvpColumn columns[] = {{"snapshot", false}, {"label", false},  {"taken", false},
                                        {"primary", false},  {"mirror", false}, {"vault", false},
                                        {"clones", true}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));
    const GPtrArray *snapshots = svp_catalog_all(svp_protect_catalog(protect), SVP_CATALOG_SNAPSHOT);

    for (unsigned i = 0; i < snapshots->len; i++)
        if (is_chosen(((const SvpSnapshot *)snapshots->pdata[i])->group, group))
            add_snapshot(table, protect, snapshots->pdata[i]);
    svp_page_title(page, "Snapshots");
    if (svp_table_rows(table) == 0)
        svp_page_add(page, SVP_STYLE_PLAIN, "  There are none.\n");
    svp_table_print(table, page);
    for (unsigned i = 0; i < snapshots->len; i++)
        if (is_chosen(((const SvpSnapshot *)snapshots->pdata[i])->group, group))
            show_tag(page, snapshots->pdata[i]);
}

void svp_snapshot_frame(SvpPage *page, const SvpProtect *protect, const SvpSnapshot *snapshot)
{
    static const SvpColumn columns[] = {{"LPAR", false}, {"digest", false}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));
    g_autofree char *at = text_moment(protect, snapshot->at_ns);
    g_autofree char *size = hv_quantity_format_size(snapshot->pages * HV_PAGE_SIZE);

    for (unsigned i = 0; i < svp_snapshot_lpars(snapshot); i++) {
        svp_table_cell(table, "%s", (const char *)snapshot->lpars->pdata[i]);
        svp_table_cell(table, "%.12s", (const char *)snapshot->digests->pdata[i]);
    }
    svp_page_title(page, "Snapshot %s", snapshot->name);
    svp_page_printf(
        page, SVP_STYLE_PLAIN, "  group %s, label %s, taken %s; content %s\n", snapshot->group,
        snapshot->label, at, size);
    for (unsigned i = 0; i < SVP_PLACES; i++)
        if (snapshot->copies[i] != SVP_COPY_NONE)
            svp_page_printf(
                page, SVP_STYLE_PLAIN, "  %s: %s\n", svp_place_name((SvpPlace)i),
                svp_copy_state_name(snapshot->copies[i]));
    if (snapshot->tag)
        svp_page_printf(page, SVP_STYLE_PLAIN, "  tag: %s\n", snapshot->tag);
    svp_table_print(table, page);
}

/* --- Mirrors and vaults ------------------------------------------------------------------------------------ */

static unsigned count_good(const SvpProtect *protect, const SvpRelation *relation)
{
    const GPtrArray *snapshots = svp_catalog_all(svp_protect_catalog(protect), SVP_CATALOG_SNAPSHOT);
    unsigned n = 0;

    for (unsigned i = 0; i < snapshots->len; i++) {
        const SvpSnapshot *snapshot = snapshots->pdata[i];

        n += svp_protect_same_name(snapshot->group, relation->group) &&
             snapshot->copies[relation->place] == SVP_COPY_GOOD;
    }
    return n;
}

json_t *svp_relation_json(const SvpProtect *protect, const SvpRelation *relation)
{
    return json_pack(
        "{s:s,s:s,s:s,s:o,s:o,s:b,s:i,s:i}", "group", relation->group, "place",
        svp_place_name(relation->place), "path", relation->path, "policy", json_optional(relation->policy),
        "only", json_optional(relation->only), "initialized", (int)relation->initialized, "copies",
        (int)count_good(protect, relation), "behind", (int)svp_protect_pending(protect, relation));
}

void svp_relations_frame(SvpPage *page, const SvpProtect *protect)
{
    static const SvpColumn columns[] = {{"group", false}, {"place", false}, {"policy", false},
                                        {"only", false},  {"copies", true}, {"behind", true},
                                        {"state", false}, {"folder", false}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));
    const GPtrArray *relations = svp_catalog_all(svp_protect_catalog(protect), SVP_CATALOG_RELATION);

    for (unsigned i = 0; i < relations->len; i++) {
        const SvpRelation *relation = relations->pdata[i];
        unsigned behind = svp_protect_pending(protect, relation);

        svp_table_cell(table, "%s", relation->group);
        svp_table_cell(table, "%s", svp_place_name(relation->place));
        svp_table_cell(table, "%s", relation->policy ? relation->policy : "");
        svp_table_cell(table, "%s", relation->only ? relation->only : "");
        svp_table_cell(table, "%u", count_good(protect, relation));
        svp_table_cell(table, "%u", behind);
        svp_table_cell(
            table, "%s",
            !relation->initialized ? "not initialized"
            : behind               ? "behind"
                                   : "in step");
        svp_table_cell(table, "%s", relation->path);
    }
    svp_page_title(page, "Mirrors and vaults");
    if (relations->len == 0)
        svp_page_add(page, SVP_STYLE_PLAIN, "  None is defined.\n");
    svp_table_print(table, page);
}
