/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The plan of a save: whole, layer or shared, segment by segment.
 *
 * If the content as of the last save is in memory, the pages that have changed since are known: they become a layer over what is on the
 * tape, unless there are too many layers already or more than half of the segment would be in them; then the segment is written whole.
 * After a restart of the program digests tell: a segment that was written whole and has the digest it had then is shared. Where there are
 * layers, which have no digest together, the save is read back, and it is as if it were in memory. Digests are computed by several threads.
 * The result is the manifest, so it can stand first in the archive.
 */
#include "svp/save/archive-plan.h"

#include "hv/digest.h"

#include <string.h>

/* Where the earlier save of an LPAR is found, if there is one. */
typedef struct {
    SvpManifest *manifest;                            /* the plan's; NULL: none */
    const SvpManifestLpar *lpar;                      /* in it */
    HvStorageSnapshot *content[RESMGR_STORAGE_KINDS]; /* in it, page by page; NULL: not known */
} Base;

static void clear_base(Base *base)
{
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
        hv_storage_snapshot_unref(base->content[kind]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Base, clear_base)

static void free_row(gpointer data)
{
    SvpSaveRow *row = data;

    g_free(row->sha256);
    g_free(row);
}

static void free_segments(gpointer data)
{
    g_ptr_array_unref(data);
}

static void free_manifest(gpointer data)
{
    svp_manifest_unref(data);
}

void svp_save_plan_free(SvpSavePlan *plan)
{
    if (!plan)
        return;
    g_ptr_array_unref(plan->rows);
    g_ptr_array_unref(plan->segments);
    g_ptr_array_unref(plan->manifests);
    svp_manifest_unref(plan->manifest);
    g_hash_table_unref(plan->needs);
    g_free(plan);
}

/* Of the save that was written earlier; the plan keeps it. */
static SvpManifest *manifest_of(SvpSavePlan *plan, SvpVolumeSet *set, unsigned sequence, GError **error)
{
    for (unsigned i = 0; i < plan->manifests->len; i++) {
        SvpManifest *manifest = g_ptr_array_index(plan->manifests, i);

        if (manifest->sequence == sequence)
            return manifest;
    }
    SvpManifest *manifest = svp_archive_manifest(set, sequence, error);

    if (manifest)
        g_ptr_array_add(plan->manifests, manifest);
    return manifest;
}

/* NULL: the LPAR has no earlier save that counts. */
static const SvpSaveRecord *
base_record(const SvpVolumeSet *set, const SvpArchiveRequest *request, const char *lpar)
{
    if (request->base == 0)
        return svp_volume_set_newest(set, lpar, 0);
    const SvpSaveRecord *record = svp_volume_set_find(set, request->base, NULL);

    return record && g_strv_contains((const char *const *)record->lpars, lpar) ? record : NULL;
}

static void use_remembered(SvpSavePlan *plan, const SvpArchiveRemembered *remembered, Base *base)
{
    base->manifest = svp_manifest_ref(remembered->manifest);
    g_ptr_array_add(plan->manifests, base->manifest);
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
        if (remembered->content[kind])
            base->content[kind] = hv_storage_snapshot_ref(remembered->content[kind]);
}

/* What cannot be read is nothing to build on. */
static void read_back(SvpSavePlan *plan, SvpVolumeSet *set, unsigned sequence, const char *lpar, Base *base)
{
    g_auto(SvpArchiveLpar) read = {0};

    if (!svp_archive_read(set, sequence, lpar, &read, NULL, NULL))
        return;
    base->manifest = manifest_of(plan, set, sequence, NULL);
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
        base->content[kind] = g_steal_pointer(&read.content[kind]);
}

/* What layers make together has no digest. */
static bool has_layers(const SvpManifestLpar *lpar)
{
    for (unsigned kind = 0; lpar && kind < RESMGR_STORAGE_KINDS; kind++)
        for (unsigned i = 0; i < lpar->content[kind].segments->len; i++)
            if (g_array_index(lpar->content[kind].segments, SvpManifestSegment, i).n_layers > 1)
                return true;
    return false;
}

static bool find_base(
    SvpSavePlan *plan, SvpVolumeSet *set, const SvpArchiveMemory *memory, const SvpArchiveRequest *request,
    const char *lpar, Base *base, GError **error)
{
    const SvpSaveRecord *record = request->alone ? NULL : base_record(set, request, lpar);

    if (!record)
        return true;
    const SvpArchiveRemembered *remembered =
        svp_archive_remembered(memory, svp_volume_set_id(set), lpar, record);

    if (remembered)
        use_remembered(plan, remembered, base);
    else if (request->base > 0)
        read_back(plan, set, record->sequence, lpar, base);
    else if (!(base->manifest = manifest_of(plan, set, record->sequence, error)))
        return false;
    base->lpar = base->manifest ? svp_manifest_lpar(base->manifest, lpar) : NULL;
    if (!remembered && request->base == 0 && has_layers(base->lpar))
        read_back(plan, set, record->sequence, lpar, base);
    return true;
}

/* --- Verdicts ------------------------------------------------------------------------------------------- */

static void add_row(
    SvpSavePlan *plan, SvpSaveVerdict verdict, unsigned lpar, ResmgrStorageKind kind,
    const SvpSegment *segment, const Base *base, const SvpManifestSegment *earlier)
{
    SvpSaveRow *row = g_new0(SvpSaveRow, 1);

    *row = (SvpSaveRow){
        .verdict = verdict,
        .lpar = lpar,
        .kind = kind,
        .segment = segment,
        .base = earlier,
        .base_manifest = base->manifest};
    g_ptr_array_add(plan->rows, row);
}

static SvpSaveVerdict
verdict_on_changes(const SvpSegment *whole, const SvpSegment *changed, const SvpManifestSegment *earlier)
{
    if (!earlier)
        return SVP_SAVE_WHOLE;
    if (!changed)
        return SVP_SAVE_SHARE;
    unsigned layered = earlier->layered_pages + changed->n_pages + changed->n_zeros;

    return earlier->n_layers == SVP_MANIFEST_LAYERS || layered * 2 > whole->n_pages ? SVP_SAVE_WHOLE
                                                                                    : SVP_SAVE_LAYER;
}

static const SvpSegment *at_number(const GPtrArray *segments, unsigned *at, uint32_t number)
{
    while (*at < segments->len && ((const SvpSegment *)g_ptr_array_index(segments, *at))->number < number)
        (*at)++;
    if (*at == segments->len)
        return NULL;
    const SvpSegment *segment = g_ptr_array_index(segments, *at);

    return segment->number == number ? segment : NULL;
}

static GPtrArray *
segments_of(SvpSavePlan *plan, const HvStorageSnapshot *snapshot, const HvStorageSnapshot *older)
{
    GPtrArray *segments = svp_segments_of(snapshot, older);

    g_ptr_array_add(plan->segments, segments);
    return segments;
}

static void plan_content(
    SvpSavePlan *plan, const HvStorageSnapshot *snapshot, unsigned lpar, ResmgrStorageKind kind,
    const Base *base)
{
    const HvStorageSnapshot *older = base->content[kind];
    bool known = older && hv_storage_snapshot_length(older) == hv_storage_snapshot_length(snapshot);
    const GPtrArray *wholes = segments_of(plan, snapshot, NULL);
    const GPtrArray *changes = known ? segments_of(plan, snapshot, older) : NULL;
    unsigned at = 0;

    for (unsigned i = 0; i < wholes->len; i++) {
        const SvpSegment *whole = g_ptr_array_index(wholes, i);
        const SvpManifestSegment *earlier =
            base->lpar ? svp_manifest_segment(&base->lpar->content[kind], whole->number) : NULL;
        const SvpSegment *changed = known ? at_number(changes, &at, whole->number) : NULL;
        SvpSaveVerdict verdict = known ? verdict_on_changes(whole, changed, earlier)
                                 : earlier && earlier->n_layers == 1 ? SVP_SAVE_COMPARE
                                                                     : SVP_SAVE_WHOLE;

        plan->content_bytes += (uint64_t)whole->n_pages * HV_PAGE_SIZE;
        add_row(plan, verdict, lpar, kind, verdict == SVP_SAVE_LAYER ? changed : whole, base, earlier);
    }
}

/* --- Digests -------------------------------------------------------------------------------------------- */

static void digest_row(gpointer data, gpointer unused)
{
    SvpSaveRow *row = data;

    (void)unused;
    row->sha256 = svp_segment_digest(row->segment);
}

static void digest_rows(SvpSavePlan *plan)
{
    GThreadPool *pool =
        g_thread_pool_new(digest_row, NULL, (gint)g_get_num_processors(), /* exclusive= */ FALSE, NULL);

    for (unsigned i = 0; i < plan->rows->len; i++) {
        SvpSaveRow *row = g_ptr_array_index(plan->rows, i);

        if (row->verdict != SVP_SAVE_SHARE)
            g_thread_pool_push(pool, row, NULL);
    }
    g_thread_pool_free(pool, /* immediate= */ FALSE, /* wait_= */ TRUE);
}

/* The digest of a segment's whole object in the save where it is. */
static bool settle_row(
    SvpSavePlan *plan, SvpVolumeSet *set, const SvpArchiveRequest *request, SvpSaveRow *row, GError **error)
{
    if (row->verdict != SVP_SAVE_COMPARE)
        return true;
    const SvpManifest *manifest = manifest_of(plan, set, row->base->layers[0], error);
    g_autofree char *name =
        svp_manifest_segment_name(request->lpars[row->lpar].name, row->kind, row->segment->number);

    if (!manifest)
        return false;
    const SvpManifestObject *object = svp_manifest_object(manifest, name);

    row->verdict = object && g_str_equal(object->sha256, row->sha256) ? SVP_SAVE_SHARE : SVP_SAVE_WHOLE;
    return true;
}

/* --- The manifest --------------------------------------------------------------------------------------- */

static void need_layers(SvpSavePlan *plan, const SvpManifestSegment *segment)
{
    for (unsigned i = 0; i < segment->n_layers; i++)
        if (segment->layers[i] != plan->manifest->sequence)
            g_hash_table_add(plan->needs, GUINT_TO_POINTER(segment->layers[i]));
}

static SvpManifestSegment manifest_segment(const SvpSavePlan *plan, const SvpSaveRow *row)
{
    SvpManifestSegment segment = {.number = row->segment->number};

    if (row->verdict != SVP_SAVE_WHOLE)
        segment = *row->base;
    if (row->verdict == SVP_SAVE_LAYER)
        segment.layered_pages += row->segment->n_pages + row->segment->n_zeros;
    if (row->verdict != SVP_SAVE_SHARE)
        segment.layers[segment.n_layers++] = plan->manifest->sequence;
    return segment;
}

static void list_row(SvpSavePlan *plan, const SvpArchiveRequest *request, const SvpSaveRow *row)
{
    SvpManifestLpar *lpar = g_ptr_array_index(plan->manifest->lpars, row->lpar);
    const SvpManifestSegment segment = manifest_segment(plan, row);

    g_array_append_val(lpar->content[row->kind].segments, segment);
    need_layers(plan, &segment);
    plan->objects++;
    if (row->verdict == SVP_SAVE_SHARE) {
        plan->shared++;
        return;
    }
    g_autofree char *name =
        svp_manifest_segment_name(request->lpars[row->lpar].name, row->kind, row->segment->number);

    svp_manifest_add_object(plan->manifest, name, svp_segment_object_bytes(row->segment), row->sha256);
    plan->object_bytes += svp_segment_object_bytes(row->segment);
}

static void begin_manifest(
    SvpSavePlan *plan, const SvpVolumeSet *set, const SvpArchiveRequest *request, unsigned sequence)
{
    SvpManifest *manifest = plan->manifest = svp_manifest_new();

    manifest->set = g_strdup(svp_volume_set_id(set));
    manifest->sequence = sequence;
    manifest->kind = g_strdup(request->kind);
    manifest->name = g_strdup(request->name);
    manifest->machine = g_strdup(request->machine);
    manifest->clock = g_strdup(request->clock);
    manifest->saved = svp_label_wall_clock();
    manifest->at_ns = request->at_ns;
}

static void list_small(SvpSavePlan *plan, const char *name, const void *bytes, size_t length)
{
    g_autofree char *sha256 = hv_digest_of(bytes, length);

    svp_manifest_add_object(plan->manifest, name, length, sha256);
    plan->objects++;
    plan->object_bytes += length;
}

static void list_files(SvpSavePlan *plan, const SvpArchiveLpar *lpar)
{
    for (unsigned i = 0; lpar->files && i < lpar->files->len; i++) {
        const SvpArchiveGuestFile *file = g_ptr_array_index(lpar->files, i);
        g_autofree char *name = svp_manifest_file_name(lpar->name, file->name);

        svp_manifest_add_object(plan->manifest, name, file->content.size_bytes, file->content.sha256);
        plan->objects++;
        plan->object_bytes += file->content.size_bytes;
        plan->content_bytes += file->content.stored_bytes;
    }
}

static void fill_manifest(SvpSavePlan *plan, const SvpArchiveRequest *request)
{
    list_small(plan, SVP_ARCHIVE_MACHINE, request->machine_text, strlen(request->machine_text));
    for (unsigned i = 0; i < request->n_lpars; i++) {
        const SvpArchiveLpar *lpar = &request->lpars[i];
        SvpManifestLpar *listed = svp_manifest_add_lpar(plan->manifest, lpar->name, lpar->number);
        g_autofree char *name = svp_manifest_state_name(lpar->name);
        size_t length;
        const void *bytes = g_bytes_get_data(lpar->state, &length);

        list_small(plan, name, bytes, length);
        for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++) {
            listed->content[kind].there = lpar->content[kind] != NULL;
            if (lpar->content[kind])
                listed->content[kind].length_bytes = hv_storage_snapshot_length(lpar->content[kind]);
        }
    }
    for (unsigned i = 0; i < plan->rows->len; i++)
        list_row(plan, request, g_ptr_array_index(plan->rows, i));
    for (unsigned i = 0; i < request->n_lpars; i++)
        list_files(plan, &request->lpars[i]);
}

