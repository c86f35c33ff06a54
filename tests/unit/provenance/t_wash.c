/* SPDX-License-Identifier: Apache-2.0 */
/* [KSSJ 7.2.1b] V11 at the washing plant: what is refused, what is flagged, with the amounts. */

#include "tests/unit/provenance/world.h"

/* 1000 t of raw coal, 0.08 moisture and 0.28 ash: 920 t dry, 257.6 t of ash. The plant makes clean
 * coal and gangue out of it. */
struct wash {
    Seam__LotWash in;
    Seam__LotAmount *inputs[2];
    Seam__LotOutput *outputs[3];
    Seam__LotWashLoss *losses[1];
};

static char *raw(struct world *world, const char *batch)
{
    return world_lot(world, world->gtin_raw, batch);
}

/* Mines a lot and gives it to the plant, which then owns and holds it. */
static char *delivered(struct world *world, const char *batch, const char *qty)
{
    char *lot = raw(world, batch);
    assert_ok(world_mined(world, lot, qty));
    world_handover(world, "mine", "BOTH", lot, "washery", "mine-a", "plant");
    return lot;
}

static Seam__LotOutput *output(struct world *world, const char *lot, const char *qty,
                               const char *moisture, const char *ash, const char *carbon)
{
    Seam__LotOutput *out = world_alloc(world, sizeof *out);
    seam__lot_output__init(out);
    out->lot = (char *)lot;
    out->qty = world_text(world, qty);
    out->quality = world_quality(world, moisture, ash, "25", carbon);
    return out;
}

/* The balance closes to the gram: clean 600 t of 0.1 ash dry, gangue 320 t of 0.6175 dry. */
static struct wash *wash_of(struct world *world, const char *lot, const char *batch)
{
    struct wash *wash = world_alloc(world, sizeof *wash);
    seam__lot_wash__init(&wash->in);
    wash->in.event = world_head(world, "plant");
    wash->in.facility = world_text(world, "plant");
    wash->in.month = world_text(world, "2026-09");
    wash->inputs[0] = world_amount(world, lot, "1000");
    wash->outputs[0] =
        output(world, world_lot(world, world->gtin_clean, batch), "600", "0", "0.1", "");
    wash->outputs[1] =
        output(world, world_lot(world, world->gtin_gangue, batch), "320", "0", "0.6175", "");
    wash->in.inputs = wash->inputs;
    wash->in.n_inputs = 1;
    wash->in.outputs = wash->outputs;
    wash->in.n_outputs = 2;
    wash->in.losses = wash->losses;
    return wash;
}

#define WASH(wash_) world_apply(world, "washery", LOT_WASH_TYPE, &(wash_)->in.base)

static void washes(void **state)
{
    struct world *world = *state;
    char *lot = delivered(world, "RAW-1", "1500");
    struct wash *wash = wash_of(world, lot, "B1");
    assert_ok(WASH(wash));
    const struct hash id = world->tx_id;
    const Seam__LotRecord *input = world_read(world, lot);
    assert_int_equal(input->qty_kg, 500000);
    assert_int_equal(input->consumed_kg, 1000000);
    const Seam__LotRecord *clean = world_read(world, wash->outputs[0]->lot);
    assert_int_equal(clean->qty_kg, 600000);
    assert_string_equal(clean->stage, "WA");
    assert_string_equal(clean->facility, "plant");
    assert_string_equal(clean->month, "2026-09");
    assert_string_equal(clean->product, "clean");
    assert_string_equal(clean->origins[0]->facility, "mine-a");
    assert_int_equal(clean->model, MODEL_IDENTITY_PRESERVED);
    const Seam__LotEventRecord *event = world_event(world, &id);
    assert_int_equal(event->balance->in_dry_dg, INT64_C(9200000000));
    assert_int_equal(event->balance->difference_dry_dg, 0);
    assert_int_equal(event->balance->difference_ash_10ug, 0);
    assert_int_equal(event->balance->difference_kg, 80000); /* water */
    assert_int_equal(event->balance->yield_actual_e4, 6522);
    assert_int_equal(event->balance->yield_expected_e4, 6522);
    assert_null(world_finding(event, "W_BALANCE", "DRY"));
    assert_null(world_finding(event, "W_YIELD", "YIELD"));
    const Seam__LotEdge *edge = NULL;
    assert_int_equal(view_lot_edge(&edge, world->state, lot, 0, &world->arena), OK);
    assert_int_equal(edge->qty_kg, 1000000);
    assert_int_equal(edge->n_children, 2);
    assert_string_equal(edge->children[0], wash->outputs[0]->lot);
    assert_int_equal(view_lot_edge(&edge, world->state, lot, 1, &world->arena), ERR_ABSENT);
    assert_int_equal(event->inputs[0]->after_kg, 500000);
    assert_int_equal(event->outputs[0]->share_ppm + event->outputs[1]->share_ppm, 1000000);
    const Seam__LotMonthRecord *month = NULL;
    assert_int_equal(
        view_lot_month(&month, world->state, "plant", "2026-09", "clean", &world->arena), OK);
    assert_int_equal(month->qty_kg, 600000);
    assert_string_equal(month->stage, "WA");
}

