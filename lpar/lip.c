/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * LIP control's table of one LPAR: which LIPs exist and which are online.
 *
 * The difference between the two is what lets a guest grow while it runs: INTEG declares a LIP, and nothing
 * happens to it until the guest, told by an interruption or by its operator, starts it. Only then does it get
 * a task. The arrays are indexed by LIP number, so a look-up is one access and the order is the numbers' own.
 */
#include "lpar/lip.h"

#include "lpar/error.h"

GArray *lpar_lips_declare(LparLips *lips, const GArray *assigned)
{
    GArray *declared = g_array_new(FALSE, FALSE, sizeof(unsigned));

    for (unsigned i = 0; i < assigned->len; i++) {
        unsigned number = g_array_index(assigned, ResmgrLip, i).number;

        g_assert(number >= 1 && number <= HV_MAX_LIPS);
        if (lips->declared[number])
            continue;
        lips->declared[number] = true;
        g_array_append_val(declared, number);
    }
    return declared;
}

static bool lip_is_known(const LparLips *lips, const char *lpar_name, unsigned lip, GError **error)
{
    if (lip >= 1 && lip <= HV_MAX_LIPS && lips->declared[lip])
        return true;
    g_set_error(
        error, LPAR_ERROR, LPAR_ERROR_LIP, "%s has no LIP %u\nDISPLAY LPAR %s lists its LIPs", lpar_name, lip,
        lpar_name);
    return false;
}

bool lpar_lips_start(LparLips *lips, const char *lpar_name, unsigned lip, GError **error)
{
    if (!lip_is_known(lips, lpar_name, lip, error))
        return false;
    if (lips->online[lip]) {
        g_set_error(error, LPAR_ERROR, LPAR_ERROR_LIP, "LIP %u of %s is online already", lip, lpar_name);
        return false;
    }
    lips->online[lip] = true;
    return true;
}

bool lpar_lips_stop(LparLips *lips, const char *lpar_name, unsigned lip, GError **error)
{
    if (!lip_is_known(lips, lpar_name, lip, error))
        return false;
    if (!lips->online[lip]) {
        g_set_error(error, LPAR_ERROR, LPAR_ERROR_LIP, "LIP %u of %s is offline already", lip, lpar_name);
        return false;
    }
    lips->online[lip] = false;
    return true;
}

unsigned lpar_lips_online(const LparLips *lips)
{
    unsigned n = 0;

    for (unsigned i = 1; i <= HV_MAX_LIPS; i++)
        n += lips->online[i];
    return n;
}

void lpar_lips_retain(LparLips *lips, const GArray *assigned)
{
    bool kept[HV_MAX_LIPS + 1] = {0};

    for (unsigned i = 0; i < assigned->len; i++)
        kept[g_array_index(assigned, ResmgrLip, i).number] = true;
    for (unsigned lip = 1; lip <= HV_MAX_LIPS; lip++) {
        g_assert(kept[lip] || !lips->online[lip]);
        lips->declared[lip] &= kept[lip];
    }
}

void lpar_lips_forget(LparLips *lips)
{
    g_assert(lpar_lips_online(lips) == 0);
    memset(lips->declared, 0, sizeof(lips->declared));
}
