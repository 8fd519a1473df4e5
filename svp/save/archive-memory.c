/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is remembered of saves.
 *
 * Per set and LPAR the content as it was saved last, which shares its pages with the storage until they are written to. So the next save
 * knows from pointers alone which pages can have changed. It is a help and no truth: it is used only if the save it belongs to is still the
 * newest of the LPAR on the set.
 */
#include "svp/save/archive-private.h"

struct SvpArchiveMemory {
    GHashTable *remembered; /* "set LPAR" -> SvpArchiveRemembered */
};

static void free_remembered(gpointer data)
{
    SvpArchiveRemembered *remembered = data;

    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
        hv_storage_snapshot_unref(remembered->content[kind]);
    svp_manifest_unref(remembered->manifest);
    g_free(remembered->manifest_sha256);
    g_free(remembered);
}

SvpArchiveMemory *svp_archive_memory_new(void)
{
    SvpArchiveMemory *memory = g_new0(SvpArchiveMemory, 1);

    memory->remembered = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_remembered);
    return memory;
}

void svp_archive_memory_free(SvpArchiveMemory *memory)
{
    if (!memory)
        return;
    g_hash_table_unref(memory->remembered);
    g_free(memory);
}

static gboolean is_of_set(gpointer key, gpointer remembered, gpointer set)
{
    (void)remembered;
    return g_str_has_prefix(key, set);
}

void svp_archive_memory_forget(SvpArchiveMemory *memory, const char *set)
{
    g_autofree char *prefix = g_strconcat(set, " ", NULL);

    g_hash_table_foreach_remove(memory->remembered, is_of_set, prefix);
}

static void file_free(gpointer data)
{
    SvpArchiveGuestFile *file = data;

    g_free(file->name);
    g_free(file);
}

void svp_archive_lpar_add_file(SvpArchiveLpar *lpar, const char *name, const HvFileContent *content)
{
    SvpArchiveGuestFile *file = g_new0(SvpArchiveGuestFile, 1);

    *file = (SvpArchiveGuestFile){g_strdup(name), *content};
    if (!lpar->files)
        lpar->files = g_ptr_array_new_with_free_func(file_free);
    g_ptr_array_add(lpar->files, file);
}

void svp_archive_lpar_clear(SvpArchiveLpar *lpar)
{
    g_clear_pointer(&lpar->files, g_ptr_array_unref);
    g_clear_pointer(&lpar->folder, hv_staging_unref);
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
        g_clear_pointer(&lpar->content[kind], hv_storage_snapshot_unref);
    g_clear_pointer(&lpar->state, g_bytes_unref);
    g_clear_pointer(&lpar->name, g_free);
}

const SvpArchiveRemembered *svp_archive_remembered(
    const SvpArchiveMemory *memory, const char *set, const char *lpar, const SvpSaveRecord *record)
{
    g_autofree char *key = g_strdup_printf("%s %s", set, lpar);
    const SvpArchiveRemembered *remembered = memory ? g_hash_table_lookup(memory->remembered, key) : NULL;

    if (!remembered || remembered->sequence != record->sequence ||
        !g_str_equal(remembered->manifest_sha256, record->manifest_sha256))
        return NULL;
    return remembered;
}

void svp_archive_remember(
    SvpArchiveMemory *memory, const char *set, const SvpArchiveLpar *lpar, const SvpSaveRecord *record,
    SvpManifest *manifest)
{
    if (!memory)
        return;
    SvpArchiveRemembered *remembered = g_new0(SvpArchiveRemembered, 1);

    remembered->sequence = record->sequence;
    remembered->manifest_sha256 = g_strdup(record->manifest_sha256);
    remembered->manifest = svp_manifest_ref(manifest);
    for (unsigned kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
        if (lpar->content[kind])
            remembered->content[kind] = hv_storage_snapshot_ref(lpar->content[kind]);
    g_hash_table_replace(memory->remembered, g_strdup_printf("%s %s", set, lpar->name), remembered);
}
