/* SPDX-License-Identifier: Apache-2.0 */
/* [KSSJ 7.2.1b] Where lots come from, and what every event must say of itself. */

#include "tests/unit/provenance/world.h"

#define MINE(in_) world_apply(world, "mine", LOT_MINE_TYPE, &(in_)->base)

static char *raw(struct world *world, const char *batch)
{
    return world_lot(world, world->gtin_raw, batch);
}

static void mines(void **state)
{
    struct world *world = *state;
    char *lot = raw(world, "RAW-1");
    assert_ok(world_mined(world, lot, "10000.5"));
    assert_int_equal(world->receipt_flags, RECEIPT_FINDING); /* ten days ago: late */
    const Seam__LotRecord *record = world_read(world, lot);
    assert_int_equal(record->qty_kg, 10000500);
    assert_int_equal(record->moisture_e4, 800);
    assert_int_equal(record->ash_e4, 2800);
    assert_int_equal(record->ncv_mj_t, 24000);
    assert_true(record->has_carbon);
    assert_string_equal(record->product, "raw");
    assert_string_equal(record->owner, "mine");
    assert_string_equal(record->custodian, "mine");
    assert_string_equal(record->stage, "MI");
    assert_string_equal(record->month, "2026-09");
    assert_int_equal(record->model, MODEL_IDENTITY_PRESERVED);
    assert_int_equal(record->n_origins, 1);
    assert_string_equal(record->origins[0]->facility, "mine-a");
    const Seam__LotEventRecord *event = world_event(world, &world->tx_id);
    assert_int_equal(event->n_outputs, 1);
    assert_int_equal(event->outputs[0]->share_ppm, 1000000);
    assert_int_equal(event->outputs[0]->after_kg, 10000500);
    assert_int_equal(event->n_persons, 1);
    assert_string_equal(world_finding(event, "W_LATE", "DAYS")->amount, "10 d");
    const Seam__LotHistoryEntry *history = NULL;
    assert_int_equal(view_lot_history(&history, world->state, lot, 0, &world->arena), OK);
    assert_true(history->created);
    assert_int_equal(history->change_kg, 10000500);
    assert_int_equal(view_lot_history(&history, world->state, lot, 1, &world->arena), ERR_ABSENT);
}

/* Events by instrument; one that is named twice stands there once. */
static void lists_of_devices(void **state)
{
    struct world *world = *state;
    const Seam__LotListEntry *entry = NULL;
    uint32_t count = 0;
    char *devices[] = {(char *)"SCALE-1", (char *)"ASH-2", (char *)"SCALE-1"};
    Seam__LotMine *in = world_mine(world, raw(world, "RAW-1"), "100");
    in->event->devices = devices;
    in->event->n_devices = 3;
    assert_ok(MINE(in));
    const struct hash first = world->tx_id;
    assert_ok(world_mined(world, raw(world, "RAW-2"), "50"));
    in = world_mine(world, raw(world, "RAW-3"), "100");
    in->event->devices = devices;
    in->event->n_devices = 1;
    assert_ok(MINE(in));
    assert_int_equal(
        view_lot_list_count(&count, world->state, LOT_LIST_DEVICE, "SCALE-1", &world->arena), OK);
    assert_int_equal(count, 2);
    assert_int_equal(
        view_lot_list(&entry, world->state, LOT_LIST_DEVICE, "SCALE-1", 0, &world->arena), OK);
    assert_memory_equal(entry->id.data, first.bytes, HASH_SIZE);
    assert_int_equal(
        view_lot_list(&entry, world->state, LOT_LIST_DEVICE, "SCALE-1", 1, &world->arena), OK);
    assert_memory_equal(entry->id.data, world->tx_id.bytes, HASH_SIZE);
    assert_int_equal(
        view_lot_list_count(&count, world->state, LOT_LIST_DEVICE, "ASH-2", &world->arena), OK);
    assert_int_equal(count, 1);
}

