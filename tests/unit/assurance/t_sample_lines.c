/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of accounts as a population [KSSJ 6.2c]: not stated but calculated again by every
 * validator from what is anchored; what was drawn is examined item by item; an opinion that gives a
 * value rests on it. The accounts here are calculated ones. */
#include "tests/unit/assurance/network.h"

#include "ledger/accounting/account.h"
#include "ledger/assurance/sample_scope.h"

#include <stdlib.h>

#define LINES 9 /* of the sample file, in each of the two months */

struct lines {
    struct network *network;
    Seam__AccountLines *months[2];
    Seam__AccountLines *accounts[2];
};

/* A published set, so that everybody can calculate. */
static void set_publish(struct world *world, const struct set *set)
{
    Seam__ParameterSetRecord record = SEAM__PARAMETER_SET_RECORD__INIT;
    record.id = set->message->id;
    record.version = set->message->version;
    record.hash = record_data(&set->hash);
    record.parameter_set = (ProtobufCBinaryData){.len = set->bytes.size,
                                                 .data = (uint8_t *)(uintptr_t)set->bytes.data};
    struct state_key key = state_key_named(KEY_PARAMETER_SET, set->message->id);
    state_key_u32(&key, set->message->version);
    world_put(world, &key, &record.base);
    Seam__ParameterSetName name = SEAM__PARAMETER_SET_NAME__INIT;
    name.id = set->message->id;
    name.version = set->message->version;
    key = state_key_of(KEY_PARAMETER_SET_HASH);
    state_key_hash(&key, &set->hash);
    world_put(world, &key, &name.base);
}

static Seam__AccountLines *month_file(struct world *world, const char *period, uint32_t version)
{
    static const uint8_t secret[ACCOUNT_SECRET_SIZE] = {3, 1, 4};
    static char text[64 * 1024];
    const Seam__CalculationFile *file = NULL;
    struct account_draft draft;
    struct errors errors;
    struct set set;
    FILE *in = fopen(SEAM_SOURCE_DIR "/genesis/samples/04-mine-a-2026-09.json", "rb");
    assert_non_null(in);
    const size_t size = fread(text, 1, sizeof text, in);
    fclose(in);
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    assert_int_equal(calc_file_read(&file, bytes_of(text, size), &world->arena, &errors), OK);
    ((Seam__CalculationFile *)(uintptr_t)file)->period = (char *)(uintptr_t)period;
    ((Seam__CalculationFile *)(uintptr_t)file)->reason = (char *)(uintptr_t) "typing";
    ((Seam__CalculationFile *)(uintptr_t)file)->reason_code = (char *)(uintptr_t) "TYPING";
    ((Seam__CalculationFile *)(uintptr_t)file)->discovered_by = (char *)(uintptr_t) "OPERATOR";
    assert_int_equal(set_load(&set, file->parameter_set, &world->arena, &errors), OK);
    set_publish(world, &set);
    const struct hash before = {{1}};
    assert_int_equal(
        account_build(&draft, file, &set, version, &before, secret, &world->arena, &errors), OK);
    Seam__AccountRecord record = SEAM__ACCOUNT_RECORD__INIT;
    Seam__AccountHead head = SEAM__ACCOUNT_HEAD__INIT;
    struct state_key key;
    record.account = (ProtobufCBinaryData){.len = draft.payload.size,
                                           .data = (uint8_t *)(uintptr_t)draft.payload.data};
    record.account_hash = world_account_hash(world, "mine-a", period, version);
    assert_true(view_account_version_key(&key, "mine-a", period, version));
    world_put(world, &key, &record.base);
    head.facility = (char *)(uintptr_t) "mine-a";
    head.period = (char *)(uintptr_t)period;
    head.version = version;
    head.account_hash = record.account_hash;
    head.state = (char *)(uintptr_t) "VALUE";
    assert_true(view_account_key(&key, "mine-a", period));
    world_put(world, &key, &head.base);
    ProtobufCMessage *lines = NULL;
    assert_int_equal(message_unpack(&lines, &seam__account_lines__descriptor, draft.detached,
                                    LIMIT_TX_DETACHED, &world->arena, NULL),
                     OK);
    return (Seam__AccountLines *)lines;
}

