/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pictures of charts without a browser: SVG to print and to zoom, PNG to put into a slide.
 *
 * One drawing function for each kind of chart draws on both surfaces. The picture of a model is always the same, byte for byte, on
 * a system with the same fonts: cairo numbers its surfaces through the life of a process and writes that number into an SVG, where
 * nothing refers to it, so it is taken out. What the picture shows is put into the SVG in words.
 */
#include "svp/plan/picture.h"

#include "svp/error.h"
#include "svp/plan/figure.h"
#include "svp/plan/picture-private.h"

#include <cairo-svg.h>
#include <math.h>
#include <string.h>

#define PNG_SCALE 2.0 /* for screens and projectors with fine pixels */
#define MARGIN    16.0

/* --- What all pictures have ----------------------------------------------------------------------------- */

void svp_picture_title(cairo_t *cr, const json_t *model)
{
    SvpLettering how = {.size = 17, .bold = true, .ink = SVP_INK_TEXT};
    g_autofree char *title =
        svp_pen_fit(cr, how, svp_figure_string(model, "title"), SVP_PICTURE_WIDTH - 2 * MARGIN);

    svp_pen_text(cr, MARGIN, 30, how, title);
}

double svp_picture_position(const json_t *axis, double value)
{
    double min = svp_figure_get_or(axis, "min", 0), max = svp_figure_get_or(axis, "max", 1);

    if (json_is_true(json_object_get(axis, "log")))
        return log(MAX(value, min) / min) / log(max / min);
    return max > min ? (value - min) / (max - min) : 0.5;
}

void svp_picture_upright_axis(cairo_t *cr, SvpPlot plot, const json_t *axis)
{
    const json_t *ticks = json_object_get(axis, "ticks");
    SvpLettering how = {.size = 12, .ink = SVP_INK_DIM, .anchor = SVP_ANCHOR_RIGHT};

    for (size_t i = 0; i < json_array_size(ticks); i++) {
        const json_t *tick = json_array_get(ticks, i);
        double y = plot.y + plot.height * (1 - svp_picture_position(axis, svp_figure_get_or(tick, "at", 0)));

        svp_pen_line(cr, plot.x, y, plot.x + plot.width, y, SVP_INK_GRID, false);
        svp_pen_text(cr, plot.x - 8, y + 4, how, svp_figure_string(tick, "label"));
    }
}

void svp_picture_upright_title(cairo_t *cr, SvpPlot plot, const char *title)
{
    SvpLettering how = {.size = 12, .ink = SVP_INK_DIM, .anchor = SVP_ANCHOR_MIDDLE};

    cairo_save(cr);
    cairo_translate(cr, MARGIN + 10, plot.y + plot.height / 2);
    cairo_rotate(cr, -G_PI / 2);
    svp_pen_text(cr, 0, 0, how, title);
    cairo_restore(cr);
}

double svp_picture_legend(cairo_t *cr, double y, const SvpLegendEntry *entries, unsigned n_entries)
{
    SvpLettering how = {.size = 13, .ink = SVP_INK_TEXT};
    double x = MARGIN, line = 22, top = y;

    for (unsigned i = 0; i < n_entries; i++) {
        g_autofree char *label = svp_pen_fit(cr, how, entries[i].label, 300);
        double width = 20 + svp_pen_text_width(cr, how, label) + 18;

        if (x > MARGIN && x + width > SVP_PICTURE_WIDTH - MARGIN) {
            x = MARGIN;
            y += line;
        }
        if (entries[i].shape < 0)
            svp_pen_box(cr, x, y + 4, 13, 13, entries[i].ink);
        else
            svp_pen_dot(cr, x + 6, y + 10.5, (unsigned)entries[i].shape, entries[i].ink);
        svp_pen_text(cr, x + 20, y + 15, how, label);
        x += width;
    }
    return n_entries > 0 ? y + line - top : 0;
}

/* --- The kinds ------------------------------------------------------------------------------------------ */

