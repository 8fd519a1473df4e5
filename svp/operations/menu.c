/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The menus: which options there are, and how one becomes a command.
 *
 * The numbers are those that operators know from their procedure: 1 and 5 to watch, 24 for journals, 31 to 33 for what is saved and restored,
 * 54 and 55 for bringing down and up. Nothing can be done from a menu that cannot be done by the command that it names.
 */
#include "svp/operations/menu.h"

#include <string.h>

const SvpMenuOption svp_menu[] = {
    {"1", "Active jobs", "DISPLAY JOB ACTIVE"},
    {"5", "System log", "DISPLAY JOBLOG[ JOB({job})]"},
    {"24", "Review journals", "DISPLAY JOURNAL"},
    {"31", "LPARs", "DISPLAY LPAR[ {lpar}]"},
    {"32", "Objects of a save", "DISPLAY TAPE[ {device}][ SEQNBR({number})]"},
    {"33", "Operations", NULL},
    {"33.1", "Save of an LPAR (daily, weekly)", "SAVE LPAR {lpar} DEV({device})"},
    {"33.2", "Save of journals", "SAVE JOURNAL {receiver} DEV({device})"},
    {"33.3", "Full save of the system", "SAVE SYSTEM DEV({device})"},
    {"33.11", "Delete the contingency copy", "DELETE LPAR {lpar}"},
    {"33.12", "Restore the contingency copy", "RESTORE {lpar} DEV({device}) SEQNBR({number}) TO({copy})"},
    {"33.13", "Restore an LPAR", "RESTORE {lpar} DEV({device}) SEQNBR({number})"},
    {"33.14", "Restore single objects", "RESTORE {lpar} DEV({device}) SEQNBR({number}) OBJECT({object})"},
    {"33.21", "Journal application", NULL},
    {"33.21.1", "Display: is the contingency in step", "DISPLAY JOURNAL TO({directory})"},
    {"33.21.2", "Apply saved journals", "APPLY JOURNAL DEV({device}) TO({directory})"},
    {"54", "Subsystems down or up", NULL},
    {"54.1", "Down: stop an LPAR's guest", "STOP {lpar}"},
    {"54.2", "Up: let it go on", "START {lpar}"},
    {"55", "Restart or power off", NULL},
    {"55.1", "Restart: load an LPAR", "LOAD {lpar}"},
    {"55.2", "Power off: deactivate an LPAR", "DEACTIVATE {lpar}"},
    {0},
};

static const struct {
    const char *parameter, *prompt;
} prompts[] = {
    {"copy", "Name of the copy"},
    {"device", "Tape unit in use (TAP01 to TAP99)"},
    {"directory", "State directory of the contingency"},
    {"job", "Name or number of the job"},
    {"lpar", "LPAR (name or number)"},
    {"number", "Sequence number, or *SEARCH"},
    {"object", "Object: ms, es, ms/0000012f"},
    {"receiver", "Receiver, or ALL"},
};

const char *svp_menu_prompt(const char *parameter)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(prompts); i++)
        if (strcmp(prompts[i].parameter, parameter) == 0)
            return prompts[i].prompt;
    g_assert_not_reached();
}

/* --- Finding -------------------------------------------------------------------------------------------- */

const SvpMenuOption *svp_menu_find(const char *option)
{
    for (const SvpMenuOption *row = svp_menu; row->option; row++)
        if (strcmp(row->option, option) == 0)
            return row;
    return NULL;
}

bool svp_menu_is_below(const SvpMenuOption *option, const char *parent)
{
    size_t length = parent ? strlen(parent) : 0;

    if (!parent)
        return !strchr(option->option, '.');
    return strncmp(option->option, parent, length) == 0 && option->option[length] == '.' &&
           !strchr(option->option + length + 1, '.');
}

char *svp_menu_synopsis(const SvpMenuOption *option)
{
    GString *text = g_string_new(NULL);

    if (!option->command)
        return g_string_free(text, TRUE);
    for (const char *p = option->command; *p; p++) {
        if (p[0] == '[' && p[1] == ' ') {
            g_string_append(text, " [");
            p++;
        } else if (*p != '{' && *p != '}') {
            g_string_append_c(text, *p);
        }
    }
    return g_string_free(text, FALSE);
}

json_t *svp_menu_json(const char *parent)
{
    json_t *options = json_array();

    for (const SvpMenuOption *row = svp_menu; row->option; row++) {
        if (!svp_menu_is_below(row, parent))
            continue;
        json_t *shown = json_pack("{s:s, s:s}", "option", row->option, "title", row->title);

        g_autofree char *synopsis = svp_menu_synopsis(row);

        if (synopsis)
            json_object_set_new(shown, "command", json_string(synopsis));
        else
            json_object_set_new(shown, "options", svp_menu_json(row->option));
        json_array_append_new(options, shown);
    }
    return options;
}

/* --- Parameters ----------------------------------------------------------------------------------------- */

unsigned svp_menu_parameters(
    const SvpMenuOption *option, char *ret_names[SVP_MENU_PARAMETERS], bool ret_optional[SVP_MENU_PARAMETERS])
{
    unsigned n = 0;
    bool optional = false;

    for (const char *p = option->command ? option->command : ""; *p; p++) {
        if (*p == '[' || *p == ']')
            optional = *p == '[';
        if (*p != '{')
            continue;
        g_assert(n < SVP_MENU_PARAMETERS);
        ret_optional[n] = optional;
        ret_names[n++] = g_strndup(p + 1, strcspn(p + 1, "}"));
    }
    return n;
}

char *svp_menu_command(const SvpMenuOption *option, const char *const values[SVP_MENU_PARAMETERS])
{
    g_autoptr(GString) text = g_string_new(NULL);
    gsize kept = 0; /* what stands before the bracket that is open */
    bool optional = false, left_out = false;
    unsigned n = 0;

    for (const char *p = option->command; *p; p++) {
        if (*p == '[') {
            optional = true;
            left_out = false;
            kept = text->len;
        } else if (*p == ']') {
            optional = false;
            if (left_out)
                g_string_truncate(text, kept);
        } else if (*p == '{') {
            const char *value = values[n++];
            bool given = value && *value;

            if (!given && !optional)
                return NULL;
            left_out = left_out || !given;
            g_string_append(text, given ? value : "");
            p += strcspn(p, "}");
        } else {
            g_string_append_c(text, *p);
        }
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}
