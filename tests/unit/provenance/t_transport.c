/* SPDX-License-Identifier: Apache-2.0 */
/* [KSSJ 7.2.1b] Loads, legs and arrivals: who may move them, and what may be missing. */

#include "tests/unit/provenance/world.h"

static char *mined(struct world *world, const char *batch, const char *qty)
{
    char *lot = world_lot(world, world->gtin_raw, batch);
    assert_ok(world_mined(world, lot, qty));
    return lot;
}

/* A train with two lots, in the carrier's hands. */
static char *train(struct world *world, char **a, char **b)
{
    char *sscc = world_sscc(world, 1);
    *a = mined(world, "A", "600");
    *b = mined(world, "B", "1000");
    assert_ok(world_load(world, "mine", sscc, *a, "", "", "mine-a"));
    char *part = world_lot(world, world->gtin_raw, "B1");
    assert_ok(world_load(world, "mine", sscc, *b, "400", part, "mine-a"));
    world_handover(world, "mine", "CUSTODY", sscc, "carrier", "mine-a", "mine-a");
    *b = part;
    return sscc;
}

static void travels(void **state)
{
    struct world *world = *state;
    char *a = NULL;
    char *b = NULL;
    char *sscc = train(world, &a, &b);
    const Seam__LoadRecord *load = NULL;
    assert_int_equal(world_read(world, a)->state, LOT_LOADED);
    assert_string_equal(world_read(world, a)->custodian, "carrier");
    assert_string_equal(world_read(world, b)->owner, "mine");
    assert_ok(world_depart(world, "carrier", sscc, "mine-a", "plant"));
    const struct hash departed = world->tx_id;
    const Seam__LotEventRecord *event = world_event(world, &departed);
    assert_int_equal(event->distance_hm, 6505);
    assert_string_equal(event->factor_key, "transport.RAIL");
    assert_int_equal(event->n_inputs, 2);
    assert_int_equal(event->inputs[0]->qty_kg, 600000);
    assert_int_equal(event->inputs[1]->qty_kg, 400000);
    assert_string_equal(event->stage, "TR");
    assert_ok(world_arrive(world, "carrier", sscc, "997", "", "plant"));
    event = world_event(world, &world->tx_id);
    assert_memory_equal(event->depart_event.data, departed.bytes, HASH_SIZE);
    assert_int_equal(event->balance->loss_kg, 3000);
    assert_int_equal(world_read(world, a)->qty_kg, 598200); /* three fifths of it */
    assert_int_equal(world_read(world, b)->qty_kg, 398800);
    assert_string_equal(world_read(world, a)->place, "plant");
    assert_int_equal(world_read(world, a)->state, LOT_ARRIVED);
    world_handover(world, "carrier", "CUSTODY", sscc, "washery", "plant", "plant");
    assert_refused(world_unload(world, "carrier", sscc, "plant"), JUDGE_NEVER, ERR_ROLE, "sscc");
    assert_ok(world_unload(world, "washery", sscc, "plant"));
    assert_int_equal(world_read(world, a)->state, LOT_IN_STOCK);
    assert_string_equal(world_read(world, a)->custodian, "washery");
    assert_string_equal(world_read(world, a)->owner, "mine");
    assert_int_equal(view_load(&load, world->state, sscc, &world->arena), OK);
    assert_int_equal(load->state, LOAD_UNLOADED);
    assert_int_equal(load->legs, 1);
    assert_refused(world_load(world, "washery", sscc, a, "", "", "plant"), JUDGE_NEVER,
                   ERR_STATE_MACHINE, "sscc"); /* not used again */
}

/* 0.5 % of 1000 t by rail is 5 t. */
static void arrives_with(void **state)
{
    struct world *world = *state;
    char *a = NULL;
    char *b = NULL;
    char *sscc = train(world, &a, &b);
    assert_ok(world_depart(world, "carrier", sscc, "mine-a", "plant"));
    assert_refused(world_arrive(world, "carrier", sscc, "1005.001", "", "plant"), JUDGE_NEVER,
                   ERR_BALANCE, "qty_unload"); /* a wagon that gains weight */
    assert_string_equal(world->detail.limit, "1005.000 t");
    assert_refused(world_arrive(world, "carrier", sscc, "1006", "SPILL", "plant"), JUDGE_NEVER,
                   ERR_BALANCE, "qty_unload"); /* no cause explains a gain */
    assert_refused(world_arrive(world, "carrier", sscc, "994.999", "", "plant"), JUDGE_NEVER,
                   ERR_BALANCE, "qty_unload");
    assert_string_equal(world->detail.limit, "995.000 t");
    assert_non_null(strstr(world->detail.hint, "5.001 t"));
    const size_t mark = overlay_mark(world->state);
    assert_ok(world_arrive(world, "carrier", sscc, "995", "", "plant"));
    assert_null(world_finding(world_event(world, &world->tx_id), "W_TRANSPORT", "MASS"));
    overlay_rollback(world->state, mark);
    assert_ok(world_arrive(world, "carrier", sscc, "1005", "", "plant"));
    assert_int_equal(world_read(world, a)->gained_kg, 3000);
    overlay_rollback(world->state, mark);
    assert_ok(world_arrive(world, "carrier", sscc, "900", "SPILL", "plant"));
    assert_string_equal(
        world_finding(world_event(world, &world->tx_id), "W_TRANSPORT", "MASS")->amount,
        "100.000 t");
    assert_int_equal(world_read(world, a)->lost_kg, 60000);
    overlay_rollback(world->state, mark);
    assert_ok(world_arrive(world, "carrier", sscc, "0", "FIRE", "plant"));
    assert_int_equal(world_read(world, a)->state, LOT_CLOSED);
    assert_string_equal(world_read(world, a)->sscc, "");
    assert_ok(world_unload(world, "carrier", sscc, "plant")); /* the empty train */
}

