/* SPDX-License-Identifier: Apache-2.0 */
/* Every sentence is cut to LINE_SIZE; its numbers are texts of bounded size, ids are at most 64
 * letters long, so that none is cut in fact but where a scheme's own words are very long. */

#include "api/units_text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_SIZE 640

/* A number as text, by value, so that several fit into one sentence. */
struct amount {
    char text[UNITS_AMOUNT_SIZE];
};

void units_text_amount(char out[UNITS_AMOUNT_SIZE], int64_t amount)
{
    char digits[24];
    const uint64_t size = amount < 0 ? (uint64_t)0 - (uint64_t)amount : (uint64_t)amount;
    const int count = snprintf(digits, sizeof digits, "%" PRIu64, size);
    size_t at = 0;
    if (amount < 0) {
        out[at++] = '-';
    }
    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0) {
            out[at++] = ',';
        }
        out[at++] = digits[i];
    }
    assert(at < UNITS_AMOUNT_SIZE);
    out[at] = '\0';
}

void units_text_money(char out[UNITS_AMOUNT_SIZE], int64_t fen)
{
    const uint64_t size = fen < 0 ? (uint64_t)0 - (uint64_t)fen : (uint64_t)fen;
    char whole[UNITS_AMOUNT_SIZE];
    units_text_amount(whole, (int64_t)(size / 100));
    (void)snprintf(out, UNITS_AMOUNT_SIZE, "%s%.27s.%02u", fen < 0 ? "-" : "", whole,
                   (unsigned)(size % 100));
}

static struct amount tonnes_text(int64_t amount)
{
    struct amount out;
    units_text_amount(out.text, amount);
    return out;
}

static struct amount units_count(uint64_t amount)
{
    return tonnes_text((int64_t)amount);
}

static struct amount money_text(int64_t fen)
{
    struct amount out;
    units_text_money(out.text, fen);
    return out;
}

/* 500 basis points are "5", 525 are "5.25". */
static struct amount percent_text(uint32_t bp)
{
    struct amount out;
    if (bp % 100 == 0) {
        (void)snprintf(out.text, sizeof out.text, "%u", bp / 100);
    } else {
        (void)snprintf(out.text, sizeof out.text, "%u.%02u", bp / 100, bp % 100);
    }
    return out;
}

