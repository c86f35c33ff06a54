/* SPDX-License-Identifier: Apache-2.0 */
/* 8 PARAMETER_SET_PUBLISH [D7] and 9 PARAMETER_SET_ADOPT [D46]. */

#include "tests/unit/governance/world.h"

static enum judgement publish(struct world *world, struct bytes set)
{
    Seam__ParameterSetPublish in = SEAM__PARAMETER_SET_PUBLISH__INIT;
    in.parameter_set = world_bytes(world, set.data, set.size);
    return world_apply(world, "regulator", parameter_set_publish, &in.base);
}

static Seam__ParameterSetAdopt *adopt(struct world *world, const char *scheme, struct bytes set,
                                      const char *unsourced)
{
    Seam__ParameterSetAdopt *in = world_alloc(world, sizeof *in);
    struct hash hash;
    seam__parameter_set_adopt__init(in);
    hash_tagged(&hash, TAG_SET, set);
    in->scheme = world_text(world, scheme);
    in->set_hash = world_bytes(world, hash.bytes, HASH_SIZE);
    in->from_period = world_text(world, "2026-01");
    in->unsourced = world_list(world, unsourced, &in->n_unsourced);
    return in;
}

#define ADOPT(in_) world_apply(world, "regulator", parameter_set_adopt, &(in_)->base)

static void publishes(void **state)
{
    struct world *world = *state;
    const struct bytes set = world_set(world, "CN-TEST", 2);
    assert_ok(publish(world, set));
    struct hash hash;
    const Seam__ParameterSetRecord *record = NULL;
    hash_tagged(&hash, TAG_SET, set);
    assert_int_equal(view_parameter_set(&record, world->state, &hash, &world->arena), OK);
    assert_string_equal(record->id, "CN-TEST");
    assert_int_equal(record->version, 2);
    assert_true(bytes_equal(bytes_of(record->parameter_set.data, record->parameter_set.len), set));
    assert_int_equal(view_parameter_set_version(&record, world->state, "CN-TEST", 1, &world->arena),
                     OK);
    const Seam__ListEntry *entry = NULL;
    assert_int_equal(view_list(&entry, world->state, KEY_PARAMETER_SET, NULL, 1, &world->arena),
                     OK);
    assert_int_equal(entry->version, 2);
}

static void sets_never_change(void **state)
{
    struct world *world = *state;
    assert_refused(publish(world, world_set(world, "CN-TEST", 1)), JUDGE_NEVER, ERR_CONFLICT,
                   "parameter_set.version");
    assert_refused(publish(world, world_set(world, "CN-TEST", 3)), JUDGE_NOT_YET, ERR_GAP,
                   "parameter_set.version");
    assert_refused(publish(world, world_set(world, "CN-OTHER", 2)), JUDGE_NOT_YET, ERR_GAP,
                   "parameter_set.version");
    assert_refused(publish(world, world_set(world, "CN-OTHER", 0)), JUDGE_NEVER, ERR_RANGE,
                   "parameter_set.version");
    assert_refused(publish(world, world_set(world, "CN OTHER", 1)), JUDGE_NEVER, ERR_TYPE,
                   "parameter_set.id");
    const struct bytes set = world_set(world, "CN-OTHER", 1);
    assert_refused(publish(world, bytes_of(set.data, set.size - 1)), JUDGE_NEVER, ERR_PARSE,
                   "parameter_set");
}

static struct bytes packed(struct world *world, Seam__ParameterSet *set)
{
    return world_pack(world, &set->base);
}

