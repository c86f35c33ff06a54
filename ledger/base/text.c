/* SPDX-License-Identifier: Apache-2.0 */
/* Each lead byte says how many continuation bytes follow and which range the first of them may
 * have; that range excludes overlong forms, surrogates and what lies above U+10FFFF. */

#include "ledger/base/text.h"

#include <assert.h>

#include "ledger/base/limits.h"

/* The number of bytes of the sequence at in, or 0 when it is malformed. */
static size_t sequence_size(struct bytes in)
{
    assert(in.size > 0);
    const uint8_t lead = in.data[0];
    if (lead == 0) {
        return 0;
    }
    if (lead < 0x80) {
        return 1;
    }
    if (lead < 0xc2 || lead > 0xf4) {
        return 0;
    }
    const size_t size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (in.size < size) {
        return 0;
    }
    const uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (in.data[1] < low || in.data[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < size; i++) {
        if (in.data[i] < 0x80 || in.data[i] > 0xbf) {
            return 0;
        }
    }
    return size;
}

bool text_utf8(struct bytes text)
{
    size_t at = 0;
    while (at < text.size) {
        const size_t size = sequence_size(bytes_of(text.data + at, text.size - at));
        if (size == 0) {
            return false;
        }
        at += size;
    }
    return true;
}

size_t text_length(struct bytes text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        count += (text.data[i] & 0xc0) != 0x80;
    }
    return count;
}

static bool id_letter(uint8_t letter, bool capitals)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
           (capitals && letter >= 'A' && letter <= 'Z');
}

static bool id_check(struct bytes text, bool capitals)
{
    if (text.size == 0 || text.size > LIMIT_ID_TEXT || !id_letter(text.data[0], capitals)) {
        return false;
    }
    for (size_t i = 1; i < text.size; i++) {
        const uint8_t letter = text.data[i];
        if (!id_letter(letter, capitals) && letter != '.' && letter != '_' && letter != '-') {
            return false;
        }
    }
    return true;
}

bool text_id(struct bytes text)
{
    return id_check(text, false);
}

bool text_set_id(struct bytes text)
{
    return id_check(text, true);
}
