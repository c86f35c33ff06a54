/* SPDX-License-Identifier: Apache-2.0 */
/* libsodium keeps the public half next to the seed and trusts the caller that they belong together;
 * signing one message under two public halves gives the key away. So the pair is derived from the
 * seed at each signature and wiped again. */

#include "ledger/crypto/sign.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "ledger/crypto/hash.h"

static_assert(SIGN_SEED_SIZE == crypto_sign_SEEDBYTES, "seed size");
static_assert(SIGN_PUBLIC_SIZE == crypto_sign_PUBLICKEYBYTES, "public key size");
static_assert(crypto_sign_BYTES == 64, "signature size");

/* RFC 8032, 7.1, test 2. */
static const char test_seed[] = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
static const char test_signature[] =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

static bool self_test(void)
{
    uint8_t seed[SIGN_SEED_SIZE];
    uint8_t expected[64];
    uint8_t signature[64];
    struct sign_key key;
    if (!hex_decode(seed, sizeof seed, bytes_text(test_seed)) ||
        !hex_decode(expected, sizeof expected, bytes_text(test_signature))) {
        return false;
    }
    sign_key_from_seed(&key, seed);
    sign_message(signature, &key, bytes_text("r"));
    if (memcmp(signature, expected, sizeof signature) != 0) {
        return false;
    }
    return sign_verify(key.public_key, bytes_text("r"), signature) &&
           !sign_verify(key.public_key, bytes_text("s"), signature);
}

enum err sign_start(void)
{
    if (sodium_init() < 0) {
        return ERR_INTERNAL;
    }
    return self_test() ? OK : ERR_INTERNAL;
}

void sign_key_from_seed(struct sign_key *key, const uint8_t seed[SIGN_SEED_SIZE])
{
    uint8_t pair[crypto_sign_SECRETKEYBYTES];
    uint8_t public_key[SIGN_PUBLIC_SIZE];
    const int result = crypto_sign_seed_keypair(public_key, pair, seed);
    assert(result == 0);
    memcpy(key->seed, seed, SIGN_SEED_SIZE);
    memcpy(key->public_key, public_key, SIGN_PUBLIC_SIZE);
    sodium_memzero(pair, sizeof pair);
}

void sign_key_random(struct sign_key *key)
{
    uint8_t seed[SIGN_SEED_SIZE];
    randombytes_buf(seed, sizeof seed);
    sign_key_from_seed(key, seed);
    sodium_memzero(seed, sizeof seed);
}

void sign_key_wipe(struct sign_key *key)
{
    sodium_memzero(key, sizeof *key);
}

void sign_message(uint8_t signature[64], const struct sign_key *key, struct bytes message)
{
    uint8_t pair[crypto_sign_SECRETKEYBYTES];
    uint8_t public_key[SIGN_PUBLIC_SIZE];
    int result = crypto_sign_seed_keypair(public_key, pair, key->seed);
    assert(result == 0);
    assert(memcmp(public_key, key->public_key, SIGN_PUBLIC_SIZE) == 0);
    result = crypto_sign_detached(signature, NULL, message.data, message.size, pair);
    assert(result == 0);
    sodium_memzero(pair, sizeof pair);
}

bool sign_verify(const uint8_t public_key[SIGN_PUBLIC_SIZE], struct bytes message,
                 const uint8_t signature[64])
{
    assert(message.data != NULL || message.size == 0);
    return crypto_sign_verify_detached(signature, message.data, message.size, public_key) == 0;
}

bool sign_public_valid(struct bytes public_key)
{
    return public_key.size == SIGN_PUBLIC_SIZE &&
           crypto_core_ed25519_is_valid_point(public_key.data) == 1;
}

void sign_key_id(struct hash *id, uint8_t suite, struct bytes public_key)
{
    struct hasher hasher;
    hash_begin(&hasher, TAG_KEY);
    hash_add_u8(&hasher, suite);
    hash_add(&hasher, public_key);
    hash_end(&hasher, id);
}
