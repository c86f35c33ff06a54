/* SPDX-License-Identifier: Apache-2.0 */
/* The first two steps of a trade: terms are proposed, and taken as a whole or in part. Nothing is
 * reserved yet. */

#include "ledger/registry/trade.h"

#include <stdio.h>
#include <string.h>

#include "ledger/base/period.h"
#include "ledger/registry/expiry.h"
#include "ledger/registry/price.h"
#include "ledger/registry/trade_state.h"
#include "ledger/registry/view.h"

#define HOUR_MS UINT64_C(3600000)

static bool selling(const Seam__TradePropose *trade)
{
    return strcmp(trade->side, "SELL") == 0;
}

/* --- who may be what ------------------------------------------------------------------------- */

/* [KSSJ 8c] Whoever confirms the payment gains nothing by the trade (decision D43). */
enum judgement trade_neutral(struct rule_context *context, const char *settlement,
                             const char *party, struct err_detail *detail)
{
    bool close = false;
    const enum err err = view_group_same(&close, context->state, settlement, party, context->arena);
    if (err == ERR_RANGE) {
        return unit_refuse(detail, JUDGE_NEVER, err, "D43", "settlement", party,
                           "too many organisations above each other to be sure");
    }
    if (err != OK) {
        return unit_missing(detail, err, "settlement", settlement);
    }
    if (close) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "D43", "settlement", party,
                           "must be neither a party nor of a party's group");
    }
    return JUDGE_OK;
}

/* The secret is public once it was used: whoever took another part, or another trade under the same
 * lock, would have the units for nothing. So one lock serves one trade, taken as a whole. */
static enum judgement hash_lock_valid(struct rule_context *context, const Seam__TradePropose *in,
                                      struct err_detail *detail)
{
    char name[2 * HASH_SIZE + 1];
    Seam__ListEntry entry = SEAM__LIST_ENTRY__INIT;
    if (in->least > 0 && in->least < in->units->quantity) {
        return unit_refuse_amount(detail, ERR_PARAM, "D43", "least", in->units->quantity,
                                  "a hash lock opens once: the offer is taken as a whole");
    }
    hex_encode(name, bytes_of(in->hash_lock.data, in->hash_lock.len));
    const struct state_key key = order_key(ORDER_HASH_LOCK, name);
    const enum judgement judgement = unit_new(context, &key, "hash_lock", detail);
    if (judgement == JUDGE_NEVER) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_USED, "D43", "hash_lock", "0",
                           "another trade has this lock; take another secret");
    }
    entry.id = in->trade;
    return judgement == JUDGE_OK ? unit_put(context, &key, &entry.base, detail) : judgement;
}

static enum judgement settlement_valid(struct rule_context *context, const Seam__TradePropose *in,
                                       struct err_detail *detail)
{
    if ((in->settlement[0] != '\0') == (in->hash_lock.len > 0)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_MISSING, "D43", "settlement", NULL,
                           "either a settlement organisation or a hash lock");
    }
    if (in->hash_lock.len > 0) {
        return hash_lock_valid(context, in, detail);
    }
    const Seam__OrganisationRecord *bank = NULL;
    const enum err err = view_organisation(&bank, context->state, in->settlement, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, "settlement", in->settlement);
    }
    if ((bank->roles & ROLE_SETTLEMENT) == 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "D43", "settlement", in->settlement,
                           "this organisation confirms no payments");
    }
    return trade_neutral(context, in->settlement, context->organisation_id, detail);
}

/* --- 117 TRADE_PROPOSE ----------------------------------------------------------------------- */

