/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading a study file.
 *
 * One table of groups and keys drives reading, what an unknown key is compared with, and the reference. The groups [commands] and
 * [vary] take keys of the writer's choice: at-N, and keys of the machine file. Every mistake of the file is found in one go; what only
 * the machine can tell (whether a key of [vary] exists, whether an alternative can be built) is found when the study is prepared.
 *
 * The syntax is that of machine files: [group], key = value, a comment from '#' at the beginning of a line or behind a blank.
 */
#include "svp/plan/study-file.h"

#include "hv/nearest.h"
#include "svp/machine-file-problem.h"
#include "svp/machine-file-types.h"
#include "svp/plan/study-key.h"

#include <errno.h>
#include <string.h>

/* What the reader is at. */
typedef struct {
    SvpFileProblems *problems;
    SvpStudyReading reading;
    GHashTable *given; /* "group\nkey" -> line of it */
    const SvpStudyGroupRow *group;
    bool skipping; /* the group is none, which has been said */
    unsigned line;
} Reader;

void svp_study_free(SvpStudy *study)
{
    if (!study)
        return;
    g_free(study->name);
    g_free(study->title);
    g_free(study->machine);
    g_free(study->directory);
    g_free(study->precision_of);
    g_ptr_array_unref(study->commands);
    g_ptr_array_unref(study->vary);
    g_free(study->search.key);
    g_free(study->search.condition.text);
    g_free(study->search.condition.metric);
    g_free(study->compare_a);
    g_free(study->compare_b);
    g_free(study);
}

static void command_free(void *data)
{
    svp_study_command_free(data);
}

static void vary_free(void *data)
{
    SvpStudyVary *vary = data;

    g_free(vary->key);
    g_ptr_array_unref(vary->values);
    g_free(vary);
}

static SvpStudy *study_new(void)
{
    SvpStudy *study = g_new0(SvpStudy, 1);

    study->seed = 1;
    study->replications = study->replications_max = 10;
    study->confidence_percent = 95.0;
    study->commands = g_ptr_array_new_with_free_func(command_free);
    study->vary = g_ptr_array_new_with_free_func(vary_free);
    return study;
}

/* --- Lines ---------------------------------------------------------------------------------------------- */

static void cut_comment(char *line)
{
    for (char *c = line; *c; c++)
        if (*c == '#' && (c == line || c[-1] == ' ' || c[-1] == '\t')) {
            *c = '\0';
            return;
        }
}

static void enter_group(Reader *reader, char *line)
{
    char *end = strchr(line, ']');
    unsigned n;

    reader->group = NULL;
    reader->skipping = true;
    if (!end || end[1] != '\0') {
        svp_file_problems_add(
            reader->problems, reader->line, NULL, NULL, NULL, "write [GROUP]", "this is no group: %s", line);
        return;
    }
    *end = '\0';
    const char *name = g_strstrip(line + 1);
    const SvpStudyGroupRow *rows = svp_study_groups(&n);
    const char *names[SVP_STUDY_GROUPS_MAX];

    for (unsigned i = 0; i < n; i++) {
        names[i] = rows[i].name;
        if (strcmp(rows[i].name, name) == 0)
            reader->group = &rows[i];
    }
    reader->skipping = reader->group == NULL;
    if (reader->group)
        return;
    const char *like = hv_nearest(name, names, n);
    g_autofree char *remedy =
        like ? g_strdup_printf("did you mean [%s]?", like)
             : g_strdup("the groups are [study], [commands], [vary], [search], [compare]");

    svp_file_problems_add(
        reader->problems, reader->line, name, NULL, NULL, remedy, "there is no such group in study files");
}

static const SvpStudyKeyRow *find_key(const SvpStudyGroupRow *group, const char *key)
{
    for (unsigned i = 0; i < group->n_keys; i++)
        if (strcmp(group->keys[i].name, key) == 0)
            return &group->keys[i];
    return NULL;
}

