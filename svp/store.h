/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_STORE_H
#define LPARSIM_SVP_STORE_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/*
 * What the SVP remembers, as records: JSON objects, each with a key in a collection ("log", "job", "save", "policy", ...). In a state directory
 * they are in an SQLite database (operations.db) and survive whatever happens once the call, or the transaction, has returned true; without
 * one they are in memory. The only file of the SVP that speaks SQL. What can go wrong is what can go wrong with a database (hv/database.h):
 * HV_ERROR_DATABASE and the others.
 */
typedef struct SvpStore SvpStore;

#define SVP_STORE_FILE "operations.db"

/* `directory` NULL: in memory. Whoever opens it holds the directory's lock (resmgr/journal.h). */
SvpStore *svp_store_open(const char *directory, GError **error);
void svp_store_free(SvpStore *store); /* NULL is allowed; what is not committed is rolled back */
/* False: whether the last change is in it is not known, and nothing more may be changed. */
bool svp_store_may_write(const SvpStore *store, GError **error);

/* A record, an object (asserted), of that key is replaced. False: the disk is full, ...; nothing has changed. */
bool svp_store_put(
    SvpStore *store, const char *collection, const char *key, const json_t *record, GError **error);
bool svp_store_delete(SvpStore *store, const char *collection, const char *key, GError **error);
json_t *
svp_store_get(SvpStore *store, const char *collection, const char *key); /* NULL: none; json_decref() */
/* All of a collection, in the order of the bytes of their keys; stops when `visit` returns false. Numbers in keys have leading zeros. */
void svp_store_foreach(
    SvpStore *store, const char *collection, bool (*visit)(const char *key, json_t *record, void *data),
    void *data);
size_t svp_store_count(SvpStore *store, const char *collection);

/* Several changes at once, all or none. Not nested. Without it each change is a transaction of its own. */
bool svp_store_begin(SvpStore *store, GError **error);
bool svp_store_commit(SvpStore *store, GError **error); /* false: rolled back */
void svp_store_rollback(SvpStore *store);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpStore, svp_store_free)

#endif
