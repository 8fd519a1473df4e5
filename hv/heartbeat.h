/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_HEARTBEAT_H
#define LPARSIM_HV_HEARTBEAT_H

#include "hv/quantity.h"

/*
 * What a guest says on its console, in the language of scripts/guest/init:
 *
 *     LPARSIM beat n=12 uptime=3.41 boot=3f2a.. cpus=2 cpus_present=2 mem_kib=236124 disks=vda:8192 css=4 nics=0
 *     LPARSIM 7 ok TEXT        the answer to "@7 COMMAND"; or: failed TEXT
 */
typedef struct {
    uint64_t beats; /* heard; 0: none, and the rest is empty */
    gint64 at_us;   /* monotonic, of the last one */
    HvTime longest_gap_ns;
    char *boot_id, *disks;
    double uptime_s;
    unsigned cpus, cpus_present, css, nics;
    uint64_t mem_bytes;
} HvHeartbeat;

typedef enum {
    HV_LINE_OTHER, /* nothing of ours */
    HV_LINE_BEAT,
    HV_LINE_ANSWER,
} HvLineKind;

typedef struct {
    unsigned id;
    bool ok;
    const char *text; /* within the line */
} HvGuestAnswer;

/* What a guest has printed, as text that can be shown anywhere: valid UTF-8, control characters as `?`; g_free(). */
char *hv_heartbeat_clean(const char *bytes, size_t length);
/* Reads a line, without its end, that came at `now_us`; a beat is entered, an answer given back. */
HvLineKind hv_heartbeat_read(HvHeartbeat *beat, const char *line, gint64 now_us, HvGuestAnswer *ret_answer);
/* The guest stood, or was loaded: the next beat ends no gap. */
void hv_heartbeat_pause(HvHeartbeat *beat);
void hv_heartbeat_clear(HvHeartbeat *beat);

#endif
