/* SPDX-License-Identifier: Apache-2.0 */
/* [2.2] Final states have no way out: units 1 to 10 end in each of them, and then every transaction
 * type of the registry is tried on them. Whatever is answered, the ten units stay what they are;
 * whoever names them is refused. The one way back is the reversal of a surrender in its window. */

#include "tests/unit/registry/rig.h"

#define CEA25 "CN:CEA:CN:2025"
#define SCHEME_WINDOWS                                                                             \
    "{\"scheme\":\"cn-ets\",\"version\":2,\"name\":{\"en\":\"test\"},\"jurisdiction\":\"CN-14\","  \
    "\"assets\":[\"CCER\",\"CEA\"],\"covered_kinds\":[\"UG\"],\"covered_scopes\":[\"1\"],"         \
    "\"currency\":\"CNY\",\"tick_fen\":1,\"offset_cap_bp\":500,\"first_vintage\":2024,"            \
    "\"carry_base_t\":10000,\"carry_ratio_den\":1,\"reversal_days\":14,\"offer_hours\":8784,"      \
    "\"venues\":[{\"venue\":\"SHEX\",\"organisation\":\"bank\"}],"                                 \
    "\"years\":[{\"year\":2025,\"surrender_from\":\"2026-09-01\","                                 \
    "\"surrender_deadline\":\"2026-12-31\",\"carry_from\":\"2026-09-01\","                         \
    "\"carry_to\":\"2026-10-31\"},{\"year\":2026,\"surrender_from\":\"2026-09-01\","               \
    "\"surrender_deadline\":\"2027-12-31\"}]}"

#define TEN CEA_RANGE("2025", "10", "1", "10")
#define SELL                                                                                       \
    "{\"trade\":\"s-1\",\"side\":\"SELL\",\"holding\":\"mine-acc\",\"method\":\"BLOCK\","          \
    "\"units\":" TEN ",\"price_fen\":9000,\"settlement\":\"bank\",\"payment_hours\":24}"
#define TAKE "{\"trade\":\"s-1\",\"holding\":\"desk-acc\",\"quantity\":10}"
#define CANCEL                                                                                     \
    "{\"cancellation\":\"x-1\",\"holding\":\"mine-acc\",\"units\":[" TEN                           \
    "],\"beneficiary\":\"b\",\"purpose\":\"p\",\"from\":\"REGISTER\"}"
#define EXPORT                                                                                     \
    "{\"holding\":\"mine-acc\",\"units\":" TEN                                                     \
    ",\"registry\":\"EU\",\"account\":\"a\",\"from\":\"REGISTER\"}"
#define CARRY "{\"carry\":\"c-1\",\"holding\":\"mine-acc\",\"year\":2025,\"units\":[" TEN "]}"
#define LAPSE(quantity_)                                                                           \
    "{\"holding\":\"mine-acc\",\"year\":2025,\"units\":" CEA("2025", quantity_) "}"
#define GIVE(id_)                                                                                  \
    "{\"surrender\":\"" id_ "\",\"holding\":\"mine-acc\",\"year\":2026,\"units\":[" TEN "]}"
#define SURRENDER(rest_) "{\"surrender\":\"g-1\"" rest_ "}"
#define PLEDGE(id_, units_)                                                                        \
    "{\"pledge\":\"" id_ "\",\"holding\":\"mine-acc\",\"creditor\":\"desk\",\"units\":" units_     \
    ",\"from\":\"REGISTER\",\"contract_hash\":" HASH_TEXT "}"
#define FREEZE(id_, units_)                                                                        \
    "{\"order\":\"" id_ "\",\"holding\":\"mine-acc\",\"units\":[" units_                           \
    "],\"order_hash\":" HASH_TEXT "}"

/* One try with each type. USED: it names the ten units and is refused with 303010; NO: refused;
 * ANY: it does not name them. */
enum expected { ANY, NO, USED };

struct
try {
    const char *name;
    const char *who;
    enum expected expected;
    const char *json;
};

