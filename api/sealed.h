/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_SEALED_H
#define API_SEALED_H

/* A text for a few readers as one run of bytes: "SEAMSLD1", the number of readers, each reader's
 * key id and envelope, then the box. The ledger has its SHA-256 and its size (FILE_STATEMENT,
 * SEALED); whoever holds one of the signing keys opens it without any node. */

#include "ledger/crypto/box.h"
#include "ledger/crypto/hash.h"

#define SEALED_READERS_MAX 32
#define SEALED_HEAD 9
#define SEALED_ENTRY (HASH_SIZE + ENVELOPE_SIZE)

struct sealed_reader {
    struct hash key_id;
    uint8_t public_key[SIGN_PUBLIC_SIZE];
};

/* sealed_close seals plain, bound to `about` (the dispute's id). ERR_RANGE (no reader, or more than
 * SEALED_READERS_MAX), ERR_KEY, ERR_MEMORY. */
enum err NODISCARD sealed_close(struct bytes *out, struct bytes plain, const char *about,
                                const struct sealed_reader *readers, size_t count,
                                struct arena *arena);

/* sealed_open: ERR_PARSE (no such bytes), ERR_ABSENT (not for this key), ERR_KEY (changed, or about
 * something else), ERR_MEMORY. */
enum err NODISCARD sealed_open(struct bytes *out, struct bytes sealed, const char *about,
                               const struct hash *key_id, const struct sign_key *key,
                               struct arena *arena);

#endif
