/* SPDX-License-Identifier: Apache-2.0 */
/* [KSSJ 8b] Carry-over and lapse: V20 and W41 with net sales that were really made. */

#include "tests/unit/registry/market.h"

#define YEAR 2025

static const struct carry_owner mine = {"ets", "mine", "CEA"};

/* Net sales of the mine, on a day in 2026, as settled trades would have counted them. */
static void turnover(struct market *market, uint64_t sold, uint64_t bought)
{
    struct rule_context context = market_context(market, "mine", ROLE_MINE);
    struct date date;
    assert_int_equal(date_parse(&date, bytes_text("2026-03-03")), OK);
    assert_int_equal(carry_turnover_add(&context, &mine, date_to_days(date), sold, bought), OK);
}

/* The year is met with nothing: there were no emissions. */
static void met(struct market *market)
{
    market_year(market, "mine-a", YEAR, 0);
}

static Seam__CarryOver carry_message(const char *id, Seam__Units **list, size_t count)
{
    Seam__CarryOver message = SEAM__CARRY_OVER__INIT;
    message.carry = (char *)id;
    message.holding = (char *)"h-mine";
    message.year = YEAR;
    message.n_units = count;
    message.units = list;
    return message;
}

static enum judgement carry(struct market *market, const char *id, uint32_t vintage,
                            uint64_t quantity)
{
    Seam__Units units = market_units("CEA", "", vintage, quantity);
    Seam__Units *list[] = {&units};
    const Seam__CarryOver message = carry_message(id, list, 1);
    return market_send(market, "mine", 126, &message.base);
}

static uint64_t shelf(struct market *market, uint32_t vintage, enum unit_state state)
{
    return market_shelf(market, "h-mine", "CEA", "", vintage, state);
}

static void vector(struct market *market, uint64_t sold, uint64_t bought, uint64_t holding,
                   uint64_t limit)
{
    char text[24];
    met(market);
    turnover(market, sold, bought);
    market_issue(market, "h-mine", "CEA", "", YEAR, holding, UNIT_REGISTER);
    assert_int_equal(carry(market, "c1", YEAR, limit + 1), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_HOLDING);
    snprintf(text, sizeof text, "%llu", (unsigned long long)limit);
    assert_string_equal(market->detail.limit, text);
    assert_int_equal(carry(market, "c1", YEAR, limit), JUDGE_OK);
    assert_int_equal(shelf(market, YEAR, UNIT_REGISTER), holding - limit);
    assert_int_equal(shelf(market, YEAR + 1, UNIT_REGISTER), limit);
    assert_int_equal(carry(market, "c2", YEAR, 1), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_HOLDING);
    market_check(market);
}

/* The serial numbers of another registry are not ours to give. */
static void test_foreign_units(void **state)
{
    struct market *market = *state;
    const struct block_range ranges[] = {{5, 104}};
    const struct block_place to = {.holding = "h-mine", .state = UNIT_REGISTER};
    met(market);
    for (uint32_t vintage = YEAR; vintage <= YEAR + 1; vintage++) {
        const struct series series = series_of("EU", "CEA", "", vintage);
        struct rule_context context = market_context(market, "registrar", ROLE_REGISTRAR);
        assert_int_equal(block_import(&context, &series, &to, ranges, 1, &market->detail),
                         JUDGE_OK);
    }
    Seam__Units units = market_units("CEA", "", YEAR, 10);
    Seam__Units *list[] = {&units};
    const Seam__CarryOver message = carry_message("c1", list, 1);
    units.registry = (char *)"EU";
    market_refused(market, "mine", 126, &message.base, ERR_PARAM, "CN");
    market_check(market);
}

static void test_v20_67000(void **state)
{
    vector(*state, 50000, 12000, 90000, 67000);
}

static void test_v20_10000(void **state)
{
    vector(*state, 0, 30000, 90000, 10000);
}

static void test_v20_20000(void **state)
{
    vector(*state, 50000, 12000, 20000, 20000);
}

