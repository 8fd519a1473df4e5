/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_RESMGR_DEFINITION_H
#define LPARSIM_RESMGR_DEFINITION_H

#include "hv/class-def.h"
#include "hv/domain-def.h"
#include "hv/machine.h"
#include "hv/workload.h"

/*
 * What the machine file says: the machine and its LPARs as plain data, separate from any state. It is filled in by a
 * reader, checked once, and then only read.
 */
#define RESMGR_MAX_LPARS        255
#define RESMGR_MAX_CLASSES      4096
#define RESMGR_ORIGIN_FIRST_FIT UINT64_MAX

typedef enum {
    RESMGR_CAP_NONE,     /* unused time of others may be used */
    RESMGR_CAP_HARD,     /* never above the share or weight */
    RESMGR_CAP_ABSOLUTE, /* never above a number of IPs */
} ResmgrCapKind;

typedef struct {
    ResmgrCapKind kind;
    uint32_t ips_hundredths; /* RESMGR_CAP_ABSOLUTE: 1 .. 25500, of the LPAR's LIPs together */
} ResmgrCap;

typedef struct {
    uint16_t ip;       /* 1 .. n_ips */
    uint16_t share_bp; /* 1 .. 10000 */
} ResmgrIpShare;

/* An LPAR's part of the pool of a type. */
typedef struct {
    HvIpType type;
    uint32_t weight; /* 1 .. 999 */
    unsigned n_lips; /* 1 .. IPs of the pool */
} ResmgrPoolDef;

typedef struct {
    uint64_t size_bytes;
    uint64_t origin_bytes;   /* or RESMGR_ORIGIN_FIRST_FIT */
    uint64_t reserved_bytes; /* how far a guest can let it grow behind size */
    bool reserved_given;     /* ES: without it, growth is not limited by what was declared */
} ResmgrStorageDef;

typedef struct {
    char *
        name; /* letters, digits, '_', '-', '$', '#', '@'; 1 .. 16; unique whatever the case; not all digits */
    unsigned number; /* 1 .. RESMGR_MAX_LPARS, unique */
    ResmgrStorageDef ms, es;
    GArray *ip_shares; /* of ResmgrIpShare, one LIP each, numbered from 1 in this order; at most one per IP */
    uint32_t weight;   /* 1 .. 999; 0: not given, shares are used (or the LPAR has no processor) */
    unsigned lips_min; /* its guest keeps so many LIPs online, others as they are needed; 0: all */
    uint32_t weight_min, weight_max; /* in a cluster: between these; 0: 1, and no limit */
    unsigned n_lips;  /* with weight: 1 .. IPs of the pool; dedicated: as many IPs are its own */
    HvIpType ip_type; /* with weight, or dedicated */
    bool dedicated;   /* its LIPs have whole IPs; neither ip_shares nor weight then */
    GArray *
        pools; /* of ResmgrPoolDef: pools of other types, beside the above; their LIPs follow in this order */
    ResmgrCap cap;
    uint32_t defined_msu_hundredths; /* defined capacity; 0: none */
    bool lends_given;                /* false: it lends to all */
    GPtrArray
        *lends_to; /* char *: names of LPARs that get what it leaves of its part; empty when !lends_given */
    GArray *channels; /* of uint8_t CHPIDs, as listed */
    char *guest;      /* kind: "model", ... */
    HvWorkload workload;
    HvJobsDef jobs;     /* guest "model": classes (the definition's), demand, paging */
    HvDomainDef domain; /* guest "libvirt" */
    GPtrArray *disks;   /* char *: image files; the reader makes devices of them and empties the list */
    bool relocatable;   /* default true: may be moved in storage while it runs */
    bool cross_partition_authority; /* default true: may take another LPAR's resources */
    bool isolated;                  /* default false: its reconfigurable paths stay reserved for it */
} ResmgrLparDef;

/* LPARs that share a pool and have a limit together. An LPAR is in one group at most. */
typedef struct {
    char *name;                    /* as an LPAR's */
    GPtrArray *members;            /* char *: names of LPARs, each with a weight in the same pool */
    uint32_t cap_ips_hundredths;   /* absolute cap of all together, 1 .. 25500; 0: none */
    uint32_t limit_msu_hundredths; /* group capacity; 0: none */
} ResmgrGroupDef;

