/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whether a definition can be used: every problem of it, found in one run, because somebody who corrects a
 * machine file wants to see all that is wrong and not one thing at a time.
 *
 * This file keeps the order (the machine, its LPARs as listed, groups of them, then channels and devices) and looks at the
 * machine itself and at names, numbers and kinds of guests. Storage, processors, channels and real guests have
 * a file each. A problem is reported at the later of two entries that conflict, and its reason names the
 * earlier one.
 *
 * What passes here never fails later: resmgr_state_new() asserts that there is no problem.
 */
#include "resmgr/definition-check.h"

#include "hv/guest.h"

#include <string.h>

#define LPAR_NAME_MAX 16
#define SLICE_MIN_NS  (1 * HV_NS_PER_MS)
#define SLICE_MAX_NS  (100 * HV_NS_PER_MS)

void resmgr_definition_check_problem(
    ResmgrDefinitionCheck *check, const char *key, const char *value, const char *remedy, const char *format,
    ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *reason = g_strdup_vprintf(format, args);
    va_end(args);
    check->n_problems++;
    if (check->report != NULL)
        check->report(check->group, key, value != NULL ? value : "", reason, remedy, check->data);
}

bool resmgr_definition_check_multiple(ResmgrDefinitionCheck *check, const char *key, uint64_t bytes)
{
    uint64_t increment = check->definition->machine->increment_bytes;

    if (increment == 0 || bytes % increment == 0)
        return true;
    uint64_t below = bytes / increment * increment;
    g_autofree char *value = hv_quantity_format_size(bytes);
    g_autofree char *granule = hv_quantity_format_size(increment);
    g_autofree char *lower = hv_quantity_format_size(below);
    g_autofree char *upper = hv_quantity_format_size(below + increment);
    g_autofree char *remedy = g_strdup_printf("the nearest sizes that are: %s and %s", lower, upper);
    resmgr_definition_check_problem(
        check, key, value, remedy, "%s is not a multiple of the increment %s", value, granule);
    return false;
}

static void check_machine_storage(ResmgrDefinitionCheck *check)
{
    const HvMachineDef *machine = check->definition->machine;

    if (machine->increment_bytes == 0 || machine->increment_bytes % HV_PAGE_SIZE != 0) {
        g_autofree char *value = hv_quantity_format_size(machine->increment_bytes);
        resmgr_definition_check_problem(
            check, "increment", value, "the default is 1M", "%s is not a positive multiple of 4K", value);
    }
    if (machine->ms_bytes == 0)
        resmgr_definition_check_problem(check, "ms", "0", NULL, "the machine has no MS");
    resmgr_definition_check_multiple(check, "ms", machine->ms_bytes);
    resmgr_definition_check_multiple(check, "es", machine->es_bytes);
    if (machine->ms_copy_rate == 0)
        resmgr_definition_check_problem(
            check, "ms-copy-rate", "0", "the default is 2G", "a rate of 0 would never move anything");
}

static void check_machine(ResmgrDefinitionCheck *check)
{
    const HvMachineDef *machine = check->definition->machine;

    if (machine->n_ips == 0 || machine->n_ips > HV_MAX_IPS) {
        g_autofree char *value = g_strdup_printf("%u", machine->n_ips);
        resmgr_definition_check_problem(
            check, "ips", value, NULL, "a machine has 1 to %d IPs, not %s", HV_MAX_IPS, value);
    }
    check_machine_storage(check);
    if (machine->slice_ns != 0 && (machine->slice_ns < SLICE_MIN_NS || machine->slice_ns > SLICE_MAX_NS)) {
        g_autofree char *value = hv_quantity_format_duration(machine->slice_ns);
        resmgr_definition_check_problem(
            check, "time-slice", value, "without it the slice rule applies",
            "%s is not between 1ms and 100ms", value);
    }
    resmgr_definition_check_machine_guests(check);
}

bool resmgr_definition_check_name_is_valid(const char *name)
{
    size_t length = strlen(name);

    if (length == 0 || length > LPAR_NAME_MAX || strspn(name, "0123456789") == length)
        return false;
    for (const char *c = name; *c != '\0'; c++) {
        if (!g_ascii_isalnum(*c) && strchr("_-$#@", *c) == NULL)
            return false;
    }
    return true;
}

