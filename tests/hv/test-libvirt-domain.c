/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The calls about a domain, against libvirt's built-in driver: no daemon, and a domain "test" that does what it is told.
 *
 * What that driver does not have is refused in its words and with our code; that a call reaches a real one is proved by
 * tests/libvirt.
 */
#include "hv/libvirt-domain.h"

#include "hv/domain-xml.h"
#include "hv/error.h"

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
    ck_assert_str_eq(hv_libvirt_domain_name(fixture.domain), "test");
    ck_assert_uint_eq(view->memory_bytes, 8 * HV_GIB);
    ck_assert_ptr_nonnull(hv_domain_view_find(view, NULL, "/guest/diskimage1"));
    ck_assert_uint_eq(view->devices->len, 2);
    g_autoptr(HvDomainView) inactive = hv_libvirt_domain_view(fixture.domain, true, NULL);

    ck_assert_str_eq(inactive->uuid, view->uuid);
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
    ck_assert_int_eq(run_of(&fixture), HV_DOMAIN_OFF);
    off = false;
    ck_assert(hv_libvirt_domain_shutdown(fixture.domain, HV_NS_PER_S, &off, NULL)); /* it is so already */
    ck_assert(off);
    fixture_free(&fixture);
}
END_TEST

static const char two_vcpus[] = "<domain type='test'><name>two</name><memory>65536</memory><vcpu>2</vcpu>"
                                "<os><type>hvm</type></os></domain>";

/* libvirt's own words in the domain's XML: whatever was asked for, it has its CPUs in order. */
static void check_pin(Fixture *fixture, unsigned vcpu, const char *cpus)
{
    g_autofree char *xml = hv_libvirt_domain_save_xml(fixture->domain, NULL);
    g_autofree char *pin = g_strdup_printf("<vcpupin vcpu='%u' cpuset='%s'/>", vcpu, cpus);

    ck_assert_msg(strstr(xml, pin) != NULL, "no %s in %s", pin, xml);
}

/* The host has CPUs 0 to 15. */
static const struct {
    const char *cpus, *pinned;
} pins[] = {
    {"0", "0"},         {"15", "15"},     {"0-1,5", "0-1,5"}, {"7-8", "7-8"}, {"3,3,2", "2-3"},
    {"14-20", "14-15"}, {"0-99", "0-15"}, {"1,99", "1"},      {NULL, "0-15"}, {"0-15", "0-15"},
};

START_TEST(vcpus_are_pinned)
{
    Fixture fixture = fixture_new("two");
    g_autoptr(GError) error = NULL;

    ck_assert(hv_libvirt_domain_create(fixture.domain, two_vcpus, false, NULL));
    ck_assert(hv_libvirt_domain_pin(fixture.domain, 0, "4", NULL));
    ck_assert(hv_libvirt_domain_pin(fixture.domain, 1, "6", NULL));
    ck_assert(hv_libvirt_domain_pin(fixture.domain, 1, pins[_i].cpus, NULL));
    check_pin(&fixture, 0, "4");
    check_pin(&fixture, 1, pins[_i].pinned);
    ck_assert(!hv_libvirt_domain_pin(fixture.domain, 99, pins[_i].cpus, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_DOMAIN));
    fixture_free(&fixture);
}
END_TEST

START_TEST(pins_are_put_back_as_they_were_found)
{
    Fixture fixture = fixture_new("two");

    ck_assert(hv_libvirt_domain_create(fixture.domain, two_vcpus, false, NULL));
    ck_assert(hv_libvirt_domain_pin(fixture.domain, 0, "4", NULL));
    ck_assert(hv_libvirt_domain_pin(fixture.domain, 1, "9-11", NULL));
    HvLibvirtTuning *tuning = hv_libvirt_domain_tuning(fixture.domain);

    ck_assert_ptr_nonnull(tuning);
    ck_assert(hv_libvirt_domain_pin(fixture.domain, 0, NULL, NULL));
    ck_assert(hv_libvirt_domain_pin(fixture.domain, 1, "0", NULL));
    hv_libvirt_domain_tune(fixture.domain, tuning);
    check_pin(&fixture, 0, "4");
    check_pin(&fixture, 1, "9-11");
    hv_libvirt_tuning_free(tuning);
    hv_libvirt_tuning_free(NULL);
    fixture_free(&fixture);
}
END_TEST

