/* SPDX-License-Identifier: Apache-2.0 */
/* Random steps of several desks, in any order, with repeats and wrong ones among them: units and
 * money are never lost or doubled, and a final state has no way out but the reversal in its window.
 * The model beside it knows only which steps were accepted. */

#include "tests/unit/registry/market.h"

#define STEPS 30000
#define TRADES 12 /* the newest ones are touched */
#define FILLS 4
#define DESKS 3
#define SURRENDERS 16
#define START 100000

static const char *const desks[DESKS] = {"desk", "desk-2", "mine"};
static const char *const accounts[DESKS] = {"h-desk", "h-desk-2", "h-mine"};

/* What the model remembers of a fill. */
struct model_fill {
    unsigned seller;
    unsigned buyer;
    uint64_t quantity;
    bool paid; /* money at the seller */
    bool late; /* money at the bank, to be returned */
};

struct model {
    uint64_t seed;
    uint64_t first; /* of the run, to be repeated */
    unsigned trades;
    uint64_t price[TRADES];
    unsigned proposer[TRADES];
    bool sells[TRADES];
    unsigned fills[TRADES];
    struct model_fill fill[TRADES][FILLS];
    int64_t units[DESKS]; /* held or ended, by account */
    int64_t money[DESKS]; /* fen, from nothing */
    int64_t at_bank[DESKS]; /* paid late and not returned */
    unsigned surrenders;
    int64_t surrendered;
    uint64_t accepted;
    uint64_t settled;
    uint64_t late;
    uint64_t reversed;
};

static uint64_t next(struct model *model)
{
    model->seed ^= model->seed << 13;
    model->seed ^= model->seed >> 7;
    model->seed ^= model->seed << 17;
    return model->seed;
}

static uint64_t below(struct model *model, uint64_t bound)
{
    return next(model) % bound;
}

static void trade_name(char out[16], uint64_t number)
{
    snprintf(out, 16, "t%llu", (unsigned long long)number);
}

static void step_propose(struct market *market, struct model *model)
{
    char name[16];
    const unsigned who = (unsigned)below(model, DESKS);
    const unsigned slot = model->trades % TRADES;
    Seam__Units units = market_cea(1 + below(model, START / 10));
    Seam__TradePropose message = SEAM__TRADE_PROPOSE__INIT;
    trade_name(name, model->trades);
    message.trade = name;
    message.side = (char *)(below(model, 3) != 0 ? "SELL" : "BUY");
    message.holding = (char *)accounts[who];
    message.method = (char *)"LISTED";
    message.units = &units;
    message.least = below(model, 2) * (1 + units.quantity / 3);
    message.price_fen = (int64_t)(5 + 5 * below(model, 2000));
    message.settlement = (char *)"bank";
    message.payment_hours = (uint32_t)(1 + below(model, 8));
    if (market_send(market, desks[who], 117, &message.base) != JUDGE_OK) {
        return;
    }
    model->price[slot] = (uint64_t)message.price_fen;
    model->proposer[slot] = who;
    model->sells[slot] = strcmp(message.side, "SELL") == 0;
    model->fills[slot] = 0;
    model->trades++;
    model->accepted++;
}

/* One of the newest trades, by number. */
static bool pick(struct model *model, uint64_t *number, unsigned *slot)
{
    if (model->trades == 0) {
        return false;
    }
    const uint64_t window = model->trades < TRADES ? model->trades : TRADES;
    *number = model->trades - 1 - below(model, window);
    *slot = (unsigned)(*number % TRADES);
    return true;
}

static void step_accept(struct market *market, struct model *model)
{
    char name[16];
    uint64_t number = 0;
    unsigned slot = 0;
    if (!pick(model, &number, &slot) || model->fills[slot] == FILLS) {
        return;
    }
    const unsigned who = (unsigned)below(model, DESKS);
    Seam__TradeAccept message = SEAM__TRADE_ACCEPT__INIT;
    trade_name(name, number);
    message.trade = name;
    message.holding = (char *)accounts[who];
    const Seam__TradeRecord *record = NULL;
    assert_int_equal(trade_view(&record, market->state, name, &market->arena), OK);
    const uint64_t left = record->trade->units->quantity - record->taken;
    message.quantity = below(model, 2) == 0 ? left : 1 + below(model, left + 2);
    if (message.quantity == 0 || market_send(market, desks[who], 118, &message.base) != JUDGE_OK) {
        return;
    }
    struct model_fill *fill = &model->fill[slot][model->fills[slot]++];
    *fill = (struct model_fill){.seller = model->sells[slot] ? model->proposer[slot] : who,
                                .buyer = model->sells[slot] ? who : model->proposer[slot],
                                .quantity = message.quantity};
    model->accepted++;
}

