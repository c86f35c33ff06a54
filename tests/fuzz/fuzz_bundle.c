/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle against a genesis document: u16 size of genesis, genesis, bundle. Whatever comes, the
 * answer has a name and memory stays within its budget. */

#include "ledger/chain/bundle.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bundle_result result;
    struct bytes genesis;
    struct bytes bundle;
    if (!fuzz_with_genesis(&genesis, &bundle, data, size)) {
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
