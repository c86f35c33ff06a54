/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_QUERY_LOTS_H
#define TESTS_UNIT_QUERY_LOTS_H

/* A small ledger of lots written as records, without transactions: what provenance/ leaves behind
 * after its rules have admitted an event. For tests of what is read from it. */

#include "ledger/query/lot_trace.h"
#include "tests/unit/governance/world.h"

#define LOTS_MAX 512
#define LOTS_PARTS 16

struct lots {
    struct arena arena;
    struct overlay *state;
    struct query *query; /* after lots_ask */
    Seam__LotRecord *lots[LOTS_MAX];
    size_t count;
    uint64_t height;
    uint32_t events;
};

/* One event being put together. */
struct lots_event {
    struct lots *lots;
    Seam__LotEventRecord *record;
    Seam__LotRecord *touched[2 * LOTS_PARTS];
    int64_t change[2 * LOTS_PARTS];
    bool consumed[2 * LOTS_PARTS];
    bool created[2 * LOTS_PARTS];
    size_t count;
};

static void *lots_alloc(struct lots *lots, size_t size)
{
    void *memory = arena_alloc(&lots->arena, size);
    assert_non_null(memory);
    return memory;
}

__attribute__((unused)) static char *lots_text(struct lots *lots, const char *text)
{
    char *copy = arena_text(&lots->arena, text, strlen(text));
    assert_non_null(copy);
    return copy;
}

static void lots_put(struct lots *lots, struct state_key key, const ProtobufCMessage *record)
{
    assert_int_equal(view_put(lots->state, state_key_bytes(&key), record, &lots->arena), OK);
}

static void lots_open(struct lots *lots)
{
    memset(lots, 0, sizeof *lots);
    arena_init(&lots->arena, (size_t)256 << 20);
    lots->state = world_empty();
}

__attribute__((unused)) static struct query *lots_ask(struct lots *lots)
{
    if (lots->query == NULL) {
        overlay_seal(lots->state);
        assert_int_equal(
            query_of_overlay(&lots->query, lots->state, lots->height, WORLD_TIME + lots->height),
            OK);
    }
    return lots->query;
}

static void lots_close(struct lots *lots)
{
    query_close(lots->query);
    overlay_drop(lots->state);
    arena_free(&lots->arena);
}

/* A list of one owner, appended to. */
static void lots_append(struct lots *lots, enum lot_list list, const char *owner, const char *lot,
                        const uint8_t *id)
{
    uint32_t count = 0;
    assert_int_equal(view_lot_list_count(&count, lots->state, list, owner, &lots->arena), OK);
    Seam__LotListEntry entry = SEAM__LOT_LIST_ENTRY__INIT;
    Seam__LotListCount length = SEAM__LOT_LIST_COUNT__INIT;
    entry.lot = (char *)lot;
    if (id != NULL) {
        entry.id.data = (uint8_t *)id;
        entry.id.len = HASH_SIZE;
    }
    length.count = count + 1;
    lots_put(lots, view_lot_list_key(list, owner, count), &entry.base);
    lots_put(lots, view_lot_list_count_key(list, owner), &length.base);
}

/* The facility and, as products of its owner, the words its lots may have. */
__attribute__((unused)) static void lots_facility(struct lots *lots, const char *facility,
                                                  const char *kind, const char *owner)
{
    Seam__FacilityRecord record = SEAM__FACILITY_RECORD__INIT;
    record.facility = (char *)facility;
    record.organisation = (char *)owner;
    record.kind = (char *)kind;
    record.scheme = (char *)"cn-ets";
    record.cadence = (char *)"MONTH";
    record.start_period = (char *)"2026-01";
    lots_put(lots, state_key_named(KEY_FACILITY, facility), &record.base);
}

__attribute__((unused)) static void lots_product(struct lots *lots, const char *owner,
                                                 const char *gtin, const char *product)
{
    Seam__ProductRecord record = SEAM__PRODUCT_RECORD__INIT;
    record.gtin = (char *)gtin;
    record.product = (char *)product;
    record.organisation = (char *)owner;
    lots_put(lots, view_product_key(gtin), &record.base);
    lots_append(lots, LOT_LIST_PRODUCTS, owner, gtin, NULL);
}

