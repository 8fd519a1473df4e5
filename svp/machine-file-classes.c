/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values of a machine file that speak of service classes, of measured demand and of paging.
 *
 * What is a language of its own (distributions, arrivals, goals, demand files, the calendar) is read and written by hv, which
 * also says what is wrong with it; here it finds its field. Names of files are relative to the machine file.
 */
#include "svp/machine-file-types.h"

#include <string.h>

#define MANY           1000000 /* users, jobs of a run, requests of a job: what a mistake exceeds */
#define CLASS_NAME_MAX 16

static bool read_clock(const char *text, void *field, GError **error)
{
    return hv_calendar_parse(text, field, error);
}

static char *format_clock(const void *field)
{
    const HvCalendar *calendar = field;

    return calendar->given ? hv_calendar_format(calendar) : NULL;
}

const SvpFileType svp_file_type_clock = {.read = read_clock, .format = format_clock};

/* --- Distributions and arrivals ------------------------------------------------------------------------- */

static bool read_distribution(const char *text, const char *directory, void *field, GError **error)
{
    HvDistribution **place = field;
    HvDistribution *distribution = hv_distribution_parse(text, directory, error);

    if (!distribution)
        return false;
    hv_distribution_unref(*place);
    *place = distribution;
    return true;
}

static char *format_distribution(const void *field)
{
    const HvDistribution *distribution = *(HvDistribution *const *)field;

    return distribution ? hv_distribution_format(distribution) : NULL;
}

const SvpFileType svp_file_type_distribution = {.format = format_distribution, .read_in = read_distribution};

static bool read_service(const char *text, const char *directory, void *field, GError **error)
{
    HvDeviceDef *device = field;

    if (!strpbrk(text, " \t")) {
        g_clear_pointer(&device->service, hv_distribution_unref);
        return hv_quantity_parse_duration(text, &device->service_ns, error);
    }
    if (!read_distribution(text, directory, &device->service, error))
        return false;
    device->service_ns = (HvTime)(hv_distribution_mean_ns(device->service) + 0.5);
    if (hv_distribution_kind(device->service) == HV_DISTRIBUTION_CONSTANT)
        g_clear_pointer(&device->service, hv_distribution_unref);
    return true;
}

static char *format_service(const void *field)
{
    const HvDeviceDef *device = field;

    return device->service ? hv_distribution_format(device->service)
                           : hv_quantity_format_duration(device->service_ns);
}

const SvpFileType svp_file_type_service = {.format = format_service, .read_in = read_service};

static bool read_arrivals(const char *text, const char *directory, void *field, GError **error)
{
    HvArrivalsDef **place = field;
    HvArrivalsDef *arrivals = hv_arrivals_parse(text, directory, error);

    if (!arrivals)
        return false;
    g_clear_pointer(place, hv_arrivals_def_unref);
    *place = arrivals;
    return true;
}

static char *format_arrivals(const void *field)
{
    const HvArrivalsDef *arrivals = *(HvArrivalsDef *const *)field;

    return arrivals ? hv_arrivals_format(arrivals) : NULL;
}

const SvpFileType svp_file_type_arrivals = {.format = format_arrivals, .read_in = read_arrivals};

static bool read_demand(const char *text, const char *directory, void *field, GError **error)
{
    HvDemandDef **place = field;
    HvDemandDef *demand = hv_demand_parse(text, directory, error);

    if (!demand)
        return false;
    g_clear_pointer(place, hv_demand_def_unref);
    *place = demand;
    return true;
}

static char *format_demand(const void *field)
{
    const HvDemandDef *demand = *(HvDemandDef *const *)field;

    return demand ? hv_demand_format(demand) : NULL;
}

const SvpFileType svp_file_type_demand = {.format = format_demand, .read_in = read_demand};

/* --- Batch ---------------------------------------------------------------------------------------------- */

/* "03:25", "22:32 weekdays" */
static bool read_start(const char *text, void *field, GError **error)
{
    HvClassDef *def = field;
    g_auto(GStrv) words = g_strsplit_set(text, " \t", 2);
    unsigned second, days = HV_ALL_WEEKDAYS;

    if (!hv_calendar_parse_time_of_day(words[0] ? words[0] : "", &second, error))
        return false;
    if (words[0] && words[1] && !hv_calendar_parse_days(g_strstrip(words[1]), &days, error))
        return false;
    def->at_start = true;
    def->start_second = second;
    def->days = days;
    return true;
}

static char *format_start(const void *field)
{
    const HvClassDef *def = field;

    if (!def->at_start)
        return NULL;
    g_autofree char *time = hv_calendar_format_time_of_day(def->start_second);
    g_autofree char *days = hv_calendar_format_days(def->days);

    return def->days == HV_ALL_WEEKDAYS ? g_steal_pointer(&time) : g_strdup_printf("%s %s", time, days);
}

const SvpFileType svp_file_type_start = {.read = read_start, .format = format_start};

/* --- Words and numbers ---------------------------------------------------------------------------------- */

static bool read_class_name(const char *text, void *field, GError **error)
{
    char **place = field;

    if (*text == '\0' || strlen(text) > CLASS_NAME_MAX || strchr(text, '\\'))
        return svp_file_type_refuse(text, "a name", "give 1 to 16 characters", error);
    g_free(*place);
    *place = g_strdup(text);
    return true;
}

