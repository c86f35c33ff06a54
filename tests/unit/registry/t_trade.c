/* SPDX-License-Identifier: Apache-2.0 */
/* Delivery versus payment, step by step, and every way it is refused. */

#include "tests/unit/registry/market.h"

static enum judgement accept(struct market *market, const char *who, const char *holding,
                             const char *id, uint64_t quantity)
{
    Seam__TradeAccept message = SEAM__TRADE_ACCEPT__INIT;
    message.trade = (char *)id;
    message.holding = (char *)holding;
    message.quantity = quantity;
    return market_send(market, who, 118, &message.base);
}

static enum judgement lock(struct market *market, const char *who, const char *id, uint32_t fill)
{
    Seam__TradeLock message = SEAM__TRADE_LOCK__INIT;
    message.trade = (char *)id;
    message.fill = fill;
    return market_send(market, who, 119, &message.base);
}

static enum judgement pay(struct market *market, const char *who, const char *id, uint32_t fill,
                          int64_t amount, bool returned)
{
    Seam__PaymentConfirm message = SEAM__PAYMENT_CONFIRM__INIT;
    message.trade = (char *)id;
    message.fill = fill;
    message.amount_fen = amount;
    message.reference = (char *)"pay-1";
    message.returned = returned;
    return market_send(market, who, 120, &message.base);
}

static enum judgement refund(struct market *market, const char *who, const char *id, uint32_t fill)
{
    Seam__TradeRefund message = SEAM__TRADE_REFUND__INIT;
    message.trade = (char *)id;
    message.fill = fill;
    return market_send(market, who, 121, &message.base);
}

static uint64_t trade_units(struct market *market, const char *holding, enum unit_state state)
{
    return market_shelf(market, holding, "CEA", "", 2025, state);
}

static const Seam__FillRecord *fill_of(struct market *market, const char *id, uint32_t fill)
{
    const Seam__FillRecord *record = NULL;
    assert_int_equal(trade_fill_view(&record, market->state, id, fill, &market->arena), OK);
    return record;
}

static const char *status_of(struct market *market, const char *id, uint32_t fill)
{
    const Seam__TradeRecord *trade = NULL;
    assert_int_equal(trade_view(&trade, market->state, id, &market->arena), OK);
    return fill == 0 ? trade_offer_status(trade, market->time_ms)
                     : trade_fill_status(fill_of(market, id, fill), trade, market->time_ms);
}

static void open_offer(struct market *market, const char *id, uint64_t quantity, uint64_t least)
{
    Seam__Units units = market_cea(quantity);
    Seam__TradePropose propose = market_offer(&units, id);
    propose.least = least;
    market_ok(market, "desk", 117, &propose.base);
}

/* [KSSJ 8c] both legs in one transaction */
static void test_kssj_8c_allowances_circulate(void **state)
{
    struct market *market = *state;
    market_issue(market, "h-desk", "CEA", "", 2025, 1000, UNIT_TRADE);
    open_offer(market, "t1", 400, 0);
    assert_string_equal(status_of(market, "t1", 0), "OPEN");
    assert_int_equal(accept(market, "mine", "h-mine", "t1", 400), JUDGE_OK);
    assert_string_equal(status_of(market, "t1", 0), "TAKEN");
    assert_string_equal(status_of(market, "t1", 1), "ACCEPTED");
    assert_int_equal(trade_units(market, "h-desk", UNIT_TRADE), 1000);
    assert_int_equal(lock(market, "desk", "t1", 1), JUDGE_OK);
    assert_int_equal(trade_units(market, "h-desk", UNIT_TRADE), 600);
    assert_int_equal(trade_units(market, "h-desk", UNIT_RESERVED), 400);
    market->time_ms += 24 * MARKET_HOUR - 1;
    assert_int_equal(pay(market, "bank", "t1", 1, 400 * 9000, false), JUDGE_OK);
    assert_string_equal(status_of(market, "t1", 1), "SETTLED");
    assert_int_equal(trade_units(market, "h-desk", UNIT_RESERVED), 0);
    assert_int_equal(trade_units(market, "h-mine", UNIT_TRADE), 400);
    assert_int_equal(pay(market, "bank", "t1", 1, 400 * 9000, false), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_STATE_MACHINE);
    uint64_t sold = 0;
    uint64_t bought = 0;
    const struct carry_owner seller = {"ets", "desk", "CEA"};
    assert_int_equal(
        carry_turnover(&sold, &bought, market->state, &seller, 0, 30000, &market->arena), OK);
    assert_int_equal(sold, 400);
    assert_int_equal(bought, 0);
    market_check(market);
}

