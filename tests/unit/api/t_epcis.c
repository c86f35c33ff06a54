/* SPDX-License-Identifier: Apache-2.0 */
/* One event of every type, written as a document and held against the one in tests/vectors, which
 * tests/e2e/t_epcis.py holds against the published schema. The argument `write` writes it anew. */
#include "api/epcis.h"

#include "api/epcis_hash.h"
#include "tests/unit/governance/world.h"

#define VECTOR SEAM_SOURCE_DIR "/tests/vectors/epcis_lots.json"
#define RAW_LOT "06901234567892.RAW-1"
#define CLEAN_LOT "06901234567908.C1"
#define PART_LOT "06901234567908.C1-T1"
#define SSCC "106901234567890128"

static struct world *world;
static struct arena arena;
static bool write_anew;

static int setup(void **state)
{
    arena_init(&arena, (size_t)256 << 20);
    const int failed = world_setup(state);
    world = *state;
    return failed;
}

static int teardown(void **state)
{
    arena_free(&arena);
    return world_teardown(state);
}

static struct hash event_id(uint8_t number)
{
    struct hash id;
    memset(id.bytes, number, sizeof id.bytes);
    return id;
}

static ProtobufCBinaryData data_of(struct hash hash)
{
    return world_bytes(world, hash.bytes, sizeof hash.bytes);
}

static Seam__LotEventPart *part(const char *lot, int64_t kg)
{
    Seam__LotEventPart *out = world_alloc(world, sizeof *out);
    seam__lot_event_part__init(out);
    out->lot = world_text(world, lot);
    out->qty_kg = kg;
    out->moisture_e4 = 700;
    out->ash_e4 = 2810;
    out->ncv_mj_t = 22400;
    out->has_carbon = strcmp(lot, RAW_LOT) != 0;
    out->carbon_e4 = 6400;
    return out;
}

static Seam__LotEventPart **parts(size_t *count, Seam__LotEventPart *a, Seam__LotEventPart *b)
{
    Seam__LotEventPart **list = world_alloc(world, 2 * sizeof *list);
    list[0] = a;
    list[1] = b;
    *count = b != NULL ? 2 : 1;
    return list;
}

static Seam__LotEventRecord *event(uint8_t number, uint32_t type)
{
    Seam__LotEventRecord *out = world_alloc(world, sizeof *out);
    seam__lot_event_record__init(out);
    out->event_id = data_of(event_id(number));
    out->type = type;
    out->organisation = world_text(world, "mine");
    out->place = world_text(world, "mine-a");
    out->event_time_ms = WORLD_TIME + number * UINT64_C(3600000);
    out->time_ms = out->event_time_ms + 1234;
    out->height = number;
    return out;
}

static void keep(const Seam__LotEventRecord *record)
{
    struct hash id;
    memcpy(id.bytes, record->event_id.data, sizeof id.bytes);
    const struct state_key key = view_lot_event_key(&id);
    assert_int_equal(view_put(world->state, state_key_bytes(&key), &record->base, &world->arena),
                     OK);
}

static void keep_offer(uint8_t number, const char *what, const char *lot, const char *sscc)
{
    Seam__OfferRecord offer = SEAM__OFFER_RECORD__INIT;
    const struct hash id = event_id(number);
    offer.offer = data_of(id);
    offer.what = world_text(world, what);
    offer.lot = world_text(world, lot);
    offer.sscc = world_text(world, sscc);
    offer.from = world_text(world, "mine");
    offer.to = world_text(world, "group");
    offer.qty_kg = 61207;
    const struct state_key key = view_offer_key(&id);
    assert_int_equal(view_put(world->state, state_key_bytes(&key), &offer.base, &world->arena), OK);
}

