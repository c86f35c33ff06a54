/* SPDX-License-Identifier: Apache-2.0 */
/* 96 SCHEME_SET to 101 TRUST_REMOVE: schemes, assets, accounts, trusted lists. */

#include "ledger/registry/trade.h"
#include "tests/unit/registry/rig.h"

static uint32_t holding_state_of(struct rig *rig, const char *holding)
{
    const Seam__HoldingRecord *record = NULL;
    assert_int_equal(registry_holding(&record, rig->world->state, holding, &rig->world->arena), OK);
    return record->state;
}

/* [KSSJ 8a] */
static void schemes_have_versions(void **state)
{
    struct rig *rig = *state;
    rig_no("regulator", "SCHEME_SET", SCHEME("1"), ERR_SUPERSEDED, "2");
    rig_no("regulator", "SCHEME_SET", SCHEME("3"), ERR_GAP, "2");
    rig_no("desk", "SCHEME_SET", SCHEME("2"), ERR_ROLE, NULL);
    rig_ok("regulator", "SCHEME_SET", SCHEME("2"));
    const Seam__SchemeRecord *record = NULL;
    assert_int_equal(registry_scheme(&record, rig->world->state, "cn-ets", &rig->world->arena), OK);
    assert_int_equal(record->scheme->version, 2);
    assert_true(registry_scheme_takes(record, "CCER"));
    assert_false(registry_scheme_takes(record, "CCX"));
    assert_non_null(registry_scheme_year(record, 2026));
    assert_null(registry_scheme_year(record, 2027));
    char day[DATE_TEXT_SIZE];
    /* 2026-09-20T16:00Z is the 21st at UTC+8. */
    assert_int_equal(
        registry_scheme_day(day, rig->world->state, record, 1789920000000u, &rig->world->arena),
        OK);
    assert_string_equal(day, "2026-09-21");
}