typedef struct {
    const char *name;
    double (*height)(const json_t *model);
    void (*draw)(cairo_t *cr, const json_t *model, double height);
} Kind;

static const Kind kinds[] = {
    {"utilization", svp_picture_utilization_height, svp_picture_utilization},
    {"percentiles", svp_picture_percentiles_height, svp_picture_percentiles},
    {"intervals", svp_picture_intervals_height, svp_picture_intervals},
    {"storage", svp_picture_storage_height, svp_picture_storage},
    {"shares", svp_picture_shares_height, svp_picture_shares},
};

static const Kind *kind_of(const json_t *model)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(svp_figure_string(model, "kind"), kinds[i].name) == 0)
            return &kinds[i];
    g_assert_not_reached();
}

static cairo_status_t append(void *closure, const unsigned char *data, unsigned length)
{
    g_byte_array_append(closure, data, length);
    return CAIRO_STATUS_SUCCESS;
}

static bool fail(const json_t *model, cairo_status_t status, GError **error)
{
    if (status == CAIRO_STATUS_SUCCESS)
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_FILE, "The picture \"%s\" cannot be drawn: %s.\nThe page shows the same.",
        svp_figure_string(model, "id"), cairo_status_to_string(status));
    return false;
}

/* Draws and ends the surface, which it frees. */
static bool
draw(cairo_surface_t *surface, const json_t *model, double height, GByteArray *png, GError **error)
{
    cairo_t *cr = cairo_create(surface);

    svp_pen_box(cr, 0, 0, SVP_PICTURE_WIDTH, height, SVP_INK_PAPER);
    kind_of(model)->draw(cr, model, height);
    cairo_status_t status = cairo_status(cr);

    cairo_destroy(cr);
    if (status == CAIRO_STATUS_SUCCESS && png)
        status = cairo_surface_write_to_png_stream(surface, append, png);
    cairo_surface_finish(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    return fail(model, status, error);
}

/* --- SVG and PNG ---------------------------------------------------------------------------------------- */

/* The SVG without cairo's surface numbers, and with a title and a description. */
static GBytes *finish_svg(const GByteArray *bytes, const json_t *model)
{
    const char *text = (const char *)bytes->data, *end = text + bytes->len;
    const char *root = g_strstr_len(text, (gssize)bytes->len, "<svg");
    const char *body = g_strstr_len(root, end - root, ">");
    g_autofree char *words = g_markup_printf_escaped(
        "\n<title>%s</title>\n<desc>%s</desc>", svp_figure_string(model, "title"),
        svp_figure_string(model, "text"));
    GString *svg = g_string_new_len(text, body + 1 - text);
    static const char surface[] = "<g id=\"surface";

    g_string_append(svg, words);
    for (const char *at = body + 1, *next; at < end; at = next) {
        const char *found = g_strstr_len(at, end - at, surface);

        next = found ? strchr(found + strlen(surface), '>') : end;
        g_string_append_len(svg, at, (found ? found : end) - at);
        if (found)
            g_string_append(svg, "<g");
    }
    return g_string_free_to_bytes(svg);
}

GBytes *svp_picture_svg(const json_t *model, GError **error)
{
    double height = kind_of(model)->height(model);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    cairo_surface_t *surface = cairo_svg_surface_create_for_stream(append, bytes, SVP_PICTURE_WIDTH, height);

    if (!draw(surface, model, height, NULL, error))
        return NULL;
    return finish_svg(bytes, model);
}

GBytes *svp_picture_png(const json_t *model, GError **error)
{
    double height = kind_of(model)->height(model);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    cairo_surface_t *surface = cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, (int)(SVP_PICTURE_WIDTH * PNG_SCALE), (int)(height * PNG_SCALE));

    cairo_surface_set_device_scale(surface, PNG_SCALE, PNG_SCALE);
    if (!draw(surface, model, height, bytes, error))
        return NULL;
    return g_bytes_new(bytes->data, bytes->len);
}
