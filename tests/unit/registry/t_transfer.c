/* SPDX-License-Identifier: Apache-2.0 */
/* 110 TRANSFER_PROPOSE to 115 POSITION_MOVE, 128 FREEZE to 131 PLEDGE_RELEASE [KSSJ 8c]. */

#include "ledger/registry/transfer.h"

#include "ledger/registry/carry.h"
#include "tests/unit/registry/rig.h"

#define ID(id_) "{\"transfer\":\"" id_ "\"}"
#define FIRST TRANSFER("t-1", "desk-acc", "desk2-acc", CEA("2026", "40"))

static const Seam__TransferRecord *transfer_of(struct rig *rig, const char *id)
{
    const Seam__TransferRecord *record = NULL;
    assert_int_equal(registry_transfer(&record, rig->world->state, id, &rig->world->arena), OK);
    return record;
}

static void tables_are_sound(void **state)
{
    (void)state;
    assert_true(sm_valid(&transfer_machine));
}

/* To a trusted account at once, in one transaction. */
static void trusted_is_immediate(void **state)
{
    struct rig *rig = *state;
    rig_stock(rig);
    rig_trust(rig);
    rig_ok("desk", "TRANSFER_PROPOSE", FIRST);
    assert_int_equal(rig_held(rig, "desk2-acc", CEA26, UNIT_TRADE, false), 40);
    const Seam__TransferRecord *record = transfer_of(rig, "t-1");
    assert_true(record->trusted);
    assert_int_equal(record->state, TRANSFER_EXECUTED);
    rig_no("desk-2", "TRANSFER_ACCEPT", ID("t-1"), ERR_STATE_MACHINE, "EXECUTED");
    rig_no("desk", "TRANSFER_CANCEL", ID("t-1"), ERR_STATE_MACHINE, NULL);
    rig_no("desk", "TRANSFER_PROPOSE", FIRST, ERR_CONFLICT, NULL);
}

/* [F7] Net sales: what comes by a transfer counts as bought, what goes by one is no sale. */
static void assert_turnover(struct rig *rig, const char *holder, uint64_t bought)
{
    uint64_t sold = 1;
    uint64_t got = 0;
    const struct carry_owner owner = {"cn-ets", holder, "CEA"};
    assert_int_equal(
        carry_turnover(&sold, &got, rig->world->state, &owner, 0, 40000, &rig->world->arena), OK);
    assert_int_equal(sold, 0);
    assert_int_equal(got, bought);
}

/* Between two accounts of one holder at once as well. */
static void own_accounts_are_immediate(void **state)
{
    struct rig *rig = *state;
    rig_ok("regulator", "ALLOCATE", ALLOCATE("mine-acc", "2026", "FINAL", "10"));
    rig_ok("mine", "POSITION_MOVE", MOVE("mine-acc", CEA("2026", "10"), "TRADE"));
    rig_ok("mine", "TRANSFER_PROPOSE", TRANSFER("t-1", "mine-acc", "mine-trade", CEA("2026", "4")));
    assert_int_equal(rig_held(rig, "mine-trade", CEA26, UNIT_TRADE, false), 4);
    assert_false(transfer_of(rig, "t-1")->trusted);
    assert_turnover(rig, "mine", 0);
}

/* Outside the trusted list: offer, answer, delay, execution by whoever is a party; n-1 and n. */
static void untrusted_waits(void **state)
{
    struct rig *rig = *state;
    rig_stock(rig);
    rig_ok("desk", "TRANSFER_PROPOSE", FIRST);
    assert_string_equal(rig_blocks(rig, CEA26), "1-60 desk-acc TRADE, 61-100 desk-acc RESERVED");
    rig_no("desk", "POSITION_MOVE", MOVE("desk-acc", CEA("2026", "61"), "REGISTER"), ERR_HOLDING,
           "60");
    rig_no("desk", "TRANSFER_ACCEPT", ID("t-1"), ERR_ROLE, "desk-2");
    rig_no("desk-2", "TRANSFER_EXECUTE", ID("t-1"), ERR_STATE_MACHINE, "PROPOSED");
    rig_ok("desk-2", "TRANSFER_ACCEPT", ID("t-1"));
    assert_turnover(rig, "desk-2", 0); /* not yet */
    assert_string_equal(rig_blocks(rig, CEA26), "1-60 desk-acc TRADE, 61-100 desk-acc PENDING");
    assert_string_equal(transfer_status(transfer_of(rig, "t-1"), rig->time_ms), "DELAYED");
    rig_no("desk-2", "TRANSFER_ACCEPT", ID("t-1"), ERR_STATE_MACHINE, "DELAYED");
    rig->time_ms += 24 * RIG_HOUR - 1;
    rig_no("desk-2", "TRANSFER_EXECUTE", ID("t-1"), ERR_WINDOW, "2026-09-22T14:13:20.000Z");
    rig->time_ms++;
    assert_string_equal(transfer_status(transfer_of(rig, "t-1"), rig->time_ms), "DUE");
    rig_no("mine", "TRANSFER_EXECUTE", ID("t-1"), ERR_ROLE, NULL);
    rig_ok("desk-2", "TRANSFER_EXECUTE", ID("t-1"));
    assert_string_equal(rig_blocks(rig, CEA26), "1-60 desk-acc TRADE, 61-100 desk2-acc TRADE");
    rig_no("desk", "TRANSFER_EXECUTE", ID("t-1"), ERR_STATE_MACHINE, "EXECUTED");
}

