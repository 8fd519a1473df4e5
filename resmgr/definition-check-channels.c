/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Channel paths and devices in a definition. A path that is not shared has at most one LPAR at power on, and
 * that LPAR must be one that may get it; lists name LPARs that exist; devices stand behind paths that are
 * installed; and no LPAR reaches two devices of one number, because its guest could not tell them apart.
 */
#include "resmgr/definition-check.h"

static char *chpids_text(const GArray *chpids)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < chpids->len; i++)
        g_string_append_printf(text, "%s%02X", i > 0 ? ";" : "", g_array_index(chpids, uint8_t, i));
    return g_string_free(text, FALSE);
}

static bool lists(const GArray *chpids, unsigned length, uint8_t chpid)
{
    for (unsigned i = 0; i < length; i++) {
        if (g_array_index(chpids, uint8_t, i) == chpid)
            return true;
    }
    return false;
}

static void check_owner(ResmgrDefinitionCheck *check, unsigned index, uint8_t chpid, const char *value)
{
    const ResmgrLparDef *lpar = check->definition->lpars->pdata[index];
    const HvChpDef *chp = &check->definition->machine->chps[chpid];

    for (unsigned i = 0; i < index && chp->mode != HV_CHP_SHARED; i++) {
        const ResmgrLparDef *other = check->definition->lpars->pdata[i];
        if (!lists(other->channels, other->channels->len, chpid))
            continue;
        resmgr_definition_check_problem(
            check, "channels", value, "a path of several LPARs needs mode = shared",
            "path %02X, which is %s, belongs to %s", chpid, hv_chp_mode_name(chp->mode), other->name);
        break;
    }
    if (!resmgr_definition_is_candidate(check->definition, chpid, lpar))
        resmgr_definition_check_problem(
            check, "channels", value, "add it to the candidates of the channel",
            "%s is not a candidate for path %02X", lpar->name, chpid);
}

void resmgr_definition_check_lpar_channels(ResmgrDefinitionCheck *check, unsigned index)
{
    const ResmgrLparDef *lpar = check->definition->lpars->pdata[index];
    g_autofree char *value = chpids_text(lpar->channels);

    for (unsigned i = 0; i < lpar->channels->len; i++) {
        uint8_t chpid = g_array_index(lpar->channels, uint8_t, i);
        if (lists(lpar->channels, i, chpid))
            resmgr_definition_check_problem(
                check, "channels", value, NULL, "path %02X is given twice", chpid);
        else if (!check->definition->machine->chps[chpid].installed)
            resmgr_definition_check_problem(
                check, "channels", value, "channels of [machine] lists those that are",
                "path %02X is not installed", chpid);
        else
            check_owner(check, index, chpid, value);
    }
}

static char *names_text(const GPtrArray *names)
{
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; names != NULL && i < names->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ";" : "", (const char *)names->pdata[i]);
    return g_string_free(text, FALSE);
}

static void
check_names(ResmgrDefinitionCheck *check, const char *key, const GPtrArray *names, const char *value)
{
    g_autoptr(GPtrArray) known = g_ptr_array_new();

    for (unsigned i = 0; names != NULL && i < names->len; i++) {
        const char *name = names->pdata[i];
        const ResmgrLparDef *lpar = resmgr_definition_find(check->definition, name);
        if (lpar == NULL)
            resmgr_definition_check_problem(check, key, value, NULL, "there is no LPAR %s", name);
        else if (g_ptr_array_find(known, lpar, NULL))
            resmgr_definition_check_problem(check, key, value, NULL, "%s is given twice", lpar->name);
        else
            g_ptr_array_add(known, (gpointer)(uintptr_t)lpar);
    }
}

static void check_access(ResmgrDefinitionCheck *check, uint8_t chpid, const char *value)
{
    const HvChpDef *chp = &check->definition->machine->chps[chpid];
    unsigned n_names = chp->access != NULL ? chp->access->len : 0;

    if (n_names > 0 && chp->mode != HV_CHP_SHARED)
        resmgr_definition_check_problem(
            check, "access", value, "list the path in the LPAR's channels, or make it mode = shared",
            "an access list is for shared paths, and this one is %s", hv_chp_mode_name(chp->mode));
    for (unsigned i = 0; i < n_names; i++) {
        const ResmgrLparDef *lpar = resmgr_definition_find(check->definition, chp->access->pdata[i]);
        if (lpar != NULL && !resmgr_definition_is_candidate(check->definition, chpid, lpar))
            resmgr_definition_check_problem(
                check, "access", value, "add it to the candidates", "%s is not a candidate for path %02X",
                lpar->name, chpid);
    }
}

