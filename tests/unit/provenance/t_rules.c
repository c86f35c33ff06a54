/* SPDX-License-Identifier: Apache-2.0 */
/* [D7, D46] Which lot rules judge an event says the ledger: the newest that the scheme adopted for
 * the month. Where coal of two schemes meets, the strictest value of both holds. */

#include "tests/unit/provenance/world.h"

/* Publishes the rules under another id with other values, NULL-terminated pairs. */
static struct hash publish(struct world *world, const char *id, const char *const *pairs)
{
    struct set set;
    struct bytes packed;
    struct hash hash;
    world_set(world, &set);
    Seam__ParameterSet *message = (Seam__ParameterSet *)(uintptr_t)set.message;
    message->id = (char *)id;
    for (size_t i = 0; pairs[i] != NULL; i += 2) {
        bool known = false;
        for (size_t k = 0; k < message->n_values; k++) {
            if (strcmp(message->values[k]->key, pairs[i]) == 0) {
                message->values[k]->value = (char *)pairs[i + 1];
                known = true;
            }
        }
        assert_true(known);
    }
    assert_int_equal(message_pack(&packed, &message->base, &world->arena), OK);
    hash_tagged(&hash, TAG_SET, packed);
    world_publish(world, id, &hash, packed);
    return hash;
}

static void scheme_of(struct world *world, const char *facility, const char *scheme)
{
    const Seam__FacilityRecord *stored = NULL;
    assert_int_equal(view_facility(&stored, world->state, facility, &world->arena), OK);
    Seam__FacilityRecord record = *stored;
    record.scheme = (char *)scheme;
    world_put(world, state_key_named(KEY_FACILITY, facility), &record.base);
}

static enum judgement mined_under(struct world *world, const struct hash *rules, const char *batch)
{
    world->set_hash = *rules;
    return world_mined(world, world_lot(world, world->gtin_raw, batch), "100");
}

static void the_newest_rules_hold(void **state)
{
    static const char *const lax[] = {"handover.tolerance", "0.5", NULL};
    static const char *const none[] = {NULL};
    struct world *world = *state;
    const struct hash usual = world->set_hash;
    const struct hash other = publish(world, "LOT-LAX", lax);
    assert_refused(mined_under(world, &other, "A"), JUDGE_NOT_YET, ERR_SET,
                   "event.parameter_set_hash");
    /* a scheme that adopted it does not help another scheme's mine */
    world_adopt(world, "cn-other", "LOT-LAX", &other, "2026-01");
    assert_refused(mined_under(world, &other, "A"), JUDGE_NOT_YET, ERR_SET,
                   "event.parameter_set_hash");
    assert_ok(mined_under(world, &usual, "A"));
    /* adopted for later months: not yet in force */
    world_adopt(world, "cn-coal", "LOT-LAX", &other, "2026-10");
    assert_refused(mined_under(world, &other, "B"), JUDGE_NEVER, ERR_SET,
                   "event.parameter_set_hash");
    assert_string_equal(world->detail.limit, "2026-10");
    assert_ok(mined_under(world, &usual, "B"));
    /* adopted for this month, too: now it is in force, and the older set is not any more */
    const struct hash newest = publish(world, "LOT-NEW", none);
    world_adopt(world, "cn-coal", "LOT-NEW", &newest, "2026-09");
    assert_refused(mined_under(world, &usual, "C"), JUDGE_NEVER, ERR_SET,
                   "event.parameter_set_hash");
    assert_string_equal(world->detail.limit, "LOT-NEW 1");
    assert_string_equal(world->detail.rule, "D46");
    assert_ok(mined_under(world, &newest, "C"));
    /* what else a scheme adopts is no lot rules */
    const struct hash factors = publish(world, "CN-FACTORS", none);
    world_adopt(world, "cn-coal", "CN-FACTORS", &factors, "2026-09");
    assert_refused(mined_under(world, &factors, "D"), JUDGE_NEVER, ERR_SET,
                   "event.parameter_set_hash");
    assert_ok(mined_under(world, &newest, "D"));
}

/* mine-a stays in cn-coal (0.005), mine-b goes to cn-lax (0.02); their blend is judged by 0.005
 * whichever comes first, and so is everything made of it. */
