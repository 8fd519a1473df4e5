/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One run of a study.
 *
 * The machine is operated as anybody would operate it: through a console whose output goes to memory, with the study's commands queued by
 * AT and time let pass by RUN, from one sample to the next. So a study can do whatever an operator can, and a script that does the
 * same gives the same trace. A run shares nothing with any other: its machine, its console, its streams of random numbers are its own,
 * and runs go on in as many threads as there are.
 *
 * The seed depends on the study's seed and the replication only, not on the alternative: alternatives meet the same arrivals and
 * the same demands (common random numbers), and their differences vary less than they do.
 */
#include "svp/plan/run.h"

#include "hv/rng.h"
#include "svp/console.h"
#include "svp/plan/statistics.h"

#include <string.h>

/* One run under way. */
typedef struct {
    ResmgrDefinition *definition;
    MonitorSystem *system;
    SvpConsole *console;
    FILE *out; /* what the console says, as JSON Lines */
    char *text;
    size_t length;
    size_t seen;      /* of `text` */
    json_t *commands; /* outcomes of the study's */
    HvTime length_ns, interval_ns, warm_up_ns;
    bool warm_up_auto, with_batches;
    GPtrArray *ends;     /* MonitorSample *: at the end of each interval, with_batches only */
    GPtrArray *begins;   /* MonitorSample *: where the warm-up may end; one, unless it is to be found */
    GArray *levels;      /* double, of each interval; for finding the warm-up */
    MonitorSample *last; /* at the end */
} Run;

static void sample_free(void *data)
{
    monitor_sample_free(data);
}

/* --- The specification ---------------------------------------------------------------------------------- */

static uint64_t run_seed(uint64_t seed, unsigned replication)
{
    return hv_rng_mix(hv_rng_mix(seed) + replication);
}

static json_t *number(uint64_t value)
{
    return json_sprintf("%" G_GUINT64_FORMAT, value); /* JSON's integers end at 2^63 */
}

static uint64_t number_of(const json_t *spec, const char *name)
{
    return g_ascii_strtoull(json_string_value(json_object_get(spec, name)), NULL, 10);
}

json_t *svp_run_spec(const SvpRunConfig *config)
{
    json_t *spec = json_object(), *commands = json_array();

    for (unsigned i = 0; i < config->commands->len; i++) {
        const SvpStudyCommand *command = g_ptr_array_index(config->commands, i);

        json_array_append_new(commands, json_string(command->text));
    }
    json_object_set_new(spec, "version", json_string(LPARSIM_VERSION));
    json_object_set_new(spec, "machine", json_string(config->machine_text));
    json_object_set_new(spec, "inputs", json_string(config->inputs ? config->inputs : ""));
    json_object_set_new(spec, "commands", commands);
    json_object_set_new(spec, "seed", number(config->seed));
    json_object_set_new(spec, "replication", json_integer(config->replication));
    json_object_set_new(spec, "length_ns", number(config->length_ns));
    json_object_set_new(spec, "warm_up_ns", number(config->warm_up_ns));
    json_object_set_new(spec, "warm_up_auto", json_boolean(config->warm_up_auto));
    json_object_set_new(spec, "batches", json_boolean(config->batches));
    json_object_set_new(spec, "interval_ns", number(config->interval_ns));
    json_object_set_new(spec, "directory", config->directory ? json_string(config->directory) : json_null());
    return spec;
}

/* Where the machine file is makes no difference to what the machine does. */
char *svp_run_key(const json_t *spec)
{
    json_t *what = json_copy((json_t *)(uintptr_t)spec);

    json_object_del(what, "directory");
    char *text = json_dumps(what, JSON_COMPACT | JSON_SORT_KEYS);
    char *key = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);

    free(text);
    json_decref(what);
    return key;
}

/* --- The machine ---------------------------------------------------------------------------------------- */

HvTime svp_run_due(const SvpStudyCommand *command, const HvCalendar *calendar)
{
    if (!command->by_clock)
        return command->after_ns;
    return hv_calendar_next(calendar, 0, command->second, command->days);
}

