/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CRYPTO_SIGN_H
#define LEDGER_CRYPTO_SIGN_H

/* Ed25519 with one accept rule: that of libsodium 1.0.18 crypto_sign_verify_detached (canonical S,
 * small-order and non-canonical keys and R refused, no cofactor, no batch). The vectors in
 * tests/vectors/ed25519.json say the rule for other languages. */

#include "ledger/base/bytes.h"
#include "ledger/base/err.h"

#define SIGN_SEED_SIZE 32
#define SIGN_PUBLIC_SIZE 32

/* A signing key: only the seed is kept, the public half is always derived from it. */
struct sign_key {
    uint8_t seed[SIGN_SEED_SIZE];
    uint8_t public_key[SIGN_PUBLIC_SIZE];
};

/* sign_start initialises the library and runs its self-test; once, before anything else here.
 * ERR_INTERNAL when the library is unusable. */
enum err NODISCARD sign_start(void);

void sign_key_from_seed(struct sign_key *key, const uint8_t seed[SIGN_SEED_SIZE]);
/* sign_key_random draws a seed from the operating system; the one random source in ledger/. */
void sign_key_random(struct sign_key *key);
void sign_key_wipe(struct sign_key *key);

void sign_message(uint8_t signature[64], const struct sign_key *key, struct bytes message);
bool NODISCARD sign_verify(const uint8_t public_key[SIGN_PUBLIC_SIZE], struct bytes message,
                           const uint8_t signature[64]);

/* sign_public_valid says whether a public key may be registered: 32 bytes, canonical, on the curve
 * and in the subgroup of prime order (which every honestly made key is). */
bool NODISCARD sign_public_valid(struct bytes public_key);

/* sign_key_id is H(TAG_KEY, suite, public key). */
void sign_key_id(struct hash *id, uint8_t suite, struct bytes public_key);

#endif
