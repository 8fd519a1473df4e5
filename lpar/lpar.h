/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_LPAR_LPAR_H
#define LPARSIM_LPAR_LPAR_H

#include "hv/codec.h"
#include "hv/guest.h"
#include "resmgr/state.h"

/*
 * LPAR control (6) with the LIP control (7) under it, one per LPAR: its run state, its guest, its windows on
 * storage, its LIPs. It reads the assignment from the resource manager and never changes it.
 *
 *                       activate                 load                    stop
 *     NOT_ACTIVATED ----------------> NOT_OPERATING ------> OPERATING <-----------> STOPPED
 *           ^                              |          +-------+  ^        start        |
 *           +---------- deactivate --------+----------|----------|---------------------+
 *                                                     | fence    | unfence
 *     RETIRED <--------------- retire ------------- FENCED ------+   (unfence: back to the state before)
 *           +--- come back ---> NOT_ACTIVATED
 *
 * FENCED: every LIP stopped, I/O ended, nothing runs until unfence or retire. Any activated state can be
 * fenced. Held is not a state but a moment (lpar_hold .. lpar_release): no LIP runs, the guest's clock
 * stands.
 */
typedef enum {
    LPAR_NOT_ACTIVATED,
    LPAR_NOT_OPERATING,
    LPAR_OPERATING,
    LPAR_STOPPED,
    LPAR_FENCED,
    LPAR_RETIRED,
} LparRunState;

/* The monitor's services to LPAR control; `monitor` is whatever it gave in LparConfig. */
typedef struct {
    /* The LIP comes online: make its task (not ready). Goes offline: end its task. */
    void (*task_make)(void *monitor, unsigned lpar, unsigned lip);
    void (*task_end)(void *monitor, unsigned lpar, unsigned lip);
    /* The LIP has work (or not) as far as the guest is concerned. */
    void (*task_ready)(void *monitor, unsigned lpar, unsigned lip, bool has_work);
    /* The guest is told of all the time that the LIP has received up to now; its burst is another one. */
    void (*task_catch_up)(void *monitor, unsigned lpar, unsigned lip);
    void (*task_burst_changed)(void *monitor, unsigned lpar, unsigned lip);
    /* No task of the LPAR may be dispatched while held. */
    void (*tasks_hold)(void *monitor, unsigned lpar, bool held);
} LparMonitorOps;

typedef struct {
    unsigned number;
    const ResmgrLparDef *def;
    const ResmgrState *state;
    HvEngine *engine;
    HvTrace *trace;
    HvStorage *storage[RESMGR_STORAGE_KINDS];
    HvChannels *channels;
    const LparMonitorOps *monitor_ops;
    void *monitor;
    uint64_t seed;              /* of the machine; the guest's own is derived from it and the number */
    struct HvLibvirtHost *host; /* of real guests; NULL if the machine has none */
} LparConfig;

typedef struct LparControl LparControl;

LparControl *lpar_control_new(const LparConfig *config);
void lpar_control_free(LparControl *lpar);

LparRunState lpar_run_state(const LparControl *lpar);
const char *lpar_run_state_name(LparRunState state); /* "not-activated", "not-operating", "operating", ... */
unsigned lpar_number(const LparControl *lpar);
const char *lpar_name(const LparControl *lpar);
HvGuest *lpar_guest(LparControl *lpar); /* NULL while nothing is loaded */
const HvGuest *lpar_guest_peek(const LparControl *lpar);
bool lpar_is_held(const LparControl *lpar);      /* real guests are not held by anybody */
bool lpar_is_real(const LparControl *lpar);      /* its guest is a domain of libvirt */
bool lpar_is_activated(const LparControl *lpar); /* NOT_OPERATING, OPERATING, STOPPED or FENCED */
bool lpar_lip_is_online(const LparControl *lpar, unsigned lip); /* it has a task */

/* The operator's commands. Each refuses with an LPAR_ERROR_* that names the LPAR, its state and the remedy.
 */
bool lpar_can_activate(const LparControl *lpar, GError **error);
bool lpar_activate(
    LparControl *lpar, GError **error); /* the resource manager has ASSIGNED its resources (asserted) */
bool lpar_can_deactivate(const LparControl *lpar, GError **error);
bool lpar_deactivate(
    LparControl *lpar, GError **error); /* guest and content are gone; the caller releases resources */
bool lpar_load(LparControl *lpar, GError **error); /* boots the guest with every LIP that is assigned */
/* Real guests: as lpar_load(), but it goes on from a save, which outlives the call; LPAR_ERROR_RUNNING if one is loaded. */
bool lpar_restore(LparControl *lpar, const HvGuestSaved *saved, GError **error);
/* The same, but it is taken up as an earlier console has left it (hv/guest.h). */
bool lpar_take_up(LparControl *lpar, GError **error);
bool lpar_start(LparControl *lpar, GError **error);
bool lpar_stop(LparControl *lpar, GError **error);
bool lpar_guest_config_storage(LparControl *lpar, bool online, uint64_t *ret_changed_bytes, GError **error);
bool lpar_guest_tell(LparControl *lpar, const char *command, GError **error);
bool lpar_guest_config_cpu(LparControl *lpar, unsigned lip, bool online, GError **error);

