/* SPDX-License-Identifier: Apache-2.0 */
/* Custody of coal samples (V14) and the four frauds of F10, each refused by construction. */
#include "tests/unit/assurance/verification.h"

#define DAY UINT64_C(86400000)

static enum judgement run(struct world *world, uint32_t type, const char *organisation,
                          const char *person, const ProtobufCMessage *in,
                          const ProtobufCMessage *detached)
{
    return world_run(world, &custody_rules, &custody_fields, type, organisation, person, in,
                     detached);
}

static Seam__SampleTake *sample(struct world *world, const char *id)
{
    Seam__SampleTake *in = world_alloc(world, sizeof *in);
    seam__sample_take__init(in);
    in->sample = (char *)(uintptr_t)id;
    in->facility = (char *)(uintptr_t) "mine-a";
    in->period = (char *)(uintptr_t) "2027-01";
    in->product = (char *)(uintptr_t) "raw";
    in->point = (char *)(uintptr_t) "belt-1";
    in->sampler = (char *)(uintptr_t) "mine.preparer";
    in->sampled_at_ms = world->time_ms;
    in->mass_kg = (char *)(uintptr_t) "12.5";
    in->parameter_set_hash = record_data(&world->set_hash);
    return in;
}

static enum judgement take(struct world *world, const Seam__SampleTake *in)
{
    return run(world, SAMPLE_TAKE_TYPE, "mine", "preparer", &in->base, NULL);
}

static enum judgement seal(struct world *world, const char *id, const char *person)
{
    Seam__SampleSeal *in = world_alloc(world, sizeof *in);
    seam__sample_seal__init(in);
    in->sample = (char *)(uintptr_t)id;
    in->seal = (char *)(uintptr_t) "A-0001";
    in->sealed_at_ms = world->time_ms;
    return run(world, SAMPLE_SEAL_TYPE, "mine", person, &in->base, NULL);
}

static enum judgement receive(struct world *world, const char *id, const char *found, bool intact)
{
    Seam__SampleReceive *in = world_alloc(world, sizeof *in);
    seam__sample_receive__init(in);
    in->sample = (char *)(uintptr_t)id;
    in->seal = (char *)(uintptr_t)found;
    in->intact = intact;
    in->received_at_ms = world->time_ms;
    in->mass_kg = (char *)(uintptr_t) "12.5";
    return run(world, SAMPLE_RECEIVE_TYPE, "lab", "preparer", &in->base, NULL);
}

static Seam__LabValues *values(struct world *world)
{
    static const char *const parameters[] = {"CC", "NCV"};
    Seam__LabValues *in = world_alloc(world, sizeof *in);
    seam__lab_values__init(in);
    in->salt = (ProtobufCBinaryData){.len = 16, .data = world_alloc(world, 16)};
    in->values = world_alloc(world, 2 * sizeof *in->values);
    in->n_values = 2;
    for (size_t i = 0; i < 2; i++) {
        in->values[i] = world_alloc(world, sizeof *in->values[i]);
        seam__lab_value__init(in->values[i]);
        in->values[i]->parameter = (char *)(uintptr_t)parameters[i];
        in->values[i]->basis = (char *)(uintptr_t) "AR";
        in->values[i]->value = (char *)(uintptr_t) "0.6123";
        in->values[i]->unit = (char *)(uintptr_t) "tC/t";
        in->values[i]->method = (char *)(uintptr_t) "GB/T 476";
    }
    return in;
}

static Seam__LabReport *report(struct world *world, const char *id, const Seam__LabValues *of)
{
    Seam__LabReport *in = world_alloc(world, sizeof *in);
    struct hash *hash = world_alloc(world, sizeof *hash);
    struct bytes bytes;
    seam__lab_report__init(in);
    assert_int_equal(message_pack(&bytes, &of->base, &world->arena), OK);
    hash_tagged(hash, TAG_LABORATORY, bytes);
    in->sample = (char *)(uintptr_t)id;
    in->report_number = (char *)(uintptr_t) "R-2027-001";
    in->report_hash = world_hash(world, id);
    in->verification_hash = world_hash(world, "qr");
    in->tested_at_ms = world->time_ms;
    in->parameters = world_list(world, "CC NCV", &in->n_parameters);
    in->values_hash = record_data(hash);
    return in;
}

