/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_ASSURANCE_CASE_H
#define TESTS_UNIT_ASSURANCE_CASE_H

/* A state for disputes: a mine with one account (120 t reported, 150 t verified by an opinion), its
 * group, a verifier, two regulators, a calendar of 2026 and the rules of verification. */

#include "ledger/accounting/view.h"
#include "ledger/assurance/dispute.h"
#include "ledger/assurance/dispute_case.h"
#include "ledger/assurance/dispute_lines.h"
#include "ledger/assurance/dispute_standing.h"
#include "ledger/assurance/view.h"
#include "ledger/base/period.h"
#include "ledger/chain/merkle.h"
#include "ledger/codec/message.h"
#include "ledger/proto/account.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CASE_TONNE INT64_C(1000000)
#define CASE_OPINION "2026-09-21T03:00:00Z" /* Monday, 11:00 in China */

struct world {
    struct arena arena;
    struct overlay *state;
    uint64_t time_ms;
    uint64_t height;
    struct hash set_hash;
    struct hash account_hash;
    int64_t reported_t; /* by the account that is disputed */
    struct err_detail detail;
};

static inline uint64_t case_time(const char *text)
{
    uint64_t out = 0;
    assert_int_equal(time_parse(&out, bytes_text(text)), OK);
    return out;
}

static inline enum err case_nothing(void *context, struct bytes key, struct arena *arena,
                                    struct bytes *out)
{
    (void)context;
    (void)key;
    (void)arena;
    (void)out;
    return ERR_ABSENT;
}

static inline void *case_alloc(struct world *world, size_t size)
{
    void *out = arena_alloc(&world->arena, size);
    assert_non_null(out);
    return out;
}

static inline char *case_text(struct world *world, const char *text)
{
    char *out = arena_text(&world->arena, text, strlen(text));
    assert_non_null(out);
    return out;
}

static inline ProtobufCBinaryData case_data(const struct hash *hash)
{
    return (ProtobufCBinaryData){.len = HASH_SIZE, .data = (uint8_t *)(uintptr_t)hash->bytes};
}

static inline ProtobufCBinaryData case_pack(struct world *world, const ProtobufCMessage *message)
{
    struct bytes out = {0};
    assert_int_equal(message_pack(&out, message, &world->arena), OK);
    return (ProtobufCBinaryData){.len = out.size, .data = (uint8_t *)(uintptr_t)out.data};
}

static inline void case_put(struct world *world, const struct state_key *key,
                            const ProtobufCMessage *record)
{
    assert_int_equal(view_put(world->state, state_key_bytes(key), record, &world->arena), OK);
}

static inline void case_organisation(struct world *world, const char *name, uint32_t roles,
                                     const char *jurisdiction, const char *parent)
{
    Seam__OrganisationRecord record = SEAM__ORGANISATION_RECORD__INIT;
    record.organisation = (char *)(uintptr_t)name;
    record.roles = roles;
    record.jurisdiction = (char *)(uintptr_t)jurisdiction;
    record.parent = (char *)(uintptr_t)parent;
    const struct state_key key = state_key_named(KEY_ORGANISATION, name);
    case_put(world, &key, &record.base);
    static const char *const persons[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < sizeof persons / sizeof persons[0]; i++) {
        char id[80];
        snprintf(id, sizeof id, "%s.%s", name, persons[i]);
        Seam__PersonRecord person = SEAM__PERSON_RECORD__INIT;
        person.person = id;
        person.organisation = (char *)(uintptr_t)name;
        const struct state_key own = state_key_named(KEY_PERSON, id);
        case_put(world, &own, &person.base);
    }
}

