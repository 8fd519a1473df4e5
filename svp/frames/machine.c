/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machine: what it consists of, and which LPARs have been integrated into which.
 *
 * All but the integrations and the armed fault is what the machine file says, and stays so.
 */
#include "svp/frames/frames.h"
#include "svp/output.h"
#include "svp/table.h"

static unsigned count_ips(const HvMachineDef *machine, HvIpType type)
{
    unsigned n = 0;

    for (unsigned ip = 1; ip <= machine->n_ips; ip++)
        n += machine->ip_types[ip - 1] == type ? 1 : 0;
    return n;
}

static unsigned count_chps(const ResmgrState *state)
{
    unsigned n = 0;

    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++)
        n += state->chps[chpid].installed ? 1 : 0;
    return n;
}

/* --- JSON ----------------------------------------------------------------------------------------------- */

/* Once its clone is deleted, a number is all that is left of an LPAR. */
static char *lpar_text(const ResmgrState *state, unsigned lpar)
{
    const ResmgrLpar *named = resmgr_state_lpar(state, lpar);

    return named ? g_strdup(named->name) : g_strdup_printf("LPAR %u", lpar);
}

static unsigned count_retired(const ResmgrState *state)
{
    unsigned n = 0;

    for (unsigned i = 0; i < state->lpars->len; i++)
        n += ((const ResmgrLpar *)g_ptr_array_index(state->lpars, i))->assignment == RESMGR_RETIRED;
    return n;
}

static json_t *commits_json(const ResmgrState *state)
{
    json_t *commits = json_array();

    for (unsigned i = 0; i < state->commits->len; i++) {
        const ResmgrCommit *commit = &g_array_index(state->commits, ResmgrCommit, i);
        json_t *object = json_object();

        json_object_set_new(object, "at_s", svp_json_seconds(commit->at_ns));
        g_autofree char *lpar = lpar_text(state, commit->retired);
        g_autofree char *survivor = lpar_text(state, commit->survivor);
        bool came_back = commit->survivor == 0;

        json_object_set_new(object, came_back ? "restored" : "retired", json_string(lpar));
        if (!came_back)
            json_object_set_new(object, "survivor", json_string(survivor));
        json_array_append_new(commits, object);
    }
    return commits;
}

static json_t *ip_types_json(const HvMachineDef *machine)
{
    json_t *types = json_object();

    for (unsigned type = 0; type < HV_IP_TYPES; type++)
        if (count_ips(machine, type) > 0)
            json_object_set_new(types, hv_ip_type_name(type), json_integer(count_ips(machine, type)));
    return types;
}

json_t *svp_machine_json(MonitorSystem *system)
{
    const ResmgrState *state = monitor_system_state(system);
    const HvMachineDef *machine = state->definition->machine;
    const char *fault = monitor_system_fault(system);
    json_t *object = json_object();

    json_object_set_new(object, "name", json_string(machine->name ? machine->name : ""));
    json_object_set_new(object, "ips", json_integer(machine->n_ips));
    json_object_set_new(object, "ip_types", ip_types_json(machine));
    json_object_set_new(object, "ms_mib", svp_json_mib(machine->ms_bytes));
    json_object_set_new(object, "es_mib", svp_json_mib(machine->es_bytes));
    json_object_set_new(object, "increment_mib", svp_json_mib(machine->increment_bytes));
    json_object_set_new(object, "channels", json_integer(count_chps(state)));
    json_object_set_new(object, "devices", json_integer(machine->devices->len));
    json_object_set_new(object, "lpars", json_integer(state->lpars->len));
    json_object_set_new(object, "ms_copy_rate_mib_per_s", svp_json_mib(machine->ms_copy_rate));
    json_object_set_new(object, "dispatch_cost_s", svp_json_seconds(machine->dispatch_cost_ns));
    json_object_set_new(
        object, "slice_s", machine->slice_ns ? svp_json_seconds(machine->slice_ns) : json_null());
    json_object_set_new(object, "wait_completion", json_boolean(machine->wait_completion));
    if (machine->calendar.given) {
        g_autofree char *clock = hv_calendar_show(&machine->calendar, monitor_system_now(system));

        json_object_set_new(object, "clock", json_string(clock));
    }
    json_object_set_new(object, "fault", fault ? json_string(fault) : json_null());
    json_object_set_new(object, "integrations", commits_json(state));
    return object;
}