/* An offer ends by time without anybody's action [D11]; the units come back by whoever is a party.
 */
static void offers_end_by_time(void **state)
{
    struct rig *rig = *state;
    rig_stock(rig);
    rig_no("desk", "TRANSFER_PROPOSE",
           "{\"transfer\":\"t-1\",\"from\":\"desk-acc\",\"to\":\"desk2-acc\",\"units\":[" CEA(
               "2026", "1") "],\"expires_ms\":\"2026-09-25T00:00:00Z\"}",
           ERR_RANGE, NULL);
    rig_ok("desk", "TRANSFER_PROPOSE", FIRST);
    rig->time_ms += 72 * RIG_HOUR - 1;
    assert_string_equal(transfer_status(transfer_of(rig, "t-1"), rig->time_ms), "PROPOSED");
    rig->time_ms++;
    assert_string_equal(transfer_status(transfer_of(rig, "t-1"), rig->time_ms), "EXPIRED");
    rig_no("desk-2", "TRANSFER_ACCEPT", ID("t-1"), ERR_WINDOW, "EXPIRED");
    assert_string_equal(err_code(rig->detail.err), "303016");
    rig_ok("desk-2", "TRANSFER_CANCEL", ID("t-1"));
    assert_string_equal(rig_blocks(rig, CEA26), "1-100 desk-acc TRADE");
    assert_string_equal(transfer_status(transfer_of(rig, "t-1"), rig->time_ms), "CANCELLED");
}

static void who_may_cancel(void **state)
{
    struct rig *rig = *state;
    rig_stock(rig);
    rig_ok("desk", "TRANSFER_PROPOSE", FIRST);
    rig_no("mine", "TRANSFER_CANCEL", ID("t-1"), ERR_ROLE, NULL);
    rig_ok("desk-2", "TRANSFER_CANCEL", ID("t-1")); /* the other side says no */
    rig_no("desk", "TRANSFER_CANCEL", ID("t-1"), ERR_STATE_MACHINE, NULL);
    rig_ok("desk", "TRANSFER_PROPOSE", TRANSFER("t-2", "desk-acc", "desk2-acc", CEA("2026", "40")));
    rig_ok("desk-2", "TRANSFER_ACCEPT", ID("t-2"));
    rig_no("desk-2", "TRANSFER_CANCEL", ID("t-2"), ERR_ROLE, NULL); /* it has agreed */
    rig_ok("desk", "TRANSFER_CANCEL", ID("t-2")); /* what the delay is for */
    assert_string_equal(rig_blocks(rig, CEA26), "1-100 desk-acc TRADE");
    rig_no("desk", "TRANSFER_CANCEL", ID("t-9"), ERR_ABSENT, NULL);
}

