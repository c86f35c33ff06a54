/* SPDX-License-Identifier: Apache-2.0 */
/* The compilers' overflow builtins compute with infinite precision and say whether it fitted. */

#include "ledger/base/num.h"

#include <assert.h>

#define NUM_CHECKED(name, type, builtin)                                                           \
    bool name(type *out, type a, type b)                                                           \
    {                                                                                              \
        type result;                                                                               \
        if (builtin(a, b, &result)) {                                                              \
            return false;                                                                          \
        }                                                                                          \
        *out = result;                                                                             \
        return true;                                                                               \
    }

NUM_CHECKED(num_add_u64, uint64_t, __builtin_add_overflow)
NUM_CHECKED(num_sub_u64, uint64_t, __builtin_sub_overflow)
NUM_CHECKED(num_mul_u64, uint64_t, __builtin_mul_overflow)
NUM_CHECKED(num_add_i64, int64_t, __builtin_add_overflow)
NUM_CHECKED(num_sub_i64, int64_t, __builtin_sub_overflow)
NUM_CHECKED(num_mul_i64, int64_t, __builtin_mul_overflow)
NUM_CHECKED(num_add_size, size_t, __builtin_add_overflow)
NUM_CHECKED(num_mul_size, size_t, __builtin_mul_overflow)

bool num_narrow_u8(uint8_t *out, uint64_t value)
{
    if (value > UINT8_MAX) {
        return false;
    }
    *out = (uint8_t)value;
    return true;
}

bool num_narrow_u16(uint16_t *out, uint64_t value)
{
    if (value > UINT16_MAX) {
        return false;
    }
    *out = (uint16_t)value;
    return true;
}

bool num_narrow_u32(uint32_t *out, uint64_t value)
{
    if (value > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

bool num_narrow_i64(int64_t *out, uint64_t value)
{
    if (value > INT64_MAX) {
        return false;
    }
    *out = (int64_t)value;
    return true;
}

bool num_parse_u64(uint64_t *out, struct bytes text, uint64_t max)
{
    if (text.size == 0 || text.size > 20 || (text.data[0] == '0' && text.size > 1)) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t digit = text.data[i];
        if (digit < '0' || digit > '9' || !num_mul_u64(&value, value, 10) ||
            !num_add_u64(&value, value, (uint64_t)(digit - '0'))) {
            return false;
        }
    }
    if (value > max) {
        return false;
    }
    *out = value;
    return true;
}

size_t num_print_u64(char *out, uint64_t value)
{
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    assert(count <= sizeof digits);
    for (size_t i = 0; i < count; i++) {
        out[i] = digits[count - 1 - i];
    }
    out[count] = '\0';
    return count;
}
