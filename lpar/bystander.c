/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Relocation of LPARs that go on running: copy in rounds, then a short hold.
 *
 *     COPYING --few pages left--------------------> SWITCHING (held) --copied--> done
 *        |                                                      ^
 *        +--too many, and not fewer--> CATCHING_UP --> PIECE (held) <--> GAP (running)   --last piece--> done
 *
 * COPYING: a round copies what was dirty at its beginning while the guests run and make other pages dirty.
 * What is copied when is simulated as time only: the pages change place in the storage once, at the end, when
 * nobody is looking, and a write made meanwhile is in the page that moves. So no write can be lost, and the
 * dirty marks decide nothing but durations.
 *
 * Bound: SWITCHING is entered only if what is left takes no longer than the limit; a PIECE is an amount of
 * storage that takes no longer even if all of it is dirty. The GAP lasts as long as the limit, so the guest
 * keeps at least half of its time.
 *
 * Owns the event and the holds it has made; undoes both when it is freed early.
 */
#include "lpar/bystander.h"

/* A round that leaves this much or less is followed by the hold: copying it takes no time worth another
 * round. */
#define RELOCATION_FEW_BYTES (16 * HV_PAGE_SIZE)
/* Rounds after which it is no longer waited for the rest to become smaller. */
#define RELOCATION_MAX_ROUNDS 32

static const HvTraceEvent lpar_ev_relocation_begin = {
    "lpar.relocation-begin", {"lpar", "kind", "from", "to", "size"}};
static const HvTraceEvent lpar_ev_relocation_round = {
    "lpar.relocation-round", {"lpar", "round", "dirty_bytes"}};
static const HvTraceEvent lpar_ev_relocated = {"lpar.relocated", {"lpar", "kind", "origin"}};

typedef enum {
    RELOCATION_COPYING,
    RELOCATION_SWITCHING,
    RELOCATION_CATCHING_UP,
    RELOCATION_PIECE,
    RELOCATION_GAP,
    RELOCATION_DONE,
} RelocationPhase;

struct LparRelocation {
    HvEngine *engine;
    HvTrace *trace;
    uint64_t copy_rate;   /* bytes per second */
    uint64_t piece_bytes; /* what can be copied within the hold limit, at least a page */
    HvTime gap_ns;
    LparRelocationMove *moves;
    LparRelocationCost *costs;
    bool *holding; /* [n_moves]: we have it held */
    unsigned n_moves;
    RelocationPhase phase;
    HvEvent event; /* the end of the phase */
    unsigned rounds;
    uint64_t left_bytes; /* dirty at the end of the last round */
    unsigned piece_move; /* PIECE, GAP: the move and the offset in it that are next */
    uint64_t piece_offset_bytes;
    HvTime hold_begun_ns;
    void (*done)(void *data);
    void *data;
};

static HvTime copy_time(const LparRelocation *relocation, uint64_t bytes)
{
    return hv_muldiv(bytes, HV_NS_PER_S, relocation->copy_rate);
}

/* What is copied of a move: the content of a real guest is not in the machine's storage. */
static uint64_t move_copied_bytes(const LparRelocationMove *move)
{
    return lpar_is_real(move->lpar) ? 0 : move->size_bytes;
}

static HvStorage *move_storage(const LparRelocationMove *move)
{
    return lpar_window(move->lpar, move->kind)->storage;
}

static void relocation_next(LparRelocation *relocation, RelocationPhase phase, HvTime after_ns)
{
    relocation->phase = phase;
    hv_engine_after(relocation->engine, &relocation->event, after_ns);
}

/* --- Dirty pages ---------------------------------------------------------------------------------------- */

static uint64_t move_dirty_bytes(const LparRelocationMove *move, uint64_t offset_bytes, uint64_t length_bytes)
{
    if (lpar_guest(move->lpar))
        hv_guest_catch_up(lpar_guest(move->lpar));
    return HV_PAGE_SIZE *
           hv_storage_collect_dirty(move_storage(move), move->from_bytes + offset_bytes, length_bytes);
}

static uint64_t relocation_dirty_bytes(LparRelocation *relocation)
{
    uint64_t sum_bytes = 0;

    for (unsigned i = 0; i < relocation->n_moves; i++) {
        uint64_t bytes = move_dirty_bytes(&relocation->moves[i], 0, relocation->moves[i].size_bytes);

        relocation->costs[i].copied_bytes += bytes;
        relocation->costs[i].rounds++;
        sum_bytes += bytes;
    }
    relocation->rounds++;
    hv_trace_emit(
        relocation->trace, hv_engine_now(relocation->engine), &lpar_ev_relocation_round,
        lpar_number(relocation->moves[0].lpar), relocation->rounds, sum_bytes);
    return sum_bytes;
}

