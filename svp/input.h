/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_INPUT_H
#define LPARSIM_SVP_INPUT_H

#include <stdbool.h>
#include <stdio.h>

/* Where the commands come from: a file until it ends, or until somebody ends the program by a signal. */
typedef struct SvpInput SvpInput;

typedef struct {
    int fd;        /* the caller's */
    bool keyboard; /* the interrupt key ends nothing: svp_terminal_interrupted() tells of it */
    /* Waits until `fd` is readable, while other things go on; NULL: nothing else has to. */
    void (*wait)(int fd, void *data);
    void *data;
} SvpInputConfig;

/* From now on SIGTERM, SIGHUP and (without a keyboard) SIGINT end nothing by themselves. */
SvpInput *svp_input_new(const SvpInputConfig *config);
/* NULL is allowed. A signal that has come does now what it would have done. */
void svp_input_free(SvpInput *input);

/* As many bytes as there are, after waiting for the first; 0: the end, or a signal has come; -1: errno says why. */
ssize_t svp_input_read(SvpInput *input, char *buffer, size_t length);
FILE *svp_input_stream(SvpInput *input); /* reads by that; ours */
/* The name of the signal that has come, "SIGTERM"; NULL: none has. */
const char *svp_input_signal(SvpInput *input);

#endif
