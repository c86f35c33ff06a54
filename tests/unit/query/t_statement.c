/* SPDX-License-Identifier: Apache-2.0 */
/* Statements, the way of one unit, what was used up, and another registry's list. */

#include "ledger/query/reconcile.h"
#include "ledger/query/statement.h"
#include "tests/unit/registry/market.h"

#define YEAR 2025

static struct query *look(struct market *market)
{
    struct query *query = NULL;
    assert_int_equal(query_of_overlay(&query, market->state, market->height, market->time_ms), OK);
    return query;
}

/* desk sells to mine, an hour between the steps. */
static void sale(struct market *market, const char *id, uint64_t quantity)
{
    Seam__Units units = market_cea(quantity);
    const Seam__TradePropose propose = market_offer(&units, id);
    Seam__TradeAccept accept = SEAM__TRADE_ACCEPT__INIT;
    Seam__TradeLock lock = SEAM__TRADE_LOCK__INIT;
    Seam__PaymentConfirm pay = SEAM__PAYMENT_CONFIRM__INIT;
    accept.trade = lock.trade = pay.trade = (char *)id;
    accept.holding = (char *)"h-mine";
    accept.quantity = quantity;
    lock.fill = pay.fill = 1;
    pay.amount_fen = (int64_t)quantity * 9000;
    market_ok(market, "desk", 117, &propose.base);
    market_ok(market, "mine", 118, &accept.base);
    market_ok(market, "desk", 119, &lock.base);
    market->time_ms += MARKET_HOUR;
    market_ok(market, "bank", 120, &pay.base);
}

static void move_to_register(struct market *market, uint64_t quantity)
{
    struct rule_context context = market_context(market, "mine", ROLE_MINE);
    const struct series series = market_series("CEA", "", YEAR);
    const struct block_move move = {.series = &series,
                                    .from = {.holding = "h-mine", .state = UNIT_TRADE},
                                    .to = {.holding = "h-mine", .state = UNIT_REGISTER},
                                    .quantity = quantity,
                                    .kind = ENTRY_POSITION,
                                    .field = "units"};
    assert_int_equal(block_move(&context, &move, NULL, &market->detail), JUDGE_OK);
}

static void surrender(struct market *market, const char *id, uint64_t quantity)
{
    Seam__Units units = market_cea(quantity);
    Seam__Units *list[] = {&units};
    Seam__SurrenderPropose propose = market_surrender(id, list, 1);
    Seam__SurrenderApprove approve = SEAM__SURRENDER_APPROVE__INIT;
    approve.surrender = (char *)id;
    propose.beneficiary = (char *)"mine";
    market_ok(market, "mine", 122, &propose.base);
    market_ok(market, "authority-cn", 123, &approve.base);
}

static void history(struct market *market)
{
    market_year(market, "mine-a", YEAR, 100 * MARKET_T);
    market_issue(market, "h-desk", "CEA", "", YEAR, 1000, UNIT_TRADE);
    market->time_ms += MARKET_HOUR;
    sale(market, "t1", 300);
    market->time_ms += MARKET_HOUR;
    move_to_register(market, 200);
    market->time_ms += MARKET_HOUR;
    surrender(market, "s1", 100);
}

/* Any span: what was there, what happened, what is there. */
static void test_statement_any_period(void **state)
{
    struct market *market = *state;
    const uint64_t start = market->time_ms;
    history(market);
    struct query *query = look(market);
    for (uint64_t from = start - MARKET_HOUR; from < start + 8 * MARKET_HOUR;
         from += MARKET_HOUR / 2) {
        for (uint64_t to = from; to < start + 8 * MARKET_HOUR; to += MARKET_HOUR / 2) {
            struct statement statement;
            assert_int_equal(statement_make(&statement, query, "h-mine", from, to, &market->arena),
                             OK);
            int64_t change = 0;
            for (size_t i = 0; i < statement.line_count; i++) {
                assert_true(statement.lines[i].entry->time_ms >= from);
                assert_true(statement.lines[i].entry->time_ms < to);
                change += statement.lines[i].held;
            }
            int64_t before = 0;
            int64_t after = 0;
            for (enum unit_state at = UNIT_TRADE; at < UNIT_SURRENDERED; at++) {
                before += (int64_t)statement.positions[0].opening[at];
                after += (int64_t)statement.positions[0].closing[at];
            }
            assert_int_equal(after - before, change);
        }
    }
    struct statement whole;
    assert_int_equal(
        statement_make(&whole, query, "h-mine", 0, market->time_ms + 1, &market->arena), OK);
    assert_int_equal(whole.line_count, 4); /* bought, moved, reserved, surrendered */
    assert_int_equal(whole.positions[0].opening[UNIT_TRADE], 0);
    assert_int_equal(whole.positions[0].closing[UNIT_TRADE], 100);
    assert_int_equal(whole.positions[0].closing[UNIT_REGISTER], 100);
    assert_int_equal(whole.positions[0].closing[UNIT_SURRENDERED], 100);
    assert_string_equal(whole.positions[0].series, "CN:CEA:CN:2025");
    assert_int_equal(statement_make(&whole, query, "h-mine", 2, 1, &market->arena), ERR_RANGE);
    assert_int_equal(statement_make(&whole, query, "nobody", 0, 1, &market->arena), ERR_ABSENT);
    query_close(query);
}

