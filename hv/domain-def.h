/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_DOMAIN_DEF_H
#define LPARSIM_HV_DOMAIN_DEF_H

#include "hv/quantity.h"

/*
 * What the machine file says of a real guest (`guest = libvirt`): the domain that is adopted, or what one is
 * defined from. Plain data; files are named as the machine file names them.
 */

/* How main storage grows in a running guest. */
typedef enum {
    HV_GROW_DEFAULT,    /* x86_64: DIMM; s390x: BALLOON; adopted: what the domain allows */
    HV_GROW_DIMM,       /* DIMMs are plugged in; x86_64 only, multiples of 128 MiB on Linux guests */
    HV_GROW_VIRTIO_MEM, /* a virtio-mem device gives more of what it has; x86_64 only, multiples of 2 MiB */
    HV_GROW_BALLOON,    /* booted with size + reserved, the balloon holds the reserved part */
    HV_GROW_KINDS,
} HvGrow;

/* What executes the guest's instructions. */
typedef enum {
    HV_VIRT_AUTO, /* KVM where the host has it for the architecture, else emulation */
    HV_VIRT_KVM,
    HV_VIRT_QEMU, /* emulation in software */
    HV_VIRT_KINDS,
} HvVirt;

typedef enum {
    HV_ARCH_X86_64,
    HV_ARCH_S390X,
    HV_ARCHS,
} HvArch;

typedef struct {
    char *domain; /* name of a domain to adopt; NULL: one is defined from the rest */
    HvArch arch;
    HvVirt virt;
    HvGrow grow;
    char *kernel, *initrd, *cmdline; /* kernel NULL: the domain boots from its first disk */
    char *console_log;               /* file that gets what the guest prints; NULL: none does */
    bool agent;                      /* the domain gets the channel that a guest agent speaks on */
} HvDomainDef;

void hv_domain_def_clear(HvDomainDef *def);
bool hv_domain_def_equal(const HvDomainDef *a, const HvDomainDef *b);
/* Something is said that only a real guest can use. */
bool hv_domain_def_is_given(const HvDomainDef *def);

/* "x86_64", "s390x"; "auto", "kvm", "qemu"; "default", "dimm", "virtio-mem", "balloon"; and back (any case). */
const char *hv_arch_name(HvArch arch);
bool hv_arch_parse(const char *text, HvArch *ret_arch);
const char *hv_virt_name(HvVirt virt);
bool hv_virt_parse(const char *text, HvVirt *ret_virt);
const char *hv_grow_name(HvGrow grow);
bool hv_grow_parse(const char *text, HvGrow *ret_grow);
/* What HV_GROW_DEFAULT means for a domain that is defined for the architecture; others are given back. */
HvGrow hv_grow_resolve(HvGrow grow, HvArch arch);

#endif
