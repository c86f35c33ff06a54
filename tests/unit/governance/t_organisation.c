/* SPDX-License-Identifier: Apache-2.0 */
/* 1 ORGANISATION_REGISTER. */

#include "tests/unit/governance/world.h"

static enum judgement put(struct world *world, const Seam__OrganisationRegister *in)
{
    return world_apply(world, "regulator", organisation_register, &in->base);
}

static void registers(void **state)
{
    struct world *world = *state;
    Seam__OrganisationRegister *in = world_organisation(world, "washer", "mine carrier");
    in->parent = world_text(world, "group");
    Seam__Identifier id = SEAM__IDENTIFIER__INIT;
    Seam__Identifier *ids[] = {&id};
    id.scheme = (char *)"USCC";
    id.value = (char *)"91350100M000100Y43";
    in->ids = ids;
    in->n_ids = 1;
    assert_ok(put(world, in));
    const Seam__OrganisationRecord *record = NULL;
    assert_int_equal(view_organisation(&record, world->state, "washer", &world->arena), OK);
    assert_int_equal(record->roles, ROLE_MINE | ROLE_CARRIER);
    assert_int_equal(record->officers, 2);
    assert_int_equal(record->height, 7);
    const Seam__PersonRecord *person = NULL;
    assert_int_equal(view_person(&person, world->state, "washer.b", &world->arena), OK);
    assert_int_equal(person->n_keys, 1);
    const Seam__ListEntry *entry = NULL;
    assert_int_equal(view_list(&entry, world->state, KEY_ORGANISATION, NULL, 4, &world->arena), OK);
    assert_string_equal(entry->id, "washer");
    assert_refused(put(world, in), JUDGE_NEVER, ERR_CONFLICT, "organisation");
}

static void refuses(void **state)
{
    struct world *world = *state;
    Seam__OrganisationRegister *in = world_organisation(world, "washer", "mine");
    in->roles[0] = world_text(world, "king");
    assert_refused(put(world, in), JUDGE_NEVER, ERR_ENUM, "roles[0]");
    in = world_organisation(world, "washer", "mine mine");
    assert_refused(put(world, in), JUDGE_NEVER, ERR_TWICE, "roles[1]");
    in = world_organisation(world, "washer", "");
    assert_refused(put(world, in), JUDGE_NEVER, ERR_MISSING, "roles");
    in = world_organisation(world, "washer", "mine");
    in->name->en = world_text(world, "");
    assert_refused(put(world, in), JUDGE_NEVER, ERR_MISSING, "name");
    in = world_organisation(world, "washer", "mine");
    in->parent = world_text(world, "nobody");
    assert_refused(put(world, in), JUDGE_NOT_YET, ERR_ABSENT, "parent");
    in = world_organisation(world, "washer", "mine");
    in->jurisdiction = world_text(world, "CN-99");
    assert_refused(put(world, in), JUDGE_NOT_YET, ERR_ABSENT, "jurisdiction");
    in = world_organisation(world, "washer", "mine");
    in->n_persons = 1;
    assert_refused(put(world, in), JUDGE_NEVER, ERR_SECOND_PERSON, "persons");
    in = world_organisation(world, "washer", "mine");
    in->persons[1] = world_person(world, "washer.b", "approve"); /* no officer */
    assert_refused(put(world, in), JUDGE_NEVER, ERR_SECOND_PERSON, "persons");
    in = world_organisation(world, "washer", "mine");
    in->persons[1] = world_person(world, "mine.a", "officer");
    assert_refused(put(world, in), JUDGE_NEVER, ERR_CONFLICT, "person");
    in = world_organisation(world, "washer", "mine");
    in->persons[1]->keys[0]->public_key = in->persons[0]->keys[0]->public_key;
    assert_refused(put(world, in), JUDGE_NEVER, ERR_CONFLICT, "public_key");
}

static void refuses_wrong_numbers(void **state)
{
    struct world *world = *state;
    Seam__OrganisationRegister *in = world_organisation(world, "washer", "mine");
    Seam__Identifier id[2] = {SEAM__IDENTIFIER__INIT, SEAM__IDENTIFIER__INIT};
    Seam__Identifier *ids[] = {&id[0], &id[1]};
    id[0].scheme = (char *)"USCC";
    id[0].value = (char *)"9111000071093515XC";
    in->ids = ids;
    in->n_ids = 1;
    assert_refused(put(world, in), JUDGE_NEVER, ERR_RANGE, "ids[0].value");
    id[0].value = (char *)"91350100M000100Y43";
    id[1] = id[0];
    in->n_ids = 2;
    assert_refused(put(world, in), JUDGE_NEVER, ERR_TWICE, "ids[1].scheme");
}

static void links_name_both_ends(void **state)
{
    struct world *world = *state;
    struct rule_context context = world_context(world, "regulator");
    struct bytes creates = {0};
    struct bytes needs = {0};
    Seam__OrganisationRegister *in = world_organisation(world, "washer", "mine");
    organisation_register_links(&context, &in->base, &creates, &needs);
    const struct state_key own = state_key_named(KEY_ORGANISATION, "washer");
    const struct state_key place = state_key_named(KEY_JURISDICTION, "CN-14");
    assert_true(bytes_equal(creates, state_key_bytes(&own)));
    assert_true(bytes_equal(needs, state_key_bytes(&place)));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(registers),
        T(refuses),
        T(refuses_wrong_numbers),
        T(links_name_both_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