/* An account of so many grams; product NULL: it names none. */
__attribute__((unused)) static void lots_account(struct lots *lots, const char *facility,
                                                 const char *period, uint32_t version,
                                                 int64_t gross_g, const char *product,
                                                 int64_t factor)
{
    Seam__Account account = SEAM__ACCOUNT__INIT;
    Seam__StageFactor row = SEAM__STAGE_FACTOR__INIT;
    Seam__StageFactor *rows[1] = {&row};
    account.facility = (char *)facility;
    account.kind = (char *)"UG";
    account.period = (char *)period;
    account.version = version;
    account.state = (char *)"VALUE";
    account.gross_g = gross_g;
    account.net_g = gross_g;
    account.scope1_g = gross_g;
    if (product != NULL) {
        row.stage = (char *)"MI";
        row.product = (char *)product;
        row.factor_g_per_t = factor;
        account.factors = rows;
        account.n_factors = 1;
    }
    struct bytes packed;
    assert_int_equal(message_pack(&packed, &account.base, &lots->arena), OK);
    struct hash hash;
    hash_tagged(&hash, TAG_ACCOUNT, packed);
    Seam__AccountRecord record = SEAM__ACCOUNT_RECORD__INIT;
    record.account = (ProtobufCBinaryData){.len = packed.size, .data = (uint8_t *)packed.data};
    record.account_hash = (ProtobufCBinaryData){.len = HASH_SIZE, .data = hash.bytes};
    record.tx_id = record.account_hash;
    record.height = lots->height;
    Seam__AccountHead head = SEAM__ACCOUNT_HEAD__INIT;
    head.facility = (char *)facility;
    head.period = (char *)period;
    head.version = version;
    head.account_hash = record.account_hash;
    head.state = (char *)"VALUE";
    Seam__FacilityHead last = SEAM__FACILITY_HEAD__INIT;
    last.facility = (char *)facility;
    last.period = (char *)period;
    struct state_key key;
    assert_true(view_account_version_key(&key, facility, period, version));
    lots_put(lots, key, &record.base);
    assert_true(view_account_key(&key, facility, period));
    lots_put(lots, key, &head.base);
    struct state_key end = state_key_of(KEY_FACILITY_HEAD);
    state_key_id(&end, KEY_FACILITY, facility);
    lots_put(lots, end, &last.base);
}

/* Lot rules with the factor of trains; gives their hash, which lives in the arena. */
__attribute__((unused)) static ProtobufCBinaryData lots_rules(struct lots *lots)
{
    Seam__ParameterValue value = SEAM__PARAMETER_VALUE__INIT;
    Seam__ParameterValue *values[1] = {&value};
    Seam__ParameterSet set = SEAM__PARAMETER_SET__INIT;
    value.key = (char *)"transport.RAIL";
    value.value = (char *)"7.9";
    value.grade = (char *)"CHOICE";
    set.id = (char *)"LOT-TEST";
    set.version = 1;
    set.edition = (char *)"LOT-1";
    set.valid_from = (char *)"2020";
    set.values = values;
    set.n_values = 1;
    struct bytes packed;
    assert_int_equal(message_pack(&packed, &set.base, &lots->arena), OK);
    uint8_t *hash = lots_alloc(lots, HASH_SIZE);
    struct hash digest;
    hash_tagged(&digest, TAG_SET, packed);
    memcpy(hash, digest.bytes, HASH_SIZE);
    Seam__ParameterSetRecord record = SEAM__PARAMETER_SET_RECORD__INIT;
    record.id = set.id;
    record.version = 1;
    record.parameter_set =
        (ProtobufCBinaryData){.len = packed.size, .data = (uint8_t *)packed.data};
    Seam__ParameterSetName name = SEAM__PARAMETER_SET_NAME__INIT;
    name.id = set.id;
    name.version = 1;
    struct state_key key = state_key_named(KEY_PARAMETER_SET, set.id);
    state_key_u32(&key, 1);
    lots_put(lots, key, &record.base);
    key = state_key_of(KEY_PARAMETER_SET_HASH);
    state_key_hash(&key, &digest);
    lots_put(lots, key, &name.base);
    return (ProtobufCBinaryData){.len = HASH_SIZE, .data = hash};
}

static struct lots_event lots_begin(struct lots *lots, uint32_t type)
{
    struct lots_event event = {.lots = lots, .record = lots_alloc(lots, sizeof *event.record)};
    Seam__LotEventRecord *record = event.record;
    seam__lot_event_record__init(record);
    uint8_t *id = lots_alloc(lots, HASH_SIZE);
    struct hasher hasher;
    hash_begin(&hasher, TAG_TX);
    hash_add_u64(&hasher, lots->events++);
    struct hash hash;
    hash_end(&hasher, &hash);
    memcpy(id, hash.bytes, HASH_SIZE);
    record->event_id = (ProtobufCBinaryData){.len = HASH_SIZE, .data = id};
    record->type = type;
    record->organisation = (char *)"mine";
    record->height = ++lots->height;
    record->time_ms = WORLD_TIME + lots->height;
    record->event_time_ms = record->time_ms;
    record->inputs = lots_alloc(lots, 2 * LOTS_PARTS * sizeof *record->inputs);
    record->outputs = lots_alloc(lots, 2 * LOTS_PARTS * sizeof *record->outputs);
    return event;
}

