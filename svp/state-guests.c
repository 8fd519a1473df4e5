/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Simulated guests beside real ones, in checkpoints.
 *
 *     checkpoints/N/guest-L      an LPAR as it was (monitor/capture.h)
 *     checkpoints/N/ms-M, es-M   what is in storage: of simulated guests only
 *     checkpoints/N/guests.json  which LPARs there are, and when that was
 *
 * Real guests go on by themselves while no console is there, so nothing of such a machine can be done again; but a simulated guest can go on from
 * where it was at the last checkpoint, in the areas that its LPAR has by the record now. One for which there is none, or that does not fit
 * any more, begins anew with its LPAR; that never keeps real ones from being taken up.
 */
#include "svp/state-folder.h"
#include "svp/state-private.h"

#include "monitor/capture.h"
#include "svp/message.h"

#define GUESTS "guests.json"

static char *guest_name(unsigned number)
{
    return g_strdup_printf("guest-%u", number);
}

/* --- Writing -------------------------------------------------------------------------------------------- */

/* NULL: there is none, or something is being done to it. */
static MonitorCapture *capture_simulated(const SvpState *state, const ResmgrLpar *assigned)
{
    const LparControl *lpar = monitor_system_lpar(state->system, assigned->number);
    g_autoptr(MonitorCapture) capture = NULL;

    if (assigned->assignment != RESMGR_ASSIGNED || lpar_is_real(lpar))
        return NULL;
    capture = monitor_system_capture(state->system, assigned->number, NULL);
    return capture && capture->image ? g_steal_pointer(&capture) : NULL;
}

static bool write_guest(SvpStateFolder *folder, const MonitorCapture *capture, GError **error)
{
    g_autoptr(GBytes) bytes = monitor_capture_to_bytes(capture);
    g_autofree char *name = guest_name(capture->number);
    gsize length;
    const void *data = g_bytes_get_data(bytes, &length);

    return svp_state_folder_write(folder, name, data, length, error);
}

bool svp_state_write_guests(SvpState *state, SvpStateFolder *folder, GError **error)
{
    const GPtrArray *lpars = monitor_system_state(state->system)->lpars;
    json_t *numbers = json_array();
    bool written = true;

    for (unsigned i = 0; written && i < lpars->len; i++) {
        g_autoptr(MonitorCapture) capture = capture_simulated(state, g_ptr_array_index(lpars, i));

        if (!capture)
            continue;
        json_array_append_new(numbers, json_integer(capture->number));
        written = write_guest(folder, capture, error);
    }
    json_t *guests = json_pack("{s:I,s:o}", "wall_us", (json_int_t)g_get_real_time(), "lpars", numbers);

    written = written && svp_state_folder_write_json(folder, GUESTS, guests, error);
    json_decref(guests);
    return written;
}

/* --- Reading -------------------------------------------------------------------------------------------- */

/* What its areas held, of the content of the whole storage then. */
static void take_content(const SvpState *state, MonitorCapture *capture)
{
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        const ResmgrArea *area = &capture->books->areas[k];
        const SvpStateContent *content = state->contents.of[k];

        if (!content || area->size_bytes == 0)
            continue;
        const HvStorageSnapshot *all = svp_state_content_snapshot(content);
        g_autoptr(HvStorage) storage = hv_storage_new(hv_storage_snapshot_length(all));

        hv_storage_snapshot_apply(all, storage, 0);
        capture->content[k] = hv_storage_snapshot(storage, area->origin_bytes, area->size_bytes);
    }
}

static bool read_guest(
    SvpState *state, const SvpStateFolder *folder, unsigned number, const char *since, GPtrArray *notes)
{
    const ResmgrLpar *books = resmgr_state_lpar(monitor_system_state(state->system), number);
    g_autofree char *name = guest_name(number), *reason = NULL, *remedy = NULL;
    g_autoptr(MonitorCapture) capture = NULL;
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GError) error = NULL;

    if (!books || books->assignment != RESMGR_ASSIGNED) /* deactivated or retired since */
        return true;
    if (svp_state_folder_read(folder, name, &bytes, &error))
        capture = monitor_capture_from_bytes(state->system, bytes, &error);
    if (capture)
        take_content(state, capture);
    if (capture && monitor_system_reinstall(state->system, number, capture, &error)) {
        svp_state_note(
            notes, SVP_MESSAGE_STATE, "The simulated guest of %s goes on as it was at the checkpoint of %s",
            books->name, since);
        return true;
    }
    svp_message_split(error, &reason, &remedy);
    svp_state_note(
        notes, SVP_MESSAGE_CHECKPOINT, "The simulated guest of %s begins anew, when it is activated: %s",
        books->name, reason);
    return false;
}

static bool read_contents(SvpState *state, const SvpStateFolder *folder, GError **error)
{
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        if (!svp_state_read_content(state, folder, k, error))
            return false;
    return true;
}

void svp_state_read_guests(SvpState *state, const SvpStateFolder *folder, GPtrArray *notes)
{
    g_autoptr(GError) error = NULL;
    json_t *guests = svp_state_folder_read_json(folder, GUESTS, &error);
    const json_t *numbers = json_object_get(guests, "lpars");
    g_autoptr(GDateTime) then = g_date_time_new_from_unix_local(
        json_integer_value(json_object_get(guests, "wall_us")) / G_USEC_PER_SEC);
    g_autofree char *since = g_date_time_format(then, "%Y-%m-%d %H:%M:%S");

    if (guests && read_contents(state, folder, &error))
        for (size_t i = 0; i < json_array_size(numbers); i++)
            read_guest(state, folder, (unsigned)json_integer_value(json_array_get(numbers, i)), since, notes);
    else {
        g_autofree char *reason = NULL, *remedy = NULL;

        svp_message_split(error, &reason, &remedy);
        svp_state_note(
            notes, SVP_MESSAGE_CHECKPOINT, "Simulated guests begin anew, when they are activated: %s",
            reason);
    }
    json_decref(guests);
}
