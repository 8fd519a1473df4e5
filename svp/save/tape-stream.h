/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_TAPE_STREAM_H
#define LPARSIM_SVP_SAVE_TAPE_STREAM_H

#include "svp/save/volume-set.h"

/* The bytes of an archive, from or to as many volumes of a set as it takes. */
typedef struct SvpTapeWriter SvpTapeWriter;
typedef struct SvpTapeReader SvpTapeReader;

/* Goes on behind what is on the set. */
SvpTapeWriter *svp_tape_writer_new(SvpVolumeSet *set, GError **error);
/* SVP_ERROR_TAPE_FULL: the volume is full and there is no next one. */
bool svp_tape_writer_write(SvpTapeWriter *writer, const void *bytes, size_t length, GError **error);
uint64_t svp_tape_writer_bytes(const SvpTapeWriter *writer);
/* The save is on the volumes, durably, with that record but for what is said of parts and files; or not at all. */
bool svp_tape_writer_commit(SvpTapeWriter *writer, const SvpSaveRecord *record, GError **error);
void svp_tape_writer_free(SvpTapeWriter *writer); /* gives up what was not committed; NULL is allowed */

SvpTapeReader *svp_tape_reader_new(SvpVolumeSet *set, unsigned sequence, GError **error);
/*
 * The next bytes, the reader's until the next call; *ret_length 0: the end. SVP_ERROR_TAPE_DAMAGED at the end of a part that is not what was
 * written.
 */
bool svp_tape_reader_read(SvpTapeReader *reader, const void **ret_bytes, size_t *ret_length, GError **error);
/* Reads to the end, so that all of it has been checked. */
bool svp_tape_reader_finish(SvpTapeReader *reader, GError **error);
void svp_tape_reader_free(SvpTapeReader *reader); /* NULL is allowed */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpTapeWriter, svp_tape_writer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpTapeReader, svp_tape_reader_free)

#endif
