/* SPDX-License-Identifier: Apache-2.0 */
/* The table of well-formed sequences of the Unicode standard (table 3-7), as code. */

#include "ledger/codec/utf8.h"

/* Size and value of the sequence at data, or 0 where it is not well-formed. */
static size_t sequence(const uint8_t *data, size_t left, uint32_t *value)
{
    const uint8_t first = data[0];
    if (first < 0x80) {
        *value = first;
        return 1;
    }
    const size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || left < size) {
        return 0;
    }
    uint32_t point = first & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((data[i] & 0xc0) != 0x80) {
            return 0;
        }
        point = point << 6 | (data[i] & 0x3fu);
    }
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (point < smallest[size] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) {
        return 0;
    }
    *value = point;
    return size;
}

bool utf8_valid(struct bytes text)
{
    for (size_t i = 0; i < text.size;) {
        uint32_t value = 0;
        const size_t size = sequence(text.data + i, text.size - i, &value);
        if (size == 0 || value == 0) {
            return false;
        }
        i += size;
    }
    return true;
}

size_t utf8_count(struct bytes text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        count += (text.data[i] & 0xc0) != 0x80;
    }
    return count;
}

bool utf8_printable(struct bytes text)
{
    for (size_t i = 0; i < text.size;) {
        uint32_t value = 0;
        const size_t size = sequence(text.data + i, text.size - i, &value);
        if (size == 0 || value < 0x20 || (value >= 0x7f && value < 0xa0)) {
            return false;
        }
        i += size;
    }
    return true;
}
