/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From the text of a machine file to its groups, keys and values, still as text, each with its line.
 *
 * The syntax is that of GKeyFile, but GKeyFile itself cannot serve: it merges a group or a key that is given twice,
 * stops at the first line it does not understand, and knows no line numbers. Here every line is looked at, and a bad
 * one is reported and skipped. Two things are read that GKeyFile does not read: a comment behind a value or a group,
 * from a '#' with a blank before it, and a byte order mark. A test compares the two readers.
 *
 * A group that cannot be used (unknown, or there already) is skipped with all its keys: one mistake, one problem.
 */
#include "svp/machine-file-scan.h"

#include <string.h>

#define LINE_MAX_BYTES  65536
#define DEVICE_NAME_MAX 32
#define CLASS_NAME_MAX  16

typedef struct {
    SvpFileScan *scan;
    SvpFileProblems *problems;
    SvpFileGroup *group; /* the current one; NULL: none yet, or one that is skipped */
    bool skipping;
    unsigned line;
    unsigned n_groups[SVP_FILE_KINDS];
} Scanner;

static void group_free(void *data)
{
    SvpFileGroup *group = data;

    for (unsigned i = 0; i < SVP_FILE_MAX_KEYS; i++)
        g_free(group->values[i]);
    g_free(group->title);
    g_free(group);
}

void svp_file_scan_free(SvpFileScan *scan)
{
    if (!scan)
        return;
    g_ptr_array_unref(scan->groups);
    g_hash_table_unref(scan->by_title);
    g_free(scan);
}

