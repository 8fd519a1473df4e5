/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The doctor's page: what the host of real guests can do, a row for each check of hv, and under the table what to do
 * about those that are not as they could be.
 *
 * A host is fit unless something is missing; what is limited works. Nothing is decided here, and the page and the JSON
 * object say the same.
 */
#include "svp/doctor.h"

#include "hv/libvirt-doctor.h"
#include "svp/output.h"
#include "svp/table.h"

#include <stdio.h>
#include <unistd.h>

static bool is_fit(const GPtrArray *checks)
{
    for (unsigned i = 0; i < checks->len; i++)
        if (((const HvDoctorCheck *)checks->pdata[i])->status == HV_DOCTOR_MISSING)
            return false;
    return true;
}

static void print_json(const char *uri, const GPtrArray *checks)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < checks->len; i++) {
        const HvDoctorCheck *check = checks->pdata[i];

        json_array_append_new(
            list, json_pack(
                      "{s:s, s:s, s:s, s:s?}", "check", check->name, "status",
                      hv_doctor_status_name(check->status), "found", check->found, "remedy", check->remedy));
    }
    json_t *object = json_pack(
        "{s:s, s:b, s:{s:s, s:o}}", "command", "DOCTOR", "ok", (int)is_fit(checks), "result", "uri", uri,
        "checks", list);

    svp_json_line(stdout, object);
    json_decref(object);
}

static void print_remedies(SvpPage *page, const GPtrArray *checks)
{
    bool first = true;

    for (unsigned i = 0; i < checks->len; i++) {
        const HvDoctorCheck *check = checks->pdata[i];

        if (!check->remedy)
            continue;
        if (first)
            svp_page_title(page, "What to do");
        first = false;
        g_autofree char *text = g_strdup_printf("%s: %s", check->name, check->remedy);

        svp_page_add(page, SVP_STYLE_PLAIN, "  ");
        svp_page_wrap(page, SVP_STYLE_PLAIN, text, 2, 4);
    }
}

static void print_page(const char *uri, const GPtrArray *checks)
{
    static const SvpColumn columns[] = {{"check", false}, {"status", false}, {"found", false}};
    const SvpPageConfig config = {.out = stdout, .color = isatty(STDOUT_FILENO) != 0};
    g_autoptr(SvpPage) page = svp_page_new(&config);
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    svp_page_begin(page);
    svp_page_title(page, "Real guests on %s", uri);
    for (unsigned i = 0; i < checks->len; i++) {
        const HvDoctorCheck *check = checks->pdata[i];

        svp_table_cell(table, "%s", check->name);
        svp_table_cell(table, "%s", hv_doctor_status_name(check->status));
        svp_table_cell(table, "%s", check->found);
    }
    svp_table_print(table, page);
    print_remedies(page, checks);
}

bool svp_doctor_run(const char *uri, bool json)
{
    g_autoptr(GPtrArray) checks = hv_libvirt_doctor(uri);

    if (json)
        print_json(uri, checks);
    else
        print_page(uri, checks);
    return is_fit(checks);
}
