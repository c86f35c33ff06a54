/* SPDX-License-Identifier: Apache-2.0 */
/* Where lots come from: a product gets its GTIN, coal comes out of the ground. */

#include "ledger/provenance/rules.h"

#include <stdio.h>
#include <string.h>

#include "ledger/provenance/custody.h"
#include "ledger/provenance/energy.h"
#include "ledger/provenance/identifier.h"

/* --- products -------------------------------------------------------------------------------- */

static enum judgement product_fields(const struct event *event, const Seam__ProductRegister *in)
{
    if (!identifier_gtin_valid(in->gtin)) {
        return event_refuse(event, JUDGE_NEVER, ERR_RANGE, "gtin", "4.1", "14 digits",
                            "the form or the check digit of this GTIN is wrong");
    }
    if (!id_text_valid(in->product)) {
        return event_refuse(event, JUDGE_NEVER, ERR_TYPE, "product", "4.1", NULL, NULL);
    }
    if (in->name == NULL ||
        (in->name->zh[0] == '\0' && in->name->ru[0] == '\0' && in->name->en[0] == '\0')) {
        return event_refuse(event, JUDGE_NEVER, ERR_MISSING, "name", "4.1", NULL,
                            "a name in at least one of zh, ru, en");
    }
    return JUDGE_OK;
}

/* The first digit of a GTIN-14 only says how the item is packed: the item, and the company prefix
 * in it, is whose it is under any of them [KSSJ 7.2.1a]. */
static enum judgement product_free(const struct event *event, const char *gtin)
{
    struct rule_context *context = event->context;
    char other[GTIN_SIZE];
    memcpy(other, gtin, GTIN_SIZE);
    for (char packed = '0'; packed <= '9'; packed++) {
        const Seam__ProductRecord *record = NULL;
        other[0] = packed;
        other[GTIN_SIZE - 2] = identifier_check_digit(other, GTIN_SIZE - 2);
        const enum err err = view_product(&record, context->state, other, context->arena);
        if (err != OK && err != ERR_ABSENT) {
            return event_world(event, err);
        }
        if (err == OK && strcmp(record->organisation, context->organisation_id) != 0) {
            return event_refuse(event, JUDGE_NEVER, ERR_CONFLICT, "gtin", "4.1",
                                record->organisation,
                                "another organisation has registered this item");
        }
        if (err == OK && strcmp(other, gtin) == 0) {
            return event_refuse(event, JUDGE_NEVER, ERR_CONFLICT, "gtin", "4.1", record->gtin,
                                "this GTIN is registered already");
        }
    }
    return JUDGE_OK;
}

/* As many GTINs as the views of an organisation's products can walk. */
static enum judgement product_room(const struct event *event)
{
    struct rule_context *context = event->context;
    uint32_t count = 0;
    const enum err err = view_lot_list_count(&count, context->state, LOT_LIST_PRODUCTS,
                                             context->organisation_id, context->arena);
    if (err != OK || count < LIMIT_PRODUCTS) {
        return event_world(event, err);
    }
    char limit[32];
    (void)snprintf(limit, sizeof limit, "%d", LIMIT_PRODUCTS);
    return event_refuse(event, JUDGE_NEVER, ERR_LENGTH, "gtin", "V13", limit,
                        "so many GTINs this organisation has registered");
}

