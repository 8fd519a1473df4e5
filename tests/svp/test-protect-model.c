/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The pure part of protection: schedules, policies, names, relations, retention.
 *
 * Schedules are compared with GLib's calendar, second by second of a search that knows no shortcut; retention with the four rules of its
 * header, each spelled out as a question about one copy.
 */
#include "hv/rng.h"
#include "svp/error.h"
#include "svp/protect/name.h"
#include "svp/protect/relation.h"
#include "svp/protect/retention.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- Schedules -------------------------------------------------------------------------------------------- */

typedef struct {
    const char *clock; /* of the machine at power on */
    SvpFrequency frequency;
    const char *at, *day;
    const char *after, *due; /* dates of the clock; after: the search begins there */
} DueRow;

static const DueRow due_rows[] = {
    {"2026-11-20 18:00", SVP_FREQUENCY_HOURLY, "00:15", NULL, "2026-11-20 18:00:00", "2026-11-20 18:15:00"},
    {"2026-11-20 18:00", SVP_FREQUENCY_HOURLY, "00:15", NULL, "2026-11-20 23:15:01", "2026-11-21 00:15:00"},
    {"2026-11-20 18:00", SVP_FREQUENCY_DAILY, "22:00", NULL, "2026-11-20 22:00:00", "2026-11-20 22:00:00"},
    {"2026-11-20 18:00", SVP_FREQUENCY_DAILY, "22:00", NULL, "2026-12-31 22:00:01", "2027-01-01 22:00:00"},
    {"2026-11-20 18:00", SVP_FREQUENCY_WEEKLY, "03:25:29", "sun", "2026-11-20 18:00:00",
     "2026-11-22 03:25:29"},
    {"2026-11-20 18:00", SVP_FREQUENCY_WEEKLY, "03:25:29", "fri", "2026-11-20 18:00:00",
     "2026-11-27 03:25:29"},
    {"2023-12-01 00:00", SVP_FREQUENCY_MONTHLY, "01:00", "31", "2024-02-01 00:00:00", "2024-02-29 01:00:00"},
    {"2023-12-01 00:00", SVP_FREQUENCY_MONTHLY, "01:00", "30", "2025-02-01 00:00:00", "2025-02-28 01:00:00"},
    {"2023-12-01 00:00", SVP_FREQUENCY_MONTHLY, "01:00", "29", "2024-02-29 01:00:01", "2024-03-29 01:00:00"},
    {"2023-12-01 00:00", SVP_FREQUENCY_MONTHLY, "01:00", "31", "2024-04-01 00:00:00", "2024-04-30 01:00:00"},
    {"2096-01-01 00:00", SVP_FREQUENCY_MONTHLY, "12:00", "31", "2100-02-01 00:00:00", "2100-02-28 12:00:00"},
    {"2023-12-01 00:00", SVP_FREQUENCY_MONTHLY, "00:00", NULL, "2023-12-01 00:00:00", "2023-12-01 00:00:00"},
};

static HvTime moment(const HvCalendar *calendar, const char *date)
{
    HvCalendar at;

    ck_assert(hv_calendar_parse(date, &at, NULL));
    return (at.start_s - calendar->start_s) * HV_NS_PER_S;
}

START_TEST(schedule_is_due)
{
    const DueRow *row = &due_rows[_i];
    SvpSchedule schedule = svp_schedule_default(row->frequency);
    HvCalendar calendar;

    ck_assert(hv_calendar_parse(row->clock, &calendar, NULL));
    ck_assert(svp_schedule_set(&schedule, row->at, row->day, NULL));
    HvTime due_ns = svp_schedule_next(&schedule, &calendar, moment(&calendar, row->after));
    g_autofree char *shown = hv_calendar_show(&calendar, due_ns);

    ck_assert_str_eq(shown + strlen("Fri "), row->due);
}
END_TEST

