/* SPDX-License-Identifier: Apache-2.0 */
/* [KSSJ 8a] Surrender: what counts for an obligation, who decides, and the one way back. */

#include "tests/unit/registry/market.h"

#define YEAR 2025

static enum judgement propose(struct market *market, const char *id, Seam__Units units)
{
    Seam__Units *list[] = {&units};
    const Seam__SurrenderPropose message = market_surrender(id, list, 1);
    return market_send(market, "mine", 122, &message.base);
}

static enum judgement approve(struct market *market, const char *who, const char *id)
{
    Seam__SurrenderApprove message = SEAM__SURRENDER_APPROVE__INIT;
    message.surrender = (char *)id;
    return market_send(market, who, 123, &message.base);
}

static enum judgement reject(struct market *market, const char *who, const char *id)
{
    Seam__SurrenderReject message = SEAM__SURRENDER_REJECT__INIT;
    message.surrender = (char *)id;
    message.reason = (char *)"wrong units";
    return market_send(market, who, 124, &message.base);
}

static enum judgement reverse(struct market *market, const char *who, const char *id)
{
    Seam__SurrenderReverse message = SEAM__SURRENDER_REVERSE__INIT;
    message.surrender = (char *)id;
    message.reason = (char *)"by mistake";
    return market_send(market, who, 125, &message.base);
}

static enum judgement exclude(struct market *market, const char *who, bool excluded)
{
    Seam__ComplianceExclude message = SEAM__COMPLIANCE_EXCLUDE__INIT;
    message.holding = (char *)"h-mine";
    message.year = YEAR;
    message.excluded = excluded;
    message.reason = (char *)"closed that year";
    return market_send(market, who, 144, &message.base);
}

static struct compliance view(struct market *market)
{
    struct compliance out;
    assert_int_equal(
        compliance_of(&out, market->state, "h-mine", YEAR, market->time_ms, &market->arena), OK);
    return out;
}

static const char *status(struct market *market)
{
    return compliance_status_name(view(market).status);
}

/* 1,234,567 t of obligation, and enough of everything in the register position. */
static void stock(struct market *market)
{
    market_year(market, "mine-a", YEAR, 1234567 * MARKET_T);
    market_issue(market, "h-mine", "CEA", "", YEAR, 2000000, UNIT_REGISTER);
    market_issue(market, "h-mine", "CCER", "wind-1", 2024, 200000, UNIT_REGISTER);
}

static void test_kssj_8a_obligation_holding_gap(void **state)
{
    struct market *market = *state;
    assert_string_equal(status(market), "C"); /* nothing filed */
    market_year(market, "mine-a", YEAR, 1000 * MARKET_T);
    assert_string_equal(status(market), "B");
    market_account(market, "mine-a", "2025-12", 900 * MARKET_T, 0);
    struct state_key key;
    assert_true(view_account_key(&key, "mine-a", "2025-12"));
    key.data[0] = KEY_OPINION_HEAD;
    assert_int_equal(overlay_delete(market->state, state_key_bytes(&key)), OK);
    assert_string_equal(status(market), "C"); /* a month is not verified */
    market_year(market, "mine-a", YEAR, 1000 * MARKET_T);
    market_issue(market, "h-mine", "CEA", "", YEAR, 5000, UNIT_REGISTER);
    assert_int_equal(propose(market, "s1", market_units("CEA", "", YEAR, 999)), JUDGE_OK);
    assert_string_equal(status(market), "B"); /* would not be enough */
    assert_int_equal(propose(market, "s2", market_units("CEA", "", YEAR, 1)), JUDGE_OK);
    assert_string_equal(status(market), "B1");
    assert_int_equal(approve(market, "authority-cn", "s1"), JUDGE_OK);
    assert_string_equal(status(market), "B1");
    assert_int_equal(approve(market, "authority-cn", "s2"), JUDGE_OK);
    assert_string_equal(status(market), "A");
    assert_int_equal(exclude(market, "other-authority", true), JUDGE_NEVER);
    assert_int_equal(exclude(market, "authority-cn", true), JUDGE_OK);
    assert_string_equal(status(market), "EXCLUDED");
    assert_int_equal(exclude(market, "authority-cn", true), JUDGE_NEVER);
    assert_int_equal(propose(market, "s3", market_units("CEA", "", YEAR, 1)), JUDGE_NEVER);
    assert_string_equal(market->detail.limit, "EXCLUDED");
    assert_int_equal(exclude(market, "authority-cn", false), JUDGE_OK);
    market_cover(market, "mine-a", "h-mine", 2024, 2024);
    assert_string_equal(status(market), "NOT_APPLICABLE");
    market_check(market);
}

