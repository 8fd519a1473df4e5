/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PLAN_STORE_H
#define LPARSIM_SVP_PLAN_STORE_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/*
 * The finished runs of a study, in DIR/runs.jsonl: one line each, {"key":..,"alternative":..,"replication":..,"run":{..}}. A line is
 * written when its run is finished, so whatever ends the program, what was finished is there when it is started again.
 */
typedef struct SvpStore SvpStore;

/* Opens or makes the file; a torn last line is cut off. NULL with SVP_ERROR_FILE, also if another process has it open. */
SvpStore *svp_store_open(const char *directory, GError **error);
void svp_store_close(SvpStore *store); /* NULL is allowed */
/* The run of that key, borrowed until it is closed; NULL if it is not there. */
const json_t *svp_store_find(const SvpStore *store, const char *key);
/* Adds a finished run (a JSON text) and returns it as it will be read; NULL with SVP_ERROR_FILE. */
const json_t *svp_store_add(
    SvpStore *store, const char *key, const char *alternative, unsigned replication, const char *run_text,
    GError **error);
unsigned svp_store_length(const SvpStore *store);

/*
 * The end: the file is written anew, in one piece, with these runs in this order, and no others. keys, alternatives: char *;
 * replications: unsigned.
 */
bool svp_store_settle(
    SvpStore *store, const GPtrArray *keys, const GPtrArray *alternatives, const GArray *replications,
    GError **error);

/* {"key","alternative","replication","run"} of each whole line of a file; NULL with SVP_ERROR_FILE. json_decref() it. */
json_t *svp_store_read(const char *directory, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpStore, svp_store_close)

#endif
