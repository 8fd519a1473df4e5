/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The machine before and after, as HTML and CSS: storage map and share matrix.
 *
 * Both maps have one scale, so that what was moved is seen where it lies. An LPAR has the same colour everywhere on the page: that of its
 * place in the page's list. The share matrix is the patent's, LPARs by IPs, in blocks of IPs on a wide machine; IPs of a pool belong
 * to nobody, and for a pool the weights are shown.
 */
#include "svp/plan/page-parts.h"

#include <string.h>

#define COLOURS   8u
#define BLOCK_IPS 16u

static const char *const moments[] = {"before", "after"};

/* "24 GiB", "1.5 GiB", "768 MiB". */
char *svp_study_page_size(double mib)
{
    return mib >= 1024.0 ? g_strdup_printf("%.6g GiB", mib / 1024.0) : g_strdup_printf("%.6g MiB", mib);
}

/* "area l3", "area l3 hatch1": eight colours, then the same with hatching. */
static char *colour_class(const SvpStudyPage *page, const char *lpar)
{
    unsigned place = 0;

    g_ptr_array_find_with_equal_func(page->lpars, lpar, g_str_equal, &place);
    unsigned hatch = place / COLOURS % 3;

    return hatch == 0 ? g_strdup_printf("l%u", place % COLOURS)
                      : g_strdup_printf("l%u hatch%u", place % COLOURS, hatch);
}

/* --- Storage map ---------------------------------------------------------------------------------------- */

static const json_t *storage_of(const json_t *alternative, const char *moment, const char *kind)
{
    return json_object_get(json_object_get(json_object_get(alternative, moment), "ms"), kind);
}

static void
add_piece(GString *html, const json_t *piece, const char *class, const char *name, double total_mib)
{
    double origin_mib = svp_html_number_of(piece, "origin_mib"),
           size_mib = svp_html_number_of(piece, "size_mib");
    g_autofree char *size = svp_study_page_size(size_mib), *origin = svp_study_page_size(origin_mib);

    g_string_append_printf(
        html, "<span class=\"area %s\" style=\"left:%.4f%%;width:%.4f%%\"", class,
        100.0 * origin_mib / total_mib, 100.0 * size_mib / total_mib);
    svp_html_add(html, " title=\"%s: %s at %s\"><b>%s</b> <i>%s</i></span>", name, size, origin, name, size);
}

static void add_map(const SvpStudyPage *page, GString *html, const json_t *storage, const char *moment)
{
    const json_t *piece;
    double total_mib = MAX(svp_html_number_of(storage, "size_mib"), 1.0);
    size_t i;

    svp_html_add(
        html,
        "<div class=\"map-label\">%s</div><div class=\"map\" role=\"img\" "
        "aria-label=\"Storage %s; the table below has the figures\">",
        moment, moment);
    json_array_foreach(json_object_get(storage, "areas"), i, piece)
    {
        const char *lpar = svp_html_text_of(piece, "lpar");
        g_autofree char *class = colour_class(page, lpar);

        add_piece(html, piece, class, lpar, total_mib);
    }
    json_array_foreach(json_object_get(storage, "free"), i, piece)
        add_piece(html, piece, "free", "free", total_mib);
    g_string_append(html, "</div>\n");
}

static void add_scale(GString *html, double total_mib)
{
    g_string_append(html, "<div class=\"map-label\"></div><div class=\"map-scale\" aria-hidden=\"true\">");
    for (unsigned quarter = 0; quarter <= 4; quarter++) {
        g_autofree char *at = svp_study_page_size(total_mib * quarter / 4);

        svp_html_add(html, "<span>%s</span>", quarter == 0 ? "0" : at);
    }
    g_string_append(html, "</div>\n");
}

/* The LPAR's pieces together; NULL if it has none. */
static const json_t *area_of(const json_t *storage, const char *lpar, double *ret_size_mib)
{
    const json_t *area, *first = NULL;
    size_t i;

    *ret_size_mib = 0.0;
    json_array_foreach(json_object_get(storage, "areas"), i, area)
    {
        if (strcmp(svp_html_text_of(area, "lpar"), lpar) != 0)
            continue;
        first = first ? first : area;
        *ret_size_mib += svp_html_number_of(area, "size_mib");
    }
    return first;
}

static void add_area_cells(GString *html, const json_t *storage, const char *lpar)
{
    double size_mib;
    const json_t *area = area_of(storage, lpar, &size_mib);

    if (!area) {
        g_string_append(
            html, "<td class=\"number\">\xe2\x80\x93</td><td class=\"number\">\xe2\x80\x93</td>"
                  "<td class=\"number\">\xe2\x80\x93</td>");
        return;
    }
    g_autofree char *origin = svp_study_page_size(svp_html_number_of(area, "origin_mib"));
    g_autofree char *size = svp_study_page_size(size_mib);
    g_autofree char *reserved = svp_study_page_size(svp_html_number_of(area, "reserved_mib"));

    svp_html_add(
        html, "<td class=\"number\">%s</td><td class=\"number\">%s</td><td class=\"number\">%s</td>", origin,
        size, reserved);
}

