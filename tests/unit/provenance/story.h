/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_PROVENANCE_STORY_H
#define TESTS_UNIT_PROVENANCE_STORY_H

/* Random histories of lots: events of all types, mostly possible, some not, drawn from a seed; with
 * what the test itself expects of masses and parties. */

#include "ledger/provenance/balance.h"
#include "tests/unit/provenance/world.h"

#define KEPT 64

struct party {
    char *lot;
    const char *owner;
    const char *custodian;
};

/* One history: what was made, and what the test itself expects of it. */
struct story {
    struct world *world;
    uint64_t seed;
    uint64_t state;
    struct party lots[KEPT];
    size_t lot_count;
    char *loads[KEPT];
    size_t load_count;
    struct hash offers[KEPT];
    size_t offer_count;
    struct hash events[KEPT];
    size_t event_count;
    unsigned batch;
    int64_t mined_kg;
    uint32_t accepted;
    uint32_t by_type[16];
};

static const char *const organisations[] = {"mine",    "mine-2", "washery",
                                            "carrier", "power",  "coking"};

/* splitmix64 */
static uint64_t draw(struct story *story, uint64_t below)
{
    uint64_t z = story->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (z ^ (z >> 31)) % below;
}

static bool chance(struct story *story, uint64_t percent)
{
    return draw(story, 100) < percent;
}

#define story_fail(story_, ...)                                                                    \
    do {                                                                                           \
        print_error("SEAM_SEED=%llu\n", (unsigned long long)(story_)->seed);                       \
        fail_msg(__VA_ARGS__);                                                                     \
    } while (0)

static char *kg_text(struct story *story, int64_t kg)
{
    char text[40];
    snprintf(text, sizeof text, "%lld.%03lld", (long long)(kg / 1000), (long long)(kg % 1000));
    return world_text(story->world, text);
}

static char *e4_text(struct story *story, int64_t e4)
{
    char text[40];
    snprintf(text, sizeof text, "%lld.%04lld", (long long)(e4 / 10000), (long long)(e4 % 10000));
    size_t size = strlen(text);
    while (text[size - 1] == '0') {
        text[--size] = '\0';
    }
    if (text[size - 1] == '.') {
        text[--size] = '\0';
    }
    return world_text(story->world, text);
}

static const char *gtin_of(struct story *story, const char *organisation)
{
    struct world *world = story->world;
    if (strcmp(organisation, "mine") == 0) {
        return world->gtin_raw;
    }
    if (strcmp(organisation, "mine-2") == 0) {
        return world->gtin_raw2;
    }
    return strcmp(organisation, "washery") == 0 ? world->gtin_blend : world->gtin_mix;
}

static char *batch(struct story *story, const char *gtin)
{
    char text[24];
    snprintf(text, sizeof text, "B%u", story->batch++);
    return world_lot(story->world, gtin, text);
}

static void lot_keep(struct story *story, char *lot, const char *owner, const char *custodian)
{
    if (story->lot_count < KEPT) {
        story->lots[story->lot_count++] = (struct party){lot, owner, custodian};
    }
}

static struct party *lot_draw(struct story *story)
{
    return &story->lots[draw(story, story->lot_count)];
}

static const char *someone(struct story *story)
{
    return organisations[draw(story, 6)];
}

/* Mostly the right party, now and then anybody. */
static const char *sender(struct story *story, const char *right)
{
    return chance(story, 92) ? right : someone(story);
}

static enum judgement send(struct story *story, const char *who, uint32_t type,
                           const ProtobufCMessage *payload)
{
    const enum judgement judgement = world_apply(story->world, who, type, payload);
    if (judgement == JUDGE_UNABLE) {
        story_fail(story, "type %u: %s", (unsigned)type, err_name(story->world->detail.err));
    }
    if (judgement == JUDGE_OK) {
        story->accepted++;
        story->by_type[type - PRODUCT_REGISTER_TYPE]++;
        if (story->event_count < KEPT) {
            story->events[story->event_count++] = story->world->tx_id;
        }
    }
    return judgement;
}

/* An amount of a lot: all, part, or (refused) more than there is. */
static int64_t amount(struct story *story, const Seam__LotRecord *lot)
{
    const uint64_t kind = draw(story, 10);
    if (kind < 3 || lot->qty_kg < 2) {
        return lot->qty_kg + (kind == 0 && lot->qty_kg > 0 ? 0 : 0);
    }
    return kind == 9 ? lot->qty_kg + 1 : 1 + (int64_t)draw(story, (uint64_t)lot->qty_kg);
}

/* --- events ---------------------------------------------------------------------------------- */