/* LPARs that share a pool and among which weight is moved to where it is wanted. An LPAR is in one cluster at most. */
typedef struct {
    char *name;         /* as an LPAR's */
    GPtrArray *members; /* char *: names of LPARs, each with a weight in the same pool and in no other */
    HvTime period_ns;   /* how often weight may move; > 0 */
} ResmgrClusterDef;

typedef struct {
    HvMachineDef *machine;
    GPtrArray *lpars;    /* ResmgrLparDef *, in the order of the file */
    GPtrArray *groups;   /* ResmgrGroupDef *, in the order of the file */
    GPtrArray *clusters; /* ResmgrClusterDef *, in the order of the file */
    GPtrArray *classes;  /* HvClassDef *, in the order of the file */
} ResmgrDefinition;

ResmgrDefinition *resmgr_definition_new(void); /* an empty machine without LPARs */
void resmgr_definition_free(ResmgrDefinition *definition);
ResmgrLparDef *
resmgr_lpar_def_new(const char *name, unsigned number); /* with the defaults: guest model, idle */
void resmgr_lpar_def_free(ResmgrLparDef *lpar);
ResmgrGroupDef *resmgr_group_def_new(const char *name);
void resmgr_group_def_free(ResmgrGroupDef *group);
ResmgrClusterDef *resmgr_cluster_def_new(const char *name); /* with a period of 10 s */
void resmgr_cluster_def_free(ResmgrClusterDef *cluster);
/* Its guest is a domain of libvirt. */
bool resmgr_lpar_def_is_libvirt(const ResmgrLparDef *lpar);
/* Its guest is simulated, by measured demand. */
bool resmgr_lpar_def_is_trace(const ResmgrLparDef *lpar);
bool resmgr_definition_equal(const ResmgrDefinition *a, const ResmgrDefinition *b);
/* By number or name, in any case; NULL if there is none. */
const ResmgrLparDef *resmgr_definition_find(const ResmgrDefinition *definition, const char *name_or_number);
/* Gives each LPAR the classes that name it; those that name none are left out, and reported by the check. */
void resmgr_definition_attach_classes(ResmgrDefinition *definition);
/* The LPAR is among the names. */
bool resmgr_definition_names(
    const ResmgrDefinition *definition, const GPtrArray *names, const ResmgrLparDef *lpar);
/* ret_in_pool[ip - 1]: the IP belongs to the pool of its type, because no `ip-shares` name it and it is not dedicated. */
void resmgr_definition_pool(const ResmgrDefinition *definition, bool ret_in_pool[HV_MAX_IPS]);
/*
 * ret_owners[ip - 1]: number of the LPAR whose dedicated IP it is; 0: none. They are the first IPs of the type that no
 * `ip-shares` name, in the order of the file. Returns how many IPs that LPAR, or all with NULL, would need besides.
 */
unsigned resmgr_definition_dedicate(
    const ResmgrDefinition *definition, const ResmgrLparDef *lpar, unsigned ret_owners[HV_MAX_IPS]);
/* Who has each installed path at power on, by `channels` or by `access` of a shared path: bit maps of LPAR numbers. */
void resmgr_definition_users(const ResmgrDefinition *definition, uint64_t ret_users[HV_MAX_CHPS][4]);
/* True if the path has no candidate list or the LPAR is in it. */
bool resmgr_definition_is_candidate(
    const ResmgrDefinition *definition, uint8_t chpid, const ResmgrLparDef *lpar);

/*
 * Reports everything that makes the definition unusable: sums above 100 %, overlaps, areas that do not fit (first fit
 * included), sizes off the increment, unknown IPs and channels, names and numbers used twice, two devices of one number
 * in one LPAR, and so on. Calls `report` once per problem, in the order of the file, with the group and key as the machine
 * file spells them ("lpar LPAR2", "ip-shares"), the value as text, why it is wrong, and the remedy (may be NULL).
 * Returns the number of problems; 0: usable.
 */
typedef void (*ResmgrProblemFunc)(
    const char *group, const char *key, const char *value, const char *reason, const char *remedy,
    void *data);
unsigned resmgr_definition_check(const ResmgrDefinition *definition, ResmgrProblemFunc report, void *data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ResmgrDefinition, resmgr_definition_free)

#endif
