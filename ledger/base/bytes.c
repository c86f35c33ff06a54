/* SPDX-License-Identifier: Apache-2.0 */
/* Comparison treats an empty run as equal to any other empty run, whatever its pointer. */

#include "ledger/base/bytes.h"

#include <assert.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

struct bytes bytes_of(const void *data, size_t size)
{
    assert(data != NULL || size == 0);
    return (struct bytes){.data = data, .size = size};
}

struct bytes bytes_text(const char *text)
{
    assert(text != NULL);
    return bytes_of(text, strlen(text));
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

int bytes_compare(struct bytes a, struct bytes b)
{
    const size_t common = a.size < b.size ? a.size : b.size;
    const int order = common == 0 ? 0 : memcmp(a.data, b.data, common);
    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    return (a.size > b.size) - (a.size < b.size);
}

bool hash_equal(const struct hash *a, const struct hash *b)
{
    return memcmp(a->bytes, b->bytes, HASH_SIZE) == 0;
}

bool hash_is_zero(const struct hash *hash)
{
    uint8_t any = 0;
    for (size_t i = 0; i < HASH_SIZE; i++) {
        any |= hash->bytes[i];
    }
    return any == 0;
}

struct bytes hash_bytes(const struct hash *hash)
{
    return bytes_of(hash->bytes, HASH_SIZE);
}

void hex_encode(char *out, struct bytes in)
{
    assert(out != NULL);
    for (size_t i = 0; i < in.size; i++) {
        out[2 * i] = hex_digits[in.data[i] >> 4];
        out[2 * i + 1] = hex_digits[in.data[i] & 15];
    }
    out[2 * in.size] = '\0';
}

/* 0 to 15, or -1. */
static int hex_value(uint8_t digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    if (digit >= 'A' && digit <= 'F') {
        return digit - 'A' + 10;
    }
    return -1;
}

bool hex_decode(uint8_t *out, size_t size, struct bytes text)
{
    if (text.size / 2 != size || text.size % 2 != 0) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        if (hex_value(text.data[i]) < 0) {
            return false;
        }
    }
    for (size_t i = 0; i < size; i++) {
        const int high = hex_value(text.data[2 * i]);
        const int low = hex_value(text.data[2 * i + 1]);
        out[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}
