/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a machine file says of policies: groups, limits, and how IPs are given out. Lines that can be read and what is
 * written of them, and lines that are refused, with the words; each makes one problem and no more.
 */
#include "svp/machine-file-keys.h"
#include "tests/svp/machine-text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* Four LPARs, three of them with weights, and a group; with more lines in the machine, in LPAR A and behind all. */
static char *with_lines(const char *machine, const char *lpar, const char *behind)
{
    return g_strdup_printf(
        "[machine]\nips = 1-7:CP;8:IFL\nms = 1G\n%s\n[lpar A]\nms = 1M\nweight = 10\nlips = 2\n%s\n"
        "[lpar B]\nms = 1M\nweight = 20\nlips = 2\n[lpar I]\nms = 1M\nweight = 1\nlips = 1\nip-type = IFL\n"
        "[lpar S]\nms = 1M\nip-shares = 1:50\n%s\n",
        machine, lpar, behind);
}

#define MSU "msu-per-ip = 100"

/* What is written is `written`, or nothing of it if that is "". */
static const struct {
    const char *machine, *lpar, *behind, *written;
} values[] = {
    {"msu-per-ip = 62.50", "", "", "msu-per-ip = 62.5"},
    {"", "lends-to = b ; S", "", "lends-to = b;S"},
    {"", "lends-to =", "", "lends-to ="},
    {"", "lips-min = 2", "", "lips-min = 2"},
    {"", "", "[cluster C]\nmembers = A;B", "members = A;B"},
    {"", "", "[cluster C]\nperiod = 500ms\nmembers = 1;2", "period = 500ms"},
    {"", "weight-min = 10\nweight-max = 999", "[cluster C]\nmembers = A;B", "weight-max = 999"},
    {"", "weight-min = 5", "[cluster C]\nmembers = A;B\nperiod = 10s", "weight-min = 5"},
    {"polarization = Vertical", "", "", "polarization = vertical"},
    {MSU, "defined-capacity = 50", "", "defined-capacity = 50"},
    {"", "", "[lpar D]\nms = 1M\nlips = 3\ndedicated = on", "dedicated = yes"},
    {"", "", "[lpar D]\nms = 1M\nlips = 4\ndedicated = yes", "lips = 4"},
    {"", "", "[lpar D]\nms = 1M\nip-shares = 1:10\ndedicated = no", "ip-shares = 1:10"},
    {"", "pool = ifl : 5 : 1", "", "pool = IFL:5:1"},
    {"", "", "[lpar D]\nms = 1M\nip-shares = 1:10\npool = CP:999:6;IFL:1:1;", "pool = CP:999:6;IFL:1:1"},
    {MSU, "", "[group G]\nmembers = a ; B;\nlimit = 0.01", "members = a;B"},
    {"", "", "[group G]\nmembers = A\ncap = 2.50", "cap = 2.5"},
    {MSU, "", "[group G]\nmembers = A\ncap = 255\nlimit = 10000000", "limit = 10000000"},
    {"", "", "[group G]\nmembers = A\ncap = 1\n[group H]\nmembers = 2\ncap = 1", "[group H]"},
};

static bool has_line(const char *text, const char *line)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    return g_strv_contains((const char *const *)lines, line);
}

START_TEST(value_is_read)
{
    g_autofree char *text = with_lines(values[_i].machine, values[_i].lpar, values[_i].behind);
    g_autoptr(ResmgrDefinition) definition = machine_text_parse(text);
    g_autofree char *formatted = svp_machine_file_format(definition);

    machine_text_round_trip(definition);
    ck_assert_msg(has_line(formatted, values[_i].written), "%s\n%s", values[_i].written, formatted);
}
END_TEST

