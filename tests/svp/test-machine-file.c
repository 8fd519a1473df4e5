/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Machine files: what is read, what is refused with which words, and that what is written reads back equal.
 *
 * Compared with golden files, with the patent's machine made by hand, with random definitions, and with GKeyFile as a
 * second reader. LPARSIM_UPDATE_GOLDEN=1 writes the golden files and the reference in docs/ anew.
 */
#include "svp/machine-file-scan.h"
#include "tests/resmgr/patent-definition.h"
#include "tests/resmgr/random-definition.h"
#include "tests/svp/machine-text.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool updating(void)
{
    return g_strcmp0(g_getenv("LPARSIM_UPDATE_GOLDEN"), "1") == 0;
}

/* `text` is exactly what the file holds. */
static void assert_golden(const char *path, const char *text)
{
    if (updating()) {
        g_autofree char *full = g_build_filename(SOURCE_ROOT, path, NULL);
        ck_assert(g_file_set_contents(full, text, -1, NULL));
    }
    g_autofree char *golden = machine_text_load(path);

    ck_assert_str_eq(text, golden);
}

/* --- Golden files --------------------------------------------------------------------------------------- */

static const char *const full_files[] = {"tests/golden/machine-full", "tests/golden/machine-guests"};

START_TEST(full_file)
{
    g_autofree char *path = g_strconcat(full_files[_i], ".ini", NULL);
    g_autofree char *golden = g_strconcat(full_files[_i], ".canonical", NULL);
    g_autofree char *text = machine_text_load(path);
    g_autoptr(ResmgrDefinition) definition = machine_text_parse(text);
    g_autofree char *canonical = svp_machine_file_format(definition);

    assert_golden(golden, canonical);
    machine_text_round_trip(definition);
}
END_TEST

static const char *const faulty_files[] = {"machine-faulty", "machine-unusable"};

START_TEST(problems_of_a_file)
{
    g_autofree char *path = g_strconcat("tests/golden/", faulty_files[_i], ".ini", NULL);
    g_autofree char *golden = g_strconcat("tests/golden/", faulty_files[_i], ".problems", NULL);
    g_autofree char *name = g_strconcat(faulty_files[_i], ".ini", NULL);
    g_autofree char *full = g_build_filename(SOURCE_ROOT, path, NULL);
    GPtrArray *problems = NULL;

    ck_assert_ptr_null(svp_machine_file_read(full, &problems));
    g_autofree char *lines = machine_text_problems(problems, name);

    assert_golden(golden, lines);
}
END_TEST

static const char *const example_files[] = {
    "examples/patent.ini", "examples/sixty.ini", "examples/refuses.ini", "tests/golden/machine-full.ini",
    "tests/golden/machine-guests.ini"};

START_TEST(examples_read)
{
    g_autofree char *text = machine_text_load(example_files[_i]);
    g_autoptr(ResmgrDefinition) definition = machine_text_parse(text);

    machine_text_round_trip(definition);
}
END_TEST

/* patent.ini is figures 3(a) and 4(a); guests and devices are none of the patent's. */
START_TEST(patent_file_is_the_patents_machine)
{
    g_autofree char *text = machine_text_load("examples/patent.ini");
    g_autoptr(ResmgrDefinition) definition = machine_text_parse(text);
    g_autoptr(ResmgrDefinition) patent = patent_definition_new();

    g_ptr_array_set_size(definition->machine->devices, 0);
    for (unsigned i = 0; i < definition->lpars->len; i++) {
        ResmgrLparDef *lpar = g_ptr_array_index(definition->lpars, i);
        lpar->workload = (HvWorkload){.cpu = HV_WORKLOAD_CPU_IDLE};
        lpar->ms.reserved_given = true;
    }
    ck_assert(resmgr_definition_equal(definition, patent));
}
END_TEST

