/* SPDX-License-Identifier: Apache-2.0 */
/* The last three steps of a trade. Each asks again what may have changed since the step before: the
 * state of both accounts, freezes, times. A payment delivers or is refused as a whole, so that the
 * bank's book and this one agree; after expiry it is noted and moves nothing. */

#include "ledger/registry/trade.h"

#include <stdio.h>
#include <string.h>

#include "ledger/base/period.h"
#include "ledger/crypto/hash.h"
#include "ledger/registry/carry.h"
#include "ledger/registry/expiry.h"
#include "ledger/registry/rules.h"
#include "ledger/registry/trade_state.h"
#include "ledger/registry/view.h"

#define HOUR_MS UINT64_C(3600000)

/* --- 119 TRADE_LOCK -------------------------------------------------------------------------- */

static enum judgement fill_find(struct rule_context *context, const char *trade, uint32_t number,
                                const Seam__TradeRecord **record, Seam__FillRecord *fill,
                                struct err_detail *detail)
{
    const Seam__FillRecord *found = NULL;
    char id[LIMIT_ID_TEXT + 16];
    const enum judgement judgement = trade_find(context, record, trade, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const enum err err = trade_fill_view(&found, context->state, trade, number, context->arena);
    if (err != OK) {
        (void)snprintf(id, sizeof id, "%s/%u", trade, number);
        return unit_missing(detail, err, "fill", id);
    }
    *fill = *found;
    return JUDGE_OK;
}

/* Both sides, each with its right: an order against the seller since the lock stops the delivery
 * too. */
static enum judgement sides_may(struct rule_context *context, const Seam__FillRecord *fill,
                                const Seam__HoldingRecord **seller,
                                const Seam__HoldingRecord **buyer, struct err_detail *detail)
{
    const Seam__AssetRecord *asset = NULL;
    enum judgement judgement = holding_find(context, seller, fill->seller, "fill", detail);
    if (judgement == JUDGE_OK) {
        judgement = holding_find(context, buyer, fill->buyer, "fill", detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = holding_may(context, *seller, HOLDING_SEND, "fill", detail);
    }
    return judgement == JUDGE_OK
               ? holding_takes(context, *buyer, fill->units->asset, &asset, detail)
               : judgement;
}

/* Reserves the units: here two sales of one block are decided [V16]. */
static enum judgement lock_units(struct rule_context *context, const Seam__TradeLock *in,
                                 Seam__FillRecord *fill, struct err_detail *detail)
{
    struct hash by;
    Seam__Units wanted = *fill->units;
    if (in->n_ranges > 0) {
        if (wanted.n_ranges > 0) {
            return unit_refuse(detail, JUDGE_NEVER, ERR_PARAM, "3.4", "ranges", NULL,
                               "the terms name the serial numbers");
        }
        wanted.n_ranges = in->n_ranges;
        wanted.ranges = in->ranges;
    }
    trade_fill_by(&by, fill->trade, fill->fill);
    const struct block_move move = {
        .from = {.holding = fill->seller, .state = UNIT_TRADE},
        .to = {.holding = fill->seller, .state = UNIT_RESERVED, .by = &by},
        .kind = ENTRY_RESERVE,
        .by = &by,
        .field = "fill"};
    return units_move(context, &wanted, &move, &fill->units, detail);
}

enum judgement trade_lock(struct rule_context *context, const ProtobufCMessage *payload,
                          const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__TradeLock *in = (const Seam__TradeLock *)payload;
    const Seam__TradeRecord *trade = NULL;
    const Seam__HoldingRecord *own = NULL;
    const Seam__HoldingRecord *buyer = NULL;
    Seam__FillRecord fill;
    struct series series;
    enum judgement judgement = fill_find(context, in->trade, in->fill, &trade, &fill, detail);
    if (judgement == JUDGE_OK) {
        judgement = holding_own(context, &own, fill.seller, "fill", detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = trade_fill_move(&fill, FILL_LOCKED, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = trade_still_open(context, trade, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = sides_may(context, &fill, &own, &buyer, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = expiry_valid(context, trade->scheme, fill.units, "fill", detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = lock_units(context, in, &fill, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = units_series(context, &series, fill.units, "units", detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    fill.locked_ms = context->time_ms;
    fill.pay_by_ms = context->time_ms + trade->trade->payment_hours * HOUR_MS;
    judgement = trade_lock_add(context, &fill, &series, &fill.lock, detail);
    return judgement == JUDGE_OK ? trade_fill_put(context, &fill, detail) : judgement;
}

void trade_lock_links(struct rule_context *context, const ProtobufCMessage *payload,
                      struct bytes *creates, struct bytes *needs)
{
    const Seam__TradeLock *in = (const Seam__TradeLock *)payload;
    const struct state_key key = trade_fill_key(in->trade, in->fill);
    *needs = unit_link(context, &key);
    (void)creates;
}

/* --- 120 PAYMENT_CONFIRM --------------------------------------------------------------------- */

/* The settlement organisation of the terms, or the buyer who knows the preimage. */
static enum judgement payer_valid(struct rule_context *context, const Seam__PaymentConfirm *in,
                                  const Seam__TradeRecord *trade, const Seam__FillRecord *fill,
                                  struct err_detail *detail)
{
    const Seam__TradePropose *terms = trade->trade;
    if (terms->settlement[0] != '\0') {
        if (strcmp(terms->settlement, context->organisation_id) != 0) {
            return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "D43", "trade", terms->settlement,
                               "the settlement organisation confirms the payment");
        }
        return JUDGE_OK;
    }
    const Seam__HoldingRecord *buyer = NULL;
    const enum judgement judgement = holding_own(context, &buyer, fill->buyer, "fill", detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    struct hash image;
    struct hasher hasher;
    hash_begin_raw(&hasher); /* plain SHA-256: the other side of the lock is another system */
    hash_add(&hasher, bytes_of(in->preimage.data, in->preimage.len));
    hash_end(&hasher, &image);
    if (in->preimage.len != TRADE_PREIMAGE_SIZE ||
        memcmp(image.bytes, terms->hash_lock.data, HASH_SIZE) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_PARAM, "D43", "preimage", NULL,
                           "does not open the hash lock");
    }
    return JUDGE_OK;
}

/* The bank of the terms may have joined a party's group since, or lost its part in the market. */
static enum judgement bank_valid(struct rule_context *context, const Seam__TradePropose *terms,
                                 const char *seller, const char *buyer, struct err_detail *detail)
{
    if (terms->settlement[0] == '\0') {
        return JUDGE_OK;
    }
    if ((context->roles & ROLE_SETTLEMENT) == 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "D43", "trade", terms->settlement,
                           "this organisation confirms no payments");
    }
    const enum judgement judgement = trade_neutral(context, terms->settlement, seller, detail);
    return judgement == JUDGE_OK ? trade_neutral(context, terms->settlement, buyer, detail)
                                 : judgement;
}

/* Net sales [F7]. */
static enum err count_sale(struct rule_context *context, const char *scheme,
                           const Seam__Units *units, const char *seller, const char *buyer)
{
    int64_t day = 0;
    const struct carry_owner sells = {scheme, seller, units->asset};
    const struct carry_owner buys = {scheme, buyer, units->asset};
    enum err err = carry_turnover_day(&day, context, scheme);
    if (err == OK) {
        err = carry_turnover_add(context, &sells, day, units->quantity, 0);
    }
    return err == OK ? carry_turnover_add(context, &buys, day, 0, units->quantity) : err;
}

/* Both legs: the units change hands in the transaction that confirms the money. */
static enum judgement deliver(struct rule_context *context, const Seam__TradeRecord *trade,
                              Seam__FillRecord *fill, struct err_detail *detail)
{
    struct hash by;
    struct series series;
    const Seam__HoldingRecord *seller = NULL;
    const Seam__HoldingRecord *buyer = NULL;
    trade_fill_by(&by, fill->trade, fill->fill);
    enum judgement judgement = sides_may(context, fill, &seller, &buyer, detail);
    if (judgement == JUDGE_OK) {
        judgement = bank_valid(context, trade->trade, seller->holder, buyer->holder, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = expiry_valid(context, trade->scheme, fill->units, "fill", detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = units_series(context, &series, fill->units, "units", detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = trade_fill_move(fill, FILL_SETTLED, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = trade_lock_end(context, fill, &series, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const struct block_move move = {
        .from = {.holding = fill->seller, .state = UNIT_RESERVED, .by = &by},
        .to = {.holding = fill->buyer, .state = UNIT_TRADE},
        .kind = ENTRY_TRADE,
        .by = &by,
        .field = "fill"};
    judgement = units_move(context, fill->units, &move, NULL, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const enum err err =
        count_sale(context, trade->scheme, fill->units, seller->holder, buyer->holder);
    fill->done_ms = context->time_ms;
    return err == OK ? trade_fill_put(context, fill, detail) : unit_world(detail, err);
}

/* [domain 3.4] Paid after expiry: nothing moves, and it is not silent. */
static enum judgement paid_late(struct rule_context *context, const Seam__PaymentConfirm *in,
                                Seam__FillRecord *fill, struct err_detail *detail)
{
    fill->late_fen = in->amount_fen;
    fill->late_ms = context->time_ms;
    enum judgement judgement = fill->state == FILL_LOCKED
                                   ? trade_release(context, fill, FILL_PAID_LATE, detail)
                                   : trade_fill_move(fill, FILL_PAID_LATE, detail);
    if (judgement == JUDGE_OK) {
        judgement = trade_fill_put(context, fill, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    return unit_world(detail, trade_list(context, KEY_TRADE_FILL, NULL, fill->trade, fill->fill));
}

static enum judgement amount_valid(const Seam__PaymentConfirm *in, const Seam__FillRecord *fill,
                                   struct err_detail *detail)
{
    char limit[32];
    if (in->amount_fen == fill->amount_fen) {
        return JUDGE_OK;
    }
    (void)snprintf(limit, sizeof limit, "%lld", (long long)fill->amount_fen);
    return unit_refuse(detail, JUDGE_NEVER, ERR_RANGE, "3.4", "amount_fen", limit,
                       "exactly what was agreed");
}

enum judgement payment_confirm(struct rule_context *context, const ProtobufCMessage *payload,
                               const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__PaymentConfirm *in = (const Seam__PaymentConfirm *)payload;
    const Seam__TradeRecord *trade = NULL;
    Seam__FillRecord fill;
    enum judgement judgement = fill_find(context, in->trade, in->fill, &trade, &fill, detail);
    if (judgement == JUDGE_OK) {
        judgement = payer_valid(context, in, trade, &fill, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = amount_valid(in, &fill, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    fill.reference = in->reference;
    if (in->returned) {
        fill.returned_ms = context->time_ms;
        judgement = trade_fill_move(&fill, FILL_RETURNED, detail);
        return judgement == JUDGE_OK ? trade_fill_put(context, &fill, detail) : judgement;
    }
    if (fill.state == FILL_LOCKED && context->time_ms < fill.pay_by_ms) {
        return deliver(context, trade, &fill, detail);
    }
    return paid_late(context, in, &fill, detail);
}

void payment_confirm_links(struct rule_context *context, const ProtobufCMessage *payload,
                           struct bytes *creates, struct bytes *needs)
{
    const Seam__PaymentConfirm *in = (const Seam__PaymentConfirm *)payload;
    const struct state_key key = trade_fill_key(in->trade, in->fill);
    *needs = unit_link(context, &key);
    (void)creates;
}

/* --- 121 TRADE_REFUND ------------------------------------------------------------------------ */

static enum judgement offer_withdraw(struct rule_context *context, const Seam__TradeRecord *old,
                                     struct err_detail *detail)
{
    const Seam__HoldingRecord *own = NULL;
    Seam__TradeRecord record = *old;
    uint8_t state = (uint8_t)old->state;
    const enum judgement judgement =
        holding_own(context, &own, old->trade->holding, "trade", detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const enum err err = sm_move(&trade_offer_machine, &state, OFFER_WITHDRAWN, detail);
    record.state = state;
    return err == OK ? trade_put(context, &record, detail) : view_judgement(err, JUDGE_NEVER);
}

/* Gives an accepted part back to the offer. */
static enum judgement fill_give_up(struct rule_context *context, const Seam__TradeRecord *old,
                                   Seam__FillRecord *fill, struct err_detail *detail)
{
    Seam__TradeRecord record = *old;
    fill->done_ms = context->time_ms;
    enum judgement judgement = trade_fill_move(fill, FILL_GIVEN_UP, detail);
    if (judgement == JUDGE_OK) {
        judgement = trade_fill_put(context, fill, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    record.taken -= fill->units->quantity;
    if (record.state == OFFER_TAKEN) {
        record.state = OFFER_OPEN;
    }
    return trade_put(context, &record, detail);
}

/* Either party, or the settlement organisation. */
static enum judgement refund_sender(struct rule_context *context, const Seam__TradeRecord *trade,
                                    const Seam__FillRecord *fill, struct err_detail *detail)
{
    const Seam__HoldingRecord *holding = NULL;
    if (strcmp(trade->trade->settlement, context->organisation_id) == 0) {
        return JUDGE_OK;
    }
    enum judgement judgement = holding_find(context, &holding, fill->seller, "fill", detail);
    if (judgement == JUDGE_OK && strcmp(holding->holder, context->organisation_id) == 0) {
        return JUDGE_OK;
    }
    if (judgement == JUDGE_OK) {
        judgement = holding_own(context, &holding, fill->buyer, "fill", detail);
    }
    return judgement;
}

enum judgement trade_refund(struct rule_context *context, const ProtobufCMessage *payload,
                            const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__TradeRefund *in = (const Seam__TradeRefund *)payload;
    const Seam__TradeRecord *trade = NULL;
    Seam__FillRecord fill;
    if (in->fill == 0) {
        const enum judgement found = trade_find(context, &trade, in->trade, detail);
        return found == JUDGE_OK ? offer_withdraw(context, trade, detail) : found;
    }
    enum judgement judgement = fill_find(context, in->trade, in->fill, &trade, &fill, detail);
    if (judgement == JUDGE_OK) {
        judgement = refund_sender(context, trade, &fill, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    fill.reason = in->reason;
    if (fill.state == FILL_ACCEPTED) {
        return fill_give_up(context, trade, &fill, detail);
    }
    if (fill.state == FILL_LOCKED && context->time_ms < fill.pay_by_ms) {
        char until[TIME_TEXT_SIZE];
        time_text(until, fill.pay_by_ms);
        return unit_refuse(detail, JUDGE_NOT_YET, ERR_PERIOD_OPEN, "3.4", "fill", until,
                           "the payment may still come");
    }
    if (fill.state != FILL_LOCKED) {
        return trade_fill_move(&fill, FILL_REFUNDED, detail);
    }
    return trade_release(context, &fill, FILL_REFUNDED, detail);
}

void trade_refund_links(struct rule_context *context, const ProtobufCMessage *payload,
                        struct bytes *creates, struct bytes *needs)
{
    const Seam__TradeRefund *in = (const Seam__TradeRefund *)payload;
    const struct state_key key = trade_fill_key(in->trade, in->fill);
    *needs = in->fill == 0 ? (struct bytes){NULL, 0} : unit_link(context, &key);
    (void)creates;
}
