/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The channel subsystem at run time: requests wait at devices and are served one at a time.
 *
 * A request belongs to the LPAR that started it and knows the path it came by. It is in exactly one place: in
 * the queue of its device, first come first served, the head being in service. Its event fires when the
 * service ends; ending an LPAR's requests takes them out wherever they are, tells the guest of each, and lets
 * the next one in.
 *
 * Path and device are busy together for path service + device service time. A path counts as busy while at
 * least one request on it is in service; a request waits for its device and, by the same time, for its path.
 */
#include "hv/channel.h"

#include "hv/codec.h"

static const HvTraceEvent hv_ev_io_ended = {"hv.io-ended", {"lpar", "device", "chpid"}};

typedef struct {
    HvChannels *channels;
    unsigned lpar, device;
    uint8_t chpid;
    HvIoFunc func;
    void *data;
    HvEvent event;          /* the end of the service; queued while it is the head of its device */
    uint64_t sequence;      /* order of starting, over all devices */
    HvTime served_since_ns; /* in service */
} Request;

typedef struct {
    HvIoCounts counts; /* up to since_ns */
    unsigned in_service, waiting;
    HvTime since_ns;
} Meter;

struct HvChannels {
    HvEngine *engine;
    HvTrace *trace;
    const HvMachineDef *def;
    GQueue *queues; /* [device]: Request *, the head in service */
    Meter *device_meters;
    HvRng *service_rngs; /* [device] */
    Meter chp_meters[HV_MAX_CHPS];
    unsigned chp_load[HV_MAX_CHPS]; /* requests under way on the path */
    uint64_t next_sequence;
};

HvChannels *hv_channels_new(HvEngine *engine, HvTrace *trace, const HvMachineDef *def, uint64_t seed)
{
    HvChannels *channels = g_new0(HvChannels, 1);

    channels->engine = engine;
    channels->trace = trace;
    channels->def = def;
    channels->queues = g_new0(GQueue, def->devices->len);
    channels->device_meters = g_new0(Meter, def->devices->len);
    channels->service_rngs = g_new0(HvRng, def->devices->len);
    for (unsigned d = 0; d < def->devices->len; d++) {
        const HvDeviceDef *device = g_ptr_array_index(def->devices, d);
        g_autofree char *name = g_strdup_printf("device %s", device->name);

        hv_rng_init(&channels->service_rngs[d], seed, name);
    }
    return channels;
}

static void request_free(HvChannels *channels, Request *request)
{
    hv_engine_cancel(channels->engine, &request->event);
    g_free(request);
}

void hv_channels_free(HvChannels *channels)
{
    if (!channels)
        return;
    for (unsigned d = 0; d < channels->def->devices->len; d++) {
        Request *request;

        while ((request = g_queue_pop_head(&channels->queues[d])))
            request_free(channels, request);
    }
    g_free(channels->queues);
    g_free(channels->device_meters);
    g_free(channels->service_rngs);
    g_free(channels);
}

/* --- Meters ---------------------------------------------------------------------------------------------- */

static HvIoCounts meter_counts(const HvChannels *channels, const Meter *meter)
{
    HvIoCounts counts = meter->counts;
    HvTime passed_ns = hv_engine_now(channels->engine) - meter->since_ns;

    counts.busy_ns += meter->in_service > 0 ? passed_ns : 0;
    counts.service_ns += meter->in_service * passed_ns;
    counts.wait_ns += meter->waiting * passed_ns;
    return counts;
}

/* Brings the counts up to now; what the meter stands at may then change. */
static void meter_settle(const HvChannels *channels, Meter *meter)
{
    meter->counts = meter_counts(channels, meter);
    meter->since_ns = hv_engine_now(channels->engine);
}

static void meter_arrived(const HvChannels *channels, Meter *meter)
{
    meter_settle(channels, meter);
    meter->counts.started++;
    meter->waiting++;
}

static void meter_begin(const HvChannels *channels, Meter *meter)
{
    g_assert(meter->waiting > 0);
    meter_settle(channels, meter);
    meter->waiting--;
    meter->in_service++;
}

static void meter_left(const HvChannels *channels, Meter *meter, bool was_served, HvIoResult result)
{
    unsigned *place = was_served ? &meter->in_service : &meter->waiting;

    g_assert(*place > 0);
    meter_settle(channels, meter);
    --*place;
    meter->counts.done += result == HV_IO_DONE;
    meter->counts.ended += result == HV_IO_ENDED;
}

/* --- Service --------------------------------------------------------------------------------------------- */

