/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Capturing one LPAR: what it has, how it is, and what is in its storage, all of one moment.
 *
 * No time passes and nothing is stopped for it. Accounts are settled and the guest catches up with the clock, which anybody may do at any
 * moment; its state is written down; its pages are shared until somebody writes to them. So the LPAR runs on and nobody notices, and the
 * cost follows the number of pages that were ever touched, not their bytes.
 *
 * The digest of the content needs each byte, so it is made only when somebody asks for it.
 *
 * A capture owns all it points to. Written as bytes it is without the content, which is kept page by page by whoever keeps it.
 */
#include "monitor/capture.h"

#include "hv/error.h"
#include "monitor/error.h"
#include "monitor/seal.h"
#include "monitor/system-private.h"
#include "resmgr/channel-table.h"
#include "resmgr/state-codec.h"

#include <string.h>

#define CAPTURE_MAGIC    "LPSCAP01"
#define IMAGE_MAX_LENGTH ((size_t)1 << 30)

void monitor_capture_free(MonitorCapture *capture)
{
    if (!capture)
        return;
    g_free(capture->name);
    resmgr_lpar_free(capture->books);
    g_clear_pointer(&capture->image, g_bytes_unref);
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        hv_storage_snapshot_unref(capture->content[k]);
    g_free(capture->digest);
    g_free(capture);
}

/* --- Taking --------------------------------------------------------------------------------------------- */

static void capture_paths(MonitorCapture *capture, const ResmgrState *state)
{
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        bool has = resmgr_channel_table_has(state, capture->number, (uint8_t)chpid);
        bool shared = state->chps[chpid].mode == HV_CHP_SHARED;

        hv_chp_map_set(capture->chps_owned, (uint8_t)chpid, has && !shared);
        hv_chp_map_set(capture->chps_used, (uint8_t)chpid, has && shared);
    }
}

/* Of what it shows of each kind of storage. Real guests have their content elsewhere. */
static void capture_content(MonitorCapture *capture, const MonitorSystem *system, const LparControl *lpar)
{
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS && !lpar_is_real(lpar); k++) {
        const HvStorageWindow *window = lpar_window(lpar, k);

        if (window->size_bytes > 0)
            capture->content[k] =
                hv_storage_snapshot(system->storage[k], window->origin_bytes, window->size_bytes);
    }
}

uint64_t monitor_system_count_shared(const MonitorSystem *system, unsigned number)
{
    uint64_t n_pages = 0;

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        const HvStorageWindow *window = lpar_window(system->lpars[number], k);

        if (window->size_bytes > 0)
            n_pages += hv_storage_count_shared(system->storage[k], window->origin_bytes, window->size_bytes);
    }
    return n_pages;
}

uint64_t monitor_system_split(MonitorSystem *system, unsigned number)
{
    uint64_t n_pages = 0;

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        const HvStorageWindow *window = lpar_window(system->lpars[number], k);

        if (window->size_bytes > 0)
            n_pages += hv_storage_split(system->storage[k], window->origin_bytes, window->size_bytes);
    }
    return n_pages;
}

static bool refuse(const ResmgrLpar *books, const char *why, const char *remedy, GError **error)
{
    g_set_error(
        error, MONITOR_ERROR, MONITOR_ERROR_CAPTURE, "%s cannot be saved: %s\n%s", books->name, why, remedy);
    return false;
}

static bool can_capture(const MonitorSystem *system, const ResmgrLpar *books, GError **error)
{
    const LparControl *lpar = system->lpars[books->number];

    if (books->assignment == RESMGR_RETIRED)
        return refuse(
            books, "it is retired, and all it had belongs to another LPAR", "Save the surviving LPAR instead",
            error);
    if (books->assignment != RESMGR_ASSIGNED)
        return refuse(books, "it has no resources", "ACTIVATE it first", error);
    if (lpar_run_state(lpar) == LPAR_FENCED || lpar_is_held(lpar))
        return refuse(books, "something else is being done to it", "Wait until that is done", error);
    return true;
}

