/* SPDX-License-Identifier: Apache-2.0 */
/* The typed effects of a decided dispute, carried out once each [KSSJ 8a]: more units, units back
 * (a debt where they are gone), a cut of a coming allocation, or the end of such a cut. */

#include <stdio.h>
#include <string.h>

#include "ledger/assurance/view.h"
#include "ledger/registry/allocation.h"
#include "ledger/registry/rules.h"
#include "ledger/registry/view.h"

struct adjusting {
    struct rule_context *context;
    struct allocating work;
    const Seam__EffectRecord *effect;
    struct hash by;
    uint64_t moved;
    uint64_t debt;
    struct err_detail *detail;
};

static enum judgement top_up(struct adjusting *in, uint64_t quantity)
{
    in->work.record.topped_up += quantity;
    in->moved = quantity;
    return quantity == 0 ? JUDGE_OK
                         : allocation_give(in->context, &in->work.holding, &in->work.series,
                                           quantity, &in->work.record.set_off, in->detail);
}

static enum judgement take(struct adjusting *in, uint64_t quantity)
{
    in->work.record.taken_back += quantity;
    enum judgement judgement = take_back(in->context, in->work.holding.holding, &in->work.series,
                                         quantity, &in->by, &in->moved, in->detail);
    in->debt = quantity - in->moved;
    if (judgement == JUDGE_OK && in->debt > 0) {
        judgement = debt_add(in->context, &in->work.holding, in->work.series.asset, in->debt, 0,
                             in->detail);
        if (judgement == JUDGE_OK) {
            judgement = holding_put(in->context, &in->work.holding, in->detail);
        }
    }
    return judgement;
}

/* Before the final allocation a cut waits for it; afterwards it takes units back. */
static enum judgement cut(struct adjusting *in)
{
    Seam__AllocationRecord *record = &in->work.record;
    record->cut_bp += in->effect->cut_bp; /* two cuts may be more than all: see after_cut */
    if (!record->final) {
        return JUDGE_OK;
    }
    const uint64_t whole = record->quantity + record->cut;
    const uint64_t rest = allocation_after_cut(whole, record->cut_bp);
    const uint64_t more = record->quantity - rest;
    record->quantity = rest;
    record->cut += more;
    return more > 0 ? take(in, more) : JUDGE_OK;
}

static enum judgement restore(struct adjusting *in)
{
    Seam__AllocationRecord *record = &in->work.record;
    record->cut_bp -= in->effect->cut_bp < record->cut_bp ? in->effect->cut_bp : record->cut_bp;
    if (!record->final) {
        return JUDGE_OK;
    }
    const uint64_t whole = record->quantity + record->cut;
    const uint64_t rest = allocation_after_cut(whole, record->cut_bp);
    const uint64_t more = rest - record->quantity;
    record->quantity = rest;
    record->cut -= more;
    return top_up(in, more);
}

static enum judgement carry_out(struct adjusting *in)
{
    const char *kind = in->effect->kind;
    if (in->effect->tonnes > BLOCK_QUANTITY_MAX) {
        return unit_world(in->detail, ERR_CORRUPT);
    }
    if (strcmp(kind, "TOP_UP") == 0) {
        return top_up(in, in->effect->tonnes);
    }
    if (strcmp(kind, "RECOVER") == 0) {
        return in->effect->tonnes > 0 ? take(in, in->effect->tonnes) : JUDGE_OK;
    }
    if (strcmp(kind, "CUT_NEXT_YEAR") == 0) {
        return cut(in);
    }
    if (strcmp(kind, "RESTORE_NEXT_YEAR") == 0) {
        return restore(in);
    }
    return unit_refuse(in->detail, JUDGE_NEVER, ERR_ENUM, "D42", "effect", NULL,
                       "this effect does not concern units");
}

static void effect_name(char *out, size_t size, const Seam__Adjust *in)
{
    (void)snprintf(out, size, "%.64s:%u", in->dispute, in->effect);
}

static enum judgement done(struct adjusting *in, const struct state_key *key, char *name)
{
    struct hash tx_id = in->context->tx_id;
    Seam__DoneRecord record = SEAM__DONE_RECORD__INIT;
    record.id = name;
    record.holding = in->work.holding.holding;
    record.quantity = in->moved;
    record.debt = in->debt;
    record.tx_id = (ProtobufCBinaryData){.len = HASH_SIZE, .data = tx_id.bytes};
    record.height = in->context->height;
    in->work.record.height = in->context->height;
    const enum judgement judgement =
        unit_put(in->context, &in->work.key, &in->work.record.base, in->detail);
    return judgement == JUDGE_OK ? unit_put(in->context, key, &record.base, in->detail) : judgement;
}

enum judgement adjust(struct rule_context *context, const ProtobufCMessage *payload,
                      const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__Adjust *in = (const Seam__Adjust *)payload;
    struct assurance_effect effect;
    struct adjusting work = {.context = context, .detail = detail};
    char name[LIMIT_ID_TEXT + 16];
    const enum err err = assurance_effect(&effect, context->state, in->dispute, in->effect,
                                          context->time_ms, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, "effect", in->dispute);
    }
    work.effect = effect.record;
    effect_name(name, sizeof name, in);
    order_hash(&work.by, ORDER_EFFECT, name);
    const struct state_key key = order_key(ORDER_EFFECT, name);
    Seam__AllocationRecord what = SEAM__ALLOCATION_RECORD__INIT;
    what.holding = in->holding;
    what.asset = in->asset;
    what.facility = effect.record->facility;
    what.vintage = effect.record->year;
    const bool gives = strcmp(effect.record->kind, "TOP_UP") == 0 ||
                       strcmp(effect.record->kind, "RESTORE_NEXT_YEAR") == 0;
    enum judgement judgement = allocation_load(context, &work.work, &what, gives, detail);
    if (judgement == JUDGE_OK) {
        judgement = assurance_effect_consume(context, in->dispute, in->effect, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = unit_new(context, &key, "effect", detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = carry_out(&work);
    }
    return judgement == JUDGE_OK ? done(&work, &key, name) : judgement;
}

void adjust_links(struct rule_context *context, const ProtobufCMessage *payload,
                  struct bytes *creates, struct bytes *needs)
{
    const Seam__Adjust *in = (const Seam__Adjust *)payload;
    char name[LIMIT_ID_TEXT + 16];
    effect_name(name, sizeof name, in);
    const struct state_key key = order_key(ORDER_EFFECT, name);
    const struct state_key holding = state_key_named(KEY_HOLDING, in->holding);
    *creates = unit_link(context, &key);
    *needs = unit_link(context, &holding);
}
