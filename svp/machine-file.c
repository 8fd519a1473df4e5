/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading a machine file, in three passes of which each does all it can before the next:
 *
 *     scan     the text becomes groups with keys and values            machine-file-scan.c
 *     apply    each value is read into its field of the definition     here, by the table in machine-file-keys.c
 *     check    the definition is looked at as a whole                  resmgr_definition_check()
 *
 * Problems of the first two are reported in the order of the lines, then those of the check. What could not be read is
 * left at its default, which the check may dislike; such consequences are kept quiet by means of spoiled keys.
 * A definition is handed out only if there was no problem at all.
 */
#include "svp/machine-file-disks.h"
#include "svp/machine-file-scan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_NAME "MACHINE"

typedef struct {
    const SvpFileScan *scan;
    SvpFileProblems *problems;
    ResmgrDefinition *definition;
} Reader;

/* What the check would say about a key that has no right value is no second mistake. */
static void spoil(Reader *reader, const SvpFileGroup *group, const SvpFileKey *key)
{
    svp_file_problems_spoil(reader->problems, group->title, key->name);
    if (!key->affects)
        return;
    g_auto(GStrv) affected = g_strsplit(key->affects, " ", -1);

    for (char **name = affected; *name; name++) {
        bool own = group->kind == SVP_FILE_LPAR && svp_file_key(SVP_FILE_LPAR, *name);
        svp_file_problems_spoil(reader->problems, own ? group->title : NULL, *name);
    }
}

/* The remedy shows a value that would do. */
static void report_missing(Reader *reader, const SvpFileGroup *group, const SvpFileKey *key)
{
    g_autofree char *remedy = g_strdup_printf("give it, as in %s = %s", key->name, key->example);

    /* An unknown key that looks like this one has been reported, and is the reason. */
    if (!svp_file_problems_spoiled(reader->problems, group->title, key->name))
        svp_file_problems_add(
            reader->problems, group->line, group->title, key->name, NULL, remedy, "the key is missing");
    spoil(reader, group, key);
}

static bool
read_value(const Reader *reader, const SvpFileType *type, const char *text, void *field, GError **error)
{
    return type->read_in ? type->read_in(text, reader->definition->machine->directory, field, error)
                         : type->read(text, field, error);
}

static void apply_keys(Reader *reader, const SvpFileGroup *group, void *object)
{
    const SvpFileKindRow *row = svp_file_kind(group->kind);

    for (unsigned i = 0; i < row->n_keys; i++) {
        const SvpFileKey *key = &row->keys[i];
        g_autoptr(GError) error = NULL;
        if (group->lines[i] == 0) {
            if (key->required)
                report_missing(reader, group, key);
        } else if (!read_value(reader, key->type, group->values[i], (char *)object + key->offset, &error)) {
            svp_file_problems_add_error(
                reader->problems, group->lines[i], group->title, key->name, group->values[i], error);
            spoil(reader, group, key);
        }
    }
}

static bool is_given(const SvpFileGroup *group, const char *name)
{
    return group->lines[svp_file_key(group->kind, name) - svp_file_kind(group->kind)->keys] != 0;
}

/* A device whose name is a device number need not say it twice. */
static void apply_device(Reader *reader, const SvpFileGroup *group)
{
    HvDeviceDef *device = hv_device_def_new(group->name, 0, 0);
    uint32_t number = 0;

    g_ptr_array_add(reader->definition->machine->devices, device);
    if (!is_given(group, "number")) {
        if (hv_quantity_parse_hex(group->name, 4, &number, NULL))
            device->number = (uint16_t)number;
        else
            report_missing(reader, group, svp_file_key(SVP_FILE_DEVICE, "number"));
    }
    apply_keys(reader, group, device);
}

static void apply_channel(Reader *reader, const SvpFileGroup *group)
{
    uint32_t chpid = 0;
    bool valid = hv_quantity_parse_hex(group->name, 2, &chpid, NULL);

    g_assert(valid);
    apply_keys(reader, group, &reader->definition->machine->chps[chpid]);
}

