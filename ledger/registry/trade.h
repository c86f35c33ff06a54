/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_TRADE_H
#define LEDGER_REGISTRY_TRADE_H

/* Delivery versus payment. Terms are proposed and accepted, the seller locks the units, and the
 * confirmed payment delivers them in one transaction. Nobody has to do anything for an expired lock
 * to end: its status is derived (decision D11), and the next move that needs the units frees them
 * (trade_free). A payment after expiry moves no units and is never silent: it stays as a record
 * until it is returned. */

#include "ledger/base/sm.h"
#include "ledger/registry/block.h"
#include "ledger/registry/holding.h"
#include "ledger/proto/trade.pb-c.h"

extern const struct rule_table trade_rules; /* 116 to 127 */
extern const struct rule_table compliance_rules; /* 144 */
extern const struct field_table trade_fields;

/* Stored: the numbers are for ever. */
enum offer_state { OFFER_OPEN, OFFER_TAKEN, OFFER_WITHDRAWN, OFFER_STATES };
extern const struct sm_table trade_offer_machine;

enum fill_state {
    FILL_ACCEPTED,
    FILL_LOCKED,
    FILL_SETTLED, /* units against money: the end */
    FILL_GIVEN_UP, /* before anything was locked */
    FILL_REFUNDED, /* not paid in time, the units are the seller's again */
    FILL_PAID_LATE, /* money came after expiry: in dispute until it is returned */
    FILL_RETURNED,
    FILL_STATES
};
extern const struct sm_table fill_machine;

#define TRADE_LOCKS_MAX 1024 /* unpaid locks of one position */
#define TRADE_DAYS_MAX 366 /* how long an offer or a lock may stand */
#define TRADE_PREIMAGE_SIZE 32

/* trade_offer_status and trade_fill_status are pure: what a record is at time_ms. "OPEN", "TAKEN",
 * "WITHDRAWN", "EXPIRED"; "ACCEPTED", "LOCKED", "SETTLED", "GIVEN_UP", "REFUNDED", "PAID_LATE",
 * "RETURNED", and "EXPIRED" for what was accepted and not locked, or locked and not paid, in time.
 */
const char *trade_offer_status(const Seam__TradeRecord *record, uint64_t time_ms);
const char *trade_fill_status(const Seam__FillRecord *fill, const Seam__TradeRecord *trade,
                              uint64_t time_ms);

enum err NODISCARD trade_view(const Seam__TradeRecord **out, struct overlay *state,
                              const char *trade, struct arena *arena);
enum err NODISCARD trade_fill_view(const Seam__FillRecord **out, struct overlay *state,
                                   const char *trade, uint32_t fill, struct arena *arena);
/* trade_fill_by is what the blocks of a fill carry as `by`. */
void trade_fill_by(struct hash *out, const char *trade, uint32_t fill);

/* trade_expired is how many units of a position are reserved by locks that have expired: available
 * again in all but name. */
enum err NODISCARD trade_expired(uint64_t *out, struct overlay *state, const char *holding,
                                 const struct series *series, uint64_t time_ms,
                                 struct arena *arena);
/* trade_free gives the units of expired locks of a position back, until `needed` of them (or all
 * there are) are free; *freed counts them. For block_move before it refuses. */
enum judgement trade_free(struct rule_context *context, const char *holding,
                          const struct series *series, uint64_t needed, uint64_t *freed,
                          struct err_detail *detail);

/* trade_count is the length of a list; owner NULL: of all. */
enum err NODISCARD trade_count(uint32_t *out, struct overlay *state, enum key_table table,
                               const struct hash *owner, struct arena *arena);
/* trade_list appends to a list and counts it. */
enum err NODISCARD trade_list(struct rule_context *context, enum key_table table,
                              const struct hash *owner, const char *id, uint32_t version);

/* Rules of the rows. */
#define TRADE_RULE(name)                                                                           \
    enum judgement name(struct rule_context *context, const ProtobufCMessage *payload,             \
                        const ProtobufCMessage *detached, struct err_detail *detail);              \
    void name##_links(struct rule_context *context, const ProtobufCMessage *payload,               \
                      struct bytes *creates, struct bytes *needs)

TRADE_RULE(trade_propose);
TRADE_RULE(trade_accept);
TRADE_RULE(trade_lock);
TRADE_RULE(payment_confirm);
TRADE_RULE(trade_refund);
TRADE_RULE(surrender_propose);
TRADE_RULE(surrender_approve);
TRADE_RULE(surrender_reject);
TRADE_RULE(surrender_reverse);
TRADE_RULE(carry_over);
TRADE_RULE(lapse);
TRADE_RULE(compliance_exclude);

#undef TRADE_RULE

#endif
