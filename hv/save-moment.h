/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_SAVE_MOMENT_H
#define LPARSIM_HV_SAVE_MOMENT_H

#include <glib.h>
#include <stdbool.h>

/*
 * The moment of which several saves are, each in a thread of its own: every guest stands, then the moment passes, then each is saved as it
 * stands and goes on by itself.
 *
 *     stand (each save) --all stand--> wait returns (who has asked for them) --pass--> all go on
 *                                       +--one fails, or it takes too long--> give up: all go on as if nothing had been
 *
 * Reference-counted, and for any thread.
 */
typedef struct HvSaveMoment HvSaveMoment;

HvSaveMoment *hv_save_moment_new(unsigned saves);
HvSaveMoment *hv_save_moment_ref(HvSaveMoment *moment);
void hv_save_moment_unref(HvSaveMoment *moment); /* NULL is allowed */
/* A guest stands. Returns when the moment has passed; false: it was given up, and the guest is not to be saved; *ret_why (g_free()) says why. */
bool hv_save_moment_stand(HvSaveMoment *moment, char **ret_why);
/* False: it was given up, or not all stand by then; it is given up then. */
bool hv_save_moment_wait(HvSaveMoment *moment, gint64 limit_us);
void hv_save_moment_pass(HvSaveMoment *moment);
/* Nothing, once it has passed. The first reason counts. */
void hv_save_moment_give_up(HvSaveMoment *moment, const char *why);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvSaveMoment, hv_save_moment_unref)

#endif