/* The obligation: scope 1 only, by coverage, rounded once; a decision raises it. */
static void test_obligation(void **state)
{
    struct market *market = *state;
    market_year(market, "mine-a", YEAR, 12 * 499999);
    struct compliance now = view(market);
    assert_int_equal(tonnes_value(now.obligation.tonnes), 6); /* 5,999,988 g: 6.0, not 12 x 0 */
    market_account(market, "mine-a", "2025-03", 7 * MARKET_T, 1000 * MARKET_T);
    market_opinion(market, "mine-a", "2025-03", 7 * MARKET_T, 1000 * MARKET_T);
    now = view(market);
    assert_int_equal(grams_value(now.obligation.grams), 11 * 499999 + 7 * MARKET_T);
    assert_false(now.alarm);
    /* The verifier found more: the gap is seen at once. */
    market_opinion(market, "mine-a", "2025-03", 70 * MARKET_T, 0);
    now = view(market);
    assert_int_equal(tonnes_value(now.obligation.tonnes), 75); /* 75.499989 */
    assert_int_equal(now.gap, 75);
    assert_true(now.alarm);
    assert_false(now.overdue);
    market->time_ms = market_time("2026-12-31T15:59:59.999Z");
    assert_false(view(market).overdue);
    market->time_ms = market_time("2026-12-31T16:00:00Z"); /* midnight at UTC+8 */
    assert_true(view(market).overdue);
    assert_int_equal(view(market).obligation.parts[0].filed, 12);
}

/* [V17] [W40] 1,234,567 t: offsets up to 61,728 t, floored, cumulative over the year. */
static void test_v17_w40_offset_cap(void **state)
{
    struct market *market = *state;
    stock(market);
    assert_int_equal(tonnes_value(view(market).offset_cap), 61728);
    assert_int_equal(propose(market, "s1", market_units("CCER", "wind-1", 2024, 61729)),
                     JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_OFFSET_CAP);
    assert_string_equal(market->detail.limit, "61728");
    assert_int_equal(propose(market, "s1", market_units("CCER", "wind-1", 2024, 60000)), JUDGE_OK);
    assert_int_equal(propose(market, "s2", market_units("CCER", "wind-1", 2024, 1729)),
                     JUDGE_NEVER);
    assert_string_equal(market->detail.limit, "1728"); /* what is proposed counts */
    assert_int_equal(approve(market, "authority-cn", "s1"), JUDGE_OK);
    assert_int_equal(propose(market, "s2", market_units("CCER", "wind-1", 2024, 1729)),
                     JUDGE_NEVER);
    assert_int_equal(propose(market, "s2", market_units("CCER", "wind-1", 2024, 1728)), JUDGE_OK);
    /* The obligation falls before the approval: the cap is asked again. */
    market_opinion(market, "mine-a", "2025-01", 0, 0);
    assert_int_equal(approve(market, "authority-cn", "s2"), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_OFFSET_CAP);
    assert_int_equal(reject(market, "authority-cn", "s2"), JUDGE_OK);
    assert_int_equal(market_shelf(market, "h-mine", "CCER", "wind-1", 2024, UNIT_REGISTER), 140000);
    market_check(market);
}

/* [V18] Allowances of 2026 for 2025: no; too old: no; with borrowing: yes. */
static void test_v18_vintage(void **state)
{
    struct market *market = *state;
    stock(market);
    market_issue(market, "h-mine", "CEA", "", 2026, 100, UNIT_REGISTER);
    market_issue(market, "h-mine", "CEA", "", 2021, 100, UNIT_REGISTER);
    market_issue(market, "h-mine", "CEA", "", 2020, 100, UNIT_REGISTER);
    assert_int_equal(propose(market, "s1", market_units("CEA", "", 2026, 1)), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_VINTAGE);
    assert_string_equal(market->detail.limit, "2021..2025");
    assert_int_equal(propose(market, "s1", market_units("CEA", "", 2020, 1)), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_VINTAGE);
    assert_int_equal(propose(market, "s1", market_units("CEA", "", 2021, 1)), JUDGE_OK);
    struct market_scheme scheme;
    market_scheme_init(&scheme);
    scheme.set.borrowing = true;
    market_scheme_put(market, &scheme);
    assert_int_equal(propose(market, "s2", market_units("CEA", "", 2026, 1)), JUDGE_OK);
}

