/* SPDX-License-Identifier: Apache-2.0 */
/* What was true when something was proposed is asked again when it is approved, locked or paid:
 * eligibility, windows, freezes, states, roles. Each change between the steps is refused, and the
 * first step can still be undone. */

#include "tests/unit/registry/market.h"

#define YEAR 2025

/* --- surrender ------------------------------------------------------------------------------- */

/* 1,000 t are owed; 950 allowances and 50 credits are proposed. */
static void propose(struct market *market)
{
    Seam__Units units[] = {market_units("CEA", "", YEAR, 950),
                           market_units("CCER", "wind-1", YEAR, 50)};
    Seam__Units *list[] = {&units[0], &units[1]};
    const Seam__SurrenderPropose message = market_surrender("s1", list, 2);
    market_year(market, "mine-a", YEAR, 1000 * MARKET_T);
    market_issue(market, "h-mine", "CEA", "", YEAR, 2000, UNIT_REGISTER);
    market_issue(market, "h-mine", "CCER", "wind-1", YEAR, 100, UNIT_REGISTER);
    market_ok(market, "mine", 122, &message.base);
}

static void approve_refused(struct market *market, enum err err, const char *limit)
{
    Seam__SurrenderApprove message = SEAM__SURRENDER_APPROVE__INIT;
    message.surrender = (char *)"s1";
    market_refused(market, "authority-cn", 123, &message.base, err, limit);
}

static void approve(struct market *market)
{
    Seam__SurrenderApprove message = SEAM__SURRENDER_APPROVE__INIT;
    message.surrender = (char *)"s1";
    market_ok(market, "authority-cn", 123, &message.base);
    market_check(market);
}

/* The regulator gives back what it cannot approve. */
static void reject(struct market *market)
{
    Seam__SurrenderReject message = SEAM__SURRENDER_REJECT__INIT;
    message.surrender = (char *)"s1";
    message.reason = (char *)"does not fit any more";
    market_ok(market, "authority-cn", 124, &message.base);
    assert_int_equal(market_shelf(market, "h-mine", "CEA", "", YEAR, UNIT_REGISTER), 2000);
    assert_int_equal(market_shelf(market, "h-mine", "CCER", "wind-1", YEAR, UNIT_REGISTER), 100);
    market_check(market);
}

static void holding_change(struct market *market, const char *holding, enum holding_state state,
                           const char *order)
{
    const Seam__HoldingRecord *old = NULL;
    char *orders[] = {(char *)order};
    assert_int_equal(registry_holding(&old, market->state, holding, &market->arena), OK);
    Seam__HoldingRecord record = *old;
    record.state = state;
    record.n_freezes = order != NULL ? 1 : 0;
    record.freezes = orders;
    const struct state_key key = state_key_named(KEY_HOLDING, holding);
    market_put(market, &key, &record.base);
}

static void order_put(struct market *market, const char *order, bool allow_surrender)
{
    Seam__FreezeRecord record = SEAM__FREEZE_RECORD__INIT;
    record.order = (char *)order;
    record.allow_surrender = allow_surrender;
    const struct state_key key = order_key(ORDER_FREEZE, order);
    market_put(market, &key, &record.base);
}

/* [V19] The project's facility came under allowance management in between. */
static void credits_must_be_eligible_yet(void **state)
{
    struct market *market = *state;
    market_project(market, "farm-1");
    propose(market);
    market_cover(market, "farm-1", "h-desk", YEAR, 0);
    approve_refused(market, ERR_NOT_ELIGIBLE, "ets");
    assert_string_equal(err_code(market->detail.err), "303014");
    reject(market);
}

