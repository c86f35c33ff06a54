/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CRYPTO_HASH_H
#define LEDGER_CRYPTO_HASH_H

/* SHA-256 through libcrypto, always with a domain tag first. Allocation failure inside the library
 * is our end: these functions abort rather than return a wrong digest. */

#include "ledger/base/bytes.h"
#include "ledger/crypto/tags.h"

struct hasher {
    _Alignas(
        16) uint8_t state[160]; /* large enough for the library's context, asserted in hash.c */
};

/* hash_begin starts a digest with an 8-byte tag from tags.h. */
void hash_begin(struct hasher *hasher, const char *tag);
/* hash_begin_raw starts without a tag: RFC 6962 nodes, whose first byte separates them. */
void hash_begin_raw(struct hasher *hasher);
void hash_add(struct hasher *hasher, struct bytes in);
void hash_add_u8(struct hasher *hasher, uint8_t value);
void hash_add_u64(struct hasher *hasher, uint64_t value); /* little-endian */
void hash_end(struct hasher *hasher, struct hash *out);

/* hash_tagged is begin, add, end. */
void hash_tagged(struct hash *out, const char *tag, struct bytes in);

/* hash_id is the 32-byte form of a text id: H(TAG_ID, kind, text); kind is the byte of the table
 * in ledger/keys.h that holds the record. */
void hash_id(struct hash *out, uint8_t kind, const char *text);

#endif