static void values_need_order_and_grade(void **state)
{
    struct world *world = *state;
    Seam__ParameterValue value[2] = {SEAM__PARAMETER_VALUE__INIT, SEAM__PARAMETER_VALUE__INIT};
    Seam__ParameterValue *list[] = {&value[0], &value[1]};
    Seam__ParameterSet set = SEAM__PARAMETER_SET__INIT;
    set.id = (char *)"CN-OTHER";
    set.version = 1;
    set.values = list;
    set.n_values = 2;
    value[0].key = (char *)"b";
    value[0].grade = (char *)"S1";
    value[1].key = (char *)"a";
    value[1].grade = (char *)"S1";
    assert_refused(publish(world, packed(world, &set)), JUDGE_NEVER, ERR_MISSING,
                   "parameter_set.edition");
    set.edition = (char *)"CN-1";
    assert_refused(publish(world, packed(world, &set)), JUDGE_NEVER, ERR_NOT_CANONICAL,
                   "parameter_set.values");
    value[1].key = (char *)"b";
    assert_refused(publish(world, packed(world, &set)), JUDGE_NEVER, ERR_NOT_CANONICAL,
                   "parameter_set.values");
    value[1].key = (char *)"c";
    value[1].grade = (char *)"";
    assert_refused(publish(world, packed(world, &set)), JUDGE_NEVER, ERR_MISSING,
                   "parameter_set.values");
    value[1].grade = (char *)"S2";
    set.valid_to = (char *)"soon";
    assert_refused(publish(world, packed(world, &set)), JUDGE_NEVER, ERR_TYPE,
                   "parameter_set.valid_from");
    set.valid_to = (char *)"2027-12";
    assert_ok(publish(world, packed(world, &set)));
    assert_ok(ADOPT(adopt(world, "other", packed(world, &set), "")));
}

static void adopting_names_what_has_no_source(void **state)
{
    struct world *world = *state;
    const struct bytes set = world_set(world, "CN-TEST", 1);
    assert_refused(ADOPT(adopt(world, "other", set, "")), JUDGE_NEVER, ERR_SET, "unsourced");
    assert_string_equal(world->detail.limit, "b.remembered");
    assert_refused(ADOPT(adopt(world, "other", set, "a.sourced b.remembered")), JUDGE_NEVER,
                   ERR_SET, "unsourced");
    assert_refused(ADOPT(adopt(world, "other", set, "b.remembered c.nothing")), JUDGE_NEVER,
                   ERR_PARAM, "unsourced");
    assert_ok(ADOPT(adopt(world, "other", set, "b.remembered")));
    struct hash hash;
    const Seam__AdoptionRecord *record = NULL;
    hash_tagged(&hash, TAG_SET, set);
    assert_int_equal(view_adoption(&record, world->state, "other", &hash, &world->arena), OK);
    assert_string_equal(record->unsourced[0], "b.remembered");
    assert_string_equal(record->adopter, "regulator");
    assert_int_equal(view_adoption(&record, world->state, "third", &hash, &world->arena),
                     ERR_ABSENT);
    assert_refused(ADOPT(adopt(world, "other", set, "b.remembered")), JUDGE_NEVER, ERR_CONFLICT,
                   "set_hash");
}

static void capitals_hide_no_grade(void **state)
{
    struct world *world = *state;
    static const char *const grades[] = {"choice", "Choice", "MEMORY", "memory"};
    for (size_t i = 0; i < sizeof grades / sizeof grades[0]; i++) {
        Seam__ParameterValue value = SEAM__PARAMETER_VALUE__INIT;
        Seam__ParameterValue *list[] = {&value};
        Seam__ParameterSet set = SEAM__PARAMETER_SET__INIT;
        set.id = (char *)"CN-OTHER";
        set.version = (uint32_t)i + 1;
        set.edition = (char *)"CN-1";
        set.values = list;
        set.n_values = 1;
        value.key = (char *)"v";
        value.grade = (char *)grades[i];
        assert_ok(publish(world, packed(world, &set)));
        assert_refused(ADOPT(adopt(world, "other", packed(world, &set), "")), JUDGE_NEVER, ERR_SET,
                       "unsourced");
    }
}