static void the_wrong_party(void **state)
{
    struct world *world = *state;
    char *a = NULL;
    char *b = NULL;
    char *sscc = train(world, &a, &b);
    assert_refused(world_depart(world, "mine", sscc, "mine-a", "plant"), JUDGE_NEVER, ERR_ROLE,
                   "sscc");
    assert_string_equal(world->detail.limit, "carrier");
    assert_refused(world_unload(world, "mine", sscc, "mine-a"), JUDGE_NEVER, ERR_ROLE, "sscc");
    char *c = mined(world, "C", "10");
    assert_refused(world_load(world, "carrier", world_sscc(world, 2), c, "", "", "mine-a"),
                   JUDGE_NEVER, ERR_ROLE, "parts[0].lot");
    assert_refused(world_load(world, "mine", sscc, c, "", "", "mine-a"), JUDGE_NEVER, ERR_ROLE,
                   "sscc");
    assert_refused(world_load(world, "mine", world_sscc(world, 2), a, "", "", "mine-a"),
                   JUDGE_NEVER, ERR_ROLE, "parts[0].lot");
}

static void the_wrong_state(void **state)
{
    struct world *world = *state;
    char *a = NULL;
    char *b = NULL;
    char *sscc = train(world, &a, &b);
    assert_refused(world_arrive(world, "carrier", sscc, "1000", "", "plant"), JUDGE_NEVER,
                   ERR_STATE_MACHINE, "load");
    assert_refused(world_depart(world, "carrier", world_sscc(world, 9), "mine-a", "plant"),
                   JUDGE_NOT_YET, ERR_ABSENT, "sscc");
    assert_refused(world_depart(world, "carrier", "069012340000000019", "mine-a", "plant"),
                   JUDGE_NEVER, ERR_RANGE, "sscc");
    assert_refused(world_depart(world, "carrier", sscc, "plant", "mine-a"), JUDGE_NEVER,
                   ERR_CONFLICT, "event.place");
    assert_refused(world_depart(world, "carrier", sscc, "mine-a", "mine-a"), JUDGE_NEVER, ERR_RANGE,
                   "to");
    assert_ok(world_depart(world, "carrier", sscc, "mine-a", world->port));
    assert_refused(world_depart(world, "carrier", sscc, "mine-a", "plant"), JUDGE_NEVER,
                   ERR_STATE_MACHINE, "load");
    assert_refused(world_unload(world, "carrier", sscc, "mine-a"), JUDGE_NEVER, ERR_STATE_MACHINE,
                   "load");
    assert_refused(world_arrive(world, "carrier", sscc, "1000", "", "plant"), JUDGE_NEVER,
                   ERR_CONFLICT, "event.place");
    assert_refused(world_offer(world, "carrier", "CUSTODY", sscc, "power", "mine-a"), JUDGE_NEVER,
                   ERR_STATE_MACHINE, "sscc");
    assert_ok(world_lose(world, "carrier", a, "600", "FIRE", world->port)); /* on the way */
    assert_int_equal(world_read(world, a)->state, LOT_CLOSED);
    world->event_ms--;
    assert_refused(world_arrive(world, "carrier", sscc, "400", "", world->port), JUDGE_NEVER,
                   ERR_RANGE, "event.event_time_ms"); /* before it left */
    world->event_ms++;
    assert_ok(world_arrive(world, "carrier", sscc, "400", "", world->port));
    assert_ok(world_depart(world, "carrier", sscc, world->port, "plant")); /* the next leg */
}

