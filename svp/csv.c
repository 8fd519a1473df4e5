/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * CSV: fields, rows, and the file.
 *
 * A field with a comma, a quote or a line end in it stands in quotes, and a quote in it is written twice (RFC 4180). Nobody ever finds
 * a file that is half written: it is written beside its place and then moved there, and a file that is there already stays as it is
 * unless it was said that it may go; a device is never replaced.
 */
#include "svp/csv.h"

#include "svp/error.h"
#include "svp/message.h"

#include <string.h>

static void append_quoted(GString *csv, const char *text)
{
    g_string_append_c(csv, '"');
    for (const char *p = text; *p; p++) {
        if (*p == '"')
            g_string_append_c(csv, '"');
        g_string_append_c(csv, *p);
    }
    g_string_append_c(csv, '"');
}

void svp_csv_field(GString *csv, const char *text)
{
    if (strpbrk(text, ",\"\r\n"))
        append_quoted(csv, text);
    else
        g_string_append(csv, text);
    g_string_append_c(csv, ',');
}

void svp_csv_end_row(GString *csv)
{
    g_assert(csv->len > 0 && csv->str[csv->len - 1] == ',');
    csv->str[csv->len - 1] = '\n';
}

char *svp_csv_seconds(HvTime ns)
{
    uint64_t us = ns / HV_NS_PER_US + (ns % HV_NS_PER_US >= HV_NS_PER_US / 2);

    return g_strdup_printf("%" G_GUINT64_FORMAT ".%06u", us / 1000000, (unsigned)(us % 1000000));
}

static bool may_write(const char *path, bool replace, GError **error)
{
    g_autofree char *quoted = svp_message_quote(path);

    if (g_file_test(path, G_FILE_TEST_EXISTS) && !g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_FILE, "%s is a folder or a device\nGive the name of a file", quoted);
        return false;
    }
    if (replace || !g_file_test(path, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_FILE,
        "%s exists already\nGive another name, or REPLACE if it is not needed any more", quoted);
    return false;
}

bool svp_csv_write(const GString *csv, const char *path, bool replace, GError **error)
{
    g_autoptr(GError) problem = NULL;

    if (!may_write(path, replace, error))
        return false;
    if (g_file_set_contents_full(
            path, csv->str, (gssize)csv->len, G_FILE_SET_CONTENTS_CONSISTENT, 0666, &problem))
        return true;
    g_autofree char *quoted = svp_message_quote(path);

    g_set_error(
        error, SVP_ERROR, SVP_ERROR_FILE, "%s cannot be written: %s\nLook at the path and its permissions",
        quoted, problem->message);
    return false;
}
