/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence [KSSJ 6.1b]: grants, revocations, the log of disclosures, findings that raise
 * themselves, and single lines of an account (V24). */
#include "tests/unit/assurance/verification.h"

static enum judgement grant_for(struct world *world, const char *owner, const char *reader,
                                const char *engagement)
{
    Seam__EvidenceGrant *in = world_alloc(world, sizeof *in);
    seam__evidence_grant__init(in);
    in->evidence = world_hash(world, "file");
    in->reader = (char *)(uintptr_t)reader;
    in->reader_key = world_hash(world, "key");
    in->envelope_hash = world_hash(world, "envelope");
    in->engagement = (char *)(uintptr_t)engagement;
    return world_apply(world, EVIDENCE_GRANT_TYPE, owner, "preparer", &in->base, NULL);
}

static enum judgement grant(struct world *world, const char *owner, const char *reader)
{
    return grant_for(world, owner, reader, "");
}

static enum judgement revoke(struct world *world, const char *owner)
{
    Seam__EvidenceRevoke *in = world_alloc(world, sizeof *in);
    seam__evidence_revoke__init(in);
    in->evidence = world_hash(world, "file");
    in->reader = (char *)(uintptr_t) "verifier";
    in->reason = (char *)(uintptr_t) "sent by mistake";
    return world_apply(world, EVIDENCE_REVOKE_TYPE, owner, "preparer", &in->base, NULL);
}

static Seam__EvidenceDisclose *outcome(struct world *world, const char *what)
{
    Seam__EvidenceDisclose *in = world_alloc(world, sizeof *in);
    seam__evidence_disclose__init(in);
    in->evidence = world_hash(world, "file");
    in->owner = (char *)(uintptr_t) "mine";
    in->reader = (char *)(uintptr_t) "verifier";
    in->outcome = (char *)(uintptr_t)what;
    return in;
}

static enum judgement disclose(struct world *world, const char *by,
                               const Seam__EvidenceDisclose *in)
{
    return world_apply(world, EVIDENCE_DISCLOSE_TYPE, by, "preparer", &in->base, NULL);
}

/* [KSSJ 6.1b] after a grant only, and every disclosure is on the ledger. */
static void clause_6_1_b_grant_and_log(void **state)
{
    struct world *world = *state;
    struct hash file;
    assert_true(record_hash(&file, world_hash(world, "file")));
    assert_refused(disclose(world, "mine", outcome(world, "SERVED")), JUDGE_NOT_YET, ERR_ABSENT,
                   "evidence");
    assert_refused(grant(world, "mine", "mine"), JUDGE_NEVER, ERR_ROLE, "reader");
    assert_refused(grant(world, "mine", "nobody"), JUDGE_NOT_YET, ERR_ABSENT, "reader");
    assert_ok(grant(world, "mine", "verifier"));
    assert_refused(grant(world, "mine", "verifier"), JUDGE_NEVER, ERR_DUPLICATE, "evidence");
    assert_refused(disclose(world, "verifier", outcome(world, "SERVED")), JUDGE_NEVER, ERR_ROLE,
                   "outcome");
    assert_refused(disclose(world, "mine", outcome(world, "RECEIVED")), JUDGE_NEVER, ERR_ROLE,
                   "outcome");
    assert_ok(disclose(world, "mine", outcome(world, "SERVED")));
    assert_ok(disclose(world, "verifier", outcome(world, "RECEIVED")));
    const Seam__GrantRecord *record = NULL;
    assert_int_equal(view_grant(&record, world->state, "mine", &file, "verifier", &world->arena),
                     OK);
    assert_int_equal(record->disclosures, 2);
    const Seam__DisclosureRecord *log = NULL;
    assert_int_equal(
        view_disclosure(&log, world->state, "mine", &file, "verifier", 2, &world->arena), OK);
    assert_string_equal(log->outcome, "RECEIVED");
    assert_int_equal(view_grant(&record, world->state, "mine", &file, "other", &world->arena),
                     ERR_ABSENT);
}

static void revoked_and_given_again(void **state)
{
    struct world *world = *state;
    assert_ok(grant(world, "mine", "verifier"));
    assert_refused(revoke(world, "other"), JUDGE_NOT_YET, ERR_ABSENT, "evidence");
    assert_ok(revoke(world, "mine"));
    assert_refused(revoke(world, "mine"), JUDGE_NEVER, ERR_STATE_MACHINE, "evidence");
    assert_refused(disclose(world, "mine", outcome(world, "SERVED")), JUDGE_NEVER, ERR_CLOSED,
                   "evidence");
    assert_ok(grant(world, "mine", "verifier"));
    assert_ok(disclose(world, "mine", outcome(world, "SERVED")));
}

/* Failure case of 3.2: missing, or decrypts to another hash: a finding at once. */
static void mismatch_raises_a_finding(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    assert_ok(grant(world, "mine", "verifier"));
    Seam__EvidenceDisclose *in = outcome(world, "MISMATCH");
    assert_refused(disclose(world, "verifier", in), JUDGE_NEVER, ERR_TOTAL, "found_hash");
    in->found_hash = in->evidence;
    assert_refused(disclose(world, "verifier", in), JUDGE_NEVER, ERR_TOTAL, "found_hash");
    in->found_hash = world_hash(world, "another file");
    in->engagement = (char *)(uintptr_t)ENG;
    in->facility = (char *)(uintptr_t) "mine-a";
    in->period = (char *)(uintptr_t) "2026-01";
    assert_ok(disclose(world, "verifier", in));
    const Seam__FindingRecord *finding = NULL;
    assert_int_equal(view_finding(&finding, world->state, ENG, 1, &world->arena), OK);
    assert_true(finding->automatic);
    assert_string_equal(finding->raise->kind, "EVIDENCE_MISMATCH");
    assert_true(record_data_equal(finding->raise->refs[0], in->evidence));
    assert_int_equal(world_engagement(world)->findings_open, 1);
    in = outcome(world, "MISSING");
    in->engagement = (char *)(uintptr_t)ENG;
    in->facility = (char *)(uintptr_t) "mine-a";
    in->period = (char *)(uintptr_t) "2026-03";
    assert_refused(disclose(world, "verifier", in), JUDGE_NEVER, ERR_RANGE, "period");
    in->period = (char *)(uintptr_t) "2026-02";
    assert_ok(disclose(world, "verifier", in));
    assert_int_equal(world_engagement(world)->findings, 2);
}

