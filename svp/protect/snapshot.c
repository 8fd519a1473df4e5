/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Snapshots, and the clones that depend on them, as plain data.
 *
 * A snapshot is known as long as there is a copy of it in any place. The content itself is the copies' business (svp/protect/copy.h); here are
 * only the digests that tell whether what is read later is what was taken.
 */
#include "svp/protect/snapshot.h"

#include "svp/error.h"
#include "svp/protect/name.h"

static const char *const state_names[SVP_COPY_STATES] = {"none", "good", "bad", "dropped"};

const char *svp_copy_state_name(SvpCopyState state)
{
    g_assert(state < SVP_COPY_STATES);
    return state_names[state];
}

SvpSnapshot *svp_snapshot_new(const char *name, const char *group, const char *label, const char *tag)
{
    SvpSnapshot *snapshot = g_new0(SvpSnapshot, 1);

    snapshot->name = g_strdup(name);
    snapshot->group = g_strdup(group);
    snapshot->label = g_strdup(label);
    snapshot->tag = g_strdup(tag);
    snapshot->lpars = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(snapshot->lpars, NULL);
    snapshot->digests = g_ptr_array_new_with_free_func(g_free);
    return snapshot;
}

void svp_snapshot_free(SvpSnapshot *snapshot)
{
    if (!snapshot)
        return;
    g_free(snapshot->name);
    g_free(snapshot->group);
    g_free(snapshot->label);
    g_free(snapshot->tag);
    g_ptr_array_unref(snapshot->lpars);
    g_ptr_array_unref(snapshot->digests);
    g_free(snapshot);
}

void svp_snapshot_add_lpar(SvpSnapshot *snapshot, const char *lpar, const char *digest)
{
    g_ptr_array_insert(snapshot->lpars, (gint)svp_snapshot_lpars(snapshot), g_strdup(lpar));
    g_ptr_array_add(snapshot->digests, g_strdup(digest ? digest : ""));
}

unsigned svp_snapshot_lpars(const SvpSnapshot *snapshot)
{
    return snapshot->lpars->len - 1;
}

bool svp_snapshot_has(const SvpSnapshot *snapshot, const char *lpar)
{
    for (unsigned i = 0; i < svp_snapshot_lpars(snapshot); i++)
        if (svp_protect_same_name(snapshot->lpars->pdata[i], lpar))
            return true;
    return false;
}

/* --- Records ---------------------------------------------------------------------------------------------- */

json_t *svp_snapshot_to_json(const SvpSnapshot *snapshot)
{
    json_t *lpars = json_array(), *copies = json_object();

    for (unsigned i = 0; i < svp_snapshot_lpars(snapshot); i++)
        json_array_append_new(
            lpars,
            json_pack("{s:s,s:s}", "lpar", snapshot->lpars->pdata[i], "digest", snapshot->digests->pdata[i]));
    for (unsigned i = 0; i < SVP_PLACES; i++)
        json_object_set_new(
            copies, svp_place_name((SvpPlace)i), json_string(svp_copy_state_name(snapshot->copies[i])));
    return json_pack(
        "{s:s,s:s,s:s,s:s?,s:I,s:I,s:I,s:o,s:o}", "name", snapshot->name, "group", snapshot->group, "label",
        snapshot->label, "tag", snapshot->tag, "sequence", (json_int_t)snapshot->sequence, "at_ns",
        (json_int_t)snapshot->at_ns, "pages", (json_int_t)snapshot->pages, "lpars", lpars, "copies", copies);
}

static bool copies_from_json(const json_t *copies, SvpSnapshot *snapshot)
{
    for (unsigned i = 0; i < SVP_PLACES; i++) {
        const char *name = json_string_value(json_object_get(copies, svp_place_name((SvpPlace)i)));

        if (!name ||
            !hv_quantity_parse_word(name, state_names, SVP_COPY_STATES, (unsigned *)&snapshot->copies[i]))
            return false;
    }
    return true;
}

static bool lpars_from_json(const json_t *lpars, SvpSnapshot *snapshot)
{
    for (size_t i = 0; i < json_array_size(lpars); i++) {
        const json_t *member = json_array_get(lpars, i);
        const char *lpar = json_string_value(json_object_get(member, "lpar"));
        const char *digest = json_string_value(json_object_get(member, "digest"));

        if (!lpar || !digest)
            return false;
        svp_snapshot_add_lpar(snapshot, lpar, digest);
    }
    return svp_snapshot_lpars(snapshot) > 0;
}

static bool numbers_from_json(const json_t *record, SvpSnapshot *snapshot)
{
    json_int_t sequence = json_integer_value(json_object_get(record, "sequence"));
    json_int_t at_ns = json_integer_value(json_object_get(record, "at_ns"));
    json_int_t pages = json_integer_value(json_object_get(record, "pages"));

    snapshot->sequence = (uint64_t)sequence;
    snapshot->at_ns = (HvTime)at_ns;
    snapshot->pages = (uint64_t)pages;
    return sequence > 0 && at_ns >= 0 && pages >= 0;
}

SvpSnapshot *svp_snapshot_from_json(const json_t *record, GError **error)
{
    const char *name = json_string_value(json_object_get(record, "name"));
    const char *group = json_string_value(json_object_get(record, "group"));
    const char *label = json_string_value(json_object_get(record, "label"));

    if (name && group && label) {
        g_autoptr(SvpSnapshot) snapshot =
            svp_snapshot_new(name, group, label, json_string_value(json_object_get(record, "tag")));

        if (numbers_from_json(record, snapshot) &&
            lpars_from_json(json_object_get(record, "lpars"), snapshot) &&
            copies_from_json(json_object_get(record, "copies"), snapshot))
            return g_steal_pointer(&snapshot);
    }
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_CATALOG,
        "The record of snapshot %s is damaged\nGo back to an older state directory",
        name ? name : "(no name)");
    return NULL;
}

SvpSnapshot *svp_snapshot_copy(const SvpSnapshot *snapshot)
{
    json_t *record = svp_snapshot_to_json(snapshot);
    SvpSnapshot *copy = svp_snapshot_from_json(record, NULL);

    json_decref(record);
    g_assert(copy);
    return copy;
}

/* --- Clones ----------------------------------------------------------------------------------------------- */

void svp_clone_free(SvpClone *clone)
{
    if (!clone)
        return;
    g_free(clone->clone);
    g_free(clone->snapshot);
    g_free(clone->lpar);
    g_free(clone);
}

json_t *svp_clone_to_json(const SvpClone *clone)
{
    return json_pack(
        "{s:s,s:s,s:s}", "clone", clone->clone, "snapshot", clone->snapshot, "lpar", clone->lpar);
}

SvpClone *svp_clone_from_json(const json_t *record, GError **error)
{
    const char *clone = json_string_value(json_object_get(record, "clone"));
    const char *snapshot = json_string_value(json_object_get(record, "snapshot"));
    const char *lpar = json_string_value(json_object_get(record, "lpar"));

    if (!clone || !snapshot || !lpar) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_CATALOG,
            "The record of clone %s is damaged\nGo back to an older state directory",
            clone ? clone : "(no name)");
        return NULL;
    }
    SvpClone *read = g_new0(SvpClone, 1);

    read->clone = g_strdup(clone);
    read->snapshot = g_strdup(snapshot);
    read->lpar = g_strdup(lpar);
    return read;
}
