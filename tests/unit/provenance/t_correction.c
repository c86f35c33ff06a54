/* SPDX-License-Identifier: Apache-2.0 */
/* [D41] Error declarations: the event stays, its effect goes where nothing has followed from it. */

#include "tests/unit/provenance/world.h"

static char *mined(struct world *world, const char *batch, const char *qty)
{
    char *lot = world_lot(world, world->gtin_raw, batch);
    assert_ok(world_mined(world, lot, qty));
    return lot;
}

static enum judgement split(struct world *world, const char *lot, const char *to, const char *qty)
{
    Seam__LotSplit in = SEAM__LOT_SPLIT__INIT;
    Seam__LotAmount *outputs[1] = {world_amount(world, to, qty)};
    in.event = world_head(world, "mine-a");
    in.lot = (char *)lot;
    in.outputs = outputs;
    in.n_outputs = 1;
    return world_apply(world, "mine", LOT_SPLIT_TYPE, &in.base);
}

static void a_mined_lot(void **state)
{
    struct world *world = *state;
    const Seam__LotMonthRecord *month = NULL;
    char *lot = mined(world, "A", "100");
    const struct hash id = world->tx_id;
    assert_ok(world_error(world, "mine", &id, "INCORRECT_DATA"));
    const struct hash declared = world->tx_id;
    const Seam__LotRecord *record = world_read(world, lot);
    assert_int_equal(record->state, LOT_VOID);
    assert_int_equal(record->voided_kg, 100000);
    assert_int_equal(record->qty_kg, 0);
    const Seam__LotEventRecord *event = world_event(world, &id);
    assert_non_null(event->error);
    assert_true(event->error->undone);
    assert_string_equal(event->error->reason, "INCORRECT_DATA");
    assert_memory_equal(event->error->declared_by.data, declared.bytes, HASH_SIZE);
    assert_int_equal(event->n_outputs, 1); /* what was said stays */
    assert_int_equal(
        view_lot_month(&month, world->state, "mine-a", "2026-09", "raw", &world->arena), OK);
    assert_int_equal(month->qty_kg, 0);
    assert_int_equal(month->voided, 1);
    assert_refused(world_error(world, "mine", &id, "DID_NOT_OCCUR"), JUDGE_NEVER, ERR_CONFLICT,
                   "event_id");
    assert_refused(world_mined(world, lot, "90"), JUDGE_NEVER, ERR_CONFLICT, "lot");
    /* the right one has another batch, and says what it replaces */
    Seam__LotMine *in = world_mine(world, world_lot(world, world->gtin_raw, "A-2"), "90");
    struct hash wrong = id;
    in->event->corrects = (ProtobufCBinaryData){.len = HASH_SIZE, .data = wrong.bytes};
    assert_ok(world_apply(world, "mine", LOT_MINE_TYPE, &in->base));
    event = world_event(world, &id);
    assert_int_equal(event->error->n_corrective_events, 1);
    assert_memory_equal(event->error->corrective_events[0].data, world->tx_id.bytes, HASH_SIZE);
}

static void use_and_split(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    char *part = world_lot(world, world->gtin_raw, "A1");
    assert_ok(split(world, lot, part, "60"));
    assert_ok(world_use(world, "mine", lot, "40", "mine-a"));
    const struct hash used = world->tx_id;
    assert_int_equal(world_read(world, lot)->state, LOT_CLOSED);
    /* the use, although it closed the lot: nothing followed */
    assert_ok(world_error(world, "mine", &used, "DID_NOT_OCCUR"));
    assert_true(world_event(world, &used)->error->undone);
    assert_int_equal(world_read(world, lot)->qty_kg, 40000);
    assert_int_equal(world_read(world, lot)->state, LOT_IN_STOCK);
}

static void a_split(void **state)
{
    struct world *world = *state;
    const Seam__LotEdge *edge = NULL;
    char *lot = mined(world, "A", "100");
    char *part = world_lot(world, world->gtin_raw, "A1");
    assert_ok(split(world, lot, part, "60"));
    const struct hash cut = world->tx_id;
    assert_ok(world_error(world, "mine", &cut, "DID_NOT_OCCUR"));
    assert_int_equal(world_read(world, lot)->qty_kg, 100000);
    assert_int_equal(world_read(world, part)->state, LOT_VOID);
    assert_int_equal(view_lot_edge(&edge, world->state, lot, 0, &world->arena), OK);
    assert_true(edge->undone);
}