static void mine_and_wash(void)
{
    Seam__LotEventRecord *mine = event(1, LOT_MINE_TYPE);
    mine->outputs = parts(&mine->n_outputs, part(RAW_LOT, 1200500), NULL);
    mine->facility = world_text(world, "mine-a");
    mine->stage = world_text(world, "MI");
    mine->month = world_text(world, "2026-09");
    mine->face = world_text(world, "face 7 \"east\"");
    mine->devices = world_list(world, "belt-scale-1", &mine->n_devices);
    keep(mine);
    Seam__LotEventRecord *wash = event(2, LOT_WASH_TYPE);
    wash->inputs = parts(&wash->n_inputs, part(RAW_LOT, 1200000), NULL);
    wash->outputs =
        parts(&wash->n_outputs, part(CLEAN_LOT, 700000), part("06901234567915.M1", 450001));
    wash->losses = parts(&wash->n_losses, part("", 50000), NULL);
    wash->water = world_text(world, "12.5");
    wash->documents = world_alloc(world, sizeof *wash->documents);
    wash->documents[0] = data_of(event_id(0xAB));
    wash->n_documents = 1;
    keep(wash);
    Seam__LotEventRecord *blend = event(3, LOT_BLEND_TYPE);
    blend->inputs = parts(&blend->n_inputs, part(CLEAN_LOT, 1), part("06901234567915.M1", 1));
    blend->outputs = parts(&blend->n_outputs, part("06901234567922.B1", 2), NULL);
    keep(blend);
    Seam__LotEventRecord *split = event(4, LOT_SPLIT_TYPE);
    split->inputs = parts(&split->n_inputs, part("06901234567922.B1", 2), NULL);
    split->outputs =
        parts(&split->n_outputs, part("06901234567922.B2", 1), part("06901234567922.B3", 1));
    keep(split);
}

static void move(void)
{
    Seam__LotEventRecord *load = event(5, LOT_LOAD_TYPE);
    load->sscc = world_text(world, SSCC);
    load->inputs = parts(&load->n_inputs, part(CLEAN_LOT, 61207), part("06901234567915.M1", 7));
    load->outputs = parts(&load->n_outputs, part(PART_LOT, 61207), NULL);
    keep(load);
    Seam__LotEventRecord *depart = event(6, LOT_DEPART_TYPE);
    depart->sscc = load->sscc;
    depart->to = world_text(world, "6901234567892.dock-3");
    depart->mode = world_text(world, "RAIL");
    depart->distance_hm = 12345;
    depart->vehicle = world_text(world, "train 7001");
    depart->inputs = parts(&depart->n_inputs, part(PART_LOT, 61207), NULL);
    keep(depart);
    Seam__LotEventRecord *arrive = event(7, LOT_ARRIVE_TYPE);
    arrive->sscc = load->sscc;
    arrive->place = world_text(world, "6901234567892.0");
    arrive->inputs = depart->inputs;
    arrive->n_inputs = depart->n_inputs;
    keep(arrive);
    Seam__LotEventRecord *unload = event(8, LOT_UNLOAD_TYPE);
    unload->sscc = load->sscc;
    unload->place = world_text(world, "6901234567892");
    unload->inputs = depart->inputs;
    unload->n_inputs = depart->n_inputs;
    keep(unload);
}

static void trade(void)
{
    static const char *const answers[] = {"ACCEPT", "REFUSE"};
    for (uint8_t i = 0; i < 2; i++) {
        Seam__LotEventRecord *offer = event((uint8_t)(9 + 2 * i), LOT_OFFER_TYPE);
        offer->offer = offer->event_id;
        offer->price_hash = data_of(event_id(0xCD));
        keep_offer((uint8_t)(9 + 2 * i), i == 0 ? "BOTH" : "CUSTODY", i == 0 ? PART_LOT : "",
                   i == 0 ? "" : SSCC);
        keep(offer);
        Seam__LotEventRecord *answer = event((uint8_t)(10 + 2 * i), LOT_ANSWER_TYPE);
        answer->organisation = world_text(world, "group");
        answer->offer = offer->event_id;
        answer->answer = world_text(world, answers[i]);
        keep(answer);
    }
}

static void end(void)
{
    Seam__LotEventRecord *use = event(13, LOT_USE_TYPE);
    use->inputs = parts(&use->n_inputs, part(PART_LOT, 61000), NULL);
    use->use = world_text(world, "POWER");
    keep(use);
    use = event(14, LOT_USE_TYPE);
    use->inputs = parts(&use->n_inputs, part(PART_LOT, 100), NULL);
    use->use = world_text(world, "COKE");
    keep(use);
    Seam__LotEventRecord *loss = event(15, LOT_LOSS_TYPE);
    loss->inputs = parts(&loss->n_inputs, part(PART_LOT, 7), NULL);
    loss->cause = world_text(world, "THEFT");
    keep(loss);
    Seam__LotEventRecord *stock = event(16, LOT_STOCKTAKE_TYPE);
    stock->inputs = parts(&stock->n_inputs, part(CLEAN_LOT, 5), NULL);
    keep(stock);
    Seam__LotEventRecord *wrong = event(17, LOT_LOSS_TYPE);
    wrong->inputs = loss->inputs;
    wrong->n_inputs = 1;
    wrong->cause = world_text(world, "FIRE");
    wrong->error = world_alloc(world, sizeof *wrong->error);
    seam__lot_error_mark__init(wrong->error);
    wrong->error->reason = world_text(world, "INCORRECT_DATA");
    wrong->error->time_ms = wrong->time_ms + 1000;
    wrong->error->corrective_events = world_alloc(world, sizeof(ProtobufCBinaryData));
    wrong->error->corrective_events[0] = data_of(event_id(15));
    wrong->error->n_corrective_events = 1;
    keep(wrong);
    keep(event(18, LOT_ERROR_TYPE));
}