static inline void case_facility(struct world *world, const char *facility, const char *owner)
{
    Seam__FacilityRecord record = SEAM__FACILITY_RECORD__INIT;
    record.facility = (char *)(uintptr_t)facility;
    record.organisation = (char *)(uintptr_t)owner;
    record.kind = (char *)"UG";
    record.jurisdiction = (char *)"CN-14";
    record.scheme = (char *)"cn-ets";
    record.cadence = (char *)"MONTH";
    record.start_period = (char *)"2026-01";
    const struct state_key key = state_key_named(KEY_FACILITY, facility);
    case_put(world, &key, &record.base);
}

static inline void case_jurisdiction(struct world *world)
{
    static char *holidays[] = {(char *)"2026-10-01", (char *)"2026-10-02", (char *)"2026-10-05",
                               (char *)"2026-10-06", (char *)"2026-10-07"};
    static char *worked[] = {(char *)"2026-09-20", (char *)"2026-10-10"};
    Seam__WorkingYear year = SEAM__WORKING_YEAR__INIT;
    Seam__WorkingYear *years[] = {&year};
    Seam__JurisdictionRecord record = SEAM__JURISDICTION_RECORD__INIT;
    year.year = 2026;
    year.holidays = holidays;
    year.n_holidays = 5;
    year.working_days = worked;
    year.n_working_days = 2;
    record.jurisdiction = (char *)"CN-14";
    record.utc_offset_minutes = 480;
    record.deadline_days = 40;
    record.working_years = years;
    record.n_working_years = 1;
    const struct state_key key = state_key_named(KEY_JURISDICTION, "CN-14");
    case_put(world, &key, &record.base);
}

struct case_value {
    const char *key;
    const char *value;
};

static inline struct hash case_set(struct world *world, const char *id,
                                   const struct case_value *rows, size_t count)
{
    Seam__ParameterValue values[32];
    Seam__ParameterValue *list[32];
    Seam__ParameterSet set = SEAM__PARAMETER_SET__INIT;
    assert_true(count <= 32);
    for (size_t i = 0; i < count; i++) {
        seam__parameter_value__init(&values[i]);
        values[i].key = (char *)(uintptr_t)rows[i].key;
        values[i].value = (char *)(uintptr_t)rows[i].value;
        list[i] = &values[i];
    }
    set.id = (char *)(uintptr_t)id;
    set.version = 1;
    set.values = list;
    set.n_values = count;
    const ProtobufCBinaryData bytes = case_pack(world, &set.base);
    struct hash hash;
    hash_tagged(&hash, TAG_SET, bytes_of(bytes.data, bytes.len));
    Seam__ParameterSetRecord record = SEAM__PARAMETER_SET_RECORD__INIT;
    record.id = set.id;
    record.version = 1;
    record.hash = case_data(&hash);
    record.parameter_set = bytes;
    struct state_key key = state_key_named(KEY_PARAMETER_SET, id);
    state_key_u32(&key, 1);
    case_put(world, &key, &record.base);
    Seam__ParameterSetName name = SEAM__PARAMETER_SET_NAME__INIT;
    name.id = set.id;
    name.version = 1;
    key = state_key_of(KEY_PARAMETER_SET_HASH);
    state_key_hash(&key, &hash);
    case_put(world, &key, &name.base);
    Seam__AdoptionRecord adoption = SEAM__ADOPTION_RECORD__INIT;
    adoption.scheme = (char *)"cn-ets";
    adoption.set_hash = case_data(&hash);
    adoption.id = set.id;
    adoption.from_period = (char *)"2026";
    key = state_key_of(KEY_ADOPTION);
    state_key_id(&key, KEY_ADOPTION, "cn-ets");
    state_key_hash(&key, &hash);
    case_put(world, &key, &adoption.base);
    return hash;
}

