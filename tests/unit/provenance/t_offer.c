/* SPDX-License-Identifier: Apache-2.0 */
/* [D41, KSSJ 7.2.1b] Owner and custodian change by offer and acceptance, signed by the two. */

#include "tests/unit/provenance/world.h"

static char *mined(struct world *world, const char *batch, const char *qty)
{
    char *lot = world_lot(world, world->gtin_raw, batch);
    assert_ok(world_mined(world, lot, qty));
    return lot;
}

static const Seam__OfferRecord *offer_read(struct world *world, const struct hash *id)
{
    const Seam__OfferRecord *offer = NULL;
    assert_int_equal(view_offer(&offer, world->state, id, &world->arena), OK);
    return offer;
}

static void parties(struct world *world, const char *lot, const char *owner, const char *custodian)
{
    const Seam__LotRecord *record = world_read(world, lot);
    assert_string_equal(record->owner, owner);
    assert_string_equal(record->custodian, custodian);
}

static void accepts(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    const Seam__LotListEntry *entry = NULL;
    assert_ok(world_offer(world, "mine", "BOTH", lot, "power", "mine-a"));
    const struct hash id = world->tx_id;
    parties(world, lot, "mine", "mine"); /* nothing yet */
    assert_int_equal(offer_read(world, &id)->state, OFFER_OPEN);
    assert_int_equal(offer_read(world, &id)->expires_ms, world->time_ms + 10 * DAY_MS);
    assert_int_equal(
        view_lot_list(&entry, world->state, LOT_LIST_OFFERS_RECEIVED, "power", 0, &world->arena),
        OK);
    assert_memory_equal(entry->id.data, id.bytes, HASH_SIZE);
    assert_refused(world_answer(world, "coking", &id, "ACCEPT", "", world->port), JUDGE_NEVER,
                   ERR_ROLE, "offer"); /* the wrong party */
    assert_string_equal(world->detail.limit, "power");
    assert_refused(world_answer(world, "mine", &id, "ACCEPT", "", world->port), JUDGE_NEVER,
                   ERR_ROLE, "offer");
    assert_refused(world_answer(world, "power", &id, "WITHDRAW", "", world->port), JUDGE_NEVER,
                   ERR_ROLE, "offer");
    assert_ok(world_answer(world, "power", &id, "ACCEPT", "99.8", world->port));
    parties(world, lot, "power", "power");
    const Seam__LotRecord *record = world_read(world, lot);
    assert_int_equal(record->qty_kg, 99800);
    assert_int_equal(record->lost_kg, 200);
    assert_string_equal(record->place, world->port);
    assert_int_equal(offer_read(world, &id)->state, OFFER_ACCEPTED);
    assert_int_equal(offer_read(world, &id)->received_kg, 99800);
    assert_refused(world_answer(world, "power", &id, "ACCEPT", "", world->port), JUDGE_NEVER,
                   ERR_STATE_MACHINE, "offer");
    assert_refused(world_use(world, "mine", lot, "1", world->port), JUDGE_NEVER, ERR_ROLE, "lot");
    assert_ok(world_use(world, "power", lot, "99.8", world->port));
    assert_int_equal(world_read(world, lot)->state, LOT_CLOSED);
}

/* Custody to the carrier, ownership to the buyer while it travels. */
static void separately(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    world_handover(world, "mine", "CUSTODY", lot, "carrier", "mine-a", "mine-a");
    parties(world, lot, "mine", "carrier");
    assert_refused(world_use(world, "mine", lot, "1", "mine-a"), JUDGE_NEVER, ERR_ROLE, "lot");
    assert_refused(world_offer(world, "carrier", "OWNERSHIP", lot, "power", "mine-a"), JUDGE_NEVER,
                   ERR_ROLE, "lot");
    assert_refused(world_offer(world, "mine", "BOTH", lot, "power", "mine-a"), JUDGE_NEVER,
                   ERR_ROLE, "lot");
    char *sscc = world_sscc(world, 1);
    assert_ok(world_load(world, "carrier", sscc, lot, "", "", "mine-a"));
    assert_ok(world_depart(world, "carrier", sscc, "mine-a", world->port));
    assert_refused(world_offer(world, "carrier", "CUSTODY", lot, "power", "mine-a"), JUDGE_NEVER,
                   ERR_STATE_MACHINE, "lot"); /* goes with its load */
    world_handover(world, "mine", "OWNERSHIP", lot, "power", "mine-a", "mine-a");
    parties(world, lot, "power", "carrier");
    assert_int_equal(world_read(world, lot)->state, LOT_IN_TRANSIT);
    assert_string_equal(world_read(world, lot)->place, "mine-a");
    /* who only buys weighs nothing */
    assert_ok(world_offer(world, "power", "OWNERSHIP", lot, "coking", "mine-a"));
    const struct hash id = world->tx_id;
    assert_refused(world_answer(world, "coking", &id, "ACCEPT", "99", "mine-a"), JUDGE_NEVER,
                   ERR_BALANCE, "qty_received");
    assert_string_equal(world->detail.limit, "100.000 t");
}