static enum judgement counterparty_valid(struct rule_context *context, const Seam__TradePropose *in,
                                         const Seam__HoldingRecord *own, struct err_detail *detail)
{
    if (in->counterparty[0] == '\0') {
        return JUDGE_OK;
    }
    const Seam__HoldingRecord *other = NULL;
    const enum judgement judgement =
        holding_find(context, &other, in->counterparty, "counterparty", detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (strcmp(other->scheme, own->scheme) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_PARAM, "D43", "counterparty", own->scheme,
                           "an account of another scheme");
    }
    if (strcmp(other->holder, own->holder) == 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_PARAM, "D43", "counterparty", NULL,
                           "a trade has two parties; move your own units by a transfer");
    }
    return JUDGE_OK;
}

/* Asset, quantity and price as the scheme wants them. */
static enum judgement terms_valid(struct rule_context *context, const Seam__TradePropose *in,
                                  const Seam__SchemeRecord *scheme, struct err_detail *detail)
{
    const Seam__AssetRecord *asset = NULL;
    struct series series;
    const Seam__PriceLast *last = NULL;
    enum judgement judgement = units_series(context, &series, in->units, "units", detail);
    if (judgement == JUDGE_OK) {
        judgement = expiry_valid(context, scheme->scheme->scheme, in->units, "units", detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    enum err err = registry_asset(&asset, context->state, in->units->asset, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, "units.asset", in->units->asset);
    }
    if (!registry_scheme_takes(scheme, in->units->asset) || !asset->asset->transferable) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_PARAM, "D43", "units.asset", NULL,
                           "the scheme does not trade this asset");
    }
    if (in->least > in->units->quantity) {
        return unit_refuse_amount(detail, ERR_RANGE, "3.4", "least", in->units->quantity, NULL);
    }
    if (in->units->n_ranges > 0 && (!selling(in) || in->least > 0)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_PARAM, "3.4", "units.ranges", NULL,
                           "serial numbers are named by a seller who sells the whole");
    }
    err = price_last(&last, context->state, scheme->scheme->scheme, in->units->asset,
                     in->units->vintage, context->arena);
    if (err != OK && err != ERR_ABSENT) {
        return unit_world(detail, err);
    }
    const int64_t close = err == OK ? last->close_fen : 0;
    int64_t amount = 0;
    err = price_valid(in->price_fen, close, scheme->scheme->tick_fen, scheme->scheme->price_band_bp,
                      "price_fen", detail);
    if (err != OK) {
        return JUDGE_NEVER; /* detail says which prices are possible */
    }
    err = price_amount(&amount, in->units->quantity, in->price_fen);
    return err == OK ? JUDGE_OK
                     : unit_refuse(detail, JUDGE_NEVER, err, "3.4", "units.quantity", NULL,
                                   "the amount is too large");
}

static enum judgement offer_end(struct rule_context *context, const Seam__TradePropose *in,
                                const Seam__SchemeRecord *scheme, uint64_t *out,
                                struct err_detail *detail)
{
    const uint64_t most = context->time_ms + TRADE_DAYS_MAX * DAY_MS;
    *out = in->expires_ms != 0 ? in->expires_ms
                               : context->time_ms + scheme->scheme->offer_hours * HOUR_MS;
    if (*out <= context->time_ms) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_EXPIRED, "3.4", "expires_ms", NULL,
                           in->expires_ms != 0 ? "this time is over"
                                               : "the scheme gives offers no time of its own");
    }
    if (*out > most) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_RANGE, "3.4", "expires_ms", "366 days", NULL);
    }
    return JUDGE_OK;
}

