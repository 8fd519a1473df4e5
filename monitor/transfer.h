/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_TRANSFER_H
#define LPARSIM_MONITOR_TRANSFER_H

#include "hv/codec.h"
#include "hv/trace.h"

/*
 * Control: exactly one component has it at any time (invariant 7). It passes from one to another only here,
 * and each passing is a traced event. These components are tasks of the monitor beside the LIP tasks.
 */
typedef enum {
    MONITOR_COMPONENT_SVP,
    MONITOR_COMPONENT_MONITOR,
    MONITOR_COMPONENT_RESMGR,
    MONITOR_COMPONENT_LPAR_CONTROL, /* of one LPAR */
    MONITOR_COMPONENT_LIP_CONTROL,  /* of one LPAR */
    MONITOR_COMPONENTS,
} MonitorComponent;

typedef struct {
    MonitorComponent component;
    unsigned lpar; /* 0 for those that are not one LPAR's */
} MonitorHolder;

typedef struct {
    HvTrace *trace;
    MonitorHolder holder;
    uint64_t transfers;
} MonitorControl;

void monitor_control_init(MonitorControl *control, HvTrace *trace); /* the SVP has control */
/* Control passes on; nothing happens if `to` has it already. */
void monitor_transfer(MonitorControl *control, HvTime now, MonitorHolder to);
/*
 * The same by the way it takes: to another LPAR, or to the SVP, by the monitor; to LIP control by its LPAR control. `lpar` is left out of account
 * for components that are not one LPAR's.
 */
void monitor_pass_control(MonitorControl *control, HvTime now, MonitorComponent component, unsigned lpar);
/* What was to be done is done: by the monitor to the SVP. */
void monitor_return_control(MonitorControl *control, HvTime now);
bool monitor_has_control(const MonitorControl *control, MonitorHolder who);
const char *monitor_component_name(
    MonitorComponent component); /* "SVP", "monitor", "resource manager", "LPAR control", "LIP control" */
/* Written down and read back. */
void monitor_control_codec(MonitorControl *control, HvCodec *codec);

#endif
