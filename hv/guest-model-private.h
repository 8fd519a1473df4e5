/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_GUEST_MODEL_PRIVATE_H
#define LPARSIM_HV_GUEST_MODEL_PRIVATE_H

#include "hv/codec.h"
#include "hv/guest-content.h"
#include "hv/guest-model.h"
#include "hv/jobs.h"

/* What the files of the model guest share; nobody else includes this. */

/* What a guest's I/O supervisor keeps under way at most; a request beyond that is skipped and counted. */
#define HV_GUEST_MODEL_IO_MAX 64

typedef struct HvGuestModel {
    HvGuest base;
    HvGuestConfig config;
    HvWorkload workload;
    HvGuestContent content;
    bool loaded, held, halted;
    HvTime clock_ns;       /* the guest's clock when it last stood or began to go */
    HvTime clock_since_ns; /* engine time of that */
    HvTime booted_at_ns;
    unsigned boots, notified;
    uint64_t online_bytes[2]; /* MS, ES */
    uint64_t boot_bytes[2];   /* what it was loaded with, and keeps */
    uint64_t ms_max_bytes;    /* as declared at load: initial + reserved */
    bool lip_online[HV_MAX_LIPS + 1];
    HvTime backlog_ns[HV_MAX_LIPS + 1];
    HvJobs *jobs;                 /* NULL: it has no classes */
    HvDemand *demand;             /* NULL: none, or it has ended */
    HvDemandSample demand_sample; /* of which portions arrive */
    HvTime demand_since_ns;       /* engine time of the load */
    HvTime demand_given_ns;       /* of the sample's work, what has arrived */
    HvEvent demand_timer;
    char *demand_problem; /* it could not be read on; NULL: it could */
    HvEvent work_timer, io_timer;
    HvTime work_due_ns, io_due_ns; /* by the guest's clock */
    uint64_t io_requests;          /* by the timer, skipped ones too */
    uint64_t io_started, io_done, io_ended, io_skipped;
    uint64_t io_done_unseen; /* complete, but the guest stood: it takes note when it goes on */
    uint64_t io_to_restart;  /* under way when its state was written down: started anew when it goes on */
    bool is_to_announce;     /* read back: the host does not know which LIPs have work */
} HvGuestModel;

static inline HvGuestModel *hv_guest_model_of(HvGuest *guest)
{
    g_assert(guest->ops == &hv_guest_model_ops);
    return (HvGuestModel *)guest;
}

static inline const HvGuestModel *hv_guest_model_peek(const HvGuest *guest)
{
    g_assert(guest->ops == &hv_guest_model_ops);
    return (const HvGuestModel *)guest;
}

/* guest-model.c */
void hv_guest_model_catch_up(HvGuest *guest);
/* The LIP has work by its workload or its jobs, or no longer; it is not told what is known. */
void hv_guest_model_lip_changed(HvGuestModel *model, unsigned lip);
void hv_guest_model_add_work(HvGuestModel *model, unsigned lip, HvTime work_ns);
void hv_guest_model_lip_online(HvGuestModel *model, unsigned lip);
HvTime hv_guest_model_clock(const HvGuestModel *model);
/* Pages the workload has written by now, since the load. */
uint64_t hv_guest_model_pages_due(const HvGuestModel *model);
/* Told of the end of a request of the workload's. */
void hv_guest_model_io_concluded(void *model, HvIoResult result, HvTime served_ns);

/* guest-model-config.c: reconfiguration, see the contract. */
bool hv_guest_model_config_storage(HvGuest *guest, bool online, uint64_t *ret_changed_bytes, GError **error);
bool hv_guest_model_config_cpu(HvGuest *guest, unsigned lip, bool online, GError **error);
void hv_guest_model_resources_changed(HvGuest *guest, const unsigned *lips, unsigned n_lips);
bool hv_guest_model_set_storage(HvGuest *guest, const uint64_t online_bytes[2], GError **error);
unsigned hv_guest_model_cpus_online(const HvGuestModel *model);

/* guest-model-demand.c */
void hv_guest_model_demand_init(HvGuestModel *model);
void hv_guest_model_demand_boot(HvGuestModel *model);
void hv_guest_model_demand_stop(HvGuestModel *model);
void hv_guest_model_demand_codec(HvGuestModel *model, HvCodec *codec);

/* guest-model-codec.c */
void hv_guest_model_codec(HvGuest *guest, HvCodec *codec);

/* guest-model-jobs.c */
HvJobs *hv_guest_model_jobs_new(HvGuestModel *model);

#endif
