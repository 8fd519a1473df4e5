/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An assignment put together from the rows of a journal, and checked.
 *
 * What the definition says (names, candidates, what is relocatable) is that of a fresh state; what an operator can have changed comes from
 * the rows. A row that does not fit the definition, and an assignment against an invariant, is a record that cannot be: it is refused as
 * a whole, so nothing goes on from books that do not balance.
 */
#include "resmgr/journal-private.h"

#include "resmgr/check.h"

#include <string.h>

static const char *const assignment_names[] = {
    [RESMGR_RELEASED] = "released",
    [RESMGR_ASSIGNED] = "assigned",
    [RESMGR_OFFLINE] = "offline",
    [RESMGR_RETIRED] = "retired",
};

const char *resmgr_assignment_name(ResmgrAssignment assignment)
{
    return assignment_names[assignment];
}

static bool wrong(ResmgrRecord *record, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Returns false, which ends the rows. */
static bool wrong(ResmgrRecord *record, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (!record->wrong)
        record->wrong = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return false;
}

/* The LPAR that the first column of the row names. */
static ResmgrLpar *row_lpar(const HvDatabaseRow *row, ResmgrRecord *record)
{
    int64_t number = hv_database_row_int(row, 0);

    for (unsigned i = 0; i < record->state->lpars->len; i++) {
        ResmgrLpar *lpar = g_ptr_array_index(record->state->lpars, i);

        if (lpar->number == number)
            return lpar;
    }
    wrong(record, "it has LPAR %" G_GINT64_FORMAT ", which the machine has not", number);
    return NULL;
}

static bool find_assignment(const char *name, ResmgrAssignment *ret_assignment)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(assignment_names); i++) {
        if (g_strcmp0(assignment_names[i], name) != 0)
            continue;
        *ret_assignment = i;
        return true;
    }
    return false;
}

bool resmgr_record_lpar(const HvDatabaseRow *row, void *data)
{
    ResmgrRecord *record = data;
    ResmgrLpar *lpar = row_lpar(row, record);
    const char *name = hv_database_row_text(row, 1);
    int64_t cap = hv_database_row_int(row, 3);

    if (!lpar)
        return false;
    if (g_strcmp0(lpar->name, name) != 0)
        return wrong(
            record, "LPAR %u is called %s in it, and %s in the machine", lpar->number, name, lpar->name);
    if (!find_assignment(hv_database_row_text(row, 2), &lpar->assignment) || cap < 0 ||
        cap > RESMGR_CAP_ABSOLUTE)
        return wrong(record, "the row of %s cannot be read", name);
    lpar->cap.kind = (ResmgrCapKind)cap;
    lpar->cap.ips_hundredths = (uint32_t)hv_database_row_int(row, 4);
    memset(lpar->areas, 0, sizeof(lpar->areas));
    memset(lpar->weights, 0, sizeof(lpar->weights));
    g_array_set_size(lpar->lips, 0);
    record->n_lpars++;
    return true;
}

bool resmgr_record_area(const HvDatabaseRow *row, void *data)
{
    ResmgrRecord *record = data;
    ResmgrLpar *lpar = row_lpar(row, record);
    const char *kind = hv_database_row_text(row, 1);

    if (!lpar)
        return false;
    lpar->areas[g_strcmp0(kind, "ES") == 0 ? RESMGR_ES : RESMGR_MS] = (ResmgrArea){
        .origin_bytes = (uint64_t)hv_database_row_int(row, 2),
        .size_bytes = (uint64_t)hv_database_row_int(row, 3),
        .reserved_bytes = (uint64_t)hv_database_row_int(row, 4),
        .reserved_limits = hv_database_row_int(row, 5) != 0,
        .reserved_next_bytes = (uint64_t)hv_database_row_int(row, 6),
        .reserved_next_given = hv_database_row_text(row, 6) != NULL,
    };
    return true;
}

bool resmgr_record_lip(const HvDatabaseRow *row, void *data)
{
    ResmgrRecord *record = data;
    ResmgrLpar *lpar = row_lpar(row, record);
    ResmgrLip lip = {
        .number = (uint16_t)hv_database_row_int(row, 1),
        .ip = (uint16_t)hv_database_row_int(row, 2),
        .share_bp = (uint32_t)hv_database_row_int(row, 3),
    };
    const char *type = hv_database_row_text(row, 4);

    if (!lpar)
        return false;
    if (!type || !hv_ip_type_parse(type, &lip.type) || lip.ip > record->state->definition->machine->n_ips)
        return wrong(record, "LIP %u of %s cannot be", lip.number, lpar->name);
    g_array_append_val(lpar->lips, lip);
    return true;
}

