/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a restore asks of the resource manager: all that was captured, and what the guest of the LPAR that gives it back
 * can do without.
 *
 * Of a guest that runs, that is the storage that came since its load, and every LIP but one. A guest that was stopped does
 * nothing, so it gives up nothing that it has online; without a guest all is to be had. I/O on the paths is no obstacle: it
 * ends within moments, and is waited for.
 */
#include "monitor/error.h"
#include "monitor/restore-step.h"
#include "resmgr/restore.h"

/* --- The giver ------------------------------------------------------------------------------------------ */

/* One CPU stays online: one that it had before, if that is known. */
static unsigned lip_to_keep(const LparControl *giver, const ResmgrLpar *before)
{
    unsigned lowest = 0;

    for (unsigned lip = HV_MAX_LIPS; lip >= 1; lip--)
        if (lpar_lip_is_online(giver, lip) && (!before || resmgr_lpar_lip(before, lip)))
            lowest = lip;
    return lowest == 0 && before ? lip_to_keep(giver, NULL) : lowest;
}

static ResmgrGiver needs_of(LparControl *giver, const ResmgrLpar *before)
{
    ResmgrGiver needs = {.own = before};

    if (!lpar_guest(giver))
        return needs;
    HvGuestStatus status = hv_guest_status(lpar_guest(giver));
    bool runs = lpar_run_state(giver) == LPAR_OPERATING;
    unsigned kept = lip_to_keep(giver, before);

    needs.least_bytes[RESMGR_MS] = runs ? status.ms_least_bytes : status.ms_online_bytes;
    needs.least_bytes[RESMGR_ES] = runs ? status.es_least_bytes : status.es_online_bytes;
    needs.most_bytes[RESMGR_MS] = status.ms_most_bytes;
    for (unsigned lip = 1; lip <= HV_MAX_LIPS; lip++)
        needs.keeps_lip[lip] = runs ? lip == kept : lpar_lip_is_online(giver, lip);
    return needs;
}

/* What its guest has to take offline so that the plan can be carried out. */
static void collect_offline(MonitorSystem *system, MonitorRestoreReport *report)
{
    const ResmgrRestorePlan *plan = report->plan;
    LparControl *giver = plan->giver ? system->lpars[plan->giver] : NULL;

    report->offline_lips = g_array_new(FALSE, FALSE, sizeof(unsigned));
    if (!giver || !lpar_guest(giver))
        return;
    HvGuestStatus status = hv_guest_status(lpar_guest(giver));
    const uint64_t online_bytes[RESMGR_STORAGE_KINDS] = {status.ms_online_bytes, status.es_online_bytes};

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        if (online_bytes[k] > plan->giver_areas[k].size_bytes)
            report->offline_bytes[k] = online_bytes[k] - plan->giver_areas[k].size_bytes;
    for (unsigned lip = 1; lip <= HV_MAX_LIPS; lip++) {
        bool stays = false;

        for (unsigned i = 0; i < plan->giver_lips->len; i++)
            stays |= g_array_index(plan->giver_lips, ResmgrLip, i).number == lip;
        if (lpar_lip_is_online(giver, lip) && !stays)
            g_array_append_val(report->offline_lips, lip);
    }
}

/* What it had and does not get; a CPU of its guest on such a LIP goes offline. */
static GArray *lost_lips(const GArray *had, const GArray *gets)
{
    GArray *lost = g_array_new(FALSE, FALSE, sizeof(unsigned));

    for (unsigned i = 0; i < had->len; i++) {
        unsigned lip = g_array_index(had, ResmgrLip, i).number;
        bool found = false;

        for (unsigned j = 0; j < gets->len; j++)
            found |= g_array_index(gets, ResmgrLip, j).number == lip;
        if (!found)
            g_array_append_val(lost, lip);
    }
    return lost;
}

/* --- What may be restored ------------------------------------------------------------------------------- */

static bool refuse(const MonitorCapture *capture, const char *why, const char *remedy, GError **error)
{
    g_set_error(
        error, MONITOR_ERROR, MONITOR_ERROR_RESTORE, "%s cannot be restored: %s\n%s", capture->name, why,
        remedy);
    return false;
}

/* Content of the whole of each area, if there is a guest that counts on it. */
static bool content_fits(const MonitorCapture *capture)
{
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        uint64_t size_bytes = capture->books->areas[k].size_bytes;
        const HvStorageSnapshot *content = capture->content[k];

        if (content ? hv_storage_snapshot_length(content) != size_bytes : capture->image && size_bytes > 0)
            return false;
    }
    return true;
}

