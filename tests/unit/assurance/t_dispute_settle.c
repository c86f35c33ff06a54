/* SPDX-License-Identifier: Apache-2.0 */
/* Line by line [KSSJ 7.2.2b]: what a claim may be about, and how decided values of lines become the
 * settled totals, category by category, to the gram. The account is a calculated one. */

#include "ledger/accounting/account.h"
#include "ledger/assurance/dispute_settle.h"
#include "tests/unit/assurance/case.h"

static const char file_text[] =
    "{\"facility\":\"mine-a\",\"kind\":\"UG\",\"period\":\"2026-07\","
    "\"parameter_set\":\"CN-NDRC-COAL-2014\",\"gwp\":\"IPCC-SAR-100\",\"boundary\":\"1\","
    "\"lines\":["
    "{\"code\":\"L_FUEL\",\"source\":\"boiler-1\",\"fuel\":\"bituminous\","
    "\"ad\":{\"value\":\"482\",\"unit\":\"t\"},\"origin\":\"INVOICED\"},"
    "{\"code\":\"L_FUEL\",\"source\":\"boiler-2\",\"fuel\":\"bituminous\","
    "\"ad\":{\"value\":\"60\",\"unit\":\"t\"},\"origin\":\"INVOICED\"},"
    "{\"code\":\"L_HEAT\",\"source\":\"district\",\"heat\":{\"value\":\"1450\",\"unit\":\"GJ\"},"
    "\"origin\":\"INVOICED\"}]}";

#define BOILER "L_FUEL", "boiler-1", "bituminous"
#define ADDED "L_FUEL", "aux-boiler", "bituminous" /* which only the verifier has */
#define HEAT "L_HEAT", "district", ""
#define EFFECT (7 * CASE_TONNE + 1)
#define MISSING (5 * CASE_TONNE + 3)

struct bench {
    struct world *world;
    struct account_draft draft;
    Seam__CategoryTotals verified;
};

static int64_t line_g(const struct bench *bench, const char *source)
{
    const Seam__CalculationResult *result = bench->draft.result;
    for (size_t i = 0; i < result->n_lines; i++) {
        if (strcmp(result->lines[i]->source, source) == 0) {
            return result->lines[i]->co2e_g;
        }
    }
    fail_msg("no line %s", source);
    return 0;
}

static void put_set(struct world *world, const struct set *set)
{
    Seam__ParameterSetRecord record = SEAM__PARAMETER_SET_RECORD__INIT;
    record.id = set->message->id;
    record.version = 1;
    record.hash = case_data(&set->hash);
    record.parameter_set.data = (uint8_t *)(uintptr_t)set->bytes.data;
    record.parameter_set.len = set->bytes.size;
    struct state_key key = state_key_named(KEY_PARAMETER_SET, record.id);
    state_key_u32(&key, 1);
    case_put(world, &key, &record.base);
    Seam__ParameterSetName name = SEAM__PARAMETER_SET_NAME__INIT;
    name.id = record.id;
    name.version = 1;
    key = state_key_of(KEY_PARAMETER_SET_HASH);
    state_key_hash(&key, &set->hash);
    case_put(world, &key, &name.base);
}

static void put_account(struct bench *bench)
{
    static const uint8_t secret[ACCOUNT_SECRET_SIZE] = {3};
    struct world *world = bench->world;
    const Seam__CalculationFile *file = NULL;
    struct errors errors;
    struct set set;
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    assert_int_equal(set_load(&set, "CN-NDRC-COAL-2014", &world->arena, &errors), OK);
    assert_int_equal(calc_file_read(&file, bytes_text(file_text), &world->arena, &errors), OK);
    assert_int_equal(
        account_build(&bench->draft, file, &set, 1, NULL, secret, &world->arena, &errors), OK);
    put_set(world, &set);
    world->account_hash = bench->draft.hash;
    Seam__AccountRecord record = SEAM__ACCOUNT_RECORD__INIT;
    record.account.data = (uint8_t *)(uintptr_t)bench->draft.payload.data;
    record.account.len = bench->draft.payload.size;
    record.account_hash = case_data(&world->account_hash);
    record.organisation = (char *)"mine";
    struct state_key key;
    assert_true(view_account_version_key(&key, "mine-a", "2026-07", 1));
    case_put(world, &key, &record.base);
    Seam__AccountHead head = SEAM__ACCOUNT_HEAD__INIT;
    head.facility = (char *)"mine-a";
    head.period = (char *)"2026-07";
    head.version = 1;
    head.account_hash = record.account_hash;
    head.state = (char *)"VALUE";
    assert_true(view_account_key(&key, "mine-a", "2026-07"));
    case_put(world, &key, &head.base);
}

