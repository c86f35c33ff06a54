/* SPDX-License-Identifier: Apache-2.0 */
/* No gram appears, vanishes or is credited twice (V13) [KSSJ 7.2.1c]: over 10,000 random ledgers,
 * what the accounts and the legs of transport brought is what lots, uses and losses have; and the
 * footprint of a lot does not depend on what else is looked at. */

#include "ledger/query/lot_footprint.h"
#include "tests/unit/query/lots.h"

#define RAW "06901234567892"
#define CLEAN "06901234567908"
#define SLIME "06901234567915"
#define GRAPHS 10000

static struct lots lots;
static uint64_t running = UINT64_MAX; /* graph of a property under way */
static ProtobufCBinaryData rules;
static uint64_t seed;

static void open_world(void)
{
    lots_open(&lots);
    lots_facility(&lots, "mine-a", "UG", "mine");
    lots_facility(&lots, "mine-b", "OP", "mine");
    lots_facility(&lots, "washery", "WP", "mine");
    lots_product(&lots, "mine", RAW, "raw");
    lots_product(&lots, "mine", CLEAN, "clean");
    lots_product(&lots, "mine", SLIME, "slime");
    rules = lots_rules(&lots);
}

static int setup(void **state)
{
    (void)state;
    open_world();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    if (running != UINT64_MAX) {
        print_error("seed %llu\n", (unsigned long long)running);
    }
    lots_close(&lots);
    return 0;
}

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

static Seam__LotRecord *any(void)
{
    for (size_t i = 0; i < 20 && lots.count > 0; i++) {
        Seam__LotRecord *lot = lots.lots[draw((uint32_t)lots.count)];
        if (lot->qty_kg > 0) {
            return lot;
        }
    }
    return NULL;
}

static int64_t some(const Seam__LotRecord *lot)
{
    return draw(3) == 0 ? lot->qty_kg : 1 + draw((uint32_t)lot->qty_kg);
}

/* --- steps ------------------------------------------------------------------------------------ */

static Seam__LotRecord *mined(const char *facility, const char *month, int64_t kg, bool undone)
{
    struct lots_event event = lots_begin(&lots, LOT_MINE_TYPE);
    Seam__LotRecord *lot = lots_make(&event, RAW, "raw", kg, 20000);
    lots_stage(&lots, lot, facility, "MI", month);
    lots_end(&event);
    if (undone) {
        lots_undo(&event);
    }
    return lot;
}

static void random_mine(void)
{
    static const char *const months[] = {"2026-01", "2026-02", "2026-03"};
    mined(draw(2) == 0 ? "mine-a" : "mine-b", months[draw(3)], 1 + draw(1000000), draw(10) == 0);
}

static void random_wash(Seam__LotRecord *a, Seam__LotRecord *b)
{
    struct lots_event event = lots_begin(&lots, LOT_WASH_TYPE);
    const int64_t kg = some(a);
    lots_take(&event, a, kg);
    int64_t sum = kg;
    if (b != NULL && b != a) {
        const int64_t more = some(b);
        lots_take(&event, b, more);
        sum += more;
    }
    const int64_t clean = 1 + draw((uint32_t)sum);
    Seam__LotRecord *lot = lots_make(&event, CLEAN, "clean", clean, 24000 + draw(3000));
    lots_stage(&lots, lot, "washery", "WA", "2026-02");
    if (draw(2) == 0) {
        lot = lots_make(&event, SLIME, "slime", 1 + draw(1000), 9000);
        lots_stage(&lots, lot, "washery", "WA", "2026-02");
    }
    if (draw(2) == 0) {
        lot = lots_make(&event, CLEAN, "clean", 1 + draw(5000), 22000);
        lots_stage(&lots, lot, "washery", "WA", "2026-02");
    }
    lots_end(&event);
    if (draw(12) == 0) {
        lots_undo(&event);
    }
}

static void random_blend(Seam__LotRecord *a, Seam__LotRecord *b)
{
    struct lots_event event = lots_begin(&lots, LOT_BLEND_TYPE);
    const int64_t kg_a = some(a);
    const int64_t kg_b = some(b);
    lots_take(&event, a, kg_a);
    lots_take(&event, b, kg_b);
    lots_make(&event, RAW, "raw", kg_a + kg_b, 21000);
    lots_end(&event);
}

