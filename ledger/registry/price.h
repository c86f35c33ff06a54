/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_PRICE_H
#define LEDGER_REGISTRY_PRICE_H

/* Prices: whole steps of a tick, a band around the last close, amounts without overflow; and the
 * closing prices that are published for disclosure, by those whom the scheme names for its venues.
 * Money is in fen (0.01 of the currency). */

#include "ledger/governance/view.h"
#include "ledger/proto/trade.pb-c.h"

#define PRICE_FEN_MAX INT64_C(100000000000) /* of one unit */

/* What is possible at a tick within a band. */
struct price_range {
    int64_t low_fen; /* both included, multiples of the tick */
    int64_t high_fen;
};

/* price_range_of: the band of band_bp basis points around close_fen, rounded inwards to ticks; from
 * one tick to PRICE_FEN_MAX where there is no band (band_bp 0) or no close (0). tick_fen 0 counts
 * as 1. */
struct price_range price_range_of(int64_t close_fen, uint32_t tick_fen, uint32_t band_bp);

/* price_valid: ERR_NEG below zero, ERR_RANGE at zero, off the tick or outside the band; detail says
 * which prices are possible. */
enum err NODISCARD price_valid(int64_t price_fen, int64_t close_fen, uint32_t tick_fen,
                               uint32_t band_bp, const char *field, struct err_detail *detail);

/* price_amount is quantity x price. ERR_RANGE beyond 2^53 - 1. */
enum err NODISCARD price_amount(int64_t *out, uint64_t quantity, int64_t price_fen);

/* price_last is the reference price of an asset's vintage in a scheme, else of the asset without
 * vintage (0): the close of the newest day; of several venues that of the one the scheme names
 * first. ERR_ABSENT where none was published. */
enum err NODISCARD price_last(const Seam__PriceLast **out, struct overlay *state,
                              const char *scheme, const char *asset, uint32_t vintage,
                              struct arena *arena);
/* price_day is the published price of one day. */
enum err NODISCARD price_day(const Seam__PriceRecord **out, struct overlay *state,
                             const char *scheme, const char *venue, const char *asset,
                             uint32_t vintage, int64_t day, struct arena *arena);

/* price_list_owner is the owner of the list of published days of an asset's vintage: KEY_PRICE,
 * entries are a venue (id) and a day since 1970-01-01 (version), in order of publication. */
void price_list_owner(struct hash *out, const char *scheme, const char *asset, uint32_t vintage);

/* The rule of PRICE_PUBLISH. */
enum judgement price_publish(struct rule_context *context, const ProtobufCMessage *payload,
                             const ProtobufCMessage *detached, struct err_detail *detail);
void price_publish_links(struct rule_context *context, const ProtobufCMessage *payload,
                         struct bytes *creates, struct bytes *needs);

#endif