/* [V16] Two sales of one block: exactly one wins, whichever lock comes first. */
static void test_v16_two_sales_of_one_block(void **state)
{
    struct market *market = *state;
    market_issue(market, "h-desk", "CEA", "", 2025, 500, UNIT_TRADE);
    open_offer(market, "t1", 400, 0);
    open_offer(market, "t2", 400, 0);
    assert_int_equal(accept(market, "mine", "h-mine", "t1", 400), JUDGE_OK);
    assert_int_equal(accept(market, "desk-2", "h-desk-2", "t2", 400), JUDGE_OK);
    assert_int_equal(lock(market, "desk", "t2", 1), JUDGE_OK);
    assert_int_equal(lock(market, "desk", "t1", 1), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_HOLDING);
    assert_string_equal(market->detail.limit, "100");
    /* Nothing of the loser is reserved; by serial number it is the same. */
    assert_int_equal(trade_units(market, "h-desk", UNIT_RESERVED), 400);
    Seam__SerialRange range = SEAM__SERIAL_RANGE__INIT;
    Seam__SerialRange *ranges[] = {&range};
    Seam__TradeLock message = SEAM__TRADE_LOCK__INIT;
    range.start = 101;
    range.end = 500;
    message.trade = (char *)"t1";
    message.fill = 1;
    message.n_ranges = 1;
    message.ranges = ranges;
    market_refused(market, "desk", 119, &message.base, ERR_HOLDING, NULL);
    assert_int_equal(trade_units(market, "h-desk", UNIT_TRADE), 100);
    market_check(market);
}

static void test_partial_fills(void **state)
{
    struct market *market = *state;
    market_issue(market, "h-desk", "CEA", "", 2025, 1000, UNIT_TRADE);
    open_offer(market, "t1", 1000, 300);
    assert_int_equal(accept(market, "mine", "h-mine", "t1", 299), JUDGE_NEVER);
    assert_string_equal(market->detail.limit, "300..1000");
    assert_int_equal(accept(market, "mine", "h-mine", "t1", 1001), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_HOLDING);
    assert_int_equal(accept(market, "mine", "h-mine", "t1", 300), JUDGE_OK);
    assert_int_equal(accept(market, "desk-2", "h-desk-2", "t1", 500), JUDGE_OK);
    /* 200 are left: less than the least part, so all of them or none. */
    assert_int_equal(accept(market, "mine", "h-mine", "t1", 100), JUDGE_NEVER);
    assert_string_equal(market->detail.limit, "200..200");
    assert_int_equal(refund(market, "desk-2", "t1", 2), JUDGE_OK);
    assert_string_equal(status_of(market, "t1", 2), "GIVEN_UP");
    assert_int_equal(accept(market, "mine", "h-mine", "t1", 700), JUDGE_OK);
    assert_string_equal(status_of(market, "t1", 0), "TAKEN");
    assert_int_equal(accept(market, "mine", "h-mine", "t1", 1), JUDGE_NOT_YET);
    assert_int_equal(lock(market, "desk", "t1", 3), JUDGE_OK);
    assert_int_equal(lock(market, "desk", "t1", 1), JUDGE_OK);
    assert_int_equal(pay(market, "bank", "t1", 1, 300 * 9000, false), JUDGE_OK);
    assert_int_equal(pay(market, "bank", "t1", 3, 700 * 9000, false), JUDGE_OK);
    assert_int_equal(trade_units(market, "h-mine", UNIT_TRADE), 1000);
    market_check(market);
}

