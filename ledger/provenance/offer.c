/* SPDX-License-Identifier: Apache-2.0 */
/* An offer changes nothing but that the lot is spoken for: owner and custodian change by the other
 * organisation's signature alone (decision D41). It ends by an answer, or by its date. */

#include "ledger/provenance/rules.h"

#include <stdio.h>
#include <string.h>

#include "ledger/provenance/load.h"

#define OPERATORS (ROLE_MINE | ROLE_GROUP | ROLE_CARRIER | ROLE_USER)

struct offer {
    struct event event;
    const Seam__LotOffer *in;
    Seam__OfferRecord record;
    Seam__LotRecord *lot; /* or */
    Seam__LoadRecord *load;
    const char *scheme;
};

static enum judgement check_what(const struct offer *offer)
{
    const Seam__LotOffer *in = offer->in;
    const bool custody = strcmp(in->what, "CUSTODY") == 0;
    if (!custody && strcmp(in->what, "OWNERSHIP") != 0 && strcmp(in->what, "BOTH") != 0) {
        return event_refuse(&offer->event, JUDGE_NEVER, ERR_ENUM, "what", "D41",
                            "OWNERSHIP, CUSTODY, BOTH", NULL);
    }
    if ((in->lot[0] == '\0') == (in->sscc[0] == '\0')) {
        return event_refuse(&offer->event, JUDGE_NEVER, ERR_MISSING, "lot", "D41", "lot or sscc",
                            "an offer is of one lot or of one load");
    }
    if (in->sscc[0] != '\0' && (!custody || in->qty[0] != '\0' || in->to_lot[0] != '\0')) {
        return event_refuse(&offer->event, JUDGE_NEVER, ERR_RANGE, "what", "D41", "CUSTODY",
                            "of a load, custody of all of it is offered; what is in it is sold lot "
                            "by lot");
    }
    if (in->price_hash.len != 0 && in->price_hash.len != HASH_SIZE) {
        return event_refuse(&offer->event, JUDGE_NEVER, ERR_LENGTH, "price_hash", "D41", "32 bytes",
                            NULL);
    }
    return JUDGE_OK;
}

static enum judgement check_to(const struct offer *offer)
{
    const Seam__OrganisationRecord *to = NULL;
    struct rule_context *context = offer->event.context;
    if (strcmp(offer->in->to, context->organisation_id) == 0) {
        return event_refuse(&offer->event, JUDGE_NEVER, ERR_RANGE, "to", "D41", NULL,
                            "an offer is made to another organisation");
    }
    const enum err err = view_organisation(&to, context->state, offer->in->to, context->arena);
    if (err != OK) {
        return event_missing(&offer->event, err, "to", offer->in->to);
    }
    if ((to->roles & OPERATORS) == 0) {
        return event_refuse(&offer->event, JUDGE_NEVER, ERR_ROLE, "to", "D41",
                            "mine, group, carrier, user",
                            "an organisation that handles no coal cannot take it");
    }
    return JUDGE_OK;
}

/* A part that is offered becomes a lot of its own at once, and stays with the sender if nobody
 * takes it. */
static enum judgement offer_part(struct offer *offer, Seam__LotRecord **lot)
{
    struct event *event = &offer->event;
    const Seam__LotOffer *in = offer->in;
    int64_t kg = (*lot)->qty_kg;
    enum judgement judgement = JUDGE_OK;
    if (in->qty[0] != '\0') {
        judgement = event_amount(event, &kg, *lot, in->qty, "qty");
    }
    if (judgement == JUDGE_OK && (kg < (*lot)->qty_kg) != (in->to_lot[0] != '\0')) {
        judgement = event_refuse(
            event, JUDGE_NEVER, in->to_lot[0] == '\0' ? ERR_MISSING : ERR_RANGE, "to_lot", "D41",
            NULL, "a part of a lot, and only a part, becomes a lot of its own");
    }
    const struct quality quality = quality_of(*lot);
    if (judgement == JUDGE_OK) {
        judgement = event_world(event, event_input(event, (*lot)->lot, kg, &quality));
    }
    if (judgement != JUDGE_OK || in->to_lot[0] == '\0') {
        return judgement;
    }
    if ((*lot)->state != LOT_IN_STOCK) {
        return event_refuse(event, JUDGE_NEVER, ERR_STATE_MACHINE, "to_lot", "4.4",
                            sm_name(&lot_machine, (uint8_t)(*lot)->state),
                            "a lot in a load is sold whole");
    }
    judgement = event_part_off(event, lot, *lot, in->to_lot, kg, "to_lot");
    return judgement == JUDGE_OK
               ? event_world(event, event_output(event, (*lot)->lot, kg, &quality))
               : judgement;
}

