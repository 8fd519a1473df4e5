/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_DOMAIN_VIEW_H
#define LPARSIM_HV_DOMAIN_VIEW_H

#include "hv/domain-def.h"

/* What libvirt says that a domain is: its XML, as far as it matters here. Needs no libvirt. */
typedef struct {
    char *
        source; /* disk: file or block device; NIC: "network:NAME", "bridge:NAME", "user"; NULL: something else */
    char *target; /* "vda", "vnet3"; may be NULL */
    char *alias;  /* "ua-lparsim-0a00" for what lparsim has given; may be NULL */
    bool is_disk; /* false: a network interface */
    bool qcow2;
    bool has_devno; /* IBM Z: its device number is given */
    uint16_t devno;
} HvDomainViewDevice;

typedef struct {
    char *name, *uuid;
    HvArch arch;
    bool arch_known; /* false: an architecture that HvArch does not have */
    bool kvm;
    uint64_t memory_bytes;  /* what it has, DIMMs included, the balloon empty */
    uint64_t current_bytes; /* the same less the balloon */
    uint64_t max_bytes;     /* how far storage can be plugged in; 0: not at all */
    unsigned dimm_slots, dimm_slots_used;
    bool has_virtio_mem; /* the device that lparsim has defined */
    uint64_t virtio_mem_bytes, virtio_mem_requested_bytes;
    uint64_t virtio_mem_current_bytes; /* what the guest's driver has taken of it */
    char *virtio_mem_address;          /* its element; NULL: none */
    bool has_balloon;
    unsigned vcpus, vcpus_max;
    bool has_ports;      /* PCI Express: a device can be plugged only into a free port */
    unsigned free_ports; /* of them, as far as addresses are given (in a running domain they are) */
    bool has_agent, agent_answers;
    char *console_log;  /* NULL: what it prints goes into no file */
    GPtrArray *devices; /* HvDomainViewDevice *: disks (no CD-ROMs) and network interfaces, as listed */
} HvDomainView;

/* HV_ERROR_DOMAIN if that is no domain's XML. */
HvDomainView *hv_domain_view_parse(const char *xml, GError **error);
void hv_domain_view_free(HvDomainView *view);
/* By alias, else by source (disks only); NULL if there is none. */
const HvDomainViewDevice *
hv_domain_view_find(const HvDomainView *view, const char *alias, const char *disk_source);
/* What HV_GROW_DEFAULT means for a domain that exists: what it was made for. */
HvGrow hv_domain_view_grow(const HvDomainView *view);
/* How far its main storage can go, by that way. */
uint64_t hv_domain_view_limit_bytes(const HvDomainView *view, HvGrow grow);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvDomainView, hv_domain_view_free)

#endif
