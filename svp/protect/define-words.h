/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_PROTECT_DEFINE_WORDS_H
#define LPARSIM_SVP_PROTECT_DEFINE_WORDS_H

#include "svp/command-table.h"
#include "svp/protect/protect.h"

/* What DEFINE and CHANGE read and say in the same way (command-define.c). SVP_ERROR_POLICY: not understood. */
bool svp_word_parse(
    const char *given, const char *operand, const char *const *words, unsigned n_words, unsigned *ret_word,
    GError **error);
/* "WALL" or "MACHINE"; NULL: the machine's. */
bool svp_clock_read(const char *given, bool *ret_wall, GError **error);
/* "LPAR1,LPAR2" or "ALL"; NULL is refused. Adds to the group's. */
bool svp_group_read_lpars(SvpGroup *group, const ResmgrState *state, const char *names, GError **error);
void svp_schedule_say(const SvpProtect *protect, const char *group, const char *policy, SvpResult *result);

#endif
