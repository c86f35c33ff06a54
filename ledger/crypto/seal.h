/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CRYPTO_SEAL_H
#define LEDGER_CRYPTO_SEAL_H

/* A 32-byte secret under a passphrase: Argon2id stretches the passphrase, secretbox (XSalsa20 and
 * Poly1305) seals the secret, so a wrong passphrase and a changed byte are both noticed. Used for
 * key files only; nothing of it is ever part of the chain. */

#include "ledger/base/bytes.h"
#include "ledger/base/err.h"

#define SEAL_SECRET_SIZE 32
#define SEAL_SALT_SIZE 16
#define SEAL_NONCE_SIZE 24
#define SEAL_SEALED_SIZE (SEAL_SECRET_SIZE + 16)

/* Cost of the stretching. A file that asks for more than these maxima is refused before any work:
 * a forged key file must not be able to exhaust the memory of whoever opens it. */
#define SEAL_OPERATIONS_MAX 10
#define SEAL_MEMORY_KIB_MAX (1024 * 1024)

struct seal_cost {
    uint32_t operations; /* passes over the memory */
    uint32_t memory_kib;
};

struct sealed {
    struct seal_cost cost;
    uint8_t salt[SEAL_SALT_SIZE];
    uint8_t nonce[SEAL_NONCE_SIZE];
    uint8_t bytes[SEAL_SEALED_SIZE];
};

/* seal_cost_default is what new files get: 3 passes over 256 MiB, about half a second. */
struct seal_cost seal_cost_default(void);

/* seal_close seals secret with fresh salt and nonce. sign_start must have run. ERR_RANGE for a cost
 * out of bounds, ERR_LENGTH for an empty passphrase, ERR_MEMORY. */
enum err NODISCARD seal_close(struct sealed *out, const uint8_t secret[SEAL_SECRET_SIZE],
                              struct bytes passphrase, struct seal_cost cost);

/* seal_open undoes it. ERR_KEY for a wrong passphrase or changed bytes, ERR_RANGE for a cost out of
 * bounds, ERR_MEMORY. secret is untouched on failure. */
enum err NODISCARD seal_open(uint8_t secret[SEAL_SECRET_SIZE], const struct sealed *sealed,
                             struct bytes passphrase);

/* seal_wipe overwrites memory in a way the compiler keeps. */
void seal_wipe(void *memory, size_t size);

/* seal_derive makes another secret from one, the same each time; context is eight characters that
 * say what it is for. Knowing it tells nothing of the first. */
void seal_derive(uint8_t out[SEAL_SECRET_SIZE], const uint8_t secret[SEAL_SECRET_SIZE],
                 const char context[8]);

/* seal_random fills memory from the operating system: salts, tokens, jitter; never anything that
 * decides what a block contains. */
void seal_random(void *memory, size_t size);

#endif
