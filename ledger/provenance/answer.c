/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to an offer: acceptance with the mass received, refusal with its reason, withdrawal.
 */

#include "ledger/provenance/rules.h"

#include <stdio.h>
#include <string.h>

#include "ledger/provenance/load.h"

#define GLN_DIGITS 13

struct answer {
    struct event event;
    const Seam__LotAnswer *in;
    Seam__OfferRecord *offer;
    struct hash offer_id;
    Seam__LoadRecord *load;
    const char *scheme;
    int64_t total;
    enum offer_state state;
    bool owner;
    bool custody;
};

static enum judgement read_answer(struct answer *answer)
{
    static const struct {
        const char *name;
        enum offer_state state;
    } answers[] = {
        {"ACCEPT", OFFER_ACCEPTED}, {"REFUSE", OFFER_REFUSED}, {"WITHDRAW", OFFER_WITHDRAWN}};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        if (strcmp(answers[i].name, answer->in->answer) == 0) {
            answer->state = answers[i].state;
        }
    }
    if (answer->state == OFFER_OPEN) {
        return event_refuse(&answer->event, JUDGE_NEVER, ERR_ENUM, "answer", "D41",
                            "ACCEPT, REFUSE, WITHDRAW", NULL);
    }
    if (answer->state != OFFER_ACCEPTED && answer->in->reason[0] == '\0') {
        return event_refuse(&answer->event, JUDGE_NEVER, ERR_MISSING, "reason", "D41", NULL,
                            "a refusal says why");
    }
    if (answer->in->offer.len != HASH_SIZE) {
        return event_refuse(&answer->event, JUDGE_NEVER, ERR_LENGTH, "offer", "D41", "32 bytes",
                            NULL);
    }
    memcpy(answer->offer_id.bytes, answer->in->offer.data, HASH_SIZE);
    return JUDGE_OK;
}

/* Who may answer: the one it was made to, or, for a withdrawal, the one who made it. */
static enum judgement check_party(const struct answer *answer)
{
    const bool withdraw = answer->state == OFFER_WITHDRAWN;
    const char *party = withdraw ? answer->offer->from : answer->offer->to;
    if (strcmp(party, answer->event.context->organisation_id) == 0) {
        return JUDGE_OK;
    }
    return event_refuse(&answer->event, JUDGE_NEVER, ERR_ROLE, "offer", "D41", party,
                        withdraw ? "only who made the offer withdraws it"
                                 : "the offer was made to another organisation");
}

static enum judgement read_offer(struct answer *answer)
{
    struct event *event = &answer->event;
    const Seam__OfferRecord *stored = NULL;
    enum judgement judgement = read_answer(answer);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const enum err err =
        view_offer(&stored, event->context->state, &answer->offer_id, event->context->arena);
    if (err != OK) {
        return event_missing(event, err, "offer", "no such offer");
    }
    answer->offer = (Seam__OfferRecord *)(uintptr_t)stored; /* decoded for this transaction */
    judgement = check_party(answer);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    uint8_t state = (uint8_t)offer_status(stored, event->context->time_ms);
    const enum err moved = sm_move(&offer_machine, &state, (uint8_t)answer->state, event->detail);
    if (moved != OK) {
        char limit[TIME_TEXT_SIZE];
        time_text(limit, stored->expires_ms);
        return event_refuse(event, JUDGE_NEVER, moved, "offer", "D11", limit,
                            "the offer has been answered, or its time is over");
    }
    if (event->head->event_time_ms < stored->event_time_ms) {
        return event_refuse(event, JUDGE_NEVER, ERR_RANGE, "event.event_time_ms", "D41", NULL,
                            "before the offer");
    }
    answer->owner = strcmp(stored->what, "CUSTODY") != 0;
    answer->custody = strcmp(stored->what, "OWNERSHIP") != 0;
    return JUDGE_OK;
}

/* --- what the offer was of ------------------------------------------------------------------- */

