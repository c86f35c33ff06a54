/* SPDX-License-Identifier: Apache-2.0 */
/* The plan against every other plan there is, for small numbers; and the vectors W40 and W41. */

#include "ledger/registry/compliance_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed_next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static int64_t below(uint64_t *seed, int64_t bound)
{
    return (int64_t)(seed_next(seed) % (uint64_t)bound);
}

static struct carry_rule cn_rule(int64_t base)
{
    return (struct carry_rule){.base = tonnes_of(base), .ratio_num = 3, .ratio_den = 2};
}

static int64_t limit_of(const struct plan_input *in, int64_t sell, int64_t buy)
{
    const int64_t net = in->sold_t + sell - in->bought_t - buy;
    if (!in->carry) {
        return 0;
    }
    return tonnes_value(in->carry_rule.base) +
           (net > 0 ? net * in->carry_rule.ratio_num / in->carry_rule.ratio_den : 0);
}

/* The least cost over every number of offsets and every number sold. */
static int64_t brute(const struct plan_input *in, int64_t allowances, int64_t need, int64_t room)
{
    int64_t best = INT64_MAX;
    for (int64_t offsets = 0; offsets <= room && offsets <= need; offsets++) {
        const int64_t rest = need - offsets;
        const int64_t buy = rest > allowances ? rest - allowances : 0;
        const int64_t surplus = allowances - (rest - buy);
        for (int64_t sell = 0; sell <= surplus; sell++) {
            const int64_t limit = limit_of(in, sell, buy);
            const int64_t carry = surplus - sell < limit ? surplus - sell : limit;
            const int64_t cost = offsets * in->prices.offset_fen + buy * in->prices.allowance_fen -
                                 sell * in->prices.allowance_fen - carry * in->prices.carried_fen;
            best = cost < best ? cost : best;
        }
    }
    return best;
}

static void test_best_of_all_plans(void **state)
{
    (void)state;
    uint64_t seed = 0x5eab00000c17u;
    for (int round = 0; round < 4000; round++) {
        const uint64_t start = seed;
        struct plan_holding holdings[4];
        struct plan_input in = {.holdings = holdings, .count = 4};
        int64_t own[2] = {0};
        for (size_t i = 0; i < 4; i++) {
            holdings[i] = (struct plan_holding){.offset = below(&seed, 2) == 1,
                                                .vintage = 2020 + (uint32_t)i,
                                                .available_t = below(&seed, 25)};
            own[holdings[i].offset ? 1 : 0] += holdings[i].available_t;
        }
        in.obligation_t = below(&seed, 80);
        in.surrendered_allowances_t = below(&seed, 10);
        in.surrendered_offsets_t = below(&seed, 4);
        in.offset_cap_bp = (uint32_t)below(&seed, 3) * 2500;
        in.carry = below(&seed, 4) != 0;
        in.carry_rule = (struct carry_rule){.base = tonnes_of(below(&seed, 20)),
                                            .ratio_num = (uint32_t)below(&seed, 6),
                                            .ratio_den = 1 + (uint32_t)below(&seed, 4)};
        in.sold_t = below(&seed, 20);
        in.bought_t = below(&seed, 20);
        in.prices = (struct plan_prices){.allowance_fen = below(&seed, 10),
                                         .offset_fen = below(&seed, 10),
                                         .carried_fen = below(&seed, 10)};
        struct plan plan;
        assert_int_equal(plan_make(&plan, &in), OK);
        const int64_t cost = brute(&in, own[0], plan.need_t, plan.cap_left_t);
        if (plan.cost_fen != cost) {
            fail_msg("seed %llx: %lld, best %lld", (unsigned long long)start,
                     (long long)plan.cost_fen, (long long)cost);
        }
        /* The parts make the whole, and nothing lapses. */
        assert_int_equal(plan.own_allowances_t + plan.own_offsets_t + plan.buy_allowances_t +
                             plan.buy_offsets_t,
                         plan.need_t);
        assert_true(plan.own_offsets_t + plan.buy_offsets_t <= plan.cap_left_t);
        assert_true(plan.carry_t <= plan.carry_limit_t);
        assert_int_equal(plan.own_allowances_t + plan.sell_allowances_t + plan.carry_t, own[0]);
        int64_t used = 0;
        for (size_t i = 0; i < in.count; i++) {
            assert_true(plan.use_t[i] >= 0 && plan.use_t[i] <= holdings[i].available_t);
            used += plan.use_t[i];
        }
        assert_int_equal(used, plan.own_allowances_t + plan.own_offsets_t);
        assert_true(plan.cost_fen <= plan.without_offsets_fen);
        assert_true(plan.reason_count > 0);
    }
}

/* W40: the cap of 1,234,567 t at 5 % is 61,728 t, floored. */
static void test_w40_cap(void **state)
{
    (void)state;
    const struct plan_input in = {
        .obligation_t = 1234567, .offset_cap_bp = 500, .prices = {9000, 7000, 9000}};
    struct plan plan;
    assert_int_equal(plan_make(&plan, &in), OK);
    assert_int_equal(plan.cap_t, 61728);
    assert_int_equal(plan.buy_offsets_t, 61728);
    assert_int_equal(plan.buy_allowances_t, 1234567 - 61728);
    assert_int_equal(plan.pay_fen, 61728 * INT64_C(7000) + 1172839 * INT64_C(9000));
}

