/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Saving, restoring and taking up without a daemon: libvirt's built-in driver, with a domain whose disk is a file of the test.
 *
 * The driver ends a domain that is saved and writes a file that is none of QEMU's, so what must be refused, and what is left then, is seen
 * here; that a guest goes on is proved by tests/libvirt/save.py. Manifests are damaged at random, with a seed that is printed.
 */
#include "hv/error.h"
#include "lpar/error.h"
#include "monitor/error.h"
#include "monitor/real-save.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

enum { REAL = 1, MODEL = 2 };

typedef struct {
    char *folder, *disk, *node, *saves;
    ResmgrDefinition *definition;
    MonitorSystem *system;
} Machine;

static ResmgrLparDef *
add_lpar(ResmgrDefinition *definition, const char *name, unsigned number, uint64_t size_bytes)
{
    ResmgrLparDef *lpar = resmgr_lpar_def_new(name, number);
    const ResmgrIpShare share = {.ip = (uint16_t)number, .share_bp = 10000};

    lpar->ms.size_bytes = size_bytes;
    g_array_append_val(lpar->ip_shares, share);
    g_ptr_array_add(definition->lpars, lpar);
    return lpar;
}

static ResmgrDefinition *definition_new(const char *node)
{
    ResmgrDefinition *definition = resmgr_definition_new();
    HvMachineDef *machine = definition->machine;

    machine->n_ips = 2;
    machine->ms_bytes = 4 * HV_GIB;
    machine->libvirt = true;
    machine->uri = g_strdup_printf("test://%s", node);
    ResmgrLparDef *real = add_lpar(definition, "REAL", REAL, 64 * HV_MIB);

    g_free(real->guest);
    real->guest = g_strdup("libvirt");
    real->domain.domain = g_strdup("test");
    add_lpar(definition, "MODEL", MODEL, 256 * HV_MIB);
    return definition;
}

static void write_node(const Machine *machine)
{
    g_autofree char *text = g_strdup_printf(
        "<node><domain "
        "type='test'><name>test</name><memory>65536</memory><vcpu>1</vcpu><os><type>hvm</type></os>"
        "<devices><disk type='file' device='disk'><source file='%s'/><target dev='vda'/></disk></devices>"
        "</domain></node>",
        machine->disk);

    ck_assert(g_file_set_contents(machine->node, text, -1, NULL));
}

static Machine machine_new(void)
{
    Machine machine = {.folder = g_dir_make_tmp("lparsim-real-XXXXXX", NULL)};
    g_autoptr(GError) error = NULL;

    machine.disk = g_build_filename(machine.folder, "disk.img", NULL);
    machine.node = g_build_filename(machine.folder, "node.xml", NULL);
    machine.saves = g_build_filename(machine.folder, "one", NULL);
    ck_assert(g_file_set_contents(machine.disk, "content of the disk", -1, NULL));
    write_node(&machine);
    machine.definition = definition_new(machine.node);
    machine.system = monitor_system_open(machine.definition, 1, &error);
    ck_assert_msg(machine.system != NULL, "%s", error ? error->message : "");
    monitor_system_set_patience(machine.system, 60 * HV_NS_PER_S);
    return machine;
}

static void remove_all(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *below = g_build_filename(path, name, NULL);

        remove_all(below);
    }
    g_remove(path);
}

static void machine_end(Machine *machine)
{
    monitor_system_free(machine->system);
    resmgr_definition_free(machine->definition);
    remove_all(machine->folder);
    g_free(machine->folder);
    g_free(machine->disk);
    g_free(machine->node);
    g_free(machine->saves);
}

static void power_on(Machine *machine)
{
    g_autoptr(GError) error = NULL;

    ck_assert_msg(monitor_system_power_on(machine->system, &error), "%s", error ? error->message : "");
    ck_assert(monitor_system_run(machine->system, 20 * HV_NS_PER_MS, NULL));
}

static LparRunState state_of(const Machine *machine, unsigned lpar)
{
    return lpar_run_state(monitor_system_lpar(machine->system, lpar));
}

