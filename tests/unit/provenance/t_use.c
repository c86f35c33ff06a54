/* SPDX-License-Identifier: Apache-2.0 */
/* [KSSJ 7.2.1b] Where coal ends, and what a stocktake may change. */

#include "tests/unit/provenance/world.h"

static char *mined(struct world *world, const char *batch, const char *qty)
{
    char *lot = world_lot(world, world->gtin_raw, batch);
    assert_ok(world_mined(world, lot, qty));
    return lot;
}

static void uses(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    assert_ok(world_use(world, "mine", lot, "40.5", "mine-a"));
    const Seam__LotEventRecord *event = world_event(world, &world->tx_id);
    assert_string_equal(event->use, "POWER");
    assert_string_equal(event->stage, "US");
    assert_int_equal(event->inputs[0]->after_kg, 59500);
    assert_int_equal(world_read(world, lot)->used_kg, 40500);
    assert_refused(world_use(world, "mine", lot, "59.501", "mine-a"), JUDGE_NEVER, ERR_BALANCE,
                   "qty");
    assert_string_equal(world->detail.limit, "59.500 t");
    assert_string_equal(world->detail.clause, "KSSJ 7.2.1b");
    assert_refused(world_use(world, "mine", lot, "0", "mine-a"), JUDGE_NEVER, ERR_RANGE, "qty");
    assert_refused(world_use(world, "mine", lot, "1", "plant"), JUDGE_NEVER, ERR_CONFLICT, "lot");
    Seam__LotUse in = SEAM__LOT_USE__INIT;
    in.event = world_head(world, "mine-a");
    in.lot = lot;
    in.qty = (char *)"59.5";
    in.use = (char *)"HEAT";
#define USE() world_apply(world, "mine", LOT_USE_TYPE, &in.base)
    assert_refused(USE(), JUDGE_NEVER, ERR_ENUM, "use");
    in.use = (char *)"COKE";
    in.facility = (char *)"plant";
    assert_refused(USE(), JUDGE_NEVER, ERR_ROLE, "facility");
    in.facility = (char *)"mine-c";
    assert_ok(USE());
    assert_string_equal(world_event(world, &world->tx_id)->facility, "mine-c");
    assert_int_equal(world_read(world, lot)->state, LOT_CLOSED);
    assert_refused(USE(), JUDGE_NEVER, ERR_STATE_MACHINE, "lot"); /* used twice */
}

static void losses(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    assert_refused(world_lose(world, "mine", lot, "1", "MAGIC", "mine-a"), JUDGE_NEVER, ERR_ENUM,
                   "cause");
    assert_refused(world_lose(world, "power", lot, "1", "FIRE", "mine-a"), JUDGE_NEVER, ERR_ROLE,
                   "lot");
    assert_refused(world_lose(world, "mine", lot, "1", "FIRE", "plant"), JUDGE_NEVER, ERR_CONFLICT,
                   "lot");
    assert_refused(world_lose(world, "mine", lot, "100.001", "FIRE", "mine-a"), JUDGE_NEVER,
                   ERR_BALANCE, "qty");
    assert_ok(world_lose(world, "mine", lot, "10", "FIRE", "mine-a"));
    const Seam__LotRecord *record = world_read(world, lot);
    assert_int_equal(record->lost_kg, 10000);
    assert_int_equal(world_event(world, &world->tx_id)->balance->loss_dry_dg, 92000000);
}

