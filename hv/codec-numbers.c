/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Values of hv/codec.h that are made of others: points in time, arrays of numbers, streams of random numbers.
 *
 * An array is a count and its elements; a reader makes it as long as the count says, which the caller's maximum bounds.
 */
#include "hv/codec.h"

void hv_codec_moment(HvCodec *codec, HvTime *value)
{
    HvTime now_ns = hv_codec_now(codec);
    bool never = *value == HV_TIME_NEVER;
    int64_t offset_ns = never ? 0 : (int64_t)(*value - now_ns);

    hv_codec_bool(codec, &never);
    hv_codec_i64(codec, &offset_ns);
    if (!hv_codec_reads(codec))
        return;
    /* What was before the power on of a machine that was read later counts from its beginning. */
    if (never)
        *value = HV_TIME_NEVER;
    else
        *value = offset_ns < 0 && -(uint64_t)offset_ns > now_ns ? 0 : now_ns + (uint64_t)offset_ns;
}

void hv_codec_since(HvCodec *codec, HvTime *value)
{
    HvTime passed_ns = hv_codec_now(codec) - *value;

    hv_codec_u64(codec, &passed_ns);
    if (hv_codec_reads(codec))
        *value = hv_codec_now(codec) - passed_ns;
}

static void element_codec(HvCodec *codec, void *element, size_t size)
{
    if (size == sizeof(uint8_t))
        hv_codec_u8(codec, element);
    else if (size == sizeof(uint16_t))
        hv_codec_u16(codec, element);
    else if (size == sizeof(uint32_t))
        hv_codec_u32(codec, element);
    else
        hv_codec_u64(codec, element);
}

void hv_codec_numbers(HvCodec *codec, GArray *array, size_t max)
{
    size_t count = array->len, size = g_array_get_element_size(array);

    g_assert(size == 1 || size == 2 || size == 4 || size == 8);
    hv_codec_count(codec, &count, max);
    if (hv_codec_reads(codec))
        g_array_set_size(array, (guint)count);
    for (size_t i = 0; i < count; i++)
        element_codec(codec, array->data + i * size, size);
}

void hv_codec_rng(HvCodec *codec, HvRng *rng)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(rng->state); i++)
        hv_codec_u64(codec, &rng->state[i]);
}
