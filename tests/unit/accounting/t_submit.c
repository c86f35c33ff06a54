/* SPDX-License-Identifier: Apache-2.0 */
/* What the account rules refuse, and with which code; what they write; the calendar. */
#include "ledger/accounting/status.h"
#include "ledger/proto/assurance.pb-c.h"
#include "ledger/proto/dispute.pb-c.h"
#include "tests/unit/accounting/world.h"

#include <stdlib.h>

static int open_world(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world_open(world);
    *state = world;
    return 0;
}

static int close_world(void **state)
{
    world_close(*state);
    free(*state);
    return 0;
}

static void expect(struct world *world, enum judgement judgement, enum judgement want, enum err err,
                   const char *code, const char *field)
{
    if (judgement != want || world->detail.err != err) {
        fail_msg("judgement %d, %s %s: %s", (int)judgement, err_name(world->detail.err),
                 world->detail.field, world->detail.hint);
    }
    if (judgement != JUDGE_OK) {
        assert_string_equal(err_code(err), code);
        assert_string_equal(world->detail.field, field);
    }
}

static struct account_draft draft_of(struct world *world, const Seam__CalculationFile *file,
                                     uint32_t version, const struct hash *previous)
{
    struct account_draft draft;
    const enum err err = world_build(world, &draft, file, version, previous);
    if (err != OK) {
        fail_msg("%s in %s", err_name(err), world->detail.field);
    }
    return draft;
}

static void accept(struct world *world, const struct account_draft *draft)
{
    const enum judgement judgement = world_submit(world, draft);
    expect(world, judgement, JUDGE_OK, OK, "", "");
}

static struct account_draft january(struct world *world)
{
    return draft_of(world, world_read(world, "05-mine-b-2025-01.json"), 1, NULL);
}

/* --- identity ----------------------------------------------------------------------------------*/

static void duplicates(void **state)
{
    struct world *world = *state;
    const struct account_draft first = january(world);
    accept(world, &first);
    expect(world, world_submit(world, &first), JUDGE_NEVER, ERR_DUPLICATE, "303001", "version");
    assert_int_equal(strlen(world->detail.limit), 63); /* the transaction's id, cut to fit */
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    file->lines[0]->ad->value = (char *)"482.1";
    const struct account_draft other = draft_of(world, file, 1, NULL);
    expect(world, world_submit(world, &other), JUDGE_NEVER, ERR_CONFLICT, "303001", "version");
}

/* D46: figures for comparison are no account, even where a scheme had adopted the set. */
static void cross_check_set(void **state)
{
    struct world *world = *state;
    struct set set;
    struct errors errors;
    world_set(world, "US-EPA-98FF", "cn-coal");
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    assert_int_equal(set_load(&set, "US-EPA-98FF", &world->arena, &errors), OK);
    const struct account_draft draft = january(world);
    Seam__Account account = *draft.account;
    account.parameter_set_hash = (ProtobufCBinaryData){.len = HASH_SIZE, .data = set.hash.bytes};
    expect(world, world_apply(world, ACCOUNT_SUBMIT_TYPE, &account, world_lines(world, &draft)),
           JUDGE_NEVER, ERR_SET, "303019", "parameter_set_hash");
    assert_non_null(strstr(world->detail.hint, "cross-check"));
}

static void two_people(void **state)
{
    struct world *world = *state;
    const struct account_draft draft = january(world);
    world->same_person = true;
    expect(world, world_submit(world, &draft), JUDGE_NEVER, ERR_SECOND_PERSON, "303013",
           "signatures");
    for (size_t i = 0; i < accounting_rules.count; i++) {
        const struct rule_row *row = &accounting_rules.rows[i];
        assert_int_equal(row->signatures, 2);
        assert_int_equal(row->usages[0], USAGE_SUBMIT);
        assert_int_equal(row->usages[1], USAGE_APPROVE);
        assert_int_equal(row->usages[2], 0);
    }
}

