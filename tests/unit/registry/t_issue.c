/* SPDX-License-Identifier: Apache-2.0 */
/* 102 PROJECT_REGISTER to 109 UNITS_EXPORT: where units come from [KSSJ 8b]. */

#include "ledger/proto/dispute.pb-c.h"
#include "tests/unit/registry/rig.h"

#define PROJECT(project_, facility_)                                                               \
    "{\"project\":\"" project_ "\",\"facility\":\"" facility_                                      \
    "\",\"methodology\":\"CCER-10-001-V01\",\"monitoring_plan_hash\":" HASH_TEXT                   \
    ",\"start\":\"2025-01-01\",\"end\":\"2034-12-31\"}"
#define CLAIM(claim_, project_, from_, to_, quantity_)                                             \
    "{\"claim\":\"" claim_ "\",\"project\":\"" project_                                            \
    "\",\"source\":\"shaft-1\",\"gas\":\"CH4\","                                                   \
    "\"from_ms\":\"" from_ "\",\"to_ms\":\"" to_                                                   \
    "\",\"volume_nm3\":\"1000.5\",\"quantity\":" quantity_ ",\"report_hash\":" HASH_TEXT "}"
#define ISSUE(issue_, holding_, claim_, vintage_, quantity_)                                       \
    "{\"issue\":\"" issue_ "\",\"holding\":\"" holding_                                            \
    "\",\"asset\":\"CCER\",\"claim\":\"" claim_ "\",\"vintage\":" vintage_                         \
    ",\"quantity\":" quantity_ "}"
#define JAN "2026-01-01T00:00:00Z"
#define FEB "2026-02-01T00:00:00Z"
#define MAR "2026-03-01T00:00:00Z"

static void projects_belong_to_facilities(void **state)
{
    struct rig *rig = *state;
    rig_no("desk", "PROJECT_REGISTER", PROJECT("vam", "mine-b"), ERR_ROLE, "mine");
    rig_no("mine", "PROJECT_REGISTER", PROJECT("vam", "mine-z"), ERR_ABSENT, NULL);
    rig_no("mine", "PROJECT_REGISTER",
           "{\"project\":\"vam\",\"facility\":\"mine-b\",\"methodology\":\"M\","
           "\"monitoring_plan_hash\":" HASH_TEXT
           ",\"start\":\"2025-01-02\",\"end\":\"2025-01-01\"}",
           ERR_RANGE, NULL);
    rig_ok("mine", "PROJECT_REGISTER", PROJECT("vam", "mine-b"));
    rig_no("mine", "PROJECT_REGISTER", PROJECT("vam", "mine-b"), ERR_CONFLICT, NULL);
}

/* [B12] A source has one name, so that its hours are not claimed again under another. */
static void a_source_has_one_name(void **state)
{
    struct rig *rig = *state;
#define CLAIM_AT(claim_, source_)                                                                  \
    "{\"claim\":\"" claim_ "\",\"project\":\"vam\",\"source\":\"" source_                          \
    "\",\"gas\":\"CH4\",\"from_ms\":\"" JAN "\",\"to_ms\":\"" FEB                                  \
    "\",\"quantity\":5,\"report_hash\":" HASH_TEXT "}"
    rig_ok("mine", "PROJECT_REGISTER", PROJECT("vam", "mine-b"));
    rig_ok("mine", "REDUCTION_CLAIM", CLAIM_AT("c-1", "shaft-1"));
    rig_no("mine", "REDUCTION_CLAIM", CLAIM_AT("c-2", "shaft-01"), ERR_ABSENT, NULL);
    assert_string_equal(rig->detail.field, "source");
    rig_no("mine", "REDUCTION_CLAIM", CLAIM_AT("c-2", "Shaft-1"), ERR_TEXT, NULL);
    rig_no("mine", "REDUCTION_CLAIM", CLAIM_AT("c-2", "shaft-1"), ERR_OVERLAP, NULL);
    rig_ok("mine", "REDUCTION_CLAIM", CLAIM_AT("c-2", "grid"));
    /* A source that came later has no hours before. */
    struct world *world = rig->world;
    Seam__BoundarySet next = SEAM__BOUNDARY_SET__INIT;
    Seam__FacilityRegister *old = world_facility(world, "mine-b");
    Seam__Source more = SEAM__SOURCE__INIT;
    Seam__Source *list[] = {old->sources[0], old->sources[1], &more};
    more.source = (char *)"shaft-2";
    more.code = (char *)"L_CH4_UG";
    next.facility = (char *)"mine-b";
    next.version = 2;
    next.from_period = (char *)"2026-02";
    next.n_sources = 3;
    next.sources = list;
    assert_ok(world_apply(world, "mine", boundary_set, &next.base));
    rig_no("mine", "REDUCTION_CLAIM", CLAIM_AT("c-3", "shaft-2"), ERR_ABSENT, NULL);
#undef CLAIM_AT
#define CLAIM_AT(claim_, source_)                                                                  \
    "{\"claim\":\"" claim_ "\",\"project\":\"vam\",\"source\":\"" source_                          \
    "\",\"gas\":\"CH4\",\"from_ms\":\"" FEB "\",\"to_ms\":\"" MAR                                  \
    "\",\"quantity\":5,\"report_hash\":" HASH_TEXT "}"
    rig_ok("mine", "REDUCTION_CLAIM", CLAIM_AT("c-3", "shaft-2"));
    rig_ok("mine", "REDUCTION_CLAIM", CLAIM_AT("c-4", "shaft-1"));
}

