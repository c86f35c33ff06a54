/* SPDX-License-Identifier: Apache-2.0 */
/* [KSSJ 7.2.1b] V12, D41: blends and splits, and what the custody models of ISO 22095 admit. */

#include "tests/unit/provenance/world.h"

struct blend {
    Seam__LotBlend in;
    Seam__LotAmount *inputs[3];
};

/* A lot of a mine in the plant's hands. */
static char *delivered(struct world *world, const char *mine, const char *facility,
                       const char *batch, const char *qty, const char *claim, const char *model)
{
    const bool second = strcmp(mine, "mine-2") == 0;
    char *lot = world_lot(world, second ? world->gtin_raw2 : world->gtin_raw, batch);
    Seam__LotMine *in = world_mine(world, lot, qty);
    in->facility = world_text(world, facility);
    in->event->place = in->facility;
    in->claim = (char *)claim;
    in->model = (char *)model;
    if (second) {
        in->quality = world_quality(world, "0.04", "0.2", "26", "0.7");
    }
    assert_ok(world_apply(world, mine, LOT_MINE_TYPE, &in->base));
    world_handover(world, mine, "BOTH", lot, "washery", facility, "plant");
    return lot;
}

static struct blend *blend_of(struct world *world, const char *a, const char *a_qty, const char *b,
                              const char *b_qty, const char *batch, const char *model)
{
    struct blend *blend = world_alloc(world, sizeof *blend);
    seam__lot_blend__init(&blend->in);
    blend->in.event = world_head(world, "plant");
    blend->inputs[0] = world_amount(world, a, a_qty);
    blend->inputs[1] = world_amount(world, b, b_qty);
    blend->in.inputs = blend->inputs;
    blend->in.n_inputs = 2;
    blend->in.lot = world_lot(world, world->gtin_blend, batch);
    blend->in.model = (char *)model;
    return blend;
}

#define BLEND(blend_) world_apply(world, "washery", LOT_BLEND_TYPE, &(blend_)->in.base)

static void blends(void **state)
{
    struct world *world = *state;
    char *a = delivered(world, "mine", "mine-a", "A", "300", "", "");
    char *b = delivered(world, "mine-2", "mine-b", "B", "100", "", "");
    struct blend *blend = blend_of(world, a, "300", b, "50", "X", "");
    assert_ok(BLEND(blend));
    const struct hash id = world->tx_id;
    const Seam__LotRecord *lot = world_read(world, blend->in.lot);
    assert_int_equal(lot->qty_kg, 350000);
    assert_int_equal(lot->moisture_e4, 743); /* (300 * 0.08 + 50 * 0.04) / 350 = 0.074286 */
    assert_int_equal(lot->ash_e4, 2682); /* (276 * 0.28 + 48 * 0.2) / 324 = 0.268148, never down */
    assert_int_equal(lot->ncv_mj_t, 24285); /* 24.285714, never up */
    assert_int_equal(lot->carbon_e4, 6318); /* (276 * 0.62 + 48 * 0.7) / 324 = 0.631852 */
    assert_string_equal(lot->facility, ""); /* a blend makes no emission of its own */
    assert_int_equal(lot->model, MODEL_CONTROLLED_BLENDING);
    assert_int_equal(lot->n_origins, 2);
    assert_string_equal(lot->origins[0]->facility, "mine-a");
    assert_int_equal(lot->origins[0]->share_ppm, 857143); /* 300 of 350 */
    assert_int_equal(lot->origins[1]->share_ppm, 142857);
    assert_int_equal(world_read(world, a)->state, LOT_CLOSED);
    assert_int_equal(world_read(world, b)->qty_kg, 50000);
    /* what rounding the mean moved is declared: 324 t dry, 350 t of 0.9257 dry */
    const Seam__LotEventRecord *event = world_event(world, &id);
    assert_int_equal(event->balance->difference_kg, 0);
    assert_int_equal(event->balance->difference_dry_dg,
                     INT64_C(3240000000) - INT64_C(350000) * 9257);
    assert_int_equal(event->inputs[0]->share_ppm, 857143);
}

/* A measured quality stands when it agrees with the means, at the edge of the tolerance, and is not
 * better than they are, by nothing: more water takes the heat that evaporates it. */
