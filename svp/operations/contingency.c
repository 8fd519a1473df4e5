/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Applying journals to a contingency.
 *
 * The simulation is deterministic, so the same commands at the same times make the same machine: each entry is given to a console on the other state
 * directory when its clock stands where it stood, and must be carried out, or refused, as it was. The position is written before and after each
 * entry, so an application that broke off says where, and is not done twice: whether that entry was carried out stands in the other's
 * log, which names the entry as its source.
 */
#include "svp/operations/contingency.h"

#include "hv/digest.h"
#include "svp/console.h"
#include "svp/error.h"
#include "svp/machine-file.h"
#include "svp/message.h"

#include <string.h>

#define COLLECTION "contingency"
#define KEY        "position"

/* The other console. */
typedef struct {
    SvpState *state;
    ResmgrDefinition *definition;
    MonitorSystem *system;
    SvpConsole *console;
    FILE *unseen;
} Other;

char *svp_contingency_machine_id(const ResmgrDefinition *definition)
{
    g_autofree char *text = svp_machine_file_format(definition);

    return hv_digest_of(text, strlen(text));
}

/* --- The position --------------------------------------------------------------------------------------- */

static void read_position(SvpStore *store, SvpContingencyPosition *ret_position)
{
    json_t *record = svp_store_get(store, COLLECTION, KEY);
    const char *machine = json_string_value(json_object_get(record, "machine"));
    const char *sha256 = json_string_value(json_object_get(record, "sha256"));

    *ret_position = (SvpContingencyPosition){
        .applied = (uint64_t)json_integer_value(json_object_get(record, "applied")),
        .applying = (uint64_t)json_integer_value(json_object_get(record, "applying")),
        .at_ns = (HvTime)json_integer_value(json_object_get(record, "at_ns")),
    };
    g_strlcpy(ret_position->machine, machine ? machine : "", sizeof ret_position->machine);
    g_strlcpy(ret_position->sha256, sha256 ? sha256 : "", sizeof ret_position->sha256);
    json_decref(record);
}

static bool write_position(SvpStore *store, const SvpContingencyPosition *position, GError **error)
{
    json_t *record = json_pack(
        "{s:I, s:I, s:I, s:s, s:s}", "applied", (json_int_t)position->applied, "applying",
        (json_int_t)position->applying, "at_ns", (json_int_t)position->at_ns, "machine", position->machine,
        "sha256", position->sha256);
    bool done = svp_store_put(store, COLLECTION, KEY, record, error);

    json_decref(record);
    return done;
}

static bool refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static bool refuse(GError **error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, SVP_ERROR, SVP_ERROR_CONTINGENCY, text);
    return false;
}

static bool check_machine(
    const char *directory, const SvpContingencyPosition *position, const char *machine, GError **error)
{
    if (!*position->machine)
        return refuse(
            error, "%s is no contingency: no journal was ever applied to it\nGive APPLY JOURNAL first",
            directory);
    return strcmp(position->machine, machine) == 0 ||
           refuse(error, "%s is the contingency of another machine\nName this machine's", directory);
}

bool svp_contingency_position(
    const char *directory, const char *machine, SvpContingencyPosition *ret_position, GError **error)
{
    if (!g_file_test(directory, G_FILE_TEST_IS_DIR))
        return refuse(error, "%s is no state directory\nAPPLY JOURNAL makes the contingency", directory);
    g_autoptr(SvpState) state = svp_state_open(directory, error);

    if (!state)
        return false;
    read_position(svp_state_store(state), ret_position);
    return check_machine(directory, ret_position, machine, error);
}

/* --- The other console ---------------------------------------------------------------------------------- */

