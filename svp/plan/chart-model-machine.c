/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The models of the machine before and after: the storage map and the share matrix.
 *
 * Before and after stand in one model, with the same scale, the same IPs and the same LPARs in the same order, so that they can be
 * compared by eye: an LPAR that was retired has an empty row afterwards. On a large machine the matrix shows the IPs and LPARs
 * whose shares change first, then the others while there is room.
 */
#include "svp/plan/chart-model-private.h"
#include "svp/plan/figure.h"

#include <string.h>

#define MATRIX_IPS_MAX   32u
#define MATRIX_LPARS_MAX 40u

const json_t *svp_chart_storage_of(const json_t *machine)
{
    const json_t *ms = json_object_get(machine, "ms"), *inner = json_object_get(ms, "ms");

    /* The result of DISPLAY MS, or what is in it. */
    return inner ? inner : ms;
}

/* --- Storage map ---------------------------------------------------------------------------------------- */

static json_t *piece_new(const json_t *given, const json_t *colors)
{
    const char *lpar = json_string_value(json_object_get(given, "lpar"));
    double origin = svp_figure_get_or(given, "origin_mib", 0), size = svp_figure_get_or(given, "size_mib", 0);
    double reserved = svp_figure_get_or(given, "reserved_mib", 0);
    g_autofree char *origin_text = svp_figure_mib(origin), *size_text = svp_figure_mib(size);
    g_autofree char *reserved_text = svp_figure_mib(reserved);
    g_autofree char *text = g_strdup_printf(
        "%s: %s from %s on%s%s", lpar ? lpar : "free", size_text, origin_text,
        reserved > 0 ? ", reserved " : "", reserved > 0 ? reserved_text : "");

    return json_pack(
        "{s:s?,s:i,s:f,s:f,s:s}", "lpar", lpar, "color",
        lpar ? (int)svp_chart_color(colors, lpar) : (int)SVP_CHART_COLORS - 1, "origin_mib", origin,
        "size_mib", size, "text", text);
}

static gint by_origin(gconstpointer a, gconstpointer b)
{
    const json_t *one = *(const json_t *const *)a, *other = *(const json_t *const *)b;
    double left = svp_figure_get_or(one, "origin_mib", 0), right = svp_figure_get_or(other, "origin_mib", 0);

    return left < right ? -1 : left > right;
}

static void collect(GPtrArray *all, const json_t *pieces)
{
    for (size_t i = 0; i < json_array_size(pieces); i++)
        g_ptr_array_add(all, json_array_get(pieces, i));
}

static json_t *map_new(const char *title, const json_t *storage, const json_t *colors)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    json_t *pieces = json_array();

    collect(all, json_object_get(storage, "areas"));
    collect(all, json_object_get(storage, "free"));
    g_ptr_array_sort(all, by_origin);
    for (unsigned i = 0; i < all->len; i++)
        json_array_append_new(pieces, piece_new(g_ptr_array_index(all, i), colors));
    return json_pack("{s:s,s:o}", "title", title, "pieces", pieces);
}

static void describe_map(GString *text, const json_t *map)
{
    const json_t *pieces = json_object_get(map, "pieces");

    g_string_append_printf(text, "%s%s:", text->len > 0 ? " " : "", svp_figure_string(map, "title"));
    for (size_t i = 0; i < json_array_size(pieces); i++)
        g_string_append_printf(
            text, " %s%s", svp_figure_string(json_array_get(pieces, i), "text"),
            i + 1 < json_array_size(pieces) ? ";" : ".");
}

