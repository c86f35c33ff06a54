/* SPDX-License-Identifier: Apache-2.0 */
/* A stream in pieces gives the same frames as in one piece, within the limit, or the same refusal.
 * The first byte says how long the pieces are. */

#include "node/shell/frame.h"
#include "tests/fuzz/fuzz.h"

#define LIMIT 4096

struct outcome {
    enum err err;
    size_t frames;
    size_t bytes;
    uint32_t sum;
};

static void note(struct outcome *outcome, struct bytes frame)
{
    struct frame_hello hello;
    check(frame.size >= 1 && frame.size <= LIMIT);
    outcome->frames++;
    outcome->bytes += frame.size;
    for (size_t i = 0; i < frame.size; i++) {
        outcome->sum = outcome->sum * 31 + frame.data[i];
    }
    if (frame_hello_read(&hello, frame) == OK) {
        uint8_t again[FRAME_HELLO_SIZE];
        frame_hello_write(again, &hello);
        check(bytes_equal(frame, bytes_of(again, sizeof again)));
    }
}

static struct outcome read_all(struct bytes in, size_t piece)
{
    struct outcome outcome = {OK, 0, 0, 0};
    struct frame_reader reader;
    frame_reader_init(&reader, LIMIT);
    for (size_t at = 0; at < in.size && outcome.err == OK; at += piece) {
        struct bytes part = bytes_of(in.data + at, piece < in.size - at ? piece : in.size - at);
        while (part.size > 0 && outcome.err == OK) {
            struct bytes frame;
            bool whole = false;
            outcome.err = frame_read(&reader, &part, &frame, &whole);
            if (whole) {
                note(&outcome, frame);
            }
        }
        check(reader.capacity <= 2 * LIMIT);
    }
    frame_reader_deinit(&reader);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    const struct bytes in = bytes_of(data + 1, size - 1);
    const struct outcome one = read_all(in, in.size);
    const struct outcome many = read_all(in, 1 + data[0] % 32);
    check(one.err == many.err && one.frames == many.frames && one.bytes == many.bytes &&
          one.sum == many.sum);
    return 0;
}
