/* SPDX-License-Identifier: Apache-2.0 */
/* What an event leaves in the state. Every lot that it touched gets the event in its history, every
 * lot that it took from an edge to what was made, so that tracing needs no scan in any direction
 * [KSSJ 7.2.1a]. */

#include "ledger/provenance/event.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define SHARE_PPM 1000000

/* --- parts and findings ---------------------------------------------------------------------- */

static enum err part_add(struct event *event, Seam__LotEventPart **list, size_t *count, size_t room,
                         Seam__LotEventPart part)
{
    Seam__LotEventPart *copy = arena_alloc(event->context->arena, sizeof *copy);
    if (copy == NULL) {
        return ERR_MEMORY;
    }
    assert(*count < room);
    *copy = part;
    list[(*count)++] = copy;
    return OK;
}

static Seam__LotEventPart part_of(const char *lot, int64_t kg, const struct quality *quality)
{
    Seam__LotEventPart part = SEAM__LOT_EVENT_PART__INIT;
    part.lot = (char *)(uintptr_t)lot;
    part.qty_kg = kg;
    part.moisture_e4 = quality->moisture_e4;
    part.ash_e4 = quality->ash_e4;
    part.ncv_mj_t = quality->ncv_mj_t;
    part.has_carbon = quality->has_carbon;
    part.carbon_e4 = quality->has_carbon ? quality->carbon_e4 : 0;
    return part;
}

enum err event_input(struct event *event, const char *lot, int64_t kg,
                     const struct quality *quality)
{
    return part_add(event, event->inputs, &event->record.n_inputs, EVENT_LOTS_MAX,
                    part_of(lot, kg, quality));
}

enum err event_output(struct event *event, const char *lot, int64_t kg,
                      const struct quality *quality)
{
    return part_add(event, event->outputs, &event->record.n_outputs, EVENT_LOTS_MAX,
                    part_of(lot, kg, quality));
}

enum err event_loss(struct event *event, int64_t kg, const struct quality *quality)
{
    return part_add(event, event->losses, &event->record.n_losses, EVENT_OUTPUTS_MAX,
                    part_of("", kg, quality));
}

enum err event_finding(struct event *event, const char *code, const char *about, const char *amount,
                       const char *limit)
{
    Seam__LotFinding *finding = arena_alloc(event->context->arena, sizeof *finding);
    if (finding == NULL) {
        return ERR_MEMORY;
    }
    assert(event->record.n_findings < EVENT_FINDINGS_MAX);
    seam__lot_finding__init(finding);
    finding->code = event_text(event, code);
    finding->about = event_text(event, about);
    finding->amount = event_text(event, amount);
    finding->limit = event_text(event, limit);
    if (finding->code == NULL || finding->about == NULL || finding->amount == NULL ||
        finding->limit == NULL) {
        return ERR_MEMORY;
    }
    event->findings[event->record.n_findings++] = finding;
    return OK;
}

/* The carried gain of so much of the lot as it was before; of a lot that was made, all of its. */
static int64_t gain_before(const struct event_lot *entry, int64_t kg)
{
    if (entry->created) {
        return entry->lot->carried_gain_kg;
    }
    return entry->before_kg == 0
               ? 0
               : (int64_t)(((__int128)entry->before_gain_kg * kg + entry->before_kg - 1) /
                           entry->before_kg);
}

/* An input that went into other lots names the event that made it, so that a trace upwards goes
 * from event to event. */
static void part_complete(Seam__LotEventPart *part, const struct event_lot *entry)
{
    const Seam__LotRecord *lot = entry->lot;
    const int64_t claim = entry->before_claim_kg - lot->claim_kg;
    part->after_kg = lot->qty_kg;
    part->claim_kg = entry->created ? lot->claim_kg : claim > 0 ? claim : 0;
    part->gain_kg = gain_before(entry, part->qty_kg);
    part->edge = entry->edge;
    if (entry->edge != 0) {
        part->created_event = lot->created_event;
    }
}

/* The parts of one side in parts per million, adding up; what each lot has afterwards. */
static void parts_complete(struct event *event, Seam__LotEventPart **parts, size_t count)
{
    int64_t weights[EVENT_LOTS_MAX];
    int64_t shares[EVENT_LOTS_MAX];
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        weights[i] = parts[i]->qty_kg;
        any = any || weights[i] > 0;
        for (size_t k = 0; k < event->lot_count; k++) {
            const struct event_lot *entry = &event->lots[k];
            if (strcmp(entry->lot->lot, parts[i]->lot) == 0) {
                part_complete(parts[i], entry);
            }
        }
    }
    if (!any) {
        return;
    }
    shares_split(shares, weights, count, SHARE_PPM);
    for (size_t i = 0; i < count; i++) {
        parts[i]->share_ppm = (uint32_t)shares[i];
    }
}

/* --- lists ----------------------------------------------------------------------------------- */

