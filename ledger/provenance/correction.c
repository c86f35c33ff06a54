/* SPDX-License-Identifier: Apache-2.0 */
/* The error declaration (EPCIS errorDeclaration). The event stays for ever and is marked. What it
 * did is taken back only where nothing has followed from it: lots that it made are untouched and
 * whole, lots that it took from still stand where they stood. Everything else would move coal that
 * somebody else has built on, so there the declaration is a flag, and the loss, the gain or the new
 * handover that puts things right is an event of its own. */

#include "ledger/provenance/rules.h"

#include <stdio.h>
#include <string.h>

#include "ledger/provenance/event.h"

#define HISTORY_MAX 256 /* entries of a lot that are looked at */
#define MOVED_SINCE "a lot that it took from was moved, handed over or measured since"

struct correction {
    struct event event;
    Seam__LotHead head;
    const Seam__LotError *in;
    struct hash wrong_id;
    const Seam__LotEventRecord *wrong;
    const char *blocked; /* why its effect stays; NULL: it is taken back */
};

static enum judgement read_wrong(struct correction *work, struct rule_context *context,
                                 struct err_detail *detail)
{
    struct event *event = &work->event;
    *event = (struct event){.context = context, .detail = detail};
    if (strcmp(work->in->reason, "DID_NOT_OCCUR") != 0 &&
        strcmp(work->in->reason, "INCORRECT_DATA") != 0) {
        return event_refuse(event, JUDGE_NEVER, ERR_ENUM, "reason", "D41",
                            "DID_NOT_OCCUR, INCORRECT_DATA", NULL);
    }
    if (work->in->event_id.len != HASH_SIZE) {
        return event_refuse(event, JUDGE_NEVER, ERR_LENGTH, "event_id", "D41", "32 bytes", NULL);
    }
    memcpy(work->wrong_id.bytes, work->in->event_id.data, HASH_SIZE);
    const enum err err =
        view_lot_event(&work->wrong, context->state, &work->wrong_id, context->arena);
    if (err != OK) {
        return event_missing(event, err, "event_id", "no such event");
    }
    if (strcmp(work->wrong->organisation, context->organisation_id) != 0) {
        return event_refuse(event, JUDGE_NEVER, ERR_ROLE, "event_id", "D41",
                            work->wrong->organisation,
                            "who recorded an event declares it an error");
    }
    if (work->wrong->error != NULL) {
        return event_refuse(event, JUDGE_NEVER, ERR_CONFLICT, "event_id", "D41",
                            work->wrong->error->reason, "declared an error already");
    }
    return JUDGE_OK;
}

/* What replaces it was recorded already, by the same organisation. */
static enum judgement check_corrective(struct correction *work)
{
    struct event *event = &work->event;
    for (size_t i = 0; i < work->in->n_corrective_events; i++) {
        const ProtobufCBinaryData id = work->in->corrective_events[i];
        const Seam__LotEventRecord *record = NULL;
        struct hash hash;
        if (id.len != HASH_SIZE) {
            return event_refuse(event, JUDGE_NEVER, ERR_LENGTH, "corrective_events", "D41",
                                "32 bytes", NULL);
        }
        memcpy(hash.bytes, id.data, HASH_SIZE);
        if (hash_equal(&hash, &work->wrong_id)) {
            return event_refuse(event, JUDGE_NEVER, ERR_CONFLICT, "corrective_events", "D41", NULL,
                                "an event does not correct itself");
        }
        const enum err err =
            view_lot_event(&record, event->context->state, &hash, event->context->arena);
        if (err != OK) {
            return event_missing(event, err, "corrective_events", "no such event");
        }
        if (strcmp(record->organisation, event->context->organisation_id) != 0) {
            return event_refuse(event, JUDGE_NEVER, ERR_ROLE, "corrective_events", "D41",
                                record->organisation, "another organisation recorded it");
        }
    }
    return JUDGE_OK;
}

/* --- may it be taken back? ------------------------------------------------------------------- */

/* Movements between parties and machines are facts for others too: they are flagged. */
static bool type_returns(const Seam__LotEventRecord *wrong)
{
    switch (wrong->type) {
    case LOT_MINE_TYPE:
    case LOT_WASH_TYPE:
    case LOT_BLEND_TYPE:
    case LOT_SPLIT_TYPE:
    case LOT_USE_TYPE:
        return true;
    case LOT_LOSS_TYPE:
        return strcmp(wrong->cause, "MOISTURE") != 0; /* the quality changed with it */
    default:
        return false;
    }
}

/* Did coal with a claim go into it? */
static bool claim_went(const Seam__LotEventRecord *wrong)
{
    for (size_t i = 0; i < wrong->n_inputs; i++) {
        if (wrong->inputs[i]->claim_kg > 0) {
            return true;
        }
    }
    return false;
}

static bool type_moves(uint32_t type)
{
    return type == LOT_LOAD_TYPE || type == LOT_UNLOAD_TYPE || type == LOT_DEPART_TYPE ||
           type == LOT_ARRIVE_TYPE || type == LOT_ANSWER_TYPE || type == LOT_STOCKTAKE_TYPE ||
           type == LOT_STOCKTAKE_CONFIRM_TYPE;
}

