/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Pages: styled text that is collected and then written in one piece.
 *
 * Frames are drawn on a page and know nothing of terminals. Whether there is colour, how wide the lines may be and
 * whether anything but ASCII may appear was decided when the page was made; without colour not a single escape code is
 * written, so a page can go into a file or a pipe. Text from outside passes svp_page_add(), where nothing remains that a
 * terminal could obey.
 */
#include "svp/page.h"

#include "svp/message.h"

#include <string.h>

#define PAGE_WIDTH_DEFAULT 100u
#define PAGE_WIDTH_MIN     40u

struct SvpPage {
    SvpPageConfig config;
    GString *text;  /* not written yet */
    bool has_lines; /* since it has begun, written or not */
};

static const struct {
    const char *unicode, *ascii;
} glyphs[SVP_GLYPHS] = {
    [SVP_GLYPH_HORIZONTAL] = {"─", "-"}, [SVP_GLYPH_VERTICAL] = {"│", "|"},
    [SVP_GLYPH_TOP_LEFT] = {"┌", "+"},   [SVP_GLYPH_TOP] = {"┬", "+"},
    [SVP_GLYPH_TOP_RIGHT] = {"┐", "+"},  [SVP_GLYPH_BOTTOM_LEFT] = {"└", "+"},
    [SVP_GLYPH_BOTTOM] = {"┴", "+"},     [SVP_GLYPH_BOTTOM_RIGHT] = {"┘", "+"},
    [SVP_GLYPH_FREE] = {"░", "."},       [SVP_GLYPH_FULL] = {"█", "#"},
    [SVP_GLYPH_EMPTY] = {"·", "."},      [SVP_GLYPH_NONE] = {"·", "-"},
};

/* SGR parameters. Areas: dark text on six light grounds that also differ in grey. */
static const char *const sgr[SVP_STYLE_AREA + SVP_AREA_STYLES] = {
    [SVP_STYLE_PLAIN] = NULL,       [SVP_STYLE_TITLE] = "1",        [SVP_STYLE_DIM] = "2",
    [SVP_STYLE_GOOD] = "32",        [SVP_STYLE_NOTABLE] = "33",     [SVP_STYLE_AREA] = "30;46",
    [SVP_STYLE_AREA + 1] = "30;43", [SVP_STYLE_AREA + 2] = "30;42", [SVP_STYLE_AREA + 3] = "30;45",
    [SVP_STYLE_AREA + 4] = "30;47", [SVP_STYLE_AREA + 5] = "37;44",
};

SvpPage *svp_page_new(const SvpPageConfig *config)
{
    SvpPage *page = g_new0(SvpPage, 1);

    page->config = *config;
    svp_page_set_width(page, config->width);
    page->text = g_string_new(NULL);
    return page;
}

void svp_page_free(SvpPage *page)
{
    if (!page)
        return;
    svp_page_flush(page);
    g_string_free(page->text, TRUE);
    g_free(page);
}

void svp_page_set_width(SvpPage *page, unsigned width)
{
    page->config.width = width == 0 ? PAGE_WIDTH_DEFAULT : MAX(width, PAGE_WIDTH_MIN);
}

unsigned svp_page_width(const SvpPage *page)
{
    return page->config.width;
}

const char *svp_page_glyph(const SvpPage *page, SvpGlyph glyph)
{
    return page->config.ascii ? glyphs[glyph].ascii : glyphs[glyph].unicode;
}

unsigned svp_page_columns(const char *text)
{
    return (unsigned)g_utf8_strlen(text, -1);
}

static void begin_style(SvpPage *page, SvpStyle style)
{
    if (page->config.color && sgr[style])
        g_string_append_printf(page->text, "\033[%sm", sgr[style]);
}

static void end_style(SvpPage *page, SvpStyle style)
{
    if (page->config.color && sgr[style])
        g_string_append(page->text, "\033[0m");
}

/* One line without its newline: printable already. */
static void append_printable(SvpPage *page, const char *text)
{
    for (const char *p = text, *next; *p; p = next) {
        next = p + g_utf8_skip[(unsigned char)*p];
        if (page->config.ascii && next > p + 1)
            g_string_append_c(page->text, '?');
        else
            g_string_append_len(page->text, p, next - p);
    }
}

void svp_page_add(SvpPage *page, SvpStyle style, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (unsigned i = 0; lines[i]; i++) {
        g_autofree char *shown = svp_message_printable(lines[i]);

        if (i > 0)
            g_string_append_c(page->text, '\n');
        if (!*shown)
            continue;
        page->has_lines = true;
        begin_style(page, style);
        append_printable(page, shown);
        end_style(page, style);
    }
}

void svp_page_printf(SvpPage *page, SvpStyle style, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    svp_page_add(page, style, text);
}

void svp_page_repeat(SvpPage *page, SvpStyle style, SvpGlyph glyph, unsigned count)
{
    if (count == 0)
        return;
    begin_style(page, style);
    for (unsigned i = 0; i < count; i++)
        g_string_append(page->text, svp_page_glyph(page, glyph));
    end_style(page, style);
}

void svp_page_begin(SvpPage *page)
{
    page->has_lines = false;
}

void svp_page_title(SvpPage *page, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    if (page->has_lines)
        g_string_append_c(page->text, '\n');
    svp_page_add(page, SVP_STYLE_TITLE, text);
    g_string_append_c(page->text, '\n');
}

static void trim_line(SvpPage *page)
{
    while (page->text->len > 0 && page->text->str[page->text->len - 1] == ' ')
        g_string_truncate(page->text, page->text->len - 1);
}

void svp_page_wrap(SvpPage *page, SvpStyle style, const char *text, unsigned column, unsigned indent)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    unsigned at = column;

    for (unsigned i = 0; words[i]; i++) {
        unsigned columns = svp_page_columns(words[i]);

        if (i > 0 && at + 1 + columns > page->config.width) {
            g_string_append_printf(page->text, "\n%*s", (int)indent, "");
            at = indent;
        } else if (i > 0) {
            g_string_append_c(page->text, ' ');
            at++;
        }
        svp_page_add(page, style, words[i]);
        at += columns;
    }
    trim_line(page);
    g_string_append_c(page->text, '\n');
}

void svp_page_flush(SvpPage *page)
{
    if (page->text->len == 0)
        return;
    fwrite(page->text->str, 1, page->text->len, page->config.out);
    fflush(page->config.out);
    g_string_truncate(page->text, 0);
}