static void whose_facility(void **state)
{
    struct world *world = *state;
    struct account_draft draft = january(world);
    world->organisation = "group";
    expect(world, world_submit(world, &draft), JUDGE_NEVER, ERR_ROLE, "302005", "facility");
    world->organisation = "mine";
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    file->facility = (char *)"mine-z";
    draft = draft_of(world, file, 1, NULL);
    expect(world, world_submit(world, &draft), JUDGE_NOT_YET, ERR_ABSENT, "200017", "facility");
}

/* --- the chain of periods ----------------------------------------------------------------------*/

static void no_gap(void **state)
{
    struct world *world = *state;
    const struct account_draft first = january(world);
    const Seam__CalculationFile *march = world_read(world, "07-mine-b-2025-03.json");
    struct account_draft draft = draft_of(world, march, 1, &first.hash);
    expect(world, world_submit(world, &draft), JUDGE_NOT_YET, ERR_GAP, "303003", "period");
    assert_string_equal(world->detail.limit, "2025-01");
    accept(world, &first);
    expect(world, world_submit(world, &draft), JUDGE_NOT_YET, ERR_GAP, "303003", "period");
    assert_string_equal(world->detail.limit, "2025-02");
    Seam__CalculationFile *before = world_read(world, "05-mine-b-2025-01.json");
    before->period = (char *)"2024-12";
    before->lines[7]->factor = (char *)"EF.EL.CN.NAT.2022";
    draft = draft_of(world, before, 1, NULL);
    expect(world, world_submit(world, &draft), JUDGE_NEVER, ERR_RANGE, "200005", "period");
}

static void previous_hash(void **state)
{
    struct world *world = *state;
    const struct account_draft first = january(world);
    struct hash other = first.hash;
    other.bytes[31] ^= 1;
    struct account_draft draft =
        draft_of(world, world_read(world, "05-mine-b-2025-01.json"), 1, &other);
    expect(world, world_submit(world, &draft), JUDGE_NEVER, ERR_SUPERSEDED, "303004", "previous");
    accept(world, &first);
    const Seam__CalculationFile *february = world_read(world, "06-mine-b-2025-02.json");
    draft = draft_of(world, february, 1, &other);
    expect(world, world_submit(world, &draft), JUDGE_NEVER, ERR_SUPERSEDED, "303004", "previous");
    draft = draft_of(world, february, 1, NULL);
    expect(world, world_submit(world, &draft), JUDGE_NEVER, ERR_SUPERSEDED, "303004", "previous");
    draft = draft_of(world, february, 1, &first.hash);
    accept(world, &draft);
}

static void corrections(void **state)
{
    struct world *world = *state;
    const struct account_draft first = january(world);
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    file->lines[7]->bought->value = (char *)"8121";
    struct account_draft draft;
    assert_int_equal(world_build(world, &draft, file, 2, &first.hash), ERR_MISSING);
    assert_string_equal(world->detail.field, "reason");
    file->reason = (char *)"meter read again";
    struct account_draft second = draft_of(world, file, 2, &first.hash);
    expect(world, world_submit(world, &second), JUDGE_NOT_YET, ERR_GAP, "303003", "version");
    accept(world, &first);
    const struct account_draft stale = draft_of(world, file, 2, &second.hash);
    expect(world, world_submit(world, &stale), JUDGE_NEVER, ERR_SUPERSEDED, "303004", "previous");
    accept(world, &second);
    assert_int_equal(world->receipt_flags, 2);
    /* A third version, and the next period, follow the second. */
    expect(world, world_submit(world, &second), JUDGE_NEVER, ERR_DUPLICATE, "303001", "version");
    const Seam__CalculationFile *february = world_read(world, "06-mine-b-2025-02.json");
    draft = draft_of(world, february, 1, &first.hash);
    expect(world, world_submit(world, &draft), JUDGE_NEVER, ERR_SUPERSEDED, "303004", "previous");
    draft = draft_of(world, february, 1, &second.hash);
    accept(world, &draft);
    const struct account_draft fourth = draft_of(world, file, 4, &second.hash);
    expect(world, world_submit(world, &fourth), JUDGE_NOT_YET, ERR_GAP, "303003", "version");
    file->lines[7]->bought->value = (char *)"8122";
    const struct account_draft third = draft_of(world, file, 3, &second.hash);
    accept(world, &third);
    /* A version below the current one, with another content. */
    file->lines[7]->bought->value = (char *)"8123";
    const struct account_draft late = draft_of(world, file, 2, &first.hash);
    expect(world, world_submit(world, &late), JUDGE_NEVER, ERR_SUPERSEDED, "303004", "version");
    assert_int_equal(
        world_apply(world, ACCOUNT_SUBMIT_TYPE, third.account, world_lines(world, &third)),
        JUDGE_NEVER);
    assert_int_equal(world->detail.err, ERR_RANGE);
}

