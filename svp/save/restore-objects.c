/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * RESTORE ... OBJECT(...): single objects of a save.
 *
 * Content, all of a kind of storage or segments of it, goes into the storage of the LPAR, which goes on with it (monitor/restore-content.h). The
 * machine's definition is written to a file. All of the save that is needed is read and checked, and all names are understood, before anything
 * is done; what no name says stays as it is.
 */
#include "svp/save/restore-objects.h"

#include "monitor/restore-content.h"
#include "svp/error.h"
#include "svp/output.h"
#include "svp/save/archive-files.h"
#include "svp/save/manifest.h"
#include "svp/save/save.h"

#include <string.h>

#define MACHINE_OBJECT "machine.ini"

/* What the names say. */
typedef struct {
    bool machine;
    struct {
        bool all;
        GArray *segments; /* uint32_t, ascending, each once */
    } kinds[RESMGR_STORAGE_KINDS];
} Wanted;

static void wanted_clear(Wanted *wanted)
{
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        g_clear_pointer(&wanted->kinds[k].segments, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wanted, wanted_clear)

/* --- Names ---------------------------------------------------------------------------------------------- */

static bool refuse_name(const char *name, const char *why, GError **error)
{
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_TAPE_SAVE,
        "Object '%s' %s\nDISPLAY TAPE unit SEQNBR(n) lists the objects: ms, es, ms/0000012f, machine.ini",
        name, why);
    return false;
}

/* "0000012f": as it stands in names. */
static bool parse_segment(const char *text, uint32_t *ret_number)
{
    if (strlen(text) != 8 || strspn(text, "0123456789abcdef") != 8)
        return false;
    *ret_number = (uint32_t)g_ascii_strtoull(text, NULL, 16);
    return true;
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return left < right ? -1 : left > right;
}

static void want_segment(GArray *segments, uint32_t number)
{
    for (unsigned i = 0; i < segments->len; i++)
        if (g_array_index(segments, uint32_t, i) == number)
            return;
    g_array_append_val(segments, number);
    g_array_sort(segments, by_number);
}

/* `name` without the LPAR's. */
static bool want(Wanted *wanted, const char *name, const char *rest, GError **error)
{
    static const char *const kind_names[RESMGR_STORAGE_KINDS] = {"ms", "es"};
    g_auto(GStrv) parts = g_strsplit(rest, "/", 2);
    uint32_t number;

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        if (g_ascii_strcasecmp(parts[0], kind_names[k]) != 0)
            continue;
        if (!parts[1]) {
            wanted->kinds[k].all = true;
            return true;
        }
        if (!parse_segment(parts[1], &number))
            return refuse_name(name, "is no segment: those have eight digits", error);
        want_segment(wanted->kinds[k].segments, number);
        return true;
    }
    if (strcmp(rest, "state") == 0)
        return refuse_name(name, "is the state of the LPAR, which is restored with all of it", error);
    return refuse_name(name, "is none that can be restored by itself", error);
}

static bool parse_names(const char *objects, const char *lpar, Wanted *wanted, GError **error)
{
    g_auto(GStrv) names = g_strsplit_set(objects, " ,\t", -1);
    g_autofree char *prefix = g_strconcat(lpar, "/", NULL);

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++)
        wanted->kinds[k].segments = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (unsigned i = 0; names[i]; i++) {
        bool has_prefix = g_ascii_strncasecmp(names[i], prefix, strlen(prefix)) == 0;

        if (strcmp(names[i], MACHINE_OBJECT) == 0)
            wanted->machine = true;
        else if (*names[i] && !want(wanted, names[i], names[i] + (has_prefix ? strlen(prefix) : 0), error))
            return false;
    }
    return true;
}

/* --- The machine's definition --------------------------------------------------------------------------- */

