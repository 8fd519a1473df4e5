/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Lists in a machine file: elements with ';' between them, ranges with '-' where they make sense.
 *
 * A list is read completely before its field is touched, so a list that is wrong anywhere leaves the field as it
 * was. Each list has a largest number of elements, no more than could be meant, so that the checks behind, which
 * compare each with each, stay fast whatever is read. Lists keep their order; runs of ascending CHPIDs are
 * written as ranges.
 */
#include "hv/guest.h"
#include "svp/machine-file-types.h"

#include <string.h>

#define NAMES_MAX RESMGR_MAX_LPARS

#define CHPIDS_REMEDY                                                                                        \
    "give CHPIDs of two hexadecimal digits with ';' between them, or ranges, as in 00;02;10-1F"
#define IPS_REMEDY    "give a number of CPs, as in 4, or all IPs from 1 with their types, as in 1-3:CP;4:IFL"
#define SHARES_REMEDY "give IP:PERCENT with ';' between them, as in 1:100;2:50"
#define POOLS_REMEDY  "give TYPE:WEIGHT:LIPS with ';' between them, as in ZIIP:100:2"
#define NAMES_REMEDY  "give names of LPARs with ';' between them, as in LPAR1;LPAR3"

char **svp_file_type_split(const char *text, unsigned max, const char *remedy, GError **error)
{
    g_auto(GStrv) elements = g_strsplit(text, ";", -1);
    unsigned n = g_strv_length(elements);

    for (unsigned i = 0; i < n; i++)
        g_strstrip(elements[i]);
    if (n > 0 && *elements[n - 1] == '\0')
        g_clear_pointer(&elements[--n], g_free);
    for (unsigned i = 0; i < n; i++) {
        if (*elements[i] == '\0') {
            svp_file_type_refuse(text, "a list: an element is empty", remedy, error);
            return NULL;
        }
    }
    if (n > max) {
        g_set_error(
            error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
            "a list of %u is too long\nat most %u are possible", n, max);
        return NULL;
    }
    return g_steal_pointer(&elements);
}

/* "0A" or "00-0F" */
static bool read_chpid_range(const char *element, uint32_t *ret_first, uint32_t *ret_last)
{
    g_auto(GStrv) ends = g_strsplit(element, "-", 2);
    uint32_t first, last;

    if (!hv_quantity_parse_hex(ends[0], 2, &first, NULL))
        return false;
    last = first;
    if (ends[1] && (!hv_quantity_parse_hex(ends[1], 2, &last, NULL) || last < first))
        return false;
    *ret_first = first;
    *ret_last = last;
    return true;
}

static GArray *read_chpids(const char *text, GError **error)
{
    g_auto(GStrv) elements = svp_file_type_split(text, HV_MAX_CHPS, CHPIDS_REMEDY, error);
    g_autoptr(GArray) chpids = g_array_new(FALSE, TRUE, sizeof(uint8_t));

    if (!elements)
        return NULL;
    for (char **element = elements; *element; element++) {
        uint32_t first, last;
        if (!read_chpid_range(*element, &first, &last)) {
            svp_file_type_refuse(*element, "a CHPID or a range of them", CHPIDS_REMEDY, error);
            return NULL;
        }
        for (uint32_t c = first; c <= last; c++) {
            uint8_t chpid = (uint8_t)c;
            g_array_append_val(chpids, chpid);
        }
    }
    return g_steal_pointer(&chpids);
}

static char *format_chpids(const GArray *chpids)
{
    GString *text = g_string_new(NULL);
    unsigned run = 1;

    for (unsigned i = 0; i < chpids->len; i += run) {
        unsigned first = g_array_index(chpids, uint8_t, i);
        for (run = 1; i + run < chpids->len && g_array_index(chpids, uint8_t, i + run) == first + run;)
            run++;
        g_string_append_printf(text, "%s%02X", i > 0 ? ";" : "", first);
        if (run > 1)
            g_string_append_printf(text, "%c%02X", run > 2 ? '-' : ';', first + run - 1);
    }
    return g_string_free(text, FALSE);
}

