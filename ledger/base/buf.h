/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_BASE_BUF_H
#define LEDGER_BASE_BUF_H

/* Bounded reading and writing of little-endian fixed-width fields. A reader or writer that ran out
 * stays failed; check once at the end. Big-endian variants exist for database keys only, which must
 * sort as numbers. */

#include "ledger/base/bytes.h"

struct reader {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

struct writer {
    uint8_t *start;
    uint8_t *at;
    uint8_t *end;
    bool failed;
};

struct reader reader_of(struct bytes in);
uint8_t read_u8(struct reader *reader);
uint16_t read_u16(struct reader *reader);
uint32_t read_u32(struct reader *reader);
uint64_t read_u64(struct reader *reader);
uint32_t read_u32_be(struct reader *reader);
uint64_t read_u64_be(struct reader *reader);
void read_raw(struct reader *reader, void *out, size_t size);
struct bytes read_bytes(struct reader *reader, size_t size); /* borrows from the input */
/* reader_done is true when nothing failed and nothing is left. */
bool NODISCARD reader_done(const struct reader *reader);
size_t reader_left(const struct reader *reader);

struct writer writer_of(void *out, size_t size);
void write_u8(struct writer *writer, uint8_t value);
void write_u16(struct writer *writer, uint16_t value);
void write_u32(struct writer *writer, uint32_t value);
void write_u64(struct writer *writer, uint64_t value);
void write_u32_be(struct writer *writer, uint32_t value);
void write_u64_be(struct writer *writer, uint64_t value);
void write_raw(struct writer *writer, const void *data, size_t size);
void write_bytes(struct writer *writer, struct bytes in);
size_t writer_size(const struct writer *writer);
/* writer_bytes is what was written so far; borrows. */
struct bytes writer_bytes(const struct writer *writer);

#endif