json_t *svp_chart_storage(const json_t *result, unsigned index, const json_t *colors)
{
    const json_t *alternative = json_array_get(json_object_get(result, "alternatives"), index);
    const json_t *before = svp_chart_storage_of(json_object_get(alternative, "before"));
    const json_t *after = svp_chart_storage_of(json_object_get(alternative, "after"));
    double size = svp_figure_get_or(before ? before : after, "size_mib", 0);

    if (size <= 0)
        return NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *id = g_strdup_printf("storage-%02u", index + 1);
    json_t *maps = json_array();

    if (json_is_object(before))
        json_array_append_new(maps, map_new("Before", before, colors));
    if (json_is_object(after))
        json_array_append_new(maps, map_new("After", after, colors));
    for (size_t i = 0; i < json_array_size(maps); i++)
        describe_map(text, json_array_get(maps, i));
    return json_pack(
        "{s:s,s:s,s:s,s:s,s:i,s:f,s:o}", "id", id, "kind", "storage", "title",
        "Main storage, before and after", "text", text->str, "alternative", (int)index, "size_mib", size,
        "maps", maps);
}

/* --- Share matrix --------------------------------------------------------------------------------------- */

/* What a share matrix is made from. */
typedef struct {
    const json_t *machines[2]; /* the "ips" of before and after; NULL if there is none */
    GArray *ips;               /* unsigned: indices into the ips that are shown */
    GPtrArray *lpars;          /* const char *: the LPARs with shares, as shown */
    size_t n_ips, n_lpars;     /* all there are */
} Matrix;

/* Percent that the LPAR has of the IP; negative if it has no LIP there. */
static double share_of(const json_t *ips, size_t ip, const char *lpar)
{
    const json_t *shares = json_object_get(json_array_get(ips, ip), "shares");

    for (size_t i = 0; i < json_array_size(shares); i++)
        if (strcmp(svp_figure_string(json_array_get(shares, i), "lpar"), lpar) == 0)
            return svp_figure_get_or(json_array_get(shares, i), "share_percent", 0);
    return -1;
}

static bool ip_changes(const Matrix *matrix, size_t ip)
{
    return matrix->machines[0] && matrix->machines[1] &&
           !json_equal(json_array_get(matrix->machines[0], ip), json_array_get(matrix->machines[1], ip));
}

static gint rising(gconstpointer a, gconstpointer b)
{
    unsigned one = *(const unsigned *)a, other = *(const unsigned *)b;

    return one < other ? -1 : one > other;
}

/* IPs that change first, then the others; shown in their order. */
static void choose_ips(Matrix *matrix)
{
    matrix->n_ips = MAX(json_array_size(matrix->machines[0]), json_array_size(matrix->machines[1]));
    for (int changing = 1; changing >= 0; changing--)
        for (unsigned ip = 0; ip < matrix->n_ips && matrix->ips->len < MATRIX_IPS_MAX; ip++)
            if (ip_changes(matrix, ip) == changing)
                g_array_append_val(matrix->ips, ip);
    g_array_sort(matrix->ips, rising);
}

static void meet_lpar(Matrix *matrix, const char *lpar)
{
    for (unsigned i = 0; i < matrix->lpars->len; i++)
        if (strcmp(g_ptr_array_index(matrix->lpars, i), lpar) == 0)
            return;
    matrix->n_lpars++;
    if (matrix->lpars->len < MATRIX_LPARS_MAX)
        g_ptr_array_add(matrix->lpars, g_strdup(lpar));
}

static void choose_lpars(Matrix *matrix)
{
    for (unsigned i = 0; i < matrix->ips->len; i++)
        for (unsigned k = 0; k < G_N_ELEMENTS(matrix->machines); k++) {
            unsigned ip = g_array_index(matrix->ips, unsigned, i);
            const json_t *shares = json_object_get(json_array_get(matrix->machines[k], ip), "shares");

            for (size_t m = 0; m < json_array_size(shares); m++)
                meet_lpar(matrix, svp_figure_string(json_array_get(shares, m), "lpar"));
        }
}

static json_t *row_new(const Matrix *matrix, const json_t *machine, const char *lpar, const json_t *colors)
{
    json_t *percents = json_array();

    for (unsigned i = 0; i < matrix->ips->len; i++) {
        double percent = share_of(machine, g_array_index(matrix->ips, unsigned, i), lpar);

        json_array_append_new(percents, percent < 0 ? json_null() : json_real(percent));
    }
    return json_pack(
        "{s:s,s:i,s:o}", "lpar", lpar, "color", (int)svp_chart_color(colors, lpar), "percents", percents);
}