static void put_finding(struct world *world, uint32_t number, const char *kind, const char *code,
                        const char *source, const char *detail, int64_t effect_g)
{
    Seam__FindingRaise raise = SEAM__FINDING_RAISE__INIT;
    raise.engagement = (char *)"eng-1";
    raise.number = number;
    raise.kind = (char *)(uintptr_t)kind;
    raise.facility = (char *)"mine-a";
    raise.period = (char *)"2026-07";
    raise.version = 1;
    raise.category = (char *)"SCOPE1";
    raise.code = (char *)(uintptr_t)code;
    raise.source = (char *)(uintptr_t)source;
    raise.detail = (char *)(uintptr_t)detail;
    Seam__FindingRecord record = SEAM__FINDING_RECORD__INIT;
    record.raise = &raise;
    record.effect_g = effect_g;
    struct state_key key = state_key_of(KEY_FINDING);
    state_key_id(&key, KEY_ENGAGEMENT, "eng-1");
    state_key_u32(&key, number);
    case_put(world, &key, &record.base);
}

/* The verifier found more in boiler-1 and a boiler that the account has not. */
static void put_opinion(struct bench *bench)
{
    struct world *world = bench->world;
    const Seam__Account *account = bench->draft.account;
    put_finding(world, 1, "ERROR", BOILER, EFFECT);
    put_finding(world, 2, "OMISSION", ADDED, MISSING);
    put_finding(world, 3, "COMMENT", "L_FUEL", "boiler-9", "bituminous", 0);
    Seam__EngagementRecord engagement = SEAM__ENGAGEMENT_RECORD__INIT;
    engagement.engagement = (char *)"eng-1";
    engagement.findings = 3;
    struct state_key key = state_key_named(KEY_ENGAGEMENT, "eng-1");
    case_put(world, &key, &engagement.base);
    seam__category_totals__init(&bench->verified);
    bench->verified.scope1_g = account->scope1_g + EFFECT + MISSING;
    bench->verified.scope2_g = account->scope2_g;
    bench->verified.sinks_g = account->sinks_g;
    bench->verified.information_g = account->information_g;
    bench->verified.gross_g = account->gross_g + EFFECT + MISSING;
    bench->verified.net_g = account->net_g + EFFECT + MISSING;
    Seam__OpinionHead head = SEAM__OPINION_HEAD__INIT;
    head.facility = (char *)"mine-a";
    head.period = (char *)"2026-07";
    head.version = 1;
    head.opinion = (char *)"op-1";
    head.counts = true;
    head.verified = &bench->verified;
    head.time_ms = case_time(CASE_OPINION);
    assert_true(record_key_period(&key, KEY_OPINION_HEAD, "mine-a", "2026-07"));
    case_put(world, &key, &head.base);
    Seam__OpinionIssue issue = SEAM__OPINION_ISSUE__INIT;
    issue.opinion = (char *)"op-1";
    issue.engagement = (char *)"eng-1";
    Seam__OpinionRecord record = SEAM__OPINION_RECORD__INIT;
    record.issue = &issue;
    record.verifier = (char *)"verifier";
    record.client = (char *)"mine";
    record.time_ms = head.time_ms;
    key = record_key(KEY_OPINION, "op-1");
    case_put(world, &key, &record.base);
}

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    assert_int_equal(case_setup((void **)&bench->world), 0);
    put_account(bench);
    put_opinion(bench);
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    assert_int_equal(case_teardown((void **)&bench->world), 0);
    free(bench);
    return 0;
}

/* --- making them ------------------------------------------------------------------------------*/

struct item {
    const char *code;
    const char *source;
    const char *detail;
    const char *category;
    int64_t reported_g;
    int64_t stated_g;
    int64_t claimed_g;
};