static inline struct hash case_account(struct world *world, const char *facility,
                                       const char *period, uint32_t version, int64_t tonnes)
{
    Seam__Account account = SEAM__ACCOUNT__INIT;
    account.facility = (char *)(uintptr_t)facility;
    account.period = (char *)(uintptr_t)period;
    account.version = version;
    account.state = (char *)"VALUE";
    account.scope1_g = tonnes * CASE_TONNE;
    account.gross_g = account.scope1_g;
    account.net_g = account.scope1_g;
    account.ch4_g = tonnes * CASE_TONNE / 28;
    const ProtobufCBinaryData bytes = case_pack(world, &account.base);
    struct hash hash;
    hash_tagged(&hash, TAG_ACCOUNT, bytes_of(bytes.data, bytes.len));
    Seam__AccountRecord record = SEAM__ACCOUNT_RECORD__INIT;
    record.account = bytes;
    record.account_hash = case_data(&hash);
    record.organisation = (char *)"mine";
    struct state_key key;
    assert_true(view_account_version_key(&key, facility, period, version));
    case_put(world, &key, &record.base);
    Seam__AccountHead head = SEAM__ACCOUNT_HEAD__INIT;
    head.facility = account.facility;
    head.period = account.period;
    head.version = version;
    head.account_hash = case_data(&hash);
    head.state = account.state;
    assert_true(view_account_key(&key, facility, period));
    case_put(world, &key, &head.base);
    return hash;
}

static inline void case_opinion(struct world *world, const char *opinion, const char *facility,
                                const char *period, uint32_t version, int64_t tonnes,
                                const char *time)
{
    Seam__CategoryTotals totals = SEAM__CATEGORY_TOTALS__INIT;
    totals.scope1_g = totals.gross_g = totals.net_g = tonnes * CASE_TONNE;
    Seam__OpinionHead head = SEAM__OPINION_HEAD__INIT;
    head.facility = (char *)(uintptr_t)facility;
    head.period = (char *)(uintptr_t)period;
    head.version = version;
    head.opinion = (char *)(uintptr_t)opinion;
    head.type = (char *)"MODIFIED";
    head.counts = true;
    head.verified = &totals;
    head.time_ms = case_time(time);
    struct state_key key;
    assert_true(record_key_period(&key, KEY_OPINION_HEAD, facility, period));
    case_put(world, &key, &head.base);
    Seam__OpinionRecord record = SEAM__OPINION_RECORD__INIT;
    record.verifier = (char *)"verifier";
    record.client = (char *)"mine";
    record.time_ms = head.time_ms;
    key = record_key(KEY_OPINION, opinion);
    case_put(world, &key, &record.base);
}

static const struct case_value case_rules[] = {
    {"dispute.appeal_days", "7"},     {"dispute.appeal_persons", "1"},
    {"dispute.decision_days", "10"},  {"dispute.default_verified", "1"},
    {"dispute.extension_days", "10"}, {"dispute.extensions", "1"},
    {"dispute.objection_days", "7"},  {"dispute.statement_days", "5"},
};

static inline int case_setup(void **state)
{
    const struct state_base base = {.get = case_nothing};
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    arena_init(&world->arena, (size_t)512 << 20);
    world->state = overlay_new(NULL, &base);
    assert_non_null(world->state);
    world->height = 10;
    world->reported_t = 120;
    case_jurisdiction(world);
    case_organisation(world, "regulator", ROLE_REGULATOR, "CN-14", "");
    case_organisation(world, "regulator-15", ROLE_REGULATOR, "CN-15", "");
    case_organisation(world, "group", ROLE_GROUP, "CN-14", "");
    case_organisation(world, "mine", ROLE_MINE, "CN-14", "group");
    case_organisation(world, "mine-2", ROLE_MINE, "CN-14", "");
    case_organisation(world, "verifier", ROLE_VERIFIER, "CN-14", "");
    case_facility(world, "mine-a", "mine");
    world->set_hash =
        case_set(world, "VERIFICATION-RULES", case_rules, sizeof case_rules / sizeof case_rules[0]);
    world->account_hash = case_account(world, "mine-a", "2026-07", 1, 120);
    case_opinion(world, "op-1", "mine-a", "2026-07", 1, 150, CASE_OPINION);
    world->time_ms = case_time("2026-09-22T02:00:00Z");
    *state = world;
    return 0;
}