static void apply_group(Reader *reader, const SvpFileGroup *group)
{
    switch (group->kind) {
    case SVP_FILE_MACHINE:
        apply_keys(reader, group, reader->definition->machine);
        break;
    case SVP_FILE_LPAR: {
        ResmgrLparDef *lpar = resmgr_lpar_def_new(group->name, 0);
        g_ptr_array_add(reader->definition->lpars, lpar);
        apply_keys(reader, group, lpar);
        break;
    }
    case SVP_FILE_GROUP: {
        ResmgrGroupDef *def = resmgr_group_def_new(group->name);
        g_ptr_array_add(reader->definition->groups, def);
        apply_keys(reader, group, def);
        break;
    }
    case SVP_FILE_CLUSTER: {
        ResmgrClusterDef *def = resmgr_cluster_def_new(group->name);
        g_ptr_array_add(reader->definition->clusters, def);
        apply_keys(reader, group, def);
        break;
    }
    case SVP_FILE_CHANNEL:
        apply_channel(reader, group);
        break;
    case SVP_FILE_DEVICE:
        apply_device(reader, group);
        break;
    case SVP_FILE_CLASS: {
        HvClassDef *def = hv_class_def_new(group->name);
        g_ptr_array_add(reader->definition->classes, def);
        apply_keys(reader, group, def);
        break;
    }
    case SVP_FILE_KINDS:
        g_assert_not_reached();
    }
}

/* LPARs without a number get the lowest free ones, in the order of the file. There are at most as many as numbers. */
static void number_lpars(const ResmgrDefinition *definition)
{
    bool taken[RESMGR_MAX_LPARS + 1] = {true};
    unsigned lowest = 0;

    for (unsigned i = 0; i < definition->lpars->len; i++)
        taken[((const ResmgrLparDef *)g_ptr_array_index(definition->lpars, i))->number] = true;
    for (unsigned i = 0; i < definition->lpars->len; i++) {
        ResmgrLparDef *lpar = g_ptr_array_index(definition->lpars, i);
        if (lpar->number != 0)
            continue;
        while (taken[lowest])
            lowest++;
        g_assert(lowest <= RESMGR_MAX_LPARS);
        taken[lowest] = true;
        lpar->number = lowest;
    }
}

static void expand_disks(Reader *reader)
{
    const SvpFileKindRow *devices = svp_file_kind(SVP_FILE_DEVICE);

    if (!svp_machine_file_expand_disks(reader->definition, devices->max))
        svp_file_problems_add(
            reader->problems, 0, NULL, NULL, NULL, NULL,
            "a machine has at most %u devices, and with those of disks there are more", devices->max);
}

static void apply(Reader *reader)
{
    g_autofree char *machine_title = g_strdup(svp_file_kind(SVP_FILE_MACHINE)->word);
    const SvpFileGroup no_machine = {.kind = SVP_FILE_MACHINE, .title = machine_title};

    reader->definition->machine->name = g_strdup(DEFAULT_NAME);
    for (unsigned i = 0; i < reader->scan->groups->len; i++)
        apply_group(reader, g_ptr_array_index(reader->scan->groups, i));
    if (!svp_file_scan_group(reader->scan, machine_title))
        apply_group(reader, &no_machine);
    number_lpars(reader->definition);
    resmgr_definition_attach_classes(reader->definition);
    expand_disks(reader);
}

/* The check speaks of keys by name; their lines, and their values as they were written, are in the scan. */
static void report_check(
    const char *title, const char *name, const char *value, const char *reason, const char *remedy,
    void *data)
{
    Reader *reader = data;
    const SvpFileGroup *group = svp_file_scan_group(reader->scan, title);
    const SvpFileKey *key = group && name ? svp_file_key(group->kind, name) : NULL;
    unsigned line = group ? group->line : 0;

    if (name && svp_file_problems_spoiled(reader->problems, title, name))
        return;
    if (key) {
        size_t position = (size_t)(key - svp_file_kind(group->kind)->keys);
        line = group->lines[position] ? group->lines[position] : line;
        value = group->lines[position] ? group->values[position] : value;
    }
    if (value && *value == '\0')
        value = NULL;
    svp_file_problems_add(
        reader->problems, line, group ? group->title : title, name, value, remedy, "%s", reason);
}

