/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers are put together from bytes, so the result does not depend on the machine's own order.
 * After the first overrun every read gives zero and every write does nothing. */

#include "ledger/base/buf.h"

#include <assert.h>
#include <string.h>

struct reader reader_of(struct bytes in)
{
    if (in.size == 0) {
        return (struct reader){0};
    }
    return (struct reader){.at = in.data, .end = in.data + in.size};
}

size_t reader_left(const struct reader *reader)
{
    return reader->failed || reader->at == NULL ? 0 : (size_t)(reader->end - reader->at);
}

bool reader_done(const struct reader *reader)
{
    return !reader->failed && reader->at == reader->end;
}

struct bytes read_bytes(struct reader *reader, size_t size)
{
    assert(reader->at <= reader->end);
    if (reader->failed || size > reader_left(reader)) {
        reader->failed = true;
        return (struct bytes){0};
    }
    const struct bytes out = {.data = reader->at, .size = size};
    if (size > 0) {
        reader->at += size;
    }
    return out;
}

static uint64_t read_little(struct reader *reader, size_t size)
{
    const struct bytes in = read_bytes(reader, size);
    uint64_t value = 0;
    for (size_t i = in.size; i > 0; i--) {
        value = value << 8 | in.data[i - 1];
    }
    return value;
}

uint8_t read_u8(struct reader *reader)
{
    return (uint8_t)read_little(reader, 1);
}

uint16_t read_u16(struct reader *reader)
{
    return (uint16_t)read_little(reader, 2);
}

uint32_t read_u32(struct reader *reader)
{
    return (uint32_t)read_little(reader, 4);
}

uint64_t read_u64(struct reader *reader)
{
    return read_little(reader, 8);
}

static uint64_t read_big(struct reader *reader, size_t size)
{
    const struct bytes in = read_bytes(reader, size);
    uint64_t value = 0;
    for (size_t i = 0; i < in.size; i++) {
        value = value << 8 | in.data[i];
    }
    return value;
}

uint32_t read_u32_be(struct reader *reader)
{
    return (uint32_t)read_big(reader, 4);
}

uint64_t read_u64_be(struct reader *reader)
{
    return read_big(reader, 8);
}

void read_raw(struct reader *reader, void *out, size_t size)
{
    const struct bytes in = read_bytes(reader, size);
    if (size == 0) {
        return;
    }
    if (reader->failed) {
        memset(out, 0, size);
        return;
    }
    memcpy(out, in.data, size);
}

struct writer writer_of(void *out, size_t size)
{
    assert(out != NULL || size == 0);
    if (size == 0) {
        return (struct writer){0};
    }
    uint8_t *start = out;
    return (struct writer){.start = start, .at = start, .end = start + size};
}

void write_raw(struct writer *writer, const void *data, size_t size)
{
    assert(writer->at <= writer->end);
    if (size == 0) {
        return;
    }
    if (writer->failed || writer->at == NULL || size > (size_t)(writer->end - writer->at)) {
        writer->failed = true;
        return;
    }
    memcpy(writer->at, data, size);
    writer->at += size;
}

void write_bytes(struct writer *writer, struct bytes in)
{
    write_raw(writer, in.data, in.size);
}

static void write_little(struct writer *writer, uint64_t value, size_t size)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
    write_raw(writer, bytes, size);
}

void write_u8(struct writer *writer, uint8_t value)
{
    write_little(writer, value, 1);
}

void write_u16(struct writer *writer, uint16_t value)
{
    write_little(writer, value, 2);
}

void write_u32(struct writer *writer, uint32_t value)
{
    write_little(writer, value, 4);
}

void write_u64(struct writer *writer, uint64_t value)
{
    write_little(writer, value, 8);
}

static void write_big(struct writer *writer, uint64_t value, size_t size)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    }
    write_raw(writer, bytes, size);
}

void write_u32_be(struct writer *writer, uint32_t value)
{
    write_big(writer, value, 4);
}

void write_u64_be(struct writer *writer, uint64_t value)
{
    write_big(writer, value, 8);
}

size_t writer_size(const struct writer *writer)
{
    return writer->at == NULL ? 0 : (size_t)(writer->at - writer->start);
}

struct bytes writer_bytes(const struct writer *writer)
{
    return bytes_of(writer->start, writer_size(writer));
}
