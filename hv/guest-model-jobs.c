/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the jobs of a model guest need of it: its LIPs, its devices, its storage.
 *
 * LIP time that the dispatcher has given is told late, when somebody looks; so before the run queue changes what a LIP has to do, the
 * host is asked to tell it up to now.
 */
#include "hv/guest-model-private.h"

static void jobs_catch_up(void *data, unsigned lip)
{
    const HvGuestModel *model = data;

    model->config.host_ops->lip_catch_up(model->config.host, lip);
}

static void jobs_lip_changed(void *data, unsigned lip, G_GNUC_UNUSED bool has_work)
{
    hv_guest_model_lip_changed(data, lip);
}

static bool jobs_io_start(void *data, unsigned nth, HvIoFunc func, void *job)
{
    const HvGuestModel *model = data;

    return model->config.host_ops->io_start(model->config.host, nth, func, job);
}

static unsigned jobs_n_devices(void *data)
{
    const HvGuestModel *model = data;

    return model->config.host_ops->n_devices(model->config.host);
}

static bool jobs_find_device(void *data, uint16_t number, unsigned *ret_nth)
{
    const HvGuestModel *model = data;

    return model->config.host_ops->find_device(model->config.host, number, ret_nth);
}

static uint64_t jobs_storage_bytes(void *data, bool es)
{
    const HvGuestModel *model = data;

    return model->online_bytes[es];
}

static const HvJobsOps jobs_ops = {
    .catch_up = jobs_catch_up,
    .lip_changed = jobs_lip_changed,
    .io_start = jobs_io_start,
    .n_devices = jobs_n_devices,
    .find_device = jobs_find_device,
    .storage_bytes = jobs_storage_bytes,
};

HvJobs *hv_guest_model_jobs_new(HvGuestModel *model)
{
    static const HvCalendar no_calendar;
    const HvJobsConfig config = {
        .engine = model->config.engine,
        .def = model->config.jobs,
        .calendar = model->config.calendar ? model->config.calendar : &no_calendar,
        .seed = model->config.seed,
        .ops = &jobs_ops,
        .data = model,
    };

    return hv_jobs_new(&config);
}
