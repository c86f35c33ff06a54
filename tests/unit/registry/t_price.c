/* SPDX-License-Identifier: Apache-2.0 */
/* Prices: what may be asked, who may publish, and what the reference is. */

#include "tests/unit/registry/market.h"

/* Price out of band, negative, off the tick. */
static void test_price_refused(void **state)
{
    struct market *market = *state;
    Seam__PricePublish price = SEAM__PRICE_PUBLISH__INIT;
    price.scheme = (char *)"ets";
    price.venue = (char *)"SHEX";
    price.asset = (char *)"CEA";
    price.day = (char *)"2026-10-05";
    price.version = 1;
    price.volume = 10;
    price.close_fen = 9000;
    market_ok(market, "bank", 116, &price.base);
    Seam__Units units = market_cea(100);
    Seam__TradePropose propose = market_offer(&units, "t1");
    propose.price_fen = 9901;
    market_refused(market, "desk", 117, &propose.base, ERR_RANGE, "8100..9900, step 5");
    propose.price_fen = 9905;
    market_refused(market, "desk", 117, &propose.base, ERR_RANGE, "8100..9900, step 5");
    propose.price_fen = 8095;
    market_refused(market, "desk", 117, &propose.base, ERR_RANGE, NULL);
    propose.price_fen = -5;
    market_refused(market, "desk", 117, &propose.base, ERR_RANGE, NULL);
    propose.price_fen = 8100;
    market_ok(market, "desk", 117, &propose.base);
    /* Versions of a day, by its venue's publisher; not of tomorrow. */
    market_refused(market, "bank", 116, &price.base, ERR_CONFLICT, NULL);
    price.version = 3;
    market_refused(market, "bank", 116, &price.base, ERR_GAP, NULL);
    price.version = 2;
    price.close_fen = 9100;
    market_refused(market, "registrar", 116, &price.base, ERR_ROLE, "bank");
    market_ok(market, "bank", 116, &price.base);
    price.version = 1;
    price.day = (char *)"2026-10-06";
    market_refused(market, "bank", 116, &price.base, ERR_PERIOD_OPEN, "2026-10-05");
    price.day = (char *)"2026-10-04";
    price.close_fen = 5000;
    market_ok(market, "bank", 116, &price.base);
    const Seam__PriceLast *last = NULL;
    assert_int_equal(price_last(&last, market->state, "ets", "CEA", 2025, &market->arena), OK);
    assert_int_equal(last->close_fen, 9100); /* the newest day, not the newest message */
}

static void price_say(Seam__PricePublish *price, const char *venue, const char *day, int64_t close)
{
    seam__price_publish__init(price);
    price->scheme = (char *)"ets";
    price->venue = (char *)venue;
    price->asset = (char *)"CEA";
    price->day = (char *)day;
    price->version = 1;
    price->volume = 1000000000;
    price->close_fen = close;
}

static int64_t reference(struct market *market)
{
    const Seam__PriceLast *last = NULL;
    assert_int_equal(price_last(&last, market->state, "ets", "CEA", 2025, &market->arena), OK);
    return last->close_fen;
}

/* A desk that wants another band, by itself or by the bank of its house: nothing it can publish
 * moves the reference or adds a close to the basis of a penalty. */
static void test_hostile_prices(void **state)
{
    struct market *market = *state;
    Seam__PricePublish price;
    Seam__Units units = market_cea(10);
    Seam__TradePropose propose = market_offer(&units, "t1");
    struct hash owner;
    uint32_t closes = 0;
    price_say(&price, "SHEX", "2026-10-04", 9000);
    market_ok(market, "bank", 116, &price.base);
    market_issue(market, "h-desk", "CEA", "", 2025, 100, UNIT_TRADE);
    price_say(&price, "DARK", "2026-10-05", 20000);
    market_refused(market, "desk", 116, &price.base, ERR_ROLE, NULL);
    market_refused(market, "house-bank", 116, &price.base, ERR_PARAM, "SHEX");
    price_say(&price, "SHEX", "2026-10-05", 20000);
    market_refused(market, "desk", 116, &price.base, ERR_ROLE, NULL);
    market_refused(market, "house-bank", 116, &price.base, ERR_ROLE, "bank");
    market_refused(market, "registrar", 116, &price.base, ERR_ROLE, "bank");
    market_refused(market, "other-authority", 116, &price.base, ERR_ROLE, "bank");
    assert_int_equal(reference(market), 9000);
    price_list_owner(&owner, "ets", "CEA", 0);
    assert_int_equal(trade_count(&closes, market->state, KEY_PRICE, &owner, &market->arena), OK);
    assert_int_equal(closes, 1);
    propose.price_fen = 20000;
    market_refused(market, "desk", 117, &propose.base, ERR_RANGE, "8100..9900, step 5");
}

/* Of one day's closes the venue named first is the reference, whoever publishes last. */
static void test_reference_price(void **state)
{
    struct market *market = *state;
    Seam__PricePublish price;
    price_say(&price, "BJEX", "2026-10-04", 7000);
    market_ok(market, "registrar", 116, &price.base);
    assert_int_equal(reference(market), 7000);
    price_say(&price, "SHEX", "2026-10-04", 9000);
    market_ok(market, "bank", 116, &price.base);
    assert_int_equal(reference(market), 9000);
    price_say(&price, "BJEX", "2026-10-04", 7500);
    price.version = 2;
    market_ok(market, "registrar", 116, &price.base);
    assert_int_equal(reference(market), 9000);
    price_say(&price, "SHEX", "2026-10-03", 9500);
    market_ok(market, "bank", 116, &price.base);
    assert_int_equal(reference(market), 9000);
    price_say(&price, "BJEX", "2026-10-05", 7600);
    market_ok(market, "registrar", 116, &price.base);
    assert_int_equal(reference(market), 7600);
    /* A venue that the scheme names no more gives way to any that it does. */
    struct market_scheme scheme;
    market_scheme_init(&scheme);
    scheme.set.n_venues = 1;
    market_scheme_put(market, &scheme);
    price_say(&price, "BJEX", "2026-10-05", 100);
    price.version = 2;
    market_refused(market, "registrar", 116, &price.base, ERR_PARAM, "SHEX");
    price_say(&price, "SHEX", "2026-10-05", 9100);
    market_ok(market, "bank", 116, &price.base);
    assert_int_equal(reference(market), 9100);
}

static void test_price_range(void **state)
{
    (void)state;
    struct price_range range = price_range_of(0, 1, 0);
    assert_int_equal(range.low_fen, 1);
    assert_int_equal(range.high_fen, PRICE_FEN_MAX);
    range = price_range_of(9999, 1, 1000); /* 8999.1 to 10998.9, inwards */
    assert_int_equal(range.low_fen, 9000);
    assert_int_equal(range.high_fen, 10998);
    range = price_range_of(100, 7, 10000);
    assert_int_equal(range.low_fen, 7);
    assert_int_equal(range.high_fen, 196);
    int64_t amount = 0;
    assert_int_equal(price_amount(&amount, 90071992547, 100000), OK);
    assert_int_equal(price_amount(&amount, 90071992548, 100000), ERR_RANGE);
    assert_int_equal(price_amount(&amount, UINT64_MAX, INT64_MAX), ERR_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MARKET_TEST(test_price_refused),
        MARKET_TEST(test_hostile_prices),
        MARKET_TEST(test_reference_price),
        cmocka_unit_test(test_price_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