static void refused_and_withdrawn(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    Seam__LotAnswer in = SEAM__LOT_ANSWER__INIT;
    assert_ok(world_offer(world, "mine", "BOTH", lot, "power", "mine-a"));
    struct hash id = world->tx_id;
    in.event = world_head(world, "mine-a");
    in.offer = (ProtobufCBinaryData){.len = HASH_SIZE, .data = id.bytes};
    in.answer = (char *)"REFUSE";
    assert_refused(world_apply(world, "power", LOT_ANSWER_TYPE, &in.base), JUDGE_NEVER, ERR_MISSING,
                   "reason");
    in.answer = (char *)"MAYBE";
    assert_refused(world_apply(world, "power", LOT_ANSWER_TYPE, &in.base), JUDGE_NEVER, ERR_ENUM,
                   "answer");
    /* while it is offered, it is spoken for */
    assert_refused(world_use(world, "mine", lot, "1", "mine-a"), JUDGE_NEVER, ERR_STATE_MACHINE,
                   "lot");
    assert_refused(world_offer(world, "mine", "BOTH", lot, "coking", "mine-a"), JUDGE_NEVER,
                   ERR_STATE_MACHINE, "lot");
    assert_ok(world_answer(world, "power", &id, "REFUSE", "", "mine-a"));
    assert_string_equal(offer_read(world, &id)->reason, "not as agreed");
    parties(world, lot, "mine", "mine");
    assert_ok(world_offer(world, "mine", "BOTH", lot, "power", "mine-a"));
    id = world->tx_id;
    assert_ok(world_answer(world, "mine", &id, "WITHDRAW", "", "mine-a"));
    assert_refused(world_answer(world, "power", &id, "ACCEPT", "", "mine-a"), JUDGE_NEVER,
                   ERR_STATE_MACHINE, "offer");
    assert_ok(world_use(world, "mine", lot, "1", "mine-a"));
    id.bytes[0] ^= 0xff;
    assert_refused(world_answer(world, "power", &id, "ACCEPT", "", "mine-a"), JUDGE_NOT_YET,
                   ERR_ABSENT, "offer");
}

/* [D11] Nobody executes the end of an offer: it is over when its time is. */
static void expires(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    assert_ok(world_offer(world, "mine", "BOTH", lot, "power", "mine-a"));
    const struct hash id = world->tx_id;
    const uint64_t until = world->time_ms + 10 * DAY_MS;
    world->time_ms = until;
    assert_int_equal(offer_status(offer_read(world, &id), until), OFFER_OPEN);
    assert_refused(world_use(world, "mine", lot, "1", "mine-a"), JUDGE_NEVER, ERR_STATE_MACHINE,
                   "lot");
    const size_t mark = overlay_mark(world->state);
    assert_ok(world_answer(world, "power", &id, "ACCEPT", "", "mine-a")); /* at the last instant */
    overlay_rollback(world->state, mark);
    world->time_ms = until + 1;
    assert_int_equal(offer_status(offer_read(world, &id), until + 1), OFFER_EXPIRED);
    assert_refused(world_answer(world, "power", &id, "ACCEPT", "", "mine-a"), JUDGE_NEVER,
                   ERR_STATE_MACHINE, "offer");
    assert_string_equal(world->detail.rule, "D11");
    parties(world, lot, "mine", "mine");
    assert_ok(world_use(world, "mine", lot, "1", "mine-a")); /* free again */
}

