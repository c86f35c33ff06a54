/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks: splitting, merging, taking by number and by quantity [V16]. */

#include "tests/unit/registry/rig.h"

static void tables_are_sound(void **state)
{
    (void)state;
    assert_true(sm_valid(&unit_machine));
    assert_true(sm_valid(&holding_machine));
    /* Every path into a final state has no way out but the reversal of a surrender. */
    for (uint8_t i = UNIT_SURRENDERED; i < UNIT_STATES; i++) {
        assert_int_equal(unit_machine.rows[i].next,
                         i == UNIT_SURRENDERED ? SM_TO(UNIT_REGISTER) : SM_END);
    }
    for (uint32_t i = 1; i < ENTRY_KINDS; i++) {
        assert_string_not_equal(entry_name(i), "?");
    }
    assert_string_equal(entry_name(0), "?");
    assert_string_equal(entry_name(ENTRY_KINDS), "?");
}

static void series_have_names(void **state)
{
    struct rig *rig = *state;
    char text[SERIES_TEXT_SIZE];
    struct series series = series_of("CN", "CEA", "", 2024);
    struct series back;
    series_text(text, &series);
    assert_string_equal(text, "CN:CEA:CN:2024");
    assert_int_equal(series_parse(&back, text, &rig->world->arena), OK);
    assert_string_equal(back.project, "");
    assert_true(hash_equal(&back.id, &series.id));
    series = series_of("CN", "CCER", "vam-1", 2025);
    series_text(text, &series);
    assert_int_equal(series_parse(&back, text, &rig->world->arena), OK);
    assert_string_equal(back.project, "vam-1");
    assert_int_equal(back.vintage, 2025);
    static const char *const wrong[] = {"",          "CN:CEA:CN",       "CN:CEA:CN:2024:1",
                                        "CN::CN:20", "CN:CEA:CN:2024x", ":::"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(series_parse(&back, wrong[i], &rig->world->arena), ERR_TYPE);
    }
}

/* The owner keeps the first part and gives the last. */
static void splits_keep_the_first_part(void **state)
{
    struct rig *rig = *state;
    rig_stock(rig);
    assert_string_equal(rig_blocks(rig, CEA26), "1-100 desk-acc TRADE");
    rig_trust(rig);
    rig_ok("desk", "TRANSFER_PROPOSE", TRANSFER("t-1", "desk-acc", "desk2-acc", CEA("2026", "40")));
    assert_string_equal(rig_blocks(rig, CEA26), "1-60 desk-acc TRADE, 61-100 desk2-acc TRADE");
    rig_ok("desk", "TRANSFER_PROPOSE",
           TRANSFER("t-2", "desk-acc", "desk2-acc", CEA_RANGE("2026", "10", "11", "20")));
    assert_string_equal(rig_blocks(rig, CEA26),
                        "1-10 desk-acc TRADE, 11-20 desk2-acc TRADE, 21-60 desk-acc TRADE, "
                        "61-100 desk2-acc TRADE");
}

/* What comes back beside an equal block becomes one with it. */
static void neighbours_merge(void **state)
{
    struct rig *rig = *state;
    rig_stock(rig);
    rig_ok("desk", "POSITION_MOVE",
           MOVE("desk-acc", CEA_RANGE("2026", "20", "41", "60"), "REGISTER"));
    assert_string_equal(rig_blocks(rig, CEA26),
                        "1-40 desk-acc TRADE, 41-60 desk-acc REGISTER, 61-100 desk-acc TRADE");
    rig_ok("desk", "POSITION_MOVE", MOVE("desk-acc", CEA_RANGE("2026", "5", "41", "45"), "TRADE"));
    rig_ok("desk", "POSITION_MOVE", MOVE("desk-acc", CEA_RANGE("2026", "5", "56", "60"), "TRADE"));
    assert_string_equal(rig_blocks(rig, CEA26),
                        "1-45 desk-acc TRADE, 46-55 desk-acc REGISTER, 56-100 desk-acc TRADE");
    rig_ok("desk", "POSITION_MOVE", MOVE("desk-acc", CEA("2026", "10"), "TRADE"));
    assert_string_equal(rig_blocks(rig, CEA26), "1-100 desk-acc TRADE");
}