/* [F6] The window was moved, or taken away. */
static void the_window_must_be_open_yet(void **state)
{
    struct market *market = *state;
    struct market_scheme scheme;
    propose(market);
    market_scheme_init(&scheme);
    scheme.years[0].surrender_from = (char *)"2026-12-01";
    market_scheme_put(market, &scheme);
    approve_refused(market, ERR_WINDOW, "2026-11-30T16:00:00.000Z");
    assert_string_equal(err_code(market->detail.err), "303016");
    scheme.set.years = &scheme.list[1];
    scheme.set.n_years = 1;
    market_scheme_put(market, &scheme);
    approve_refused(market, ERR_WINDOW, NULL);
    market_scheme_init(&scheme);
    market_scheme_put(market, &scheme);
    approve(market);
}

/* [V18] [D43] The scheme takes the asset or the vintage no more. */
static void the_scheme_must_take_it_yet(void **state)
{
    struct market *market = *state;
    struct market_scheme scheme;
    propose(market);
    market_scheme_init(&scheme);
    scheme.set.first_vintage = YEAR + 1;
    market_scheme_put(market, &scheme);
    approve_refused(market, ERR_VINTAGE, NULL);
    market_scheme_init(&scheme);
    scheme.assets[0] = scheme.assets[1];
    scheme.set.n_assets = 1; /* CEA alone */
    market_scheme_put(market, &scheme);
    approve_refused(market, ERR_PARAM, NULL);
    reject(market);
}

/* [2.2] The account was suspended, or frozen by an order that leaves surrender closed. */
static void the_account_must_be_free_yet(void **state)
{
    struct market *market = *state;
    propose(market);
    market_holding_state(market, "h-mine", HOLDING_SUSPENDED);
    approve_refused(market, ERR_STATE_MACHINE, "SUSPENDED");
    order_put(market, "o1", false);
    holding_change(market, "h-mine", HOLDING_OPEN, "o1");
    approve_refused(market, ERR_FROZEN, "receiving");
    assert_string_equal(err_code(market->detail.err), "303015");
    order_put(market, "o1", true);
    approve(market);
}

/* Units frozen since, by an order that leaves surrender closed. */
static void the_units_must_be_free_yet(void **state)
{
    struct market *market = *state;
    struct hash order = {{3}};
    struct block_pieces pieces;
    const struct series series = market_series("CEA", "", YEAR);
    const struct block_range range = {1951, 1951};
    propose(market);
    struct rule_context context = market_context(market, "registrar", ROLE_AUTHORITY);
    assert_int_equal(block_freeze(&context, &series, "h-mine", &range, 1, 1, &order, false, &pieces,
                                  &market->detail),
                     JUDGE_OK);
    approve_refused(market, ERR_FROZEN, NULL);
    assert_int_equal(
        block_unfreeze(&context, &series, "h-mine", &range, 1, &order, &market->detail), JUDGE_OK);
    approve(market);
}

/* Nothing is owed any more. */
static void something_must_be_owed_yet(void **state)
{
    struct market *market = *state;
    Seam__ComplianceExclude exclude = SEAM__COMPLIANCE_EXCLUDE__INIT;
    propose(market);
    exclude.holding = (char *)"h-mine";
    exclude.year = YEAR;
    exclude.excluded = true;
    exclude.reason = (char *)"closed that year";
    market_ok(market, "authority-cn", 144, &exclude.base);
    approve_refused(market, ERR_STATE_MACHINE, "EXCLUDED");
    reject(market);
}

/* --- trade ----------------------------------------------------------------------------------- */

/* desk sells 100 to desk-2 through the bank; accepted, and locked where wanted. */
static void trade(struct market *market, bool locked)
{
    Seam__Units units = market_units("CEA", "", YEAR, 100);
    const Seam__TradePropose offer = market_offer(&units, "t1");
    Seam__TradeAccept accept = SEAM__TRADE_ACCEPT__INIT;
    Seam__TradeLock lock = SEAM__TRADE_LOCK__INIT;
    market_issue(market, "h-desk", "CEA", "", YEAR, 100, UNIT_TRADE);
    market_ok(market, "desk", 117, &offer.base);
    accept.trade = offer.trade;
    accept.holding = (char *)"h-desk-2";
    accept.quantity = 100;
    market_ok(market, "desk-2", 118, &accept.base);
    lock.trade = offer.trade;
    lock.fill = 1;
    if (locked) {
        market_ok(market, "desk", 119, &lock.base);
    }
}