MonitorCapture *monitor_system_capture(MonitorSystem *system, unsigned number, GError **error)
{
    const ResmgrLpar *books = resmgr_state_lpar(system->state, number);
    LparControl *lpar = monitor_system_lpar(system, number);

    if (!books || !lpar) {
        g_set_error(
            error, MONITOR_ERROR, MONITOR_ERROR_CAPTURE,
            "LPAR %u is not defined\nDISPLAY LPAR lists the LPARs", number);
        return NULL;
    }
    if (!can_capture(system, books, error))
        return NULL;
    MonitorCapture *capture = g_new0(MonitorCapture, 1);

    capture->number = number;
    capture->name = g_strdup(books->name);
    capture->at_ns = hv_engine_now(system->engine);
    capture->books = resmgr_lpar_copy(books);
    capture->state = lpar_run_state(lpar);
    capture_paths(capture, system->state);
    monitor_system_catch_up_guests(system);
    if (lpar_guest(lpar) && !lpar_is_real(lpar))
        capture->image = lpar_image(lpar);
    capture_content(capture, system, lpar);
    return capture;
}

const char *monitor_capture_digest(MonitorCapture *capture)
{
    bool here = capture->image != NULL;

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        here = here && (capture->content[k] || capture->books->areas[k].size_bytes == 0);
    if (capture->digest || !here)
        return capture->digest;
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        g_autofree char *digest = capture->content[k] ? hv_storage_snapshot_digest(capture->content[k])
                                                      : NULL;

        g_checksum_update(checksum, (const guchar *)(digest ? digest : "-"), -1);
    }
    capture->digest = g_strdup(g_checksum_get_string(checksum));
    return capture->digest;
}

/* --- As bytes ------------------------------------------------------------------------------------------- */

/* Bytes of which the length is told in front; none: NULL. */
static void image_codec(GBytes **image, HvCodec *codec)
{
    size_t length = *image ? g_bytes_get_size(*image) : 0;

    hv_codec_count(codec, &length, IMAGE_MAX_LENGTH);
    g_autofree uint8_t *bytes = g_malloc(length + 1);

    if (*image)
        memcpy(bytes, g_bytes_get_data(*image, NULL), length);
    hv_codec_bytes(codec, bytes, length);
    if (hv_codec_reads(codec) && length > 0)
        *image = g_bytes_new(bytes, length);
}

static void capture_codec(MonitorCapture *capture, HvCodec *codec)
{
    hv_codec_begin(codec, "captured LPAR", 1);
    hv_codec_uint(codec, &capture->number);
    hv_codec_string(codec, &capture->name);
    hv_codec_u64(codec, &capture->at_ns);
    resmgr_lpar_codec(capture->books, codec);
    for (unsigned i = 0; i < G_N_ELEMENTS(capture->chps_owned); i++) {
        hv_codec_u64(codec, &capture->chps_owned[i]);
        hv_codec_u64(codec, &capture->chps_used[i]);
    }
    HV_CODEC_ENUM(codec, capture->state, LPAR_RETIRED + 1);
    hv_codec_string(codec, &capture->digest);
    image_codec(&capture->image, codec);
    hv_codec_end(codec);
}

/* Nothing in it is a point in time that goes on, so no clock is needed. */
GBytes *monitor_capture_to_bytes(const MonitorCapture *capture)
{
    g_autoptr(HvCodec) codec = hv_codec_writer(/* engine= */ NULL, /* whole= */ false);
    g_autoptr(GBytes) bytes = NULL;
    MonitorCapture plain = *capture;

    capture_codec(&plain, codec);
    hv_codec_finish(codec, &bytes, NULL);
    return monitor_seal(CAPTURE_MAGIC, bytes);
}

MonitorCapture *monitor_capture_from_bytes(const MonitorSystem *system, GBytes *bytes, GError **error)
{
    g_autoptr(GBytes) unsealed = monitor_unseal(CAPTURE_MAGIC, bytes, error);

    (void)system;
    if (!unsealed)
        return NULL;
    g_autoptr(HvCodec) codec = hv_codec_reader(/* engine= */ NULL, /* whole= */ false, unsealed);
    g_autoptr(MonitorCapture) capture = g_new0(MonitorCapture, 1);

    capture->books = resmgr_lpar_new_empty();
    capture_codec(capture, codec);
    if (!hv_codec_finish(codec, NULL, error))
        return NULL;
    return g_steal_pointer(&capture);
}
