/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing down the state of running objects, and reading it back: see hv/codec.h for the idea.
 *
 * A writer appends to a byte array. A reader walks through the bytes; when it meets something that does not fit, it keeps the error and
 * stands still, so whoever goes on asking gets zeros.
 *
 * Events: a writer notes their sequence numbers, a reader collects them and queues them by (time, old sequence number) at the end, which
 * gives them new numbers in the same order. Of a whole machine the writer counts those that were named: an event that nobody names would be
 * lost in silence, so that is asserted.
 *
 * Owns the bytes written so far, and the lists; never an object that is named.
 */
#include "hv/codec.h"

#include "hv/error.h"

#include <string.h>

#define KIND_NUMBER 'n' /* LEB128; signed ones in zigzag */
#define KIND_DOUBLE 'd'
#define KIND_BYTES  'b'
#define KIND_NULL   '0' /* a string that is not there, a moment that never comes */
#define KIND_BEGIN  '{'
#define KIND_END    '}'

#define NAME_MAX_LENGTH 64u
#define GROUPS_MAX      64u

typedef struct {
    HvEvent *event;
    HvTime time_ns;
    uint64_t sequence;
} Queued;

typedef struct {
    HvIoFunc func;
    void *data;
    uint64_t left; /* requests not named yet */
} IoOwner;

typedef struct {
    void (*func)(void *data);
    void *data;
} Afterwards;

struct HvCodec {
    HvEngine *engine;
    bool reads, whole;
    GByteArray *written; /* writer */
    GBytes *bytes;       /* reader */
    const uint8_t *at, *end;
    GError *error;
    const char *groups[GROUPS_MAX]; /* that have begun, for messages */
    unsigned n_groups;
    size_t n_events;    /* writer: named and queued */
    GArray *queued;     /* reader: Queued */
    GArray *io_owners;  /* IoOwner */
    GHashTable *io_ids; /* writer: data -> position in io_owners + 1 */
    uint64_t io_left;   /* requests declared and not named yet */
    GArray *afterwards;
};

static HvCodec *codec_new(HvEngine *engine, bool whole, bool reads)
{
    HvCodec *codec = g_new0(HvCodec, 1);

    codec->engine = engine;
    codec->whole = whole;
    codec->reads = reads;
    codec->queued = g_array_new(FALSE, FALSE, sizeof(Queued));
    codec->io_owners = g_array_new(FALSE, FALSE, sizeof(IoOwner));
    codec->io_ids = g_hash_table_new(NULL, NULL);
    codec->afterwards = g_array_new(FALSE, FALSE, sizeof(Afterwards));
    return codec;
}

HvCodec *hv_codec_writer(HvEngine *engine, bool whole)
{
    HvCodec *codec = codec_new(engine, whole, /* reads= */ false);

    codec->written = g_byte_array_new();
    return codec;
}

HvCodec *hv_codec_reader(HvEngine *engine, bool whole, GBytes *bytes)
{
    HvCodec *codec = codec_new(engine, whole, /* reads= */ true);
    size_t length;

    codec->bytes = g_bytes_ref(bytes);
    codec->at = g_bytes_get_data(bytes, &length);
    codec->end = length > 0 ? codec->at + length : codec->at; /* of no bytes there is no place */
    return codec;
}

void hv_codec_free(HvCodec *codec)
{
    if (!codec)
        return;
    g_clear_pointer(&codec->written, g_byte_array_unref);
    g_clear_pointer(&codec->bytes, g_bytes_unref);
    g_clear_error(&codec->error);
    g_array_unref(codec->queued);
    g_array_unref(codec->io_owners);
    g_hash_table_unref(codec->io_ids);
    g_array_unref(codec->afterwards);
    g_free(codec);
}

bool hv_codec_reads(const HvCodec *codec)
{
    return codec->reads;
}

bool hv_codec_is_whole(const HvCodec *codec)
{
    return codec->whole;
}

bool hv_codec_failed(const HvCodec *codec)
{
    return codec->error != NULL;
}

