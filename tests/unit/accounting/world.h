/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_ACCOUNTING_WORLD_H
#define TESTS_UNIT_ACCOUNTING_WORLD_H

/* A small state for the account rules: the facilities of genesis/samples/boundaries.json, two
 * jurisdictions, the built-in sets, adopted; and a way to submit a calculation file to it. */

#include "ledger/accounting/account.h"
#include "ledger/accounting/accounting.h"
#include "ledger/codec/json_in.h"
#include "ledger/codec/message.h"
#include "ledger/governance/governance.h"
#include "ledger/governance/id.h"
#include "ledger/governance/view.h"
#include "ledger/proto/genesis.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define SAMPLES SEAM_SOURCE_DIR "/genesis/samples/"
#define WORLD_TEXT_MAX (1024 * 1024)

struct world {
    struct arena arena;
    struct overlay *state;
    uint64_t height;
    uint64_t time_ms;
    uint32_t receipt_flags; /* of the last transaction that was accepted or not */
    uint32_t days_late;
    bool same_person;
    const char *organisation;
    struct err_detail detail;
    struct hash hash; /* of the last account built */
    const struct known *known; /* as the context's */
    uint16_t rules_version;
};

static inline uint64_t world_time(const char *text)
{
    uint64_t out = 0;
    assert_int_equal(time_parse(&out, bytes_text(text)), OK);
    return out;
}

static inline struct bytes world_file(struct world *world, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("no file %s", path);
    }
    char *text = arena_alloc(&world->arena, WORLD_TEXT_MAX);
    assert_non_null(text);
    const size_t size = fread(text, 1, WORLD_TEXT_MAX, file);
    fclose(file);
    assert_true(size < WORLD_TEXT_MAX);
    return bytes_of(text, size);
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

static inline void world_release(void *context)
{
    (void)context;
}

static inline void world_put(struct world *world, const struct state_key *key,
                             const ProtobufCMessage *record)
{
    assert_int_equal(view_put(world->state, state_key_bytes(key), record, &world->arena), OK);
}

static inline void world_jurisdiction(struct world *world, const char *id, int32_t offset,
                                      const char *yearly)
{
    Seam__JurisdictionRecord record = SEAM__JURISDICTION_RECORD__INIT;
    record.jurisdiction = (char *)id;
    record.utc_offset_minutes = offset;
    record.deadline_days = 40;
    record.yearly_deadline = (char *)yearly;
    const struct state_key key = state_key_named(KEY_JURISDICTION, id);
    world_put(world, &key, &record.base);
}

static inline void world_boundary(struct world *world, const char *facility, uint32_t version,
                                  const char *from, Seam__Source **sources, size_t count)
{
    Seam__BoundaryRecord record = SEAM__BOUNDARY_RECORD__INIT;
    record.facility = (char *)facility;
    record.version = version;
    record.from_period = (char *)from;
    record.sources = sources;
    record.n_sources = count;
    struct state_key key = state_key_of(KEY_BOUNDARY);
    state_key_id(&key, KEY_FACILITY, facility);
    state_key_u32(&key, version);
    world_put(world, &key, &record.base);
}

static inline void world_facility(struct world *world, const Seam__GenesisFacility *in)
{
    const Seam__FacilityRegister *from = in->facility;
    Seam__FacilityRecord record = SEAM__FACILITY_RECORD__INIT;
    Seam__GasGrade grade = SEAM__GAS_GRADE__INIT;
    Seam__GasGrade *grades[] = {&grade};
    grade.grade = from->gas_grade;
    grade.from_period = from->start_period;
    record.facility = from->facility;
    record.organisation = in->organisation;
    record.kind = from->kind;
    record.jurisdiction = from->jurisdiction;
    record.scheme = from->scheme;
    record.cadence = from->cadence;
    record.start_period = from->start_period;
    record.gas_grades = grades;
    record.n_gas_grades = from->gas_grade[0] != '\0' ? 1 : 0;
    record.boundary_version = 1;
    const struct state_key key = state_key_named(KEY_FACILITY, from->facility);
    world_put(world, &key, &record.base);
    world_boundary(world, from->facility, 1, from->start_period, from->sources, from->n_sources);
}