/* Nobody does anything, and the units are free again for whoever needs them. */
static void test_expiry_needs_nobody(void **state)
{
    struct market *market = *state;
    market_issue(market, "h-desk", "CEA", "", 2025, 500, UNIT_TRADE);
    open_offer(market, "t1", 400, 0);
    open_offer(market, "t2", 500, 0);
    assert_int_equal(accept(market, "mine", "h-mine", "t1", 400), JUDGE_OK);
    assert_int_equal(accept(market, "desk-2", "h-desk-2", "t2", 500), JUDGE_OK);
    assert_int_equal(lock(market, "desk", "t1", 1), JUDGE_OK);
    const uint64_t due = fill_of(market, "t1", 1)->pay_by_ms;
    market->time_ms = due - 1;
    assert_string_equal(status_of(market, "t1", 1), "LOCKED");
    assert_int_equal(lock(market, "desk", "t2", 1), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_HOLDING);
    assert_int_equal(refund(market, "desk", "t1", 1), JUDGE_NOT_YET);
    market->time_ms = due;
    assert_string_equal(status_of(market, "t1", 1), "EXPIRED");
    uint64_t expired = 0;
    const struct series series = market_series("CEA", "", 2025);
    assert_int_equal(
        trade_expired(&expired, market->state, "h-desk", &series, market->time_ms, &market->arena),
        OK);
    assert_int_equal(expired, 400);
    assert_int_equal(lock(market, "desk", "t2", 1), JUDGE_OK);
    assert_string_equal(status_of(market, "t1", 1), "REFUNDED");
    assert_int_equal(trade_units(market, "h-desk", UNIT_RESERVED), 500);
    market_check(market);
}

static void test_refund_after_expiry(void **state)
{
    struct market *market = *state;
    market_issue(market, "h-desk", "CEA", "", 2025, 500, UNIT_TRADE);
    open_offer(market, "t1", 400, 0);
    assert_int_equal(accept(market, "mine", "h-mine", "t1", 400), JUDGE_OK);
    assert_int_equal(lock(market, "desk", "t1", 1), JUDGE_OK);
    market->time_ms += 24 * MARKET_HOUR;
    assert_int_equal(refund(market, "desk-2", "t1", 1), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_ROLE);
    assert_int_equal(refund(market, "mine", "t1", 1), JUDGE_OK);
    assert_int_equal(trade_units(market, "h-desk", UNIT_TRADE), 500);
    assert_int_equal(refund(market, "desk", "t1", 1), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_STATE_MACHINE);
    market_check(market);
}

/* [domain 3.4] Paid after expiry: a record until the money is returned, and no units. */
static void test_paid_late_is_not_silent(void **state)
{
    struct market *market = *state;
    market_issue(market, "h-desk", "CEA", "", 2025, 500, UNIT_TRADE);
    open_offer(market, "t1", 200, 0);
    open_offer(market, "t2", 200, 0);
    for (int i = 0; i < 2; i++) {
        const char *id = i == 0 ? "t1" : "t2";
        assert_int_equal(accept(market, "mine", "h-mine", id, 200), JUDGE_OK);
        assert_int_equal(lock(market, "desk", id, 1), JUDGE_OK);
    }
    assert_int_equal(pay(market, "bank", "t1", 1, 200 * 9000, true), JUDGE_NEVER);
    market->time_ms += 24 * MARKET_HOUR;
    assert_int_equal(refund(market, "desk", "t2", 1), JUDGE_OK);
    assert_int_equal(pay(market, "bank", "t1", 1, 200 * 9000, false), JUDGE_OK);
    assert_int_equal(pay(market, "bank", "t2", 1, 200 * 9000, false), JUDGE_OK);
    uint32_t late = 0;
    assert_int_equal(trade_count(&late, market->state, KEY_TRADE_FILL, NULL, &market->arena), OK);
    assert_int_equal(late, 2);
    assert_string_equal(status_of(market, "t1", 1), "PAID_LATE");
    assert_int_equal(fill_of(market, "t1", 1)->late_fen, 200 * 9000);
    assert_int_equal(trade_units(market, "h-desk", UNIT_TRADE), 500);
    assert_int_equal(trade_units(market, "h-mine", UNIT_TRADE), 0);
    assert_int_equal(pay(market, "bank", "t1", 1, 200 * 9000, false), JUDGE_NEVER);
    assert_int_equal(pay(market, "bank", "t1", 1, 200 * 9000, true), JUDGE_OK);
    assert_string_equal(status_of(market, "t1", 1), "RETURNED");
    assert_int_equal(pay(market, "bank", "t1", 1, 200 * 9000, true), JUDGE_NEVER);
    market_check(market);
}

