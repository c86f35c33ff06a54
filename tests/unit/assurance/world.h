/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_ASSURANCE_WORLD_H
#define TESTS_UNIT_ASSURANCE_WORLD_H

/* A small state for the rules of verification: a regulator, a group with a mine and a verifier of
 * its own, an independent verifier, a laboratory, one mine with accounts of 2026, and the rule set
 * of genesis/sets/VERIFICATION-RULES-1.json, adopted. */

#include "ledger/accounting/set.h"
#include "ledger/assurance/assurance.h"
#include "ledger/assurance/engagement.h"
#include "ledger/assurance/finding.h"
#include "ledger/chain/merkle.h"
#include "ledger/codec/field_check.h"
#include "ledger/codec/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORLD_TIME UINT64_C(1798761600000) /* 2027-01-01 */
#define ENG "eng-1"
#define OPINION "op-1"

struct world {
    struct arena arena;
    struct overlay *state;
    uint64_t height;
    uint64_t time_ms;
    uint32_t receipt_flags;
    uint32_t days_late;
    struct err_detail detail;
    struct hash set_hash;
};

static inline void *world_alloc(struct world *world, size_t size)
{
    void *memory = arena_alloc(&world->arena, size);
    assert_non_null(memory);
    return memory;
}

/* 32 bytes that follow from a text. */
static inline ProtobufCBinaryData world_hash(struct world *world, const char *text)
{
    struct hash *hash = world_alloc(world, sizeof *hash);
    hash_tagged(hash, TAG_EVIDENCE_LEAF, bytes_text(text));
    return record_data(hash);
}

static inline char **world_list(struct world *world, const char *texts, size_t *count)
{
    char **list = world_alloc(world, 32 * sizeof *list);
    char *copy = arena_text(&world->arena, texts, strlen(texts));
    char *save = NULL;
    *count = 0;
    for (char *at = strtok_r(copy, " ", &save); at != NULL; at = strtok_r(NULL, " ", &save)) {
        list[(*count)++] = at;
    }
    return list;
}

static inline enum err world_nothing(void *context, struct bytes key, struct arena *arena,
                                     struct bytes *out)
{
    (void)context;
    (void)key;
    (void)arena;
    (void)out;
    return ERR_ABSENT;
}

static inline void world_put(struct world *world, const struct state_key *key,
                             const ProtobufCMessage *record)
{
    assert_int_equal(view_put(world->state, state_key_bytes(key), record, &world->arena), OK);
}

static inline void world_organisation(struct world *world, const char *id, uint32_t roles,
                                      const char *parent)
{
    Seam__OrganisationRecord record = SEAM__ORGANISATION_RECORD__INIT;
    record.organisation = (char *)(uintptr_t)id;
    record.roles = roles;
    record.parent = (char *)(uintptr_t)parent;
    record.jurisdiction = (char *)(uintptr_t) "CN-14";
    const struct state_key key = state_key_named(KEY_ORGANISATION, id);
    world_put(world, &key, &record.base);
}

static inline void world_person(struct world *world, const char *organisation, const char *name)
{
    Seam__PersonRecord record = SEAM__PERSON_RECORD__INIT;
    char id[80];
    (void)snprintf(id, sizeof id, "%s.%s", organisation, name);
    record.person = id;
    record.organisation = (char *)(uintptr_t)organisation;
    const struct state_key key = state_key_named(KEY_PERSON, id);
    world_put(world, &key, &record.base);
}

static inline void world_facility(struct world *world, const char *id, const char *organisation,
                                  const char *jurisdiction)
{
    Seam__FacilityRecord record = SEAM__FACILITY_RECORD__INIT;
    record.facility = (char *)(uintptr_t)id;
    record.organisation = (char *)(uintptr_t)organisation;
    record.kind = (char *)(uintptr_t) "UG";
    record.jurisdiction = (char *)(uintptr_t)jurisdiction;
    record.scheme = (char *)(uintptr_t) "cn-ets";
    record.cadence = (char *)(uintptr_t) "MONTH";
    record.start_period = (char *)(uintptr_t) "2026-01";
    const struct state_key key = state_key_named(KEY_FACILITY, id);
    world_put(world, &key, &record.base);
}

