/* SPDX-License-Identifier: Apache-2.0 */
/* Voluntary cancellation, for somebody and for a purpose, public for ever; and the change between
 * the two positions of an account [F7]. */

#include <string.h>

#include "ledger/registry/rules.h"
#include "ledger/registry/view.h"

enum judgement units_cancel(struct rule_context *context, const ProtobufCMessage *payload,
                            const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__UnitsCancel *in = (const Seam__UnitsCancel *)payload;
    const Seam__HoldingRecord *holding = NULL;
    enum unit_state from;
    struct hash by;
    if (in->n_units == 0 || in->n_units > REGISTRY_UNITS || !unit_position_named(&from, in->from)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_RANGE, "D43", "units", "1..16", NULL);
    }
    const struct state_key key = order_key(ORDER_CANCELLATION, in->cancellation);
    enum judgement judgement = unit_new(context, &key, "cancellation", detail);
    if (judgement == JUDGE_OK) {
        judgement = holding_own(context, &holding, in->holding, "holding", detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = holding_may(context, holding, HOLDING_SEND, "holding", detail);
    }
    order_hash(&by, ORDER_CANCELLATION, in->cancellation);
    const struct block_move move = {
        .from = {.holding = in->holding, .state = from},
        .to = {.holding = in->holding, .state = UNIT_CANCELLED, .by = &by},
        .kind = ENTRY_CANCEL,
        .by = &by,
        .field = "units",
    };
    Seam__Units *moved[REGISTRY_UNITS];
    for (size_t i = 0; i < in->n_units && judgement == JUDGE_OK; i++) {
        judgement = units_move(context, in->units[i], &move, &moved[i], detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = unit_world(detail, unit_list(context, KEY_ORDER, in->cancellation));
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    struct hash tx_id = context->tx_id;
    Seam__CancellationRecord record = SEAM__CANCELLATION_RECORD__INIT;
    record.cancellation = in->cancellation;
    record.holding = in->holding;
    record.n_units = in->n_units;
    record.units = moved;
    record.beneficiary = in->beneficiary;
    record.purpose = in->purpose;
    record.tx_id = (ProtobufCBinaryData){.len = HASH_SIZE, .data = tx_id.bytes};
    record.height = context->height;
    record.time_ms = context->time_ms;
    return unit_put(context, &key, &record.base, detail);
}

void units_cancel_links(struct rule_context *context, const ProtobufCMessage *payload,
                        struct bytes *creates, struct bytes *needs)
{
    const Seam__UnitsCancel *in = (const Seam__UnitsCancel *)payload;
    const struct state_key key = order_key(ORDER_CANCELLATION, in->cancellation);
    const struct state_key holding = state_key_named(KEY_HOLDING, in->holding);
    *creates = unit_link(context, &key);
    *needs = unit_link(context, &holding);
}

enum judgement position_move(struct rule_context *context, const ProtobufCMessage *payload,
                             const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__PositionMove *in = (const Seam__PositionMove *)payload;
    const Seam__HoldingRecord *holding = NULL;
    enum unit_state to;
    if (in->units == NULL || !unit_position_named(&to, in->to)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ENUM, "F7", "to", "TRADE, REGISTER", NULL);
    }
    enum judgement judgement = holding_own(context, &holding, in->holding, "holding", detail);
    if (judgement == JUDGE_OK) {
        judgement = holding_may(context, holding, HOLDING_SURRENDER, "holding", detail);
    }
    const struct block_move move = {
        .from = {.holding = in->holding, .state = to == UNIT_TRADE ? UNIT_REGISTER : UNIT_TRADE},
        .to = {.holding = in->holding, .state = to},
        .kind = ENTRY_POSITION,
        .field = "units",
    };
    return judgement == JUDGE_OK ? units_move(context, in->units, &move, NULL, detail) : judgement;
}

void position_move_links(struct rule_context *context, const ProtobufCMessage *payload,
                         struct bytes *creates, struct bytes *needs)
{
    const Seam__PositionMove *in = (const Seam__PositionMove *)payload;
    const struct state_key holding = state_key_named(KEY_HOLDING, in->holding);
    *creates = (struct bytes){0};
    *needs = unit_link(context, &holding);
}