static void measured_quality(void **state)
{
    struct world *world = *state;
    char *a = delivered(world, "mine", "mine-a", "A", "300", "", "");
    char *b = delivered(world, "mine", "mine-c", "B", "300", "", "");
    static const struct {
        const char *moisture;
        const char *ash;
        const char *ncv;
        const char *carbon;
        const char *field; /* NULL: admitted */
        const char *limit;
    } rows[] = {
        {"0.0851", "0.28", "24", "", "quality.moisture", "0.08 +- 0.005"},
        {"0.0749", "0.28", "24", "", "quality.moisture", "0.08 +- 0.005"},
        {"0.08", "0.2851", "24", "", "quality.ash", "0.28, at most 0.005 more"},
        {"0.08", "0.2799", "24", "", "quality.ash", "0.28, at most 0.005 more"},
        {"0.08", "0.28", "24.001", "", "quality.ncv", "24, at most 0.5 less"},
        {"0.075", "0.28", "24.001", "", "quality.ncv", "24, at most 0.5 less"},
        {"0.08", "0.28", "23.499", "", "quality.ncv", "24, at most 0.5 less"},
        {"0.085", "0.28", "23.988", "", "quality.ncv", "23.987, at most 0.5 less"},
        {"0.08", "0.28", "24", "0.6201", "quality.carbon", "0.62, at most 0.01 less"},
        {"0.08", "0.28", "24", "0.6099", "quality.carbon", "0.62, at most 0.01 less"},
        {"0.085", "0.285", "23.487", "0.61", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct blend *blend = blend_of(world, a, "10", b, "10", "X", "");
        blend->in.quality =
            world_quality(world, rows[i].moisture, rows[i].ash, rows[i].ncv, rows[i].carbon);
        if (rows[i].field == NULL) {
            assert_ok(BLEND(blend));
            assert_int_equal(world_read(world, blend->in.lot)->ash_e4, 2850);
        } else {
            assert_refused(BLEND(blend), JUDGE_NEVER, ERR_BALANCE, rows[i].field);
            assert_string_equal(world->detail.rule, "V12");
            assert_string_equal(world->detail.limit, rows[i].limit);
        }
    }
}

/* [D41] Foreign coal under a model that does not admit it. */
static void models(void **state)
{
    struct world *world = *state;
    char *a = delivered(world, "mine", "mine-a", "A", "900", "", "");
    char *c = delivered(world, "mine", "mine-c", "C", "900", "", "");
    char *b = delivered(world, "mine-2", "mine-b", "B", "900", "", "");
    assert_refused(BLEND(blend_of(world, a, "1", c, "1", "X", "IDENTITY_PRESERVED")), JUDGE_NEVER,
                   ERR_CUSTODY, "model");
    assert_string_equal(world->detail.limit, "mine-c");
    assert_refused(BLEND(blend_of(world, a, "1", b, "1", "X", "SEGREGATED")), JUDGE_NEVER,
                   ERR_CUSTODY, "model");
    assert_string_equal(world->detail.limit, "mine-b");
    assert_refused(BLEND(blend_of(world, a, "1", b, "1", "X", "BOOK_AND_CLAIM")), JUDGE_NEVER,
                   ERR_ENUM, "model");
    struct blend *same = blend_of(world, a, "1", c, "1", "X1", "");
    assert_ok(BLEND(same)); /* two faces of one mining organisation */
    assert_int_equal(world_read(world, same->in.lot)->model, MODEL_SEGREGATED);
    struct blend *mixed = blend_of(world, same->in.lot, "1", b, "1", "X2", "CONTROLLED_BLENDING");
    assert_ok(BLEND(mixed));
    const Seam__LotRecord *lot = world_read(world, mixed->in.lot);
    assert_int_equal(lot->n_origins, 3);
    assert_int_equal(lot->origins[0]->share_ppm, 250000);
    assert_int_equal(lot->origins[1]->share_ppm, 500000); /* mine-b */
    /* a weaker model is never made stricter again, even of one origin */
    char *d = delivered(world, "mine", "mine-a", "D", "10", "", "CONTROLLED_BLENDING");
    assert_refused(BLEND(blend_of(world, a, "1", d, "1", "X3", "SEGREGATED")), JUDGE_NEVER,
                   ERR_CUSTODY, "model");
    assert_string_equal(world->detail.limit, "CONTROLLED_BLENDING");
    struct blend *weak = blend_of(world, a, "1", d, "1", "X3", "");
    assert_ok(BLEND(weak));
    assert_int_equal(world_read(world, weak->in.lot)->model, MODEL_CONTROLLED_BLENDING);
}

/* A claim stays with the coal; coal without it, or with another, hides it. */
static void claims(void **state)
{
    struct world *world = *state;
    char *a = delivered(world, "mine", "mine-a", "A", "900", "low-methane", "");
    char *b = delivered(world, "mine", "mine-a", "B", "900", "", "");
    char *c = delivered(world, "mine", "mine-a", "C", "900", "other", "");
    assert_refused(BLEND(blend_of(world, a, "1", b, "1", "X", "IDENTITY_PRESERVED")), JUDGE_NEVER,
                   ERR_CUSTODY, "model");
    assert_refused(BLEND(blend_of(world, a, "1", c, "1", "X", "SEGREGATED")), JUDGE_NEVER,
                   ERR_CUSTODY, "model");
    struct blend *blend = blend_of(world, a, "300", b, "100", "X", "");
    assert_ok(BLEND(blend));
    const Seam__LotRecord *lot = world_read(world, blend->in.lot);
    assert_int_equal(lot->model, MODEL_CONTROLLED_BLENDING);
    assert_string_equal(lot->claim, "low-methane");
    assert_int_equal(lot->claim_kg, 300000);
    blend = blend_of(world, a, "100", c, "100", "Y", "");
    assert_ok(BLEND(blend));
    assert_string_equal(world_read(world, blend->in.lot)->claim, "");
    assert_int_equal(world_read(world, a)->claim_kg, 500000);
    blend = blend_of(world, a, "100", b, "100", "Z", "CONTROLLED_BLENDING");
    blend->in.claim_qty = (char *)"200";
    assert_refused(BLEND(blend), JUDGE_NEVER, ERR_CUSTODY, "model");
}

/* [D41] Outputs with a claim are at most inputs with it: per place, product and 12 months. */
static void mass_balance(void **state)
{
    struct world *world = *state;
    const Seam__LotClaimRecord *book = NULL;
    char *a = delivered(world, "mine", "mine-a", "A", "900", "low-methane", "");
    char *b = delivered(world, "mine-2", "mine-b", "B", "900", "", "");
    struct blend *blend = blend_of(world, a, "100", b, "300", "X1", "MASS_BALANCE");
    blend->in.claim_qty = (char *)"100.001";
    assert_refused(BLEND(blend), JUDGE_NEVER, ERR_BALANCE, "model");
    assert_string_equal(world->detail.limit, "100.000 t");
    blend->in.claim_qty = (char *)"60";
    assert_ok(BLEND(blend));
    const Seam__LotRecord *lot = world_read(world, blend->in.lot);
    assert_int_equal(lot->model, MODEL_MASS_BALANCE);
    assert_int_equal(lot->claim_kg, 60000);
    assert_int_equal(view_lot_claim(&book, world->state, "plant", world->gtin_blend, "low-methane",
                                    "2026-09", &world->arena),
                     OK);
    assert_int_equal(book->in_kg, 100000);
    assert_int_equal(book->out_kg, 60000);
    /* eleven months later what is left still counts, for coal of any origin; then it is over */
    struct blend *later = blend_of(world, b, "10", b, "10", "X2", "MASS_BALANCE");
    later->in.n_inputs = 1;
    later->in.claim = (char *)"low-methane";
    world->time_ms = world_time("2027-09-01T08:00:00Z");
    later->in.event->event_time_ms = world_time("2027-09-01T07:00:00Z");
    later->in.claim_qty = (char *)"10";
    assert_refused(BLEND(later), JUDGE_NEVER, ERR_BALANCE, "model");
    assert_string_equal(world->detail.limit, "0.000 t");
    world->time_ms = world_time("2027-08-31T08:00:00Z");
    later->in.event->event_time_ms = world_time("2027-08-31T07:00:00Z");
    assert_ok(BLEND(later));
    assert_int_equal(world_read(world, later->in.lot)->claim_kg, 10000);
    /* claimed coal, bought back into a physical model, is refused */
    struct blend *back = blend_of(world, blend->in.lot, "10", b, "10", "X3", "CONTROLLED_BLENDING");
    back->in.event->event_time_ms = world->time_ms;
    assert_refused(BLEND(back), JUDGE_NEVER, ERR_CUSTODY, "model");
    assert_string_equal(world->detail.limit, "MASS_BALANCE");
}

/* What is recorded late takes nothing that the months since then have taken already. */
static void mass_balance_late(void **state)
{
    struct world *world = *state;
    char *a = delivered(world, "mine", "mine-a", "A", "900", "low-methane", "");
    char *b = delivered(world, "mine-2", "mine-b", "B", "900", "", "");
    struct blend *in = blend_of(world, a, "100", b, "100", "X1", "MASS_BALANCE");
    in->in.claim_qty = (char *)"0";
    assert_ok(BLEND(in));
    world->time_ms = world_time("2026-10-20T08:00:00Z");
    struct blend *out = blend_of(world, b, "100", b, "1", "X2", "MASS_BALANCE");
    out->in.n_inputs = 1;
    out->in.claim = (char *)"low-methane";
    out->in.claim_qty = (char *)"100";
    out->in.event->event_time_ms = world->time_ms;
    assert_ok(BLEND(out)); /* in October */
    struct blend *late = blend_of(world, b, "100", b, "1", "X3", "MASS_BALANCE");
    late->in.n_inputs = 1;
    late->in.claim = (char *)"low-methane";
    late->in.claim_qty = (char *)"0.001";
    assert_refused(BLEND(late), JUDGE_NEVER, ERR_BALANCE, "model"); /* in September */
    assert_string_equal(world->detail.limit, "0.000 t");
}

/* A book belongs to who owns the GTIN: nobody else takes claims from it at the same place. */
static void mass_balance_of_another(void **state)
{
    struct world *world = *state;
    char *a = delivered(world, "mine", "mine-a", "A", "900", "low-methane", "");
    char *b = delivered(world, "mine-2", "mine-b", "B", "900", "", "");
    struct blend *in = blend_of(world, a, "100", b, "100", "X1", "MASS_BALANCE");
    in->in.claim_qty = (char *)"0";
    assert_ok(BLEND(in));
    world_handover(world, "washery", "BOTH", b, "power", "plant", "plant");
    struct blend *theft = blend_of(world, b, "100", b, "1", "X2", "MASS_BALANCE");
    theft->in.n_inputs = 1;
    theft->in.lot = world_lot(world, world->gtin_mix, "X2");
    theft->in.claim = (char *)"low-methane";
    theft->in.claim_qty = (char *)"0.001";
    assert_refused(world_apply(world, "power", LOT_BLEND_TYPE, &theft->in.base), JUDGE_NEVER,
                   ERR_BALANCE, "model");
    assert_string_equal(world->detail.limit, "0.000 t");
}

/* What an error declaration gave back would be in the book a second time. */
static void mass_balance_taken_back(void **state)
{
    struct world *world = *state;
    char *a = delivered(world, "mine", "mine-a", "A", "900", "low-methane", "");
    char *b = delivered(world, "mine-2", "mine-b", "B", "900", "", "");
    struct blend *in = blend_of(world, a, "100", b, "100", "X1", "MASS_BALANCE");
    in->in.claim_qty = (char *)"0";
    assert_ok(BLEND(in));
    const struct hash id = world->tx_id;
    assert_ok(world_error(world, "washery", &id, "DID_NOT_OCCUR"));
    assert_false(world_event(world, &id)->error->undone);
    assert_int_equal(world_read(world, a)->claim_kg, 800000);
}

/* A scale that finds a kilogram more does not weaken the custody model. */
static void claim_of_a_gain(void **state)
{
    struct world *world = *state;
    char *a = world_lot(world, world->gtin_raw, "A");
    Seam__LotMine *in = world_mine(world, a, "100");
    in->claim = (char *)"low-methane";
    assert_ok(world_apply(world, "mine", LOT_MINE_TYPE, &in->base));
    assert_ok(world_offer(world, "mine", "BOTH", a, "washery", "mine-a"));
    const struct hash id = world->tx_id;
    assert_ok(world_answer(world, "washery", &id, "ACCEPT", "100.5", "plant"));
    assert_int_equal(world_read(world, a)->claim_kg, 100500);
    struct blend *blend = blend_of(world, a, "10", a, "1", "X1", "IDENTITY_PRESERVED");
    blend->in.n_inputs = 1;
    assert_ok(BLEND(blend));
    assert_int_equal(world_read(world, blend->in.lot)->claim_kg, 10000);
}

/* Water that a washery adds is no claimed coal, neither in the lot nor in a book that takes it; and
 * the wet coal is still of one kind under the strictest model. */
static void claim_of_water(void **state)
{
    struct world *world = *state;
    const Seam__LotClaimRecord *book = NULL;
    char *a = delivered(world, "mine", "mine-a", "A", "900", "low-methane", "");
    char *wet = world_lot(world, world->gtin_clean, "W"); /* 92 t dry */
    const Seam__LotWash *in = world_wash(world, world_amount(world, a, "100"), wet, (char *)"368",
                                         world_quality(world, "0.75", "0.28", "4.6", ""));
    assert_ok(world_apply(world, "washery", LOT_WASH_TYPE, &in->base));
    const Seam__LotRecord *lot = world_read(world, wet);
    assert_int_equal(lot->model, MODEL_IDENTITY_PRESERVED);
    assert_string_equal(lot->claim, "low-methane");
    assert_int_equal(lot->claim_kg, 100000);
    struct blend *same = blend_of(world, wet, "0.003", wet, "1", "X1", "");
    same->in.n_inputs = 1; /* 0.8 kg of it counts, which is none */
    assert_ok(BLEND(same));
    same = blend_of(world, same->in.lot, "0.003", wet, "167.997", "X2", "IDENTITY_PRESERVED");
    assert_ok(BLEND(same));
    assert_string_equal(world_read(world, same->in.lot)->claim, "low-methane");
    assert_int_equal(world_read(world, same->in.lot)->claim_kg,
                     45651); /* 100 t x 167.997 / 367.997 */
    struct blend *booked = blend_of(world, wet, "200", a, "1", "X3", "MASS_BALANCE");
    booked->in.n_inputs = 1;
    assert_ok(BLEND(booked));
    assert_int_equal(world_read(world, booked->in.lot)->claim_kg, 100000 - 45651);
    assert_int_equal(view_lot_claim(&book, world->state, "plant", world->gtin_blend, "low-methane",
                                    "2026-09", &world->arena),
                     OK);
    assert_int_equal(book->in_kg, 100000 - 45651);
}

static void splits(void **state)
{
    struct world *world = *state;
    char *lot = delivered(world, "mine", "mine-a", "A", "100", "low-methane", "");
    Seam__LotSplit in = SEAM__LOT_SPLIT__INIT;
    Seam__LotAmount *outputs[2];
    in.event = world_head(world, "plant");
    in.lot = lot;
    in.outputs = outputs;
    in.n_outputs = 2;
    outputs[0] = world_amount(world, world_lot(world, world->gtin_raw, "A1"), "60");
    outputs[1] = world_amount(world, world_lot(world, world->gtin_raw, "A2"), "40.001");
#define SPLIT(who) world_apply(world, who, LOT_SPLIT_TYPE, &in.base)
    assert_refused(SPLIT("washery"), JUDGE_NEVER, ERR_BALANCE, "outputs[1].qty");
    assert_string_equal(world->detail.limit, "40.000 t");
    outputs[1]->qty = (char *)"40";
    assert_refused(SPLIT("mine"), JUDGE_NEVER, ERR_ROLE, "lot");
    outputs[1]->lot = world_lot(world, world->gtin_blend, "A2");
    assert_refused(SPLIT("washery"), JUDGE_NEVER, ERR_RANGE, "outputs[1].lot");
    outputs[1]->lot = outputs[0]->lot;
    assert_refused(SPLIT("washery"), JUDGE_NEVER, ERR_TWICE, "outputs[1].lot");
    outputs[1]->lot = world_lot(world, world->gtin_raw, "A2");
    in.n_outputs = 0;
    assert_refused(SPLIT("washery"), JUDGE_NEVER, ERR_MISSING, "outputs");
    in.n_outputs = 2;
    assert_ok(SPLIT("washery"));
    const Seam__LotRecord *part = world_read(world, outputs[0]->lot);
    assert_int_equal(part->qty_kg, 60000);
    assert_int_equal(part->claim_kg, 60000);
    assert_int_equal(part->ash_e4, 2800);
    assert_string_equal(part->owner, "washery");
    assert_string_equal(part->stage, "");
    assert_int_equal(world_read(world, lot)->state, LOT_CLOSED);
    assert_refused(SPLIT("washery"), JUDGE_NEVER, ERR_STATE_MACHINE, "lot");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(blends),
        T(measured_quality),
        T(claim_of_water),
        T(models),
        T(claims),
        T(mass_balance),
        T(mass_balance_late),
        T(mass_balance_of_another),
        T(mass_balance_taken_back),
        T(claim_of_a_gain),
        T(splits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