/* [W41] 240,000 t are left; 195,185 t are carried, 44,815 t lapse. */
static void test_w41(void **state)
{
    struct market *market = *state;
    vector(market, 150000, 26543, 240000, 195185);
    Seam__Units units = market_units("CEA", "", YEAR, 44816);
    Seam__Lapse message = SEAM__LAPSE__INIT;
    message.holding = (char *)"h-mine";
    message.year = YEAR;
    message.units = &units;
    market->time_ms = market_time("2027-02-28T15:59:59.999Z");
    units.quantity = 44815;
    market_refused(market, "registrar", 127, &message.base, ERR_WINDOW, "2027-02-28T16:00:00.000Z");
    market->time_ms = market_time("2027-02-28T16:00:00Z");
    units.quantity = 44816;
    market_refused(market, "registrar", 127, &message.base, ERR_HOLDING, "44815");
    units.quantity = 44815;
    market_refused(market, "mine", 127, &message.base, ERR_ROLE, NULL);
    market_refused(market, "other-authority", 127, &message.base, ERR_ROLE, "authority-cn");
    market_ok(market, "registrar", 127, &message.base);
    assert_int_equal(shelf(market, YEAR, UNIT_REGISTER), 0);
    units.vintage = YEAR + 1;
    market_refused(market, "registrar", 127, &message.base, ERR_VINTAGE, NULL);
    Seam__ComplianceRecord *record = NULL;
    assert_int_equal(
        compliance_record(&record, market->state, "ets", "h-mine", YEAR, &market->arena), OK);
    assert_int_equal(record->carried, 195185);
    assert_int_equal(record->lapsed, 44815);
    market_check(market);
}

/* Several applications share one limit; vintages of several years, too. */
static void test_in_parts(void **state)
{
    struct market *market = *state;
    met(market);
    market_issue(market, "h-mine", "CEA", "", 2024, 6000, UNIT_REGISTER);
    market_issue(market, "h-mine", "CEA", "", YEAR, 6000, UNIT_REGISTER);
    assert_int_equal(carry(market, "c1", 2024, 6000), JUDGE_OK);
    assert_int_equal(carry(market, "c2", YEAR, 4001), JUDGE_NEVER);
    assert_string_equal(market->detail.limit, "4000");
    assert_int_equal(carry(market, "c2", YEAR, 4000), JUDGE_OK);
    assert_int_equal(carry(market, "c2", YEAR, 1), JUDGE_NEVER);
    assert_int_equal(shelf(market, YEAR + 1, UNIT_REGISTER), 10000);
    const Seam__CarryRecord *record = NULL;
    assert_int_equal(carry_view(&record, market->state, "c2", &market->arena), OK);
    assert_int_equal(record->limit, 10000);
    assert_int_equal(record->issued->quantity, 4000);
    assert_int_equal(record->issued->vintage, YEAR + 1);
    assert_int_equal(record->issued->ranges[0]->start, 6001);
    market_check(market);
}

static enum judgement carry_from(struct market *market, const char *id, const char *holding,
                                 uint64_t quantity)
{
    Seam__Units units = market_units("CEA", "", YEAR, quantity);
    Seam__Units *list[] = {&units};
    Seam__CarryOver message = carry_message(id, list, 1);
    message.holding = (char *)holding;
    return market_send(market, "mine", 126, &message.base);
}

/* [F7] One base and one limit for a holder, however many accounts it has. */
static void test_accounts_share_one_limit(void **state)
{
    struct market *market = *state;
    met(market);
    turnover(market, 2000, 0);
    market_holding(market, "h-mine-2", "mine", NULL);
    market_holding(market, "h-mine-3", "mine", NULL);
    market_issue(market, "h-mine", "CEA", "", YEAR, 20000, UNIT_REGISTER);
    market_issue(market, "h-mine-2", "CEA", "", YEAR, 20000, UNIT_REGISTER);
    market_issue(market, "h-mine-3", "CEA", "", YEAR, 500, UNIT_REGISTER);
    assert_int_equal(carry_from(market, "c1", "h-mine", 7000), JUDGE_OK);
    assert_int_equal(carry_from(market, "c2", "h-mine-2", 6001), JUDGE_NEVER);
    assert_string_equal(market->detail.limit, "6000");
    assert_int_equal(carry_from(market, "c2", "h-mine-3", 501), JUDGE_NEVER);
    assert_string_equal(market->detail.limit, "500");
    assert_int_equal(carry_from(market, "c2", "h-mine-3", 500), JUDGE_OK);
    assert_int_equal(carry_from(market, "c3", "h-mine-2", 5500), JUDGE_OK);
    assert_int_equal(carry_from(market, "c4", "h-mine-2", 1), JUDGE_NEVER);
    assert_string_equal(market->detail.limit, "0");
    assert_int_equal(carry_from(market, "c4", "h-mine", 1), JUDGE_NEVER);
    /* Another holder has a base of its own. */
    Seam__Units units = market_units("CEA", "", YEAR, 10000);
    Seam__Units *list[] = {&units};
    Seam__CarryOver message = carry_message("c5", list, 1);
    message.holding = (char *)"h-desk";
    market_issue(market, "h-desk", "CEA", "", YEAR, 10000, UNIT_REGISTER);
    market_ok(market, "desk", 126, &message.base);
    market_check(market);
}

