/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A model of protection in plain lists. Every question is answered by looking at all snapshots again; nothing is remembered but what is there.
 */
#include "tests/svp/protect-world.h"

#include <string.h>

#define DAY_NS (UINT64_C(86400) * 1000000000)

static void snapshot_free(gpointer data)
{
    WorldSnapshot *snapshot = data;

    for (unsigned i = 0; i < WORLD_LPARS; i++)
        g_free(snapshot->digests[i]);
    g_free(snapshot->name);
    g_free(snapshot);
}

World *world_new(void)
{
    World *world = g_new0(World, 1);

    world->snapshots = g_ptr_array_new_with_free_func(snapshot_free);
    for (unsigned g = 0; g < WORLD_GROUPS; g++)
        world->groups[g].related[0] = world->groups[g].ready[0] = true;
    return world;
}

void world_free(World *world)
{
    g_ptr_array_unref(world->snapshots);
    g_free(world);
}

static WorldSnapshot *nth(const World *world, unsigned i)
{
    return world->snapshots->pdata[i];
}

WorldSnapshot *world_find(const World *world, const char *name)
{
    for (unsigned i = 0; i < world->snapshots->len; i++)
        if (strcmp(nth(world, i)->name, name) == 0)
            return nth(world, i);
    return NULL;
}

WorldSnapshot *world_take(World *world, unsigned group, unsigned label, const char *name)
{
    WorldSnapshot *snapshot = g_new0(WorldSnapshot, 1);

    snapshot->name = g_strdup(name);
    snapshot->group = group;
    snapshot->label = label;
    snapshot->at_ns = world->now_ns;
    memset(snapshot->at, WORLD_NEVER, sizeof snapshot->at);
    snapshot->at[0] = WORLD_GOOD;
    g_ptr_array_add(world->snapshots, snapshot);
    return snapshot;
}

/* A snapshot of which no copy is left is forgotten. */
static void forget(World *world, WorldSnapshot *snapshot)
{
    for (unsigned p = 0; p < WORLD_PLACES; p++)
        if (snapshot->at[p] == WORLD_GOOD || snapshot->at[p] == WORLD_BAD)
            return;
    g_ptr_array_remove(world->snapshots, snapshot);
}

/* --- Copies ----------------------------------------------------------------------------------------------- */

static bool is_wanted(const World *world, const WorldSnapshot *s, unsigned place)
{
    const WorldGroup *group = &world->groups[s->group];
    bool missing = s->at[place] == WORLD_NEVER || s->at[place] == WORLD_BAD;
    bool fits = place != 2 || group->only < 0 || (unsigned)group->only == s->label;

    return group->related[place] && group->ready[place] && s->at[0] == WORLD_GOOD && missing && fits;
}

void world_copy(World *world, unsigned group)
{
    for (unsigned p = 1; p < WORLD_PLACES; p++)
        for (unsigned i = 0; i < world->snapshots->len; i++) {
            WorldSnapshot *s = nth(world, i);

            if (s->group == group && is_wanted(world, s, p) &&
                world->luck(WORLD_READ, group, 0, s->name, world->data) &&
                world->luck(WORLD_WRITE, group, p, s->name, world->data))
                s->at[p] = WORLD_GOOD;
        }
}

/* --- Retention -------------------------------------------------------------------------------------------- */

static bool rule_keeps(const World *world, unsigned index, unsigned place)
{
    const WorldSnapshot *s = nth(world, index);
    const WorldGroup *group = &world->groups[s->group];
    const WorldRule *rule = place == 2 ? &group->vault_rule : &group->rules[s->label];
    unsigned newer = 0;

    if (s->at[place] != WORLD_GOOD)
        return false;
    if (rule->days)
        return world->now_ns - s->at_ns <= rule->days * DAY_NS;
    for (unsigned j = index + 1; j < world->snapshots->len; j++)
        newer += nth(world, j)->group == s->group && nth(world, j)->at[place] == WORLD_GOOD &&
                 (place == 2 || nth(world, j)->label == s->label);
    return rule->copies == 0 || newer < rule->copies;
}

static bool is_newest_there(const World *world, unsigned index, unsigned place)
{
    for (unsigned j = index + 1; j < world->snapshots->len; j++)
        if (nth(world, j)->group == nth(world, index)->group && nth(world, j)->at[place] == WORLD_GOOD)
            return false;
    return nth(world, index)->at[place] == WORLD_GOOD;
}

/* The primary keeps what a clone shares, what is to go elsewhere yet, and what the next copy goes on from. */
static bool is_needed(const World *world, unsigned index)
{
    const WorldSnapshot *s = nth(world, index);
    const WorldGroup *group = &world->groups[s->group];

    if (s->clones > 0)
        return true;
    for (unsigned p = 1; p < WORLD_PLACES; p++)
        if (is_wanted(world, s, p) || (group->related[p] && group->ready[p] && s->at[0] == WORLD_GOOD &&
                                       is_newest_there(world, index, p)))
            return true;
    return false;
}

