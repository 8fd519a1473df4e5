/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Codecs that are not there yet do nothing.
 *
 * Weak, so that the real ones take their places.
 *
 * To be removed.
 */
#include "hv/codec-stubs.h"

#define WEAK __attribute__((weak))

WEAK void hv_guest_codec(G_GNUC_UNUSED HvGuest *guest, G_GNUC_UNUSED HvCodec *codec)
{
}

WEAK void hv_channels_codec(G_GNUC_UNUSED HvChannels *channels, G_GNUC_UNUSED HvCodec *codec)
{
}

WEAK void hv_trace_codec(G_GNUC_UNUSED HvTrace *trace, G_GNUC_UNUSED HvCodec *codec)
{
}

WEAK void hv_histogram_codec(G_GNUC_UNUSED HvHistogram *histogram, G_GNUC_UNUSED HvCodec *codec)
{
}
