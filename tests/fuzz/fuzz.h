/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

/* What every fuzzer begins with. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "ledger/base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* check ends the run where a condition does not hold: the input shows a bug. */
static inline void check(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* fuzz_with_genesis takes an input apart: u16 size of genesis, genesis, the rest. False where it is
 * too short. */
static inline bool fuzz_with_genesis(struct bytes *genesis, struct bytes *rest, const uint8_t *data,
                                     size_t size)
{
    struct reader reader = reader_of(bytes_of(data, size));
    *genesis = read_bytes(&reader, read_u16(&reader));
    *rest = read_bytes(&reader, reader_left(&reader));
    return !reader.failed;
}

#endif