START_TEST(resources_are_given)
{
    Fixture fixture = fixture_new("test");
    g_autoptr(GError) error = NULL;

    ck_assert(hv_libvirt_domain_set_vcpus(fixture.domain, 1, NULL));
    ck_assert(hv_libvirt_domain_set_balloon(fixture.domain, HV_GIB, NULL));
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

    ck_assert_int_eq(run_of(&fixture), HV_DOMAIN_OFF);
    ck_assert_ptr_null(hv_libvirt_domain_uuid(fixture.domain));
    ck_assert(hv_libvirt_domain_destroy(fixture.domain, NULL));
    ck_assert_ptr_null(hv_libvirt_domain_owner(fixture.domain));
    ck_assert_ptr_null(hv_libvirt_domain_tuning(fixture.domain));
    bool off = false;

    ck_assert(hv_libvirt_domain_shutdown(fixture.domain, HV_NS_PER_S, &off, NULL));
    ck_assert(off);
    fixture_free(&fixture);
}
END_TEST

/* --- Calls one by one ----------------------------------------------------------------------------------- */

static bool view(HvLibvirtDomain *domain, GError **error)
{
    g_autoptr(HvDomainView) seen = hv_libvirt_domain_view(domain, false, error);

    return seen != NULL;
}

static bool save_xml(HvLibvirtDomain *domain, GError **error)
{
    g_autofree char *xml = hv_libvirt_domain_save_xml(domain, error);

    return xml != NULL;
}

static bool figures(HvLibvirtDomain *domain, GError **error)
{
    HvDomainFigures all;

    return hv_libvirt_domain_figures(domain, &all, error);
}

static bool attach_disk(HvLibvirtDomain *domain, GError **error)
{
    HvDeviceDef *device = hv_device_def_new("DISK", 0x0a00, 0);

    device->disk = g_strdup("/disk.img");
    g_autofree char *xml = hv_domain_xml_device(device, HV_ARCH_X86_64, 1, NULL);

    hv_device_def_free(device);
    return hv_libvirt_domain_attach(domain, xml, error);
}

static bool update(HvLibvirtDomain *domain, GError **error)
{
    g_autofree char *xml = hv_domain_xml_virtio_mem(HV_GIB, HV_GIB / 2, NULL);

    return hv_libvirt_domain_update(domain, xml, error);
}

static bool schedule(HvLibvirtDomain *domain, GError **error)
{
    return hv_libvirt_domain_schedule(domain, 512, 50000, error);
}

static bool set_balloon(HvLibvirtDomain *domain, GError **error)
{
    return hv_libvirt_domain_set_balloon(domain, HV_GIB, error);
}

static bool set_vcpus(HvLibvirtDomain *domain, GError **error)
{
    return hv_libvirt_domain_set_vcpus(domain, 1, error);
}

static bool pin(HvLibvirtDomain *domain, GError **error)
{
    return hv_libvirt_domain_pin(domain, 0, "0", error);
}

static bool agent_cpus(HvLibvirtDomain *domain, GError **error)
{
    unsigned online;

    return hv_libvirt_domain_agent_cpus(domain, &online, error);
}

static bool agent_config_cpu(HvLibvirtDomain *domain, GError **error)
{
    return hv_libvirt_domain_agent_config_cpu(domain, 1, false, error);
}

/* With a domain that runs; `lacks`: the driver does not have the call, and the error is about that. */
static const struct {
    const char *name;
    bool (*call)(HvLibvirtDomain *domain, GError **error);
    const char *lacks;
} calls[] = {
    {"view", view, NULL},
    {"figures", figures, NULL},
    {"suspend", hv_libvirt_domain_suspend, NULL},
    {"resume", hv_libvirt_domain_resume, NULL},
    {"start", hv_libvirt_domain_start, NULL},
    {"save_xml", save_xml, ""}, /* NULL without an error: that domain is persistent */
    {"set_balloon", set_balloon, NULL},
    {"set_vcpus", set_vcpus, NULL},
    {"pin", pin, NULL},
    {"attach", attach_disk, "Attaching to test: "},
    {"update", update, "Changing a device of test: "},
    {"schedule", schedule, "Shares of test: "},
    {"agent_cpus", agent_cpus, "The guest agent of test: "},
    {"agent_config_cpu", agent_config_cpu, "The guest agent of test: "},
    {"agent_storage_online", hv_libvirt_domain_agent_storage_online, "The guest agent of test: "},
};

