/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_CODEC_STUBS_H
#define LPARSIM_HV_CODEC_STUBS_H
#include "hv/codec.h"
#include "hv/guest.h"
#include "hv/histogram.h"
void hv_guest_codec(HvGuest *guest, HvCodec *codec);
void hv_channels_codec(HvChannels *channels, HvCodec *codec);
void hv_trace_codec(HvTrace *trace, HvCodec *codec);
void hv_histogram_codec(HvHistogram *histogram, HvCodec *codec);
#endif
