/* SPDX-License-Identifier: Apache-2.0 */
/* genesis.json or certificate.json (first byte odd) of whatever content: accepted only if rendering
 * its bytes gives the same text. */

#include "ledger/chain/certificate.h"
#include "ledger/codec/document.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct bytes inside;
    struct bytes again;
    if (size < 1) {
        return 0;
    }
    const struct document_form *form = (data[0] & 1) != 0 ? &certificate_form : &genesis_form;
    const struct bytes text = bytes_of(data + 1, size - 1);
    arena_init(&arena, (size_t)64 << 20);
    if (document_read(&inside, form, text, &arena, NULL) == OK &&
        (document_write(&again, form, inside, &arena, NULL) != OK || !bytes_equal(again, text))) {
        abort();
    }
    arena_free(&arena);
    return 0;
}
