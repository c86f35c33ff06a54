/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_PROVENANCE_WORLD_H
#define TESTS_UNIT_PROVENANCE_WORLD_H

/* A small coal world for tests: two mines of two organisations, a washing plant, a carrier, a power
 * station, a coking plant, a verifier; the lot rules, adopted; products with their GTINs; and short
 * ways to send each event. */

#include "ledger/accounting/set.h"
#include "ledger/governance/view.h"
#include "ledger/provenance/identifier.h"
#include "ledger/provenance/provenance.h"
#include "ledger/provenance/view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define UNUSED __attribute__((unused))

struct world {
    struct arena arena;
    struct overlay *base; /* sealed */
    struct overlay *state;
    struct hash set_hash;
    uint64_t height;
    uint64_t time_ms; /* of the block */
    uint64_t event_ms; /* of the next event */
    uint32_t receipt_flags;
    struct hash tx_id; /* of the last transaction */
    struct err_detail detail;
    char gtin_raw[GTIN_SIZE];
    char gtin_raw2[GTIN_SIZE];
    char gtin_clean[GTIN_SIZE];
    char gtin_middlings[GTIN_SIZE];
    char gtin_gangue[GTIN_SIZE];
    char gtin_blend[GTIN_SIZE];
    char gtin_mix[GTIN_SIZE]; /* of power */
    char port[16];
};

static inline void *world_alloc(struct world *world, size_t size)
{
    void *memory = arena_alloc(&world->arena, size);
    assert_non_null(memory);
    return memory;
}

static inline char *world_text(struct world *world, const char *text)
{
    char *copy = arena_text(&world->arena, text, strlen(text));
    assert_non_null(copy);
    return copy;
}

static inline uint64_t world_time(const char *text)
{
    uint64_t out = 0;
    assert_int_equal(time_parse(&out, bytes_text(text)), OK);
    return out;
}

static inline enum err world_nothing(void *context, struct bytes key, struct arena *arena,
                                     struct bytes *out)
{
    (void)context;
    (void)key;
    (void)arena;
    (void)out;
    return ERR_ABSENT;
}

static inline void world_put(struct world *world, struct state_key key,
                             const ProtobufCMessage *record)
{
    assert_int_equal(view_put(world->state, state_key_bytes(&key), record, &world->arena), OK);
}

static inline void world_organisation(struct world *world, const char *name, uint32_t roles)
{
    Seam__OrganisationRecord record = SEAM__ORGANISATION_RECORD__INIT;
    record.organisation = (char *)name;
    record.roles = roles;
    record.jurisdiction = (char *)"CN-14";
    world_put(world, state_key_named(KEY_ORGANISATION, name), &record.base);
}

static inline void world_facility(struct world *world, const char *name, const char *organisation,
                                  const char *kind)
{
    Seam__FacilityRecord record = SEAM__FACILITY_RECORD__INIT;
    record.facility = (char *)name;
    record.organisation = (char *)organisation;
    record.kind = (char *)kind;
    record.jurisdiction = (char *)"CN-14";
    record.scheme = (char *)"cn-coal";
    record.cadence = (char *)"MONTH";
    record.start_period = (char *)"2026-01";
    world_put(world, state_key_named(KEY_FACILITY, name), &record.base);
}

static inline void world_set(struct world *world, struct set *set)
{
    struct errors errors;
    FILE *file = fopen(SEAM_SOURCE_DIR "/genesis/sets/LOT-RULES-1.json", "rb");
    char *text = world_alloc(world, 65536);
    assert_non_null(file);
    const size_t size = fread(text, 1, 65536, file);
    fclose(file);
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    assert_int_equal(set_read_json(set, bytes_of(text, size), &world->arena, &errors), OK);
}

/* A scheme adopts a set, as its newest. */
static inline void world_adopt(struct world *world, const char *scheme, const char *id,
                               const struct hash *set_hash, const char *from)
{
    struct hash copy = *set_hash;
    Seam__AdoptionRecord adoption = SEAM__ADOPTION_RECORD__INIT;
    Seam__AdoptionHead head = SEAM__ADOPTION_HEAD__INIT;
    const Seam__AdoptionHead *before = NULL;
    if (view_adoption_head(&before, world->state, scheme, &world->arena) == OK) {
        adoption.previous = before->set_hash;
    }
    adoption.scheme = (char *)scheme;
    adoption.set_hash = (ProtobufCBinaryData){.len = HASH_SIZE, .data = copy.bytes};
    adoption.id = (char *)id;
    adoption.version = 1;
    adoption.from_period = (char *)from;
    struct state_key key = state_key_of(KEY_ADOPTION);
    state_key_id(&key, KEY_ADOPTION, scheme);
    state_key_hash(&key, set_hash);
    world_put(world, key, &adoption.base);
    head.set_hash = adoption.set_hash;
    world_put(world, state_key_named(KEY_ADOPTION_HEAD, scheme), &head.base);
}

