/* SPDX-License-Identifier: Apache-2.0 */
/* Loading, unloading, and what they share with transport and takeover. */

#include "ledger/provenance/load.h"

#include <stdio.h>
#include <string.h>

#include "ledger/provenance/custody.h"
#include "ledger/provenance/gain.h"
#include "ledger/provenance/identifier.h"
#include "ledger/provenance/rules.h"

static enum judgement check_sscc(const struct event *event, const char *sscc)
{
    if (identifier_sscc_valid(sscc)) {
        return JUDGE_OK;
    }
    return event_refuse(event, JUDGE_NEVER, ERR_RANGE, "sscc", "4.1", "18 digits",
                        "the form or the check digit of this SSCC is wrong");
}

static enum judgement check_load(const struct event *event, const Seam__LoadRecord *load)
{
    char limit[TIME_TEXT_SIZE];
    if (strcmp(load->custodian, event->context->organisation_id) != 0) {
        return event_refuse(event, JUDGE_NEVER, ERR_ROLE, "sscc", "D41", load->custodian,
                            "another organisation holds this load");
    }
    if (load_offered(load, event->context->time_ms)) {
        time_text(limit, load->offer_expires_ms);
        return event_refuse(event, JUDGE_NEVER, ERR_STATE_MACHINE, "sscc", "D41", limit,
                            "the load is offered; withdraw the offer or wait until it expires");
    }
    if (event->head->event_time_ms < load->moved_time_ms) {
        time_text(limit, load->moved_time_ms);
        return event_refuse(event, JUDGE_NEVER, ERR_RANGE, "event.event_time_ms", "D41", limit,
                            "before the event that brought the load where it is");
    }
    return JUDGE_OK;
}

enum judgement load_open(struct event *event, Seam__LoadRecord **out, const char *sscc)
{
    const Seam__LoadRecord *load = NULL;
    enum judgement judgement = check_sscc(event, sscc);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const enum err err = view_load(&load, event->context->state, sscc, event->context->arena);
    if (err != OK) {
        return event_missing(event, err, "sscc", sscc);
    }
    judgement = check_load(event, load);
    if (judgement == JUDGE_OK) {
        *out = (Seam__LoadRecord *)(uintptr_t)load; /* decoded for this transaction */
        event->record.sscc = (*out)->sscc;
    }
    return judgement;
}

