/* SPDX-License-Identifier: Apache-2.0 */
/* 5 FACILITY_REGISTER, 6 BOUNDARY_SET [KSSJ 5.1.1]. */

#include "tests/unit/governance/world.h"

static enum judgement put(struct world *world, const Seam__FacilityRegister *in)
{
    return world_apply(world, "mine", facility_register, &in->base);
}

static Seam__BoundarySet *boundary(struct world *world, uint32_t version, const char *from)
{
    Seam__BoundarySet *in = world_alloc(world, sizeof *in);
    seam__boundary_set__init(in);
    in->facility = world_text(world, "mine-a");
    in->version = version;
    in->from_period = world_text(world, from);
    in->sources = world_alloc(world, 3 * sizeof *in->sources);
    in->n_sources = 2;
    in->sources[0] = world_source(world, "shaft-2", "L_CH4_UG");
    in->sources[1] = world_source(world, "grid", "L_ELEC");
    return in;
}

static void registers(void **state)
{
    struct world *world = *state;
    assert_ok(put(world, world_facility(world, "mine-b")));
    const Seam__FacilityRecord *record = NULL;
    assert_int_equal(view_facility(&record, world->state, "mine-b", &world->arena), OK);
    assert_string_equal(record->organisation, "mine");
    assert_int_equal(record->boundary_version, 1);
    const Seam__BoundaryRecord *first = NULL;
    assert_int_equal(view_boundary(&first, world->state, "mine-b", 1, &world->arena), OK);
    assert_int_equal(first->n_sources, 2);
    assert_string_equal(first->sources[0]->source, "grid"); /* sorted, whatever was sent */
    assert_string_equal(first->sources[1]->source, "shaft-1");
    const Seam__OrganisationRecord *mine = NULL;
    assert_int_equal(view_organisation(&mine, world->state, "mine", &world->arena), OK);
    assert_int_equal(mine->facilities, 2);
    assert_refused(put(world, world_facility(world, "mine-b")), JUDGE_NEVER, ERR_CONFLICT,
                   "facility");
}

