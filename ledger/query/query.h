/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_QUERY_H
#define LEDGER_QUERY_QUERY_H

/* Reading the ledger at one height: a snapshot of the database behind an overlay on which all views
 * of governance/view.h and accounting's views work, and the lookups that need blocks. One query
 * belongs to one thread; any number may be open. Nothing here writes. */

#include "ledger/chain/types.h"
#include "ledger/accounting/view.h"
#include "ledger/governance/view.h"
#include "ledger/proto/tx.pb-c.h"

struct chain_db;
struct chain_view;
struct query;

#define QUERY_NEWEST UINT64_MAX

/* query_open pins the final state at height (QUERY_NEWEST: the head). db outlives the query. Gives
 * *out. ERR_ABSENT: no such height (yet, or any more), ERR_MEMORY, ERR_STORAGE. */
enum err NODISCARD query_open(struct query **out, struct chain_db *db, uint64_t height);
/* query_open_time: at the last block whose time is not after time_ms. */
enum err NODISCARD query_open_time(struct query **out, struct chain_db *db, uint64_t time_ms);
void query_close(struct query *query); /* NULL is fine */

/* query_of_overlay asks a state that is not (or not yet) final, and for tests; there are no blocks
 * behind it. Keeps overlay. */
enum err NODISCARD query_of_overlay(struct query **out, struct overlay *overlay, uint64_t height,
                                    uint64_t time_ms);

/* The state to hand to any view; borrowed. */
struct overlay *query_state(struct query *query);
uint64_t query_height(const struct query *query);
/* query_view is the view of the database below, for proofs and certificates; NULL of an overlay. */
struct chain_view *query_view(struct query *query);
/* query_header is the header at the query's height, query_block_id its id. query_time is its time:
 * what derived statuses are computed with (decision D11). */
const struct header *query_header(const struct query *query);
const struct hash *query_block_id(const struct query *query);
uint64_t query_time(const struct query *query);

/* --- lists: entries from index `from`, at most room; *count is how many were read, *total the
 * length of the list. owner: an organisation's text id for its persons or facilities, else NULL.
 * table: KEY_ORGANISATION, KEY_PERSON, KEY_FACILITY, KEY_PARAMETER_SET, KEY_JURISDICTION,
 * KEY_ADOPTION. */
enum err NODISCARD query_list(struct query *query, enum key_table table, const char *owner,
                              uint32_t from, const Seam__ListEntry **entries, size_t room,
                              size_t *count, uint32_t *total, struct arena *arena);

/* --- accounts -------------------------------------------------------------------------------- */

enum err NODISCARD query_facility_head(const Seam__FacilityHead **out, struct query *query,
                                       const char *facility, struct arena *arena);
/* query_account is the current head of a period. ERR_TYPE when period is none. */
enum err NODISCARD query_account(const Seam__AccountHead **out, struct query *query,
                                 const char *facility, const char *period, struct arena *arena);
enum err NODISCARD query_account_version(const Seam__AccountRecord **out, struct query *query,
                                         const char *facility, const char *period, uint32_t version,
                                         struct arena *arena);

/* --- blocks and transactions ----------------------------------------------------------------- */

struct query_block {
    struct header header;
    struct hash id;
    struct hash chain_id;
    struct bytes body; /* in arena */
};

/* ERR_ABSENT where there is none at or below the query's height. */
enum err NODISCARD query_block(struct query_block *out, struct query *query, uint64_t height,
                               struct arena *arena);

/* One transaction of a body: its place and its bytes. */
struct query_tx {
    uint64_t height;
    uint32_t index;
    uint64_t time_ms;
    struct hash tx_id;
    struct bytes raw; /* canonical Transaction, in arena */
    const Seam__Transaction *message; /* decoded */
    const Seam__Body *body;
};

enum err NODISCARD query_tx(struct query_tx *out, struct query *query, const struct hash *tx_id,
                            struct arena *arena);
/* query_block_tx is transaction index of a block that query_block gave. */
enum err NODISCARD query_block_tx(struct query_tx *out, const struct query_block *block,
                                  uint32_t index, struct arena *arena);

#endif
