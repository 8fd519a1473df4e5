/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_VOLUME_KIND_H
#define LPARSIM_SVP_SAVE_VOLUME_KIND_H

#include "svp/save/volume.h"

/* What the kinds of volumes (a folder, a file) do each in their way; for volume*.c only. */
#define SVP_VOLUME_LABEL         "VOLUME.json"
#define SVP_VOLUME_RESERVE_BYTES ((uint64_t)256 << 10) /* for the label, on a disk that the save fills */

typedef struct {
    /* *ret_text NULL: not initialized. */
    bool (*read_label)(SvpVolume *volume, char **ret_text, size_t *ret_length, GError **error);
    bool (*initialize)(SvpVolume *volume, const char *label, GError **error);
    /* Removes what is no file of the label's and looks like one of ours. */
    bool (*clean)(SvpVolume *volume, const SvpLabel *label, GError **error);
    bool (*put_label)(SvpVolume *volume, const char *label, GError **error);
    bool (*remove)(SvpVolume *volume, const char *file, const char *label, GError **error);
    bool (*begin)(SvpVolumePart *part, GError **error); /* sets fd and base */
    /* Whether the disk has room for the part up to there, and for what follows it. NULL: begin() has seen to that. */
    bool (*make_room)(SvpVolumePart *part, uint64_t length);
    bool (*commit)(SvpVolumePart *part, const char *file, const char *label, GError **error);
    void (*abandon)(SvpVolumePart *part);
    /* An fd of its own at the begin of the file; the length that it may have at most. */
    int (*open_file)(SvpVolume *volume, const char *file, uint64_t *ret_length, GError **error);
} SvpVolumeOps;

extern const SvpVolumeOps svp_volume_folder_ops, svp_volume_file_ops;

struct SvpVolume {
    const SvpVolumeOps *ops;
    char *path;
    SvpLabel *label;
    uint64_t end_bytes; /* of a file: where the next member begins */
};

struct SvpVolumePart {
    SvpVolume *volume;
    int fd, lock_fd;
    uint64_t base_bytes; /* in the file that is open */
    uint64_t length_bytes;
    uint64_t reserved_bytes; /* of a file: up to where the disk has given room */
    uint64_t room_bytes;     /* by the size of the volume */
    bool committed;
};

/* SVP_ERROR_TAPE_IO: "what" could not be done to the volume, for the reason in errno. Returns false. */
bool svp_volume_fail(const SvpVolume *volume, const char *what, GError **error);
/* All of it, at that place. */
bool svp_volume_is_full(int reason); /* errno says that there is no room */
bool svp_volume_write_at(int fd, const void *bytes, size_t length, uint64_t at);

#endif
