/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle of a lot, a case or a statement against a genesis document, all three checks: u16 size
 * of genesis, genesis, bundle. Whatever comes, the answer has a name. */

#include "ledger/query/case_verify.h"
#include "ledger/query/lot_verify.h"
#include "ledger/query/statement_verify.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct lot_verify_result lot;
    static struct case_verify_result dispute;
    static struct statement_verify_result statement;
    struct bytes genesis;
    struct bytes bundle;
    if (!fuzz_with_genesis(&genesis, &bundle, data, size)) {
        return 0;
    }
    struct arena arena;
    arena_init(&arena, BUNDLE_ARENA_SIZE);
    check(lot_verify(&lot, genesis, bundle, &arena) == lot.failure);
    check(strlen(lot_verify_name(&lot)) > 0);
    arena_free(&arena);
    arena_init(&arena, BUNDLE_ARENA_SIZE);
    check(case_verify(&dispute, genesis, bundle, &arena) == dispute.failure);
    check(strlen(case_verify_name(&dispute)) > 0);
    arena_free(&arena);
    arena_init(&arena, BUNDLE_ARENA_SIZE);
    check(statement_verify(&statement, genesis, bundle, &arena) == statement.failure);
    check(strlen(statement_verify_name(&statement)) > 0);
    arena_free(&arena);
    return 0;
}
