/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Relations: who is a copy of whom.
 *
 *     primary ----> mirror        allowed: a fan-out from the primary
 *        +--------> vault
 *
 *     primary ----> mirror ----> vault        refused: a cascade
 *        ^-------------+                      refused: a cycle
 *
 * All folders of all relations, and that of the primary, lie apart: none is, contains or lies in another, so what one drops is never
 * another's. With that and the primary as the only source, no chain of relations can be longer than one.
 */
#include "svp/protect/relation.h"

#include "svp/error.h"
#include "svp/message.h"
#include "svp/protect/name.h"

#include <stdlib.h>
#include <string.h>

static const char *const place_names[SVP_PLACES] = {"primary", "mirror", "vault"};

const char *svp_place_name(SvpPlace place)
{
    g_assert(place < SVP_PLACES);
    return place_names[place];
}

bool svp_place_parse(const char *text, SvpPlace *ret_place)
{
    for (unsigned i = 0; *text && i < SVP_PLACES; i++) {
        if (g_ascii_strncasecmp(place_names[i], text, strlen(text)) != 0)
            continue;
        *ret_place = (SvpPlace)i;
        return true;
    }
    return false;
}

void svp_relation_free(SvpRelation *relation)
{
    if (!relation)
        return;
    g_free(relation->group);
    g_free(relation->path);
    g_free(relation->policy);
    g_free(relation->only);
    g_free(relation);
}

/* --- Folders ---------------------------------------------------------------------------------------------- */

char *svp_relation_resolve(const char *path)
{
    g_autofree char *whole = g_canonicalize_filename(path, NULL);
    g_autofree char *present = g_strdup(whole);
    char *real;

    /* What is not there yet has no links: the longest part that is there is resolved. The root is always there. */
    while (!(real = realpath(present, NULL))) {
        char *parent = g_path_get_dirname(present);

        if (strcmp(parent, present) == 0) {
            g_free(parent);
            return g_steal_pointer(&whole);
        }
        g_free(present);
        present = parent;
    }
    char *resolved = g_build_filename(real, whole + strlen(present), NULL);

    free(real);
    return resolved;
}

static bool lies_in(const char *inner, const char *outer)
{
    size_t length = strlen(outer);

    if (length > 0 && outer[length - 1] == '/')
        length--;
    return strncmp(inner, outer, length) == 0 && (inner[length] == '\0' || inner[length] == '/');
}

static bool overlap(const char *a, const char *b)
{
    return lies_in(a, b) || lies_in(b, a);
}

/* --- What is allowed --------------------------------------------------------------------------------------- */

static bool refuse(GError **error, const char *remedy, const char *format, ...) G_GNUC_PRINTF(3, 4);

static bool refuse(GError **error, const char *remedy, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *why = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, SVP_ERROR, SVP_ERROR_RELATION, "%s\n%s", why, remedy);
    return false;
}

static bool check_source(
    const GPtrArray *relations, const char *group, const char *path, const char *source, GError **error)
{
    static const char remedy[] = "Leave FROM away: copies go from the primary to each folder";
    g_autofree char *resolved = source ? svp_relation_resolve(source) : NULL;
    g_autofree char *quoted = source ? svp_message_quote(source) : NULL;
    SvpPlace place;

    if (!source || (svp_place_parse(source, &place) && place == SVP_PLACE_PRIMARY))
        return true;
    if (svp_place_parse(source, &place))
        return refuse(
            error, remedy, "A copy of the %s of group %s would be a cascade", svp_place_name(place), group);
    if (overlap(resolved, path))
        return refuse(error, remedy, "A copy from %s to itself would be a cycle", quoted);
    for (unsigned i = 0; i < relations->len; i++) {
        const SvpRelation *other = g_ptr_array_index(relations, i);

        if (overlap(resolved, other->path))
            return refuse(
                error, remedy, "A copy of %s, which is the %s of group %s, would be a cascade", quoted,
                svp_place_name(other->place), other->group);
    }
    return refuse(error, remedy, "%s is not the primary of group %s", quoted, group);
}

bool svp_relation_check(
    const GPtrArray *relations, const char *group, SvpPlace place, const char *path, const char *primary,
    const char *source, GError **error)
{
    g_autofree char *quoted = svp_message_quote(path);

    g_assert(place != SVP_PLACE_PRIMARY && g_path_is_absolute(path));
    if (!check_source(relations, group, path, source, error))
        return false;
    if (primary && overlap(path, primary))
        return refuse(
            error, "Give a folder elsewhere",
            "A copy from the primary to %s, where it is itself, would be a cycle", quoted);
    for (unsigned i = 0; i < relations->len; i++) {
        const SvpRelation *other = g_ptr_array_index(relations, i);

        if (overlap(path, other->path))
            return refuse(
                error, "Give a folder of its own", "The folder %s is in use by the %s of group %s, %s",
                quoted, svp_place_name(other->place), other->group, other->path);
        if (other->place == place && svp_protect_same_name(other->group, group))
            return refuse(
                error, "DELETE it first if it is to be elsewhere", "Group %s has a %s already, in %s", group,
                svp_place_name(place), other->path);
    }
    return true;
}

/* --- Records ---------------------------------------------------------------------------------------------- */

json_t *svp_relation_to_json(const SvpRelation *relation)
{
    return json_pack(
        "{s:s,s:s,s:s,s:s?,s:s?,s:b}", "group", relation->group, "place", svp_place_name(relation->place),
        "path", relation->path, "policy", relation->policy, "only", relation->only, "initialized",
        (int)relation->initialized);
}

SvpRelation *svp_relation_from_json(const json_t *record, GError **error)
{
    const char *group = json_string_value(json_object_get(record, "group"));
    const char *name = json_string_value(json_object_get(record, "place"));
    const char *path = json_string_value(json_object_get(record, "path"));
    SvpPlace place;

    if (!group || !name || !path || !svp_place_parse(name, &place) || place == SVP_PLACE_PRIMARY) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_CATALOG,
            "The record of a mirror or vault of group %s is damaged\nDEFINE it anew, or go back to an older "
            "state directory",
            group ? group : "(no name)");
        return NULL;
    }
    SvpRelation *relation = g_new0(SvpRelation, 1);

    relation->group = g_strdup(group);
    relation->place = place;
    relation->path = g_strdup(path);
    relation->policy = g_strdup(json_string_value(json_object_get(record, "policy")));
    relation->only = g_strdup(json_string_value(json_object_get(record, "only")));
    relation->initialized = json_is_true(json_object_get(record, "initialized"));
    return relation;
}
