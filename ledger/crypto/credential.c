/* SPDX-License-Identifier: Apache-2.0 */
/* Argon2id and HMAC of libsodium with its interactive cost: a wrong guess costs an attacker as much
 * as a right one costs us, and the door admits two at a time. */

#include "ledger/crypto/credential.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

static_assert(CREDENTIAL_HASH_SIZE == crypto_pwhash_STRBYTES, "hash text");
static_assert(HASH_SIZE == crypto_auth_hmacsha256_BYTES, "MAC size");

enum err credential_hash(char out[CREDENTIAL_HASH_SIZE], struct bytes secret)
{
    char hash[CREDENTIAL_HASH_SIZE];
    if (crypto_pwhash_str_alg(
            hash, (const char *)secret.data, secret.size, crypto_pwhash_OPSLIMIT_INTERACTIVE,
            crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0) {
        return ERR_MEMORY;
    }
    memcpy(out, hash, sizeof hash);
    return OK;
}

bool credential_check(const char *hash, struct bytes secret)
{
    char padded[CREDENTIAL_HASH_SIZE] = {0};
    const size_t size = strlen(hash);
    if (size >= sizeof padded || strncmp(hash, "$argon2id$", 10) != 0) {
        return false;
    }
    memcpy(padded, hash, size);
    return crypto_pwhash_str_verify(padded, (const char *)secret.data, secret.size) == 0;
}

void credential_mac(struct hash *out, const uint8_t key[32], struct bytes message)
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key, 32);
    crypto_auth_hmacsha256_update(&state, message.data, message.size);
    crypto_auth_hmacsha256_final(&state, out->bytes);
    sodium_memzero(&state, sizeof state);
}

bool credential_equal(const void *a, const void *b, size_t size)
{
    return sodium_memcmp(a, b, size) == 0;
}