/* What somebody has built on is not moved away under him: a flag, with the amount. */
static void what_followed(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    const struct hash dug = world->tx_id;
    char *part = world_lot(world, world->gtin_raw, "A1");
    assert_ok(split(world, lot, part, "60"));
    const struct hash cut = world->tx_id;
    assert_ok(world_error(world, "mine", &dug, "DID_NOT_OCCUR"));
    assert_false(world_event(world, &dug)->error->undone);
    assert_int_equal(world->receipt_flags, RECEIPT_FINDING);
    const Seam__LotFinding *finding =
        world_finding(world_event(world, &world->tx_id), "W_ERROR", "EVENT");
    assert_string_equal(finding->amount, "100.000 t");
    assert_int_equal(world_read(world, lot)->qty_kg, 40000);
    assert_int_equal(world_read(world, lot)->findings, 3); /* mined and split late, too */
    assert_ok(world_use(world, "mine", part, "1", "mine-a"));
    assert_ok(world_error(world, "mine", &cut, "DID_NOT_OCCUR"));
    assert_false(world_event(world, &cut)->error->undone);
    assert_int_equal(world_read(world, part)->qty_kg, 59000);
}

static void what_moved(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    assert_ok(world_use(world, "mine", lot, "1", "mine-a"));
    const struct hash used = world->tx_id;
    world_handover(world, "mine", "BOTH", lot, "power", "mine-a", world->port);
    const struct hash answered = world->tx_id;
    assert_ok(world_error(world, "mine", &used, "DID_NOT_OCCUR"));
    assert_false(world_event(world, &used)->error->undone);
    assert_int_equal(world_read(world, lot)->qty_kg, 99000);
    /* a takeover is a fact of two organisations */
    assert_ok(world_error(world, "power", &answered, "INCORRECT_DATA"));
    assert_false(world_event(world, &answered)->error->undone);
    assert_string_equal(world_read(world, lot)->owner, "power");
}

/* What was measured stands, whatever is said of earlier events. */
static void what_was_measured(void **state)
{
    struct world *world = *state;
    Seam__LotStocktake in = SEAM__LOT_STOCKTAKE__INIT;
    char *lot = mined(world, "A", "100");
    assert_ok(world_use(world, "mine", lot, "50", "mine-a"));
    const struct hash used = world->tx_id;
    Seam__LotAmount *lots[1] = {world_amount(world, lot, "52")};
    in.event = world_head(world, "mine-a");
    in.product = (char *)"raw";
    in.lots = lots;
    in.n_lots = 1;
    assert_ok(world_apply(world, "mine", LOT_STOCKTAKE_CONFIRM_TYPE, &in.base));
    assert_ok(world_error(world, "mine", &used, "DID_NOT_OCCUR"));
    assert_false(world_event(world, &used)->error->undone);
    assert_int_equal(world_read(world, lot)->qty_kg, 52000);
}

/* Used and sold in one block: the height of the sale is not above that of the use. */
static void what_moved_in_one_block(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    assert_ok(world_use(world, "mine", lot, "1", "mine-a"));
    const struct hash used = world->tx_id;
    const uint64_t height = world_event(world, &used)->height;
    world_handover(world, "mine", "OWNERSHIP", lot, "power", "mine-a", "mine-a");
    Seam__LotRecord record = *world_read(world, lot);
    record.moved_height = height;
    world_put(world, view_lot_key(lot), &record.base);
    assert_ok(world_error(world, "mine", &used, "DID_NOT_OCCUR"));
    assert_false(world_event(world, &used)->error->undone);
    assert_int_equal(world_read(world, lot)->qty_kg, 99000);
}

/* A lot that was lost in a train does not come back where the train has left. */
static void what_was_lost_on_the_way(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    char *other = mined(world, "B", "100");
    char *sscc = world_sscc(world, 1);
    assert_ok(world_load(world, "mine", sscc, lot, "", "", "mine-a"));
    assert_ok(world_load(world, "mine", sscc, other, "", "", "mine-a"));
    assert_ok(world_lose(world, "mine", lot, "100", "SPILL", "mine-a"));
    const struct hash lost = world->tx_id;
    assert_ok(world_error(world, "mine", &lost, "DID_NOT_OCCUR"));
    assert_false(world_event(world, &lost)->error->undone);
    assert_int_equal(world_read(world, lot)->state, LOT_CLOSED);
    /* in stock, the same is taken back */
    char *third = mined(world, "C", "100");
    assert_ok(world_lose(world, "mine", third, "100", "SPILL", "mine-a"));
    const struct hash spilt = world->tx_id;
    assert_ok(world_error(world, "mine", &spilt, "DID_NOT_OCCUR"));
    assert_true(world_event(world, &spilt)->error->undone);
    assert_int_equal(world_read(world, third)->qty_kg, 100000);
}