static void test_hash_lock(void **state)
{
    struct market *market = *state;
    uint8_t secret[TRADE_PREIMAGE_SIZE] = {7, 7, 7};
    struct hash image;
    struct hasher hasher;
    hash_begin_raw(&hasher);
    hash_add(&hasher, bytes_of(secret, sizeof secret));
    hash_end(&hasher, &image);
    market_issue(market, "h-desk", "CEA", "", 2025, 500, UNIT_TRADE);
    Seam__Units units = market_cea(100);
    Seam__TradePropose propose = market_offer(&units, "t1");
    propose.hash_lock = (ProtobufCBinaryData){.len = HASH_SIZE, .data = image.bytes};
    market_refused(market, "desk", 117, &propose.base, ERR_MISSING, NULL); /* both */
    propose.settlement = (char *)"";
    market_ok(market, "desk", 117, &propose.base);
    assert_int_equal(accept(market, "mine", "h-mine", "t1", 100), JUDGE_OK);
    assert_int_equal(lock(market, "desk", "t1", 1), JUDGE_OK);
    Seam__PaymentConfirm message = SEAM__PAYMENT_CONFIRM__INIT;
    message.trade = (char *)"t1";
    message.fill = 1;
    message.amount_fen = 100 * 9000;
    message.preimage = (ProtobufCBinaryData){.len = sizeof secret, .data = secret};
    market_refused(market, "desk", 120, &message.base, ERR_ROLE, NULL);
    market_refused(market, "bank", 120, &message.base, ERR_ROLE, NULL);
    secret[31]++;
    market_refused(market, "mine", 120, &message.base, ERR_PARAM, NULL);
    secret[31]--;
    message.preimage.len--;
    market_refused(market, "mine", 120, &message.base, ERR_PARAM, NULL);
    message.preimage.len++;
    market_ok(market, "mine", 120, &message.base);
    assert_int_equal(trade_units(market, "h-mine", UNIT_TRADE), 100);
}

/* The secret is known to everybody once one part was taken: no part of an offer and no other trade
 * may wait behind the same lock. */
static void test_hash_lock_opens_once(void **state)
{
    struct market *market = *state;
    uint8_t image[HASH_SIZE] = {9};
    market_issue(market, "h-desk", "CEA", "", 2025, 500, UNIT_TRADE);
    Seam__Units units = market_cea(100);
    Seam__TradePropose propose = market_offer(&units, "t1");
    propose.settlement = (char *)"";
    propose.hash_lock = (ProtobufCBinaryData){.len = HASH_SIZE, .data = image};
    propose.least = 99;
    market_refused(market, "desk", 117, &propose.base, ERR_PARAM, "100");
    propose.least = 100;
    market_ok(market, "desk", 117, &propose.base);
    assert_int_equal(accept(market, "mine", "h-mine", "t1", 50), JUDGE_NEVER);
    assert_int_equal(accept(market, "mine", "h-mine", "t1", 100), JUDGE_OK);
    propose.trade = (char *)"t2";
    market_refused(market, "desk", 117, &propose.base, ERR_USED, "0");
    propose.holding = (char *)"h-desk-2";
    market_refused(market, "desk-2", 117, &propose.base, ERR_USED, "0");
    image[0]++;
    market_ok(market, "desk-2", 117, &propose.base);
    market_check(market);
}

