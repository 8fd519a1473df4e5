/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of jobs where the number of those in the system is known: each user has one job at most, with devices and without. */
#include "tests/hv/load-room.h"

#include <check.h>
#include <stdlib.h>

#define USERS 5

static LoadDef *closed_def(unsigned ios)
{
    LoadDef *def = load_def_new(1, NULL, /* with_calendar= */ false);
    HvClassDef *cls = hv_class_def_new("C");

    cls->users = USERS;
    cls->think = hv_distribution_parse("exponential 10ms", NULL, NULL);
    cls->service = hv_distribution_parse("exponential 3ms", NULL, NULL);
    cls->ios = ios;
    cls->priority = 1;
    def->jobs.paging = (HvPagingDef){.working_set_bytes = 0};
    g_ptr_array_set_size(def->jobs.classes, 0);
    g_ptr_array_add(def->jobs.classes, cls);
    return def;
}

/* Row: with devices; without, so each request counts as made at once; without from half-way on. */
START_TEST(a_user_has_one_job_at_most)
{
    g_autoptr(LoadDef) def = closed_def(/* ios= */ 2);
    g_autoptr(LoadRoom) room = load_room_new(def);

    room->no_paths = _i == 1;
    load_room_boot(room);
    for (unsigned step = 0; step < 400; step++) {
        load_room_run(room, 5 * HV_NS_PER_MS);
        room->no_paths = _i == 1 || (_i == 2 && step >= 200);
        HvClassStats stats = hv_guest_class_stats(room->guest, 0);

        ck_assert_msg(
            stats.arrived - stats.done <= USERS,
            "step %u: %" G_GUINT64_FORMAT " have arrived, %" G_GUINT64_FORMAT " are done", step,
            stats.arrived, stats.done);
        ck_assert(stats.ios >= 2 * stats.done && stats.ios <= 2 * stats.arrived);
        ck_assert_uint_le(stats.in_system_ns, USERS * (step + 1) * 5 * HV_NS_PER_MS);
    }
    ck_assert_uint_gt(hv_guest_class_stats(room->guest, 0).done, 100);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hv/jobs");
    TCase *tcase = tcase_create("jobs");

    tcase_add_loop_test(tcase, a_user_has_one_job_at_most, 0, 3);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
