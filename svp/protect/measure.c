/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What saves and restores took, of each LPAR the last.
 *
 * Simulated time belongs to the model and is the same in every run; the time on the wall is kept beside it for people, and shown to
 * people only.
 */
#include "svp/protect/measure.h"

#include "svp/error.h"

static const char *const kind_names[SVP_MEASURES] = {"save", "restore"};

SvpMeasure *svp_measure_new(const char *lpar)
{
    SvpMeasure *measure = g_new0(SvpMeasure, 1);

    measure->lpar = g_strdup(lpar);
    return measure;
}

void svp_measure_free(SvpMeasure *measure)
{
    if (!measure)
        return;
    g_free(measure->lpar);
    g_free(measure);
}

json_t *svp_measure_to_json(const SvpMeasure *measure)
{
    json_t *record = json_pack("{s:s}", "lpar", measure->lpar);

    for (unsigned i = 0; i < SVP_MEASURES; i++) {
        const SvpMeasured *last = &measure->last[i];

        if (last->known)
            json_object_set_new(
                record, kind_names[i],
                json_pack(
                    "{s:I,s:I}", "took_ns", (json_int_t)last->took_ns, "wall_us", (json_int_t)last->wall_us));
    }
    return record;
}

static bool measured_from_json(const json_t *record, SvpMeasured *ret_last)
{
    const json_t *took = json_object_get(record, "took_ns"), *wall = json_object_get(record, "wall_us");

    ret_last->known = record != NULL;
    ret_last->took_ns = (HvTime)json_integer_value(took);
    ret_last->wall_us = json_integer_value(wall);
    return !record || (json_is_integer(took) && json_integer_value(took) >= 0 && json_is_integer(wall));
}

SvpMeasure *svp_measure_from_json(const json_t *record, GError **error)
{
    const char *lpar = json_string_value(json_object_get(record, "lpar"));
    bool ok = lpar != NULL;
    g_autoptr(SvpMeasure) measure = svp_measure_new(lpar);

    for (unsigned i = 0; i < SVP_MEASURES; i++)
        ok = measured_from_json(json_object_get(record, kind_names[i]), &measure->last[i]) && ok;
    if (ok)
        return g_steal_pointer(&measure);
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_CATALOG,
        "The record of what saves of LPAR %s took is damaged\nGo back to an older state directory",
        lpar ? lpar : "(no name)");
    return NULL;
}
