/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values of a machine file that speak of real guests and of the host that they run on.
 *
 * Names of files and what is handed to a kernel are taken as they stand, longer than other texts and with any
 * character but a backslash: whether such a file exists is seen when it is used. Sets of host CPUs are brought into one
 * form, so that two spellings of a set are one value. What needs a second value (an IP that the machine does not have, a
 * disk of two guests) is left to the check of the whole definition.
 */
#include "svp/machine-file-types.h"

#include <string.h>

#define DOMAIN_MAX   255
#define URI_MAX      200
#define FILE_MAX     1024
#define CMDLINE_MAX  2048
#define NETWORK_MAX  64
#define DISKS_MAX    16 /* device numbers run from 0x1000 + 16 * LPAR */
#define HOST_CPU_MAX 4095

#define HOST_CPUS_REMEDY                                                                                     \
    "give IP:CPUS with ';' between them, CPUS being numbers and ranges from 0 to 4095, as in "               \
    "1:0;2:1;3:0-1,3"

static bool is_text(const char *text, long max)
{
    return *text != '\0' && g_utf8_strlen(text, -1) <= max && !strchr(text, '\\');
}

static void replace(void *field, const char *text)
{
    char **place = field;

    g_free(*place);
    *place = g_strdup(text);
}

static char *format_text(const void *field)
{
    return g_strdup(*(char *const *)field);
}

static bool read_domain(const char *text, void *field, GError **error)
{
    if (!is_text(text, DOMAIN_MAX))
        return svp_file_type_refuse(
            text, "the name of a domain", "give 1 to 255 characters without a backslash", error);
    replace(field, text);
    return true;
}

const SvpFileType svp_file_type_domain = {.read = read_domain, .format = format_text};

static bool read_file(const char *text, void *field, GError **error)
{
    if (!is_text(text, FILE_MAX))
        return svp_file_type_refuse(
            text, "the name of a file", "give 1 to 1024 characters without a backslash", error);
    replace(field, text);
    return true;
}

const SvpFileType svp_file_type_file = {.read = read_file, .format = format_text};

static bool read_cmdline(const char *text, void *field, GError **error)
{
    if (!is_text(text, CMDLINE_MAX))
        return svp_file_type_refuse(
            text, "a command line of a kernel", "give 1 to 2048 characters without a backslash", error);
    replace(field, text);
    return true;
}

const SvpFileType svp_file_type_cmdline = {.read = read_cmdline, .format = format_text};

static bool read_uri(const char *text, void *field, GError **error)
{
    g_autofree char *scheme = g_uri_parse_scheme(text);

    if (!is_text(text, URI_MAX) || !scheme || !g_str_has_prefix(text + strlen(scheme), "://"))
        return svp_file_type_refuse(
            text, "a URI of libvirt", "give one of up to 200 characters, as in " HV_LIBVIRT_URI, error);
    replace(field, text);
    return true;
}

const SvpFileType svp_file_type_uri = {.read = read_uri, .format = format_text};

static bool read_backend(const char *text, void *field, GError **error)
{
    bool libvirt = g_ascii_strcasecmp(text, "libvirt") == 0;

    if (!libvirt && g_ascii_strcasecmp(text, "model") != 0)
        return svp_file_type_refuse(text, "a backend", "give model or libvirt", error);
    *(bool *)field = libvirt;
    return true;
}

static char *format_backend(const void *field)
{
    return g_strdup(*(const bool *)field ? "libvirt" : "model");
}

const SvpFileType svp_file_type_backend = {.read = read_backend, .format = format_backend};

static bool read_arch(const char *text, void *field, GError **error)
{
    return hv_arch_parse(text, field) ||
           svp_file_type_refuse(text, "an architecture", "give x86_64 or s390x", error);
}

static char *format_arch(const void *field)
{
    return g_strdup(hv_arch_name(*(const HvArch *)field));
}

const SvpFileType svp_file_type_arch = {.read = read_arch, .format = format_arch};

static bool read_virt(const char *text, void *field, GError **error)
{
    return hv_virt_parse(text, field) ||
           svp_file_type_refuse(text, "a kind of virtualization", "give auto, kvm or qemu", error);
}

static char *format_virt(const void *field)
{
    return g_strdup(hv_virt_name(*(const HvVirt *)field));
}

const SvpFileType svp_file_type_virt = {.read = read_virt, .format = format_virt};

static bool read_grow(const char *text, void *field, GError **error)
{
    return hv_grow_parse(text, field) ||
           svp_file_type_refuse(
               text, "a way of growing main storage", "give default, dimm, virtio-mem or balloon", error);
}

static char *format_grow(const void *field)
{
    return g_strdup(hv_grow_name(*(const HvGrow *)field));
}

const SvpFileType svp_file_type_grow = {.read = read_grow, .format = format_grow};

static bool read_image_format(const char *text, void *field, GError **error)
{
    bool qcow2 = g_ascii_strcasecmp(text, "qcow2") == 0;

    if (!qcow2 && g_ascii_strcasecmp(text, "raw") != 0)
        return svp_file_type_refuse(text, "a format of disk images", "give raw or qcow2", error);
    *(bool *)field = qcow2;
    return true;
}

static char *format_image_format(const void *field)
{
    return g_strdup(*(const bool *)field ? "qcow2" : "raw");
}

const SvpFileType svp_file_type_image_format = {.read = read_image_format, .format = format_image_format};

