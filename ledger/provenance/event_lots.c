/* SPDX-License-Identifier: Apache-2.0 */
/* Lots while an event changes them: copies in the transaction's arena, so that a refusal leaves
 * nothing behind, and what is changed twice is changed in one place. */

#include "ledger/provenance/event.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ledger/provenance/gain.h"
#include "ledger/provenance/identifier.h"

/* --- opening --------------------------------------------------------------------------------- */

static enum judgement lots_add(struct event *event, Seam__LotRecord *lot, bool created,
                               const char *field)
{
    for (size_t i = 0; i < event->lot_count; i++) {
        if (strcmp(event->lots[i].lot->lot, lot->lot) == 0) {
            return event_refuse(event, JUDGE_NEVER, ERR_TWICE, field, "D41", lot->lot,
                                "a lot stands once in an event");
        }
    }
    if (event->lot_count == EVENT_LOTS_MAX) {
        return event_refuse(event, JUDGE_NEVER, ERR_LENGTH, field, "D41", "128",
                            "too many lots for one event");
    }
    event->lots[event->lot_count++] =
        (struct event_lot){.lot = lot,
                           .before_kg = created ? 0 : lot->qty_kg,
                           .before_claim_kg = created ? 0 : lot->claim_kg,
                           .before_gain_kg = created ? 0 : lot->carried_gain_kg,
                           .created = created};
    return JUDGE_OK;
}

/* The wrong party is refused, whatever it asks for. */
static enum judgement check_party(const struct event *event, const Seam__LotRecord *lot,
                                  uint32_t needs, const char *field)
{
    const char *sender = event->context->organisation_id;
    if ((needs & NEED_OWNER) != 0 && strcmp(lot->owner, sender) != 0) {
        return event_refuse(event, JUDGE_NEVER, ERR_ROLE, field, "D41", lot->owner,
                            "another organisation owns this lot");
    }
    if ((needs & NEED_CUSTODY) != 0 && strcmp(lot->custodian, sender) != 0) {
        return event_refuse(event, JUDGE_NEVER, ERR_ROLE, field, "D41", lot->custodian,
                            "another organisation holds this lot");
    }
    return JUDGE_OK;
}

static enum judgement check_needs(const struct event *event, const Seam__LotRecord *lot,
                                  uint32_t needs, const char *field)
{
    const enum judgement judgement = check_party(event, lot, needs, field);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if ((needs & NEED_STOCK) != 0 && lot->state != LOT_IN_STOCK) {
        return event_refuse(event, JUDGE_NEVER, ERR_STATE_MACHINE, field, "4.4",
                            sm_name(&lot_machine, (uint8_t)lot->state), "the lot is not in stock");
    }
    if ((needs & NEED_FREE) != 0 && lot_offered(lot, event->context->time_ms)) {
        char limit[TIME_TEXT_SIZE];
        time_text(limit, lot->offer_expires_ms);
        return event_refuse(event, JUDGE_NEVER, ERR_STATE_MACHINE, field, "D41", limit,
                            "the lot is offered; withdraw the offer or wait until it expires");
    }
    if ((needs & NEED_PLACE) != 0 && strcmp(lot->place, event->head->place) != 0) {
        return event_refuse(event, JUDGE_NEVER, ERR_CONFLICT, field, "D41", lot->place,
                            "the lot is at another place");
    }
    return JUDGE_OK;
}

