/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A guest: what it has, what it has done, and what proves that it is still the same one.
 *
 * Boots and uptime show that it was not started again, the digest that it reads what it wrote. Looking makes the guest catch up
 * with its writes; it does not notice.
 */
#include "svp/frames/frames.h"
#include "svp/output.h"
#include "svp/table.h"

json_t *svp_guest_json(LparControl *lpar)
{
    HvGuest *guest = lpar_guest(lpar);

    if (!guest)
        return json_null();
    g_autofree char *digest = hv_guest_digest(guest);
    HvGuestStatus status = hv_guest_status(guest);
    json_t *object = json_object();

    json_object_set_new(object, "kind", json_string(guest->ops->kind));
    json_object_set_new(object, "boots", json_integer(status.boots));
    json_object_set_new(object, "uptime_s", svp_json_seconds(status.uptime_ns));
    json_object_set_new(object, "storage_online_mib", svp_json_mib(status.ms_online_bytes));
    json_object_set_new(object, "storage_assigned_mib", svp_json_mib(status.ms_assigned_bytes));
    json_object_set_new(object, "es_online_mib", svp_json_mib(status.es_online_bytes));
    json_object_set_new(object, "es_assigned_mib", svp_json_mib(status.es_assigned_bytes));
    json_object_set_new(object, "cpus_online", json_integer(status.cpus_online));
    json_object_set_new(object, "written_mib", svp_json_mib(status.written_bytes));
    json_object_set_new(object, "io_started", json_integer((json_int_t)status.io_started));
    json_object_set_new(object, "io_done", json_integer((json_int_t)status.io_done));
    json_object_set_new(object, "io_ended", json_integer((json_int_t)status.io_ended));
    json_object_set_new(object, "notified", json_integer(status.notified));
    json_object_set_new(object, "digest", digest ? json_string(digest) : json_null());
    if (hv_guest_is_real(guest))
        json_object_set_new(object, "real", svp_real_json(guest));
    return object;
}

static void size_row(SvpTable *table, const char *what, uint64_t online_bytes, uint64_t assigned_bytes)
{
    g_autofree char *online = hv_quantity_format_size(online_bytes);
    g_autofree char *assigned = hv_quantity_format_size(assigned_bytes);

    if (assigned_bytes == 0)
        return;
    svp_table_cell(table, "%s", what);
    svp_table_cell(table, "%s online of %s", online, assigned);
}

void svp_guest_frame(SvpPage *page, LparControl *lpar)
{
    static const SvpColumn columns[] = {{"", false}, {"", false}};
    HvGuest *guest = lpar_guest(lpar);
    g_autoptr(SvpTable) table = svp_table_new(columns, G_N_ELEMENTS(columns));
    g_autofree char *digest = hv_guest_digest(guest);
    HvGuestStatus status = hv_guest_status(guest);
    g_autofree char *uptime = svp_text_seconds(status.uptime_ns);
    g_autofree char *written = hv_quantity_format_size(status.written_bytes);

    svp_page_title(
        page, "Guest of %s: %s, %s", lpar_name(lpar), guest->ops->kind,
        lpar_run_state_name(lpar_run_state(lpar)));
    svp_table_cell(table, "boots");
    svp_table_cell(table, "%u, up for %s", status.boots, uptime);
    size_row(table, "MS", status.ms_online_bytes, status.ms_assigned_bytes);
    size_row(table, "ES", status.es_online_bytes, status.es_assigned_bytes);
    svp_table_cell(table, "CPUs");
    svp_table_cell(table, "%u online", status.cpus_online);
    svp_table_cell(table, "written");
    svp_table_cell(table, "%s", written);
    svp_table_cell(table, "I/O");
    svp_table_cell(
        table,
        "%" G_GUINT64_FORMAT " started, %" G_GUINT64_FORMAT " done, %" G_GUINT64_FORMAT
        " ended by the machine",
        status.io_started, status.io_done, status.io_ended);
    svp_table_cell(table, "notified");
    svp_table_cell(table, "%u time%s", status.notified, status.notified == 1 ? "" : "s");
    if (digest) {
        svp_table_cell(table, "digest");
        svp_table_cell(table, "%s", digest);
    }
    if (hv_guest_is_real(guest))
        svp_real_rows(table, guest);
    svp_table_print(table, page);
}