/* An account that owes nothing does not carry over what another of the same holder owes. */
static void test_all_accounts_have_met(void **state)
{
    struct market *market = *state;
    struct hash owner;
    struct rule_context context = market_context(market, "mine", ROLE_MINE);
    id_hash(&owner, KEY_ORGANISATION, "mine");
    assert_int_equal(trade_list(&context, KEY_HOLDING, &owner, "h-mine", 0), OK);
    market_holding(market, "h-mine-2", "mine", NULL);
    market_year(market, "mine-a", YEAR, 500 * MARKET_T);
    market_issue(market, "h-mine", "CEA", "", YEAR, 500, UNIT_REGISTER);
    market_issue(market, "h-mine-2", "CEA", "", YEAR, 500, UNIT_REGISTER);
    assert_int_equal(carry_from(market, "c1", "h-mine-2", 1), JUDGE_NOT_YET);
    assert_int_equal(market->detail.err, ERR_STATE_MACHINE);
    assert_string_equal(market->detail.limit, "500");
    Seam__Units units = market_units("CEA", "", YEAR, 500);
    Seam__Units *list[] = {&units};
    const Seam__SurrenderPropose propose = market_surrender("s1", list, 1);
    Seam__SurrenderApprove approve = SEAM__SURRENDER_APPROVE__INIT;
    approve.surrender = propose.surrender;
    market_ok(market, "mine", 122, &propose.base);
    market_ok(market, "authority-cn", 123, &approve.base);
    assert_int_equal(carry_from(market, "c1", "h-mine-2", 300), JUDGE_OK);
    /* What the year was met with stays given, whichever account carried over. */
    Seam__SurrenderReverse reverse = SEAM__SURRENDER_REVERSE__INIT;
    reverse.surrender = propose.surrender;
    reverse.reason = (char *)"by mistake";
    market_refused(market, "mine", 125, &reverse.base, ERR_STATE_MACHINE, "300");
    market_refused(market, "authority-cn", 125, &reverse.base, ERR_STATE_MACHINE, "300");
    market_check(market);
}

