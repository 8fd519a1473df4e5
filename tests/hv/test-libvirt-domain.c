/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The calls about a domain, against libvirt's built-in driver: no daemon, and a domain "test" that does what it is told.
 *
 * What that driver does not have is refused in its words and with our code; that a call reaches a real one is proved by
 * tests/libvirt.
 */
#include "hv/libvirt-domain.h"

#include "hv/error.h"
#include "hv/libvirt-adopt.h"

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

START_TEST(a_host_that_is_not_there)
{
    g_autoptr(GError) error = NULL;
    HvEngine *engine = hv_engine_new();

    hv_engine_follow_wall_clock(engine);
    ck_assert_ptr_null(hv_libvirt_host_new("qemu+foo:///system", engine, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_HOST));
    ck_assert_ptr_nonnull(strstr(error->message, "lparsim doctor -c qemu+foo:///system"));
    hv_engine_free(engine);
}
END_TEST

START_TEST(a_domain_is_seen)
{
    Fixture fixture = fixture_new("test");
    g_autoptr(GError) error = NULL;
    g_autoptr(HvDomainView) view = hv_libvirt_domain_view(fixture.domain, false, &error);

    ck_assert_ptr_nonnull(view);
    ck_assert_str_eq(view->name, "test");
    ck_assert_uint_eq(view->current_bytes, 2 * HV_GIB);
    ck_assert_uint_eq(view->vcpus, 2);
    ck_assert(!view->arch_known); /* i686 */
    ck_assert_str_eq(hv_libvirt_domain_uuid(fixture.domain), view->uuid);
    ck_assert_ptr_null(hv_libvirt_domain_owner(fixture.domain));
    fixture_free(&fixture);
}
END_TEST

START_TEST(states_change_and_asking_twice_does_no_harm)
{
    Fixture fixture = fixture_new("test");

    ck_assert_int_eq(run_of(&fixture), HV_DOMAIN_RUNNING);
    for (unsigned i = 0; i < 2; i++)
        ck_assert(hv_libvirt_domain_suspend(fixture.domain, NULL));
    ck_assert_int_eq(run_of(&fixture), HV_DOMAIN_PAUSED);
    for (unsigned i = 0; i < 2; i++)
        ck_assert(hv_libvirt_domain_resume(fixture.domain, NULL));
    ck_assert_int_eq(run_of(&fixture), HV_DOMAIN_RUNNING);
    for (unsigned i = 0; i < 2; i++)
        ck_assert(hv_libvirt_domain_destroy(fixture.domain, NULL));
    ck_assert_int_eq(run_of(&fixture), HV_DOMAIN_OFF);
    for (unsigned i = 0; i < 2; i++)
        ck_assert(hv_libvirt_domain_start(fixture.domain, NULL));
    ck_assert_int_eq(run_of(&fixture), HV_DOMAIN_RUNNING);
    bool off = false;

    ck_assert(hv_libvirt_domain_shutdown(fixture.domain, HV_NS_PER_S, &off, NULL));
    ck_assert(off);
    fixture_free(&fixture);
}
END_TEST

START_TEST(resources_are_given)
{
    Fixture fixture = fixture_new("test");
    g_autoptr(GError) error = NULL;

    ck_assert(hv_libvirt_domain_set_vcpus(fixture.domain, 1, NULL));
    ck_assert(hv_libvirt_domain_set_balloon(fixture.domain, HV_GIB, NULL));
    ck_assert(hv_libvirt_domain_pin(fixture.domain, 0, "0-1,5", NULL));
    ck_assert(hv_libvirt_domain_pin(fixture.domain, 0, NULL, NULL));
    HvLibvirtTuning *tuning = hv_libvirt_domain_tuning(fixture.domain);

    ck_assert_ptr_nonnull(tuning);
    hv_libvirt_domain_tune(fixture.domain, tuning);
    hv_libvirt_tuning_free(tuning);
    g_autoptr(HvDomainView) view = hv_libvirt_domain_view(fixture.domain, false, NULL);

    ck_assert_uint_eq(view->vcpus, 1);
    ck_assert_uint_eq(view->current_bytes, HV_GIB);
    ck_assert(!hv_libvirt_domain_set_vcpus(fixture.domain, 99, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_DOMAIN));
    ck_assert_ptr_nonnull(strstr(error->message, "test: "));
    ck_assert_ptr_null(strstr(error->message, "no error"));
    fixture_free(&fixture);
}
END_TEST