static void schemes_are_checked(void **state)
{
    struct rig *rig = *state;
#define OTHER(assets_, rest_)                                                                      \
    "{\"scheme\":\"pilot\",\"version\":1,\"name\":{\"en\":\"x\"},\"jurisdiction\":\"CN-14\","      \
    "\"assets\":[" assets_ "]" rest_ "}"
    static const struct {
        const char *json;
        enum err err;
    } cases[] = {
        {OTHER("\"CEA\",\"CCER\"", ""), ERR_TWICE},
        {OTHER("\"XYZ\"", ""), ERR_ABSENT},
        {OTHER("\"CEA\"", ",\"carry_ratio_num\":3"), ERR_RANGE},
        {OTHER("\"CEA\"", ",\"offset_cap_bp\":10001"), ERR_RANGE},
        {OTHER("\"CEA\"", ",\"covered_kinds\":[\"XX\"]"), ERR_ENUM},
        {OTHER("\"CEA\"", ",\"two_person\":[\"NOTHING\"]"), ERR_ENUM},
        {OTHER("\"CEA\"", ",\"gases\":[\"CH4\",\"CH4\"]"), ERR_TWICE},
        {OTHER("\"CEA\"", ",\"venues\":[{\"venue\":\"X\",\"organisation\":\"bank\"},"
                          "{\"venue\":\"X\",\"organisation\":\"bank\"}]"),
         ERR_TWICE},
        {OTHER("\"CEA\"", ",\"venues\":[{\"venue\":\"X\",\"organisation\":\"desk\"}]"), ERR_ROLE},
        {OTHER("\"CEA\"", ",\"venues\":[{\"venue\":\"X\",\"organisation\":\"none\"}]"), ERR_ABSENT},
        {OTHER("\"CEA\"", ",\"years\":[{\"year\":2027},{\"year\":2026}]"), ERR_TWICE},
        {OTHER("\"CEA\"", ",\"years\":[{\"year\":2027,\"carry_from\":\"2027-06-02\","
                          "\"carry_to\":\"2027-06-01\"}]"),
         ERR_RANGE},
        {OTHER("\"CEA\"", ",\"years\":[{\"year\":2027,\"sold_from\":\"2027-06-02\"}]"), ERR_RANGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rig_no("regulator", "SCHEME_SET", cases[i].json, cases[i].err, NULL);
    }
    rig_ok("regulator", "SCHEME_SET", OTHER("\"CEA\"", ",\"gases\":[\"CO2\"]"));
}

/* [KSSJ 8c] asset classes are a register */
static void assets_are_a_register(void **state)
{
    struct rig *rig = *state;
    rig_no("registrar", "ASSET_REGISTER", ASSET("CEA", "ALLOWANCE", "true"), ERR_CONFLICT, NULL);
    rig_no("registrar", "ASSET_REGISTER", ASSET("F2", "FUND_SHARE", "true"), ERR_ENUM, NULL);
    rig_no("registrar", "ASSET_REGISTER", ASSET("B2", "BOND", "true"), ERR_ENUM, NULL);
    rig_no("registrar", "ASSET_REGISTER", ASSET("B2", "GOLD", "false"), ERR_ENUM, NULL);
    rig_no("desk", "ASSET_REGISTER", ASSET("B2", "BOND", "false"), ERR_ROLE, NULL);
    rig_no("registrar", "ASSET_REGISTER",
           "{\"asset\":\"B2\",\"registry\":\"cn\",\"kind\":\"BOND\",\"name\":{\"en\":\"x\"},"
           "\"unit\":\"bond\"}",
           ERR_TYPE, NULL);
    rig_ok("registrar", "ASSET_REGISTER", ASSET("B2", "BOND", "false"));
}

static void holders_are_checked(void **state)
{
    struct rig *rig = *state;
#define OPEN(holder_, kind_, rest_)                                                                \
    "{\"holding\":\"new\",\"holder\":\"" holder_ "\",\"scheme\":\"cn-ets\",\"kind\":\"" kind_      \
    "\"" rest_ "}"
    static const struct {
        const char *json;
        enum err err;
    } cases[] = {
        {OPEN("nobody", "TRADING", ""), ERR_ABSENT},
        /* who keeps, settles or verifies the market does not trade [F9] */
        {OPEN("bank", "TRADING", ""), ERR_ROLE},
        {OPEN("verifier", "TRADING", ""), ERR_ROLE},
        {OPEN("registrar", "TRADING", ""), ERR_ROLE},
        {OPEN("authority", "TRADING", ""), ERR_ROLE},
        {OPEN("desk", "GOVERNMENT", ""), ERR_ROLE},
        {OPEN("mine", "OPERATOR", ""), ERR_RANGE},
        {OPEN("mine", "TRADING", ",\"facilities\":[\"mine-b\"]"), ERR_RANGE},
        {OPEN("mine", "OPERATOR", ",\"facilities\":[\"mine-z\"]"), ERR_ABSENT},
        {OPEN("desk", "OPERATOR", ",\"facilities\":[\"mine-b\"]"), ERR_ROLE},
        {OPEN("mine", "OPERATOR", ",\"facilities\":[\"mine-a\"],\"covered_from\":2027"),
         ERR_OVERLAP},
        {OPEN("desk", "TRADING", ",\"representatives\":[\"desk.a\"]"), ERR_RANGE},
        {OPEN("desk", "TRADING", ",\"representatives\":[\"desk.a\",\"mine.a\"]"), ERR_ROLE},
        {OPEN("desk", "TRADING", ",\"representatives\":[\"desk.b\",\"desk.a\"]"), ERR_TWICE},
        {OPEN("desk", "TRADING", ",\"representatives\":[\"desk.a\",\"desk.z\"]"), ERR_ABSENT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rig_no("registrar", "HOLDING_OPEN", cases[i].json, cases[i].err, NULL);
    }
    rig_ok("registrar", "HOLDING_OPEN", OPEN("regulator", "GOVERNMENT", ""));
    rig_no("registrar", "HOLDING_OPEN", OPEN("regulator", "GOVERNMENT", ""), ERR_CONFLICT, NULL);
    rig_no("desk", "HOLDING_OPEN", TRADING("other", "desk-2"), ERR_ROLE, NULL);
}

/* What the holder asks for waits for the registrar. */
static void a_holder_asks_for_an_account(void **state)
{
    struct rig *rig = *state;
    rig_ok("desk", "HOLDING_OPEN", TRADING("second", "desk"));
    assert_int_equal(holding_state_of(rig, "second"), HOLDING_OPENING);
    rig_no("regulator", "ALLOCATE", ALLOCATE("second", "2026", "PRE", "5"), ERR_STATE_MACHINE,
           "OPENING");
    rig_no("desk", "HOLDING_STATE", "{\"holding\":\"second\",\"state\":\"OPEN\",\"reason\":\"x\"}",
           ERR_ROLE, NULL);
    rig_ok("registrar", "HOLDING_STATE",
           "{\"holding\":\"second\",\"state\":\"OPEN\",\"reason\":\"x\"}");
    rig_ok("regulator", "ALLOCATE", ALLOCATE("second", "2026", "PRE", "5"));
}

/* What the scheme has changed since the request is asked when the account opens. */
static void an_account_opens_by_the_rules_of_its_day(void **state)
{
    struct rig *rig = *state;
    static const char open[] = "{\"holding\":\"mine-b-acc\",\"state\":\"OPEN\",\"reason\":\"x\"}";
    char scheme[1600] = SCHEME("2");
    rig_ok("mine", "HOLDING_OPEN",
           "{\"holding\":\"mine-b-acc\",\"holder\":\"mine\",\"scheme\":\"cn-ets\","
           "\"kind\":\"OPERATOR\",\"facilities\":[\"mine-b\"],\"covered_from\":2026}");
    char *kind = strstr(scheme, "\"UG\",\"OP\"");
    assert_non_null(kind);
    memcpy(kind, "\"WP\",\"AM\"", strlen("\"WP\",\"AM\""));
    rig_ok("regulator", "SCHEME_SET", scheme);
    rig_no("registrar", "HOLDING_STATE", open, ERR_ENUM, "UG");
    rig_ok("regulator", "SCHEME_SET", SCHEME("3"));
    rig_ok("registrar", "HOLDING_STATE", open);
}

#define STATE(holding_, state_)                                                                    \
    "{\"holding\":\"" holding_ "\",\"state\":\"" state_ "\",\"reason\":\"test\"}"

/* Each state of the registry's table, and what it lets through. */
static void states_give_rights(void **state)
{
    struct rig *rig = *state;
    static const struct {
        const char *name;
        bool send;
        bool receive;
        bool surrender;
    } cases[] = {
        {"OPEN", true, true, true},
        {"SOME_RESTRICTED", false, true, true},
        {"ALL_RESTRICTED", false, false, false},
        {"SUSPENDED_PARTLY", false, true, false}, /* receives, cannot send */
        {"SUSPENDED", false, false, false},
        {"TRANSFER_PENDING", false, false, false},
    };
    rig_stock(rig);
    rig_trust(rig);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char json[200];
        char transfer[400];
        if (i > 0) {
            snprintf(json, sizeof json, STATE("desk-acc", "%s"), cases[i].name);
            rig_ok("registrar", "HOLDING_STATE", json);
        }
        snprintf(transfer, sizeof transfer,
                 TRANSFER("send-%zu", "desk-acc", "desk2-acc", CEA("2026", "1")), i);
        assert_int_equal(rig_send(rig, "desk", "TRANSFER_PROPOSE", transfer) == JUDGE_OK,
                         cases[i].send);
        assert_int_equal(rig_send(rig, "regulator", "ALLOCATE",
                                  ALLOCATE("desk-acc", "2027", "PRE", "1")) == JUDGE_OK,
                         cases[i].receive);
        const uint32_t rights =
            holding_rights((enum holding_state)holding_state_of(rig, "desk-acc"));
        assert_int_equal((rights & 1u << HOLDING_SURRENDER) != 0, cases[i].surrender);
        if (i > 0) {
            rig_ok("registrar", "HOLDING_STATE", STATE("desk-acc", "OPEN"));
        }
    }
}

static void who_may_set_a_state(void **state)
{
    struct rig *rig = *state;
    rig_no("desk-2", "HOLDING_STATE", STATE("desk-acc", "CLOSURE_PENDING"), ERR_ROLE, NULL);
    rig_no("desk", "HOLDING_STATE", STATE("desk-acc", "SUSPENDED"), ERR_ROLE, "CLOSURE_PENDING");
    rig_ok("authority", "HOLDING_STATE", STATE("desk-acc", "SUSPENDED"));
    rig_no("desk", "HOLDING_STATE", STATE("desk-acc", "OPEN"), ERR_ROLE, NULL);
    rig_no("authority", "HOLDING_STATE", STATE("desk-acc", "CLOSED"), ERR_ROLE, NULL);
    rig_ok("authority", "HOLDING_STATE", STATE("desk-acc", "OPEN"));
    rig_ok("desk", "HOLDING_STATE", STATE("desk-acc", "CLOSURE_PENDING"));
    rig_ok("desk", "HOLDING_STATE", STATE("desk-acc", "OPEN"));
    rig_no("registrar", "HOLDING_STATE", STATE("desk-acc", "CLOSED"), ERR_STATE_MACHINE, NULL);
    rig_no("registrar", "HOLDING_STATE", STATE("nothing", "OPEN"), ERR_ABSENT, NULL);
}

/* Only an empty account closes, and closed is the end. */
static void closure_needs_emptiness(void **state)
{
    struct rig *rig = *state;
    rig_stock(rig);
    rig_trust(rig);
    rig_ok("desk", "HOLDING_STATE", STATE("desk-acc", "CLOSURE_PENDING"));
    rig_no("registrar", "HOLDING_STATE", STATE("desk-acc", "CLOSED"), ERR_STATE_MACHINE, CEA26);
    rig_no("regulator", "ALLOCATE", ALLOCATE("desk-acc", "2027", "PRE", "1"), ERR_STATE_MACHINE,
           "CLOSURE_PENDING");
    rig_ok("desk", "TRANSFER_PROPOSE",
           TRANSFER("t-1", "desk-acc", "desk2-acc", CEA("2026", "100")));
    rig_ok("registrar", "HOLDING_STATE", STATE("desk-acc", "CLOSED"));
    rig_no("registrar", "HOLDING_STATE", STATE("desk-acc", "OPEN"), ERR_STATE_MACHINE, NULL);
    rig_no("regulator", "ALLOCATE", ALLOCATE("desk-acc", "2027", "PRE", "1"), ERR_STATE_MACHINE,
           "CLOSED");
    rig_no("desk", "TRANSFER_PROPOSE", TRANSFER("t-2", "desk-acc", "desk2-acc", CEA("2026", "1")),
           ERR_STATE_MACHINE, "CLOSED");
    rig_no("desk-2", "TRANSFER_PROPOSE", TRANSFER("t-2", "desk2-acc", "desk-acc", CEA("2026", "1")),
           ERR_STATE_MACHINE, "CLOSED");
    rig_no("desk-2", "TRUST_ADD", "{\"holding\":\"desk2-acc\",\"trusted\":\"desk-acc\"}",
           ERR_STATE_MACHINE, NULL);
}

/* A closed operator's account answers for its facilities no longer. */
static void coverage_ends_with_the_account(void **state)
{
    struct rig *rig = *state;
    const Seam__CoverageRecord *coverage = NULL;
    const Seam__Coverage *entry = NULL;
    assert_int_equal(registry_coverage(&coverage, rig->world->state, "mine-a", &rig->world->arena),
                     OK);
    assert_false(registry_covered(coverage, 2025, 2025, NULL));
    assert_true(registry_covered(coverage, 2026, 2026, &entry));
    assert_string_equal(entry->holding, "mine-acc");
    assert_true(registry_covered(coverage, 2030, 2031, NULL));
    rig_ok("mine", "HOLDING_STATE", STATE("mine-acc", "CLOSURE_PENDING"));
    rig_ok("registrar", "HOLDING_STATE", STATE("mine-acc", "CLOSED"));
    assert_int_equal(registry_coverage(&coverage, rig->world->state, "mine-a", &rig->world->arena),
                     OK);
    assert_true(registry_covered(coverage, 2026, 2026, NULL));
    assert_false(registry_covered(coverage, 2027, 2027, NULL));
}

/* Only named persons act for the account. */
static void representatives_sign(void **state)
{
    struct rig *rig = *state;
    rig_stock(rig);
    rig_ok("desk", "HOLDING_STATE",
           "{\"holding\":\"desk-acc\",\"state\":\"OPEN\",\"reason\":\"x\","
           "\"representatives\":[\"desk.a\",\"desk.b\"]}");
    const struct rule_row *row = rig_row("POSITION_MOVE");
    static const char *const persons[] = {"desk.a", "desk.c"};
    for (size_t i = 0; i < 2; i++) {
        struct rule_context context = world_context(rig->world, "desk");
        struct rule_signer signer = {.usage = USAGE_SUBMIT};
        id_hash(&signer.person, KEY_PERSON, persons[i]);
        context.signers = &signer;
        context.signer_count = 1;
        arena_init(&rig->scratch, (size_t)64 << 20);
        const ProtobufCMessage *message =
            rig_message(rig, row, MOVE("desk-acc", CEA("2026", "1"), "REGISTER"));
        const enum judgement judgement = row->apply(&context, message, NULL, &rig->detail);
        assert_int_equal(judgement, i == 0 ? JUDGE_OK : JUDGE_NEVER);
        /* Nor may others of the holder say who represents it. */
        const struct rule_row *naming = rig_row("HOLDING_STATE");
        message = rig_message(rig, naming,
                              "{\"holding\":\"desk-acc\",\"state\":\"OPEN\",\"reason\":\"x\","
                              "\"representatives\":[\"desk.a\",\"desk.b\"]}");
        assert_int_equal(naming->apply(&context, message, NULL, &rig->detail),
                         i == 0 ? JUDGE_OK : JUDGE_NEVER);
        arena_free(&rig->scratch);
    }
    assert_string_equal(err_name(rig->detail.err), "E_ROLE");
    rig_no("authority", "HOLDING_STATE",
           "{\"holding\":\"desk-acc\",\"state\":\"SUSPENDED\",\"reason\":\"x\","
           "\"representatives\":[\"desk.a\",\"desk.b\"]}",
           ERR_ROLE, NULL);
}

#define TRUST(holding_, trusted_) "{\"holding\":\"" holding_ "\",\"trusted\":\"" trusted_ "\"}"

/* A trusted account is trusted after the delay, not before; n-1, n. */
static void trust_waits(void **state)
{
    struct rig *rig = *state;
    bool active = true;
    struct overlay *overlay = rig->world->state;
    struct arena *arena = &rig->world->arena;
    rig_ok("desk", "TRUST_ADD", TRUST("desk-acc", "desk2-acc"));
    const uint64_t from = rig->time_ms + 48 * RIG_HOUR;
    assert_int_equal(trust_active(&active, overlay, "desk-acc", "desk2-acc", from - 1, arena), OK);
    assert_false(active);
    assert_int_equal(trust_active(&active, overlay, "desk-acc", "desk2-acc", from, arena), OK);
    assert_true(active);
    assert_int_equal(trust_active(&active, overlay, "desk2-acc", "desk-acc", from, arena), OK);
    assert_false(active);
    rig_no("desk", "TRUST_ADD", TRUST("desk-acc", "desk2-acc"), ERR_CONFLICT, NULL);
    rig_no("desk", "TRUST_ADD", TRUST("desk-acc", "desk-acc"), ERR_STATE_MACHINE, NULL);
    rig_no("desk", "TRUST_ADD", TRUST("desk-acc", "nothing"), ERR_ABSENT, NULL);
    rig_no("desk-2", "TRUST_ADD", TRUST("desk-acc", "mine-acc"), ERR_ROLE, NULL);
    rig_no("desk-2", "TRUST_REMOVE", TRUST("desk-acc", "desk2-acc"), ERR_ROLE, NULL);
    rig_ok("desk", "TRUST_REMOVE", TRUST("desk-acc", "desk2-acc"));
    assert_int_equal(trust_active(&active, overlay, "desk-acc", "desk2-acc", from, arena), OK);
    assert_false(active);
    rig_no("desk", "TRUST_REMOVE", TRUST("desk-acc", "desk2-acc"), ERR_ABSENT, NULL);
    rig->time_ms = from;
    rig_ok("desk", "TRUST_ADD", TRUST("desk-acc", "desk2-acc"));
    assert_int_equal(trust_active(&active, overlay, "desk-acc", "desk2-acc", from, arena), OK);
    assert_false(active); /* the delay begins again */
}

/* What moves units needs two persons [V22] and an idempotency key [D5]. */
static void test_v22_what_moves_units_takes_two_persons(void **state)
{
    (void)state;
    static const char *const alone[] = {"TRANSFER_CANCEL", "TRANSFER_EXECUTE"};
    const struct rule_table *tables[] = {&registry_rules, &registry_hold_rules};
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < tables[i]->count; k++) {
            const struct rule_row *row = &tables[i]->rows[k];
            const bool one = strcmp(row->name, alone[0]) == 0 || strcmp(row->name, alone[1]) == 0;
            assert_int_equal(row->signatures, one ? 1 : 2);
            assert_true(row->moves_units || row->type < 104);
            assert_true(row->type >= 104 || !row->moves_units);
        }
    }
}

