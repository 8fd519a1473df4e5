/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A libvirt host, against libvirt's built-in driver, which needs no daemon: its connection is asked for and outlives
 * it, what happens to the driver's domain "test" is heard while the engine runs, and what runs there is read for
 * adoption.
 *
 * That driver's connections are not lost; that a lost one comes back is proved by tests/libvirt.
 */
#include "hv/libvirt-host.h"

#include "hv/error.h"
#include "hv/libvirt-adopt.h"
#include "hv/libvirt-domain.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    HvEngine *engine;
    HvLibvirtHost *host;
    HvLibvirtDomain *domain;
} Fixture;

static Fixture fixture_new(const char *name)
{
    Fixture fixture = {.engine = hv_engine_new()};
    g_autoptr(GError) error = NULL;

    hv_engine_follow_wall_clock(fixture.engine);
    fixture.host = hv_libvirt_host_new("test:///default", fixture.engine, &error);
    ck_assert_msg(fixture.host != NULL, "%s", error ? error->message : "");
    fixture.domain = hv_libvirt_domain_new(fixture.host, name);
    return fixture;
}

static void fixture_free(Fixture *fixture)
{
    hv_libvirt_domain_unref(fixture->domain);
    hv_libvirt_host_free(fixture->host);
    hv_engine_free(fixture->engine);
}

static HvDomainRun run_of(Fixture *fixture)
{
    HvDomainRun run;

    ck_assert(hv_libvirt_domain_run(fixture->domain, &run, NULL));
    return run;
}

START_TEST(the_host_is_asked)
{
    Fixture fixture = fixture_new("test");

    ck_assert_uint_eq(hv_libvirt_host_cpus(fixture.host), 16);
    ck_assert(hv_libvirt_host_is_local(fixture.host));
    ck_assert(!hv_libvirt_host_has_kvm(fixture.host, "x86_64"));
    fixture_free(&fixture);
}
END_TEST

static const char *const not_there[] = {"qemu+foo:///system", "qemu+foo:///x", "test:///nonexistent.xml"};

START_TEST(a_host_that_is_not_there)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *remedy = g_strdup_printf("\nWhat to do says: lparsim doctor -c %s", not_there[_i]);
    HvEngine *engine = hv_engine_new();

    hv_engine_follow_wall_clock(engine);
    ck_assert_ptr_null(hv_libvirt_host_new(not_there[_i], engine, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_HOST));
    ck_assert(g_str_has_suffix(error->message, remedy));
    ck_assert_ptr_null(hv_libvirt_host_new(not_there[_i], engine, NULL));
    hv_engine_free(engine);
}
END_TEST

/* The driver keeps what was done to its domain for as long as anybody is connected, and begins anew after that. */
static void check_nobody_is_connected(void)
{
    Fixture fixture = fixture_new("test");

    ck_assert_msg(run_of(&fixture) == HV_DOMAIN_RUNNING, "a connection was left open");
    fixture_free(&fixture);
}

START_TEST(the_connection_is_handed_out_and_given_back)
{
    Fixture fixture = fixture_new("test"), same = fixture_new("test");

    ck_assert(hv_libvirt_domain_destroy(fixture.domain, NULL));
    ck_assert_int_eq(run_of(&fixture), HV_DOMAIN_OFF);
    ck_assert_int_eq(run_of(&same), HV_DOMAIN_OFF);
    hv_libvirt_host_has_kvm(fixture.host, "x86_64");
    fixture_free(&fixture);
    /* One is still there. */
    ck_assert_int_eq(run_of(&same), HV_DOMAIN_OFF);
    fixture_free(&same);
    check_nobody_is_connected();
}
END_TEST

/* As a job that hangs does: it asks for the connection when the owner has gone, and nobody else closes it then. */
START_TEST(who_outlives_the_host_leaves_no_connection)
{
    Fixture fixture = fixture_new("test");
    HvLibvirtDomain *domain = hv_libvirt_domain_ref(fixture.domain);

    fixture_free(&fixture);
    ck_assert(hv_libvirt_domain_destroy(domain, NULL));
    hv_libvirt_domain_unref(domain);
    check_nobody_is_connected();
}
END_TEST

/* --- Events --------------------------------------------------------------------------------------------- */

typedef struct {
    GString *heard;
    unsigned left;
    bool go_on;
} Listener;

static void heard(HvDomainEvent event, const char *why, void *data)
{
    static const char *const words[] = {"ended", "suspended", "resumed", "look"};
    Listener *listener = data;

    ck_assert_ptr_nonnull(why);
    g_string_append_printf(listener->heard, "%s ", words[event]);
    listener->go_on = --listener->left > 0;
}

