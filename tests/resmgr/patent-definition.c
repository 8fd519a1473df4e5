/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The patent's machine as a definition made by hand, without a reader of machine files.
 *
 * Two tables hold the figures; the channel paths, of which the patent gives no numbers, are two for each LPAR in order.
 */
#include "tests/resmgr/patent-definition.h"

/* Figure 3(a), in MiB, and figure 4(a), in percent of IP1 .. IP4. */
static const struct {
    const char *name;
    uint64_t origin_mib, size_mib, reserved_mib;
    unsigned percent[4];
} figures[] = {
    {"LPAR1", 0, 256, 256, {100, 50, 0, 0}},
    {"LPAR2", 512, 128, 0, {0, 50, 50, 0}},
    {"LPAR3", 256, 256, 0, {0, 0, 50, 100}},
};

static void add_lpar(ResmgrDefinition *definition, unsigned row)
{
    ResmgrLparDef *lpar = resmgr_lpar_def_new(figures[row].name, row + 1);

    lpar->ms = (ResmgrStorageDef){
        .size_bytes = figures[row].size_mib * HV_MIB,
        .origin_bytes = figures[row].origin_mib * HV_MIB,
        .reserved_bytes = figures[row].reserved_mib * HV_MIB,
        .reserved_given = true,
    };
    for (unsigned ip = 1; ip <= 4; ip++) {
        const ResmgrIpShare share = {
            .ip = (uint16_t)ip, .share_bp = (uint16_t)(100 * figures[row].percent[ip - 1])};

        if (share.share_bp > 0)
            g_array_append_val(lpar->ip_shares, share);
    }
    for (unsigned c = 2 * row; c < 2 * row + 2; c++) {
        const uint8_t chpid = (uint8_t)c;

        g_array_append_val(lpar->channels, chpid);
    }
    g_ptr_array_add(definition->lpars, lpar);
}

ResmgrDefinition *patent_definition_new(void)
{
    ResmgrDefinition *definition = resmgr_definition_new();
    HvMachineDef *machine = definition->machine;

    g_free(machine->name);
    machine->name = g_strdup("JP06103092");
    machine->n_ips = 4;
    machine->ms_bytes = 640 * HV_MIB;
    for (unsigned chp = 0; chp < 16; chp++)
        machine->chps[chp].installed = true;
    for (unsigned row = 0; row < G_N_ELEMENTS(figures); row++)
        add_lpar(definition, row);
    return definition;
}
