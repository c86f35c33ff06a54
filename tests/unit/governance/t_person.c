/* SPDX-License-Identifier: Apache-2.0 */
/* 2 PERSON_REGISTER, 3 KEY_ADD, 4 KEY_REVOKE. */

#include "tests/unit/governance/world.h"

static Seam__KeyAdd *key_for(struct world *world, const char *person, const char *key,
                             const char *usages)
{
    Seam__KeyAdd *in = world_alloc(world, sizeof *in);
    seam__key_add__init(in);
    in->person = world_text(world, person);
    in->public_key = world_public(world, key);
    in->usages = world_list(world, usages, &in->n_usages);
    return in;
}

static Seam__KeyRevoke *end_of(struct world *world, const char *key)
{
    Seam__KeyRevoke *in = world_alloc(world, sizeof *in);
    const struct hash id = world_key_id(key);
    seam__key_revoke__init(in);
    in->key_id = world_bytes(world, id.bytes, HASH_SIZE);
    in->reason = world_text(world, "LEFT");
    return in;
}

static uint32_t officers(struct world *world, const char *organisation)
{
    const Seam__OrganisationRecord *record = NULL;
    assert_int_equal(view_organisation(&record, world->state, organisation, &world->arena), OK);
    return record->officers;
}

static void registers_a_person(void **state)
{
    struct world *world = *state;
    Seam__PersonRegister *in = world_person(world, "mine.c", "submit");
    assert_ok(world_apply(world, "mine", person_register, &in->base));
    const Seam__PersonRecord *record = NULL;
    assert_int_equal(view_person(&record, world->state, "mine.c", &world->arena), OK);
    assert_string_equal(record->organisation, "mine");
    const Seam__OrganisationRecord *mine = NULL;
    assert_int_equal(view_organisation(&mine, world->state, "mine", &world->arena), OK);
    assert_int_equal(mine->persons, 3);
    assert_int_equal(mine->officers, 2);
    const Seam__ListEntry *entry = NULL;
    struct hash owner;
    id_hash(&owner, KEY_ORGANISATION, "mine");
    assert_int_equal(view_list(&entry, world->state, KEY_PERSON, &owner, 2, &world->arena), OK);
    assert_string_equal(entry->id, "mine.c");
    assert_refused(world_apply(world, "group", person_register, &in->base), JUDGE_NEVER,
                   ERR_CONFLICT, "person");
}

static void a_person_may_come_without_keys(void **state)
{
    struct world *world = *state;
    Seam__PersonRegister *in = world_person(world, "mine.c", "submit");
    in->n_keys = 0;
    assert_ok(world_apply(world, "mine", person_register, &in->base));
}

static void first_keys_are_bounded(void **state)
{
    struct world *world = *state;
    Seam__PersonRegister *in = world_person(world, "mine.c", "submit");
    Seam__KeyEntry entries[GOVERNANCE_FIRST_KEYS + 1];
    Seam__KeyEntry *list[GOVERNANCE_FIRST_KEYS + 1];
    for (int i = 0; i < GOVERNANCE_FIRST_KEYS + 1; i++) {
        char name[16];
        snprintf(name, sizeof name, "first %d", i);
        entries[i] = *in->keys[0];
        entries[i].public_key = world_public(world, name);
        list[i] = &entries[i];
    }
    in->keys = list;
    in->n_keys = GOVERNANCE_FIRST_KEYS + 1;
    assert_refused(world_apply(world, "mine", person_register, &in->base), JUDGE_NEVER, ERR_RANGE,
                   "keys");
    in->n_keys = GOVERNANCE_FIRST_KEYS;
    assert_ok(world_apply(world, "mine", person_register, &in->base));
}

static void adds_keys(void **state)
{
    struct world *world = *state;
    Seam__PersonRegister *person = world_person(world, "mine.c", "submit");
    assert_ok(world_apply(world, "mine", person_register, &person->base));
    assert_int_equal(officers(world, "mine"), 2);
    assert_ok(world_apply(world, "mine", key_add,
                          &key_for(world, "mine.c", "k1", "approve officer")->base));
    assert_int_equal(officers(world, "mine"), 3);
    assert_ok(
        world_apply(world, "mine", key_add, &key_for(world, "mine.c", "k2", "officer")->base));
    assert_int_equal(officers(world, "mine"), 3); /* still one person */
    const Seam__KeyRecord *record = NULL;
    const struct hash id = world_key_id("k1");
    assert_int_equal(view_key(&record, world->state, &id, &world->arena), OK);
    assert_int_equal(record->valid_from, 7);
    assert_false(view_key_valid_at(record, 6));
    assert_true(view_key_valid_at(record, 7));
    assert_true(view_key_valid_at(record, UINT64_MAX));
    assert_int_equal(record->usages, USAGE_APPROVE | USAGE_OFFICER);
}