static int by_id(const void *a, const void *b)
{
    return memcmp(((const struct sample_item *)a)->id.bytes,
                  ((const struct sample_item *)b)->id.bytes, HASH_SIZE);
}

/* What anybody who holds the lines computes: leaves and grams. */
static void population_of_lines(struct world *world, struct lines *lines)
{
    struct network *network = lines->network;
    struct sample_population population;
    network->items = world_alloc(world, 2 * LINES * sizeof *network->items);
    network->count = 0;
    for (size_t m = 0; m < 2; m++) {
        const Seam__AccountRecord *record = NULL;
        const Seam__Account *account = NULL;
        struct account_weight *weights = NULL;
        size_t count = 0;
        const char *period = m == 0 ? "2026-01" : "2026-02";
        const Seam__AccountHead *head = NULL;
        assert_int_equal(view_account(&head, world->state, "mine-a", period, &world->arena), OK);
        assert_int_equal(view_account_version(&record, world->state, "mine-a", period,
                                              head->version, &world->arena),
                         OK);
        assert_int_equal(view_account_body(&account, record, &world->arena), OK);
        assert_int_equal(view_account_weights(&weights, &count, world->state, account,
                                              lines->months[m], &world->arena, &world->detail),
                         OK);
        assert_int_equal(count, LINES);
        for (size_t i = 0; i < count; i++) {
            const int64_t grams = grams_value(weights[i].co2e);
            network->items[network->count++] = (struct sample_item){
                .id = weights[i].leaf,
                .weight = grams == 0 ? 1 : (uint64_t)(grams < 0 ? -grams : grams)};
        }
    }
    qsort(network->items, network->count, sizeof *network->items, by_id);
    network->size = 2 * LINES;
    seam__audit_population__init(&network->detached);
    network->detached.salt = (ProtobufCBinaryData){.len = 16, .data = world_alloc(world, 16)};
    lines->accounts[0] = lines->months[0];
    lines->accounts[1] = lines->months[1];
    network->detached.accounts = lines->accounts;
    network->detached.n_accounts = 2;
    assert_int_equal(sample_population_of(&population, network->items, network->count), OK);
    sample_population_hash(&network->population_hash, bytes_of(network->detached.salt.data, 16),
                           &population);
}

static struct lines *lines_ready(struct world *world)
{
    struct lines *lines = world_alloc(world, sizeof *lines);
    lines->network = network_make(world);
    lines->months[0] = month_file(world, "2026-01", 1);
    lines->months[1] = month_file(world, "2026-02", 1);
    population_of_lines(world, lines);
    world_to_documents(world);
    return lines;
}

static Seam__AuditSampleCommit *commitment_to_lines(struct world *world, const struct lines *lines)
{
    Seam__AuditSampleCommit *in = commitment(world, lines->network);
    in->subject = (char *)(uintptr_t) "LINES";
    in->facility = (char *)(uintptr_t) "mine-a";
    in->population_count = 2 * LINES;
    in->population_weight = 0;
    for (size_t i = 0; i < lines->network->count; i++) {
        in->population_weight += lines->network->items[i].weight;
    }
    in->size = 2 * LINES;
    return in;
}

/* ... which is the second, in the place of the first. */
static Seam__AuditSampleCommit *commitment_again(struct world *world, const struct lines *lines,
                                                 const char *reason)
{
    Seam__AuditSampleCommit *in = commitment_to_lines(world, lines);
    in->number = 2;
    in->repeats = 1;
    in->reason = (char *)(uintptr_t)reason;
    return in;
}

static struct lines *lines_drawn(struct world *world)
{
    struct lines *lines = lines_ready(world);
    const uint64_t height = world->height;
    assert_ok(commit(world, commitment_to_lines(world, lines)));
    assert_ok(draw(world, lines->network, drawing(world, lines->network, height)));
    return lines;
}

/* --- the population -----------------------------------------------------------------------------
 */

