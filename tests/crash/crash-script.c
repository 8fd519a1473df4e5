/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The scripts, one for each thing that writes: the assignment, tapes of both kinds, restores, copies of snapshots, checkpoints, the operation
 * journal. The least numbers are what they have now, less a third: a script that no longer does what it is for shows.
 */
#include "tests/crash/crash-script.h"

#include <stddef.h>

#define BRING_UP "ACTIVATE ALL", "LOAD ALL", "RUN 1s"
#define LIST(...)                                                                                            \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        __VA_ARGS__, NULL                                                                                    \
    }
#define NOTHING  ((const char *const[]){NULL})
#define GOES_ON  LIST("RUN 1s")
#define TAPE(at) "SET TAPE TAP01," at, "INZTAP DEV(TAP01) NEWVOL(VOL1)"
#define SAVES    LIST("SAVE LPAR ONE DEV(TAP01)", "RUN 1s", "SAVE CHANGES DEV(TAP01)", "RUN 1s")
#define SAVED    "SAVE SYSTEM DEV(TAP01)", "RUN 1s"
#define SAVES_ON                                                                                             \
    LIST("SAVE SYSTEM DEV(TAP01)", "RUN 1s", "VERIFY DEV(TAP01)", "DEACTIVATE ONE", "RESTORE ONE DEV(TAP01)")

const CrashScript crash_scripts[] = {
    {.name = "first-start", .setup = NOTHING, .lines = LIST(BRING_UP), .proof = GOES_ON, .n_min = 120},
    {.name = "integ",
     .setup = LIST(BRING_UP),
     .lines = LIST("INTEG TWO,ONE", "STOP THREE", "RUN 1s"),
     .proof = GOES_ON,
     .each_kind = true,
     .n_min = 110},
    {.name = "presnap",
     .setup = LIST(BRING_UP, "SET PRESNAP ON"),
     .lines = LIST("INTEG TWO,ONE", "RUN 100ms", "RESTORE TWO PRESNAP", "RUN 100ms"),
     .proof = GOES_ON,
     .n_min = 180},
    {.name = "checkpoint",
     .setup = LIST(BRING_UP, "SAVE STATE", "RUN 100ms", "SAVE STATE", "RUN 100ms"),
     .lines = LIST("SAVE STATE", "RUN 100ms", "SAVE STATE"),
     .proof = GOES_ON,
     .n_min = 70},
    {.name = "save-folder",
     .setup = LIST(BRING_UP, TAPE("@/vol")),
     .lines = SAVES,
     .proof = SAVES_ON,
     .each_kind = true,
     .n_min = 100},
    {.name = "save-file",
     .setup = LIST(BRING_UP, TAPE("@/tape.tar")),
     .lines = SAVES,
     .proof = SAVES_ON,
     .n_min = 95},
    {.name = "save-two-volumes",
     .setup = LIST(
         BRING_UP, "SET TAPE TAP01,@/one;@/two", "INZTAP DEV(TAP01) NEWVOL(VOL1) SIZE(2K)",
         "INZTAP DEV(TAP01) NEWVOL(VOL2)"),
     .lines = SAVES,
     .proof = SAVES_ON,
     .n_min = 110},
    {.name = "inztap-folder",
     .setup = LIST(BRING_UP, TAPE("@/vol"), SAVED),
     .lines = LIST("INZTAP DEV(TAP01) NEWVOL(VOL2) CHECK(*NO)"),
     .proof = SAVES_ON,
     .n_min = 10,
     .takes_away = true},
    {.name = "inztap-file",
     .setup = LIST(BRING_UP, TAPE("@/tape.tar"), SAVED),
     .lines = LIST("INZTAP DEV(TAP01) NEWVOL(VOL2) CHECK(*NO)"),
     .proof = SAVES_ON,
     .n_min = 10,
     .takes_away = true},
    {.name = "restore",
     .setup = LIST(BRING_UP, TAPE("@/vol"), SAVED, "DEACTIVATE ONE"),
     .lines = LIST("RESTORE ONE DEV(TAP01)", "RUN 100ms"),
     .proof = LIST("RUN 1s", "?DEACTIVATE ONE", "RESTORE ONE DEV(TAP01)"),
     .each_kind = true,
     .n_min = 60},
    {.name = "restore-to",
     .setup = LIST(BRING_UP, TAPE("@/vol"), SAVED, "DEACTIVATE THREE"),
     .lines = LIST("RESTORE TWO DEV(TAP01) TO(FOUR) PARTIAL", "RUN 100ms"),
     .proof = GOES_ON,
     .n_min = 60},
    {.name = "clone",
     .setup = LIST(BRING_UP, "DEACTIVATE THREE"),
     .lines = LIST("CLONE TWO TO(FOUR) PARTIAL", "RUN 100ms", "DEACTIVATE FOUR", "DELETE LPAR FOUR"),
     .proof = GOES_ON,
     .n_min = 100},
    {.name = "snapshot",
     .setup = LIST(BRING_UP, "DEFINE GROUP P LPARS(ONE,TWO)", "DEFINE MIRROR P,@/mirror"),
     .lines = LIST("UPDATE P INITIALIZE", "SNAPSHOT P NAME(A)", "RUN 100ms", "SNAPSHOT P NAME(B)"),
     .proof = LIST(
         "?UPDATE P INITIALIZE", "UPDATE P VERIFY", "SNAPSHOT P NAME(C)", "UPDATE P VERIFY", "DEACTIVATE ONE",
         "RESTORE ONE SNAPSHOT(C)"),
     .n_min = 150},
    {.name = "delete-snapshot",
     .setup = LIST(
         BRING_UP, "DEFINE GROUP P LPARS(ONE,TWO)", "DEFINE MIRROR P,@/mirror", "UPDATE P INITIALIZE",
         "SNAPSHOT P NAME(A)", "RUN 100ms", "SNAPSHOT P NAME(B)"),
     .lines = LIST("DELETE SNAPSHOT A"),
     .proof = LIST("UPDATE P VERIFY", "DEACTIVATE ONE", "RESTORE ONE SNAPSHOT(B)"),
     .n_min = 15,
     .takes_away = true},
    {.name = "journal",
     .setup = LIST(BRING_UP),
     .lines = LIST("STOP ONE", "CHANGE JOURNAL", "SAVE JOURNAL ALL @/journals"),
     .proof = LIST("STOP TWO", "CHANGE JOURNAL", "SAVE JOURNAL ALL @/journals"),
     .n_min = 55},
    {.name = NULL},
};
