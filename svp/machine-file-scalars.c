/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Single values of a machine file. Quantities and workloads are read by hv, which also says what is wrong with them;
 * here they only find their field. Words are read in any case and written in small letters as the reference shows them.
 *
 * Nothing is judged that needs a second value (a size off the increment, a cap above the machine): that is the check of
 * the whole definition.
 */
#include "svp/machine-file-types.h"

#include "hv/guest.h"

#include <string.h>

#define TEXT_MAX 64

bool svp_file_type_refuse(const char *text, const char *what, const char *remedy, GError **error)
{
    g_autofree char *begin = g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), 80));

    g_set_error(
        error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE, "\"%s\" is not %s\n%s", begin, what, remedy);
    return false;
}

/* A backslash is an escape in key files of other programs, so it is refused rather than taken as either. */
static bool read_text(const char *text, void *field, GError **error)
{
    char **place = field;

    if (*text == '\0' || g_utf8_strlen(text, -1) > TEXT_MAX || strchr(text, '\\'))
        return svp_file_type_refuse(text, "a name", "give 1 to 64 characters without a backslash", error);
    g_free(*place);
    *place = g_strdup(text);
    return true;
}

static char *format_text(const void *field)
{
    return g_strdup(*(char *const *)field);
}

const SvpFileType svp_file_type_text = {.read = read_text, .format = format_text};

static bool read_size(const char *text, void *field, GError **error)
{
    return hv_quantity_parse_size(text, field, error);
}

static char *format_size(const void *field)
{
    return hv_quantity_format_size(*(const uint64_t *)field);
}

const SvpFileType svp_file_type_size = {.read = read_size, .format = format_size};

static char *format_origin(const void *field)
{
    return *(const uint64_t *)field == RESMGR_ORIGIN_FIRST_FIT ? NULL : format_size(field);
}

const SvpFileType svp_file_type_origin = {.read = read_size, .format = format_origin};

static bool read_reserved(const char *text, void *field, GError **error)
{
    ResmgrStorageDef *storage = field;

    storage->reserved_given = hv_quantity_parse_size(text, &storage->reserved_bytes, error);
    return storage->reserved_given;
}

static char *format_reserved(const void *field)
{
    const ResmgrStorageDef *storage = field;

    if (!storage->reserved_given && storage->reserved_bytes == 0)
        return NULL;
    return hv_quantity_format_size(storage->reserved_bytes);
}

const SvpFileType svp_file_type_reserved = {.read = read_reserved, .format = format_reserved};

static bool read_rate(const char *text, void *field, GError **error)
{
    return hv_quantity_parse_rate(text, field, error);
}

const SvpFileType svp_file_type_rate = {.read = read_rate, .format = format_size};

static bool read_duration(const char *text, void *field, GError **error)
{
    return hv_quantity_parse_duration(text, field, error);
}

static char *format_duration(const void *field)
{
    return hv_quantity_format_duration(*(const HvTime *)field);
}

const SvpFileType svp_file_type_duration = {.read = read_duration, .format = format_duration};

static bool read_yes_no(const char *text, void *field, GError **error)
{
    static const char *const words[][2] = {{"no", "yes"}, {"false", "true"}, {"0", "1"}, {"off", "on"}};

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        for (unsigned yes = 0; yes < 2; yes++) {
            if (g_ascii_strcasecmp(words[i][yes], text) != 0)
                continue;
            *(bool *)field = yes;
            return true;
        }
    }
    return svp_file_type_refuse(text, "yes or no", "give yes or no", error);
}

static char *format_yes_no(const void *field)
{
    return g_strdup(*(const bool *)field ? "yes" : "no");
}

const SvpFileType svp_file_type_yes_no = {.read = read_yes_no, .format = format_yes_no};

static bool read_unsigned(const char *text, unsigned max, void *field, GError **error)
{
    uint64_t number;

    if (!hv_quantity_parse_number(text, 1, max, &number, error))
        return false;
    *(unsigned *)field = (unsigned)number;
    return true;
}

static char *format_unsigned(const void *field)
{
    return g_strdup_printf("%u", *(const unsigned *)field);
}

static bool read_lpar_number(const char *text, void *field, GError **error)
{
    return read_unsigned(text, RESMGR_MAX_LPARS, field, error);
}

static bool read_weight(const char *text, void *field, GError **error)
{
    return read_unsigned(text, 999, field, error);
}

static bool read_lips(const char *text, void *field, GError **error)
{
    return read_unsigned(text, HV_MAX_LIPS, field, error);
}

