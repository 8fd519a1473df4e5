/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Samples, written down and read back.
 *
 * A sample is plain data, so all of it is named, in order; the definition of a class, to which a sample only points, is the system's and
 * found by the LPAR's number and the class's place.
 *
 * The number of elements of each array is written in front of it: LPARs may have come since the sample was taken.
 */
#include "monitor/sample.h"

static void resize(GArray *array, HvCodec *codec, size_t max)
{
    size_t count = array->len;

    hv_codec_count(codec, &count, max);
    if (hv_codec_reads(codec))
        g_array_set_size(array, (guint)count);
}

static void sample_lpar_codec(MonitorLparSample *lpar, HvCodec *codec)
{
    hv_codec_uint(codec, &lpar->number);
    HV_CODEC_ENUM(codec, lpar->status, LPAR_RETIRED + 1);
    HV_CODEC_ENUM(codec, lpar->cap.kind, RESMGR_CAP_ABSOLUTE + 1);
    hv_codec_u32(codec, &lpar->cap.ips_hundredths);
    for (unsigned type = 0; type < HV_IP_TYPES; type++) {
        hv_codec_u32(codec, &lpar->weights[type]);
        hv_codec_uint(codec, &lpar->n_lips[type]);
        hv_codec_u32(codec, &lpar->share_bp[type]);
    }
    hv_codec_u32(codec, &lpar->rolling_msu_hundredths);
}

static const HvClassDef *class_def(const MonitorSystem *system, unsigned lpar, unsigned nth)
{
    const GPtrArray *lpars = monitor_system_definition(system)->lpars;

    for (unsigned i = 0; i < lpars->len; i++) {
        const ResmgrLparDef *def = g_ptr_array_index(lpars, i);

        if (def->number == lpar && def->jobs.classes && nth < def->jobs.classes->len)
            return g_ptr_array_index(def->jobs.classes, nth);
    }
    return NULL;
}

static void stats_codec(HvClassStats *stats, HvCodec *codec)
{
    hv_codec_u64(codec, &stats->arrived);
    hv_codec_u64(codec, &stats->done);
    hv_codec_u64(codec, &stats->ended);
    hv_codec_u64(codec, &stats->runs);
    hv_codec_u64(codec, &stats->runs_done);
    hv_codec_u64(codec, &stats->in_system_ns);
    hv_codec_u64(codec, &stats->cpu_ns);
    hv_codec_u64(codec, &stats->cpu_wait_ns);
    hv_codec_u64(codec, &stats->io_ns);
    hv_codec_u64(codec, &stats->io_wait_ns);
    hv_codec_u64(codec, &stats->ios);
    hv_codec_u64(codec, &stats->faults);
    hv_codec_u64(codec, &stats->es_faults);
    hv_codec_moment(codec, &stats->run_began_ns);
    hv_codec_moment(codec, &stats->run_ended_ns);
    hv_codec_moment(codec, &stats->running_since_ns);
    hv_codec_u64(codec, &stats->goal_missed);
}

static void class_codec(MonitorClassSample *class, const MonitorSystem *system, HvCodec *codec)
{
    hv_codec_uint(codec, &class->lpar);
    hv_codec_uint(codec, &class->nth);
    hv_codec_moment(codec, &class->loaded_ns);
    stats_codec(&class->stats, codec);
    if (hv_codec_reads(codec)) {
        class->stats.def = class_def(system, class->lpar, class->nth);
        class->responses = hv_histogram_new();
        class->stats.responses = class->responses;
        if (!class->stats.def)
            hv_codec_fail(codec, "LPAR %u has no class %u", class->lpar, class->nth);
    }
    hv_histogram_codec(class->responses, codec);
}

static void io_codec(GArray *array, HvCodec *codec, size_t max)
{
    resize(array, codec, max);
    for (unsigned i = 0; i < array->len; i++) {
        MonitorIoSample *io = &g_array_index(array, MonitorIoSample, i);

        hv_codec_uint(codec, &io->number);
        hv_codec_u64(codec, &io->counts.started);
        hv_codec_u64(codec, &io->counts.done);
        hv_codec_u64(codec, &io->counts.ended);
        hv_codec_u64(codec, &io->counts.busy_ns);
        hv_codec_u64(codec, &io->counts.service_ns);
        hv_codec_u64(codec, &io->counts.wait_ns);
    }
}

void monitor_sample_codec(MonitorSample *sample, MonitorSystem *system, HvCodec *codec)
{
    const ResmgrDefinition *definition = monitor_system_definition(system);

    hv_codec_begin(codec, "sample", 1);
    hv_codec_moment(codec, &sample->at_ns);
    hv_codec_u64(codec, &sample->interval_ns);
    monitor_usage_codec(sample->usage, codec);
    resize(sample->lpars, codec, RESMGR_MAX_LPARS);
    for (unsigned i = 0; i < sample->lpars->len; i++)
        sample_lpar_codec(&g_array_index(sample->lpars, MonitorLparSample, i), codec);
    hv_codec_numbers(codec, sample->group_msu, definition->groups->len);
    resize(sample->classes, codec, RESMGR_MAX_CLASSES);
    for (unsigned i = 0; i < sample->classes->len; i++)
        class_codec(&g_array_index(sample->classes, MonitorClassSample, i), system, codec);
    io_codec(sample->channels, codec, HV_MAX_CHPS);
    io_codec(sample->devices, codec, definition->machine->devices->len);
    hv_codec_end(codec);
}
