/* SPDX-License-Identifier: Apache-2.0 */
/* Orders of an authority over an account or over units. What is frozen stays where it is; an order
 * may leave surrender open [3.4]. Its end is a transaction of the authority, or, after the time it
 * named, of the holder. */

#include <string.h>

#include "ledger/registry/rules.h"
#include "ledger/registry/view.h"

static enum judgement freeze_account(struct rule_context *context, const Seam__HoldingRecord *old,
                                     const char *order, struct err_detail *detail)
{
    char *freezes[REGISTRY_FREEZES];
    Seam__HoldingRecord record = *old;
    if (record.n_freezes >= REGISTRY_FREEZES) {
        return unit_refuse(detail, JUDGE_NOT_YET, ERR_RANGE, "D43", "holding", "16 orders", NULL);
    }
    for (size_t i = 0; i < record.n_freezes; i++) {
        freezes[i] = record.freezes[i];
    }
    freezes[record.n_freezes++] = (char *)order;
    record.freezes = freezes;
    return holding_put(context, &record, detail);
}

static enum judgement freeze_units(struct rule_context *context, const Seam__Freeze *in,
                                   Seam__Units **frozen, struct err_detail *detail)
{
    struct hash order;
    order_hash(&order, ORDER_FREEZE, in->order);
    for (size_t i = 0; i < in->n_units; i++) {
        const Seam__Units *units = in->units[i];
        struct series series;
        struct block_range ranges[REGISTRY_RANGES];
        struct block_pieces *pieces = arena_alloc(context->arena, sizeof *pieces);
        if (pieces == NULL) {
            return unit_world(detail, ERR_MEMORY);
        }
        if (units->n_ranges > REGISTRY_RANGES || units->quantity == 0 ||
            units->quantity > BLOCK_QUANTITY_MAX) {
            return unit_refuse(detail, JUDGE_NEVER, ERR_RANGE, "D43", "units", "1..1000000000000",
                               NULL);
        }
        for (size_t k = 0; k < units->n_ranges; k++) {
            ranges[k] = (struct block_range){units->ranges[k]->start, units->ranges[k]->end};
        }
        enum judgement judgement = units_series(context, &series, units, "units", detail);
        if (judgement == JUDGE_OK) {
            judgement = block_freeze(context, &series, in->holding, ranges, units->n_ranges,
                                     units->quantity, &order, in->allow_surrender, pieces, detail);
        }
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        frozen[i] = units_record(context, &series, pieces);
        if (frozen[i] == NULL) {
            return unit_world(detail, ERR_MEMORY);
        }
    }
    return JUDGE_OK;
}