static void the_strictest_scheme_holds(void **state)
{
    static const char *const lax[] = {"handover.tolerance", "0.02", "transport_loss.RAIL", "0.02",
                                      NULL};
    struct world *world = *state;
    const struct hash usual = world->set_hash;
    const struct hash other = publish(world, "LOT-LAX", lax);
    world_adopt(world, "cn-lax", "LOT-LAX", &other, "2026-01");
    scheme_of(world, "mine-b", "cn-lax");
    char *strict = world_lot(world, world->gtin_raw, "S");
    char *loose = world_lot(world, world->gtin_raw2, "L");
    char *mix = world_lot(world, world->gtin_mix, "M");
    assert_ok(world_mined(world, strict, "500"));
    world_handover(world, "mine", "BOTH", strict, "power", "mine-a", world->port);
    world->set_hash = other;
    Seam__LotMine *mine = world_mine(world, loose, "500");
    mine->event->place = (char *)"mine-b";
    mine->facility = (char *)"mine-b";
    assert_ok(world_apply(world, "mine-2", LOT_MINE_TYPE, &mine->base));
    assert_ok(world_offer(world, "mine-2", "BOTH", loose, "power", "mine-b"));
    const struct hash lax_offer = world->tx_id;
    assert_ok(world_answer(world, "power", &lax_offer, "ACCEPT", "510", world->port)); /* 2 % */
    /* the lax lot first, so that its rules are the named ones */
    Seam__LotBlend in = SEAM__LOT_BLEND__INIT;
    Seam__LotAmount *inputs[2] = {world_amount(world, loose, "500"),
                                  world_amount(world, strict, "500")};
    in.event = world_head(world, world->port);
    in.inputs = inputs;
    in.n_inputs = 2;
    in.lot = mix;
    assert_ok(world_apply(world, "power", LOT_BLEND_TYPE, &in.base));
    const Seam__LotEventRecord *event = world_event(world, &world->tx_id);
    assert_int_equal(event->n_other_rules, 1);
    assert_memory_equal(event->other_rules[0].data, usual.bytes, HASH_SIZE);
    const Seam__LotRecord *lot = world_read(world, mix);
    assert_string_equal(lot->scheme, "cn-lax");
    assert_int_equal(lot->n_schemes, 1);
    assert_string_equal(lot->schemes[0], "cn-coal");
    /* handed over: the lax rules are named, the strict tolerance is asked */
    assert_ok(world_offer(world, "power", "BOTH", mix, "coking", world->port));
    const struct hash offer = world->tx_id;
    assert_refused(world_answer(world, "coking", &offer, "ACCEPT", "1010", world->port),
                   JUDGE_NEVER, ERR_BALANCE, "qty_received");
    assert_refused(world_answer(world, "coking", &offer, "ACCEPT", "990", world->port), JUDGE_NEVER,
                   ERR_BALANCE, "qty_received");
    assert_string_equal(world->detail.limit, "995.000 t");
    assert_ok(world_answer(world, "coking", &offer, "ACCEPT", "995", world->port));
}

/* Lots of two schemes in one train: the first lot's rules are named, the strictest hold. */
static void the_first_lot_does_not_choose(void **state)
{
    static const char *const lax[] = {"transport_loss.RAIL", "0.02", NULL};
    struct world *world = *state;
    const struct hash other = publish(world, "LOT-LAX", lax);
    const struct hash usual = world->set_hash;
    world_adopt(world, "cn-lax", "LOT-LAX", &other, "2026-01");
    scheme_of(world, "mine-c", "cn-lax");
    char *loose = world_lot(world, world->gtin_raw, "L");
    char *strict = world_lot(world, world->gtin_raw, "S");
    char *sscc = world_sscc(world, 1);
    assert_ok(world_mined(world, strict, "500"));
    world_handover(world, "mine", "CUSTODY", strict, "carrier", "mine-a", world->port);
    world->set_hash = other;
    Seam__LotMine *mine = world_mine(world, loose, "500");
    mine->event->place = (char *)"mine-c";
    mine->facility = (char *)"mine-c";
    assert_ok(world_apply(world, "mine", LOT_MINE_TYPE, &mine->base));
    world_handover(world, "mine", "CUSTODY", loose, "carrier", "mine-c", world->port);
    assert_ok(world_load(world, "carrier", sscc, loose, "", "", world->port));
    world->set_hash = usual;
    assert_ok(world_load(world, "carrier", sscc, strict, "", "", world->port));
    world->set_hash = other;
    assert_ok(world_depart(world, "carrier", sscc, world->port, "plant"));
    assert_refused(world_arrive(world, "carrier", sscc, "1010", "", "plant"), JUDGE_NEVER,
                   ERR_BALANCE, "qty_unload");
    assert_string_equal(world->detail.limit, "1005.000 t");
    assert_ok(world_arrive(world, "carrier", sscc, "1005", "", "plant"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(the_newest_rules_hold),
        T(the_strictest_scheme_holds),
        T(the_first_lot_does_not_choose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
