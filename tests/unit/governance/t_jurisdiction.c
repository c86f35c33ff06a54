/* SPDX-License-Identifier: Apache-2.0 */
/* 7 JURISDICTION_SET [D33, V27] and 10 DEADLINE_EXTEND [V28]. */

#include "tests/unit/governance/world.h"

static enum judgement put(struct world *world, const Seam__JurisdictionSet *in)
{
    return world_apply(world, "regulator", jurisdiction_set, &in->base);
}

static Seam__WorkingYear *working_year(struct world *world, uint32_t year, const char *holidays,
                                       const char *days)
{
    Seam__WorkingYear *out = world_alloc(world, sizeof *out);
    seam__working_year__init(out);
    out->year = year;
    out->holidays = world_list(world, holidays, &out->n_holidays);
    out->working_days = world_list(world, days, &out->n_working_days);
    return out;
}

static Seam__JurisdictionSet *with_year(struct world *world, const char *holidays, const char *days)
{
    Seam__JurisdictionSet *in = world_jurisdiction(world, "CN-15", 480);
    in->working_years = world_alloc(world, 2 * sizeof *in->working_years);
    in->working_years[0] = working_year(world, 2026, holidays, days);
    in->n_working_years = 1;
    return in;
}

static void sets_and_replaces(void **state)
{
    struct world *world = *state;
    Seam__JurisdictionSet *in = with_year(world, "2026-01-01 2026-10-01", "2026-09-26 2026-10-10");
    in->yearly_deadline = world_text(world, "06-30");
    assert_ok(put(world, in));
    in->deadline_days = 45;
    assert_ok(put(world, in));
    const Seam__JurisdictionRecord *record = NULL;
    assert_int_equal(view_jurisdiction(&record, world->state, "CN-15", &world->arena), OK);
    assert_int_equal(record->deadline_days, 45);
    assert_int_equal(record->utc_offset_minutes, 480);
    assert_string_equal(record->yearly_deadline, "06-30");
    assert_int_equal(record->working_years[0]->n_working_days, 2);
    const Seam__Counters *counters = NULL;
    assert_int_equal(view_counters(&counters, world->state, &world->arena), OK);
    assert_int_equal(counters->jurisdictions, 3); /* listed once */
}

static void refuses(void **state)
{
    struct world *world = *state;
    Seam__JurisdictionSet *in = world_jurisdiction(world, "CN 15", 480);
    assert_refused(put(world, in), JUDGE_NEVER, ERR_TYPE, "jurisdiction");
    in = world_jurisdiction(world, "CN-15", -721);
    assert_refused(put(world, in), JUDGE_NEVER, ERR_RANGE, "utc_offset_minutes");
    in = world_jurisdiction(world, "CN-15", 841);
    assert_refused(put(world, in), JUDGE_NEVER, ERR_RANGE, "utc_offset_minutes");
    in = world_jurisdiction(world, "CN-15", 840);
    in->deadline_days = 0;
    assert_refused(put(world, in), JUDGE_NEVER, ERR_RANGE, "deadline_days");
    in->deadline_days = 367;
    assert_refused(put(world, in), JUDGE_NEVER, ERR_RANGE, "deadline_days");
    in->deadline_days = 366;
    in->yearly_deadline = world_text(world, "02-30");
    assert_refused(put(world, in), JUDGE_NEVER, ERR_TYPE, "yearly_deadline");
    in->yearly_deadline = world_text(world, "6-30");
    assert_refused(put(world, in), JUDGE_NEVER, ERR_TYPE, "yearly_deadline");
    in->yearly_deadline = world_text(world, "");
    in->name = NULL;
    assert_refused(put(world, in), JUDGE_NEVER, ERR_MISSING, "name");
}

