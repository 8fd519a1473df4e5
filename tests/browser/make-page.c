/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The page of a result that is in a file, for tests in a browser.
 *
 *     make-page RESULT.json PAGE.html
 */
#include "svp/plan/page-html.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    json_error_t where;
    g_autoptr(GError) error = NULL;
    json_t *result = argc == 3 ? json_load_file(argv[1], 0, &where) : NULL;
    bool ok = result && svp_study_page_write(result, argv[2], &error);

    if (!ok)
        fprintf(stderr, "make-page: %s\n", error ? error->message : "usage: make-page RESULT.json PAGE.html");
    json_decref(result);
    return ok ? 0 : 1;
}