static void lists_name_it(void **state)
{
    struct world *world = *state;
    char produced[PRODUCED_OWNER_SIZE];
    const Seam__LotListEntry *entry = NULL;
    const Seam__LotMonthRecord *month = NULL;
    uint32_t count = 0;
    char *first = raw(world, "RAW-1");
    char *second = raw(world, "RAW-2");
    assert_ok(world_mined(world, first, "100"));
    assert_ok(world_mined(world, second, "50"));
    view_produced_owner(produced, "mine-a", "2026-09", "raw");
    const struct {
        enum lot_list list;
        const char *owner;
    } lists[] = {{LOT_LIST_ALL, ""},
                 {LOT_LIST_OWNED, "mine"},
                 {LOT_LIST_HELD, "mine"},
                 {LOT_LIST_AT, "mine-a"},
                 {LOT_LIST_PRODUCED, produced},
                 {LOT_LIST_LOTS_OF_PRODUCT, world->gtin_raw}};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        assert_int_equal(
            view_lot_list_count(&count, world->state, lists[i].list, lists[i].owner, &world->arena),
            OK);
        assert_int_equal(count, 2);
        assert_int_equal(
            view_lot_list(&entry, world->state, lists[i].list, lists[i].owner, 1, &world->arena),
            OK);
        assert_string_equal(entry->lot, second);
    }
    assert_int_equal(
        view_lot_month(&month, world->state, "mine-a", "2026-09", "raw", &world->arena), OK);
    assert_int_equal(month->lots, 2);
    assert_int_equal(month->qty_kg, 150000);
    assert_int_equal(view_lot_list(&entry, world->state, LOT_LIST_EVENTS, "mine", 1, &world->arena),
                     OK);
    assert_memory_equal(entry->id.data, world->tx_id.bytes, HASH_SIZE);
    assert_int_equal(view_lot_list_count(&count, world->state, LOT_LIST_ALL, "x", &world->arena),
                     OK);
    assert_int_equal(count, 0);
}

static void refuses_amounts_and_quality(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *qty;
        const char *moisture;
        const char *ash;
        const char *ncv;
        const char *carbon;
        enum err err;
        const char *field;
    } rows[] = {
        {"0", "0.1", "0.1", "20", "", ERR_RANGE, "qty"},
        {"-1", "0.1", "0.1", "20", "", ERR_RANGE, "qty"},
        {"1.0001", "0.1", "0.1", "20", "", ERR_DEC, "qty"},
        {"10000000.001", "0.1", "0.1", "20", "", ERR_RANGE, "qty"},
        {"1e3", "0.1", "0.1", "20", "", ERR_DEC, "qty"},
        {"1", "1", "0.1", "20", "", ERR_RANGE, "quality.moisture"},
        {"1", "8", "0.1", "20", "", ERR_PERCENT, "quality.moisture"},
        {"1", "-0.1", "0.1", "20", "", ERR_RANGE, "quality.moisture"},
        {"1", "0.10001", "0.1", "20", "", ERR_DEC, "quality.moisture"},
        {"1", "0.1", "28", "20", "", ERR_PERCENT, "quality.ash"},
        {"1", "0.1", "101", "20", "", ERR_RANGE, "quality.ash"},
        {"1", "0.1", "", "20", "", ERR_DEC, "quality.ash"},
        {"1", "0.1", "0.1", "100.001", "", ERR_RANGE, "quality.ncv"},
        {"1", "0.1", "0.1", "", "", ERR_DEC, "quality.ncv"},
        {"1", "0.1", "0.4", "20", "0.6001", ERR_RANGE, "quality.carbon"},
        {"1", "0.1", "0.4", "20", "60", ERR_PERCENT, "quality.carbon"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Seam__LotMine *in = world_mine(world, raw(world, "RAW-1"), rows[i].qty);
        in->quality =
            world_quality(world, rows[i].moisture, rows[i].ash, rows[i].ncv, rows[i].carbon);
        assert_refused(MINE(in), JUDGE_NEVER, rows[i].err, rows[i].field);
    }
    Seam__LotMine *in = world_mine(world, raw(world, "RAW-1"), "10000000");
    in->quality = world_quality(world, "0", "0.4", "100", "0.6");
    assert_ok(MINE(in));
    in = world_mine(world, raw(world, "RAW-2"), "0.001");
    in->quality = world_quality(world, "0.9999", "1", "0", "0");
    assert_ok(MINE(in));
}

