/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Frames: who runs when, and closed forms for what that gives by any moment.
 *
 * McNaughton's wrap-around rule ("Scheduling with deadlines and loss functions", 1959): allotments are cut at
 * the ends of the IPs' timelines. A LIP that is cut runs at the end of one IP's frame and at the start of the
 * next one's; because no allotment is longer than the frame, the two never overlap in time.
 *
 * A piece consists of dispatches of one slice each, the last one shorter; each begins with the dispatch cost.
 * With t the time a piece has had, d = ceil(t / slice) dispatches have begun, all but the last of them whole:
 *
 *     management(t) = (d - 1) * min(cost, slice) + min(cost, t - (d - 1) * slice),   busy(t) = t -
 * management(t)
 *
 * busy() grows steadily apart from the flat heads, so it can be inverted: that is monitor_slices_when(), and over
 * frames monitor_frame_when().
 */
#include "monitor/frame.h"

#include <string.h>

static void add_piece(MonitorFrame *frame, uint32_t lip, uint32_t ip, HvTime start_ns, HvTime end_ns)
{
    frame->pieces[frame->n_pieces++] =
        (MonitorPiece){.lip = lip, .ip = ip, .start_ns = start_ns, .end_ns = end_ns};
}

/* So many pieces at most, and not more LIPs. */
static void make_room(MonitorFrame *frame, unsigned n)
{
    if (n <= frame->room)
        return;
    frame->room = n;
    frame->pieces = g_renew(MonitorPiece, frame->pieces, n);
    frame->first_piece = g_renew(uint32_t, frame->first_piece, n + 1);
}

void monitor_frame_lay_out(
    MonitorFrame *frame, const HvTime *allotments_ns, unsigned n, unsigned n_ips, HvTime length_ns,
    HvTime slice_ns, HvTime dispatch_cost_ns)
{
    uint32_t ip = 0;
    HvTime at_ns = 0;

    g_assert(length_ns > 0 && slice_ns > 0);
    frame->length_ns = length_ns;
    frame->slices = (MonitorSlices){slice_ns, dispatch_cost_ns};
    frame->n_ips = n_ips;
    frame->n_lips = n;
    frame->n_pieces = frame->n_run_on = 0;
    make_room(frame, n + n_ips);
    for (uint32_t lip = 0; lip < n; lip++) {
        HvTime left_ns = allotments_ns[lip];

        g_assert(left_ns <= length_ns);
        frame->first_piece[lip] = frame->n_pieces;
        while (left_ns > 0) {
            HvTime piece_ns = MIN(left_ns, length_ns - at_ns);

            g_assert(ip < n_ips);
            add_piece(frame, lip, ip, at_ns, at_ns + piece_ns);
            left_ns -= piece_ns;
            at_ns += piece_ns;
            if (at_ns == length_ns) {
                ip++;
                at_ns = 0;
            }
        }
    }
    frame->first_piece[n] = frame->n_pieces;
}

void monitor_frame_run_on(MonitorFrame *frame, unsigned n, HvTime slice_ns)
{
    g_assert(n <= frame->n_lips);
    for (unsigned p = 0; p < n; p++)
        g_assert(
            frame->pieces[p].lip == p &&
            frame->pieces[p].end_ns - frame->pieces[p].start_ns == frame->length_ns);
    frame->n_run_on = n;
    frame->run_on_slice_ns = slice_ns;
}

void monitor_frame_clear(MonitorFrame *frame)
{
    g_free(frame->pieces);
    g_free(frame->first_piece);
    memset(frame, 0, sizeof(*frame));
}

/* --- Written down and read back -------------------------------------------------------------------------- */

void monitor_ran_codec(MonitorRan *ran, HvCodec *codec)
{
    hv_codec_u64(codec, &ran->busy_ns);
    hv_codec_u64(codec, &ran->management_ns);
    hv_codec_u64(codec, &ran->dispatches);
}

static void pieces_codec(MonitorFrame *frame, HvCodec *codec)
{
    for (unsigned p = 0; p < frame->n_pieces; p++) {
        MonitorPiece *piece = &frame->pieces[p];

        hv_codec_u32(codec, &piece->lip);
        hv_codec_u32(codec, &piece->ip);
        hv_codec_u64(codec, &piece->start_ns);
        hv_codec_u64(codec, &piece->end_ns);
        if (hv_codec_reads(codec) && (piece->lip >= frame->n_lips || piece->ip >= frame->n_ips ||
                                      piece->start_ns >= piece->end_ns || piece->end_ns > frame->length_ns))
            hv_codec_fail(codec, "piece %u of the frame is not possible", p);
    }
}

