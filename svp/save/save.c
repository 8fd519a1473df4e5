/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Captures as archives, and back.
 *
 * A capture's content goes as segments, the rest of it as one object; the machine file of the whole machine goes with them, so that an
 * archive can be understood by itself.
 */
#include "svp/save/save.h"

#include "svp/machine-file.h"
#include "svp/save/segment.h"

static void clear_lpar(gpointer data)
{
    svp_archive_lpar_clear(data);
}

static GArray *lpars_of(const GPtrArray *captures)
{
    GArray *lpars = g_array_new(FALSE, TRUE, sizeof(SvpArchiveLpar));

    g_array_set_clear_func(lpars, clear_lpar);
    for (unsigned i = 0; i < captures->len; i++) {
        const MonitorCapture *capture = g_ptr_array_index(captures, i);
        SvpArchiveLpar lpar = {
            .name = g_strdup(capture->name),
            .number = capture->number,
            .state = monitor_capture_to_bytes(capture)};

        for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
            if (capture->content[kind])
                lpar.content[kind] = hv_storage_snapshot_ref(capture->content[kind]);
        g_array_append_val(lpars, lpar);
    }
    return lpars;
}

bool svp_save_write(
    SvpVolumeSet *set, SvpArchiveMemory *memory, const SvpSaveRequest *request, SvpSaveRecord **ret_record,
    GError **error)
{
    const ResmgrDefinition *definition = monitor_system_made_of(request->system);
    g_autofree char *machine_text = svp_machine_file_format(definition);
    g_autoptr(GArray) lpars = lpars_of(request->captures);

    g_assert(lpars->len > 0);
    HvTime at_ns = ((const MonitorCapture *)g_ptr_array_index(request->captures, 0))->at_ns;
    g_autofree char *clock = hv_calendar_show(&definition->machine->calendar, at_ns);
    const SvpArchiveRequest archive = {
        .name = request->name,
        .kind = request->kind,
        .lpars = (const SvpArchiveLpar *)(const void *)lpars->data,
        .n_lpars = lpars->len,
        .machine = definition->machine->name,
        .machine_text = machine_text,
        .at_ns = at_ns,
        .clock = clock,
        .alone = request->alone,
        .base = request->base};

    return svp_archive_write(set, memory, &archive, ret_record, error);
}

MonitorCapture *svp_save_read(
    SvpVolumeSet *set, const MonitorSystem *system, unsigned sequence, const char *lpar,
    SvpArchiveCounts *ret_counts, GError **error)
{
    g_auto(SvpArchiveLpar) read = {0};

    if (!svp_archive_read(set, sequence, lpar, &read, ret_counts, error))
        return NULL;
    MonitorCapture *capture = monitor_capture_from_bytes(system, read.state, error);

    for (unsigned kind = 0; capture && kind < RESMGR_STORAGE_KINDS; kind++)
        capture->content[kind] = g_steal_pointer(&read.content[kind]);
    return capture;
}

uint64_t svp_save_objects(const GPtrArray *captures)
{
    uint64_t objects = 1;

    for (unsigned i = 0; i < captures->len; i++) {
        const MonitorCapture *capture = g_ptr_array_index(captures, i);

        objects++;
        for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++) {
            g_autoptr(GPtrArray)
                segments = capture->content[kind] ? svp_segments_of(capture->content[kind], NULL) : NULL;

            objects += segments ? segments->len : 0;
        }
    }
    return objects;
}

uint64_t svp_save_content_bytes(const GPtrArray *captures)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < captures->len; i++) {
        const MonitorCapture *capture = g_ptr_array_index(captures, i);

        for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
            if (capture->content[kind])
                bytes += hv_storage_snapshot_pages(capture->content[kind]) * HV_PAGE_SIZE;
    }
    return bytes;
}