/* Whether a date of GLib's is one on which the schedule is due. */
static bool is_due_date(const SvpSchedule *schedule, const GDate *date)
{
    unsigned last = g_date_get_days_in_month(g_date_get_month(date), g_date_get_year(date));

    switch (schedule->frequency) {
    case SVP_FREQUENCY_WEEKLY:
        return (unsigned)g_date_get_weekday(date) == schedule->weekday + 1;
    case SVP_FREQUENCY_MONTHLY:
        return g_date_get_day(date) == MIN(schedule->day, last);
    default:
        return true;
    }
}

/* Every day of 12 years, 2095 (2100 is no leap year) or 2020 on: due exactly when GLib's calendar says so. */
START_TEST(schedules_agree_with_another_calendar)
{
    HvCalendar calendar;
    SvpSchedule schedule = svp_schedule_default(_i % 2 ? SVP_FREQUENCY_MONTHLY : SVP_FREQUENCY_WEEKLY);
    GDate date;
    HvTime day_ns = UINT64_C(86400) * HV_NS_PER_S, midnight_ns = 0;

    ck_assert(hv_calendar_parse(_i < 31 ? "2095-03-01 00:00" : "2020-01-01 00:00", &calendar, NULL));
    g_date_set_dmy(&date, 1, _i < 31 ? 3 : 1, _i < 31 ? 2095 : 2020);
    schedule.day = (unsigned)_i % 31 + 1;
    schedule.weekday = (unsigned)_i % 7;
    schedule.second_of_day = 7200;
    HvTime due_ns = svp_schedule_next(&schedule, &calendar, 0);

    for (unsigned i = 0; i < 12 * 365; i++, midnight_ns += day_ns, g_date_add_days(&date, 1)) {
        bool due = due_ns == midnight_ns + 7200 * HV_NS_PER_S;

        ck_assert_msg(due == is_due_date(&schedule, &date), "day %u of schedule %d", i, _i);
        if (due)
            due_ns = svp_schedule_next(&schedule, &calendar, due_ns + 1);
    }
}
END_TEST

START_TEST(schedules_end_with_time)
{
    const HvCalendar calendar = {0};
    SvpSchedule schedule = svp_schedule_default(SVP_FREQUENCY_MONTHLY);

    ck_assert_uint_eq(svp_schedule_next(&schedule, &calendar, HV_TIME_NEVER - 1), HV_TIME_NEVER);
    schedule = svp_schedule_default(SVP_FREQUENCY_HOURLY);
    ck_assert_uint_eq(svp_schedule_next(&schedule, &calendar, HV_TIME_NEVER - 1), HV_TIME_NEVER);
    schedule = svp_schedule_default(SVP_FREQUENCY_NONE);
    ck_assert_uint_eq(svp_schedule_next(&schedule, &calendar, 0), HV_TIME_NEVER);
}
END_TEST

static const struct {
    SvpFrequency frequency;
    const char *at, *day;
    const char *format; /* NULL: refused */
} schedule_texts[] = {
    {SVP_FREQUENCY_NONE, NULL, NULL, "on demand"},
    {SVP_FREQUENCY_HOURLY, "0:30", NULL, "hourly, 00:30"},
    {SVP_FREQUENCY_DAILY, "22:00:05", NULL, "daily, 22:00:05"},
    {SVP_FREQUENCY_WEEKLY, "22:00", "SUN", "weekly, sun, 22:00"},
    {SVP_FREQUENCY_MONTHLY, "22:00", "31", "monthly, day 31, 22:00"},
    {SVP_FREQUENCY_NONE, "22:00", NULL, NULL},
    {SVP_FREQUENCY_HOURLY, "01:00", NULL, NULL},
    {SVP_FREQUENCY_DAILY, "24:00", NULL, NULL},
    {SVP_FREQUENCY_DAILY, "22:00", "mon", NULL},
    {SVP_FREQUENCY_WEEKLY, NULL, "weekend", NULL},
    {SVP_FREQUENCY_WEEKLY, NULL, "8", NULL},
    {SVP_FREQUENCY_MONTHLY, NULL, "32", NULL},
    {SVP_FREQUENCY_MONTHLY, NULL, "0", NULL},
    {SVP_FREQUENCY_MONTHLY, NULL, "mon", NULL},
};

