/* SPDX-License-Identifier: Apache-2.0 */
/* A key file has one layout: what is accepted is written again byte for byte. */

#include "node/shell/keystore.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keystore_file file;
    char again[KEYSTORE_FILE_MAX];
    if (size >= KEYSTORE_FILE_MAX || keystore_parse(&file, bytes_of(data, size)) != OK) {
        return 0;
    }
    keystore_format(again, &file);
    if (!bytes_equal(bytes_text(again), bytes_of(data, size))) {
        abort();
    }
    return 0;
}