/* Lines left out, put in, or weighed otherwise: a population that does not follow is refused. */
static void the_population_follows_from_the_account(void **state)
{
    struct world *world = *state;
    struct lines *lines = lines_ready(world);
    struct network *network = lines->network;
    Seam__AuditSampleCommit *in = commitment_to_lines(world, lines);
    in->population_count--;
    assert_refused(commit(world, in), JUDGE_NEVER, ERR_TOTAL, "population_count");
    assert_string_equal(world->detail.limit, "18");
    in->population_count++;
    in->facility = (char *)(uintptr_t) "mine-z";
    assert_refused(commit(world, in), JUDGE_NEVER, ERR_RANGE, "facility");
    in->facility = (char *)(uintptr_t) "mine-a";
    in->population_weight++; /* some line weighs more than it emits */
    const uint64_t height = world->height;
    assert_ok(commit(world, in));
    assert_refused(draw(world, network, drawing(world, network, height)), JUDGE_NEVER, ERR_TOTAL,
                   "detached");
    Seam__AuditSampleCommit *again = commitment_again(world, lines, "a weight was wrong");
    const uint64_t second = world->height;
    assert_ok(commit(world, again));
    Seam__AuditSampleDraw *drawn = drawing(world, network, second);
    drawn->number = 2;
    /* items are not stated */
    Seam__PopulationItem item = SEAM__POPULATION_ITEM__INIT;
    Seam__PopulationItem *items[] = {&item};
    item.id = world_hash(world, "a line that I like");
    item.weight = 1;
    network->detached.items = items;
    network->detached.n_items = 1;
    assert_refused(draw(world, network, drawn), JUDGE_NEVER, ERR_TWICE, "detached.items");
    network->detached.n_items = 0;
    /* a month is left out, and one is there twice */
    network->detached.n_accounts = 1;
    assert_refused(draw(world, network, drawn), JUDGE_NEVER, ERR_INCOMPLETE, "detached.accounts");
    network->detached.n_accounts = 2;
    lines->accounts[1] = lines->months[0];
    assert_refused(draw(world, network, drawn), JUDGE_NEVER, ERR_TOTAL, "detached.accounts");
    lines->accounts[1] = lines->months[1];
    /* a line is changed below the same root */
    lines->months[1]->lines[0]->line.data[20] ^= 1;
    assert_refused(draw(world, network, drawn), JUDGE_NEVER, ERR_TOTAL, "detached.accounts");
    lines->months[1]->lines[0]->line.data[20] ^= 1;
    lines->months[1]->n_lines--;
    assert_refused(draw(world, network, drawn), JUDGE_NEVER, ERR_TOTAL, "detached.accounts");
    lines->months[1]->n_lines++;
    assert_ok(draw(world, network, drawn));
}

/* An account that is corrected between commitment and draw has other lines. */
static void a_corrected_account_is_another_population(void **state)
{
    struct world *world = *state;
    struct lines *lines = lines_ready(world);
    const uint64_t height = world->height;
    assert_ok(commit(world, commitment_to_lines(world, lines)));
    lines->months[1] = month_file(world, "2026-02", 2);
    population_of_lines(world, lines);
    assert_refused(draw(world, lines->network, drawing(world, lines->network, height)), JUDGE_NEVER,
                   ERR_SUPERSEDED, "number");
}

/* --- what came of each item ---------------------------------------------------------------------
 */

static Seam__AuditSampleResults *results_of(struct world *world, const struct lines *lines,
                                            uint64_t height)
{
    const struct network *network = lines->network;
    Seam__AuditSampleResults *out = world_alloc(world, sizeof *out);
    struct header header = block(network, height + 2, network->of_regulator);
    struct header first = block(network, height + 1, network->of_verifier);
    struct sample_population population;
    struct hash opening;
    struct hash id;
    struct hash seed;
    uint32_t picked[2 * LINES];
    header_id(&header.parent_id, &first);
    header_id(&id, &header);
    assert_true(record_hash(&opening, world_hash(world, "opening")));
    sample_seed(&seed, &opening, &id);
    assert_int_equal(sample_population_of(&population, network->items, network->count), OK);
    assert_int_equal(assurance_sample(picked, &seed, &population, network->size, &world->arena),
                     OK);
    seam__audit_sample_results__init(out);
    out->salt = (ProtobufCBinaryData){.len = 16, .data = world_alloc(world, 16)};
    out->items = world_alloc(world, network->size * sizeof *out->items);
    out->n_items = network->size;
    for (size_t i = 0; i < network->size; i++) {
        Seam__SampleItemResult *item = world_alloc(world, sizeof *item);
        seam__sample_item_result__init(item);
        item->id = record_data(&network->items[picked[i]].id);
        item->outcome = (char *)(uintptr_t) "AGREES";
        item->evidence = world_alloc(world, sizeof *item->evidence);
        item->evidence[0] = world_hash(world, "a weighing sheet");
        item->n_evidence = 1;
        out->items[i] = item;
    }
    return out;
}