START_TEST(a_call_is_carried_out_or_refused_in_the_drivers_words)
{
    Fixture fixture = fixture_new("test");
    g_autoptr(GError) error = NULL;
    const char *lacks = calls[_i].lacks;
    bool ok = calls[_i].call(fixture.domain, &error);

    ck_assert_msg(ok == (lacks == NULL), "%s: %s", calls[_i].name, error ? error->message : "");
    ck_assert_int_eq(error != NULL, lacks && *lacks);
    if (error) {
        ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_DOMAIN));
        ck_assert_msg(g_str_has_prefix(error->message, lacks), "%s", error->message);
        ck_assert_msg(strstr(error->message, "support") != NULL, "%s", error->message);
    }
    ck_assert_int_eq(run_of(&fixture), HV_DOMAIN_RUNNING + (calls[_i].call == hv_libvirt_domain_suspend));
    fixture_free(&fixture);
}
END_TEST

START_TEST(nothing_can_be_done_to_a_domain_that_is_not_there)
{
    Fixture fixture = fixture_new("nobody");
    g_autoptr(GError) error = NULL;

    ck_assert_msg(!calls[_i].call(fixture.domain, &error), "%s", calls[_i].name);
    ck_assert_msg(g_error_matches(error, HV_ERROR, HV_ERROR_GONE), "%s", calls[_i].name);
    ck_assert_ptr_nonnull(strstr(error->message, "nobody"));
    ck_assert(!calls[_i].call(fixture.domain, NULL));
    fixture_free(&fixture);
}
END_TEST

/* It was there, and has ended: another of its name is another. */
START_TEST(a_domain_is_not_taken_for_another_of_its_name)
{
    static const char same[] = "<domain type='test'><name>mine</name><memory>65536</memory><vcpu>1</vcpu>"
                               "<os><type>hvm</type></os></domain>";
    Fixture fixture = fixture_new("mine");
    HvLibvirtDomain *other = hv_libvirt_domain_new(fixture.host, "mine");
    HvDomainRun run;

    ck_assert(hv_libvirt_domain_create(fixture.domain, same, false, NULL));
    ck_assert_ptr_nonnull(hv_libvirt_domain_uuid(fixture.domain));
    ck_assert(!hv_libvirt_domain_create(other, same, false, NULL)); /* the name is not free */
    ck_assert(hv_libvirt_domain_destroy(fixture.domain, NULL));
    ck_assert(hv_libvirt_domain_create(other, same, false, NULL));
    ck_assert_int_eq(run_of(&fixture), HV_DOMAIN_OFF);
    ck_assert(hv_libvirt_domain_destroy(fixture.domain, NULL));
    ck_assert(hv_libvirt_domain_run(other, &run, NULL) && run == HV_DOMAIN_RUNNING);
    ck_assert(hv_libvirt_domain_destroy(other, NULL));
    hv_libvirt_domain_unref(other);
    fixture_free(&fixture);
}
END_TEST

/* --- Transient domains ---------------------------------------------------------------------------------- */

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

/* The driver cannot begin a domain suspended, and no driver one that it cannot read. */
START_TEST(a_domain_that_cannot_be_begun_is_not_there)
{
    Fixture fixture = fixture_new("mine");
    g_autoptr(GError) error = NULL;

    ck_assert(!hv_libvirt_domain_create(fixture.domain, transient, /* suspended= */ true, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_DOMAIN));
    ck_assert(g_str_has_prefix(error->message, "Domain mine cannot be started: unsupported flags"));
    g_clear_error(&error);
    ck_assert(!hv_libvirt_domain_create(fixture.domain, "<domain", /* suspended= */ false, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_DOMAIN));
    ck_assert_int_eq(run_of(&fixture), HV_DOMAIN_OFF);
    ck_assert_ptr_null(hv_libvirt_domain_uuid(fixture.domain));
    fixture_free(&fixture);
}
END_TEST