static Seam__LotEventPart *lots_part(struct lots *lots, const Seam__LotRecord *lot, int64_t kg)
{
    Seam__LotEventPart *part = lots_alloc(lots, sizeof *part);
    seam__lot_event_part__init(part);
    part->lot = lot->lot;
    part->qty_kg = kg;
    part->ncv_mj_t = lot->ncv_mj_t;
    return part;
}

static void lots_touch(struct lots_event *event, Seam__LotRecord *lot, int64_t change,
                       bool consumed, bool created)
{
    assert_true(event->count < 2 * LOTS_PARTS);
    event->touched[event->count] = lot;
    event->change[event->count] = change;
    event->consumed[event->count] = consumed;
    event->created[event->count] = created;
    event->count++;
}

/* So much of a lot goes into what the event makes. */
__attribute__((unused)) static void lots_take(struct lots_event *event, Seam__LotRecord *lot,
                                              int64_t kg)
{
    assert_true(kg > 0 && kg <= lot->qty_kg);
    event->record->inputs[event->record->n_inputs++] = lots_part(event->lots, lot, kg);
    event->record->inputs[event->record->n_inputs - 1]->edge = lot->edges + 1;
    event->record->inputs[event->record->n_inputs - 1]->created_event = lot->created_event;
    lot->qty_kg -= kg;
    lot->consumed_kg += kg;
    lots_touch(event, lot, -kg, true, false);
}

/* The event touches a lot; change is what it gains or (below zero) loses or has used of it. */
__attribute__((unused)) static void lots_change(struct lots_event *event, Seam__LotRecord *lot,
                                                int64_t change)
{
    assert_true(lot->qty_kg + change >= 0);
    event->record->inputs[event->record->n_inputs++] =
        lots_part(event->lots, lot, change < 0 ? -change : lot->qty_kg);
    lot->qty_kg += change;
    lot->gained_kg += change > 0 ? change : 0;
    lot->used_kg += change < 0 && event->record->type == LOT_USE_TYPE ? -change : 0;
    lot->lost_kg += change < 0 && event->record->type != LOT_USE_TYPE ? -change : 0;
    lots_touch(event, lot, change, false, false);
}

/* The event makes a lot of this product. */
__attribute__((unused)) static Seam__LotRecord *
lots_make(struct lots_event *event, const char *gtin, const char *product, int64_t kg, uint32_t ncv)
{
    struct lots *lots = event->lots;
    char id[40];
    assert_true(lots->count < LOTS_MAX);
    snprintf(id, sizeof id, "%s.L%zu", gtin, lots->count);
    Seam__LotRecord *lot = lots_alloc(lots, sizeof *lot);
    seam__lot_record__init(lot);
    lot->lot = lots_text(lots, id);
    lot->gtin = lots_text(lots, gtin);
    lot->product = lots_text(lots, product);
    lot->owner = (char *)"mine";
    lot->custodian = (char *)"mine";
    lot->qty_kg = kg;
    lot->created_kg = kg;
    lot->ncv_mj_t = ncv;
    lot->created_event = event->record->event_id;
    lot->created_time_ms = event->record->event_time_ms;
    lots->lots[lots->count++] = lot;
    event->record->outputs[event->record->n_outputs++] = lots_part(lots, lot, kg);
    lots_touch(event, lot, kg, false, true);
    lots_append(lots, LOT_LIST_ALL, "", lot->lot, NULL);
    return lot;
}

/* A mined or washed lot belongs to a facility's month. */
__attribute__((unused)) static void lots_stage(struct lots *lots, Seam__LotRecord *lot,
                                               const char *facility, const char *stage,
                                               const char *month)
{
    char owner[PRODUCED_OWNER_SIZE];
    lot->facility = lots_text(lots, facility);
    lot->stage = lots_text(lots, stage);
    lot->month = lots_text(lots, month);
    view_produced_owner(owner, facility, month, lot->product);
    lots_append(lots, LOT_LIST_PRODUCED, owner, lot->lot, NULL);
    Seam__LotMonthRecord made = SEAM__LOT_MONTH_RECORD__INIT;
    const Seam__LotMonthRecord *before = NULL;
    struct state_key key;
    if (view_lot_month(&before, lots->state, facility, month, lot->product, &lots->arena) == OK) {
        made = *before;
    }
    made.facility = lot->facility;
    made.month = lot->month;
    made.product = lot->product;
    made.lots++;
    made.qty_kg += lot->created_kg;
    assert_true(view_lot_month_key(&key, facility, month, lot->product));
    lots_put(lots, key, &made.base);
}

