/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/store/rocks_log.h"

#include "ledger/base/crc32c.h"

#define BLOCK ((size_t)32768)
#define HEAD 7
#define MASK 0xa282ead8u
#define TYPE_LAST                                                                                  \
    4 /* full, first, middle, last; what the library writes into reused files is more */

static uint32_t stored_sum(const uint8_t *head)
{
    const uint32_t masked = (uint32_t)head[0] | (uint32_t)head[1] << 8 | (uint32_t)head[2] << 16 |
                            (uint32_t)head[3] << 24;
    const uint32_t turned = masked - MASK;
    return turned >> 17 | turned << 15;
}

static bool sum_fits(const uint8_t *head, uint8_t type, size_t size)
{
    const uint32_t sum = crc32c_more(0, bytes_of(&type, 1));
    return crc32c_more(sum, bytes_of(head + HEAD, size)) == stored_sum(head);
}

/* size_at gives the whole size of the good record at `at`, else 0. */
static size_t size_at(struct bytes file, size_t at)
{
    const size_t room = BLOCK - at % BLOCK;
    if (room < HEAD || file.size - at < HEAD) {
        return 0;
    }
    const uint8_t *head = file.data + at;
    const size_t size = (size_t)head[4] | (size_t)head[5] << 8;
    const bool fits = HEAD + size <= room && HEAD + size <= file.size - at;
    return fits && head[6] >= 1 && head[6] <= TYPE_LAST && sum_fits(head, head[6], size)
               ? HEAD + size
               : 0;
}

/* is_misread: the record is good with another type, or with all that is left in block and file. */
static bool is_misread(struct bytes file, size_t at)
{
    const uint8_t *head = file.data + at;
    const size_t room = BLOCK - at % BLOCK;
    const size_t left = file.size - at < room ? file.size - at : room;
    if (left < HEAD) {
        return false;
    }
    const size_t size = (size_t)head[4] | (size_t)head[5] << 8;
    for (uint8_t type = 1; type <= TYPE_LAST; type++) {
        if ((HEAD + size <= left && sum_fits(head, type, size)) ||
            sum_fits(head, type, left - HEAD)) {
            return true;
        }
    }
    return false;
}

bool rocks_log_whole(struct bytes file, size_t *at)
{
    size_t place = 0;
    while (place < file.size) {
        if (BLOCK - place % BLOCK < HEAD) {
            place += BLOCK - place % BLOCK;
            continue;
        }
        const size_t size = size_at(file, place);
        if (size == 0) {
            break;
        }
        place += size;
    }
    *at = place;
    if (place >= file.size || is_misread(file, place)) {
        return place >= file.size;
    }
    for (size_t later = place + 1; later < file.size; later++) {
        if (size_at(file, later) > 0) {
            return false;
        }
    }
    return true;
}