static const char *run_of(const Machine *machine)
{
    monitor_system_look(machine->system, REAL);
    return hv_guest_sight(lpar_guest(monitor_system_lpar(machine->system, REAL))).run;
}

static void check_refused(GError **error, GQuark domain, int code)
{
    ck_assert_msg(g_error_matches(*error, domain, code), "%s", *error ? (*error)->message : "not refused");
    g_clear_error(error);
}

/* --- Saves ---------------------------------------------------------------------------------------------- */

START_TEST(a_save_that_stops_has_all_files)
{
    Machine machine = machine_new();
    g_autoptr(GError) error = NULL;

    power_on(&machine);
    g_autoptr(HvGuestSaved)
        saved = monitor_system_save_real(machine.system, REAL, machine.saves, HV_SAVE_STOP, &error);

    ck_assert_msg(saved != NULL, "%s", error ? error->message : "");
    ck_assert_int_eq(state_of(&machine, REAL), LPAR_NOT_OPERATING);
    ck_assert_uint_eq(saved->files->len, 2);
    g_autofree char *disk = hv_guest_saved_path(saved, g_ptr_array_index(saved->files, 1));
    g_autofree char *bytes = NULL;

    ck_assert(g_file_get_contents(disk, &bytes, NULL, NULL));
    ck_assert_str_eq(bytes, "content of the disk");
    g_autoptr(HvGuestSaved) read = monitor_real_manifest_read(machine.saves, &error);

    ck_assert_msg(read != NULL, "%s", error ? error->message : "");
    ck_assert(hv_guest_saved_verify(read, NULL));
    ck_assert_str_eq(read->domain, "test");
    ck_assert_str_eq(read->xml, saved->xml);
    ck_assert_uint_eq(read->hold_ns, saved->hold_ns);
    ck_assert_uint_eq(read->took_ns, saved->took_ns);
    /* The folder is taken now, and what this driver has written is no file of QEMU's. */
    ck_assert_ptr_null(monitor_system_save_real(machine.system, REAL, machine.saves, HV_SAVE_STOP, &error));
    check_refused(&error, MONITOR_ERROR, MONITOR_ERROR_REAL_SAVE);
    ck_assert_ptr_null(monitor_system_restore_real(machine.system, REAL, machine.saves, &error));
    check_refused(&error, HV_ERROR, HV_ERROR_IMAGE);
    ck_assert_int_eq(state_of(&machine, REAL), LPAR_NOT_OPERATING);
    machine_end(&machine);
}
END_TEST

/* The disk cannot be copied: the domain goes on, and nothing is left in the folder, which was not there before. */
START_TEST(a_save_that_fails_leaves_the_domain_running)
{
    for (HvSaveKind kind = 0; kind < HV_SAVE_KINDS; kind++) {
        Machine machine = machine_new();
        g_autoptr(GError) error = NULL;

        power_on(&machine);
        g_unlink(machine.disk);
        ck_assert_ptr_null(monitor_system_save_real(machine.system, REAL, machine.saves, kind, &error));
        ck_assert_ptr_nonnull(error);
        ck_assert_int_eq(state_of(&machine, REAL), LPAR_OPERATING);
        ck_assert_str_eq(run_of(&machine), "running");
        ck_assert(!g_file_test(machine.saves, G_FILE_TEST_EXISTS));
        machine_end(&machine);
    }
}
END_TEST