enum err event_list(struct event *event, enum lot_list list, const char *owner, const char *lot,
                    const struct hash *id)
{
    struct rule_context *context = event->context;
    Seam__LotListEntry entry = SEAM__LOT_LIST_ENTRY__INIT;
    Seam__LotListCount counter = SEAM__LOT_LIST_COUNT__INIT;
    uint32_t count = 0;
    enum err err = view_lot_list_count(&count, context->state, list, owner, context->arena);
    if (err != OK) {
        return err;
    }
    if (count == UINT32_MAX) {
        return ERR_INTERNAL;
    }
    entry.lot = (char *)(uintptr_t)(lot != NULL ? lot : "");
    if (id != NULL) {
        entry.id = event_data(id);
    }
    struct state_key key = view_lot_list_key(list, owner, count);
    err = view_put(context->state, state_key_bytes(&key), &entry.base, context->arena);
    if (err != OK) {
        return err;
    }
    counter.count = count + 1;
    key = view_lot_list_count_key(list, owner);
    return view_put(context->state, state_key_bytes(&key), &counter.base, context->arena);
}

static enum err month_add(struct event *event, const Seam__LotRecord *lot, const char *product)
{
    struct rule_context *context = event->context;
    Seam__LotMonthRecord record = SEAM__LOT_MONTH_RECORD__INIT;
    const Seam__LotMonthRecord *old = NULL;
    struct state_key key;
    if (!view_lot_month_key(&key, lot->facility, lot->month, product)) {
        return ERR_INTERNAL;
    }
    const enum err err =
        view_lot_month(&old, context->state, lot->facility, lot->month, product, context->arena);
    if (err != OK && err != ERR_ABSENT) {
        return err;
    }
    if (err == OK) {
        record = *old;
    }
    record.facility = lot->facility;
    record.stage = lot->stage;
    record.month = lot->month;
    record.product = (char *)(uintptr_t)product;
    record.lots++;
    record.qty_kg += lot->created_kg;
    return view_put(context->state, state_key_bytes(&key), &record.base, context->arena);
}

/* Where a new lot can be found. */
static enum err lot_list(struct event *event, const Seam__LotRecord *lot)
{
    char produced[PRODUCED_OWNER_SIZE];
    const struct {
        enum lot_list list;
        const char *owner;
    } lists[] = {{LOT_LIST_ALL, ""},
                 {LOT_LIST_OWNED, lot->owner},
                 {LOT_LIST_HELD, lot->custodian},
                 {LOT_LIST_AT, lot->place},
                 {LOT_LIST_LOTS_OF_PRODUCT, lot->gtin}};
    enum err err = OK;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0] && err == OK; i++) {
        err = event_list(event, lists[i].list, lists[i].owner, lot->lot, NULL);
    }
    if (err != OK || lot->facility[0] == '\0') {
        return err;
    }
    view_produced_owner(produced, lot->facility, lot->month, lot->product);
    err = event_list(event, LOT_LIST_PRODUCED, produced, lot->lot, NULL);
    err = err == OK ? month_add(event, lot, lot->product) : err;
    return err == OK ? month_add(event, lot, "") : err;
}

/* --- history and edges ----------------------------------------------------------------------- */

static enum err history_put(struct event *event, const struct event_lot *entry)
{
    Seam__LotHistoryEntry history = SEAM__LOT_HISTORY_ENTRY__INIT;
    Seam__LotRecord *lot = entry->lot;
    history.event_id = event->record.event_id;
    history.type = event->record.type;
    history.created = entry->created;
    history.change_kg = lot->qty_kg - entry->before_kg;
    const struct state_key key = view_lot_history_key(lot->lot, lot->events++);
    return view_put(event->context->state, state_key_bytes(&key), &history.base,
                    event->context->arena);
}

static enum err edge_put(struct event *event, struct event_lot *entry)
{
    char *children[EVENT_LOTS_MAX];
    Seam__LotEdge edge = SEAM__LOT_EDGE__INIT;
    for (size_t i = 0; i < event->lot_count; i++) {
        const struct event_lot *child = &event->lots[i];
        if (child->created && (child->parent == NULL || child->parent == entry->lot)) {
            children[edge.n_children++] = child->lot->lot;
        }
    }
    assert(edge.n_children > 0);
    edge.event_id = event->record.event_id;
    edge.type = event->record.type;
    edge.qty_kg = entry->consumed_kg;
    edge.children = children;
    const struct state_key key = view_lot_edge_key(entry->lot->lot, entry->lot->edges++);
    entry->edge = entry->lot->edges;
    return view_put(event->context->state, state_key_bytes(&key), &edge.base,
                    event->context->arena);
}

/* So many lots of a month that nobody could work out their footprints are refused [V13]: product ""
 * counts those of all products. */
static enum judgement month_room(struct event *event, const Seam__LotRecord *lot)
{
    struct rule_context *context = event->context;
    const Seam__LotMonthRecord *all = NULL;
    const enum err err =
        view_lot_month(&all, context->state, lot->facility, lot->month, "", context->arena);
    if (err != OK && err != ERR_ABSENT) {
        return event_world(event, err);
    }
    if (err == ERR_ABSENT || all->lots < LIMIT_MONTH_LOTS) {
        return JUDGE_OK;
    }
    char limit[32];
    (void)snprintf(limit, sizeof limit, "%d", LIMIT_MONTH_LOTS);
    return event_refuse(event, JUDGE_NEVER, ERR_LENGTH, "lot", "V13", limit,
                        "so many lots the facility has made this month; make larger ones");
}