HvTime hv_codec_now(const HvCodec *codec)
{
    return hv_engine_now(codec->engine);
}

void hv_codec_fail(HvCodec *codec, const char *format, ...)
{
    g_assert(codec->reads);
    if (codec->error)
        return;
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *reason = g_strdup_vprintf(format, arguments);

    va_end(arguments);
    codec->error = g_error_new(
        HV_ERROR, HV_ERROR_IMAGE, "The saved state does not fit, in \"%s\": %s",
        codec->n_groups > 0 ? codec->groups[MIN(codec->n_groups, GROUPS_MAX) - 1] : "", reason);
    codec->at = codec->end;
}

/* --- Bytes ---------------------------------------------------------------------------------------------- */

static void put(HvCodec *codec, const void *bytes, size_t length)
{
    g_byte_array_append(codec->written, bytes, (guint)length);
}

static void put_kind(HvCodec *codec, char kind)
{
    put(codec, &kind, 1);
}

static void put_leb128(HvCodec *codec, uint64_t value)
{
    uint8_t bytes[10];
    unsigned n = 0;

    do {
        bytes[n++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        value >>= 7;
    } while (value > 0);
    put(codec, bytes, n);
}

/* The next `length` bytes, or NULL. */
static const uint8_t *take(HvCodec *codec, size_t length)
{
    const uint8_t *bytes = codec->at;

    if (codec->error)
        return NULL;
    if (length > (size_t)(codec->end - codec->at)) {
        hv_codec_fail(codec, "it ends too early");
        return NULL;
    }
    codec->at += length;
    return bytes;
}

static uint64_t take_leb128(HvCodec *codec)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        const uint8_t *byte = take(codec, 1);

        if (!byte)
            return 0;
        value |= (uint64_t)(*byte & 0x7f) << shift;
        if (!(*byte & 0x80))
            return value;
    }
    hv_codec_fail(codec, "a number is too long");
    return 0;
}

/* False: the next value is of another kind, which does not fit. */
static bool take_kind(HvCodec *codec, char kind)
{
    const uint8_t *byte = take(codec, 1);

    if (byte && *byte != (uint8_t)kind)
        hv_codec_fail(codec, "a value of kind %02X is where one of kind '%c' should be", *byte, kind);
    return !codec->error;
}

/* --- Groups --------------------------------------------------------------------------------------------- */

unsigned hv_codec_begin(HvCodec *codec, const char *name, unsigned version)
{
    size_t length = strlen(name);

    g_assert(length <= NAME_MAX_LENGTH && codec->n_groups < GROUPS_MAX && version > 0);
    codec->groups[codec->n_groups++] = name;
    if (!codec->reads) {
        put_kind(codec, KIND_BEGIN);
        put_leb128(codec, length);
        put(codec, name, length);
        put_leb128(codec, version);
        return version;
    }
    const uint8_t *found = take_kind(codec, KIND_BEGIN) && take_leb128(codec) == length ? take(codec, length)
                                                                                        : NULL;

    if (!found || memcmp(found, name, length) != 0)
        hv_codec_fail(codec, "this part does not begin where it should");
    uint64_t read = take_leb128(codec);

    if (read == 0 || read > version)
        hv_codec_fail(
            codec, "version %" G_GUINT64_FORMAT " of this part is not known, only up to %u", read, version);
    return codec->error ? version : (unsigned)read;
}

void hv_codec_end(HvCodec *codec)
{
    g_assert(codec->n_groups > 0);
    if (codec->reads)
        take_kind(codec, KIND_END);
    else
        put_kind(codec, KIND_END);
    codec->n_groups--;
}

/* --- Values --------------------------------------------------------------------------------------------- */

static uint64_t number(HvCodec *codec, uint64_t value, uint64_t max)
{
    if (!codec->reads) {
        put_kind(codec, KIND_NUMBER);
        put_leb128(codec, value);
        return value;
    }
    value = take_kind(codec, KIND_NUMBER) ? take_leb128(codec) : 0;
    if (value > max)
        hv_codec_fail(codec, "%" G_GUINT64_FORMAT " is more than %" G_GUINT64_FORMAT, value, max);
    return codec->error ? 0 : value;
}

