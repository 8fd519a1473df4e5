/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_SVP_REPORT_ROOM_H
#define LPARSIM_TESTS_SVP_REPORT_ROOM_H

#include "tests/svp/console-room.h"

/* What the tests of reports have in common: a machine with something of everything, and how a report is taken apart. */
extern const char report_room_machine[];

ConsoleRoom *report_room_new(void);
/* The result of a command that is carried out (the test fails otherwise); json_decref() it. */
json_t *report_room_result(ConsoleRoom *room, const char *line);
/* What is at a path of an object (console_room_at()): a number (the test fails if it is none), a text ("" if it is none). */
double report_room_number(json_t *object, const char *path);
const char *report_room_text(json_t *object, const char *path);
/* The row of an LPAR and a type, by their names, among `rows` or `totals`. */
json_t *report_room_row(json_t *block, const char *rows, const char *name, const char *type);

#endif
