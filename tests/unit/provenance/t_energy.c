/* SPDX-License-Identifier: Apache-2.0 */
/* [V11, V13, D38, D41] Emissions follow calorific values: nobody parks them in coal that nobody
 * buys. Energy balances, gangue is gangue, and an output with far more than its share is found. */

#include "tests/unit/provenance/world.h"

struct part {
    const char *gtin;
    const char *qty;
    const char *moisture;
    const char *ash;
    const char *ncv;
};

static Seam__LotAmount *extra; /* washed with it; NULL: nothing */

/* Washes 1000 t of moisture 0.08, ash 0.28, 24 GJ/t: 920 t dry, 24195.44 GJ free of water. */
static enum judgement wash(struct world *world, const char *batch, const struct part *parts,
                           size_t count, const char *lost)
{
    Seam__LotWash in = SEAM__LOT_WASH__INIT;
    Seam__LotWashLoss loss = SEAM__LOT_WASH_LOSS__INIT;
    Seam__LotWashLoss *losses[1] = {&loss};
    Seam__LotOutput *outputs[4];
    Seam__LotAmount *inputs[2];
    char *raw = world_lot(world, world->gtin_raw, batch);
    assert_ok(world_mined(world, raw, "1000"));
    world_handover(world, "mine", "BOTH", raw, "washery", "mine-a", "plant");
    inputs[0] = world_amount(world, raw, "1000");
    inputs[1] = extra;
    for (size_t i = 0; i < count; i++) {
        char name[24];
        snprintf(name, sizeof name, "%s-%zu", batch, i);
        outputs[i] = world_alloc(world, sizeof *outputs[i]);
        seam__lot_output__init(outputs[i]);
        outputs[i]->lot = world_lot(world, parts[i].gtin, name);
        outputs[i]->qty = (char *)parts[i].qty;
        outputs[i]->quality =
            world_quality(world, parts[i].moisture, parts[i].ash, parts[i].ncv, "");
    }
    in.event = world_head(world, "plant");
    in.facility = (char *)"plant";
    in.month = (char *)"2026-09";
    in.inputs = inputs;
    in.n_inputs = extra != NULL ? 2 : 1;
    in.outputs = outputs;
    in.n_outputs = count;
    loss.qty = (char *)lost;
    loss.moisture = (char *)"0";
    loss.ash = (char *)"0.6175";
    in.losses = losses;
    in.n_losses = lost[0] != '\0' ? 1 : 0;
    return world_apply(world, "washery", LOT_WASH_TYPE, &in.base);
}

static const Seam__LotEventRecord *washed(struct world *world)
{
    return world_event(world, &world->tx_id);
}

static const Seam__LotFinding *about_lot(struct world *world, const char *code, const char *gtin,
                                         const char *batch)
{
    return world_finding(washed(world), code, world_lot(world, gtin, batch));
}

static const Seam__LotFinding *about_code(struct world *world, const char *code, const char *about)
{
    return world_finding(washed(world), code, about);
}

/* Clean coal of 0.1 ash and 27.4 GJ/t, gangue with what is left: nothing to say. */
static void an_honest_plant(void **state)
{
    struct world *world = *state;
    const struct part parts[] = {{world->gtin_clean, "666.667", "0.1", "0.1", "29.5"},
                                 {world->gtin_gangue, "320", "0", "0.6175", "13.5"}};
    assert_ok(wash(world, "A", parts, 2, ""));
    const Seam__LotEventRecord *event = washed(world);
    assert_int_equal(event->n_findings, 1);
    assert_string_equal(event->findings[0]->code, "W_LATE");
    assert_true(event->balance->has_energy);
    assert_int_equal(event->balance->in_energy_mj, 24195440);
    assert_int_equal(event->balance->out_energy_mj, 19829543 + 4320000); /* 29.7443 GJ/t, 13.5 */
    assert_int_equal(event->balance->difference_energy_mj, 24195440 - 24149543);
}

/* The same with the gangue lost: the loss has as much as what burns of the inputs. */
static void losses_burn_too(void **state)
{
    struct world *world = *state;
    const struct part part = {world->gtin_clean, "666.667", "0.1", "0.1", "29.5"};
    assert_ok(wash(world, "A", &part, 1, "320"));
    const Seam__LotEventRecord *event = washed(world);
    assert_null(world_finding(event, "W_BALANCE", "ENERGY"));
    /* 24195.44 GJ x 122.4 t of 662.4 t that burn */
    assert_int_equal(event->balance->loss_energy_mj, 4470896);
}