static const struct try tries[] = {
    {"SCHEME_SET", "regulator", NO, SCHEME_WINDOWS},
    {"ASSET_REGISTER", "registrar", ANY, ASSET("NEW", "ALLOWANCE", "true")},
    {"HOLDING_OPEN", "registrar", ANY, TRADING("mine-more", "mine")},
    {"HOLDING_STATE", "registrar", ANY,
     "{\"holding\":\"mine-acc\",\"state\":\"SUSPENDED\",\"reason\":\"r\"}"},
    {"TRUST_ADD", "mine", ANY, "{\"holding\":\"mine-acc\",\"trusted\":\"desk-acc\"}"},
    {"TRUST_REMOVE", "mine", ANY, "{\"holding\":\"mine-acc\",\"trusted\":\"desk-acc\"}"},
    {"PROJECT_REGISTER", "mine", ANY,
     "{\"project\":\"vam-1\",\"facility\":\"mine-b\",\"methodology\":\"CCER-10-001-V01\","
     "\"monitoring_plan_hash\":" HASH_TEXT ",\"start\":\"2025-01-01\",\"end\":\"2030-12-31\"}"},
    {"REDUCTION_CLAIM", "mine", NO,
     "{\"claim\":\"c-1\",\"project\":\"vam-1\",\"source\":\"shaft-1\",\"gas\":\"CH4\","
     "\"from_ms\":\"2025-01-01T00:00:00Z\",\"to_ms\":\"2025-01-02T00:00:00Z\",\"quantity\":10,"
     "\"report_hash\":" HASH_TEXT "}"},
    {"UNITS_ISSUE", "registrar", NO,
     "{\"issue\":\"i-1\",\"holding\":\"mine-acc\",\"asset\":\"CEA\",\"vintage\":2025,"
     "\"quantity\":10,\"basis_hash\":" HASH_TEXT "}"},
    {"ALLOCATE", "regulator", NO, ALLOCATE("mine-acc", "2025", "FINAL", "10")},
    {"ADJUST", "regulator", NO,
     "{\"holding\":\"mine-acc\",\"asset\":\"CEA\",\"dispute\":\"d-1\",\"effect\":1}"},
    {"UNITS_RECOVER", "regulator", ANY,
     "{\"recovery\":\"r-1\",\"holding\":\"mine-acc\",\"units\":" CEA(
         "2025", "30") ",\"reason\":\"EXCESS\",\"basis_hash\":" HASH_TEXT "}"},
    {"UNITS_IMPORT", "registrar", NO,
     "{\"holding\":\"mine-acc\",\"registry\":\"CN\",\"asset\":\"CEA\",\"vintage\":2025,"
     "\"ranges\":[{\"start\":1,\"end\":10}],\"proof_hash\":" HASH_TEXT "}"},
    {"UNITS_EXPORT", "mine", USED, EXPORT},
    {"TRANSFER_PROPOSE", "mine", USED, TRANSFER("t-2", "mine-acc", "mine-trade", TEN)},
    {"TRANSFER_PROPOSE", "mine", USED, TRANSFER("t-3", "mine-acc", "desk-acc", TEN)},
    {"TRANSFER_ACCEPT", "desk", ANY, "{\"transfer\":\"t-1\"}"},
    {"TRANSFER_CANCEL", "mine", ANY, "{\"transfer\":\"t-1\"}"},
    {"TRANSFER_EXECUTE", "mine", NO, "{\"transfer\":\"t-1\"}"},
    {"UNITS_CANCEL", "mine", USED, CANCEL},
    {"POSITION_MOVE", "mine", USED, MOVE("mine-acc", TEN, "TRADE")},
    {"POSITION_MOVE", "mine", USED, MOVE("mine-acc", TEN, "REGISTER")},
    {"PRICE_PUBLISH", "bank", ANY,
     "{\"scheme\":\"cn-ets\",\"venue\":\"SHEX\",\"asset\":\"CEA\",\"day\":\"2026-09-20\","
     "\"version\":1,\"close_fen\":9000}"},
    {"TRADE_PROPOSE", "mine", ANY, SELL},
    {"TRADE_ACCEPT", "desk", ANY, TAKE},
    {"TRADE_LOCK", "mine", USED, "{\"trade\":\"s-1\",\"fill\":1}"},
    {"PAYMENT_CONFIRM", "bank", NO, "{\"trade\":\"s-1\",\"fill\":1,\"amount_fen\":90000}"},
    {"TRADE_REFUND", "mine", ANY, "{\"trade\":\"s-1\",\"fill\":1}"},
    {"SURRENDER_PROPOSE", "mine", USED, GIVE("g-2")},
    {"SURRENDER_APPROVE", "regulator", NO, SURRENDER("")},
    {"SURRENDER_REJECT", "regulator", NO, SURRENDER(",\"reason\":\"r\"")},
    {"SURRENDER_REVERSE", "mine", NO, SURRENDER(",\"reason\":\"r\"")},
    {"SURRENDER_REVERSE", "regulator", NO, SURRENDER(",\"reason\":\"r\"")},
    {"CARRY_OVER", "mine", USED, CARRY},
    {"LAPSE", "registrar", NO, LAPSE("30")},
    {"FREEZE", "authority", NO, FREEZE("o-2", TEN)},
    {"FREEZE", "authority", ANY,
     "{\"order\":\"o-3\",\"holding\":\"mine-acc\",\"order_hash\":" HASH_TEXT "}"},
    {"UNFREEZE", "authority", ANY, "{\"order\":\"o-1\",\"reason\":\"r\"}"},
    {"PLEDGE", "mine", USED, PLEDGE("p-2", TEN)},
    {"PLEDGE_RELEASE", "desk", ANY, "{\"pledge\":\"p-1\"}"},
    {"COMPLIANCE_EXCLUDE", "regulator", ANY,
     "{\"holding\":\"mine-acc\",\"year\":2026,\"excluded\":true,\"reason\":\"r\"}"},
};

