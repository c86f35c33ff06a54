/* SPDX-License-Identifier: Apache-2.0 */
/* [KSSJ 8a] [KSSJ 8b] The desk's look at a year: gap, exposure, plan. */

#include "ledger/query/compliance.h"
#include "tests/unit/registry/market.h"

#define YEAR 2025

static struct query *look(struct market *market)
{
    struct query *query = NULL;
    assert_int_equal(query_of_overlay(&query, market->state, market->height, market->time_ms), OK);
    return query;
}

static void publish(struct market *market, const char *day, uint64_t volume, int64_t close)
{
    Seam__PricePublish price = SEAM__PRICE_PUBLISH__INIT;
    price.scheme = (char *)"ets";
    price.venue = (char *)"SHEX";
    price.asset = (char *)"CEA";
    price.day = (char *)day;
    price.version = 1;
    price.volume = volume;
    price.close_fen = close;
    market_ok(market, "bank", 116, &price.base);
}

/* Shortfall x mean of the month x 5 to 10. */
static void test_exposure(void **state)
{
    struct market *market = *state;
    struct compliance_answer answer;
    market_year(market, "mine-a", YEAR, 1000 * MARKET_T);
    publish(market, "2026-09-04", 1000000, 100); /* more than a month ago */
    publish(market, "2026-09-06", 100, 9000);
    publish(market, "2026-10-05", 300, 10000);
    struct query *query = look(market);
    assert_int_equal(query_compliance(&answer, query, "h-mine", YEAR, &market->arena), OK);
    query_close(query);
    assert_string_equal(answer.allowance, "CEA");
    assert_string_equal(answer.offset, "CCER");
    assert_true(answer.basis.known);
    assert_int_equal(answer.basis.closes, 2);
    assert_string_equal(answer.basis.from, "2026-09-06");
    assert_string_equal(answer.basis.to, "2026-10-05");
    assert_int_equal(answer.basis.fen_per_t, 9750);
    assert_int_equal(answer.compliance.gap, 1000);
    assert_int_equal(answer.exposure.low_fen, 5 * 1000 * 9750);
    assert_int_equal(answer.exposure.high_fen, 10 * 1000 * 9750);
    assert_string_equal(answer.exposure.rule, PENALTY_RULE_SHORTFALL);
    /* Who is excluded owes nothing, so nothing is exposed. */
    Seam__ComplianceExclude exclude = SEAM__COMPLIANCE_EXCLUDE__INIT;
    exclude.holding = (char *)"h-mine";
    exclude.year = YEAR;
    exclude.excluded = true;
    exclude.reason = (char *)"closed that year";
    market_ok(market, "authority-cn", 144, &exclude.base);
    query = look(market);
    assert_int_equal(query_compliance(&answer, query, "h-mine", YEAR, &market->arena), OK);
    query_close(query);
    assert_int_equal(answer.exposure.high_fen, 0);
    query = look(market);
    assert_int_equal(query_compliance(&answer, query, "nobody", YEAR, &market->arena), ERR_ABSENT);
    query_close(query);
}

static void test_no_prices(void **state)
{
    struct market *market = *state;
    struct compliance_answer answer;
    struct plan_answer *plan = arena_alloc(&market->arena, sizeof *plan);
    const struct plan_prices prices = {0};
    market_year(market, "mine-a", YEAR, 1000 * MARKET_T);
    struct query *query = look(market);
    assert_int_equal(query_compliance(&answer, query, "h-mine", YEAR, &market->arena), OK);
    assert_false(answer.basis.known);
    assert_int_equal(query_plan(plan, query, "h-mine", YEAR, &prices, &market->arena), ERR_PARAM);
    query_close(query);
}

/* Half a year is known; the rest is forecast; own units by vintage, credits under the cap. */
static void test_kssj_8b_plan_of_use(void **state)
{
    struct market *market = *state;
    struct plan_answer *plan = arena_alloc(&market->arena, sizeof *plan);
    const struct plan_prices prices = {.allowance_fen = 9000, .offset_fen = 7000};
    for (uint32_t month = 1; month <= 6; month++) {
        char period[16];
        snprintf(period, sizeof period, "2025-%02u", month);
        market_account(market, "mine-a", period, 100 * MARKET_T, 0);
    }
    market_issue(market, "h-mine", "CEA", "", 2024, 300, UNIT_TRADE);
    market_issue(market, "h-mine", "CEA", "", 2025, 500, UNIT_REGISTER);
    market_issue(market, "h-mine", "CEA", "", 2026, 900, UNIT_REGISTER); /* of no use */
    market_issue(market, "h-mine", "CCER", "wind-1", 2024, 20, UNIT_REGISTER);
    struct query *query = look(market);
    assert_int_equal(query_plan(plan, query, "h-mine", YEAR, &prices, &market->arena), OK);
    query_close(query);
    assert_int_equal(plan->so_far_t, 600);
    assert_int_equal(plan->forecast_t, 1200);
    assert_int_equal(plan->facilities[0].forecast.method, FORECAST_GROWTH);
    assert_int_equal(plan->line_count, 3);
    assert_string_equal(plan->lines[0].series, "CN:CEA:CN:2024");
    assert_int_equal(plan->lines[0].use_t, 300);
    assert_true(plan->lines[1].offset);
    assert_int_equal(plan->lines[1].use_t, 20);
    assert_int_equal(plan->lines[2].use_t, 500);
    assert_int_equal(plan->plan.cap_t, 60);
    assert_int_equal(plan->plan.buy_offsets_t, 40);
    assert_int_equal(plan->plan.buy_allowances_t, 1200 - 60 - 800);
    assert_int_equal(plan->plan.pay_fen, 40 * 7000 + 340 * 9000);
    assert_int_equal(plan->prices.carried_fen, 9000);
    assert_true(plan->carry);
}

/* A credit that may not count is shown and not used. */
static void test_not_eligible(void **state)
{
    struct market *market = *state;
    struct plan_answer *plan = arena_alloc(&market->arena, sizeof *plan);
    const struct plan_prices prices = {.allowance_fen = 9000, .offset_fen = 7000};
    market_project(market, "mine-a");
    market_year(market, "mine-a", YEAR, 1000 * MARKET_T);
    market_issue(market, "h-mine", "CCER", "wind-1", 2024, 20, UNIT_REGISTER);
    struct query *query = look(market);
    assert_int_equal(query_plan(plan, query, "h-mine", YEAR, &prices, &market->arena), OK);
    query_close(query);
    assert_false(plan->lines[0].eligible);
    assert_int_equal(plan->lines[0].use_t, 0);
    assert_int_equal(plan->plan.buy_offsets_t, 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MARKET_TEST(test_exposure),
        MARKET_TEST(test_no_prices),
        MARKET_TEST(test_kssj_8b_plan_of_use),
        MARKET_TEST(test_not_eligible),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
