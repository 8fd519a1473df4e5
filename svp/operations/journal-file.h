/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_OPERATIONS_JOURNAL_FILE_H
#define LPARSIM_SVP_OPERATIONS_JOURNAL_FILE_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* A receiver that was saved, as it was read from a file. */
typedef struct {
    char *receiver, *machine;
    uint64_t first, last;
    char *previous, *sha256; /* of the receiver before; of this one */
    json_t *entries;         /* array */
} SvpJournalFile;

/* "JRN00001.jrn", "folder/JRN00001.jrn"; free with g_free(). */
char *svp_journal_file_name(const char *receiver);
char *svp_journal_file_path(const char *folder, const char *receiver);
/* Atomically, and on the disk when it returns. SVP_ERROR_FILE. */
bool svp_journal_file_write(const char *folder, const char *receiver, GBytes *text, GError **error);
/* SVP_ERROR_JOURNAL_FILE: it cannot be read, is damaged, or is no receiver. */
SvpJournalFile *svp_journal_file_read(const char *path, GError **error);
/* The same of what has been read; `path` is for the message. */
SvpJournalFile *svp_journal_file_parse(const char *path, const char *bytes, size_t length, GError **error);
void svp_journal_file_free(SvpJournalFile *file);
/* All receivers in a folder, by number: of SvpJournalFile *; NULL with *error if one of them cannot be read, or there is none. */
GPtrArray *svp_journal_files_read(const char *folder, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpJournalFile, svp_journal_file_free)

#endif
