/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_STATE_FOLDER_H
#define LPARSIM_SVP_STATE_FOLDER_H

#include "hv/quantity.h"
#include "svp/state-content.h"

#include <jansson.h>

/*
 * The folder of a checkpoint: files, and a manifest of them. It is made under another name, and all of it is on the disk before it gets its own.
 * Everything here fails with SVP_ERROR_CHECKPOINT.
 */
typedef struct {
    char *path;
    json_t *files;   /* name -> {bytes, sha256} */
    json_t *content; /* of each storage the names of its layers, from the bottom up */
} SvpStateFolder;

/* --- Writing: begin, files, content, finish; without finish it is removed by clear ------------------------------ */
/* PATH.new; what has been left lying there, and at `path`, is removed. */
bool svp_state_folder_begin(SvpStateFolder *folder, const char *path, GError **error);
bool svp_state_folder_write(
    SvpStateFolder *folder, const char *name, const void *bytes, size_t length, GError **error);
bool svp_state_folder_write_json(
    SvpStateFolder *folder, const char *name, const json_t *json, GError **error);
/* What the storage `name` holds; `before`: in the folder `from`, NULL: nothing. NULL on failure. */
SvpStateContent *svp_state_folder_write_content(
    SvpStateFolder *folder, const char *name, HvStorageSnapshot *now, const SvpStateContent *before,
    const char *from, int64_t id, GError **error);
/* The manifest; then the folder gets its name. */
bool svp_state_folder_finish(
    SvpStateFolder *folder, const char *path, HvTime at_ns, char **ret_sha256, GError **error);

/* --- Reading ---------------------------------------------------------------------------------------------------- */
/* The manifest is that one. */
bool svp_state_folder_open(SvpStateFolder *folder, const char *path, const char *sha256, GError **error);
/* A file, as it was written. */
bool svp_state_folder_read(
    const SvpStateFolder *folder, const char *name, GBytes **ret_bytes, GError **error);
/* NULL with an error; free with json_decref(). */
json_t *svp_state_folder_read_json(const SvpStateFolder *folder, const char *name, GError **error);
/* What the storage `name` held, which is of that length; NULL on failure. */
SvpStateContent *svp_state_folder_read_content(
    const SvpStateFolder *folder, const char *name, uint64_t length, GError **error);
bool svp_state_folder_refuse_damage(const char *path, const char *why, GError **error);

/* One that was begun and not finished is removed. */
void svp_state_folder_clear(SvpStateFolder *folder);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SvpStateFolder, svp_state_folder_clear)

#endif