static inline int case_teardown(void **state)
{
    struct world *world = *state;
    overlay_drop(world->state);
    arena_free(&world->arena);
    free(world);
    return 0;
}

static inline const struct rule_row *case_row(const char *name)
{
    for (size_t i = 0; i < dispute_rules.count; i++) {
        if (strcmp(dispute_rules.rows[i].name, name) == 0) {
            return &dispute_rules.rows[i];
        }
    }
    fail_msg("no row %s", name);
    return NULL;
}

static inline struct rule_context case_context(struct world *world, const char *organisation,
                                               const char *persons, struct rule_signer signers[2])
{
    struct rule_context context = {
        .state = world->state,
        .arena = &world->arena,
        .height = world->height,
        .time_ms = world->time_ms,
        .rules_version = 1,
        .organisation_id = case_text(world, organisation),
        .signers = signers,
        .signer_count = strlen(persons),
    };
    const Seam__OrganisationRecord *record = NULL;
    assert_int_equal(view_organisation(&record, world->state, organisation, &world->arena), OK);
    context.roles = record->roles;
    id_hash(&context.organisation, KEY_ORGANISATION, organisation);
    memset(context.tx_id.bytes, (int)(world->height & 0xff), HASH_SIZE);
    context.tx_id.bytes[1] = (uint8_t)(world->height >> 8);
    for (size_t i = 0; i < context.signer_count; i++) {
        char person[80];
        snprintf(person, sizeof person, "%s.%c", organisation, persons[i]);
        id_hash(&signers[i].person, KEY_PERSON, person);
        signers[i].key_id.bytes[0] = (uint8_t)persons[i];
    }
    return context;
}

/* The rule as the executor calls it, roles included; what a refusal wrote is rolled back. persons:
 * letters of those who sign. */
static inline enum judgement case_send_by(struct world *world, const char *organisation,
                                          const char *persons, const char *row,
                                          const ProtobufCMessage *payload,
                                          const ProtobufCMessage *detached)
{
    struct rule_signer signers[2];
    memset(signers, 0, sizeof signers);
    struct rule_context context = case_context(world, organisation, persons, signers);
    const struct rule_row *rule = case_row(row);
    const size_t mark = overlay_mark(world->state);
    memset(&world->detail, 0, sizeof world->detail);
    if ((rule->roles & context.roles) == 0) {
        (void)err_set(&world->detail, ERR_ROLE, "organisation", NULL, NULL, NULL);
        return JUDGE_NEVER;
    }
    const enum judgement judgement = rule->apply(&context, payload, detached, &world->detail);
    if (judgement != JUDGE_OK) {
        overlay_rollback(world->state, mark);
    }
    world->height++;
    return judgement;
}

static inline enum judgement case_send(struct world *world, const char *organisation,
                                       const char *row, const ProtobufCMessage *payload,
                                       const ProtobufCMessage *detached)
{
    return case_send_by(world, organisation, "ab", row, payload, detached);
}

#define assert_ok(judgement_)                                                                      \
    do {                                                                                           \
        const enum judgement got_ = (judgement_);                                                  \
        if (got_ != JUDGE_OK) {                                                                    \
            print_error("%s %s: %s %s\n", err_name(world->detail.err), world->detail.field,        \
                        world->detail.limit, world->detail.hint);                                  \
        }                                                                                          \
        assert_int_equal(got_, JUDGE_OK);                                                          \
    } while (0)

#define assert_refused(judgement_, want_, err_, field_)                                            \
    do {                                                                                           \
        assert_int_equal((judgement_), (want_));                                                   \
        assert_string_equal(err_name(world->detail.err), err_name(err_));                          \
        assert_string_equal(world->detail.field, (field_));                                        \
    } while (0)