const SvpFileGroup *svp_file_scan_group(const SvpFileScan *scan, const char *title)
{
    g_autofree char *small = g_ascii_strdown(title, -1);

    return g_hash_table_lookup(scan->by_title, small);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Ends the text where a comment begins. */
static void cut_comment(char *text)
{
    for (char *c = text; *c != '\0'; c++) {
        if (*c == '#' && c > text && is_blank(c[-1])) {
            *c = '\0';
            return;
        }
    }
}

/* Letters, digits and some signs; names of LPARs are looked at by the check of the definition. */
static bool name_is_valid(const char *name, size_t max, const char *signs)
{
    size_t length = strlen(name);

    for (const char *c = name; *c != '\0'; c++) {
        if (!g_ascii_isalnum(*c) && !strchr(signs, *c))
            return false;
    }
    return length <= max;
}

static bool check_name(Scanner *scanner, SvpFileKind kind, const char *title, const char *name)
{
    const char *wanted = NULL;
    uint32_t chpid;

    if (kind == SVP_FILE_MACHINE && *name != '\0')
        wanted = "the group of the machine has no name\nwrite [machine]";
    else if (kind == SVP_FILE_LPAR && *name == '\0')
        wanted = "the LPAR has no name\nwrite [lpar NAME]";
    else if (kind == SVP_FILE_CLASS && (!name_is_valid(name, CLASS_NAME_MAX, "_-$#@") || *name == '\0'))
        wanted = "a service class has a name of 1 to 16 letters, digits and _ - $ # @\nwrite [class ONLINE]";
    else if (kind == SVP_FILE_GROUP && *name == '\0')
        wanted = "the group has no name\nwrite [group NAME]";
    else if (kind == SVP_FILE_CLUSTER && *name == '\0')
        wanted = "the cluster has no name\nwrite [cluster NAME]";
    else if (kind == SVP_FILE_CHANNEL && !hv_quantity_parse_hex(name, 2, &chpid, NULL))
        wanted = "the name of a channel path is its CHPID of two hexadecimal digits\nwrite [channel 0A]";
    else if (kind == SVP_FILE_DEVICE && (*name == '\0' || !name_is_valid(name, DEVICE_NAME_MAX, "_-.$#@")))
        wanted = "a device has a name of 1 to 32 letters, digits and _ - . $ # @\nwrite [device DISK1] or "
                 "[device 0190]";
    if (!wanted)
        return true;
    g_auto(GStrv) halves = g_strsplit(wanted, "\n", 2);

    svp_file_problems_add(scanner->problems, scanner->line, title, NULL, NULL, halves[1], "%s", halves[0]);
    return false;
}

/*
 * A group was skipped: what the check would say of lists that name it is a consequence. A group of which nobody
 * knows what it is could have been an LPAR.
 */
static void spoil_lists(Scanner *scanner, const char *word)
{
    SvpFileKind kind = SVP_FILE_LPAR;

    svp_file_kind_like(word, &kind);
    if (kind == SVP_FILE_LPAR) {
        svp_file_problems_spoil(scanner->problems, NULL, "candidates");
        svp_file_problems_spoil(scanner->problems, NULL, "access");
        svp_file_problems_spoil(scanner->problems, NULL, "members");
        svp_file_problems_spoil(scanner->problems, NULL, "lends-to");
    } else if (kind == SVP_FILE_CHANNEL) {
        svp_file_problems_spoil(scanner->problems, NULL, "channels");
    }
}

/* The machine's group is there, under a wrong name: what it must have is not missing. */
static void spoil_machine(Scanner *scanner)
{
    const SvpFileKindRow *row = svp_file_kind(SVP_FILE_MACHINE);

    for (unsigned i = 0; i < row->n_keys; i++)
        svp_file_problems_spoil(scanner->problems, row->word, row->keys[i].name);
}

static bool find_kind(Scanner *scanner, const char *title, const char *word, SvpFileKind *ret_kind)
{
    SvpFileKind like = SVP_FILE_KINDS;

    for (SvpFileKind kind = 0; kind < SVP_FILE_KINDS; kind++) {
        if (!g_str_equal(svp_file_kind(kind)->word, word))
            continue;
        *ret_kind = kind;
        return true;
    }
    g_autofree char *remedy = svp_file_kind_like(word, &like)
                                  ? g_strdup_printf("did you mean %s?", svp_file_kind(like)->title)
                                  : g_strdup("the groups are [machine], [lpar NAME], [group NAME], [cluster "
                                             "NAME], [channel 0A], [device NAME], [class NAME]");

    if (like == SVP_FILE_MACHINE)
        spoil_machine(scanner);
    svp_file_problems_add(
        scanner->problems, scanner->line, title, NULL, NULL, remedy, "there is no such group");
    return false;
}

static bool check_place(Scanner *scanner, SvpFileKind kind, const char *title)
{
    const SvpFileKindRow *row = svp_file_kind(kind);
    const SvpFileGroup *first = svp_file_scan_group(scanner->scan, title);

    if (first)
        svp_file_problems_add(
            scanner->problems, scanner->line, title, NULL, NULL, "put all its keys into one group",
            "the group is there already, in line %u", first->line);
    else if (scanner->n_groups[kind] == row->max)
        svp_file_problems_add(
            scanner->problems, scanner->line, title, NULL, NULL, NULL, "a file has at most %u groups %s",
            row->max, row->title);
    else
        return true;
    return false;
}

static void enter_group(Scanner *scanner, SvpFileKind kind, char *title)
{
    SvpFileGroup *group = g_new0(SvpFileGroup, 1);
    const char *blank = strchr(title, ' ');

    group->kind = kind;
    group->title = title;
    group->name = blank ? blank + 1 : title + strlen(title);
    group->line = scanner->line;
    g_ptr_array_add(scanner->scan->groups, group);
    g_hash_table_insert(scanner->scan->by_title, g_ascii_strdown(title, -1), group);
    scanner->n_groups[kind]++;
    scanner->group = group;
    scanner->skipping = false;
}

/* The title with one blank between its words; free with g_free(). `inside` is cut into them. */
static char *make_title(char *inside, const char **ret_word, const char **ret_name)
{
    char *word = g_strstrip(inside);
    char *name = word + strcspn(word, " \t");

    if (*name != '\0')
        *name++ = '\0';
    *ret_word = word;
    *ret_name = g_strchug(name);
    return **ret_name != '\0' ? g_strconcat(word, " ", *ret_name, NULL) : g_strdup(word);
}

/* "[lpar LPAR1]   # comment", without blanks around it. */
static void scan_group(Scanner *scanner, char *line)
{
    size_t inside_length = strcspn(line + 1, "]");
    g_autofree char *inside = g_strndup(line + 1, inside_length);
    const char *behind = line + 1 + inside_length;
    const char *word, *name;
    g_autofree char *title = make_title(inside, &word, &name);
    SvpFileKind kind;

    scanner->group = NULL;
    scanner->skipping = true;
    behind += *behind == ']';
    behind += strspn(behind, " \t");
    if (line[1 + inside_length] != ']')
        svp_file_problems_add(
            scanner->problems, scanner->line, NULL, NULL, NULL, "write [GROUP]", "a group has no ']': %s",
            line);
    else if (*behind != '\0' && *behind != '#')
        svp_file_problems_add(
            scanner->problems, scanner->line, title, NULL, NULL, "put keys on lines of their own",
            "there is more behind the group: %s", behind);
    else if (find_kind(scanner, title, word, &kind) && check_name(scanner, kind, title, name)) {
        if (check_place(scanner, kind, title))
            enter_group(scanner, kind, g_steal_pointer(&title));
        return;
    }
    spoil_lists(scanner, word);
}

/* The kind that has a key of that name: "it belongs to [lpar NAME]"; NULL if none has. */
static char *elsewhere(const char *name)
{
    for (SvpFileKind kind = 0; kind < SVP_FILE_KINDS; kind++) {
        if (svp_file_key(kind, name))
            return g_strdup_printf("it belongs to %s", svp_file_kind(kind)->title);
    }
    return NULL;
}

static char *known_keys(SvpFileKind kind)
{
    const SvpFileKindRow *row = svp_file_kind(kind);
    GString *text = g_string_new("the keys of ");

    g_string_append_printf(text, "%s are", row->title);
    for (unsigned i = 0; i < row->n_keys; i++)
        g_string_append_printf(text, "%s %s", i > 0 ? "," : "", row->keys[i].name);
    return g_string_free(text, FALSE);
}

static void report_unknown_key(Scanner *scanner, const char *name, const char *value)
{
    SvpFileGroup *group = scanner->group;
    const SvpFileKey *like = svp_file_key_like(group->kind, name);
    g_autofree char *remedy = like ? g_strdup_printf("did you mean %s?", like->name) : elsewhere(name);

    if (!remedy)
        remedy = known_keys(group->kind);
    if (like)
        svp_file_problems_spoil(scanner->problems, group->title, like->name);
    svp_file_problems_add(
        scanner->problems, scanner->line, group->title, name, value, remedy, "there is no such key here");
}

/* "name = value   # comment", without blanks around it. */
static void scan_key(Scanner *scanner, char *line)
{
    SvpFileGroup *group = scanner->group;
    char *equals = strchr(line, '=');

    if (!equals || equals == line) {
        svp_file_problems_add(
            scanner->problems, scanner->line, group ? group->title : NULL, NULL, NULL,
            "write [GROUP], KEY = VALUE, or a comment from #", "this line is neither group nor key: %s",
            line);
        return;
    }
    if (!group) {
        if (!scanner->skipping)
            svp_file_problems_add(
                scanner->problems, scanner->line, NULL, NULL, NULL, "begin with [machine]",
                "a key stands before the first group: %s", line);
        return;
    }
    *equals = '\0';
    cut_comment(equals + 1);
    char *name = g_strchomp(line), *value = g_strstrip(equals + 1);
    const SvpFileKey *key = svp_file_key(group->kind, name);

    if (!key) {
        report_unknown_key(scanner, name, value);
        return;
    }
    size_t position = (size_t)(key - svp_file_kind(group->kind)->keys);
    if (group->lines[position] != 0) {
        svp_file_problems_add(
            scanner->problems, scanner->line, group->title, name, value, "keep one of them",
            "the key is there already, in line %u", group->lines[position]);
        return;
    }
    group->values[position] = g_strdup(value);
    group->lines[position] = scanner->line;
}

static const char *find_control_character(const char *line)
{
    for (const char *c = line; *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c) && *c != '\t')
            return c;
    }
    return NULL;
}

