/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CRYPTO_CREDENTIAL_H
#define LEDGER_CRYPTO_CREDENTIAL_H

/* Secrets that callers of the interface present (decision D40): stored as Argon2id, compared in
 * constant time; tokens are a keyed hash of what they stand for. Nothing of it is ever part of the
 * chain. sign_start must have run. */

#include "ledger/base/bytes.h"
#include "ledger/base/err.h"

#define CREDENTIAL_HASH_SIZE 128

/* credential_hash writes "$argon2id$..." with a fresh salt: 2 passes over 64 MiB. ERR_MEMORY. */
enum err NODISCARD credential_hash(char out[CREDENTIAL_HASH_SIZE], struct bytes secret);

/* credential_check recomputes; false also for a hash that is none. Takes some 100 ms and 64 MiB. */
bool NODISCARD credential_check(const char *hash, struct bytes secret);

/* credential_mac is HMAC-SHA256. */
void credential_mac(struct hash *out, const uint8_t key[32], struct bytes message);

/* credential_equal compares without telling where the difference is. */
bool NODISCARD credential_equal(const void *a, const void *b, size_t size);

#endif
