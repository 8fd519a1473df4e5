/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * GUEST: what the operator of a guest says to it.
 *
 * The SVP passes it on; the guest decides, and whatever it says against it is the refusal that the operator sees. A
 * guest can be looked at in any state of its LPAR in which there is one.
 */
#include "lpar/error.h"
#include "svp/command-row.h"
#include "svp/console-private.h"
#include "svp/frames/frames.h"
#include "svp/output.h"

static bool is_online_word(const SvpCall *call, const char *operand)
{
    return g_str_equal(svp_call_word(call, operand), "ONLINE");
}

SVP_COMMAND_FUNC(guest_storage)
{
    unsigned number = svp_call_lpar(call, "lpar");
    uint64_t changed_bytes;

    if (!monitor_system_guest_storage(
            console->system, number, is_online_word(call, "ONLINE"), &changed_bytes, error))
        return false;
    LparControl *lpar = monitor_system_lpar(console->system, number);
    HvGuestStatus status = hv_guest_status(lpar_guest(lpar));

    if (result->json) {
        json_object_set_new(result->json, "lpar", json_string(lpar_name(lpar)));
        json_object_set_new(result->json, "changed_mib", svp_json_mib(changed_bytes));
        json_object_set_new(result->json, "storage_online_mib", svp_json_mib(status.ms_online_bytes));
        json_object_set_new(result->json, "es_online_mib", svp_json_mib(status.es_online_bytes));
        return true;
    }
    g_autofree char *changed = hv_quantity_format_size(changed_bytes);
    g_autofree char *online = hv_quantity_format_size(status.ms_online_bytes);

    svp_page_printf(
        result->page, SVP_STYLE_GOOD, "The guest of %s has brought %s online; it has %s of MS online now.\n",
        lpar_name(lpar), changed, online);
    return true;
}

SVP_COMMAND_FUNC(guest_cpu)
{
    unsigned number = svp_call_lpar(call, "lpar"), lip = (unsigned)svp_call_number(call, "n");
    bool online = is_online_word(call, "ONLINE|OFFLINE");

    if (!monitor_system_guest_cpu(console->system, number, lip, online, error))
        return false;
    LparControl *lpar = monitor_system_lpar(console->system, number);
    HvGuestStatus status = hv_guest_status(lpar_guest(lpar));

    if (result->json) {
        json_object_set_new(result->json, "lpar", json_string(lpar_name(lpar)));
        json_object_set_new(result->json, "cpu", json_integer(lip));
        json_object_set_new(result->json, "state", json_string(online ? "online" : "offline"));
        json_object_set_new(result->json, "cpus_online", json_integer(status.cpus_online));
        return true;
    }
    svp_page_printf(
        result->page, SVP_STYLE_GOOD, "CPU %u of %s is %s; %u are online now.\n", lip, lpar_name(lpar),
        online ? "online" : "offline", status.cpus_online);
    return true;
}

/* The LPAR, or NULL with the same refusal that any other command to a guest that is not there gets. */
static LparControl *loaded_lpar(SvpConsole *console, const SvpCall *call, GError **error)
{
    LparControl *lpar = monitor_system_lpar(console->system, svp_call_lpar(call, "lpar"));
    LparRunState state = lpar_run_state(lpar);

    if (lpar_guest(lpar))
        return lpar;
    g_set_error(
        error, LPAR_ERROR,
        state == LPAR_RETIRED         ? LPAR_ERROR_RETIRED
        : state == LPAR_NOT_ACTIVATED ? LPAR_ERROR_NOT_ACTIVATED
                                      : LPAR_ERROR_NOT_LOADED,
        "%s is %s: no guest is loaded\n%s", lpar_name(lpar), lpar_run_state_name(state),
        state == LPAR_RETIRED         ? "Name the surviving LPAR instead"
        : state == LPAR_NOT_ACTIVATED ? "ACTIVATE and LOAD it first"
                                      : "LOAD it first");
    return NULL;
}

SVP_COMMAND_FUNC(guest_display)
{
    LparControl *lpar = loaded_lpar(console, call, error);

    if (!lpar)
        return false;
    monitor_system_look(console->system, lpar_number(lpar));
    if (!result->json) {
        svp_guest_frame(result->page, lpar);
        return true;
    }
    json_object_set_new(result->json, "lpar", json_string(lpar_name(lpar)));
    json_object_set_new(result->json, "state", json_string(lpar_run_state_name(lpar_run_state(lpar))));
    json_object_set_new(result->json, "guest", svp_guest_json(lpar));
    return true;
}

SVP_COMMAND_FUNC(guest_verify)
{
    LparControl *lpar = loaded_lpar(console, call, error);

    if (!lpar || !hv_guest_verify(lpar_guest(lpar), error))
        return false;
    g_autofree char *digest = hv_guest_digest(lpar_guest(lpar));

    if (result->json) {
        json_object_set_new(result->json, "lpar", json_string(lpar_name(lpar)));
        json_object_set_new(result->json, "verified", json_true());
        json_object_set_new(result->json, "digest", json_string(digest));
        return true;
    }
    svp_page_printf(
        result->page, SVP_STYLE_GOOD, "The guest of %s finds every byte as it wrote it.\n", lpar_name(lpar));
    svp_page_printf(result->page, SVP_STYLE_PLAIN, "  digest %s\n", digest);
    return true;
}

SVP_COMMAND_FUNC(guest_tell)
{
    unsigned number = svp_call_lpar(call, "lpar");
    const char *command = svp_call_word(call, "command");
    g_autofree char *answer = NULL;

    if (!monitor_system_guest_tell(console->system, number, command, &answer, error))
        return false;
    if (result->json) {
        const char *name = lpar_name(monitor_system_lpar(console->system, number));

        json_object_set_new(result->json, "lpar", json_string(name));
        json_object_set_new(result->json, "answer", json_string(answer));
        return true;
    }
    svp_page_wrap(result->page, SVP_STYLE_PLAIN, answer, 0, 0);
    return true;
}