static void open_machine(Run *run, uint64_t seed)
{
    run->out = open_memstream(&run->text, &run->length);
    g_assert(run->out);
    const SvpConsoleConfig config = {
        .out = run->out, .err = run->out, .json = true, .operator_name = "study"};

    run->system = monitor_system_new(run->definition, seed);
    run->console = svp_console_new(run->system, &config);
}

static void close_machine(Run *run)
{
    svp_console_free(run->console);
    monitor_system_free(run->system);
    resmgr_definition_free(run->definition);
    if (run->out)
        fclose(run->out);
    free(run->text);
    json_decref(run->commands);
    monitor_sample_free(run->last);
    g_ptr_array_unref(run->begins);
    g_ptr_array_unref(run->ends);
    g_array_unref(run->levels);
}

/* What the console has said since the last call; json_decref() the array. */
static json_t *take_output(Run *run)
{
    json_t *objects = json_array();

    fflush(run->out);
    while (run->seen < run->length) {
        const char *line = run->text + run->seen;
        const char *newline = memchr(line, '\n', run->length - run->seen);
        size_t length = newline ? (size_t)(newline - line) : run->length - run->seen;

        json_array_append_new(objects, json_loadb(line, length, 0, NULL));
        run->seen += length + 1;
    }
    return objects;
}

/* Gives the console a line; its own answer is the last object. */
static json_t *give(Run *run, const char *line)
{
    svp_console_line(run->console, line, "study");
    return take_output(run);
}

static void queue_command(Run *run, const SvpStudyCommand *command)
{
    HvTime due_ns = svp_run_due(command, &run->definition->machine->calendar);
    g_autofree char *due = hv_quantity_format_duration(due_ns);
    g_autofree char *line = g_strdup_printf("AT %s %s", due, command->command);
    json_t *said = give(run, line);

    g_assert(
        json_is_true(json_object_get(json_array_get(said, 0), "ok"))); /* svp_run_check() has looked at it */
    json_decref(said);
}

/* --- Commands ------------------------------------------------------------------------------------------- */

/* One sentence about what a command did. */
static json_t *message_of(const json_t *answer)
{
    const json_t *result = json_object_get(answer, "result"), *moved = json_object_get(result, "moved_mib");
    const char *reason = json_string_value(json_object_get(json_object_get(answer, "error"), "reason"));

    if (reason)
        return json_string(reason);
    if (!json_object_get(result, "survivor"))
        return json_string("Done");
    g_autofree char *mib = svp_plan_number_text(json_number_value(moved));

    return json_sprintf(
        "%s retired into %s, %s MiB moved", json_string_value(json_object_get(result, "retired")),
        json_string_value(json_object_get(result, "survivor")), mib);
}

/* The study's commands are those that were queued. */
static void collect_commands(Run *run, const json_t *said)
{
    const json_t *answer;
    size_t i;

    json_array_foreach(said, i, answer)
    {
        const json_t *due = json_object_get(answer, "due_s");

        if (!due)
            continue;
        double due_s = json_number_value(due);
        g_autofree char *clock = hv_calendar_show(
            &run->definition->machine->calendar, (HvTime)(due_s * (double)HV_NS_PER_S + 0.5));
        json_t *command = json_object();

        json_object_set_new(command, "at_s", json_real(due_s));
        json_object_set_new(command, "clock", json_string(clock));
        json_object_set(command, "command", json_object_get(answer, "command"));
        json_object_set(command, "ok", json_object_get(answer, "ok"));
        json_object_set_new(command, "message", message_of(answer));
        json_object_set(command, "end_s", json_object_get(answer, "at_s"));
        json_array_append_new(run->commands, command);
    }
}

/* A command of the study that takes time can have passed the moment already. */
static void run_until(Run *run, HvTime until_ns)
{
    HvTime now = monitor_system_now(run->system);

    if (now >= until_ns)
        return;
    g_autofree char *duration = hv_quantity_format_duration(until_ns - now);
    g_autofree char *line = g_strdup_printf("RUN %s", duration);
    json_t *said = give(run, line);

    collect_commands(run, said);
    json_decref(said);
}

/* --- Before and after ----------------------------------------------------------------------------------- */

static json_t *result_of(Run *run, const char *line)
{
    json_t *said = give(run, line);
    json_t *result = json_incref(json_object_get(json_array_get(said, 0), "result"));

    json_decref(said);
    return result;
}

