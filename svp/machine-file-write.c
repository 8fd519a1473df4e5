/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing a definition as a machine file. For each object the table of keys is gone through, and a key is written if
 * its text differs from the text that a new object gives: what was not given is not written. Required keys and numbers
 * are written always, so that a file stays right when groups are put in or taken out.
 *
 * Reading the result gives an equal definition, and writing that gives the same text.
 */
#include "svp/machine-file-keys.h"

#include "svp/machine-file.h"

/* A value that begins with '#' must stand right behind '=', or it would be a comment. */
static void write_key(GString *text, const char *name, const char *value)
{
    g_string_append_printf(text, "%s =%s%s\n", name, *value == '#' || *value == '\0' ? "" : " ", value);
}

static void write_keys(GString *text, SvpFileKind kind, const void *object, const void *fresh)
{
    const SvpFileKindRow *row = svp_file_kind(kind);

    for (unsigned i = 0; i < row->n_keys; i++) {
        const SvpFileKey *key = &row->keys[i];
        g_autofree char *value = key->type->format((const char *)object + key->offset);
        g_autofree char *otherwise = key->type->format((const char *)fresh + key->offset);
        if (value && (key->required || key->always || g_strcmp0(value, otherwise) != 0))
            write_key(text, key->name, value);
    }
}

static void write_lpars(GString *text, const ResmgrDefinition *definition)
{
    ResmgrLparDef *fresh = resmgr_lpar_def_new("", 0);

    for (unsigned i = 0; i < definition->lpars->len; i++) {
        const ResmgrLparDef *lpar = g_ptr_array_index(definition->lpars, i);
        g_string_append_printf(text, "\n[lpar %s]\n", lpar->name);
        write_keys(text, SVP_FILE_LPAR, lpar, fresh);
    }
    resmgr_lpar_def_free(fresh);
}

static void write_groups(GString *text, const ResmgrDefinition *definition)
{
    ResmgrGroupDef *fresh = resmgr_group_def_new("");

    for (unsigned i = 0; i < definition->groups->len; i++) {
        const ResmgrGroupDef *group = g_ptr_array_index(definition->groups, i);
        g_string_append_printf(text, "\n[group %s]\n", group->name);
        write_keys(text, SVP_FILE_GROUP, group, fresh);
    }
    resmgr_group_def_free(fresh);
}

static void write_clusters(GString *text, const ResmgrDefinition *definition)
{
    ResmgrClusterDef *fresh = resmgr_cluster_def_new("");

    for (unsigned i = 0; i < definition->clusters->len; i++) {
        const ResmgrClusterDef *cluster = g_ptr_array_index(definition->clusters, i);
        g_string_append_printf(text, "\n[cluster %s]\n", cluster->name);
        write_keys(text, SVP_FILE_CLUSTER, cluster, fresh);
    }
    resmgr_cluster_def_free(fresh);
}

/* A channel path that is as a new one has no group. */
static void write_channels(GString *text, const HvMachineDef *machine, const HvMachineDef *fresh)
{
    for (unsigned chpid = 0; chpid < HV_MAX_CHPS; chpid++) {
        g_autoptr(GString) keys = g_string_new(NULL);
        write_keys(keys, SVP_FILE_CHANNEL, &machine->chps[chpid], &fresh->chps[chpid]);
        if (keys->len > 0)
            g_string_append_printf(text, "\n[channel %02X]\n%s", chpid, keys->str);
    }
}

static void write_devices(GString *text, const HvMachineDef *machine)
{
    HvDeviceDef *fresh = hv_device_def_new("", 0, 0);

    for (unsigned i = 0; i < machine->devices->len; i++) {
        const HvDeviceDef *device = g_ptr_array_index(machine->devices, i);
        g_string_append_printf(text, "\n[device %s]\n", device->name);
        write_keys(text, SVP_FILE_DEVICE, device, fresh);
    }
    hv_device_def_free(fresh);
}

static void write_classes(GString *text, const GPtrArray *classes)
{
    g_autoptr(HvClassDef) fresh = hv_class_def_new("");

    for (unsigned i = 0; i < classes->len; i++) {
        const HvClassDef *def = g_ptr_array_index(classes, i);

        g_string_append_printf(text, "\n[class %s]\n", def->name);
        write_keys(text, SVP_FILE_CLASS, def, fresh);
    }
}

char *svp_machine_file_format(const ResmgrDefinition *definition)
{
    GString *text = g_string_new("[machine]\n");
    g_autoptr(HvMachineDef) fresh = hv_machine_def_new();

    write_keys(text, SVP_FILE_MACHINE, definition->machine, fresh);
    write_lpars(text, definition);
    write_groups(text, definition);
    write_clusters(text, definition);
    write_channels(text, definition->machine, fresh);
    write_devices(text, definition->machine);
    write_classes(text, definition->classes);
    return g_string_free(text, FALSE);
}
