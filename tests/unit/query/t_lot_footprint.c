/* SPDX-License-Identifier: Apache-2.0 */
/* The figure of one lot: by stage and grade, provisional before there is an account, the new beside
 * the old one after a correction, and what lots are credited beyond what was produced is flagged
 * [KSSJ 7.2.1c]. */

#include "ledger/query/lot_footprint.h"
#include "ledger/assurance/record.h"
#include "tests/unit/query/lots.h"

#define RAW "06901234567892"
#define CLEAN "06901234567908"

static struct lots lots;

static int setup(void **state)
{
    (void)state;
    lots_open(&lots);
    lots_facility(&lots, "mine-a", "UG", "mine");
    lots_facility(&lots, "washery", "WP", "mine");
    lots_product(&lots, "mine", RAW, "raw");
    lots_product(&lots, "mine", CLEAN, "clean");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    lots_close(&lots);
    return 0;
}

static Seam__LotRecord *mined(const char *month, int64_t kg)
{
    struct lots_event event = lots_begin(&lots, LOT_MINE_TYPE);
    Seam__LotRecord *lot = lots_make(&event, RAW, "raw", kg, 20000);
    lots_stage(&lots, lot, "mine-a", "MI", month);
    lots_end(&event);
    return lot;
}

static Seam__LotRecord *washed(Seam__LotRecord *raw, int64_t kg, int64_t clean)
{
    struct lots_event event = lots_begin(&lots, LOT_WASH_TYPE);
    lots_take(&event, raw, kg);
    Seam__LotRecord *lot = lots_make(&event, CLEAN, "clean", clean, 25000);
    lots_stage(&lots, lot, "washery", "WA", "2026-04");
    lots_end(&event);
    return lot;
}

static struct lot_footprint footprint_of(const Seam__LotRecord *lot)
{
    struct lot_footprint footprint;
    assert_int_equal(lot_footprint_lot(&footprint, lots_ask(&lots), lot->lot, &lots.arena), OK);
    return footprint;
}

/* 10 t of 12,000 g, of which 5 t are washed to 4 t with 400 g: 6,000 + 400 over 4 t. */
static void stages_and_grams(void **state)
{
    (void)state;
    Seam__LotRecord *raw = mined("2026-04", 10000);
    Seam__LotRecord *clean = washed(raw, 5000, 4000);
    lots_account(&lots, "mine-a", "2026-04", 1, 12000, NULL, 0);
    lots_account(&lots, "washery", "2026-04", 1, 400, NULL, 0);
    const struct lot_footprint footprint = footprint_of(clean);
    assert_int_equal(lot_grams_total(&footprint.now), 6400);
    assert_int_equal(footprint.g_per_t, 1600);
    assert_int_equal(footprint.stage_g_per_t[LOT_STAGE_MI], 1500);
    assert_int_equal(footprint.stage_g_per_t[LOT_STAGE_WA], 100);
    assert_int_equal(footprint.stage_g_per_t[LOT_STAGE_TR], 0);
    assert_int_equal(footprint.grade, LOT_GRADE_REPORTED);
    assert_int_equal(footprint.grade_ppm[LOT_GRADE_REPORTED], 1000000);
    assert_int_equal(footprint.source_count, 2);
    assert_true(footprint.exact);
    assert_false(footprint.corrected);
    assert_null(footprint.sources[0].before);
}

/* The same before the account of April: March's intensity, 1,000 g/t, as PROVISIONAL. */
static void provisional_until_the_account(void **state)
{
    (void)state;
    mined("2026-03", 20000);
    Seam__LotRecord *raw = mined("2026-04", 10000);
    lots_account(&lots, "mine-a", "2026-03", 1, 20000, NULL, 0);
    const struct lot_footprint footprint = footprint_of(raw);
    assert_int_equal(footprint.g_per_t, 1000);
    assert_int_equal(footprint.grade, LOT_GRADE_PROVISIONAL);
    assert_int_equal(footprint.grade_ppm[LOT_GRADE_PROVISIONAL], 1000000);
    assert_false(footprint.exact);
    assert_string_equal(footprint.sources[0].now->factor_period, "2026-03");
    assert_int_equal(footprint.sources[0].now->version, 0);
}

