/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Measuring a hold, and keeping it short.
 *
 * QEMU says STOP when the last vCPU has stopped and RESUME before the first goes on, each with the time by its own clock. The time between
 * them is what the guest misses. The events arrive in the main thread while the job is in the middle of its call, and the last of them
 * may be on its way when the call returns, so it is waited for a moment.
 *
 * The limit is QEMU's own for migrations, which a save of storage is to it. It was what it was before when the hold ends.
 */
#include "hv/libvirt-hold.h"

#include <libvirt/libvirt-qemu.h>
#include <libvirt/libvirt.h>
#include <string.h>

#define LATE_US (200 * 1000)
#define POLL_US (5 * 1000)
/* After so long the limit is doubled. */
#define RAISE_US (3 * G_USEC_PER_SEC)

struct HvLibvirtHold {
    virConnectPtr connection; /* a reference, the job's */
    int callback;
    virDomainPtr domain; /* a reference, if `raiser` */
    GThread *raiser;     /* NULL: there is no limit */
    unsigned long long limit_ms, limit_before_ms;
    GMutex mutex; /* of the rest */
    GCond ended;
    bool over;
    gint64 stopped_us; /* 0: it goes on */
    gint64 held_us;    /* of the holds that are over */
    unsigned holds;
};

static void hold_clear(void *data)
{
    HvLibvirtHold *hold = data;

    g_mutex_clear(&hold->mutex);
    g_cond_clear(&hold->ended);
}

static void hold_unref(void *data)
{
    g_atomic_rc_box_release_full(data, hold_clear);
}

static void monitor_event(
    G_GNUC_UNUSED virConnectPtr connection, G_GNUC_UNUSED virDomainPtr domain, const char *event,
    long long seconds, unsigned micros, G_GNUC_UNUSED const char *details, void *data)
{
    HvLibvirtHold *hold = data;
    gint64 at_us = seconds * G_USEC_PER_SEC + micros;

    g_mutex_lock(&hold->mutex);
    if (strcmp(event, "STOP") == 0) {
        hold->stopped_us = at_us;
    } else if (strcmp(event, "RESUME") == 0 && hold->stopped_us > 0) {
        hold->held_us += MAX(at_us - hold->stopped_us, 0);
        hold->holds++;
        hold->stopped_us = 0;
    }
    g_mutex_unlock(&hold->mutex);
}

/* --- The limit ------------------------------------------------------------------------------------------ */

static void *raise_limit(void *data)
{
    HvLibvirtHold *hold = data;

    g_mutex_lock(&hold->mutex);
    while (!hold->over) {
        gint64 until_us = g_get_monotonic_time() + RAISE_US;

        while (!hold->over && g_cond_wait_until(&hold->ended, &hold->mutex, until_us))
            ;
        if (hold->over)
            break;
        hold->limit_ms *= 2;
        g_mutex_unlock(&hold->mutex);
        virDomainMigrateSetMaxDowntime(hold->domain, hold->limit_ms, 0);
        g_mutex_lock(&hold->mutex);
    }
    g_mutex_unlock(&hold->mutex);
    return NULL;
}

static void limit_begin(HvLibvirtHold *hold, virDomainPtr found, HvTime limit_ns)
{
    hold->limit_ms = MAX(limit_ns / HV_NS_PER_MS, 1);
    if (limit_ns == 0 || virDomainMigrateGetMaxDowntime(found, &hold->limit_before_ms, 0) < 0 ||
        virDomainMigrateSetMaxDowntime(found, hold->limit_ms, 0) < 0)
        return;
    virDomainRef(found);
    hold->domain = found;
    hold->raiser = g_thread_new("hold", raise_limit, hold);
}

static void limit_end(HvLibvirtHold *hold)
{
    if (!hold->raiser)
        return;
    g_mutex_lock(&hold->mutex);
    hold->over = true;
    g_cond_signal(&hold->ended);
    g_mutex_unlock(&hold->mutex);
    g_thread_join(hold->raiser);
    virDomainMigrateSetMaxDowntime(hold->domain, hold->limit_before_ms, 0);
    virDomainFree(hold->domain);
}

/* --- The hold ------------------------------------------------------------------------------------------- */

HvLibvirtHold *hv_libvirt_hold_begin(struct _virDomain *found, HvTime limit_ns)
{
    HvLibvirtHold *hold = g_atomic_rc_box_new0(HvLibvirtHold);

    g_mutex_init(&hold->mutex);
    g_cond_init(&hold->ended);
    hold->connection = virDomainGetConnect(found);
    virConnectRef(hold->connection);
    hold->callback = virConnectDomainQemuMonitorEventRegister(
        hold->connection, found, NULL, monitor_event, g_atomic_rc_box_acquire(hold), hold_unref, 0);
    if (hold->callback >= 0) {
        limit_begin(hold, found, limit_ns);
        return hold;
    }
    hold_unref(hold);
    virConnectClose(hold->connection);
    hold_unref(hold);
    return NULL;
}

static bool stands(HvLibvirtHold *hold)
{
    g_mutex_lock(&hold->mutex);
    bool stopped = hold->stopped_us > 0 || hold->holds == 0;

    g_mutex_unlock(&hold->mutex);
    return stopped;
}

HvTime hv_libvirt_hold_end(HvLibvirtHold *hold)
{
    if (!hold)
        return HV_TIME_NEVER;
    limit_end(hold);
    for (gint64 waited_us = 0; waited_us < LATE_US && stands(hold); waited_us += POLL_US)
        g_usleep(POLL_US);
    virConnectDomainQemuMonitorEventDeregister(hold->connection, hold->callback);
    virConnectClose(hold->connection);
    g_mutex_lock(&hold->mutex);
    HvTime held_ns = hold->holds > 0 ? (HvTime)hold->held_us * HV_NS_PER_US : HV_TIME_NEVER;

    g_mutex_unlock(&hold->mutex);
    hold_unref(hold);
    return held_ns;
}