/* Where the pieces of each LIP begin; the last number is where they end. */
static void first_pieces_codec(MonitorFrame *frame, HvCodec *codec)
{
    for (unsigned i = 0; i <= frame->n_lips && frame->n_lips > 0; i++) {
        hv_codec_u32(codec, &frame->first_piece[i]);
        if (frame->first_piece[i] > frame->n_pieces ||
            (i > 0 && frame->first_piece[i] < frame->first_piece[i - 1]))
            hv_codec_fail(codec, "the pieces of LIP %u of the frame are not possible", i);
    }
}

void monitor_frame_codec(MonitorFrame *frame, HvCodec *codec, unsigned max_lips, unsigned n_ips)
{
    size_t n_lips = frame->n_lips, n_pieces = frame->n_pieces;

    hv_codec_begin(codec, "frame", 1);
    hv_codec_u64(codec, &frame->length_ns);
    hv_codec_u64(codec, &frame->slices.slice_ns);
    hv_codec_u64(codec, &frame->slices.dispatch_cost_ns);
    hv_codec_u64(codec, &frame->run_on_slice_ns);
    hv_codec_uint(codec, &frame->n_run_on);
    hv_codec_count(codec, &n_lips, max_lips);
    hv_codec_count(codec, &n_pieces, max_lips + n_ips);
    if (hv_codec_reads(codec)) {
        if (n_lips > 0 && (frame->length_ns == 0 || frame->slices.slice_ns == 0 || frame->n_run_on > n_lips))
            hv_codec_fail(codec, "a frame of %" G_GUINT64_FORMAT " ns is not possible", frame->length_ns);
        make_room(frame, max_lips + n_ips);
    }
    frame->n_lips = (unsigned)n_lips;
    frame->n_pieces = (unsigned)n_pieces;
    frame->n_ips = n_ips;
    first_pieces_codec(frame, codec);
    pieces_codec(frame, codec);
    hv_codec_end(codec);
}

/* --- Slices --------------------------------------------------------------------------------------------- */

MonitorRan monitor_slices_ran(const MonitorSlices *slices, HvTime t_ns)
{
    HvTime slice_ns = slices->slice_ns, cost_ns = slices->dispatch_cost_ns;

    if (t_ns == 0)
        return (MonitorRan){0};
    uint64_t dispatches = t_ns <= slice_ns ? 1 : (t_ns - 1) / slice_ns + 1;
    HvTime management_ns = (dispatches - 1) * MIN(cost_ns, slice_ns) +
                           MIN(cost_ns, t_ns - (dispatches - 1) * slice_ns);

    return (MonitorRan){
        .busy_ns = t_ns - management_ns, .management_ns = management_ns, .dispatches = dispatches};
}

HvTime monitor_slices_when(const MonitorSlices *slices, HvTime busy_ns)
{
    HvTime cost_ns = MIN(slices->dispatch_cost_ns, slices->slice_ns);
    HvTime busy_per_slice_ns = slices->slice_ns - cost_ns;

    g_assert(busy_ns > 0);
    if (cost_ns == 0)
        return busy_ns;
    if (busy_per_slice_ns == 0)
        return HV_TIME_NEVER;
    uint64_t before = (busy_ns - 1) / busy_per_slice_ns;

    if (before > HV_TIME_NEVER / 2 / slices->slice_ns)
        return HV_TIME_NEVER;
    return before * slices->slice_ns + cost_ns + (busy_ns - before * busy_per_slice_ns);
}

/* The part of [begin, end) that lies in [from, to). */
static HvTime overlap(HvTime begin_ns, HvTime end_ns, HvTime from_ns, HvTime to_ns)
{
    HvTime low_ns = MAX(begin_ns, from_ns), high_ns = MIN(end_ns, to_ns);

    return high_ns > low_ns ? high_ns - low_ns : 0;
}

/* Adds what the dispatch [begin, end) gives between two times. */
static void
walk_dispatch(HvTime begin_ns, HvTime end_ns, HvTime cost_ns, HvTime from_ns, HvTime to_ns, MonitorRan *ran)
{
    HvTime head_ns = MIN(begin_ns + cost_ns, end_ns);

    ran->dispatches += begin_ns >= from_ns && begin_ns < to_ns;
    ran->management_ns += overlap(begin_ns, head_ns, from_ns, to_ns);
    ran->busy_ns += overlap(head_ns, end_ns, from_ns, to_ns);
}