START_TEST(schedule_is_read)
{
    SvpSchedule schedule = svp_schedule_default(schedule_texts[_i].frequency), before = schedule, read;
    g_autoptr(GError) error = NULL;
    bool ok = svp_schedule_set(&schedule, schedule_texts[_i].at, schedule_texts[_i].day, &error);

    ck_assert(ok == (schedule_texts[_i].format != NULL));
    if (!ok) {
        ck_assert(g_error_matches(error, SVP_ERROR, SVP_ERROR_POLICY));
        ck_assert_mem_eq(&schedule, &before, sizeof schedule);
        return;
    }
    g_autofree char *format = svp_schedule_format(&schedule);
    json_t *record = svp_schedule_to_json(&schedule);

    ck_assert_str_eq(format, schedule_texts[_i].format);
    ck_assert(svp_schedule_from_json(record, &read));
    ck_assert_mem_eq(&schedule, &read, sizeof schedule);
    json_decref(record);
}
END_TEST

/* --- Policies and names ----------------------------------------------------------------------------------- */

static const struct {
    const char *text, *format; /* NULL: refused */
} keeps[] = {
    {"7 DAYS", "7 days"}, {"1 d", "1 day"},   {"14 copies", "14 copies"}, {"255C", "255 copies"},
    {"1 COPY", "1 copy"}, {"all", "all"},     {"256 copies", NULL},       {"0 days", NULL},
    {"7", NULL},          {"days", NULL},     {"7 weeks", NULL},          {"-1 days", NULL},
    {"", NULL},           {"7 days x", NULL},
};

START_TEST(keep_is_read)
{
    SvpKeep keep;
    g_autoptr(GError) error = NULL;

    if (!svp_keep_parse(keeps[_i].text, &keep, &error)) {
        ck_assert_ptr_null(keeps[_i].format);
        ck_assert(g_error_matches(error, SVP_ERROR, SVP_ERROR_POLICY));
        return;
    }
    g_autofree char *format = svp_keep_format(&keep);

    ck_assert_str_eq(format, keeps[_i].format);
}
END_TEST

START_TEST(policies_are_written_and_read)
{
    g_autoptr(SvpPolicy) policy = svp_policy_new("NIGHT", SVP_FREQUENCY_WEEKLY);

    ck_assert_str_eq(policy->label, "WEEKLY");
    ck_assert_uint_eq(svp_policy_rpo_ns(policy), 7 * UINT64_C(86400) * HV_NS_PER_S);
    ck_assert(svp_keep_parse("14 copies", &policy->keep, NULL));
    policy->rpo_ns = 5;
    policy->console_only = true;
    g_ptr_array_add(policy->steps[SVP_STEPS_PRE], g_strdup("STOP LPAR1"));
    g_ptr_array_add(policy->steps[SVP_STEPS_POST], g_strdup("START LPAR1"));
    json_t *record = svp_policy_to_json(policy);
    g_autoptr(SvpPolicy) read = svp_policy_from_json(record, NULL);
    json_t *again = svp_policy_to_json(read);
    g_autoptr(GError) error = NULL;

    ck_assert(json_equal(record, again));
    ck_assert_str_eq(g_ptr_array_index(read->steps[SVP_STEPS_PRE], 0), "STOP LPAR1");
    ck_assert_uint_eq(svp_policy_rpo_ns(read), 5);
    json_object_set_new(record, "keep", json_string("for ever and a day"));
    ck_assert_ptr_null(svp_policy_from_json(record, &error));
    ck_assert(g_error_matches(error, SVP_ERROR, SVP_ERROR_CATALOG));
    json_decref(record);
    json_decref(again);
}
END_TEST