/* A surrendered year keeps its accounts; other years do not mind. */
static void locked_years(void **state)
{
    struct world *world = *state;
    const struct account_draft first = january(world);
    accept(world, &first);
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    file->lines[7]->bought->value = (char *)"8121";
    file->reason = (char *)"meter read again";
    const struct account_draft second = draft_of(world, file, 2, &first.hash);
    Seam__AccountLock lock = SEAM__ACCOUNT_LOCK__INIT;
    for (uint32_t year = 2024; year <= 2025; year++) {
        struct state_key key = state_key_of(KEY_ACCOUNT_LOCK);
        state_key_id(&key, KEY_FACILITY, "mine-b");
        state_key_u32(&key, year);
        const size_t mark = overlay_mark(world->state);
        lock.year = year;
        world_put(world, &key, &lock.base);
        if (year == 2025) {
            expect(world, world_submit(world, &second), JUDGE_NEVER, ERR_CLOSED, "303002",
                   "period");
            overlay_rollback(world->state, mark);
        }
    }
    accept(world, &second);
}

/* Corrected after verification [domain 3.1]: not while the opinion stands, nor while, or after, the
 * version is disputed. */
static void verified_and_disputed_versions(void **state)
{
    struct world *world = *state;
    const struct account_draft first = january(world);
    accept(world, &first);
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    file->lines[7]->bought->value = (char *)"8121";
    file->reason = (char *)"meter read again";
    const struct account_draft second = draft_of(world, file, 2, &first.hash);
    struct period period;
    assert_int_equal(period_parse(&period, bytes_text("2025-01")), OK);
    struct state_key key = state_key_of(KEY_OPINION_HEAD);
    state_key_id(&key, KEY_FACILITY, "mine-b");
    state_key_u32(&key, period.number);
    Seam__OpinionHead head = SEAM__OPINION_HEAD__INIT;
    head.opinion = (char *)"op-1";
    head.version = 1;
    head.counts = true;
    world_put(world, &key, &head.base);
    expect(world, world_submit(world, &second), JUDGE_NEVER, ERR_CLOSED, "303002", "version");
    assert_string_equal(world->detail.limit, "op-1");
    head.withdrawn = true; /* the consent */
    world_put(world, &key, &head.base);
    Seam__DisputeHead disputes = SEAM__DISPUTE_HEAD__INIT;
    char *names[] = {(char *)"d-1"};
    disputes.disputes = names;
    disputes.n_disputes = 1;
    key = state_key_of(KEY_DISPUTE_ACCOUNT);
    state_key_id(&key, KEY_FACILITY, "mine-b");
    state_key_u32(&key, period.number);
    world_put(world, &key, &disputes.base);
    Seam__DisputeRecord dispute = SEAM__DISPUTE_RECORD__INIT;
    Seam__DisputeClaimant claimant = SEAM__DISPUTE_CLAIMANT__INIT;
    Seam__DisputeClaimant *claimants[] = {&claimant};
    dispute.dispute = names[0];
    dispute.version = 1;
    dispute.claimants = claimants;
    dispute.n_claimants = 1;
    key = state_key_named(KEY_DISPUTE, "d-1");
    world_put(world, &key, &dispute.base);
    expect(world, world_submit(world, &second), JUDGE_NEVER, ERR_CLOSED, "303002", "version");
    assert_string_equal(world->detail.limit, "d-1");
    claimant.withdrawn_ms = 1;
    world_put(world, &key, &dispute.base);
    accept(world, &second);
}

