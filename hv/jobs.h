/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_JOBS_H
#define LPARSIM_HV_JOBS_H

#include "hv/channel.h"
#include "hv/class-def.h"
#include "hv/engine.h"

/*
 * The jobs of a model guest, from their arrival to their end. They come from outside: users think and a batch window opens by the
 * machine's clock, whether or not the guest stands (held, halted); what comes meanwhile waits, and its response time counts.
 */
typedef struct HvJobs HvJobs;
typedef struct HvCodec HvCodec; /* hv/codec.h */

/* What jobs need of the guest; `data` is the guest. */
typedef struct {
    /* As HvRunQueueOps: LIP time told up to now; the LIP has work now, no longer, or other work than before. */
    void (*catch_up)(void *data, unsigned lip);
    void (*lip_changed)(void *data, unsigned lip, bool has_work);
    /* Starts an I/O on the guest's nth device; false if there is none. */
    bool (*io_start)(void *data, unsigned nth, HvIoFunc func, void *job);
    unsigned (*n_devices)(void *data);
    /* The position of the device with that number; false if the guest has none. */
    bool (*find_device)(void *data, uint16_t number, unsigned *ret_nth);
    uint64_t (*storage_bytes)(void *data, bool es); /* online now: MS, or ES */
} HvJobsOps;

typedef struct {
    HvEngine *engine;
    const HvJobsDef *def; /* with classes */
    const HvCalendar *calendar;
    uint64_t seed;
    const HvJobsOps *ops;
    void *data;
} HvJobsConfig;

/* Nothing comes before hv_jobs_boot(). What the config points to outlives the jobs. */
HvJobs *hv_jobs_new(const HvJobsConfig *config);
/* I/O that is still under way is never concluded. */
void hv_jobs_free(HvJobs *jobs);
/* A new load: nothing is left of the last one, whose I/O has been concluded (asserted). LIPs come online one by one afterwards. */
void hv_jobs_boot(HvJobs *jobs);
void hv_jobs_lip_online(HvJobs *jobs, unsigned lip);
void hv_jobs_lip_offline(HvJobs *jobs, unsigned lip);
/* The guest stands, or goes on: I/O that was concluded meanwhile is taken note of. */
void hv_jobs_set_standing(HvJobs *jobs, bool stands);

/* As in the contract of guests. */
HvTime hv_jobs_lip_burst(const HvJobs *jobs, unsigned lip);
void hv_jobs_lip_ran(HvJobs *jobs, unsigned lip, HvTime ran_ns);

/* As of now; LIP time must have been told up to now. */
HvClassStats hv_jobs_stats(const HvJobs *jobs, unsigned nth);
/* A file of arrivals that could not be read on: "FILE:LINE: why"; NULL: none. */
const char *hv_jobs_problem(const HvJobs *jobs);

bool hv_jobs_lip_is_online(const HvJobs *jobs, unsigned lip);
/*
 * All of it, after a load; a reader's jobs are new. Of a whole machine each request under way is declared. Of a part, the reader takes those
 * requests for ended by the machine, so they are started anew when the guest goes on, which stands until then; and a batch class that starts by
 * the clock next does so by the clock of the reader's machine.
 */
void hv_jobs_codec(HvJobs *jobs, HvCodec *codec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvJobs, hv_jobs_free)

#endif
