/* SPDX-License-Identifier: Apache-2.0 */
/* The trusted list of an account. An added account becomes active after the scheme's delay, so that
 * whoever got hold of two keys cannot empty an account the same day. */

#include <string.h>

#include "ledger/registry/rules.h"
#include "ledger/registry/trade.h"
#include "ledger/registry/view.h"

#define HOUR_MS UINT64_C(3600000)

static struct state_key trust_key(const char *holding, const char *trusted)
{
    struct state_key key = state_key_of(KEY_TRUST);
    state_key_id(&key, KEY_HOLDING, holding);
    state_key_id(&key, KEY_HOLDING, trusted);
    return key;
}

enum judgement trust_add(struct rule_context *context, const ProtobufCMessage *payload,
                         const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__TrustAdd *in = (const Seam__TrustAdd *)payload;
    const Seam__HoldingRecord *own = NULL;
    const Seam__HoldingRecord *other = NULL;
    const Seam__SchemeRecord *scheme = NULL;
    const Seam__TrustRecord *old = NULL;
    enum judgement judgement = holding_own(context, &own, in->holding, "holding", detail);
    if (judgement == JUDGE_OK) {
        judgement = holding_find(context, &other, in->trusted, "trusted", detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (strcmp(in->holding, in->trusted) == 0 || other->state == HOLDING_CLOSED) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_STATE_MACHINE, "2.2", "trusted", NULL,
                           "this account cannot be trusted");
    }
    enum err err = registry_trust(&old, context->state, in->holding, in->trusted, context->arena);
    if (err == OK && old->removed_ms == 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_CONFLICT, "2.2", "trusted", NULL,
                           "it is on the list already");
    }
    if (err == ERR_ABSENT) {
        struct hash owner;
        id_hash(&owner, KEY_HOLDING, in->holding);
        err = trade_list(context, KEY_TRUST, &owner, in->trusted, 0);
    }
    if (err == OK) {
        err = registry_scheme(&scheme, context->state, own->scheme, context->arena);
    }
    if (err != OK) {
        return unit_world(detail, err);
    }
    Seam__TrustRecord record = SEAM__TRUST_RECORD__INIT;
    record.holding = in->holding;
    record.trusted = in->trusted;
    record.reason = in->reason;
    record.active_from_ms = context->time_ms + scheme->scheme->trusted_delay_hours * HOUR_MS;
    record.height = context->height;
    const struct state_key key = trust_key(in->holding, in->trusted);
    return unit_put(context, &key, &record.base, detail);
}

void trust_add_links(struct rule_context *context, const ProtobufCMessage *payload,
                     struct bytes *creates, struct bytes *needs)
{
    const Seam__TrustAdd *in = (const Seam__TrustAdd *)payload;
    const struct state_key key = trust_key(in->holding, in->trusted);
    const struct state_key other = state_key_named(KEY_HOLDING, in->trusted);
    *creates = unit_link(context, &key);
    *needs = unit_link(context, &other);
}

enum judgement trust_remove(struct rule_context *context, const ProtobufCMessage *payload,
                            const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__TrustRemove *in = (const Seam__TrustRemove *)payload;
    const Seam__HoldingRecord *own = NULL;
    const Seam__TrustRecord *old = NULL;
    const enum judgement judgement = holding_own(context, &own, in->holding, "holding", detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const enum err err =
        registry_trust(&old, context->state, in->holding, in->trusted, context->arena);
    if (err == ERR_ABSENT || (err == OK && old->removed_ms != 0)) {
        return unit_refuse(detail, JUDGE_NOT_YET, ERR_ABSENT, "2.2", "trusted", NULL, in->trusted);
    }
    if (err != OK) {
        return unit_world(detail, err);
    }
    Seam__TrustRecord record = *old;
    record.removed_ms = context->time_ms;
    const struct state_key key = trust_key(in->holding, in->trusted);
    return unit_put(context, &key, &record.base, detail);
}

void trust_remove_links(struct rule_context *context, const ProtobufCMessage *payload,
                        struct bytes *creates, struct bytes *needs)
{
    const Seam__TrustRemove *in = (const Seam__TrustRemove *)payload;
    const struct state_key key = trust_key(in->holding, in->trusted);
    *creates = (struct bytes){0};
    *needs = unit_link(context, &key);
}
