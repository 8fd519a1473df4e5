/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_LOG_H
#define LPARSIM_SVP_LOG_H

#include "svp/command-parse.h"

/* The operator log: every command that was given, in order. */
typedef struct SvpLog SvpLog;

typedef struct {
    uint64_t sequence; /* from 1, ascending; over all sessions of a state directory */
    HvTime given_ns, done_ns;
    char *operator_name, *source;
    char *command;
    bool modifies; /* it could change the machine */
    bool ok;
    char *id, *reason; /* why it was refused; NULL if it was not */
    GArray *lpars;     /* unsigned: numbers that it named */
} SvpLogEntry;

/* What an earlier session has left in the store is there again. `store` outlives the log; NULL: the log is in memory. */
SvpLog *svp_log_new(SvpStore *store);
void svp_log_free(SvpLog *log);
/* An entry that is being made: everything but the result. `call` is NULL if the line was not understood. */
SvpLogEntry *svp_log_add(
    SvpLog *log, HvTime given_ns, const char *operator_name, const char *source, const char *command,
    const SvpCall *call);
/* The same at a place that is still free: a command of an earlier session whose entry has not come to the store. */
SvpLogEntry *svp_log_add_at(
    SvpLog *log, uint64_t sequence, HvTime given_ns, const char *operator_name, const char *source,
    const char *command, const SvpCall *call);
/*
 * The entry is complete, and goes to the store. One that cannot be written, because the disk is full, is written with the next.
 * `error` NULL: carried out.
 */
void svp_log_result(SvpLog *log, SvpLogEntry *entry, HvTime done_ns, const GError *error);
unsigned svp_log_length(const SvpLog *log);
const SvpLogEntry *svp_log_entry(const SvpLog *log, unsigned index);
bool svp_log_has(const SvpLog *log, uint64_t sequence);
bool svp_log_entry_names(const SvpLogEntry *entry, unsigned lpar);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpLog, svp_log_free)

#endif