static const struct {
    const char *machine, *lpar, *behind, *problem;
} refusals[] = {
    {"msu-per-ip = 0", "", "",
     "\"0\" is not a number above 0 with at most two decimals. Give a number such as"},
    {"", "lips-min = 3", "", "A has 2 LIPs, not 3."},
    {"", "", "[cluster C]", "[cluster C] members: the key is missing."},
    {"", "", "[cluster]", "the cluster has no name. Write [cluster NAME]."},
    {"", "", "[cluster 7]\nmembers = A;B", "\"7\" is not a name of 1 to 16"},
    {"", "", "[cluster C]\nmembers = A", "a cluster has two members at least."},
    {"", "", "[cluster C]\nmembers = A;B;X", "there is no LPAR \"X\"."},
    {"", "", "[cluster C]\nmembers = A;S", "S is not in one pool and no other by a weight."},
    {"", "pool = IFL:1:1", "[cluster C]\nmembers = A;B", "A is not in one pool and no other by a weight."},
    {"", "", "[cluster C]\nmembers = A;I",
     "I is in the pool of type IFL, A in that of CP. A cluster is of one pool."},
    {"", "", "[cluster C]\nmembers = A;B;a", "a is named twice."},
    {"", "", "[cluster C]\nmembers = A;B\nperiod = 99ms", "99ms is shorter than 100ms."},
    {"", "weight-min = 11", "[cluster C]\nmembers = A;B", "the weight 10 of A is not within 11 to 999."},
    {"", "weight-max = 9", "[cluster C]\nmembers = A;B", "the weight 10 of A is not within 1 to 9."},
    {"", "weight-max = 90", "",
     "A is in no cluster, so its weight does not move. Name it in members of a [cluster NAME]."},
    {"", "lends-to = B;X", "", "there is no LPAR \"X\"."},
    {"", "",
     "[lpar D]\nms = 1M\nlips = 1\ndedicated = yes\nlends-to =", "what is dedicated to D is lent to nobody."},
    {"polarization = diagonal", "", "", "\"diagonal\" is not a polarization. Give horizontal or vertical."},
    {"msu-per-ip = x", "defined-capacity = 5", "[group G]\nmembers = A\nlimit = 5", "\"x\" is not a number"},
    {"", "defined-capacity = 50", "",
     "[lpar A] defined-capacity = 50: 50 MSU mean nothing without what an IP gives. Give msu-per-ip in "
     "[machine]."},
    {"", "", "[group G]\nmembers = A\nlimit = 5", "[group G] limit = 5: 5 MSU mean nothing"},
    {MSU, "", "[lpar D]\nms = 1M\nlips = 1\ndedicated = yes\ndefined-capacity = 5",
     "MSU are those of CPs that are shared, and D has none."},
    {MSU, "", "[lpar D]\nms = 1M\nlips = 1\nweight = 5\nip-type = IFL\ndefined-capacity = 5",
     "and D has none."},
    {MSU, "", "[group G]\nmembers = I\nlimit = 5",
     "MSU are those of CPs, and the members share IFLs. Give cap instead."},
    {"", "dedicated = yes", "",
     "an LPAR has either dedicated IPs or a weight, not both. Leave one of them out."},
    {"", "", "[lpar D]\nms = 1M\nip-shares = 1:10\ndedicated = yes",
     "either dedicated IPs or ip-shares, not both."},
    {"", "", "[lpar D]\nms = 1M\ndedicated = yes",
     "it is not said how many IPs are dedicated to D. Give lips too."},
    {"", "", "[lpar D]\nms = 1M\nlips = 1\ndedicated = yes\nip-type = ICF",
     "[lpar D] lips = 1: 1 of 1 dedicated IPs of type ICF are not there."},
    {"", "", "[lpar D]\nms = 1M\nlips = 1\ndedicated = yes\ncap = hard",
     "what IPs are dedicated to D cannot be capped"},
    {"", "pool = IFL:5", "",
     "\"IFL:5\" is not a part of a pool. Give TYPE:WEIGHT:LIPS with ';' between them"},
    {"", "pool = IFL:1000:1", "", "\"IFL:1000:1\" is not a part of a pool."},
    {"", "pool = CP:10:1", "", "A is in the pool of type CP already. One weight for each pool."},
    {"", "pool = IFL:10:1;IFL:1:1", "", "A is in the pool of type IFL already."},
    {"", "pool = ICF:10:1", "", "the pool of IPs of type ICF is empty."},
    {"", "pool = IFL:10:2", "", "2 LIPs are not 1 to 1, the IPs in the pool of type IFL."},
    {"", "", "[group G]\nmembers = A", "[group G] cap: the group has neither a cap nor a limit."},
    {"", "", "[group G]\ncap = 1",
     "[group G] members: the key is missing. Give it, as in members = LPAR1;LPAR2."},
    {"", "", "[group G]\nmembers =\ncap = 1", "[group G] members: the group has no members."},
    {"", "", "[group G]\nmembers = A;X\ncap = 1", "there is no LPAR \"X\"."},
    {"", "", "[group G]\nmembers = A;a\ncap = 1", "a is named twice."},
    {"", "", "[group G]\nmembers = A;S\ncap = 1", "S has no weight by which the limit could be divided."},
    {"", "", "[group G]\nmembers = A;I\ncap = 1",
     "I is in the pool of type IFL, A in that of CP. A group is of one"},
    {"", "", "[group G]\nmembers = A;B\ncap = 1\n[group H]\nmembers = B\ncap = 1",
     "[group H] members = B: B is in group G already. An LPAR is in one group at most."},
    {"", "", "[group G]\nmembers = A\ncap = 256", "a cap lies between 0.01 and 255.00 IPs, 256 does not."},
    {"", "", "[group G]\nmembers = A\ncap = 1.505", "\"1.505\" is not a number above 0"},
    {"", "", "[group G]\nmembers = A\ncap = 1\n[group g]\nmembers = B\ncap = 1",
     "the group is there already"},
    {"", "", "[group]", "the group has no name. Write [group NAME]."},
    {"", "", "[group 12]\nmembers = A\ncap = 1", "\"12\" is not a name of 1 to 16 letters"},
};

START_TEST(value_is_refused)
{
    g_autofree char *text = with_lines(refusals[_i].machine, refusals[_i].lpar, refusals[_i].behind);
    g_autofree char *lines = machine_text_refused(text, strlen(text));

    ck_assert_msg(strstr(lines, refusals[_i].problem), "%s\n%s", text, lines);
    ck_assert_msg(strchr(lines, '\n') == strrchr(lines, '\n'), "%s", lines);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/machine-policies");
    TCase *tcase = tcase_create("policies");

    tcase_add_loop_test(tcase, value_is_read, 0, G_N_ELEMENTS(values));
    tcase_add_loop_test(tcase, value_is_refused, 0, G_N_ELEMENTS(refusals));
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