static const char *output_blocks(const struct correction *work, const Seam__LotRecord *lot)
{
    if (lot->state != LOT_IN_STOCK || lot->qty_kg != lot->created_kg || lot->events != 1) {
        return "a lot that it made was used since";
    }
    if (strcmp(lot->owner, work->wrong->organisation) != 0 &&
        strcmp(lot->custodian, work->wrong->organisation) != 0) {
        return "a lot that it made has another owner";
    }
    if (lot->model == MODEL_MASS_BALANCE && (lot->claim_kg > 0 || claim_went(work->wrong))) {
        return "its claim is in the book";
    }
    return NULL;
}

/* The height of the last move does not tell the order within one block, nor whether a lot that a
 * loss closed was in a load, which has gone on since: its history does, newest first. */
static enum err history_blocks(const struct correction *work, const Seam__LotRecord *lot,
                               const char **blocked)
{
    const bool lost = work->wrong->type == LOT_LOSS_TYPE && lot->state == LOT_CLOSED;
    bool before = false; /* the wrong event */
    if (!lost && lot->moved_height < work->wrong->height) {
        return OK;
    }
    for (uint32_t i = lot->events; i > 0 && lot->events - i < HISTORY_MAX; i--) {
        const Seam__LotHistoryEntry *entry = NULL;
        const enum err err = view_lot_history(&entry, work->event.context->state, lot->lot, i - 1,
                                              work->event.context->arena);
        if (err != OK) {
            return err == ERR_ABSENT ? ERR_CORRUPT : err;
        }
        const bool wrong = entry->event_id.len == HASH_SIZE &&
                           memcmp(entry->event_id.data, work->wrong_id.bytes, HASH_SIZE) == 0;
        if (before && entry->type == LOT_UNLOAD_TYPE) {
            return OK;
        }
        if (!wrong && type_moves(entry->type)) {
            *blocked = before ? "a lot that it took from was in a load" : MOVED_SINCE;
            return OK;
        }
        before = before || wrong;
        if (before && (!lost || entry->created)) {
            return OK;
        }
    }
    *blocked = "too much has happened to a lot that it took from";
    return OK;
}

static const char *input_blocks(const struct correction *work, const Seam__LotRecord *lot,
                                const Seam__LotEventPart *part)
{
    if (lot->qty_kg > MASS_KG_MAX - part->qty_kg) {
        return "a lot that it took from would be larger than a lot may be";
    }
    if (lot->moisture_e4 != part->moisture_e4) { /* it dried since: the same kilograms hold more */
        return "a lot that it took from has another moisture since";
    }
    if (lot->state != LOT_IN_STOCK && lot->state != LOT_CLOSED) {
        return "a lot that it took from has left since";
    }
    if (lot->moved_height > work->wrong->height) {
        return MOVED_SINCE;
    }
    return lot_offered(lot, work->event.context->time_ms) ? "a lot that it took from is offered"
                                                          : NULL;
}

/* Opens every lot of the event, outputs first, and asks what stands in the way. */
static enum judgement open_lots(struct correction *work)
{
    struct event *event = &work->event;
    const Seam__LotEventRecord *wrong = work->wrong;
    work->blocked = type_returns(wrong) ? NULL : "an event of this kind is not taken back";
    for (size_t i = 0; i < wrong->n_outputs + wrong->n_inputs; i++) {
        const bool output = i < wrong->n_outputs;
        const Seam__LotEventPart *part =
            output ? wrong->outputs[i] : wrong->inputs[i - wrong->n_outputs];
        Seam__LotRecord *lot = NULL;
        const enum judgement judgement = event_open(event, &lot, part->lot, 0, "event_id");
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        if (work->blocked == NULL) {
            work->blocked = output ? output_blocks(work, lot) : input_blocks(work, lot, part);
        }
        if (work->blocked == NULL && !output) {
            const enum err err = history_blocks(work, lot, &work->blocked);
            if (err != OK) {
                return event_world(event, err);
            }
        }
    }
    return JUDGE_OK;
}

/* --- taking it back -------------------------------------------------------------------------- */