static void relocation_track(LparRelocation *relocation, bool on)
{
    for (unsigned i = 0; i < relocation->n_moves; i++) {
        const LparRelocationMove *move = &relocation->moves[i];

        if (on)
            hv_storage_track(move_storage(move), move->from_bytes, move->size_bytes);
        else
            hv_storage_untrack(move_storage(move), move->from_bytes, move->size_bytes);
    }
}

/* --- Holds ---------------------------------------------------------------------------------------------- */

static void relocation_hold(LparRelocation *relocation, unsigned i)
{
    LparControl *lpar = relocation->moves[i].lpar;
    bool notices = lpar_run_state(lpar) == LPAR_OPERATING && !lpar_is_held(lpar) && !lpar_is_real(lpar);

    lpar_hold(lpar);
    relocation->holding[i] = true;
    relocation->hold_begun_ns = hv_engine_now(relocation->engine);
    relocation->costs[i].holds += notices;
}

static void relocation_release(LparRelocation *relocation, unsigned i)
{
    LparControl *lpar = relocation->moves[i].lpar;
    LparRelocationCost *cost = &relocation->costs[i];
    HvTime held_ns = hv_engine_now(relocation->engine) - relocation->hold_begun_ns;

    if (!relocation->holding[i])
        return;
    relocation->holding[i] = false;
    lpar_release(lpar);
    if (lpar_run_state(lpar) != LPAR_OPERATING || lpar_is_held(lpar) || lpar_is_real(lpar))
        return; /* somebody else holds it, or there is nothing to hold: it lost no time by us */
    cost->hold_ns = MAX(cost->hold_ns, held_ns);
    cost->hold_total_ns += held_ns;
}

/* --- The end: content and windows arrive ---------------------------------------------------------------- */

static void relocation_move_content(LparRelocation *relocation)
{
    unsigned n = relocation->n_moves;
    g_autofree HvStorageExtract **extracts = g_new0(HvStorageExtract *, n);

    if (n == 1) {
        const LparRelocationMove *move = &relocation->moves[0];

        hv_storage_move(move_storage(move), move->from_bytes, move->to_bytes, move->size_bytes);
        return;
    }
    for (unsigned i = 0; i < n; i++)
        extracts[i] = hv_storage_extract(
            move_storage(&relocation->moves[i]), relocation->moves[i].from_bytes,
            relocation->moves[i].size_bytes);
    for (unsigned i = 0; i < n; i++)
        hv_storage_insert(move_storage(&relocation->moves[i]), relocation->moves[i].to_bytes, extracts[i]);
}

static void relocation_finish(LparRelocation *relocation)
{
    for (unsigned i = 0; i < relocation->n_moves; i++)
        if (lpar_guest(relocation->moves[i].lpar))
            hv_guest_catch_up(lpar_guest(relocation->moves[i].lpar));
    relocation_track(relocation, /* on= */ false);
    relocation_move_content(relocation);
    for (unsigned i = 0; i < relocation->n_moves; i++) {
        const LparRelocationMove *move = &relocation->moves[i];

        if (lpar_window(move->lpar, move->kind)->size_bytes > 0)
            lpar_set_window_origin(move->lpar, move->kind, move->to_bytes);
        hv_trace_emit(
            relocation->trace, hv_engine_now(relocation->engine), &lpar_ev_relocated, lpar_number(move->lpar),
            move->kind, move->to_bytes);
        relocation_release(relocation, i);
    }
    relocation->phase = RELOCATION_DONE;
    relocation->done(relocation->data);
}

/* --- The phases ----------------------------------------------------------------------------------------- */

static void relocation_end_round(LparRelocation *relocation)
{
    uint64_t before_bytes = relocation->left_bytes;
    uint64_t left_bytes = relocation_dirty_bytes(relocation);
    bool few = left_bytes <= RELOCATION_FEW_BYTES;
    bool hopeless = left_bytes >= before_bytes || relocation->rounds >= RELOCATION_MAX_ROUNDS;

    relocation->left_bytes = left_bytes;
    if (!few && !hopeless) {
        relocation_next(relocation, RELOCATION_COPYING, copy_time(relocation, left_bytes));
    } else if (left_bytes <= relocation->piece_bytes) {
        for (unsigned i = 0; i < relocation->n_moves; i++)
            relocation_hold(relocation, i);
        relocation_next(relocation, RELOCATION_SWITCHING, copy_time(relocation, left_bytes));
    } else {
        relocation_next(relocation, RELOCATION_CATCHING_UP, copy_time(relocation, left_bytes));
    }
}