static enum judgement offer_lot(struct offer *offer)
{
    struct event *event = &offer->event;
    const bool owner = strcmp(offer->in->what, "CUSTODY") != 0;
    const bool custody = strcmp(offer->in->what, "OWNERSHIP") != 0;
    uint32_t needs = NEED_FREE;
    needs |= owner ? NEED_OWNER : 0u;
    needs |= custody ? NEED_CUSTODY | NEED_STOCK | NEED_PLACE : 0u;
    enum judgement judgement = event_open(event, &offer->lot, offer->in->lot, needs, "lot");
    if (judgement == JUDGE_OK &&
        (offer->lot->state == LOT_CLOSED || offer->lot->state == LOT_VOID)) {
        judgement = event_refuse(event, JUDGE_NEVER, ERR_STATE_MACHINE, "lot", "4.4",
                                 sm_name(&lot_machine, (uint8_t)offer->lot->state),
                                 "nothing is left of this lot");
    }
    if (judgement == JUDGE_OK) {
        offer->scheme = offer->lot->scheme;
        judgement = event_rules(event, offer->scheme);
    }
    return judgement == JUDGE_OK ? offer_part(offer, &offer->lot) : judgement;
}

/* The lots of the load are read for their mass only: nothing about them changes yet. */
static enum judgement offer_load(struct offer *offer)
{
    struct event *event = &offer->event;
    int64_t total = 0;
    enum judgement judgement = load_open(event, &offer->load, offer->in->sscc);
    if (judgement == JUDGE_OK && offer->load->state != LOAD_LOADED &&
        offer->load->state != LOAD_ARRIVED) {
        judgement = event_refuse(event, JUDGE_NEVER, ERR_STATE_MACHINE, "sscc", "4.4",
                                 sm_name(&load_machine, (uint8_t)offer->load->state),
                                 "a load is handed over where it stands");
    }
    if (judgement == JUDGE_OK) {
        judgement = load_lots(event, offer->load, &total, &offer->scheme);
    }
    if (judgement == JUDGE_OK && offer->scheme == NULL) {
        judgement = event_refuse(event, JUDGE_NEVER, ERR_STATE_MACHINE, "sscc", "D41", NULL,
                                 "nothing is left in this load");
    }
    if (judgement == JUDGE_OK) {
        judgement = event_rules(event, offer->scheme);
    }
    offer->record.qty_kg = total;
    return judgement;
}

static enum judgement offer_expiry(struct offer *offer)
{
    struct dec days = {0, 0};
    const enum judgement judgement = event_value(&offer->event, &days, "offer.days");
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const __int128 life = (__int128)DAY_MS * days.m / (__int128)dec_power(days.s);
    offer->record.expires_ms = offer->event.context->time_ms + (uint64_t)life;
    return JUDGE_OK;
}

static enum judgement offer_put(struct offer *offer)
{
    struct event *event = &offer->event;
    struct rule_context *context = event->context;
    Seam__OfferRecord *record = &offer->record;
    const ProtobufCBinaryData id = event_data(&context->tx_id);
    record->offer = id;
    record->what = offer->in->what;
    record->lot = offer->lot != NULL ? offer->lot->lot : record->lot;
    record->sscc = offer->in->sscc;
    record->from = (char *)(uintptr_t)context->organisation_id;
    record->to = offer->in->to;
    record->qty_kg = offer->lot != NULL ? offer->lot->qty_kg : record->qty_kg;
    record->price_hash = offer->in->price_hash;
    record->time_ms = context->time_ms;
    record->height = context->height;
    record->event_time_ms = event->head->event_time_ms;
    if (offer->lot != NULL) {
        offer->lot->offer = id;
        offer->lot->offer_expires_ms = record->expires_ms;
    } else {
        offer->load->offer = id;
        offer->load->offer_expires_ms = record->expires_ms;
    }
    event->record.offer = id;
    event->record.what = record->what;
    event->record.to = record->to;
    event->record.price_hash = record->price_hash;
    const struct state_key key = view_offer_key(&context->tx_id);
    enum err err = view_put(context->state, state_key_bytes(&key), &record->base, context->arena);
    if (err == OK) {
        err = rule_created(context, state_key_bytes(&key));
    }
    if (err == OK) {
        err = event_list(event, LOT_LIST_OFFERS_MADE, record->from, record->lot, &context->tx_id);
    }
    if (err == OK) {
        err = event_list(event, LOT_LIST_OFFERS_RECEIVED, record->to, record->lot, &context->tx_id);
    }
    const enum judgement judgement = event_world(event, err);
    return judgement == JUDGE_OK && offer->load != NULL ? load_put(event, offer->load) : judgement;
}

enum judgement lot_offer(struct rule_context *context, const ProtobufCMessage *payload,
                         const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    struct offer offer = {.in = (const Seam__LotOffer *)payload,
                          .record = SEAM__OFFER_RECORD__INIT};
    enum judgement judgement =
        event_start(&offer.event, context, LOT_OFFER_TYPE, offer.in->event, detail);
    if (judgement == JUDGE_OK) {
        judgement = check_what(&offer);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_to(&offer);
    }
    if (judgement == JUDGE_OK) {
        judgement = offer.in->sscc[0] != '\0' ? offer_load(&offer) : offer_lot(&offer);
    }
    if (judgement == JUDGE_OK) {
        judgement = offer_expiry(&offer);
    }
    if (judgement == JUDGE_OK) {
        judgement = offer_put(&offer);
    }
    return judgement == JUDGE_OK ? event_finish(&offer.event) : judgement;
}