enum judgement event_open(struct event *event, Seam__LotRecord **out, const char *lot,
                          uint32_t needs, const char *field)
{
    if (!identifier_lot_valid(lot)) {
        return event_refuse(event, JUDGE_NEVER, ERR_RANGE, field, "4.1", "GTIN14.BATCH",
                            "the form or the check digit of this lot is wrong");
    }
    const Seam__LotRecord *stored = NULL;
    const enum err err = view_lot(&stored, event->context->state, lot, event->context->arena);
    if (err != OK) {
        return event_missing(event, err, field, lot);
    }
    /* A message just decoded belongs to this transaction: it is changed in place. */
    Seam__LotRecord *record = (Seam__LotRecord *)(uintptr_t)stored;
    enum judgement judgement = check_needs(event, record, needs, field);
    if (judgement == JUDGE_OK && event->head->event_time_ms < record->moved_time_ms) {
        char limit[TIME_TEXT_SIZE];
        time_text(limit, record->moved_time_ms);
        return event_refuse(event, JUDGE_NEVER, ERR_RANGE, "event.event_time_ms", "D41", limit,
                            "before the event that brought the lot where it is");
    }
    if (judgement == JUDGE_OK) {
        judgement = lots_add(event, record, false, field);
    }
    if (judgement == JUDGE_OK) {
        *out = record;
    }
    return judgement;
}

enum judgement event_amount(struct event *event, int64_t *kg, const Seam__LotRecord *lot,
                            const char *qty, const char *field)
{
    int64_t value = 0;
    const enum err err = mass_parse(&value, qty, false);
    if (err != OK) {
        return event_refuse(event, JUDGE_NEVER, err, field, "4.1", "t, above 0, at most 3 decimals",
                            NULL);
    }
    if (value > lot->qty_kg) {
        char limit[MASS_TEXT_SIZE];
        mass_text(limit, lot->qty_kg);
        return event_refuse(event, JUDGE_NEVER, ERR_BALANCE, field, "V12", limit,
                            "more than is in the lot");
    }
    *kg = value;
    return JUDGE_OK;
}

/* --- making ---------------------------------------------------------------------------------- */

static enum judgement check_new(struct event *event, const char *lot, const char *field)
{
    bool exists = false;
    if (!identifier_lot_valid(lot)) {
        return event_refuse(event, JUDGE_NEVER, ERR_RANGE, field, "4.1", "GTIN14.BATCH",
                            "the form or the check digit of this lot is wrong");
    }
    const struct state_key key = view_lot_key(lot);
    const enum err err = view_exists(&exists, event->context->state, state_key_bytes(&key));
    if (err != OK) {
        return event_world(event, err);
    }
    if (exists) {
        return event_refuse(event, JUDGE_NEVER, ERR_CONFLICT, field, "D41", lot,
                            "this lot is on the ledger already; a lot is made once");
    }
    return JUDGE_OK;
}

static Seam__LotRecord *lot_new(struct event *event, const char *lot, int64_t kg)
{
    char gtin[GTIN_SIZE];
    Seam__LotRecord *record = arena_alloc(event->context->arena, sizeof *record);
    if (record == NULL) {
        return NULL;
    }
    seam__lot_record__init(record);
    identifier_lot_gtin(gtin, lot);
    record->lot = event_text(event, lot);
    record->gtin = event_text(event, gtin);
    record->state = LOT_IN_STOCK;
    record->qty_kg = kg;
    record->created_kg = kg;
    record->place = event->head->place;
    record->created_event = event_data(&event->context->tx_id);
    record->created_time_ms = event->head->event_time_ms;
    event_touch(event, record);
    return record->lot != NULL && record->gtin != NULL ? record : NULL;
}

static void lot_quality(Seam__LotRecord *lot, const struct quality *quality)
{
    lot->moisture_e4 = quality->moisture_e4;
    lot->ash_e4 = quality->ash_e4;
    lot->ncv_mj_t = quality->ncv_mj_t;
    lot->has_carbon = quality->has_carbon;
    lot->carbon_e4 = quality->has_carbon ? quality->carbon_e4 : 0;
}

