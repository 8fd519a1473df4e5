/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * To be preloaded: a file system without locks, as some network file systems are. Nothing else is different.
 */
#include <errno.h>
#include <sys/file.h>

int flock(int fd, int operation)
{
    (void)fd;
    (void)operation;
    errno = ENOLCK;
    return -1;
}
