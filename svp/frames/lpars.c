/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The LPARs: run state, guest, storage, LIPs and channel paths of each.
 *
 * Retired LPARs are listed too: their names are still known, and an operator who looks for one finds out what became of it.
 */
#include "resmgr/channel-table.h"
#include "svp/frames/frames.h"
#include "svp/output.h"
#include "svp/table.h"

#define DIGEST_SHOWN 12

/* --- JSON ----------------------------------------------------------------------------------------------- */

static json_t *area_json(const ResmgrArea *area)
{
    json_t *object = json_object();

    json_object_set_new(object, "origin_mib", svp_json_mib(area->origin_bytes));
    json_object_set_new(object, "size_mib", svp_json_mib(area->size_bytes));
    json_object_set_new(object, "reserved_mib", svp_json_mib(area->reserved_bytes));
    if (area->reserved_next_given)
        json_object_set_new(object, "reserved_next_mib", svp_json_mib(area->reserved_next_bytes));
    return object;
}

static json_t *lip_json(MonitorSystem *system, const ResmgrLpar *lpar, const ResmgrLip *lip)
{
    bool online = lpar_lip_is_online(monitor_system_lpar(system, lpar->number), lip->number);
    uint64_t share_bp = lip->ip != 0 ? lip->share_bp : svp_pool_lip_share_bp(system, lpar, lip->type);
    json_t *object = json_object();

    json_object_set_new(object, "lip", json_integer(lip->number));
    json_object_set_new(object, "ip", lip->ip != 0 ? json_integer(lip->ip) : json_null());
    json_object_set_new(object, "type", json_string(hv_ip_type_name(lip->type)));
    json_object_set_new(object, "share_percent", svp_json_share(share_bp));
    json_object_set_new(object, "state", json_string(online ? "online" : "offline"));
    return object;
}

static json_t *channels_json(const ResmgrState *state, unsigned lpar)
{
    g_autoptr(GArray) chps = resmgr_channel_table_of(state, lpar);
    json_t *channels = json_array();

    for (unsigned i = 0; i < chps->len; i++)
        json_array_append_new(channels, svp_json_chpid(g_array_index(chps, uint8_t, i)));
    return channels;
}

static json_t *lpar_json(MonitorSystem *system, const ResmgrLpar *lpar)
{
    LparControl *control = monitor_system_lpar(system, lpar->number);
    json_t *object = json_object(), *lips = json_array();

    for (unsigned i = 0; i < lpar->lips->len; i++)
        json_array_append_new(lips, lip_json(system, lpar, &g_array_index(lpar->lips, ResmgrLip, i)));
    json_object_set_new(object, "number", json_integer(lpar->number));
    json_object_set_new(object, "name", json_string(lpar->name));
    json_object_set_new(object, "state", json_string(lpar_run_state_name(lpar_run_state(control))));
    json_object_set_new(object, "guest", svp_guest_json(control));
    json_object_set_new(object, "lips", lips);
    json_object_set_new(object, "ms", area_json(&lpar->areas[RESMGR_MS]));
    json_object_set_new(object, "es", area_json(&lpar->areas[RESMGR_ES]));
    json_object_set_new(object, "channels", channels_json(monitor_system_state(system), lpar->number));
    return object;
}

json_t *svp_lpars_json(MonitorSystem *system, unsigned lpar)
{
    const ResmgrState *state = monitor_system_state(system);
    json_t *lpars = json_array();

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *one = g_ptr_array_index(state->lpars, i);

        if (lpar == 0 || lpar == one->number)
            json_array_append_new(lpars, lpar_json(system, one));
    }
    return lpars;
}

/* --- The frame ------------------------------------------------------------------------------------------ */

static void guest_cells(SvpTable *table, LparControl *control)
{
    HvGuest *guest = lpar_guest(control);

    if (!guest) {
        for (unsigned i = 0; i < 4; i++)
            svp_table_empty(table);
        return;
    }
    g_autofree char *digest = hv_guest_digest(guest);
    HvGuestStatus status = hv_guest_status(guest);
    g_autofree char *uptime = svp_text_seconds(status.uptime_ns);
    g_autofree char *ms = hv_quantity_format_size(status.ms_online_bytes);

    svp_table_cell(table, "%u", status.boots);
    svp_table_cell(table, "%s", uptime);
    svp_table_cell(table, "%s", ms);
    svp_table_cell(table, "%.*s", DIGEST_SHOWN, digest ? digest : "");
}

