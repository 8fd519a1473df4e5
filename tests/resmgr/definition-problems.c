/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What can be wrong with a definition, one thing after the other: a function that spoils the patent's machine in one
 * place, and what must then be reported. The machine is LPAR1 0+256 (256 reserved), LPAR3 256+256, LPAR2 512+128, of
 * 640 MiB; IP1 100, IP2 50 + 50, IP3 50 + 50, IP4 100 percent.
 */
#include "tests/resmgr/definition-problems.h"

#include "tests/resmgr/machine-builder.h"

#include <string.h>

static ResmgrLparDef *lpar_def(ResmgrDefinition *definition, unsigned number)
{
    return definition->lpars->pdata[number - 1];
}

static void rename_lpar(ResmgrDefinition *definition, unsigned number, const char *name)
{
    g_free(lpar_def(definition, number)->name);
    lpar_def(definition, number)->name = g_strdup(name);
}

static void set_guest(ResmgrDefinition *definition, const char *kind)
{
    g_free(lpar_def(definition, 2)->guest);
    lpar_def(definition, 2)->guest = g_strdup(kind);
}

/* LPAR2 loses its shares, so that IP2 is half free and IP3 too. */
static ResmgrLparDef *without_shares(ResmgrDefinition *definition)
{
    g_array_set_size(lpar_def(definition, 2)->ip_shares, 0);
    return lpar_def(definition, 2);
}

/* A fifth and a sixth IP, which no shares name: a pool of two CPs. */
static ResmgrLparDef *with_pool(ResmgrDefinition *definition)
{
    definition->machine->n_ips = 6;
    return without_shares(definition);
}

#define SPOIL(name) static void name(ResmgrDefinition *d)