/* A [channel] group for a path that the machine does not have would be without effect: its first key is
 * named. */
static void
check_not_installed(ResmgrDefinitionCheck *check, uint8_t chpid, const char *candidates, const char *access)
{
    const HvChpDef *chp = &check->definition->machine->chps[chpid];
    const char *key = NULL, *value = "";
    g_autofree char *service = hv_quantity_format_duration(chp->service_ns);

    if (chp->mode != HV_CHP_RECONFIGURABLE)
        key = "mode", value = hv_chp_mode_name(chp->mode);
    else if (chp->candidates_given)
        key = "candidates", value = candidates;
    else if (*access != '\0')
        key = "access", value = access;
    else if (chp->service_ns != 0)
        key = "service-time", value = service;
    if (key != NULL)
        resmgr_definition_check_problem(
            check, key, value, "add it to channels of [machine]", "path %02X is not installed", chpid);
}

void resmgr_definition_check_channel(ResmgrDefinitionCheck *check, uint8_t chpid)
{
    const HvChpDef *chp = &check->definition->machine->chps[chpid];
    g_autofree char *candidates = names_text(chp->candidates);
    g_autofree char *access = names_text(chp->access);

    if (!chp->installed) {
        check_not_installed(check, chpid, candidates, access);
        return;
    }
    check_names(check, "candidates", chp->candidates, candidates);
    check_names(check, "access", chp->access, access);
    check_access(check, chpid, access);
}

static void check_device_paths(ResmgrDefinitionCheck *check, const HvDeviceDef *device)
{
    g_autoptr(GArray) chpids = g_array_new(FALSE, FALSE, sizeof(uint8_t));

    for (unsigned c = 0; c < HV_MAX_CHPS; c++) {
        uint8_t chpid = (uint8_t)c;
        if (hv_device_def_on_chp(device, chpid))
            g_array_append_val(chpids, chpid);
    }
    g_autofree char *value = chpids_text(chpids);
    if (chpids->len == 0)
        resmgr_definition_check_problem(
            check, "channels", value, NULL, "device %s is on no path", device->name);
    for (unsigned i = 0; i < chpids->len; i++) {
        uint8_t chpid = g_array_index(chpids, uint8_t, i);
        if (!check->definition->machine->chps[chpid].installed)
            resmgr_definition_check_problem(
                check, "channels", value, "channels of [machine] lists those that are",
                "path %02X is not installed", chpid);
    }
}

static bool reaches(const ResmgrDefinitionCheck *check, unsigned lpar, const HvDeviceDef *device)
{
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        if (hv_device_def_on_chp(device, (uint8_t)chpid) && resmgr_lpar_map_has(check->users[chpid], lpar))
            return true;
    }
    return false;
}

static void check_conflict(ResmgrDefinitionCheck *check, const HvDeviceDef *device, const HvDeviceDef *other)
{
    g_autofree char *value = g_strdup_printf("%04X", device->number);

    for (unsigned i = 0; i < check->definition->lpars->len; i++) {
        const ResmgrLparDef *lpar = check->definition->lpars->pdata[i];
        bool known = lpar->number <= RESMGR_MAX_LPARS;
        if (known && reaches(check, lpar->number, device) && reaches(check, lpar->number, other))
            resmgr_definition_check_problem(
                check, "number", value, "give one of them another number",
                "%s would reach two devices of number %s, %s and %s", lpar->name, value, other->name,
                device->name);
    }
}

void resmgr_definition_check_device(ResmgrDefinitionCheck *check, unsigned index)
{
    const GPtrArray *devices = check->definition->machine->devices;
    const HvDeviceDef *device = devices->pdata[index];

    check_device_paths(check, device);
    for (unsigned i = 0; i < index; i++) {
        const HvDeviceDef *other = devices->pdata[i];
        if (g_ascii_strcasecmp(other->name, device->name) == 0)
            resmgr_definition_check_problem(
                check, "name", device->name, NULL, "there are two devices named %s", device->name);
        if (other->number == device->number)
            check_conflict(check, device, other);
    }
}
