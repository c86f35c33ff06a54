/* SPDX-License-Identifier: Apache-2.0 */
/* [F7] What was not carried over in time has expired, wherever it was put before: every way to move
 * it on is refused from that instant on, by the time of the block and without anybody's action; and
 * when it comes back it is there to lapse. */

#include "ledger/registry/expiry.h"
#include "tests/unit/registry/rig.h"

#define CEA25 "CN:CEA:CN:2025"
#define YEARS                                                                                      \
    "[{\"year\":2025,\"surrender_from\":\"2026-09-01\",\"surrender_deadline\":\"2026-12-31\","     \
    "\"carry_from\":\"2026-09-01\",\"carry_to\":\"2026-10-31\"},"                                  \
    "{\"year\":2026,\"surrender_from\":\"2026-09-01\",\"surrender_deadline\":\"2027-12-31\","      \
    "\"carry_from\":\"2027-09-01\",\"carry_to\":\"2027-10-31\"}]"
#define SCHEME_OF(name_, version_)                                                                 \
    "{\"scheme\":\"" name_ "\",\"version\":" version_ ",\"name\":{\"en\":\"test\"},"               \
    "\"jurisdiction\":\"CN-14\",\"assets\":[\"CCER\",\"CEA\"],\"covered_kinds\":[\"UG\"],"         \
    "\"covered_scopes\":[\"1\"],\"currency\":\"CNY\",\"tick_fen\":1,\"offset_cap_bp\":500,"        \
    "\"first_vintage\":2024,\"carry_base_t\":10000,\"reversal_days\":14,"                          \
    "\"transfer_delay_hours\":24,\"trusted_delay_hours\":48,\"offer_hours\":8784"

/* The window of 2025 ends with 2026-10-31 at UTC+8. */
static uint64_t window_end(void)
{
    uint64_t out = 0;
    assert_int_equal(time_parse(&out, bytes_text("2026-10-31T16:00:00Z")), OK);
    return out;
}
#define WINDOW_TEXT "2026-10-31T16:00:00.000Z"

/* 100 allowances of 2025 for trade, 100 for surrender; another scheme without windows. */
static int setup(void **state)
{
    assert_int_equal(rig_setup(state), 0);
    struct rig *rig = *state;
    rig_ok("regulator", "SCHEME_SET", SCHEME_OF("cn-ets", "2") ",\"years\":" YEARS "}");
    rig_ok("regulator", "SCHEME_SET", SCHEME_OF("pilot", "1") "}");
    rig_ok("registrar", "HOLDING_OPEN",
           "{\"holding\":\"desk-pilot\",\"holder\":\"desk\",\"scheme\":\"pilot\","
           "\"kind\":\"TRADING\"}");
    rig_ok("registrar", "HOLDING_OPEN", TRADING("desk-more", "desk"));
    rig_ok("regulator", "ALLOCATE", ALLOCATE("desk-acc", "2025", "FINAL", "200"));
    rig_ok("desk", "POSITION_MOVE", MOVE("desk-acc", CEA("2025", "100"), "TRADE"));
    return 0;
}

#define LAPSE(quantity_)                                                                           \
    "{\"holding\":\"desk-acc\",\"year\":2025,\"units\":" CEA("2025", quantity_) "}"
#define OFFER TRANSFER("t-1", "desk-acc", "desk2-acc", CEA("2025", "40"))
#define PLEDGE(id_)                                                                                \
    "{\"pledge\":\"" id_ "\",\"holding\":\"desk-acc\",\"creditor\":\"desk-2\",\"units\":" CEA(     \
        "2025", "40") ",\"from\":\"TRADE\",\"contract_hash\":" HASH_TEXT "}"
#define SELL(id_)                                                                                  \
    "{\"trade\":\"" id_                                                                            \
    "\",\"side\":\"SELL\",\"holding\":\"desk-acc\",\"method\":\"BLOCK\",\"units\":" CEA(           \
        "2025", "40") ",\"price_fen\":9000,\"settlement\":\"bank\",\"payment_hours\":8784}"
