/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CORE_SIGNER_H
#define NODE_CORE_SIGNER_H

/* The only code that can sign a vote. It guards the position (epoch, view, phase), which only
 * grows, and works in the order of decision D2: sign in memory, log and sync it, slot and sync it,
 * release. Runs on its own thread; nothing else touches log, slot and key after signer_open. */

#include "ledger/crypto/sign.h"
#include "node/core/log.h"
#include "node/core/slot.h"

struct signer {
    const struct env *env;
    struct log *log; /* owned */
    bool has_key; /* false: an observer's; the log alone is written */
    struct sign_key key;
    struct hash chain_id;
    uint8_t suite;
    struct slot slot;
    bool has_last; /* the last signed vote: an identical repeat gives these bytes */
    struct vote last;
    uint64_t epoch; /* the guard */
    uint64_t view;
    uint8_t phase;
    bool muted;
};

/* vote_phase: 1 for NOTARIZE, 2 for NULLIFY and FINALIZE. */
uint8_t vote_phase(enum vote_kind kind);

/* signer_open takes log. slot and key are NULL for an observer; slot is taken otherwise. logged is
 * the last VOTE record of the log or NULL: the guard is the higher of both. */
void signer_open(struct signer *signer, const struct env *env, struct log *log,
                 const struct slot *slot, const struct sign_key *key, const struct hash *chain_id,
                 uint8_t suite, const struct vote *logged);
/* signer_close releases log and slot and wipes the key. */
void signer_close(struct signer *signer);

/* signer_complete writes the slot when the log is ahead of it (a crash between the two syncs) or
 * one of its halves is torn. The fingerprint goes in with the next write; a node that moved and
 * crashes before it voted therefore listens again. */
enum err NODISCARD signer_complete(struct signer *signer, const struct hash *fingerprint);

/* signer_cast checks the guard and signs in memory: vote->signature is filled and the VOTE record
 * appended, but nothing may leave before signer_sync. ERR_STATE_MACHINE: the guard refuses;
 * ERR_STORAGE. *repeated: the very same vote again, its stored bytes are given. */
enum err NODISCARD signer_cast(struct signer *signer, struct vote *vote, bool *repeated);

/* signer_sync makes everything appended and cast durable: log, then slot. Any error is final. */
enum err NODISCARD signer_sync(struct signer *signer);

/* signer_mute writes into the slot that this key never votes again. */
enum err NODISCARD signer_mute(struct signer *signer);

/* signer_advance raises the guard of a lost log to a view whose F is held (decision D6). */
void signer_advance(struct signer *signer, uint64_t epoch, uint64_t view);

#endif