/* [D43] The bank is neither a party nor of a party's group. */
static void test_bank_is_neutral(void **state)
{
    struct market *market = *state;
    market_issue(market, "h-desk", "CEA", "", 2025, 500, UNIT_TRADE);
    Seam__Units units = market_cea(100);
    Seam__TradePropose propose = market_offer(&units, "t1");
    propose.settlement = (char *)"desk-2";
    market_refused(market, "desk", 117, &propose.base, ERR_ROLE, "desk-2");
    propose.settlement = (char *)"nobody";
    market_refused(market, "desk", 117, &propose.base, ERR_ABSENT, NULL);
    propose.settlement = (char *)"";
    market_refused(market, "desk", 117, &propose.base, ERR_MISSING, NULL);
    /* A bank of the desk's group, however deep; too deep to be sure is no bank either. */
    char names[18][8];
    const char *above = "desk";
    for (size_t i = 0; i < 18; i++) {
        snprintf(names[i], sizeof names[i], "deep-%c", (char)('a' + i));
        market_organisation(market, names[i], above, ROLE_SETTLEMENT);
        above = names[i];
    }
    propose.settlement = names[14];
    market_refused(market, "desk", 117, &propose.base, ERR_ROLE, "desk");
    propose.settlement = names[17];
    market_refused(market, "desk", 117, &propose.base, ERR_RANGE, "desk");
    propose.settlement = (char *)"house-bank";
    market_ok(market, "desk", 117, &propose.base);
    assert_int_equal(accept(market, "mine", "h-mine", "t1", 100), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_ROLE);
    assert_int_equal(accept(market, "desk-2", "h-desk-2", "t1", 100), JUDGE_OK);
    assert_int_equal(lock(market, "desk", "t1", 1), JUDGE_OK);
    assert_int_equal(pay(market, "bank", "t1", 1, 900000, false), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_ROLE);
    assert_string_equal(market->detail.limit, "house-bank");
    assert_int_equal(pay(market, "house-bank", "t1", 1, 899999, false), JUDGE_NEVER);
    assert_string_equal(market->detail.limit, "900000");
    assert_int_equal(pay(market, "house-bank", "t1", 1, 900000, false), JUDGE_OK);
}

static void test_terms_refused(void **state)
{
    struct market *market = *state;
    Seam__Units units = market_cea(100);
    Seam__TradePropose propose = market_offer(&units, "t1");
    propose.holding = (char *)"h-mine";
    market_refused(market, "desk", 117, &propose.base, ERR_ROLE, "mine");
    propose.holding = (char *)"h-desk";
    propose.counterparty = (char *)"h-desk";
    market_refused(market, "desk", 117, &propose.base, ERR_PARAM, NULL);
    propose.counterparty = (char *)"nobody";
    market_refused(market, "desk", 117, &propose.base, ERR_ABSENT, NULL);
    propose.counterparty = (char *)"";
    units.asset = (char *)"GAS";
    market_refused(market, "desk", 117, &propose.base, ERR_ABSENT, NULL);
    units.asset = (char *)"CEA";
    propose.least = 101;
    market_refused(market, "desk", 117, &propose.base, ERR_RANGE, "100");
    propose.least = 0;
    propose.expires_ms = market->time_ms;
    market_refused(market, "desk", 117, &propose.base, ERR_EXPIRED, NULL);
    propose.expires_ms = market->time_ms + TRADE_DAYS_MAX * DAY_MS + 1;
    market_refused(market, "desk", 117, &propose.base, ERR_RANGE, "366 days");
    propose.expires_ms = market->time_ms + TRADE_DAYS_MAX * DAY_MS;
    propose.payment_hours = 0;
    market_refused(market, "desk", 117, &propose.base, ERR_MISSING, NULL);
    propose.payment_hours = 1;
    market_ok(market, "desk", 117, &propose.base);
    market_refused(market, "desk", 117, &propose.base, ERR_CONFLICT, NULL);
    /* Only its counterparty takes it. */
    propose.trade = (char *)"t2";
    propose.counterparty = (char *)"h-mine";
    market_ok(market, "desk", 117, &propose.base);
    assert_int_equal(accept(market, "desk-2", "h-desk-2", "t2", 100), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_ROLE);
    assert_string_equal(market->detail.limit, "h-mine");
    assert_int_equal(accept(market, "desk", "h-desk", "t1", 100), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_PARAM);
    /* Withdrawn: nobody takes it any more. */
    assert_int_equal(refund(market, "mine", "t2", 0), JUDGE_NEVER);
    assert_int_equal(refund(market, "desk", "t2", 0), JUDGE_OK);
    assert_int_equal(accept(market, "mine", "h-mine", "t2", 100), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_STATE_MACHINE);
    assert_int_equal(accept(market, "mine", "h-mine", "t9", 100), JUDGE_NOT_YET);
}