static void scan_line(Scanner *scanner, char *line)
{
    g_strstrip(line);
    if (*line == '\0' || *line == '#')
        return;
    const char *control = find_control_character(line);

    if (strlen(line) > LINE_MAX_BYTES)
        svp_file_problems_add(
            scanner->problems, scanner->line, NULL, NULL, NULL, NULL, "the line is longer than %u bytes",
            LINE_MAX_BYTES);
    else if (control)
        svp_file_problems_add(
            scanner->problems, scanner->line, NULL, NULL, NULL, "delete it",
            "there is a control character, byte 0x%02X, in the line", (unsigned char)*control);
    else if (*line == '[')
        scan_group(scanner, line);
    else
        scan_key(scanner, line);
}

SvpFileScan *svp_file_scan_new(const char *text, size_t length, SvpFileProblems *problems)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF";
    Scanner scanner = {.scan = g_new0(SvpFileScan, 1), .problems = problems};
    const char *end = text + length;

    scanner.scan->groups = g_ptr_array_new_with_free_func(group_free);
    scanner.scan->by_title = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (length >= strlen(byte_order_mark) && memcmp(text, byte_order_mark, strlen(byte_order_mark)) == 0)
        text += strlen(byte_order_mark);
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *line_end = newline ? newline : end;
        g_autofree char *line = g_strndup(text, (size_t)(line_end - text));
        scanner.line++;
        scan_line(&scanner, line);
        text = newline ? newline + 1 : end;
    }
    return scanner.scan;
}
