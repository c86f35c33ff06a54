/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/registry/transfer.h"

#include <string.h>

#include "ledger/base/period.h"
#include "ledger/registry/carry.h"
#include "ledger/registry/expiry.h"
#include "ledger/registry/rules.h"
#include "ledger/registry/trade.h"
#include "ledger/registry/view.h"

#define HOUR_MS UINT64_C(3600000)
#define OFFER_HOURS 72 /* where the scheme says nothing */

static const struct sm_row rows[] = {
    [TRANSFER_PROPOSED] = {"PROPOSED", SM_TO(TRANSFER_DELAYED) | SM_TO(TRANSFER_EXECUTED) |
                                           SM_TO(TRANSFER_CANCELLED)},
    [TRANSFER_DELAYED] = {"DELAYED", SM_TO(TRANSFER_EXECUTED) | SM_TO(TRANSFER_CANCELLED)},
    [TRANSFER_EXECUTED] = {"EXECUTED", SM_END},
    [TRANSFER_CANCELLED] = {"CANCELLED", SM_END},
};

const struct sm_table transfer_machine = SM_TABLE("transfer", rows);

const char *transfer_status(const Seam__TransferRecord *record, uint64_t time_ms)
{
    if (record->state == TRANSFER_PROPOSED && time_ms >= record->expires_ms) {
        return "EXPIRED";
    }
    if (record->state == TRANSFER_DELAYED && time_ms >= record->execute_ms) {
        return "DUE";
    }
    return sm_name(&transfer_machine, (uint8_t)record->state);
}

/* One transfer with both accounts. */
struct transferring {
    struct rule_context *context;
    Seam__TransferRecord record;
    const Seam__HoldingRecord *from;
    const Seam__HoldingRecord *to;
    const Seam__SchemeRecord *scheme;
    struct state_key key;
    struct hash by;
    struct err_detail *detail;
};

static enum judgement put(struct transferring *in)
{
    return unit_put(in->context, &in->key, &in->record.base, in->detail);
}

