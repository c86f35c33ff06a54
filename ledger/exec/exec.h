/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_EXEC_EXEC_H
#define LEDGER_EXEC_EXEC_H

/* Judging a transaction and executing a block. One function judges at the door and in a block
 * (decision D16). Execution writes into an overlay; nothing else changes. */

#include "ledger/chain/types.h"
#include "ledger/governance/rule.h"

/* exec_rows joins the tables of all rule folders, ascending by type. exec_row finds one or NULL. */
const struct rule_row *const *exec_rows(size_t *count);
const struct rule_row *exec_row(uint32_t type);
const struct rule_row *exec_row_by_name(const char *name_or_operation);
/* exec_row_fields gives the bounds of the fields of a row's messages; exec_fields all tables. */
const struct field_table *exec_row_fields(const struct rule_row *row);
const struct field_table *const *exec_fields(size_t *count);

/* The newest rules version this program can execute. A block under a newer one is UNABLE, with
 * ERR_VERSION in detail: the node stops before voting and says UPGRADE_NEEDED (decision D7). */
#define EXEC_RULES_VERSION 1

/* A signed transaction taken apart; everything borrows from the arena or the input bytes. */
struct exec_tx {
    struct bytes raw; /* the canonical Transaction */
    struct hash tx_id;
    struct bytes body_bytes;
    struct bytes detached_bytes;
    const struct rule_row *row;
    const char *organisation;
    uint64_t valid_until_ms;
    const char *idempotency_key;
    const ProtobufCMessage *payload;
    const ProtobufCMessage *detached;
    size_t signature_count;
    struct {
        struct hash key_id;
        uint8_t signature[SIGNATURE_SIZE];
    } signatures[LIMIT_TX_SIGNATURES];
};

/* exec_decode is pure: strict decoding of all levels, bounds of fields, signature order. The
 * message that each signature signs is exec_signed_message. */
enum err NODISCARD exec_decode(struct exec_tx *tx, const struct hash *chain_id, struct bytes raw,
                               struct arena *arena, struct err_detail *detail);
/* exec_envelope takes the outermost level alone apart, strictly: id, bytes of body and detached
 * part, signatures. That is all a leaf of tx_root is made of; what the body says stays unread. */
enum err NODISCARD exec_envelope(struct exec_tx *tx, const struct hash *chain_id, struct bytes raw,
                                 struct arena *arena, struct err_detail *detail);
/* exec_peek_body and exec_peek_organisation read the body, and the organisation that it names, off
 * the outside of a transaction, trusting nothing: for what has to be asked before decoding. False:
 * it is not formed like one; otherwise it may still be refused. *body borrows from raw. */
bool exec_peek_body(struct bytes raw, struct bytes *body);
bool exec_peek_organisation(struct bytes raw, char out[LIMIT_ID_TEXT + 1]);
void exec_tx_id(struct hash *tx_id, const struct hash *chain_id, struct bytes body);

/* exec_tx_ids writes those of all `count` transactions of a block's body, which was judged before.
 * ERR_CORRUPT: it does not have so many. */
enum err NODISCARD exec_tx_ids(struct hash *ids, const struct hash *chain_id, struct bytes body,
                               uint32_t count);
/* exec_idempotency_valid says whether a sender's own name for a transaction has its form. */
bool exec_idempotency_valid(const char *key);
/* "SEAMTXN1", chain id, body. ERR_MEMORY. */
enum err NODISCARD exec_signed_message(struct bytes *out, const struct hash *chain_id,
                                       struct bytes body, struct arena *arena);

/* authentic(public key, message, signature) is for ever true, so its yes can be cached by the whole
 * triple. NULL = verify each time. */
struct exec_verifier {
    void *context;
    bool (*verify)(void *context, const uint8_t *public_key, struct bytes message,
                   const uint8_t *signature);
};

/* known is handed to the rules (rule.h). What one judging added with the arena it had, another one
 * must have room for: no arena may be larger than EXEC_TX_BUDGET. */
struct exec_env {
    struct hash chain_id;
    struct exec_verifier verifier;
    struct known known; /* all zero: nothing is remembered */
};

/* exec_judge applies one transaction to state as if it stood next in a block of this height and
 * time: replay (decision D5), keys, roles, signatures, rule. Writes stay only on JUDGE_OK; for a
 * mere question pass a throw-away overlay. receipt_out (may be NULL) lives in arena; its index is
 * 0. EXEC_TX_BUDGET is what an arena for decoding and judging one transaction should hold: all
 * nodes use the same, so that none accepts what another has no room for. */
