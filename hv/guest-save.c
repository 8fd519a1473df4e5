/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of a saved guest: which files, where they were, what is in them.
 *
 * A save that is not complete is worth nothing, so whoever makes one removes its files when it fails; and whoever restores one compares
 * every byte first, since libvirt and QEMU would notice damage in the middle only, or never.
 */
#include "hv/guest-save.h"

#include "hv/error.h"

#include <glib/gstdio.h>
#include <string.h>

static const char *const save_kind_names[HV_SAVE_KINDS] = {
    [HV_SAVE_LIVE] = "live", [HV_SAVE_DISKS] = "disks", [HV_SAVE_STOP] = "stop"};

const char *hv_save_kind_name(HvSaveKind kind)
{
    g_assert(kind < HV_SAVE_KINDS);
    return save_kind_names[kind];
}

bool hv_save_kind_parse(const char *text, HvSaveKind *ret_kind)
{
    for (HvSaveKind kind = 0; kind < HV_SAVE_KINDS; kind++) {
        if (g_ascii_strcasecmp(text, save_kind_names[kind]) != 0)
            continue;
        *ret_kind = kind;
        return true;
    }
    return false;
}

static void file_free(void *data)
{
    HvSavedFile *file = data;

    g_free(file->name);
    g_free(file->target);
    g_free(file->alias);
    g_free(file->source);
    g_free(file);
}

HvGuestSaved *hv_guest_saved_new(const char *folder, HvSaveKind kind)
{
    HvGuestSaved *saved = g_new(HvGuestSaved, 1);

    *saved = (HvGuestSaved){
        .folder = g_strdup(folder),
        .kind = kind,
        .was_running = true,
        .hold_ns = HV_TIME_NEVER,
        .files = g_ptr_array_new_with_free_func(file_free),
    };
    return saved;
}

HvGuestSaved *hv_guest_saved_copy(const HvGuestSaved *saved)
{
    HvGuestSaved *copy = g_memdup2(saved, sizeof(*saved));

    copy->folder = g_strdup(saved->folder);
    copy->domain = g_strdup(saved->domain);
    copy->uuid = g_strdup(saved->uuid);
    copy->xml = g_strdup(saved->xml);
    copy->files = g_ptr_array_new_with_free_func(file_free);
    for (unsigned i = 0; i < saved->files->len; i++)
        hv_guest_saved_add(copy, g_ptr_array_index(saved->files, i));
    return copy;
}

void hv_guest_saved_free(HvGuestSaved *saved)
{
    if (!saved)
        return;
    g_free(saved->folder);
    g_free(saved->domain);
    g_free(saved->uuid);
    g_free(saved->xml);
    g_ptr_array_unref(saved->files);
    g_free(saved);
}

HvSavedFile *hv_guest_saved_add(HvGuestSaved *saved, const HvSavedFile *file)
{
    HvSavedFile *copy = g_memdup2(file, sizeof(*file));

    copy->name = g_strdup(file->name);
    copy->target = g_strdup(file->target);
    copy->alias = g_strdup(file->alias);
    copy->source = g_strdup(file->source);
    g_ptr_array_add(saved->files, copy);
    return copy;
}

char *hv_guest_saved_path(const HvGuestSaved *saved, const HvSavedFile *file)
{
    return g_build_filename(saved->folder, file->name, NULL);
}

bool hv_guest_saved_verify(const HvGuestSaved *saved, GError **error)
{
    for (unsigned i = 0; i < saved->files->len; i++) {
        const HvSavedFile *file = g_ptr_array_index(saved->files, i);
        g_autofree char *path = hv_guest_saved_path(saved, file);
        HvFileContent now;

        if (!hv_file_content(path, &now, error))
            return false;
        if (now.size_bytes == file->content.size_bytes && strcmp(now.sha256, file->content.sha256) == 0)
            continue;
        g_set_error(
            error, HV_ERROR, HV_ERROR_IMAGE,
            "%s is not what was saved: its SHA-256 is %s, and was %s\nRestore another copy", path, now.sha256,
            file->content.sha256);
        return false;
    }
    return true;
}

void hv_guest_saved_remove(const HvGuestSaved *saved)
{
    for (unsigned i = 0; i < saved->files->len; i++) {
        g_autofree char *path = hv_guest_saved_path(saved, g_ptr_array_index(saved->files, i));

        g_unlink(path);
    }
}
