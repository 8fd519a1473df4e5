/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What has been saved to tape, as records of the store: one for each save, by set and sequence number.
 *
 * They answer how old the newest save of an LPAR is without a look at tapes, which may lie in a cupboard. INZTAP takes the records of
 * its set away, since a save needs all volumes of its set.
 */
#include "svp/save/saved.h"

#include <string.h>

#define COLLECTION "save"

bool svp_saved_note(
    SvpStore *store, const SvpVolumeSet *set, const SvpSaveRecord *record, HvTime duration_ns, GError **error)
{
    g_autofree char *key = g_strdup_printf("%s-%06u", svp_volume_set_id(set), record->sequence);
    json_t *lpars = json_array();

    for (unsigned i = 0; record->lpars[i]; i++)
        json_array_append_new(lpars, json_string(record->lpars[i]));
    json_t *json = json_pack(
        "{s:s, s:s, s:i, s:s, s:o, s:I, s:I, s:s, s:I, s:I}", "set", svp_volume_set_id(set), "volume",
        svp_volume_label(svp_volume_set_volume(set, 0))->volume, "sequence", (int)record->sequence, "kind",
        record->kind, "lpars", lpars, "at_ns", (json_int_t)record->at_ns, "duration_ns",
        (json_int_t)duration_ns, "saved", record->saved, "objects", (json_int_t)record->objects, "shared",
        (json_int_t)record->shared);
    bool done = svp_store_put(store, COLLECTION, key, json, error);

    json_decref(json);
    return done;
}

typedef struct {
    const char *set;
    GPtrArray *keys; /* char * */
} OfSet;

static bool collect_key(const char *key, json_t *record, void *data)
{
    const OfSet *of_set = data;
    const char *set = json_string_value(json_object_get(record, "set"));

    if (set && strcmp(set, of_set->set) == 0)
        g_ptr_array_add(of_set->keys, g_strdup(key));
    return true;
}

bool svp_saved_forget(SvpStore *store, const char *set, GError **error)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    OfSet of_set = {set, keys};
    bool done = true;

    svp_store_foreach(store, COLLECTION, collect_key, &of_set);
    for (unsigned i = 0; done && i < keys->len; i++)
        done = svp_store_delete(store, COLLECTION, g_ptr_array_index(keys, i), error);
    return done;
}

typedef struct {
    const char *lpar;
    SvpSaved found;
} Search;

static bool has_lpar(const json_t *record, const char *lpar)
{
    const json_t *lpars = json_object_get(record, "lpars");

    for (size_t i = 0; i < json_array_size(lpars); i++) {
        const char *name = json_string_value(json_array_get(lpars, i));

        if (name && g_ascii_strcasecmp(name, lpar) == 0)
            return true;
    }
    return false;
}

static bool look_at(const char *key, json_t *record, void *data)
{
    Search *search = data;
    HvTime at_ns = (HvTime)json_integer_value(json_object_get(record, "at_ns"));
    const char *volume = json_string_value(json_object_get(record, "volume"));

    (void)key;
    if (!volume || !has_lpar(record, search->lpar))
        return true;
    if (search->found.n++ > 0 && at_ns < search->found.at_ns)
        return true;
    search->found.at_ns = at_ns;
    g_free(search->found.newest);
    search->found.newest = g_strdup_printf(
        "%s:%" JSON_INTEGER_FORMAT, volume, json_integer_value(json_object_get(record, "sequence")));
    return true;
}

void svp_saved_find(SvpStore *store, const char *lpar, SvpSaved *ret_saved)
{
    Search search = {.lpar = lpar};

    svp_store_foreach(store, COLLECTION, look_at, &search);
    *ret_saved = search.found;
}
