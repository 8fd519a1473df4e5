/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Policies as plain data: made, read from an operator's words, written as records and read back.
 *
 * A policy says what is wanted and does nothing. Its label is what its snapshots are known by later, so it stays with them even if the policy
 * is defined anew or deleted. Steps are commands as text; whoever adds one has had it understood first.
 */
#include "svp/protect/policy.h"

#include "svp/error.h"
#include "svp/message.h"

#include <string.h>

static const char *const keep_names[] = {"all", "days", "copies"};
static const char *const labels[SVP_FREQUENCIES] = {"ON-DEMAND", "HOURLY", "DAILY", "WEEKLY", "MONTHLY"};
static const char *const steps_names[SVP_STEPS] = {"pre", "post"};

SvpPolicy *svp_policy_new(const char *name, SvpFrequency frequency)
{
    SvpPolicy *policy = g_new0(SvpPolicy, 1);

    g_assert(frequency < SVP_FREQUENCIES);
    policy->name = g_strdup(name);
    policy->label = g_strdup(labels[frequency]);
    policy->schedule = svp_schedule_default(frequency);
    for (unsigned i = 0; i < SVP_STEPS; i++)
        policy->steps[i] = g_ptr_array_new_with_free_func(g_free);
    return policy;
}

void svp_policy_free(SvpPolicy *policy)
{
    if (!policy)
        return;
    for (unsigned i = 0; i < SVP_STEPS; i++)
        g_ptr_array_unref(policy->steps[i]);
    g_free(policy->name);
    g_free(policy->label);
    g_free(policy);
}

HvTime svp_policy_rpo_ns(const SvpPolicy *policy)
{
    return policy->rpo_ns ? policy->rpo_ns : svp_frequency_period_ns(policy->schedule.frequency);
}

/* --- How long --------------------------------------------------------------------------------------------- */

static bool refuse_keep(const char *text, GError **error)
{
    g_autofree char *quoted = svp_message_quote(text);

    g_set_error(
        error, SVP_ERROR, SVP_ERROR_POLICY,
        "%s does not say how long copies are kept\nGive KEEP(7 DAYS), up to %u, KEEP(14 COPIES), up to %u, "
        "or KEEP(ALL)",
        quoted, SVP_KEEP_DAYS_MAX, SVP_KEEP_COPIES_MAX);
    return false;
}

static bool is_word(const char *text, const char *word)
{
    return *text && g_ascii_strncasecmp(word, text, strlen(text)) == 0;
}

bool svp_keep_parse(const char *text, SvpKeep *ret_keep, GError **error)
{
    g_autofree char *stripped = g_strstrip(g_strdup(text));
    size_t digits = strspn(stripped, "0123456789");
    g_autofree char *number = g_strndup(stripped, digits);
    const char *unit = stripped + digits + strspn(stripped + digits, " ");
    bool days = is_word(unit, keep_names[SVP_KEEP_DAYS]);
    uint64_t count;

    if (g_ascii_strcasecmp(stripped, keep_names[SVP_KEEP_ALL]) == 0) {
        *ret_keep = (SvpKeep){.kind = SVP_KEEP_ALL};
        return true;
    }
    if (!days && !is_word(unit, keep_names[SVP_KEEP_COPIES]) && g_ascii_strcasecmp(unit, "copy") != 0)
        return refuse_keep(text, error);
    if (!hv_quantity_parse_number(number, 1, days ? SVP_KEEP_DAYS_MAX : SVP_KEEP_COPIES_MAX, &count, NULL))
        return refuse_keep(text, error);
    *ret_keep = (SvpKeep){.kind = days ? SVP_KEEP_DAYS : SVP_KEEP_COPIES, .count = (unsigned)count};
    return true;
}

char *svp_keep_format(const SvpKeep *keep)
{
    switch (keep->kind) {
    case SVP_KEEP_DAYS:
        return g_strdup_printf("%u day%s", keep->count, keep->count == 1 ? "" : "s");
    case SVP_KEEP_COPIES:
        return g_strdup_printf("%u %s", keep->count, keep->count == 1 ? "copy" : "copies");
    case SVP_KEEP_ALL:
        break;
    }
    return g_strdup("all");
}

/* --- Records ---------------------------------------------------------------------------------------------- */

static json_t *steps_to_json(const GPtrArray *steps)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < steps->len; i++)
        json_array_append_new(list, json_string(g_ptr_array_index(steps, i)));
    return list;
}

json_t *svp_policy_to_json(const SvpPolicy *policy)
{
    g_autofree char *keep = svp_keep_format(&policy->keep);
    json_t *record = json_pack(
        "{s:s,s:s,s:s,s:o,s:I,s:b}", "name", policy->name, "label", policy->label, "keep", keep, "schedule",
        svp_schedule_to_json(&policy->schedule), "rpo_ns", (json_int_t)policy->rpo_ns, "console_only",
        (int)policy->console_only);

    g_assert(record);
    for (unsigned i = 0; i < SVP_STEPS; i++)
        json_object_set_new(record, steps_names[i], steps_to_json(policy->steps[i]));
    return record;
}

static bool steps_from_json(const json_t *list, GPtrArray *steps)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *step = json_string_value(json_array_get(list, i));

        if (!step)
            return false;
        g_ptr_array_add(steps, g_strdup(step));
    }
    return json_is_array(list);
}

static bool rest_from_json(const json_t *record, SvpPolicy *policy)
{
    const char *label = json_string_value(json_object_get(record, "label"));
    const char *keep = json_string_value(json_object_get(record, "keep"));
    json_int_t rpo_ns = json_integer_value(json_object_get(record, "rpo_ns"));

    if (!label || !keep || rpo_ns < 0 || !svp_keep_parse(keep, &policy->keep, NULL))
        return false;
    g_free(policy->label);
    policy->label = g_strdup(label);
    policy->rpo_ns = (HvTime)rpo_ns;
    policy->console_only = json_is_true(json_object_get(record, "console_only"));
    for (unsigned i = 0; i < SVP_STEPS; i++)
        if (!steps_from_json(json_object_get(record, steps_names[i]), policy->steps[i]))
            return false;
    return true;
}

SvpPolicy *svp_policy_from_json(const json_t *record, GError **error)
{
    const char *name = json_string_value(json_object_get(record, "name"));
    SvpSchedule schedule;

    if (name && svp_schedule_from_json(json_object_get(record, "schedule"), &schedule)) {
        g_autoptr(SvpPolicy) policy = svp_policy_new(name, schedule.frequency);

        policy->schedule = schedule;
        if (rest_from_json(record, policy))
            return g_steal_pointer(&policy);
    }
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_CATALOG,
        "The record of policy %s is damaged\nDEFINE it anew, or go back to an older state directory",
        name ? name : "(no name)");
    return NULL;
}
