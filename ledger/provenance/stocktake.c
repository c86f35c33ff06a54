/* SPDX-License-Identifier: Apache-2.0 */
/* What was measured of lots against what the ledger says of them. Above the tolerance of the lot
 * rules a second person signs [V22, D41]: the same payload then goes as LOT_STOCKTAKE_CONFIRM. */

#include "ledger/provenance/rules.h"

#include <stdio.h>
#include <string.h>

#include "ledger/provenance/custody.h"
#include "ledger/provenance/gain.h"

struct stocktake {
    struct event event;
    const Seam__LotStocktake *in;
    struct balance balance;
    int64_t measured[EVENT_PARTS_MAX];
    int64_t book_kg;
    int64_t off_kg; /* sum of differences, each positive: losses do not hide gains */
    const char *scheme;
};

static enum judgement open_lots(struct stocktake *take)
{
    struct event *event = &take->event;
    for (size_t i = 0; i < take->in->n_lots; i++) {
        Seam__LotRecord *lot = NULL;
        char field[40];
        (void)snprintf(field, sizeof field, "lots[%zu].lot", i);
        const enum judgement judgement =
            event_open(event, &lot, take->in->lots[i]->lot,
                       NEED_CUSTODY | NEED_STOCK | NEED_PLACE | NEED_FREE, field);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        if (strcmp(lot->product, take->in->product) != 0) {
            return event_refuse(event, JUDGE_NEVER, ERR_CONFLICT, field, "D41", lot->product,
                                "lots of one product");
        }
        (void)snprintf(field, sizeof field, "lots[%zu].qty", i);
        const enum err err = mass_parse(&take->measured[i], take->in->lots[i]->qty, true);
        if (err != OK) {
            return event_refuse(event, JUDGE_NEVER, err, field, "4.1", "t, at most 3 decimals",
                                NULL);
        }
        const int64_t difference = take->measured[i] - lot->qty_kg;
        take->scheme = i == 0 ? lot->scheme : take->scheme;
        take->book_kg += lot->qty_kg;
        take->off_kg += difference < 0 ? -difference : difference;
    }
    return JUDGE_OK;
}

/* Has a lot grown, by this measure and all before, beyond what one person may book? */
static bool grown(const struct stocktake *take, struct dec tolerance)
{
    for (size_t i = 0; i < take->event.lot_count; i++) {
        const Seam__LotRecord *lot = take->event.lots[i].lot;
        const int64_t more = take->measured[i] - lot->qty_kg;
        if (more > 0 && more > gain_room(lot, tolerance)) {
            return true;
        }
    }
    return false;
}

/* [V12] Nor do two persons make coal: a surplus above gain.most was mined, and is booked there. */
static enum judgement check_room(struct stocktake *take)
{
    struct event *event = &take->event;
    struct dec ever = {0, 0};
    const enum judgement judgement = event_value(event, &ever, "gain.most");
    for (size_t i = 0; judgement == JUDGE_OK && i < event->lot_count; i++) {
        const Seam__LotRecord *lot = event->lots[i].lot;
        const int64_t more = take->measured[i] - lot->qty_kg;
        if (more <= 0 || more <= gain_room(lot, ever)) {
            continue;
        }
        char field[40];
        char limit[MASS_TEXT_SIZE];
        char hint[160];
        char amount[MASS_TEXT_SIZE];
        (void)snprintf(field, sizeof field, "lots[%zu].qty", i);
        mass_text(limit, lot->qty_kg + gain_room(lot, ever));
        mass_text(amount, lot->carried_gain_kg);
        (void)snprintf(hint, sizeof hint,
                       "%s of it were gained before; coal that is there and was not mined is "
                       "booked where it was mined",
                       amount);
        return event_refuse(event, JUDGE_NEVER, ERR_BALANCE, field, "V12", limit, hint);
    }
    return judgement;
}

