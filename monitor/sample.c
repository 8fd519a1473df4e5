/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Samples: everything that reports tell of, as of one moment, and the difference of two.
 *
 * All figures only grow, so a report over any interval is the difference of the samples at its ends, differences of
 * intervals that follow each other add up to the difference over all of them, exactly, and nobody who measures has to
 * reset what somebody else measures too. What does not grow (an LPAR's weight, its status) is that of the end.
 *
 * A class's figures begin anew when its guest is loaded. Then there is nothing to subtract: the difference is what the
 * new guest has done.
 *
 * A sample owns its arrays and histograms; the definitions of classes are the system's.
 */
#include "monitor/sample.h"

#include "hv/channel.h"
#include "monitor/capacity.h"
#include "resmgr/state.h"

#include <string.h>

static void class_sample_clear(void *data)
{
    MonitorClassSample *class = data;

    hv_histogram_free(class->responses);
}

MonitorSample *monitor_sample_new(MonitorUsage *usage)
{
    MonitorSample *sample = g_new0(MonitorSample, 1);

    sample->usage = usage;
    sample->lpars = g_array_new(FALSE, FALSE, sizeof(MonitorLparSample));
    sample->group_msu = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    sample->classes = g_array_new(FALSE, FALSE, sizeof(MonitorClassSample));
    sample->channels = g_array_new(FALSE, FALSE, sizeof(MonitorIoSample));
    sample->devices = g_array_new(FALSE, FALSE, sizeof(MonitorIoSample));
    g_array_set_clear_func(sample->classes, class_sample_clear);
    return sample;
}

void monitor_sample_free(MonitorSample *sample)
{
    if (!sample)
        return;
    monitor_usage_free(sample->usage);
    g_array_unref(sample->lpars);
    g_array_unref(sample->group_msu);
    g_array_unref(sample->classes);
    g_array_unref(sample->channels);
    g_array_unref(sample->devices);
    g_free(sample);
}

/* --- Taking --------------------------------------------------------------------------------------------- */

static void take_lpar(MonitorSample *sample, MonitorSystem *system, const ResmgrLpar *assigned)
{
    MonitorLparSample lpar = {
        .number = assigned->number,
        .status = lpar_run_state(monitor_system_lpar(system, assigned->number)),
        .cap = assigned->cap,
        .rolling_msu_hundredths =
            monitor_dispatch_rolling_msu(monitor_system_dispatch(system), assigned->number)};

    memcpy(lpar.weights, assigned->weights, sizeof(lpar.weights));
    for (unsigned i = 0; i < assigned->lips->len; i++) {
        const ResmgrLip *lip = &g_array_index(assigned->lips, ResmgrLip, i);

        lpar.n_lips[lip->type]++;
        lpar.share_bp[lip->type] += lip->share_bp;
    }
    g_array_append_val(sample->lpars, lpar);
}

/* The histogram is copied: the guest's own goes on. */
static void take_classes(MonitorSample *sample, unsigned lpar, HvGuest *guest)
{
    HvTime loaded_ns = sample->at_ns - hv_guest_status(guest).uptime_ns;

    for (unsigned nth = 0; nth < hv_guest_n_classes(guest); nth++) {
        MonitorClassSample class = {
            .lpar = lpar, .nth = nth, .loaded_ns = loaded_ns, .stats = hv_guest_class_stats(guest, nth)};

        class.responses = hv_histogram_copy(class.stats.responses);
        class.stats.responses = class.responses;
        g_array_append_val(sample->classes, class);
    }
}

static void take_lpars(MonitorSample *sample, MonitorSystem *system)
{
    const ResmgrState *state = monitor_system_state(system);

    for (unsigned i = 0; i < state->lpars->len; i++) {
        const ResmgrLpar *assigned = g_ptr_array_index(state->lpars, i);
        HvGuest *guest = lpar_guest(monitor_system_lpar(system, assigned->number));

        take_lpar(sample, system, assigned);
        if (guest)
            take_classes(sample, assigned->number, guest);
    }
}

static void take_io(MonitorSample *sample, MonitorSystem *system)
{
    const HvMachineDef *machine = monitor_system_definition(system)->machine;
    const HvChannels *channels = monitor_system_channels(system);

    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        if (!machine->chps[chpid].installed)
            continue;
        MonitorIoSample io = {.number = chpid, .counts = hv_channels_chp_counts(channels, (uint8_t)chpid)};

        g_array_append_val(sample->channels, io);
    }
    for (unsigned device = 0; device < machine->devices->len; device++) {
        MonitorIoSample io = {.number = device, .counts = hv_channels_device_counts(channels, device)};

        g_array_append_val(sample->devices, io);
    }
}

static void take_groups(MonitorSample *sample, MonitorSystem *system)
{
    const MonitorDispatch *dispatch = monitor_system_dispatch(system);

    for (unsigned group = 1; group <= monitor_system_definition(system)->groups->len; group++) {
        uint32_t msu_hundredths = monitor_dispatch_group_rolling_msu(dispatch, group);

        g_array_append_val(sample->group_msu, msu_hundredths);
    }
}

