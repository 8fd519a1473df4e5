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

/* What the storages held then, and what is said of it. */
typedef struct {
    SvpState *state;
    const SvpStateFolder *folder;
    HvStorage *storages[RESMGR_STORAGE_KINDS]; /* NULL: the machine has none */
    char *since;
    GPtrArray *notes;
} Reading;

static bool read_contents(Reading *reading, GError **error)
{
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        if (!svp_state_read_content(reading->state, reading->folder, k, error))
            return false;
        const SvpStateContent *content = reading->state->contents.of[k];

        if (!content)
            continue;
        const HvStorageSnapshot *all = svp_state_content_snapshot(content);

        reading->storages[k] = hv_storage_new(hv_storage_snapshot_length(all));
        hv_storage_snapshot_apply(all, reading->storages[k], 0);
    }
    return true;
}

/* With what its areas held then. */
static MonitorCapture *read_capture(const Reading *reading, unsigned number, GError **error)
{
    g_autofree char *name = guest_name(number);
    g_autoptr(GBytes) bytes = NULL;

    if (!svp_state_folder_read(reading->folder, name, &bytes, error))
        return NULL;
    MonitorCapture *capture = monitor_capture_from_bytes(reading->state->system, bytes, error);

    for (unsigned k = 0; capture && k < RESMGR_STORAGE_KINDS; k++) {
        const ResmgrArea *area = &capture->books->areas[k];

        if (reading->storages[k] && area->size_bytes > 0)
            capture->content[k] =
                hv_storage_snapshot(reading->storages[k], area->origin_bytes, area->size_bytes);
    }
    return capture;
}

static void read_guest(const Reading *reading, unsigned number)
{
    MonitorSystem *system = reading->state->system;
    const ResmgrLpar *books = resmgr_state_lpar(monitor_system_state(system), number);
    g_autofree char *reason = NULL, *remedy = NULL;
    g_autoptr(GError) error = NULL;

    if (!books || books->assignment != RESMGR_ASSIGNED) /* deactivated or retired since */
        return;
    g_autoptr(MonitorCapture) capture = read_capture(reading, number, &error);

    if (capture && monitor_system_reinstall(system, number, capture, &error)) {
        svp_state_note(
            reading->notes, SVP_MESSAGE_STATE,
            "The simulated guest of %s goes on as it was at the checkpoint of %s", books->name,
            reading->since);
        return;
    }
    svp_message_split(error, &reason, &remedy);
    svp_state_note(
        reading->notes, SVP_MESSAGE_CHECKPOINT,
        "The simulated guest of %s begins anew, when it is activated: %s", books->name, reason);
}

static char *show_time(gint64 wall_us)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_local(wall_us / G_USEC_PER_SEC);

    return g_date_time_format(time, "%Y-%m-%d %H:%M:%S");
}

void svp_state_read_guests(SvpState *state, const SvpStateFolder *folder, GPtrArray *notes)
{
    g_autoptr(GError) error = NULL;
    json_t *guests = svp_state_folder_read_json(folder, GUESTS, &error);
    const json_t *numbers = json_object_get(guests, "lpars");
    Reading reading = {
        .state = state,
        .folder = folder,
        .since = show_time(json_integer_value(json_object_get(guests, "wall_us"))),
        .notes = notes,
    };

    if (guests && read_contents(&reading, &error))
        for (size_t i = 0; i < json_array_size(numbers); i++)
            read_guest(&reading, (unsigned)json_integer_value(json_array_get(numbers, i)));
    else
        svp_state_note_guests_lost(notes, error);
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        hv_storage_free(reading.storages[k]);
    g_free(reading.since);
    json_decref(guests);
}