static inline void world_facilities(struct world *world)
{
    struct json_doc *doc = NULL;
    struct errors errors;
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    assert_int_equal(json_doc_read(&doc, world_file(world, SAMPLES "boundaries.json"),
                                   WORLD_TEXT_MAX, &world->detail),
                     OK);
    const struct json_node *list = json_node_get(json_doc_root(doc), "facilities");
    assert_int_equal(json_node_count(list), 7);
    for (size_t i = 0; i < json_node_count(list); i++) {
        ProtobufCMessage *message = NULL;
        assert_int_equal(json_in_message(&message, &seam__genesis_facility__descriptor,
                                         &governance_fields, json_node_at(list, i), NULL,
                                         &world->arena, &errors),
                         OK);
        world_facility(world, (const Seam__GenesisFacility *)message);
    }
    json_doc_free(doc);
}

static inline void world_set(struct world *world, const char *id, const char *scheme)
{
    struct set set;
    struct errors errors;
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    assert_int_equal(set_load(&set, id, &world->arena, &errors), OK);
    const ProtobufCBinaryData hash = {.len = HASH_SIZE, .data = set.hash.bytes};
    Seam__ParameterSetRecord record = SEAM__PARAMETER_SET_RECORD__INIT;
    record.id = set.message->id;
    record.version = 1;
    record.hash = hash;
    record.parameter_set =
        (ProtobufCBinaryData){.len = set.bytes.size, .data = (uint8_t *)set.bytes.data};
    struct state_key key = state_key_named(KEY_PARAMETER_SET, id);
    state_key_u32(&key, 1);
    world_put(world, &key, &record.base);
    Seam__ParameterSetName name = SEAM__PARAMETER_SET_NAME__INIT;
    name.id = set.message->id;
    name.version = 1;
    key = state_key_of(KEY_PARAMETER_SET_HASH);
    state_key_hash(&key, &set.hash);
    world_put(world, &key, &name.base);
    if (scheme == NULL) {
        return;
    }
    Seam__AdoptionRecord adoption = SEAM__ADOPTION_RECORD__INIT;
    adoption.scheme = (char *)scheme;
    adoption.set_hash = hash;
    adoption.id = set.message->id;
    adoption.from_period = set.message->valid_from;
    key = state_key_of(KEY_ADOPTION);
    state_key_id(&key, KEY_ADOPTION, scheme);
    state_key_hash(&key, &set.hash);
    world_put(world, &key, &adoption.base);
}

static inline void world_open(struct world *world)
{
    const struct state_base base = {
        .context = NULL, .height = 0, .get = world_nothing, .release = world_release};
    memset(world, 0, sizeof *world);
    arena_init(&world->arena, (size_t)256 << 20);
    world->state = overlay_new(NULL, &base);
    assert_non_null(world->state);
    world->height = 10;
    world->time_ms = world_time("2026-10-05T08:00:00Z");
    world->organisation = "mine";
    world->rules_version = 1;
    Seam__ChainState chain = SEAM__CHAIN_STATE__INIT;
    chain.network = (char *)"test";
    chain.genesis_time_ms = world_time("2026-09-15T00:00:00Z");
    chain.rules_version = 1;
    const struct state_key key = state_key_of(KEY_CHAIN);
    world_put(world, &key, &chain.base);
    world_jurisdiction(world, "CN-14", 480, "");
    world_jurisdiction(world, "RU-KEM", 420, "06-30");
    world_facilities(world);
    world_set(world, "CN-NDRC-COAL-2014", "cn-coal");
    world_set(world, "RU-MNR371-2022", "ru-coal");
    world_set(world, "CN-GBT-32151.11-2018", NULL);
}

static inline void world_close(struct world *world)
{
    overlay_drop(world->state);
    arena_free(&world->arena);
}

static inline Seam__CalculationFile *world_read(struct world *world, const char *name)
{
    char path[512];
    struct errors errors;
    const Seam__CalculationFile *file = NULL;
    snprintf(path, sizeof path, "%s%.200s", SAMPLES, name);
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    const enum err err = calc_file_read(&file, world_file(world, path), &world->arena, &errors);
    if (err != OK) {
        fail_msg("%s: %s %s", name, err_name(err), errors.items[0].field);
    }
    return (Seam__CalculationFile *)file;
}

