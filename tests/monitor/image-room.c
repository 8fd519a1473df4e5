/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Machines that are written down and read back, and everything that can be asked of two of them compared.
 *
 * An image is read into a system that was made from the same definition; that one is written down and read once more, into the system that goes
 * on. Events are numbered anew when an image is read, once: from then on the image is the same, byte for byte.
 */
#include "image-room.h"

#include "hv/histogram.h"
#include "hv/storage-snapshot.h"
#include "monitor/history.h"
#include "monitor/image.h"

#include <check.h>
#include <stddef.h>

/* --- Reading back --------------------------------------------------------------------------------------- */

typedef struct {
    GBytes *image;
    HvStorageSnapshot *content[RESMGR_STORAGE_KINDS];
} Saved;

static Saved save(MonitorSystem *system)
{
    Saved saved = {.image = monitor_system_image(system)};

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        saved.content[k] = monitor_system_content(system, k);
    return saved;
}

static void saved_clear(Saved *saved)
{
    g_bytes_unref(saved->image);
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        hv_storage_snapshot_unref(saved->content[k]);
}

static MonitorSystem *restore(const ResmgrDefinition *definition, uint64_t seed, const Saved *saved)
{
    MonitorSystem *system = monitor_system_new(definition, seed);
    GError *error = NULL;

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        monitor_system_put_content(system, k, saved->content[k]);
    bool read = monitor_system_read_image(system, saved->image, &error);

    ck_assert_msg(read, "%s", error ? error->message : "");
    monitor_system_check(system);
    return system;
}

/* What was read from the system's image, in its place. Of an image that was read once, the next is the same. */
MonitorSystem *image_room_read_again(const ResmgrDefinition *definition, uint64_t seed, MonitorSystem *system)
{
    Saved first = save(system);
    MonitorSystem *once = restore(definition, seed, &first);
    Saved second = save(once);
    MonitorSystem *twice = restore(definition, seed, &second);
    g_autoptr(GBytes) third = monitor_system_image(twice);

    ck_assert(g_bytes_equal(second.image, third));
    saved_clear(&first);
    saved_clear(&second);
    monitor_system_free(system);
    monitor_system_free(once);
    return twice;
}

/* --- Comparing ------------------------------------------------------------------------------------------ */

static void ck_same_usage(const MonitorUsage *a, const MonitorUsage *b)
{
    ck_assert_uint_eq(a->interval_ns, b->interval_ns);
    ck_assert_uint_eq(a->lips->len, b->lips->len);
    ck_assert_mem_eq(a->ips->data, b->ips->data, a->ips->len * sizeof(MonitorIpAccount));
    ck_assert_uint_eq(a->matrix_ns->len, b->matrix_ns->len);
    ck_assert_mem_eq(a->matrix_ns->data, b->matrix_ns->data, a->matrix_ns->len * sizeof(HvTime));
    ck_assert_mem_eq(a->bounds_ns->data, b->bounds_ns->data, a->bounds_ns->len * sizeof(HvTime));
    for (unsigned i = 0; i < a->lips->len; i++) {
        const MonitorLipUsage *x = &g_array_index(a->lips, MonitorLipUsage, i);
        const MonitorLipUsage *y = &g_array_index(b->lips, MonitorLipUsage, i);

        ck_assert_uint_eq(x->lpar, y->lpar);
        ck_assert_uint_eq(x->lip, y->lip);
        ck_assert_uint_eq(x->ip, y->ip);
        ck_assert_uint_eq(x->online, y->online);
        ck_assert_uint_eq(x->share_bp, y->share_bp);
        ck_assert_mem_eq(&x->account, &y->account, sizeof(x->account));
    }
}

static void ck_same_io(const GArray *a, const GArray *b)
{
    ck_assert_uint_eq(a->len, b->len);
    for (unsigned i = 0; i < a->len; i++) {
        const HvIoCounts *x = &g_array_index(a, MonitorIoSample, i).counts;
        const HvIoCounts *y = &g_array_index(b, MonitorIoSample, i).counts;

        ck_assert_mem_eq(x, y, sizeof(*x));
    }
}