/* 200 bp of 100 t are 2 t: at once, or bit by bit. */
static void great_losses(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    const size_t mark = overlay_mark(world->state);
    assert_ok(world_lose(world, "mine", lot, "2", "FIRE", "mine-a"));
    assert_null(world_finding(world_event(world, &world->tx_id), "W_LOSS", "MASS"));
    assert_ok(world_lose(world, "mine", lot, "0.001", "FIRE", "mine-a"));
    assert_string_equal(world_finding(world_event(world, &world->tx_id), "W_LOSS", "MASS")->amount,
                        "0.001 t");
    overlay_rollback(world->state, mark);
    assert_ok(world_lose(world, "mine", lot, "2.001", "THEFT", "mine-a"));
    const Seam__LotEventRecord *event = world_event(world, &world->tx_id);
    assert_string_equal(world_finding(event, "W_LOSS", "MASS")->amount, "2.001 t");
    assert_string_equal(world_finding(event, "W_LOSS", "MASS")->limit, "2.000 t");
    assert_null(world_finding(event, "W_LOSS", "OWNER"));
    overlay_rollback(world->state, mark);
    assert_ok(world_use(world, "mine", lot, "99", "mine-a")); /* of 1 t left, 20 kg */
    assert_ok(world_lose(world, "mine", lot, "0.02", "DUST", "mine-a"));
    assert_null(world_finding(world_event(world, &world->tx_id), "W_LOSS", "MASS"));
    assert_ok(world_lose(world, "mine", lot, "0.021", "DUST", "mine-a"));
    assert_non_null(world_finding(world_event(world, &world->tx_id), "W_LOSS", "MASS"));
}

/* Who only holds the coal lets another one's vanish: the finding says whose. */
static void losses_of_others(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    world_handover(world, "mine", "CUSTODY", lot, "carrier", "mine-a", "mine-a");
    assert_ok(world_lose(world, "carrier", lot, "2", "SPILL", "mine-a"));
    assert_null(world_finding(world_event(world, &world->tx_id), "W_LOSS", "OWNER"));
    assert_ok(world_lose(world, "carrier", lot, "50", "SPILL", "mine-a"));
    const Seam__LotEventRecord *event = world_event(world, &world->tx_id);
    assert_string_equal(world_finding(event, "W_LOSS", "MASS")->amount, "50.000 t");
    assert_string_equal(world_finding(event, "W_LOSS", "OWNER")->amount, "50.000 t");
    assert_string_equal(world_finding(event, "W_LOSS", "OWNER")->limit, "mine");
}

/* A changed set is another set: whoever changes it sees it here (D7). */
static void rules_are_fixed(void **state)
{
    struct world *world = *state;
    char text[2 * HASH_SIZE + 1];
    hex_encode(text, hash_bytes(&world->set_hash));
    assert_string_equal(text, "577ab7b0c4399a4395ad04518b6625eff2e302fa1a663d85e2d47557ea4d17de");
}

/* Only water leaves: 100 t at 0.08 hold 92 t dry; without 4 t of water the moisture is 0.0417. */
static void drying(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    Seam__LotLoss in = SEAM__LOT_LOSS__INIT;
    in.event = world_head(world, "mine-a");
    in.lot = lot;
    in.qty = (char *)"4";
    in.cause = (char *)"MOISTURE";
#define LOSE() world_apply(world, "mine", LOT_LOSS_TYPE, &in.base)
    assert_refused(LOSE(), JUDGE_NEVER, ERR_MISSING, "moisture");
    in.moisture = (char *)"0.08"; /* then coal would be missing */
    assert_refused(LOSE(), JUDGE_NEVER, ERR_BALANCE, "moisture");
    assert_string_equal(world->detail.limit, "3.680 t");
    in.moisture = (char *)"0.01"; /* and here there would be more of it */
    assert_refused(LOSE(), JUDGE_NEVER, ERR_BALANCE, "moisture");
    in.moisture = (char *)"0.0417";
    assert_ok(LOSE());
    const Seam__LotRecord *record = world_read(world, lot);
    assert_int_equal(record->qty_kg, 96000);
    assert_int_equal(record->moisture_e4, 417);
    /* 920,000,000 dg before; 96,000 kg of 0.9583 after */
    assert_int_equal(world_event(world, &world->tx_id)->balance->difference_dry_dg,
                     920000000 - 96000 * 9583);
}

