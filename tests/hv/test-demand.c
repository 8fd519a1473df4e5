/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Measured utilization as a workload: small files in each format, what is wrong with others, and the text of a definition.
 *
 * A file's samples are told as "begin..end work, ..."; then "! " and the problem, if there is one. The arithmetic: percent / 100 x `of` x
 * length of the interval, so 10 % of 5 minutes is 30 s.
 */
#include "hv/demand.h"

#include "hv/error.h"
#include "hv/smf70.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define MOST_TOLD 8
#define SADF      "# hostname;interval;timestamp;CPU;%user;%nice;%system;%iowait;%steal;%idle\n"

static void tell_sample(GString *told, const HvDemandSample *sample)
{
    g_autofree char *begin = hv_quantity_format_duration(sample->begin_ns);
    g_autofree char *end = hv_quantity_format_duration(sample->end_ns);
    g_autofree char *work = hv_quantity_format_duration(sample->work_ns);

    g_string_append_printf(told, "%s%s..%s %s", told->len > 0 ? ", " : "", begin, end, work);
}

/* The samples of a file of that content, or "refused: why". */
static char *tell(const char *words, const char *content)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static(content, strlen(content));
    g_autofree char *text = g_strdup_printf("FILE%s%s", *words ? " " : "", words);
    g_autoptr(GError) error = NULL;
    g_autoptr(HvDemandDef) def = hv_demand_parse_content(text, bytes, &error);
    GString *told = g_string_new(NULL);
    HvDemandSample sample;

    if (!def) {
        ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_WORKLOAD));
        g_string_append_printf(told, "refused: %s", error->message);
        return g_string_free(told, FALSE);
    }
    g_autoptr(HvDemand) demand = hv_demand_open(def, &error);

    ck_assert_ptr_nonnull(demand);
    for (unsigned i = 0; i < MOST_TOLD && hv_demand_next(demand, &sample); i++)
        tell_sample(told, &sample);
    if (hv_demand_problem(demand))
        g_string_append_printf(told, " ! %s", hv_demand_problem(demand));
    return g_string_free(told, FALSE);
}

typedef struct {
    const char *words, *content, *told;
} Case;

static const Case numbers[] = {
    {"", "10\n20\n", "0..5m 30s, 5m..10m 1m"},
    {"", "10", "0..5m 30s"},
    {"", "10\r\n0\r\n", "0..5m 30s, 5m..10m 0"},
    {"",
     "\xEF\xBB\xBF"
     "10\n",
     "0..5m 30s"},
    {"", " 12.5 \n1e1\n1.25E+1\n125e-1", "0..5m 37500ms, 5m..10m 30s, 10m..15m 37500ms, 15m..20m 37500ms"},
    {"", "150\n", "0..5m 450s"},
    {"of 2.5 interval 10s", "10\n", "0..10s 2500ms"},
    /* 0.000001 % of 1 s is 10 ns, what is finer is cut off; 256 IPs are 25600 %. */
    {"interval 1s", "0.0000019\n25600\n25600.000001\n",
     "0..1s 10ns, 1s..2s 256s ! FILE:3: \"25600.000001\" is more than 256 IPs"},
    {"of 256 interval 1s", "100\n100.1\n", "0..1s 256s ! FILE:2: \"100.1\" is more than 256 IPs"},
    {"", "1\n1e99999999999999999999\n", "0..5m 3s ! FILE:2: \"1e99999999999999999999\" is more than 256 IPs"},
    /* Nothing was measured in the second interval. */
    {"", "10\n\n20\n\n", "0..5m 30s, 10m..15m 1m"},
    {"interval 1s repeat", "1\n2\n3\n",
     "0..1s 10ms, 1s..2s 20ms, 2s..3s 30ms, 3s..4s 10ms, 4s..5s 20ms, 5s..6s 30ms, 6s..7s 10ms, 7s..8s 20ms"},
    {"interval 1s repeat", "1\n\n2\n\n",
     "0..1s 10ms, 2s..3s 20ms, 3s..4s 10ms, 5s..6s 20ms, 6s..7s 10ms, 8s..9s 20ms, "
     "9s..10s 10ms, 11s..12s 20ms"},
    {"", "1\n-2\n3\n", "0..5m 3s ! FILE:2: \"-2\" is no percentage"},
    {"repeat", "1\nx\n", "0..5m 3s ! FILE:2: \"x\" is no percentage"},
    {"", "1\n0x10\n", "0..5m 3s ! FILE:2: \"0x10\" is no percentage"},
    {"", "1\n1,5\n", "0..5m 3s ! FILE:2: \"1,5\" is no percentage"},
    {"", "1\n1 5\n", "0..5m 3s ! FILE:2: \"1 5\" is no percentage"},
    {"", "1\n.\n", "0..5m 3s ! FILE:2: \".\" is no percentage"},
    {"", "1\n5e\n", "0..5m 3s ! FILE:2: \"5e\" is no percentage"},
    {"", "1\nnan\n", "0..5m 3s ! FILE:2: \"nan\" is no percentage"},
    {"", "1\n\x01\xFF\n", "0..5m 3s ! FILE:2: \"\\001\\377\" is no percentage"},
    {"", "-1\n2\n", "refused: FILE:1: \"-1\" is no percentage"},
    {"", "50 %\n2\n", "refused: FILE:1: \"50 %\" is no percentage"},
    {"", "", "refused: \"FILE\" is empty"},
    {"column cpu", "1\n",
     "refused: \"column\" says nothing of \"FILE\", which is a number a line\nLeave it out"},
    {"key 1", "1\n", "refused: \"key\" says nothing of \"FILE\", which is a number a line\nLeave it out"},
    {"", "\x01\x02\n",
     "refused: \"FILE\" is in no format that can be read\nGive one number a line, CSV with a header, the "
     "output of sadf -d, or "
     "the CSV of REPORT PARTITION"},
};