static bool plan_lpar(
    SvpSavePlan *plan, SvpVolumeSet *set, const SvpArchiveMemory *memory, const SvpArchiveRequest *request,
    unsigned n, GError **error)
{
    const SvpArchiveLpar *lpar = &request->lpars[n];
    g_auto(Base) base = {0};

    if (!find_base(plan, set, memory, request, lpar->name, &base, error))
        return false;
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
        if (lpar->content[kind])
            plan_content(plan, lpar->content[kind], n, (ResmgrStorageKind)kind, &base);
    return true;
}

SvpSavePlan *svp_save_plan_new(
    SvpVolumeSet *set, const SvpArchiveMemory *memory, const SvpArchiveRequest *request, unsigned sequence,
    GError **error)
{
    g_autoptr(SvpSavePlan) plan = g_new0(SvpSavePlan, 1);

    plan->rows = g_ptr_array_new_with_free_func(free_row);
    plan->segments = g_ptr_array_new_with_free_func(free_segments);
    plan->manifests = g_ptr_array_new_with_free_func(free_manifest);
    plan->needs = g_hash_table_new(NULL, NULL);
    begin_manifest(plan, set, request, sequence);
    for (unsigned i = 0; i < request->n_lpars; i++)
        if (!plan_lpar(plan, set, memory, request, i, error))
            return NULL;
    digest_rows(plan);
    for (unsigned i = 0; i < plan->rows->len; i++)
        if (!settle_row(plan, set, request, g_ptr_array_index(plan->rows, i), error))
            return NULL;
    fill_manifest(plan, request);
    return g_steal_pointer(&plan);
}