static bool read_chpids_field(const char *text, void *field, GError **error)
{
    GArray *chpids = read_chpids(text, error);

    if (!chpids)
        return false;
    g_array_unref(*(GArray **)field);
    *(GArray **)field = chpids;
    return true;
}

static char *format_chpids_field(const void *field)
{
    return format_chpids(*(GArray *const *)field);
}

const SvpFileType svp_file_type_chpids = {.read = read_chpids_field, .format = format_chpids_field};

/* A list as a set; refuses what is given twice. */
static bool read_chpid_set(const char *text, bool ret_set[HV_MAX_CHPS], GError **error)
{
    g_autoptr(GArray) chpids = read_chpids(text, error);
    bool set[HV_MAX_CHPS] = {false};

    if (!chpids)
        return false;
    for (unsigned i = 0; i < chpids->len; i++) {
        uint8_t chpid = g_array_index(chpids, uint8_t, i);
        if (set[chpid]) {
            g_set_error(
                error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
                "path %02X is given twice\nname each path once", chpid);
            return false;
        }
        set[chpid] = true;
    }
    memcpy(ret_set, set, sizeof set);
    return true;
}

static char *format_chpid_set(const bool set[HV_MAX_CHPS])
{
    g_autoptr(GArray) chpids = g_array_new(FALSE, TRUE, sizeof(uint8_t));

    for (unsigned c = 0; c < HV_MAX_CHPS; c++) {
        uint8_t chpid = (uint8_t)c;
        if (set[c])
            g_array_append_val(chpids, chpid);
    }
    return format_chpids(chpids);
}

static bool read_installed(const char *text, void *field, GError **error)
{
    HvMachineDef *machine = field;
    bool installed[HV_MAX_CHPS];

    if (!read_chpid_set(text, installed, error))
        return false;
    for (unsigned c = 0; c < HV_MAX_CHPS; c++)
        machine->chps[c].installed = installed[c];
    return true;
}

static char *format_installed(const void *field)
{
    const HvMachineDef *machine = field;
    bool installed[HV_MAX_CHPS];

    for (unsigned c = 0; c < HV_MAX_CHPS; c++)
        installed[c] = machine->chps[c].installed;
    return format_chpid_set(installed);
}

const SvpFileType svp_file_type_installed = {.read = read_installed, .format = format_installed};

static bool read_device_chps(const char *text, void *field, GError **error)
{
    uint64_t *chps = field;
    bool set[HV_MAX_CHPS];

    if (!read_chpid_set(text, set, error))
        return false;
    for (unsigned c = 0; c < HV_MAX_CHPS; c++)
        chps[c / 64] |= (uint64_t)set[c] << (c % 64);
    return true;
}

static char *format_device_chps(const void *field)
{
    const uint64_t *chps = field;
    bool set[HV_MAX_CHPS];

    for (unsigned c = 0; c < HV_MAX_CHPS; c++)
        set[c] = (chps[c / 64] >> (c % 64)) & 1;
    return format_chpid_set(set);
}

const SvpFileType svp_file_type_device_chps = {.read = read_device_chps, .format = format_device_chps};

/* "1-3:CP" or "4:IFL" as the IPs behind the first `n` ones: they must follow without gap. */
static bool read_ip_range(const char *element, unsigned n, unsigned *ret_last, HvIpType *ret_type)
{
    g_auto(GStrv) halves = g_strsplit(element, ":", 2);
    g_auto(GStrv) ends = halves[1] ? g_strsplit(halves[0], "-", 2) : NULL;
    uint64_t first, last;

    if (!ends || !ends[0] || !hv_ip_type_parse(g_strstrip(halves[1]), ret_type) ||
        !hv_quantity_parse_number(ends[0], n + 1, MIN(n + 1, HV_MAX_IPS), &first, NULL))
        return false;
    last = first;
    if (ends[1] && !hv_quantity_parse_number(ends[1], first, HV_MAX_IPS, &last, NULL))
        return false;
    *ret_last = (unsigned)last;
    return true;
}