static void refuses_the_wrong_lot(void **state)
{
    struct world *world = *state;
    assert_ok(world_mined(world, raw(world, "RAW-1"), "10"));
    assert_refused(world_mined(world, raw(world, "RAW-1"), "10"), JUDGE_NEVER, ERR_CONFLICT, "lot");
    assert_refused(world_mined(world, "06901234567893.A", "10"), JUDGE_NEVER, ERR_RANGE, "lot");
    assert_refused(world_mined(world, "RAW-1", "10"), JUDGE_NEVER, ERR_RANGE, "lot");
    assert_refused(world_mined(world, world_lot(world, world->gtin_raw2, "A"), "10"), JUDGE_NEVER,
                   ERR_ROLE, "lot"); /* the GTIN of mine-2 */
    assert_refused(world_mined(world, "00012345600012.A", "10"), JUDGE_NOT_YET, ERR_ABSENT, "lot");
}

static void refuses_the_wrong_place(void **state)
{
    struct world *world = *state;
    Seam__LotMine *in = world_mine(world, raw(world, "A"), "10");
    in->event->place = world_text(world, "mine-c");
    assert_refused(MINE(in), JUDGE_NEVER, ERR_CONFLICT, "event.place");
    in->event->place = world_text(world, "nowhere");
    assert_refused(MINE(in), JUDGE_NOT_YET, ERR_ABSENT, "event.place");
    in->event->place = world_text(world, "6901234567893");
    assert_refused(MINE(in), JUDGE_NEVER, ERR_RANGE, "event.place");
    in = world_mine(world, raw(world, "A"), "10");
    in->facility = world_text(world, "mine-b");
    in->event->place = in->facility;
    assert_refused(MINE(in), JUDGE_NEVER, ERR_ROLE, "facility");
    in->facility = world_text(world, "mine-z");
    in->event->place = world_text(world, "mine-a");
    assert_refused(MINE(in), JUDGE_NOT_YET, ERR_ABSENT, "facility");
    in->facility = world_text(world, "plant");
    in->event->place = in->facility;
    assert_refused(world_apply(world, "washery", LOT_MINE_TYPE, &in->base), JUDGE_NEVER, ERR_ENUM,
                   "facility");
    in = world_mine(world, raw(world, "A"), "10");
    in->event = NULL;
    assert_refused(MINE(in), JUDGE_NEVER, ERR_MISSING, "event");
    in = world_mine(world, raw(world, "A"), "10");
    in->model = world_text(world, "BOOK_AND_CLAIM");
    assert_refused(MINE(in), JUDGE_NEVER, ERR_ENUM, "model");
}

/* [D41] Not in the future, not too long ago, flagged when late. */
static void times(void **state)
{
    struct world *world = *state;
    const uint64_t now = world->time_ms;
    Seam__LotMine *in = world_mine(world, raw(world, "A"), "10");
    in->event->event_time_ms = now + 300001;
    assert_refused(MINE(in), JUDGE_NOT_YET, ERR_RANGE, "event.event_time_ms");
    in->event->event_time_ms = UINT64_MAX;
    assert_refused(MINE(in), JUDGE_NOT_YET, ERR_RANGE, "event.event_time_ms");
    in->event->event_time_ms = 0;
    assert_refused(MINE(in), JUDGE_NEVER, ERR_RANGE, "month");
    in->event->event_time_ms = now + 300000; /* header time lags behind people's clocks (D11) */
    assert_ok(MINE(in));
    assert_int_equal(world->receipt_flags, 0);
    in->lot = raw(world, "B");
    in->event->event_time_ms = now - 3 * DAY_MS;
    assert_ok(MINE(in));
    assert_int_equal(world->receipt_flags, 0);
    in->lot = raw(world, "C");
    in->event->event_time_ms = now - 3 * DAY_MS - 1;
    assert_ok(MINE(in));
    assert_int_equal(world->receipt_flags, RECEIPT_FINDING);
    in->lot = raw(world, "D");
    in->month = world_text(world, "2026-07");
    in->event->event_time_ms = now - 71 * DAY_MS - 1;
    assert_refused(MINE(in), JUDGE_NEVER, ERR_RANGE, "event.event_time_ms");
    in->event->event_time_ms = now - 71 * DAY_MS;
    assert_ok(MINE(in));
}

