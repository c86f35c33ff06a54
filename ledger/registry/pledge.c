/* SPDX-License-Identifier: Apache-2.0 */
/* Units held for a creditor: the holder gives them out of its hands, the creditor alone gives them
 * back. */

#include <string.h>

#include "ledger/registry/expiry.h"
#include "ledger/registry/rules.h"
#include "ledger/registry/view.h"

static enum judgement pledge_fits(struct rule_context *context, const Seam__Pledge *in,
                                  struct err_detail *detail)
{
    const Seam__HoldingRecord *holding = NULL;
    const Seam__OrganisationRecord *creditor = NULL;
    enum judgement judgement = holding_own(context, &holding, in->holding, "holding", detail);
    if (judgement == JUDGE_OK) {
        judgement = holding_may(context, holding, HOLDING_SEND, "holding", detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = expiry_valid(context, holding->scheme, in->units, "units", detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const enum err err = view_organisation(&creditor, context->state, in->creditor, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, "creditor", in->creditor);
    }
    if (strcmp(in->creditor, context->organisation_id) == 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ENUM, "D43", "creditor", NULL,
                           "another organisation");
    }
    return JUDGE_OK;
}

enum judgement pledge(struct rule_context *context, const ProtobufCMessage *payload,
                      const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__Pledge *in = (const Seam__Pledge *)payload;
    enum unit_state from;
    struct hash by;
    if (in->units == NULL || !unit_position_named(&from, in->from)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ENUM, "D43", "from", "TRADE, REGISTER", NULL);
    }
    const struct state_key key = order_key(ORDER_PLEDGE, in->pledge);
    order_hash(&by, ORDER_PLEDGE, in->pledge);
    enum judgement judgement = unit_new(context, &key, "pledge", detail);
    if (judgement == JUDGE_OK) {
        judgement = pledge_fits(context, in, detail);
    }
    const struct block_move move = {
        .from = {.holding = in->holding, .state = from},
        .to = {.holding = in->holding, .state = UNIT_RESERVED, .by = &by},
        .kind = ENTRY_PLEDGE,
        .by = &by,
        .field = "units",
    };
    Seam__PledgeRecord record = SEAM__PLEDGE_RECORD__INIT;
    if (judgement == JUDGE_OK) {
        judgement = units_move(context, in->units, &move, &record.units, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    record.pledge = in->pledge;
    record.holding = in->holding;
    record.creditor = in->creditor;
    record.from = from;
    record.contract_hash = in->contract_hash;
    record.height = context->height;
    return unit_put(context, &key, &record.base, detail);
}

void pledge_links(struct rule_context *context, const ProtobufCMessage *payload,
                  struct bytes *creates, struct bytes *needs)
{
    const Seam__Pledge *in = (const Seam__Pledge *)payload;
    const struct state_key key = order_key(ORDER_PLEDGE, in->pledge);
    const struct state_key holding = state_key_named(KEY_HOLDING, in->holding);
    *creates = unit_link(context, &key);
    *needs = unit_link(context, &holding);
}

enum judgement pledge_release(struct rule_context *context, const ProtobufCMessage *payload,
                              const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__PledgeRelease *in = (const Seam__PledgeRelease *)payload;
    const Seam__PledgeRecord *old = NULL;
    struct hash by;
    const enum err err = registry_pledge(&old, context->state, in->pledge, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, "pledge", in->pledge);
    }
    if (strcmp(old->creditor, context->organisation_id) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "D43", "pledge", old->creditor,
                           "only the creditor releases it");
    }
    if (old->released_ms != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_STATE_MACHINE, "D43", "pledge", NULL,
                           "it was released");
    }
    order_hash(&by, ORDER_PLEDGE, in->pledge);
    const struct block_move move = {
        .from = {.holding = old->holding, .state = UNIT_RESERVED, .by = &by},
        .to = {.holding = old->holding, .state = (enum unit_state)old->from},
        .frozen = BLOCK_ANY,
        .kind = ENTRY_RELEASE,
        .by = &by,
        .field = "pledge",
    };
    const enum judgement judgement = units_move(context, old->units, &move, NULL, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__PledgeRecord record = *old;
    record.released_ms = context->time_ms;
    const struct state_key key = order_key(ORDER_PLEDGE, in->pledge);
    return unit_put(context, &key, &record.base, detail);
}

void pledge_release_links(struct rule_context *context, const ProtobufCMessage *payload,
                          struct bytes *creates, struct bytes *needs)
{
    const Seam__PledgeRelease *in = (const Seam__PledgeRelease *)payload;
    const struct state_key key = order_key(ORDER_PLEDGE, in->pledge);
    *creates = (struct bytes){0};
    *needs = unit_link(context, &key);
}
