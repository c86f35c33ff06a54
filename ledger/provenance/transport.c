/* SPDX-License-Identifier: Apache-2.0 */
/* Legs of transport: the event of departure carries mass, distance and mode, from which a view
 * makes grams; nothing is computed here [KSSJ 7.2.1b]. The event of arrival carries the mass found.
 */

#include "ledger/provenance/rules.h"

#include <stdio.h>
#include <string.h>

#include "ledger/provenance/identifier.h"
#include "ledger/provenance/load.h"

static enum judgement check_leg(struct event *event, const Seam__LotDepart *in)
{
    struct dec distance = {0, 0};
    if (!identifier_place_valid(in->to) || strcmp(in->to, event->head->place) == 0) {
        return event_refuse(event, JUDGE_NEVER, ERR_RANGE, "to", "4.1", "another place",
                            "facility id or SGLN with its check digit");
    }
    if (dec_parse(&distance, bytes_text(in->distance_km)) != OK || distance.s > 1) {
        return event_refuse(event, JUDGE_NEVER, ERR_DEC, "distance_km", "4.1", "at most 1 decimal",
                            NULL);
    }
    const int64_t hm = distance.m * (distance.s == 0 ? 10 : 1);
    if (distance.m <= 0 || distance.m > 400000 || hm > 400000) {
        return event_refuse(event, JUDGE_NEVER, ERR_RANGE, "distance_km", "4.1", "0.1..40000",
                            NULL);
    }
    event->record.distance_hm = (uint32_t)hm;
    event->record.to = in->to;
    event->record.mode = in->mode;
    event->record.vehicle = in->vehicle;
    event->record.fuel = in->fuel;
    event->record.stage = (char *)(uintptr_t) "TR";
    return JUDGE_OK;
}

/* The lot rules must have the factor of the mode; which one stands in the event. */
static enum judgement check_mode(struct event *event, const char *mode)
{
    static const char *const modes[] = {"RAIL", "ROAD", "SEA", "RIVER", "CONVEYOR"};
    char key[48];
    struct dec ignored;
    bool known = false;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        known = known || strcmp(modes[i], mode) == 0;
    }
    if (!known) {
        return event_refuse(event, JUDGE_NEVER, ERR_ENUM, "mode", "4.1",
                            "RAIL, ROAD, SEA, RIVER, CONVEYOR", NULL);
    }
    (void)snprintf(key, sizeof key, "transport.%s", mode);
    event->record.factor_key = event_text(event, key);
    if (event->record.factor_key == NULL) {
        return event_world(event, ERR_MEMORY);
    }
    return event_value(event, &ignored, key);
}

static enum judgement move_lots(struct event *event, enum lot_state next, char *place)
{
    for (size_t i = 0; i < event->lot_count; i++) {
        Seam__LotRecord *lot = event->lots[i].lot;
        if (lot->qty_kg == 0) { /* nothing arrived of it */
            continue;
        }
        const enum judgement judgement = event_move(event, lot, next);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        if (place != NULL) {
            lot->place = place;
        }
    }
    return JUDGE_OK;
}

static enum judgement depart_leg(struct event *event, Seam__LoadRecord *load,
                                 const Seam__LotDepart *in)
{
    load->depart_event = event_data(&event->context->tx_id);
    load->mode = in->mode;
    load->to = in->to;
    load->legs++;
    const enum judgement judgement = move_lots(event, LOT_IN_TRANSIT, NULL);
    return judgement == JUDGE_OK ? load_put(event, load) : judgement;
}