enum judgement load_lots(struct event *event, const Seam__LoadRecord *load, int64_t *total,
                         const char **scheme)
{
    int64_t sum = 0;
    *scheme = NULL;
    for (size_t i = 0; i < load->n_lots; i++) {
        const Seam__LotRecord *stored = NULL;
        Seam__LotRecord *lot = NULL;
        const enum err err =
            view_lot(&stored, event->context->state, load->lots[i], event->context->arena);
        if (err != OK) {
            return event_world(event, err == ERR_ABSENT ? ERR_CORRUPT : err);
        }
        if (strcmp(stored->sscc, load->sscc) != 0) { /* nothing was left of it on the way */
            continue;
        }
        enum judgement judgement = event_open(event, &lot, load->lots[i], 0, "sscc");
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        const struct quality quality = quality_of(lot);
        *scheme = *scheme == NULL ? lot->scheme : *scheme;
        sum += lot->qty_kg;
        judgement = event_world(event, event_input(event, lot->lot, lot->qty_kg, &quality));
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    *total = sum;
    return JUDGE_OK;
}

enum judgement load_move(struct event *event, Seam__LoadRecord *load, enum load_state next)
{
    uint8_t state = (uint8_t)load->state;
    const enum err err = sm_move(&load_machine, &state, (uint8_t)next, event->detail);
    if (err != OK) {
        return view_judgement(err, JUDGE_NEVER);
    }
    load->state = state;
    load->moved_time_ms = event->head->event_time_ms;
    return JUDGE_OK;
}

enum judgement load_put(struct event *event, const Seam__LoadRecord *load)
{
    if (!load_sound(load)) {
        return event_world(event, ERR_INTERNAL);
    }
    const struct state_key key = view_load_key(load->sscc);
    return event_world(event, view_put(event->context->state, state_key_bytes(&key), &load->base,
                                       event->context->arena));
}

/* --- what was measured ----------------------------------------------------------------------- */

/* Shared by mass; a gain by the room that lots have for one, where one of them has too little. */
static void share_difference(const struct event *event, int64_t *parts, int64_t total,
                             int64_t measured, struct dec tolerance)
{
    int64_t weights[EVENT_LOTS_MAX];
    int64_t rooms[EVENT_LOTS_MAX];
    bool fits = true;
    for (size_t i = 0; i < event->lot_count; i++) {
        weights[i] = event->lots[i].lot->qty_kg;
        rooms[i] = gain_room(event->lots[i].lot, tolerance);
    }
    if (measured <= total) {
        shares_split(parts, weights, event->lot_count, total - measured);
        return;
    }
    shares_split(parts, weights, event->lot_count, measured - total);
    for (size_t i = 0; i < event->lot_count; i++) {
        fits = fits && parts[i] <= rooms[i];
    }
    if (!fits) { /* the rooms add up to at least the gain: load_measured asked */
        shares_split(parts, rooms, event->lot_count, measured - total);
    }
}

static enum judgement book_difference(struct event *event, int64_t total, int64_t measured,
                                      struct dec tolerance)
{
    int64_t parts[EVENT_LOTS_MAX];
    struct balance balance = {masses_none(), masses_none(), masses_none()};
    share_difference(event, parts, total, measured, tolerance);
    for (size_t i = 0; i < event->lot_count; i++) {
        Seam__LotRecord *lot = event->lots[i].lot;
        const struct quality quality = quality_of(lot);
        masses_add(&balance.in, lot->qty_kg, &quality);
        if (measured < total) {
            gain_shrink(lot, parts[i]);
            lot->lost_kg += parts[i];
            masses_add(&balance.loss, parts[i], &quality);
        } else {
            custody_gain(lot, parts[i]);
        }
        masses_add(&balance.out, lot->qty_kg, &quality);
    }
    balance_record(&event->balance, &balance);
    event->record.balance = &event->balance;
    return JUDGE_OK;
}

/* The most there may be: a scale may be off by the tolerance, but not again and again the same
 * way, so that what the lots and their ancestors gained counts against it. */
static __int128 most_kg(const struct event *event, int64_t total, struct dec tolerance)
{
    __int128 ever = 0;
    for (size_t i = 0; i < event->lot_count; i++) {
        ever += gain_room(event->lots[i].lot, tolerance);
    }
    const __int128 once = (__int128)total * tolerance.m / (__int128)dec_power(tolerance.s);
    return total + (once < ever ? once : ever);
}

enum judgement load_measured(struct event *event, int64_t total, int64_t measured,
                             const char *tolerance_key, const char *cause, const char *field,
                             const char *code)
{
    struct dec tolerance = {0, 0};
    char limit[MASS_TEXT_SIZE];
    char amount[MASS_TEXT_SIZE];
    const int64_t difference = measured < total ? total - measured : measured - total;
    struct dec ever = {0, 0};
    enum judgement judgement = event_value(event, &tolerance, tolerance_key);
    if (judgement == JUDGE_OK) {
        judgement = gain_tolerance(event, &ever, tolerance_key);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (measured > MASS_KG_MAX) {
        return event_refuse(event, JUDGE_NEVER, ERR_RANGE, field, "4.1", "10000000 t", NULL);
    }
    mass_text(amount, difference);
    if (measured > total && measured > most_kg(event, total, ever)) {
        char hint[120];
        mass_text(limit, most_kg(event, total, ever));
        (void)snprintf(hint, sizeof hint, "%s more than there was: coal gains no mass", amount);
        return event_refuse(event, JUDGE_NEVER, ERR_BALANCE, field, "V12", limit, hint);
    }
    if (measured < total && !balance_within(difference, total, tolerance)) {
        mass_text(limit, total - (__int128)total * tolerance.m / (__int128)dec_power(tolerance.s));
        if (cause[0] == '\0') {
            char hint[120];
            (void)snprintf(hint, sizeof hint, "%s are missing: name the cause", amount);
            return event_refuse(event, JUDGE_NEVER, ERR_BALANCE, field, "D41", limit, hint);
        }
        const enum err err = event_finding(event, code, "MASS", amount, limit);
        if (err != OK) {
            return event_world(event, err);
        }
    }
    return book_difference(event, total, measured, ever);
}

/* --- loading --------------------------------------------------------------------------------- */

/* The load that stands there being loaded, or a new one. */
static enum judgement load_begin(struct event *event, Seam__LoadRecord **out, const char *sscc)
{
    const Seam__LoadRecord *stored = NULL;
    enum judgement judgement = check_sscc(event, sscc);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const enum err err = view_load(&stored, event->context->state, sscc, event->context->arena);
    if (err == OK) {
        judgement = load_open(event, out, sscc);
        if (judgement == JUDGE_OK && (*out)->state != LOAD_LOADED) {
            judgement =
                event_refuse(event, JUDGE_NEVER, ERR_STATE_MACHINE, "sscc", "4.4",
                             sm_name(&load_machine, (uint8_t)(*out)->state),
                             "this load has left or is unloaded; an SSCC is not used again");
        }
        if (judgement == JUDGE_OK && strcmp((*out)->place, event->head->place) != 0) {
            judgement = event_refuse(event, JUDGE_NEVER, ERR_CONFLICT, "event.place", "D41",
                                     (*out)->place, "the load stands at another place");
        }
        return judgement;
    }
    if (err != ERR_ABSENT) {
        return event_world(event, err);
    }
    Seam__LoadRecord *load = arena_alloc(event->context->arena, sizeof *load);
    if (load == NULL) {
        return event_world(event, ERR_MEMORY);
    }
    seam__load_record__init(load);
    load->sscc = event_text(event, sscc);
    load->custodian = (char *)(uintptr_t)event->context->organisation_id;
    load->place = event->head->place;
    load->state = LOAD_LOADED;
    load->created_event = event_data(&event->context->tx_id);
    load->height = event->context->height;
    event->record.sscc = load->sscc;
    *out = load;
    return load->sscc != NULL ? JUDGE_OK : event_world(event, ERR_MEMORY);
}

/* The whole lot, or a part of it that becomes a lot of its own first. */
static enum judgement load_part(struct event *event, Seam__LotRecord **out, const char *sscc,
                                const Seam__LotPart *part, size_t index)
{
    char field[40];
    int64_t kg = 0;
    Seam__LotRecord *lot = NULL;
    (void)snprintf(field, sizeof field, "parts[%zu].lot", index);
    enum judgement judgement = event_open(
        event, &lot, part->lot, NEED_CUSTODY | NEED_STOCK | NEED_PLACE | NEED_FREE, field);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const struct quality quality = quality_of(lot);
    kg = lot->qty_kg;
    if (part->qty[0] != '\0') {
        (void)snprintf(field, sizeof field, "parts[%zu].qty", index);
        judgement = event_amount(event, &kg, lot, part->qty, field);
    }
    if (judgement == JUDGE_OK && (kg < lot->qty_kg) != (part->to_lot[0] != '\0')) {
        (void)snprintf(field, sizeof field, "parts[%zu].to_lot", index);
        judgement = event_refuse(
            event, JUDGE_NEVER, part->to_lot[0] == '\0' ? ERR_MISSING : ERR_RANGE, field, "D41",
            NULL, "a part of a lot, and only a part, becomes a lot of its own");
    }
    if (judgement == JUDGE_OK) {
        judgement = event_world(event, event_input(event, lot->lot, kg, &quality));
    }
    if (judgement == JUDGE_OK && part->to_lot[0] != '\0') {
        judgement = event_part_off(event, &lot, lot, part->to_lot, kg, field);
        if (judgement == JUDGE_OK) {
            judgement = event_world(event, event_output(event, lot->lot, kg, &quality));
        }
    }
    if (judgement == JUDGE_OK) {
        judgement = event_move(event, lot, LOT_LOADED);
    }
    if (judgement == JUDGE_OK) {
        lot->sscc = (char *)(uintptr_t)sscc;
        *out = lot;
    }
    return judgement;
}

/* A load is one side of a balance: no more than that may be in it. */
static enum judgement load_total(struct event *event, const Seam__LoadRecord *load)
{
    __int128 total = 0;
    for (size_t i = 0; i < load->n_lots; i++) {
        const Seam__LotRecord *lot = NULL;
        const enum err err =
            view_lot(&lot, event->context->state, load->lots[i], event->context->arena);
        if (err != OK && err != ERR_ABSENT) { /* a part is not written yet */
            return event_world(event, err);
        }
        total += err == OK && strcmp(lot->sscc, load->sscc) == 0 ? lot->qty_kg : 0;
    }
    for (size_t i = 0; i < event->lot_count; i++) {
        const Seam__LotRecord *lot = event->lots[i].lot;
        total += lot->state == LOT_LOADED ? lot->qty_kg : 0;
    }
    if (total > MASS_KG_MAX) {
        return event_refuse(event, JUDGE_NEVER, ERR_RANGE, "parts", "4.1", "10000000 t",
                            "too much for one load");
    }
    return JUDGE_OK;
}

static enum judgement load_fill(struct event *event, Seam__LoadRecord *load,
                                const Seam__LotLoad *in)
{
    char **lots = arena_alloc(event->context->arena, (load->n_lots + in->n_parts) * sizeof *lots);
    if (lots == NULL) {
        return event_world(event, ERR_MEMORY);
    }
    for (size_t i = 0; i < load->n_lots; i++) {
        lots[i] = load->lots[i];
    }
    for (size_t i = 0; i < in->n_parts; i++) {
        Seam__LotRecord *lot = NULL;
        const enum judgement judgement = load_part(event, &lot, load->sscc, in->parts[i], i);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        lots[load->n_lots + i] = lot->lot;
    }
    load->lots = lots;
    load->n_lots += in->n_parts;
    load->moved_time_ms = event->head->event_time_ms;
    return load_total(event, load);
}

enum judgement lot_load(struct rule_context *context, const ProtobufCMessage *payload,
                        const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__LotLoad *in = (const Seam__LotLoad *)payload;
    struct event event;
    Seam__LoadRecord *load = NULL;
    enum judgement judgement = event_start(&event, context, LOT_LOAD_TYPE, in->event, detail);
    if (judgement == JUDGE_OK) {
        judgement = load_begin(&event, &load, in->sscc);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const bool fresh = load->n_lots == 0;
    if (in->n_parts == 0 || load->n_lots + in->n_parts > EVENT_PARTS_MAX) {
        return event_refuse(&event, JUDGE_NEVER, in->n_parts == 0 ? ERR_MISSING : ERR_LENGTH,
                            "parts", "D41", "1..64 lots of a load", NULL);
    }
    judgement = load_fill(&event, load, in);
    if (judgement == JUDGE_OK) {
        judgement = event_rules(&event, event.lots[0].lot->scheme);
    }
    if (judgement == JUDGE_OK) {
        judgement = load_put(&event, load);
    }
    if (judgement == JUDGE_OK && fresh) {
        judgement = event_world(
            &event, event_list(&event, LOT_LIST_LOADS, load->custodian, load->sscc, NULL));
    }
    return judgement == JUDGE_OK ? event_finish(&event) : judgement;
}

/* --- unloading ------------------------------------------------------------------------------- */

static enum judgement unload_lots(struct event *event, const Seam__LoadRecord *load)
{
    for (size_t i = 0; i < event->lot_count; i++) {
        Seam__LotRecord *lot = event->lots[i].lot;
        const enum judgement judgement = event_move(event, lot, LOT_IN_STOCK);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        lot->sscc = (char *)(uintptr_t) "";
        lot->place = load->place;
    }
    return JUDGE_OK;
}

enum judgement lot_unload(struct rule_context *context, const ProtobufCMessage *payload,
                          const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__LotUnload *in = (const Seam__LotUnload *)payload;
    struct event event;
    Seam__LoadRecord *load = NULL;
    const char *scheme = NULL;
    int64_t total = 0;
    enum judgement judgement = event_start(&event, context, LOT_UNLOAD_TYPE, in->event, detail);
    if (judgement == JUDGE_OK) {
        judgement = load_open(&event, &load, in->sscc);
    }
    if (judgement == JUDGE_OK && strcmp(load->place, event.head->place) != 0) {
        judgement = event_refuse(&event, JUDGE_NEVER, ERR_CONFLICT, "event.place", "D41",
                                 load->place, "the load stands at another place");
    }
    if (judgement == JUDGE_OK) {
        judgement = load_move(&event, load, LOAD_UNLOADED);
    }
    if (judgement == JUDGE_OK) {
        judgement = load_lots(&event, load, &total, &scheme);
    }
    if (judgement == JUDGE_OK && scheme != NULL) {
        judgement = event_rules(&event, scheme);
    }
    if (judgement == JUDGE_OK) {
        judgement = unload_lots(&event, load);
    }
    if (judgement == JUDGE_OK) {
        judgement = load_put(&event, load);
    }
    return judgement == JUDGE_OK ? event_finish(&event) : judgement;
}