static json_t *matrix_new(const Matrix *matrix, unsigned which, const json_t *colors)
{
    json_t *rows = json_array();

    for (unsigned i = 0; i < matrix->lpars->len; i++)
        json_array_append_new(
            rows, row_new(matrix, matrix->machines[which], g_ptr_array_index(matrix->lpars, i), colors));
    return json_pack("{s:s,s:o}", "title", which == 0 ? "Before" : "After", "rows", rows);
}

static json_t *shown_ips(const Matrix *matrix)
{
    const json_t *all = matrix->machines[0] ? matrix->machines[0] : matrix->machines[1];
    json_t *ips = json_array();

    for (unsigned i = 0; i < matrix->ips->len; i++) {
        const json_t *ip = json_array_get(all, g_array_index(matrix->ips, unsigned, i));

        json_array_append_new(
            ips, json_pack(
                     "{s:i,s:s,s:b}", "ip", (int)svp_figure_get_or(ip, "ip", 0), "type",
                     svp_figure_string(ip, "type"), "pool", json_is_true(json_object_get(ip, "pool"))));
    }
    return ips;
}

/* In words: what each LPAR has of all IPs that are shown. */
static char *describe_matrices(const json_t *matrices)
{
    GString *text = g_string_new("Sum of the shares of each LPAR, in IPs.");

    for (size_t i = 0; i < json_array_size(matrices); i++) {
        const json_t *rows = json_object_get(json_array_get(matrices, i), "rows");

        g_string_append_printf(text, " %s:", svp_figure_string(json_array_get(matrices, i), "title"));
        for (size_t k = 0; k < json_array_size(rows); k++) {
            const json_t *percents = json_object_get(json_array_get(rows, k), "percents");
            double sum = 0;

            for (size_t m = 0; m < json_array_size(percents); m++)
                sum += json_number_value(json_array_get(percents, m));
            g_autofree char *number = svp_figure_number(sum / 100);

            g_string_append_printf(
                text, " %s %s%s", svp_figure_string(json_array_get(rows, k), "lpar"), number,
                k + 1 < json_array_size(rows) ? "," : ".");
        }
    }
    return g_string_free(text, FALSE);
}

static json_t *shares_model(const Matrix *matrix, unsigned index, const json_t *colors)
{
    g_autofree char *id = g_strdup_printf("shares-%02u", index + 1);
    json_t *matrices = json_array();

    for (unsigned i = 0; i < G_N_ELEMENTS(matrix->machines); i++)
        if (matrix->machines[i])
            json_array_append_new(matrices, matrix_new(matrix, i, colors));
    g_autofree char *text = describe_matrices(matrices);
    size_t left_out = matrix->n_ips - matrix->ips->len + matrix->n_lpars - matrix->lpars->len;

    return json_pack(
        "{s:s,s:s,s:s,s:s,s:i,s:o,s:o,s:I}", "id", id, "kind", "shares", "title",
        "Shares of the IPs in percent, before and after", "text", text, "alternative", (int)index, "ips",
        shown_ips(matrix), "matrices", matrices, "left_out", (json_int_t)left_out);
}

static const json_t *ips_of(const json_t *alternative, const char *when)
{
    const json_t *ips = json_object_get(json_object_get(alternative, when), "ips");

    return json_array_size(ips) > 0 ? ips : NULL;
}

json_t *svp_chart_shares(const json_t *result, unsigned index, const json_t *colors)
{
    const json_t *alternative = json_array_get(json_object_get(result, "alternatives"), index);
    g_autoptr(GArray) ips = g_array_new(FALSE, FALSE, sizeof(unsigned));
    g_autoptr(GPtrArray) lpars = g_ptr_array_new_with_free_func(g_free);
    Matrix matrix = {
        .machines = {ips_of(alternative, "before"), ips_of(alternative, "after")},
        .ips = ips,
        .lpars = lpars};

    choose_ips(&matrix);
    choose_lpars(&matrix);
    /* Without shares, all IPs are in pools: there is no matrix. */
    return lpars->len > 0 ? shares_model(&matrix, index, colors) : NULL;
}