/* What hv_domain_xml() writes, for this driver's kind of domains. */
static char *written_xml(const char *owner)
{
    g_autoptr(GPtrArray) devices = g_ptr_array_new();
    const HvDomainDef def = {.arch = HV_ARCH_X86_64, .grow = HV_GROW_BALLOON};
    const HvDomainShape shape = {
        .name = "mine",
        .def = &def,
        .owner = owner,
        .ms_bytes = 64 * HV_MIB,
        .ms_max_bytes = 128 * HV_MIB,
        .vcpus = 1,
        .vcpus_max = 2,
        .devices = devices,
    };
    g_autofree char *xml = hv_domain_xml(&shape);
    GString *text = g_string_new(xml);

    ck_assert_uint_eq(g_string_replace(text, "<domain type='qemu'>", "<domain type='test'>", 1), 1);
    return g_string_free(text, FALSE);
}

static const char *const owners[] = {"7@here", "4194304@host-1.example.org", NULL};

START_TEST(the_owner_that_is_written_is_read)
{
    Fixture fixture = fixture_new("mine");
    g_autofree char *xml = written_xml(owners[_i]);
    g_autoptr(GError) error = NULL;

    ck_assert_msg(
        hv_libvirt_domain_create(fixture.domain, xml, false, &error), "%s", error ? error->message : "");
    g_autofree char *owner = hv_libvirt_domain_owner(fixture.domain);
    g_autoptr(HvDomainView) seen = hv_libvirt_domain_view(fixture.domain, false, NULL);

    ck_assert_pstr_eq(owner, owners[_i]);
    ck_assert_uint_eq(seen->memory_bytes, 128 * HV_MIB);
    ck_assert_uint_eq(seen->current_bytes, 64 * HV_MIB);
    ck_assert_uint_eq(seen->vcpus_max, 2);
    ck_assert_str_eq(seen->uuid, hv_libvirt_domain_uuid(fixture.domain));
    /* What is saved begins the same domain again. */
    g_autofree char *saved = hv_libvirt_domain_save_xml(fixture.domain, NULL);

    ck_assert(hv_libvirt_domain_destroy(fixture.domain, NULL));
    ck_assert(hv_libvirt_domain_create(fixture.domain, saved, false, NULL));
    ck_assert_str_eq(seen->uuid, hv_libvirt_domain_uuid(fixture.domain));
    g_autofree char *still = hv_libvirt_domain_owner(fixture.domain);

    ck_assert_pstr_eq(still, owners[_i]);
    ck_assert(hv_libvirt_domain_destroy(fixture.domain, NULL));
    fixture_free(&fixture);
}
END_TEST

START_TEST(figures_that_are_not_there_are_none)
{
    Fixture fixture = fixture_new("test");
    HvDomainFigures all;
    static const HvDomainFigures none;

    memset(&all, 0xff, sizeof(all));
    ck_assert(hv_libvirt_domain_figures(fixture.domain, &all, NULL));
    ck_assert_uint_eq(all.n_vcpus, 0);
    ck_assert_uint_eq(all.balloon_bytes + all.usable_bytes + all.unused_bytes, 0);
    ck_assert_uint_eq(all.disk_reads + all.disk_read_bytes + all.disk_writes + all.disk_written_bytes, 0);
    ck_assert_mem_eq(all.vcpu_ns, none.vcpu_ns, sizeof(all.vcpu_ns));
    ck_assert_mem_eq(all.wait_ns, none.wait_ns, sizeof(all.wait_ns));
    fixture_free(&fixture);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("libvirt-domain");
    TCase *tcase = tcase_create("calls");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_domain_is_seen);
    tcase_add_test(tcase, states_change_and_asking_twice_does_no_harm);
    tcase_add_test(tcase, resources_are_given);
    tcase_add_loop_test(tcase, vcpus_are_pinned, 0, G_N_ELEMENTS(pins));
    tcase_add_test(tcase, pins_are_put_back_as_they_were_found);
    tcase_add_loop_test(tcase, a_call_is_carried_out_or_refused_in_the_drivers_words, 0, G_N_ELEMENTS(calls));
    tcase_add_loop_test(tcase, nothing_can_be_done_to_a_domain_that_is_not_there, 0, G_N_ELEMENTS(calls));
    tcase_add_test(tcase, a_domain_is_not_taken_for_another_of_its_name);
    tcase_add_test(tcase, figures_that_are_not_there_are_none);
    tcase_add_test(tcase, a_domain_that_is_not_there_is_off);
    tcase_add_test(tcase, a_transient_domain_says_whose_it_is);
    tcase_add_test(tcase, a_domain_that_cannot_be_begun_is_not_there);
    tcase_add_loop_test(tcase, the_owner_that_is_written_is_read, 0, G_N_ELEMENTS(owners));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
