/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of periods, the calendar, and the statuses that follow from both. */
#include "tests/unit/accounting/draft.h"

#include "ledger/accounting/status.h"
#include "ledger/proto/assurance.pb-c.h"
#include "ledger/proto/dispute.pb-c.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(no_gap),
        WITH_WORLD(previous_hash),
        WITH_WORLD(corrections),
        WITH_WORLD(locked_years),
        WITH_WORLD(verified_and_disputed_versions),
        WITH_WORLD(nil_and_suspended),
        WITH_WORLD(calendar),
        WITH_WORLD(extension),
        WITH_WORLD(yearly),
        WITH_WORLD(statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