/* Of each LPAR with a good copy there, none of which stays, the newest stays. */
static void keep_last(const World *world, unsigned group, unsigned place, bool *stays)
{
    g_autofree bool *before = g_memdup2(stays, world->snapshots->len + 1);

    for (unsigned l = 0; l < WORLD_LPARS; l++) {
        int newest = -1;
        bool provided = false;

        for (unsigned i = 0; i < world->snapshots->len; i++) {
            const WorldSnapshot *s = nth(world, i);

            if (s->group != group || s->at[place] != WORLD_GOOD || !s->digests[l])
                continue;
            newest = (int)i;
            provided = provided || before[i];
        }
        if (newest >= 0 && !provided)
            stays[newest] = true;
    }
}

void world_prune(World *world, unsigned group)
{
    for (unsigned p = 0; p < WORLD_PLACES; p++) {
        g_autofree bool *stays = g_new0(bool, world->snapshots->len + 1);
        g_autoptr(GPtrArray) gone = g_ptr_array_new();

        for (unsigned i = 0; i < world->snapshots->len; i++)
            stays[i] = rule_keeps(world, i, p) || (p == 0 && is_needed(world, i));
        keep_last(world, group, p, stays);
        for (unsigned i = 0; i < world->snapshots->len; i++) {
            WorldSnapshot *s = nth(world, i);

            if (s->group == group && !stays[i] && (s->at[p] == WORLD_GOOD || s->at[p] == WORLD_BAD) &&
                (!world->groups[group].related[p] ||
                 world->luck(WORLD_REMOVE, group, p, s->name, world->data))) {
                s->at[p] = WORLD_GONE;
                g_ptr_array_add(gone, s);
            }
        }
        for (unsigned i = 0; i < gone->len; i++)
            forget(world, gone->pdata[i]);
    }
}

/* --- Deleting --------------------------------------------------------------------------------------------- */

static bool is_last(const World *world, const WorldSnapshot *s, unsigned place)
{
    for (unsigned l = 0; l < WORLD_LPARS; l++) {
        bool other = false;

        for (unsigned i = 0; i < world->snapshots->len; i++)
            other = other || (nth(world, i) != s && nth(world, i)->group == s->group &&
                              nth(world, i)->at[place] == WORLD_GOOD && nth(world, i)->digests[l]);
        if (s->at[place] == WORLD_GOOD && s->digests[l] && !other)
            return true;
    }
    return false;
}

static bool is_at(const WorldSnapshot *s, unsigned place)
{
    return s->at[place] == WORLD_GOOD || s->at[place] == WORLD_BAD;
}

bool world_may_delete(const World *world, const WorldSnapshot *snapshot, int place, bool force)
{
    if (place >= 0 && !is_at(snapshot, (unsigned)place))
        return false;
    if (place <= 0 && is_at(snapshot, 0) && snapshot->clones > 0)
        return false;
    if (place == 0 && (is_wanted(world, snapshot, 1) || is_wanted(world, snapshot, 2)))
        return false;
    for (unsigned p = 0; !force && p < WORLD_PLACES; p++)
        if ((place < 0 || (unsigned)place == p) && is_last(world, snapshot, p))
            return false;
    return true;
}

bool world_delete(World *world, WorldSnapshot *snapshot, int place)
{
    for (unsigned p = 0; p < WORLD_PLACES; p++) {
        if ((place >= 0 && (unsigned)place != p) || !is_at(snapshot, p))
            continue;
        if (!world->luck(WORLD_REMOVE, snapshot->group, p, snapshot->name, world->data))
            return false;
        snapshot->at[p] = WORLD_GONE;
    }
    forget(world, snapshot);
    return true;
}

bool world_may_unrelate(const World *world, unsigned group, unsigned place)
{
    for (unsigned l = 0; l < WORLD_LPARS; l++) {
        bool here = false, elsewhere = false;

        for (unsigned i = 0; i < world->snapshots->len; i++)
            for (unsigned p = 0;
                 nth(world, i)->group == group && nth(world, i)->digests[l] && p < WORLD_PLACES; p++) {
                here = here || (p == place && nth(world, i)->at[p] == WORLD_GOOD);
                elsewhere = elsewhere || (p != place && nth(world, i)->at[p] == WORLD_GOOD);
            }
        if (here && !elsewhere)
            return false;
    }
    return true;
}

bool world_unrelate(World *world, unsigned group, unsigned place)
{
    /* The newest goes first. */
    for (unsigned i = world->snapshots->len; i > 0; i--) {
        WorldSnapshot *s = nth(world, i - 1);

        if (s->group != group || s->at[place] == WORLD_NEVER)
            continue;
        if (!world->luck(WORLD_REMOVE, group, place, s->name, world->data))
            return false;
        s->at[place] = WORLD_NEVER;
        forget(world, s);
    }
    world->groups[group].related[place] = world->groups[group].ready[place] = false;
    return true;
}