enum judgement lot_depart(struct rule_context *context, const ProtobufCMessage *payload,
                          const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__LotDepart *in = (const Seam__LotDepart *)payload;
    struct event event;
    Seam__LoadRecord *load = NULL;
    const char *scheme = NULL;
    int64_t total = 0;
    enum judgement judgement = event_start(&event, context, LOT_DEPART_TYPE, in->event, detail);
    if (judgement == JUDGE_OK) {
        judgement = load_open(&event, &load, in->sscc);
    }
    if (judgement == JUDGE_OK && strcmp(load->place, event.head->place) != 0) {
        judgement = event_refuse(&event, JUDGE_NEVER, ERR_CONFLICT, "event.place", "D41",
                                 load->place, "the load stands at another place");
    }
    if (judgement == JUDGE_OK) {
        judgement = load_move(&event, load, LOAD_IN_TRANSIT);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_leg(&event, in);
    }
    if (judgement == JUDGE_OK) {
        judgement = load_lots(&event, load, &total, &scheme);
    }
    if (judgement == JUDGE_OK && scheme == NULL) {
        judgement = event_refuse(&event, JUDGE_NEVER, ERR_STATE_MACHINE, "sscc", "D41", NULL,
                                 "nothing is left in this load");
    }
    if (judgement == JUDGE_OK) {
        judgement = event_rules(&event, scheme);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_mode(&event, in->mode);
    }
    if (judgement == JUDGE_OK) {
        judgement = depart_leg(&event, load, in);
    }
    return judgement == JUDGE_OK ? event_finish(&event) : judgement;
}

/* --- arrival --------------------------------------------------------------------------------- */

static enum judgement arrive_lots(struct event *event, Seam__LoadRecord *load)
{
    load->place = event->head->place;
    enum judgement judgement = move_lots(event, LOT_ARRIVED, load->place);
    for (size_t i = 0; i < event->lot_count && judgement == JUDGE_OK; i++) {
        const Seam__LotRecord *lot = event->lots[i].lot;
        if (lot->qty_kg > 0) {
            judgement =
                event_world(event, event_list(event, LOT_LIST_AT, lot->place, lot->lot, NULL));
        }
    }
    return judgement == JUDGE_OK ? load_put(event, load) : judgement;
}

/* Loss within the tolerance of the mode, or explained; a load that gains mass is refused [D41]. */
static enum judgement arrive_mass(struct event *event, const Seam__LoadRecord *load,
                                  const Seam__LotArrive *in)
{
    const char *scheme = NULL;
    int64_t total = 0;
    int64_t measured = 0;
    char key[48];
    enum judgement judgement = load_lots(event, load, &total, &scheme);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const enum err err = mass_parse(&measured, in->qty_unload, true);
    if (err != OK) {
        return event_refuse(event, JUDGE_NEVER, err, "qty_unload", "4.1", "t, at most 3 decimals",
                            NULL);
    }
    event->record.cause = in->cause;
    event->record.reason = in->reason;
    event->record.stage = (char *)(uintptr_t) "TR";
    event->record.mode = load->mode;
    event->record.depart_event = load->depart_event;
    if (scheme == NULL) { /* everything was lost on the way */
        return measured == 0 ? JUDGE_OK
                             : event_refuse(event, JUDGE_NEVER, ERR_BALANCE, "qty_unload", "V12",
                                            "0.000 t", "nothing was left in this load");
    }
    judgement = event_rules(event, scheme);
    (void)snprintf(key, sizeof key, "transport_loss.%s", load->mode);
    return judgement == JUDGE_OK
               ? load_measured(event, total, measured, key, in->cause, "qty_unload", "W_TRANSPORT")
               : judgement;
}

enum judgement lot_arrive(struct rule_context *context, const ProtobufCMessage *payload,
                          const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__LotArrive *in = (const Seam__LotArrive *)payload;
    struct event event;
    Seam__LoadRecord *load = NULL;
    enum judgement judgement = event_start(&event, context, LOT_ARRIVE_TYPE, in->event, detail);
    if (judgement == JUDGE_OK) {
        judgement = load_open(&event, &load, in->sscc);
    }
    if (judgement == JUDGE_OK) {
        judgement = load_move(&event, load, LOAD_ARRIVED);
    }
    if (judgement == JUDGE_OK && strcmp(load->to, event.head->place) != 0) {
        judgement = event_refuse(&event, JUDGE_NEVER, ERR_CONFLICT, "event.place", "D41", load->to,
                                 "the leg goes to another place");
    }
    if (judgement == JUDGE_OK) {
        judgement = arrive_mass(&event, load, in);
    }
    if (judgement == JUDGE_OK) {
        judgement = arrive_lots(&event, load);
    }
    return judgement == JUDGE_OK ? event_finish(&event) : judgement;
}