/* INTEG, retiring side. */
/* At the start of a program: an earlier one has integrated it into another. Not activated (asserted). */
void lpar_assume_retired(LparControl *lpar);
bool lpar_can_retire(const LparControl *lpar, GError **error); /* any activated state */
unsigned lpar_fence(LparControl *lpar); /* 201; returns the number of I/O requests ended */
void lpar_unfence(LparControl *lpar);   /* undo of 201 */
void lpar_set_aside(LparControl *lpar); /* 202: content out of the storage */
void lpar_put_back(LparControl *lpar);  /* undo of 202: content where it was */
void lpar_retire(LparControl *lpar);    /* after the commit point: tasks, guest, content go */

/* INTEG taken back, the side that gives. */
/* The windows are read anew from the assignment, which is smaller; what they showed no longer reads as zeros. */
void lpar_shrink_storage(LparControl *lpar);
/* LIPs that are not assigned any more are not declared any more; none of them is online (asserted). */
void lpar_drop_lips(LparControl *lpar);
/* INTEG taken back, the side that comes back: RETIRED --> NOT_ACTIVATED. */
void lpar_come_back(LparControl *lpar);

/* INTEG, surviving side. */
bool lpar_can_absorb(const LparControl *lpar, GError **error); /* OPERATING */
void lpar_hold(LparControl *lpar);                             /* 204; also the last round of a bystander */
void lpar_release(LparControl *lpar);                          /* 208 */
/* 205: the windows are read anew from the assignment; the content must be there already. Added storage reads
 * as zeros. */
void lpar_read_storage(LparControl *lpar);
/* 207: the LIPs are read anew; new ones are declared but have no task. Returns their numbers (GArray of
 * unsigned). */
GArray *lpar_read_lips(LparControl *lpar);
/* After 208: the interruption that tells the guest what was added; `lips` as lpar_read_lips() returned them.
 */
void lpar_notify(LparControl *lpar, const GArray *lips);

/*
 * Real guests (hv/guest.h): each asks the guest, and lpar_settle() says what has become of it. Without a real guest
 * that is there, nothing is done, and it is settled at once.
 */
void lpar_assign(LparControl *lpar, HvAssignParts parts);     /* what the resource manager says is its own */
void lpar_probe(LparControl *lpar, const ResmgrState *after); /* NULL: only whether it is there and answers */
void lpar_shutdown(LparControl *lpar, HvTime limit_ns);
void lpar_power_off(LparControl *lpar);
void lpar_let_go(LparControl *lpar, HvTime limit_ns, bool keep);
bool lpar_save(
    LparControl *lpar, const char *folder, HvSaveKind kind,
    GError **error); /* refused if nothing is loaded */
void lpar_look(LparControl *lpar);
void lpar_settle(LparControl *lpar, HvTime patience_ns, HvGuestSettled func, void *data);
/* LOAD has not come off, or the guest has ended: NOT_OPERATING, without tasks. */
void lpar_guest_is_gone(LparControl *lpar);

/*
 * Written down and read back, with its guest, as a part of a whole machine (hv/codec.h). A reader's is new: not activated, and without a
 * guest (asserted). The resource manager's state was read before, the dispatcher's tasks are read afterwards. Of a real guest
 * it is written that there is one: the reader's has a guest that was not booted.
 */
void lpar_codec(LparControl *lpar, HvCodec *codec);

/*
 * One LPAR that is loaded (asserted), by itself: its LIPs and its guest, without the content of its storage. Nothing changes by it. Its
 * guest is not real (asserted) and has been told of all the time that its LIPs received.
 */
GBytes *lpar_image(LparControl *lpar);
/*
 * Puts an LPAR that was so written, this one or another, into one that is ASSIGNED (asserted) and not activated: its guest is not booted,
 * but goes on in the state in which it was, operating or stopped, with its clock, its boots and what it has done. The content is in the
 * assigned areas already, from their begin on; the areas are as large as they were, or larger, and zeros behind. LIPs have the
 * numbers that they had; the guest takes those offline that are not assigned any more, and others are declared. I/O that was under way is started anew.
 *
 * The LPAR is held then: lpar_release() lets it go on. HV_ERROR_IMAGE: the image is damaged, or does not fit; nothing has changed.
 * LPAR_ERROR_RUNNING: it is activated.
 */
bool lpar_install(LparControl *lpar, GBytes *image, GError **error);

/* Where the content of one kind of storage is at this moment (window); bystander.h moves it. */
const HvStorageWindow *lpar_window(const LparControl *lpar, ResmgrStorageKind kind);
void lpar_set_window_origin(LparControl *lpar, ResmgrStorageKind kind, uint64_t origin_bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LparControl, lpar_control_free)

#endif
