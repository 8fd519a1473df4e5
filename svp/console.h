/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_CONSOLE_H
#define LPARSIM_SVP_CONSOLE_H

#include "monitor/system.h"

#include "svp/store.h"

#include <stdio.h>

/*
 * The SVP console without its terminal: one session of an operator with one machine. main.c feeds it lines,
 * tests and fuzzers do too.
 */
typedef struct SvpConsole SvpConsole;
typedef struct SvpStore SvpStore;
typedef struct SvpJobs SvpJobs;

typedef enum {
    SVP_EXIT_OK = 0,
    SVP_EXIT_REFUSED = 1, /* a command was refused or failed */
    SVP_EXIT_USAGE = 2,   /* usage, machine file or script could not be read */
} SvpExit;

typedef struct {
    FILE *out;        /* results; the caller's */
    FILE *err;        /* errors and progress; the caller's */
    bool json;        /* JSON Lines on `out`, nothing else */
    bool color;       /* escape codes on `out` */
    bool ascii;       /* no characters outside ASCII */
    bool progress;    /* `err` is a terminal: progress for what takes over two seconds */
    bool echo;        /* print each command before its result: scripts */
    bool no_power_on; /* the LPARs are brought up by the operator only */
    bool ask;         /* INTEG and DEACTIVATE ask for the LPAR's name through `ask_func` */
    unsigned width;   /* columns of the terminal; 0: 100 */
    char *(*ask_func)(const char *prompt, void *data); /* the answer, to be freed, or NULL at end of input */
    void *ask_data;
    bool (*interrupted_func)(void *data); /* asked now and then during RUN: true ends it; may be NULL */
    void *interrupted_data;
    /* Nanoseconds since 1970-01-01 00:00 by the clock on the wall, for schedules; NULL: that of this computer. */
    uint64_t (*wall_func)(void *data);
    void *wall_data;
    bool no_files;             /* no command writes a file: for lines that come from anywhere */
    SvpStore *store;           /* what outlives the console; the caller's; NULL: nothing does */
    const char *directory;     /* of the state; NULL: none */
    const char *operator_name; /* for the log: "operator", "script FILE:LINE" is added by the reader */
} SvpConsoleConfig;

/* The system outlives the console. */
SvpConsole *svp_console_new(MonitorSystem *system, const SvpConsoleConfig *config);
void svp_console_free(SvpConsole *console);
/* Takes over what the last console on the same store has left, before the first line; done by that if it was not before. */
void svp_console_begin(SvpConsole *console);
/*
 * Carries out one line: a command, or nothing (blank, or a comment from '#' or '*'). Prints its result or its
 * error, and enters it in the operator log. Returns false if it was refused or failed. `source` names where
 * the line came from for the log ("console", "demo.svp:12").
 */
bool svp_console_line(SvpConsole *console, const char *line, const char *source);
SvpJobs *svp_console_jobs(SvpConsole *console);                  /* the console's */
bool svp_console_quit(const SvpConsole *console);                /* QUIT was given */
bool svp_console_keep(const SvpConsole *console);                /* domains are to be left running */
char *svp_console_prompt(const SvpConsole *console);             /* "[10.000 s] SVP> "; free with g_free() */
void svp_console_set_width(SvpConsole *console, unsigned width); /* of the terminal; 0: 100 */
/* The commands have ended: says on `err` what is still queued, and will not be carried out. */
void svp_console_end(const SvpConsole *console);
/* Completions of the word that ends at `cursor` in `line`: NULL-terminated strings, g_strfreev(); NULL if
 * none. */
char **svp_console_complete(const SvpConsole *console, const char *line, size_t cursor);
/* Reference of all commands as Markdown, from the command table; free with g_free(). */
char *svp_command_reference(void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpConsole, svp_console_free)

#endif