/* [B12] one hour is claimed once, whoever claims it and under whichever project; touching is
 * no overlap. */
static void hours_are_claimed_once(void **state)
{
    struct rig *rig = *state;
    rig_ok("mine", "PROJECT_REGISTER", PROJECT("vam", "mine-b"));
    rig_ok("mine", "PROJECT_REGISTER", PROJECT("vam-again", "mine-b"));
    rig_ok("mine", "REDUCTION_CLAIM", CLAIM("c-1", "vam", JAN, FEB, "500"));
    rig_no("mine", "REDUCTION_CLAIM", CLAIM("c-1", "vam", FEB, MAR, "500"), ERR_CONFLICT, NULL);
    static const char *const overlaps[][2] = {
        {JAN, FEB},
        {"2026-01-31T23:00:00Z", MAR},
        {"2026-01-10T00:00:00Z", "2026-01-11T00:00:00Z"},
        {"2026-01-01T00:00:00Z", MAR},
        {"2025-12-31T23:00:00Z", "2025-12-31T23:00:00Z"},
    };
    for (size_t i = 0; i < 4; i++) {
        char json[600];
        snprintf(json, sizeof json, CLAIM("c-2", "vam-again", "%s", "%s", "1"), overlaps[i][0],
                 overlaps[i][1]);
        rig_no("mine", "REDUCTION_CLAIM", json, ERR_OVERLAP, "2026-02-01T00:00:00.000Z");
        assert_string_equal(err_code(rig->detail.err), "303020");
        assert_non_null(strstr(rig->detail.hint, "c-1"));
    }
    rig_ok("mine", "REDUCTION_CLAIM", CLAIM("c-2", "vam-again", FEB, MAR, "1"));
    rig_ok("mine", "REDUCTION_CLAIM",
           CLAIM("c-3", "vam", "2025-12-31T23:00:00Z", "2026-01-01T00:00:00Z", "1"));
    /* Another gas is another reduction. */
    char json[600];
    snprintf(json, sizeof json, "%s", CLAIM("c-4", "vam", JAN, FEB, "5"));
    char *gas = strstr(json, "CH4");
    memcpy(gas, "CO2", 3);
    rig_ok("mine", "REDUCTION_CLAIM", json);
}