/* The month is that of the event where the facility lies, eight hours ahead of UTC. */
static void months(void **state)
{
    struct world *world = *state;
    Seam__LotMine *in = world_mine(world, raw(world, "A"), "10");
    in->event->event_time_ms = world_time("2026-08-31T15:59:59.999Z");
    assert_refused(MINE(in), JUDGE_NEVER, ERR_RANGE, "month");
    assert_string_equal(world->detail.limit, "2026-08");
    in->event->event_time_ms = world_time("2026-08-31T16:00:00Z");
    assert_ok(MINE(in));
    in->lot = raw(world, "B");
    in->month = world_text(world, "2026-10");
    assert_refused(MINE(in), JUDGE_NEVER, ERR_RANGE, "month");
    world->time_ms = world_time("2026-01-02T00:00:00Z");
    in->event->event_time_ms = world_time("2025-12-31T15:00:00Z");
    in->month = world_text(world, "2025-12");
    assert_refused(MINE(in), JUDGE_NEVER, ERR_RANGE, "month"); /* before the facility began */
}

/* [D46] The lot rules are named, published and adopted for the month. */
static void rules_are_adopted(void **state)
{
    struct world *world = *state;
    uint8_t other[HASH_SIZE] = {9};
    Seam__LotMine *in = world_mine(world, raw(world, "A"), "10");
    in->event->parameter_set_hash.len = 31;
    assert_refused(MINE(in), JUDGE_NEVER, ERR_LENGTH, "event.parameter_set_hash");
    in->event->parameter_set_hash = (ProtobufCBinaryData){.len = HASH_SIZE, .data = other};
    assert_refused(MINE(in), JUDGE_NOT_YET, ERR_SET, "event.parameter_set_hash");
    ProtobufCBinaryData document = {.len = 5, .data = other};
    in = world_mine(world, raw(world, "A"), "10");
    in->event->documents = &document;
    in->event->n_documents = 1;
    assert_refused(MINE(in), JUDGE_NEVER, ERR_LENGTH, "event.documents");
    document.len = HASH_SIZE;
    assert_ok(MINE(in));
    assert_int_equal(world_event(world, &world->tx_id)->n_documents, 1);
}

/* [KSSJ 7.2.1a] */
static void products(void **state)
{
    struct world *world = *state;
    Seam__ProductRegister in = SEAM__PRODUCT_REGISTER__INIT;
    Seam__Names name = SEAM__NAMES__INIT;
    char gtin[GTIN_SIZE];
    world_gtin(gtin, "0690123459999");
#define PRODUCT() world_apply(world, "mine", PRODUCT_REGISTER_TYPE, &in.base)
    in.gtin = (char *)"06901234567893";
    in.product = (char *)"raw";
    in.name = &name;
    assert_refused(PRODUCT(), JUDGE_NEVER, ERR_RANGE, "gtin");
    in.gtin = gtin;
    assert_refused(PRODUCT(), JUDGE_NEVER, ERR_MISSING, "name");
    name.zh = (char *)"原煤";
    in.product = (char *)"Raw";
    assert_refused(PRODUCT(), JUDGE_NEVER, ERR_TYPE, "product");
    in.product = (char *)"raw";
    assert_ok(PRODUCT());
    assert_refused(PRODUCT(), JUDGE_NEVER, ERR_CONFLICT, "gtin");
    const Seam__ProductRecord *record = NULL;
    assert_int_equal(view_product(&record, world->state, gtin, &world->arena), OK);
    assert_string_equal(record->organisation, "mine");
    assert_ok(world_mined(world, world_lot(world, gtin, "A"), "1"));
}

