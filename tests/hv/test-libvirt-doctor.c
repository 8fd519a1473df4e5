/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The doctor without a daemon: libvirt's built-in driver, which runs no guests, and hosts that cannot be reached. What
 * it says of a host with QEMU depends on the host.
 */
#include "hv/libvirt-doctor.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const HvDoctorCheck *find(const GPtrArray *checks, const char *name)
{
    for (unsigned i = 0; i < checks->len; i++)
        if (strcmp(((const HvDoctorCheck *)checks->pdata[i])->name, name) == 0)
            return checks->pdata[i];
    return NULL;
}

START_TEST(the_built_in_driver_is_connected_to_and_runs_no_guests)
{
    g_autoptr(GPtrArray) checks = hv_libvirt_doctor("test:///default");
    const HvDoctorCheck *connection = find(checks, "connection"), *guests = find(checks, "guests"),
                        *domains = find(checks, "domains"), *host = find(checks, "host");

    ck_assert_ptr_eq(connection, checks->pdata[0]);
    ck_assert_int_eq(connection->status, HV_DOCTOR_OK);
    ck_assert_ptr_nonnull(strstr(connection->found, "TEST"));
    ck_assert_ptr_null(connection->remedy);
    ck_assert_int_eq(guests->status, HV_DOCTOR_MISSING);
    ck_assert_ptr_nonnull(guests->remedy);
    /* The driver comes with 16 CPUs, 3 GiB and a domain of the name test. */
    ck_assert_ptr_nonnull(strstr(host->found, "16 CPUs"));
    ck_assert_ptr_nonnull(strstr(host->found, "3072 MiB"));
    ck_assert_ptr_nonnull(strstr(domains->found, "1 running: test"));
    /* Nothing of this host's files is looked at for it. */
    ck_assert_ptr_null(find(checks, "KVM device"));
    ck_assert_ptr_null(find(checks, "images"));
}
END_TEST

static const struct {
    const char *uri, *found, *remedy;
} unreachable[] = {
    {"qemu+unix:///system?socket=/nonexistent", "No such file", "libvirtd -d"},
    {"qemu+foo:///system", "transport", "qemu:///system"},
    {"qemu+tcp://127.0.0.1:1/system", "refused", "libvirtd"},
};

START_TEST(without_a_connection_there_is_the_reason_and_a_remedy)
{
    g_autoptr(GPtrArray) checks = hv_libvirt_doctor(unreachable[_i].uri);
    const HvDoctorCheck *connection = checks->pdata[0];

    ck_assert_uint_eq(checks->len, 1);
    ck_assert_str_eq(connection->name, "connection");
    ck_assert_int_eq(connection->status, HV_DOCTOR_MISSING);
    ck_assert_msg(strstr(connection->found, unreachable[_i].found) != NULL, "%s", connection->found);
    ck_assert_msg(strstr(connection->remedy, unreachable[_i].remedy) != NULL, "%s", connection->remedy);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("libvirt-doctor");
    TCase *tcase = tcase_create("hosts");

    tcase_add_test(tcase, the_built_in_driver_is_connected_to_and_runs_no_guests);
    tcase_add_loop_test(
        tcase, without_a_connection_there_is_the_reason_and_a_remedy, 0, G_N_ELEMENTS(unreachable));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
