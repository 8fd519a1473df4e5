/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every problem of a definition, one by one: the patent's machine, which has none, is spoilt in one place, and
 * exactly that place must be reported, with group, key and value as the machine file spells them. Then several at
 * once, which must come in the order of the file.
 */
#include "tests/resmgr/definition-problems.h"
#include "tests/resmgr/machine-builder.h"
#include "tests/resmgr/patent-definition.h"

#include <check.h>
#include <string.h>

typedef struct {
    unsigned n;
    GString *places;                             /* "group/key " of each */
    char *group, *key, *value, *reason, *remedy; /* of the last */
} Reported;

static void collect(
    const char *group, const char *key, const char *value, const char *reason, const char *remedy, void *data)
{
    Reported *reported = data;

    reported->n++;
    g_string_append_printf(reported->places, "%s/%s ", group, key);
    g_free(reported->group);
    g_free(reported->key);
    g_free(reported->value);
    g_free(reported->reason);
    g_free(reported->remedy);
    reported->group = g_strdup(group);
    reported->key = g_strdup(key);
    reported->value = g_strdup(value);
    reported->reason = g_strdup(reason);
    reported->remedy = g_strdup(remedy);
}

static ResmgrLparDef *lpar_def(ResmgrDefinition *definition, unsigned number)
{
    return definition->lpars->pdata[number - 1];
}

static Reported check_definition(const ResmgrDefinition *definition)
{
    Reported reported = {.places = g_string_new(NULL)};

    ck_assert_uint_eq(resmgr_definition_check(definition, collect, &reported), reported.n);
    return reported;
}

static void reported_clear(Reported *reported)
{
    g_string_free(reported->places, TRUE);
    g_free(reported->group);
    g_free(reported->key);
    g_free(reported->value);
    g_free(reported->reason);
    g_free(reported->remedy);
}

START_TEST(the_patents_machine_has_no_problem)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();

    ck_assert_uint_eq(resmgr_definition_check(definition, NULL, NULL), 0);
}
END_TEST

static void assert_reported(const DefinitionProblem *problem)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();

    problem->spoil(definition);
    Reported reported = check_definition(definition);

    ck_assert_msg(reported.n == 1, "%u problems: %s", reported.n, reported.places->str);
    ck_assert_str_eq(reported.group, problem->group);
    ck_assert_str_eq(reported.key, problem->key);
    ck_assert_str_eq(reported.value, problem->value);
    ck_assert_msg(strstr(reported.reason, problem->reason) != NULL, "%s", reported.reason);
    if (problem->remedy != NULL)
        ck_assert_msg(
            reported.remedy != NULL && strstr(reported.remedy, problem->remedy) != NULL, "%s",
            reported.remedy);
    ck_assert_ptr_null(strchr(reported.reason, '\n'));
    reported_clear(&reported);
}

START_TEST(each_problem_is_reported_in_its_place)
{
    assert_reported(&definition_problems[_i]);
}
END_TEST

START_TEST(each_problem_of_real_guests_is_reported)
{
    assert_reported(&definition_guest_problems[_i]);
}
END_TEST

START_TEST(one_mistake_can_make_several_things_wrong)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();

    definition_consequences[_i].spoil(definition);
    Reported reported = check_definition(definition);

    ck_assert_str_eq(reported.places->str, definition_consequences[_i].places);
    reported_clear(&reported);
}
END_TEST

/* The first row of the table with that "group/key". */
static const DefinitionProblem *problem_at(const char *place)
{
    for (unsigned i = 0; i < definition_n_problems; i++) {
        const DefinitionProblem *problem = &definition_problems[i];
        g_autofree char *its_place = g_strdup_printf("%s/%s", problem->group, problem->key);

        if (g_str_equal(its_place, place))
            return problem;
    }
    ck_abort_msg("no problem at %s", place);
}

START_TEST(all_problems_come_at_once_in_the_order_of_the_file)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();

    static const char *const places[] = {
        "device DISK/channels", "channel 0A/candidates",  "lpar LPAR2/guest",    "lpar LPAR1/channels",
        "lpar LPAR2/ip-shares", "lpar LPAR1/ms-reserved", "machine/ms-copy-rate"};

    for (unsigned i = 0; i < G_N_ELEMENTS(places); i++)
        problem_at(places[i])->spoil(definition);
    Reported reported = check_definition(definition);

    ck_assert_str_eq(
        reported.places->str,
        "machine/ms-copy-rate lpar LPAR1/ms-reserved lpar LPAR1/channels lpar LPAR2/ip-shares "
        "lpar LPAR2/guest channel 0A/candidates device DISK/channels ");
    reported_clear(&reported);
}
END_TEST

/* What is allowed though it looks odd. */
START_TEST(what_is_no_problem)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();

    definition->machine->n_ips = 6;
    definition->machine->es_bytes = 64 * HV_MIB;
    g_array_set_size(lpar_def(definition, 2)->ip_shares, 0);
    build_weight(lpar_def(definition, 2), HV_IP_CP, 999, 2);
    lpar_def(definition, 1)->cap = (ResmgrCap){RESMGR_CAP_ABSOLUTE, 25500}; /* more than it has LIPs */
    lpar_def(definition, 1)->es.reserved_bytes = 64 * HV_MIB;               /* ES to come, none yet */
    lpar_def(definition, 1)->ms.reserved_bytes = 384 * HV_MIB;              /* all the rest */
    definition->machine->slice_ns = 100 * HV_NS_PER_MS;
    g_free(lpar_def(definition, 3)->name);
    lpar_def(definition, 3)->name = g_strdup("aZ09_-$#@");
    definition->machine->chps[10].mode = HV_CHP_SHARED;
    build_chp(lpar_def(definition, 1), 10);
    build_chp(lpar_def(definition, 2), 10);
    build_access(definition, 10, "3");
    build_device(definition, "A", 0x100, 0); /* one number, but no LPAR reaches both */
    build_device(definition, "B", 0x100, 2);
    Reported reported = check_definition(definition);

    ck_assert_msg(reported.n == 0, "%s%s", reported.places->str, reported.reason);
    reported_clear(&reported);
}
END_TEST

