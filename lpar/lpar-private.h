/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_LPAR_LPAR_PRIVATE_H
#define LPARSIM_LPAR_LPAR_PRIVATE_H

#include "lpar/error.h"
#include "lpar/lip.h"
#include "lpar/lpar.h"

/* What the files of LPAR control share among themselves; nobody else includes this. */

struct LparControl {
    LparConfig config;
    LparRunState state;
    LparRunState state_before_fence;
    unsigned holds;      /* nesting depth; > 0: held */
    HvGuest *guest;      /* owned; NULL while nothing is loaded */
    uint64_t guest_seed; /* what it was made with; it takes it along to where it is put */
    HvStorageWindow windows[RESMGR_STORAGE_KINDS];
    HvStorageExtract *aside[RESMGR_STORAGE_KINDS]; /* content set aside by step 202; NULL otherwise */
    LparLips lips;
    HvGuestRealConfig real; /* what a real guest is made with */
    /* What the resource manager says of its channels, asked again when that may have changed; NULL: not asked yet. */
    GArray *devices;   /* unsigned, indices, by device number */
    uint64_t chps[4];  /* online */
    uint64_t asked_at; /* state->channel_changes */
};

/* What belongs to the LPAR by a state, in the words of real guests. */
typedef struct {
    HvGuestResources guest; /* points into the rest */
    GArray *cpus;           /* HvGuestCpu */
    GPtrArray *devices;     /* const HvDeviceDef * */
} LparResources;

LparResources *lpar_resources_new(const LparControl *lpar, const ResmgrState *state);
void lpar_resources_free(LparResources *resources);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LparResources, lpar_resources_free)

/* What the guest may ask of its LPAR control (lpar/guest-host.c). */
extern const HvGuestHostOps lpar_guest_host_ops;

const ResmgrLpar *lpar_assignment(const LparControl *lpar);
HvTime lpar_now(const LparControl *lpar);
void lpar_set_state(LparControl *lpar, LparRunState state);

/* Each refuses with the LPAR_ERROR_* that fits and names the remedy. */
bool lpar_require_activated(const LparControl *lpar, GError **error);
bool lpar_require_loaded(const LparControl *lpar, GError **error);
bool lpar_require_operating(const LparControl *lpar, GError **error);

/* An LPAR's own guests are made with that seed. */
uint64_t lpar_own_seed(const LparControl *lpar);
/* A guest of the kind that is defined, not booted. */
HvGuest *lpar_guest_new(LparControl *lpar, uint64_t seed);

void lpar_set_window(LparControl *lpar, ResmgrStorageKind kind, uint64_t origin_bytes, uint64_t size_bytes);
/* LIPs: a LIP that is online has a task. */
bool lpar_start_lip(LparControl *lpar, unsigned lip, GError **error);
bool lpar_stop_lip(LparControl *lpar, unsigned lip, GError **error);
void lpar_end_tasks(LparControl *lpar);

/* The window shows that range from now on; what is in it stays. */
void lpar_set_window(LparControl *lpar, ResmgrStorageKind kind, uint64_t origin_bytes, uint64_t size_bytes);

/* Guest, tasks and I/O end; the windows are closed and what they showed is cleared, unless it was set aside.
 */
void lpar_dismantle(LparControl *lpar);

#endif