static const Case csv[] = {
    /* The only column beside the time; the last row lasts as long as the one before. */
    {"", "time,cpu\n0,10\n100,20\n150,30\n", "0..100s 10s, 100s..150s 10s, 150s..200s 15s"},
    {"", "cpu,Timestamp\r\n10,1000.5\r\n20,1000.75\r\n", "0..250ms 25ms, 250ms..500ms 50ms"},
    {"", "start,cpu\n2026-02-28 23:59:30,10\n2026-03-01T00:00:30.5,20\n",
     "0..60500ms 6050ms, 60500ms..121s 12100ms"},
    {"interval 10s", "time,cpu\n77,10\n", "0..10s 1s"},
    {"", "cpu\n10\n\n20", "0..5m 30s, 10m..15m 1m"},
    {"interval 1s column b", "a,b\n1,2\n\n3,\n4,5\n", "0..1s 20ms, 2s..3s 50ms"},
    {"column CPU", "time,cpu,CPU\n0,10,20\n1,10,20\n", "0..1s 200ms, 1s..2s 200ms"},
    {"column cpu%", "time,Cpu%\n0,10\n", "0..5m 30s"},
    {"column time", "time,cpu\n10,1\n", "0..5m 30s"},
    {"column used_ips", "time,used_ips\n0,1.5\n10,256\n", "0..10s 15s, 10s..20s 2560s"},
    {"column CPU_S", "time,cpu_s\n0,1.5\n10,2560.000000001\n",
     "0..10s 1500ms ! FILE:3: the processor time is more than that of 256 IPs in the interval"},
    {"column cpu_s", "time,cpu_s\n0,2560\n10,2560.1\n20,1\n",
     "0..10s 2560s ! FILE:3: the processor time is more than that of 256 IPs in the interval"},
    {"column used_ips", "time,used_ips\n0,256.00000001\n",
     "refused: FILE:2: \"256.00000001\" is more than 256 IPs"},
    {"column cpu_s", "time,cpu_s\n0,1 s\n", "refused: FILE:2: \"1 s\" is no number of seconds"},
    {"column used_ips", "time,used_ips\n0,all\n", "refused: FILE:2: \"all\" is no number of IPs"},
    {"column used_ips of 2", "time,used_ips\n0,1\n",
     "refused: \"of\" says nothing of the column \"used_ips\", which is no percentage\nLeave it out"},
    /* An empty value is a gap, an empty time is not. */
    {"", "time,cpu\n0,10\n10,\n20,30\n", "0..10s 1s, 20s..30s 3s"},
    {"", "time,cpu\n0,10\n10,\n", "0..10s 1s"},
    {"", "time,cpu\n,10\n", "refused: FILE:2: \"\" is no time"},
    /* Rows of one guest; times count from the first row of the file, whoever's it is. */
    {"column cpu key host=b", "time,host,cpu\n0,a,10\n0,b,20\n5,a,x\nx,a,1\n10,b,40\n30,b,50\n",
     "0..10s 2s, 10s..30s 8s, 30s..50s 10s"},
    {"column cpu key host=b", "time,host,cpu\n100,a,10\n105,b,20\n107,b,50\n", "5s..7s 400ms, 7s..9s 1s"},
    {"column cpu key HOST=b=c", "host,cpu\na,10\nb=c,20\n", "0..5m 1m"},
    {"column cpu key host=", "host,cpu\na,10\n,20\n", "0..5m 1m"},
    {"column cpu \"key\" \"host=say \"\"a, b\"\"\"", "host,cpu\n\"say \"\"a, b\"\"\",10\na,20\n",
     "0..5m 30s"},
    {"column cpu key host=c", "host,cpu\na,10\nb,20\n", "refused: No row of \"FILE\" has the key \"host=c\""},
    {"column cpu key hots=c", "host,cpu\na,10\n",
     "refused: \"FILE\" has no column \"hots\"\nIt has host, cpu"},
    {"column cpu key host", "host,cpu\na,10\n",
     "refused: \"host\" is no key of \"FILE\"\nGive key NAME=VALUE: rows in which the column NAME has that "
     "VALUE"},
    {"column cpu key cpu=10", "host,cpu\na,10\n",
     "refused: The column \"cpu\" of \"FILE\" cannot be both the utilization and the key\nName another one"},
    {"column cpu key time=5", "time,cpu\n4,10\n5,20\n5,30\n", "0..5m 1m, 5m..10m 90s"},
    {"interval 1s column 2", "1,2\n3,4\n", "0..1s 40ms"},
    {"interval 1s column -", "-\n4\n", "0..1s 40ms"},
    /* RFC 4180 */
    {"column \"c \"\"p\"\" u\"",
     "\"time\",\"c \"\"p\"\" u\",\"note\"\n\"0\",\"10\",\"two\nlines, and a comma\"\r\n10,20,\"\"\n",
     "0..10s 1s, 10s..20s 2s"},
    {"column cpu", "cpu,note\n1,\"a\nb\"\nx,\n", "0..5m 3s ! FILE:4: \"x\" is no percentage"},
    {"column cpu", "cpu,note\n1,a\"b\"\n",
     "refused: FILE:2: a quotation mark stands inside a field that does not begin with one"},
    {"column cpu", "cpu,note\n1,\"a\"b\n", "refused: FILE:2: something follows a closing quotation mark"},
    {"column cpu", "cpu,note\n1,\"a\n2,b\n", "refused: FILE:2: a quotation mark is never closed"},
    {"column cpu", "cpu,note\n1,2\n1,2,3\n", "0..5m 3s ! FILE:3: the row has 3 fields, the header has 2"},
    {"column cpu", "cpu,note\n1\n", "refused: FILE:2: the row has 1 field, the header has 2"},
    /* The header */
    {"column cpuu", "time,Host,CPU\n0,a,1\n",
     "refused: \"FILE\" has no column \"cpuu\"\nDid you mean CPU? It has time, Host, CPU"},
    {"", "time,host,cpu\n0,a,1\n",
     "refused: It is not said which column of \"FILE\" is the utilization\nAdd column and one of time, host, "
     "cpu"},
    {"column x", "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v\n",
     "refused: \"FILE\" has no column \"x\"\nDid you mean a? It has a, b, c, d, e, f, g, h, i, j, k, l, m, "
     "n, o, p, q, r, s, t "
     "and 2 more"},
    {"", "time,cpu\n", ""},
    {"repeat", "time,cpu\n", ""},
    {"repeat", "time,cpu\n0,\n", ""},
    {"repeat", "time,cpu\n5,1\n15,2\n",
     "0..10s 100ms, 10s..20s 200ms, 20s..30s 100ms, 30s..40s 200ms, 40s..50s 100ms, 50s..1m 200ms, 1m..70s "
     "100ms, 70s..80s "
     "200ms"},
    /* Times */
    {"", "time,cpu\n10,1\n10,2\n",
     "refused: FILE:3: the time is not after that of the row before; key NAME=VALUE takes the rows of one "
     "only"},
    {"", "time,cpu\n10,1\n20,2\n15,2\n",
     "0..10s 100ms ! FILE:4: the time is not after that of the row before; key NAME=VALUE "
     "takes the rows of one only"},
    {"key a=b column cpu", "time,a,cpu\n10,b,1\n9,b,2\n",
     "refused: FILE:3: the time is before that of the first row"},
    {"key a=b column cpu", "time,a,cpu\n0,b,1\n9,b,2\n8,b,2\n",
     "0..9s 90ms ! FILE:4: the time is not after that of the row before"},
    {"", "time,cpu\n0,1\n31622400,2\n63244800.000000001,3\n",
     "0..8784h 316224s ! FILE:4: the time is more than 366 days after that of the row before"},
    {"", "time,cpu\nnoon,1\n", "refused: FILE:2: \"noon\" is no time"},
};