/* One sentence of the list that is open in out. */
__attribute__((format(printf, 2, 3))) static void say(struct json_out *out, const char *format, ...)
{
    char line[LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    json_out_text(out, line);
}

/* --- where a year stands ---------------------------------------------------------------------- */

static const char *deadline_of(const struct compliance *now)
{
    const Seam__SchemeYear *dates = registry_scheme_year(now->scheme, now->record->year);
    return dates != NULL ? dates->surrender_deadline : "";
}

/* Until when, and how long that is yet. */
static void say_deadline(struct json_out *out, const struct compliance *now)
{
    const char *day = deadline_of(now);
    if (day[0] == '\0') {
        say(out, "The scheme names no day by which units of %" PRIu32 " are surrendered.",
            now->record->year);
    } else if (now->overdue) {
        say(out, "They were due by %s: the deadline has passed; units are still taken.", day);
    } else {
        say(out, "They are due by %s: %" PRIu32 " working days are left.", day,
            now->dates.working_days_left);
    }
}

static void say_missing_accounts(struct json_out *out, const struct compliance *now)
{
    const struct obligation *owed = &now->obligation;
    for (size_t i = 0; i < owed->count; i++) {
        const struct obligation_part *part = &owed->parts[i];
        if (part->covered && part->filed < part->periods) {
            say(out, "%.64s has accounts of %" PRIu32 " of its %" PRIu32 " periods.",
                part->facility, part->filed, part->periods);
        }
        if (part->covered && part->verified < part->filed) {
            say(out, "%.64s: %" PRIu32 " of %" PRIu32 " accounts are verified or settled.",
                part->facility, part->verified, part->filed);
        }
    }
}

static void say_short(struct json_out *out, const struct compliance *now, bool inside)
{
    const Seam__ComplianceRecord *record = now->record;
    const int64_t owed = tonnes_value(now->obligation.tonnes);
    const char *status = compliance_status_name(now->status);
    say(out,
        "%s: %s t are owed for %" PRIu32 ", %s t of what was surrendered count: %s t are missing.",
        status, tonnes_text(owed).text, record->year, units_count(now->counted).text,
        units_count(now->gap).text);
    if (now->status == COMPLIANCE_B1 && inside) {
        say(out,
            "%s t of allowances and %s t of credits are proposed and would be enough; the "
            "regulator has not approved them yet.",
            units_count(record->pending_allowances).text,
            units_count(record->pending_offsets).text);
    } else if (now->status == COMPLIANCE_B1) {
        say(out, "What is proposed would be enough; the regulator has not approved it yet.");
    }
    say_deadline(out, now);
}

static void say_status(struct json_out *out, const struct compliance *now, bool inside)
{
    const uint32_t year = now->record->year;
    const int64_t owed = tonnes_value(now->obligation.tonnes);
    switch (now->status) {
    case COMPLIANCE_NOT_APPLICABLE:
        say(out, "Nothing is owed for %" PRIu32 ": no facility of this account is covered.", year);
        return;
    case COMPLIANCE_EXCLUDED:
        say(out,
            "Nothing is owed for %" PRIu32 ": the regulator has excluded this account (%.200s).",
            year, now->record->excluded_reason);
        return;
    case COMPLIANCE_C:
        say(out,
            "C: emissions of %" PRIu32 " are missing or not verified, so that the year cannot be "
            "met yet. By what is known %s t are owed, %s t of what was surrendered count: %s t are "
            "missing.",
            year, tonnes_text(owed).text, units_count(now->counted).text,
            units_count(now->gap).text);
        say_missing_accounts(out, now);
        if (now->gap > 0) {
            say_deadline(out, now);
        }
        return;
    case COMPLIANCE_B:
    case COMPLIANCE_B1:
        say_short(out, now, inside);
        return;
    case COMPLIANCE_A:
        say(out, "A: %s t are owed for %" PRIu32 " and %s t count: the year is met.",
            tonnes_text(owed).text, year, units_count(now->counted).text);
        return;
    case COMPLIANCE_STATUSES:
        break;
    }
    assert(false);
}

static void say_raised(struct json_out *out, const struct compliance *now)
{
    const struct obligation *owed = &now->obligation;
    /* Rounded as what is owed is: once, half up. */
    const int64_t reported = (grams_value(owed->reported) + 500000) / 1000000;
    if (owed->raised) {
        say(out, "%sA decision raised what is owed from %s t, as reported, to %s t.",
            now->alarm ? "ALARM: " : "", tonnes_text(reported).text,
            tonnes_text(tonnes_value(owed->tonnes)).text);
    }
    if (owed->disputed > 0) {
        say(out, "%" PRIu32 " accounts are in dispute: what is owed may change.", owed->disputed);
    }
}

static void say_exposure(struct json_out *out, const struct compliance_answer *answer)
{
    const struct compliance *now = &answer->compliance;
    const char *currency = now->scheme->scheme->currency;
    if (now->gap == 0) {
        return;
    }
    if (!answer->basis.known) {
        say(out, "What the gap could cost is not known: no close was published in the month.");
        return;
    }
    say(out,
        "If it stays: %s t x %s %.8s (mean of %" PRIu32 " closes, %s to %s) x %" PRIu32
        " to %" PRIu32 " = %s to %s %.8s [%s]; disclosed, not decided.",
        units_count(now->gap).text, money_text(answer->basis.fen_per_t).text, currency,
        answer->basis.closes, answer->basis.from, answer->basis.to, penalty_decree_775.times_min,
        penalty_decree_775.times_max, money_text(answer->exposure.low_fen).text,
        money_text(answer->exposure.high_fen).text, currency, answer->exposure.rule);
}

void units_text_compliance(struct json_out *out, const struct compliance_answer *answer,
                           bool inside)
{
    const struct compliance *now = &answer->compliance;
    json_out_field_array(out, "explanation");
    say_status(out, now, inside);
    if (now->counted < now->surrendered) {
        say(out,
            "Of %s t that were surrendered %s t count: credits count up to %s %% of what is owed, "
            "%s t.",
            units_count(now->surrendered).text, units_count(now->counted).text,
            percent_text(now->scheme->scheme->offset_cap_bp).text,
            tonnes_text(tonnes_value(now->offset_cap)).text);
    }
    say_raised(out, now);
    if (inside) {
        say_exposure(out, answer);
    }
    json_out_end(out);
}

/* --- the plan --------------------------------------------------------------------------------- */

static void say_reason(struct json_out *out, const struct plan_reason *reason, const char *currency)
{
    const struct amount a = tonnes_text(reason->a);
    const struct amount b = tonnes_text(reason->b);
    const struct amount price = money_text(reason->b);
    char line[LINE_SIZE] = "";
    switch (reason->why) {
    case PLAN_COVERED:
        (void)snprintf(line, sizeof line, "The year is met: nothing more is needed.");
        break;
    case PLAN_OFFSETS_CHEAPER:
        (void)snprintf(line, sizeof line,
                       "A credit costs %s %.8s, an allowance is worth %s %.8s: credits first.",
                       money_text(reason->a).text, currency, price.text, currency);
        break;
    case PLAN_OFFSETS_DEARER:
        (void)snprintf(line, sizeof line,
                       "A credit costs %s %.8s, not less than an allowance's %s %.8s: no credits.",
                       money_text(reason->a).text, currency, price.text, currency);
        break;
    case PLAN_CAP_REACHED:
        (void)snprintf(line, sizeof line, "Credits end at their cap: %s t of %s t.", a.text,
                       b.text);
        break;
    case PLAN_NO_OFFSETS:
        (void)snprintf(line, sizeof line, "The scheme takes no credits.");
        break;
    case PLAN_OLDEST_FIRST:
        (void)snprintf(line, sizeof line,
                       "%s t of own allowances, from vintage %" PRId64
                       " on: the oldest lapse first.",
                       a.text, reason->b);
        break;
    case PLAN_BUY_ALLOWANCES:
        (void)snprintf(line, sizeof line, "%s t of allowances are short: bought at %s %.8s each.",
                       a.text, price.text, currency);
        break;
    case PLAN_BUY_OFFSETS:
        (void)snprintf(line, sizeof line,
                       "%s t of credits beyond the own ones: bought at %s %.8s each.", a.text,
                       price.text, currency);
        break;
    case PLAN_CARRY:
        (void)snprintf(line, sizeof line, "%s t are carried over, of at most %s t.", a.text,
                       b.text);
        break;
    case PLAN_SELL:
        (void)snprintf(line, sizeof line,
                       "%s t are sold at %s %.8s each: kept, they would lapse or be worth less.",
                       a.text, price.text, currency);
        break;
    case PLAN_NO_CARRY:
        (void)snprintf(line, sizeof line, "%s t cannot be carried over in this scheme.", a.text);
        break;
    }
    json_out_object(out);
    json_out_field_text(out, "why", plan_why_name(reason->why));
    json_out_field_int(out, "a", reason->a);
    json_out_field_int(out, "b", reason->b);
    json_out_field_text(out, "text", line);
    json_out_end(out);
}

static void say_need(struct json_out *out, const struct plan_answer *answer)
{
    const Seam__ComplianceRecord *record = answer->now.compliance.record;
    const struct plan *plan = &answer->plan;
    say(out,
        "%" PRIu32 ": %s t are needed. Obligation %s t, of which %s t are forecast; %s t are "
        "surrendered or proposed and count.",
        record->year, tonnes_text(plan->need_t).text, tonnes_text(answer->forecast_t).text,
        tonnes_text(answer->forecast_t - answer->so_far_t).text,
        tonnes_text(answer->forecast_t - plan->need_t).text);
}

static void say_mix(struct json_out *out, const struct plan_answer *answer)
{
    const struct plan *plan = &answer->plan;
    const char *currency = answer->now.compliance.scheme->scheme->currency;
    say(out,
        "Use %s t of own allowances and %s t of own credits; buy %s t of allowances and %s t "
        "of credits; sell %s t; carry over %s t.",
        tonnes_text(plan->own_allowances_t).text, tonnes_text(plan->own_offsets_t).text,
        tonnes_text(plan->buy_allowances_t).text, tonnes_text(plan->buy_offsets_t).text,
        tonnes_text(plan->sell_allowances_t).text, tonnes_text(plan->carry_t).text);
    say(out, "To pay: %s %.8s; to receive: %s %.8s, at %s %.8s an allowance and %s %.8s a credit.",
        money_text(plan->pay_fen).text, currency, money_text(plan->receive_fen).text, currency,
        money_text(answer->prices.allowance_fen).text, currency,
        money_text(answer->prices.offset_fen).text, currency);
    say(out,
        "In all %s %.8s, own credits and what is carried over at these prices; below zero is a "
        "gain.",
        money_text(plan->cost_fen).text, currency);
    if (plan->without_offsets_fen != plan->cost_fen) {
        say(out, "Without any credit it would be %s %.8s.",
            money_text(plan->without_offsets_fen).text, currency);
    }
}

/* One unit sold less would lower the limit below what is kept. */
static bool carry_binds(const struct plan_answer *answer)
{
    const struct plan *plan = &answer->plan;
    const Seam__SchemeSet *scheme = answer->now.compliance.scheme->scheme;
    const int64_t den = scheme->carry_ratio_den;
    const int64_t step = den > 0 ? (scheme->carry_ratio_num + den - 1) / den : 0;
    return answer->carry && plan->sell_allowances_t > 0 &&
           plan->carry_t + 1 > plan->carry_limit_t - step;
}

/* What would change the plan if it were wider. */
static void say_limits(struct json_out *out, const struct plan_answer *answer)
{
    const struct plan *plan = &answer->plan;
    const Seam__SchemeSet *scheme = answer->now.compliance.scheme->scheme;
    const int64_t offsets = plan->own_offsets_t + plan->buy_offsets_t;
    bool binds = false;
    if (offsets > 0 && offsets == plan->cap_left_t && offsets < plan->need_t) {
        say(out, "Binding: the cap of credits, %s %% of the obligation = %s t.",
            percent_text(scheme->offset_cap_bp).text, tonnes_text(plan->cap_t).text);
        binds = true;
    }
    if (carry_binds(answer)) {
        say(out,
            "Binding: the carry-over limit, %s t after the sale (base %s t and %" PRIu32 "/%" PRIu32
            " of net sales; sold %s t, bought %s t so far).",
            tonnes_text(plan->carry_limit_t).text, units_count(scheme->carry_base_t).text,
            scheme->carry_ratio_num, scheme->carry_ratio_den, units_count(answer->sold).text,
            units_count(answer->bought).text);
        binds = true;
    }
    if (plan->buy_allowances_t > 0) {
        say(out, "Binding: own allowances end %s t short of what is needed.",
            tonnes_text(plan->buy_allowances_t).text);
        binds = true;
    }
    if (!binds) {
        say(out, "No limit binds.");
    }
}

void units_text_plan(struct json_out *out, const struct plan_answer *answer)
{
    json_out_field_array(out, "summary");
    say_need(out, answer);
    say_mix(out, answer);
    say_limits(out, answer);
    json_out_end(out);
    json_out_field_array(out, "reasons");
    for (size_t i = 0; i < answer->plan.reason_count; i++) {
        say_reason(out, &answer->plan.reasons[i], answer->now.compliance.scheme->scheme->currency);
    }
    json_out_end(out);
}

/* --- two registries --------------------------------------------------------------------------- */

void units_text_difference(struct json_out *out, const struct reconcile_difference *difference)
{
    char line[LINE_SIZE] = "";
    const struct amount count = units_count(difference->end - difference->start + 1);
    const char *here = difference->account_here;
    const char *there = difference->account_there;
    switch (difference->kind) {
    case RECONCILE_ABSENT_HERE:
        (void)snprintf(line, sizeof line,
                       "%s units: there in account %.64s as %.32s, not in this registry.",
                       count.text, there, difference->state_there);
        break;
    case RECONCILE_ABSENT_THERE:
        (void)snprintf(line, sizeof line,
                       "%s units: here in account %.64s as %s, not in the other's list.",
                       count.text, here, difference->state_here);
        break;
    case RECONCILE_ACCOUNT:
        (void)snprintf(line, sizeof line,
                       "%s units: here in account %.64s as %s, there in account %.64s as %.32s.",
                       count.text, here, difference->state_here, there, difference->state_there);
        break;
    case RECONCILE_STATE:
        (void)snprintf(line, sizeof line, "%s units of account %.64s: here %s, there %.32s.",
                       count.text, here, difference->state_here, difference->state_there);
        break;
    case RECONCILE_TWICE:
        (void)snprintf(line, sizeof line,
                       "%s units: the other's list names them twice (account %.64s, row %" PRIu32
                       ").",
                       count.text, there, difference->row);
        break;
    }
    json_out_field_text(out, "text", line);
}
