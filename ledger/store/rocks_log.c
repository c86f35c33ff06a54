/* SPDX-License-Identifier: Apache-2.0 */
/* Behind damage a good record may begin at any byte. What lies there may have been chosen by
 * somebody (a batch holds transactions), each byte of it the head of a record of thousands: a
 * checksum of each would take time as the square of a block. They are taken from the checksums of
 * the block's beginnings instead, in the same few steps whatever a record's size. */
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

/* --- a good record anywhere ---------------------------------------------------------------------
 */

#define STRIDE ((size_t)16)
#define POWERS ((size_t)256)

struct search {
    struct bytes block; /* at most BLOCK bytes of the file */
    uint32_t sums[BLOCK / STRIDE + 1]; /* [i]: of the first i * STRIDE bytes */
    uint32_t low[POWERS]; /* x^(8 i) */
    uint32_t high[BLOCK / POWERS]; /* x^(8 POWERS i) */
};

static void search_init(struct search *search)
{
    search->low[0] = search->high[0] = CRC32C_ONE;
    for (size_t i = 1; i < POWERS; i++) {
        search->low[i] = crc32c_times(search->low[i - 1], CRC32C_BYTE);
    }
    const uint32_t step = crc32c_times(search->low[POWERS - 1], CRC32C_BYTE);
    for (size_t i = 1; i < BLOCK / POWERS; i++) {
        search->high[i] = crc32c_times(search->high[i - 1], step);
    }
}

static void search_take(struct search *search, struct bytes block)
{
    search->block = block;
    search->sums[0] = 0;
    for (size_t i = 0; (i + 1) * STRIDE <= block.size; i++) {
        search->sums[i + 1] =
            crc32c_more(search->sums[i], bytes_of(block.data + i * STRIDE, STRIDE));
    }
}

static uint32_t sum_to(const struct search *search, size_t end)
{
    const size_t from = end / STRIDE;
    return crc32c_more(search->sums[from],
                       bytes_of(search->block.data + from * STRIDE, end % STRIDE));
}

static bool is_good_at(const struct search *search, size_t at)
{
    const uint8_t *head = search->block.data + at;
    const size_t size = (size_t)head[4] | (size_t)head[5] << 8;
    if (head[6] < 1 || head[6] > TYPE_LAST || HEAD + size > search->block.size - at) {
        return false;
    }
    const uint32_t above = crc32c_more(0, bytes_of(head + 6, 1)) ^ sum_to(search, at + HEAD);
    const uint32_t power = crc32c_times(search->high[size / POWERS], search->low[size % POWERS]);
    const uint32_t sum = crc32c_times(above, power) ^ sum_to(search, at + HEAD + size);
    return sum == stored_sum(head);
}

/* good_from: does a good record begin at `place` or behind it? */
static bool good_from(struct bytes file, size_t place)
{
    struct search search;
    search_init(&search);
    while (place < file.size) {
        const size_t start = place - place % BLOCK;
        const size_t left = file.size - start;
        search_take(&search, bytes_of(file.data + start, left < BLOCK ? left : BLOCK));
        for (size_t at = place - start; at + HEAD <= search.block.size; at++) {
            if (is_good_at(&search, at)) {
                return true;
            }
        }
        place = start + BLOCK;
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
    return !good_from(file, place + 1);
}
