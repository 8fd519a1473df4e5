/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_RUN_H
#define LPARSIM_SVP_PLAN_RUN_H

#include "monitor/sample.h"
#include "svp/plan/study-file.h"

#include <jansson.h>

/*
 * One run: one machine simulated once. What is to be run is a JSON object that says all of it, so that it can be sent to another
 * process, and what comes of it is one too. The same specification gives the same result, byte for byte, wherever it is run.
 */
typedef struct {
    const char *machine_text, *directory; /* directory: of the machine file */
    const char *inputs;  /* digest of the files that the machine names (svp/plan/input-files.h); NULL: none */
    GPtrArray *commands; /* SvpStudyCommand * */
    uint64_t seed;       /* of the alternative */
    unsigned replication; /* from 1 */
    HvTime length_ns, warm_up_ns, interval_ns;
    bool warm_up_auto;
    bool
        batches; /* metrics of SVP_RUN_BATCHES parts of what counts, besides: for one long run instead of several */
} SvpRunConfig;

#define SVP_RUN_BATCHES 10u

/* The specification; json_decref() it. */
json_t *svp_run_spec(const SvpRunConfig *config);
/* 64 hexadecimal digits that are the same only for runs that give the same; free with g_free(). */
char *svp_run_key(const json_t *spec);
/*
 * {"warm_up_s":..,"metrics":{NAME:value,..},"commands":[..],"series":{..},"before":..,"after":..}: before and after in
 * replication 1 only, with `batches` also "batches":[{NAME:value,..},..]. NULL if `cancelled`, which is asked now and then and may be NULL, said so. The machine of the specification
 * can be read, has no real guests, and takes its commands: svp_run_check() has said so (asserted).
 */
json_t *svp_run(const json_t *spec, bool (*cancelled)(void *data), void *data);
/* Why it cannot be run: false with SVP_ERROR_STUDY. *ret_definition may be NULL. */
bool svp_run_check(const SvpRunConfig *config, ResmgrDefinition **ret_definition, GError **error);

/* What the metrics of an interval are: sets name and value of each. */
void svp_run_set_metrics(json_t *metrics, const ResmgrDefinition *definition, const MonitorSample *interval);
/* Busy and ready IPs of an LPAR in an interval. */
void svp_run_lpar_use(const MonitorSample *interval, unsigned lpar, double *ret_busy, double *ret_ready);
/* What the warm-up is judged by: mean response time of all classes, or, where nothing responded, busy IPs. */
double svp_run_level(const MonitorSample *interval);

/* When a command is due: time since power on. */
HvTime svp_run_due(const SvpStudyCommand *command, const HvCalendar *calendar);

#endif
