/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A medium on which attempts fail, as whoever made it decides: nothing happens then, and the error says so. The others are those of the medium behind it.
 */
#include "tests/svp/unlucky-medium.h"

#include "svp/error.h"

#include <string.h>

static unsigned place_of(const char *folder)
{
    if (!folder)
        return 0;
    return g_str_has_suffix(folder, "-mirror") ? 1 : g_str_has_suffix(folder, "-vault") ? 2 : 0;
}

static unsigned group_of(const UnluckyMedium *medium, const SvpSnapshot *snapshot)
{
    unsigned group = 0;

    while (strcmp(snapshot->group, medium->groups[group]) != 0)
        group++;
    return group;
}

static bool
try(UnluckyMedium *medium, WorldAttempt attempt, const char *folder, const SvpSnapshot *snapshot,
    GError **error)
{
    if (medium->luck(attempt, group_of(medium, snapshot), place_of(folder), snapshot->name, medium->data))
        return true;
    g_set_error(error, SVP_ERROR, SVP_ERROR_COPY, "%s\nno luck", snapshot->name);
    return false;
}

static bool unlucky_prepare(void *data, const char *folder, const char *group, GError **error)
{
    (void)data;
    (void)folder;
    (void)group;
    (void)error;
    return true;
}

static bool unlucky_write(
    void *data, const char *folder, const SvpSnapshot *snapshot, const SvpSnapshot *base,
    const GPtrArray *captures, GError **error)
{
    UnluckyMedium *medium = data;

    return try(medium, WORLD_WRITE, folder, snapshot, error) &&
           svp_copy_write(&medium->real, folder, snapshot, base, captures, error);
}

static MonitorCapture *
unlucky_read(void *data, const char *folder, const SvpSnapshot *snapshot, const char *lpar, GError **error)
{
    UnluckyMedium *medium = data;

    return try(medium, WORLD_READ, folder, snapshot, error)
               ? svp_copy_read(&medium->real, folder, snapshot, lpar, error)
               : NULL;
}

static bool
unlucky_verify(void *data, const char *folder, const SvpSnapshot *snapshot, GHashTable *seen, GError **error)
{
    UnluckyMedium *medium = data;

    return try(medium, WORLD_READ, folder, snapshot, error) &&
           svp_copy_verify(&medium->real, folder, snapshot, seen, error);
}

static bool unlucky_remove(void *data, const char *folder, const SvpSnapshot *snapshot, GError **error)
{
    UnluckyMedium *medium = data;

    return try(medium, WORLD_REMOVE, folder, snapshot, error) &&
           svp_copy_remove(&medium->real, folder, snapshot, error);
}

static void unlucky_free(void *data)
{
    (void)data; /* its owner's */
}

static const SvpCopyOps unlucky_ops = {
    .name = "unlucky",
    .prepare = unlucky_prepare,
    .write = unlucky_write,
    .read = unlucky_read,
    .verify = unlucky_verify,
    .remove = unlucky_remove,
    .free = unlucky_free,
};

SvpCopyMedium unlucky_medium(UnluckyMedium *medium)
{
    return (SvpCopyMedium){.ops = &unlucky_ops, .data = medium};
}
