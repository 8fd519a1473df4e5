/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_CODEC_H
#define LPARSIM_HV_CODEC_H

#include "hv/channel.h"
#include "hv/engine.h"
#include "hv/rng.h"

/*
 * Writing down the state of running objects, and reading it back.
 *
 * Each object has one function, `<object>_codec(object, codec)`, that names all of which its state consists, in order. It serves both
 * directions: a writer takes the values from where the pointers point, a reader puts them there. So what is written and what is read
 * cannot drift apart. What follows from other things (definitions, pointers, caches) is not named; a reader's object has been made the
 * ordinary way from the same definition before its state is read.
 *
 *     void monitor_rolling_codec(MonitorRolling *rolling, HvCodec *codec)
 *     {
 *         hv_codec_begin(codec, "rolling", 1);
 *         hv_codec_u64(codec, &rolling->sum_ns);
 *         hv_codec_end(codec);
 *     }
 *
 * Points in time are written relative to the engine's clock, so an object can be read back at another time. Events are named by their
 * owners; when all has been read they are queued in the order in which they were, so ties fall as they would have.
 *
 * What is read may be damaged: the first thing that does not fit is kept as the error, from then on every value that is read is 0 (false,
 * NULL), and counts are 0, so loops end. A function that reads an index checks it, and says hv_codec_fail() if it is out of range.
 *
 * The bytes: one letter for the kind of each value, then numbers as LEB128, doubles as their 8 bytes, strings and bytes with their
 * length in front. They depend on the state alone, not on the machine.
 */
typedef struct HvCodec HvCodec;

/* `whole`: the state of a whole machine, where every event queued in the engine must be named by somebody; else of a part of it (one LPAR). */
HvCodec *hv_codec_writer(HvEngine *engine, bool whole);
/* The engine's clock stands at the time at which the state is to go on. The bytes are referenced. */
HvCodec *hv_codec_reader(HvEngine *engine, bool whole, GBytes *bytes);
void hv_codec_free(HvCodec *codec); /* NULL is allowed */
bool hv_codec_reads(const HvCodec *codec);
bool hv_codec_is_whole(const HvCodec *codec);
HvTime hv_codec_now(const HvCodec *codec); /* of the engine */

/*
 * The end. Of a writer: *ret_bytes is what was written; with `whole`, that every queued event was named is asserted. Of a reader: events are
 * queued, and functions of hv_codec_afterwards() called; false, and nothing of that done, with HV_ERROR_IMAGE if something did not fit,
 * or bytes are left over; then the objects that were read are good for nothing but being freed. `ret_bytes` NULL: a reader.
 */
bool hv_codec_finish(HvCodec *codec, GBytes **ret_bytes, GError **error);

/* A group of values with a name, for messages, and the version of its layout. Returns the version that is read (1 .. version). */
unsigned hv_codec_begin(HvCodec *codec, const char *name, unsigned version);
void hv_codec_end(HvCodec *codec);

void hv_codec_bool(HvCodec *codec, bool *value);
void hv_codec_u8(HvCodec *codec, uint8_t *value);
void hv_codec_u16(HvCodec *codec, uint16_t *value);
void hv_codec_u32(HvCodec *codec, uint32_t *value);
void hv_codec_u64(HvCodec *codec, uint64_t *value);
void hv_codec_i64(HvCodec *codec, int64_t *value);
void hv_codec_uint(HvCodec *codec, unsigned *value);
void hv_codec_double(HvCodec *codec, double *value); /* every bit of it */
/*
 * A point in time; HV_TIME_NEVER stays that. One that would lie before the clock's beginning becomes that beginning. A duration is a u64.
 */
void hv_codec_moment(HvCodec *codec, HvTime *value);
/*
 * A point in the past from which something is counted: the time passed since then, now - *value, is the same after reading, modulo 2^64 if
 * the clock has not gone for so long. So only differences from it may be used.
 */
void hv_codec_since(HvCodec *codec, HvTime *value);
/* An enum: 0 .. n_values - 1. `value` as unsigned, since enums are of the size the compiler likes: HV_CODEC_ENUM() does it. */
unsigned hv_codec_choice(HvCodec *codec, unsigned value, unsigned n_values);
#define HV_CODEC_ENUM(codec, variable, n_values)                                                             \
    ((variable) = (__typeof__(variable))hv_codec_choice((codec), (unsigned)(variable), (n_values)))
/* The string is the object's own: what was there is freed when another is read. NULL stays NULL. */
void hv_codec_string(HvCodec *codec, char **value);
void hv_codec_bytes(HvCodec *codec, void *bytes, size_t length); /* so many, always */
/* How many of something follow; at most `max`, else it does not fit. */
void hv_codec_count(HvCodec *codec, size_t *count, size_t max);
/* All elements of a GArray of plain numbers without padding (unsigned, uint64_t, ...), which is resized. */
void hv_codec_numbers(HvCodec *codec, GArray *array, size_t max);
void hv_codec_rng(HvCodec *codec, HvRng *rng);
/* Whether it is queued, for when, and its place among all others. It has been initialized by its owner. */
void hv_codec_event(HvCodec *codec, HvEvent *event);

/*
 * I/O under way, of a whole machine. Whoever has started requests and is to be told of their end declares both they are told by, and how many
 * there are, in the same order on writing and reading, before the channels are named; requests then find their owners, and each that was
 * declared must be named (a writer asserts it). Of a part of a machine there are no channels: whoever has a request under way starts it anew.
 */
void hv_codec_declare_io(HvCodec *codec, HvIoFunc func, void *data, uint64_t requests);
void hv_codec_io(HvCodec *codec, HvIoFunc *func, void **data); /* of a request: declared before */

/* Reader: func(data) is called at a good end, after the events have been queued, in the order of these calls. Writer: nothing. */
void hv_codec_afterwards(HvCodec *codec, void (*func)(void *data), void *data);

/* Reader: what was read does not fit; the sentence says why. The first one counts. */
void hv_codec_fail(HvCodec *codec, const char *format, ...) G_GNUC_PRINTF(2, 3);
bool hv_codec_failed(const HvCodec *codec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvCodec, hv_codec_free)

#endif
