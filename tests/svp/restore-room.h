/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_SVP_RESTORE_ROOM_H
#define LPARSIM_TESTS_SVP_RESTORE_ROOM_H

#include "tests/svp/console-room.h"

/* Two LPARs in a pool, A and B, and room for a third; B writes. */
extern const char restore_room_pool[];

/* At a path of console_room_at(); "" and 0 if there is none. */
const char *restore_room_text(json_t *object, const char *path);
double restore_room_number(json_t *object, const char *path);
/* The line is refused with that message, or ("") carried out. */
void ck_refused(ConsoleRoom *room, const char *line, const char *id);
/* Of what its guest has written, and that all of it is there; free with g_free(). */
char *restore_room_digest(ConsoleRoom *room, const char *lpar);
/* A folder with all that is in it. */
void restore_room_remove(const char *path);

#endif
