/* SPDX-License-Identifier: Apache-2.0 */
/* Frames in a stream: every cut, every size at its limit, and random bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/shell/frame.h"

static size_t build(uint8_t *out, size_t size, uint8_t fill)
{
    frame_head(out, size);
    memset(out + FRAME_HEAD_SIZE, fill, size);
    return FRAME_HEAD_SIZE + size;
}

/* Three frames, handed over in pieces of every size. */
static void test_cuts(void **state)
{
    (void)state;
    const size_t sizes[] = {1, 5, 9000};
    uint8_t stream[3 * FRAME_HEAD_SIZE + 9006];
    size_t total = 0;
    for (size_t i = 0; i < 3; i++) {
        total += build(stream + total, sizes[i], (uint8_t)(i + 1));
    }
    assert_int_equal(total, sizeof(stream));
    for (size_t piece = 1; piece < 64; piece++) {
        struct frame_reader reader;
        frame_reader_init(&reader, LIMIT_PEER_FRAME);
        size_t found = 0;
        for (size_t at = 0; at < total; at += piece) {
            struct bytes in = bytes_of(stream + at, piece < total - at ? piece : total - at);
            while (in.size > 0) {
                struct bytes frame;
                bool whole = false;
                assert_int_equal(frame_read(&reader, &in, &frame, &whole), OK);
                if (whole) {
                    assert_int_equal(frame.size, sizes[found]);
                    assert_int_equal(frame.data[frame.size - 1], found + 1);
                    found++;
                }
            }
        }
        assert_int_equal(found, 3);
        frame_reader_deinit(&reader);
    }
}

static enum err read_head_of(size_t size, size_t limit, size_t *capacity)
{
    struct frame_reader reader;
    const uint8_t head[4] = {(uint8_t)size, (uint8_t)(size >> 8), (uint8_t)(size >> 16),
                             (uint8_t)(size >> 24)};
    struct bytes in = bytes_of(head, sizeof(head));
    struct bytes frame;
    bool whole = false;
    frame_reader_init(&reader, limit);
    const enum err err = frame_read(&reader, &in, &frame, &whole);
    assert_false(whole);
    *capacity = reader.capacity;
    frame_reader_deinit(&reader);
    return err;
}

static void test_limits(void **state)
{
    (void)state;
    size_t capacity = 0;
    assert_int_equal(read_head_of(0, 100, &capacity), ERR_FRAME);
    assert_int_equal(read_head_of(99, 100, &capacity), OK);
    assert_int_equal(read_head_of(100, 100, &capacity), OK);
    assert_int_equal(read_head_of(101, 100, &capacity), ERR_FRAME);
    assert_int_equal(read_head_of(LIMIT_PEER_FRAME, LIMIT_PEER_FRAME, &capacity), OK);
    /* A promise of four megabytes allocates nothing. */
    assert_int_equal(capacity, 0);
    assert_int_equal(read_head_of(LIMIT_PEER_FRAME + 1, LIMIT_PEER_FRAME, &capacity), ERR_FRAME);
    assert_int_equal(read_head_of(UINT32_MAX, LIMIT_PEER_FRAME, &capacity), ERR_FRAME);
}

/* Memory follows what has arrived. */
static void test_growth(void **state)
{
    (void)state;
    struct frame_reader reader;
    uint8_t head[4];
    uint8_t some[1000] = {0};
    struct bytes frame;
    bool whole = false;
    frame_reader_init(&reader, LIMIT_PEER_FRAME);
    frame_head(head, LIMIT_PEER_FRAME);
    struct bytes in = bytes_of(head, sizeof(head));
    assert_int_equal(frame_read(&reader, &in, &frame, &whole), OK);
    for (int i = 0; i < 10; i++) {
        in = bytes_of(some, sizeof(some));
        assert_int_equal(frame_read(&reader, &in, &frame, &whole), OK);
        assert_int_equal(in.size, 0);
        assert_false(whole);
    }
    assert_true(reader.capacity < 32 * 1024);
    frame_reader_deinit(&reader);
}

static void test_hello(void **state)
{
    (void)state;
    struct frame_hello hello = {.channel = 1};
    struct frame_hello read = {0};
    memset(&hello.chain_id, 7, sizeof(hello.chain_id));
    uint8_t bytes[FRAME_HELLO_SIZE + 1] = {0};
    frame_hello_write(bytes, &hello);
    assert_int_equal(frame_hello_read(&read, bytes_of(bytes, FRAME_HELLO_SIZE)), OK);
    assert_int_equal(read.channel, 1);
    assert_true(hash_equal(&read.chain_id, &hello.chain_id));
    for (size_t size = 0; size < FRAME_HELLO_SIZE; size++) {
        assert_int_equal(frame_hello_read(&read, bytes_of(bytes, size)), ERR_FRAME);
    }
    assert_int_equal(frame_hello_read(&read, bytes_of(bytes, FRAME_HELLO_SIZE + 1)), ERR_FRAME);
    bytes[8] = 2;
    assert_int_equal(frame_hello_read(&read, bytes_of(bytes, FRAME_HELLO_SIZE)), ERR_VERSION);
    bytes[0] = 's';
    assert_int_equal(frame_hello_read(&read, bytes_of(bytes, FRAME_HELLO_SIZE)), ERR_FRAME);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Random bytes in random pieces: a frame or a refusal, never more memory than arrived. */
static void test_random(void **state)
{
    (void)state;
    for (uint64_t run = 1; run <= 2000; run++) {
        uint64_t seed = run * 0x9e3779b97f4a7c15ull;
        struct frame_reader reader;
        frame_reader_init(&reader, 512);
        size_t fed = 0;
        enum err err = OK;
        for (int turn = 0; err == OK && turn < 50; turn++) {
            uint8_t piece[64];
            const size_t size = 1 + next_random(&seed) % sizeof(piece);
            for (size_t i = 0; i < size; i++) {
                piece[i] = (uint8_t)(next_random(&seed) % 3);
            }
            struct bytes in = bytes_of(piece, size);
            fed += size;
            while (err == OK && in.size > 0) {
                struct bytes frame;
                bool whole = false;
                err = frame_read(&reader, &in, &frame, &whole);
                if (whole) {
                    assert_true(frame.size >= 1);
                    assert_true(frame.size <= 512);
                }
            }
        }
        assert_true(err == OK || err == ERR_FRAME);
        assert_true(reader.capacity <= 4096);
        assert_true(reader.have <= fed);
        frame_reader_deinit(&reader);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts),  cmocka_unit_test(test_limits), cmocka_unit_test(test_growth),
        cmocka_unit_test(test_hello), cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