static void begin_service(HvChannels *channels, Request *request)
{
    const HvDeviceDef *device = g_ptr_array_index(channels->def->devices, request->device);
    HvTime device_ns = device->service
                           ? hv_distribution_draw(device->service, &channels->service_rngs[request->device])
                           : device->service_ns;
    HvTime service_ns = device_ns + channels->def->chps[request->chpid].service_ns;

    request->served_since_ns = hv_engine_now(channels->engine);
    meter_begin(channels, &channels->device_meters[request->device]);
    meter_begin(channels, &channels->chp_meters[request->chpid]);
    hv_engine_after(channels->engine, &request->event, service_ns);
}

/* Takes the request out of its queue, tells its owner, and lets the next one in. */
static void conclude(HvChannels *channels, Request *request, HvIoResult result)
{
    GQueue *queue = &channels->queues[request->device];
    bool was_served = g_queue_peek_head(queue) == request;

    g_queue_remove(queue, request);
    channels->chp_load[request->chpid]--;
    meter_left(channels, &channels->device_meters[request->device], was_served, result);
    meter_left(channels, &channels->chp_meters[request->chpid], was_served, result);
    if (was_served && !g_queue_is_empty(queue))
        begin_service(channels, g_queue_peek_head(queue));
    HvIoFunc func = request->func;
    void *data = request->data;
    HvTime served_ns = was_served ? hv_engine_now(channels->engine) - request->served_since_ns : 0;

    request_free(channels, request);
    func(data, result, served_ns);
}

static void service_ended(HvEvent *event, void *data)
{
    Request *request = data;

    (void)event;
    conclude(request->channels, request, HV_IO_DONE);
}

static Request *request_new(HvChannels *channels, unsigned device)
{
    Request *request = g_new0(Request, 1);

    request->channels = channels;
    request->device = device;
    hv_event_init(&request->event, HV_PRIORITY_DEVICE, service_ended, request);
    return request;
}

/* --- Starting and ending --------------------------------------------------------------------------------- */

/* The least loaded of the device's paths in the map, the lowest CHPID among equals; HV_MAX_CHPS if none. */
static unsigned choose_path(const HvChannels *channels, const HvDeviceDef *device, const uint64_t chps[4])
{
    unsigned best = HV_MAX_CHPS;

    for (unsigned word = 0; word < 4; word++)
        for (uint64_t bits = chps[word] & device->chps[word]; bits > 0; bits &= bits - 1) {
            unsigned chp = word * 64 + (unsigned)__builtin_ctzll(bits);

            if (best == HV_MAX_CHPS || channels->chp_load[chp] < channels->chp_load[best])
                best = chp;
        }
    return best;
}

bool hv_channels_start(
    HvChannels *channels, unsigned lpar, unsigned device, const uint64_t chps[4], HvIoFunc func, void *data)
{
    g_assert(device < channels->def->devices->len);
    unsigned chpid = choose_path(channels, g_ptr_array_index(channels->def->devices, device), chps);

    if (chpid == HV_MAX_CHPS)
        return false;
    Request *request = request_new(channels, device);

    request->lpar = lpar;
    request->chpid = (uint8_t)chpid;
    request->func = func;
    request->data = data;
    request->sequence = channels->next_sequence++;
    meter_arrived(channels, &channels->device_meters[device]);
    meter_arrived(channels, &channels->chp_meters[chpid]);
    channels->chp_load[chpid]++;
    g_queue_push_tail(&channels->queues[device], request);
    if (g_queue_get_length(&channels->queues[device]) == 1)
        begin_service(channels, request);
    return true;
}

/* The LPAR's request that was started first, if before number `before`, or NULL. */
static Request *oldest_of(const HvChannels *channels, unsigned lpar, uint64_t before)
{
    Request *oldest = NULL;

    for (unsigned d = 0; d < channels->def->devices->len; d++)
        for (const GList *link = channels->queues[d].head; link; link = link->next) {
            Request *request = link->data;

            if (request->lpar == lpar && request->sequence < before) {
                oldest = request;
                before = request->sequence;
            }
        }
    return oldest;
}

unsigned hv_channels_end_lpar(HvChannels *channels, unsigned lpar)
{
    /* One that is told may start another: that one is not ended, so this ends. */
    uint64_t before = channels->next_sequence;
    unsigned ended = 0;
    Request *request;

    while ((request = oldest_of(channels, lpar, before))) {
        hv_trace_emit(
            channels->trace, hv_engine_now(channels->engine), &hv_ev_io_ended, lpar, request->device,
            request->chpid);
        conclude(channels, request, HV_IO_ENDED);
        ended++;
    }
    return ended;
}