static bool
can_restore(MonitorSystem *system, const MonitorCapture *capture, unsigned number, bool copy, GError **error)
{
    const ResmgrLpar *lpar = resmgr_state_lpar(system->state, number);

    if (!lpar || (!copy && g_ascii_strcasecmp(lpar->name, capture->name) != 0))
        return refuse(
            capture, "this machine has no LPAR of that name and number",
            "Restore it under a new name, with TO(name)", error);
    if (!content_fits(capture))
        return refuse(
            capture, "the content of its storage is not complete", "Restore an earlier copy", error);
    if (lpar_is_real(system->lpars[number]) ||
        lpar_is_real(system->lpars[resmgr_state_heir(system->state, number)]))
        return refuse(
            capture, "its guest, or that of the LPAR that is to give it back, is a domain of libvirt",
            "Use the copy of its disks", error);
    return true;
}

/* --- The plan ------------------------------------------------------------------------------------------- */

static ResmgrRestoreWish wish_of(const MonitorCapture *capture, unsigned number)
{
    const ResmgrLpar *books = capture->books;
    ResmgrRestoreWish wish = {
        .lpar = number, .at_ns = capture->at_ns, .lips = books->lips, .cap = books->cap};

    memcpy(wish.areas, books->areas, sizeof(wish.areas));
    memcpy(wish.weights, books->weights, sizeof(wish.weights));
    for (unsigned i = 0; i < G_N_ELEMENTS(wish.chps); i++)
        wish.chps[i] = capture->chps_owned[i] | capture->chps_used[i];
    return wish;
}

/* So much of each share, of which something is left to the parent; NULL: one is too small, or the LPAR has no LIPs with shares. */
static GArray *part_of_shares(const ResmgrLpar *parent, uint32_t part_bp, GError **error)
{
    g_autoptr(GArray) lips = g_array_copy(parent->lips);

    for (unsigned i = 0; i < lips->len; i++) {
        ResmgrLip *lip = &g_array_index(lips, ResmgrLip, i);
        uint32_t share_bp = lip->share_bp;

        lip->share_bp = (uint32_t)hv_muldiv(share_bp, part_bp, HV_SHARE_WHOLE_BP);
        if (lip->ip != 0 && lip->share_bp > 0 && lip->share_bp < share_bp)
            continue;
        g_set_error(
            error, MONITOR_ERROR, MONITOR_ERROR_RESTORE,
            "LIP %u of %s has no share that can be divided so\nLeave out SHARES, or give a greater part",
            lip->number, parent->name);
        return NULL;
    }
    return g_steal_pointer(&lips);
}

static ResmgrRestorePlan *plan_new(
    MonitorSystem *system, const MonitorCapture *capture, const MonitorRestoreOptions *options,
    unsigned number, bool planned, GError **error)
{
    ResmgrRestoreWish wish = wish_of(capture, number);
    unsigned giver = resmgr_state_heir(system->state, number);
    const ResmgrLpar *before = options->giver_before && options->giver_before->number == giver
                                   ? options->giver_before
                                   : NULL;
    const ResmgrGiver needs = needs_of(system->lpars[giver], before);
    g_autoptr(GArray) lips = NULL;

    if (options->parent_bp > 0) {
        const ResmgrLpar *parent = resmgr_state_lpar(system->state, capture->number);

        wish.parent = capture->number;
        wish.lips = lips = part_of_shares(parent, options->parent_bp, error);
        if (!lips)
            return NULL;
    }
    wish.idle = !lpar_is_activated(system->lpars[number]);
    wish.copy = options->copy;
    wish.partial = options->partial || planned;
    wish.giver = giver != number ? &needs : NULL;
    return resmgr_restore_plan_new(system->state, &wish, error);
}

static uint64_t content_bytes(const MonitorCapture *capture)
{
    uint64_t pages = 0;

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS && capture->image; k++)
        pages += capture->content[k] ? hv_storage_snapshot_pages(capture->content[k]) : 0;
    return pages * HV_PAGE_SIZE;
}

MonitorRestoreReport *monitor_restore_report_new(
    MonitorSystem *system, const MonitorCapture *capture, const MonitorRestoreOptions *options, bool planned,
    GError **error)
{
    unsigned number = options->lpar ? options->lpar : capture->number;

    if (!can_restore(system, capture, number, options->copy, error))
        return NULL;
    ResmgrRestorePlan *plan = plan_new(system, capture, options, number, planned, error);

    if (!plan)
        return NULL;
    MonitorRestoreReport *report = g_new0(MonitorRestoreReport, 1);

    report->plan = plan;
    report->planned = planned;
    report->before = resmgr_state_copy(system->state);
    report->costs = g_array_new(FALSE, /* clear= */ TRUE, sizeof(LparRelocationCost));
    g_array_set_size(report->costs, plan->moves->len);
    report->steps = monitor_flow_entries_new();
    report->captured_ns = capture->at_ns;
    report->begun_ns = hv_engine_now(system->engine);
    report->content_bytes = content_bytes(capture);
    report->state = capture->state;
    report->lost_lips = lost_lips(capture->books->lips, plan->lips);
    collect_offline(system, report);
    return report;
}
