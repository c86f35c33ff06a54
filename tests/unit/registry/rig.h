/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_REGISTRY_RIG_H
#define TESTS_UNIT_REGISTRY_RIG_H

/* A market above the consortium of governance/world.h: a registrar, an authority, a bank, two
 * desks, assets, a scheme and accounts. Messages are written as JSON, which also runs them through
 * the bounds of their fields. After every accepted message everything is counted again. */

#include "ledger/codec/field_check.h"
#include "ledger/base/period.h"
#include "ledger/codec/json_in.h"
#include "ledger/registry/registry.h"
#include "ledger/registry/trade.h"
#include "ledger/registry/units_check.h"
#include "ledger/registry/view.h"
#include "tests/unit/governance/world.h"

#define HASH_TEXT "\"1111111111111111111111111111111111111111111111111111111111111111\""
#define RIG_HOUR UINT64_C(3600000)

struct rig {
    struct world *world;
    struct arena scratch; /* of one message */
    uint64_t time_ms;
    uint64_t sequence;
    bool check; /* count after each message */
    struct err_detail detail;
};

static const struct rule_row *rig_row(const char *name)
{
    const struct rule_table *tables[] = {&registry_rules, &registry_hold_rules, &trade_rules,
                                         &compliance_rules};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        for (size_t k = 0; k < tables[i]->count; k++) {
            if (strcmp(tables[i]->rows[k].name, name) == 0) {
                return &tables[i]->rows[k];
            }
        }
    }
    fail_msg("no transaction %s", name);
    return NULL;
}

static enum judgement rig_refuse(struct rig *rig, enum err err, const char *field)
{
    (void)err_set(&rig->detail, err, field, NULL, NULL, NULL);
    return JUDGE_NEVER;
}

static ProtobufCMessage *rig_message(struct rig *rig, const struct rule_row *row, const char *json)
{
    struct json_doc *doc = NULL;
    struct errors errors;
    ProtobufCMessage *message = NULL;
    const bool trades = row->type >= trade_rules.rows[0].type && row->type < 128;
    const struct field_table *fields =
        trades || row->type == compliance_rules.rows[0].type ? &trade_fields : &registry_fields;
    assert_int_equal(errors_new(&errors, &rig->scratch), OK);
    enum err err = json_doc_read(&doc, bytes_text(json), 1 << 20, &rig->detail);
    if (err != OK) {
        fail_msg("%s: %s", rig->detail.hint, json);
    }
    err = json_in_message(&message, row->payload, fields, json_doc_root(doc), NULL, &rig->scratch,
                          &errors);
    if (err == OK) {
        err = field_check(message, fields, &rig->scratch, &errors);
    }
    json_doc_free(doc);
    if (err != OK) {
        rig->detail = errors.items[0];
        return NULL;
    }
    return message;
}

static enum judgement rig_run(struct rig *rig, const char *organisation, const struct rule_row *row,
                              const ProtobufCMessage *message)
{
    struct world *world = rig->world;
    struct rule_context context = world_context(world, organisation);
    const size_t mark = overlay_mark(world->state);
    if ((context.roles & row->roles) == 0) {
        return rig_refuse(rig, ERR_ROLE, "organisation");
    }
    context.arena = &rig->scratch;
    context.time_ms = rig->time_ms;
    context.height = 7 + rig->sequence;
    memcpy(context.tx_id.bytes, &rig->sequence, sizeof rig->sequence);
    const enum judgement judgement = row->apply(&context, message, NULL, &rig->detail);
    if (judgement != JUDGE_OK) {
        overlay_rollback(world->state, mark);
    }
    return judgement;
}

static void rig_count(struct rig *rig)
{
    struct arena arena;
    struct err_detail detail = {.err = OK};
    arena_init(&arena, (size_t)64 << 20);
    const enum err err = units_check(rig->world->state, &arena, &detail);
    arena_free(&arena);
    if (err != OK) {
        fail_msg("%s: %s", detail.field, detail.hint);
    }
}

/* One message as the executor would run it: bounds, role, rule; a refusal leaves nothing. */
__attribute__((unused)) static enum judgement rig_send(struct rig *rig, const char *organisation,
                                                       const char *name, const char *json)
{
    const struct rule_row *row = rig_row(name);
    memset(&rig->detail, 0, sizeof rig->detail);
    rig->sequence++;
    arena_init(&rig->scratch, (size_t)64 << 20);
    const ProtobufCMessage *message = rig_message(rig, row, json);
    const enum judgement judgement =
        message != NULL ? rig_run(rig, organisation, row, message) : JUDGE_NEVER;
    arena_free(&rig->scratch);
    if (judgement == JUDGE_OK && rig->check) {
        rig_count(rig);
    }
    return judgement;
}

