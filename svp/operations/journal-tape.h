/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_OPERATIONS_JOURNAL_TAPE_H
#define LPARSIM_SVP_OPERATIONS_JOURNAL_TAPE_H

#include "svp/operations/journal-file.h"
#include "svp/save/archive-files.h"

#define SVP_JOURNAL_KIND "JOURNAL" /* of a save with receivers in it */

/* The receivers of a save (0: of all saves of journals on the set, the oldest first): of SvpJournalFile *. SVP_ERROR_TAPE_*, _JOURNAL_FILE. */
GPtrArray *svp_journal_tape_read(SvpVolumeSet *set, unsigned sequence, GError **error);

#endif