/* [V22, D41] 2 % of 300 t is 6 t; losses and gains do not cancel. */
static void stocktakes(void **state)
{
    struct world *world = *state;
    Seam__LotStocktake in = SEAM__LOT_STOCKTAKE__INIT;
    Seam__LotAmount *lots[2];
    char *a = mined(world, "A", "100");
    char *b = mined(world, "B", "200");
    in.event = world_head(world, "mine-a");
    in.product = (char *)"raw";
    in.lots = lots;
    in.n_lots = 2;
    lots[0] = world_amount(world, a, "97");
    lots[1] = world_amount(world, b, "203.001");
#define TAKE(who, type) world_apply(world, who, type, &in.base)
    assert_refused(TAKE("mine", LOT_STOCKTAKE_TYPE), JUDGE_NEVER, ERR_SECOND_PERSON, "lots");
    assert_non_null(strstr(world->detail.hint, "6.001 t"));
    assert_refused(TAKE("power", LOT_STOCKTAKE_TYPE), JUDGE_NEVER, ERR_ROLE, "lots[0].lot");
    const size_t mark = overlay_mark(world->state);
    assert_ok(TAKE("mine", LOT_STOCKTAKE_CONFIRM_TYPE));
    const Seam__LotEventRecord *event = world_event(world, &world->tx_id);
    assert_int_equal(event->n_persons, 2);
    assert_string_equal(world_finding(event, "W_STOCK", "MASS")->amount, "6.001 t");
    assert_int_equal(world_read(world, a)->lost_kg, 3000);
    assert_int_equal(world_read(world, b)->gained_kg, 3001);
    overlay_rollback(world->state, mark);
    lots[1]->qty = (char *)"203";
    assert_ok(TAKE("mine", LOT_STOCKTAKE_TYPE));
    assert_null(world_finding(world_event(world, &world->tx_id), "W_STOCK", "MASS"));
    in.product = (char *)"clean";
    assert_refused(TAKE("mine", LOT_STOCKTAKE_TYPE), JUDGE_NEVER, ERR_CONFLICT, "lots[0].lot");
    in.product = (char *)"raw";
    in.n_lots = 0;
    assert_refused(TAKE("mine", LOT_STOCKTAKE_TYPE), JUDGE_NEVER, ERR_MISSING, "lots");
    in.n_lots = 1;
    lots[0]->qty = (char *)"0";
    assert_ok(TAKE("mine", LOT_STOCKTAKE_CONFIRM_TYPE)); /* nothing was found of it */
    assert_int_equal(world_read(world, a)->state, LOT_CLOSED);
}

/* One person may not let a heap grow by two per cent a day. */
static void grows_by_stocktakes(void **state)
{
    struct world *world = *state;
    Seam__LotStocktake in = SEAM__LOT_STOCKTAKE__INIT;
    char *a = mined(world, "A", "100");
    Seam__LotAmount *lots[1] = {world_amount(world, a, "102")};
    in.event = world_head(world, "mine-a");
    in.product = (char *)"raw";
    in.lots = lots;
    in.n_lots = 1;
    assert_ok(TAKE("mine", LOT_STOCKTAKE_TYPE));
    lots[0]->qty = (char *)"102.001";
    assert_refused(TAKE("mine", LOT_STOCKTAKE_TYPE), JUDGE_NEVER, ERR_SECOND_PERSON, "lots");
    lots[0]->qty = (char *)"101.5";
    assert_ok(TAKE("mine", LOT_STOCKTAKE_TYPE));
    lots[0]->qty = (char *)"102.001";
    assert_ok(TAKE("mine", LOT_STOCKTAKE_CONFIRM_TYPE));
    assert_non_null(world_finding(world_event(world, &world->tx_id), "W_STOCK", "MASS"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(uses),   T(losses),     T(great_losses),       T(losses_of_others), T(rules_are_fixed),
        T(drying), T(stocktakes), T(grows_by_stocktakes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