/* --- claims and decided lines ----------------------------------------------------------------- */

static inline Seam__DisputeLines *case_lines(struct world *world)
{
    Seam__DisputeLines *lines = case_alloc(world, sizeof *lines);
    seam__dispute_lines__init(lines);
    lines->lines = case_alloc(world, 300 * sizeof *lines->lines);
    return lines;
}

static inline void case_leaf(struct world *world, Seam__DisputeLines *lines,
                             const ProtobufCMessage *content)
{
    Seam__DisputeLeaf *leaf = case_alloc(world, sizeof *leaf);
    seam__dispute_leaf__init(leaf);
    leaf->salt.data = case_alloc(world, 16);
    leaf->salt.len = 16;
    memset(leaf->salt.data, (int)(lines->n_lines + 1), 16);
    leaf->content = case_pack(world, content);
    lines->lines[lines->n_lines++] = leaf;
}

/* A claim about the total of a category; the account reports nothing but scope 1. */
static inline void case_claim(struct world *world, Seam__DisputeLines *lines, const char *category,
                              int64_t stated_t, int64_t claimed_t)
{
    Seam__DisputeClaim claim = SEAM__DISPUTE_CLAIM__INIT;
    claim.category = (char *)(uintptr_t)category;
    claim.reported_g = strcmp(category, "SCOPE1") == 0 ? world->reported_t * CASE_TONNE : 0;
    claim.stated_g = stated_t * CASE_TONNE;
    claim.claimed_g = claimed_t * CASE_TONNE;
    claim.reason = (char *)"the second meter says so";
    case_leaf(world, lines, &claim.base);
}

static inline void case_decided(struct world *world, Seam__DisputeLines *lines, const char *outcome,
                                int64_t value_t, int64_t change_t)
{
    Seam__DecisionLine line = SEAM__DECISION_LINE__INIT;
    line.claim = (uint32_t)lines->n_lines + 1;
    line.outcome = (char *)(uintptr_t)outcome;
    line.value_g = value_t * CASE_TONNE;
    line.change_g = change_t * CASE_TONNE;
    line.reason = (char *)"as measured";
    case_leaf(world, lines, &line.base);
}

static inline ProtobufCBinaryData case_root(struct world *world, const char *tag,
                                            const Seam__DisputeLines *lines)
{
    struct hash *root = case_alloc(world, sizeof *root);
    assert_int_equal(dispute_lines_root(root, tag, lines, &world->arena), OK);
    return case_data(root);
}

/* Tonnes in force where a dispute about a period begins. */
static inline int64_t case_stated(struct world *world, const char *dispute, const char *period)
{
    const Seam__DisputeRecord *record = NULL;
    const Seam__OpinionHead *head = NULL;
    if (view_dispute(&record, world->state, dispute, &world->arena) == OK) {
        return (record->verified != NULL ? record->verified : record->reported)->net_g / CASE_TONNE;
    }
    if (view_opinion_head(&head, world->state, "mine-a", period, &world->arena) == OK &&
        !head->withdrawn) {
        return head->verified->net_g / CASE_TONNE;
    }
    return world->reported_t;
}

/* An opening with one claim: what is in force (150 t) is 130 t. */
static inline Seam__DisputeOpen *case_opening_of(struct world *world, const char *dispute,
                                                 const char *period, Seam__DisputeLines **lines)
{
    Seam__DisputeOpen *open = case_alloc(world, sizeof *open);
    seam__dispute_open__init(open);
    *lines = case_lines(world);
    const int64_t stated = case_stated(world, dispute, period);
    case_claim(world, *lines, "SCOPE1", stated, 130);
    open->dispute = case_text(world, dispute);
    open->facility = (char *)"mine-a";
    open->period = case_text(world, period);
    open->version = 1;
    open->account_hash = case_data(&world->account_hash);
    open->parameter_set_hash = case_data(&world->set_hash);
    open->claim_count = 1;
    open->claims_root = case_root(world, TAG_DISPUTE_CLAIM, *lines);
    open->disputed_g = (stated > 130 ? stated - 130 : 130 - stated) * CASE_TONNE;
    open->relief = (char *)"THIRD_VALUE";
    open->reason = (char *)"the verifier used a wrong meter";
    return open;
}