static enum judgement file(struct world *world, const char *laboratory, const Seam__LabReport *in)
{
    return run(world, LAB_REPORT_TYPE, laboratory, "preparer", &in->base, &values(world)->base);
}

static void to_laboratory(struct world *world, const char *id)
{
    world_accredit(world, "lab", "LABORATORY", "CC NCV");
    assert_ok(take(world, sample(world, id)));
    assert_ok(seal(world, id, "deputy"));
    assert_ok(receive(world, id, "A-0001", true));
}

static void from_belt_to_report(void **state)
{
    struct world *world = *state;
    to_laboratory(world, "s-1");
    assert_ok(file(world, "lab", report(world, "s-1", values(world))));
    const Seam__CoalSampleRecord *record = NULL;
    assert_int_equal(view_coal_sample(&record, world->state, "s-1", &world->arena), OK);
    assert_int_equal(record->state, CUSTODY_REPORTED);
    struct hash hash;
    assert_true(record_hash(&hash, record->report->report_hash));
    const Seam__LabReportRecord *named = NULL;
    assert_int_equal(view_lab_report(&named, world->state, &hash, &world->arena), OK);
    assert_string_equal(named->sample, "s-1");
    Seam__LabWithdraw in = SEAM__LAB_WITHDRAW__INIT;
    in.sample = (char *)(uintptr_t) "s-1";
    in.reason = (char *)(uintptr_t) "furnace out of order";
    assert_refused(run(world, LAB_WITHDRAW_TYPE, "lab-2", "preparer", &in.base, NULL), JUDGE_NEVER,
                   ERR_ROLE, "sample");
    assert_ok(run(world, LAB_WITHDRAW_TYPE, "lab", "preparer", &in.base, NULL));
    assert_refused(run(world, LAB_WITHDRAW_TYPE, "lab", "preparer", &in.base, NULL), JUDGE_NEVER,
                   ERR_STATE_MACHINE, "sample");
    Seam__LabReport *again = report(world, "s-1", values(world));
    assert_refused(file(world, "lab", again), JUDGE_NEVER, ERR_CONFLICT, "report_hash");
    again->report_hash = world_hash(world, "second report");
    assert_ok(file(world, "lab", again));
}

/* F10, first: edited dates. */
static void fraud_edited_dates(void **state)
{
    struct world *world = *state;
    world->time_ms += 20 * DAY;
    Seam__SampleTake *in = sample(world, "s-1");
    in->sampled_at_ms = world->time_ms - 7 * DAY - 1;
    assert_refused(take(world, in), JUDGE_NEVER, ERR_RANGE, "sampled_at_ms");
    in->sampled_at_ms = world->time_ms + 1;
    assert_refused(take(world, in), JUDGE_NEVER, ERR_RANGE, "sampled_at_ms");
    in->sampled_at_ms = world->time_ms - 7 * DAY;
    assert_ok(take(world, in));
    assert_ok(seal(world, "s-1", "deputy"));
    Seam__SampleReceive early = SEAM__SAMPLE_RECEIVE__INIT;
    early.sample = (char *)(uintptr_t) "s-1";
    early.seal = (char *)(uintptr_t) "A-0001";
    early.intact = true;
    early.mass_kg = (char *)(uintptr_t) "12.5";
    early.received_at_ms = world->time_ms - 1; /* before it was sealed */
    assert_refused(run(world, SAMPLE_RECEIVE_TYPE, "lab", "preparer", &early.base, NULL),
                   JUDGE_NEVER, ERR_RANGE, "received_at_ms");
    assert_ok(receive(world, "s-1", "A-0001", true));
    world_accredit(world, "lab", "LABORATORY", "CC NCV");
    Seam__LabReport *out = report(world, "s-1", values(world));
    out->tested_at_ms = world->time_ms - 1; /* before it came */
    assert_refused(file(world, "lab", out), JUDGE_NEVER, ERR_RANGE, "tested_at_ms");
    out->tested_at_ms = world->time_ms + 1;
    assert_refused(file(world, "lab", out), JUDGE_NEVER, ERR_RANGE, "tested_at_ms");
    /* V14: 40 days after the sampling, and not a millisecond later */
    out->tested_at_ms = world->time_ms;
    world->time_ms = in->sampled_at_ms + 40 * DAY + 1;
    assert_refused(file(world, "lab", out), JUDGE_NEVER, ERR_EXPIRED, "sample");
    world->time_ms--;
    assert_ok(file(world, "lab", out));
}