unsigned hv_channels_pending(const HvChannels *channels, unsigned lpar)
{
    unsigned pending = 0;

    for (unsigned d = 0; d < channels->def->devices->len; d++)
        for (const GList *link = channels->queues[d].head; link; link = link->next)
            pending += ((const Request *)link->data)->lpar == lpar;
    return pending;
}

unsigned hv_channels_pending_on(const HvChannels *channels, unsigned lpar, const uint64_t chps[4])
{
    unsigned pending = 0;

    for (unsigned d = 0; d < channels->def->devices->len; d++)
        for (const GList *link = channels->queues[d].head; link; link = link->next) {
            const Request *request = link->data;

            pending += request->lpar == lpar && hv_chp_map_has(chps, request->chpid);
        }
    return pending;
}

HvIoCounts hv_channels_chp_counts(const HvChannels *channels, uint8_t chpid)
{
    return meter_counts(channels, &channels->chp_meters[chpid]);
}

HvIoCounts hv_channels_device_counts(const HvChannels *channels, unsigned device)
{
    g_assert(device < channels->def->devices->len);
    return meter_counts(channels, &channels->device_meters[device]);
}

/* --- Written down and read back -------------------------------------------------------------------------- */

/* Settled, so it does not matter since when; how many are where follows from the queues. */
static void meter_codec(const HvChannels *channels, Meter *meter, HvCodec *codec)
{
    meter_settle(channels, meter);
    hv_codec_u64(codec, &meter->counts.started);
    hv_codec_u64(codec, &meter->counts.done);
    hv_codec_u64(codec, &meter->counts.ended);
    hv_codec_u64(codec, &meter->counts.busy_ns);
    hv_codec_u64(codec, &meter->counts.service_ns);
    hv_codec_u64(codec, &meter->counts.wait_ns);
}

static void request_codec(Request *request, bool is_served, HvCodec *codec)
{
    hv_codec_uint(codec, &request->lpar);
    hv_codec_u8(codec, &request->chpid);
    hv_codec_io(codec, &request->func, &request->data);
    hv_codec_u64(codec, &request->sequence);
    if (!is_served)
        return;
    hv_codec_event(codec, &request->event);
    hv_codec_since(codec, &request->served_since_ns);
}

static void count_request(Meter *meter, bool is_served)
{
    meter->in_service += is_served;
    meter->waiting += !is_served;
}

/* The next request of the device's queue, if it can be one. */
static void read_request(HvChannels *channels, unsigned device, HvCodec *codec)
{
    const HvDeviceDef *def = g_ptr_array_index(channels->def->devices, device);
    GQueue *queue = &channels->queues[device];
    const Request *last = g_queue_peek_tail(queue);
    Request *request = request_new(channels, device);

    request_codec(request, /* is_served= */ !last, codec);
    g_queue_push_tail(queue, request);
    if (!hv_device_def_on_chp(def, request->chpid))
        hv_codec_fail(codec, "a request came by a path that its device does not have");
    if (request->sequence >= channels->next_sequence || (last && last->sequence >= request->sequence))
        hv_codec_fail(codec, "requests are not in the order of their start");
    channels->chp_load[request->chpid]++;
    count_request(&channels->device_meters[device], /* is_served= */ !last);
    count_request(&channels->chp_meters[request->chpid], /* is_served= */ !last);
}

static void device_codec(HvChannels *channels, unsigned device, HvCodec *codec)
{
    GQueue *queue = &channels->queues[device];
    size_t length = g_queue_get_length(queue);

    hv_codec_rng(codec, &channels->service_rngs[device]);
    meter_codec(channels, &channels->device_meters[device], codec);
    hv_codec_count(codec, &length, UINT_MAX);
    if (!hv_codec_reads(codec))
        for (const GList *link = queue->head; link; link = link->next)
            request_codec(link->data, /* is_served= */ link == queue->head, codec);
    else
        for (size_t i = 0; i < length && !hv_codec_failed(codec); i++)
            read_request(channels, device, codec);
}

void hv_channels_codec(HvChannels *channels, HvCodec *codec)
{
    size_t n_devices = channels->def->devices->len;

    g_assert(hv_codec_is_whole(codec));
    hv_codec_begin(codec, "channels", 1);
    hv_codec_count(codec, &n_devices, UINT_MAX);
    if (n_devices != channels->def->devices->len)
        hv_codec_fail(codec, "the machine has %u devices, not %zu", channels->def->devices->len, n_devices);
    hv_codec_u64(codec, &channels->next_sequence);
    for (unsigned d = 0; d < channels->def->devices->len; d++)
        device_codec(channels, d, codec);
    for (unsigned chp = 0; chp < HV_MAX_CHPS; chp++)
        meter_codec(channels, &channels->chp_meters[chp], codec);
    hv_codec_end(codec);
}