/* "user", "network:NAME" or "bridge:NAME" with the word in small letters; NULL if it is neither. */
static char *canonical_nic(const char *text)
{
    static const char *const words[] = {"network", "bridge"};
    g_auto(GStrv) halves = g_strsplit(text, ":", 2);

    if (g_ascii_strcasecmp(text, "user") == 0)
        return g_strdup("user");
    if (!halves[0] || !halves[1])
        return NULL;
    g_strstrip(halves[0]);
    g_strstrip(halves[1]);
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_ascii_strcasecmp(halves[0], words[i]) == 0 && is_text(halves[1], NETWORK_MAX))
            return g_strconcat(words[i], ":", halves[1], NULL);
    }
    return NULL;
}

static bool read_nic(const char *text, void *field, GError **error)
{
    g_autofree char *nic = canonical_nic(text);

    if (!nic)
        return svp_file_type_refuse(
            text, "a network interface", "give user, network:NAME or bridge:NAME", error);
    replace(field, nic);
    return true;
}

const SvpFileType svp_file_type_nic = {.read = read_nic, .format = format_text};

static bool read_disks(const char *text, void *field, GError **error)
{
    static const char remedy[] = "give 1 to 16 names of files with ';' between them";
    g_auto(GStrv) files = svp_file_type_split(text, DISKS_MAX, remedy, error);
    GPtrArray *disks = *(GPtrArray **)field;

    if (!files)
        return false;
    for (char **file = files; *file; file++) {
        if (!is_text(*file, FILE_MAX))
            return svp_file_type_refuse(
                *file, "the name of a file", "give 1 to 1024 characters without a backslash", error);
    }
    if (!*files)
        return svp_file_type_refuse(text, "a list of files", remedy, error);
    g_ptr_array_set_size(disks, 0);
    for (char **file = files; *file; file++)
        g_ptr_array_add(disks, g_strdup(*file));
    return true;
}

static char *format_disks(const void *field)
{
    GPtrArray *disks = *(GPtrArray *const *)field;

    return disks->len > 0 ? svp_file_type_names.format(field) : NULL;
}

const SvpFileType svp_file_type_disks = {.read = read_disks, .format = format_disks};

/* "0-1, 3" without blanks and leading zeros; NULL if it is no set. */
static char *canonical_cpus(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    g_autoptr(GString) set = g_string_new(NULL);

    for (char **part = parts; *part; part++) {
        g_auto(GStrv) ends = g_strsplit(*part, "-", 2);
        uint64_t first, last;
        if (!ends[0] || !hv_quantity_parse_number(g_strstrip(ends[0]), 0, HOST_CPU_MAX, &first, NULL))
            return NULL;
        last = first;
        if (ends[1] && !hv_quantity_parse_number(g_strstrip(ends[1]), first, HOST_CPU_MAX, &last, NULL))
            return NULL;
        g_string_append_printf(set, "%s%u", set->len > 0 ? "," : "", (unsigned)first);
        if (last > first)
            g_string_append_printf(set, "-%u", (unsigned)last);
    }
    return set->len > 0 ? g_strdup(set->str) : NULL;
}

/* "3:0-1,3" into cpus[3 - 1]. */
static bool read_ip_cpus(const char *element, GPtrArray *cpus, GError **error)
{
    g_auto(GStrv) halves = g_strsplit(element, ":", 2);
    g_autofree char *set = halves[1] ? canonical_cpus(halves[1]) : NULL;
    uint64_t ip;

    if (!set || !hv_quantity_parse_number(g_strstrip(halves[0]), 1, HV_MAX_IPS, &ip, NULL))
        return svp_file_type_refuse(element, "an IP with its host CPUs", HOST_CPUS_REMEDY, error);
    if (cpus->len < ip)
        g_ptr_array_set_size(cpus, (int)ip);
    if (cpus->pdata[ip - 1]) {
        g_set_error(
            error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
            "IP %u is given twice\ngive one set for it, as in %u:0-1,3", (unsigned)ip, (unsigned)ip);
        return false;
    }
    cpus->pdata[ip - 1] = g_steal_pointer(&set);
    return true;
}

static bool read_host_cpus(const char *text, void *field, GError **error)
{
    g_auto(GStrv) elements = svp_file_type_split(text, HV_MAX_IPS, HOST_CPUS_REMEDY, error);
    g_autoptr(GPtrArray) cpus = g_ptr_array_new_with_free_func(g_free);

    if (!elements)
        return false;
    for (char **element = elements; *element; element++) {
        if (!read_ip_cpus(*element, cpus, error))
            return false;
    }
    if (cpus->len == 0)
        return svp_file_type_refuse(text, "a list of IPs with their host CPUs", HOST_CPUS_REMEDY, error);
    g_ptr_array_unref(*(GPtrArray **)field);
    *(GPtrArray **)field = g_steal_pointer(&cpus);
    return true;
}

static char *format_host_cpus(const void *field)
{
    const GPtrArray *cpus = *(GPtrArray *const *)field;
    g_autoptr(GString) text = g_string_new(NULL);

    for (unsigned i = 0; i < cpus->len; i++) {
        if (cpus->pdata[i])
            g_string_append_printf(
                text, "%s%u:%s", text->len > 0 ? ";" : "", i + 1, (const char *)cpus->pdata[i]);
    }
    return text->len > 0 ? g_strdup(text->str) : NULL;
}

const SvpFileType svp_file_type_host_cpus = {.read = read_host_cpus, .format = format_host_cpus};