static void pay_refused(struct market *market, enum err err, const char *limit)
{
    Seam__PaymentConfirm message = SEAM__PAYMENT_CONFIRM__INIT;
    message.trade = (char *)"t1";
    message.fill = 1;
    message.amount_fen = 900000;
    message.reference = (char *)"pay-1";
    market_refused(market, "bank", 120, &message.base, err, limit);
    assert_int_equal(market_shelf(market, "h-desk", "CEA", "", YEAR, UNIT_RESERVED), 100);
}

/* The bank joined the buyer's group, or keeps no payments any more. */
static void the_bank_must_be_neutral_yet(void **state)
{
    struct market *market = *state;
    trade(market, true);
    market_organisation(market, "desk-2", "bank", ROLE_DESK);
    pay_refused(market, ERR_ROLE, "desk-2");
    market_organisation(market, "desk-2", "", ROLE_DESK);
    market_organisation(market, "desk", "bank", ROLE_DESK);
    pay_refused(market, ERR_ROLE, "desk");
    market_organisation(market, "desk", "", ROLE_DESK);
    market_organisation(market, "bank", "", ROLE_USER);
    pay_refused(market, ERR_ROLE, NULL);
    market_check(market);
}

static void both_sides_must_be_free_yet(void **state)
{
    struct market *market = *state;
    struct market_scheme scheme;
    trade(market, true);
    order_put(market, "o1", true);
    holding_change(market, "h-desk", HOLDING_OPEN, "o1");
    pay_refused(market, ERR_FROZEN, NULL);
    holding_change(market, "h-desk", HOLDING_SUSPENDED_PARTLY, NULL);
    pay_refused(market, ERR_STATE_MACHINE, "SUSPENDED_PARTLY");
    holding_change(market, "h-desk", HOLDING_OPEN, NULL);
    market_holding_state(market, "h-desk-2", HOLDING_SUSPENDED);
    pay_refused(market, ERR_STATE_MACHINE, "SUSPENDED");
    market_holding_state(market, "h-desk-2", HOLDING_OPEN);
    market_scheme_init(&scheme);
    scheme.set.n_assets = 1; /* CCER alone */
    market_scheme_put(market, &scheme);
    pay_refused(market, ERR_ENUM, "ets");
    market_check(market);
}

static void the_lock_asks_both_sides(void **state)
{
    struct market *market = *state;
    Seam__TradeLock lock = SEAM__TRADE_LOCK__INIT;
    trade(market, false);
    lock.trade = (char *)"t1";
    lock.fill = 1;
    market_holding_state(market, "h-desk-2", HOLDING_SUSPENDED);
    market_refused(market, "desk", 119, &lock.base, ERR_STATE_MACHINE, "SUSPENDED");
    market_holding_state(market, "h-desk-2", HOLDING_OPEN);
    order_put(market, "o1", false);
    holding_change(market, "h-desk", HOLDING_OPEN, "o1");
    market_refused(market, "desk", 119, &lock.base, ERR_FROZEN, NULL);
    holding_change(market, "h-desk", HOLDING_OPEN, NULL);
    market_ok(market, "desk", 119, &lock.base);
    market_check(market);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MARKET_TEST(credits_must_be_eligible_yet), MARKET_TEST(the_window_must_be_open_yet),
        MARKET_TEST(the_scheme_must_take_it_yet),  MARKET_TEST(the_account_must_be_free_yet),
        MARKET_TEST(the_units_must_be_free_yet),   MARKET_TEST(something_must_be_owed_yet),
        MARKET_TEST(the_bank_must_be_neutral_yet), MARKET_TEST(both_sides_must_be_free_yet),
        MARKET_TEST(the_lock_asks_both_sides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