const SvpFileType svp_file_type_lpar_number = {.read = read_lpar_number, .format = format_unsigned};
const SvpFileType svp_file_type_weight = {.read = read_weight, .format = format_unsigned};

static char *format_unless_0(const void *field)
{
    return *(const uint32_t *)field > 0 ? format_unsigned(field) : NULL;
}

const SvpFileType svp_file_type_weight_limit = {.read = read_weight, .format = format_unless_0};
const SvpFileType svp_file_type_lips = {.read = read_lips, .format = format_unsigned};

const SvpFileType svp_file_type_lips_min = {.read = read_lips, .format = format_unless_0};

static bool read_ip_type(const char *text, void *field, GError **error)
{
    return hv_ip_type_parse(text, field) ||
           svp_file_type_refuse(text, "a type of IP", "give CP, IFL, ZIIP or ICF", error);
}

static char *format_ip_type(const void *field)
{
    return g_strdup(hv_ip_type_name(*(const HvIpType *)field));
}

const SvpFileType svp_file_type_ip_type = {.read = read_ip_type, .format = format_ip_type};

static bool read_cap(const char *text, void *field, GError **error)
{
    ResmgrCap cap = {.kind = RESMGR_CAP_ABSOLUTE};

    if (g_ascii_strcasecmp(text, "none") == 0)
        cap.kind = RESMGR_CAP_NONE;
    else if (g_ascii_strcasecmp(text, "hard") == 0)
        cap.kind = RESMGR_CAP_HARD;
    else if (!hv_quantity_parse_decimal(text, &cap.ips_hundredths, NULL))
        return svp_file_type_refuse(text, "a cap", "give none, hard, or a number of IPs such as 1.50", error);
    *(ResmgrCap *)field = cap;
    return true;
}

static char *format_cap(const void *field)
{
    const ResmgrCap *cap = field;

    if (cap->kind == RESMGR_CAP_ABSOLUTE)
        return hv_quantity_format_decimal(cap->ips_hundredths);
    return g_strdup(cap->kind == RESMGR_CAP_HARD ? "hard" : "none");
}

const SvpFileType svp_file_type_cap = {.read = read_cap, .format = format_cap};

static bool read_decimal(const char *text, void *field, GError **error)
{
    uint32_t hundredths;

    if (!hv_quantity_parse_decimal(text, &hundredths, NULL) || hundredths == 0)
        return svp_file_type_refuse(
            text, "a number above 0 with at most two decimals", "give a number such as 50 or 2.50", error);
    *(uint32_t *)field = hundredths;
    return true;
}

static char *format_decimal(const void *field)
{
    uint32_t hundredths = *(const uint32_t *)field;

    return hundredths > 0 ? hv_quantity_format_decimal(hundredths) : NULL;
}

const SvpFileType svp_file_type_decimal = {.read = read_decimal, .format = format_decimal};

static const char *const polarizations[] = {"horizontal", "vertical"};

static bool read_polarization(const char *text, void *field, GError **error)
{
    unsigned which;

    if (!hv_quantity_parse_word(text, polarizations, G_N_ELEMENTS(polarizations), &which))
        return svp_file_type_refuse(text, "a polarization", "give horizontal or vertical", error);
    *(bool *)field = which == 1;
    return true;
}

static char *format_polarization(const void *field)
{
    return g_strdup(polarizations[*(const bool *)field]);
}

const SvpFileType svp_file_type_polarization = {.read = read_polarization, .format = format_polarization};

static bool read_workload(const char *text, void *field, GError **error)
{
    return hv_workload_parse(text, field, error);
}

static char *format_workload(const void *field)
{
    return hv_workload_format(field);
}

const SvpFileType svp_file_type_workload = {.read = read_workload, .format = format_workload};

static bool read_chp_mode(const char *text, void *field, GError **error)
{
    return hv_chp_mode_parse(text, field) ||
           svp_file_type_refuse(
               text, "a mode of a channel path", "give dedicated, reconfigurable or shared", error);
}

static char *format_chp_mode(const void *field)
{
    return g_strdup(hv_chp_mode_name(*(const HvChpMode *)field));
}

const SvpFileType svp_file_type_chp_mode = {.read = read_chp_mode, .format = format_chp_mode};

static bool read_device_number(const char *text, void *field, GError **error)
{
    uint32_t number;

    if (!hv_quantity_parse_hex(text, 4, &number, error))
        return false;
    *(uint16_t *)field = (uint16_t)number;
    return true;
}

static char *format_device_number(const void *field)
{
    return g_strdup_printf("%04X", *(const uint16_t *)field);
}

const SvpFileType svp_file_type_device_number = {.read = read_device_number, .format = format_device_number};