/* From the surrender back to the issue, over two accounts. */
static void test_serial(void **state)
{
    struct market *market = *state;
    const struct series series = market_series("CEA", "", YEAR);
    struct statement_serial found;
    history(market);
    struct query *query = look(market);
    assert_int_equal(statement_serial(&found, query, &series, 1000, &market->arena), OK);
    static const char *const kinds[] = {"SURRENDER", "RESERVE", "POSITION", "TRADE",
                                        "TRADE",     "RESERVE", "ISSUE"};
    assert_int_equal(found.stop_count, 7);
    for (size_t i = 0; i < 7; i++) {
        assert_string_equal(entry_name(found.stops[i].entry->kind), kinds[i]);
        assert_string_equal(found.stops[i].holding, i < 4 ? "h-mine" : "h-desk");
    }
    assert_int_equal(found.block->state, UNIT_SURRENDERED);
    assert_int_equal(statement_serial(&found, query, &series, 1, &market->arena), OK);
    assert_int_equal(found.stop_count, 1);
    assert_int_equal(statement_serial(&found, query, &series, 1001, &market->arena), ERR_ABSENT);
    query_close(query);
}

static void test_public(void **state)
{
    struct market *market = *state;
    struct statement_end *ends = NULL;
    size_t count = 0;
    history(market);
    struct query *query = look(market);
    assert_int_equal(statement_public(&ends, &count, query, 0, market->time_ms + 1, &market->arena),
                     OK);
    assert_int_equal(count, 1);
    assert_true(ends[0].surrender);
    assert_string_equal(ends[0].id, "s1");
    assert_int_equal(ends[0].quantity, 100);
    assert_false(ends[0].final);
    assert_int_equal(statement_public(&ends, &count, query, 0, market->time_ms, &market->arena),
                     OK);
    assert_int_equal(count, 0);
    query_close(query);
    market->time_ms += 14 * DAY_MS;
    query = look(market);
    assert_int_equal(statement_public(&ends, &count, query, 0, market->time_ms, &market->arena),
                     OK);
    assert_true(ends[0].final);
    query_close(query);
}

static struct reconcile compare(struct market *market, const char *text)
{
    struct reconcile out;
    struct errors errors;
    struct query *query = look(market);
    assert_int_equal(errors_new(&errors, &market->arena), OK);
    assert_int_equal(reconcile_csv(&out, query, bytes_text(text), &market->arena, &errors), OK);
    query_close(query);
    return out;
}

#define HEAD "registry,asset,project,vintage,start,end,account,state\n"

static void test_reconcile(void **state)
{
    struct market *market = *state;
    history(market);
    /* desk 1-700; mine 701-800 trade, 801-900 register, 901-1000 surrendered */
    struct reconcile found = compare(market, HEAD "CN,CEA,,2025,1,700,h-desk,HELD\n"
                                                  "CN,CEA,,2025,901,1000,h-mine,RETIRED\n"
                                                  "CN,CEA,,2025,701,900,h-mine,HELD\n");
    assert_int_equal(found.rows, 3);
    assert_int_equal(found.count, 0);
    assert_int_equal(found.units_equal, 1000);
    found = compare(market, HEAD "CN,CEA,,2025,1,600,h-desk,TRADE\n"
                                 "CN,CEA,,2025,601,710,h-mine,TRADE\n"
                                 "CN,CEA,,2025,700,720,h-mine,TRADE\n"
                                 "CN,CEA,,2025,901,1010,h-mine,TRADE\n"
                                 "CN,CEA,,2024,1,5,h-mine,TRADE\n");
    static const struct {
        enum reconcile_kind kind;
        uint64_t start;
        uint64_t end;
    } expected[] = {
        {RECONCILE_ABSENT_HERE, 1, 5}, /* of 2024 */
        {RECONCILE_ACCOUNT, 601, 700},      {RECONCILE_TWICE, 700, 710},
        {RECONCILE_ABSENT_THERE, 721, 800}, {RECONCILE_ABSENT_THERE, 801, 900},
        {RECONCILE_STATE, 901, 1000},       {RECONCILE_ABSENT_HERE, 1001, 1010},
    };
    assert_int_equal(found.count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < found.count; i++) {
        assert_int_equal(found.differences[i].kind, expected[i].kind);
        assert_int_equal(found.differences[i].start, expected[i].start);
        assert_int_equal(found.differences[i].end, expected[i].end);
    }
    assert_int_equal(found.units_equal, 600 + 20);
    assert_string_equal(found.differences[1].account_here, "h-desk");
    assert_string_equal(found.differences[1].account_there, "h-mine");
    assert_int_equal(found.differences[1].row, 3);
}

