/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_RUN_STORE_H
#define LPARSIM_SVP_PLAN_RUN_STORE_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/*
 * The finished runs of a study, in DIR/runs.jsonl: one line each, {"key":..,"alternative":..,"replication":..,"run":{..}}. A line is
 * written when its run is finished, so whatever ends the program, what was finished is there when it is started again.
 */
typedef struct SvpRunStore SvpRunStore;

/* Opens or makes the file; a torn last line is cut off. NULL with SVP_ERROR_FILE, also if another process has it open. */
SvpRunStore *svp_run_store_open(const char *directory, GError **error);
void svp_run_store_close(SvpRunStore *store); /* NULL is allowed */
/* The run of that key, borrowed until it is closed; NULL if it is not there. */
const json_t *svp_run_store_find(const SvpRunStore *store, const char *key);
/* Adds a finished run (a JSON text) and returns it as it will be read; NULL with SVP_ERROR_FILE. */
const json_t *svp_run_store_add(
    SvpRunStore *store, const char *key, const char *alternative, unsigned replication, const char *run_text,
    GError **error);
unsigned svp_run_store_length(const SvpRunStore *store);

/*
 * The end: the file is written anew, in one piece, with these runs in this order, and no others. keys, alternatives: char *;
 * replications: unsigned.
 */
bool svp_run_store_settle(
    SvpRunStore *store, const GPtrArray *keys, const GPtrArray *alternatives, const GArray *replications,
    GError **error);

/* {"key","alternative","replication","run"} of each whole line of a file; NULL with SVP_ERROR_FILE. json_decref() it. */
json_t *svp_run_store_read(const char *directory, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpRunStore, svp_run_store_close)

#endif