/* A set as published, version 1. */
static inline void world_publish(struct world *world, const char *id, const struct hash *set_hash,
                                 struct bytes bytes)
{
    struct hash copy = *set_hash;
    Seam__ParameterSetRecord record = SEAM__PARAMETER_SET_RECORD__INIT;
    Seam__ParameterSetName name = SEAM__PARAMETER_SET_NAME__INIT;
    record.id = name.id = (char *)id;
    record.version = name.version = 1;
    record.hash = (ProtobufCBinaryData){.len = HASH_SIZE, .data = copy.bytes};
    record.parameter_set = (ProtobufCBinaryData){.len = bytes.size, .data = (uint8_t *)bytes.data};
    struct state_key key = state_key_named(KEY_PARAMETER_SET, id);
    state_key_u32(&key, 1);
    world_put(world, key, &record.base);
    key = state_key_of(KEY_PARAMETER_SET_HASH);
    state_key_hash(&key, set_hash);
    world_put(world, key, &name.base);
}

/* Publishes a set; cn-coal adopts it, and events name it from now on. */
static inline void world_rules(struct world *world, const struct set *set)
{
    world->set_hash = set->hash;
    world_publish(world, set->message->id, &set->hash, set->bytes);
    world_adopt(world, "cn-coal", set->message->id, &set->hash, "2026-01");
}

/* Thirteen digits and their check digit. */
static inline void world_gtin(char *out, const char *digits)
{
    memcpy(out, digits, 13);
    out[13] = identifier_check_digit(digits, 13);
    out[14] = '\0';
}

static inline void world_product(struct world *world, const char *gtin, const char *organisation,
                                 const char *product)
{
    Seam__ProductRecord record = SEAM__PRODUCT_RECORD__INIT;
    record.gtin = (char *)gtin;
    record.product = (char *)product;
    record.organisation = (char *)organisation;
    world_put(world, view_product_key(gtin), &record.base);
}

static inline void world_products(struct world *world)
{
    world_gtin(world->gtin_raw, "0690123456789");
    world_gtin(world->gtin_raw2, "0690123456780");
    world_gtin(world->gtin_clean, "0690123450001");
    world_gtin(world->gtin_middlings, "0690123450002");
    world_gtin(world->gtin_gangue, "0690123450003");
    world_gtin(world->gtin_blend, "0690123450004");
    world_gtin(world->gtin_mix, "0690123450005");
    world_product(world, world->gtin_raw, "mine", "raw");
    world_product(world, world->gtin_raw2, "mine-2", "raw");
    world_product(world, world->gtin_clean, "washery", "clean");
    world_product(world, world->gtin_middlings, "washery", "middlings");
    world_product(world, world->gtin_gangue, "washery", "gangue");
    world_product(world, world->gtin_blend, "washery", "blend");
    world_product(world, world->gtin_mix, "power", "blend");
    memcpy(world->port, "690123400000", 12);
    world->port[12] = identifier_check_digit(world->port, 12);
    world->port[13] = '\0';
}

static inline void world_open(struct world *world)
{
    const struct state_base base = {.get = world_nothing};
    Seam__JurisdictionRecord jurisdiction = SEAM__JURISDICTION_RECORD__INIT;
    struct set set;
    memset(world, 0, sizeof *world);
    arena_init(&world->arena, (size_t)512 << 20);
    world->state = overlay_new(NULL, &base);
    assert_non_null(world->state);
    jurisdiction.jurisdiction = (char *)"CN-14";
    jurisdiction.utc_offset_minutes = 480;
    world_put(world, state_key_named(KEY_JURISDICTION, "CN-14"), &jurisdiction.base);
    world_organisation(world, "mine", ROLE_MINE);
    world_organisation(world, "mine-2", ROLE_MINE);
    world_organisation(world, "washery", ROLE_MINE);
    world_organisation(world, "carrier", ROLE_CARRIER);
    world_organisation(world, "power", ROLE_USER);
    world_organisation(world, "coking", ROLE_USER);
    world_organisation(world, "verifier", ROLE_VERIFIER);
    world_facility(world, "mine-a", "mine", "UG");
    world_facility(world, "mine-c", "mine", "OP");
    world_facility(world, "mine-b", "mine-2", "UG");
    world_facility(world, "plant", "washery", "WP");
    world_set(world, &set);
    world_rules(world, &set);
    world_products(world);
    overlay_seal(world->state);
    world->base = world->state;
    world->state = overlay_new(world->base, NULL);
    world->height = 10;
    world->time_ms = world_time("2026-09-20T08:00:00Z");
    world->event_ms = world_time("2026-09-10T08:00:00Z");
}

