/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "ledger/base/buf.h"

static const uint8_t sample[] = {1, /* u8 */
                                 0x02, 0x01, /* u16 */
                                 4,    3,    2, 1, /* u32 */
                                 8,    7,    6, 5, 4, 3, 2, 1, /* u64 */
                                 1,    2,    3, 4, /* u32 be */
                                 1,    2,    3, 4, 5, 6, 7, 8, /* u64 be */
                                 'x',  'y'};

static void test_write(void **state)
{
    (void)state;
    uint8_t out[sizeof sample];
    struct writer writer = writer_of(out, sizeof out);
    write_u8(&writer, 1);
    write_u16(&writer, 0x0102);
    write_u32(&writer, 0x01020304);
    write_u64(&writer, UINT64_C(0x0102030405060708));
    write_u32_be(&writer, 0x01020304);
    write_u64_be(&writer, UINT64_C(0x0102030405060708));
    write_bytes(&writer, bytes_text("xy"));
    assert_false(writer.failed);
    assert_int_equal(writer_size(&writer), sizeof sample);
    assert_memory_equal(out, sample, sizeof sample);
    write_raw(&writer, NULL, 0);
    assert_false(writer.failed);
    write_u8(&writer, 1);
    assert_true(writer.failed);
    assert_int_equal(writer_bytes(&writer).size, sizeof sample);
}

static void test_read(void **state)
{
    (void)state;
    struct reader reader = reader_of(bytes_of(sample, sizeof sample));
    char text[2];
    assert_int_equal(read_u8(&reader), 1);
    assert_int_equal(read_u16(&reader), 0x0102);
    assert_int_equal(read_u32(&reader), 0x01020304);
    assert_true(read_u64(&reader) == UINT64_C(0x0102030405060708));
    assert_int_equal(read_u32_be(&reader), 0x01020304);
    assert_true(read_u64_be(&reader) == UINT64_C(0x0102030405060708));
    assert_false(reader_done(&reader));
    assert_int_equal(reader_left(&reader), 2);
    read_raw(&reader, text, 2);
    assert_memory_equal(text, "xy", 2);
    assert_true(reader_done(&reader));
}

/* Every cut fails, stays failed, and gives zeros instead of old memory. */
static void test_cut(void **state)
{
    (void)state;
    for (size_t size = 0; size < 8; size++) {
        struct reader reader = reader_of(bytes_of(sample + 7, size));
        assert_true(read_u64(&reader) == 0);
        assert_true(reader.failed);
        assert_int_equal(read_u8(&reader), 0);
        assert_int_equal(reader_left(&reader), 0);
        assert_false(reader_done(&reader));
    }
    struct reader reader = reader_of(bytes_of(sample, 3));
    uint8_t out[4] = {9, 9, 9, 9};
    read_raw(&reader, out, 4);
    assert_int_equal(out[0] | out[3], 0);
    assert_true(reader.failed);
    reader = reader_of(bytes_of(sample, 3));
    assert_int_equal(read_bytes(&reader, SIZE_MAX).size, 0);
    assert_true(reader.failed);
}

static void test_empty(void **state)
{
    (void)state;
    struct reader reader = reader_of((struct bytes){0});
    assert_true(reader_done(&reader));
    assert_int_equal(read_bytes(&reader, 0).size, 0);
    assert_true(reader_done(&reader));
    assert_int_equal(read_u8(&reader), 0);
    assert_true(reader.failed);
    struct writer writer = writer_of(NULL, 0);
    write_bytes(&writer, (struct bytes){0});
    assert_false(writer.failed);
    write_u8(&writer, 1);
    assert_true(writer.failed);
    assert_int_equal(writer_size(&writer), 0);
}

/* A write that does not fit writes nothing at all. */
static void test_partial(void **state)
{
    (void)state;
    uint8_t out[4] = {9, 9, 9, 9};
    struct writer writer = writer_of(out, 3);
    write_u32(&writer, 1);
    assert_true(writer.failed);
    assert_int_equal(writer_size(&writer), 0);
    assert_int_equal(out[0], 9);
    write_u8(&writer, 1);
    assert_int_equal(writer_size(&writer), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write), cmocka_unit_test(test_read),    cmocka_unit_test(test_cut),
        cmocka_unit_test(test_empty), cmocka_unit_test(test_partial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