static struct item boiler(const struct bench *bench)
{
    const int64_t reported = line_g(bench, "boiler-1");
    return (struct item){BOILER, "SCOPE1", reported, reported + EFFECT, reported};
}

static struct item added(void)
{
    return (struct item){ADDED, "SCOPE1", 0, MISSING, 0};
}

static struct item heat(const struct bench *bench)
{
    const int64_t reported = line_g(bench, "district");
    return (struct item){HEAT, "SCOPE2", reported, reported, reported - 10};
}

static struct item total(const struct bench *bench)
{
    return (struct item){"",
                         "",
                         "",
                         "SCOPE1",
                         bench->draft.account->scope1_g,
                         bench->verified.scope1_g,
                         bench->verified.scope1_g - 5};
}

static void attach(const struct bench *bench, Seam__DisputeLines *lines)
{
    lines->account.data = (uint8_t *)(uintptr_t)bench->draft.detached.data;
    lines->account.len = bench->draft.detached.size;
}

static Seam__DisputeLines *claims_of(struct bench *bench, const struct item *items, size_t count)
{
    struct world *world = bench->world;
    Seam__DisputeLines *lines = case_lines(world);
    for (size_t i = 0; i < count; i++) {
        Seam__DisputeClaim claim = SEAM__DISPUTE_CLAIM__INIT;
        claim.code = (char *)(uintptr_t)items[i].code;
        claim.source = (char *)(uintptr_t)items[i].source;
        claim.detail = (char *)(uintptr_t)items[i].detail;
        claim.category = (char *)(uintptr_t)items[i].category;
        claim.reported_g = items[i].reported_g;
        claim.stated_g = items[i].stated_g;
        claim.claimed_g = items[i].claimed_g;
        claim.reason = (char *)"sold, not burnt";
        case_leaf(world, lines, &claim.base);
    }
    attach(bench, lines);
    return lines;
}

static enum judgement open_with(struct bench *bench, Seam__DisputeLines *lines,
                                const struct item *items, size_t count)
{
    struct world *world = bench->world;
    Seam__DisputeLines *unused = NULL;
    Seam__DisputeOpen *open = case_opening(world, "d-1", &unused);
    open->claim_count = (uint32_t)count;
    open->claims_root = case_root(world, TAG_DISPUTE_CLAIM, lines);
    open->disputed_g = 0;
    for (size_t i = 0; i < count; i++) {
        open->disputed_g += llabs(items[i].claimed_g - items[i].stated_g);
    }
    return case_send(world, "mine", "DISPUTE_OPEN", &open->base, &lines->base);
}

static enum judgement open_items(struct bench *bench, const struct item *items, size_t count)
{
    return open_with(bench, claims_of(bench, items, count), items, count);
}

struct verdict_line {
    const char *outcome;
    int64_t value_g;
    int64_t change_g;
};

/* Decides d-1, whose claims are items. decided: what the totals are said to be. */
static enum judgement decide_with(struct bench *bench, const struct item *items,
                                  const struct verdict_line *verdicts, size_t count,
                                  Seam__CategoryTotals *decided, Seam__EffectOrder *effect)
{
    struct world *world = bench->world;
    Seam__DisputeLines *claims = claims_of(bench, items, count);
    Seam__DisputeLines *lines = case_lines(world);
    Seam__DisputeDecide decide = SEAM__DISPUTE_DECIDE__INIT;
    lines->claims = claims->lines;
    lines->n_claims = count;
    for (size_t i = 0; i < count; i++) {
        Seam__DecisionLine line = SEAM__DECISION_LINE__INIT;
        line.claim = (uint32_t)i + 1;
        line.outcome = (char *)(uintptr_t)verdicts[i].outcome;
        line.value_g = verdicts[i].value_g;
        line.change_g = verdicts[i].change_g;
        line.reason = (char *)"as the invoices show";
        case_leaf(world, lines, &line.base);
    }
    decide.dispute = (char *)"d-1";
    decide.decision = 1;
    decide.line_count = (uint32_t)count;
    decide.lines_root = case_root(world, TAG_DECISION_LINE, lines);
    decide.decided = decided;
    decide.reason = (char *)"read";
    decide.effects = &effect;
    decide.n_effects = effect != NULL ? 1 : 0;
    return case_send(world, "regulator", "DISPUTE_DECIDE", &decide.base, &lines->base);
}

