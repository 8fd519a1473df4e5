/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_SESSION_H
#define LPARSIM_SVP_SESSION_H

#include "svp/console.h"

/* `lparsim console`: one machine, one operator, on the standard streams. */
typedef enum {
    SVP_COLOR_AUTO, /* at a terminal that can */
    SVP_COLOR_ALWAYS,
    SVP_COLOR_NEVER,
} SvpColor;

typedef struct {
    const char *machine_path; /* NULL: `adopt`, or the state directory's */
    const char *adopt;        /* names of running domains, "web,db"; NULL: none */
    const char *uri;          /* of the host they run on */
    const char *write_path;   /* the machine file is written there; NULL: nowhere */
    const char *user;         /* who is at the console */
    const char *script_path;  /* NULL: the terminal, or standard input */
    const char *trace_path;   /* NULL: none */
    HvTraceFormat trace_format;
    bool trace_chrome;      /* in the Chrome trace event format instead */
    const char *state_path; /* the state directory; NULL: nothing survives */
    uint64_t seed;
    bool seed_given;
    SvpColor color;
    bool json, ascii, echo, keep_going, no_power_on;
    bool every_slice; /* as by SET EVERYSLICE ON */
} SvpSessionOptions;

SvpExit svp_session_run(const SvpSessionOptions *options);

/* Reads a machine file; says what is wrong with it on standard error and returns NULL. */
ResmgrDefinition *svp_session_read_machine(const char *path);

#endif
