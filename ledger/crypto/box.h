/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CRYPTO_BOX_H
#define LEDGER_CRYPTO_BOX_H

/* Documents for few eyes: a document is sealed under a key of its own (XChaCha20-Poly1305), and
 * that key goes into one envelope a reader (libsodium's sealed box). A reader is whoever holds an
 * Ed25519 signing key: the envelope is closed for the X25519 form of its public half, so that
 * nobody needs a second key. */

#include "ledger/base/arena.h"
#include "ledger/crypto/sign.h"

#define BOX_KEY_SIZE 32
#define BOX_NONCE_SIZE 24
#define BOX_MORE (BOX_NONCE_SIZE + 16) /* what a sealed text is longer than the plain one */
#define ENVELOPE_SIZE (BOX_KEY_SIZE + 48)

void box_key_random(uint8_t key[BOX_KEY_SIZE]);
void box_key_wipe(uint8_t key[BOX_KEY_SIZE]);

/* box_close seals plain: nonce, then text and tag, in arena. associated is bound to it and must be
 * the same again when it is opened. ERR_MEMORY. */
enum err NODISCARD box_close(struct bytes *out, struct bytes plain, struct bytes associated,
                             const uint8_t key[BOX_KEY_SIZE], struct arena *arena);
/* ERR_KEY when key, associated or a byte of sealed is another; ERR_LENGTH, ERR_MEMORY. */
enum err NODISCARD box_open(struct bytes *out, struct bytes sealed, struct bytes associated,
                            const uint8_t key[BOX_KEY_SIZE], struct arena *arena);

/* envelope_close puts key into an envelope for the holder of a public key. ERR_KEY where that is no
 * key. */
enum err NODISCARD envelope_close(uint8_t out[ENVELOPE_SIZE], const uint8_t key[BOX_KEY_SIZE],
                                  const uint8_t reader[SIGN_PUBLIC_SIZE]);
/* ERR_KEY when it was closed for another or changed. */
enum err NODISCARD envelope_open(uint8_t key[BOX_KEY_SIZE], const uint8_t envelope[ENVELOPE_SIZE],
                                 const struct sign_key *reader);

#endif
