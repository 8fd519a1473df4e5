/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Snapshots before INTEG.
 *
 * Taking one costs a look at the LPAR's tables and takes no simulated time; so it may be taken before each INTEG. With a state directory its
 * content is written before the INTEG begins, so an INTEG that was carried out can be taken back whatever happens then; the record in the
 * store makes it the LPAR's snapshot, after the INTEG. A copy that no record names is what a crash has left, and is replaced by the next.
 *
 * With the LPAR the survivor's books are remembered: what it had of its own is not asked back.
 */
#include "svp/save/presnap.h"

#include "resmgr/state-codec.h"
#include "svp/error.h"
#include "svp/protect/copy.h"

#define COLLECTION   "restore"
#define KEY          "presnap"
#define FOLDER       "presnap"
#define GROUP        "PRESNAP"
#define BOOKS_LAYOUT 1

struct SvpPresnaps {
    MonitorSystem *system;
    SvpStore *store;
    char *folder; /* NULL: they are in memory only */
    SvpCopyMedium medium;
    bool on;
    SvpPresnap *of[RESMGR_MAX_LPARS + 1]; /* [LPAR number]; NULL: none, or not read yet */
};

static void presnap_free(SvpPresnap *presnap)
{
    if (!presnap)
        return;
    monitor_capture_free(presnap->capture);
    resmgr_lpar_free(presnap->giver);
    svp_snapshot_free(presnap->copy);
    g_free(presnap);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SvpPresnap, presnap_free)

SvpPresnaps *svp_presnaps_new(MonitorSystem *system, SvpStore *store, const char *directory)
{
    SvpPresnaps *presnaps = g_new0(SvpPresnaps, 1);
    json_t *record = svp_store_get(store, COLLECTION, KEY);

    presnaps->system = system;
    presnaps->store = store;
    presnaps->folder = directory ? g_build_filename(directory, FOLDER, NULL) : NULL;
    presnaps->medium = svp_copy_archive(system, /* prepared= */ true);
    presnaps->on = json_is_true(json_object_get(record, "on"));
    json_decref(record);
    return presnaps;
}

void svp_presnaps_free(SvpPresnaps *presnaps)
{
    if (!presnaps)
        return;
    for (unsigned lpar = 0; lpar <= RESMGR_MAX_LPARS; lpar++)
        presnap_free(presnaps->of[lpar]);
    presnaps->medium.ops->free(presnaps->medium.data);
    g_free(presnaps->folder);
    g_free(presnaps);
}

bool svp_presnaps_are_on(const SvpPresnaps *presnaps)
{
    return presnaps->on;
}

bool svp_presnaps_set(SvpPresnaps *presnaps, bool on, GError **error)
{
    json_t *record = json_pack("{s:b}", "on", on);
    bool put = svp_store_put(presnaps->store, COLLECTION, KEY, record, error);

    json_decref(record);
    if (put)
        presnaps->on = on;
    return put;
}

/* --- Records ---------------------------------------------------------------------------------------------- */

static char *key_of(unsigned lpar)
{
    return g_strdup_printf("presnap %03u", lpar);
}

static void books_codec(ResmgrLpar *books, HvCodec *codec)
{
    hv_codec_begin(codec, "giver", BOOKS_LAYOUT);
    resmgr_lpar_codec(books, codec);
    hv_codec_end(codec);
}

static char *books_to_text(ResmgrLpar *books)
{
    g_autoptr(HvEngine) engine = hv_engine_new();
    g_autoptr(HvCodec) codec = hv_codec_writer(engine, /* whole= */ false);
    g_autoptr(GBytes) bytes = NULL;
    gsize length;

    books_codec(books, codec);
    hv_codec_finish(codec, &bytes, NULL);
    const void *data = g_bytes_get_data(bytes, &length);

    return g_base64_encode(data, length);
}

static ResmgrLpar *books_from_text(const char *text, GError **error)
{
    gsize length = 0;
    guchar *data = g_base64_decode(text ? text : "", &length);
    g_autoptr(GBytes) bytes = g_bytes_new_take(data, length);
    g_autoptr(HvEngine) engine = hv_engine_new();
    g_autoptr(HvCodec) codec = hv_codec_reader(engine, /* whole= */ false, bytes);
    ResmgrLpar *books = resmgr_lpar_new_empty();

    books_codec(books, codec);
    if (hv_codec_finish(codec, NULL, error))
        return books;
    resmgr_lpar_free(books);
    return NULL;
}

static bool put_record(SvpPresnaps *presnaps, const SvpPresnap *presnap, GError **error)
{
    g_autofree char *key = key_of(presnap->capture->number), *giver = books_to_text(presnap->giver);
    json_t *record = json_pack("{s:s, s:o}", "giver", giver, "copy", svp_snapshot_to_json(presnap->copy));
    bool put = svp_store_put(presnaps->store, COLLECTION, key, record, error);

    json_decref(record);
    return put;
}

