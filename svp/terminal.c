/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The operator's terminal, by way of libedit.
 *
 * While a line is edited the interrupt key is a character like others and clears the line. At any other time it is a signal that
 * stays blocked: a RUN asks for it between two chunks, and nothing can be hit in the middle. So there is no signal
 * handler, and no variable for one to write to.
 *
 * The history lies in $XDG_STATE_HOME/lparsim/history, by default ~/.local/state/lparsim/history. Where that cannot be
 * written, the session has a history all the same and leaves none.
 */
#include "svp/terminal.h"

#include <glib.h>
#include <histedit.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#define HISTORY_LINES 1000

struct SvpTerminal {
    EditLine *edit;
    History *history;
    char *history_path;
    char *prompt; /* of the line that is being read; owned */
    SvpTerminalComplete complete;
    ssize_t (*read)(char *buffer, size_t length, void *data);
    void *data;
};

static SvpTerminal *terminal_of(EditLine *edit)
{
    SvpTerminal *terminal = NULL;

    el_get(edit, EL_CLIENTDATA, &terminal);
    g_assert(terminal);
    return terminal;
}

static char *prompt_of(EditLine *edit)
{
    return terminal_of(edit)->prompt;
}

/* --- Completion ----------------------------------------------------------------------------------------- */

/* How many bytes all candidates have in common. */
static size_t common_length(char **candidates)
{
    size_t length = strlen(candidates[0]);

    for (unsigned i = 1; candidates[i]; i++) {
        size_t k = 0;

        while (k < length && g_ascii_toupper(candidates[0][k]) == g_ascii_toupper(candidates[i][k]))
            k++;
        length = k;
    }
    return length;
}

static void list_candidates(char **candidates)
{
    g_autofree char *list = g_strjoinv("  ", candidates);

    printf("\n%s\n", list);
    fflush(stdout);
}

/* The TAB key. What is typed of the word is replaced, so that it gets the candidate's case. */
static unsigned char complete_word(EditLine *edit, int key)
{
    SvpTerminal *terminal = terminal_of(edit);
    const LineInfo *info = el_line(edit);
    size_t cursor = (size_t)(info->cursor - info->buffer), typed = 0;
    g_autofree char *line = g_strndup(info->buffer, (gsize)(info->lastchar - info->buffer));

    (void)key;
    g_auto(GStrv) candidates = terminal->complete(line, cursor, terminal->data);

    if (!candidates)
        return CC_REFRESH_BEEP;
    while (typed < cursor && !strchr(" \t,()", line[cursor - typed - 1]))
        typed++;
    size_t common = common_length(candidates);

    if (candidates[1] && common <= typed) {
        list_candidates(candidates);
        return CC_REDISPLAY;
    }
    g_autofree char *insert = candidates[1] ? g_strndup(candidates[0], common)
                                            : g_strconcat(candidates[0], " ", NULL);

    el_deletestr(edit, (int)typed);
    el_insertstr(edit, insert);
    return CC_REFRESH;
}

/* --- Making and ending ---------------------------------------------------------------------------------- */

static void open_history(SvpTerminal *terminal)
{
    g_autofree char *folder = g_build_filename(g_get_user_state_dir(), "lparsim", NULL);
    HistEvent event;

    terminal->history = history_init();
    history(terminal->history, &event, H_SETSIZE, HISTORY_LINES);
    history(terminal->history, &event, H_SETUNIQUE, 1);
    terminal->history_path = g_build_filename(folder, "history", NULL);
    if (g_mkdir_with_parents(folder, 0700) == 0)
        history(terminal->history, &event, H_LOAD, terminal->history_path);
}

static void block_interrupts(void)
{
    sigset_t interrupts;

    sigemptyset(&interrupts);
    sigaddset(&interrupts, SIGINT);
    sigprocmask(SIG_BLOCK, &interrupts, NULL);
}

/* The next character, in the locale's encoding. 1: there is one; 0: the end; -1: it cannot be read. */
static int read_key(EditLine *edit, wchar_t *key)
{
    SvpTerminal *terminal = terminal_of(edit);
    mbstate_t state = {0};
    size_t length = (size_t)-2;

    while (length == (size_t)-2) {
        char byte;

        ssize_t n = terminal->read(&byte, 1, terminal->data);

        if (n != 1)
            return n == 0 ? 0 : -1;
        length = mbrtowc(key, &byte, 1, &state);
    }
    if (length == (size_t)-1)
        *key = L'?'; /* no character of this encoding */
    return 1;
}

SvpTerminal *svp_terminal_new(
    SvpTerminalComplete complete, ssize_t (*read)(char *buffer, size_t length, void *data), void *data)
{
    SvpTerminal *terminal = g_new0(SvpTerminal, 1);

    block_interrupts();
    terminal->complete = complete;
    terminal->read = read;
    terminal->data = data;
    terminal->prompt = g_strdup("");
    terminal->edit = el_init("lparsim", stdin, stdout, stderr);
    el_set(terminal->edit, EL_CLIENTDATA, terminal);
    el_set(terminal->edit, EL_PROMPT, prompt_of);
    el_set(terminal->edit, EL_EDITOR, "emacs");
    el_set(terminal->edit, EL_GETCFN, read_key);
    el_set(terminal->edit, EL_SIGNAL, 1);
    open_history(terminal);
    el_set(terminal->edit, EL_HIST, history, terminal->history);
    /* Wide, since libedit keeps these two as they are; of narrow ones it would make copies that nobody frees. */
    el_wset(terminal->edit, EL_ADDFN, L"lparsim-complete", L"Complete the word", complete_word);
    el_set(terminal->edit, EL_BIND, "^I", "lparsim-complete", NULL);
    el_set(terminal->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
    el_set(terminal->edit, EL_SETTY, "-d", "-isig", NULL);
    el_set(terminal->edit, EL_BIND, "^C", "em-kill-line", NULL);
    return terminal;
}

void svp_terminal_free(SvpTerminal *terminal)
{
    HistEvent event;

    if (!terminal)
        return;
    history(terminal->history, &event, H_SAVE, terminal->history_path);
    history_end(terminal->history);
    el_end(terminal->edit);
    g_free(terminal->history_path);
    g_free(terminal->prompt);
    g_free(terminal);
}

/* --- Use ------------------------------------------------------------------------------------------------ */

char *svp_terminal_read(SvpTerminal *terminal, const char *prompt, bool remember)
{
    int count;
    HistEvent event;

    g_free(terminal->prompt);
    terminal->prompt = g_strdup(prompt);
    const char *read = el_gets(terminal->edit, &count);

    if (!read || count <= 0) {
        printf("\n");
        return NULL;
    }
    char *line = g_strchomp(g_strdup(read));

    if (remember && *line)
        history(terminal->history, &event, H_ENTER, line);
    return line;
}

bool svp_terminal_interrupted(void)
{
    const struct timespec no_time = {0};
    sigset_t interrupts;

    sigemptyset(&interrupts);
    sigaddset(&interrupts, SIGINT);
    return sigtimedwait(&interrupts, NULL, &no_time) == SIGINT;
}

unsigned svp_terminal_width(FILE *stream)
{
    struct winsize size;

    if (!isatty(fileno(stream)) || ioctl(fileno(stream), TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}