START_TEST(events_are_heard_while_the_engine_runs)
{
    Fixture fixture = fixture_new("test");
    Listener listener = {g_string_new(NULL), 3, true}, nobody = {g_string_new(NULL), 0, true};

    ck_assert_int_eq(run_of(&fixture), HV_DOMAIN_RUNNING); /* now its UUID is known */
    hv_libvirt_host_watch(fixture.host, hv_libvirt_domain_uuid(fixture.domain), heard, &listener);
    hv_libvirt_host_watch(fixture.host, "00000000-0000-0000-0000-000000000000", heard, &nobody);
    hv_libvirt_domain_suspend(fixture.domain, NULL);
    hv_libvirt_domain_resume(fixture.domain, NULL);
    hv_libvirt_domain_destroy(fixture.domain, NULL);
    hv_engine_run_while(fixture.engine, &listener.go_on);
    ck_assert_str_eq(listener.heard->str, "suspended resumed ended ");
    ck_assert_str_eq(nobody.heard->str, "");
    hv_libvirt_host_unwatch(fixture.host, &listener);
    g_string_free(listener.heard, TRUE);
    g_string_free(nobody.heard, TRUE);
    fixture_free(&fixture);
}
END_TEST

/* The driver has no statistics of vCPUs, balloon and disks: what is not said is 0, not what was there before. */
typedef struct {
    HvLibvirtHost *host;
    unsigned times;
} Leaver;

static void leaves(G_GNUC_UNUSED HvDomainEvent event, G_GNUC_UNUSED const char *why, void *data)
{
    Leaver *leaver = data;

    leaver->times++;
    hv_libvirt_host_unwatch(leaver->host, leaver);
}

/* One of three stops watching when it is told, wherever it is in the list; the others hear on. */
START_TEST(a_watcher_may_leave_when_it_is_told)
{
    Fixture fixture = fixture_new("test");
    Listener listeners[2] = {{g_string_new(NULL), 9, true}, {g_string_new(NULL), 2, true}};
    Leaver leaver = {fixture.host, 0};

    ck_assert_int_eq(run_of(&fixture), HV_DOMAIN_RUNNING);
    const char *uuid = hv_libvirt_domain_uuid(fixture.domain);

    if (_i == 0)
        hv_libvirt_host_watch(fixture.host, uuid, leaves, &leaver);
    hv_libvirt_host_watch(fixture.host, uuid, heard, &listeners[1]); /* the last to hear ends the run */
    if (_i == 1)
        hv_libvirt_host_watch(fixture.host, uuid, leaves, &leaver);
    hv_libvirt_host_watch(fixture.host, uuid, heard, &listeners[0]);
    if (_i == 2)
        hv_libvirt_host_watch(fixture.host, uuid, leaves, &leaver);
    hv_libvirt_domain_suspend(fixture.domain, NULL);
    hv_libvirt_domain_resume(fixture.domain, NULL);
    hv_engine_run_while(fixture.engine, &listeners[1].go_on);
    ck_assert_uint_eq(leaver.times, 1);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_str_eq(listeners[i].heard->str, "suspended resumed ");
        hv_libvirt_host_unwatch(fixture.host, &listeners[i]);
    }
    /* Nobody watches, and nobody hears. */
    hv_libvirt_domain_suspend(fixture.domain, NULL);
    hv_engine_run_until(fixture.engine, hv_engine_now(fixture.engine) + 50 * HV_NS_PER_MS);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_str_eq(listeners[i].heard->str, "suspended resumed ");
        g_string_free(listeners[i].heard, TRUE);
    }
    fixture_free(&fixture);
}
END_TEST

START_TEST(running_domains_are_read_for_adoption)
{
    char test[] = "test", nobody[] = "nobody";
    char *known[] = {test, NULL}, *unknown[] = {test, nobody, NULL};
    g_autoptr(GError) error = NULL;
    unsigned cpus = 0;
    g_autoptr(GPtrArray) views = hv_libvirt_read_domains("test:///default", known, &cpus, NULL);

    ck_assert_uint_eq(views->len, 1);
    ck_assert_uint_eq(cpus, 16);
    ck_assert_ptr_null(hv_libvirt_read_domains("test:///default", unknown, &cpus, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_GONE));
    ck_assert_ptr_nonnull(strstr(error->message, "These run: test"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("libvirt-host");
    TCase *tcase = tcase_create("hosts");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_host_is_asked);
    tcase_add_loop_test(tcase, a_host_that_is_not_there, 0, G_N_ELEMENTS(not_there));
    tcase_add_test(tcase, the_connection_is_handed_out_and_given_back);
    tcase_add_test(tcase, who_outlives_the_host_leaves_no_connection);
    tcase_add_test(tcase, events_are_heard_while_the_engine_runs);
    tcase_add_loop_test(tcase, a_watcher_may_leave_when_it_is_told, 0, 3);
    tcase_add_test(tcase, running_domains_are_read_for_adoption);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