static void refuses(void **state)
{
    struct world *world = *state;
    static const struct {
        size_t offset;
        const char *text;
        enum judgement judgement;
        enum err err;
        const char *field;
    } cases[] = {
#define FIELD(name) offsetof(Seam__FacilityRegister, name)
        {FIELD(facility), "Mine", JUDGE_NEVER, ERR_TYPE, "facility"},
        {FIELD(kind), "XX", JUDGE_NEVER, ERR_ENUM, "kind"},
        {FIELD(jurisdiction), "CN-99", JUDGE_NOT_YET, ERR_ABSENT, "jurisdiction"},
        {FIELD(scheme), "", JUDGE_NEVER, ERR_TYPE, "scheme"},
        {FIELD(cadence), "WEEK", JUDGE_NEVER, ERR_ENUM, "cadence"},
        {FIELD(cadence), "YEAR", JUDGE_NEVER, ERR_TYPE, "start_period"},
        {FIELD(start_period), "2026", JUDGE_NEVER, ERR_TYPE, "start_period"},
        {FIELD(start_period), "2026-13", JUDGE_NEVER, ERR_TYPE, "start_period"},
        {FIELD(gas_grade), "SOME", JUDGE_NEVER, ERR_ENUM, "gas_grade"},
        {FIELD(gas_grade), "OPEN_PIT", JUDGE_NEVER, ERR_ENUM, "gas_grade"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Seam__FacilityRegister *in = world_facility(world, "mine-b");
        *(char **)((uint8_t *)in + cases[i].offset) = world_text(world, cases[i].text);
        assert_refused(put(world, in), cases[i].judgement, cases[i].err, cases[i].field);
    }
    Seam__FacilityRegister *in = world_facility(world, "mine-b");
    in->kind = world_text(world, "OP"); /* with the gas grade of an underground mine */
    assert_refused(put(world, in), JUDGE_NEVER, ERR_ENUM, "gas_grade");
}

static void refuses_bad_sources(void **state)
{
    struct world *world = *state;
    Seam__FacilityRegister *in = world_facility(world, "mine-b");
    in->n_sources = 0;
    assert_refused(put(world, in), JUDGE_NEVER, ERR_MISSING, "sources");
    in = world_facility(world, "mine-b");
    in->sources[1] = in->sources[0];
    assert_refused(put(world, in), JUDGE_NEVER, ERR_TWICE, "sources");
    in = world_facility(world, "mine-b");
    in->sources[1]->source = world_text(world, "Grid");
    assert_refused(put(world, in), JUDGE_NEVER, ERR_TYPE, "sources[1].source");
    in = world_facility(world, "mine-b");
    in->sources[1]->code = world_text(world, "L ELEC");
    assert_refused(put(world, in), JUDGE_NEVER, ERR_TYPE, "sources[1].code");
    in = world_facility(world, "mine-b");
    in->sources[1]->detail = world_text(world, "-");
    assert_refused(put(world, in), JUDGE_NEVER, ERR_TYPE, "sources[1].detail");
    /* One source, two fuels: two entries. */
    in = world_facility(world, "mine-b");
    in->sources[1] = world_source(world, "shaft-1", "L_CH4_UG");
    in->sources[1]->detail = world_text(world, "face-1");
    assert_ok(put(world, in));
}

static void sources_are_bounded(void **state)
{
    struct world *world = *state;
    Seam__FacilityRegister *in = world_facility(world, "mine-b");
    in->sources = world_alloc(world, (GOVERNANCE_SOURCES + 1) * sizeof *in->sources);
    in->n_sources = GOVERNANCE_SOURCES + 1;
    for (size_t i = 0; i < in->n_sources; i++) {
        char name[32];
        snprintf(name, sizeof name, "s%zu", i);
        in->sources[i] = world_source(world, name, "L_FUEL");
    }
    assert_refused(put(world, in), JUDGE_NEVER, ERR_RANGE, "sources");
    in->n_sources = GOVERNANCE_SOURCES;
    assert_ok(put(world, in));
}

static void yearly_facilities(void **state)
{
    struct world *world = *state;
    Seam__FacilityRegister *in = world_facility(world, "kuzbass-a");
    in->cadence = world_text(world, "YEAR");
    in->start_period = world_text(world, "2022");
    in->jurisdiction = world_text(world, "RU-KEM");
    in->gas_grade = world_text(world, "");
    assert_ok(put(world, in));
    const Seam__FacilityRecord *record = NULL;
    assert_int_equal(view_facility(&record, world->state, "kuzbass-a", &world->arena), OK);
    assert_int_equal(record->n_gas_grades, 0);
}

static void boundaries_follow(void **state)
{
    struct world *world = *state;
#define SET(organisation_, in_) world_apply(world, organisation_, boundary_set, &(in_)->base)
    assert_refused(SET("mine", boundary(world, 3, "2026-02")), JUDGE_NOT_YET, ERR_GAP, "version");
    assert_refused(SET("mine", boundary(world, 1, "2026-02")), JUDGE_NEVER, ERR_SUPERSEDED,
                   "version");
    assert_refused(SET("mine", boundary(world, 2, "2025-12")), JUDGE_NEVER, ERR_RANGE,
                   "from_period");
    assert_refused(SET("mine", boundary(world, 2, "2026")), JUDGE_NEVER, ERR_TYPE, "from_period");
    assert_refused(SET("group", boundary(world, 2, "2026-02")), JUDGE_NEVER, ERR_ROLE, "facility");
    Seam__BoundarySet *absent = boundary(world, 2, "2026-02");
    absent->facility = world_text(world, "mine-z");
    assert_refused(SET("mine", absent), JUDGE_NOT_YET, ERR_ABSENT, "facility");
    assert_ok(SET("mine", boundary(world, 2, "2026-02")));
    assert_ok(SET("regulator", boundary(world, 3, "2026-02")));
    const Seam__FacilityRecord *record = NULL;
    assert_int_equal(view_facility(&record, world->state, "mine-a", &world->arena), OK);
    assert_int_equal(record->boundary_version, 3);
    const Seam__BoundaryRecord *first = NULL;
    assert_int_equal(view_boundary(&first, world->state, "mine-a", 1, &world->arena), OK);
    assert_string_equal(first->sources[1]->source, "shaft-1"); /* old versions stay */
}

static void gas_grades_have_periods(void **state)
{
    struct world *world = *state;
    Seam__BoundarySet *in = boundary(world, 2, "2026-04");
    in->gas_grade = world_text(world, "OUTBURST");
    assert_ok(SET("mine", in));
    in = boundary(world, 3, "2026-04");
    in->gas_grade = world_text(world, "LOW"); /* the same period again: replaced */
    assert_ok(SET("mine", in));
    in = boundary(world, 4, "2026-09");
    assert_ok(SET("mine", in));
    const Seam__FacilityRecord *record = NULL;
    assert_int_equal(view_facility(&record, world->state, "mine-a", &world->arena), OK);
    assert_int_equal(record->n_gas_grades, 2);
    assert_string_equal(view_gas_grade(record, "2026-03"), "HIGH");
    assert_string_equal(view_gas_grade(record, "2026-04"), "LOW");
    assert_string_equal(view_gas_grade(record, "2027-01"), "LOW");
    in = boundary(world, 5, "2026-09");
    in->gas_grade = world_text(world, "OPEN_PIT");
    assert_refused(SET("mine", in), JUDGE_NEVER, ERR_ENUM, "gas_grade");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(registers),
        T(refuses),
        T(refuses_bad_sources),
        T(sources_are_bounded),
        T(yearly_facilities),
        T(boundaries_follow),
        T(gas_grades_have_periods),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