static inline enum err world_build(struct world *world, struct account_draft *draft,
                                   const Seam__CalculationFile *file, uint32_t version,
                                   const struct hash *previous)
{
    static const uint8_t secret[ACCOUNT_SECRET_SIZE] = {7, 1, 7};
    struct set set;
    struct errors errors;
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    assert_int_equal(set_load(&set, file->parameter_set, &world->arena, &errors), OK);
    const enum err err =
        account_build(draft, file, &set, version, previous, secret, &world->arena, &errors);
    if (errors.count > 0) {
        world->detail = errors.items[0];
    }
    if (err == OK) {
        world->hash = draft->hash;
    }
    return err;
}

static inline const struct rule_row *world_row(uint32_t type)
{
    for (size_t i = 0; i < accounting_rules.count; i++) {
        if (accounting_rules.rows[i].type == type) {
            return &accounting_rules.rows[i];
        }
    }
    fail_msg("no row %u", (unsigned)type);
    return NULL;
}

/* The rule as the executor calls it; what a refusal wrote is rolled back. */
static inline enum judgement world_apply_row(struct world *world, const struct rule_row *row,
                                             const ProtobufCMessage *message,
                                             const ProtobufCMessage *detached)
{
    struct rule_signer signers[2];
    struct rule_context context;
    struct arena scratch;
    arena_init(&scratch, (size_t)16 << 20);
    memset(signers, 0, sizeof signers);
    memset(&context, 0, sizeof context);
    signers[0].usage = USAGE_SUBMIT;
    signers[1].usage = USAGE_APPROVE;
    signers[1].key_id.bytes[0] = 1;
    signers[1].person.bytes[0] = world->same_person ? 0 : 1;
    context.state = world->state;
    context.arena = &scratch;
    context.height = world->height;
    context.time_ms = world->time_ms;
    context.rules_version = world->rules_version;
    context.known = world->known;
    if (detached != NULL) {
        assert_int_equal(message_pack(&context.detached, detached, &scratch), OK);
    }
    context.tx_id.bytes[0] = (uint8_t)world->height;
    context.organisation_id = world->organisation;
    id_hash(&context.organisation, KEY_ORGANISATION, world->organisation);
    context.roles = ROLE_MINE;
    context.signers = signers;
    context.signer_count = 2;
    memset(&world->detail, 0, sizeof world->detail);
    const size_t mark = overlay_mark(world->state);
    const enum judgement judgement = row->apply(&context, message, detached, &world->detail);
    world->receipt_flags = context.receipt_flags;
    world->days_late = context.days_late;
    if (judgement != JUDGE_OK) {
        assert_int_not_equal(world->detail.err, OK);
        overlay_rollback(world->state, mark);
    }
    world->height++;
    arena_free(&scratch);
    return judgement;
}

static inline enum judgement world_apply(struct world *world, uint32_t type,
                                         const Seam__Account *account,
                                         const Seam__AccountLines *lines)
{
    return world_apply_row(world, world_row(type), &account->base,
                           lines != NULL ? &lines->base : NULL);
}

static inline const Seam__AccountLines *world_lines(struct world *world,
                                                    const struct account_draft *draft)
{
    ProtobufCMessage *message = NULL;
    assert_int_equal(message_unpack(&message, &seam__account_lines__descriptor, draft->detached,
                                    LIMIT_TX_DETACHED, &world->arena, NULL),
                     OK);
    return (const Seam__AccountLines *)message;
}

static inline enum judgement world_submit(struct world *world, const struct account_draft *draft)
{
    const bool value = strcmp(draft->account->state, "VALUE") == 0;
    uint32_t type = draft->account->version > 1 ? ACCOUNT_CORRECT_TYPE : ACCOUNT_SUBMIT_TYPE;
    if (!value) {
        type = ACCOUNT_NIL_TYPE;
    }
    return world_apply(world, type, draft->account, value ? world_lines(world, draft) : NULL);
}

#endif