static bool read_typed_ips(const char *text, HvMachineDef *machine, GError **error)
{
    g_auto(GStrv) elements = svp_file_type_split(text, HV_MAX_IPS, IPS_REMEDY, error);
    HvIpType types[HV_MAX_IPS] = {0};
    unsigned n = 0;

    if (!elements)
        return false;
    for (char **element = elements; *element; element++) {
        HvIpType type;
        unsigned last;
        if (!read_ip_range(*element, n, &last, &type))
            return svp_file_type_refuse(*element, "the IPs that come next, with a type", IPS_REMEDY, error);
        while (n < last)
            types[n++] = type;
    }
    if (n == 0)
        return svp_file_type_refuse(text, "a number of IPs", IPS_REMEDY, error);
    memcpy(machine->ip_types, types, sizeof types);
    machine->n_ips = n;
    return true;
}

static bool read_ips(const char *text, void *field, GError **error)
{
    HvMachineDef *machine = field;
    uint64_t n;

    if (strchr(text, ':'))
        return read_typed_ips(text, machine, error);
    if (!hv_quantity_parse_number(text, 1, HV_MAX_IPS, &n, NULL))
        return svp_file_type_refuse(text, "a number of IPs between 1 and 1024", IPS_REMEDY, error);
    memset(machine->ip_types, 0, sizeof machine->ip_types);
    machine->n_ips = (unsigned)n;
    return true;
}

static char *format_ips(const void *field)
{
    const HvMachineDef *machine = field;
    GString *text = g_string_new(NULL);
    unsigned run;

    for (unsigned ip = 0; ip < machine->n_ips; ip += run) {
        HvIpType type = machine->ip_types[ip];
        for (run = 1; ip + run < machine->n_ips && machine->ip_types[ip + run] == type;)
            run++;
        if (run == machine->n_ips && type == HV_IP_CP)
            g_string_append_printf(text, "%u", run);
        else if (run == 1)
            g_string_append_printf(text, "%s%u:%s", ip > 0 ? ";" : "", ip + 1, hv_ip_type_name(type));
        else
            g_string_append_printf(
                text, "%s%u-%u:%s", ip > 0 ? ";" : "", ip + 1, ip + run, hv_ip_type_name(type));
    }
    return g_string_free(text, FALSE);
}

const SvpFileType svp_file_type_ips = {.read = read_ips, .format = format_ips};

/* "1:33.33" */
static bool read_share(const char *element, ResmgrIpShare *ret_share)
{
    g_auto(GStrv) halves = g_strsplit(element, ":", 2);
    uint64_t ip;
    uint32_t share_bp;

    if (!halves[1] || !hv_quantity_parse_number(halves[0], 1, HV_MAX_IPS, &ip, NULL) ||
        !hv_quantity_parse_percent(halves[1], &share_bp, NULL))
        return false;
    *ret_share = (ResmgrIpShare){.ip = (uint16_t)ip, .share_bp = (uint16_t)share_bp};
    return true;
}

static bool read_shares(const char *text, void *field, GError **error)
{
    g_auto(GStrv) elements = svp_file_type_split(text, HV_MAX_IPS, SHARES_REMEDY, error);
    g_autoptr(GArray) shares = g_array_new(FALSE, TRUE, sizeof(ResmgrIpShare));

    if (!elements)
        return false;
    for (char **element = elements; *element; element++) {
        ResmgrIpShare share;
        if (!read_share(*element, &share))
            return svp_file_type_refuse(*element, "a share of an IP", SHARES_REMEDY, error);
        g_array_append_val(shares, share);
    }
    if (shares->len == 0)
        return svp_file_type_refuse(text, "a list of shares", SHARES_REMEDY, error);
    g_array_unref(*(GArray **)field);
    *(GArray **)field = g_steal_pointer(&shares);
    return true;
}