/* The hash of a version of an account in this world. */
static inline ProtobufCBinaryData world_account_hash(struct world *world, const char *facility,
                                                     const char *period, uint32_t version)
{
    char text[120];
    (void)snprintf(text, sizeof text, "account %s %s %u", facility, period, (unsigned)version);
    return world_hash(world, text);
}

/* Version of an account: scope 1 1,000 kg, scope 2 200 kg, sinks 50 kg, times version. */
static inline void world_account(struct world *world, const char *facility, const char *period,
                                 uint32_t version)
{
    Seam__Account account = SEAM__ACCOUNT__INIT;
    Seam__AccountRecord record = SEAM__ACCOUNT_RECORD__INIT;
    Seam__AccountHead head = SEAM__ACCOUNT_HEAD__INIT;
    struct state_key key;
    struct bytes bytes;
    struct hash *root = world_alloc(world, sizeof *root);
    account.facility = (char *)(uintptr_t)facility;
    account.period = (char *)(uintptr_t)period;
    account.version = version;
    account.scope1_g = 1000000 * (int64_t)version;
    account.scope2_g = 200000 * (int64_t)version;
    account.sinks_g = 50000 * (int64_t)version;
    account.gross_g = account.scope1_g + account.scope2_g;
    account.net_g = account.gross_g - account.sinks_g;
    account.state = (char *)(uintptr_t) "VALUE";
    merkle_leaf(root, TAG_LINE_LEAF, bytes_text("one line"));
    account.lines_root = record_data(root);
    account.line_count = 1;
    assert_int_equal(message_pack(&bytes, &account.base, &world->arena), OK);
    record.account =
        (ProtobufCBinaryData){.len = bytes.size, .data = (uint8_t *)(uintptr_t)bytes.data};
    record.account_hash = world_account_hash(world, facility, period, version);
    assert_true(view_account_version_key(&key, facility, period, version));
    world_put(world, &key, &record.base);
    head.facility = account.facility;
    head.period = account.period;
    head.version = version;
    head.account_hash = record.account_hash;
    head.state = account.state;
    assert_true(view_account_key(&key, facility, period));
    world_put(world, &key, &head.base);
}

static inline void world_rules(struct world *world)
{
    static char text[64 * 1024];
    FILE *file = fopen(SEAM_SOURCE_DIR "/genesis/sets/VERIFICATION-RULES-1.json", "rb");
    assert_non_null(file);
    const size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    struct set set;
    struct errors errors;
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    if (set_read_json(&set, bytes_of(text, size), &world->arena, &errors) != OK) {
        fail_msg("%s %s", err_name(errors.items[0].err), errors.items[0].field);
    }
    world->set_hash = set.hash;
    Seam__ParameterSetRecord record = SEAM__PARAMETER_SET_RECORD__INIT;
    record.id = set.message->id;
    record.version = 1;
    record.hash = record_data(&world->set_hash);
    record.parameter_set =
        (ProtobufCBinaryData){.len = set.bytes.size, .data = (uint8_t *)(uintptr_t)set.bytes.data};
    struct state_key key = state_key_named(KEY_PARAMETER_SET, set.message->id);
    state_key_u32(&key, 1);
    world_put(world, &key, &record.base);
    Seam__ParameterSetName name = SEAM__PARAMETER_SET_NAME__INIT;
    name.id = set.message->id;
    name.version = 1;
    key = state_key_of(KEY_PARAMETER_SET_HASH);
    state_key_hash(&key, &world->set_hash);
    world_put(world, &key, &name.base);
    Seam__AdoptionRecord adoption = SEAM__ADOPTION_RECORD__INIT;
    adoption.scheme = (char *)(uintptr_t) "cn-ets";
    adoption.set_hash = record_data(&world->set_hash);
    adoption.from_period = (char *)(uintptr_t) "2026-01";
    key = state_key_of(KEY_ADOPTION);
    state_key_id(&key, KEY_ADOPTION, "cn-ets");
    state_key_hash(&key, &world->set_hash);
    world_put(world, &key, &adoption.base);
}

