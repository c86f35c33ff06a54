/* SPDX-License-Identifier: Apache-2.0 */
/* What the desk reads: amounts, dates and money of each status, each choice of a plan, each
 * difference of two registries [KSSJ 8a] [KSSJ 8b]. */
#include "api/units_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct desk {
    Seam__SchemeSet set;
    Seam__SchemeYear year;
    Seam__SchemeYear *years[1];
    Seam__SchemeRecord scheme;
    Seam__ComplianceRecord record;
    struct obligation_part part;
    struct compliance_answer answer;
};

/* 1,234,567 t owed, nothing surrendered, at 80.00. */
static void desk_init(struct desk *desk, enum compliance_status status)
{
    memset(desk, 0, sizeof *desk);
    seam__scheme_set__init(&desk->set);
    seam__scheme_year__init(&desk->year);
    seam__scheme_record__init(&desk->scheme);
    seam__compliance_record__init(&desk->record);
    desk->year.year = 2025;
    desk->year.surrender_deadline = (char *)"2026-12-31";
    desk->years[0] = &desk->year;
    desk->set.years = desk->years;
    desk->set.n_years = 1;
    desk->set.currency = (char *)"CNY";
    desk->set.offset_cap_bp = 500;
    desk->set.carry_base_t = 10000;
    desk->set.carry_ratio_num = 3;
    desk->set.carry_ratio_den = 2;
    desk->scheme.scheme = &desk->set;
    desk->record.year = 2025;
    desk->part = (struct obligation_part){
        .facility = "mine-a", .covered = true, .periods = 12, .filed = 12, .verified = 12};
    desk->answer = (struct compliance_answer){
        .compliance = {.scheme = &desk->scheme,
                       .record = &desk->record,
                       .obligation = {.grams = grams_of(INT64_C(1234567000000)),
                                      .reported = grams_of(INT64_C(1234567000000)),
                                      .tonnes = tonnes_of(1234567),
                                      .any = true,
                                      .complete = true,
                                      .verified = true,
                                      .parts = &desk->part,
                                      .count = 1},
                       .status = status,
                       .offset_cap = tonnes_of(61728),
                       .gap = 1234567,
                       .dates = {.working_days_left = 42}},
        .basis = {.known = true,
                  .fen_per_t = 8000,
                  .closes = 2,
                  .from = "2026-12-01",
                  .to = "2026-12-31"},
        .exposure = {.rule = PENALTY_RULE_SHORTFALL,
                     .basis_fen = INT64_C(1234567) * 8000,
                     .low_fen = INT64_C(1234567) * 8000 * 5,
                     .high_fen = INT64_C(1234567) * 8000 * 10}};
}

static char text[8192];

static const char *explained(struct desk *desk, bool inside)
{
    struct json_out out;
    struct bytes bytes;
    json_out_init(&out, JSON_OUT_COMPACT, sizeof text);
    json_out_object(&out);
    units_text_compliance(&out, &desk->answer, inside);
    json_out_end(&out);
    assert_int_equal(json_out_finish(&out, &bytes), OK);
    snprintf(text, sizeof text, "%.*s", (int)bytes.size, (const char *)bytes.data);
    json_out_free(&out);
    return text;
}

#define assert_says(said_, words_)                                                                 \
    do {                                                                                           \
        if (strstr((said_), (words_)) == NULL) {                                                   \
            fail_msg("no '%s' in %s", (words_), (said_));                                          \
        }                                                                                          \
    } while (0)

