/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PAGE_H
#define LPARSIM_SVP_PAGE_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

/* Text for people: styled, as wide as the terminal, with characters that it can show. */
typedef struct SvpPage SvpPage;

typedef enum {
    SVP_STYLE_PLAIN,
    SVP_STYLE_TITLE,
    SVP_STYLE_DIM,
    SVP_STYLE_GOOD,
    SVP_STYLE_NOTABLE,
    SVP_STYLE_AREA, /* the first of SVP_AREA_STYLES that tell neighbours apart */
} SvpStyle;
#define SVP_AREA_STYLES 6u

typedef enum {
    SVP_GLYPH_HORIZONTAL,
    SVP_GLYPH_VERTICAL,
    SVP_GLYPH_TOP_LEFT,
    SVP_GLYPH_TOP,
    SVP_GLYPH_TOP_RIGHT,
    SVP_GLYPH_BOTTOM_LEFT,
    SVP_GLYPH_BOTTOM,
    SVP_GLYPH_BOTTOM_RIGHT,
    SVP_GLYPH_FREE,  /* storage that nobody has */
    SVP_GLYPH_FULL,  /* of a bar */
    SVP_GLYPH_EMPTY, /* the rest of a bar */
    SVP_GLYPH_NONE,  /* nothing in a cell of a matrix */
    SVP_GLYPHS,
} SvpGlyph;

typedef struct {
    FILE *out;      /* the caller's */
    unsigned width; /* columns; 0: 100 */
    bool color, ascii;
} SvpPageConfig;

SvpPage *svp_page_new(const SvpPageConfig *config);
void svp_page_free(SvpPage *page); /* what was not flushed is flushed */
unsigned svp_page_width(const SvpPage *page);
void svp_page_set_width(SvpPage *page, unsigned width); /* as in SvpPageConfig */
const char *svp_page_glyph(const SvpPage *page, SvpGlyph glyph);

/* Adds text; what cannot be printed is shown as \xNN, newlines excepted. In ASCII mode other characters become '?'. */
void svp_page_add(SvpPage *page, SvpStyle style, const char *text);
void svp_page_printf(SvpPage *page, SvpStyle style, const char *format, ...) G_GNUC_PRINTF(3, 4);
void svp_page_repeat(SvpPage *page, SvpStyle style, SvpGlyph glyph, unsigned count);
/* The page begins anew: the next title has no empty line above it. */
void svp_page_begin(SvpPage *page);
/* A line of its own, after an empty one unless the page has just begun. */
void svp_page_title(SvpPage *page, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Words, broken into lines as wide as the page; each line but the first begins with `indent` blanks. Ends the line. */
void svp_page_wrap(SvpPage *page, SvpStyle style, const char *text, unsigned column, unsigned indent);
/* Writes to the stream what was added. */
void svp_page_flush(SvpPage *page);

unsigned svp_page_columns(const char *text); /* how wide the text is */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpPage, svp_page_free)

#endif