static bool can_write(const SvpConsole *console, const char *file, GError **error)
{
    if (console->config.no_files)
        g_set_error_literal(
            error, SVP_ERROR, SVP_ERROR_FILE,
            "No files are written here\nGive the command at a console of your own");
    else if (!file)
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_OPERAND,
            "It is not said where " MACHINE_OBJECT " is to be written\nGive TO(file)");
    else if (g_file_test(file, G_FILE_TEST_EXISTS))
        g_set_error(error, SVP_ERROR, SVP_ERROR_FILE, "%s is there already\nName a file that is not", file);
    else
        return true;
    return false;
}

static bool write_machine(const GPtrArray *found, const char *path, GError **error)
{
    const SvpArchiveFile *machine = g_ptr_array_index(found, 0);
    g_autoptr(GError) failure = NULL;
    gsize length;
    const char *bytes = g_bytes_get_data(machine->bytes, &length);

    if (g_file_set_contents(path, bytes, (gssize)length, &failure))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_FILE, "%s cannot be written: %s\nName a file that can be", path,
        failure->message);
    return false;
}

/* --- Content -------------------------------------------------------------------------------------------- */

typedef struct {
    uint64_t objects; /* segments, and the machine's definition */
    uint64_t bytes;
    HvTime longest_hold_ns, elapsed_ns;
} Done;

static bool count_page(G_GNUC_UNUSED uint64_t offset, G_GNUC_UNUSED const uint8_t *page, void *data)
{
    ++*(uint64_t *)data;
    return true;
}

static uint64_t pages_of_segment(const HvStorageSnapshot *content, uint32_t number)
{
    uint64_t length = hv_storage_snapshot_length(content), first = number * HV_MIB, n = 0;

    if (first < length)
        hv_storage_snapshot_foreach(content, first, MIN(HV_MIB, length - first), count_page, &n);
    return n;
}

/* Segments that are objects of the save, of those that are wanted; their pages are added. False: one is none. */
static bool count_kind(
    const MonitorCapture *capture, ResmgrStorageKind kind, const Wanted *wanted, Done *total, GError **error)
{
    const HvStorageSnapshot *content = capture->content[kind];
    const GArray *segments = wanted->kinds[kind].segments;
    bool all = wanted->kinds[kind].all;
    uint64_t n = content ? (hv_storage_snapshot_length(content) + HV_MIB - 1) / HV_MIB : 0;

    for (uint32_t i = 0; i < (all ? n : segments->len); i++) {
        uint32_t number = all ? i : g_array_index(segments, uint32_t, i);
        uint64_t pages = content ? pages_of_segment(content, number) : 0;

        total->objects += pages > 0;
        total->bytes += pages * HV_PAGE_SIZE;
        if (pages > 0 || all)
            continue;
        g_autofree char *name = svp_manifest_segment_name(capture->name, kind, number);

        return refuse_name(name, "is not in the save", error);
    }
    if (content || !all)
        return true;
    return refuse_name(resmgr_storage_kind_name(kind), "is not in the save", error);
}

static bool is_wanted(const Wanted *wanted, unsigned kind)
{
    return wanted->kinds[kind].all || wanted->kinds[kind].segments->len > 0;
}

/* Everything that is asked for is there, and can be put where it belongs: what there will be to do. */
static bool count_all(
    const SvpConsole *console, unsigned lpar, const MonitorCapture *capture, const Wanted *wanted,
    Done *ret_total, GError **error)
{
    Done total = {.objects = wanted->machine};

    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        const MonitorContentWish content = {.kind = k, .content = capture->content[k]};

        if (is_wanted(wanted, k) &&
            (!count_kind(capture, k, wanted, &total, error) ||
             !monitor_system_can_restore_content(console->system, lpar, &content, error)))
            return false;
    }
    *ret_total = total;
    return true;
}