static const Case sadf[] = {
    {"",
     SADF "vm;600;2026-11-20 00:10:01 UTC;-1;1.00;0.00;0.50;0.00;0.00;98.50\n"
          "vm;600;2026-11-20 00:20:01 UTC;-1;100.00;0.00;0.00;0.00;0.00;0.00\n",
     "0..10m 9s, 10m..20m 10m"},
    {"of 4", SADF "vm;10;1795248761;-1;0;0;0;0;0;75.00\n", "0..10s 10s"},
    /* With -P ALL, and another activity, whose rows have a header of their own. */
    {"",
     SADF "vm;10;100;-1;0;0;0;0;0;50\nvm;10;100;0;0;0;0;0;0;x\nvm;10;100;1;0;0;0;0;0;0\n"
          "# hostname;interval;timestamp;kbmemfree;kbavail\nvm;10;100;-1;7\n" SADF
          "vm;10;110;-1;0;0;0;0;0;60\n",
     "0..10s 5s, 10s..20s 4s"},
    {"",
     "# hostname;interval;timestamp;CPU;%usr;%nice;%sys;%iowait;%steal;%irq;%soft;%guest;%gnice;%idle\n"
     "vm;10;100;-1;0;0;0;0;0;0;0;0;0;40\n",
     "0..10s 6s"},
    /* With -h: CPUs and activities one behind the other. */
    {"", "# hostname;interval;timestamp;CPU;%idle[...];kbmemfree\nvm;10;100;-1;40;0;30;1;50;77\n",
     "0..10s 6s"},
    /* Intervals and times are rounded apart: the second interval is 19 s less, the third begins a second after that. */
    {"", SADF "vm;10;100;-1;0;0;0;0;0;0\nvm;10;109;-1;0;0;0;0;0;0\nvm;10;120;-1;0;0;0;0;0;0\n",
     "0..10s 10s, 10s..19s 9s, 20s..30s 10s"},
    {"", SADF "vm;10;100;-1;0;0;0;0;0;0\nvm;10;108;-1;0;0;0;0;0;0\n",
     "0..10s 10s ! FILE:3: the interval begins before that of the row before has ended"},
    {"", SADF "vm;10;100;-1;0;0;0;0;0;0\nvm;10;100;-1;0;0;0;0;0;0\n",
     "0..10s 10s ! FILE:3: the time is not after that of the row before"},
    {"", SADF "vm;10;100;-1;0;0;0;0;0\n", "refused: FILE:2: the row has 9 fields, the header has 10"},
    {"", SADF "vm;10;noon;-1;0;0;0;0;0;0\n", "refused: FILE:2: \"noon\" is no time"},
    {"", SADF "vm;ten;100;-1;0;0;0;0;0;0\n", "refused: FILE:2: \"ten\" is no number of seconds"},
    {"", SADF "vm;31622401;100;-1;0;0;0;0;0;0\n", "refused: FILE:2: \"31622401\" is more than 366 days"},
    {"", SADF "vm;10;100;-1;0;0;0;0;0;100.01\n",
     "refused: FILE:2: \"100.01\" is no percentage from 0 to 100"},
    {"", SADF "vm;10;100;-1;0;0;0;0;0;-5\n", "refused: FILE:2: \"-5\" is no percentage from 0 to 100"},
    {"", SADF, ""},
    {"repeat", SADF "vm;1;101;-1;0;0;0;0;0;0\nvm;1;104;-1;0;0;0;0;0;0\n",
     "0..1s 1s, 3s..4s 1s, 4s..5s 1s, 7s..8s 1s, 8s..9s 1s, 11s..12s 1s, 12s..13s 1s, 15s..16s 1s"},
    {"interval 5s", SADF,
     "refused: \"interval\" says nothing of \"FILE\", which is output of sadf -d\nLeave it out"},
};