enum judgement event_create(struct event *event, Seam__LotRecord **out, const char *lot, int64_t kg,
                            const struct quality *quality, const char *field)
{
    const Seam__ProductRecord *product = NULL;
    char *sender = (char *)(uintptr_t)event->context->organisation_id;
    enum judgement judgement = check_new(event, lot, field);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    char gtin[GTIN_SIZE];
    identifier_lot_gtin(gtin, lot);
    const enum err err = view_product(&product, event->context->state, gtin, event->context->arena);
    if (err != OK) {
        return event_missing(event, err, field, gtin);
    }
    if (strcmp(product->organisation, sender) != 0) {
        return event_refuse(event, JUDGE_NEVER, ERR_ROLE, field, "4.1", product->organisation,
                            "this GTIN belongs to another organisation");
    }
    Seam__LotRecord *record = lot_new(event, lot, kg);
    if (record == NULL) {
        return event_world(event, ERR_MEMORY);
    }
    record->product = product->product;
    record->owner = sender;
    record->custodian = sender;
    lot_quality(record, quality);
    judgement = lots_add(event, record, true, field);
    if (judgement == JUDGE_OK) {
        *out = record;
    }
    return judgement;
}

enum judgement event_part_off(struct event *event, Seam__LotRecord **out, Seam__LotRecord *lot,
                              const char *to_lot, int64_t kg, const char *field)
{
    enum judgement judgement = check_new(event, to_lot, field);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (strncmp(to_lot, lot->gtin, GTIN_SIZE - 1) != 0) {
        return event_refuse(event, JUDGE_NEVER, ERR_RANGE, field, "4.1", lot->gtin,
                            "a part keeps the GTIN of its lot");
    }
    Seam__LotRecord *record = lot_new(event, to_lot, kg);
    if (record == NULL) {
        return event_world(event, ERR_MEMORY);
    }
    const struct quality quality = quality_of(lot);
    record->product = lot->product;
    record->owner = lot->owner;
    record->custodian = lot->custodian;
    record->place = lot->place;
    record->model = lot->model;
    record->claim = lot->claim;
    record->origins = lot->origins;
    record->n_origins = lot->n_origins;
    record->scheme = lot->scheme;
    record->schemes = lot->schemes;
    record->n_schemes = lot->n_schemes;
    record->carried_gain_kg = gain_part(lot, kg);
    lot_quality(record, &quality);
    event_consume(event, lot, kg, &record->claim_kg);
    judgement = lots_add(event, record, true, field);
    if (judgement == JUDGE_OK) {
        event->lots[event->lot_count - 1].parent = lot;
        *out = record;
    }
    return judgement;
}

/* --- changing -------------------------------------------------------------------------------- */

enum judgement event_move(struct event *event, Seam__LotRecord *lot, enum lot_state next)
{
    uint8_t state = (uint8_t)lot->state;
    const enum err err = sm_move(&lot_machine, &state, (uint8_t)next, event->detail);
    if (err != OK) {
        return view_judgement(err, JUDGE_NEVER);
    }
    lot->state = state;
    event_touch(event, lot);
    return JUDGE_OK;
}

void event_touch(const struct event *event, Seam__LotRecord *lot)
{
    lot->moved_time_ms = event->head != NULL ? event->head->event_time_ms : lot->moved_time_ms;
    lot->moved_height = event->context->height;
}

/* Rounded down for what goes, so that what stays never claims more than it weighs; its carried gain
 * is rounded up. */
int64_t event_reduce(Seam__LotRecord *lot, int64_t kg)
{
    assert(kg >= 0 && kg <= lot->qty_kg);
    const int64_t claim =
        lot->qty_kg == 0 ? 0 : (int64_t)((__int128)lot->claim_kg * kg / lot->qty_kg);
    lot->carried_gain_kg = gain_part(lot, lot->qty_kg - kg);
    lot->qty_kg -= kg;
    lot->claim_kg -= claim;
    return claim;
}

void event_consume(struct event *event, Seam__LotRecord *lot, int64_t kg, int64_t *claim_kg)
{
    const int64_t claim = event_reduce(lot, kg);
    lot->consumed_kg += kg;
    for (size_t i = 0; i < event->lot_count; i++) {
        if (event->lots[i].lot == lot) {
            event->lots[i].consumed_kg += kg;
        }
    }
    if (claim_kg != NULL) {
        *claim_kg = claim;
    }
}
