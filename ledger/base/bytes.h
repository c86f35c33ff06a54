/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_BASE_BYTES_H
#define LEDGER_BASE_BYTES_H

/* A borrowed run of bytes and the 32-byte digest, the two values everything in the ledger passes
 * around. Neither owns memory. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NODISCARD __attribute__((warn_unused_result))

struct bytes {
    const uint8_t *data;
    size_t size;
};

#define HASH_SIZE 32

struct hash {
    uint8_t bytes[HASH_SIZE];
};

/* bytes_of wraps memory that outlives the result. */
struct bytes bytes_of(const void *data, size_t size);

/* bytes_text wraps a NUL-terminated text without its terminator; borrows. */
struct bytes bytes_text(const char *text);

bool bytes_equal(struct bytes a, struct bytes b);

/* bytes_compare orders as memcmp does, a prefix before the longer run. Returns <0, 0, >0. */
int bytes_compare(struct bytes a, struct bytes b);

bool hash_equal(const struct hash *a, const struct hash *b);
bool hash_is_zero(const struct hash *hash);
struct bytes hash_bytes(const struct hash *hash);

/* hex_encode writes 2 * in.size lower-case digits and a NUL; out must hold them. */
void hex_encode(char *out, struct bytes in);

/* hex_decode reads exactly 2 * size lower- or upper-case digits. False leaves out untouched. */
bool NODISCARD hex_decode(uint8_t *out, size_t size, struct bytes text);

#endif
