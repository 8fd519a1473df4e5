/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_CHANNEL_H
#define LPARSIM_HV_CHANNEL_H

#include "hv/engine.h"
#include "hv/machine.h"
#include "hv/trace.h"

/*
 * The channel subsystem at run time: I/O requests on devices through channel paths. A device serves one
 * request at a time, first come first served; a request goes over the lowest-numbered usable path of the
 * device that is least loaded, and takes path service time + device service time. Which LPAR may use a path
 * is not decided here: the caller passes the bit map of the paths it has online.
 */
typedef struct HvChannels HvChannels;
typedef struct HvCodec HvCodec; /* hv/codec.h */

typedef enum {
    HV_IO_DONE,
    HV_IO_ENDED, /* ended by the machine before it was complete: nothing is lost silently */
} HvIoResult;

/* Told once per request, when it is complete or was ended; for `served_ns` it was in service, before it waited for the device. */
typedef void (*HvIoFunc)(void *data, HvIoResult result, HvTime served_ns);

typedef struct {
    uint64_t started, done, ended; /* requests since power on; started - done - ended are under way */
    HvTime busy_ns;                /* time with at least one request in service; paths may overlap */
    /* Requests x time, those under way too: divided by time, how many were in service, or waiting for it, on average. */
    HvTime service_ns, wait_ns;
} HvIoCounts;

/* `def` must outlive the result. Service times are drawn from streams named after the devices. */
HvChannels *hv_channels_new(HvEngine *engine, HvTrace *trace, const HvMachineDef *def, uint64_t seed);
void hv_channels_free(HvChannels *channels);

/*
 * Starts a request of LPAR `lpar` on device `device` (index in def->devices) over one of the paths in the bit
 * map `chps`. False if no path of the device is among them; then `func` is not called.
 */
bool hv_channels_start(
    HvChannels *channels, unsigned lpar, unsigned device, const uint64_t chps[4], HvIoFunc func, void *data);
/* Ends every request of the LPAR now, in order of their start; each is told HV_IO_ENDED. Returns how many. */
unsigned hv_channels_end_lpar(HvChannels *channels, unsigned lpar);
/* Requests of the LPAR under way (waiting or in service). */
unsigned hv_channels_pending(const HvChannels *channels, unsigned lpar);
/* The same, of those on the paths of the bit map only. */
unsigned hv_channels_pending_on(const HvChannels *channels, unsigned lpar, const uint64_t chps[4]);
HvIoCounts hv_channels_chp_counts(const HvChannels *channels, uint8_t chpid);
HvIoCounts hv_channels_device_counts(const HvChannels *channels, unsigned device);

/*
 * Requests under way, figures and random streams, of a whole machine (asserted). Called after all who have started requests have declared them
 * (hv_codec_declare_io()); a reader's channels are new.
 */
void hv_channels_codec(HvChannels *channels, HvCodec *codec);

static inline bool hv_chp_map_has(const uint64_t chps[4], uint8_t chpid)
{
    return (chps[chpid / 64] >> (chpid % 64)) & 1;
}

static inline void hv_chp_map_set(uint64_t chps[4], uint8_t chpid, bool on)
{
    uint64_t bit = UINT64_C(1) << (chpid % 64);
    chps[chpid / 64] = on ? chps[chpid / 64] | bit : chps[chpid / 64] & ~bit;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvChannels, hv_channels_free)

#endif
