/* SPDX-License-Identifier: Apache-2.0 */
/* Founding: what a good document writes and why bad ones are refused. */

#include "tests/unit/governance/world.h"

static void founds_the_state(void **state)
{
    struct world *world = *state;
    const Seam__ChainState *chain = NULL;
    assert_int_equal(view_chain(&chain, world->state, &world->arena), OK);
    assert_string_equal(chain->network, "test");
    assert_int_equal(chain->rules_version, 1);
    assert_int_equal(view_rules_version(chain, 1, WORLD_TIME), 1);
    const Seam__OrganisationRecord *mine = NULL;
    assert_int_equal(view_organisation(&mine, world->state, "mine", &world->arena), OK);
    assert_int_equal(mine->roles, ROLE_MINE);
    assert_int_equal(mine->persons, 2);
    assert_int_equal(mine->officers, 2);
    assert_int_equal(mine->facilities, 1);
    assert_string_equal(mine->parent, "group");
    const Seam__FacilityRecord *facility = NULL;
    assert_int_equal(view_facility(&facility, world->state, "mine-a", &world->arena), OK);
    assert_string_equal(facility->organisation, "mine");
    assert_string_equal(view_gas_grade(facility, "2026-03"), "HIGH");
    assert_string_equal(view_gas_grade(facility, "2025-12"), "");
    const Seam__KeyRecord *key = NULL;
    const struct hash key_id = world_key_id("mine.a");
    assert_int_equal(view_key(&key, world->state, &key_id, &world->arena), OK);
    assert_string_equal(key->person, "mine.a");
    assert_int_equal(key->usages, USAGE_SUBMIT | USAGE_OFFICER);
    assert_int_equal(key->valid_from, 0);
    assert_int_equal(key->valid_to, 0);
    const Seam__AdoptionRecord *adoption = NULL;
    assert_int_equal(
        view_adoption(&adoption, world->state, "cn-ets", &world->set_hash, &world->arena), OK);
    assert_int_equal(adoption->n_unsourced, 1);
    assert_true(view_adoption_covers(adoption, "2026-01"));
    assert_true(view_adoption_covers(adoption, "2027"));
    assert_false(view_adoption_covers(adoption, "2025-12"));
}

static void lists_are_dense(void **state)
{
    struct world *world = *state;
    static const char *const names[] = {"regulator", "group", "mine", "verifier"};
    const Seam__ListEntry *entry = NULL;
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(view_list(&entry, world->state, KEY_ORGANISATION, NULL, i, &world->arena),
                         OK);
        assert_string_equal(entry->id, names[i]);
    }
    assert_int_equal(view_list(&entry, world->state, KEY_ORGANISATION, NULL, 4, &world->arena),
                     ERR_ABSENT);
    struct hash owner;
    id_hash(&owner, KEY_ORGANISATION, "mine");
    assert_int_equal(view_list(&entry, world->state, KEY_PERSON, &owner, 1, &world->arena), OK);
    assert_string_equal(entry->id, "mine.b");
    const Seam__Counters *counters = NULL;
    assert_int_equal(view_counters(&counters, world->state, &world->arena), OK);
    assert_int_equal(counters->organisations, 4);
    assert_int_equal(counters->facilities, 1);
    assert_int_equal(counters->jurisdictions, 2);
    assert_int_equal(counters->parameter_sets, 1);
    assert_int_equal(counters->adoptions, 1);
}

static void validators_are_epoch_one(void **state)
{
    struct world *world = *state;
    const Seam__Genesis *genesis = NULL;
    struct valset set;
    assert_int_equal(genesis_decode(&genesis, world->genesis, &world->arena, NULL), OK);
    assert_int_equal(genesis_valset(&set, genesis, NULL), OK);
    assert_int_equal(set.count, 4);
    assert_int_equal(set.epoch, 1);
    assert_true(memcmp(set.validators[0].key, set.validators[1].key, 64) < 0);
}

/* Decodes and applies a changed document; gives the error. */
static enum err found(struct world *world, const Seam__Genesis *genesis)
{
    const struct bytes bytes = world_pack(world, &genesis->base);
    const Seam__Genesis *decoded = NULL;
    struct hash chain_id;
    memset(&world->detail, 0, sizeof world->detail);
    enum err err = genesis_decode(&decoded, bytes, &world->arena, &world->detail);
    if (err == OK) {
        struct overlay *overlay = world_empty();
        genesis_chain_id(&chain_id, bytes);
        err = genesis_apply(overlay, decoded, &chain_id, &world->arena, &world->detail);
        overlay_drop(overlay);
    }
    return err;
}