enum judgement freeze(struct rule_context *context, const ProtobufCMessage *payload,
                      const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__Freeze *in = (const Seam__Freeze *)payload;
    const Seam__HoldingRecord *holding = NULL;
    Seam__Units *frozen[REGISTRY_UNITS];
    if (in->n_units > REGISTRY_UNITS || (in->until_ms != 0 && in->until_ms <= context->time_ms)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_RANGE, "D43",
                           in->n_units > REGISTRY_UNITS ? "units" : "until_ms", NULL, NULL);
    }
    const struct state_key key = order_key(ORDER_FREEZE, in->order);
    enum judgement judgement = unit_new(context, &key, "order", detail);
    if (judgement == JUDGE_OK) {
        judgement = holding_find(context, &holding, in->holding, "holding", detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = in->n_units == 0 ? freeze_account(context, holding, in->order, detail)
                                     : freeze_units(context, in, frozen, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__FreezeRecord record = SEAM__FREEZE_RECORD__INIT;
    record.order = in->order;
    record.authority = (char *)context->organisation_id;
    record.holding = in->holding;
    record.n_units = in->n_units;
    record.units = frozen;
    record.order_hash = in->order_hash;
    record.allow_surrender = in->allow_surrender;
    record.until_ms = in->until_ms;
    record.height = context->height;
    return unit_put(context, &key, &record.base, detail);
}

void freeze_links(struct rule_context *context, const ProtobufCMessage *payload,
                  struct bytes *creates, struct bytes *needs)
{
    const Seam__Freeze *in = (const Seam__Freeze *)payload;
    const struct state_key key = order_key(ORDER_FREEZE, in->order);
    const struct state_key holding = state_key_named(KEY_HOLDING, in->holding);
    *creates = unit_link(context, &key);
    *needs = unit_link(context, &holding);
}

/* --- the end of an order --------------------------------------------------------------------- */

static enum judgement lift_account(struct rule_context *context, const Seam__HoldingRecord *old,
                                   const char *order, struct err_detail *detail)
{
    Seam__HoldingRecord record = *old;
    size_t kept = 0;
    for (size_t i = 0; i < record.n_freezes; i++) {
        if (strcmp(record.freezes[i], order) != 0) {
            record.freezes[kept++] = record.freezes[i];
        }
    }
    if (kept + 1 != record.n_freezes) {
        return unit_world(detail, ERR_CORRUPT);
    }
    record.n_freezes = kept;
    return holding_put(context, &record, detail);
}

static enum judgement lift_units(struct rule_context *context, const Seam__FreezeRecord *record,
                                 struct err_detail *detail)
{
    struct hash order;
    order_hash(&order, ORDER_FREEZE, record->order);
    for (size_t i = 0; i < record->n_units; i++) {
        const Seam__Units *units = record->units[i];
        struct block_range ranges[BLOCK_PIECES];
        const struct series series =
            series_of(units->registry, units->asset, units->project, units->vintage);
        if (units->n_ranges > BLOCK_PIECES) {
            return unit_world(detail, ERR_CORRUPT);
        }
        for (size_t k = 0; k < units->n_ranges; k++) {
            ranges[k] = (struct block_range){units->ranges[k]->start, units->ranges[k]->end};
        }
        const enum judgement judgement = block_unfreeze(context, &series, record->holding, ranges,
                                                        units->n_ranges, &order, detail);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    return JUDGE_OK;
}

static enum judgement may_lift(struct rule_context *context, const Seam__FreezeRecord *record,
                               const Seam__HoldingRecord *holding, struct err_detail *detail)
{
    if (record->lifted_ms != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_STATE_MACHINE, "D43", "order", NULL,
                           "this order was lifted");
    }
    const bool over = record->until_ms != 0 && context->time_ms >= record->until_ms;
    if (strcmp(record->authority, context->organisation_id) != 0 &&
        !(over && strcmp(holding->holder, context->organisation_id) == 0)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "D43", "order", record->authority,
                           "only who gave the order lifts it before its end");
    }
    return JUDGE_OK;
}

enum judgement unfreeze(struct rule_context *context, const ProtobufCMessage *payload,
                        const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__Unfreeze *in = (const Seam__Unfreeze *)payload;
    const Seam__FreezeRecord *old = NULL;
    const Seam__HoldingRecord *holding = NULL;
    const enum err err = registry_freeze(&old, context->state, in->order, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, "order", in->order);
    }
    enum judgement judgement = holding_find(context, &holding, old->holding, "order", detail);
    if (judgement == JUDGE_OK) {
        judgement = may_lift(context, old, holding, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = old->n_units == 0 ? lift_account(context, holding, in->order, detail)
                                      : lift_units(context, old, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__FreezeRecord record = *old;
    record.lifted_ms = context->time_ms;
    record.reason = in->reason;
    const struct state_key key = order_key(ORDER_FREEZE, in->order);
    return unit_put(context, &key, &record.base, detail);
}

void unfreeze_links(struct rule_context *context, const ProtobufCMessage *payload,
                    struct bytes *creates, struct bytes *needs)
{
    const Seam__Unfreeze *in = (const Seam__Unfreeze *)payload;
    const struct state_key key = order_key(ORDER_FREEZE, in->order);
    *creates = (struct bytes){0};
    *needs = unit_link(context, &key);
}
