/* SPDX-License-Identifier: Apache-2.0 */
/* The nonce is random: with 24 bytes and a fresh key a document, none repeats. */
#include "ledger/crypto/box.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

static_assert(BOX_KEY_SIZE == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");
static_assert(BOX_NONCE_SIZE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
static_assert(BOX_MORE - BOX_NONCE_SIZE == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");
static_assert(ENVELOPE_SIZE == BOX_KEY_SIZE + crypto_box_SEALBYTES, "envelope");

void box_key_random(uint8_t key[BOX_KEY_SIZE])
{
    randombytes_buf(key, BOX_KEY_SIZE);
}

void box_key_wipe(uint8_t key[BOX_KEY_SIZE])
{
    sodium_memzero(key, BOX_KEY_SIZE);
}

enum err box_close(struct bytes *out, struct bytes plain, struct bytes associated,
                   const uint8_t key[BOX_KEY_SIZE], struct arena *arena)
{
    uint8_t *sealed = arena_alloc(arena, plain.size + BOX_MORE);
    if (sealed == NULL) {
        return ERR_MEMORY;
    }
    randombytes_buf(sealed, BOX_NONCE_SIZE);
    const int rc = crypto_aead_xchacha20poly1305_ietf_encrypt(
        sealed + BOX_NONCE_SIZE, NULL, plain.data, plain.size, associated.data, associated.size,
        NULL, sealed, key);
    assert(rc == 0);
    *out = bytes_of(sealed, plain.size + BOX_MORE);
    return OK;
}

enum err box_open(struct bytes *out, struct bytes sealed, struct bytes associated,
                  const uint8_t key[BOX_KEY_SIZE], struct arena *arena)
{
    if (sealed.size < BOX_MORE) {
        return ERR_LENGTH;
    }
    const size_t size = sealed.size - BOX_MORE;
    uint8_t *plain = arena_alloc(arena, size + 1);
    if (plain == NULL) {
        return ERR_MEMORY;
    }
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed.data + BOX_NONCE_SIZE,
                                                   sealed.size - BOX_NONCE_SIZE, associated.data,
                                                   associated.size, sealed.data, key) != 0) {
        return ERR_KEY;
    }
    *out = bytes_of(plain, size);
    return OK;
}

enum err envelope_close(uint8_t out[ENVELOPE_SIZE], const uint8_t key[BOX_KEY_SIZE],
                        const uint8_t reader[SIGN_PUBLIC_SIZE])
{
    uint8_t curve[crypto_box_PUBLICKEYBYTES];
    if (crypto_sign_ed25519_pk_to_curve25519(curve, reader) != 0) {
        return ERR_KEY;
    }
    return crypto_box_seal(out, key, BOX_KEY_SIZE, curve) == 0 ? OK : ERR_KEY;
}

enum err envelope_open(uint8_t key[BOX_KEY_SIZE], const uint8_t envelope[ENVELOPE_SIZE],
                       const struct sign_key *reader)
{
    uint8_t public_curve[crypto_box_PUBLICKEYBYTES];
    uint8_t secret_curve[crypto_box_SECRETKEYBYTES];
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    uint8_t public_key[SIGN_PUBLIC_SIZE];
    uint8_t opened[BOX_KEY_SIZE];
    if (crypto_sign_ed25519_pk_to_curve25519(public_curve, reader->public_key) != 0) {
        return ERR_KEY;
    }
    int rc = crypto_sign_seed_keypair(public_key, secret, reader->seed);
    assert(rc == 0);
    rc = crypto_sign_ed25519_sk_to_curve25519(secret_curve, secret);
    assert(rc == 0);
    rc = crypto_box_seal_open(opened, envelope, ENVELOPE_SIZE, public_curve, secret_curve);
    if (rc == 0) {
        memcpy(key, opened, BOX_KEY_SIZE);
    }
    sodium_memzero(opened, sizeof opened);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(secret_curve, sizeof secret_curve);
    return rc == 0 ? OK : ERR_KEY;
}