static enum judgement lot_write(struct event *event, struct event_lot *entry)
{
    Seam__LotRecord *lot = entry->lot;
    const struct state_key key = view_lot_key(lot->lot);
    if (entry->created && lot->facility[0] != '\0') {
        const enum judgement judgement = month_room(event, lot);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    if (lot->qty_kg == 0 && lot->state != LOT_CLOSED && lot->state != LOT_VOID) {
        const enum judgement judgement = event_move(event, lot, LOT_CLOSED);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        lot->sscc = (char *)(uintptr_t) "";
    }
    if (!lot_sound(lot)) {
        return event_world(event, ERR_INTERNAL);
    }
    lot->findings += event->record.n_findings > 0 ? 1 : 0;
    enum err err = history_put(event, entry);
    if (err == OK && entry->consumed_kg > 0) {
        err = edge_put(event, entry);
    }
    if (err == OK && entry->created) {
        err = lot_list(event, lot);
    }
    if (err == OK && entry->created) {
        err = rule_created(event->context, state_key_bytes(&key));
    }
    if (err == OK) {
        err = view_put(event->context->state, state_key_bytes(&key), &lot->base,
                       event->context->arena);
    }
    return event_world(event, err);
}

/* --- the record ------------------------------------------------------------------------------ */

/* The event that this one replaces learns of it. */
static enum err corrects_put(struct event *event)
{
    struct rule_context *context = event->context;
    const Seam__LotEventRecord *wrong = NULL;
    struct hash id;
    if (event->record.corrects.len == 0) {
        return OK;
    }
    memcpy(id.bytes, event->record.corrects.data, HASH_SIZE);
    const enum err err = view_lot_event(&wrong, context->state, &id, context->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    Seam__LotEventRecord record = *wrong;
    Seam__LotErrorMark mark = *wrong->error;
    ProtobufCBinaryData *list = arena_alloc(context->arena, (mark.n_corrective_events + 1) *
                                                                sizeof *mark.corrective_events);
    if (list == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < mark.n_corrective_events; i++) {
        list[i] = mark.corrective_events[i];
    }
    list[mark.n_corrective_events++] = event->record.event_id;
    mark.corrective_events = list;
    record.error = &mark;
    const struct state_key key = view_lot_event_key(&id);
    return view_put(context->state, state_key_bytes(&key), &record.base, context->arena);
}

static enum err record_put(struct event *event)
{
    struct rule_context *context = event->context;
    ProtobufCBinaryData persons[LIMIT_TX_SIGNATURES];
    assert(context->signer_count <= LIMIT_TX_SIGNATURES);
    for (size_t i = 0; i < context->signer_count; i++) {
        persons[i] = event_data(&context->signers[i].person);
    }
    event->record.persons = persons;
    event->record.n_persons = context->signer_count;
    parts_complete(event, event->inputs, event->record.n_inputs);
    parts_complete(event, event->outputs, event->record.n_outputs);
    parts_complete(event, event->losses, event->record.n_losses);
    const struct state_key key = view_lot_event_key(&context->tx_id);
    enum err err =
        view_put(context->state, state_key_bytes(&key), &event->record.base, context->arena);
    event->record.persons = NULL;
    event->record.n_persons = 0;
    return err == OK ? rule_created(context, state_key_bytes(&key)) : err;
}

/* A device named twice stands once in its list. */
static bool device_new(const Seam__LotEventRecord *record, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (strcmp(record->devices[i], record->devices[index]) == 0) {
            return false;
        }
    }
    return true;
}

static enum err record_list(struct event *event)
{
    const char *sender = event->context->organisation_id;
    const struct hash *id = &event->context->tx_id;
    enum err err = event_list(event, LOT_LIST_EVENTS, sender, NULL, id);
    if (err == OK) {
        err = event_list(event, LOT_LIST_ALL_EVENTS, "", NULL, id);
    }
    for (size_t i = 0; err == OK && i < event->record.n_devices; i++) {
        if (device_new(&event->record, i)) {
            err = event_list(event, LOT_LIST_DEVICE, event->record.devices[i], NULL, id);
        }
    }
    if (err == OK && event->record.n_findings > 0) {
        event->context->receipt_flags |= RECEIPT_FINDING;
        err = event_list(event, LOT_LIST_FINDINGS, sender, NULL, id);
    }
    return err;
}

enum judgement event_finish(struct event *event)
{
    for (size_t i = 0; i < event->lot_count; i++) {
        const enum judgement judgement = lot_write(event, &event->lots[i]);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    enum err err = record_put(event);
    if (err == OK) {
        err = record_list(event);
    }
    if (err == OK) {
        err = corrects_put(event);
    }
    return event_world(event, err);
}