static void nil_and_suspended(void **state)
{
    struct world *world = *state;
    Seam__CalculationFile *file = world_read(world, "11-mine-b-2025-07-nil.json");
    file->period = (char *)"2025-01";
    struct account_draft nil = draft_of(world, file, 1, NULL);
    assert_int_equal(nil.detached.size, 0);
    Seam__Account wrong = *nil.account;
    wrong.reason = (char *)"";
    expect(world, world_apply(world, ACCOUNT_NIL_TYPE, &wrong, NULL), JUDGE_NEVER, ERR_MISSING,
           "200001", "reason");
    wrong = *nil.account;
    wrong.state = (char *)"VALUE";
    expect(world, world_apply(world, ACCOUNT_NIL_TYPE, &wrong, NULL), JUDGE_NEVER, ERR_ENUM,
           "200004", "state");
    accept(world, &nil);
    const struct account_draft value =
        draft_of(world, world_read(world, "05-mine-b-2025-01.json"), 1, NULL);
    expect(world, world_submit(world, &value), JUDGE_NEVER, ERR_CONFLICT, "303001", "version");
    /* There was activity after all: a correction replaces the declaration. */
    Seam__CalculationFile *activity = world_read(world, "05-mine-b-2025-01.json");
    activity->reason = (char *)"the shaft was ventilated from 20 January";
    const struct account_draft correction = draft_of(world, activity, 2, &nil.hash);
    accept(world, &correction);
    file->period = (char *)"2025-02";
    file->state = (char *)"SUSPENDED";
    nil = draft_of(world, file, 1, &correction.hash);
    accept(world, &nil);
}

/* --- the calendar ------------------------------------------------------------------------------*/

static void set_genesis(struct world *world, const char *time)
{
    Seam__ChainState chain = SEAM__CHAIN_STATE__INIT;
    chain.network = (char *)"test";
    chain.genesis_time_ms = world_time(time);
    chain.rules_version = 1;
    const struct state_key key = state_key_of(KEY_CHAIN);
    world_put(world, &key, &chain.base);
}

static struct account_draft september(struct world *world)
{
    return draft_of(world, world_read(world, "04-mine-a-2026-09.json"), 1, NULL);
}

static void filed_at(struct world *world, const char *time, uint32_t flags, uint32_t late)
{
    const struct account_draft draft = september(world);
    const size_t mark = overlay_mark(world->state);
    world->time_ms = world_time(time);
    accept(world, &draft);
    assert_int_equal(world->receipt_flags, flags);
    assert_int_equal(world->days_late, late);
    overlay_rollback(world->state, mark);
}

/* V26, V27: the vector of D33, on both sides of each instant. */
static void calendar(void **state)
{
    struct world *world = *state;
    const struct account_draft draft = september(world);
    world->time_ms = world_time("2026-09-30T15:59:59.999Z");
    expect(world, world_submit(world, &draft), JUDGE_NOT_YET, ERR_PERIOD_OPEN, "303017", "period");
    assert_string_equal(world->detail.limit, "2026-09-30T16:00:00.000Z");
    filed_at(world, "2026-09-30T16:00:00Z", 0, 0);
    filed_at(world, "2026-11-09T15:59:59.999Z", 0, 0);
    filed_at(world, "2026-11-09T16:00:00Z", 1, 1);
    filed_at(world, "2026-11-10T15:59:59.999Z", 1, 1);
    filed_at(world, "2026-11-10T16:00:00Z", 1, 2);
    set_genesis(world, "2026-09-30T16:00:00Z");
    filed_at(world, "2026-12-24T00:00:00Z", 4, 0);
}