static bool lots_child(const struct lots_event *event, const Seam__LotRecord *parent,
                       const Seam__LotRecord *child)
{
    const uint32_t type = event->record->type;
    if (type != LOT_LOAD_TYPE) {
        return true;
    }
    /* A part stands right behind its lot. */
    for (size_t i = 0; i + 1 < event->count; i++) {
        if (event->touched[i] == parent) {
            return event->touched[i + 1] == child;
        }
    }
    return false;
}

static void lots_edge(const struct lots_event *event, size_t i, bool undone, uint32_t index)
{
    struct lots *lots = event->lots;
    Seam__LotEdge edge = SEAM__LOT_EDGE__INIT;
    char *children[2 * LOTS_PARTS];
    edge.event_id = event->record->event_id;
    edge.type = event->record->type;
    edge.qty_kg = -event->change[i];
    edge.children = children;
    edge.undone = undone;
    for (size_t j = 0; j < event->count; j++) {
        if (event->created[j] && lots_child(event, event->touched[i], event->touched[j])) {
            children[edge.n_children++] = event->touched[j]->lot;
        }
    }
    lots_put(lots, view_lot_edge_key(event->touched[i]->lot, index), &edge.base);
}

static void lots_write(struct lots *lots, Seam__LotRecord *lot)
{
    if (lot->state != LOT_VOID) {
        lot->state = lot->qty_kg == 0 ? LOT_CLOSED : LOT_IN_STOCK;
    }
    lots_put(lots, view_lot_key(lot->lot), &lot->base);
}

/* Writes the record, histories, edges and lots. */
__attribute__((unused)) static void lots_end(struct lots_event *event)
{
    struct lots *lots = event->lots;
    struct hash id;
    memcpy(id.bytes, event->record->event_id.data, HASH_SIZE);
    lots_put(lots, view_lot_event_key(&id), &event->record->base);
    lots_append(lots, LOT_LIST_ALL_EVENTS, "", "", id.bytes);
    for (size_t i = 0; i < event->record->n_devices; i++) {
        lots_append(lots, LOT_LIST_DEVICE, event->record->devices[i], "", id.bytes);
    }
    for (size_t i = 0; i < event->count; i++) {
        Seam__LotRecord *lot = event->touched[i];
        Seam__LotHistoryEntry entry = SEAM__LOT_HISTORY_ENTRY__INIT;
        entry.event_id = event->record->event_id;
        entry.type = event->record->type;
        entry.created = event->created[i];
        entry.change_kg = event->change[i];
        lots_put(lots, view_lot_history_key(lot->lot, lot->events++), &entry.base);
        if (event->consumed[i]) {
            lots_edge(event, i, false, lot->edges++);
        }
        lots_write(lots, lot);
    }
}

/* Takes the event back, as an error declaration does: nothing has followed from it. */
__attribute__((unused)) static void lots_undo(struct lots_event *event)
{
    struct lots *lots = event->lots;
    struct lots_event error = lots_begin(lots, LOT_ERROR_TYPE);
    event->record->error = lots_alloc(lots, sizeof *event->record->error);
    seam__lot_error_mark__init(event->record->error);
    event->record->error->reason = (char *)"DID_NOT_OCCUR";
    event->record->error->undone = true;
    struct hash id;
    memcpy(id.bytes, event->record->event_id.data, HASH_SIZE);
    lots_put(lots, view_lot_event_key(&id), &event->record->base);
    for (size_t i = 0; i < event->count; i++) {
        Seam__LotRecord *lot = event->touched[i];
        lots_touch(&error, lot, -event->change[i], false, false);
        lot->qty_kg -= event->change[i];
        if (event->created[i]) {
            lot->voided_kg += event->change[i];
            lot->state = LOT_VOID;
        } else if (event->change[i] < 0) {
            lot->returned_kg -= event->change[i];
        } else {
            lot->gained_kg -= event->change[i];
        }
        if (event->consumed[i]) {
            lots_edge(event, i, true, lot->edges - 1);
        }
    }
    lots_end(&error);
}

#endif
