/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Roles: viewers look, operators run the machine, administrators decide who may do what and what is kept.
 *
 * Which role a command needs stands in its row, or in the row above; what says nothing needs an operator. The first user to be named must be an
 * administrator, and the last administrator stays one: else nobody could name another.
 */
#include "svp/operations/role.h"

#include "svp/error.h"
#include "svp/message.h"

#include <string.h>

#define COLLECTION    "user"
#define USER_NAME_MAX 32u

static const char *const role_names[] = {
    [SVP_ROLE_INHERITED] = "none",
    [SVP_ROLE_VIEWER] = "viewer",
    [SVP_ROLE_OPERATOR] = "operator",
    [SVP_ROLE_ADMINISTRATOR] = "administrator",
};

const char *svp_role_name(SvpRole role)
{
    g_assert(role < G_N_ELEMENTS(role_names));
    return role_names[role];
}

/* --- Commands ------------------------------------------------------------------------------------------- */

SvpRole svp_role_of_path(const SvpCommandRow *const *path, unsigned n_path)
{
    SvpRole needed = SVP_ROLE_OPERATOR;

    for (unsigned i = 0; i < n_path; i++)
        if (path[i]->role != SVP_ROLE_INHERITED)
            needed = path[i]->role;
    return needed;
}

SvpRole svp_role_needed(const SvpCall *call)
{
    SvpRole needed = svp_role_of_path(call->path, call->n_path);

    if (svp_call_row(call)->plannable && svp_call_word(call, "PLAN"))
        needed = SVP_ROLE_VIEWER;
    for (unsigned i = 0; i < call->n_values; i++)
        if (call->values[i].command)
            needed = MAX(needed, svp_role_needed(call->values[i].command));
    return needed;
}

/* --- Users ---------------------------------------------------------------------------------------------- */

static SvpRole role_named(const char *name)
{
    for (unsigned i = SVP_ROLE_VIEWER; i < G_N_ELEMENTS(role_names); i++)
        if (g_strcmp0(role_names[i], name) == 0)
            return (SvpRole)i;
    return SVP_ROLE_VIEWER; /* a record that cannot be understood gives nobody more than that */
}

static SvpRole stored_role(SvpStore *store, const char *user)
{
    g_autofree char *key = g_ascii_strup(user, -1);
    json_t *record = svp_store_get(store, COLLECTION, key);
    SvpRole role = record ? role_named(json_string_value(json_object_get(record, "role")))
                          : SVP_ROLE_INHERITED;

    json_decref(record);
    return role;
}

bool svp_role_has_users(SvpStore *store)
{
    return svp_store_count(store, COLLECTION) > 0;
}

bool svp_role_knows(SvpStore *store, const char *user)
{
    return !svp_role_has_users(store) || stored_role(store, user) != SVP_ROLE_INHERITED;
}

SvpRole svp_role_of(SvpStore *store, const char *user, SvpRole fallback)
{
    if (!svp_role_has_users(store))
        return SVP_ROLE_ADMINISTRATOR;
    SvpRole role = stored_role(store, user);

    return role == SVP_ROLE_INHERITED ? fallback : role;
}

static bool add_user(const char *key, json_t *record, void *data)
{
    json_array_append_new(
        data, json_pack(
                  "{s:s, s:s}", "user", key, "role",
                  svp_role_name(role_named(json_string_value(json_object_get(record, "role"))))));
    return true;
}

json_t *svp_role_users(SvpStore *store)
{
    json_t *users = json_array();

    svp_store_foreach(store, COLLECTION, add_user, users);
    return users;
}

static unsigned count_other_administrators(SvpStore *store, const char *key)
{
    json_t *users = svp_role_users(store), *user;
    unsigned n = 0;
    size_t index;

    json_array_foreach(users, index, user)
    {
        bool is_other = strcmp(json_string_value(json_object_get(user, "user")), key) != 0;

        n += is_other &&
             role_named(json_string_value(json_object_get(user, "role"))) == SVP_ROLE_ADMINISTRATOR;
    }
    json_decref(users);
    return n;
}

static bool check_user(const char *user, GError **error)
{
    static const char allowed[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._-";
    g_autofree char *quoted = svp_message_quote(user);

    if (*user && strlen(user) <= USER_NAME_MAX && strspn(user, allowed) == strlen(user))
        return true;
    g_set_error(
        error, SVP_ERROR, SVP_ERROR_USER,
        "%s is no name of a user\nGive 1 to %u letters, digits, '.', '_' or '-'", quoted, USER_NAME_MAX);
    return false;
}

bool svp_role_set(SvpStore *store, const char *user, SvpRole role, GError **error)
{
    g_autofree char *key = g_ascii_strup(user, -1);

    if (!check_user(user, error))
        return false;
    if (role == SVP_ROLE_INHERITED && stored_role(store, user) == SVP_ROLE_INHERITED) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_USER, "There is no user %s\nDISPLAY USER lists the users", key);
        return false;
    }
    if (role != SVP_ROLE_ADMINISTRATOR && count_other_administrators(store, key) == 0) {
        g_set_error(
            error, SVP_ERROR, SVP_ERROR_USER,
            "%s cannot be %s: there would be no administrator\nMake another user administrator first", key,
            role == SVP_ROLE_INHERITED ? "removed" : svp_role_name(role));
        return false;
    }
    if (role == SVP_ROLE_INHERITED)
        return svp_store_delete(store, COLLECTION, key, error);
    json_t *record = json_pack("{s:s}", "role", svp_role_name(role));
    bool done = svp_store_put(store, COLLECTION, key, record, error);

    json_decref(record);
    return done;
}