/* Up to four outputs; now and then nothing stays. */
static void random_split(Seam__LotRecord *a)
{
    struct lots_event event = lots_begin(&lots, LOT_SPLIT_TYPE);
    const size_t parts = 1 + draw(4);
    const int64_t kg = some(a);
    int64_t left = kg;
    lots_take(&event, a, kg);
    for (size_t i = 0; i < parts && left > 0; i++) {
        const int64_t part = i + 1 == parts ? left : 1 + draw((uint32_t)left);
        lots_make(&event, a->gtin, a->product, part, 20000);
        left -= part;
    }
    if (left > 0) {
        lots_make(&event, a->gtin, a->product, left, 20000);
    }
    lots_end(&event);
    if (draw(12) == 0) {
        lots_undo(&event);
    }
}

static void random_load(Seam__LotRecord *a, Seam__LotRecord *b)
{
    struct lots_event event = lots_begin(&lots, LOT_LOAD_TYPE);
    const int64_t kg_a = some(a);
    lots_take(&event, a, kg_a);
    lots_make(&event, a->gtin, a->product, kg_a, 20000);
    if (b != NULL && b != a) {
        const int64_t kg_b = some(b);
        lots_take(&event, b, kg_b);
        lots_make(&event, b->gtin, b->product, kg_b, 20000);
    }
    lots_end(&event);
}

static void random_leg(Seam__LotRecord *a, Seam__LotRecord *b)
{
    struct lots_event event = lots_begin(&lots, LOT_DEPART_TYPE);
    event.record->parameter_set_hash = rules;
    event.record->factor_key = (char *)"transport.RAIL";
    event.record->distance_hm = 1 + draw(20000);
    lots_change(&event, a, 0);
    if (b != NULL && b != a) {
        lots_change(&event, b, 0);
    }
    lots_end(&event);
    event = lots_begin(&lots, LOT_ARRIVE_TYPE);
    const int64_t lost = draw(3) == 0 ? a->qty_kg : draw((uint32_t)a->qty_kg);
    lots_change(&event, a, draw(4) == 0 ? 17 : -lost);
    lots_end(&event);
}

static void random_step(void)
{
    Seam__LotRecord *a = any();
    Seam__LotRecord *b = any();
    if (a == NULL) {
        random_mine();
        return;
    }
    struct lots_event event;
    switch (draw(8)) {
    case 0:
        random_wash(a, b);
        break;
    case 1:
        random_split(a);
        break;
    case 2:
        random_load(a, b);
        break;
    case 3:
        random_leg(a, b);
        break;
    case 4:
        event = lots_begin(&lots, LOT_USE_TYPE);
        lots_change(&event, a, -some(a));
        lots_end(&event);
        if (draw(5) == 0) {
            lots_undo(&event);
        }
        break;
    case 5:
        if (b != NULL && a != b) {
            random_blend(a, b);
        }
        break;
    default:
        random_mine();
    }
}

/* The washery's account names its product and its mass is not here, so its factor counts; mine-b
 * has no account in March, so that of February serves. */
static void random_accounts(void)
{
    lots_account(&lots, "mine-a", "2026-01", 1, draw(100000000), NULL, 0);
    lots_account(&lots, "mine-a", "2026-02", 1, draw(100000000), NULL, 0);
    lots_account(&lots, "mine-a", "2026-03", 1, draw(100000000), NULL, 0);
    lots_account(&lots, "mine-a", "2026-03", 2, draw(100000000), NULL, 0);
    lots_account(&lots, "mine-b", "2026-01", 1, draw(100000000), NULL, 0);
    lots_account(&lots, "mine-b", "2026-02", 1, draw(100000000), NULL, 0);
    if (draw(2) == 0) {
        lots_account(&lots, "washery", "2026-02", 1, draw(10000000), "clean", draw(9000));
    } else if (draw(2) == 0) {
        lots_account(&lots, "washery", "2026-02", 1, draw(10000000), NULL, 0);
    }
}

/* --- the property ----------------------------------------------------------------------------- */

static void check_balance(const struct lot_ledger *ledger)
{
    assert_true(ledger->attributed_g + ledger->transport_g ==
                ledger->lots_g + ledger->used_g + ledger->lost_g + ledger->outside_g);
}

static void check_lots(const struct lot_trace *trace, const struct lot_ledger *ledger)
{
    for (size_t i = 0; i < trace->count; i++) {
        assert_true(ledger->now_kg[i] == trace->nodes[i].lot->qty_kg);
        if (ledger->now_kg[i] == 0) {
            assert_true(lot_grams_total(&ledger->now[i]) == 0);
        }
        for (size_t j = 0; j < LOT_STAGE_COUNT; j++) {
            assert_true(lot_grams_stage(&ledger->now[i], (enum lot_stage)j) >= 0);
        }
    }
}

