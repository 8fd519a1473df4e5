/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_CRASH_CRASH_ROOM_H
#define LPARSIM_TESTS_CRASH_CRASH_ROOM_H

#include "tests/crash/fault-disk.h"

#include <glib.h>
#include <stdbool.h>

/*
 * A machine, its state directory and its volumes in one folder, and processes that use it for a while. In commands '@' stands for the folder;
 * it has the empty folders "vol", "one", "two" for volumes.
 */
typedef struct {
    char *folder;
} CrashRoom;

/* The folder of all rooms, for the program that begins the tests, and ends them whatever has become of them. */
char *crash_rooms_begin(void);
void crash_rooms_end(char *folder); /* frees it */

CrashRoom *crash_room_new(void);
void crash_room_free(CrashRoom *room); /* with all that is in the folder */
/* Back to the empty folder. */
void crash_room_clear(const CrashRoom *room);
/* All that is in one room, in another. */
void crash_room_copy(const CrashRoom *from, const CrashRoom *to);

/* Of a command that always has an entry in the operator log; a RUN is told by the clock. */
bool crash_is_logged(const char *line);

/* What a process found or left, said of things that only become more. */
typedef struct {
    unsigned saves;     /* on all volumes that are mounted */
    unsigned copies;    /* of snapshots, in any place, those that the catalog says are good */
    unsigned presnaps;  /* snapshots before INTEG */
    unsigned receivers; /* of the operation journal, SAVED */
    unsigned logged;    /* commands in the operator log that were carried out, crash_is_logged() */
} CrashHoldings;

typedef struct {
    char *word;   /* "open", "done", "refused": a command; "wrong": something that must not be */
    char *digest; /* of the machine then; of "wrong": what */
    CrashHoldings held;
} CrashTold;

typedef struct {
    GPtrArray *told; /* CrashTold * */
    unsigned count;  /* operations of the disk; 0: the process did not come to its end */
    bool died;       /* of the disk's failure */
} CrashChild;

void crash_child_clear(CrashChild *child);

/*
 * A process starts on the room's state directory, with a disk that fails as said, and carries the lines out. It ends without closing
 * anything. NULL lines: none.
 */
CrashChild
crash_room_run(const CrashRoom *room, const char *const *lines, FaultKind kind, unsigned at, uint64_t seed);
/*
 * Another one starts on what is left, with a sound disk. The first of what it tells is what it found ("open"); then it reads every byte of what is
 * said to be there, and carries `proof` out.
 */
CrashChild crash_room_inspect(const CrashRoom *room, const char *const *proof);
/* One without a state directory carries the lines out. */
CrashChild crash_room_run_alone(const CrashRoom *room, const char *const *lines);

#endif
