/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Single objects of a save, put back into the storage of an LPAR that goes on with it.
 *
 *     reading (it runs) --> [held: piece put] --> gap (it runs) --> [held: piece put] --> ... --> done
 *
 * A piece is what can be copied within the LPAR's shortest time slice, so nobody who is served by it notices; the gap is as long, so it gets on
 * meanwhile. An LPAR that does not operate need not be held, and has all of it at once, when the time for it has passed.
 *
 * Where neither the LPAR nor the content has a page there is no piece: cost follows what was touched.
 */
#include "monitor/restore-content.h"

#include "monitor/error.h"
#include "monitor/system-private.h"

typedef struct {
    uint64_t first_bytes, length_bytes;
} Piece;

typedef struct {
    MonitorSystem *system;
    LparControl *lpar;
    const MonitorContentWish *wish;
    MonitorContentReport *report;
    GArray *pieces;
    unsigned next;
    HvTime hold_limit_ns;
    bool held, active;
    HvEvent event;
} Flow;

/* --- Pieces --------------------------------------------------------------------------------------------- */

static bool count_page(G_GNUC_UNUSED uint64_t offset, G_GNUC_UNUSED const uint8_t *page, void *data)
{
    ++*(uint64_t *)data;
    return true;
}

static uint64_t pages_in(const HvStorageSnapshot *content, const Piece *piece)
{
    uint64_t n = 0;

    hv_storage_snapshot_foreach(content, piece->first_bytes, piece->length_bytes, count_page, &n);
    return n;
}

/* What lies in [from, end), cut into pieces. */
static void
add_pieces(GArray *pieces, uint64_t from, uint64_t end, uint64_t most_bytes, const HvStorageSnapshot *both[2])
{
    for (uint64_t length; from < end; from += length) {
        length = MIN(most_bytes, end - from);
        const Piece piece = {from, length};

        if (pages_in(both[0], &piece) > 0 || pages_in(both[1], &piece) > 0)
            g_array_append_val(pieces, piece);
    }
}

static GArray *cut(const Flow *flow, const HvStorageWindow *window)
{
    const MonitorContentWish *wish = flow->wish;
    uint64_t length = hv_storage_snapshot_length(wish->content);
    uint64_t rate = flow->system->definition->machine->ms_copy_rate;
    uint64_t most_bytes = hv_muldiv(rate, MIN(flow->hold_limit_ns, HV_NS_PER_S), HV_NS_PER_S);
    g_autoptr(HvStorageSnapshot)
        now = hv_storage_snapshot(flow->system->storage[wish->kind], window->origin_bytes, length);
    const HvStorageSnapshot *both[2] = {wish->content, now};
    GArray *pieces = g_array_new(FALSE, FALSE, sizeof(Piece));

    most_bytes = CLAMP(most_bytes / HV_PAGE_SIZE * HV_PAGE_SIZE, HV_PAGE_SIZE, HV_MIB);
    for (uint32_t i = 0; i < (wish->segments ? wish->segments->len : (length + HV_MIB - 1) / HV_MIB); i++) {
        uint64_t first = (wish->segments ? g_array_index(wish->segments, uint32_t, i) : i) * HV_MIB;

        add_pieces(pieces, first, MIN(first + HV_MIB, length), most_bytes, both);
    }
    return pieces;
}

/* --- Putting them --------------------------------------------------------------------------------------- */

typedef struct {
    HvStorage *storage;
    uint64_t origin_bytes, put_bytes;
} Putting;

static bool put_page(uint64_t offset, const uint8_t *page, void *data)
{
    Putting *putting = data;

    hv_storage_write(putting->storage, putting->origin_bytes + offset, page, HV_PAGE_SIZE);
    putting->put_bytes += HV_PAGE_SIZE;
    return true;
}

static void put_piece(Flow *flow, const Piece *piece)
{
    const MonitorContentWish *wish = flow->wish;
    Putting putting = {
        .storage = flow->system->storage[wish->kind],
        .origin_bytes = lpar_window(flow->lpar, wish->kind)->origin_bytes};

    hv_storage_clear(putting.storage, putting.origin_bytes + piece->first_bytes, piece->length_bytes);
    hv_storage_snapshot_foreach(wish->content, piece->first_bytes, piece->length_bytes, put_page, &putting);
    flow->report->bytes += putting.put_bytes;
    flow->report->pieces++;
}