static json_t *assignment(Run *run)
{
    json_t *both = json_object(), *ips = result_of(run, "DISPLAY IP");

    json_object_set_new(both, "ms", result_of(run, "DISPLAY MS"));
    json_object_set(both, "ips", json_object_get(ips, "ips"));
    json_object_set(both, "pools", json_object_get(ips, "pools"));
    json_decref(ips);
    return both;
}

/* --- Intervals ------------------------------------------------------------------------------------------ */

static json_t *series_new(const Run *run)
{
    json_t *series = json_object(), *lpars = json_array();

    for (unsigned i = 0; i < run->definition->lpars->len; i++) {
        const ResmgrLparDef *def = g_ptr_array_index(run->definition->lpars, i);
        json_t *lpar = json_object();

        json_object_set_new(lpar, "lpar", json_string(def->name));
        json_object_set_new(lpar, "busy_ips", json_array());
        json_object_set_new(lpar, "ready_ips", json_array());
        json_array_append_new(lpars, lpar);
    }
    json_object_set_new(series, "interval_s", json_real((double)run->interval_ns / (double)HV_NS_PER_S));
    json_object_set_new(series, "ips", json_integer(run->definition->machine->n_ips));
    json_object_set_new(series, "t_s", json_array());
    json_object_set_new(series, "lpars", lpars);
    return series;
}

static void add_point(const Run *run, json_t *series, HvTime from_ns, const MonitorSample *interval)
{
    const json_t *lpars = json_object_get(series, "lpars");

    json_array_append_new(json_object_get(series, "t_s"), json_real((double)from_ns / (double)HV_NS_PER_S));
    for (unsigned i = 0; i < run->definition->lpars->len; i++) {
        const ResmgrLparDef *def = g_ptr_array_index(run->definition->lpars, i);
        const json_t *lpar = json_array_get(lpars, i);
        double busy, ready;

        svp_run_lpar_use(interval, def->number, &busy, &ready);
        json_array_append_new(json_object_get(lpar, "busy_ips"), json_real(busy));
        json_array_append_new(json_object_get(lpar, "ready_ips"), json_real(ready));
    }
}

/* Samples at which the warm-up could end: each interval of the first half, or the moment that was given. */
static void note_begin(Run *run, HvTime until_ns)
{
    HvTime n_intervals = (run->length_ns + run->interval_ns - 1) / run->interval_ns;
    bool none_yet = run->begins->len == 0;

    if (run->warm_up_auto && run->begins->len <= n_intervals / 2)
        g_ptr_array_add(run->begins, monitor_sample_take(run->system));
    if (run->warm_up_auto || !none_yet || run->warm_up_ns >= until_ns)
        return;
    run_until(run, run->warm_up_ns);
    g_ptr_array_add(run->begins, monitor_sample_take(run->system));
}

static void pass_interval(Run *run, json_t *series, HvTime from_ns)
{
    HvTime until_ns = MIN(from_ns + run->interval_ns, run->length_ns);

    note_begin(run, until_ns);
    run_until(run, until_ns);
    g_autoptr(MonitorSample) before = g_steal_pointer(&run->last);

    run->last = monitor_sample_take(run->system);
    g_autoptr(MonitorSample) interval = monitor_sample_since(before, run->last);
    double level = svp_run_level(interval);

    add_point(run, series, from_ns, interval);
    if (run->with_batches)
        g_ptr_array_add(run->ends, monitor_sample_take(run->system));
    g_array_append_val(run->levels, level);
}

/* Runs from 0 to the end, and returns the series; NULL if it was cancelled. */
static json_t *pass_time(Run *run, bool (*cancelled)(void *data), void *data)
{
    json_t *series = series_new(run);

    run->last = monitor_sample_take(run->system);
    for (HvTime from_ns = 0; from_ns < run->length_ns; from_ns += run->interval_ns) {
        if (cancelled && cancelled(data)) {
            json_decref(series);
            return NULL;
        }
        pass_interval(run, series, from_ns);
    }
    return series;
}

/* --- The run -------------------------------------------------------------------------------------------- */