/* [KSSJ 7.2.1a] A GTIN is its organisation's, however the item is packed, and so are its lots. */
static void products_of_others(void **state)
{
    struct world *world = *state;
    Seam__ProductRegister in = SEAM__PRODUCT_REGISTER__INIT;
    Seam__Names name = SEAM__NAMES__INIT;
    char gtin[GTIN_SIZE];
    name.en = (char *)"raw coal";
    in.product = (char *)"raw";
    in.name = &name;
    in.gtin = world->gtin_raw;
    assert_refused(world_apply(world, "mine-2", PRODUCT_REGISTER_TYPE, &in.base), JUDGE_NEVER,
                   ERR_CONFLICT, "gtin");
    assert_string_equal(world->detail.limit, "mine");
    world_gtin(gtin, "3690123456789"); /* the same item, packed otherwise */
    in.gtin = gtin;
    assert_refused(world_apply(world, "mine-2", PRODUCT_REGISTER_TYPE, &in.base), JUDGE_NEVER,
                   ERR_CONFLICT, "gtin");
    assert_string_equal(world->detail.limit, "mine");
    assert_ok(world_apply(world, "mine", PRODUCT_REGISTER_TYPE, &in.base));
    Seam__LotMine *mine = world_mine(world, world_lot(world, world->gtin_raw, "X"), "1");
    mine->event->place = (char *)"mine-b";
    mine->facility = (char *)"mine-b";
    assert_refused(world_apply(world, "mine-2", LOT_MINE_TYPE, &mine->base), JUDGE_NEVER, ERR_ROLE,
                   "lot");
    assert_string_equal(world->detail.limit, "mine");
}

/* [V13] Nobody makes so many lots or products that footprints cannot be worked out: the limit is
 * refused with its number, n - 1 is not. */
static void as_many_as_can_be_counted(void **state)
{
    struct world *world = *state;
    Seam__LotMonthRecord month = SEAM__LOT_MONTH_RECORD__INIT;
    Seam__LotListCount count = SEAM__LOT_LIST_COUNT__INIT;
    const Seam__LotMonthRecord *made = NULL;
    struct state_key key;
    assert_true(view_lot_month_key(&key, "mine-a", "2026-09", ""));
    month.lots = LIMIT_MONTH_LOTS - 1;
    world_put(world, key, &month.base);
    assert_ok(world_mined(world, raw(world, "LAST"), "1"));
    assert_int_equal(view_lot_month(&made, world->state, "mine-a", "2026-09", "", &world->arena),
                     OK);
    assert_int_equal(made->lots, LIMIT_MONTH_LOTS);
    assert_refused(world_mined(world, raw(world, "MORE"), "1"), JUDGE_NEVER, ERR_LENGTH, "lot");
    assert_string_equal(world->detail.limit, "8000");
    assert_string_equal(world->detail.rule, "V13");
    Seam__LotMine *other = world_mine(world, raw(world, "ELSEWHERE"), "1");
    other->event->place = (char *)"mine-c";
    other->facility = (char *)"mine-c";
    assert_ok(world_apply(world, "mine", LOT_MINE_TYPE, &other->base));

    Seam__ProductRegister in = SEAM__PRODUCT_REGISTER__INIT;
    Seam__Names name = SEAM__NAMES__INIT;
    char gtin[GTIN_SIZE];
    world_gtin(gtin, "0690123459999");
    name.en = (char *)"raw coal";
    in.gtin = gtin;
    in.product = (char *)"raw";
    in.name = &name;
    key = view_lot_list_count_key(LOT_LIST_PRODUCTS, "mine");
    count.count = LIMIT_PRODUCTS;
    world_put(world, key, &count.base);
    assert_refused(world_apply(world, "mine", PRODUCT_REGISTER_TYPE, &in.base), JUDGE_NEVER,
                   ERR_LENGTH, "gtin");
    assert_string_equal(world->detail.limit, "256");
    count.count = LIMIT_PRODUCTS - 1;
    world_put(world, key, &count.base);
    assert_ok(world_apply(world, "mine", PRODUCT_REGISTER_TYPE, &in.base));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(mines),
        T(lists_name_it),
        T(lists_of_devices),
        T(refuses_amounts_and_quality),
        T(refuses_the_wrong_lot),
        T(refuses_the_wrong_place),
        T(times),
        T(months),
        T(rules_are_adopted),
        T(products),
        T(products_of_others),
        T(as_many_as_can_be_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