/* W41: sold 150,000, bought 26,543: of 240,000 t left, 195,185 t can be carried as things stand. */
static void test_w41_carry(void **state)
{
    (void)state;
    const struct plan_holding holdings[] = {{false, 2024, 240000}};
    struct plan_input in = {.carry = true,
                            .carry_rule = cn_rule(10000),
                            .sold_t = 150000,
                            .bought_t = 26543,
                            .prices = {9000, 9000, 9000},
                            .holdings = holdings,
                            .count = 1};
    struct plan plan;
    assert_int_equal(plan_make(&plan, &in), OK);
    assert_int_equal(plan.need_t, 0);
    /* Selling x raises the limit by 1.5 x: 17,926 are enough for the rest to stay. */
    assert_int_equal(plan.sell_allowances_t, 17926);
    assert_int_equal(plan.carry_t, 240000 - 17926);
    assert_true(plan.carry_t <= plan.carry_limit_t);
    /* One tonne less sold, and one tonne would lapse. */
    assert_true(240000 - 17925 > limit_of(&in, 17925, 0));
    in.prices.carried_fen = 8999;
    assert_int_equal(plan_make(&plan, &in), OK);
    assert_int_equal(plan.sell_allowances_t, 240000);
}

static void test_oldest_first(void **state)
{
    (void)state;
    const struct plan_holding holdings[] = {
        {false, 2023, 40}, {true, 2023, 5}, {false, 2024, 100}, {true, 2024, 5}};
    const struct plan_input in = {.obligation_t = 100,
                                  .offset_cap_bp = 500,
                                  .carry = true,
                                  .carry_rule = cn_rule(10000),
                                  .prices = {9000, 8000, 9000},
                                  .holdings = holdings,
                                  .count = 4};
    struct plan plan;
    assert_int_equal(plan_make(&plan, &in), OK);
    assert_int_equal(plan.use_t[0], 40);
    assert_int_equal(plan.use_t[1], 5);
    assert_int_equal(plan.use_t[2], 55);
    assert_int_equal(plan.use_t[3], 0);
    assert_int_equal(plan.reasons[0].why, PLAN_OFFSETS_CHEAPER);
    assert_int_equal(plan.reasons[0].a, 8000);
    assert_int_equal(plan.reasons[0].b, 9000);
    assert_string_equal(plan_why_name(plan.reasons[1].why), "CAP_REACHED");
}

static void test_bounds(void **state)
{
    (void)state;
    struct plan plan;
    struct plan_input in = {.obligation_t = PLAN_TONNES_MAX, .prices = {PLAN_FEN_MAX, 1, 1}};
    assert_int_equal(plan_make(&plan, &in), ERR_RANGE); /* 10^23 fen */
    in.prices.allowance_fen = 1000000;
    assert_int_equal(plan_make(&plan, &in), OK);
    in.obligation_t++;
    assert_int_equal(plan_make(&plan, &in), ERR_RANGE);
    in.obligation_t = -1;
    assert_int_equal(plan_make(&plan, &in), ERR_NEG);
    in.obligation_t = 1;
    in.prices.offset_fen = -1;
    assert_int_equal(plan_make(&plan, &in), ERR_NEG);
    in.prices.offset_fen = PLAN_FEN_MAX + 1;
    assert_int_equal(plan_make(&plan, &in), ERR_RANGE);
    in.prices.offset_fen = PLAN_FEN_MAX;
    in.offset_cap_bp = 10000;
    assert_int_equal(plan_make(&plan, &in), OK);
    in.offset_cap_bp = 10001;
    assert_int_equal(plan_make(&plan, &in), ERR_RANGE);
    in.offset_cap_bp = 0;
    in.carry = true;
    assert_int_equal(plan_make(&plan, &in), ERR_RANGE); /* no denominator */
    in.carry_rule.ratio_den = PLAN_RATIO_MAX;
    in.carry_rule.ratio_num = PLAN_RATIO_MAX;
    assert_int_equal(plan_make(&plan, &in), OK);
    in.carry_rule.ratio_num++;
    assert_int_equal(plan_make(&plan, &in), ERR_RANGE);
    struct plan_holding holding = {.available_t = -1};
    in.carry = false;
    in.holdings = &holding;
    in.count = 1;
    assert_int_equal(plan_make(&plan, &in), ERR_NEG);
    holding.available_t = PLAN_TONNES_MAX;
    assert_int_equal(plan_make(&plan, &in), OK);
    holding.available_t++;
    assert_int_equal(plan_make(&plan, &in), ERR_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_best_of_all_plans),
        cmocka_unit_test(test_w40_cap),
        cmocka_unit_test(test_w41_carry),
        cmocka_unit_test(test_oldest_first),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