static void test_offer_expires(void **state)
{
    struct market *market = *state;
    market_issue(market, "h-desk", "CEA", "", 2025, 500, UNIT_TRADE);
    open_offer(market, "t1", 100, 0);
    open_offer(market, "t2", 100, 0);
    assert_int_equal(accept(market, "mine", "h-mine", "t1", 100), JUDGE_OK);
    market->time_ms += 48 * MARKET_HOUR;
    assert_string_equal(status_of(market, "t1", 1), "EXPIRED");
    assert_string_equal(status_of(market, "t2", 0), "EXPIRED");
    assert_int_equal(lock(market, "desk", "t1", 1), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_EXPIRED);
    assert_int_equal(accept(market, "mine", "h-mine", "t2", 100), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_EXPIRED);
}

static void test_buyer_offers(void **state)
{
    struct market *market = *state;
    market_issue(market, "h-mine", "CEA", "", 2025, 500, UNIT_TRADE);
    Seam__Units units = market_cea(100);
    Seam__TradePropose propose = market_offer(&units, "t1");
    propose.side = (char *)"BUY";
    market_ok(market, "desk", 117, &propose.base);
    assert_int_equal(accept(market, "mine", "h-mine", "t1", 100), JUDGE_OK);
    assert_int_equal(lock(market, "desk", "t1", 1), JUDGE_NEVER); /* the seller locks */
    assert_int_equal(lock(market, "mine", "t1", 1), JUDGE_OK);
    assert_int_equal(pay(market, "bank", "t1", 1, 900000, false), JUDGE_OK);
    assert_int_equal(trade_units(market, "h-desk", UNIT_TRADE), 100);
}

/* Partly suspended: receives, cannot send. A suspended buyer is not delivered to, nor paid for. */
static void test_account_states(void **state)
{
    struct market *market = *state;
    market_issue(market, "h-desk", "CEA", "", 2025, 500, UNIT_TRADE);
    open_offer(market, "t1", 100, 0);
    assert_int_equal(accept(market, "mine", "h-mine", "t1", 100), JUDGE_OK);
    market_holding_state(market, "h-desk", HOLDING_SUSPENDED_PARTLY);
    assert_int_equal(lock(market, "desk", "t1", 1), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_STATE_MACHINE);
    assert_string_equal(market->detail.limit, "SUSPENDED_PARTLY");
    market_holding_state(market, "h-desk", HOLDING_OPEN);
    assert_int_equal(lock(market, "desk", "t1", 1), JUDGE_OK);
    market_holding_state(market, "h-mine", HOLDING_SUSPENDED);
    assert_int_equal(pay(market, "bank", "t1", 1, 900000, false), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_STATE_MACHINE);
    market_holding_state(market, "h-mine", HOLDING_SUSPENDED_PARTLY);
    /* So an order against the seller: the bank keeps the money. */
    market_holding_state(market, "h-desk", HOLDING_SOME_RESTRICTED);
    assert_int_equal(pay(market, "bank", "t1", 1, 900000, false), JUDGE_NEVER);
    assert_string_equal(market->detail.limit, "SOME_RESTRICTED");
    market_holding_state(market, "h-desk", HOLDING_OPEN);
    assert_int_equal(pay(market, "bank", "t1", 1, 900000, false), JUDGE_OK);
}