static enum judgement examine(struct world *world, Seam__AuditSampleExamine *in,
                              const Seam__AuditSampleResults *results)
{
    struct hash *hash = world_alloc(world, sizeof *hash);
    struct bytes bytes;
    assert_int_equal(message_pack(&bytes, &results->base, &world->arena), OK);
    hash_tagged(hash, TAG_SAMPLE_RESULTS, bytes);
    if (in->results_hash.len == 0) {
        in->results_hash = record_data(hash);
    }
    const enum judgement judgement =
        world_run(world, &examine_rules, &assurance_fields, AUDIT_SAMPLE_EXAMINE_TYPE, "verifier",
                  "deputy", &in->base, &results->base);
    in->results_hash = (ProtobufCBinaryData){0};
    return judgement;
}

static Seam__AuditSampleExamine *examination(struct world *world, uint32_t agreeing)
{
    Seam__AuditSampleExamine *in = world_alloc(world, sizeof *in);
    seam__audit_sample_examine__init(in);
    in->engagement = (char *)(uintptr_t)ENG;
    in->number = 1;
    in->agreeing = agreeing;
    in->findings = world_alloc(world, 4 * sizeof *in->findings);
    return in;
}

/* [F10] an audit in name only: every item has its outcome, its evidence, and its finding. */
static void every_drawn_item_is_examined(void **state)
{
    struct world *world = *state;
    const uint64_t height = world->height + 5; /* five transactions lead to the documents */
    struct lines *lines = lines_drawn(world);
    Seam__AuditSampleResults *results = results_of(world, lines, height);
    Seam__AuditSampleExamine *in = examination(world, 2 * LINES);
    results->n_items--;
    assert_refused(examine(world, in, results), JUDGE_NEVER, ERR_TOTAL, "detached.items");
    results->n_items++;
    in->results_hash = world_hash(world, "other results");
    assert_refused(examine(world, in, results), JUDGE_NEVER, ERR_TOTAL, "results_hash");
    results->items[3]->n_evidence = 0;
    assert_refused(examine(world, in, results), JUDGE_NEVER, ERR_MISSING,
                   "detached.items.evidence");
    results->items[3]->outcome = (char *)(uintptr_t) "REFUSED";
    in->agreeing--;
    in->refused++;
    assert_refused(examine(world, in, results), JUDGE_NEVER, ERR_MISSING, "detached.items.finding");
    assert_ok(world_raise(world, world_finding(world, 1, 0)));
    results->items[3]->finding = 1;
    in->findings[0] = 1;
    in->n_findings = 1;
    /* a refused record is a scope limitation, no other finding */
    assert_refused(examine(world, in, results), JUDGE_NEVER, ERR_CONFLICT, "findings");
    Seam__FindingRaise *limited = world_finding(world, 2, 0);
    limited->kind = (char *)(uintptr_t) "SCOPE_LIMITATION";
    assert_ok(world_raise(world, limited));
    results->items[3]->finding = 2;
    in->findings[0] = 2;
    in->agreeing--;
    assert_refused(examine(world, in, results), JUDGE_NEVER, ERR_TOTAL, "agreeing");
    in->agreeing++;
    assert_ok(examine(world, in, results));
    const Seam__AuditSampleRecord *record = NULL;
    assert_int_equal(view_audit_sample(&record, world->state, ENG, 1, &world->arena), OK);
    assert_int_equal(record->agreeing, 2 * LINES - 1);
    assert_int_equal(record->refused, 1);
}

static void what_is_not_drawn_is_not_examined(void **state)
{
    struct world *world = *state;
    struct lines *lines = lines_ready(world);
    const uint64_t height = world->height;
    assert_ok(commit(world, commitment_to_lines(world, lines)));
    assert_refused(examine(world, examination(world, 2 * LINES), results_of(world, lines, height)),
                   JUDGE_NOT_YET, ERR_GAP, "number");
}

/* --- what an opinion rests on -------------------------------------------------------------------
 */

