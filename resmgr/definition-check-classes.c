/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Service classes in a definition, and what else makes a model guest work: demand and paging.
 *
 * A class is one of three kinds, by the key that says where its jobs come from, and keys of another kind are refused rather than
 * ignored. Predecessors of batch classes lead to one with a start, never in a circle, within one LPAR.
 */
#include "resmgr/definition-check.h"

static const HvClassDef *find_class(const ResmgrDefinition *definition, const char *name)
{
    for (unsigned i = 0; i < definition->classes->len; i++) {
        const HvClassDef *def = definition->classes->pdata[i];

        if (g_ascii_strcasecmp(def->name, name) == 0)
            return def;
    }
    return NULL;
}

static void check_source(ResmgrDefinitionCheck *check, const HvClassDef *def)
{
    const bool from[] = {def->users > 0, def->arrivals != NULL, def->at_start, def->after != NULL};
    unsigned given = 0;
    bool batch = def->at_start || def->after != NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(from); i++)
        given += from[i];
    if (given == 0)
        resmgr_definition_check_problem(
            check, "users", NULL, "give one of users, arrivals, start and after",
            "nothing says where the jobs of %s come from", def->name);
    if (given > 1)
        resmgr_definition_check_problem(
            check, def->users > 0 ? "users" : "start", NULL, "give one of users, arrivals, start and after",
            "jobs of %s would come from %u places", def->name, given);
    if (def->think != NULL && def->users == 0)
        resmgr_definition_check_problem(
            check, "think", NULL, "give users, or leave it out", "only users think");
    if (def->jobs != 1 && !batch)
        resmgr_definition_check_problem(
            check, "jobs", NULL, "leave it out", "only runs of batch classes have a number of jobs");
    if (def->initiators != 0 && !batch)
        resmgr_definition_check_problem(
            check, "initiators", NULL, "leave it out", "only batch classes have initiators");
    if (def->goal.kind == HV_GOAL_END && !batch)
        resmgr_definition_check_problem(
            check, "goal", NULL, "give a goal of response times or velocity",
            "only runs of batch classes have an end");
}

static void check_predecessor(ResmgrDefinitionCheck *check, const HvClassDef *def)
{
    const ResmgrDefinition *definition = check->definition;
    const HvClassDef *first = def->after != NULL ? find_class(definition, def->after) : NULL;

    if (def->after == NULL)
        return;
    if (first == NULL || hv_class_def_kind(first) != HV_CLASS_BATCH) {
        resmgr_definition_check_problem(
            check, "after", def->after, "give the name of a class with start or after",
            "there is no batch class %s", def->after);
        return;
    }
    if (first->lpar != NULL && def->lpar != NULL &&
        resmgr_definition_find(definition, first->lpar) != resmgr_definition_find(definition, def->lpar))
        resmgr_definition_check_problem(
            check, "after", def->after, "a guest knows of its own classes only",
            "%s is a class of another LPAR, %s", first->name, first->lpar);
    for (unsigned steps = 0; first != NULL && first->after != NULL; steps++) {
        first = find_class(definition, first->after);
        if (first == def || steps > definition->classes->len) {
            resmgr_definition_check_problem(
                check, "after", def->after, "let one of them begin by the clock: start = 03:25",
                "%s would wait for itself", def->name);
            return;
        }
    }
}

static void check_devices(ResmgrDefinitionCheck *check, const HvClassDef *def)
{
    const GPtrArray *devices = check->definition->machine->devices;

    for (unsigned i = 0; i < def->devices->len; i++) {
        uint16_t number = g_array_index(def->devices, uint16_t, i);
        g_autofree char *value = g_strdup_printf("%04X", number);
        bool found = false;

        for (unsigned d = 0; d < devices->len; d++)
            found = found || ((const HvDeviceDef *)devices->pdata[d])->number == number;
        if (!found)
            resmgr_definition_check_problem(
                check, "devices", value, "add [device], or correct the number",
                "the machine has no device with the number %s", value);
    }
}

static void check_owner(ResmgrDefinitionCheck *check, const HvClassDef *def)
{
    const ResmgrLparDef *lpar = def->lpar != NULL ? resmgr_definition_find(check->definition, def->lpar)
                                                  : NULL;

    if (def->lpar != NULL && lpar == NULL)
        resmgr_definition_check_problem(
            check, "lpar", def->lpar, "add [lpar], or correct the name", "there is no LPAR %s", def->lpar);
    else if (lpar != NULL && resmgr_lpar_def_is_libvirt(lpar))
        resmgr_definition_check_problem(
            check, "lpar", def->lpar, "give guest = model, or leave the class out",
            "the guest of %s is real, and does what it does", lpar->name);
    else if (lpar != NULL && lpar->jobs.classes->len > HV_MAX_CLASSES)
        resmgr_definition_check_problem(
            check, "lpar", def->lpar, NULL, "a guest has at most %d classes, and %s has %u", HV_MAX_CLASSES,
            lpar->name, lpar->jobs.classes->len);
}

void resmgr_definition_check_class(ResmgrDefinitionCheck *check, unsigned index)
{
    const HvClassDef *def = check->definition->classes->pdata[index];

    check_owner(check, def);
    check_source(check, def);
    check_predecessor(check, def);
    check_devices(check, def);
}

static void check_trace(ResmgrDefinitionCheck *check, const ResmgrLparDef *lpar)
{
    if (lpar->jobs.demand == NULL && resmgr_lpar_def_is_trace(lpar))
        resmgr_definition_check_problem(
            check, "demand", NULL, "give demand = FILE, or guest = model",
            "a guest of kind trace works as a file says");
    if (lpar->jobs.demand != NULL && lpar->workload.cpu != HV_WORKLOAD_CPU_IDLE)
        resmgr_definition_check_problem(
            check, "demand", NULL, "leave out busy or cpu in workload, or leave out demand",
            "the processor demand of %s is given twice", lpar->name);
    if (lpar->jobs.demand == NULL && lpar->jobs.demand_period_ns > 0)
        resmgr_definition_check_problem(
            check, "demand-period", NULL, "leave it out, or give demand",
            "there is no demand to be portioned");
}

void resmgr_definition_check_jobs(ResmgrDefinitionCheck *check, unsigned index)
{
    const ResmgrLparDef *lpar = check->definition->lpars->pdata[index];

    if (resmgr_lpar_def_is_libvirt(lpar)) {
        if (lpar->jobs.demand != NULL || lpar->jobs.paging.working_set_bytes > 0)
            resmgr_definition_check_problem(
                check, lpar->jobs.demand != NULL ? "demand" : "working-set", NULL, "leave it out",
                "a real guest does what it does, not a workload");
        return;
    }
    check_trace(check, lpar);
}
