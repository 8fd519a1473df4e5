/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_HV_LOAD_DEF_H
#define LPARSIM_TESTS_HV_LOAD_DEF_H

#include "hv/class-def.h"
#include "hv/machine.h"
#include "hv/workload.h"

#define LOAD_DEVICES 3
#define LOAD_CLASSES 5

/* What runs in a room, and on what; rooms of one definition begin alike. */
typedef struct {
    char *workload_text;
    HvWorkload workload;
    HvJobsDef jobs;
    HvMachineDef *machine;
    uint64_t seed;
} LoadDef;

/*
 * By a number: a workload, classes of all kinds, demand, paging. `directory` has the files; NULL: without demand, and sources that read none.
 * `with_calendar`: some batch classes start by the clock.
 */
LoadDef *load_def_new(uint64_t number, const char *directory, bool with_calendar);
void load_def_free(LoadDef *def);

/* A folder with the files that definitions read; free it, with its files, with load_def_remove_folder(). */
char *load_def_make_folder(void);
void load_def_remove_folder(char *directory);
void load_def_write_file(const char *directory, const char *name, const char *content);
void load_def_remove_file(const char *directory, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LoadDef, load_def_free)

#endif