static unsigned count_online(const LparControl *control, const ResmgrLpar *lpar)
{
    unsigned n = 0;

    for (unsigned i = 0; i < lpar->lips->len; i++)
        n += lpar_lip_is_online(control, g_array_index(lpar->lips, ResmgrLip, i).number) ? 1 : 0;
    return n;
}

static void lpar_row(SvpTable *table, MonitorSystem *system, const ResmgrLpar *lpar)
{
    LparControl *control = monitor_system_lpar(system, lpar->number);
    g_autoptr(GArray) chps = resmgr_channel_table_of(monitor_system_state(system), lpar->number);
    g_autofree char *ms = hv_quantity_format_size(lpar->areas[RESMGR_MS].size_bytes);
    g_autofree char *es = hv_quantity_format_size(lpar->areas[RESMGR_ES].size_bytes);

    svp_table_cell(table, "%u", lpar->number);
    svp_table_cell(table, "%s", lpar->name);
    svp_table_cell(table, "%s", lpar_run_state_name(lpar_run_state(control)));
    if (lpar->assignment == RESMGR_RETIRED) {
        for (unsigned i = 0; i < 4; i++)
            svp_table_empty(table);
    } else {
        svp_table_cell(table, "%s", ms);
        svp_table_cell(table, "%s", lpar->areas[RESMGR_ES].size_bytes ? es : "");
        svp_table_cell(table, "%u/%u", count_online(control, lpar), lpar->lips->len);
        svp_table_cell(table, "%u", chps->len);
    }
    guest_cells(table, control);
}

/* What one LPAR is made of, when only one is asked for. */
static void lips_table(SvpPage *page, MonitorSystem *system, const ResmgrLpar *lpar)
{
    static const SvpColumn columns[] = {
        {"LIP", true}, {"IP", true}, {"type", false}, {"share %", true}, {"state", false}};
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    for (unsigned i = 0; i < lpar->lips->len; i++) {
        const ResmgrLip *lip = &g_array_index(lpar->lips, ResmgrLip, i);
        bool online = lpar_lip_is_online(monitor_system_lpar(system, lpar->number), lip->number);
        uint64_t share_bp = lip->ip != 0 ? lip->share_bp : svp_pool_lip_share_bp(system, lpar, lip->type);
        g_autofree char *ip = lip->ip != 0 ? g_strdup_printf("%u", lip->ip) : g_strdup("pool");

        svp_table_cell(table, "%u", lip->number);
        svp_table_cell(table, "%s", ip);
        svp_table_cell(table, "%s", hv_ip_type_name(lip->type));
        if (lip->ip != 0 && monitor_system_state(system)->ip_dedicated[lip->ip - 1])
            svp_table_cell(table, "DED");
        else
            svp_table_cell(table, "%.2f", (double)share_bp / 100.0);
        svp_table_cell(table, "%s", online ? "online" : "offline");
    }
    svp_page_title(page, "LIPs of %s", lpar->name);
    svp_table_print(table, page);
}

/* Whose domains have not got everything yet; what, shows DISPLAY LPAR with the name. */
static void say_pending(SvpPage *page, MonitorSystem *system)
{
    const ResmgrState *state = monitor_system_state(system);

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *one = g_ptr_array_index(state->lpars, i);
        HvGuest *guest = lpar_guest(monitor_system_lpar(system, one->number));

        if (guest && hv_guest_is_real(guest) && hv_guest_sight(guest).pending->len > 0)
            svp_page_printf(
                page, SVP_STYLE_NOTABLE, "Something is pending: DISPLAY LPAR %s says what.\n", one->name);
    }
}

void svp_lpars_frame(SvpPage *page, MonitorSystem *system, unsigned lpar)
{
    static const SvpColumn columns[] = {{"no", true},        {"LPAR", false},  {"state", false},
                                        {"MS", true},        {"ES", true},     {"LIPs", true},
                                        {"CHPs", true},      {"boots", true},  {"uptime", true},
                                        {"MS in use", true}, {"digest", false}};
    const ResmgrState *state = monitor_system_state(system);
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *one = g_ptr_array_index(state->lpars, i);

        if (lpar == 0 || lpar == one->number)
            lpar_row(table, system, one);
    }
    svp_page_title(page, "LPARs");
    svp_table_print(table, page);
    if (lpar == 0) {
        say_pending(page, system);
        return;
    }
    const ResmgrLpar *one = resmgr_state_lpar(state, lpar);

    if (one->lips->len > 0)
        lips_table(page, system, one);
    if (lpar_guest(monitor_system_lpar(system, lpar)))
        svp_guest_frame(page, monitor_system_lpar(system, lpar));
}
