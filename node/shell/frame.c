/* SPDX-License-Identifier: Apache-2.0 */
/* One buffer that doubles up to the promised size; it is kept between frames while it is small. */
#include "node/shell/frame.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/base/buf.h"

#define KEEP_MAX (64 * 1024)
#define GROW_FIRST 4096

static const char hello_tag[] = "SEAMPEER";

void frame_reader_init(struct frame_reader *reader, size_t limit)
{
    assert(limit > 0);
    assert(limit <= LIMIT_PEER_FRAME);
    *reader = (struct frame_reader){.limit = limit};
}

void frame_reader_deinit(struct frame_reader *reader)
{
    free(reader->data);
    *reader = (struct frame_reader){.limit = reader->limit};
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void begin_next(struct frame_reader *reader)
{
    reader->whole = false;
    reader->head_have = 0;
    reader->have = 0;
    reader->size = 0;
    if (reader->capacity > KEEP_MAX) {
        free(reader->data);
        reader->data = NULL;
        reader->capacity = 0;
    }
}

static enum err read_head(struct frame_reader *reader, struct bytes *in)
{
    const size_t take = smaller(FRAME_HEAD_SIZE - reader->head_have, in->size);
    if (take > 0) {
        memcpy(reader->head + reader->head_have, in->data, take);
        *in = bytes_of(in->data + take, in->size - take);
        reader->head_have += take;
    }
    if (reader->head_have == FRAME_HEAD_SIZE) {
        struct reader head = reader_of(bytes_of(reader->head, FRAME_HEAD_SIZE));
        reader->size = read_u32(&head);
        if (reader->size == 0 || reader->size > reader->limit) {
            return ERR_FRAME;
        }
    }
    return OK;
}

static enum err make_room(struct frame_reader *reader, size_t wanted)
{
    if (reader->capacity >= wanted) {
        return OK;
    }
    size_t capacity = reader->capacity == 0 ? GROW_FIRST : reader->capacity;
    while (capacity < wanted) {
        capacity *= 2;
    }
    uint8_t *data = realloc(reader->data, capacity);
    if (data == NULL) {
        return ERR_MEMORY;
    }
    reader->data = data;
    reader->capacity = capacity;
    return OK;
}

enum err frame_read(struct frame_reader *reader, struct bytes *in, struct bytes *frame, bool *whole)
{
    *whole = false;
    if (reader->whole) {
        begin_next(reader);
    }
    if (reader->head_have < FRAME_HEAD_SIZE) {
        const enum err err = read_head(reader, in);
        if (err != OK || reader->head_have < FRAME_HEAD_SIZE) {
            return err;
        }
    }
    const size_t take = smaller(reader->size - reader->have, in->size);
    if (take == 0) {
        return OK;
    }
    const enum err err = make_room(reader, reader->have + take);
    if (err != OK) {
        return err;
    }
    memcpy(reader->data + reader->have, in->data, take);
    reader->have += take;
    *in = bytes_of(in->data + take, in->size - take);
    if (reader->have == reader->size) {
        *frame = bytes_of(reader->data, reader->size);
        reader->whole = true;
        *whole = true;
    }
    return OK;
}

void frame_head(uint8_t out[FRAME_HEAD_SIZE], size_t size)
{
    assert(size > 0);
    assert(size <= LIMIT_PEER_FRAME);
    struct writer writer = writer_of(out, FRAME_HEAD_SIZE);
    write_u32(&writer, (uint32_t)size);
    assert(!writer.failed);
}

void frame_hello_write(uint8_t out[FRAME_HELLO_SIZE], const struct frame_hello *hello)
{
    struct writer writer = writer_of(out, FRAME_HELLO_SIZE);
    write_raw(&writer, hello_tag, 8);
    write_u8(&writer, FRAME_HELLO_VERSION);
    write_u8(&writer, hello->channel);
    write_bytes(&writer, hash_bytes(&hello->chain_id));
    assert(!writer.failed);
    assert(writer_size(&writer) == FRAME_HELLO_SIZE);
}

enum err frame_hello_read(struct frame_hello *hello, struct bytes frame)
{
    struct reader reader = reader_of(frame);
    uint8_t tag[8] = {0};
    read_raw(&reader, tag, sizeof(tag));
    const uint8_t version = read_u8(&reader);
    if (reader.failed || memcmp(tag, hello_tag, sizeof(tag)) != 0) {
        return ERR_FRAME;
    }
    if (version != FRAME_HELLO_VERSION) {
        return ERR_VERSION;
    }
    struct frame_hello read = {.channel = read_u8(&reader)};
    read_raw(&reader, read.chain_id.bytes, HASH_SIZE);
    if (!reader_done(&reader)) {
        return ERR_FRAME;
    }
    *hello = read;
    return OK;
}