/* V28: the regulator's extension moves the deadline of the facilities it names. */
static void extension(void **state)
{
    struct world *world = *state;
    Seam__DeadlineExtension record = SEAM__DEADLINE_EXTENSION__INIT;
    Seam__Extension one = SEAM__EXTENSION__INIT;
    Seam__Extension *extensions[] = {&one};
    char *facilities[] = {(char *)"mine-a"};
    one.days = 3;
    one.facilities = facilities;
    one.n_facilities = 1;
    record.jurisdiction = (char *)"CN-14";
    record.period = (char *)"2026-09";
    record.extensions = extensions;
    record.n_extensions = 1;
    struct state_key key;
    assert_true(view_extension_key(&key, "CN-14", "2026-09"));
    world_put(world, &key, &record.base);
    filed_at(world, "2026-11-12T15:59:59.999Z", 0, 0);
    filed_at(world, "2026-11-12T16:00:00Z", 1, 1);
}

/* Order 371: yearly accounts are due by the end of 30 June at the jurisdiction's offset. */
static void yearly(void **state)
{
    struct world *world = *state;
    set_genesis(world, "2022-06-01T00:00:00Z");
    const struct account_draft draft =
        draft_of(world, world_read(world, "02-kuzbass-b-2022.json"), 1, NULL);
    const size_t mark = overlay_mark(world->state);
    world->time_ms = world_time("2023-06-30T16:59:59.999Z");
    accept(world, &draft);
    assert_int_equal(world->receipt_flags, 0);
    overlay_rollback(world->state, mark);
    world->time_ms = world_time("2023-06-30T17:00:00Z");
    accept(world, &draft);
    assert_int_equal(world->receipt_flags, 1);
    assert_int_equal(world->days_late, 1);
}

/* --- sets, boundaries, lines -------------------------------------------------------------------*/

static void sets(void **state)
{
    struct world *world = *state;
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    file->parameter_set = (char *)"CN-GBT-32151.11-2018";
    struct account_draft draft = draft_of(world, file, 1, NULL);
    expect(world, world_submit(world, &draft), JUDGE_NOT_YET, ERR_SET, "303019",
           "parameter_set_hash");
    draft = january(world);
    draft.account->parameter_set_hash.data[0] ^= 1;
    expect(world, world_submit(world, &draft), JUDGE_NOT_YET, ERR_SET, "303019",
           "parameter_set_hash");
}

static enum judgement submit_file(struct world *world, Seam__CalculationFile *file)
{
    const struct account_draft draft = draft_of(world, file, 1, NULL);
    return world_submit(world, &draft);
}

/* [KSSJ 5.1.2] every source has its line, every line its source. */
static void completeness(void **state)
{
    struct world *world = *state;
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    file->n_lines--; /* heat */
    expect(world, submit_file(world, file), JUDGE_NEVER, ERR_INCOMPLETE, "200001", "lines");
    assert_non_null(strstr(world->detail.limit, "L_HEAT district"));
    file = world_read(world, "05-mine-b-2025-01.json");
    file->lines[1]->source = (char *)"another-pool";
    expect(world, submit_file(world, file), JUDGE_NEVER, ERR_INCOMPLETE, "200001", "lines");
    file = world_read(world, "05-mine-b-2025-01.json");
    Seam__Line extra = *file->lines[8];
    extra.source = (char *)"second-pipe";
    Seam__Line *lines[10];
    memcpy(lines, file->lines, 9 * sizeof *lines);
    lines[9] = &extra;
    file->lines = lines;
    file->n_lines = 10;
    expect(world, submit_file(world, file), JUDGE_NEVER, ERR_BOUNDARY, "200001", "source");
    /* A source without activity says so. */
    file = world_read(world, "05-mine-b-2025-01.json");
    Seam__Line none = SEAM__LINE__INIT;
    none.code = (char *)"L_HEAT";
    none.source = (char *)"district";
    none.not_occurring = (char *)"pipe closed";
    file->lines[8] = &none;
    expect(world, submit_file(world, file), JUDGE_OK, OK, "", "");
}