static void add_storage_table(
    const SvpStudyPage *page, GString *html, const json_t *before, const json_t *after, const char *title)
{
    svp_html_add(
        html,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table><caption>%s of each "
        "LPAR</caption>\n<thead><tr><th scope=\"col\" rowspan=\"2\">LPAR</th>",
        title, title);
    for (unsigned m = 0; m < (after ? 2u : 1u); m++)
        svp_html_add(html, "<th scope=\"colgroup\" colspan=\"3\" class=\"group\">%s</th>", moments[m]);
    g_string_append(html, "</tr>\n<tr>");
    for (unsigned m = 0; m < (after ? 2u : 1u); m++)
        g_string_append(
            html, "<th scope=\"col\" class=\"number\">Origin</th><th scope=\"col\" class=\"number\">Size</th>"
                  "<th scope=\"col\" class=\"number\">Reserved</th>");
    g_string_append(html, "</tr></thead>\n<tbody>\n");
    for (unsigned i = 0; i < page->lpars->len; i++) {
        const char *lpar = g_ptr_array_index(page->lpars, i);
        g_autofree char *class = colour_class(page, lpar);
        double size_mib;

        if (!area_of(before, lpar, &size_mib) && !area_of(after, lpar, &size_mib))
            continue;
        svp_html_add(html, "<tr><th scope=\"row\"><span class=\"key %s\"></span>%s</th>", class, lpar);
        add_area_cells(html, before, lpar);
        if (after)
            add_area_cells(html, after, lpar);
        g_string_append(html, "</tr>\n");
    }
    g_string_append(html, "</tbody></table></div>\n");
}

static void add_storage(
    const SvpStudyPage *page, GString *html, const json_t *alternative, const char *kind, const char *title)
{
    const json_t *before = storage_of(alternative, "before", kind),
                 *after = storage_of(alternative, "after", kind);
    double total_mib = svp_html_number_of(before, "size_mib");

    if (!json_is_object(before) || total_mib <= 0.0)
        return;
    after = json_is_object(after) ? after : NULL;
    g_autofree char *size = svp_study_page_size(total_mib);

    svp_html_add(
        html, "<figure class=\"storage\"><figcaption>%s: %s%s</figcaption>\n<div class=\"maps\">", title,
        size, after && json_equal(before, after) ? "; the same at the end as at the beginning" : "");
    add_map(page, html, before, moments[0]);
    if (after)
        add_map(page, html, after, moments[1]);
    add_scale(html, total_mib);
    g_string_append(html, "</div>\n");
    add_storage_table(page, html, before, after, title);
    g_string_append(html, "</figure>\n");
}

/* --- Share matrix --------------------------------------------------------------------------------------- */

static const json_t *share_of(const json_t *ip, const char *lpar)
{
    const json_t *share;
    size_t i;

    json_array_foreach(json_object_get(ip, "shares"), i, share)
    {
        if (strcmp(svp_html_text_of(share, "lpar"), lpar) == 0)
            return share;
    }
    return NULL;
}

static void add_share_row(
    const SvpStudyPage *page, GString *html, const json_t *ips, size_t begin, size_t end, const char *lpar)
{
    g_autofree char *class = colour_class(page, lpar);
    unsigned n = 0;

    for (size_t i = begin; i < end; i++)
        n += share_of(json_array_get(ips, i), lpar) != NULL;
    if (n == 0)
        return;
    svp_html_add(html, "<tr><th scope=\"row\"><span class=\"key %s\"></span>%s</th>", class, lpar);
    for (size_t i = begin; i < end; i++) {
        const json_t *share = share_of(json_array_get(ips, i), lpar);
        double percent = svp_html_number_of(share, "share_percent");

        if (!share) {
            g_string_append(html, "<td class=\"none\">\xc2\xb7</td>");
            continue;
        }
        g_string_append_printf(
            html, "<td class=\"share\"><span class=\"bar %s\" style=\"width:%.2f%%\"></span>%.4g&#160;%%",
            class, MIN(percent, 100.0), percent);
        svp_html_add(
            html, "<small>LIP %d%s%s</small></td>", (int)json_integer_value(json_object_get(share, "lip")),
            strcmp(svp_html_text_of(share, "state"), "online") == 0 ? "" : ", ",
            strcmp(svp_html_text_of(share, "state"), "online") == 0 ? "" : svp_html_text_of(share, "state"));
    }
    g_string_append(html, "</tr>\n");
}

static bool is_shared_out(const json_t *ip)
{
    return json_array_size(json_object_get(ip, "shares")) > 0;
}

