/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CORE_SLOT_H
#define NODE_CORE_SLOT_H

/* signer.state: what a consensus key must never forget, in two 512-byte slots of one file in the
 * key directory, overwritten in turn and never renamed (consensus.md 2.9, decision D6). Created
 * once, by `seam key new`, together with the key; a node never creates it, no backup contains it.
 */

#include "ledger/chain/encode.h"
#include "node/core/env.h"

#define SLOT_FILE "signer.state"
#define SLOT_SIZE 512
#define SLOT_FILE_SIZE (2 * SLOT_SIZE)

struct slot_state {
    uint64_t seq; /* of this write; its lowest bit says which slot */
    struct hash chain_id; /* zero until the first start on a chain */
    struct hash key_id;
    struct hash fingerprint; /* of machine and data directory; zero until the first start */
    uint64_t epoch;
    uint64_t view;
    uint8_t phase;
    bool muted;
    bool has_vote;
    struct vote vote; /* the signed vote of this position */
};

struct slot {
    const struct env *env;
    struct env_file *file;
    struct slot_state state;
    bool torn; /* the other slot is damaged: a torn write, if the log is whole */
    bool failed;
};

/* slot_new fills the first content of signer.state for a key that has never voted: for
 * `seam key new`, the only caller that may create the file. */
void slot_new(uint8_t out[SLOT_FILE_SIZE], const struct hash *key_id);

/* slot_read takes the newer of the two slots in such a file's bytes; *torn: the other one is
 * damaged. ERR_CORRUPT: neither is whole. */
enum err NODISCARD slot_read(struct slot_state *out, bool *torn, const uint8_t raw[SLOT_FILE_SIZE]);

/* slot_open reads both slots and takes the newer one. ERR_ABSENT: no file, which means the key may
 * not vote; ERR_CORRUPT: neither slot is whole (the same); ERR_KEY: of another key; ERR_CHAIN: of
 * another chain; ERR_STORAGE. */
enum err NODISCARD slot_open(struct slot *slot, const struct env *env, const struct hash *chain_id,
                             const struct hash *key_id, struct err_detail *detail);

/* slot_write makes state durable in the older slot. state->seq is set here. After ERR_STORAGE the
 * slot refuses everything. */
enum err NODISCARD slot_write(struct slot *slot, const struct slot_state *state);
void slot_close(struct slot *slot);

#endif