/* 0.5 % of 100 t is 0.5 t. */
static void received(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    Seam__LotAnswer in = SEAM__LOT_ANSWER__INIT;
    assert_ok(world_offer(world, "mine", "BOTH", lot, "power", "mine-a"));
    struct hash id = world->tx_id;
    assert_refused(world_answer(world, "power", &id, "ACCEPT", "100.501", "mine-a"), JUDGE_NEVER,
                   ERR_BALANCE, "qty_received");
    assert_refused(world_answer(world, "power", &id, "ACCEPT", "99.499", "mine-a"), JUDGE_NEVER,
                   ERR_BALANCE, "qty_received");
    assert_refused(world_answer(world, "power", &id, "ACCEPT", "0", "mine-a"), JUDGE_NEVER,
                   ERR_RANGE, "qty_received");
    const size_t mark = overlay_mark(world->state);
    assert_ok(world_answer(world, "power", &id, "ACCEPT", "100.5", "mine-a"));
    assert_int_equal(world_read(world, lot)->gained_kg, 500);
    overlay_rollback(world->state, mark);
    in.event = world_head(world, "mine-a");
    in.offer = (ProtobufCBinaryData){.len = HASH_SIZE, .data = id.bytes};
    in.answer = (char *)"ACCEPT";
    in.qty_received = (char *)"90";
    in.cause = (char *)"THEFT";
    assert_ok(world_apply(world, "power", LOT_ANSWER_TYPE, &in.base));
    assert_string_equal(
        world_finding(world_event(world, &world->tx_id), "W_TRANSPORT", "MASS")->amount,
        "10.000 t");
}

/* Who accepts without weighing accepts what was offered, not what the seller left of it. */
static void less_than_offered(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    assert_ok(world_offer(world, "mine", "OWNERSHIP", lot, "power", "mine-a"));
    const struct hash id = world->tx_id;
    assert_ok(world_lose(world, "mine", lot, "90", "THEFT", "mine-a"));
    assert_refused(world_answer(world, "power", &id, "ACCEPT", "", "mine-a"), JUDGE_NEVER,
                   ERR_BALANCE, "qty_received");
    assert_string_equal(world->detail.limit, "10.000 t");
    assert_ok(world_answer(world, "power", &id, "ACCEPT", "10", "mine-a"));
}

/* Within the tolerance of one handover each, but coal that grows by going to and fro is refused. */
static void grows_by_handovers(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    assert_ok(world_offer(world, "mine", "BOTH", lot, "power", "mine-a"));
    struct hash id = world->tx_id;
    assert_ok(world_answer(world, "power", &id, "ACCEPT", "100.5", "mine-a"));
    assert_ok(world_offer(world, "power", "BOTH", lot, "mine", "mine-a"));
    id = world->tx_id;
    assert_refused(world_answer(world, "mine", &id, "ACCEPT", "100.501", "mine-a"), JUDGE_NEVER,
                   ERR_BALANCE, "qty_received");
    assert_string_equal(world->detail.limit, "100.500 t");
    assert_ok(world_answer(world, "mine", &id, "ACCEPT", "100.2", "mine-a"));
    assert_ok(world_offer(world, "mine", "BOTH", lot, "power", "mine-a"));
    id = world->tx_id;
    assert_ok(world_answer(world, "power", &id, "ACCEPT", "100.5", "mine-a")); /* lost, found */
}

/* A part that is offered is a lot of its own, whoever keeps it. */
static void parts(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    char *part = world_lot(world, world->gtin_raw, "A1");
    Seam__LotOffer in = SEAM__LOT_OFFER__INIT;
    in.event = world_head(world, "mine-a");
    in.what = (char *)"BOTH";
    in.lot = lot;
    in.to = (char *)"power";
    in.qty = (char *)"30";
#define OFFER() world_apply(world, "mine", LOT_OFFER_TYPE, &in.base)
    assert_refused(OFFER(), JUDGE_NEVER, ERR_MISSING, "to_lot");
    in.to_lot = part;
    in.qty = (char *)"100.001";
    assert_refused(OFFER(), JUDGE_NEVER, ERR_BALANCE, "qty");
    in.qty = (char *)"100";
    assert_refused(OFFER(), JUDGE_NEVER, ERR_RANGE, "to_lot");
    in.qty = (char *)"30";
    assert_ok(OFFER());
    const struct hash id = world->tx_id;
    assert_int_equal(world_read(world, lot)->qty_kg, 70000);
    assert_int_equal(world_read(world, part)->qty_kg, 30000);
    assert_true(lot_offered(world_read(world, part), world->time_ms));
    assert_false(lot_offered(world_read(world, lot), world->time_ms));
    assert_ok(world_use(world, "mine", lot, "70", "mine-a"));
    assert_ok(world_answer(world, "power", &id, "ACCEPT", "", world->port));
    parties(world, part, "power", "power");
    parties(world, lot, "mine", "mine");
}

