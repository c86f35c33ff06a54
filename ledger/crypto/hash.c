/* SPDX-License-Identifier: Apache-2.0 */
/* The low-level SHA-256 of libcrypto works in memory of the caller and cannot fail on valid
 * arguments; the EVP interface would take two heap allocations for each digest. */

#define OPENSSL_SUPPRESS_DEPRECATED
#include "ledger/crypto/hash.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

static_assert(sizeof(SHA256_CTX) <= sizeof(struct hasher), "context must fit");
static_assert(_Alignof(SHA256_CTX) <= _Alignof(struct hasher), "context must be aligned");
static_assert(SHA256_DIGEST_LENGTH == HASH_SIZE, "digest must fit");

static SHA256_CTX *context_of(struct hasher *hasher)
{
    return (SHA256_CTX *)(void *)hasher->state;
}

void hash_begin_raw(struct hasher *hasher)
{
    assert(hasher != NULL);
    if (SHA256_Init(context_of(hasher)) != 1) {
        abort();
    }
}

void hash_begin(struct hasher *hasher, const char *tag)
{
    assert(strlen(tag) == TAG_SIZE);
    hash_begin_raw(hasher);
    hash_add(hasher, bytes_of(tag, TAG_SIZE));
}

void hash_add(struct hasher *hasher, struct bytes in)
{
    if (in.size > 0 && SHA256_Update(context_of(hasher), in.data, in.size) != 1) {
        abort();
    }
}

void hash_add_u8(struct hasher *hasher, uint8_t value)
{
    hash_add(hasher, bytes_of(&value, 1));
}

void hash_add_u64(struct hasher *hasher, uint64_t value)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
    hash_add(hasher, bytes_of(bytes, sizeof bytes));
}

void hash_end(struct hasher *hasher, struct hash *out)
{
    if (SHA256_Final(out->bytes, context_of(hasher)) != 1) {
        abort();
    }
}

void hash_tagged(struct hash *out, const char *tag, struct bytes in)
{
    struct hasher hasher;
    hash_begin(&hasher, tag);
    hash_add(&hasher, in);
    hash_end(&hasher, out);
}

void hash_id(struct hash *out, uint8_t kind, const char *text)
{
    struct hasher hasher;
    hash_begin(&hasher, TAG_ID);
    hash_add_u8(&hasher, kind);
    hash_add(&hasher, bytes_text(text));
    hash_end(&hasher, out);
}
