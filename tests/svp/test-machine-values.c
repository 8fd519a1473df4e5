/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The values of machine files, one by one: as they can be read, as they are written then, and, when they are refused,
 * the words for it. A refused value makes one problem and no more.
 */
#include "svp/machine-file-keys.h"
#include "tests/svp/machine-text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* A small machine with one more line in one group: line 5, 9, 11 or 14. */
static char *with_line(SvpFileKind kind, const char *line)
{
    const char *lines[SVP_FILE_KINDS] = {"", "", "", "", "", "", ""};
    bool about_paths = kind == SVP_FILE_MACHINE && g_str_has_prefix(line, "channels");

    lines[kind] = line;
    return g_strdup_printf(
        "[machine]\nips = 4\nms = 1G\n%s\n%s\n[lpar A]\nms = 64M\nip-shares = 1:50\n%s\n"
        "[channel 03]\n%s\n[device 0190]\nchannels = 03\n%s\n",
        about_paths ? "" : "channels = 03", lines[SVP_FILE_MACHINE], lines[SVP_FILE_LPAR],
        lines[SVP_FILE_CHANNEL], lines[SVP_FILE_DEVICE]);
}

/* What is written is what was read, or, where `written` is given, that; "" if nothing is written. */
static const struct {
    SvpFileKind kind;
    const char *read, *written;
} values[] = {
    {SVP_FILE_MACHINE, "name = a b;c = \xC3\xA4 [x]", NULL},
    {SVP_FILE_MACHINE, "name =#1", NULL},
    {SVP_FILE_MACHINE, "name = a#b", NULL},
    {SVP_FILE_MACHINE, "name = a  # b", "name = a"},
    {SVP_FILE_MACHINE, "es = 0", ""},
    {SVP_FILE_MACHINE, "es = 1024K", "es = 1M"},
    {SVP_FILE_MACHINE, "increment = 1M", ""},
    {SVP_FILE_MACHINE, "increment = 8192", "increment = 8K"},
    {SVP_FILE_MACHINE, "ms-copy-rate = 2G/s", ""},
    {SVP_FILE_MACHINE, "ms-copy-rate = 1", NULL},
    {SVP_FILE_MACHINE, "dispatch-cost = 0", ""},
    {SVP_FILE_MACHINE, "dispatch-cost = 0.5ms", "dispatch-cost = 500us"},
    {SVP_FILE_MACHINE, "time-slice = 12.5ms", "time-slice = 12500us"},
    {SVP_FILE_MACHINE, "wait-completion = On", "wait-completion = yes"},
    {SVP_FILE_MACHINE, "wait-completion = FALSE", ""},
    {SVP_FILE_MACHINE, "backend = MODEL", ""},
    {SVP_FILE_LPAR, "number = 255", NULL},
    {SVP_FILE_LPAR, "ms-origin = 960M", NULL},
    {SVP_FILE_LPAR, "ms-reserved = 0", NULL},
    {SVP_FILE_LPAR, "es-reserved = 0", NULL},
    {SVP_FILE_LPAR, "cap = NONE", ""},
    {SVP_FILE_LPAR, "cap = Hard", "cap = hard"},
    {SVP_FILE_LPAR, "cap = 1.50", "cap = 1.5"},
    {SVP_FILE_LPAR, "cap = 255", NULL},
    {SVP_FILE_LPAR, "channels = ", ""},
    {SVP_FILE_LPAR, "channels = 03;", "channels = 03"},
    {SVP_FILE_LPAR, "workload = idle", ""},
    {SVP_FILE_LPAR, "workload = cpu 30%; write 16M/s; io 50/s", NULL},
    {SVP_FILE_LPAR, "relocatable = 0", "relocatable = no"},
    {SVP_FILE_LPAR, "cross-partition-authority = off", "cross-partition-authority = no"},
    {SVP_FILE_LPAR, "isolated = 1", "isolated = yes"},
    {SVP_FILE_CHANNEL, "candidates = a", NULL},
    {SVP_FILE_CHANNEL, "candidates =", NULL},
    {SVP_FILE_CHANNEL, "mode = DEDICATED", "mode = dedicated"},
    {SVP_FILE_CHANNEL, "mode = reconfigurable", ""},
    {SVP_FILE_DEVICE, "number = 0190", NULL},
    {SVP_FILE_DEVICE, "number = fFfF", "number = FFFF"},
    {SVP_FILE_DEVICE, "service-time = 90s", NULL},
    {SVP_FILE_DEVICE, "\tservice-time=1h", "service-time = 1h"},
};