/* The executor's part: bounds of the fields, usages of nobody, rule, roll back after a refusal. */
static inline enum judgement world_run(struct world *world, const struct rule_table *rules,
                                       const struct field_table *fields, uint32_t type,
                                       const char *organisation, const char *persons,
                                       const ProtobufCMessage *payload,
                                       const ProtobufCMessage *detached)
{
    struct rule_signer signers[4];
    const struct rule_row *row = NULL;
    for (size_t i = 0; i < rules->count; i++) {
        row = rules->rows[i].type == type ? &rules->rows[i] : row;
    }
    assert_non_null(row);
    const Seam__OrganisationRecord *sender = NULL;
    assert_int_equal(view_organisation(&sender, world->state, organisation, &world->arena), OK);
    struct rule_context context = {
        .state = world->state,
        .arena = &world->arena,
        .height = world->height++,
        .time_ms = world->time_ms,
        .rules_version = 1,
        .organisation_id = organisation,
        .roles = sender->roles,
        .signers = signers,
    };
    memset(&world->detail, 0, sizeof world->detail);
    if ((row->roles & sender->roles) == 0) {
        (void)err_set(&world->detail, ERR_ROLE, "organisation", NULL, NULL, NULL);
        return JUDGE_NEVER;
    }
    context.tx_id.bytes[0] = (uint8_t)context.height;
    context.tx_id.bytes[1] = (uint8_t)(context.height >> 8);
    id_hash(&context.organisation, KEY_ORGANISATION, organisation);
    size_t count = 0;
    char **list = world_list(world, persons, &count);
    assert_int_equal(count, row->signatures);
    memset(signers, 0, sizeof signers);
    for (size_t i = 0; i < count; i++) {
        char id[80];
        (void)snprintf(id, sizeof id, "%s.%s", organisation, list[i]);
        id_hash(&signers[i].person, KEY_PERSON, id);
        signers[i].key_id = signers[i].person;
    }
    context.signer_count = count;
    struct errors errors;
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    if (field_check(payload, fields, &world->arena, &errors) != OK ||
        (detached != NULL && field_check(detached, fields, &world->arena, &errors) != OK)) {
        world->detail = errors.items[0];
        return JUDGE_NEVER;
    }
    const size_t mark = overlay_mark(world->state);
    const enum judgement judgement = row->apply(&context, payload, detached, &world->detail);
    world->receipt_flags = context.receipt_flags;
    world->days_late = context.days_late;
    struct bytes creates = {0};
    struct bytes needs = {0};
    row->links(&context, payload, &creates, &needs);
    assert_true(creates.size > 0 || needs.size > 0);
    if (judgement != JUDGE_OK) {
        assert_int_not_equal(world->detail.err, OK);
        overlay_rollback(world->state, mark);
    }
    return judgement;
}

static inline enum judgement world_apply(struct world *world, uint32_t type,
                                         const char *organisation, const char *persons,
                                         const ProtobufCMessage *payload,
                                         const ProtobufCMessage *detached)
{
    return world_run(world, &assurance_rules, &assurance_fields, type, organisation, persons,
                     payload, detached);
}