MonitorRan monitor_slices_walk(const MonitorSlices *slices, HvTime from_ns, HvTime to_ns)
{
    MonitorRan ran = {0};

    for (HvTime begin_ns = from_ns / slices->slice_ns * slices->slice_ns; begin_ns < to_ns;
         begin_ns += slices->slice_ns)
        walk_dispatch(begin_ns, begin_ns + slices->slice_ns, slices->dispatch_cost_ns, from_ns, to_ns, &ran);
    return ran;
}

/* --- Pieces --------------------------------------------------------------------------------------------- */

static HvTime piece_length(const MonitorPiece *piece)
{
    return piece->end_ns - piece->start_ns;
}

MonitorRan monitor_frame_piece_ran(const MonitorFrame *frame, unsigned piece_index, HvTime elapsed_ns)
{
    const MonitorPiece *piece = &frame->pieces[piece_index];
    const MonitorSlices run_on = {frame->run_on_slice_ns, frame->slices.dispatch_cost_ns};

    if (piece_index < frame->n_run_on)
        return monitor_slices_ran(&run_on, elapsed_ns);
    uint64_t frames = elapsed_ns < frame->length_ns ? 0 : elapsed_ns / frame->length_ns;
    HvTime in_frame_ns = elapsed_ns - frames * frame->length_ns;
    HvTime begun_ns = in_frame_ns > piece->start_ns ? in_frame_ns - piece->start_ns : 0;
    MonitorRan ran = monitor_slices_ran(&frame->slices, MIN(begun_ns, piece_length(piece)));

    if (frames > 0) {
        MonitorRan whole = monitor_slices_ran(&frame->slices, piece_length(piece));

        ran.busy_ns += frames * whole.busy_ns;
        ran.management_ns += frames * whole.management_ns;
        ran.dispatches += frames * whole.dispatches;
    }
    return ran;
}

MonitorRan
monitor_frame_piece_walk(const MonitorFrame *frame, unsigned piece_index, HvTime from_ns, HvTime to_ns)
{
    const MonitorPiece *piece = &frame->pieces[piece_index];
    const MonitorSlices run_on = {frame->run_on_slice_ns, frame->slices.dispatch_cost_ns};
    MonitorRan ran = {0};

    if (piece_index < frame->n_run_on)
        return monitor_slices_walk(&run_on, from_ns, to_ns);
    for (HvTime frame_ns = from_ns / frame->length_ns * frame->length_ns; frame_ns < to_ns;
         frame_ns += frame->length_ns)
        for (HvTime begin_ns = piece->start_ns; begin_ns < piece->end_ns;
             begin_ns += frame->slices.slice_ns) {
            HvTime end_ns = MIN(begin_ns + frame->slices.slice_ns, piece->end_ns);

            walk_dispatch(
                frame_ns + begin_ns, frame_ns + end_ns, frame->slices.dispatch_cost_ns, from_ns, to_ns, &ran);
        }
    return ran;
}

HvTime monitor_frame_when(const MonitorFrame *frame, uint32_t lip, HvTime busy_ns)
{
    unsigned first = frame->first_piece[lip], end = frame->first_piece[lip + 1];
    const MonitorSlices run_on = {frame->run_on_slice_ns, frame->slices.dispatch_cost_ns};
    HvTime per_frame_ns = 0;

    g_assert(busy_ns > 0 && end - first <= 2);
    if (busy_ns != HV_TIME_NEVER && lip < frame->n_run_on)
        return monitor_slices_when(&run_on, busy_ns);
    for (unsigned p = first; p < end; p++)
        per_frame_ns += monitor_slices_ran(&frame->slices, piece_length(&frame->pieces[p])).busy_ns;
    if (per_frame_ns == 0 || busy_ns == HV_TIME_NEVER)
        return HV_TIME_NEVER;
    uint64_t frames = busy_ns <= per_frame_ns ? 0 : (busy_ns - 1) / per_frame_ns;
    HvTime left_ns = busy_ns - frames * per_frame_ns;

    if (frames > 0 && frames > HV_TIME_NEVER / 2 / frame->length_ns)
        return HV_TIME_NEVER;
    /* In a frame, the piece that was wrapped to the start of the next IP comes first. */
    for (unsigned p = end; p-- > first;) {
        const MonitorPiece *piece = &frame->pieces[p];
        HvTime gives_ns = monitor_slices_ran(&frame->slices, piece_length(piece)).busy_ns;

        if (left_ns <= gives_ns)
            return frames * frame->length_ns + piece->start_ns + monitor_slices_when(&frame->slices, left_ns);
        left_ns -= gives_ns;
    }
    g_assert_not_reached();
}