static const Piece *next_piece(const Flow *flow)
{
    return &g_array_index(flow->pieces, Piece, flow->next);
}

static HvTime copying_ns(const Flow *flow, const Piece *piece)
{
    uint64_t bytes = pages_in(flow->wish->content, piece) * HV_PAGE_SIZE;

    return hv_muldiv(bytes, HV_NS_PER_S, flow->system->definition->machine->ms_copy_rate);
}

/* The next piece begins, or the one that was begun has been copied. */
static void go_on(HvEvent *event, void *data)
{
    Flow *flow = data;

    (void)event;
    if (flow->held) {
        put_piece(flow, next_piece(flow));
        lpar_release(flow->lpar);
        flow->held = false;
        flow->active = ++flow->next < flow->pieces->len;
        if (flow->active)
            hv_engine_after(flow->system->engine, &flow->event, flow->hold_limit_ns);
        return;
    }
    HvTime copy_ns = copying_ns(flow, next_piece(flow));

    lpar_hold(flow->lpar);
    flow->held = true;
    flow->report->longest_hold_ns = MAX(flow->report->longest_hold_ns, copy_ns);
    hv_engine_after(flow->system->engine, &flow->event, copy_ns);
}

/* It does not operate: nobody looks before all of it is there. */
static void all_at_once(HvEvent *event, void *data)
{
    Flow *flow = data;

    (void)event;
    for (; flow->next < flow->pieces->len; flow->next++)
        put_piece(flow, next_piece(flow));
    flow->active = false;
}

static HvTime copying_all_ns(const Flow *flow)
{
    HvTime sum_ns = 0;

    for (unsigned i = 0; i < flow->pieces->len; i++)
        sum_ns += copying_ns(flow, &g_array_index(flow->pieces, Piece, i));
    return sum_ns;
}

/* --- The whole ------------------------------------------------------------------------------------------ */

static bool refuse(const LparControl *lpar, const char *why, const char *remedy, GError **error)
{
    g_set_error(
        error, MONITOR_ERROR, MONITOR_ERROR_RESTORE, "Nothing can be restored into %s: %s\n%s",
        lpar_name(lpar), why, remedy);
    return false;
}

bool monitor_system_can_restore_content(
    const MonitorSystem *system, unsigned number, const MonitorContentWish *wish, GError **error)
{
    const LparControl *lpar = system->lpars[number];

    g_assert(lpar);
    if (lpar_is_real(lpar))
        return refuse(
            lpar, "its guest is a domain of libvirt", "Use the copy of its disks and storage", error);
    if (!lpar_is_activated(lpar))
        return refuse(lpar, "it is not activated", "ACTIVATE it, or RESTORE all of it", error);
    if (lpar_run_state(lpar) == LPAR_FENCED || lpar_is_held(lpar))
        return refuse(lpar, "something else is being done to it", "Wait until that is done", error);
    if (hv_storage_snapshot_length(wish->content) > lpar_window(lpar, wish->kind)->size_bytes)
        return refuse(
            lpar, "it had more storage when it was saved", "RESTORE all of it, or under a new name", error);
    return true;
}

MonitorContentReport
monitor_system_restore_content(MonitorSystem *system, unsigned number, const MonitorContentWish *wish)
{
    g_assert(monitor_system_can_restore_content(system, number, wish, NULL));
    LparControl *lpar = system->lpars[number];
    bool operates = lpar_run_state(lpar) == LPAR_OPERATING;
    MonitorContentReport report = {0};
    Flow flow = {
        .system = system,
        .lpar = lpar,
        .wish = wish,
        .report = &report,
        .hold_limit_ns = monitor_system_hold_limit(system, number)};
    HvTime begun_ns = hv_engine_now(system->engine);

    monitor_system_catch_up_guests(system);
    flow.pieces = cut(&flow, lpar_window(lpar, wish->kind));
    flow.active = flow.pieces->len > 0;
    hv_event_init(&flow.event, HV_PRIORITY_MONITOR, operates ? go_on : all_at_once, &flow);
    if (flow.active)
        hv_engine_after(
            system->engine, &flow.event, wish->reading_ns + (operates ? 0 : copying_all_ns(&flow)));
    bool ended = hv_engine_run_while(system->engine, &flow.active);

    g_assert(ended); /* whoever waits has an event queued */
    report.elapsed_ns = hv_engine_now(system->engine) - begun_ns;
    g_array_unref(flow.pieces);
    monitor_system_check(system);
    return report;
}
