/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_SCRUB_H
#define LEDGER_STORE_SCRUB_H

/* Reads what nobody reads: every record of a database, from its files and not from memory, beside
 * the node that writes them. Damage that waits in a block nobody asks for is found while the others
 * still have that block.
 *
 * Of a chain database the checks of a start are made (chain_db_open); then every block is held
 * against its key, the block below it and what `block` says of body and certificates; every record
 * of the state against the head's state root, through the tree; every other record against the
 * checksum of its place in the file and the cipher. What is wrong is read again from newly opened
 * files before it is told, because a writer may be at work. Want of memory or of file handles is no
 * damage: the pass ends there. Nothing is written. */

#include "ledger/chain/types.h"
#include "ledger/store/kv.h"

struct scrub;

#define SCRUB_RECORD 80

/* One thing that is wrong; texts are constant or inside. */
struct scrub_finding {
    enum err err; /* ERR_CORRUPT; ERR_STORAGE for a file that cannot be read, ERR_CHAIN for a chain
                     id that is another's */
    const char *family; /* of the storage plan; "files" when the opening failed */
    char record[SCRUB_RECORD]; /* "height 17", or the key in hexadecimal figures */
    char what[KV_DAMAGE_TEXT]; /* file and place where the library knows them, else what differs */
};

/* What stands in a block beyond its header: *what is a constant text when it is wrong. */
typedef enum err (*scrub_block_fn)(void *context, const struct header *header,
                                   const struct hash *id, struct bytes body,
                                   struct bytes finalization, struct bytes justification,
                                   const char **what);

struct scrub_setup {
    const char *path; /* of the database; borrowed, as all of this, until scrub_free */
    struct kv *store; /* instead of path: one in memory, left open by scrub_free; may be NULL */
    bool chain; /* a chain database, else a local one */
    const struct kv_cipher *cipher; /* NULL: values stand in clear */
    const struct hash *chain_id;
    scrub_block_fn block; /* NULL: bodies and certificates are only read */
    void (*found)(void *context, const struct scrub_finding *finding);
    void *context; /* of found; both are called by scrub_step */
    void *block_context;
};

struct scrub_counts {
    uint64_t records;
    uint64_t bytes;
    uint32_t findings;
    bool cut_short; /* memory or file handles ended: not everything was read */
};

/* scrub_new begins a pass; NULL when memory ends. */
struct scrub *scrub_new(const struct scrub_setup *setup);
/* scrub_step reads about `budget` bytes more; false when the pass is over. One thread at a time. */
bool scrub_step(struct scrub *scrub, size_t budget);
void scrub_counts(const struct scrub *scrub, struct scrub_counts *out);
void scrub_free(struct scrub *scrub); /* NULL is harmless */

#endif
