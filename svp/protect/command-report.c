/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * REPORT PROTECTION: as a frame, as JSON, as CSV.
 *
 * Times on the wall are in the frame only: JSON and CSV are the same in every run of the same commands.
 */
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/csv.h"
#include "svp/error.h"
#include "svp/output.h"
#include "svp/protect/policy-run.h"
#include "svp/protect/report-protection.h"
#include "svp/table.h"

/* --- JSON ------------------------------------------------------------------------------------------------- */

static json_t *json_took(const SvpMeasured *measured)
{
    return measured->known ? svp_json_seconds(measured->took_ns) : json_null();
}

static json_t *counts_json(const GArray *counts)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < counts->len; i++) {
        const SvpProtectionCount *count = &g_array_index(counts, SvpProtectionCount, i);
        json_t *object = json_pack("{s:s}", "label", count->label);

        for (unsigned place = 0; place < SVP_PLACES; place++)
            json_object_set_new(object, svp_place_name((SvpPlace)place), json_integer(count->n[place]));
        json_array_append_new(list, object);
    }
    return list;
}

json_t *svp_protection_json(const GPtrArray *protections)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < protections->len; i++) {
        const SvpProtection *p = protections->pdata[i];

        json_array_append_new(
            list,
            json_pack(
                "{s:s,s:o,s:o,s:o,s:o,s:i,s:o,s:o,s:b,s:o}", "lpar", p->lpar, "newest",
                p->newest ? json_string(p->newest) : json_null(), "age_s",
                p->newest ? svp_json_seconds(p->age_ns) : json_null(), "rpo_s",
                p->rpo_ns == HV_TIME_NEVER ? json_null() : svp_json_seconds(p->rpo_ns), "copies",
                counts_json(p->counts), "tape", (int)p->n_tape, "save_s",
                json_took(&p->last[SVP_MEASURE_SAVE]), "restore_s", json_took(&p->last[SVP_MEASURE_RESTORE]),
                "in_policy", (int)(p->findings->len == 0), "findings", svp_json_strings(p->findings)));
    }
    return list;
}

/* --- Frame ------------------------------------------------------------------------------------------------ */

/* "DAILY 7+7+0": so many in the primary, the mirror and the vault. */
static char *counts_text(const GArray *counts)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < counts->len; i++) {
        const SvpProtectionCount *count = &g_array_index(counts, SvpProtectionCount, i);

        g_string_append_printf(
            text, "%s%s %u+%u+%u", i ? ", " : "", count->label, count->n[SVP_PLACE_PRIMARY],
            count->n[SVP_PLACE_MIRROR], count->n[SVP_PLACE_VAULT]);
    }
    return g_string_free(text, FALSE);
}

static char *took_text(const SvpMeasured *measured)
{
    g_autofree char *took = hv_quantity_describe_duration(measured->took_ns);

    if (!measured->known)
        return g_strdup("");
    return g_strdup_printf("%s (%" G_GINT64_FORMAT " ms)", took, (gint64)(measured->wall_us / 1000));
}

static char *findings_text(const GPtrArray *findings)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < findings->len; i++)
        g_string_append_printf(text, "%s%s", i ? "; " : "", (const char *)findings->pdata[i]);
    return g_string_free(text, FALSE);
}