static HvDomainDef *real_guest(ResmgrDefinition *definition, unsigned number)
{
    ResmgrLparDef *lpar = lpar_def(definition, number);

    g_free(lpar->guest);
    lpar->guest = g_strdup("libvirt");
    return &lpar->domain;
}

/* Real guests of all three origins in one machine, and what may be beside them. */
START_TEST(what_is_no_problem_of_real_guests)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();
    HvMachineDef *machine = definition->machine;

    machine->libvirt = true;
    g_ptr_array_add(machine->host_cpus, g_strdup("0"));
    g_ptr_array_set_size(machine->host_cpus, 9); /* of IPs 5 to 9 nothing is said */
    machine->chps[1].mode = HV_CHP_DEDICATED;
    real_guest(definition, 1)->domain = g_strdup("a");
    real_guest(definition, 2)->kernel = g_strdup("k");
    real_guest(definition, 2)->grow = HV_GROW_VIRTIO_MEM;
    real_guest(definition, 3)->arch = HV_ARCH_S390X; /* boots from its disk, behind both of its paths */
    real_guest(definition, 3)->grow = HV_GROW_BALLOON;
    HvDeviceDef *root = build_device(definition, "ROOT", 0x100, 4);
    HvDeviceDef *spare = build_device(definition, "SPARE", 0x101, 1);
    hv_device_def_add_chp(root, 5);
    hv_device_def_add_chp(spare, 0xA); /* nobody's */
    root->disk = g_strdup("a.img");
    root->qcow2 = true;
    spare->disk = g_strdup("b/a.img");
    for (uint8_t n = 0; n < 2; n++) /* two interfaces may be alike */
        build_device(definition, n ? "NIC1" : "NIC0", (uint16_t)(0x200 + n), n)->nic = g_strdup("user");
    Reported reported = check_definition(definition);

    ck_assert_msg(reported.n == 0, "%s%s", reported.places->str, reported.reason);
    reported_clear(&reported);
}
END_TEST

/* Two owners of one path are one mistake, and not a second one for the disk behind it. */
START_TEST(a_path_of_two_is_reported_once)
{
    g_autoptr(ResmgrDefinition) definition = patent_definition_new();

    definition->machine->libvirt = true;
    build_chp(lpar_def(definition, 2), 1);
    build_device(definition, "D", 0x100, 1)->disk = g_strdup("a.img");
    Reported reported = check_definition(definition);

    ck_assert_str_eq(reported.places->str, "lpar LPAR2/channels ");
    reported_clear(&reported);
}
END_TEST

START_TEST(definitions_are_found_and_compared)
{
    g_autoptr(ResmgrDefinition) a = patent_definition_new();

    ck_assert_ptr_eq(resmgr_definition_find(a, "lPaR2"), lpar_def(a, 2));
    ck_assert_ptr_eq(resmgr_definition_find(a, "2"), lpar_def(a, 2));
    ck_assert_ptr_null(resmgr_definition_find(a, "LPAR"));
    ck_assert_ptr_null(resmgr_definition_find(a, "4"));
    ck_assert_ptr_null(resmgr_definition_find(a, ""));
    for (unsigned i = 0; i < definition_n_problems + definition_n_guest_problems; i++) {
        g_autoptr(ResmgrDefinition) same = patent_definition_new();
        g_autoptr(ResmgrDefinition) spoilt = patent_definition_new();
        const DefinitionProblem *problem = i < definition_n_problems
                                               ? &definition_problems[i]
                                               : &definition_guest_problems[i - definition_n_problems];

        problem->spoil(spoilt);
        ck_assert(resmgr_definition_equal(a, same));
        ck_assert_msg(!resmgr_definition_equal(a, spoilt), "change %u is not seen", i);
    }
}
END_TEST

static Suite *definition_suite(void)
{
    Suite *suite = suite_create("resmgr/definition");
    TCase *tcase = tcase_create("definition");

    tcase_add_test(tcase, the_patents_machine_has_no_problem);
    tcase_add_loop_test(tcase, each_problem_is_reported_in_its_place, 0, (int)definition_n_problems);
    tcase_add_loop_test(tcase, one_mistake_can_make_several_things_wrong, 0, (int)definition_n_consequences);
    tcase_add_test(tcase, all_problems_come_at_once_in_the_order_of_the_file);
    tcase_add_loop_test(tcase, each_problem_of_real_guests_is_reported, 0, (int)definition_n_guest_problems);
    tcase_add_test(tcase, what_is_no_problem);
    tcase_add_test(tcase, what_is_no_problem_of_real_guests);
    tcase_add_test(tcase, a_path_of_two_is_reported_once);
    tcase_add_test(tcase, definitions_are_found_and_compared);
    suite_add_tcase(suite, tcase);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(definition_suite());

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