MonitorSample *monitor_sample_take(MonitorSystem *system)
{
    MonitorSample *sample = monitor_sample_new(monitor_usage_take(monitor_system_dispatch(system)));

    sample->at_ns = sample->interval_ns = monitor_system_now(system);
    take_lpars(sample, system);
    take_groups(sample, system);
    take_io(sample, system);
    return sample;
}

/* --- The difference ------------------------------------------------------------------------------------- */

static const MonitorClassSample *find_class(const MonitorSample *sample, const MonitorClassSample *class)
{
    for (unsigned i = 0; i < sample->classes->len; i++) {
        const MonitorClassSample *known = &g_array_index(sample->classes, MonitorClassSample, i);

        if (known->lpar == class->lpar && known->nth == class->nth && known->loaded_ns == class->loaded_ns &&
            known->stats.def == class->stats.def)
            return known;
    }
    return NULL;
}

static void subtract_stats(HvClassStats *stats, const HvClassStats *before)
{
    stats->arrived -= before->arrived;
    stats->done -= before->done;
    stats->ended -= before->ended;
    stats->runs -= before->runs;
    stats->runs_done -= before->runs_done;
    stats->in_system_ns -= before->in_system_ns;
    stats->cpu_ns -= before->cpu_ns;
    stats->cpu_wait_ns -= before->cpu_wait_ns;
    stats->io_ns -= before->io_ns;
    stats->io_wait_ns -= before->io_wait_ns;
    stats->ios -= before->ios;
    stats->faults -= before->faults;
    stats->es_faults -= before->es_faults;
    stats->goal_missed -= before->goal_missed;
    if (stats->runs_done == 0)
        stats->run_began_ns = stats->run_ended_ns = HV_TIME_NEVER;
}

static void subtract_classes(MonitorSample *sample, const MonitorSample *earlier, const MonitorSample *now)
{
    for (unsigned i = 0; i < now->classes->len; i++) {
        MonitorClassSample class = g_array_index(now->classes, MonitorClassSample, i);
        const MonitorClassSample *before = find_class(earlier, &class);

        class.responses = hv_histogram_copy(class.responses);
        class.stats.responses = class.responses;
        if (before) {
            subtract_stats(&class.stats, &before->stats);
            hv_histogram_subtract(class.responses, before->responses);
        }
        g_array_append_val(sample->classes, class);
    }
}

static void subtract_io(GArray *sum, const GArray *earlier, const GArray *now)
{
    g_assert(earlier->len == now->len);
    for (unsigned i = 0; i < now->len; i++) {
        MonitorIoSample io = g_array_index(now, MonitorIoSample, i);
        const MonitorIoSample *before = &g_array_index(earlier, MonitorIoSample, i);

        io.counts.started -= before->counts.started;
        io.counts.done -= before->counts.done;
        io.counts.ended -= before->counts.ended;
        io.counts.busy_ns -= before->counts.busy_ns;
        io.counts.service_ns -= before->counts.service_ns;
        io.counts.wait_ns -= before->counts.wait_ns;
        g_array_append_val(sum, io);
    }
}

MonitorSample *monitor_sample_since(const MonitorSample *earlier, const MonitorSample *now)
{
    MonitorSample *sample = monitor_sample_new(monitor_usage_since(earlier->usage, now->usage));

    g_assert(earlier->at_ns <= now->at_ns);
    sample->at_ns = now->at_ns;
    sample->interval_ns = now->at_ns - earlier->at_ns;
    g_array_append_vals(sample->lpars, now->lpars->data, now->lpars->len);
    g_array_append_vals(sample->group_msu, now->group_msu->data, now->group_msu->len);
    subtract_classes(sample, earlier, now);
    subtract_io(sample->channels, earlier->channels, now->channels);
    subtract_io(sample->devices, earlier->devices, now->devices);
    return sample;
}

/* --- Looking up ----------------------------------------------------------------------------------------- */

const MonitorLparSample *monitor_sample_lpar(const MonitorSample *sample, unsigned lpar)
{
    for (unsigned i = 0; i < sample->lpars->len; i++) {
        const MonitorLparSample *known = &g_array_index(sample->lpars, MonitorLparSample, i);

        if (known->number == lpar)
            return known;
    }
    return NULL;
}

const MonitorClassSample *monitor_sample_class(const MonitorSample *sample, unsigned lpar, const char *name)
{
    for (unsigned i = 0; i < sample->classes->len; i++) {
        const MonitorClassSample *class = &g_array_index(sample->classes, MonitorClassSample, i);

        if (class->lpar == lpar && g_ascii_strcasecmp(class->stats.def->name, name) == 0)
            return class;
    }
    return NULL;
}

void monitor_sample_forget(MonitorSample *sample, unsigned lpar)
{
    monitor_usage_forget(sample->usage, lpar);
    for (unsigned i = sample->lpars->len; i-- > 0;)
        if (g_array_index(sample->lpars, MonitorLparSample, i).number == lpar)
            g_array_remove_index(sample->lpars, i);
    for (unsigned i = sample->classes->len; i-- > 0;)
        if (g_array_index(sample->classes, MonitorClassSample, i).lpar == lpar)
            g_array_remove_index(sample->classes, i);
}