/* A series that one side lacks altogether: all of it is absent there, or here. */
static void test_reconcile_whole_series(void **state)
{
    struct market *market = *state;
    struct rule_context context = market_context(market, "registrar", ROLE_REGISTRAR);
    const struct series foreign = series_of("EU", "CEA", "", 2025);
    const struct block_place to = {.holding = "h-desk", .state = UNIT_REGISTER};
    const struct block_range range = {5, 14};
    history(market);
    market_issue(market, "h-mine", "CCER", "wind-1", 2024, 20, UNIT_REGISTER);
    market_issue(market, "h-desk", "CCER", "wind-1", 2024, 10, UNIT_REGISTER);
    assert_int_equal(block_import(&context, &foreign, &to, &range, 1, &market->detail), JUDGE_OK);
#define OURS                                                                                       \
    "CN,CEA,,2025,1,700,h-desk,HELD\nCN,CEA,,2025,901,1000,h-mine,RETIRED\n"                       \
    "CN,CEA,,2025,701,900,h-mine,HELD\n"
    struct reconcile found = compare(market, HEAD OURS "CN,CCER,sun-1,2024,7,9,h-mine,HELD\n");
    assert_int_equal(found.count, 3);
    assert_int_equal(found.differences[0].kind, RECONCILE_ABSENT_HERE);
    assert_string_equal(found.differences[0].series, "CN:CCER:sun-1:2024");
    assert_int_equal(found.differences[0].start, 7);
    assert_int_equal(found.differences[0].end, 9);
    for (size_t i = 1; i < 3; i++) {
        assert_int_equal(found.differences[i].kind, RECONCILE_ABSENT_THERE);
        assert_string_equal(found.differences[i].series, "CN:CCER:wind-1:2024");
        assert_int_equal(found.differences[i].row, 0);
    }
    assert_int_equal(found.differences[1].start, 1);
    assert_int_equal(found.differences[1].end, 20);
    assert_string_equal(found.differences[1].account_here, "h-mine");
    assert_int_equal(found.differences[2].end, 30);
    assert_int_equal(found.units_equal, 1000);
    /* Another registry's file speaks of its own series alone; an empty one of none. */
    found = compare(market, HEAD "EU,CEA,,2025,5,14,h-desk,HELD\n");
    assert_int_equal(found.count, 0);
    found = compare(market, HEAD);
    assert_int_equal(found.rows, 0);
    assert_int_equal(found.units_equal, 0);
    uint64_t missing = 0;
    for (size_t i = 0; i < found.count; i++) {
        assert_int_equal(found.differences[i].kind, RECONCILE_ABSENT_THERE);
        missing += found.differences[i].end - found.differences[i].start + 1;
    }
    assert_int_equal(missing, 1000 + 30 + 10);
}

static void test_reconcile_hostile(void **state)
{
    struct market *market = *state;
    struct reconcile out;
    struct errors errors;
    struct query *query = look(market);
    assert_int_equal(errors_new(&errors, &market->arena), OK);
    assert_int_equal(
        reconcile_csv(&out, query, bytes_text("registry,asset\nCN,CEA\n"), &market->arena, &errors),
        ERR_PARAM);
    static const char *const rows[] = {
        HEAD "CN,CEA,,2025,0,5,a,HELD\n",
        HEAD "CN,CEA,,2025,6,5,a,HELD\n",
        HEAD "CN,CEA,,2025,1,99999999999999999999999,a,HELD\n",
        HEAD "CN,CEA,,2025,1,1000000000001,a,HELD\n",
        HEAD "CN,CEA,,20255,1,5,a,HELD\n",
        HEAD ",CEA,,2025,1,5,a,HELD\n",
        HEAD "CN,CEA,,2025,-1,5,a,HELD\n",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(errors_new(&errors, &market->arena), OK);
        assert_int_equal(reconcile_csv(&out, query, bytes_text(rows[i]), &market->arena, &errors),
                         OK);
        assert_int_equal(out.rows, 0);
        assert_int_equal(errors.count, 1);
        assert_int_equal(errors.items[0].line, 2);
    }
    query_close(query);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MARKET_TEST(test_statement_any_period),
        MARKET_TEST(test_serial),
        MARKET_TEST(test_public),
        MARKET_TEST(test_reconcile),
        MARKET_TEST(test_reconcile_whole_series),
        MARKET_TEST(test_reconcile_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