static Seam__CategoryTotals changed(const struct bench *bench, int64_t scope1, int64_t scope2)
{
    Seam__CategoryTotals out = bench->verified;
    out.scope1_g += scope1;
    out.scope2_g += scope2;
    out.gross_g += scope1 + scope2;
    out.net_g += scope1 + scope2;
    return out;
}

/* --- what a claim may be about ----------------------------------------------------------------*/

static void lines_of_account_and_findings(void **state)
{
    struct bench *bench = *state;
    struct world *world = bench->world;
    const struct item items[] = {boiler(bench), added(), heat(bench), total(bench)};
    assert_ok(open_items(bench, items, 4));
}

static void a_line_not_in_the_account_is_refused(void **state)
{
    struct bench *bench = *state;
    struct world *world = bench->world;
    struct item item = boiler(bench);
    item.source = "boiler-7";
    assert_refused(open_items(bench, &item, 1), JUDGE_NEVER, ERR_ABSENT, "lines[0].code");
    item.source = "boiler-9"; /* which a finding without effect names */
    assert_refused(open_items(bench, &item, 1), JUDGE_NEVER, ERR_ABSENT, "lines[0].code");
    item = boiler(bench);
    item.code = ""; /* a source without a code is nothing */
    assert_refused(open_items(bench, &item, 1), JUDGE_NEVER, ERR_ABSENT, "lines[0].code");
}

static void the_lines_are_those_that_were_anchored(void **state)
{
    struct bench *bench = *state;
    struct world *world = bench->world;
    const struct item item = boiler(bench);
    Seam__DisputeLines *lines = claims_of(bench, &item, 1);
    lines->account.len = 0;
    assert_refused(open_with(bench, lines, &item, 1), JUDGE_NEVER, ERR_MISSING, "account");
    /* Another amount of coal in the line: the root is not the account's. */
    for (size_t at = 0; at < bench->draft.detached.size; at++) {
        uint8_t *copy = case_alloc(world, bench->draft.detached.size);
        memcpy(copy, bench->draft.detached.data, bench->draft.detached.size);
        copy[at] ^= 1;
        lines = claims_of(bench, &item, 1);
        lines->account.data = copy;
        assert_int_equal(open_with(bench, lines, &item, 1), JUDGE_NEVER);
        assert_string_equal(world->detail.field, "account");
    }
}

static void amounts_are_those_of_account_and_findings(void **state)
{
    struct bench *bench = *state;
    struct world *world = bench->world;
    char limit[32];
    struct item item = boiler(bench);
    item.stated_g--;
    assert_refused(open_items(bench, &item, 1), JUDGE_NEVER, ERR_TOTAL, "lines[0].stated_g");
    snprintf(limit, sizeof limit, "%lld", (long long)item.stated_g + 1);
    assert_string_equal(world->detail.limit, limit);
    item = boiler(bench);
    item.reported_g++;
    assert_refused(open_items(bench, &item, 1), JUDGE_NEVER, ERR_TOTAL, "lines[0].reported_g");
    item = boiler(bench);
    item.category = "SCOPE2";
    assert_refused(open_items(bench, &item, 1), JUDGE_NEVER, ERR_ENUM, "lines[0].category");
    item = total(bench);
    item.category = "GROSS";
    assert_refused(open_items(bench, &item, 1), JUDGE_NEVER, ERR_ENUM, "lines[0].category");
    item = total(bench);
    item.stated_g = item.reported_g;
    assert_refused(open_items(bench, &item, 1), JUDGE_NEVER, ERR_TOTAL, "lines[0].stated_g");
    item = added();
    item.reported_g = 1; /* of a line that the account has not */
    assert_refused(open_items(bench, &item, 1), JUDGE_NEVER, ERR_TOTAL, "lines[0].reported_g");
}

/* --- from lines to totals ---------------------------------------------------------------------*/

