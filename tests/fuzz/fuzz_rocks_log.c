/* SPDX-License-Identifier: Apache-2.0 */
/* MANIFEST and write-ahead log of the store, read before the library opens them: what is said to be
 * damaged lies in the file, and all before it is whole. */

#include "ledger/store/rocks_log.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t at = SIZE_MAX;
    size_t unused = 0;
    if (!rocks_log_whole(bytes_of(data, size), &at)) {
        check(at < size);
        check(rocks_log_whole(bytes_of(data, at), &unused));
    }
    return 0;
}