static void transfers_are_checked(void **state)
{
    struct rig *rig = *state;
    rig_stock(rig);
    rig_trust(rig);
    rig_no("desk-2", "TRANSFER_PROPOSE", FIRST, ERR_ROLE, "desk");
    rig_no("desk", "TRANSFER_PROPOSE", TRANSFER("t", "desk-acc", "desk-acc", CEA("2026", "1")),
           ERR_ENUM, NULL);
    rig_no("desk", "TRANSFER_PROPOSE", TRANSFER("t", "desk-acc", "nothing", CEA("2026", "1")),
           ERR_ABSENT, NULL);
    rig_no("desk", "TRANSFER_PROPOSE", TRANSFER("t", "desk-acc", "desk2-acc", ""), ERR_MISSING,
           NULL);
    rig_no("desk", "TRANSFER_PROPOSE",
           TRANSFER("t", "desk-acc", "desk2-acc", CEA("2026", "60") "," CEA("2026", "41")),
           ERR_HOLDING, "40");
    /* what is for surrender does not move */
    rig_ok("desk", "POSITION_MOVE", MOVE("desk-acc", CEA("2026", "70"), "REGISTER"));
    rig_no("desk", "TRANSFER_PROPOSE", FIRST, ERR_HOLDING, "30");
    rig_ok("registrar", "ASSET_REGISTER",
           "{\"asset\":\"STILL\",\"registry\":\"CN\",\"kind\":\"BOND\",\"name\":{\"en\":\"x\"},"
           "\"unit\":\"bond\"}");
    rig_no("desk", "TRANSFER_PROPOSE",
           TRANSFER("t", "desk-acc", "desk2-acc",
                    "{\"asset\":\"STILL\",\"vintage\":2026,\"quantity\":1}"),
           ERR_ENUM, "cn-ets"); /* not in this scheme */
}

/* The same block promised twice: exactly one wins. */
static void one_of_two_wins(void **state)
{
    struct rig *rig = *state;
    rig_stock(rig);
    rig_ok("desk", "TRANSFER_PROPOSE",
           TRANSFER("t-1", "desk-acc", "desk2-acc", CEA_RANGE("2026", "100", "1", "100")));
    rig_no("desk", "TRANSFER_PROPOSE",
           TRANSFER("t-2", "desk-acc", "mine-trade", CEA_RANGE("2026", "100", "1", "100")),
           ERR_HOLDING, "0");
    assert_string_equal(rig->detail.hint, "unit 1 is RESERVED");
}

/* --- orders of an authority ------------------------------------------------------------------ */

#define FREEZE_UNITS(order_, units_, rest_)                                                        \
    "{\"order\":\"" order_ "\",\"holding\":\"desk-acc\",\"units\":[" units_                        \
    "],\"order_hash\":" HASH_TEXT rest_ "}"
#define FREEZE_ACCOUNT(order_, rest_)                                                              \
    "{\"order\":\"" order_ "\",\"holding\":\"desk-acc\",\"order_hash\":" HASH_TEXT rest_ "}"
#define LIFT(order_) "{\"order\":\"" order_ "\",\"reason\":\"over\"}"

/* Frozen units do not move; the limit says how many do. */
static void frozen_units_stay(void **state)
{
    struct rig *rig = *state;
    rig_stock(rig);
    rig_trust(rig);
    rig_ok("desk", "POSITION_MOVE", MOVE("desk-acc", CEA("2026", "20"), "REGISTER"));
    rig_no("desk", "FREEZE", FREEZE_UNITS("f-1", CEA("2026", "1"), ""), ERR_ROLE, NULL);
    rig_no("authority", "FREEZE", FREEZE_UNITS("f-1", CEA("2026", "101"), ""), ERR_HOLDING, "100");
    rig_ok("authority", "FREEZE", FREEZE_UNITS("f-1", CEA("2026", "50"), ""));
    assert_int_equal(rig_held(rig, "desk-acc", CEA26, UNIT_REGISTER, true), 20);
    assert_int_equal(rig_held(rig, "desk-acc", CEA26, UNIT_TRADE, true), 30);
    rig_no("desk", "TRANSFER_PROPOSE", TRANSFER("t-1", "desk-acc", "desk2-acc", CEA("2026", "51")),
           ERR_FROZEN, "50");
    assert_string_equal(err_code(rig->detail.err), "303015");
    rig_no("desk", "POSITION_MOVE", MOVE("desk-acc", CEA_RANGE("2026", "1", "81", "81"), "TRADE"),
           ERR_FROZEN, "0");
    rig_no("authority", "FREEZE", FREEZE_UNITS("f-2", CEA_RANGE("2026", "1", "81", "81"), ""),
           ERR_FROZEN, NULL);
    rig_no("authority", "FREEZE", FREEZE_UNITS("f-1", CEA("2026", "1"), ""), ERR_CONFLICT, NULL);
    rig_no("desk", "UNFREEZE", LIFT("f-1"), ERR_ROLE, "authority");
    rig_ok("authority", "UNFREEZE", LIFT("f-1"));
    rig_no("authority", "UNFREEZE", LIFT("f-1"), ERR_STATE_MACHINE, NULL);
    assert_string_equal(rig_blocks(rig, CEA26), "1-80 desk-acc TRADE, 81-100 desk-acc REGISTER");
}