static void test_refused(void **state)
{
    struct market *market = *state;
    market_year(market, "mine-a", YEAR, 500 * MARKET_T);
    market_issue(market, "h-mine", "CEA", "", YEAR, 900, UNIT_REGISTER);
    market_issue(market, "h-mine", "CEA", "", 2026, 900, UNIT_REGISTER);
    market_issue(market, "h-mine", "CCER", "wind-1", YEAR, 900, UNIT_REGISTER);
    market_issue(market, "h-mine", "CEA", "", 2024, 900, UNIT_TRADE);
    assert_int_equal(carry(market, "c1", YEAR, 1), JUDGE_NOT_YET); /* the year is not met */
    assert_int_equal(market->detail.err, ERR_STATE_MACHINE);
    assert_string_equal(market->detail.limit, "500");
    met(market);
    assert_int_equal(carry(market, "c1", 2026, 1), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_VINTAGE);
    assert_int_equal(carry(market, "c1", 2024, 1), JUDGE_NEVER); /* trade position */
    assert_int_equal(market->detail.err, ERR_HOLDING);
    Seam__Units units[] = {market_units("CEA", "", YEAR, 1), market_units("CEA", "", YEAR, 1)};
    Seam__Units *list[] = {&units[0], &units[1]};
    Seam__CarryOver message = carry_message("c1", list, 2);
    units[1].asset = (char *)"CCER";
    market_refused(market, "mine", 126, &message.base, ERR_PARAM, NULL);
    units[0].asset = (char *)"CCER";
    units[0].project = (char *)"wind-1";
    message.n_units = 1;
    market_refused(market, "mine", 126, &message.base, ERR_PARAM, NULL);
    units[0] = market_units("CEA", "", YEAR, 1);
    market_refused(market, "desk", 126, &message.base, ERR_ROLE, "mine");
    message.year = 2026;
    market_refused(market, "mine", 126, &message.base, ERR_WINDOW, NULL);
    message.year = YEAR;
    market->time_ms = market_time("2026-08-31T15:59:59.999Z");
    market_refused(market, "mine", 126, &message.base, ERR_WINDOW, "2026-08-31T16:00:00.000Z");
    market->time_ms = market_time("2027-02-28T16:00:00Z");
    market_refused(market, "mine", 126, &message.base, ERR_WINDOW, "2027-02-28T16:00:00.000Z");
    market->time_ms--;
    market_ok(market, "mine", 126, &message.base);
    market_refused(market, "mine", 126, &message.base, ERR_CONFLICT, NULL);
    market_check(market);
}

/* Frozen units count for the limit and stay where they are. */
static void test_frozen(void **state)
{
    struct market *market = *state;
    struct hash order = {{3}};
    const struct series series = market_series("CEA", "", YEAR);
    struct block_pieces pieces;
    met(market);
    market_issue(market, "h-mine", "CEA", "", YEAR, 500, UNIT_REGISTER);
    struct rule_context context = market_context(market, "registrar", ROLE_AUTHORITY);
    assert_int_equal(block_freeze(&context, &series, "h-mine", NULL, 0, 400, &order, true, &pieces,
                                  &market->detail),
                     JUDGE_OK);
    assert_int_equal(carry(market, "c1", YEAR, 101), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_FROZEN);
    assert_int_equal(carry(market, "c1", YEAR, 100), JUDGE_OK);
    market_check(market);
}

/* Sums by day, against a plain list. */
static void test_turnover(void **state)
{
    struct market *market = *state;
    uint64_t sold[40] = {0};
    uint64_t bought[40] = {0};
    struct rule_context context = market_context(market, "mine", ROLE_MINE);
    const struct carry_owner desk = {"ets", "desk", "CEA"};
    for (int64_t day = 0; day < 40; day++) {
        for (int64_t n = 0; n < day % 3; n++) {
            sold[day] += (uint64_t)(day + n);
            bought[day] += (uint64_t)(7 * n);
            assert_int_equal(carry_turnover_add(&context, &desk, 100 + day, (uint64_t)(day + n),
                                                (uint64_t)(7 * n)),
                             OK);
        }
    }
    for (int64_t from = -2; from < 42; from++) {
        for (int64_t to = -2; to < 42; to++) {
            uint64_t a = 0;
            uint64_t b = 0;
            uint64_t out_a = 0;
            uint64_t out_b = 0;
            for (int64_t day = from < 0 ? 0 : from; day <= to && day < 40; day++) {
                a += sold[day];
                b += bought[day];
            }
            assert_int_equal(carry_turnover(&out_a, &out_b, market->state, &desk, 100 + from,
                                            100 + to, &market->arena),
                             OK);
            assert_int_equal(out_a, a);
            assert_int_equal(out_b, b);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MARKET_TEST(test_v20_67000),
        MARKET_TEST(test_v20_10000),
        MARKET_TEST(test_v20_20000),
        MARKET_TEST(test_foreign_units),
        MARKET_TEST(test_w41),
        MARKET_TEST(test_in_parts),
        MARKET_TEST(test_accounts_share_one_limit),
        MARKET_TEST(test_all_accounts_have_met),
        MARKET_TEST(test_refused),
        MARKET_TEST(test_frozen),
        MARKET_TEST(test_turnover),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