/* A file cannot say that storage is reserved and yet not given; the others are as they are. */
static void make_sayable(const ResmgrDefinition *definition)
{
    for (unsigned i = 0; i < definition->lpars->len; i++) {
        ResmgrLparDef *lpar = g_ptr_array_index(definition->lpars, i);
        lpar->ms.reserved_given = lpar->ms.reserved_given || lpar->ms.reserved_bytes > 0;
        lpar->es.reserved_given = lpar->es.reserved_given || lpar->es.reserved_bytes > 0;
    }
}

START_TEST(random_definitions_round_trip)
{
    for (uint64_t seed = 1; seed <= 200; seed++) { /* a failure shows the text */
        HvRng rng;
        hv_rng_init(&rng, seed, "machine-file");
        g_autoptr(ResmgrDefinition) definition = random_definition_new(&rng, 12);
        make_sayable(definition);
        machine_text_round_trip(definition);
    }
}
END_TEST

/* --- GKeyFile as a second reader ------------------------------------------------------------------------ */

static void assert_group_as_in_key_file(const SvpFileGroup *group, GKeyFile *key_file)
{
    const SvpFileKindRow *row = svp_file_kind(group->kind);
    size_t n_there = 0, n_given = 0;
    g_auto(GStrv) there = g_key_file_get_keys(key_file, group->title, &n_there, NULL);

    ck_assert_msg(there, "[%s]", group->title);
    for (unsigned i = 0; i < row->n_keys; i++) {
        if (group->lines[i] == 0)
            continue;
        g_autofree char *value = g_key_file_get_value(key_file, group->title, row->keys[i].name, NULL);
        ck_assert_str_eq(group->values[i], g_strchomp(value));
        n_given++;
    }
    ck_assert_uint_eq(n_given, n_there);
}

START_TEST(reads_what_key_files_read)
{
    g_autofree char *text = machine_text_load(example_files[_i]);
    g_autoptr(GRegex) comment = g_regex_new("[ \\t]#.*$", G_REGEX_MULTILINE, 0, NULL);
    g_autoptr(GRegex) blanks = g_regex_new("\\[lpar +", 0, 0, NULL);
    g_autofree char *bare = g_regex_replace_literal(comment, text, -1, 0, "", 0, NULL);
    g_autofree char *plain = g_regex_replace_literal(blanks, bare, -1, 0, "[lpar ", 0, NULL);
    g_autoptr(SvpFileProblems) problems = svp_file_problems_new();
    g_autoptr(SvpFileScan) scan = svp_file_scan_new(text, strlen(text), problems);
    g_autoptr(GKeyFile) key_file = g_key_file_new();
    size_t n_groups = 0;

    ck_assert(g_key_file_load_from_data(key_file, plain, strlen(plain), G_KEY_FILE_NONE, NULL));
    g_auto(GStrv) titles = g_key_file_get_groups(key_file, &n_groups);

    ck_assert_uint_eq(scan->groups->len, n_groups);
    for (unsigned i = 0; i < n_groups; i++) {
        const SvpFileGroup *group = g_ptr_array_index(scan->groups, i);
        ck_assert_str_eq(group->title, titles[i]);
        assert_group_as_in_key_file(group, key_file);
    }
}
END_TEST

/* --- What is no machine file at all --------------------------------------------------------------------- */

/* UTF-8 with a byte order mark and the line ends of other systems is a text, too. */
START_TEST(other_texts)
{
    g_autoptr(ResmgrDefinition)
        marked = machine_text_parse("\xEF\xBB\xBF[machine]\r\nips = 2\r\nms = 1M\r\n");
    g_autoptr(ResmgrDefinition) unended = machine_text_parse("[machine]\nips = 2\nms = 1M");

    ck_assert(resmgr_definition_equal(marked, unended));
}
END_TEST

static const struct {
    const char *bytes;
    size_t length;
    const char *problem;
} no_texts[] = {
    {"", 0, "FILE: the file is empty. Begin with [machine].\n"},
    {"[machine]\nname = \xE4\n", 19,
     "FILE:2: byte 0xE4, number 18 of the file, is not UTF-8 text. "
     "Save the file as plain text in UTF-8.\n"},
    {"[machine]\n\n\0\n", 13,
     "FILE:3: byte 0x00, number 12 of the file, is not UTF-8 text. "
     "Save the file as plain text in UTF-8.\n"},
    {"\n", 1,
     "FILE: [machine] ips: the key is missing. Give it, as in ips = 1-3:CP;4:IFL.\n"
     "FILE: [machine] ms: the key is missing. Give it, as in ms = 640M.\n"},
};