/* [V19] Credits of a facility that is itself under allowance management. */
static void test_v19_eligible(void **state)
{
    struct market *market = *state;
    stock(market);
    market_project(market, "mine-a");
    assert_int_equal(propose(market, "s1", market_units("CCER", "wind-1", 2024, 1)), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_NOT_ELIGIBLE);
    assert_string_equal(market->detail.hint, "mine-a was under allowance management 2024 to 2024");
    /* Covered from 2025 only: reductions of 2024 are fine. */
    market_cover(market, "mine-a", "h-mine", 2025, 0);
    assert_int_equal(propose(market, "s1", market_units("CCER", "wind-1", 2024, 1)), JUDGE_OK);
}

static void test_refused(void **state)
{
    struct market *market = *state;
    stock(market);
    assert_int_equal(propose(market, "s1", market_units("CEA", "", YEAR, 2000001)), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_HOLDING);
    assert_string_equal(market->detail.limit, "2000000");
    assert_int_equal(propose(market, "s1", market_units("FUND", "", YEAR, 1)), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_PARAM);
    assert_int_equal(propose(market, "s1", market_units("GAS", "", YEAR, 1)), JUDGE_NOT_YET);
    Seam__Units units = market_units("CEA", "", YEAR, 1);
    Seam__Units *list[] = {&units};
    Seam__SurrenderPropose message = market_surrender("s1", list, 1);
    market_refused(market, "desk", 122, &message.base, ERR_ROLE, "mine");
    message.year = 2026;
    market_refused(market, "mine", 122, &message.base, ERR_WINDOW, "2027-06-30T16:00:00.000Z");
    message.year = 2024;
    market_refused(market, "mine", 122, &message.base, ERR_WINDOW, NULL);
    message.year = YEAR;
    message.n_units = 0;
    market_refused(market, "mine", 122, &message.base, ERR_MISSING, NULL);
    message.n_units = 1;
    /* Units in the trade position must be moved first. */
    market_issue(market, "h-mine", "CEA", "", 2024, 10, UNIT_TRADE);
    units.vintage = 2024;
    market_refused(market, "mine", 122, &message.base, ERR_HOLDING, "0");
    units.vintage = YEAR;
    /* The window of 2025 opens with 1 July 2026, local time. */
    market->time_ms = market_time("2026-06-30T15:59:59.999Z");
    market_refused(market, "mine", 122, &message.base, ERR_WINDOW, "2026-06-30T16:00:00.000Z");
    market->time_ms = market_time("2026-06-30T16:00:00Z");
    market_ok(market, "mine", 122, &message.base);
    market_refused(market, "mine", 122, &message.base, ERR_CONFLICT, NULL);
    /* Late is taken, too: the view calls it overdue. */
    market->time_ms = market_time("2027-03-01T00:00:00Z");
    assert_int_equal(propose(market, "s2", market_units("CEA", "", YEAR, 1)), JUDGE_OK);
    assert_true(view(market).overdue);
    assert_int_equal(approve(market, "other-authority", "s2"), JUDGE_NEVER);
    assert_string_equal(market->detail.limit, "authority-cn");
    assert_int_equal(approve(market, "authority-cn", "s9"), JUDGE_NOT_YET);
    assert_int_equal(reject(market, "authority-cn", "s2"), JUDGE_OK);
    assert_int_equal(approve(market, "authority-cn", "s2"), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_STATE_MACHINE);
    assert_int_equal(reverse(market, "mine", "s2"), JUDGE_NEVER);
    market_check(market);
}

/* What is proposed cannot be used elsewhere, and is used up once. */
static void test_used_once(void **state)
{
    struct market *market = *state;
    market_year(market, "mine-a", YEAR, 1000 * MARKET_T);
    market_issue(market, "h-mine", "CEA", "", YEAR, 100, UNIT_REGISTER);
    assert_int_equal(propose(market, "s1", market_units("CEA", "", YEAR, 100)), JUDGE_OK);
    assert_int_equal(propose(market, "s2", market_units("CEA", "", YEAR, 1)), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_HOLDING);
    assert_int_equal(approve(market, "authority-cn", "s1"), JUDGE_OK);
    assert_int_equal(approve(market, "authority-cn", "s1"), JUDGE_NEVER);
    Seam__SerialRange range = SEAM__SERIAL_RANGE__INIT;
    Seam__SerialRange *ranges[] = {&range};
    range.start = 1;
    range.end = 1;
    Seam__Units units = market_units("CEA", "", YEAR, 1);
    units.n_ranges = 1;
    units.ranges = ranges;
    assert_int_equal(propose(market, "s2", units), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_USED);
    assert_non_null(strstr(market->detail.hint, "SURRENDERED"));
    market_check(market);
}