#define SMF HV_SMF70_COLUMNS "\n"
#define ROW(time, interval, name, type, work)                                                                \
    time "," interval ",1," name ",operating," type ",300,,1.00,none,0.00,,2," work ",9.0,1,1,1,1,1,4\n"

static const Case smf70[] = {
    {"key prod",
     SMF ROW("60.000000", "60.000000", "PROD", "CP", "30.500000")
         ROW("60.000000", "60.000000", "TEST", "CP", "1")
             ROW("120.000000", "60.000000", "PROD", "CP", "90.000000"),
     "0..1m 30500ms, 1m..2m 90s"},
    /* Types of IPs are added up, also when another LPAR stands between them. */
    {"key PROD",
     SMF ROW("60", "60", "PROD", "CP", "30") ROW("60", "60", "TEST", "CP", "x")
         ROW("60", "60", "PROD", "IFL", "5") ROW("90", "30", "PROD", "CP", ""),
     "0..1m 35s"},
    /* Times count from the first row of the file. */
    {"key PROD", SMF ROW("60", "60", "TEST", "CP", "1") ROW("120", "60", "PROD", "CP", "7"), "1m..2m 7s"},
    {"key PROD", SMF ROW("60", "0", "PROD", "CP", "1") ROW("120", "60", "PROD", "CP", "7"), "0..1m 7s"},
    {"key PROD", SMF ROW("60.000001", "60", "PROD", "CP", "1") ROW("120.000000", "60", "PROD", "CP", "7"),
     "0..1m 1s, 1m..119999999us 7s"},
    {"key PROD", SMF ROW("60", "60", "PROD", "CP", "1") ROW("119", "60", "PROD", "CP", "7"),
     "0..1m 1s ! FILE:3: the interval begins before that of the row before has ended"},
    {"key PROD", SMF ROW("60", "60", "PROD", "CP", "-1"), "refused: FILE:2: \"-1\" is no number of seconds"},
    {"key PROD", SMF ROW("60", "60", "PROD", "CP", "15360") ROW("60", "60", "PROD", "IFL", "0.000000001"),
     "refused: FILE:2: the processor time is more than that of 256 IPs in the interval"},
    /* 366 days of 256 IPs for each type: 3 x 8095334400 s are more than 2^64 ns. */
    {"key PROD",
     SMF ROW("31622400", "31622400", "PROD", "CP", "8095334400")
         ROW("31622400", "31622400", "PROD", "IFL", "8095334400")
             ROW("31622400", "31622400", "PROD", "ICF", "8095334400"),
     "refused: FILE:2: the processor time is more than that of 256 IPs in the interval"},
    {"key PRODX", SMF ROW("60", "60", "PROD", "CP", "1"),
     "refused: No row of \"FILE\" has the key \"PRODX\""},
    {"", SMF ROW("60", "60", "PROD", "CP", "1"),
     "refused: \"FILE\" is a report of several LPARs\nAdd key and the name of one of them"},
    {"of 2 key PROD", SMF,
     "refused: \"of\" says nothing of \"FILE\", which is the CSV of a report\nLeave it out"},
    /* As any other CSV: then the time is the beginning. */
    {"column logical_total_percent key name=PROD",
     SMF ROW("60", "60", "PROD", "CP", "1") ROW("120", "60", "PROD", "CP", "1"), "0..1m 600ms, 1m..2m 600ms"},
};