static void nothing_known_says_so(void **state)
{
    (void)state;
    Seam__LotRecord *raw = mined("2026-04", 10000);
    const struct lot_footprint footprint = footprint_of(raw);
    assert_int_equal(footprint.g_per_t, 0);
    assert_int_equal(footprint.grade, LOT_GRADE_NONE);
    assert_int_equal(footprint.grade_ppm[LOT_GRADE_NONE], 1000000);
}

static void a_correction_shows_both_figures(void **state)
{
    (void)state;
    Seam__LotRecord *raw = mined("2026-04", 10000);
    mined("2026-04", 30000);
    lots_account(&lots, "mine-a", "2026-04", 1, 12000, NULL, 0);
    lots_account(&lots, "mine-a", "2026-04", 2, 16000, NULL, 0);
    const struct lot_footprint footprint = footprint_of(raw);
    assert_true(footprint.corrected);
    assert_int_equal(footprint.g_per_t, 400);
    assert_int_equal(footprint.before_g_per_t, 300);
    assert_int_equal(lot_grams_total(&footprint.before), 3000);
    assert_int_equal(footprint.sources[0].now->version, 2);
    assert_int_equal(footprint.sources[0].before->version, 1);
    assert_int_equal(footprint.sources[0].now_g, 4000);
    assert_int_equal(footprint.sources[0].before_g, 3000);
}

/* Masses of products are not here: the factor serves, and the view says so. */
static void factors_serve_where_masses_are_hidden(void **state)
{
    (void)state;
    Seam__LotRecord *raw = mined("2026-04", 10500);
    lots_account(&lots, "mine-a", "2026-04", 1, 999999, "raw", 1234);
    const struct lot_footprint footprint = footprint_of(raw);
    assert_int_equal(lot_grams_total(&footprint.now), 12957);
    assert_false(footprint.exact);
    assert_int_equal(footprint.grade, LOT_GRADE_REPORTED);
    assert_int_equal(footprint.sources[0].now->factor_g_per_t, 1234);
}

/* The opinion that spoke last of mine-a's April. */
static void opinion(uint32_t version, int64_t gross_g, bool withdrawn)
{
    Seam__CategoryTotals verified = SEAM__CATEGORY_TOTALS__INIT;
    Seam__OpinionHead head = SEAM__OPINION_HEAD__INIT;
    struct state_key key;
    verified.scope1_g = gross_g;
    verified.gross_g = gross_g;
    verified.net_g = gross_g;
    head.facility = (char *)"mine-a";
    head.period = (char *)"2026-04";
    head.version = version;
    head.opinion = (char *)"opinion-1";
    head.type = (char *)"UNMODIFIED";
    head.verified = &verified;
    head.counts = true;
    head.withdrawn = withdrawn;
    assert_true(record_key_period(&key, KEY_OPINION_HEAD, "mine-a", "2026-04"));
    lots_put(&lots, key, &head.base);
}

/* [D38] The verified value counts, to the gram: 13,001 g over 10 t, 20 t and no rest. */
static void the_verified_value_is_in_force(void **state)
{
    (void)state;
    Seam__LotRecord *raw = mined("2026-04", 10000);
    Seam__LotRecord *other = mined("2026-04", 20000);
    lots_account(&lots, "mine-a", "2026-04", 1, 12000, NULL, 0);
    opinion(1, 13001, false);
    const struct lot_footprint footprint = footprint_of(raw);
    assert_int_equal(footprint.grade, LOT_GRADE_VERIFIED);
    assert_int_equal(footprint.grade_ppm[LOT_GRADE_VERIFIED], 1000000);
    assert_string_equal(footprint.sources[0].now->opinion, "opinion-1");
    assert_int_equal(footprint.sources[0].now->grams, 13001);
    assert_true(footprint.exact);
    const struct lot_footprint second = footprint_of(other);
    assert_int_equal(lot_grams_total(&footprint.now) + lot_grams_total(&second.now), 13001);
    assert_int_equal(lot_grams_total(&footprint.now), 4334); /* 4,333.67 */
}

