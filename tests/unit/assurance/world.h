/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_ASSURANCE_WORLD_H
#define TESTS_UNIT_ASSURANCE_WORLD_H

/* A small state for the rules of verification: a regulator, a group with a mine and a verifier of
 * its own, an independent verifier, a laboratory, one mine with accounts of 2026, and the rule set
 * of genesis/sets/VERIFICATION-RULES-1.json, adopted. */

#include "ledger/accounting/set.h"
#include "ledger/assurance/assurance.h"
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

#endif