#define rig_ok(organisation_, name_, json_)                                                        \
    do {                                                                                           \
        if (rig_send(rig, organisation_, name_, json_) != JUDGE_OK) {                              \
            fail_msg("%s: %s %s limit %s: %s", name_, err_name(rig->detail.err),                   \
                     rig->detail.field, rig->detail.limit, rig->detail.hint);                      \
        }                                                                                          \
    } while (0)

/* limit_ NULL: not compared. */
#define rig_no(organisation_, name_, json_, err_, limit_)                                          \
    do {                                                                                           \
        const enum judgement got_ = rig_send(rig, organisation_, name_, json_);                    \
        const char *limit_text_ = (limit_);                                                        \
        assert_int_not_equal(got_, JUDGE_OK);                                                      \
        assert_int_not_equal(got_, JUDGE_UNABLE);                                                  \
        assert_string_equal(err_name(rig->detail.err), err_name(err_));                            \
        if (limit_text_ != NULL) {                                                                 \
            assert_string_equal(rig->detail.limit, limit_text_);                                   \
        }                                                                                          \
    } while (0)

/* Quantity of one position and state, frozen or not. */
__attribute__((unused)) static uint64_t rig_held(struct rig *rig, const char *holding,
                                                 const char *series_name, enum unit_state state,
                                                 bool frozen)
{
    struct series series;
    const Seam__PositionRecord *position = NULL;
    assert_int_equal(series_parse(&series, series_name, &rig->world->arena), OK);
    const enum err err =
        registry_position(&position, rig->world->state, holding, &series, &rig->world->arena);
    assert_true(err == OK || err == ERR_ABSENT);
    return registry_shelf(err == OK ? position : NULL, state, frozen);
}

__attribute__((unused)) static const Seam__SeriesRecord *rig_series(struct rig *rig,
                                                                    const char *name)
{
    struct series series;
    const Seam__SeriesRecord *record = NULL;
    assert_int_equal(series_parse(&series, name, &rig->world->arena), OK);
    assert_int_equal(registry_series(&record, rig->world->state, &series, &rig->world->arena), OK);
    return record;
}

/* The blocks of a series as text: "1-60 desk-acc TRADE, 61-100 ...". */
__attribute__((unused)) static const char *rig_blocks(struct rig *rig, const char *name)
{
    static char out[4000];
    struct series series;
    uint64_t at = 0;
    size_t used = 0;
    assert_int_equal(series_parse(&series, name, &rig->world->arena), OK);
    out[0] = '\0';
    for (;;) {
        const Seam__BlockRecord *block = NULL;
        const enum err err =
            registry_block_next(&block, rig->world->state, &series, at, &rig->world->arena);
        if (err == ERR_ABSENT) {
            return out;
        }
        assert_int_equal(err, OK);
        used += (size_t)snprintf(
            out + used, sizeof out - used, "%s%llu-%llu %s %s%s", used > 0 ? ", " : "",
            (unsigned long long)block->start, (unsigned long long)block->end, block->holding,
            sm_name(&unit_machine, (uint8_t)block->state), block->frozen.len > 0 ? " FROZEN" : "");
        assert_true(used < sizeof out);
        at = block->end + 1;
    }
}

static void rig_organisations(struct rig *rig)
{
    static const char *const list[][2] = {
        {"registrar", "registrar"}, {"authority", "authority"}, {"bank", "settlement"},
        {"desk", "desk"},           {"desk-2", "desk"},
    };
    struct world *world = rig->world;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        assert_ok(world_apply(world, "regulator", organisation_register,
                              &world_organisation(world, list[i][0], list[i][1])->base));
    }
    assert_ok(
        world_apply(world, "mine", facility_register, &world_facility(world, "mine-b")->base));
}

#define ASSET(asset_, kind_, surrenderable_)                                                       \
    "{\"asset\":\"" asset_ "\",\"registry\":\"CN\",\"kind\":\"" kind_                              \
    "\",\"name\":{\"en\":\"x\"},\"unit\":\"tCO2e\",\"transferable\":true,"                         \
    "\"surrenderable\":" surrenderable_ "}"

