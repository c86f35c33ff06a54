/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle against a genesis document: u16 size of genesis, genesis, bundle. Whatever comes, the
 * answer has a name and memory stays within its budget. */

#include "ledger/base/buf.h"
#include "ledger/chain/bundle.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bundle_result result;
    struct reader reader = reader_of(bytes_of(data, size));
    const struct bytes genesis = read_bytes(&reader, read_u16(&reader));
    const struct bytes bundle = read_bytes(&reader, reader_left(&reader));
    if (reader.failed) {
        return 0;
    }
    struct arena arena;
    arena_init(&arena, BUNDLE_ARENA_SIZE);
    const enum bundle_failure failure = bundle_verify(&result, genesis, bundle, &arena);
    check(failure == result.failure);
    check(failure < BUNDLE_FAILURE_COUNT);
    check(strlen(bundle_failure_name(&result)) > 0);
    check(failure != BUNDLE_OK || (result.bundle != NULL && result.anchor_signers > 0));
    arena_free(&arena);
    return 0;
}
