/* SPDX-License-Identifier: Apache-2.0 */
/* Records have the members that an honest ledger gives them, so that what is read has its size:
 * signer, document, rules, quality, balance, history. */

#include "tools/bench_lots.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/crypto/hash.h"
#include "ledger/query/lot_trace.h"

#define BATCH 1000
#define MONTHS 24
#define MINES 2
#define INPUTS_MAX 3
#define CHILDREN_MAX 5
#define TIME_MS UINT64_C(1790000000000)
#define TEXT(literal) ((char *)(uintptr_t)(literal))

struct graph {
    struct kv *kv;
    uint32_t family;
    enum bench_lots_shape shape;
    uint64_t lots;
    struct kv_batch *batch;
    struct arena arena; /* of one batch */
};

/* What a lot was made of, and how much of each. */
struct made_of {
    size_t count;
    uint64_t lots[INPUTS_MAX];
    int64_t kg[INPUTS_MAX];
    int64_t created_kg;
};

static void lot_text(char *out, enum bench_lots_shape shape, uint64_t lot)
{
    static const char *const gtins[] = {"06901234567892.B", "06901234567908.D"};
    snprintf(out, BENCH_LOTS_ID, "%s-%" PRIu64, gtins[shape], lot);
}

void bench_lots_start(char out[BENCH_LOTS_ID], enum bench_lots_shape shape, uint64_t lots)
{
    lot_text(out, shape, shape == BENCH_LOTS_UP ? lots - 1 : 0);
}

static ProtobufCBinaryData some_hash(struct graph *graph, const char *kind, uint64_t number)
{
    struct hasher hasher;
    struct hash *hash = arena_alloc(&graph->arena, sizeof *hash);
    if (hash == NULL) {
        return (ProtobufCBinaryData){.len = 0};
    }
    hash_begin(&hasher, TAG_TX);
    hash_add(&hasher, bytes_text(kind));
    hash_add_u64(&hasher, (uint64_t)graph->shape << 32 | number);
    hash_end(&hasher, hash);
    return (ProtobufCBinaryData){.len = HASH_SIZE, .data = hash->bytes};
}

static enum err put(struct graph *graph, struct state_key key, const ProtobufCMessage *record)
{
    struct bytes value;
    const enum err err = message_pack(&value, record, &graph->arena);
    if (err == OK) {
        kv_batch_put(graph->batch, graph->family, state_key_bytes(&key), value);
    }
    return err;
}

/* --- shapes ----------------------------------------------------------------------------------- */

static uint64_t mined_of(const struct graph *graph)
{
    return graph->shape == BENCH_LOTS_UP ? (graph->lots + 1) / 2 : 1;
}

/* Mass of a lot of the downward graph: a sixth at each doubling, so that five take what they need.
 */
static int64_t mass_down(uint64_t lot)
{
    int64_t kg = INT64_C(1000000000000000);
    for (uint64_t next = lot + 1; next > 1; next /= 2) {
        kg /= 6;
    }
    return kg > 0 ? kg : 1;
}

static struct made_of made_of(const struct graph *graph, uint64_t lot)
{
    struct made_of out = {.count = 0, .created_kg = 3021};
    const uint64_t mined = mined_of(graph);
    if (graph->shape == BENCH_LOTS_DOWN) {
        out.lots[0] = lot > 0 ? (lot - 1) / 2 : 0;
        out.lots[1] = lot > 0 ? (lot - 1) / 3 : 0;
        out.count = lot == 0 ? 0 : out.lots[0] == out.lots[1] ? 1 : 2;
        out.kg[0] = mass_down(lot);
        out.kg[1] = mass_down(lot);
        out.created_kg = (int64_t)(out.count > 0 ? out.count : 1) * mass_down(lot);
    } else if (lot >= mined) {
        out.lots[0] = 2 * (lot - mined);
        out.lots[1] = out.lots[0] + 1;
        out.lots[2] = out.lots[0] / 2;
        out.count = out.lots[2] < out.lots[0] ? 3 : 2;
        for (size_t i = 0; i < INPUTS_MAX; i++) {
            out.kg[i] = (int64_t)(1000 + 7 * i);
        }
    }
    return out;
}