static ResmgrDefinition *
parse(const char *text, size_t length, const char *directory, SvpFileProblems *problems)
{
    g_autoptr(SvpFileScan) scan = svp_file_scan_new(text, length, problems);
    g_autoptr(ResmgrDefinition) definition = resmgr_definition_new();
    Reader reader = {.scan = scan, .problems = problems, .definition = definition};

    definition->machine->directory = g_strdup(directory);
    apply(&reader);
    svp_file_problems_sort(problems);
    resmgr_definition_check(definition, report_check, &reader);
    return g_steal_pointer(&definition);
}

static unsigned line_of(const char *text, const char *position)
{
    unsigned line = 1;

    for (const char *c = text; c < position; c++)
        line += *c == '\n';
    return line;
}

/* What is not a text at all is not looked at line by line. */
static bool is_text(const char *text, size_t length, SvpFileProblems *problems)
{
    const char *bad;

    if (length > SVP_MACHINE_FILE_MAX_BYTES)
        svp_file_problems_add(
            problems, 0, NULL, NULL, NULL, NULL, "the file is larger than %zu MiB, which no machine file is",
            SVP_MACHINE_FILE_MAX_BYTES >> 20);
    else if (length == 0)
        svp_file_problems_add(problems, 0, NULL, NULL, NULL, "begin with [machine]", "the file is empty");
    else if (!g_utf8_validate_len(text, length, &bad))
        svp_file_problems_add(
            problems, line_of(text, bad), NULL, NULL, NULL, "save the file as plain text in UTF-8",
            "byte 0x%02X, number %zu of the file, is not UTF-8 text", (unsigned char)*bad,
            (size_t)(bad - text) + 1);
    else
        return true;
    return false;
}

ResmgrDefinition *
svp_machine_file_parse_in(const char *directory, const char *text, size_t length, GPtrArray **ret_problems)
{
    g_autoptr(SvpFileProblems) problems = svp_file_problems_new();
    g_autoptr(ResmgrDefinition) definition = NULL;

    if (is_text(text, length, problems))
        definition = parse(text, length, directory, problems);
    *ret_problems = svp_file_problems_steal(problems);
    return *ret_problems ? NULL : g_steal_pointer(&definition);
}

ResmgrDefinition *svp_machine_file_parse(const char *text, size_t length, GPtrArray **ret_problems)
{
    return svp_machine_file_parse_in(/* directory= */ NULL, text, length, ret_problems);
}

/* Up to one byte more than a machine file may have, from a file or a pipe. NULL with errno if it cannot be read. */
static GByteArray *read_bytes(const char *path)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    FILE *file = fopen(path, "re");
    unsigned char chunk[65536];
    size_t n;

    if (!file)
        return NULL;
    while (bytes->len <= SVP_MACHINE_FILE_MAX_BYTES && (n = fread(chunk, 1, sizeof chunk, file)) > 0)
        g_byte_array_append(bytes, chunk, (unsigned)n);
    int error = ferror(file) ? errno : 0;

    fclose(file);
    errno = error;
    return error == 0 ? g_steal_pointer(&bytes) : NULL;
}

ResmgrDefinition *svp_machine_file_read(const char *path, GPtrArray **ret_problems)
{
    g_autoptr(GByteArray) bytes = read_bytes(path);
    g_autofree char *relative = g_path_get_dirname(path);
    g_autofree char *directory = g_canonicalize_filename(relative, /* relative_to= */ NULL);

    if (bytes)
        return svp_machine_file_parse_in(directory, (const char *)bytes->data, bytes->len, ret_problems);
    g_autoptr(SvpFileProblems) problems = svp_file_problems_new();
    g_autofree char *why = g_strdup(g_strerror(errno));

    why[0] = g_ascii_tolower(why[0]);
    svp_file_problems_add(problems, 0, NULL, NULL, NULL, NULL, "the machine file cannot be read: %s", why);
    *ret_problems = svp_file_problems_steal(problems);
    return NULL;
}