static void boundary_versions(void **state)
{
    struct world *world = *state;
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    file->boundary = (char *)"2";
    expect(world, submit_file(world, file), JUDGE_NOT_YET, ERR_BOUNDARY, "200001",
           "boundary_version");
    Seam__Source source = SEAM__SOURCE__INIT;
    Seam__Source *sources[] = {&source};
    source.source = (char *)"grid";
    source.code = (char *)"L_ELEC";
    world_boundary(world, "mine-b", 2, "2025-02", sources, 1);
    expect(world, submit_file(world, file), JUDGE_NEVER, ERR_BOUNDARY, "200001",
           "boundary_version");
    file = world_read(world, "05-mine-b-2025-01.json");
    expect(world, submit_file(world, file), JUDGE_OK, OK, "", "");
    file = world_read(world, "06-mine-b-2025-02.json");
    const struct hash before = world->hash;
    const struct account_draft draft = draft_of(world, file, 1, &before);
    expect(world, world_submit(world, &draft), JUDGE_NEVER, ERR_BOUNDARY, "200001",
           "boundary_version");
    file = world_read(world, "05-mine-b-2025-01.json");
    file->boundary = (char *)"";
    struct account_draft none;
    assert_int_equal(world_build(world, &none, file, 1, NULL), ERR_MISSING);
    assert_string_equal(world->detail.field, "boundary");
}

/* D30: a boundary may forget electricity; an account under a CN set may not. */
static void required_codes(void **state)
{
    struct world *world = *state;
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    Seam__Source source = SEAM__SOURCE__INIT;
    Seam__Source *sources[] = {&source};
    source.source = (char *)"boiler-1";
    source.code = (char *)"L_FUEL";
    world_boundary(world, "mine-b", 1, "2025-01", sources, 1);
    file->n_lines = 1;
    expect(world, submit_file(world, file), JUDGE_NEVER, ERR_INCOMPLETE, "200001", "lines");
    assert_string_equal(world->detail.limit, "L_ELEC");
}

static void lines_of_a_submission(void **state)
{
    struct world *world = *state;
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    file->lines[6]->gas_grade = (char *)"HIGH";
    expect(world, submit_file(world, file), JUDGE_NEVER, ERR_PARAM, "200004", "gas_grade");
    struct account_draft draft;
    file = world_read(world, "05-mine-b-2025-01.json");
    file->lines[2]->composition->ch4 = (char *)"0.9";
    assert_int_equal(world_build(world, &draft, file, 1, NULL), ERR_DESTROYED_GT_DRAINED);
    file = world_read(world, "05-mine-b-2025-01.json");
    file->lines[4]->vam_destroyed = file->lines[4]->drained;
    expect(world, submit_file(world, file), JUDGE_NEVER, ERR_BOUNDARY, "200001", "vam_destroyed");
    file = world_read(world, "05-mine-b-2025-01.json");
    file->gwp = (char *)"IPCC-AR5-20";
    assert_int_equal(world_build(world, &draft, file, 1, NULL), ERR_PARAM);
    assert_string_equal(world->detail.field, "gwp");
    /* Deductions that nothing in the file shows (D32). */
    file = world_read(world, "05-mine-b-2025-01.json");
    file->lines[4]->utilised = file->lines[4]->drained;
    file->lines[2] = file->lines[8];
    file->lines[3] = file->lines[7];
    file->n_lines = 7;
    assert_int_equal(world_build(world, &draft, file, 1, NULL), ERR_PAIR);
}

/* --- detached lines ----------------------------------------------------------------------------*/