/* The lots made of a lot of the downward graph, ascending. */
static size_t children_of(const struct graph *graph, uint64_t lot, uint64_t out[CHILDREN_MAX])
{
    size_t count = 0;
    for (uint64_t next = 2 * lot + 1; graph->shape == BENCH_LOTS_DOWN && next <= 3 * lot + 3;
         next++) {
        const struct made_of of = made_of(graph, next);
        for (size_t i = 0; next < graph->lots && i < of.count; i++) {
            if (of.lots[i] == lot && count < CHILDREN_MAX) {
                out[count++] = next;
            }
        }
    }
    return count;
}

/* --- records ---------------------------------------------------------------------------------- */

static Seam__LotEventPart *part_new(struct graph *graph, uint64_t lot, int64_t kg)
{
    Seam__LotEventPart *part = arena_alloc(&graph->arena, sizeof *part);
    char *name = arena_alloc(&graph->arena, BENCH_LOTS_ID);
    if (part == NULL || name == NULL) {
        return NULL;
    }
    seam__lot_event_part__init(part);
    lot_text(name, graph->shape, lot);
    part->lot = name;
    part->qty_kg = kg;
    part->moisture_e4 = 800;
    part->ash_e4 = 2400;
    part->ncv_mj_t = 20900;
    part->share_ppm = 333333;
    return part;
}

/* Which edge of the parent leads to the lot: 1 + index. */
static uint32_t edge_to(const struct graph *graph, uint64_t parent, uint64_t lot)
{
    uint64_t children[CHILDREN_MAX];
    const size_t count = children_of(graph, parent, children);
    for (size_t i = 0; i < count; i++) {
        if (children[i] == lot) {
            return (uint32_t)(i + 1);
        }
    }
    return 1;
}

static enum err put_event(struct graph *graph, uint64_t lot, const struct made_of *of)
{
    Seam__LotEventPart *inputs[INPUTS_MAX];
    Seam__LotEventPart *outputs[1] = {part_new(graph, lot, of->created_kg)};
    ProtobufCBinaryData person = some_hash(graph, "person", lot % 7);
    ProtobufCBinaryData document = some_hash(graph, "document", lot);
    Seam__LotBalance balance = SEAM__LOT_BALANCE__INIT;
    Seam__LotEventRecord event = SEAM__LOT_EVENT_RECORD__INIT;
    struct hash id;
    for (size_t i = 0; i < of->count; i++) {
        inputs[i] = part_new(graph, of->lots[i], of->kg[i]);
        if (inputs[i] == NULL) {
            return ERR_MEMORY;
        }
        inputs[i]->created_event = some_hash(graph, "event", of->lots[i]);
        inputs[i]->edge = edge_to(graph, of->lots[i], lot);
    }
    event.event_id = some_hash(graph, "event", lot);
    if (outputs[0] == NULL || event.event_id.len == 0) {
        return ERR_MEMORY;
    }
    memcpy(id.bytes, event.event_id.data, HASH_SIZE);
    event.type = of->count == 0 ? LOT_MINE_TYPE : LOT_BLEND_TYPE;
    event.organisation = TEXT("mine-a-company");
    event.place = TEXT("mine-a");
    event.persons = &person;
    event.n_persons = 1;
    event.documents = &document;
    event.n_documents = 1;
    event.parameter_set_hash = some_hash(graph, "rules", 0);
    event.event_time_ms = TIME_MS + lot;
    event.time_ms = event.event_time_ms;
    event.height = lot + 1;
    event.inputs = inputs;
    event.n_inputs = of->count;
    event.outputs = outputs;
    event.n_outputs = 1;
    balance.in_kg = of->created_kg;
    balance.out_kg = of->created_kg;
    event.balance = &balance;
    return put(graph, view_lot_event_key(&id), &event.base);
}