static void offers_refused(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    uint8_t price[31] = {0};
    assert_refused(world_offer(world, "mine", "BOTH", lot, "mine", "mine-a"), JUDGE_NEVER,
                   ERR_RANGE, "to");
    assert_refused(world_offer(world, "mine", "BOTH", lot, "nobody", "mine-a"), JUDGE_NOT_YET,
                   ERR_ABSENT, "to");
    assert_refused(world_offer(world, "mine", "BOTH", lot, "verifier", "mine-a"), JUDGE_NEVER,
                   ERR_ROLE, "to");
    assert_refused(world_offer(world, "mine", "ALL", lot, "power", "mine-a"), JUDGE_NEVER, ERR_ENUM,
                   "what");
    assert_refused(world_offer(world, "power", "BOTH", lot, "coking", "mine-a"), JUDGE_NEVER,
                   ERR_ROLE, "lot");
    assert_refused(world_offer(world, "mine", "BOTH", lot, "power", "plant"), JUDGE_NEVER,
                   ERR_CONFLICT, "lot");
    Seam__LotOffer in = SEAM__LOT_OFFER__INIT;
    in.event = world_head(world, "mine-a");
    in.what = (char *)"BOTH";
    in.to = (char *)"power";
    assert_refused(OFFER(), JUDGE_NEVER, ERR_MISSING, "lot");
    in.lot = lot;
    in.sscc = world_sscc(world, 1);
    assert_refused(OFFER(), JUDGE_NEVER, ERR_MISSING, "lot");
    in.lot = (char *)"";
    assert_refused(OFFER(), JUDGE_NEVER, ERR_RANGE, "what");
    in.what = (char *)"CUSTODY";
    assert_refused(OFFER(), JUDGE_NOT_YET, ERR_ABSENT, "sscc");
    in.sscc = (char *)"";
    in.lot = lot;
    in.price_hash = (ProtobufCBinaryData){.len = sizeof price, .data = price};
    assert_refused(OFFER(), JUDGE_NEVER, ERR_LENGTH, "price_hash");
    assert_ok(world_use(world, "mine", lot, "100", "mine-a"));
    assert_refused(world_offer(world, "mine", "OWNERSHIP", lot, "power", "mine-a"), JUDGE_NEVER,
                   ERR_STATE_MACHINE, "lot");
}

/* Taken over far away without a leg: admitted, and looked at. A yard of the same GLN is no leg. */
static void places(void **state)
{
    struct world *world = *state;
    char *lot = mined(world, "A", "100");
    char yard[32];
    world_handover(world, "mine", "BOTH", lot, "power", "mine-a", "mine-a");
    assert_null(world_finding(world_event(world, &world->tx_id), "W_PLACE", "PLACE"));
    world_handover(world, "power", "CUSTODY", lot, "carrier", "mine-a", world->port);
    const Seam__LotFinding *finding =
        world_finding(world_event(world, &world->tx_id), "W_PLACE", "PLACE");
    assert_non_null(finding);
    assert_string_equal(finding->amount, "100.000 t");
    assert_string_equal(finding->limit, "mine-a");
    snprintf(yard, sizeof yard, "%s.7", world->port);
    world_handover(world, "carrier", "CUSTODY", lot, "power", world->port, yard);
    assert_null(world_finding(world_event(world, &world->tx_id), "W_PLACE", "PLACE"));
    world_handover(world, "power", "CUSTODY", lot, "carrier", yard, "plant");
    assert_non_null(world_finding(world_event(world, &world->tx_id), "W_PLACE", "PLACE"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(places),  T(accepts),        T(separately),        T(refused_and_withdrawn),
        T(expires), T(received),       T(less_than_offered), T(grows_by_handovers),
        T(parts),   T(offers_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