/* One range may go over several blocks of the same face. */
static void a_range_goes_over_blocks(void **state)
{
    struct rig *rig = *state;
    rig_stock(rig);
    rig_ok("authority", "FREEZE",
           "{\"order\":\"f-1\",\"holding\":\"desk-acc\",\"units\":[" CEA_RANGE(
               "2026", "10", "31", "40") "],\"order_hash\":" HASH_TEXT "}");
    rig_no("desk", "POSITION_MOVE",
           MOVE("desk-acc", CEA_RANGE("2026", "50", "1", "50"), "REGISTER"), ERR_FROZEN, "60");
    rig_ok("authority", "UNFREEZE", "{\"order\":\"f-1\",\"reason\":\"over\"}");
    rig_ok("desk", "POSITION_MOVE",
           MOVE("desk-acc", CEA_RANGE("2026", "50", "1", "50"), "REGISTER"));
    assert_string_equal(rig_blocks(rig, CEA26), "1-50 desk-acc REGISTER, 51-100 desk-acc TRADE");
}

/* [V16] one less, exactly, one more; and the number that would have been possible. */
static void beyond_available(void **state)
{
    struct rig *rig = *state;
    rig_stock(rig);
    rig_no("desk", "POSITION_MOVE", MOVE("desk-acc", CEA("2026", "101"), "REGISTER"), ERR_HOLDING,
           "100");
    assert_string_equal(err_code(rig->detail.err), "303007");
    rig_ok("desk", "POSITION_MOVE", MOVE("desk-acc", CEA("2026", "99"), "REGISTER"));
    rig_no("desk", "POSITION_MOVE", MOVE("desk-acc", CEA("2026", "2"), "REGISTER"), ERR_HOLDING,
           "1");
    rig_ok("desk", "POSITION_MOVE", MOVE("desk-acc", CEA("2026", "1"), "REGISTER"));
    rig_no("desk", "POSITION_MOVE", MOVE("desk-acc", CEA("2025", "1"), "REGISTER"), ERR_HOLDING,
           "0");
    rig_no("desk", "POSITION_MOVE", MOVE("desk-acc", CEA("2026", "0"), "TRADE"), ERR_MISSING, NULL);
}

static void ranges_are_exact(void **state)
{
    struct rig *rig = *state;
    rig_stock(rig);
    static const struct {
        const char *units;
        enum err err;
    } cases[] = {
        {CEA_RANGE("2026", "10", "11", "21"), ERR_TOTAL},
        {CEA_RANGE("2026", "10", "95", "104"), ERR_HOLDING},
        {CEA_RANGE("2026", "10", "20", "11"), ERR_RANGE},
        {CEA_RANGE("2026", "1", "0", "0"), ERR_MISSING},
        {CEA_RANGE("2026", "1", "1000000000001", "1000000000001"), ERR_RANGE},
        /* the same unit twice */
        {"{\"asset\":\"CEA\",\"vintage\":2026,\"quantity\":4,\"ranges\":[{\"start\":1,\"end\":2},"
         "{\"start\":2,\"end\":3}]}",
         ERR_HOLDING},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char json[400];
        snprintf(json, sizeof json, "{\"holding\":\"desk-acc\",\"units\":%s,\"to\":\"REGISTER\"}",
                 cases[i].units);
        rig_no("desk", "POSITION_MOVE", json, cases[i].err, NULL);
    }
    assert_string_equal(rig_blocks(rig, CEA26), "1-100 desk-acc TRADE");
}

/* What is scattered over more blocks than one transaction may touch: the refusal says how many
 * units the permitted number of blocks gives. */
static void pieces_are_bounded(void **state)
{
    struct rig *rig = *state;
    rig->check = false;
    rig_ok("regulator", "ALLOCATE", ALLOCATE("desk-acc", "2026", "FINAL", "140"));
    for (unsigned i = 0; i < 70; i++) {
        char json[400];
        snprintf(json, sizeof json, MOVE("desk-acc", CEA_RANGE("2026", "1", "%u", "%u"), "TRADE"),
                 2 * i + 2, 2 * i + 2);
        rig_ok("desk", "POSITION_MOVE", json);
    }
    rig_count(rig);
    rig_no("desk", "POSITION_MOVE", MOVE("desk-acc", CEA("2026", "65"), "REGISTER"), ERR_RANGE,
           "64");
    rig_ok("desk", "POSITION_MOVE", MOVE("desk-acc", CEA("2026", "64"), "REGISTER"));
    rig_count(rig);
}

/* Search by serial number. */
static void a_serial_number_is_found(void **state)
{
    struct rig *rig = *state;
    struct series series = series_of("CN", "CEA", "", 2026);
    const Seam__BlockRecord *block = NULL;
    struct arena *arena = &rig->world->arena;
    rig_stock(rig);
    rig_ok("desk", "POSITION_MOVE",
           MOVE("desk-acc", CEA_RANGE("2026", "20", "41", "60"), "REGISTER"));
    assert_int_equal(registry_block_at(&block, rig->world->state, &series, 41, arena), OK);
    assert_int_equal(block->start, 41);
    assert_int_equal(registry_block_at(&block, rig->world->state, &series, 40, arena), OK);
    assert_int_equal(block->end, 40);
    assert_int_equal(registry_block_at(&block, rig->world->state, &series, 100, arena), OK);
    assert_int_equal(registry_block_at(&block, rig->world->state, &series, 101, arena), ERR_ABSENT);
    assert_int_equal(registry_block_at(&block, rig->world->state, &series, 0, arena), ERR_ABSENT);
}