static void refuses_bad_calendars(void **state)
{
    struct world *world = *state;
    static const char *const bad[][2] = {
        {"2025-01-01", ""},
        {"2026-02-30", ""},
        {"2026-01-02 2026-01-01", ""},
        {"2026-01-01 2026-01-01", ""},
        {"", "2026-1-3"},
        {"", "2027-01-02"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_refused(put(world, with_year(world, bad[i][0], bad[i][1])), JUDGE_NEVER, ERR_RANGE,
                       "working_years[0]");
    }
    Seam__JurisdictionSet *in = with_year(world, "", "");
    in->working_years[1] = in->working_years[0];
    in->n_working_years = 2;
    assert_refused(put(world, in), JUDGE_NEVER, ERR_TWICE, "working_years[1]");
}

/* --- extensions ------------------------------------------------------------------------------ */

static Seam__DeadlineExtend *extend(struct world *world, const char *periods,
                                    const char *facilities, uint32_t days)
{
    Seam__DeadlineExtend *in = world_alloc(world, sizeof *in);
    seam__deadline_extend__init(in);
    in->jurisdiction = world_text(world, "CN-14");
    in->periods = world_list(world, periods, &in->n_periods);
    in->facilities = world_list(world, facilities, &in->n_facilities);
    in->days = days;
    in->reason = world_text(world, "outage");
    return in;
}

static uint32_t days_of(struct world *world, const char *facility, const char *period)
{
    uint32_t days = 77;
    assert_int_equal(
        view_extension_days(&days, world->state, "CN-14", facility, period, &world->arena), OK);
    return days;
}

#define EXTEND(in_) world_apply(world, "regulator", deadline_extend, &(in_)->base)

static void extends(void **state)
{
    struct world *world = *state;
    assert_int_equal(days_of(world, "mine-a", "2026-01"), 0);
    assert_ok(EXTEND(extend(world, "2026-01 2026-02", "", 5)));
    assert_ok(EXTEND(extend(world, "2026-02", "mine-a", 20)));
    assert_ok(EXTEND(extend(world, "2026-02", "mine-a", 10)));
    assert_int_equal(days_of(world, "mine-a", "2026-01"), 5);
    assert_int_equal(days_of(world, "mine-a", "2026-02"), 20); /* the longest */
    assert_int_equal(days_of(world, "mine-z", "2026-02"), 5);
    assert_int_equal(days_of(world, "mine-a", "2026-03"), 0);
    assert_int_equal(days_of(world, "mine-a", "2026"), 0); /* another cadence */
    const Seam__DeadlineExtension *record = NULL;
    assert_int_equal(view_extension(&record, world->state, "CN-14", "2026-02", &world->arena), OK);
    assert_int_equal(record->n_extensions, 3);
    assert_string_equal(record->extensions[1]->reason, "outage");
    assert_int_equal(record->extensions[1]->height, 7);
    assert_int_equal(record->extensions[1]->tx_id.data[0], 7);
}

static void refuses_to_extend(void **state)
{
    struct world *world = *state;
    assert_refused(EXTEND(extend(world, "", "", 5)), JUDGE_NEVER, ERR_TWICE, "periods");
    assert_refused(EXTEND(extend(world, "2026-02 2026-01", "", 5)), JUDGE_NEVER, ERR_TWICE,
                   "periods");
    assert_refused(EXTEND(extend(world, "2026-14", "", 5)), JUDGE_NEVER, ERR_TYPE, "periods");
    assert_refused(EXTEND(extend(world, "2026-01", "", 0)), JUDGE_NEVER, ERR_RANGE, "days");
    assert_refused(EXTEND(extend(world, "2026-01", "", 367)), JUDGE_NEVER, ERR_RANGE, "days");
    assert_refused(EXTEND(extend(world, "2026-01", "mine-z", 5)), JUDGE_NOT_YET, ERR_ABSENT,
                   "facilities");
    assert_refused(EXTEND(extend(world, "2026-01", "mine-a mine-a", 5)), JUDGE_NEVER, ERR_TWICE,
                   "facilities");
    Seam__DeadlineExtend *other = extend(world, "2026-01", "mine-a", 5);
    other->jurisdiction = world_text(world, "RU-KEM");
    assert_refused(EXTEND(other), JUDGE_NEVER, ERR_PARAM, "facilities");
    other->jurisdiction = world_text(world, "RU-ALT");
    assert_refused(EXTEND(other), JUDGE_NOT_YET, ERR_ABSENT, "jurisdiction");
    for (int i = 0; i < GOVERNANCE_EXTENSIONS; i++) {
        assert_ok(EXTEND(extend(world, "2026-01", "", 5)));
    }
    assert_refused(EXTEND(extend(world, "2026-01", "", 5)), JUDGE_NEVER, ERR_RANGE, "periods");
}

static void extensions_are_bounded(void **state)
{
    struct world *world = *state;
    char periods[40 * 8] = "";
    for (int i = 0; i < GOVERNANCE_PERIODS + 1; i++) {
        const size_t used = strlen(periods);
        snprintf(periods + used, sizeof periods - used, "%s%d-%02d", i > 0 ? " " : "",
                 2026 + i / 12, 1 + i % 12);
    }
    assert_refused(EXTEND(extend(world, periods, "", 5)), JUDGE_NEVER, ERR_RANGE, "periods");
    *strrchr(periods, ' ') = '\0';
    assert_ok(EXTEND(extend(world, periods, "", 5)));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(sets_and_replaces),      T(refuses),           T(refuses_bad_calendars), T(extends),
        T(extensions_are_bounded), T(refuses_to_extend),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