static void legs(void **state)
{
    struct world *world = *state;
    char *a = NULL;
    char *b = NULL;
    char *sscc = train(world, &a, &b);
    static const struct {
        const char *mode;
        const char *distance;
        enum err err;
        const char *field;
    } rows[] = {
        {"AIR", "10", ERR_ENUM, "mode"},          {"RAIL", "0", ERR_RANGE, "distance_km"},
        {"RAIL", "0.05", ERR_DEC, "distance_km"}, {"RAIL", "40000.1", ERR_RANGE, "distance_km"},
        {"RAIL", "-5", ERR_RANGE, "distance_km"}, {"RAIL", "far", ERR_DEC, "distance_km"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Seam__LotDepart in = SEAM__LOT_DEPART__INIT;
        in.event = world_head(world, "mine-a");
        in.sscc = sscc;
        in.to = (char *)"plant";
        in.mode = (char *)rows[i].mode;
        in.distance_km = (char *)rows[i].distance;
        assert_refused(world_apply(world, "carrier", LOT_DEPART_TYPE, &in.base), JUDGE_NEVER,
                       rows[i].err, rows[i].field);
    }
}

static void loading(void **state)
{
    struct world *world = *state;
    char *a = mined(world, "A", "100");
    char *sscc = world_sscc(world, 1);
    char *part = world_lot(world, world->gtin_raw, "A1");
    assert_refused(world_load(world, "mine", sscc, a, "50", "", "mine-a"), JUDGE_NEVER, ERR_MISSING,
                   "parts[0].to_lot");
    assert_refused(world_load(world, "mine", sscc, a, "100", part, "mine-a"), JUDGE_NEVER,
                   ERR_RANGE, "parts[0].to_lot");
    assert_refused(world_load(world, "mine", sscc, a, "100.001", part, "mine-a"), JUDGE_NEVER,
                   ERR_BALANCE, "parts[0].qty");
    assert_refused(world_load(world, "mine", sscc, a, "", "", "plant"), JUDGE_NEVER, ERR_CONFLICT,
                   "parts[0].lot");
    assert_ok(world_load(world, "mine", sscc, a, "99.999", part, "mine-a"));
    assert_int_equal(world_read(world, a)->qty_kg, 1);
    const Seam__LotEdge *edge = NULL;
    assert_int_equal(view_lot_edge(&edge, world->state, a, 0, &world->arena), OK);
    assert_int_equal(edge->n_children, 1);
    assert_string_equal(edge->children[0], part);
    assert_refused(world_use(world, "mine", part, "1", "mine-a"), JUDGE_NEVER, ERR_STATE_MACHINE,
                   "lot");
    Seam__LotLoad in = SEAM__LOT_LOAD__INIT;
    in.event = world_head(world, "mine-a");
    in.sscc = sscc;
    assert_refused(world_apply(world, "mine", LOT_LOAD_TYPE, &in.base), JUDGE_NEVER, ERR_MISSING,
                   "parts");
    in.n_parts = 64;
    assert_refused(world_apply(world, "mine", LOT_LOAD_TYPE, &in.base), JUDGE_NEVER, ERR_LENGTH,
                   "parts"); /* one is in it already */
    assert_ok(world_unload(world, "mine", sscc, "mine-a")); /* loading was given up */
    char *most = mined(world, "M", "10000000");
    sscc = world_sscc(world, 2);
    assert_ok(world_load(world, "mine", sscc, most, "", "", "mine-a"));
    assert_refused(world_load(world, "mine", sscc, a, "", "", "mine-a"), JUDGE_NEVER, ERR_RANGE,
                   "parts"); /* a kilogram too much */
}

/* [KSSJ 7.2.1a] An SSCC that is in use is nobody else's, wherever its train stands or goes. */
static void the_sscc_of_another(void **state)
{
    struct world *world = *state;
    char *sscc = world_sscc(world, 1);
    char *lot = mined(world, "A", "600");
    char *other = mined(world, "B", "600");
    world_handover(world, "mine", "BOTH", other, "mine-2", "mine-a", "mine-a");
    assert_ok(world_load(world, "mine", sscc, lot, "", "", "mine-a"));
    assert_refused(world_load(world, "mine-2", sscc, other, "", "", "mine-a"), JUDGE_NEVER,
                   ERR_ROLE, "sscc");
    assert_string_equal(world->detail.limit, "mine");
    assert_ok(world_depart(world, "mine", sscc, "mine-a", "plant"));
    assert_refused(world_load(world, "mine-2", sscc, other, "", "", "mine-a"), JUDGE_NEVER,
                   ERR_ROLE, "sscc");
    assert_ok(world_arrive(world, "mine", sscc, "600", "", "plant"));
    assert_ok(world_unload(world, "mine", sscc, "plant"));
    assert_refused(world_load(world, "mine-2", sscc, other, "", "", "mine-a"), JUDGE_NEVER,
                   ERR_ROLE, "sscc");
    assert_ok(world_load(world, "mine-2", world_sscc(world, 2), other, "", "", "mine-a"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(travels), T(arrives_with), T(the_wrong_party),     T(the_wrong_state),
        T(legs),    T(loading),      T(the_sscc_of_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