/* F10, second: the code that leads to the laboratory was cut off; on the ledger, a report that
 * nobody received or whose code is missing. */
/* V14: on the last millisecond of the 40 days it is in time, one later it is refused. */
static void a_late_report_is_refused(void **state)
{
    struct world *world = *state;
    world_accredit(world, "lab", "LABORATORY", "CC NCV");
    const uint64_t sampled = world->time_ms;
    to_laboratory(world, "s-1");
    Seam__LabReport *out = report(world, "s-1", values(world));
    world->time_ms = sampled + 40 * DAY + 1;
    out->tested_at_ms = world->time_ms - 2 * DAY;
    assert_refused(file(world, "lab", out), JUDGE_NEVER, ERR_EXPIRED, "sample");
    world->time_ms--;
    assert_ok(file(world, "lab", out));
}

static void fraud_deleted_code(void **state)
{
    struct world *world = *state;
    world_accredit(world, "lab", "LABORATORY", "CC NCV");
    assert_refused(file(world, "lab", report(world, "s-1", values(world))), JUDGE_NOT_YET,
                   ERR_ABSENT, "sample");
    assert_ok(take(world, sample(world, "s-1")));
    assert_refused(file(world, "lab", report(world, "s-1", values(world))), JUDGE_NEVER,
                   ERR_STATE_MACHINE, "sample");
    assert_ok(seal(world, "s-1", "deputy"));
    assert_refused(file(world, "lab", report(world, "s-1", values(world))), JUDGE_NEVER,
                   ERR_STATE_MACHINE, "sample");
    assert_ok(receive(world, "s-1", "A-0001", true));
    Seam__LabReport *in = report(world, "s-1", values(world));
    in->verification_hash = (ProtobufCBinaryData){0};
    assert_refused(file(world, "lab", in), JUDGE_NEVER, ERR_MISSING, "verification_hash");
    world_accredit(world, "lab-2", "LABORATORY", "CC NCV");
    assert_refused(file(world, "lab-2", report(world, "s-1", values(world))), JUDGE_NEVER, ERR_ROLE,
                   "sample");
    const Seam__SampleReceive nothing = SEAM__SAMPLE_RECEIVE__INIT;
    assert_refused(run(world, SAMPLE_RECEIVE_TYPE, "mine", "preparer", &nothing.base, NULL),
                   JUDGE_NEVER, ERR_ROLE, "organisation"); /* nobody signs for the laboratory */
}

/* F10, third: one batch passed off as twelve months. */
static void fraud_one_batch_for_twelve_months(void **state)
{
    struct world *world = *state;
    to_laboratory(world, "s-1");
    for (unsigned month = 2; month <= 12; month++) {
        char period[8];
        char id[8];
        (void)snprintf(period, sizeof period, "2027-%02u", month);
        (void)snprintf(id, sizeof id, "s-%u", month);
        Seam__SampleTake *in = sample(world, id);
        in->period = period;
        assert_refused(take(world, in), JUDGE_NEVER, ERR_RANGE, "sampled_at_ms");
    }
    assert_refused(take(world, sample(world, "s-1")), JUDGE_NEVER, ERR_CONFLICT, "sample");
    assert_ok(file(world, "lab", report(world, "s-1", values(world))));
    assert_refused(file(world, "lab", report(world, "s-1", values(world))), JUDGE_NEVER,
                   ERR_STATE_MACHINE, "sample"); /* one report a sample */
    assert_ok(take(world, sample(world, "s-2")));
    assert_ok(seal(world, "s-2", "deputy"));
    assert_ok(receive(world, "s-2", "A-0001", true));
    Seam__LabReport *in = report(world, "s-2", values(world));
    in->report_hash = world_hash(world, "s-1"); /* one sample a report */
    assert_refused(file(world, "lab", in), JUDGE_NEVER, ERR_CONFLICT, "report_hash");
    assert_string_equal(world->detail.limit, "s-1");
}