/* 2 % of 920 t is 18.4 t. At the edge it holds; a kilogram more out is refused with the most there
 * may be; a kilogram less is admitted and said. */
static void dry_mass(void **state)
{
    struct world *world = *state;
    char *lot = delivered(world, "RAW-1", "9000");
    struct wash *wash = wash_of(world, lot, "B1");
    wash->outputs[0] = output(world, wash->outputs[0]->lot, "618.400", "0", "0.097", "");
    assert_ok(WASH(wash));
    wash = wash_of(world, lot, "B2");
    wash->outputs[0] = output(world, wash->outputs[0]->lot, "618.401", "0", "0.097", "");
    assert_refused(WASH(wash), JUDGE_NEVER, ERR_BALANCE, "outputs");
    assert_string_equal(world->detail.rule, "V11");
    assert_string_equal(world->detail.limit, "DRY 938.400 t");
    assert_non_null(strstr(world->detail.hint, "18.401 t"));
    wash->outputs[0] = output(world, wash->outputs[0]->lot, "581.600", "0", "0.1032", "");
    assert_ok(WASH(wash));
    assert_null(world_finding(world_event(world, &world->tx_id), "W_BALANCE", "DRY"));
    wash = wash_of(world, lot, "B3");
    wash->outputs[0] = output(world, wash->outputs[0]->lot, "581.599", "0", "0.1032", "");
    assert_ok(WASH(wash));
    assert_int_equal(world->receipt_flags & RECEIPT_FINDING, RECEIPT_FINDING);
    const Seam__LotFinding *finding =
        world_finding(world_event(world, &world->tx_id), "W_BALANCE", "DRY");
    assert_string_equal(finding->amount, "18.401 t");
    assert_int_equal(world_read(world, wash->outputs[0]->lot)->findings, 1);
}

static void ash(void **state)
{
    struct world *world = *state;
    char *lot = delivered(world, "RAW-1", "9000");
    struct wash *wash = wash_of(world, lot, "B1");
    wash->outputs[1] = output(world, wash->outputs[1]->lot, "320", "0", "0.6500", "");
    assert_refused(WASH(wash), JUDGE_NEVER, ERR_BALANCE,
                   "outputs"); /* 10.4 t of ash from nowhere */
    assert_string_equal(world->detail.limit, "ASH 265.328 t");
    assert_non_null(strstr(world->detail.hint, "10.400 t"));
    wash->outputs[1] = output(world, wash->outputs[1]->lot, "320", "0", "0.5900", "");
    assert_ok(WASH(wash));
    assert_string_equal(
        world_finding(world_event(world, &world->tx_id), "W_BALANCE", "ASH")->amount, "8.800 t");
}

/* A yield that is too good: ash does not vanish. */
static void yield_too_good(void **state)
{
    struct world *world = *state;
    char *lot = delivered(world, "RAW-1", "9000");
    struct wash *wash = wash_of(world, lot, "B1");
    wash->outputs[0] = output(world, wash->outputs[0]->lot, "760", "0", "0.1", "");
    wash->outputs[1] = output(world, wash->outputs[1]->lot, "160", "0", "0.6175", "");
    assert_ok(WASH(wash));
    const Seam__LotEventRecord *event = world_event(world, &world->tx_id);
    assert_int_equal(event->balance->yield_actual_e4, 8261);
    assert_int_equal(event->balance->yield_expected_e4, 6522);
    assert_string_equal(world_finding(event, "W_YIELD", "YIELD")->amount, "159.988 t");
    assert_string_equal(world_finding(event, "W_BALANCE", "ASH")->amount, "82.800 t");
}

