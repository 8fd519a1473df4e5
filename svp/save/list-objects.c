/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The objects of a save, as its manifest has them: for DISPLAY TAPE unit SEQNBR(n), whose names RESTORE ... OBJECT(...) takes.
 *
 * An object that is shared with earlier saves, or is in several layers, is listed once, with the saves in which it is. For people segments that
 * follow each other are one line; an LPAR may have thousands.
 */
#include "svp/save/list-objects.h"

#include "svp/save/archive.h"
#include "svp/save/manifest.h"

static json_t *saves_of(const SvpManifestSegment *segment)
{
    json_t *saves = json_array();

    for (unsigned i = 0; i < segment->n_layers; i++)
        json_array_append_new(saves, json_integer(segment->layers[i]));
    return saves;
}

static void add_segments(json_t *list, const SvpManifestLpar *lpar, ResmgrStorageKind kind)
{
    const GArray *segments = lpar->content[kind].segments;

    for (unsigned i = 0; i < segments->len; i++) {
        const SvpManifestSegment *segment = &g_array_index(segments, SvpManifestSegment, i);
        g_autofree char *name = svp_manifest_segment_name(lpar->name, kind, segment->number);

        json_array_append_new(list, json_pack("{s:s, s:o}", "object", name, "saves", saves_of(segment)));
    }
}

/* Objects of the save itself that are no segments: states, the machine's definition, files. */
static bool is_listed_by_itself(const SvpManifest *manifest, const SvpManifestObject *object)
{
    for (unsigned i = 0; i < manifest->lpars->len; i++) {
        g_autofree char *state =
            svp_manifest_state_name(((const SvpManifestLpar *)g_ptr_array_index(manifest->lpars, i))->name);

        if (g_str_equal(object->name, state))
            return true;
    }
    return strchr(object->name, '/') == NULL;
}

json_t *svp_objects_json(SvpVolumeSet *set, unsigned sequence, GError **error)
{
    g_autoptr(SvpManifest) manifest = svp_archive_manifest(set, sequence, error);
    json_t *list = manifest ? json_array() : NULL;

    for (unsigned i = 0; manifest && i < manifest->objects->len; i++) {
        const SvpManifestObject *object = g_ptr_array_index(manifest->objects, i);

        if (is_listed_by_itself(manifest, object))
            json_array_append_new(
                list, json_pack("{s:s, s:[i]}", "object", object->name, "saves", (int)manifest->sequence));
    }
    for (unsigned i = 0; manifest && i < manifest->lpars->len; i++)
        for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
            add_segments(list, g_ptr_array_index(manifest->lpars, i), (ResmgrStorageKind)kind);
    return list;
}

/* --- For people ----------------------------------------------------------------------------------------- */

static void add_line(SvpTable *table, const char *from, const char *to, unsigned n)
{
    svp_table_cell(table, "%s", from);
    svp_table_cell(table, "%s", to);
    svp_table_cell(table, "%u", n);
}

static void add_runs(SvpTable *table, const SvpManifestLpar *lpar, ResmgrStorageKind kind)
{
    const GArray *segments = lpar->content[kind].segments;

    for (unsigned first = 0, last; first < segments->len; first = last + 1) {
        uint32_t number = g_array_index(segments, SvpManifestSegment, first).number;

        for (last = first; last + 1 < segments->len; last++)
            if (g_array_index(segments, SvpManifestSegment, last + 1).number != number + (last + 1 - first))
                break;
        g_autofree char *from = svp_manifest_segment_name(lpar->name, kind, number);
        g_autofree char *to = svp_manifest_segment_name(lpar->name, kind, number + (last - first));

        add_line(table, from, last > first ? to : "", last - first + 1);
    }
}

bool svp_objects_page(SvpVolumeSet *set, unsigned sequence, SvpPage *page, GError **error)
{
    static const SvpColumn columns[] = {{"Object", false}, {"to", false}, {"Objects", true}};
    g_autoptr(SvpManifest) manifest = svp_archive_manifest(set, sequence, error);
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));

    if (!manifest)
        return false;
    for (unsigned i = 0; i < manifest->objects->len; i++) {
        const SvpManifestObject *object = g_ptr_array_index(manifest->objects, i);

        if (is_listed_by_itself(manifest, object))
            add_line(table, object->name, "", 1);
    }
    for (unsigned i = 0; i < manifest->lpars->len; i++)
        for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
            add_runs(table, g_ptr_array_index(manifest->lpars, i), (ResmgrStorageKind)kind);
    svp_page_title(page, "Objects of save %u, %s", sequence, manifest->kind);
    svp_table_print(table, page);
    return true;
}