/* More energy than went in: refused with the most there may be. 24195.44 x 1.05 = 25405.212 GJ;
 * clean coal alone 600 t dry. */
static void no_energy_is_made(void **state)
{
    struct world *world = *state;
    struct part parts[] = {{world->gtin_clean, "600", "0", "0.1", "35.141"},
                           {world->gtin_gangue, "320", "0", "0.6175", "13.5"}};
    assert_ok(wash(world, "A", parts, 2, "")); /* 21084.6 + 4320 = 25404.6 */
    parts[0].ncv = "35.143";
    assert_refused(wash(world, "B", parts, 2, ""), JUDGE_NEVER, ERR_BALANCE, "outputs");
    assert_string_equal(world->detail.rule, "V11");
    assert_string_equal(world->detail.limit, "ENERGY 25405.212 GJ");
    assert_non_null(strstr(world->detail.hint, "1210.360 GJ more"));
}

/* Coal of 2 GJ/t that looks clean, all energy in a tonne that stays: less comes out than went in,
 * the tonne has far more than its share, and neither is what coal can be. */
static void nothing_is_parked(void **state)
{
    struct world *world = *state;
    const struct part parts[] = {{world->gtin_clean, "599", "0", "0.1", "2"},
                                 {world->gtin_middlings, "1", "0", "0.1", "100"},
                                 {world->gtin_gangue, "320", "0", "0.6175", "13.5"}};
    assert_ok(wash(world, "A", parts, 3, ""));
    const Seam__LotFinding *energy = world_finding(washed(world), "W_BALANCE", "ENERGY");
    assert_non_null(energy);
    assert_string_equal(energy->amount, "18577.440 GJ"); /* 24195.44 - 1198 - 100 - 4320 */
    const Seam__LotFinding *share = about_lot(world, "W_SHARE", world->gtin_middlings, "A-1");
    assert_non_null(share);
    assert_string_equal(share->amount, "46.2 times the average"); /* 100 / (1298 / 600) */
    assert_string_equal(share->limit, "3 times");
    assert_null(about_lot(world, "W_SHARE", world->gtin_clean, "A-0"));
    assert_string_equal(about_lot(world, "W_NCV", world->gtin_clean, "A-0")->amount,
                        "2.222 GJ/t free of water and ash");
    assert_string_equal(about_lot(world, "W_NCV", world->gtin_middlings, "A-1")->limit,
                        "15.000 to 40.000 GJ/t");
    /* who states none at all states nothing that could be believed */
    const struct part none[] = {{world->gtin_clean, "600", "0", "0.1", "0"},
                                {world->gtin_gangue, "320", "0", "0.6175", "0"}};
    assert_ok(wash(world, "B", none, 2, ""));
    assert_non_null(world_finding(washed(world), "W_BALANCE", "ENERGY"));
    assert_non_null(about_lot(world, "W_NCV", world->gtin_clean, "B-0"));
}

/* Three times the average and no more is not said: 600 t at x, 320 t of middlings. */
static void shares_at_the_limit(void **state)
{
    struct world *world = *state;
    struct part parts[] = {{world->gtin_middlings, "100", "0", "0.1", "30"},
                           {world->gtin_clean, "800", "0", "0.3", "7.5"}};
    assert_ok(wash(world, "A", parts, 2, "")); /* 30 / (9000 / 900) = 3 */
    assert_null(about_lot(world, "W_SHARE", world->gtin_middlings, "A-0"));
    parts[0].ncv = "30.001";
    assert_ok(wash(world, "B", parts, 2, ""));
    assert_non_null(about_lot(world, "W_SHARE", world->gtin_middlings, "B-0"));
}