/* Units frozen after the lock are not delivered, and come back frozen. */
static void test_frozen_units(void **state)
{
    struct market *market = *state;
    struct hash order = {{9}};
    const struct series series = market_series("CEA", "", 2025);
    market_issue(market, "h-desk", "CEA", "", 2025, 500, UNIT_TRADE);
    open_offer(market, "t1", 100, 0);
    assert_int_equal(accept(market, "mine", "h-mine", "t1", 100), JUDGE_OK);
    assert_int_equal(lock(market, "desk", "t1", 1), JUDGE_OK);
    const Seam__SerialRange *locked = fill_of(market, "t1", 1)->units->ranges[0];
    const struct block_range range = {locked->start, locked->end};
    assert_int_equal(range.start, 401); /* the owner keeps the first part */
    struct rule_context context = market_context(market, "registrar", ROLE_AUTHORITY);
    struct block_pieces frozen;
    assert_int_equal(block_freeze(&context, &series, "h-desk", &range, 1, 100, &order, false,
                                  &frozen, &market->detail),
                     JUDGE_OK);
    assert_int_equal(pay(market, "bank", "t1", 1, 900000, false), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_FROZEN);
    market->time_ms += 24 * MARKET_HOUR;
    assert_int_equal(refund(market, "desk", "t1", 1), JUDGE_OK);
    const Seam__PositionRecord *position = NULL;
    assert_int_equal(registry_position(&position, market->state, "h-desk", &series, &market->arena),
                     OK);
    assert_int_equal(registry_shelf(position, UNIT_TRADE, true), 100);
    market_check(market);
}

/* Fund shares and bonds are settled, too [KSSJ 8c]. */
static void test_kssj_8c_fund_shares_circulate(void **state)
{
    struct market *market = *state;
    market_issue(market, "h-desk", "FUND", "", 2025, 50, UNIT_TRADE);
    Seam__Units units = market_cea(50);
    units.asset = (char *)"FUND";
    Seam__TradePropose propose = market_offer(&units, "t1");
    market_ok(market, "desk", 117, &propose.base);
    assert_int_equal(accept(market, "mine", "h-mine", "t1", 50), JUDGE_OK);
    assert_int_equal(lock(market, "desk", "t1", 1), JUDGE_OK);
    assert_int_equal(pay(market, "bank", "t1", 1, 50 * 9000, false), JUDGE_OK);
    assert_int_equal(market_shelf(market, "h-mine", "FUND", "", 2025, UNIT_TRADE), 50);
}

static void test_machines(void **state)
{
    (void)state;
    assert_true(sm_valid(&trade_offer_machine));
    assert_true(sm_valid(&fill_machine));
    assert_true(sm_valid(&surrender_machine));
    assert_int_equal(fill_machine.rows[FILL_SETTLED].next, SM_END);
    assert_int_equal(fill_machine.rows[FILL_RETURNED].next, SM_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MARKET_TEST(test_kssj_8c_allowances_circulate),
        MARKET_TEST(test_v16_two_sales_of_one_block),
        MARKET_TEST(test_partial_fills),
        MARKET_TEST(test_expiry_needs_nobody),
        MARKET_TEST(test_refund_after_expiry),
        MARKET_TEST(test_paid_late_is_not_silent),
        MARKET_TEST(test_hash_lock),
        MARKET_TEST(test_hash_lock_opens_once),
        MARKET_TEST(test_bank_is_neutral),
        MARKET_TEST(test_terms_refused),
        MARKET_TEST(test_offer_expires),
        MARKET_TEST(test_buyer_offers),
        MARKET_TEST(test_account_states),
        MARKET_TEST(test_frozen_units),
        MARKET_TEST(test_kssj_8c_fund_shares_circulate),
        cmocka_unit_test(test_machines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