static bool is_in(const char *name, void *data)
{
    return g_strv_contains(data, name);
}

START_TEST(snapshots_are_named)
{
    HvCalendar calendar;
    const char *none[] = {NULL},
               *taken[] = {"PROD_JP-1_11-20-2026_18.00.59", "PROD_JP-1_11-20-2026_18.00.59_2", NULL};

    ck_assert(hv_calendar_parse("2026-11-20 18:00", &calendar, NULL));
    g_autofree char *first = svp_snapshot_name("PROD", "JP 1", &calendar, 59 * HV_NS_PER_S + 5, is_in, none);
    g_autofree char *third = svp_snapshot_name("PROD", "JP 1", &calendar, 59 * HV_NS_PER_S + 9, is_in, taken);

    ck_assert_str_eq(first, "PROD_JP-1_11-20-2026_18.00.59");
    ck_assert_str_eq(third, "PROD_JP-1_11-20-2026_18.00.59_3");
    ck_assert(svp_protect_name_check(third, "snapshot", SVP_SNAPSHOT_NAME_MAX, NULL));
    ck_assert(!svp_protect_name_check("", "group", 32, NULL));
    ck_assert(!svp_protect_name_check(".x", "group", 32, NULL));
    ck_assert(!svp_protect_name_check("a/b", "group", 32, NULL));
    ck_assert(!svp_protect_name_check("a\xc3\xa4", "group", 32, NULL));
    ck_assert(!svp_protect_name_check("abc", "group", 2, NULL));
}
END_TEST

/* --- Relations -------------------------------------------------------------------------------------------- */

static const struct {
    const char *group;
    SvpPlace place;
    const char *path, *source, *says; /* NULL: allowed */
} relation_rows[] = {
    {"TEST", SVP_PLACE_MIRROR, "/m/two", NULL, NULL},
    {"TEST", SVP_PLACE_MIRROR, "/m/one2", "PRIMARY", NULL},
    {"prod", SVP_PLACE_VAULT, "/v", NULL, NULL},
    {"PROD", SVP_PLACE_MIRROR, "/m/three", NULL, "has a mirror already"},
    {"TEST", SVP_PLACE_MIRROR, "/m/one", NULL, "in use"},
    {"TEST", SVP_PLACE_VAULT, "/m/one/below", NULL, "in use"},
    {"TEST", SVP_PLACE_VAULT, "/m", NULL, "in use"},
    {"TEST", SVP_PLACE_VAULT, "/", NULL, "cycle"},
    {"TEST", SVP_PLACE_VAULT, "/state/snapshots/x", NULL, "cycle"},
    {"PROD", SVP_PLACE_VAULT, "/v", "MIRROR", "cascade"},
    {"PROD", SVP_PLACE_VAULT, "/v", "/m/one", "cascade"},
    {"PROD", SVP_PLACE_VAULT, "/v", "/v", "cycle"},
    {"PROD", SVP_PLACE_VAULT, "/v", "/elsewhere", "not the primary"},
};

START_TEST(relation_is_checked)
{
    g_autoptr(GPtrArray) relations = g_ptr_array_new();
    SvpRelation one = {.group = (char *)(uintptr_t) "PROD", .path = (char *)(uintptr_t) "/m/one"};
    g_autoptr(GError) error = NULL;

    one.place = SVP_PLACE_MIRROR;
    g_ptr_array_add(relations, &one);
    bool ok = svp_relation_check(
        relations, relation_rows[_i].group, relation_rows[_i].place, relation_rows[_i].path,
        "/state/snapshots", relation_rows[_i].source, &error);

    ck_assert_msg(ok == !relation_rows[_i].says, "%s", error ? error->message : "allowed");
    if (!ok) {
        ck_assert(g_error_matches(error, SVP_ERROR, SVP_ERROR_RELATION));
        ck_assert_msg(strstr(error->message, relation_rows[_i].says), "%s", error->message);
    }
}
END_TEST