static inline void world_close(struct world *world)
{
    overlay_drop(world->state);
    overlay_drop(world->base);
    arena_free(&world->arena);
}

UNUSED static int world_setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world_open(world);
    *state = world;
    return 0;
}

UNUSED static int world_teardown(void **state)
{
    world_close(*state);
    free(*state);
    return 0;
}

static inline const struct rule_row *world_row(uint32_t type)
{
    for (size_t i = 0; i < provenance_rules.count; i++) {
        if (provenance_rules.rows[i].type == type) {
            return &provenance_rules.rows[i];
        }
    }
    fail_msg("no row %u", (unsigned)type);
    return NULL;
}

static inline void world_tx_id(struct world *world)
{
    world->height++;
    memset(&world->tx_id, 0, sizeof world->tx_id);
    memcpy(world->tx_id.bytes, &world->height, sizeof world->height);
    world->tx_id.bytes[31] = 1;
}

/* The rule as the executor calls it; what a refusal wrote is rolled back. */
static inline enum judgement world_apply(struct world *world, const char *organisation,
                                         uint32_t type, const ProtobufCMessage *payload)
{
    struct rule_signer signers[2];
    struct rule_context context;
    struct arena scratch;
    arena_init(&scratch, (size_t)16 << 20);
    memset(signers, 0, sizeof signers);
    memset(&context, 0, sizeof context);
    signers[0].usage = USAGE_SUBMIT;
    signers[1].usage = USAGE_APPROVE;
    signers[1].person.bytes[0] = 1;
    world_tx_id(world);
    context.state = world->state;
    context.arena = &scratch;
    context.height = world->height;
    context.time_ms = world->time_ms;
    context.rules_version = 1;
    context.tx_id = world->tx_id;
    context.organisation_id = organisation;
    id_hash(&context.organisation, KEY_ORGANISATION, organisation);
    context.signers = signers;
    context.signer_count = world_row(type)->signatures;
    memset(&world->detail, 0, sizeof world->detail);
    const size_t mark = overlay_mark(world->state);
    const enum judgement judgement =
        world_row(type)->apply(&context, payload, NULL, &world->detail);
    world->receipt_flags = context.receipt_flags;
    if (judgement != JUDGE_OK) {
        assert_int_not_equal(world->detail.err, OK);
        overlay_rollback(world->state, mark);
    }
    arena_free(&scratch);
    return judgement;
}

#define assert_ok(expression)                                                                      \
    do {                                                                                           \
        if ((expression) != JUDGE_OK) {                                                            \
            fail_msg("%s:%d: %s %s [%s] %s | %s", __FILE__, __LINE__, err_name(world->detail.err), \
                     world->detail.field, world->detail.rule, world->detail.limit,                 \
                     world->detail.hint);                                                          \
        }                                                                                          \
    } while (0)

#define assert_refused(expression, judgement_, err_, field_)                                       \
    do {                                                                                           \
        const enum judgement judged = (expression);                                                \
        if (judged != (judgement_) || world->detail.err != (err_) ||                               \
            strcmp(world->detail.field, (field_)) != 0) {                                          \
            fail_msg("%s:%d: %d %s %s [%s] %s | %s", __FILE__, __LINE__, (int)judged,              \
                     err_name(world->detail.err), world->detail.field, world->detail.rule,         \
                     world->detail.limit, world->detail.hint);                                     \
        }                                                                                          \
    } while (0)

/* --- parts ----------------------------------------------------------------------------------- */

/* GTIN.BATCH */
static inline char *world_lot(struct world *world, const char *gtin, const char *batch)
{
    char text[64];
    snprintf(text, sizeof text, "%s.%s", gtin, batch);
    return world_text(world, text);
}

/* An SSCC by number. */
static inline char *world_sscc(struct world *world, unsigned number)
{
    char text[20];
    snprintf(text, sizeof text, "06901234%09u", number);
    text[17] = identifier_check_digit(text, 17);
    text[18] = '\0';
    return world_text(world, text);
}

