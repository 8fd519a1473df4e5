/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fuzzer of the readers of measured utilization. The first line of an input is the words behind FILE, the rest is the file.
 *
 * Whatever the bytes are, there is either a definition or one sentence that says why not, with at most one remedy. The text of a definition
 * is read again as an equal one. Its samples ascend, do not overlap, and want at most 256 IPs; the same file gives the same samples
 * again; and with `repeat`, the second round is the first one, later. A problem names the line.
 */
#include "hv/demand.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

#define SAMPLES_MAX 4096
#define MAX_IPS     256

static void check_message(const char *message)
{
    const char *remedy = strchr(message, '\n');

    g_assert(*message && *message != '\n' && g_utf8_validate(message, -1, NULL));
    g_assert(!remedy || (remedy[1] != '\0' && !strchr(remedy + 1, '\n')));
}

static GArray *read_samples(const HvDemandDef *def)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HvDemand) demand = hv_demand_open(def, &error);
    GArray *samples = g_array_new(FALSE, FALSE, sizeof(HvDemandSample));
    HvDemandSample sample;
    HvTime end_ns = 0;

    g_assert(demand);
    while (samples->len < SAMPLES_MAX && hv_demand_next(demand, &sample)) {
        g_assert(sample.begin_ns >= end_ns && sample.begin_ns < sample.end_ns && sample.end_ns <= INT64_MAX);
        g_assert(sample.work_ns / MAX_IPS <= sample.end_ns - sample.begin_ns);
        end_ns = sample.end_ns;
        g_array_append_val(samples, sample);
    }
    if (hv_demand_problem(demand)) {
        g_assert(
            g_str_has_prefix(hv_demand_problem(demand), "FILE:") && !strchr(hv_demand_problem(demand), '\n'));
        g_assert(!hv_demand_next(demand, &sample));
        check_message(hv_demand_problem(demand));
    }
    return samples;
}

static void check_repetition(const GArray *once, const GArray *again)
{
    if (once->len == 0 || once->len == SAMPLES_MAX)
        return;
    HvTime round_ns = g_array_index(once, HvDemandSample, once->len - 1).end_ns;

    for (unsigned i = 0; i < again->len; i++) {
        const HvDemandSample *a = &g_array_index(again, HvDemandSample, i),
                             *b = &g_array_index(once, HvDemandSample, i % once->len);
        HvTime later_ns = i / once->len * round_ns;

        g_assert(a->begin_ns == b->begin_ns + later_ns && a->end_ns == b->end_ns + later_ns);
        g_assert(a->work_ns == b->work_ns);
    }
}

static void check_definition(const HvDemandDef *def, GBytes *content)
{
    g_autofree char *text = hv_demand_format(def), *repeated = g_strdup_printf("%s repeat", text);
    g_autoptr(HvDemandDef) again = hv_demand_parse_content(text, content, NULL);
    g_autoptr(HvDemandDef) repeating = hv_demand_parse_content(repeated, content, NULL);
    g_autoptr(GArray) samples = read_samples(def);

    g_assert(again && hv_demand_def_equal(def, again));
    g_autofree char *second = hv_demand_format(again);
    g_autoptr(GArray) same = read_samples(again);

    g_assert(strcmp(text, second) == 0);
    g_assert(samples->len == same->len);
    g_assert(
        samples->len == 0 || memcmp(samples->data, same->data, samples->len * sizeof(HvDemandSample)) == 0);
    if (!repeating)
        return; /* it repeats already */
    g_autoptr(GArray) rounds = read_samples(repeating);

    check_repetition(samples, rounds);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;

    if (!end)
        return 0;
    g_autofree char *words = g_strndup((const char *)data, (size_t)(end - data));
    g_autofree char *text = g_strdup_printf("FILE %s", words);
    g_autoptr(GBytes) content = g_bytes_new(end + 1, size - (size_t)(end + 1 - data));
    g_autoptr(GError) error = NULL;
    g_autoptr(HvDemandDef) def = hv_demand_parse_content(text, content, &error);

    if (def) {
        check_definition(def, content);
        return 0;
    }
    g_assert(error);
    check_message(error->message);
    return 0;
}