static Seam__OpinionIssue *opinion_on_lines(struct world *world)
{
    static const char *const periods[] = {"2026-01", "2026-02"};
    Seam__OpinionIssue *in = world_opinion(world, 0);
    for (size_t i = 0; i < 2; i++) {
        const Seam__AccountRecord *record = NULL;
        const Seam__Account *account = NULL;
        Seam__CategoryTotals *verified = in->subjects[i]->verified;
        assert_int_equal(
            view_account_version(&record, world->state, "mine-a", periods[i], 1, &world->arena),
            OK);
        assert_int_equal(view_account_body(&account, record, &world->arena), OK);
        verified->scope1_g = account->scope1_g;
        verified->scope2_g = account->scope2_g;
        verified->sinks_g = account->sinks_g;
        verified->information_g = account->information_g;
        verified->gross_g = account->gross_g;
        verified->net_g = account->net_g;
    }
    return in;
}

static enum judgement to_report(struct world *world, const char *reason)
{
    Seam__EngageAdvance *step = world_step(world, "REPORT_DRAFT");
    assert_ok(world_recompute(world, "2026-01", 1));
    assert_ok(world_recompute(world, "2026-02", 1));
    assert_ok(world_advance(world, "SITE"));
    step->no_sample_reason = (char *)(uintptr_t)reason;
    assert_ok(world_apply(world, ENGAGE_ADVANCE_TYPE, "verifier", "preparer", &step->base, NULL));
    return world_review(world, "reviewer", "PASS");
}

/* [KSSJ 6.2c] */
static void clause_6_2_c_an_opinion_needs_its_sample(void **state)
{
    struct world *world = *state;
    (void)lines_ready(world);
    assert_ok(to_report(world, ""));
    assert_refused(world_issue(world, opinion_on_lines(world)), JUDGE_NEVER, ERR_MISSING,
                   "samples");
    assert_string_equal(world->detail.limit, "mine-a");
    /* what gives no value rests on nothing */
    Seam__OpinionIssue *in = opinion_on_lines(world);
    in->type = (char *)(uintptr_t) "DISCLAIMER";
    assert_ok(world_issue(world, in));
}

/* 18 lines are at most 20: all may be looked at, and the opinion says so. */
static void few_lines_need_a_reason_only(void **state)
{
    struct world *world = *state;
    (void)lines_ready(world);
    assert_ok(to_report(world, "18 lines, each looked at"));
    assert_ok(world_issue(world, opinion_on_lines(world)));
    const Seam__OpinionRecord *record = NULL;
    assert_int_equal(view_opinion(&record, world->state, OPINION, &world->arena), OK);
    assert_string_equal(record->no_sample_reason, "18 lines, each looked at");
}

/* n - 1, n, n + 1 of the parameter: 19 and 20 lines pass, 21 do not. */
static void the_limit_of_few_lines(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    struct engaging in = {.context = NULL};
    struct rule_context context = {.state = world->state, .arena = &world->arena};
    in = (struct engaging){.context = &context, .detail = &world->detail};
    for (uint32_t lines = 19; lines <= 21; lines++) {
        const Seam__AccountRecord *record = NULL;
        const Seam__Account *account = NULL;
        struct bytes bytes;
        struct state_key key;
        assert_int_equal(
            view_account_version(&record, world->state, "mine-a", "2026-01", 1, &world->arena), OK);
        assert_int_equal(view_account_body(&account, record, &world->arena), OK);
        ((Seam__Account *)(uintptr_t)account)->line_count = lines - 1; /* and one in February */
        assert_int_equal(message_pack(&bytes, &account->base, &world->arena), OK);
        ((Seam__AccountRecord *)(uintptr_t)record)->account =
            (ProtobufCBinaryData){.len = bytes.size, .data = (uint8_t *)(uintptr_t)bytes.data};
        assert_true(view_account_version_key(&key, "mine-a", "2026-01", 1));
        world_put(world, &key, &record->base);
        struct parameters rules;
        in.record = (Seam__EngagementRecord *)(uintptr_t)world_engagement(world);
        in.record->no_sample_reason = (char *)(uintptr_t) "all looked at";
        assert_int_equal(parameter_read(&rules, &context, in.record->parameter_set_hash, in.detail),
                         JUDGE_OK);
        uint32_t refused = 0;
        assert_int_equal(sample_needed(&refused, &in, &rules),
                         lines <= 20 ? JUDGE_OK : JUDGE_NEVER);
    }
}