/* 1-20 for surrender, of them 11-12 pledged and 13-14 frozen; 21-30 for trade, two of them offered.
 */
static int setup(void **state)
{
    assert_int_equal(rig_setup(state), 0);
    struct rig *rig = *state;
    rig_ok("regulator", "SCHEME_SET", SCHEME_WINDOWS);
    rig_ok("regulator", "ALLOCATE", ALLOCATE("mine-acc", "2025", "FINAL", "30"));
    rig_ok("mine", "POSITION_MOVE", MOVE("mine-acc", CEA("2025", "10"), "TRADE"));
    rig_ok("mine", "PLEDGE", PLEDGE("p-1", CEA_RANGE("2025", "2", "11", "12")));
    rig_ok("authority", "FREEZE", FREEZE("o-1", CEA_RANGE("2025", "2", "13", "14")));
    rig_ok("mine", "TRANSFER_PROPOSE", TRANSFER("t-1", "mine-acc", "desk-acc", CEA("2025", "2")));
    return 0;
}

/* "1-10 mine-acc CANCELLED by 4f..." of the ten units, whatever blocks they are in. */
static void ten_units(struct rig *rig, char *out, size_t size)
{
    struct series series;
    size_t used = 0;
    assert_int_equal(series_parse(&series, CEA25, &rig->world->arena), OK);
    for (uint64_t serial = 1; serial <= 10; serial++) {
        const Seam__BlockRecord *block = NULL;
        char by[2 * HASH_SIZE + 1] = "";
        assert_int_equal(
            registry_block_at(&block, rig->world->state, &series, serial, &rig->world->arena), OK);
        hex_encode(by, bytes_of(block->by.data, block->by.len));
        used += (size_t)snprintf(out + used, size - used, "%u %s %u %s %zu\n", (unsigned)serial,
                                 block->holding, block->state, by, block->frozen.len);
        assert_true(used < size);
    }
}