/* Holds the LPAR of the next piece until what is dirty in it is copied. */
static void relocation_begin_piece(LparRelocation *relocation)
{
    const LparRelocationMove *move = &relocation->moves[relocation->piece_move];
    uint64_t length_bytes = MIN(relocation->piece_bytes, move->size_bytes - relocation->piece_offset_bytes);

    relocation_hold(relocation, relocation->piece_move);
    uint64_t dirty_bytes = move_dirty_bytes(move, relocation->piece_offset_bytes, length_bytes);

    relocation->costs[relocation->piece_move].copied_bytes += dirty_bytes;
    relocation_next(relocation, RELOCATION_PIECE, copy_time(relocation, dirty_bytes));
}

static void relocation_end_piece(LparRelocation *relocation)
{
    relocation_release(relocation, relocation->piece_move);
    relocation->piece_offset_bytes += relocation->piece_bytes;
    if (relocation->piece_offset_bytes >= relocation->moves[relocation->piece_move].size_bytes) {
        relocation->piece_move++;
        relocation->piece_offset_bytes = 0;
    }
    if (relocation->piece_move == relocation->n_moves)
        relocation_finish(relocation);
    else
        relocation_next(relocation, RELOCATION_GAP, relocation->gap_ns);
}

static void relocation_event(HvEvent *event, void *data)
{
    LparRelocation *relocation = data;

    (void)event;
    switch (relocation->phase) {
    case RELOCATION_COPYING:
        relocation_end_round(relocation);
        break;
    case RELOCATION_SWITCHING:
        relocation_finish(relocation);
        break;
    case RELOCATION_CATCHING_UP:
    case RELOCATION_GAP:
        relocation_begin_piece(relocation);
        break;
    case RELOCATION_PIECE:
        relocation_end_piece(relocation);
        break;
    case RELOCATION_DONE:
        g_assert_not_reached();
    }
}

static void relocation_begin_rounds(LparRelocation *relocation)
{
    for (unsigned i = 0; i < relocation->n_moves; i++) {
        const LparRelocationMove *move = &relocation->moves[i];

        g_assert(move->size_bytes > 0 && move->from_bytes != move->to_bytes);
        if (lpar_guest(move->lpar))
            hv_guest_catch_up(lpar_guest(move->lpar));
        relocation->left_bytes += move_copied_bytes(move);
        relocation->costs[i].copied_bytes = move_copied_bytes(move);
        relocation->costs[i].rounds = 1;
        hv_trace_emit(
            relocation->trace, hv_engine_now(relocation->engine), &lpar_ev_relocation_begin,
            lpar_number(move->lpar), move->kind, move->from_bytes, move->to_bytes, move->size_bytes);
    }
    relocation->rounds = 1;
    relocation_track(relocation, /* on= */ true);
    relocation_next(relocation, RELOCATION_COPYING, copy_time(relocation, relocation->left_bytes));
}

LparRelocation *lpar_relocation_begin(
    HvEngine *engine, HvTrace *trace, uint64_t copy_rate, HvTime hold_limit_ns,
    const LparRelocationMove *moves, unsigned n_moves, void (*done)(void *data), void *data)
{
    LparRelocation *relocation = g_new0(LparRelocation, 1);

    g_assert(n_moves > 0 && copy_rate > 0);
    relocation->engine = engine;
    relocation->trace = trace;
    relocation->copy_rate = copy_rate;
    relocation->gap_ns = hold_limit_ns;
    relocation->piece_bytes =
        MAX(HV_PAGE_SIZE, hv_muldiv(copy_rate, hold_limit_ns, HV_NS_PER_S) / HV_PAGE_SIZE * HV_PAGE_SIZE);
    relocation->moves = g_memdup2(moves, n_moves * sizeof(*moves));
    relocation->costs = g_new0(LparRelocationCost, n_moves);
    relocation->holding = g_new0(bool, n_moves);
    relocation->n_moves = n_moves;
    relocation->done = done;
    relocation->data = data;
    hv_event_init(&relocation->event, HV_PRIORITY_MONITOR, relocation_event, relocation);
    relocation_begin_rounds(relocation);
    return relocation;
}

void lpar_relocation_free(LparRelocation *relocation)
{
    if (!relocation)
        return;
    if (relocation->phase != RELOCATION_DONE) {
        hv_engine_cancel(relocation->engine, &relocation->event);
        relocation_track(relocation, /* on= */ false);
        for (unsigned i = 0; i < relocation->n_moves; i++)
            relocation_release(relocation, i);
    }
    g_free(relocation->moves);
    g_free(relocation->costs);
    g_free(relocation->holding);
    g_free(relocation);
}

LparRelocationCost lpar_relocation_cost(const LparRelocation *relocation, unsigned move)
{
    g_assert(move < relocation->n_moves);
    return relocation->costs[move];
}