/* The journal has a line for each movement, and its sums are the position. */
static void journals_tell_it_all(void **state)
{
    struct rig *rig = *state;
    struct series series = series_of("CN", "CEA", "", 2026);
    const Seam__PositionRecord *position = NULL;
    const Seam__EntryRecord *entry = NULL;
    struct arena *arena = &rig->world->arena;
    rig_stock(rig);
    rig_trust(rig);
    rig_ok("desk", "TRANSFER_PROPOSE", TRANSFER("t-1", "desk-acc", "desk2-acc", CEA("2026", "40")));
    assert_int_equal(registry_position(&position, rig->world->state, "desk-acc", &series, arena),
                     OK);
    assert_int_equal(position->entries, 3);
    assert_int_equal(registry_entry(&entry, rig->world->state, position, 2, arena), OK);
    assert_int_equal(entry->kind, ENTRY_TRANSFER);
    assert_int_equal(entry->from, UNIT_TRADE);
    assert_int_equal(entry->to, UNIT_OUTSIDE);
    assert_int_equal(entry->quantity, 40);
    assert_string_equal(entry->other, "desk2-acc");
    assert_int_equal(entry->ranges[0]->start, 61);
    assert_int_equal(registry_entry(&entry, rig->world->state, position, 3, arena), ERR_ABSENT);
    assert_int_equal(registry_position(&position, rig->world->state, "desk2-acc", &series, arena),
                     OK);
    assert_int_equal(registry_entry(&entry, rig->world->state, position, 0, arena), OK);
    assert_string_equal(entry->other, "desk-acc");
    uint32_t positions = 0;
    assert_int_equal(registry_positions(&positions, rig->world->state, "desk2-acc", arena), OK);
    assert_int_equal(positions, 1);
}

/* The count from scratch notices each kind of damage. */
static void damage_is_noticed(void **state)
{
    struct rig *rig = *state;
    struct overlay *overlay = rig->world->state;
    struct arena *arena = &rig->world->arena;
    const struct series series = series_of("CN", "CEA", "", 2026);
    struct err_detail detail;
    rig_stock(rig);
    struct state_key keys[4] = {state_key_of(KEY_BLOCK), state_key_of(KEY_POSITION),
                                state_key_of(KEY_SERIES), state_key_of(KEY_SLOT)};
    state_key_hash(&keys[0], &series.id);
    state_key_u64(&keys[0], 1);
    state_key_id(&keys[1], KEY_HOLDING, "desk-acc");
    state_key_hash(&keys[1], &series.id);
    state_key_hash(&keys[2], &series.id);
    state_key_id(&keys[3], KEY_HOLDING, "desk-acc");
    state_key_hash(&keys[3], &series.id);
    state_key_u8(&keys[3], 2 * UNIT_TRADE);
    state_key_u32(&keys[3], 0);
    for (size_t i = 0; i < 4; i++) {
        const size_t mark = overlay_mark(overlay);
        assert_int_equal(overlay_delete(overlay, state_key_bytes(&keys[i])), OK);
        assert_int_equal(units_check(overlay, arena, &detail), ERR_CORRUPT);
        overlay_rollback(overlay, mark);
        assert_int_equal(units_check(overlay, arena, &detail), OK);
    }
    ProtobufCMessage *message = NULL;
    assert_int_equal(view_record(&message, &seam__series_record__descriptor, overlay,
                                 state_key_bytes(&keys[2]), arena),
                     OK);
    Seam__SeriesRecord *record = (Seam__SeriesRecord *)message;
    record->held--;
    record->cancelled++;
    assert_int_equal(view_put(overlay, state_key_bytes(&keys[2]), message, arena), OK);
    assert_int_equal(units_check(overlay, arena, &detail), ERR_CORRUPT);
    assert_string_equal(detail.rule, "units-add-up");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_sound),
        T(series_have_names),
        T(splits_keep_the_first_part),
        T(neighbours_merge),
        T(a_range_goes_over_blocks),
        T(beyond_available),
        T(ranges_are_exact),
        T(pieces_are_bounded),
        T(a_serial_number_is_found),
        T(journals_tell_it_all),
        T(damage_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
