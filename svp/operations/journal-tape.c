/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Receivers on a tape: a save of the kind JOURNAL, whose objects are the files that a folder would have (svp/operations/journal-file.c).
 *
 * A receiver that was saved twice is read twice; whoever applies receivers passes over what it has. What is on the tape is checked twice as well: by the
 * archive, bit for bit, and by the receiver's own hash, which the next one counts in.
 */
#include "svp/operations/journal-tape.h"

#include "svp/error.h"

static bool read_save(SvpVolumeSet *set, unsigned sequence, GPtrArray *receivers, GError **error)
{
    g_autoptr(GPtrArray) files = svp_archive_read_files(set, sequence, /* name= */ NULL, error);

    for (unsigned i = 0; files && i < files->len; i++) {
        const SvpArchiveFile *file = g_ptr_array_index(files, i);
        gsize length;
        const char *bytes = g_bytes_get_data(file->bytes, &length);
        SvpJournalFile *receiver = svp_journal_file_parse(file->name, bytes, length, error);

        if (!receiver)
            return false;
        g_ptr_array_add(receivers, receiver);
    }
    return files != NULL;
}

static bool is_journal(const SvpSaveRecord *record)
{
    return g_str_equal(record->kind, SVP_JOURNAL_KIND);
}

static bool refuse(unsigned sequence, GError **error)
{
    g_autofree char *what = sequence > 0 ? g_strdup_printf("Save %u is none of journals", sequence)
                                         : g_strdup("There is no save of journals on the volume");

    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_SAVE, "%s\nDISPLAY TAPE lists the saves, with their kinds", what);
    return false;
}

GPtrArray *svp_journal_tape_read(SvpVolumeSet *set, unsigned sequence, GError **error)
{
    g_autoptr(GPtrArray) receivers = g_ptr_array_new_with_free_func((GDestroyNotify)svp_journal_file_free);
    g_autoptr(GPtrArray) saves = svp_volume_set_saves(set);
    unsigned n_read = 0;

    if (sequence > 0 && !svp_volume_set_find(set, sequence, error))
        return NULL;
    for (unsigned i = 0; i < saves->len; i++) {
        const SvpSaveRecord *record = g_ptr_array_index(saves, i);

        if (!is_journal(record) || (sequence > 0 && record->sequence != sequence))
            continue;
        if (!read_save(set, record->sequence, receivers, error))
            return NULL;
        n_read++;
    }
    return n_read > 0 || refuse(sequence, error) ? g_steal_pointer(&receivers) : NULL;
}