static void do_mine(struct story *story)
{
    struct world *world = story->world;
    const bool second = chance(story, 40);
    const char *who = second ? "mine-2" : "mine";
    char *lot = batch(story, gtin_of(story, who));
    const int64_t kg = (int64_t)(chance(story, 2) ? 0 : 1 + draw(story, 2000000));
    Seam__LotMine *in = world_mine(world, lot, kg_text(story, kg));
    const int64_t ash = (int64_t)draw(story, 5000);
    in->quality =
        world_quality(world, e4_text(story, (int64_t)draw(story, 3000)), e4_text(story, ash), "24",
                      chance(story, 50) ? e4_text(story, 10000 - ash) : "");
    in->facility = world_text(world, second ? "mine-b" : "mine-a");
    in->event->place = in->facility;
    in->claim = world_text(world, chance(story, 20) ? "low-methane" : "");
    if (send(story, who, LOT_MINE_TYPE, &in->base) == JUDGE_OK) {
        story->mined_kg += kg;
        lot_keep(story, lot, who, who);
    }
}

static void do_wash(struct story *story)
{
    struct world *world = story->world;
    Seam__LotWash in = SEAM__LOT_WASH__INIT;
    Seam__LotAmount *inputs[2];
    Seam__LotOutput *outputs[2];
    struct masses masses = masses_none();
    in.event = world_head(world, "plant");
    in.facility = in.event->place;
    in.month = world_text(world, "2026-09");
    in.inputs = inputs;
    in.outputs = outputs;
    in.n_inputs = 1 + draw(story, 2);
    for (size_t i = 0; i < in.n_inputs; i++) {
        const struct party *party = lot_draw(story);
        for (size_t k = 0; k < 8 && strcmp(party->owner, "washery") != 0; k++) {
            party = lot_draw(story);
        }
        const Seam__LotRecord *lot = world_read(world, party->lot);
        const int64_t kg = amount(story, lot);
        inputs[i] = world_amount(world, party->lot, kg_text(story, kg));
        masses_add(&masses, kg, &(struct quality){lot->moisture_e4, lot->ash_e4, 0, false, 0});
    }
    if (masses.dry_dg < 200000) {
        return;
    }
    /* dry parts in kg, then 10 % of water on top; the ash of the gangue closes the balance */
    const int64_t dry = (int64_t)(masses.dry_dg / 10000);
    const int64_t clean = dry * (int64_t)(30 + draw(story, 50)) / 100;
    const int64_t gangue =
        dry - clean + (chance(story, 15) ? dry / 10 : 0) - (chance(story, 15) ? dry / 20 : 0);
    int64_t rest = ((int64_t)(masses.ash_10ug / 10000) - clean * 500) / (gangue > 0 ? gangue : 1);
    rest = rest < 0 ? 0 : rest > 10000 ? 10000 : rest;
    const int64_t qty[2] = {clean, gangue};
    const int64_t ash[2] = {500, rest};
    const char *gtins[2] = {world->gtin_clean, world->gtin_gangue};
    in.n_outputs = 2;
    for (size_t i = 0; i < 2; i++) {
        outputs[i] = world_alloc(world, sizeof *outputs[i]);
        seam__lot_output__init(outputs[i]);
        outputs[i]->lot = batch(story, gtins[i]);
        outputs[i]->qty = kg_text(story, qty[i] * 10 / 9);
        outputs[i]->quality = world_quality(world, "0.1", e4_text(story, ash[i]), "25", "");
        outputs[i]->model = world_text(world, chance(story, 15) ? "MASS_BALANCE" : "");
    }
    if (send(story, sender(story, "washery"), LOT_WASH_TYPE, &in.base) == JUDGE_OK) {
        lot_keep(story, outputs[0]->lot, "washery", "washery");
        lot_keep(story, outputs[1]->lot, "washery", "washery");
    }
}

static void do_blend(struct story *story)
{
    struct world *world = story->world;
    Seam__LotBlend in = SEAM__LOT_BLEND__INIT;
    Seam__LotAmount *inputs[3];
    const struct party *first = lot_draw(story);
    const Seam__LotRecord *record = world_read(world, first->lot);
    in.event = world_head(world, record->place);
    in.inputs = inputs;
    for (size_t i = 0; i < 3; i++) {
        const struct party *party = i == 0 ? first : lot_draw(story);
        if (i > 0 && strcmp(party->owner, first->owner) != 0 && chance(story, 90)) {
            continue;
        }
        const Seam__LotRecord *lot = world_read(world, party->lot);
        inputs[in.n_inputs++] = world_amount(world, party->lot, kg_text(story, amount(story, lot)));
    }
    const char *who = sender(story, first->owner);
    in.lot = batch(story, gtin_of(story, who));
    in.model = world_text(world, chance(story, 10) ? "SEGREGATED" : "");
    if (send(story, who, LOT_BLEND_TYPE, &in.base) == JUDGE_OK) {
        lot_keep(story, in.lot, who, who);
    }
}