static void claims_have_hours(void **state)
{
    struct rig *rig = *state;
    rig_ok("mine", "PROJECT_REGISTER", PROJECT("vam", "mine-b"));
    static const struct {
        const char *json;
        enum err err;
    } cases[] = {
        {CLAIM("c", "vam", "2026-01-01T00:30:00Z", FEB, "1"), ERR_RANGE},
        {CLAIM("c", "vam", FEB, JAN, "1"), ERR_RANGE},
        {CLAIM("c", "vam", FEB, FEB, "1"), ERR_RANGE},
        {CLAIM("c", "vam", "2025-12-31T00:00:00Z", FEB, "1"), ERR_RANGE}, /* two vintages */
        {CLAIM("c", "vam", "2024-12-31T00:00:00Z", "2024-12-31T01:00:00Z", "1"), ERR_WINDOW},
        {CLAIM("c", "vam", JAN, "2026-12-01T00:00:00Z", "1"), ERR_PERIOD_OPEN},
        {CLAIM("c", "nothing", JAN, FEB, "1"), ERR_ABSENT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rig_no("mine", "REDUCTION_CLAIM", cases[i].json, cases[i].err, NULL);
    }
    rig_no("desk", "REDUCTION_CLAIM", CLAIM("c", "vam", JAN, FEB, "1"), ERR_ROLE, "mine");
}

/* [V19] a facility under allowance management earns no credits in those years */
static void managed_facilities_earn_nothing(void **state)
{
    struct rig *rig = *state;
    rig_ok("mine", "PROJECT_REGISTER", PROJECT("vam", "mine-a"));
    rig_no("mine", "REDUCTION_CLAIM", CLAIM("c-1", "vam", JAN, FEB, "5"), ERR_NOT_ELIGIBLE,
           "cn-ets");
    assert_string_equal(err_code(rig->detail.err), "303014");
    assert_string_equal(rig->detail.hint, "mine-a was under allowance management 2026 to 2026");
    rig_ok("mine", "REDUCTION_CLAIM",
           CLAIM("c-1", "vam", "2025-11-01T00:00:00Z", "2025-12-01T00:00:00Z", "5"));
    rig_ok("registrar", "UNITS_ISSUE", ISSUE("i-1", "mine-acc", "c-1", "2025", "5"));
    /* Its year began eight hours before that of UTC. */
    rig_ok("mine", "REDUCTION_CLAIM",
           CLAIM("c-2", "vam", "2025-12-31T15:00:00Z", "2025-12-31T16:00:00Z", "5"));
    rig_no("mine", "REDUCTION_CLAIM",
           CLAIM("c-3", "vam", "2025-12-31T16:00:00Z", "2025-12-31T17:00:00Z", "5"),
           ERR_NOT_ELIGIBLE, "cn-ets");
}

/* Claimed before the facility came under management, issued after: refused as well. */
static void eligibility_counts_at_issue_too(void **state)
{
    struct rig *rig = *state;
    rig_ok("mine", "PROJECT_REGISTER", PROJECT("vam", "mine-b"));
    rig_ok("mine", "REDUCTION_CLAIM", CLAIM("c-1", "vam", JAN, FEB, "5"));
    rig_ok("registrar", "HOLDING_OPEN",
           "{\"holding\":\"b-acc\",\"holder\":\"mine\",\"scheme\":\"cn-ets\","
           "\"kind\":\"OPERATOR\",\"facilities\":[\"mine-b\"],\"covered_from\":2026}");
    rig_no("registrar", "UNITS_ISSUE", ISSUE("i-1", "mine-acc", "c-1", "2026", "5"),
           ERR_NOT_ELIGIBLE, NULL);
}

static void credits_come_from_claims(void **state)
{
    struct rig *rig = *state;
    rig_ok("mine", "PROJECT_REGISTER", PROJECT("vam", "mine-b"));
    rig_ok("mine", "REDUCTION_CLAIM", CLAIM("c-1", "vam", JAN, FEB, "500"));
    rig_no("registrar", "UNITS_ISSUE", ISSUE("i-1", "mine-acc", "c-9", "2026", "500"), ERR_ABSENT,
           NULL);
    rig_no("registrar", "UNITS_ISSUE", ISSUE("i-1", "mine-acc", "c-1", "2026", "499"), ERR_TOTAL,
           "500");
    rig_no("registrar", "UNITS_ISSUE", ISSUE("i-1", "mine-acc", "c-1", "2025", "500"), ERR_VINTAGE,
           "2026");
    rig_no("registrar", "UNITS_ISSUE", ISSUE("i-1", "desk-acc", "c-1", "2026", "500"), ERR_ROLE,
           "mine");
    rig_no("mine", "UNITS_ISSUE", ISSUE("i-1", "mine-acc", "c-1", "2026", "500"), ERR_ROLE, NULL);
    rig_ok("registrar", "UNITS_ISSUE", ISSUE("i-1", "mine-acc", "c-1", "2026", "500"));
    rig_no("registrar", "UNITS_ISSUE", ISSUE("i-1", "mine-acc", "c-1", "2026", "500"), ERR_CONFLICT,
           NULL);
    rig_no("registrar", "UNITS_ISSUE", ISSUE("i-2", "mine-acc", "c-1", "2026", "500"), ERR_USED,
           "i-1");
    assert_string_equal(rig_blocks(rig, "CN:CCER:vam:2026"), "1-500 mine-acc REGISTER");
    const Seam__ProjectRecord *project = NULL;
    assert_int_equal(registry_project(&project, rig->world->state, "vam", &rig->world->arena), OK);
    assert_int_equal(project->claimed, 500);
    assert_int_equal(project->issued, 500);
}

/* [KSSJ 8c] fund shares and bonds: issued from a decision, never surrendered */
static void shares_come_from_decisions(void **state)
{
    struct rig *rig = *state;
#define SHARES(asset_, basis_)                                                                     \
    "{\"issue\":\"s-1\",\"holding\":\"desk-acc\",\"asset\":\"" asset_                              \
    "\",\"vintage\":2026,\"quantity\":10" basis_ "}"
    rig_no("registrar", "UNITS_ISSUE", SHARES("FUND-1", ""), ERR_MISSING, NULL);
    rig_no("registrar", "UNITS_ISSUE", SHARES("CEA", ",\"basis_hash\":" HASH_TEXT), ERR_ENUM,
           "ALLOCATE");
    rig_ok("registrar", "ASSET_REGISTER", ASSET("BOND-2", "BOND", "false"));
    rig_no("registrar", "UNITS_ISSUE", SHARES("BOND-2", ",\"basis_hash\":" HASH_TEXT), ERR_ENUM,
           "cn-ets");
    rig_ok("registrar", "UNITS_ISSUE", SHARES("FUND-1", ",\"basis_hash\":" HASH_TEXT));
    assert_string_equal(rig_blocks(rig, "CN:FUND-1:CN:2026"), "1-10 desk-acc REGISTER");
}

/* --- allowances [KSSJ 8a] -------------------------------------------------------------------- */

#define FACILITY(kind_, quantity_)                                                                 \
    "{\"holding\":\"mine-acc\",\"asset\":\"CEA\",\"facility\":\"mine-a\",\"vintage\":2026,"        \
    "\"kind\":\"" kind_ "\",\"quantity\":" quantity_ ",\"basis_hash\":" HASH_TEXT "}"

static void the_whole_deducts_the_part(void **state)
{
    struct rig *rig = *state;
    rig_ok("regulator", "ALLOCATE", FACILITY("PRE", "70"));
    rig_ok("regulator", "ALLOCATE", FACILITY("FINAL", "100"));
    assert_string_equal(rig_blocks(rig, CEA26), "1-100 mine-acc REGISTER");
    rig_no("regulator", "ALLOCATE", FACILITY("FINAL", "100"), ERR_STATE_MACHINE, "100");
    rig_no("regulator", "ALLOCATE", FACILITY("PRE", "1"), ERR_STATE_MACHINE, "100");
    /* the same vintage for the holder as a whole is another allocation */
    rig_ok("regulator", "ALLOCATE", ALLOCATE("mine-acc", "2026", "FINAL", "5"));
    rig_no("regulator", "ALLOCATE",
           "{\"holding\":\"mine-acc\",\"asset\":\"CEA\",\"facility\":\"mine-b\",\"vintage\":2026,"
           "\"kind\":\"PRE\",\"quantity\":1,\"basis_hash\":" HASH_TEXT "}",
           ERR_ENUM, NULL);
    rig_no("regulator", "ALLOCATE",
           "{\"holding\":\"mine-acc\",\"asset\":\"CCER\",\"vintage\":2026,\"kind\":\"PRE\","
           "\"quantity\":1,\"basis_hash\":" HASH_TEXT "}",
           ERR_ENUM, "ALLOWANCE");
}

/* The cap of a vintage holds over all accounts; n, n+1. */
static void the_cap_holds(void **state)
{
    struct rig *rig = *state;
    rig_ok("regulator", "ALLOCATE", ALLOCATE("mine-acc", "2026", "PRE", "600"));
    rig_no("regulator", "ALLOCATE", ALLOCATE("desk-acc", "2026", "PRE", "401"), ERR_RANGE, "400");
    rig_ok("regulator", "ALLOCATE", ALLOCATE("desk-acc", "2026", "PRE", "400"));
    rig_no("regulator", "ALLOCATE", ALLOCATE("desk-acc", "2026", "PRE", "1"), ERR_RANGE, "0");
    rig_ok("regulator", "ALLOCATE", ALLOCATE("desk-acc", "2027", "PRE", "5000"));
}

/* Too much was given: owed. It blocks sending, not what surrender needs; the next allocation
 * serves it first. */
static void excess_becomes_a_debt(void **state)
{
    struct rig *rig = *state;
    const Seam__HoldingRecord *record = NULL;
    rig_ok("regulator", "ALLOCATE", FACILITY("PRE", "70"));
    rig_ok("regulator", "ALLOCATE", FACILITY("FINAL", "50"));
    assert_int_equal(registry_holding(&record, rig->world->state, "mine-acc", &rig->world->arena),
                     OK);
    assert_int_equal(holding_due(record), 20);
    rig_ok("mine", "POSITION_MOVE", MOVE("mine-acc", CEA("2026", "30"), "TRADE"));
    rig_no("mine", "TRANSFER_PROPOSE", TRANSFER("t-1", "mine-acc", "desk-acc", CEA("2026", "1")),
           ERR_STATE_MACHINE, "20");
    rig_ok("regulator", "ALLOCATE", ALLOCATE("mine-acc", "2027", "PRE", "15"));
    rig_ok("regulator", "ALLOCATE", ALLOCATE("mine-acc", "2027", "FINAL", "40"));
    assert_int_equal(rig_held(rig, "mine-acc", "CN:CEA:CN:2027", UNIT_REGISTER, false), 20);
    const Seam__AllocationRecord *allocation = NULL;
    assert_int_equal(registry_allocation(&allocation, rig->world->state, "mine-acc", "CEA", "",
                                         2027, &rig->world->arena),
                     OK);
    assert_int_equal(allocation->given, 40);
    assert_int_equal(allocation->set_off, 20);
    rig_ok("mine", "TRANSFER_PROPOSE", TRANSFER("t-1", "mine-acc", "desk-acc", CEA("2026", "1")));
}

#define RECOVER(id_, quantity_, reason_)                                                           \
    "{\"recovery\":\"" id_ "\",\"holding\":\"desk-acc\",\"units\":" CEA(                           \
        "2026", quantity_) ",\"reason\":\"" reason_ "\",\"basis_hash\":" HASH_TEXT "}"

static void recovery_takes_what_is_there(void **state)
{
    struct rig *rig = *state;
    const Seam__HoldingRecord *record = NULL;
    rig_stock(rig);
    rig_ok("desk", "POSITION_MOVE", MOVE("desk-acc", CEA("2026", "10"), "REGISTER"));
    rig_no("regulator", "UNITS_RECOVER", RECOVER("r-1", "1", "DEBT"), ERR_RANGE, "0");
    rig_ok("regulator", "UNITS_RECOVER", RECOVER("r-1", "30", "EXCESS")); /* REGISTER first */
    assert_int_equal(rig_held(rig, "desk-acc", CEA26, UNIT_REGISTER, false), 0);
    assert_int_equal(rig_held(rig, "desk-acc", CEA26, UNIT_TRADE, false), 70);
    assert_int_equal(rig_series(rig, CEA26)->cancelled, 30);
    rig_no("regulator", "UNITS_RECOVER", RECOVER("r-1", "30", "EXCESS"), ERR_CONFLICT, NULL);
    rig_ok("regulator", "UNITS_RECOVER", RECOVER("r-2", "90", "EXCESS")); /* 70 are there */
    assert_int_equal(registry_holding(&record, rig->world->state, "desk-acc", &rig->world->arena),
                     OK);
    assert_int_equal(holding_due(record), 20);
    rig_no("regulator", "UNITS_RECOVER", RECOVER("r-3", "21", "DEBT"), ERR_RANGE, "20");
    rig_no("regulator", "UNITS_RECOVER", RECOVER("r-3", "20", "DEBT"), ERR_HOLDING, "0");
    rig_no("desk", "UNITS_RECOVER", RECOVER("r-3", "20", "DEBT"), ERR_ROLE, NULL);
    /* somebody sells what is owed; now it can be taken */
    rig_ok("regulator", "ALLOCATE", ALLOCATE("desk2-acc", "2026", "FINAL", "40"));
    rig_ok("desk-2", "POSITION_MOVE", MOVE("desk2-acc", CEA("2026", "40"), "TRADE"));
    rig_ok("desk-2", "TRANSFER_PROPOSE",
           TRANSFER("t-1", "desk2-acc", "desk-acc", CEA("2026", "25")));
    rig_ok("desk", "TRANSFER_ACCEPT", "{\"transfer\":\"t-1\"}");
    rig->time_ms += 24 * RIG_HOUR;
    rig_ok("desk", "TRANSFER_EXECUTE", "{\"transfer\":\"t-1\"}");
    rig_ok("regulator", "UNITS_RECOVER", RECOVER("r-3", "20", "DEBT"));
    assert_int_equal(registry_holding(&record, rig->world->state, "desk-acc", &rig->world->arena),
                     OK);
    assert_int_equal(record->n_debts, 0);
    assert_int_equal(rig_held(rig, "desk-acc", CEA26, UNIT_TRADE, false), 5);
}

/* --- other registries ------------------------------------------------------------------------ */

#define IMPORT_AS(registry_, asset_, project_, start_, end_, proof_)                               \
    "{\"holding\":\"desk-acc\",\"registry\":\"" registry_ "\",\"asset\":\"" asset_                 \
    "\",\"project\":\"" project_ "\",\"vintage\":2025,\"ranges\":[{\"start\":" start_              \
    ",\"end\":" end_ "}],\"proof_hash\":\"" proof_ "\"}"
/* Each with a proof of its own. */
#define IMPORT(registry_, start_, end_)                                                            \
    import_json(registry_, "CCER", "vcs-77", start_, end_, start_ "-" end_)
#define VCS "VERRA:CCER:vcs-77:2025"

/* proof: any text, hashed. */
static const char *import_json(const char *registry, const char *asset, const char *project,
                               const char *start, const char *end, const char *proof)
{
    static char json[600];
    char digest[2 * HASH_SIZE + 1];
    struct hash hash;
    id_hash(&hash, KEY_ORDER, proof);
    hex_encode(digest, hash_bytes(&hash));
    snprintf(json, sizeof json, IMPORT_AS("%s", "%s", "%s", "%s", "%s", "%s"), registry, asset,
             project, start, end, digest);
    return json;
}

static void a_serial_number_comes_once(void **state)
{
    struct rig *rig = *state;
    rig_ok("registrar", "UNITS_IMPORT", IMPORT("VERRA", "1000", "1999"));
    rig_no("registrar", "UNITS_IMPORT", IMPORT("VERRA", "1000", "1999"), ERR_USED, "0");
    assert_string_equal(err_code(rig->detail.err), "303010");
    rig_no("registrar", "UNITS_IMPORT", IMPORT("VERRA", "1999", "1999"), ERR_USED, NULL);
    rig_no("registrar", "UNITS_IMPORT", IMPORT("VERRA", "990", "1000"), ERR_USED, "10");
    rig_ok("registrar", "UNITS_IMPORT", IMPORT("VERRA", "2000", "2000"));
    rig_ok("registrar", "UNITS_IMPORT", IMPORT("VERRA", "999", "999"));
    rig_ok("registrar", "UNITS_IMPORT", IMPORT("VERRA", "5", "9"));
    assert_string_equal(rig_blocks(rig, VCS), "5-9 desk-acc REGISTER, 999-2000 desk-acc REGISTER");
    rig_no("registrar", "UNITS_IMPORT", IMPORT("CN", "1", "2"), ERR_ENUM, NULL);
    rig_no("desk", "UNITS_IMPORT", IMPORT("VERRA", "1", "2"), ERR_ROLE, NULL);
    rig_no("registrar", "UNITS_IMPORT",
           "{\"holding\":\"desk-acc\",\"registry\":\"VERRA\",\"asset\":\"CCER\","
           "\"project\":\"vcs-77\",\"vintage\":2025,\"ranges\":[{\"start\":1,\"end\":2}]}",
           ERR_MISSING, NULL);
}

/* A foreign cancellation pays for one import, whatever is brought in on it. */
static void a_proof_serves_once(void **state)
{
    struct rig *rig = *state;
    rig_ok("registrar", "UNITS_IMPORT",
           import_json("VERRA", "CCER", "vcs-77", "1", "10", "the proof"));
    rig_no("registrar", "UNITS_IMPORT",
           import_json("VERRA", "CCER", "vcs-77", "11", "20", "the proof"), ERR_USED, "0");
    assert_string_equal(rig->detail.field, "proof_hash");
    rig_no("registrar", "UNITS_IMPORT", import_json("GOLD", "CCER", "gs-1", "1", "10", "the proof"),
           ERR_USED, NULL);
    rig_ok("registrar", "UNITS_IMPORT",
           import_json("VERRA", "CCER", "vcs-77", "11", "20", "another proof"));
    assert_string_equal(rig_blocks(rig, VCS), "1-20 desk-acc REGISTER");
}

/* Nor does it help to call the same serial numbers another asset. */
static void a_serial_number_has_one_name(void **state)
{
    struct rig *rig = *state;
    rig_ok("registrar", "UNITS_IMPORT", import_json("EU", "CCER", "", "1", "10", "p1"));
    rig_no("registrar", "UNITS_IMPORT", import_json("EU", "CEA", "", "5", "12", "p3"), ERR_USED,
           "0");
    assert_string_equal(rig->detail.hint, "unit 5 came here before, as CCER");
    rig_no("registrar", "UNITS_IMPORT", import_json("EU", "CEA", "", "10", "12", "p3"), ERR_USED,
           "0");
    rig_ok("registrar", "UNITS_IMPORT", import_json("EU", "CEA", "", "11", "12", "p3"));
    rig_no("registrar", "UNITS_IMPORT", import_json("EU", "CCER", "", "9", "11", "p4"), ERR_USED,
           NULL);
}

/* Retired or exported here, it cannot be retired, moved or come again. */
static void an_end_is_an_end(void **state)
{
    struct rig *rig = *state;
#define VCS_UNITS(quantity_, start_, end_)                                                         \
    "{\"registry\":\"VERRA\",\"asset\":\"CCER\",\"project\":\"vcs-77\",\"vintage\":2025,"          \
    "\"quantity\":" quantity_ ",\"ranges\":[{\"start\":" start_ ",\"end\":" end_ "}]}"
#define CANCEL(id_, units_)                                                                        \
    "{\"cancellation\":\"" id_ "\",\"holding\":\"desk-acc\",\"units\":[" units_                    \
    "],\"beneficiary\":\"Conference 2026\",\"purpose\":\"travel\",\"from\":\"REGISTER\"}"
#define EXPORT(units_)                                                                             \
    "{\"holding\":\"desk-acc\",\"units\":" units_                                                  \
    ",\"registry\":\"GOLD\",\"account\":\"GS-1\",\"from\":\"REGISTER\"}"
    rig_ok("registrar", "UNITS_IMPORT", IMPORT("VERRA", "1", "100"));
    rig_ok("desk", "UNITS_CANCEL", CANCEL("x-1", VCS_UNITS("10", "1", "10")));
    rig_ok("desk", "UNITS_EXPORT", EXPORT(VCS_UNITS("10", "11", "20")));
    rig_no("desk", "UNITS_CANCEL", CANCEL("x-1", VCS_UNITS("1", "30", "30")), ERR_CONFLICT, NULL);
    rig_no("desk", "UNITS_CANCEL", CANCEL("x-2", VCS_UNITS("10", "1", "10")), ERR_USED, "80");
    assert_string_equal(rig->detail.hint, "unit 1 is CANCELLED");
    rig_no("desk", "UNITS_EXPORT", EXPORT(VCS_UNITS("11", "10", "20")), ERR_USED, NULL);
    rig_no("registrar", "UNITS_IMPORT", IMPORT("VERRA", "11", "20"), ERR_USED, NULL);
    rig_no("desk", "POSITION_MOVE", MOVE("desk-acc", VCS_UNITS("1", "1", "1"), "TRADE"), ERR_USED,
           NULL);
    const Seam__SeriesRecord *series = rig_series(rig, VCS);
    assert_int_equal(series->issued, 100);
    assert_int_equal(series->held, 80);
    assert_int_equal(series->cancelled, 10);
    assert_int_equal(series->exported, 10);
    const Seam__CancellationRecord *record = NULL;
    assert_int_equal(registry_cancellation(&record, rig->world->state, "x-1", &rig->world->arena),
                     OK);
    assert_string_equal(record->beneficiary, "Conference 2026");
    assert_int_equal(record->units[0]->ranges[0]->end, 10);
}

/* --- effects of disputes --------------------------------------------------------------------- */

static void effect_put(struct rig *rig, const char *dispute, uint32_t number, const char *kind,
                       uint64_t tonnes, uint32_t cut_bp, uint32_t year)
{
    Seam__EffectRecord record = SEAM__EFFECT_RECORD__INIT;
    record.dispute = (char *)dispute;
    record.number = number;
    record.decision = 1;
    record.facility = (char *)"mine-a";
    record.period = (char *)"2026";
    record.kind = (char *)kind;
    record.tonnes = tonnes;
    record.cut_bp = cut_bp;
    record.year = year;
    struct state_key key = state_key_of(KEY_EFFECT);
    state_key_id(&key, KEY_DISPUTE, dispute);
    state_key_u32(&key, number);
    assert_int_equal(
        view_put(rig->world->state, state_key_bytes(&key), &record.base, &rig->world->arena), OK);
}

static void dispute_put(struct rig *rig, const char *dispute)
{
    Seam__DisputeRecord record = SEAM__DISPUTE_RECORD__INIT;
    record.dispute = (char *)dispute;
    record.facility = (char *)"mine-a";
    record.period = (char *)"2026";
    record.jurisdiction = (char *)"CN-14";
    record.owner = (char *)"mine";
    record.verifier = (char *)"verifier";
    Seam__DisputeRules rules = SEAM__DISPUTE_RULES__INIT;
    record.rules = &rules;
    struct state_key key = state_key_named(KEY_DISPUTE, dispute);
    assert_int_equal(
        view_put(rig->world->state, state_key_bytes(&key), &record.base, &rig->world->arena), OK);
}

#define ADJUST(effect_)                                                                            \
    "{\"holding\":\"mine-acc\",\"asset\":\"CEA\",\"dispute\":\"d-1\",\"effect\":" effect_ "}"

/* Each effect once; what is gone becomes a debt; a cut waits for the allocation it cuts. */
static void effects_are_carried_out_once(void **state)
{
    struct rig *rig = *state;
    dispute_put(rig, "d-1");
    effect_put(rig, "d-1", 1, "TOP_UP", 30, 0, 2026);
    effect_put(rig, "d-1", 2, "RECOVER", 150, 0, 2026);
    effect_put(rig, "d-1", 3, "CUT_NEXT_YEAR", 0, 5000, 2027);
    rig_ok("regulator", "ALLOCATE", FACILITY("FINAL", "100"));
    rig_no("regulator", "ADJUST", ADJUST("9"), ERR_ABSENT, NULL);
    rig_no("desk", "ADJUST", ADJUST("1"), ERR_ROLE, NULL);
    rig_ok("regulator", "ADJUST", ADJUST("1"));
    assert_string_equal(rig_blocks(rig, CEA26), "1-130 mine-acc REGISTER");
    rig_no("regulator", "ADJUST", ADJUST("1"), ERR_DUPLICATE, NULL);
    /* a suspended account cannot receive, but gives back */
    rig_ok("registrar", "HOLDING_STATE",
           "{\"holding\":\"mine-acc\",\"state\":\"SUSPENDED\",\"reason\":\"x\"}");
    effect_put(rig, "d-1", 6, "TOP_UP", 1, 0, 2026);
    rig_no("regulator", "ADJUST", ADJUST("6"), ERR_STATE_MACHINE, "SUSPENDED");
    rig_ok("regulator", "ADJUST", ADJUST("2"));
    rig_ok("registrar", "HOLDING_STATE",
           "{\"holding\":\"mine-acc\",\"state\":\"OPEN\",\"reason\":\"x\"}");
    const Seam__HoldingRecord *record = NULL;
    assert_int_equal(registry_holding(&record, rig->world->state, "mine-acc", &rig->world->arena),
                     OK);
    assert_int_equal(holding_due(record), 20);
    assert_int_equal(rig_series(rig, CEA26)->cancelled, 130);
    rig_ok("regulator", "ADJUST", ADJUST("3"));
    rig_ok("regulator", "ALLOCATE",
           "{\"holding\":\"mine-acc\",\"asset\":\"CEA\",\"facility\":\"mine-a\",\"vintage\":2027,"
           "\"kind\":\"FINAL\",\"quantity\":101,\"basis_hash\":" HASH_TEXT "}");
    /* 101 less floor(50.5) = 51, of which 20 are owed */
    assert_int_equal(rig_held(rig, "mine-acc", "CN:CEA:CN:2027", UNIT_REGISTER, false), 31);
    effect_put(rig, "d-1", 4, "RESTORE_NEXT_YEAR", 0, 5000, 2027);
    rig_ok("regulator", "ADJUST", ADJUST("4"));
    assert_int_equal(rig_held(rig, "mine-acc", "CN:CEA:CN:2027", UNIT_REGISTER, false), 81);
    /* a cut that comes after its allocation takes units back */
    effect_put(rig, "d-1", 5, "CUT_NEXT_YEAR", 0, 10000, 2027);
    rig_ok("regulator", "ADJUST", ADJUST("5"));
    assert_int_equal(rig_held(rig, "mine-acc", "CN:CEA:CN:2027", UNIT_REGISTER, false), 0);
    assert_int_equal(registry_holding(&record, rig->world->state, "mine-acc", &rig->world->arena),
                     OK);
    assert_int_equal(holding_due(record), 20);
}

/* Two cuts of six tenths take everything; without one of them six tenths are cut, not four. */
static void cuts_add_up(void **state)
{
    struct rig *rig = *state;
    dispute_put(rig, "d-1");
    effect_put(rig, "d-1", 1, "CUT_NEXT_YEAR", 0, 6000, 2027);
    effect_put(rig, "d-1", 2, "CUT_NEXT_YEAR", 0, 6000, 2027);
    effect_put(rig, "d-1", 3, "RESTORE_NEXT_YEAR", 0, 6000, 2027);
    rig_ok("regulator", "ADJUST", ADJUST("1"));
    rig_ok("regulator", "ADJUST", ADJUST("2"));
    rig_ok("regulator", "ALLOCATE",
           "{\"holding\":\"mine-acc\",\"asset\":\"CEA\",\"facility\":\"mine-a\",\"vintage\":2027,"
           "\"kind\":\"FINAL\",\"quantity\":100,\"basis_hash\":" HASH_TEXT "}");
    assert_int_equal(rig_held(rig, "mine-acc", "CN:CEA:CN:2027", UNIT_REGISTER, false), 0);
    rig_ok("regulator", "ADJUST", ADJUST("3"));
    assert_int_equal(rig_held(rig, "mine-acc", "CN:CEA:CN:2027", UNIT_REGISTER, false), 40);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        T(projects_belong_to_facilities),   T(a_source_has_one_name),
        T(hours_are_claimed_once),          T(claims_have_hours),
        T(managed_facilities_earn_nothing), T(eligibility_counts_at_issue_too),
        T(credits_come_from_claims),        T(shares_come_from_decisions),
        T(the_whole_deducts_the_part),      T(the_cap_holds),
        T(excess_becomes_a_debt),           T(recovery_takes_what_is_there),
        T(a_serial_number_comes_once),      T(a_proof_serves_once),
        T(a_serial_number_has_one_name),    T(an_end_is_an_end),
        T(effects_are_carried_out_once),    T(cuts_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
