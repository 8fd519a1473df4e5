/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_MACHINE_FILE_KEYS_H
#define LPARSIM_SVP_MACHINE_FILE_KEYS_H

#include "svp/machine-file-types.h"

/* The groups of a machine file and the keys of each, in the order in which they are written. */
typedef enum {
    SVP_FILE_MACHINE, /* HvMachineDef */
    SVP_FILE_LPAR,    /* ResmgrLparDef */
    SVP_FILE_GROUP,   /* ResmgrGroupDef */
    SVP_FILE_CLUSTER, /* ResmgrClusterDef */
    SVP_FILE_CHANNEL, /* HvChpDef */
    SVP_FILE_DEVICE,  /* HvDeviceDef */
    SVP_FILE_CLASS,   /* HvClassDef */
    SVP_FILE_KINDS,
} SvpFileKind;

#define SVP_FILE_MAX_KEYS 48

typedef struct {
    const char *name;
    const SvpFileType *type;
    size_t offset; /* of the field in the object of the group */
    bool required; /* must be given */
    bool always;   /* is written even if it has its default */
    /*
     * Keys, with blanks between them, of which the check would speak wrongly when this one could not be read;
     * NULL: none but itself.
     */
    const char *affects;
    /* For the reference, in Markdown; `otherwise` is the value that applies when the key is not given. */
    const char *values, *otherwise, *meaning, *example;
} SvpFileKey;

typedef struct {
    const char *word;  /* "lpar" */
    const char *title; /* "[lpar NAME]" */
    const char *about; /* for the reference */
    unsigned max;      /* groups of this kind in a file */
    unsigned n_keys;
    const SvpFileKey *keys;
} SvpFileKindRow;

const SvpFileKindRow *svp_file_kind(SvpFileKind kind);
/* The key with exactly that name, or NULL. */
const SvpFileKey *svp_file_key(SvpFileKind kind, const char *name);

/* The kind whose word, or the key of the kind whose name, is most like `text`; false or NULL if none is. */
bool svp_file_kind_like(const char *text, SvpFileKind *ret_kind);
const SvpFileKey *svp_file_key_like(SvpFileKind kind, const char *text);

#endif
