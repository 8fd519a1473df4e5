/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that can be seen of a room, as text: two rooms that have the same text here, and go on having it, are alike. */
#include "tests/hv/load-room.h"

static void describe_status(LoadRoom *room, GString *text)
{
    HvGuestStatus s = hv_guest_status(room->guest);
    g_autofree char *digest = hv_guest_digest(room->guest);
    g_autoptr(GError) error = NULL;
    bool good = hv_guest_verify(room->guest, &error);
    const uint64_t values[] = {
        s.boots,         s.uptime_ns,  s.ms_online_bytes, s.es_online_bytes, s.ms_assigned_bytes,
        s.cpus_online,   s.io_started, s.io_done,         s.io_ended,        s.io_skipped,
        s.written_bytes, s.notified,   room->is_held,     room->is_halted,
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(values); i++)
        g_string_append_printf(text, "%" G_GUINT64_FORMAT " ", values[i]);
    g_string_append_printf(
        text, "\n%s %s %s\n", digest, good ? "verified" : error->message,
        hv_guest_problem(room->guest) ? hv_guest_problem(room->guest) : "no problem");
}

static void describe_class(LoadRoom *room, unsigned nth, bool with_channels, GString *text)
{
    HvClassStats s = hv_guest_class_stats(room->guest, nth);
    HvTime now = hv_engine_now(room->engine);
    const uint64_t values[] = {
        s.arrived,
        s.done,
        s.ended,
        s.runs,
        s.runs_done,
        s.in_system_ns,
        s.cpu_ns,
        s.cpu_wait_ns,
        with_channels ? s.io_ns : 0,
        with_channels ? s.io_wait_ns : s.io_ns + s.io_wait_ns,
        s.ios,
        s.faults,
        s.es_faults,
        s.goal_missed,
        s.run_began_ns == HV_TIME_NEVER ? 1 : now - s.run_began_ns,
        s.run_ended_ns == HV_TIME_NEVER ? 1 : now - s.run_ended_ns,
        s.running_since_ns == HV_TIME_NEVER ? 1 : now - s.running_since_ns,
        hv_histogram_count(s.responses),
        hv_histogram_sum_ns(s.responses),
        hv_histogram_least_ns(s.responses),
        hv_histogram_greatest_ns(s.responses),
        hv_histogram_bytes(s.responses),
    };

    g_string_append_printf(text, "class %u:", nth);
    for (unsigned i = 0; i < G_N_ELEMENTS(values); i++)
        g_string_append_printf(text, " %" G_GUINT64_FORMAT, values[i]);
    for (unsigned percent = 0; percent <= 100; percent += 10)
        g_string_append_printf(text, " %" G_GUINT64_FORMAT, hv_histogram_quantile_ns(s.responses, percent));
    g_string_append_c(text, '\n');
}

static void describe_counts(HvIoCounts counts, GString *text)
{
    g_string_append_printf(
        text,
        "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT
        " %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n",
        counts.started, counts.done, counts.ended, counts.busy_ns, counts.service_ns, counts.wait_ns);
}

char *load_room_describe(LoadRoom *room, bool with_channels)
{
    GString *text = g_string_new(NULL);
    g_autoptr(GChecksum) history = g_checksum_copy(room->history);

    load_room_settle(room);
    describe_status(room, text);
    for (unsigned lip = 1; lip <= LOAD_MAX_LIPS; lip++)
        g_string_append_printf(
            text, "LIP %u: %d %d %d %" G_GUINT64_FORMAT "\n", lip, room->lips[lip].is_started,
            room->lips[lip].has_work, hv_guest_lip_is_online(room->guest, lip),
            hv_guest_lip_burst(room->guest, lip));
    for (unsigned i = 0; i < hv_guest_n_classes(room->guest); i++)
        describe_class(room, i, with_channels, text);
    for (unsigned d = 0; d < LOAD_DEVICES && with_channels; d++)
        describe_counts(hv_channels_device_counts(room->channels, d), text);
    for (unsigned chp = 0x10; chp <= 0x11 && with_channels; chp++)
        describe_counts(hv_channels_chp_counts(room->channels, (uint8_t)chp), text);
    g_string_append_printf(
        text, "pending %u, history %s\n", hv_channels_pending(room->channels, 1),
        g_checksum_get_string(history));
    return g_string_free(text, FALSE);
}