/* [V23] Once, inside the window, the same serials. */
static void test_v23_reversal(void **state)
{
    struct market *market = *state;
    market_year(market, "mine-a", YEAR, 1000 * MARKET_T);
    market_issue(market, "h-mine", "CEA", "", YEAR, 3000, UNIT_REGISTER);
    assert_int_equal(propose(market, "s1", market_units("CEA", "", YEAR, 1000)), JUDGE_OK);
    assert_int_equal(propose(market, "s2", market_units("CEA", "", YEAR, 1000)), JUDGE_OK);
    assert_int_equal(reverse(market, "mine", "s1"), JUDGE_NEVER); /* not surrendered yet */
    assert_int_equal(approve(market, "authority-cn", "s1"), JUDGE_OK);
    assert_int_equal(approve(market, "authority-cn", "s2"), JUDGE_OK);
    const Seam__SurrenderRecord *record = NULL;
    assert_int_equal(surrender_view(&record, market->state, "s1", &market->arena), OK);
    const uint64_t until = record->reversible_until_ms;
    assert_int_equal(until - market->time_ms, 14 * DAY_MS);
    assert_string_equal(surrender_status(record, until - 1), "APPROVED");
    assert_string_equal(surrender_status(record, until), "FINAL");
    assert_int_equal(reverse(market, "desk", "s1"), JUDGE_NEVER);
    assert_int_equal(reverse(market, "other-authority", "s1"), JUDGE_NEVER);
    market->time_ms = until;
    assert_int_equal(reverse(market, "mine", "s1"), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_WINDOW);
    market->time_ms = until - 1;
    assert_int_equal(reverse(market, "mine", "s1"), JUDGE_OK);
    assert_int_equal(reverse(market, "mine", "s1"), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_STATE_MACHINE);
    assert_int_equal(market_shelf(market, "h-mine", "CEA", "", YEAR, UNIT_REGISTER), 2000);
    assert_string_equal(status(market), "A");
    assert_int_equal(reverse(market, "authority-cn", "s2"), JUDGE_OK);
    assert_string_equal(status(market), "B");
    market_check(market);
}

/* Frozen units: surrender when the order allows it, and then no way back out of the freeze. */
static void test_frozen(void **state)
{
    struct market *market = *state;
    struct hash closed = {{1}};
    struct hash open = {{2}};
    const struct series series = market_series("CEA", "", YEAR);
    market_year(market, "mine-a", YEAR, 1000 * MARKET_T);
    market_issue(market, "h-mine", "CEA", "", YEAR, 300, UNIT_REGISTER);
    struct rule_context context = market_context(market, "registrar", ROLE_AUTHORITY);
    const struct block_range first = {1, 100};
    const struct block_range second = {101, 200};
    struct block_pieces pieces;
    assert_int_equal(block_freeze(&context, &series, "h-mine", &first, 1, 100, &closed, false,
                                  &pieces, &market->detail),
                     JUDGE_OK);
    assert_int_equal(block_freeze(&context, &series, "h-mine", &second, 1, 100, &open, true,
                                  &pieces, &market->detail),
                     JUDGE_OK);
    assert_int_equal(propose(market, "s1", market_units("CEA", "", YEAR, 200)), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_FROZEN);
    assert_string_equal(market->detail.limit, "100");
    Seam__SerialRange range = SEAM__SERIAL_RANGE__INIT;
    Seam__SerialRange *ranges[] = {&range};
    Seam__Units units = market_units("CEA", "", YEAR, 100);
    units.n_ranges = 1;
    units.ranges = ranges;
    range.start = 1;
    range.end = 100;
    assert_int_equal(propose(market, "s1", units), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_FROZEN);
    range.start = 101;
    range.end = 200;
    assert_int_equal(propose(market, "s1", units), JUDGE_OK);
    assert_int_equal(reject(market, "authority-cn", "s1"), JUDGE_OK);
    const Seam__BlockRecord *block = NULL;
    assert_int_equal(registry_block_at(&block, market->state, &series, 101, &market->arena), OK);
    assert_int_equal(block->frozen.len, HASH_SIZE); /* came back as it was */
    assert_int_equal(propose(market, "s2", units), JUDGE_OK);
    assert_int_equal(approve(market, "authority-cn", "s2"), JUDGE_OK);
    assert_int_equal(reverse(market, "mine", "s2"), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_WINDOW);
    market_check(market);
}