/* An order may reach units that were promised: the promise cannot be kept, but taken back. */
static void promised_units_freeze_too(void **state)
{
    struct rig *rig = *state;
    rig_stock(rig);
    rig_ok("desk", "TRANSFER_PROPOSE", FIRST);
    rig_ok("desk-2", "TRANSFER_ACCEPT", ID("t-1"));
    rig_ok("authority", "FREEZE", FREEZE_UNITS("f-1", CEA_RANGE("2026", "10", "65", "74"), ""));
    rig->time_ms += 24 * RIG_HOUR;
    rig_no("desk", "TRANSFER_EXECUTE", ID("t-1"), ERR_FROZEN, NULL);
    rig_ok("desk", "TRANSFER_CANCEL", ID("t-1"));
    assert_string_equal(rig_blocks(rig, CEA26),
                        "1-64 desk-acc TRADE, 65-74 desk-acc TRADE FROZEN, 75-100 desk-acc TRADE");
    rig_ok("authority", "UNFREEZE", LIFT("f-1"));
    assert_string_equal(rig_blocks(rig, CEA26), "1-100 desk-acc TRADE");
}

/* A frozen account receives; what it may surrender is for the order to say. */
static void frozen_accounts(void **state)
{
    struct rig *rig = *state;
    const Seam__HoldingRecord *record = NULL;
    rig_stock(rig);
    rig_trust(rig);
    rig_ok("authority", "FREEZE", FREEZE_ACCOUNT("f-1", ",\"allow_surrender\":true"));
    rig_no("desk", "TRANSFER_PROPOSE", FIRST, ERR_FROZEN, "surrender");
    rig_ok("regulator", "ALLOCATE", ALLOCATE("desk-acc", "2027", "PRE", "1"));
    rig_ok("desk", "POSITION_MOVE", MOVE("desk-acc", CEA("2026", "1"), "REGISTER"));
    rig_ok("authority", "FREEZE", FREEZE_ACCOUNT("f-2", ""));
    rig_no("desk", "POSITION_MOVE", MOVE("desk-acc", CEA("2026", "1"), "REGISTER"), ERR_FROZEN,
           "receiving");
    rig_ok("authority", "UNFREEZE", LIFT("f-1"));
    rig_no("desk", "TRANSFER_PROPOSE", FIRST, ERR_FROZEN, NULL);
    rig_ok("authority", "UNFREEZE", LIFT("f-2"));
    assert_int_equal(registry_holding(&record, rig->world->state, "desk-acc", &rig->world->arena),
                     OK);
    assert_int_equal(record->n_freezes, 0);
    rig_ok("desk", "TRANSFER_PROPOSE", FIRST);
}

/* After the end that the order named, the holder lifts it itself; n-1 and n. */
static void orders_end(void **state)
{
    struct rig *rig = *state;
    rig_stock(rig);
    rig_no("authority", "FREEZE", FREEZE_ACCOUNT("f-1", ",\"until_ms\":\"2026-09-21T00:00:00Z\""),
           ERR_RANGE, NULL);
    rig_ok("authority", "FREEZE", FREEZE_ACCOUNT("f-1", ",\"until_ms\":\"2026-10-01T00:00:00Z\""));
    assert_int_equal(time_parse(&rig->time_ms, bytes_text("2026-10-01T00:00:00Z")), OK);
    rig->time_ms--;
    rig_no("desk", "UNFREEZE", LIFT("f-1"), ERR_ROLE, NULL);
    rig->time_ms++;
    rig_no("desk-2", "UNFREEZE", LIFT("f-1"), ERR_ROLE, NULL);
    rig_ok("desk", "UNFREEZE", LIFT("f-1"));
}

/* --- pledges --------------------------------------------------------------------------------- */

#define PLEDGE(id_, units_)                                                                        \
    "{\"pledge\":\"" id_ "\",\"holding\":\"desk-acc\",\"creditor\":\"bank\",\"units\":" units_     \
    ",\"from\":\"TRADE\",\"contract_hash\":" HASH_TEXT "}"