static bool has_line(const char *text, const char *line)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    return g_strv_contains((const char *const *)lines, line);
}

START_TEST(value_is_read)
{
    const char *written = values[_i].written ? values[_i].written : values[_i].read;
    g_autofree char *text = with_line(values[_i].kind, values[_i].read);
    g_autofree char *text_without = with_line(values[_i].kind, "");
    g_autoptr(ResmgrDefinition) definition = machine_text_parse(text);
    g_autoptr(ResmgrDefinition) without = machine_text_parse(text_without);
    g_autofree char *formatted = svp_machine_file_format(definition);
    g_autofree char *formatted_without = svp_machine_file_format(without);

    machine_text_round_trip(definition);
    if (*written)
        ck_assert_msg(has_line(formatted, written), "%s\n%s", written, formatted);
    else
        ck_assert_str_eq(formatted, formatted_without);
}
END_TEST

static const struct {
    const char *read;
    unsigned n_ips;
    const char *types; /* first letter of the type of each IP */
    const char *written;
} ips[] = {
    {"4", 4, "CCCC", "4"},
    {"1:CP", 1, "C", "1"},
    {"1-2:cp;3-4:CP", 4, "CCCC", "4"},
    {"1-3:CP;4:IFL", 4, "CCCI", "1-3:CP;4:IFL"},
    {"1:ZIIP; 2 : CP ;3-4:ZIIP;", 4, "ZCZZ", "1:ZIIP;2:CP;3-4:ZIIP"},
    {"1-2:IFL", 2, "II", "1-2:IFL"},
};

START_TEST(ips_are_read)
{
    g_autofree char *text = g_strdup_printf("[machine]\nms = 1G\nips = %s\n", ips[_i].read);
    g_autofree char *line = g_strdup_printf("ips = %s", ips[_i].written);
    g_autoptr(ResmgrDefinition) definition = machine_text_parse(text);
    g_autofree char *formatted = svp_machine_file_format(definition);

    ck_assert_uint_eq(definition->machine->n_ips, ips[_i].n_ips);
    for (unsigned ip = 0; ip < ips[_i].n_ips; ip++)
        ck_assert_int_eq(hv_ip_type_name(definition->machine->ip_types[ip])[0], ips[_i].types[ip]);
    ck_assert(has_line(formatted, line));
}
END_TEST

/* Each makes one problem and no more, with these words. */
static const struct {
    SvpFileKind kind;
    const char *line, *problem;
} refusals[] = {
    {SVP_FILE_MACHINE, "ips = 5", "FILE:5: [machine] ips = 5: the key is there already, in line 2."},
    {SVP_FILE_MACHINE, "name =", "FILE:5: [machine] name =: \"\" is not a name."},
    {SVP_FILE_MACHINE, "es = 1.5G", "\"1.5G\" is not a size."},
    {SVP_FILE_MACHINE, "es = 9223372036854775808", "is not a size."},
    {SVP_FILE_MACHINE, "channels = 0-F", "\"0-F\" is not a CHPID or a range of them."},
    {SVP_FILE_MACHINE, "channels = 00;;01", "\"00;;01\" is not a list: an element is empty."},
    {SVP_FILE_MACHINE, "channels = 00-FF;00-FF", "path 00 is given twice."},
    {SVP_FILE_MACHINE, "backend = kvm", "\"kvm\" is not a backend. Give model or libvirt."},
    {SVP_FILE_MACHINE, "wait_completion = yes", "Did you mean wait-completion?"},
    {SVP_FILE_MACHINE, "MS-COPY-RATE = 1G", "Did you mean ms-copy-rate?"},
    {SVP_FILE_MACHINE, "name[de] = x", "there is no such key here."},
    {SVP_FILE_MACHINE, "name = \x01x", "FILE:5: there is a control character, byte 0x01, in the line."},
    {SVP_FILE_LPAR, "number = 0",
     "[lpar A] number = 0: \"0\" is not a number that fits here. Give 1 to 255."},
    {SVP_FILE_LPAR, "ip-share = 1:50", "Did you mean ip-shares?"},
    {SVP_FILE_LPAR, "weight = -1", "Give 1 to 999."},
    {SVP_FILE_LPAR, "cap = 1.505", "\"1.505\" is not a cap."},
    {SVP_FILE_LPAR, "channels = 100", "\"100\" is not a CHPID"},
    {SVP_FILE_LPAR, "guest = kvm", "there is no guest kind \"kvm\". Guest kinds: model, trace, libvirt."},
    {SVP_FILE_LPAR, "workload = lazy", "\"lazy\" is no workload. Use busy"},
    {SVP_FILE_LPAR, "isolated = y", "\"y\" is not yes or no. Give yes or no."},
    {SVP_FILE_LPAR, "cap = 0", "an absolute cap lies between 0.01 and 255.00 IPs"},
    {SVP_FILE_LPAR, "mode = shared", "It belongs to [channel 0A]."},
    {SVP_FILE_CHANNEL, "mode = mine", "Give dedicated, reconfigurable or shared."},
    {SVP_FILE_CHANNEL, "candidates = A;B", "FILE:11: [channel 03] candidates = A;B: there is no LPAR B."},
    {SVP_FILE_DEVICE, "number = 19", "\"19\" is not a number of 4 hexadecimal digits."},
    {SVP_FILE_DEVICE, "service-time = 5", "\"5\" is not a duration."},
    {SVP_FILE_DEVICE, "[device 0190]", "FILE:14: [device 0190]: the group is there already, in line 12."},
    {SVP_FILE_DEVICE, "[Device 0191]",
     "FILE:14: [Device 0191]: there is no such group. Did you mean [device NAME]?"},
};

