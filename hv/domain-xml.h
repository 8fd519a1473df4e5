/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_DOMAIN_XML_H
#define LPARSIM_HV_DOMAIN_XML_H

#include "hv/domain-def.h"
#include "hv/machine.h"

/*
 * What libvirt is told of a real guest: the domain that is defined for an LPAR, and the pieces that are attached
 * to it while it runs. Texts only; no libvirt is needed to make them.
 */
typedef struct {
    const char *name;       /* of the domain */
    const HvDomainDef *def; /* how it boots */
    const char *directory;  /* names of files are relative to it; NULL: to the working directory */
    const char *owner;      /* kept with the domain, for whoever finds it later; NULL: nothing */
    bool kvm;               /* the host has it for the architecture */
    uint64_t ms_bytes;      /* at boot, a multiple of 1 KiB */
    uint64_t ms_max_bytes;  /* how far it can grow; at least ms_bytes */
    unsigned vcpus, vcpus_max;
    const GPtrArray *devices; /* const HvDeviceDef *, those with a disk or a nic; the others are simulated */
} HvDomainShape;

/* The whole domain. Free with g_free(), as those below. */
char *hv_domain_xml(const HvDomainShape *shape);
/* A DIMM of that size, to be attached. */
char *hv_domain_xml_dimm(uint64_t size_bytes);
#define HV_DOMAIN_VIRTIO_MEM_ALIAS "ua-lparsim-ms"
/*
 * The virtio-mem device of the domain as it is to be from now on: of `max_bytes`, the guest gets `requested_bytes`.
 * `address`: the element that a running domain has it by; NULL for one that is defined.
 */
char *hv_domain_xml_virtio_mem(uint64_t max_bytes, uint64_t requested_bytes, const char *address);
/*
 * A disk or network interface. `slot` names the disk in the guest, 0: vda, 1: vdb; every disk of a domain has its
 * own, below HV_DOMAIN_DISKS. IBM Z guests see the device number of the machine file, 0.0.NNNN.
 */
#define HV_DOMAIN_DISKS           26
#define HV_DOMAIN_OWNER_NAMESPACE "urn:lparsim"
/* The alias of a device that lparsim attaches, "ua-lparsim-0a00": by its number, which is unique in an LPAR. */
char *hv_domain_xml_alias(const HvDeviceDef *device);
char *hv_domain_xml_device(const HvDeviceDef *device, HvArch arch, unsigned slot, const char *directory);

#endif