static void check_case(const Case *one)
{
    g_autofree char *told = tell(one->words, one->content);

    ck_assert_msg(
        strcmp(told, one->told) == 0, "\"%s\" of\n%s\ntells \"%s\",\n not \"%s\"", one->words, one->content,
        told, one->told);
}

START_TEST(numbers_are_read)
{
    check_case(&numbers[_i]);
}
END_TEST

START_TEST(csv_is_read)
{
    check_case(&csv[_i]);
}
END_TEST

START_TEST(sadf_is_read)
{
    check_case(&sadf[_i]);
}
END_TEST

START_TEST(smf70_is_read)
{
    check_case(&smf70[_i]);
}
END_TEST

/* --- The text of a definition ----------------------------------------------------------------------------- */

static const struct {
    const char *text, *canonical; /* or the refusal */
    const char *content;
} definitions[] = {
    {"FILE", "FILE", "1\n"},
    {" FILE \t repeat ", "FILE repeat", "1\n"},
    {"FILE REPEAT Interval 300s OF 1.00", "FILE repeat", "1\n"},
    {"a/b.txt interval 90s of 2.50", "a/b.txt of 2.5 interval 90s", "1\n"},
    {"\"my file\" repeat", "\"my file\" repeat", "1\n"},
    {"\"a \"\"b\"\"\"", "\"a \"\"b\"\"\"", "1\n"},
    {"\"FILE\"", "FILE", "1\n"},
    {"FILE key a=b column \"cpu %\"", "FILE column \"cpu %\" key a=b", "a,cpu %\nb,1\n"},
    {"column column column", "column column column", "column\n1\n"},
    {"FILE column of", "FILE column of", "of\n1\n"},
    {"", "No file is named", NULL},
    {"\"\"", "No file is named", NULL},
    {"FILE often", "\"often\" is no word of a demand", NULL},
    {"FILE of", "Nothing stands behind \"of\"", NULL},
    {"FILE repeat repeat", "\"repeat\" comes twice", NULL},
    {"FILE column \"\"", "The column has no name", NULL},
    {"FILE key \"\"", "The key is empty", NULL},
    {"FILE of 0", "\"0\" is no number of IPs", NULL},
    {"FILE of 256.01", "\"256.01\" is no number of IPs", NULL},
    {"FILE of 0.001", "\"0.001\" is no number of IPs", NULL},
    {"FILE interval 0", "\"0\" is no interval", NULL},
    {"FILE interval 8785h", "\"8785h\" is no interval", NULL},
    {"FILE interval 5", "\"5\" is no interval", NULL},
    {"\"FILE", "\"\\\"FILE\" has no quotation mark at its end", NULL},
    {"\"FILE\"x", "\"\\\"FILE\\\"x\" has no blank behind a quotation mark", NULL},
};