static Run *run_new(const json_t *spec)
{
    Run *run = g_new0(Run, 1);
    const char *text = json_string_value(json_object_get(spec, "machine"));
    GPtrArray *problems = NULL;

    run->definition = svp_machine_file_parse_in(
        json_string_value(json_object_get(spec, "directory")), text, strlen(text), &problems);
    g_assert(run->definition);
    run->length_ns = number_of(spec, "length_ns");
    run->interval_ns = number_of(spec, "interval_ns");
    run->warm_up_ns = number_of(spec, "warm_up_ns");
    run->warm_up_auto = json_is_true(json_object_get(spec, "warm_up_auto"));
    run->commands = json_array();
    run->begins = g_ptr_array_new_with_free_func(sample_free);
    run->ends = g_ptr_array_new_with_free_func(sample_free);
    run->with_batches = json_is_true(json_object_get(spec, "batches"));
    run->levels = g_array_new(FALSE, FALSE, sizeof(double));
    return run;
}

static void run_free(Run *run)
{
    close_machine(run);
    g_free(run);
}

static void queue_commands(Run *run, const json_t *spec)
{
    const json_t *text;
    size_t i;

    json_array_foreach(json_object_get(spec, "commands"), i, text)
    {
        g_autoptr(SvpStudyCommand) command = svp_study_command_parse("at", json_string_value(text), NULL);

        g_assert(command);
        queue_command(run, command);
    }
}

/* The sample from which on the run counts. */
static const MonitorSample *find_begin(const Run *run)
{
    unsigned d = run->warm_up_auto
                     ? svp_plan_mser((const double *)(void *)run->levels->data, run->levels->len)
                     : 0;

    return g_ptr_array_index(run->begins, MIN(d, run->begins->len - 1));
}

/*
 * The metrics of equal batches of intervals, for an interval by batch means; the first few intervals that do not fill one are left out.
 * None if a batch would be less than two intervals.
 */
static json_t *batches_of(const Run *run, const MonitorSample *begin)
{
    json_t *batches = json_array();
    unsigned first = 0;

    while (first < run->ends->len &&
           ((const MonitorSample *)g_ptr_array_index(run->ends, first))->at_ns <= begin->at_ns)
        first++;
    unsigned size = (run->ends->len - first) / SVP_RUN_BATCHES;
    unsigned end = run->ends->len - SVP_RUN_BATCHES * size; /* of what is left out */
    const MonitorSample *from = end > first ? g_ptr_array_index(run->ends, end - 1) : begin;

    for (unsigned b = 0; size >= 2 && b < SVP_RUN_BATCHES; b++) {
        end += size;
        const MonitorSample *to = g_ptr_array_index(run->ends, end - 1);
        g_autoptr(MonitorSample) batch = monitor_sample_since(from, to);
        json_t *metrics = json_object();

        svp_run_set_metrics(metrics, run->definition, batch);
        json_array_append_new(batches, metrics);
        from = to;
    }
    return batches;
}

static json_t *result_new(Run *run, json_t *series)
{
    const MonitorSample *begin = find_begin(run);
    g_autoptr(MonitorSample) interval = monitor_sample_since(begin, run->last);
    json_t *result = json_object(), *metrics = json_object();

    svp_run_set_metrics(metrics, run->definition, interval);
    json_object_set_new(result, "warm_up_s", json_real((double)begin->at_ns / (double)HV_NS_PER_S));
    json_object_set_new(result, "metrics", metrics);
    if (run->with_batches)
        json_object_set_new(result, "batches", batches_of(run, begin));
    json_object_set(result, "commands", run->commands);
    json_object_set_new(result, "series", series);
    return result;
}

json_t *svp_run(const json_t *spec, bool (*cancelled)(void *data), void *data)
{
    Run *run = run_new(spec);
    unsigned replication = (unsigned)json_integer_value(json_object_get(spec, "replication"));
    json_t *result = NULL;

    open_machine(run, run_seed(number_of(spec, "seed"), replication));
    json_t *before = replication == 1 ? assignment(run) : NULL;

    queue_commands(run, spec);
    json_t *series = pass_time(run, cancelled, data);

    if (series) {
        result = result_new(run, series);
        if (before) {
            json_object_set(result, "before", before);
            json_object_set_new(result, "after", assignment(run));
        }
    }
    json_decref(before);
    run_free(run);
    return result;
}