void svp_protection_frame(SvpPage *page, const GPtrArray *protections)
{
    static const SvpColumn columns[] = {{"LPAR", false},         {"age", true},      {"RPO", true},
                                        {"copies", false},       {"tape", true},     {"last save", false},
                                        {"last restore", false}, {"findings", false}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    for (unsigned i = 0; i < protections->len; i++) {
        const SvpProtection *p = protections->pdata[i];
        g_autofree char *age = p->newest ? svp_text_age(p->age_ns) : g_strdup("");
        g_autofree char *rpo = p->rpo_ns == HV_TIME_NEVER ? g_strdup("")
                                                          : hv_quantity_format_duration(p->rpo_ns);
        g_autofree char *counts = counts_text(p->counts), *save = took_text(&p->last[SVP_MEASURE_SAVE]),
                        *restore = took_text(&p->last[SVP_MEASURE_RESTORE]),
                        *findings = findings_text(p->findings);

        svp_table_cell(table, "%s", p->lpar);
        svp_table_cell(table, "%s", age);
        svp_table_cell(table, "%s", rpo);
        svp_table_cell(table, "%s", counts);
        if (p->n_tape > 0)
            svp_table_cell(table, "%u", p->n_tape);
        else
            svp_table_empty(table);
        svp_table_cell(table, "%s", save);
        svp_table_cell(table, "%s", restore);
        svp_table_cell(table, "%s", p->findings->len ? findings : "in policy");
    }
    svp_page_title(page, "Protection");
    svp_table_print(table, page);
    svp_page_add(page, SVP_STYLE_DIM, "  ");
    svp_page_wrap(
        page, SVP_STYLE_DIM,
        "Copies: label, and how many good ones are in primary + mirror + vault. Tape: saves. Times: "
        "simulated (real).",
        2, 2);
}

/* --- CSV -------------------------------------------------------------------------------------------------- */

static void csv_row(GString *csv, const char *const *fields, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        svp_csv_field(csv, fields[i]);
    svp_csv_end_row(csv);
}

static char *csv_seconds(bool known, HvTime ns)
{
    return known ? svp_csv_seconds(ns) : g_strdup("");
}

/* A row for each LPAR and label; one without copies has one row without a label. */
static void csv_label(GString *csv, const SvpProtection *p, const SvpProtectionCount *count)
{
    g_autofree char *age = csv_seconds(p->newest, p->age_ns),
                    *rpo = csv_seconds(p->rpo_ns != HV_TIME_NEVER, p->rpo_ns),
                    *save = csv_seconds(p->last[SVP_MEASURE_SAVE].known, p->last[SVP_MEASURE_SAVE].took_ns),
                    *restore =
                        csv_seconds(p->last[SVP_MEASURE_RESTORE].known, p->last[SVP_MEASURE_RESTORE].took_ns),
                    *findings = findings_text(p->findings);
    char n[SVP_PLACES][16], tape[16];

    for (unsigned place = 0; place < SVP_PLACES; place++)
        g_snprintf(n[place], sizeof n[place], "%u", count->n[place]);
    g_snprintf(tape, sizeof tape, "%u", p->n_tape);
    const char *fields[] = {
        p->lpar, p->newest ? p->newest : "",      age,     rpo, count->label, n[0], n[1], n[2], tape, save,
        restore, p->findings->len ? "no" : "yes", findings};

    csv_row(csv, fields, G_N_ELEMENTS(fields));
}

GString *svp_protection_csv(const GPtrArray *protections)
{
    static const char *const names[] = {"lpar",      "newest",    "age_s",   "rpo_s", "label",
                                        "primary",   "mirror",    "vault",   "tape",  "save_s",
                                        "restore_s", "in_policy", "findings"};
    static const SvpProtectionCount none = {.label = ""};
    GString *csv = g_string_new(NULL);

    csv_row(csv, names, G_N_ELEMENTS(names));
    for (unsigned i = 0; i < protections->len; i++) {
        const SvpProtection *p = protections->pdata[i];

        for (unsigned j = 0; j < p->counts->len; j++)
            csv_label(csv, p, &g_array_index(p->counts, SvpProtectionCount, j));
        if (p->counts->len == 0)
            csv_label(csv, p, &none);
    }
    return csv;
}

/* --- The command ------------------------------------------------------------------------------------------ */

static bool write_file(SvpConsole *console, const SvpCall *call, const GPtrArray *protections, GError **error)
{
    const char *path = svp_call_word(call, "CSV");

    if (!path)
        return true;
    if (console->config.no_files) {
        g_set_error_literal(
            error, SVP_ERROR, SVP_ERROR_FILE,
            "This console writes no files\nGive REPORT without CSV, and keep what it shows");
        return false;
    }
    g_autoptr(GString) csv = svp_protection_csv(protections);

    return svp_csv_write(csv, path, svp_call_word(call, "REPLACE") != NULL, error);
}

SVP_COMMAND_FUNC(report_protection)
{
    const SvpProtect *protect = svp_console_protect(console, error);
    const char *path = svp_call_word(call, "CSV");

    if (!protect)
        return false;
    g_autoptr(GPtrArray) protections = svp_protection_of(
        protect, console->store, svp_console_state(console), svp_protect_now(protect),
        svp_call_lpar(call, "lpar"));

    if (!write_file(console, call, protections, error))
        return false;
    if (result->json) {
        json_object_set_new(result->json, "report", json_string("protection"));
        json_object_set_new(result->json, "lpars", svp_protection_json(protections));
        if (path)
            json_object_set_new(result->json, "csv", json_string(path));
    } else if (path) {
        svp_page_printf(result->page, SVP_STYLE_GOOD, "%s has been written.\n", path);
    } else {
        svp_protection_frame(result->page, protections);
    }
    return true;
}