/* Tries everything; code: expected of USED. */
static void no_way_out(struct rig *rig, enum unit_state state, const char *code)
{
    char before[4000];
    char after[4000];
    struct overlay *overlay = rig->world->state;
    ten_units(rig, before, sizeof before);
    char expected[40];
    snprintf(expected, sizeof expected, "1 mine-acc %u ", (unsigned)state);
    assert_memory_equal(before, expected, strlen(expected));
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        const struct try *try = &tries[i];
        const size_t mark = overlay_mark(overlay);
        if (strcmp(try->name, "TRADE_LOCK") == 0 || strcmp(try->name, "PAYMENT_CONFIRM") == 0) {
            (void)rig_send(rig, "mine", "TRADE_PROPOSE", SELL);
            (void)rig_send(rig, "desk", "TRADE_ACCEPT", TAKE);
        }
        const enum judgement judgement = rig_send(rig, try->who, try->name, try->json);
        if (judgement == JUDGE_UNABLE || (try->expected != ANY && judgement == JUDGE_OK)) {
            fail_msg("%s of %s: %s", try->name, sm_name(&unit_machine, (uint8_t)state), try->json);
        }
        if (try->expected == USED && code != NULL && strcmp(err_code(rig->detail.err), code) != 0) {
            fail_msg("%s: %s %s", try->name, err_code(rig->detail.err), rig->detail.hint);
        }
        ten_units(rig, after, sizeof after);
        assert_string_equal(before, after);
        overlay_rollback(overlay, mark);
    }
}

static void every_type_is_tried(void **state)
{
    (void)state;
    const struct rule_table *tables[] = {&registry_rules, &registry_hold_rules, &trade_rules,
                                         &compliance_rules};
    for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
        for (size_t i = 0; i < tables[t]->count; i++) {
            size_t k = 0;
            while (k < sizeof tries / sizeof tries[0] &&
                   strcmp(tries[k].name, tables[t]->rows[i].name) != 0) {
                k++;
            }
            if (k == sizeof tries / sizeof tries[0]) {
                fail_msg("%s is not tried", tables[t]->rows[i].name);
            }
        }
    }
    for (enum unit_state from = UNIT_SURRENDERED; from < UNIT_STATES; from++) {
        assert_int_equal(unit_machine.rows[from].next,
                         from == UNIT_SURRENDERED ? SM_TO(UNIT_REGISTER) : 0);
    }
}

static void surrendered_comes_back_in_its_window_alone(void **state)
{
    struct rig *rig = *state;
    rig_ok("mine", "SURRENDER_PROPOSE", GIVE("g-1"));
    rig_ok("regulator", "SURRENDER_APPROVE", SURRENDER(""));
    rig->time_ms += 14 * 24 * RIG_HOUR - 1;
    const size_t mark = overlay_mark(rig->world->state);
    rig_ok("mine", "SURRENDER_REVERSE", SURRENDER(",\"reason\":\"r\""));
    rig_no("mine", "SURRENDER_REVERSE", SURRENDER(",\"reason\":\"r\""), ERR_STATE_MACHINE, NULL);
    overlay_rollback(rig->world->state, mark);
    rig->time_ms++;
    no_way_out(rig, UNIT_SURRENDERED, "303010");
}

static void cancelled_is_for_ever(void **state)
{
    struct rig *rig = *state;
    rig_ok("mine", "UNITS_CANCEL", CANCEL);
    no_way_out(rig, UNIT_CANCELLED, NULL); /* the id x-1 is used as well */
}

static void exported_is_for_ever(void **state)
{
    struct rig *rig = *state;
    rig_ok("mine", "UNITS_EXPORT", EXPORT);
    no_way_out(rig, UNIT_EXPORTED, "303010");
}

static void carried_is_for_ever(void **state)
{
    struct rig *rig = *state;
    rig_ok("mine", "CARRY_OVER", CARRY);
    no_way_out(rig, UNIT_CARRIED, NULL); /* the id c-1 is used as well */
}

/* After the window: expired as well, so that the code may be another. */
static void lapsed_is_for_ever(void **state)
{
    struct rig *rig = *state;
    rig->time_ms += 60 * 24 * RIG_HOUR;
    rig_ok("registrar", "LAPSE", LAPSE("24"));
    no_way_out(rig, UNIT_LAPSED, NULL);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_tried),
        T(surrendered_comes_back_in_its_window_alone),
        T(cancelled_is_for_ever),
        T(exported_is_for_ever),
        T(carried_is_for_ever),
        T(lapsed_is_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