/* Coal called gangue carries nothing: so it must be gangue, washed, mined or blended. */
static void gangue_is_gangue(void **state)
{
    struct world *world = *state;
    struct part parts[] = {{world->gtin_middlings, "320", "0", "0.6175", "13.5"},
                           {world->gtin_gangue, "600", "0", "0.1", "27"}};
    assert_refused(wash(world, "A", parts, 2, ""), JUDGE_NEVER, ERR_BALANCE,
                   "outputs[1].quality.ash");
    assert_string_equal(world->detail.rule, "D41");
    assert_string_equal(world->detail.limit, "0.5");
    assert_non_null(strstr(world->detail.hint, "0.1000"));
    char gtin[GTIN_SIZE];
    world_gtin(gtin, "0690123450008");
    world_product(world, gtin, "mine", "gangue");
    Seam__LotMine *mine = world_mine(world, world_lot(world, gtin, "B"), "10");
    mine->quality->carbon = (char *)"";
    mine->quality->ash = (char *)"0.4999";
    assert_refused(world_apply(world, "mine", LOT_MINE_TYPE, &mine->base), JUDGE_NEVER, ERR_BALANCE,
                   "quality.ash");
    mine->quality->ash = (char *)"0.5";
    assert_ok(world_apply(world, "mine", LOT_MINE_TYPE, &mine->base));
    Seam__LotBlend in = SEAM__LOT_BLEND__INIT;
    char *raw = world_lot(world, world->gtin_raw, "C");
    Seam__LotAmount *inputs[1] = {world_amount(world, raw, "10")};
    assert_ok(world_mined(world, raw, "10"));
    in.event = world_head(world, "mine-a");
    in.inputs = inputs;
    in.n_inputs = 1;
    in.lot = world_lot(world, gtin, "D");
    assert_refused(world_apply(world, "mine", LOT_BLEND_TYPE, &in.base), JUDGE_NEVER, ERR_BALANCE,
                   "quality.ash");
}

/* Coal of which no calorific value is stated does not open the balance: not 1 kg of it, which is
 * named, nor all of it, which holds at most what the best coal would. */
static void silent_coal_hides_nothing(void **state)
{
    struct world *world = *state;
    struct part parts[] = {{world->gtin_clean, "600", "0", "0.1", "16"},
                           {world->gtin_gangue, "320", "0", "0.6175", "13.5"}};
    char *silent = world_lot(world, world->gtin_raw, "S");
    Seam__LotMine *mine = world_mine(world, silent, "2000");
    mine->quality->ncv = (char *)"0";
    assert_ok(world_apply(world, "mine", LOT_MINE_TYPE, &mine->base));
    assert_non_null(world_finding(world_event(world, &world->tx_id), "W_NCV", silent));
    world_handover(world, "mine", "BOTH", silent, "washery", "mine-a", "plant");
    extra = world_amount(world, silent, "0.001");
    assert_ok(wash(world, "A", parts, 2, ""));
    assert_string_equal(about_code(world, "W_NCV", "ENERGY")->amount, "0.001 t");
    assert_string_equal(about_code(world, "W_BALANCE", "ENERGY")->amount, "10275.440 GJ");
    assert_false(washed(world)->balance->has_energy);
    parts[0].ncv = "35.143"; /* 24195.44 GJ and 0.6624 kg at 40 GJ/t, and 5 % */
    assert_refused(wash(world, "B", parts, 2, ""), JUDGE_NEVER, ERR_BALANCE, "outputs");
    assert_string_equal(world->detail.limit, "ENERGY 25405.239 GJ");
    extra = world_amount(world, silent, "999.999"); /* 662.4 t that burn: 26496 GJ more */
    parts[0] = (struct part){world->gtin_clean, "1500", "0", "0.2", "32.537"};
    parts[1] = (struct part){world->gtin_gangue, "340", "0", "0.63", "13"};
    assert_ok(wash(world, "C", parts, 2, "")); /* 48805.5 + 4420 of at most 53226.0 */
    assert_null(about_code(world, "W_BALANCE", "ENERGY"));
    extra = world_amount(world, silent, "999.999");
    parts[0].ncv = "32.538";
    assert_refused(wash(world, "D", parts, 2, ""), JUDGE_NEVER, ERR_BALANCE, "outputs");
    extra = NULL;
}

static enum judgement blend(struct world *world, char *const *lots, size_t count, const char *to,
                            Seam__LotQuality *quality)
{
    Seam__LotBlend in = SEAM__LOT_BLEND__INIT;
    Seam__LotAmount *inputs[2];
    for (size_t i = 0; i < count; i++) {
        inputs[i] = world_amount(world, lots[i], "10");
    }
    in.event = world_head(world, "mine-a");
    in.inputs = inputs;
    in.n_inputs = count;
    in.lot = world_lot(world, world->gtin_raw, to);
    in.quality = quality;
    return world_apply(world, "mine", LOT_BLEND_TYPE, &in.base);
}