static inline Seam__LotHead *world_head(struct world *world, const char *place)
{
    Seam__LotHead *head = world_alloc(world, sizeof *head);
    seam__lot_head__init(head);
    head->event_time_ms = world->event_ms;
    head->place = world_text(world, place);
    head->parameter_set_hash =
        (ProtobufCBinaryData){.len = HASH_SIZE, .data = world->set_hash.bytes};
    return head;
}

static inline Seam__LotQuality *world_quality(struct world *world, const char *moisture,
                                              const char *ash, const char *ncv, const char *carbon)
{
    Seam__LotQuality *quality = world_alloc(world, sizeof *quality);
    seam__lot_quality__init(quality);
    quality->moisture = world_text(world, moisture);
    quality->ash = world_text(world, ash);
    quality->ncv = world_text(world, ncv);
    quality->carbon = world_text(world, carbon);
    return quality;
}

static inline Seam__LotAmount *world_amount(struct world *world, const char *lot, const char *qty)
{
    Seam__LotAmount *amount = world_alloc(world, sizeof *amount);
    seam__lot_amount__init(amount);
    amount->lot = world_text(world, lot);
    amount->qty = world_text(world, qty);
    return amount;
}

/* Raw coal of mine-a: moisture 0.08, ash 0.28, 24 GJ/t, carbon 0.62. */
UNUSED static Seam__LotMine *world_mine(struct world *world, const char *lot, const char *qty)
{
    Seam__LotMine *in = world_alloc(world, sizeof *in);
    seam__lot_mine__init(in);
    in->event = world_head(world, "mine-a");
    in->lot = world_text(world, lot);
    in->qty = world_text(world, qty);
    in->quality = world_quality(world, "0.08", "0.28", "24", "0.62");
    in->facility = world_text(world, "mine-a");
    in->month = world_text(world, "2026-09");
    return in;
}

static inline enum judgement world_mined(struct world *world, const char *lot, const char *qty)
{
    return world_apply(world, "mine", LOT_MINE_TYPE, &world_mine(world, lot, qty)->base);
}

static inline enum judgement world_offer(struct world *world, const char *from, const char *what,
                                         const char *lot, const char *to, const char *place)
{
    Seam__LotOffer in = SEAM__LOT_OFFER__INIT;
    in.event = world_head(world, place);
    in.what = (char *)what;
    in.to = (char *)to;
    if (strchr(lot, '.') != NULL) {
        in.lot = (char *)lot;
    } else {
        in.sscc = (char *)lot;
    }
    return world_apply(world, from, LOT_OFFER_TYPE, &in.base);
}

static inline enum judgement world_answer(struct world *world, const char *from,
                                          const struct hash *offer, const char *answer,
                                          const char *received, const char *place)
{
    Seam__LotAnswer in = SEAM__LOT_ANSWER__INIT;
    struct hash id = *offer;
    in.event = world_head(world, place);
    in.offer = (ProtobufCBinaryData){.len = HASH_SIZE, .data = id.bytes};
    in.answer = (char *)answer;
    in.qty_received = (char *)received;
    in.reason = (char *)(strcmp(answer, "ACCEPT") == 0 ? "" : "not as agreed");
    return world_apply(world, from, LOT_ANSWER_TYPE, &in.base);
}

/* Both signatures: the lot, or load, goes over. */
UNUSED static void world_handover(struct world *world, const char *from, const char *what,
                                  const char *lot, const char *to, const char *place,
                                  const char *new_place)
{
    assert_ok(world_offer(world, from, what, lot, to, place));
    const struct hash offer = world->tx_id;
    assert_ok(world_answer(world, to, &offer, "ACCEPT", "", new_place));
}

static inline enum judgement world_use(struct world *world, const char *who, const char *lot,
                                       const char *qty, const char *place)
{
    Seam__LotUse in = SEAM__LOT_USE__INIT;
    in.event = world_head(world, place);
    in.lot = (char *)lot;
    in.qty = (char *)qty;
    in.use = (char *)"POWER";
    return world_apply(world, who, LOT_USE_TYPE, &in.base);
}

static inline enum judgement world_lose(struct world *world, const char *who, const char *lot,
                                        const char *qty, const char *cause, const char *place)
{
    Seam__LotLoss in = SEAM__LOT_LOSS__INIT;
    in.event = world_head(world, place);
    in.lot = (char *)lot;
    in.qty = (char *)qty;
    in.cause = (char *)cause;
    return world_apply(world, who, LOT_LOSS_TYPE, &in.base);
}