void hv_codec_bool(HvCodec *codec, bool *value)
{
    /* What a reader has there need not be a bool yet. */
    uint64_t written = codec->reads ? 0 : *value;

    *value = number(codec, written, 1) != 0;
}

void hv_codec_u8(HvCodec *codec, uint8_t *value)
{
    *value = (uint8_t)number(codec, *value, UINT8_MAX);
}

void hv_codec_u16(HvCodec *codec, uint16_t *value)
{
    *value = (uint16_t)number(codec, *value, UINT16_MAX);
}

void hv_codec_u32(HvCodec *codec, uint32_t *value)
{
    *value = (uint32_t)number(codec, *value, UINT32_MAX);
}

void hv_codec_u64(HvCodec *codec, uint64_t *value)
{
    *value = number(codec, *value, UINT64_MAX);
}

void hv_codec_uint(HvCodec *codec, unsigned *value)
{
    *value = (unsigned)number(codec, *value, UINT_MAX);
}

/* Small numbers of either sign stay short. */
void hv_codec_i64(HvCodec *codec, int64_t *value)
{
    uint64_t zigzag = ((uint64_t)*value << 1) ^ (*value < 0 ? UINT64_MAX : 0);

    zigzag = number(codec, zigzag, UINT64_MAX);
    *value = (int64_t)((zigzag >> 1) ^ (zigzag & 1 ? UINT64_MAX : 0));
}

unsigned hv_codec_choice(HvCodec *codec, unsigned value, unsigned n_values)
{
    g_assert(n_values > 0 && (codec->reads || value < n_values));
    return (unsigned)number(codec, value, n_values - 1);
}

void hv_codec_double(HvCodec *codec, double *value)
{
    uint64_t bits;

    memcpy(&bits, value, sizeof(bits));
    bits = GUINT64_TO_LE(bits);
    if (!codec->reads) {
        put_kind(codec, KIND_DOUBLE);
        put(codec, &bits, sizeof(bits));
        return;
    }
    const uint8_t *bytes = take_kind(codec, KIND_DOUBLE) ? take(codec, sizeof(bits)) : NULL;

    bits = 0;
    if (bytes)
        memcpy(&bits, bytes, sizeof(bits));
    bits = GUINT64_FROM_LE(bits);
    memcpy(value, &bits, sizeof(bits));
}

void hv_codec_bytes(HvCodec *codec, void *bytes, size_t length)
{
    if (!codec->reads) {
        put_kind(codec, KIND_BYTES);
        put_leb128(codec, length);
        put(codec, bytes, length);
        return;
    }
    uint64_t found = take_kind(codec, KIND_BYTES) ? take_leb128(codec) : 0;

    if (found != length)
        hv_codec_fail(codec, "%" G_GUINT64_FORMAT " bytes are where %zu should be", found, length);
    const uint8_t *taken = take(codec, length);

    if (taken)
        memcpy(bytes, taken, length);
    else
        memset(bytes, 0, length);
}

static char *take_string(HvCodec *codec)
{
    uint64_t length = take_kind(codec, KIND_BYTES) ? take_leb128(codec) : 0;
    const uint8_t *bytes = take(codec, length);

    if (bytes && memchr(bytes, 0, length))
        hv_codec_fail(codec, "a text has a zero in it");
    return bytes && !codec->error ? g_strndup((const char *)bytes, length) : NULL;
}

void hv_codec_string(HvCodec *codec, char **value)
{
    if (!codec->reads && *value) {
        put_kind(codec, KIND_BYTES);
        put_leb128(codec, strlen(*value));
        put(codec, *value, strlen(*value));
    } else if (!codec->reads) {
        put_kind(codec, KIND_NULL);
    } else {
        bool is_null = codec->at < codec->end && *codec->at == KIND_NULL;

        g_free(*value);
        *value = is_null ? NULL : take_string(codec);
        if (is_null)
            take(codec, 1);
    }
}

