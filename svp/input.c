/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The commands' way in, and the signals that end a session.
 *
 * A signal must not hit a session in the middle of something, and a session must not wait for its input when one has come. So the signals stay
 * blocked, and whoever waits for input waits for a descriptor that is readable when there is input or when there is a signal. No
 * handler, and no variable for one to write to. While a command is carried out nobody looks but RUN, between two pieces; so a signal is
 * obeyed when the command under way has ended.
 *
 * When everything has been put in order the signal does what it does by default, so whoever has started the program sees what ended it.
 *
 * Owned: the descriptors of the signals and of the waiting. What cannot be waited for (a plain file) is always ready.
 */
#include "svp/input.h"

#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct SvpInput {
    SvpInputConfig config;
    sigset_t signals, mask_before;
    int signal_fd;
    int both_fd; /* readable when the input or the signals are; -1: the input always is */
    int signal;  /* 0: none has come */
    FILE *stream;
};

/* Whoever starts the program may have said that one ends nothing (nohup). */
static void add_signal(sigset_t *signals, int signal)
{
    struct sigaction now;

    if (sigaction(signal, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
        sigaddset(signals, signal);
}

static int wait_for_both(int input_fd, int signal_fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    int fd = epoll_create1(EPOLL_CLOEXEC);

    if (fd < 0 || (epoll_ctl(fd, EPOLL_CTL_ADD, input_fd, &event) == 0 &&
                   epoll_ctl(fd, EPOLL_CTL_ADD, signal_fd, &event) == 0))
        return fd;
    close(fd);
    return -1;
}

static ssize_t read_cookie(void *cookie, char *buffer, size_t length)
{
    return svp_input_read(cookie, buffer, length);
}

SvpInput *svp_input_new(const SvpInputConfig *config)
{
    SvpInput *input = g_new0(SvpInput, 1);
    const cookie_io_functions_t functions = {.read = read_cookie};

    input->config = *config;
    sigemptyset(&input->signals);
    add_signal(&input->signals, SIGTERM);
    add_signal(&input->signals, SIGHUP);
    if (!config->keyboard)
        add_signal(&input->signals, SIGINT);
    sigprocmask(SIG_BLOCK, &input->signals, &input->mask_before);
    input->signal_fd = signalfd(-1, &input->signals, SFD_NONBLOCK | SFD_CLOEXEC);
    input->both_fd = wait_for_both(config->fd, input->signal_fd);
    input->stream = fopencookie(input, "r", functions);
    return input;
}

void svp_input_free(SvpInput *input)
{
    if (!input)
        return;
    int signal = input->signal;

    g_clear_pointer(&input->stream, fclose);
    if (input->both_fd >= 0)
        close(input->both_fd);
    if (input->signal_fd >= 0)
        close(input->signal_fd);
    if (signal != 0)
        raise(signal);
    sigprocmask(SIG_SETMASK, &input->mask_before, NULL);
    g_free(input);
}

const char *svp_input_signal(SvpInput *input)
{
    struct signalfd_siginfo come;

    if (input->signal == 0 && read(input->signal_fd, &come, sizeof come) == (ssize_t)sizeof come)
        input->signal = (int)come.ssi_signo;
    switch (input->signal) {
    case 0:
        return NULL;
    case SIGINT:
        return "SIGINT";
    case SIGHUP:
        return "SIGHUP";
    default:
        return "SIGTERM";
    }
}

static void wait_for_input(const SvpInput *input)
{
    struct pollfd both = {.fd = input->both_fd, .events = POLLIN};

    if (input->both_fd < 0)
        return;
    if (input->config.wait)
        input->config.wait(input->both_fd, input->config.data);
    else
        while (poll(&both, 1, -1) < 0 && errno == EINTR)
            continue; /* the window's size has changed */
}

ssize_t svp_input_read(SvpInput *input, char *buffer, size_t length)
{
    if (!svp_input_signal(input))
        wait_for_input(input);
    return svp_input_signal(input) ? 0 : read(input->config.fd, buffer, length);
}

FILE *svp_input_stream(SvpInput *input)
{
    return input->stream;
}