/* --- The frame ------------------------------------------------------------------------------------------ */

static char *ips_text(const HvMachineDef *machine)
{
    GString *text = g_string_new(NULL);

    for (unsigned type = 0; type < HV_IP_TYPES; type++)
        if (count_ips(machine, type) > 0)
            g_string_append_printf(
                text, "%s%u %s", text->len ? ", " : "", count_ips(machine, type), hv_ip_type_name(type));
    return g_string_free(text, FALSE);
}

static void inventory_rows(SvpTable *table, const ResmgrState *state)
{
    const HvMachineDef *machine = state->definition->machine;
    g_autofree char *ips = ips_text(machine), *ms = hv_quantity_format_size(machine->ms_bytes);
    g_autofree char *es = hv_quantity_format_size(machine->es_bytes);
    g_autofree char *increment = hv_quantity_format_size(machine->increment_bytes);
    g_autofree char *rate = hv_quantity_format_size(machine->ms_copy_rate);
    g_autofree char *slice = hv_quantity_format_duration(machine->slice_ns);
    g_autofree char *cost = hv_quantity_format_duration(machine->dispatch_cost_ns);

    svp_table_cell(table, "IPs");
    svp_table_cell(table, "%s", ips);
    svp_table_cell(table, "storage");
    svp_table_cell(table, "MS %s, ES %s, increment %s, copied at %s per second", ms, es, increment, rate);
    svp_table_cell(table, "channels");
    svp_table_cell(table, "%u paths, %u devices", count_chps(state), machine->devices->len);
    svp_table_cell(table, "LPARs");
    svp_table_cell(table, "%u, %u of them integrated into others", state->lpars->len, count_retired(state));
    svp_table_cell(table, "dispatching");
    svp_table_cell(
        table, "slice %s, cost of a dispatch %s, wait completion %s",
        machine->slice_ns ? slice : "by the rule", cost, machine->wait_completion ? "yes" : "no");
}

void svp_machine_frame(SvpPage *page, MonitorSystem *system)
{
    static const SvpColumn columns[] = {{"", false}, {"", false}};
    const ResmgrState *state = monitor_system_state(system);
    const char *fault = monitor_system_fault(system);
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    svp_page_title(
        page, "Machine %s", state->definition->machine->name ? state->definition->machine->name : "");
    inventory_rows(table, state);
    if (state->definition->machine->calendar.given) {
        g_autofree char *clock =
            hv_calendar_show(&state->definition->machine->calendar, monitor_system_now(system));

        svp_table_cell(table, "clock");
        svp_table_cell(table, "%s", clock);
    }
    if (fault) {
        svp_table_cell(table, "fault");
        svp_table_cell(table, "the next INTEG fails at %s", fault);
    }
    for (unsigned i = 0; i < state->commits->len; i++) {
        const ResmgrCommit *commit = &g_array_index(state->commits, ResmgrCommit, i);
        g_autofree char *at = svp_text_seconds(commit->at_ns);

        g_autofree char *lpar = lpar_text(state, commit->retired);
        g_autofree char *survivor = lpar_text(state, commit->survivor);

        svp_table_cell(table, "%s", i == 0 ? "integrated" : "");
        if (commit->survivor == 0)
            svp_table_cell(table, "%s restored at %s", lpar, at);
        else
            svp_table_cell(table, "%s into %s at %s", lpar, survivor, at);
    }
    svp_table_print(table, page);
}