#define TAKE "{\"trade\":\"s-1\",\"holding\":\"desk2-acc\",\"quantity\":40}"
#define LOCK "{\"trade\":\"s-1\",\"fill\":1}"
#define PAY "{\"trade\":\"s-1\",\"fill\":1,\"amount_fen\":360000}"

/* Everything that lies in the account lapses, and nothing else is left. */
static void all_lapses(struct rig *rig)
{
    rig_no("registrar", "LAPSE", LAPSE("201"), ERR_HOLDING, "200");
    rig_ok("registrar", "LAPSE", LAPSE("200"));
    assert_string_equal(rig_blocks(rig, CEA25), "1-200 desk-acc LAPSED");
}

/* The last instant of the window, and the next. */
static void every_way_out_closes(void **state)
{
    struct rig *rig = *state;
    static const struct {
        const char *name;
        const char *json;
    } ways[] = {
        {"TRANSFER_PROPOSE", OFFER},
        {"TRANSFER_PROPOSE", TRANSFER("t-2", "desk-acc", "desk-more", CEA("2025", "40"))},
        {"TRANSFER_PROPOSE", TRANSFER("t-3", "desk-acc", "desk-pilot", CEA("2025", "40"))},
        {"PLEDGE", PLEDGE("p-1")},
        {"TRADE_PROPOSE", SELL("s-1")},
        {"UNITS_EXPORT", "{\"holding\":\"desk-acc\",\"units\":" CEA(
                             "2025", "40") ",\"registry\":\"EU\","
                                           "\"account\":\"a\",\"from\":\"TRADE\"}"},
        {"CARRY_OVER", "{\"carry\":\"c-1\",\"holding\":\"desk-acc\",\"year\":2026,\"units\":[" CEA(
                           "2025", "40") "]}"},
    };
    for (size_t i = 0; i + 1 < sizeof ways / sizeof ways[0]; i++) {
        const size_t mark = overlay_mark(rig->world->state);
        rig->time_ms = window_end() - 1;
        rig_ok("desk", ways[i].name, ways[i].json);
        overlay_rollback(rig->world->state, mark);
        rig->time_ms = window_end();
        rig_no("desk", ways[i].name, ways[i].json, ERR_VINTAGE, WINDOW_TEXT);
        assert_string_equal(err_code(rig->detail.err), "303009");
    }
    rig->time_ms = window_end() + 320 * 24 * RIG_HOUR; /* in the window of 2026 */
    rig_no("desk", "CARRY_OVER", ways[6].json, ERR_VINTAGE, WINDOW_TEXT);
    all_lapses(rig);
}

/* From another scheme, where they were parked, they do not come back. */
static void another_scheme_is_no_shelter(void **state)
{
    struct rig *rig = *state;
    rig_ok("desk", "TRANSFER_PROPOSE",
           TRANSFER("t-1", "desk-acc", "desk-pilot", CEA("2025", "40")));
    rig->time_ms = window_end() - 1;
    rig_ok("desk", "TRANSFER_PROPOSE", TRANSFER("t-2", "desk-pilot", "desk-acc", CEA("2025", "1")));
    rig->time_ms++;
    rig_no("desk", "TRANSFER_PROPOSE", TRANSFER("t-3", "desk-pilot", "desk-acc", CEA("2025", "39")),
           ERR_VINTAGE, WINDOW_TEXT);
}

static void an_offer_ends_with_the_window(void **state)
{
    struct rig *rig = *state;
    rig_ok("desk", "TRANSFER_PROPOSE", OFFER);
    rig->time_ms = window_end();
    rig_no("desk-2", "TRANSFER_ACCEPT", "{\"transfer\":\"t-1\"}", ERR_VINTAGE, WINDOW_TEXT);
    rig_no("registrar", "LAPSE", LAPSE("200"), ERR_HOLDING, "160");
    rig_ok("desk", "TRANSFER_CANCEL", "{\"transfer\":\"t-1\"}");
    all_lapses(rig);
}