#define assert_founding(err_, field_)                                                              \
    do {                                                                                           \
        assert_string_equal(err_name(found(world, genesis)), err_name(err_));                      \
        assert_string_equal(world->detail.field, field_);                                          \
    } while (0)

static void refuses_bad_parameters(void **state)
{
    struct world *world = *state;
    Seam__Genesis *genesis = world_genesis(world);
    assert_int_equal(found(world, genesis), OK);
    genesis->suite = 2;
    assert_founding(ERR_RANGE, "suite");
    genesis = world_genesis(world);
    genesis->chain->window_ms = UINT64_C(61) * 86400000;
    assert_founding(ERR_RANGE, "chain.window_ms");
    genesis = world_genesis(world);
    genesis->consensus->t_max_ms = genesis->consensus->t0_ms - 1;
    assert_founding(ERR_RANGE, "consensus.t_max_ms");
    genesis = world_genesis(world);
    genesis->consensus = NULL;
    assert_founding(ERR_MISSING, "consensus");
    genesis = world_genesis(world);
    genesis->network = world_text(world, "");
    assert_founding(ERR_MISSING, "network");
}

static void refuses_bad_validators(void **state)
{
    struct world *world = *state;
    Seam__Genesis *genesis = world_genesis(world);
    genesis->n_validators = 3;
    assert_founding(ERR_RANGE, "validators");
    genesis = world_genesis(world);
    Seam__ValidatorRecord *first = genesis->validators[0];
    genesis->validators[0] = genesis->validators[1];
    genesis->validators[1] = first;
    assert_founding(ERR_NOT_CANONICAL, "validators");
    genesis = world_genesis(world);
    genesis->validators[1]->node_key = genesis->validators[2]->node_key;
    assert_founding(ERR_NOT_CANONICAL, "validators");
    genesis = world_genesis(world);
    genesis->validators[3]->organisation = world_text(world, "nobody");
    assert_founding(ERR_ABSENT, "validators[3].organisation");
}

static void refuses_bad_entries(void **state)
{
    struct world *world = *state;
    Seam__Genesis *genesis = world_genesis(world);
    genesis->organisations[2]->parent = world_text(world, "verifier"); /* comes later */
    assert_founding(ERR_ABSENT, "organisations[2].parent");
    genesis = world_genesis(world);
    genesis->organisations[0]->roles[0] = world_text(world, "verifier");
    assert_founding(ERR_MISSING, "organisations");
    genesis = world_genesis(world);
    genesis->facilities[0]->organisation = world_text(world, "nobody");
    assert_founding(ERR_ABSENT, "facilities[0].organisation");
    genesis = world_genesis(world);
    genesis->parameter_sets[0]->organisation = world_text(world, "mine");
    assert_founding(ERR_ROLE, "parameter_sets[0].organisation");
    genesis = world_genesis(world);
    genesis->adoptions[0]->adoption->n_unsourced = 0;
    assert_founding(ERR_SET, "adoptions[0].unsourced");
    genesis = world_genesis(world);
    char consensus_key[] = "validator mine";
    genesis->organisations[1]->persons[0]->keys[0]->public_key = world_public(world, consensus_key);
    assert_founding(ERR_KEY, "organisations[1].public_key");
}

static void refuses_other_bytes(void **state)
{
    struct world *world = *state;
    const Seam__Genesis *decoded = NULL;
    for (size_t size = 0; size < world->genesis.size; size += 97) {
        assert_int_not_equal(genesis_decode(&decoded, bytes_of(world->genesis.data, size),
                                            &world->arena, &world->detail),
                             OK);
    }
    uint8_t *longer = world_alloc(world, world->genesis.size + 2);
    memcpy(longer, world->genesis.data, world->genesis.size);
    longer[world->genesis.size] = 0x60; /* an unknown field */
    longer[world->genesis.size + 1] = 1;
    assert_int_equal(genesis_decode(&decoded, bytes_of(longer, world->genesis.size + 2),
                                    &world->arena, &world->detail),
                     ERR_UNKNOWN_FIELD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(founds_the_state, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(lists_are_dense, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(validators_are_epoch_one, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(refuses_bad_parameters, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(refuses_bad_validators, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(refuses_bad_entries, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(refuses_other_bytes, world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