enum judgement product_register(struct rule_context *context, const ProtobufCMessage *payload,
                                const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__ProductRegister *in = (const Seam__ProductRegister *)payload;
    struct event event = {.context = context, .detail = detail};
    enum judgement judgement = product_fields(&event, in);
    if (judgement == JUDGE_OK) {
        judgement = product_free(&event, in->gtin);
    }
    if (judgement == JUDGE_OK) {
        judgement = product_room(&event);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const struct state_key key = view_product_key(in->gtin);
    Seam__ProductRecord record = SEAM__PRODUCT_RECORD__INIT;
    record.gtin = in->gtin;
    record.product = in->product;
    record.name = in->name;
    record.organisation = (char *)(uintptr_t)context->organisation_id;
    record.tx_id = event_data(&context->tx_id);
    record.height = context->height;
    record.time_ms = context->time_ms;
    enum err err = rule_created(context, state_key_bytes(&key));
    if (err == OK) {
        err = view_put(context->state, state_key_bytes(&key), &record.base, context->arena);
    }
    if (err == OK) {
        err = event_list(&event, LOT_LIST_PRODUCTS, context->organisation_id, in->gtin, NULL);
    }
    return event_world(&event, err);
}

/* --- mining ---------------------------------------------------------------------------------- */

/* The one origin is the mine; the claim begins here. */
static enum judgement mine_custody(struct event *event, Seam__LotRecord *lot,
                                   const Seam__LotMine *in)
{
    enum custody_model model = MODEL_IDENTITY_PRESERVED;
    bool given = false;
    const enum judgement judgement = custody_model(event, &model, &given, in->model, "model");
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (in->claim[0] != '\0' && !id_text_valid(in->claim)) {
        return event_refuse(event, JUDGE_NEVER, ERR_TYPE, "claim", "D41", NULL, NULL);
    }
    Seam__LotOrigin *origin = arena_alloc(event->context->arena, sizeof *origin);
    Seam__LotOrigin **list = arena_alloc(event->context->arena, sizeof *list);
    if (origin == NULL || list == NULL) {
        return event_world(event, ERR_MEMORY);
    }
    seam__lot_origin__init(origin);
    origin->facility = in->facility;
    origin->organisation = lot->owner;
    origin->share_ppm = 1000000;
    list[0] = origin;
    lot->origins = list;
    lot->n_origins = 1;
    lot->model = model;
    lot->claim = in->claim;
    lot->claim_kg = in->claim[0] != '\0' ? lot->created_kg : 0;
    return JUDGE_OK;
}

/* Facility, month and the lot rules of its scheme. */
static enum judgement mine_place(struct event *event, const Seam__FacilityRecord **facility,
                                 const Seam__LotMine *in)
{
    enum judgement judgement = event_facility(event, facility, in->facility, "UG,OP", in->month);
    if (judgement == JUDGE_OK && strcmp(event->head->place, in->facility) != 0) {
        judgement = event_refuse(event, JUDGE_NEVER, ERR_CONFLICT, "event.place", "D41",
                                 in->facility, "coal is mined at the facility");
    }
    event->record.stage = (char *)(uintptr_t) "MI";
    event->record.face = in->face;
    return judgement == JUDGE_OK ? event_rules(event, (*facility)->scheme) : judgement;
}

/* [KSSJ 7.2.1b] */
enum judgement lot_mine(struct rule_context *context, const ProtobufCMessage *payload,
                        const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__LotMine *in = (const Seam__LotMine *)payload;
    struct event event;
    struct quality quality;
    const char *field = NULL;
    const Seam__FacilityRecord *facility = NULL;
    Seam__LotRecord *lot = NULL;
    int64_t kg = 0;
    enum judgement judgement = event_start(&event, context, LOT_MINE_TYPE, in->event, detail);
    if (judgement == JUDGE_OK) {
        judgement = mine_place(&event, &facility, in);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    enum err err = quality_parse(&quality, &field, in->quality);
    if (err == OK) {
        field = "qty";
        err = mass_parse(&kg, in->qty, false);
    }
    if (err != OK) {
        return event_refuse(&event, JUDGE_NEVER, err, field, "4.1", NULL, NULL);
    }
    judgement = event_create(&event, &lot, in->lot, kg, &quality, "lot");
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    lot->facility = facility->facility;
    lot->stage = event.record.stage;
    lot->month = event.month;
    event_schemes(&event, lot);
    judgement = energy_plausible(&event, lot, "quality.ash");
    if (judgement == JUDGE_OK) {
        judgement = mine_custody(&event, lot, in);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    err = event_output(&event, lot->lot, kg, &quality);
    return err == OK ? event_finish(&event) : event_world(&event, err);
}
