/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The alternatives of a study: combinations of values, each made into a machine that can be run, or into the reason why it cannot.
 *
 * An alternative that is impossible (a share above 100 %, an LPAR that does not fit) does not spoil the others: it is kept, with its
 * reason, and is not run. Combinations are numbered like a mixed-radix number whose last digit is the last row of [vary]; a random
 * design draws numbers, without drawing one twice.
 */
#include "svp/plan/alternative.h"

#include "hv/nearest.h"
#include "hv/rng.h"
#include "svp/error.h"
#include "svp/message.h"
#include "svp/plan/goal.h"
#include "svp/plan/input-files.h"
#include "svp/plan/setting.h"

#include <string.h>

/* --- The machine ---------------------------------------------------------------------------------------- */

SvpStudyMachine *svp_study_machine_read(const SvpStudy *study, GError **error)
{
    g_autoptr(SvpStudyMachine) machine = g_new0(SvpStudyMachine, 1);
    g_autoptr(GError) why = NULL;
    gsize length;

    machine->study = study;
    machine->path = g_canonicalize_filename(study->machine, study->directory);
    machine->directory = g_path_get_dirname(machine->path);
    machine->input_files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (!g_file_get_contents(machine->path, &machine->text, &length, &why)) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_STUDY,
            "The machine file of the study cannot be read: %s\nmachine = FILE is relative to the study file",
            why->message);
        return NULL;
    }
    if (length > SVP_MACHINE_FILE_MAX_BYTES || !g_utf8_validate_len(machine->text, length, NULL)) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_STUDY,
            "The machine file %s is not UTF-8 text\nlparsim check says more", study->machine);
        return NULL;
    }
    return g_steal_pointer(&machine);
}

void svp_study_machine_free(SvpStudyMachine *machine)
{
    if (!machine)
        return;
    g_free(machine->text);
    g_free(machine->path);
    g_free(machine->directory);
    g_hash_table_unref(machine->input_files);
    g_free(machine);
}

/* --- Settings ------------------------------------------------------------------------------------------- */

static void setting_free(void *data)
{
    SvpSetting *setting = data;

    g_free(setting->key);
    g_free(setting->value);
    g_free(setting);
}

GPtrArray *svp_settings_new(void)
{
    return g_ptr_array_new_with_free_func(setting_free);
}

void svp_settings_add(GPtrArray *settings, const char *key, const char *value)
{
    SvpSetting *setting = g_new(SvpSetting, 1);

    setting->key = g_strdup(key);
    setting->value = g_strdup(value);
    g_ptr_array_add(settings, setting);
}

/* Whether another setting has a key that ends alike. */
static bool is_ambiguous(const GPtrArray *settings, const char *last)
{
    unsigned n = 0;

    for (unsigned i = 0; i < settings->len; i++) {
        const SvpSetting *setting = g_ptr_array_index(settings, i);
        const char *dot = strrchr(setting->key, '.');

        n += strcmp(dot ? dot + 1 : setting->key, last) == 0;
    }
    return n > 1;
}

/* "ips=2": the last word of the key, if that says which; commands by their name in [commands]. */
static char *name_of(const GPtrArray *settings)
{
    GString *name = g_string_new(settings->len == 0 ? "as it is" : NULL);

    for (unsigned i = 0; i < settings->len; i++) {
        const SvpSetting *setting = g_ptr_array_index(settings, i);
        const char *dot = strrchr(setting->key, '.'), *last = dot ? dot + 1 : setting->key;

        g_string_append(name, i > 0 ? ", " : "");
        if (g_str_has_prefix(setting->key, "command."))
            g_string_append_printf(name, "at-%s=%s", last, setting->value);
        else
            g_string_append_printf(
                name, "%s=%s", is_ambiguous(settings, last) ? setting->key : last, setting->value);
    }
    return g_string_free(name, FALSE);
}

/* --- Making one ----------------------------------------------------------------------------------------- */

static void command_free(void *data)
{
    svp_study_command_free(data);
}

static void add_command(SvpAlternative *alternative, const char *key, const char *text, GError **error)
{
    SvpStudyCommand *command = svp_study_command_parse(key, text, error);

    if (command)
        g_ptr_array_add(alternative->commands, command);
}