START_TEST(definitions_round_trip)
{
    const char *content = definitions[_i].content ? definitions[_i].content : "1\n";
    g_autoptr(GBytes) bytes = g_bytes_new_static(content, strlen(content));
    g_autoptr(GError) error = NULL;
    g_autoptr(HvDemandDef) def = hv_demand_parse_content(definitions[_i].text, bytes, &error);

    if (!definitions[_i].content) {
        ck_assert(!def && g_error_matches(error, HV_ERROR, HV_ERROR_WORKLOAD));
        *strchr(error->message, '\n') = '\0';
        ck_assert_str_eq(error->message, definitions[_i].canonical);
        return;
    }
    ck_assert_msg(def != NULL, "%s: %s", definitions[_i].text, error ? error->message : "");
    g_autofree char *text = hv_demand_format(def);

    ck_assert_str_eq(text, definitions[_i].canonical);
    g_autoptr(HvDemandDef) again = hv_demand_parse_content(text, bytes, NULL);
    g_autoptr(HvDemandDef) other = hv_demand_parse_content("other interval 7s", bytes, NULL);

    ck_assert(again && hv_demand_def_equal(def, again));
    ck_assert(!other || !hv_demand_def_equal(def, other));
}
END_TEST

START_TEST(definitions_differ)
{
    static const char *const texts[] = {
        "FILE column a",
        "OTHER column a",
        "FILE column b",
        "FILE column a of 2",
        "FILE column a of 3",
        "FILE column a interval 1s",
        "FILE column a interval 2s",
        "FILE column a key b=1",
        "FILE column a key b=2",
        "FILE column a repeat",
    };
    g_autoptr(GBytes) bytes = g_bytes_new_static("a,b\n1,1\n2,2\n", 12);

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        for (unsigned k = 0; k < G_N_ELEMENTS(texts); k++) {
            g_autoptr(HvDemandDef) a = hv_demand_parse_content(texts[i], bytes, NULL);
            g_autoptr(HvDemandDef) b = hv_demand_parse_content(texts[k], bytes, NULL);

            ck_assert_msg(hv_demand_def_equal(a, b) == (i == k), "%s, %s", texts[i], texts[k]);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hv/demand");
    TCase *tcase = tcase_create("demand");

    tcase_add_loop_test(tcase, numbers_are_read, 0, G_N_ELEMENTS(numbers));
    tcase_add_loop_test(tcase, csv_is_read, 0, G_N_ELEMENTS(csv));
    tcase_add_loop_test(tcase, sadf_is_read, 0, G_N_ELEMENTS(sadf));
    tcase_add_loop_test(tcase, smf70_is_read, 0, G_N_ELEMENTS(smf70));
    tcase_add_loop_test(tcase, definitions_round_trip, 0, G_N_ELEMENTS(definitions));
    tcase_add_test(tcase, definitions_differ);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