static bool
settle_machine(Other *other, const char *directory, const SvpContingencySource *source, GError **error)
{
    g_autoptr(GPtrArray) problems = NULL;

    if (svp_state_is_new(other->state) && !source->seed_known)
        return refuse(
            error,
            "%s is not there, and this console has no state directory to make it after\nStart the console "
            "with --state",
            directory);
    if (svp_state_is_new(other->state) &&
        !svp_state_put_machine(other->state, source->definition, source->seed, error))
        return false;
    other->definition = svp_state_definition(other->state, &problems);
    if (!other->definition)
        return refuse(
            error, "The machine of %s cannot be read any more\nMake the contingency anew", directory);
    g_autofree char *id = svp_contingency_machine_id(other->definition);
    bool same = strcmp(id, source->machine) == 0 &&
                (!source->seed_known || svp_state_seed(other->state) == source->seed);

    return same || refuse(
                       error,
                       "%s is a state directory of another machine, or of another seed\nName the contingency "
                       "of this one",
                       directory);
}

static void other_close(Other *other)
{
    svp_console_free(other->console);
    monitor_system_free(other->system);
    g_clear_pointer(&other->definition, resmgr_definition_free);
    svp_state_free(other->state);
    g_clear_pointer(&other->unseen, fclose);
}

static bool
other_open(Other *other, const char *directory, const SvpContingencySource *source, GError **error)
{
    g_autoptr(GPtrArray) notes = NULL;

    other->state = svp_state_open(directory, error);
    if (!other->state || !settle_machine(other, directory, source, error))
        return false;
    other->system = monitor_system_open(other->definition, svp_state_seed(other->state), error);
    other->unseen = fopen("/dev/null", "w");
    if (!other->system || !other->unseen)
        return false;
    const SvpConsoleConfig config = {
        .out = other->unseen,
        .err = other->unseen,
        .json = true,
        .no_files = true,
        .store = svp_state_store(other->state),
        .operator_name = "journal",
    };

    other->console = svp_console_new(other->system, &config);
    return svp_state_resume(other->state, other->console, &notes, error);
}

/* --- What is to be applied ------------------------------------------------------------------------------ */

/* The files are whole; do they follow what was applied, and each other? */
static bool check_files(
    const GPtrArray *files, const char *machine, const SvpContingencyPosition *position, GError **error)
{
    uint64_t next = position->applied + 1;
    const char *hash = position->sha256;

    for (unsigned i = 0; i < files->len; i++) {
        const SvpJournalFile *file = g_ptr_array_index(files, i);

        if (strcmp(file->machine, machine) != 0)
            return refuse(
                error, "Receiver %s is of another machine\nName this machine's folder", file->receiver);
        if (file->last == position->applied) {
            /* `previous`: an application broke off behind its last entry. */
            if (*hash && strcmp(file->sha256, hash) != 0 && strcmp(file->previous, hash) != 0)
                return refuse(
                    error, "Receiver %s is not the one that was applied\nFind out who has written it",
                    file->receiver);
            hash = file->sha256;
        }
        if (file->last < next)
            continue;
        if (file->first > next)
            return refuse(
                error,
                "Entries %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                " are missing before receiver %s\nSave them to the same folder",
                next, file->first - 1, file->receiver);
        if (*hash && strcmp(file->previous, hash) != 0)
            return refuse(
                error,
                "Receiver %s does not follow the one before: the hash in it is another\nFind out who has "
                "written it",
                file->receiver);
        next = file->last + 1;
        hash = file->sha256;
    }
    return true;
}

typedef struct {
    const char *source;
    bool found;
} Seen;

static bool see_entry(const char *key, json_t *record, void *data)
{
    Seen *seen = data;

    (void)key;
    seen->found = g_strcmp0(json_string_value(json_object_get(record, "source")), seen->source) == 0;
    return !seen->found;
}

/* An application broke off: if the other's log has the entry, it was carried out. */
static void settle_broken(SvpStore *store, SvpContingencyPosition *position)
{
    g_autofree char *source = g_strdup_printf("entry %" G_GUINT64_FORMAT, position->applying);
    Seen seen = {.source = source};

    if (position->applying == 0)
        return;
    svp_store_foreach(store, "log", see_entry, &seen);
    if (seen.found)
        position->applied = position->applying;
    position->applying = 0;
}