bool resmgr_record_weight(const HvDatabaseRow *row, void *data)
{
    ResmgrRecord *record = data;
    ResmgrLpar *lpar = row_lpar(row, record);
    const char *name = hv_database_row_text(row, 1);
    HvIpType type;

    if (!lpar)
        return false;
    if (!name || !hv_ip_type_parse(name, &type))
        return wrong(record, "a weight of %s cannot be read", lpar->name);
    lpar->weights[type] = (uint32_t)hv_database_row_int(row, 2);
    return true;
}

/* The path that the first column names. */
static ResmgrChp *row_chp(const HvDatabaseRow *row, ResmgrRecord *record)
{
    int64_t chpid = hv_database_row_int(row, 0);

    if (chpid >= 0 && chpid < HV_MAX_CHPS && record->state->chps[chpid].installed)
        return &record->state->chps[chpid];
    wrong(record, "it has channel path %02X, which the machine has not", (unsigned)chpid);
    return NULL;
}

static bool is_lpar_or_none(int64_t number)
{
    return number >= 0 && number <= RESMGR_MAX_LPARS;
}

bool resmgr_record_chp(const HvDatabaseRow *row, void *data)
{
    ResmgrRecord *record = data;
    ResmgrChp *chp = row_chp(row, record);
    int64_t owner = hv_database_row_int(row, 1), reserved_for = hv_database_row_int(row, 3);

    if (!chp)
        return false;
    if (!is_lpar_or_none(owner) || !is_lpar_or_none(reserved_for))
        return wrong(record, "the owner of a channel path cannot be LPAR %" G_GINT64_FORMAT, owner);
    chp->owner = (uint8_t)owner;
    chp->online = hv_database_row_int(row, 2) != 0;
    chp->reserved_for = (uint8_t)reserved_for;
    memset(chp->users, 0, sizeof(chp->users));
    memset(record->state->chp_claims[chp - record->state->chps], 0, sizeof(chp->users));
    return true;
}

static bool set_in_map(const HvDatabaseRow *row, ResmgrRecord *record, uint64_t map[4])
{
    int64_t lpar = hv_database_row_int(row, 1);

    if (lpar < 1 || lpar > RESMGR_MAX_LPARS)
        return wrong(record, "LPAR %" G_GINT64_FORMAT " cannot have a channel path", lpar);
    map[lpar / 64] |= UINT64_C(1) << (lpar % 64);
    return true;
}

bool resmgr_record_chp_user(const HvDatabaseRow *row, void *data)
{
    ResmgrRecord *record = data;
    ResmgrChp *chp = row_chp(row, record);

    return chp && set_in_map(row, record, chp->users);
}

bool resmgr_record_chp_claim(const HvDatabaseRow *row, void *data)
{
    ResmgrRecord *record = data;
    const ResmgrChp *chp = row_chp(row, record);

    return chp && set_in_map(row, record, record->state->chp_claims[chp - record->state->chps]);
}

bool resmgr_record_commit(const HvDatabaseRow *row, void *data)
{
    ResmgrRecord *record = data;
    const ResmgrCommit commit = {
        .at_ns = (HvTime)hv_database_row_int(row, 0),
        .retired = (unsigned)hv_database_row_int(row, 1),
        .survivor = (unsigned)hv_database_row_int(row, 2),
    };

    g_array_append_val(record->state->commits, commit);
    return true;
}

/* Records first: the others rely on them, and 2 on sizes that add up. */
bool resmgr_record_check(ResmgrRecord *record)
{
    static char *(*const checks[])(const ResmgrState *) = {resmgr_check_10, resmgr_check_2, resmgr_check_1,
                                                           resmgr_check_3,  resmgr_check_4, resmgr_check_5};

    if (!record->wrong && record->n_lpars != record->state->lpars->len)
        wrong(record, "it has %u LPARs, the machine has %u", record->n_lpars, record->state->lpars->len);
    for (unsigned i = 0; i < G_N_ELEMENTS(checks) && !record->wrong; i++)
        record->wrong = checks[i](record->state);
    return !record->wrong;
}