static void do_split(struct story *story)
{
    struct world *world = story->world;
    Seam__LotSplit in = SEAM__LOT_SPLIT__INIT;
    Seam__LotAmount *outputs[3];
    const struct party *party = lot_draw(story);
    const Seam__LotRecord *lot = world_read(world, party->lot);
    in.event = world_head(world, lot->place);
    in.lot = party->lot;
    in.outputs = outputs;
    in.n_outputs = 1 + draw(story, 3);
    for (size_t i = 0; i < in.n_outputs; i++) {
        outputs[i] = world_amount(world, batch(story, lot->gtin),
                                  kg_text(story, amount(story, lot) / (int64_t)in.n_outputs));
    }
    if (send(story, sender(story, party->custodian), LOT_SPLIT_TYPE, &in.base) == JUDGE_OK) {
        for (size_t i = 0; i < in.n_outputs; i++) {
            lot_keep(story, outputs[i]->lot, lot->owner, lot->custodian);
        }
    }
}

static void do_load(struct story *story)
{
    struct world *world = story->world;
    Seam__LotLoad in = SEAM__LOT_LOAD__INIT;
    Seam__LotPart part = SEAM__LOT_PART__INIT;
    Seam__LotPart *parts[] = {&part};
    const struct party *party = lot_draw(story);
    const Seam__LotRecord *lot = world_read(world, party->lot);
    const bool fresh = story->load_count == 0 || chance(story, 70);
    if (fresh && story->load_count == KEPT) {
        return;
    }
    in.event = world_head(world, lot->place);
    in.sscc =
        fresh ? world_sscc(world, story->batch++) : story->loads[draw(story, story->load_count)];
    part.lot = party->lot;
    if (chance(story, 40)) {
        part.qty = kg_text(story, amount(story, lot));
        part.to_lot = batch(story, lot->gtin);
    }
    in.parts = parts;
    in.n_parts = 1;
    if (send(story, sender(story, party->custodian), LOT_LOAD_TYPE, &in.base) == JUDGE_OK) {
        if (part.to_lot[0] != '\0') {
            lot_keep(story, part.to_lot, lot->owner, lot->custodian);
        }
        if (fresh) {
            story->loads[story->load_count++] = in.sscc;
        }
    }
}

static const Seam__LoadRecord *load_draw(struct story *story)
{
    const Seam__LoadRecord *load = NULL;
    if (story->load_count == 0) {
        return NULL;
    }
    const char *sscc = story->loads[draw(story, story->load_count)];
    assert_int_equal(view_load(&load, story->world->state, sscc, &story->world->arena), OK);
    assert_true(load_sound(load));
    return load;
}

static int64_t load_mass(struct story *story, const Seam__LoadRecord *load)
{
    int64_t sum = 0;
    for (size_t i = 0; i < load->n_lots; i++) {
        const Seam__LotRecord *lot = world_read(story->world, load->lots[i]);
        sum += strcmp(lot->sscc, load->sscc) == 0 ? lot->qty_kg : 0;
    }
    return sum;
}

/* The next thing that can happen to a load, or now and then another one. */
static void do_travel(struct story *story)
{
    struct world *world = story->world;
    const Seam__LoadRecord *load = load_draw(story);
    if (load == NULL) {
        return;
    }
    const char *who = sender(story, load->custodian);
    const uint32_t state = chance(story, 90) ? load->state : (uint32_t)draw(story, 4);
    if (state == LOAD_IN_TRANSIT) {
        Seam__LotArrive in = SEAM__LOT_ARRIVE__INIT;
        const int64_t mass = load_mass(story, load);
        const int64_t kinds[] = {
            mass, mass - mass / 300, mass + mass / 300, mass - mass / 3, mass + mass / 3, 0};
        in.event = world_head(world, load->to[0] != '\0' ? load->to : world->port);
        in.sscc = load->sscc;
        in.qty_unload = kg_text(story, kinds[draw(story, 6)]);
        in.cause = world_text(world, chance(story, 50) ? "SPILL" : "");
        (void)send(story, who, LOT_ARRIVE_TYPE, &in.base);
        return;
    }
    if (state == LOAD_LOADED || (state == LOAD_ARRIVED && chance(story, 20))) {
        Seam__LotDepart in = SEAM__LOT_DEPART__INIT;
        in.event = world_head(world, load->place);
        in.sscc = load->sscc;
        in.to = chance(story, 70) ? world->port : world_text(world, "plant");
        in.mode = world_text(world, chance(story, 50) ? "RAIL" : "SEA");
        in.distance_km = world_text(world, "12.5");
        (void)send(story, who, LOT_DEPART_TYPE, &in.base);
        return;
    }
    Seam__LotUnload in = SEAM__LOT_UNLOAD__INIT;
    in.event = world_head(world, load->place);
    in.sscc = load->sscc;
    (void)send(story, who, LOT_UNLOAD_TYPE, &in.base);
}

