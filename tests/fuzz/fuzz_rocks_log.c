/* SPDX-License-Identifier: Apache-2.0 */
/* MANIFEST and write-ahead log of the store, read before the library opens them: what is said to be
 * damaged lies in the file, and all before it is whole. In short files a good record behind the bad
 * place is looked for by checking the sum of each byte's record in full, too. */

#include "ledger/store/rocks_log.h"

#include "ledger/base/crc32c.h"
#include "tests/fuzz/fuzz.h"

#define SHORT 2048 /* within one block */

static bool is_good(struct bytes file, size_t at)
{
    struct reader reader = reader_of(bytes_of(file.data + at, file.size - at));
    const uint32_t masked = read_u32(&reader) - 0xa282ead8u;
    const size_t size = read_u16(&reader);
    const uint8_t type = read_u8(&reader);
    const struct bytes payload = read_bytes(&reader, size);
    return !reader.failed && type >= 1 && type <= 4 &&
           crc32c_more(crc32c_more(0, bytes_of(&type, 1)), payload) ==
               (masked >> 17 | masked << 15);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t at = SIZE_MAX;
    size_t unused = 0;
    const struct bytes file = bytes_of(data, size);
    const bool whole = rocks_log_whole(file, &at);
    if (!whole) {
        check(at < size);
        check(rocks_log_whole(bytes_of(data, at), &unused));
    }
    for (size_t later = at + 1; whole && size <= SHORT && later < size; later++) {
        check(!is_good(file, later));
    }
    return 0;
}