static void refuse_key(Reader *reader, const char *key, const char *value)
{
    const char *names[SVP_STUDY_KEYS_MAX];
    GString *remedy = g_string_new(NULL);

    for (unsigned i = 0; i < reader->group->n_keys; i++)
        names[i] = reader->group->keys[i].name;
    const char *like = hv_nearest(key, names, reader->group->n_keys);

    if (like) {
        g_string_printf(remedy, "did you mean %s?", like);
        svp_file_problems_spoil(reader->problems, reader->group->name, like);
    } else {
        g_string_printf(remedy, "the keys of [%s] are", reader->group->name);
        for (unsigned i = 0; i < reader->group->n_keys; i++)
            g_string_append_printf(remedy, "%s %s", i > 0 ? "," : "", names[i]);
    }
    svp_file_problems_add(
        reader->problems, reader->line, reader->group->name, key, value, remedy->str,
        "there is no such key here");
    g_string_free(remedy, TRUE);
}

/* False if the key is there already. */
static bool take_place(Reader *reader, const char *key, const char *value)
{
    char *place = g_strdup_printf("%s\n%s", reader->group->name, key);
    unsigned before = GPOINTER_TO_UINT(g_hash_table_lookup(reader->given, place));

    if (before == 0) {
        g_hash_table_insert(reader->given, place, GUINT_TO_POINTER(reader->line));
        return true;
    }
    g_free(place);
    svp_file_problems_add(
        reader->problems, reader->line, reader->group->name, key, value, "keep one of them",
        "the key is there already, in line %u", before);
    return false;
}

static void read_value(Reader *reader, const char *key, const char *value)
{
    const SvpStudyKeyRow *row = find_key(reader->group, key);
    g_autoptr(GError) error = NULL;

    reader->reading.line = reader->line;
    if (!row && !reader->group->read_any) {
        refuse_key(reader, key, value);
        return;
    }
    if (!take_place(reader, key, value))
        return;
    if (row ? row->read(&reader->reading, value, &error)
            : reader->group->read_any(&reader->reading, key, value, &error))
        return;
    svp_file_problems_add_error(reader->problems, reader->line, reader->group->name, key, value, error);
    svp_file_problems_spoil(reader->problems, reader->group->name, key);
}

static void read_key(Reader *reader, char *line)
{
    char *equals = strchr(line, '=');

    if (!equals || equals == line) {
        svp_file_problems_add(
            reader->problems, reader->line, reader->group ? reader->group->name : NULL, NULL, NULL,
            "write [GROUP], KEY = VALUE, or a comment from #", "this line is neither group nor key: %s",
            line);
        return;
    }
    if (!reader->group) {
        if (!reader->skipping)
            svp_file_problems_add(
                reader->problems, reader->line, NULL, NULL, NULL, "begin with [study]",
                "a key stands before the first group: %s", line);
        return;
    }
    *equals = '\0';
    read_value(reader, g_strchomp(line), g_strstrip(equals + 1));
}

static void read_line(Reader *reader, char *line)
{
    for (const char *c = line; *c; c++)
        if (g_ascii_iscntrl(*c) && *c != '\t' && *c != '\r') {
            svp_file_problems_add(
                reader->problems, reader->line, NULL, NULL, NULL, "delete it",
                "there is a control character, byte 0x%02X, in the line", (unsigned char)*c);
            return;
        }
    cut_comment(line);
    g_strstrip(line);
    if (*line == '[')
        enter_group(reader, line);
    else if (*line)
        read_key(reader, line);
}

/* --- The whole ------------------------------------------------------------------------------------------ */

static unsigned line_of(const Reader *reader, const char *group, const char *key)
{
    g_autofree char *place = g_strdup_printf("%s\n%s", group, key);

    return GPOINTER_TO_UINT(g_hash_table_lookup(reader->given, place));
}