/* Carbon counts where every part was measured. */
static void carbon(void **state)
{
    struct world *world = *state;
    char *lot = delivered(world, "RAW-1", "9000");
    struct wash *wash = wash_of(world, lot, "B1");
    wash->outputs[0] = output(world, wash->outputs[0]->lot, "600", "0", "0.1", "0.9");
    wash->outputs[1] = output(world, wash->outputs[1]->lot, "320", "0", "0.6175", "0.2");
    assert_refused(WASH(wash), JUDGE_NEVER, ERR_BALANCE, "outputs"); /* 604 t out of 570.4 t */
    assert_string_equal(world->detail.limit, "CARBON 587.512 t");
    wash->outputs[1]->quality->carbon = world_text(world, "");
    assert_ok(WASH(wash));
    assert_false(world_event(world, &world->tx_id)->balance->has_carbon);
    wash = wash_of(world, lot, "B2");
    wash->outputs[0] = output(world, wash->outputs[0]->lot, "600", "0", "0.1", "0.8");
    wash->outputs[1] = output(world, wash->outputs[1]->lot, "320", "0", "0.6175", "0.2");
    assert_ok(WASH(wash));
    const Seam__LotEventRecord *event = world_event(world, &world->tx_id);
    assert_true(event->balance->has_carbon);
    assert_string_equal(world_finding(event, "W_BALANCE", "CARBON")->amount, "26.400 t");
}

static void losses_and_water(void **state)
{
    struct world *world = *state;
    char *lot = delivered(world, "RAW-1", "9000");
    struct wash *wash = wash_of(world, lot, "B1");
    Seam__LotWashLoss loss = SEAM__LOT_WASH_LOSS__INIT;
    wash->outputs[0] = output(world, wash->outputs[0]->lot, "560", "0", "0.1", "");
    loss.kind = (char *)"SLURRY";
    loss.qty = (char *)"80"; /* half of it water */
    loss.moisture = (char *)"0.5";
    loss.ash = (char *)"0.1";
    wash->losses[0] = &loss;
    wash->in.n_losses = 1;
    wash->in.water = (char *)"-40"; /* 1000 in, 960 out: 40 t of water left with the air */
    assert_ok(WASH(wash));
    const Seam__LotEventRecord *event = world_event(world, &world->tx_id);
    assert_int_equal(event->balance->difference_dry_dg, 0);
    assert_int_equal(event->balance->loss_kg, 80000);
    assert_int_equal(event->n_losses, 1);
    assert_null(world_finding(event, "W_WATER", "MASS"));
    wash = wash_of(world, lot, "B2");
    wash->in.water = (char *)"100";
    assert_ok(WASH(wash));
    assert_string_equal(world_finding(world_event(world, &world->tx_id), "W_WATER", "MASS")->amount,
                        "180.000 t");
    wash = wash_of(world, lot, "B3");
    wash->losses[0] = &loss;
    wash->in.n_losses = 1;
    loss.ash = (char *)"10";
    assert_refused(WASH(wash), JUDGE_NEVER, ERR_PERCENT, "losses[0].ash");
    wash->in.n_losses = 0;
    wash->in.water = (char *)"much";
    assert_refused(WASH(wash), JUDGE_NEVER, ERR_DEC, "water");
}

/* Washing for another owner is not a transaction of its own: the plant that only holds the coal is
 * told who owns it; coal is washed after it was bought, or by its owner. */
