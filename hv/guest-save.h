/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_GUEST_SAVE_H
#define LPARSIM_HV_GUEST_SAVE_H

#include "hv/file-copy.h"
#include "hv/quantity.h"
#include "hv/save-moment.h"

/* What a save of a real guest consists of: files in a folder, and the description of its domain. Plain data; needs no libvirt. */
typedef enum {
    HV_SAVE_LIVE,  /* storage and disks of one moment; the guest goes on */
    HV_SAVE_DISKS, /* disks of one moment, as after a loss of power; the guest goes on */
    HV_SAVE_STOP,  /* storage and disks; the domain has ended then */
    HV_SAVE_KINDS,
} HvSaveKind;

/* "live", "disks", "stop"; and back (any case). */
const char *hv_save_kind_name(HvSaveKind kind);
bool hv_save_kind_parse(const char *text, HvSaveKind *ret_kind);

#define HV_SAVE_MEMORY_FILE "memory"

/* What is to be saved. */
typedef struct {
    char *folder;
    HvSaveKind kind;
    HvSaveMoment *moment; /* LIVE: together with others; NULL: at a moment of its own */
} HvSaveOrder;

typedef struct {
    char *name;   /* in the folder: HV_SAVE_MEMORY_FILE, "vda.raw" */
    char *target; /* of a disk: "vda"; NULL: storage */
    char *
        alias; /* of a disk: "ua-lparsim-0a00", by the number of its device; NULL: lparsim has not given it one */
    char *source; /* of a disk: where it was */
    bool qcow2;
    HvFileContent content;
} HvSavedFile;

typedef struct {
    char *folder;
    HvSaveKind kind;
    char *domain, *uuid;
    uint64_t memory_bytes; /* of the domain, when it was saved; 0: not known */
    char *xml;             /* of the domain; for a restore the one in the file of its storage counts */
    bool was_running;      /* false: it was suspended */
    HvTime hold_ns;        /* how long the guest stood; HV_TIME_NEVER: not known, or it has ended */
    HvTime limit_ns;       /* how long it was to stand at most; 0: no limit was set */
    HvTime took_ns;        /* all of it */
    GPtrArray *files;      /* HvSavedFile *: storage first, then disks by target */
} HvGuestSaved;

HvGuestSaved *hv_guest_saved_new(const char *folder, HvSaveKind kind);
HvGuestSaved *hv_guest_saved_copy(const HvGuestSaved *saved);
void hv_guest_saved_free(HvGuestSaved *saved); /* NULL is allowed */
/* Belongs to `saved`; fields are copied. */
HvSavedFile *hv_guest_saved_add(HvGuestSaved *saved, const HvSavedFile *file);
char *hv_guest_saved_path(const HvGuestSaved *saved, const HvSavedFile *file); /* free with g_free() */
/* Whether every file is there with the bytes that it had. HV_ERROR_IMAGE names the first that differs; HV_ERROR_FILE. */
bool hv_guest_saved_verify(const HvGuestSaved *saved, GError **error);
/* Removes its files; those that are not there are none to remove. */
void hv_guest_saved_remove(const HvGuestSaved *saved);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvGuestSaved, hv_guest_saved_free)

#endif
