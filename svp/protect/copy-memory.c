/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copies of snapshots in memory.
 *
 * It is the primary of a console without a state directory: content costs what the machine has written since, as pages are shared (hv/storage-snapshot.h).
 * It lasts as long as the program. A copy owns its captures, so whoever wrote it and whoever reads it do not depend on each other.
 */
#include "svp/error.h"
#include "svp/protect/copy.h"
#include "svp/protect/name.h"

typedef struct {
    const MonitorSystem *system;
    GHashTable *copies; /* char * -> GPtrArray of MonitorCapture * */
} Memory;

static char *key_of(const char *folder, const SvpSnapshot *snapshot)
{
    g_autofree char *name = svp_protect_key(snapshot->name);

    return g_strdup_printf("%s\n%s", folder ? folder : "", name);
}

static void capture_free(gpointer data)
{
    monitor_capture_free(data);
}

static void copies_free(gpointer data)
{
    g_ptr_array_unref(data);
}

MonitorCapture *svp_capture_copy(const MonitorSystem *system, const MonitorCapture *capture)
{
    g_autoptr(GBytes) bytes = monitor_capture_to_bytes(capture);
    MonitorCapture *copy = monitor_capture_from_bytes(system, bytes, NULL);

    g_assert(copy);
    for (unsigned i = 0; i < RESMGR_STORAGE_KINDS; i++)
        if (capture->content[i])
            copy->content[i] = hv_storage_snapshot_ref(capture->content[i]);
    return copy;
}

uint64_t svp_capture_pages(const MonitorCapture *capture)
{
    uint64_t pages = 0;

    for (unsigned i = 0; i < RESMGR_STORAGE_KINDS; i++)
        if (capture->content[i])
            pages += hv_storage_snapshot_pages(capture->content[i]);
    return pages;
}

static bool memory_prepare(void *data, const char *folder, const char *group, GError **error)
{
    (void)data;
    (void)folder;
    (void)group;
    (void)error;
    return true;
}

static bool memory_write(
    void *data, const char *folder, const SvpSnapshot *snapshot, const SvpSnapshot *base,
    const GPtrArray *captures, GError **error)
{
    Memory *memory = data;
    GPtrArray *copies = g_ptr_array_new_with_free_func(capture_free);

    (void)base;
    (void)error;
    for (unsigned i = 0; i < captures->len; i++)
        g_ptr_array_add(copies, svp_capture_copy(memory->system, captures->pdata[i]));
    g_hash_table_replace(memory->copies, key_of(folder, snapshot), copies);
    return true;
}

static const GPtrArray *find(Memory *memory, const char *folder, const SvpSnapshot *snapshot, GError **error)
{
    g_autofree char *key = key_of(folder, snapshot);
    const GPtrArray *copies = g_hash_table_lookup(memory->copies, key);

    if (!copies)
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_COPY,
            "The content of snapshot %s is not there: it was in memory\nTake it from its mirror or vault",
            snapshot->name);
    return copies;
}

static MonitorCapture *
memory_read(void *data, const char *folder, const SvpSnapshot *snapshot, const char *lpar, GError **error)
{
    Memory *memory = data;
    const GPtrArray *copies = find(memory, folder, snapshot, error);

    for (unsigned i = 0; copies && i < copies->len; i++) {
        const MonitorCapture *capture = copies->pdata[i];

        if (svp_protect_same_name(capture->name, lpar))
            return svp_capture_copy(memory->system, capture);
    }
    g_assert(!copies);
    return NULL;
}

static bool
memory_verify(void *data, const char *folder, const SvpSnapshot *snapshot, GHashTable *seen, GError **error)
{
    (void)seen;
    return find(data, folder, snapshot, error) != NULL;
}

static bool memory_remove(void *data, const char *folder, const SvpSnapshot *snapshot, GError **error)
{
    Memory *memory = data;
    g_autofree char *key = key_of(folder, snapshot);

    (void)error;
    g_hash_table_remove(memory->copies, key);
    return true;
}

static void memory_free(void *data)
{
    Memory *memory = data;

    g_hash_table_unref(memory->copies);
    g_free(memory);
}

static const SvpCopyOps memory_ops = {
    .name = "memory",
    .prepare = memory_prepare,
    .write = memory_write,
    .read = memory_read,
    .verify = memory_verify,
    .remove = memory_remove,
    .free = memory_free,
};

SvpCopyMedium svp_copy_memory(const MonitorSystem *system)
{
    Memory *memory = g_new0(Memory, 1);

    memory->system = system;
    memory->copies = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, copies_free);
    return (SvpCopyMedium){.ops = &memory_ops, .data = memory};
}

unsigned svp_copy_memory_count(const SvpCopyMedium *medium, uint64_t *ret_pages)
{
    const Memory *memory = medium->data;
    GHashTableIter iter;
    gpointer copies;

    g_assert(medium->ops == &memory_ops);
    if (!ret_pages)
        return g_hash_table_size(memory->copies);
    *ret_pages = 0;
    g_hash_table_iter_init(&iter, memory->copies);
    while (g_hash_table_iter_next(&iter, NULL, &copies))
        for (unsigned i = 0; i < ((GPtrArray *)copies)->len; i++)
            *ret_pages += svp_capture_pages(((GPtrArray *)copies)->pdata[i]);
    return g_hash_table_size(memory->copies);
}