/* The washery makes one lot of coal that it has. */
UNUSED static Seam__LotWash *world_wash(struct world *world, Seam__LotAmount *from, char *lot,
                                        char *qty, Seam__LotQuality *quality)
{
    Seam__LotWash *in = world_alloc(world, sizeof *in);
    Seam__LotOutput *output = world_alloc(world, sizeof *output);
    seam__lot_wash__init(in);
    seam__lot_output__init(output);
    output->lot = lot;
    output->qty = qty;
    output->quality = quality;
    in->event = world_head(world, "plant");
    in->facility = (char *)"plant";
    in->month = (char *)"2026-09";
    in->inputs = world_alloc(world, sizeof *in->inputs);
    in->inputs[0] = from;
    in->n_inputs = 1;
    in->outputs = world_alloc(world, sizeof *in->outputs);
    in->outputs[0] = output;
    in->n_outputs = 1;
    return in;
}

UNUSED static enum judgement world_load(struct world *world, const char *who, const char *sscc,
                                        const char *lot, const char *qty, const char *to_lot,
                                        const char *place)
{
    Seam__LotLoad in = SEAM__LOT_LOAD__INIT;
    Seam__LotPart part = SEAM__LOT_PART__INIT;
    Seam__LotPart *parts[] = {&part};
    in.event = world_head(world, place);
    in.sscc = (char *)sscc;
    part.lot = (char *)lot;
    part.qty = (char *)qty;
    part.to_lot = (char *)to_lot;
    in.parts = parts;
    in.n_parts = 1;
    return world_apply(world, who, LOT_LOAD_TYPE, &in.base);
}

UNUSED static enum judgement world_unload(struct world *world, const char *who, const char *sscc,
                                          const char *place)
{
    Seam__LotUnload in = SEAM__LOT_UNLOAD__INIT;
    in.event = world_head(world, place);
    in.sscc = (char *)sscc;
    return world_apply(world, who, LOT_UNLOAD_TYPE, &in.base);
}

UNUSED static enum judgement world_depart(struct world *world, const char *who, const char *sscc,
                                          const char *from, const char *to)
{
    Seam__LotDepart in = SEAM__LOT_DEPART__INIT;
    in.event = world_head(world, from);
    in.sscc = (char *)sscc;
    in.to = (char *)to;
    in.mode = (char *)"RAIL";
    in.distance_km = (char *)"650.5";
    return world_apply(world, who, LOT_DEPART_TYPE, &in.base);
}

UNUSED static enum judgement world_arrive(struct world *world, const char *who, const char *sscc,
                                          const char *qty, const char *cause, const char *place)
{
    Seam__LotArrive in = SEAM__LOT_ARRIVE__INIT;
    in.event = world_head(world, place);
    in.sscc = (char *)sscc;
    in.qty_unload = (char *)qty;
    in.cause = (char *)cause;
    return world_apply(world, who, LOT_ARRIVE_TYPE, &in.base);
}

UNUSED static enum judgement world_error(struct world *world, const char *who,
                                         const struct hash *event, const char *reason)
{
    Seam__LotError in = SEAM__LOT_ERROR__INIT;
    struct hash id = *event;
    in.event_id = (ProtobufCBinaryData){.len = HASH_SIZE, .data = id.bytes};
    in.reason = (char *)reason;
    return world_apply(world, who, LOT_ERROR_TYPE, &in.base);
}

static inline const Seam__LotRecord *world_read(struct world *world, const char *lot)
{
    const Seam__LotRecord *record = NULL;
    assert_int_equal(view_lot(&record, world->state, lot, &world->arena), OK);
    assert_true(lot_sound(record));
    return record;
}

static inline const Seam__LotEventRecord *world_event(struct world *world, const struct hash *id)
{
    const Seam__LotEventRecord *record = NULL;
    assert_int_equal(view_lot_event(&record, world->state, id, &world->arena), OK);
    return record;
}

/* The finding of this code about this, NULL where there is none. */
UNUSED static const Seam__LotFinding *world_finding(const Seam__LotEventRecord *event,
                                                    const char *code, const char *about)
{
    for (size_t i = 0; i < event->n_findings; i++) {
        if (strcmp(event->findings[i]->code, code) == 0 &&
            strcmp(event->findings[i]->about, about) == 0) {
            return event->findings[i];
        }
    }
    return NULL;
}

#endif