static void toll_washing(void **state)
{
    struct world *world = *state;
    char *lot = raw(world, "RAW-1");
    assert_ok(world_mined(world, lot, "1000"));
    world_handover(world, "mine", "CUSTODY", lot, "washery", "mine-a", "plant");
    assert_string_equal(world_read(world, lot)->custodian, "washery");
    assert_refused(WASH(wash_of(world, lot, "B1")), JUDGE_NEVER, ERR_ROLE, "inputs[0].lot");
    assert_string_equal(world->detail.rule, "D41");
    assert_string_equal(world->detail.limit, "mine");
    assert_string_equal(world->detail.hint, "another organisation owns this lot");
    assert_int_equal(world_read(world, lot)->qty_kg, 1000000);
}

static void refuses(void **state)
{
    struct world *world = *state;
    char *lot = delivered(world, "RAW-1", "1000");
    char *other = raw(world, "RAW-2");
    struct wash *wash = wash_of(world, lot, "B1");
    assert_ok(world_mined(world, other, "1000"));
    wash->inputs[0] = world_amount(world, lot, "1000.001");
    assert_refused(WASH(wash), JUDGE_NEVER, ERR_BALANCE, "inputs[0].qty");
    assert_string_equal(world->detail.rule, "V12");
    assert_string_equal(world->detail.limit, "1000.000 t");
    wash->inputs[0] = world_amount(world, other, "1000");
    assert_refused(WASH(wash), JUDGE_NEVER, ERR_ROLE, "inputs[0].lot");
    assert_string_equal(world->detail.limit, "mine");
    wash->inputs[0] = world_amount(world, raw(world, "RAW-9"), "1000");
    assert_refused(WASH(wash), JUDGE_NOT_YET, ERR_ABSENT, "inputs[0].lot");
    wash->inputs[0] = world_amount(world, lot, "500");
    wash->inputs[1] = world_amount(world, lot, "500");
    wash->in.n_inputs = 2;
    assert_refused(WASH(wash), JUDGE_NEVER, ERR_TWICE, "inputs[1].lot");
    wash->in.n_inputs = 0;
    assert_refused(WASH(wash), JUDGE_NEVER, ERR_MISSING, "inputs");
    wash->in.n_inputs = 65;
    assert_refused(WASH(wash), JUDGE_NEVER, ERR_LENGTH, "inputs");
    wash = wash_of(world, lot, "B1");
    wash->in.n_outputs = 0;
    assert_refused(WASH(wash), JUDGE_NEVER, ERR_MISSING, "outputs");
    wash->in.n_outputs = 17;
    assert_refused(WASH(wash), JUDGE_NEVER, ERR_LENGTH, "outputs");
    wash->in.n_outputs = 2;
    wash->outputs[1]->lot = wash->outputs[0]->lot;
    assert_refused(WASH(wash), JUDGE_NEVER, ERR_TWICE, "outputs[1].lot");
    wash->outputs[1]->lot = raw(world, "RAW-7");
    assert_refused(WASH(wash), JUDGE_NEVER, ERR_ROLE, "outputs[1].lot");
    wash = wash_of(world, lot, "B1");
    wash->outputs[0]->quality->ash = world_text(world, "10");
    assert_refused(WASH(wash), JUDGE_NEVER, ERR_PERCENT, "outputs[0].quality.ash");
    wash = wash_of(world, lot, "B1");
    wash->in.facility = world_text(world, "mine-b");
    assert_refused(WASH(wash), JUDGE_NEVER, ERR_ROLE, "facility");
    wash = wash_of(world, lot, "B1");
    wash->in.event->place = world->port;
    assert_refused(WASH(wash), JUDGE_NEVER, ERR_CONFLICT, "event.place");
    wash = wash_of(world, lot, "B1");
    wash->in.event->event_time_ms--; /* before the lot came to the plant */
    assert_refused(WASH(wash), JUDGE_NEVER, ERR_RANGE, "event.event_time_ms");
    assert_int_equal(world_read(world, lot)->qty_kg, 1000000);
    assert_ok(WASH(wash_of(world, lot, "B1")));
    const Seam__LotRecord *record = world_read(world, lot);
    assert_int_equal(record->state, LOT_CLOSED);
    assert_refused(WASH(wash_of(world, lot, "B2")), JUDGE_NEVER, ERR_STATE_MACHINE,
                   "inputs[0].lot"); /* used twice */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(washes), T(dry_mass),         T(ash),          T(yield_too_good),
        T(carbon), T(losses_and_water), T(toll_washing), T(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