static const char *mine_of(uint64_t lot)
{
    return lot % MINES == 0 ? "mine-a" : "mine-b";
}

static void month_text(char out[16], uint64_t number)
{
    snprintf(out, 16, "%04u-%02u", 2024 + (unsigned)(number % MONTHS) / 12,
             (unsigned)(number % MONTHS) % 12 + 1);
}

static enum err put_record(struct graph *graph, uint64_t lot, const struct made_of *of)
{
    char name[BENCH_LOTS_ID];
    char gtin[15];
    char month[16];
    uint64_t children[CHILDREN_MAX];
    const size_t edges = children_of(graph, lot, children);
    Seam__LotOrigin origin = SEAM__LOT_ORIGIN__INIT;
    Seam__LotOrigin *origins[1] = {&origin};
    Seam__LotRecord record = SEAM__LOT_RECORD__INIT;
    lot_text(name, graph->shape, lot);
    snprintf(gtin, sizeof gtin, "%.14s", name);
    month_text(month, lot / MINES);
    origin.facility = TEXT("mine-a");
    origin.organisation = TEXT("mine-a-company");
    origin.share_ppm = 1000000;
    record.lot = name;
    record.gtin = gtin;
    record.product = TEXT("raw");
    record.owner = TEXT("mine-a-company");
    record.custodian = record.owner;
    record.place = TEXT("mine-a");
    record.scheme = TEXT("cn-mrv");
    record.origins = origins;
    record.n_origins = 1;
    record.created_kg = of->created_kg;
    record.qty_kg = of->created_kg;
    record.moisture_e4 = 800;
    record.ash_e4 = 2400;
    record.ncv_mj_t = 20900;
    record.created_event = some_hash(graph, "event", lot);
    record.created_time_ms = TIME_MS + lot;
    record.events = (uint32_t)(1 + edges);
    record.edges = (uint32_t)edges;
    if (of->count == 0 && graph->shape == BENCH_LOTS_UP) {
        record.facility = TEXT(mine_of(lot));
        record.stage = TEXT("MI");
        record.month = month;
    }
    return put(graph, view_lot_key(name), &record.base);
}

/* The history of a lot, and the edges to what was made of it. */
static enum err put_ways(struct graph *graph, uint64_t lot, const struct made_of *of)
{
    char name[BENCH_LOTS_ID];
    char child[BENCH_LOTS_ID];
    char *names[1] = {child};
    uint64_t children[CHILDREN_MAX];
    const size_t count = children_of(graph, lot, children);
    Seam__LotHistoryEntry entry = SEAM__LOT_HISTORY_ENTRY__INIT;
    lot_text(name, graph->shape, lot);
    entry.event_id = some_hash(graph, "event", lot);
    entry.type = of->count == 0 ? LOT_MINE_TYPE : LOT_BLEND_TYPE;
    entry.created = true;
    entry.change_kg = of->created_kg;
    enum err err = put(graph, view_lot_history_key(name, 0), &entry.base);
    for (size_t i = 0; err == OK && i < count; i++) {
        Seam__LotEdge edge = SEAM__LOT_EDGE__INIT;
        edge.event_id = some_hash(graph, "event", children[i]);
        edge.type = LOT_BLEND_TYPE;
        edge.qty_kg = mass_down(children[i]);
        lot_text(child, graph->shape, children[i]);
        edge.children = names;
        edge.n_children = 1;
        entry.event_id = edge.event_id;
        entry.type = LOT_BLEND_TYPE;
        entry.created = false;
        entry.change_kg = -edge.qty_kg;
        err = put(graph, view_lot_edge_key(name, (uint32_t)i), &edge.base);
        if (err == OK) {
            err = put(graph, view_lot_history_key(name, (uint32_t)(1 + i)), &entry.base);
        }
    }
    return err;
}

/* --- accounts --------------------------------------------------------------------------------- */