/* [V22] */
static enum judgement check_persons(struct stocktake *take, bool confirmed)
{
    struct event *event = &take->event;
    struct dec tolerance = {0, 0};
    char amount[MASS_TEXT_SIZE];
    char limit[64];
    char text[DEC_TEXT_SIZE];
    const enum judgement judgement = event_value(event, &tolerance, "stock.second_person");
    if (judgement != JUDGE_OK ||
        (balance_within(take->off_kg, take->book_kg, tolerance) && !grown(take, tolerance))) {
        return judgement;
    }
    mass_text(amount, take->off_kg);
    dec_text(text, tolerance);
    (void)snprintf(limit, sizeof limit, "%s of the book", text);
    if (!confirmed) {
        char hint[160];
        (void)snprintf(hint, sizeof hint,
                       "%s differ: send it with a second person as "
                       "LOT_STOCKTAKE_CONFIRM",
                       amount);
        return event_refuse(event, JUDGE_NEVER, ERR_SECOND_PERSON, "lots", "D41", limit, hint);
    }
    return event_world(event, event_finding(event, "W_STOCK", "MASS", amount, limit));
}

static enum judgement book_lots(struct stocktake *take)
{
    struct event *event = &take->event;
    for (size_t i = 0; i < event->lot_count; i++) {
        Seam__LotRecord *lot = event->lots[i].lot;
        const struct quality quality = quality_of(lot);
        const int64_t before = lot->qty_kg;
        masses_add(&take->balance.in, before, &quality);
        masses_add(&take->balance.out, take->measured[i], &quality);
        if (take->measured[i] < before) {
            gain_shrink(lot, before - take->measured[i]);
            lot->lost_kg += before - take->measured[i];
            masses_add(&take->balance.loss, before - take->measured[i], &quality);
        } else {
            custody_gain(lot, take->measured[i] - before);
        }
        event_touch(event, lot); /* what happened before it was measured is in the measure */
        const enum judgement judgement =
            event_world(event, event_input(event, lot->lot, before, &quality));
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    if (take->balance.in.kg > MASS_KG_MAX || take->balance.out.kg > MASS_KG_MAX) {
        return event_refuse(event, JUDGE_NEVER, ERR_RANGE, "lots", "4.1", "10000000 t",
                            "too much for one event");
    }
    balance_record(&event->balance, &take->balance);
    event->record.balance = &event->balance;
    return JUDGE_OK;
}

static enum judgement stocktake(struct rule_context *context, const ProtobufCMessage *payload,
                                struct err_detail *detail, bool confirmed)
{
    struct stocktake take = {.in = (const Seam__LotStocktake *)payload,
                             .balance = {masses_none(), masses_none(), masses_none()}};
    const uint32_t type = confirmed ? LOT_STOCKTAKE_CONFIRM_TYPE : LOT_STOCKTAKE_TYPE;
    enum judgement judgement = event_start(&take.event, context, type, take.in->event, detail);
    if (judgement == JUDGE_OK && (take.in->n_lots == 0 || take.in->n_lots > EVENT_PARTS_MAX)) {
        return event_refuse(&take.event, JUDGE_NEVER,
                            take.in->n_lots == 0 ? ERR_MISSING : ERR_LENGTH, "lots", "D41", "1..64",
                            NULL);
    }
    if (judgement == JUDGE_OK) {
        judgement = open_lots(&take);
    }
    if (judgement == JUDGE_OK) {
        judgement = event_rules(&take.event, take.scheme);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_room(&take);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_persons(&take, confirmed);
    }
    if (judgement == JUDGE_OK) {
        judgement = book_lots(&take);
    }
    return judgement == JUDGE_OK ? event_finish(&take.event) : judgement;
}

enum judgement lot_stocktake(struct rule_context *context, const ProtobufCMessage *payload,
                             const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    return stocktake(context, payload, detail, false);
}

enum judgement lot_stocktake_confirm(struct rule_context *context, const ProtobufCMessage *payload,
                                     const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    return stocktake(context, payload, detail, true);
}
