/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The definition of a real guest as plain data: comparing, clearing, and the words of its kinds.
 *
 * Whether a definition makes sense is asked of resmgr_definition_check(); whether the host can do what it asks
 * for shows when the domain is started.
 */
#include "hv/domain-def.h"

#include <string.h>

static const char *const arch_names[HV_ARCHS] = {[HV_ARCH_X86_64] = "x86_64", [HV_ARCH_S390X] = "s390x"};

static const char *const virt_names[HV_VIRT_KINDS] = {
    [HV_VIRT_AUTO] = "auto", [HV_VIRT_KVM] = "kvm", [HV_VIRT_QEMU] = "qemu"};

static const char *const grow_names[HV_GROW_KINDS] = {
    [HV_GROW_DEFAULT] = "default",
    [HV_GROW_DIMM] = "dimm",
    [HV_GROW_VIRTIO_MEM] = "virtio-mem",
    [HV_GROW_BALLOON] = "balloon",
};

void hv_domain_def_clear(HvDomainDef *def)
{
    g_free(def->domain);
    g_free(def->kernel);
    g_free(def->initrd);
    g_free(def->cmdline);
    g_free(def->console_log);
    *def = (HvDomainDef){0};
}

bool hv_domain_def_equal(const HvDomainDef *a, const HvDomainDef *b)
{
    return g_strcmp0(a->domain, b->domain) == 0 && a->arch == b->arch && a->virt == b->virt &&
           a->grow == b->grow && g_strcmp0(a->kernel, b->kernel) == 0 &&
           g_strcmp0(a->initrd, b->initrd) == 0 && g_strcmp0(a->cmdline, b->cmdline) == 0 &&
           g_strcmp0(a->console_log, b->console_log) == 0 && a->agent == b->agent;
}

bool hv_domain_def_is_given(const HvDomainDef *def)
{
    static const HvDomainDef nothing;

    return !hv_domain_def_equal(def, &nothing);
}

const char *hv_arch_name(HvArch arch)
{
    g_assert(arch < HV_ARCHS);
    return arch_names[arch];
}

bool hv_arch_parse(const char *text, HvArch *ret_arch)
{
    unsigned index;

    if (!hv_quantity_parse_word(text, arch_names, HV_ARCHS, &index))
        return false;
    *ret_arch = (HvArch)index;
    return true;
}

const char *hv_virt_name(HvVirt virt)
{
    g_assert(virt < HV_VIRT_KINDS);
    return virt_names[virt];
}

bool hv_virt_parse(const char *text, HvVirt *ret_virt)
{
    unsigned index;

    if (!hv_quantity_parse_word(text, virt_names, HV_VIRT_KINDS, &index))
        return false;
    *ret_virt = (HvVirt)index;
    return true;
}

const char *hv_grow_name(HvGrow grow)
{
    g_assert(grow < HV_GROW_KINDS);
    return grow_names[grow];
}

bool hv_grow_parse(const char *text, HvGrow *ret_grow)
{
    unsigned index;

    if (!hv_quantity_parse_word(text, grow_names, HV_GROW_KINDS, &index))
        return false;
    *ret_grow = (HvGrow)index;
    return true;
}

HvGrow hv_grow_resolve(HvGrow grow, HvArch arch)
{
    if (grow != HV_GROW_DEFAULT)
        return grow;
    return arch == HV_ARCH_S390X ? HV_GROW_BALLOON : HV_GROW_DIMM;
}