/* The same folder by another name is the same folder. */
START_TEST(links_are_resolved)
{
    g_autofree char *folder = g_dir_make_tmp("lparsim-XXXXXX", NULL);
    g_autofree char *link = g_strconcat(folder, "/link", NULL), *real = g_strconcat(folder, "/real", NULL);
    g_autofree char *below = g_strconcat(link, "/../real/./not/there", NULL);

    ck_assert_int_eq(g_mkdir(real, 0700), 0);
    ck_assert_int_eq(symlink(real, link), 0);
    g_autofree char *a = svp_relation_resolve(link), *b = svp_relation_resolve(real),
                    *c = svp_relation_resolve(below), *expected = g_strconcat(b, "/not/there", NULL);

    ck_assert_str_eq(a, b);
    ck_assert_str_eq(c, expected);
    g_unlink(link);
    g_rmdir(real);
    g_rmdir(folder);
}
END_TEST

/* --- Retention -------------------------------------------------------------------------------------------- */

#define COPIES_MAX 12u
#define LPARS      3u
#define DAY_NS     (UINT64_C(86400) * HV_NS_PER_S)

static const char *const lpar_names[] = {"A", "B", "C"};
static const char *const label_names[] = {"DAILY", "Hourly", "X"};

typedef struct {
    SvpRetentionCopy copies[COPIES_MAX];
    const char *lpars[COPIES_MAX][LPARS + 1];
    unsigned n;
    SvpRetentionRule rules[2]; /* of the first two labels */
    HvTime now_ns;
} Case;

static void draw_copy(Case *drawn, unsigned i, HvRng *rng)
{
    unsigned n_lpars = 0, mask = 1 + (unsigned)hv_rng_below(rng, 7);

    for (unsigned l = 0; l < LPARS; l++)
        if (mask & 1u << l)
            drawn->lpars[i][n_lpars++] = lpar_names[l];
    drawn->lpars[i][n_lpars] = NULL;
    drawn->copies[i] = (SvpRetentionCopy){
        .label = label_names[hv_rng_below(rng, 3)],
        .at_ns = hv_rng_below(rng, 10) * DAY_NS / 2,
        .sequence = i,
        .good = hv_rng_below(rng, 4) != 0,
        .needs = hv_rng_below(rng, 5) == 0 ? (unsigned)hv_rng_below(rng, 8) : 0,
        .lpars = drawn->lpars[i],
    };
}

static bool is_newer(const SvpRetentionCopy *a, const SvpRetentionCopy *b)
{
    return a->at_ns > b->at_ns || (a->at_ns == b->at_ns && a->sequence > b->sequence);
}

static void draw_case(Case *drawn, HvRng *rng)
{
    drawn->n = (unsigned)hv_rng_below(rng, COPIES_MAX + 1);
    drawn->now_ns = 5 * DAY_NS;
    for (unsigned i = 0; i < drawn->n; i++)
        draw_copy(drawn, i, rng);
    for (unsigned r = 0; r < 2; r++)
        drawn->rules[r] = (SvpRetentionRule){
            r ? "HOURLY" : "daily",
            {hv_rng_below(rng, 2) ? SVP_KEEP_DAYS : SVP_KEEP_COPIES, 1 + (unsigned)hv_rng_below(rng, 4)}};
}

/* The rule of one copy, asked by counting. */
static bool rule_keeps(const Case *drawn, unsigned i)
{
    const SvpRetentionCopy *copy = &drawn->copies[i];
    const SvpKeep *keep = strcmp(copy->label, "DAILY") == 0    ? &drawn->rules[0].keep
                          : strcmp(copy->label, "Hourly") == 0 ? &drawn->rules[1].keep
                                                               : NULL;
    unsigned newer = 0;

    if (!copy->good || !keep)
        return copy->good;
    if (keep->kind == SVP_KEEP_DAYS)
        return copy->at_ns + keep->count * DAY_NS >= drawn->now_ns;
    for (unsigned j = 0; j < drawn->n; j++)
        newer += drawn->copies[j].good && strcmp(drawn->copies[j].label, copy->label) == 0 &&
                 is_newer(&drawn->copies[j], copy);
    return newer < keep->count;
}