static char *mined_of(struct world *world, const char *batch, const char *moisture, const char *ash,
                      const char *ncv)
{
    char *lot = world_lot(world, world->gtin_raw, batch);
    Seam__LotMine *in = world_mine(world, lot, "10");
    in->quality = world_quality(world, moisture, ash, ncv, "");
    assert_ok(world_apply(world, "mine", LOT_MINE_TYPE, &in->base));
    return lot;
}

/* However often coal is blended, its last digit does not creep up; worse it may be called, but not
 * back again. */
static void blending_makes_no_energy(void **state)
{
    struct world *world = *state;
    char *lots[2] = {mined_of(world, "A", "0.08", "0.28", "24"), NULL};
    char name[16];
    for (unsigned i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "B%u", i);
        assert_ok(blend(world, lots, 1, name,
                        i % 2 == 0 ? NULL : world_quality(world, "0.08", "0.28", "24", "")));
        lots[0] = world_lot(world, world->gtin_raw, name);
    }
    assert_ok(blend(world, lots, 1, "C", world_quality(world, "0.08", "0.285", "23.5", "")));
    lots[0] = world_lot(world, world->gtin_raw, "C");
    assert_refused(blend(world, lots, 1, "D", world_quality(world, "0.08", "0.285", "23.501", "")),
                   JUDGE_NEVER, ERR_BALANCE, "quality.ncv");
    assert_string_equal(world->detail.limit, "23.5, at most 0.5 less");
    assert_refused(blend(world, lots, 1, "D", world_quality(world, "0.08", "0.2849", "23.5", "")),
                   JUDGE_NEVER, ERR_BALANCE, "quality.ash");
    assert_string_equal(world->detail.limit, "0.285, at most 0.005 more");
    lots[1] = mined_of(world, "E", "0.08", "0.2851", "23.501");
    assert_ok(blend(world, lots, 2, "F", NULL));
    const Seam__LotRecord *lot = world_read(world, world_lot(world, world->gtin_raw, "F"));
    assert_int_equal(lot->ncv_mj_t, 23500);
    assert_int_equal(lot->ash_e4, 2851);
}

/* Moisture that is rounded up takes its heat; what states no value takes its water along. */
static void blends_hold_no_more_energy(void **state)
{
    struct world *world = *state;
    char *lots[2] = {mined_of(world, "A", "0.08", "0.28", "24"),
                     mined_of(world, "B", "0.0801", "0.28", "24")};
    assert_ok(blend(world, lots, 2, "C", NULL));
    const Seam__LotRecord *lot = world_read(world, world_lot(world, world->gtin_raw, "C"));
    assert_int_equal(lot->moisture_e4, 801); /* 0.08005 */
    assert_int_equal(lot->ncv_mj_t, 23999); /* 24 - 0.00005 x 2.443 */
    lots[0] = mined_of(world, "D", "0.08", "0.28", "24");
    lots[1] = mined_of(world, "E", "0.9", "0.28", "0");
    assert_ok(blend(world, lots, 2, "F", NULL));
    lot = world_read(world, world_lot(world, world->gtin_raw, "F"));
    assert_int_equal(lot->ncv_mj_t, 10900); /* 12 - 0.45 x 2.443 */
    /* and no coal becomes coal of which nothing is said */
    lots[0] = mined_of(world, "G", "0.08", "0.28", "2");
    lots[1] = mined_of(world, "H", "0.9", "0.28", "0");
    assert_refused(blend(world, lots, 2, "I", NULL), JUDGE_NEVER, ERR_BALANCE, "quality.ncv");
    lots[0] = mined_of(world, "J", "0.08", "0.28", "0.4");
    assert_refused(blend(world, lots, 1, "K", world_quality(world, "0.08", "0.28", "0", "")),
                   JUDGE_NEVER, ERR_BALANCE, "quality.ncv");
    assert_string_equal(world->detail.limit, "0.001 GJ/t");
    assert_ok(blend(world, &lots[1], 1, "L", NULL)); /* it said nothing before */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(an_honest_plant),           T(losses_burn_too),          T(no_energy_is_made),
        T(nothing_is_parked),         T(shares_at_the_limit),      T(gangue_is_gangue),
        T(silent_coal_hides_nothing), T(blending_makes_no_energy), T(blends_hold_no_more_energy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