/* The study's command at-N gets another text, or goes with `none`. */
static bool set_command(SvpAlternative *alternative, const SvpSetting *setting, GError **error)
{
    g_autofree char *key = g_strdup_printf("at-%s", setting->key + strlen("command."));

    for (unsigned i = 0; i < alternative->commands->len; i++) {
        const SvpStudyCommand *command = g_ptr_array_index(alternative->commands, i);

        if (strcmp(command->key, key) != 0)
            continue;
        if (g_ascii_strcasecmp(setting->value, "none") == 0) {
            g_ptr_array_remove_index(alternative->commands, i);
            return true;
        }
        SvpStudyCommand *other = svp_study_command_parse(key, setting->value, error);

        if (!other)
            return false;
        svp_study_command_free(alternative->commands->pdata[i]);
        alternative->commands->pdata[i] = other;
        return true;
    }
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_STUDY, "%s is varied, but [commands] has no %s\nAdd it there",
        setting->key, key);
    return false;
}

static bool apply(SvpAlternative *alternative, const SvpSetting *setting, GError **error)
{
    if (strcmp(setting->key, "seed") == 0)
        return hv_quantity_parse_number(setting->value, 0, G_MAXUINT64, &alternative->seed, error);
    if (g_str_has_prefix(setting->key, "command."))
        return set_command(alternative, setting, error);
    char *text = svp_setting_apply(alternative->machine_text, setting->key, setting->value, error);

    if (!text)
        return false;
    g_free(alternative->machine_text);
    alternative->machine_text = text;
    return true;
}

static bool
build(SvpAlternative *alternative, const SvpStudyMachine *machine, const char *command, GError **error)
{
    g_autoptr(ResmgrDefinition) definition = NULL;

    for (unsigned i = 0; i < machine->study->commands->len; i++) {
        const SvpStudyCommand *known = g_ptr_array_index(machine->study->commands, i);

        add_command(alternative, known->key, known->text, NULL);
    }
    if (command)
        add_command(alternative, "at", command, NULL);
    for (unsigned i = 0; i < alternative->settings->len; i++)
        if (!apply(alternative, g_ptr_array_index(alternative->settings, i), error))
            return false;
    const SvpRunConfig config = svp_alternative_config(alternative, machine, 1);

    if (!svp_run_check(&config, &definition, error))
        return false;
    alternative->inputs =
        svp_input_files_digest(alternative->machine_text, machine->directory, machine->input_files);
    alternative->machine_name = g_strdup(definition->machine->name);
    if (definition->machine->calendar.given)
        alternative->clock = hv_calendar_format(&definition->machine->calendar);
    svp_goals_collect(alternative->goals, definition);
    svp_metrics_collect(alternative->metrics, definition);
    return true;
}

static char *reason_of(const GError *error)
{
    g_autofree char *reason = NULL, *remedy = NULL;

    svp_message_split(error, &reason, &remedy);
    return remedy ? g_strdup_printf("%s. %s", reason, remedy) : g_strdup(reason);
}

SvpAlternative *svp_alternative_new(
    const SvpStudyMachine *machine, GPtrArray *settings, const char *name, const char *command)
{
    SvpAlternative *alternative = g_new0(SvpAlternative, 1);
    g_autoptr(GError) error = NULL;

    alternative->name = name ? g_strdup(name) : name_of(settings);
    alternative->settings = settings;
    alternative->machine_text = g_strdup(machine->text);
    alternative->seed = machine->study->seed;
    alternative->commands = g_ptr_array_new_with_free_func(command_free);
    alternative->goals = svp_goals_new();
    alternative->metrics = g_ptr_array_new_with_free_func(g_free);
    if (build(alternative, machine, command, &error))
        return alternative;
    alternative->failed = reason_of(error);
    g_clear_pointer(&alternative->machine_text, g_free);
    return alternative;
}

void svp_alternative_free(SvpAlternative *alternative)
{
    if (!alternative)
        return;
    g_free(alternative->name);
    g_ptr_array_unref(alternative->settings);
    g_free(alternative->machine_text);
    g_free(alternative->inputs);
    g_ptr_array_unref(alternative->commands);
    g_free(alternative->failed);
    g_free(alternative->machine_name);
    g_free(alternative->clock);
    g_ptr_array_unref(alternative->goals);
    g_ptr_array_unref(alternative->metrics);
    g_free(alternative);
}

SvpRunConfig svp_alternative_config(
    const SvpAlternative *alternative, const SvpStudyMachine *machine, unsigned replication)
{
    return (SvpRunConfig){
        .machine_text = alternative->machine_text,
        .directory = machine->directory,
        .inputs = alternative->inputs,
        .commands = alternative->commands,
        .seed = alternative->seed,
        .replication = replication,
        .length_ns = machine->study->length_ns,
        .warm_up_ns = machine->study->warm_up_ns,
        .interval_ns = machine->study->interval_ns,
        .warm_up_auto = machine->study->warm_up_auto,
        .batches = machine->study->replications_max == 1,
    };
}