static void complain(void *data, const char *group, const char *key, const char *reason, const char *remedy)
{
    Reader *reader = data;

    if (!key || !svp_file_problems_spoiled(reader->problems, group, key))
        svp_file_problems_add(
            reader->problems, key ? line_of(reader, group, key) : 0, group, key, NULL, remedy, "%s", reason);
}

static bool is_given(void *data, const char *group, const char *key)
{
    return line_of(data, group, key) > 0;
}

static bool is_text(const char *text, size_t length, SvpFileProblems *problems)
{
    if (length > SVP_STUDY_FILE_MAX_BYTES)
        svp_file_problems_add(
            problems, 0, NULL, NULL, NULL, NULL, "the file is larger than %zu MiB, which no study file is",
            SVP_STUDY_FILE_MAX_BYTES >> 20);
    else if (length == 0)
        svp_file_problems_add(problems, 0, NULL, NULL, NULL, "begin with [study]", "the file is empty");
    else if (!g_utf8_validate_len(text, length, NULL))
        svp_file_problems_add(
            problems, 0, NULL, NULL, NULL, "save the file as plain text in UTF-8",
            "the file is not UTF-8 text");
    else
        return true;
    return false;
}

SvpStudy *svp_study_parse(const char *text, size_t length, GPtrArray **ret_problems)
{
    g_autoptr(SvpFileProblems) problems = svp_file_problems_new();
    g_autoptr(SvpStudy) study = study_new();
    g_autoptr(GHashTable) given = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Reader reader = {.problems = problems, .given = given, .reading = {.study = study}};

    if (is_text(text, length, problems)) {
        g_autofree char *whole = g_strndup(text, length);
        g_auto(GStrv) lines = g_strsplit(whole, "\n", -1);

        for (char **line = lines; *line; line++) {
            reader.line++;
            read_line(&reader, *line);
        }
        svp_study_check(study, is_given, complain, &reader);
        svp_file_problems_sort(problems);
    }
    *ret_problems = svp_file_problems_steal(problems);
    return *ret_problems ? NULL : g_steal_pointer(&study);
}

SvpStudy *svp_study_read(const char *path, GPtrArray **ret_problems)
{
    g_autofree char *text = NULL, *relative = g_path_get_dirname(path);
    g_autoptr(GError) error = NULL;
    gsize length;

    if (!g_file_get_contents(path, &text, &length, &error)) {
        g_autoptr(SvpFileProblems) problems = svp_file_problems_new();

        svp_file_problems_add(
            problems, 0, NULL, NULL, NULL, NULL, "the study file cannot be read: %s", error->message);
        *ret_problems = svp_file_problems_steal(problems);
        return NULL;
    }
    SvpStudy *study = svp_study_parse(text, length, ret_problems);

    if (study)
        study->directory = g_canonicalize_filename(relative, /* relative_to= */ NULL);
    return study;
}

SvpStudy *svp_study_new_default(const char *machine_path)
{
    SvpStudy *study = study_new();

    study->machine = g_path_get_basename(machine_path);
    study->name = g_strdup(study->machine);
    if (g_str_has_suffix(study->name, ".ini"))
        study->name[strlen(study->name) - strlen(".ini")] = '\0';
    study->title = g_strdup(study->name);
    g_autofree char *relative = g_path_get_dirname(machine_path);

    study->directory = g_canonicalize_filename(relative, /* relative_to= */ NULL);
    study->length_ns = 24 * 3600 * HV_NS_PER_S;
    study->interval_ns = study->length_ns / 96;
    study->replications = study->replications_max = 5;
    return study;
}

/* A line that begins so, with blanks where they are allowed. */
static bool has_group(const char *text, const char *pattern)
{
    return g_regex_match_simple(pattern, text, G_REGEX_MULTILINE, 0);
}

bool svp_study_is_study(const char *text)
{
    return has_group(text, "^[ \\t]*\\[[ \\t]*study[ \\t]*\\]") ||
           !has_group(text, "^[ \\t]*\\[[ \\t]*machine[ \\t]*\\]");
}