/* One lot alone over its ancestors has what it has among all. */
static void check_alone(struct query *query, const struct lot_trace *all,
                        const struct lot_ledger *ledger, uint32_t node)
{
    struct lot_trace trace;
    struct lot_ledger alone;
    struct lot_pools *pools = lot_pools_new(query, LOT_VERSIONS_NOW, &lots.arena);
    assert_non_null(pools);
    assert_int_equal(
        lot_trace_lot(&trace, query, all->nodes[node].lot->lot, LOT_UP, LOT_DEPTH_ANY, &lots.arena),
        OK);
    assert_int_equal(lot_ledger_run(&alone, query, &trace, pools, &lots.arena), OK);
    check_balance(&alone);
    assert_memory_equal(&alone.now[0], &ledger->now[node], sizeof alone.now[0]);
    assert_memory_equal(&alone.made[0], &ledger->made[node], sizeof alone.made[0]);
    lot_pools_free(pools);
}

static void check_world(void)
{
    struct query *query = lots_ask(&lots);
    struct lot_pools *pools = lot_pools_new(query, LOT_VERSIONS_NOW, &lots.arena);
    struct lot_trace all;
    struct lot_ledger ledger;
    assert_non_null(pools);
    assert_int_equal(lot_trace_all(&all, query, &lots.arena), OK);
    assert_int_equal(all.count, lots.count);
    assert_int_equal(lot_ledger_run(&ledger, query, &all, pools, &lots.arena), OK);
    check_balance(&ledger);
    check_lots(&all, &ledger);
    assert_int_equal(ledger.outside_g, 0);
    assert_true(ledger.accounts_g == ledger.attributed_g + ledger.not_in_lots_g);
    check_alone(query, &all, &ledger, draw((uint32_t)all.count));
    lot_pools_free(pools);
}

static void every_gram_is_somewhere(void **state)
{
    (void)state;
    lots_close(&lots);
    for (uint64_t graph = 0; graph < GRAPHS; graph++) {
        running = graph;
        seed = graph * 7919;
        open_world();
        random_mine();
        const size_t steps = 2 + draw(14);
        for (size_t i = 0; i < steps; i++) {
            random_step();
        }
        random_accounts();
        check_world();
        lots_close(&lots);
    }
    running = UINT64_MAX;
    open_world();
}

/* --- cases by hand ---------------------------------------------------------------------------- */

static struct lot_ledger ledger_of(struct lot_pools **pools)
{
    struct lot_trace all;
    struct lot_ledger ledger;
    struct query *query = lots_ask(&lots);
    *pools = lot_pools_new(query, LOT_VERSIONS_NOW, &lots.arena);
    assert_int_equal(lot_trace_all(&all, query, &lots.arena), OK);
    assert_int_equal(lot_ledger_run(&ledger, query, &all, *pools, &lots.arena), OK);
    return ledger;
}

/* Wash: 10 t of 1,000,000 g; clean 6 t of 25 GJ/t and 2 t of 15, slime 1 t of 9: 150 : 30 : 9. */
static void washing_divides_by_energy(void **state)
{
    (void)state;
    Seam__LotRecord *raw = mined("mine-a", "2026-01", 10000, false);
    struct lots_event event = lots_begin(&lots, LOT_WASH_TYPE);
    lots_take(&event, raw, 10000);
    lots_stage(&lots, lots_make(&event, CLEAN, "clean", 6000, 25000), "washery", "WA", "2026-02");
    lots_stage(&lots, lots_make(&event, CLEAN, "clean", 2000, 15000), "washery", "WA", "2026-02");
    lots_stage(&lots, lots_make(&event, SLIME, "slime", 1000, 9000), "washery", "WA", "2026-02");
    lots_end(&event);
    lots_account(&lots, "mine-a", "2026-01", 1, 1000000, NULL, 0);
    lots_account(&lots, "washery", "2026-02", 1, 90000, NULL, 0);
    struct lot_pools *pools = NULL;
    const struct lot_ledger ledger = ledger_of(&pools);
    assert_int_equal(lot_grams_stage(&ledger.now[1], LOT_STAGE_MI), 793651);
    assert_int_equal(lot_grams_stage(&ledger.now[2], LOT_STAGE_MI), 158730);
    assert_int_equal(lot_grams_stage(&ledger.now[3], LOT_STAGE_MI), 47619);
    /* an account without products is divided by mass over all that was made */
    assert_int_equal(lot_grams_stage(&ledger.now[1], LOT_STAGE_WA), 60000);
    assert_int_equal(lot_grams_stage(&ledger.now[3], LOT_STAGE_WA), 10000);
    assert_int_equal(lot_grams_total(&ledger.now[0]), 0);
    lot_pools_free(pools);
}

