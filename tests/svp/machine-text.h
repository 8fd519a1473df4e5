/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_SVP_MACHINE_TEXT_H
#define LPARSIM_TESTS_SVP_MACHINE_TEXT_H

#include "svp/machine-file.h"

/* Machine files in tests: each fails the test if what it says is not so. */

/* A file of the source tree. */
char *machine_text_load(const char *path);
/* All problems as an operator sees them, one line each; the array is freed. */
char *machine_text_problems(GPtrArray *problems, const char *path);
/* The definition of a text without problems. */
ResmgrDefinition *machine_text_parse(const char *text);
/* The problems of a text that has some, as those of "FILE". */
char *machine_text_refused(const char *text, size_t length);
/* Written and read again it is equal, and is written alike. */
void machine_text_round_trip(const ResmgrDefinition *definition);

#endif