static void check_identity(ResmgrDefinitionCheck *check, unsigned index)
{
    const ResmgrLparDef *lpar = check->definition->lpars->pdata[index];
    g_autofree char *number = g_strdup_printf("%u", lpar->number);

    if (!resmgr_definition_check_name_is_valid(lpar->name))
        resmgr_definition_check_problem(
            check, "name", lpar->name, NULL,
            "\"%s\" is not an LPAR name: 1 to %d letters, digits, _ - $ # @, and not digits only", lpar->name,
            LPAR_NAME_MAX);
    if (lpar->number < 1 || lpar->number > RESMGR_MAX_LPARS)
        resmgr_definition_check_problem(
            check, "number", number, NULL, "LPAR numbers run from 1 to %d", RESMGR_MAX_LPARS);
    for (unsigned i = 0; i < index; i++) {
        const ResmgrLparDef *other = check->definition->lpars->pdata[i];
        if (g_ascii_strcasecmp(lpar->name, other->name) == 0)
            resmgr_definition_check_problem(
                check, "name", lpar->name, NULL, "the name %s is taken by LPAR %u", other->name,
                other->number);
        if (lpar->number == other->number)
            resmgr_definition_check_problem(
                check, "number", number, NULL, "number %s is taken by %s", number, other->name);
    }
}

static void check_guest_kind(ResmgrDefinitionCheck *check, const ResmgrLparDef *lpar)
{
    if (resmgr_lpar_def_is_libvirt(lpar) || hv_guest_kind(lpar->guest) != NULL)
        return;
    resmgr_definition_check_problem(
        check, "guest", lpar->guest, "guest kinds: model, trace, libvirt", "there is no guest kind \"%s\"",
        lpar->guest);
}

static void check_lpar(ResmgrDefinitionCheck *check, unsigned index)
{
    check_identity(check, index);
    resmgr_definition_check_storage(check, index, RESMGR_MS);
    resmgr_definition_check_storage(check, index, RESMGR_ES);
    resmgr_definition_check_processors(check, index);
    resmgr_definition_check_defined_capacity(check, index);
    resmgr_definition_check_lending(check, index);
    resmgr_definition_check_weight_range(check, index);
    resmgr_definition_check_lpar_channels(check, index);
    check_guest_kind(check, check->definition->lpars->pdata[index]);
    resmgr_definition_check_guest(check, index);
    resmgr_definition_check_jobs(check, index);
}

static void enter_group(ResmgrDefinitionCheck *check, char *group)
{
    g_free(check->group);
    check->group = group;
}

static void check_begin(ResmgrDefinitionCheck *check)
{
    const HvMachineDef *machine = check->definition->machine;

    for (ResmgrStorageKind kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
        check->places[kind] = resmgr_layout_new(check->definition, kind);
    resmgr_definition_pool(check->definition, check->in_pool);
    resmgr_definition_users(check->definition, check->users);
    check->disks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (unsigned ip = 1; ip <= MIN(machine->n_ips, HV_MAX_IPS); ip++)
        check->pool_size[machine->ip_types[ip - 1]] += check->in_pool[ip - 1];
}

static void check_end(ResmgrDefinitionCheck *check)
{
    for (ResmgrStorageKind kind = 0; kind < RESMGR_STORAGE_KINDS; kind++)
        g_free(check->places[kind]);
    g_hash_table_unref(check->disks);
    g_free(check->group);
}

unsigned resmgr_definition_check(const ResmgrDefinition *definition, ResmgrProblemFunc report, void *data)
{
    ResmgrDefinitionCheck check = {.definition = definition, .report = report, .data = data};

    check_begin(&check);
    enter_group(&check, g_strdup("machine"));
    check_machine(&check);
    for (unsigned i = 0; i < definition->lpars->len; i++) {
        const ResmgrLparDef *lpar = definition->lpars->pdata[i];
        enter_group(&check, g_strdup_printf("lpar %s", lpar->name));
        check_lpar(&check, i);
    }
    for (unsigned i = 0; i < definition->groups->len; i++) {
        const ResmgrGroupDef *group = definition->groups->pdata[i];
        enter_group(&check, g_strdup_printf("group %s", group->name));
        resmgr_definition_check_group(&check, i);
    }
    for (unsigned i = 0; i < definition->clusters->len; i++) {
        const ResmgrClusterDef *cluster = definition->clusters->pdata[i];
        enter_group(&check, g_strdup_printf("cluster %s", cluster->name));
        resmgr_definition_check_cluster(&check, i);
    }
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        enter_group(&check, g_strdup_printf("channel %02X", chpid));
        resmgr_definition_check_channel(&check, (uint8_t)chpid);
    }
    for (unsigned i = 0; i < definition->machine->devices->len; i++) {
        const HvDeviceDef *device = definition->machine->devices->pdata[i];
        enter_group(&check, g_strdup_printf("device %s", device->name));
        resmgr_definition_check_device(&check, i);
        resmgr_definition_check_attached(&check, i);
    }
    for (unsigned i = 0; i < definition->classes->len; i++) {
        const HvClassDef *def = definition->classes->pdata[i];
        enter_group(&check, g_strdup_printf("class %s", def->name));
        resmgr_definition_check_class(&check, i);
    }
    check_end(&check);
    return check.n_problems;
}
