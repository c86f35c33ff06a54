/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_FRAME_H
#define NODE_SHELL_FRAME_H

/* Frames in a stream of bytes: u32 little-endian size, then so many bytes. A size of zero or above
 * the limit is refused before anything is allocated for it, and memory grows with what has arrived,
 * not with what was promised. */

#include "ledger/base/err.h"
#include "ledger/base/limits.h"

#define FRAME_HEAD_SIZE 4

struct frame_reader {
    uint8_t head[FRAME_HEAD_SIZE];
    size_t head_have;
    uint8_t *data;
    size_t have;
    size_t size; /* promised by head */
    size_t capacity;
    size_t limit;
    bool whole; /* data holds a frame that was given out */
};

/* frame_reader_init accepts frames of 1..limit bytes. */
void frame_reader_init(struct frame_reader *reader, size_t limit);
void frame_reader_deinit(struct frame_reader *reader);

/* frame_read takes bytes from the front of *in. *whole says whether *frame is one now; it is
 * borrowed until the next call. Call again while *in has bytes left. ERR_FRAME for a size out of
 * bounds, after which the stream cannot be followed any more; ERR_MEMORY. */
enum err NODISCARD frame_read(struct frame_reader *reader, struct bytes *in, struct bytes *frame,
                              bool *whole);

/* frame_head writes the head of a frame of that size, 1..LIMIT_PEER_FRAME. */
void frame_head(uint8_t out[FRAME_HEAD_SIZE], size_t size);

/* --- the first frame of a connection ------------------------------------------------------------
 * It says what the connection is for: "SEAMPEER", u8 version, u8 channel, chain id. */

#define FRAME_HELLO_SIZE (8 + 1 + 1 + HASH_SIZE)
#define FRAME_HELLO_VERSION 1

struct frame_hello {
    uint8_t channel; /* enum env_channel */
    struct hash chain_id;
};

void frame_hello_write(uint8_t out[FRAME_HELLO_SIZE], const struct frame_hello *hello);
/* ERR_FRAME not a hello, ERR_VERSION another version. */
enum err NODISCARD frame_hello_read(struct frame_hello *hello, struct bytes frame);

#endif
