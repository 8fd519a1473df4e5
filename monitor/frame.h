/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_MONITOR_FRAME_H
#define LPARSIM_MONITOR_FRAME_H

#include "hv/codec.h"
#include "hv/quantity.h"

/*
 * A frame: who runs when on a set of IPs, for a length of time after which it repeats. Laid out by
 * McNaughton's wrap-around rule: allotments are put one behind the other on IP 0, 1, ...; one that passes the
 * end of an IP goes on at the start of the next, and since none is longer than the frame, it never runs on
 * two IPs at once.
 *
 * What a LIP has received by any moment is then a closed form of the time since the frame began, and so is
 * the moment at which it will have received a given amount. That is what makes exact dispatching cheap.
 */
/* What somebody got. busy + management is the time on the IP. */
typedef struct {
    HvTime busy_ns, management_ns;
    uint64_t dispatches;
} MonitorRan;

/* How a stretch of time on one IP is cut up: it takes ceil(length / slice) dispatches. */
typedef struct {
    HvTime slice_ns;
    HvTime dispatch_cost_ns; /* management time at the head of each dispatch, at most its length */
} MonitorSlices;

/* What the first `t_ns` of a stretch give, in closed form. */
MonitorRan monitor_slices_ran(const MonitorSlices *slices, HvTime t_ns);
/* The same from `from_ns` to `to_ns` of it, by going through its dispatches one by one: slower. */
MonitorRan monitor_slices_walk(const MonitorSlices *slices, HvTime from_ns, HvTime to_ns);
/* The time a stretch must have had to give `busy_ns` > 0 of busy time; HV_TIME_NEVER if it never does. */
HvTime monitor_slices_when(const MonitorSlices *slices, HvTime busy_ns);

typedef struct {
    uint32_t lip;            /* index in the allotments */
    uint32_t ip;             /* 0-based, in the domain */
    HvTime start_ns, end_ns; /* from the beginning of the frame, start < end <= length */
} MonitorPiece;

typedef struct {
    HvTime length_ns;
    MonitorSlices slices;   /* of each piece */
    HvTime run_on_slice_ns; /* slice of the pieces of the first n_run_on LIPs, which have all of their IPs */
    unsigned n_run_on;
    uint32_t *first_piece; /* [n_lips + 1]: pieces of LIP i are first_piece[i] .. first_piece[i + 1] - 1 */
    unsigned n_lips;
    MonitorPiece *pieces; /* sorted by (ip, start) */
    unsigned n_pieces, n_ips;
    unsigned room; /* of the arrays */
} MonitorFrame;

/*
 * Lays out allotments_ns[n] (each <= length, sum <= n_ips * length, both asserted) in the order given. Clears
 * and reuses *frame's memory; start with a zeroed frame and end with monitor_frame_clear().
 */
void monitor_frame_lay_out(
    MonitorFrame *frame, const HvTime *allotments_ns, unsigned n, unsigned n_ips, HvTime length_ns,
    HvTime slice_ns, HvTime dispatch_cost_ns);
/* The first n LIPs, which have an IP each (asserted), go on from frame to frame in slices of their own. Called once. */
void monitor_frame_run_on(MonitorFrame *frame, unsigned n, HvTime slice_ns);
void monitor_frame_clear(MonitorFrame *frame);

/* What one piece has got when the frame, repeated, has been in force for `elapsed_ns`. */
MonitorRan monitor_frame_piece_ran(const MonitorFrame *frame, unsigned piece, HvTime elapsed_ns);
/* The same for the time from `from_ns` to `to_ns`, by going through its dispatches one by one: slower. */
MonitorRan monitor_frame_piece_walk(const MonitorFrame *frame, unsigned piece, HvTime from_ns, HvTime to_ns);
/* Earliest elapsed time at which the pieces of `lip` together have got `busy_ns` of busy time; HV_TIME_NEVER
 * if never. */
HvTime monitor_frame_when(const MonitorFrame *frame, uint32_t lip, HvTime busy_ns);

/* Written down and read back; a domain of `n_ips` IPs and at most `max_lips` LIPs has it. */
void monitor_frame_codec(MonitorFrame *frame, HvCodec *codec, unsigned max_lips, unsigned n_ips);
void monitor_ran_codec(MonitorRan *ran, HvCodec *codec);

#endif