START_TEST(what_cannot_be_saved_is_refused)
{
    Machine machine = machine_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *below_file = g_build_filename(machine.disk, "x", NULL);

    ck_assert_ptr_null(monitor_system_save_real(machine.system, REAL, machine.saves, HV_SAVE_LIVE, &error));
    check_refused(&error, LPAR_ERROR, LPAR_ERROR_NOT_ACTIVATED);
    power_on(&machine);
    ck_assert_ptr_null(monitor_system_save_real(machine.system, MODEL, machine.saves, HV_SAVE_LIVE, &error));
    check_refused(&error, MONITOR_ERROR, MONITOR_ERROR_REAL_SAVE);
    ck_assert_ptr_null(monitor_system_save_real(machine.system, REAL, below_file, HV_SAVE_LIVE, &error));
    check_refused(&error, MONITOR_ERROR, MONITOR_ERROR_REAL_SAVE);
    ck_assert_ptr_null(monitor_system_restore_real(machine.system, REAL, machine.folder, &error));
    check_refused(&error, MONITOR_ERROR, MONITOR_ERROR_REAL_SAVE);
    ck_assert(!g_file_test(machine.saves, G_FILE_TEST_EXISTS));
    machine_end(&machine);
}
END_TEST

/* --- Taking up ------------------------------------------------------------------------------------------ */

START_TEST(a_domain_is_taken_up_as_it_runs)
{
    Machine machine = machine_new();
    g_autoptr(GError) error = NULL;
    bool loaded = true;

    ck_assert_msg(
        monitor_system_take_up(machine.system, REAL, /* or_load= */ false, &loaded, &error), "%s",
        error ? error->message : "");
    ck_assert(!loaded);
    ck_assert_int_eq(state_of(&machine, REAL), LPAR_OPERATING);
    ck_assert_str_eq(run_of(&machine), "running");
    ck_assert(!monitor_system_take_up(machine.system, REAL, false, &loaded, &error));
    check_refused(&error, LPAR_ERROR, LPAR_ERROR_RUNNING);
    ck_assert(!monitor_system_take_up(machine.system, MODEL, false, &loaded, &error));
    check_refused(&error, MONITOR_ERROR, MONITOR_ERROR_REAL_SAVE);
    ck_assert(monitor_system_let_go(machine.system, /* keep= */ true, NULL));
    machine_end(&machine);
}
END_TEST

START_TEST(a_domain_that_has_gone_is_loaded_if_that_is_wanted)
{
    Machine machine = machine_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(HvGuestSaved) saved = NULL;
    bool loaded = false;

    power_on(&machine);
    saved = monitor_system_save_real(machine.system, REAL, machine.saves, HV_SAVE_STOP, NULL);
    ck_assert(!monitor_system_take_up(machine.system, REAL, false, &loaded, &error));
    check_refused(&error, HV_ERROR, HV_ERROR_GONE);
    ck_assert_int_eq(state_of(&machine, REAL), LPAR_NOT_OPERATING);
    ck_assert_msg(
        monitor_system_take_up(machine.system, REAL, true, &loaded, &error), "%s",
        error ? error->message : "");
    ck_assert(loaded);
    ck_assert_str_eq(run_of(&machine), "running");
    machine_end(&machine);
}
END_TEST

/* --- Manifests ------------------------------------------------------------------------------------------ */

static char *write_manifest(const Machine *machine)
{
    g_autoptr(HvGuestSaved) saved = hv_guest_saved_new(machine->folder, HV_SAVE_DISKS);
    char name[] = "vda.qcow2", target[] = "vda", alias[] = "ua-lparsim-0a00", source[] = "/a \"b\".img";
    HvSavedFile file = {.name = name, .target = target, .alias = alias, .source = source, .qcow2 = true};

    file.content = (HvFileContent){.size_bytes = 5 * HV_GIB, .stored_bytes = 7};
    memset(file.content.sha256, 'a', 64);
    file.content.sha256[64] = '\0';
    saved->domain = g_strdup("m-A");
    saved->uuid = g_strdup("u");
    saved->xml = g_strdup("<domain>\n</domain>");
    hv_guest_saved_add(saved, &file);
    ck_assert(monitor_real_manifest_write(saved, "A", NULL));
    return g_build_filename(machine->folder, MONITOR_REAL_MANIFEST, NULL);
}