static void do_offer(struct story *story)
{
    static const char *const whats[] = {"OWNERSHIP", "CUSTODY", "BOTH", "BOTH"};
    struct world *world = story->world;
    Seam__LotOffer in = SEAM__LOT_OFFER__INIT;
    const struct party *party = lot_draw(story);
    const Seam__LotRecord *lot = world_read(world, party->lot);
    const Seam__LoadRecord *load = chance(story, 20) ? load_draw(story) : NULL;
    in.event = world_head(world, load != NULL ? load->place : lot->place);
    in.to = world_text(world, chance(story, 50) ? "washery" : someone(story));
    in.what = world_text(world, whats[draw(story, 4)]);
    if (load != NULL) {
        in.sscc = load->sscc;
        in.what = world_text(world, "CUSTODY");
    } else {
        in.lot = party->lot;
        if (chance(story, 30)) {
            in.qty = kg_text(story, amount(story, lot));
            in.to_lot = batch(story, lot->gtin);
        }
    }
    const char *who = sender(story, load != NULL ? load->custodian : party->owner);
    if (send(story, who, LOT_OFFER_TYPE, &in.base) == JUDGE_OK && story->offer_count < KEPT) {
        story->offers[story->offer_count++] = world->tx_id;
        if (in.to_lot[0] != '\0') {
            lot_keep(story, in.to_lot, lot->owner, lot->custodian);
        }
    }
}

static void parties_change(struct story *story, const char *lot, const char *to, const char *what)
{
    for (size_t i = 0; i < story->lot_count; i++) {
        struct party *party = &story->lots[i];
        if (strcmp(party->lot, lot) == 0) {
            party->owner = strcmp(what, "CUSTODY") == 0 ? party->owner : to;
            party->custodian = strcmp(what, "OWNERSHIP") == 0 ? party->custodian : to;
        }
    }
}

/* Which parties the acceptance changes, by the offer alone. */
static void offer_accepted(struct story *story, const Seam__OfferRecord *offer)
{
    const Seam__LoadRecord *load = NULL;
    const char *to = world_text(story->world, offer->to);
    if (offer->sscc[0] == '\0') {
        parties_change(story, offer->lot, to, offer->what);
        return;
    }
    assert_int_equal(view_load(&load, story->world->state, offer->sscc, &story->world->arena), OK);
    assert_string_equal(load->custodian, to);
    for (size_t i = 0; i < load->n_lots; i++) {
        /* a lot that was lost on the way is not in it any more */
        const Seam__LotRecord *lot = world_read(story->world, load->lots[i]);
        if (strcmp(lot->sscc, load->sscc) == 0 || strcmp(lot->custodian, to) == 0) {
            parties_change(story, load->lots[i], to, "CUSTODY");
        }
    }
}

static void do_answer(struct story *story)
{
    struct world *world = story->world;
    Seam__LotAnswer in = SEAM__LOT_ANSWER__INIT;
    const Seam__OfferRecord *offer = NULL;
    if (story->offer_count == 0) {
        return;
    }
    struct hash id =
        story->offers[chance(story, 60) ? story->offer_count - 1 : draw(story, story->offer_count)];
    assert_int_equal(view_offer(&offer, world->state, &id, &world->arena), OK);
    const uint64_t kind = draw(story, 10);
    in.offer = (ProtobufCBinaryData){.len = HASH_SIZE, .data = id.bytes};
    in.answer = world_text(world, kind < 8 ? "ACCEPT" : kind == 8 ? "REFUSE" : "WITHDRAW");
    in.reason = world_text(world, "as agreed");
    const char *place = world->port;
    if (offer->sscc[0] != '\0') {
        const Seam__LoadRecord *load = NULL;
        assert_int_equal(view_load(&load, world->state, offer->sscc, &world->arena), OK);
        place = load->place;
    } else if (strcmp(offer->to, "washery") == 0) {
        place = "plant";
    }
    in.event = world_head(world, place);
    if (chance(story, 40)) {
        const int64_t kg = offer->qty_kg;
        const int64_t kinds[] = {kg, kg - kg / 500, kg + kg / 500, kg - kg / 4, kg + kg / 4};
        in.qty_received = kg_text(story, kinds[draw(story, 5)]);
        in.cause = world_text(world, chance(story, 50) ? "DUST" : "");
    }
    const char *who = sender(story, kind == 9 ? offer->from : offer->to);
    if (send(story, who, LOT_ANSWER_TYPE, &in.base) == JUDGE_OK && kind < 8) {
        assert_string_equal(who, offer->to);
        offer_accepted(story, offer);
    }
}