static void detached_must_follow(void **state)
{
    struct world *world = *state;
    const struct account_draft draft = january(world);
    Seam__AccountLines *lines = (Seam__AccountLines *)world_lines(world, &draft);
    expect(world, world_apply(world, ACCOUNT_SUBMIT_TYPE, draft.account, NULL), JUDGE_NEVER,
           ERR_MISSING, "200001", "detached");
    lines->lines[3]->salt.data[0] ^= 1;
    expect(world, world_apply(world, ACCOUNT_SUBMIT_TYPE, draft.account, lines), JUDGE_NEVER,
           ERR_TOTAL, "303018", "lines_root");
    lines->lines[3]->salt.data[0] ^= 1;
    lines->lines[3]->salt.len = 15;
    expect(world, world_apply(world, ACCOUNT_SUBMIT_TYPE, draft.account, lines), JUDGE_NEVER,
           ERR_LENGTH, "200003", "salt");
    lines->lines[3]->salt.len = 16;
    Seam__AccountLine *swap = lines->lines[0];
    lines->lines[0] = lines->lines[1];
    lines->lines[1] = swap;
    expect(world, world_apply(world, ACCOUNT_SUBMIT_TYPE, draft.account, lines), JUDGE_NEVER,
           ERR_NOT_CANONICAL, "200015", "lines");
    lines->lines[1] = lines->lines[0];
    lines->lines[0] = swap;
    lines->n_lines--;
    assert_int_equal(world_apply(world, ACCOUNT_SUBMIT_TYPE, draft.account, lines), JUDGE_NEVER);
    assert_int_equal(world->detail.err, ERR_TOTAL);
    lines->n_lines++;
    for (size_t cut = 0; cut < lines->lines[0]->line.len; cut++) {
        Seam__AccountLine *line = lines->lines[0];
        const size_t whole = line->line.len;
        line->line.len = cut;
        assert_int_equal(world_apply(world, ACCOUNT_SUBMIT_TYPE, draft.account, lines),
                         JUDGE_NEVER);
        line->line.len = whole;
    }
    expect(world, world_apply(world, ACCOUNT_SUBMIT_TYPE, draft.account, lines), JUDGE_OK, OK, "",
           "");
}

/* D3: nothing of a line reaches the state; one line can be shown with its salt and path. */
static void state_holds_no_line(void **state)
{
    struct world *world = *state;
    static const char marker[] = "marker of a line";
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    file->lines[0]->note = (char *)marker;
    const struct account_draft draft = draft_of(world, file, 1, NULL);
    assert_non_null(memmem(draft.detached.data, draft.detached.size, marker, sizeof marker - 1));
    assert_null(memmem(draft.payload.data, draft.payload.size, marker, sizeof marker - 1));
    accept(world, &draft);
    overlay_seal(world->state);
    bool found = false;
    for (size_t i = 0; i < overlay_count(world->state); i++) {
        struct bytes key;
        struct bytes value;
        overlay_entry(world->state, i, &key, &value);
        assert_null(memmem(value.data, value.size, marker, sizeof marker - 1));
        found = found || key.data[0] == KEY_ACCOUNT_VERSION;
    }
    assert_true(found);
}

static void salts_can_be_found_again(void **state)
{
    struct world *world = *state;
    const struct account_draft one = january(world);
    const struct account_draft two = january(world);
    assert_true(bytes_equal(one.detached, two.detached));
    const Seam__AccountLines *lines = world_lines(world, &one);
    for (size_t i = 1; i < lines->n_lines; i++) {
        assert_memory_not_equal(lines->lines[i]->salt.data, lines->lines[i - 1]->salt.data, 16);
    }
    static const uint8_t secret[ACCOUNT_SECRET_SIZE] = {7, 1, 7};
    uint8_t salt[ACCOUNT_SALT_SIZE];
    account_salt(salt, secret, "2025-01", 1, 'L', bytes_text("L_CH4_POST/surface/"));
    assert_memory_equal(salt, lines->lines[0]->salt.data, sizeof salt);
    account_salt(salt, secret, "2025-01", 2, 'L', bytes_text("L_CH4_POST/surface/"));
    assert_memory_not_equal(salt, lines->lines[0]->salt.data, sizeof salt);
    uint8_t mine[ACCOUNT_SECRET_SIZE];
    uint8_t other[ACCOUNT_SECRET_SIZE];
    account_secret(mine, secret, "mine-a");
    account_secret(other, secret, "mine-b");
    assert_memory_not_equal(mine, other, sizeof mine);
}