static void amounts(void **state)
{
    (void)state;
    static const struct {
        int64_t amount;
        const char *tonnes;
        const char *money;
    } rows[] = {
        {0, "0", "0.00"},
        {7, "7", "0.07"},
        {999, "999", "9.99"},
        {1000, "1,000", "10.00"},
        {123456, "123,456", "1,234.56"},
        {1234567, "1,234,567", "12,345.67"},
        {-1, "-1", "-0.01"},
        {-1234567, "-1,234,567", "-12,345.67"},
        {INT64_MAX, "9,223,372,036,854,775,807", "92,233,720,368,547,758.07"},
        {INT64_MIN, "-9,223,372,036,854,775,808", "-92,233,720,368,547,758.08"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[UNITS_AMOUNT_SIZE];
        units_text_amount(out, rows[i].amount);
        assert_string_equal(out, rows[i].tonnes);
        units_text_money(out, rows[i].amount);
        assert_string_equal(out, rows[i].money);
    }
}

static void short_of_units(void **state)
{
    (void)state;
    struct desk desk;
    desk_init(&desk, COMPLIANCE_B);
    desk.answer.compliance.surrendered = desk.answer.compliance.counted = 1000;
    desk.answer.compliance.gap = 1233567;
    desk.answer.exposure.low_fen = INT64_C(1233567) * 8000 * 5;
    desk.answer.exposure.high_fen = INT64_C(1233567) * 8000 * 10;
    const char *said = explained(&desk, true);
    assert_says(said, "\"B: 1,234,567 t are owed for 2025, 1,000 t of what was surrendered count: "
                      "1,233,567 t are missing.\"");
    assert_says(said, "\"They are due by 2026-12-31: 42 working days are left.\"");
    assert_says(said, "1,233,567 t x 80.00 CNY (mean of 2 closes, 2026-12-01 to 2026-12-31) x 5 to "
                      "10 = 493,426,800.00 to 986,853,600.00 CNY [Decree 775 Art. 24]");
    desk.answer.compliance.overdue = true;
    assert_says(explained(&desk, true), "They were due by 2026-12-31: the deadline has passed");
    desk.answer.basis.known = false;
    assert_says(explained(&desk, true), "is not known: no close was published");
    desk.year.year = 2024;
    assert_says(explained(&desk, true), "names no day");
}

/* What is proposed is for those who see the account; that it would be enough, for everybody. */
static void proposed(void **state)
{
    (void)state;
    struct desk desk;
    desk_init(&desk, COMPLIANCE_B1);
    desk.record.pending_allowances = 1200000;
    desk.record.pending_offsets = 34567;
    assert_says(explained(&desk, true), "1,200,000 t of allowances and 34,567 t of credits are "
                                        "proposed and would be enough");
    const char *said = explained(&desk, false);
    assert_says(said, "What is proposed would be enough; the regulator has not approved it yet.");
    assert_null(strstr(said, "1,200,000"));
    assert_null(strstr(said, "Decree"));
}

static void not_verified(void **state)
{
    (void)state;
    struct desk desk;
    desk_init(&desk, COMPLIANCE_C);
    desk.part.filed = 11;
    desk.part.verified = 3;
    const char *said = explained(&desk, true);
    assert_says(said, "C: emissions of 2025 are missing or not verified");
    assert_says(said, "\"mine-a has accounts of 11 of its 12 periods.\"");
    assert_says(said, "\"mine-a: 3 of 11 accounts are verified or settled.\"");
    desk.part.covered = false;
    assert_null(strstr(explained(&desk, true), "mine-a"));
}

static void nothing_missing(void **state)
{
    (void)state;
    struct desk desk;
    desk_init(&desk, COMPLIANCE_A);
    desk.answer.compliance.surrendered = desk.answer.compliance.counted = 1234567;
    desk.answer.compliance.gap = 0;
    const char *said = explained(&desk, true);
    assert_string_equal(said, "{\"explanation\":[\"A: 1,234,567 t are owed for 2025 and 1,234,567 "
                              "t count: the year is met.\"]}");
    desk_init(&desk, COMPLIANCE_EXCLUDED);
    desk.answer.compliance.gap = 0;
    desk.record.excluded_reason = (char *)"closed that year";
    assert_says(explained(&desk, true), "excluded this account (closed that year)");
    desk_init(&desk, COMPLIANCE_NOT_APPLICABLE);
    desk.answer.compliance.gap = 0;
    assert_says(explained(&desk, true), "no facility of this account is covered");
}

/* [V17] what was surrendered beyond the cap does not count, and is said */
static void v17_not_all_counts(void **state)
{
    (void)state;
    struct desk desk;
    desk_init(&desk, COMPLIANCE_B);
    desk.answer.compliance.surrendered = 70000;
    desk.answer.compliance.counted = 61728;
    assert_says(explained(&desk, false),
                "Of 70,000 t that were surrendered 61,728 t count: credits "
                "count up to 5 % of what is owed, 61,728 t.");
    desk.set.offset_cap_bp = 525;
    assert_says(explained(&desk, false), "up to 5.25 % of");
}

static void raised(void **state)
{
    (void)state;
    struct desk desk;
    desk_init(&desk, COMPLIANCE_B);
    desk.answer.compliance.alarm = true;
    desk.answer.compliance.obligation.raised = true;
    desk.answer.compliance.obligation.reported = grams_of(INT64_C(1230000499999));
    desk.answer.compliance.obligation.disputed = 2;
    const char *said = explained(&desk, false);
    assert_says(said, "\"ALARM: A decision raised what is owed from 1,230,000 t, as reported, to "
                      "1,234,567 t.\"");
    assert_says(said, "2 accounts are in dispute");
    desk.answer.compliance.alarm = false;
    desk.answer.compliance.obligation.reported = grams_of(INT64_C(1230000500000));
    said = explained(&desk, false);
    assert_says(said, "\"A decision raised what is owed from 1,230,001 t");
}

/* --- plans ------------------------------------------------------------------------------------ */

static struct plan_answer plan_answer;

static const char *planned(void)
{
    struct json_out out;
    struct bytes bytes;
    json_out_init(&out, JSON_OUT_COMPACT, sizeof text);
    json_out_object(&out);
    units_text_plan(&out, &plan_answer);
    json_out_end(&out);
    assert_int_equal(json_out_finish(&out, &bytes), OK);
    snprintf(text, sizeof text, "%.*s", (int)bytes.size, (const char *)bytes.data);
    json_out_free(&out);
    return text;
}

/* [W40] the cap is 61,728 t: of cheaper credits no more, and the sentence says that it binds. */
static void w40_the_cap_binds(void **state)
{
    (void)state;
    struct desk desk;
    desk_init(&desk, COMPLIANCE_C);
    memset(&plan_answer, 0, sizeof plan_answer);
    plan_answer.now = desk.answer;
    plan_answer.so_far_t = 1000000;
    plan_answer.forecast_t = 1234567;
    plan_answer.prices = (struct plan_prices){8000, 6000, 8000};
    const struct plan_holding holdings[] = {{false, 2024, 1000000}, {true, 2025, 70000}};
    const struct plan_input in = {.obligation_t = 1234567,
                                  .offset_cap_bp = 500,
                                  .prices = plan_answer.prices,
                                  .holdings = holdings,
                                  .count = 2};
    assert_int_equal(plan_make(&plan_answer.plan, &in), OK);
    const char *said = planned();
    assert_says(said, "2025: 1,234,567 t are needed. Obligation 1,234,567 t, of which 234,567 t "
                      "are forecast; 0 t are surrendered or proposed and count.");
    assert_says(said, "Use 1,000,000 t of own allowances and 61,728 t of own credits; buy 172,839 "
                      "t of allowances and 0 t of credits; sell 0 t; carry over 0 t.");
    assert_says(said, "To pay: 13,827,120.00 CNY; to receive: 0.00 CNY");
    assert_says(said, "Binding: the cap of credits, 5 % of the obligation = 61,728 t.");
    assert_says(said, "Binding: own allowances end 172,839 t short of what is needed.");
    assert_says(said, "A credit costs 60.00 CNY, an allowance is worth 80.00 CNY: credits first.");
    assert_says(said, "\"why\":\"CAP_REACHED\",\"a\":61728,\"b\":61728");
}

/* [W41] sold 150,000, bought 26,543: 195,185 t of 240,000 t, so that some are sold for the rest. */
static void w41_the_carry_limit_binds(void **state)
{
    (void)state;
    struct desk desk;
    desk_init(&desk, COMPLIANCE_A);
    memset(&plan_answer, 0, sizeof plan_answer);
    plan_answer.now = desk.answer;
    plan_answer.prices = (struct plan_prices){8000, 9000, 8000};
    plan_answer.carry = true;
    plan_answer.sold = 150000;
    plan_answer.bought = 26543;
    const struct plan_holding holdings[] = {{false, 2025, 240000}};
    const struct plan_input in = {.carry = true,
                                  .offset_cap_bp = 500,
                                  .carry_rule = {tonnes_of(10000), 3, 2},
                                  .sold_t = 150000,
                                  .bought_t = 26543,
                                  .prices = plan_answer.prices,
                                  .holdings = holdings,
                                  .count = 1};
    assert_int_equal(plan_make(&plan_answer.plan, &in), OK);
    assert_true(plan_answer.plan.sell_allowances_t > 0);
    const char *said = planned();
    assert_says(said, "Binding: the carry-over limit");
    assert_says(said, "(base 10,000 t and 3/2 of net sales; sold 150,000 t, bought 26,543 t so "
                      "far)");
    assert_says(said, "The year is met: nothing more is needed.");
    /* With fewer units than the limit nothing is sold, and nothing binds. */
    const struct plan_holding few[] = {{false, 2025, 195185}};
    struct plan_input less = in;
    less.holdings = few;
    assert_int_equal(plan_make(&plan_answer.plan, &less), OK);
    said = planned();
    assert_says(said, "No limit binds.");
    assert_says(said, "195,185 t are carried over, of at most 195,185 t.");
}

static void every_reason_has_its_sentence(void **state)
{
    (void)state;
    struct desk desk;
    desk_init(&desk, COMPLIANCE_C);
    memset(&plan_answer, 0, sizeof plan_answer);
    plan_answer.now = desk.answer;
    for (int why = PLAN_COVERED; why <= PLAN_NO_CARRY; why++) {
        plan_answer.plan.reasons[0] = (struct plan_reason){(enum plan_why)why, 1000, 8000};
        plan_answer.plan.reason_count = 1;
        const char *said = planned();
        assert_says(said, plan_why_name((enum plan_why)why));
        assert_null(strstr(said, "\"text\":\"\""));
        assert_null(strstr(said, " fen"));
    }
}

static void differences(void **state)
{
    (void)state;
    static const char *const said[] = {
        [RECONCILE_ABSENT_HERE] = "1,000 units: there in account b as HELD, not in this registry.",
        [RECONCILE_ABSENT_THERE] = "1,000 units: here in account a as TRADE, not in the other's",
        [RECONCILE_ACCOUNT] = "here in account a as TRADE, there in account b as HELD.",
        [RECONCILE_STATE] = "1,000 units of account a: here TRADE, there HELD.",
        [RECONCILE_TWICE] = "names them twice (account b, row 7).",
    };
    for (int kind = RECONCILE_ABSENT_HERE; kind <= RECONCILE_TWICE; kind++) {
        const struct reconcile_difference difference = {.kind = (enum reconcile_kind)kind,
                                                        .series = "CN:CEA:CN:2025",
                                                        .start = 1,
                                                        .end = 1000,
                                                        .row = 7,
                                                        .account_here = "a",
                                                        .state_here = "TRADE",
                                                        .account_there = "b",
                                                        .state_there = "HELD"};
        struct json_out out;
        struct bytes bytes;
        json_out_init(&out, JSON_OUT_COMPACT, sizeof text);
        json_out_object(&out);
        units_text_difference(&out, &difference);
        json_out_end(&out);
        assert_int_equal(json_out_finish(&out, &bytes), OK);
        snprintf(text, sizeof text, "%.*s", (int)bytes.size, (const char *)bytes.data);
        json_out_free(&out);
        assert_says(text, said[kind]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts),
        cmocka_unit_test(short_of_units),
        cmocka_unit_test(proposed),
        cmocka_unit_test(not_verified),
        cmocka_unit_test(nothing_missing),
        cmocka_unit_test(v17_not_all_counts),
        cmocka_unit_test(raised),
        cmocka_unit_test(w40_the_cap_binds),
        cmocka_unit_test(w41_the_carry_limit_binds),
        cmocka_unit_test(every_reason_has_its_sentence),
        cmocka_unit_test(differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
