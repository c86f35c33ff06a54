/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

/* What the store's tests share: a directory of their own, a cipher that notices swapped values, a
 * fixed random sequence. */

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/crypto/hash.h"
#include "ledger/store/kv.h"

#define UNUSED __attribute__((unused))

static UNUSED char *directory_new(void)
{
    char *path = strdup("/tmp/seam-test-XXXXXX");
    assert_non_null(path);
    assert_non_null(mkdtemp(path));
    return path;
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *walk)
{
    (void)stat;
    (void)type;
    (void)walk;
    return remove(path);
}

static UNUSED void directory_free(char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(path);
}

/* --- random, the same every time ----------------------------------------------------------------
 */

static uint64_t random_state = 1;

static UNUSED uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % limit;
}

/* --- a cipher --------------------------------------------------------------------------------- */

static void cipher_tag(uint8_t tag[32], uint32_t family, struct bytes key)
{
    struct hasher hasher;
    struct hash hash;
    hash_begin(&hasher, "TESTCIPH");
    hash_add_u64(&hasher, family);
    hash_add(&hasher, key);
    hash_end(&hasher, &hash);
    memcpy(tag, hash.bytes, 32);
}

static UNUSED enum err cipher_seal(void *context, uint32_t family, struct bytes key,
                                   struct bytes value, struct arena *arena, struct bytes *out)
{
    (void)context;
    uint8_t *sealed = arena_alloc(arena, value.size + 32);
    if (sealed == NULL) {
        return ERR_MEMORY;
    }
    cipher_tag(sealed, family, key);
    for (size_t i = 0; i < value.size; i++) {
        sealed[32 + i] = value.data[i] ^ 0x5a;
    }
    *out = bytes_of(sealed, value.size + 32);
    return OK;
}

static UNUSED enum err cipher_open(void *context, uint32_t family, struct bytes key,
                                   struct bytes value, struct arena *arena, struct bytes *out)
{
    (void)context;
    uint8_t tag[32];
    cipher_tag(tag, family, key);
    if (value.size < 32 || memcmp(tag, value.data, 32) != 0) {
        return ERR_CORRUPT;
    }
    uint8_t *opened = arena_alloc(arena, value.size - 32);
    if (opened == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 32; i < value.size; i++) {
        opened[i - 32] = value.data[i] ^ 0x5a;
    }
    *out = bytes_of(opened, value.size - 32);
    return OK;
}

static UNUSED const struct kv_cipher TEST_CIPHER = {NULL, cipher_seal, cipher_open};

#endif
