/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_CRASH_FAULT_POWER_H
#define LPARSIM_TESTS_CRASH_FAULT_POWER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What a loss of power takes. The disk says what happens; all of it is about its folder. */
void fault_power_opened(int fd, bool made); /* for writing, before anything is changed */
void fault_power_synced(int fd);            /* of a file: its bytes; of a folder: its names */
void fault_power_made(const char *path, bool is_folder);
void fault_power_removing(const char *path); /* before */
void fault_power_removed_folder(const char *path, ino_t inode);
void fault_power_renaming(const char *from, const char *to); /* before; in one folder */
/* What is not durable goes, or does not. Nothing is told of any more. */
void fault_power_lose(uint64_t seed);

#endif