static void refuses_to_adopt(void **state)
{
    struct world *world = *state;
    const struct bytes set = world_set(world, "CN-TEST", 1);
    Seam__ParameterSetAdopt *in = adopt(world, "Other", set, "b.remembered");
    assert_refused(ADOPT(in), JUDGE_NEVER, ERR_TYPE, "scheme");
    in = adopt(world, "other", set, "b.remembered");
    in->set_hash.len = 31;
    assert_refused(ADOPT(in), JUDGE_NEVER, ERR_LENGTH, "set_hash");
    in = adopt(world, "other", set, "b.remembered");
    in->set_hash.data[0] ^= 1;
    assert_refused(ADOPT(in), JUDGE_NOT_YET, ERR_ABSENT, "set_hash");
    in = adopt(world, "other", set, "b.remembered");
    in->from_period = world_text(world, "now");
    assert_refused(ADOPT(in), JUDGE_NEVER, ERR_TYPE, "from_period");
    in->from_period = world_text(world, "2026-01");
    in->to_period = world_text(world, "later");
    assert_refused(ADOPT(in), JUDGE_NEVER, ERR_TYPE, "to_period");
    in->to_period = world_text(world, "2025");
    assert_refused(ADOPT(in), JUDGE_NEVER, ERR_RANGE, "to_period");
    in->to_period = world_text(world, "2026");
    assert_ok(ADOPT(in));
    const Seam__AdoptionRecord *record = NULL;
    assert_int_equal(view_adoption(&record, world->state, "other", &world->set_hash, &world->arena),
                     OK);
    assert_true(view_adoption_covers(record, "2026-12"));
    assert_true(view_adoption_covers(record, "2026"));
    assert_false(view_adoption_covers(record, "2027-01"));
    assert_false(view_adoption_covers(record, "nonsense"));
}

static void cross_check_sets_are_not_for_accounts(void **state)
{
    struct world *world = *state;
    Seam__ParameterSet set = SEAM__PARAMETER_SET__INIT;
    set.id = (char *)"US-TEST";
    set.version = 1;
    set.edition = (char *)"US-1";
    set.cross_check = true;
    assert_ok(publish(world, packed(world, &set)));
    assert_refused(ADOPT(adopt(world, "other", packed(world, &set), "")), JUDGE_NEVER, ERR_SET,
                   "set_hash");
}

static Seam__ParameterSetAdopt *adopt_from(struct world *world, struct bytes set, const char *from,
                                           const char *to)
{
    Seam__ParameterSetAdopt *in = adopt(world, "other", set, "b.remembered");
    in->from_period = world_text(world, from);
    in->to_period = world_text(world, to);
    return in;
}

static void expect_newest(struct world *world, const char *prefix, const char *period,
                          const char *id)
{
    const Seam__AdoptionRecord *record = NULL;
    const enum err err =
        view_adoption_newest(&record, world->state, "other", prefix, period, &world->arena);
    assert_int_equal(err, id != NULL ? OK : ERR_ABSENT);
    if (id != NULL) {
        assert_string_equal(record->id, id);
    }
}

/* [D7, D46] Which set is in force follows from the order of adoption, per scheme, family and
 * period. */
static void the_newest_adoption(void **state)
{
    struct world *world = *state;
    const struct bytes a = world_set(world, "LOT-A", 1);
    const struct bytes b = world_set(world, "LOT-B", 1);
    const struct bytes c = world_set(world, "CN-C", 1);
    expect_newest(world, "LOT-", "2026-05", NULL);
    assert_ok(publish(world, a));
    assert_ok(publish(world, b));
    assert_ok(publish(world, c));
    assert_ok(ADOPT(adopt_from(world, a, "2026-01", "")));
    expect_newest(world, "LOT-", "2026-05", "LOT-A");
    expect_newest(world, "LOT-", "2025-12", NULL);
    assert_ok(ADOPT(adopt_from(world, b, "2026-03", "2026-06")));
    assert_ok(ADOPT(adopt_from(world, c, "2026-01", "")));
    expect_newest(world, "LOT-", "2026-02", "LOT-A");
    expect_newest(world, "LOT-", "2026-03", "LOT-B");
    expect_newest(world, "LOT-", "2026-06", "LOT-B");
    expect_newest(world, "LOT-", "2026-07", "LOT-A");
    expect_newest(world, "CN-", "2026-03", "CN-C");
    const Seam__AdoptionRecord *record = NULL;
    assert_int_equal(
        view_adoption_newest(&record, world->state, "third", "LOT-", "2026-05", &world->arena),
        ERR_ABSENT);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(publishes),
        T(sets_never_change),
        T(values_need_order_and_grade),
        T(adopting_names_what_has_no_source),
        T(the_newest_adoption),
        T(capitals_hide_no_grade),
        T(refuses_to_adopt),
        T(cross_check_sets_are_not_for_accounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