static enum judgement open_lot(struct answer *answer)
{
    struct event *event = &answer->event;
    Seam__LotRecord *lot = NULL;
    enum judgement judgement = event_open(event, &lot, answer->offer->lot, 0, "offer");
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const struct quality quality = quality_of(lot);
    answer->scheme = lot->scheme;
    answer->total = lot->qty_kg;
    lot->offer_expires_ms = 0;
    if (answer->state == OFFER_ACCEPTED && lot->qty_kg == 0) {
        return event_refuse(event, JUDGE_NEVER, ERR_STATE_MACHINE, "offer", "4.4",
                            sm_name(&lot_machine, (uint8_t)lot->state),
                            "nothing is left of this lot");
    }
    return event_world(event, event_input(event, lot->lot, lot->qty_kg, &quality));
}

/* The load is the sender's of the offer; it is not opened as one's own. */
static enum judgement open_load(struct answer *answer)
{
    struct event *event = &answer->event;
    const Seam__LoadRecord *stored = NULL;
    const enum err err =
        view_load(&stored, event->context->state, answer->offer->sscc, event->context->arena);
    if (err != OK) {
        return event_world(event, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    answer->load = (Seam__LoadRecord *)(uintptr_t)stored;
    answer->load->offer_expires_ms = 0;
    event->record.sscc = answer->load->sscc;
    const enum judgement judgement =
        load_lots(event, answer->load, &answer->total, &answer->scheme);
    if (judgement == JUDGE_OK && answer->state == OFFER_ACCEPTED && answer->scheme == NULL) {
        return event_refuse(event, JUDGE_NEVER, ERR_STATE_MACHINE, "offer", "D41", NULL,
                            "nothing is left in this load");
    }
    return judgement;
}

/* --- acceptance ------------------------------------------------------------------------------ */

/* Who takes custody weighs; who only buys takes what the custodian holds. */
static enum judgement accept_mass(struct answer *answer)
{
    struct event *event = &answer->event;
    int64_t received = answer->total;
    if (answer->in->qty_received[0] != '\0') {
        const enum err err = mass_parse(&received, answer->in->qty_received, false);
        if (err != OK) {
            return event_refuse(event, JUDGE_NEVER, err, "qty_received", "4.1",
                                "t, above 0, at most 3 decimals", NULL);
        }
    }
    if (answer->in->qty_received[0] == '\0' && answer->total != answer->offer->qty_kg) {
        char limit[MASS_TEXT_SIZE];
        mass_text(limit, answer->total);
        return event_refuse(event, JUDGE_NEVER, ERR_BALANCE, "qty_received", "D41", limit,
                            "not what was offered any more: say how much is taken");
    }
    answer->offer->received_kg = received;
    if (!answer->custody && received != answer->total) {
        char limit[MASS_TEXT_SIZE];
        mass_text(limit, answer->total);
        return event_refuse(event, JUDGE_NEVER, ERR_BALANCE, "qty_received", "D41", limit,
                            "ownership alone changes no mass");
    }
    event->record.cause = answer->in->cause;
    return load_measured(event, answer->total, received, "handover.tolerance", answer->in->cause,
                         "qty_received", "W_TRANSPORT");
}

/* The same place, or one under the same GLN: a yard of it. */
static bool same_site(const char *a, const char *b)
{
    const size_t root = strspn(a, "0123456789");
    const bool gln = root == GLN_DIGITS && (a[root] == '\0' || a[root] == '.');
    return strcmp(a, b) == 0 ||
           (gln && strncmp(a, b, root) == 0 && (b[root] == '\0' || b[root] == '.'));
}

/* Coal in stock does not travel by a signature: a place elsewhere has a leg, which is missing. */
static enum err flag_place(struct answer *answer, const Seam__LotRecord *lot)
{
    char amount[MASS_TEXT_SIZE];
    if (answer->load != NULL || same_site(lot->place, answer->event.head->place)) {
        return OK;
    }
    mass_text(amount, lot->qty_kg);
    return event_finding(&answer->event, "W_PLACE", "PLACE", amount, lot->place);
}

static enum judgement accept_lot(struct answer *answer, Seam__LotRecord *lot)
{
    struct event *event = &answer->event;
    char *sender = (char *)(uintptr_t)event->context->organisation_id;
    enum err err = OK;
    if (answer->owner) {
        lot->owner = sender;
        err = event_list(event, LOT_LIST_OWNED, sender, lot->lot, NULL);
    }
    if (answer->custody) {
        lot->custodian = sender;
        if (err == OK) {
            err = event_list(event, LOT_LIST_HELD, sender, lot->lot, NULL);
        }
        if (err == OK) {
            err = flag_place(answer, lot);
        }
        if (err == OK && strcmp(lot->place, event->head->place) != 0) {
            lot->place = event->head->place;
            err = event_list(event, LOT_LIST_AT, lot->place, lot->lot, NULL);
        }
    }
    event_touch(event, lot);
    return event_world(event, err);
}

/* A load is taken over where it stands. */
static enum judgement accept_load(struct answer *answer)
{
    struct event *event = &answer->event;
    Seam__LoadRecord *load = answer->load;
    if (strcmp(load->place, event->head->place) != 0) {
        return event_refuse(event, JUDGE_NEVER, ERR_CONFLICT, "event.place", "D41", load->place,
                            "the load stands at another place");
    }
    load->custodian = (char *)(uintptr_t)event->context->organisation_id;
    load->moved_time_ms = event->head->event_time_ms;
    return event_world(event, event_list(event, LOT_LIST_LOADS, load->custodian, load->sscc, NULL));
}

static enum judgement accept(struct answer *answer)
{
    struct event *event = &answer->event;
    enum judgement judgement = answer->load != NULL ? accept_load(answer) : JUDGE_OK;
    if (judgement == JUDGE_OK) {
        judgement = event_rules(event, answer->scheme);
    }
    if (judgement == JUDGE_OK) {
        judgement = accept_mass(answer);
    }
    for (size_t i = 0; i < event->lot_count && judgement == JUDGE_OK; i++) {
        judgement = accept_lot(answer, event->lots[i].lot);
    }
    return judgement;
}

static enum judgement answer_put(struct answer *answer)
{
    struct event *event = &answer->event;
    Seam__OfferRecord *offer = answer->offer;
    offer->state = answer->state;
    offer->answer_event = event_data(&event->context->tx_id);
    offer->reason = answer->in->reason;
    event->record.offer = event_data(&answer->offer_id);
    event->record.what = offer->what;
    event->record.to = offer->to;
    event->record.answer = answer->in->answer;
    event->record.reason = answer->in->reason;
    const struct state_key key = view_offer_key(&answer->offer_id);
    const enum judgement judgement =
        event_world(event, view_put(event->context->state, state_key_bytes(&key), &offer->base,
                                    event->context->arena));
    return judgement == JUDGE_OK && answer->load != NULL ? load_put(event, answer->load)
                                                         : judgement;
}

enum judgement lot_answer(struct rule_context *context, const ProtobufCMessage *payload,
                          const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    struct answer answer = {.in = (const Seam__LotAnswer *)payload, .state = OFFER_OPEN};
    enum judgement judgement =
        event_start(&answer.event, context, LOT_ANSWER_TYPE, answer.in->event, detail);
    if (judgement == JUDGE_OK) {
        judgement = read_offer(&answer);
    }
    if (judgement == JUDGE_OK) {
        judgement = answer.offer->sscc[0] != '\0' ? open_load(&answer) : open_lot(&answer);
    }
    if (judgement == JUDGE_OK && answer.state == OFFER_ACCEPTED) {
        judgement = accept(&answer);
    }
    if (judgement == JUDGE_OK) {
        judgement = answer_put(&answer);
    }
    return judgement == JUDGE_OK ? event_finish(&answer.event) : judgement;
}