/* An order over a part of what is proposed: the whole surrender is final, or its reversal would
 * free that part. */
static void test_frozen_in_part(void **state)
{
    struct market *market = *state;
    struct hash order = {{2}};
    const struct series series = market_series("CEA", "", YEAR);
    const struct block_range part = {51, 60};
    struct block_pieces pieces;
    market_year(market, "mine-a", YEAR, 1000 * MARKET_T);
    market_issue(market, "h-mine", "CEA", "", YEAR, 100, UNIT_REGISTER);
    assert_int_equal(propose(market, "s1", market_units("CEA", "", YEAR, 100)), JUDGE_OK);
    struct rule_context context = market_context(market, "registrar", ROLE_AUTHORITY);
    assert_int_equal(block_freeze(&context, &series, "h-mine", &part, 1, 10, &order, true, &pieces,
                                  &market->detail),
                     JUDGE_OK);
    assert_int_equal(approve(market, "authority-cn", "s1"), JUDGE_OK);
    assert_int_equal(reverse(market, "mine", "s1"), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_WINDOW);
    market_check(market);
}

/* A year that is met locks the accounts it was met with. */
static void test_lock(void **state)
{
    struct market *market = *state;
    const Seam__AccountLock *lock = NULL;
    market_year(market, "mine-a", YEAR, 1000 * MARKET_T);
    market_issue(market, "h-mine", "CEA", "", YEAR, 3000, UNIT_REGISTER);
    assert_int_equal(propose(market, "s1", market_units("CEA", "", YEAR, 999)), JUDGE_OK);
    assert_int_equal(approve(market, "authority-cn", "s1"), JUDGE_OK);
    assert_int_equal(assurance_lock(&lock, market->state, "mine-a", YEAR, &market->arena),
                     ERR_ABSENT);
    assert_int_equal(propose(market, "s2", market_units("CEA", "", YEAR, 1)), JUDGE_OK);
    assert_int_equal(approve(market, "authority-cn", "s2"), JUDGE_OK);
    assert_int_equal(assurance_lock(&lock, market->state, "mine-a", YEAR, &market->arena), OK);
    assert_int_equal(lock->n_periods, 12);
    /* Another surrender of a locked year is no obstacle. */
    assert_int_equal(propose(market, "s3", market_units("CEA", "", YEAR, 1)), JUDGE_OK);
    assert_int_equal(approve(market, "authority-cn", "s3"), JUDGE_OK);
}

static bool locked(struct market *market)
{
    const Seam__AccountLock *lock = NULL;
    const enum err err = assurance_lock(&lock, market->state, "mine-a", YEAR, &market->arena);
    assert_true(err == OK || err == ERR_ABSENT);
    return err == OK;
}

/* The lock stands while the year is met: a reversal that leaves it short opens it again. */
static void test_lock_follows_the_year(void **state)
{
    struct market *market = *state;
    market_year(market, "mine-a", YEAR, 1000 * MARKET_T);
    market_issue(market, "h-mine", "CEA", "", YEAR, 3000, UNIT_REGISTER);
    assert_int_equal(propose(market, "s1", market_units("CEA", "", YEAR, 999)), JUDGE_OK);
    assert_int_equal(propose(market, "s2", market_units("CEA", "", YEAR, 2)), JUDGE_OK);
    assert_int_equal(propose(market, "s3", market_units("CEA", "", YEAR, 1)), JUDGE_OK);
    assert_int_equal(approve(market, "authority-cn", "s1"), JUDGE_OK);
    assert_int_equal(approve(market, "authority-cn", "s2"), JUDGE_OK);
    const uint64_t met_ms = market->time_ms;
    market->time_ms += MARKET_HOUR;
    assert_int_equal(approve(market, "authority-cn", "s3"), JUDGE_OK);
    assert_true(locked(market));
    assert_int_equal(reverse(market, "mine", "s3"), JUDGE_OK); /* one too many: still met */
    assert_true(locked(market));
    assert_int_equal(view(market).record->met_ms, met_ms);
    assert_int_equal(reverse(market, "mine", "s2"), JUDGE_OK);
    assert_string_equal(status(market), "B");
    assert_false(locked(market));
    assert_int_equal(view(market).record->met_ms, 0);
    assert_int_equal(reverse(market, "mine", "s1"), JUDGE_OK); /* nothing left to open */
    assert_int_equal(propose(market, "s4", market_units("CEA", "", YEAR, 1000)), JUDGE_OK);
    assert_int_equal(approve(market, "authority-cn", "s4"), JUDGE_OK);
    assert_true(locked(market));
    market_check(market);
}

