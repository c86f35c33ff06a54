/* SPDX-License-Identifier: Apache-2.0 */
/* The integer arithmetic against the machine's own: the reference tries %.6g to %.9g with strtof,
 * which is the definition [methodology 10.5]. */
#include "ledger/base/binary32.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void to_bytes(uint8_t out[BINARY32_SIZE], uint32_t bits)
{
    for (unsigned i = 0; i < BINARY32_SIZE; i++) {
        out[i] = (uint8_t)(bits >> (8 * i));
    }
}

/* Digits and power of ten of the first of %.6g .. %.9g that strtof reads back, digits without
 * trailing zeros: "-12345.67" is -1234567 and 2. */
static void reference(int64_t *digits, long *power, float value)
{
    for (int count = 6; count <= 9; count++) {
        char text[40];
        snprintf(text, sizeof text, "%.*e", count - 1, (double)value);
        const float back = strtof(text, NULL);
        if (memcmp(&back, &value, sizeof value) != 0) {
            continue;
        }
        char *e = strchr(text, 'e');
        *power = count - 1 - strtol(e + 1, NULL, 10);
        *e = '\0';
        *digits = 0;
        for (const char *at = text; *at != '\0'; at++) {
            if (*at >= '0' && *at <= '9') {
                *digits = 10 * *digits + (*at - '0');
            }
        }
        while (*digits % 10 == 0) {
            *digits /= 10;
            (*power)--;
        }
        *digits = text[0] == '-' ? -*digits : *digits;
        return;
    }
    fail_msg("nine digits do not read back");
}

static bool fits(int64_t digits, long power)
{
    char text[40];
    const int count = snprintf(text, sizeof text, "%lld", (long long)llabs(digits));
    return power <= DEC_DECIMALS && count - (power < 0 ? power : 0) <= DEC_DIGITS;
}

static void check(uint32_t bits)
{
    uint8_t bytes[BINARY32_SIZE];
    float value = 0;
    struct dec got = {.m = 7, .s = 7};
    to_bytes(bytes, bits);
    memcpy(&value, &bits, sizeof value);
    const enum err err = binary32_dec(&got, bytes);
    const uint32_t biased = (bits >> 23) & 0xff;
    if (bits == 0) {
        assert_int_equal(err, OK);
        assert_true(got.m == 0 && got.s == 0);
        return;
    }
    if (biased == 0 || biased == 0xff) {
        assert_int_equal(err, ERR_FLOAT);
        assert_int_equal(got.m, 7);
        return;
    }
    int64_t digits = 0;
    long power = 0;
    reference(&digits, &power, value);
    if (!fits(digits, power)) {
        assert_int_equal(err, ERR_DEC);
        assert_int_equal(got.m, 7);
        return;
    }
    if (err != OK) {
        fail_msg("%08x: %s", bits, err_name(err));
    }
    for (; power < 0; power++) {
        digits *= 10;
    }
    if (got.m != digits || got.s != power) {
        fail_msg("%08x: %lld e-%u, expected %lld e-%ld", bits, (long long)got.m, got.s,
                 (long long)digits, power);
    }
}

/* [methodology W46] */
static void published(void **state)
{
    (void)state;
    static const struct {
        uint8_t bytes[BINARY32_SIZE];
        const char *text;
    } rows[] = {{{0xae, 0xe6, 0x40, 0x46}, "12345.67"},
                {{0x48, 0xe1, 0x7a, 0x3f}, "0.98"},
                {{0x00, 0x00, 0x00, 0x00}, "0"},
                {{0x00, 0x00, 0x80, 0xbf}, "-1"},
                {{0x00, 0x00, 0x80, 0x4b}, "16777216"},
                {{0x10, 0x40, 0x1c, 0x47}, "40000.062"}}; /* exactly 40000.0625: tie to even */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct dec value;
        char text[DEC_TEXT_SIZE];
        assert_int_equal(binary32_dec(&value, rows[i].bytes), OK);
        dec_text(text, value);
        assert_string_equal(text, rows[i].text);
    }
}

/* [methodology 10.5] */
static void refused(void **state)
{
    (void)state;
    static const struct {
        uint32_t bits;
        enum err err;
    } rows[] = {{0x7fc00000, ERR_FLOAT}, {0xffc00001, ERR_FLOAT}, {0x7f800001, ERR_FLOAT},
                {0x7f800000, ERR_FLOAT}, {0xff800000, ERR_FLOAT}, {0x80000000, ERR_FLOAT},
                {0x00000001, ERR_FLOAT}, {0x007fffff, ERR_FLOAT}, {0x807fffff, ERR_FLOAT},
                {0x00800000, ERR_DEC},   {0x7f7fffff, ERR_DEC},   {0x30000000, ERR_DEC}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[BINARY32_SIZE];
        struct dec out = {.m = 7, .s = 7};
        to_bytes(bytes, rows[i].bits);
        assert_int_equal(binary32_dec(&out, bytes), rows[i].err);
        assert_int_equal(out.m, 7);
    }
}

/* Every power of two with its neighbours, where the interval is lopsided. */
static void every_exponent(void **state)
{
    (void)state;
    for (uint32_t exponent = 0; exponent <= 0xff; exponent++) {
        for (uint32_t sign = 0; sign <= 1; sign++) {
            const uint32_t base = sign << 31 | exponent << 23;
            for (uint32_t i = 0; i < 200; i++) {
                check(base + i);
                check(base + UINT32_C(0x7fffff) - i);
                check(base + UINT32_C(0x400000) + i);
            }
        }
    }
}

/* Decimals as people set them: 0.01 to 9999.99 come back as they were. */
static void what_people_typed(void **state)
{
    (void)state;
    for (int64_t hundredths = 1; hundredths < 1000000; hundredths += 7) {
        char text[DEC_TEXT_SIZE];
        uint32_t bits = 0;
        uint8_t bytes[BINARY32_SIZE];
        struct dec out;
        dec_text(text, dec_of(hundredths, 2));
        const float value = strtof(text, NULL);
        memcpy(&bits, &value, sizeof bits);
        to_bytes(bytes, bits);
        assert_int_equal(binary32_dec(&out, bytes), OK);
        assert_int_equal(dec_compare(out, dec_of(hundredths, 2)), 0);
    }
}

static void random_patterns(void **state)
{
    (void)state;
    uint64_t seed = 46;
    for (uint32_t i = 0; i < 400000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const uint32_t bits = (uint32_t)(seed >> 32);
        check(bits);
        /* the same significand where decimals live: 2^-30 to 2^60 */
        check((bits & UINT32_C(0x807fffff)) | (97 + (bits >> 8) % 90) << 23);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published), cmocka_unit_test(refused), cmocka_unit_test(every_exponent),
        cmocka_unit_test(what_people_typed), cmocka_unit_test(random_patterns)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