/* Drawn but not examined is not enough; drawn and examined is. */
static void drawn_and_examined(void **state)
{
    struct world *world = *state;
    const uint64_t height = world->height + 5;
    struct lines *lines = lines_drawn(world);
    assert_ok(to_report(world, "18 lines, each looked at"));
    assert_refused(world_issue(world, opinion_on_lines(world)), JUDGE_NEVER, ERR_MISSING,
                   "samples");
    assert_ok(world_advance(world, "DOC_REVIEW"));
    assert_ok(examine(world, examination(world, 2 * LINES), results_of(world, lines, height)));
    assert_ok(world_advance(world, "REPORT_DRAFT"));
    assert_ok(world_review(world, "reviewer", "PASS"));
    assert_ok(world_issue(world, opinion_on_lines(world)));
}

/* [3.2] a drawn line that nobody let the verifier see limits the scope: no clean opinion, even when
 * the finding about it is closed. */
static void a_refused_item_leaves_no_clean_opinion(void **state)
{
    struct world *world = *state;
    const uint64_t height = world->height + 5;
    struct lines *lines = lines_drawn(world);
    Seam__AuditSampleResults *results = results_of(world, lines, height);
    Seam__AuditSampleExamine *in = examination(world, 2 * LINES - 1);
    Seam__FindingRaise *limited = world_finding(world, 1, 0);
    limited->kind = (char *)(uintptr_t) "SCOPE_LIMITATION";
    assert_ok(world_raise(world, limited));
    results->items[3]->outcome = (char *)(uintptr_t) "REFUSED";
    results->items[3]->n_evidence = 0;
    results->items[3]->finding = 1;
    in->refused = 1;
    in->findings[0] = 1;
    in->n_findings = 1;
    assert_ok(examine(world, in, results));
    assert_ok(world_reply(world, 1));
    assert_ok(world_verdict(world, 1, "ACCEPT", "", 0));
    assert_ok(world_verdict(world, 1, "CLOSE", "NO_EFFECT", 0));
    assert_ok(to_report(world, ""));
    Seam__OpinionIssue *issue = opinion_on_lines(world);
    assert_refused(world_issue(world, issue), JUDGE_NEVER, ERR_ENUM, "type");
    issue->type = (char *)(uintptr_t) "MODIFIED";
    assert_ok(world_issue(world, issue));
}

/* A sample that was drawn again is said in the opinion. */
static void a_repeated_sample_is_said_in_the_opinion(void **state)
{
    struct world *world = *state;
    struct lines *lines = lines_drawn(world);
    Seam__AuditSampleCommit *again = commitment_again(world, lines, "a seal was broken");
    const uint64_t height = world->height;
    assert_ok(commit(world, again));
    Seam__AuditSampleDraw *drawn = drawing(world, lines->network, height);
    drawn->number = 2;
    assert_ok(draw(world, lines->network, drawn));
    Seam__AuditSampleExamine *in = examination(world, 2 * LINES);
    in->number = 2;
    assert_ok(examine(world, in, results_of(world, lines, height)));
    assert_ok(to_report(world, ""));
    Seam__OpinionIssue *issue = opinion_on_lines(world);
    assert_refused(world_issue(world, issue), JUDGE_NEVER, ERR_MISSING, "deviation_reason");
    issue->deviation_reason = (char *)(uintptr_t) "sample 2 repeats sample 1: a seal was broken";
    assert_ok(world_issue(world, issue));
    const Seam__OpinionRecord *record = NULL;
    assert_int_equal(view_opinion(&record, world->state, OPINION, &world->arena), OK);
    assert_int_equal(record->n_samples_repeated, 1);
    assert_int_equal(record->samples_repeated[0], 2);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(the_population_follows_from_the_account),
        T(a_corrected_account_is_another_population),
        T(every_drawn_item_is_examined),
        T(what_is_not_drawn_is_not_examined),
        T(clause_6_2_c_an_opinion_needs_its_sample),
        T(few_lines_need_a_reason_only),
        T(the_limit_of_few_lines),
        T(drawn_and_examined),
        T(a_refused_item_leaves_no_clean_opinion),
        T(a_repeated_sample_is_said_in_the_opinion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