START_TEST(no_text)
{
    g_autofree char *lines = machine_text_refused(no_texts[_i].bytes, no_texts[_i].length);

    ck_assert_str_eq(lines, no_texts[_i].problem);
}
END_TEST

static void assert_unreadable(const char *path, const char *words)
{
    GPtrArray *problems = NULL;

    ck_assert_ptr_null(svp_machine_file_read(path, &problems));
    g_autofree char *lines = machine_text_problems(problems, path);
    g_autofree char *expected = g_strdup_printf("%s: %s\n", path, words);

    ck_assert_str_eq(lines, expected);
}

START_TEST(files_that_cannot_be_read)
{
    g_autofree char *folder = g_dir_make_tmp("machine-file-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "machine.ini", NULL);

    assert_unreadable(folder, "the machine file cannot be read: is a directory.");
    assert_unreadable(path, "the machine file cannot be read: no such file or directory.");
    ck_assert(g_file_set_contents(path, "", 0, NULL));
    assert_unreadable(path, "the file is empty. Begin with [machine].");
    ck_assert_int_eq(truncate(path, 100 << 20), 0);
    assert_unreadable(path, "the file is larger than 16 MiB, which no machine file is.");
    ck_assert_int_eq(g_chmod(path, 0), 0);
    if (geteuid() != 0)
        assert_unreadable(path, "the machine file cannot be read: permission denied.");
    ck_assert_int_eq(g_unlink(path), 0);
    ck_assert_int_eq(g_rmdir(folder), 0);
}
END_TEST

/* 16 MiB of noise: in a short time, with a limited number of problems. */
START_TEST(noise_is_cut_short)
{
    g_autoptr(GString) text = g_string_new("[machine]\n");

    while (text->len <= SVP_MACHINE_FILE_MAX_BYTES - 2)
        g_string_append(text, "x\n");
    GPtrArray *problems = NULL;

    ck_assert_ptr_null(svp_machine_file_parse(text->str, text->len, &problems));
    ck_assert_uint_eq(problems->len, 1001);
    /* 16 MiB less 10 bytes in lines of 2; the first 1000 are shown; ips and ms are missing too. */
    g_autofree char *expected =
        g_strdup_printf("there are %u more problems", ((16 << 20) - 10) / 2 - 1000 + 2);
    const SvpFileProblem *last = g_ptr_array_index(problems, 1000);

    ck_assert_str_eq(last->reason, expected);
    g_ptr_array_unref(problems);
}
END_TEST

START_TEST(long_lines_are_cut_short)
{
    g_autofree char *element = g_strnfill(70000, 'x');
    g_autofree char *line = g_strconcat("name = ", element, NULL);
    g_autofree char *text = g_strconcat("[machine]\nips = 4\nms = 1G\n", line, "\n", NULL);
    g_autofree char *too_long = machine_text_refused(text, strlen(text));

    ck_assert_str_eq(too_long, "FILE:4: the line is longer than 65536 bytes.\n");
    memset(strstr(text, "xxx") + 60000, '\n', 10000);
    g_autofree char *lines = machine_text_refused(text, strlen(text));

    ck_assert_uint_lt(strlen(lines), 1000);
}
END_TEST

/* --- The reference -------------------------------------------------------------------------------------- */

#define REFERENCE_BEGIN "<!-- begin: keys -->\n"
#define REFERENCE_END   "<!-- end: keys -->\n"

START_TEST(reference_is_in_the_docs)
{
    g_autofree char *reference = svp_machine_file_reference();
    g_autofree char *page = machine_text_load("docs/machine-file.md");
    const char *begin = strstr(page, REFERENCE_BEGIN), *end = strstr(page, REFERENCE_END);

    ck_assert(begin && end && begin < end);
    begin += strlen(REFERENCE_BEGIN);
    g_autofree char *head = g_strndup(page, (size_t)(begin - page));
    g_autofree char *updated = g_strconcat(head, "\n", reference, "\n", end, NULL);

    assert_golden("docs/machine-file.md", updated);
}
END_TEST

/* The examples of the reference are values that can be read, each in its group. */
START_TEST(examples_of_the_reference_are_read)
{
    const SvpFileKindRow *row = svp_file_kind((SvpFileKind)_i);
    g_autoptr(ResmgrDefinition) definition = resmgr_definition_new();
    ResmgrLparDef *lpar = resmgr_lpar_def_new("A", 1);
    HvDeviceDef *device = hv_device_def_new("D", 1, 0);
    ResmgrGroupDef *group = resmgr_group_def_new("G");
    ResmgrClusterDef *cluster = resmgr_cluster_def_new("C");
    g_autoptr(HvClassDef) class_def = hv_class_def_new("C");
    void *const objects[SVP_FILE_KINDS] = {definition->machine,           lpar,   group,    cluster,
                                           &definition->machine->chps[0], device, class_def};

    for (unsigned i = 0; i < row->n_keys; i++) {
        char *field = (char *)objects[_i] + row->keys[i].offset;
        g_autoptr(GError) error = NULL;
        const SvpFileType *type = row->keys[i].type;
        bool good = type->read_in
                        ? type->read_in(row->keys[i].example, SOURCE_ROOT "/tests/svp/data", field, &error)
                        : type->read(row->keys[i].example, field, &error);
        ck_assert_msg(good, "%s: %s", row->keys[i].name, error ? error->message : "");
    }
    resmgr_lpar_def_free(lpar);
    resmgr_group_def_free(group);
    resmgr_cluster_def_free(cluster);
    hv_device_def_free(device);
}
END_TEST

START_TEST(example_of_the_docs_is_read)
{
    g_autofree char *page = machine_text_load("docs/machine-file.md");
    char *begin = strstr(page, "```ini\n"), *end = begin ? strstr(begin, "\n```\n") : NULL;

    ck_assert(begin && end);
    end[1] = '\0';
    g_autoptr(ResmgrDefinition) definition = machine_text_parse(begin + strlen("```ini\n"));

    ck_assert_uint_eq(definition->lpars->len, 5);
    machine_text_round_trip(definition);
}
END_TEST

static TCase *golden_case(void)
{
    TCase *tcase = tcase_create("golden");

    tcase_add_loop_test(tcase, full_file, 0, G_N_ELEMENTS(full_files));
    tcase_add_loop_test(tcase, problems_of_a_file, 0, G_N_ELEMENTS(faulty_files));
    tcase_add_loop_test(tcase, examples_read, 0, G_N_ELEMENTS(example_files));
    tcase_add_loop_test(tcase, reads_what_key_files_read, 0, G_N_ELEMENTS(example_files));
    tcase_add_test(tcase, patent_file_is_the_patents_machine);
    tcase_add_test(tcase, random_definitions_round_trip);
    tcase_add_test(tcase, reference_is_in_the_docs);
    tcase_add_loop_test(tcase, examples_of_the_reference_are_read, 0, SVP_FILE_KINDS);
    tcase_add_test(tcase, example_of_the_docs_is_read);
    tcase_set_timeout(tcase, 60);
    return tcase;
}

static TCase *files_case(void)
{
    TCase *tcase = tcase_create("files");

    tcase_add_test(tcase, other_texts);
    tcase_add_loop_test(tcase, no_text, 0, G_N_ELEMENTS(no_texts));
    tcase_add_test(tcase, files_that_cannot_be_read);
    tcase_add_test(tcase, noise_is_cut_short);
    tcase_add_test(tcase, long_lines_are_cut_short);
    tcase_set_timeout(tcase, 60);
    return tcase;
}

int main(void)
{
    Suite *suite = suite_create("svp/machine-file");

    suite_add_tcase(suite, golden_case());
    suite_add_tcase(suite, files_case());
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
