/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters stand in the sealed value, so the default can be raised without breaking old
 * files; they are checked against fixed maxima first. */
#include "ledger/crypto/seal.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

static_assert(SEAL_SALT_SIZE == crypto_pwhash_SALTBYTES, "salt");
static_assert(SEAL_NONCE_SIZE == crypto_secretbox_NONCEBYTES, "nonce");
static_assert(SEAL_SEALED_SIZE == SEAL_SECRET_SIZE + crypto_secretbox_MACBYTES, "sealed size");

struct seal_cost seal_cost_default(void)
{
    return (struct seal_cost){.operations = 3, .memory_kib = 256 * 1024};
}

static enum err cost_check(struct seal_cost cost)
{
    if (cost.operations < crypto_pwhash_OPSLIMIT_MIN || cost.operations > SEAL_OPERATIONS_MAX) {
        return ERR_RANGE;
    }
    if (cost.memory_kib < crypto_pwhash_MEMLIMIT_MIN / 1024 ||
        cost.memory_kib > SEAL_MEMORY_KIB_MAX) {
        return ERR_RANGE;
    }
    return OK;
}

static enum err stretch(uint8_t key[crypto_secretbox_KEYBYTES], const uint8_t *salt,
                        struct bytes passphrase, struct seal_cost cost)
{
    const int rc = crypto_pwhash(key, crypto_secretbox_KEYBYTES, (const char *)passphrase.data,
                                 passphrase.size, salt, cost.operations,
                                 (size_t)cost.memory_kib * 1024, crypto_pwhash_ALG_ARGON2ID13);
    /* The library fails here only when it cannot get the memory. */
    return rc == 0 ? OK : ERR_MEMORY;
}

enum err seal_close(struct sealed *out, const uint8_t secret[SEAL_SECRET_SIZE],
                    struct bytes passphrase, struct seal_cost cost)
{
    assert(out != NULL);
    assert(secret != NULL);
    if (passphrase.size == 0) {
        return ERR_LENGTH;
    }
    enum err err = cost_check(cost);
    if (err != OK) {
        return err;
    }
    struct sealed sealed = {.cost = cost};
    uint8_t key[crypto_secretbox_KEYBYTES];
    randombytes_buf(sealed.salt, sizeof(sealed.salt));
    randombytes_buf(sealed.nonce, sizeof(sealed.nonce));
    err = stretch(key, sealed.salt, passphrase, cost);
    if (err == OK) {
        const int rc =
            crypto_secretbox_easy(sealed.bytes, secret, SEAL_SECRET_SIZE, sealed.nonce, key);
        assert(rc == 0);
        *out = sealed;
    }
    sodium_memzero(key, sizeof(key));
    return err;
}

enum err seal_open(uint8_t secret[SEAL_SECRET_SIZE], const struct sealed *sealed,
                   struct bytes passphrase)
{
    assert(sealed != NULL);
    assert(secret != NULL);
    if (passphrase.size == 0) {
        return ERR_KEY;
    }
    enum err err = cost_check(sealed->cost);
    if (err != OK) {
        return err;
    }
    uint8_t key[crypto_secretbox_KEYBYTES];
    uint8_t opened[SEAL_SECRET_SIZE];
    err = stretch(key, sealed->salt, passphrase, sealed->cost);
    if (err == OK) {
        if (crypto_secretbox_open_easy(opened, sealed->bytes, SEAL_SEALED_SIZE, sealed->nonce,
                                       key) == 0) {
            memcpy(secret, opened, sizeof(opened));
        } else {
            err = ERR_KEY;
        }
    }
    sodium_memzero(key, sizeof(key));
    sodium_memzero(opened, sizeof(opened));
    return err;
}

void seal_wipe(void *memory, size_t size)
{
    sodium_memzero(memory, size);
}

static_assert(SEAL_SECRET_SIZE == crypto_kdf_KEYBYTES, "derivation key");

void seal_derive(uint8_t out[SEAL_SECRET_SIZE], const uint8_t secret[SEAL_SECRET_SIZE],
                 const char context[8])
{
    const int rc = crypto_kdf_derive_from_key(out, SEAL_SECRET_SIZE, 1, context, secret);
    assert(rc == 0);
}

void seal_random(void *memory, size_t size)
{
    randombytes_buf(memory, size);
}