/* Worked example W49 of the methodology. */
static void washing_as_worked_out(void **state)
{
    (void)state;
    Seam__LotRecord *raw = mined("mine-a", "2026-01", 10000000, false);
    struct lots_event event = lots_begin(&lots, LOT_WASH_TYPE);
    lots_take(&event, raw, 10000000);
    (void)lots_make(&event, CLEAN, "clean", 7400000, 26344);
    (void)lots_make(&event, CLEAN, "middlings", 1680000, 15373);
    (void)lots_make(&event, SLIME, "slime", 520000, 12545);
    (void)lots_make(&event, SLIME, "gangue", 400000, 4000);
    lots_end(&event);
    lots_account(&lots, "mine-a", "2026-01", 1, 451000000, NULL, 0);
    struct lot_pools *pools = NULL;
    const struct lot_ledger ledger = ledger_of(&pools);
    assert_int_equal(lot_grams_total(&ledger.now[1]), 386811052);
    assert_int_equal(lot_grams_total(&ledger.now[2]), 51245218);
    assert_int_equal(lot_grams_total(&ledger.now[3]), 12943730);
    assert_int_equal(lot_grams_total(&ledger.now[4]), 0);
    lot_pools_free(pools);
}

/* Coal by a name that its account does not know has no grams, and no grade that says so. */
static void a_product_that_no_account_knows(void **state)
{
    (void)state;
    (void)mined("mine-a", "2026-01", 1000, false);
    lots_account(&lots, "mine-a", "2026-01", 1, 451000000, "other", 1234);
    struct lot_pools *pools = NULL;
    const struct lot_ledger ledger = ledger_of(&pools);
    assert_int_equal(lot_grams_total(&ledger.now[0]), 0);
    assert_int_equal(lot_pools_at(pools, 0)->grade, LOT_GRADE_NONE);
    lot_pools_free(pools);
}

/* 100 t over 50.0 km by 7.9 g/(t km) is 39,500 g, and what is lost on the way keeps its grams with
 * what arrives. */
static void transport_adds_and_losses_stay(void **state)
{
    (void)state;
    Seam__LotRecord *raw = mined("mine-a", "2026-01", 100000, false);
    struct lots_event event = lots_begin(&lots, LOT_DEPART_TYPE);
    event.record->parameter_set_hash = rules;
    event.record->factor_key = (char *)"transport.RAIL";
    event.record->distance_hm = 500;
    lots_change(&event, raw, 0);
    lots_end(&event);
    event = lots_begin(&lots, LOT_ARRIVE_TYPE);
    lots_change(&event, raw, -400);
    lots_end(&event);
    lots_account(&lots, "mine-a", "2026-01", 1, 1000000, NULL, 0);
    struct lot_pools *pools = NULL;
    const struct lot_ledger ledger = ledger_of(&pools);
    assert_int_equal(lot_grams_stage(&ledger.now[0], LOT_STAGE_TR), 39500);
    assert_int_equal(lot_grams_total(&ledger.now[0]), 1039500);
    assert_int_equal(lot_grams_total(&ledger.made[0]), 1000000);
    assert_int_equal(ledger.now_kg[0], 99600);
    assert_int_equal(ledger.lost_g, 0);
    lot_pools_free(pools);
}

static void a_lot_lost_whole_takes_its_grams(void **state)
{
    (void)state;
    Seam__LotRecord *raw = mined("mine-a", "2026-01", 1000, false);
    struct lots_event event = lots_begin(&lots, LOT_LOSS_TYPE);
    lots_change(&event, raw, -1000);
    lots_end(&event);
    lots_account(&lots, "mine-a", "2026-01", 1, 777, NULL, 0);
    struct lot_pools *pools = NULL;
    const struct lot_ledger ledger = ledger_of(&pools);
    assert_int_equal(ledger.lost_g, 777);
    assert_int_equal(ledger.lots_g, 0);
    lot_pools_free(pools);
}

/* An account whose lots were all taken back has its grams in no lot. */
static void what_is_in_no_lot_is_shown(void **state)
{
    (void)state;
    mined("mine-a", "2026-01", 1000, true);
    lots_account(&lots, "mine-a", "2026-01", 1, 777, NULL, 0);
    struct lot_pools *pools = NULL;
    const struct lot_ledger ledger = ledger_of(&pools);
    assert_int_equal(ledger.attributed_g, 0);
    assert_int_equal(ledger.lots_g, 0);
    lot_pools_free(pools);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(washing_divides_by_energy),        T(washing_as_worked_out),
        T(a_product_that_no_account_knows),  T(transport_adds_and_losses_stay),
        T(a_lot_lost_whole_takes_its_grams), T(what_is_in_no_lot_is_shown),
        T(every_gram_is_somewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