static void a_delayed_transfer_is_not_executed(void **state)
{
    struct rig *rig = *state;
    rig->time_ms = window_end() - 24 * RIG_HOUR;
    rig_ok("desk", "TRANSFER_PROPOSE", OFFER);
    rig_ok("desk-2", "TRANSFER_ACCEPT", "{\"transfer\":\"t-1\"}");
    assert_int_equal(rig_held(rig, "desk-acc", CEA25, UNIT_PENDING, false), 40);
    rig->time_ms = window_end();
    rig_no("desk-2", "TRANSFER_EXECUTE", "{\"transfer\":\"t-1\"}", ERR_VINTAGE, WINDOW_TEXT);
    rig_ok("desk", "TRANSFER_CANCEL", "{\"transfer\":\"t-1\"}");
    all_lapses(rig);
}

static void a_pledge_comes_back_to_lapse(void **state)
{
    struct rig *rig = *state;
    rig_ok("desk", "PLEDGE", PLEDGE("p-1"));
    rig->time_ms = window_end();
    rig_no("registrar", "LAPSE", LAPSE("200"), ERR_HOLDING, "160");
    rig_ok("registrar", "LAPSE", LAPSE("160"));
    rig_ok("desk-2", "PLEDGE_RELEASE", "{\"pledge\":\"p-1\"}");
    rig_no("desk", "TRANSFER_PROPOSE", OFFER, ERR_VINTAGE, WINDOW_TEXT);
    rig_no("desk", "PLEDGE", PLEDGE("p-2"), ERR_VINTAGE, WINDOW_TEXT);
    rig_ok("registrar", "LAPSE", LAPSE("40"));
    assert_string_equal(rig_blocks(rig, CEA25), "1-200 desk-acc LAPSED");
}

/* Accepted, or locked as well: neither is delivered; the bank keeps the money it holds. */
static void a_lock_is_not_delivered(void **state)
{
    struct rig *rig = *state;
    rig_ok("desk", "TRADE_PROPOSE", SELL("s-1"));
    rig_ok("desk-2", "TRADE_ACCEPT", TAKE);
    const size_t mark = overlay_mark(rig->world->state);
    rig_ok("desk", "TRADE_LOCK", LOCK);
    rig->time_ms = window_end() - 1;
    const size_t locked = overlay_mark(rig->world->state);
    rig_ok("bank", "PAYMENT_CONFIRM", PAY);
    overlay_rollback(rig->world->state, locked);
    rig->time_ms = window_end();
    rig_no("bank", "PAYMENT_CONFIRM", PAY, ERR_VINTAGE, WINDOW_TEXT);
    overlay_rollback(rig->world->state, mark);
    rig_no("desk", "TRADE_LOCK", LOCK, ERR_VINTAGE, WINDOW_TEXT);
    all_lapses(rig);
}

/* A lock that ran out keeps nothing from lapsing, without anybody's refund. */
static void a_lock_runs_out(void **state)
{
    struct rig *rig = *state;
    rig_ok("desk", "TRADE_PROPOSE", SELL("s-1"));
    rig_ok("desk-2", "TRADE_ACCEPT", TAKE);
    rig_ok("desk", "TRADE_LOCK", LOCK);
    rig->time_ms += 8784 * RIG_HOUR;
    all_lapses(rig);
}

static void an_open_offer_is_not_taken(void **state)
{
    struct rig *rig = *state;
    rig_ok("desk", "TRADE_PROPOSE", SELL("s-1"));
    rig->time_ms = window_end();
    rig_no("desk-2", "TRADE_ACCEPT", TAKE, ERR_VINTAGE, WINDOW_TEXT);
}

#define GIVE(id_, year_, quantity_)                                                                \
    "{\"surrender\":\"" id_ "\",\"holding\":\"mine-acc\",\"year\":" year_                          \
    ",\"units\":[" CEA("2025", quantity_) "]}"

/* A surrender: late for its own year, never for a later one; what was proposed in time is decided
 * later, and what is rejected then has expired. */
