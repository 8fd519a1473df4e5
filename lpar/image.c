/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An LPAR written down and read back: as a part of a whole machine, or by itself.
 *
 * As a part of a machine everything is as it was: the windows show what they showed, and whoever is online has a task that the dispatcher
 * brings along. By itself an LPAR may be put into other storage, under another number: then it opens the windows on what it has been
 * assigned, its LIPs come online with new tasks, and the guest finds the same LIPs and the same bytes as before; LIPs that it has not been assigned
 * it takes offline at once.
 *
 *     lpar_image             LPAR, state, LIPs, guest                             nothing changes
 *     lpar_install           NOT_ACTIVATED --> OPERATING or STOPPED, held         lpar_release() lets it go on
 *
 * A guest's own random streams and the content that it writes follow from its seed, so that is written too: a copy under another number
 * still knows its bytes.
 *
 * What is read is tried on a guest that nobody else knows yet; it becomes the LPAR's when all of it has fitted.
 */
#include "hv/error.h"
#include "lpar/lpar-private.h"

static const HvTraceEvent lpar_ev_installed = {"lpar.installed", {"lpar"}};

/* --- Parts ---------------------------------------------------------------------------------------------- */

static void lips_codec(LparLips *lips, HvCodec *codec)
{
    size_t count = 0;
    unsigned lip = 0;

    for (unsigned i = 1; i <= HV_MAX_LIPS; i++)
        count += lips->declared[i];
    hv_codec_count(codec, &count, HV_MAX_LIPS);
    for (size_t i = 0; i < count; i++) {
        for (lip++; !hv_codec_reads(codec) && !lips->declared[lip];)
            lip++;
        hv_codec_uint(codec, &lip);
        if (lip < 1 || lip > HV_MAX_LIPS) {
            hv_codec_fail(codec, "LIP %u is not possible", lip);
            break;
        }
        lips->declared[lip] = true;
        hv_codec_bool(codec, &lips->online[lip]);
    }
}

static bool has_guest_in(LparRunState state)
{
    return state == LPAR_OPERATING || state == LPAR_STOPPED;
}

/* The guest, which a reader makes; NULL: there is none. */
static void guest_codec(LparControl *lpar, HvCodec *codec, HvGuest **guest, uint64_t *seed)
{
    bool has_guest = *guest != NULL;

    hv_codec_bool(codec, &has_guest);
    if (!has_guest)
        return;
    hv_codec_u64(codec, seed);
    if (!*guest)
        *guest = lpar_guest_new(lpar, *seed);
    if (hv_guest_can_be_written(*guest))
        hv_guest_codec(*guest, codec);
}

/* --- Of a whole machine --------------------------------------------------------------------------------- */

static void window_codec(HvStorageWindow *window, HvCodec *codec, uint64_t storage_bytes)
{
    hv_codec_u64(codec, &window->origin_bytes);
    hv_codec_u64(codec, &window->size_bytes);
    if (window->size_bytes <= storage_bytes && window->origin_bytes <= storage_bytes - window->size_bytes)
        return;
    hv_codec_fail(codec, "a window lies outside the storage");
    window->origin_bytes = window->size_bytes = 0;
}

void lpar_codec(LparControl *lpar, HvCodec *codec)
{
    g_assert(!hv_codec_reads(codec) || (lpar->state == LPAR_NOT_ACTIVATED && !lpar->guest));
    hv_codec_begin(codec, "LPAR", 1);
    HV_CODEC_ENUM(codec, lpar->state, LPAR_RETIRED + 1);
    HV_CODEC_ENUM(codec, lpar->state_before_fence, LPAR_RETIRED + 1);
    hv_codec_uint(codec, &lpar->holds);
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        g_assert(!lpar->aside[k]);
        window_codec(&lpar->windows[k], codec, resmgr_storage_total(lpar->config.state, k));
    }
    lips_codec(&lpar->lips, codec);
    guest_codec(lpar, codec, &lpar->guest, &lpar->guest_seed);
    if (has_guest_in(lpar->state) && !lpar->guest)
        hv_codec_fail(codec, "%s is %s without a guest", lpar_name(lpar), lpar_run_state_name(lpar->state));
    hv_codec_end(codec);
}

/* --- By itself ------------------------------------------------------------------------------------------ */

/* What of an LPAR does not depend on where it is. */
typedef struct {
    LparRunState state;
    uint64_t sizes_bytes[RESMGR_STORAGE_KINDS];
    LparLips lips;
    HvGuest *guest;
    uint64_t seed;
} Installed;

/* Storage that was there must be there again; of LIPs one is enough. */
static void check_fit(const LparControl *lpar, const Installed *installed, HvCodec *codec)
{
    const ResmgrLpar *assignment = lpar_assignment(lpar);

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        if (installed->sizes_bytes[k] > assignment->areas[k].size_bytes)
            hv_codec_fail(
                codec,
                "it had %" G_GUINT64_FORMAT " bytes of %s, and %s has been assigned %" G_GUINT64_FORMAT,
                installed->sizes_bytes[k], resmgr_storage_kind_name(k), lpar_name(lpar),
                assignment->areas[k].size_bytes);
    if (assignment->lips->len == 0)
        hv_codec_fail(codec, "%s has been assigned no LIP", lpar_name(lpar));
}