/* --- statuses ----------------------------------------------------------------------------------*/

static void statuses(void **state)
{
    struct world *world = *state;
    const struct account_draft first = january(world);
    assert_int_equal(account_status(first.account, &first.hash, NULL), ACCOUNT_FOREIGN);
    accept(world, &first);
    ProtobufCMessage *head = NULL;
    struct period period;
    assert_int_equal(period_parse(&period, bytes_text("2025-01")), OK);
    struct state_key key = state_key_of(KEY_ACCOUNT);
    state_key_id(&key, KEY_FACILITY, "mine-b");
    state_key_u32(&key, period.number);
    assert_int_equal(view_record(&head, &seam__account_head__descriptor, world->state,
                                 state_key_bytes(&key), &world->arena),
                     OK);
    assert_int_equal(account_status(first.account, &first.hash, (Seam__AccountHead *)head),
                     ACCOUNT_IN_FORCE);
    struct hash other = first.hash;
    other.bytes[0] ^= 1;
    assert_int_equal(account_status(first.account, &other, (Seam__AccountHead *)head),
                     ACCOUNT_FOREIGN);
    ((Seam__AccountHead *)head)->version = 2;
    assert_int_equal(account_status(first.account, &first.hash, (Seam__AccountHead *)head),
                     ACCOUNT_SUPERSEDED);
    assert_string_equal(account_status_text(ACCOUNT_SUPERSEDED), "SUPERSEDED");
    Seam__JurisdictionRecord place = SEAM__JURISDICTION_RECORD__INIT;
    place.utc_offset_minutes = 480;
    place.deadline_days = 40;
    assert_int_equal(period_parse(&period, bytes_text("2026-09")), OK);
    const uint64_t deadline = status_deadline_ms(period, &place, 0);
    assert_int_equal(deadline, world_time("2026-11-09T16:00:00Z"));
    assert_int_equal(
        period_status(period, &place, deadline, false, world_time("2026-09-30T15:59:59Z")),
        PERIOD_OPEN);
    assert_int_equal(
        period_status(period, &place, deadline, false, world_time("2026-09-30T16:00:00Z")),
        PERIOD_DUE);
    assert_int_equal(period_status(period, &place, deadline, false, deadline), PERIOD_OVERDUE);
    assert_int_equal(period_status(period, &place, deadline, true, deadline), PERIOD_FILED);
    place.yearly_deadline = (char *)"02-29";
    assert_int_equal(period_parse(&period, bytes_text("2022")), OK);
    assert_int_equal(status_deadline_ms(period, &place, 0), deadline_ms(period, 480, 40));
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_WORLD(duplicates),
                                       WITH_WORLD(two_people),
                                       WITH_WORLD(cross_check_set),
                                       WITH_WORLD(whose_facility),
                                       WITH_WORLD(no_gap),
                                       WITH_WORLD(previous_hash),
                                       WITH_WORLD(corrections),
                                       WITH_WORLD(locked_years),
                                       WITH_WORLD(verified_and_disputed_versions),
                                       WITH_WORLD(nil_and_suspended),
                                       WITH_WORLD(calendar),
                                       WITH_WORLD(extension),
                                       WITH_WORLD(yearly),
                                       WITH_WORLD(sets),
                                       WITH_WORLD(completeness),
                                       WITH_WORLD(boundary_versions),
                                       WITH_WORLD(required_codes),
                                       WITH_WORLD(lines_of_a_submission),
                                       WITH_WORLD(detached_must_follow),
                                       WITH_WORLD(state_holds_no_line),
                                       WITH_WORLD(salts_can_be_found_again),
                                       WITH_WORLD(statuses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