static void step_lock(struct market *market, struct model *model)
{
    char name[16];
    uint64_t number = 0;
    unsigned slot = 0;
    if (!pick(model, &number, &slot) || model->fills[slot] == 0) {
        return;
    }
    const unsigned which = (unsigned)below(model, model->fills[slot]);
    Seam__TradeLock message = SEAM__TRADE_LOCK__INIT;
    trade_name(name, number);
    message.trade = name;
    message.fill = which + 1;
    const unsigned who =
        below(model, 4) != 0 ? model->fill[slot][which].seller : (unsigned)below(model, DESKS);
    if (market_send(market, desks[who], 119, &message.base) == JUDGE_OK) {
        assert_int_equal(who, model->fill[slot][which].seller);
        model->accepted++;
    }
}

static void step_pay(struct market *market, struct model *model)
{
    char name[16];
    uint64_t number = 0;
    unsigned slot = 0;
    if (!pick(model, &number, &slot) || model->fills[slot] == 0) {
        return;
    }
    const unsigned which = (unsigned)below(model, model->fills[slot]);
    struct model_fill *fill = &model->fill[slot][which];
    const int64_t amount = (int64_t)(fill->quantity * model->price[slot]);
    Seam__PaymentConfirm message = SEAM__PAYMENT_CONFIRM__INIT;
    trade_name(name, number);
    message.trade = name;
    message.fill = which + 1;
    message.amount_fen = amount + (below(model, 20) == 0 ? 1 : 0);
    message.returned = below(model, 4) == 0;
    if (market_send(market, "bank", 120, &message.base) != JUDGE_OK) {
        return;
    }
    assert_int_equal(message.amount_fen, amount);
    assert_false(fill->paid); /* never twice */
    model->accepted++;
    if (message.returned) {
        assert_true(fill->late);
        fill->late = false;
        fill->paid = true; /* nothing may come after it */
        model->at_bank[fill->buyer] -= amount;
        return;
    }
    const Seam__FillRecord *record = NULL;
    assert_int_equal(trade_fill_view(&record, market->state, name, which + 1, &market->arena), OK);
    if (record->state == FILL_PAID_LATE) {
        assert_false(fill->late);
        fill->late = true;
        model->late++;
        model->at_bank[fill->buyer] += amount;
        return;
    }
    assert_int_equal(record->state, FILL_SETTLED);
    fill->paid = true;
    model->settled++;
    model->money[fill->seller] += amount;
    model->money[fill->buyer] -= amount;
    model->units[fill->seller] -= (int64_t)fill->quantity;
    model->units[fill->buyer] += (int64_t)fill->quantity;
}

static void step_refund(struct market *market, struct model *model)
{
    char name[16];
    uint64_t number = 0;
    unsigned slot = 0;
    if (!pick(model, &number, &slot)) {
        return;
    }
    Seam__TradeRefund message = SEAM__TRADE_REFUND__INIT;
    trade_name(name, number);
    message.trade = name;
    message.fill = (uint32_t)below(model, model->fills[slot] + 1u);
    const unsigned who = (unsigned)below(model, DESKS);
    if (market_send(market, desks[who], 121, &message.base) == JUDGE_OK) {
        model->accepted++;
    }
}

static void step_surrender(struct market *market, struct model *model)
{
    char name[16];
    Seam__Units units = market_cea(1 + below(model, 50));
    Seam__Units *list[] = {&units};
    snprintf(name, sizeof name, "s%u", model->surrenders);
    const Seam__SurrenderPropose message = market_surrender(name, list, 1);
    if (market_send(market, "mine", 122, &message.base) == JUDGE_OK) {
        model->surrenders++;
        model->accepted++;
    }
}

