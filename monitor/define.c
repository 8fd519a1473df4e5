/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LPARs that come while the machine runs, and go again.
 *
 * Such an LPAR becomes one like the others: it stands in the definition that the system goes by, in the books as RELEASED, has its LPAR
 * control, and room in the dispatcher's accounts. The caller's definition is not touched, so that others can use it too; what came stands in a
 * view of it, and in the image of the machine.
 *
 * What an LPAR used that is taken away remains in the accounts as nobody's, so that those of the IPs still add up.
 */
#include "resmgr/define.h"
#include "monitor/error.h"
#include "monitor/image.h"
#include "monitor/system-private.h"
#include "monitor/vary.h"

static bool refuse(const char *what, const char *name, char *problem, GError **error)
{
    if (problem)
        g_set_error(
            error, MONITOR_ERROR, MONITOR_ERROR_DEFINE, "%s cannot be %s: %s", name ? name : "It", what,
            problem);
    g_free(problem);
    return problem == NULL;
}

static bool find_number(const MonitorSystem *system, ResmgrLparDef *def, GError **error)
{
    if (def->number == 0)
        def->number = resmgr_define_number(system->state);
    if (def->number > 0)
        return true;
    return refuse(
        "defined", def->name,
        g_strdup_printf(
            "all %d numbers are taken\nTake away an LPAR that is not needed any more", RESMGR_MAX_LPARS),
        error);
}

bool monitor_system_define(MonitorSystem *system, ResmgrLparDef *def, GError **error)
{
    bool possible = find_number(system, def, error) &&
                    refuse("defined", def->name, resmgr_define_problem(system->state, def), error);

    if (!possible) {
        resmgr_lpar_def_free(def);
        return false;
    }
    g_ptr_array_add(system->definition->lpars, def);
    g_ptr_array_add(system->defined, def);
    monitor_dispatch_grow(system->dispatch, def->number);
    resmgr_state_define(system->state, def);
    monitor_system_add_lpar(system, def);
    monitor_vary_add(system, def);
    return true;
}

static bool is_defined_here(const MonitorSystem *system, unsigned lpar, ResmgrLparDef **ret_def)
{
    for (unsigned i = 0; i < system->defined->len; i++) {
        *ret_def = g_ptr_array_index(system->defined, i);
        if ((*ret_def)->number == lpar)
            return true;
    }
    return false;
}

/* Nobody asks for figures of an LPAR that is no more. */
static void forget_figures(MonitorSystem *system, unsigned lpar)
{
    monitor_dispatch_forget(system->dispatch, lpar);
    if (system->usage_baseline)
        monitor_usage_forget(system->usage_baseline, lpar);
    if (system->history)
        monitor_history_forget(system->history, lpar);
}

bool monitor_system_undefine(MonitorSystem *system, unsigned lpar, GError **error)
{
    const ResmgrLpar *books = resmgr_state_lpar(system->state, lpar);
    ResmgrLparDef *def;

    if (!refuse(
            "taken away", books ? books->name : NULL, resmgr_undefine_problem(system->state, lpar), error))
        return false;
    if (!is_defined_here(system, lpar, &def))
        return refuse(
            "taken away", books->name,
            g_strdup("the machine file defines it\nTake it out there, for the next time"), error);
    monitor_vary_remove(system, lpar);
    g_clear_pointer(&system->lpars[lpar], lpar_control_free);
    resmgr_state_undefine(system->state, lpar);
    forget_figures(system, lpar);
    g_ptr_array_remove(system->definition->lpars, def);
    g_ptr_array_remove(system->defined, def);
    return true;
}

/* --- Written down and read back -------------------------------------------------------------------------- */

void monitor_defined_codec(MonitorSystem *system, HvCodec *codec)
{
    size_t count = system->defined->len;

    hv_codec_begin(codec, "defined LPARs", 1);
    hv_codec_count(codec, &count, RESMGR_MAX_LPARS);
    for (unsigned i = 0; i < count; i++) {
        ResmgrLparDef *def = hv_codec_reads(codec) ? resmgr_lpar_def_new("", 0)
                                                   : g_ptr_array_index(system->defined, i);
        g_autoptr(GError) error = NULL;

        resmgr_lpar_def_codec(def, system->definition, codec);
        if (!hv_codec_reads(codec))
            continue;
        if (hv_codec_failed(codec))
            resmgr_lpar_def_free(def);
        else if (!monitor_system_define(system, def, &error))
            hv_codec_fail(codec, "%s", error->message);
    }
    hv_codec_end(codec);
}
