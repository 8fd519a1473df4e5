/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One moment for several saves.
 *
 * Whatever one guest has told another before the moment has been said by a guest that did not stand yet, and whatever it tells it afterwards
 * arrives at one that has been saved or stands: so the saves fit together although each guest goes on as soon as its own storage is
 * written. All that is needed is that every guest stands before the first of them is saved.
 */
#include "hv/save-moment.h"

typedef enum { MOMENT_AHEAD, MOMENT_PASSED, MOMENT_GIVEN_UP } MomentState;

struct HvSaveMoment {
    GMutex mutex; /* of the rest */
    GCond changed;
    unsigned saves, standing;
    MomentState state;
    char *why; /* it was given up */
};

HvSaveMoment *hv_save_moment_new(unsigned saves)
{
    HvSaveMoment *moment = g_atomic_rc_box_new0(HvSaveMoment);

    g_assert(saves > 0);
    g_mutex_init(&moment->mutex);
    g_cond_init(&moment->changed);
    moment->saves = saves;
    return moment;
}

HvSaveMoment *hv_save_moment_ref(HvSaveMoment *moment)
{
    return g_atomic_rc_box_acquire(moment);
}

static void clear(void *data)
{
    HvSaveMoment *moment = data;

    g_mutex_clear(&moment->mutex);
    g_cond_clear(&moment->changed);
    g_free(moment->why);
}

void hv_save_moment_unref(HvSaveMoment *moment)
{
    if (moment)
        g_atomic_rc_box_release_full(moment, clear);
}

bool hv_save_moment_stand(HvSaveMoment *moment, char **ret_why)
{
    g_mutex_lock(&moment->mutex);
    g_assert(moment->standing < moment->saves);
    moment->standing++;
    g_cond_broadcast(&moment->changed);
    while (moment->state == MOMENT_AHEAD)
        g_cond_wait(&moment->changed, &moment->mutex);
    bool passed = moment->state == MOMENT_PASSED;

    if (!passed)
        *ret_why = g_strdup(moment->why);
    g_mutex_unlock(&moment->mutex);
    return passed;
}

bool hv_save_moment_wait(HvSaveMoment *moment, gint64 limit_us)
{
    gint64 until_us = g_get_monotonic_time() + limit_us;
    bool in_time = true;

    g_mutex_lock(&moment->mutex);
    while (in_time && moment->state == MOMENT_AHEAD && moment->standing < moment->saves)
        in_time = g_cond_wait_until(&moment->changed, &moment->mutex, until_us);
    bool all_stand = moment->state == MOMENT_AHEAD && moment->standing == moment->saves;

    g_mutex_unlock(&moment->mutex);
    if (!all_stand)
        hv_save_moment_give_up(moment, "not all of them stood in time");
    return all_stand;
}

static void settle(HvSaveMoment *moment, MomentState state, const char *why)
{
    g_mutex_lock(&moment->mutex);
    if (moment->state == MOMENT_AHEAD) {
        moment->state = state;
        moment->why = g_strdup(why);
    }
    g_cond_broadcast(&moment->changed);
    g_mutex_unlock(&moment->mutex);
}

void hv_save_moment_pass(HvSaveMoment *moment)
{
    settle(moment, MOMENT_PASSED, NULL);
}

void hv_save_moment_give_up(HvSaveMoment *moment, const char *why)
{
    settle(moment, MOMENT_GIVEN_UP, why);
}