static void do_use_or_loss(struct story *story)
{
    struct world *world = story->world;
    const struct party *party = lot_draw(story);
    const Seam__LotRecord *lot = world_read(world, party->lot);
    char *qty = kg_text(story, amount(story, lot));
    if (chance(story, 50)) {
        Seam__LotUse in = SEAM__LOT_USE__INIT;
        in.event = world_head(world, lot->place);
        in.lot = party->lot;
        in.qty = qty;
        in.use = world_text(world, "POWER");
        (void)send(story, sender(story, party->owner), LOT_USE_TYPE, &in.base);
        return;
    }
    Seam__LotLoss in = SEAM__LOT_LOSS__INIT;
    in.event = world_head(world, lot->place);
    in.lot = party->lot;
    in.qty = qty;
    in.cause = world_text(world, "FIRE");
    if (chance(story, 40) && lot->qty_kg > 100) { /* a tenth of its water dries off */
        const int64_t water = lot->qty_kg * lot->moisture_e4 / 10000;
        const int64_t gone = water / 10;
        in.cause = world_text(world, "MOISTURE");
        in.qty = kg_text(story, gone);
        in.moisture = e4_text(story, (water - gone) * 10000 / (lot->qty_kg - gone));
    }
    (void)send(story, sender(story, party->custodian), LOT_LOSS_TYPE, &in.base);
}

static void do_stocktake(struct story *story)
{
    struct world *world = story->world;
    Seam__LotStocktake in = SEAM__LOT_STOCKTAKE__INIT;
    const struct party *party = lot_draw(story);
    const Seam__LotRecord *lot = world_read(world, party->lot);
    const int64_t kg = lot->qty_kg;
    const int64_t kinds[] = {kg, kg - kg / 100, kg + kg / 100, kg / 2, kg + kg / 2, 0};
    Seam__LotAmount *amounts[1];
    in.event = world_head(world, lot->place);
    in.product = lot->product;
    amounts[0] = world_amount(world, party->lot, kg_text(story, kinds[draw(story, 6)]));
    in.lots = amounts;
    in.n_lots = 1;
    (void)send(story, sender(story, party->custodian),
               chance(story, 50) ? LOT_STOCKTAKE_TYPE : LOT_STOCKTAKE_CONFIRM_TYPE, &in.base);
}

static void do_error(struct story *story)
{
    struct world *world = story->world;
    Seam__LotError in = SEAM__LOT_ERROR__INIT;
    if (story->event_count == 0) {
        return;
    }
    struct hash id =
        story->events[chance(story, 50) ? story->event_count - 1 : draw(story, story->event_count)];
    const Seam__LotEventRecord *event = world_event(world, &id);
    in.event_id = (ProtobufCBinaryData){.len = HASH_SIZE, .data = id.bytes};
    in.reason = world_text(world, "DID_NOT_OCCUR");
    if (send(story, sender(story, event->organisation), LOT_ERROR_TYPE, &in.base) == JUDGE_OK &&
        event->type == LOT_MINE_TYPE && world_event(world, &id)->error->undone) {
        story->mined_kg -= event->outputs[0]->qty_kg;
    }
}

static void step(struct story *story)
{
    static void (*const events[])(struct story *) = {
        do_mine,   do_mine,        do_wash,        do_wash,      do_wash,   do_blend,  do_blend,
        do_split,  do_split,       do_load,        do_load,      do_travel, do_travel, do_travel,
        do_travel, do_offer,       do_offer,       do_offer,     do_answer, do_answer, do_answer,
        do_answer, do_use_or_loss, do_use_or_loss, do_stocktake, do_error,
    };
    struct world *world = story->world;
    world->time_ms += 3600000 * (1 + draw(story, 12));
    world->event_ms = world->time_ms - (chance(story, 5) ? DAY_MS : 0);
    if (story->lot_count == 0) {
        do_mine(story);
        return;
    }
    events[draw(story, sizeof events / sizeof events[0])](story);
}

#endif
