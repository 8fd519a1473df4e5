/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Who has control, and its passing on.
 *
 * The components of the patent's figure 1 are tasks of the monitor: the SVP's frames, LPAR control and LIP
 * control of each LPAR, the resource manager, and the monitor itself. One of them acts at a time; a component
 * that wants another to act passes control to it and gets it back the same way. Keeping a single holder,
 * instead of a flag in each component, makes invariant 7 a matter of representation; what is left to check is
 * that a holder names an LPAR exactly if it is one LPAR's.
 */
#include "monitor/transfer.h"

static const HvTraceEvent monitor_ev_transfer = {"monitor.transfer", {"from", "from_lpar", "to", "to_lpar"}};

static bool holder_is_one(MonitorHolder holder)
{
    bool is_lpars = holder.component == MONITOR_COMPONENT_LPAR_CONTROL ||
                    holder.component == MONITOR_COMPONENT_LIP_CONTROL;

    return holder.component < MONITOR_COMPONENTS && is_lpars == (holder.lpar != 0);
}

void monitor_control_init(MonitorControl *control, HvTrace *trace)
{
    *control = (MonitorControl){.trace = trace, .holder = {.component = MONITOR_COMPONENT_SVP}};
}

void monitor_transfer(MonitorControl *control, HvTime now, MonitorHolder to)
{
    MonitorHolder from = control->holder;

    g_assert(holder_is_one(from) && holder_is_one(to));
    if (monitor_has_control(control, to))
        return;
    control->holder = to;
    control->transfers++;
    hv_trace_emit(
        control->trace, now, &monitor_ev_transfer, from.component, from.lpar, to.component, to.lpar);
}

bool monitor_has_control(const MonitorControl *control, MonitorHolder who)
{
    return control->holder.component == who.component && control->holder.lpar == who.lpar;
}

static MonitorHolder component_of(MonitorComponent component, unsigned lpar)
{
    bool is_lpars = component == MONITOR_COMPONENT_LPAR_CONTROL || component == MONITOR_COMPONENT_LIP_CONTROL;

    return (MonitorHolder){.component = component, .lpar = is_lpars ? lpar : 0};
}

void monitor_pass_control(MonitorControl *control, HvTime now, MonitorComponent component, unsigned lpar)
{
    MonitorHolder to = component_of(component, lpar);

    if (monitor_has_control(control, to))
        return;
    if (control->holder.lpar != lpar || component == MONITOR_COMPONENT_SVP)
        monitor_transfer(control, now, component_of(MONITOR_COMPONENT_MONITOR, 0));
    if (component == MONITOR_COMPONENT_LIP_CONTROL)
        monitor_transfer(control, now, component_of(MONITOR_COMPONENT_LPAR_CONTROL, lpar));
    monitor_transfer(control, now, to);
}

void monitor_return_control(MonitorControl *control, HvTime now)
{
    monitor_transfer(control, now, component_of(MONITOR_COMPONENT_MONITOR, 0));
    monitor_transfer(control, now, component_of(MONITOR_COMPONENT_SVP, 0));
}

void monitor_control_codec(MonitorControl *control, HvCodec *codec)
{
    hv_codec_begin(codec, "control", 1);
    HV_CODEC_ENUM(codec, control->holder.component, MONITOR_COMPONENTS);
    hv_codec_uint(codec, &control->holder.lpar);
    hv_codec_u64(codec, &control->transfers);
    if (!holder_is_one(control->holder))
        hv_codec_fail(codec, "the %s cannot have control", monitor_component_name(control->holder.component));
    hv_codec_end(codec);
}

const char *monitor_component_name(MonitorComponent component)
{
    static const char *const names[MONITOR_COMPONENTS] = {
        [MONITOR_COMPONENT_SVP] = "SVP",
        [MONITOR_COMPONENT_MONITOR] = "monitor",
        [MONITOR_COMPONENT_RESMGR] = "resource manager",
        [MONITOR_COMPONENT_LPAR_CONTROL] = "LPAR control",
        [MONITOR_COMPONENT_LIP_CONTROL] = "LIP control",
    };

    g_assert(component < MONITOR_COMPONENTS);
    return names[component];
}