static bool has(const SvpRetentionCopy *copy, const char *lpar)
{
    return g_strv_contains(copy->lpars, lpar);
}

/* Whether it is the newest good copy of an LPAR of which the first two rules keep no good one. */
static bool is_last_good(const Case *drawn, const bool *kept, unsigned i)
{
    for (unsigned l = 0; l < LPARS; l++) {
        bool newest = drawn->copies[i].good && has(&drawn->copies[i], lpar_names[l]);

        for (unsigned j = 0; j < drawn->n; j++)
            if (drawn->copies[j].good && has(&drawn->copies[j], lpar_names[l]) &&
                (kept[j] || is_newer(&drawn->copies[j], &drawn->copies[i])))
                newest = false;
        if (newest)
            return true;
    }
    return false;
}

static void expect(const Case *drawn, bool *ret_stays)
{
    bool kept[COPIES_MAX];

    for (unsigned i = 0; i < drawn->n; i++)
        kept[i] = rule_keeps(drawn, i) || drawn->copies[i].needs;
    for (unsigned i = 0; i < drawn->n; i++)
        ret_stays[i] = kept[i] || is_last_good(drawn, kept, i);
}

START_TEST(retention_agrees_with_its_rules)
{
    HvRng rng;
    unsigned dropped = 0, last = 0;

    hv_rng_init(&rng, (uint64_t)_i, "retention");
    for (unsigned round = 0; round < 5000; round++) {
        Case drawn;
        SvpVerdict verdicts[COPIES_MAX];
        bool stays[COPIES_MAX];

        draw_case(&drawn, &rng);
        svp_retention_plan(drawn.copies, drawn.n, drawn.rules, 2, drawn.now_ns, verdicts);
        expect(&drawn, stays);
        for (unsigned i = 0; i < drawn.n; i++) {
            ck_assert_msg(
                (verdicts[i].kind != SVP_VERDICT_DROP) == stays[i], "seed %d, round %u: copy %u is %s", _i,
                round, i, svp_verdict_name(verdicts[i].kind));
            dropped += !stays[i];
            last += verdicts[i].kind == SVP_VERDICT_LAST_GOOD;
        }
    }
    ck_assert_uint_gt(dropped, 1000);
    ck_assert_uint_gt(last, 100);
}
END_TEST

static TCase *model_case(void)
{
    TCase *tcase = tcase_create("model");

    tcase_add_loop_test(tcase, schedule_is_due, 0, G_N_ELEMENTS(due_rows));
    tcase_add_loop_test(tcase, schedules_agree_with_another_calendar, 0, 62);
    tcase_add_test(tcase, schedules_end_with_time);
    tcase_add_loop_test(tcase, schedule_is_read, 0, G_N_ELEMENTS(schedule_texts));
    tcase_add_loop_test(tcase, keep_is_read, 0, G_N_ELEMENTS(keeps));
    tcase_add_test(tcase, policies_are_written_and_read);
    tcase_add_test(tcase, snapshots_are_named);
    tcase_add_loop_test(tcase, relation_is_checked, 0, G_N_ELEMENTS(relation_rows));
    tcase_add_test(tcase, links_are_resolved);
    tcase_add_loop_test(tcase, retention_agrees_with_its_rules, 0, 4);
    tcase_set_timeout(tcase, 60);
    return tcase;
}

int main(void)
{
    Suite *suite = suite_create("svp/protect-model");

    suite_add_tcase(suite, model_case());
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
