/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Definitions made by hand: each function fills in one thing, with the defaults for the rest. */
#include "tests/resmgr/machine-builder.h"

#include <check.h>
#include <string.h>

ResmgrDefinition *build_machine(unsigned n_ips, unsigned ms_mib, unsigned es_mib, unsigned n_chps)
{
    ResmgrDefinition *definition = resmgr_definition_new();

    g_free(definition->machine->name);
    definition->machine->name = g_strdup("BUILT");
    definition->machine->n_ips = n_ips;
    definition->machine->ms_bytes = ms_mib * HV_MIB;
    definition->machine->es_bytes = es_mib * HV_MIB;
    for (unsigned chpid = 0; chpid < n_chps; chpid++)
        definition->machine->chps[chpid].installed = true;
    return definition;
}

static uint64_t origin_bytes(unsigned origin_mib)
{
    return origin_mib == BUILD_FIRST_FIT ? RESMGR_ORIGIN_FIRST_FIT : origin_mib * HV_MIB;
}

ResmgrLparDef *build_lpar(
    ResmgrDefinition *definition, unsigned number, unsigned origin_mib, unsigned size_mib,
    unsigned reserved_mib)
{
    g_autofree char *name = g_strdup_printf("LPAR%u", number);
    ResmgrLparDef *lpar = resmgr_lpar_def_new(name, number);

    lpar->ms.origin_bytes = origin_bytes(origin_mib);
    lpar->ms.size_bytes = size_mib * HV_MIB;
    lpar->ms.reserved_bytes = reserved_mib * HV_MIB;
    g_ptr_array_add(definition->lpars, lpar);
    return lpar;
}

void build_es(ResmgrLparDef *lpar, unsigned origin_mib, unsigned size_mib)
{
    lpar->es.origin_bytes = origin_bytes(origin_mib);
    lpar->es.size_bytes = size_mib * HV_MIB;
}

void build_share(ResmgrLparDef *lpar, unsigned ip, unsigned percent)
{
    ResmgrIpShare share = {(uint16_t)ip, (uint16_t)(100 * percent)};

    g_array_append_val(lpar->ip_shares, share);
}

void build_weight(ResmgrLparDef *lpar, HvIpType type, unsigned weight, unsigned n_lips)
{
    lpar->ip_type = type;
    lpar->weight = weight;
    lpar->n_lips = n_lips;
}

void build_chp(ResmgrLparDef *lpar, uint8_t chpid)
{
    g_array_append_val(lpar->channels, chpid);
}

void build_candidate(ResmgrDefinition *definition, uint8_t chpid, const char *lpar)
{
    definition->machine->chps[chpid].candidates_given = true;
    g_ptr_array_add(definition->machine->chps[chpid].candidates, g_strdup(lpar));
}

void build_access(ResmgrDefinition *definition, uint8_t chpid, const char *lpar)
{
    g_ptr_array_add(definition->machine->chps[chpid].access, g_strdup(lpar));
}

HvDeviceDef *build_device(ResmgrDefinition *definition, const char *name, uint16_t number, uint8_t chpid)
{
    HvDeviceDef *device = hv_device_def_new(name, number, HV_NS_PER_MS);

    hv_device_def_add_chp(device, chpid);
    g_ptr_array_add(definition->machine->devices, device);
    return device;
}

ResmgrLpar *build_corrupt(ResmgrState *state, unsigned number)
{
    for (unsigned i = 0; i < state->lpars->len; i++) {
        ResmgrLpar *lpar = state->lpars->pdata[i];

        if (lpar->number == number)
            return lpar;
    }
    ck_abort_msg("no LPAR %u", number);
}

void build_expect_error(GError **error, int code, const char *text)
{
    ck_assert_ptr_nonnull(*error);
    ck_assert_uint_eq((*error)->domain, RESMGR_ERROR);
    ck_assert_msg(
        (*error)->code == code, "error %d instead of %d: %s", (*error)->code, code, (*error)->message);
    ck_assert_msg(strstr((*error)->message, text) != NULL, "\"%s\" is not in: %s", text, (*error)->message);
    g_clear_error(error);
}