static enum err put_account(struct graph *graph, const char *mine, const char *month)
{
    Seam__StageFactor factor = SEAM__STAGE_FACTOR__INIT;
    Seam__StageFactor *factors[1] = {&factor};
    Seam__Account account = SEAM__ACCOUNT__INIT;
    Seam__AccountHead head = SEAM__ACCOUNT_HEAD__INIT;
    Seam__AccountRecord record = SEAM__ACCOUNT_RECORD__INIT;
    struct state_key head_key;
    struct state_key key;
    struct bytes packed;
    factor.stage = TEXT("MI");
    factor.product = TEXT("raw");
    factor.factor_g_per_t = 41234;
    account.facility = TEXT(mine);
    account.kind = TEXT("UG");
    account.period = TEXT(month);
    account.version = 1;
    account.state = TEXT("VALUE");
    account.gross_g = 8123456789;
    account.factors = factors;
    account.n_factors = 1;
    head.facility = account.facility;
    head.period = account.period;
    head.version = 1;
    head.account_hash = some_hash(graph, "account", 1);
    head.state = account.state;
    record.account_hash = head.account_hash;
    record.tx_id = some_hash(graph, "account", 2);
    record.organisation = TEXT("mine-a-company");
    enum err err = message_pack(&packed, &account.base, &graph->arena);
    if (err != OK) {
        return err;
    }
    record.account = (ProtobufCBinaryData){packed.size, (uint8_t *)(uintptr_t)packed.data};
    if (!view_account_key(&head_key, mine, month) ||
        !view_account_version_key(&key, mine, month, 1)) {
        return ERR_INTERNAL;
    }
    err = put(graph, head_key, &head.base);
    return err == OK ? put(graph, key, &record.base) : err;
}

static enum err put_accounts(struct graph *graph)
{
    enum err err = OK;
    for (uint64_t i = 0; err == OK && i < MINES; i++) {
        Seam__FacilityRecord facility = SEAM__FACILITY_RECORD__INIT;
        facility.facility = TEXT(mine_of(i));
        facility.organisation = TEXT("mine-a-company");
        facility.kind = TEXT("UG");
        facility.cadence = TEXT("MONTH");
        err = put(graph, state_key_named(KEY_FACILITY, mine_of(i)), &facility.base);
        for (uint64_t j = 0; err == OK && j < MONTHS; j++) {
            char month[16];
            month_text(month, j);
            err = put_account(graph, mine_of(i), month);
        }
    }
    return err;
}

/* --- writing ---------------------------------------------------------------------------------- */

static enum err put_lot(struct graph *graph, uint64_t lot)
{
    const struct made_of of = made_of(graph, lot);
    enum err err = put_event(graph, lot, &of);
    if (err == OK) {
        err = put_record(graph, lot, &of);
    }
    return err == OK ? put_ways(graph, lot, &of) : err;
}

static enum err write_some(struct graph *graph, uint64_t from)
{
    graph->batch = kv_batch_new(graph->kv);
    arena_init(&graph->arena, (size_t)256 << 20);
    enum err err = graph->batch == NULL ? ERR_MEMORY : OK;
    if (err == OK && from == 0 && graph->shape == BENCH_LOTS_UP) {
        err = put_accounts(graph);
    }
    for (uint64_t i = from; err == OK && i < from + BATCH && i < graph->lots; i++) {
        err = put_lot(graph, i);
    }
    if (err == OK) {
        err = kv_write(graph->kv, graph->batch, false);
    }
    kv_batch_free(graph->batch);
    arena_free(&graph->arena);
    return err;
}

enum err bench_lots_write(struct kv *kv, uint32_t family, enum bench_lots_shape shape,
                          uint64_t lots)
{
    struct graph graph = {.kv = kv, .family = family, .shape = shape, .lots = lots};
    enum err err = OK;
    for (uint64_t from = 0; err == OK && from < lots; from += BATCH) {
        err = write_some(&graph, from);
    }
    return err;
}
