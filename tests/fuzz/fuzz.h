/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_TESTS_FUZZ_H
#define LPARSIM_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/*
 * What a fuzzer does with one input; returns 0, and aborts if something does not hold. Called by libFuzzer with
 * inputs that it makes, and by fuzz-driver.c with those of the corpus and mutations of them. The same input does the
 * same each time.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
