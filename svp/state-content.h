/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_STATE_CONTENT_H
#define LPARSIM_SVP_STATE_CONTENT_H

#include "hv/storage-snapshot.h"

/* The content of one storage as a checkpoint has it: files of pages in its folder, in layers. */
typedef struct SvpStateContent SvpStateContent;

/*
 * The files of `now` in the folder `to`; what is new is called `name`. `before`: what the folder `from` has, whose files are shared as far as
 * they still hold; NULL: nothing. All is on the disk, but for the folder itself. NULL: errno says why.
 */
SvpStateContent *svp_state_content_write(
    HvStorageSnapshot *now, const SvpStateContent *before, const char *from, const char *to,
    const char *name);
void svp_state_content_free(SvpStateContent *content); /* NULL is allowed */

/* For reading: nothing has been read yet. `length` of the storage in bytes. */
SvpStateContent *svp_state_content_new(uint64_t length);
/*
 * The next layer, from the bottom up, is that file of the folder, of `length` bytes and that SHA-256. NULL, or why it is not: then the content
 * is of no use any more.
 */
const char *svp_state_content_read(
    SvpStateContent *content, const char *folder, const char *name, uint64_t length, const char *sha256);
const HvStorageSnapshot *svp_state_content_snapshot(const SvpStateContent *content);

/* Each layer, from the bottom up: its file's name, bytes and SHA-256. */
void svp_state_content_foreach(
    const SvpStateContent *content,
    void (*visit)(const char *name, uint64_t length, const char *sha256, void *data), void *data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpStateContent, svp_state_content_free)

#endif