static void decided_line_by_line(void **state)
{
    struct bench *bench = *state;
    struct world *world = bench->world;
    const struct item items[] = {boiler(bench), added(), heat(bench)};
    assert_ok(open_items(bench, items, 3));
    const struct verdict_line verdicts[] = {
        {"THIRD_VALUE", items[0].reported_g + 2, 2 - EFFECT},
        {"CONFIRM_VERIFIED", MISSING, 0},
        {"THIRD_VALUE", items[2].reported_g - 4, -4},
    };
    Seam__CategoryTotals decided = changed(bench, 2 - EFFECT, -4);
    assert_ok(decide_with(bench, items, verdicts, 3, &decided, NULL));
    const Seam__DisputeRecord *record = case_record(world, "d-1");
    assert_int_equal(record->decisions[0]->totals->scope1_g,
                     bench->draft.account->scope1_g + MISSING + 2);
    assert_int_equal(record->decisions[0]->totals->net_g, decided.net_g);
}

/* Only what is contested goes back to what was reported; the other finding stands. */
static void confirming_some_lines_leaves_the_others(void **state)
{
    struct bench *bench = *state;
    struct world *world = bench->world;
    const struct item item = boiler(bench);
    assert_ok(open_items(bench, &item, 1));
    const struct verdict_line verdict = {"CONFIRM_REPORTED", item.reported_g, -EFFECT};
    Seam__CategoryTotals decided = changed(bench, -EFFECT - MISSING, 0);
    assert_refused(decide_with(bench, &item, &verdict, 1, &decided, NULL), JUDGE_NEVER, ERR_TOTAL,
                   "decided.scope1_g");
    decided = changed(bench, -EFFECT, 0);
    assert_ok(decide_with(bench, &item, &verdict, 1, &decided, NULL));
}

static void sums_are_held_by_category(void **state)
{
    struct bench *bench = *state;
    struct world *world = bench->world;
    const struct item items[] = {boiler(bench), heat(bench)};
    assert_ok(open_items(bench, items, 2));
    struct verdict_line verdicts[] = {{"THIRD_VALUE", items[0].stated_g - 9, -9},
                                      {"THIRD_VALUE", items[1].stated_g + 9, 9}};
    Seam__CategoryTotals decided = changed(bench, 0, 0); /* the net is right, its parts are not */
    assert_refused(decide_with(bench, items, verdicts, 2, &decided, NULL), JUDGE_NEVER, ERR_TOTAL,
                   "decided.scope1_g");
    decided = changed(bench, -9, 9);
    verdicts[0].change_g = -8;
    assert_refused(decide_with(bench, items, verdicts, 2, &decided, NULL), JUDGE_NEVER, ERR_TOTAL,
                   "lines[0].change_g");
    assert_string_equal(world->detail.limit, "-9");
    verdicts[0].change_g = -9;
    verdicts[1].outcome = "CONFIRM_VERIFIED";
    assert_refused(decide_with(bench, items, verdicts, 2, &decided, NULL), JUDGE_NEVER, ERR_TOTAL,
                   "lines[1].value_g");
    verdicts[1].outcome = "THIRD_VALUE";
    assert_ok(decide_with(bench, items, verdicts, 2, &decided, NULL));
}

/* A total is what it was decided to be; what its lines do not explain is its own change. */
static void a_total_holds_its_lines(void **state)
{
    struct bench *bench = *state;
    struct world *world = bench->world;
    const struct item items[] = {total(bench), boiler(bench)};
    assert_ok(open_items(bench, items, 2));
    struct verdict_line verdicts[] = {{"THIRD_VALUE", items[0].stated_g - 100, -100},
                                      {"THIRD_VALUE", items[1].stated_g - 30, -30}};
    Seam__CategoryTotals decided = changed(bench, -130, 0);
    assert_refused(decide_with(bench, items, verdicts, 2, &decided, NULL), JUDGE_NEVER, ERR_TOTAL,
                   "lines[0].change_g");
    assert_string_equal(world->detail.limit, "-70");
    verdicts[0].change_g = -70;
    decided = changed(bench, -100, 0);
    assert_ok(decide_with(bench, items, verdicts, 2, &decided, NULL));
}

static void claims_are_shown_as_they_were_made(void **state)
{
    struct bench *bench = *state;
    struct world *world = bench->world;
    const struct item items[] = {boiler(bench), added()};
    assert_ok(open_items(bench, items, 2));
    struct item other[] = {boiler(bench), added()};
    other[1].stated_g = 0; /* so that confirming it would cost nothing */
    const struct verdict_line verdicts[] = {{"CONFIRM_VERIFIED", items[0].stated_g, 0},
                                            {"CONFIRM_VERIFIED", 0, 0}};
    Seam__CategoryTotals decided = changed(bench, 0, 0);
    assert_refused(decide_with(bench, other, verdicts, 2, &decided, NULL), JUDGE_NEVER, ERR_TOTAL,
                   "claims");
}