#define assert_ok(judgement_)                                                                      \
    do {                                                                                           \
        const enum judgement got_ = (judgement_);                                                  \
        if (got_ != JUDGE_OK) {                                                                    \
            print_error("%s %s (%s): %s\n", err_name(world->detail.err), world->detail.field,      \
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

static inline int world_setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    arena_init(&world->arena, (size_t)512 << 20);
    const struct state_base base = {.get = world_nothing};
    world->state = overlay_new(NULL, &base);
    assert_non_null(world->state);
    world->height = 10;
    world->time_ms = WORLD_TIME;
    static const struct {
        const char *id;
        uint32_t roles;
        const char *parent;
    } organisations[] = {
        {"regulator", ROLE_REGULATOR, ""}, {"group", ROLE_GROUP, ""},
        {"mine", ROLE_MINE, "group"},      {"own-verifier", ROLE_VERIFIER, "group"},
        {"verifier", ROLE_VERIFIER, ""},   {"both", ROLE_VERIFIER | ROLE_MINE, ""},
        {"lab", ROLE_LABORATORY, ""},      {"lab-2", ROLE_LABORATORY, ""},
        {"other", ROLE_MINE, ""}};
    static const char *const persons[] = {"preparer", "deputy",  "responsible",
                                          "reviewer", "officer", "guest"};
    for (size_t i = 0; i < sizeof organisations / sizeof organisations[0]; i++) {
        world_organisation(world, organisations[i].id, organisations[i].roles,
                           organisations[i].parent);
        for (size_t k = 0; k < sizeof persons / sizeof persons[0]; k++) {
            world_person(world, organisations[i].id, persons[k]);
        }
    }
    Seam__JurisdictionRecord place = SEAM__JURISDICTION_RECORD__INIT;
    place.jurisdiction = (char *)(uintptr_t) "CN-14";
    place.utc_offset_minutes = 480;
    place.deadline_days = 40;
    const struct state_key key = state_key_named(KEY_JURISDICTION, "CN-14");
    world_put(world, &key, &place.base);
    world_facility(world, "mine-a", "mine", "CN-14");
    world_account(world, "mine-a", "2026-01", 1);
    world_account(world, "mine-a", "2026-02", 1);
    world_rules(world);
    *state = world;
    return 0;
}

/* A regulator of another jurisdiction, with its persons. */
static inline void world_stranger(struct world *world)
{
    Seam__OrganisationRecord record = SEAM__ORGANISATION_RECORD__INIT;
    record.organisation = (char *)(uintptr_t) "regulator-15";
    record.roles = ROLE_REGULATOR;
    record.jurisdiction = (char *)(uintptr_t) "CN-15";
    const struct state_key key = state_key_named(KEY_ORGANISATION, "regulator-15");
    world_put(world, &key, &record.base);
    world_person(world, "regulator-15", "officer");
    world_person(world, "regulator-15", "deputy");
}

static inline int world_teardown(void **state)
{
    struct world *world = *state;
    overlay_drop(world->state);
    arena_free(&world->arena);
    free(world);
    return 0;
}

/* --- messages ----------------------------------------------------------------------------------
 */

#define DECLARATIONS "FEE_FIXED NO_EMPLOYMENT NO_PREPARATION NO_SALES NO_SHARES"

static inline Seam__AccreditationSet *world_accreditation(struct world *world,
                                                          const char *organisation,
                                                          const char *kind, const char *scopes)
{
    Seam__AccreditationSet *in = world_alloc(world, sizeof *in);
    seam__accreditation_set__init(in);
    in->organisation = (char *)(uintptr_t)organisation;
    in->kind = (char *)(uintptr_t)kind;
    in->number = (char *)(uintptr_t) "CNAS VB-001";
    in->scopes = world_list(world, scopes, &in->n_scopes);
    in->valid_from = (char *)(uintptr_t) "2025-01-01";
    in->valid_to = (char *)(uintptr_t) "2027-12-31";
    in->status = (char *)(uintptr_t) "ACTIVE";
    return in;
}

static inline void world_accredit(struct world *world, const char *organisation, const char *kind,
                                  const char *scopes)
{
    assert_ok(world_apply(world, ACCREDITATION_SET_TYPE, "regulator", "officer deputy",
                          &world_accreditation(world, organisation, kind, scopes)->base, NULL));
}

static inline Seam__TeamMember **world_team(struct world *world, const char *organisation,
                                            size_t *count)
{
    static const char *const members[][2] = {{"deputy", "MEMBER"},
                                             {"preparer", "LEAD"},
                                             {"responsible", "APPROVER"},
                                             {"reviewer", "TECHNICAL_REVIEWER"}};
    Seam__TeamMember **team = world_alloc(world, 4 * sizeof *team);
    for (size_t i = 0; i < 4; i++) {
        char id[80];
        (void)snprintf(id, sizeof id, "%s.%s", organisation, members[i][0]);
        team[i] = world_alloc(world, sizeof *team[i]);
        seam__team_member__init(team[i]);
        team[i]->person = arena_text(&world->arena, id, strlen(id));
        team[i]->function = (char *)(uintptr_t)members[i][1];
    }
    *count = 4;
    return team;
}

static inline Seam__EngageOpen *world_offer(struct world *world, const char *verifier)
{
    Seam__EngageOpen *in = world_alloc(world, sizeof *in);
    Seam__ScopeItem *item = world_alloc(world, sizeof *item);
    seam__engage_open__init(in);
    seam__scope_item__init(item);
    item->facility = (char *)(uintptr_t) "mine-a";
    item->from_period = (char *)(uintptr_t) "2026-01";
    item->to_period = (char *)(uintptr_t) "2026-02";
    in->engagement = (char *)(uintptr_t)ENG;
    in->client = (char *)(uintptr_t) "mine";
    in->verifier = (char *)(uintptr_t)verifier;
    in->contract_hash = world_hash(world, "contract");
    in->scope = world_alloc(world, sizeof *in->scope);
    in->scope[0] = item;
    in->n_scope = 1;
    in->level = (char *)(uintptr_t) "REASONABLE";
    in->materiality_bp = 500;
    in->guide_edition = (char *)(uintptr_t) "2016-01";
    in->declarations = world_list(world, DECLARATIONS, &in->n_declarations);
    in->parameter_set_hash = record_data(&world->set_hash);
    return in;
}

static inline Seam__EngageAccept *world_answer(struct world *world, const char *verifier)
{
    Seam__EngageAccept *in = world_alloc(world, sizeof *in);
    seam__engage_accept__init(in);
    in->engagement = (char *)(uintptr_t)ENG;
    in->contract_hash = world_hash(world, "contract");
    in->team = world_team(world, verifier, &in->n_team);
    in->declarations = world_list(world, DECLARATIONS, &in->n_declarations);
    return in;
}

static inline enum judgement world_open(struct world *world, const char *verifier)
{
    return world_apply(world, ENGAGE_OPEN_TYPE, "mine", "preparer responsible",
                       &world_offer(world, verifier)->base, NULL);
}

static inline enum judgement world_accept(struct world *world, const char *verifier)
{
    return world_apply(world, ENGAGE_ACCEPT_TYPE, verifier, "preparer responsible",
                       &world_answer(world, verifier)->base, NULL);
}

/* The same client and verifier agree on a second engagement, eng-2. */
static inline enum judgement world_second_open(struct world *world)
{
    Seam__EngageOpen *offer = world_offer(world, "verifier");
    offer->engagement = (char *)(uintptr_t) "eng-2";
    return world_apply(world, ENGAGE_OPEN_TYPE, "mine", "preparer responsible", &offer->base, NULL);
}

static inline enum judgement world_second_accept(struct world *world)
{
    Seam__EngageAccept *answer = world_answer(world, "verifier");
    answer->engagement = (char *)(uintptr_t) "eng-2";
    return world_apply(world, ENGAGE_ACCEPT_TYPE, "verifier", "preparer responsible", &answer->base,
                       NULL);
}

static inline Seam__EngageAdvance *world_step(struct world *world, const char *step)
{
    static const char *const names[] = {"BASIC_DATA", "BOUNDARY",     "METHOD",
                                        "DATA",       "QUALITY_PLAN", "QA_FILING"};
    Seam__EngageAdvance *in = world_alloc(world, sizeof *in);
    seam__engage_advance__init(in);
    in->engagement = (char *)(uintptr_t)ENG;
    in->step = (char *)(uintptr_t)step;
    in->evidence = world_alloc(world, sizeof *in->evidence);
    in->evidence[0] = world_hash(world, step);
    in->n_evidence = 1;
    if (strcmp(step, "DOC_REVIEW") == 0) {
        in->sections = world_alloc(world, 6 * sizeof *in->sections);
        in->n_sections = 6;
        for (size_t i = 0; i < 6; i++) {
            in->sections[i] = world_alloc(world, sizeof *in->sections[i]);
            seam__review_section__init(in->sections[i]);
            in->sections[i]->section = (char *)(uintptr_t)names[i];
            in->sections[i]->hash = world_hash(world, names[i]);
        }
    }
    if (strcmp(step, "REPORT_DRAFT") == 0) {
        in->no_sample_reason = (char *)(uintptr_t) "two lines, both looked at";
    }
    if (strcmp(step, "SITE") == 0) {
        in->persons = world_list(world, "verifier.deputy verifier.preparer", &in->n_persons);
    }
    return in;
}

static inline enum judgement world_advance(struct world *world, const char *step)
{
    return world_apply(world, ENGAGE_ADVANCE_TYPE, "verifier", "preparer",
                       &world_step(world, step)->base, NULL);
}

static inline enum judgement world_review(struct world *world, const char *person,
                                          const char *verdict)
{
    Seam__EngageReview *in = world_alloc(world, sizeof *in);
    seam__engage_review__init(in);
    in->engagement = (char *)(uintptr_t)ENG;
    in->verdict = (char *)(uintptr_t)verdict;
    in->report_hash = world_hash(world, "report");
    return world_apply(world, ENGAGE_REVIEW_TYPE, "verifier", person, &in->base, NULL);
}

static inline Seam__Recompute *world_recomputation(struct world *world, const char *period,
                                                   uint32_t version)
{
    Seam__Recompute *in = world_alloc(world, sizeof *in);
    seam__recompute__init(in);
    in->engagement = (char *)(uintptr_t)ENG;
    in->facility = (char *)(uintptr_t) "mine-a";
    in->period = (char *)(uintptr_t)period;
    in->version = version;
    in->account_hash = world_account_hash(world, "mine-a", period, version);
    in->inputs_hash = world_hash(world, "inputs");
    in->parameter_set_hash = world_hash(world, "set");
    in->outcome = (char *)(uintptr_t) "EQUAL";
    in->result_hash = world_hash(world, "result");
    return in;
}

/* A recomputation with one line that differs, in scope 1. */
static inline void world_differ(struct world *world, Seam__Recompute *in, const char *source,
                                int64_t grams)
{
    Seam__LineDifference *line = world_alloc(world, sizeof *line);
    seam__line_difference__init(line);
    line->code = (char *)(uintptr_t) "L_FUEL";
    line->source = (char *)(uintptr_t)source;
    line->detail = (char *)(uintptr_t) "bituminous";
    line->category = (char *)(uintptr_t) "SCOPE1";
    line->difference_g = grams;
    Seam__LineDifference **lines = world_alloc(world, (in->n_lines + 1) * sizeof *lines);
    for (size_t i = 0; i < in->n_lines; i++) {
        lines[i] = in->lines[i];
    }
    lines[in->n_lines++] = line;
    in->lines = lines;
    in->differences = (uint32_t)in->n_lines;
    in->outcome = (char *)(uintptr_t) "DIFFERENT";
    in->difference_hash = world_hash(world, "differences");
}

static inline enum judgement world_recompute(struct world *world, const char *period,
                                             uint32_t version)
{
    return world_apply(world, RECOMPUTE_TYPE, "verifier", "deputy",
                       &world_recomputation(world, period, version)->base, NULL);
}

static inline const Seam__EngagementRecord *world_engagement(struct world *world)
{
    const Seam__EngagementRecord *record = NULL;
    assert_int_equal(view_engagement(&record, world->state, ENG, &world->arena), OK);
    return record;
}

static inline Seam__FindingText *world_words(struct world *world, const char *text)
{
    Seam__FindingText *in = world_alloc(world, sizeof *in);
    seam__finding_text__init(in);
    in->salt = (ProtobufCBinaryData){.len = 16, .data = world_alloc(world, 16)};
    in->text = (char *)(uintptr_t)text;
    return in;
}

static inline ProtobufCBinaryData world_words_hash(struct world *world,
                                                   const Seam__FindingText *text)
{
    struct hash *hash = world_alloc(world, sizeof *hash);
    finding_text_hash(hash, text);
    return record_data(hash);
}

static inline Seam__FindingRaise *world_finding(struct world *world, uint32_t number,
                                                int64_t effect_g)
{
    Seam__FindingRaise *in = world_alloc(world, sizeof *in);
    seam__finding_raise__init(in);
    in->engagement = (char *)(uintptr_t)ENG;
    in->number = number;
    in->kind = (char *)(uintptr_t) "ERROR";
    in->facility = (char *)(uintptr_t) "mine-a";
    in->period = (char *)(uintptr_t) "2026-01";
    in->version = 1;
    in->category = (char *)(uintptr_t) "SCOPE1";
    in->effect_g = effect_g;
    in->text_hash = world_words_hash(world, world_words(world, "the meter was not calibrated"));
    return in;
}

static inline enum judgement world_raise(struct world *world, const Seam__FindingRaise *in)
{
    return world_apply(world, FINDING_RAISE_TYPE, "verifier", "deputy", &in->base,
                       &world_words(world, "the meter was not calibrated")->base);
}

static inline enum judgement world_reply(struct world *world, uint32_t number)
{
    Seam__FindingAnswer *in = world_alloc(world, sizeof *in);
    seam__finding_answer__init(in);
    Seam__FindingText *text = world_words(world, "cause");
    text->correction = (char *)(uintptr_t) "correction";
    in->engagement = (char *)(uintptr_t)ENG;
    in->number = number;
    in->agrees = true;
    in->text_hash = world_words_hash(world, text);
    return world_apply(world, FINDING_ANSWER_TYPE, "mine", "preparer", &in->base, &text->base);
}

static inline enum judgement world_verdict(struct world *world, uint32_t number,
                                           const char *verdict, const char *resolution,
                                           int64_t effect_g)
{
    Seam__FindingClose *in = world_alloc(world, sizeof *in);
    seam__finding_close__init(in);
    Seam__FindingText *text = world_words(world, "verdict");
    in->engagement = (char *)(uintptr_t)ENG;
    in->number = number;
    in->verdict = (char *)(uintptr_t)verdict;
    in->resolution = (char *)(uintptr_t)resolution;
    in->effect_g = effect_g;
    in->text_hash = world_words_hash(world, text);
    return world_apply(world, FINDING_CLOSE_TYPE, "verifier", "preparer", &in->base, &text->base);
}

/* An opinion on both months as reported, the first with effect_g more in scope 1. */
static inline Seam__OpinionIssue *world_opinion(struct world *world, int64_t effect_g)
{
    static const char *const periods[] = {"2026-01", "2026-02"};
    Seam__OpinionIssue *in = world_alloc(world, sizeof *in);
    seam__opinion_issue__init(in);
    in->opinion = (char *)(uintptr_t)OPINION;
    in->engagement = (char *)(uintptr_t)ENG;
    in->type = (char *)(uintptr_t) "UNMODIFIED";
    in->subjects = world_alloc(world, 2 * sizeof *in->subjects);
    in->n_subjects = 2;
    for (size_t i = 0; i < 2; i++) {
        Seam__OpinionSubject *subject = world_alloc(world, sizeof *subject);
        Seam__CategoryTotals *verified = world_alloc(world, sizeof *verified);
        seam__opinion_subject__init(subject);
        seam__category_totals__init(verified);
        subject->facility = (char *)(uintptr_t) "mine-a";
        subject->period = (char *)(uintptr_t)periods[i];
        subject->version = 1;
        subject->account_hash = world_account_hash(world, "mine-a", periods[i], 1);
        subject->recompute_hash = world_hash(world, "result");
        verified->scope1_g = 1000000 + (i == 0 ? effect_g : 0);
        verified->scope2_g = 200000;
        verified->sinks_g = 50000;
        verified->gross_g = verified->scope1_g + verified->scope2_g;
        verified->net_g = verified->gross_g - verified->sinks_g;
        subject->verified = verified;
        in->subjects[i] = subject;
    }
    in->report_hash = world_hash(world, "report");
    return in;
}

static inline enum judgement world_issue(struct world *world, const Seam__OpinionIssue *in)
{
    return world_apply(world, OPINION_ISSUE_TYPE, "verifier",
                       "preparer deputy reviewer responsible", &in->base, NULL);
}

static inline enum judgement world_withdraw(struct world *world, const char *cause)
{
    Seam__OpinionWithdraw *in = world_alloc(world, sizeof *in);
    seam__opinion_withdraw__init(in);
    in->opinion = (char *)(uintptr_t)OPINION;
    in->cause = (char *)(uintptr_t)cause;
    in->reason = (char *)(uintptr_t) "a second meter was found";
    return world_apply(world, OPINION_WITHDRAW_TYPE, "verifier", "preparer responsible", &in->base,
                       NULL);
}

static inline enum judgement world_revoke(struct world *world, const char *regulator,
                                          const char *cause)
{
    Seam__OpinionRevoke *in = world_alloc(world, sizeof *in);
    seam__opinion_revoke__init(in);
    in->opinion = (char *)(uintptr_t)OPINION;
    in->cause = (char *)(uintptr_t)cause;
    in->reason = (char *)(uintptr_t) "a director in common";
    return world_apply(world, OPINION_REVOKE_TYPE, regulator, "officer deputy", &in->base, NULL);
}

/* An engagement that has come to its documents. */
static inline void world_to_documents(struct world *world)
{
    world_accredit(world, "verifier", "VERIFIER", "OP UG WP");
    assert_ok(world_open(world, "verifier"));
    assert_ok(world_accept(world, "verifier"));
    assert_ok(world_advance(world, "PLANNED"));
    assert_ok(world_advance(world, "DOC_REVIEW"));
}

/* ... with both months computed again, the site visited, the report drafted. */
static inline void world_to_report(struct world *world)
{
    assert_ok(world_recompute(world, "2026-01", 1));
    assert_ok(world_recompute(world, "2026-02", 1));
    assert_ok(world_advance(world, "SITE"));
    assert_ok(world_advance(world, "REPORT_DRAFT"));
}

/* ... and all of it, reviewed. */
static inline void world_to_review(struct world *world)
{
    world_to_documents(world);
    world_to_report(world);
    assert_ok(world_review(world, "reviewer", "PASS"));
}

/* The way to an opinion op-2 in the place of one that was taken back. */
static inline Seam__OpinionIssue *world_opinion_again(struct world *world)
{
    assert_ok(world_advance(world, "DOC_REVIEW"));
    assert_ok(world_advance(world, "REPORT_DRAFT"));
    assert_ok(world_review(world, "reviewer", "PASS"));
    Seam__OpinionIssue *in = world_opinion(world, 0);
    in->opinion = (char *)(uintptr_t) "op-2";
    return in;
}

static inline struct assurance_standing world_standing(struct world *world, const char *period,
                                                       uint32_t version)
{
    struct assurance_standing standing;
    assert_int_equal(assurance_standing(&standing, world->state, "mine-a", period, version,
                                        world->time_ms, &world->arena),
                     OK);
    return standing;
}

#endif