void hv_codec_count(HvCodec *codec, size_t *count, size_t max)
{
    g_assert(codec->reads || *count <= max);
    *count = (size_t)number(codec, *count, max);
}

/* --- Events and I/O ------------------------------------------------------------------------------------- */

void hv_codec_event(HvCodec *codec, HvEvent *event)
{
    bool is_queued = hv_event_is_queued(event);
    Queued queued = {.event = event, .time_ns = event->time_ns, .sequence = event->sequence};

    hv_codec_bool(codec, &is_queued);
    if (!is_queued)
        return;
    hv_codec_moment(codec, &queued.time_ns);
    hv_codec_u64(codec, &queued.sequence);
    codec->n_events++;
    if (!codec->reads || codec->error)
        return;
    if (queued.time_ns < hv_engine_now(codec->engine) || queued.time_ns == HV_TIME_NEVER)
        hv_codec_fail(codec, "an event is not in the future");
    else
        g_array_append_val(codec->queued, queued);
}

void hv_codec_declare_io(HvCodec *codec, HvIoFunc func, void *data, uint64_t requests)
{
    const IoOwner owner = {func, data, requests};

    if (requests == 0)
        return;
    g_array_append_val(codec->io_owners, owner);
    g_hash_table_insert(codec->io_ids, data, GUINT_TO_POINTER(codec->io_owners->len));
    codec->io_left += requests;
}

void hv_codec_io(HvCodec *codec, HvIoFunc *func, void **data)
{
    unsigned id = codec->reads ? 0 : GPOINTER_TO_UINT(g_hash_table_lookup(codec->io_ids, *data));

    hv_codec_uint(codec, &id);
    IoOwner *owner = id > 0 && id <= codec->io_owners->len ? &g_array_index(codec->io_owners, IoOwner, id - 1)
                                                           : NULL;

    g_assert(codec->reads || (owner && owner->left > 0)); /* whoever started it has declared it */
    if (codec->reads && !codec->error && (!owner || owner->left == 0))
        hv_codec_fail(codec, "a request belongs to nobody");
    if (codec->error)
        return;
    owner->left--;
    codec->io_left--;
    *func = owner->func;
    *data = owner->data;
}

/* --- The end -------------------------------------------------------------------------------------------- */

void hv_codec_afterwards(HvCodec *codec, void (*func)(void *data), void *data)
{
    const Afterwards entry = {func, data};

    if (codec->reads)
        g_array_append_val(codec->afterwards, entry);
}

static int by_order(const void *a, const void *b)
{
    const Queued *x = a, *y = b;

    return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

static void queue_events(HvCodec *codec)
{
    g_array_sort(codec->queued, by_order);
    for (unsigned i = 0; i < codec->queued->len; i++) {
        const Queued *queued = &g_array_index(codec->queued, Queued, i);

        hv_engine_at(codec->engine, queued->event, queued->time_ns);
    }
}

bool hv_codec_finish(HvCodec *codec, GBytes **ret_bytes, GError **error)
{
    g_assert(codec->n_groups == 0);
    if (!codec->reads) {
        g_assert(!codec->whole || codec->n_events == hv_engine_queued(codec->engine));
        g_assert(codec->io_left == 0);
        *ret_bytes = g_byte_array_free_to_bytes(g_steal_pointer(&codec->written));
        return true;
    }
    if (!codec->error && codec->at < codec->end)
        hv_codec_fail(codec, "%zu bytes are left over", (size_t)(codec->end - codec->at));
    if (!codec->error && codec->io_left > 0)
        hv_codec_fail(codec, "somebody waits for a request that is not there");
    if (codec->error) {
        g_propagate_error(error, g_steal_pointer(&codec->error));
        return false;
    }
    queue_events(codec);
    for (unsigned i = 0; i < codec->afterwards->len; i++) {
        const Afterwards *entry = &g_array_index(codec->afterwards, Afterwards, i);

        entry->func(entry->data);
    }
    return true;
}