static void ck_same_classes(const GArray *a, const GArray *b)
{
    ck_assert_uint_eq(a->len, b->len);
    for (unsigned i = 0; i < a->len; i++) {
        const MonitorClassSample *x = &g_array_index(a, MonitorClassSample, i);
        const MonitorClassSample *y = &g_array_index(b, MonitorClassSample, i);

        ck_assert_ptr_eq(x->stats.def, y->stats.def);
        ck_assert_uint_eq(x->loaded_ns, y->loaded_ns);
        ck_assert_mem_eq(&x->stats, &y->stats, offsetof(HvClassStats, responses));
        ck_assert_uint_eq(hv_histogram_count(x->responses), hv_histogram_count(y->responses));
        ck_assert_uint_eq(hv_histogram_sum_ns(x->responses), hv_histogram_sum_ns(y->responses));
        for (unsigned percent = 0; percent <= 100; percent += 5)
            ck_assert_uint_eq(
                hv_histogram_quantile_ns(x->responses, percent),
                hv_histogram_quantile_ns(y->responses, percent));
    }
}

static void ck_same_sample(const MonitorSample *a, const MonitorSample *b)
{
    ck_assert_uint_eq(a->at_ns, b->at_ns);
    ck_same_usage(a->usage, b->usage);
    ck_same_io(a->channels, b->channels);
    ck_same_io(a->devices, b->devices);
    ck_same_classes(a->classes, b->classes);
    ck_assert_uint_eq(a->lpars->len, b->lpars->len);
    for (unsigned i = 0; i < a->lpars->len; i++)
        ck_assert_uint_eq(
            g_array_index(a->lpars, MonitorLparSample, i).status,
            g_array_index(b->lpars, MonitorLparSample, i).status);
}

static void ck_same_history(MonitorSystem *a, MonitorSystem *b)
{
    HvTime interval_ns = monitor_history_interval_ns(monitor_system_history(a));
    g_autoptr(GPtrArray) x = monitor_system_intervals(a, interval_ns, NULL);
    g_autoptr(GPtrArray) y = monitor_system_intervals(b, interval_ns, NULL);

    ck_assert(x && y);
    ck_assert_uint_eq(x->len, y->len);
    for (unsigned i = 0; i < x->len; i++)
        ck_same_sample(g_ptr_array_index(x, i), g_ptr_array_index(y, i));
}

static void ck_same_guests(MonitorSystem *a, MonitorSystem *b)
{
    for (unsigned i = 1; i <= RESMGR_MAX_LPARS; i++) {
        LparControl *x = monitor_system_lpar(a, i), *y = monitor_system_lpar(b, i);

        ck_assert((x == NULL) == (y == NULL));
        if (!x)
            continue;
        ck_assert_uint_eq(lpar_run_state(x), lpar_run_state(y));
        ck_assert((lpar_guest(x) == NULL) == (lpar_guest(y) == NULL));
        if (!lpar_guest(x))
            continue;
        HvGuestStatus p = hv_guest_status(lpar_guest(x)), q = hv_guest_status(lpar_guest(y));
        g_autofree char *d = hv_guest_digest(lpar_guest(x)), *e = hv_guest_digest(lpar_guest(y));

        ck_assert_str_eq(d, e);
        ck_assert_uint_eq(p.boots, q.boots);
        ck_assert_uint_eq(p.uptime_ns, q.uptime_ns);
        ck_assert_uint_eq(p.written_bytes, q.written_bytes);
        ck_assert_uint_eq(p.io_started, q.io_started);
        ck_assert_uint_eq(p.io_done, q.io_done);
        ck_assert_uint_eq(p.cpus_online, q.cpus_online);
    }
}

void image_room_ck_same(MonitorSystem *a, MonitorSystem *b)
{
    g_autofree char *d = hv_trace_digest(monitor_system_trace(a));
    g_autofree char *e = hv_trace_digest(monitor_system_trace(b));
    g_autoptr(MonitorUsage) x = monitor_system_usage(a);
    g_autoptr(MonitorUsage) y = monitor_system_usage(b);

    ck_assert_uint_eq(monitor_system_now(a), monitor_system_now(b));
    ck_assert(resmgr_state_equal(monitor_system_state(a), monitor_system_state(b)));
    ck_same_usage(x, y);
    ck_same_history(a, b);
    ck_same_guests(a, b);
    ck_assert_uint_eq(monitor_system_control(a)->transfers, monitor_system_control(b)->transfers);
    ck_assert_str_eq(d, e);
}