/* --- Applying ------------------------------------------------------------------------------------------- */

static bool run_to(Other *other, HvTime at_ns, uint64_t number, GError **error)
{
    HvTime now = monitor_system_now(other->system);
    g_autofree char *line = g_strdup_printf("RUN %" G_GUINT64_FORMAT "ns", at_ns - now);

    if (now > at_ns)
        return refuse(
            error,
            "Entry %" G_GUINT64_FORMAT
            " is of a time that has passed there\nOnly journals may let the contingency's clock go on",
            number);
    return now == at_ns || svp_console_line(other->console, line, "journal") ||
           refuse(
               error,
               "The contingency's clock could not be brought to entry %" G_GUINT64_FORMAT "\nSee its log",
               number);
}

static bool apply_entry(Other *other, const json_t *entry, SvpContingencyPosition *position, GError **error)
{
    SvpStore *store = svp_state_store(other->state);
    const char *command = json_string_value(json_object_get(entry, "command"));
    uint64_t number = (uint64_t)json_integer_value(json_object_get(entry, "number"));
    HvTime at_ns = (HvTime)json_integer_value(json_object_get(entry, "at_ns"));
    g_autofree char *source = g_strdup_printf("entry %" G_GUINT64_FORMAT, number);

    if (!run_to(other, at_ns, number, error))
        return false;
    position->applying = number;
    if (!write_position(store, position, error))
        return false;
    bool done = svp_console_line(other->console, command, source);

    if (done != json_is_true(json_object_get(entry, "ok")))
        return refuse(
            error,
            "Entry %" G_GUINT64_FORMAT
            ", %s, was %s there, not here\nThe contingency is not in step; make it anew",
            number, command, done ? "carried out" : "refused");
    position->applied = number;
    position->applying = 0;
    position->at_ns = monitor_system_now(other->system);
    return write_position(store, position, error);
}

static bool apply_file(
    Other *other, const SvpJournalFile *file, SvpContingencyPosition *position, uint64_t *n_applied,
    GError **error)
{
    size_t index;
    json_t *entry;

    json_array_foreach(file->entries, index, entry)
    {
        if (file->first + index <= position->applied)
            continue;
        if (!apply_entry(other, entry, position, error))
            return false;
        ++*n_applied;
    }
    g_strlcpy(position->sha256, file->sha256, sizeof position->sha256);
    return write_position(svp_state_store(other->state), position, error);
}

static bool apply(
    Other *other, const SvpContingencySource *source, const GPtrArray *files,
    SvpContingencyPosition *position, uint64_t *n_applied, GError **error)
{
    SvpStore *store = svp_state_store(other->state);

    read_position(store, position);
    settle_broken(store, position);
    if (*position->machine && strcmp(position->machine, source->machine) != 0)
        return refuse(error, "The directory is the contingency of another machine\nName this machine's");
    if (!check_files(files, source->machine, position, error))
        return false;
    g_strlcpy(position->machine, source->machine, sizeof position->machine);
    for (unsigned i = 0; i < files->len; i++) {
        const SvpJournalFile *file = g_ptr_array_index(files, i);

        if (file->last > position->applied && !apply_file(other, file, position, n_applied, error))
            return false;
    }
    return svp_state_close(other->state, error);
}

bool svp_contingency_apply(
    const char *directory, const SvpContingencySource *source, const GPtrArray *files,
    SvpContingencyPosition *ret_position, uint64_t *ret_n_applied, GError **error)
{
    Other other = {0};

    *ret_position = (SvpContingencyPosition){0};
    *ret_n_applied = 0;
    bool done = other_open(&other, directory, source, error) &&
                apply(&other, source, files, ret_position, ret_n_applied, error);

    other_close(&other);
    return done;
}
