/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The share matrix, figure 4 of the patent: LPARs by IPs, each cell the share that a LIP has of an IP.
 *
 * A share is shown of any assignment, before and after an INTEG; whether a LIP is online is known of the present only, so the matrix
 * of the past is drawn before it is past. A wide machine is shown in blocks of IPs, and a block lists only the LPARs that have something
 * in it.
 */
#include "resmgr/share-table.h"
#include "svp/frames/frames.h"
#include "svp/output.h"
#include "svp/table.h"

#include <string.h>

#define CELL_COLUMNS 9u

/* What an LPAR has counts while it is assigned. */
static bool has_shares(const ResmgrLpar *lpar)
{
    return lpar->assignment == RESMGR_ASSIGNED || lpar->assignment == RESMGR_OFFLINE;
}

static bool is_online(MonitorSystem *system, unsigned lpar, unsigned lip)
{
    return lpar_lip_is_online(monitor_system_lpar(system, lpar), lip);
}

/* --- JSON ----------------------------------------------------------------------------------------------- */

static json_t *share_json(MonitorSystem *system, const ResmgrLpar *lpar, const ResmgrLip *lip)
{
    json_t *share = json_object();

    json_object_set_new(share, "lpar", json_string(lpar->name));
    json_object_set_new(share, "lip", json_integer(lip->number));
    json_object_set_new(share, "share_percent", svp_json_share(lip->share_bp));
    json_object_set_new(
        share, "state", json_string(is_online(system, lpar->number, lip->number) ? "online" : "offline"));
    return share;
}

static json_t *ip_json(MonitorSystem *system, const ResmgrState *state, unsigned ip, unsigned only_lpar)
{
    json_t *object = json_object(), *shares = json_array();

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = g_ptr_array_index(state->lpars, i);
        bool counts = has_shares(lpar) && (only_lpar == 0 || only_lpar == lpar->number);
        const ResmgrLip *lip = counts ? resmgr_share_table_on_ip(lpar->lips, ip) : NULL;

        if (lip)
            json_array_append_new(shares, share_json(system, lpar, lip));
    }
    json_object_set_new(object, "ip", json_integer(ip));
    json_object_set_new(
        object, "type", json_string(hv_ip_type_name(state->definition->machine->ip_types[ip - 1])));
    json_object_set_new(object, "pool", json_boolean(state->ip_in_pool[ip - 1]));
    json_object_set_new(object, "shares", shares);
    return object;
}

json_t *svp_ips_json(MonitorSystem *system, const ResmgrState *state, unsigned lpar)
{
    json_t *ips = json_array();

    for (unsigned ip = 1; ip <= state->definition->machine->n_ips; ip++)
        json_array_append_new(ips, ip_json(system, state, ip, lpar));
    return ips;
}

/* --- The matrix ----------------------------------------------------------------------------------------- */

/* IPs that are divided by shares: GArray of unsigned. */
static GArray *shared_ips(const ResmgrState *state)
{
    GArray *ips = g_array_new(FALSE, FALSE, sizeof(unsigned));

    for (unsigned ip = 1; ip <= state->definition->machine->n_ips; ip++)
        if (!state->ip_in_pool[ip - 1])
            g_array_append_val(ips, ip);
    return ips;
}

static unsigned name_columns(const ResmgrState *state)
{
    size_t columns = strlen("free");

    for (unsigned i = 0; i < state->lpars->len; i++)
        columns = MAX(columns, strlen(((const ResmgrLpar *)g_ptr_array_index(state->lpars, i))->name));
    return (unsigned)columns;
}

static bool row_has(const ResmgrLpar *lpar, const unsigned *ips, unsigned n_ips)
{
    for (unsigned i = 0; i < n_ips; i++)
        if (resmgr_share_table_on_ip(lpar->lips, ips[i]))
            return true;
    return false;
}

static void draw_cell(SvpPage *page, MonitorSystem *system, const ResmgrLpar *lpar, unsigned ip)
{
    const ResmgrLip *lip = resmgr_share_table_on_ip(lpar->lips, ip);

    if (!lip) {
        svp_page_printf(page, SVP_STYLE_DIM, "%*s", (int)CELL_COLUMNS - 1, "");
        svp_page_repeat(page, SVP_STYLE_DIM, SVP_GLYPH_NONE, 1);
        return;
    }
    bool online = is_online(system, lpar->number, lip->number);
    g_autofree char *share = hv_quantity_format_percent(lip->share_bp);
    g_autofree char *cell = g_strdup_printf(online ? "%s" : "(%s)", share);

    svp_page_printf(page, online ? SVP_STYLE_PLAIN : SVP_STYLE_NOTABLE, "%*s", (int)CELL_COLUMNS, cell);
}

static void draw_free_row(
    SvpPage *page, const ResmgrState *state, const unsigned *ips, unsigned n_ips, unsigned name_width)
{
    bool any = false;

    for (unsigned i = 0; i < n_ips; i++)
        any = any || resmgr_share_table_sum_bp(state, ips[i], /* with_offline= */ true) < HV_SHARE_WHOLE_BP;
    if (!any)
        return;
    svp_page_printf(page, SVP_STYLE_DIM, "  %-*s", (int)name_width, "free");
    for (unsigned i = 0; i < n_ips; i++) {
        uint32_t rest_bp = HV_SHARE_WHOLE_BP -
                           resmgr_share_table_sum_bp(state, ips[i], /* with_offline= */ true);
        g_autofree char *rest = hv_quantity_format_percent(rest_bp);

        svp_page_printf(page, SVP_STYLE_DIM, "%*s", (int)CELL_COLUMNS, rest_bp ? rest : "");
    }
    svp_page_add(page, SVP_STYLE_PLAIN, "\n");
}

static void draw_block(
    SvpPage *page, MonitorSystem *system, const ResmgrState *state, unsigned only_lpar, const unsigned *ips,
    unsigned n_ips)
{
    unsigned name_width = name_columns(state);

    svp_page_printf(page, SVP_STYLE_DIM, "  %*s", (int)name_width, "");
    for (unsigned i = 0; i < n_ips; i++) {
        g_autofree char *name = g_strdup_printf("IP%u", ips[i]);

        svp_page_printf(page, SVP_STYLE_DIM, "%*s", (int)CELL_COLUMNS, name);
    }
    svp_page_add(page, SVP_STYLE_PLAIN, "\n");
    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = g_ptr_array_index(state->lpars, i);

        if (!has_shares(lpar, only_lpar) || !row_has(lpar, ips, n_ips))
            continue;
        svp_page_printf(page, SVP_STYLE_PLAIN, "  %-*s", (int)name_width, lpar->name);
        for (unsigned k = 0; k < n_ips; k++)
            draw_cell(page, system, lpar, ips[k]);
        svp_page_add(page, SVP_STYLE_PLAIN, "\n");
    }
    draw_free_row(page, state, ips, n_ips, name_width);
}

void svp_share_matrix_frame(
    SvpPage *page, MonitorSystem *system, const ResmgrState *state, unsigned lpar, const char *title)
{
    g_autoptr(GArray) ips = shared_ips(state);
    unsigned per_block = MAX((svp_page_width(page) - 2 - name_columns(state)) / CELL_COLUMNS, 1);

    if (ips->len == 0)
        return;
    svp_page_title(page, "%s", title);
    for (unsigned first = 0; first < ips->len; first += per_block) {
        if (first > 0)
            svp_page_add(page, SVP_STYLE_PLAIN, "\n");
        draw_block(
            page, system, state, lpar, &g_array_index(ips, unsigned, first),
            MIN(per_block, ips->len - first));
    }
}