static inline Seam__DisputeOpen *case_opening(struct world *world, const char *dispute,
                                              Seam__DisputeLines **lines)
{
    return case_opening_of(world, dispute, "2026-07", lines);
}

static inline enum judgement case_open(struct world *world, const char *organisation,
                                       const char *dispute)
{
    Seam__DisputeLines *lines = NULL;
    const Seam__DisputeOpen *open = case_opening(world, dispute, &lines);
    return case_send(world, organisation, "DISPUTE_OPEN", &open->base, &lines->base);
}

/* A decision of one claim that leaves `tonnes` in all; outcome by name. */
static inline Seam__DisputeDecide *case_decision(struct world *world, const char *dispute,
                                                 uint32_t number, const char *outcome,
                                                 int64_t tonnes, Seam__DisputeLines **lines)
{
    Seam__DisputeDecide *decide = case_alloc(world, sizeof *decide);
    Seam__CategoryTotals *totals = case_alloc(world, sizeof *totals);
    seam__dispute_decide__init(decide);
    seam__category_totals__init(totals);
    totals->scope1_g = totals->gross_g = totals->net_g = tonnes * CASE_TONNE;
    Seam__DisputeLines *claims = NULL;
    (void)case_opening(world, dispute, &claims);
    *lines = case_lines(world);
    (*lines)->claims = claims->lines; /* room for more */
    (*lines)->n_claims = claims->n_lines;
    case_decided(world, *lines, outcome, tonnes, tonnes - case_stated(world, dispute, "2026-07"));
    decide->dispute = case_text(world, dispute);
    decide->decision = number;
    decide->line_count = 1;
    decide->lines_root = case_root(world, TAG_DECISION_LINE, *lines);
    decide->decided = totals;
    decide->reason = (char *)"both meters were read again";
    return decide;
}

static inline Seam__EffectOrder *case_effect(struct world *world, Seam__DisputeDecide *decide,
                                             const char *kind, uint64_t tonnes)
{
    Seam__EffectOrder *order = case_alloc(world, sizeof *order);
    seam__effect_order__init(order);
    order->claim = (uint32_t)decide->n_effects + 1;
    order->kind = (char *)(uintptr_t)kind;
    order->used_g = 150 * CASE_TONNE;
    order->decided_g = decide->decided->net_g;
    order->rate = (char *)"0.5";
    order->tonnes = tonnes;
    order->year = 2026;
    if (decide->effects == NULL) {
        decide->effects = case_alloc(world, 300 * sizeof *decide->effects);
    }
    decide->effects[decide->n_effects++] = order;
    return order;
}

static inline const Seam__DisputeRecord *case_record(struct world *world, const char *dispute)
{
    const Seam__DisputeRecord *record = NULL;
    assert_int_equal(view_dispute(&record, world->state, dispute, &world->arena), OK);
    return record;
}

static inline void case_status(struct world *world, const char *dispute, const char *status)
{
    const Seam__DisputeRecord *record = case_record(world, dispute);
    assert_string_equal(dispute_status_name(dispute_status(record, world->time_ms)), status);
}

static inline void case_standing(struct world *world, const char *grade, int64_t tonnes)
{
    struct assurance_standing standing;
    assert_int_equal(assurance_standing(&standing, world->state, "mine-a", "2026-07", 0,
                                        world->time_ms, &world->arena),
                     OK);
    assert_string_equal(assurance_grade_text(standing.grade), grade);
    assert_int_equal(grams_value(standing.in_force.net), tonnes * CASE_TONNE);
}

#endif