static void refuses_keys(void **state)
{
    struct world *world = *state;
#define REFUSED(organisation_, in_, want_, err_, field_)                                           \
    assert_refused(world_apply(world, organisation_, key_add, &(in_)->base), want_, err_, field_)
    REFUSED("mine", key_for(world, "nobody", "k", "submit"), JUDGE_NOT_YET, ERR_ABSENT, "person");
    REFUSED("group", key_for(world, "mine.a", "k", "submit"), JUDGE_NEVER, ERR_ROLE, "person");
    REFUSED("mine", key_for(world, "mine.a", "group.a", "submit"), JUDGE_NEVER, ERR_CONFLICT,
            "public_key");
    REFUSED("mine", key_for(world, "mine.a", "validator mine", "submit"), JUDGE_NEVER, ERR_KEY,
            "public_key");
    REFUSED("mine", key_for(world, "mine.a", "k", ""), JUDGE_NEVER, ERR_MISSING, "usages");
    REFUSED("mine", key_for(world, "mine.a", "k", "rule"), JUDGE_NEVER, ERR_ENUM, "usages");
    REFUSED("mine", key_for(world, "mine.a", "k", "submit submit"), JUDGE_NEVER, ERR_TWICE,
            "usages");
    Seam__KeyAdd *weak = key_for(world, "mine.a", "k", "submit");
    memset(weak->public_key.data, 0, 32); /* of small order */
    REFUSED("mine", weak, JUDGE_NEVER, ERR_KEY, "public_key");
    weak->public_key.len = 31;
    REFUSED("mine", weak, JUDGE_NEVER, ERR_KEY, "public_key");
#undef REFUSED
}

static void keys_have_a_limit(void **state)
{
    struct world *world = *state;
    char name[16];
    for (int i = 1; i < GOVERNANCE_PERSON_KEYS; i++) {
        snprintf(name, sizeof name, "k%d", i);
        assert_ok(
            world_apply(world, "mine", key_add, &key_for(world, "mine.a", name, "submit")->base));
    }
    assert_refused(
        world_apply(world, "mine", key_add, &key_for(world, "mine.a", "last", "submit")->base),
        JUDGE_NEVER, ERR_RANGE, "person");
}

static void revokes(void **state)
{
    struct world *world = *state;
    Seam__PersonRegister *person = world_person(world, "mine.c", "officer");
    assert_ok(world_apply(world, "mine", person_register, &person->base));
    assert_int_equal(officers(world, "mine"), 3);
    assert_ok(world_apply(world, "mine", key_revoke, &end_of(world, "mine.a")->base));
    assert_int_equal(officers(world, "mine"), 2);
    const Seam__KeyRecord *record = NULL;
    const struct hash id = world_key_id("mine.a");
    assert_int_equal(view_key(&record, world->state, &id, &world->arena), OK);
    assert_int_equal(record->valid_to, 7);
    assert_string_equal(record->revoke_reason, "LEFT");
    assert_true(view_key_valid_at(record, 0));
    assert_true(view_key_valid_at(record, 7));
    assert_false(view_key_valid_at(record, 8)); /* what it signed before stays provable */
    assert_refused(world_apply(world, "mine", key_revoke, &end_of(world, "mine.a")->base),
                   JUDGE_NEVER, ERR_SUPERSEDED, "key_id");
    /* It never comes back, for anybody. */
    assert_refused(
        world_apply(world, "mine", key_add, &key_for(world, "mine.b", "mine.a", "submit")->base),
        JUDGE_NEVER, ERR_CONFLICT, "public_key");
}

static void refuses_to_revoke(void **state)
{
    struct world *world = *state;
    assert_refused(world_apply(world, "mine", key_revoke, &end_of(world, "mine.a")->base),
                   JUDGE_NOT_YET, ERR_SECOND_PERSON, "key_id");
    assert_refused(world_apply(world, "mine", key_revoke, &end_of(world, "stranger")->base),
                   JUDGE_NOT_YET, ERR_ABSENT, "key_id");
    Seam__KeyRevoke *cut = end_of(world, "mine.a");
    cut->key_id.len = 31;
    assert_refused(world_apply(world, "mine", key_revoke, &cut->base), JUDGE_NEVER, ERR_LENGTH,
                   "key_id");
    assert_ok(
        world_apply(world, "mine", key_add, &key_for(world, "mine.a", "k1", "officer")->base));
    assert_refused(world_apply(world, "group", key_revoke, &end_of(world, "mine.a")->base),
                   JUDGE_NEVER, ERR_ROLE, "key_id");
    /* mine.a has another officer key, so the number of officers stays. */
    assert_ok(world_apply(world, "regulator", key_revoke, &end_of(world, "mine.a")->base));
    assert_int_equal(officers(world, "mine"), 2);
}

static void a_key_without_office_goes_at_once(void **state)
{
    struct world *world = *state;
    assert_ok(world_apply(world, "mine", key_add, &key_for(world, "mine.a", "k1", "device")->base));
    assert_ok(world_apply(world, "mine", key_revoke, &end_of(world, "k1")->base));
    assert_int_equal(officers(world, "mine"), 2);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(registers_a_person),
        T(a_person_may_come_without_keys),
        T(first_keys_are_bounded),
        T(adds_keys),
        T(refuses_keys),
        T(keys_have_a_limit),
        T(revokes),
        T(refuses_to_revoke),
        T(a_key_without_office_goes_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