static void pledged_units_are_the_creditors(void **state)
{
    struct rig *rig = *state;
    rig_stock(rig);
    rig_trust(rig);
    rig_no("desk", "PLEDGE", PLEDGE("p-1", CEA("2026", "101")), ERR_HOLDING, "100");
    rig_ok("desk", "PLEDGE", PLEDGE("p-1", CEA("2026", "70")));
    rig_no("desk", "TRANSFER_PROPOSE", FIRST, ERR_HOLDING, "30");
    rig_no("desk", "PLEDGE_RELEASE", "{\"pledge\":\"p-1\"}", ERR_ROLE, "bank");
    rig_ok("bank", "PLEDGE_RELEASE", "{\"pledge\":\"p-1\"}");
    rig_no("bank", "PLEDGE_RELEASE", "{\"pledge\":\"p-1\"}", ERR_STATE_MACHINE, NULL);
    rig_no("bank", "PLEDGE_RELEASE", "{\"pledge\":\"p-2\"}", ERR_ABSENT, NULL);
    assert_string_equal(rig_blocks(rig, CEA26), "1-100 desk-acc TRADE");
    rig_no("desk-2", "PLEDGE", PLEDGE("p-2", CEA("2026", "1")), ERR_ROLE, "desk");
}

/* A batch of lines in one transfer, all or nothing. */
static void batches_are_whole(void **state)
{
    struct rig *rig = *state;
    rig_stock(rig);
    rig_trust(rig);
    rig_ok("regulator", "ALLOCATE", ALLOCATE("desk-acc", "2027", "FINAL", "7"));
    rig_ok("desk", "POSITION_MOVE", MOVE("desk-acc", CEA("2027", "7"), "TRADE"));
    rig_no("desk", "TRANSFER_PROPOSE",
           TRANSFER("t-1", "desk-acc", "desk2-acc", CEA("2026", "40") "," CEA("2027", "8")),
           ERR_HOLDING, "7");
    assert_int_equal(rig_held(rig, "desk2-acc", CEA26, UNIT_TRADE, false), 0);
    rig_ok("desk", "TRANSFER_PROPOSE",
           TRANSFER("t-1", "desk-acc", "desk2-acc", CEA("2026", "40") "," CEA("2027", "7")));
    assert_int_equal(rig_held(rig, "desk2-acc", CEA26, UNIT_TRADE, false), 40);
    assert_int_equal(rig_held(rig, "desk2-acc", "CN:CEA:CN:2027", UNIT_TRADE, false), 7);
}

/* How many records one transfer of one unit writes. */
static size_t records_of_a_transfer(struct rig *rig, const char *id)
{
    char json[400];
    struct overlay *before = rig->world->state;
    snprintf(json, sizeof json, TRANSFER("%s", "desk-acc", "desk2-acc", CEA("2026", "1")), id);
    overlay_seal(before);
    rig->world->state = overlay_new(before, NULL);
    assert_non_null(rig->world->state);
    overlay_drop(before); /* the new one keeps it */
    rig_ok("desk", "TRANSFER_PROPOSE", json);
    struct overlay *after = rig->world->state;
    overlay_seal(after);
    const size_t count = overlay_count(after);
    rig->world->state = overlay_new(after, NULL);
    assert_non_null(rig->world->state);
    overlay_drop(after);
    return count;
}

/* A busy account costs what a quiet one costs: the records a transfer writes do not depend on how
 * many blocks the account has. */
static void a_transfer_is_small(void **state)
{
    struct rig *rig = *state;
    rig->check = false;
    rig_ok("regulator", "ALLOCATE", ALLOCATE("desk-acc", "2026", "PRE", "1000"));
    rig_ok("desk", "POSITION_MOVE", MOVE("desk-acc", CEA("2026", "1000"), "TRADE"));
    rig_trust(rig);
    (void)records_of_a_transfer(rig, "t-first"); /* the receiver's position begins */
    const size_t quiet = records_of_a_transfer(rig, "t-quiet");
    for (unsigned i = 0; i < 300; i++) {
        char json[400];
        snprintf(json, sizeof json,
                 MOVE("desk-acc", CEA_RANGE("2026", "1", "%u", "%u"), "REGISTER"), 3 * i + 2,
                 3 * i + 2);
        rig_ok("desk", "POSITION_MOVE", json);
    }
    const size_t busy = records_of_a_transfer(rig, "t-busy");
    print_message("%zu records quiet, %zu busy\n", quiet, busy);
    assert_true(quiet <= 12);
    assert_true(busy <= 12);
    rig_count(rig);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_sound),
        T(trusted_is_immediate),
        T(own_accounts_are_immediate),
        T(untrusted_waits),
        T(offers_end_by_time),
        T(who_may_cancel),
        T(transfers_are_checked),
        T(one_of_two_wins),
        T(frozen_units_stay),
        T(promised_units_freeze_too),
        T(frozen_accounts),
        T(orders_end),
        T(pledged_units_are_the_creditors),
        T(batches_are_whole),
        T(a_transfer_is_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
