/* SPDX-License-Identifier: Apache-2.0 */
/* Three bytes are four characters. Not constant-time: nothing secret is written this way. */

#include "ledger/codec/base64.h"

#include <assert.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_size(size_t size)
{
    assert(size < SIZE_MAX / 2);
    return (size + 2) / 3 * 4;
}

void base64_write(char *out, struct bytes in)
{
    for (size_t i = 0; i < in.size; i += 3) {
        const size_t left = in.size - i;
        uint32_t group = (uint32_t)in.data[i] << 16;
        group |= left > 1 ? (uint32_t)in.data[i + 1] << 8 : 0;
        group |= left > 2 ? (uint32_t)in.data[i + 2] : 0;
        *out++ = alphabet[group >> 18];
        *out++ = alphabet[group >> 12 & 63];
        *out++ = left > 1 ? alphabet[group >> 6 & 63] : '=';
        *out++ = left > 2 ? alphabet[group & 63] : '=';
    }
    *out = '\0';
}

/* 64 for anything outside the alphabet. */
static uint32_t value_of(uint8_t character)
{
    if (character >= 'A' && character <= 'Z') {
        return (uint32_t)(character - 'A');
    }
    if (character >= 'a' && character <= 'z') {
        return (uint32_t)(character - 'a') + 26;
    }
    if (character >= '0' && character <= '9') {
        return (uint32_t)(character - '0') + 52;
    }
    if (character == '+') {
        return 62;
    }
    return character == '/' ? 63 : 64;
}

/* One group of four; the last may have padding. Gives the number of bytes or 0. */
static size_t read_group(uint8_t out[3], const uint8_t *in, bool last)
{
    const size_t pad = last ? (size_t)(in[3] == '=') + (size_t)(in[3] == '=' && in[2] == '=') : 0;
    uint32_t group = 0;
    for (size_t i = 0; i < 4; i++) {
        const uint32_t value = i < 4 - pad ? value_of(in[i]) : 0;
        if (value > 63) {
            return 0;
        }
        group = group << 6 | value;
    }
    const uint32_t unused = pad == 2 ? group & 0xffff : pad == 1 ? group & 0xff : 0;
    if (unused != 0) {
        return 0;
    }
    out[0] = (uint8_t)(group >> 16);
    out[1] = (uint8_t)(group >> 8);
    out[2] = (uint8_t)group;
    return 3 - pad;
}

enum err base64_read(struct bytes *out, struct bytes text, struct arena *arena)
{
    if (text.size % 4 != 0) {
        return ERR_PARSE;
    }
    uint8_t *data = arena_alloc(arena, text.size / 4 * 3 + 1);
    if (data == NULL) {
        return ERR_MEMORY;
    }
    size_t size = 0;
    for (size_t i = 0; i < text.size; i += 4) {
        uint8_t group[3] = {0};
        const size_t count = read_group(group, text.data + i, i + 4 == text.size);
        if (count == 0) {
            return ERR_PARSE;
        }
        for (size_t j = 0; j < count; j++) {
            data[size++] = group[j];
        }
    }
    *out = (struct bytes){data, size};
    return OK;
}
