/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_SANITIZED_H
#define LPARSIM_TESTS_SANITIZED_H

/* Under sanitizers each run costs many times as much, so tests that try very much look at a part of it there: at one of TESTS_ONE_OF. */
#if defined(__SANITIZE_ADDRESS__)
#define TESTS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TESTS_SANITIZED 1
#endif
#endif
#ifndef TESTS_SANITIZED
#define TESTS_SANITIZED 0
#endif
#define TESTS_ONE_OF (TESTS_SANITIZED ? 4 : 1)

#endif
