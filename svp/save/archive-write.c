/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing a save: the plan, then the archive, then the label.
 *
 * The order of the members is that of the manifest, which comes first. Nothing has a name on a volume before all of it is there, so a
 * save that fails has not been. What was planned is counted against what went into the archive.
 */
#include "svp/save/archive-plan.h"

#include "hv/digest.h"

#include <string.h>

typedef struct {
    const SvpArchiveRequest *request;
    const SvpSavePlan *plan;
    SvpTapeWriter *tape;
    SvpTarWriter *tar;
    char *manifest_text;
    uint8_t *buffer;  /* of one object: the library likes large pieces */
    uint64_t written; /* objects */
} Writing;

static bool write_small(Writing *writing, const char *name, const void *bytes, size_t length, GError **error)
{
    writing->written++;
    return svp_tar_writer_begin(writing->tar, name, length, error) &&
           (length == 0 || svp_tar_writer_data(writing->tar, bytes, length, error));
}

static bool write_row(Writing *writing, const SvpSaveRow *row, GError **error)
{
    const SvpSegment *segment = row->segment;
    g_autofree char *name =
        svp_manifest_segment_name(writing->request->lpars[row->lpar].name, row->kind, segment->number);

    if (row->verdict == SVP_SAVE_SHARE)
        return true;
    memcpy(writing->buffer, segment->head, SVP_SEGMENT_HEAD_BYTES);
    for (unsigned i = 0; i < segment->n_pages; i++)
        memcpy(
            writing->buffer + SVP_SEGMENT_HEAD_BYTES + (size_t)i * HV_PAGE_SIZE, segment->pages[i],
            HV_PAGE_SIZE);
    size_t length = svp_segment_object_bytes(segment);

    if (!svp_tar_writer_begin(writing->tar, name, length, error) ||
        !svp_tar_writer_data(writing->tar, writing->buffer, length, error))
        return false;
    writing->written++;
    return true;
}

static bool write_members(Writing *writing, GError **error)
{
    const SvpArchiveRequest *request = writing->request;

    if (!write_small(
            writing, SVP_MANIFEST_NAME, writing->manifest_text, strlen(writing->manifest_text), error) ||
        !write_small(
            writing, SVP_ARCHIVE_MACHINE, request->machine_text, strlen(request->machine_text), error))
        return false;
    for (unsigned i = 0; i < request->n_lpars; i++) {
        g_autofree char *name = svp_manifest_state_name(request->lpars[i].name);
        size_t length;
        const void *bytes = g_bytes_get_data(request->lpars[i].state, &length);

        if (!write_small(writing, name, bytes, length, error))
            return false;
    }
    for (unsigned i = 0; i < writing->plan->rows->len; i++)
        if (!write_row(writing, g_ptr_array_index(writing->plan->rows, i), error))
            return false;
    writing->written--; /* the manifest is none of the objects */
    return svp_tar_writer_end(writing->tar, error);
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    unsigned left = *(const unsigned *)a, right = *(const unsigned *)b;

    return left < right ? -1 : left > right;
}

static GArray *needs_of(const SvpSavePlan *plan)
{
    GArray *needs = g_array_new(FALSE, FALSE, sizeof(unsigned));
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init(&iter, plan->needs);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        unsigned need = GPOINTER_TO_UINT(key);

        g_array_append_val(needs, need);
    }
    g_array_sort(needs, by_number);
    return needs;
}

static SvpSaveRecord *record_of(const Writing *writing)
{
    const SvpArchiveRequest *request = writing->request;
    const SvpSavePlan *plan = writing->plan;
    SvpSaveRecord *record = g_new0(SvpSaveRecord, 1);
    GStrvBuilder *lpars = g_strv_builder_new();

    for (unsigned i = 0; i < request->n_lpars; i++)
        g_strv_builder_add(lpars, request->lpars[i].name);
    *record = (SvpSaveRecord){
        .sequence = plan->manifest->sequence,
        .name = g_strdup(request->name),
        .kind = g_strdup(request->kind),
        .lpars = g_strv_builder_end(lpars),
        .at_ns = request->at_ns,
        .clock = g_strdup(request->clock),
        .saved = g_strdup(plan->manifest->saved),
        .objects = writing->written + plan->shared,
        .shared = plan->shared,
        .content_bytes = plan->content_bytes,
        .object_bytes = plan->object_bytes,
        .needs = needs_of(plan),
        .manifest_sha256 = hv_digest_of(writing->manifest_text, strlen(writing->manifest_text))};
    g_strv_builder_unref(lpars);
    return record;
}

static bool write_archive(Writing *writing, SvpVolumeSet *set, SvpSaveRecord **ret_record, GError **error)
{
    g_autoptr(SvpTapeWriter) tape = svp_tape_writer_new(set, error);

    if (!tape)
        return false;
    g_autoptr(SvpTarWriter) tar = svp_tar_writer_new(tape, g_get_real_time() / G_USEC_PER_SEC, error);

    writing->tape = tape;
    writing->tar = tar;
    if (!tar || !write_members(writing, error))
        return false;
    g_assert(writing->written + writing->plan->shared == writing->plan->objects);
    g_autoptr(SvpSaveRecord) record = record_of(writing);

    if (!svp_tape_writer_commit(tape, record, error))
        return false;
    *ret_record = g_steal_pointer(&record);
    return true;
}

bool svp_archive_write(
    SvpVolumeSet *set, SvpArchiveMemory *memory, const SvpArchiveRequest *request, SvpSaveRecord **ret_record,
    GError **error)
{
    g_autoptr(SvpSavePlan)
        plan = svp_save_plan_new(set, memory, request, svp_volume_set_last_sequence(set) + 1, error);

    if (!plan)
        return false;
    g_autofree char *text = svp_manifest_format(plan->manifest);
    g_autofree uint8_t *buffer = g_malloc(SVP_SEGMENT_OBJECT_BYTES);
    Writing writing = {.request = request, .plan = plan, .manifest_text = text, .buffer = buffer};
    g_autoptr(SvpSaveRecord) record = NULL;

    if (!write_archive(&writing, set, &record, error))
        return false;
    for (unsigned i = 0; i < request->n_lpars; i++)
        svp_archive_remember(memory, svp_volume_set_id(set), &request->lpars[i], record, plan->manifest);
    if (ret_record)
        *ret_record = g_steal_pointer(&record);
    return true;
}