static enum judgement trade_write(struct rule_context *context, const Seam__TradePropose *in,
                                  const Seam__SchemeRecord *scheme, uint64_t expires_ms,
                                  struct err_detail *detail)
{
    struct hash owner;
    const struct state_key key = state_key_named(KEY_TRADE, in->trade);
    enum judgement judgement = unit_new(context, &key, "trade", detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__TradePropose terms = *in;
    terms.expires_ms = expires_ms;
    Seam__TradeRecord record = SEAM__TRADE_RECORD__INIT;
    record.trade = &terms;
    record.scheme = scheme->scheme->scheme;
    record.currency = scheme->scheme->currency;
    record.state = OFFER_OPEN;
    record.height = context->height;
    record.time_ms = context->time_ms;
    judgement = unit_put(context, &key, &record.base, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    id_hash(&owner, KEY_HOLDING, in->holding);
    enum err err = trade_list(context, KEY_TRADE, NULL, in->trade, 0);
    if (err == OK) {
        err = trade_list(context, KEY_TRADE, &owner, in->trade, 0);
    }
    return unit_world(detail, err);
}

enum judgement trade_propose(struct rule_context *context, const ProtobufCMessage *payload,
                             const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__TradePropose *in = (const Seam__TradePropose *)payload;
    const Seam__HoldingRecord *own = NULL;
    const Seam__SchemeRecord *scheme = NULL;
    uint64_t expires_ms = 0;
    enum judgement judgement = holding_own(context, &own, in->holding, "holding", detail);
    if (judgement == JUDGE_OK) {
        judgement = holding_may(context, own, selling(in) ? HOLDING_SEND : HOLDING_RECEIVE,
                                "holding", detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = unit_world(
            detail, registry_scheme(&scheme, context->state, own->scheme, context->arena));
    }
    if (judgement == JUDGE_OK) {
        judgement = counterparty_valid(context, in, own, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = terms_valid(context, in, scheme, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = settlement_valid(context, in, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = offer_end(context, in, scheme, &expires_ms, detail);
    }
    return judgement == JUDGE_OK ? trade_write(context, in, scheme, expires_ms, detail) : judgement;
}

void trade_propose_links(struct rule_context *context, const ProtobufCMessage *payload,
                         struct bytes *creates, struct bytes *needs)
{
    const Seam__TradePropose *in = (const Seam__TradePropose *)payload;
    const struct state_key key = state_key_named(KEY_TRADE, in->trade);
    const struct state_key holding = state_key_named(KEY_HOLDING, in->holding);
    *creates = unit_link(context, &key);
    *needs = unit_link(context, &holding);
}

/* --- 118 TRADE_ACCEPT ------------------------------------------------------------------------ */

enum judgement trade_find(struct rule_context *context, const Seam__TradeRecord **out,
                          const char *trade, struct err_detail *detail)
{
    const enum err err = trade_view(out, context->state, trade, context->arena);
    return err == OK ? JUDGE_OK : unit_missing(detail, err, "trade", trade);
}

enum judgement trade_still_open(struct rule_context *context, const Seam__TradeRecord *record,
                                struct err_detail *detail)
{
    if (trade_open(record, context->time_ms)) {
        return JUDGE_OK;
    }
    return unit_refuse(detail, JUDGE_NEVER,
                       record->state == OFFER_WITHDRAWN ? ERR_STATE_MACHINE : ERR_EXPIRED, "3.4",
                       "trade", trade_offer_status(record, context->time_ms), NULL);
}

enum judgement trade_put(struct rule_context *context, const Seam__TradeRecord *record,
                         struct err_detail *detail)
{
    const struct state_key key = state_key_named(KEY_TRADE, record->trade->trade);
    return unit_put(context, &key, &record->base, detail);
}

/* All that is left, or a part that is neither too small nor leaves one that is. */
static enum judgement part_valid(const Seam__TradeRecord *record, uint64_t quantity,
                                 struct err_detail *detail)
{
    char limit[64];
    const uint64_t left = record->trade->units->quantity - record->taken;
    const uint64_t least =
        record->trade->least == 0 || record->trade->least > left ? left : record->trade->least;
    if (quantity >= least && quantity <= left && quantity > 0) {
        return JUDGE_OK;
    }
    (void)snprintf(limit, sizeof limit, "%llu..%llu", (unsigned long long)least,
                   (unsigned long long)left);
    return unit_refuse(detail, left == 0 ? JUDGE_NOT_YET : JUDGE_NEVER,
                       quantity > left ? ERR_HOLDING : ERR_RANGE, "3.4", "quantity", limit,
                       left == 0 ? "all of it was taken by others" : NULL);
}

static enum judgement acceptor_valid(struct rule_context *context, const Seam__TradeAccept *in,
                                     const Seam__TradeRecord *record, struct err_detail *detail)
{
    const Seam__TradePropose *terms = record->trade;
    const Seam__HoldingRecord *own = NULL;
    const Seam__HoldingRecord *other = NULL;
    enum judgement judgement = holding_own(context, &own, in->holding, "holding", detail);
    if (judgement == JUDGE_OK) {
        judgement = holding_may(context, own, selling(terms) ? HOLDING_RECEIVE : HOLDING_SEND,
                                "holding", detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = holding_find(context, &other, terms->holding, "trade", detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (terms->counterparty[0] != '\0' && strcmp(terms->counterparty, in->holding) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "3.4", "holding", terms->counterparty,
                           "offered to another account");
    }
    if (strcmp(own->scheme, record->scheme) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_PARAM, "D43", "holding", record->scheme,
                           "an account of another scheme");
    }
    if (strcmp(own->holder, other->holder) == 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_PARAM, "D43", "holding", NULL,
                           "a trade has two parties");
    }
    judgement = expiry_valid(context, record->scheme, terms->units, "trade", detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (terms->settlement[0] == '\0') {
        return JUDGE_OK;
    }
    return trade_neutral(context, terms->settlement, context->organisation_id, detail);
}

static enum judgement fill_open(struct rule_context *context, const Seam__TradeAccept *in,
                                const Seam__TradeRecord *record, struct err_detail *detail)
{
    const Seam__TradePropose *terms = record->trade;
    Seam__Units units = *terms->units;
    struct hash owner;
    units.quantity = in->quantity;
    Seam__FillRecord fill = SEAM__FILL_RECORD__INIT;
    fill.trade = terms->trade;
    fill.fill = record->fills + 1;
    fill.seller = selling(terms) ? terms->holding : in->holding;
    fill.buyer = selling(terms) ? in->holding : terms->holding;
    fill.state = FILL_ACCEPTED;
    fill.units = &units;
    fill.accepted_ms = context->time_ms;
    const enum err priced = price_amount(&fill.amount_fen, in->quantity, terms->price_fen);
    if (priced != OK) {
        return unit_refuse(detail, JUDGE_NEVER, priced, "3.4", "quantity", NULL, NULL);
    }
    const struct state_key key = trade_fill_key(fill.trade, fill.fill);
    enum judgement judgement = unit_new(context, &key, "trade", detail);
    if (judgement == JUDGE_OK) {
        judgement = trade_fill_put(context, &fill, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    id_hash(&owner, KEY_HOLDING, in->holding);
    return unit_world(detail, trade_list(context, KEY_TRADE, &owner, fill.trade, fill.fill));
}

enum judgement trade_accept(struct rule_context *context, const ProtobufCMessage *payload,
                            const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__TradeAccept *in = (const Seam__TradeAccept *)payload;
    const Seam__TradeRecord *old = NULL;
    enum judgement judgement = trade_find(context, &old, in->trade, detail);
    if (judgement == JUDGE_OK) {
        judgement = trade_still_open(context, old, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = acceptor_valid(context, in, old, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = part_valid(old, in->quantity, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = fill_open(context, in, old, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__TradeRecord record = *old;
    record.fills++;
    record.taken += in->quantity;
    record.state = record.taken == record.trade->units->quantity ? OFFER_TAKEN : OFFER_OPEN;
    return trade_put(context, &record, detail);
}

void trade_accept_links(struct rule_context *context, const ProtobufCMessage *payload,
                        struct bytes *creates, struct bytes *needs)
{
    const Seam__TradeAccept *in = (const Seam__TradeAccept *)payload;
    const struct state_key key = state_key_named(KEY_TRADE, in->trade);
    *needs = unit_link(context, &key);
    (void)creates;
}
