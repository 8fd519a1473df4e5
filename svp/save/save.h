/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SAVE_SAVE_H
#define LPARSIM_SVP_SAVE_SAVE_H

#include "monitor/capture.h"
#include "svp/save/archive.h"

/* Captures of LPARs to and from volumes. */
typedef struct {
    const MonitorSystem *system;
    const char *name;          /* of the save, "LPAR1" */
    const char *kind;          /* "LPAR", "SYSTEM", "CHANGES" */
    const GPtrArray *captures; /* MonitorCapture *; taken at one moment */
    bool alone;                /* as in SvpArchiveRequest */
    unsigned base;             /* the same */
} SvpSaveRequest;

/* As svp_archive_write(). */
bool svp_save_write(
    SvpVolumeSet *set, SvpArchiveMemory *memory, const SvpSaveRequest *request, SvpSaveRecord **ret_record,
    GError **error);
/* As svp_archive_read(): NULL with SVP_ERROR_TAPE_* or HV_ERROR_IMAGE. `sequence` 0: the newest with that LPAR (*SEARCH). */
MonitorCapture *svp_save_read(
    SvpVolumeSet *set, const MonitorSystem *system, unsigned sequence, const char *lpar,
    SvpArchiveCounts *ret_counts, GError **error);

/* How many objects there are to be saved: the machine file, a state and the segments with content of each LPAR. */
uint64_t svp_save_objects(const GPtrArray *captures);
/* Bytes of content that take memory, of all captures. */
uint64_t svp_save_content_bytes(const GPtrArray *captures);

#endif