static void installed_codec(LparControl *lpar, Installed *installed, HvCodec *codec)
{
    hv_codec_begin(codec, "LPAR by itself", 1);
    HV_CODEC_ENUM(codec, installed->state, LPAR_RETIRED + 1);
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        hv_codec_u64(codec, &installed->sizes_bytes[k]);
    lips_codec(&installed->lips, codec);
    if (hv_codec_reads(codec))
        check_fit(lpar, installed, codec);
    guest_codec(lpar, codec, &installed->guest, &installed->seed);
    if (!has_guest_in(installed->state) || !installed->guest)
        hv_codec_fail(codec, "it has no guest");
    hv_codec_end(codec);
}

GBytes *lpar_image(LparControl *lpar)
{
    g_assert(has_guest_in(lpar->state) && !lpar_is_real(lpar) && lpar->holds == 0);
    g_autoptr(HvCodec) codec = hv_codec_writer(lpar->config.engine, /* whole= */ false);
    Installed installed = {
        .state = lpar->state, .lips = lpar->lips, .guest = lpar->guest, .seed = lpar->guest_seed};
    GBytes *image;

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        installed.sizes_bytes[k] = lpar->windows[k].size_bytes;
    hv_guest_catch_up(lpar->guest);
    installed_codec(lpar, &installed, codec);
    hv_codec_finish(codec, &image, NULL);
    return image;
}

/* The windows as they will be: the guest looks through them while it is read. */
static void look_at(LparControl *lpar, bool open)
{
    const ResmgrLpar *assignment = lpar_assignment(lpar);

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        lpar->windows[k].origin_bytes = open ? assignment->areas[k].origin_bytes : 0;
        lpar->windows[k].size_bytes = open ? assignment->areas[k].size_bytes : 0;
    }
}

static bool read_installed(LparControl *lpar, GBytes *image, Installed *installed, GError **error)
{
    g_autoptr(HvCodec) codec = hv_codec_reader(lpar->config.engine, /* whole= */ false, image);

    look_at(lpar, /* open= */ true);
    installed_codec(lpar, installed, codec);
    if (hv_codec_finish(codec, NULL, error))
        return true;
    hv_guest_destroy(installed->guest);
    look_at(lpar, /* open= */ false);
    return false;
}

/*
 * LIPs that were online and are not assigned any more: the guest takes their CPUs offline itself, so that what waits there goes to others. If it
 * has none of those that were online, one more comes online first.
 */
static void drop_missing_lips(LparControl *lpar, const bool online[HV_MAX_LIPS + 1])
{
    const GArray *assigned = lpar_assignment(lpar)->lips;
    bool done = lpar_lips_online(&lpar->lips) > 0 ||
                hv_guest_config_cpu(lpar->guest, g_array_index(assigned, ResmgrLip, 0).number, true, NULL);

    g_assert(done);
    for (unsigned lip = 1; lip <= HV_MAX_LIPS; lip++) {
        if (!online[lip] || lpar->lips.declared[lip])
            continue;
        lpar->lips.declared[lip] = lpar->lips.online[lip] = true; /* for the moment of the command */
        done = hv_guest_config_cpu(lpar->guest, lip, /* online= */ false, NULL);
        g_assert(done);
        lpar->lips.declared[lip] = false;
    }
}

/* Nothing can fail any more. */
static void take_over(LparControl *lpar, const Installed *installed)
{
    g_autoptr(GArray) lips = NULL;

    look_at(lpar, /* open= */ false);
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        lpar_set_window(
            lpar, k, lpar_assignment(lpar)->areas[k].origin_bytes,
            lpar_assignment(lpar)->areas[k].size_bytes);
    lpar_set_state(lpar, LPAR_NOT_OPERATING);
    lips = lpar_read_lips(lpar);
    for (unsigned lip = 1; lip <= HV_MAX_LIPS; lip++)
        if (installed->lips.online[lip] && lpar->lips.declared[lip])
            lpar_start_lip(lpar, lip, NULL);
    lpar->guest = installed->guest;
    lpar->guest_seed = installed->seed;
    drop_missing_lips(lpar, installed->lips.online);
    lpar->holds = 1;
    lpar->config.monitor_ops->tasks_hold(lpar->config.monitor, lpar->config.number, true);
    /* Its operator's halt is enough for one that stands. */
    if (installed->state == LPAR_STOPPED)
        hv_guest_release(lpar->guest);
    lpar_set_state(lpar, installed->state);
    hv_trace_emit(lpar->config.trace, lpar_now(lpar), &lpar_ev_installed, lpar->config.number);
}

bool lpar_install(LparControl *lpar, GBytes *image, GError **error)
{
    Installed installed = {.seed = 0};

    if (!lpar_can_activate(lpar, error))
        return false;
    g_assert(lpar_assignment(lpar)->assignment == RESMGR_ASSIGNED && !lpar_is_real(lpar) && lpar->holds == 0);
    if (!read_installed(lpar, image, &installed, error))
        return false;
    take_over(lpar, &installed);
    return true;
}