SPOIL(no_ips)
{
    d->machine->n_ips = 0;
    for (unsigned n = 1; n <= 3; n++) {
        g_array_set_size(lpar_def(d, n)->ip_shares, 0);
        build_share(lpar_def(d, n), 9, 1);
    }
}
SPOIL(increment_zero)
{
    d->machine->increment_bytes = 0;
}
SPOIL(increment_odd)
{
    d->machine->increment_bytes = 6 * HV_KIB;
}
SPOIL(es_off)
{
    d->machine->es_bytes = 3 * HV_MIB / 2;
}
SPOIL(no_rate)
{
    d->machine->ms_copy_rate = 0;
}
SPOIL(slice_long)
{
    d->machine->slice_ns = 101 * HV_NS_PER_MS;
}
SPOIL(slice_short)
{
    d->machine->slice_ns = HV_NS_PER_MS - 1;
}
SPOIL(name_empty)
{
    rename_lpar(d, 2, "");
}
SPOIL(name_long)
{
    rename_lpar(d, 2, "ABCDEFGHIJKLMNOPQ");
}
SPOIL(name_digits)
{
    rename_lpar(d, 2, "22");
}
SPOIL(name_sign)
{
    rename_lpar(d, 2, "A.B");
}
SPOIL(name_twice)
{
    rename_lpar(d, 3, "lpar1");
}
SPOIL(number_zero)
{
    lpar_def(d, 2)->number = 0;
}
SPOIL(number_large)
{
    lpar_def(d, 2)->number = 256;
}
SPOIL(number_twice)
{
    lpar_def(d, 3)->number = 2;
}
SPOIL(ms_none)
{
    lpar_def(d, 2)->ms.size_bytes = 0;
    lpar_def(d, 2)->ms.origin_bytes = RESMGR_ORIGIN_FIRST_FIT;
}
SPOIL(ms_off)
{
    lpar_def(d, 2)->ms.size_bytes = 100 * HV_MIB + 512 * HV_KIB;
}
SPOIL(ms_origin_off)
{
    lpar_def(d, 2)->ms.origin_bytes += 4 * HV_KIB;
    lpar_def(d, 2)->ms.size_bytes -= HV_MIB;
}
SPOIL(ms_outside)
{
    lpar_def(d, 2)->ms.origin_bytes = 513 * HV_MIB;
}
SPOIL(ms_far_outside)
{
    lpar_def(d, 2)->ms.origin_bytes = UINT64_C(1) << 63;
}
SPOIL(ms_overlap)
{
    lpar_def(d, 3)->ms.origin_bytes = 255 * HV_MIB;
}
SPOIL(ms_no_fit)
{
    lpar_def(d, 2)->ms.origin_bytes = RESMGR_ORIGIN_FIRST_FIT;
    lpar_def(d, 2)->ms.size_bytes = 129 * HV_MIB;
}
SPOIL(reserved_off)
{
    lpar_def(d, 1)->ms.reserved_bytes = HV_KIB;
}
SPOIL(reserved_large)
{
    lpar_def(d, 1)->ms.reserved_bytes = 385 * HV_MIB;
}
SPOIL(es_larger)
{
    build_es(lpar_def(d, 1), BUILD_FIRST_FIT, 1);
}
SPOIL(es_origin)
{
    lpar_def(d, 1)->es.origin_bytes = 0;
}
SPOIL(es_overlap)
{
    d->machine->es_bytes = 8 * HV_MIB;
    build_es(lpar_def(d, 1), 0, 4);
    build_es(lpar_def(d, 2), 3, 4);
}
SPOIL(ip_unknown)
{
    build_share(lpar_def(d, 2), 5, 10);
}
SPOIL(ip_zero)
{
    build_share(lpar_def(d, 2), 0, 10);
}
SPOIL(ip_twice)
{
    g_array_index(lpar_def(d, 1)->ip_shares, ResmgrIpShare, 0).ip = 2;
}
SPOIL(share_zero)
{
    build_share(lpar_def(d, 2), 4, 0);
}
SPOIL(share_large)
{
    without_shares(d);
    build_share(lpar_def(d, 1), 3, 0);
    g_array_index(lpar_def(d, 1)->ip_shares, ResmgrIpShare, 2).share_bp = 10001;
    build_share(lpar_def(d, 2), 2, 50);
    g_array_set_size(lpar_def(d, 3)->ip_shares, 0);
    build_share(lpar_def(d, 3), 4, 100);
}
SPOIL(sum_large)
{
    build_share(lpar_def(d, 2), 1, 1);
}
SPOIL(no_processor)
{
    without_shares(d);
}
SPOIL(lips_alone)
{
    without_shares(d)->n_lips = 1;
}
SPOIL(both)
{
    d->machine->n_ips = 5;
    build_weight(lpar_def(d, 2), HV_IP_CP, 10, 1);
}
SPOIL(weight_large)
{
    build_weight(with_pool(d), HV_IP_CP, 1000, 1);
}
SPOIL(pool_empty)
{
    build_weight(with_pool(d), HV_IP_IFL, 10, 1);
}
SPOIL(lips_zero)
{
    build_weight(with_pool(d), HV_IP_CP, 10, 0);
}
SPOIL(lips_many)
{
    build_weight(with_pool(d), HV_IP_CP, 10, 3);
}
SPOIL(cap_zero)
{
    lpar_def(d, 1)->cap.kind = RESMGR_CAP_ABSOLUTE;
}
SPOIL(cap_large)
{
    lpar_def(d, 1)->cap = (ResmgrCap){RESMGR_CAP_ABSOLUTE, 25501};
}
SPOIL(chp_unknown)
{
    build_chp(lpar_def(d, 1), 0x20);
}
SPOIL(chp_twice)
{
    build_chp(lpar_def(d, 1), 1);
}
SPOIL(chp_owned)
{
    build_chp(lpar_def(d, 2), 1);
}
SPOIL(chp_dedicated)
{
    d->machine->chps[1].mode = HV_CHP_DEDICATED;
    build_chp(lpar_def(d, 2), 1);
}
SPOIL(no_candidate)
{
    build_candidate(d, 1, "LPAR2");
}
SPOIL(guest_unknown)
{
    set_guest(d, "vms");
}
SPOIL(guest_trace)
{
    set_guest(d, "trace");
}
SPOIL(candidate_unknown)
{
    build_candidate(d, 10, "LPAR9");
}
SPOIL(candidate_twice)
{
    build_candidate(d, 10, "LPAR2");
    build_candidate(d, 10, "2");
}
SPOIL(access_owned)
{
    build_access(d, 10, "LPAR1");
}
SPOIL(access_unknown)
{
    d->machine->chps[10].mode = HV_CHP_SHARED;
    build_access(d, 10, "LPAR9");
}
SPOIL(access_denied)
{
    d->machine->chps[10].mode = HV_CHP_SHARED;
    build_candidate(d, 10, "LPAR1");
    build_access(d, 10, "LPAR2");
}
SPOIL(chp_no_effect)
{
    d->machine->chps[0x30].mode = HV_CHP_SHARED;
}
SPOIL(chp_no_effect_service)
{
    d->machine->chps[0x30].service_ns = 5 * HV_NS_PER_US;
}
SPOIL(device_nowhere)
{
    memset(build_device(d, "DISK", 0x100, 0)->chps, 0, 32);
}
SPOIL(device_chp)
{
    build_device(d, "DISK", 0x100, 0x40);
}
SPOIL(device_name)
{
    build_device(d, "DISK", 0x100, 0);
    build_device(d, "disk", 0x101, 0);
}
SPOIL(device_number)
{
    build_device(d, "DISKA", 0x100, 0);
    build_device(d, "DISKB", 0x100, 1);
}
SPOIL(device_shared)
{
    build_device(d, "DISKA", 0x100, 0);
    build_device(d, "DISKB", 0x100, 10);
    d->machine->chps[10].mode = HV_CHP_SHARED;
    build_access(d, 10, "LPAR1");
}