/* A verifier that finds a file missing does not keep it to itself: of a file that was granted for
 * an engagement under way the log takes it only together with its finding. */
static void what_is_wrong_is_not_noted_beside_the_findings(void **state)
{
    struct world *world = *state;
    world_to_documents(world);
    assert_ok(grant_for(world, "mine", "verifier", ENG));
    Seam__EvidenceDisclose *in = outcome(world, "MISSING");
    assert_refused(disclose(world, "verifier", in), JUDGE_NEVER, ERR_MISSING, "engagement");
    assert_string_equal(world->detail.limit, ENG);
    assert_ok(disclose(world, "verifier", outcome(world, "RECEIVED")));
    in->engagement = (char *)(uintptr_t)ENG;
    in->facility = (char *)(uintptr_t) "mine-a";
    in->period = (char *)(uintptr_t) "2026-01";
    assert_ok(disclose(world, "verifier", in));
    assert_int_equal(world_engagement(world)->findings, 1);
    /* a reader that is not the verifier has no finding to raise */
    assert_ok(grant_for(world, "mine", "regulator", ENG));
    in = outcome(world, "MISSING");
    in->reader = (char *)(uintptr_t) "regulator";
    assert_ok(disclose(world, "regulator", in));
    assert_int_equal(world_engagement(world)->findings, 1);
}

/* Failure case of 3.2: the right file, but unsigned or too late: a finding on the line it bears. */
static void unsigned_and_late_raise_a_finding(void **state)
{
    static const char *const outcomes[] = {"UNSIGNED", "LATE"};
    struct world *world = *state;
    world_to_documents(world);
    assert_ok(grant(world, "mine", "verifier"));
    for (uint32_t i = 0; i < 2; i++) {
        Seam__EvidenceDisclose *in = outcome(world, outcomes[i]);
        in->engagement = (char *)(uintptr_t)ENG;
        in->facility = (char *)(uintptr_t) "mine-a";
        in->period = (char *)(uintptr_t) "2026-01";
        in->code = (char *)(uintptr_t) "L_FUEL";
        in->source = (char *)(uintptr_t) "boiler-1";
        assert_refused(disclose(world, "mine", in), JUDGE_NEVER, ERR_ROLE, "outcome");
        assert_ok(disclose(world, "verifier", in));
        const Seam__FindingRecord *finding = NULL;
        assert_int_equal(view_finding(&finding, world->state, ENG, i + 1, &world->arena), OK);
        assert_true(finding->automatic);
        assert_string_equal(finding->raise->kind, "NONCONFORMITY");
        assert_string_equal(finding->raise->field, outcomes[i]);
        assert_string_equal(finding->raise->source, "boiler-1");
        assert_int_equal(finding->state, FINDING_RAISED);
    }
    assert_int_equal(world_engagement(world)->findings_open, 2);
}

/* V24: the leaf of the world's accounts is the only line. */
static void a_line_must_be_of_the_root(void **state)
{
    struct world *world = *state;
    struct hash leaf;
    merkle_leaf(&leaf, TAG_LINE_LEAF, bytes_text("one line"));
    Seam__LineReveal in = SEAM__LINE_REVEAL__INIT;
    in.facility = (char *)(uintptr_t) "mine-a";
    in.period = (char *)(uintptr_t) "2026-01";
    in.version = 1;
    in.leaf = world_hash(world, "another line");
    in.reader = (char *)(uintptr_t) "verifier";
    in.envelope_hash = world_hash(world, "envelope");
    assert_refused(world_apply(world, LINE_REVEAL_TYPE, "mine", "preparer", &in.base, NULL),
                   JUDGE_NEVER, ERR_TOTAL, "leaf");
    in.leaf = record_data(&leaf);
    in.index = 1;
    assert_refused(world_apply(world, LINE_REVEAL_TYPE, "mine", "preparer", &in.base, NULL),
                   JUDGE_NEVER, ERR_TOTAL, "leaf");
    in.index = 0;
    ProtobufCBinaryData path[] = {in.leaf};
    in.path = path;
    in.n_path = 1;
    assert_refused(world_apply(world, LINE_REVEAL_TYPE, "mine", "preparer", &in.base, NULL),
                   JUDGE_NEVER, ERR_TOTAL, "leaf");
    in.n_path = 0;
    assert_refused(world_apply(world, LINE_REVEAL_TYPE, "other", "preparer", &in.base, NULL),
                   JUDGE_NEVER, ERR_ROLE, "facility");
    in.version = 2;
    assert_refused(world_apply(world, LINE_REVEAL_TYPE, "mine", "preparer", &in.base, NULL),
                   JUDGE_NOT_YET, ERR_ABSENT, "version");
    in.version = 1;
    assert_ok(world_apply(world, LINE_REVEAL_TYPE, "mine", "preparer", &in.base, NULL));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(clause_6_1_b_grant_and_log),
        T(revoked_and_given_again),
        T(mismatch_raises_a_finding),
        T(unsigned_and_late_raise_a_finding),
        T(what_is_wrong_is_not_noted_beside_the_findings),
        T(a_line_must_be_of_the_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