static void step_decide(struct market *market, struct model *model)
{
    char name[16];
    if (model->surrenders == 0) {
        return;
    }
    const unsigned back = model->surrenders < SURRENDERS ? model->surrenders : SURRENDERS;
    snprintf(name, sizeof name, "s%u", model->surrenders - 1 - (unsigned)below(model, back));
    const Seam__SurrenderRecord *record = NULL;
    assert_int_equal(surrender_view(&record, market->state, name, &market->arena), OK);
    const uint32_t before = record->state;
    const uint64_t until = record->reversible_until_ms;
    const int64_t quantity = (int64_t)record->allowances;
    Seam__SurrenderApprove approve = SEAM__SURRENDER_APPROVE__INIT;
    Seam__SurrenderReject reject = SEAM__SURRENDER_REJECT__INIT;
    Seam__SurrenderReverse reverse = SEAM__SURRENDER_REVERSE__INIT;
    approve.surrender = reject.surrender = reverse.surrender = name;
    reject.reason = reverse.reason = (char *)"random";
    const uint64_t what = below(model, 4);
    const enum judgement judgement =
        what < 2   ? market_send(market, "authority-cn", 123, &approve.base)
        : what < 3 ? market_send(market, "authority-cn", 124, &reject.base)
                   : market_send(market, "mine", 125, &reverse.base);
    if (judgement != JUDGE_OK) {
        return;
    }
    model->accepted++;
    assert_int_equal(before, what < 3 ? SURRENDER_PROPOSED : SURRENDER_APPROVED);
    if (what < 2) {
        model->surrendered += quantity;
    } else if (what == 3) {
        assert_true(market->time_ms < until);
        model->surrendered -= quantity;
        model->reversed++;
    }
}

static void step_time(struct market *market, struct model *model)
{
    market->time_ms += below(model, 4) == 0 ? below(model, 6 * MARKET_HOUR) : below(model, 60000);
}

static void compare(struct market *market, const struct model *model)
{
    int64_t money = 0;
    const struct series series = market_series("CEA", "", 2025);
    for (unsigned i = 0; i < DESKS; i++) {
        const Seam__PositionRecord *position = NULL;
        uint64_t held = 0;
        assert_int_equal(
            registry_position(&position, market->state, accounts[i], &series, &market->arena), OK);
        for (enum unit_state unit = UNIT_TRADE; unit < UNIT_SURRENDERED; unit++) {
            held += registry_shelf(position, unit, false) + registry_shelf(position, unit, true);
        }
        const int64_t gone = strcmp(accounts[i], "h-mine") == 0 ? model->surrendered : 0;
        if ((int64_t)held != model->units[i] - gone) {
            fail_msg("seed %llx: %s holds %llu, expected %lld", (unsigned long long)model->first,
                     accounts[i], (unsigned long long)held, (long long)(model->units[i] - gone));
        }
        assert_true(model->at_bank[i] >= 0);
        money += model->money[i];
    }
    assert_int_equal(money, 0);
    market_check(market);
}

static void test_random_steps(void **state)
{
    struct market *market = *state;
    static struct model model;
    const char *given = getenv("SEAM_SEED");
    model = (struct model){.seed = 0x5eab0c17};
    if (given != NULL) {
        model.seed = strtoull(given, NULL, 16);
    }
    model.first = model.seed;
    market_year(market, "mine-a", 2025, 900 * MARKET_T);
    for (unsigned i = 0; i < DESKS; i++) {
        market_issue(market, accounts[i], "CEA", "", 2025, START, UNIT_TRADE);
        model.units[i] = START;
    }
    market_issue(market, "h-mine", "CEA", "", 2025, START, UNIT_REGISTER);
    model.units[2] += START;
    for (unsigned i = 0; i < STEPS; i++) {
        static void (*const steps[])(struct market *, struct model *) = {
            step_propose, step_accept, step_accept, step_lock,      step_lock,   step_pay,
            step_pay,     step_pay,    step_refund, step_surrender, step_decide, step_time,
        };
        struct arena whole = market->arena;
        arena_init(&market->arena, (size_t)64 << 20);
        steps[below(&model, sizeof steps / sizeof steps[0])](market, &model);
        arena_free(&market->arena);
        market->arena = whole;
        if (i % 2000 == 1999) {
            compare(market, &model);
        }
    }
    assert_true(model.accepted > STEPS / 10);
    assert_true(model.settled > 100);
    assert_true(model.late > 10);
    assert_true(model.reversed > 50);
}

/* No move of the table leads out of an end, but the one of a reversal. */
static void test_ends_have_no_way_out(void **state)
{
    (void)state;
    for (enum unit_state from = UNIT_SURRENDERED; from < UNIT_STATES; from++) {
        for (enum unit_state to = UNIT_OUTSIDE; to < UNIT_STATES; to++) {
            uint8_t at = (uint8_t)from;
            const bool allowed = sm_move(&unit_machine, &at, (uint8_t)to, NULL) == OK;
            assert_int_equal(allowed, from == UNIT_SURRENDERED && to == UNIT_REGISTER);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MARKET_TEST(test_random_steps),
        cmocka_unit_test(test_ends_have_no_way_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
