/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The charts of a study as files.
 *
 * A file is written whole or not at all (g_file_set_contents replaces it in one step), so that a run that was interrupted leaves no
 * half of a picture, and is the same whenever it is written again.
 */
#include "svp/plan/charts.h"

#include "svp/error.h"
#include "svp/plan/chart-model.h"
#include "svp/plan/figure.h"
#include "svp/plan/picture.h"

#include <errno.h>

typedef GBytes *(*Draw)(const json_t *model, GError **error);

static bool
write_file(const char *directory, const char *id, const char *suffix, GBytes *bytes, GError **error)
{
    g_autofree char *name = g_strdup_printf("%s.%s", id, suffix);
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autoptr(GError) cause = NULL;
    gsize size;
    const char *data = g_bytes_get_data(bytes, &size);

    if (g_file_set_contents(path, data, (gssize)size, &cause))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_FILE,
        "The picture \"%s\" cannot be written: %s.\nName a folder that can be written to.", path,
        cause->message);
    return false;
}

static bool write_model(const json_t *model, const char *directory, GError **error)
{
    static const struct {
        const char *suffix;
        Draw draw;
    } formats[] = {{"svg", svp_picture_svg}, {"png", svp_picture_png}};

    for (unsigned i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_autoptr(GBytes) bytes = formats[i].draw(model, error);

        if (!bytes || !write_file(directory, svp_figure_string(model, "id"), formats[i].suffix, bytes, error))
            return false;
    }
    return true;
}

static bool make_folder(const char *directory, GError **error)
{
    if (g_mkdir_with_parents(directory, 0777) == 0)
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_FILE,
        "The folder \"%s\" for pictures cannot be made: %s.\nName a folder that can be written to.",
        directory, g_strerror(errno));
    return false;
}

bool svp_study_charts_write(const json_t *result, const char *directory, GError **error)
{
    json_t *models = svp_chart_models(result);
    bool ok = make_folder(directory, error);

    for (size_t i = 0; ok && i < json_array_size(models); i++) {
        const json_t *model = json_array_get(models, i);

        if (svp_figure_get_or(model, "alternative", 0) < SVP_CHARTS_ALTERNATIVES_MAX)
            ok = write_model(model, directory, error);
    }
    json_decref(models);
    return ok;
}