#define SCHEME(version_)                                                                           \
    "{\"scheme\":\"cn-ets\",\"version\":" version_ ",\"name\":{\"en\":\"test\"},"                  \
    "\"jurisdiction\":\"CN-14\",\"assets\":[\"BOND-1\",\"CCER\",\"CEA\",\"FUND-1\"],"              \
    "\"covered_kinds\":[\"UG\",\"OP\"],\"covered_scopes\":[\"1\"],\"gases\":[\"CO2\",\"CH4\"],"    \
    "\"currency\":\"CNY\",\"tick_fen\":1,\"offset_cap_bp\":500,"                                   \
    "\"offset_projects_excluded\":true,\"first_vintage\":2019,\"carry_base_t\":10000,"             \
    "\"carry_ratio_num\":3,\"carry_ratio_den\":2,\"reversal_days\":14,"                            \
    "\"transfer_delay_hours\":24,\"trusted_delay_hours\":48,\"offer_hours\":72,"                   \
    "\"two_person\":[\"TRANSFER\",\"TRUST\"],"                                                     \
    "\"venues\":[{\"venue\":\"SHEX\",\"organisation\":\"bank\"}],"                                 \
    "\"years\":[{\"year\":2026,\"surrender_from\":\"2027-10-01\","                                 \
    "\"surrender_deadline\":\"2027-12-31\",\"cap_t\":1000}]}"

#define TRADING(holding_, holder_)                                                                 \
    "{\"holding\":\"" holding_ "\",\"holder\":\"" holder_                                          \
    "\",\"scheme\":\"cn-ets\",\"kind\":\"TRADING\"}"

__attribute__((unused)) static int rig_setup(void **state)
{
    void *world_state = NULL;
    assert_int_equal(world_setup(&world_state), 0);
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    rig->world = world_state;
    rig->time_ms = WORLD_TIME;
    rig->check = true;
    rig_organisations(rig);
    rig_ok("registrar", "ASSET_REGISTER", ASSET("BOND-1", "BOND", "false"));
    rig_ok("registrar", "ASSET_REGISTER", ASSET("CCER", "OFFSET", "true"));
    rig_ok("registrar", "ASSET_REGISTER", ASSET("CEA", "ALLOWANCE", "true"));
    rig_ok("registrar", "ASSET_REGISTER", ASSET("FUND-1", "FUND_SHARE", "false"));
    rig_ok("regulator", "SCHEME_SET", SCHEME("1"));
    rig_ok("registrar", "HOLDING_OPEN",
           "{\"holding\":\"mine-acc\",\"holder\":\"mine\",\"scheme\":\"cn-ets\","
           "\"kind\":\"OPERATOR\",\"facilities\":[\"mine-a\"],\"covered_from\":2026}");
    rig_ok("registrar", "HOLDING_OPEN", TRADING("mine-trade", "mine"));
    rig_ok("registrar", "HOLDING_OPEN", TRADING("desk-acc", "desk"));
    rig_ok("registrar", "HOLDING_OPEN", TRADING("desk2-acc", "desk-2"));
    *state = rig;
    return 0;
}

__attribute__((unused)) static int rig_teardown(void **state)
{
    struct rig *rig = *state;
    void *world = rig->world;
    free(rig);
    return world_teardown(&world);
}

#define ALLOCATE(holding_, vintage_, kind_, quantity_)                                             \
    "{\"holding\":\"" holding_ "\",\"asset\":\"CEA\",\"vintage\":" vintage_ ",\"kind\":\"" kind_   \
    "\",\"quantity\":" quantity_ ",\"basis_hash\":" HASH_TEXT "}"
#define CEA(vintage_, quantity_)                                                                   \
    "{\"asset\":\"CEA\",\"vintage\":" vintage_ ",\"quantity\":" quantity_ "}"
#define CEA_RANGE(vintage_, quantity_, start_, end_)                                               \
    "{\"asset\":\"CEA\",\"vintage\":" vintage_ ",\"quantity\":" quantity_                          \
    ",\"ranges\":[{\"start\":" start_ ",\"end\":" end_ "}]}"
#define MOVE(holding_, units_, to_)                                                                \
    "{\"holding\":\"" holding_ "\",\"units\":" units_ ",\"to\":\"" to_ "\"}"
#define TRANSFER(id_, from_, to_, units_)                                                          \
    "{\"transfer\":\"" id_ "\",\"from\":\"" from_ "\",\"to\":\"" to_ "\",\"units\":[" units_ "]}"
#define CEA26 "CN:CEA:CN:2026"

/* 100 allowances of 2026 for trade in an account of the desk. */
__attribute__((unused)) static void rig_stock(struct rig *rig)
{
    rig_ok("regulator", "ALLOCATE", ALLOCATE("desk-acc", "2026", "FINAL", "100"));
    rig_ok("desk", "POSITION_MOVE", MOVE("desk-acc", CEA("2026", "100"), "TRADE"));
}

__attribute__((unused)) static void rig_trust(struct rig *rig)
{
    rig_ok("desk", "TRUST_ADD", "{\"holding\":\"desk-acc\",\"trusted\":\"desk2-acc\"}");
    rig->time_ms += 48 * RIG_HOUR;
}

#endif