static void a_surrender_is_no_shelter(void **state)
{
    struct rig *rig = *state;
    rig_ok("regulator", "ALLOCATE", ALLOCATE("mine-acc", "2025", "FINAL", "100"));
    rig->time_ms = window_end() - 1;
    rig_ok("mine", "SURRENDER_PROPOSE", GIVE("g-1", "2026", "10"));
    rig_ok("mine", "SURRENDER_PROPOSE", GIVE("g-2", "2026", "10"));
    rig->time_ms++;
    rig_no("mine", "SURRENDER_PROPOSE", GIVE("g-3", "2026", "80"), ERR_VINTAGE, "2026..2026");
    rig_ok("regulator", "SURRENDER_APPROVE", "{\"surrender\":\"g-1\"}");
    rig_ok("regulator", "SURRENDER_REJECT", "{\"surrender\":\"g-2\",\"reason\":\"too much\"}");
    rig_no("mine", "SURRENDER_PROPOSE", GIVE("g-3", "2026", "1"), ERR_VINTAGE, NULL);
    /* taken back, it has expired too */
    rig_ok("mine", "SURRENDER_REVERSE", "{\"surrender\":\"g-1\",\"reason\":\"by mistake\"}");
    rig_no("mine", "SURRENDER_PROPOSE", GIVE("g-4", "2026", "1"), ERR_VINTAGE, NULL);
    rig_ok("registrar", "LAPSE",
           "{\"holding\":\"mine-acc\",\"year\":2025,\"units\":" CEA("2025", "100") "}");
}

/* Credits do not expire, nor vintages after the year, nor a year without a window. */
static void what_does_not_expire(void **state)
{
    struct rig *rig = *state;
    const Seam__SchemeRecord *scheme = NULL;
    struct expiry expiry;
    struct arena *arena = &rig->world->arena;
    assert_int_equal(registry_scheme(&scheme, rig->world->state, "cn-ets", arena), OK);
    for (uint32_t vintage = 2024; vintage <= 2027; vintage++) {
        assert_int_equal(
            expiry_of(&expiry, rig->world->state, scheme, vintage, window_end() - 1, arena), OK);
        assert_int_equal(expiry.year, 0);
        assert_int_equal(
            expiry_of(&expiry, rig->world->state, scheme, vintage, window_end(), arena), OK);
        assert_int_equal(expiry.year, vintage <= 2025 ? 2025 : 0);
        /* a year later both windows are over: the first one counts */
        assert_int_equal(expiry_of(&expiry, rig->world->state, scheme, vintage,
                                   window_end() + 365 * 24 * RIG_HOUR, arena),
                         OK);
        assert_int_equal(expiry.year, vintage <= 2025 ? 2025 : vintage == 2026 ? 2026 : 0);
    }
    rig->time_ms = window_end();
    rig_ok("registrar", "UNITS_IMPORT",
           "{\"holding\":\"desk-acc\",\"registry\":\"VCS\",\"asset\":\"CCER\",\"project\":\"p-1\","
           "\"vintage\":2020,\"ranges\":[{\"start\":1,\"end\":9}],\"proof_hash\":" HASH_TEXT "}");
    rig_ok("desk", "PLEDGE",
           "{\"pledge\":\"p-9\",\"holding\":\"desk-acc\",\"creditor\":\"desk-2\",\"units\":"
           "{\"registry\":\"VCS\",\"asset\":\"CCER\",\"project\":\"p-1\",\"vintage\":2020,"
           "\"quantity\":9},\"from\":\"REGISTER\",\"contract_hash\":" HASH_TEXT "}");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        T(every_way_out_closes),
        T(another_scheme_is_no_shelter),
        T(an_offer_ends_with_the_window),
        T(a_delayed_transfer_is_not_executed),
        T(a_pledge_comes_back_to_lapse),
        T(a_lock_is_not_delivered),
        T(a_lock_runs_out),
        T(an_open_offer_is_not_taken),
        T(a_surrender_is_no_shelter),
        T(what_does_not_expire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
