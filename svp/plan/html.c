/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * HTML as text: the one place where names and messages of a study become a part of a page.
 *
 * All that is not markup goes through "%s" of svp_html_add(), which escapes it; so no name can add an element or an attribute.
 * Attributes are in double quotes everywhere. A control character, which HTML cannot have, is shown as U+FFFD.
 */
#include "svp/plan/html.h"

#include <string.h>

/* GLib writes a control character, and nothing else, as "&#x1;". */
static void append_without_controls(GString *html, const char *text)
{
    for (const char *control; (control = strstr(text, "&#x")); text = strchr(control, ';') + 1) {
        g_string_append_len(html, text, control - text);
        g_string_append(html, "\xef\xbf\xbd");
    }
    g_string_append(html, text);
}

void svp_html_add(GString *html, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *text = g_markup_vprintf_escaped(format, arguments);

    va_end(arguments);
    append_without_controls(html, text);
}

const char *svp_html_text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}

double svp_html_number_of(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}