static void refuses(void **state)
{
    struct world *world = *state;
    (void)mined(world, "A", "100");
    struct hash id = world->tx_id;
    Seam__LotError in = SEAM__LOT_ERROR__INIT;
    ProtobufCBinaryData corrective = {.len = HASH_SIZE, .data = id.bytes};
    assert_refused(world_error(world, "power", &id, "DID_NOT_OCCUR"), JUDGE_NEVER, ERR_ROLE,
                   "event_id");
    assert_refused(world_error(world, "mine", &id, "WRONG"), JUDGE_NEVER, ERR_ENUM, "reason");
    in.event_id = corrective;
    in.reason = (char *)"DID_NOT_OCCUR";
    in.corrective_events = &corrective;
    in.n_corrective_events = 1;
    assert_refused(world_apply(world, "mine", LOT_ERROR_TYPE, &in.base), JUDGE_NEVER, ERR_CONFLICT,
                   "corrective_events");
    Seam__LotMine *mine = world_mine(world, world_lot(world, world->gtin_raw, "B"), "1");
    mine->event->corrects = corrective;
    assert_refused(world_apply(world, "mine", LOT_MINE_TYPE, &mine->base), JUDGE_NOT_YET,
                   ERR_STATE_MACHINE, "event.corrects");
    id.bytes[0] ^= 0xff;
    assert_refused(world_error(world, "mine", &id, "DID_NOT_OCCUR"), JUDGE_NOT_YET, ERR_ABSENT,
                   "event_id");
    in.event_id.len = 3;
    assert_refused(world_apply(world, "mine", LOT_ERROR_TYPE, &in.base), JUDGE_NEVER, ERR_LENGTH,
                   "event_id");
}

/* Half of a blend carries a claim: what a use took of it comes back with the coal, even when more
 * was used in between. */
static void a_claim_comes_back(void **state)
{
    struct world *world = *state;
    Seam__LotBlend in = SEAM__LOT_BLEND__INIT;
    Seam__LotMine *mine = world_mine(world, world_lot(world, world->gtin_raw, "G"), "50");
    char *plain = mined(world, "P", "50");
    char *both = world_lot(world, world->gtin_raw, "GP");
    mine->claim = (char *)"green";
    assert_ok(world_apply(world, "mine", LOT_MINE_TYPE, &mine->base));
    Seam__LotAmount *inputs[2] = {world_amount(world, mine->lot, "50"),
                                  world_amount(world, plain, "50")};
    in.event = world_head(world, "mine-a");
    in.inputs = inputs;
    in.n_inputs = 2;
    in.lot = both;
    in.model = (char *)"CONTROLLED_BLENDING";
    assert_ok(world_apply(world, "mine", LOT_BLEND_TYPE, &in.base));
    assert_int_equal(world_read(world, both)->claim_kg, 50000);
    assert_ok(world_use(world, "mine", both, "33.333", "mine-a"));
    const struct hash used = world->tx_id;
    assert_int_equal(world_event(world, &used)->inputs[0]->claim_kg, 16666);
    assert_int_equal(world_read(world, both)->claim_kg, 33334);
    assert_ok(world_use(world, "mine", both, "10", "mine-a"));
    const int64_t then = world_read(world, both)->claim_kg;
    assert_ok(world_error(world, "mine", &used, "DID_NOT_OCCUR"));
    assert_true(world_event(world, &used)->error->undone);
    assert_int_equal(world_read(world, both)->claim_kg, then + 16666);
    assert_int_equal(world_read(world, both)->qty_kg, 90000);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(a_mined_lot),
        T(use_and_split),
        T(a_split),
        T(what_followed),
        T(what_moved),
        T(what_was_measured),
        T(what_moved_in_one_block),
        T(what_was_lost_on_the_way),
        T(a_claim_comes_back),
        T(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