/* NULL without *error: there is none. */
static SvpPresnap *read_presnap(SvpPresnaps *presnaps, unsigned lpar, GError **error)
{
    g_autofree char *key = key_of(lpar);
    json_t *record = presnaps->folder ? svp_store_get(presnaps->store, COLLECTION, key) : NULL;
    g_autoptr(SvpPresnap) presnap = g_new0(SvpPresnap, 1);

    if (!record)
        return NULL;
    presnap->copy = svp_snapshot_from_json(json_object_get(record, "copy"), error);
    presnap->giver = presnap->copy
                         ? books_from_text(json_string_value(json_object_get(record, "giver")), error)
                         : NULL;
    json_decref(record);
    if (presnap->giver)
        presnap->capture = svp_copy_read(
            &presnaps->medium, presnaps->folder, presnap->copy, g_ptr_array_index(presnap->copy->lpars, 0),
            error);
    return presnap->capture ? g_steal_pointer(&presnap) : NULL;
}

/* --- Before and after an INTEG ---------------------------------------------------------------------------- */

static bool write_copy(SvpPresnaps *presnaps, SvpPresnap *presnap, GError **error)
{
    g_autofree char *name =
        g_strdup_printf("%s-%" G_GUINT64_FORMAT, presnap->capture->name, presnap->capture->at_ns);
    g_autoptr(GPtrArray) captures = g_ptr_array_new();

    presnap->copy = svp_snapshot_new(name, GROUP, GROUP, /* tag= */ NULL);
    presnap->copy->sequence = 1; /* the only one of its name */
    presnap->copy->at_ns = presnap->capture->at_ns;
    svp_snapshot_add_lpar(presnap->copy, presnap->capture->name, /* digest= */ NULL);
    g_ptr_array_add(captures, presnap->capture);
    return svp_copy_prepare(&presnaps->medium, presnaps->folder, GROUP, error) &&
           svp_copy_write(
               &presnaps->medium, presnaps->folder, presnap->copy, /* base= */ NULL, captures, error);
}

SvpPresnap *svp_presnaps_take(SvpPresnaps *presnaps, unsigned retiring, unsigned survivor, GError **error)
{
    g_autoptr(SvpPresnap) presnap = g_new0(SvpPresnap, 1);

    presnap->capture = monitor_system_capture(presnaps->system, retiring, error);
    if (!presnap->capture)
        return NULL;
    presnap->giver = resmgr_lpar_copy(resmgr_state_lpar(monitor_system_state(presnaps->system), survivor));
    if (presnaps->folder && !write_copy(presnaps, presnap, error))
        return NULL;
    return g_steal_pointer(&presnap);
}

void svp_presnaps_drop(SvpPresnaps *presnaps, SvpPresnap *presnap)
{
    if (presnap && presnap->copy)
        svp_copy_remove(&presnaps->medium, presnaps->folder, presnap->copy, NULL);
    presnap_free(presnap);
}

/* What the record says now; NULL: nothing. */
static SvpSnapshot *recorded_copy(SvpPresnaps *presnaps, unsigned lpar)
{
    g_autofree char *key = key_of(lpar);
    json_t *record = svp_store_get(presnaps->store, COLLECTION, key);
    SvpSnapshot *copy = record ? svp_snapshot_from_json(json_object_get(record, "copy"), NULL) : NULL;

    json_decref(record);
    return copy;
}

bool svp_presnaps_keep(SvpPresnaps *presnaps, SvpPresnap *presnap, GError **error)
{
    SvpPresnap **kept = &presnaps->of[presnap->capture->number];

    presnap_free(*kept);
    *kept = presnap;
    if (!presnap->copy)
        return true;
    g_autoptr(SvpSnapshot) older = recorded_copy(presnaps, presnap->capture->number);

    if (!put_record(presnaps, presnap, error))
        return false;
    /* The same one again, if the INTEG was done again from the journal, stays. */
    if (older && g_strcmp0(older->name, presnap->copy->name) != 0)
        svp_copy_remove(&presnaps->medium, presnaps->folder, older, NULL);
    return true;
}

/* --- Looking them up -------------------------------------------------------------------------------------- */

const SvpPresnap *svp_presnaps_find(SvpPresnaps *presnaps, const ResmgrLpar *lpar, GError **error)
{
    SvpPresnap **presnap = &presnaps->of[lpar->number];
    GError *damage = NULL;

    if (!*presnap)
        *presnap = read_presnap(presnaps, lpar->number, &damage);
    /* A number may have been given to another LPAR meanwhile. */
    if (*presnap && g_ascii_strcasecmp((*presnap)->capture->name, lpar->name) == 0)
        return *presnap;
    if (damage)
        g_propagate_error(error, damage);
    else
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_PRESNAP,
            "There is no snapshot of %s from before an INTEG: PRESNAP was off then, or the program has "
            "ended since and had no state directory\nRestore a save or a snapshot of it instead: DEV(unit) "
            "or SNAPSHOT(name)",
            lpar->name);
    return NULL;
}

GPtrArray *svp_presnaps_list(SvpPresnaps *presnaps)
{
    GPtrArray *list = g_ptr_array_new();

    for (unsigned lpar = 1; lpar <= RESMGR_MAX_LPARS; lpar++) {
        if (!presnaps->of[lpar])
            presnaps->of[lpar] = read_presnap(presnaps, lpar, NULL);
        if (presnaps->of[lpar])
            g_ptr_array_add(list, presnaps->of[lpar]);
    }
    return list;
}
