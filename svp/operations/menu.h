/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_SVP_OPERATIONS_MENU_H
#define LPARSIM_SVP_OPERATIONS_MENU_H

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/*
 * The numbered menus of the operators. Each option is a command: "SAVE LPAR {lpar} DEV({device})" with parameters in braces; what is in
 * brackets is left out if its parameter is not given. An option with a point is below another: "33.1".
 */
typedef struct {
    const char *option, *title;
    const char *command; /* NULL: a menu */
} SvpMenuOption;

extern const SvpMenuOption svp_menu[]; /* each behind the one it is below; ends with an option of NULL */
#define SVP_MENU_PARAMETERS 4u

const SvpMenuOption *svp_menu_find(const char *option); /* NULL: none */
/* Whether it stands directly below `parent`; NULL: at the top. */
bool svp_menu_is_below(const SvpMenuOption *option, const char *parent);
/* The names of its parameters, in order; *ret_optional[i]: may be empty. Returns how many; names are freed with g_free(). */
unsigned svp_menu_parameters(
    const SvpMenuOption *option, char *ret_names[SVP_MENU_PARAMETERS],
    bool ret_optional[SVP_MENU_PARAMETERS]);
/* What to ask for; static. */
const char *svp_menu_prompt(const char *parameter);
/* The command with the values put in; NULL or "": not given. NULL: one that is needed is not. Free with g_free(). */
char *svp_menu_command(const SvpMenuOption *option, const char *const values[SVP_MENU_PARAMETERS]);
/* The command as HELP writes it, "SAVE LPAR lpar DEV(device)"; NULL: a menu. Free with g_free(). */
char *svp_menu_synopsis(const SvpMenuOption *option);
/* The menu below `parent` (NULL: all), as a tree: [{"option":..,"title":..,"command":..|"options":[..]}]. */
json_t *svp_menu_json(const char *parent);

#endif