/* [V22] One person is enough where nothing is given up and where both parties have signed. */
static void test_v22_trades_and_surrenders(void **state)
{
    (void)state;
    static const char *const alone[] = {"PRICE_PUBLISH", "TRADE_PROPOSE", "TRADE_ACCEPT",
                                        "PAYMENT_CONFIRM", "TRADE_REFUND"};
    const struct rule_table *tables[] = {&trade_rules, &compliance_rules};
    size_t ones = 0;
    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < tables[i]->count; k++) {
            const struct rule_row *row = &tables[i]->rows[k];
            bool one = false;
            for (size_t n = 0; n < sizeof alone / sizeof alone[0]; n++) {
                one = one || strcmp(row->name, alone[n]) == 0;
            }
            ones += one ? 1 : 0;
            assert_int_equal(row->signatures, one ? 1 : 2);
            if (!one) {
                assert_int_equal(row->usages[0], USAGE_SUBMIT);
                assert_int_equal(row->usages[1], USAGE_APPROVE);
            }
        }
    }
    assert_int_equal(ones, sizeof alone / sizeof alone[0]);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        T(schemes_have_versions),
        T(schemes_are_checked),
        T(assets_are_a_register),
        T(holders_are_checked),
        T(a_holder_asks_for_an_account),
        T(an_account_opens_by_the_rules_of_its_day),
        T(states_give_rights),
        T(who_may_set_a_state),
        T(closure_needs_emptiness),
        T(coverage_ends_with_the_account),
        T(representatives_sign),
        T(trust_waits),
        T(test_v22_what_moves_units_takes_two_persons),
        T(test_v22_trades_and_surrenders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