static char *format_shares(const void *field)
{
    const GArray *shares = *(GArray *const *)field;
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < shares->len; i++) {
        const ResmgrIpShare *share = &g_array_index(shares, ResmgrIpShare, i);
        g_autofree char *percent = hv_quantity_format_percent(share->share_bp);
        g_string_append_printf(text, "%s%u:%s", i > 0 ? ";" : "", share->ip, percent);
    }
    return g_string_free(text, FALSE);
}

const SvpFileType svp_file_type_shares = {.read = read_shares, .format = format_shares};

/* "ZIIP:100:2" */
static bool read_pool(const char *element, ResmgrPoolDef *ret_pool)
{
    g_auto(GStrv) parts = g_strsplit(element, ":", 3);
    uint64_t weight, n_lips;

    if (g_strv_length(parts) != 3 || !hv_ip_type_parse(g_strstrip(parts[0]), &ret_pool->type) ||
        !hv_quantity_parse_number(parts[1], 1, 999, &weight, NULL) ||
        !hv_quantity_parse_number(parts[2], 1, HV_MAX_LIPS, &n_lips, NULL))
        return false;
    ret_pool->weight = (uint32_t)weight;
    ret_pool->n_lips = (unsigned)n_lips;
    return true;
}

static bool read_pools(const char *text, void *field, GError **error)
{
    g_auto(GStrv) elements = svp_file_type_split(text, HV_IP_TYPES, POOLS_REMEDY, error);
    g_autoptr(GArray) pools = g_array_new(FALSE, TRUE, sizeof(ResmgrPoolDef));

    if (!elements)
        return false;
    for (char **element = elements; *element; element++) {
        ResmgrPoolDef pool;
        if (!read_pool(*element, &pool))
            return svp_file_type_refuse(*element, "a part of a pool", POOLS_REMEDY, error);
        g_array_append_val(pools, pool);
    }
    g_array_unref(*(GArray **)field);
    *(GArray **)field = g_steal_pointer(&pools);
    return true;
}

static char *format_pools(const void *field)
{
    const GArray *pools = *(GArray *const *)field;
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < pools->len; i++) {
        const ResmgrPoolDef *pool = &g_array_index(pools, ResmgrPoolDef, i);
        g_string_append_printf(
            text, "%s%s:%u:%u", i > 0 ? ";" : "", hv_ip_type_name(pool->type), pool->weight, pool->n_lips);
    }
    return g_string_free(text, FALSE);
}

const SvpFileType svp_file_type_pools = {.read = read_pools, .format = format_pools};

static bool read_names(const char *text, void *field, GError **error)
{
    g_auto(GStrv) elements = svp_file_type_split(text, NAMES_MAX, NAMES_REMEDY, error);
    GPtrArray *names = *(GPtrArray **)field;

    if (!elements)
        return false;
    g_ptr_array_set_size(names, 0);
    for (char **element = elements; *element; element++)
        g_ptr_array_add(names, g_strdup(*element));
    return true;
}

static char *format_names(const void *field)
{
    const GPtrArray *names = *(GPtrArray *const *)field;
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < names->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ";" : "", (const char *)g_ptr_array_index(names, i));
    return g_string_free(text, FALSE);
}

const SvpFileType svp_file_type_names = {.read = read_names, .format = format_names};

static bool read_candidates(const char *text, void *field, GError **error)
{
    HvChpDef *chp = field;

    if (!read_names(text, &chp->candidates, error))
        return false;
    chp->candidates_given = true;
    return true;
}

static char *format_candidates(const void *field)
{
    const HvChpDef *chp = field;

    return chp->candidates_given ? format_names(&chp->candidates) : NULL;
}

const SvpFileType svp_file_type_candidates = {.read = read_candidates, .format = format_candidates};

static bool read_lends(const char *text, void *field, GError **error)
{
    ResmgrLparDef *lpar = field;

    if (!read_names(text, &lpar->lends_to, error))
        return false;
    lpar->lends_given = true;
    return true;
}

static char *format_lends(const void *field)
{
    const ResmgrLparDef *lpar = field;

    return lpar->lends_given ? format_names(&lpar->lends_to) : NULL;
}

const SvpFileType svp_file_type_lends = {.read = read_lends, .format = format_lends};