bool svp_alternative_has_metric(const SvpAlternative *alternative, const char *metric, GError **error)
{
    for (unsigned i = 0; i < alternative->metrics->len; i++)
        if (strcmp(g_ptr_array_index(alternative->metrics, i), metric) == 0)
            return true;
    const char *like =
        hv_nearest(metric, (const char *const *)alternative->metrics->pdata, alternative->metrics->len);

    g_set_error(
        error, SVP_ERROR, SVP_ERROR_STUDY, "%s is no metric of this machine\n%s%s%s", metric,
        like
            ? "Did you mean "
            : "Metrics are machine.busy_percent, LPAR.busy_ips, LPAR.ready_percent, LPAR.CLASS.p95 and so on",
        like ? like : "", like ? "?" : "");
    return false;
}

/* --- Making all ----------------------------------------------------------------------------------------- */

static const SvpStudyVary *vary_row(const SvpStudy *study, unsigned i)
{
    return g_ptr_array_index(study->vary, i);
}

static void alternative_free(void *data)
{
    svp_alternative_free(data);
}

/* Combination `number` of the grid. */
static GPtrArray *grid_settings(const SvpStudy *study, uint64_t number)
{
    g_autofree unsigned *digits = g_new(unsigned, study->vary->len + 1);
    GPtrArray *settings = svp_settings_new();

    for (unsigned i = study->vary->len; i-- > 0;) {
        unsigned n = vary_row(study, i)->values->len;

        digits[i] = (unsigned)(number % n);
        number /= n;
    }
    for (unsigned i = 0; i < study->vary->len; i++)
        svp_settings_add(
            settings, vary_row(study, i)->key, g_ptr_array_index(vary_row(study, i)->values, digits[i]));
    return settings;
}

static GPtrArray *list_settings(const SvpStudy *study, unsigned number)
{
    GPtrArray *settings = svp_settings_new();

    for (unsigned i = 0; i < study->vary->len; i++)
        svp_settings_add(
            settings, vary_row(study, i)->key, g_ptr_array_index(vary_row(study, i)->values, number));
    return settings;
}

static uint64_t count_grid(const SvpStudy *study)
{
    uint64_t n = 1;

    for (unsigned i = 0; i < study->vary->len; i++) {
        unsigned values = vary_row(study, i)->values->len;

        n = n > G_MAXINT64 / values ? G_MAXINT64 : n * values;
    }
    return n;
}

static int compare_numbers(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Different numbers below `total`, ascending. */
static GArray *draw(const SvpStudy *study, uint64_t total)
{
    g_autoptr(GHashTable) drawn = g_hash_table_new(g_int64_hash, g_int64_equal);
    GArray *numbers = g_array_sized_new(FALSE, FALSE, sizeof(uint64_t), study->n_random);
    HvRng rng;

    hv_rng_init(&rng, study->seed, "design");
    while (numbers->len < MIN(study->n_random, total)) {
        uint64_t number = hv_rng_below(&rng, total);

        if (g_hash_table_contains(drawn, &number))
            continue;
        g_array_append_val(numbers, number);
        g_hash_table_add(drawn, &g_array_index(numbers, uint64_t, numbers->len - 1)); /* it does not move */
    }
    g_array_sort(numbers, compare_numbers);
    return numbers;
}

GPtrArray *svp_alternatives_new(const SvpStudyMachine *machine)
{
    const SvpStudy *study = machine->study;
    GPtrArray *alternatives = g_ptr_array_new_with_free_func(alternative_free);
    uint64_t total = count_grid(study);
    g_autoptr(GArray) drawn = study->design == SVP_STUDY_RANDOM ? draw(study, total) : NULL;
    uint64_t n = drawn                             ? drawn->len
                 : study->design == SVP_STUDY_LIST ? vary_row(study, 0)->values->len
                                                   : total;

    for (uint64_t i = 0; i < n; i++) {
        GPtrArray *settings = study->design == SVP_STUDY_LIST
                                  ? list_settings(study, (unsigned)i)
                                  : grid_settings(study, drawn ? g_array_index(drawn, uint64_t, i) : i);

        g_ptr_array_add(alternatives, svp_alternative_new(machine, settings, NULL, NULL));
    }
    return alternatives;
}