static void add_block(
    const SvpStudyPage *page, GString *html, const json_t *ips, size_t begin, size_t end, const char *moment)
{
    svp_html_add(
        html,
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Shares of the IPs, %s\">"
        "<table class=\"matrix\"><caption>Shares of the IPs, %s</caption>\n<thead><tr><th "
        "scope=\"col\">LPAR</th>",
        moment, moment);
    for (size_t i = begin; i < end; i++) {
        const json_t *ip = json_array_get(ips, i);

        svp_html_add(
            html, "<th scope=\"col\">IP %d <small>%s</small></th>",
            (int)json_integer_value(json_object_get(ip, "ip")), svp_html_text_of(ip, "type"));
    }
    g_string_append(html, "</tr></thead>\n<tbody>\n");
    for (unsigned l = 0; l < page->lpars->len; l++)
        add_share_row(page, html, ips, begin, end, g_ptr_array_index(page->lpars, l));
    g_string_append(html, "</tbody></table></div>\n");
}

/* The IPs that LPARs have shares of, without those of a pool. */
static void add_matrix(const SvpStudyPage *page, GString *html, const json_t *all, const char *moment)
{
    json_t *ips = json_array(), *ip;
    size_t i;

    json_array_foreach(all, i, ip) if (is_shared_out(ip)) json_array_append(ips, ip);
    for (size_t begin = 0; begin < json_array_size(ips); begin += BLOCK_IPS)
        add_block(page, html, ips, begin, MIN(begin + BLOCK_IPS, json_array_size(ips)), moment);
    json_decref(ips);
}

/* --- Pools ---------------------------------------------------------------------------------------------- */

static void add_pool_row(const SvpStudyPage *page, GString *html, const json_t *member)
{
    const char *lpar = svp_html_text_of(member, "lpar");
    g_autofree char *class = colour_class(page, lpar);
    double percent = svp_html_number_of(member, "nominal_pool_percent");

    svp_html_add(
        html, "<tr><th scope=\"row\"><span class=\"key %s\"></span>%s</th><td class=\"number\">%d</td>",
        class, lpar, (int)json_integer_value(json_object_get(member, "weight")));
    g_string_append_printf(
        html, "<td class=\"share\"><span class=\"bar %s\" style=\"width:%.2f%%\"></span>%.4g&#160;%%</td>",
        class, MIN(percent, 100.0), percent);
    g_string_append_printf(
        html, "<td class=\"number\">%.4g</td><td class=\"number\">%d</td></tr>\n",
        svp_html_number_of(member, "nominal_percent") / 100.0,
        (int)json_array_size(json_object_get(member, "lips")));
}

static void add_pools(const SvpStudyPage *page, GString *html, const json_t *pools, const char *moment)
{
    const json_t *pool, *member;
    size_t p, m;

    json_array_foreach(pools, p, pool)
    {
        svp_html_add(
            html,
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Pool, %s\"><table>"
            "<caption>%s pool: %u IPs, divided by weight, %s</caption>\n",
            moment, svp_html_text_of(pool, "type"), (unsigned)json_array_size(json_object_get(pool, "ips")),
            moment);
        g_string_append(
            html, "<thead><tr><th scope=\"col\">LPAR</th><th scope=\"col\" class=\"number\">Weight</th>"
                  "<th scope=\"col\">Of the pool</th><th scope=\"col\" class=\"number\">IPs</th>"
                  "<th scope=\"col\" class=\"number\">LIPs</th></tr></thead>\n<tbody>\n");
        json_array_foreach(json_object_get(pool, "lpars"), m, member) add_pool_row(page, html, member);
        g_string_append(html, "</tbody></table></div>\n");
    }
}

static bool has_pooled_ips(const json_t *ips)
{
    const json_t *ip;
    size_t i;

    json_array_foreach(ips, i, ip) if (json_is_true(json_object_get(ip, "pool"))) return true;
    return false;
}

static void add_shares(const SvpStudyPage *page, GString *html, const json_t *alternative, const char *moment)
{
    const json_t *of = json_object_get(alternative, moment);
    const json_t *ips = json_object_get(of, "ips"), *pools = json_object_get(of, "pools");

    if (!json_is_object(of))
        return;
    g_string_append(html, "<div>\n");
    add_matrix(page, html, ips, moment);
    add_pools(page, html, pools, moment);
    if (has_pooled_ips(ips) && json_array_size(pools) == 0)
        svp_html_add(html, "<p>The other IPs are a pool, %s.</p>\n", moment);
    g_string_append(html, "</div>\n");
}

void svp_study_page_machine(const SvpStudyPage *page, const json_t *alternative, GString *html)
{
    if (!json_is_object(json_object_get(alternative, "before")))
        return;
    g_string_append(html, "<h4>Storage, before and after</h4>\n");
    add_storage(page, html, alternative, "ms", "Main storage");
    add_storage(page, html, alternative, "es", "Expanded storage");
    g_string_append(html, "<h4>Shares of the IPs, before and after</h4>\n<div class=\"pair\">\n");
    add_shares(page, html, alternative, "before");
    add_shares(page, html, alternative, "after");
    g_string_append(html, "</div>\n");
}