static void put_content(
    SvpConsole *console, const SvpRestoreObjects *wish, const MonitorCapture *capture, const Wanted *wanted,
    Done *done)
{
    for (unsigned k = 0; k < RESMGR_STORAGE_KINDS; k++) {
        Done total = {0};

        if (!is_wanted(wanted, k) || !count_kind(capture, k, wanted, &total, NULL))
            continue;
        const MonitorContentWish content = {
            .kind = k,
            .content = capture->content[k],
            .segments = wanted->kinds[k].all ? NULL : wanted->kinds[k].segments,
            .reading_ns = hv_muldiv(total.bytes, HV_NS_PER_S, wish->rate_bytes)};
        MonitorContentReport report = monitor_system_restore_content(console->system, wish->lpar, &content);

        done->objects += total.objects;
        done->bytes += report.bytes;
        done->elapsed_ns += report.elapsed_ns;
        done->longest_hold_ns = MAX(done->longest_hold_ns, report.longest_hold_ns);
    }
}

/* --- The whole ------------------------------------------------------------------------------------------ */

static void show(const SvpRestoreObjects *wish, const char *lpar, const Done *done, SvpResult *result)
{
    g_autofree char *size = hv_quantity_format_size(done->bytes);
    g_autofree char *hold = hv_quantity_describe_duration(done->longest_hold_ns);

    if (result->json) {
        json_object_set_new(result->json, "objects", json_integer((json_int_t)done->objects));
        json_object_set_new(result->json, "lpar", json_string(lpar));
        json_object_set_new(result->json, "bytes", json_integer((json_int_t)done->bytes));
        json_object_set_new(result->json, "hold_s", svp_json_seconds(done->longest_hold_ns));
        json_object_set_new(result->json, "elapsed_s", svp_json_seconds(done->elapsed_ns));
        if (wish->plan)
            json_object_set_new(result->json, "planned", json_true());
        return;
    }
    g_autofree char *text = g_strdup_printf(
        "%" G_GUINT64_FORMAT " object%s %s, %s of content%s%s.", done->objects, done->objects == 1 ? "" : "s",
        wish->plan ? "would be restored" : "restored", size,
        done->longest_hold_ns > 0 ? "; longest hold " : "", done->longest_hold_ns > 0 ? hold : "");

    svp_page_wrap(result->page, SVP_STYLE_GOOD, text, 0, 0);
}

static bool carry_out(
    SvpConsole *console, const SvpRestoreObjects *wish, const MonitorCapture *capture, const Wanted *wanted,
    const GPtrArray *machine, Done *done, GError **error)
{
    SvpJob *job = svp_jobs_current(console->jobs);
    Done total;

    if (!count_all(console, wish->lpar, capture, wanted, &total, error))
        return false;
    *done = total;
    if (wish->plan)
        return true;
    if (machine && !write_machine(machine, wish->file, error))
        return false;
    *done = (Done){.objects = wanted->machine};
    put_content(console, wish, capture, wanted, done);
    if (job)
        svp_job_count(job, done->objects, total.objects, total.objects - done->objects);
    return true;
}

bool svp_restore_objects(
    SvpConsole *console, const SvpRestoreObjects *wish, SvpResult *result, GError **error)
{
    const char *lpar = resmgr_state_lpar(svp_console_state(console), wish->lpar)->name;
    g_auto(Wanted) wanted = {0};
    SvpArchiveCounts counts = {0};
    Done done;

    if (!parse_names(wish->objects, lpar, &wanted, error) ||
        (wanted.machine && !can_write(console, wish->file, error)))
        return false;
    g_autoptr(MonitorCapture)
        capture = svp_save_read(wish->set, console->system, wish->sequence, lpar, &counts, error);
    g_autoptr(GPtrArray)
        machine = capture && wanted.machine
                      ? svp_archive_read_files(wish->set, counts.sequence, MACHINE_OBJECT, error)
                      : NULL;

    if (!capture || (wanted.machine && !machine) ||
        !carry_out(console, wish, capture, &wanted, machine, &done, error))
        return false;
    show(wish, lpar, &done, result);
    return true;
}