START_TEST(value_is_refused)
{
    g_autofree char *text = with_line(refusals[_i].kind, refusals[_i].line);
    g_autofree char *lines = machine_text_refused(text, strlen(text));

    ck_assert_msg(strstr(lines, refusals[_i].problem), "%s\n%s", text, lines);
    ck_assert_msg(strchr(lines, '\n') == strrchr(lines, '\n'), "%s", lines);
}
END_TEST

/* Numbers that are given stay; the others get the lowest free ones in the order of the file. */
START_TEST(lpars_are_numbered)
{
    static const unsigned expected[] = {1, 4, 2, 255, 3, 5};
    g_autoptr(ResmgrDefinition)
        definition = machine_text_parse("[machine]\nips = 4\nms = 1G\n"
                                        "[lpar A]\nms = 1M\nip-shares = 1:1\n"
                                        "[lpar B]\nms = 1M\nip-shares = 1:1\nnumber = 4\n"
                                        "[lpar C]\nms = 1M\nip-shares = 1:1\n"
                                        "[lpar D]\nms = 1M\nip-shares = 1:1\nnumber = 255\n"
                                        "[lpar E]\nms = 1M\nip-shares = 1:1\n"
                                        "[lpar F]\nms = 1M\nip-shares = 1:1\n");

    for (unsigned i = 0; i < definition->lpars->len; i++)
        ck_assert_uint_eq(
            ((const ResmgrLparDef *)g_ptr_array_index(definition->lpars, i))->number, expected[i]);
    ck_assert_str_eq(definition->machine->name, "MACHINE");
}
END_TEST

/* 255 LPARs have 255 numbers; there is none for one more. */
START_TEST(lpars_are_counted)
{
    g_autoptr(GString) text = g_string_new("[machine]\nips = 1\nms = 1G\n");

    for (unsigned i = 1; i <= 255; i++)
        g_string_append_printf(text, "[lpar L%u]\nms = 1M\nweight = 1\nlips = 1\n", i);
    g_autoptr(ResmgrDefinition) definition = machine_text_parse(text->str);

    ck_assert_uint_eq(definition->lpars->len, 255);
    g_string_append(text, "[lpar L256]\nms = 1M\nweight = 1\nlips = 1\n");
    g_autofree char *lines = machine_text_refused(text->str, text->len);

    ck_assert_str_eq(lines, "FILE:1024: [lpar L256]: a file has at most 255 groups [lpar NAME].\n");
}
END_TEST

static TCase *values_case(void)
{
    TCase *tcase = tcase_create("values");

    tcase_add_loop_test(tcase, value_is_read, 0, G_N_ELEMENTS(values));
    tcase_add_loop_test(tcase, ips_are_read, 0, G_N_ELEMENTS(ips));
    tcase_add_loop_test(tcase, value_is_refused, 0, G_N_ELEMENTS(refusals));
    tcase_add_test(tcase, lpars_are_numbered);
    tcase_add_test(tcase, lpars_are_counted);
    return tcase;
}

int main(void)
{
    Suite *suite = suite_create("svp/machine-values");

    suite_add_tcase(suite, values_case());
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