static void an_effect_is_about_its_line(void **state)
{
    struct bench *bench = *state;
    struct world *world = bench->world;
    const struct item items[] = {boiler(bench), added()};
    assert_ok(open_items(bench, items, 2));
    const struct verdict_line verdicts[] = {{"CONFIRM_VERIFIED", items[0].stated_g, 0},
                                            {"CONFIRM_VERIFIED", MISSING, 0}};
    Seam__CategoryTotals decided = changed(bench, 0, 0);
    Seam__EffectOrder order = SEAM__EFFECT_ORDER__INIT;
    order.claim = 2;
    order.kind = (char *)"RECOVER";
    order.decided_g = decided.net_g;
    order.used_g = decided.net_g - 5 * CASE_TONNE;
    order.rate = (char *)"1";
    order.tonnes = 5;
    order.year = 2026;
    assert_refused(decide_with(bench, items, verdicts, 2, &decided, &order), JUDGE_NEVER, ERR_TOTAL,
                   "effects[0].decided_g");
    order.decided_g = MISSING;
    order.used_g = 0;
    assert_ok(decide_with(bench, items, verdicts, 2, &decided, &order));
}

/* --- sums, at random --------------------------------------------------------------------------*/

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(seed >> 33) % below;
}

static void parts_always_sum_to_the_totals(void **state)
{
    (void)state;
    static const char *const categories[] = {"SCOPE1", "SCOPE2", "SINK", "INFORMATION"};
    for (uint64_t run = 0; run < 10000; run++) {
        Seam__DisputeClaim claims[12];
        const Seam__DisputeClaim *list[12];
        char sources[12][8];
        int64_t values[12];
        seed = 20261122 + run;
        const size_t count = 1 + draw(12);
        for (size_t i = 0; i < count; i++) {
            seam__dispute_claim__init(&claims[i]);
            snprintf(sources[i], sizeof sources[i], "s%u", draw(6));
            if (draw(4) != 0) {
                claims[i].code = (char *)"L_FUEL";
                claims[i].source = sources[i];
            }
            claims[i].category = (char *)(uintptr_t)categories[draw(4)];
            claims[i].stated_g = (int64_t)draw(2000000) - 1000000;
            values[i] = (int64_t)draw(2000000) - 1000000;
            for (size_t k = 0; k < i; k++) {
                if (dispute_subject_same(&claims[k], &claims[i])) {
                    claims[i] = claims[k];
                    values[i] = values[k];
                    break;
                }
            }
            list[i] = &claims[i];
        }
        struct dispute_settled settled;
        size_t at = 0;
        assert_true(dispute_settle(&settled, &at, list, values, count));
        int64_t sums[DISPUTE_CATEGORIES] = {0};
        for (size_t i = 0; i < count; i++) {
            sums[dispute_category_of(claims[i].category)] += settled.change_g[i];
        }
        for (size_t i = 0; i < DISPUTE_CATEGORIES; i++) {
            if (sums[i] != settled.category_g[i]) {
                fail_msg("seed %llu", (unsigned long long)(20261122 + run));
            }
        }
        for (size_t i = 0; i < count; i++) { /* a decided total is the total */
            const enum dispute_category category = dispute_category_of(claims[i].category);
            if (claims[i].code[0] == '\0') {
                assert_int_equal(claims[i].stated_g + sums[category], values[i]);
            }
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(lines_of_account_and_findings),
        TEST(a_line_not_in_the_account_is_refused),
        TEST(the_lines_are_those_that_were_anchored),
        TEST(amounts_are_those_of_account_and_findings),
        TEST(decided_line_by_line),
        TEST(confirming_some_lines_leaves_the_others),
        TEST(sums_are_held_by_category),
        TEST(a_total_holds_its_lines),
        TEST(claims_are_shown_as_they_were_made),
        TEST(an_effect_is_about_its_line),
        cmocka_unit_test(parts_always_sum_to_the_totals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