static char *format_class_name(const void *field)
{
    return g_strdup(*(char *const *)field);
}

const SvpFileType svp_file_type_class_name = {.read = read_class_name, .format = format_class_name};

static bool read_number(
    const char *text, guint64 least, guint64 most, const char *what, guint64 *ret_number, GError **error)
{
    g_autofree char *remedy =
        g_strdup_printf("give %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, least, most);

    return g_ascii_string_to_unsigned(text, 10, least, most, ret_number, NULL) ||
           svp_file_type_refuse(text, what, remedy, error);
}

static bool read_unsigned(
    const char *text, guint64 least, guint64 most, const char *what, unsigned *field, GError **error)
{
    guint64 number;

    if (!read_number(text, least, most, what, &number, error))
        return false;
    *field = (unsigned)number;
    return true;
}

static char *format_unsigned(const void *field)
{
    return g_strdup_printf("%u", *(const unsigned *)field);
}

static bool read_users(const char *text, void *field, GError **error)
{
    return read_unsigned(text, 1, MANY, "a number of users", field, error);
}

const SvpFileType svp_file_type_users = {.read = read_users, .format = format_unsigned};

static bool read_ios(const char *text, void *field, GError **error)
{
    return read_unsigned(text, 0, MANY, "a number of I/O requests", field, error);
}

const SvpFileType svp_file_type_ios = {.read = read_ios, .format = format_unsigned};

static bool read_priority(const char *text, void *field, GError **error)
{
    return read_unsigned(text, 1, HV_CLASS_PRIORITIES, "a priority", field, error);
}

const SvpFileType svp_file_type_priority = {.read = read_priority, .format = format_unsigned};

static bool read_jobs(const char *text, void *field, GError **error)
{
    return read_number(text, 1, MANY, "a number of jobs", field, error);
}

static char *format_jobs(const void *field)
{
    return g_strdup_printf("%" G_GUINT64_FORMAT, *(const uint64_t *)field);
}

const SvpFileType svp_file_type_jobs = {.read = read_jobs, .format = format_jobs};

/* "0190;0191" */
static bool read_devices(const char *text, void *field, GError **error)
{
    GArray **place = field;
    g_auto(GStrv) parts = g_strsplit(text, ";", -1);
    g_autoptr(GArray) devices = g_array_new(FALSE, FALSE, sizeof(uint16_t));

    for (char **part = parts; *part; part++) {
        uint32_t number;

        if (!hv_quantity_parse_hex(g_strstrip(*part), 4, &number, error))
            return false;
        const uint16_t device = (uint16_t)number;

        g_array_append_val(devices, device);
    }
    g_array_unref(*place);
    *place = g_steal_pointer(&devices);
    return true;
}

static char *format_devices(const void *field)
{
    const GArray *devices = *(GArray *const *)field;
    GString *text = g_string_new(NULL);

    for (unsigned i = 0; i < devices->len; i++)
        g_string_append_printf(text, "%s%04X", i > 0 ? ";" : "", g_array_index(devices, uint16_t, i));
    return g_string_free(text, FALSE);
}

const SvpFileType svp_file_type_devices = {.read = read_devices, .format = format_devices};

static bool read_goal(const char *text, void *field, GError **error)
{
    return hv_goal_parse(text, field, error);
}

static char *format_goal(const void *field)
{
    return hv_goal_format(field);
}

const SvpFileType svp_file_type_goal = {.read = read_goal, .format = format_goal};

/* --- How the guest works -------------------------------------------------------------------------------- */

static bool read_dispatching(const char *text, void *field, GError **error)
{
    bool fcfs = g_ascii_strcasecmp(text, "fcfs") == 0;

    if (!fcfs && g_ascii_strcasecmp(text, "sharing") != 0)
        return svp_file_type_refuse(text, "a way of dispatching", "give sharing or fcfs", error);
    *(HvDispatching *)field = fcfs ? HV_DISPATCHING_FCFS : HV_DISPATCHING_SHARING;
    return true;
}

static char *format_dispatching(const void *field)
{
    return g_strdup(*(const HvDispatching *)field == HV_DISPATCHING_FCFS ? "fcfs" : "sharing");
}

const SvpFileType svp_file_type_dispatching = {.read = read_dispatching, .format = format_dispatching};

/* "50/s", "0.5" */
static bool read_faults(const char *text, void *field, GError **error)
{
    g_autofree char *number = g_strdup(text);
    uint32_t hundredths;

    if (g_str_has_suffix(number, "/s"))
        number[strlen(number) - 2] = '\0';
    if (!hv_quantity_parse_decimal(number, &hundredths, NULL))
        return svp_file_type_refuse(text, "a rate of page faults", "give 0 to 42949672/s, as in 50/s", error);
    *(uint64_t *)field = (uint64_t)hundredths * 10;
    return true;
}

static char *format_faults(const void *field)
{
    g_autofree char *rate = hv_quantity_format_decimal((uint32_t)(*(const uint64_t *)field / 10));

    return g_strdup_printf("%s/s", rate);
}

const SvpFileType svp_file_type_faults = {.read = read_faults, .format = format_faults};
