/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Measured demand: work arrives as a file says, by the machine's clock.
 *
 * The work of an interval arrives in portions, one at the beginning of each period, or all at once; it is divided equally among the
 * LIPs that are online then, what does not divide goes to the first. What was not got in time stays in the LIPs' backlogs. Portions
 * are differences of a closed form, so their sum is the sample's work to the nanosecond.
 *
 * A state that was read back may say anything of what has arrived already; so a portion is never less than nothing.
 */
#include "hv/guest-model-private.h"

static HvTime demand_now(const HvGuestModel *model)
{
    return hv_engine_now(model->config.engine) - model->demand_since_ns;
}

/* `at_ns` since the load, not before now; by the time that has passed since, which may have been on a machine whose clock was further on. */
static void await_demand(HvGuestModel *model, HvTime at_ns)
{
    hv_engine_after(model->config.engine, &model->demand_timer, at_ns - demand_now(model));
}

static void next_sample(HvGuestModel *model)
{
    HvTime reachable_ns = HV_TIME_NEVER - hv_engine_now(model->config.engine);

    if (hv_demand_next(model->demand, &model->demand_sample) &&
        model->demand_sample.begin_ns - demand_now(model) < reachable_ns) {
        model->demand_given_ns = 0;
        await_demand(model, model->demand_sample.begin_ns);
        return;
    }
    model->demand_problem = g_strdup(hv_demand_problem(model->demand));
    g_clear_pointer(&model->demand, hv_demand_free);
}

static void share_out(HvGuestModel *model, HvTime work_ns)
{
    unsigned n = hv_guest_model_cpus_online(model);
    HvTime rest_ns = work_ns % n;

    for (unsigned lip = 1; lip <= HV_MAX_LIPS; lip++)
        if (model->lip_online[lip]) {
            hv_guest_model_add_work(model, lip, work_ns / n + rest_ns);
            rest_ns = 0;
        }
}

/* The sample's work that has arrived when the period that begins now has begun. */
static HvTime due_by(const HvGuestModel *model, HvTime period_end_ns)
{
    const HvDemandSample *sample = &model->demand_sample;

    if (period_end_ns <= sample->begin_ns)
        return 0;
    return period_end_ns >= sample->end_ns
               ? sample->work_ns
               : hv_muldiv(
                     sample->work_ns, period_end_ns - sample->begin_ns, sample->end_ns - sample->begin_ns);
}

static void demand_arrives(G_GNUC_UNUSED HvEvent *event, void *data)
{
    HvGuestModel *model = data;
    HvTime period_ns = model->config.jobs->demand_period_ns;
    HvTime period_end_ns = period_ns > 0 ? demand_now(model) + period_ns : model->demand_sample.end_ns;
    HvTime due_ns = MAX(due_by(model, period_end_ns), model->demand_given_ns);
    HvTime portion_ns = due_ns - model->demand_given_ns;

    model->demand_given_ns = due_ns;
    share_out(model, portion_ns);
    if (period_end_ns < model->demand_sample.end_ns)
        await_demand(model, period_end_ns);
    else
        next_sample(model);
}

void hv_guest_model_demand_init(HvGuestModel *model)
{
    hv_event_init(&model->demand_timer, HV_PRIORITY_GUEST, demand_arrives, model);
}

void hv_guest_model_demand_stop(HvGuestModel *model)
{
    hv_engine_cancel(model->config.engine, &model->demand_timer);
    g_clear_pointer(&model->demand, hv_demand_free);
    g_clear_pointer(&model->demand_problem, g_free);
}

void hv_guest_model_demand_boot(HvGuestModel *model)
{
    g_autoptr(GError) error = NULL;

    hv_guest_model_demand_stop(model);
    if (!model->config.jobs || !model->config.jobs->demand)
        return;
    model->demand_since_ns = hv_engine_now(model->config.engine);
    model->demand = hv_demand_open(model->config.jobs->demand, &error);
    if (model->demand)
        next_sample(model);
    else
        model->demand_problem = g_strdup(error->message);
}

/* --- Written down and read back -------------------------------------------------------------------------- */

static void open_again(HvGuestModel *model, HvCodec *codec)
{
    g_autoptr(GError) error = NULL;

    if (model->config.jobs && model->config.jobs->demand)
        model->demand = hv_demand_open(model->config.jobs->demand, &error);
    if (!model->demand)
        hv_codec_fail(
            codec, "the demand cannot be read any more: %s", error ? error->message : "there is none");
}

void hv_guest_model_demand_codec(HvGuestModel *model, HvCodec *codec)
{
    bool goes_on = model->demand != NULL;

    hv_codec_begin(codec, "measured demand", 1);
    hv_codec_string(codec, &model->demand_problem);
    hv_codec_bool(codec, &goes_on);
    if (goes_on && hv_codec_reads(codec))
        open_again(model, codec);
    if (model->demand) {
        hv_demand_codec(model->demand, &model->demand_sample, codec);
        hv_codec_u64(codec, &model->demand_given_ns);
        hv_codec_since(codec, &model->demand_since_ns);
        hv_codec_event(codec, &model->demand_timer);
    }
    if (model->demand_given_ns > model->demand_sample.work_ns && hv_codec_reads(codec))
        hv_codec_fail(codec, "more has arrived than there was");
    hv_codec_end(codec);
}