/* An opinion on another version, or one that was withdrawn, leaves the account as it was filed. */
static void an_opinion_on_another_version(void **state)
{
    (void)state;
    Seam__LotRecord *raw = mined("2026-04", 10000);
    lots_account(&lots, "mine-a", "2026-04", 1, 12000, NULL, 0);
    opinion(2, 13001, false);
    const struct lot_footprint footprint = footprint_of(raw);
    assert_int_equal(footprint.grade, LOT_GRADE_REPORTED);
    assert_int_equal(lot_grams_total(&footprint.now), 12000);
}

static void an_opinion_withdrawn(void **state)
{
    (void)state;
    Seam__LotRecord *raw = mined("2026-04", 10000);
    lots_account(&lots, "mine-a", "2026-04", 1, 12000, NULL, 0);
    opinion(1, 13001, true);
    const struct lot_footprint footprint = footprint_of(raw);
    assert_int_equal(footprint.grade, LOT_GRADE_REPORTED);
    assert_int_equal(lot_grams_total(&footprint.now), 12000);
}

/* Without masses, too: the factor in proportion, 1,000 g/t x 13,001 / 12,000. */
static void a_factor_follows_the_verified_value(void **state)
{
    (void)state;
    Seam__LotRecord *raw = mined("2026-04", 10000);
    lots_account(&lots, "mine-a", "2026-04", 1, 12000, "raw", 1000);
    opinion(1, 13001, false);
    const struct lot_footprint footprint = footprint_of(raw);
    assert_false(footprint.exact);
    assert_int_equal(footprint.grade, LOT_GRADE_VERIFIED);
    assert_int_equal(footprint.sources[0].now->factor_g_per_t, 1083);
    assert_int_equal(lot_grams_total(&footprint.now), 10830);
}

/* An account that gives a product nothing: all of its lots outweigh it. */
static void lots_that_no_account_knows_are_flagged(void **state)
{
    (void)state;
    Seam__LotRecord *raw = mined("2026-04", 10000);
    lots_account(&lots, "mine-a", "2026-04", 1, 999999, "middlings", 1234);
    const struct lot_footprint footprint = footprint_of(raw);
    assert_int_equal(lot_grams_total(&footprint.now), 0);
    assert_int_equal(footprint.sources[0].now->excess_kg, 10000);
    assert_int_equal(footprint.sources[0].now->excess_g, 0);
}

/* Worst grade and shares: half of it is provisional. */
static void grades_are_shared_by_grams(void **state)
{
    (void)state;
    Seam__LotRecord *a = mined("2026-04", 10000);
    Seam__LotRecord *b = mined("2026-05", 10000);
    struct lots_event event = lots_begin(&lots, LOT_BLEND_TYPE);
    lots_take(&event, a, 10000);
    lots_take(&event, b, 10000);
    Seam__LotRecord *both = lots_make(&event, RAW, "raw", 20000, 20000);
    lots_end(&event);
    lots_account(&lots, "mine-a", "2026-04", 1, 7000, NULL, 0);
    const struct lot_footprint footprint = footprint_of(both);
    assert_int_equal(footprint.g_per_t, 700);
    assert_int_equal(footprint.grade, LOT_GRADE_PROVISIONAL);
    assert_int_equal(footprint.grade_ppm[LOT_GRADE_PROVISIONAL], 500000);
    assert_int_equal(footprint.grade_ppm[LOT_GRADE_REPORTED], 500000);
    assert_string_equal(lot_grade_name(LOT_GRADE_PROVISIONAL), "PROVISIONAL");
    assert_string_equal(lot_stage_name(LOT_STAGE_TR), "TR");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(stages_and_grams),
        T(provisional_until_the_account),
        T(nothing_known_says_so),
        T(a_correction_shows_both_figures),
        T(factors_serve_where_masses_are_hidden),
        T(lots_that_no_account_knows_are_flagged),
        T(grades_are_shared_by_grams),
        T(the_verified_value_is_in_force),
        T(an_opinion_on_another_version),
        T(an_opinion_withdrawn),
        T(a_factor_follows_the_verified_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