START_TEST(a_domain_that_is_not_there_is_off)
{
    Fixture fixture = fixture_new("nobody");
    g_autoptr(GError) error = NULL;

    ck_assert_int_eq(run_of(&fixture), HV_DOMAIN_OFF);
    ck_assert_ptr_null(hv_libvirt_domain_uuid(fixture.domain));
    ck_assert(hv_libvirt_domain_destroy(fixture.domain, NULL));
    ck_assert(!hv_libvirt_domain_suspend(fixture.domain, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_GONE));
    fixture_free(&fixture);
}
END_TEST

static const char transient[] =
    "<domain type='test'><name>mine</name><metadata><owner xmlns='urn:lparsim'>7@here</owner></metadata>"
    "<memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type>hvm</type></os><devices>"
    "<disk type='file' device='disk'><source file='/tmp/mine.img'/><target dev='vda' "
    "bus='virtio'/></disk></devices></domain>";

START_TEST(a_transient_domain_says_whose_it_is)
{
    Fixture fixture = fixture_new("mine");
    HvLibvirtDomain *other = hv_libvirt_domain_new(fixture.host, "test");

    ck_assert(hv_libvirt_domain_create(fixture.domain, transient, /* suspended= */ false, NULL));
    g_autofree char *owner = hv_libvirt_domain_owner(fixture.domain);
    g_autofree char *xml = hv_libvirt_domain_save_xml(fixture.domain, NULL);

    ck_assert_str_eq(owner, "7@here");
    ck_assert_ptr_nonnull(strstr(xml, "mine.img"));
    ck_assert_ptr_null(hv_libvirt_domain_save_xml(other, NULL)); /* that one is persistent */
    g_autofree char *user = hv_libvirt_domain_other_user(other, "/tmp/mine.img", NULL);

    ck_assert_str_eq(user, "mine");
    ck_assert_ptr_null(hv_libvirt_domain_other_user(fixture.domain, "/tmp/mine.img", NULL));
    ck_assert(hv_libvirt_domain_destroy(fixture.domain, NULL));
    hv_libvirt_domain_unref(other);
    fixture_free(&fixture);
}
END_TEST

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

START_TEST(what_the_driver_does_not_have_is_said_in_its_words)
{
    Fixture fixture = fixture_new("test");
    g_autoptr(GError) error = NULL;
    unsigned cpus;

    ck_assert(!hv_libvirt_domain_agent_storage_online(fixture.domain, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_DOMAIN));
    ck_assert_ptr_nonnull(strstr(error->message, "guest agent of test"));
    g_clear_error(&error);
    ck_assert(!hv_libvirt_domain_agent_cpus(fixture.domain, &cpus, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_DOMAIN));
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
    Suite *suite = suite_create("libvirt-domain");
    TCase *tcase = tcase_create("calls");

    tcase_add_test(tcase, the_host_is_asked);
    tcase_add_test(tcase, a_host_that_is_not_there);
    tcase_add_test(tcase, a_domain_is_seen);
    tcase_add_test(tcase, states_change_and_asking_twice_does_no_harm);
    tcase_add_test(tcase, resources_are_given);
    tcase_add_test(tcase, a_domain_that_is_not_there_is_off);
    tcase_add_test(tcase, a_transient_domain_says_whose_it_is);
    tcase_add_test(tcase, events_are_heard_while_the_engine_runs);
    tcase_add_test(tcase, what_the_driver_does_not_have_is_said_in_its_words);
    tcase_add_test(tcase, running_domains_are_read_for_adoption);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