const DefinitionProblem definition_problems[] = {
    {increment_zero, "machine", "increment", "0", "not a positive multiple of 4K", "1M"},
    {es_off, "machine", "es", "1536K", "1536K is not a multiple of the increment 1M", "1M and 2M"},
    {no_rate, "machine", "ms-copy-rate", "0", "a rate of 0", "2G"},
    {slice_long, "machine", "time-slice", "101ms", "between 1ms and 100ms", "slice rule"},
    {slice_short, "machine", "time-slice", "999999ns", "between 1ms and 100ms", "slice rule"},
    {name_empty, "lpar ", "name", "", "not an LPAR name", NULL},
    {name_long, "lpar ABCDEFGHIJKLMNOPQ", "name", "ABCDEFGHIJKLMNOPQ", "1 to 16", NULL},
    {name_digits, "lpar 22", "name", "22", "not digits only", NULL},
    {name_sign, "lpar A.B", "name", "A.B", "not an LPAR name", NULL},
    {name_twice, "lpar lpar1", "name", "lpar1", "LPAR1 is taken by LPAR 1", NULL},
    {number_zero, "lpar LPAR2", "number", "0", "from 1 to 255", NULL},
    {number_large, "lpar LPAR2", "number", "256", "from 1 to 255", NULL},
    {number_twice, "lpar LPAR3", "number", "2", "number 2 is taken by LPAR2", NULL},
    {ms_none, "lpar LPAR2", "ms", "0", "needs MS", NULL},
    {ms_off, "lpar LPAR2", "ms", "102912K", "not a multiple of the increment 1M", "100M and 101M"},
    {ms_origin_off, "lpar LPAR2", "ms-origin", "524292K", "not a multiple of the increment 1M",
     "512M and 513M"},
    {ms_outside, "lpar LPAR2", "ms-origin", "513M", "128M at 513M reaches past the end of MS, 640M",
     "leave the origin out"},
    {ms_far_outside, "lpar LPAR2", "ms-origin", "8388608T", "past the end of MS", "leave the origin out"},
    {ms_overlap, "lpar LPAR3", "ms-origin", "255M", "LPAR3 (256M at 255M) overlaps that of LPAR1 (256M at 0)",
     "leave the origin out"},
    {ms_no_fit, "lpar LPAR2", "ms", "129M", "the largest hole is 128M", "smaller"},
    {reserved_off, "lpar LPAR1", "ms-reserved", "1K", "not a multiple of the increment 1M", "0 and 1M"},
    {reserved_large, "lpar LPAR1", "ms-reserved", "385M",
     "256M and 385M reserved are more than the machine's MS, 640M", "at most 384M"},
    {es_larger, "lpar LPAR1", "es", "1M", "the largest hole is 0", "smaller"},
    {es_origin, "lpar LPAR1", "es-origin", "0", "there is an origin but no ES", NULL},
    {es_overlap, "lpar LPAR2", "es-origin", "3M",
     "the ES of LPAR2 (4M at 3M) overlaps that of LPAR1 (4M at 0)", "leave the origin out"},
    {ip_unknown, "lpar LPAR2", "ip-shares", "2:50;3:50;5:10", "no IP 5: the machine has IPs 1 to 4", NULL},
    {ip_zero, "lpar LPAR2", "ip-shares", "2:50;3:50;0:10", "no IP 0", NULL},
    {share_zero, "lpar LPAR2", "ip-shares", "2:50;3:50;4:0", "0 % of IP 4", NULL},
    {sum_large, "lpar LPAR2", "ip-shares", "2:50;3:50;1:1",
     "shares of IP 1 add up to 101 %: LPAR1 100, LPAR2 1", "lower"},
    {no_processor, "lpar LPAR2", "ip-shares", "", "LPAR2 has no processor", "weight and lips"},
    {lips_alone, "lpar LPAR2", "lips", "1", "without a weight", "give weight"},
    {both, "lpar LPAR2", "weight", "10", "either ip-shares or a weight", "leave one"},
    {weight_large, "lpar LPAR2", "weight", "1000", "from 1 to 999", NULL},
    {pool_empty, "lpar LPAR2", "ip-type", "IFL", "the pool of IPs of type IFL is empty", "leave an IP"},
    {lips_zero, "lpar LPAR2", "lips", "0", "give lips, 1 to 2", NULL},
    {lips_many, "lpar LPAR2", "lips", "3", "3 LIPs are more than the 2 IPs", NULL},
    {cap_zero, "lpar LPAR1", "cap", "0", "between 0.01 and 255.00", NULL},
    {cap_large, "lpar LPAR1", "cap", "255.01", "between 0.01 and 255.00", NULL},
    {chp_unknown, "lpar LPAR1", "channels", "00;01;20", "path 20 is not installed", "[machine]"},
    {chp_twice, "lpar LPAR1", "channels", "00;01;01", "path 01 is given twice", NULL},
    {chp_owned, "lpar LPAR2", "channels", "02;03;01", "path 01, which is reconfigurable, belongs to LPAR1",
     "shared"},
    {chp_dedicated, "lpar LPAR2", "channels", "02;03;01", "path 01, which is dedicated, belongs to LPAR1",
     "shared"},
    {no_candidate, "lpar LPAR1", "channels", "00;01", "LPAR1 is not a candidate for path 01", "candidates"},
    {guest_unknown, "lpar LPAR2", "guest", "vms", "there is no guest kind \"vms\"", "model"},
    {guest_trace, "lpar LPAR2", "demand", "", "works as a file says", "guest = model"},
    {candidate_unknown, "channel 0A", "candidates", "LPAR9", "no LPAR LPAR9", NULL},
    {candidate_twice, "channel 0A", "candidates", "LPAR2;2", "LPAR2 is given twice", NULL},
    {access_owned, "channel 0A", "access", "LPAR1", "this one is reconfigurable", "mode = shared"},
    {access_unknown, "channel 0A", "access", "LPAR9", "no LPAR LPAR9", NULL},
    {access_denied, "channel 0A", "access", "LPAR2", "LPAR2 is not a candidate for path 0A", "candidates"},
    {chp_no_effect, "channel 30", "mode", "shared", "path 30 is not installed", "[machine]"},
    {chp_no_effect_service, "channel 30", "service-time", "5us", "path 30 is not installed", "[machine]"},
    {device_nowhere, "device DISK", "channels", "", "on no path", NULL},
    {device_chp, "device DISK", "channels", "40", "path 40 is not installed", "[machine]"},
    {device_name, "device disk", "name", "disk", "two devices", NULL},
    {device_number, "device DISKB", "number", "0100",
     "LPAR1 would reach two devices of number 0100, DISKA and DISKB", "another number"},
    {device_shared, "device DISKB", "number", "0100", "LPAR1 would reach two", "another number"},
};

const unsigned definition_n_problems = G_N_ELEMENTS(definition_problems);

/* Those that make more than one thing wrong: everything that is, in the order of the file. */
const DefinitionConsequence definition_consequences[] = {
    {no_ips, "machine/ips lpar LPAR1/ip-shares lpar LPAR2/ip-shares lpar LPAR3/ip-shares "},
    {increment_odd, "machine/increment machine/ms lpar LPAR1/ms lpar LPAR1/ms-reserved lpar LPAR2/ms "
                    "lpar LPAR2/ms-origin lpar LPAR3/ms lpar LPAR3/ms-origin "},
    {ip_twice, "lpar LPAR1/ip-shares lpar LPAR1/ip-shares "},    /* 150 % of IP2, and twice */
    {share_large, "lpar LPAR1/ip-shares lpar LPAR1/ip-shares "}, /* above 100 % by itself, and so the sum */
};

const unsigned definition_n_consequences = G_N_ELEMENTS(definition_consequences);