/* Moves every line between two places; what was moved replaces the lines. */
static enum judgement move_lines(struct transferring *in, Seam__Units *const *lines, size_t count,
                                 const struct block_move *move)
{
    Seam__Units **moved = arena_alloc(in->context->arena, (count + 1) * sizeof *moved);
    if (moved == NULL) {
        return unit_world(in->detail, ERR_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        const enum judgement judgement =
            units_move(in->context, lines[i], move, &moved[i], in->detail);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    in->record.units = moved;
    in->record.n_units = count;
    return JUDGE_OK;
}

/* Net sales [F7]: what comes in without a trade counts as bought; a holder's own accounts are one.
 */
static enum judgement count_received(struct transferring *in)
{
    int64_t day = 0;
    if (strcmp(in->from->holder, in->to->holder) == 0 &&
        strcmp(in->from->scheme, in->to->scheme) == 0) {
        return JUDGE_OK;
    }
    enum err err = carry_turnover_day(&day, in->context, in->to->scheme);
    for (size_t i = 0; err == OK && i < in->record.n_units; i++) {
        const Seam__Units *units = in->record.units[i];
        const struct carry_owner owner = {in->to->scheme, in->to->holder, units->asset};
        err = carry_turnover_add(in->context, &owner, day, 0, units->quantity);
    }
    return unit_world(in->detail, err);
}

/* --- proposing ------------------------------------------------------------------------------- */

/* What may change between an offer and its execution is asked at each step: does the receiver's
 * scheme take the asset, have the units expired in either scheme? */
static enum judgement lines_fit(struct transferring *in, Seam__Units *const *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const Seam__AssetRecord *asset = NULL;
        enum judgement judgement =
            holding_takes(in->context, in->to, lines[i]->asset, &asset, in->detail);
        if (judgement == JUDGE_OK) {
            judgement = expiry_valid(in->context, in->from->scheme, lines[i], "units", in->detail);
        }
        if (judgement == JUDGE_OK && strcmp(in->from->scheme, in->to->scheme) != 0) {
            judgement = expiry_valid(in->context, in->to->scheme, lines[i], "units", in->detail);
        }
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        if (!asset->asset->transferable) {
            return unit_refuse(in->detail, JUDGE_NEVER, ERR_ENUM, "D43", "units.asset",
                               lines[i]->asset, "this asset cannot be transferred");
        }
    }
    return JUDGE_OK;
}

static enum judgement proposing(struct transferring *in, const Seam__TransferPropose *payload)
{
    struct rule_context *context = in->context;
    if (payload->n_units == 0 || payload->n_units > REGISTRY_UNITS) {
        return unit_refuse(in->detail, JUDGE_NEVER, ERR_RANGE, "D43", "units", "1..16", NULL);
    }
    enum judgement judgement = unit_new(context, &in->key, "transfer", in->detail);
    if (judgement == JUDGE_OK) {
        judgement = holding_own(context, &in->from, payload->from, "from", in->detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = holding_may(context, in->from, HOLDING_SEND, "from", in->detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = holding_find(context, &in->to, payload->to, "to", in->detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (strcmp(payload->from, payload->to) == 0) {
        return unit_refuse(in->detail, JUDGE_NEVER, ERR_ENUM, "D43", "to", NULL,
                           "another account than from");
    }
    const enum err err =
        registry_scheme(&in->scheme, context->state, in->from->scheme, context->arena);
    if (err != OK) {
        return unit_world(in->detail, err);
    }
    return lines_fit(in, payload->units, payload->n_units);
}

static enum judgement expiry(struct transferring *in, const Seam__TransferPropose *payload)
{
    const uint64_t now = in->context->time_ms;
    const uint32_t set = in->scheme->scheme->offer_hours;
    const uint64_t last = now + (set > 0 ? set : OFFER_HOURS) * HOUR_MS;
    if (payload->expires_ms != 0 && (payload->expires_ms <= now || payload->expires_ms > last)) {
        return unit_refuse_amount(in->detail, ERR_RANGE, "D43", "expires_ms", last,
                                  "later than now, at most the scheme's time of an offer");
    }
    in->record.expires_ms = payload->expires_ms != 0 ? payload->expires_ms : last;
    return JUDGE_OK;
}

/* Offers stand in a list of both accounts, so that the other side finds them. */
static enum judgement list_offer(struct transferring *in)
{
    const char *const accounts[] = {in->record.from, in->record.to};
    enum err err = OK;
    for (size_t i = 0; err == OK && i < sizeof accounts / sizeof accounts[0]; i++) {
        struct hash owner;
        id_hash(&owner, KEY_HOLDING, accounts[i]);
        err = trade_list(in->context, KEY_ORDER, &owner, in->record.transfer, 0);
    }
    return unit_world(in->detail, err);
}

enum judgement transfer_propose(struct rule_context *context, const ProtobufCMessage *payload,
                                const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__TransferPropose *offer = (const Seam__TransferPropose *)payload;
    struct transferring in = {.context = context, .detail = detail};
    in.key = order_key(ORDER_TRANSFER, offer->transfer);
    order_hash(&in.by, ORDER_TRANSFER, offer->transfer);
    seam__transfer_record__init(&in.record);
    enum judgement judgement = proposing(&in, offer);
    if (judgement == JUDGE_OK) {
        judgement = expiry(&in, offer);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    bool trusted = false;
    const enum err err = trust_active(&trusted, context->state, offer->from, offer->to,
                                      context->time_ms, context->arena);
    if (err != OK) {
        return unit_world(detail, err);
    }
    const bool at_once = trusted || strcmp(in.from->holder, in.to->holder) == 0;
    const struct block_move reserve = {
        .from = {.holding = offer->from, .state = UNIT_TRADE},
        .to = {.holding = offer->from, .state = UNIT_RESERVED, .by = &in.by},
        .kind = ENTRY_RESERVE,
        .by = &in.by,
        .field = "units",
    };
    const struct block_move go = {
        .from = {.holding = offer->from, .state = UNIT_TRADE},
        .to = {.holding = offer->to, .state = UNIT_TRADE},
        .kind = ENTRY_TRANSFER,
        .by = &in.by,
        .field = "units",
    };
    in.record.transfer = offer->transfer;
    in.record.from = offer->from;
    in.record.to = offer->to;
    in.record.reference = offer->reference;
    in.record.trusted = trusted;
    in.record.height = context->height;
    in.record.time_ms = context->time_ms;
    in.record.state = at_once ? TRANSFER_EXECUTED : TRANSFER_PROPOSED;
    in.record.done_ms = at_once ? context->time_ms : 0;
    judgement = move_lines(&in, offer->units, offer->n_units, at_once ? &go : &reserve);
    if (judgement == JUDGE_OK && at_once) {
        judgement = count_received(&in);
    }
    if (judgement == JUDGE_OK && !at_once) {
        judgement = list_offer(&in);
    }
    return judgement == JUDGE_OK ? put(&in) : judgement;
}

void transfer_propose_links(struct rule_context *context, const ProtobufCMessage *payload,
                            struct bytes *creates, struct bytes *needs)
{
    const Seam__TransferPropose *in = (const Seam__TransferPropose *)payload;
    const struct state_key key = order_key(ORDER_TRANSFER, in->transfer);
    const struct state_key to = state_key_named(KEY_HOLDING, in->to);
    *creates = unit_link(context, &key);
    *needs = unit_link(context, &to);
}

/* --- what follows ---------------------------------------------------------------------------- */

static enum judgement load(struct transferring *in, const char *transfer)
{
    const Seam__TransferRecord *old = NULL;
    struct rule_context *context = in->context;
    in->key = order_key(ORDER_TRANSFER, transfer);
    order_hash(&in->by, ORDER_TRANSFER, transfer);
    enum err err = registry_transfer(&old, context->state, transfer, context->arena);
    if (err != OK) {
        return unit_missing(in->detail, err, "transfer", transfer);
    }
    in->record = *old;
    enum judgement judgement =
        holding_find(context, &in->from, in->record.from, "from", in->detail);
    if (judgement == JUDGE_OK) {
        judgement = holding_find(context, &in->to, in->record.to, "to", in->detail);
    }
    if (judgement == JUDGE_OK) {
        err = registry_scheme(&in->scheme, context->state, in->from->scheme, context->arena);
        judgement = unit_world(in->detail, err);
    }
    return judgement;
}

static enum judgement step(struct transferring *in, enum transfer_state next)
{
    uint8_t state = (uint8_t)in->record.state;
    if (sm_move(&transfer_machine, &state, (uint8_t)next, in->detail) != OK) {
        return JUDGE_NEVER;
    }
    in->record.state = state;
    if (next != TRANSFER_DELAYED) {
        in->record.done_ms = in->context->time_ms;
    }
    return JUDGE_OK;
}

/* Both accounts must still be able to, and the units still be good. */
static enum judgement still_fits(struct transferring *in)
{
    const enum judgement judgement =
        holding_may(in->context, in->from, HOLDING_SEND, "from", in->detail);
    return judgement == JUDGE_OK ? lines_fit(in, in->record.units, in->record.n_units) : judgement;
}

/* The units go, unless they were frozen since. */
static enum judgement go(struct transferring *in, enum unit_state state)
{
    const struct block_move move = {
        .from = {.holding = in->record.from, .state = state, .by = &in->by},
        .to = {.holding = in->record.to, .state = UNIT_TRADE},
        .kind = ENTRY_TRANSFER,
        .by = &in->by,
        .field = "units",
    };
    enum judgement judgement = still_fits(in);
    if (judgement == JUDGE_OK) {
        judgement = move_lines(in, in->record.units, in->record.n_units, &move);
    }
    if (judgement == JUDGE_OK) {
        judgement = count_received(in);
    }
    return judgement == JUDGE_OK ? put(in) : judgement;
}

enum judgement transfer_accept(struct rule_context *context, const ProtobufCMessage *payload,
                               const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__TransferAccept *answer = (const Seam__TransferAccept *)payload;
    const Seam__HoldingRecord *own = NULL;
    struct transferring in = {.context = context, .detail = detail};
    enum judgement judgement = load(&in, answer->transfer);
    if (judgement == JUDGE_OK) {
        judgement = holding_own(context, &own, in.record.to, "transfer", detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (in.record.state == TRANSFER_PROPOSED && context->time_ms >= in.record.expires_ms) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_WINDOW, "D11", "transfer", "EXPIRED",
                           "the offer is over");
    }
    const uint64_t delay = in.scheme->scheme->transfer_delay_hours * HOUR_MS;
    const enum transfer_state next = delay > 0 ? TRANSFER_DELAYED : TRANSFER_EXECUTED;
    if (in.record.state != TRANSFER_PROPOSED) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_STATE_MACHINE, "D43", "transfer",
                           transfer_status(&in.record, context->time_ms),
                           "only an open offer is accepted");
    }
    judgement = step(&in, next);
    if (judgement != JUDGE_OK || next == TRANSFER_EXECUTED) {
        return judgement == JUDGE_OK ? go(&in, UNIT_RESERVED) : judgement;
    }
    judgement = still_fits(&in);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    in.record.execute_ms = context->time_ms + delay;
    const struct block_move wait = {
        .from = {.holding = in.record.from, .state = UNIT_RESERVED, .by = &in.by},
        .to = {.holding = in.record.from, .state = UNIT_PENDING, .by = &in.by},
        .frozen = BLOCK_ANY,
        .kind = ENTRY_RESERVE,
        .by = &in.by,
        .field = "units",
    };
    judgement = move_lines(&in, in.record.units, in.record.n_units, &wait);
    return judgement == JUDGE_OK ? put(&in) : judgement;
}

void transfer_accept_links(struct rule_context *context, const ProtobufCMessage *payload,
                           struct bytes *creates, struct bytes *needs)
{
    const Seam__TransferAccept *in = (const Seam__TransferAccept *)payload;
    const struct state_key key = order_key(ORDER_TRANSFER, in->transfer);
    *creates = (struct bytes){0};
    *needs = unit_link(context, &key);
}

/* The sender takes it back at any time before it is done, the other side says no to an offer; once
 * an offer is over, both may clear it up. Frozen units go back frozen. */
enum judgement transfer_cancel(struct rule_context *context, const ProtobufCMessage *payload,
                               const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__TransferCancel *answer = (const Seam__TransferCancel *)payload;
    struct transferring in = {.context = context, .detail = detail};
    enum judgement judgement = load(&in, answer->transfer);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const bool sender = strcmp(in.from->holder, context->organisation_id) == 0;
    const bool receiver = strcmp(in.to->holder, context->organisation_id) == 0;
    if (!sender && !(receiver && in.record.state == TRANSFER_PROPOSED)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "D43", "transfer", in.from->holder,
                           "only a party may cancel");
    }
    const enum unit_state from = in.record.state == TRANSFER_DELAYED ? UNIT_PENDING : UNIT_RESERVED;
    judgement = step(&in, TRANSFER_CANCELLED);
    const struct block_move back = {
        .from = {.holding = in.record.from, .state = from, .by = &in.by},
        .to = {.holding = in.record.from, .state = UNIT_TRADE},
        .frozen = BLOCK_ANY,
        .kind = ENTRY_RELEASE,
        .by = &in.by,
        .field = "units",
    };
    if (judgement == JUDGE_OK) {
        judgement = move_lines(&in, in.record.units, in.record.n_units, &back);
    }
    return judgement == JUDGE_OK ? put(&in) : judgement;
}

void transfer_cancel_links(struct rule_context *context, const ProtobufCMessage *payload,
                           struct bytes *creates, struct bytes *needs)
{
    const Seam__TransferCancel *in = (const Seam__TransferCancel *)payload;
    const struct state_key key = order_key(ORDER_TRANSFER, in->transfer);
    *creates = (struct bytes){0};
    *needs = unit_link(context, &key);
}

enum judgement transfer_execute(struct rule_context *context, const ProtobufCMessage *payload,
                                const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__TransferExecute *answer = (const Seam__TransferExecute *)payload;
    struct transferring in = {.context = context, .detail = detail};
    enum judgement judgement = load(&in, answer->transfer);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (strcmp(in.from->holder, context->organisation_id) != 0 &&
        strcmp(in.to->holder, context->organisation_id) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "D43", "transfer", NULL,
                           "only a party may execute it");
    }
    if (in.record.state != TRANSFER_DELAYED) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_STATE_MACHINE, "D43", "transfer",
                           transfer_status(&in.record, context->time_ms),
                           "only an accepted transfer is executed");
    }
    if (context->time_ms < in.record.execute_ms) {
        char from[TIME_TEXT_SIZE];
        time_text(from, in.record.execute_ms);
        return unit_refuse(detail, JUDGE_NOT_YET, ERR_WINDOW, "D11", "transfer", from,
                           "not before this time");
    }
    judgement = step(&in, TRANSFER_EXECUTED);
    return judgement == JUDGE_OK ? go(&in, UNIT_PENDING) : judgement;
}

void transfer_execute_links(struct rule_context *context, const ProtobufCMessage *payload,
                            struct bytes *creates, struct bytes *needs)
{
    const Seam__TransferExecute *in = (const Seam__TransferExecute *)payload;
    const struct state_key key = order_key(ORDER_TRANSFER, in->transfer);
    *creates = (struct bytes){0};
    *needs = unit_link(context, &key);
}
