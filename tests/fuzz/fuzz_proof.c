/* SPDX-License-Identifier: Apache-2.0 */
/* A proof against a genesis document: u16 size of genesis, genesis, proof. Whatever comes, the
 * answer has a name, memory stays within its budget, and the readable form can be written for every
 * proof that was accepted. */

#include "ledger/chain/certificate.h"
#include "ledger/chain/proof.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct proof_result result;
    struct bytes genesis;
    struct bytes proof;
    if (!fuzz_with_genesis(&genesis, &proof, data, size)) {
        return 0;
    }
    struct arena arena;
    arena_init(&arena, PROOF_ARENA_SIZE);
    const enum proof_failure failure = proof_verify(&result, genesis, proof, &arena);
    check(failure == result.failure);
    check(failure < PROOF_FAILURE_COUNT);
    check(failure != PROOF_MEMORY);
    arena_free(&arena);
    struct bytes text;
    arena_init(&arena, 64 * 1024 * 1024);
    const enum err err = document_write(&text, &certificate_form, proof, &arena, NULL);
    check(err == OK || failure != PROOF_OK);
    arena_free(&arena);
    return 0;
}