#define EXEC_TX_BUDGET ((size_t)64 << 20)
enum judgement exec_judge(const struct exec_env *env, struct overlay *state, uint64_t height,
                          uint64_t time_ms, const struct exec_tx *tx, struct arena *arena,
                          struct bytes *receipt_out, struct err_detail *detail);

/* exec_duplicate: the transaction that stands for tx already: itself, the one with the same
 * idempotency key (same_content says whether it asks for the same), or the one that its row says
 * has recorded the same content. ERR_ABSENT: none. exec_judge refuses these as JUDGE_NEVER with
 * ERR_DUPLICATE (same content) or ERR_CONFLICT. */
enum err NODISCARD exec_duplicate(struct hash *first, bool *same_content, struct overlay *state,
                                  uint64_t time_ms, const struct exec_tx *tx, struct arena *arena);

/* exec_tx_leaf is the leaf of tx_root (decision D4). */
void exec_tx_leaf(struct hash *leaf, const struct exec_tx *tx);
/* exec_cost is the cost of a transaction in units of block_cost_max (decision D25). */
uint32_t exec_cost(const struct exec_tx *tx);

/* A block being built or checked. */
enum verdict { VERDICT_VALID, VERDICT_INVALID, VERDICT_UNABLE };

/* The roots that an empty database and history give the executor; filled by the caller, who owns
 * the trees: state_root_of computes the state root after the sealed overlay on its parent. */
struct exec_roots {
    void *context;
    enum err (*state_root_of)(void *context, struct overlay *overlay, struct hash *out);
};

struct exec_result {
    uint32_t tx_count;
    uint32_t body_size;
    struct hash tx_root;
    struct hash receipts_root;
    struct hash state_root;
};

/* Body = tx_count transactions, each u32 little-endian length and bytes. */
struct exec_builder;
/* exec_build_start begins a block at height and time on state (an empty overlay above the parent;
 * borrowed until finish). Gives *out. */
enum err NODISCARD exec_build_start(struct exec_builder **out, const struct exec_env *env,
                                    struct overlay *state, uint64_t height, uint64_t time_ms);
/* exec_build_add tries one transaction; the body grows on JUDGE_OK. ERR_TOO_LARGE in detail with
 * JUDGE_NOT_YET: the block is full. */
enum judgement exec_build_add(struct exec_builder *builder, struct bytes raw,
                              struct err_detail *detail);
/* exec_build_finish seals state, computes the roots and gives the body (owned by builder). */
enum err NODISCARD exec_build_finish(struct exec_builder *builder, const struct exec_roots *roots,
                                     struct exec_result *result, struct bytes *body);
/* exec_build_receipts: as exec_block gives them; owned by builder. */
struct bytes exec_build_receipts(const struct exec_builder *builder);
void exec_build_free(struct exec_builder *builder); /* NULL is fine */

/* exec_block executes a received body on state and compares every root and count with the header,
 * and version, suite, chain, epoch, validator set and flags with the state (V1, V3 to V5, V7, V8).
 * What needs the parent's header (V2, V6) is the caller's. state is not touched by an empty block.
 * parent_state_root serves a block without transactions (decision D11). INVALID follows from the
 * bytes and the parent state alone; detail names the transaction and rule. Receipts: canonical
 * Receipt messages, one after another, each with u32 length, in arena. */
enum verdict exec_block(const struct exec_env *env, struct overlay *state,
                        const struct header *header, struct bytes body,
                        const struct hash *parent_state_root, const struct exec_roots *roots,
                        struct arena *arena, struct bytes *receipts, struct err_detail *detail);

/* exec_tx_root computes the transaction root of a body from its envelopes alone: whether a body
 * that a peer sent belongs to a header. Whether it is any good is exec_block's question. */
enum err NODISCARD exec_tx_root(struct hash *root, const struct hash *chain_id, struct bytes body,
                                uint32_t tx_count, struct err_detail *detail);

/* exec_genesis writes the state of a genesis document into state (sealed afterwards). */
enum err NODISCARD exec_genesis(struct overlay *state, struct bytes genesis, struct hash *chain_id,
                                struct err_detail *detail);

#endif