/* product: that of the lot, and "", all products. */
static enum err month_void(struct correction *work, const Seam__LotRecord *lot, const char *product)
{
    struct rule_context *context = work->event.context;
    const Seam__LotMonthRecord *old = NULL;
    struct state_key key;
    if (lot->facility[0] == '\0') {
        return OK;
    }
    if (!view_lot_month_key(&key, lot->facility, lot->month, product)) {
        return ERR_CORRUPT;
    }
    const enum err err =
        view_lot_month(&old, context->state, lot->facility, lot->month, product, context->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    Seam__LotMonthRecord record = *old;
    record.qty_kg -= lot->created_kg;
    record.voided++;
    return view_put(context->state, state_key_bytes(&key), &record.base, context->arena);
}

static enum judgement void_output(struct correction *work, Seam__LotRecord *lot)
{
    const enum judgement judgement = event_move(&work->event, lot, LOT_VOID);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    lot->voided_kg = lot->qty_kg;
    lot->qty_kg = 0;
    lot->claim_kg = 0;
    lot->carried_gain_kg = 0;
    lot->offer_expires_ms = 0;
    const enum err err = month_void(work, lot, lot->product);
    return event_world(&work->event, err == OK ? month_void(work, lot, "") : err);
}

/* The lot is again what it was; that it opens does not move it, so that an earlier event can be
 * taken back too. */
static enum judgement return_input(struct correction *work, Seam__LotRecord *lot,
                                   const Seam__LotEventPart *part)
{
    struct event *event = &work->event;
    struct rule_context *context = event->context;
    uint8_t state = (uint8_t)lot->state;
    if (state == LOT_CLOSED) {
        const enum err err = sm_move(&lot_machine, &state, LOT_IN_STOCK, event->detail);
        if (err != OK) {
            return view_judgement(err, JUDGE_NEVER);
        }
        lot->state = state;
    }
    lot->qty_kg += part->qty_kg;
    lot->returned_kg += part->qty_kg;
    lot->claim_kg += part->claim_kg;
    lot->carried_gain_kg += part->gain_kg; /* rounded up when it went: never less than the truth */
    lot->carried_gain_kg = lot->carried_gain_kg < lot->qty_kg ? lot->carried_gain_kg : lot->qty_kg;
    if (part->edge == 0) {
        return JUDGE_OK;
    }
    const Seam__LotEdge *old = NULL;
    enum err err = view_lot_edge(&old, context->state, lot->lot, part->edge - 1, context->arena);
    if (err == OK) {
        Seam__LotEdge edge = *old;
        const struct state_key key = view_lot_edge_key(lot->lot, part->edge - 1);
        edge.undone = true;
        err = view_put(context->state, state_key_bytes(&key), &edge.base, context->arena);
    }
    return event_world(event, err == ERR_ABSENT ? ERR_CORRUPT : err);
}

static enum judgement take_back(struct correction *work)
{
    struct event *event = &work->event;
    const size_t outputs = work->wrong->n_outputs;
    enum judgement judgement = JUDGE_OK;
    for (size_t i = 0; i < event->lot_count && judgement == JUDGE_OK; i++) {
        judgement = i < outputs
                        ? void_output(work, event->lots[i].lot)
                        : return_input(work, event->lots[i].lot, work->wrong->inputs[i - outputs]);
    }
    return judgement;
}

static enum judgement flag(struct correction *work)
{
    char amount[MASS_TEXT_SIZE];
    int64_t kg = 0;
    for (size_t i = 0; i < work->wrong->n_outputs; i++) {
        kg += work->wrong->outputs[i]->qty_kg;
    }
    for (size_t i = 0; i < work->wrong->n_inputs && work->wrong->n_outputs == 0; i++) {
        kg += work->wrong->inputs[i]->qty_kg;
    }
    mass_text(amount, kg);
    return event_world(&work->event,
                       event_finding(&work->event, "W_ERROR", "EVENT", amount, work->blocked));
}

static enum err mark_put(struct correction *work)
{
    struct rule_context *context = work->event.context;
    Seam__LotEventRecord record = *work->wrong;
    Seam__LotErrorMark mark = SEAM__LOT_ERROR_MARK__INIT;
    mark.declared_by = event_data(&context->tx_id);
    mark.reason = work->in->reason;
    mark.undone = work->blocked == NULL;
    mark.note = work->in->note;
    mark.time_ms = context->time_ms;
    mark.corrective_events = work->in->corrective_events;
    mark.n_corrective_events = work->in->n_corrective_events;
    record.error = &mark;
    const struct state_key key = view_lot_event_key(&work->wrong_id);
    return view_put(context->state, state_key_bytes(&key), &record.base, context->arena);
}

enum judgement lot_error(struct rule_context *context, const ProtobufCMessage *payload,
                         const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    struct correction work = {.in = (const Seam__LotError *)payload, .head = SEAM__LOT_HEAD__INIT};
    enum judgement judgement = read_wrong(&work, context, detail);
    if (judgement == JUDGE_OK) {
        judgement = check_corrective(&work);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    work.head.event_time_ms = context->time_ms + EVENT_AHEAD_MS; /* after whatever it is about */
    work.head.place = work.wrong->place;
    work.head.parameter_set_hash = work.wrong->parameter_set_hash;
    work.head.note = work.in->note;
    judgement = event_start(&work.event, context, LOT_ERROR_TYPE, &work.head, detail);
    work.event.record.event_time_ms = context->time_ms;
    work.event.record.declares = work.in->event_id;
    work.event.record.reason = work.in->reason;
    if (judgement == JUDGE_OK) {
        judgement = open_lots(&work);
    }
    if (judgement == JUDGE_OK) {
        judgement = work.blocked == NULL ? take_back(&work) : flag(&work);
    }
    if (judgement == JUDGE_OK) {
        judgement = event_world(&work.event, mark_put(&work));
    }
    return judgement == JUDGE_OK ? event_finish(&work.event) : judgement;
}
