/* SPDX-License-Identifier: Apache-2.0 */
/* Four bits a step from a table of sixteen: small enough to read, fast enough for a log that a disk
 * bounds. */
#include "ledger/base/crc32c.h"

static const uint32_t table[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

uint32_t crc32c_more(uint32_t crc, struct bytes in)
{
    crc = ~crc;
    for (size_t i = 0; i < in.size; i++) {
        crc ^= in.data[i];
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return ~crc;
}

uint32_t crc32c_times(uint32_t a, uint32_t b)
{
    uint32_t product = 0;
    for (unsigned bit = 0; bit < 32; bit++) {
        product ^= (a >> (31 - bit) & 1) != 0 ? b : 0;
        b = b >> 1 ^ ((b & 1) != 0 ? UINT32_C(0x82f63b78) : 0);
    }
    return product;
}