START_TEST(a_manifest_is_read_as_it_was_written)
{
    Machine machine = machine_new();

    g_free(write_manifest(&machine));
    g_autoptr(HvGuestSaved) read = monitor_real_manifest_read(machine.folder, NULL);

    ck_assert_ptr_nonnull(read);
    const HvSavedFile *file = g_ptr_array_index(read->files, 0);

    ck_assert_str_eq(file->name, "vda.qcow2");
    ck_assert_str_eq(file->alias, "ua-lparsim-0a00");
    ck_assert_str_eq(file->source, "/a \"b\".img");
    ck_assert(file->qcow2);
    ck_assert_uint_eq(file->content.size_bytes, 5 * HV_GIB);
    ck_assert_uint_eq(read->hold_ns, HV_TIME_NEVER);
    ck_assert_str_eq(read->xml, "<domain>\n</domain>");
    machine_end(&machine);
}
END_TEST

/* Values that would leave the folder, or that nothing can be done with. */
static const struct {
    const char *from, *to;
} bad_values[] = {
    {"vda.qcow2\"", "../vda.qcow2\""},
    {"vda.qcow2\"", "..\""},
    {"vda.qcow2\"", "\""},
    {"vda.qcow2\"", "manifest.json\""},
    {"vda.qcow2\"", "memory\""}, /* storage in a save of disks */
    {"aaaa\"", "aaag\""},
    {"aaaa\"", "aaaaa\""},
    {"\"disks\"", "\"live\""}, /* without storage */
    {"\"disks\"", "\"other\""},
    {"real guest 1", "real guest 2"},
    {"\"qcow2\"", "\"vmdk\""},
    {"5368709120", "-1"},
    {"5368709120", "\"5\""},
    {"\"target\": \"vda\"", "\"target\": \"\""},
    {"\"domain\"", "\"dom\""},
};

START_TEST(bad_values_are_refused)
{
    Machine machine = machine_new();
    g_autofree char *path = write_manifest(&machine);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    ck_assert_ptr_nonnull(strstr(text, bad_values[_i].from));
    g_auto(GStrv) parts = g_strsplit(text, bad_values[_i].from, -1);
    g_autofree char *bad = g_strjoinv(bad_values[_i].to, parts);

    ck_assert(g_file_set_contents(path, bad, -1, NULL));
    ck_assert_ptr_null(monitor_real_manifest_read(machine.folder, &error));
    check_refused(&error, MONITOR_ERROR, MONITOR_ERROR_REAL_SAVE);
    machine_end(&machine);
}
END_TEST

START_TEST(damage_at_random_does_no_harm)
{
    Machine machine = machine_new();
    g_autofree char *path = write_manifest(&machine);
    g_autofree char *text = NULL;
    gsize length;
    guint32 seed = g_random_int();
    GRand *random = g_rand_new_with_seed(seed);

    printf("seed %u\n", seed);
    ck_assert(g_file_get_contents(path, &text, &length, NULL));
    for (unsigned i = 0; i < 300; i++) {
        g_autofree char *bad = g_memdup2(text, length);
        gsize at = (gsize)g_rand_int_range(random, 0, (gint32)length);

        bad[at] = (char)g_rand_int_range(random, 0, 256);
        ck_assert(g_file_set_contents(path, bad, (gssize)(i % 3 == 0 ? at : length), NULL));
        g_autoptr(HvGuestSaved) read = monitor_real_manifest_read(machine.folder, NULL);
        ck_assert(i % 3 != 0 || !read); /* cut off */
    }
    g_rand_free(random);
    machine_end(&machine);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("real-save");
    TCase *tcase = tcase_create("built-in driver");

    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, a_save_that_stops_has_all_files);
    tcase_add_test(tcase, a_save_that_fails_leaves_the_domain_running);
    tcase_add_test(tcase, what_cannot_be_saved_is_refused);
    tcase_add_test(tcase, a_domain_is_taken_up_as_it_runs);
    tcase_add_test(tcase, a_domain_that_has_gone_is_loaded_if_that_is_wanted);
    tcase_add_test(tcase, a_manifest_is_read_as_it_was_written);
    tcase_add_loop_test(tcase, bad_values_are_refused, 0, G_N_ELEMENTS(bad_values));
    tcase_add_test(tcase, damage_at_random_does_no_harm);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