/* [F7] Carried over because the year was met, so it stays met. */
static void test_carried_stays_met(void **state)
{
    struct market *market = *state;
    market_year(market, "mine-a", YEAR, 1000 * MARKET_T);
    market_issue(market, "h-mine", "CEA", "", YEAR, 3000, UNIT_REGISTER);
    assert_int_equal(propose(market, "s1", market_units("CEA", "", YEAR, 1000)), JUDGE_OK);
    assert_int_equal(propose(market, "s2", market_units("CEA", "", YEAR, 1)), JUDGE_OK);
    assert_int_equal(approve(market, "authority-cn", "s1"), JUDGE_OK);
    assert_int_equal(approve(market, "authority-cn", "s2"), JUDGE_OK);
    Seam__Units units = market_units("CEA", "", YEAR, 500);
    Seam__Units *list[] = {&units};
    Seam__CarryOver carry = SEAM__CARRY_OVER__INIT;
    carry.carry = (char *)"c1";
    carry.holding = (char *)"h-mine";
    carry.year = YEAR;
    carry.n_units = 1;
    carry.units = list;
    market_ok(market, "mine", 126, &carry.base);
    assert_int_equal(reverse(market, "mine", "s1"), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_STATE_MACHINE);
    assert_string_equal(market->detail.limit, "500");
    assert_int_equal(reverse(market, "authority-cn", "s1"), JUDGE_NEVER);
    assert_int_equal(reverse(market, "mine", "s2"), JUDGE_OK); /* without it the year is met */
    assert_true(locked(market));
    market_check(market);
}

/* [V17] Credits that were under the cap when they were approved, above it once less is owed. */
static void test_v17_cap_after_a_decision(void **state)
{
    struct market *market = *state;
    market_year(market, "mine-a", YEAR, 10000 * MARKET_T);
    market_issue(market, "h-mine", "CEA", "", YEAR, 3000, UNIT_REGISTER);
    market_issue(market, "h-mine", "CCER", "wind-1", 2024, 500, UNIT_REGISTER);
    assert_int_equal(propose(market, "s1", market_units("CCER", "wind-1", 2024, 500)), JUDGE_OK);
    assert_int_equal(propose(market, "s2", market_units("CEA", "", YEAR, 949)), JUDGE_OK);
    assert_int_equal(approve(market, "authority-cn", "s1"), JUDGE_OK);
    assert_int_equal(approve(market, "authority-cn", "s2"), JUDGE_OK);
    market_year(market, "mine-a", YEAR, 1000 * MARKET_T);
    assert_int_equal(view(market).surrendered, 1449);
    assert_int_equal(view(market).counted, 999); /* 949 and floor(5 % of 1000) */
    assert_int_equal(view(market).gap, 1);
    assert_string_equal(status(market), "B");
    assert_int_equal(propose(market, "s3", market_units("CEA", "", YEAR, 1)), JUDGE_OK);
    assert_string_equal(status(market), "B1");
    assert_int_equal(approve(market, "authority-cn", "s3"), JUDGE_OK);
    assert_string_equal(status(market), "A");
}

/* Accounts that add up to more than can be counted are refused; the node goes on. */
static void test_too_much_to_count(void **state)
{
    struct market *market = *state;
    market_year(market, "mine-a", YEAR, 12 * INT64_C(9000000000000000));
    assert_int_equal(propose(market, "s1", market_units("CEA", "", YEAR, 1)), JUDGE_NEVER);
    assert_int_equal(market->detail.err, ERR_RANGE);
    assert_string_equal(market->detail.field, "year");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MARKET_TEST(test_kssj_8a_obligation_holding_gap),
        MARKET_TEST(test_obligation),
        MARKET_TEST(test_v17_w40_offset_cap),
        MARKET_TEST(test_v18_vintage),
        MARKET_TEST(test_v19_eligible),
        MARKET_TEST(test_refused),
        MARKET_TEST(test_used_once),
        MARKET_TEST(test_v23_reversal),
        MARKET_TEST(test_frozen),
        MARKET_TEST(test_frozen_in_part),
        MARKET_TEST(test_lock),
        MARKET_TEST(test_lock_follows_the_year),
        MARKET_TEST(test_carried_stays_met),
        MARKET_TEST(test_v17_cap_after_a_decision),
        MARKET_TEST(test_too_much_to_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
