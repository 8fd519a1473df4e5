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
    json_object_set_new(object, "dedicated", json_boolean(state->ip_dedicated[ip - 1]));
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

typedef struct {
    SvpPage *page;
    MonitorSystem *system;
    const ResmgrState *state;
    const SvpMatrixSelection *selection; /* NULL: all */
    unsigned name_width;
    bool any_offline; /* a share in parentheses was drawn */
} Matrix;

static bool is_selected(const SvpMatrixSelection *selection, unsigned lpar)
{
    return !selection || lpar == selection->lpars[0] || lpar == selection->lpars[1];
}

/* Whether the IP is divided by shares and, if LPARs are selected, one of them has a LIP there. */
static bool ip_is_shown(const Matrix *matrix, unsigned ip)
{
    if (matrix->state->ip_in_pool[ip - 1])
        return false;
    if (!matrix->selection)
        return true;
    for (unsigned i = 0; i < matrix->state->lpars->len; i++) {
        const ResmgrLpar *lpar = g_ptr_array_index(matrix->state->lpars, i);

        if (is_selected(matrix->selection, lpar->number) && resmgr_share_table_on_ip(lpar->lips, ip))
            return true;
    }
    return false;
}

/* GArray of unsigned. */
static GArray *shown_ips(const Matrix *matrix)
{
    GArray *ips = g_array_new(FALSE, FALSE, sizeof(unsigned));

    for (unsigned ip = 1; ip <= matrix->state->definition->machine->n_ips; ip++)
        if (ip_is_shown(matrix, ip))
            g_array_append_val(ips, ip);
    return ips;
}

static unsigned name_width(const ResmgrState *state)
{
    size_t columns = strlen("free");

    for (unsigned i = 0; i < state->lpars->len; i++)
        columns = MAX(columns, strlen(((const ResmgrLpar *)g_ptr_array_index(state->lpars, i))->name));
    return (unsigned)columns;
}

static bool row_is_shown(const Matrix *matrix, const ResmgrLpar *lpar, const unsigned *ips, unsigned n_ips)
{
    bool chosen = is_selected(matrix->selection, lpar->number) || matrix->selection->neighbours;

    for (unsigned i = 0; chosen && has_shares(lpar) && i < n_ips; i++)
        if (resmgr_share_table_on_ip(lpar->lips, ips[i]))
            return true;
    return false;
}

static void draw_cell(Matrix *matrix, const ResmgrLpar *lpar, unsigned ip)
{
    const ResmgrLip *lip = resmgr_share_table_on_ip(lpar->lips, ip);

    if (!lip) {
        svp_page_printf(matrix->page, SVP_STYLE_DIM, "%*s", (int)CELL_COLUMNS - 1, "");
        svp_page_repeat(matrix->page, SVP_STYLE_DIM, SVP_GLYPH_NONE, 1);
        return;
    }
    bool online = is_online(matrix->system, lpar->number, lip->number);
    g_autofree char *share = matrix->state->ip_dedicated[ip - 1] ? g_strdup("DED")
                                                                 : hv_quantity_format_percent(lip->share_bp);
    g_autofree char *cell = g_strdup_printf(online ? "%s" : "(%s)", share);

    matrix->any_offline = matrix->any_offline || !online;
    svp_page_printf(
        matrix->page, online ? SVP_STYLE_PLAIN : SVP_STYLE_NOTABLE, "%*s", (int)CELL_COLUMNS, cell);
}

static void draw_heading(const Matrix *matrix, const unsigned *ips, unsigned n_ips)
{
    svp_page_printf(matrix->page, SVP_STYLE_DIM, "  %*s", (int)matrix->name_width, "");
    for (unsigned i = 0; i < n_ips; i++) {
        g_autofree char *name = g_strdup_printf("IP%u", ips[i]);

        svp_page_printf(matrix->page, SVP_STYLE_DIM, "%*s", (int)CELL_COLUMNS, name);
    }
    svp_page_add(matrix->page, SVP_STYLE_PLAIN, "\n");
}

/* What of each IP nobody has; nothing if that is nothing. */
static void draw_free(const Matrix *matrix, const unsigned *ips, unsigned n_ips)
{
    g_autoptr(GString) line = g_string_new(NULL);
    uint32_t sum_bp = 0;

    for (unsigned i = 0; i < n_ips; i++) {
        uint32_t rest_bp = HV_SHARE_WHOLE_BP -
                           resmgr_share_table_sum_bp(matrix->state, ips[i], /* with_offline= */ true);
        g_autofree char *rest = hv_quantity_format_percent(rest_bp);

        g_string_append_printf(line, "%*s", (int)CELL_COLUMNS, rest_bp ? rest : "");
        sum_bp += rest_bp;
    }
    if (sum_bp > 0)
        svp_page_printf(
            matrix->page, SVP_STYLE_DIM, "  %-*s%s\n", (int)matrix->name_width, "free", line->str);
}

static void draw_block(Matrix *matrix, const unsigned *ips, unsigned n_ips)
{
    draw_heading(matrix, ips, n_ips);
    for (unsigned i = 0; i < matrix->state->lpars->len; i++) {
        const ResmgrLpar *lpar = g_ptr_array_index(matrix->state->lpars, i);

        if (!row_is_shown(matrix, lpar, ips, n_ips))
            continue;
        svp_page_printf(matrix->page, SVP_STYLE_PLAIN, "  %-*s", (int)matrix->name_width, lpar->name);
        for (unsigned k = 0; k < n_ips; k++)
            draw_cell(matrix, lpar, ips[k]);
        svp_page_add(matrix->page, SVP_STYLE_PLAIN, "\n");
    }
    if (!matrix->selection || matrix->selection->neighbours)
        draw_free(matrix, ips, n_ips);
}

void svp_share_matrix_frame(
    SvpPage *page, MonitorSystem *system, const ResmgrState *state, const SvpMatrixSelection *selection,
    const char *title)
{
    Matrix matrix = {
        .page = page,
        .system = system,
        .state = state,
        .selection = selection,
        .name_width = name_width(state)};
    g_autoptr(GArray) ips = shown_ips(&matrix);
    unsigned per_block = MAX((svp_page_width(page) - 2 - matrix.name_width) / CELL_COLUMNS, 1);

    if (ips->len == 0)
        return;
    svp_page_title(page, "%s", title);
    for (unsigned first = 0; first < ips->len; first += per_block) {
        if (first > 0)
            svp_page_add(page, SVP_STYLE_PLAIN, "\n");
        draw_block(&matrix, &g_array_index(ips, unsigned, first), MIN(per_block, ips->len - first));
    }
    if (matrix.any_offline)
        svp_page_add(page, SVP_STYLE_DIM, "  In parentheses: the LIP is offline, it has no task.\n");
}
