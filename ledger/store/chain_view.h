/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_CHAIN_VIEW_H
#define LEDGER_STORE_CHAIN_VIEW_H

/* What a reader sees: the chain as it stood when the view was opened, whatever is delivered
 * meanwhile. Opening is cheap (a database snapshot); hold one per request, not for hours. A view
 * belongs to its reader's thread. Values are copied into the caller's arena. Unless said otherwise
 * errors are ERR_ABSENT, ERR_STORAGE, ERR_CORRUPT, ERR_MEMORY. */

#include "ledger/base/arena.h"
#include "ledger/store/chain_db.h"

struct chain_view;

/* chain_view_open gives *out; ERR_ABSENT before genesis. */
enum err NODISCARD chain_view_open(struct chain_view **out, struct chain_db *db);
struct chain_view *chain_view_keep(struct chain_view *view);
void chain_view_drop(struct chain_view *view); /* NULL is harmless */

const struct chain_head *chain_view_head(const struct chain_view *view);

/* --- blocks ------------------------------------------------------------------------------------
 */

/* chain_view_block gives header bytes and body; either output may be NULL. */
enum err NODISCARD chain_view_block(struct chain_view *view, uint64_t height, struct arena *arena,
                                    struct bytes *header, struct bytes *body);
/* chain_view_header decodes it; id may be NULL. */
enum err NODISCARD chain_view_header(struct chain_view *view, uint64_t height, struct header *out,
                                     struct hash *id);
/* chain_view_certs gives what was stored with the block; empty bytes where there is none. Either
 * output may be NULL. */
enum err NODISCARD chain_view_certs(struct chain_view *view, uint64_t height, struct arena *arena,
                                    struct bytes *finalization, struct bytes *justification);
/* chain_view_anchor finds the lowest block at or above height that has its own finalization. */
enum err NODISCARD chain_view_anchor(struct chain_view *view, uint64_t height, struct arena *arena,
                                     uint64_t *anchor, struct bytes *finalization);
/* chain_view_epoch gives the record stored with the boundary block before this epoch. */
enum err NODISCARD chain_view_epoch(struct chain_view *view, uint64_t epoch, struct arena *arena,
                                    struct bytes *out);
enum err NODISCARD chain_view_genesis(struct chain_view *view, struct arena *arena,
                                      struct bytes *out);

/* chain_view_height_at is the last block whose time is not after time_ms. ERR_ABSENT before the
 * first one. */
enum err NODISCARD chain_view_height_at(struct chain_view *view, uint64_t time_ms,
                                        uint64_t *height);
/* chain_view_height_of, chain_view_tx and chain_view_accounts answer ERR_BUSY while an index is
 * made again and what they are asked for is not there yet. */
enum err NODISCARD chain_view_height_of(struct chain_view *view, const struct hash *block_id,
                                        uint64_t *height);

struct chain_tx_place {
    uint64_t height;
    uint32_t index;
};

enum err NODISCARD chain_view_tx(struct chain_view *view, const struct hash *tx_id,
                                 struct chain_tx_place *out);

/* chain_view_accounts calls found for each account version of the periods from..to (be32 numbers of
 * the state key), ascending by period and facility; found returns false to stop. */
struct chain_account_place {
    uint32_t period;
    struct hash facility;
    uint32_t version;
    uint64_t height;
};

typedef bool (*chain_account_found)(void *context, const struct chain_account_place *place);
enum err NODISCARD chain_view_accounts(struct chain_view *view, uint32_t from, uint32_t to,
                                       chain_account_found found, void *context);

/* --- state -------------------------------------------------------------------------------------
 */

/* chain_view_get reads the value of a state key after block `height` (at most the head's). written
 * (may be NULL) is the height that wrote it. Keys of the recent set are answered for the head only.
 */
enum err NODISCARD chain_view_get(struct chain_view *view, uint64_t height, struct bytes key,
                                  struct arena *arena, struct bytes *out, uint64_t *written);

/* chain_view_list calls found for each key with this prefix (at least the table byte) that had a
 * value after block `height`, ascending, beginning at the first key >= from (empty: all); found
 * returns false to stop. Bytes are borrowed during the callback. All keys of one table byte have
 * one length. */
typedef bool (*chain_state_found)(void *context, struct bytes key, struct bytes value,
                                  uint64_t written);
enum err NODISCARD chain_view_list(struct chain_view *view, uint64_t height, struct bytes prefix,
                                   struct bytes from, chain_state_found found, void *context);

/* chain_view_overlay gives an empty sealed overlay whose base is the state after block `height`:
 * the views of the rule folders read through it. It keeps the view alive. */
enum err NODISCARD chain_view_overlay(struct chain_view *view, uint64_t height,
                                      struct overlay **out);

/* For proof_build. */
struct chain_base;
struct kv *chain_view_kv(const struct chain_view *view);
const struct kv_snapshot *chain_view_snapshot(const struct chain_view *view);
struct chain_base *chain_view_base(const struct chain_view *view); /* borrowed */

#endif
