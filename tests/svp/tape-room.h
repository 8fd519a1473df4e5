/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_SVP_TAPE_ROOM_H
#define LPARSIM_TESTS_SVP_TAPE_ROOM_H

#include "hv/rng.h"
#include "svp/save/archive.h"

/* A storage whose content is saved and restored, and folders for volumes. */
typedef struct {
    char *folder; /* temporary */
    HvStorage *storage;
    HvRng rng;
    SvpArchiveMemory *memory;
} TapeRoom;

TapeRoom *tape_room_new(uint64_t storage_bytes, uint64_t seed);
void tape_room_free(TapeRoom *room);
char *tape_room_path(const TapeRoom *room, const char *name);
/* Initializes a volume at room/name (a folder is made, unless the name ends with .tar). */
void tape_room_volume(const TapeRoom *room, const char *name, uint64_t size_bytes);
/* The set of these volumes, "VOL1 VOL2"; NULL: refused with *error. */
SvpVolumeSet *tape_room_set(const TapeRoom *room, const char *names, GError **error);

/* Writes `n` random pages of random content, of zeros, or of text. */
void tape_room_write(TapeRoom *room, unsigned n);
/* Saves all of the storage as MS of "LPAR1", a range of it as ES. */
bool tape_room_save(
    TapeRoom *room, const char *volumes, bool with_memory, SvpSaveRecord **ret_record, GError **error);
/* The digest of the storage now, and of what was restored as it was then; g_free(). NULL with *error: refused. */
char *tape_room_digest(const TapeRoom *room);
char *tape_room_restore(const TapeRoom *room, const char *volumes, unsigned sequence, GError **error);

#endif