/* F10, fourth: a fake sample comes under another seal, or a broken one, or nobody sealed it. */
static void fraud_fake_sample(void **state)
{
    struct world *world = *state;
    world_accredit(world, "lab", "LABORATORY", "CC NCV");
    assert_refused(receive(world, "s-1", "A-0001", true), JUDGE_NOT_YET, ERR_ABSENT, "sample");
    assert_ok(take(world, sample(world, "s-1")));
    assert_refused(receive(world, "s-1", "", true), JUDGE_NEVER, ERR_STATE_MACHINE, "sample");
    assert_refused(seal(world, "s-1", "preparer"), JUDGE_NEVER, ERR_SECOND_PERSON, "signatures");
    assert_ok(seal(world, "s-1", "deputy"));
    assert_ok(receive(world, "s-1", "A-0002", true));
    const Seam__CoalSampleRecord *record = NULL;
    assert_int_equal(view_coal_sample(&record, world->state, "s-1", &world->arena), OK);
    assert_int_equal(record->state, CUSTODY_REFUSED);
    assert_string_equal(record->reason, "another seal");
    assert_refused(file(world, "lab", report(world, "s-1", values(world))), JUDGE_NEVER,
                   ERR_STATE_MACHINE, "sample");
    assert_ok(take(world, sample(world, "s-2")));
    assert_ok(seal(world, "s-2", "deputy"));
    assert_ok(receive(world, "s-2", "A-0001", false));
    assert_refused(file(world, "lab", report(world, "s-2", values(world))), JUDGE_NEVER,
                   ERR_STATE_MACHINE, "sample");
}

/* V14: scope of the laboratory, and values that belong to the stated parameters. */
static void scope_and_values(void **state)
{
    struct world *world = *state;
    to_laboratory(world, "s-1");
    world_accredit(world, "lab", "LABORATORY", "CC");
    assert_refused(file(world, "lab", report(world, "s-1", values(world))), JUDGE_NEVER, ERR_ROLE,
                   "parameters");
    assert_string_equal(world->detail.limit, "NCV");
    world_accredit(world, "lab", "LABORATORY", "CC NCV");
    Seam__LabReport *in = report(world, "s-1", values(world));
    in->n_parameters = 1;
    assert_refused(file(world, "lab", in), JUDGE_NEVER, ERR_INCOMPLETE, "detached");
    in = report(world, "s-1", values(world));
    in->values_hash = world_hash(world, "other values");
    assert_refused(file(world, "lab", in), JUDGE_NEVER, ERR_TOTAL, "values_hash");
    assert_refused(run(world, LAB_REPORT_TYPE, "lab", "preparer",
                       &report(world, "s-1", values(world))->base, NULL),
                   JUDGE_NEVER, ERR_INCOMPLETE, "detached");
    assert_ok(file(world, "lab", report(world, "s-1", values(world))));
}

/* A laboratory cannot refuse, and so spoil, what was sealed for another one. */
static void sealed_for_one_laboratory(void **state)
{
    struct world *world = *state;
    Seam__SampleTake *in = sample(world, "s-1");
    assert_ok(take(world, in));
    Seam__SampleSeal sealed = SEAM__SAMPLE_SEAL__INIT;
    sealed.sample = (char *)(uintptr_t) "s-1";
    sealed.seal = (char *)(uintptr_t) "A-0001";
    sealed.sealed_at_ms = world->time_ms;
    sealed.laboratory = (char *)(uintptr_t) "other";
    assert_refused(run(world, SAMPLE_SEAL_TYPE, "mine", "deputy", &sealed.base, NULL), JUDGE_NEVER,
                   ERR_ROLE, "laboratory");
    sealed.laboratory = (char *)(uintptr_t) "lab-2";
    assert_ok(run(world, SAMPLE_SEAL_TYPE, "mine", "deputy", &sealed.base, NULL));
    assert_refused(receive(world, "s-1", "B-0001", false), JUDGE_NEVER, ERR_ROLE, "sample");
    assert_string_equal(world->detail.limit, "lab-2");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(from_belt_to_report),
        T(fraud_edited_dates),
        T(fraud_deleted_code),
        T(a_late_report_is_refused),
        T(fraud_one_batch_for_twelve_months),
        T(fraud_fake_sample),
        T(scope_and_values),
        T(sealed_for_one_laboratory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