static struct bytes write_document(struct json_out *out)
{
    struct hash events[18];
    struct bytes text = {0};
    for (uint8_t i = 0; i < 18; i++) {
        events[i] = event_id((uint8_t)(i + 1));
    }
    json_out_init(out, JSON_OUT_INDENT, 1 << 20);
    assert_int_equal(epcis_document(out, world->state, events, 18, WORLD_TIME, &arena), OK);
    assert_int_equal(json_out_finish(out, &text), OK);
    return text;
}

static void all_events(void **state)
{
    (void)state;
    static char expected[1 << 20];
    struct json_out out;
    mine_and_wash();
    move();
    trade();
    end();
    const struct bytes text = write_document(&out);
    if (write_anew) {
        FILE *file = fopen(VECTOR, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(text.data, 1, text.size, file), text.size);
        assert_int_equal(fclose(file), 0);
    }
    FILE *file = fopen(VECTOR, "rb");
    assert_non_null(file);
    const size_t size = fread(expected, 1, sizeof expected - 1, file);
    fclose(file);
    expected[size] = '\0';
    assert_string_equal((const char *)text.data, expected);
    json_out_free(&out);
}

/* Whoever reads the document computes the ids that stand in it, and an error declaration keeps the
 * id of what it is about (EPCIS 2.0, 7.4.1.4). */
static void ids(void **state)
{
    (void)state;
    struct json_out out;
    struct json_doc *doc = NULL;
    struct bytes prepared;
    size_t declared = 0;
    mine_and_wash();
    move();
    trade();
    end();
    const struct bytes text = write_document(&out);
    assert_int_equal(epcis_hash_prepare(&prepared, text, &arena), OK);
    assert_int_equal(json_doc_read(&doc, prepared, 1 << 21, NULL), OK);
    const struct json_node *root = json_doc_root(doc);
    const struct json_node *list = json_node_get(json_node_get(root, "epcisBody"), "eventList");
    assert_int_equal(json_node_count(list), 18); /* 17 events, one of them twice */
    for (size_t i = 0; i < 18; i++) {
        const struct json_node *node = json_node_at(list, i);
        struct bytes string;
        char id[EPCIS_HASH_SIZE];
        assert_int_equal(epcis_hash_string(&string, node, root, &arena), OK);
        epcis_hash_id(id, string);
        assert_string_equal(id, json_node_text(json_node_get(node, "eventID")));
        declared += json_node_get(node, "errorDeclaration") != NULL ? 1 : 0;
    }
    assert_int_equal(declared, 1);
    const struct json_node *first = json_node_at(list, 16);
    const struct json_node *second = json_node_at(list, 17);
    assert_string_equal(json_node_text(json_node_get(first, "eventID")),
                        json_node_text(json_node_get(second, "eventID")));
    const struct json_node *corrective =
        json_node_get(json_node_get(second, "errorDeclaration"), "correctiveEventIDs");
    assert_string_equal(json_node_text(json_node_at(corrective, 0)),
                        json_node_text(json_node_get(json_node_at(list, 14), "eventID")));
    json_doc_free(doc);
    json_out_free(&out);
}

static void absent(void **state)
{
    (void)state;
    struct json_out out;
    const struct hash unknown = event_id(99);
    json_out_init(&out, JSON_OUT_COMPACT, 1 << 20);
    assert_int_equal(epcis_document(&out, world->state, &unknown, 1, WORLD_TIME, &arena),
                     ERR_ABSENT);
    json_out_free(&out);
}

int main(int argc, char **argv)
{
    write_anew = argc > 1 && strcmp(argv[1], "write") == 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_events, setup, teardown),
        cmocka_unit_test_setup_teardown(ids, setup, teardown),
        cmocka_unit_test_setup_teardown(absent, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
